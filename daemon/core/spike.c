#include "core/spike.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* With more digits in between, the bits would be the compiler's choice. */
_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be computed as doubles");

/* What C2 leaves out between the baseline and the bucket, and what C3 adds. */
enum { C2_GAP = 2, C3_BEFORE = 2 };

uint32_t
spike_reach(const struct spike *spike)
{
	switch (spike->method) {
	case SPIKE_EARS_C1:
	case SPIKE_RATIO:
		return spike->baseline;
	case SPIKE_EARS_C2:
		return spike->baseline + C2_GAP;
	case SPIKE_EARS_C3:
		return spike->baseline + C2_GAP + C3_BEFORE;
	case SPIKE_POISSON_CUSUM:
		return 2 * spike->baseline - 1;
	}
	assert(false && "a method");
	return 0;
}

uint32_t
spike_warm_up(const struct spike *spike)
{
	uint32_t reach = spike_reach(spike);
	uint32_t least = spike->baseline + C2_GAP + C3_BEFORE;

	return reach > least ? reach : least;
}

static double
greater(double left, double right)
{
	return left > right ? left : right;
}

static int64_t
sum_of(const uint64_t *counts, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += counts[i];
	return (int64_t)sum;
}

static double
bounded(double statistic)
{
	if (statistic > SPIKE_BOUND)
		return SPIKE_BOUND;
	if (statistic < -SPIKE_BOUND)
		return -SPIKE_BOUND;
	return statistic;
}

/* C1 of a bucket without a gap, C2 with one. Both deviations are n times as
 * large as they are, and so whole numbers until they are squared. */
static double
ears(const struct spike *spike, const uint64_t *bucket, uint32_t gap)
{
	int64_t n = spike->baseline;
	const uint64_t *past = bucket - gap - n;
	int64_t sum = sum_of(past, spike->baseline);
	double squares = 0;

	for (int64_t i = 0; i < n; i++) {
		double deviation = (double)(n * (int64_t)past[i] - sum);
		squares += deviation * deviation;
	}
	double sigma = greater(sqrt(squares / (double)(n - 1)),
			       (double)n * spike->min_sigma);
	double deviation = (double)(n * (int64_t)*bucket - sum);
	return bounded(sigma == 0 ? deviation * SPIKE_BOUND
				  : deviation / sigma);
}

static double
ears_c3(const struct spike *spike, const uint64_t *bucket)
{
	double sum = 0;

	for (int before = C3_BEFORE; before >= 0; before--)
		sum += greater(0, ears(spike, bucket - before, C2_GAP) - 1);
	return bounded(sum);
}

/* (m1 - m0) / (ln m1 - ln m0) with r = sqrt(m0) and m1 = m0 + r is
 * r / ln(1 + 1/r), and ln(1 + 1/r) is 2 artanh(z) with z = 1 / (2r + 1). That
 * is summed here, since a library's logarithm is its own in the last bit. z is
 * at most sqrt(2) - 1, so 22 terms of z^2i / (2i + 1) leave less than 1e-18. */
static double
cusum_reference(double mean)
{
	double root = sqrt(mean);
	double z = 1 / (2 * root + 1);
	double series = 0;

	for (int i = 21; i >= 0; i--)
		series = series * (z * z) + 1.0 / (2 * i + 1);
	return root / (2 * z * series);
}

static double
poisson_cusum(const struct spike *spike, const uint64_t *bucket)
{
	uint32_t b = spike->baseline;
	const uint64_t *run = bucket - (b - 1);
	double mean = (double)sum_of(run - b, b) / b;
	double reference = cusum_reference(greater(mean, 0.5));
	double sum = 0;

	for (uint32_t i = 0; i < b; i++)
		sum = greater(0, sum + ((double)run[i] - reference));
	return bounded(sum);
}

static double
ratio(const struct spike *spike, const uint64_t *bucket)
{
	uint32_t b = spike->baseline;
	double mean = (double)sum_of(bucket - b, b) / b;

	return bounded((double)*bucket / greater(mean, 1));
}

double
spike_statistic(const struct spike *spike, const uint64_t *series, size_t count)
{
	const uint64_t *bucket = series + count - 1;

	assert(spike->baseline >= SPIKE_BASELINE_MIN);
	assert(count > spike_reach(spike));
	if (*bucket < spike->min_count)
		return 0;
	switch (spike->method) {
	case SPIKE_EARS_C1:
		return ears(spike, bucket, 0);
	case SPIKE_EARS_C2:
		return ears(spike, bucket, C2_GAP);
	case SPIKE_EARS_C3:
		return ears_c3(spike, bucket);
	case SPIKE_POISSON_CUSUM:
		return poisson_cusum(spike, bucket);
	case SPIKE_RATIO:
		return ratio(spike, bucket);
	}
	assert(false && "a method");
	return 0;
}
