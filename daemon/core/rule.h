/*
 * What to watch: the part of a configuration that the engine counts by.
 *
 * settings makes a struct configuration and owns every string and array in
 * it; nothing here changes after that. It outlives the engine that uses it.
 * Lists may be empty; an empty match list allows every value. Durations are
 * milliseconds, times Unix milliseconds UTC.
 */
#ifndef TRUCED_CORE_RULE_H
#define TRUCED_CORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/incident.h"
#include "core/spike.h"

enum clock { CLOCK_WALL, CLOCK_RECORDS };

/* Pools for all rules together, taken at load. */
struct limits {
	int64_t max_future_ms; /* how far ahead of the wall clock a time may be
				*/
	uint32_t reports;      /* standing reports, tombstones included */
	uint32_t groups;
	uint32_t buckets;
	uint32_t episodes;  /* >= groups: an open one is never forgotten */
	uint32_t names;	    /* <= 65,536: interned sources, parties, ... */
	uint32_t max_count; /* <= COUNT_CEILING */
};

/* Whose word counts for more than an allegation. */
struct source {
	const char *name;
	const char *origin; /* joins outlets of one origin; its name if unset */
	enum assessment at_most; /* ALLEGED, CORROBORATED or VERIFIED, ... */
};

/* What was agreed to be done by a time. */
struct deadline {
	const char *name;
	int64_t due_at;
	/* How long before it to warn, each above 0, the longest first. */
	int64_t warn_before_ms[DEADLINE_WARNINGS_MAX];
	size_t warn_before_count;
};

struct agreement {
	const char *id;
	const char *title;
	int64_t effective_at;
	int64_t day_starts_ms;	    /* after 00:00Z, 0 <= it < 24 h */
	int64_t zone_ms;	    /* east of Greenwich: dates are of there */
	const char *const *parties; /* empty: any; "other" allows any more */
	size_t parties_count;
	const struct deadline *deadlines; /* no two of one name */
	size_t deadlines_count;
};

enum rule_kind {
	RULE_THRESHOLD,
	RULE_SPIKE,
	RULE_TALLY,
	RULE_DISCREPANCY,
	RULE_ABSENCE,  /* nothing comes from a source */
	RULE_DEADLINE, /* one nears, or has passed unmet */
	RULE_FEED_GAP, /* a feed's numbers skip */
	RULE_KINDS
};

enum measure {
	MEASURE_VIOLATIONS,
	MEASURE_EVENTS,
	MEASURE_KILLED,
	MEASURE_INJURED,
	MEASURE_CASUALTIES, /* killed + injured */
	MEASURE_CIVILIANS_KILLED,
	MEASURE_CIVILIANS_INJURED,
	MEASURE_CHILDREN_KILLED,
	MEASURE_CHILDREN_INJURED,
	MEASURE_MISSING,
	MEASURE_SOURCES, /* distinct ones: these do not add up */
	MEASURE_PLACES,
	MEASURE_KILLED_IN_PERIOD, /* of tallies alone, as the next */
	MEASURE_INJURED_IN_PERIOD,
	MEASURES
};

/* Those before it. */
enum { MEASURES_OF_INCIDENTS = MEASURE_KILLED_IN_PERIOD };

static inline bool
measure_is_distinct(enum measure measure)
{
	return measure == MEASURE_SOURCES || measure == MEASURE_PLACES;
}

/* WINDOW_EVENT: each event alone, without buckets or groups. WINDOW_LATEST: the
 * latest totals of sources, without buckets. WINDOW_NONE: no event is counted.
 */
enum window_kind {
	WINDOW_DURATION,
	WINDOW_AGREEMENT,
	WINDOW_EVENT,
	WINDOW_LATEST,
	WINDOW_NONE
};

/* Fields that group_by may name; the labels' names and their order. After
 * FIELDS comes what is no field of an event. */
enum field {
	FIELD_SOURCE,
	FIELD_FEED,
	FIELD_KIND,
	FIELD_PARTY,
	FIELD_AGAINST,
	FIELD_TARGET,
	FIELD_COUNTRY,
	FIELD_ADMIN,
	FIELD_DISPUTED,
	FIELDS,
	FIELD_DEADLINE
};

struct name_list {
	const char *const *names;
	size_t count;
};

enum tristate { EITHER, ONLY_FALSE, ONLY_TRUE };

struct match {
	struct name_list agreement;
	struct name_list source; /* of reports, before they are merged */
	struct name_list feed;	 /* likewise */
	struct name_list party;	 /* from here on of the merged event */
	struct name_list against;
	struct name_list country; /* lower case */
	struct name_list admin;
	uint64_t kinds;	  /* bit 1 << enum kind; 0: any */
	uint32_t targets; /* bit 1 << enum target; 0: any */
	enum tristate disputed;
	enum assessment min_assessment; /* by rank; UNSPECIFIED: any */
	enum attribution min_attribution;
	uint32_t min_sources; /* independent origins; 0: any */
};

/* Ascending in `at`; clear <= at; clear never below the level before it. A
 * level with `every` is followed by its further steps, up to LEVELS_MAX. */
struct level {
	double at;
	double clear;
	double every; /* 0: it has no further steps */
	enum severity severity;
};

/* Hours of the day in which silence counts; 24 of them: all. */
struct active {
	int64_t from_ms; /* after 00:00Z, 0 <= it < 24 h */
	int64_t length_ms;
};

/* Of the kinds absence and deadline each group has a label that the
 * configuration names, and levels in seconds: of silence; after the time that a
 * deadline is due, below 0 before it. */
struct rule {
	const char *name;
	enum rule_kind kind;
	enum measure measure;
	enum basis basis;
	enum window_kind window_kind;
	enum time_field time;
	int64_t window_ms;	 /* WINDOW_DURATION only, else 0 */
	int64_t resolution_ms;	 /* of a bucket; 0 for WINDOW_AGREEMENT */
	struct spike spike;	 /* RULE_SPIKE only: window_ms is a bucket's */
	int64_t max_age_ms;	 /* RULE_DISCREPANCY only: between its totals */
	uint32_t min_gap;	 /* likewise: a smaller one is none */
	struct name_list expect; /* RULE_ABSENCE only: sources */
	int64_t after_ms;	 /* likewise: the level, > 0 */
	struct active active;	 /* likewise */
	struct name_list deadlines; /* RULE_DEADLINE only; none: all */
	int64_t late_ms;
	int64_t for_ms;
	int64_t keep_firing_ms;
	int64_t update_every_ms;   /* 0: no PROGRESS */
	int64_t remind_ms;	   /* 0: no REMINDER */
	int64_t escalate_after_ms; /* 0: no ESCALATED */
	enum field group_by[GROUP_BY_MAX];
	size_t group_by_count;
	struct match match;
	struct level levels[LEVELS_MAX];
	size_t levels_count;
	/* What levels were made of that are not given one by one. */
	enum severity severity;
	enum severity warn_severity;
	const char *headline;	 /* template, "": the default one */
	const char *instruction; /* template or "" */
	const char *web;	 /* or "" */
};

struct configuration {
	const char *sender;
	enum clock clock;
	struct limits limits;
	struct limits drill_limits; /* of the engine for exercises and tests */
	const struct source *sources;
	size_t sources_count;
	const struct agreement *agreements;
	size_t agreements_count;
	const struct rule *rules;
	size_t rules_count;
};

/* Whether it is of tallies, and not of incidents. */
static inline bool
rule_is_of_tallies(const struct rule *rule)
{
	return rule->kind == RULE_TALLY || rule->kind == RULE_DISCREPANCY;
}

/* Whether a source's total is held against our own sum of events. */
static inline bool
rule_holds_against_events(const struct rule *rule)
{
	return rule->kind == RULE_DISCREPANCY && rule->match.source.count == 1;
}

/* What happened in a period, as against a total. */
static inline bool
measure_is_in_period(enum measure measure)
{
	return measure == MEASURE_KILLED_IN_PERIOD ||
	       measure == MEASURE_INJURED_IN_PERIOD;
}

/* Whether it is about what happened, and not about who reports or what is due.
 */
static inline bool
rule_counts_events(const struct rule *rule)
{
	return rule->window_kind != WINDOW_NONE;
}

/* Names as the configuration and alerts spell them ("civilians_killed",
 * "reported", "party"). Total; static storage. */
const char *rule_kind_name(enum rule_kind kind);
const char *spike_method_name(enum spike_method method);
const char *measure_name(enum measure measure);
const char *basis_name(enum basis basis);
const char *field_name(enum field field);
/* How many letters two names are apart (Levenshtein's distance), for a hint at
 * what was meant. SIZE_MAX: it is too long a name. */
size_t name_distance(const char *left, const char *right);

#endif
