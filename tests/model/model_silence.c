#include "model_silence.h"

#include <string.h>

static const char *
value_of(const struct command *command, const char *name)
{
	for (size_t i = 0; i < command->matchers_count; i++)
		if (strcmp(command->matchers[i].name, name) == 0)
			return command->matchers[i].value;
	return NULL;
}

/* Names and values are the same, in whatever order, and the severity. */
static bool
is_of_command(const struct silence *silence, const struct command *command)
{
	if (silence->up_to != command->up_to ||
	    silence->matchers_count != command->matchers_count)
		return false;
	for (size_t i = 0; i < silence->matchers_count; i++) {
		const struct matcher *matcher = &silence->matchers[i];
		const char *value = value_of(command, matcher->name);
		if (!value || strcmp(value, matcher->value) != 0)
			return false;
	}
	return true;
}

static struct silence *
silence_of(struct model_silences *silences, const struct command *command)
{
	for (size_t i = 0; i < silences->count; i++)
		if (is_of_command(&silences->all[i], command))
			return &silences->all[i];
	return NULL;
}

uint64_t
model_silence(struct model_silences *silences, const struct command *command,
	      int64_t now)
{
	struct silence *silence = silence_of(silences, command);
	int64_t until_at = command->until_at;

	if (command->for_ms > 0)
		until_at = now + command->for_ms;
	if (until_at <= now || (!silence && silences->count == SILENCES_MAX))
		return 0;
	if (!silence) {
		silence = &silences->all[silences->count++];
		memset(silence, 0, sizeof(*silence));
		silence->number = ++silences->numbered;
		silence->since_at = now;
		silence->up_to = command->up_to;
		silence->matchers_count = (uint32_t)command->matchers_count;
		memcpy(silence->matchers, command->matchers,
		       sizeof(silence->matchers));
	}
	silence->asked_at = now;
	silence->until_at = until_at;
	strcpy(silence->author, command->author);
	strcpy(silence->comment, command->comment);
	return silence->number;
}

static void
silence_remove(struct model_silences *silences, size_t index)
{
	silences->count--;
	memmove(&silences->all[index], &silences->all[index + 1],
		(silences->count - index) * sizeof(*silences->all));
}

uint64_t
model_unsilence(struct model_silences *silences, uint64_t number)
{
	for (size_t i = 0; i < silences->count; i++)
		if (silences->all[i].number == number) {
			silence_remove(silences, i);
			return number;
		}
	return 0;
}

int64_t
model_silences_due(const struct model_silences *silences)
{
	int64_t due = TIME_NEVER;

	for (size_t i = 0; i < silences->count; i++)
		if (silences->all[i].until_at < due)
			due = silences->all[i].until_at;
	return due;
}

void
model_silences_end(struct model_silences *silences, int64_t now)
{
	for (size_t i = 0; i < silences->count;)
		if (silences->all[i].until_at <= now)
			silence_remove(silences, i);
		else
			i++;
}

/* NULL: the alert says nothing under that name. */
static const char *
label_of(const struct alert *alert, const char *name)
{
	if (strcmp(name, "agreement") == 0)
		return alert->agreement;
	if (strcmp(name, "rule") == 0)
		return alert->rule;
	for (size_t i = 0; i < alert->labels_count; i++)
		if (strcmp(alert->labels[i].name, name) == 0)
			return alert->labels[i].value;
	return NULL;
}

uint64_t
model_silences_holding(const struct model_silences *silences,
		       const struct alert *alert)
{
	for (size_t i = 0; i < silences->count; i++) {
		const struct silence *silence = &silences->all[i];
		bool holds = alert->severity <= silence->up_to;
		for (size_t k = 0; k < silence->matchers_count; k++) {
			const struct matcher *matcher = &silence->matchers[k];
			const char *value = label_of(alert, matcher->name);
			holds = holds && value &&
				strcmp(value, matcher->value) == 0;
		}
		if (holds)
			return silence->number;
	}
	return 0;
}

void
model_silences_take_back(struct model_silences *silences, int64_t now)
{
	for (size_t i = 0; i < silences->count; i++) {
		struct silence *silence = &silences->all[i];
		if (silence->asked_at > now) {
			silence->until_at -= silence->asked_at - now;
			silence->asked_at = now;
		}
		if (silence->since_at > now)
			silence->since_at = now;
	}
}
