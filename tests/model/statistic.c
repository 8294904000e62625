#include "statistic.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t
statistic_history(const struct spike *spike)
{
	size_t b = spike->baseline;

	switch (spike->method) {
	case SPIKE_EARS_C1:
	case SPIKE_RATIO:
		return b;
	case SPIKE_EARS_C2:
		return b + 2;
	case SPIKE_EARS_C3:
		return b + 4;
	case SPIKE_POISSON_CUSUM:
		return 2 * b - 1;
	}
	abort();
}

static long double
mean_of(const uint64_t *counts, size_t count)
{
	long double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (long double)counts[i];
	return sum / (long double)count;
}

static long double
deviation_of(const uint64_t *counts, size_t count)
{
	long double mean = mean_of(counts, count);
	long double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += ((long double)counts[i] - mean) *
		       ((long double)counts[i] - mean);
	return sqrtl(sum / (long double)(count - 1));
}

/* (Y - mean) / s of the b buckets that end `gap` before bucket t. */
static long double
ears(const struct spike *spike, const uint64_t *series, size_t t, size_t gap)
{
	size_t b = spike->baseline;
	const uint64_t *past = series + t - gap - b;
	long double above = (long double)series[t] - mean_of(past, b);
	long double s = fmaxl(deviation_of(past, b), spike->min_sigma);

	/* All alike: any more is beyond every bound. */
	if (s == 0)
		return above > 0 ? SPIKE_BOUND : above < 0 ? -SPIKE_BOUND : 0;
	return fmaxl(fminl(above / s, SPIKE_BOUND), -SPIKE_BOUND);
}

static long double
ears_c3(const struct spike *spike, const uint64_t *series, size_t t)
{
	long double sum = 0;

	for (size_t i = t - 2; i <= t; i++)
		sum += fmaxl(0, ears(spike, series, i, 2) - 1);
	return fminl(sum, SPIKE_BOUND);
}

static long double
poisson_cusum(const struct spike *spike, const uint64_t *series, size_t t)
{
	size_t b = spike->baseline;
	size_t first = t + 1 - b;
	long double m0 = fmaxl(mean_of(series + first - b, b), 0.5L);
	long double m1 = m0 + sqrtl(m0);
	long double k = (m1 - m0) / (logl(m1) - logl(m0));
	long double sum = 0;

	for (size_t i = first; i <= t; i++)
		sum = fmaxl(0, sum + (long double)series[i] - k);
	return sum;
}

static long double
naive_of(const struct spike *spike, const uint64_t *series, size_t t)
{
	size_t b = spike->baseline;

	if (series[t] < spike->min_count)
		return 0;
	switch (spike->method) {
	case SPIKE_EARS_C1:
		return ears(spike, series, t, 0);
	case SPIKE_EARS_C2:
		return ears(spike, series, t, 2);
	case SPIKE_EARS_C3:
		return ears_c3(spike, series, t);
	case SPIKE_POISSON_CUSUM:
		return poisson_cusum(spike, series, t);
	case SPIKE_RATIO:
		return (long double)series[t] /
		       fmaxl(mean_of(series + t - b, b), 1);
	}
	abort();
}

double
statistic_of(const struct spike *spike, const uint64_t *series, size_t count)
{
	long double naive = naive_of(spike, series, count - 1);
	double value = spike_statistic(spike, series, count);

	if (fabsl(value - naive) <= 1e-9L * fmaxl(1, fabsl(naive)))
		return value;
	fprintf(stderr, "a statistic is %.17g, not %.17Lg, of", value, naive);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %" PRIu64, series[i]);
	fputc('\n', stderr);
	abort();
}
