#include "core/engine_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool
rule_reserve(struct engine *engine, uint32_t number, uint16_t agreement)
{
	const struct rule *rule = engine_rule(engine, number);
	const struct group_key key = {.values = {0}};

	switch (rule->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		return rule->group_by_count > 0 || rule_is_of_events(rule) ||
		       engine_group(engine, number, agreement, &key);
	case RULE_ABSENCE:
		return engine_absence_reserve(engine, number, agreement);
	case RULE_DEADLINE:
		return engine_deadline_reserve(engine, number, agreement);
	case RULE_TALLY:
	case RULE_DISCREPANCY:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	return true;
}

/* A rule whose groups are known must never find the pool full. */
static int
groups_reserve(struct engine *engine)
{
	const struct configuration *configuration = engine->configuration;

	for (uint32_t rule = 0; rule < configuration->rules_count; rule++) {
		for (uint16_t agreement = 0;
		     agreement < configuration->agreements_count; agreement++) {
			if (rules_can_match(engine->rules, rule, agreement) &&
			    !rule_reserve(engine, rule, agreement))
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
	const struct limits *limits = engine_limits(configuration, part);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	engine->configuration = configuration;
	engine->limits = limits;
	engine->part = part;
	engine->state = engine_state_new(configuration, limits, key);
	engine->moments = calloc((size_t)limits->reports + RING_BUCKETS_MAX,
				 sizeof(*engine->moments));
	engine->name_counts =
		calloc(limits->names, sizeof(*engine->name_counts));
	int error = -ENOMEM;
	if (engine->state && engine->moments && engine->name_counts &&
	    engine_names_new(engine) && engine_own_new(engine))
		error = rules_new(&engine->rules, configuration,
				  &engine->state->dictionary);
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
	engine_reload_free(engine->reload);
	rules_free(engine->rules);
	free(engine->state);
	free(engine->moments);
	free(engine->name_counts);
	engine_names_free(engine->names);
	free(engine->own_sums);
	free(engine);
}

/* By records, time is what reports say, and no step's but a TICK's. */
static void
time_begin(struct engine *engine)
{
	engine->until = engine->state->now;
	if (engine->configuration->clock == CLOCK_WALL ||
	    engine->step.kind == STEP_TICK)
		engine->until = later_of(engine->until, engine->step.time_ms);
	if (engine->configuration->clock == CLOCK_WALL &&
	    engine->step.kind == STEP_START)
		engine->heard_until = engine->step.ran_until;
	engine->stage = STAGE_TIMERS;
}

void
engine_begin(struct engine *engine, const struct step *step)
{
	assert(engine->stage == STAGE_IDLE);
	engine->step = *step;
	engine->report = 0;
	engine->sought_count = 0;
	engine->has_report = false;
	engine->commanded = false;
	engine->set_back = false;
	engine->heard_until = TIME_NEVER;
	if (step->kind == STEP_REPORTS)
		engine->stage = STAGE_ADMIT;
	else if (step->kind == STEP_CLOCK)
		engine->stage = STAGE_CLOCK;
	else
		time_begin(engine);
}

/* What a report will ask for is sought a little earlier, for it is far away. */
static void
seek_ahead(struct engine *engine)
{
	const struct step *step = &engine->step;
	size_t entry = engine->report + ENTRIES_AHEAD;

	reports_expect(step->reports, engine->report + SOUGHT_AHEAD,
		       step->count);
	for (; engine->sought_count < step->count &&
	       engine->sought_count <= engine->report + SOUGHT_AHEAD;
	     engine->sought_count++)
		engine_seek(engine, &step->reports[engine->sought_count],
			    &engine->recent,
			    &engine->sought[engine->sought_count % SOUGHT_MAX]);
	if (entry < engine->sought_count &&
	    engine->sought[entry % SOUGHT_MAX].known[NAME_SOURCE])
		ledger_expect_entry(&engine->state->ledger,
				    engine->sought[entry % SOUGHT_MAX].chain);
}

/* On to the next report that is this engine's and is accepted. */
static void
admit_next(struct engine *engine)
{
	const struct step *step = &engine->step;

	for (; engine->report < step->count; engine->report++) {
		const struct report *report = &step->reports[engine->report];
		struct receipt *receipt = &step->receipts[engine->report];
		seek_ahead(engine);
		if (receipt->verdict != VERDICT_NONE ||
		    !engine_takes(engine, report))
			continue;
		engine_look(engine, report,
			    &engine->sought[engine->report % SOUGHT_MAX],
			    receipt, &engine->found);
		if (receipt->verdict != VERDICT_ACCEPTED)
			continue;
		engine->has_report = true;
		engine->until = engine_time_of(engine, report);
		engine->stage = STAGE_TIMERS;
		return;
	}
	engine->has_report = false;
	engine->stage = STAGE_IDLE;
}

/* Time is known for the first time: what is due by itself is looked at. */
static void
time_first(struct engine *engine)
{
	struct groups *groups = &engine->state->groups;

	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		if (rule_counts_events(engine_rule(engine, group->rule)))
			continue;
		if (engine_rule(engine, group->rule)->kind == RULE_ABSENCE)
			engine_absence_begin(engine, number, engine->until);
		timers_set(groups, engine->rules, number, engine->until);
	}
}

/* The group whose timer is due next, 0: none; and when. */
static uint32_t
timer_next(const struct engine *engine, int64_t *ret_due)
{
	const struct groups *groups = &engine->state->groups;
	uint32_t first = timers_first(groups);

	*ret_due = first ? groups_at(groups, first)->due : TIME_NEVER;
	return first;
}

/* Fires the next timer that is due, at its own time. What a silence has held is
 * due when it ends, so that it ends before the groups. */
static bool
timer_fire(struct engine *engine)
{
	struct state *state = engine->state;
	int64_t silence = silences_due(&state->silences);
	int64_t due;
	uint32_t first = timer_next(engine, &due);

	if (earlier_of(due, silence) >
	    earlier_of(engine->until, engine->heard_until))
		return false;
	state->now = earlier_of(due, silence);
	if (silence <= due) {
		engine_silences_end(engine);
		return true;
	}
	engine->evaluating = first;
	/* All was summed anew then, and may be less than what was told. */
	engine->corrects = engine->set_back;
	engine->changed_from = INT64_MIN;
	return true;
}

/* All timers have fired that were due while somebody listened. */
static void
pause(struct engine *engine)
{
	int64_t *now = &engine->state->now;

	*now = later_of(*now, earlier_of(engine->until, engine->heard_until));
	engine_absence_pause(engine, engine->heard_until, engine->until);
	engine->heard_until = TIME_NEVER;
}

/* The next timer; or time has come to `until`. */
static void
timers_next(struct engine *engine)
{
	struct state *state = engine->state;

	if (state->now == TIME_UNSET && engine->until != TIME_UNSET)
		time_first(engine);
	if (timer_fire(engine))
		return;
	if (engine->heard_until != TIME_NEVER) {
		pause(engine);
		return;
	}
	state->now = engine->until;
	engine->stage = STAGE_IDLE;
	if (engine->has_report) {
		engine->stage = STAGE_APPLY;
	} else if (engine->step.kind == STEP_COMMAND &&
		   engine->step.part == engine->part) {
		engine->stage = STAGE_COMMAND;
	} else if (engine->reload && engine->step.kind == STEP_CONFIG) {
		engine_reload_begin(engine);
		engine->stage = STAGE_ENDING;
	} else if (engine->set_back) {
		engine->stage = STAGE_EVENTS;
	}
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

static void
new_group_next(struct engine *engine)
{
	engine->corrects = false;
	if (engine_reload_next_group(engine, &engine->evaluating))
		return;
	engine_unprepare(engine);
	engine->stage = STAGE_IDLE;
}

bool
engine_next(struct engine *engine, struct alert *ret_alert)
{
	uint32_t rule;

	for (;;) {
		if (engine->evaluating) {
			if (engine_evaluate(engine, engine->evaluating,
					    ret_alert)) {
				if (engine->commanded)
					engine_deadline_sign(engine, ret_alert);
				return true;
			}
			engine->evaluating = 0;
		}
		switch (engine->stage) {
		case STAGE_IDLE:
			return false;
		case STAGE_CLOCK: {
			bool told = engine_clock(engine, ret_alert);
			time_begin(engine);
			if (told)
				return true;
			break;
		}
		case STAGE_EVENTS:
			if (!engine_clock_next_event(engine,
						     &engine->evaluating))
				engine->stage = STAGE_IDLE;
			break;
		case STAGE_ADMIT:
			admit_next(engine);
			break;
		case STAGE_TIMERS:
			timers_next(engine);
			break;
		case STAGE_APPLY:
			engine_apply(engine);
			engine->stage = STAGE_RULES;
			break;
		case STAGE_RULES:
			if (rules_met(engine->rules, &rule)) {
				engine_apply_rule(engine, rule);
				engine->stage = STAGE_GROUPS;
			} else {
				engine->stage = STAGE_POOLS;
			}
			break;
		case STAGE_GROUPS:
			groups_next(engine);
			break;
		case STAGE_POOLS:
			if (engine_pools_tell(engine, ret_alert))
				return true;
			engine->report++;
			engine->stage = STAGE_ADMIT;
			break;
		case STAGE_COMMAND:
			engine->stage = STAGE_RELEASE;
			if (engine_command(engine, ret_alert))
				return true;
			break;
		case STAGE_RELEASE:
			if (!timer_fire(engine))
				engine->stage = STAGE_IDLE;
			break;
		case STAGE_ENDING:
			if (engine_reload_end_episode(engine, ret_alert))
				return true;
			engine_reload_switch(engine);
			engine->stage = STAGE_NEW;
			break;
		case STAGE_NEW:
			new_group_next(engine);
			break;
		}
	}
}

int64_t
engine_now(const struct engine *engine)
{
	return engine->state->now;
}

int64_t
engine_due(const struct engine *engine)
{
	int64_t due;

	timer_next(engine, &due);
	return earlier_of(due, silences_due(&engine->state->silences));
}

uint64_t
engine_seq(const struct engine *engine)
{
	return engine->state->seq;
}

void
engine_renumber(struct engine *engine, uint64_t seq)
{
	engine->state->seq = seq;
}

void
engine_rule_use(const struct engine *engine, size_t rule,
		struct rule_use *ret_use)
{
	const struct rule_counts *counts =
		engine_counts(engine, (uint32_t)rule);

	*ret_use = (struct rule_use){
		.rule = engine_rule(engine, (uint32_t)rule)->name,
		.groups = counts->groups,
		.open = counts->open,
		.too_late = counts->too_late,
		.ungrouped = counts->ungrouped,
	};
}

bool
engine_groups(const struct engine *engine, uint32_t *iterator,
	      struct group_use *ret_use)
{
	const struct groups *groups = &engine->state->groups;
	struct window window;

	if (*iterator == groups->used)
		return false;
	struct group *group = groups_at(groups, ++*iterator);
	const struct rule *rule = engine_rule(engine, group->rule);
	ret_use->rule = group->rule;
	ret_use->agreement =
		engine->configuration->agreements[group->agreement].id;
	for (size_t i = 0; i < rule->group_by_count; i++)
		ret_use->values[i] =
			rules_label(engine->rules, rule->group_by[i],
				    group->key.values[i]);
	engine_window(engine, group, &window);
	ret_use->sums = window.sums;
	ret_use->tested = rule_value(rule, &window);
	return true;
}

bool
engine_sums(const struct engine *engine, size_t rule, const char *agreement,
	    const char *const *values, struct sums *ret_sums)
{
	size_t count = engine_rule(engine, (uint32_t)rule)->group_by_count;
	struct group_use use;
	uint32_t iterator = 0;

	while (engine_groups(engine, &iterator, &use)) {
		bool same = use.rule == rule &&
			    strcmp(use.agreement, agreement) == 0;
		for (size_t i = 0; same && i < count; i++)
			same = strcmp(use.values[i], values[i]) == 0;
		if (same) {
			*ret_sums = use.sums;
			return true;
		}
	}
	return false;
}

bool
engine_open(const struct engine *engine, uint32_t *iterator, uint64_t *ret_seq)
{
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t number = *iterator;

	do
		number = number ? episodes_at(episodes, number)->next
				: episodes->open.first;
	while (number && !episodes_at(episodes, number)->first_seq);
	if (!number)
		return false;
	*iterator = number;
	*ret_seq = episodes_at(episodes, number)->last_seq;
	return true;
}

uint32_t
engine_open_after(const struct engine *engine, uint64_t first_seq)
{
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t before = 0;

	for (uint32_t number = episodes->open.first;
	     number && episodes_at(episodes, number)->first_seq <= first_seq;
	     number = episodes_at(episodes, number)->next)
		before = number;
	return before;
}
