/* Rules of the kind deadline: what was agreed to be done by a time, which an
 * officer may say was met, or is due at another. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* A deadline of the configuration, and what officers said about it. */
struct found_deadline {
	const struct deadline *given;
	struct deadline_word *word;
};

static bool
deadline_find(const struct engine *engine, uint16_t agreement, const char *name,
	      struct found_deadline *ret_found)
{
	const struct agreement *agreements = engine->configuration->agreements;
	struct deadline_word *words = span_data(&engine->state->deadlines);

	for (uint16_t i = 0; i < agreement; i++)
		words += agreements[i].deadlines_count;
	for (size_t i = 0; i < agreements[agreement].deadlines_count; i++) {
		const struct deadline *deadline =
			&agreements[agreement].deadlines[i];
		if (strcmp(deadline->name, name) == 0) {
			*ret_found =
				(struct found_deadline){deadline, &words[i]};
			return true;
		}
	}
	return false;
}

static struct found_deadline
deadline_of(const struct engine *engine, const struct group *group)
{
	struct found_deadline found;
	bool known = deadline_find(engine, group->agreement,
				   dictionary_name(&engine->state->dictionary,
						   group->key.values[0]),
				   &found);

	assert(known); /* its group was made for it */
	(void)known;
	return found;
}

static int64_t
due_at(const struct found_deadline *deadline)
{
	return deadline->word->due_at != TIME_UNSET ? deadline->word->due_at
						    : deadline->given->due_at;
}

static bool
rule_watches(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->deadlines.count; i++) {
		if (strcmp(rule->deadlines.names[i], name) == 0)
			return true;
	}
	return rule->deadlines.count == 0;
}

bool
engine_deadline_reserve(struct engine *engine, uint32_t number,
			uint16_t agreement)
{
	const struct agreement *of =
		&engine->configuration->agreements[agreement];

	/* Exercises have no deadlines. */
	if (engine->part == ENGINE_DRILL)
		return true;
	for (size_t i = 0; i < of->deadlines_count; i++) {
		struct group_key key = {.values = {0}};
		const char *name = of->deadlines[i].name;
		if (!rule_watches(engine_rule(engine, number), name))
			continue;
		bool known = dictionary_find(&engine->state->dictionary, name,
					     &key.values[0]);
		assert(known); /* it was interned with the agreement */
		(void)known;
		if (!engine_group(engine, number, agreement, &key))
			return false;
	}
	return true;
}

/* What was said later holds: an officer's word, or another time in the file. */
void
engine_deadlines_carry(const struct engine *engine, uint16_t agreement,
		       const struct engine *next, uint16_t carried)
{
	const struct agreement *of =
		&engine->configuration->agreements[agreement];

	for (size_t i = 0; i < of->deadlines_count; i++) {
		struct found_deadline from, to;
		const char *name = of->deadlines[i].name;
		if (!deadline_find(engine, agreement, name, &from) ||
		    !deadline_find(next, carried, name, &to))
			continue;
		to.word->met_at = from.word->met_at;
		if (to.given->due_at == from.given->due_at)
			to.word->due_at = from.word->due_at;
	}
}

/* When each of its levels is reached, the last being the time that it is due:
 * its own, as other deadlines of the rule may have others. */
static int64_t
mark_at(const struct found_deadline *deadline, size_t mark)
{
	int64_t due = due_at(deadline);

	return mark < deadline->given->warn_before_count
		       ? due - deadline->given->warn_before_ms[mark]
		       : due;
}

bool
engine_deadline_has_level(const struct engine *engine,
			  const struct group *group, double at)
{
	const struct deadline *given = deadline_of(engine, group).given;

	for (size_t i = 0; i < given->warn_before_count; i++) {
		if (at == -(double)(given->warn_before_ms[i] / 1000))
			return true;
	}
	return at == 0;
}

void
engine_deadline_window(const struct engine *engine, const struct group *group,
		       struct window *ret_window)
{
	struct found_deadline deadline = deadline_of(engine, group);
	int64_t now = engine->state->now;
	int64_t due = due_at(&deadline);
	size_t marks = 0;

	while (marks <= deadline.given->warn_before_count &&
	       mark_at(&deadline, marks) <= now)
		marks++;
	if (marks == 0 || deadline.word->met_at != TIME_UNSET) {
		engine_window_unmet(ret_window);
	} else {
		int64_t after = mark_at(&deadline, marks - 1) - due;
		int64_t overdue = later_of(now - due, 0);
		*ret_window =
			engine_window_of((double)after / 1000,
					 (uint64_t)overdue / 1000, due, now);
	}
	ret_window->onset = due;
	ret_window->empty = false;
}

int64_t
engine_deadline_due(const struct engine *engine, const struct group *group)
{
	struct found_deadline deadline = deadline_of(engine, group);
	int64_t now = engine->state->now;

	if (now == TIME_UNSET || deadline.word->met_at != TIME_UNSET)
		return TIME_NEVER;
	for (size_t mark = 0; mark <= deadline.given->warn_before_count;
	     mark++) {
		if (mark_at(&deadline, mark) > now)
			return mark_at(&deadline, mark);
	}
	return TIME_NEVER;
}

void
engine_deadline_tell(const struct engine *engine, const struct group *group,
		     struct alert *alert)
{
	alert->met_at = deadline_of(engine, group).word->met_at;
}

/* All rules that watch the deadline look at it again, now. */
static void
deadline_touch(struct engine *engine, uint16_t agreement, const char *name)
{
	struct groups *groups = &engine->state->groups;
	const struct dictionary *dictionary = &engine->state->dictionary;

	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		if (engine_rule(engine, group->rule)->kind == RULE_DEADLINE &&
		    group->agreement == agreement &&
		    strcmp(dictionary_name(dictionary, group->key.values[0]),
			   name) == 0)
			timers_set(groups, engine->rules, number,
				   engine->state->now);
	}
}

void
engine_deadline_command(struct engine *engine)
{
	const struct command *command = engine->step.command;
	struct found_deadline deadline;
	uint16_t agreement;

	if (!rules_agreement(engine->rules, command->agreement, &agreement) ||
	    !deadline_find(engine, agreement, command->deadline, &deadline))
		return;
	switch (command->kind) {
	case COMMAND_DEADLINE_MET:
		deadline.word->met_at = command->at;
		break;
	case COMMAND_DEADLINE_UNMET:
		deadline.word->met_at = TIME_UNSET;
		break;
	case COMMAND_DEADLINE_DUE:
		deadline.word->due_at = command->at;
		break;
	case COMMAND_NONE:
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
	case COMMAND_SILENCE:
	case COMMAND_UNSILENCE:
		return;
	}
	deadline_touch(engine, agreement, command->deadline);
	engine->commanded = true;
}

void
engine_deadline_sign(const struct engine *engine, struct alert *alert)
{
	const struct command *command = engine->step.command;

	strcpy(alert->comment, command->comment);
	if (alert->state == ALERT_RESOLVED) {
		strcpy(alert->acknowledged_by, command->author);
		alert->acknowledged_at = TIME_UNSET;
	}
	*engine->step.ret_told = alert->seq;
}
