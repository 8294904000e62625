/*
 * What the commands have in common on the command line.
 */
#ifndef TRUCED_TRUCE_OPTIONS_H
#define TRUCED_TRUCE_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/incident.h"

/* How a command ends. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define DEFAULT_SERVICE "ipc:///run/truced/service"
#define DEFAULT_ALERTS "tcp://127.0.0.1:5561"
#define DEFAULT_INTAKE "tcp://127.0.0.1:5560"

/* Long options that have no letter; a command's own begin at OPTION_OWN. */
enum {
	OPTION_HELP = 256,
	OPTION_JSON,
	OPTION_SERVICE,
	OPTION_ALERTS,
	OPTION_INTAKE,
	OPTION_TIMEOUT,
	OPTION_OWN
};

struct options {
	const char *command; /* "truce tail" */
	const char *usage;   /* its --help */
	const char *service;
	const char *alerts;
	const char *intake;
	int64_t timeout_ms;
	bool json;
};

/* For a command's own table of options: of every command, and of those that
 * ask truced, too. */
#define OPTIONS_ALONE                                                          \
	{"help", no_argument, NULL, OPTION_HELP},                              \
	{                                                                      \
		"json", no_argument, NULL, OPTION_JSON                         \
	}
#define OPTIONS_COMMON                                                         \
	OPTIONS_ALONE, {"service", required_argument, NULL, OPTION_SERVICE},   \
	{                                                                      \
		"timeout", required_argument, NULL, OPTION_TIMEOUT             \
	}

void options_init(struct options *options, const char *command,
		  const char *usage);

/* Takes one that getopt_long gave. True: go on. False: the command ends with
 * *ret_exit; help or the error is printed. */
bool options_take(struct options *options, int option, int *ret_exit);

/* Prints "truce tail: ..." and returns EXIT_USAGE or EXIT_FAILED. */
__attribute__((format(printf, 2, 3))) int
options_misused(const struct options *options, const char *format, ...);
__attribute__((format(printf, 2, 3))) int
options_failed(const struct options *options, const char *format, ...);

/* What truced answered with an error, escaped. EXIT_FAILED. */
int options_refused(const struct options *options, const char *detail);

/* Whole texts only. */
bool number_option(const char *text, uint64_t *ret_number);
bool type_option(const char *text, enum report_type *ret_type);
bool severity_option(const char *text, enum severity *ret_severity);

/* Who sits at this terminal, also behind sudo. NULL: nobody that has a name. */
const char *login_name(void);

#endif
