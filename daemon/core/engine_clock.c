/* A step of the wall clock, once it was adopted: time goes on from there. After
 * a step back nothing that is known may lie ahead, so times are taken back to
 * now and all sums made anew. */

#include "core/engine_state.h"

#include <stdlib.h>
#include <string.h>

static void
take_back(int64_t *time, int64_t now)
{
	if (*time != TIME_UNSET && *time > now)
		*time = now;
}

static void
ledger_take_back(struct engine *engine, int64_t now)
{
	const struct ledger *ledger = &engine->state->ledger;

	for (uint32_t number = 1; number <= ledger->used; number++) {
		struct entry *entry = ledger_entry(ledger, number);
		take_back(&entry->occurred_at, now);
		take_back(&entry->reported_at, now);
		take_back(&entry->received_at, now);
		if (entry->type == REPORT_TALLY)
			take_back(&entry->tally.since_at, now);
	}
	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++) {
		struct first_report *first = ledger_first(ledger, i);
		take_back(&first->occurred_at, now);
		take_back(&first->reported_at, now);
		take_back(&first->received_at, now);
	}
}

/* It begins now, as silences do, and lasts as long as it was to. */
static void
acknowledgement_take_back(struct episode *episode, int64_t now)
{
	if (episode->acknowledged_at != TIME_UNSET &&
	    episode->acknowledged_at > now &&
	    episode->acknowledged_until != TIME_NEVER)
		episode->acknowledged_until -= episode->acknowledged_at - now;
	take_back(&episode->acknowledged_at, now);
}

/* An event of which there is an episode. */
static void
event_sum(struct engine *engine, const struct group *group)
{
	struct event_reports reports;
	struct contribution now;

	ledger_event_by_id(&engine->state->ledger, group->agreement,
			   group->key.event, &reports);
	rules_contribution(engine->rules, group->rule, group->agreement,
			   &reports, &now);
	if (!now.present ||
	    memcmp(&now.group, &group->key, sizeof(now.group)) != 0)
		now = (struct contribution){.index = group->ring.newest};
	engine_event_change(engine, group->rule, group->agreement, &group->key,
			    now.index, &now.sums);
}

/* Its witness is added up again, with all else. */
static void
episode_take_back(struct engine *engine, struct episode *episode, int64_t now)
{
	const struct group *group =
		groups_at(&engine->state->groups, episode->group);
	const struct window_shape *shape = engine_shape(engine, group);
	int64_t index = engine_index(engine, shape);

	take_back(&episode->last_message_at, now);
	take_back(&episode->onset_at, now);
	for (int level = 0; level < LEVELS_MAX; level++)
		take_back(&episode->below_since[level], now);
	acknowledgement_take_back(episode, now);
	take_back(&episode->unacknowledged_since, now);
	take_back(&episode->changed_at, now);
	take_back(&episode->withheld_since, now);
	/* As if it began now. */
	episode->first_end =
		earlier_of(episode->first_end, index - shape->late);
	episode->last_end = earlier_of(episode->last_end, index);
	if (groups_is_event(&engine->state->groups, episode->group)) {
		event_sum(engine, group);
		return;
	}
	episode->witness.end = earlier_of(episode->witness.end, index);
	memset(&episode->witness.sums, 0, sizeof(episode->witness.sums));
	window_take_sums(&episode->witness);
	const struct rule *rule = engine_rule(engine, group->rule);
	if (rule_is_distinct(rule) || rule_is_of_tallies(rule))
		episode->witness_changed = true;
}

static void
group_take_back(struct engine *engine, uint32_t number, int64_t now)
{
	struct groups *groups = &engine->state->groups;
	struct group *group = groups_at(groups, number);

	take_back(&group->pending_since, now);
	take_back(&group->left_since, now);
	if (engine_rule(engine, group->rule)->kind == RULE_FEED_GAP)
		engine_feed_take_back(engine, number, now);
	engine_names_forget(engine, group);
	ring_clear(&group->ring, &groups->buckets,
		   engine_index(engine, engine_shape(engine, group)));
	engine_names_begin(engine, group);
}

/* All groups, those that are new with other labels, too, and the events that
 * were told, in the order of timers. */
static void
look_again(struct engine *engine, int64_t now)
{
	struct groups *groups = &engine->state->groups;
	const struct episodes *episodes = &engine->state->episodes;

	for (uint32_t number = 1; number <= groups->used; number++)
		timers_set(groups, engine->rules, number, now);
	for (uint32_t number = 1; number <= episodes->used; number++) {
		const struct episode *episode = episodes_at(episodes, number);
		if (episode->state != EPISODE_FREE &&
		    groups_is_event(groups, episode->group))
			timers_set(groups, engine->rules, episode->group, now);
	}
}

static void
set_back(struct engine *engine, int64_t now)
{
	struct state *state = engine->state;
	const struct episodes *episodes = &state->episodes;

	engine->set_back = true;
	engine->event_rule = engine->event_entry = 0;
	engine->event_agreement = 0;
	state->now = now;
	ledger_take_back(engine, now);
	engine_weigh(engine); /* another finding may be the latest */
	engine_own_forget(engine);
	for (uint32_t rule = 0; rule < engine->configuration->rules_count;
	     rule++) {
		if (!rule_is_of_events(engine_rule(engine, rule)))
			engine_counts(engine, rule)->ungrouped = 0;
	}
	for (uint32_t number = 1; number <= state->groups.used; number++)
		group_take_back(engine, number, now);
	for (uint32_t number = 1; number <= episodes->used; number++) {
		struct episode *episode = episodes_at(episodes, number);
		if (episode->state == EPISODE_FREE)
			continue;
		episode_take_back(engine, episode, now);
	}
	silences_take_back(&state->silences, now);
	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++)
		engine_sum_agreement(engine, i, NULL);
	look_again(engine, now);
}

/* Our own alert, in the real stream. */
static void
clock_tell(struct engine *engine, struct alert *alert)
{
	int64_t step_ms = engine->step.clock_ms;

	engine_tell_condition(engine, "clock-step", alert);
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		alert->sums.by_basis[basis] = (uint64_t)llabs(step_ms) / 1000;
	alert->value = (double)step_ms / 1000;
}

bool
engine_clock(struct engine *engine, struct alert *ret_alert)
{
	int64_t before = engine->state->now;
	int64_t now = engine->step.time_ms;

	if (before == TIME_UNSET ||
	    engine->configuration->clock == CLOCK_RECORDS)
		return false;
	engine->heard_until = now - engine->step.clock_ms;
	if (now < before) {
		engine_absence_pause(engine, engine->heard_until, now);
		engine->heard_until = TIME_NEVER;
		set_back(engine, now);
	}
	if (engine->part == ENGINE_REAL)
		clock_tell(engine, ret_alert);
	return engine->part == ENGINE_REAL;
}

/* Of those that were told look_again has seen to. */
static bool
next_untold_event(struct engine *engine, uint32_t *ret_group)
{
	while (engine_event_next(engine, engine->event_rule,
				 engine->event_agreement, &engine->event_entry,
				 ret_group)) {
		const struct group *group =
			groups_at(&engine->state->groups, *ret_group);
		if (!group->open && !group->newest_ended)
			return true;
	}
	return false;
}

static bool
next_event_of_rule(struct engine *engine, uint32_t *ret_group)
{
	for (;
	     engine->event_agreement < engine->configuration->agreements_count;
	     engine->event_agreement++) {
		if (rules_can_match(engine->rules, engine->event_rule,
				    engine->event_agreement) &&
		    next_untold_event(engine, ret_group))
			return true;
	}
	engine->event_agreement = 0;
	return false;
}

bool
engine_clock_next_event(struct engine *engine, uint32_t *ret_group)
{
	for (; engine->event_rule < engine->configuration->rules_count;
	     engine->event_rule++) {
		if (rule_is_of_events(
			    engine_rule(engine, engine->event_rule)) &&
		    next_event_of_rule(engine, ret_group))
			return true;
	}
	return false;
}
