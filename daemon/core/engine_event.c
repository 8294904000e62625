/* Window "event": each event alone, which has a group only while there is an
 * episode of it, and a mark when there was one. */

#include "core/engine_state.h"

#include <assert.h>

static bool
is_event(const struct engine *engine, uint32_t group)
{
	return groups_is_event(&engine->state->groups, group);
}

/* An event without an episode that meets no level: what was retracted may be
 * told again when it does. */
static void
left(struct engine *engine, uint32_t rule, uint16_t agreement,
     const struct group_key *key)
{
	struct marks *marks = &engine->state->marks;
	uint32_t mark =
		marks->newest ? marks_find(marks, rule, agreement, key) : 0;

	if (mark && marks_at(marks, mark)->retracted)
		marks_drop(marks, mark);
}

static bool
is_met(const struct rule *rule, const struct sums *sums)
{
	return rule_is_met(rule, (double)sums->by_basis[rule->basis]);
}

uint32_t
engine_event_change(struct engine *engine, uint32_t rule, uint16_t agreement,
		    const struct group_key *key, int64_t at,
		    const struct sums *sums)
{
	struct state *state = engine->state;
	struct groups *groups = &state->groups;
	uint32_t number = groups_find(groups, rule, agreement, key);

	if (!number && !is_met(engine_rule(engine, rule), sums)) {
		left(engine, rule, agreement, key);
		return 0;
	}
	if (!number)
		number = groups_take_event(groups, rule, agreement, key);
	assert(number); /* one report makes no more than are held ready */
	struct group *group = groups_at(groups, number);
	ring_set(&group->ring, at, sums);
	uint32_t episode = group->open ? group->open : group->newest_ended;
	if (episode)
		engine_window(engine, group,
			      &episodes_at(&state->episodes, episode)->witness);
	return number;
}

bool
engine_event_next(struct engine *engine, uint32_t rule, uint16_t agreement,
		  uint32_t *entry, uint32_t *ret_group)
{
	const struct ledger *ledger = &engine->state->ledger;
	struct event_reports reports;
	struct contribution contribution;

	for (;;) {
		*entry = *entry ? ledger_entry(ledger, *entry)->newer
				: ledger_oldest(ledger, agreement);
		if (!*entry)
			return false;
		if (!engine_stands_for_event(engine, *entry, &reports))
			continue;
		rules_contribution(engine->rules, rule, agreement, &reports,
				   &contribution);
		if (!contribution.present)
			continue;
		*ret_group = engine_event_change(engine, rule, agreement,
						 &contribution.group,
						 contribution.index,
						 &contribution.sums);
		if (*ret_group)
			return true;
	}
}

static uint32_t
mark_of(const struct engine *engine, const struct group *group)
{
	return marks_find(&engine->state->marks, group->rule, group->agreement,
			  &group->key);
}

bool
engine_event_is_quiet(const struct engine *engine, const struct group *group,
		      const struct window *window)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	uint32_t mark = mark_of(engine, group);

	return mark && rule_level_met(rule, rule_value(rule, window)) <=
			       marks_at(&engine->state->marks, mark)->level;
}

void
engine_event_unmark(struct engine *engine, const struct group *group)
{
	uint32_t mark = mark_of(engine, group);

	if (mark)
		marks_drop(&engine->state->marks, mark);
}

void
engine_event_mark(struct engine *engine, uint32_t number, uint8_t level,
		  bool retracted)
{
	const struct group *group = groups_at(&engine->state->groups, number);

	marks_put(&engine->state->marks, group->rule, group->agreement,
		  &group->key, level, retracted);
}

bool
engine_event_has_room(struct engine *engine, const struct group *group)
{
	if (groups_has_room(&engine->state->groups))
		return true;
	engine_counts(engine, group->rule)->ungrouped++;
	return false;
}

int64_t
engine_event_end(const struct engine *engine, const struct group *group)
{
	const struct episode *episode =
		episodes_at(&engine->state->episodes, group->open);

	/* Who heard of it is to hear what is held back. */
	if (episode->first_seq && episode_is_withheld(episode))
		return TIME_NEVER;
	return episode->changed_at +
	       engine_rule(engine, group->rule)->keep_firing_ms;
}

bool
engine_event_reopens(struct engine *engine, uint32_t number,
		     const struct window *window)
{
	struct state *state = engine->state;
	const struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = engine_rule(engine, group->rule);
	struct episode *episode =
		episodes_at(&state->episodes, group->newest_ended);

	if (rule_level_met(rule, rule_value(rule, window)) <=
		    episode->highest ||
	    !engine_event_has_room(engine, group))
		return false;
	episode->unacknowledged_since = state->now;
	episodes_reopen(&state->episodes, &state->groups, group->newest_ended);
	engine_counts(engine, group->rule)->open++;
	return true;
}

void
engine_event_settle(struct engine *engine, uint32_t number)
{
	struct groups *groups = &engine->state->groups;
	const struct group *group = groups_at(groups, number);

	if (!is_event(engine, number) || group->open || group->newest_ended)
		return;
	if (!is_met(engine_rule(engine, group->rule), &group->ring.total))
		left(engine, group->rule, group->agreement, &group->key);
	timers_set(groups, engine->rules, number, TIME_NEVER);
	groups_release_event(groups, number);
}

/* Whether the report has touched it, too, and its turn is yet to come. */
static bool
awaits_evaluation(const struct engine *engine, uint32_t group)
{
	for (size_t i = engine->touched_next; i < engine->touched_count; i++) {
		if (engine->touched[i].group == group)
			return true;
	}
	return false;
}

uint32_t
engine_episode_open(struct engine *engine, uint32_t group)
{
	struct state *state = engine->state;
	uint32_t oldest = episodes_full(&state->episodes);

	if (oldest) {
		const struct episode *episode =
			episodes_at(&state->episodes, oldest);
		uint32_t forgotten = episode->group;
		if (is_event(engine, forgotten))
			engine_event_mark(engine, forgotten, episode->highest,
					  false);
		episodes_forget(&state->episodes, &state->groups, oldest);
		if (!awaits_evaluation(engine, forgotten))
			engine_event_settle(engine, forgotten);
	}
	return episodes_open(&state->episodes, &state->groups, group);
}
