/*
 * What a mapping file has become; shared by its parser and its use.
 *
 * Every text points into the one copy of the file that the mapping owns.
 */
#ifndef TRUCED_TRUCE_MAPPING_PARTS_H
#define TRUCED_TRUCE_MAPPING_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "truce/mapping.h"

enum {
	MAPPING_COLUMNS_MAX = 128,
	MAPPING_SETTINGS_MAX = 256,
	MAPPING_ENTRIES_MAX = 512,
	MAPPING_CONDITIONS_MAX = 8,
	MAPPING_PIECES_MAX = 16,
	MAPPING_FILTERS_MAX = 4,
	MAPPING_NONE = -1
};

struct mapping_column {
	const char *name;
	size_t line;   /* that names it first */
	bool optional; /* reads as empty where the file has none */
	int index;     /* in the header, or MAPPING_NONE */
};

struct mapping_entry {
	const char *table;
	const char *from; /* NULL: every value not listed */
	const char *to;	  /* NULL: stays as it is */
};

enum filter_kind {
	FILTER_CUT,
	FILTER_LINE,
	FILTER_LOWER,
	FILTER_NAME,
	FILTER_MIN,
	FILTER_MAX,
	FILTER_TABLE,
	FILTER_HOURS,
	FILTER_TIME
};

struct mapping_filter {
	enum filter_kind kind;
	const char *table; /* TABLE */
	int column;	   /* MIN, MAX */
	int64_t number;	   /* CUT: bytes; TIME: milliseconds later */
	int64_t of_day_ms; /* TIME: MAPPING_NONE: as it is */
};

/* Text between columns, or a column and what is made of it. */
struct mapping_piece {
	const char *text; /* NULL: a column */
	int column;
	struct mapping_filter filters[MAPPING_FILTERS_MAX];
	size_t filters_count;
};

struct mapping_value {
	struct mapping_piece pieces[MAPPING_PIECES_MAX];
	size_t count;
};

struct mapping_operand {
	const char *text; /* NULL: a column */
	int column;
};

enum comparison { EQUAL, UNEQUAL, LESS, NOT_GREATER, GREATER, NOT_LESS };

struct mapping_condition {
	struct mapping_operand left;
	struct mapping_operand right;
	enum comparison comparison;
};

enum setting_kind { SETTING_SET, SETTING_ADD, SETTING_SKIP };

struct mapping_setting {
	enum setting_kind kind;
	size_t line;
	const char *path; /* NULL for SKIP */
	struct mapping_value value;
	struct mapping_condition conditions[MAPPING_CONDITIONS_MAX];
	size_t conditions_count;
};

struct mapping {
	char *text; /* the file, cut up */
	char *name; /* for messages */
	enum report_type type;
	int64_t zone_ms;
	struct mapping_column columns[MAPPING_COLUMNS_MAX];
	size_t columns_count;
	struct mapping_entry entries[MAPPING_ENTRIES_MAX];
	size_t entries_count;
	struct mapping_setting settings[MAPPING_SETTINGS_MAX];
	size_t settings_count;
};

#endif
