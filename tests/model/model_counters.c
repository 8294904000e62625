#include "model_counters.h"

#include <stdlib.h>
#include <string.h>

static bool
is_later(const struct tally *a, const struct tally *b)
{
	if (a->as_of_at != b->as_of_at)
		return a->as_of_at > b->as_of_at;
	if (a->reported_at != b->reported_at)
		return a->reported_at > b->reported_at;
	return strcmp(a->id, b->id) > 0;
}

static uint32_t
lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Under the same since_at a total cannot fall: later ones correct it. */
static struct count
corrected(const struct counter *counter, const struct tally *tally)
{
	struct count count = tally->count;

	for (size_t i = 0; i < counter->count; i++) {
		const struct tally *later = &counter->tallies[i];
		if (later->since_at != tally->since_at ||
		    !is_later(later, tally) ||
		    (later->count.at_least && !tally->count.at_least))
			continue;
		count.low = lower(count.low, later->count.low);
		count.best = lower(count.best, later->count.best);
		count.high = lower(count.high, later->count.high);
	}
	return count;
}

/* The latest that counts to at most `until`, of the latest since_at; or of one
 * counter, if `like` is given. NULL: there is none. */
static struct tally *
latest(const struct counter *counter, int64_t until, const struct tally *like)
{
	struct tally *found = NULL;

	for (size_t i = 0; i < counter->count; i++) {
		struct tally *tally = &counter->tallies[i];
		if (tally->as_of_at > until ||
		    (like && tally->since_at != like->since_at))
			continue;
		if (!found || tally->since_at > found->since_at ||
		    (tally->since_at == found->since_at &&
		     is_later(tally, found)))
			found = tally;
	}
	return found;
}

/* The first that is known of the same counter. */
static struct tally *
earliest(const struct counter *counter, struct tally *like)
{
	struct tally *found = like;

	for (size_t i = 0; i < counter->count; i++)
		if (counter->tallies[i].since_at == like->since_at &&
		    is_later(found, &counter->tallies[i]))
			found = &counter->tallies[i];
	return found;
}

static void
sums_add(struct sums *sums, const struct count *count, bool sure)
{
	const uint32_t amounts[] = {
		[BASIS_CONFIRMED] = sure ? count->low : 0,
		[BASIS_SUPPORTED] = sure ? count->best : 0,
		[BASIS_REPORTED] = count->best,
		[BASIS_UPPER] = count->high,
	};

	for (size_t basis = 0; basis < 4; basis++)
		sums->by_basis[basis] += amounts[basis];
	sums->at_least += count->at_least;
}

static uint32_t
less(uint32_t more, uint32_t by)
{
	return more > by ? more - by : 0;
}

static void
figure_latest(struct counters *counters, struct figure *figure)
{
	const struct counter *counter = &counters->counters[0];
	struct tally *last = latest(counter, figure->at, NULL);

	figure->kind = FIGURE_TOTAL;
	if (!last)
		return;
	struct count count = corrected(counter, last);
	sums_add(&figure->sums, &count, last->sure);
	figure->onset_at = last->since_at;
	last->evidence = true;
}

static void
figure_increase(struct counters *counters, struct figure *figure)
{
	const struct counter *counter = &counters->counters[0];
	int64_t start = figure->at - counters->rule->window_ms;
	struct tally *last = latest(counter, figure->at, NULL);

	figure->kind = FIGURE_MORE;
	if (!last)
		return;
	struct tally *base = latest(counter, start, last);
	struct count count = corrected(counter, last);
	last->evidence = true;
	if (!base && last->since_at > start) {
		figure->onset_at = last->since_at;
		sums_add(&figure->sums, &count, last->sure);
		return;
	}
	if (!base)
		base = earliest(counter, last);
	figure->onset_at = base->as_of_at;
	base->evidence = true;
	if (base == last)
		return;
	struct count before = corrected(counter, base);
	struct count up = {
		.low = before.at_least ? 0 : less(count.low, before.high),
		.best = less(count.best, before.best),
		.high = less(count.high, before.low),
		.at_least = count.at_least,
	};
	sums_add(&figure->sums, &up, last->sure && base->sure);
}

/* Nobody knows how long a period is that is not told: it is a moment. */
static int64_t
period_from(const struct tally *tally)
{
	return tally->as_of_at - (tally->period_ms ? tally->period_ms : 1);
}

/* Whether a later one tells of all its time, too. */
static bool
is_told_again(const struct counter *counter, const struct tally *tally,
	      int64_t until)
{
	for (size_t i = 0; i < counter->count; i++) {
		const struct tally *later = &counter->tallies[i];
		if (later->as_of_at <= until && is_later(later, tally) &&
		    period_from(later) <= period_from(tally))
			return true;
	}
	return false;
}

static void
figure_periods(struct counters *counters, struct figure *figure)
{
	const struct counter *counter = &counters->counters[0];
	int64_t start = figure->at - counters->rule->window_ms;

	figure->kind = FIGURE_PERIODS;
	for (size_t i = 0; i < counter->count; i++) {
		struct tally *tally = &counter->tallies[i];
		if (tally->as_of_at > figure->at || tally->as_of_at <= start ||
		    is_told_again(counter, tally, figure->at))
			continue;
		int64_t from = tally->as_of_at - tally->period_ms;
		sums_add(&figure->sums, &tally->count, tally->sure);
		if (figure->onset_at == TIME_UNSET || from < figure->onset_at)
			figure->onset_at = from;
		tally->evidence = true;
	}
}

static void
figure_period(struct counters *counters, struct figure *figure)
{
	struct tally *last = latest(&counters->counters[0], figure->at, NULL);

	figure->kind = FIGURE_PERIOD;
	if (!last)
		return;
	sums_add(&figure->sums, &last->count, last->sure);
	figure->onset_at = last->as_of_at - last->period_ms;
	last->evidence = true;
}

/* One of two figures that are held against each other. */
struct side {
	struct count count;
	bool sure;
};

/* How much lower the one is than the other, at the least. */
static uint32_t
gap_above(const struct side *high, const struct side *low)
{
	return low->count.at_least ? 0 : less(high->count.low, low->count.high);
}

static void
figure_gap(const struct rule *rule, const struct side sides[2],
	   struct figure *figure)
{
	const struct count *left = &sides[0].count;
	const struct count *right = &sides[1].count;
	uint32_t gap = gap_above(&sides[0], &sides[1]);
	const struct count *higher = left;
	uint32_t up = less(left->high, right->low);
	uint32_t down = less(right->high, left->low);

	if (gap == 0) {
		gap = gap_above(&sides[1], &sides[0]);
		higher = right;
	}
	const uint32_t gaps[] = {
		[BASIS_CONFIRMED] = sides[0].sure && sides[1].sure ? gap : 0,
		[BASIS_SUPPORTED] = sides[0].sure || sides[1].sure ? gap : 0,
		[BASIS_REPORTED] = gap,
		[BASIS_UPPER] = up > down ? up : down,
	};
	for (size_t basis = 0; basis < 4; basis++) {
		figure->sums.by_basis[basis] = gaps[basis];
		figure->values[basis] =
			gap >= rule->min_gap && gap > 0 && gaps[basis] > 0
				? 100.0 * gap / higher->low
				: 0;
	}
	figure->sums.at_least = gap > 0 && higher->at_least;
	for (size_t i = 0; i < 2; i++) {
		figure->compared[i].low = sides[i].count.low;
		figure->compared[i].high = sides[i].count.high;
		figure->compared[i].at_least = sides[i].count.at_least;
	}
	figure->compared_count = 2;
}

/* All events that may have happened while the total was counted; those that
 * surely did are its lower end. */
static struct side
own_sum(const struct counters *counters, const struct tally *total)
{
	struct side side = {.sure = false};
	size_t all = 0, sure = 0;

	for (size_t i = 0; i < counters->happenings_count; i++) {
		const struct happening *one = &counters->happenings[i];
		if (one->until_at < total->since_at ||
		    one->from_at > total->as_of_at)
			continue;
		if (one->from_at >= total->since_at &&
		    one->until_at <= total->as_of_at)
			side.count.low += one->count.low;
		side.count.high += one->count.high;
		side.count.at_least |= one->count.at_least;
		all++;
		sure += one->sure;
	}
	side.sure = all > 0 && sure == all;
	return side;
}

/* Of the last one's counter, the one nearest in time to the other's. */
static struct tally *
nearest(const struct counter *counter, struct tally *last,
	const struct tally *to)
{
	struct tally *found = last;

	for (size_t i = 0; i < counter->count; i++) {
		struct tally *tally = &counter->tallies[i];
		if (tally->since_at != last->since_at || is_later(tally, last))
			continue;
		int64_t apart = llabs(tally->as_of_at - to->as_of_at);
		int64_t least = llabs(found->as_of_at - to->as_of_at);
		if (apart < least || (apart == least && is_later(tally, found)))
			found = tally;
	}
	return found;
}

static struct side
side_of(const struct counter *counter, struct tally *tally,
	struct compared *compared)
{
	strcpy(compared->source, counter->source);
	tally->evidence = true;
	return (struct side){corrected(counter, tally), tally->sure};
}

static void
figure_apart(struct counters *counters, struct figure *figure)
{
	const struct rule *rule = counters->rule;
	const struct counter *both = counters->counters;
	struct tally *one = latest(&both[0], figure->at, NULL);
	struct side sides[2];

	figure->kind = FIGURE_GAP;
	if (!one)
		return;
	if (rule_holds_against_events(rule)) {
		sides[0] = side_of(&both[0], one, &figure->compared[0]);
		sides[1] = own_sum(counters, one);
		figure->onset_at = one->since_at;
		figure_gap(rule, sides, figure);
		return;
	}
	struct tally *other = latest(&both[1], figure->at, NULL);
	if (!other ||
	    llabs(one->as_of_at - other->as_of_at) > rule->max_age_ms ||
	    llabs(one->since_at - other->since_at) > rule->max_age_ms)
		return;
	if (one->as_of_at > other->as_of_at)
		one = nearest(&both[0], one, other);
	else
		other = nearest(&both[1], other, one);
	sides[0] = side_of(&both[0], one, &figure->compared[0]);
	sides[1] = side_of(&both[1], other, &figure->compared[1]);
	figure->onset_at = one->since_at > other->since_at ? one->since_at
							   : other->since_at;
	figure_gap(rule, sides, figure);
}

struct figure
counters_figure(struct counters *counters, int64_t at)
{
	const struct rule *rule = counters->rule;
	struct figure figure = {.at = at, .onset_at = TIME_UNSET};
	bool slides = rule->window_kind == WINDOW_DURATION;

	for (size_t i = 0; i < counters->count; i++)
		for (size_t k = 0; k < counters->counters[i].count; k++)
			counters->counters[i].tallies[k].evidence = false;
	if (rule->kind == RULE_DISCREPANCY) {
		figure_apart(counters, &figure);
		return figure;
	}
	if (measure_is_in_period(rule->measure))
		(slides ? figure_periods : figure_period)(counters, &figure);
	else
		(slides ? figure_increase : figure_latest)(counters, &figure);
	for (size_t basis = 0; basis < 4; basis++)
		figure.values[basis] = (double)figure.sums.by_basis[basis];
	return figure;
}

static void
change_note(int64_t time, int64_t after, int64_t *next)
{
	if (time > after && time < *next)
		*next = time;
}

/* When a tally begins to count; and with a window, when it or the start of its
 * counter comes to lie before it. */
int64_t
counters_next_change(const struct counters *counters, int64_t after)
{
	const struct rule *rule = counters->rule;
	int64_t next = TIME_NEVER;

	for (size_t i = 0; i < counters->count; i++)
		for (size_t k = 0; k < counters->counters[i].count; k++) {
			const struct tally *tally =
				&counters->counters[i].tallies[k];
			change_note(tally->as_of_at, after, &next);
			if (rule->window_kind != WINDOW_DURATION)
				continue;
			change_note(tally->as_of_at + rule->window_ms, after,
				    &next);
			change_note(tally->since_at + rule->window_ms, after,
				    &next);
		}
	return next;
}

struct figure
counters_greatest(struct counters *counters, int64_t from, int64_t until)
{
	enum basis basis = counters->rule->basis;
	struct figure greatest = counters_figure(counters, from);

	for (int64_t at = counters_next_change(counters, from); at <= until;
	     at = counters_next_change(counters, at)) {
		struct figure figure = counters_figure(counters, at);
		if (figure.values[basis] >= greatest.values[basis])
			greatest = figure;
	}
	return greatest;
}
