/* Rules of the kind deadline: what nears, what has passed, and what officers
 * say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "core/headline.h"

static const struct deadline deadlines[] = {
	{.name = "withdrawal",
	 .due_at = START + 10 * DAY,
	 .warn_before_ms = {7 * DAY, DAY},
	 .warn_before_count = 2},
	{.name = "exchange",
	 .due_at = START + 20 * DAY,
	 .warn_before_ms = {3 * DAY},
	 .warn_before_count = 1},
};

static const struct rule due = {
	.name = "due",
	.kind = RULE_DEADLINE,
	.basis = BASIS_REPORTED,
	.window_kind = WINDOW_NONE,
	.group_by = {FIELD_DEADLINE},
	.group_by_count = 1,
	.levels = {{-7 * 86400, -7 * 86400, 0, SEVERITY_MINOR},
		   {-3 * 86400, -3 * 86400, 0, SEVERITY_MINOR},
		   {-1 * 86400, -1 * 86400, 0, SEVERITY_MINOR},
		   {0, 0, 0, SEVERITY_SEVERE}},
	.levels_count = 4,
	.headline = "",
	.instruction = "",
	.web = "",
};

static int
due_setup(void **state)
{
	world_setup(state);
	struct world *world = *state;
	world->agreements[0].deadlines = deadlines;
	world->agreements[0].deadlines_count = 2;
	*world_rule(world, "due") = due;
	return 0;
}

static void
assert_reads(const struct alert *alert, const char *expected)
{
	char headline[HEADLINE_SIZE];

	headline_render(alert, "", headline, sizeof(headline));
	assert_string_equal(headline, expected);
}

static void
warns_at_its_own_times_and_tells_that_it_passed(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, 0);
	assert_int_equal(engine_due(world->engine), AT(DAYS(3)));
	world_tick(world, DAYS(30));
	assert_int_equal(world->alerts_count, 5);
	assert_reads(&world->alerts[0],
		     "withdrawal is due in 7 d (2023-12-19) | pact");
	assert_int_equal(world->alerts[0].onset_at, AT(DAYS(10)));
	assert_int_equal(world->alerts[0].urgency, URGENCY_FUTURE);
	assert_reads(&world->alerts[1],
		     "withdrawal is due in 24 h (2023-12-19) | pact");
	assert_int_equal(world->alerts[2].urgency, URGENCY_IMMEDIATE);
	assert_reads(&world->alerts[2],
		     "withdrawal was due on 2023-12-19 and is not met | pact");
	assert_told(world,
		    "crossed Minor Observed [withdrawal] 0/0/0/0 @4320\n"
		    "level_up Minor Observed [withdrawal] 0/0/0/0 @12960\n"
		    "level_up Severe Observed [withdrawal] 0/0/0/0 @14400\n"
		    "crossed Minor Observed [exchange] 0/0/0/0 @24480\n"
		    "level_up Severe Observed [exchange] 0/0/0/0 @28800\n");
}

static void
ends_when_an_officer_says_that_it_is_met(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, DAYS(4));
	world_told(world);
	world_deadline(world, DAYS(5), COMMAND_DEADLINE_MET, "withdrawal",
		       DAYS(4));
	assert_int_equal(world->told, world->alerts[0].seq);
	assert_string_equal(world->alerts[0].acknowledged_by, "duty");
	assert_string_equal(world->alerts[0].comment, "as told");
	assert_reads(&world->alerts[0],
		     "over: withdrawal was met on 2023-12-13 | pact");
	assert_told(world, "cleared Minor Observed resolved [withdrawal] "
			   "0/0/0/0 @7200\n");
	world_tick(world, DAYS(15));
	assert_told(world, "");
	/* It was not, after all. */
	world_deadline(world, DAYS(15), COMMAND_DEADLINE_UNMET, "withdrawal",
		       0);
	assert_string_equal(world->alerts[0].acknowledged_by, "");
	assert_string_equal(world->alerts[0].comment, "as told");
	assert_told(world, "crossed Severe Observed [withdrawal] "
			   "432000/432000/432000/432000 @21600\n");
}

static void
is_not_told_of_at_all_when_it_is_met_before(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, 0);
	world_deadline(world, 1, COMMAND_DEADLINE_MET, "withdrawal", 1);
	assert_int_equal(world->told, 0);
	world_deadline(world, 2, COMMAND_DEADLINE_MET, "exchange", 1);
	world_restore(world);
	world_tick(world, DAYS(30));
	assert_told(world, "");
}

static void
falls_back_when_it_is_due_later(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, DAYS(11));
	world_told(world);
	world_deadline(world, DAYS(11), COMMAND_DEADLINE_DUE, "withdrawal",
		       DAYS(15));
	assert_reads(&world->alerts[0],
		     "withdrawal is due in 4 d (2023-12-24) | pact");
	assert_told(world, "level_down Minor Observed [withdrawal] "
			   "0/0/0/0 @15840\n");
	world_deadline(world, DAYS(12), COMMAND_DEADLINE_DUE, "withdrawal",
		       DAYS(40));
	assert_told(world, "cleared Minor Observed resolved [withdrawal] "
			   "0/0/0/0 @17280\n");
	world_tick(world, DAYS(17));
	world_told(world);
	world_tick(world, DAYS(39));
	assert_told(world,
		    "level_up Severe Observed [exchange] 0/0/0/0 @28800\n"
		    "crossed Minor Observed [withdrawal] 0/0/0/0 @47520\n"
		    "level_up Minor Observed [withdrawal] 0/0/0/0 @56160\n");
}

static void
watches_those_that_the_rule_names(void **state)
{
	struct world *world = *state;

	world->rules[0].deadlines =
		(struct name_list)LIST("exchange", "of another agreement");
	world_begin(world);
	world_tick(world, DAYS(17));
	assert_told(world, "crossed Minor Observed [exchange] "
			   "0/0/0/0 @24480\n");
}

static void
tells_of_one_that_had_passed_before_it_was_watched(void **state)
{
	struct world *world = *state;

	world->configuration.clock = CLOCK_RECORDS;
	world_begin(world);
	world_start(world, 0, 0); /* says nothing of the time */
	assert_told(world, "");
	world_report(world, 0, REPORT(.id = "a", .reported_at = AT(DAYS(11))));
	assert_told(world, "crossed Severe Observed [withdrawal] "
			   "86400/86400/86400/86400 @15840\n");
}

static void
keeps_what_officers_said_until_the_file_says_another_time(void **state)
{
	struct world *world = *state;
	struct deadline changed[2] = {deadlines[1], deadlines[0]};
	struct agreement agreements[2] = {{.id = "truce",
					   .title = "",
					   .effective_at = START},
					  {.id = "pact",
					   .title = "",
					   .effective_at = START,
					   .deadlines = changed,
					   .deadlines_count = 2}};
	struct configuration next = world->configuration;

	world_begin(world);
	world_deadline(world, 1, COMMAND_DEADLINE_MET, "withdrawal", 1);
	world_deadline(world, 2, COMMAND_DEADLINE_DUE, "exchange", DAYS(5));
	next.agreements = agreements;
	world_configure(world, DAYS(1), &next);
	world_tick(world, DAYS(2));
	assert_told(world, "crossed Minor Observed [exchange] "
			   "0/0/0/0 @2880\n");
	struct deadline moved[2] = {deadlines[1], deadlines[0]};
	struct agreement later[2] = {agreements[0], agreements[1]};
	moved[0].due_at = AT(DAYS(9));
	later[1].deadlines = moved;
	struct configuration last = next;
	last.agreements = later;
	world_configure(world, DAYS(3), &last);
	world_tick(world, DAYS(8));
	assert_told(world, "rule_changed Minor Observed resolved [exchange] "
			   "0/0/0/0 @4320\n"
			   "crossed Minor Observed [exchange] "
			   "0/0/0/0 @8640\n");
	world_end(world);
}

/* With no report yet, and an alert that begins as the file is read. */
static void
survives_reloads_before_anything_was_reported(void **state)
{
	struct world *world = *state;
	struct configuration next = world->configuration;

	world_begin(world);
	world_tick(world, 0);
	world_configure(world, DAYS(4), &next);
	assert_told(world, "crossed Minor Observed [withdrawal] "
			   "0/0/0/0 @4320\n");
	world_configure(world, DAYS(5), &next);
	world_tick(world, DAYS(9));
	assert_string_equal(world->alerts[0].acknowledged_by, "");
	assert_told(world, "level_up Minor Observed [withdrawal] "
			   "0/0/0/0 @12960\n");
	world_end(world);
}

static void
leaves_rules_alone_that_count_events(void **state)
{
	struct world *world = *state;
	struct agreement agreements[2] = {world->agreements[0],
					  world->agreements[1]};
	struct configuration next = world->configuration;

	*world_rule(world, "killed") = rule_simple("killed");
	next = world->configuration;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "a", ON(0), KILLED(5)));
	agreements[0].deadlines_count = 1;
	next.agreements = agreements;
	world_configure(world, 1, &next);
	world_tick(world, DAYS(1));
	assert_told(world, "killed crossed Severe Possible 0/0/5/5 @0\n"
			   "killed cleared Severe Possible resolved 0/0/0/0 "
			   "@60\n");
	world_end(world);
}

static void
knows_no_deadlines_in_exercises(void **state)
{
	struct world *world = *state;

	world->part = ENGINE_DRILL;
	world_begin(world);
	world_tick(world, DAYS(30));
	assert_told(world, "");
}

static void
falls_back_when_the_clock_is_set_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, DAYS(10));
	world_told(world);
	world_clock(world, DAYS(9), -DAYS(1));
	assert_int_equal(world->alerts_count, 2);
	assert_reads(&world->alerts[1],
		     "withdrawal is due in 24 h (2023-12-19) | pact");
	world_told(world);
	world_tick(world, DAYS(10));
	assert_told(world, "level_up Severe Observed [withdrawal] 0/0/0/0 "
			   "@14400\n");
}

#define DUE_TEST(test)                                                         \
	cmocka_unit_test_setup_teardown(test, due_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DUE_TEST(warns_at_its_own_times_and_tells_that_it_passed),
		DUE_TEST(ends_when_an_officer_says_that_it_is_met),
		DUE_TEST(is_not_told_of_at_all_when_it_is_met_before),
		DUE_TEST(falls_back_when_it_is_due_later),
		DUE_TEST(watches_those_that_the_rule_names),
		DUE_TEST(tells_of_one_that_had_passed_before_it_was_watched),
		DUE_TEST(
			keeps_what_officers_said_until_the_file_says_another_time),
		DUE_TEST(survives_reloads_before_anything_was_reported),
		DUE_TEST(leaves_rules_alone_that_count_events),
		DUE_TEST(falls_back_when_the_clock_is_set_back),
		DUE_TEST(knows_no_deadlines_in_exercises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
