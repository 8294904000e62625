/*
 * A report as the core sees it: decoded, bounded, not yet believed.
 *
 * codec fills a struct report from a payload and has then checked every field
 * that can be checked without the configuration; the engine only reads it.
 * Enumerators carry the numbers of proto/incident.proto.
 *
 * Units: times are Unix milliseconds UTC (`_at`), durations milliseconds
 * (`_ms`). TIME_UNSET stands for a time that was not given. A text that was
 * not given is "".
 */
#ifndef TRUCED_CORE_INCIDENT_H
#define TRUCED_CORE_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

#define TIME_UNSET INT64_MIN
#define TIME_NEVER INT64_MAX

/* low <= best <= high. A count not given is all zero, but for violations,
 * which are then exactly one. `at_least` marks a lower bound. */
struct count {
	uint32_t low;
	uint32_t best;
	uint32_t high;
	bool at_least;
};

/* The counts that an incident carries: struct report's `counts` index. */
enum count_kind {
	COUNT_VIOLATIONS,
	COUNT_KILLED,
	COUNT_INJURED,
	COUNT_CIVILIANS_KILLED,
	COUNT_CIVILIANS_INJURED,
	COUNT_CHILDREN_KILLED,
	COUNT_CHILDREN_INJURED,
	COUNT_MISSING,
	COUNT_KINDS
};

/* The counts that a tally carries: struct report's `totals` index. Those in the
 * period are of what happened in it, not of what was added to the total. */
enum tally_count {
	TALLY_VIOLATIONS,
	TALLY_KILLED,
	TALLY_INJURED,
	TALLY_KILLED_IN_PERIOD,
	TALLY_INJURED_IN_PERIOD,
	TALLY_COUNTS
};

enum kind {
	KIND_UNSPECIFIED,
	KIND_AIR_STRIKE,
	KIND_DRONE_STRIKE,
	KIND_MISSILE_STRIKE,
	KIND_ROCKET_FIRE,
	KIND_SHELLING,
	KIND_SMALL_ARMS_FIRE,
	KIND_EXPLOSION,
	KIND_MINE_OR_IED_BLAST,
	KIND_CLASH,
	KIND_INCURSION,
	KIND_OVERFLIGHT,
	KIND_MARITIME,
	KIND_FORCE_MOVEMENT,
	KIND_WEAPONS_PRESENCE,
	KIND_FORTIFICATION,
	KIND_MINES_OR_UXO,
	KIND_DEMOLITION,
	KIND_ABDUCTION,
	KIND_DETENTION,
	KIND_LOOTING,
	KIND_SEXUAL_VIOLENCE,
	KIND_CHILD_RECRUITMENT,
	KIND_MONITOR_ACCESS_DENIED,
	KIND_ATTACK_ON_MONITORS,
	KIND_AID_OBSTRUCTION,
	KIND_JAMMING,
	KIND_HOSTILE_PROPAGANDA,
	KIND_LIVE_FIRE_EXERCISE,
	KIND_OTHER,
	KINDS
};

enum target {
	TARGET_UNSPECIFIED,
	TARGET_MILITARY,
	TARGET_CIVILIAN,
	TARGET_MEDICAL,
	TARGET_EDUCATION,
	TARGET_INFRASTRUCTURE,
	TARGET_AID,
	TARGET_MONITORS,
	TARGET_RELIGIOUS,
	TARGETS
};

/* Whether it happened. Unset is ALLEGED. */
enum assessment {
	ASSESSMENT_UNSPECIFIED,
	ASSESSMENT_ALLEGED,
	ASSESSMENT_UNDER_INVESTIGATION,
	ASSESSMENT_INCONCLUSIVE,
	ASSESSMENT_CORROBORATED,
	ASSESSMENT_VERIFIED,
	ASSESSMENT_UNSUBSTANTIATED,
	ASSESSMENT_NOT_A_VIOLATION,
	ASSESSMENT_WITHDRAWN,
	ASSESSMENTS
};

/* Who did it. Unset is ALLEGED_PARTY. */
enum attribution {
	ATTRIBUTION_UNSPECIFIED,
	ATTRIBUTION_ALLEGED_PARTY,
	ATTRIBUTION_ASSESSED_PARTY,
	ATTRIBUTION_ATTRIBUTED,
	ATTRIBUTION_ADMITTED,
	ATTRIBUTION_NOT_ATTRIBUTABLE,
	ATTRIBUTIONS
};

enum status { STATUS_ACTUAL, STATUS_EXERCISE, STATUS_SYSTEM, STATUS_TEST };

/* Which of its times a report counts by. */
enum time_field { TIME_OCCURRED, TIME_REPORTED, TIME_RECEIVED };

enum report_type { REPORT_INCIDENT, REPORT_TALLY, REPORT_FINDING };

/*
 * One report. Only what identity, order and counting need is here; summary,
 * links and coordinates stay in the payload, which the journal keeps. A
 * finding says nothing of an assessment or attribution that is UNSPECIFIED, a
 * party or an event that is "".
 */
struct report {
	enum report_type type;
	enum status status;
	uint32_t revision; /* 1 if not given */
	uint64_t content;  /* hash of all decoded fields but reported_at */
	char agreement[NAME_SIZE];
	char source[TEXT_SIZE];
	char id[TEXT_SIZE];
	char feed[NAME_SIZE];
	uint64_t feed_seq; /* 0: not given */
	int64_t reported_at;
	int64_t occurred_at;
	int64_t occurred_until; /* >= occurred_at, or TIME_UNSET */
	enum kind kind;
	enum target target;
	enum assessment assessment;   /* UNSPECIFIED in a finding only */
	enum attribution attribution; /* likewise */
	char party[NAME_SIZE];	      /* alleged perpetrator */
	char against[NAME_SIZE];
	char event[TEXT_SIZE];
	char place[TEXT_SIZE];
	char admin[TEXT_SIZE];
	char country[COUNTRY_SIZE]; /* lower case, as in rules and labels */
	struct count counts[COUNT_KINDS];
	/* Of a tally, which counts to occurred_at, its as_of_at. */
	int64_t since_at;  /* or TIME_UNSET: since the agreement took effect */
	int64_t period_ms; /* that ends at as_of_at; 0: not told */
	uint8_t told;	   /* bit 1 << enum tally_count; others are all zero */
	struct count totals[TALLY_COUNTS];
	bool denies;	       /* of a finding */
	uint8_t reports_count; /* that a finding names */
	/* Of each `source/id` and a NUL, one after the other. Last, for most
	 * reports never touch it. */
	char reports[FINDING_TEXT_SIZE];
};

enum { REPORTS_AHEAD = 2 };

/* Says that the reports of an array are filled or read one after the other, and
 * that it has come to `next`: of a large batch none is in the nearest caches
 * when its turn comes. Inline, for gcc takes a call of it for one that does
 * nothing.
 */
__attribute__((always_inline)) static inline void
reports_expect(const struct report *reports, size_t next, size_t count)
{
	if (next + REPORTS_AHEAD >= count)
		return;
	const char *ahead = (const char *)&reports[next + REPORTS_AHEAD];
	for (size_t i = 0; i < offsetof(struct report, reports); i += 64)
		__builtin_prefetch(ahead + i, 1);
}

/* Lower-case names as rules and labels spell them: "air_strike". Total: an
 * unset value is "". Static storage. */
const char *kind_name(enum kind kind);
const char *target_name(enum target target);
const char *assessment_name(enum assessment assessment);
const char *attribution_name(enum attribution attribution);

#endif
