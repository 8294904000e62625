/*
 * What an officer asked, as the body of a COMMAND step: lines of text, for
 * auditors, the comment last.
 */
#ifndef TRUCED_RELAY_OFFICER_H
#define TRUCED_RELAY_OFFICER_H

#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/engine.h"

enum { COMMAND_BODY_MAX = 2048 };

size_t command_write(const struct command *command, enum engine_part part,
		     char ret_body[static COMMAND_BODY_MAX]);
/* 0 or -EBADMSG. */
int command_read(struct command *ret_command, enum engine_part *ret_part,
		 const uint8_t *body, size_t size);

#endif
