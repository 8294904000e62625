/*
 * What the model knows for rules that count no events: of whom nothing is
 * heard, what is due, and which numbers of a feed did not come.
 */
#ifndef TRUCED_TESTS_MODEL_WATCH_H
#define TRUCED_TESTS_MODEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/rule.h"

enum { FEED_SPAN = 1024, FEED_GAPS = 16, MODEL_DEADLINES = 32 };

/* Gaps that count as one: so many of these numbers are missing, nobody knows
 * which. missing 0: there are none. */
struct blurred {
	uint64_t first;
	uint64_t last;
	uint64_t missing;
};

/* Of one group. */
struct model_watch {
	int64_t since;	    /* last heard, or something is missing since then */
	int64_t counted_ms; /* of a silence, before `from` */
	int64_t from;
	uint64_t first; /* of a feed's run; 0: none was heard yet */
	uint64_t highest;
	bool heard[FEED_SPAN]; /* from the first on; none after the highest */
	struct blurred blurred;
};

/* What officers said of a deadline. */
struct model_deadline {
	char agreement[NAME_SIZE];
	char name[NAME_SIZE];
	int64_t due_at; /* or TIME_UNSET: as the configuration has it */
	bool met;
	int64_t met_at;
};

struct model_deadlines {
	struct model_deadline all[MODEL_DEADLINES];
	size_t count;
};

/* What is held against levels. */
struct watched {
	double value;
	uint64_t sum;
	int64_t onset_at; /* TIME_UNSET: there is nothing to tell */
	int64_t met_at;
};

/* Somebody is expected from now on, or was heard. */
void watch_hear(struct model_watch *watch, int64_t now);
/* What is between the two times counts as no silence. */
void watch_pause(struct model_watch *watch, const struct active *active,
		 int64_t until, int64_t now);
struct watched watch_absence(const struct model_watch *watch,
			     const struct rule *rule, int64_t now);
/* After `seen`, when it was looked at last; or TIME_NEVER. */
int64_t watch_absence_due(const struct model_watch *watch,
			  const struct rule *rule, int64_t seen);

/* What a new run lets go, and what fills a gap, are told for the coverage. */
enum heard {
	HEARD_NEXT,
	HEARD_SKIPPED,
	HEARD_LATE,
	HEARD_BLURRED, /* in gaps that count as one */
	HEARD_AGAIN,
	HEARD_RESTART
};
enum heard watch_number(struct model_watch *watch, uint64_t number,
			bool is_revision, int64_t now, bool *ret_blurred);
struct watched watch_feed(const struct model_watch *watch);

/* Whether the rule watches it. */
bool deadline_is_watched(const struct rule *rule, const char *name);
const struct deadline *deadline_find(const struct agreement *agreement,
				     const char *name);
/* False: no officer could mean that. */
bool deadline_command(struct model_deadlines *deadlines,
		      const struct command *command);
struct watched watch_deadline(const struct model_deadlines *deadlines,
			      const struct agreement *agreement,
			      const char *name, int64_t now);
int64_t watch_deadline_due(const struct model_deadlines *deadlines,
			   const struct agreement *agreement, const char *name,
			   int64_t seen);
bool deadlines_same(const struct agreement *a, const struct agreement *b);
/* What was said holds on, but for a time that the file now says. */
void deadlines_carry(struct model_deadlines *to,
		     const struct model_deadlines *from,
		     const struct configuration *before,
		     const struct configuration *after);

#endif
