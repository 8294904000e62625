#include "core/marks.h"

#include <assert.h>
#include <string.h>

#include "core/groups.h"

size_t
marks_bytes(uint32_t limit)
{
	return arena_bytes((size_t)limit + 1, sizeof(struct mark)) +
	       arena_bytes(table_size(limit), sizeof(uint32_t));
}

void
marks_init(struct marks *marks, struct arena *arena, uint32_t limit,
	   const uint8_t key[static 16])
{
	marks->limit = limit;
	marks->table_size = table_size(limit);
	memcpy(marks->key, key, sizeof(marks->key));
	arena_take(arena, &marks->marks, (size_t)limit + 1,
		   sizeof(struct mark));
	arena_take(arena, &marks->table, marks->table_size, sizeof(uint32_t));
}

static uint32_t *
chain_of(const struct marks *marks, uint32_t rule, uint16_t agreement,
	 const struct group_key *key)
{
	uint32_t *table = span_data(&marks->table);

	return &table[group_hash(marks->key, rule, agreement, key) &
		      (marks->table_size - 1)];
}

uint32_t
marks_find(const struct marks *marks, uint32_t rule, uint16_t agreement,
	   const struct group_key *key)
{
	uint32_t number = *chain_of(marks, rule, agreement, key);

	while (number) {
		const struct mark *mark = marks_at(marks, number);
		if (mark->rule == rule && mark->agreement == agreement &&
		    memcmp(&mark->key, key, sizeof(*key)) == 0)
			break;
		number = mark->next;
	}
	return number;
}

void
marks_drop(struct marks *marks, uint32_t number)
{
	struct mark *mark = marks_at(marks, number);
	uint32_t *link =
		chain_of(marks, mark->rule, mark->agreement, &mark->key);

	while (*link != number)
		link = &marks_at(marks, *link)->next;
	*link = mark->next;
	if (mark->older)
		marks_at(marks, mark->older)->newer = mark->newer;
	else
		marks->oldest = mark->newer;
	if (mark->newer)
		marks_at(marks, mark->newer)->older = mark->older;
	else
		marks->newest = mark->older;
	mark->next = marks->free;
	marks->free = number;
}

static uint32_t
mark_take(struct marks *marks)
{
	uint32_t number = marks->free;

	if (!number && marks->used < marks->limit)
		return ++marks->used;
	if (!number) {
		number = marks->oldest;
		marks_drop(marks, number);
	}
	marks->free = marks_at(marks, number)->next;
	return number;
}

void
marks_put(struct marks *marks, uint32_t rule, uint16_t agreement,
	  const struct group_key *key, uint8_t level, bool retracted)
{
	uint32_t *chain = chain_of(marks, rule, agreement, key);
	uint32_t before = marks_find(marks, rule, agreement, key);

	if (before)
		marks_drop(marks, before);
	uint32_t number = mark_take(marks);
	*marks_at(marks, number) = (struct mark){
		.key = *key,
		.rule = rule,
		.next = *chain,
		.older = marks->newest,
		.agreement = agreement,
		.level = level,
		.retracted = retracted,
	};
	*chain = number;
	if (marks->newest)
		marks_at(marks, marks->newest)->newer = number;
	else
		marks->oldest = number;
	marks->newest = number;
}
