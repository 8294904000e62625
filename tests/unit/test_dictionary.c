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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
