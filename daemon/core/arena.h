/*
 * One block of memory with everything the engine knows in it.
 *
 * What lives here refers to each other by index, and to its own arrays by
 * their distance from the struct that owns them, never by address: the block
 * can be written to a file as it is and read back at another address.
 * All zero is the empty state of everything.
 */
#ifndef TRUCED_CORE_ARENA_H
#define TRUCED_CORE_ARENA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { ARENA_ALIGNMENT = 16 };

struct arena {
	char *memory;
	size_t size;
	size_t used;
};

/* An array in the arena. Only meaningful inside the arena itself. */
struct span {
	ptrdiff_t offset;
};

static inline void *
span_data(const struct span *span)
{
	return (char *)span + span->offset;
}

/* What an array takes of the arena. */
static inline size_t
arena_bytes(size_t count, size_t size)
{
	return (count * size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT *
	       ARENA_ALIGNMENT;
}

/* The arena was sized with arena_bytes for all that is taken: too little is a
 * bug. `span` itself lies in the arena, too. */
static inline void
arena_take(struct arena *arena, struct span *span, size_t count, size_t size)
{
	size_t bytes = arena_bytes(count, size);

	assert(arena->size - arena->used >= bytes);
	span->offset = arena->memory + arena->used - (char *)span;
	arena->used += bytes;
}

/* The size of a hash table for `count` entries: a power of two, at most 3/4
 * full. */
static inline uint32_t
table_size(uint32_t count)
{
	uint64_t size = 16;

	while (size / 4 * 3 < count)
		size *= 2;
	return (uint32_t)size;
}

#endif
