/*
 * Random configurations and streams. The pools of ids, sources, events,
 * parties and times are small, so that reports meet one another: most of a
 * stream corrects, withdraws, repeats or joins what came before.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const sources[] = {"alpha", "beta", "gamma",
				      "delta", "army", "zeta"};
static const char *const parties[] = {"army", "rebels", "militia"};
static const char *const feeds[] = {"", "radio", "wire"};
static const char *const events[] = {"market", "bridge", "school"};
static const char *const admins[] = {"", "north", "south"};
static const char *const countries[] = {"", "ua", "sd"};
static const char *const deadlines[] = {"withdrawal", "exchange", "access"};
static const char *const places[] = {"", "town", "hill", "ford"};
static const enum kind kinds[] = {KIND_UNSPECIFIED, KIND_SHELLING,
				  KIND_AIR_STRIKE, KIND_CLASH};
static const enum target targets[] = {TARGET_UNSPECIFIED, TARGET_CIVILIAN,
				      TARGET_MEDICAL};

/* Those that make tallies are the first. */
enum { TALLY_SOURCES = 3 };

/* What kind of stream it is. */
struct plan {
	uint64_t random;
	int64_t unit_ms; /* of resolutions and of the steps of time */
	int64_t start_at;
	unsigned ids;	      /* that a source uses */
	unsigned drills;      /* percent of reports */
	unsigned findings;    /* percent of reports */
	unsigned merging;     /* percent of reports that name an event */
	unsigned event_rules; /* percent of rules */
	unsigned spikes;      /* likewise */
	unsigned counters;    /* percent of rules that are of tallies */
	unsigned tallies;     /* percent of reports */
	unsigned watches;     /* likewise, of those that count no events */
	unsigned orders;      /* percent of items that are an officer's */
	unsigned silences; /* percent of them that are about alerts to come */
	unsigned reloads;  /* percent of items that are one */
	unsigned clocks;   /* percent of items that set the clock */
	unsigned starts;   /* percent of ticks that are a start */
	bool gappy;	   /* feeds lose most of their numbers */
	bool recounts;	   /* few totals, which are corrected and start again */
	bool sways;	   /* whose word counts changes at reloads */
	bool reminders; /* then there are no long silences: they would fill */
	bool crowd;	/* many reports of one event */
	bool many_names;
};

/* splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t
next(struct plan *plan)
{
	uint64_t z = plan->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static unsigned
below(struct plan *plan, unsigned bound)
{
	return (unsigned)(next(plan) % bound);
}

static unsigned
between(struct plan *plan, unsigned low, unsigned high)
{
	return low + below(plan, high - low + 1);
}

static bool
chance(struct plan *plan, unsigned percent)
{
	return below(plan, 100) < percent;
}

#define PICK(plan, array) ((array)[below((plan), (unsigned)LENGTH(array))])

/* Up to so many quarters of the unit, sometimes not a round number. */
static int64_t
duration(struct plan *plan, unsigned quarters)
{
	int64_t time = (int64_t)below(plan, quarters + 1) * plan->unit_ms / 4;

	return chance(plan, 20) ? time + below(plan, 100) : time;
}

static struct name_list
some_names(struct plan *plan, const char *const *names, size_t count)
{
	const char *chosen[8];
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		if (chance(plan, 60) && names[i][0] != '\0')
			chosen[size++] = names[i];
	return list_keep(chosen, size);
}

/* For some their word comes to count, or no longer does. */
static void
sources_sway(struct plan *plan, struct setup *setup)
{
	for (size_t i = 0; i < setup->sources_count; i++)
		if (chance(plan, 50))
			setup->sources[i].at_most =
				chance(plan, 50) ? ASSESSMENT_ALLEGED
						 : ASSESSMENT_VERIFIED;
}

static void
make_sources(struct plan *plan, struct setup *setup)
{
	static const struct source known[] = {
		{"alpha", "", ASSESSMENT_VERIFIED},
		{"beta", "agency", ASSESSMENT_CORROBORATED},
		{"gamma", "agency", ASSESSMENT_VERIFIED},
		{"army", "", ASSESSMENT_VERIFIED},
		{"delta", "", ASSESSMENT_INCONCLUSIVE},
	};

	for (size_t i = 0; i < LENGTH(known); i++)
		if (chance(plan, 75))
			setup->sources[setup->sources_count++] = known[i];
	if (plan->sways)
		sources_sway(plan, setup);
}

static void
make_agreements(struct plan *plan, struct setup *setup)
{
	static const char *const ids[] = {"minsk", "astana", "zurich"};
	size_t first = below(plan, (unsigned)LENGTH(ids));

	setup->agreements_count = chance(plan, 40) ? 2 : 1;
	for (size_t i = 0; i < setup->agreements_count; i++) {
		const char *listed[4];
		size_t count = 0;
		for (size_t k = 0; k < LENGTH(parties); k++)
			if (chance(plan, 85))
				listed[count++] = parties[k];
		if (chance(plan, 30))
			listed[count++] = "other";
		struct name_list list =
			list_keep(listed, chance(plan, 70) ? count : 0);
		setup->agreements[i] = (struct agreement){
			/* Not always in the order of the alphabet. */
			.id = ids[(first + i * 2) % LENGTH(ids)],
			.title = "",
			.effective_at = plan->start_at +
					((int64_t)below(plan, 12) - 4) *
						plan->unit_ms / 2,
			.day_starts_ms = chance(plan, 50)
						 ? below(plan, 24) * 3600 * 1000
						 : 0,
			.parties = list.names,
			.parties_count = list.count,
		};
	}
}

static void
make_match(struct plan *plan, const struct setup *setup, struct match *match)
{
	if (setup->agreements_count > 1 && chance(plan, 30))
		match->agreement =
			list_keep(&setup->agreements[below(plan, 2)].id, 1);
	if (chance(plan, 10))
		match->source = some_names(plan, sources, LENGTH(sources));
	if (chance(plan, 7))
		match->feed = some_names(plan, feeds, LENGTH(feeds));
	if (chance(plan, 12))
		match->party = some_names(plan, parties, LENGTH(parties));
	if (chance(plan, 5))
		match->against = some_names(plan, parties, LENGTH(parties));
	if (chance(plan, 5))
		match->country = some_names(plan, countries, LENGTH(countries));
	if (chance(plan, 5))
		match->admin = some_names(plan, admins, LENGTH(admins));
	if (chance(plan, 12))
		match->kinds = UINT64_C(1) << KIND_SHELLING |
			       UINT64_C(1) << KIND_CLASH;
	if (chance(plan, 7))
		match->targets = UINT32_C(1) << TARGET_CIVILIAN;
	if (chance(plan, 7))
		match->disputed = chance(plan, 50) ? ONLY_TRUE : ONLY_FALSE;
	if (chance(plan, 7))
		match->min_assessment = ASSESSMENT_CORROBORATED;
	if (chance(plan, 7))
		match->min_attribution = ATTRIBUTION_ASSESSED_PARTY;
	if (chance(plan, 7))
		match->min_sources = between(plan, 1, 2);
}

static void
make_levels(struct plan *plan, struct rule *rule)
{
	uint64_t at = between(plan, 1, 6);
	uint64_t clear = 1;
	unsigned severity = between(plan, SEVERITY_MINOR, SEVERITY_SEVERE);
	bool exact = rule->window_kind != WINDOW_DURATION || chance(plan, 40);

	rule->levels_count = between(plan, 1, 4);
	for (size_t i = 0; i < rule->levels_count; i++) {
		clear = exact ? at
			      : clear + below(plan, (unsigned)(at - clear + 1));
		rule->levels[i] =
			(struct level){.at = (double)at,
				       .clear = (double)clear,
				       .severity = (enum severity)severity};
		at += between(plan, 1, 6);
		severity += severity < SEVERITY_EXTREME;
	}
}

static void
make_group_by(struct plan *plan, struct rule *rule)
{
	bool taken[FIELDS] = {false};

	if (chance(plan, 40))
		return;
	for (unsigned i = between(plan, 1, 3); i > 0; i--) {
		unsigned field =
			chance(plan, 50) ? FIELD_PARTY : below(plan, FIELDS);
		if (!taken[field])
			rule->group_by[rule->group_by_count++] =
				(enum field)field;
		taken[field] = true;
	}
}

/* Short baselines, for streams are not long; small counts. */
static void
make_spike(struct plan *plan, struct rule *rule)
{
	static const double sigmas[] = {0, 0.5, 0.5, 1};

	rule->kind = RULE_SPIKE;
	rule->spike = (struct spike){
		.method = (enum spike_method)below(plan, SPIKE_RATIO + 1),
		.baseline = SPIKE_BASELINE_MIN + below(plan, 3),
		.min_sigma = PICK(plan, sigmas),
		.min_count = between(plan, 1, 4),
	};
	if (measure_is_distinct(rule->measure))
		rule->measure = MEASURE_VIOLATIONS;
	rule->window_ms = rule->resolution_ms =
		plan->unit_ms * between(plan, 1, 2);
	rule->late_ms = chance(plan, 50)   ? rule->resolution_ms
			: chance(plan, 50) ? duration(plan, 16)
					   : 0;
	rule->for_ms = chance(plan, 15) ? duration(plan, 6) : 0;
}

/* Some that small counts meet to the bit. */
static void
make_bounds(struct plan *plan, struct rule *rule)
{
	static const double bounds[] = {0.5, 1, 1.5, 2, 3, 3.09, 1.96, 4};
	double at = PICK(plan, bounds);
	unsigned severity = between(plan, SEVERITY_MINOR, SEVERITY_SEVERE);

	rule->levels_count = between(plan, 1, 3);
	for (size_t i = 0; i < rule->levels_count; i++) {
		rule->levels[i] = (struct level){
			.at = at,
			.clear = i == 0 && chance(plan, 40) ? at / 2 : at,
			.severity = (enum severity)severity,
		};
		at += PICK(plan, bounds);
		severity += severity < SEVERITY_EXTREME;
	}
}

/* What tallies may be asked for. */
static void
make_tally_match(struct plan *plan, const struct setup *setup,
		 struct match *match)
{
	if (setup->agreements_count > 1 && chance(plan, 30))
		match->agreement =
			list_keep(&setup->agreements[below(plan, 2)].id, 1);
	if (chance(plan, 7))
		match->feed = some_names(plan, feeds, LENGTH(feeds));
	if (chance(plan, 12))
		match->party = some_names(plan, parties, LENGTH(parties));
	if (chance(plan, 7))
		match->min_assessment = ASSESSMENT_CORROBORATED;
}

static void
make_tally_rule(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	static const enum measure measures[] = {
		MEASURE_VIOLATIONS,	  MEASURE_KILLED,
		MEASURE_KILLED,		  MEASURE_INJURED,
		MEASURE_CASUALTIES,	  MEASURE_KILLED_IN_PERIOD,
		MEASURE_KILLED_IN_PERIOD, MEASURE_INJURED_IN_PERIOD};

	rule->kind = RULE_TALLY;
	rule->measure = PICK(plan, measures);
	rule->window_kind = WINDOW_LATEST;
	if (chance(plan, plan->recounts ? 30 : 65)) {
		rule->window_kind = WINDOW_DURATION;
		rule->window_ms = plan->unit_ms + duration(plan, 40);
	}
	rule->group_by[0] = FIELD_SOURCE;
	rule->group_by[1] = FIELD_PARTY;
	rule->group_by_count = 2;
	make_tally_match(plan, setup, &rule->match);
	if (chance(plan, 10))
		rule->match.source = some_names(plan, sources, LENGTH(sources));
}

/* Of those who make tallies; or of one of them. */
static void
make_discrepancy(struct plan *plan, const struct setup *setup,
		 struct rule *rule)
{
	static const enum measure measures[] = {MEASURE_VIOLATIONS,
						MEASURE_KILLED, MEASURE_KILLED,
						MEASURE_INJURED,
						MEASURE_CASUALTIES};
	size_t first = plan->recounts ? 0 : below(plan, TALLY_SOURCES);
	const char *both[] = {sources[first],
			      sources[(first + 1) % TALLY_SOURCES]};

	rule->kind = RULE_DISCREPANCY;
	rule->measure = PICK(plan, measures);
	rule->basis = BASIS_REPORTED;
	rule->window_kind = WINDOW_LATEST;
	rule->max_age_ms = duration(plan, 80);
	rule->min_gap = between(plan, 1, 4);
	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	make_tally_match(plan, setup, &rule->match);
	rule->match.source = list_keep(both, chance(plan, 65) ? 2 : 1);
}

static void
make_counters(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	memset(&rule->match, 0, sizeof(rule->match));
	rule->window_ms = 0;
	rule->max_age_ms = 0;
	rule->min_gap = 0;
	if (chance(plan, 55))
		make_tally_rule(plan, setup, rule);
	else
		make_discrepancy(plan, setup, rule);
	rule->time = TIME_OCCURRED;
	rule->for_ms = chance(plan, 25) ? duration(plan, 8) : 0;
}

/* Some that small totals meet to the bit. */
static void
make_percentages(struct plan *plan, struct rule *rule)
{
	static const double steps[] = {5, 10, 20, 25};
	double at = PICK(plan, steps);
	unsigned severity = between(plan, SEVERITY_MINOR, SEVERITY_SEVERE);

	rule->levels_count = between(plan, plan->recounts ? 3 : 1, 3);
	for (size_t i = 0; i < rule->levels_count; i++) {
		rule->levels[i] = (struct level){
			.at = at,
			.clear = i == 0 && chance(plan, 40) ? at / 2 : at,
			.severity = (enum severity)severity,
		};
		at += PICK(plan, steps) + (plan->recounts ? 15 : 0);
		severity += severity < SEVERITY_EXTREME;
	}
}

static void
make_any_levels(struct plan *plan, struct rule *rule)
{
	if (rule->kind == RULE_SPIKE)
		make_bounds(plan, rule);
	else if (rule->kind == RULE_DISCREPANCY)
		make_percentages(plan, rule);
	else
		make_levels(plan, rule);
}

static int64_t
whole_seconds(int64_t time)
{
	return time - time % 1000;
}

static void
make_deadlines(struct plan *plan, struct agreement *agreement)
{
	struct deadline made[LENGTH(deadlines)];
	size_t count = 0;

	for (size_t i = 0; i < LENGTH(deadlines); i++) {
		if (!chance(plan, 50))
			continue;
		struct deadline *deadline = &made[count++];
		*deadline = (struct deadline){
			.name = deadlines[i],
			.due_at = plan->start_at - plan->unit_ms * 10 +
				  duration(plan, 300),
			.warn_before_count = below(plan, 3),
		};
		/* The longest first. */
		int64_t warn = 0;
		for (size_t k = deadline->warn_before_count; k-- > 0;) {
			warn += plan->unit_ms * between(plan, 1, 8);
			deadline->warn_before_ms[k] = whole_seconds(warn);
		}
	}
	agreement->deadlines = deadlines_keep(made, count);
	agreement->deadlines_count = count;
}

static void
level_add(struct rule *rule, double at, enum severity severity)
{
	size_t i = rule->levels_count;

	for (size_t k = 0; k < rule->levels_count; k++)
		if (rule->levels[k].at == at)
			return;
	rule->levels_count++;
	for (; i > 0 && rule->levels[i - 1].at > at; i--)
		rule->levels[i] = rule->levels[i - 1];
	rule->levels[i] =
		(struct level){.at = at, .clear = at, .severity = severity};
}

/* All warnings of all deadlines that it watches, as settings makes them. */
static void
deadline_levels(const struct setup *setup, struct rule *rule)
{
	if (rule->kind != RULE_DEADLINE)
		return;
	rule->levels_count = 0;
	level_add(rule, 0, rule->severity);
	for (size_t i = 0; i < setup->agreements_count; i++)
		for (size_t k = 0; k < setup->agreements[i].deadlines_count;
		     k++) {
			const struct deadline *deadline =
				&setup->agreements[i].deadlines[k];
			for (size_t n = 0; n < deadline->warn_before_count; n++)
				level_add(
					rule,
					-(double)(deadline->warn_before_ms[n] /
						  1000),
					SEVERITY_MINOR);
		}
}

static void
make_absence(struct plan *plan, struct rule *rule)
{
	rule->kind = RULE_ABSENCE;
	rule->expect = some_names(plan, sources, LENGTH(sources));
	if (rule->expect.count == 0)
		rule->expect = list_keep(sources, 1);
	rule->after_ms =
		whole_seconds(plan->unit_ms * between(plan, 2, 12) / 2);
	if (chance(plan, 40)) {
		rule->active.from_ms = below(plan, 24) * INT64_C(3600000);
		rule->active.length_ms =
			between(plan, 1, 23) * INT64_C(3600000);
	}
	level_add(rule, (double)(rule->after_ms / 1000), rule->severity);
}

/* A rule that counts no events. */
static void
make_watch(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	unsigned kind = below(plan, 3);

	rule->severity =
		(enum severity)between(plan, SEVERITY_MINOR, SEVERITY_EXTREME);
	if (kind == 0) {
		make_absence(plan, rule);
	} else if (kind == 1) {
		rule->kind = RULE_DEADLINE;
		if (chance(plan, 30)) {
			static const char *const named[] = {"withdrawal",
							    "access"};
			rule->deadlines = list_keep(named, 2);
		}
		deadline_levels(setup, rule);
	} else {
		rule->kind = RULE_FEED_GAP;
		if (chance(plan, 30))
			rule->match.source =
				some_names(plan, sources, LENGTH(sources));
		if (chance(plan, 30))
			rule->match.feed =
				some_names(plan, feeds, LENGTH(feeds));
		make_levels(plan, rule);
		rule->for_ms = chance(plan, 35) ? duration(plan, 8) : 0;
		rule->keep_firing_ms =
			chance(plan, 50) ? duration(plan, 16) : 0;
		rule->update_every_ms =
			chance(plan, 40) ? 1 + duration(plan, 20) : 0;
	}
	if (setup->agreements_count > 1 && chance(plan, 30))
		rule->match.agreement =
			list_keep(&setup->agreements[below(plan, 2)].id, 1);
	rule_complete(rule);
}

static void
make_rule(struct plan *plan, struct setup *setup)
{
	static const char *const names[] = {"deaths", "attacks", "zeal",
					    "harm"};
	static const enum measure measures[] = {
		MEASURE_KILLED,	   MEASURE_KILLED,  MEASURE_VIOLATIONS,
		MEASURE_EVENTS,	   MEASURE_SOURCES, MEASURE_PLACES,
		MEASURE_CASUALTIES};
	struct rule *rule = &setup->rules[setup->rules_count];
	size_t name = 0;

	for (size_t i = 0; i < setup->rules_count; i++)
		if (strcmp(setup->rules[i].name, names[name]) == 0) {
			name++;
			i = SIZE_MAX;
		}
	*rule = (struct rule){
		.name = names[name],
		.measure = chance(plan, 70)
				   ? PICK(plan, measures)
				   : (enum measure)below(plan,
							 MEASURES_OF_INCIDENTS),
		.basis = chance(plan, 60) ? BASIS_REPORTED
					  : (enum basis)below(plan, 4),
		.time = chance(plan, 60) ? TIME_OCCURRED
					 : (enum time_field)below(plan, 3),
		.headline = text_keep(chance(plan, 50) ? "{party}" : ""),
		.instruction = "",
		.web = "",
	};
	unsigned window = below(plan, 100);
	if (plan->reminders && chance(plan, 50))
		rule->remind_ms = plan->unit_ms + duration(plan, 40);
	if (chance(plan, 30))
		rule->escalate_after_ms = 1 + duration(plan, 20);
	if (chance(plan, plan->watches)) {
		make_watch(plan, setup, rule);
		setup->rules_count++;
		return;
	}
	if (chance(plan, plan->counters)) {
		make_counters(plan, setup, rule);
	} else if (chance(plan, plan->spikes)) {
		make_spike(plan, rule);
	} else if (window < plan->event_rules) {
		rule->window_kind = WINDOW_EVENT;
	} else if (window < plan->event_rules + 20) {
		rule->window_kind = WINDOW_AGREEMENT;
	} else {
		rule->resolution_ms = plan->unit_ms * between(plan, 1, 3);
		rule->window_ms =
			rule->resolution_ms * between(plan, 1, 6) -
			(chance(plan, 30) ? rule->resolution_ms / 3 : 0);
		rule->late_ms = chance(plan, 50) ? duration(plan, 16) : 0;
		rule->for_ms = chance(plan, 35) ? duration(plan, 8) : 0;
		/* Rings of many buckets. */
		if (chance(plan, 3) && rule->resolution_ms < 86400000)
			rule->resolution_ms = rule->resolution_ms / 10 + 7;
	}
	rule->keep_firing_ms = chance(plan, 50) ? duration(plan, 16) : 0;
	if (rule->window_kind == WINDOW_EVENT)
		rule->keep_firing_ms = 1 + duration(plan, 30);
	rule->update_every_ms = chance(plan, 40) ? 1 + duration(plan, 20) : 0;
	if (!rule_is_of_tallies(rule)) {
		make_group_by(plan, rule);
		make_match(plan, setup, &rule->match);
	}
	make_any_levels(plan, rule);
	setup->rules_count++;
}

/* Another source, window or measure, or the like. */
static void
change_counters(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	struct rule other = *rule;

	make_counters(plan, setup, &other);
	switch (below(plan, 7)) {
	case 0:
		rule->keep_firing_ms += plan->unit_ms;
		break;
	case 1:
		rule->for_ms = other.for_ms;
		break;
	case 2:
		make_any_levels(plan, rule);
		break;
	case 3:
		*rule = other;
		make_any_levels(plan, rule);
		break;
	case 4:
		if (rule->kind == RULE_DISCREPANCY)
			rule->max_age_ms += plan->unit_ms;
		else
			rule->basis = (enum basis)below(plan, 4);
		break;
	case 5:
		rule->min_gap += rule->kind == RULE_DISCREPANCY;
		rule->window_ms += rule->window_ms ? plan->unit_ms : 0;
		break;
	default:
		rule->headline = text_keep("{source}");
	}
}

/* The same of one that counts no events. */
static void
change_watch(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	switch (below(plan, 4)) {
	case 0:
		rule->escalate_after_ms += plan->unit_ms;
		break;
	case 1:
		if (rule->kind == RULE_FEED_GAP)
			rule->for_ms += plan->unit_ms;
		else
			rule->severity = rule->levels[0].severity =
				SEVERITY_EXTREME;
		break;
	case 2:
		if (rule->kind == RULE_ABSENCE)
			rule->expect = list_keep(sources, 2);
		break;
	default:
		/* Counts as before. */
		rule->headline = text_keep("{agreement}");
	}
	deadline_levels(setup, rule);
}

/* A rule that counts in another way, in one respect or all. */
static void
change_rule(struct plan *plan, const struct setup *setup, struct rule *rule)
{
	if (rule_is_of_tallies(rule)) {
		change_counters(plan, setup, rule);
		return;
	}
	switch (below(plan, 12)) {
	case 0:
		rule->keep_firing_ms += plan->unit_ms;
		break;
	case 1:
		rule->for_ms += rule->window_kind == WINDOW_DURATION
					? plan->unit_ms / 2
					: 0;
		break;
	case 2:
		make_any_levels(plan, rule);
		break;
	case 3:
		rule->group_by_count = 0;
		make_group_by(plan, rule);
		break;
	case 4:
		memset(&rule->match, 0, sizeof(rule->match));
		make_match(plan, setup, &rule->match);
		break;
	case 5:
		rule->basis = (enum basis)below(plan, 4);
		break;
	case 6:
		rule->time = (enum time_field)below(plan, 3);
		break;
	case 7:
		rule->measure =
			(enum measure)below(plan,
					    rule->kind == RULE_SPIKE
						    ? MEASURE_SOURCES
						    : MEASURES_OF_INCIDENTS);
		break;
	case 10:
		if (rule->kind == RULE_SPIKE)
			make_spike(plan, rule);
		break;
	case 8:
		rule->update_every_ms += plan->unit_ms;
		break;
	case 9:
		rule->escalate_after_ms += plan->unit_ms;
		break;
	default:
		/* Counts as before. */
		rule->headline = text_keep("{agreement}");
	}
}

static void
derive_rules(struct plan *plan, struct setup *setup)
{
	for (size_t i = 0; i < setup->rules_count; i++) {
		struct rule *changed = &setup->rules[i];
		if (chance(plan, 35) && rule_counts_events(changed))
			change_rule(plan, setup, changed);
		else if (!rule_counts_events(changed) && chance(plan, 35))
			change_watch(plan, setup, changed);
		if (i > 0 && chance(plan, 25)) {
			struct rule rule = setup->rules[i];
			setup->rules[i] = setup->rules[i - 1];
			setup->rules[i - 1] = rule;
		}
	}
	if (setup->rules_count > 1 && chance(plan, 20))
		setup->rules_count--;
	if (setup->rules_count < 4 && chance(plan, 40))
		make_rule(plan, setup);
}

static void
derive_agreements(struct plan *plan, struct setup *setup)
{
	struct agreement *agreement =
		&setup->agreements[below(plan,
					 (unsigned)setup->agreements_count)];

	switch (below(plan, plan->watches > 0 ? 7 : 5)) {
	case 5:
	case 6:
		make_deadlines(plan, agreement);
		break;
	case 0:
		agreement->effective_at += plan->unit_ms;
		break;
	case 1:
		agreement->day_starts_ms = below(plan, 24) * 3600 * 1000;
		break;
	case 2:
		agreement->parties_count -= agreement->parties_count > 0;
		break;
	case 3:
		agreement->title = "another name of it";
		break;
	default:
		if (setup->agreements_count == 1)
			break;
		/* The other one goes, or stays but comes first. */
		struct agreement first = setup->agreements[0];
		setup->agreements[0] = setup->agreements[1];
		setup->agreements[1] = first;
		setup->agreements_count -= chance(plan, 50);
	}
}

/* Whose word counts, and for how much. */
static void
derive_sources(struct plan *plan, struct setup *setup)
{
	struct source *source =
		&setup->sources[below(plan, (unsigned)setup->sources_count)];

	if (chance(plan, 50))
		source->at_most = chance(plan, 50) ? ASSESSMENT_ALLEGED
						   : ASSESSMENT_VERIFIED;
	else
		source->origin = chance(plan, 50) ? "" : "agency";
	if (plan->sways)
		sources_sway(plan, setup);
}

/* Mostly what a setup before it is, so that reloads also lead back. */
static void
derive_setup(struct plan *plan, struct scenario *scenario)
{
	struct setup *setup = &scenario->setups[scenario->setups_count];

	*setup =
		scenario->setups[below(plan, (unsigned)scenario->setups_count)];
	scenario->setups_count++;
	derive_rules(plan, setup);
	if (chance(plan, 30))
		derive_agreements(plan, setup);
	if (setup->sources_count > 0 && chance(plan, plan->sways ? 90 : 30))
		derive_sources(plan, setup);
	if (chance(plan, 15) && setup->sources_count > 0)
		setup->sources_count--;
	for (size_t i = 0; i < setup->rules_count; i++)
		deadline_levels(setup, &setup->rules[i]);
}

/* Sometimes a pool or two are too small for the stream. */
static void
make_limits(struct plan *plan, struct limits *limits, bool names_too)
{
	if (chance(plan, 30))
		limits->reports = between(plan, 3, 20);
	if (chance(plan, 45)) {
		limits->groups = between(plan, 1, 8);
		limits->episodes = limits->groups + below(plan, 3);
	}
	if (chance(plan, 30))
		limits->buckets = between(plan, 20, 60);
	if (names_too && chance(plan, 40))
		limits->names = between(plan, 17, 30);
}

static void
make_configuration(struct plan *plan, struct scenario *scenario)
{
	struct setup *setup = &scenario->setups[0];

	scenario->clock = chance(plan, 50) ? CLOCK_WALL : CLOCK_RECORDS;
	make_sources(plan, setup);
	make_agreements(plan, setup);
	for (size_t i = 0; plan->watches > 0 && i < setup->agreements_count;
	     i++)
		make_deadlines(plan, &setup->agreements[i]);
	for (unsigned i = between(plan, 1, 4); i > 0; i--)
		make_rule(plan, setup);
	while (plan->reloads && scenario->setups_count < SCENARIO_SETUPS)
		derive_setup(plan, scenario);
	if (chance(plan, 25))
		make_limits(plan, &scenario->limits, true);
	if (chance(plan, 25))
		make_limits(plan, &scenario->drill_limits, true);
}

static void
put(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

#define PUT(field, text) put((field), sizeof(field), (text))

static struct count
make_count(struct plan *plan, unsigned most)
{
	struct count count;

	count.best = below(plan, most + 1);
	count.low = count.high = count.best;
	if (chance(plan, 35)) {
		count.low = below(plan, count.best + 1);
		count.high += below(plan, 4);
	}
	count.at_least = chance(plan, 12);
	return count;
}

static void
make_counts(struct plan *plan, struct report *report)
{
	bool nil = chance(plan, 6);

	memset(report->counts, 0, sizeof(report->counts));
	if (nil)
		return;
	report->counts[COUNT_VIOLATIONS] =
		chance(plan, 70) ? (struct count){1, 1, 1, false}
				 : make_count(plan, 3);
	report->counts[COUNT_KILLED] = make_count(plan, 6);
	for (size_t i = COUNT_INJURED; i < COUNT_KINDS; i++)
		if (chance(plan, 40))
			report->counts[i] = make_count(plan, 5);
}

static void
make_times(struct plan *plan, struct report *report, int64_t time)
{
	report->reported_at = time;
	if (chance(plan, 15))
		report->reported_at -= duration(plan, 24);
	else if (chance(plan, 8))
		report->reported_at += duration(plan, 12);
	else if (chance(plan, 8))
		report->reported_at = TIME_UNSET;
	report->occurred_at = time - duration(plan, 2);
	if (chance(plan, 25))
		report->occurred_at = TIME_UNSET;
	else if (chance(plan, 25))
		report->occurred_at = time - duration(plan, 40);
	else if (chance(plan, 8))
		report->occurred_at = time + duration(plan, 12);
	report->occurred_until = TIME_UNSET;
	if (report->occurred_at != TIME_UNSET && chance(plan, 15))
		report->occurred_until =
			report->occurred_at + duration(plan, 40);
}

static enum assessment
make_assessment(struct plan *plan)
{
	static const enum assessment likely[] = {ASSESSMENT_ALLEGED,
						 ASSESSMENT_ALLEGED,
						 ASSESSMENT_ALLEGED,
						 ASSESSMENT_VERIFIED,
						 ASSESSMENT_CORROBORATED,
						 ASSESSMENT_VERIFIED};

	if (chance(plan, 75))
		return PICK(plan, likely);
	return (enum assessment)between(plan, ASSESSMENT_ALLEGED,
					ASSESSMENT_NOT_A_VIOLATION);
}

static void
make_fields(struct plan *plan, struct report *report)
{
	report->kind = PICK(plan, kinds);
	report->target = PICK(plan, targets);
	report->assessment = make_assessment(plan);
	report->attribution =
		(enum attribution)between(plan, ATTRIBUTION_ALLEGED_PARTY,
					  ATTRIBUTION_NOT_ATTRIBUTABLE);
	PUT(report->feed, chance(plan, 60) ? "" : PICK(plan, feeds));
	PUT(report->party, chance(plan, 10) ? "" : PICK(plan, parties));
	if (chance(plan, 2))
		PUT(report->party, "visitors");
	PUT(report->against, chance(plan, 60) ? "" : PICK(plan, parties));
	PUT(report->admin, PICK(plan, admins));
	PUT(report->country, PICK(plan, countries));
	PUT(report->place, PICK(plan, places));
	if (plan->many_names && chance(plan, 50))
		snprintf(report->place, sizeof(report->place), "place-%u",
			 below(plan, 20));
	PUT(report->event, "");
	if (plan->crowd)
		PUT(report->event, chance(plan, 95) ? events[0] : "");
	else if (chance(plan, plan->merging))
		PUT(report->event, PICK(plan, events));
}

static bool
same_identity(const struct report *a, const struct report *b)
{
	return a->type == b->type && strcmp(a->agreement, b->agreement) == 0 &&
	       strcmp(a->source, b->source) == 0 && strcmp(a->id, b->id) == 0 &&
	       engine_part_of(a) == engine_part_of(b);
}

/* Mostly above whatever was sent before. */
static void
make_revision(struct plan *plan, const struct scenario *scenario,
	      struct report *report, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		const struct report *sent = &scenario->items[i].report;
		if (scenario->items[i].kind == STEP_REPORTS &&
		    same_identity(sent, report) &&
		    sent->revision >= report->revision && !chance(plan, 4))
			report->revision = sent->revision + between(plan, 1, 2);
	}
}

/* A report that was sent, mostly, or is still to come. */
static void
name_report(struct plan *plan, const struct scenario *scenario,
	    struct report *finding)
{
	char name[2 * TEXT_SIZE];
	const struct item *item =
		&scenario->items[below(plan, (unsigned)scenario->items_count)];

	if (item->report.type == REPORT_INCIDENT &&
	    item->report.id[0] != '\0' && chance(plan, 85))
		snprintf(name, sizeof(name), "%s/%s", item->report.source,
			 item->report.id);
	else
		snprintf(name, sizeof(name), "%s/%u", PICK(plan, sources),
			 below(plan, plan->ids) + 1);
	report_add_name(finding, name);
}

/* What a finding is about, and what it says. */
static void
make_conclusion(struct plan *plan, const struct scenario *scenario,
		struct report *report)
{
	unsigned names = chance(plan, 70) ? between(plan, 1, 3) : 0;

	if (plan->crowd && names > 0 && chance(plan, 50))
		names = between(plan, 4, FINDING_REPORTS_MAX);
	memset(report->reports, 0, sizeof(report->reports));
	report->reports_count = 0;
	for (unsigned i = 0; i < names; i++)
		name_report(plan, scenario, report);
	PUT(report->event, "");
	if (names == 0 || chance(plan, 40))
		PUT(report->event,
		    plan->crowd ? events[0] : PICK(plan, events));
	report->assessment = chance(plan, 55) ? make_assessment(plan)
					      : ASSESSMENT_UNSPECIFIED;
	report->attribution =
		chance(plan, 40)
			? (enum attribution)between(plan, 1, ATTRIBUTIONS - 1)
			: ATTRIBUTION_UNSPECIFIED;
	PUT(report->party, chance(plan, 35) ? PICK(plan, parties) : "");
	report->denies = chance(plan, plan->sways ? 75 : 20);
}

/* Mostly by those whose word counts. */
static void
make_finding(struct plan *plan, const struct scenario *scenario,
	     struct report *report)
{
	struct report finding;

	report_init(&finding);
	finding.type = REPORT_FINDING;
	finding.status = report->status;
	finding.reported_at = report->reported_at;
	PUT(finding.feed, report->feed);
	PUT(finding.agreement, report->agreement);
	PUT(finding.source,
	    chance(plan, 75) ? sources[below(plan, 3)] : report->source);
	PUT(finding.id, report->id);
	make_conclusion(plan, scenario, &finding);
	*report = finding;
}

/* They grow with time, mostly, and are small where they start again. */
static struct count
make_total(struct plan *plan, const struct report *report)
{
	int64_t age = (report->occurred_at - plan->start_at) / plan->unit_ms;
	bool again = report->since_at > plan->start_at;
	struct count count = make_count(plan, again ? 1 : 6);
	unsigned by = (unsigned)(age < 0 || again ? 0
				 : age > 40	  ? 40
						  : age) /
		      4;

	count.low += by;
	count.best += by;
	count.high += by;
	count.at_least = chance(plan, plan->recounts ? 5 : 30);
	return count;
}

static void
make_totals(struct plan *plan, struct report *report)
{
	report->told = 0;
	memset(report->totals, 0, sizeof(report->totals));
	for (unsigned i = 0; i < TALLY_COUNTS; i++) {
		if (!chance(plan, 80))
			continue;
		report->told |= (uint8_t)(1 << i);
		report->totals[i] = i < TALLY_KILLED_IN_PERIOD
					    ? make_total(plan, report)
					    : make_count(plan, 4);
	}
	report->period_ms = chance(plan, 60) ? 1 + duration(plan, 16) : 0;
}

/* What it counts to; counters start again at few times. */
static void
make_tally_times(struct plan *plan, struct report *report, int64_t time)
{
	static const int64_t since[] = {-4, 0, 6, 6, 20};

	make_times(plan, report, time);
	report->occurred_until = TIME_UNSET;
	if (report->occurred_at == TIME_UNSET)
		report->occurred_at = time;
	report->since_at = plan->start_at + PICK(plan, since) * plan->unit_ms;
	if (report->since_at > report->occurred_at ||
	    chance(plan, plan->tallies > 50 ? 35 : 65))
		report->since_at = TIME_UNSET;
}

/* Mostly by the few whose totals are compared. */
static void
make_tally(struct plan *plan, struct report *report, int64_t time)
{
	struct report tally;

	report_init(&tally);
	report_be_tally(&tally);
	tally.status = report->status;
	tally.assessment = report->assessment;
	PUT(tally.agreement, report->agreement);
	PUT(tally.source,
	    chance(plan, 85)
		    ? sources[below(plan, plan->recounts ? 2 : TALLY_SOURCES)]
		    : report->source);
	PUT(tally.id, report->id);
	PUT(tally.feed, report->feed);
	PUT(tally.party,
	    chance(plan, 40) || plan->recounts ? "" : parties[below(plan, 2)]);
	make_tally_times(plan, &tally, time);
	make_totals(plan, &tally);
	*report = tally;
}

/* Mostly another figure: a correction, or the next one of the same id. What was
 * withdrawn without a word is told anew. */
static void
change_tally(struct plan *plan, struct report *report, int64_t time)
{
	if (report->occurred_at == TIME_UNSET) {
		make_tally_times(plan, report, time);
		make_totals(plan, report);
		report->assessment = make_assessment(plan);
		return;
	}
	switch (below(plan, 7)) {
	case 0:
	case 1:
		for (size_t i = 0; i < TALLY_COUNTS; i++) {
			struct count *total = &report->totals[i];
			total->low /= 2;
			total->best = (total->low + total->best) / 2;
			total->high = total->best + below(plan, 2);
			total->at_least = false;
		}
		break;
	case 2:
		report->assessment = make_assessment(plan);
		break;
	case 3:
		make_tally_times(plan, report, time);
		break;
	case 4:
		PUT(report->party,
		    chance(plan, 50) ? "" : parties[below(plan, 2)]);
		break;
	default:
		make_totals(plan, report);
	}
	if (chance(plan, 60))
		report->reported_at = time;
}

static bool
is_of_feed(const struct report *sent, const struct report *report)
{
	return sent->feed_seq > 0 &&
	       strcmp(sent->source, report->source) == 0 &&
	       strcmp(sent->feed, report->feed) == 0;
}

static bool
number_sent(const struct scenario *scenario, const struct report *report,
	    uint64_t number)
{
	for (size_t i = 0; i < scenario->items_count; i++) {
		const struct report *sent = &scenario->items[i].report;
		if (is_of_feed(sent, report) && sent->feed_seq == number)
			return true;
	}
	return false;
}

/* Of a feed that loses most: one further on, or mostly one that is missing. */
static int64_t
make_leap(struct plan *plan, const struct scenario *scenario,
	  const struct report *report, int64_t highest)
{
	static const int leaps[] = {2, 2, 2, 3, 3, 4, 6};
	int64_t number = highest;

	if (chance(plan, 65))
		return highest + PICK(plan, leaps);
	for (int i = 0; i < 6; i++) {
		number = chance(plan, 50) ? highest - below(plan, 60)
					  : below(plan, (unsigned)highest + 1);
		if (number > 0 &&
		    !number_sent(scenario, report, (uint64_t)number))
			break;
	}
	return number;
}

/* Mostly the next one of its feed. */
static void
make_number(struct plan *plan, const struct scenario *scenario,
	    struct report *report)
{
	static const int steps[] = {1, 1, 1, 1, 2, 3, 0, -1, -1, -4};
	int64_t highest = 0;
	int64_t number = 0;

	for (size_t i = 0; i < scenario->items_count; i++) {
		const struct report *sent = &scenario->items[i].report;
		if (is_of_feed(sent, report))
			number = (int64_t)sent->feed_seq;
		highest = number > highest ? number : highest;
	}
	if (plan->gappy)
		number = make_leap(plan, scenario, report, highest);
	else
		number += PICK(plan, steps);
	report->feed_seq = number > 0 ? (uint64_t)number : 1;
}

static void
make_report(struct plan *plan, const struct scenario *scenario,
	    struct report *report, int64_t time)
{
	const struct setup *setup = &scenario->setups[0];
	size_t agreement = below(plan, (unsigned)setup->agreements_count);

	report_init(report);
	PUT(report->agreement, setup->agreements[agreement].id);
	if (chance(plan, 1))
		PUT(report->agreement, "nowhere");
	PUT(report->source, PICK(plan, sources));
	if (plan->gappy && chance(plan, 75))
		PUT(report->source, sources[0]);
	snprintf(report->id, sizeof(report->id), "%u",
		 below(plan, plan->ids) + 1);
	if (chance(plan, plan->drills))
		report->status =
			chance(plan, 50) ? STATUS_EXERCISE : STATUS_TEST;
	make_times(plan, report, time);
	make_fields(plan, report);
	make_counts(plan, report);
	if (chance(plan, plan->tallies)) {
		make_tally(plan, report, time);
	} else if (chance(plan, plan->findings)) {
		make_finding(plan, scenario, report);
	}
	if (plan->gappy && chance(plan, 90))
		PUT(report->feed, "");
	if (plan->watches > 0 && chance(plan, 80))
		make_number(plan, scenario, report);
}

/* A change to a report, mostly downwards: a correction. */
static void
change_report(struct plan *plan, const struct scenario *scenario,
	      struct report *report, int64_t time)
{
	if (report->type == REPORT_FINDING) {
		make_conclusion(plan, scenario, report);
		report->reported_at = time - duration(plan, 2);
		return;
	}
	if (report->type == REPORT_TALLY) {
		change_tally(plan, report, time);
		return;
	}
	switch (below(plan, 10)) {
	case 0:
	case 8:
		make_counts(plan, report);
		break;
	case 9:
		for (size_t i = 0; i < COUNT_KINDS; i++) {
			struct count *count = &report->counts[i];
			count->best = count->high += below(plan, 6);
		}
		break;
	case 1:
	case 2:
		for (size_t i = 0; i < COUNT_KINDS; i++) {
			struct count *count = &report->counts[i];
			count->low /= 2;
			count->best /= 2;
			count->high = count->best + below(plan, 2);
		}
		break;
	case 3:
		report->assessment = ASSESSMENT_UNSUBSTANTIATED;
		break;
	case 4:
		report->assessment = make_assessment(plan);
		break;
	case 5:
		make_times(plan, report, time);
		break;
	case 6:
		report->attribution =
			(enum attribution)between(plan, 1, ATTRIBUTIONS - 1);
		for (size_t i = 0; i < COUNT_KINDS; i++)
			report->counts[i].best = report->counts[i].high;
		break;
	default:
		make_fields(plan, report);
	}
	if (chance(plan, 60))
		report->reported_at = time;
}

/* A withdrawal needs no more than who says it of what. */
static void
withdraw_report(struct plan *plan, struct report *report, int64_t time)
{
	struct report bare;

	if (chance(plan, 50)) {
		report_init(&bare);
		if (report->type == REPORT_TALLY)
			report_be_tally(&bare);
		bare.type = report->type;
		bare.status = report->status;
		bare.revision = report->revision;
		PUT(bare.agreement, report->agreement);
		PUT(bare.source, report->source);
		PUT(bare.id, report->id);
		*report = bare;
	}
	report->assessment = ASSESSMENT_WITHDRAWN;
	report->reported_at = chance(plan, 70) ? time : TIME_UNSET;
}

/* What comes after a report that was sent before. */
static void
follow_report(struct plan *plan, const struct scenario *scenario, size_t before,
	      struct report *report, int64_t time)
{
	unsigned what = below(plan, 100);

	if (what < 64) {
		make_revision(plan, scenario, report, before);
		change_report(plan, scenario, report, time);
	} else if (what < 80) {
		make_revision(plan, scenario, report, before);
		withdraw_report(plan, report, time);
	} else if (what < 88) {
		report->reported_at = time;
	} else if (what < 93) {
		change_report(plan, scenario, report, time);
	} else {
		report->revision -= report->revision > 1;
		change_report(plan, scenario, report, time);
	}
}

static int64_t
advance(struct plan *plan, int64_t time)
{
	unsigned what = below(plan, 100);

	if (what < 35)
		return time;
	if (what < 65)
		time += duration(plan, 2);
	else if (what < 85)
		time += plan->unit_ms;
	else if (what < 97)
		time += duration(plan, 20);
	else
		time += plan->unit_ms *
			between(plan, 12,
				!plan->reminders && chance(plan, 5) ? 100000
								    : 40);
	/* On the edge of a bucket. */
	if (chance(plan, 12) && time > 0)
		time += (plan->unit_ms - time % plan->unit_ms) % plan->unit_ms;
	return time;
}

/* A value that the label of a field may have. */
static const char *
make_label(struct plan *plan, enum field field)
{
	switch (field) {
	case FIELD_SOURCE:
		return PICK(plan, sources);
	case FIELD_FEED:
		return PICK(plan, feeds);
	case FIELD_KIND:
		return kind_name(PICK(plan, kinds));
	case FIELD_PARTY:
	case FIELD_AGAINST:
		return chance(plan, 15) ? "" : PICK(plan, parties);
	case FIELD_TARGET:
		return target_name(PICK(plan, targets));
	case FIELD_COUNTRY:
		return PICK(plan, countries);
	case FIELD_ADMIN:
		return PICK(plan, admins);
	case FIELD_DISPUTED:
		return chance(plan, 50) ? "true" : "false";
	case FIELD_DEADLINE:
		return PICK(plan, deadlines);
	case FIELDS:
		break;
	}
	return "";
}

static void
matcher_add(struct command *command, const char *name, const char *value)
{
	struct matcher *matcher = &command->matchers[command->matchers_count];

	for (size_t i = 0; i < command->matchers_count; i++)
		if (strcmp(command->matchers[i].name, name) == 0)
			return;
	PUT(matcher->name, name);
	PUT(matcher->value, value);
	command->matchers_count++;
}

/* Of a rule: itself, its agreement or its labels, which others may have, too.
 */
static void
make_matchers(struct plan *plan, const struct scenario *scenario,
	      struct command *command)
{
	const struct setup *setup =
		&scenario->setups[below(plan,
					(unsigned)scenario->setups_count)];
	const struct rule *rule =
		&setup->rules[below(plan, (unsigned)setup->rules_count)];
	const struct agreement *agreement =
		&setup->agreements[below(plan,
					 (unsigned)setup->agreements_count)];

	if (chance(plan, 20))
		matcher_add(command, "rule", rule->name);
	if (chance(plan, 20))
		matcher_add(command, "agreement", agreement->id);
	for (size_t i = 0; i < rule->group_by_count; i++)
		if (chance(plan, 60))
			matcher_add(command, field_name(rule->group_by[i]),
				    make_label(plan, rule->group_by[i]));
	/* One that few alerts have. */
	if (chance(plan, 8)) {
		enum field field = (enum field)below(plan, FIELDS);
		matcher_add(command, field_name(field),
			    make_label(plan, field));
	}
	if (command->matchers_count == 0)
		matcher_add(command, "agreement", agreement->id);
	struct matcher first = command->matchers[0];
	size_t last = below(plan, (unsigned)command->matchers_count);
	command->matchers[0] = command->matchers[last];
	command->matchers[last] = first;
}

/* The last one of its kind, or NULL. */
static const struct command *
last_command(const struct scenario *scenario, enum command_kind kind)
{
	for (size_t i = scenario->items_count; i-- > 0;)
		if (scenario->items[i].kind == STEP_COMMAND &&
		    scenario->items[i].command.kind == kind)
			return &scenario->items[i].command;
	return NULL;
}

/* Often the same again. */
static void
make_silence(struct plan *plan, const struct scenario *scenario,
	     struct item *item)
{
	struct command *command = &item->command;

	command->kind = chance(plan, 80) ? COMMAND_SILENCE : COMMAND_UNSILENCE;
	command->silence = between(plan, 1, chance(plan, 60) ? 2 : 6);
	command->up_to = chance(plan, 60)
				 ? SEVERITY_EXTREME
				 : (enum severity)between(plan, SEVERITY_MINOR,
							  SEVERITY_SEVERE);
	if (chance(plan, 50))
		command->for_ms = 1 + duration(plan, 60);
	else
		command->until_at = item->time_ms + duration(plan, 60) -
				    below(plan, 2) * plan->unit_ms;
	const struct command *last = last_command(scenario, COMMAND_SILENCE);
	if (last && chance(plan, 20)) {
		command->up_to = last->up_to;
		memcpy(command->matchers, last->matchers,
		       sizeof(command->matchers));
		command->matchers_count = last->matchers_count;
		return;
	}
	make_matchers(plan, scenario, command);
}

static void
make_deadline_command(struct plan *plan, const struct scenario *scenario,
		      struct item *item)
{
	const struct setup *setup = &scenario->setups[0];
	struct command *command = &item->command;

	command->kind = (enum command_kind)between(plan, COMMAND_DEADLINE_MET,
						   COMMAND_DEADLINE_DUE);
	PUT(command->agreement,
	    setup->agreements[below(plan, (unsigned)setup->agreements_count)]
		    .id);
	PUT(command->deadline,
	    chance(plan, 98) ? PICK(plan, deadlines) : "nothing");
	const struct command *met =
		last_command(scenario, COMMAND_DEADLINE_MET);
	if (met && command->kind == COMMAND_DEADLINE_UNMET &&
	    chance(plan, 60)) {
		PUT(command->agreement, met->agreement);
		PUT(command->deadline, met->deadline);
	}
	command->at = item->time_ms - duration(plan, 20);
	if (command->kind == COMMAND_DEADLINE_DUE)
		command->at += duration(plan, 80);
}

/* Most are about the last messages, of which some ended an episode. */
static void
make_command(struct plan *plan, const struct scenario *scenario,
	     struct item *item)
{
	struct command *command = &item->command;

	item->kind = STEP_COMMAND;
	command->kind =
		chance(plan, 65) ? COMMAND_ACKNOWLEDGE : COMMAND_RETRACT;
	if (command->kind == COMMAND_ACKNOWLEDGE && chance(plan, 50))
		command->for_ms = 1 + duration(plan, 20);
	if (chance(plan, plan->drills))
		item->part = ENGINE_DRILL;
	if (chance(plan, plan->silences)) {
		command->for_ms = 0;
		make_silence(plan, scenario, item);
	} else if (plan->watches > 0 && chance(plan, plan->watches)) {
		command->for_ms = 0;
		make_deadline_command(plan, scenario, item);
	} else if (chance(plan, 90))
		item->back = between(plan, 1, chance(plan, 70) ? 3 : 10);
	else
		command->episode_seq = below(plan, 30);
	PUT(command->author, chance(plan, 50) ? "olga" : "ivan");
	PUT(command->comment, chance(plan, 50) ? "" : "called");
}

/* A daemon keeps a TICK before it. */
static void
make_config(struct plan *plan, struct scenario *scenario, struct item *item)
{
	int64_t time = item->time_ms;

	if (scenario->clock == CLOCK_WALL) {
		item->kind = STEP_TICK;
		item = scenario_add(scenario);
		item->time_ms = time;
	}
	item->kind = STEP_CONFIG;
	item->setup = below(plan, SCENARIO_SETUPS);
}

static void
make_item(struct plan *plan, struct scenario *scenario, int64_t time)
{
	bool tick = chance(plan, scenario->clock == CLOCK_WALL ? 12 : 3);
	bool start = tick && chance(plan, plan->starts);

	size_t before = scenario->items_count;
	struct item *item = scenario_add(scenario);
	struct report *report = &item->report;

	item->time_ms = time;
	if (tick) {
		item->kind = start ? STEP_START : STEP_TICK;
		item->ran_until = before > 0 ? item[-1].time_ms : time;
		return;
	}
	if (chance(plan, plan->reloads)) {
		make_config(plan, scenario, item);
		return;
	}
	if (chance(plan, plan->orders)) {
		make_command(plan, scenario, item);
		return;
	}
	item->kind = STEP_REPORTS;
	const struct item *earlier =
		before > 0 ? &scenario->items[below(plan, (unsigned)before)]
			   : NULL;
	/* What went before lately is more often meant. */
	if (before > 6 && chance(plan, 50))
		earlier = &scenario->items[before - 1 - below(plan, 6)];
	if (earlier && earlier->kind == STEP_REPORTS &&
	    chance(plan, plan->crowd || plan->gappy ? 15 : 45)) {
		*report = earlier->report;
		follow_report(plan, scenario, before, report, time);
	} else {
		make_report(plan, scenario, report, time);
		make_revision(plan, scenario, report, before);
	}
	report_hash(report);
	item->busy = chance(plan, 1);
	item->joined = before > 0 &&
		       scenario->items[before - 1].kind == STEP_REPORTS &&
		       scenario->items[before - 1].time_ms == time &&
		       chance(plan, 50);
}

/* The wall clock was wrong: what came is dated ahead, or a while is left out.
 * Gives the time that it is. */
static int64_t
make_clock(struct plan *plan, struct scenario *scenario, int64_t time)
{
	struct item *item = scenario_add(scenario);
	int64_t by =
		plan->unit_ms + duration(plan, chance(plan, 80) ? 40 : 400);

	item->kind = STEP_CLOCK;
	item->clock_ms = chance(plan, 70) ? -by : by;
	item->time_ms = time + item->clock_ms;
	return item->time_ms;
}

static void
make_plan(struct plan *plan, uint64_t seed)
{
	static const int64_t units_ms[] = {1000, 60000, 3600000, 86400000};
	static const unsigned ids[] = {1, 2, 4, 8};
	static const unsigned findings[] = {0, 0, 15, 30};

	memset(plan, 0, sizeof(*plan));
	plan->random = seed * 0x2545f4914f6cdd1d + 1;
	plan->unit_ms = PICK(plan, units_ms);
	plan->start_at = chance(plan, 5) ? -3 * plan->unit_ms
					 : 1424000000000 + below(plan, 1000000);
	plan->ids = PICK(plan, ids);
	plan->drills = chance(plan, 40) ? 30 : 0;
	plan->findings = chance(plan, 50) ? 2 : PICK(plan, findings);
	plan->merging = chance(plan, 60) ? 35 : 0;
	plan->orders = chance(plan, 50) ? 8 : 0;
	plan->silences = chance(plan, 40) ? 50 : 0;
	if (chance(plan, 12)) {
		plan->orders = 16;
		plan->silences = 75;
	}
	plan->spikes = chance(plan, 25) ? 75 : 6;
	plan->event_rules = chance(plan, 25) ? 75 : 10;
	plan->counters = chance(plan, 20) ? 70 : 8;
	plan->tallies = plan->counters > 50 ? between(plan, 30, 80) : 8;
	plan->recounts = chance(plan, 6);
	if (plan->recounts) {
		plan->counters = plan->tallies = 90;
		plan->ids = 4;
	}
	plan->watches = chance(plan, 25) ? 60 : 0;
	plan->reloads = chance(plan, 40) ? 4 : 0;
	plan->clocks = chance(plan, 20) ? 3 : 0;
	plan->starts = chance(plan, 35) ? 50 : 0;
	plan->sways = plan->findings > 2 && chance(plan, 30);
	if (plan->sways)
		plan->reloads = 6;
	plan->reminders = chance(plan, 50);
	plan->many_names = chance(plan, 15);
	plan->gappy = plan->watches > 0 && chance(plan, 25);
	if (plan->gappy)
		plan->ids = 30;
	plan->crowd = chance(plan, 3);
	if (plan->crowd)
		plan->ids = 30;
}

void
scenario_generate(struct scenario *scenario, uint64_t seed)
{
	struct plan plan;

	make_plan(&plan, seed);
	scenario_init(scenario);
	snprintf(scenario->title, sizeof(scenario->title), "seed %" PRIu64,
		 seed);
	make_configuration(&plan, scenario);
	if (plan.crowd || plan.gappy)
		for (size_t i = 0; i < scenario->setups_count; i++)
			scenario->setups[i].agreements_count = 1;
	int64_t time = plan.start_at;
	unsigned count =
		between(&plan, 40, plan.crowd || plan.gappy ? 180 : 140);
	/* Else a report without a time would say that it is 1970, and who is
	 * silent would be so for long. */
	if (plan.watches > 0 && scenario->clock == CLOCK_RECORDS) {
		struct item *first = scenario_add(scenario);
		first->kind = STEP_TICK;
		first->time_ms = time;
	}
	for (unsigned i = 0; i < count; i++) {
		if (scenario->clock == CLOCK_WALL && chance(&plan, plan.clocks))
			time = make_clock(&plan, scenario, time);
		make_item(&plan, scenario, time);
		time = advance(&plan, time);
	}
	/* Let everything that is due come. */
	struct item *last = scenario_add(scenario);
	last->kind = STEP_TICK;
	last->time_ms = time + plan.unit_ms * 30;
}
