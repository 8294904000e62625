/* What an officer does about an episode that is open, or about all of a kind.
 */

#include "core/engine_state.h"

#include <string.h>

/* 0: it is not open. */
static uint32_t
episode_find(const struct episodes *episodes, uint64_t first_seq)
{
	/* What was not sent cannot be named. */
	uint32_t number = first_seq ? episodes->open.first : 0;

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
	return engine_tell(engine, episode->group, TURN_ACKNOWLEDGED,
			   ret_alert);
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
	bool told =
		engine_tell(engine, episode->group, TURN_RETRACTED, ret_alert);
	/* Who took it back, and not when another had acknowledged it. */
	strcpy(ret_alert->acknowledged_by, engine->step.command->author);
	ret_alert->acknowledged_at = TIME_UNSET;
	return told;
}

/* About an episode. */
static bool
order(struct engine *engine, struct alert *ret_alert)
{
	const struct command *command = engine->step.command;
	const struct episodes *episodes = &engine->state->episodes;
	uint32_t number = episode_find(episodes, command->episode_seq);
	bool told = false;

	if (!number)
		return false;
	struct episode *episode = episodes_at(episodes, number);
	uint32_t group = episode->group;
	if (command->kind == COMMAND_ACKNOWLEDGE)
		told = acknowledge(engine, episode, ret_alert);
	else
		told = retract(engine, episode, ret_alert);
	if (!told)
		return false;
	strcpy(ret_alert->comment, command->comment);
	*engine->step.ret_told = ret_alert->seq;
	/* Its timers are others now. */
	engine->evaluating = group;
	engine->corrects = false;
	return true;
}

bool
engine_command(struct engine *engine, struct alert *ret_alert)
{
	switch (engine->step.command->kind) {
	case COMMAND_NONE:
		break;
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
		return order(engine, ret_alert);
	case COMMAND_SILENCE:
		engine_silence(engine);
		break;
	case COMMAND_UNSILENCE:
		engine_unsilence(engine);
		break;
	case COMMAND_DEADLINE_MET:
	case COMMAND_DEADLINE_UNMET:
	case COMMAND_DEADLINE_DUE:
		engine_deadline_command(engine);
		break;
	}
	return false;
}
