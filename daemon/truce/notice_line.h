/*
 * An alert as a line for people.
 */
#ifndef TRUCED_TRUCE_NOTICE_LINE_H
#define TRUCED_TRUCE_NOTICE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "edge/codec.h"
#include "truce/terminal.h"

enum { NOTICE_LINE_SIZE = 8 * 1024, NOTICE_DATE_SIZE = 48 };

/*
 * Time, #seq, severity, certainty, what it says, rule, agreement and group,
 * headline, and since when, without a newline at the end. Times are the
 * reader's (TZ). It is broken before the headline if it would not fit the
 * terminal; nothing is ever left out. Everything that a stranger may have
 * written is escaped. with_date: "2015-02-15 06:00" in place of "06:00".
 */
void notice_line_render(const struct notice *notice, const struct style *style,
			bool with_date, char ret_line[static NOTICE_LINE_SIZE]);

/* Prints a line with its day if that is another than `date`, which then is that
 * day; and the alert after it. */
void notice_day_print(const struct notice *notice, const struct style *style,
		      char date[static NOTICE_DATE_SIZE], FILE *stream);
void notice_line_print(const struct notice *notice, const struct style *style,
		       char date[static NOTICE_DATE_SIZE], FILE *stream);

/* "2015-02-15 (UTC+02:00)": the reader's day. Two times are on one day if
 * theirs are the same. "" for a time that is not set. */
void notice_date_render(int64_t time_ms,
			char ret_date[static NOTICE_DATE_SIZE]);

/* The parts of it that other pages show, too. "2015-02-15 06:00" or "06:00",
 * "--:--" for a time that is not set; "EXTREME", filled up to a width;
 * "minsk-2/dpr", likewise. */
void notice_time_print(struct text *text, int64_t time_ms, bool with_date);
void notice_name_print(struct text *text, const char *name, int width);
void notice_group_print(struct text *text, const struct notice *notice,
			size_t width);

/* The word for what the message says: "NEW", "UP", "RETRACT" ... */
const char *notice_word(const struct notice *notice);

/* The number in an identifier (<sender>-<stream>-<seq>); 0 if it has none. */
uint64_t notice_seq_of(const char *identifier);

/* The episode that a message is of, by its first one. */
struct episode_name {
	bool here; /* it began in the message's own stream */
	char stream[STREAM_IN_NAME + 1]; /* as far as names have it */
	uint64_t seq;
};

struct episode_name notice_episode(const struct notice *notice);
/* Those of earlier streams first. Below 0, 0, above 0. */
int episode_compare(const struct episode_name *left,
		    const struct episode_name *right);

#endif
