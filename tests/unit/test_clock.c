/* The engine's wall clock: it follows, but not every step and never back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/clock.h"

static const int64_t NOON = INT64_C(1702123200000); /* the wall's, at first */
static const int64_t UP = 5000;			    /* the monotonic one's */

/* Both clocks have gone on by elapsed, the wall's by a step besides. */
static int64_t
follow(struct clock_follower *clock, int64_t elapsed, int64_t step)
{
	return clock_follow(clock, NOON + elapsed + step, UP + elapsed,
			    INT64_MIN) -
	       NOON;
}

static void
is_the_wall_clock_at_first(void **state)
{
	struct clock_follower clock = {0};

	(void)state;
	assert_int_equal(follow(&clock, 0, 0), 0);
	assert_int_equal(follow(&clock, 1234, 0), 1234);
}

static void
is_never_below_its_floor(void **state)
{
	struct clock_follower clock = {0};

	(void)state;
	assert_int_equal(clock_follow(&clock, NOON, UP, NOON + 70000),
			 NOON + 70000);
	/* It stands until the wall clock has come up. */
	assert_int_equal(follow(&clock, 30000, 0), 70000);
	assert_int_equal(follow(&clock, 80000, 0), 80000);
}

static void
follows_small_corrections_but_never_goes_back(void **state)
{
	struct clock_follower clock = {0};

	(void)state;
	follow(&clock, 0, 0);
	assert_int_equal(follow(&clock, 1000, CLOCK_STEP_MS),
			 1000 + CLOCK_STEP_MS);
	assert_int_equal(follow(&clock, 2000, 0), 1000 + CLOCK_STEP_MS);
	assert_int_equal(follow(&clock, 20000, 0), 20000);
}

static void
goes_on_as_before_until_a_step_has_lasted_a_minute(void **state)
{
	struct clock_follower clock = {0};
	const int64_t step = CLOCK_STEP_MS + 1;

	(void)state;
	follow(&clock, 0, 0);
	assert_int_equal(follow(&clock, 1000, step), 1000);
	assert_int_equal(follow(&clock, 30000, step), 30000);
	assert_int_equal(follow(&clock, 1000 + CLOCK_PATIENCE_MS - 1, step),
			 1000 + CLOCK_PATIENCE_MS - 1);
	assert_int_equal(follow(&clock, 1000 + CLOCK_PATIENCE_MS, step),
			 1000 + CLOCK_PATIENCE_MS + step);
	assert_int_equal(follow(&clock, 70000, step), 70000 + step);
}

static void
forgets_a_step_that_was_taken_back(void **state)
{
	struct clock_follower clock = {0};
	const int64_t hour = 3600 * 1000;

	(void)state;
	follow(&clock, 0, 0);
	assert_int_equal(follow(&clock, 1000, hour), 1000);
	assert_int_equal(follow(&clock, 50000, 0), 50000);
	/* Another one has a minute of its own. */
	assert_int_equal(follow(&clock, 65000, hour), 65000);
	assert_int_equal(follow(&clock, 65000 + CLOCK_PATIENCE_MS - 1, hour),
			 65000 + CLOCK_PATIENCE_MS - 1);
	assert_int_equal(follow(&clock, 65000 + CLOCK_PATIENCE_MS, hour),
			 65000 + CLOCK_PATIENCE_MS + hour);
}

static void
gives_each_step_a_minute_of_its_own(void **state)
{
	struct clock_follower clock = {0};
	const int64_t hour = 3600 * 1000;

	(void)state;
	follow(&clock, 0, 0);
	follow(&clock, 1000, hour);
	assert_int_equal(follow(&clock, 60000, 5 * hour), 60000);
	assert_int_equal(follow(&clock, 61000, 5 * hour), 61000);
	assert_int_equal(follow(&clock, 60000 + CLOCK_PATIENCE_MS, 5 * hour),
			 60000 + CLOCK_PATIENCE_MS + 5 * hour);
}

static void
stands_after_a_step_back_until_the_wall_clock_has_come_up(void **state)
{
	struct clock_follower clock = {0};
	const int64_t back = -100 * 1000;

	(void)state;
	follow(&clock, 0, 0);
	assert_int_equal(follow(&clock, 1000, back), 1000);
	assert_int_equal(follow(&clock, 60000, back), 60000);
	assert_int_equal(follow(&clock, 61000, back), 60000);
	assert_int_equal(follow(&clock, 160000, back), 60000);
	assert_int_equal(follow(&clock, 160001, back), 60001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_step_a_minute_of_its_own),
		cmocka_unit_test(is_the_wall_clock_at_first),
		cmocka_unit_test(is_never_below_its_floor),
		cmocka_unit_test(follows_small_corrections_but_never_goes_back),
		cmocka_unit_test(
			goes_on_as_before_until_a_step_has_lasted_a_minute),
		cmocka_unit_test(forgets_a_step_that_was_taken_back),
		cmocka_unit_test(
			stands_after_a_step_back_until_the_wall_clock_has_come_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
