#include "core/window.h"

#include <assert.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static int64_t
divide_up(int64_t value, int64_t by)
{
	return (value + by - 1) / by;
}

struct window_shape
window_shape_of(const struct rule *rule, const struct agreement *agreement)
{
	struct window_shape shape = {
		.kind = rule->window_kind,
		.resolution_ms = rule->resolution_ms,
		.length = 1,
		.basis = rule->basis,
	};

	if (rule->window_kind == WINDOW_AGREEMENT) {
		shape.resolution_ms = 0;
		return shape;
	}
	if (rule->window_kind == WINDOW_EVENT) {
		shape.resolution_ms = 1;
		return shape;
	}
	if (rule_is_of_tallies(rule) || rule->window_kind == WINDOW_NONE) {
		shape.resolution_ms = 1;
		shape.length = 0;
		return shape;
	}
	if (rule->resolution_ms >= DAY_MS)
		shape.offset_ms = agreement->day_starts_ms;
	shape.length = rule->kind == RULE_SPIKE
			       ? spike_reach(&rule->spike) + 1
			       : (uint32_t)divide_up(rule->window_ms,
						     rule->resolution_ms);
	shape.late = (uint32_t)divide_up(rule->late_ms, rule->resolution_ms);
	assert(shape.length + shape.late <= RING_BUCKETS_MAX);
	return shape;
}

int64_t
window_index(const struct window_shape *shape, int64_t at)
{
	if (shape->resolution_ms == 0)
		return 0;
	int64_t since = at - shape->offset_ms;
	int64_t index = since / shape->resolution_ms;
	return index - (since % shape->resolution_ms < 0);
}

int64_t
window_start(const struct window_shape *shape, int64_t index)
{
	return index * shape->resolution_ms + shape->offset_ms;
}

void
sums_add(struct sums *sums, const struct sums *more)
{
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		sums->by_basis[basis] += more->by_basis[basis];
	sums->events += more->events;
	sums->attributed += more->attributed;
	sums->disputed += more->disputed;
	sums->at_least += more->at_least;
}

void
sums_subtract(struct sums *sums, const struct sums *less)
{
	for (int basis = 0; basis <= BASIS_UPPER; basis++) {
		assert(sums->by_basis[basis] >= less->by_basis[basis]);
		sums->by_basis[basis] -= less->by_basis[basis];
	}
	assert(sums->events >= less->events);
	sums->events -= less->events;
	sums->attributed -= less->attributed;
	sums->disputed -= less->disputed;
	sums->at_least -= less->at_least;
}

bool
sums_equal_four(const struct sums *left, const struct sums *right)
{
	return memcmp(left->by_basis, right->by_basis,
		      sizeof(left->by_basis)) == 0;
}

size_t
bucket_pool_bytes(uint32_t limit)
{
	return arena_bytes(limit, sizeof(struct sums));
}

void
bucket_pool_init(struct bucket_pool *pool, struct arena *arena, uint32_t limit)
{
	pool->limit = limit;
	arena_take(arena, &pool->buckets, limit, sizeof(struct sums));
}

bool
ring_init(struct ring *ring, struct bucket_pool *pool,
	  const struct window_shape *shape, int64_t now_index)
{
	uint32_t size = window_ring_size(shape);

	if (pool->limit - pool->used < size)
		return false;
	*ring = (struct ring){.first = pool->used,
			      .size = size,
			      .newest = now_index};
	pool->used += size;
	return true;
}

void
ring_clear(struct ring *ring, struct bucket_pool *pool, int64_t now_index)
{
	struct sums *buckets = span_data(&pool->buckets);

	memset(buckets + ring->first, 0, ring->size * sizeof(*buckets));
	memset(&ring->total, 0, sizeof(ring->total));
	ring->newest = now_index;
}

/* A ring of size s keeps index i in slot i mod s. */
static uint32_t
ring_slot(const struct ring *ring, int64_t index)
{
	int64_t slot = index % ring->size;

	return (uint32_t)(slot < 0 ? slot + ring->size : slot);
}

uint32_t
ring_number(const struct ring *ring, int64_t index)
{
	return ring->first + ring_slot(ring, index);
}

static struct sums *
ring_bucket(const struct ring *ring, const struct bucket_pool *pool,
	    int64_t index)
{
	return (struct sums *)span_data(&pool->buckets) +
	       ring_number(ring, index);
}

void
ring_advance(struct ring *ring, struct bucket_pool *pool, int64_t now_index)
{
	int64_t last_to_clear = ring->newest + ring->size;

	if (now_index < last_to_clear)
		last_to_clear = now_index;
	/* The slot of a new index still holds what is ring->size older. */
	for (int64_t index = ring->newest + 1; index <= last_to_clear;
	     index++) {
		struct sums *bucket = ring_bucket(ring, pool, index);
		sums_subtract(&ring->total, bucket);
		memset(bucket, 0, sizeof(*bucket));
	}
	if (now_index > ring->newest)
		ring->newest = now_index;
}

static bool
ring_holds(const struct ring *ring, int64_t index)
{
	assert(index <= ring->newest);
	return index > ring->newest - ring->size;
}

bool
ring_add(struct ring *ring, struct bucket_pool *pool, int64_t index,
	 const struct sums *sums)
{
	if (!ring_holds(ring, index))
		return false;
	sums_add(ring_bucket(ring, pool, index), sums);
	sums_add(&ring->total, sums);
	return true;
}

bool
ring_subtract(struct ring *ring, struct bucket_pool *pool, int64_t index,
	      const struct sums *sums)
{
	if (!ring_holds(ring, index))
		return false;
	sums_subtract(ring_bucket(ring, pool, index), sums);
	sums_subtract(&ring->total, sums);
	return true;
}

void
ring_series(const struct ring *ring, const struct bucket_pool *pool,
	    enum basis basis, uint64_t *ret_series)
{
	for (uint32_t i = 0; i < ring->size; i++)
		ret_series[i] =
			ring_at(ring, pool, ring->newest - ring->size + 1 + i)
				->by_basis[basis];
}

const struct sums *
ring_at(const struct ring *ring, const struct bucket_pool *pool, int64_t index)
{
	assert(ring_holds(ring, index));
	return ring_bucket(ring, pool, index);
}

void
ring_set(struct ring *ring, int64_t index, const struct sums *sums)
{
	assert(ring->size == 0);
	ring->newest = index;
	ring->total = *sums;
}

/* What the buckets after `end` hold. */
static struct sums
sums_after(const struct ring *ring, const struct bucket_pool *pool, int64_t end)
{
	struct sums sums = {.events = 0};

	for (int64_t index = end + 1; index <= ring->newest; index++)
		sums_add(&sums, ring_bucket(ring, pool, index));
	return sums;
}

void
ring_copy(struct ring *ring, struct bucket_pool *pool, const struct ring *from,
	  const struct bucket_pool *from_pool)
{
	const struct sums *buckets = span_data(&from_pool->buckets);

	assert(ring->size == from->size);
	memcpy((struct sums *)span_data(&pool->buckets) + ring->first,
	       buckets + from->first, ring->size * sizeof(*buckets));
	ring->newest = from->newest;
	ring->total = from->total;
}

/* The end of the window with the greatest basis sum, the latest on ties. The
 * first window is all but the late buckets: no need to add it up. */
static int64_t
best_end(const struct ring *ring, const struct bucket_pool *pool,
	 const struct window_shape *shape)
{
	int64_t end = ring->newest - shape->late;
	int64_t best = end;

	if (shape->late == 0)
		return end;
	uint64_t sum = ring->total.by_basis[shape->basis] -
		       sums_after(ring, pool, end).by_basis[shape->basis];
	uint64_t greatest = sum;
	while (end < ring->newest) {
		end++;
		sum += ring_bucket(ring, pool, end)->by_basis[shape->basis];
		sum -= ring_bucket(ring, pool, end - shape->length)
			       ->by_basis[shape->basis];
		if (sum >= greatest) {
			greatest = sum;
			best = end;
		}
	}
	return best;
}

/* The ring's total, less what lies before the window and after it. */
static struct sums
window_sums(const struct ring *ring, const struct bucket_pool *pool,
	    const struct window_shape *shape, int64_t end)
{
	struct sums outside = sums_after(ring, pool, end);
	struct sums sums = ring->total;

	for (int64_t index = ring->newest - ring->size + 1;
	     index <= end - shape->length; index++)
		sums_add(&outside, ring_bucket(ring, pool, index));
	sums_subtract(&sums, &outside);
	return sums;
}

/* The first bucket from `index` on that is not empty; there is one. */
static int64_t
first_filled(const struct ring *ring, const struct bucket_pool *pool,
	     int64_t index)
{
	const struct sums *buckets =
		(const struct sums *)span_data(&pool->buckets) + ring->first;
	uint32_t slot = ring_slot(ring, index);

	while (buckets[slot].by_basis[BASIS_UPPER] == 0) {
		index++;
		slot = slot + 1 < ring->size ? slot + 1 : 0;
	}
	return index;
}

void
window_take_sums(struct window *window)
{
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		window->values[basis] = (double)window->sums.by_basis[basis];
}

void
ring_best(const struct ring *ring, const struct bucket_pool *pool,
	  const struct window_shape *shape, struct window *ret_window)
{
	bool alone = shape->kind == WINDOW_EVENT;
	int64_t end = alone ? ring->newest : best_end(ring, pool, shape);

	*ret_window = (struct window){
		.end = end,
		.onset = end,
		.sums = alone ? ring->total
			      : window_sums(ring, pool, shape, end),
	};
	window_take_sums(ret_window);
	ret_window->empty = ret_window->sums.by_basis[BASIS_UPPER] == 0;
	if (!ret_window->empty && !alone)
		ret_window->onset =
			first_filled(ring, pool, end - shape->length + 1);
}

bool
window_covers(const struct window_shape *shape, const struct window *window,
	      int64_t index)
{
	return window->end - shape->length < index && index <= window->end;
}

int64_t
window_next_change(const struct window_shape *shape, const struct ring *ring,
		   const struct window *window)
{
	if (shape->kind != WINDOW_DURATION)
		return TIME_NEVER;
	/* An older window was better than all after it: until it is too old. */
	if (window->end < ring->newest)
		return window_start(shape, window->end + shape->late + 1);
	/* The window of now moves on as it is while only empty buckets leave.
	 */
	if (window->empty)
		return TIME_NEVER;
	return window_start(shape, window->onset + shape->length);
}
