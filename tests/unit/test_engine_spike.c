/* Rules of the kind spike: what is tested when, and what late and revised
 * reports do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

#define NOON(day) AT((day)*1440 + 720)
#define GONE .assessment = ASSESSMENT_WITHDRAWN

/* Violations by the day, ears-c1 over three days: nothing is tested before the
 * eighth day (b + 4, and one late). */
static int
spike_rule(void **state)
{
	world_setup(state);
	struct rule *rule = world_rule(*state, "spike");
	*rule = (struct rule){
		.name = "spike",
		.kind = RULE_SPIKE,
		.measure = MEASURE_VIOLATIONS,
		.basis = BASIS_REPORTED,
		.window_ms = DAY,
		.resolution_ms = DAY,
		.late_ms = DAY,
		.keep_firing_ms = DAY,
		.spike = {.method = SPIKE_EARS_C1,
			  .baseline = 3,
			  .min_sigma = 1,
			  .min_count = 3},
		.levels = {{.at = 3, .clear = 3, .severity = SEVERITY_SEVERE}},
		.levels_count = 1,
		.headline = "",
		.instruction = "",
		.web = "",
	};
	return 0;
}

/* So many violations at noon of a day, reported then. */
static void
report_day(struct world *world, int day, unsigned count)
{
	struct report report = {.occurred_at = NOON(day)};

	snprintf(report.id, sizeof(report.id), "day-%d", day);
	report.counts[COUNT_VIOLATIONS] =
		(struct count){.low = count, .best = count, .high = count};
	world_report(world, day * 1440 + 720, report_complete(report));
}

static void
report_days(struct world *world, const unsigned *counts, int days)
{
	for (int day = 0; day < days; day++)
		report_day(world, day, counts[day]);
}

/* From day 0 on: mean 4, s 1. */
static const unsigned quiet[] = {4, 3, 5, 4, 3, 5, 4, 3, 5};

static void
fires_when_the_running_bucket_exceeds_the_bound(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_days(world, quiet, 9);
	assert_told(world, "");
	report_day(world, 9, 7); /* 3 is not more than 3 */
	assert_told(world, "");
	world_report(world, 9 * 1440 + 721,
		     REPORT(.id = "one more", .occurred_at = NOON(9)));
	assert_string_equal(world->alerts[0].statistic, "ears-c1");
	assert_true(world->alerts[0].value == 4.0);
	assert_true(world->alerts[0].threshold == 3.0);
	assert_int_equal(world->alerts[0].onset_at, AT(9 * 1440));
	assert_int_equal(world->alerts[0].evidence_count, 2);
	assert_told(world, "crossed Severe Possible 0/0/8/8 @13681\n");
}

static void
tests_nothing_before_it_knows_what_is_usual(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_day(world, 0, 1);
	report_day(world, 7, 50);
	assert_told(world, "");
	world_tick(world, 8 * 1440);
	assert_told(world, "");
	report_day(world, 8, 3);
	/* Yesterday's, which is late and tested now, stands out. */
	assert_told(world, "crossed Severe Possible 0/0/50/50 @12240\n");
}

static void
takes_empty_buckets_after_the_first_record_as_none(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_day(world, 0, 1);
	report_day(world, 9, 2); /* below min_count */
	assert_told(world, "");
	world_report(world, 9 * 1440 + 721,
		     REPORT(.id = "third", .occurred_at = NOON(9)));
	assert_told(world, ""); /* (3 - 0) / 1 is not more than 3 */
	world_report(world, 9 * 1440 + 722,
		     REPORT(.id = "fourth", .occurred_at = NOON(9)));
	assert_told(world, "crossed Severe Possible 0/0/4/4 @13682\n");
}

static void
clears_when_its_bucket_is_past(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_days(world, quiet, 9);
	report_day(world, 9, 9);
	/* On the tenth it is still tested, as late. */
	world_tick(world, 11 * 1440 - 1);
	assert_told(world, "crossed Severe Possible 0/0/9/9 @13680\n");
	world_tick(world, 13 * 1440);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @17280\n");
}

/* Its certainty: would it stand out with the confirmed of that day alone? */
static void
is_as_certain_as_what_is_confirmed_of_its_bucket(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_begin(world);
	report_days(world, quiet, 9);
	report_day(world, 9, 9);
	world_report(world, 9 * 1440 + 721,
		     REPORT(.id = "un", .source = "un",
			    .assessment = ASSESSMENT_VERIFIED,
			    .occurred_at = NOON(9),
			    COUNTED(COUNT_VIOLATIONS, 8)));
	assert_told(world, "crossed Severe Possible 0/0/9/9 @13680\n"
			   "certainty Severe Observed 8/8/17/17 @13681\n");
}

/* Or with those that two independent sources tell. */
static void
is_likely_when_what_is_supported_of_its_bucket_stands_out(void **state)
{
	struct world *world = *state;
	struct report report = {.occurred_at = NOON(9),
				.id = "nine",
				.event = "market",
				COUNTED(COUNT_VIOLATIONS, 9)};

	world_begin(world);
	report_days(world, quiet, 9);
	world_report(world, 9 * 1440 + 720, report_complete(report));
	strcpy(report.source, "radio");
	world_report(world, 9 * 1440 + 721, report_complete(report));
	assert_told(world, "crossed Severe Possible 0/0/9/9 @13680\n"
			   "certainty Severe Likely 0/9/9/9 @13681\n");
}

/* What is usual is known of a group that was not heard of before: nothing. */
static void
waits_for_the_agreements_first_record_and_not_for_the_groups(void **state)
{
	struct world *world = *state;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world_begin(world);
	report_days(world, quiet, 9);
	world_report(world, 9 * 1440 + 720,
		     REPORT(.id = "first", .party = "north",
			    .occurred_at = NOON(9),
			    COUNTED(COUNT_VIOLATIONS, 4)));
	assert_told(world, "crossed Severe Possible [north] 0/0/4/4 @13680\n");
}

static void
is_cancelled_when_a_withdrawal_takes_the_spike_away(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_days(world, quiet, 9);
	report_day(world, 9, 9);
	world_report(world, 9 * 1440 + 800,
		     REPORT(.id = "day-9", .revision = 2, GONE));
	/* The greatest that was tested is that of the day before, now. */
	assert_told(world,
		    "crossed Severe Possible 0/0/9/9 @13680\n"
		    "corrected Severe Possible cancelled 0/0/5/5 @13760\n");
}

/* What was usual turns out to have been more. */
static void
is_cancelled_when_late_reports_raise_its_baseline(void **state)
{
	struct world *world = *state;
	const int64_t later = 30 * 1440;

	world_begin(world);
	report_days(world, quiet, 9);
	report_day(world, 9, 9);
	world_tick(world, later);
	world_told(world);
	world_report(world, later + 1,
		     REPORT(.id = "late", .occurred_at = NOON(7),
			    COUNTED(COUNT_VIOLATIONS, 6)));
	assert_told(world, "corrected Severe Possible cancelled 0/0/9/9 "
			   "@43201\n");
}

static void
stands_while_its_peak_does(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_days(world, quiet, 9);
	report_day(world, 9, 20);
	world_report(world, 9 * 1440 + 800,
		     REPORT(.id = "late", .occurred_at = NOON(8),
			    COUNTED(COUNT_VIOLATIONS, 1)));
	world_report(world, 9 * 1440 + 801,
		     REPORT(.id = "early", .occurred_at = NOON(1)));
	assert_told(world, "crossed Severe Possible 0/0/20/20 @13680\n");
}

#define SPIKE_TEST(test)                                                       \
	cmocka_unit_test_setup_teardown(test, spike_rule, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPIKE_TEST(fires_when_the_running_bucket_exceeds_the_bound),
		SPIKE_TEST(tests_nothing_before_it_knows_what_is_usual),
		SPIKE_TEST(takes_empty_buckets_after_the_first_record_as_none),
		SPIKE_TEST(clears_when_its_bucket_is_past),
		SPIKE_TEST(is_as_certain_as_what_is_confirmed_of_its_bucket),
		SPIKE_TEST(
			is_likely_when_what_is_supported_of_its_bucket_stands_out),
		SPIKE_TEST(
			waits_for_the_agreements_first_record_and_not_for_the_groups),
		SPIKE_TEST(is_cancelled_when_a_withdrawal_takes_the_spike_away),
		SPIKE_TEST(is_cancelled_when_late_reports_raise_its_baseline),
		SPIKE_TEST(stands_while_its_peak_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
