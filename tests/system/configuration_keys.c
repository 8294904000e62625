/*
 * Prints what a configuration may say, from the tables that it is read by: a
 * line for each key with its path, type, least and most (of what the type
 * counts), whether it is required, its default, its choices, and the kinds of
 * rules that have it, if not all do, with tabs between. "-": there is none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edge/settings_options.h"
#include "edge/settings_values.h"

enum { PATH_SIZE = 128, WORD_SIZE = 64 };

static const char *
type_name(enum option_type type)
{
	static const char *const names[] = {
		[OPTION_NONE] = "none",		[OPTION_TEXT] = "text",
		[OPTION_FLAG] = "flag",		[OPTION_NUMBER] = "number",
		[OPTION_REAL] = "real",		[OPTION_DURATION] = "duration",
		[OPTION_CHOICE] = "choice",	[OPTION_BITS] = "bits",
		[OPTION_TEXTS] = "texts",	[OPTION_PARSED] = "parsed",
		[OPTION_TRISTATE] = "tristate", [OPTION_GROUP] = "group",
		[OPTION_LIST] = "list",		[OPTION_ARRAY] = "array",
	};

	return names[type];
}

static int64_t
number_at(const void *value, size_t size)
{
	uint32_t narrow;
	int64_t wide;

	if (size == sizeof(narrow)) {
		memcpy(&narrow, value, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, value, sizeof(wide));
	return wide;
}

/* What holds where the key is left out; false: nothing, or it is worked out
 * from other keys, which leaves a value that the key itself cannot have. */
static bool
default_write(const struct option *option, const void *object,
	      char ret_word[static WORD_SIZE])
{
	const char *value = (const char *)object + option->offset;
	const char *text = NULL;

	if (option->required || option->required_kinds)
		return false;
	if (option->type == OPTION_FLAG) {
		snprintf(ret_word, WORD_SIZE, "%s",
			 *(const bool *)(const void *)value ? "true" : "false");
		return true;
	}
	if (option->type == OPTION_TEXT) {
		memcpy(&text, value, sizeof(text));
	} else if (option->type == OPTION_CHOICE) {
		text = option->choices->name(
			(size_t)number_at(value, option->size));
	} else if (option->type == OPTION_REAL) {
		double number;

		memcpy(&number, value, sizeof(number));
		if (option->above && number <= (double)option->min)
			return false;
		snprintf(ret_word, WORD_SIZE, "%g", number);
		return true;
	} else if (option->type == OPTION_NUMBER ||
		   option->type == OPTION_DURATION) {
		int64_t number = number_at(value, option->size);

		if (number < option->min)
			return false;
		if (option->type == OPTION_DURATION)
			duration_write(number, ret_word, WORD_SIZE);
		else
			snprintf(ret_word, WORD_SIZE, "%" PRId64, number);
		return true;
	}
	if (!text || !*text)
		return false;
	snprintf(ret_word, WORD_SIZE, "%s", text);
	return true;
}

static void
bounds_print(const struct option *option)
{
	char least[WORD_SIZE], most[WORD_SIZE];

	if (option->type == OPTION_DURATION) {
		duration_write(option->min, least, sizeof(least));
		duration_write(option->max, most, sizeof(most));
		printf("\t%s\t%s", least, most);
	} else if (option->type == OPTION_REAL) {
		printf("\t%s %" PRId64 "\t%" PRId64,
		       option->above ? "above" : "from", option->min,
		       option->max);
	} else if (option->max > 0) {
		printf("\t%" PRId64 "\t%" PRId64, option->min, option->max);
	} else {
		printf("\t-\t-");
	}
}

static void
choices_print(const struct choices *choices)
{
	const char *comma = "";

	printf("\t");
	for (size_t i = 0; choices && i < choices->count; i++)
		if (*choices->name(i)) {
			printf("%s%s", comma, choices->name(i));
			comma = ",";
		}
	printf("%s\t", *comma ? "" : "-");
}

/* Of a rule: those that have the key, where not all do. */
static void
kinds_print(const struct option *option)
{
	const char *comma = "";

	for (int kind = 0; kind < RULE_KINDS; kind++)
		if (option->kinds >> kind & 1) {
			printf("%s%s", comma,
			       rule_kind_name((enum rule_kind)kind));
			comma = ",";
		}
	printf("%s\n", *comma ? "" : "-");
}

static void
section_print(const struct section *section, const char *path,
	      const void *object)
{
	for (size_t i = 0; i < section->options_count; i++) {
		const struct option *option = &section->options[i];
		char key[PATH_SIZE], word[WORD_SIZE];

		snprintf(key, sizeof(key), "%s%s%s", path, *path ? "." : "",
			 option->key);
		printf("%s\t%s", key, type_name(option->type));
		bounds_print(option);
		printf("\t%s\t%s", option->required ? "required" : "-",
		       default_write(option, object, word) ? word : "-");
		choices_print(option->choices);
		kinds_print(option);
		/* A group lies in its parent's object, an element of a list
		 * begins as its section says. */
		if (option->type == OPTION_GROUP)
			section_print(option->section, key,
				      (const char *)object + option->offset);
		else if (option->section)
			section_print(option->section, key,
				      option->section->initial);
	}
}

int
main(void)
{
	section_print(&settings_section, "", settings_section.initial);
	return 0;
}
