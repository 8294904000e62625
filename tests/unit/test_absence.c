/* How long somebody was silent, in the hours that count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "build.h"
#include "core/absence.h"

static const struct active always = {.length_ms = DAY};
static const struct active office = {.from_ms = 8 * HOUR,
				     .length_ms = 10 * HOUR};
static const struct active night = {.from_ms = 22 * HOUR,
				    .length_ms = 8 * HOUR};

static int64_t
between(const struct active *active, int64_t from, int64_t to)
{
	struct absence absence;

	absence_begin(&absence, from);
	return absence_ms(&absence, active, to);
}

static void
counts_active_hours_only(void **state)
{
	(void)state;
	assert_int_equal(between(&always, START + 1, START + DAY), DAY - 1);
	assert_int_equal(between(&office, START, START + 8 * HOUR), 0);
	assert_int_equal(between(&office, START, START + 9 * HOUR), HOUR);
	assert_int_equal(between(&office, START, START + DAY), 10 * HOUR);
	assert_int_equal(between(&office, START + 17 * HOUR,
				 START + 3 * DAY + 9 * HOUR),
			 HOUR + 20 * HOUR + HOUR);
	assert_int_equal(between(&night, START, START + DAY), 8 * HOUR);
	assert_int_equal(between(&night, START + 5 * HOUR, START + 23 * HOUR),
			 2 * HOUR);
	assert_int_equal(between(&office, -DAY, 0), 10 * HOUR);
}

/* It is due at the first ms at which it has lasted so long, and no sooner. */
static void
is_due_when_it_has_lasted(void **state)
{
	static const int64_t lasted[] = {1,	    HOUR,	   8 * HOUR,
					 10 * HOUR, 10 * HOUR + 1, 25 * HOUR,
					 7 * DAY};
	const struct active *const hours[] = {&always, &office, &night};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < sizeof(lasted) / sizeof(lasted[0]);
		     j++) {
			struct absence absence;
			absence_begin(&absence, START + 30 * MINUTE);
			int64_t due =
				absence_due(&absence, hours[i], lasted[j]);
			assert_int_equal(absence_ms(&absence, hours[i], due),
					 lasted[j]);
			assert_int_equal(absence_ms(&absence, hours[i],
						    due - 1),
					 lasted[j] - 1);
		}
	}
}

static void
goes_on_after_a_pause(void **state)
{
	struct absence absence;

	(void)state;
	absence_begin(&absence, START);
	absence_pause(&absence, &office, START + 12 * HOUR, START + 2 * DAY);
	assert_int_equal(absence_ms(&absence, &office, START + 2 * DAY),
			 4 * HOUR);
	absence_pause(&absence, &office, START + DAY, START + 3 * DAY);
	assert_int_equal(absence_ms(&absence, &office, START + 3 * DAY),
			 4 * HOUR);
	assert_int_equal(absence_due(&absence, &office, 5 * HOUR),
			 START + 3 * DAY + 9 * HOUR);
	assert_int_equal(absence.since, START);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_active_hours_only),
		cmocka_unit_test(is_due_when_it_has_lasted),
		cmocka_unit_test(goes_on_after_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
