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

	ledger_event_of(&engine->state->ledger, number, entry, 0, ret_reports);
	for (size_t i = 0; i < ret_reports->count; i++) {
		if (ret_reports->reports[i]->serial > entry->serial)
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

/* All that counts in a group's windows that end at first_end .. last_end. */
static void
moments_gather(struct engine *engine, const struct group *group,
	       int64_t first_end, int64_t last_end)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct window_shape *shape = engine_shape(engine, group);
	uint32_t number = ledger_newest(ledger, group->agreement);

	engine->moments_count = 0;
	for (; number; number = ledger_entry(ledger, number)->older) {
		struct event_reports reports;
		struct contribution contribution;
		if (!entry_takes_part(ledger_entry(ledger, number)) &&
		    !event_key_is_set(ledger_entry(ledger, number)->event))
			continue;
		if (!engine_stands_for_event(engine, number, &reports) ||
		    !contributes(engine, group, &reports, &contribution) ||
		    contribution.index <= first_end - shape->length ||
		    contribution.index > last_end)
			continue;
		engine->moments[engine->moments_count++] =
			(struct moment){.index = contribution.index,
					.sums = contribution.sums};
	}
	qsort(engine->moments, engine->moments_count, sizeof(struct moment),
	      moment_compare);
}

/* The greatest window of all that end at first_end .. last_end, as the reports
 * stand now: two hands over the moments, one that enters, one that leaves. */
static void
sums_peak(const struct engine *engine, const struct group *group,
	  int64_t first_end, int64_t last_end, struct window *ret_peak)
{
	const struct window_shape *shape = engine_shape(engine, group);
	const struct moment *moments = engine->moments;
	struct sums sums = {.events = 0};
	size_t entered = 0, left = 0;
	int64_t end = first_end;

	*ret_peak = (struct window){.end = first_end, .empty = true};
	while (end <= last_end) {
		int64_t next = INT64_MAX;
		while (entered < engine->moments_count &&
		       moments[entered].index <= end)
			sums_add(&sums, &moments[entered++].sums);
		while (left < entered &&
		       moments[left].index + shape->length <= end)
			sums_subtract(&sums, &moments[left++].sums);
		if (entered < engine->moments_count)
			next = moments[entered].index;
		if (left < entered)
			next = earlier_of(next,
					  moments[left].index + shape->length);
		if (sums.by_basis[shape->basis] >=
		    ret_peak->sums.by_basis[shape->basis]) {
			ret_peak->end = earlier_of(next - 1, last_end);
			ret_peak->sums = sums;
			ret_peak->empty = left == entered;
			ret_peak->onset =
				ret_peak->empty ? 0 : moments[left].index;
		}
		end = next;
	}
	window_take_sums(ret_peak);
}

void
engine_peak(struct engine *engine, const struct group *group, int64_t first_end,
	    int64_t last_end, struct window *ret_peak)
{
	switch (engine_rule(engine, group->rule)->kind) {
	case RULE_THRESHOLD:
		moments_gather(engine, group, first_end, last_end);
		sums_peak(engine, group, first_end, last_end, ret_peak);
		break;
	case RULE_SPIKE:
		moments_gather(engine, group, first_end, last_end);
		engine_spike_peak(engine, group, first_end, last_end, ret_peak);
		break;
	case RULE_TALLY:
		engine_tally_peak(engine, group, first_end, last_end, ret_peak);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_peak(engine, group, first_end, last_end,
					ret_peak);
		break;
	case RULE_KINDS:
		assert(false && "a kind");
	}
}

/* Whether what counts in a bucket is part of the window's sums; those of a
 * spike are of one bucket. */
static bool
is_in_sums(const struct engine *engine, const struct group *group,
	   const struct window *window, int64_t index)
{
	if (engine_rule(engine, group->rule)->kind == RULE_SPIKE)
		return index == window->end;
	return window_covers(engine_shape(engine, group), window, index);
}

void
engine_evidence_add(const struct engine *engine, const struct entry *entry,
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

static int
newest_first(const void *left, const void *right)
{
	const struct entry *one = *(const struct entry *const *)left;
	const struct entry *other = *(const struct entry *const *)right;

	return one->serial < other->serial ? 1 : -1;
}

/* Of an event alone. */
static void
event_evidence(const struct engine *engine, const struct group *group,
	       struct alert *alert)
{
	struct event_reports reports;

	ledger_event_by_id(&engine->state->ledger, group->agreement,
			   group->key.event, &reports);
	qsort(reports.reports, reports.count, sizeof(reports.reports[0]),
	      newest_first);
	for (size_t i = 0;
	     i < reports.count && alert->evidence_count < EVIDENCE_MAX; i++) {
		if (rules_hears(engine->rules, group->rule, reports.reports[i]))
			engine_evidence_add(engine, reports.reports[i], alert);
	}
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
		if (rules_hears(engine->rules, group->rule, entry)) {
			ledger_event_of(&engine->state->ledger, number, entry,
					0, &reports);
			if (contributes(engine, group, &reports,
					&contribution) &&
			    contribution.sums.events &&
			    is_in_sums(engine, group, window,
				       contribution.index)) {
				engine_evidence_add(engine, entry, alert);
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

	switch (rule->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		if (!rule_is_of_events(rule))
			sums_evidence(engine, group, window, alert);
		else if (window->sums.events)
			event_evidence(engine, group, alert);
		break;
	case RULE_TALLY:
		engine_tally_evidence(engine, group, window, alert);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_evidence(engine, group, window, alert);
		break;
	case RULE_KINDS:
		assert(false && "a kind");
	}
}
