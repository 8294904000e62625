/*
 * What the parts of `truce publish` share: where the reports come from, and
 * the two ways out.
 */
#ifndef TRUCED_TRUCE_PUBLISH_H
#define TRUCED_TRUCE_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "truce/client.h"
#include "truce/options.h"
#include "truce/outcome.h"
#include "truce/records.h"
#include "truce/submit.h"
#include "truce/terminal.h"

struct publish {
	struct options options;
	const char *name; /* of the file, "-": standard input */
	int fd;
	struct mapping *mapping;
	enum report_type type;
	struct override overrides[32];
	size_t overrides_count;
	bool to_intake;
	bool dry_run;
	bool receipts; /* print each */
	bool sort;     /* by their recorded times */
	double pace;   /* 0: as fast as it goes; else `sort`, too */

	struct client *client;
	struct records *records;
	struct progress progress;
	struct outcome outcome;
	uint64_t file_bytes; /* 0: not known */
	struct problems problems;
	bool waiting;	 /* for more bytes from fd */
	bool ended;	 /* no more reports will come */
	bool unreadable; /* the file; it has been told */
	/* Sorted: all of them, in the order of their recorded times. */
	struct item **items;
	size_t items_count;
	size_t items_room;
	size_t items_next;
	int64_t first_ms;   /* of their recorded times */
	int64_t started_ms; /* when the first was due */
};

enum source_result {
	SOURCE_ITEM, /* *ret_item is the caller's */
	SOURCE_WAIT, /* until source_due, or for bytes if `waiting` */
	SOURCE_END
};

/* To sort, reads everything. 0; -EINTR: told to stop; other
 * negative errno: the file cannot be read. */
int source_begin(struct publish *publish);
/* The next report, when it is time for it. -errno as source_begin. */
int source_next(struct publish *publish, int64_t now_ms,
		enum source_result *ret_result, struct item **ret_item);
/* When the next one is due; TIME_NEVER if that is not a matter of time. */
int64_t source_due(const struct publish *publish);
/* When fd has more bytes. */
int source_fill(struct publish *publish);
void source_end(struct publish *publish);

/* Reports that are sent or settled, out of how many: for the bar. */
void publish_progress(struct publish *publish, uint64_t count,
		      const char *remark, int64_t now_ms);
/* A problem with a report, on standard error; only the first ones. */
void publish_complain(struct publish *publish, const char *message);

/* Until all is sent: how truce exits. */
int publish_to_service(struct publish *publish);
int publish_to_intake(struct publish *publish);

#endif
