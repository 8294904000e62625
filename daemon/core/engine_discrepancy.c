/* Rules of the kind discrepancy: how far two sources' totals are apart, or
 * one's and our own sum of events. Its groups are parties, without buckets: an
 * index of theirs is a time. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* Each is of a report of its own. */
static_assert(sizeof(struct total) <= sizeof(struct moment) &&
		      sizeof(struct own_event) <= sizeof(struct moment),
	      "totals and events fit where moments are gathered");

/* All that a group's figures are made of. */
struct material {
	struct totals totals[2]; /* of each of the sources named */
	bool own;		 /* in place of the second, our own sum */
	const struct own_event *events;
	size_t events_count;
};

/* --- Gathering --- */

static bool
is_of_party(const struct group *group, const struct own_event *event)
{
	/* Whoever names no party speaks of all of them. */
	return group->key.values[0] == 0 ||
	       group->key.values[0] == event->party;
}

static void
events_gather(const struct engine *engine, const struct group *group,
	      struct own_event *scratch, struct material *material)
{
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t number = ledger_newest(ledger, group->agreement);

	material->events = scratch;
	for (; number; number = ledger_entry(ledger, number)->older) {
		struct event_reports reports;
		struct own_event *event = &scratch[material->events_count];
		if (engine_stands_for_event(engine, number, &reports) &&
		    rules_own_event(engine->rules, group->rule,
				    group->agreement, &reports, event) &&
		    is_of_party(group, event))
			material->events_count++;
	}
}

static name_number
source_number(const struct engine *engine, const struct rule *rule, size_t i)
{
	name_number number = 0;
	bool known = dictionary_find(&engine->state->dictionary,
				     rule->match.source.names[i], &number);

	assert(known); /* since the rule was compiled */
	(void)known;
	return number;
}

static void
material_gather(const struct engine *engine, const struct group *group,
		struct material *ret_material)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct material material = {.own = rule_holds_against_events(rule)};
	size_t used = 0;

	for (size_t i = 0; i < rule->match.source.count; i++) {
		engine_totals(engine, group, source_number(engine, rule, i),
			      used, &material.totals[i]);
		used += material.totals[i].count;
	}
	if (material.own)
		events_gather(
			engine, group,
			(struct own_event *)((struct total *)engine->moments +
					     used),
			&material);
	*ret_material = material;
}

/* --- Two figures --- */

/* One of the two that are held against each other. */
struct figure {
	const struct entry *entry; /* NULL: our own sum */
	uint64_t low;
	uint64_t high;
	bool at_least; /* no upper end */
	bool corroborated;
};

struct pair {
	struct figure figures[2];
	int64_t since_at;
	bool any; /* there are two to be held against each other */
};

static struct figure
figure_of(const struct total *total)
{
	return (struct figure){
		.entry = total->entry,
		.low = total->low,
		.high = total->high,
		.at_least = total->at_least,
		.corroborated = total->corroborated,
	};
}

/* What happened from since_at to as_of_at. Of what began before or ended after,
 * nobody can say that it is counted. */
static struct figure
figure_of_events(const struct material *material, int64_t since_at,
		 int64_t as_of_at)
{
	struct figure figure = {.low = 0};
	bool any = false, all = true;

	for (size_t i = 0; i < material->events_count; i++) {
		const struct own_event *event = &material->events[i];
		bool inside = event->from_at >= since_at &&
			      event->until_at <= as_of_at;
		if (event->from_at > as_of_at || event->until_at < since_at)
			continue;
		figure.low += inside ? event->low : 0;
		figure.high += event->high;
		figure.at_least |= event->at_least;
		any = true;
		all &= event->corroborated;
	}
	/* That nothing was reported makes nothing surer. */
	figure.corroborated = any && all;
	return figure;
}

static int64_t
apart(int64_t left, int64_t right)
{
	return left > right ? left - right : right - left;
}

/* Of those up to `total` under its since_at, the one whose as_of_at is nearest:
 * totals of the same day, where one source speaks more often. */
static const struct total *
nearest(const struct totals *totals, const struct total *total, int64_t as_of)
{
	const struct total *best = total;

	while ((total = totals_before(totals, total))) {
		if (apart(total_as_of(total), as_of) <
		    apart(total_as_of(best), as_of))
			best = total;
	}
	return best;
}

static void
pair_of_sources(const struct rule *rule, const struct material *material,
		int64_t at, struct pair *pair)
{
	const struct totals *totals = material->totals;
	const struct total *one = totals_latest(&totals[0], at);
	const struct total *other = totals_latest(&totals[1], at);

	if (!one || !other ||
	    apart(total_as_of(one), total_as_of(other)) > rule->max_age_ms ||
	    apart(one->since_at, other->since_at) > rule->max_age_ms)
		return;
	if (total_as_of(one) > total_as_of(other))
		one = nearest(&totals[0], one, total_as_of(other));
	else
		other = nearest(&totals[1], other, total_as_of(one));
	pair->figures[0] = figure_of(one);
	pair->figures[1] = figure_of(other);
	pair->since_at = later_of(one->since_at, other->since_at);
	pair->any = true;
}

static void
pair_at(const struct rule *rule, const struct material *material, int64_t at,
	struct pair *ret_pair)
{
	struct pair pair = {.any = false};

	if (!material->own) {
		pair_of_sources(rule, material, at, &pair);
	} else {
		const struct total *total =
			totals_latest(&material->totals[0], at);
		if (total) {
			pair.figures[0] = figure_of(total);
			pair.figures[1] =
				figure_of_events(material, total->since_at,
						 total_as_of(total));
			pair.since_at = total->since_at;
			pair.any = true;
		}
	}
	*ret_pair = pair;
}

/* --- The gap between them --- */

/* How far the least of one lies above the most of the other. */
static uint64_t
gap_above(const struct figure *upper, const struct figure *lower)
{
	return lower->at_least || upper->low <= lower->high
		       ? 0
		       : upper->low - lower->high;
}

static uint64_t
most_apart(const struct figure *one, const struct figure *other)
{
	uint64_t up = one->high > other->low ? one->high - other->low : 0;
	uint64_t down = other->high > one->low ? other->high - one->low : 0;

	return up > down ? up : down;
}

/* The gap, and in hundredths of the higher figure what levels are held against:
 * it is confirmed if both figures are, supported if one is. */
static void
window_of(const struct rule *rule, const struct pair *pair, int64_t at,
	  struct window *ret_window)
{
	const struct figure *one = &pair->figures[0];
	const struct figure *other = &pair->figures[1];
	struct window window = {.end = at, .onset = at, .empty = !pair->any};
	bool holds[4] = {one->corroborated && other->corroborated,
			 one->corroborated || other->corroborated, true, true};

	if (pair->any) {
		bool up = gap_above(one, other) > 0;
		const struct figure *higher = up ? one : other;
		uint64_t gap = gap_above(higher, up ? other : one);
		double percent =
			gap >= rule->min_gap && gap > 0
				? 100.0 * (double)gap / (double)higher->low
				: 0;
		for (int basis = 0; basis <= BASIS_UPPER; basis++) {
			if (!holds[basis])
				continue;
			window.sums.by_basis[basis] = gap;
			window.values[basis] = percent;
		}
		window.sums.by_basis[BASIS_UPPER] = most_apart(one, other);
		window.sums.at_least = gap > 0 && higher->at_least;
		window.onset = pair->since_at;
	}
	*ret_window = window;
}

static void
discrepancy_at(const struct rule *rule, const struct material *material,
	       int64_t at, struct window *ret_window)
{
	struct pair pair;

	pair_at(rule, material, at, &pair);
	window_of(rule, &pair, at, ret_window);
}

void
engine_discrepancy_window(const struct engine *engine,
			  const struct group *group, struct window *ret_window)
{
	struct material material;

	material_gather(engine, group, &material);
	discrepancy_at(engine_rule(engine, group->rule), &material,
		       engine->state->now, ret_window);
}

void
engine_discrepancy_peak(const struct engine *engine, const struct group *group,
			int64_t first_end, int64_t last_end,
			struct window *ret_peak)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct material material;

	material_gather(engine, group, &material);
	discrepancy_at(rule, &material, first_end, ret_peak);
	for (size_t source = 0; source < 2; source++) {
		const struct totals *totals = &material.totals[source];
		for (size_t i = 0; i < totals->count; i++) {
			int64_t as_of = total_as_of(&totals->totals[i]);
			struct window window;
			if (as_of <= first_end || as_of > last_end)
				continue;
			discrepancy_at(rule, &material, as_of, &window);
			if (window_is_greater(rule, &window, ret_peak))
				*ret_peak = window;
		}
	}
}

/* --- What an event changes --- */

/* In one group, if any total there counts to when it happened or later. */
static void
event_doubt(struct engine *engine, uint32_t rule, uint16_t agreement,
	    name_number party, const struct own_event *event)
{
	const struct group_key key = {.values = {party}};
	uint32_t group =
		groups_find(&engine->state->groups, rule, agreement, &key);
	struct totals totals;

	if (!group)
		return;
	engine_totals(engine, groups_at(&engine->state->groups, group), 0, 0,
		      &totals);
	for (size_t i = 0; i < totals.count; i++) {
		const struct total *total = &totals.totals[i];
		if (total_as_of(total) >= event->from_at &&
		    total->since_at <= event->until_at) {
			engine_doubt(engine, group, event->from_at);
			return;
		}
	}
}

static void
event_change(struct engine *engine, uint32_t rule,
	     const struct event_reports *reports)
{
	struct own_event event;

	if (reports->count == 0)
		return;
	uint16_t agreement = reports->reports[0]->agreement;
	if (!rules_own_event(engine->rules, rule, agreement, reports, &event))
		return;
	event_doubt(engine, rule, agreement, 0, &event);
	if (event.party)
		event_doubt(engine, rule, agreement, event.party, &event);
}

void
engine_discrepancy_apply(struct engine *engine, uint32_t rule)
{
	engine_tally_apply(engine, rule);
	if (!rule_holds_against_events(engine_rule(engine, rule)))
		return;
	for (size_t i = 0; i < engine->changes_count; i++) {
		event_change(engine, rule, &engine->changes[i].before);
		event_change(engine, rule, &engine->changes[i].after);
	}
}

/* --- What it says, and rests on --- */

static void
pair_of_window(const struct engine *engine, const struct group *group,
	       const struct window *window, struct pair *ret_pair)
{
	struct material material;

	material_gather(engine, group, &material);
	pair_at(engine_rule(engine, group->rule), &material, window->end,
		ret_pair);
}

void
engine_discrepancy_compare(const struct engine *engine,
			   const struct group *group,
			   const struct window *window, struct alert *alert)
{
	struct pair pair;

	pair_of_window(engine, group, window, &pair);
	if (!pair.any)
		return;
	for (size_t i = 0; i < 2; i++) {
		const struct figure *figure = &pair.figures[i];
		struct compared *compared = &alert->compared[i];
		*compared = (struct compared){.low = figure->low,
					      .high = figure->high,
					      .at_least = figure->at_least};
		if (figure->entry)
			strcpy(compared->source,
			       dictionary_name(&engine->state->dictionary,
					       figure->entry->source));
	}
	alert->compared_count = 2;
}

void
engine_discrepancy_evidence(const struct engine *engine,
			    const struct group *group,
			    const struct window *window, struct newest *newest)
{
	struct pair pair;

	pair_of_window(engine, group, window, &pair);
	for (size_t i = 0; i < 2; i++) {
		if (pair.figures[i].entry)
			newest_note(newest, pair.figures[i].entry);
	}
}
