/* The engine's wall clock: it follows, but not every step and never back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
}

/* Before it was started again, time had gone by a clock that was ahead. */
static void
takes_a_floor_far_ahead_for_a_step_of_the_wall_clock(void **state)
{
	struct clock_follower clock = {0};
	const int64_t floor = NOON + 70000;

	(void)state;
	assert_int_equal(clock_follow(&clock, NOON, UP, floor), floor);
	assert_int_equal(clock_follow(&clock, NOON + 30000, UP + 30000, floor),
			 floor + 30000);
	assert_int_equal(clock.adopted_ms, 0);
	assert_int_equal(clock_follow(&clock, NOON + 60000, UP + 60000,
				      floor + 30000),
			 NOON + 60000);
	assert_int_equal(clock.adopted_ms, -70000);
	assert_int_equal(clock_follow(&clock, NOON + 60001, UP + 60001,
				      NOON + 60000),
			 NOON + 60001);
	assert_int_equal(clock.adopted_ms, 0);
}

static void
stands_for_as_little_as_a_small_floor_is_ahead(void **state)
{
	struct clock_follower clock = {0};

	(void)state;
	assert_int_equal(clock_follow(&clock, NOON, UP, NOON + 7000),
			 NOON + 7000);
	assert_int_equal(follow(&clock, 3000, 0), 7000);
	assert_int_equal(follow(&clock, 8000, 0), 8000);
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
goes_back_once_a_step_back_has_lasted_a_minute(void **state)
{
	struct clock_follower clock = {0};
	const int64_t back = -100 * 1000;

	(void)state;
	follow(&clock, 0, 0);
	assert_int_equal(follow(&clock, 1000, back), 1000);
	assert_int_equal(follow(&clock, 60000, back), 60000);
	assert_int_equal(clock.adopted_ms, 0);
	assert_int_equal(follow(&clock, 61000, back), 61000 + back);
	assert_int_equal(clock.adopted_ms, back);
	assert_int_equal(follow(&clock, 61001, back), 61001 + back);
	assert_int_equal(clock.adopted_ms, 0);
}

static void
writes_a_step_so_that_it_can_be_read(void **state)
{
	static const char *const wrong[] = {"",	       "set",	   "set 5",
					    "set x\n", "set 05\n", "set 5\n\n"};
	char body[CLOCK_BODY_MAX];
	int64_t step = 0;

	(void)state;
	size_t size = clock_write(-7200000, body);
	assert_memory_equal(body, "set -7200000\n", size);
	assert_int_equal(clock_parse(&step, (const uint8_t *)body, size), 0);
	assert_int_equal(step, -7200000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(clock_parse(&step, (const uint8_t *)wrong[i],
					     strlen(wrong[i])),
				 -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_step_a_minute_of_its_own),
		cmocka_unit_test(is_the_wall_clock_at_first),
		cmocka_unit_test(is_never_below_its_floor),
		cmocka_unit_test(
			takes_a_floor_far_ahead_for_a_step_of_the_wall_clock),
		cmocka_unit_test(
			stands_for_as_little_as_a_small_floor_is_ahead),
		cmocka_unit_test(follows_small_corrections_but_never_goes_back),
		cmocka_unit_test(
			goes_on_as_before_until_a_step_has_lasted_a_minute),
		cmocka_unit_test(forgets_a_step_that_was_taken_back),
		cmocka_unit_test(writes_a_step_so_that_it_can_be_read),
		cmocka_unit_test(
			goes_back_once_a_step_back_has_lasted_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
