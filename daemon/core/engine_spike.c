/* Rules of the kind spike: the statistic of a bucket, now and as it would have
 * been. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* A bucket that is tested, with those before it that its statistic needs. */
static void
statistic(const struct rule *rule, uint64_t *series, size_t count,
	  const struct sums *bucket, struct window *ret_window)
{
	uint64_t *tested = &series[count - 1];

	ret_window->sums = *bucket;
	ret_window->empty = bucket->by_basis[BASIS_UPPER] == 0;
	for (int basis = 0; basis <= BASIS_UPPER; basis++) {
		*tested = bucket->by_basis[basis];
		ret_window->values[basis] =
			spike_statistic(&rule->spike, series, count);
	}
	*tested = bucket->by_basis[rule->basis];
}

bool
engine_spike_is_tested(const struct engine *engine, const struct group *group,
		       int64_t newest)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	int64_t first = ledger_first_at(&engine->state->ledger,
					group->agreement, rule->time);

	return first != TIME_UNSET &&
	       newest - window_index(shape, first) >=
		       (int64_t)spike_warm_up(&rule->spike) + shape->late;
}

void
engine_spike_window(const struct engine *engine, const struct group *group,
		    struct window *ret_window)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	const struct bucket_pool *pool = &engine->state->groups.buckets;
	int64_t newest = group->ring.newest;
	uint64_t series[RING_BUCKETS_MAX];

	*ret_window =
		(struct window){.end = newest, .onset = newest, .empty = true};
	if (!engine_spike_is_tested(engine, group, newest))
		return;
	ring_series(&group->ring, pool, rule->basis, series);
	for (uint32_t late = shape->late + 1; late-- > 0;) {
		struct window window = {.end = newest - late,
					.onset = newest - late};
		statistic(rule, series + shape->late - late, shape->length,
			  ring_at(&group->ring, pool, window.end), &window);
		if (late == shape->late ||
		    rule_value(rule, &window) >= rule_value(rule, ret_window))
			*ret_window = window;
	}
}

void
engine_spike_peak(const struct engine *engine, const struct group *group,
		  size_t count, int64_t first_end, int64_t last_end,
		  struct window *ret_peak)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	const struct moment *moments = engine->moments;
	uint64_t series[RING_BUCKETS_MAX] = {0};
	size_t entered = 0;

	*ret_peak = (struct window){.end = first_end, .empty = true};
	for (int64_t index = first_end - shape->length + 1; index <= last_end;
	     index++) {
		struct sums bucket = {.events = 0};
		while (entered < count && moments[entered].index == index)
			sums_add(&bucket, &moments[entered++].sums);
		memmove(series, series + 1,
			(shape->length - 1) * sizeof(*series));
		series[shape->length - 1] = bucket.by_basis[rule->basis];
		if (index < first_end)
			continue;
		struct window window = {.end = index, .onset = index};
		statistic(rule, series, shape->length, &bucket, &window);
		if (index == first_end ||
		    rule_value(rule, &window) >= rule_value(rule, ret_peak))
			*ret_peak = window;
	}
}

int64_t
engine_spike_next_change(const struct engine *engine, const struct group *group)
{
	/* Where nothing is left in the ring, the statistic stays 0. */
	if (group->ring.total.by_basis[BASIS_UPPER] == 0)
		return TIME_NEVER;
	return window_start(engine_shape(engine, group),
			    group->ring.newest + 1);
}
