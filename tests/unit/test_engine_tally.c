/* Rules of the kind tally: totals and increases of a counter, what corrects
 * them and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN
#define VERIFIED .assessment = ASSESSMENT_VERIFIED

#define TOTAL_RANGE(l, b, h)                                                   \
	.totals[TALLY_KILLED] = {.low = (l), .best = (b), .high = (h)}
/* What happened in so many days that end when the tally counts to. */
#define IN_PERIOD(n, days)                                                     \
	.told = 1 << TALLY_KILLED_IN_PERIOD, .period_ms = (days)*DAY,          \
	.totals[TALLY_KILLED_IN_PERIOD] = {.low = (n),                         \
					   .best = (n),                        \
					   .high = (n)}

static struct rule *
rule_of(struct world *world)
{
	return &world->rules[0];
}

/* The latest total of the killed, 100 and 200. */
static int
latest(void **state)
{
	world_setup(state);
	*world_rule(*state, "tally") = (struct rule){
		.name = "tally",
		.kind = RULE_TALLY,
		.measure = MEASURE_KILLED,
		.basis = BASIS_REPORTED,
		.window_kind = WINDOW_LATEST,
		.group_by = {FIELD_SOURCE, FIELD_PARTY},
		.group_by_count = 2,
		.levels = {{.at = 100,
			    .clear = 100,
			    .severity = SEVERITY_MODERATE},
			   {.at = 200,
			    .clear = 200,
			    .severity = SEVERITY_SEVERE}},
		.levels_count = 2,
		.headline = "",
		.instruction = "",
		.web = "",
	};
	world_source(*state, "ministry", "", ASSESSMENT_VERIFIED);
	return 0;
}

/* How much it is up in a week, 50 and 100. */
static int
increase(void **state)
{
	latest(state);
	struct rule *rule = rule_of(*state);

	rule->window_kind = WINDOW_DURATION;
	rule->window_ms = 7 * DAY;
	rule->levels[0].at = rule->levels[0].clear = 50;
	rule->levels[1].at = rule->levels[1].clear = 100;
	return 0;
}

/* What happened in the periods of a week, 50 and 100. */
static int
periods(void **state)
{
	increase(state);
	rule_of(*state)->measure = MEASURE_KILLED_IN_PERIOD;
	return 0;
}

static void
report_on(struct world *world, int day, struct report report)
{
	assert_int_equal(world_report(world, DAYS(day), report),
			 VERDICT_ACCEPTED);
}

static void
assert_evidence(const struct alert *alert, const char *expected)
{
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < alert->evidence_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s/%s@%u", i ? " " : "",
					 alert->evidence[i].source,
					 alert->evidence[i].id,
					 alert->evidence[i].revision);
	assert_string_equal(text, expected);
}

/* --- The latest total --- */

static void
tells_when_a_total_reaches_a_level(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(99)));
	assert_told(world, "");
	report_on(world, 2, TALLY("2", 2, OVER(100), .since_at = AT(DAYS(-3))));
	assert_told(world, "");
	report_on(world, 2, TALLY("3", 2, OVER(100)));
	assert_int_equal(world->alerts[0].figure, FIGURE_TOTAL);
	assert_int_equal(world->alerts[0].onset_at, START);
	assert_true(world->alerts[0].sums.at_least);
	assert_evidence(&world->alerts[0], "ministry/3@1");
	assert_told(world, "crossed Moderate Possible [ministry ] 0/0/100/100 "
			   "@2880\n");
	report_on(world, 3,
		  TALLY("4", 3, VERIFIED, TOTAL_RANGE(180, 210, 250)));
	assert_told(world, "level_up Severe Likely [ministry ] "
			   "180/210/210/250 @4320\n");
}

static void
counts_each_source_and_party_apart(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(90)));
	report_on(world, 1, TALLY("2", 1, TOTAL(90), .party = "north"));
	report_on(world, 1, TALLY("1", 1, TOTAL(90), .source = "agency"));
	assert_told(world, "");
	report_on(world, 2,
		  TALLY("2", 2, TOTAL(100), .source = "agency", VERIFIED));
	/* Whom the configuration does not list may allege. */
	assert_told(world, "crossed Moderate Possible [agency ] "
			   "0/0/100/100 @2880\n");
	report_on(world, 2, TALLY("3", 2, TOTAL(100), .party = "north"));
	assert_told(world, "crossed Moderate Possible [ministry north] "
			   "0/0/100/100 @2880\n");
}

static void
counts_only_what_matches(void **state)
{
	static const char *const party[] = {"north"};
	struct world *world = *state;
	struct match *match = &rule_of(world)->match;

	match->party = (struct name_list){party, 1};
	match->min_assessment = ASSESSMENT_VERIFIED;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(100), VERIFIED));
	report_on(world, 1, TALLY("2", 1, TOTAL(100), .party = "north"));
	assert_told(world, "");
	report_on(world, 1,
		  TALLY("3", 1, TOTAL(100), .party = "north", VERIFIED));
	assert_told(world, "crossed Moderate Observed [ministry north] "
			   "100/100/100/100 @1440\n");
}

static void
takes_no_account_of_what_is_not_told(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(100)));
	world_told(world);
	report_on(world, 2, TALLY("2", 2, .told = 1 << TALLY_INJURED));
	assert_told(world, "");
	report_on(world, 3, TALLY("3", 3, TOTAL(99), .since_at = AT(DAYS(2))));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/99/99 @4320\n");
}

static void
begins_anew_with_a_later_since_at(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(250)));
	world_told(world);
	/* Not a correction: what was told was true. */
	report_on(world, 9, TALLY("2", 9, TOTAL(3), .since_at = AT(DAYS(8))));
	assert_told(world, "cleared Severe Possible resolved [ministry ] "
			   "0/0/3/3 @12960\n");
	/* The old counter, told late, is not the latest. */
	report_on(world, 10, TALLY("3", 10, TOTAL(260)));
	assert_told(world, "");
	report_on(world, 11,
		  TALLY("4", 11, TOTAL(120), .since_at = AT(DAYS(8))));
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/120/120 @15840\n");
}

static void
takes_a_lower_total_for_a_correction(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(250)));
	report_on(world, 2, TALLY("2", 2, TOTAL(260)));
	world_told(world);
	report_on(world, 3, TALLY("3", 3, TOTAL(150)));
	assert_told(world,
		    "corrected Moderate Possible [ministry ] 0/0/150/150 "
		    "@4320\n");
	report_on(world, 4, TALLY("4", 4, TOTAL(99)));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/99/99 @5760\n");
	/* It was one: without it the others count as they did. */
	report_on(world, 5, TALLY("4", 4, .revision = 2, GONE));
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/150/150 @7200\n");
}

static void
takes_back_nothing_for_a_lower_bound(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(250)));
	report_on(world, 2, TALLY("2", 2, OVER(230)));
	world_told(world);
	report_on(world, 3, TALLY("3", 3, OVER(150)));
	assert_told(world,
		    "level_down Moderate Possible [ministry ] 0/0/150/150 "
		    "@4320\n");
	/* Without the exact one before, "over 230" was taken back. */
	report_on(world, 4, TALLY("1", 1, .revision = 2, GONE));
	assert_told(world,
		    "corrected Moderate Possible [ministry ] 0/0/150/150 "
		    "@5760\n");
}

static void
corrects_what_is_over(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(250)));
	report_on(world, 9, TALLY("2", 9, TOTAL(3), .since_at = AT(DAYS(8))));
	world_told(world);
	report_on(world, 10, TALLY("1", 1, TOTAL(110), .revision = 2));
	assert_told(world, "corrected Moderate Possible resolved [ministry ] "
			   "0/0/110/110 @14400\n");
	report_on(world, 11, TALLY("1", 1, .revision = 3, GONE));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/3/3 @15840\n");
}

static void
goes_by_when_a_total_counts_to(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 5, TALLY("b", 4, TOTAL(90)));
	/* An older one that comes later, and is lower, is no news. */
	report_on(world, 6, TALLY("a", 1, TOTAL(80)));
	/* Of the same time the one that was told last. */
	report_on(world, 7,
		  TALLY("c", 4, TOTAL(150), .reported_at = AT(DAYS(3))));
	assert_told(world, "");
	report_on(world, 8,
		  TALLY("0", 4, TOTAL(120), .reported_at = AT(DAYS(8))));
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/120/120 @11520\n");
	/* What lies ahead counts as now. */
	report_on(world, 9, TALLY("d", 10, TOTAL(200)));
	assert_told(world, "level_up Severe Possible [ministry ] 0/0/200/200 "
			   "@12960\n");
}

static void
tells_casualties_where_both_are_told(void **state)
{
	struct world *world = *state;

	rule_of(world)->measure = MEASURE_CASUALTIES;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(250)));
	assert_told(world, "");
	report_on(world, 1,
		  TALLY("2", 1, TOTAL(60),
			.told = 1 << TALLY_KILLED | 1 << TALLY_INJURED,
			.totals[TALLY_INJURED] = {50, 60, 70, true}));
	assert_true(world->alerts[0].sums.at_least);
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/120/130 @1440\n");
}

/* --- How much it is up --- */

static void
tells_how_much_a_total_is_up(void **state)
{
	struct world *world = *state;

	world_begin(world);
	for (int day = 1; day <= 8; day++) {
		char id[] = {(char)('0' + day), '\0'};
		struct report report =
			TALLY("", day, TOTAL(1000), .since_at = AT(DAYS(-30)));
		strcpy(report.id, id);
		report_on(world, day, report_complete(report));
	}
	assert_told(world, "");
	report_on(world, 9,
		  TALLY("9", 9, TOTAL(1060), .since_at = AT(DAYS(-30))));
	assert_int_equal(world->alerts[0].figure, FIGURE_MORE);
	assert_int_equal(world->alerts[0].onset_at, AT(DAYS(2)));
	assert_evidence(&world->alerts[0], "ministry/9@1 ministry/2@1");
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/60/60 @12960\n");
	/* After a week it is no longer up. */
	world_tick(world, DAYS(20));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/0/0 @23040\n");
}

static void
counts_from_nothing_if_the_counter_began_in_the_window(void **state)
{
	struct world *world = *state;

	world_begin(world);
	/* Of what was before the first total nothing is known. */
	report_on(world, 20, TALLY("1", 20, TOTAL(500)));
	assert_told(world, "");
	report_on(world, 21,
		  TALLY("2", 21, TOTAL(70), .since_at = AT(DAYS(18))));
	assert_int_equal(world->alerts[0].onset_at, AT(DAYS(18)));
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/70/70 @30240\n");
	/* When that is a week ago, it is held against the first total. */
	world_tick(world, DAYS(25));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/0/0 @36000\n");
}

static void
knows_an_increase_as_well_as_both_its_totals(void **state)
{
	struct world *world = *state;

	rule_of(world)->basis = BASIS_UPPER;
	world_begin(world);
	report_on(world, 10,
		  TALLY("1", 10, VERIFIED, TOTAL_RANGE(90, 100, 110)));
	report_on(world, 11,
		  TALLY("2", 11, VERIFIED, TOTAL_RANGE(140, 150, 160)));
	assert_told(world, "crossed Moderate Likely [ministry ] "
			   "30/50/50/70 @15840\n");
	report_on(world, 12,
		  TALLY("1", 10, .revision = 2, TOTAL_RANGE(90, 100, 110)));
	assert_told(world, "certainty Moderate Possible [ministry ] "
			   "0/0/50/70 @17280\n");
	/* Nobody knows what "over 100" is at most. */
	report_on(world, 13, TALLY("1", 10, .revision = 3, VERIFIED, OVER(90)));
	assert_told(world, "certainty Moderate Likely [ministry ] "
			   "0/60/60/70 @18720\n");
}

static void
corrects_an_increase(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 10, TALLY("1", 10, TOTAL(100)));
	report_on(world, 11, TALLY("2", 11, TOTAL(220)));
	assert_told(world, "crossed Severe Possible [ministry ] "
			   "0/0/120/120 @15840\n");
	report_on(world, 12, TALLY("3", 12, TOTAL(160)));
	assert_told(world, "corrected Moderate Possible [ministry ] 0/0/60/60 "
			   "@17280\n");
	world_tick(world, DAYS(30));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/0/0 @25920\n");
	/* It had happened before. */
	report_on(world, 31, TALLY("1", 10, TOTAL(150), .revision = 2));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/10/10 @44640\n");
}

/* Of windows that are alike the latest. */
static void
tells_since_when_nothing_is_left_of_it(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 2, TALLY("1", 2, TOTAL(60)));
	world_told(world);
	world_tick(world, DAYS(8));
	world_told(world);
	report_on(world, 9, TALLY("1", 2, TOTAL(0), .revision = 2));
	assert_int_equal(world->alerts[0].onset_at, AT(DAYS(2)));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/0/0 @12960\n");
}

static void
rises_by_time_where_it_gets_surer(void **state)
{
	struct world *world = *state;

	rule_of(world)->basis = BASIS_CONFIRMED;
	world_begin(world);
	report_on(world, 10, TALLY("1", 10, OVER(100), VERIFIED));
	report_on(world, 11, TALLY("2", 11, TOTAL(110), VERIFIED));
	report_on(world, 12, TALLY("3", 12, TOTAL(200), VERIFIED));
	assert_told(world, ""); /* more than over 100, by nobody knows what */
	world_tick(world, DAYS(18));
	assert_told(world, "crossed Moderate Observed [ministry ] "
			   "90/90/90/90 @25920\n");
}

/* --- What happened in periods --- */

static void
adds_what_happened_in_the_periods_of_a_window(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 1, TALLY("1", 1, IN_PERIOD(20, 1)));
	report_on(world, 3, TALLY("2", 3, IN_PERIOD(20, 2)));
	report_on(world, 4, TALLY("3", 4, IN_PERIOD(9, 1)));
	assert_told(world, "");
	/* The third day is told again within two. */
	report_on(world, 5, TALLY("4", 5, IN_PERIOD(11, 2)));
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/51/51 @7200\n");
	assert_evidence(&world->alerts[0],
			"ministry/4@1 ministry/2@1 ministry/1@1");
	assert_int_equal(world->alerts[0].onset_at, START);
	world_tick(world, DAYS(8));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/31/31 @11520\n");
	/* A lower figure of a later period corrects none before it. */
	report_on(world, 9, TALLY("5", 9, IN_PERIOD(0, 1)));
	assert_told(world, "");
	report_on(world, 9, TALLY("2", 3, IN_PERIOD(1, 2), .revision = 2));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/32/32 @12960\n");
}

static void
lists_what_was_accepted_last_first(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 4, TALLY("2", 4, IN_PERIOD(30, 1)));
	report_on(world, 5, TALLY("1", 3, IN_PERIOD(30, 1)));
	assert_evidence(&world->alerts[0], "ministry/1@1 ministry/2@1");
}

static void
tells_the_latest_period(void **state)
{
	struct world *world = *state;

	rule_of(world)->window_kind = WINDOW_LATEST;
	rule_of(world)->window_ms = 0;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, IN_PERIOD(60, 1)));
	assert_int_equal(world->alerts[0].figure, FIGURE_PERIOD);
	assert_told(world, "crossed Moderate Possible [ministry ] "
			   "0/0/60/60 @1440\n");
	report_on(world, 2, TALLY("2", 2, IN_PERIOD(10, 1)));
	assert_told(world, "cleared Moderate Possible resolved [ministry ] "
			   "0/0/10/10 @2880\n");
}

/* --- Around it --- */

static void
keeps_its_episodes_over_a_reload(void **state)
{
	static struct configuration other, third;
	static struct rule rules[2], changed;
	struct world *world = *state;

	other = third = world->configuration;
	rules[0] = rules[1] = *rule_of(world);
	rules[0].headline = "other words";
	rules[1].name = "second";
	other.rules = rules;
	other.rules_count = 2;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(100)));
	world_told(world);
	world_configure(world, DAYS(2), &other);
	/* What is new is told; what is kept is not told again. */
	assert_int_equal(world->alerts_count, 1);
	assert_string_equal(world->alerts[0].rule, "second");
	world_told(world);
	report_on(world, 3, TALLY("2", 3, TOTAL(200)));
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[0].episode_seq, 1);
	world_told(world);
	/* What another window makes of it begins anew. */
	changed = rules[0];
	changed.levels[1].at = changed.levels[1].clear = 150;
	third.rules = &changed;
	world_configure(world, DAYS(4), &third);
	assert_int_equal(world->alerts_count, 3);
	assert_int_equal(world->alerts[0].cause, CAUSE_RULE_CHANGED);
	assert_int_equal(world->alerts[1].cause, CAUSE_RULE_CHANGED);
	assert_int_equal(world->alerts[2].cause, CAUSE_CROSSED);
}

static void
goes_on_when_the_clock_is_set_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	report_on(world, 10,
		  TALLY("1", 10, TOTAL(120), .since_at = AT(DAYS(8))));
	world_told(world);
	world_clock(world, DAYS(5), -DAYS(5));
	assert_int_equal(world->alerts_count, 1); /* of the clock */
	world_told(world);
	report_on(world, 6, TALLY("2", 6, TOTAL(250), .since_at = AT(DAYS(5))));
	assert_told(world, "level_up Severe Possible [ministry ] "
			   "0/0/250/250 @8640\n");
	report_on(world, 7, TALLY("2", 6, GONE, .revision = 2));
	assert_told(world, "corrected Moderate Possible [ministry ] "
			   "0/0/120/120 @10080\n");
	report_on(world, 7, TALLY("1", 6, GONE, .revision = 2));
	assert_told(world, "corrected Moderate Possible cancelled [ministry ] "
			   "0/0/0/0 @10080\n");
}

static void
counts_no_tally_as_an_incident(void **state)
{
	struct world *world = *state;

	*rule_of(world) = rule_simple("killed");
	rule_of(world)->window_kind = WINDOW_AGREEMENT;
	rule_of(world)->window_ms = rule_of(world)->resolution_ms = 0;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(100)));
	assert_told(world, "");
	report_on(world, 1, REPORT(.id = "1", ON(5), KILLED(6)));
	assert_evidence(&world->alerts[0], "jfo/1@1");
	assert_told(world, "crossed Severe Possible 0/0/6/6 @1440\n");
	report_on(world, 2, REPORT(.id = "1", ON(5), KILLED(2), .revision = 2));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/2/2 @2880\n");
}

static void
counts_what_finds_no_room(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world->configuration.limits.groups = 1;
	world_begin(world);
	report_on(world, 1, TALLY("1", 1, TOTAL(10)));
	assert_told(world, "crossed Moderate Observed 1/1/1/1 @1440\n");
	report_on(world, 1, TALLY("2", 1, TOTAL(100), .party = "north"));
	assert_told(world, "");
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 1);
	report_on(world, 1, TALLY("2", 1, .revision = 2, GONE));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 0);
}

int
main(void)
{
#define LATEST(test)                                                           \
	cmocka_unit_test_setup_teardown(test, latest, world_teardown)
#define INCREASE(test)                                                         \
	cmocka_unit_test_setup_teardown(test, increase, world_teardown)
#define PERIODS(test)                                                          \
	cmocka_unit_test_setup_teardown(test, periods, world_teardown)
	const struct CMUnitTest tests[] = {
		LATEST(tells_when_a_total_reaches_a_level),
		LATEST(counts_each_source_and_party_apart),
		LATEST(counts_only_what_matches),
		LATEST(takes_no_account_of_what_is_not_told),
		LATEST(begins_anew_with_a_later_since_at),
		LATEST(takes_a_lower_total_for_a_correction),
		LATEST(takes_back_nothing_for_a_lower_bound),
		LATEST(corrects_what_is_over),
		LATEST(goes_by_when_a_total_counts_to),
		LATEST(tells_casualties_where_both_are_told),
		INCREASE(tells_how_much_a_total_is_up),
		INCREASE(
			counts_from_nothing_if_the_counter_began_in_the_window),
		INCREASE(knows_an_increase_as_well_as_both_its_totals),
		INCREASE(corrects_an_increase),
		INCREASE(tells_since_when_nothing_is_left_of_it),
		INCREASE(rises_by_time_where_it_gets_surer),
		PERIODS(adds_what_happened_in_the_periods_of_a_window),
		PERIODS(lists_what_was_accepted_last_first),
		PERIODS(tells_the_latest_period),
		LATEST(keeps_its_episodes_over_a_reload),
		LATEST(goes_on_when_the_clock_is_set_back),
		LATEST(counts_no_tally_as_an_incident),
		LATEST(counts_what_finds_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
