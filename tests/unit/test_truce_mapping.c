/* Mapping files: what they mean, and what is said of those that mean nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "truce/mapping.h"
#include "truce/moment.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The fields that a row set, as "path=text\n" in order. */
struct fields {
	char text[4096];
};

static int
field_note(void *context, const char *path, const char *text,
	   char *ret_expected, size_t size)
{
	struct fields *fields = context;
	size_t used = strlen(fields->text);

	if (strcmp(path, "refused") == 0) {
		snprintf(ret_expected, size, "something else");
		return -EINVAL;
	}
	snprintf(fields->text + used, sizeof(fields->text) - used, "%s=%s\n",
		 path, text);
	return 0;
}

static const char *const header[] = {"id", "when", "a", "b", "side", "note"};

static int
apply(const char *map, const char *const *row, struct fields *ret_fields,
      char ret_error[static MAPPING_ERROR_SIZE])
{
	struct mapping *mapping;

	memset(ret_fields, 0, sizeof(*ret_fields));
	*ret_error = '\0';
	int result = mapping_parse(&mapping, map, "test.map", ret_error);
	if (result < 0)
		return result;
	result = mapping_bind(mapping, header, LENGTH(header), ret_error);
	if (result == 0)
		result = mapping_apply(mapping, row, field_note, ret_fields,
				       ret_error);
	mapping_free(mapping);
	return result;
}

static void
expect_fields(const char *map, const char *const *row, const char *expected)
{
	struct fields fields;
	char error[MAPPING_ERROR_SIZE];
	int result = apply(map, row, &fields, error);

	assert_string_equal(error[0] && result < 0 ? error : "", "");
	assert_int_equal(result, 0);
	assert_string_equal(fields.text, expected);
}

static void
expect_error(const char *map, const char *const *row, const char *expected)
{
	struct fields fields;
	char error[MAPPING_ERROR_SIZE];

	assert_true(apply(map, row, &fields, error) < 0);
	assert_string_equal(error, expected);
}

static const char *const row[] = {"17",	 "2015-02-15 00:00:00.000",
				  "3",	 "10",
				  "DPR", " two\n lines "};

static void
sets_fields_from_columns(void **state)
{
	(void)state;
	expect_fields("# a comment\n\n"
		      "set id {id}\n"
		      "set summary \"{side}: {a} {{of} {b}\" # another\n",
		      row, "id=17\nsummary=DPR: 3 {of} 10\n");
}

static void
takes_the_first_set_of_a_field_whose_conditions_hold(void **state)
{
	(void)state;
	expect_fields("set party first when a > b\n"
		      "set party second when a < b and side == \"DPR\"\n"
		      "set party third\n"
		      "set kind none when a == 4\n"
		      "add links one\n"
		      "add links two when a == 3\n"
		      "add links three when a != 3\n",
		      row, "party=second\nlinks=one\nlinks=two\n");
}

static void
compares_numbers_as_numbers_and_texts_as_texts(void **state)
{
	(void)state;
	expect_fields("set x.one y when a < b\n"
		      "set x.two y when when >= \"2015-02-15\"\n"
		      "set x.three y when when >= \"2015-02-16\"\n"
		      "set x.four y when a <= 3.0 and a >= 3\n"
		      "set x.five y when side < \"dpr\"\n"
		      "set x.six y when \"10\" > \"9\"\n",
		      row, "x.one=y\nx.two=y\nx.four=y\nx.five=y\nx.six=y\n");
}

static void
leaves_a_field_unset_when_its_value_is_empty(void **state)
{
	(void)state;
	expect_fields("table side \"DPR\" = \"\"\n"
		      "set party {side|table side}\n"
		      "set party other\n"
		      "set id {id}\n",
		      row, "id=17\n");
}

static void
translates_by_tables(void **state)
{
	(void)state;
	expect_fields("table side \"LPR\" = lpr\n"
		      "table side \"DPR\" = dpr\n"
		      "table note * = *\n"
		      "table any * = rest\n"
		      "set party {side|table side}\n"
		      "set id {id|table note}\n"
		      "set kind {id|table any}\n",
		      row, "party=dpr\nid=17\nkind=rest\n");
	expect_error("table side \"LPR\" = lpr\n"
		     "set party {side|table side}\n",
		     row,
		     "side: \"DPR\": expected a value of table side "
		     "(test.map:2)");
}

static void
makes_points_in_time_of_dates(void **state)
{
	(void)state;
	/* 1423951200000 is 2015-02-15T00:00:00+02:00. */
	expect_fields("zone +02:00\n"
		      "set a {when|time}\n"
		      "set b {when|time +1d at 06:00}\n"
		      "set c {when|time at 23:59:59.999}\n"
		      "set d {when|time -1s}\n",
		      row,
		      "a=1423951200000\nb=1424059200000\n"
		      "c=1424037599999\nd=1423951199000\n");
	const char *const bad[] = {"17", "2015-02-30", "3", "10", "DPR", ""};
	expect_error("set a {when|time}\n", bad,
		     "when: \"2015-02-30\": expected a date as 2015-02-15 or "
		     "2015-02-15 06:00:00 (test.map:1)");
}

static void
filters_texts_and_numbers(void **state)
{
	const char *const odd[] = {
		"Жёлтый", "", "3", "10", "  The Side (Öst)! ", " two\n lines "};

	(void)state;
	expect_fields("set a {id|cut 3}\n"
		      "set b {note|line}\n"
		      "set c {side|name}\n"
		      "set d {a|min b}\n"
		      "set e {a|max b}\n"
		      "set f {side|line|lower|cut 8}\n"
		      "set g {a|hours}\n",
		      odd,
		      "a=Ж\nb=two lines\nc=the-side-st\nd=3\ne=10\n"
		      "f=the side\ng=10800000\n");
	expect_error(
		"set g {id|hours}\n", odd,
		"id: expected a number of hours, not 'Жёлтый' (test.map:1)");
	expect_error("set d {id|min a}\n", odd,
		     "id: \"Жёлтый\": expected a number (test.map:1)");
}

static void
skips_rows_when_told_to(void **state)
{
	struct fields fields;
	char error[MAPPING_ERROR_SIZE];

	(void)state;
	assert_int_equal(apply("skip when a == 3\nset id {id}\n", row, &fields,
			       error),
			 1);
	assert_string_equal(fields.text, "");
	assert_int_equal(apply("skip when a == 4\nset id {id}\n", row, &fields,
			       error),
			 0);
	assert_string_equal(fields.text, "id=17\n");
}

static void
reads_a_missing_optional_column_as_empty(void **state)
{
	(void)state;
	expect_fields("optional extra\n"
		      "set summary {extra} when extra != \"\"\n"
		      "set summary none\n",
		      row, "summary=none\n");
	expect_error("\nset summary {extra}\n", row,
		     "expected a column 'extra' (test.map:2)");
}

static void
tells_what_a_field_refused(void **state)
{
	(void)state;
	expect_error("set refused {a}\n", row,
		     "refused \"3\": expected something else (test.map:1)");
}

static void
tells_file_and_line_of_every_mistake(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{"sett id {id}", "test.map:1: expected type, zone, optional, "
				 "table, skip, set or add, not 'sett'"},
		{"\n\nset id", "test.map:3: expected a value for id"},
		{"set \"id\" 1", "test.map:1: expected a field's name"},
		{"set id {id", "test.map:1: expected a closing }"},
		{"set id \"{id\"", "test.map:1: expected a closing }"},
		{"set id \"x", "test.map:1: expected a closing \""},
		{"set id \"\\q\"",
		 "test.map:1: expected \\\" \\\\ \\n or \\t after \\"},
		{"set id \"x\"y", "test.map:1: expected a blank after \""},
		{"set id {}", "test.map:1: expected a column's name after {"},
		{"set id {id|shout}",
		 "test.map:1: expected cut, line, lower, name, min, max, "
		 "table, hours or time, not 'shout'"},
		{"set id {id|cut}",
		 "test.map:1: expected a number of bytes for cut"},
		{"set id {id|line 3}", "test.map:1: expected | or }, not '3'"},
		{"set id {id|time at noon}",
		 "test.map:1: expected a time of day after 'at', as 06:00"},
		{"set id {id|time tomorrow}",
		 "test.map:1: expected a duration as +1d, not 'tomorrow'"},
		{"set id {id|table none}",
		 "test.map:1: expected a table that is there, not 'none'"},
		{"set id x if a == 1", "test.map:1: expected 'when', not 'if'"},
		{"set id x when a = 1",
		 "test.map:1: expected == != < <= > or >=, not '='"},
		{"set id x when a ==",
		 "test.map:1: expected a column, a number or a \"text\""},
		{"set id x when a == 1 or b == 2",
		 "test.map:1: expected 'and', not 'or'"},
		{"skip", "test.map:1: expected 'when' after 'skip'"},
		{"zone Kyiv", "test.map:1: expected a zone as +02:00 or Z"},
		{"type alarm",
		 "test.map:1: expected incident, tally or finding"},
		{"type tally x",
		 "test.map:1: expected the line's end, not 'x'"},
		{"table side a b c", "test.map:1: expected '=', not 'b'"},
		{"table side a",
		 "test.map:1: expected: table NAME \"from\" = \"to\""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		expect_error(cases[i].text, row, cases[i].error);
}

static void
knows_the_calendar(void **state)
{
	struct moment moment;
	int64_t ms;

	(void)state;
	assert_true(moment_parse("1970-01-01", 0, &moment));
	assert_int_equal(moment_unix_ms(&moment), 0);
	assert_true(moment_parse("2000-02-29T12:30:15.25Z", 3600000, &moment));
	assert_int_equal(moment_unix_ms(&moment), 951827415250);
	assert_true(moment_parse("1969-12-31 23:59:59-00:30", 0, &moment));
	assert_int_equal(moment_unix_ms(&moment), 1799000);
	assert_false(moment_parse("2100-02-29", 0, &moment));
	assert_false(moment_parse("2015-00-10", 0, &moment));
	assert_false(moment_parse("2015-1-10", 0, &moment));
	assert_false(moment_parse("2015-01-10 24:00", 0, &moment));
	assert_false(moment_parse("2015-01-10x", 0, &moment));
	assert_false(moment_parse("", 0, &moment));
	assert_true(moment_zone("-03:30", &ms));
	assert_int_equal(ms, -12600000);
	assert_false(moment_zone("+2", &ms));
	assert_true(moment_duration("-90m", &ms));
	assert_int_equal(ms, -5400000);
	assert_false(moment_duration("1w", &ms));
	assert_false(moment_duration("d", &ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_fields_from_columns),
		cmocka_unit_test(
			takes_the_first_set_of_a_field_whose_conditions_hold),
		cmocka_unit_test(
			compares_numbers_as_numbers_and_texts_as_texts),
		cmocka_unit_test(leaves_a_field_unset_when_its_value_is_empty),
		cmocka_unit_test(translates_by_tables),
		cmocka_unit_test(makes_points_in_time_of_dates),
		cmocka_unit_test(filters_texts_and_numbers),
		cmocka_unit_test(skips_rows_when_told_to),
		cmocka_unit_test(reads_a_missing_optional_column_as_empty),
		cmocka_unit_test(tells_what_a_field_refused),
		cmocka_unit_test(tells_file_and_line_of_every_mistake),
		cmocka_unit_test(knows_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
