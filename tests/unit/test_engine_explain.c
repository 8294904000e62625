/* Why a group fires or does not: a test for each reason, and that asking
 * changes nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "core/explanation.h"

#define GONE .assessment = ASSESSMENT_WITHDRAWN

static struct explanation explanation;

/* Asks of the world's first rule and leaves no trace. */
static const struct explanation *
ask(const struct world *world, int64_t minute, struct explain_question question)
{
	size_t size;
	const void *state = engine_state(world->engine, &size);
	void *before = malloc(size);

	assert_non_null(before);
	memcpy(before, state, size);
	if (!question.rule)
		question.rule = world->rules[0].name;
	if (!question.agreement)
		question.agreement = "pact";
	question.at = AT(minute);
	engine_explain(world->engine, &question, &explanation);
	assert_memory_equal(before, state, size);
	free(before);
	return &explanation;
}

#define ASK(world, minute, ...)                                                \
	ask(world, minute, (struct explain_question){__VA_ARGS__})

static const struct explanation *
explain(const struct world *world, int64_t minute)
{
	const struct explanation *given =
		ask(world, minute, (struct explain_question){.rule = NULL});

	assert_string_equal(given->expected, "");
	assert_true(given->one);
	return given;
}

static const struct explained_report *
report_of(const char *id)
{
	char named[80];

	snprintf(named, sizeof(named), "/%s@", id);
	for (size_t i = 0; i < explanation.reports_count; i++) {
		if (strstr(explanation.reports[i].report, named))
			return &explanation.reports[i];
	}
	fail_msg("no report %s in the explanation", id);
	return NULL;
}

static void
fires_when_a_level_is_met(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world->rules[0].levels[1] =
		(struct level){.at = 20,
			       .clear = 20,
			       .severity = SEVERITY_EXTREME};
	world->rules[0].levels_count = 2;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(7), ON(5)));
	const struct explanation *why = explain(world, 10);
	assert_int_equal(why->why, EXPLAINED_MET);
	assert_int_equal(why->sums.by_basis[BASIS_REPORTED], 7);
	assert_int_equal(why->sums.events, 1);
	assert_true(why->levels[0].met && why->levels[0].held);
	assert_false(why->levels[1].met || why->levels[1].held);
	assert_int_equal(why->next_level, 1);
	assert_true(why->missing == 13.0);
	assert_true(why->open);
	assert_int_equal(why->episode.first_seq, 1);
	assert_int_equal(why->episode.last_seq, 1);
	assert_int_equal(why->episode.severity, SEVERITY_SEVERE);
	assert_int_equal(why->episode.certainty, CERTAINTY_POSSIBLE);
	assert_int_equal(why->end_at, AT(11));
	assert_int_equal(why->start_at, AT(-49));
	assert_int_equal(why->reports_count, 1);
	assert_int_equal(report_of("1")->part, PART_LEADS);
	assert_int_equal(report_of("1")->adds[BASIS_REPORTED], 7);
	assert_int_equal(report_of("1")->at, AT(5));
	assert_string_equal(report_of("1")->origin, "jfo");
}

static void
misses_what_is_missing(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world_begin(world);
	assert_int_equal(explain(world, 0)->why, EXPLAINED_BELOW);
	assert_int_equal(explanation.reports_count, 0);
	world_report(world, 10, REPORT(.id = "1", KILLED(3), ON(5)));
	assert_int_equal(explain(world, 10)->why, EXPLAINED_BELOW);
	assert_int_equal(explanation.next_level, 0);
	assert_true(explanation.missing == 2.0);
	assert_false(explanation.open);
}

/* No timer moves a quiet group on, but an hour later it counts nothing. */
static void
explains_the_time_that_is_asked_for(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(3), ON(5)));
	assert_true(explain(world, 64)->missing == 2.0);
	assert_true(explain(world, 65)->missing == 5.0);
	assert_int_equal(report_of("1")->part, PART_BEFORE);
	assert_int_equal(explanation.at, AT(65));
	assert_int_equal(explanation.engine_at, AT(10));
	assert_true(explain(world, 9)->missing == 2.0);
	assert_int_equal(explanation.at, AT(10));
}

static void
counts_distinct_ones_at_the_time_that_is_asked_for(void **state)
{
	struct world *world = *state;

	world_rule(world, "sources")->measure = MEASURE_SOURCES;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", .source = "un", ON(5)));
	world_report(world, 10, REPORT(.id = "2", .source = "jfo", ON(5)));
	world_report(world, 10, REPORT(.id = "3", .source = "jfo", ON(9)));
	assert_true(explain(world, 10)->missing == 3.0);
	assert_true(explain(world, 66)->missing == 4.0);
}

static void
stays_between_at_and_clear(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed")->levels[0].clear = 3;
	world->rules[0].keep_firing_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(3), ON(5)));
	world_report(world, 10, REPORT(.id = "2", KILLED(3), ON(3)));
	world_tick(world, 64);
	assert_int_equal(explain(world, 64)->why, EXPLAINED_STAYS);
	assert_int_equal(explanation.episode.keep_since, TIME_UNSET);
	world_tick(world, 66);
	assert_int_equal(explain(world, 66)->why, EXPLAINED_ENDING);
	assert_int_equal(explanation.episode.keep_since, AT(65));
	assert_int_equal(explanation.episode.keep_until, AT(75));
	world_tick(world, 80);
	assert_int_equal(explain(world, 80)->why, EXPLAINED_BELOW);
	assert_int_equal(explanation.ended_count, 1);
	assert_int_equal(explanation.ended[0].first_seq, 1);
	assert_int_equal(explanation.ended[0].last_seq, 2);
	assert_int_equal(explanation.ended[0].severity, SEVERITY_SEVERE);
}

static void
waits_for_for(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed")->for_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(7), ON(5)));
	assert_int_equal(explain(world, 10)->why, EXPLAINED_PENDING);
	assert_int_equal(explanation.pending_since, AT(10));
	assert_true(explanation.levels[0].met);
	assert_false(explanation.levels[0].held);
}

static void
is_quiet_once_retracted(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world->rules[0].levels[1] =
		(struct level){.at = 20,
			       .clear = 20,
			       .severity = SEVERITY_EXTREME};
	world->rules[0].levels_count = 2;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(7), ON(5)));
	world_retract(world, 11, 1);
	assert_int_equal(explain(world, 12)->why, EXPLAINED_RETRACTED);
	assert_int_equal(explanation.retraction.episode_seq, 1);
	assert_int_equal(explanation.retraction.severity, SEVERITY_SEVERE);
	assert_true(explanation.retraction.above == 20.0);
	assert_true(explanation.retraction.below == 5.0);
	world_report(world, 12, REPORT(.id = "2", KILLED(13), ON(5)));
	assert_int_equal(explain(world, 12)->why, EXPLAINED_MET);
}

static void
knows_who_has_it_in_hand(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed")->remind_ms = HOUR;
	world->rules[0].escalate_after_ms = 2 * HOUR;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(7), ON(5)));
	explain(world, 10);
	assert_string_equal(explanation.episode.acknowledged_by, "");
	assert_int_equal(explanation.episode.reminds_at, AT(70));
	assert_int_equal(explanation.episode.escalates_at, AT(130));
	world_command(world, 20,
		      (struct command){.kind = COMMAND_ACKNOWLEDGE,
				       .episode_seq = 1,
				       .author = "duty",
				       .for_ms = HOUR});
	explain(world, 20);
	assert_string_equal(explanation.episode.acknowledged_by, "duty");
	assert_int_equal(explanation.episode.acknowledged_at, AT(20));
	assert_int_equal(explanation.episode.acknowledged_until, AT(80));
	assert_int_equal(explanation.episode.reminds_at, TIME_UNSET);
	assert_int_equal(explanation.episode.escalates_at, TIME_UNSET);
}

static void
knows_what_a_silence_holds(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world_begin(world);
	world_command(world, 1,
		      (struct command){
			      .kind = COMMAND_SILENCE,
			      .author = "duty",
			      .comment = "a drill of theirs",
			      .matchers = {{.name = "agreement",
					    .value = "pact"}},
			      .matchers_count = 1,
			      .until_at = AT(100),
			      .up_to = SEVERITY_SEVERE,
		      });
	world_report(world, 10, REPORT(.id = "1", KILLED(7), ON(5)));
	assert_told(world, "");
	assert_int_equal(explain(world, 10)->why, EXPLAINED_MET);
	assert_int_equal(explanation.silence.number, 1);
	assert_int_equal(explanation.silence.until_at, AT(100));
	assert_string_equal(explanation.silence.by, "duty");
	assert_int_equal(explanation.episode.withheld_since, AT(10));
	assert_int_equal(explanation.episode.first_seq, 0);
	assert_string_equal(ASK(world, 10, .agreement = "truce")->silence.by,
			    "");
}

/* --- What each report does --- */

static void
says_what_a_report_counts_for(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_CORROBORATED);
	world_source(world, "wire", "agency", ASSESSMENT_ALLEGED);
	world_rule(world, "killed");
	world_begin(world);
	world_report(world, 10,
		     REPORT(.id = "capped", .source = "un", KILLED(1), ON(5),
			    .assessment = ASSESSMENT_VERIFIED));
	world_report(world, 11,
		     REPORT(.id = "outlet", .source = "wire", KILLED(2), ON(5),
			    .assessment = ASSESSMENT_VERIFIED,
			    .attribution = ATTRIBUTION_ATTRIBUTED));
	world_report(world, 12,
		     FINDING("jfo/found", .id = "f", .source = "un",
			     .assessment = ASSESSMENT_CORROBORATED,
			     .attribution = ATTRIBUTION_ASSESSED_PARTY,
			     .party = "red"));
	world_report(world, 13,
		     REPORT(.id = "found", KILLED(3), ON(5), .party = "blue"));
	explain(world, 13);
	const struct explained_report *capped = report_of("capped");
	assert_int_equal(capped->told_assessment, ASSESSMENT_VERIFIED);
	assert_int_equal(capped->assessment, ASSESSMENT_CORROBORATED);
	assert_string_equal(capped->assessment_by, "");
	assert_string_equal(capped->report, "un/capped@1");
	assert_string_equal(capped->source, "un");
	assert_int_equal(capped->adds[BASIS_CONFIRMED], 1);
	const struct explained_report *outlet = report_of("outlet");
	assert_int_equal(outlet->assessment, ASSESSMENT_ALLEGED);
	assert_int_equal(outlet->attribution, ATTRIBUTION_ALLEGED_PARTY);
	assert_string_equal(outlet->origin, "agency");
	const struct explained_report *found = report_of("found");
	assert_int_equal(found->told_assessment, ASSESSMENT_ALLEGED);
	assert_int_equal(found->assessment, ASSESSMENT_CORROBORATED);
	assert_string_equal(found->assessment_by, "un/f@1");
	assert_string_equal(found->told_party, "blue");
	assert_string_equal(found->party, "red");
	assert_string_equal(found->party_by, "un/f@1");
	assert_int_equal(found->attribution, ATTRIBUTION_ASSESSED_PARTY);
	assert_string_equal(found->attribution_by, "un/f@1");
	assert_false(found->disputed);
	/* Newest first. */
	assert_string_equal(explanation.reports[0].report, "jfo/found@1");
	assert_int_equal(explanation.reports_count, 3);
}

static void
says_why_a_report_does_not_count(void **state)
{
	struct world *world = *state;

	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	world_rule(world, "killed")->match.min_assessment =
		ASSESSMENT_CORROBORATED;
	world_begin(world);
	const struct report counts =
		REPORT(.id = "counts", .source = "un",
		       .assessment = ASSESSMENT_VERIFIED, KILLED(1), ON(5));
	struct report more = counts;
	world_report(world, 10, counts);
	world_report(world, 10, REPORT(.id = "alleged", KILLED(1), ON(5)));
	strcpy(more.id, "gone");
	world_report(world, 10, more);
	world_report(world, 11,
		     REPORT(.id = "gone", .source = "un", .revision = 2, GONE));
	world_report(world, 11,
		     REPORT(.id = "not so", .source = "un", KILLED(1), ON(5),
			    .assessment = ASSESSMENT_UNSUBSTANTIATED));
	world_report(world, 11,
		     without_violation(
			     REPORT(.id = "nil", .source = "un", ON(5))));
	world_report(world, 11,
		     REPORT(.id = "nobody", .source = "un", ON(5),
			    .assessment = ASSESSMENT_VERIFIED));
	more = counts;
	strcpy(more.id, "long ago");
	more.occurred_at = AT(-100);
	world_report(world, 11, report_complete(more));
	explain(world, 11);
	assert_int_equal(report_of("counts")->part, PART_LEADS);
	assert_int_equal(report_of("alleged")->part, PART_UNSURE);
	assert_int_equal(report_of("gone")->part, PART_WITHDRAWN);
	assert_int_equal(report_of("not so")->part, PART_UNSUBSTANTIATED);
	assert_int_equal(report_of("nil")->part, PART_NIL);
	assert_int_equal(report_of("nobody")->part, PART_EMPTY);
	assert_int_equal(report_of("long ago")->part, PART_BEFORE);
}

static void
leaves_out_what_is_of_no_concern(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "killed");

	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	rule->match.kinds = UINT64_C(1) << KIND_SHELLING;
	world_begin(world);
	world_report(world, 10,
		     REPORT(.id = "red", .party = "red", KILLED(1), ON(5),
			    .kind = KIND_SHELLING));
	world_report(world, 10,
		     REPORT(.id = "blue", .party = "blue", KILLED(1), ON(5),
			    .kind = KIND_SHELLING));
	world_report(world, 10,
		     REPORT(.id = "clash", .party = "red", KILLED(1), ON(5),
			    .kind = KIND_CLASH));
	world_report(world, 10,
		     REPORT(.id = "gone", .party = "blue", KILLED(1), ON(5),
			    .kind = KIND_SHELLING, GONE));
	ASK(world, 10, .labels = {{"party", "red"}}, .labels_count = 1);
	assert_true(explanation.one);
	assert_int_equal(explanation.reports_count, 1);
	assert_string_equal(explanation.reports[0].report, "jfo/red@1");
	ASK(world, 10, .labels = {{"party", "blue"}}, .labels_count = 1);
	assert_int_equal(explanation.reports_count, 2);
	assert_int_equal(report_of("gone")->part, PART_WITHDRAWN);
}

static void
counts_an_event_once(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world_begin(world);
	world_report(world, 10,
		     REPORT(.id = "1", .source = "un", .event = "market",
			    .party = "red", KILLED(3), ON(5)));
	world_report(world, 11,
		     REPORT(.id = "2", .source = "jfo", .event = "market",
			    .party = "blue", KILLED(4), ON(5)));
	explain(world, 11);
	assert_int_equal(report_of("2")->part, PART_LEADS);
	assert_int_equal(report_of("2")->adds[BASIS_SUPPORTED], 4);
	assert_int_equal(report_of("1")->part, PART_TELLS);
	assert_int_equal(report_of("1")->adds[BASIS_UPPER], 0);
	assert_string_equal(report_of("1")->leader, "jfo/2@1");
	assert_int_equal(report_of("1")->told_by, 2);
	assert_int_equal(report_of("1")->origins, 2);
	assert_true(report_of("1")->disputed);
	assert_int_equal(explanation.sums.disputed, 1);
}

static void
knows_that_the_rule_asks_for_others_by_disputed(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed")->match.disputed = ONLY_FALSE;
	world_begin(world);
	world_report(world, 10,
		     REPORT(.id = "1", .event = "e", .party = "red", KILLED(6),
			    ON(5)));
	world_report(world, 10,
		     REPORT(.id = "2", .event = "e", .party = "blue", KILLED(6),
			    ON(5)));
	explain(world, 10);
	assert_int_equal(report_of("1")->part, PART_DISPUTED);
	assert_int_equal(report_of("2")->part, PART_DISPUTED);
}

/* Those that count are not crowded out by those that do not. */
static void
names_the_newest_of_many(void **state)
{
	struct world *world = *state;

	world_rule(world, "killed");
	world_begin(world);
	for (int i = 0; i < 20; i++) {
		struct report report = {.occurred_at = AT(5)};
		snprintf(report.id, sizeof(report.id), "one-%d", i);
		report.counts[COUNT_KILLED] = (struct count){1, 1, 1, false};
		world_report(world, 10, report_complete(report));
	}
	for (int i = 0; i < 20; i++) {
		struct report report = {.occurred_at = AT(5)};
		snprintf(report.id, sizeof(report.id), "none-%d", i);
		world_report(world, 10, report_complete(report));
	}
	explain(world, 10);
	assert_int_equal(explanation.reports_count, EXPLAINED_REPORTS_MAX);
	assert_string_equal(explanation.reports[0].report, "jfo/none-19@1");
	assert_string_equal(explanation.reports[16].report, "jfo/one-19@1");
	assert_string_equal(explanation.reports[31].report, "jfo/one-4@1");
}

/* --- Which group --- */

static void
grouped(struct world *world)
{
	struct rule *rule = world_rule(world, "killed");

	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	world_begin(world);
	world_report(world, 10,
		     REPORT(.id = "1", .party = "red", KILLED(3), ON(5)));
	world_report(world, 10,
		     REPORT(.id = "2", .party = "blue", KILLED(9), ON(5)));
	world_report(world, 10, REPORT(.id = "3", KILLED(1), ON(5)));
	world_report(world, 10,
		     REPORT(.id = "4", .agreement = "truce", .party = "red",
			    KILLED(4), ON(5)));
}

static void
lists_the_groups_the_highest_first(void **state)
{
	struct world *world = *state;

	grouped(world);
	ASK(world, 10, .agreement = "");
	assert_false(explanation.one);
	assert_false(explanation.none);
	assert_int_equal(explanation.groups_count, 4);
	assert_string_equal(explanation.groups[0].labels[0].value, "blue");
	assert_true(explanation.groups[0].value == 9.0);
	assert_int_equal(explanation.groups[0].severity, SEVERITY_SEVERE);
	assert_int_equal(explanation.groups[0].first_seq, 1);
	assert_string_equal(explanation.groups[1].agreement, "truce");
	assert_string_equal(explanation.groups[3].labels[0].value, "");
	ASK(world, 10, .agreement = "", .labels = {{"party", "red"}},
	    .labels_count = 1);
	assert_int_equal(explanation.groups_count, 2);
	assert_false(explanation.one);
	ASK(world, 10, .agreement = "truce");
	assert_true(explanation.one);
	assert_int_equal(explanation.groups_count, 1);
	ASK(world, 10, .labels = {{"party", "unknown"}}, .labels_count = 1);
	assert_true(explanation.one);
	assert_true(explanation.values[BASIS_REPORTED] == 1.0);
	ASK(world, 10, .labels = {{"party", "green"}}, .labels_count = 1);
	assert_true(explanation.none);
	assert_false(explanation.one);
	assert_int_equal(explanation.groups_count, 4);
}

static void
expects_what_there_is(void **state)
{
	struct world *world = *state;

	grouped(world);
	assert_string_equal(ASK(world, 10, .rule = "kiled")->expected,
			    "a rule (did you mean killed?): killed");
	assert_string_equal(ASK(world, 10, .rule = "spike")->expected,
			    "a rule: killed");

	assert_string_equal(ASK(world, 10, .agreement = "minsk")->expected,
			    "an agreement: pact, truce");
	assert_string_equal(ASK(world, 10, .labels = {{"side", "red"}},
				.labels_count = 1)
				    ->expected,
			    "labels that killed has: party");
	assert_string_equal(ASK(world, 10, .labels = {{"event", "e"}},
				.labels_count = 1)
				    ->expected,
			    "labels that killed has: party");
}

static void
finds_the_group_of_an_episode(void **state)
{
	struct world *world = *state;

	grouped(world);
	ASK(world, 10, .episode_seq = 1);
	assert_true(explanation.one);
	assert_string_equal(explanation.groups[0].labels[0].value, "blue");
	assert_int_equal(explanation.why, EXPLAINED_MET);
}

/* --- Events --- */

static void
of_events(struct world *world)
{
	struct rule *rule = world_rule(world, "event");

	rule->window_kind = WINDOW_EVENT;
	rule->window_ms = rule->resolution_ms = 0;
	rule->keep_firing_ms = DAY;
	world_begin(world);
}

static const struct explanation *
explain_event(const struct world *world, int64_t minute, const char *name,
	      const char *value)
{
	return ASK(world, minute, .labels = {{name, value}}, .labels_count = 1);
}

static void
explains_an_event_alone(void **state)
{
	struct world *world = *state;

	of_events(world);
	world_report(world, 10,
		     REPORT(.id = "1", .event = "market", KILLED(6), ON(5)));
	world_report(world, 10, REPORT(.id = "2", KILLED(2), ON(5)));
	explain_event(world, 10, "event", "market");
	assert_true(explanation.one);
	assert_int_equal(explanation.why, EXPLAINED_MET);
	assert_int_equal(explanation.episode.ends_at, AT(10) + DAY);
	assert_string_equal(explanation.groups[0].event, "jfo/1@1");
	assert_int_equal(explanation.reports_count, 1);
	assert_int_equal(explanation.start_at, TIME_UNSET);
	explain_event(world, 10, "report", "jfo/2");
	assert_true(explanation.one);
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_true(explanation.missing == 3.0);
	assert_string_equal(explanation.groups[0].event, "jfo/2@1");
	ASK(world, 10, .agreement = ""); /* the only one that fires */
	assert_true(explanation.one);
	assert_string_equal(explanation.groups[0].event, "jfo/1@1");
	assert_true(explain_event(world, 10, "event", "")->none);
	assert_true(explain_event(world, 10, "report", "")->none);
	explain_event(world, 10, "event", "bridge");
	assert_false(explanation.one);
	assert_true(explanation.none);
	assert_int_equal(explanation.groups_count, 1);
}

static void
says_that_an_event_was_told(void **state)
{
	struct world *world = *state;

	of_events(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(6), ON(5)));
	world_tick(world, 11 + 24 * 60);
	explain_event(world, 11 + 24 * 60, "report", "jfo/1");
	assert_int_equal(explanation.why, EXPLAINED_TOLD);
	assert_int_equal(explanation.told, SEVERITY_SEVERE);
	assert_int_equal(explanation.ended_count, 1);
}

static void
says_that_an_event_was_retracted(void **state)
{
	struct world *world = *state;

	of_events(world);
	world_report(world, 10, REPORT(.id = "1", KILLED(6), ON(5)));
	world_retract(world, 11, 1);
	explain_event(world, 12, "report", "jfo/1");
	assert_int_equal(explanation.why, EXPLAINED_RETRACTED);
	assert_int_equal(explanation.retraction.severity, SEVERITY_SEVERE);
	assert_true(explanation.retraction.above == 0.0);
}

/* --- Spikes --- */

static void
shows_the_baseline_of_a_spike(void **state)
{
	struct world *world = *state;
	struct rule *rule = world_rule(world, "spike");

	rule->kind = RULE_SPIKE;
	rule->measure = MEASURE_VIOLATIONS;
	rule->window_ms = rule->resolution_ms = DAY;
	rule->spike = (struct spike){.method = SPIKE_EARS_C1,
				     .baseline = 3,
				     .min_sigma = 1,
				     .min_count = 3};
	rule->levels[0].at = rule->levels[0].clear = 3;
	world_begin(world);
	world_report(world, 1,
		     REPORT(.id = "first", ON(0),
			    COUNTED(COUNT_VIOLATIONS, 2)));
	assert_int_equal(explain(world, 2)->why, EXPLAINED_UNTESTED);
	assert_int_equal(explanation.sums.by_basis[BASIS_REPORTED], 2);
	assert_int_equal(explanation.buckets[3].count, 2);
	assert_false(explanation.buckets[3].tested);
	world_report(world, 8 * 1440,
		     REPORT(.id = "many", ON(8 * 1440),
			    COUNTED(COUNT_VIOLATIONS, 5)));
	explain(world, 8 * 1440);
	assert_int_equal(explanation.why, EXPLAINED_MET);
	assert_true(explanation.values[BASIS_REPORTED] == 5.0);
	assert_int_equal(explanation.sums.by_basis[BASIS_REPORTED], 5);
	assert_int_equal(explanation.start_at, AT(8 * 1440));
	assert_int_equal(explanation.buckets_count, 4);
	assert_int_equal(explanation.buckets[3].count, 5);
	assert_true(explanation.buckets[3].tested);
	assert_int_equal(explanation.buckets[0].count, 0);
	assert_int_equal(explanation.buckets[0].start_at, AT(5 * 1440));
	assert_int_equal(report_of("first")->part, PART_BEFORE);
}

/* --- Kinds that add up no events --- */

static const struct explanation *
explain_label(const struct world *world, int64_t minute, const char *name,
	      const char *value)
{
	const struct explanation *given =
		ASK(world, minute, .labels = {{name, value}},
		    .labels_count = 1);

	assert_string_equal(given->expected, "");
	assert_true(given->one);
	return given;
}

/* A rule of a kind that has groups by one field and a level, minor, at 1. */
static struct rule *
rule_of_kind(struct world *world, enum rule_kind kind, enum window_kind window,
	     enum field field)
{
	struct rule *rule = world_rule(world, "watch");

	rule->kind = kind;
	rule->window_kind = window;
	rule->window_ms = rule->resolution_ms = 0;
	rule->group_by[0] = field;
	rule->group_by_count = 1;
	rule->levels[0] =
		(struct level){.at = 1, .clear = 1, .severity = SEVERITY_MINOR};
	return rule;
}

static void
knows_when_silence_is_too_long(void **state)
{
	struct world *world = *state;
	struct rule *rule =
		rule_of_kind(world, RULE_ABSENCE, WINDOW_NONE, FIELD_SOURCE);

	rule->expect = (struct name_list)LIST("jfo", "un");
	rule->match.agreement = (struct name_list)LIST("pact");
	rule->after_ms = HOUR;
	rule->active.length_ms = DAY;
	rule->levels[0].at = rule->levels[0].clear = 3600;
	world_begin(world);
	world_tick(world, 0);
	world_report(world, 30, REPORT(.id = "1", ON(30)));
	explain_label(world, 50, "source", "jfo");
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_true(explanation.values[BASIS_REPORTED] == 1200.0);
	assert_int_equal(explanation.start_at, AT(30));
	assert_int_equal(explanation.meets_at, AT(90));
	assert_string_equal(explanation.figure,
			    "no report from jfo for 20 min");
	world_tick(world, 60);
	explain_label(world, 60, "source", "un");
	assert_int_equal(explanation.why, EXPLAINED_MET);
	assert_string_equal(explanation.measure, "silent_seconds");
	assert_int_equal(explanation.reports_count, 0);
}

static void
knows_when_a_deadline_is_due(void **state)
{
	static const struct deadline withdrawal = {.name = "withdrawal",
						   .due_at = START + 10 * DAY,
						   .warn_before_ms = {DAY},
						   .warn_before_count = 1};
	struct world *world = *state;
	struct rule *rule =
		rule_of_kind(world, RULE_DEADLINE, WINDOW_NONE, FIELD_DEADLINE);

	world->agreements[0].deadlines = &withdrawal;
	world->agreements[0].deadlines_count = 1;
	rule->levels[0].at = rule->levels[0].clear = -86400;
	world_begin(world);
	world_tick(world, 0);
	explain(world, DAYS(5));
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_true(explanation.values[BASIS_REPORTED] == -INFINITY);
	assert_int_equal(explanation.start_at, START + 10 * DAY);
	assert_int_equal(explanation.meets_at, AT(DAYS(9)));
	assert_string_equal(explanation.figure,
			    "withdrawal is due in 5 d (2023-12-19)");
	world_tick(world, DAYS(9));
	assert_int_equal(explain(world, DAYS(9))->why, EXPLAINED_MET);
	world_deadline(world, DAYS(9), COMMAND_DEADLINE_MET, "withdrawal",
		       DAYS(9));
	assert_int_equal(explain(world, DAYS(9))->next_level, -1);
}

/* One rule has the levels of all its deadlines. */
static void
shows_only_the_levels_of_the_deadline_itself(void **state)
{
	static const struct deadline deadlines[] = {{.name = "withdrawal",
						     .due_at = START + 10 * DAY,
						     .warn_before_ms = {DAY},
						     .warn_before_count = 1},
						    {.name = "exchange",
						     .due_at =
							     START + 10 * DAY}};
	struct world *world = *state;
	struct rule *rule =
		rule_of_kind(world, RULE_DEADLINE, WINDOW_NONE, FIELD_DEADLINE);

	world->agreements[0].deadlines = deadlines;
	world->agreements[0].deadlines_count = 2;
	rule->levels[0] = (struct level){-86400, -86400, 0, SEVERITY_MINOR};
	rule->levels[1] = (struct level){0, 0, 0, SEVERITY_SEVERE};
	rule->levels_count = 2;
	world_begin(world);
	world_tick(world, 0);
	explain_label(world, 0, "deadline", "withdrawal");
	assert_int_equal(explanation.levels_count, 2);
	assert_int_equal(explanation.next_level, 0);
	explain_label(world, 0, "deadline", "exchange");
	assert_int_equal(explanation.levels_count, 1);
	assert_int_equal(explanation.next_level, 0);
	assert_int_equal(explanation.levels[0].severity, SEVERITY_SEVERE);
	assert_int_equal(explanation.meets_at, AT(DAYS(10)));
	world_tick(world, DAYS(10));
	explain_label(world, DAYS(10), "deadline", "exchange");
	assert_true(explanation.levels[0].held && explanation.levels[0].met);
	assert_int_equal(explanation.next_level, -1);
}

static void
knows_what_a_feed_misses(void **state)
{
	struct world *world = *state;
	struct rule *rule =
		rule_of_kind(world, RULE_FEED_GAP, WINDOW_NONE, FIELD_SOURCE);

	rule->group_by[1] = FIELD_FEED;
	rule->group_by_count = 2;
	world_begin(world);
	world_report(world, 1,
		     REPORT(.id = "1", .feed = "daily", .feed_seq = 1));
	explain(world, 1);
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_true(explanation.missing == 1.0);
	world_report(world, 2,
		     REPORT(.id = "4", .feed = "daily", .feed_seq = 4));
	explain(world, 2);
	assert_int_equal(explanation.why, EXPLAINED_MET);
	assert_string_equal(explanation.figure,
			    "2 reports missing of the feed daily of jfo");
}

static void
shows_the_totals_of_a_source(void **state)
{
	struct world *world = *state;
	struct rule *rule =
		rule_of_kind(world, RULE_TALLY, WINDOW_LATEST, FIELD_SOURCE);

	rule->levels[0].at = rule->levels[0].clear = 100;
	world_begin(world);
	world_report(world, DAYS(1), TALLY("1", 1, TOTAL(60)));
	world_report(world, DAYS(2),
		     TALLY("2", 2,
			   .totals[TALLY_KILLED] = {60, 70, 90, false}));
	explain(world, DAYS(2));
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_true(explanation.missing == 30.0);
	assert_int_equal(explanation.reports_count, 2);
	assert_string_equal(explanation.reports[0].report, "ministry/2@1");
	assert_int_equal(explanation.reports[0].part, PART_TOTAL);
	assert_int_equal(explanation.reports[0].at, AT(DAYS(2)));
	assert_int_equal(explanation.reports[0].adds[BASIS_REPORTED], 70);
	assert_int_equal(explanation.reports[0].adds[BASIS_UPPER], 90);
	assert_true(strstr(explanation.figure, "70 killed"));
}

static void
shows_the_totals_that_are_apart(void **state)
{
	struct world *world = *state;
	struct rule *rule = rule_of_kind(world, RULE_DISCREPANCY, WINDOW_LATEST,
					 FIELD_PARTY);

	rule->match.source = (struct name_list)LIST("ministry", "agency");
	rule->max_age_ms = 2 * DAY;
	rule->min_gap = 3;
	rule->levels[0].at = rule->levels[0].clear = 20;
	world_begin(world);
	world_report(world, DAYS(1), TALLY("1", 1, TOTAL(47)));
	explain(world, DAYS(1));
	assert_int_equal(explanation.why, EXPLAINED_BELOW);
	assert_string_equal(explanation.figure, "no two figures to compare");
	world_report(world, DAYS(1),
		     TALLY("1", 1, TOTAL(22), .source = "agency"));
	explain(world, DAYS(1));
	assert_int_equal(explanation.why, EXPLAINED_MET);
	assert_int_equal(explanation.reports_count, 2);
	assert_string_equal(explanation.reports[0].report, "agency/1@1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(fires_when_a_level_is_met),
		WORLD_TEST(misses_what_is_missing),
		WORLD_TEST(explains_the_time_that_is_asked_for),
		WORLD_TEST(counts_distinct_ones_at_the_time_that_is_asked_for),
		WORLD_TEST(stays_between_at_and_clear),
		WORLD_TEST(waits_for_for),
		WORLD_TEST(is_quiet_once_retracted),
		WORLD_TEST(knows_who_has_it_in_hand),
		WORLD_TEST(knows_what_a_silence_holds),
		WORLD_TEST(says_what_a_report_counts_for),
		WORLD_TEST(says_why_a_report_does_not_count),
		WORLD_TEST(leaves_out_what_is_of_no_concern),
		WORLD_TEST(counts_an_event_once),
		WORLD_TEST(knows_that_the_rule_asks_for_others_by_disputed),
		WORLD_TEST(names_the_newest_of_many),
		WORLD_TEST(lists_the_groups_the_highest_first),
		WORLD_TEST(expects_what_there_is),
		WORLD_TEST(finds_the_group_of_an_episode),
		WORLD_TEST(explains_an_event_alone),
		WORLD_TEST(says_that_an_event_was_told),
		WORLD_TEST(says_that_an_event_was_retracted),
		WORLD_TEST(shows_the_baseline_of_a_spike),
		WORLD_TEST(knows_when_silence_is_too_long),
		WORLD_TEST(knows_when_a_deadline_is_due),
		WORLD_TEST(shows_only_the_levels_of_the_deadline_itself),
		WORLD_TEST(knows_what_a_feed_misses),
		WORLD_TEST(shows_the_totals_of_a_source),
		WORLD_TEST(shows_the_totals_that_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
