/*
 * What the commands of an officer have in common: who it is, what he says, and
 * what truced answers.
 */
#ifndef TRUCED_TRUCE_OFFICER_H
#define TRUCED_TRUCE_OFFICER_H

#include <stdbool.h>

#include "truce/client.h"
#include "truce/options.h"

struct officer {
	struct options options;
	struct client *client;
	struct codec *codec; /* of what is shown; the client has its own */
	bool exercise;
	struct request request;
	/* "<sender>-<stream>-<seq>"; a sender has at most 63 bytes. */
	char identifier[128];
};

#define OFFICER_USAGE                                                          \
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"                   \
	"  --timeout SECONDS  how long to wait for an answer; 30\n"            \
	"  --help\n"                                                           \
	"\n"                                                                   \
	"Exit status: 0 done, 1 failed or refused, 2 misused.\n"
#define BY_USAGE "  --by NAME          who you are; default: your login name\n"

enum { OPTION_COMMENT = OPTION_OWN, OPTION_BY, OPTION_OFFICER_OWN };

/* For a command's own table of options. */
#define OPTIONS_OFFICER                                                        \
	OPTIONS_COMMON, {"comment", required_argument, NULL, OPTION_COMMENT},  \
	{                                                                      \
		"by", required_argument, NULL, OPTION_BY                       \
	}

/* As options_take. */
bool officer_option_take(struct officer *officer, int option, int *ret_exit);
/* Who it is, if --by was not given; then the connection. Both: EXIT_DONE, or
 * how the command ends: what is wrong was printed. */
int officer_name(struct officer *officer);
int officer_open(struct officer *officer);
void officer_done(struct officer *officer);

/* What truced did not do, printed: how the command ends. */
int officer_failed(const struct officer *officer, int error);

/* Asks it and prints the message that answers, or `none` where none does (NULL:
 * one must). Returns how the command ends. */
int officer_ask(struct officer *officer, const char *none);

#endif
