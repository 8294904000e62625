/*
 * What a configuration may say: every option by key, type, bounds and place,
 * and the checks that go beyond one option. Part of settings, which walks the
 * parsed file by these tables.
 */
#ifndef TRUCED_EDGE_SETTINGS_OPTIONS_H
#define TRUCED_EDGE_SETTINGS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"

enum option_type {
	OPTION_NONE,
	OPTION_TEXT,	 /* const char *; min to max bytes */
	OPTION_FLAG,	 /* bool */
	OPTION_NUMBER,	 /* uint32_t or uint64_t, by size; min to max */
	OPTION_REAL,	 /* double; min to max, or above it */
	OPTION_DURATION, /* int64_t milliseconds; min to max */
	OPTION_CHOICE,	 /* an enum */
	OPTION_BITS,	 /* bit 1 << choice of a uint32_t or uint64_t */
	OPTION_TEXTS,	 /* const char *const * and a count */
	OPTION_PARSED,	 /* texts, min to max of them, given to `parse` */
	OPTION_TRISTATE, /* enum tristate, from true or false */
	OPTION_GROUP,	 /* a struct, by `section` */
	OPTION_LIST,	 /* an array of structs, by `section`, and a count */
	OPTION_ARRAY	 /* the same within the object, `max` of them */
};

struct choices {
	const char *(*name)(size_t value); /* "": no such choice */
	size_t count;
};

struct option {
	const char *key;
	enum option_type type;
	size_t offset;
	size_t count_offset; /* of the size_t of TEXTS and LIST */
	size_t size;	     /* of what is at `offset` */
	/* Of numbers and durations the value, of a text its bytes, of lists the
	 * elements. */
	int64_t min;
	int64_t max;
	bool required;
	/* In a section of several kinds, and in those within it, bit 1 << kind:
	 * which have it, 0: all; and which must have it. */
	uint32_t kinds;
	uint32_t required_kinds;
	bool above;	      /* of a REAL: more than min */
	const char *expected; /* in an error's words; NULL: by the type */
	/* NULL for a good text, or what was expected; "" if `expected` says
	 * it. */
	const char *(*check)(const char *text);
	const char *(*parse)(const char *text, void *object);
	const struct choices *choices;
	const struct section *section;
};

struct place; /* of a group or list in the file */
struct reader;

/* A group: its options, and a struct with their defaults. */
struct section {
	const struct option *options;
	size_t options_count;
	const void *initial;
	size_t size;
	bool shorthand; /* a text stands for a group of the first option */
	/* An enum at `kind_offset`, which is read before all that depends on
	 * it, tells of what kind the group is; `kinds_count` itself: it is not
	 * known. 0: all are of one kind. */
	uint32_t kinds_count;
	size_t kind_offset;
	const char *(*kind_name)(size_t kind);
	void (*check)(struct reader *reader, const struct place *place,
		      void *object);
	/* After all elements of a list; place is the list's. */
	void (*check_list)(struct reader *reader, const struct place *place,
			   void *objects, size_t count);
};

extern const struct section settings_section; /* of a struct draft */

/* What is read into: the settings and what is needed to check them. */
struct draft {
	struct settings settings;
	/* Sorted, for searching: ids, and every party of any agreement. */
	const char **agreement_ids;
	size_t agreement_ids_count;
	const char **parties;
	size_t parties_count;
	bool any_party; /* an agreement lists none, or "other" */
};

/* --- What the checks may ask of the walker. --- */

/* "file:line: key: expected ...", at the key's place, or at the group's where
 * it is not given; key may be "". */
__attribute__((format(printf, 4, 5))) void
reader_expect(struct reader *reader, const struct place *place, const char *key,
	      const char *format, ...);
/* The same at an element of the list that `key` is. */
__attribute__((format(printf, 5, 6))) void
reader_expect_element(struct reader *reader, const struct place *place,
		      const char *key, size_t element, const char *format, ...);

/* NULL if it is not given. */
const struct place *place_member(const struct place *place, const char *key);
const struct place *place_element(const struct place *place, size_t element);
/* File and line of a group, for a message about another. */
void place_origin(const struct reader *reader, const struct place *place,
		  char *ret_text, size_t size);

/* Whether anything was wrong so far. */
bool reader_complained(const struct reader *reader);
struct draft *reader_draft(struct reader *reader);
/* Zeroed, the settings' own; NULL when memory is short, which is noted. */
void *reader_allocate(struct reader *reader, size_t count, size_t size);

#endif
