/* Rules of the kind discrepancy: how far two sources' totals are apart, or
 * one's and our own sum of events. Its groups are parties, without buckets: an
 * index of theirs is a time. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* All that a group's figures are made of, up to a time. */
struct material {
	const struct group *group;
	struct totals totals[2]; /* of each of the sources named */
	bool own;		 /* in place of the second, our own sum */
	int64_t until;
};

/* --- Gathering --- */

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
		int64_t until, struct material *ret_material)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct material material = {
		.group = group,
		.own = rule_holds_against_events(rule),
		.until = until,
	};
	size_t used = 0;

	for (size_t i = 0; i < rule->match.source.count; i++) {
		engine_totals(engine, group, source_number(engine, rule, i),
			      used, &material.totals[i]);
		used += material.totals[i].count;
	}
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

/* Of what happened in the time that a total is of. */
static struct figure
figure_of_events(const struct engine *engine, const struct material *material,
		 const struct total *total)
{
	const struct own_sum *sum =
		engine_own_sum(engine, material->group, &material->totals[0],
			       total, material->until);

	return (struct figure){
		.low = sum->low,
		.high = sum->high,
		.at_least = sum->at_least > 0,
		/* That nothing was reported makes nothing surer. */
		.corroborated =
			sum->events > 0 && sum->corroborated == sum->events,
	};
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
pair_at(const struct engine *engine, const struct material *material,
	int64_t at, struct pair *ret_pair)
{
	struct pair pair = {.any = false};

	if (!material->own) {
		pair_of_sources(engine_rule(engine, material->group->rule),
				material, at, &pair);
	} else {
		const struct total *total =
			totals_latest(&material->totals[0], at);
		if (total) {
			pair.figures[0] = figure_of(total);
			pair.figures[1] =
				figure_of_events(engine, material, total);
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
discrepancy_at(const struct engine *engine, const struct material *material,
	       int64_t at, struct window *ret_window)
{
	struct pair pair;

	pair_at(engine, material, at, &pair);
	window_of(engine_rule(engine, material->group->rule), &pair, at,
		  ret_window);
}

void
engine_discrepancy_window(const struct engine *engine,
			  const struct group *group, struct window *ret_window)
{
	struct material material;

	material_gather(engine, group, engine->state->now, &material);
	discrepancy_at(engine, &material, engine->state->now, ret_window);
}

void
engine_discrepancy_peak(const struct engine *engine, const struct group *group,
			int64_t first_end, int64_t last_end,
			struct window *ret_peak)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct material material;

	material_gather(engine, group, last_end, &material);
	discrepancy_at(engine, &material, first_end, ret_peak);
	for (size_t source = 0; source < 2; source++) {
		const struct totals *totals = &material.totals[source];
		for (size_t i = 0; i < totals->count; i++) {
			int64_t as_of = total_as_of(&totals->totals[i]);
			struct window window;
			if (as_of <= first_end || as_of > last_end)
				continue;
			discrepancy_at(engine, &material, as_of, &window);
			if (window_is_greater(rule, &window, ret_peak))
				*ret_peak = window;
		}
	}
}

/* --- What an event changes --- */

/* In one group; it is in doubt if any total there counts to when the event
 * happened or later. */
static void
group_change(struct engine *engine, uint32_t rule, uint16_t agreement,
	     name_number party, const struct own_event *event, bool added)
{
	const struct group_key key = {.values = {party}};
	uint32_t group =
		groups_find(&engine->state->groups, rule, agreement, &key);
	struct totals totals;

	if (!group)
		return;
	engine_own_change(engine, group, event, added);
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
	     const struct event_reports *reports, bool added)
{
	struct own_event event;

	if (reports->count == 0)
		return;
	uint16_t agreement = reports->reports[0]->agreement;
	if (!rules_own_event(engine->rules, rule, agreement, reports, &event))
		return;
	group_change(engine, rule, agreement, 0, &event, added);
	if (event.party)
		group_change(engine, rule, agreement, event.party, &event,
			     added);
}

void
engine_discrepancy_apply(struct engine *engine, uint32_t rule)
{
	engine_tally_apply(engine, rule);
	if (!rule_holds_against_events(engine_rule(engine, rule)))
		return;
	for (size_t i = 0; i < engine->changes_count; i++) {
		event_change(engine, rule, &engine->changes[i].before, false);
		event_change(engine, rule, &engine->changes[i].after, true);
	}
}

/* --- What it says, and rests on --- */

static void
pair_of_window(const struct engine *engine, const struct group *group,
	       const struct window *window, struct pair *ret_pair)
{
	struct material material;

	material_gather(engine, group, window->end, &material);
	pair_at(engine, &material, window->end, ret_pair);
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
