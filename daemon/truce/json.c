#include "truce/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"

json_t *
json_text(const char *text)
{
	json_t *string = json_string(text);

	if (string)
		return string;
	/* Byte by byte: what does not stand alone as ASCII is replaced. */
	size_t size = strlen(text);
	char *ascii = malloc(size * 3 + 1), *to = ascii;
	if (!ascii)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] < 0x80) {
			*to++ = text[i];
			continue;
		}
		memcpy(to, "\xEF\xBF\xBD", 3);
		to += 3;
	}
	*to = '\0';
	string = json_string(ascii);
	free(ascii);
	return string;
}

int
json_print(FILE *stream, json_t *object)
{
	if (!object)
		return -ENOMEM;
	int failed = json_dumpf(object, stream,
				JSON_COMPACT | JSON_ENSURE_ASCII |
					JSON_PRESERVE_ORDER);
	json_decref(object);
	if (failed < 0 || fputc('\n', stream) == EOF)
		return -EIO;
	return fflush(stream) == 0 ? 0 : -errno;
}

/* --- Alerts --- */

static json_t *
value_of(enum value_kind kind, const char *text)
{
	switch (kind) {
	case VALUE_BOOL:
		return json_boolean(strcmp(text, "true") == 0);
	case VALUE_NUMBER:
		if (strpbrk(text, ".eEnN"))
			return json_real(strtod(text, NULL));
		return json_integer(strtoll(text, NULL, 10));
	case VALUE_STRING:
	case VALUE_ENUM:
		break;
	}
	return json_text(text);
}

/* The object in which a path's last name stands; makes those on the way. */
static json_t *
object_at(json_t *object, const char **path, size_t index)
{
	for (const char *dot; (dot = strchr(*path, '.')); *path = dot + 1) {
		char name[64];
		size_t size = (size_t)(dot - *path);

		if (size >= sizeof(name))
			return NULL;
		memcpy(name, *path, size);
		name[size] = '\0';
		json_t *list = json_object_get(object, name);
		if (!list) {
			list = json_array();
			json_object_set_new(object, name, list);
		}
		/* Only `labels` has names below it, and it is a list. */
		while (json_array_size(list) <= index)
			if (json_array_append_new(list, json_object()) < 0)
				return NULL;
		object = json_array_get(list, index);
	}
	return object;
}

static void
alert_field(void *context, const char *path, size_t index, enum value_kind kind,
	    const char *text)
{
	json_t *object = object_at(context, &path, index);
	json_t *value = value_of(kind, text);

	if (strcmp(path, "evidence") != 0) {
		json_object_set_new(object, path, value);
		return;
	}
	json_t *list = json_object_get(object, path);
	if (!list) {
		list = json_array();
		json_object_set_new(object, path, list);
	}
	json_array_append_new(list, value);
}

json_t *
json_alert(struct codec *codec, const char *topic, size_t topic_size,
	   const uint8_t *payload, size_t payload_size)
{
	json_t *object = json_object();
	char name[TOPIC_MAX * 2];

	if (!object)
		return NULL;
	if (topic_size >= sizeof(name))
		topic_size = sizeof(name) - 1;
	memcpy(name, topic, topic_size);
	name[topic_size] = '\0';
	json_object_set_new(object, "topic", json_text(name));
	if (!codec_alert_visit(codec, payload, payload_size, alert_field,
			       object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* --- Reports --- */

enum { PATH_SIZE = 128 };

struct flattening {
	json_set set;
	void *context;
	char *error;
	size_t error_size;
};

static int field_flatten(const struct flattening *flattening, const char *path,
			 json_t *value, bool in_array);

static int
object_flatten(const struct flattening *flattening, const char *path,
	       json_t *object)
{
	char inner[PATH_SIZE];
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		int size = snprintf(inner, sizeof(inner), "%s%s%s", path,
				    *path == '\0' ? "" : ".", name);

		if (size < 0 || (size_t)size >= sizeof(inner)) {
			snprintf(flattening->error, flattening->error_size,
				 "\"%.64s\": expected a field's name", name);
			return -EINVAL;
		}
		int error = field_flatten(flattening, inner, value, false);
		if (error < 0)
			return error;
	}
	return 0;
}

static int
array_flatten(const struct flattening *flattening, const char *path,
	      json_t *array)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		int error = field_flatten(flattening, path, value, true);
		if (error < 0)
			return error;
	}
	return 0;
}

static int
scalar_set(const struct flattening *flattening, const char *path,
	   const char *text)
{
	char expected[DRAFT_EXPECTED_SIZE] = "";
	int error = flattening->set(flattening->context, path, text, expected,
				    sizeof(expected));

	if (error < 0)
		snprintf(flattening->error, flattening->error_size,
			 "%s \"%.128s\": expected %s", path, text, expected);
	return error;
}

static int
field_flatten(const struct flattening *flattening, const char *path,
	      json_t *value, bool in_array)
{
	char number[64];

	switch (json_typeof(value)) {
	case JSON_NULL:
		return 0;
	case JSON_TRUE:
		return scalar_set(flattening, path, "true");
	case JSON_FALSE:
		return scalar_set(flattening, path, "false");
	case JSON_STRING:
		return scalar_set(flattening, path, json_string_value(value));
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		return scalar_set(flattening, path, number);
	case JSON_REAL:
		snprintf(number, sizeof(number), "%.17g",
			 json_real_value(value));
		return scalar_set(flattening, path, number);
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	if (in_array) {
		snprintf(flattening->error, flattening->error_size,
			 "%s: expected texts in the list", path);
		return -EINVAL;
	}
	return json_is_object(value) ? object_flatten(flattening, path, value)
				     : array_flatten(flattening, path, value);
}

int
json_fields(const char *line, size_t line_size, json_set set, void *context,
	    char *ret_error, size_t size)
{
	const struct flattening flattening = {.set = set,
					      .context = context,
					      .error = ret_error,
					      .error_size = size};
	json_error_t error;
	json_t *object =
		json_loadb(line, line_size, JSON_REJECT_DUPLICATES, &error);

	if (!object) {
		snprintf(ret_error, size, "column %d: expected JSON: %s",
			 error.column, error.text);
		return -EINVAL;
	}
	int result = -EINVAL;
	if (json_is_object(object))
		result = object_flatten(&flattening, "", object);
	else
		snprintf(ret_error, size, "expected a JSON object");
	json_decref(object);
	return result;
}
