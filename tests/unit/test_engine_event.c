/* Window "event": each event alone, from its first level to long after its
 * end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN

static void
of_events(struct rule *rule)
{
	rule->window_kind = WINDOW_EVENT;
	rule->window_ms = 0;
	rule->resolution_ms = 0;
	rule->keep_firing_ms = DAY;
}

/* moderate at 5, severe at 10 dead in one event. */
static int
event_rule(void **state)
{
	world_setup(state);
	struct rule *rule = world_rule(*state, "deaths");
	of_events(rule);
	rule->levels[0] = (struct level){.at = 5,
					 .clear = 5,
					 .severity = SEVERITY_MODERATE};
	rule->levels[1] = (struct level){.at = 10,
					 .clear = 10,
					 .severity = SEVERITY_SEVERE};
	rule->levels_count = 2;
	return 0;
}

static int
begun(void **state)
{
	event_rule(state);
	world_begin(*state);
	return 0;
}

static uint32_t
pool_used(const struct world *world, enum pool_kind pool)
{
	struct pool_use use[POOLS];

	engine_pools(world->engine, use);
	return use[pool].used;
}

static uint64_t
ungrouped(const struct world *world)
{
	struct rule_use use;

	engine_rule_use(world->engine, 0, &use);
	return use.ungrouped;
}

static void
adds_nothing_up_and_makes_no_groups(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(4)));
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(4)));
	assert_told(world, "");
	world_report(world, 2, REPORT(.id = "3", ON(2), KILLED(6)));
	world_report(world, 3, REPORT(.id = "4", ON(3), KILLED(12)));
	assert_true(world->alerts[0].one_event);
	assert_int_equal(world->alerts[0].onset_at, AT(2));
	assert_int_equal(world->alerts[0].window_ms, 0);
	assert_int_equal(world->alerts[0].evidence_count, 1);
	assert_string_equal(world->alerts[0].evidence[0].id, "3");
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @2\n"
			   "crossed Severe Possible 0/0/12/12 @3\n");
	assert_int_equal(pool_used(world, POOL_GROUPS), 0);
	assert_int_equal(pool_used(world, POOL_BUCKETS), 0);
	assert_int_equal(pool_used(world, POOL_EPISODES), 2);
}

static void
counts_an_event_once_whoever_tells_it(void **state)
{
	struct world *world = *state;

	world_report(world, 0,
		     REPORT(.id = "1", .event = "market", ON(0), KILLED(4)));
	world_report(world, 1,
		     REPORT(.id = "2", .event = "market", .source = "radio",
			    .reported_at = AT(1), ON(0), KILLED(7)));
	assert_int_equal(world->alerts[0].evidence_count, 2);
	assert_string_equal(world->alerts[0].evidence[0].source, "radio");
	assert_told(world, "crossed Moderate Likely 0/7/7/7 @1\n");
}

static void
follows_its_level_and_its_certainty(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0), KILLED(6)));
	world_report(world, 1,
		     REPORT(.id = "1", .source = "un", .revision = 2, ON(0),
			    KILLED(11)));
	world_report(world, 2,
		     REPORT(.id = "1", .source = "un", .revision = 3, ON(0),
			    KILLED(11), .assessment = ASSESSMENT_VERIFIED));
	world_report(world, 3,
		     REPORT(.id = "1", .source = "un", .revision = 4, ON(0),
			    KILLED(8), .assessment = ASSESSMENT_VERIFIED));
	world_report(world, 4,
		     REPORT(.id = "1", .source = "un", .revision = 5, GONE));
	assert_told(world,
		    "crossed Moderate Possible 0/0/6/6 @0\n"
		    "level_up Severe Possible 0/0/11/11 @1\n"
		    "certainty Severe Observed 11/11/11/11 @2\n"
		    "corrected Moderate Observed 8/8/8/8 @3\n"
		    "corrected Moderate Observed cancelled 0/0/0/0 @4\n");
	assert_int_equal(pool_used(world, POOL_EPISODES), 0);
}

/* Each change of level or certainty puts the end off. */
static void
ends_without_a_message_a_day_after_its_last_change(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world->rules[0].remind_ms = 11 * HOUR;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0), KILLED(6)));
	world_report(world, 60,
		     REPORT(.id = "1", .source = "un", .revision = 2, ON(0),
			    KILLED(11)));
	world_report(world, 120,
		     REPORT(.id = "1", .source = "un", .revision = 3, ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(11)));
	world_tick(world, 26 * 60 - 1);
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @0\n"
			   "level_up Severe Possible 0/0/11/11 @60\n"
			   "certainty Severe Observed 11/11/11/11 @120\n"
			   "reminder Severe Observed 11/11/11/11 @780\n"
			   "reminder Severe Observed 11/11/11/11 @1440\n");
	assert_int_equal(pool_used(world, POOL_EPISODES), 1);
	world_tick(world, 26 * 60);
	assert_int_equal(pool_used(world, POOL_EPISODES), 0);
	world_tick(world, 72 * 60);
	assert_told(world, "");
}

static void
is_corrected_and_reopened_after_its_end(void **state)
{
	struct world *world = *state;
	const int64_t later = 25 * 60;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0), KILLED(11)));
	world_report(world, later,
		     REPORT(.id = "1", .source = "un", .revision = 2, ON(0),
			    KILLED(11), .assessment = ASSESSMENT_VERIFIED));
	assert_int_equal(world->alerts[1].urgency, URGENCY_PAST);
	world_report(world, later + 1,
		     REPORT(.id = "1", .source = "un", .revision = 3, ON(0),
			    KILLED(11)));
	world_report(world, later + 2,
		     REPORT(.id = "1", .source = "un", .revision = 4, ON(0),
			    KILLED(7)));
	assert_int_equal(pool_used(world, POOL_EPISODES), 0);
	world_report(world, later + 3,
		     REPORT(.id = "1", .source = "un", .revision = 5, ON(0),
			    KILLED(12)));
	assert_int_equal(pool_used(world, POOL_EPISODES), 1);
	assert_int_equal(world->alerts[4].episode_seq, 1);
	assert_int_equal(world->alerts[4].references_seq, 4);
	world_report(world, later + 4,
		     REPORT(.id = "1", .source = "un", .revision = 6, GONE));
	/* Each names its report, and what was told of the event before, which
	 * its end is no message about. */
	assert_int_equal(world->alerts[2].correction.report.revision, 3);
	assert_int_equal(world->alerts[3].correction.report.revision, 4);
	assert_int_equal(world->alerts[3].correction.before, 11);
	assert_string_equal(world->alerts[1].correction.report.source, "");
	assert_told(world,
		    "crossed Severe Possible 0/0/11/11 @0\n"
		    "certainty Severe Observed resolved 11/11/11/11 @1500\n"
		    "corrected Severe Possible resolved 0/0/11/11 @1501\n"
		    "corrected Moderate Possible resolved 0/0/7/7 @1502\n"
		    "level_up Severe Possible 0/0/12/12 @1503\n"
		    "corrected Severe Possible cancelled 0/0/0/0 @1504\n");
}

/* Whoever saw the accusation must see it fall, also when another is accused. */
static void
cancels_under_the_labels_under_which_it_was_told(void **state)
{
	struct world *world = *state;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .party = "red", ON(0), KILLED(6)));
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, .party = "blue", ON(0),
			    KILLED(6)));
	assert_told(world,
		    "crossed Moderate Possible [red] 0/0/6/6 @0\n"
		    "crossed Moderate Possible [blue] 0/0/6/6 @1\n"
		    "corrected Moderate Possible cancelled [red] 0/0/0/0 @1\n");
}

static void
moves_with_a_report_to_another_event(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, .event = "market", ON(0),
			    KILLED(6)));
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @0\n"
			   "corrected Moderate Possible cancelled 0/0/0/0 @1\n"
			   "crossed Moderate Possible 0/0/6/6 @1\n");
}

static void
stays_quiet_after_a_retraction_up_to_its_level(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_retract(world, 1, 1);
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(9)));
	world_report(world, 3,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(10)));
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @0\n"
			   "retracted Moderate Possible cancelled 0/0/6/6 @1\n"
			   "crossed Severe Possible 0/0/10/10 @3\n");
}

static void
speaks_again_once_it_had_left_the_retracted_level(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_retract(world, 1, 1);
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(4)));
	world_report(world, 3,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(6)));
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @0\n"
			   "retracted Moderate Possible cancelled 0/0/6/6 @1\n"
			   "crossed Moderate Possible 0/0/6/6 @3\n");
}

static int
little_room(void **state)
{
	event_rule(state);
	struct world *world = *state;
	world->configuration.limits.groups = 1;
	world->configuration.limits.episodes = 2;
	world_begin(world);
	return 0;
}

/* Its level is remembered when the room of its episode is needed. */
static void
does_not_cross_again_what_was_forgotten(void **state)
{
	struct world *world = *state;
	const int64_t later = 25 * 60;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_report(world, 1, REPORT(.id = "2", ON(0), KILLED(6)));
	world_report(world, later, REPORT(.id = "3", ON(later), KILLED(6)));
	world_told(world);
	world_report(world, later + 1,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(3)));
	world_report(world, later + 2,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(9)));
	assert_told(world, "");
	world_report(world, later + 3,
		     REPORT(.id = "1", .revision = 4, ON(0), KILLED(10)));
	assert_told(world, "crossed Severe Possible 0/0/10/10 @1503\n");
}

static void
counts_what_finds_all_episodes_open(void **state)
{
	struct world *world = *state;

	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(6)));
	assert_int_equal(ungrouped(world), 0);
	world_told(world);
	world_report(world, 2, REPORT(.id = "3", ON(2), KILLED(6)));
	assert_told(world, "");
	assert_int_equal(ungrouped(world), 1);
}

/* Three events: one open, one ended, one retracted; the rule's place and the
 * numbers of reports and names are others afterwards. */
static void
is_kept_by_a_reload_that_leaves_its_rule_alone(void **state)
{
	struct world *world = *state;
	struct rule rules[2] = {rule_simple("before"), world->rules[0]};
	struct agreement agreements[2] = {world->agreements[1],
					  world->agreements[0]};
	struct configuration next = world->configuration;

	next.rules = rules;
	next.rules_count = 2;
	next.agreements = agreements;
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_report(world, 1400, REPORT(.id = "2", ON(1400), KILLED(6)));
	world_report(world, 1401, REPORT(.id = "3", ON(1401), KILLED(6)));
	world_report(world, 1402,
		     REPORT(.id = "4", .agreement = "truce", ON(1402),
			    KILLED(1)));
	world_retract(world, 1500, 3);
	world_told(world);
	world_configure(world, 1501, &next);
	assert_told(world, "");
	world_report(world, 1502, REPORT(.id = "1", .revision = 2, GONE));
	world_report(world, 1503,
		     REPORT(.id = "2", .revision = 2, ON(1400), KILLED(11)));
	world_report(world, 1504,
		     REPORT(.id = "3", .revision = 2, ON(1401), KILLED(7)));
	assert_told(world,
		    "corrected Moderate Possible cancelled 0/0/0/0 @1502\n"
		    "level_up Severe Possible 0/0/11/11 @1503\n");
	world->configuration = next;
}

static void
is_told_anew_by_a_reload_that_changes_its_rule(void **state)
{
	struct world *world = *state;
	struct rule rule = world->rules[0];
	struct configuration next = world->configuration;

	rule.levels[0].at = rule.levels[0].clear = 6;
	next.rules = &rule;
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(11)));
	world_report(world, 2, REPORT(.id = "3", ON(2), KILLED(6)));
	world_told(world);
	world_configure(world, 3, &next);
	assert_told(world,
		    "rule_changed Moderate Possible resolved 0/0/5/5 @3\n"
		    "rule_changed Severe Possible resolved 0/0/11/11 @3\n"
		    "rule_changed Moderate Possible resolved 0/0/6/6 @3\n"
		    "crossed Severe Possible 0/0/11/11 @3\n"
		    "crossed Moderate Possible 0/0/6/6 @3\n");
}

#define EVENT_TEST(test, setup)                                                \
	cmocka_unit_test_setup_teardown(test, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EVENT_TEST(adds_nothing_up_and_makes_no_groups, begun),
		EVENT_TEST(counts_an_event_once_whoever_tells_it, begun),
		EVENT_TEST(follows_its_level_and_its_certainty, event_rule),
		EVENT_TEST(ends_without_a_message_a_day_after_its_last_change,
			   event_rule),
		EVENT_TEST(is_corrected_and_reopened_after_its_end, event_rule),
		EVENT_TEST(cancels_under_the_labels_under_which_it_was_told,
			   event_rule),
		EVENT_TEST(moves_with_a_report_to_another_event, begun),
		EVENT_TEST(stays_quiet_after_a_retraction_up_to_its_level,
			   begun),
		EVENT_TEST(speaks_again_once_it_had_left_the_retracted_level,
			   begun),
		EVENT_TEST(does_not_cross_again_what_was_forgotten,
			   little_room),
		EVENT_TEST(counts_what_finds_all_episodes_open, little_room),
		EVENT_TEST(is_kept_by_a_reload_that_leaves_its_rule_alone,
			   begun),
		EVENT_TEST(is_told_anew_by_a_reload_that_changes_its_rule,
			   begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
