/* The text of a mapping file, to what it says. */
#include "truce/mapping_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truce/moment.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct parser {
	struct mapping *mapping;
	char *cursor; /* in the line */
	size_t line;
	char *error; /* MAPPING_ERROR_SIZE */
};

/* A word, or a text in quotes; the line is cut up into them in place. */
struct token {
	char *text; /* NULL: the line has no more */
	bool quoted;
};

__attribute__((format(printf, 2, 3))) static int
complain(const struct parser *parser, const char *format, ...)
{
	va_list arguments;
	int place = snprintf(parser->error, MAPPING_ERROR_SIZE,
			     "%s:%zu: ", parser->mapping->name, parser->line);

	if (place < 0 || place >= MAPPING_ERROR_SIZE)
		return -EINVAL;
	va_start(arguments, format);
	vsnprintf(parser->error + place, (size_t)(MAPPING_ERROR_SIZE - place),
		  format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Undoes the escapes of a text in quotes, in place. */
static int
token_quoted(struct parser *parser, struct token *ret_token)
{
	char *to = ++parser->cursor, *from = to;

	*ret_token = (struct token){.text = to, .quoted = true};
	for (; *from != '"'; from++) {
		if (*from == '\\') {
			const char *known = "\"\\nt", *means = "\"\\\n\t";
			const char *found =
				from[1] ? strchr(known, from[1]) : NULL;

			if (!found)
				return complain(parser,
						"expected \\\" \\\\ \\n "
						"or \\t after \\");
			*to++ = means[found - known];
			from++;
			continue;
		}
		if (*from == '\0')
			return complain(parser, "expected a closing \"");
		*to++ = *from;
	}
	parser->cursor = from + 1;
	if (*parser->cursor != '\0' && !is_blank(*parser->cursor))
		return complain(parser, "expected a blank after \"");
	*to = '\0';
	return 0;
}

/* Up to the next blank outside of braces. */
static int
token_word(struct parser *parser, struct token *ret_token)
{
	bool inside = false;
	char *c = parser->cursor;

	*ret_token = (struct token){.text = c};
	for (; *c != '\0' && (inside || !is_blank(*c)); c++) {
		if (*c == '{')
			inside = true;
		else if (*c == '}')
			inside = false;
	}
	if (inside)
		return complain(parser, "expected a closing }");
	if (*c != '\0')
		*c++ = '\0';
	parser->cursor = c;
	return 0;
}

static int
token_next(struct parser *parser, struct token *ret_token)
{
	while (is_blank(*parser->cursor))
		parser->cursor++;
	*ret_token = (struct token){0};
	if (*parser->cursor == '\0' || *parser->cursor == '#')
		return 0;
	if (*parser->cursor == '"')
		return token_quoted(parser, ret_token);
	return token_word(parser, ret_token);
}

static bool
token_is(const struct token *token, const char *word)
{
	return token->text && !token->quoted && strcmp(token->text, word) == 0;
}

static int
line_end(struct parser *parser)
{
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0)
		return error;
	if (token.text)
		return complain(parser, "expected the line's end, not '%s'",
				token.text);
	return 0;
}

static int
column_find(struct parser *parser, const char *name, int *ret_column)
{
	struct mapping *mapping = parser->mapping;

	for (size_t i = 0; i < mapping->columns_count; i++)
		if (strcmp(mapping->columns[i].name, name) == 0) {
			*ret_column = (int)i;
			return 0;
		}
	if (mapping->columns_count == MAPPING_COLUMNS_MAX)
		return complain(parser, "expected at most %d columns",
				MAPPING_COLUMNS_MAX);
	*ret_column = (int)mapping->columns_count;
	mapping->columns[mapping->columns_count++] =
		(struct mapping_column){.name = name,
					.line = parser->line,
					.index = MAPPING_NONE};
	return 0;
}

/* The next blank-separated word of a filter, cut off in place. */
static char *
filter_word(char **text)
{
	char *start = *text + strspn(*text, " \t");
	char *end = start + strcspn(start, " \t");

	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return *start == '\0' ? NULL : start;
}

static int
filter_time(struct parser *parser, char *text, struct mapping_filter *filter)
{
	filter->of_day_ms = MAPPING_NONE;
	for (char *word; (word = filter_word(&text));) {
		if (strcmp(word, "at") == 0) {
			char *of_day = filter_word(&text);

			if (!of_day ||
			    !moment_of_day(of_day, &filter->of_day_ms))
				return complain(parser, "expected a time of "
							"day after 'at', as "
							"06:00");
		} else if (!moment_duration(word, &filter->number)) {
			return complain(parser,
					"expected a duration as +1d, not '%s'",
					word);
		}
	}
	return 0;
}

static int
filter_argument(struct parser *parser, char *text,
		struct mapping_filter *filter)
{
	char *word = filter_word(&text);

	switch (filter->kind) {
	case FILTER_CUT:
		filter->number = word ? strtol(word, NULL, 10) : 0;
		if (filter->number < 1)
			return complain(parser,
					"expected a number of bytes for cut");
		break;
	case FILTER_MIN:
	case FILTER_MAX:
		if (!word)
			return complain(parser,
					"expected a column for min or max");
		int error = column_find(parser, word, &filter->column);
		if (error < 0)
			return error;
		break;
	case FILTER_TABLE:
		if (!word)
			return complain(parser, "expected a table's name");
		filter->table = word;
		break;
	case FILTER_LINE:
	case FILTER_LOWER:
	case FILTER_NAME:
	case FILTER_HOURS:
	case FILTER_TIME:
		if (word)
			return complain(parser, "expected | or }, not '%s'",
					word);
		break;
	}
	return 0;
}

static int
filter_parse(struct parser *parser, char *text, struct mapping_filter *filter)
{
	static const char *const names[] = {
		[FILTER_CUT] = "cut",	  [FILTER_LINE] = "line",
		[FILTER_LOWER] = "lower", [FILTER_NAME] = "name",
		[FILTER_MIN] = "min",	  [FILTER_MAX] = "max",
		[FILTER_TABLE] = "table", [FILTER_HOURS] = "hours",
		[FILTER_TIME] = "time",
	};
	char *name = filter_word(&text);

	for (size_t i = 0; name && i < LENGTH(names); i++)
		if (strcmp(names[i], name) == 0) {
			filter->kind = (enum filter_kind)i;
			if (filter->kind == FILTER_TIME)
				return filter_time(parser, text, filter);
			return filter_argument(parser, text, filter);
		}
	return complain(parser,
			"expected cut, line, lower, name, min, max, table, "
			"hours or time, not '%s'",
			name ? name : "");
}

/* What stands between braces: a column, then filters. */
static int
column_parse(struct parser *parser, char *text, struct mapping_piece *piece)
{
	char *filters = strchr(text, '|');

	if (filters)
		*filters++ = '\0';
	char *name = filter_word(&text);
	if (!name || filter_word(&text))
		return complain(parser, "expected a column's name after {");
	int error = column_find(parser, name, &piece->column);
	while (error == 0 && filters) {
		char *filter = filters;

		if (piece->filters_count == MAPPING_FILTERS_MAX)
			return complain(parser, "expected at most %d filters",
					MAPPING_FILTERS_MAX);
		filters = strchr(filters, '|');
		if (filters)
			*filters++ = '\0';
		error = filter_parse(parser, filter,
				     &piece->filters[piece->filters_count++]);
	}
	return error;
}

/* Text up to a brace; {{ stands for one. Returns where it ended. */
static char *
literal_parse(char *text, struct mapping_piece *piece)
{
	char *to = text, *from = text;

	piece->text = text;
	while (*from != '\0') {
		if (*from == '{' && from[1] != '{')
			break;
		if (*from == '{')
			from++;
		*to++ = *from++;
	}
	if (to < from)
		*to = '\0';
	return from;
}

static int
value_parse(struct parser *parser, char *text, struct mapping_value *value)
{
	while (*text != '\0') {
		if (value->count == MAPPING_PIECES_MAX)
			return complain(parser, "expected at most %d pieces",
					MAPPING_PIECES_MAX);
		struct mapping_piece *piece = &value->pieces[value->count++];
		if (*text != '{' || text[1] == '{') {
			text = literal_parse(text, piece);
			continue;
		}
		char *inside = text + 1, *end = strchr(inside, '}');
		if (!end)
			return complain(parser, "expected a closing }");
		*text = '\0'; /* ends the literal before it */
		*end = '\0';
		text = end + 1;
		int error = column_parse(parser, inside, piece);
		if (error < 0)
			return error;
	}
	return 0;
}

static int
operand_parse(struct parser *parser, struct mapping_operand *operand)
{
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0)
		return error;
	if (!token.text)
		return complain(parser,
				"expected a column, a number or a \"text\"");
	operand->column = MAPPING_NONE;
	if (token.quoted ||
	    strspn(token.text, "+-.0123456789") == strlen(token.text)) {
		operand->text = token.text;
		return 0;
	}
	return column_find(parser, token.text, &operand->column);
}

static int
comparison_parse(struct parser *parser, enum comparison *ret_comparison)
{
	static const char *const signs[] = {
		[EQUAL] = "==",	      [UNEQUAL] = "!=", [LESS] = "<",
		[NOT_GREATER] = "<=", [GREATER] = ">",	[NOT_LESS] = ">="};
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0)
		return error;
	for (size_t i = 0; i < LENGTH(signs); i++)
		if (token_is(&token, signs[i])) {
			*ret_comparison = (enum comparison)i;
			return 0;
		}
	return complain(parser, "expected == != < <= > or >=, not '%s'",
			token.text ? token.text : "");
}

/* `when A OP B and ...`, up to the line's end. */
static int
conditions_parse(struct parser *parser, struct mapping_setting *setting)
{
	struct token token;
	const char *joins = "when";

	for (;; joins = "and") {
		int error = token_next(parser, &token);
		if (error < 0 || !token.text)
			return error;
		if (!token_is(&token, joins))
			return complain(parser, "expected '%s', not '%s'",
					joins, token.text);
		if (setting->conditions_count == MAPPING_CONDITIONS_MAX)
			return complain(parser,
					"expected at most %d "
					"conditions",
					MAPPING_CONDITIONS_MAX);
		struct mapping_condition *condition =
			&setting->conditions[setting->conditions_count++];
		error = operand_parse(parser, &condition->left);
		if (error == 0)
			error = comparison_parse(parser,
						 &condition->comparison);
		if (error == 0)
			error = operand_parse(parser, &condition->right);
		if (error < 0)
			return error;
	}
}

static int
setting_parse(struct parser *parser, enum setting_kind kind)
{
	struct mapping *mapping = parser->mapping;
	struct token token;
	int error;

	if (mapping->settings_count == MAPPING_SETTINGS_MAX)
		return complain(parser, "expected at most %d settings",
				MAPPING_SETTINGS_MAX);
	struct mapping_setting *setting =
		&mapping->settings[mapping->settings_count++];
	setting->kind = kind;
	setting->line = parser->line;
	if (kind != SETTING_SKIP) {
		error = token_next(parser, &token);
		if (error < 0)
			return error;
		if (!token.text || token.quoted)
			return complain(parser, "expected a field's name");
		setting->path = token.text;
		error = token_next(parser, &token);
		if (error < 0)
			return error;
		if (!token.text)
			return complain(parser, "expected a value for %s",
					setting->path);
		error = value_parse(parser, token.text, &setting->value);
		if (error < 0)
			return error;
	}
	error = conditions_parse(parser, setting);
	if (error == 0 && kind == SETTING_SKIP &&
	    setting->conditions_count == 0)
		return complain(parser, "expected 'when' after 'skip'");
	return error;
}

static int
table_parse(struct parser *parser)
{
	struct mapping *mapping = parser->mapping;
	struct token name, from, equals, to;

	if (mapping->entries_count == MAPPING_ENTRIES_MAX)
		return complain(parser, "expected at most %d table entries",
				MAPPING_ENTRIES_MAX);
	struct token *const tokens[] = {&name, &from, &equals, &to};
	for (size_t i = 0; i < LENGTH(tokens); i++) {
		int error = token_next(parser, tokens[i]);
		if (error < 0)
			return error;
		if (!tokens[i]->text)
			return complain(parser, "expected: table NAME \"from\" "
						"= \"to\"");
	}
	if (!token_is(&equals, "="))
		return complain(parser, "expected '=', not '%s'", equals.text);
	mapping->entries[mapping->entries_count++] =
		(struct mapping_entry){.table = name.text,
				       .from = token_is(&from, "*") ? NULL
								    : from.text,
				       .to = token_is(&to, "*") ? NULL
								: to.text};
	return line_end(parser);
}

static int
type_parse(struct parser *parser)
{
	static const char *const names[] = {[REPORT_INCIDENT] = "incident",
					    [REPORT_TALLY] = "tally",
					    [REPORT_FINDING] = "finding"};
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0)
		return error;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (token_is(&token, names[i])) {
			parser->mapping->type = (enum report_type)i;
			return line_end(parser);
		}
	return complain(parser, "expected incident, tally or finding");
}

static int
zone_parse(struct parser *parser)
{
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0)
		return error;
	if (!token.text || !moment_zone(token.text, &parser->mapping->zone_ms))
		return complain(parser, "expected a zone as +02:00 or Z");
	return line_end(parser);
}

static int
optional_parse(struct parser *parser)
{
	struct token token;
	int column, error;

	for (;;) {
		error = token_next(parser, &token);
		if (error < 0 || !token.text)
			return error;
		error = column_find(parser, token.text, &column);
		if (error < 0)
			return error;
		parser->mapping->columns[column].optional = true;
	}
}

static int
line_parse(struct parser *parser)
{
	struct token token;
	int error = token_next(parser, &token);

	if (error < 0 || !token.text)
		return error;
	if (token_is(&token, "set"))
		return setting_parse(parser, SETTING_SET);
	if (token_is(&token, "add"))
		return setting_parse(parser, SETTING_ADD);
	if (token_is(&token, "skip"))
		return setting_parse(parser, SETTING_SKIP);
	if (token_is(&token, "table"))
		return table_parse(parser);
	if (token_is(&token, "type"))
		return type_parse(parser);
	if (token_is(&token, "zone"))
		return zone_parse(parser);
	if (token_is(&token, "optional"))
		return optional_parse(parser);
	return complain(parser,
			"expected type, zone, optional, table, skip, set or "
			"add, not '%s'",
			token.text);
}

/* A filter may name a table before its lines, so that is looked at last. */
static int
tables_check(struct parser *parser)
{
	struct mapping *mapping = parser->mapping;

	for (size_t i = 0; i < mapping->settings_count; i++) {
		const struct mapping_value *value = &mapping->settings[i].value;

		for (size_t j = 0; j < value->count; j++)
			for (size_t k = 0; k < value->pieces[j].filters_count;
			     k++) {
				const char *table =
					value->pieces[j].filters[k].table;
				size_t entry = 0;

				while (table &&
				       entry < mapping->entries_count &&
				       strcmp(mapping->entries[entry].table,
					      table) != 0)
					entry++;
				parser->line = mapping->settings[i].line;
				if (table && entry == mapping->entries_count)
					return complain(parser,
							"expected a table "
							"that is there, not "
							"'%s'",
							table);
			}
	}
	return 0;
}

int
mapping_parse(struct mapping **ret_mapping, const char *text, const char *name,
	      char ret_error[static MAPPING_ERROR_SIZE])
{
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	struct parser parser = {.mapping = mapping, .error = ret_error};
	int error = 0;

	snprintf(ret_error, MAPPING_ERROR_SIZE, "%s: out of memory", name);
	if (!mapping)
		return -ENOMEM;
	mapping->text = strdup(text);
	mapping->name = strdup(name);
	if (!mapping->text || !mapping->name) {
		mapping_free(mapping);
		return -ENOMEM;
	}
	for (char *line = mapping->text, *next; error == 0 && line;
	     line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		parser.cursor = line;
		parser.line++;
		error = line_parse(&parser);
	}
	if (error == 0)
		error = tables_check(&parser);
	if (error < 0) {
		mapping_free(mapping);
		return error;
	}
	*ret_mapping = mapping;
	return 0;
}
