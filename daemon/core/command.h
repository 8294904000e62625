/*
 * What an officer does about an alert or a deadline: the content of a COMMAND
 * step.
 */
#ifndef TRUCED_CORE_COMMAND_H
#define TRUCED_CORE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

enum command_kind {
	COMMAND_NONE,
	COMMAND_ACKNOWLEDGE, /* seen: no reminders, no escalation */
	COMMAND_RETRACT,     /* taken back: a CANCEL to everybody */
	COMMAND_DEADLINE_MET,
	COMMAND_DEADLINE_UNMET, /* it was not, after all */
	COMMAND_DEADLINE_DUE	/* at another time */
};

enum { COMMENT_SIZE = 512 };

struct command {
	enum command_kind kind;
	/* ACKNOWLEDGE, RETRACT: the seq of the episode's first message. */
	uint64_t episode_seq;
	int64_t for_ms; /* ACKNOWLEDGE: 0 until a level up or the end */
	/* DEADLINE_... */
	char agreement[NAME_SIZE];
	char deadline[NAME_SIZE];
	int64_t at; /* MET: when; DUE: from now on */
	char author[TEXT_SIZE];
	char comment[COMMENT_SIZE]; /* or "" */
};

static inline bool
command_is_of_deadline(const struct command *command)
{
	return command->kind >= COMMAND_DEADLINE_MET;
}

#endif
