#include "truce/story.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "truce/json.h"
#include "truce/moment.h"
#include "truce/options.h"
#include "truce/story_officer.h"

#define TYPE_EXPECTED "type: expected incident, tally or finding"

/* The file that is being read. */
struct reading {
	const char *path;
	size_t line; /* of the object in hand */
	struct stories *stories;
	char *config;
	json_t *defaults;
	struct story *story; /* the test in hand, or NULL */
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool
fail(const struct reading *reading, const char *format, ...)
{
	va_list arguments;
	int used = snprintf(reading->error, STORY_ERROR_SIZE,
			    "%.512s:%zu: ", reading->path, reading->line);

	va_start(arguments, format);
	vsnprintf(reading->error + used, STORY_ERROR_SIZE - (size_t)used,
		  format, arguments);
	va_end(arguments);
	return false;
}

/* A path as the file names it, from where the file is. NULL: no memory. */
static char *
path_beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *result;

	if (*name == '/' || !slash)
		return strdup(name);
	return asprintf(&result, "%.*s/%s", (int)(slash - path), path, name) < 0
		       ? NULL
		       : result;
}

bool
story_time(const json_t *value, int64_t *ret_time)
{
	struct moment moment;

	if (json_is_integer(value)) {
		*ret_time = json_integer_value(value);
		return true;
	}
	if (!json_is_string(value) ||
	    !moment_parse(json_string_value(value), 0, &moment))
		return false;
	*ret_time = moment_unix_ms(&moment);
	return true;
}

/* --- Objects --- */

static bool
config_take(struct reading *reading, json_t *value, json_t *object)
{
	(void)object;
	if (!json_is_string(value))
		return fail(reading, "config: expected a file's name");
	free(reading->config);
	reading->config = path_beside(reading->path, json_string_value(value));
	return reading->config != NULL;
}

static bool
defaults_take(struct reading *reading, json_t *value, json_t *object)
{
	(void)object;
	if (!json_is_object(value))
		return fail(reading, "defaults: expected fields of reports");
	reading->defaults = value;
	return true;
}

static void
complain(void *context, const char *message)
{
	snprintf(context, STORY_ERROR_SIZE, "%.1500s", message);
}

static bool
is_list_of_texts(const json_t *list)
{
	size_t i;
	json_t *text;

	json_array_foreach(list, i, text)
	{
		if (!json_is_string(text))
			return false;
	}
	return json_is_array(list);
}

static bool
test_take(struct reading *reading, json_t *value, json_t *object)
{
	struct stories *stories = reading->stories;
	json_t *only = json_object_get(object, "only");
	struct story *all =
		reallocarray(stories->all, stories->count + 1, sizeof(*all));

	if (!all)
		return fail(reading, "out of memory");
	stories->all = all;
	if (!json_is_string(value))
		return fail(reading, "test: expected a name");
	if (only && !is_list_of_texts(only))
		return fail(reading, "only: expected a list of rules");
	reading->story = &all[stories->count];
	*reading->story = (struct story){
		.name = json_string_value(value),
		.line = reading->line,
		.config = reading->config ? strdup(reading->config) : NULL,
		.only = only,
		.until = TIME_UNSET,
		.material = {.complain = complain, .context = reading->error},
	};
	if (material_init(&reading->story->material) < 0)
		return fail(reading, "out of memory");
	stories->count++;
	return true;
}

/* A field of a report. */
struct drafting {
	struct draft *draft;
	json_t *stronger; /* fields that are set there count instead, or NULL */
};

static int
draft_field(void *context, const char *path, const char *text,
	    char *ret_expected, size_t size)
{
	const struct drafting *drafting = context;
	char first[64];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(path, "."), path);
	if (json_object_get(drafting->stronger, first))
		return 0;
	int error = draft_set(drafting->draft, path, text, ret_expected, size);
	if (error == -ENOENT)
		snprintf(ret_expected, size,
			 "a field that a report has, as kind or killed");
	return error;
}

static bool
fields_take(struct reading *reading, struct draft *draft, json_t *fields,
	    json_t *stronger)
{
	struct drafting drafting = {.draft = draft, .stronger = stronger};
	char why[512];
	char *text = json_dumps(fields, 0);
	int error = text ? json_fields(text, strlen(text), draft_field,
				       &drafting, why, sizeof(why))
			 : -ENOMEM;

	free(text);
	return error ? fail(reading, "%s",
			    error == -ENOMEM ? "out of memory" : why)
		     : true;
}

static bool
draft_take(struct reading *reading, struct draft *draft)
{
	char topic[TOPIC_MAX];
	size_t size;

	if (!draft_topic(draft, topic))
		return fail(reading, "agreement: expected an agreement's name");
	const uint8_t *payload = draft_pack(draft, &size);
	const struct wire_message message = {
		.topic = topic,
		.topic_size = strlen(topic),
		.payload = payload,
		.payload_size = size,
	};
	if (!payload ||
	    recording_add(&reading->story->material.recording, &message,
			  reading->path, reading->line) < 0)
		return fail(reading, "out of memory");
	return true;
}

static bool
verdict_take(struct reading *reading, json_t *value)
{
	struct story *story = reading->story;
	struct expected_verdict *verdicts;

	if (!value)
		return true;
	if (!json_is_string(value))
		return fail(reading, "verdict: expected a verdict or a reason, "
				     "as stale or conflict");
	verdicts = reallocarray(story->verdicts, story->verdicts_count + 1,
				sizeof(*verdicts));
	if (!verdicts)
		return fail(reading, "out of memory");
	story->verdicts = verdicts;
	verdicts[story->verdicts_count++] =
		(struct expected_verdict){.line = reading->line,
					  .verdict = json_string_value(value)};
	return true;
}

static bool
report_take(struct reading *reading, json_t *value, json_t *object)
{
	const char *type_name =
		json_string_value(json_object_get(object, "type"));
	enum report_type type = REPORT_INCIDENT;
	struct draft *draft;

	if (!json_is_object(value))
		return fail(reading, "report: expected a report's fields");
	if (type_name && !type_option(type_name, &type))
		return fail(reading, TYPE_EXPECTED);
	if (draft_new(&draft, type) < 0)
		return fail(reading, "out of memory");
	bool good = (!reading->defaults ||
		     fields_take(reading, draft, reading->defaults, value)) &&
		    fields_take(reading, draft, value, NULL) &&
		    draft_take(reading, draft) &&
		    verdict_take(reading, json_object_get(object, "verdict"));
	draft_free(draft);
	return good;
}

static bool
file_take(struct reading *reading, json_t *value, json_t *object)
{
	struct material *material = &reading->story->material;
	const char *type = json_string_value(json_object_get(object, "type"));
	const char *map = json_string_value(json_object_get(object, "map"));
	char why[RECORDING_ERROR_SIZE] = "out of memory";
	char map_why[MAPPING_ERROR_SIZE];

	if (!json_is_string(value))
		return fail(reading, "file: expected a file's name");
	material->type = REPORT_INCIDENT;
	if (type && !type_option(type, &material->type))
		return fail(reading, TYPE_EXPECTED);
	char *path = path_beside(reading->path, json_string_value(value));
	char *map_path = map ? path_beside(reading->path, map) : NULL;
	bool good = true;
	if (map_path && mapping_load(&material->mapping, map_path, map_why) < 0)
		good = fail(reading, "%s", map_why);
	reading->error[0] = '\0';
	if (good && (!path || !material_add(material, path, why)))
		good = fail(reading, "%s: %s", json_string_value(value), why);
	if (good && material->bad > 0)
		good = false; /* told by complain */
	reading->story->has_files = true;
	mapping_free(material->mapping);
	material->mapping = NULL;
	free(map_path);
	free(path);
	return good;
}

static bool
officer_take(struct reading *reading, json_t *value, json_t *object)
{
	struct recording *recording = &reading->story->material.recording;
	char why[OFFICER_ERROR_SIZE];
	struct recorded_command said;
	int64_t at;

	(void)value;
	if (!officer_read(object, reading->defaults, &said, &at, why))
		return fail(reading, "%s", why);
	return recording_add_command(recording, &said, at, reading->path,
				     reading->line) == 0
		       ? true
		       : fail(reading, "out of memory");
}

static bool
until_take(struct reading *reading, json_t *value, json_t *object)
{
	(void)object;
	return story_time(value, &reading->story->until)
		       ? true
		       : fail(reading, "until: expected a time, as "
				       "2015-03-01T06:00+02:00");
}

static const char *const alert_fields[] = {
	"at",
	"rule",
	"agreement",
	"labels",
	"msg_type",
	"state",
	"cause",
	"status",
	"severity",
	"certainty",
	"urgency",
	"measure",
	"confirmed",
	"supported",
	"reported",
	"upper",
	"threshold",
	"window_ms",
	"onset_at",
	"sent_at",
	"began_at",
	"headline",
	"description",
	"evidence",
	"events",
	"attributed",
	"disputed",
	"at_least",
	"instruction",
	"web",
	"seq",
	"comment",
	"acknowledged_by",
	"acknowledged_at",
};

static bool
is_alert_field(const char *name)
{
	for (size_t i = 0; i < sizeof(alert_fields) / sizeof(alert_fields[0]);
	     i++)
		if (strcmp(alert_fields[i], name) == 0)
			return true;
	return false;
}

bool
expectation_is_time(const char *name)
{
	size_t size = strlen(name);

	return size >= 2 && strcmp(name + size - 2, "at") == 0;
}

static bool
expect_take(struct reading *reading, json_t *value, json_t *object)
{
	struct story *story = reading->story;
	struct expectation *expectations;
	const char *name;
	json_t *field;
	int64_t time;

	(void)object;
	if (!json_is_string(json_object_get(value, "rule")))
		return fail(reading, "expect: expected an alert's fields, "
				     "`rule` among them");
	json_object_foreach(value, name, field)
	{
		if (!is_alert_field(name))
			return fail(reading,
				    "expect: \"%.64s\": expected a field that "
				    "an alert has, as severity",
				    name);
		if (expectation_is_time(name) && !story_time(field, &time))
			return fail(reading,
				    "%s: expected a time, as "
				    "2015-03-01T06:00+02:00",
				    name);
	}
	expectations =
		reallocarray(story->expectations, story->expectations_count + 1,
			     sizeof(*expectations));
	if (!expectations)
		return fail(reading, "out of memory");
	story->expectations = expectations;
	expectations[story->expectations_count++] =
		(struct expectation){.fields = value,
				     .at = TIME_UNSET,
				     .line = reading->line};
	story_time(json_object_get(value, "at"),
		   &expectations[story->expectations_count - 1].at);
	return true;
}

static const struct taker {
	const char *name;
	bool (*take)(struct reading *reading, json_t *value, json_t *object);
	bool in_a_test;
	const char *others[2]; /* that may stand beside it */
} takers[] = {
	{"config", config_take, false, {NULL}},
	{"defaults", defaults_take, false, {NULL}},
	{"test", test_take, false, {"only"}},
	{"report", report_take, true, {"type", "verdict"}},
	{"file", file_take, true, {"map", "type"}},
	{"officer", officer_take, true, {NULL}}, /* it knows them itself */
	{"until", until_take, true, {NULL}},
	{"expect", expect_take, true, {NULL}},
};

static bool
may_have(const struct taker *taker, const char *name)
{
	return strcmp(name, taker->name) == 0 ||
	       (taker->others[0] && strcmp(name, taker->others[0]) == 0) ||
	       (taker->others[1] && strcmp(name, taker->others[1]) == 0);
}

static bool
object_take(struct reading *reading, json_t *object)
{
	const struct taker *taker = takers,
			   *end = takers + sizeof(takers) / sizeof(takers[0]);
	const char *name;
	json_t *value;

	while (taker < end && !json_object_get(object, taker->name))
		taker++;
	if (taker == end)
		return fail(reading, "expected an object with config, "
				     "defaults, test, report, file, officer, "
				     "until or expect");
	json_object_foreach(object, name, value)
	{
		if (taker->take != officer_take && !may_have(taker, name))
			return fail(reading,
				    "\"%.64s\": not expected beside %s", name,
				    taker->name);
	}
	if (taker->in_a_test && !reading->story) {
		return fail(reading, "%s: expected a test before it",
			    taker->name);
	}
	return taker->take(reading, json_object_get(object, taker->name),
			   object);
}

/* --- Files --- */

/* All of it, its comments blanked out. NULL: errno says why. */
static char *
text_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL, *line = NULL;
	size_t size = 0, line_room = 0;
	ssize_t got;

	if (!file)
		return NULL;
	FILE *copy = open_memstream(&text, &size);
	while (copy && (got = getline(&line, &line_room, file)) >= 0)
		if (line[strspn(line, " \t")] == '#')
			fputc('\n', copy);
		else
			fwrite(line, 1, (size_t)got, copy);
	bool good = copy && !ferror(file) && fclose(copy) == 0;
	free(line);
	fclose(file);
	if (good)
		return text;
	free(text);
	return NULL;
}

static size_t
lines_in(const char *text, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static bool
objects_take(struct reading *reading, const char *text)
{
	struct stories *stories = reading->stories;
	json_error_t error;
	size_t blank;

	reading->line = 1;
	while ((blank = strspn(text, " \t\r\n")), text[blank] != '\0') {
		reading->line += lines_in(text, blank);
		text += blank;
		json_t *object = json_loads(text,
					    JSON_REJECT_DUPLICATES |
						    JSON_DISABLE_EOF_CHECK,
					    &error);
		if (!object) {
			reading->line += (size_t)error.line - 1;
			return fail(reading, "expected JSON: %s", error.text);
		}
		json_t **objects = reallocarray(stories->objects,
						stories->objects_count + 1,
						sizeof(json_t *));
		if (!objects) {
			json_decref(object);
			return fail(reading, "out of memory");
		}
		stories->objects = objects;
		objects[stories->objects_count++] = object;
		if (!object_take(reading, object))
			return false;
		reading->line += lines_in(text, (size_t)error.position);
		text += error.position;
	}
	if (stories->count == 0)
		return fail(reading, "expected a test");
	return true;
}

bool
stories_read(struct stories *ret_stories, const char *path,
	     char ret_error[static STORY_ERROR_SIZE])
{
	struct stories stories = {.count = 0};
	struct reading reading = {.path = path,
				  .stories = &stories,
				  .error = ret_error};
	char *text = text_read(path);

	if (!text) {
		snprintf(ret_error, STORY_ERROR_SIZE, "%.512s: %s", path,
			 strerror(errno));
		return false;
	}
	bool good = objects_take(&reading, text);
	free(text);
	free(reading.config);
	if (good)
		*ret_stories = stories;
	else
		stories_done(&stories);
	return good;
}

void
stories_done(struct stories *stories)
{
	for (size_t i = 0; i < stories->count; i++) {
		struct story *story = &stories->all[i];
		material_done(&story->material);
		free(story->config);
		free(story->expectations);
		free(story->verdicts);
	}
	for (size_t i = 0; i < stories->objects_count; i++)
		json_decref(stories->objects[i]);
	free(stories->all);
	free(stories->objects);
	*stories = (struct stories){.count = 0};
}

/* --- What is expected --- */

const char *
story_verdict(const struct story *story, const struct recorded *item)
{
	for (size_t i = 0; i < story->verdicts_count; i++)
		if (story->verdicts[i].line == item->line)
			return story->verdicts[i].verdict;
	return verdict_name(VERDICT_ACCEPTED);
}

bool
story_wants(const struct story *story, const char *rule)
{
	size_t i;
	json_t *name;

	if (!story->only)
		return true;
	json_array_foreach(story->only, i, name)
	{
		if (strcmp(json_string_value(name), rule) == 0)
			return true;
	}
	return false;
}

const json_t *
expectation_field(const json_t *alert, const char *name)
{
	return json_object_get(alert,
			       strcmp(name, "at") == 0 ? "sent_at" : name);
}

/* An alert has them as a list of name and value. */
static bool
labels_are(const json_t *expected, const json_t *labels)
{
	size_t i;
	json_t *label;

	if (json_object_size(expected) != json_array_size(labels))
		return false;
	json_array_foreach(labels, i, label)
	{
		const char *name =
			json_string_value(json_object_get(label, "name"));
		const char *value =
			json_string_value(json_object_get(label, "value"));
		const char *wanted =
			json_string_value(json_object_get(expected, name));
		if (!wanted || strcmp(wanted, value ? value : "") != 0)
			return false;
	}
	return true;
}

static bool
is_enum_field(const char *name)
{
	static const char *const enums[] = {"msg_type", "state",    "cause",
					    "status",	"severity", "certainty",
					    "urgency"};

	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++)
		if (strcmp(enums[i], name) == 0)
			return true;
	return false;
}

/* What an alert does not have is 0, false or "". */
static bool
field_is(const char *name, const json_t *expected, const json_t *actual)
{
	int64_t time;

	if (strcmp(name, "labels") == 0)
		return labels_are(expected, actual);
	if (expectation_is_time(name))
		return story_time(expected, &time) &&
		       time == json_integer_value(actual);
	if (json_is_string(expected)) {
		const char *text = json_string_value(actual);
		text = text ? text : "";
		return is_enum_field(name)
			       ? strcasecmp(json_string_value(expected),
					    text) == 0
			       : strcmp(json_string_value(expected), text) == 0;
	}
	if (json_is_number(expected))
		return fabs(json_number_value(expected) -
			    json_number_value(actual)) < 1e-9;
	if (json_is_false(expected))
		return !json_is_true(actual);
	return json_equal(expected, actual);
}

size_t
expectation_differs(const struct expectation *expectation, const json_t *alert,
		    json_t *ret_fields)
{
	const char *name;
	json_t *expected;
	size_t count = 0;

	json_object_foreach(expectation->fields, name, expected)
	{
		if (field_is(name, expected, expectation_field(alert, name)))
			continue;
		count++;
		if (ret_fields)
			json_array_append_new(ret_fields, json_string(name));
	}
	return count;
}
