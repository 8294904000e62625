/* Our own sums that totals are held against, of the ranges that were asked for
 * last: beside the state, for they can always be added up again. Each event
 * that changes is taken from them as it was and added as it is, so that who
 * tells of a whole year late does not have all of it added up each time. */

#include "core/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Totals of every day of a year, for some ten groups. */
enum { KEPT_MAX = 4096 };

/* Number 0 is none. */
struct kept {
	uint32_t next;	/* of its group */
	uint32_t group; /* 0: it was not taken yet */
	struct own_sum sum;
};

struct own_sums {
	struct kept kept[KEPT_MAX + 1];
	uint32_t last;	  /* that was taken */
	uint32_t first[]; /* by group */
};

uint64_t
engine_own_bytes(const struct configuration *configuration,
		 const struct limits *limits)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		if (rule_holds_against_events(&configuration->rules[i]))
			return sizeof(struct own_sums) +
			       ((uint64_t)limits->groups + 1) *
				       sizeof(uint32_t);
	}
	return 0;
}

bool
engine_own_new(struct engine *engine)
{
	uint64_t bytes =
		engine_own_bytes(engine->configuration, engine->limits);

	if (bytes > 0)
		engine->own_sums = calloc(1, bytes);
	return bytes == 0 || engine->own_sums;
}

void
engine_own_forget(const struct engine *engine)
{
	if (engine->own_sums)
		memset(engine->own_sums, 0,
		       engine_own_bytes(engine->configuration, engine->limits));
}

static uint32_t
sum_find(const struct own_sums *sums, uint32_t group, const struct total *total)
{
	const struct kept *all = sums->kept;
	uint32_t number = sums->first[group];

	while (number && (all[number].sum.since_at != total->since_at ||
			  all[number].sum.as_of_at != total_as_of(total)))
		number = all[number].next;
	return number;
}

static void
sum_forget(struct own_sums *sums, uint32_t number)
{
	uint32_t *link = &sums->first[sums->kept[number].group];

	while (*link != number)
		link = &sums->kept[*link].next;
	*link = sums->kept[number].next;
}

/* Takes the place of the one that was taken longest ago. */
static uint32_t
sum_begin(struct own_sums *sums, uint32_t group, const struct total *total)
{
	uint32_t number = sums->last % KEPT_MAX + 1;

	if (sums->kept[number].group)
		sum_forget(sums, number);
	sums->kept[number] = (struct kept){
		.next = sums->first[group],
		.group = group,
		.sum = {.since_at = total->since_at,
			.as_of_at = total_as_of(total)},
	};
	sums->first[group] = sums->last = number;
	return number;
}

/* Of what began before or ended after, nobody can say that it is counted. */
static void
sum_change(struct own_sum *sum, const struct own_event *event, bool added)
{
	bool inside = event->from_at >= sum->since_at &&
		      event->until_at <= sum->as_of_at;
	const uint64_t one = added ? 1 : UINT64_MAX; /* less one */

	if (event->from_at > sum->as_of_at || event->until_at < sum->since_at)
		return;
	assert(added || sum->events > 0);
	sum->low += inside ? one * event->low : 0;
	sum->high += one * event->high;
	sum->events += one;
	sum->corroborated += event->corroborated ? one : 0;
	sum->at_least += event->at_least ? one : 0;
}

void
engine_own_change(const struct engine *engine, uint32_t group,
		  const struct own_event *event, bool added)
{
	struct kept *all = engine->own_sums->kept;
	uint32_t number = engine->own_sums->first[group];

	for (; number; number = all[number].next)
		sum_change(&all[number].sum, event, added);
}

static bool
is_counted(const struct engine *engine, const struct group *group,
	   const struct event_reports *reports, struct own_event *ret_event)
{
	const name_number party = group->key.values[0];

	/* Whoever names no party speaks of all of them. */
	return rules_own_event(engine->rules, group->rule, group->agreement,
			       reports, ret_event) &&
	       (party == 0 || party == ret_event->party);
}

/* The `count` last ones of a group. */
static void
sums_add_up(const struct engine *engine, const struct group *group,
	    uint32_t last, size_t count)
{
	const struct ledger *ledger = &engine->state->ledger;
	struct kept *all = engine->own_sums->kept;
	uint32_t entry = ledger_newest(ledger, group->agreement);

	for (; entry; entry = ledger_entry(ledger, entry)->older) {
		struct event_reports reports;
		struct own_event event;
		uint32_t number = last;
		if (!engine_stands_for_event(engine, entry, &reports) ||
		    !is_counted(engine, group, &reports, &event))
			continue;
		for (size_t i = 0; i < count; i++) {
			sum_change(&all[number].sum, &event, true);
			number = all[number].next;
		}
	}
}

static int64_t
apart(const struct own_sum *sum, const struct total *total)
{
	return llabs(sum->as_of_at - total_as_of(total));
}

/* The one nearest in time to a total, from the same since_at. Its events are 0:
 * there is none, or it has nothing that another need not add up. */
static struct own_sum
sum_nearest(const struct own_sums *sums, uint32_t group,
	    const struct total *total)
{
	uint32_t number = sums->first[group];
	struct own_sum nearest = {.events = 0};

	for (; number; number = sums->kept[number].next) {
		const struct own_sum *sum = &sums->kept[number].sum;
		if (sum->since_at == total->since_at && sum->events > 0 &&
		    (nearest.events == 0 ||
		     apart(sum, total) < apart(&nearest, total)))
			nearest = *sum;
	}
	return nearest;
}

/* Two sums from the same since_at differ by what is of the time between them.
 */
static void
sum_derive(const struct engine *engine, const struct group *group,
	   struct own_sum *sum, const struct own_sum *from)
{
	const struct ledger *ledger = &engine->state->ledger;
	const int64_t as_of_at = sum->as_of_at;
	const struct stretch between = {
		.shape = engine_shape(engine, group),
		.time = TIME_OCCURRED,
		.first = earlier_of(from->as_of_at, as_of_at),
		.last = later_of(from->as_of_at, as_of_at),
	};
	uint32_t entry = ledger_newest(ledger, group->agreement);

	*sum = *from;
	for (; entry; entry = ledger_entry(ledger, entry)->older) {
		struct event_reports reports;
		struct own_event event;
		if (!engine_stands_in(engine, &between, entry, &reports) ||
		    !is_counted(engine, group, &reports, &event))
			continue;
		sum->as_of_at = from->as_of_at;
		sum_change(sum, &event, false);
		sum->as_of_at = as_of_at;
		sum_change(sum, &event, true);
	}
	sum->as_of_at = as_of_at;
}

const struct own_sum *
engine_own_sum(const struct engine *engine, const struct group *group,
	       const struct totals *totals, const struct total *total,
	       int64_t until)
{
	const struct total *end = totals->totals + totals->count;
	struct own_sums *sums = engine->own_sums;
	uint32_t group_number =
		(uint32_t)(group - groups_at(&engine->state->groups, 0));
	uint32_t number = sum_find(sums, group_number, total);
	size_t count = 1;

	if (number)
		return &sums->kept[number].sum;
	struct own_sum nearest = sum_nearest(sums, group_number, total);
	number = sum_begin(sums, group_number, total);
	while (++total < end && count < KEPT_MAX) {
		if (total_as_of(total) > until ||
		    sum_find(sums, group_number, total))
			continue;
		sum_begin(sums, group_number, total);
		count++;
	}
	if (count == 1 && nearest.events > 0)
		sum_derive(engine, group, &sums->kept[number].sum, &nearest);
	else
		sums_add_up(engine, group, sums->last, count);
	return &sums->kept[number].sum;
}
