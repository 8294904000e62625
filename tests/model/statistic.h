/*
 * The statistics of spikes, said again from truced.conf(5), SPIKES.
 *
 * What is decided by them, whether a value is more than a bound and which of
 * two is greater, must be decided by the same bits in engine and model. So the
 * value is core's, once it has been seen to be this one within 1e-9.
 */
#ifndef TRUCED_TESTS_STATISTIC_H
#define TRUCED_TESTS_STATISTIC_H

#include <stddef.h>
#include <stdint.h>

#include "core/spike.h"

/* How many buckets before it a bucket is held against, with all that its
 * statistic is made of. */
size_t statistic_history(const struct spike *spike);

/* Of the last bucket; aborts where core says something else. */
double statistic_of(const struct spike *spike, const uint64_t *series,
		    size_t count);

#endif
