/* What one event adds to a rule: whether, where and how much. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rules.h"

#include "build.h"

enum { NAMES = 100 };

/* One rule, and the reports of one event for it. */
struct bench {
	struct world *world; /* for its configuration only */
	struct rule *rule;
	struct dictionary *dictionary;
	struct rules *rules;
	struct entry entries[4];
	struct event_reports reports;
};

static const uint8_t key[16] = {7};

static int
bench_begin(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	static const char *const parties[] = {"north", "south"};
	struct arena arena;

	assert_non_null(bench);
	bench->world = world_new();
	bench->world->agreements[0].parties = parties;
	bench->world->agreements[0].parties_count = 2;
	world_source(bench->world, "un", NULL, ASSESSMENT_VERIFIED);
	world_source(bench->world, "osce", NULL, ASSESSMENT_CORROBORATED);
	bench->rule = world_rule(bench->world, "rule");
	bench->dictionary = arena_new(&arena, sizeof(struct dictionary),
				      dictionary_bytes(NAMES));
	dictionary_init(bench->dictionary, &arena, NAMES, key);
	*state = bench;
	return 0;
}

static int
bench_end(void **state)
{
	struct bench *bench = *state;

	rules_free(bench->rules);
	world_free(bench->world);
	free(bench->dictionary);
	free(bench);
	return 0;
}

static name_number
name(struct bench *bench, const char *text)
{
	name_number number;

	assert_true(dictionary_intern(bench->dictionary, text, &number));
	return number;
}

/* One more report, as the ledger has it: one violation and 2 to 4 killed, at
 * START, if nothing else is said. */
static struct entry *
told(struct bench *bench, const char *source, enum assessment assessment)
{
	size_t i = bench->reports.count++;
	struct entry *entry = &bench->entries[i];

	*entry = (struct entry){.type = REPORT_INCIDENT,
				.source = name(bench, source),
				.id = {(char)('1' + i)},
				.id_size = 1,
				.kind = KIND_SHELLING,
				.target = TARGET_MEDICAL,
				.assessment = (uint8_t)assessment,
				.attribution = ATTRIBUTION_ALLEGED_PARTY,
				.occurred_at = START,
				.reported_at = START,
				.received_at = START};
	entry->counts[COUNT_VIOLATIONS] =
		count_pack(&(struct count){.low = 1, .best = 1, .high = 1});
	entry->counts[COUNT_KILLED] =
		count_pack(&(struct count){.low = 2, .best = 3, .high = 4});
	bench->reports.reports[i] = entry;
	return entry;
}

static struct contribution
added(struct bench *bench)
{
	struct contribution contribution;

	rules_free(bench->rules);
	bench->rules = NULL;
	assert_int_equal(rules_new(&bench->rules, &bench->world->configuration,
				   bench->dictionary),
			 0);
	struct witnesses witnesses = rules_witnesses(bench->rules, 0);
	for (size_t i = 0; i < bench->reports.count; i++) {
		struct entry *entry = &bench->entries[i];
		entry->assessment = (uint8_t)
			assessment_counted(&witnesses, entry->source,
					   (enum assessment)entry->assessment);
	}
	rules_contribution(bench->rules, 0, 0, &bench->reports, &contribution);
	return contribution;
}

static bool
counts(struct bench *bench)
{
	return added(bench).present;
}

static void
assert_sums(struct bench *bench, uint64_t confirmed, uint64_t supported,
	    uint64_t reported, uint64_t upper)
{
	struct contribution contribution = added(bench);
	const uint64_t *sums = contribution.sums.by_basis;

	assert_true(contribution.present);
	assert_int_equal(sums[BASIS_CONFIRMED], confirmed);
	assert_int_equal(sums[BASIS_SUPPORTED], supported);
	assert_int_equal(sums[BASIS_REPORTED], reported);
	assert_int_equal(sums[BASIS_UPPER], upper);
}

/* --- Which rules a report meets --- */

enum { CROWD = 60, NO_RULE = UINT32_MAX };

/* Whether those that met anything are these, given as bits, in their order. */
static void
assert_met(struct bench *bench, uint64_t expected)
{
	uint64_t met = 0;
	uint32_t rule, last = NO_RULE;

	while (rules_met(bench->rules, &rule)) {
		assert_true(last == NO_RULE || rule > last);
		met |= UINT64_C(1) << rule;
		last = rule;
	}
	assert_int_equal(met, expected);
}

/* The bits of the rules that the event meets. */
static uint64_t
met_by_event(struct bench *bench)
{
	uint16_t agreement = bench->reports.reports[0]->agreement;
	struct witnesses witnesses = rules_witnesses(bench->rules, agreement);
	uint64_t met = 0;
	struct event event;
	uint32_t rule;

	if (event_merge(&bench->reports, &witnesses, &event))
		rules_meet_event(bench->rules, &bench->reports, &event);
	while (rules_met(bench->rules, &rule))
		met |= UINT64_C(1) << rule;
	return met;
}

static void
meets_rules_of_its_agreement_and_kind_in_their_order(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	bench->rule->match.agreement = (struct name_list)LIST("pact");
	bench->rule->match.kinds = 1 << KIND_SHELLING | 1 << KIND_CLASH;
	world_rule(bench->world, "any");
	added(bench);
	assert_int_equal(met_by_event(bench), 3);
	entry->kind = KIND_OTHER;
	assert_int_equal(met_by_event(bench), 2);
	entry->kind = KIND_SHELLING;
	entry->agreement = 1;
	assert_int_equal(met_by_event(bench), 2);
	assert_false(rules_can_match(bench->rules, 0, 1));
	assert_true(rules_can_match(bench->rules, 1, 1));
}

/* "ua" is where all of it happens: a second source is rarer. */
static void
lists_a_rule_by_what_is_rarest_of_all_that_it_asks_for(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	bench->rule->match.country = (struct name_list)LIST("ua");
	bench->rule->match.min_sources = 2;
	world_rule(bench->world, "many")->match =
		(struct match){.source = LIST("jfo", "two", "three"),
			       .admin = LIST("North")};
	entry->country = name(bench, "ua");
	added(bench);
	assert_int_equal(met_by_event(bench), 0);
	entry->country = 0;
	entry->admin = name(bench, "North");
	told(bench, "un", ASSESSMENT_ALLEGED);
	assert_int_equal(met_by_event(bench), 3);
}

/* Whoever is heard alone may lead, and sees no dispute. */
static void
meets_rules_that_hear_but_a_part_of_it(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;

	told(bench, "jfo", ASSESSMENT_ALLEGED)->admin = name(bench, "North");
	told(bench, "un", ASSESSMENT_VERIFIED)->party = name(bench, "south");
	bench->entries[0].party = name(bench, "north");
	match->source = (struct name_list)LIST("jfo", "un");
	match->admin = (struct name_list)LIST("North");
	world_rule(bench->world, "agreed")->match =
		(struct match){.source = LIST("a", "b", "c", "d", "e", "f", "g",
					      "h", "i", "j", "k", "l", "m", "n",
					      "o", "p", "q", "r", "s", "jfo"),
			       .disputed = ONLY_FALSE};
	added(bench);
	assert_int_equal(met_by_event(bench), 3);
}

static void
meets_tallies_by_source_feed_party_and_assessment(void **state)
{
	struct bench *bench = *state;
	struct entry tally = {.type = REPORT_TALLY,
			      .source = name(bench, "osce"),
			      .feed = name(bench, "daily"),
			      .told_party = name(bench, "north"),
			      .told_assessment = ASSESSMENT_VERIFIED};
	const struct match matches[] = {
		{.source = LIST("jfo", "un")},
		{.feed = LIST("weekly")},
		{.party = LIST("south")},
		{.min_assessment = ASSESSMENT_CORROBORATED},
	};

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct rule *rule =
			i ? world_rule(bench->world, "more") : bench->rule;
		rule->kind = RULE_TALLY;
		rule->match = matches[i];
	}
	added(bench);
	rules_meet_tally(bench->rules, &tally);
	assert_met(bench, 1 << 3);
	tally.source = name(bench, "un");
	tally.told_assessment = ASSESSMENT_ALLEGED;
	rules_meet_tally(bench->rules, &tally);
	assert_met(bench, 1 << 0);
	tally.feed = name(bench, "weekly");
	tally.told_party = name(bench, "south");
	tally.told_assessment = ASSESSMENT_VERIFIED;
	rules_meet_tally(bench->rules, &tally);
	assert_met(bench, 15);
	rules_meet_report(bench->rules, &tally);
	assert_met(bench, 0);
}

static void
meets_whoever_is_expected_and_feeds_that_are_listened_to(void **state)
{
	struct bench *bench = *state;
	struct entry entry = {.source = name(bench, "jfo"),
			      .feed = name(bench, "daily")};
	struct rule *gap = world_rule(bench->world, "gap");

	bench->rule->kind = RULE_ABSENCE;
	bench->rule->window_kind = gap->window_kind = WINDOW_NONE;
	bench->rule->expect = (struct name_list)LIST("un", "osce");
	gap->kind = RULE_FEED_GAP;
	gap->match.feed = (struct name_list)LIST("weekly");
	world_rule(bench->world, "any gap")->kind = RULE_FEED_GAP;
	added(bench);
	rules_meet_report(bench->rules, &entry);
	assert_met(bench, 1 << 2);
	entry.source = name(bench, "osce");
	rules_meet_report(bench->rules, &entry);
	assert_met(bench, 1 << 0 | 1 << 2);
	entry.feed = name(bench, "weekly");
	entry.agreement = 1;
	rules_meet_report(bench->rules, &entry);
	assert_met(bench, 7);
}

static uint32_t
dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % sides;
}

static const char *const words[] = {"",	    "north", "south", "un",
				    "osce", "jfo",   "a",     "b"};

enum { WORDS = sizeof(words) / sizeof(words[0]), KEYS = 11 };

/* One more thing that a rule asks for. */
static void
ask(uint32_t *seed, struct match *match)
{
	uint32_t from = dice(seed, WORDS - 2);
	struct name_list list = {.names = &words[from],
				 .count = 1 + dice(seed, 2)};

	switch ((int)dice(seed, KEYS)) {
	case 0:
		match->source = list;
		break;
	case 1:
		match->feed = list;
		break;
	case 2:
		match->party = list;
		break;
	case 3:
		match->against = list;
		break;
	case 4:
		match->country = list;
		break;
	case 5:
		match->admin = list;
		break;
	case 6:
		match->kinds = 1U << dice(seed, 3) | 1U << dice(seed, 3);
		break;
	case 7:
		match->targets = 1U << dice(seed, 3);
		break;
	case 8:
		match->disputed = dice(seed, 2) ? ONLY_TRUE : ONLY_FALSE;
		break;
	case 9:
		match->min_sources = 1 + dice(seed, 3);
		break;
	default:
		if (dice(seed, 2))
			match->min_assessment =
				(enum assessment)dice(seed, ASSESSMENTS);
		else
			match->min_attribution =
				(enum attribution)dice(seed, ATTRIBUTIONS);
	}
}

static void
tell_anything(struct bench *bench, uint32_t *seed)
{
	bench->reports.count = 0;
	for (uint32_t left = 1 + dice(seed, 4); left > 0; left--) {
		struct entry *entry =
			told(bench, words[1 + dice(seed, WORDS - 1)],
			     (enum assessment)dice(seed, ASSESSMENTS));
		name_number *names[] = {&entry->feed, &entry->party,
					&entry->against, &entry->country,
					&entry->admin};
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (dice(seed, 2))
				*names[i] =
					name(bench, words[dice(seed, WORDS)]);
		entry->kind = (uint8_t)dice(seed, 3);
		entry->target = (uint8_t)dice(seed, 3);
		entry->attribution = (uint8_t)dice(seed, ATTRIBUTIONS);
		entry->reported_at += dice(seed, 3);
		entry->denied = dice(seed, 8) == 0;
		if (dice(seed, 8) == 0)
			entry->counts[COUNT_VIOLATIONS] = 0;
	}
}

/* A rule that an event adds to has met it; one that asks for a single thing,
 * which the event does not have, has not. */
static void
assert_complete_and_few(struct bench *bench, uint64_t single)
{
	uint64_t met = met_by_event(bench);

	for (uint32_t i = 0; i < CROWD; i++) {
		struct contribution adds;
		struct group_key group;
		rules_contribution(bench->rules, i, 0, &bench->reports, &adds);
		bool has_met = met >> i & 1;
		if (adds.present)
			assert_true(has_met);
		else if (single >> i & 1)
			assert_int_equal(has_met,
					 rules_uncounted(bench->rules, i, 0,
							 &bench->reports,
							 &group) >=
						 UNCOUNTED_EMPTY);
	}
}

static void
meets_all_rules_that_match_and_few_that_do_not(void **state)
{
	struct bench *bench = *state;
	struct rule crowd[CROWD];
	struct configuration configuration = bench->world->configuration;

	configuration.rules = crowd;
	configuration.rules_count = CROWD;
	for (uint32_t seed = 1; seed <= 100; seed++) {
		uint32_t random = seed;
		uint64_t single = 0;
		for (uint32_t i = 0; i < CROWD; i++) {
			uint32_t asked = dice(&random, 4);
			crowd[i] = *bench->rule;
			crowd[i].measure = dice(&random, 2) ? MEASURE_KILLED
							    : MEASURE_EVENTS;
			single |= (uint64_t)(asked == 1) << i;
			for (; asked > 0; asked--)
				ask(&random, &crowd[i].match);
		}
		rules_free(bench->rules);
		bench->rules = NULL;
		assert_int_equal(rules_new(&bench->rules, &configuration,
					   bench->dictionary),
				 0);
		for (int i = 0; i < 200; i++) {
			tell_anything(bench, &random);
			assert_complete_and_few(bench, single);
		}
	}
}

static void
refuses_more_names_than_the_dictionary_holds(void **state)
{
	struct bench *bench = *state;
	struct dictionary *dictionary;
	struct rules *rules;
	struct arena arena;

	dictionary =
		arena_new(&arena, sizeof(*dictionary), dictionary_bytes(4));
	dictionary_init(dictionary, &arena, 4, key);
	/* "", north, south, un: osce has no room. */
	assert_int_equal(rules_new(&rules, &bench->world->configuration,
				   dictionary),
			 -ENOSPC);
	free(dictionary);
}

static void
knows_the_parties_of_an_agreement_or_any_other(void **state)
{
	struct bench *bench = *state;
	static const char *const open[] = {"north", "other"};

	added(bench);
	assert_true(rules_knows_party(bench->rules, 0, "north"));
	assert_true(rules_knows_party(bench->rules, 0, ""));
	assert_false(rules_knows_party(bench->rules, 0, "east"));
	assert_true(rules_knows_party(bench->rules, 1, "east"));
	bench->world->agreements[0].parties = open;
	added(bench);
	assert_true(rules_knows_party(bench->rules, 0, "east"));
}

/* --- Matching --- */

static void
matches_kind_and_target(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;

	told(bench, "jfo", ASSESSMENT_ALLEGED);
	assert_true(counts(bench));
	match->kinds = 1 << KIND_SHELLING;
	match->targets = 1 << TARGET_MEDICAL;
	assert_true(counts(bench));
	match->kinds = 1 << KIND_CLASH;
	assert_false(counts(bench));
	match->kinds = 0;
	match->targets = 1 << TARGET_CIVILIAN | 1 << TARGET_UNSPECIFIED;
	assert_false(counts(bench));
	bench->entries[0].target = TARGET_UNSPECIFIED;
	assert_true(counts(bench));
}

static void
matches_each_name_by_its_own_list(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;
	struct name_list *lists[] = {&match->source,  &match->feed,
				     &match->party,   &match->against,
				     &match->country, &match->admin};
	const struct name_list one = LIST("x", "y");
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);
	name_number *values[] = {&entry->source,  &entry->feed,
				 &entry->party,	  &entry->against,
				 &entry->country, &entry->admin};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		name_number before = *values[i];
		*lists[i] = one;
		assert_false(counts(bench));
		*values[i] = name(bench, "y");
		assert_true(counts(bench));
		*lists[i] = (struct name_list){.count = 0};
		*values[i] = before;
	}
}

static void
matches_only_the_leader_but_hears_sources_and_feeds_before_merging(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;

	told(bench, "jfo", ASSESSMENT_ALLEGED)->party = name(bench, "north");
	told(bench, "un", ASSESSMENT_VERIFIED)->party = name(bench, "south");
	match->party = (struct name_list)LIST("north");
	assert_false(counts(bench));
	match->source = (struct name_list)LIST("jfo");
	assert_sums(bench, 0, 0, 3, 4);
	assert_true(rules_hears(bench->rules, 0, &bench->entries[0]));
	assert_false(rules_hears(bench->rules, 0, &bench->entries[1]));
	match->source = (struct name_list){.count = 0};
	bench->entries[1].feed = name(bench, "daily");
	match->feed = (struct name_list)LIST("daily");
	match->party = (struct name_list)LIST("south");
	assert_sums(bench, 2, 3, 3, 4);
	assert_int_equal(added(bench).sums.disputed, 0);
}

static void
hears_no_report_that_takes_no_part(void **state)
{
	struct bench *bench = *state;

	told(bench, "un", ASSESSMENT_WITHDRAWN);
	assert_false(counts(bench));
	assert_false(rules_hears(bench->rules, 0, &bench->entries[0]));
	bench->entries[0].assessment = ASSESSMENT_UNSUBSTANTIATED;
	assert_false(counts(bench));
	bench->entries[0].assessment = ASSESSMENT_VERIFIED;
	bench->entries[0].type = REPORT_TALLY;
	assert_false(counts(bench));
}

static void
matches_disputed_events_only_or_undisputed_only(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;

	told(bench, "a", ASSESSMENT_ALLEGED)->party = name(bench, "north");
	told(bench, "b", ASSESSMENT_ALLEGED)->party = name(bench, "north");
	match->disputed = ONLY_TRUE;
	assert_false(counts(bench));
	match->disputed = ONLY_FALSE;
	assert_true(counts(bench));
	bench->entries[1].party = name(bench, "south");
	assert_false(counts(bench));
	match->disputed = ONLY_TRUE;
	assert_true(counts(bench));
	assert_int_equal(added(bench).sums.disputed, 1);
}

static void
matches_from_an_assessment_an_attribution_and_sources_up(void **state)
{
	struct bench *bench = *state;
	struct match *match = &bench->rule->match;
	struct entry *entry = told(bench, "un", ASSESSMENT_CORROBORATED);

	match->min_assessment = ASSESSMENT_CORROBORATED;
	assert_true(counts(bench));
	match->min_assessment = ASSESSMENT_VERIFIED;
	assert_false(counts(bench));
	entry->assessment = ASSESSMENT_INCONCLUSIVE;
	match->min_assessment = ASSESSMENT_ALLEGED;
	assert_true(counts(bench));
	entry->attribution = ATTRIBUTION_ASSESSED_PARTY;
	match->min_attribution = ATTRIBUTION_ASSESSED_PARTY;
	assert_true(counts(bench));
	match->min_attribution = ATTRIBUTION_ATTRIBUTED;
	assert_false(counts(bench));
	entry->attribution = ATTRIBUTION_NOT_ATTRIBUTABLE;
	match->min_attribution = ATTRIBUTION_ALLEGED_PARTY;
	assert_false(counts(bench));
	match->min_attribution = ATTRIBUTION_UNSPECIFIED;
	match->min_sources = 2;
	assert_false(counts(bench));
	told(bench, "jfo", ASSESSMENT_ALLEGED);
	assert_true(counts(bench));
}

/* --- The four sums --- */

static void
reports_an_allegation_and_bounds_it(void **state)
{
	told(*state, "jfo", ASSESSMENT_ALLEGED);
	assert_sums(*state, 0, 0, 3, 4);
}

static void
supports_what_two_independent_origins_tell(void **state)
{
	told(*state, "a", ASSESSMENT_ALLEGED);
	told(*state, "b", ASSESSMENT_ALLEGED);
	assert_sums(*state, 0, 3, 3, 4);
}

static void
does_not_support_what_two_outlets_of_one_origin_tell(void **state)
{
	struct bench *bench = *state;

	world_source(bench->world, "channel-1", "agency", ASSESSMENT_ALLEGED);
	world_source(bench->world, "channel-2", "agency", ASSESSMENT_ALLEGED);
	told(bench, "channel-1", ASSESSMENT_ALLEGED);
	told(bench, "channel-2", ASSESSMENT_ALLEGED);
	assert_sums(bench, 0, 0, 3, 4);
	told(bench, "un", ASSESSMENT_ALLEGED); /* listed, its own origin */
	assert_sums(bench, 0, 3, 3, 4);
}

static void
does_not_support_what_a_party_tells_besides(void **state)
{
	told(*state, "a", ASSESSMENT_ALLEGED);
	told(*state, "north", ASSESSMENT_ALLEGED);
	told(*state, "south", ASSESSMENT_ALLEGED);
	assert_sums(*state, 0, 0, 3, 4);
}

static void
confirms_the_low_of_what_is_corroborated_or_verified(void **state)
{
	struct bench *bench = *state;

	told(bench, "osce", ASSESSMENT_CORROBORATED);
	assert_sums(bench, 2, 3, 3, 4);
	bench->reports.count = 0;
	told(bench, "un", ASSESSMENT_VERIFIED);
	assert_sums(bench, 2, 3, 3, 4);
	bench->reports.count = 0;
	told(bench, "jfo", ASSESSMENT_VERIFIED); /* an allegation of his */
	assert_sums(bench, 0, 0, 3, 4);
}

static void
adds_the_highest_high_of_all_and_the_leaders_best(void **state)
{
	struct bench *bench = *state;

	told(bench, "un", ASSESSMENT_VERIFIED);
	told(bench, "jfo", ASSESSMENT_ALLEGED)->counts[COUNT_KILLED] =
		count_pack(&(struct count){.low = 8, .best = 9, .high = 20});
	assert_sums(bench, 2, 3, 3, 20);
}

static void
tells_of_the_events_in_the_basis_sum(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	entry->attribution = ATTRIBUTION_ASSESSED_PARTY;
	entry->counts[COUNT_KILLED] = count_pack(&(struct count){
		.low = 0, .best = 3, .high = 3, .at_least = true});
	assert_int_equal(added(bench).sums.events, 1);
	assert_int_equal(added(bench).sums.attributed, 1);
	assert_int_equal(added(bench).sums.at_least, 1);
	entry->attribution = ATTRIBUTION_ALLEGED_PARTY;
	assert_int_equal(added(bench).sums.attributed, 0);
	entry->attribution = ATTRIBUTION_NOT_ATTRIBUTABLE;
	assert_int_equal(added(bench).sums.attributed, 0);
	/* It adds nothing that is confirmed, so it is not in that sum. */
	bench->rule->basis = BASIS_CONFIRMED;
	assert_true(counts(bench));
	assert_int_equal(added(bench).sums.events, 0);
	assert_int_equal(added(bench).sums.at_least, 0);
}

/* One report or two, whoever tells them and however sure they are. */
static void
never_confirms_more_than_is_supported_reported_and_bounded(void **state)
{
	static const char *const sources[] = {"un", "osce", "jfo", "north"};
	enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };
	struct bench *bench = *state;

	for (int i = 0; i < MEASURES_OF_INCIDENTS * SOURCES * SOURCES *
				    ASSESSMENT_WITHDRAWN * ASSESSMENT_WITHDRAWN;
	     i++) {
		int rest = i / MEASURES_OF_INCIDENTS;
		bench->rule->measure =
			(enum measure)(i % MEASURES_OF_INCIDENTS);
		bench->reports.count = 0;
		for (int report = 0; report < 2; report++) {
			const char *source = sources[rest % SOURCES];
			rest /= SOURCES;
			told(bench, source,
			     (enum assessment)(1 +
					       rest % ASSESSMENT_WITHDRAWN));
			rest /= ASSESSMENT_WITHDRAWN;
		}
		struct contribution contribution = added(bench);
		const uint64_t *sums = contribution.sums.by_basis;
		if (!contribution.present)
			continue;
		assert_true(sums[BASIS_CONFIRMED] <= sums[BASIS_SUPPORTED]);
		assert_true(sums[BASIS_SUPPORTED] <= sums[BASIS_REPORTED]);
		assert_true(sums[BASIS_REPORTED] <= sums[BASIS_UPPER]);
	}
}

/* --- Measures --- */

static void
measures_each_count_by_itself(void **state)
{
	static const struct {
		enum measure measure;
		enum count_kind count;
	} pairs[] = {
		{MEASURE_VIOLATIONS, COUNT_VIOLATIONS},
		{MEASURE_KILLED, COUNT_KILLED},
		{MEASURE_INJURED, COUNT_INJURED},
		{MEASURE_CIVILIANS_KILLED, COUNT_CIVILIANS_KILLED},
		{MEASURE_CIVILIANS_INJURED, COUNT_CIVILIANS_INJURED},
		{MEASURE_CHILDREN_KILLED, COUNT_CHILDREN_KILLED},
		{MEASURE_CHILDREN_INJURED, COUNT_CHILDREN_INJURED},
		{MEASURE_MISSING, COUNT_MISSING},
	};
	struct bench *bench = *state;
	struct entry *entry = told(bench, "un", ASSESSMENT_VERIFIED);

	for (uint32_t i = 0; i < COUNT_KINDS; i++)
		entry->counts[i] = count_pack(&(struct count){.low = 10 + i,
							      .best = 30 + i,
							      .high = 50 + i});
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		bench->rule->measure = pairs[i].measure;
		assert_sums(bench, 10U + pairs[i].count, 30U + pairs[i].count,
			    30U + pairs[i].count, 50U + pairs[i].count);
	}
}

static void
measures_casualties_as_killed_and_injured(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "un", ASSESSMENT_VERIFIED);

	bench->rule->measure = MEASURE_CASUALTIES;
	entry->counts[COUNT_INJURED] = count_pack(&(struct count){
		.low = 10, .best = 20, .high = 30, .at_least = true});
	assert_sums(bench, 12, 23, 23, 34);
	assert_int_equal(added(bench).sums.at_least, 1);
}

static void
measures_an_event_as_one_whatever_it_cost(void **state)
{
	struct bench *bench = *state;

	bench->rule->measure = MEASURE_EVENTS;
	told(bench, "un", ASSESSMENT_VERIFIED);
	assert_sums(bench, 1, 1, 1, 1);
	told(bench, "jfo", ASSESSMENT_ALLEGED);
	assert_sums(bench, 1, 1, 1, 1);
}

static void
counts_casualties_but_no_violation_of_what_was_none(void **state)
{
	struct bench *bench = *state;

	told(bench, "jfo", ASSESSMENT_NOT_A_VIOLATION);
	assert_sums(bench, 0, 0, 3, 4);
	bench->rule->measure = MEASURE_VIOLATIONS;
	assert_false(counts(bench));
	bench->rule->measure = MEASURE_EVENTS;
	assert_false(counts(bench));
}

static void
counts_no_event_in_a_nil_report(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	entry->counts[COUNT_VIOLATIONS] = entry->counts[COUNT_KILLED] = 0;
	for (int measure = 0; measure < MEASURES_OF_INCIDENTS; measure++) {
		bench->rule->measure = (enum measure)measure;
		assert_false(counts(bench));
	}
}

/* --- Time --- */

static void
dates_an_event_by_the_rules_field(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	entry->occurred_at = AT(1);
	entry->reported_at = AT(2);
	entry->received_at = AT(3) + 59999;
	assert_int_equal(added(bench).index, AT(1) / MINUTE);
	bench->rule->time = TIME_REPORTED;
	assert_int_equal(added(bench).index, AT(2) / MINUTE);
	bench->rule->time = TIME_RECEIVED;
	assert_int_equal(added(bench).index, AT(3) / MINUTE);
	told(bench, "jfo", ASSESSMENT_ALLEGED)->received_at = AT(1);
	assert_int_equal(added(bench).index, AT(1) / MINUTE);
}

static void
counts_what_lasted_longer_than_the_window_in_upper_only(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "un", ASSESSMENT_VERIFIED);

	entry->lasted_ms = HOUR;
	assert_sums(bench, 2, 3, 3, 4);
	entry->lasted_ms = HOUR + 1;
	assert_sums(bench, 0, 0, 0, 4);
	assert_int_equal(added(bench).sums.events, 0);
	assert_int_equal(added(bench).index, START / MINUTE);
	bench->rule->time = TIME_REPORTED; /* that it was reported is sure */
	assert_sums(bench, 2, 3, 3, 4);
}

static void
counts_since_an_agreement_took_effect(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "un", ASSESSMENT_VERIFIED);

	bench->rule->window_kind = WINDOW_AGREEMENT;
	bench->rule->window_ms = bench->rule->resolution_ms = 0;
	assert_sums(bench, 2, 3, 3, 4);
	assert_int_equal(added(bench).index, 0);
	entry->occurred_at = START - 1;
	assert_false(counts(bench));
	entry->lasted_ms = 400 * DAY;
	entry->occurred_at = START; /* however long */
	assert_sums(bench, 2, 3, 3, 4);
}

static void
counts_what_began_before_an_agreement_and_ended_in_it_in_upper_only(
	void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "un", ASSESSMENT_VERIFIED);

	bench->rule->window_kind = WINDOW_AGREEMENT;
	bench->rule->window_ms = bench->rule->resolution_ms = 0;
	entry->occurred_at = START - HOUR;
	entry->lasted_ms = HOUR - 1;
	assert_false(counts(bench));
	entry->lasted_ms = HOUR;
	assert_sums(bench, 0, 0, 0, 4);
	bench->rule->time = TIME_REPORTED;
	entry->reported_at = START - 1;
	assert_false(counts(bench));
}

/* --- Groups --- */

static void
groups_by_every_field_of_the_event(void **state)
{
	static const struct {
		enum field field;
		const char *label;
	} fields[] = {{FIELD_SOURCE, "jfo"},	{FIELD_FEED, "daily"},
		      {FIELD_KIND, "shelling"}, {FIELD_PARTY, "north"},
		      {FIELD_AGAINST, "south"}, {FIELD_TARGET, "medical"},
		      {FIELD_COUNTRY, "ua"},	{FIELD_ADMIN, "Donetsk"},
		      {FIELD_DISPUTED, "false"}};
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	entry->feed = name(bench, "daily");
	entry->party = name(bench, "north");
	entry->against = name(bench, "south");
	entry->country = name(bench, "ua");
	entry->admin = name(bench, "Donetsk");
	bench->rule->group_by_count = 1;
	for (size_t i = 0; i < FIELDS; i++) {
		bench->rule->group_by[0] = fields[i].field;
		struct contribution contribution = added(bench);
		assert_string_equal(rules_label(bench->rules, fields[i].field,
						contribution.group.values[0]),
				    fields[i].label);
		assert_int_equal(contribution.group.values[1], 0);
	}
}

static void
labels_an_unset_field_with_nothing(void **state)
{
	static const enum field fields[] = {FIELD_FEED,	  FIELD_KIND,
					    FIELD_PARTY,  FIELD_AGAINST,
					    FIELD_TARGET, FIELD_COUNTRY,
					    FIELD_ADMIN};
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);

	entry->kind = KIND_UNSPECIFIED;
	entry->target = TARGET_UNSPECIFIED;
	bench->rule->group_by_count = 1;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		bench->rule->group_by[0] = fields[i];
		struct contribution contribution = added(bench);
		assert_string_equal(rules_label(bench->rules, fields[i],
						contribution.group.values[0]),
				    "");
	}
}

static void
sees_no_difference_where_nothing_counts_otherwise(void **state)
{
	struct bench *bench = *state;
	struct entry *entry = told(bench, "jfo", ASSESSMENT_ALLEGED);
	struct contribution before = added(bench);

	entry->reported_at += HOUR;
	entry->counts[COUNT_INJURED] =
		count_pack(&(struct count){.low = 1, .best = 1, .high = 1});
	struct contribution after = added(bench);
	assert_true(contribution_equal(&before, &after));
	entry->occurred_at += MINUTE;
	after = added(bench);
	assert_false(contribution_equal(&before, &after));
	entry->occurred_at -= MINUTE;
	entry->attribution = ATTRIBUTION_ADMITTED;
	after = added(bench);
	assert_false(contribution_equal(&before, &after));
}

int
main(void)
{
#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, bench_begin, bench_end)
	const struct CMUnitTest tests[] = {
		WORLD(meets_rules_of_its_agreement_and_kind_in_their_order),
		WORLD(lists_a_rule_by_what_is_rarest_of_all_that_it_asks_for),
		WORLD(meets_rules_that_hear_but_a_part_of_it),
		WORLD(meets_tallies_by_source_feed_party_and_assessment),
		WORLD(meets_whoever_is_expected_and_feeds_that_are_listened_to),
		WORLD(meets_all_rules_that_match_and_few_that_do_not),
		WORLD(refuses_more_names_than_the_dictionary_holds),
		WORLD(knows_the_parties_of_an_agreement_or_any_other),
		WORLD(matches_kind_and_target),
		WORLD(matches_each_name_by_its_own_list),
		WORLD(matches_only_the_leader_but_hears_sources_and_feeds_before_merging),
		WORLD(hears_no_report_that_takes_no_part),
		WORLD(matches_disputed_events_only_or_undisputed_only),
		WORLD(matches_from_an_assessment_an_attribution_and_sources_up),
		WORLD(reports_an_allegation_and_bounds_it),
		WORLD(supports_what_two_independent_origins_tell),
		WORLD(does_not_support_what_two_outlets_of_one_origin_tell),
		WORLD(does_not_support_what_a_party_tells_besides),
		WORLD(confirms_the_low_of_what_is_corroborated_or_verified),
		WORLD(adds_the_highest_high_of_all_and_the_leaders_best),
		WORLD(tells_of_the_events_in_the_basis_sum),
		WORLD(never_confirms_more_than_is_supported_reported_and_bounded),
		WORLD(measures_each_count_by_itself),
		WORLD(measures_casualties_as_killed_and_injured),
		WORLD(measures_an_event_as_one_whatever_it_cost),
		WORLD(counts_casualties_but_no_violation_of_what_was_none),
		WORLD(counts_no_event_in_a_nil_report),
		WORLD(dates_an_event_by_the_rules_field),
		WORLD(counts_what_lasted_longer_than_the_window_in_upper_only),
		WORLD(counts_since_an_agreement_took_effect),
		WORLD(counts_what_began_before_an_agreement_and_ended_in_it_in_upper_only),
		WORLD(groups_by_every_field_of_the_event),
		WORLD(labels_an_unset_field_with_nothing),
		WORLD(sees_no_difference_where_nothing_counts_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
