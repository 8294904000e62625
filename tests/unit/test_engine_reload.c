/* A reload: which rules are others afterwards. What becomes of their sums is in
 * tests/model/cases/reload.case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

/* Another value of one of the things that a rule counts by, the `number`th.
 * False: there are no more. */
static bool
change(struct rule *rule, int number)
{
	static const char *const names[] = {"pact"};
	const struct name_list list = {names, 1};
	struct match *match = &rule->match;
	int row = 0;

#define OR(assignment)                                                         \
	if (row++ == number) {                                                 \
		assignment;                                                    \
		return true;                                                   \
	}
	OR(rule->kind = RULE_SPIKE)
	OR(rule->measure = MEASURE_CASUALTIES)
	OR(rule->basis = BASIS_UPPER)
	OR(rule->window_kind = WINDOW_AGREEMENT)
	OR(rule->window_ms = 2 * HOUR)
	OR(rule->resolution_ms = 2 * MINUTE)
	OR(rule->time = TIME_REPORTED)
	OR(rule->late_ms = MINUTE)
	OR(rule->for_ms = MINUTE)
	OR(rule->keep_firing_ms = MINUTE)
	OR(rule->update_every_ms = MINUTE)
	OR(rule->remind_ms = HOUR)
	OR(rule->escalate_after_ms = HOUR)
	OR(rule->group_by_count = 1)
	OR(rule->levels[0].at = 6)
	OR(rule->levels[0].clear = 4)
	OR(rule->levels[0].every = 5)
	OR(rule->levels[0].severity = SEVERITY_MINOR)
	OR(rule->levels_count = 2)
	OR(match->agreement = list)
	OR(match->source = list)
	OR(match->feed = list)
	OR(match->party = list)
	OR(match->against = list)
	OR(match->country = list)
	OR(match->admin = list)
	OR(match->kinds = 1 << KIND_SHELLING)
	OR(match->targets = 1 << TARGET_CIVILIAN)
	OR(match->disputed = ONLY_FALSE)
	OR(match->min_assessment = ASSESSMENT_ALLEGED)
	OR(match->min_attribution = ATTRIBUTION_ALLEGED_PARTY)
	OR(match->min_sources = 1)
	/* Of other kinds. */
	OR(rule->max_age_ms = HOUR)
	OR(rule->min_gap = 1)
	OR(rule->spike.method = SPIKE_RATIO)
	OR(rule->spike.baseline = 7)
	OR(rule->spike.min_sigma = 1)
	OR(rule->spike.min_count = 9)
	OR(rule->expect = list)
	OR(rule->active.from_ms = HOUR)
	OR(rule->active.length_ms = HOUR)
	OR(rule->deadlines = list)
#undef OR
	return false;
}

/* A world in which one alert fires, and its configuration once more. */
struct before_and_after {
	struct world *world;
	struct configuration configuration;
	struct agreement agreements[2];
	struct source sources[2];
	struct rule rule;
};

static void
fire(struct before_and_after *both)
{
	struct world *world = world_new();

	world_source(world, "un", "geneva", ASSESSMENT_VERIFIED);
	struct rule *rule = world_rule(world, "deaths");
	rule->levels[1] = (struct level){.at = 90, .clear = 90};
	rule->spike.baseline = SPIKE_BASELINE_MIN; /* for when it is one */
	world_begin(world);
	world_report(world, 1,
		     REPORT(.id = "1", .source = "un", ON(1), KILLED(7)));
	assert_told(world, "crossed Severe Possible 0/0/7/7 @1\n");
	both->world = world;
	both->configuration = world->configuration;
	memcpy(both->agreements, world->agreements, sizeof(both->agreements));
	memcpy(both->sources, world->sources, sizeof(both->sources));
	both->rule = world->rules[0];
	both->configuration.agreements = both->agreements;
	both->configuration.sources = both->sources;
	both->configuration.rules = &both->rule;
}

/* Whether the rule was another one; the world is gone then. */
static bool
is_another(struct before_and_after *both)
{
	struct world *world = both->world;

	world_configure(world, 2, &both->configuration);
	bool another = world->alerts_count > 0 &&
		       world->alerts[0].cause == CAUSE_RULE_CHANGED;
	assert_true(another || world->alerts_count == 0);
	world_free(world);
	return another;
}

static void
takes_a_rule_for_another_when_any_key_of_its_counting_changed(void **state)
{
	struct before_and_after both;
	int number = 0;

	(void)state;
	for (fire(&both); change(&both.rule, number); fire(&both), number++) {
		if (!is_another(&both))
			fail_msg("change %d was taken for none", number);
	}
	world_free(both.world);
	assert_int_equal(number, 42);
}

static void
takes_it_for_the_same_when_its_words_changed(void **state)
{
	struct before_and_after both;

	(void)state;
	fire(&both);
	both.rule.headline = "{reported} dead";
	both.rule.instruction = "Call.";
	both.rule.web = "https://example.org";
	both.agreements[0].title = "The Pact";
	assert_false(is_another(&both));
}

static void
takes_it_for_another_when_its_agreement_or_a_source_changed(void **state)
{
	static const char *const parties[] = {"north"};
	struct before_and_after both;

	(void)state;
	fire(&both);
	both.agreements[0].effective_at += MINUTE;
	assert_true(is_another(&both));
	fire(&both);
	both.agreements[0].day_starts_ms = HOUR;
	assert_true(is_another(&both));
	fire(&both);
	both.agreements[0].parties = parties;
	both.agreements[0].parties_count = 1;
	assert_true(is_another(&both));
	fire(&both);
	both.sources[0].at_most = ASSESSMENT_CORROBORATED;
	assert_true(is_another(&both));
	fire(&both);
	both.sources[0].origin = "new york";
	assert_true(is_another(&both));
	/* What no alert is about. */
	fire(&both);
	both.agreements[1].effective_at += MINUTE;
	assert_false(is_another(&both));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			takes_a_rule_for_another_when_any_key_of_its_counting_changed),
		cmocka_unit_test(takes_it_for_the_same_when_its_words_changed),
		cmocka_unit_test(
			takes_it_for_another_when_its_agreement_or_a_source_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
