/* Rules of the kind tally: what a source's running total says, now and as it
 * would have. Its groups are counters, without buckets: an index of theirs is a
 * time. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* The search of a peak has no use for its scratch meanwhile. */
static_assert(sizeof(struct total) <= sizeof(struct moment),
	      "totals fit where moments are gathered");

static bool
same_group(const struct group_key *left, const struct group_key *right)
{
	return memcmp(left, right, sizeof(*left)) == 0;
}

/* Those of a rule's group whose source is this one, 0: whoever's. */
static void
totals_gather(const struct engine *engine, uint32_t rule, uint16_t agreement,
	      const struct group_key *key, name_number source,
	      struct total *scratch, struct totals *ret_totals)
{
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t number = ledger_newest_tally(ledger, agreement);
	struct totals totals = {.totals = scratch};

	for (; number; number = ledger_entry(ledger, number)->older) {
		const struct entry *entry = ledger_entry(ledger, number);
		struct group_key group;
		if ((source == 0 || entry->source == source) &&
		    rules_total(engine->rules, rule, entry, &group,
				&totals.totals[totals.count]) &&
		    same_group(&group, key))
			totals.count++;
	}
	totals_sort(&totals);
	*ret_totals = totals;
}

void
engine_totals(const struct engine *engine, const struct group *group,
	      name_number source, size_t skip, struct totals *ret_totals)
{
	const struct rule *rule = engine_rule(engine, group->rule);

	totals_gather(engine, group->rule, group->agreement, &group->key,
		      source, (struct total *)engine->moments + skip,
		      ret_totals);
	if (!measure_is_in_period(rule->measure))
		totals_correct(ret_totals);
}

/* --- What a counter says --- */

static uint64_t
excess(uint64_t more, uint64_t less)
{
	return more > less ? more - less : 0;
}

/* What a tally says, and which ones that rests on. */
struct statement {
	const struct total *latest; /* NULL: nothing */
	const struct total *base;   /* of an increase; NULL: none */
	uint64_t low;
	uint64_t best;
	uint64_t high;
	bool corroborated;
	bool at_least;
	int64_t onset_at;
};

static void
statement_of_latest(const struct rule *rule, struct statement *statement)
{
	const struct total *latest = statement->latest;

	statement->low = latest->low;
	statement->best = latest->best;
	statement->high = latest->high;
	statement->corroborated = latest->corroborated;
	statement->at_least = latest->at_least;
	statement->onset_at =
		measure_is_in_period(rule->measure)
			? total_as_of(latest) - latest->entry->tally.period_ms
			: latest->since_at;
}

/* The one that an increase is counted from: the last at or before the window's
 * start, or the first that is known, for nobody knows what was before it. NULL:
 * the counter began in the window, from nothing. */
static const struct total *
base_of(const struct totals *totals, const struct total *latest, int64_t start)
{
	const struct total *base = latest;
	const struct total *before;

	while (total_as_of(base) > start &&
	       (before = totals_before(totals, base)))
		base = before;
	return total_as_of(base) > start && latest->since_at > start ? NULL
								     : base;
}

/* One total less another of the same counter. Where either is a range, so is
 * the increase; nobody knows the most that a lower bound may stand for. */
static void
statement_of_increase(struct statement *statement)
{
	const struct total *latest = statement->latest;
	const struct total *base = statement->base;

	statement->onset_at = total_as_of(base);
	if (base == latest) /* whatever it is, it is the same */
		return;
	statement->low = base->at_least ? 0 : excess(latest->low, base->high);
	statement->best = excess(latest->best, base->best);
	statement->high = excess(latest->high, base->low);
	statement->corroborated = latest->corroborated && base->corroborated;
	statement->at_least = latest->at_least;
}

/* The periods that end in a window, the latest first; one that lies in a later
 * one is told there already. `told_from` is TIME_NEVER at first. NULL: no more.
 */
static const struct total *
period_next(const struct totals *totals, int64_t start, int64_t at,
	    size_t *left, int64_t *told_from)
{
	while (*left > 0) {
		const struct total *total = &totals->totals[--*left];
		int64_t period_ms = total->entry->tally.period_ms;
		int64_t from =
			total_as_of(total) - (period_ms > 0 ? period_ms : 1);
		if (total_as_of(total) > at || total_as_of(total) <= start ||
		    from >= *told_from)
			continue;
		*told_from = from;
		return total;
	}
	return NULL;
}

static struct sums
statement_sums(const struct statement *statement)
{
	struct sums sums = {
		.by_basis[BASIS_REPORTED] = statement->best,
		.by_basis[BASIS_UPPER] = statement->high,
		.at_least = statement->at_least,
	};

	if (statement->corroborated) {
		sums.by_basis[BASIS_CONFIRMED] = statement->low;
		sums.by_basis[BASIS_SUPPORTED] = statement->best;
	}
	return sums;
}

static bool
adds_periods(const struct rule *rule)
{
	return rule->window_kind == WINDOW_DURATION &&
	       measure_is_in_period(rule->measure);
}

/* What happened in the periods that end in the window. */
static void
periods_at(const struct rule *rule, const struct totals *totals, int64_t at,
	   struct window *window)
{
	int64_t told_from = TIME_NEVER;
	size_t left = totals->count;
	const struct total *total;

	while ((total = period_next(totals, at - rule->window_ms, at, &left,
				    &told_from))) {
		struct statement statement = {.latest = total};
		statement_of_latest(rule, &statement);
		struct sums sums = statement_sums(&statement);
		sums_add(&window->sums, &sums);
		window->onset = statement.onset_at;
		window->empty = false;
	}
}

/* What the latest total says, or how much it is up. */
static void
statement_at(const struct rule *rule, const struct totals *totals, int64_t at,
	     struct statement *ret_statement)
{
	struct statement statement = {.latest = totals_latest(totals, at)};

	if (statement.latest && rule->window_kind == WINDOW_DURATION)
		statement.base =
			base_of(totals, statement.latest, at - rule->window_ms);
	if (statement.base)
		statement_of_increase(&statement);
	else if (statement.latest)
		statement_of_latest(rule, &statement);
	*ret_statement = statement;
}

/* What a rule makes of its counter at a time. */
static void
counter_at(const struct rule *rule, const struct totals *totals, int64_t at,
	   struct window *ret_window)
{
	struct window window = {.end = at, .onset = at, .empty = true};
	struct statement statement;

	if (adds_periods(rule)) {
		periods_at(rule, totals, at, &window);
	} else {
		statement_at(rule, totals, at, &statement);
		window.sums = statement_sums(&statement);
		if (statement.latest) {
			window.onset = statement.onset_at;
			window.empty = false;
		}
	}
	window_take_sums(&window);
	*ret_window = window;
}

void
engine_tally_window(const struct engine *engine, const struct group *group,
		    struct window *ret_window)
{
	struct totals totals;

	engine_totals(engine, group, 0, 0, &totals);
	counter_at(engine_rule(engine, group->rule), &totals,
		   engine->state->now, ret_window);
}

int64_t
engine_tally_next_change(const struct engine *engine, const struct group *group)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	int64_t start = engine->state->now - rule->window_ms;
	int64_t next = TIME_NEVER;
	struct totals totals;

	if (rule->window_kind == WINDOW_LATEST)
		return TIME_NEVER;
	engine_totals(engine, group, 0, 0, &totals);
	for (size_t i = 0; i < totals.count; i++) {
		const struct total *total = &totals.totals[i];
		if (total_as_of(total) > start)
			next = earlier_of(next, total_as_of(total));
		if (total->since_at > start)
			next = earlier_of(next, total->since_at);
	}
	return next == TIME_NEVER ? next : next + rule->window_ms;
}

void
engine_tally_peak(const struct engine *engine, const struct group *group,
		  int64_t first_end, int64_t last_end, struct window *ret_peak)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct totals totals;

	engine_totals(engine, group, 0, 0, &totals);
	counter_at(rule, &totals, first_end, ret_peak);
	for (size_t i = 0; i < totals.count; i++) {
		const struct total *total = &totals.totals[i];
		/* When it is told, and when it or the start of its counter
		 * leaves the window. */
		const int64_t times[] = {
			total_as_of(total),
			total_as_of(total) + rule->window_ms,
			total->since_at + rule->window_ms,
		};
		for (size_t j = 0; j < sizeof(times) / sizeof(times[0]); j++) {
			struct window window;
			if (times[j] <= first_end || times[j] > last_end)
				continue;
			counter_at(rule, &totals, times[j], &window);
			if (window_is_greater(rule, &window, ret_peak))
				*ret_peak = window;
		}
	}
}

/* --- What a tally changes --- */

/* The earliest time at which a total counts for something: of those before it
 * under the same since_at that exceed it, the first. */
static int64_t
reach_of(const struct engine *engine, uint32_t rule,
	 const struct group_key *group, const struct total *total)
{
	int64_t from = total_as_of(total);
	struct totals totals;

	if (measure_is_in_period(engine_rule(engine, rule)->measure))
		return from;
	totals_gather(engine, rule, total->entry->agreement, group,
		      total->entry->source, (struct total *)engine->moments,
		      &totals);
	for (size_t i = 0; i < totals.count; i++) {
		const struct total *other = &totals.totals[i];
		if (other->since_at == total->since_at &&
		    (other->low > total->low || other->best > total->best ||
		     other->high > total->high))
			from = earlier_of(from, total_as_of(other));
	}
	return from;
}

void
engine_doubt(struct engine *engine, uint32_t number, int64_t from)
{
	struct episodes *episodes = &engine->state->episodes;
	const struct group *group = groups_at(&engine->state->groups, number);
	uint32_t ended = group->newest_ended;

	if (group->open)
		episodes_at(episodes, group->open)->witness_changed = true;
	while (ended && episodes_at(episodes, ended)->last_end >= from) {
		episodes_at(episodes, ended)->witness_changed = true;
		ended = episodes_at(episodes, ended)->older;
	}
	engine_touch(engine, number, from);
}

uint32_t
engine_tally_group(struct engine *engine, uint32_t rule,
		   const struct entry *entry)
{
	struct group_key key;
	struct total total;

	if (!rules_total(engine->rules, rule, entry, &key, &total))
		return 0;
	uint32_t group = engine_group(engine, rule, entry->agreement, &key);
	if (!group)
		engine_counts(engine, rule)->ungrouped++;
	return group;
}

/* A tally that counts from now on, or did until now. */
static void
tally_change(struct engine *engine, uint32_t rule, const struct entry *entry,
	     bool counts)
{
	struct group_key key;
	struct total total;

	if (!rules_total(engine->rules, rule, entry, &key, &total))
		return;
	uint32_t group = counts ? engine_tally_group(engine, rule, entry)
				: groups_find(&engine->state->groups, rule,
					      entry->agreement, &key);
	if (group)
		engine_doubt(engine, group,
			     reach_of(engine, rule, &key, &total));
	else if (!counts)
		engine_counts(engine, rule)->ungrouped--;
}

void
engine_tally_apply(struct engine *engine, uint32_t rule)
{
	for (size_t i = 0; i < engine->changes_count; i++) {
		const struct change *change = &engine->changes[i];
		if (change->before.count)
			tally_change(engine, rule, change->before.reports[0],
				     false);
		if (change->after.count)
			tally_change(engine, rule, change->after.reports[0],
				     true);
	}
}

/* --- What it rests on --- */

void
engine_tally_evidence(const struct engine *engine, const struct group *group,
		      const struct window *window, struct newest *newest)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct statement statement;
	struct totals totals;

	engine_totals(engine, group, 0, 0, &totals);
	if (adds_periods(rule)) {
		int64_t told_from = TIME_NEVER;
		size_t left = totals.count;
		const struct total *total;
		while ((total = period_next(&totals,
					    window->end - rule->window_ms,
					    window->end, &left, &told_from)))
			newest_note(newest, total->entry);
		return;
	}
	statement_at(rule, &totals, window->end, &statement);
	if (statement.latest)
		newest_note(newest, statement.latest->entry);
	if (statement.base && statement.base != statement.latest)
		newest_note(newest, statement.base->entry);
}
