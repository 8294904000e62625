/* The life of an episode, told by the engine: levels, certainty, progress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/alerts.h"

#include "build.h"

static void
one_level(struct world *world, double at, double clear)
{
	struct rule *rule = world_rule(world, "deaths");

	rule->levels[0].at = at;
	rule->levels[0].clear = clear;
}

/* moderate at 5, severe at 10, extreme at 20. */
static struct rule *
three_levels(struct world *world)
{
	struct rule *rule = world_rule(world, "deaths");
	static const double at[] = {5, 10, 20};

	for (size_t i = 0; i < 3; i++)
		rule->levels[i] =
			(struct level){.at = at[i],
				       .clear = at[i],
				       .severity = (enum severity)(
					       SEVERITY_MODERATE + i)};
	rule->levels_count = 3;
	return rule;
}

/* --- The first message --- */

static void
crosses_when_the_value_reaches_the_level(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(4)));
	assert_told(world, "");
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(1)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @1\n");
}

static void
says_in_the_first_message_what_it_is_about(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world->rules[0].headline = "{reported} killed";
	world->rules[0].instruction = "Call.";
	world->rules[0].web = "https://example.org";
	world_begin(world);
	world_report(world, 3,
		     REPORT(.id = "1", ON(2), RANGED(COUNT_KILLED, 1, 5, 9)));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(world->alerts_count, 1);
	assert_int_equal(alert->seq, 1);
	assert_int_equal(alert->episode_seq, 1);
	assert_int_equal(alert->references_seq, 0);
	assert_int_equal(alert->msg_type, MSG_TYPE_ALERT);
	assert_int_equal(alert->state, ALERT_FIRING);
	assert_int_equal(alert->status, STATUS_ACTUAL);
	assert_string_equal(alert->rule, "deaths");
	assert_string_equal(alert->agreement, "pact");
	assert_string_equal(alert->measure, "killed");
	assert_string_equal(alert->headline, "{reported} killed");
	assert_string_equal(alert->instruction, "Call.");
	assert_string_equal(alert->web, "https://example.org");
	assert_int_equal(alert->labels_count, 0);
	assert_int_equal(alert->urgency, URGENCY_IMMEDIATE);
	assert_true(alert->threshold == 5);
	assert_int_equal(alert->window_ms, HOUR);
	assert_int_equal(alert->onset_at, AT(2));
	assert_int_equal(alert->sent_at, AT(3));
	assert_int_equal(alert->sums.events, 1);
	assert_int_equal(alert->evidence_count, 1);
	assert_string_equal(alert->evidence[0].source, "jfo");
	assert_string_equal(alert->evidence[0].id, "1");
	assert_int_equal(alert->evidence[0].revision, 1);
}

static void
crosses_at_the_highest_level_met(void **state)
{
	struct world *world = *state;

	three_levels(world);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(25)));
	assert_true(world->alerts[0].threshold == 20);
	assert_told(world, "crossed Extreme Possible 0/0/25/25 @0\n");
}

static void
tests_the_sum_that_is_the_basis(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_rule(world, "sure")->basis = BASIS_CONFIRMED;
	world_rule(world, "feared")->basis = BASIS_UPPER;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", ON(0), RANGED(COUNT_KILLED, 1, 4, 5)));
	assert_told(world, "feared crossed Severe Possible 0/0/4/5 @0\n");
	world_report(world, 1,
		     REPORT(.id = "2", .source = "un", ON(1),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	assert_told(world, "sure crossed Severe Observed 5/5/9/10 @1\n"
			   "feared certainty Severe Observed 5/5/9/10 @1\n");
}

static void
counts_each_agreement_and_each_group_apart(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "deaths");

	rule->group_by[0] = FIELD_PARTY;
	rule->group_by[1] = FIELD_ADMIN;
	rule->group_by_count = 2;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", ON(0), .party = "north",
			    .admin = "Donetsk", KILLED(4)));
	world_report(world, 0,
		     REPORT(.id = "2", ON(0), .party = "south",
			    .admin = "Donetsk", KILLED(4)));
	world_report(world, 0,
		     REPORT(.id = "3", .agreement = "truce", ON(0),
			    .party = "north", .admin = "Donetsk", KILLED(4)));
	assert_told(world, "");
	world_report(world, 1,
		     REPORT(.id = "4", .agreement = "truce", ON(1),
			    .party = "north", .admin = "Donetsk", KILLED(1)));
	assert_string_equal(world->alerts[0].agreement, "truce");
	assert_string_equal(world->alerts[0].labels[0].name, "party");
	assert_string_equal(world->alerts[0].labels[1].name, "admin");
	assert_told(world,
		    "crossed Severe Possible [north Donetsk] 0/0/5/5 @1\n");
	world_report(world, 2,
		     REPORT(.id = "5", ON(2), .party = "south",
			    .admin = "Donetsk", KILLED(1)));
	assert_told(world,
		    "crossed Severe Possible [south Donetsk] 0/0/5/5 @2\n");
}

static void
moves_an_event_to_the_group_that_its_revision_names(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "deaths");

	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", ON(0), .party = "south", KILLED(5)));
	assert_told(world, "crossed Severe Possible [south] 0/0/5/5 @0\n");
	/* Both groups are looked at, in the order of their labels. */
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, ON(0), .party = "north",
			    KILLED(5)));
	assert_told(world,
		    "crossed Severe Possible [north] 0/0/5/5 @1\n"
		    "corrected Severe Possible cancelled [south] 0/0/0/0 "
		    "@1\n");
}

/* --- For --- */

static void
begins_once_the_value_has_held_for_as_long_as_asked(void **state)
{
	struct world *world = *state;

	three_levels(world)->for_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 9);
	assert_told(world, "");
	world_report(world, 9, REPORT(.id = "2", ON(9), KILLED(5)));
	assert_told(world, "");
	assert_true(engine_due(world->engine) == AT(10));
	world_tick(world, 30);
	/* With the level of that moment, sent when it was due. */
	assert_told(world, "crossed Severe Possible 0/0/10/10 @10\n");
	/* From then on a level is told at once. */
	world_report(world, 31, REPORT(.id = "3", ON(31), KILLED(10)));
	assert_told(world, "level_up Extreme Possible 0/0/20/20 @31\n");
}

static void
waits_anew_once_the_value_has_fallen(void **state)
{
	struct world *world = *state;

	three_levels(world)->for_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 5,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(4)));
	world_report(world, 6,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(5)));
	world_tick(world, 15);
	assert_told(world, "");
	world_tick(world, 16);
	assert_told(world, "crossed Moderate Possible 0/0/5/5 @16\n");
}

static void
does_not_begin_if_the_value_falls_at_the_end_of_that_time(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world->rules[0].for_ms = HOUR;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 100);
	assert_told(world, "");
	assert_true(engine_due(world->engine) == TIME_NEVER);
}

/* --- Levels --- */

static void
clears_when_the_value_leaves_the_window(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 59);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n");
	world_tick(world, 200);
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(alert->urgency, URGENCY_PAST);
	assert_int_equal(alert->episode_seq, 1);
	assert_int_equal(alert->references_seq, 1);
	assert_int_equal(alert->onset_at, AT(0));
	assert_int_equal(alert->evidence_count, 0);
	assert_true(alert->threshold == 5);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @60\n");
	world_report(world, 201, REPORT(.id = "2", ON(201), KILLED(5)));
	assert_int_equal(world->alerts[0].episode_seq, 3);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @201\n");
}

static void
holds_a_level_down_to_its_clear(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 3);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(2)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(1)));
	world_report(world, 40, REPORT(.id = "3", ON(40), KILLED(2)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @40\n");
	world_tick(world, 89); /* 3 since 60 */
	assert_told(world, "");
	world_tick(world, 90);
	assert_told(world, "cleared Severe Possible resolved 0/0/2/2 @90\n");
}

static void
leaves_a_level_once_below_clear_for_keep_firing(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world->rules[0].keep_firing_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_told(world);
	world_tick(world, 69);
	assert_told(world, "");
	/* Back in time: it is the same episode, and the time starts anew. */
	world_report(world, 69, REPORT(.id = "2", ON(69), KILLED(5)));
	world_tick(world, 138);
	assert_told(world, "");
	world_tick(world, 139);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @139\n");
}

static void
tells_each_level_up_and_down(void **state)
{
	struct world *world = *state;

	three_levels(world);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_int_equal(world->alerts[0].urgency, URGENCY_EXPECTED);
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(5)));
	assert_int_equal(world->alerts[1].urgency, URGENCY_IMMEDIATE);
	assert_int_equal(world->alerts[1].msg_type, MSG_TYPE_UPDATE);
	assert_true(world->alerts[1].threshold == 10);
	world_report(world, 2, REPORT(.id = "3", ON(2), KILLED(10)));
	assert_told(world, "crossed Moderate Possible 0/0/5/5 @0\n"
			   "level_up Severe Possible 0/0/10/10 @1\n"
			   "level_up Extreme Possible 0/0/20/20 @2\n");
	world_tick(world, 100);
	assert_int_equal(world->alerts[1].references_seq, 4);
	assert_true(world->alerts[1].threshold == 10); /* the last held */
	assert_told(world, "level_down Severe Possible 0/0/15/15 @60\n"
			   "cleared Severe Possible resolved 0/0/0/0 @62\n");
}

static void
leaves_each_level_after_a_time_of_its_own(void **state)
{
	struct world *world = *state;

	three_levels(world)->keep_firing_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(15)));
	world_report(world, 5, REPORT(.id = "2", ON(5), KILLED(5)));
	world_told(world);
	/* Below 20 and 10 from 60 on, below 5 from 65 on. */
	world_tick(world, 200);
	assert_told(world, "level_down Moderate Possible 0/0/0/0 @70\n"
			   "cleared Moderate Possible resolved 0/0/0/0 @75\n");
}

static void
starts_the_time_of_a_level_anew_when_it_is_entered_again(void **state)
{
	struct world *world = *state;

	three_levels(world)->keep_firing_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(5)));
	assert_told(world, "crossed Moderate Possible 0/0/5/5 @0\n"
			   "level_up Severe Possible 0/0/10/10 @30\n");
	world_report(world, 65, REPORT(.id = "3", ON(65), KILLED(5)));
	world_tick(world, 99); /* below 10 from 60 to 65, and from 90 on */
	assert_told(world, "");
	world_tick(world, 100);
	assert_told(world, "level_down Moderate Possible 0/0/5/5 @100\n");
}

/* --- Certainty --- */

static void
is_likely_once_two_origins_support_the_threshold(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .event = "e", ON(0), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "1", .source = "other", .event = "e", ON(0),
			    KILLED(5)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "certainty Severe Likely 0/5/5/5 @1\n");
}

static void
is_observed_once_the_threshold_is_confirmed(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED,
			    RANGED(COUNT_KILLED, 4, 5, 5)));
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 3, .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "certainty Severe Likely 4/5/5/5 @1\n"
			   "certainty Severe Observed 5/5/5/5 @2\n");
}

static void
is_certain_of_the_level_held_and_not_of_a_lower_one(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	three_levels(world);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	/* One message: the change of level carries that of certainty. */
	world_report(world, 1, REPORT(.id = "2", ON(0), KILLED(5)));
	assert_told(world, "crossed Moderate Observed 5/5/5/5 @0\n"
			   "level_up Severe Possible 5/5/10/10 @1\n");
	world_report(world, 2,
		     REPORT(.id = "3", .source = "un", ON(2),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	assert_told(world, "certainty Severe Observed 10/10/15/15 @2\n");
	world_tick(world, 60);
	assert_told(world, "level_down Moderate Observed 5/5/5/5 @60\n");
}

static void
may_not_grow_surer_between_clear_and_at(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	one_level(world, 5, 3);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(2)));
	world_report(world, 30,
		     REPORT(.id = "2", .source = "un", ON(30),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(3)));
	assert_told(world, "crossed Severe Possible 3/3/5/5 @30\n");
	world_tick(world, 89); /* all of 3 is confirmed since 60 */
	assert_told(world, "");
	/* At `at` again it may. */
	world_report(world, 89,
		     REPORT(.id = "3", .source = "un", ON(89),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(2)));
	assert_told(world, "certainty Severe Observed 5/5/5/5 @89\n");
}

static void
is_certain_of_clear_between_clear_and_at(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	one_level(world, 5, 3);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(3)));
	world_report(world, 30,
		     REPORT(.id = "2", .source = "un", ON(30),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(3)));
	world_report(world, 40, REPORT(.id = "3", ON(40), KILLED(4)));
	assert_told(world, "crossed Severe Observed 6/6/6/6 @30\n");
	world_report(world, 45,
		     REPORT(.id = "3", .revision = 2, ON(40), KILLED(1)));
	/* 4, of them 3 confirmed, since 60; 1 since 90. */
	world_tick(world, 89);
	assert_told(world, "");
	world_tick(world, 90);
	assert_told(world, "cleared Severe Observed resolved 0/0/1/1 @90\n");
}

static void
may_grow_less_sure_between_clear_and_at(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	one_level(world, 5, 3);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(3)));
	world_tick(world, 89);
	assert_told(world, "crossed Severe Observed 5/5/5/5 @0\n"
			   "certainty Severe Possible 0/0/3/3 @60\n");
}

static void
keeps_its_certainty_below_clear(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	one_level(world, 5, 3);
	world->rules[0].keep_firing_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(2)));
	world_tick(world, 70);
	assert_told(world, "crossed Severe Observed 5/5/5/5 @0\n"
			   "cleared Severe Observed resolved 0/0/2/2 @70\n");
}

/* --- Progress, and one message at a time --- */

static void
tells_a_change_of_sums_once_in_update_every(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world->rules[0].update_every_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 3, REPORT(.id = "2", ON(3), KILLED(1)));
	world_report(world, 4, REPORT(.id = "3", ON(4), KILLED(1)));
	world_tick(world, 9);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n");
	world_tick(world, 29);
	assert_told(world, "progress Severe Possible 0/0/7/7 @10\n");
	world_report(world, 30,
		     REPORT(.id = "3", .revision = 2, ON(4),
			    RANGED(COUNT_KILLED, 1, 1, 2)));
	assert_told(world, "progress Severe Possible 0/0/7/8 @30\n");
	/* And back to what was told last: nothing to tell. */
	world_report(world, 31, REPORT(.id = "4", ON(31), KILLED(1)));
	world_report(world, 32,
		     REPORT(.id = "4", .revision = 2, ON(31),
			    .assessment = ASSESSMENT_WITHDRAWN));
	world_tick(world, 59);
	assert_told(world, "");
}

static void
tells_no_progress_unless_asked(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(4)));
	world_tick(world, 59);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n");
}

static void
tells_one_thing_at_a_time_the_weightiest(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	three_levels(world)->update_every_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_told(world);
	/* Level, certainty and sums change: a level. */
	world_report(world, 20,
		     REPORT(.id = "2", .source = "un", ON(20),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(10)));
	assert_told(world, "level_up Severe Observed 10/10/15/15 @20\n");
	/* Certainty and sums: certainty. */
	world_report(world, 40,
		     REPORT(.id = "2", .revision = 2, .source = "un", ON(20),
			    KILLED(11)));
	assert_told(world, "certainty Severe Possible 0/0/16/16 @40\n");
	/* Below all levels, and sums: the end. */
	world_tick(world, 79);
	world_told(world);
	world_tick(world, 80);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @80\n");
}

/* All three are due at 10, two at 20, one at 51. */
static void
urges_before_it_reminds_and_reminds_before_it_tells_of_sums(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "deaths");

	rule->escalate_after_ms = 10 * MINUTE;
	rule->remind_ms = 10 * MINUTE;
	rule->update_every_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(1)));
	world_report(world, 15, REPORT(.id = "3", ON(15), KILLED(1)));
	world_tick(world, 29);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "escalated Severe Possible 0/0/6/6 @10\n"
			   "reminder Severe Possible 0/0/7/7 @20\n");
	world_command(world, 29,
		      (struct command){.kind = COMMAND_ACKNOWLEDGE,
				       .episode_seq = 1});
	world_report(world, 30, REPORT(.id = "4", ON(30), KILLED(1)));
	world_tick(world, 50);
	assert_told(world, "acknowledged Severe Possible 0/0/7/7 @29\n"
			   "progress Severe Possible 0/0/8/8 @39\n");
}

/* At 60 the confirmed ones leave the window, and nobody has answered. */
static void
tells_how_sure_it_is_before_it_urges(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "deaths");

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	rule->escalate_after_ms = HOUR;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .source = "un", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(5)));
	world_tick(world, 60);
	assert_told(world, "crossed Severe Observed 5/5/5/5 @0\n"
			   "certainty Severe Possible 0/0/5/5 @60\n"
			   "escalated Severe Possible 0/0/5/5 @60\n");
}

/* --- What is said of the sum --- */

static void
counts_the_events_in_the_sum(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", ON(0), .event = "e", .party = "north",
			    .source = "north", .reported_at = AT(-1),
			    .attribution = ATTRIBUTION_ADMITTED, KILLED(1)));
	world_report(world, 0,
		     REPORT(.id = "2", ON(0), .event = "e", .party = "south",
			    .source = "south",
			    .attribution = ATTRIBUTION_ADMITTED, KILLED(1)));
	world_report(world, 0,
		     REPORT(.id = "3", ON(0),
			    .counts[COUNT_KILLED] = {1, 1, 1, true}));
	world_report(world, 0, REPORT(.id = "4", ON(0)));
	world_report(world, 0, REPORT(.id = "5", ON(0), KILLED(3)));
	const struct sums *sums = &world->alerts[0].sums;
	assert_int_equal(sums->events, 3);
	assert_int_equal(sums->attributed, 1);
	assert_int_equal(sums->disputed, 1);
	assert_int_equal(sums->at_least, 1);
	assert_told(world, "crossed Severe Possible 0/1/5/5 @0\n");
}

static void
names_at_most_16_reports_the_newest_first(void **state)
{
	struct world *world = *state;
	char id[8];

	one_level(world, 20, 20);
	world_begin(world);
	for (int i = 1; i <= 20; i++) {
		struct report report = REPORT(ON(0), KILLED(1));
		snprintf(report.id, sizeof(report.id), "%d", i);
		if (i == 20) /* and one that is in no sum */
			world_report(world, 0, REPORT(.id = "none", ON(0)));
		world_report(world, 0, report);
	}
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(world->alerts_count, 1);
	assert_int_equal(alert->evidence_count, EVIDENCE_MAX);
	for (int i = 0; i < EVIDENCE_MAX; i++) {
		snprintf(id, sizeof(id), "%d", 20 - i);
		assert_string_equal(alert->evidence[i].id, id);
	}
}

static void
names_reports_in_the_order_in_which_they_now_stand(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(1)));
	world_report(world, 1, REPORT(.id = "2", ON(0), KILLED(1)));
	world_report(world, 2, REPORT(.id = "old", ON(-100), KILLED(1)));
	world_report(world, 3,
		     REPORT(.id = "gone", ON(0),
			    .assessment = ASSESSMENT_WITHDRAWN));
	world_report(world, 4,
		     REPORT(.id = "1", .revision = 7, ON(0), KILLED(4)));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->evidence_count, 2);
	assert_string_equal(alert->evidence[0].id, "1");
	assert_int_equal(alert->evidence[0].revision, 7);
	assert_string_equal(alert->evidence[1].id, "2");
}

static void
begins_with_the_first_bucket_that_is_not_empty(void **state)
{
	struct world *world = *state;

	one_level(world, 5, 5);
	world->rules[0].resolution_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", ON(1), KILLED(1)));
	world_report(world, 27, REPORT(.id = "2", ON(27), KILLED(4)));
	world_report(world, 41, REPORT(.id = "3", ON(41), KILLED(1)));
	assert_int_equal(world->alerts[0].onset_at, AT(0));
	world_tick(world, 200);
	/* 5 leave at 80: that message is of the one at 40. */
	assert_int_equal(world->alerts[1].onset_at, AT(40));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @27\n"
			   "cleared Severe Possible resolved 0/0/1/1 @80\n");
}

/* --- Time since an agreement --- */

static void
never_leaves_an_agreements_window(void **state)
{
	struct world *world = *state;
	struct rule *rule = three_levels(world);

	rule->window_kind = WINDOW_AGREEMENT;
	rule->window_ms = rule->resolution_ms = 0;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "0", ON(-1), KILLED(50)));
	world_report(world, 10, REPORT(.id = "1", ON(9), KILLED(5)));
	assert_int_equal(world->alerts[0].onset_at, START);
	assert_int_equal(world->alerts[0].window_ms, 0);
	assert_true(engine_due(world->engine) == TIME_NEVER);
	world_tick(world, 400 * DAY / MINUTE);
	world_report(world, 400 * DAY / MINUTE,
		     REPORT(.id = "2", ON(8), KILLED(5)));
	assert_told(world, "crossed Moderate Possible 0/0/5/5 @10\n"
			   "level_up Severe Possible 0/0/10/10 @576000\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(crosses_when_the_value_reaches_the_level),
		WORLD_TEST(says_in_the_first_message_what_it_is_about),
		WORLD_TEST(crosses_at_the_highest_level_met),
		WORLD_TEST(tests_the_sum_that_is_the_basis),
		WORLD_TEST(counts_each_agreement_and_each_group_apart),
		WORLD_TEST(moves_an_event_to_the_group_that_its_revision_names),
		WORLD_TEST(begins_once_the_value_has_held_for_as_long_as_asked),
		WORLD_TEST(waits_anew_once_the_value_has_fallen),
		WORLD_TEST(
			does_not_begin_if_the_value_falls_at_the_end_of_that_time),
		WORLD_TEST(clears_when_the_value_leaves_the_window),
		WORLD_TEST(holds_a_level_down_to_its_clear),
		WORLD_TEST(leaves_a_level_once_below_clear_for_keep_firing),
		WORLD_TEST(tells_each_level_up_and_down),
		WORLD_TEST(leaves_each_level_after_a_time_of_its_own),
		WORLD_TEST(
			starts_the_time_of_a_level_anew_when_it_is_entered_again),
		WORLD_TEST(is_likely_once_two_origins_support_the_threshold),
		WORLD_TEST(is_observed_once_the_threshold_is_confirmed),
		WORLD_TEST(is_certain_of_the_level_held_and_not_of_a_lower_one),
		WORLD_TEST(may_not_grow_surer_between_clear_and_at),
		WORLD_TEST(is_certain_of_clear_between_clear_and_at),
		WORLD_TEST(may_grow_less_sure_between_clear_and_at),
		WORLD_TEST(keeps_its_certainty_below_clear),
		WORLD_TEST(tells_a_change_of_sums_once_in_update_every),
		WORLD_TEST(tells_no_progress_unless_asked),
		WORLD_TEST(tells_one_thing_at_a_time_the_weightiest),
		WORLD_TEST(
			urges_before_it_reminds_and_reminds_before_it_tells_of_sums),
		WORLD_TEST(tells_how_sure_it_is_before_it_urges),
		WORLD_TEST(counts_the_events_in_the_sum),
		WORLD_TEST(names_at_most_16_reports_the_newest_first),
		WORLD_TEST(names_reports_in_the_order_in_which_they_now_stand),
		WORLD_TEST(begins_with_the_first_bucket_that_is_not_empty),
		WORLD_TEST(never_leaves_an_agreements_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
