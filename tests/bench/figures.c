#include "figures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int
double_compare(const void *left, const void *right)
{
	const double *one = left, *other = right;

	return (*one > *other) - (*one < *other);
}

static int
int64_compare(const void *left, const void *right)
{
	const int64_t *one = left, *other = right;

	return (*one > *other) - (*one < *other);
}

void
figure_add(struct figure *figure, double value)
{
	assert(figure->count < REPEATS);
	figure->values[figure->count++] = value;
}

static size_t
sorted(const struct figure *figure, double ret_values[static REPEATS])
{
	assert(figure->count > 0);
	memcpy(ret_values, figure->values, sizeof(figure->values));
	qsort(ret_values, figure->count, sizeof(double), double_compare);
	return figure->count;
}

double
figure_median(const struct figure *figure)
{
	double values[REPEATS];
	size_t count = sorted(figure, values);

	return values[count / 2];
}

double
figure_spread(const struct figure *figure)
{
	double values[REPEATS];
	size_t count = sorted(figure, values);

	return (values[count - 1] - values[0]) / 2 / values[count / 2] * 100;
}

double
percentile(int64_t *values, size_t count, double percent)
{
	assert(count > 0);
	qsort(values, count, sizeof(*values), int64_compare);
	return (double)values[(size_t)((double)(count - 1) * percent / 100)];
}
