/*
 * Spikes: how far a bucket stands out from its own past.
 *
 * Each method makes one number, the statistic, of a bucket's count Y and the
 * counts before it; b is the baseline, in buckets.
 *
 *   ears-c1        (Y - mean) / s, of the b buckets before it
 *   ears-c2        the same, of the b buckets that end three before it, so that
 *                  the start of a spike does not hide the rest of it
 *   ears-c3        the sum of max(0, C2 - 1) over it and the two before it
 *   poisson-cusum  S after the b buckets that end with it, from S = 0 on, each
 *                  time S = max(0, S + Y - k); k from the b buckets before
 *                  those
 *   ratio          Y / max(mean, 1), of the b buckets before it
 *
 * s is the sample standard deviation (by b - 1), and at least min_sigma. EARS:
 * Hutwagner, Thompson, Seeman and Treadwell 2003, Journal of Urban Health 80,
 * i89-i96. CUSUM: Lucas 1985, Technometrics 27(2), 129-144, for a rise of the
 * mean by its own standard deviation: from m0, the baseline's mean and at least
 * 0.5, to m1 = m0 + sqrt(m0), k = (m1 - m0) / (ln m1 - ln m0).
 *
 * A journal is compared to the byte when it is replayed, so the same counts
 * give the same bits, whatever compiled this: it adds, multiplies, divides and
 * takes square roots only, which IEEE 754 defines to the bit, from the oldest
 * bucket to the newest. Deviations from a mean are taken in whole numbers:
 * large counts that differ by little lose nothing.
 */
#ifndef TRUCED_CORE_SPIKE_H
#define TRUCED_CORE_SPIKE_H

#include <stddef.h>
#include <stdint.h>

enum spike_method {
	SPIKE_EARS_C1,
	SPIKE_EARS_C2,
	SPIKE_EARS_C3,
	SPIKE_POISSON_CUSUM,
	SPIKE_RATIO
};

/* Of fewer counts there is no deviation worth the name (nor in R's earsC). */
enum { SPIKE_BASELINE_MIN = 3 };

/* Statistics are within plus and minus this, also where s is 0. */
#define SPIKE_BOUND 1e15

struct spike {
	enum spike_method method;
	uint32_t baseline;  /* b, in buckets */
	double min_sigma;   /* 0 or more; for EARS */
	uint32_t min_count; /* a bucket of less is not tested */
};

/* How many buckets before it the statistic of a bucket is made of. */
uint32_t spike_reach(const struct spike *spike);

/* How many buckets there must be before the first that is tested: b + 4 with
 * any method, so that all start at the same time, and more where the method
 * reaches further. What was before the first record is unknown, not 0. */
uint32_t spike_warm_up(const struct spike *spike);

/* The statistic of series[count - 1], the oldest bucket first; count is more
 * than the reach. 0 where that bucket has less than min_count. Where s is 0, C1
 * and C2 are plus SPIKE_BOUND for more than the mean, which is an alarm in R's
 * earsC, too, whatever its bound; minus SPIKE_BOUND for less, and 0 for the
 * mean. The greatest count times b is less than 2^63: no limits allow more. */
double spike_statistic(const struct spike *spike, const uint64_t *series,
		       size_t count);

#endif
