#include "core/rule_index.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"

enum { WORD_BITS = 64 };

struct rule_listing {
	uint64_t key;
	uint32_t rule;
};

/* The listings of a key. */
struct rule_slot {
	uint64_t key; /* 0: it is free */
	uint32_t first;
	uint32_t count;
};

/* Never 0. */
static uint64_t
key_pack(struct rule_key key)
{
	assert(key.subject < INDEX_SUBJECTS &&
	       key.dimension < INDEX_DIMENSIONS);
	return UINT64_C(1) << 48 | (uint64_t)key.subject << 40 |
	       (uint64_t)key.dimension << 32 | (uint64_t)key.agreement << 16 |
	       key.value;
}

int
rule_index_add(struct rule_index *index, struct rule_key key, uint32_t rule)
{
	if (index->count == index->room) {
		size_t room = index->room ? 2 * index->room : 64;
		struct rule_listing *more =
			reallocarray(index->listings, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		index->listings = more;
		index->room = room;
	}
	index->listings[index->count++] =
		(struct rule_listing){.key = key_pack(key), .rule = rule};
	index->asked[key.subject] |= (uint16_t)(1U << key.dimension);
	return 0;
}

static int
listing_compare(const void *left, const void *right)
{
	const struct rule_listing *one = left, *other = right;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return (one->rule > other->rule) - (one->rule < other->rule);
}

/* The slot of a key, or the free one that it would have. */
static struct rule_slot *
slot_find(const struct rule_index *index, uint64_t key)
{
	uint32_t mask = index->slots_count - 1;
	/* Knuth's multiplicative hash: the middle bits hang on all of the key.
	 */
	uint32_t i =
		(uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (index->slots[i].key && index->slots[i].key != key)
		i = (i + 1) & mask;
	return &index->slots[i];
}

int
rule_index_close(struct rule_index *index, size_t rules_count)
{
	size_t words = rules_count / WORD_BITS + 1;

	index->slots_count = table_size((uint32_t)index->count);
	index->marked_words_count = words / WORD_BITS + 1;
	index->slots = calloc(index->slots_count, sizeof(*index->slots));
	index->marks = calloc(words, sizeof(*index->marks));
	index->marked_words =
		calloc(index->marked_words_count, sizeof(*index->marked_words));
	if (!index->slots || !index->marks || !index->marked_words)
		return -ENOMEM;
	if (index->count)
		qsort(index->listings, index->count, sizeof(*index->listings),
		      listing_compare);
	for (size_t i = 0; i < index->count; i++) {
		uint64_t key = index->listings[i].key;
		struct rule_slot *slot = slot_find(index, key);
		if (!slot->key)
			*slot = (struct rule_slot){.key = key,
						   .first = (uint32_t)i};
		slot->count++;
	}
	return 0;
}

void
rule_index_done(struct rule_index *index)
{
	free(index->listings);
	free(index->slots);
	free(index->marks);
	free(index->marked_words);
}

void
rule_index_mark_listed(struct rule_index *index, struct rule_key key)
{
	const struct rule_slot *slot = slot_find(index, key_pack(key));
	for (uint32_t i = 0; i < slot->count; i++) {
		uint32_t rule = index->listings[slot->first + i].rule;
		uint32_t word = rule / WORD_BITS;
		index->marks[word] |= UINT64_C(1) << rule % WORD_BITS;
		index->marked_words[word / WORD_BITS] |= UINT64_C(1)
							 << word % WORD_BITS;
	}
}

bool
rule_index_take(struct rule_index *index, uint32_t *ret_rule)
{
	for (size_t i = 0; i < index->marked_words_count; i++) {
		uint64_t *words = &index->marked_words[i];
		if (!*words)
			continue;
		size_t word = i * WORD_BITS + (size_t)__builtin_ctzll(*words);
		uint64_t *marks = &index->marks[word];
		*ret_rule = (uint32_t)(word * WORD_BITS +
				       (size_t)__builtin_ctzll(*marks));
		*marks &= *marks - 1;
		if (!*marks)
			*words &= *words - 1;
		return true;
	}
	return false;
}
