/* Medians and percentiles. */
#ifndef TRUCED_BENCH_FIGURES_H
#define TRUCED_BENCH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

enum { REPEATS = 5 };

/* The median of some repetitions, and how far they lie apart. */
struct figure {
	double values[REPEATS];
	size_t count;
};

void figure_add(struct figure *figure, double value);
double figure_median(const struct figure *figure);
/* Half the distance between least and greatest, in percent of the median. */
double figure_spread(const struct figure *figure);

/* Sorts the values. 0 <= percent <= 100. */
double percentile(int64_t *values, size_t count, double percent);

#endif
