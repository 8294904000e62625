/*
 * The configuration file: the only place that knows libconfig.
 *
 * Every error after parsing is reported, each as "file:line: what was
 * expected"; an unknown key is one, and so is an integer that libconfig 1.5
 * would wrap.
 */
#ifndef TRUCED_EDGE_SETTINGS_H
#define TRUCED_EDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rule.h"

struct endpoint {
	const char *address; /* tcp:// on loopback or ipc:// */
	bool bind;
	const char *const
		*topics; /* intake only: prefixes; never empty there */
	size_t topics_count;
};

enum syslog_target { SYSLOG_AUTO, SYSLOG_JOURNAL, SYSLOG_SYSLOG, SYSLOG_OFF };

struct settings {
	struct configuration configuration; /* what the engine counts by */
	const char *state_dir;
	const struct endpoint *intake;
	size_t intake_count;
	const struct endpoint *service; /* bind is always true */
	size_t service_count;
	const struct endpoint *alerts;
	size_t alerts_count;
	int64_t heartbeat_ms;
	enum syslog_target syslog_target;
	int syslog_facility; /* LOG_DAEMON, ... */
	enum severity syslog_min_severity;
	/* The text, includes resolved, that gives the same settings again: the
	 * body of a CONFIG step. */
	const char *text;
};

/* Called once for each error, with a whole message without a newline. */
typedef void (*settings_complain)(void *context, const char *message);

/* Reads a file. 0, or -EINVAL after at least one complaint, or -ENOMEM. */
int settings_load(struct settings **ret_settings, const char *path,
		  settings_complain complain, void *context);
/* The same from the text of a CONFIG step; `name` stands for the file. */
int settings_parse(struct settings **ret_settings, const char *text,
		   const char *name, settings_complain complain, void *context);
/* Whether they are what a journal has in force: its last CONFIG step's text,
 * and the limits of the last start. */
bool settings_in_force(const struct settings *settings,
		       const struct settings *in_force);
/* For a reload: limits and endpoints change only at a start, so the limits in
 * force are kept. True: other limits or endpoints were asked for. */
bool settings_keep(struct settings *settings, const struct settings *in_force);
void settings_free(struct settings *settings); /* NULL is fine */

/* "90s" "15m" "24h" "7d" to milliseconds; -EINVAL. */
int settings_duration(const char *text, int64_t *ret_ms);

#endif
