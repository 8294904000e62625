/*
 * What tallies say, read slowly: what a counter tells at a time, and how far
 * two figures are apart. The model's part for rules of the kinds tally and
 * discrepancy; it knows nothing of reports, groups or alerts.
 */
#ifndef TRUCED_TESTS_MODEL_COUNTERS_H
#define TRUCED_TESTS_MODEL_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/incident.h"
#include "core/rule.h"

/* What one tells of a rule's measure, as it stands. */
struct tally {
	size_t report; /* whose it is, for the caller */
	const char *id;
	int64_t as_of_at;
	int64_t reported_at;
	int64_t since_at;
	int64_t period_ms;
	struct count count;
	bool sure;     /* corroborated or verified */
	bool evidence; /* of the last figure */
};

/* One source's tallies of one party, in any order. */
struct counter {
	const char *source;
	struct tally *tallies;
	size_t count;
};

/* An event of our own sum. */
struct happening {
	int64_t from_at;
	int64_t until_at;
	struct count count;
	bool sure;
};

/* What a group of the rule goes by: one counter, two, or one and our own sum.
 */
struct counters {
	const struct rule *rule;
	struct counter counters[2];
	size_t count;
	struct happening *happenings;
	size_t happenings_count;
};

struct figure {
	int64_t at;
	enum figure_kind kind;
	struct sums sums;
	double values[4]; /* what is held against levels, by basis */
	int64_t onset_at; /* TIME_UNSET: there is nothing */
	struct compared compared[2];
	size_t compared_count;
};

/* What they say at a time, of what counts to then; marks what that rests on. */
struct figure counters_figure(struct counters *counters, int64_t at);

/* The greatest of all from one time to another, the latest on ties. */
struct figure counters_greatest(struct counters *counters, int64_t from,
				int64_t until);

/* The next time at which they say something else, or perhaps do; TIME_NEVER:
 * there is none. */
int64_t counters_next_change(const struct counters *counters, int64_t after);

#endif
