/*
 * The engine's parts share this, and nobody else: what it knows (struct
 * state, the arena) and where it is in a step (struct engine).
 *
 *	engine.c           steps: what is done next, until nothing is
 *	engine_judge.c     whether a report is taken
 *	engine_apply.c     the ledger, and what a report changes in a rule
 *	engine_evaluate.c  what a group says now
 *	engine_message.c   in which words, and whether it is held back
 *	engine_names.c     distinct names, by bucket
 *	engine_event.c     window "event"
 *	engine_spike.c     the statistic of buckets
 *	engine_tally.c     a source's total, and how much it is up
 *	engine_discrepancy.c  how far two totals are apart
 *	engine_own.c       our own sums, which totals are held against
 *	engine_absence.c   sources that are silent
 *	engine_deadline.c  what is due, and what officers say of it
 *	engine_feed.c      feeds whose numbers skip
 *	engine_search.c    peaks and evidence, looked up in the ledger
 *	engine_explain.c   why a group fires or does not
 *	engine_explain_reports.c  what each report does in it
 *	engine_command.c   what an officer does
 *	engine_silence.c   what is held back, and when it is told
 *	engine_reload.c    another configuration
 *	engine_clock.c     a step of the wall clock
 *	engine_checkpoint.c  the state, taken out and put back
 *	engine_pools.c     memory, and how full it is
 */
#ifndef TRUCED_CORE_ENGINE_STATE_H
#define TRUCED_CORE_ENGINE_STATE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/absence.h"
#include "core/alerts.h"
#include "core/arena.h"
#include "core/dictionary.h"
#include "core/engine.h"
#include "core/episodes.h"
#include "core/explanation.h"
#include "core/feed.h"
#include "core/findings.h"
#include "core/groups.h"
#include "core/ledger.h"
#include "core/marks.h"
#include "core/rules.h"
#include "core/silences.h"
#include "core/window.h"

/* What became of one rule's reports; lives in the arena. */
struct rule_counts {
	uint64_t too_late;
	uint64_t ungrouped;
	uint32_t groups;
	uint32_t open;
};

/* What officers said of a deadline; TIME_UNSET: nothing. */
struct deadline_word {
	int64_t met_at;
	int64_t due_at;
};

/* The head of the arena: all that a checkpoint must hold. */
struct state {
	struct dictionary dictionary;
	struct ledger ledger;
	struct groups groups;
	struct episodes episodes;
	struct marks marks;
	struct silences silences;
	struct span rule_counts; /* struct rule_counts, by rule */
	struct span absences;	 /* struct absence, by group */
	struct span feeds;	 /* struct feed, by group */
	/* struct deadline_word, in the configuration's order of agreements */
	struct span deadlines;
	int64_t now; /* TIME_UNSET before the first */
	uint64_t seq;
	uint32_t pools_told; /* bit 1 << enum pool_kind: its 80 % were told */
};

/* An incident that a report changes: itself, or one that a finding is about. */
struct affected {
	uint32_t number;
	bool is_new;	      /* there was none before */
	struct entry earlier; /* as it was */
};

/* A finding is about other reports before and after its revision. */
enum { AFFECTED_MAX = 2 * EVENT_REPORTS_MAX };
static_assert(FINDING_REPORTS_MAX <= EVENT_REPORTS_MAX,
	      "a finding is about no more reports than an event has");

/* Each may leave one event for another. */
enum { CHANGES_MAX = 2 * AFFECTED_MAX };
static_assert((int)CHANGES_MAX <= (int)EVENTS_PENDING_MAX,
	      "groups hold so many ready");

/* An event before and after a report was applied: who tells it, and, where that
 * is an incident, what they tell together (leader NULL: nothing). */
struct change {
	struct event_reports before;
	struct event_reports after;
	struct event was;
	struct event is;
};

/* A group that a report reached, and the oldest bucket that changed in it. */
struct touched {
	uint32_t group;
	int64_t index;
};

/* For the search of a peak: what an event adds, and where. Of a distinct
 * measure there is one for each of its names, and the first is told of the
 * event. */
struct moment {
	int64_t index;
	struct sums sums;
	name_number name;
};

/* How often a name is in a window, by basis. */
struct name_count {
	uint32_t by_basis[4];
};

/* A change reaches a group before it and one after it; in rules of the kind
 * discrepancy two of each, that of the party and that of all parties. */
enum { TOUCHED_MAX = 4 * CHANGES_MAX };

/* The last accepted of some reports, the newest first: as evidence lists them.
 */
struct newest {
	const struct entry *entries[EVIDENCE_MAX];
	size_t count;
};

struct reload;
struct names;
struct own_sums;

/* The names of a report that become numbers. */
enum name_field {
	NAME_SOURCE,
	NAME_FEED,
	NAME_PARTY,
	NAME_AGAINST,
	NAME_ADMIN,
	NAME_COUNTRY,
	NAME_PLACE,
	NAME_FIELDS
};

/* What is looked up of a report a little before its verdict. */
struct sought {
	bool has_agreement; /* it is configured */
	uint16_t agreement;
	bool known[NAME_FIELDS]; /* so far; none without an agreement */
	name_number names[NAME_FIELDS];
	uint32_t chain; /* in the ledger, if the source is known */
};

/* What a verdict had to look up, so that applying the report need not again. */
struct found {
	uint16_t agreement;
	uint32_t standing; /* its entry, 0: none */
	uint32_t chain;	   /* in the ledger, if its source is known */
	bool known[NAME_FIELDS];
	name_number names[NAME_FIELDS]; /* of those that are known */
	/* What a finding names, each once. */
	struct referent reports[FINDING_REPORTS_MAX];
	size_t reports_count;
};

/* How far ahead reports are sought, for how many that is kept, and how far
 * ahead the ledger is told of their entries. */
enum { SOUGHT_AHEAD = 4, SOUGHT_MAX = 8, ENTRIES_AHEAD = 2 };
static_assert(SOUGHT_AHEAD < SOUGHT_MAX, "none is overwritten before its turn");

/* What engine_next does next. */
enum stage {
	STAGE_IDLE,
	STAGE_CLOCK,   /* a step of the wall clock */
	STAGE_EVENTS,  /* the next event, after it was set back */
	STAGE_ADMIT,   /* the verdict on the next report */
	STAGE_TIMERS,  /* those due by `until`, and a pause on the way */
	STAGE_APPLY,   /* the report that was accepted, if there is one */
	STAGE_RULES,   /* the next rule that can match it */
	STAGE_GROUPS,  /* the next group that it touched there */
	STAGE_POOLS,   /* whether a pool is nearly full now */
	STAGE_COMMAND, /* the officer's */
	STAGE_RELEASE, /* what it has made due */
	STAGE_ENDING,  /* the next episode whose rule is no more */
	STAGE_NEW      /* the next group that the reload made */
};

/* Nothing of what follows `state` survives a step, but what was compiled. */
struct engine {
	struct state *state; /* the arena */
	const struct configuration *configuration;
	const struct limits *limits;
	enum engine_part part;
	struct rules *rules;
	struct reload *reload; /* of the CONFIG step that comes, or NULL */
	/* Scratch: one for each report there may be, and for each name. */
	struct moment *moments;
	struct name_count *name_counts; /* all 0 between two searches */
	struct names *names;		/* NULL: no rule counts distinct ones */
	struct own_sums *own_sums;	/* NULL: no rule compares with them */

	struct step step;
	size_t report; /* in the step */
	struct recent_names recent;
	struct sought sought[SOUGHT_MAX]; /* by report */
	size_t sought_count;		  /* of the step, so far */
	enum stage stage;
	int64_t until; /* time goes on to there in this step; at a pause ... */
	int64_t heard_until; /* ... somebody listened until then, or NEVER */
	bool has_report;     /* STAGE_APPLY has one to apply */
	struct found found;  /* of that report */
	struct entry heard;  /* what it says */
	bool commanded;	     /* the step's word on a deadline was taken */

	struct affected affected[AFFECTED_MAX];
	size_t affected_count;
	struct change changes[CHANGES_MAX];
	size_t changes_count;

	struct touched touched[TOUCHED_MAX];
	size_t touched_count;
	size_t touched_next;

	uint32_t evaluating; /* group, 0: none */
	bool set_back;	     /* the clock, by this step; then: */
	uint32_t event_rule; /* what STAGE_EVENTS has come to */
	uint16_t event_agreement;
	uint32_t event_entry;
	bool corrects;	      /* not time alone is the cause */
	int64_t changed_from; /* oldest bucket that changed */
};

static inline struct rule_counts *
engine_counts(const struct engine *engine, uint32_t rule)
{
	return (struct rule_counts *)span_data(&engine->state->rule_counts) +
	       rule;
}

static inline const struct rule *
engine_rule(const struct engine *engine, uint32_t rule)
{
	return &engine->configuration->rules[rule];
}

static inline bool
rule_is_of_events(const struct rule *rule)
{
	return rule->window_kind == WINDOW_EVENT;
}

/* What counts distinct names in windows: a ring has bounds of it only. */
static inline bool
rule_is_distinct(const struct rule *rule)
{
	return measure_is_distinct(rule->measure) && !rule_is_of_events(rule);
}

static inline const char *
engine_name(const struct report *report, enum name_field field)
{
	static const size_t offsets[NAME_FIELDS] = {
		[NAME_SOURCE] = offsetof(struct report, source),
		[NAME_FEED] = offsetof(struct report, feed),
		[NAME_PARTY] = offsetof(struct report, party),
		[NAME_AGAINST] = offsetof(struct report, against),
		[NAME_ADMIN] = offsetof(struct report, admin),
		[NAME_COUNTRY] = offsetof(struct report, country),
		[NAME_PLACE] = offsetof(struct report, place),
	};

	return (const char *)report + offsets[field];
}

static inline const struct window_shape *
engine_shape(const struct engine *engine, const struct group *group)
{
	return rules_window(engine->rules, group->rule, group->agreement);
}

/* The bucket of now; before there is a now, one that is older than all. */
static inline int64_t
engine_index(const struct engine *engine, const struct window_shape *shape)
{
	if (engine->state->now == TIME_UNSET && shape->resolution_ms > 0)
		return INT64_MIN / 4;
	return window_index(shape, engine->state->now);
}

static inline int64_t
earlier_of(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static inline int64_t
later_of(int64_t left, int64_t right)
{
	return left > right ? left : right;
}

/* When a report alone counts, by a rule's time. */
static inline int64_t
entry_at(const struct entry *entry, enum time_field time)
{
	switch (time) {
	case TIME_OCCURRED:
		return entry->occurred_at;
	case TIME_REPORTED:
		return entry->reported_at;
	case TIME_RECEIVED:
		break;
	}
	return entry->received_at;
}

/* engine_judge.c: the verdict on one of this engine's reports. */
bool engine_takes(const struct engine *engine, const struct report *report);
/* As engine_judge, and what it found: all of it, if it is accepted. */
void engine_look(const struct engine *engine, const struct report *report,
		 const struct sought *sought, struct receipt *ret_receipt,
		 struct found *ret_found);
/* The report that is meant by `source/id`; 0: none. Both may have a slash in
 * them: the first reading that stands is meant. */
uint32_t engine_report_find(const struct state *state, uint16_t agreement,
			    const char *name);
/* Of a report that will soon be looked at. */
void engine_seek(const struct engine *engine, const struct report *report,
		 struct recent_names *recent, struct sought *ret_sought);

/* engine_apply.c: the time at which an accepted report is applied; then the
 * report itself, which fills `changes`; then, for each rule that met it, what
 * it changes there, which fills `touched`. */
int64_t engine_time_of(const struct engine *engine,
		       const struct report *report);
void engine_apply(struct engine *engine);
void engine_apply_rule(struct engine *engine, uint32_t rule);
/* A group is to be evaluated: from that bucket on it changed. */
void engine_touch(struct engine *engine, uint32_t group, int64_t index);
/* Finds or makes a group. 0: no room for it. */
uint32_t engine_group(struct engine *engine, uint32_t rule, uint16_t agreement,
		      const struct group_key *key);

/* What all reports count for, once times or the configuration changed. */
void engine_weigh(struct engine *engine);

/* Adds it to its group, or to _other. */
void engine_contribute(struct engine *engine, uint32_t rule, uint16_t agreement,
		       const struct contribution *contribution);

/* engine_evaluate.c: the group's next message, or false: it has no more to
 * say now. Its timer is then set. What a silence holds back is passed over. */
bool engine_evaluate(struct engine *engine, uint32_t group,
		     struct alert *ret_alert);
void engine_window(const struct engine *engine, struct group *group,
		   struct window *ret_window);
/* Tells a turn that is not the group's own doing of its open episode. False:
 * nothing of that was ever sent, and nobody is told of its end. */
bool engine_tell(struct engine *engine, uint32_t group, enum turn turn,
		 struct alert *ret_alert);

/* engine_message.c: writes the message of a turn and keeps in the episode what
 * was told. One that is held back has no number, and all else is as if it had
 * been sent. */
void engine_message(struct engine *engine, struct group *group,
		    struct episode *episode, enum turn turn,
		    const struct window *window, struct alert *ret_alert);
/* An alert's time and status; all else is empty, and it has no number yet. */
void engine_alert(const struct engine *engine, struct alert *ret_alert);
void engine_number(struct engine *engine, struct alert *alert);
/* The labels of what is told of a group; how many. */
size_t engine_labels(const struct engine *engine, const struct group *group,
		     struct label ret_labels[static GROUP_BY_MAX]);
/* What a turn of an episode says, but for its evidence. */
void engine_compose(const struct engine *engine, const struct group *group,
		    const struct episode *episode, enum turn turn,
		    const struct window *window, struct alert *ret_alert);

/* engine_event.c: an event, in one rule and under one key, is now worth this.
 * Gives its group, 0: it has none, and nothing to say. */
uint32_t engine_event_change(struct engine *engine, uint32_t rule,
			     uint16_t agreement, const struct group_key *key,
			     int64_t at, const struct sums *sums);
/* The next event of a rule and agreement that has something to say, by the
 * order in which their last reports were accepted; *entry is 0 at first. False:
 * there are no more, and *entry is 0 again. */
bool engine_event_next(struct engine *engine, uint32_t rule, uint16_t agreement,
		       uint32_t *entry, uint32_t *ret_group);
/* Whether it was told before, up to this level, or retracted. */
bool engine_event_is_quiet(const struct engine *engine,
			   const struct group *group,
			   const struct window *window);
/* It is told anew: what is remembered from before is past. */
void engine_event_unmark(struct engine *engine, const struct group *group);
void engine_event_mark(struct engine *engine, uint32_t group, uint8_t level,
		       bool retracted);
/* Whether there may be one more open episode; counts it if not. */
bool engine_event_has_room(struct engine *engine, const struct group *group);
/* When its open episode ends, if nothing changes. */
int64_t engine_event_end(const struct engine *engine,
			 const struct group *group);
/* Opens its ended episode again if it exceeds all that was announced. */
bool engine_event_reopens(struct engine *engine, uint32_t group,
			  const struct window *window);
/* Releases the group of an event, if it has no episode. */
void engine_event_settle(struct engine *engine, uint32_t group);
/* A new open episode of a group that has none, be it an event's or not. */
uint32_t engine_episode_open(struct engine *engine, uint32_t group);

/* The group heard something: it is evaluated once the rule is applied. */
void engine_touch(struct engine *engine, uint32_t group, int64_t index);

/* Of rules that count no events, a window that holds a value, which is certain,
 * and what is told of it as sums; and one that meets no level. */
struct window engine_window_of(double value, uint64_t sum, int64_t onset,
			       int64_t now);
void engine_window_unmet(struct window *ret_window);

/* engine_absence.c, engine_deadline.c: makes the groups of a rule in an
 * agreement. False: there is no room for them. */
bool engine_absence_reserve(struct engine *engine, uint32_t rule,
			    uint16_t agreement);
bool engine_deadline_reserve(struct engine *engine, uint32_t rule,
			     uint16_t agreement);

/* engine_absence.c: a group's source is expected from now on; what is between
 * two times does not count, as nobody could be heard or the clock was set; a
 * report was accepted; what the group is worth now, and when it is met. */
void engine_absence_begin(struct engine *engine, uint32_t group, int64_t now);
void engine_absence_pause(struct engine *engine, int64_t until, int64_t now);
void engine_absence_hear(struct engine *engine, uint32_t rule);
void engine_absence_window(const struct engine *engine, uint32_t group,
			   struct window *ret_window);
int64_t engine_absence_due(const struct engine *engine, uint32_t group);
/* To another group of another engine, as the next two. */
void engine_absence_carry(const struct engine *engine, uint32_t group,
			  struct engine *next, uint32_t carried);

/* engine_feed.c: a report was accepted; what the group is worth now. */
void engine_feed_hear(struct engine *engine, uint32_t rule);
void engine_feed_window(const struct engine *engine, uint32_t group,
			struct window *ret_window);
/* Nothing of it may lie ahead of now. */
void engine_feed_take_back(struct engine *engine, uint32_t group, int64_t now);
void engine_feed_carry(const struct engine *engine, uint32_t group,
		       struct engine *next, uint32_t carried);

/* engine_deadline.c: what the group is worth now, and when that changes;
 * whether a level of its rule is one of this deadline's own; what an alert says
 * of it alone; the step's command, for which groups become due
 * now; and the officer's words in an alert that it caused. */
void engine_deadline_window(const struct engine *engine,
			    const struct group *group,
			    struct window *ret_window);
int64_t engine_deadline_due(const struct engine *engine,
			    const struct group *group);
bool engine_deadline_has_level(const struct engine *engine,
			       const struct group *group, double at);
void engine_deadline_tell(const struct engine *engine,
			  const struct group *group, struct alert *alert);
void engine_deadline_command(struct engine *engine);
void engine_deadline_sign(const struct engine *engine, struct alert *alert);
void engine_deadlines_carry(const struct engine *engine, uint16_t agreement,
			    const struct engine *next, uint16_t carried);

/* engine_spike.c: of the buckets that are tested now the one that stands out
 * most; the same of those at first_end .. last_end, from the `count` moments
 * that were gathered; and when time alone changes it. */
void engine_spike_window(const struct engine *engine, const struct group *group,
			 struct window *ret_window);
void engine_spike_peak(const struct engine *engine, const struct group *group,
		       size_t count, int64_t first_end, int64_t last_end,
		       struct window *ret_peak);
int64_t engine_spike_next_change(const struct engine *engine,
				 const struct group *group);
/* Whether there is enough past to tell what is usual, with this newest bucket.
 */
bool engine_spike_is_tested(const struct engine *engine,
			    const struct group *group, int64_t newest);

/* engine_tally.c: what a counter says now; the most that it said at first_end
 * .. last_end; when time alone changes it; the tallies that it rests on. */
void engine_tally_window(const struct engine *engine, const struct group *group,
			 struct window *ret_window);
void engine_tally_peak(const struct engine *engine, const struct group *group,
		       int64_t first_end, int64_t last_end,
		       struct window *ret_peak);
int64_t engine_tally_next_change(const struct engine *engine,
				 const struct group *group);
void engine_tally_evidence(const struct engine *engine,
			   const struct group *group,
			   const struct window *window, struct newest *newest);
/* What the changed reports, those that are tallies, change in a rule. */
void engine_tally_apply(struct engine *engine, uint32_t rule);
/* Finds or makes the group that a tally counts in. 0: there is none. */
uint32_t engine_tally_group(struct engine *engine, uint32_t rule,
			    const struct entry *entry);
/* The totals of a group, corrected, of one source or (0) of all. They lie in
 * the scratch of moments, after `skip` others. */
void engine_totals(const struct engine *engine, const struct group *group,
		   name_number source, size_t skip, struct totals *ret_totals);
/* What a group of tallies says may have changed from a time on. */
void engine_doubt(struct engine *engine, uint32_t group, int64_t from);

/* engine_discrepancy.c: the same of two figures, and which ones they are. */
void engine_discrepancy_window(const struct engine *engine,
			       const struct group *group,
			       struct window *ret_window);
void engine_discrepancy_peak(const struct engine *engine,
			     const struct group *group, int64_t first_end,
			     int64_t last_end, struct window *ret_peak);
void engine_discrepancy_evidence(const struct engine *engine,
				 const struct group *group,
				 const struct window *window,
				 struct newest *newest);
void engine_discrepancy_compare(const struct engine *engine,
				const struct group *group,
				const struct window *window,
				struct alert *alert);
void engine_discrepancy_apply(struct engine *engine, uint32_t rule);

/* Of the events that a total is held against, by their time; the counts are of
 * those that may be counted in it. */
struct own_sum {
	int64_t since_at;
	int64_t as_of_at;
	uint64_t low;
	uint64_t high;
	uint64_t events;
	uint64_t corroborated;
	uint64_t at_least;
};

/* engine_own.c: beside the state, our own sums in the ranges that were asked
 * for. False: out of memory. Each event that a report changes is told to it as
 * it was and as it is; when any other does, all is forgotten. */
uint64_t engine_own_bytes(const struct configuration *configuration,
			  const struct limits *limits);
bool engine_own_new(struct engine *engine);
void engine_own_forget(const struct engine *engine);
void engine_own_change(const struct engine *engine, uint32_t group,
		       const struct own_event *event, bool added);
/* In the range of one of these totals, until another sum is asked for. Those of
 * the totals after it, up to a time, are about to be asked for, too. */
const struct own_sum *engine_own_sum(const struct engine *engine,
				     const struct group *group,
				     const struct totals *totals,
				     const struct total *total, int64_t until);

/* The later of two that are equal is the greater. */
static inline bool
window_is_greater(const struct rule *rule, const struct window *window,
		  const struct window *than)
{
	double value = rule_value(rule, window);
	double other = rule_value(rule, than);

	return value > other || (value == other && window->end > than->end);
}

/* engine_names.c: beside the state, which names are in which bucket. False: out
 * of memory. A group is told to it when it is new, when its ring was filled
 * otherwise, and of each change. */
uint64_t engine_names_bytes(const struct configuration *configuration,
			    const struct limits *limits);
bool engine_names_new(struct engine *engine);
void engine_names_free(struct names *names); /* NULL is fine */
void engine_names_begin(const struct engine *engine, const struct group *group);
void engine_names_forget(const struct engine *engine,
			 const struct group *group);
void engine_names_change(const struct engine *engine, const struct group *group,
			 const struct contribution *by, bool added);
/* Moves a group's ring on to now, and its names with it. */
void engine_advance(const struct engine *engine, struct group *group);
/* The tested window now of a rule that counts distinct names. */
void engine_names_window(const struct engine *engine, const struct group *group,
			 struct window *ret_window);

/* engine_search.c: all that counts in a group's windows that end at first_end
 * .. last_end, into `moments`, by index; how many. Then the greatest of those
 * windows, from so many moments. */
size_t engine_moments(const struct engine *engine, const struct group *group,
		      int64_t first_end, int64_t last_end);
void engine_sweep(const struct engine *engine, const struct group *group,
		  size_t count, int64_t first_end, int64_t last_end,
		  struct window *ret_greatest);
/* The greatest of a group's windows that end at first_end ..
 * last_end, as the reports stand now. */
void engine_peak(const struct engine *engine, const struct group *group,
		 int64_t first_end, int64_t last_end, struct window *ret_peak);
/* Whether an entry is the report of its event that was accepted last, so that a
 * walk meets each event once. Gives the event's reports. */
bool engine_stands_for_event(const struct engine *engine, uint32_t number,
			     struct event_reports *ret_reports);
/* The same for a walk that meets each event once that may count in some
 * buckets: of the reports that began then, or lasted until then, it is the
 * last. */
struct stretch {
	const struct window_shape *shape;
	enum time_field time;
	int64_t first;
	int64_t last;
};
bool engine_stands_in(const struct engine *engine,
		      const struct stretch *stretch, uint32_t number,
		      struct event_reports *ret_reports);
/* Whether what counts in a bucket is part of the window's sums; those of a
 * spike are of one bucket. */
bool engine_is_in_sums(const struct engine *engine, const struct group *group,
		       const struct window *window, int64_t index);
void newest_note(struct newest *newest, const struct entry *entry);
/* The newest reports of the events in a window's sum; or the tallies. */
void engine_evidence(const struct engine *engine, const struct group *group,
		     const struct window *window, struct alert *alert);

/* engine_explain_reports.c: `source/id@revision`; the newest reports that count
 * in a group's window, and the newest that might but do not; of a rule that
 * counts totals the newest of those. */
void engine_name_report(const struct engine *engine, const struct entry *entry,
			char ret_name[static REPORT_NAME_SIZE]);
void engine_explain_reports(const struct engine *engine,
			    const struct group *group,
			    const struct window *window,
			    struct explanation *explanation);
void engine_explain_totals(const struct engine *engine,
			   const struct group *group,
			   struct explanation *explanation);

/* engine_command.c: does the step's command and tells it. False: nothing is
 * told of it; its episode is not open, or there is no room for the author's
 * name. */
bool engine_command(struct engine *engine, struct alert *ret_alert);

/* engine_silence.c: does the step's command; ends the silences that are due.
 * Episodes that none of them holds any longer are due then. */
void engine_silence(struct engine *engine);
void engine_unsilence(struct engine *engine);
void engine_silences_end(struct engine *engine);

/* engine_reload.c: in this order, once the CONFIG step's timers have fired: the
 * episodes that end, one by one; the change of places; the groups that are
 * new, to be evaluated, one by one. */
void engine_reload_begin(struct engine *engine);
bool engine_reload_end_episode(struct engine *engine, struct alert *ret_alert);
void engine_reload_switch(struct engine *engine);
bool engine_reload_next_group(struct engine *engine, uint32_t *ret_group);
void engine_reload_free(struct reload *reload); /* NULL is fine */
/* Adds an agreement's events, as they stand, to the groups of all rules, but
 * for those that are kept (by number; NULL: none) and those of events. */
void engine_sum_agreement(struct engine *engine, uint16_t agreement,
			  const bool *kept);

/* engine_clock.c: takes over the time of a CLOCK step and tells it. False:
 * there is nothing to tell. */
bool engine_clock(struct engine *engine, struct alert *ret_alert);
/* After a step back and its timers: the next event, with window "event", that
 * has something to say. */
bool engine_clock_next_event(struct engine *engine, uint32_t *ret_group);

/* engine_pools.c: the arena, made and empty; NULL: out of memory. */
struct state *engine_state_new(const struct configuration *configuration,
			       const struct limits *limits,
			       const uint8_t key[static 16]);
size_t engine_state_size(const struct configuration *configuration,
			 const struct limits *limits);
const struct limits *engine_limits(const struct configuration *configuration,
				   enum engine_part part);
/* An alert of a condition of truced's own; its figures are the caller's. */
void engine_tell_condition(struct engine *engine, const char *condition,
			   struct alert *ret_alert);
/* The alert that a pool is nearly full; false: none is due. */
bool engine_pools_tell(struct engine *engine, struct alert *ret_alert);

#endif
