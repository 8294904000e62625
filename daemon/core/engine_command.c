/* What an officer does about an episode that is open. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* 0: it is not open. */
static uint32_t
episode_find(const struct episodes *episodes, uint64_t first_seq)
{
	uint32_t number = episodes->open.first;

	while (number && episodes_at(episodes, number)->first_seq != first_seq)
		number = episodes_at(episodes, number)->next;
	return number;
}

static bool
acknowledge(struct engine *engine, struct episode *episode,
	    struct alert *ret_alert)
{
	const struct command *command = engine->step.command;
	name_number author;

	if (!dictionary_intern(&engine->state->dictionary, command->author,
			       &author))
		return false;
	episode_acknowledge(episode, author, engine->state->now,
			    command->for_ms);
	engine_tell(engine, episode->group, TURN_ACKNOWLEDGED, ret_alert);
	return true;
}

static bool
retract(struct engine *engine, const struct episode *episode,
	struct alert *ret_alert)
{
	struct group *group = groups_at(&engine->state->groups, episode->group);

	if (rule_is_of_events(engine_rule(engine, group->rule))) {
		engine_event_mark(engine, episode->group, episode->held, true);
	} else {
		group->retracted = (uint32_t)episode->held + 1;
		group->left_since = episode->below_since[0];
	}
	engine_tell(engine, episode->group, TURN_RETRACTED, ret_alert);
	/* Who took it back, and not when another had acknowledged it. */
	strcpy(ret_alert->acknowledged_by, engine->step.command->author);
	ret_alert->acknowledged_at = TIME_UNSET;
	return true;
}

bool
engine_command(struct engine *engine, struct alert *ret_alert)
{
	const struct command *command = engine->step.command;
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t number = episode_find(episodes, command->episode_seq);
	bool told = false;

	if (!number)
		return false;
	struct episode *episode = episodes_at(episodes, number);
	uint32_t group = episode->group;
	switch (command->kind) {
	case COMMAND_NONE:
		break;
	case COMMAND_ACKNOWLEDGE:
		told = acknowledge(engine, episode, ret_alert);
		break;
	case COMMAND_RETRACT:
		told = retract(engine, episode, ret_alert);
		break;
	case COMMAND_DEADLINE_MET:
	case COMMAND_DEADLINE_UNMET:
	case COMMAND_DEADLINE_DUE:
		break; /* engine_deadline.c */
	}
	if (!told)
		return false;
	strcpy(ret_alert->comment, command->comment);
	*engine->step.ret_told = ret_alert->seq;
	/* Its timers are others now. */
	engine->evaluating = group;
	engine->corrects = false;
	return true;
}
