#include "core/references.h"

#include <assert.h>

size_t
references_bytes(uint32_t limit)
{
	return arena_bytes((size_t)limit + 1, sizeof(struct reference)) +
	       arena_bytes(table_size(limit), sizeof(uint32_t));
}

void
references_init(struct references *references, struct arena *arena,
		uint32_t limit)
{
	references->limit = limit;
	references->table_size = table_size(limit);
	arena_take(arena, &references->references, (size_t)limit + 1,
		   sizeof(struct reference));
	arena_take(arena, &references->table, references->table_size,
		   sizeof(uint32_t));
}

static uint32_t *
chain_of(const struct references *references, struct reference_key key)
{
	uint32_t *table = span_data(&references->table);

	return &table[key.words[0] & (references->table_size - 1)];
}

uint32_t
references_add(struct references *references, const struct referent *to,
	       uint32_t finding, uint32_t next)
{
	uint32_t *chain = chain_of(references, to->key);
	uint32_t number = references->free;

	assert(references->count < references->limit);
	if (number)
		references->free =
			references_at(references, number)->next_by_key;
	else
		number = ++references->used;
	references->count++;
	*references_at(references, number) =
		(struct reference){.to = *to,
				   .finding = finding,
				   .next_by_key = *chain,
				   .next = next};
	*chain = number;
	return number;
}

void
references_remove(struct references *references, uint32_t first)
{
	while (first) {
		struct reference *reference = references_at(references, first);
		uint32_t *link = chain_of(references, reference->to.key);
		uint32_t next = reference->next;

		while (*link != first)
			link = &references_at(references, *link)->next_by_key;
		*link = reference->next_by_key;
		reference->next_by_key = references->free;
		references->free = first;
		references->count--;
		first = next;
	}
}

static uint32_t
chain_find(const struct references *references, uint32_t number,
	   struct reference_key key)
{
	while (number &&
	       !reference_key_equal(references_at(references, number)->to.key,
				    key))
		number = references_at(references, number)->next_by_key;
	return number;
}

uint32_t
references_find(const struct references *references, struct reference_key key)
{
	return chain_find(references, *chain_of(references, key), key);
}

uint32_t
references_find_next(const struct references *references, uint32_t number)
{
	const struct reference *reference = references_at(references, number);

	return chain_find(references, reference->next_by_key,
			  reference->to.key);
}
