/* Reports as they stand: by identity, by event, by the order they came in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/ledger.h"

#include "build.h"

enum { REPORTS = 40 };

static const uint8_t key[16] = {7};

static int
ledger_begin(void **state)
{
	struct arena arena;
	struct ledger *ledger =
		arena_new(&arena, sizeof(*ledger), ledger_bytes(REPORTS, 2));

	ledger_init(ledger, &arena, REPORTS, 2, key);
	assert_int_equal(arena.used, arena.size);
	*state = ledger;
	return 0;
}

static int
ledger_end(void **state)
{
	free(*state);
	return 0;
}

static struct entry
entry(const char *id, name_number source)
{
	struct entry made = {.type = REPORT_INCIDENT,
			     .source = source,
			     .revision = 1,
			     .id_size = (uint8_t)strlen(id)};

	memcpy(made.id, id, strlen(id));
	return made;
}

static uint32_t
put(struct ledger *ledger, uint32_t number, struct entry made)
{
	return ledger_put(ledger, number, &made);
}

static void
packs_a_count_of_21_bits_three_times_and_its_lower_bound(void **state)
{
	const struct count count = {.low = 1,
				    .best = COUNT_CEILING - 1,
				    .high = COUNT_CEILING,
				    .at_least = true};

	(void)state;
	packed_count packed = count_pack(&count);
	assert_int_equal(count_low(packed), 1);
	assert_int_equal(count_best(packed), COUNT_CEILING - 1);
	assert_int_equal(count_high(packed), COUNT_CEILING);
	assert_true(count_at_least(packed));
	packed = count_pack(&(struct count){.high = COUNT_CEILING});
	assert_int_equal(count_low(packed), 0);
	assert_int_equal(count_best(packed), 0);
	assert_false(count_at_least(packed));
}

static void
tells_reports_apart_by_type_agreement_source_and_id(void **state)
{
	struct ledger *ledger = *state;
	struct entry tally = entry("1", 5);
	struct entry elsewhere = entry("1", 5);

	tally.type = REPORT_TALLY;
	elsewhere.agreement = 1;
	uint32_t first = put(ledger, 0, entry("1", 5));
	uint32_t other_id = put(ledger, 0, entry("11", 5));
	uint32_t other_source = put(ledger, 0, entry("1", 6));
	uint32_t other_type = put(ledger, 0, tally);
	uint32_t other_agreement = put(ledger, 0, elsewhere);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 0, 5, "1"),
			 first);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 0, 5, "11"),
			 other_id);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 0, 6, "1"),
			 other_source);
	assert_int_equal(ledger_find(ledger, REPORT_TALLY, 0, 5, "1"),
			 other_type);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 1, 5, "1"),
			 other_agreement);
	assert_int_equal(ledger_find(ledger, REPORT_FINDING, 0, 5, "1"), 0);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 0, 5, "111"), 0);
}

static void
keeps_an_id_of_64_bytes_whole(void **state)
{
	const char *id = "0123456789abcdef0123456789abcdef"
			 "0123456789abcdef0123456789abcdef";
	char shorter[64] = "";

	uint32_t number = put(*state, 0, entry(id, 5));
	memcpy(shorter, id, 63);
	assert_int_equal(ledger_find(*state, REPORT_INCIDENT, 0, 5, id),
			 number);
	assert_int_equal(ledger_find(*state, REPORT_INCIDENT, 0, 5, shorter),
			 0);
}

static void
puts_a_revision_in_the_place_of_the_earlier_one(void **state)
{
	struct ledger *ledger = *state;
	uint32_t number = put(ledger, 0, entry("1", 5));
	struct entry second = entry("1", 5);

	second.revision = 2;
	assert_int_equal(put(ledger, number, second), number);
	assert_int_equal(ledger->used, 1);
	assert_int_equal(ledger_find(ledger, REPORT_INCIDENT, 0, 5, "1"),
			 number);
	assert_int_equal(ledger_entry(ledger, number)->revision, 2);
}

static void
finds_every_report_of_a_full_ledger(void **state)
{
	uint32_t numbers[REPORTS];
	char id[3] = "aa";

	for (int i = 0; i < REPORTS; i++) {
		id[0] = (char)('a' + i / 8);
		id[1] = (char)('a' + i % 8);
		numbers[i] = put(*state, 0, entry(id, 5));
	}
	for (int i = 0; i < REPORTS; i++) {
		id[0] = (char)('a' + i / 8);
		id[1] = (char)('a' + i % 8);
		assert_int_equal(ledger_find(*state, REPORT_INCIDENT, 0, 5, id),
				 numbers[i]);
	}
}

static void
walks_from_the_last_accepted_to_the_first_of_an_agreement(void **state)
{
	struct ledger *ledger = *state;
	struct entry elsewhere = entry("3", 5);

	elsewhere.agreement = 1;
	uint32_t first = put(ledger, 0, entry("1", 5));
	uint32_t second = put(ledger, 0, entry("2", 5));
	uint32_t other = put(ledger, 0, elsewhere);
	uint32_t fourth = put(ledger, 0, entry("4", 5));
	put(ledger, second, entry("2", 5)); /* now the last */

	uint32_t number = ledger_newest(ledger, 0);
	assert_int_equal(number, second);
	number = ledger_entry(ledger, number)->older;
	assert_int_equal(number, fourth);
	number = ledger_entry(ledger, number)->older;
	assert_int_equal(number, first);
	assert_int_equal(ledger_entry(ledger, number)->older, 0);
	assert_int_equal(ledger_newest(ledger, 1), other);
	assert_int_equal(ledger_entry(ledger, other)->older, 0);
}

static void
finds_the_reports_of_one_event_in_one_agreement(void **state)
{
	struct ledger *ledger = *state;
	struct event_reports reports;
	struct event_key market = ledger_event_key(ledger, "market");
	struct entry told = entry("1", 5);
	struct entry away = entry("2", 5);

	assert_false(event_key_is_set(ledger_event_key(ledger, "")));
	assert_true(event_key_is_set(market));
	told.event = told.told_event = market;
	away.event = away.told_event = market;
	away.agreement = 1;
	uint32_t first = put(ledger, 0, told);
	put(ledger, 0, away);
	told.id[0] = '3';
	uint32_t third = put(ledger, 0, told);
	put(ledger, 0, entry("4", 5));
	ledger_event(ledger, 0, market, &reports);
	assert_int_equal(reports.count, 2);
	assert_ptr_equal(reports.reports[0], ledger_entry(ledger, third));
	assert_ptr_equal(reports.reports[1], ledger_entry(ledger, first));
}

static void
takes_a_report_out_of_the_event_that_it_no_longer_tells(void **state)
{
	struct ledger *ledger = *state;
	struct event_reports reports;
	struct event_key market = ledger_event_key(ledger, "market");
	struct event_key school = ledger_event_key(ledger, "school");
	struct entry told = entry("1", 5);

	told.event = told.told_event = market;
	uint32_t number = put(ledger, 0, told);
	told.event = told.told_event = school;
	put(ledger, number, told);
	ledger_event(ledger, 0, market, &reports);
	assert_int_equal(reports.count, 0);
	ledger_event(ledger, 0, school, &reports);
	assert_int_equal(reports.count, 1);
	put(ledger, number, entry("1", 5));
	ledger_event(ledger, 0, school, &reports);
	assert_int_equal(reports.count, 0);
}

static void
keeps_tallies_apart_from_all_else(void **state)
{
	struct ledger *ledger = *state;
	struct entry tally = entry("t", 5);
	struct entry newer = entry("u", 5);

	tally.type = newer.type = REPORT_TALLY;
	uint32_t incident = put(ledger, 0, entry("1", 5));
	uint32_t first = put(ledger, 0, tally);
	uint32_t other = put(ledger, 0, entry("2", 5));
	uint32_t second = put(ledger, 0, newer);
	assert_int_equal(ledger_newest(ledger, 0), other);
	assert_int_equal(ledger_entry(ledger, other)->older, incident);
	assert_int_equal(ledger_newest_tally(ledger, 0), second);
	assert_int_equal(ledger_entry(ledger, second)->older, first);
	assert_int_equal(ledger_oldest_tally(ledger, 0), first);
	put(ledger, first, tally); /* revised: the newest now */
	assert_int_equal(ledger_newest_tally(ledger, 0), first);
	assert_int_equal(ledger_oldest_tally(ledger, 0), second);
	assert_int_equal(ledger_oldest(ledger, 0), incident);
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, ledger_begin, ledger_end)
	const struct CMUnitTest tests[] = {
		WORLD(packs_a_count_of_21_bits_three_times_and_its_lower_bound),
		WORLD(tells_reports_apart_by_type_agreement_source_and_id),
		WORLD(keeps_an_id_of_64_bytes_whole),
		WORLD(puts_a_revision_in_the_place_of_the_earlier_one),
		WORLD(finds_every_report_of_a_full_ledger),
		WORLD(walks_from_the_last_accepted_to_the_first_of_an_agreement),
		WORLD(keeps_tallies_apart_from_all_else),
		WORLD(finds_the_reports_of_one_event_in_one_agreement),
		WORLD(takes_a_report_out_of_the_event_that_it_no_longer_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
