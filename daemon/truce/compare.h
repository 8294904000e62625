/*
 * What two configurations say to the same reports, side by side.
 *
 * Alerts are held against each other by rule, agreement, labels and what they
 * say (new, up, over ...), the nearest in time first.
 */
#ifndef TRUCED_TRUCE_COMPARE_H
#define TRUCED_TRUCE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "truce/run.h"

/* Of two alerts that are told of at different times the one is not the other
 * any more. */
#define COMPARE_APART_MS (INT64_C(7) * 24 * 3600 * 1000)

/* One of the two may be NULL: the other has no counterpart. */
struct difference {
	const struct told *left;
	const struct told *right;
};

struct differences {
	struct difference *all; /* by time */
	size_t count;
	size_t same; /* pairs that are not in `all` */
};

/* Of alerts of drills, or of real ones. -ENOMEM. */
int differences_find(struct differences *ret_differences,
		     const struct run *left, const struct run *right,
		     bool drill);
void differences_done(struct differences *differences);

/* Whether they say the same at the same time, as surely. */
bool told_same(const struct told *left, const struct told *right);

/* Pairs the members of two lists: of all pairs whose distance is not negative
 * the nearest first, each member once. ret_right_of has a place for each left
 * one: its right one, or SIZE_MAX. -ENOMEM. */
typedef int64_t pair_distance(const void *context, size_t left, size_t right);
int pairs_make(size_t lefts, size_t rights, pair_distance *distance,
	       const void *context, size_t *ret_right_of);

#endif
