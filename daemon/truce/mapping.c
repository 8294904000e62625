#include "truce/mapping_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "truce/moment.h"
#include "truce/terminal.h"

/* Of a mapping file, and of one field's value. */
enum { FILE_MAX = 1024 * 1024, VALUE_SIZE = 8 * 1024 };

struct row {
	const struct mapping *mapping;
	const char *const *values;
	size_t line; /* of the mapping, that is being applied */
	char *error; /* MAPPING_ERROR_SIZE */
};

__attribute__((format(printf, 2, 3))) static int
complain(const struct row *row, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int place =
		vsnprintf(row->error, MAPPING_ERROR_SIZE, format, arguments);
	va_end(arguments);
	if (place >= 0 && place < MAPPING_ERROR_SIZE)
		snprintf(row->error + place,
			 (size_t)(MAPPING_ERROR_SIZE - place), " (%s:%zu)",
			 row->mapping->name, row->line);
	return -EINVAL;
}

static const char *
column_value(const struct row *row, int column)
{
	int index = row->mapping->columns[column].index;

	return index == MAPPING_NONE ? "" : row->values[index];
}

static const char *
column_name(const struct row *row, int column)
{
	return row->mapping->columns[column].name;
}

/* As tables write numbers; no "inf", no hexadecimal. */
static bool
number_parse(const char *text, double *ret_number)
{
	char *end;

	if (*text == '\0' || strspn(text, "+-.0123456789eE") != strlen(text) ||
	    *text == 'e' || *text == 'E')
		return false;
	*ret_number = strtod(text, &end);
	return *end == '\0';
}

static int
text_compare(const char *a, const char *b)
{
	double x, y;

	if (number_parse(a, &x) && number_parse(b, &y))
		return (x > y) - (x < y);
	return strcmp(a, b);
}

static bool
condition_holds(const struct row *row,
		const struct mapping_condition *condition)
{
	const struct mapping_operand *left = &condition->left;
	const struct mapping_operand *right = &condition->right;
	int order =
		text_compare(left->text ? left->text
					: column_value(row, left->column),
			     right->text ? right->text
					 : column_value(row, right->column));

	switch (condition->comparison) {
	case EQUAL:
		return order == 0;
	case UNEQUAL:
		return order != 0;
	case LESS:
		return order < 0;
	case NOT_GREATER:
		return order <= 0;
	case GREATER:
		return order > 0;
	case NOT_LESS:
		return order >= 0;
	}
	return false;
}

static bool
setting_applies(const struct row *row, const struct mapping_setting *setting)
{
	for (size_t i = 0; i < setting->conditions_count; i++)
		if (!condition_holds(row, &setting->conditions[i]))
			return false;
	return true;
}

static bool
is_blank_or_control(char c)
{
	return (unsigned char)c <= 0x20 || c == 0x7F;
}

static void
line_filter(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (!is_blank_or_control(*from))
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

static void
lower_filter(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* What a name may not have becomes one dash; none at the ends. */
static void
name_filter(char *text)
{
	char *to = text;

	lower_filter(text);
	for (const char *from = text; *from != '\0'; from++) {
		bool letter = (*from >= 'a' && *from <= 'z') ||
			      (*from >= '0' && *from <= '9');

		if (letter || (*from == '_' && to > text))
			*to++ = *from;
		else if (to > text && to[-1] != '-')
			*to++ = '-';
	}
	*to = '\0';
	text_cut(text, NAME_SIZE - 1);
	for (to = text + strlen(text); to > text && to[-1] == '-'; to--)
		to[-1] = '\0';
}

static int
extreme_filter(const struct row *row, const struct mapping_filter *filter,
	       char *text)
{
	const char *other = column_value(row, filter->column);
	double x, y;

	if (*other == '\0')
		return 0;
	if (!number_parse(text, &x))
		return complain(row, "\"%s\": expected a number", text);
	if (!number_parse(other, &y))
		return complain(row, "%s \"%s\": expected a number",
				column_name(row, filter->column), other);
	if (filter->kind == FILTER_MIN ? y < x : y > x) {
		if (strlen(other) >= VALUE_SIZE)
			return complain(row, "expected a shorter number");
		strcpy(text, other);
	}
	return 0;
}

static int
table_filter(const struct row *row, const char *table, char *text)
{
	const struct mapping *mapping = row->mapping;

	for (size_t i = 0; i < mapping->entries_count; i++) {
		const struct mapping_entry *entry = &mapping->entries[i];

		if (strcmp(entry->table, table) == 0 &&
		    (!entry->from || strcmp(entry->from, text) == 0)) {
			if (entry->to)
				snprintf(text, VALUE_SIZE, "%s", entry->to);
			return 0;
		}
	}
	return complain(row, "\"%s\": expected a value of table %s", text,
			table);
}

static int
time_filter(const struct row *row, const struct mapping_filter *filter,
	    char *text)
{
	struct moment moment;

	if (!moment_parse(text, row->mapping->zone_ms, &moment))
		return complain(row,
				"\"%s\": expected a date as 2015-02-15 or "
				"2015-02-15 06:00:00",
				text);
	int64_t day_ms = INT64_C(24) * 3600 * 1000;
	int64_t later = moment.of_day_ms + filter->number;
	/* Rounds down, so that the hour of the day is never negative. */
	int64_t days = later / day_ms - (later % day_ms < 0);
	moment.day += days;
	moment.of_day_ms = later - days * day_ms;
	if (filter->of_day_ms != MAPPING_NONE)
		moment.of_day_ms = filter->of_day_ms;
	snprintf(text, VALUE_SIZE, "%lld", (long long)moment_unix_ms(&moment));
	return 0;
}

static int
hours_filter(const struct row *row, char *text)
{
	double hours;

	if (!number_parse(text, &hours) || !(hours >= 0 && hours <= 1e9))
		return complain(row, "expected a number of hours, not '%s'",
				text);
	snprintf(text, VALUE_SIZE, "%.0f", hours * 3600000);
	return 0;
}

/* Changes text, VALUE_SIZE bytes of room, in place. Nothing stays nothing,
 * unless a table says what it means. */
static int
filter_apply(const struct row *row, const struct mapping_filter *filter,
	     char *text)
{
	if (*text == '\0' && filter->kind != FILTER_TABLE)
		return 0;
	switch (filter->kind) {
	case FILTER_CUT:
		text_cut(text, (size_t)filter->number);
		return 0;
	case FILTER_LINE:
		line_filter(text);
		return 0;
	case FILTER_LOWER:
		lower_filter(text);
		return 0;
	case FILTER_NAME:
		name_filter(text);
		return 0;
	case FILTER_MIN:
	case FILTER_MAX:
		return extreme_filter(row, filter, text);
	case FILTER_TABLE:
		return table_filter(row, filter->table, text);
	case FILTER_HOURS:
		return hours_filter(row, text);
	case FILTER_TIME:
		return time_filter(row, filter, text);
	}
	return 0;
}

/* Appends a piece at `used` in text, VALUE_SIZE bytes in all. */
static int
piece_render(const struct row *row, const struct mapping_piece *piece,
	     char *text, size_t *used)
{
	char part[VALUE_SIZE];
	const char *value =
		piece->text ? piece->text : column_value(row, piece->column);
	size_t size = strlen(value);

	if (size >= sizeof(part))
		return complain(row, "expected at most %d bytes",
				VALUE_SIZE - 1);
	memcpy(part, value, size + 1);
	for (size_t i = 0; i < piece->filters_count; i++) {
		int error = filter_apply(row, &piece->filters[i], part);
		if (error < 0)
			return error;
	}
	size = strlen(part);
	if (size >= VALUE_SIZE - *used)
		return complain(row, "expected at most %d bytes",
				VALUE_SIZE - 1);
	memcpy(text + *used, part, size + 1);
	*used += size;
	return 0;
}

static int
setting_render(const struct row *row, const struct mapping_setting *setting,
	       char text[static VALUE_SIZE])
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < setting->value.count; i++) {
		const struct mapping_piece *piece = &setting->value.pieces[i];
		int error = piece_render(row, piece, text, &used);

		if (error < 0 && !piece->text) {
			/* The error says what, here comes where. */
			char what[MAPPING_ERROR_SIZE];
			snprintf(what, sizeof(what), "%s", row->error);
			snprintf(row->error, MAPPING_ERROR_SIZE,
				 "%.100s: %.400s",
				 column_name(row, piece->column), what);
		}
		if (error < 0)
			return error;
	}
	return 0;
}

/* Whether an earlier `set` of the same field has had its say. */
static bool
is_settled(const struct row *row, size_t index)
{
	const struct mapping_setting *settings = row->mapping->settings;

	for (size_t i = 0; i < index; i++)
		if (settings[i].kind == SETTING_SET &&
		    strcmp(settings[i].path, settings[index].path) == 0 &&
		    setting_applies(row, &settings[i]))
			return true;
	return false;
}

int
mapping_apply(const struct mapping *mapping, const char *const *values,
	      mapping_set set, void *context,
	      char ret_error[static MAPPING_ERROR_SIZE])
{
	struct row row = {.mapping = mapping,
			  .values = values,
			  .error = ret_error};
	char text[VALUE_SIZE], expected[MAPPING_ERROR_SIZE];

	for (size_t i = 0; i < mapping->settings_count; i++) {
		const struct mapping_setting *setting = &mapping->settings[i];

		row.line = setting->line;
		if (!setting_applies(&row, setting))
			continue;
		if (setting->kind == SETTING_SKIP)
			return 1;
		if (setting->kind == SETTING_SET && is_settled(&row, i))
			continue;
		int error = setting_render(&row, setting, text);
		if (error < 0)
			return error;
		if (*text == '\0')
			continue;
		*expected = '\0';
		if (set(context, setting->path, text, expected,
			sizeof(expected)) < 0)
			return complain(&row, "%s \"%.128s\": expected %s",
					setting->path, text, expected);
	}
	return 0;
}

int
mapping_bind(struct mapping *mapping, const char *const *header, size_t count,
	     char ret_error[static MAPPING_ERROR_SIZE])
{
	for (size_t i = 0; i < mapping->columns_count; i++) {
		struct mapping_column *column = &mapping->columns[i];

		column->index = MAPPING_NONE;
		for (size_t j = 0; j < count; j++)
			if (strcmp(header[j], column->name) == 0)
				column->index = (int)j;
		if (column->index == MAPPING_NONE && !column->optional) {
			snprintf(ret_error, MAPPING_ERROR_SIZE,
				 "expected a column '%s' (%s:%zu)",
				 column->name, mapping->name, column->line);
			return -EINVAL;
		}
	}
	return 0;
}

enum report_type
mapping_type(const struct mapping *mapping)
{
	return mapping->type;
}

/* All of a file, NUL-terminated, in FILE_MAX + 2 bytes. */
static int
file_read(const char *path, char *ret_text)
{
	FILE *file = fopen(path, "re");
	int error = 0;

	if (!file)
		return -errno;
	errno = 0;
	size_t size = fread(ret_text, 1, FILE_MAX + 1, file);
	ret_text[size] = '\0';
	if (ferror(file))
		error = errno ? -errno : -EIO;
	else if (size > FILE_MAX)
		error = -EFBIG;
	else if (strlen(ret_text) != size)
		error = -EILSEQ; /* a NUL: not a text */
	fclose(file);
	return error;
}

int
mapping_load(struct mapping **ret_mapping, const char *path,
	     char ret_error[static MAPPING_ERROR_SIZE])
{
	char *text = malloc(FILE_MAX + 2);
	int error = text ? file_read(path, text) : -ENOMEM;

	if (error < 0)
		snprintf(ret_error, MAPPING_ERROR_SIZE, "%s: %s", path,
			 strerror(-error));
	else
		error = mapping_parse(ret_mapping, text, path, ret_error);
	free(text);
	return error;
}

void
mapping_free(struct mapping *mapping)
{
	if (!mapping)
		return;
	free(mapping->text);
	free(mapping->name);
	free(mapping);
}
