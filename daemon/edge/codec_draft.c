/*
 * Messages by field name: drafts are written so, alerts are visited so.
 *
 * Both walk protobuf-c's descriptors, so a field added to a .proto is known
 * here by itself.
 */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <alert.pb-c.h>
#include <incident.pb-c.h>

#include "core/limits.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"

struct draft {
	enum report_type type;
	ProtobufCMessage *message; /* with all it holds, from malloc */
	uint8_t *bytes;		   /* as last packed */
	size_t room;		   /* of bytes */
};

/* A field and, if it lies in a message of its own, where that one is. */
struct path {
	const ProtobufCFieldDescriptor *outer; /* NULL: none */
	const ProtobufCFieldDescriptor *field;
};

union value {
	uint32_t number32;
	uint64_t number64;
	int64_t time;
	double real;
	protobuf_c_boolean boolean;
	int enumerator;
};

static void *
member_of(ProtobufCMessage *message, size_t offset)
{
	return (uint8_t *)message + offset;
}

static const void *
const_member_of(const ProtobufCMessage *message, size_t offset)
{
	return (const uint8_t *)message + offset;
}

/* --- Drafts --- */

static const ProtobufCMessageDescriptor *
draft_descriptor(enum report_type type)
{
	switch (type) {
	case REPORT_INCIDENT:
		return &truce__v1__incident__descriptor;
	case REPORT_TALLY:
		return &truce__v1__tally__descriptor;
	case REPORT_FINDING:
		return &truce__v1__finding__descriptor;
	}
	return NULL;
}

static ProtobufCMessage *
message_new(const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = malloc(type->sizeof_message);

	if (message)
		protobuf_c_message_init(type, message);
	return message;
}

int
draft_new(struct draft **ret_draft, enum report_type type)
{
	struct draft *draft = calloc(1, sizeof(*draft));

	if (!draft)
		return -ENOMEM;
	draft->type = type;
	draft->message = message_new(draft_descriptor(type));
	if (!draft->message) {
		free(draft);
		return -ENOMEM;
	}
	*ret_draft = draft;
	return 0;
}

void
draft_free(struct draft *draft)
{
	if (!draft)
		return;
	protobuf_c_message_free_unpacked(draft->message, NULL);
	free(draft->bytes);
	free(draft);
}

/* Frees what one field holds and leaves it as it was made. */
static void
field_clear(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	void *member = member_of(message, field->offset);
	size_t count = 0;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(&count,
		       const_member_of(message, field->quantifier_offset),
		       sizeof(count));
		for (size_t i = 0; i < count; i++)
			free((*(char ***)member)[i]);
		free(*(char ***)member);
	} else if (field->type == PROTOBUF_C_TYPE_STRING) {
		free(*(char **)member);
	} else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		protobuf_c_message_free_unpacked(*(ProtobufCMessage **)member,
						 NULL);
	}
}

void
draft_clear(struct draft *draft)
{
	const ProtobufCMessageDescriptor *type = draft->message->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++)
		field_clear(draft->message, &type->fields[i]);
	protobuf_c_message_init(type, draft->message);
}

/* A count itself is its best. */
static bool
path_find(const ProtobufCMessageDescriptor *type, const char *text,
	  struct path *ret_path)
{
	char outer[NAME_SIZE];
	const char *dot = strchr(text, '.');

	ret_path->outer = NULL;
	if (dot) {
		size_t size = (size_t)(dot - text);

		if (size >= sizeof(outer))
			return false;
		memcpy(outer, text, size);
		outer[size] = '\0';
		ret_path->outer =
			protobuf_c_message_descriptor_get_field_by_name(type,
									outer);
		if (!ret_path->outer ||
		    ret_path->outer->type != PROTOBUF_C_TYPE_MESSAGE)
			return false;
		type = ret_path->outer->descriptor;
		text = dot + 1;
	}
	ret_path->field =
		protobuf_c_message_descriptor_get_field_by_name(type, text);
	if (!dot && ret_path->field &&
	    ret_path->field->descriptor == &truce__v1__count__descriptor) {
		ret_path->outer = ret_path->field;
		ret_path->field =
			protobuf_c_message_descriptor_get_field_by_name(
				&truce__v1__count__descriptor, "best");
	}
	return ret_path->field &&
	       ret_path->field->type != PROTOBUF_C_TYPE_MESSAGE;
}

/* --- Values from text --- */

static bool
digits_read(const char **text, int count, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < count; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		number = number * 10 + (c - '0');
	}
	*text += count;
	*ret_number = number;
	return true;
}

static bool
mark_read(const char **text, const char *marks)
{
	if (!**text || !strchr(marks, **text))
		return false;
	(*text)++;
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar; false: no such day. */
static bool
date_read(const char **text, int64_t *ret_days)
{
	static const int before_month[] = {0,	31,  59,  90,  120, 151,
					   181, 212, 243, 273, 304, 334};
	static const int month_days[] = {31, 28, 31, 30, 31, 30,
					 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!digits_read(text, 4, &year) || !mark_read(text, "-") ||
	    !digits_read(text, 2, &month) || !mark_read(text, "-") ||
	    !digits_read(text, 2, &day) || month < 1 || month > 12)
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day < 1 || day > month_days[month - 1] + (month == 2 && leap))
		return false;
	/* Leap days before this year, then before this day in it. */
	int past = year > 0 ? year - 1 : 0;
	int64_t leaps = past / 4 - past / 100 + past / 400 + (year > 0);
	int64_t days = (int64_t)year * 365 + leaps + before_month[month - 1] +
		       (month > 2 && leap) + day - 1;
	*ret_days = days - 719528; /* of 1970-01-01 from 0000-01-01 */
	return true;
}

/* "Z" or "+02:00", in minutes east. */
static bool
offset_read(const char **text, int *ret_minutes)
{
	int hours, minutes;

	*ret_minutes = 0;
	if (mark_read(text, "Zz"))
		return true;
	bool west = **text == '-';
	if (!mark_read(text, "+-") || !digits_read(text, 2, &hours) ||
	    !mark_read(text, ":") || !digits_read(text, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

/* RFC 3339 date-time to Unix milliseconds; what is finer is cut off. */
static bool
date_time_read(const char *text, int64_t *ret_time)
{
	int64_t days;
	int hours, minutes, seconds, offset, thousandths = 0;

	if (!date_read(&text, &days) || !mark_read(&text, "Tt ") ||
	    !digits_read(&text, 2, &hours) || !mark_read(&text, ":") ||
	    !digits_read(&text, 2, &minutes) || !mark_read(&text, ":") ||
	    !digits_read(&text, 2, &seconds) || hours > 23 || minutes > 59 ||
	    seconds > 60)
		return false;
	if (mark_read(&text, ".")) {
		int place = 100;
		int digit;

		if (*text < '0' || *text > '9')
			return false;
		while (digits_read(&text, 1, &digit)) {
			thousandths += digit * place;
			place /= 10;
		}
	}
	if (!offset_read(&text, &offset) || *text)
		return false;
	int64_t of_day = (hours * 60 + minutes - offset) * 60 + seconds;
	*ret_time = (days * 86400 + of_day) * 1000 + thousandths;
	return true;
}

static bool
signed_read(const char *text, int64_t *ret_number)
{
	char *end;

	if (!(text[0] >= '0' && text[0] <= '9') &&
	    !(text[0] == '-' && text[1] >= '0' && text[1] <= '9'))
		return false;
	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	return errno == 0 && !*end;
}

static bool
unsigned_read(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return errno == 0 && !*end && *ret_number <= max;
}

static bool
real_read(const char *text, double *ret_number)
{
	char *end;

	/* No spaces, no "inf", no hexadecimal. */
	if (!text[0] || text[strspn(text, "+-.0123456789eE")])
		return false;
	*ret_number = strtod(text, &end);
	return !*end && isfinite(*ret_number);
}

static bool
is_time(const ProtobufCFieldDescriptor *field)
{
	size_t size = strlen(field->name);

	return strcmp(field->name, "occurred_until") == 0 ||
	       (size > 3 && strcmp(field->name + size - 3, "_at") == 0);
}

static bool
enum_read(const ProtobufCEnumDescriptor *type, const char *text,
	  int *ret_enumerator)
{
	for (unsigned i = 0; i < type->n_values; i++)
		if (strcasecmp(type->values[i].name, text) == 0) {
			*ret_enumerator = type->values[i].value;
			return true;
		}
	return false;
}

static bool
bool_read(const char *text, protobuf_c_boolean *ret_boolean)
{
	*ret_boolean = strcmp(text, "true") == 0;
	return *ret_boolean || strcmp(text, "false") == 0;
}

static bool
reject(char *ret_expected, size_t size, const char *expected)
{
	snprintf(ret_expected, size, "%s", expected);
	return false;
}

/* The names of an enumeration, but for the one that stands for none. */
static void
names_tell(const ProtobufCEnumDescriptor *type, char *ret_expected, size_t size)
{
	static const char none[] = "_UNSPECIFIED";
	size_t used = (size_t)snprintf(ret_expected, size, "one of");

	for (unsigned i = 0; i < type->n_values && used < size; i++)
		if (!strstr(type->values[i].name, none))
			used += (size_t)snprintf(ret_expected + used,
						 size - used, " %s",
						 type->values[i].name);
}

/* A string is its own value. Fields of other types are in none of our
 * messages. */
static bool
value_read(const ProtobufCFieldDescriptor *field, const char *text,
	   union value *ret_value, char *ret_expected, size_t size)
{
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return codec_text_kind(text, strlen(text)) != TEXT_BROKEN ||
		       reject(ret_expected, size, "UTF-8");
	if (field->type == PROTOBUF_C_TYPE_UINT32) {
		uint64_t number;

		if (!unsigned_read(text, UINT32_MAX, &number))
			return reject(ret_expected, size,
				      "a whole number, 0 to 4294967295");
		ret_value->number32 = (uint32_t)number;
		return true;
	}
	if (field->type == PROTOBUF_C_TYPE_UINT64)
		return unsigned_read(text, UINT64_MAX, &ret_value->number64) ||
		       reject(ret_expected, size, "a whole number");
	if (field->type == PROTOBUF_C_TYPE_INT64 && is_time(field))
		return signed_read(text, &ret_value->time) ||
		       date_time_read(text, &ret_value->time) ||
		       reject(ret_expected, size,
			      "a time as 2015-02-15T00:00:00+02:00, or Unix "
			      "milliseconds");
	if (field->type == PROTOBUF_C_TYPE_INT64)
		return signed_read(text, &ret_value->time) ||
		       reject(ret_expected, size, "a whole number");
	if (field->type == PROTOBUF_C_TYPE_DOUBLE)
		return real_read(text, &ret_value->real) ||
		       reject(ret_expected, size, "a decimal number");
	if (field->type == PROTOBUF_C_TYPE_BOOL)
		return bool_read(text, &ret_value->boolean) ||
		       reject(ret_expected, size, "true or false");
	const ProtobufCEnumDescriptor *type = field->descriptor;
	if (enum_read(type, text, &ret_value->enumerator))
		return true;
	names_tell(type, ret_expected, size);
	return false;
}

/* "place" alone, of whose fields each is set by itself. False: no such. */
static bool
parts_tell(const ProtobufCMessageDescriptor *type, const char *name,
	   char *ret_expected, size_t size)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, name);

	if (!field)
		return false;
	type = field->descriptor;
	snprintf(ret_expected, size, "its fields, as %s.%s", name,
		 type->fields[type->n_fields > 1].name);
	return true;
}

/* --- Values into fields --- */

static size_t
value_size(ProtobufCType type)
{
	if (type == PROTOBUF_C_TYPE_UINT32)
		return sizeof(uint32_t);
	if (type == PROTOBUF_C_TYPE_BOOL)
		return sizeof(protobuf_c_boolean);
	if (type == PROTOBUF_C_TYPE_ENUM)
		return sizeof(int);
	return sizeof(uint64_t);
}

static int
string_append(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
	      char *text)
{
	char ***list = member_of(message, field->offset);
	size_t *count = member_of(message, field->quantifier_offset);
	char **longer = realloc(*list, (*count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	longer[(*count)++] = text;
	*list = longer;
	return 0;
}

static int
string_set(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
	   const char *text)
{
	char *copy = strdup(text);
	char **member = member_of(message, field->offset);

	if (!copy)
		return -ENOMEM;
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		int error = string_append(message, field, copy);

		if (error < 0)
			free(copy);
		return error;
	}
	free(*member);
	*member = copy;
	return 0;
}

int
draft_set(struct draft *draft, const char *path_text, const char *text,
	  char *ret_expected, size_t size)
{
	ProtobufCMessage *message = draft->message;
	struct path path;
	union value value;

	if (!path_find(message->descriptor, path_text, &path)) {
		if (parts_tell(message->descriptor, path_text, ret_expected,
			       size))
			return -EINVAL;
		snprintf(ret_expected, size, "a field of %s",
			 message->descriptor->short_name);
		return -ENOENT;
	}
	const ProtobufCFieldDescriptor *field = path.field;
	if (!value_read(field, text, &value, ret_expected, size))
		return -EINVAL;
	if (path.outer) {
		ProtobufCMessage **inner =
			member_of(message, path.outer->offset);

		if (!*inner)
			*inner = message_new(path.outer->descriptor);
		if (!*inner)
			return -ENOMEM;
		message = *inner;
	}
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return string_set(message, field, text);
	memcpy(member_of(message, field->offset), &value,
	       value_size(field->type));
	*(protobuf_c_boolean *)member_of(message, field->quantifier_offset) = 1;
	return 0;
}

const uint8_t *
draft_pack(struct draft *draft, size_t *ret_size)
{
	size_t size = protobuf_c_message_get_packed_size(draft->message);

	/* Packed again unchanged, the bytes stay where they are. */
	if (size >= draft->room) {
		uint8_t *bytes = realloc(draft->bytes, size + 1);

		if (!bytes)
			return NULL;
		draft->bytes = bytes;
		draft->room = size + 1;
	}
	*ret_size = protobuf_c_message_pack(draft->message, draft->bytes);
	return draft->bytes;
}

bool
draft_topic(const struct draft *draft, char ret_topic[static TOPIC_MAX])
{
	static const char *const prefixes[] = {[REPORT_INCIDENT] = "incident",
					       [REPORT_TALLY] = "tally",
					       [REPORT_FINDING] = "finding"};
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(
			draft->message->descriptor, "agreement");
	const char *const *agreement =
		const_member_of(draft->message, field->offset);

	if (!*agreement || !**agreement)
		return false;
	int size = snprintf(ret_topic, TOPIC_MAX, "%s.%s",
			    prefixes[draft->type], *agreement);
	return size < TOPIC_MAX;
}

/* --- Visits --- */

struct visit {
	codec_visit_field call;
	void *context;
};

/* The fewest digits that give the same number again. */
static void
real_write(double number, char *ret_text, size_t size)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(ret_text, size, "%.*g", digits, number);
		if (strtod(ret_text, NULL) == number)
			return;
	}
}

static void
value_visit(const struct visit *visit, const char *path, size_t index,
	    const ProtobufCFieldDescriptor *field, const void *member)
{
	char text[40] = "";
	union value value = {0};

	if (field->type == PROTOBUF_C_TYPE_STRING) {
		visit->call(visit->context, path, index, VALUE_STRING,
			    codec_text(*(const char *const *)member));
		return;
	}
	memcpy(&value, member, value_size(field->type));
	if (field->type == PROTOBUF_C_TYPE_BOOL) {
		visit->call(visit->context, path, index, VALUE_BOOL,
			    value.boolean ? "true" : "false");
		return;
	}
	if (field->type == PROTOBUF_C_TYPE_ENUM) {
		const ProtobufCEnumValue *known =
			protobuf_c_enum_descriptor_get_value(field->descriptor,
							     value.enumerator);
		if (known) {
			visit->call(visit->context, path, index, VALUE_ENUM,
				    known->name);
			return;
		}
		snprintf(text, sizeof(text), "%d", value.enumerator);
	} else if (field->type == PROTOBUF_C_TYPE_UINT32) {
		snprintf(text, sizeof(text), "%u", value.number32);
	} else if (field->type == PROTOBUF_C_TYPE_UINT64) {
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)value.number64);
	} else if (field->type == PROTOBUF_C_TYPE_INT64) {
		snprintf(text, sizeof(text), "%lld", (long long)value.time);
	} else {
		real_write(value.real, text, sizeof(text));
	}
	visit->call(visit->context, path, index,
		    field->type == PROTOBUF_C_TYPE_DOUBLE &&
				    !isfinite(value.real)
			    ? VALUE_STRING
			    : VALUE_NUMBER,
		    text);
}

static bool
is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return *(const char *const *)const_member_of(message,
							     field->offset);
	return *(const protobuf_c_boolean *)
		const_member_of(message, field->quantifier_offset);
}

/* A message without messages in it: a Label. */
static void
inner_visit(const struct visit *visit, const char *outer, size_t index,
	    const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		char path[2 * NAME_SIZE];

		if (!is_set(message, field))
			continue;
		snprintf(path, sizeof(path), "%s.%s", outer, field->name);
		value_visit(visit, path, index, field,
			    const_member_of(message, field->offset));
	}
}

static void
list_visit(const struct visit *visit, const ProtobufCMessage *message,
	   const ProtobufCFieldDescriptor *field)
{
	size_t count =
		*(const size_t *)const_member_of(message,
						 field->quantifier_offset);
	void *const *list =
		*(void *const *const *)const_member_of(message, field->offset);

	for (size_t i = 0; i < count; i++) {
		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			inner_visit(visit, field->name, i, list[i]);
		else
			value_visit(visit, field->name, i, field, &list[i]);
	}
}

bool
codec_alert_visit(struct codec *codec, const uint8_t *payload,
		  size_t payload_size, codec_visit_field call, void *context)
{
	const struct visit visit = {call, context};
	const ProtobufCMessageDescriptor *type = &truce__v1__alert__descriptor;
	const ProtobufCMessage *message =
		codec_unpack(&codec->message, type, payload, payload_size);

	if (!message)
		return false;
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];

		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			list_visit(&visit, message, field);
		else if (is_set(message, field))
			value_visit(&visit, field->name, 0, field,
				    const_member_of(message, field->offset));
	}
	return true;
}
