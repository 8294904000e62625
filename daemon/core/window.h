/*
 * Windows: rings of buckets, each bucket with the four sums.
 *
 * A ring of n + late buckets holds what can still be asked for: the window
 * that ends at bucket e covers e - n < bucket <= e, and those that end at
 * now - late .. now are tested. A bucket is numbered by the time it covers
 * (`index`), 64 bits, negative before 1970. A window since an agreement took
 * effect is a ring of one bucket with the index 0. An event alone has a ring
 * without buckets: its total is the event, its index the event's time. Where no
 * event is counted a ring has no buckets, and no total.
 *
 * Buckets come out of one pool and are not given back.
 */
#ifndef TRUCED_CORE_WINDOW_H
#define TRUCED_CORE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/arena.h"
#include "core/rule.h"

/* How a rule cuts time: derived from the rule once, at load. Tallies are not
 * counted in buckets: an index is then a time, and a ring has none. */
struct window_shape {
	enum window_kind kind;
	int64_t resolution_ms; /* 0: one bucket without end */
	int64_t offset_ms;     /* of a bucket's start from whole resolutions */
	uint32_t length;       /* n, buckets in a window */
	uint32_t late;	       /* buckets */
	enum basis basis;      /* the sum that is tested */
};

struct window_shape window_shape_of(const struct rule *rule,
				    const struct agreement *agreement);

static inline uint32_t
window_ring_size(const struct window_shape *shape)
{
	return shape->length + shape->late;
}

int64_t window_index(const struct window_shape *shape, int64_t at);
int64_t window_start(const struct window_shape *shape, int64_t index);

void sums_add(struct sums *sums, const struct sums *more);
void sums_subtract(struct sums *sums, const struct sums *less);
bool sums_equal_four(const struct sums *left, const struct sums *right);

struct bucket_pool {
	struct span buckets; /* struct sums */
	uint32_t used;
	uint32_t limit;
};

size_t bucket_pool_bytes(uint32_t limit);
void bucket_pool_init(struct bucket_pool *pool, struct arena *arena,
		      uint32_t limit);

/* One group's ring. All zero until ring_init. */
struct ring {
	uint32_t first;	   /* in the pool */
	uint32_t size;	   /* n + late */
	int64_t newest;	   /* index of the newest bucket */
	struct sums total; /* of all buckets: no window holds more */
};

/* False: the pool has no room for it. */
bool ring_init(struct ring *ring, struct bucket_pool *pool,
	       const struct window_shape *shape, int64_t now_index);

/* Empty, as it was made, at another time. */
void ring_clear(struct ring *ring, struct bucket_pool *pool, int64_t now_index);

/* Moves on: buckets that are too old fall out. Never goes back. */
void ring_advance(struct ring *ring, struct bucket_pool *pool,
		  int64_t now_index);

/* False: the bucket is too old for the ring, which is left alone. */
bool ring_add(struct ring *ring, struct bucket_pool *pool, int64_t index,
	      const struct sums *sums);
bool ring_subtract(struct ring *ring, struct bucket_pool *pool, int64_t index,
		   const struct sums *sums);

/* The basis sum of each bucket, the oldest first: window_ring_size of them. */
void ring_series(const struct ring *ring, const struct bucket_pool *pool,
		 enum basis basis, uint64_t *ret_series);
/* The bucket of an index that the ring holds or will hold next, in its pool. */
uint32_t ring_number(const struct ring *ring, int64_t index);
/* One that the ring holds. */
const struct sums *ring_at(const struct ring *ring,
			   const struct bucket_pool *pool, int64_t index);

/* Of an event alone: what it is now. */
void ring_set(struct ring *ring, int64_t index, const struct sums *sums);

/* Makes a ring of the same shape hold what the other holds. */
void ring_copy(struct ring *ring, struct bucket_pool *pool,
	       const struct ring *from, const struct bucket_pool *from_pool);

/* A window with its sums: that of the greatest value, the latest on ties. */
struct window {
	int64_t end;	  /* index of its last bucket */
	int64_t onset;	  /* index of its first bucket that is not empty */
	bool empty;	  /* there is none such */
	double values[4]; /* what levels are held against, by enum basis */
	struct sums sums;
};

/* The values are the sums. */
void window_take_sums(struct window *window);

bool window_covers(const struct window_shape *shape,
		   const struct window *window, int64_t index);

/* The tested window now; the ring was advanced to now. */
void ring_best(const struct ring *ring, const struct bucket_pool *pool,
	       const struct window_shape *shape, struct window *ret_window);

/* The first time after now at which the tested window's sums may differ though
 * no report comes; TIME_NEVER if none. `window` is what ring_best gave. */
int64_t window_next_change(const struct window_shape *shape,
			   const struct ring *ring,
			   const struct window *window);

#endif
