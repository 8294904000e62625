/* Rules of the kind absence: for how long nothing was accepted from a source
 * that is expected to report. A report of any type is a sign of life. */

#include "core/engine_state.h"

#include <assert.h>

static struct absence *
absence_of(const struct engine *engine, uint32_t group)
{
	return (struct absence *)span_data(&engine->state->absences) + group;
}

bool
engine_absence_reserve(struct engine *engine, uint32_t number,
		       uint16_t agreement)
{
	const struct rule *rule = engine_rule(engine, number);

	/* Nobody is expected to take part in exercises. */
	if (engine->part == ENGINE_DRILL)
		return true;
	for (size_t i = 0; i < rule->expect.count; i++) {
		struct group_key key = {.values = {0}};
		bool known =
			dictionary_find(&engine->state->dictionary,
					rule->expect.names[i], &key.values[0]);
		assert(known); /* it was interned with the rule */
		(void)known;
		if (!engine_group(engine, number, agreement, &key))
			return false;
	}
	return true;
}

void
engine_absence_begin(struct engine *engine, uint32_t group, int64_t now)
{
	absence_begin(absence_of(engine, group), now);
}

void
engine_absence_carry(const struct engine *engine, uint32_t group,
		     struct engine *next, uint32_t carried)
{
	*absence_of(next, carried) = *absence_of(engine, group);
}

void
engine_absence_hear(struct engine *engine, uint32_t rule)
{
	const struct group_key key = {.values = {engine->heard.source}};
	uint32_t group = groups_find(&engine->state->groups, rule,
				     engine->heard.agreement, &key);

	if (!group)
		return;
	absence_begin(absence_of(engine, group), engine->state->now);
	engine_touch(engine, group, engine->state->now);
}

void
engine_absence_pause(struct engine *engine, int64_t until, int64_t now)
{
	struct groups *groups = &engine->state->groups;

	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		const struct rule *rule = engine_rule(engine, group->rule);
		if (rule->kind != RULE_ABSENCE)
			continue;
		absence_pause(absence_of(engine, number), &rule->active, until,
			      now);
		/* Of a clock that was set back, `until` is the later one, and
		 * what it is to last may have passed. */
		timers_set(groups, engine->rules, number,
			   earlier_of(group->due, now));
	}
}

void
engine_absence_window(const struct engine *engine, uint32_t group,
		      struct window *ret_window)
{
	const struct rule *rule =
		engine_rule(engine,
			    groups_at(&engine->state->groups, group)->rule);
	const struct absence *absence = absence_of(engine, group);
	int64_t now = engine->state->now;

	if (now == TIME_UNSET) {
		engine_window_unmet(ret_window);
		return;
	}
	int64_t ms = absence_ms(absence, &rule->active, now);
	*ret_window = engine_window_of((double)ms / 1000, (uint64_t)ms / 1000,
				       absence->since, now);
}

int64_t
engine_absence_due(const struct engine *engine, uint32_t group)
{
	const struct rule *rule =
		engine_rule(engine,
			    groups_at(&engine->state->groups, group)->rule);
	int64_t now = engine->state->now;
	int64_t due;

	if (now == TIME_UNSET)
		return TIME_NEVER;
	due = absence_due(absence_of(engine, group), &rule->active,
			  rule->after_ms);
	return due > now ? due : TIME_NEVER; /* it has been reached */
}
