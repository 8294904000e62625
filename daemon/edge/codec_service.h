/*
 * The parts of codec_service.c share this: requests and replies, piece by
 * piece.
 */
#ifndef TRUCED_EDGE_CODEC_SERVICE_H
#define TRUCED_EDGE_CODEC_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <service.pb-c.h>

#include "edge/codec.h"
#include "edge/codec_internal.h"

/* protobuf-c's structs are for both directions, so their strings are not
 * const; packing only reads them. "" is not set. */
static inline char *
borrow(const char *text)
{
	return text && text[0] ? (char *)(uintptr_t)text : NULL;
}

/* An array of `count` messages of `size` bytes, and one of pointers to them,
 * as protobuf-c wants both. False: no room. */
static inline bool
list_take(struct codec_arena *arena, size_t count, size_t size, void *ret_items,
	  void *ret_pointers)
{
	uint8_t *items = codec_arena_take(arena, count * size);
	void **pointers = codec_arena_take(arena, count * sizeof(*pointers));

	if (!items || !pointers)
		return false;
	for (size_t i = 0; i < count; i++)
		pointers[i] = items + i * size;
	memcpy(ret_items, &items, sizeof(items));
	memcpy(ret_pointers, &pointers, sizeof(pointers));
	return true;
}

/* A value that this version does not know reads as the one that says least. */
static inline int
known(int64_t value, int count)
{
	return value >= 0 && value < count ? (int)value : 0;
}

/* Cut where it is longer. */
static inline void
text_fit(char *ret_text, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size)
		length = size - 1;
	while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
		length--;
	memcpy(ret_text, text, length);
	ret_text[length] = '\0';
}

/* Text of `least` to `most` bytes? One that is not set has none. */
static inline bool
text_is(const char *text, size_t least, size_t most, enum text_kind worst)
{
	size_t size = text ? codec_text_size(text) : 0;

	return size >= least && size <= most &&
	       (!text || codec_text_kind(text, size) <= worst);
}

/* False: no room; request->expected says what is wrong with it. */
bool codec_explain_read(struct codec_arena *arena,
			const Truce__V1__Explain *message,
			struct request *request);
bool codec_explain_fill(struct codec_arena *arena,
			const struct request *request,
			Truce__V1__Explain *message);
bool codec_explanation_read(struct codec_arena *arena,
			    const Truce__V1__Explanation *message,
			    struct reply *reply);
bool codec_explanation_fill(struct codec_arena *arena,
			    const struct explanation *explanation,
			    Truce__V1__Explanation *message);

/* All but who asks for it, and why. False: no room; request->expected says what
 * is wrong with it. */
bool codec_silence_read(struct codec_arena *arena,
			const Truce__V1__Silence *message,
			struct request *request);
bool codec_silence_fill(struct codec_arena *arena,
			const struct request *request,
			Truce__V1__Silence *message);
bool codec_silences_read(struct codec_arena *arena,
			 const Truce__V1__ActiveSilences *message,
			 struct reply *reply);
bool codec_silences_fill(struct codec_arena *arena, const struct reply *reply,
			 Truce__V1__ActiveSilences *message);

#endif
