/* Buckets, rings and the windows in them, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/window.h"

#include "build.h"

/* A ring of three buckets and one late, bucket 100 the newest. */
struct wheel {
	struct bucket_pool *pool;
	struct window_shape shape;
	struct ring ring;
};

static int
wheel_begin(void **state)
{
	struct wheel *wheel = calloc(1, sizeof(*wheel));
	struct arena arena;

	assert_non_null(wheel);
	wheel->pool = arena_new(&arena, sizeof(struct bucket_pool),
				bucket_pool_bytes(8));
	bucket_pool_init(wheel->pool, &arena, 8);
	wheel->shape = (struct window_shape){.resolution_ms = MINUTE,
					     .length = 3,
					     .late = 1,
					     .basis = BASIS_REPORTED};
	assert_true(ring_init(&wheel->ring, wheel->pool, &wheel->shape, 100));
	*state = wheel;
	return 0;
}

static int
wheel_end(void **state)
{
	struct wheel *wheel = *state;

	free(wheel->pool);
	free(wheel);
	return 0;
}

static struct sums
worth(uint64_t reported)
{
	return (struct sums){.by_basis = {0, 0, reported, reported},
			     .events = 1};
}

static bool
add(struct wheel *wheel, int64_t index, uint64_t reported)
{
	struct sums sums = worth(reported);

	return ring_add(&wheel->ring, wheel->pool, index, &sums);
}

static struct window
best(struct wheel *wheel)
{
	struct window window;

	ring_best(&wheel->ring, wheel->pool, &wheel->shape, &window);
	return window;
}

static int64_t
next_change(struct wheel *wheel)
{
	struct window window = best(wheel);

	return window_next_change(&wheel->shape, &wheel->ring, &window);
}

/* --- Shapes and indices --- */

static void
has_whole_buckets_for_window_and_late_rounded_up(void **state)
{
	struct rule rule = rule_simple("rule");
	struct agreement agreement = {.day_starts_ms = 5};

	(void)state;
	rule.resolution_ms = 7 * MINUTE;
	rule.late_ms = 8 * MINUTE;
	rule.basis = BASIS_UPPER;
	struct window_shape shape = window_shape_of(&rule, &agreement);
	assert_int_equal(shape.length, 9); /* 60 / 7 = 8.57 */
	assert_int_equal(shape.late, 2);
	assert_int_equal(shape.offset_ms, 0);
	assert_int_equal(shape.basis, BASIS_UPPER);
	rule.late_ms = 7 * MINUTE;
	assert_int_equal(window_shape_of(&rule, &agreement).late, 1);
	rule.late_ms = 0;
	assert_int_equal(window_shape_of(&rule, &agreement).late, 0);
}

static void
numbers_buckets_downwards_before_1970(void **state)
{
	const struct window_shape shape = {.resolution_ms = 1000};

	(void)state;
	assert_int_equal(window_index(&shape, 0), 0);
	assert_int_equal(window_index(&shape, 999), 0);
	assert_int_equal(window_index(&shape, 1000), 1);
	assert_int_equal(window_index(&shape, -1), -1);
	assert_int_equal(window_index(&shape, -1000), -1);
	assert_int_equal(window_index(&shape, -1001), -2);
	assert_int_equal(window_start(&shape, -2), -2000);
}

static void
begins_days_when_the_agreement_does(void **state)
{
	struct rule rule = rule_simple("rule");
	const struct agreement kyiv = {.day_starts_ms = 22 * HOUR};

	(void)state;
	rule.window_ms = 7 * DAY;
	rule.resolution_ms = DAY;
	struct window_shape shape = window_shape_of(&rule, &kyiv);
	int64_t day = window_index(&shape, START + 22 * HOUR);
	assert_int_equal(window_index(&shape, START + 22 * HOUR - 1), day - 1);
	assert_int_equal(window_index(&shape, START + 46 * HOUR - 1), day);
	assert_int_equal(window_start(&shape, day), START + 22 * HOUR);
	rule.resolution_ms = DAY / 2;
	assert_int_equal(window_shape_of(&rule, &kyiv).offset_ms, 0);
}

static void
is_one_bucket_without_end_since_an_agreement(void **state)
{
	struct rule rule = rule_simple("rule");
	const struct agreement agreement = {.day_starts_ms = 22 * HOUR};

	(void)state;
	rule.window_kind = WINDOW_AGREEMENT;
	rule.window_ms = rule.resolution_ms = 0;
	struct window_shape shape = window_shape_of(&rule, &agreement);
	assert_int_equal(window_ring_size(&shape), 1);
	assert_int_equal(window_index(&shape, -5), 0);
	assert_int_equal(window_index(&shape, START), 0);
}

/* --- Rings --- */

static void
takes_no_more_buckets_than_the_pool_has(void **state)
{
	struct wheel *wheel = *state;
	struct ring second, third;

	assert_true(ring_init(&second, wheel->pool, &wheel->shape, 0));
	assert_int_equal(wheel->pool->used, 8);
	assert_false(ring_init(&third, wheel->pool, &wheel->shape, 0));
	assert_int_equal(wheel->pool->used, 8);
}

static void
keeps_rings_apart(void **state)
{
	struct wheel *wheel = *state;
	struct wheel other = *wheel;

	assert_true(ring_init(&other.ring, wheel->pool, &wheel->shape, 100));
	for (int64_t index = 97; index <= 100; index++)
		assert_true(add(wheel, index, 5));
	assert_int_equal(best(&other).sums.by_basis[BASIS_REPORTED], 0);
	assert_int_equal(best(wheel).sums.by_basis[BASIS_REPORTED], 15);
}

static void
takes_what_any_tested_window_holds_and_nothing_older(void **state)
{
	struct wheel *wheel = *state;

	assert_true(add(wheel, 97, 5));	 /* window 97..99 ends at now - late */
	assert_false(add(wheel, 96, 5)); /* idx(now) - late - n */
	assert_int_equal(wheel->ring.total.by_basis[BASIS_REPORTED], 5);
}

static void
covers_n_buckets_up_to_its_end(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 97, 1);
	add(wheel, 98, 10);
	add(wheel, 99, 100);
	add(wheel, 100, 1000);
	struct window window = best(wheel);
	assert_int_equal(window.end, 100);
	assert_int_equal(window.sums.by_basis[BASIS_REPORTED], 1110);
	assert_int_equal(window.sums.events, 3);
	assert_int_equal(window.onset, 98);
}

static void
tests_every_window_that_ends_within_late(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 97, 5);
	add(wheel, 100, 2);
	struct window window = best(wheel);
	assert_int_equal(window.end, 99);
	assert_int_equal(window.sums.by_basis[BASIS_REPORTED], 5);
	assert_int_equal(window.onset, 97);
}

static void
prefers_the_latest_window_on_ties(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 97, 5);
	add(wheel, 100, 5);
	assert_int_equal(best(wheel).end, 100);
	assert_int_equal(best(wheel).onset, 100);
}

static void
compares_by_basis_and_gives_that_windows_other_sums(void **state)
{
	struct wheel *wheel = *state;
	const struct sums old = {.by_basis = {7, 8, 9, 10}};
	const struct sums now = {.by_basis = {1, 2, 3, 40}};

	ring_add(&wheel->ring, wheel->pool, 97, &old);
	ring_add(&wheel->ring, wheel->pool, 100, &now);
	struct window window = best(wheel);
	assert_int_equal(window.end, 99);
	assert_memory_equal(window.sums.by_basis, old.by_basis,
			    sizeof(old.by_basis));
	wheel->shape.basis = BASIS_UPPER;
	window = best(wheel);
	assert_int_equal(window.end, 100);
	assert_memory_equal(window.sums.by_basis, now.by_basis,
			    sizeof(now.by_basis));
}

static void
forgets_buckets_as_time_goes_on_and_never_goes_back(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 98, 5);
	add(wheel, 100, 7);
	ring_advance(&wheel->ring, wheel->pool, 102);
	assert_int_equal(wheel->ring.total.by_basis[BASIS_REPORTED], 7);
	assert_int_equal(best(wheel).sums.by_basis[BASIS_REPORTED], 7);
	ring_advance(&wheel->ring, wheel->pool, 99);
	assert_int_equal(wheel->ring.newest, 102);
	ring_advance(&wheel->ring, wheel->pool, 1000000);
	assert_true(best(wheel).empty);
	assert_int_equal(wheel->ring.total.by_basis[BASIS_REPORTED], 0);
	assert_int_equal(wheel->ring.total.events, 0);
}

static void
takes_back_what_it_still_holds_and_leaves_the_rest(void **state)
{
	struct wheel *wheel = *state;
	const struct sums old = worth(5), young = worth(7);

	add(wheel, 97, 5);
	add(wheel, 100, 7);
	ring_advance(&wheel->ring, wheel->pool, 101);
	assert_false(ring_subtract(&wheel->ring, wheel->pool, 97, &old));
	assert_int_equal(best(wheel).sums.by_basis[BASIS_REPORTED], 7);
	assert_true(ring_subtract(&wheel->ring, wheel->pool, 100, &young));
	assert_true(best(wheel).empty);
}

static void
turns_before_1970_as_after_it(void **state)
{
	struct wheel *wheel = *state;
	struct wheel early = *wheel;

	assert_true(ring_init(&early.ring, wheel->pool, &wheel->shape, -2));
	assert_true(add(&early, -5, 5));
	assert_false(add(&early, -6, 5));
	assert_true(add(&early, -2, 2));
	assert_int_equal(best(&early).end, -3);
	ring_advance(&early.ring, wheel->pool, 0);
	assert_int_equal(best(&early).sums.by_basis[BASIS_REPORTED], 2);
	assert_int_equal(best(&early).onset, -2);
}

/* --- When it changes by itself --- */

static void
changes_when_the_first_bucket_leaves(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 99, 5);
	add(wheel, 100, 5);
	/* Window 100 holds both; 99 leaves with the window of 102. */
	assert_int_equal(next_change(wheel), 102 * MINUTE);
}

static void
changes_when_the_best_window_is_no_longer_tested(void **state)
{
	struct wheel *wheel = *state;

	add(wheel, 97, 5);
	add(wheel, 98, 1);
	assert_int_equal(best(wheel).end, 99);
	assert_int_equal(next_change(wheel), 101 * MINUTE);
}

static void
changes_when_what_is_only_an_upper_bound_leaves(void **state)
{
	struct wheel *wheel = *state;
	const struct sums upper = {.by_basis = {0, 0, 0, 4}};

	ring_add(&wheel->ring, wheel->pool, 98, &upper);
	add(wheel, 100, 5);
	assert_int_equal(best(wheel).onset, 98);
	assert_int_equal(next_change(wheel), 101 * MINUTE);
}

static void
never_changes_when_it_is_empty_or_without_end(void **state)
{
	struct wheel *wheel = *state;

	assert_true(best(wheel).empty);
	assert_true(next_change(wheel) == TIME_NEVER);
	add(wheel, 100, 5);
	wheel->shape.kind = WINDOW_AGREEMENT;
	assert_true(next_change(wheel) == TIME_NEVER);
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, wheel_begin, wheel_end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			has_whole_buckets_for_window_and_late_rounded_up),
		cmocka_unit_test(numbers_buckets_downwards_before_1970),
		cmocka_unit_test(begins_days_when_the_agreement_does),
		cmocka_unit_test(is_one_bucket_without_end_since_an_agreement),
		WORLD(takes_no_more_buckets_than_the_pool_has),
		WORLD(keeps_rings_apart),
		WORLD(takes_what_any_tested_window_holds_and_nothing_older),
		WORLD(covers_n_buckets_up_to_its_end),
		WORLD(tests_every_window_that_ends_within_late),
		WORLD(prefers_the_latest_window_on_ties),
		WORLD(compares_by_basis_and_gives_that_windows_other_sums),
		WORLD(forgets_buckets_as_time_goes_on_and_never_goes_back),
		WORLD(takes_back_what_it_still_holds_and_leaves_the_rest),
		WORLD(turns_before_1970_as_after_it),
		WORLD(changes_when_the_first_bucket_leaves),
		WORLD(changes_when_the_best_window_is_no_longer_tested),
		WORLD(changes_when_what_is_only_an_upper_bound_leaves),
		WORLD(never_changes_when_it_is_empty_or_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
