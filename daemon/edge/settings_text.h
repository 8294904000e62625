/*
 * The text of a configuration before it is parsed: includes resolved in place,
 * with the file and line that each line came from, and without what libconfig
 * 1.5 would misread in silence (integers that wrap, comments never closed,
 * texts cut short by a NUL). Part of settings.
 */
#ifndef TRUCED_EDGE_SETTINGS_TEXT_H
#define TRUCED_EDGE_SETTINGS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"

/* Lines count from 1. `file` lasts as long as the settings_text. */
struct text_origin {
	const char *file;
	unsigned line;
};

struct settings_text {
	char *text; /* ends in NUL; whole lines */
	size_t size;
	struct text_line *lines;
	size_t lines_count;
	char **files;
	size_t files_count;
};

/* From a file, with what it includes, or from a text that includes nothing.
 * 0, -EINVAL after complaints, -ENOMEM; *ret_text is to be done with in any
 * case. */
int settings_text_load(struct settings_text *ret_text, const char *path,
		       settings_complain complain, void *context);
int settings_text_take(struct settings_text *ret_text, const char *text,
		       const char *name, settings_complain complain,
		       void *context);
void settings_text_done(struct settings_text *text);

/* Where a line of the text came from. Total: a line beyond the last one is
 * the last one. */
struct text_origin settings_text_origin(const struct settings_text *text,
					unsigned line);

/* libconfig gives the last text of a list the line of the bracket after it.
 * The line where the text is, by the line that libconfig gives. */
unsigned settings_text_element_line(const struct settings_text *text,
				    unsigned line);

/* Valid UTF-8 (RFC 3629) without control characters. */
bool settings_text_is_clean(const char *text);

#endif
