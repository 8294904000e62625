/*
 * A decision to speak: what the engine gives, before it is words.
 *
 * Enumerators carry the numbers of proto/alert.proto, which are those of the
 * Common Alerting Protocol 1.2 where it has them. Everything is a value, so
 * that an alert can be compared, kept and rendered without the engine.
 */
#ifndef TRUCED_CORE_ALERT_H
#define TRUCED_CORE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/incident.h"
#include "core/limits.h"

enum msg_type {
	MSG_TYPE_UNSPECIFIED,
	MSG_TYPE_ALERT,
	MSG_TYPE_UPDATE,
	MSG_TYPE_CANCEL
};

enum alert_state {
	ALERT_STATE_UNSPECIFIED,
	ALERT_FIRING,
	ALERT_RESOLVED,
	ALERT_CANCELLED
};

enum cause {
	CAUSE_UNSPECIFIED,
	CAUSE_CROSSED,
	CAUSE_LEVEL_UP,
	CAUSE_LEVEL_DOWN,
	CAUSE_CERTAINTY,
	CAUSE_REMINDER,
	CAUSE_ESCALATED,
	CAUSE_CLEARED,
	CAUSE_CORRECTED,
	CAUSE_ACKNOWLEDGED,
	CAUSE_RULE_CHANGED,
	CAUSE_PROGRESS,
	CAUSE_RETRACTED,
	CAUSE_SILENCE_ENDED,
	CAUSES
};

enum severity {
	SEVERITY_UNKNOWN,
	SEVERITY_MINOR,
	SEVERITY_MODERATE,
	SEVERITY_SEVERE,
	SEVERITY_EXTREME,
	SEVERITIES
};

enum certainty {
	CERTAINTY_UNKNOWN,
	CERTAINTY_UNLIKELY,
	CERTAINTY_POSSIBLE,
	CERTAINTY_LIKELY,
	CERTAINTY_OBSERVED,
	CERTAINTIES
};

enum urgency {
	URGENCY_UNKNOWN,
	URGENCY_PAST,
	URGENCY_FUTURE,
	URGENCY_EXPECTED,
	URGENCY_IMMEDIATE
};

/* Which of the four sums. */
enum basis { BASIS_CONFIRMED, BASIS_SUPPORTED, BASIS_REPORTED, BASIS_UPPER };

/* The four sums, confirmed <= supported <= reported <= upper, and what is
 * said of the events in the basis sum. */
struct sums {
	uint64_t by_basis[4]; /* index: enum basis */
	uint32_t events;      /* events that add to the rule's basis sum */
	uint32_t attributed;  /* of them, at least ASSESSED_PARTY */
	uint32_t disputed;    /* of them, disputed */
	uint32_t at_least;    /* of them, with a count that is a lower bound */
};

struct label {
	const char *name; /* static */
	char value[TEXT_SIZE];
};

/* One of two figures that are apart: a source's total, or our own sum. */
struct compared {
	char source[TEXT_SIZE]; /* "": our own sum */
	uint64_t low;
	uint64_t high;
	bool at_least;
};

/* What the tested sum is. */
enum figure_kind {
	FIGURE_SUM,	/* of events */
	FIGURE_TOTAL,	/* of a source, since onset_at */
	FIGURE_MORE,	/* how much that is up since onset_at */
	FIGURE_PERIOD,	/* what a source says of its latest period */
	FIGURE_PERIODS, /* of those that end in the window */
	FIGURE_GAP	/* between two, which both count since onset_at */
};

struct evidence {
	char source[TEXT_SIZE];
	char id[TEXT_SIZE];
	uint32_t revision;
};

/* What is held against levels: what happened, or something else. */
enum about {
	ABOUT_EVENTS,
	ABOUT_SILENCE,	/* seconds; the label `source` is silent since onset */
	ABOUT_DEADLINE, /* seconds overdue; `deadline` is due at onset */
	ABOUT_FEED	/* reports missing; of `source` and `feed` */
};

/* The report that brought a correction about. */
struct correction {
	struct evidence report; /* source "": there was none */
	enum assessment assessment;
	bool revises;	 /* a report that stood */
	uint64_t before; /* the sum that is tested, as last told; 0: it is not
			  * what the sums here are to be compared with */
};

struct alert {
	uint64_t seq;
	uint64_t episode_seq;	 /* seq of the episode's first message */
	uint64_t references_seq; /* of its previous one; 0: none */
	enum msg_type msg_type;
	enum alert_state state;
	enum cause cause;
	enum status status; /* ACTUAL, EXERCISE (drills) or SYSTEM */
	char rule[NAME_SIZE];
	char agreement[NAME_SIZE];
	struct label labels[GROUP_BY_MAX];
	size_t labels_count;
	enum severity severity;
	enum certainty certainty;
	enum urgency urgency;
	enum about about;
	const char *measure; /* static name; "" for SYSTEM */
	enum basis basis;    /* the sum that is tested */
	struct sums sums;
	char statistic[16]; /* its name; "": the sum itself is tested */
	double value;	    /* what is held against the threshold */
	double threshold;   /* `at` of the level held, or held last */
	int64_t window_ms;  /* 0: since the agreement took effect */
	bool one_event;	    /* window "event"; window_ms is 0 then */
	enum figure_kind figure;
	struct compared compared[2]; /* FIGURE_GAP only */
	size_t compared_count;	     /* 0: there were no two */
	int64_t onset_at;
	int64_t began_at; /* references_seq: its episode's first was sent then
			   */
	int64_t sent_at;  /* the engine's time */
	int64_t met_at;	  /* ABOUT_DEADLINE: when, or TIME_UNSET */
	int64_t zone_ms;  /* the agreement's, east of Greenwich; for dates */
	struct evidence evidence[EVIDENCE_MAX]; /* newest accepted first */
	size_t evidence_count;
	struct correction correction;
	/* Who has acknowledged the episode or, in RETRACTED, taken it back.
	 * "": nobody. */
	char acknowledged_by[TEXT_SIZE];
	int64_t acknowledged_at;    /* TIME_UNSET: not acknowledged */
	char comment[COMMENT_SIZE]; /* the officer's words, or "" */
	/* Templates of the rule ("" where it has none), owned by its
	 * configuration; headline.h makes the words. */
	const char *headline;
	const char *instruction;
	const char *web;
};

/* Names as in CAP and in logs: "Alert", "crossed", "Severe", "Likely". Total;
 * static storage. */
const char *msg_type_name(enum msg_type msg_type);
const char *alert_state_name(enum alert_state state);
const char *cause_name(enum cause cause);
const char *severity_name(enum severity severity);
const char *certainty_name(enum certainty certainty);
const char *urgency_name(enum urgency urgency);

#endif
