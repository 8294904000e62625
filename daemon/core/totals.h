/*
 * Totals: what the tallies of a counter say of one measure.
 *
 * A counter is what a source counts of a party's doing in an agreement. A later
 * since_at starts it anew; a lower total under the same since_at is a
 * correction, of all totals before it: they count as at most that much. But
 * "over 100" after 120 takes nothing back: a lower bound corrects only others.
 */
#ifndef TRUCED_CORE_TOTALS_H
#define TRUCED_CORE_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ledger.h"

struct total {
	const struct entry *entry;
	int64_t since_at;
	uint32_t low;
	uint32_t best;
	uint32_t high;
	bool at_least;
	bool corroborated; /* or verified, as far as its source's word goes */
};

/* In this order: by since_at, as_of_at, reported_at, id. */
struct totals {
	struct total *totals;
	size_t count;
};

static inline int64_t
total_as_of(const struct total *total)
{
	return total->entry->occurred_at;
}

void totals_sort(struct totals *totals);
/* Takes each down to what later ones correct it to. */
void totals_correct(struct totals *totals);

/* The latest at a time, of the latest since_at then. NULL: there is none. */
const struct total *totals_latest(const struct totals *totals, int64_t at);
/* The one before it under the same since_at. NULL: there is none. */
const struct total *totals_before(const struct totals *totals,
				  const struct total *total);

#endif
