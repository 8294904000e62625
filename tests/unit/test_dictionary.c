/* Names to numbers and back, up to a limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/dictionary.h"

#include "build.h"

enum { NAMES = 100 };

static const uint8_t key[16] = {7};

static int
dictionary_begin(void **state)
{
	struct arena arena;
	struct dictionary *dictionary =
		arena_new(&arena, sizeof(*dictionary), dictionary_bytes(NAMES));

	dictionary_init(dictionary, &arena, NAMES, key);
	/* What it asked for is what it takes: nothing more, nothing left. */
	assert_int_equal(arena.used, arena.size);
	*state = dictionary;
	return 0;
}

static int
dictionary_end(void **state)
{
	free(*state);
	return 0;
}

static void
gives_the_empty_name_number_0(void **state)
{
	name_number number = 9;

	assert_true(dictionary_find(*state, "", &number));
	assert_int_equal(number, 0);
	assert_string_equal(dictionary_name(*state, 0), "");
}

static void
finds_what_was_interned_and_nothing_else(void **state)
{
	name_number dpr, lpr, found;

	assert_false(dictionary_find(*state, "dpr", &found));
	assert_true(dictionary_intern(*state, "dpr", &dpr));
	assert_true(dictionary_intern(*state, "lpr", &lpr));
	assert_int_not_equal(dpr, lpr);
	assert_true(dictionary_find(*state, "dpr", &found));
	assert_int_equal(found, dpr);
	assert_string_equal(dictionary_name(*state, lpr), "lpr");
	assert_false(dictionary_find(*state, "dp", &found));
	assert_false(dictionary_find(*state, "DPR", &found));
}

static void
gives_the_same_name_the_same_number(void **state)
{
	const struct dictionary *dictionary = *state;
	name_number first, again;

	assert_true(dictionary_intern(*state, "dpr", &first));
	uint32_t used = dictionary->used;
	assert_true(dictionary_intern(*state, "dpr", &again));
	assert_int_equal(again, first);
	assert_int_equal(dictionary->used, used);
}

static void
keeps_a_name_of_64_bytes_whole(void **state)
{
	const char *name = "0123456789abcdef0123456789abcdef"
			   "0123456789abcdef0123456789abcdef";
	name_number number;

	assert_true(dictionary_intern(*state, name, &number));
	assert_string_equal(dictionary_name(*state, number), name);
}

static void
refuses_a_name_beyond_the_limit_and_keeps_all_others(void **state)
{
	char name[24];
	name_number number;

	for (int i = 1; i < NAMES; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		assert_true(dictionary_intern(*state, name, &number));
		assert_int_equal(number, i);
	}
	assert_false(dictionary_intern(*state, "one-more", &number));
	for (int i = 1; i < NAMES; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		assert_true(dictionary_intern(*state, name, &number));
		assert_int_equal(number, i);
		assert_string_equal(dictionary_name(*state, number), name);
	}
}

/* Names of every length, many of which meet where recent ones are kept. */
static void
finds_the_same_among_recent_names_as_among_all(void **state)
{
	struct recent_names recent = {.numbers = {0}};
	char name[24];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5 * NAMES; i++) {
			name_number number = 0, found = 0;
			snprintf(name, sizeof(name), "%.*s%d", i % 9,
				 "Village ", i / 9);
			assert_int_equal(dictionary_find(*state, name, &number),
					 dictionary_find_recent(*state, &recent,
								name, &found));
			assert_int_equal(found, number);
			if (round == 1 && i < NAMES / 2)
				dictionary_intern(*state, name, &number);
		}
	}
}

static void
is_not_misled_by_recent_names_of_a_larger_dictionary(void **state)
{
	struct recent_names recent;
	name_number dpr, found = 0;

	assert_true(dictionary_intern(*state, "dpr", &dpr));
	for (size_t i = 0; i < 1 << RECENT_BITS; i++)
		recent.numbers[i] = NAMES;
	assert_true(dictionary_find_recent(*state, &recent, "dpr", &found));
	assert_int_equal(found, dpr);
	assert_true(dictionary_find_recent(*state, &recent, "", &found));
	assert_int_equal(found, 0);
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, dictionary_begin, dictionary_end)
	const struct CMUnitTest tests[] = {
		WORLD(gives_the_empty_name_number_0),
		WORLD(finds_what_was_interned_and_nothing_else),
		WORLD(gives_the_same_name_the_same_number),
		WORLD(keeps_a_name_of_64_bytes_whole),
		WORLD(refuses_a_name_beyond_the_limit_and_keeps_all_others),
		WORLD(finds_the_same_among_recent_names_as_among_all),
		WORLD(is_not_misled_by_recent_names_of_a_larger_dictionary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
