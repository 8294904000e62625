/* What silences hold back, and what becomes of it when they end. */

#include "core/engine_state.h"

/* What is held back and no silence holds any longer is due now. */
static void
release(struct engine *engine)
{
	struct state *state = engine->state;
	const struct episodes *episodes = &state->episodes;
	uint32_t iterator = 0;
	struct held_use use;

	while (engine_held(engine, &iterator, &use)) {
		struct episode *episode = episodes_at(episodes, iterator);
		if (use.silence)
			continue;
		episode->released = true;
		timers_set(&state->groups, engine->rules, episode->group,
			   state->now);
	}
}

void
engine_silence(struct engine *engine)
{
	*engine->step.ret_told =
		silences_put(&engine->state->silences, engine->step.command,
			     engine->state->now);
}

void
engine_unsilence(struct engine *engine)
{
	struct silences *silences = &engine->state->silences;
	struct silence *silence =
		silences_find(silences, engine->step.command->silence);

	if (!silence)
		return;
	*engine->step.ret_told = silence->number;
	silences_end(silences, silence);
	release(engine);
}

void
engine_silences_end(struct engine *engine)
{
	silences_end_due(&engine->state->silences, engine->state->now);
	release(engine);
}

const struct silence *
engine_silences(const struct engine *engine, size_t *ret_count)
{
	*ret_count = engine->state->silences.count;
	return silences_at(&engine->state->silences, 0);
}

const struct silence *
engine_silence_find(const struct engine *engine, uint64_t number)
{
	return silences_find(&engine->state->silences, number);
}

/* The next open episode of which something is held back; 0: no more. */
static uint32_t
held_next(const struct engine *engine, uint32_t number)
{
	const struct episodes *episodes = &engine->state->episodes;

	do
		number = number ? episodes_at(episodes, number)->next
				: episodes->open.first;
	while (number && !episode_is_withheld(episodes_at(episodes, number)));
	return number;
}

bool
engine_held(const struct engine *engine, uint32_t *iterator,
	    struct held_use *ret_use)
{
	const struct state *state = engine->state;
	uint32_t number = held_next(engine, *iterator);
	struct window window;

	if (!number)
		return false;
	const struct episode *episode = episodes_at(&state->episodes, number);
	struct group *group = groups_at(&state->groups, episode->group);
	engine_window(engine, group, &window);
	engine_compose(engine, group, episode, TURN_SILENCE_ENDED, &window,
		       &ret_use->alert);
	const struct silence *silence =
		silences_holding(&state->silences, &ret_use->alert);
	ret_use->since_at = episode->withheld_since;
	ret_use->silence = silence ? silence->number : 0;
	*iterator = number;
	return true;
}

size_t
engine_held_count(const struct engine *engine)
{
	uint32_t number = 0;
	size_t count = 0;

	while ((number = held_next(engine, number)))
		count++;
	return count;
}
