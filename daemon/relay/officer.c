#include "relay/officer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[COMMAND_ACKNOWLEDGE] = "acknowledge",
	[COMMAND_RETRACT] = "retract",
	[COMMAND_DEADLINE_MET] = "met",
	[COMMAND_DEADLINE_UNMET] = "unmet",
	[COMMAND_DEADLINE_DUE] = "due",
};

static const char *const parts[] = {
	[ENGINE_REAL] = "real",
	[ENGINE_DRILL] = "drill",
};

size_t
command_write(const struct command *command, enum engine_part part,
	      char ret_body[static COMMAND_BODY_MAX])
{
	if (command_is_of_deadline(command))
		return (size_t)snprintf(ret_body, COMMAND_BODY_MAX,
					"%s\ndeadline %s %s\nat %" PRId64
					" ms\nby %s\n%s",
					kinds[command->kind],
					command->agreement, command->deadline,
					command->at, command->author,
					command->comment);
	return (size_t)snprintf(ret_body, COMMAND_BODY_MAX,
				"%s\nepisode %s %" PRIu64 "\nfor %" PRId64
				" ms\nby %s\n%s",
				kinds[command->kind], parts[part],
				command->episode_seq, command->for_ms,
				command->author, command->comment);
}

/* The index of a word; -1: it is none of them. */
static int
word_find(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i] && strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -1;
}

/* The lines about an alert, up to the comment; 0: they are others. */
static int
order_read(const char *text, struct command *command, char kind[static 16],
	   enum engine_part *ret_part)
{
	char part[16];
	int end = 0;

	if (sscanf(text,
		   "%15s\nepisode %15s %" SCNu64 "\nfor %" SCNd64
		   " ms\nby%*1[ ]%64[^\n]%n",
		   kind, part, &command->episode_seq, &command->for_ms,
		   command->author, &end) != 5)
		return 0;
	int which = word_find(parts, sizeof(parts) / sizeof(parts[0]), part);
	*ret_part = (enum engine_part)which;
	return which < 0 ? 0 : end;
}

/* Likewise about a deadline. */
static int
word_read(const char *text, struct command *command, char kind[static 16])
{
	int end = 0;

	return sscanf(text,
		      "%15s\ndeadline %63s %63s\nat %" SCNd64
		      " ms\nby%*1[ ]%64[^\n]%n",
		      kind, command->agreement, command->deadline, &command->at,
		      command->author, &end) == 5
		       ? end
		       : 0;
}

int
command_read(struct command *ret_command, enum engine_part *ret_part,
	     const uint8_t *body, size_t size)
{
	struct command command = {.kind = COMMAND_NONE};
	enum engine_part part = ENGINE_REAL;
	char text[COMMAND_BODY_MAX], kind[16];

	if (size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, body, size);
	text[size] = '\0';
	int end = word_read(text, &command, kind);
	bool of_deadline = end > 0;
	if (!of_deadline)
		end = order_read(text, &command, kind, &part);
	if (!end || text[end] != '\n' || strlen(text + end + 1) >= COMMENT_SIZE)
		return -EBADMSG;
	int which = word_find(kinds, sizeof(kinds) / sizeof(kinds[0]), kind);
	if (which < 0)
		return -EBADMSG;
	command.kind = (enum command_kind)which;
	if (command_is_of_deadline(&command) != of_deadline)
		return -EBADMSG;
	strcpy(command.comment, text + end + 1);
	*ret_command = command;
	*ret_part = part;
	return 0;
}
