#include "relay/officer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[COMMAND_ACKNOWLEDGE] = "acknowledge",
	[COMMAND_RETRACT] = "retract",
	[COMMAND_DEADLINE_MET] = "met",
	[COMMAND_DEADLINE_UNMET] = "unmet",
	[COMMAND_DEADLINE_DUE] = "due",
	[COMMAND_SILENCE] = "silence",
	[COMMAND_UNSILENCE] = "unsilence",
};

static const char *const parts[] = {
	[ENGINE_REAL] = "real",
	[ENGINE_DRILL] = "drill",
};

/* --- Writing: a command at its longest fits --- */

_Static_assert(MATCHERS_MAX *(NAME_SIZE + TEXT_SIZE + 1) + TEXT_SIZE +
			       COMMENT_SIZE + 256 <
		       COMMAND_BODY_MAX,
	       "with all its matchers");

struct body {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void
body_print(struct body *body, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	body->size += (size_t)vsnprintf(body->text + body->size,
					COMMAND_BODY_MAX - body->size, format,
					arguments);
	va_end(arguments);
}

static void
silence_write(struct body *body, const struct command *command,
	      const char *part)
{
	body_print(body, "alerts %s\n", part);
	for (size_t i = 0; i < command->matchers_count; i++)
		body_print(body, "%s=%s\n", command->matchers[i].name,
			   command->matchers[i].value);
	body_print(body, "up to %s\n", severity_name(command->up_to));
	if (command->for_ms > 0)
		body_print(body, "for %" PRId64 " ms\n", command->for_ms);
	else
		body_print(body, "until %" PRId64 "\n", command->until_at);
}

size_t
command_write(const struct command *command, enum engine_part part,
	      char ret_body[static COMMAND_BODY_MAX])
{
	struct body body = {.text = ret_body};

	body_print(&body, "%s\n", kinds[command->kind]);
	switch (command->kind) {
	case COMMAND_NONE:
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
		body_print(&body,
			   "episode %s %" PRIu64 "\nfor %" PRId64 " ms\n",
			   parts[part], command->episode_seq, command->for_ms);
		break;
	case COMMAND_SILENCE:
		silence_write(&body, command, parts[part]);
		break;
	case COMMAND_UNSILENCE:
		body_print(&body, "silence %s %" PRIu64 "\n", parts[part],
			   command->silence);
		break;
	case COMMAND_DEADLINE_MET:
	case COMMAND_DEADLINE_UNMET:
	case COMMAND_DEADLINE_DUE:
		body_print(&body, "deadline %s %s\nat %" PRId64 "\n",
			   command->agreement, command->deadline, command->at);
		break;
	}
	body_print(&body, "by %s\n%s", command->author, command->comment);
	return body.size;
}

/* --- Reading --- */

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

/* Takes a line off the text; "" if there is no whole one. */
static const char *
line_take(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (!end)
		return "";
	*end = '\0';
	*text = end + 1;
	return line;
}

static bool
text_take(const char *from, char *ret_text, size_t size)
{
	size_t length = strlen(from);

	if (length >= size)
		return false;
	memcpy(ret_text, from, length + 1);
	return true;
}

/* Each reads its lines and says whose they are about. */
static bool
order_read(struct command *command, char **text, char ret_part[static 16])
{
	return sscanf(line_take(text), "episode %15s %" SCNu64, ret_part,
		      &command->episode_seq) == 2 &&
	       sscanf(line_take(text), "for %" SCNd64 " ms",
		      &command->for_ms) == 1;
}

/* "party=dpr" */
static bool
matcher_read(struct command *command, const char *line)
{
	struct matcher *matcher = &command->matchers[command->matchers_count];
	const char *value = strchr(line, '=');

	if (command->matchers_count == MATCHERS_MAX || !value ||
	    value - line >= NAME_SIZE)
		return false;
	memcpy(matcher->name, line, (size_t)(value - line));
	command->matchers_count++;
	return text_take(value + 1, matcher->value, sizeof(matcher->value));
}

static bool
severity_read(const char *word, enum severity *ret_severity)
{
	for (int severity = 0; severity < SEVERITIES; severity++) {
		*ret_severity = (enum severity)severity;
		if (strcmp(word, severity_name(*ret_severity)) == 0)
			return true;
	}
	return false;
}

static bool
silence_read(struct command *command, char **text, char ret_part[static 16])
{
	static const char up_to[] = "up to ";

	if (sscanf(line_take(text), "alerts %15s", ret_part) != 1)
		return false;
	const char *line = line_take(text);
	for (; strncmp(line, up_to, strlen(up_to)) != 0;
	     line = line_take(text)) {
		if (!matcher_read(command, line))
			return false;
	}
	if (!severity_read(line + strlen(up_to), &command->up_to))
		return false;
	line = line_take(text);
	return sscanf(line, "for %" SCNd64 " ms", &command->for_ms) == 1 ||
	       sscanf(line, "until %" SCNd64, &command->until_at) == 1;
}

static bool
unsilence_read(struct command *command, char **text, char ret_part[static 16])
{
	return sscanf(line_take(text), "silence %15s %" SCNu64, ret_part,
		      &command->silence) == 2;
}

static bool
deadline_read(struct command *command, char **text, char ret_part[static 16])
{
	strcpy(ret_part, parts[ENGINE_REAL]);
	return sscanf(line_take(text), "deadline %63s %63s", command->agreement,
		      command->deadline) == 2 &&
	       sscanf(line_take(text), "at %" SCNd64, &command->at) == 1;
}

static bool
kind_read(struct command *command, char **text, char ret_part[static 16])
{
	switch (command->kind) {
	case COMMAND_NONE:
		break;
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
		return order_read(command, text, ret_part);
	case COMMAND_SILENCE:
		return silence_read(command, text, ret_part);
	case COMMAND_UNSILENCE:
		return unsilence_read(command, text, ret_part);
	case COMMAND_DEADLINE_MET:
	case COMMAND_DEADLINE_UNMET:
	case COMMAND_DEADLINE_DUE:
		return deadline_read(command, text, ret_part);
	}
	return false;
}

static bool
author_read(struct command *command, const char *line)
{
	return strncmp(line, "by ", 3) == 0 &&
	       text_take(line + 3, command->author, sizeof(command->author)) &&
	       command->author[0] != '\0';
}

int
command_read(struct command *ret_command, enum engine_part *ret_part,
	     const uint8_t *body, size_t size)
{
	struct command command = {.kind = COMMAND_NONE};
	char bytes[COMMAND_BODY_MAX], part[16], *text = bytes;

	if (size >= sizeof(bytes))
		return -EBADMSG;
	memcpy(bytes, body, size);
	bytes[size] = '\0';
	int kind = word_find(kinds, sizeof(kinds) / sizeof(kinds[0]),
			     line_take(&text));
	if (kind < 0)
		return -EBADMSG;
	command.kind = (enum command_kind)kind;
	if (!kind_read(&command, &text, part) ||
	    !author_read(&command, line_take(&text)) ||
	    !text_take(text, command.comment, sizeof(command.comment)))
		return -EBADMSG;
	int whose = word_find(parts, sizeof(parts) / sizeof(parts[0]), part);
	if (whose < 0)
		return -EBADMSG;
	*ret_command = command;
	*ret_part = (enum engine_part)whose;
	return 0;
}
