/*
 * What an officer does about an alert: the content of a COMMAND step.
 */
#ifndef TRUCED_CORE_COMMAND_H
#define TRUCED_CORE_COMMAND_H

#include <stdint.h>

#include "core/limits.h"

enum command_kind {
	COMMAND_NONE,
	COMMAND_ACKNOWLEDGE, /* seen: no reminders, no escalation */
	COMMAND_RETRACT	     /* taken back: a CANCEL to everybody */
};

enum { COMMENT_SIZE = 512 };

struct command {
	enum command_kind kind;
	uint64_t episode_seq; /* the seq of the episode's first message */
	int64_t for_ms;	      /* ACKNOWLEDGE: 0 until a level up or the end */
	char author[TEXT_SIZE];
	char comment[COMMENT_SIZE]; /* or "" */
};

#endif
