/* Memory, places and complaints of a walk over the configuration. */
#include "edge/settings_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_BYTES = 64 * 1024,
	PHRASE_SIZE = 768,  /* what was expected */
	MESSAGE_SIZE = 1024 /* key, what was expected, what was found */
};

/* Memory of the settings: taken piece by piece, given back at once. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

struct complaint {
	unsigned line; /* of the text, includes resolved */
	size_t sequence;
	char *message;
};

/* --- Memory --- */

void *
reader_allocate(struct reader *reader, size_t count, size_t size)
{
	struct loaded *loaded = reader->loaded;
	struct chunk *chunk = loaded->chunks;
	size_t align = sizeof(max_align_t);
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) ||
	    __builtin_add_overflow(bytes, align - 1, &bytes)) {
		reader->no_memory = true;
		return NULL;
	}
	bytes -= bytes % align;
	if (!chunk || chunk->size - chunk->used < bytes) {
		size_t wanted = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

		chunk = calloc(1, sizeof(*chunk) + wanted);
		if (!chunk) {
			reader->no_memory = true;
			return NULL;
		}
		chunk->size = wanted;
		chunk->next = loaded->chunks;
		loaded->chunks = chunk;
	}
	chunk->used += bytes;
	return (char *)chunk->bytes + chunk->used - bytes;
}

const char *
reader_copy(struct reader *reader, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = reader_allocate(reader, size, 1);

	return copy ? memcpy(copy, text, size) : "";
}

struct draft *
reader_draft(struct reader *reader)
{
	return &reader->loaded->draft;
}

/* --- Places and complaints --- */

static const config_setting_t *
place_setting(const struct place *place)
{
	return (const config_setting_t *)(const void *)place;
}

const struct place *
setting_place(const config_setting_t *setting)
{
	return (const struct place *)(const void *)setting;
}

const struct place *
place_member(const struct place *place, const char *key)
{
	const config_setting_t *setting = place_setting(place);

	if (!config_setting_is_group(setting))
		return NULL;
	return setting_place(config_setting_get_member(setting, key));
}

static bool
setting_is_list(const config_setting_t *setting)
{
	return config_setting_is_list(setting) ||
	       config_setting_is_array(setting);
}

size_t
setting_elements(const config_setting_t *setting)
{
	return setting_is_list(setting) ? (size_t)config_setting_length(setting)
					: 1;
}

const config_setting_t *
setting_element(const config_setting_t *setting, size_t element)
{
	return setting_is_list(setting)
		       ? config_setting_get_elem(setting, (unsigned)element)
		       : setting;
}

const struct place *
place_element(const struct place *place, size_t element)
{
	return setting_place(setting_element(place_setting(place), element));
}

unsigned
setting_line(const struct reader *reader, const config_setting_t *setting)
{
	unsigned line = config_setting_source_line(setting);

	if (config_setting_type(setting) == CONFIG_TYPE_STRING &&
	    !config_setting_name(setting))
		line = settings_text_element_line(reader->text, line);
	return line;
}

void
place_origin(const struct reader *reader, const struct place *place,
	     char *ret_text, size_t size)
{
	struct text_origin origin = settings_text_origin(
		reader->text, setting_line(reader, place_setting(place)));

	snprintf(ret_text, size, "%s:%u", origin.file, origin.line);
}

__attribute__((format(printf, 3, 4))) void
complain_at(struct reader *reader, unsigned line, const char *format, ...)
{
	struct text_origin origin = settings_text_origin(reader->text, line);
	char message[MESSAGE_SIZE];
	struct complaint *complaint;
	va_list arguments;

	if (reader->complaints_count == reader->complaints_capacity) {
		size_t capacity = reader->complaints_capacity * 2 + 16;
		struct complaint *grown =
			realloc(reader->complaints, capacity * sizeof(*grown));

		if (!grown) {
			reader->no_memory = true;
			return;
		}
		reader->complaints = grown;
		reader->complaints_capacity = capacity;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	complaint = &reader->complaints[reader->complaints_count];
	if (asprintf(&complaint->message, "%s:%u: %s", origin.file, origin.line,
		     message) < 0) {
		reader->no_memory = true;
		return;
	}
	complaint->line = line;
	complaint->sequence = reader->complaints_count++;
}

static void
complain_expected(struct reader *reader, const config_setting_t *setting,
		  const char *key, const char *format, va_list arguments)
{
	char phrase[PHRASE_SIZE];

	vsnprintf(phrase, sizeof(phrase), format, arguments);
	complain_at(reader, setting_line(reader, setting), "%s%sexpected %s",
		    key, *key ? ": " : "", phrase);
}

void
reader_expect(struct reader *reader, const struct place *place, const char *key,
	      const char *format, ...)
{
	const struct place *member = place_member(place, key);
	va_list arguments;

	va_start(arguments, format);
	complain_expected(reader, place_setting(member ? member : place), key,
			  format, arguments);
	va_end(arguments);
}

void
reader_expect_element(struct reader *reader, const struct place *place,
		      const char *key, size_t element, const char *format, ...)
{
	const struct place *member = place_member(place, key);
	va_list arguments;

	assert(member);
	va_start(arguments, format);
	complain_expected(reader, place_setting(place_element(member, element)),
			  key, format, arguments);
	va_end(arguments);
}

bool
reader_complained(const struct reader *reader)
{
	return reader->complaints_count > 0;
}

static int
complaint_compare(const void *left, const void *right)
{
	const struct complaint *a = left, *b = right;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

/* --- The end --- */

int
reader_finish(struct reader *reader, settings_complain complain, void *context)
{
	int error = reader->no_memory	       ? -ENOMEM
		    : reader->complaints_count ? -EINVAL
					       : 0;

	if (reader->complaints_count)
		qsort(reader->complaints, reader->complaints_count,
		      sizeof(*reader->complaints), complaint_compare);
	for (size_t i = 0; i < reader->complaints_count; i++) {
		complain(context, reader->complaints[i].message);
		free(reader->complaints[i].message);
	}
	free(reader->complaints);
	return error;
}

void
loaded_free(struct loaded *loaded)
{
	if (!loaded)
		return;
	while (loaded->chunks) {
		struct chunk *next = loaded->chunks->next;

		free(loaded->chunks);
		loaded->chunks = next;
	}
	free(loaded->text);
	free(loaded);
}
