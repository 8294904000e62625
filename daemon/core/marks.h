/*
 * Marks: what is remembered of an event, with window "event", once there is no
 * episode of it any more: the level up to which it has been told already, or
 * was retracted. It speaks again only above that level.
 *
 * There are as many as the pool has room for; the oldest goes first.
 */
#ifndef TRUCED_CORE_MARKS_H
#define TRUCED_CORE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/rules.h"

struct mark {
	struct group_key key;
	uint32_t rule;
	uint32_t next;	/* in its hash chain; of the free ones */
	uint32_t older; /* 0: none */
	uint32_t newer;
	uint16_t agreement;
	uint8_t level;
	bool retracted; /* else forgotten, to make room */
};

struct marks {
	struct span marks; /* struct mark, from number 1; 0 is none */
	struct span table; /* uint32_t, first of a chain */
	uint32_t table_size;
	uint32_t limit;
	uint32_t used; /* that were ever taken */
	uint32_t free;
	uint32_t oldest;
	uint32_t newest;
	uint8_t key[16];
};

size_t marks_bytes(uint32_t limit);
void marks_init(struct marks *marks, struct arena *arena, uint32_t limit,
		const uint8_t key[static 16]);

static inline struct mark *
marks_at(const struct marks *marks, uint32_t number)
{
	return (struct mark *)span_data(&marks->marks) + number;
}

/* 0: there is none. */
uint32_t marks_find(const struct marks *marks, uint32_t rule,
		    uint16_t agreement, const struct group_key *key);
/* Takes the place of one of the same key. */
void marks_put(struct marks *marks, uint32_t rule, uint16_t agreement,
	       const struct group_key *key, uint8_t level, bool retracted);
void marks_drop(struct marks *marks, uint32_t number);

#endif
