#include "core/silences.h"

#include <string.h>

#include "core/incident.h"

size_t
silences_bytes(void)
{
	return arena_bytes(SILENCES_MAX, sizeof(struct silence));
}

void
silences_init(struct silences *silences, struct arena *arena)
{
	arena_take(arena, &silences->silences, SILENCES_MAX,
		   sizeof(struct silence));
}

static void
due_find(struct silences *silences)
{
	silences->due = TIME_NEVER;
	for (uint32_t i = 0; i < silences->count; i++) {
		int64_t until_at = silences_at(silences, i)->until_at;
		if (until_at < silences->due)
			silences->due = until_at;
	}
}

/* In the order of their names, so that two lists of the same are the same. */
static void
matchers_take(struct silence *silence, const struct command *command)
{
	for (size_t i = 0; i < command->matchers_count; i++) {
		const struct matcher *matcher = &command->matchers[i];
		size_t at = silence->matchers_count++;
		while (at > 0 && strcmp(silence->matchers[at - 1].name,
					matcher->name) > 0) {
			silence->matchers[at] = silence->matchers[at - 1];
			at--;
		}
		/* What a text leaves of its room stays zero: the state is the
		 * same wherever it was made. */
		memset(&silence->matchers[at], 0, sizeof(*matcher));
		strcpy(silence->matchers[at].name, matcher->name);
		strcpy(silence->matchers[at].value, matcher->value);
	}
}

static bool
is_same(const struct silence *left, const struct silence *right)
{
	return left->up_to == right->up_to &&
	       left->matchers_count == right->matchers_count &&
	       memcmp(left->matchers, right->matchers,
		      sizeof(left->matchers)) == 0;
}

uint64_t
silences_put(struct silences *silences, const struct command *command,
	     int64_t now)
{
	int64_t until_at =
		command->for_ms > 0 ? now + command->for_ms : command->until_at;
	struct silence silence;
	uint32_t index = 0;

	memset(&silence, 0, sizeof(silence));
	silence.since_at = now;
	silence.asked_at = now;
	silence.until_at = until_at;
	silence.up_to = command->up_to;
	matchers_take(&silence, command);
	strcpy(silence.author, command->author);
	strcpy(silence.comment, command->comment);
	while (index < silences->count &&
	       !is_same(silences_at(silences, index), &silence))
		index++;
	if (until_at <= now || index == SILENCES_MAX)
		return 0;
	if (index == silences->count) {
		silences->count++;
		silence.number = ++silences->numbered;
	} else {
		silence.number = silences_at(silences, index)->number;
		silence.since_at = silences_at(silences, index)->since_at;
	}
	*silences_at(silences, index) = silence;
	due_find(silences);
	return silence.number;
}

struct silence *
silences_find(const struct silences *silences, uint64_t number)
{
	for (uint32_t i = 0; i < silences->count; i++) {
		if (silences_at(silences, i)->number == number)
			return silences_at(silences, i);
	}
	return NULL;
}

void
silences_end(struct silences *silences, struct silence *silence)
{
	struct silence *last = silences_at(silences, --silences->count);

	memmove(silence, silence + 1,
		(size_t)(last - silence) * sizeof(*silence));
	memset(last, 0, sizeof(*last));
	due_find(silences);
}

void
silences_end_due(struct silences *silences, int64_t now)
{
	for (uint32_t i = silences->count; i-- > 0;) {
		if (silences_at(silences, i)->until_at <= now)
			silences_end(silences, silences_at(silences, i));
	}
}

/* What the alert says under that name; NULL: nothing. */
static const char *
value_of(const struct alert *alert, const char *name)
{
	if (strcmp(name, "rule") == 0)
		return alert->rule;
	if (strcmp(name, "agreement") == 0)
		return alert->agreement;
	for (size_t i = 0; i < alert->labels_count; i++) {
		if (strcmp(alert->labels[i].name, name) == 0)
			return alert->labels[i].value;
	}
	return NULL;
}

static bool
is_held(const struct silence *silence, const struct alert *alert)
{
	if (alert->severity > silence->up_to)
		return false;
	for (uint32_t i = 0; i < silence->matchers_count; i++) {
		const struct matcher *matcher = &silence->matchers[i];
		const char *value = value_of(alert, matcher->name);
		if (!value || strcmp(value, matcher->value) != 0)
			return false;
	}
	return true;
}

const struct silence *
silences_holding(const struct silences *silences, const struct alert *alert)
{
	for (uint32_t i = 0; i < silences->count; i++) {
		if (is_held(silences_at(silences, i), alert))
			return silences_at(silences, i);
	}
	return NULL;
}

void
silences_take_back(struct silences *silences, int64_t now)
{
	for (uint32_t i = 0; i < silences->count; i++) {
		struct silence *silence = silences_at(silences, i);
		if (silence->asked_at <= now)
			continue;
		silence->until_at -= silence->asked_at - now;
		silence->asked_at = now;
		if (silence->since_at > now)
			silence->since_at = now;
	}
	due_find(silences);
}

void
silences_copy(struct silences *silences, const struct silences *from)
{
	silences->count = from->count;
	silences->numbered = from->numbered;
	silences->due = from->due;
	memcpy(silences_at(silences, 0), silences_at(from, 0),
	       SILENCES_MAX * sizeof(struct silence));
}
