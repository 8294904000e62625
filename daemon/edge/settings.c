/*
 * One walker over libconfig's tree, by the tables of settings_options.
 *
 * The text is read first (settings_text), parsed second, walked third. What
 * the walk has to complain of is kept and told in the order of the lines.
 */
#include "edge/settings.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/settings_options.h"
#include "edge/settings_reader.h"
#include "edge/settings_text.h"
#include "edge/settings_values.h"

enum { PHRASE_SIZE = 768 }; /* what was expected */

static void walk_group(struct reader *reader, const config_setting_t *setting,
		       const struct section *section, void *object);

/* --- What was expected --- */

static void
phrase_choices(const struct choices *choices, char *ret_text, size_t size)
{
	size_t used = (size_t)snprintf(ret_text, size, "one of");
	const char *comma = "";

	for (size_t value = 0; value < choices->count; value++) {
		const char *name = choices->name(value);

		if (!*name || used >= size)
			continue;
		used += (size_t)snprintf(ret_text + used, size - used,
					 "%s \"%s\"", comma, name);
		comma = ",";
	}
}

static void
phrase_durations(const struct option *option, char *ret_text, size_t size)
{
	char min[32], max[32];

	duration_write(option->min, min, sizeof(min));
	duration_write(option->max, max, sizeof(max));
	snprintf(ret_text, size,
		 "a duration like \"90s\", \"15m\", \"24h\" or \"7d\", from "
		 "\"%s\" to \"%s\"",
		 min, max);
}

/* What an option expects, in an error's words. */
static void
phrase_option(const struct option *option, char *ret_text, size_t size)
{
	if (option->expected) {
		snprintf(ret_text, size, "%s", option->expected);
		return;
	}
	switch (option->type) {
	case OPTION_TEXT:
	case OPTION_TEXTS:
	case OPTION_PARSED:
		snprintf(ret_text, size,
			 "a text of %" PRId64 " to %" PRId64 " bytes",
			 option->min, option->max);
		break;
	case OPTION_FLAG:
	case OPTION_TRISTATE:
		snprintf(ret_text, size, "true or false");
		break;
	case OPTION_NUMBER:
		snprintf(ret_text, size,
			 "a whole number from %" PRId64 " to %" PRId64,
			 option->min, option->max);
		break;
	case OPTION_REAL:
		snprintf(ret_text, size,
			 "a number %s %" PRId64 ", at most %" PRId64,
			 option->above ? "above" : "from", option->min,
			 option->max);
		break;
	case OPTION_DURATION:
		phrase_durations(option, ret_text, size);
		break;
	case OPTION_CHOICE:
	case OPTION_BITS:
		phrase_choices(option->choices, ret_text, size);
		break;
	case OPTION_GROUP:
		snprintf(ret_text, size, "a group: %s: { ... };", option->key);
		break;
	case OPTION_LIST:
	case OPTION_ARRAY:
		snprintf(ret_text, size,
			 "a list of %" PRId64 " to %" PRId64
			 " groups: %s = ( { ... }, ... );",
			 option->min, option->max, option->key);
		break;
	case OPTION_NONE:
		snprintf(ret_text, size, "no such key");
		break;
	}
}

/* Complains of a value that is not what the option wants. */
static void
complain_option(struct reader *reader, const config_setting_t *setting,
		const struct option *option, const char *expected)
{
	char phrase[PHRASE_SIZE];
	const char *text = NULL;

	if (!expected || !*expected) {
		phrase_option(option, phrase, sizeof(phrase));
		expected = phrase;
	}
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		text = config_setting_get_string(setting);
	if (text && settings_text_is_clean(text) && strlen(text) <= TEXT_SIZE)
		complain_at(reader, setting_line(reader, setting),
			    "%s: expected %s, not \"%s\"", option->key,
			    expected, text);
	else
		complain_at(reader, setting_line(reader, setting),
			    "%s: expected %s", option->key, expected);
}

/* --- Values: each reads one setting into its place in the object --- */

/* The setting's text if it is one and fits the option, else NULL after a
 * complaint. */
static const char *
read_text(struct reader *reader, const config_setting_t *setting,
	  const struct option *option)
{
	const char *text, *expected = NULL;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		complain_option(reader, setting, option, NULL);
		return NULL;
	}
	text = config_setting_get_string(setting);
	if (!settings_text_is_clean(text)) {
		complain_option(reader, setting, option,
				"UTF-8 text without control characters");
		return NULL;
	}
	if (option->check)
		expected = option->check(text);
	else if (option->type == OPTION_TEXT || option->type == OPTION_TEXTS) {
		int64_t size = (int64_t)strlen(text);
		bool list = option->type == OPTION_TEXTS;

		if (size > (list ? TEXT_SIZE - 1 : option->max) ||
		    size < (list ? 1 : option->min)) {
			complain_option(reader, setting, option, NULL);
			return NULL;
		}
	}
	if (expected) {
		complain_option(reader, setting, option, expected);
		return NULL;
	}
	return text;
}

static void
read_flag(struct reader *reader, const config_setting_t *setting,
	  const struct option *option, void *field)
{
	bool value;

	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		complain_option(reader, setting, option, NULL);
		return;
	}
	value = config_setting_get_bool(setting);
	if (option->type == OPTION_TRISTATE)
		*(enum tristate *)field = value ? ONLY_TRUE : ONLY_FALSE;
	else
		*(bool *)field = value;
}

static void
read_number(struct reader *reader, const config_setting_t *setting,
	    const struct option *option, void *field)
{
	int type = config_setting_type(setting);
	int64_t value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		complain_option(reader, setting, option, NULL);
		return;
	}
	value = config_setting_get_int64(setting);
	if (value < option->min || value > option->max) {
		complain_option(reader, setting, option, NULL);
		return;
	}
	if (option->size == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)value;
	else
		*(uint64_t *)field = (uint64_t)value;
}

static void
read_real(struct reader *reader, const config_setting_t *setting,
	  const struct option *option, double *field)
{
	int type = config_setting_type(setting);
	double value;

	if (type == CONFIG_TYPE_FLOAT) {
		value = config_setting_get_float(setting);
	} else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) {
		value = (double)config_setting_get_int64(setting);
	} else {
		complain_option(reader, setting, option, NULL);
		return;
	}
	if (!(value >= (double)option->min && value <= (double)option->max) ||
	    (option->above && value <= (double)option->min)) {
		complain_option(reader, setting, option, NULL);
		return;
	}
	*field = value;
}

static void
read_duration(struct reader *reader, const config_setting_t *setting,
	      const struct option *option, void *field)
{
	const char *text = read_text(reader, setting, option);
	int64_t ms;

	if (!text)
		return;
	if (settings_duration(text, &ms) || ms < option->min ||
	    ms > option->max)
		complain_option(reader, setting, option, NULL);
	else
		*(int64_t *)field = ms;
}

/* Not one of the choices: the value is left alone after a complaint. */
static bool
read_choice(struct reader *reader, const config_setting_t *setting,
	    const struct option *option, size_t *ret_value)
{
	const struct choices *choices = option->choices;
	const char *text = read_text(reader, setting, option);

	if (!text)
		return false;
	for (size_t value = 0; value < choices->count && *text; value++)
		if (strcmp(choices->name(value), text) == 0) {
			*ret_value = value;
			return true;
		}
	complain_option(reader, setting, option, NULL);
	return false;
}

static void
read_bits(struct reader *reader, const config_setting_t *setting,
	  const struct option *option, void *field)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < setting_elements(setting); i++) {
		size_t value;

		if (read_choice(reader, setting_element(setting, i), option,
				&value))
			bits |= UINT64_C(1) << value;
	}
	if (!setting_elements(setting))
		complain_option(reader, setting, option, NULL);
	if (option->size == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)bits;
	else
		*(uint64_t *)field = bits;
}

/* False after a complaint. */
static bool
elements_fit(struct reader *reader, const config_setting_t *setting,
	     const struct option *option)
{
	int64_t count = (int64_t)setting_elements(setting);

	if (count >= option->min && count <= option->max)
		return true;
	if (option->section || option->min == option->max)
		complain_option(reader, setting, option, NULL);
	else
		complain_at(reader, setting_line(reader, setting),
			    "%s: expected %" PRId64 " to %" PRId64
			    " texts in a list",
			    option->key, option->min, option->max);
	return false;
}

static void
read_texts(struct reader *reader, const config_setting_t *setting,
	   const struct option *option, void *field, size_t *ret_count)
{
	size_t count = setting_elements(setting);
	const char **texts;

	if (!elements_fit(reader, setting, option))
		return;
	texts = reader_allocate(reader, count, sizeof(*texts));
	if (!texts)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *text =
			read_text(reader, setting_element(setting, i), option);

		/* "" keeps its place, so that element and text agree. */
		texts[i] = text ? reader_copy(reader, text) : "";
	}
	*(const char *const **)field = texts;
	*ret_count = count;
}

static void
read_parsed(struct reader *reader, const config_setting_t *setting,
	    const struct option *option, void *object)
{
	if (!elements_fit(reader, setting, option))
		return;
	for (size_t i = 0; i < setting_elements(setting); i++) {
		const config_setting_t *element = setting_element(setting, i);
		const char *text = read_text(reader, element, option);
		const char *expected =
			text ? option->parse(text, object) : NULL;

		if (expected)
			complain_option(reader, element, option, expected);
	}
}

/* An element of a list: a group, or a text where one may stand for it. */
static void
read_element(struct reader *reader, const config_setting_t *setting,
	     const struct option *option, void *object)
{
	const struct section *section = option->section;
	const struct option *first = &section->options[0];
	const char *text;

	memcpy(object, section->initial, section->size);
	if (config_setting_is_group(setting)) {
		walk_group(reader, setting, section, object);
	} else if (section->shorthand) {
		assert(first->type == OPTION_TEXT);
		text = read_text(reader, setting, first);
		if (text)
			*(const char **)((char *)object + first->offset) =
				reader_copy(reader, text);
	} else {
		complain_option(reader, setting, option, NULL);
	}
}

static void
read_list(struct reader *reader, const config_setting_t *setting,
	  const struct option *option, void *field, size_t *ret_count)
{
	const struct section *section = option->section;
	size_t count = setting_elements(setting);
	char *objects;

	if (!elements_fit(reader, setting, option))
		return;
	objects = option->type == OPTION_ARRAY
			  ? field
			  : reader_allocate(reader, count, section->size);
	if (!objects)
		return;
	for (size_t i = 0; i < count; i++)
		read_element(reader, setting_element(setting, i), option,
			     objects + i * section->size);
	if (option->type == OPTION_LIST)
		memcpy(field, &objects, sizeof(objects));
	*ret_count = count;
	if (section->check_list)
		section->check_list(reader, setting_place(setting), objects,
				    count);
}

static void
read_option(struct reader *reader, const config_setting_t *setting,
	    const struct option *option, void *object)
{
	void *field = (char *)object + option->offset;
	size_t *count = (void *)((char *)object + option->count_offset);
	const char *text;
	size_t value;

	switch (option->type) {
	case OPTION_TEXT:
		text = read_text(reader, setting, option);
		if (text)
			*(const char **)field = reader_copy(reader, text);
		break;
	case OPTION_FLAG:
	case OPTION_TRISTATE:
		read_flag(reader, setting, option, field);
		break;
	case OPTION_NUMBER:
		read_number(reader, setting, option, field);
		break;
	case OPTION_REAL:
		read_real(reader, setting, option, field);
		break;
	case OPTION_DURATION:
		read_duration(reader, setting, option, field);
		break;
	case OPTION_CHOICE:
		/* Every enum of ours is as wide as an unsigned int. */
		if (read_choice(reader, setting, option, &value))
			memcpy(field, &(unsigned){(unsigned)value},
			       sizeof(unsigned));
		break;
	case OPTION_BITS:
		read_bits(reader, setting, option, field);
		break;
	case OPTION_TEXTS:
		read_texts(reader, setting, option, field, count);
		break;
	case OPTION_PARSED:
		read_parsed(reader, setting, option, object);
		break;
	case OPTION_GROUP:
		if (config_setting_is_group(setting))
			walk_group(reader, setting, option->section, field);
		else
			complain_option(reader, setting, option, NULL);
		break;
	case OPTION_LIST:
	case OPTION_ARRAY:
		read_list(reader, setting, option, field, count);
		break;
	case OPTION_NONE:
		break;
	}
}

/* --- Groups --- */

static void
complain_unknown(struct reader *reader, const config_setting_t *setting,
		 const struct section *section)
{
	const char *key = config_setting_name(setting);
	const char *nearest = NULL;
	size_t best = 3;

	for (size_t i = 0; i < section->options_count; i++) {
		const char *known = section->options[i].key;
		size_t distance = name_distance(key, known);

		if (distance < best && distance < strlen(known)) {
			best = distance;
			nearest = known;
		}
	}
	if (nearest)
		complain_at(reader, setting_line(reader, setting),
			    "%.64s: expected a known key: did you mean %s?",
			    key, nearest);
	else
		complain_at(reader, setting_line(reader, setting),
			    "%.64s: expected a known key", key);
}

static bool
section_has(const struct section *section, const char *key)
{
	for (size_t i = 0; i < section->options_count; i++)
		if (strcmp(section->options[i].key, key) == 0)
			return true;
	return false;
}

/* Of the section, or else of the nearest around it that is of several kinds. */
static struct group_kind
kind_of(const struct reader *reader, const struct section *section,
	const void *object)
{
	struct group_kind kind = {.section = section,
				  .number = section->kinds_count};

	if (!section->kinds_count)
		return reader->kind;
	memcpy(&kind.number, (const char *)object + section->kind_offset,
	       sizeof(kind.number));
	return kind;
}

/* All bits where there are no kinds, or it is not known. */
static uint32_t
kind_bit(const struct group_kind *kind)
{
	return kind->section && kind->number < kind->section->kinds_count
		       ? UINT32_C(1) << kind->number
		       : UINT32_MAX;
}

static bool
option_is_of_kind(const struct option *option, const struct group_kind *kind)
{
	return !option->kinds || option->kinds & kind_bit(kind);
}

static bool
option_is_required(const struct option *option, const struct group_kind *kind)
{
	return option->required || (kind_bit(kind) != UINT32_MAX &&
				    option->required_kinds & kind_bit(kind));
}

/* A key of other kinds, if it is given. */
static void
refuse_option(struct reader *reader, const config_setting_t *member,
	      const struct option *option, const struct group_kind *kind)
{
	if (member)
		complain_at(reader, setting_line(reader, member),
			    "%s: expected no such key with kind = \"%s\"",
			    option->key,
			    kind->section->kind_name(kind->number));
}

static void
walk_group(struct reader *reader, const config_setting_t *setting,
	   const struct section *section, void *object)
{
	char phrase[PHRASE_SIZE];
	const struct group_kind around = reader->kind;

	for (size_t i = 0; i < section->options_count; i++) {
		const struct option *option = &section->options[i];
		const config_setting_t *member =
			config_setting_get_member(setting, option->key);
		const struct group_kind kind = kind_of(reader, section, object);

		if (!option_is_of_kind(option, &kind)) {
			refuse_option(reader, member, option, &kind);
		} else if (member) {
			reader->kind = kind;
			read_option(reader, member, option, object);
			reader->kind = around;
		} else if (option_is_required(option, &kind)) {
			phrase_option(option, phrase, sizeof(phrase));
			complain_at(reader, setting_line(reader, setting),
				    "%s: is missing: expected %s", option->key,
				    phrase);
		}
	}
	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *member =
			config_setting_get_elem(setting, (unsigned)i);

		if (!section_has(section, config_setting_name(member)))
			complain_unknown(reader, member, section);
	}
	if (section->check)
		section->check(reader, setting_place(setting), object);
}

/* --- Loading --- */

/* libconfig stops at the first of these. */
static void
complain_syntax(struct reader *reader, const config_t *config)
{
	const char *text = config_error_text(config);
	int line = config_error_line(config);
	const char *expected =
		strstr(text, "duplicate") ? "each key once in a group"
		: strstr(text, "mismatched")
			? "values of one type in [ ]; ( ) takes any"
			: "key = value; and no comma after the last in a list, "
			  "here or just before";

	complain_at(reader, line > 0 ? (unsigned)line : 1, "%s: expected %s",
		    text, expected);
}

static void
read_config(struct reader *reader, config_t *config)
{
	if (config_read_string(config, reader->text->text) != CONFIG_TRUE) {
		complain_syntax(reader, config);
		return;
	}
	walk_group(reader, config_root_setting(config), &settings_section,
		   reader_draft(reader));
}

/* Takes the text's bytes over when all is well. */
static int
settings_build(struct settings **ret_settings, struct settings_text *text,
	       settings_complain complain, void *context)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	struct reader reader = {.loaded = loaded, .text = text};
	config_t config;
	int error;

	if (!loaded)
		return -ENOMEM;
	memcpy(&loaded->draft, settings_section.initial, sizeof(loaded->draft));
	config_init(&config);
	read_config(&reader, &config);
	config_destroy(&config);
	error = reader_finish(&reader, complain, context);
	if (error) {
		loaded_free(loaded);
		return error;
	}
	loaded->text = text->text;
	text->text = NULL;
	loaded->draft.settings.text = loaded->text;
	*ret_settings = &loaded->draft.settings;
	return 0;
}

int
settings_load(struct settings **ret_settings, const char *path,
	      settings_complain complain, void *context)
{
	struct settings_text text;
	int error = settings_text_load(&text, path, complain, context);

	if (!error)
		error = settings_build(ret_settings, &text, complain, context);
	settings_text_done(&text);
	return error;
}

int
settings_parse(struct settings **ret_settings, const char *text,
	       const char *name, settings_complain complain, void *context)
{
	struct settings_text taken;
	int error = settings_text_take(&taken, text, name, complain, context);

	if (!error)
		error = settings_build(ret_settings, &taken, complain, context);
	settings_text_done(&taken);
	return error;
}

static bool
limits_differ(const struct limits *left, const struct limits *right)
{
	return left->max_future_ms != right->max_future_ms ||
	       left->reports != right->reports ||
	       left->groups != right->groups ||
	       left->buckets != right->buckets ||
	       left->episodes != right->episodes ||
	       left->names != right->names ||
	       left->max_count != right->max_count;
}

static bool
all_limits_differ(const struct settings *left, const struct settings *right)
{
	const struct configuration *one = &left->configuration;
	const struct configuration *other = &right->configuration;

	return limits_differ(&one->limits, &other->limits) ||
	       limits_differ(&one->drill_limits, &other->drill_limits);
}

static bool
endpoints_differ(const struct endpoint *left, size_t left_count,
		 const struct endpoint *right, size_t right_count)
{
	if (left_count != right_count)
		return true;
	for (size_t i = 0; i < left_count; i++) {
		if (strcmp(left[i].address, right[i].address) != 0 ||
		    left[i].bind != right[i].bind ||
		    left[i].topics_count != right[i].topics_count)
			return true;
		for (size_t j = 0; j < left[i].topics_count; j++) {
			if (strcmp(left[i].topics[j], right[i].topics[j]) != 0)
				return true;
		}
	}
	return false;
}

bool
settings_in_force(const struct settings *settings,
		  const struct settings *in_force)
{
	return strcmp(settings->text, in_force->text) == 0 &&
	       !all_limits_differ(settings, in_force);
}

bool
settings_keep(struct settings *settings, const struct settings *in_force)
{
	bool differ =
		limits_differ(&settings->configuration.limits,
			      &in_force->configuration.limits) ||
		endpoints_differ(settings->intake, settings->intake_count,
				 in_force->intake, in_force->intake_count) ||
		endpoints_differ(settings->service, settings->service_count,
				 in_force->service, in_force->service_count) ||
		endpoints_differ(settings->alerts, settings->alerts_count,
				 in_force->alerts, in_force->alerts_count);

	settings->configuration.limits = in_force->configuration.limits;
	settings->configuration.drill_limits =
		in_force->configuration.drill_limits;
	return differ;
}

void
settings_free(struct settings *settings)
{
	/* settings is the first member of the first member. */
	loaded_free((struct loaded *)(void *)settings);
}
