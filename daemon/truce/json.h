/*
 * JSON for scripts: one object a line, with the proto's field names, enums by
 * name and times in Unix milliseconds. ASCII alone, so that no stranger's
 * bytes reach a terminal as they are.
 */
#ifndef TRUCED_TRUCE_JSON_H
#define TRUCED_TRUCE_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "edge/codec.h"

/* A string; what is not UTF-8 in it becomes U+FFFD. NULL: no memory. */
json_t *json_text(const char *text);

/* Prints an object as one line and releases it; NULL prints nothing and is
 * an error. */
int json_print(FILE *stream, json_t *object);

/* An Alert as an object; NULL: it is none, or no memory. */
json_t *json_alert(struct codec *codec, const char *topic, size_t topic_size,
		   const uint8_t *payload, size_t payload_size);

/* Calls set for each field in an object on one line: nested objects as paths
 * ("killed.best"), arrays as the path again. 0; -EINVAL, with what is wrong in
 * ret_error. */
typedef int (*json_set)(void *context, const char *path, const char *text,
			char *ret_expected, size_t size);
int json_fields(const char *line, size_t line_size, json_set set, void *context,
		char *ret_error, size_t size);

#endif
