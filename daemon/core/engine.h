/*
 * The engine: a pure function from steps to alerts.
 *
 *	engine_begin(engine, &step);
 *	while (engine_next(engine, &alert))
 *		...
 *
 * It has no clock, no I/O, no randomness and takes all its memory at
 * engine_new. The same configuration, key and steps give the same alerts, to
 * the byte; how reports are cut into steps of the same time changes nothing.
 *
 * There are two: one for what is real, one for drills (reports with status
 * EXERCISE or TEST). Both are given every step, each takes its own reports and
 * leaves the others alone.
 */
#ifndef TRUCED_CORE_ENGINE_H
#define TRUCED_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/command.h"
#include "core/rule.h"
#include "core/silence.h"
#include "core/verdict.h"

/* Counts change the meaning of a journal: another version sums anew. */
enum { ENGINE_VERSION = 3 };

enum step_kind {
	STEP_NONE,
	STEP_START,
	STEP_CONFIG,
	STEP_REPORTS,
	STEP_COMMAND,
	STEP_TICK,
	STEP_CLOCK
};

enum engine_part { ENGINE_REAL, ENGINE_DRILL };

/* `time_ms` never goes back from one step to the next, but for CLOCK, which may
 * set it back and has a records clock as it is. Under a records clock
 * it says nothing: the engine's time is then the latest that an accepted report
 * gave, and 1970 until one did. Only a TICK takes it further, to the end of a
 * recording; a daemon that goes by records makes none. */
struct step {
	enum step_kind kind;
	int64_t time_ms;
	uint64_t position; /* in the journal */
	int64_t ran_until; /* STEP_START: the time of the step before it */
	int64_t clock_ms;  /* STEP_CLOCK: how far the wall clock was set */
	const struct report *reports; /* STEP_REPORTS */
	struct receipt *receipts; /* one for each, the engine fills its own */
	size_t count;
	const struct command *command; /* STEP_COMMAND: for this part only */
	enum engine_part part;
	/* What answers it: the seq of the message; SILENCE, UNSILENCE: the
	 * silence's number. 0: it was refused and changed nothing. */
	uint64_t *ret_told;
};

struct engine;

/* What the limits bound. */
enum pool_kind {
	POOL_REPORTS,
	POOL_GROUPS,
	POOL_BUCKETS,
	POOL_EPISODES,
	POOL_NAMES,
	POOLS
};

/* configuration must outlive the engine. key seeds the hash tables: the
 * journal's, the same at each replay. -ENOMEM: the limits do not fit in memory.
 * -ENOSPC: the rules alone need more groups or buckets than the limits give. */
int engine_new(struct engine **ret_engine,
	       const struct configuration *configuration, enum engine_part part,
	       const uint8_t key[static 16]);
void engine_free(struct engine *engine); /* NULL is fine */

/* The step, its reports and its receipts stay the caller's and must stay
 * until engine_next has returned false. A receipt that is VERDICT_NONE is
 * filled by the engine whose report it is; one that has a verdict already is
 * left alone, and so is its report. Bugs, not errors: a step before the
 * last one was drained. A rejected, duplicate or stale report leaves no trace.
 */
void engine_begin(struct engine *engine, const struct step *step);

/*
 * Another configuration, for the CONFIG step that comes next; without it a
 * CONFIG step is one that only tells the time. Rules that count as before keep
 * all their state; the others are summed from the standing reports, and each
 * group at a level is CROSSED, once. Episodes of changed and removed rules end
 * with RULE_CHANGED. -ENOMEM; -ENOSPC: its limits do not hold what stands, or
 * its rules, and *ret_full says which pool (POOLS: one that the rules alone
 * fill). Nothing is changed then. Both configurations must stay until the step
 * is applied, then only the new one.
 */
int engine_prepare(struct engine *engine,
		   const struct configuration *configuration,
		   enum pool_kind *ret_full);
/* Takes it back. */
void engine_unprepare(struct engine *engine);

/* The verdict that a report would get now, and no trace of the question. The
 * report must be this engine's (real or drill, by its status). */
void engine_judge(const struct engine *engine, const struct report *report,
		  struct receipt *ret_receipt);
enum engine_part engine_part_of(const struct report *report);

/* Writes the next alert of the step, or returns false: the step is applied. */
bool engine_next(struct engine *engine, struct alert *ret_alert);

/* The latest time the engine has seen; TIME_UNSET before the first. */
int64_t engine_now(const struct engine *engine);

/* When a timer is next due: a TICK at or after it is wanted (wall clock). */
int64_t engine_due(const struct engine *engine); /* or TIME_NEVER */

/* The last alert's number; the next one gets the number after it. */
uint64_t engine_seq(const struct engine *engine);
/* So many numbers of its stream are taken, whoever took them. */
void engine_renumber(struct engine *engine, uint64_t seq);

/* Memory and use of each pool, for -t and status. */
struct pool_use {
	uint64_t bytes;
	uint32_t used;
	uint32_t limit;
};

const char *pool_name(enum pool_kind pool); /* as in `limits` */
void engine_pools(const struct engine *engine, struct pool_use ret_use[POOLS]);
/* The same before there is an engine; `used` is 0. */
void engine_memory(const struct configuration *configuration,
		   enum engine_part part, struct pool_use ret_use[POOLS]);

struct rule_use {
	const char *rule;
	uint32_t groups;
	uint32_t open;	    /* episodes */
	uint64_t too_late;  /* reports older than the rule's window and late */
	uint64_t ungrouped; /* reports in `_other`: the pool of groups was full
			     */
};

void engine_rule_use(const struct engine *engine, size_t rule,
		     struct rule_use *ret_use);

/* What the reports of one group add up to now: the sums that are tested. */
struct group_use {
	size_t rule;
	const char *agreement;
	const char *values[GROUP_BY_MAX]; /* labels, in group_by order */
	struct sums sums;
	double tested; /* what is held against levels */
};

/* Each group in the order in which they came to be. Call with *iterator 0 at
 * first; false: no more. */
bool engine_groups(const struct engine *engine, uint32_t *iterator,
		   struct group_use *ret_use);

/* The sums of the group with these labels. False: there is no such group. */
bool engine_sums(const struct engine *engine, size_t rule,
		 const char *agreement, const char *const *values,
		 struct sums *ret_sums);

struct explain_question;
struct explanation;

/* Why a rule fires for a group, or does not (explanation.h). What is known
 * changes by nothing. */
void engine_explain(const struct engine *engine,
		    const struct explain_question *question,
		    struct explanation *ret_explanation);

/* The seq of each open episode's last message, in order of its first; those
 * of which nothing was sent are left out. Call with *iterator 0 at first;
 * false: no more. */
bool engine_open(const struct engine *engine, uint32_t *iterator,
		 uint64_t *ret_seq);
/* The iterator that goes on after the episode with this first seq, be it open
 * or not any more. */
uint32_t engine_open_after(const struct engine *engine, uint64_t first_seq);

/* The active silences, in the order of their numbers; they last until the next
 * step. */
const struct silence *engine_silences(const struct engine *engine,
				      size_t *ret_count);

/* NULL: none of that number is active. Lasts as they do. */
const struct silence *engine_silence_find(const struct engine *engine,
					  uint64_t number);

/* An open episode of which something is held back. */
struct held_use {
	/* As it would be told now, but for its evidence: its seq is 0, and
	 * episode_seq, too, if nothing of it was sent. */
	struct alert alert;
	int64_t since_at; /* the first that is held back */
	uint64_t silence; /* the first that holds it */
};

/* Each of them, as engine_open; and how many there are. */
bool engine_held(const struct engine *engine, uint32_t *iterator,
		 struct held_use *ret_use);
size_t engine_held_count(const struct engine *engine);

/*
 * What an engine knows is one piece of memory without addresses in it, mostly
 * untouched zeros: as it lies there between two steps it can be written to a
 * file, and an engine of the same build, configuration, limits and key goes on
 * from it as the one that it was taken from.
 */

/* Raised when what lies there is laid out in another way, or means something
 * else, though its sizes stay as they are. */
enum { ENGINE_STATE_VERSION = 8, ENGINE_LAYOUT = 20 };

/* Lasts until the engine's next step. */
const void *engine_state(const struct engine *engine, size_t *ret_size);

/* Numbers that are the same where a state can be put back. */
void engine_layout(uint32_t ret_layout[static ENGINE_LAYOUT]);

/* Fills a part's state, which is all zero and of this size; 0 or a negative
 * errno. What it fills in must be what engine_state once gave: that it is not
 * damaged is the caller's to know. */
typedef int (*engine_fill)(void *context, enum engine_part part, void *state,
			   size_t size);

/* engine_new, going on from a state. Errors: those of fill; -ENOMEM; -EBADMSG:
 * it is no state of an engine that is made like this. */
int engine_restore(struct engine **ret_engine,
		   const struct configuration *configuration,
		   enum engine_part part, const uint8_t key[static 16],
		   engine_fill fill, void *context);

const struct configuration *engine_configuration(const struct engine *engine);

#endif
