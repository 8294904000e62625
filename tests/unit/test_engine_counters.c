/*
 * Random streams of tallies and incidents against what the manual says, in the
 * plainest way: each sum at each step; and of each alert, whether the tallies
 * as they stand uphold it. A second engine is put back from the first one's
 * state at every step and says the same.
 *
 * All times are whole quarters of a day, so that looking at each of them misses
 * nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

enum { STREAMS = 200, STEPS = 60, IDS = 14, EPISODES = 64 };
enum { QUARTER = 6 * 60 }; /* minutes */

enum { LATEST, INCREASE, PERIODS, APART, RULES };

static const char *const sources[] = {"ministry", "agency"};

/* An alert, as its messages told it. */
struct told {
	size_t rule;
	size_t source;
	uint64_t first_seq;
	int64_t from; /* its first message, its last: quarters */
	int64_t to;   /* INT64_MAX: it is open */
	double highest;
};

struct stream {
	uint64_t seed;
	enum basis basis; /* of the rules that have one */
	int64_t now;	  /* quarters */
	int64_t before;	  /* when anything was reported last */
	struct report stands[2 * IDS];
	bool own; /* the first source is held against our own sum */
	struct report incidents[IDS];
	struct told told[EPISODES];
	size_t told_count;
};

static uint64_t
draw(struct stream *stream, uint64_t below)
{
	stream->seed = stream->seed * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
	return (stream->seed >> 33) % below;
}

/* --- The manual, read slowly --- */

static int64_t
at(int64_t quarter)
{
	return START + quarter * QUARTER * MINUTE;
}

static bool
is_said(const struct report *report, enum tally_count count)
{
	return report->id[0] && report->assessment != ASSESSMENT_WITHDRAWN &&
	       (report->told >> count & 1);
}

static int64_t
since(const struct report *report)
{
	return report->since_at != TIME_UNSET ? report->since_at
	       : START < report->occurred_at  ? START
					      : report->occurred_at;
}

static bool
is_later(const struct report *left, const struct report *right)
{
	if (left->occurred_at != right->occurred_at)
		return left->occurred_at > right->occurred_at;
	if (left->reported_at != right->reported_at)
		return left->reported_at > right->reported_at;
	return strcmp(left->id, right->id) > 0;
}

/* The killed of a total, as later ones correct it. */
static struct count
corrected(const struct report *first, const struct report *report)
{
	struct count count = report->totals[TALLY_KILLED];

	for (size_t i = 0; i < IDS; i++) {
		const struct report *later = &first[i];
		const struct count *by = &later->totals[TALLY_KILLED];
		if (!is_said(later, TALLY_KILLED) ||
		    since(later) != since(report) || !is_later(later, report) ||
		    (by->at_least && !report->totals[TALLY_KILLED].at_least))
			continue;
		count.low = by->low < count.low ? by->low : count.low;
		count.best = by->best < count.best ? by->best : count.best;
		count.high = by->high < count.high ? by->high : count.high;
	}
	return count;
}

/* The latest that counts to at most `until`; of one counter if `of` is given.
 */
static const struct report *
latest(const struct report *first, int64_t until, const struct report *of)
{
	const struct report *found = NULL;

	for (size_t i = 0; i < IDS; i++) {
		const struct report *report = &first[i];
		if (!is_said(report, TALLY_KILLED) ||
		    report->occurred_at > until ||
		    (of && since(report) != since(of)))
			continue;
		if (!found || since(report) > since(found) ||
		    (since(report) == since(found) && is_later(report, found)))
			found = report;
	}
	return found;
}

static const struct report *
earliest(const struct report *first, const struct report *of)
{
	const struct report *found = of;

	for (size_t i = 0; i < IDS; i++) {
		if (is_said(&first[i], TALLY_KILLED) &&
		    since(&first[i]) == since(of) && is_later(found, &first[i]))
			found = &first[i];
	}
	return found;
}

static uint64_t
less(uint32_t more, uint32_t by)
{
	return more > by ? more - by : 0;
}

static void
sums_of(const struct count *count, bool sure, uint64_t sums[4])
{
	sums[BASIS_CONFIRMED] += sure ? count->low : 0;
	sums[BASIS_SUPPORTED] += sure ? count->best : 0;
	sums[BASIS_REPORTED] += count->best;
	sums[BASIS_UPPER] += count->high;
}

static bool
is_sure(const struct report *report)
{
	return report->assessment == ASSESSMENT_VERIFIED;
}

static void
increase(const struct report *first, int64_t now, uint64_t sums[4])
{
	const struct report *last = latest(first, now, NULL);

	if (!last)
		return;
	struct count count = corrected(first, last);
	const struct report *base = latest(first, now - 7 * DAY, last);
	if (!base && since(last) > now - 7 * DAY) {
		sums_of(&count, is_sure(last), sums);
		return;
	}
	if (!base)
		base = earliest(first, last);
	if (base == last)
		return;
	struct count before = corrected(first, base);
	struct count up = {
		.low = before.at_least ? 0
				       : (uint32_t)less(count.low, before.high),
		.best = (uint32_t)less(count.best, before.best),
		.high = (uint32_t)less(count.high, before.low),
	};
	sums_of(&up, is_sure(last) && is_sure(base), sums);
}

static int64_t
period_from(const struct report *report)
{
	return report->occurred_at -
	       (report->period_ms ? report->period_ms : 1);
}

static void
periods(const struct report *first, int64_t now, uint64_t sums[4])
{
	for (size_t i = 0; i < IDS; i++) {
		const struct report *report = &first[i];
		bool again = false;
		if (!is_said(report, TALLY_KILLED_IN_PERIOD) ||
		    report->occurred_at > now ||
		    report->occurred_at <= now - 7 * DAY)
			continue;
		for (size_t j = 0; j < IDS; j++)
			again |= is_said(&first[j], TALLY_KILLED_IN_PERIOD) &&
				 first[j].occurred_at <= now &&
				 is_later(&first[j], report) &&
				 period_from(&first[j]) <= period_from(report);
		if (!again)
			sums_of(&report->totals[TALLY_KILLED_IN_PERIOD],
				is_sure(report), sums);
	}
}

static const struct report *
nearest(const struct report *first, const struct report *last,
	const struct report *to)
{
	const struct report *found = last;

	for (size_t i = 0; i < IDS; i++) {
		const struct report *report = &first[i];
		if (!is_said(report, TALLY_KILLED) ||
		    since(report) != since(last) || is_later(report, last))
			continue;
		int64_t apart = llabs(report->occurred_at - to->occurred_at);
		int64_t least = llabs(found->occurred_at - to->occurred_at);
		if (apart < least ||
		    (apart == least && is_later(report, found)))
			found = report;
	}
	return found;
}

/* The percentage, and the gap. */
static double
gap_of(const struct count *left, bool left_sure, const struct count *right,
       bool right_sure, uint64_t sums[4])
{
	uint64_t gap = right->at_least ? 0 : less(left->low, right->high);
	uint32_t higher = left->low;

	if (gap == 0) {
		gap = left->at_least ? 0 : less(right->low, left->high);
		higher = right->low;
	}
	sums[BASIS_CONFIRMED] = left_sure && right_sure ? gap : 0;
	sums[BASIS_SUPPORTED] = left_sure || right_sure ? gap : 0;
	sums[BASIS_REPORTED] = gap;
	uint64_t up = less(left->high, right->low);
	uint64_t down = less(right->high, left->low);
	sums[BASIS_UPPER] = up > down ? up : down;
	return gap >= 3 ? 100.0 * (double)gap / higher : 0;
}

static double
apart_from_own(const struct stream *stream, int64_t now, uint64_t sums[4])
{
	const struct report *total = latest(stream->stands, now, NULL);
	struct count own = {.low = 0};
	bool sure = true;

	if (!total)
		return 0;
	for (size_t i = 0; i < IDS; i++) {
		const struct report *incident = &stream->incidents[i];
		const struct count *killed = &incident->counts[COUNT_KILLED];
		int64_t from = incident->occurred_at;
		int64_t until = incident->occurred_until;
		if (!incident->id[0] || killed->high == 0 ||
		    incident->assessment == ASSESSMENT_WITHDRAWN ||
		    from > total->occurred_at || until < since(total))
			continue;
		if (from >= since(total) && until <= total->occurred_at)
			own.low += killed->low;
		own.high += killed->high;
		own.at_least |= killed->at_least;
		sure &= is_sure(incident);
	}
	struct count count = corrected(stream->stands, total);
	return gap_of(&count, is_sure(total), &own, sure, sums);
}

static double
apart(const struct report *stands, int64_t now, uint64_t sums[4])
{
	const struct report *one = latest(stands, now, NULL);
	const struct report *other = latest(stands + IDS, now, NULL);

	if (!one || !other ||
	    llabs(one->occurred_at - other->occurred_at) > 2 * DAY ||
	    llabs(since(one) - since(other)) > 2 * DAY)
		return 0;
	if (one->occurred_at > other->occurred_at)
		one = nearest(stands, one, other);
	else
		other = nearest(stands + IDS, other, one);
	struct count left = corrected(stands, one);
	struct count right = corrected(stands + IDS, other);
	return gap_of(&left, is_sure(one), &right, is_sure(other), sums);
}

static double
value_at(const struct stream *stream, size_t rule, size_t source, int64_t now,
	 uint64_t sums[4])
{
	const struct report *first = &stream->stands[source * IDS];

	memset(sums, 0, 4 * sizeof(*sums));
	if (rule == APART && stream->own)
		return apart_from_own(stream, now, sums);
	if (rule == APART)
		return apart(stream->stands, now, sums);
	if (rule == INCREASE) {
		increase(first, now, sums);
	} else if (rule == PERIODS) {
		periods(first, now, sums);
	} else if (latest(first, now, NULL)) {
		const struct report *last = latest(first, now, NULL);
		struct count count = corrected(first, last);
		sums_of(&count, is_sure(last), sums);
	}
	return (double)sums[stream->basis];
}

/* --- Held against the engine --- */

static void
sums_check(const struct stream *stream, struct world *world)
{
	for (size_t rule = 0; rule < RULES; rule++) {
		for (size_t source = 0; source < 2; source++) {
			const char *labels[] = {sources[source], ""};
			struct sums sums = {.events = 0};
			uint64_t expected[4];
			value_at(stream, rule, source, at(stream->now),
				 expected);
			engine_sums(world->engine, rule, "pact",
				    rule == APART ? &labels[1] : labels, &sums);
			assert_memory_equal(sums.by_basis, expected,
					    sizeof(expected));
		}
	}
}

static double
peak_of(const struct stream *stream, const struct told *told)
{
	int64_t last = told->to < stream->now ? told->to : stream->now;
	uint64_t sums[4];
	double peak = 0;

	for (int64_t quarter = told->from; quarter <= last; quarter++) {
		double value = value_at(stream, told->rule, told->source,
					at(quarter), sums);
		peak = value > peak ? value : peak;
	}
	return peak;
}

static struct told *
told_find(struct stream *stream, uint64_t first_seq)
{
	for (size_t i = 0; i < stream->told_count; i++) {
		if (stream->told[i].first_seq == first_seq)
			return &stream->told[i];
	}
	fail_msg("no alert %llu", (unsigned long long)first_seq);
	return NULL;
}

/* What time alone brought was told when it came, not later. */
static void
time_check(const struct stream *stream, const struct told *told, int64_t sent,
	   double bound, bool above)
{
	uint64_t sums[4];

	assert_int_equal(value_at(stream, told->rule, told->source, at(sent),
				  sums) >= bound,
			 above);
	if (sent - 1 > stream->before)
		assert_int_equal(value_at(stream, told->rule, told->source,
					  at(sent - 1), sums) >= bound,
				 !above);
}

static void
alert_note(struct stream *stream, const struct world *world,
	   const struct alert *alert)
{
	int64_t sent = (alert->sent_at - START) / (QUARTER * MINUTE);

	if (alert->cause == CAUSE_CROSSED) {
		assert_true(stream->told_count < EPISODES);
		struct told *told = &stream->told[stream->told_count++];
		*told = (struct told){.first_seq = alert->seq,
				      .from = sent,
				      .to = INT64_MAX,
				      .highest = alert->threshold};
		while (strcmp(world->rules[told->rule].name, alert->rule) != 0)
			told->rule++;
		told->source = strcmp(alert->labels[0].value, "agency") == 0;
		time_check(stream, told, sent, 20, true);
		return;
	}
	struct told *told = told_find(stream, alert->episode_seq);
	if (alert->cause == CAUSE_CORRECTED) {
		assert_true(peak_of(stream, told) < told->highest);
		told->highest = alert->threshold;
	}
	if (alert->cause == CAUSE_LEVEL_UP && alert->threshold > told->highest)
		told->highest = alert->threshold;
	if (alert->cause == CAUSE_CLEARED) {
		time_check(stream, told, sent, 15, false);
		told->to = sent;
	}
	if (alert->state == ALERT_CANCELLED) {
		told->highest = 0;
		told->to = sent;
	}
}

/* Whatever meets a level has an alert that is open. */
static void
open_check(const struct stream *stream)
{
	uint64_t sums[4];

	for (size_t rule = 0; rule < RULES; rule++) {
		for (size_t source = 0; source < 2; source++) {
			bool open = false;
			for (size_t i = 0; i < stream->told_count; i++) {
				const struct told *told = &stream->told[i];
				open |= told->rule == rule &&
					told->source == source &&
					told->to == INT64_MAX;
			}
			double value = value_at(stream, rule, source,
						at(stream->now), sums);
			assert_true(open || value < 20 ||
				    (rule == APART && source == 1));
			assert_true(!open || value >= 15);
		}
	}
}

/* What was announced, and not taken back, was so. */
static void
alerts_check(struct stream *stream, struct world *world)
{
	for (size_t i = 0; i < world->alerts_count; i++)
		alert_note(stream, world, &world->alerts[i]);
	for (size_t i = 0; i < stream->told_count; i++) {
		const struct told *told = &stream->told[i];
		assert_true(peak_of(stream, told) >= told->highest);
	}
}

/* --- Streams --- */

static struct count
count_draw(struct stream *stream)
{
	uint32_t low = (uint32_t)draw(stream, 60);
	uint32_t best = low + (uint32_t)draw(stream, 2) * 10;

	return (struct count){.low = low,
			      .best = best,
			      .high = best + (uint32_t)draw(stream, 2) * 10,
			      .at_least = draw(stream, 5) == 0};
}

static enum assessment
assessment_draw(struct stream *stream)
{
	return draw(stream, 8) == 0   ? ASSESSMENT_WITHDRAWN
	       : draw(stream, 2) == 0 ? ASSESSMENT_VERIFIED
				      : ASSESSMENT_ALLEGED;
}

static struct report
incident_draw(struct stream *stream, struct report **ret_stands)
{
	size_t id = (size_t)draw(stream, IDS);
	int64_t quarter = stream->now - (int64_t)draw(stream, 40);
	struct report report = {
		.revision = stream->incidents[id].revision + 1,
		.occurred_at = at(quarter),
		.occurred_until = at(quarter + (int64_t)draw(stream, 5) / 4),
		.reported_at = at(stream->now),
		.assessment = assessment_draw(stream),
		.counts[COUNT_KILLED] = count_draw(stream),
	};

	snprintf(report.id, sizeof(report.id), "%zu", id);
	strcpy(report.source, sources[id % 2]);
	*ret_stands = &stream->incidents[id];
	return report_complete(report);
}

static struct report
tally_draw(struct stream *stream, struct report **ret_stands)
{
	size_t source = (size_t)draw(stream, 2);
	size_t id = (size_t)draw(stream, IDS);
	struct report *stands = &stream->stands[source * IDS + id];
	struct report report = {
		.type = REPORT_TALLY,
		.revision = stands->revision + 1,
		.occurred_at = at(stream->now - (int64_t)draw(stream, 40)),
		.reported_at = at(stream->now),
		.told = (uint8_t)draw(stream, 32),
		.period_ms = (int64_t)draw(stream, 3) * DAY,
		.assessment = assessment_draw(stream),
	};

	if (draw(stream, 2) == 0)
		report.since_at =
			report.occurred_at <= at(30) ? at(-60) : at(30);
	snprintf(report.id, sizeof(report.id), "%zu", id);
	strcpy(report.source, sources[source]);
	for (int count = 0; count < TALLY_COUNTS; count++)
		if (report.told >> count & 1)
			report.totals[count] = count_draw(stream);
	*ret_stands = stands;
	return report_complete(report);
}

static void
rules_make(struct world *world, const struct stream *stream)
{
	static const char *const both[] = {"ministry", "agency"};
	static const char *const names[RULES] = {
		[LATEST] = "latest",
		[INCREASE] = "increase",
		[PERIODS] = "periods",
		[APART] = "apart",
	};

	for (size_t i = 0; i < RULES; i++) {
		struct rule *rule = world_rule(world, names[i]);
		rule->kind = i == APART ? RULE_DISCREPANCY : RULE_TALLY;
		rule->resolution_ms = 0;
		rule->basis = i == APART ? BASIS_REPORTED : stream->basis;
		rule->group_by[0] = FIELD_SOURCE;
		rule->group_by[1] = FIELD_PARTY;
		rule->group_by_count = 2;
		rule->levels_count = 2;
		rule->levels[0] = (struct level){20, 15, 0, SEVERITY_MINOR};
		rule->levels[1] = (struct level){40, 35, 0, SEVERITY_SEVERE};
		rule->window_kind = i == INCREASE || i == PERIODS
					    ? WINDOW_DURATION
					    : WINDOW_LATEST;
		rule->window_ms =
			rule->window_kind == WINDOW_DURATION ? 7 * DAY : 0;
		if (i == PERIODS)
			rule->measure = MEASURE_KILLED_IN_PERIOD;
	}
	struct rule *apart_rule = &world->rules[APART];
	apart_rule->group_by[0] = FIELD_PARTY;
	apart_rule->group_by_count = 1;
	apart_rule->match.source =
		(struct name_list){both, stream->own ? 1 : 2};
	apart_rule->max_age_ms = 2 * DAY;
	apart_rule->min_gap = 3;
	world_source(world, "ministry", "", ASSESSMENT_VERIFIED);
	world_source(world, "agency", "", ASSESSMENT_VERIFIED);
}

static void
stream_step(struct stream *stream, struct world *world, struct world *other)
{
	stream->now += (int64_t)draw(stream, 5);
	if (draw(stream, 4) == 0) {
		world_tick(world, stream->now * QUARTER);
		world_tick(other, stream->now * QUARTER);
	} else {
		struct report *stands;
		struct report report = draw(stream, 3) == 0
					       ? incident_draw(stream, &stands)
					       : tally_draw(stream, &stands);
		/* Timers fire before it, by what stood until then. */
		world_tick(world, stream->now * QUARTER);
		alerts_check(stream, world);
		world->alerts_count = 0;
		world_tick(other, stream->now * QUARTER);
		other->alerts_count = 0;
		assert_int_equal(world_report(world, stream->now * QUARTER,
					      report),
				 VERDICT_ACCEPTED);
		world_report(other, stream->now * QUARTER, report);
		*stands = report;
		stream->before = stream->now;
	}
	assert_int_equal(world->alerts_count, other->alerts_count);
	assert_memory_equal(world->alerts, other->alerts,
			    world->alerts_count * sizeof(*world->alerts));
	alerts_check(stream, world);
	open_check(stream);
	sums_check(stream, world);
	world->alerts_count = other->alerts_count = 0;
	world_restore(other);
}

static void
says_what_the_tallies_say_whatever_comes(void **state)
{
	size_t told = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= STREAMS; seed++) {
		struct stream stream = {.seed = seed,
					.basis = (enum basis)(seed % 4),
					.own = seed / 4 % 2};
		struct world *world = world_new();
		struct world *other = world_new();
		rules_make(world, &stream);
		rules_make(other, &stream);
		world_begin(world);
		world_begin(other);
		for (int i = 0; i < STEPS; i++)
			stream_step(&stream, world, other);
		told += stream.told_count;
		world_free(world);
		world_free(other);
	}
	assert_true(told > 5 * STREAMS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_tallies_say_whatever_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
