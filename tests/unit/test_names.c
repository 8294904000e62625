/* Names and receipts: total, spelled as the documents spell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine.h"

static void
spells_names_as_documented(void **state)
{
	(void)state;
	assert_string_equal(kind_name(KIND_MINES_OR_UXO), "mines_or_uxo");
	assert_int_equal(KIND_OTHER, 29);
	assert_string_equal(target_name(TARGET_RELIGIOUS), "religious");
	assert_string_equal(reason_name(REASON_FROM_THE_FUTURE),
			    "from_the_future");
	assert_string_equal(verdict_name(VERDICT_DUPLICATE), "duplicate");
	assert_string_equal(measure_name(MEASURE_CASUALTIES), "casualties");
	assert_string_equal(severity_name(SEVERITY_EXTREME), "Extreme");
	assert_string_equal(cause_name(CAUSE_LEVEL_UP), "level_up");
	assert_string_equal(pool_name(POOL_NAMES), "names");
}

static void
has_a_name_for_every_value_and_none_beyond(void **state)
{
	(void)state;
	for (int kind = 1; kind < KINDS; kind++)
		assert_string_not_equal(kind_name((enum kind)kind), "");
	for (int reason = 1; reason < REASONS; reason++)
		assert_string_not_equal(reason_name((enum reason)reason), "");
	for (int cause = 1; cause < CAUSES; cause++)
		assert_string_not_equal(cause_name((enum cause)cause), "");
	for (int measure = 0; measure < MEASURES; measure++)
		assert_string_not_equal(measure_name((enum measure)measure),
					"");
	for (int field = 0; field < FIELDS; field++)
		assert_string_not_equal(field_name((enum field)field), "");
	assert_string_equal(kind_name(KINDS), "");
	assert_string_equal(kind_name(KIND_UNSPECIFIED), "");
	assert_string_equal(reason_name(REASONS), "");
}

static void
cuts_a_long_detail_at_a_character(void **state)
{
	struct receipt receipt;

	(void)state;
	/* 127 bytes fit: an odd start leaves half of a two-byte letter out. */
	receipt_reject(&receipt, REASON_BAD_NAME, "party", "%s",
		       "xяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя"
		       "яяяяяяяяяяяяяяяяяяяяяяя");
	assert_int_equal(strlen(receipt.detail), 127);
	receipt_reject(&receipt, REASON_BAD_NAME, "party", "%s",
		       "яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя"
		       "яяяяяяяяяяяяяяяяяяяяяяя");
	assert_int_equal(strlen(receipt.detail), 126);
	assert_int_equal(receipt.verdict, VERDICT_REJECTED);
	assert_string_equal(receipt.field, "party");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spells_names_as_documented),
		cmocka_unit_test(has_a_name_for_every_value_and_none_beyond),
		cmocka_unit_test(cuts_a_long_detail_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
