#include "core/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alerts.h"
#include "core/arena.h"
#include "core/dictionary.h"
#include "core/episodes.h"
#include "core/groups.h"
#include "core/ledger.h"
#include "core/rules.h"
#include "core/window.h"

/* What became of one rule's reports; lives in the arena. */
struct rule_counts {
	uint64_t too_late;
	uint64_t ungrouped;
	uint32_t groups;
	uint32_t open;
};

/* The head of the arena: all that a checkpoint must hold. */
struct state {
	struct dictionary dictionary;
	struct ledger ledger;
	struct groups groups;
	struct episodes episodes;
	struct span rule_counts; /* struct rule_counts, by rule */
	int64_t now;		 /* TIME_UNSET before the first */
	uint64_t seq;
	uint32_t pools_told; /* bit 1 << enum pool_kind: its 80 % were told */
};

/* An event before and after a report was applied. */
struct change {
	struct event_reports before;
	struct event_reports after;
};

/* A group that a report reached, and the oldest bucket that changed in it. */
struct touched {
	uint32_t group;
	int64_t index;
};

/* For the search of a peak: what an event adds, and where. */
struct moment {
	int64_t index;
	struct sums sums;
};

/* What engine_next does next. */
enum stage {
	STAGE_IDLE,
	STAGE_ADMIT,  /* the verdict on the next report */
	STAGE_TIMERS, /* those due by `until` */
	STAGE_APPLY,  /* the report that was accepted, if there is one */
	STAGE_RULES,  /* the next rule that can match it */
	STAGE_GROUPS, /* the next group that it touched there */
	STAGE_POOLS   /* whether a pool is nearly full now */
};

/* Nothing of what follows `state` survives a step, but what was compiled. */
struct engine {
	struct state *state; /* the arena */
	const struct configuration *configuration;
	const struct limits *limits;
	enum engine_part part;
	struct rules *rules;
	struct moment *moments; /* scratch, one for each report there may be */
	size_t moments_count;

	struct step step;
	size_t report; /* in the step */
	enum stage stage;
	int64_t until;
	bool has_report; /* STAGE_APPLY has one to apply */

	struct entry earlier; /* the revision that was replaced */
	struct change changes[2];
	size_t changes_count;
	struct rule_list candidates[KINDS]; /* the rest of each */
	size_t candidates_count;

	struct touched touched[4];
	size_t touched_count;
	size_t touched_next;

	uint32_t evaluating;  /* group, 0: none */
	bool corrects;	      /* a report, not a timer, is the cause */
	int64_t changed_from; /* oldest bucket that changed */
};

static const struct limits *
limits_of(const struct configuration *configuration, enum engine_part part)
{
	return part == ENGINE_REAL ? &configuration->limits
				   : &configuration->drill_limits;
}

void
engine_memory(const struct configuration *configuration, enum engine_part part,
	      struct pool_use ret_use[POOLS])
{
	const struct limits *limits = limits_of(configuration, part);

	ret_use[POOL_REPORTS] = (struct pool_use){
		.bytes = ledger_bytes(limits->reports,
				      configuration->agreements_count) +
			 (uint64_t)limits->reports * sizeof(struct moment),
		.limit = limits->reports,
	};
	ret_use[POOL_GROUPS] = (struct pool_use){
		.bytes = groups_bytes(limits->groups),
		.limit = limits->groups,
	};
	ret_use[POOL_BUCKETS] = (struct pool_use){
		.bytes = bucket_pool_bytes(limits->buckets),
		.limit = limits->buckets,
	};
	ret_use[POOL_EPISODES] = (struct pool_use){
		.bytes = episodes_bytes(limits->episodes),
		.limit = limits->episodes,
	};
	ret_use[POOL_NAMES] = (struct pool_use){
		.bytes = dictionary_bytes(limits->names),
		.limit = limits->names,
	};
}

static size_t
arena_size(const struct configuration *configuration,
	   const struct limits *limits)
{
	return arena_bytes(1, sizeof(struct state)) +
	       dictionary_bytes(limits->names) +
	       ledger_bytes(limits->reports, configuration->agreements_count) +
	       groups_bytes(limits->groups) +
	       bucket_pool_bytes(limits->buckets) +
	       episodes_bytes(limits->episodes) +
	       arena_bytes(configuration->rules_count,
			   sizeof(struct rule_counts));
}

static void
state_init(struct state *state, size_t size,
	   const struct configuration *configuration,
	   const struct limits *limits, const uint8_t key[static 16])
{
	struct arena arena = {.memory = (char *)state,
			      .size = size,
			      .used = arena_bytes(1, sizeof(*state))};

	dictionary_init(&state->dictionary, &arena, limits->names, key);
	ledger_init(&state->ledger, &arena, limits->reports,
		    configuration->agreements_count, key);
	groups_init(&state->groups, &arena, limits->groups, limits->buckets,
		    key);
	episodes_init(&state->episodes, &arena, limits->episodes);
	arena_take(&arena, &state->rule_counts, configuration->rules_count,
		   sizeof(struct rule_counts));
	state->now = TIME_UNSET;
}

static struct rule_counts *
counts_of(const struct engine *engine, uint32_t rule)
{
	return (struct rule_counts *)span_data(&engine->state->rule_counts) +
	       rule;
}

static const struct rule *
rule_of(const struct engine *engine, uint32_t rule)
{
	return &engine->configuration->rules[rule];
}

static const struct window_shape *
shape_of(const struct engine *engine, const struct group *group)
{
	return rules_window(engine->rules, group->rule, group->agreement);
}

/* The bucket of now; before there is a now, one that is older than all. */
static int64_t
index_now(const struct engine *engine, const struct window_shape *shape)
{
	if (engine->state->now == TIME_UNSET && shape->resolution_ms > 0)
		return INT64_MIN / 4;
	return window_index(shape, engine->state->now);
}

static uint32_t
group_take(struct engine *engine, uint32_t rule, uint16_t agreement,
	   const struct group_key *key)
{
	const struct window_shape *shape =
		rules_window(engine->rules, rule, agreement);
	struct groups *groups = &engine->state->groups;
	uint32_t used = groups->used;
	uint32_t group = groups_take(groups, rule, agreement, key, shape,
				     index_now(engine, shape));

	counts_of(engine, rule)->groups += groups->used - used;
	return group;
}

/* A rule that does not group must never find the pool full. */
static int
groups_reserve(struct engine *engine)
{
	const struct configuration *configuration = engine->configuration;
	const struct group_key key = {{0}};

	for (uint32_t rule = 0; rule < configuration->rules_count; rule++) {
		if (rule_of(engine, rule)->group_by_count > 0)
			continue;
		for (uint16_t agreement = 0;
		     agreement < configuration->agreements_count; agreement++) {
			if (rules_can_match(engine->rules, rule, agreement) &&
			    !group_take(engine, rule, agreement, &key))
				return -ENOSPC;
		}
	}
	return 0;
}

int
engine_new(struct engine **ret_engine,
	   const struct configuration *configuration, enum engine_part part,
	   const uint8_t key[static 16])
{
	const struct limits *limits = limits_of(configuration, part);
	size_t size = arena_size(configuration, limits);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	engine->configuration = configuration;
	engine->limits = limits;
	engine->part = part;
	engine->state = calloc(1, size);
	engine->moments = calloc(limits->reports, sizeof(*engine->moments));
	int error = -ENOMEM;
	if (engine->state && engine->moments) {
		state_init(engine->state, size, configuration, limits, key);
		error = rules_new(&engine->rules, configuration,
				  &engine->state->dictionary);
	}
	if (!error)
		error = groups_reserve(engine);
	if (error) {
		engine_free(engine);
		return error;
	}
	*ret_engine = engine;
	return 0;
}

void
engine_free(struct engine *engine)
{
	if (!engine)
		return;
	rules_free(engine->rules);
	free(engine->state);
	free(engine->moments);
	free(engine);
}

/* --- Verdicts: whether a report is taken, before anything changes --- */

enum engine_part
engine_part_of(const struct report *report)
{
	return report->status == STATUS_EXERCISE ||
			       report->status == STATUS_TEST
		       ? ENGINE_DRILL
		       : ENGINE_REAL;
}

static bool
is_for(const struct engine *engine, const struct report *report)
{
	return engine_part_of(report) == engine->part;
}

/* Whether all names of a report are known or still fit. */
static bool
names_fit(const struct dictionary *dictionary, const struct report *report)
{
	const char *names[] = {report->source,	report->feed,  report->party,
			       report->against, report->admin, report->country,
			       report->place};
	uint32_t room = dictionary->limit - dictionary->used;
	name_number number;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool known = dictionary_find(dictionary, names[i], &number);
		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(names[i], names[j]) == 0;
		if (known)
			continue;
		if (room == 0)
			return false;
		room--;
	}
	return true;
}

static uint32_t
report_find(const struct engine *engine, const struct report *report,
	    uint16_t agreement)
{
	name_number source;

	if (!dictionary_find(&engine->state->dictionary, report->source,
			     &source))
		return 0;
	return ledger_find(&engine->state->ledger, report->type, agreement,
			   source, report->id);
}

static bool
event_is_full(const struct ledger *ledger, const struct report *report,
	      uint16_t agreement, uint32_t standing)
{
	struct event_reports reports;
	struct event_key key =
		ledger_event_key(ledger, agreement, report->event);

	if (report->type != REPORT_INCIDENT || !event_key_is_set(key))
		return false;
	ledger_event(ledger, agreement, key, standing, &reports);
	return reports.count >= EVENT_REPORTS_MAX;
}

/* Against what stands: ACCEPTED if it would be new or a higher revision. */
static void
judge_identity(const struct entry *stands, const struct report *report,
	       struct receipt *receipt)
{
	receipt->position = stands->position;
	if (report->revision < stands->revision) {
		receipt->verdict = VERDICT_STALE;
	} else if (report->revision == stands->revision &&
		   report->content == stands->content) {
		receipt->verdict = VERDICT_DUPLICATE;
	} else if (report->revision == stands->revision) {
		uint64_t position = stands->position;
		receipt_reject(receipt, REASON_CONFLICT, "revision",
			       "more than %u, which stands with other content",
			       stands->revision);
		receipt->position = position;
	}
}

static void
judge(const struct engine *engine, const struct report *report,
      struct receipt *receipt)
{
	const struct state *state = engine->state;
	uint16_t agreement;

	*receipt = (struct receipt){.verdict = VERDICT_ACCEPTED};
	if (!rules_agreement(engine->rules, report->agreement, &agreement)) {
		receipt_reject(receipt, REASON_UNKNOWN_AGREEMENT, "agreement",
			       "one that is configured");
		return;
	}
	if (!rules_knows_party(engine->rules, agreement, report->party) ||
	    !rules_knows_party(engine->rules, agreement, report->against)) {
		bool party = !rules_knows_party(engine->rules, agreement,
						report->party);
		receipt_reject(receipt, REASON_UNKNOWN_PARTY,
			       party ? "party" : "against",
			       "one of the parties to %s", report->agreement);
		return;
	}
	uint32_t standing = report_find(engine, report, agreement);
	if (standing)
		judge_identity(ledger_entry(&state->ledger, standing), report,
			       receipt);
	if (receipt->verdict != VERDICT_ACCEPTED)
		return;
	if (!names_fit(&state->dictionary, report))
		receipt_reject(receipt, REASON_NAMES_FULL, "",
			       "no name beyond limits.names = %u",
			       engine->limits->names);
	else if (!standing && state->ledger.used >= state->ledger.limit)
		receipt_reject(receipt, REASON_LEDGER_FULL, "",
			       "no report beyond limits.reports = %u",
			       engine->limits->reports);
	else if (event_is_full(&state->ledger, report, agreement, standing))
		receipt_reject(receipt, REASON_EVENT_FULL, "event",
			       "at most %d reports of one event",
			       EVENT_REPORTS_MAX);
}

void
engine_judge(const struct engine *engine, const struct report *report,
	     struct receipt *ret_receipt)
{
	assert(is_for(engine, report));
	judge(engine, report, ret_receipt);
}

/* --- Applying a report: the ledger, and what changed in which event --- */

static int64_t
earlier_of(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static int64_t
later_of(int64_t left, int64_t right)
{
	return left > right ? left : right;
}

/* When a report says that it is, for a records clock. */
static int64_t
own_time(const struct report *report)
{
	return report->reported_at != TIME_UNSET ? report->reported_at
						 : report->occurred_at;
}

/* The engine's time at which an accepted report is applied. */
static int64_t
time_of(const struct engine *engine, const struct report *report)
{
	int64_t time = engine->configuration->clock == CLOCK_WALL
			       ? engine->step.time_ms
			       : own_time(report);

	time = later_of(engine->state->now, time);
	return time == TIME_UNSET ? 0 : time; /* nothing was dated yet */
}

/* What is not told counts as the next best; what lies ahead, as now. */
static void
entry_date(const struct engine *engine, const struct report *report,
	   struct entry *entry)
{
	int64_t now = engine->state->now;
	int64_t own = own_time(report);
	bool by_records = engine->configuration->clock == CLOCK_RECORDS;
	int64_t received = by_records && own != TIME_UNSET ? own : now;
	int64_t reported = report->reported_at != TIME_UNSET
				   ? report->reported_at
				   : received;
	int64_t occurred = report->occurred_at != TIME_UNSET
				   ? report->occurred_at
				   : reported;

	entry->received_at = earlier_of(received, now);
	entry->reported_at = earlier_of(reported, now);
	entry->occurred_at = earlier_of(occurred, now);
	if (report->occurred_until != TIME_UNSET &&
	    report->occurred_until > occurred)
		entry->lasted_ms = report->occurred_until - occurred;
}

static name_number
name_intern(struct engine *engine, const char *name)
{
	name_number number;
	bool interned =
		dictionary_intern(&engine->state->dictionary, name, &number);

	assert(interned); /* judge has seen that it fits */
	(void)interned;
	return number;
}

static void
entry_fill(struct engine *engine, const struct report *report,
	   uint16_t agreement, struct entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->id_size = (uint8_t)strlen(report->id);
	memcpy(entry->id, report->id, entry->id_size);
	entry->content = report->content;
	entry->position = engine->step.position;
	entry->revision = report->revision;
	entry->agreement = agreement;
	entry->source = name_intern(engine, report->source);
	entry->feed = name_intern(engine, report->feed);
	entry->party = name_intern(engine, report->party);
	entry->against = name_intern(engine, report->against);
	entry->admin = name_intern(engine, report->admin);
	entry->country = name_intern(engine, report->country);
	entry->place = name_intern(engine, report->place);
	entry->type = (uint8_t)report->type;
	entry->kind = (uint8_t)report->kind;
	entry->target = (uint8_t)report->target;
	entry->assessment = (uint8_t)report->assessment;
	entry->attribution = (uint8_t)report->attribution;
	entry_date(engine, report, entry);
	if (report->type != REPORT_INCIDENT)
		return;
	for (int kind = 0; kind < COUNT_KINDS; kind++)
		entry->counts[kind] = count_pack(&report->counts[kind]);
	entry->event = ledger_event_key(&engine->state->ledger, agreement,
					report->event);
}

/* The event that a report tells: with others, or alone. */
static void
event_of(const struct engine *engine, uint32_t number,
	 const struct entry *entry, uint32_t except,
	 struct event_reports *ret_reports)
{
	ret_reports->count = 0;
	if (event_key_is_set(entry->event))
		ledger_event(&engine->state->ledger, entry->agreement,
			     entry->event, except, ret_reports);
	else if (number != except)
		ret_reports->reports[ret_reports->count++] = entry;
}

/* Fills engine->changes: the event that the report told before, and, if it is
 * another, the one that it tells now. */
static void
report_put(struct engine *engine, uint32_t number, const struct entry *entry)
{
	struct ledger *ledger = &engine->state->ledger;
	struct change *left = &engine->changes[0];
	struct change *joined = left;

	left->before.count = 0;
	left->after.count = 0;
	engine->changes_count = 1;
	if (number) {
		engine->earlier = *ledger_entry(ledger, number);
		event_of(engine, number, &engine->earlier, number,
			 &left->before);
		left->after = left->before;
		left->before.reports[left->before.count++] = &engine->earlier;
		bool alone = !event_key_is_set(entry->event) &&
			     !event_key_is_set(engine->earlier.event);
		if (!alone &&
		    !event_key_equal(entry->event, engine->earlier.event)) {
			joined = &engine->changes[1];
			engine->changes_count = 2;
		}
	}
	if (joined == left && number) {
		number = ledger_put(ledger, number, entry);
		left->after.reports[left->after.count++] =
			ledger_entry(ledger, number);
		return;
	}
	event_of(engine, number, entry, number, &joined->before);
	joined->after = joined->before;
	number = ledger_put(ledger, number, entry);
	joined->after.reports[joined->after.count++] =
		ledger_entry(ledger, number);
}

/* The rules that can match any kind that these reports name. */
static void
candidates_find(struct engine *engine, uint16_t agreement)
{
	uint64_t kinds = 0;

	for (size_t i = 0; i < engine->changes_count; i++) {
		const struct event_reports *both[] = {
			&engine->changes[i].before, &engine->changes[i].after};
		for (int side = 0; side < 2; side++) {
			for (size_t j = 0; j < both[side]->count; j++)
				kinds |= UINT64_C(1)
					 << both[side]->reports[j]->kind;
		}
	}
	engine->candidates_count = 0;
	for (int kind = 0; kind < KINDS; kind++) {
		if (kinds >> kind & 1)
			engine->candidates[engine->candidates_count++] =
				rules_for(engine->rules, agreement,
					  (enum kind)kind);
	}
}

static void
report_apply(struct engine *engine)
{
	const struct report *report = &engine->step.reports[engine->report];
	struct receipt *receipt = &engine->step.receipts[engine->report];
	struct entry entry;
	uint16_t agreement = 0;
	bool known =
		rules_agreement(engine->rules, report->agreement, &agreement);

	assert(known);
	(void)known;
	uint32_t number = report_find(engine, report, agreement);
	entry_fill(engine, report, agreement, &entry);
	if (number)
		entry.received_at = ledger_entry(&engine->state->ledger, number)
					    ->received_at;
	report_put(engine, number, &entry);
	candidates_find(engine, agreement);
	receipt->position = engine->step.position;
}

/* --- What a change adds to one rule --- */

static bool
window_covers(const struct window_shape *shape, const struct window *window,
	      int64_t index)
{
	return window->end - shape->length < index && index <= window->end;
}

typedef void (*sums_change)(struct sums *sums, const struct sums *by);

static void
witness_change(const struct window_shape *shape, struct episode *episode,
	       const struct contribution *by, sums_change change)
{
	if (window_covers(shape, &episode->witness, by->index))
		change(&episode->witness.sums, &by->sums);
}

/* The group's episodes hold what their witness is worth now. */
static void
episodes_change(struct engine *engine, const struct group *group,
		const struct contribution *by, sums_change change)
{
	struct episodes *episodes = &engine->state->episodes;
	const struct window_shape *shape = shape_of(engine, group);
	uint32_t number = group->newest_ended;

	if (group->open)
		witness_change(shape, episodes_at(episodes, group->open), by,
			       change);
	while (number) {
		struct episode *episode = episodes_at(episodes, number);
		if (episode->last_end < by->index)
			break; /* it and all older ones ended before */
		witness_change(shape, episode, by, change);
		number = episode->older;
	}
}

static void
touch(struct engine *engine, uint32_t group, int64_t index)
{
	for (size_t i = 0; i < engine->touched_count; i++) {
		struct touched *touched = &engine->touched[i];
		if (touched->group == group) {
			touched->index = earlier_of(touched->index, index);
			return;
		}
	}
	engine->touched[engine->touched_count++] =
		(struct touched){.group = group, .index = index};
}

static void
contribution_remove(struct engine *engine, uint32_t rule, uint16_t agreement,
		    const struct contribution *contribution)
{
	struct groups *groups = &engine->state->groups;
	uint32_t number =
		groups_find(groups, rule, agreement, &contribution->group);

	if (!number)
		return; /* it went to _other */
	struct group *group = groups_at(groups, number);
	ring_advance(&group->ring, &groups->buckets,
		     index_now(engine, shape_of(engine, group)));
	ring_subtract(&group->ring, &groups->buckets, contribution->index,
		      &contribution->sums);
	episodes_change(engine, group, contribution, sums_subtract);
	touch(engine, number, contribution->index);
}

static void
contribution_add(struct engine *engine, uint32_t rule, uint16_t agreement,
		 const struct contribution *contribution)
{
	struct groups *groups = &engine->state->groups;
	uint32_t number =
		group_take(engine, rule, agreement, &contribution->group);

	if (!number) {
		counts_of(engine, rule)->ungrouped++;
		return;
	}
	struct group *group = groups_at(groups, number);
	ring_advance(&group->ring, &groups->buckets,
		     index_now(engine, shape_of(engine, group)));
	if (!ring_add(&group->ring, &groups->buckets, contribution->index,
		      &contribution->sums))
		counts_of(engine, rule)->too_late++;
	episodes_change(engine, group, contribution, sums_add);
	touch(engine, number, contribution->index);
}

/* Two groups at a time are touched in the order of their labels. */
static void
touched_sort(struct engine *engine)
{
	for (size_t i = 1; i < engine->touched_count; i++) {
		struct touched moving = engine->touched[i];
		size_t j = i;
		while (j > 0 &&
		       groups_compare_labels(&engine->state->groups,
					     engine->rules, moving.group,
					     engine->touched[j - 1].group) <
			       0) {
			engine->touched[j] = engine->touched[j - 1];
			j--;
		}
		engine->touched[j] = moving;
	}
}

static uint16_t
agreement_of(const struct event_reports *before,
	     const struct event_reports *after)
{
	return (after->count ? after : before)->reports[0]->agreement;
}

static void
rule_apply(struct engine *engine, uint32_t rule)
{
	engine->touched_count = 0;
	engine->touched_next = 0;
	for (size_t i = 0; i < engine->changes_count; i++) {
		const struct change *change = &engine->changes[i];
		struct contribution before, after;
		if (change->before.count + change->after.count == 0)
			continue;
		uint16_t agreement =
			agreement_of(&change->before, &change->after);
		rules_contribution(engine->rules, rule, agreement,
				   &change->before, &before);
		rules_contribution(engine->rules, rule, agreement,
				   &change->after, &after);
		if (contribution_equal(&before, &after))
			continue;
		if (before.present)
			contribution_remove(engine, rule, agreement, &before);
		if (after.present)
			contribution_add(engine, rule, agreement, &after);
	}
	touched_sort(engine);
}

/* The next rule of all candidates' lists, each ascending. */
static bool
candidate_next(struct engine *engine, uint32_t *ret_rule)
{
	uint32_t rule = UINT32_MAX;

	for (size_t i = 0; i < engine->candidates_count; i++) {
		const struct rule_list *list = &engine->candidates[i];
		if (list->count && list->rules[0] < rule)
			rule = list->rules[0];
	}
	for (size_t i = 0; i < engine->candidates_count; i++) {
		struct rule_list *list = &engine->candidates[i];
		if (list->count && list->rules[0] == rule) {
			list->rules++;
			list->count--;
		}
	}
	*ret_rule = rule;
	return rule != UINT32_MAX;
}

/* --- From the ledger: peaks and evidence --- */

/* Whether an entry is the one of its event that was accepted last, so that a
 * walk meets each event once. Gives the event's reports. */
static bool
stands_for_event(const struct engine *engine, uint32_t number,
		 struct event_reports *ret_reports)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct entry *entry = ledger_entry(ledger, number);

	event_of(engine, number, entry, 0, ret_reports);
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
	const struct window_shape *shape = shape_of(engine, group);
	uint32_t number = ledger_newest(ledger, group->agreement);

	engine->moments_count = 0;
	for (; number; number = ledger_entry(ledger, number)->older) {
		struct event_reports reports;
		struct contribution contribution;
		if (!entry_takes_part(ledger_entry(ledger, number)) &&
		    !event_key_is_set(ledger_entry(ledger, number)->event))
			continue;
		if (!stands_for_event(engine, number, &reports) ||
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
peak_find(struct engine *engine, const struct group *group, int64_t first_end,
	  int64_t last_end, struct window *ret_peak)
{
	const struct window_shape *shape = shape_of(engine, group);
	const struct moment *moments = engine->moments;
	struct sums sums = {.events = 0};
	size_t entered = 0, left = 0;
	int64_t end = first_end;

	moments_gather(engine, group, first_end, last_end);
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

/* The newest reports of the events in a window's sum. */
static void
evidence_find(const struct engine *engine, const struct group *group,
	      const struct window *window, struct alert *alert)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct window_shape *shape = shape_of(engine, group);
	uint32_t number = ledger_newest(ledger, group->agreement);
	uint32_t events = 0;

	while (number && events < window->sums.events &&
	       alert->evidence_count < EVIDENCE_MAX) {
		const struct entry *entry = ledger_entry(ledger, number);
		struct event_reports reports;
		struct contribution contribution;
		if (rules_hears(engine->rules, group->rule, entry)) {
			event_of(engine, number, entry, 0, &reports);
			if (contributes(engine, group, &reports,
					&contribution) &&
			    contribution.sums.events &&
			    window_covers(shape, window, contribution.index)) {
				evidence_add(engine, entry, alert);
				events += is_oldest_heard(engine, group->rule,
							  entry, &reports);
			}
		}
		number = entry->older;
	}
}

/* --- Telling --- */

static void
alert_number(struct engine *engine, struct alert *alert)
{
	memset(alert, 0, sizeof(*alert));
	alert->seq = ++engine->state->seq;
	alert->sent_at = engine->state->now;
	alert->status =
		engine->part == ENGINE_REAL ? STATUS_ACTUAL : STATUS_EXERCISE;
	alert->headline = alert->instruction = alert->web = "";
	alert->measure = "";
}

static void
alert_label(const struct engine *engine, const struct group *group,
	    struct alert *alert)
{
	const struct rule *rule = rule_of(engine, group->rule);

	for (size_t i = 0; i < rule->group_by_count; i++) {
		struct label *label = &alert->labels[i];
		label->name = field_name(rule->group_by[i]);
		strcpy(label->value,
		       rules_label(engine->rules, rule->group_by[i],
				   group->key.values[i]));
	}
	alert->labels_count = rule->group_by_count;
}

static int64_t
onset_of(const struct engine *engine, const struct group *group,
	 const struct window *window)
{
	const struct window_shape *shape = shape_of(engine, group);

	if (shape->resolution_ms == 0)
		return engine->configuration->agreements[group->agreement]
			.effective_at;
	return window_start(shape, window->onset);
}

/* Writes the message of a turn and keeps in the episode what was told. */
static void
tell(struct engine *engine, const struct group *group, struct episode *episode,
     enum turn turn, const struct window *window, struct alert *alert)
{
	const struct rule *rule = rule_of(engine, group->rule);

	alert_number(engine, alert);
	if (!episode->first_seq)
		episode->first_seq = alert->seq;
	alert->episode_seq = episode->first_seq;
	alert->references_seq = episode->last_seq;
	episode->last_seq = alert->seq;
	episode->last_message_at = alert->sent_at;
	if (!window->empty)
		episode->onset_at = onset_of(engine, group, window);
	memcpy(episode->last_four, window->sums.by_basis,
	       sizeof(episode->last_four));

	strcpy(alert->rule, rule->name);
	strcpy(alert->agreement,
	       engine->configuration->agreements[group->agreement].id);
	alert_label(engine, group, alert);
	alert->measure = measure_name(rule->measure);
	alert->sums = window->sums;
	alert->window_ms = rule->window_ms;
	alert->onset_at = episode->onset_at;
	alert->headline = rule->headline;
	alert->instruction = rule->instruction;
	alert->web = rule->web;
	episode_tell(episode, rule, turn, alert);
	evidence_find(engine, group, window, alert);
}

/* What the turn makes of the episode, once it is told. */
static void
turn_end(struct engine *engine, uint32_t number, enum turn turn)
{
	struct state *state = engine->state;
	struct episode *episode = episodes_at(&state->episodes, number);
	struct group *group = groups_at(&state->groups, episode->group);
	bool open = episode->state == EPISODE_OPEN;

	if (turn == TURN_CANCELLED) {
		counts_of(engine, group->rule)->open -= open;
		episodes_forget(&state->episodes, &state->groups, number);
	} else if (turn == TURN_CLEARED) {
		counts_of(engine, group->rule)->open--;
		episode->last_end = index_now(engine, shape_of(engine, group));
		episodes_end(&state->episodes, &state->groups, number);
	}
}

/* --- One evaluation of a group: call again until it gives nothing --- */

/* An episode whose windows lost so much that its peak must be looked up. */
static bool
correct(struct engine *engine, const struct group *group, uint32_t number,
	struct alert *alert)
{
	const struct rule *rule = rule_of(engine, group->rule);
	struct episode *episode = episodes_at(&engine->state->episodes, number);
	struct window peak;

	if (!episode_is_doubtful(episode, rule))
		return false;
	if (episode->state == EPISODE_OPEN)
		episode->last_end = index_now(engine, shape_of(engine, group));
	peak_find(engine, group, episode->first_end, episode->last_end, &peak);
	enum turn turn = episode_correct(episode, rule, &peak);
	if (turn == TURN_NONE)
		return false;
	tell(engine, group, episode, turn, &peak, alert);
	turn_end(engine, number, turn);
	return true;
}

/* The group's ended episodes that a change may have reached, oldest first. */
static bool
correct_ended(struct engine *engine, const struct group *group,
	      struct alert *alert)
{
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t number = group->newest_ended;
	uint32_t oldest = 0;

	while (number && episodes_at(episodes, number)->last_end >=
				 engine->changed_from) {
		oldest = number;
		number = episodes_at(episodes, number)->older;
	}
	while (oldest) {
		uint32_t newer = episodes_at(episodes, oldest)->newer;
		if (correct(engine, group, oldest, alert))
			return true;
		oldest = newer;
	}
	return false;
}

/* A closed group that meets a level begins an episode, once it has met it for
 * as long as the rule wants. */
static bool
begin(struct engine *engine, uint32_t number, const struct window *window,
      struct alert *alert)
{
	struct state *state = engine->state;
	struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = rule_of(engine, group->rule);
	const struct window_shape *shape = shape_of(engine, group);

	if (!rule_is_met(rule, &window->sums)) {
		group->pending_since = TIME_UNSET;
		return false;
	}
	if (group->pending_since == TIME_UNSET)
		group->pending_since = state->now;
	if (state->now - group->pending_since < rule->for_ms)
		return false;
	group->pending_since = TIME_UNSET;
	struct episode *episode =
		episodes_open(&state->episodes, &state->groups, number);
	episode_begin(episode, rule, window);
	episode->first_end = index_now(engine, shape) - shape->late;
	counts_of(engine, group->rule)->open++;
	tell(engine, group, episode, TURN_CROSSED, window, alert);
	return true;
}

static void
window_now(const struct engine *engine, struct group *group,
	   struct window *ret_window)
{
	struct groups *groups = &engine->state->groups;
	const struct window_shape *shape = shape_of(engine, group);

	ring_advance(&group->ring, &groups->buckets, index_now(engine, shape));
	ring_best(&group->ring, &groups->buckets, shape, ret_window);
}

/* When the group must be looked at again though no report comes. */
static void
schedule(struct engine *engine, uint32_t number, const struct window *window)
{
	struct state *state = engine->state;
	const struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = rule_of(engine, group->rule);
	int64_t due = TIME_NEVER;

	if (group->open || group->pending_since != TIME_UNSET)
		due = window_next_change(shape_of(engine, group), &group->ring,
					 window);
	if (group->open)
		due = earlier_of(due, episode_due(episodes_at(&state->episodes,
							      group->open),
						  rule, &window->sums));
	else if (group->pending_since != TIME_UNSET)
		due = earlier_of(due, group->pending_since + rule->for_ms);
	assert(due > state->now);
	timers_set(&state->groups, engine->rules, number, due);
}

static bool
evaluate(struct engine *engine, uint32_t number, struct alert *alert)
{
	struct state *state = engine->state;
	struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = rule_of(engine, group->rule);
	struct window window;

	if (engine->corrects &&
	    (correct_ended(engine, group, alert) ||
	     (group->open && correct(engine, group, group->open, alert))))
		return true;
	/* No window holds more than the ring: most groups are far from any
	 * level and need not be looked at. */
	if (!group->open && group->pending_since == TIME_UNSET &&
	    !rule_is_met(rule, &group->ring.total)) {
		timers_set(&state->groups, engine->rules, number, TIME_NEVER);
		return false;
	}
	window_now(engine, group, &window);
	if (!group->open) {
		if (begin(engine, number, &window, alert))
			return true;
	} else {
		uint32_t open = group->open;
		struct episode *episode = episodes_at(&state->episodes, open);
		enum turn turn =
			episode_turn(episode, rule, &window, state->now);
		if (turn != TURN_NONE) {
			tell(engine, group, episode, turn, &window, alert);
			turn_end(engine, open, turn);
			return true;
		}
	}
	schedule(engine, number, &window);
	return false;
}

/* --- Our own condition: a pool is nearly full --- */

void
engine_pools(const struct engine *engine, struct pool_use ret_use[POOLS])
{
	const struct state *state = engine->state;

	engine_memory(engine->configuration, engine->part, ret_use);
	ret_use[POOL_REPORTS].used = state->ledger.used;
	ret_use[POOL_GROUPS].used = state->groups.used;
	ret_use[POOL_BUCKETS].used = state->groups.buckets.used;
	ret_use[POOL_EPISODES].used = state->episodes.open.count;
	ret_use[POOL_NAMES].used = state->dictionary.used;
}

static void
pool_tell(struct engine *engine, enum pool_kind pool,
	  const struct pool_use *use, uint32_t threshold, struct alert *alert)
{
	alert_number(engine, alert);
	if (engine->part == ENGINE_REAL)
		alert->status = STATUS_SYSTEM;
	alert->episode_seq = alert->seq;
	alert->msg_type = MSG_TYPE_ALERT;
	alert->state = ALERT_FIRING;
	alert->cause = CAUSE_CROSSED;
	snprintf(alert->rule, sizeof(alert->rule), "%s-limit", pool_name(pool));
	strcpy(alert->agreement, "truced");
	alert->severity = SEVERITY_MODERATE;
	alert->certainty = CERTAINTY_OBSERVED;
	alert->urgency = URGENCY_EXPECTED;
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		alert->sums.by_basis[basis] = use->used;
	alert->threshold = threshold;
	alert->onset_at = alert->sent_at;
}

/* The first pool that has reached 80 % and was not told of yet. */
static bool
pools_tell(struct engine *engine, struct alert *alert)
{
	struct pool_use use[POOLS];

	engine_pools(engine, use);
	for (int pool = 0; pool < POOLS; pool++) {
		uint32_t bit = UINT32_C(1) << pool;
		uint64_t limit = use[pool].limit;
		uint32_t threshold = (uint32_t)((limit * 4 + 4) / 5);
		if ((engine->state->pools_told & bit) ||
		    use[pool].used < threshold)
			continue;
		engine->state->pools_told |= bit;
		pool_tell(engine, (enum pool_kind)pool, &use[pool], threshold,
			  alert);
		return true;
	}
	return false;
}

/* --- Steps --- */

void
engine_begin(struct engine *engine, const struct step *step)
{
	assert(engine->stage == STAGE_IDLE);
	engine->step = *step;
	engine->report = 0;
	engine->has_report = false;
	if (step->kind == STEP_REPORTS) {
		engine->stage = STAGE_ADMIT;
	} else if (engine->configuration->clock == CLOCK_WALL) {
		engine->until = later_of(engine->state->now, step->time_ms);
		engine->stage = STAGE_TIMERS;
	}
}

/* On to the next report that is this engine's and is accepted. */
static void
admit_next(struct engine *engine)
{
	const struct step *step = &engine->step;

	for (; engine->report < step->count; engine->report++) {
		const struct report *report = &step->reports[engine->report];
		struct receipt *receipt = &step->receipts[engine->report];
		if (receipt->verdict != VERDICT_NONE || !is_for(engine, report))
			continue;
		judge(engine, report, receipt);
		if (receipt->verdict != VERDICT_ACCEPTED)
			continue;
		engine->has_report = true;
		engine->until = time_of(engine, report);
		engine->stage = STAGE_TIMERS;
		return;
	}
	engine->has_report = false;
	engine->stage = STAGE_IDLE;
}

/* The next timer that is due, at its own time; or time has come to `until`. */
static void
timers_next(struct engine *engine)
{
	struct state *state = engine->state;
	uint32_t first = timers_first(&state->groups);

	if (first && groups_at(&state->groups, first)->due <= engine->until) {
		state->now = groups_at(&state->groups, first)->due;
		engine->evaluating = first;
		engine->corrects = false;
		return;
	}
	state->now = engine->until;
	engine->stage = engine->has_report ? STAGE_APPLY : STAGE_IDLE;
}

static void
groups_next(struct engine *engine)
{
	if (engine->touched_next == engine->touched_count) {
		engine->stage = STAGE_RULES;
		return;
	}
	const struct touched *touched =
		&engine->touched[engine->touched_next++];
	engine->evaluating = touched->group;
	engine->changed_from = touched->index;
	engine->corrects = true;
}

bool
engine_next(struct engine *engine, struct alert *ret_alert)
{
	uint32_t rule;

	for (;;) {
		if (engine->evaluating) {
			if (evaluate(engine, engine->evaluating, ret_alert))
				return true;
			engine->evaluating = 0;
		}
		switch (engine->stage) {
		case STAGE_IDLE:
			return false;
		case STAGE_ADMIT:
			admit_next(engine);
			break;
		case STAGE_TIMERS:
			timers_next(engine);
			break;
		case STAGE_APPLY:
			report_apply(engine);
			engine->stage = STAGE_RULES;
			break;
		case STAGE_RULES:
			if (candidate_next(engine, &rule)) {
				rule_apply(engine, rule);
				engine->stage = STAGE_GROUPS;
			} else {
				engine->stage = STAGE_POOLS;
			}
			break;
		case STAGE_GROUPS:
			groups_next(engine);
			break;
		case STAGE_POOLS:
			if (pools_tell(engine, ret_alert))
				return true;
			engine->report++;
			engine->stage = STAGE_ADMIT;
			break;
		}
	}
}

/* --- Questions --- */

int64_t
engine_now(const struct engine *engine)
{
	return engine->state->now;
}

int64_t
engine_due(const struct engine *engine)
{
	uint32_t first = timers_first(&engine->state->groups);

	return first ? groups_at(&engine->state->groups, first)->due
		     : TIME_NEVER;
}

uint64_t
engine_seq(const struct engine *engine)
{
	return engine->state->seq;
}

void
engine_rule_use(const struct engine *engine, size_t rule,
		struct rule_use *ret_use)
{
	const struct rule_counts *counts = counts_of(engine, (uint32_t)rule);

	*ret_use = (struct rule_use){
		.rule = rule_of(engine, (uint32_t)rule)->name,
		.groups = counts->groups,
		.open = counts->open,
		.too_late = counts->too_late,
		.ungrouped = counts->ungrouped,
	};
}

bool
engine_sums(const struct engine *engine, size_t rule, const char *agreement,
	    const char *const *values, struct sums *ret_sums)
{
	const struct groups *groups = &engine->state->groups;
	const struct rule *grouping = rule_of(engine, (uint32_t)rule);
	struct window window;

	for (uint32_t number = 1; number <= groups->used; number++) {
		struct group *group = groups_at(groups, number);
		bool same = group->rule == rule &&
			    strcmp(engine->configuration
					   ->agreements[group->agreement]
					   .id,
				   agreement) == 0;
		for (size_t i = 0; same && i < grouping->group_by_count; i++)
			same = strcmp(rules_label(engine->rules,
						  grouping->group_by[i],
						  group->key.values[i]),
				      values[i]) == 0;
		if (!same)
			continue;
		window_now(engine, group, &window);
		*ret_sums = window.sums;
		return true;
	}
	return false;
}

bool
engine_open(const struct engine *engine, uint32_t *iterator, uint64_t *ret_seq)
{
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t number = *iterator ? episodes_at(episodes, *iterator)->next
				    : episodes->open.first;

	if (!number)
		return false;
	*iterator = number;
	*ret_seq = episodes_at(episodes, number)->last_seq;
	return true;
}
