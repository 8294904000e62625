#include "core/absence.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* Of whole days: rounded down, and what is left. */
static int64_t
days_of(int64_t ms, int64_t day, int64_t *ret_rest)
{
	int64_t days = ms / day;

	if (ms % day < 0)
		days--;
	*ret_rest = ms - days * day;
	return days;
}

/* How much active time there was from the active hours' start on 1970-01-01 to
 * a time; below 0 before that. */
static int64_t
active_at(const struct active *active, int64_t at)
{
	int64_t of_day;
	int64_t days = days_of(at - active->from_ms, DAY_MS, &of_day);

	if (of_day > active->length_ms)
		of_day = active->length_ms;
	return days * active->length_ms + of_day;
}

/* The first time at which there was so much of it. */
static int64_t
active_reached(const struct active *active, int64_t ms)
{
	int64_t last;
	int64_t days = days_of(ms - 1, active->length_ms, &last);

	return active->from_ms + days * DAY_MS + last + 1;
}

void
absence_begin(struct absence *absence, int64_t now)
{
	*absence = (struct absence){.since = now, .from = now};
}

void
absence_pause(struct absence *absence, const struct active *active,
	      int64_t until, int64_t now)
{
	absence->counted_ms = absence_ms(absence, active, until);
	absence->from = now;
	if (absence->since > now)
		absence->since = now;
}

int64_t
absence_ms(const struct absence *absence, const struct active *active,
	   int64_t now)
{
	if (now <= absence->from)
		return absence->counted_ms;
	return absence->counted_ms + active_at(active, now) -
	       active_at(active, absence->from);
}

int64_t
absence_due(const struct absence *absence, const struct active *active,
	    int64_t lasted_ms)
{
	return active_reached(active, active_at(active, absence->from) +
					      lasted_ms - absence->counted_ms);
}
