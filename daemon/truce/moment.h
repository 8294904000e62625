/*
 * Dates as people write them in tables, as points in time.
 */
#ifndef TRUCED_TRUCE_MOMENT_H
#define TRUCED_TRUCE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A calendar's day and the time of that day, in a zone. */
struct moment {
	int64_t day;	   /* since 1970-01-01 */
	int64_t of_day_ms; /* 0 <= it < 24 h */
	int64_t zone_ms;   /* east of Greenwich */
};

/* YYYY-MM-DD[( |T)HH:MM[:SS[.fraction]]][Z|+HH:MM|-HH:MM]; a text that names
 * no zone is in zone_ms. False: not a date. */
bool moment_parse(const char *text, int64_t zone_ms, struct moment *ret_moment);
/* Unix milliseconds UTC. */
int64_t moment_unix_ms(const struct moment *moment);
/* Both; a text that names no zone is in the reader's (TZ). */
bool moment_local(const char *text, int64_t *ret_unix_ms);

/* The same in one: in the reader's zone (TZ) unless it names one. */
bool moment_local(const char *text, int64_t *ret_unix_ms);

/* "Z", "+02:00"; "06:00", "23:59:59.999"; "1d", "-90m", "+30s", "12h". The
 * whole text must be one. */
bool moment_zone(const char *text, int64_t *ret_ms);
bool moment_of_day(const char *text, int64_t *ret_ms);
bool moment_duration(const char *text, int64_t *ret_ms);

#endif
