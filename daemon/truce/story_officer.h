/*
 * What officers say in a rule test:
 *
 *	{"officer": "ack", "at": "...", "rule": "...", "labels": {...}}
 *
 * A word of truce's, when it is said, and what is said by it: truce(1).
 */
#ifndef TRUCED_TRUCE_STORY_OFFICER_H
#define TRUCED_TRUCE_STORY_OFFICER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/rule.h"
#include "relay/recording.h"

enum { OFFICER_ERROR_SIZE = 256 };

/* The defaults are fields of the reports, or NULL: their agreement is meant,
 * too, where none is named. False: ret_error says what was expected. */
bool officer_read(const json_t *object, const json_t *defaults,
		  struct recorded_command *ret_said, int64_t *ret_at,
		  char ret_error[static OFFICER_ERROR_SIZE]);

/* Whether it is about a deadline that there is not. */
bool officer_is_lost(const struct command *command,
		     const struct configuration *configuration);

#endif
