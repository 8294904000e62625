#include "truce/story_officer.h"

#include <stdio.h>
#include <string.h>

#include "truce/moment.h"
#include "truce/options.h"
#include "truce/story.h"

#define TIME_EXAMPLE "2015-03-01T06:00+02:00"
#define FOR_EXPECTED "for: expected a duration, as 4h"

enum { FIELDS_OF_WORD = 8 };

static const struct word {
	const char *name;
	enum command_kind kind;
	const char *fields[FIELDS_OF_WORD]; /* beside those of all words */
} words[] = {
	{"ack",
	 COMMAND_ACKNOWLEDGE,
	 {"agreement", "rule", "labels", "exercise", "for"}},
	{"retract",
	 COMMAND_RETRACT,
	 {"agreement", "rule", "labels", "exercise"}},
	{"silence", COMMAND_SILENCE, {"match", "for", "up_to"}},
	{"met", COMMAND_DEADLINE_MET, {"agreement", "deadline"}},
	{"unmet", COMMAND_DEADLINE_UNMET, {"agreement", "deadline"}},
	{"due", COMMAND_DEADLINE_DUE, {"agreement", "deadline", "due"}},
};

static const char *const fields_of_all[FIELDS_OF_WORD] = {"officer", "at", "by",
							  "comment"};

/* The object in hand. */
struct saying {
	const json_t *object;
	const json_t *defaults;
	struct command *command;
	char *error;
};

static bool
fail(const struct saying *saying, const char *expected)
{
	snprintf(saying->error, OFFICER_ERROR_SIZE, "%s", expected);
	return false;
}

static bool
is_listed(const char *const fields[static FIELDS_OF_WORD], const char *name)
{
	for (int i = 0; i < FIELDS_OF_WORD && fields[i]; i++)
		if (strcmp(fields[i], name) == 0)
			return true;
	return false;
}

static const struct word *
word_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

/* False: it is no text, or longer than there is room for. */
static bool
text_read(const json_t *value, char *ret_text, size_t size)
{
	const char *text = json_string_value(value);

	return text && (size_t)snprintf(ret_text, size, "%s", text) < size;
}

static bool
agreement_take(const struct saying *saying, char *ret_name)
{
	const json_t *value = json_object_get(saying->object, "agreement");

	if (!value)
		value = json_object_get(saying->defaults, "agreement");
	return text_read(value, ret_name, NAME_SIZE)
		       ? true
		       : fail(saying,
			      "agreement: expected an agreement's name");
}

/* The alert as its subject has it. */
static bool
subject_take(const struct saying *saying, char ret_subject[static SUBJECT_SIZE])
{
	const json_t *exercise = json_object_get(saying->object, "exercise");
	json_t *labels = json_object_get(saying->object, "labels"), *value;
	struct notice_label list[GROUP_BY_MAX];
	char agreement[NAME_SIZE];
	struct notice notice = {.agreement = agreement, .labels = list};
	const char *name;

	notice.rule =
		json_string_value(json_object_get(saying->object, "rule"));
	if (json_is_true(exercise))
		notice.status = STATUS_EXERCISE;
	if (!notice.rule)
		return fail(saying, "rule: expected the alert's rule");
	if (labels && (!json_is_object(labels) ||
		       json_object_size(labels) > GROUP_BY_MAX))
		return fail(saying, "labels: expected the alert's, as an "
				    "object");
	json_object_foreach(labels, name, value)
	{
		if (!json_is_string(value))
			return fail(saying, "labels: expected texts");
		list[notice.labels_count++] =
			(struct notice_label){name, json_string_value(value)};
	}
	if (!agreement_take(saying, agreement))
		return false;
	subject_write(&notice, ret_subject);
	return true;
}

static bool
matchers_take(const struct saying *saying)
{
	json_t *match = json_object_get(saying->object, "match"), *value;
	struct command *command = saying->command;
	const char *name;

	if (json_object_size(match) < 1 ||
	    json_object_size(match) > MATCHERS_MAX)
		return fail(saying, "match: expected 1 to 8 of an alert's "
				    "rule, agreement and labels");
	json_object_foreach(match, name, value)
	{
		struct matcher *matcher =
			&command->matchers[command->matchers_count++];
		if (!codec_is_matcher_name(name))
			return fail(saying, "match: expected rule, agreement "
					    "or a label's name");
		snprintf(matcher->name, sizeof(matcher->name), "%s", name);
		if (!text_read(value, matcher->value, sizeof(matcher->value)))
			return fail(saying, "match: expected texts of at most "
					    "64 bytes");
	}
	return true;
}

static bool
silence_take(const struct saying *saying)
{
	const json_t *up_to = json_object_get(saying->object, "up_to");
	struct command *command = saying->command;

	command->up_to = SEVERITY_EXTREME;
	if (up_to &&
	    (!json_is_string(up_to) ||
	     !severity_option(json_string_value(up_to), &command->up_to) ||
	     command->up_to == SEVERITY_UNKNOWN))
		return fail(saying, "up_to: expected minor, moderate, severe "
				    "or extreme");
	return command->for_ms > 0 ? matchers_take(saying)
				   : fail(saying, FOR_EXPECTED);
}

static bool
kind_take(const struct saying *saying, struct recorded_command *said,
	  int64_t at)
{
	struct command *command = saying->command;

	if (command->kind == COMMAND_SILENCE)
		return silence_take(saying);
	if (command_is_of_episode(command)) {
		said->began_ms = at;
		return subject_take(saying, said->subject);
	}
	command->at = at;
	if (command->kind == COMMAND_DEADLINE_DUE &&
	    !story_time(json_object_get(saying->object, "due"), &command->at))
		return fail(saying, "due: expected a time, as " TIME_EXAMPLE);
	return agreement_take(saying, command->agreement) &&
	       (text_read(json_object_get(saying->object, "deadline"),
			  command->deadline, sizeof(command->deadline))
			? true
			: fail(saying, "deadline: expected a deadline's name"));
}

static bool
fields_are_known(const struct saying *saying, const struct word *word)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)saying->object, name, value)
	{
		(void)value;
		if (is_listed(fields_of_all, name) ||
		    is_listed(word->fields, name))
			continue;
		snprintf(saying->error, OFFICER_ERROR_SIZE,
			 "\"%.64s\": not expected beside officer: %s", name,
			 word->name);
		return false;
	}
	return true;
}

/* Who says it, what for, and for how long. */
static bool
words_take(const struct saying *saying)
{
	const json_t *by = json_object_get(saying->object, "by");
	const json_t *comment = json_object_get(saying->object, "comment");
	const json_t *lasts = json_object_get(saying->object, "for");
	struct command *command = saying->command;

	strcpy(command->author, "officer");
	if (by && !text_read(by, command->author, TEXT_SIZE))
		return fail(saying, "by: expected a name of at most 64 bytes");
	if (comment && !text_read(comment, command->comment, COMMENT_SIZE))
		return fail(saying, "comment: expected a shorter text");
	if (lasts &&
	    (!json_is_string(lasts) ||
	     !moment_duration(json_string_value(lasts), &command->for_ms) ||
	     command->for_ms <= 0 || command->for_ms > FOR_MS_MAX))
		return fail(saying, FOR_EXPECTED);
	return true;
}

bool
officer_read(const json_t *object, const json_t *defaults,
	     struct recorded_command *ret_said, int64_t *ret_at,
	     char ret_error[static OFFICER_ERROR_SIZE])
{
	const struct word *word = word_find(
		json_string_value(json_object_get(object, "officer")));
	const struct saying saying = {object, defaults, &ret_said->command,
				      ret_error};

	*ret_said = (struct recorded_command){.part = ENGINE_REAL};
	if (!word)
		return fail(&saying, "officer: expected ack, retract, silence, "
				     "met, unmet or due");
	ret_said->command.kind = word->kind;
	if (json_is_true(json_object_get(object, "exercise")))
		ret_said->part = ENGINE_DRILL;
	if (!story_time(json_object_get(object, "at"), ret_at))
		return fail(&saying, "at: expected a time, as " TIME_EXAMPLE);
	return fields_are_known(&saying, word) && words_take(&saying) &&
	       kind_take(&saying, ret_said, *ret_at);
}

bool
officer_is_lost(const struct command *command,
		const struct configuration *configuration)
{
	if (!command_is_of_deadline(command))
		return false;
	for (size_t i = 0; i < configuration->agreements_count; i++) {
		const struct agreement *agreement =
			&configuration->agreements[i];
		if (strcmp(agreement->id, command->agreement) != 0)
			continue;
		for (size_t j = 0; j < agreement->deadlines_count; j++)
			if (strcmp(agreement->deadlines[j].name,
				   command->deadline) == 0)
				return false;
	}
	return true;
}
