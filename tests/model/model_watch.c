#include "model_watch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static int64_t
floor_division(int64_t dividend, int64_t divisor)
{
	int64_t quotient = dividend / divisor;

	if (dividend % divisor < 0)
		quotient--;
	return quotient;
}

/* Active time from some midnight long ago until then. */
static int64_t
active_until(const struct active *active, int64_t time)
{
	int64_t days = floor_division(time - active->from_ms, day_ms);
	int64_t rest = time - active->from_ms - days * day_ms;

	return days * active->length_ms +
	       (rest < active->length_ms ? rest : active->length_ms);
}

static int64_t
silent_ms(const struct model_watch *watch, const struct active *active,
	  int64_t now)
{
	if (now <= watch->from)
		return watch->counted_ms;
	return watch->counted_ms + active_until(active, now) -
	       active_until(active, watch->from);
}

void
watch_hear(struct model_watch *watch, int64_t now)
{
	watch->since = now;
	watch->counted_ms = 0;
	watch->from = now;
}

void
watch_pause(struct model_watch *watch, const struct active *active,
	    int64_t until, int64_t now)
{
	watch->counted_ms = silent_ms(watch, active, until);
	watch->from = now;
	if (watch->since > now)
		watch->since = now;
}

struct watched
watch_absence(const struct model_watch *watch, const struct rule *rule,
	      int64_t now)
{
	int64_t silent = silent_ms(watch, &rule->active, now);

	return (struct watched){
		.value = (double)silent / 1000,
		.sum = (uint64_t)silent / 1000,
		.onset_at = watch->since,
		.met_at = TIME_UNSET,
	};
}

int64_t
watch_absence_due(const struct model_watch *watch, const struct rule *rule,
		  int64_t seen)
{
	int64_t low = seen > watch->from ? seen : watch->from;
	int64_t span = 1;

	if (silent_ms(watch, &rule->active, seen) >= rule->after_ms)
		return TIME_NEVER;
	while (silent_ms(watch, &rule->active, low + span) < rule->after_ms)
		span *= 2;
	/* Not long enough at low, long enough at low + span. */
	while (span > 1) {
		int64_t half = span / 2;
		if (silent_ms(watch, &rule->active, low + half) <
		    rule->after_ms) {
			low += half;
			span -= half;
		} else {
			span = half;
		}
	}
	return low + 1;
}

/* The first that is missing from a number on, where it is known which are; 0:
 * none is. */
static uint64_t
missing_from(const struct model_watch *watch, uint64_t number)
{
	if (watch->blurred.missing > 0 && number <= watch->blurred.last)
		number = watch->blurred.last + 1;
	while (number < watch->highest && watch->heard[number - watch->first])
		number++;
	return number < watch->highest ? number : 0;
}

/* The last one of the gap that a missing number is in. */
static uint64_t
gap_last(const struct model_watch *watch, uint64_t number)
{
	while (!watch->heard[number + 1 - watch->first])
		number++;
	return number;
}

static uint64_t
missing(const struct model_watch *watch)
{
	uint64_t count = watch->blurred.missing;

	for (uint64_t number = missing_from(watch, watch->first); number > 0;
	     number = missing_from(watch, number + 1))
		count++;
	return count;
}

static size_t
gaps_count(const struct model_watch *watch)
{
	size_t count = watch->blurred.missing > 0;

	for (uint64_t number = missing_from(watch, watch->first); number > 0;
	     number = missing_from(watch, gap_last(watch, number) + 1))
		count++;
	return count;
}

/* So many gaps are told apart; older ones are counted as one. */
static bool
gaps_blur(struct model_watch *watch)
{
	struct blurred *blurred = &watch->blurred;
	bool any = false;

	for (; gaps_count(watch) > FEED_GAPS; any = true)
		for (int i = blurred->missing > 0; i < 2; i++) {
			uint64_t first = missing_from(watch, watch->first);
			uint64_t last = gap_last(watch, first);
			if (blurred->missing == 0)
				blurred->first = first;
			blurred->missing += last - first + 1;
			blurred->last = last;
		}
	return any;
}

/* Whichever of them was missing, one less is; a revision may be of one that was
 * not. That the first or the last has come is known, and when all have. */
static enum heard
blurred_hear(struct model_watch *watch, uint64_t number, bool is_revision)
{
	struct blurred *blurred = &watch->blurred;

	if (is_revision)
		return HEARD_AGAIN;
	if (number == blurred->first || number == blurred->last)
		watch->heard[number - watch->first] = true;
	blurred->first += number == blurred->first;
	blurred->last -= number == blurred->last;
	if (--blurred->missing == 0)
		for (number = blurred->first; number <= blurred->last; number++)
			watch->heard[number - watch->first] = true;
	return HEARD_BLURRED;
}

static void
run_begin(struct model_watch *watch, uint64_t number)
{
	memset(watch->heard, 0, sizeof(watch->heard));
	memset(&watch->blurred, 0, sizeof(watch->blurred));
	watch->first = watch->highest = number;
	watch->heard[0] = true;
}

static enum heard
number_hear(struct model_watch *watch, uint64_t number, bool is_revision)
{
	const struct blurred *blurred = &watch->blurred;

	if (watch->first == 0) {
		run_begin(watch, number);
		return HEARD_NEXT;
	}
	if (number > watch->highest) {
		bool skipped = number > watch->highest + 1;
		assert(number - watch->first < FEED_SPAN);
		watch->heard[number - watch->first] = true;
		watch->highest = number;
		return skipped ? HEARD_SKIPPED : HEARD_NEXT;
	}
	if (blurred->missing > 0 && number >= blurred->first &&
	    number <= blurred->last)
		return blurred_hear(watch, number, is_revision);
	if (number > watch->first && missing_from(watch, number) == number) {
		watch->heard[number - watch->first] = true;
		return HEARD_LATE;
	}
	if (is_revision || number == watch->highest)
		return HEARD_AGAIN;
	run_begin(watch, number);
	return HEARD_RESTART;
}

enum heard
watch_number(struct model_watch *watch, uint64_t number, bool is_revision,
	     int64_t now, bool *ret_blurred)
{
	bool was_missing = missing(watch) > 0;
	enum heard heard = number_hear(watch, number, is_revision);

	*ret_blurred = gaps_blur(watch);
	if (!was_missing)
		watch->since = now;
	return heard;
}

struct watched
watch_feed(const struct model_watch *watch)
{
	uint64_t count = missing(watch);

	return (struct watched){
		.value = (double)count,
		.sum = count,
		.onset_at = count > 0 ? watch->since : TIME_UNSET,
		.met_at = TIME_UNSET,
	};
}

bool
deadline_is_watched(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->deadlines.count; i++)
		if (strcmp(rule->deadlines.names[i], name) == 0)
			return true;
	return rule->deadlines.count == 0;
}

const struct deadline *
deadline_find(const struct agreement *agreement, const char *name)
{
	for (size_t i = 0; i < agreement->deadlines_count; i++)
		if (strcmp(agreement->deadlines[i].name, name) == 0)
			return &agreement->deadlines[i];
	return NULL;
}

static const struct model_deadline *
said_of(const struct model_deadlines *deadlines, const char *agreement,
	const char *name)
{
	for (size_t i = 0; i < deadlines->count; i++)
		if (strcmp(deadlines->all[i].agreement, agreement) == 0 &&
		    strcmp(deadlines->all[i].name, name) == 0)
			return &deadlines->all[i];
	return NULL;
}

static struct model_deadline *
deadline_add(struct model_deadlines *deadlines, const char *agreement,
	     const char *name)
{
	assert(deadlines->count < MODEL_DEADLINES);
	struct model_deadline *deadline = &deadlines->all[deadlines->count++];

	memset(deadline, 0, sizeof(*deadline));
	strcpy(deadline->agreement, agreement);
	strcpy(deadline->name, name);
	deadline->due_at = TIME_UNSET;
	deadline->met_at = TIME_UNSET;
	return deadline;
}

bool
deadline_command(struct model_deadlines *deadlines,
		 const struct command *command)
{
	struct model_deadline *deadline =
		(struct model_deadline *)said_of(deadlines, command->agreement,
						 command->deadline);

	if (!deadline)
		deadline = deadline_add(deadlines, command->agreement,
					command->deadline);
	switch (command->kind) {
	case COMMAND_DEADLINE_MET:
		deadline->met = true;
		deadline->met_at = command->at;
		return true;
	case COMMAND_DEADLINE_UNMET:
		deadline->met = false;
		deadline->met_at = TIME_UNSET;
		return true;
	case COMMAND_DEADLINE_DUE:
		deadline->due_at = command->at;
		return true;
	case COMMAND_NONE:
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
	case COMMAND_SILENCE:
	case COMMAND_UNSILENCE:
		break;
	}
	return false;
}

static int64_t
due_of(const struct model_deadline *said, const struct deadline *deadline)
{
	return said && said->due_at != TIME_UNSET ? said->due_at
						  : deadline->due_at;
}

struct watched
watch_deadline(const struct model_deadlines *deadlines,
	       const struct agreement *agreement, const char *name, int64_t now)
{
	const struct deadline *deadline = deadline_find(agreement, name);
	const struct model_deadline *said =
		said_of(deadlines, agreement->id, name);
	struct watched watched = {
		.value = -INFINITY,
		.onset_at = due_of(said, deadline),
		.met_at = said ? said->met_at : TIME_UNSET,
	};
	int64_t late = now - due_of(said, deadline);

	if (said && said->met)
		return watched;
	/* The last that came of its own levels. */
	for (size_t i = 0; late < 0 && i < deadline->warn_before_count; i++)
		if (late >= -deadline->warn_before_ms[i])
			watched.value =
				-(double)(deadline->warn_before_ms[i] / 1000);
	if (late >= 0) {
		watched.sum = (uint64_t)late / 1000;
		watched.value = 0;
	}
	return watched;
}

int64_t
watch_deadline_due(const struct model_deadlines *deadlines,
		   const struct agreement *agreement, const char *name,
		   int64_t seen)
{
	const struct deadline *deadline = deadline_find(agreement, name);
	const struct model_deadline *said =
		said_of(deadlines, agreement->id, name);
	int64_t due = due_of(said, deadline);
	int64_t next = TIME_NEVER;

	if (said && said->met)
		return TIME_NEVER;
	if (due > seen)
		next = due;
	for (size_t i = 0; i < deadline->warn_before_count; i++) {
		int64_t at = due - deadline->warn_before_ms[i];
		if (at > seen && at < next)
			next = at;
	}
	return next;
}

/* In whatever order. */
bool
deadlines_same(const struct agreement *a, const struct agreement *b)
{
	if (a->deadlines_count != b->deadlines_count)
		return false;
	for (size_t i = 0; i < a->deadlines_count; i++) {
		const struct deadline *one = &a->deadlines[i];
		const struct deadline *other = deadline_find(b, one->name);
		if (!other || one->due_at != other->due_at ||
		    one->warn_before_count != other->warn_before_count ||
		    memcmp(one->warn_before_ms, other->warn_before_ms,
			   one->warn_before_count *
				   sizeof(*one->warn_before_ms)) != 0)
			return false;
	}
	return true;
}

static const struct deadline *
deadline_of(const struct configuration *configuration, const char *agreement,
	    const char *name)
{
	for (size_t i = 0; i < configuration->agreements_count; i++)
		if (strcmp(configuration->agreements[i].id, agreement) == 0)
			return deadline_find(&configuration->agreements[i],
					     name);
	return NULL;
}

void
deadlines_carry(struct model_deadlines *to, const struct model_deadlines *from,
		const struct configuration *before,
		const struct configuration *after)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct model_deadline *said = &from->all[i];
		const struct deadline *was =
			deadline_of(before, said->agreement, said->name);
		const struct deadline *is =
			deadline_of(after, said->agreement, said->name);
		if (!was || !is)
			continue;
		struct model_deadline *kept =
			deadline_add(to, said->agreement, said->name);
		*kept = *said;
		if (was->due_at != is->due_at)
			kept->due_at = TIME_UNSET;
	}
}
