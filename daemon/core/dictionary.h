/*
 * Names to small numbers: sources, feeds, parties, places.
 *
 * Number 0 is the empty name and counts as one of the limit. A number once
 * given keeps its name as long as the dictionary lives.
 */
#ifndef TRUCED_CORE_DICTIONARY_H
#define TRUCED_CORE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

typedef uint16_t name_number;

struct dictionary {
	struct span names;   /* struct name, by number */
	struct span table;   /* uint32_t, number + 1 of the first in a chain */
	uint32_t table_size; /* power of two */
	uint32_t used;
	uint32_t limit;
	uint8_t key[16];
};

size_t dictionary_bytes(uint32_t limit);
void dictionary_init(struct dictionary *dictionary, struct arena *arena,
		     uint32_t limit, const uint8_t key[static 16]);

/* False if it is not there. */
bool dictionary_find(const struct dictionary *dictionary, const char *name,
		     name_number *ret_number);

/*
 * The names that were asked for last, by a hash that takes less than the keyed
 * one. All zero is none. No part of the dictionary, which is a state; whoever
 * makes names meet here makes nothing but the longer way.
 */
enum { RECENT_BITS = 10 };
struct recent_names {
	name_number numbers[1 << RECENT_BITS];
};

/* As dictionary_find. */
bool dictionary_find_recent(const struct dictionary *dictionary,
			    struct recent_names *recent, const char *name,
			    name_number *ret_number);

/* Finds or adds it. False: there is no room for another. */
bool dictionary_intern(struct dictionary *dictionary, const char *name,
		       name_number *ret_number);

const char *dictionary_name(const struct dictionary *dictionary,
			    name_number number);

#endif
