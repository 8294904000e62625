/* Spikes: R's own numbers, exact fractions, and what is done by hand. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/spike.h"

enum { METHODS = SPIKE_RATIO + 1, SERIES_MAX = 600, LINE_SIZE = 256 };

struct series {
	uint64_t counts[SERIES_MAX];
	size_t length;
};

/* Fourteen days of truced.conf(5); the last is tested. */
static const uint64_t fortnight[] = {5, 4, 6, 5, 3, 7, 5, 4, 6, 5, 5, 8, 9, 14};

static struct spike
spike_of(enum spike_method method)
{
	return (struct spike){.method = method,
			      .baseline = 7,
			      .min_sigma = 0.5,
			      .min_count = 3};
}

#define assert_near(value, expected, tolerance)                                \
	assert_near_at((value), (expected), (tolerance), __LINE__)

/* Of what is less than 1 the error is absolute. */
static void
assert_near_at(double value, double expected, double tolerance, int line)
{
	if (fabs(value - expected) > tolerance * fmax(fabs(expected), 1))
		fail_msg("line %d: expected %.17g, got %.17g", line, expected,
			 value);
}

/* A table under tests/data/ears, at its second line. */
static FILE *
table_open(const char *name)
{
	char path[LINE_SIZE], heading[LINE_SIZE];

	snprintf(path, sizeof(path), "tests/data/ears/%s.csv", name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		fail_msg("%s: expected a table", path);
	assert_non_null(fgets(heading, sizeof(heading), file));
	return file;
}

static void
series_read(struct series *series, const char *name)
{
	char table[LINE_SIZE];
	unsigned long count;

	snprintf(table, sizeof(table), "input_%s_weekly", name);
	FILE *file = table_open(table);
	series->length = 0;
	while (fscanf(file, "%*u,%*u,%lu\n", &count) == 1) {
		assert_true(series->length < SERIES_MAX);
		series->counts[series->length++] = count;
	}
	assert_true(feof(file));
	fclose(file);
}

/* --- What R says ---------------------------------------------------------- */

/* A run of surveillance::earsC. It tells no statistics, but the count that an
 * alarm must exceed: mean + z s, of which z is a quantile of the normal
 * distribution. */
struct golden {
	const char *set;
	uint32_t baseline;
	double min_sigma;
	double z;
};

static const struct golden goldens[] = {
	{"default", 7, 0, 3.0902323061678132},	  /* alpha 0.001 */
	{"b14sig05", 14, 0.5, 2.3263478740408408} /* alpha 0.01 */
};

/* The statistic, were the tested count another. */
static double
statistic_at(const struct spike *spike, const struct series *series, size_t t,
	     uint64_t count)
{
	uint64_t counts[SERIES_MAX];

	memcpy(counts, series->counts, t * sizeof(*counts));
	counts[t - 1] = count;
	return spike_statistic(spike, counts, t);
}

/* The statistic is linear in the tested count, so two of them tell the count
 * at which it is z, with nothing but the function under test. */
static void
check_bound(const struct spike *spike, const struct series *series, size_t t,
	    double z, double upper_bound)
{
	uint64_t many = 1000;
	double of_none = statistic_at(spike, series, t, 0);
	double of_many = statistic_at(spike, series, t, many);

	if (of_many < SPIKE_BOUND) {
		double slope = (of_many - of_none) / (double)many;
		assert_near((z - of_none) / slope, upper_bound, 1e-12);
		return;
	}
	/* s is 0: all counts of the past are what the bound is, the mean. */
	uint64_t mean = (uint64_t)upper_bound;
	assert_true(statistic_at(spike, series, t, mean) == 0);
	assert_true(statistic_at(spike, series, t, mean + 1) == SPIKE_BOUND);
}

static size_t
check_golden(const struct golden *golden, const char *name,
	     enum spike_method method)
{
	struct spike spike = {.method = method,
			      .baseline = golden->baseline,
			      .min_sigma = golden->min_sigma};
	struct series series;
	char table[LINE_SIZE];
	unsigned long t, observed;
	double upper_bound;
	int alarm;
	size_t rows = 0;

	series_read(&series, name);
	snprintf(table, sizeof(table), "golden_%s_weekly_%s_%s", name,
		 golden->set, method == SPIKE_EARS_C1 ? "C1" : "C2");
	FILE *file = table_open(table);
	while (fscanf(file, "%lu,%*u,%lu,%lf,%d\n", &t, &observed, &upper_bound,
		      &alarm) == 4) {
		assert_int_equal(t, spike_reach(&spike) + ++rows);
		assert_int_equal(series.counts[t - 1], observed);
		check_bound(&spike, &series, t, golden->z, upper_bound);
		assert_int_equal(spike_statistic(&spike, series.counts, t) >
					 golden->z,
				 alarm);
	}
	assert_true(feof(file));
	fclose(file);
	return rows;
}

static void
agrees_with_r_on_c1_and_c2(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		for (enum spike_method method = SPIKE_EARS_C1;
		     method <= SPIKE_EARS_C2; method++) {
			rows += check_golden(&goldens[i], "k1", method);
			rows += check_golden(&goldens[i], "salmNewport",
					     method);
		}
	}
	assert_int_equal(rows, 2856);
}

/* --- What fractions say --------------------------------------------------- */

/* statistics.csv is computed by tests/tools/spike_table.py. */
static void
agrees_with_exact_fractions_on_every_method(void **state)
{
	static struct series k1, huge;
	struct spike spike = spike_of(SPIKE_EARS_C1);
	double expected[METHODS];
	unsigned long t;
	char name[8];
	size_t rows = 0;

	(void)state;
	series_read(&k1, "k1");
	for (size_t i = 0; i < k1.length; i++)
		huge.counts[i] = 100000000000 + 300007 * k1.counts[i];
	spike.min_count = 0;
	FILE *file = table_open("statistics");
	while (fscanf(file, "%7[^,],%u,%lu,%lf,%lf,%lf,%lf,%lf\n", name,
		      &spike.baseline, &t, &expected[SPIKE_EARS_C1],
		      &expected[SPIKE_EARS_C2], &expected[SPIKE_EARS_C3],
		      &expected[SPIKE_POISSON_CUSUM],
		      &expected[SPIKE_RATIO]) == 3 + METHODS) {
		bool is_huge = strcmp(name, "huge") == 0;
		rows++;
		for (spike.method = 0; spike.method <= SPIKE_RATIO;
		     spike.method++) {
			/* k, near 10^11, is right to 10^-5, and S is less. */
			bool is_rough =
				is_huge && spike.method == SPIKE_POISSON_CUSUM;
			assert_near(spike_statistic(&spike,
						    is_huge ? huge.counts
							    : k1.counts,
						    t),
				    expected[spike.method],
				    is_rough ? 1e-8 : 1e-12);
		}
	}
	assert_true(feof(file));
	assert_int_equal(rows, 619);
	fclose(file);
}

/* --- By hand -------------------------------------------------------------- */

static void
agrees_with_the_manual(void **state)
{
	static const double shown[METHODS] = {4.38, 6.97, 9.19, 12.85, 2.33};

	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = spike_of(method);
		double value = spike_statistic(&spike, fortnight, 14);
		assert_true(fabs(value - shown[method]) < 0.005);
	}
}

/* The bits of all statistics of a series, added up as whole numbers. */
static uint64_t
bits_of(enum spike_method method, const struct series *series)
{
	struct spike spike = spike_of(method);
	uint64_t sum = 0;

	for (size_t t = spike_reach(&spike) + 1; t <= series->length; t++) {
		double value = spike_statistic(&spike, series->counts, t);
		uint64_t bits;
		memcpy(&bits, &value, sizeof(bits));
		sum += bits;
	}
	return sum;
}

/* Other bits would be another alert: a journal would not replay. */
static void
is_the_same_to_the_bit_with_any_compiler(void **state)
{
	static const uint64_t exact[METHODS] = {0x940c7e39435c1a92,
						0x151b71ab550c15cd,
						0x35d196f8e87ab3ad,
						0x2885486073ff9931,
						0x23b2c04bde276985};
	struct series series;

	(void)state;
	series_read(&series, "salmNewport");
	/* So large that everything is rounded. */
	for (size_t i = 0; i < series.length; i++)
		series.counts[i] *= 1000000007;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		uint64_t bits = bits_of(method, &series);
		if (bits != exact[method])
			fail_msg("method %d: expected %#" PRIx64
				 ", got %#" PRIx64,
				 method, exact[method], bits);
	}
}

/* Between 0 and 1, from xorshift64. */
static double
random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (double)(*seed >> 11) * 0x1p-53;
}

/* Events that come one by one at random: Knuth's way. */
static uint64_t
poisson_next(uint64_t *seed, double mean)
{
	double end = exp(-mean), product = random_next(seed);
	uint64_t count = 0;

	for (; product > end; product *= random_next(seed))
		count++;
	return count;
}

static double
alarms_in_a_thousand(enum spike_method method, double at,
		     const uint64_t *counts, size_t length)
{
	struct spike spike = spike_of(method);
	size_t first = spike_reach(&spike) + 1;
	size_t alarms = 0;

	for (size_t t = first; t <= length; t++)
		alarms += spike_statistic(&spike, counts, t) > at;
	return 1000 * (double)alarms / (double)(length - first + 1);
}

/* Nothing but chance, five events a day: the table in truced.conf(5). */
static void
alarms_for_nothing_as_rarely_as_the_manual_says(void **state)
{
	static const struct {
		enum spike_method method;
		double at, alarms;
	} shown[] = {
		{SPIKE_EARS_C1, 3.09, 22},     {SPIKE_EARS_C1, 5, 3},
		{SPIKE_EARS_C2, 3.09, 22},     {SPIKE_EARS_C2, 5, 3},
		{SPIKE_EARS_C3, 1.96, 83},     {SPIKE_EARS_C3, 5, 10},
		{SPIKE_POISSON_CUSUM, 12, 18}, {SPIKE_POISSON_CUSUM, 18, 2},
		{SPIKE_RATIO, 2, 41},	       {SPIKE_RATIO, 3, 2},
	};
	static uint64_t counts[200000];
	size_t length = sizeof(counts) / sizeof(*counts);
	uint64_t seed = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < length; i++)
		counts[i] = poisson_next(&seed, 5);
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		double alarms =
			alarms_in_a_thousand(shown[i].method, shown[i].at,
					     counts, length);
		if (fabs(alarms - shown[i].alarms) > 1)
			fail_msg("method %d at %g: expected %g, got %g",
				 shown[i].method, shown[i].at, shown[i].alarms,
				 alarms);
	}
}

static void
tells_how_far_it_reaches(void **state)
{
	static const uint32_t reach[METHODS] = {7, 9, 11, 13, 7};
	static const uint32_t warm_up[METHODS] = {11, 11, 11, 13, 11};

	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = spike_of(method);
		assert_int_equal(spike_reach(&spike), reach[method]);
		assert_int_equal(spike_warm_up(&spike), warm_up[method]);
	}
}

/* It reads as far back as it says, and no further: each count in its reach
 * matters, and what is before it does not. */
static void
depends_on_its_reach_alone(void **state)
{
	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = spike_of(method);
		uint64_t counts[14];
		size_t first = 13 - spike_reach(&spike);

		memcpy(counts, fortnight, sizeof(counts));
		double value = spike_statistic(&spike, counts, 14);
		assert_true(spike_statistic(&spike, counts + first,
					    14 - first) == value);
		counts[first] += 20;
		assert_true(spike_statistic(&spike, counts, 14) != value);
	}
}

static void
does_not_test_less_than_min_count(void **state)
{
	uint64_t quiet[14] = {0};

	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = spike_of(method);
		quiet[13] = 2;
		assert_true(spike_statistic(&spike, quiet, 14) == 0);
		quiet[13] = 3;
		assert_true(spike_statistic(&spike, quiet, 14) > 1.95);
	}
}

/* One event where there was none before: 1 / 0.5 for C1, below 3.09. */
static void
does_not_alarm_on_one_event_unless_told_to(void **state)
{
	static const double of_one[METHODS] = {2, 2, 1, 0.1977218, 1};
	uint64_t quiet[14] = {[13] = 1};

	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = spike_of(method);
		spike.min_count = 0;
		assert_near(spike_statistic(&spike, quiet, 14), of_one[method],
			    1e-7);
	}
}

static void
is_zero_for_no_event_at_all(void **state)
{
	static const uint64_t none[14];

	(void)state;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = {.method = method, .baseline = 7};
		assert_true(spike_statistic(&spike, none, 14) == 0);
	}
}

static void
finds_no_spike_in_a_constant(void **state)
{
	static const double of_constant[METHODS] = {0, 0, 0, 0, 1};
	uint64_t constant[14];

	(void)state;
	for (size_t i = 0; i < 14; i++)
		constant[i] = 1234567;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = {.method = method, .baseline = 7};
		assert_true(spike_statistic(&spike, constant, 14) ==
			    of_constant[method]);
	}
}

/* Without a floor, each change from a constant is beyond all bounds. */
static void
is_finite_without_a_deviation(void **state)
{
	uint64_t constant[14];
	struct spike spike = {.method = SPIKE_EARS_C1, .baseline = 7};

	(void)state;
	for (size_t i = 0; i < 14; i++)
		constant[i] = 5;
	constant[13] = 6;
	assert_true(spike_statistic(&spike, constant, 14) == SPIKE_BOUND);
	spike.method = SPIKE_EARS_C3;
	assert_true(spike_statistic(&spike, constant, 14) == SPIKE_BOUND - 1);
	/* A floor that is as good as none. */
	spike.method = SPIKE_EARS_C2;
	spike.min_sigma = 1e-300;
	assert_true(spike_statistic(&spike, constant, 14) == SPIKE_BOUND);
	spike.min_sigma = 0;
	constant[13] = 4;
	assert_true(spike_statistic(&spike, constant, 14) == -SPIKE_BOUND);
	spike.method = SPIKE_EARS_C3;
	assert_true(spike_statistic(&spike, constant, 14) == 0);
}

/* A deviation is the same wherever the mean is, to the last bit. */
static void
loses_nothing_of_large_counts(void **state)
{
	uint64_t counts[14];

	(void)state;
	for (size_t i = 0; i < 14; i++)
		counts[i] = 100000000000 + fortnight[i];
	for (enum spike_method method = SPIKE_EARS_C1; method <= SPIKE_EARS_C3;
	     method++) {
		struct spike spike = spike_of(method);
		assert_true(spike_statistic(&spike, counts, 14) ==
			    spike_statistic(&spike, fortnight, 14));
	}
}

/* The largest sums that the limits allow, in the longest ring: ten to the 9
 * reports of two counts of 21 bits. */
static void
holds_the_largest_counts_of_the_longest_ring(void **state)
{
	static uint64_t counts[1440];
	uint64_t largest = UINT64_C(1000000000) * 2 * 2097151;

	(void)state;
	counts[1439] = largest;
	for (enum spike_method method = 0; method <= SPIKE_RATIO; method++) {
		struct spike spike = {.method = method,
				      .baseline = 720,
				      .min_sigma = 0.5};
		double value = spike_statistic(&spike, counts, 1440);
		assert_true(value >= SPIKE_BOUND - 1 && value <= SPIKE_BOUND);
	}
	for (size_t i = 0; i < 1439; i++)
		counts[i] = i % 2 * largest;
	struct spike spike = {.method = SPIKE_EARS_C1, .baseline = 1436};
	/* Half of them 0: the deviation is half the largest, nearly. */
	assert_near(spike_statistic(&spike, counts, 1440), 1, 1e-3);
}

static void
makes_do_with_the_shortest_baseline(void **state)
{
	static const uint64_t counts[] = {2, 4, 6, 8, 3, 5, 10, 12};
	struct spike spike = {.method = SPIKE_EARS_C1,
			      .baseline = SPIKE_BASELINE_MIN};

	(void)state;
	/* Mean 4, deviation 2. */
	assert_near(spike_statistic(&spike, counts, 4), 2, 1e-15);
	spike.method = SPIKE_RATIO;
	assert_near(spike_statistic(&spike, counts, 4), 2, 1e-15);
	spike.method = SPIKE_EARS_C2;
	assert_near(spike_statistic(&spike, counts, 6), 0.5, 1e-15);
	/* C2 is 0.5, which does not count, then (10 - 6) / 2 and of 12. */
	spike.method = SPIKE_EARS_C3;
	assert_near(spike_statistic(&spike, counts, 8),
		    (10 - 6) / 2.0 - 1 + (12 - 17 / 3.0) / 2.5166114784235831 -
			    1,
		    1e-15);
	/* Mean 4: k = 2 / ln 1.5; of 8, 3 and 5 the sum is 16. */
	spike.method = SPIKE_POISSON_CUSUM;
	assert_near(spike_statistic(&spike, counts, 6),
		    16 - 3 * 4.932606924752863, 1e-14);
}

static void
never_divides_a_ratio_by_less_than_one(void **state)
{
	uint64_t counts[8] = {[0] = 3, [7] = 6};
	struct spike spike = spike_of(SPIKE_RATIO);

	(void)state;
	assert_true(spike_statistic(&spike, counts, 8) == 6);
	counts[0] = 21;
	assert_true(spike_statistic(&spike, counts, 8) == 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_r_on_c1_and_c2),
		cmocka_unit_test(agrees_with_exact_fractions_on_every_method),
		cmocka_unit_test(agrees_with_the_manual),
		cmocka_unit_test(is_the_same_to_the_bit_with_any_compiler),
		cmocka_unit_test(
			alarms_for_nothing_as_rarely_as_the_manual_says),
		cmocka_unit_test(tells_how_far_it_reaches),
		cmocka_unit_test(depends_on_its_reach_alone),
		cmocka_unit_test(does_not_test_less_than_min_count),
		cmocka_unit_test(does_not_alarm_on_one_event_unless_told_to),
		cmocka_unit_test(is_zero_for_no_event_at_all),
		cmocka_unit_test(finds_no_spike_in_a_constant),
		cmocka_unit_test(is_finite_without_a_deviation),
		cmocka_unit_test(loses_nothing_of_large_counts),
		cmocka_unit_test(holds_the_largest_counts_of_the_longest_ring),
		cmocka_unit_test(makes_do_with_the_shortest_baseline),
		cmocka_unit_test(never_divides_a_ratio_by_less_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
