/* Groups and their timers, in the order in which they are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/groups.h"

#include "build.h"

enum { NAMES = 100, GROUPS = 16, BUCKETS = 10000 };

/* Two rules that group by party, then kind; agreements "pact" and "truce". */
struct shelf {
	struct world *world;
	struct dictionary *dictionary;
	struct rules *rules;
	struct groups *groups;
};

static const uint8_t key[16] = {7};

static int
shelf_begin(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	struct arena arena;

	assert_non_null(shelf);
	shelf->world = world_new();
	for (int i = 0; i < 2; i++) {
		struct rule *rule = world_rule(shelf->world, "rule");
		rule->group_by[0] = FIELD_PARTY;
		rule->group_by[1] = FIELD_KIND;
		rule->group_by_count = 2;
	}
	shelf->dictionary = arena_new(&arena, sizeof(struct dictionary),
				      dictionary_bytes(NAMES));
	dictionary_init(shelf->dictionary, &arena, NAMES, key);
	assert_int_equal(rules_new(&shelf->rules, &shelf->world->configuration,
				   shelf->dictionary),
			 0);
	shelf->groups =
		arena_new(&arena, sizeof(struct groups),
			  groups_bytes(GROUPS, 0) + bucket_pool_bytes(BUCKETS));
	groups_init(shelf->groups, &arena, GROUPS, 0, BUCKETS, key);
	assert_int_equal(arena.used, arena.size);
	*state = shelf;
	return 0;
}

static int
shelf_end(void **state)
{
	struct shelf *shelf = *state;

	rules_free(shelf->rules);
	world_free(shelf->world);
	free(shelf->dictionary);
	free(shelf->groups);
	free(shelf);
	return 0;
}

static struct group_key
key_of(struct shelf *shelf, const char *party, enum kind kind)
{
	name_number number;

	assert_true(dictionary_intern(shelf->dictionary, party, &number));
	return (struct group_key){.values = {number, (uint16_t)kind}};
}

static uint32_t
take(struct shelf *shelf, uint32_t rule, uint16_t agreement, const char *party,
     enum kind kind)
{
	struct group_key values = key_of(shelf, party, kind);

	return groups_take(shelf->groups, rule, agreement, &values,
			   rules_window(shelf->rules, rule, agreement), 0);
}

static void
set(struct shelf *shelf, uint32_t group, int64_t due)
{
	timers_set(shelf->groups, shelf->rules, group, due);
}

/* The first timer, which is then stopped. */
static uint32_t
fire(struct shelf *shelf)
{
	uint32_t first = timers_first(shelf->groups);

	if (first)
		set(shelf, first, TIME_NEVER);
	return first;
}

static void
makes_a_group_once_for_a_rule_agreement_and_values(void **state)
{
	struct shelf *shelf = *state;
	struct group_key north = key_of(shelf, "north", KIND_CLASH);
	struct group_key south = key_of(shelf, "south", KIND_CLASH);

	assert_int_equal(groups_find(shelf->groups, 0, 0, &north), 0);
	uint32_t first = take(shelf, 0, 0, "north", KIND_CLASH);
	assert_int_equal(take(shelf, 0, 0, "north", KIND_CLASH), first);
	assert_int_equal(groups_find(shelf->groups, 0, 0, &north), first);
	assert_int_equal(groups_find(shelf->groups, 1, 0, &north), 0);
	assert_int_equal(groups_find(shelf->groups, 0, 1, &north), 0);
	assert_int_equal(groups_find(shelf->groups, 0, 0, &south), 0);
	assert_int_equal(shelf->groups->used, 1);
}

static void
makes_none_beyond_the_limit_but_finds_all_others(void **state)
{
	struct shelf *shelf = *state;

	for (uint16_t kind = 0; kind < GROUPS; kind++)
		assert_int_equal(take(shelf, 0, 0, "", (enum kind)kind),
				 kind + 1);
	assert_int_equal(take(shelf, 0, 0, "north", KIND_CLASH), 0);
	assert_int_equal(take(shelf, 0, 0, "", KIND_UNSPECIFIED), 1);
}

static void
makes_none_without_room_for_its_ring(void **state)
{
	struct shelf *shelf = *state;

	shelf->groups->buckets.limit = 60; /* one ring */
	assert_int_equal(take(shelf, 0, 0, "north", KIND_CLASH), 1);
	assert_int_equal(take(shelf, 0, 0, "south", KIND_CLASH), 0);
	assert_int_equal(shelf->groups->used, 1);
}

static void
compares_labels_bytewise_in_group_by_order(void **state)
{
	struct shelf *shelf = *state;
	/* Interned in an order that is not theirs. */
	uint32_t east = take(shelf, 0, 0, "z\xd1\x8f", KIND_AIR_STRIKE);
	uint32_t west = take(shelf, 0, 0, "za", KIND_SHELLING);
	uint32_t none = take(shelf, 0, 0, "", KIND_SHELLING);
	uint32_t also = take(shelf, 0, 0, "za", KIND_AIR_STRIKE);

	assert_true(groups_compare_labels(shelf->groups, shelf->rules, west,
					  east) < 0);
	assert_true(groups_compare_labels(shelf->groups, shelf->rules, none,
					  west) < 0);
	assert_true(groups_compare_labels(shelf->groups, shelf->rules, also,
					  west) < 0); /* air_, shelling */
	assert_int_equal(groups_compare_labels(shelf->groups, shelf->rules,
					       west, west),
			 0);
}

static void
fires_the_earliest_then_by_rule_agreement_and_labels(void **state)
{
	struct shelf *shelf = *state;
	uint32_t order[6];

	order[4] = take(shelf, 1, 0, "north", KIND_CLASH);
	order[3] = take(shelf, 0, 1, "a", KIND_CLASH);
	order[2] = take(shelf, 0, 0, "south", KIND_CLASH);
	order[1] = take(shelf, 0, 0, "north", KIND_SHELLING);
	order[0] = take(shelf, 1, 1, "z", KIND_CLASH);
	order[5] = take(shelf, 0, 0, "a", KIND_CLASH);
	set(shelf, order[5], 200);
	set(shelf, order[4], 100);
	set(shelf, order[1], 100);
	set(shelf, order[3], 100);
	set(shelf, order[0], 99);
	set(shelf, order[2], 100);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(fire(shelf), order[i]);
	assert_int_equal(fire(shelf), 0);
}

static void
orders_agreements_by_name_not_as_configured(void **state)
{
	struct shelf *shelf = *state;

	shelf->world->agreements[0].id = "yalta";
	uint32_t yalta = take(shelf, 0, 0, "north", KIND_CLASH);
	uint32_t truce = take(shelf, 0, 1, "north", KIND_CLASH);
	set(shelf, yalta, 100);
	set(shelf, truce, 100);
	assert_int_equal(fire(shelf), truce);
	assert_int_equal(fire(shelf), yalta);
}

static void
moves_a_timer_and_stops_it(void **state)
{
	struct shelf *shelf = *state;
	uint32_t groups[GROUPS];

	for (uint16_t i = 0; i < GROUPS; i++) {
		groups[i] = take(shelf, 0, 0, "", (enum kind)i);
		set(shelf, groups[i], 1000 + i);
	}
	set(shelf, groups[7], 1);    /* forward */
	set(shelf, groups[0], 5000); /* back */
	set(shelf, groups[3], TIME_NEVER);
	set(shelf, groups[3], TIME_NEVER); /* once more */
	assert_int_equal(fire(shelf), groups[7]);
	for (size_t i = 1; i < GROUPS; i++) {
		if (i != 7 && i != 3)
			assert_int_equal(fire(shelf), groups[i]);
	}
	assert_int_equal(fire(shelf), groups[0]);
	assert_int_equal(fire(shelf), 0);
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, shelf_begin, shelf_end)
	const struct CMUnitTest tests[] = {
		WORLD(makes_a_group_once_for_a_rule_agreement_and_values),
		WORLD(makes_none_beyond_the_limit_but_finds_all_others),
		WORLD(makes_none_without_room_for_its_ring),
		WORLD(compares_labels_bytewise_in_group_by_order),
		WORLD(fires_the_earliest_then_by_rule_agreement_and_labels),
		WORLD(orders_agreements_by_name_not_as_configured),
		WORLD(moves_a_timer_and_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
