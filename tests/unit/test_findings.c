/* What findings make of the reports that they are about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

static const uint8_t key[16] = "a key for tests";

/*
 * One rule that counts the killed since the pact took effect, by party. "un"
 * may verify, "osce" corroborate, "jfo" and whoever is not listed allege;
 * "north" and "south" are the parties, "army" speaks for the north.
 */
static int
mission_setup(void **state)
{
	static const char *const parties[] = {"north", "south"};
	struct world *world = world_new();

	world->agreements[0].parties = parties;
	world->agreements[0].parties_count = 2;
	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_source(world, "osce", NULL, ASSESSMENT_CORROBORATED);
	world_source(world, "army", "north", ASSESSMENT_VERIFIED);
	struct rule *rule = world_rule(world, "killed");
	rule->window_kind = WINDOW_AGREEMENT;
	rule->window_ms = rule->resolution_ms = 0;
	rule->levels[0].at = rule->levels[0].clear = 100;
	*state = world;
	return 0;
}

#define MISSION_TEST(test)                                                     \
	cmocka_unit_test_setup_teardown(test, mission_setup, world_teardown)

static void
accepted(struct world *world, struct report report)
{
	if (world_report(world, 1, report) != VERDICT_ACCEPTED)
		fail_msg("%s: %s, expected %s", report.id,
			 reason_name(world->receipt.reason),
			 world->receipt.detail);
}

/* The four sums of the first rule, "0/0/5/5". */
static void
assert_sums_of(struct world *world, const char *party, const char *expected)
{
	struct sums sums = {.events = 0};
	char text[100];

	engine_sums(world->engine, 0, "pact", &party, &sums);
	snprintf(text, sizeof(text), "%llu/%llu/%llu/%llu",
		 (unsigned long long)sums.by_basis[BASIS_CONFIRMED],
		 (unsigned long long)sums.by_basis[BASIS_SUPPORTED],
		 (unsigned long long)sums.by_basis[BASIS_REPORTED],
		 (unsigned long long)sums.by_basis[BASIS_UPPER]);
	assert_string_equal(text, expected);
}

#define assert_sums(world, expected) assert_sums_of(world, "", expected)

static struct sums
sums_of(struct world *world)
{
	const char *none = "";
	struct sums sums = {.events = 0};

	engine_sums(world->engine, 0, "pact", &none, &sums);
	return sums;
}

static void
assert_rejected(struct world *world, struct report report, enum reason reason,
		const char *field)
{
	assert_int_equal(world_report(world, 1, report), VERDICT_REJECTED);
	assert_string_equal(reason_name(world->receipt.reason),
			    reason_name(reason));
	assert_string_equal(world->receipt.field, field);
}

/* --- Assessment --- */

static void
lifts_reports_as_far_as_its_own_source_may(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, REPORT(.id = "2", KILLED(2)));
	accepted(world, REPORT(.id = "3", KILLED(1)));
	assert_sums(world, "0/0/8/8");
	accepted(world, FINDING("jfo/1 jfo/3", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "6/6/8/8");
	/* Corroborated is all that it may say, which confirms as well. */
	accepted(world, FINDING("jfo/2", .id = "f", .source = "osce",
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "8/8/8/8");
}

static void
is_capped_by_its_source_and_not_by_the_reports(void **state)
{
	struct world *world = *state;

	world->rules[0].match.min_assessment = ASSESSMENT_VERIFIED;
	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "osce",
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "0/0/0/0");
	accepted(world, FINDING("jfo/1", .id = "g", .source = "un",
				.assessment = ASSESSMENT_VERIFIED,
				.reported_at = AT(1)));
	assert_sums(world, "5/5/5/5");
}

static void
takes_unsubstantiated_reports_out_of_their_events(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", .event = "e", KILLED(5)));
	accepted(world,
		 REPORT(.id = "2", .event = "e", .source = "other", KILLED(9)));
	assert_sums(world, "0/9/9/9");
	accepted(world, FINDING("other/2", .id = "f", .source = "un",
				.assessment = ASSESSMENT_UNSUBSTANTIATED));
	assert_sums(world, "0/0/5/5");
}

static void
says_that_it_was_no_violation_though_people_died(void **state)
{
	struct world *world = *state;

	world->rules[0].measure = MEASURE_VIOLATIONS;
	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	assert_sums(world, "0/0/1/1");
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_NOT_A_VIOLATION));
	assert_sums(world, "0/0/0/0");
}

static void
may_lower_what_a_source_verified_itself(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", .source = "un", KILLED(5),
			       .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "5/5/5/5");
	accepted(world, FINDING("un/1", .id = "f", .source = "osce",
				.assessment = ASSESSMENT_ALLEGED));
	assert_sums(world, "0/0/5/5");
}

/* --- Which finding counts --- */

static void
stops_when_it_is_withdrawn(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world,
		 FINDING("jfo/1", .id = "f", .source = "un", .event = "e",
			 .party = "north", .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "5/5/5/5");
	accepted(world, FINDING("", .id = "f", .source = "un", .revision = 2,
				.assessment = ASSESSMENT_WITHDRAWN));
	assert_sums(world, "0/0/5/5");
	/* It stands again with a higher revision. */
	accepted(world,
		 FINDING("jfo/1", .id = "f", .source = "un", .revision = 3,
			 .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "5/5/5/5");
}

static void
leaves_a_withdrawn_report_withdrawn(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", .revision = 2,
			       .assessment = ASSESSMENT_WITHDRAWN, KILLED(5)));
	assert_sums(world, "0/0/0/0");
	/* Reinstated, the finding still is about it. */
	accepted(world, REPORT(.id = "1", .revision = 3, KILLED(6)));
	assert_sums(world, "6/6/6/6");
}

static void
may_come_before_the_report(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world,
		 FINDING("jfo/1 jfo/2", .id = "f", .source = "un", .event = "e",
			 .assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", KILLED(5)));
	assert_sums(world, "5/5/5/5");
	accepted(world, REPORT(.id = "2", KILLED(6), .reported_at = AT(1)));
	assert_sums(world, "6/6/6/6");
	/* The same name in another agreement is another report. */
	accepted(world, REPORT(.id = "1", .agreement = "truce", KILLED(7)));
	struct sums sums;
	const char *none = "";
	assert_true(engine_sums(world->engine, 0, "truce", &none, &sums));
	assert_int_equal(sums.by_basis[BASIS_CONFIRMED], 0);
}

static void
stays_through_revisions_of_the_report(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", .revision = 2, KILLED(3)));
	assert_sums(world, "3/3/3/3");
}

static void
is_about_other_reports_when_it_is_revised(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, REPORT(.id = "2", KILLED(2)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	accepted(world,
		 FINDING("jfo/2", .id = "f", .source = "un", .revision = 2,
			 .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "2/2/7/7");
}

static void
has_the_last_word_if_it_is_the_latest_then_of_the_greatest_source_and_id(
	void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "osce",
				.reported_at = AT(1),
				.assessment = ASSESSMENT_UNSUBSTANTIATED));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.reported_at = AT(0),
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "0/0/0/0");
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.reported_at = AT(1), .revision = 2,
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "5/5/5/5");
	accepted(world, FINDING("jfo/1", .id = "e", .source = "un",
				.reported_at = AT(1),
				.assessment = ASSESSMENT_ALLEGED));
	assert_sums(world, "5/5/5/5");
	accepted(world, FINDING("jfo/1", .id = "g", .source = "un",
				.reported_at = AT(1),
				.assessment = ASSESSMENT_ALLEGED));
	assert_sums(world, "0/0/5/5");
}

static void
replaces_only_what_it_says(void **state)
{
	struct world *world = *state;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world_begin(world);
	accepted(world, REPORT(.id = "1", .party = "south", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums_of(world, "south", "5/5/5/5");
	/* A later one of the party leaves the assessment of the earlier. */
	accepted(world, FINDING("jfo/1", .id = "g", .source = "un",
				.reported_at = AT(1), .party = "north"));
	assert_sums_of(world, "south", "0/0/0/0");
	assert_sums_of(world, "north", "5/5/5/5");
}

static void
counts_only_from_a_source_whose_word_counts(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	assert_rejected(world,
			FINDING("jfo/1", .id = "f", .source = "jfo",
				.assessment = ASSESSMENT_UNSUBSTANTIATED),
			REASON_NO_STANDING, "source");
	assert_rejected(world,
			FINDING("jfo/1", .id = "f", .source = "army",
				.assessment = ASSESSMENT_UNSUBSTANTIATED),
			REASON_NO_STANDING, "source");
	/* A denial is heard, and nothing else of it. */
	accepted(world, FINDING("jfo/1", .id = "f", .source = "army",
				.denies = true, .event = "e", .party = "south",
				.assessment = ASSESSMENT_UNSUBSTANTIATED));
	assert_sums(world, "0/0/5/5");
	assert_int_equal(sums_of(world).disputed, 1);
	/* What is taken back needs no standing. */
	accepted(world, FINDING("", .id = "f", .source = "army", .revision = 2,
				.assessment = ASSESSMENT_WITHDRAWN));
	assert_int_equal(sums_of(world).disputed, 0);
}

/* --- Names with slashes --- */

static void
reads_a_name_with_slashes_as_the_report_that_stands(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", .source = "afp/reuters", KILLED(1)));
	accepted(world, REPORT(.id = "2016/3", .source = "smm", KILLED(2)));
	accepted(world,
		 FINDING("afp/reuters/1 smm/2016/3 smm/2016/4", .id = "f",
			 .source = "un", .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "3/3/3/3");
	accepted(world, REPORT(.id = "2016/4", .source = "smm", KILLED(4)));
	assert_sums(world, "7/7/7/7");
}

/* --- Events --- */

static void
joins_reports_into_one_event(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", .event = "a", KILLED(5)));
	accepted(world, REPORT(.id = "2", .source = "other", KILLED(4)));
	accepted(world, REPORT(.id = "3", .event = "a", KILLED(7)));
	assert_sums(world, "0/0/11/11");
	accepted(world, FINDING("jfo/1 other/2", .id = "f", .source = "un",
				.event = "b"));
	/* 1 and 2 are b, of two origins, led by the greater source; 3 is left
	 * in a. */
	assert_sums(world, "0/4/11/12");
	accepted(world, FINDING("jfo/1 other/2 jfo/3", .id = "f",
				.source = "un", .revision = 2, .event = "a"));
	assert_sums(world, "0/4/4/7");
	accepted(world, FINDING("", .id = "f", .source = "un", .revision = 3,
				.assessment = ASSESSMENT_WITHDRAWN));
	assert_sums(world, "0/0/11/11");
}

static void
speaks_of_all_reports_of_an_event_if_it_names_none(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, FINDING("", .id = "f", .source = "un", .event = "e",
				.assessment = ASSESSMENT_VERIFIED,
				.reported_at = AT(0)));
	accepted(world, REPORT(.id = "1", .event = "e", KILLED(5)));
	accepted(world, REPORT(.id = "2", .event = "other", KILLED(1)));
	assert_sums(world, "5/5/6/6");
	/* Whoever joins the event, by a finding or by itself. */
	accepted(world,
		 FINDING("jfo/2", .id = "g", .source = "un", .event = "e"));
	accepted(world, REPORT(.id = "3", .event = "e", KILLED(9)));
	assert_sums(world, "9/9/9/9");
	/* Two findings of one report: the later. */
	accepted(world, FINDING("jfo/3", .id = "h", .source = "un",
				.reported_at = AT(1),
				.assessment = ASSESSMENT_UNSUBSTANTIATED));
	assert_sums(world, "1/1/1/5");
	accepted(world,
		 FINDING("", .id = "f", .source = "un", .event = "other",
			 .revision = 2, .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "0/0/1/5");
}

static void
disputes_an_event_by_denying_it(void **state)
{
	struct world *world = *state;

	world->rules[0].match.disputed = ONLY_TRUE;
	world_begin(world);
	accepted(world, REPORT(.id = "1", .event = "e", KILLED(5)));
	accepted(world, REPORT(.id = "2", KILLED(1)));
	assert_sums(world, "0/0/0/0");
	accepted(world, FINDING("", .id = "f", .source = "ministry",
				.event = "e", .denies = true));
	assert_sums(world, "0/0/5/5");
	accepted(world, FINDING("jfo/2", .id = "g", .source = "south",
				.denies = true));
	assert_sums(world, "0/0/6/6");
	/* That another one does not deny it is no answer. */
	accepted(world, FINDING("jfo/2", .id = "g", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "1/1/6/6");
}

static void
settles_a_dispute_about_the_party(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world,
		 REPORT(.id = "1", .event = "e", .party = "north", KILLED(5)));
	accepted(world,
		 REPORT(.id = "2", .event = "e", .party = "south", KILLED(5)));
	assert_int_equal(sums_of(world).disputed, 1);
	accepted(world, FINDING("", .id = "f", .source = "un", .event = "e",
				.party = "south"));
	assert_int_equal(sums_of(world).disputed, 0);
}

static void
counts_independent_sources_of_an_event_that_it_made(void **state)
{
	struct world *world = *state;

	world->rules[0].match.min_sources = 2;
	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, REPORT(.id = "1", .source = "army", KILLED(5)));
	accepted(world, REPORT(.id = "1", .source = "other", KILLED(5)));
	accepted(world, FINDING("jfo/1 army/1", .id = "f", .source = "un",
				.event = "e"));
	assert_sums(world, "0/0/0/0"); /* a party's is none */
	accepted(world, FINDING("jfo/1 other/1", .id = "f", .source = "un",
				.event = "e", .revision = 2));
	assert_sums(world, "0/5/5/5");
}

/* Though it changes so many events that every rule is asked. */
static void
leaves_rules_of_other_agreements_alone(void **state)
{
	static const char *const other[] = {"truce"};
	struct world *world = *state;
	struct rule_use use;

	world->rules[0].match.agreement = (struct name_list){other, 1};
	world->rules[0].window_kind = WINDOW_DURATION;
	world->rules[0].window_ms = world->rules[0].resolution_ms = HOUR;
	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(5)));
	accepted(world, REPORT(.id = "2", KILLED(5)));
	accepted(world, FINDING("jfo/1 jfo/2", .id = "f", .source = "un",
				.event = "e"));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 0);
}

/* --- Attribution --- */

static void
attribute_one(struct world *world, const char *source,
	      enum attribution attribution, uint32_t expected)
{
	struct report report =
		REPORT(.id = "1", .party = "north", KILLED(5),
		       .attribution = attribution,
		       .revision = (uint32_t)world->position + 1);

	strcpy(report.source, source);
	accepted(world, report);
	if (sums_of(world).attributed != expected)
		fail_msg("%s %d", source, attribution);
	report.revision++;
	report.assessment = ASSESSMENT_WITHDRAWN;
	accepted(world, report);
}

static void
believes_who_did_it_only_from_those_who_may_say_so(void **state)
{
	struct world *world = *state;

	world_begin(world);
	attribute_one(world, "jfo", ATTRIBUTION_ASSESSED_PARTY, 0);
	attribute_one(world, "jfo", ATTRIBUTION_ATTRIBUTED, 0);
	attribute_one(world, "jfo", ATTRIBUTION_ADMITTED, 0);
	attribute_one(world, "south", ATTRIBUTION_ATTRIBUTED, 0);
	attribute_one(world, "south", ATTRIBUTION_ADMITTED, 0);
	attribute_one(world, "army", ATTRIBUTION_ATTRIBUTED, 0);
	attribute_one(world, "army", ATTRIBUTION_ADMITTED, 1);
	attribute_one(world, "north", ATTRIBUTION_ADMITTED, 1);
	attribute_one(world, "osce", ATTRIBUTION_ASSESSED_PARTY, 1);
	attribute_one(world, "un", ATTRIBUTION_ATTRIBUTED, 1);
	attribute_one(world, "un", ATTRIBUTION_ADMITTED, 1);
	attribute_one(world, "un", ATTRIBUTION_NOT_ATTRIBUTABLE, 0);
}

static void
attributes_by_a_finding(void **state)
{
	struct world *world = *state;

	world->rules[0].match.min_attribution = ATTRIBUTION_ATTRIBUTED;
	world_begin(world);
	accepted(world, REPORT(.id = "1", .party = "north", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.reported_at = AT(0),
				.attribution = ATTRIBUTION_ATTRIBUTED));
	assert_sums(world, "0/0/5/5");
	/* It spoke of the north: the south is accused by another's word. */
	accepted(world, FINDING("jfo/1", .id = "g", .source = "osce",
				.party = "south", .reported_at = AT(1)));
	assert_sums(world, "0/0/0/0");
	accepted(world, FINDING("jfo/1", .id = "h", .source = "un",
				.reported_at = AT(1),
				.attribution = ATTRIBUTION_ATTRIBUTED));
	assert_sums(world, "0/0/5/5");
}

static void
leaves_what_was_said_of_the_party_that_is_accused_again(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world,
		 REPORT(.id = "1", .party = "north", .source = "un",
			.attribution = ATTRIBUTION_ATTRIBUTED, KILLED(5)));
	accepted(world, FINDING("un/1", .id = "f", .source = "un",
				.party = "south", .reported_at = AT(0),
				.attribution = ATTRIBUTION_ASSESSED_PARTY));
	assert_int_equal(sums_of(world).attributed, 1);
	accepted(world, FINDING("un/1", .id = "g", .source = "un",
				.reported_at = AT(1), .party = "north"));
	assert_int_equal(sums_of(world).attributed, 1);
}

/* A later finding that names the same one accuses nobody else. */
static void
stays_attributed_to_the_party_that_another_finding_names_too(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, REPORT(.id = "1", .party = "north", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.reported_at = AT(0),
				.attribution = ATTRIBUTION_ATTRIBUTED));
	accepted(world, FINDING("jfo/1", .id = "g", .source = "osce",
				.party = "north", .reported_at = AT(1)));
	assert_int_equal(sums_of(world).attributed, 1);
}

static void
lets_the_accused_admit_and_nobody_else_of_no_standing(void **state)
{
	struct world *world = *state;

	world->rules[0].match.min_attribution = ATTRIBUTION_ADMITTED;
	world_begin(world);
	accepted(world, REPORT(.id = "1", .party = "north", KILLED(5)));
	accepted(world, FINDING("jfo/1", .id = "f", .source = "south",
				.attribution = ATTRIBUTION_ADMITTED));
	assert_sums(world, "0/0/0/0");
	accepted(world, FINDING("jfo/1", .id = "f", .source = "army",
				.attribution = ATTRIBUTION_ADMITTED));
	assert_sums(world, "0/0/5/5");
}

static void
does_not_let_a_party_lower_what_the_mission_attributed(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world,
		 REPORT(.id = "1", .party = "north", .source = "un",
			.attribution = ATTRIBUTION_ATTRIBUTED, KILLED(5)));
	accepted(world,
		 FINDING("un/1", .id = "f", .source = "south", .party = "south",
			 .attribution = ATTRIBUTION_ADMITTED));
	assert_int_equal(sums_of(world).attributed, 1);
}

/* --- No violation, one says --- */

static void
supports_no_violation_by_one_who_says_that_it_was_none(void **state)
{
	struct world *world = *state;
	struct rule *violations = world_rule(world, "violations");

	*violations = world->rules[0];
	violations->measure = MEASURE_VIOLATIONS;
	world_begin(world);
	accepted(world,
		 REPORT(.id = "1", .source = "b", .event = "e", KILLED(5)));
	accepted(world,
		 REPORT(.id = "1", .source = "a", .event = "e",
			.assessment = ASSESSMENT_NOT_A_VIOLATION, KILLED(5)));
	const char *none = "";
	struct sums sums;
	assert_true(engine_sums(world->engine, 1, "pact", &none, &sums));
	assert_int_equal(sums.by_basis[BASIS_SUPPORTED], 0);
	assert_int_equal(sums.by_basis[BASIS_REPORTED], 1);
	assert_sums(world, "0/5/5/5");
}

/* --- Bounds --- */

static void
id_number(struct report *report, unsigned number)
{
	snprintf(report->id, sizeof(report->id), "%u", number);
}

/* "jfo/1 jfo/2 ..." */
static const char *
names_from(unsigned first, unsigned count)
{
	static char names[1024];
	size_t used = 0;

	names[0] = '\0';
	for (unsigned i = first; i < first + count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used,
					 "%sjfo/%u", i > first ? " " : "", i);
	return names;
}

static void
fills_no_event_beyond_32_reports(void **state)
{
	struct world *world = *state;

	world_begin(world);
	for (unsigned i = 1; i <= 35; i++) {
		struct report report = REPORT(KILLED(1));
		strcpy(report.event, i < 20 ? "e" : "");
		id_number(&report, i);
		accepted(world, report);
	}
	/* 1 to 19 tell it, 20 to 32 are put into it; 10 is both. */
	accepted(world,
		 FINDING("jfo/10", .id = "a", .source = "un", .event = "e"));
	accepted(world, FINDING(names_from(20, 13), .id = "b", .source = "un",
				.event = "e"));
	assert_sums(world, "0/0/4/4");
	assert_rejected(world,
			FINDING("jfo/33", .id = "c", .source = "un",
				.event = "e"),
			REASON_EVENT_FULL, "event");
	assert_rejected(world, REPORT(.id = "36", .event = "e"),
			REASON_EVENT_FULL, "event");
	/* One that a finding takes away may come back: its place is kept. */
	accepted(world,
		 FINDING("jfo/1", .id = "d", .source = "un", .event = "f"));
	assert_rejected(world, REPORT(.id = "36", .event = "e"),
			REASON_EVENT_FULL, "event");
	accepted(world, FINDING("", .id = "d", .source = "un", .revision = 2,
				.assessment = ASSESSMENT_WITHDRAWN));
	assert_sums(world, "0/0/4/4");
}

static void
keeps_the_place_of_a_report_that_is_still_to_come(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, FINDING(names_from(1, 32), .id = "a", .source = "un",
				.event = "e"));
	assert_rejected(world, REPORT(.id = "33", .event = "e"),
			REASON_EVENT_FULL, "event");
	accepted(world, REPORT(.id = "32", .event = "e", KILLED(2)));
	accepted(world, REPORT(.id = "31", KILLED(3)));
	assert_sums(world, "0/0/2/3");
}

static void
keeps_no_place_in_an_event_for_who_may_only_deny(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world, FINDING(names_from(1, 32), .id = "a", .source = "x",
				.event = "e", .denies = true));
	accepted(world, REPORT(.id = "1", KILLED(2)));
	accepted(world, REPORT(.id = "33", .event = "e", KILLED(3)));
	assert_sums(world, "0/0/5/5");
	assert_int_equal(sums_of(world).disputed, 1);
}

static void
hears_no_more_than_32_findings_of_one_report(void **state)
{
	struct world *world = *state;

	world_begin(world);
	for (unsigned i = 1; i <= 32; i++) {
		struct report report =
			FINDING("jfo/1", .source = "x", .denies = true);
		id_number(&report, i);
		accepted(world, report);
	}
	assert_rejected(world,
			FINDING("jfo/1", .id = "33", .source = "x",
				.denies = true),
			REASON_EVENT_FULL, "reports");
	accepted(world, FINDING("", .id = "1", .source = "x", .revision = 2,
				.assessment = ASSESSMENT_WITHDRAWN));
	accepted(world,
		 FINDING("jfo/1", .id = "33", .source = "x", .denies = true));
	/* However many deny it, there is room for what the mission says. */
	accepted(world, FINDING("jfo/1", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", KILLED(1)));
	assert_sums(world, "1/1/1/1");
}

static void
has_room_for_as_many_names_as_reports(void **state)
{
	struct world *world = *state;

	world->configuration.limits.reports = 40;
	world_begin(world);
	accepted(world, FINDING(names_from(1, 32), .id = "a", .source = "un",
				.denies = true));
	assert_rejected(world,
			FINDING(names_from(1, 9), .id = "b", .source = "un",
				.denies = true),
			REASON_LEDGER_FULL, "reports");
	accepted(world, FINDING(names_from(1, 32), .id = "a", .source = "un",
				.party = "north", .revision = 2));
	accepted(world, FINDING(names_from(1, 8), .id = "b", .source = "un",
				.denies = true));
	accepted(world, FINDING("", .id = "a", .source = "un", .revision = 3,
				.assessment = ASSESSMENT_WITHDRAWN));
	accepted(world, FINDING(names_from(1, 32), .id = "c", .source = "un",
				.denies = true));
}

/* --- Alerts and configurations --- */

static void
corrects_an_alert_whose_report_it_refutes(void **state)
{
	struct world *world = *state;

	world->rules[0] = rule_simple("killed");
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", ON(1), KILLED(5)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @1\n");
	world_report(world, 2,
		     FINDING("jfo/1", .id = "f", .source = "un",
			     .assessment = ASSESSMENT_VERIFIED));
	assert_told(world, "certainty Severe Observed 5/5/5/5 @2\n");
	world_tick(world, 200);
	assert_told(world, "cleared Severe Observed resolved 0/0/0/0 @61\n");
	/* After its end, too. */
	world_report(world, 201,
		     FINDING("jfo/1", .id = "f", .source = "un", .revision = 2,
			     .assessment = ASSESSMENT_UNSUBSTANTIATED));
	assert_told(world,
		    "corrected Severe Observed cancelled 0/0/0/0 @201\n");
}

static void
names_reports_and_not_itself_as_evidence(void **state)
{
	struct world *world = *state;

	world->rules[0].levels[0].at = world->rules[0].levels[0].clear = 5;
	world_begin(world);
	accepted(world, REPORT(.id = "1", KILLED(2)));
	accepted(world, REPORT(.id = "2", KILLED(3)));
	accepted(world, REPORT(.id = "3", .event = "e", KILLED(2)));
	assert_int_equal(world->alerts_count, 1);
	accepted(world, FINDING("", .id = "f", .source = "un", .event = "e",
				.assessment = ASSESSMENT_VERIFIED));
	accepted(world, FINDING("jfo/1 jfo/2", .id = "g", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	const struct alert *alert = &world->alerts[1];
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(alert->evidence_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(alert->evidence[i].source, "jfo");
}

static void
tells_the_groups_that_it_touched_in_the_order_of_labels(void **state)
{
	struct world *world = *state;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world->rules[0].basis = BASIS_CONFIRMED;
	world->rules[0].levels[0].at = world->rules[0].levels[0].clear = 5;
	world_begin(world);
	accepted(world, REPORT(.id = "1", .party = "south", KILLED(5)));
	accepted(world, REPORT(.id = "2", .party = "north", KILLED(5)));
	accepted(world, REPORT(.id = "3", KILLED(5)));
	accepted(world, FINDING("jfo/1 jfo/2 jfo/3", .id = "f", .source = "un",
				.assessment = ASSESSMENT_VERIFIED));
	assert_told(world, "crossed Severe Observed [] 5/5/5/5 @1\n"
			   "crossed Severe Observed [north] 5/5/5/5 @1\n"
			   "crossed Severe Observed [south] 5/5/5/5 @1\n");
}

static void
reload(struct world *world, const struct configuration *configuration)
{
	enum pool_kind full;
	struct alert alert;
	const struct step step = {.kind = STEP_CONFIG,
				  .time_ms = AT(5),
				  .position = ++world->position};

	assert_int_equal(engine_prepare(world->engine, configuration, &full),
			 0);
	engine_begin(world->engine, &step);
	while (engine_next(world->engine, &alert))
		;
}

static void
is_carried_to_another_configuration_and_weighed_by_it(void **state)
{
	struct world *world = *state;

	world_begin(world);
	accepted(world,
		 FINDING("jfo/1 jfo/2", .id = "f", .source = "un", .event = "e",
			 .assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", KILLED(5)));
	struct configuration unheard = world->configuration;
	unheard.sources_count = 0;
	reload(world, &unheard);
	assert_sums(world, "0/0/5/5");
	reload(world, &world->configuration);
	assert_sums(world, "5/5/5/5");
	accepted(world, REPORT(.id = "2", KILLED(6), .reported_at = AT(2)));
	assert_sums(world, "6/6/6/6");
	accepted(world, FINDING("", .id = "f", .source = "un", .revision = 2,
				.assessment = ASSESSMENT_WITHDRAWN));
	assert_sums(world, "0/0/11/11");
}

/* Both are then of the same time, and the greater source has the last word. */
static void
is_weighed_anew_when_the_clock_was_set_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 900, REPORT(.id = "1", KILLED(5)));
	world_report(world, 900,
		     FINDING("jfo/1", .id = "f", .source = "un",
			     .assessment = ASSESSMENT_VERIFIED));
	world_report(world, 901,
		     FINDING("jfo/1", .id = "f", .source = "osce",
			     .assessment = ASSESSMENT_ALLEGED));
	assert_sums(world, "0/0/5/5");
	world_clock(world, 500, -401);
	assert_sums(world, "5/5/5/5");
}

/* What an engine knows, as a checkpoint has it. */
struct copy {
	void *state;
	size_t size;
};

static int
copy_fill(void *context, enum engine_part part, void *state, size_t size)
{
	const struct copy *copy = context;

	(void)part;
	assert_int_equal(size, copy->size);
	memcpy(state, copy->state, size);
	return 0;
}

static void
is_in_a_checkpoint(void **state)
{
	struct world *world = *state;
	struct copy copy;

	world_begin(world);
	accepted(world,
		 FINDING("jfo/1 jfo/2", .id = "f", .source = "un", .event = "e",
			 .assessment = ASSESSMENT_VERIFIED));
	accepted(world, REPORT(.id = "1", KILLED(5)));
	const void *known = engine_state(world->engine, &copy.size);
	copy.state = malloc(copy.size);
	assert_non_null(copy.state);
	memcpy(copy.state, known, copy.size);
	engine_free(world->engine);
	assert_int_equal(engine_restore(&world->engine, &world->configuration,
					world->part, key, copy_fill, &copy),
			 0);
	free(copy.state);
	assert_sums(world, "5/5/5/5");
	accepted(world, REPORT(.id = "2", KILLED(6), .reported_at = AT(1)));
	assert_sums(world, "6/6/6/6");
}

/* Whatever happened on the way, sums are those of the reports that stand. */
static void
sums_as_if_all_had_come_in_another_order(void **state)
{
	static const enum assessment assessments[] = {
		ASSESSMENT_UNSPECIFIED,	    ASSESSMENT_ALLEGED,
		ASSESSMENT_VERIFIED,	    ASSESSMENT_UNSUBSTANTIATED,
		ASSESSMENT_NOT_A_VIOLATION, ASSESSMENT_WITHDRAWN};
	static const char *const events[] = {"", "a", "b"};
	static const char *const named[] = {"", "jfo/1", "jfo/1 jfo/2",
					    "jfo/2 jfo/3 jfo/4"};
	static const char *const sources[] = {"un", "osce", "south"};
	static const char *const parties[] = {"", "north", "south"};
	struct world *world = *state;
	unsigned seed = 1;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world_begin(world);
#define DRAW(n) ((unsigned)rand_r(&seed) % (n))
	for (unsigned i = 1; i <= 3000; i++) {
		struct report report = {.agreement = "pact",
					.revision = i,
					.reported_at = AT(-(int)DRAW(3)),
					.occurred_at = TIME_UNSET,
					.occurred_until = TIME_UNSET};
		report.denies = DRAW(4) == 0;
		report.assessment = assessments[DRAW(6)];
		report.attribution = (enum attribution)DRAW(ATTRIBUTIONS);
		strcpy(report.event, events[DRAW(3)]);
		strcpy(report.party, parties[DRAW(3)]);
		id_number(&report, DRAW(4) + 1);
		if (DRAW(2)) {
			report.type = REPORT_FINDING;
			strcpy(report.source, sources[DRAW(3)]);
			report = about(named[DRAW(4)], report);
		} else {
			report.denies = false;
			strcpy(report.source, "jfo");
			if (!report.assessment)
				report.assessment = ASSESSMENT_ALLEGED;
			if (!report.attribution)
				report.attribution = ATTRIBUTION_ALLEGED_PARTY;
			report.counts[COUNT_KILLED] =
				(struct count){1, 1 + DRAW(5), 6, false};
			report = about("", report);
		}
		world_report(world, 1, report);
		if (i % 10)
			continue;
		struct sums before[3], after;
		for (int party = 0; party < 3; party++) {
			before[party] = (struct sums){.events = 0};
			engine_sums(world->engine, 0, "pact", &parties[party],
				    &before[party]);
		}
		/* Sums anew: the rule is another, for its level is. */
		world->rules[1] = world->rules[0];
		struct configuration other = world->configuration;
		other.rules = &world->rules[1];
		world->rules[1].levels[0].at++;
		reload(world, &other);
		for (int party = 0; party < 3; party++) {
			after = (struct sums){.events = 0};
			engine_sums(world->engine, 0, "pact", &parties[party],
				    &after);
			assert_memory_equal(&before[party], &after,
					    sizeof(after));
		}
		reload(world, &world->configuration);
	}
#undef DRAW
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MISSION_TEST(lifts_reports_as_far_as_its_own_source_may),
		MISSION_TEST(is_capped_by_its_source_and_not_by_the_reports),
		MISSION_TEST(takes_unsubstantiated_reports_out_of_their_events),
		MISSION_TEST(says_that_it_was_no_violation_though_people_died),
		MISSION_TEST(may_lower_what_a_source_verified_itself),
		MISSION_TEST(stops_when_it_is_withdrawn),
		MISSION_TEST(leaves_a_withdrawn_report_withdrawn),
		MISSION_TEST(may_come_before_the_report),
		MISSION_TEST(stays_through_revisions_of_the_report),
		MISSION_TEST(is_about_other_reports_when_it_is_revised),
		MISSION_TEST(
			has_the_last_word_if_it_is_the_latest_then_of_the_greatest_source_and_id),
		MISSION_TEST(replaces_only_what_it_says),
		MISSION_TEST(counts_only_from_a_source_whose_word_counts),
		MISSION_TEST(
			reads_a_name_with_slashes_as_the_report_that_stands),
		MISSION_TEST(joins_reports_into_one_event),
		MISSION_TEST(
			speaks_of_all_reports_of_an_event_if_it_names_none),
		MISSION_TEST(disputes_an_event_by_denying_it),
		MISSION_TEST(settles_a_dispute_about_the_party),
		MISSION_TEST(
			counts_independent_sources_of_an_event_that_it_made),
		MISSION_TEST(leaves_rules_of_other_agreements_alone),
		MISSION_TEST(
			believes_who_did_it_only_from_those_who_may_say_so),
		MISSION_TEST(attributes_by_a_finding),
		MISSION_TEST(
			leaves_what_was_said_of_the_party_that_is_accused_again),
		MISSION_TEST(
			stays_attributed_to_the_party_that_another_finding_names_too),
		MISSION_TEST(
			lets_the_accused_admit_and_nobody_else_of_no_standing),
		MISSION_TEST(
			does_not_let_a_party_lower_what_the_mission_attributed),
		MISSION_TEST(
			supports_no_violation_by_one_who_says_that_it_was_none),
		MISSION_TEST(fills_no_event_beyond_32_reports),
		MISSION_TEST(keeps_the_place_of_a_report_that_is_still_to_come),
		MISSION_TEST(keeps_no_place_in_an_event_for_who_may_only_deny),
		MISSION_TEST(hears_no_more_than_32_findings_of_one_report),
		MISSION_TEST(has_room_for_as_many_names_as_reports),
		MISSION_TEST(corrects_an_alert_whose_report_it_refutes),
		MISSION_TEST(names_reports_and_not_itself_as_evidence),
		MISSION_TEST(
			tells_the_groups_that_it_touched_in_the_order_of_labels),
		MISSION_TEST(
			is_carried_to_another_configuration_and_weighed_by_it),
		MISSION_TEST(is_weighed_anew_when_the_clock_was_set_back),
		MISSION_TEST(is_in_a_checkpoint),
		MISSION_TEST(sums_as_if_all_had_come_in_another_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
