#include "edge/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "edge/codec_internal.h"

/*
 * The largest honest report, 64 KiB of text and links, takes some 300 KiB
 * with its canonical form; hostile ones ask for up to 76 times their size.
 * Replies carry up to REPLAY_MAX alerts. Untouched pages cost nothing.
 */
enum { REPORT_ARENA_SIZE = 512 * 1024, MESSAGE_ARENA_SIZE = 8 * 1024 * 1024 };

/* --- The arena --- */

enum { PIECE_HEAD = sizeof(uint64_t) };

void *
codec_arena_take(struct codec_arena *arena, size_t size)
{
	size_t left = arena->size - arena->used;

	if (size > left || left - size < PIECE_HEAD + 7) {
		arena->overflown = true;
		return NULL;
	}
	uint8_t *piece = arena->bytes + arena->used;
	*(uint64_t *)(void *)piece = size;
	arena->used += (PIECE_HEAD + size + 7) & ~(size_t)7;
	return piece + PIECE_HEAD;
}

void
codec_arena_empty(struct codec_arena *arena)
{
	arena->used = 0;
	arena->overflown = false;
}

char *
codec_arena_copy(struct codec_arena *arena, const char *text, size_t size)
{
	char *copy = codec_arena_take(arena, size + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

static void *
allocator_take(void *context, size_t size)
{
	return codec_arena_take(context, size);
}

static void
allocator_free(void *context, void *memory)
{
	(void)context;
	(void)memory;
}

static int
arena_init(struct codec_arena *arena, size_t size)
{
	arena->bytes = malloc(size);
	if (!arena->bytes)
		return -ENOMEM;
	arena->size = size;
	arena->allocator.alloc = allocator_take;
	arena->allocator.free = allocator_free;
	arena->allocator.allocator_data = arena;
	return 0;
}

int
codec_new(struct codec **ret_codec)
{
	struct codec *codec = calloc(1, sizeof(*codec));

	if (!codec)
		return -ENOMEM;
	if (arena_init(&codec->report, REPORT_ARENA_SIZE) < 0 ||
	    arena_init(&codec->message, MESSAGE_ARENA_SIZE) < 0) {
		codec_free(codec);
		return -ENOMEM;
	}
	*ret_codec = codec;
	return 0;
}

void
codec_free(struct codec *codec)
{
	if (!codec)
		return;
	free(codec->report.bytes);
	free(codec->message.bytes);
	free(codec);
}

ProtobufCMessage *
codec_unpack(struct codec_arena *arena, const ProtobufCMessageDescriptor *type,
	     const uint8_t *payload, size_t payload_size)
{
	codec_arena_empty(arena);
	return protobuf_c_message_unpack(type, &arena->allocator, payload_size,
					 payload);
}

size_t
codec_text_size(const char *text)
{
	uint64_t size;

	memcpy(&size, text - PIECE_HEAD, sizeof(size));
	return (size_t)size - 1; /* protobuf-c adds a NUL */
}

/* --- Text --- */

/* Eight bytes of printable ASCII? */
static bool
word_is_plain(const char *text)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	uint64_t below_space = (word - ones * 0x20) & ~word;
	uint64_t no_delete = word ^ (ones * 0x7F);
	uint64_t is_delete = (no_delete - ones) & ~no_delete;
	return ((word | below_space | is_delete) & (ones * 0x80)) == 0;
}

/* Size of the UTF-8 character at `text` (RFC 3629: no surrogates, no long
 * forms), or 0. */
static size_t
character_size(const unsigned char *text, size_t left)
{
	unsigned lead = text[0];
	size_t size = lead < 0x80   ? 1
		      : lead < 0xC2 ? 0
		      : lead < 0xE0 ? 2
		      : lead < 0xF0 ? 3
		      : lead < 0xF5 ? 4
				    : 0;

	if (size > left)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	if ((lead == 0xE0 && text[1] < 0xA0) ||
	    (lead == 0xED && text[1] > 0x9F) ||
	    (lead == 0xF0 && text[1] < 0x90) ||
	    (lead == 0xF4 && text[1] > 0x8F))
		return 0;
	return size;
}

enum text_kind
codec_text_kind(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	enum text_kind kind = TEXT_PLAIN;
	size_t i = 0;

	while (i < size) {
		if (size - i >= 8 && word_is_plain(text + i)) {
			i += 8;
			continue;
		}
		/* What is left, and some bytes again. */
		if (size - i < 8 && size >= 8 && word_is_plain(text + size - 8))
			return kind;
		size_t width = character_size(bytes + i, size - i);
		if (width == 0 || bytes[i] == '\0')
			return TEXT_BROKEN;
		/* C0, DELETE, and C1, which is C2 80 to C2 9F. */
		if (bytes[i] < 0x20 || bytes[i] == 0x7F ||
		    (bytes[i] == 0xC2 && bytes[i + 1] < 0xA0))
			kind = TEXT_CONTROLS;
		i += width;
	}
	return kind;
}

const char *
codec_text(const char *text)
{
	if (!text ||
	    codec_text_kind(text, codec_text_size(text)) == TEXT_BROKEN)
		return "";
	return text;
}
