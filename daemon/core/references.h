/*
 * Which reports the findings name: a table of names, asked from both ends.
 *
 * A finding names a report as `source/id`, often before it is there. Names are
 * kept as keyed hashes of that text; a reference also knows the report's entry
 * once there is one. Number 0 is no reference.
 */
#ifndef TRUCED_CORE_REFERENCES_H
#define TRUCED_CORE_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/* Of `source/id`, the keyed hash. */
struct reference_key {
	uint32_t words[3];
};

static inline bool
reference_key_equal(struct reference_key left, struct reference_key right)
{
	return left.words[0] == right.words[0] &&
	       left.words[1] == right.words[1] &&
	       left.words[2] == right.words[2];
}

/* The report that is meant. */
struct referent {
	struct reference_key key;
	uint32_t report; /* its entry, 0: it is not there yet */
};

struct reference {
	struct referent to;
	uint32_t finding;     /* its entry */
	uint32_t next_by_key; /* in its chain; of a free one: the next free */
	uint32_t next;	      /* of the same finding */
};

static inline bool
referent_equal(const struct referent *left, const struct referent *right)
{
	return reference_key_equal(left->key, right->key) &&
	       left->report == right->report;
}

struct references {
	struct span references; /* struct reference */
	struct span table;	/* uint32_t, first of a chain */
	uint32_t table_size;
	uint32_t used; /* have been in use so far */
	uint32_t free; /* first of those that are no longer */
	uint32_t count;
	uint32_t limit;
};

size_t references_bytes(uint32_t limit);
void references_init(struct references *references, struct arena *arena,
		     uint32_t limit);

static inline struct reference *
references_at(const struct references *references, uint32_t number)
{
	return (struct reference *)span_data(&references->references) + number;
}

/* Puts one in front of the finding's others, of which `next` is the first; the
 * caller has seen that there is room. Its number. */
uint32_t references_add(struct references *references,
			const struct referent *to, uint32_t finding,
			uint32_t next);
/* Lets a finding's go: `first` and all after it. */
void references_remove(struct references *references, uint32_t first);

/* The first of a name, whatever the agreement; then the next. 0: no more. */
uint32_t references_find(const struct references *references,
			 struct reference_key key);
uint32_t references_find_next(const struct references *references,
			      uint32_t number);

#endif
