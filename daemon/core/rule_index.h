/*
 * Rules by what they ask for: a value in one dimension, of one subject, in one
 * agreement. And marks, by which those that are found more than once are met
 * once, in their order.
 *
 * It is filled, then closed, then asked. What a dimension, a subject or a value
 * is means nothing here.
 */
#ifndef TRUCED_CORE_RULE_INDEX_H
#define TRUCED_CORE_RULE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INDEX_SUBJECTS = 4, INDEX_DIMENSIONS = 16 };

struct rule_key {
	uint16_t agreement;
	uint16_t value;
	uint8_t subject;   /* < INDEX_SUBJECTS */
	uint8_t dimension; /* < INDEX_DIMENSIONS */
};

struct rule_listing;
struct rule_slot;

struct rule_index {
	struct rule_listing *listings; /* sorted when it is closed */
	size_t count;
	size_t room;
	struct rule_slot *slots; /* a hash table of the keys */
	uint32_t slots_count;
	uint16_t asked[INDEX_SUBJECTS]; /* bit 1 << dimension: any is listed */
	/* Bits by rule, and bits by word of those in which there are any. */
	uint64_t *marks;
	uint64_t *marked_words;
	size_t marked_words_count;
};

/* All zero is an empty one. -ENOMEM; also of the next. */
int rule_index_add(struct rule_index *index, struct rule_key key,
		   uint32_t rule);
/* Rules are numbers below `rules_count`. */
int rule_index_close(struct rule_index *index, size_t rules_count);
void rule_index_done(struct rule_index *index);

static inline bool
rule_index_asks(const struct rule_index *index, unsigned subject,
		unsigned dimension)
{
	return index->asked[subject] >> dimension & 1;
}

static inline bool
rule_index_asks_any(const struct rule_index *index, unsigned subject)
{
	return index->asked[subject] != 0;
}

/* Marks the rules that are listed there. In most dimensions none is. */
void rule_index_mark_listed(struct rule_index *index, struct rule_key key);
static inline void
rule_index_mark(struct rule_index *index, struct rule_key key)
{
	if (rule_index_asks(index, key.subject, key.dimension))
		rule_index_mark_listed(index, key);
}

/* The first that is marked, which it is no longer. False: none is. */
bool rule_index_take(struct rule_index *index, uint32_t *ret_rule);

#endif
