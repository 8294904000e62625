/* CLOCK steps: the wall clock was wrong, and time goes on from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

static int
begun(void **state)
{
	world_setup(state);
	world_rule(*state, "deaths");
	world_begin(*state);
	return 0;
}

static uint64_t
reported(const struct world *world)
{
	struct sums sums;

	assert_true(engine_sums(world->engine, 0, "pact", NULL, &sums));
	return sums.by_basis[BASIS_REPORTED];
}

static void
goes_forward_with_each_timer_at_its_time(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_clock(world, 500, 500);
	assert_string_equal(world->alerts[1].agreement, "truced");
	assert_string_equal(world->alerts[1].rule, "clock-step");
	assert_int_equal(world->alerts[1].status, STATUS_SYSTEM);
	assert_true(world->alerts[1].value == 500 * 60);
	assert_told(world, "crossed Severe Possible 0/0/6/6 @0\n"
			   "crossed Moderate Observed 30000/30000/30000/30000 "
			   "@0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
	assert_int_equal(engine_now(world->engine), AT(500));
}

/* What came while the clock was ahead is in the sums of now. */
static void
makes_the_sums_anew_when_it_goes_back(void **state)
{
	struct world *world = *state;

	world_report(world, 9000, REPORT(.id = "1", KILLED(3)));
	world_report(world, 9500, REPORT(.id = "2", KILLED(1)));
	assert_int_equal(reported(world), 1);
	world_clock(world, 100, -9400);
	assert_true(world->alerts[0].value == -9400 * 60);
	world_told(world);
	assert_int_equal(engine_now(world->engine), AT(100));
	assert_int_equal(reported(world), 4);
	world_report(world, 101, REPORT(.id = "3", KILLED(1)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @101\n");
	world_tick(world, 160);
	assert_told(world, "cleared Severe Possible resolved 0/0/1/1 @160\n");
}

static void
looks_at_every_group_again_when_it_goes_back(void **state)
{
	struct world *world = *state;

	world_report(world, 9000, REPORT(.id = "1", KILLED(3)));
	world_report(world, 9500, REPORT(.id = "2", KILLED(3)));
	assert_told(world, "");
	world_clock(world, 100, -9400);
	assert_told(world, "crossed Moderate Observed "
			   "564000/564000/564000/564000 @100\n"
			   "crossed Severe Possible 0/0/6/6 @100\n");
}

/* An episode goes on; its peak is what the reports say, and falls with them. */
static void
keeps_open_episodes_and_corrects_them_still(void **state)
{
	struct world *world = *state;

	world_report(world, 9000, REPORT(.id = "1", ON(8990), KILLED(6)));
	world_clock(world, 100, -9400);
	world_told(world);
	world_report(world, 110,
		     REPORT(.id = "1", .revision = 2, ON(90), KILLED(2)));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/2/2 @110\n");
}

static void
corrects_what_had_ended_before_it_went_back(void **state)
{
	struct world *world = *state;

	world_report(world, 9000, REPORT(.id = "1", ON(9000), KILLED(6)));
	world_tick(world, 9100);
	world_clock(world, 100, -9400);
	world_told(world);
	world_report(world, 300,
		     REPORT(.id = "1", .revision = 2,
			    .assessment = ASSESSMENT_WITHDRAWN));
	const char *told = world_told(world);
	assert_non_null(strstr(told, "corrected Severe Possible cancelled"));
}

static void
is_silent_where_reports_are_the_clock(void **state)
{
	world_setup(state);
	struct world *world = *state;
	world_rule(world, "deaths");
	world->configuration.clock = CLOCK_RECORDS;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(10), KILLED(1)));
	world_clock(world, 5, -5);
	assert_told(world, "");
	assert_int_equal(engine_now(world->engine), AT(10));
}

#define CLOCK_TEST(test)                                                       \
	cmocka_unit_test_setup_teardown(test, begun, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLOCK_TEST(goes_forward_with_each_timer_at_its_time),
		CLOCK_TEST(makes_the_sums_anew_when_it_goes_back),
		CLOCK_TEST(looks_at_every_group_again_when_it_goes_back),
		CLOCK_TEST(keeps_open_episodes_and_corrects_them_still),
		CLOCK_TEST(corrects_what_had_ended_before_it_went_back),
		cmocka_unit_test_teardown(is_silent_where_reports_are_the_clock,
					  world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
