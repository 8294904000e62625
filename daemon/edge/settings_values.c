/* Reads the texts of a configuration: names, times, endpoints. */
#include "edge/settings_values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#include "core/limits.h"
#include "edge/settings.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

const char *
name_check(const char *text)
{
	size_t size = strspn(text, LOWER DIGITS "_-");

	if (size == 0 || text[size] || size >= NAME_SIZE || text[0] == '_' ||
	    text[0] == '-')
		return "";
	return NULL;
}

const char *
sender_check(const char *text)
{
	size_t size = strspn(text, LOWER UPPER DIGITS "._@-");

	if (size == 0 || text[size] || size >= NAME_SIZE)
		return "";
	return NULL;
}

const char *
country_check(const char *text)
{
	if (strspn(text, LOWER) != 2 || text[2])
		return "";
	return NULL;
}

const char *
topic_check(const char *text)
{
	static const char *const topics[] = {"incident.", "tally.", "finding."};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		size_t size = strlen(topics[i]);
		size_t given = strlen(text);

		if (strncmp(text, topics[i], given < size ? given : size) == 0)
			return NULL;
	}
	return "";
}

/* The host of "host:port", brackets included. */
static const char *
host_check(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return NULL;
	if (inet_pton(AF_INET, host, &address) == 1 &&
	    ntohl(address.s_addr) >> 24 == 127)
		return NULL;
	return "a loopback address (127.0.0.0/8, [::1], localhost): any other "
	       "needs CURVE, which this version does not have; bind to "
	       "loopback or use ipc://";
}

static const char *
tcp_check(const char *text)
{
	char host[128];
	const char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : "";
	size_t digits = strspn(port, DIGITS);

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof(host))
		return "tcp://ADDRESS:PORT";
	if (!digits || digits > 5 || port[digits] || atoi(port) < 1 ||
	    atoi(port) > UINT16_MAX)
		return "tcp://ADDRESS:PORT with a port from 1 to 65535";
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	return host_check(host);
}

const char *
endpoint_check(const char *text)
{
	static const char tcp[] = "tcp://", ipc[] = "ipc://";
	struct sockaddr_un address;

	if (strncmp(text, tcp, strlen(tcp)) == 0)
		return tcp_check(text + strlen(tcp));
	if (strncmp(text, ipc, strlen(ipc)) != 0)
		return "";
	if (strchr(text, '*'))
		return "an ipc path without \"*\": others must find it";
	text += strlen(ipc);
	if (text[0] == '\0' || text[0] == '@')
		return "ipc:// and the path of a socket";
	if (strlen(text) >= sizeof(address.sun_path))
		return "ipc:// and a path of at most 107 bytes";
	return NULL;
}

int
settings_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', SECOND_MS},
		     {'m', MINUTE_MS},
		     {'h', HOUR_MS},
		     {'d', DAY_MS}};
	size_t digits = strspn(text, DIGITS);
	int64_t value = 0;

	if (!digits || !text[digits] || text[digits + 1])
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, text[i] - '0', &value))
			return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == text[digits] &&
		    !__builtin_mul_overflow(value, units[i].ms, &value)) {
			*ret_ms = value;
			return 0;
		}
	return -EINVAL;
}

void
duration_write(int64_t ms, char *ret_text, size_t size)
{
	if (ms % DAY_MS == 0 && ms)
		snprintf(ret_text, size, "%" PRId64 "d", ms / DAY_MS);
	else if (ms % HOUR_MS == 0 && ms)
		snprintf(ret_text, size, "%" PRId64 "h", ms / HOUR_MS);
	else if (ms % MINUTE_MS == 0 && ms)
		snprintf(ret_text, size, "%" PRId64 "m", ms / MINUTE_MS);
	else if (ms % SECOND_MS == 0)
		snprintf(ret_text, size, "%" PRId64 "s", ms / SECOND_MS);
	else
		snprintf(ret_text, size, "%" PRId64 "ms", ms);
}

/* A number of exactly this many digits, at most `most`; moves *text on. */
static bool
digits_read(const char **text, size_t count, int most, int *ret_value)
{
	int value = 0;

	if (strspn(*text, DIGITS) < count)
		return false;
	for (size_t i = 0; i < count; i++)
		value = value * 10 + ((*text)[i] - '0');
	*text += count;
	*ret_value = value;
	return value <= most;
}

static bool
sign_read(const char **text, const char *signs, char *ret_sign)
{
	if (**text == '\0' || !strchr(signs, **text))
		return false;
	*ret_sign = *(*text)++;
	return true;
}

/* "Z", "+02:00" at the end of a text: what is to be taken off, to get UTC. */
static bool
offset_read(const char *text, int64_t *ret_ms)
{
	int hours = 0, minutes = 0;
	char sign, colon;

	if (!sign_read(&text, "Zz+-", &sign))
		return false;
	if ((sign == '+' || sign == '-') &&
	    (!digits_read(&text, 2, 23, &hours) ||
	     !sign_read(&text, ":", &colon) ||
	     !digits_read(&text, 2, 59, &minutes)))
		return false;
	*ret_ms = (int64_t)hours * HOUR_MS + (int64_t)minutes * MINUTE_MS;
	if (sign == '-')
		*ret_ms = -*ret_ms;
	return *text == '\0';
}

static int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

/* ".5", ".123": milliseconds; further digits fall away. */
static bool
fraction_read(const char **text, int *ret_ms)
{
	size_t digits;
	int scale = 100;

	*ret_ms = 0;
	if (**text != '.')
		return true;
	++*text;
	digits = strspn(*text, DIGITS);
	for (size_t i = 0; i < digits; i++, scale /= 10)
		*ret_ms += ((*text)[i] - '0') * scale;
	*text += digits;
	return digits > 0;
}

int
moment_read(const char *text, int64_t *ret_at)
{
	struct tm tm = {0};
	int64_t offset_ms;
	int fraction_ms;
	char sign;

	if (!digits_read(&text, 4, 9999, &tm.tm_year) ||
	    !sign_read(&text, "-", &sign) ||
	    !digits_read(&text, 2, 12, &tm.tm_mon) ||
	    !sign_read(&text, "-", &sign) ||
	    !digits_read(&text, 2, 31, &tm.tm_mday) ||
	    !sign_read(&text, "Tt ", &sign) ||
	    !digits_read(&text, 2, 23, &tm.tm_hour) ||
	    !sign_read(&text, ":", &sign) ||
	    !digits_read(&text, 2, 59, &tm.tm_min) ||
	    !sign_read(&text, ":", &sign) ||
	    !digits_read(&text, 2, 59, &tm.tm_sec) ||
	    !fraction_read(&text, &fraction_ms) ||
	    !offset_read(text, &offset_ms))
		return -EINVAL;
	if (tm.tm_year < 1900 || tm.tm_mon < 1 || tm.tm_mday < 1 ||
	    tm.tm_mday > month_days(tm.tm_year, tm.tm_mon))
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret_at = (int64_t)timegm(&tm) * SECOND_MS + fraction_ms - offset_ms;
	return 0;
}

int
day_start_read(const char *text, int64_t *ret_ms, int64_t *ret_zone_ms)
{
	int hour, minute;
	int64_t offset_ms, ms;
	char sign;

	if (!digits_read(&text, 2, 23, &hour) ||
	    !sign_read(&text, ":", &sign) ||
	    !digits_read(&text, 2, 59, &minute) ||
	    !offset_read(text, &offset_ms))
		return -EINVAL;
	ms = (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS - offset_ms;
	*ret_ms = (ms % DAY_MS + DAY_MS) % DAY_MS;
	*ret_zone_ms = offset_ms;
	return 0;
}
