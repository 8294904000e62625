/* What only the ledger knows: the peak of windows that are no longer in a ring,
 * and the reports behind a sum. */

#include "core/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool
engine_stands_for_event(const struct engine *engine, uint32_t number,
			struct event_reports *ret_reports)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct entry *entry = ledger_entry(ledger, number);

	if (entry->type != REPORT_INCIDENT)
		return false;
	ledger_event_of(ledger, number, ret_reports);
	for (size_t i = 0; i < ret_reports->count; i++) {
		if (ret_reports->reports[i]->serial > entry->serial)
			return false;
	}
	return true;
}

static bool
is_in_stretch(const struct stretch *stretch, const struct entry *entry)
{
	int64_t at = entry_at(entry, stretch->time);
	int64_t index = window_index(stretch->shape, at);

	if (index >= stretch->first)
		return index <= stretch->last;
	return entry->lasted_ms > 0 &&
	       window_index(stretch->shape, at + entry->lasted_ms) >=
		       stretch->first;
}

bool
engine_stands_in(const struct engine *engine, const struct stretch *stretch,
		 uint32_t number, struct event_reports *ret_reports)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct entry *entry = ledger_entry(ledger, number);

	if (entry->type != REPORT_INCIDENT || !is_in_stretch(stretch, entry))
		return false;
	ledger_event_of(ledger, number, ret_reports);
	for (size_t i = 0; i < ret_reports->count; i++) {
		if (ret_reports->reports[i]->serial > entry->serial &&
		    is_in_stretch(stretch, ret_reports->reports[i]))
			return false;
	}
	return true;
}

static bool
contributes(const struct engine *engine, const struct group *group,
	    const struct event_reports *reports,
	    struct contribution *ret_contribution)
{
	rules_contribution(engine->rules, group->rule, group->agreement,
			   reports, ret_contribution);
	return ret_contribution->present &&
	       memcmp(&ret_contribution->group, &group->key,
		      sizeof(group->key)) == 0;
}

static int
moment_compare(const void *left, const void *right)
{
	const struct moment *one = left;
	const struct moment *other = right;

	return (one->index > other->index) - (one->index < other->index);
}

/* How many it adds. */
static size_t
moments_add(struct moment *moments, const struct contribution *contribution)
{
	struct moment moment = {.index = contribution->index,
				.sums = contribution->sums};

	if (contribution->names_count == 0) {
		moments[0] = moment;
		return 1;
	}
	/* Each is in the sums that its event is in. */
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		moment.sums.by_basis[basis] = moment.sums.by_basis[basis] > 0;
	for (size_t i = 0; i < contribution->names_count; i++) {
		moment.name = contribution->names[i];
		moments[i] = moment;
		moment.sums.events = moment.sums.attributed = 0;
		moment.sums.disputed = moment.sums.at_least = 0;
	}
	return contribution->names_count;
}

size_t
engine_moments(const struct engine *engine, const struct group *group,
	       int64_t first_end, int64_t last_end)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct stretch stretch = {
		.shape = engine_shape(engine, group),
		.time = engine_rule(engine, group->rule)->time,
		.first = first_end - engine_shape(engine, group)->length + 1,
		.last = last_end,
	};
	uint32_t number = ledger_newest(ledger, group->agreement);

	size_t count = 0;
	for (; number; number = ledger_entry(ledger, number)->older) {
		struct event_reports reports;
		struct contribution contribution;
		if (!engine_stands_in(engine, &stretch, number, &reports) ||
		    !contributes(engine, group, &reports, &contribution) ||
		    contribution.index < stretch.first ||
		    contribution.index > stretch.last)
			continue;
		count += moments_add(&engine->moments[count], &contribution);
	}
	qsort(engine->moments, count, sizeof(struct moment), moment_compare);
	return count;
}

/* A window that is moved over the moments. */
struct sweep {
	struct name_count *names; /* of a distinct measure, else NULL */
	struct sums sums;
	uint32_t distinct[4]; /* by basis */
};

static void
sweep_enter(struct sweep *sweep, const struct moment *moment)
{
	sums_add(&sweep->sums, &moment->sums);
	for (int basis = 0; sweep->names && basis <= BASIS_UPPER; basis++) {
		uint32_t *count = &sweep->names[moment->name].by_basis[basis];
		if (moment->sums.by_basis[basis] && (*count)++ == 0)
			sweep->distinct[basis]++;
	}
}

static void
sweep_leave(struct sweep *sweep, const struct moment *moment)
{
	sums_subtract(&sweep->sums, &moment->sums);
	for (int basis = 0; sweep->names && basis <= BASIS_UPPER; basis++) {
		uint32_t *count = &sweep->names[moment->name].by_basis[basis];
		if (moment->sums.by_basis[basis] && --*count == 0)
			sweep->distinct[basis]--;
	}
}

static struct sums
sweep_sums(const struct sweep *sweep, enum basis tested)
{
	struct sums sums = sweep->sums;

	if (!sweep->names)
		return sums;
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		sums.by_basis[basis] = sweep->distinct[basis] < DISTINCT_MAX
					       ? sweep->distinct[basis]
					       : DISTINCT_MAX;
	sums.at_least = sweep->distinct[tested] > DISTINCT_MAX;
	return sums;
}

/* Two hands over the moments, one that enters, one that leaves. */
void
engine_sweep(const struct engine *engine, const struct group *group,
	     size_t count, int64_t first_end, int64_t last_end,
	     struct window *ret_greatest)
{
	const struct window_shape *shape = engine_shape(engine, group);
	const struct moment *moments = engine->moments;
	struct sweep sweep = {.names = NULL};
	size_t entered = 0, left = 0;
	int64_t end = first_end;

	if (rule_is_distinct(engine_rule(engine, group->rule)))
		sweep.names = engine->name_counts;
	*ret_greatest = (struct window){.end = first_end, .empty = true};
	while (end <= last_end) {
		int64_t next = INT64_MAX;
		while (entered < count && moments[entered].index <= end)
			sweep_enter(&sweep, &moments[entered++]);
		while (left < entered &&
		       moments[left].index + shape->length <= end)
			sweep_leave(&sweep, &moments[left++]);
		if (entered < count)
			next = moments[entered].index;
		if (left < entered)
			next = earlier_of(next,
					  moments[left].index + shape->length);
		struct sums sums = sweep_sums(&sweep, shape->basis);
		if (sums.by_basis[shape->basis] >=
		    ret_greatest->sums.by_basis[shape->basis]) {
			ret_greatest->end = earlier_of(next - 1, last_end);
			ret_greatest->sums = sums;
			ret_greatest->empty = left == entered;
			ret_greatest->onset =
				ret_greatest->empty ? 0 : moments[left].index;
		}
		end = next;
	}
	while (left < entered)
		sweep_leave(&sweep, &moments[left++]);
	window_take_sums(ret_greatest);
}

void
engine_peak(const struct engine *engine, const struct group *group,
	    int64_t first_end, int64_t last_end, struct window *ret_peak)
{
	size_t count;

	switch (engine_rule(engine, group->rule)->kind) {
	case RULE_THRESHOLD:
		count = engine_moments(engine, group, first_end, last_end);
		engine_sweep(engine, group, count, first_end, last_end,
			     ret_peak);
		break;
	case RULE_SPIKE:
		count = engine_moments(engine, group, first_end, last_end);
		engine_spike_peak(engine, group, count, first_end, last_end,
				  ret_peak);
		break;
	case RULE_TALLY:
		engine_tally_peak(engine, group, first_end, last_end, ret_peak);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_peak(engine, group, first_end, last_end,
					ret_peak);
		break;
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		assert(false && "a kind that is corrected");
	}
}

bool
engine_is_in_sums(const struct engine *engine, const struct group *group,
		  const struct window *window, int64_t index)
{
	if (engine_rule(engine, group->rule)->kind == RULE_SPIKE)
		return index == window->end;
	return window_covers(engine_shape(engine, group), window, index);
}

static void
evidence_add(const struct engine *engine, const struct entry *entry,
	     struct alert *alert)
{
	struct evidence *evidence = &alert->evidence[alert->evidence_count++];

	strcpy(evidence->source,
	       dictionary_name(&engine->state->dictionary, entry->source));
	memcpy(evidence->id, entry->id, entry->id_size);
	evidence->id[entry->id_size] = '\0';
	evidence->revision = entry->revision;
}

/* Whether it is the first accepted that the rule hears of its event: a walk
 * to older ones has then met all of them. */
static bool
is_oldest_heard(const struct engine *engine, uint32_t rule,
		const struct entry *entry, const struct event_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++) {
		const struct entry *other = reports->reports[i];
		if (other->serial < entry->serial &&
		    rules_hears(engine->rules, rule, other))
			return false;
	}
	return true;
}

void
newest_note(struct newest *newest, const struct entry *entry)
{
	size_t place = newest->count;

	while (place > 0 && newest->entries[place - 1]->serial < entry->serial)
		place--;
	if (place == EVIDENCE_MAX)
		return;
	if (newest->count < EVIDENCE_MAX)
		newest->count++;
	memmove(&newest->entries[place + 1], &newest->entries[place],
		(newest->count - place - 1) * sizeof(newest->entries[0]));
	newest->entries[place] = entry;
}

/* Of an event alone. */
static void
event_evidence(const struct engine *engine, const struct group *group,
	       struct newest *newest)
{
	struct event_reports reports;

	ledger_event_by_id(&engine->state->ledger, group->agreement,
			   group->key.event, &reports);
	for (size_t i = 0; i < reports.count; i++) {
		if (rules_hears(engine->rules, group->rule, reports.reports[i]))
			newest_note(newest, reports.reports[i]);
	}
}

/* An event that nobody else tells: what it adds need not be looked at. */
static bool
is_elsewhere(const struct engine *engine, const struct group *group,
	     const struct window *window, const struct entry *entry)
{
	int64_t at = entry_at(entry, engine_rule(engine, group->rule)->time);

	return !event_key_is_set(entry->event) &&
	       !engine_is_in_sums(engine, group, window,
				  window_index(engine_shape(engine, group),
					       at));
}

/* The newest reports of the events in a window's sum. */
static void
sums_evidence(const struct engine *engine, const struct group *group,
	      const struct window *window, struct alert *alert)
{
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t number = ledger_newest(ledger, group->agreement);
	uint32_t events = 0;

	while (number && events < window->sums.events &&
	       alert->evidence_count < EVIDENCE_MAX) {
		const struct entry *entry = ledger_entry(ledger, number);
		struct event_reports reports;
		struct contribution contribution;
		if (!is_elsewhere(engine, group, window, entry) &&
		    rules_hears(engine->rules, group->rule, entry)) {
			ledger_event_of(ledger, number, &reports);
			if (contributes(engine, group, &reports,
					&contribution) &&
			    contribution.sums.events &&
			    engine_is_in_sums(engine, group, window,
					      contribution.index)) {
				evidence_add(engine, entry, alert);
				events += is_oldest_heard(engine, group->rule,
							  entry, &reports);
			}
		}
		number = entry->older;
	}
}

void
engine_evidence(const struct engine *engine, const struct group *group,
		const struct window *window, struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct newest newest = {.count = 0};

	switch (rule->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		if (!rule_is_of_events(rule))
			sums_evidence(engine, group, window, alert);
		else if (window->sums.events)
			event_evidence(engine, group, &newest);
		break;
	case RULE_TALLY:
		engine_tally_evidence(engine, group, window, &newest);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_evidence(engine, group, window, &newest);
		break;
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break; /* no report is behind them */
	}
	for (size_t i = 0; i < newest.count; i++)
		evidence_add(engine, newest.entries[i], alert);
}
