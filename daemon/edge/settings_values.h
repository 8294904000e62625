/*
 * What a configuration's texts stand for. Pure: text in, value out. Part of
 * settings.
 *
 * A check returns NULL for a text that is fine, or what was expected instead;
 * "" where the option's own words say it.
 */
#ifndef TRUCED_EDGE_SETTINGS_VALUES_H
#define TRUCED_EDGE_SETTINGS_VALUES_H

#include <stddef.h>
#include <stdint.h>

const char *name_check(const char *text);    /* as in topics and labels */
const char *sender_check(const char *text);  /* as in CAP identifiers */
const char *country_check(const char *text); /* ISO 3166-1, lower case */
const char *topic_check(const char *text);   /* a prefix of reports' topics */
/* tcp:// on loopback or ipc://, nothing else and no wildcard. */
const char *endpoint_check(const char *text);

/* RFC 3339 with an offset, to Unix milliseconds; -EINVAL. */
int moment_read(const char *text, int64_t *ret_at);
/* "00:00Z", "00:00+02:00", to milliseconds after 00:00Z, and those that its
 * zone is east of Greenwich; -EINVAL. */
int day_start_read(const char *text, int64_t *ret_ms, int64_t *ret_zone_ms);

/* The opposite of settings_duration, in the greatest unit that is whole. */
void duration_write(int64_t ms, char *ret_text, size_t size);

#endif
