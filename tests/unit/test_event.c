/* Several reports, one event: who leads, and what the others add. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event.h"

#include "build.h"

enum { NAMES = 100 };

/* Who tells the events here. */
struct people {
	struct dictionary *dictionary;
	struct standing standing[NAMES];
	name_number parties[2];
	struct witnesses witnesses;
	struct entry entries[8];
	struct event_reports reports;
};

static const uint8_t key[16] = {7};

static name_number
name(struct people *people, const char *text)
{
	name_number number;

	assert_true(dictionary_intern(people->dictionary, text, &number));
	return number;
}

static int
people_begin(void **state)
{
	struct people *people = calloc(1, sizeof(*people));
	struct arena arena;

	assert_non_null(people);
	people->dictionary = arena_new(&arena, sizeof(struct dictionary),
				       dictionary_bytes(NAMES));
	dictionary_init(people->dictionary, &arena, NAMES, key);
	for (name_number i = 0; i < NAMES; i++) {
		people->standing[i].at_most = ASSESSMENT_ALLEGED;
		people->standing[i].origin = i;
	}
	people->standing[name(people, "un")].at_most = ASSESSMENT_VERIFIED;
	people->standing[name(people, "osce")].at_most =
		ASSESSMENT_CORROBORATED;
	people->parties[0] = name(people, "north");
	people->parties[1] = name(people, "south");
	people->witnesses = (struct witnesses){
		.dictionary = people->dictionary,
		.standing = people->standing,
		.parties = people->parties,
		.parties_count = 2,
	};
	*state = people;
	return 0;
}

static int
people_end(void **state)
{
	struct people *people = *state;

	free(people->dictionary);
	free(people);
	return 0;
}

/* One more report of the event: one violation, and this many killed. */
static struct entry *
told(struct people *people, const char *source, const char *id,
     enum assessment assessment, uint32_t killed)
{
	size_t i = people->reports.count++;
	struct entry *entry = &people->entries[i];

	assert_true(i < sizeof(people->entries) / sizeof(people->entries[0]));
	*entry = (struct entry){.type = REPORT_INCIDENT,
				.source = name(people, source),
				.id_size = (uint8_t)strlen(id),
				.assessment = (uint8_t)assessment_counted(
					&people->witnesses,
					name(people, source), assessment),
				.attribution = ATTRIBUTION_ALLEGED_PARTY,
				.reported_at = START,
				.received_at = START};
	memcpy(entry->id, id, strlen(id));
	entry->counts[COUNT_VIOLATIONS] =
		count_pack(&(struct count){.low = 1, .best = 1, .high = 1});
	entry->counts[COUNT_KILLED] = count_pack(
		&(struct count){.low = killed, .best = killed, .high = killed});
	people->reports.reports[i] = entry;
	return entry;
}

static struct event
merged(const struct people *people)
{
	struct event event;

	assert_true(event_merge(&people->reports, &people->witnesses, &event));
	return event;
}

static void
ranks_assessments_as_documented(void **state)
{
	(void)state;
	assert_int_equal(assessment_rank(ASSESSMENT_ALLEGED), 1);
	assert_int_equal(assessment_rank(ASSESSMENT_UNDER_INVESTIGATION), 1);
	assert_int_equal(assessment_rank(ASSESSMENT_INCONCLUSIVE), 1);
	assert_int_equal(assessment_rank(ASSESSMENT_NOT_A_VIOLATION), 1);
	assert_int_equal(assessment_rank(ASSESSMENT_CORROBORATED), 2);
	assert_int_equal(assessment_rank(ASSESSMENT_VERIFIED), 3);
	assert_int_equal(assessment_rank(ASSESSMENT_UNSUBSTANTIATED), 0);
	assert_int_equal(assessment_rank(ASSESSMENT_WITHDRAWN), 0);
}

static void
ranks_attributions_as_documented(void **state)
{
	(void)state;
	assert_int_equal(attribution_rank(ATTRIBUTION_NOT_ATTRIBUTABLE), 0);
	assert_int_equal(attribution_rank(ATTRIBUTION_ALLEGED_PARTY), 1);
	assert_int_equal(attribution_rank(ATTRIBUTION_ASSESSED_PARTY), 2);
	assert_int_equal(attribution_rank(ATTRIBUTION_ATTRIBUTED), 3);
	assert_int_equal(attribution_rank(ATTRIBUTION_ADMITTED), 4);
}

static void
is_no_event_if_none_takes_part(void **state)
{
	struct people *people = *state;
	struct event event;

	told(people, "un", "1", ASSESSMENT_UNSUBSTANTIATED, 5);
	told(people, "un", "2", ASSESSMENT_WITHDRAWN, 5);
	told(people, "un", "3", ASSESSMENT_VERIFIED, 5)->type = REPORT_TALLY;
	assert_false(event_merge(&people->reports, &people->witnesses, &event));
}

static void
counts_nothing_of_those_that_take_no_part(void **state)
{
	struct people *people = *state;

	told(people, "jfo", "1", ASSESSMENT_ALLEGED, 5);
	struct entry *out =
		told(people, "un", "2", ASSESSMENT_UNSUBSTANTIATED, 9);
	out->party = name(people, "north");
	out->received_at = START - 1;
	people->entries[0].party = name(people, "south");
	struct event event = merged(people);
	assert_ptr_equal(event.leader, &people->entries[0]);
	assert_int_equal(event.highs[COUNT_KILLED], 5);
	assert_int_equal(event.sources, 1);
	assert_false(event.disputed);
	assert_int_equal(event.received_at, START);
}

static void
caps_a_source_at_what_its_word_counts_for(void **state)
{
	struct people *people = *state;

	told(people, "jfo", "1", ASSESSMENT_VERIFIED, 5);
	assert_int_equal(merged(people).leader->assessment, ASSESSMENT_ALLEGED);
	people->reports.count = 0;
	told(people, "osce", "1", ASSESSMENT_VERIFIED, 5);
	assert_int_equal(merged(people).leader->assessment,
			 ASSESSMENT_CORROBORATED);
	people->reports.count = 0;
	told(people, "un", "1", ASSESSMENT_VERIFIED, 5);
	assert_int_equal(merged(people).leader->assessment,
			 ASSESSMENT_VERIFIED);
}

static void
caps_no_word_that_only_takes_away(void **state)
{
	struct people *people = *state;
	struct event event;

	told(people, "jfo", "1", ASSESSMENT_NOT_A_VIOLATION, 5);
	assert_int_equal(merged(people).leader->assessment,
			 ASSESSMENT_NOT_A_VIOLATION);
	people->reports.count = 0;
	told(people, "jfo", "1", ASSESSMENT_UNSUBSTANTIATED, 5);
	assert_false(event_merge(&people->reports, &people->witnesses, &event));
}

static void
is_led_by_the_highest_rank_after_caps(void **state)
{
	struct people *people = *state;

	told(people, "jfo", "1", ASSESSMENT_VERIFIED, 1); /* alleges */
	told(people, "osce", "2", ASSESSMENT_CORROBORATED, 2);
	told(people, "jfo", "3", ASSESSMENT_INCONCLUSIVE, 3)->reported_at =
		START + 1;
	assert_ptr_equal(merged(people).leader, &people->entries[1]);
	told(people, "un", "0", ASSESSMENT_VERIFIED, 4)->reported_at =
		START - 1;
	assert_ptr_equal(merged(people).leader, &people->entries[3]);
}

static void
is_led_by_the_latest_of_one_rank(void **state)
{
	struct people *people = *state;

	told(people, "a", "1", ASSESSMENT_ALLEGED, 1)->reported_at = START + 1;
	told(people, "b", "2", ASSESSMENT_UNDER_INVESTIGATION, 2);
	assert_ptr_equal(merged(people).leader, &people->entries[0]);
}

static void
is_led_by_the_greatest_source_then_id_of_one_time(void **state)
{
	struct people *people = *state;

	told(people, "b", "1", ASSESSMENT_ALLEGED, 1);
	told(people, "a", "2", ASSESSMENT_ALLEGED, 2);
	told(people, "B", "3", ASSESSMENT_ALLEGED, 3);
	assert_ptr_equal(merged(people).leader, &people->entries[0]);
	told(people, "b", "10", ASSESSMENT_ALLEGED, 4);
	told(people, "b", "1", ASSESSMENT_ALLEGED, 4); /* a shorter one */
	assert_ptr_equal(merged(people).leader, &people->entries[3]);
	told(people, "b", "9", ASSESSMENT_ALLEGED, 5);
	assert_ptr_equal(merged(people).leader, &people->entries[5]);
	told(people, "b", "\xd1\x8f", ASSESSMENT_ALLEGED, 6); /* bytewise */
	assert_ptr_equal(merged(people).leader, &people->entries[6]);
}

static void
is_the_same_event_in_whatever_order_it_was_told(void **state)
{
	struct people *people = *state;

	told(people, "un", "1", ASSESSMENT_CORROBORATED, 1);
	told(people, "b", "2", ASSESSMENT_ALLEGED, 9)->party =
		name(people, "north");
	told(people, "a", "3", ASSESSMENT_ALLEGED, 3)->party =
		name(people, "south");
	struct event one = merged(people);
	struct event_reports *reports = &people->reports;
	const struct entry *first = reports->reports[0];
	reports->reports[0] = reports->reports[2];
	reports->reports[2] = first;
	struct event other = merged(people);
	assert_ptr_equal(one.leader, &people->entries[0]);
	assert_ptr_equal(other.leader, one.leader);
	assert_int_equal(one.highs[COUNT_KILLED], 9);
	assert_int_equal(other.highs[COUNT_KILLED], 9);
	assert_int_equal(one.sources, 3);
	assert_int_equal(other.sources, 3);
	assert_true(one.disputed && other.disputed);
}

static void
takes_each_high_from_the_highest_and_received_from_the_first(void **state)
{
	struct people *people = *state;

	told(people, "un", "1", ASSESSMENT_VERIFIED, 4)->received_at =
		START + 9;
	told(people, "a", "2", ASSESSMENT_ALLEGED, 7)->received_at = START + 3;
	told(people, "b", "3", ASSESSMENT_ALLEGED, 2)->received_at = START + 5;
	people->entries[2].counts[COUNT_INJURED] =
		count_pack(&(struct count){.low = 0, .best = 1, .high = 8});
	struct event event = merged(people);
	assert_int_equal(event.highs[COUNT_KILLED], 7);
	assert_int_equal(event.highs[COUNT_INJURED], 8);
	assert_int_equal(event.received_at, START + 3);
	assert_ptr_equal(event.leader, &people->entries[0]);
}

static void
counts_outlets_of_one_origin_once(void **state)
{
	struct people *people = *state;

	people->standing[name(people, "channel-1")].origin =
		name(people, "agency");
	people->standing[name(people, "channel-2")].origin =
		name(people, "agency");
	told(people, "channel-1", "1", ASSESSMENT_ALLEGED, 1);
	told(people, "channel-2", "2", ASSESSMENT_ALLEGED, 1);
	told(people, "channel-2", "3", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 1);
	told(people, "agency", "4", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 1);
	told(people, "jfo", "5", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 2);
}

static void
never_counts_a_party_as_independent(void **state)
{
	struct people *people = *state;

	told(people, "north", "1", ASSESSMENT_ALLEGED, 1);
	told(people, "south", "2", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 0);
	told(people, "jfo", "3", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 1);
	/* Nor is one that speaks for a party under another name. */
	people->standing[name(people, "army")].origin = name(people, "north");
	told(people, "army", "4", ASSESSMENT_ALLEGED, 1);
	assert_int_equal(merged(people).sources, 1);
}

static void
is_disputed_when_two_name_different_parties(void **state)
{
	struct people *people = *state;

	told(people, "a", "1", ASSESSMENT_ALLEGED, 1)->party =
		name(people, "north");
	told(people, "b", "2", ASSESSMENT_ALLEGED, 1);
	told(people, "c", "3", ASSESSMENT_ALLEGED, 1)->party =
		name(people, "north");
	assert_false(merged(people).disputed);
	told(people, "d", "4", ASSESSMENT_ALLEGED, 1)->party =
		name(people, "south");
	assert_true(merged(people).disputed);
}

static void
takes_no_part_with_a_nil_report(void **state)
{
	struct people *people = *state;
	struct entry *nil = told(people, "a", "1", ASSESSMENT_VERIFIED, 0);

	nil->counts[COUNT_VIOLATIONS] = 0;
	assert_false(entry_takes_part(nil));
	told(people, "b", "2", ASSESSMENT_ALLEGED, 5);
	/* It neither leads nor supports what another tells. */
	assert_string_equal(dictionary_name(people->dictionary,
					    merged(people).leader->source),
			    "b");
	assert_int_equal(merged(people).sources, 1);
	people->entries[0].counts[COUNT_MISSING] =
		count_pack(&(struct count){.high = 1});
	assert_int_equal(merged(people).sources, 2);
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, people_begin, people_end)
	const struct CMUnitTest tests[] = {
		WORLD(ranks_assessments_as_documented),
		WORLD(ranks_attributions_as_documented),
		WORLD(is_no_event_if_none_takes_part),
		WORLD(counts_nothing_of_those_that_take_no_part),
		WORLD(caps_a_source_at_what_its_word_counts_for),
		WORLD(caps_no_word_that_only_takes_away),
		WORLD(is_led_by_the_highest_rank_after_caps),
		WORLD(is_led_by_the_latest_of_one_rank),
		WORLD(is_led_by_the_greatest_source_then_id_of_one_time),
		WORLD(is_the_same_event_in_whatever_order_it_was_told),
		WORLD(takes_each_high_from_the_highest_and_received_from_the_first),
		WORLD(counts_outlets_of_one_origin_once),
		WORLD(never_counts_a_party_as_independent),
		WORLD(is_disputed_when_two_name_different_parties),
		WORLD(takes_no_part_with_a_nil_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
