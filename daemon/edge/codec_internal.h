/*
 * What the codec's own files share; nobody else includes it.
 *
 * An arena hands out memory from one block until the block is used up, and
 * takes all of it back at once. A decode that does not fit fails. Each piece
 * remembers its size, for protobuf-c keeps no length of a string and would
 * hide what follows an embedded NUL.
 */
#ifndef TRUCED_EDGE_CODEC_INTERNAL_H
#define TRUCED_EDGE_CODEC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "edge/codec.h"

/* 1900-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z */
#define TIME_EARLIEST INT64_C(-2208988800000)
#define TIME_LATEST INT64_C(253402300799999)

struct codec_arena {
	ProtobufCAllocator allocator; /* takes from this arena, frees nothing */
	uint8_t *bytes;
	size_t size;
	size_t used;
	bool overflown; /* since it was last emptied */
};

struct codec {
	struct codec_arena report; /* codec_report's own */
	struct codec_arena message;
};

/* Memory of at least `size` bytes, aligned to 8, or NULL. */
void *codec_arena_take(struct codec_arena *arena, size_t size);
void codec_arena_empty(struct codec_arena *arena);
/* A copy with a NUL after it, or NULL. */
char *codec_arena_copy(struct codec_arena *arena, const char *text,
		       size_t size);

/* Empties the arena and unpacks into it. NULL: malformed, or too much. */
ProtobufCMessage *codec_unpack(struct codec_arena *arena,
			       const ProtobufCMessageDescriptor *type,
			       const uint8_t *payload, size_t payload_size);
/* Bytes of a string that codec_unpack made, embedded NULs included. */
size_t codec_text_size(const char *text);

/* What a text is made of. A byte that is no UTF-8, or NUL, makes it broken. */
enum text_kind { TEXT_PLAIN, TEXT_CONTROLS, TEXT_BROKEN };
enum text_kind codec_text_kind(const char *text, size_t size);

/* As it was unpacked; one that is not set, or broken, is "". */
const char *codec_text(const char *text);

#endif
