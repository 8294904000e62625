/* The numbers of a feed: gaps, what fills them, and new runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/feed.h"

static bool
hear(struct feed *feed, uint64_t number)
{
	return feed_hear(feed, number, false, 7);
}

static bool
revise(struct feed *feed, uint64_t number)
{
	return feed_hear(feed, number, true, 7);
}

static void
begins_with_whatever_comes_first(void **state)
{
	struct feed feed = {0};

	(void)state;
	assert_false(hear(&feed, 100));
	assert_false(hear(&feed, 101));
	assert_int_equal(feed.missing, 0);
}

static void
misses_what_is_skipped_until_it_comes(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 1);
	assert_true(hear(&feed, 5));
	assert_int_equal(feed.missing, 3);
	assert_int_equal(feed.since, 7);
	assert_true(hear(&feed, 3));
	assert_int_equal(feed.missing, 2);
	assert_true(hear(&feed, 2));
	assert_true(hear(&feed, 4));
	assert_int_equal(feed.missing, 0);
	assert_int_equal(feed.gaps_count, 0);
	assert_false(hear(&feed, 6));
}

static void
takes_a_lower_number_as_a_new_run(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 10);
	hear(&feed, 20);
	assert_int_equal(feed.missing, 9);
	assert_true(hear(&feed, 1));
	assert_int_equal(feed.missing, 0);
	assert_int_equal(feed.highest, 1);
	/* Of the new run. */
	assert_true(hear(&feed, 15));
	assert_int_equal(feed.missing, 13);
}

static void
does_not_take_its_last_number_again_as_a_new_run(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 1);
	hear(&feed, 3);
	assert_false(hear(&feed, 3));
	assert_int_equal(feed.missing, 1);
}

static void
leaves_a_revision_its_report_s_number_or_its_own(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 1);
	hear(&feed, 2);
	assert_false(revise(&feed, 1));
	assert_int_equal(feed.highest, 2);
	assert_false(revise(&feed, 3));
	assert_false(hear(&feed, 4));
	hear(&feed, 6);
	assert_true(revise(&feed, 5));
	assert_int_equal(feed.missing, 0);
}

/* 2, 4, 6, ... missing: more gaps than there is room for. */
static void
counts_right_when_there_are_more_gaps_than_it_tells_apart(void **state)
{
	enum { GAPS = 2 * FEED_GAPS_MAX };
	struct feed feed = {0};

	(void)state;
	for (uint64_t i = 0; i <= GAPS; i++)
		hear(&feed, 2 * i + 1);
	assert_int_equal(feed.missing, GAPS);
	assert_int_equal(feed.gaps_count, FEED_GAPS_MAX);
	/* One of those that were joined, and a revision of one between. */
	assert_false(revise(&feed, 5));
	for (uint64_t i = 1; i <= GAPS; i++) {
		assert_true(hear(&feed, 2 * i));
		assert_int_equal(feed.missing, GAPS - i);
	}
	assert_int_equal(feed.gaps_count, 0);
	assert_false(hear(&feed, 2 * GAPS + 2));
}

static void
tells_the_younger_gaps_apart_when_one_falls_in_two(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 1);
	for (uint64_t i = 1; i <= FEED_GAPS_MAX; i++)
		hear(&feed, 10 * i);
	assert_int_equal(feed.gaps_count, FEED_GAPS_MAX);
	assert_true(hear(&feed, 45));
	assert_int_equal(feed.gaps_count, FEED_GAPS_MAX);
	assert_int_equal(feed.missing, 8 + 9 * (FEED_GAPS_MAX - 1) - 1);
	/* What is still missing of it is known; of the oldest two it is not. */
	assert_false(revise(&feed, 45));
	assert_true(revise(&feed, 44));
	assert_false(revise(&feed, 5));
	static const uint64_t oldest[] = {2, 3, 4, 5, 6, 7, 8, 9, 11};
	for (size_t i = 0; i < 9; i++)
		assert_true(hear(&feed, oldest[i]));
	assert_int_equal(feed.missing, 8 + 9 * (FEED_GAPS_MAX - 2) - 2);
}

static void
holds_the_largest_numbers(void **state)
{
	struct feed feed = {0};

	(void)state;
	hear(&feed, 1);
	assert_true(hear(&feed, UINT64_MAX));
	assert_true(feed.missing == UINT64_MAX - 2);
	assert_true(hear(&feed, UINT64_MAX - 1));
	assert_true(feed.missing == UINT64_MAX - 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_whatever_comes_first),
		cmocka_unit_test(misses_what_is_skipped_until_it_comes),
		cmocka_unit_test(takes_a_lower_number_as_a_new_run),
		cmocka_unit_test(
			does_not_take_its_last_number_again_as_a_new_run),
		cmocka_unit_test(
			leaves_a_revision_its_report_s_number_or_its_own),
		cmocka_unit_test(
			counts_right_when_there_are_more_gaps_than_it_tells_apart),
		cmocka_unit_test(
			tells_the_younger_gaps_apart_when_one_falls_in_two),
		cmocka_unit_test(holds_the_largest_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
