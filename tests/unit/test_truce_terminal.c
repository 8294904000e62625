/* What reaches a terminal: nothing that a stranger could steer it with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "truce/terminal.h"

static void
expect_escaped(const char *bytes, const char *expected)
{
	char room[256];
	struct text text;

	text_init(&text, room, sizeof(room));
	text_escape(&text, bytes);
	assert_string_equal(room, expected);
}

static void
shows_harmless_text_as_it_is(void **state)
{
	(void)state;
	expect_escaped("Авдіївка, 6 km \"north\"", "Авдіївка, 6 km \"north\"");
	expect_escaped("عيتا الشعب", "عيتا الشعب");
	/* Joiners are part of how Persian is written. */
	expect_escaped("می‌خواهم", "می‌خواهم");
	expect_escaped("", "");
}

static void
escapes_what_could_steer_the_terminal(void **state)
{
	(void)state;
	expect_escaped("\x1b[2J\x07\r\n\t\x7f", "\\x1b[2J\\x07\\x0d\\x0a\\x09"
						"\\x7f");
	/* CSI as one character of C1. */
	expect_escaped("a\xC2\x9B"
		       "2J",
		       "a\\u{9b}2J");
}

static void
escapes_what_turns_or_hides_text(void **state)
{
	(void)state;
	expect_escaped("a\xE2\x80\xAE"
		       "b",
		       "a\\u{202e}b");
	expect_escaped("\xE2\x81\xA6x\xE2\x81\xA9", "\\u{2066}x\\u{2069}");
	expect_escaped("\xE2\x80\x8B\xEF\xBB\xBF\xD8\x9C",
		       "\\u{200b}\\u{feff}\\u{61c}");
	expect_escaped("\xE2\x80\xA8", "\\u{2028}");
	expect_escaped("\xF3\xA0\x81\x81", "\\u{e0041}");
}

static void
escapes_bytes_that_are_no_utf8(void **state)
{
	(void)state;
	expect_escaped("\xFFx\xC3", "\\xffx\\xc3");
	/* Too long a form of '/', a surrogate, beyond the last code. */
	expect_escaped("\xC0\xAF", "\\xc0\\xaf");
	expect_escaped("\xED\xA0\x80", "\\xed\\xa0\\x80");
	expect_escaped("\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	expect_escaped("\x80", "\\x80");
}

static void
never_cuts_a_character_or_an_escape(void **state)
{
	char room[6];
	struct text text;

	(void)state;
	text_init(&text, room, sizeof(room));
	text_escape(&text, "abcЖd");
	assert_string_equal(room, "abcЖ");
	text_init(&text, room, sizeof(room));
	text_escape(&text, "abcdЖe");
	/* Nothing comes after what did not fit, or it would read as whole. */
	assert_string_equal(room, "abcd");
	text_init(&text, room, sizeof(room));
	text_escape(&text, "ab\x1b"
			   "c");
	assert_string_equal(room, "ab");
	char long_text[] = "aЖЖ";
	text_cut(long_text, 4);
	assert_string_equal(long_text, "aЖ");
	text_cut(long_text, 3);
	assert_string_equal(long_text, "aЖ");
	text_cut(long_text, 0);
	assert_string_equal(long_text, "");
}

static void
measures_columns_and_not_bytes(void **state)
{
	char room[64];
	struct text text;

	(void)state;
	assert_int_equal(text_width("Авдіївка"), 8);
	assert_int_equal(text_width("停戦"), 4);
	assert_int_equal(text_width("e\xCC\x81"), 1);
	text_init(&text, room, sizeof(room));
	text_escape_column(&text, "Ж", 3);
	text_print(&text, "|");
	assert_string_equal(room, "Ж  |");
}

static void
has_no_colour_where_none_is_wanted(void **state)
{
	const struct style plain = {0}, coloured = {.colour = true};

	(void)state;
	assert_string_equal(colour_of_severity(&plain, SEVERITY_EXTREME), "");
	assert_string_equal(colour_end(&plain), "");
	assert_string_not_equal(colour_of_severity(&coloured, SEVERITY_EXTREME),
				colour_of_severity(&coloured, SEVERITY_MINOR));
	assert_string_equal(colour_end(&coloured), "\x1b[0m");
}

static void
tells_how_far_it_is(void **state)
{
	struct progress progress = {.what = "a\x1b.csv", .started_ms = 1000};
	char room[256];
	struct text text;

	(void)state;
	text_init(&text, room, sizeof(room));
	progress_render(&progress, 50, 200, 500, "busy", 11000, &text);
	assert_string_equal(room, "a\\x1b.csv  [######..................]  25%"
				  "  500 reports  50/s  0:30 left  busy");
	/* Of a pipe nobody knows the end. */
	text_init(&text, room, sizeof(room));
	progress_render(&progress, 50, 0, 5, "", 11000, &text);
	assert_string_equal(room, "a\\x1b.csv  5 reports  0.5/s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_harmless_text_as_it_is),
		cmocka_unit_test(escapes_what_could_steer_the_terminal),
		cmocka_unit_test(escapes_what_turns_or_hides_text),
		cmocka_unit_test(escapes_bytes_that_are_no_utf8),
		cmocka_unit_test(never_cuts_a_character_or_an_escape),
		cmocka_unit_test(measures_columns_and_not_bytes),
		cmocka_unit_test(has_no_colour_where_none_is_wanted),
		cmocka_unit_test(tells_how_far_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
