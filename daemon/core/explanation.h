/*
 * Why a rule fires for a group, or does not: all that the engine knows of it,
 * as plain values, for those who ask.
 *
 * A group is a rule's counts in one agreement, under its labels; with window
 * "event" it is one event.
 */
#ifndef TRUCED_CORE_EXPLANATION_H
#define TRUCED_CORE_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/rule.h"

enum {
	EXPLAINED_GROUPS_MAX = 100,
	EXPLAINED_COUNTED_MAX = EVIDENCE_MAX, /* reports that count ... */
	EXPLAINED_UNCOUNTED_MAX = 16,	      /* ... and that do not */
	EXPLAINED_REPORTS_MAX = EXPLAINED_COUNTED_MAX + EXPLAINED_UNCOUNTED_MAX,
	EXPLAINED_BUCKETS_MAX = 32,
	EXPLAINED_ENDED_MAX = 4,
	/* A rule's labels and, with window "event", which event. */
	EXPLAIN_LABELS_MAX = GROUP_BY_MAX + 1,
	EXPLAIN_EXPECTED_SIZE = 512,
	REPORT_NAME_SIZE = 2 * TEXT_SIZE + 11 /* `source/id@revision` */
};

/* What is asked. */
struct explain_question {
	const char *rule;
	const char *agreement; /* "": any that there is */
	/* Labels of the rule, any of them; and, of a rule with window "event",
	 * `event` (its name) or `report` (`source/id` of one that tells it). */
	struct explain_label {
		const char *name;
		const char *value;
	} labels[EXPLAIN_LABELS_MAX];
	size_t labels_count;
	/* Of any message of the episode that is meant, as far as it is still
	 * known; 0: none. It says more than the labels. */
	uint64_t episode_seq;
	/* When: the engine's time or later, as if no report came until then. */
	int64_t at;
};

/* The first that applies. Enumerators carry the numbers of
 * proto/service.proto, as those of the next one do. */
enum explained_why {
	EXPLAINED_UNKNOWN,
	EXPLAINED_MET,	     /* it fires: the level held is met */
	EXPLAINED_STAYS,     /* it fires: below `at`, but not below `clear` */
	EXPLAINED_ENDING,    /* it fires: keep_firing is not over yet */
	EXPLAINED_BELOW,     /* it does not: no level is met */
	EXPLAINED_PENDING,   /* not yet: met, but not for as long as `for` */
	EXPLAINED_UNTESTED,  /* a spike rule that does not know what is usual */
	EXPLAINED_RETRACTED, /* an officer took it back */
	EXPLAINED_TOLD,	     /* of this event as much was told before */
	EXPLAINED_FULL,	     /* there was no room for it */
	EXPLAINED_WHYS
};

/* What a report does in the tested sums, or why nothing. */
enum explained_part {
	PART_UNKNOWN,
	PART_LEADS,	      /* its event counts, as it tells it */
	PART_TELLS,	      /* its event counts, as another report has it */
	PART_WITHDRAWN,	      /* its source took it back */
	PART_UNSUBSTANTIATED, /* so it was assessed */
	PART_NIL,	      /* it tells of no violation and no casualty */
	PART_UNSURE,	      /* the rule asks for more certain ones */
	PART_EMPTY,	      /* its event has none of what the rule counts */
	PART_BEFORE,	      /* before the tested window */
	PART_AFTER,	      /* after it */
	PART_BEFORE_EFFECT,   /* before the agreement took effect */
	PART_TOTAL,	      /* it is a total that its source tells */
	PART_DISPUTED,	      /* the rule asks for others, by `disputed` */
	PARTS
};

struct explained_report {
	char report[REPORT_NAME_SIZE];
	char source[TEXT_SIZE];
	enum explained_part part;
	int64_t at; /* the time by which it counts */
	/* What its source says, what it counts for, and the finding that made
	 * the difference ("": none did; where they differ all the same, the
	 * source's word counts for no more). */
	enum assessment told_assessment;
	enum assessment assessment;
	char assessment_by[REPORT_NAME_SIZE];
	enum attribution told_attribution;
	enum attribution attribution;
	char attribution_by[REPORT_NAME_SIZE];
	char told_party[TEXT_SIZE];
	char party[TEXT_SIZE];
	char party_by[REPORT_NAME_SIZE];
	char origin[TEXT_SIZE]; /* of its source */
	bool partial;		/* its source is a party: not independent */
	bool denied;		/* a finding denies it */
	/* Its event: the report that leads it ("": none does), how many tell
	 * it, how many independent origins they have. */
	char leader[REPORT_NAME_SIZE];
	uint32_t told_by;
	uint32_t origins;
	bool disputed;
	/* What it adds to the four sums: a leader's event; a total itself. */
	uint64_t adds[4];
};

struct explained_group {
	char agreement[NAME_SIZE];
	struct label labels[GROUP_BY_MAX];
	size_t labels_count;
	/* Window "event": the report that leads it; else "". */
	char event[REPORT_NAME_SIZE];
	double value;
	enum severity severity; /* of the level held; UNKNOWN: none */
	uint64_t first_seq;	/* of its open episode; 0: none */
};

struct explained_level {
	double at;
	double clear;
	enum severity severity;
	bool met;
	bool held;
};

/* Times that do not apply are TIME_UNSET. */
struct explained_episode {
	uint64_t first_seq; /* 0: a silence has held back all of it */
	uint64_t last_seq;
	int64_t begun_at; /* its first message; the journal knows it */
	int64_t last_message_at;
	int64_t ended_at;
	enum severity severity; /* of the level held, last held once ended */
	enum certainty certainty;
	int64_t keep_since; /* below `clear` of the level held ... */
	int64_t keep_until; /* ... which is left then */
	int64_t ends_at;    /* of an event, if nothing changes */
	char acknowledged_by[TEXT_SIZE];
	int64_t acknowledged_at;
	int64_t acknowledged_until; /* TIME_UNSET: a higher level, or its end */
	bool escalated;
	int64_t escalates_at;
	int64_t reminds_at;
	int64_t withheld_since; /* by a silence */
};

/* What keeps a group quiet that an officer took back. */
struct explained_retraction {
	uint64_t episode_seq; /* its first message; 0: not known any more */
	enum severity severity;
	double above; /* speaks again when this level is met; 0: never */
	double below; /* ... or after keep_firing below this */
	int64_t left_since;
	/* From the journal; "" and TIME_UNSET where it is not found. */
	uint64_t seq;
	int64_t at;
	char by[TEXT_SIZE];
	char comment[COMMENT_SIZE];
};

struct explained_silence {
	uint64_t number; /* 0: none holds it */
	int64_t until_at;
	char by[TEXT_SIZE];
	char comment[COMMENT_SIZE];
};

struct explained_bucket {
	int64_t start_at;
	uint64_t count; /* by the rule's basis */
	bool tested;	/* the one that stands out most */
};

struct explanation {
	/* Nothing else is filled if this is not "": what was expected. */
	char expected[EXPLAIN_EXPECTED_SIZE];

	/* Of the rule. */
	char rule[NAME_SIZE];
	enum rule_kind kind;
	const char *measure; /* as in alerts; static, "" if not known */
	enum basis basis;
	enum window_kind window_kind;
	int64_t window_ms;
	int64_t late_ms;
	int64_t for_ms;
	int64_t keep_firing_ms;
	struct label labels[GROUP_BY_MAX]; /* names alone */
	size_t labels_count;
	uint64_t too_late;
	uint64_t ungrouped; /* in `_other` */

	int64_t at;	   /* the time that it is explained for */
	int64_t engine_at; /* of the last report or timer */

	/* The groups that are meant, the highest value first; all of the rule
	 * (of "event": those that fire) if none is, and `none` says so. The
	 * rest is filled if exactly one is meant. */
	struct explained_group groups[EXPLAINED_GROUPS_MAX];
	size_t groups_count;
	uint64_t groups_more; /* that have no room here */
	bool none;
	bool one;

	enum explained_why why;
	char figure[HEADLINE_SIZE]; /* "7 killed in 24 h, 3 confirmed" */
	/* The tested window, up to before its end; or since when a source is
	 * silent, when a deadline is due. TIME_UNSET: it has none. */
	int64_t start_at;
	int64_t end_at;
	struct sums sums;
	/* What levels are held against, by basis; -INFINITY: they are not. */
	double values[4];
	struct explained_level levels[LEVELS_MAX];
	size_t levels_count;
	int next_level;	  /* the lowest that is neither met nor held, or -1 */
	double missing;	  /* to it */
	int64_t meets_at; /* when time alone meets it */
	int64_t pending_since;
	enum severity told; /* EXPLAINED_TOLD: up to this */

	bool open;
	struct explained_episode episode;
	struct explained_episode ended[EXPLAINED_ENDED_MAX]; /* newest first */
	size_t ended_count;
	struct explained_retraction retraction; /* EXPLAINED_RETRACTED */
	struct explained_silence silence;	/* of what it says, or would */

	/* Of a spike: the buckets up to the tested ones, the oldest first. */
	struct spike spike;
	struct explained_bucket buckets[EXPLAINED_BUCKETS_MAX];
	size_t buckets_count;

	struct explained_report reports[EXPLAINED_REPORTS_MAX];
	size_t reports_count; /* newest first */
};

#endif
