#include "truce/moment.h"

#include <string.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const int64_t day_ms = INT64_C(24) * HOUR;

/* Exactly `digits` digits; moves *text past them. */
static bool
take_number(const char **text, int digits, int64_t *ret_number)
{
	int64_t number = 0;

	for (int i = 0; i < digits; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		number = number * 10 + (c - '0');
	}
	*text += digits;
	*ret_number = number;
	return true;
}

static bool
take_mark(const char **text, char mark)
{
	if (**text != mark)
		return false;
	(*text)++;
	return true;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar; years are counted
 * from March, so that a leap day is a year's last. */
static int64_t
days_from_date(int64_t year, int64_t month, int64_t day)
{
	if (month <= 2) {
		year--;
		month += 12;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 +
	       (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
}

static int64_t
days_in_month(int64_t year, int64_t month)
{
	return days_from_date(month == 12 ? year + 1 : year,
			      month == 12 ? 1 : month + 1, 1) -
	       days_from_date(year, month, 1);
}

static bool
take_day(const char **text, int64_t *ret_day)
{
	int64_t year, month, day;

	if (!take_number(text, 4, &year) || !take_mark(text, '-') ||
	    !take_number(text, 2, &month) || !take_mark(text, '-') ||
	    !take_number(text, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return false;
	*ret_day = days_from_date(year, month, day);
	return true;
}

/* Digits after the point; those beyond a millisecond do not count. */
static bool
take_fraction(const char **text, int64_t *ret_ms)
{
	int64_t weight = 100, ms = 0;
	const char *start = *text;

	for (; **text >= '0' && **text <= '9'; (*text)++) {
		ms += (**text - '0') * weight;
		weight /= 10;
	}
	*ret_ms = ms;
	return *text > start;
}

static bool
take_of_day(const char **text, int64_t *ret_ms)
{
	int64_t hour, minute, second = 0, ms = 0;

	if (!take_number(text, 2, &hour) || !take_mark(text, ':') ||
	    !take_number(text, 2, &minute))
		return false;
	if (take_mark(text, ':')) {
		if (!take_number(text, 2, &second))
			return false;
		if (take_mark(text, '.') && !take_fraction(text, &ms))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_ms = hour * HOUR + minute * MINUTE + second * SECOND + ms;
	return true;
}

static bool
take_zone(const char **text, int64_t *ret_ms)
{
	int64_t hours, minutes;

	if (take_mark(text, 'Z')) {
		*ret_ms = 0;
		return true;
	}
	int64_t sign = **text == '-' ? -1 : 1;
	if (**text != '+' && **text != '-')
		return false;
	(*text)++;
	if (!take_number(text, 2, &hours) || !take_mark(text, ':') ||
	    !take_number(text, 2, &minutes) || hours > 14 || minutes > 59)
		return false;
	*ret_ms = sign * (hours * HOUR + minutes * MINUTE);
	return true;
}

bool
moment_parse(const char *text, int64_t zone_ms, struct moment *ret_moment)
{
	struct moment moment = {.zone_ms = zone_ms};

	if (!take_day(&text, &moment.day))
		return false;
	if (*text == ' ' || *text == 'T') {
		text++;
		if (!take_of_day(&text, &moment.of_day_ms))
			return false;
	}
	if (*text != '\0' && !take_zone(&text, &moment.zone_ms))
		return false;
	if (*text != '\0')
		return false;
	*ret_moment = moment;
	return true;
}

int64_t
moment_unix_ms(const struct moment *moment)
{
	return moment->day * day_ms + moment->of_day_ms - moment->zone_ms;
}

/* East of Greenwich, at a time of the reader's. */
static int64_t
zone_at(int64_t time_ms)
{
	struct tm time;
	time_t seconds = (time_t)(time_ms / 1000);

	return localtime_r(&seconds, &time) ? time.tm_gmtoff * INT64_C(1000)
					    : 0;
}

bool
moment_local(const char *text, int64_t *ret_unix_ms)
{
	struct moment moment;

	if (!moment_parse(text, 0, &moment))
		return false;
	/* The zone of about then, and then of that time itself: they differ
	 * where clocks were put forward or back in between. */
	int64_t zone = zone_at(moment_unix_ms(&moment));
	zone = zone_at(moment_unix_ms(&moment) - zone);
	moment_parse(text, zone, &moment);
	*ret_unix_ms = moment_unix_ms(&moment);
	return true;
}

bool
moment_zone(const char *text, int64_t *ret_ms)
{
	int64_t ms;

	if (!take_zone(&text, &ms) || *text != '\0')
		return false;
	*ret_ms = ms;
	return true;
}

bool
moment_of_day(const char *text, int64_t *ret_ms)
{
	int64_t ms;

	if (!take_of_day(&text, &ms) || *text != '\0')
		return false;
	*ret_ms = ms;
	return true;
}

bool
moment_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', SECOND},
		     {'m', MINUTE},
		     {'h', HOUR},
		     {'d', 24 * HOUR}};
	int64_t sign = *text == '-' ? -1 : 1, number = 0;

	if (*text == '+' || *text == '-')
		text++;
	size_t digits = strspn(text, "0123456789");
	if (digits < 1 || digits > 6 ||
	    !take_number(&text, (int)digits, &number) || text[0] == '\0' ||
	    text[1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == *text) {
			*ret_ms = sign * number * units[i].ms;
			return true;
		}
	return false;
}
