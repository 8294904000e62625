/*
 * What an officer does about an alert, about alerts to come, or about a
 * deadline: the content of a COMMAND step.
 */
#ifndef TRUCED_CORE_COMMAND_H
#define TRUCED_CORE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/silence.h"

enum command_kind {
	COMMAND_NONE,
	COMMAND_ACKNOWLEDGE, /* seen: no reminders, no escalation */
	COMMAND_RETRACT,     /* taken back: a CANCEL to everybody */
	COMMAND_SILENCE,     /* nothing of such alerts for a time */
	COMMAND_UNSILENCE,   /* that time is over */
	COMMAND_DEADLINE_MET,
	COMMAND_DEADLINE_UNMET, /* it was not, after all */
	COMMAND_DEADLINE_DUE	/* at another time */
};

struct command {
	enum command_kind kind;
	uint64_t episode_seq; /* the seq of the episode's first message */
	/* ACKNOWLEDGE: 0 until a level up or the end. SILENCE: 0: until_at. */
	int64_t for_ms;
	/* DEADLINE_... */
	char agreement[NAME_SIZE];
	char deadline[NAME_SIZE];
	int64_t at; /* MET: when; DUE: from now on */
	char author[TEXT_SIZE];
	char comment[COMMENT_SIZE]; /* or "" */
	/* SILENCE; each name at most once. */
	struct matcher matchers[MATCHERS_MAX];
	size_t matchers_count;
	int64_t until_at;
	enum severity up_to;
	uint64_t silence; /* UNSILENCE: its number */
};

/* Whether it is about an episode, or else about all alerts of a kind. */
static inline bool
command_is_of_episode(const struct command *command)
{
	return command->kind == COMMAND_ACKNOWLEDGE ||
	       command->kind == COMMAND_RETRACT;
}

static inline bool
command_is_of_deadline(const struct command *command)
{
	return command->kind >= COMMAND_DEADLINE_MET;
}

#endif
