#include "core/totals.h"

#include <stdlib.h>
#include <string.h>

static int
time_compare(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

static int
total_compare(const void *left, const void *right)
{
	const struct total *one = left, *other = right;
	int order = time_compare(one->since_at, other->since_at);

	if (!order)
		order = time_compare(total_as_of(one), total_as_of(other));
	if (!order)
		order = time_compare(one->entry->reported_at,
				     other->entry->reported_at);
	return order ? order : entry_id_compare(one->entry, other->entry);
}

void
totals_sort(struct totals *totals)
{
	if (totals->count > 0)
		qsort(totals->totals, totals->count, sizeof(*totals->totals),
		      total_compare);
}

static uint32_t
lower_of(uint32_t left, uint32_t right)
{
	return left < right ? left : right;
}

/* The least of those that were met. */
struct least {
	uint32_t low;
	uint32_t best;
	uint32_t high;
};

static const struct least none_met = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

static void
least_meet(struct least *least, const struct total *total)
{
	least->low = lower_of(least->low, total->low);
	least->best = lower_of(least->best, total->best);
	least->high = lower_of(least->high, total->high);
}

static void
least_bound(const struct least *least, struct total *total)
{
	total->low = lower_of(total->low, least->low);
	total->best = lower_of(total->best, least->best);
	total->high = lower_of(total->high, least->high);
}

void
totals_correct(struct totals *totals)
{
	struct least exact = none_met; /* of the later ones */
	struct least all = none_met;
	int64_t since_at = TIME_UNSET;

	for (size_t i = totals->count; i-- > 0;) {
		struct total *total = &totals->totals[i];
		const struct total told = *total;
		if (total->since_at != since_at)
			exact = all = none_met;
		since_at = total->since_at;
		least_bound(total->at_least ? &all : &exact, total);
		least_meet(&all, &told);
		if (!told.at_least)
			least_meet(&exact, &told);
	}
}

const struct total *
totals_latest(const struct totals *totals, int64_t at)
{
	for (size_t i = totals->count; i-- > 0;) {
		if (total_as_of(&totals->totals[i]) <= at)
			return &totals->totals[i];
	}
	return NULL;
}

const struct total *
totals_before(const struct totals *totals, const struct total *total)
{
	if (total == totals->totals || total[-1].since_at != total->since_at)
		return NULL;
	return total - 1;
}
