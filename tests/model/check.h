/*
 * What must hold of a scenario, for the model and for the engine.
 */
#ifndef TRUCED_TESTS_CHECK_H
#define TRUCED_TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "scenario.h"

/* How often each kind of thing happened, so that the test can tell that it
 * tested something. */
enum seen {
	SEEN_CROSSED,
	SEEN_LEVEL_UP,
	SEEN_LEVEL_DOWN,
	SEEN_CERTAINTY,
	SEEN_PROGRESS,
	SEEN_CLEARED,
	SEEN_REMINDER,
	SEEN_ESCALATED,
	SEEN_ACKNOWLEDGED,
	SEEN_RETRACTED,
	SEEN_RULE_CHANGED,
	SEEN_CORRECTED_OPEN,
	SEEN_CORRECTED_ENDED,
	SEEN_CANCELLED_OPEN,
	SEEN_CANCELLED_ENDED,
	SEEN_CORRECTED_TWICE, /* one episode */
	SEEN_AGREEMENT_WINDOW,
	SEEN_CLOCK_STEPS,
	SEEN_SET_BACK,
	SEEN_SPIKES,
	SEEN_SPIKES_SURE,
	SEEN_SPIKES_CORRECTED,
	SEEN_SPIKES_BOUND,
	SEEN_SPIKES_LATE,
	SEEN_EARS_C1, /* by enum spike_method */
	SEEN_EARS_C2,
	SEEN_EARS_C3,
	SEEN_POISSON_CUSUM,
	SEEN_RATIO,
	SEEN_UNTESTED,
	SEEN_DRILL_ALERT,
	SEEN_POSSIBLE,
	SEEN_LIKELY,
	SEEN_OBSERVED,
	SEEN_DISPUTED,
	SEEN_AT_LEAST,
	SEEN_EVIDENCE_FULL,
	SEEN_REPORTS_LIMIT,
	SEEN_GROUPS_LIMIT,
	SEEN_BUCKETS_LIMIT,
	SEEN_EPISODES_LIMIT,
	SEEN_NAMES_LIMIT,
	SEEN_ACCEPTED,
	SEEN_DUPLICATE,
	SEEN_STALE,
	SEEN_UNKNOWN_AGREEMENT,
	SEEN_UNKNOWN_PARTY,
	SEEN_CONFLICT,
	SEEN_EVENT_FULL,
	SEEN_NAMES_FULL,
	SEEN_LEDGER_FULL,
	SEEN_NO_STANDING,
	SEEN_FINDINGS_FULL, /* of a report or of its event */
	SEEN_FOUND,
	SEEN_FOUND_OFTEN,
	SEEN_FOUND_EVENT,
	SEEN_FOUND_PARTY,
	SEEN_FOUND_SURER,
	SEEN_FOUND_LESS_SURE,
	SEEN_FOUND_ATTRIBUTED,
	SEEN_FOUND_DENIED,
	SEEN_FOUND_CORRECTED,
	SEEN_EVENTS_UNHEARD,
	SEEN_NO_SPACE, /* rules that do not fit */
	SEEN_TIMERS,
	SEEN_PENDING_ENDED,
	SEEN_GROUPS_REFUSED,
	SEEN_BUCKETS_REFUSED,
	SEEN_FORGOTTEN,
	SEEN_CAPPED,
	SEEN_UPPER_ONLY,
	SEEN_TOO_LATE,
	SEEN_REINSTATED,
	SEEN_MERGED,
	SEEN_RELOADED,
	SEEN_RELOAD_REFUSED,
	SEEN_AS_ALWAYS,
	SEEN_KEPT,
	SEEN_SUMMED_ANEW,
	SEEN_CROSSED_ANEW,
	SEEN_REPORTS_DROPPED,
	SEEN_ONE_EVENT,
	SEEN_EVENTS_ENDED,
	SEEN_EVENTS_REOPENED,
	SEEN_EVENTS_SURER,
	SEEN_EVENTS_LESS_SURE,
	SEEN_EVENTS_REFUSED,
	SEEN_MARKS_QUIET,
	SEEN_MARKS_EXCEEDED,
	SEEN_MARKS_LEFT,
	SEEN_NOT_OPEN,
	SEEN_HANDS_EXPIRED,
	SEEN_HANDS_EXCEEDED,
	SEEN_QUIET_LEFT,
	SEEN_QUIET_EXCEEDED,
	SEEN_REMINDERS_JOINED,
	SEEN_KINDS
};

struct coverage {
	uint64_t seen[SEEN_KINDS];
};

const char *seen_name(enum seen seen);

/* In what engine and model differ, so that a failing stream can be made
 * smaller without becoming another one. */
enum difference {
	NO_DIFFERENCE,
	DIFFERENT_RECEIPTS,
	DIFFERENT_ANSWERS, /* to a command */
	DIFFERENT_ALERTS,
	DIFFERENT_TIMES,
	DIFFERENT_POOLS,
	DIFFERENT_RULES,
	DIFFERENT_SUMS,
	DIFFERENT_FROM_ALWAYS,
	DIFFERENT_OPEN,
	DIFFERENT_WHEN_VARIED,
	DIFFERENT_ROOM,
	UNSOUND_ALERTS
};

/* Model and engine agree on receipts, alerts, sums and pools at each step, and
 * each variation of the stream gives the alerts that it must. Else the first
 * difference is told to `out`. `coverage` may be NULL. Commands of the scenario
 * then name their episode by number. */
enum difference scenario_check(struct scenario *scenario, FILE *out,
			       struct coverage *coverage);

/* Model and engine both give what the case tells. */
bool case_holds(struct scenario *scenario, FILE *out);

#endif
