/* Silences: what they hold back, what they never do, and what is told when they
 * end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN

/* A rule by party with three levels: minor at 5, moderate at 10, severe at 20.
 * What is reported at minute 0 counts until minute 59. */
static int
silence_world(void **state)
{
	world_setup(state);
	struct rule *rule = world_rule(*state, "killed");
	rule->levels[0] =
		(struct level){.at = 5, .clear = 5, .severity = SEVERITY_MINOR};
	rule->levels[1] = (struct level){.at = 10,
					 .clear = 10,
					 .severity = SEVERITY_MODERATE};
	rule->levels[2] = (struct level){.at = 20,
					 .clear = 20,
					 .severity = SEVERITY_SEVERE};
	rule->levels_count = 3;
	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	return 0;
}

static struct command
silence_of(const char *name, const char *value, int64_t until)
{
	struct command command = {.kind = COMMAND_SILENCE,
				  .up_to = SEVERITY_EXTREME,
				  .matchers_count = 1,
				  .until_at = AT(until)};

	strcpy(command.matchers[0].name, name);
	strcpy(command.matchers[0].value, value);
	return command;
}

/* All alerts of party "a" up to a severity. */
static uint64_t
silence_up_to(struct world *world, int64_t minute, int64_t until,
	      enum severity up_to)
{
	struct command command = silence_of("party", "a", until);

	command.up_to = up_to;
	return world_command(world, minute, command);
}

static uint64_t
silence(struct world *world, int64_t minute, int64_t until)
{
	return silence_up_to(world, minute, until, SEVERITY_EXTREME);
}

static uint64_t
unsilence(struct world *world, int64_t minute, uint64_t number)
{
	return world_command(world, minute,
			     (struct command){.kind = COMMAND_UNSILENCE,
					      .silence = number});
}

/* So many killed by "a" at this minute, reported then. */
static void
killed(struct world *world, int64_t minute, const char *id, unsigned count)
{
	struct report report = {.occurred_at = AT(minute), .party = "a"};

	snprintf(report.id, sizeof(report.id), "%s", id);
	report.counts[COUNT_KILLED] =
		(struct count){.low = count, .best = count, .high = count};
	assert_int_equal(world_report(world, minute, report_complete(report)),
			 VERDICT_ACCEPTED);
}

/* "moderate 10 by 1 since 3 of 0", a line each: severity, reported, silence,
 * minute, seq of the episode. */
static const char *
held(const struct world *world)
{
	static char text[1024];
	struct held_use use;
	uint32_t iterator = 0;
	size_t used = 0, count = 0;

	text[0] = '\0';
	while (engine_held(world->engine, &iterator, &use)) {
		assert_int_equal(use.alert.seq, 0);
		used += (size_t)snprintf(
			text + used, sizeof(text) - used,
			"%s %llu by %llu since %lld of %llu\n",
			severity_name(use.alert.severity),
			(unsigned long long)
				use.alert.sums.by_basis[BASIS_REPORTED],
			(unsigned long long)use.silence,
			(long long)((use.since_at - START) / MINUTE),
			(unsigned long long)use.alert.episode_seq);
		count++;
	}
	assert_int_equal(count, engine_held_count(world->engine));
	return text;
}

#define assert_held(world, lines) assert_string_equal(held(world), lines)

static void
holds_what_matches_and_nothing_else(void **state)
{
	struct world *world = *state;

	world_begin(world);
	assert_int_equal(silence(world, 0, 30), 1);
	killed(world, 1, "a", 6);
	world_report(world, 2,
		     REPORT(.id = "b", .party = "b", KILLED(6), ON(2)));
	assert_int_equal(engine_seq(world->engine), 1);
	assert_told(world, "crossed Minor Possible [b] 0/0/6/6 @2\n");
	assert_held(world, "Minor 6 by 1 since 1 of 0\n");
}

static void
matches_all_matchers_to_the_letter(void **state)
{
	struct world *world = *state;
	struct command command = silence_of("party", "a", 90);

	world_begin(world);
	strcpy(command.matchers[1].name, "agreement");
	strcpy(command.matchers[1].value, "truce");
	strcpy(command.matchers[2].name, "rule");
	strcpy(command.matchers[2].value, "killed");
	command.matchers_count = 3;
	assert_int_equal(world_command(world, 0, command), 1);
	/* A label that the alert does not have does not match, nor does another
	 * case. */
	world_command(world, 0, silence_of("country", "", 90));
	world_command(world, 0, silence_of("party", "A", 90));
	killed(world, 1, "a", 6);
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @1\n");
	world_report(world, 2,
		     REPORT(.id = "a", .agreement = "truce", .party = "a",
			    KILLED(6), ON(2)));
	assert_told(world, "");
	/* Without a party. */
	world_command(world, 3, silence_of("party", "", 90));
	world_report(world, 4, REPORT(.id = "n", KILLED(6), ON(4)));
	assert_told(world, "");
}

static void
tells_the_state_of_now_when_its_time_has_come(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	killed(world, 2, "2", 6);
	assert_told(world, "");
	assert_int_equal(engine_due(world->engine), AT(30));
	world_tick(world, 29);
	assert_told(world, "");
	world_tick(world, 40); /* late: it is told at its own time */
	assert_int_equal(world->alerts[0].msg_type, MSG_TYPE_ALERT);
	assert_int_equal(world->alerts[0].seq, 1);
	assert_int_equal(world->alerts[0].episode_seq, 1);
	assert_int_equal(world->alerts[0].references_seq, 0);
	assert_int_equal(world->alerts[0].evidence_count, 2);
	assert_told(world,
		    "silence_ended Moderate Possible [a] 0/0/12/12 @30\n");
	assert_held(world, "");
	/* From here on as ever. */
	world_tick(world, 70);
	assert_told(world, "level_down Minor Possible [a] 0/0/6/6 @61\n"
			   "cleared Minor Possible resolved [a] 0/0/0/0 @62\n");
}

static void
updates_what_was_sent_before_it(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 30);
	killed(world, 3, "2", 6);
	assert_held(world, "Moderate 12 by 1 since 3 of 1\n");
	world_tick(world, 30);
	assert_int_equal(world->alerts[1].msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(world->alerts[1].seq, 2);
	assert_int_equal(world->alerts[1].episode_seq, 1);
	assert_int_equal(world->alerts[1].references_seq, 1);
	assert_told(world,
		    "crossed Minor Possible [a] 0/0/6/6 @1\n"
		    "silence_ended Moderate Possible [a] 0/0/12/12 @30\n");
}

static void
says_nothing_at_its_end_where_nothing_was_held(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 30);
	killed(world, 3, "2", 1);
	world_tick(world, 31);
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @1\n");
}

static void
ends_when_an_officer_says_so(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	assert_int_equal(unsilence(world, 5, 2), 0); /* there is none */
	assert_told(world, "");
	assert_int_equal(unsilence(world, 6, 1), 1);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @6\n");
	assert_int_equal(unsilence(world, 7, 1), 0);
	/* Its number is not given again. */
	assert_int_equal(silence(world, 8, 30), 2);
}

static void
holds_while_another_one_does(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 10);
	assert_int_equal(world_command(world, 0,
				       silence_of("rule", "killed", 20)),
			 2);
	killed(world, 1, "1", 6);
	world_tick(world, 15);
	assert_told(world, "");
	assert_held(world, "Minor 6 by 2 since 1 of 0\n");
	world_tick(world, 25);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @20\n");
}

static void
holds_until_the_last_of_those_that_end_together(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 10);
	world_command(world, 0, silence_of("rule", "killed", 10));
	killed(world, 1, "1", 6);
	world_tick(world, 10);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @10\n");
}

static void
tells_groups_in_the_order_of_timers(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_command(world, 0, silence_of("rule", "killed", 10));
	world_report(world, 1,
		     REPORT(.id = "b", .party = "b", KILLED(5), ON(1)));
	killed(world, 2, "a", 5);
	world_tick(world, 10);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/5/5 @10\n"
			   "silence_ended Minor Possible [b] 0/0/5/5 @10\n");
}

static void
lets_through_what_is_more_severe(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence_up_to(world, 0, 90, SEVERITY_MODERATE);
	killed(world, 1, "1", 6);
	killed(world, 2, "2", 6);
	assert_told(world, "");
	killed(world, 3, "3", 8);
	/* The first that anybody hears of it. */
	assert_int_equal(world->alerts[0].msg_type, MSG_TYPE_ALERT);
	assert_int_equal(world->alerts[0].episode_seq, 1);
	assert_told(world, "level_up Severe Possible [a] 0/0/20/20 @3\n");
	assert_held(world, "");
	/* The way down is held again, the end is not. */
	world_tick(world, 62);
	assert_told(world, "");
	assert_held(world, "Minor 8 by 1 since 61 of 1\n");
	world_tick(world, 63);
	assert_told(world, "cleared Minor Possible resolved [a] 0/0/0/0 @63\n");
}

static void
never_holds_the_end_of_what_was_sent(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 90);
	killed(world, 3, "2", 6);
	world_tick(world, 70);
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @1\n"
			   "cleared Minor Possible resolved [a] 0/0/0/0 @63\n");
	assert_held(world, "");
	/* And what becomes of it afterwards is told, too: of minor, which was
	 * sent, not of what was held. */
	world_report(world, 71,
		     REPORT(.id = "1", .revision = 2, .party = "a", GONE));
	world_report(world, 72,
		     REPORT(.id = "2", .revision = 2, .party = "a", GONE));
	assert_told(world,
		    "corrected Minor Possible cancelled [a] 0/0/0/0 @72\n");
	world_tick(world, 91);
	assert_told(world, "");
}

static void
never_holds_the_correction_of_what_was_sent(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	killed(world, 2, "2", 6);
	silence(world, 3, 90);
	world_report(world, 4,
		     REPORT(.id = "2", .revision = 2, .party = "a", GONE));
	world_report(world, 5,
		     REPORT(.id = "1", .revision = 2, .party = "a", GONE));
	assert_told(world,
		    "crossed Minor Possible [a] 0/0/6/6 @1\n"
		    "level_up Moderate Possible [a] 0/0/12/12 @2\n"
		    "corrected Minor Possible [a] 0/0/6/6 @4\n"
		    "corrected Minor Possible cancelled [a] 0/0/0/0 @5\n");
}

/* Who has only heard of minor has nothing to correct. */
static void
holds_the_correction_of_what_was_held(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 30);
	killed(world, 3, "2", 6);
	world_report(world, 4,
		     REPORT(.id = "2", .revision = 2, .party = "a", GONE));
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @1\n");
	assert_held(world, "Minor 6 by 1 since 3 of 1\n");
	world_report(world, 5,
		     REPORT(.id = "1", .revision = 2, .party = "a", GONE));
	assert_told(world,
		    "corrected Minor Possible cancelled [a] 0/0/0/0 @5\n");
}

/* Moderate was held, and left again: once minor is told, only minor is what a
 * correction may take back. */
static void
does_not_correct_later_what_was_never_told(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 65);
	killed(world, 1, "1", 6);
	killed(world, 10, "2", 6);
	world_tick(world, 65);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @65\n");
	world_report(world, 66,
		     REPORT(.id = "1", .revision = 2, .party = "a", GONE));
	assert_told(world, "");
	world_report(world, 67,
		     REPORT(.id = "2", .revision = 2, .party = "a", GONE));
	assert_told(world,
		    "corrected Minor Possible cancelled [a] 0/0/0/0 @67\n");
}

static void
forgets_what_ended_before_anything_was_sent(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 90);
	killed(world, 1, "1", 6);
	assert_held(world, "Minor 6 by 1 since 1 of 0\n");
	world_tick(world, 61);
	assert_held(world, "");
	/* Neither its correction nor the end of the silence says anything. */
	world_report(world, 62,
		     REPORT(.id = "1", .revision = 2, .party = "a", GONE));
	world_tick(world, 91);
	assert_told(world, "");
	killed(world, 92, "2", 6);
	assert_int_equal(world->alerts[0].seq, 1);
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @92\n");
}

static void
forgets_what_was_cancelled_before_anything_was_sent(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world_begin(world);
	silence(world, 0, 90);
	killed(world, 1, "1", 12);
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 2, .party = "a", KILLED(6),
			    ON(1)));
	assert_held(world, "Minor 6 by 1 since 1 of 0\n");
	world_report(world, 3,
		     REPORT(.id = "1", .revision = 3, .party = "a", GONE));
	assert_held(world, "");
	assert_told(world, "");
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.open, 0);
}

/* At the very time at which the silence ends. */
static void
says_nothing_of_what_ends_with_it(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 61);
	killed(world, 1, "1", 6);
	world_tick(world, 61);
	assert_told(world, "");
}

static void
tells_a_change_of_that_time_in_place_of_its_end(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 61);
	killed(world, 1, "1", 6);
	killed(world, 10, "2", 6);
	world_tick(world, 61);
	assert_told(world, "level_down Minor Possible [a] 0/0/6/6 @61\n");
	assert_held(world, "");
}

static void
never_holds_what_an_officer_does(void **state)
{
	struct world *world = *state;
	const struct command acknowledge = {.kind = COMMAND_ACKNOWLEDGE,
					    .episode_seq = 1};

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 30);
	killed(world, 3, "2", 6);
	assert_int_equal(world_command(world, 4, acknowledge), 2);
	/* It told all that was held. */
	assert_held(world, "");
	world_tick(world, 31);
	world_retract(world, 32, 1);
	assert_told(world,
		    "crossed Minor Possible [a] 0/0/6/6 @1\n"
		    "acknowledged Moderate Possible [a] 0/0/12/12 @4\n"
		    "retracted Moderate Possible cancelled [a] 0/0/12/12 "
		    "@32\n");
}

static void
cannot_be_asked_about_what_was_not_sent(void **state)
{
	struct world *world = *state;
	const struct command acknowledge = {.kind = COMMAND_ACKNOWLEDGE};

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	assert_int_equal(world_command(world, 2, acknowledge), 0);
	uint32_t iterator = 0;
	uint64_t seq;
	assert_false(engine_open(world->engine, &iterator, &seq));
}

static void
holds_reminders_as_if_they_had_been_sent(void **state)
{
	struct world *world = *state;

	world->rules[0].remind_ms = 10 * MINUTE;
	world->rules[0].escalate_after_ms = 15 * MINUTE;
	world_begin(world);
	silence(world, 0, 25);
	killed(world, 1, "1", 6);
	world_tick(world, 24);
	assert_told(world, "");
	world_tick(world, 36);
	assert_int_equal(world->alerts[0].urgency, URGENCY_IMMEDIATE);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @25\n"
			   "reminder Minor Possible [a] 0/0/6/6 @35\n");
}

static void
never_holds_our_own_alerts(void **state)
{
	struct world *world = *state;
	char id[16];

	world->configuration.limits.reports = 10;
	world_begin(world);
	world_command(world, 0, silence_of("agreement", "truced", 90));
	world_command(world, 0, silence_of("rule", "reports-limit", 90));
	for (int i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "%d", i);
		killed(world, 1, id, 0);
	}
	assert_int_equal(world->alerts[0].status, STATUS_SYSTEM);
	assert_told(world, "crossed Moderate Observed 8/8/8/8 @1\n");
}

static void
goes_on_when_it_is_asked_for_again(void **state)
{
	struct world *world = *state;
	size_t count;

	world_begin(world);
	silence(world, 0, 10);
	killed(world, 1, "1", 6);
	assert_int_equal(silence(world, 2, 20), 1);
	/* Up to another severity it is another one. */
	assert_int_equal(silence_up_to(world, 2, 5, SEVERITY_MINOR), 2);
	assert_int_equal(engine_silences(world->engine, &count)->since_at,
			 AT(0));
	assert_int_equal(count, 2);
	world_tick(world, 30);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @20\n");
}

static void
lasts_as_long_as_the_engines_time_says(void **state)
{
	struct world *world = *state;
	struct command command = silence_of("party", "a", 0);
	size_t count;

	world_begin(world);
	world_tick(world, 10);
	/* Over before it began. */
	assert_int_equal(silence(world, 10, 10), 0);
	command.for_ms = 5 * MINUTE;
	assert_int_equal(world_command(world, 11, command), 1);
	assert_int_equal(engine_silences(world->engine, &count)->until_at,
			 AT(16));
}

static void
refuses_one_too_many(void **state)
{
	struct world *world = *state;
	char value[16];

	world_begin(world);
	for (int i = 0; i < SILENCES_MAX; i++) {
		snprintf(value, sizeof(value), "p%d", i);
		assert_int_equal(world_command(world, 0,
					       silence_of("party", value,
							  10 + i % 2)),
				 (uint64_t)i + 1);
	}
	assert_int_equal(silence(world, 1, 30), 0);
	/* One that is active may go on, all the same. */
	assert_int_equal(world_command(world, 1, silence_of("party", "p7", 12)),
			 8);
	world_tick(world, 10);
	assert_int_equal(silence(world, 10, 30), SILENCES_MAX + 1);
	killed(world, 11, "1", 6);
	assert_told(world, "");
	assert_held(world, "Minor 6 by 257 since 11 of 0\n");
}

static void
is_of_one_engine_alone(void **state)
{
	struct world *world = *state;
	struct command command = silence_of("party", "a", 30);

	world->part = ENGINE_DRILL;
	world_begin(world);
	uint64_t told = 0;
	const struct step step = {.kind = STEP_COMMAND,
				  .time_ms = AT(0),
				  .position = ++world->position,
				  .command = &command,
				  .part = ENGINE_REAL,
				  .ret_told = &told};
	struct alert alert;
	size_t count;
	engine_begin(world->engine, &step);
	assert_false(engine_next(world->engine, &alert));
	engine_silences(world->engine, &count);
	assert_int_equal(count, 0);
}

/* --- Over a step of the clock, a reload and a restart --- */

static void
lasts_as_long_after_the_clock_was_set_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 10, 50);
	world_tick(world, 900);
	world_command(world, 900, silence_of("party", "a", 930));
	killed(world, 901, "1", 6);
	world_clock(world, 100, -801);
	world_told(world);
	assert_held(world, "Minor 6 by 2 since 100 of 0\n");
	assert_int_equal(engine_due(world->engine), AT(130));
	world_tick(world, 130);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @130\n");
}

static void
ends_when_the_clock_was_set_beyond_it(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	world_clock(world, 40, 39);
	assert_told(world, "crossed Moderate Observed 2340/2340/2340/2340 @1\n"
			   "silence_ended Minor Possible [a] 0/0/6/6 @30\n");
}

static void
survives_a_reload(void **state)
{
	struct world *world = *state;
	static struct configuration after; /* they outlive the world */
	static struct rule rules[2];

	after = world->configuration;
	rules[0] = world->rules[0];
	world_begin(world);
	killed(world, 0, "0", 5);
	silence(world, 1, 30);
	killed(world, 2, "1", 6);
	rules[0].headline = "other words";
	rules[1] = rule_simple("later");
	rules[1].group_by[0] = FIELD_PARTY;
	rules[1].group_by_count = 1;
	after.rules = rules;
	after.rules_count = 2;
	world_configure(world, 3, &after);
	/* The new rule is held, too. */
	assert_told(world, "crossed Minor Possible [a] 0/0/5/5 @0\n");
	assert_held(world, "Moderate 11 by 1 since 2 of 1\n"
			   "Severe 11 by 1 since 3 of 0\n");
	world->configuration.rules_count = 2; /* for assert_told alone */
	world_tick(world, 30);
	assert_told(world,
		    "killed silence_ended Moderate Possible [a] 0/0/11/11 "
		    "@30\n"
		    "later silence_ended Severe Possible [a] 0/0/11/11 @30\n");
}

static void
ends_in_silence_with_its_rule_if_nothing_was_sent(void **state)
{
	struct world *world = *state;
	static struct configuration after; /* it outlives the world */

	after = world->configuration;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "b", .party = "b", KILLED(5), ON(0)));
	world_command(world, 1, silence_of("rule", "killed", 30));
	killed(world, 2, "1", 6);
	after.rules_count = 0;
	world_configure(world, 3, &after);
	assert_told(world, "crossed Minor Possible [b] 0/0/5/5 @0\n"
			   "rule_changed Minor Possible resolved [b] 0/0/5/5 "
			   "@3\n");
	assert_held(world, "");
	world_tick(world, 40);
	assert_told(world, "");
}

struct saved {
	void *bytes;
	size_t size;
};

static int
saved_fill(void *context, enum engine_part part, void *state, size_t size)
{
	const struct saved *saved = context;

	(void)part;
	assert_int_equal(size, saved->size);
	memcpy(state, saved->bytes, size);
	return 0;
}

/* The engine goes on from a copy of its state. */
static void
restart(struct world *world)
{
	static const uint8_t key[16] = "a key for tests";
	struct saved saved;
	const void *bytes = engine_state(world->engine, &saved.size);

	saved.bytes = malloc(saved.size);
	assert_non_null(saved.bytes);
	memcpy(saved.bytes, bytes, saved.size);
	engine_free(world->engine);
	assert_int_equal(engine_restore(&world->engine, &world->configuration,
					world->part, key, saved_fill, &saved),
			 0);
	free(saved.bytes);
}

static void
survives_a_restart(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	restart(world);
	assert_held(world, "Minor 6 by 1 since 1 of 0\n");
	killed(world, 2, "2", 6);
	assert_told(world, "");
	world_tick(world, 30);
	assert_told(world,
		    "silence_ended Moderate Possible [a] 0/0/12/12 @30\n");
	restart(world);
	assert_int_equal(silence(world, 31, 40), 2);
}

/* --- Window "event" --- */

static int
event_world(void **state)
{
	silence_world(state);
	struct world *world = *state;
	world->rules[0].window_kind = WINDOW_EVENT;
	world->rules[0].window_ms = 0;
	world->rules[0].resolution_ms = 0;
	world->rules[0].keep_firing_ms = DAY;
	return 0;
}

static void
leaves_no_mark_of_an_event(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 3000);
	killed(world, 1, "1", 6);
	assert_held(world, "Minor 6 by 1 since 1 of 0\n");
	world_tick(world, 1441);
	assert_held(world, "");
	world_tick(world, 3001);
	assert_told(world, "");
	world_report(world, 3002,
		     REPORT(.id = "1", .revision = 2, .party = "a", KILLED(7),
			    ON(1)));
	assert_told(world, "crossed Minor Possible [a] 0/0/7/7 @3002\n");
}

static void
keeps_an_event_of_which_something_is_still_to_be_told(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	silence(world, 2, 3000);
	world_report(world, 3,
		     REPORT(.id = "1", .revision = 2, .party = "a", KILLED(12),
			    ON(1)));
	world_tick(world, 2999);
	assert_held(world, "Moderate 12 by 1 since 3 of 1\n");
	world_tick(world, 3000);
	assert_told(world, "crossed Minor Possible [a] 0/0/6/6 @1\n"
			   "silence_ended Moderate Possible [a] 0/0/12/12 "
			   "@3000\n");
	/* Then it ends, and is known. */
	world_report(world, 3001,
		     REPORT(.id = "1", .revision = 3, .party = "a", KILLED(6),
			    ON(1)));
	assert_told(world, "corrected Minor Possible resolved [a] 0/0/6/6 "
			   "@3001\n");
}

static void
tells_events_in_the_order_in_which_they_began(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 30);
	killed(world, 1, "1", 6);
	killed(world, 2, "2", 7);
	killed(world, 3, "3", 8);
	world_tick(world, 30);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/6/6 @30\n"
			   "silence_ended Minor Possible [a] 0/0/7/7 @30\n"
			   "silence_ended Minor Possible [a] 0/0/8/8 @30\n");
}

/* The first is forgotten, and the third is where it was. */
static void
tells_events_as_they_began_whatever_there_was_before(void **state)
{
	struct world *world = *state;

	world_begin(world);
	silence(world, 0, 2000);
	killed(world, 1, "1", 6);
	killed(world, 1000, "2", 7);
	killed(world, 1500, "3", 8);
	world_tick(world, 2000);
	assert_told(world, "silence_ended Minor Possible [a] 0/0/7/7 @2000\n"
			   "silence_ended Minor Possible [a] 0/0/8/8 @2000\n");
}

/* Retracted up to minor; what rose above that was held and is gone again. */
static void
remembers_a_retraction_that_nothing_has_exceeded_openly(void **state)
{
	struct world *world = *state;

	world_begin(world);
	killed(world, 1, "1", 6);
	world_retract(world, 2, 1);
	silence(world, 3, 3000);
	world_report(world, 4,
		     REPORT(.id = "1", .revision = 2, .party = "a", KILLED(12),
			    ON(1)));
	assert_held(world, "Moderate 12 by 1 since 4 of 0\n");
	world_tick(world, 3001);
	world_told(world);
	world_report(world, 3002,
		     REPORT(.id = "1", .revision = 3, .party = "a", KILLED(7),
			    ON(1)));
	assert_told(world, "");
	world_report(world, 3003,
		     REPORT(.id = "1", .revision = 4, .party = "a", KILLED(12),
			    ON(1)));
	assert_told(world, "crossed Moderate Possible [a] 0/0/12/12 @3003\n");
}

#define SILENCE_TEST(test)                                                     \
	cmocka_unit_test_setup_teardown(test, silence_world, world_teardown)
#define EVENT_TEST(test)                                                       \
	cmocka_unit_test_setup_teardown(test, event_world, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SILENCE_TEST(holds_what_matches_and_nothing_else),
		SILENCE_TEST(matches_all_matchers_to_the_letter),
		SILENCE_TEST(tells_the_state_of_now_when_its_time_has_come),
		SILENCE_TEST(updates_what_was_sent_before_it),
		SILENCE_TEST(says_nothing_at_its_end_where_nothing_was_held),
		SILENCE_TEST(ends_when_an_officer_says_so),
		SILENCE_TEST(holds_while_another_one_does),
		SILENCE_TEST(holds_until_the_last_of_those_that_end_together),
		SILENCE_TEST(tells_groups_in_the_order_of_timers),
		SILENCE_TEST(lets_through_what_is_more_severe),
		SILENCE_TEST(never_holds_the_end_of_what_was_sent),
		SILENCE_TEST(never_holds_the_correction_of_what_was_sent),
		SILENCE_TEST(holds_the_correction_of_what_was_held),
		SILENCE_TEST(does_not_correct_later_what_was_never_told),
		SILENCE_TEST(forgets_what_ended_before_anything_was_sent),
		SILENCE_TEST(
			forgets_what_was_cancelled_before_anything_was_sent),
		SILENCE_TEST(says_nothing_of_what_ends_with_it),
		SILENCE_TEST(tells_a_change_of_that_time_in_place_of_its_end),
		SILENCE_TEST(never_holds_what_an_officer_does),
		SILENCE_TEST(cannot_be_asked_about_what_was_not_sent),
		SILENCE_TEST(holds_reminders_as_if_they_had_been_sent),
		SILENCE_TEST(never_holds_our_own_alerts),
		SILENCE_TEST(goes_on_when_it_is_asked_for_again),
		SILENCE_TEST(lasts_as_long_as_the_engines_time_says),
		SILENCE_TEST(refuses_one_too_many),
		SILENCE_TEST(is_of_one_engine_alone),
		SILENCE_TEST(lasts_as_long_after_the_clock_was_set_back),
		SILENCE_TEST(ends_when_the_clock_was_set_beyond_it),
		SILENCE_TEST(survives_a_reload),
		SILENCE_TEST(ends_in_silence_with_its_rule_if_nothing_was_sent),
		SILENCE_TEST(survives_a_restart),
		EVENT_TEST(leaves_no_mark_of_an_event),
		EVENT_TEST(
			keeps_an_event_of_which_something_is_still_to_be_told),
		EVENT_TEST(tells_events_in_the_order_in_which_they_began),
		EVENT_TEST(
			tells_events_as_they_began_whatever_there_was_before),
		EVENT_TEST(
			remembers_a_retraction_that_nothing_has_exceeded_openly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
