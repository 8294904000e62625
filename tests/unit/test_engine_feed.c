/* Rules of the kind feed_gap: which numbers did not come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "core/headline.h"

static const struct rule gaps = {
	.name = "gaps",
	.kind = RULE_FEED_GAP,
	.basis = BASIS_REPORTED,
	.window_kind = WINDOW_NONE,
	.keep_firing_ms = 5 * MINUTE,
	.group_by = {FIELD_SOURCE, FIELD_FEED},
	.group_by_count = 2,
	.match = {.feed = LIST("daily", "weekly")},
	.levels = {{.at = 1, .clear = 1, .severity = SEVERITY_MINOR},
		   {.at = 3, .clear = 3, .severity = SEVERITY_MODERATE}},
	.levels_count = 2,
	.headline = "",
	.instruction = "",
	.web = "",
};

static int
gaps_setup(void **state)
{
	world_setup(state);
	*world_rule(*state, "gaps") = gaps;
	return 0;
}

/* The report of a number, of which there may be revisions. */
static struct report
numbered(const char *feed, uint64_t number, const char *id, uint32_t revision)
{
	struct report report = {.feed_seq = number, .revision = revision};

	strcpy(report.feed, feed);
	strcpy(report.id, id);
	return report_complete(report);
}

static void
hear(struct world *world, int64_t minute, uint64_t number, const char *id)
{
	assert_int_equal(world_report(world, minute,
				      numbered("daily", number, id, 1)),
			 VERDICT_ACCEPTED);
}

static void
tells_what_is_missing_until_it_has_come(void **state)
{
	struct world *world = *state;
	char headline[HEADLINE_SIZE];

	world_begin(world);
	hear(world, 0, 7, "a");
	hear(world, 1, 9, "b");
	headline_render(&world->alerts[0], "", headline, sizeof(headline));
	assert_string_equal(headline,
			    "1 report missing of the feed daily of jfo | pact");
	assert_int_equal(world->alerts[0].onset_at, AT(1));
	hear(world, 2, 12, "c");
	hear(world, 3, 11, "d");
	hear(world, 4, 8, "e");
	hear(world, 5, 10, "f");
	assert_told(world, "crossed Minor Observed [jfo daily] 1/1/1/1 @1\n"
			   "level_up Moderate Observed [jfo daily] 3/3/3/3 "
			   "@2\n");
	world_tick(world, 11);
	headline_render(&world->alerts[1], "", headline, sizeof(headline));
	assert_string_equal(
		headline,
		"over: no report missing of the feed daily of jfo | pact");
	assert_told(world, "level_down Minor Observed [jfo daily] 0/0/0/0 @8\n"
			   "cleared Minor Observed resolved [jfo daily] "
			   "0/0/0/0 @10\n");
}

static void
counts_each_feed_apart_and_those_it_listens_to(void **state)
{
	struct world *world = *state;

	world_begin(world);
	hear(world, 0, 1, "a");
	world_report(world, 1, numbered("weekly", 10, "b", 1));
	world_report(world, 2, numbered("hourly", 1, "c", 1));
	world_report(world, 2, numbered("hourly", 9, "d", 1));
	world_report(world, 3, numbered("weekly", 12, "e", 1));
	world_report(world, 4, numbered("daily", 0, "f", 1)); /* has none */
	struct report tally = numbered("daily", 5, "g", 1);
	tally.type = REPORT_TALLY;
	world_report(world, 5, tally);
	assert_told(world, "crossed Minor Observed [jfo weekly] 1/1/1/1 @3\n"
			   "crossed Moderate Observed [jfo daily] 3/3/3/3 "
			   "@5\n");
}

static void
hears_accepted_reports_only(void **state)
{
	struct world *world = *state;

	world_begin(world);
	hear(world, 0, 1, "a");
	world_report(world, 1, numbered("daily", 2, "b", 2));
	hear(world, 2, 4, "c");
	assert_told(world, "crossed Minor Observed [jfo daily] 1/1/1/1 @2\n");
	world_report(world, 3, numbered("daily", 3, "b", 1));
	assert_int_equal(world->receipt.verdict, VERDICT_STALE);
	/* Its report's number again: neither a restart nor a gap. */
	world_report(world, 4, numbered("daily", 2, "b", 3));
	assert_int_equal(world->receipt.verdict, VERDICT_ACCEPTED);
	world_tick(world, 20);
	assert_told(world, "");
	/* The feed began again. */
	hear(world, 20, 1, "d");
	world_tick(world, 25);
	assert_told(world, "cleared Minor Observed resolved [jfo daily] "
			   "0/0/0/0 @25\n");
}

static void
waits_for_those_that_are_only_late(void **state)
{
	struct world *world = *state;

	world->rules[0].for_ms = 15 * MINUTE;
	world_begin(world);
	hear(world, 0, 2, "a");
	hear(world, 1, 4, "b");
	hear(world, 15, 3, "c");
	hear(world, 20, 6, "d");
	world_tick(world, 34);
	assert_told(world, "");
	world_tick(world, 35);
	assert_told(world, "crossed Minor Observed [jfo daily] 1/1/1/1 @35\n");
}

/* No report corrects it, not even where sums are made anew. */
static void
stands_when_the_clock_is_set_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	hear(world, 100, 1, "a");
	hear(world, 101, 3, "b");
	world_clock(world, 50, -60);
	world_told(world);
	hear(world, 51, 5, "c");
	hear(world, 52, 6, "d");
	assert_told(world, "");
	hear(world, 53, 8, "e");
	assert_int_equal(world->alerts[0].onset_at, AT(50));
	assert_told(world, "level_up Moderate Observed [jfo daily] 3/3/3/3 "
			   "@53\n");
}

static void
keeps_what_it_knows_when_the_rule_stays(void **state)
{
	struct world *world = *state;
	struct rule rules[2] = {rule_simple("killed"), gaps};
	struct configuration next = world->configuration;

	world_begin(world);
	hear(world, 0, 1, "a");
	hear(world, 1, 3, "b");
	world_restore(world);
	next.rules = rules;
	next.rules_count = 2;
	world_configure(world, 2, &next);
	hear(world, 3, 2, "c");
	world_tick(world, 8);
	assert_told(world, "crossed Minor Observed [jfo daily] 1/1/1/1 @1\n"
			   "cleared Minor Observed resolved [jfo daily] "
			   "0/0/0/0 @8\n");
	hear(world, 9, 5, "d");
	assert_told(world, "crossed Minor Observed [jfo daily] 1/1/1/1 @9\n");
	/* A changed rule begins with the next number. */
	struct rule changed = gaps;
	changed.keep_firing_ms = MINUTE;
	struct configuration last = world->configuration;
	last.rules = &changed;
	world_configure(world, 10, &last);
	hear(world, 11, 9, "e");
	hear(world, 12, 11, "f");
	assert_told(world, "rule_changed Minor Observed resolved [jfo daily] "
			   "1/1/1/1 @10\n"
			   "crossed Minor Observed [jfo daily] 1/1/1/1 @12\n");
	world_end(world);
}

/* What is missing is not forgotten because another's word counts for more. */
static void
goes_on_when_a_source_s_word_counts_for_more(void **state)
{
	static const struct source sources[] = {
		{.name = "un", .origin = "", .at_most = ASSESSMENT_VERIFIED}};
	struct world *world = *state;
	struct configuration next = world->configuration;

	next.sources = sources;
	next.sources_count = 1;
	world_begin(world);
	hear(world, 0, 1, "a");
	hear(world, 1, 3, "b");
	world_told(world);
	world_configure(world, 2, &next);
	hear(world, 3, 6, "c");
	assert_told(world, "level_up Moderate Observed [jfo daily] 3/3/3/3 "
			   "@3\n");
	world_end(world);
}

#define GAPS_TEST(test)                                                        \
	cmocka_unit_test_setup_teardown(test, gaps_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GAPS_TEST(tells_what_is_missing_until_it_has_come),
		GAPS_TEST(counts_each_feed_apart_and_those_it_listens_to),
		GAPS_TEST(hears_accepted_reports_only),
		GAPS_TEST(waits_for_those_that_are_only_late),
		GAPS_TEST(stands_when_the_clock_is_set_back),
		GAPS_TEST(goes_on_when_a_source_s_word_counts_for_more),
		GAPS_TEST(keeps_what_it_knows_when_the_rule_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
