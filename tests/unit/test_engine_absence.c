/* Rules of the kind absence: whose silence is told, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "core/headline.h"

static const struct rule absence = {
	.name = "silent",
	.kind = RULE_ABSENCE,
	.basis = BASIS_REPORTED,
	.window_kind = WINDOW_NONE,
	.expect = LIST("jfo", "un"),
	.after_ms = HOUR,
	.active = {.length_ms = DAY},
	.group_by = {FIELD_SOURCE},
	.group_by_count = 1,
	.match = {.agreement = LIST("pact")},
	.levels = {{.at = 3600, .clear = 3600, .severity = SEVERITY_MINOR}},
	.levels_count = 1,
	.headline = "",
	.instruction = "",
	.web = "",
};

static int
absence_setup(void **state)
{
	world_setup(state);
	*world_rule(*state, "silent") = absence;
	return 0;
}

static enum verdict
hears(struct world *world, int64_t minute, const char *source, const char *id)
{
	struct report report = {.occurred_at = AT(minute)};

	strcpy(report.source, source);
	strcpy(report.id, id);
	return world_report(world, minute, report_complete(report));
}

static void
tells_each_source_that_is_silent_for_so_long(void **state)
{
	struct world *world = *state;
	char headline[HEADLINE_SIZE];

	world_begin(world);
	world_tick(world, 0);
	assert_int_equal(engine_due(world->engine), AT(60));
	hears(world, 30, "jfo", "1");
	world_tick(world, 59);
	assert_told(world, "");
	world_tick(world, 100);
	headline_render(&world->alerts[0], "", headline, sizeof(headline));
	assert_string_equal(headline, "no report from un for 60 min | pact");
	assert_int_equal(world->alerts[0].onset_at, START);
	assert_true(world->alerts[0].threshold == 3600);
	assert_told(world, "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @60\n"
			   "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @90\n");
	hears(world, 110, "un", "1");
	headline_render(&world->alerts[0], "", headline, sizeof(headline));
	assert_string_equal(headline, "over: un reports again | pact");
	assert_told(world,
		    "cleared Minor Observed resolved [un] 0/0/0/0 @110\n");
	world_tick(world, 170);
	assert_told(world, "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @170\n");
}

static void
hears_any_report_of_the_source_in_the_agreement(void **state)
{
	static const enum report_type types[] = {REPORT_INCIDENT, REPORT_TALLY,
						 REPORT_FINDING};
	struct world *world = *state;
	int64_t minute = 0;

	world_begin(world);
	hears(world, 0, "un", "0");
	for (size_t i = 0; i < 3; i++) {
		struct report report =
			REPORT(.id = "a", .type = types[i],
			       .denies = types[i] == REPORT_FINDING);
		hears(world, minute + 10, "un", i ? "x" : "y");
		minute += 50;
		assert_int_equal(world_report(world, minute, report),
				 VERDICT_ACCEPTED);
	}
	minute += 50;
	world_report(world, minute, without_violation(REPORT(.id = "nil")));
	minute += 50;
	world_report(world, minute,
		     REPORT(.id = "nil", .revision = 2,
			    .assessment = ASSESSMENT_WITHDRAWN));
	for (size_t i = 0; i < world->alerts_count; i++)
		assert_string_equal(world->alerts[i].labels[0].value, "un");
	world_told(world);
	/* Not of another agreement, or one that is not accepted. */
	world_report(world, minute + 50,
		     REPORT(.id = "b", .agreement = "truce"));
	world_report(world, minute + 51,
		     REPORT(.id = "nil", .revision = 2,
			    .assessment = ASSESSMENT_WITHDRAWN));
	assert_int_equal(world->receipt.verdict, VERDICT_DUPLICATE);
	world_tick(world, minute + 60);
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @310\n");
}

static void
counts_no_silence_while_it_did_not_run(void **state)
{
	struct world *world = *state;

	world_begin(world);
	hears(world, 0, "un", "1");
	world_start(world, 40, 1000);
	assert_told(world, "");
	world_tick(world, 1019);
	assert_told(world, "");
	world_tick(world, 1020);
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @1020\n"
			   "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @1020\n");
	/* A start is no sign of life. */
	world_start(world, 1020, 2000);
	world_tick(world, 3000);
	assert_told(world, "");
	hears(world, 3001, "un", "2");
	assert_told(world,
		    "cleared Minor Observed resolved [un] 0/0/0/0 @3001\n");
}

static void
counts_in_the_hours_that_are_active(void **state)
{
	struct world *world = *state;

	world->rules[0].active =
		(struct active){.from_ms = 8 * HOUR, .length_ms = HOUR / 2};
	world_begin(world);
	world_tick(world, 0);
	world_tick(world, 1440 + 8 * 60 + 29);
	assert_told(world, "");
	world_tick(world, 1440 + 8 * 60 + 30);
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @1950\n"
			   "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @1950\n");
}

static void
stays_quiet_about_a_silence_that_was_retracted(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, 0);
	hears(world, 30, "jfo", "1");
	world_tick(world, 60);
	world_told(world);
	world_retract(world, 70, 1);
	world_start(world, 70, 80);
	world_told(world);
	hears(world, 85, "jfo", "2");
	world_tick(world, 140);
	assert_told(world, "");
	hears(world, 140, "un", "1");
	hears(world, 141, "jfo", "3");
	world_tick(world, 200);
	assert_told(world, "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @200\n");
}

static void
expects_nobody_in_exercises(void **state)
{
	struct world *world = *state;

	world->part = ENGINE_DRILL;
	world_begin(world);
	world_tick(world, 0);
	world_tick(world, 1000);
	assert_told(world, "");
}

static void
goes_by_the_reports_time_where_that_is_the_clock(void **state)
{
	struct world *world = *state;

	world->configuration.clock = CLOCK_RECORDS;
	world_begin(world);
	world_start(world, 0, 500); /* says nothing of the time */
	hears(world, 1000, "jfo", "1");
	assert_told(world, "");
	hears(world, 1061, "jfo", "2");
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @1060\n"
			   "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @1060\n"
			   "cleared Minor Observed resolved [jfo] "
			   "0/0/0/0 @1061\n");
}

static void
keeps_what_it_knows_when_the_rule_stays(void **state)
{
	struct world *world = *state;
	struct rule kept[2] = {rule_simple("killed"), absence};
	struct rule changed[2] = {rule_simple("killed"), absence};

	/* No room for more groups than there are. */
	world->configuration.limits.groups = 4;
	struct configuration next = world->configuration;
	world_begin(world);
	world_tick(world, 0);
	hears(world, 30, "jfo", "1");
	world_restore(world);
	/* It is another number now, and another rule is before it. */
	next.rules = kept;
	next.rules_count = 2;
	world_configure(world, 40, &next);
	world_tick(world, 95);
	world->configuration.rules_count = 2; /* for their names */
	assert_told(world, "silent crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @60\n"
			   "silent crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @90\n");
	/* A changed rule expects from now on. */
	changed[1].active.length_ms = 23 * HOUR;
	struct configuration last = next;
	last.rules = changed;
	world_configure(world, 100, &last);
	world_tick(world, 160);
	assert_told(world, "silent rule_changed Minor Observed resolved [jfo] "
			   "4200/4200/4200/4200 @100\n"
			   "silent rule_changed Minor Observed resolved [un] "
			   "6000/6000/6000/6000 @100\n"
			   "silent crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @160\n"
			   "silent crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @160\n");
	world_end(world);
}

/* How sure a source may be is not what it is expected for. */
static void
goes_on_when_a_source_s_word_counts_for_more(void **state)
{
	static const struct source sources[] = {
		{.name = "jfo", .origin = "", .at_most = ASSESSMENT_VERIFIED}};
	struct world *world = *state;
	struct configuration next = world->configuration;

	next.sources = sources;
	next.sources_count = 1;
	world_begin(world);
	world_tick(world, 0);
	hears(world, 30, "jfo", "1");
	world_tick(world, 60);
	assert_told(world, "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @60\n");
	world_configure(world, 70, &next);
	world_tick(world, 90);
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @90\n");
	world_end(world);
}

/* Nobody was silent for any longer because the clock was set. */
static void
counts_no_time_by_which_the_clock_was_set(void **state)
{
	struct world *world = *state;

	world_begin(world);
	hears(world, 100, "un", "1");
	hears(world, 100, "jfo", "1");
	world_clock(world, 1120, 1000);
	world_told(world);
	world_tick(world, 1149);
	assert_told(world, "");
	world_clock(world, 140, -1010);
	world_told(world);
	hears(world, 145, "jfo", "2");
	world_tick(world, 160);
	assert_told(world, "crossed Minor Observed [un] "
			   "3600/3600/3600/3600 @150\n");
	world_clock(world, 100, -60);
	world_told(world);
	world_tick(world, 145);
	assert_told(world, "crossed Minor Observed [jfo] "
			   "3600/3600/3600/3600 @145\n");
}

#define ABSENCE_TEST(test)                                                     \
	cmocka_unit_test_setup_teardown(test, absence_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ABSENCE_TEST(tells_each_source_that_is_silent_for_so_long),
		ABSENCE_TEST(hears_any_report_of_the_source_in_the_agreement),
		ABSENCE_TEST(counts_no_silence_while_it_did_not_run),
		ABSENCE_TEST(counts_in_the_hours_that_are_active),
		ABSENCE_TEST(stays_quiet_about_a_silence_that_was_retracted),
		ABSENCE_TEST(expects_nobody_in_exercises),
		ABSENCE_TEST(goes_by_the_reports_time_where_that_is_the_clock),
		ABSENCE_TEST(goes_on_when_a_source_s_word_counts_for_more),
		ABSENCE_TEST(counts_no_time_by_which_the_clock_was_set),
		ABSENCE_TEST(keeps_what_it_knows_when_the_rule_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
