/*
 * Small worlds for tests of the core: a configuration, an engine, and reports
 * and expectations in a line each.
 *
 * Times are minutes since START. A world begins with the agreements "pact" and
 * "truce" (both took effect at START), no sources and no rules; a test sets
 * what it is about, then calls world_begin.
 */
#ifndef TRUCED_TESTS_UNIT_BUILD_H
#define TRUCED_TESTS_UNIT_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/engine.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (INT64_C(19700) * DAY) /* midnight, 9 December 2023 */
#define AT(minutes) (START + (minutes)*MINUTE)

#define LIST(...)                                                              \
	{                                                                      \
		.names = (const char *const[]){__VA_ARGS__},                   \
		.count = sizeof((const char *const[]){__VA_ARGS__}) /          \
			 sizeof(const char *)                                  \
	}

/* A report as codec would give it. What is not named is not set: times are
 * then TIME_UNSET, revision 1, agreement "pact", source "jfo", violations one,
 * assessment and attribution ALLEGED. `content` follows from the rest. */
#define REPORT(...) report_complete((struct report){__VA_ARGS__})
#define COUNTED(kind, n)                                                       \
	.counts[kind] = {                                                      \
		.low = (n),                                                    \
		.best = (n),                                                   \
		.high = (n),                                                   \
	}
#define RANGED(kind, l, b, h)                                                  \
	.counts[kind] = {                                                      \
		.low = (l),                                                    \
		.best = (b),                                                   \
		.high = (h),                                                   \
	}
#define KILLED(n) COUNTED(COUNT_KILLED, n)
#define ON(minute) .occurred_at = AT(minute)

struct report report_complete(struct report given);
/* A finding about these reports, with blanks between them: "jfo/1 un/7". What
 * it does not say is UNSPECIFIED. */
#define FINDING(names, ...)                                                    \
	about(names, REPORT(.type = REPORT_FINDING, __VA_ARGS__))

struct report about(const char *names, struct report finding);

/* The same without a violation: nil, if there are no casualties either. */
struct report without_violation(struct report report);

#define DAYS(n) ((int64_t)(n)*1440)
/* A tally as of a day's beginning. What is not named: as above, but source
 * "ministry", and that the killed are told. */
#define TALLY(name, day, ...)                                                  \
	tally_complete((struct report){.id = name,                             \
				       .occurred_at = AT(DAYS(day)),           \
				       __VA_ARGS__})
#define TOTAL(n) .totals[TALLY_KILLED] = {.low = (n), .best = (n), .high = (n)}
#define OVER(n)                                                                \
	.totals[TALLY_KILLED] = {.low = (n),                                   \
				 .best = (n),                                  \
				 .high = (n),                                  \
				 .at_least = true}

struct report tally_complete(struct report given);

/* A rule that counts the killed by the minute over an hour, with one level,
 * severe, at 5: for tests to change. */
struct rule rule_simple(const char *name);

enum { WORLD_ALERTS = 64, WORLD_REPORTS = 64 };

struct world {
	struct configuration configuration;
	struct agreement agreements[2];
	struct source sources[8];
	struct rule rules[4];
	enum engine_part part;
	struct engine *engine;
	uint64_t position;
	struct alert alerts[WORLD_ALERTS]; /* that were not yet looked at */
	size_t alerts_count;
	struct receipt receipt; /* the last one */
	uint64_t told;		/* seq of the message that answers a command */
	char text[8192];	/* world_told's */
};

struct world *world_new(void);
void world_free(struct world *world);
/* The same as fixtures: a world of its own for each test. */
int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(test)                                                       \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

void world_source(struct world *world, const char *name, const char *origin,
		  enum assessment at_most);
struct rule *world_rule(struct world *world, const char *name);
void world_begin(struct world *world);

/* A step of one report, of many, or of none. */
enum verdict world_report(struct world *world, int64_t minute,
			  struct report report);
void world_reports(struct world *world, int64_t minute,
		   const struct report *reports, size_t count,
		   struct receipt *ret_receipts);
void world_tick(struct world *world, int64_t minute);
/* truced starts again, and was last seen running at another minute. */
void world_start(struct world *world, int64_t ran_until, int64_t minute);
/* An officer's word on a deadline of "pact", for MET and DUE with a minute. */
void world_deadline(struct world *world, int64_t minute, enum command_kind kind,
		    const char *deadline, int64_t at);
/* From here on by an engine that goes on from this one's state. */
void world_restore(struct world *world);
/* What an officer asks for; what answers it, 0: it was refused. The author, if
 * none is named, is "duty". */
uint64_t world_command(struct world *world, int64_t minute,
		       struct command command);
/* The wall clock was set by so many minutes, and it is now this one. */
void world_clock(struct world *world, int64_t minute, int64_t by);
/* An officer takes back the episode whose first message has this number. */
void world_retract(struct world *world, int64_t minute, uint64_t episode_seq);
/* Another configuration, which must outlive the world or be there until
 * world_end. */
void world_configure(struct world *world, int64_t minute,
		     const struct configuration *configuration);
/* Nothing more comes: configurations that a test made may go. */
void world_end(struct world *world);

/*
 * The alerts since the last look, a line each:
 *	crossed Severe Possible 0/0/5/6 @10
 * cause, severity, certainty, the four sums, the minute at which it was sent;
 * before the sums " resolved" or " cancelled" if it ends the episode, then the
 * labels of a group in brackets, and in front the rule where there are several.
 */
const char *world_told(struct world *world);

#define assert_told(world, lines) assert_string_equal(world_told(world), lines)

/* For tests below the engine: memory that a struct and its arena share. */
void *arena_new(struct arena *ret_arena, size_t head, size_t bytes);

#endif
