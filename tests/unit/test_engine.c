/* The engine as a whole: verdicts, time, order, limits, drills. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine.h"

#include "build.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN
#define DUE(report, minute) (report).reported_at = AT(minute)

static int
one_rule(void **state)
{
	world_setup(state);
	world_rule(*state, "deaths");
	return 0;
}

static int
records(void **state)
{
	one_rule(state);
	((struct world *)*state)->configuration.clock = CLOCK_RECORDS;
	return 0;
}

/* What the first rule counts now in "pact". */
static uint64_t
reported(const struct world *world)
{
	struct sums sums = {.events = 0};

	if (!engine_sums(world->engine, 0, "pact", NULL, &sums))
		return 0;
	return sums.by_basis[BASIS_REPORTED];
}

static uint32_t
pool_used(const struct world *world, enum pool_kind pool)
{
	struct pool_use use[POOLS];

	engine_pools(world->engine, use);
	return use[pool].used;
}

static void
assert_rejected(struct world *world, enum reason reason, const char *field)
{
	assert_int_equal(world->receipt.verdict, VERDICT_REJECTED);
	assert_int_equal(world->receipt.reason, reason);
	assert_string_equal(world->receipt.field, field);
	assert_string_not_equal(world->receipt.detail, "");
}

/* --- Identity --- */

static void
accepts_what_is_new_and_says_where_it_stands(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_tick(world, 0);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", ON(0), KILLED(1))),
			 VERDICT_ACCEPTED);
	assert_int_equal(world->receipt.reason, REASON_NONE);
	assert_int_equal(world->receipt.position, 2);
	assert_int_equal(pool_used(world, POOL_REPORTS), 1);
}

static void
replaces_an_earlier_revision_in_every_sum(void **state)
{
	struct world *world = *state;

	world_rule(world, "violations")->measure = MEASURE_VIOLATIONS;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(4)));
	assert_int_equal(world_report(world, 1,
				      REPORT(.id = "1", .revision = 9, ON(0),
					     KILLED(3),
					     COUNTED(COUNT_VIOLATIONS, 2))),
			 VERDICT_ACCEPTED);
	struct sums sums;
	assert_int_equal(reported(world), 3);
	assert_true(engine_sums(world->engine, 1, "pact", NULL, &sums));
	assert_int_equal(sums.by_basis[BASIS_REPORTED], 2);
	assert_int_equal(sums.events, 1);
	assert_int_equal(pool_used(world, POOL_REPORTS), 1);
}

static void
knows_a_duplicate_by_its_content_whenever_it_was_reported(void **state)
{
	struct world *world = *state;
	struct report report = REPORT(.id = "1", ON(0), KILLED(1));

	world_begin(world);
	world_report(world, 0, report);
	DUE(report, 5);
	assert_int_equal(world_report(world, 5, report), VERDICT_DUPLICATE);
	assert_int_equal(world->receipt.position, 1);
	assert_int_equal(reported(world), 1);
}

static void
refuses_other_content_under_the_same_revision(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(1)));
	world_report(world, 1, REPORT(.id = "1", ON(0), KILLED(2)));
	assert_rejected(world, REASON_CONFLICT, "revision");
	assert_int_equal(world->receipt.position, 1);
	assert_int_equal(reported(world), 1);
}

static void
takes_no_lower_revision_even_after_a_withdrawal(void **state)
{
	struct world *world = *state;
	struct report second =
		REPORT(.id = "1", .revision = 2, ON(0), KILLED(2));

	world_begin(world);
	world_report(world, 0, second);
	assert_int_equal(world_report(world, 1,
				      REPORT(.id = "1", ON(0), KILLED(1))),
			 VERDICT_STALE);
	assert_int_equal(world->receipt.position, 1);
	world_report(world, 2, REPORT(.id = "1", .revision = 4, GONE));
	assert_int_equal(world_report(world, 3, second), VERDICT_STALE);
	assert_int_equal(world->receipt.position, 3);
	assert_int_equal(reported(world), 0);
	/* A higher one stands again. */
	second.revision = 5;
	assert_int_equal(world_report(world, 4, second), VERDICT_ACCEPTED);
	assert_int_equal(reported(world), 2);
}

static void
takes_a_withdrawal_of_what_never_came(void **state)
{
	struct world *world = *state;

	world_begin(world);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .revision = 2, GONE)),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 1,
				      REPORT(.id = "1", ON(0), KILLED(9))),
			 VERDICT_STALE);
	assert_told(world, "");
}

static void
tells_identities_apart_by_agreement_source_and_type(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(1)));
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .source = "other",
					     KILLED(1))),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .agreement = "truce")),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .type = REPORT_TALLY)),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      FINDING("jfo/1", .id = "1",
					      .denies = true)),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .type = REPORT_TALLY)),
			 VERDICT_DUPLICATE);
	assert_int_equal(reported(world), 2);
	assert_int_equal(pool_used(world, POOL_REPORTS), 5);
}

static void
refuses_agreements_and_parties_that_it_does_not_know(void **state)
{
	static const char *const parties[] = {"north", "south"};
	struct world *world = *state;

	world->agreements[0].parties = parties;
	world->agreements[0].parties_count = 2;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", .agreement = "peace"));
	assert_rejected(world, REASON_UNKNOWN_AGREEMENT, "agreement");
	world_report(world, 0, REPORT(.id = "1", .party = "east"));
	assert_rejected(world, REASON_UNKNOWN_PARTY, "party");
	world_report(world, 0,
		     REPORT(.id = "1", .party = "north", .against = "east"));
	assert_rejected(world, REASON_UNKNOWN_PARTY, "against");
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .party = "north",
					     .against = "south")),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .agreement = "truce",
					     .party = "east")),
			 VERDICT_ACCEPTED);
}

static void
takes_what_is_not_taken_without_a_trace(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	uint32_t names = pool_used(world, POOL_NAMES);
	world_told(world);
	/* The episode ends at 60, but nothing that is accepted says so. */
	world_report(world, 70,
		     REPORT(.id = "2", .agreement = "peace", .admin = "a"));
	world_report(world, 70,
		     REPORT(.id = "1", ON(1), .admin = "b", KILLED(5)));
	world_report(world, 70, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_int_equal(world->receipt.verdict, VERDICT_DUPLICATE);
	assert_told(world, "");
	assert_true(engine_now(world->engine) == AT(0));
	assert_int_equal(pool_used(world, POOL_NAMES), names);
	assert_int_equal(pool_used(world, POOL_REPORTS), 1);
	world_tick(world, 70);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
judges_as_it_would_decide_and_leaves_no_trace(void **state)
{
	struct world *world = *state;
	const struct report report =
		REPORT(.id = "1", ON(0), .admin = "a", KILLED(5));
	struct receipt receipt;

	world_begin(world);
	engine_judge(world->engine, &report, &receipt);
	assert_int_equal(receipt.verdict, VERDICT_ACCEPTED);
	engine_judge(world->engine, &report, &receipt);
	assert_int_equal(receipt.verdict, VERDICT_ACCEPTED);
	assert_int_equal(pool_used(world, POOL_REPORTS), 0);
	assert_true(engine_now(world->engine) == TIME_UNSET);
	world_report(world, 0, report);
	engine_judge(world->engine, &report, &receipt);
	assert_int_equal(receipt.verdict, VERDICT_DUPLICATE);
}

static void
leaves_alone_a_receipt_that_has_a_verdict(void **state)
{
	struct world *world = *state;
	const struct report report = REPORT(.id = "1", ON(0), KILLED(5));
	struct receipt receipt = {.verdict = VERDICT_BUSY};
	struct alert alert;

	world_begin(world);
	engine_begin(world->engine, &(struct step){.kind = STEP_REPORTS,
						   .time_ms = AT(0),
						   .position = 1,
						   .reports = &report,
						   .receipts = &receipt,
						   .count = 1});
	assert_false(engine_next(world->engine, &alert));
	assert_int_equal(receipt.verdict, VERDICT_BUSY);
	assert_int_equal(pool_used(world, POOL_REPORTS), 0);
}

/* --- Times --- */

static void
goes_by_its_steps_under_a_wall_clock_and_never_back(void **state)
{
	struct world *world = *state;

	world_begin(world);
	assert_true(engine_now(world->engine) == TIME_UNSET);
	struct report report = REPORT(.id = "1", ON(-50), KILLED(1));
	DUE(report, -10);
	world_report(world, 7, report);
	assert_true(engine_now(world->engine) == AT(7));
	world_tick(world, 9);
	assert_true(engine_now(world->engine) == AT(9));
	world_tick(world, 8);
	assert_true(engine_now(world->engine) == AT(9));
}

static void
goes_by_its_reports_under_a_records_clock_and_never_back(void **state)
{
	struct world *world = *state;
	struct report report = REPORT(.id = "1", ON(1), KILLED(1));

	world_begin(world);
	DUE(report, 7);
	world_report(world, 500, report);
	assert_true(engine_now(world->engine) == AT(7));
	world_report(world, 500, REPORT(.id = "2", ON(9)));
	assert_true(engine_now(world->engine) == AT(9));
	world_report(world, 500, REPORT(.id = "3", ON(8)));
	assert_true(engine_now(world->engine) == AT(9));
	world_report(world, 500, REPORT(.id = "3", .revision = 2, GONE));
	assert_true(engine_now(world->engine) == AT(9));
	world_tick(world, 8);
	assert_true(engine_now(world->engine) == AT(9));
}

static void
goes_on_to_a_tick_under_a_records_clock(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_tick(world, 500);
	assert_true(engine_now(world->engine) == AT(500));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
	world_report(world, 0, REPORT(.id = "2", ON(90), KILLED(5)));
	assert_true(engine_now(world->engine) == AT(500));
}

static void
takes_an_unset_time_from_the_next_best(void **state)
{
	struct world *world = *state;

	world_rule(world, "reported")->time = TIME_REPORTED;
	world_begin(world);
	/* Occurred as reported. */
	struct report report = REPORT(.id = "1", KILLED(5));
	DUE(report, 3);
	world_report(world, 10, report);
	assert_int_equal(world->alerts[0].onset_at, AT(3));
	assert_int_equal(world->alerts[1].onset_at, AT(3));
	world_told(world);
	/* Both as received. */
	world_report(world, 200, REPORT(.id = "2", KILLED(5)));
	assert_told(world,
		    "deaths cleared Severe Possible resolved 0/0/0/0 @63\n"
		    "reported cleared Severe Possible resolved 0/0/0/0 @63\n"
		    "deaths crossed Severe Possible 0/0/5/5 @200\n"
		    "reported crossed Severe Possible 0/0/5/5 @200\n");
}

static void
counts_a_time_that_lies_ahead_as_now(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(30), KILLED(5)));
	assert_int_equal(world->alerts[0].onset_at, AT(0));
	world_tick(world, 60);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
keeps_the_time_at_which_a_report_was_first_received(void **state)
{
	struct world *world = *state;

	world->rules[0].time = TIME_RECEIVED;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	world_report(world, 30,
		     REPORT(.id = "1", .revision = 2, ON(0), KILLED(6)));
	world_tick(world, 60);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
dates_a_revision_without_times_as_the_first_was_received(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", KILLED(5)));
	world_report(world, 30, REPORT(.id = "1", .revision = 2, KILLED(6)));
	world_tick(world, 60);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
receives_a_report_when_it_says_under_a_records_clock(void **state)
{
	struct world *world = *state;

	world->rules[0].time = TIME_RECEIVED;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "0", ON(30)));
	struct report report = REPORT(.id = "1", ON(0), KILLED(5));
	DUE(report, 20);
	world_report(world, 0, report);
	assert_int_equal(world->alerts[0].onset_at, AT(20));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @30\n");
}

static void
tells_how_many_came_too_late(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world->rules[0].late_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 100, REPORT(.id = "1", ON(31), KILLED(1)));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.too_late, 0);
	assert_int_equal(reported(world), 1);
	world_report(world, 100, REPORT(.id = "2", ON(30), KILLED(1)));
	engine_rule_use(world->engine, 0, &use);
	assert_string_equal(use.rule, "deaths");
	assert_int_equal(use.too_late, 1);
	assert_int_equal(reported(world), 1);
}

static void
gives_a_late_report_the_window_it_belongs_to(void **state)
{
	struct world *world = *state;

	world->rules[0].late_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 65, REPORT(.id = "1", ON(61), KILLED(3)));
	/* 2 and 61 are in the windows that end at 61 and before only. */
	world_report(world, 65, REPORT(.id = "2", ON(2), KILLED(2)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @65\n");
	world_tick(world, 100);
	assert_told(world, "cleared Severe Possible resolved 0/0/3/3 @72\n");
}

/* --- Order --- */

static void
fires_timers_at_their_own_times_before_a_report(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_true(engine_due(world->engine) == AT(60));
	/* At the same time: the timer first. */
	world_report(world, 60, REPORT(.id = "2", ON(60), KILLED(5)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n"
			   "crossed Severe Possible 0/0/5/5 @60\n");
}

static void
fires_timers_before_a_command(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	/* It ends at that time, and there is nothing left to acknowledge. */
	assert_int_equal(
		world_command(world, 60,
			      (struct command){.kind = COMMAND_ACKNOWLEDGE,
					       .episode_seq = 1}),
		0);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n"
			   "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
fires_timers_by_due_time_then_rule_agreement_and_labels(void **state)
{
	struct world *world = *state;
	struct rule *second = world_rule(world, "second");

	second->group_by[0] = FIELD_PARTY;
	second->group_by_count = 1;
	world_begin(world);
	world_report(world, 1,
		     REPORT(.id = "1", .agreement = "truce", .party = "a",
			    ON(1), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "2", .party = "z", ON(1), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "3", .party = "b", ON(0), KILLED(5)));
	world_report(world, 1,
		     REPORT(.id = "4", .party = "c", ON(1), KILLED(5)));
	world_told(world);
	world_tick(world, 100);
	for (size_t i = 0; i < world->alerts_count; i++)
		assert_string_equal(world->alerts[i].agreement,
				    i == 2 || i == 5 ? "truce" : "pact");
	assert_told(
		world,
		"second cleared Severe Possible resolved [b] 0/0/0/0 @60\n"
		"deaths cleared Severe Possible resolved 0/0/0/0 @61\n"
		"deaths cleared Severe Possible resolved 0/0/0/0 @61\n"
		"second cleared Severe Possible resolved [c] 0/0/0/0 @61\n"
		"second cleared Severe Possible resolved [z] 0/0/0/0 @61\n"
		"second cleared Severe Possible resolved [a] 0/0/0/0 @61\n");
}

static void
fires_timers_before_a_report_under_a_records_clock(void **state)
{
	struct world *world = *state;

	world_begin(world);
	world_report(world, 500, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_told(world, "crossed Severe Possible 0/0/5/5 @0\n");
	world_report(world, 500, REPORT(.id = "2", ON(90)));
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @60\n");
}

static void
speaks_in_the_order_of_rules(void **state)
{
	struct world *world = *state;

	world_rule(world, "casualties")->measure = MEASURE_CASUALTIES;
	world_rule(world, "attacks")->measure = MEASURE_VIOLATIONS;
	world->rules[2].levels[0].at = world->rules[2].levels[0].clear = 1;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_int_equal(world->alerts[0].seq, 1);
	assert_int_equal(world->alerts[1].seq, 2);
	assert_int_equal(world->alerts[2].seq, 3);
	assert_int_equal(engine_seq(world->engine), 3);
	assert_told(world, "deaths crossed Severe Possible 0/0/5/5 @0\n"
			   "casualties crossed Severe Possible 0/0/5/5 @0\n"
			   "attacks crossed Severe Possible 0/0/1/1 @0\n");
}

/* The same reports, cut into steps of at most `size`. */
static void
play(struct world *world, size_t size, char *ret_told)
{
	struct report reports[12];
	struct receipt receipts[12];
	size_t count = sizeof(reports) / sizeof(reports[0]);

	world_rule(world, "deaths");
	world->rules[0].levels[0].clear = 3;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "0", ON(0), KILLED(6)));
	for (uint32_t i = 0; i < count; i++) {
		reports[i] =
			REPORT(.revision = 1 + i / 3, ON(60), KILLED(i % 5));
		snprintf(reports[i].id, sizeof(reports[i].id), "%u", i % 3);
	}
	reports[7].assessment = ASSESSMENT_WITHDRAWN;
	strcpy(reports[8].agreement, "peace");
	for (size_t i = 0; i < count; i += size)
		world_reports(world, 61, reports + i,
			      size < count - i ? size : count - i,
			      receipts + i);
	strcpy(ret_told, world_told(world));
}

static void
gives_the_same_alerts_however_reports_are_batched(void **state)
{
	char one_by_one[4096], together[4096], some[4096];

	(void)state;
	for (size_t size = 1; size <= 12; size++) {
		struct world *world = world_new();
		play(world, size,
		     size == 1	  ? one_by_one
		     : size == 12 ? together
				  : some);
		world_free(world);
		if (size > 1 && size < 12)
			assert_string_equal(some, one_by_one);
	}
	assert_string_equal(together, one_by_one);
	/* By hand: the first 0 is a conflict; then 1, 3, 6, 9, 7, 5 killed as
	 * 1 and 2 come and all three are revised; 1 when 1 is withdrawn, which
	 * takes both episodes with it; 4, 4 and 5 with the last revisions. */
	assert_string_equal(one_by_one,
			    "crossed Severe Possible 0/0/6/6 @0\n"
			    "cleared Severe Possible resolved 0/0/0/0 @60\n"
			    "crossed Severe Possible 0/0/6/6 @61\n"
			    "corrected Severe Possible cancelled 0/0/1/1 @61\n"
			    "corrected Severe Possible cancelled 0/0/1/1 @61\n"
			    "crossed Severe Possible 0/0/5/5 @61\n");
}

/* --- Drills --- */

static void
never_lets_a_drill_touch_what_is_real(void **state)
{
	struct world *world = *state;

	world_begin(world);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1",
					     .status = STATUS_EXERCISE, ON(0),
					     KILLED(50))),
			 VERDICT_NONE);
	world_report(world, 0,
		     REPORT(.id = "2", .status = STATUS_TEST, ON(0),
			    KILLED(50)));
	assert_told(world, "");
	assert_int_equal(pool_used(world, POOL_REPORTS), 0);
	assert_true(engine_now(world->engine) == TIME_UNSET);
	/* The same identity is free. */
	assert_int_equal(world_report(world, 1,
				      REPORT(.id = "1", ON(0), KILLED(5))),
			 VERDICT_ACCEPTED);
	assert_told(world, "crossed Severe Possible 0/0/5/5 @1\n");
}

static void
drills_apart_with_limits_and_numbers_of_their_own(void **state)
{
	struct world *world = *state;

	world->part = ENGINE_DRILL;
	world->configuration.drill_limits.reports = 2;
	world_begin(world);
	assert_int_equal(world_report(world, 0, REPORT(.id = "1", KILLED(5))),
			 VERDICT_NONE);
	world_report(world, 0,
		     REPORT(.id = "1", .status = STATUS_EXERCISE, ON(0),
			    KILLED(5)));
	assert_int_equal(world->alerts[0].status, STATUS_EXERCISE);
	assert_int_equal(world->alerts[0].seq, 1);
	world_report(world, 0, REPORT(.id = "2", .status = STATUS_TEST, ON(0)));
	/* Our own conditions, too, are exercises there. */
	assert_int_equal(world->alerts[1].status, STATUS_EXERCISE);
	assert_string_equal(world->alerts[1].rule, "reports-limit");
	world_report(world, 0, REPORT(.id = "3", .status = STATUS_TEST, ON(0)));
	assert_rejected(world, REASON_LEDGER_FULL, "");
}

/* --- Limits --- */

static void
refuses_a_report_beyond_the_ledger_but_takes_a_revision(void **state)
{
	struct world *world = *state;

	world->configuration.limits.reports = 2;
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(1)));
	world_report(world, 0, REPORT(.id = "2", ON(0), KILLED(1)));
	world_report(world, 0, REPORT(.id = "3", ON(0), KILLED(1)));
	assert_rejected(world, REASON_LEDGER_FULL, "");
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "2", .revision = 2, ON(0),
					     KILLED(2))),
			 VERDICT_ACCEPTED);
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", ON(0), KILLED(1))),
			 VERDICT_DUPLICATE);
	assert_int_equal(reported(world), 3);
	/* A withdrawal makes no room: it must be remembered. */
	world_report(world, 0, REPORT(.id = "2", .revision = 3, GONE));
	world_report(world, 0, REPORT(.id = "3", ON(0), KILLED(1)));
	assert_rejected(world, REASON_LEDGER_FULL, "");
}

static void
refuses_a_name_beyond_the_dictionary_before_anything_changes(void **state)
{
	struct world *world = *state;

	/* "", jfo, and one more; the rule and the agreements need none. */
	world->configuration.limits.names = 3;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .admin = "a", .place = "b", ON(0)));
	assert_rejected(world, REASON_NAMES_FULL, "");
	assert_int_equal(pool_used(world, POOL_NAMES), 1);
	/* The same new name twice is one name. */
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "1", .admin = "a",
					     .place = "a", ON(0), KILLED(1))),
			 VERDICT_ACCEPTED);
	assert_int_equal(pool_used(world, POOL_NAMES), 3);
	world_report(world, 0,
		     REPORT(.id = "1", .revision = 2, .admin = "b", ON(0)));
	assert_rejected(world, REASON_NAMES_FULL, "");
	assert_int_equal(reported(world), 1);
}

static void
refuses_the_33rd_report_of_an_event(void **state)
{
	struct world *world = *state;

	world_begin(world);
	for (int i = 0; i < EVENT_REPORTS_MAX; i++) {
		struct report report = REPORT(.event = "e", ON(0), KILLED(1));
		snprintf(report.id, sizeof(report.id), "%d", i);
		assert_int_equal(world_report(world, 0, report),
				 VERDICT_ACCEPTED);
	}
	world_report(world, 0,
		     REPORT(.id = "32", .event = "e", ON(0), KILLED(9)));
	assert_rejected(world, REASON_EVENT_FULL, "event");
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "0", .revision = 2,
					     .event = "e", ON(0), KILLED(1))),
			 VERDICT_ACCEPTED);
	/* Nor may a report move into it. */
	world_report(world, 0, REPORT(.id = "32", ON(0), KILLED(1)));
	world_report(world, 0,
		     REPORT(.id = "32", .revision = 2, .event = "e", ON(0),
			    KILLED(9)));
	assert_rejected(world, REASON_EVENT_FULL, "event");
	assert_int_equal(world_report(world, 0,
				      REPORT(.id = "32", .agreement = "truce",
					     .event = "e", ON(0), KILLED(1))),
			 VERDICT_ACCEPTED);
	assert_int_equal(reported(world), 2); /* the event, and 32 */
}

static void
counts_but_never_tests_what_has_no_group(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world->rules[0].group_by[0] = FIELD_ADMIN;
	world->rules[0].group_by_count = 1;
	world->configuration.limits.groups = 1;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .admin = "a", ON(0), KILLED(1)));
	world_told(world); /* that the pool is full */
	world_report(world, 0,
		     REPORT(.id = "2", .admin = "b", ON(0), KILLED(9)));
	assert_int_equal(world->receipt.verdict, VERDICT_ACCEPTED);
	assert_told(world, "");
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 1);
	assert_int_equal(use.groups, 1);
	/* It is corrected without harm, and may come to a group later. */
	world_report(world, 0,
		     REPORT(.id = "2", .revision = 2, .admin = "a", ON(0),
			    KILLED(9)));
	assert_told(world, "crossed Severe Possible [a] 0/0/10/10 @0\n");
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 0);
}

static void
counts_but_never_tests_what_has_no_buckets(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world->rules[0].group_by[0] = FIELD_ADMIN;
	world->rules[0].group_by_count = 1;
	world->configuration.limits.buckets = 119; /* one ring and a half */
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .admin = "a", ON(0), KILLED(1)));
	world_report(world, 0,
		     REPORT(.id = "2", .admin = "b", ON(0), KILLED(9)));
	assert_told(world, "");
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.ungrouped, 1);
	assert_int_equal(pool_used(world, POOL_BUCKETS), 60);
}

static void
has_room_for_rules_without_groups_or_does_not_begin(void **state)
{
	struct world *world = *state;
	const uint8_t key[16] = {0};
	struct engine *engine;

	/* One group and 60 buckets for each of two agreements. */
	world->configuration.limits.buckets = 119;
	assert_int_equal(engine_new(&engine, &world->configuration, ENGINE_REAL,
				    key),
			 -ENOSPC);
	world->configuration.limits.buckets = 120;
	world->configuration.limits.groups = 1;
	assert_int_equal(engine_new(&engine, &world->configuration, ENGINE_REAL,
				    key),
			 -ENOSPC);
	world->configuration.limits.groups = 2;
	assert_int_equal(engine_new(&engine, &world->configuration, ENGINE_REAL,
				    key),
			 0);
	engine_free(engine);
}

static void
says_once_that_a_pool_is_four_fifths_full(void **state)
{
	struct world *world = *state;
	static const char *const ids[] = {"1", "2", "3", "4", "5"};

	world->configuration.limits.reports = 6; /* 4.8: from 5 on */
	world_begin(world);
	for (size_t i = 0; i < 5; i++) {
		struct report report = REPORT(ON(0));
		assert_told(world, "");
		strcpy(report.id, ids[i]);
		world_report(world, 0, report);
		world_report(world, 0, report); /* a duplicate fills nothing */
	}
	const struct alert *alert = &world->alerts[0];
	assert_int_equal(world->alerts_count, 1);
	assert_int_equal(alert->status, STATUS_SYSTEM);
	assert_int_equal(alert->msg_type, MSG_TYPE_ALERT);
	assert_int_equal(alert->state, ALERT_FIRING);
	assert_int_equal(alert->urgency, URGENCY_EXPECTED);
	assert_int_equal(alert->episode_seq, alert->seq);
	assert_string_equal(alert->agreement, "truced");
	assert_string_equal(alert->rule, "reports-limit");
	assert_string_equal(alert->measure, "");
	assert_true(alert->threshold == 5);
	assert_told(world, "crossed Moderate Observed 5/5/5/5 @0\n");
	world_report(world, 1, REPORT(.id = "6", ON(0)));
	assert_int_equal(world->receipt.verdict, VERDICT_ACCEPTED);
	assert_told(world, "");
}

static void
says_what_is_nearly_full_after_what_it_has_to_say(void **state)
{
	struct world *world = *state;

	world->configuration.limits.groups = 2;	  /* both are reserved */
	world->configuration.limits.episodes = 2; /* 1.6: from 2 open on */
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	assert_int_equal(world->alerts_count, 2);
	assert_string_equal(world->alerts[0].rule, "deaths");
	assert_string_equal(world->alerts[1].rule, "groups-limit");
	world_told(world);
	world_tick(world, 60); /* an ended episode fills no pool */
	world_report(world, 100, REPORT(.id = "2", ON(100), KILLED(5)));
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @60\n"
			   "crossed Severe Possible 0/0/5/5 @100\n");
	world_report(world, 101,
		     REPORT(.id = "3", .agreement = "truce", ON(101),
			    KILLED(5)));
	assert_int_equal(world->alerts_count, 2);
	assert_string_equal(world->alerts[1].rule, "episodes-limit");
	assert_true(world->alerts[1].threshold == 2);
}

static void
gives_each_group_with_its_labels_and_sums(void **state)
{
	struct world *world = *state;
	struct group_use use;
	uint32_t iterator = 0;

	world->rules[0].group_by[0] = FIELD_ADMIN;
	world->rules[0].group_by_count = 1;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .admin = "b", ON(0), KILLED(1)));
	world_report(world, 0,
		     REPORT(.id = "2", .agreement = "truce", ON(0), KILLED(2)));
	world_tick(world, 60);
	world_report(world, 60,
		     REPORT(.id = "3", .admin = "b", ON(60), KILLED(3)));
	assert_true(engine_groups(world->engine, &iterator, &use));
	assert_int_equal(use.rule, 0);
	assert_string_equal(use.agreement, "pact");
	assert_string_equal(use.values[0], "b");
	assert_int_equal(use.sums.by_basis[BASIS_REPORTED], 3);
	assert_true(engine_groups(world->engine, &iterator, &use));
	assert_string_equal(use.agreement, "truce");
	assert_string_equal(use.values[0], "");
	assert_int_equal(use.sums.by_basis[BASIS_REPORTED], 0);
	assert_false(engine_groups(world->engine, &iterator, &use));
}

static void
tells_the_use_of_a_rule(void **state)
{
	struct world *world = *state;
	struct rule_use use;

	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", ON(0), KILLED(5)));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.open, 1);
	assert_int_equal(use.groups, 2); /* one for each agreement */
	world_tick(world, 60);
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.open, 0);
	world_report(world, 60, REPORT(.id = "2", ON(60), KILLED(5)));
	world_report(world, 61,
		     REPORT(.id = "1", .revision = 2, GONE)); /* an ended one */
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.open, 1);
	world_report(world, 62, REPORT(.id = "2", .revision = 2, GONE));
	engine_rule_use(world->engine, 0, &use);
	assert_int_equal(use.open, 0);
}

static void
remembers_every_name_that_a_report_gave(void **state)
{
	static const enum field fields[] = {FIELD_FEED, FIELD_AGAINST,
					    FIELD_COUNTRY, FIELD_ADMIN};
	static const char *const values[] = {"daily", "south", "ua", "Donetsk"};
	struct world *world = *state;
	struct sums sums;

	memcpy(world->rules[0].group_by, fields, sizeof(fields));
	world->rules[0].group_by_count = 4;
	world_begin(world);
	world_report(world, 0,
		     REPORT(.id = "1", .feed = "daily", .against = "south",
			    .country = "ua", .admin = "Donetsk",
			    .place = "Avdiivka", ON(0), KILLED(5)));
	assert_true(engine_sums(world->engine, 0, "pact", values, &sums));
	assert_int_equal(sums.by_basis[BASIS_REPORTED], 5);
	assert_false(engine_sums(world->engine, 0, "truce", values, &sums));
	/* "", jfo and the five. */
	assert_int_equal(pool_used(world, POOL_NAMES), 7);
}

int
main(void)
{
#define ONE(test)                                                              \
	cmocka_unit_test_setup_teardown(test, one_rule, world_teardown)
#define RECORDS(test)                                                          \
	cmocka_unit_test_setup_teardown(test, records, world_teardown)
	const struct CMUnitTest tests[] = {
		ONE(accepts_what_is_new_and_says_where_it_stands),
		ONE(replaces_an_earlier_revision_in_every_sum),
		ONE(knows_a_duplicate_by_its_content_whenever_it_was_reported),
		ONE(refuses_other_content_under_the_same_revision),
		ONE(takes_no_lower_revision_even_after_a_withdrawal),
		ONE(takes_a_withdrawal_of_what_never_came),
		ONE(tells_identities_apart_by_agreement_source_and_type),
		ONE(refuses_agreements_and_parties_that_it_does_not_know),
		ONE(takes_what_is_not_taken_without_a_trace),
		ONE(judges_as_it_would_decide_and_leaves_no_trace),
		ONE(leaves_alone_a_receipt_that_has_a_verdict),
		ONE(goes_by_its_steps_under_a_wall_clock_and_never_back),
		RECORDS(goes_by_its_reports_under_a_records_clock_and_never_back),
		RECORDS(goes_on_to_a_tick_under_a_records_clock),
		ONE(takes_an_unset_time_from_the_next_best),
		ONE(counts_a_time_that_lies_ahead_as_now),
		ONE(keeps_the_time_at_which_a_report_was_first_received),
		ONE(dates_a_revision_without_times_as_the_first_was_received),
		RECORDS(receives_a_report_when_it_says_under_a_records_clock),
		ONE(tells_how_many_came_too_late),
		ONE(gives_a_late_report_the_window_it_belongs_to),
		ONE(fires_timers_at_their_own_times_before_a_report),
		ONE(fires_timers_before_a_command),
		ONE(fires_timers_by_due_time_then_rule_agreement_and_labels),
		RECORDS(fires_timers_before_a_report_under_a_records_clock),
		ONE(speaks_in_the_order_of_rules),
		cmocka_unit_test(
			gives_the_same_alerts_however_reports_are_batched),
		ONE(never_lets_a_drill_touch_what_is_real),
		ONE(drills_apart_with_limits_and_numbers_of_their_own),
		ONE(refuses_a_report_beyond_the_ledger_but_takes_a_revision),
		ONE(refuses_a_name_beyond_the_dictionary_before_anything_changes),
		ONE(refuses_the_33rd_report_of_an_event),
		ONE(counts_but_never_tests_what_has_no_group),
		ONE(counts_but_never_tests_what_has_no_buckets),
		ONE(has_room_for_rules_without_groups_or_does_not_begin),
		ONE(says_once_that_a_pool_is_four_fifths_full),
		ONE(says_what_is_nearly_full_after_what_it_has_to_say),
		ONE(gives_each_group_with_its_labels_and_sums),
		ONE(tells_the_use_of_a_rule),
		ONE(remembers_every_name_that_a_report_gave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
