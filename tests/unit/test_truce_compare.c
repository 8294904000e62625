/* Pairs, and two runs side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "truce/compare.h"

/* Numbers that are at most 10 apart belong together. */
struct numbers {
	const int64_t *left;
	const int64_t *right;
};

static int64_t
numbers_distance(const void *context, size_t left, size_t right)
{
	const struct numbers *numbers = context;
	int64_t apart = llabs(numbers->left[left] - numbers->right[right]);

	return apart <= 10 ? apart : -1;
}

static void
pairs_the_nearest_first_and_each_once(void **state)
{
	static const int64_t left[] = {100, 104, 200, 300};
	static const int64_t right[] = {105, 106, 211, 300, 300};
	const struct numbers numbers = {left, right};
	size_t right_of[4];

	(void)state;
	assert_int_equal(pairs_make(4, 5, numbers_distance, &numbers, right_of),
			 0);
	/* 104 has 105, though 100 comes first. */
	assert_int_equal(right_of[1], 0);
	assert_int_equal(right_of[0], 1);
	assert_true(right_of[2] == SIZE_MAX);
	assert_int_equal(right_of[3], 3);
	assert_int_equal(pairs_make(0, 0, numbers_distance, NULL, right_of), 0);
}

#define TOLD(whom, what, ...)                                                  \
	{                                                                      \
		.subject = (char *)(whom), .cause = (what),                    \
		.msg_type = MSG_TYPE_ALERT, .state = ALERT_FIRING,             \
		.severity = SEVERITY_SEVERE, __VA_ARGS__                       \
	}
#define NEW(...) TOLD("deaths", CAUSE_CROSSED, __VA_ARGS__)
#define OVER(...) TOLD("deaths", CAUSE_CLEARED, __VA_ARGS__)

static struct differences
differences_of(struct told *left, size_t left_count, struct told *right,
	       size_t right_count)
{
	const struct run a = {.alerts = left, .count = left_count};
	const struct run b = {.alerts = right, .count = right_count};
	struct differences differences;

	assert_int_equal(differences_find(&differences, &a, &b, false), 0);
	return differences;
}

static void
holds_like_against_like(void **state)
{
	struct told left[] = {
		NEW(.seq = 1, .sent_at = 1000),
		TOLD("other", CAUSE_CROSSED, .seq = 2, .sent_at = 2000),
		OVER(.seq = 3, .sent_at = 3000),
		NEW(.seq = 4, .sent_at = 4000, .drill = true),
	};
	struct told right[] = {
		NEW(.seq = 1, .sent_at = 1000),
		NEW(.seq = 2, .sent_at = 2000),
		OVER(.seq = 3, .sent_at = 5000),
	};
	struct differences differences = differences_of(left, 4, right, 3);

	(void)state;
	assert_int_equal(differences.same, 1);
	assert_int_equal(differences.count, 3);
	assert_ptr_equal(differences.all[0].left, &left[1]);
	assert_null(differences.all[0].right);
	assert_null(differences.all[1].left);
	assert_ptr_equal(differences.all[1].right, &right[1]);
	assert_ptr_equal(differences.all[2].left, &left[2]);
	assert_ptr_equal(differences.all[2].right, &right[2]);
	differences_done(&differences);
}

static void
takes_what_is_far_apart_for_two(void **state)
{
	struct told left[] = {NEW(.seq = 1, .sent_at = 0)};
	struct told near[] = {NEW(.seq = 1, .sent_at = COMPARE_APART_MS)};
	struct told far[] = {NEW(.seq = 1, .sent_at = COMPARE_APART_MS + 1)};
	struct differences one = differences_of(left, 1, near, 1);
	struct differences two = differences_of(left, 1, far, 1);

	(void)state;
	assert_int_equal(one.count, 1);
	assert_int_equal(two.count, 2);
	differences_done(&one);
	differences_done(&two);
}

static void
prefers_the_same_among_equals_in_time(void **state)
{
	struct told left[] = {NEW(.seq = 1, .sums = {1, 1, 1, 1}),
			      NEW(.seq = 2, .sums = {2, 2, 2, 2})};
	struct told right[] = {NEW(.seq = 1, .sums = {2, 2, 2, 2}),
			       NEW(.seq = 2, .sums = {1, 1, 1, 1})};
	struct differences differences = differences_of(left, 2, right, 2);

	(void)state;
	assert_int_equal(differences.same, 2);
	assert_int_equal(differences.count, 0);
	differences_done(&differences);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_the_nearest_first_and_each_once),
		cmocka_unit_test(holds_like_against_like),
		cmocka_unit_test(takes_what_is_far_apart_for_two),
		cmocka_unit_test(prefers_the_same_among_equals_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
