/* Rules of the kind discrepancy: two sources' totals, or one and our own sum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN
#define VERIFIED .assessment = ASSESSMENT_VERIFIED
#define BY_AGENCY .source = "agency"

static const char *const both[] = {"ministry", "agency"};

static struct rule *
rule_of(struct world *world)
{
	return &world->rules[0];
}

/* What the ministry and the agency say of the killed, within two days: 20 and
 * 50 per cent, of at least 3. */
static int
two_sources(void **state)
{
	world_setup(state);
	*world_rule(*state, "apart") = (struct rule){
		.name = "apart",
		.kind = RULE_DISCREPANCY,
		.measure = MEASURE_KILLED,
		.basis = BASIS_REPORTED,
		.window_kind = WINDOW_LATEST,
		.max_age_ms = 2 * DAY,
		.min_gap = 3,
		.group_by = {FIELD_PARTY},
		.group_by_count = 1,
		.match = {.source = {both, 2}},
		.levels =
			{{.at = 20, .clear = 20, .severity = SEVERITY_MODERATE},
			 {.at = 50, .clear = 50, .severity = SEVERITY_SEVERE}},
		.levels_count = 2,
		.headline = "",
		.instruction = "",
		.web = "",
	};
	world_source(*state, "ministry", "", ASSESSMENT_VERIFIED);
	world_source(*state, "agency", "", ASSESSMENT_VERIFIED);
	return 0;
}

/* The ministry's total and what is reported by anybody. */
static int
own_sum(void **state)
{
	two_sources(state);
	rule_of(*state)->match.source.count = 1;
	return 0;
}

static void
report_on(struct world *world, int day, struct report report)
{
	assert_int_equal(world_report(world, DAYS(day), report),
			 VERDICT_ACCEPTED);
}

static void
tells_how_far_two_totals_are_apart(void **state)
{
	struct world *world = *state;
	const struct alert *alert = &world->alerts[0];

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(47)));
	assert_told(world, "");
	report_on(world, 1, TALLY("1", 1, TOTAL(22), BY_AGENCY));
	assert_int_equal(alert->figure, FIGURE_GAP);
	assert_true(alert->value > 53.1 && alert->value < 53.2);
	assert_int_equal(alert->onset_at, START);
	assert_int_equal(alert->compared_count, 2);
	assert_string_equal(alert->compared[0].source, "ministry");
	assert_int_equal(alert->compared[0].low, 47);
	assert_string_equal(alert->compared[1].source, "agency");
	assert_int_equal(alert->compared[1].high, 22);
	assert_int_equal(alert->evidence_count, 2);
	assert_string_equal(alert->evidence[0].source, "agency");
	assert_told(world, "crossed Severe Possible [] 0/0/25/25 @1440\n");
	report_on(world, 2, TALLY("2", 2, TOTAL(40), BY_AGENCY));
	assert_told(world, "");
	/* As of the same day now. */
	report_on(world, 2, TALLY("2", 2, TOTAL(47)));
	assert_told(world,
		    "cleared Severe Possible resolved [] 0/0/7/7 @2880\n");
}

static void
takes_ranges_that_meet_for_agreement(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1,
		  TALLY("1", 1, .totals[TALLY_KILLED] = {40, 47, 60, false}));
	report_on(world, 1,
		  TALLY("1", 1, BY_AGENCY,
			.totals[TALLY_KILLED] = {10, 20, 40, false}));
	assert_told(world, "");
	report_on(world, 2, TALLY("2", 1, OVER(10), BY_AGENCY));
	assert_told(world, "");
	/* "Over" has no upper end, but a lower one. */
	report_on(world, 2,
		  TALLY("3", 1, BY_AGENCY,
			.totals[TALLY_KILLED] = {100, 110, 200, true}));
	assert_true(world->alerts[0].sums.at_least);
	assert_true(world->alerts[0].value == 40.0); /* of 100 */
	assert_told(world, "crossed Moderate Possible [] 0/0/40/160 @2880\n");
}

static void
takes_a_small_gap_for_none(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(2)));
	report_on(world, 1, TALLY("1", 1, TOTAL(0), BY_AGENCY));
	assert_told(world, "");
	report_on(world, 2, TALLY("1", 1, TOTAL(3), .revision = 2));
	assert_told(world, "crossed Severe Possible [] 0/0/3/3 @2880\n");
}

static void
compares_totals_of_about_the_same_time(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 2, TALLY("1", 2, TOTAL(10)));
	report_on(world, 2, TALLY("1", 2, TOTAL(10), BY_AGENCY));
	/* They grow, and one of them speaks less often. */
	report_on(world, 3, TALLY("2", 3, TOTAL(20)));
	report_on(world, 4, TALLY("3", 4, TOTAL(40)));
	assert_told(world, "");
	/* The agency's is too old by now, whatever it says. */
	report_on(world, 6, TALLY("4", 6, TOTAL(60)));
	report_on(world, 6, TALLY("1", 2, TOTAL(2), BY_AGENCY, .revision = 2));
	assert_told(world, "");
	report_on(world, 7, TALLY("2", 5, TOTAL(30), BY_AGENCY));
	assert_told(world, "crossed Severe Possible [] 0/0/30/30 @10080\n");
	/* What counts from another time is another total. */
	report_on(world, 8,
		  TALLY("3", 8, TOTAL(1), BY_AGENCY, .since_at = AT(DAYS(4))));
	assert_told(world,
		    "cleared Severe Possible resolved [] 0/0/0/0 @11520\n");
}

static void
holds_each_party_apart(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(10), .party = "north"));
	report_on(world, 1, TALLY("1", 1, TOTAL(90), BY_AGENCY));
	assert_told(world, "");
	report_on(world, 1,
		  TALLY("2", 1, TOTAL(20), BY_AGENCY, .party = "north"));
	assert_told(world, "crossed Severe Possible [north] 0/0/10/10 @1440\n");
}

static void
is_as_sure_as_both_totals(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(10), VERIFIED));
	report_on(world, 1, TALLY("1", 1, TOTAL(20), BY_AGENCY));
	assert_told(world, "crossed Severe Likely [] 0/10/10/10 @1440\n");
	report_on(world, 2,
		  TALLY("1", 1, TOTAL(20), BY_AGENCY, VERIFIED, .revision = 2));
	assert_told(world, "certainty Severe Observed [] 10/10/10/10 @2880\n");
}

static void
corrects_what_was_apart_by_mistake(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(10)));
	report_on(world, 1, TALLY("1", 1, TOTAL(20), BY_AGENCY));
	world_told(world);
	report_on(world, 2, TALLY("1", 1, TOTAL(15), BY_AGENCY, .revision = 2));
	assert_told(world, "corrected Moderate Possible [] 0/0/5/5 @2880\n");
	report_on(world, 3, TALLY("1", 1, BY_AGENCY, GONE, .revision = 3));
	assert_int_equal(world->alerts[0].compared_count, 0);
	assert_told(world, "corrected Moderate Possible cancelled [] 0/0/0/0 "
			   "@4320\n");
}

/* --- Our own sum --- */

static void
holds_a_total_against_what_was_reported(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, REPORT(.id = "1", ON(60), KILLED(20)));
	report_on(world, 2, TALLY("1", 1, TOTAL(25)));
	assert_string_equal(world->alerts[0].compared[1].source, "");
	assert_int_equal(world->alerts[0].compared[1].low, 20);
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @2880\n");
	/* What happened later is in neither. */
	report_on(world, 2, REPORT(.id = "2", ON(2000), KILLED(9)));
	assert_told(world, "");
	/* What is told late is. */
	report_on(world, 3, REPORT(.id = "3", ON(90), KILLED(5)));
	assert_told(world,
		    "corrected Moderate Possible cancelled [] 0/0/0/0 @4320\n");
	report_on(world, 4, REPORT(.id = "3", .revision = 2, GONE));
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @5760\n");
}

static void
knows_how_sure_its_own_sum_is(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1,
		  REPORT(.id = "1", ON(60), KILLED(20), BY_AGENCY, VERIFIED));
	report_on(world, 2, TALLY("1", 1, TOTAL(10), VERIFIED));
	assert_told(world, "crossed Severe Observed [] 10/10/10/10 @2880\n");
	/* It may have happened after what the total counts to. */
	report_on(world, 3,
		  REPORT(.id = "2", ON(61), KILLED(1),
			 .occurred_until = AT(1500)));
	assert_told(world, "certainty Severe Likely [] 0/10/10/11 @4320\n");
}

static void
counts_the_party_that_the_total_is_of(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1,
		  REPORT(.id = "1", ON(60), KILLED(10), .party = "north"));
	report_on(world, 1,
		  REPORT(.id = "2", ON(60), KILLED(10), .party = "south"));
	report_on(world, 2, TALLY("1", 1, TOTAL(20)));
	report_on(world, 2, TALLY("2", 1, TOTAL(10), .party = "north"));
	assert_told(world, "");
	report_on(world, 3,
		  REPORT(.id = "2", ON(60), KILLED(10), .party = "north",
			 .revision = 2));
	assert_told(world, "crossed Severe Possible [north] 0/0/10/10 @4320\n");
}

static void
hears_what_was_found_of_the_reports(void **state)
{
	struct world *world = *state;
	struct report finding =
		REPORT(.id = "f", .type = REPORT_FINDING, BY_AGENCY, VERIFIED,
		       .reports = "jfo/1", .reports_count = 1);

	world_begin(world);
	report_on(world, 1, REPORT(.id = "1", ON(60), KILLED(20)));
	report_on(world, 2, TALLY("1", 1, TOTAL(10), VERIFIED));
	assert_told(world, "crossed Severe Likely [] 0/10/10/10 @2880\n");
	report_on(world, 3, finding);
	assert_told(world, "certainty Severe Observed [] 10/10/10/10 @4320\n");
	finding.assessment = ASSESSMENT_UNSUBSTANTIATED;
	finding.revision = 2;
	report_on(world, 4, report_complete(finding));
	/* Now it is the total that is higher, by as much; and that nothing is
	 * reported any more makes nothing surer. */
	assert_told(world, "certainty Severe Likely [] 0/10/10/10 @5760\n");
	finding.assessment = ASSESSMENT_WITHDRAWN;
	finding.revision = 3;
	report_on(world, 5, report_complete(finding));
	assert_told(world, "");
}

static void
sums_its_own_anew_at_a_reload(void **state)
{
	static struct configuration other, third;
	static struct source fewer[2];
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, REPORT(.id = "1", ON(60), KILLED(20)));
	report_on(world, 2, TALLY("1", 1, TOTAL(25)));
	world_told(world);
	other = third = world->configuration;
	world_configure(world, DAYS(3), &other);
	assert_told(world, "");
	/* Another's word counts in our own sum. */
	memcpy(fewer, world->sources, sizeof(fewer));
	fewer[1].at_most = ASSESSMENT_CORROBORATED;
	third.sources = fewer;
	world_configure(world, DAYS(4), &third);
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[0].cause, CAUSE_RULE_CHANGED);
	assert_int_equal(world->alerts[1].cause, CAUSE_CROSSED);
}

static void
keeps_its_episodes_whoever_makes_findings(void **state)
{
	static struct configuration other;
	static struct source fewer[3];
	struct world *world = *state;

	world_source(world, "mission", "", ASSESSMENT_VERIFIED);
	world_begin(world);
	report_on(world, 1, REPORT(.id = "1", ON(60), KILLED(20)));
	report_on(world, 1,
		  REPORT(.id = "f", .type = REPORT_FINDING, VERIFIED,
			 .source = "mission", .reports = "jfo/1",
			 .reports_count = 1));
	report_on(world, 1, TALLY("1", 1, TOTAL(47)));
	report_on(world, 1, TALLY("1", 1, TOTAL(22), BY_AGENCY));
	world_told(world);
	other = world->configuration;
	memcpy(fewer, world->sources, sizeof(fewer));
	fewer[2].at_most = ASSESSMENT_ALLEGED;
	other.sources = fewer;
	world_configure(world, DAYS(2), &other);
	assert_told(world, "");
}

#define TOLD(name, number, minute, killed)                                     \
	REPORT(.id = name, .revision = number, ON(minute), KILLED(killed))

static void
follows_a_report_out_of_its_time_and_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TOLD("1", 1, 60, 20));
	report_on(world, 1, TOLD("2", 1, 61, 5));
	report_on(world, 2, TALLY("1", 1, TOTAL(25)));
	assert_told(world, "");
	report_on(world, 3, TOLD("2", 2, 1500, 5));
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @4320\n");
	report_on(world, 4, TOLD("2", 3, 1440, 5));
	assert_told(world,
		    "corrected Moderate Possible cancelled [] 0/0/0/0 @5760\n");
	/* What ends later may have been counted, but need not have been. */
	report_on(world, 5,
		  REPORT(.id = "1", .revision = 2, ON(60), KILLED(26),
			 .occurred_until = AT(1500)));
	assert_told(world, "");
	report_on(world, 6, TALLY("1", 1, TOTAL(40), .revision = 2));
	assert_told(world, "crossed Moderate Possible [] 0/0/9/35 @8640\n");
}

static void
counts_an_event_once_that_another_report_joins(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1,
		  REPORT(.id = "1", ON(60), KILLED(20), .event = "raid"));
	report_on(world, 1, TOLD("2", 1, 61, 20));
	report_on(world, 2, TALLY("1", 1, TOTAL(40)));
	assert_told(world, "");
	report_on(world, 3,
		  REPORT(.id = "2", .revision = 2, ON(61), KILLED(20),
			 .event = "raid"));
	assert_told(world, "crossed Severe Possible [] 0/0/20/20 @4320\n");
	report_on(world, 4, TOLD("2", 3, 61, 20));
	assert_told(world,
		    "corrected Severe Possible cancelled [] 0/0/0/0 @5760\n");
}

static void
knows_anew_at_a_reload_how_sure_its_own_sum_is(void **state)
{
	static struct configuration other;
	static struct source fewer[2];
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1,
		  REPORT(.id = "1", ON(60), KILLED(20), BY_AGENCY, VERIFIED));
	report_on(world, 2, TALLY("1", 1, TOTAL(25)));
	assert_told(world, "crossed Moderate Likely [] 0/5/5/5 @2880\n");
	other = world->configuration;
	memcpy(fewer, world->sources, sizeof(fewer));
	fewer[1].at_most = ASSESSMENT_ALLEGED;
	other.sources = fewer;
	world_configure(world, DAYS(3), &other);
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[1].cause, CAUSE_CROSSED);
	assert_int_equal(world->alerts[1].certainty, CERTAINTY_POSSIBLE);
}

static void
sums_its_own_anew_when_the_clock_goes_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 2, TOLD("1", 1, 2000, 20));
	report_on(world, 2, TALLY("1", 1, TOTAL(20)));
	assert_told(world, "crossed Severe Possible [] 0/0/20/20 @2880\n");
	/* Now it happened at the very time that the total counts to. */
	world_clock(world, DAYS(1), -DAYS(1));
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[1].cause, CAUSE_CORRECTED);
	assert_int_equal(world->alerts[1].state, ALERT_CANCELLED);
}

static void
sums_its_own_from_when_the_total_counts(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TOLD("1", 1, 60, 20));
	report_on(world, 2, TALLY("1", 1, TOTAL(25)));
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @2880\n");
	report_on(world, 3,
		  TALLY("1", 1, TOTAL(25), .revision = 2, .since_at = AT(61)));
	assert_told(world, "level_up Severe Possible [] 0/0/25/25 @4320\n");
}

static void
counts_in_a_later_total_what_lasted_until_then(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TOLD("1", 1, 60, 20));
	report_on(world, 1,
		  REPORT(.id = "2", ON(61), KILLED(5),
			 .occurred_until = AT(1500)));
	report_on(world, 2, TALLY("1", 1, TOTAL(20)));
	assert_told(world, "");
	report_on(world, 2, TALLY("2", 2, TOTAL(20)));
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @2880\n");
	report_on(world, 3, TALLY("2", 2, GONE, .revision = 2));
	assert_told(world,
		    "corrected Moderate Possible cancelled [] 0/0/0/5 @4320\n");
}

static void
looks_up_its_own_sums_of_an_episode_after_a_start(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TOLD("1", 1, 60, 20));
	report_on(world, 1, TALLY("1", 1, TOTAL(25)));
	report_on(world, 2, TALLY("2", 2, TOTAL(25)));
	report_on(world, 3, TALLY("3", 3, OVER(1)));
	assert_told(world,
		    "crossed Moderate Possible [] 0/0/5/5 @1440\n"
		    "cleared Moderate Possible resolved [] 0/0/0/19 @4320\n");
	world_restore(world);
	/* That of the next total alone is asked for here. */
	report_on(world, 4, TOLD("3", 1, 5000, 10));
	report_on(world, 4, TALLY("4", 4, OVER(30)));
	assert_told(world, "");
	report_on(world, 5, TOLD("2", 1, 61, 5));
	assert_told(
		world,
		"corrected Moderate Possible cancelled [] 0/0/0/24 @7200\n");
}

/* Of each a sum of its own is kept, until there is no room for more. */
static void
sums_its_own_up_to_ever_other_times(void **state)
{
	const int64_t times = 5000;
	struct world *world = *state;
	struct report total = TALLY("1", 0, TOTAL(25));

	world_begin(world);
	report_on(world, 4, TOLD("1", 1, 1, 20));
	for (int64_t minute = 1; minute <= times; minute++) {
		total.revision = (uint32_t)minute;
		total.occurred_at = AT(minute);
		report_on(world, 4, tally_complete(total));
	}
	assert_told(world, "crossed Moderate Possible [] 0/0/5/5 @5760\n");
	report_on(world, 5, TOLD("2", 1, 2, 5));
	assert_told(world,
		    "corrected Moderate Possible cancelled [] 0/0/0/0 @7200\n");
	for (int64_t minute = 1; minute <= 4; minute++) {
		total.revision++;
		total.occurred_at = AT(minute);
		report_on(world, 6, tally_complete(total));
		assert_told(world, minute == 1 ? "crossed Moderate Possible [] "
						 "0/0/5/5 @8640\n"
				   : minute == 2
					   ? "corrected Moderate Possible "
					     "cancelled [] 0/0/0/0 @8640\n"
					   : "");
	}
}

int
main(void)
{
#define SOURCES(test)                                                          \
	cmocka_unit_test_setup_teardown(test, two_sources, world_teardown)
#define OWN(test) cmocka_unit_test_setup_teardown(test, own_sum, world_teardown)
	const struct CMUnitTest tests[] = {
		SOURCES(tells_how_far_two_totals_are_apart),
		SOURCES(takes_ranges_that_meet_for_agreement),
		SOURCES(takes_a_small_gap_for_none),
		SOURCES(compares_totals_of_about_the_same_time),
		SOURCES(holds_each_party_apart),
		SOURCES(is_as_sure_as_both_totals),
		SOURCES(corrects_what_was_apart_by_mistake),
		SOURCES(keeps_its_episodes_whoever_makes_findings),
		OWN(holds_a_total_against_what_was_reported),
		OWN(knows_how_sure_its_own_sum_is),
		OWN(counts_the_party_that_the_total_is_of),
		OWN(hears_what_was_found_of_the_reports),
		OWN(sums_its_own_anew_at_a_reload),
		OWN(follows_a_report_out_of_its_time_and_back),
		OWN(counts_an_event_once_that_another_report_joins),
		OWN(knows_anew_at_a_reload_how_sure_its_own_sum_is),
		OWN(sums_its_own_anew_when_the_clock_goes_back),
		OWN(sums_its_own_from_when_the_total_counts),
		OWN(counts_in_a_later_total_what_lasted_until_then),
		OWN(looks_up_its_own_sums_of_an_episode_after_a_start),
		OWN(sums_its_own_up_to_ever_other_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
