/*
 * What may be shown on a terminal, how wide it is there, and in what colour.
 *
 * Names, places and summaries come from strangers: what could move the cursor,
 * colour the screen or turn the direction of reading is shown as an escape.
 */
#ifndef TRUCED_TRUCE_TERMINAL_H
#define TRUCED_TRUCE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/alert.h"

/* A text that is built up in `size` bytes, its NUL among them; what
 * does not fit is left out and the text is cut at a character. */
struct text {
	char *bytes;
	size_t size;
	size_t used;
};

void text_init(struct text *text, char *bytes, size_t size);
/* Bytes that are known to be harmless. */
__attribute__((format(printf, 2, 3))) void text_print(struct text *text,
						      const char *format, ...);
/* Anybody's bytes: controls as \x1b, direction marks and the like as
 * \u{202e}, what is not UTF-8 as \xff. */
void text_escape(struct text *text, const char *bytes);
/* The same, filled up with blanks to a width on the screen. */
void text_escape_column(struct text *text, const char *bytes, size_t width);

/* Shortens to at most `bytes`, never inside a character. */
void text_cut(char *text, size_t bytes);

/* Columns on the screen of a text without controls. */
size_t text_width(const char *text);

struct style {
	bool colour; /* a terminal, and NO_COLOR is not set */
	bool terminal;
	size_t width; /* of the terminal, 0: no limit */
};

/* Asks the environment and the terminal, if it is one. */
struct style style_of(FILE *stream);

/* Escape sequences, "" without colour. Static storage. */
const char *colour_of_severity(const struct style *style,
			       enum severity severity);
const char *colour_good(const struct style *style);
const char *colour_bad(const struct style *style);
const char *colour_dim(const struct style *style);
const char *colour_bold(const struct style *style);
const char *colour_end(const struct style *style);

/*
 * A bar on standard error that says how far things are; nothing at all if that
 * is no terminal. Whoever prints calls progress_hide first.
 */
struct progress {
	struct style style;
	const char *what; /* a name, ours or the user's */
	int64_t started_ms;
	int64_t drawn_ms;
	bool shown;
};

void progress_init(struct progress *progress, const char *what, int64_t now_ms);
/* done and total in any unit, total 0 if not known; count is what was done.
 * Draws at most ten times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total,
		   uint64_t count, const char *remark, int64_t now_ms);
void progress_hide(struct progress *progress);

/* The bar's text alone, for those who draw or test it. */
void progress_render(const struct progress *progress, uint64_t done,
		     uint64_t total, uint64_t count, const char *remark,
		     int64_t now_ms, struct text *text);

#endif
