/*
 * How the columns of a CSV file become the fields of a report.
 *
 * A mapping file is read line by line; `#` begins a comment.
 *
 *	type incident                   what each row becomes (the default)
 *	zone +02:00                     of times that name none; default Z
 *	optional COLUMN ...             may be missing; reads as empty then
 *	table NAME "DPR" = dpr          a translation, one entry a line;
 *	table NAME * = ""               ... of every value not listed; to * is
 *	                                to leave it as it is
 *	skip when CONDITIONS            leave such a row out
 *	set FIELD VALUE [when CONDITIONS]
 *	add FIELD VALUE [when CONDITIONS]
 *
 * FIELD is a proto field's name ("killed.best"). Of a field's `set` lines the
 * first whose conditions hold counts; each `add` (repeated fields) counts. An
 * empty value leaves the field unset.
 *
 * VALUE is a word or "text in quotes" (\" \\ \n \t) in which {column} stands
 * for the row's value, {{ for a brace. {column|filter|filter ...}:
 *
 *	cut N       at most N bytes, cut at a character
 *	line        one line: runs of blanks and controls become one blank
 *	lower       ASCII letters in lower case
 *	name        as an agreement's or a party's name: [a-z0-9_-], 63 at most
 *	min COLUMN  the lesser of two numbers; max COLUMN the greater
 *	table NAME  translated; a value that is not listed is an error
 *	hours       a number of hours, as milliseconds
 *	time        YYYY-MM-DD[ HH:MM[:SS[.mmm]]][Z|+HH:MM] as a point in time;
 *	time +1d    that much later (or -1d; d h m s);
 *	time at 06:00   at that time of its day; both: time +1d at 06:00
 *
 * CONDITIONS are `A OP B`, joined by `and`; OP is == != < <= > >=; A and B are
 * columns, numbers or "texts". Two numbers compare as numbers, else as text.
 */
#ifndef TRUCED_TRUCE_MAPPING_H
#define TRUCED_TRUCE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/incident.h"

struct mapping;

/* A message for whoever wrote the file or the row, without a newline. */
enum { MAPPING_ERROR_SIZE = 1024 };

/* -EINVAL: the error ("file:line: what was expected") is in ret_error. Other
 * negative errno: the file could not be read, likewise told. */
int mapping_load(struct mapping **ret_mapping, const char *path,
		 char ret_error[static MAPPING_ERROR_SIZE]);
/* The same from text; `name` stands for the file. */
int mapping_parse(struct mapping **ret_mapping, const char *text,
		  const char *name, char ret_error[static MAPPING_ERROR_SIZE]);
void mapping_free(struct mapping *mapping); /* NULL is fine */

enum report_type mapping_type(const struct mapping *mapping);

/* Finds the columns that the mapping names in a header. -EINVAL: one is
 * missing, told in ret_error with the mapping's line. */
int mapping_bind(struct mapping *mapping, const char *const *header,
		 size_t count, char ret_error[static MAPPING_ERROR_SIZE]);

/* Called for each field that a row sets. 0, or a negative errno with what was
 * expected in ret_expected. */
typedef int (*mapping_set)(void *context, const char *path, const char *text,
			   char *ret_expected, size_t size);

/*
 * Applies the mapping to a row of the header's width. 0: each field was set.
 * 1: the row is one to skip. -EINVAL: what is wrong is in ret_error (without
 * the row's own place, which the caller knows).
 */
int mapping_apply(const struct mapping *mapping, const char *const *values,
		  mapping_set set, void *context,
		  char ret_error[static MAPPING_ERROR_SIZE]);

#endif
