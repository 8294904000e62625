/* Corrections: what becomes of an episode, open or ended, whose evidence falls
 * away; and how many ended ones are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/episodes.h"

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN

/* The withdrawal that an alert names, and the sum that it says was told. */
static void
assert_correction(const struct alert *alert, const char *id, uint32_t revision,
		  uint64_t before)
{
	const struct correction *correction = &alert->correction;

	assert_string_equal(correction->report.source, "jfo");
	assert_string_equal(correction->report.id, id);
	assert_int_equal(correction->report.revision, revision);
	assert_int_equal(correction->assessment, ASSESSMENT_WITHDRAWN);
	assert_true(correction->revises);
	assert_int_equal(correction->before, before);
}

static int
one_level(void **state)
{
	world_setup(state);
	world_rule(*state, "deaths");
	return 0;
}

/* moderate at 5, severe at 10, extreme at 20. */
static int
three_levels(void **state)
{
	static const double at[] = {5, 10, 20};

	world_setup(state);
	struct rule *rule = world_rule(*state, "deaths");
	for (size_t i = 0; i < 3; i++)
		rule->levels[i] =
			(struct level){.at = at[i],
				       .clear = at[i],
				       .severity = (enum severity)(
					       SEVERITY_MODERATE + i)};
	rule->levels_count = 3;
	return 0;
}

/* --- While open --- */

static void
cancels_what_no_longer_meets_any_level(void **state)
{
	struct world *world = *state;

	world->rules[0].keep_firing_ms = HOUR;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_told(world);
	world_report(world, 1, REPORT(.id = "1", .revision = 2, GONE));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->msg_type, MSG_TYPE_CANCEL);
	assert_int_equal(alert->urgency, URGENCY_PAST);
	assert_int_equal(alert->episode_seq, 1);
	assert_int_equal(alert->references_seq, 1);
	assert_true(alert->threshold == 5);
	assert_correction(alert, "1", 2, 5);
	assert_told(world, "corrected Severe Possible cancelled 0/0/0/0 @1\n");
	assert_true(engine_due(world->engine) == TIME_NEVER);
	/* What comes then is an episode of its own. */
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(5)));
	assert_int_equal(world->alerts[0].episode_seq, 3);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @2\n");
}

static void
corrects_at_once_to_the_level_that_the_peak_still_meets(void **state)
{
	struct world *world = *state;

	world_source(world, "jfo", NULL, ASSESSMENT_VERIFIED);
	for (size_t i = 0; i < 3; i++)
		world->rules[0].levels[i].clear = 1;
	world->rules[0].keep_firing_ms = HOUR;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(20)));
	world_told(world);
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(12)));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(alert->state, ALERT_FIRING);
	assert_int_equal(alert->urgency, URGENCY_IMMEDIATE);
	assert_true(alert->threshold == 10);
	assert_int_equal(alert->evidence[0].revision, 2);
	assert_told(world, "corrected Severe Observed 12/12/12/12 @1\n");
	/* That is the highest announced now: to rise again is news. */
	world_report(world, 2, REPORT(.id = "2", ON(2), KILLED(8)));
	assert_told(world, "level_up Extreme Possible 12/12/20/20 @2\n");
}

static void
is_silent_while_the_peak_still_meets_the_highest_level(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 1, REPORT(.id = "2", ON(1), KILLED(5)));
	world_told(world);
	world_report(world, 2, REPORT(.id = "1", .revision = 2, GONE));
	assert_told(world, "");
	world_report(world, 3, REPORT(.id = "2", .revision = 2, GONE));
	assert_correction(&world->alerts[0], "2", 2, 5);
	assert_told(world, "corrected Severe Possible cancelled 0/0/0/0 @3\n");
}

static void
clears_and_does_not_cancel_while_the_peak_stands(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(5)));
	world_tick(world, 70); /* 5 since 60 */
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n");
	world_report(world, 70, REPORT(.id = "2", .revision = 2, GONE));
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @70\n");
}

static void
goes_down_a_level_without_correction_while_the_peak_stands(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(10)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(10)));
	assert_told(world, "crossed Severe Possible 0/0/10/10 @0\n"
			   "level_up Extreme Possible 0/0/20/20 @30\n");
	world_tick(world, 60);
	assert_told(world, "level_down Severe Possible 0/0/10/10 @60\n");
	world_report(world, 61, REPORT(.id = "3", ON(61), KILLED(1)));
	world_report(world, 62, REPORT(.id = "3", .revision = 2, ON(61), GONE));
	assert_told(world, "");
}

static void
corrects_to_the_present_level_if_that_is_lower(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(15)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(5)));
	world_tick(world, 60);
	assert_told(world, "crossed Severe Possible 0/0/15/15 @0\n"
			   "level_up Extreme Possible 0/0/20/20 @30\n"
			   "level_down Moderate Possible 0/0/5/5 @60\n");
	/* The peak, 15, would still be severe. */
	world_report(world, 70,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(10)));
	assert_told(world, "corrected Moderate Possible 0/0/15/15 @70\n");
	/* So moderate is the highest announced: 6 upholds it. */
	world_report(world, 71,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(1)));
	assert_told(world, "");
	world_report(world, 72, REPORT(.id = "3", ON(72), KILLED(5)));
	assert_told(world, "level_up Severe Possible 0/0/10/10 @72\n");
}

static void
evaluates_once_more_after_a_correction_that_leaves_it_open(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(12)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(10)));
	world_tick(world, 60);
	world_told(world);
	/* The peak falls from 22 to 13, the value from 10 to 1. */
	world_report(world, 65,
		     REPORT(.id = "2", .revision = 2, ON(30), KILLED(1)));
	assert_told(world, "corrected Severe Possible 0/0/13/13 @65\n"
			   "cleared Severe Possible resolved 0/0/1/1 @65\n");
}

static void
corrects_when_an_event_is_told_otherwise_by_a_better_source(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .event = "e", ON(0), KILLED(5)));
	world_told(world);
	world_report(world, 1,
		     REPORT(.id = "1", .source = "un", .event = "e", ON(0),
			    .assessment = ASSESSMENT_VERIFIED, KILLED(2)));
	assert_told(world, "corrected Severe Possible cancelled 2/2/2/5 @1\n");
}

static void
corrects_when_two_reports_turn_out_to_tell_one_event(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .event = "e", ON(0), KILLED(3)));
	world_report(world, 1, REPORT(.id = "2", ON(0), KILLED(3)));
	assert_told(world, "crossed Severe Possible 0/0/6/6 @1\n");
	world_report(world, 2,
		     REPORT(.id = "2", .revision = 2, .event = "e", ON(0),
			    KILLED(3)));
	assert_told(world, "corrected Severe Possible cancelled 0/0/3/3 @2\n");
}

static void
corrects_both_events_when_a_report_moves_from_one_to_the_other(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .event = "e", ON(0), KILLED(3)));
	world_report(world, 1,
		     REPORT(.id = "2", .event = "f", ON(0), KILLED(2)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @1\n");
	/* It leads its new event, being the later one. */
	world_report(world, 2,
		     REPORT(.id = "2", .revision = 2, .event = "e", ON(0),
			    .reported_at = AT(2), KILLED(4)));
	assert_told(world, "corrected Severe Possible cancelled 0/0/4/4 @2\n");
	world_report(world, 3,
		     REPORT(.id = "2", .revision = 3, ON(0), KILLED(2)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @3\n");
}

static void
takes_every_fall_since_an_agreement_as_a_correction(void **state)
{
	struct world *world = *state;
	struct rule *rule = &world->rules[0];

	rule->window_kind = WINDOW_AGREEMENT;
	rule->window_ms = rule->resolution_ms = 0;
	rule->keep_firing_ms = HOUR;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(10)));
	world_told(world);
	world_report(world, 1,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(9)));
	assert_told(world, "corrected Moderate Possible 0/0/9/9 @1\n");
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(4)));
	assert_told(world,
		    "corrected Moderate Possible cancelled 0/0/4/4 @2\n");
	world_report(world, 3,
		     REPORT(.id = "1", .revision = 4, ON(0), KILLED(5)));
	assert_told(world, "crossed Moderate Possible 0/0/5/5 @3\n");
}

static void
has_the_peaks_sums_evidence_and_onset(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(6)));
	world_report(world, 30, REPORT(.id = "2", ON(30), KILLED(4)));
	world_report(world, 70, REPORT(.id = "3", ON(70), KILLED(4)));
	assert_told(world, "crossed Moderate Possible 0/0/6/6 @0\n"
			   "level_up Severe Possible 0/0/10/10 @30\n"
			   "cleared Severe Possible resolved 0/0/4/4 @60\n"
			   "crossed Moderate Possible 0/0/8/8 @70\n");
	world_report(world, 71,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(5)));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->episode_seq, 1);
	assert_int_equal(alert->onset_at, AT(0));
	assert_int_equal(alert->sums.events, 2);
	assert_int_equal(alert->evidence_count, 2);
	assert_string_equal(alert->evidence[0].id, "1");
	assert_string_equal(alert->evidence[1].id, "2");
	assert_told(world,
		    "corrected Moderate Possible resolved 0/0/9/9 @71\n");
}

/* --- After its end --- */

static void
cancels_an_ended_episode_too(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 60);
	world_told(world);
	world_report(world, 100000, REPORT(.id = "1", .revision = 2, GONE));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->msg_type, MSG_TYPE_CANCEL);
	assert_int_equal(alert->episode_seq, 1);
	assert_int_equal(alert->references_seq, 2);
	/* What was told last is that it was over. */
	assert_correction(alert, "1", 2, 0);
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/0/0 @100000\n");
	/* Once: it is not spoken of again. */
	world_report(world, 100001,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(5)));
	world_report(world, 100002, REPORT(.id = "1", .revision = 4, GONE));
	assert_told(world, "");
}

static void
corrects_an_ended_episode_level_by_level(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(20)));
	world_tick(world, 60);
	world_told(world);
	world_report(world, 100,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(12)));
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(alert->msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(alert->urgency, URGENCY_PAST);
	assert_true(alert->threshold == 10);
	assert_told(world, "corrected Severe Possible resolved 0/0/12/12 "
			   "@100\n");
	world_report(world, 101,
		     REPORT(.id = "1", .revision = 3, ON(0), KILLED(11)));
	/* It falls and does not rise. */
	world_report(world, 102,
		     REPORT(.id = "1", .revision = 4, ON(0), KILLED(30)));
	assert_told(world, "");
	world_report(world, 103,
		     REPORT(.id = "1", .revision = 5, ON(0), KILLED(4)));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/4/4 @103\n");
}

static void
is_upheld_by_a_report_that_came_too_late_for_any_window(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 60);
	world_told(world);
	world_report(world, 200, REPORT(.id = "2", ON(10), KILLED(5)));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.too_late, 1);
	world_report(world, 201, REPORT(.id = "1", .revision = 2, GONE));
	assert_told(world, "");
	world_report(world, 202, REPORT(.id = "2", .revision = 2, GONE));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/0/0 @202\n");
}

static void
is_not_upheld_by_what_no_window_of_its_own_held(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, -30, REPORT(.id = "a", ON(-30), KILLED(2)));
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 30, REPORT(.id = "b", ON(30), KILLED(2)));
	world_tick(world, 60);
	/* Its windows end at 0 .. 60. With these, those that end at -1 and at
	 * 61 hold 6. */
	world_report(world, 100, REPORT(.id = "2", ON(-60), KILLED(4)));
	world_report(world, 100, REPORT(.id = "3", ON(61), KILLED(4)));
	assert_told(world, "crossed Severe Possible 0/0/7/7 @0\n"
			   "cleared Severe Possible resolved 0/0/2/2 @60\n");
	world_report(world, 101,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(2)));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/4/4 @101\n");
}

static void
has_all_windows_that_were_tested_with_late(void **state)
{
	struct world *world = *state;

	world->rules[0].late_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 100, REPORT(.id = "1", ON(35), KILLED(5)));
	/* Windows that end at 90 were tested first: they hold 31 .. 90. */
	assert_told(world, "crossed Severe Possible 0/0/5/5 @100\n");
	world_tick(world, 200);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @105\n");
	world_report(world, 201, REPORT(.id = "2", ON(31), KILLED(5)));
	world_report(world, 202, REPORT(.id = "1", .revision = 2, GONE));
	assert_told(world, "");
	world_report(world, 203,
		     REPORT(.id = "2", .revision = 2, ON(30), KILLED(5)));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/0/0 @203\n");
}

static void
corrects_ended_ones_oldest_first_and_then_the_open_one(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 45, REPORT(.id = "a", ON(45), KILLED(2)));
	world_report(world, 50, REPORT(.id = "x", ON(50), KILLED(3)));
	world_report(world, 107, REPORT(.id = "b", ON(107), KILLED(2)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @50\n"
			   "cleared Severe Possible resolved 0/0/3/3 @105\n"
			   "crossed Severe Possible 0/0/5/5 @107\n");
	world_report(world, 108, REPORT(.id = "x", .revision = 2, GONE));
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[0].episode_seq, 1);
	assert_int_equal(world->alerts[0].references_seq, 2);
	assert_int_equal(world->alerts[1].episode_seq, 3);
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/2/2 @108\n"
		    "corrected Severe Possible cancelled 0/0/2/2 @108\n");
}

static void
corrects_two_ended_episodes_by_one_report(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 45, REPORT(.id = "a", ON(45), KILLED(2)));
	world_report(world, 50, REPORT(.id = "x", ON(50), KILLED(3)));
	world_report(world, 107, REPORT(.id = "b", ON(107), KILLED(2)));
	world_tick(world, 200);
	world_told(world);
	world_report(world, 201, REPORT(.id = "x", .revision = 2, GONE));
	assert_int_equal(world->alerts_count, 2);
	assert_int_equal(world->alerts[0].episode_seq, 1);
	assert_int_equal(world->alerts[1].episode_seq, 3);
}

/* --- How many are kept --- */

static void
forgets_the_one_that_ended_first_when_there_is_no_room(void **state)
{
	struct world *world = *state;

	world->configuration.limits.groups = 2; /* one for each agreement */
	world->configuration.limits.episodes = 2;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 100, REPORT(.id = "2", ON(100), KILLED(5)));
	world_report(world, 200, REPORT(.id = "3", ON(200), KILLED(5)));
	world_told(world);
	world_report(world, 201, REPORT(.id = "1", .revision = 2, GONE));
	assert_told(world, "");
	world_report(world, 202, REPORT(.id = "2", .revision = 2, GONE));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/0/0 @202\n");
}

static void
takes_no_room_for_a_cancelled_one(void **state)
{
	struct world *world = *state;

	world->configuration.limits.groups = 2;
	world->configuration.limits.episodes = 2;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 100, REPORT(.id = "2", ON(100), KILLED(5)));
	world_report(world, 101, REPORT(.id = "2", .revision = 2, GONE));
	world_report(world, 200, REPORT(.id = "3", ON(200), KILLED(5)));
	world_told(world);
	world_report(world, 201, REPORT(.id = "1", .revision = 2, GONE));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/0/0 @201\n");
}

static void
keeps_open_and_ended_ones_apart_when_it_forgets(void **state)
{
	struct world *world = *state;
	uint32_t iterator = 0;
	uint64_t seq;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world->configuration.limits.episodes = 2;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .party = "a", ON(0), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "2", .party = "b", ON(1), KILLED(5)));
	/* a's first has just ended; its second takes that one's room. */
	world_report(world, 60,
		     REPORT(.id = "3", .party = "a", ON(60), KILLED(5)));
	uint64_t second = world->alerts[world->alerts_count - 1].seq;
	world_tick(world, 61); /* b's ends */
	assert_true(engine_open(world->engine, &iterator, &seq));
	assert_int_equal(seq, second);
	assert_false(engine_open(world->engine, &iterator, &seq));
}

static void
lists_open_ones_by_their_first_message(void **state)
{
	struct world *world = *state;
	uint32_t iterator = 0;
	uint64_t seq;

	world->rules[0].group_by[0] = FIELD_PARTY;
	world->rules[0].group_by_count = 1;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .party = "z", ON(0), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "2", .party = "m", ON(1), KILLED(5)));
	world_report(world, 2,
		     REPORT(.id = "3", .party = "a", ON(2), KILLED(5)));
	world_report(world, 3,
		     REPORT(.id = "4", .party = "z", ON(3), KILLED(5)));
	world_report(world, 4,
		     REPORT(.id = "2", .revision = 2, .party = "m", GONE));
	/* #4 is z's level_up, #5 m's cancellation. */
	assert_true(engine_open(world->engine, &iterator, &seq));
	assert_int_equal(seq, 4);
	assert_true(engine_open(world->engine, &iterator, &seq));
	assert_int_equal(seq, 3);
	assert_false(engine_open(world->engine, &iterator, &seq));
	/* After z's; after m's, which is open no more; after a's. */
	assert_int_equal(engine_open_after(world->engine, 0), 0);
	for (uint64_t first = 1; first <= 2; first++) {
		iterator = engine_open_after(world->engine, first);
		assert_true(engine_open(world->engine, &iterator, &seq));
		assert_int_equal(seq, 3);
	}
	iterator = engine_open_after(world->engine, 3);
	assert_false(engine_open(world->engine, &iterator, &seq));
}

int
main(void)
{
#define ONE(test)                                                              \
	cmocka_unit_test_setup_teardown(test, one_level, world_teardown)
#define THREE(test)                                                            \
	cmocka_unit_test_setup_teardown(test, three_levels, world_teardown)
	const struct CMUnitTest tests[] = {
		ONE(cancels_what_no_longer_meets_any_level),
		THREE(corrects_at_once_to_the_level_that_the_peak_still_meets),
		ONE(is_silent_while_the_peak_still_meets_the_highest_level),
		ONE(clears_and_does_not_cancel_while_the_peak_stands),
		THREE(goes_down_a_level_without_correction_while_the_peak_stands),
		THREE(corrects_to_the_present_level_if_that_is_lower),
		THREE(evaluates_once_more_after_a_correction_that_leaves_it_open),
		ONE(corrects_when_an_event_is_told_otherwise_by_a_better_source),
		ONE(corrects_when_two_reports_turn_out_to_tell_one_event),
		ONE(corrects_both_events_when_a_report_moves_from_one_to_the_other),
		THREE(takes_every_fall_since_an_agreement_as_a_correction),
		THREE(has_the_peaks_sums_evidence_and_onset),
		ONE(cancels_an_ended_episode_too),
		THREE(corrects_an_ended_episode_level_by_level),
		ONE(is_upheld_by_a_report_that_came_too_late_for_any_window),
		ONE(is_not_upheld_by_what_no_window_of_its_own_held),
		ONE(has_all_windows_that_were_tested_with_late),
		ONE(corrects_ended_ones_oldest_first_and_then_the_open_one),
		ONE(corrects_two_ended_episodes_by_one_report),
		ONE(forgets_the_one_that_ended_first_when_there_is_no_room),
		ONE(takes_no_room_for_a_cancelled_one),
		ONE(keeps_open_and_ended_ones_apart_when_it_forgets),
		THREE(lists_open_ones_by_their_first_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
