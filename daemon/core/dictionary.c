#include "core/dictionary.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "core/limits.h"

struct name {
	uint32_t next; /* in its chain, number + 1 */
	char text[TEXT_SIZE];
};

static_assert(sizeof(struct name) <= 72, "names are 72 bytes each");

size_t
dictionary_bytes(uint32_t limit)
{
	return arena_bytes(limit, sizeof(struct name)) +
	       arena_bytes(table_size(limit), sizeof(uint32_t));
}

void
dictionary_init(struct dictionary *dictionary, struct arena *arena,
		uint32_t limit, const uint8_t key[static 16])
{
	arena_take(arena, &dictionary->names, limit, sizeof(struct name));
	dictionary->table_size = table_size(limit);
	arena_take(arena, &dictionary->table, dictionary->table_size,
		   sizeof(uint32_t));
	dictionary->limit = limit;
	memcpy(dictionary->key, key, sizeof(dictionary->key));
	dictionary->used = 1; /* number 0, the empty name, is in no chain */
}

static uint32_t *
chain_of(const struct dictionary *dictionary, const char *name)
{
	uint32_t *table = span_data(&dictionary->table);
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name,
			 strlen(name), dictionary->key);
	return &table[hash & (dictionary->table_size - 1)];
}

static bool
chain_find(const struct dictionary *dictionary, uint32_t link, const char *name,
	   name_number *ret_number)
{
	const struct name *names = span_data(&dictionary->names);

	for (; link; link = names[link - 1].next) {
		if (strcmp(names[link - 1].text, name) == 0) {
			*ret_number = (name_number)(link - 1);
			return true;
		}
	}
	return false;
}

bool
dictionary_find(const struct dictionary *dictionary, const char *name,
		name_number *ret_number)
{
	/* Most reports leave some of their names open. */
	if (name[0] == '\0') {
		*ret_number = 0;
		return true;
	}
	return chain_find(dictionary, *chain_of(dictionary, name), name,
			  ret_number);
}

/* Names of one sort differ in their last letters. */
static size_t
recent_slot(const char *name)
{
	size_t size = strlen(name);
	uint64_t letters = size;

	if (size >= sizeof(letters))
		memcpy(&letters, name + size - sizeof(letters),
		       sizeof(letters));
	else
		for (size_t i = 0; i < size; i++)
			letters = letters << 8 | (uint8_t)name[i];
	/* Knuth's multiplicative hash: the highest bits hang on all letters. */
	return letters * UINT64_C(0x9e3779b97f4a7c15) >> (64 - RECENT_BITS);
}

bool
dictionary_find_recent(const struct dictionary *dictionary,
		       struct recent_names *recent, const char *name,
		       name_number *ret_number)
{
	if (name[0] == '\0') {
		*ret_number = 0;
		return true;
	}
	name_number *number = &recent->numbers[recent_slot(name)];
	/* It may be one of a larger dictionary, before a reload. */
	if (*number >= dictionary->used ||
	    strcmp(dictionary_name(dictionary, *number), name) != 0) {
		if (!dictionary_find(dictionary, name, ret_number))
			return false;
		*number = *ret_number;
	}
	*ret_number = *number;
	return true;
}

bool
dictionary_intern(struct dictionary *dictionary, const char *name,
		  name_number *ret_number)
{
	struct name *names = span_data(&dictionary->names);
	size_t size = strlen(name);

	assert(size < TEXT_SIZE);
	if (dictionary_find(dictionary, name, ret_number))
		return true;
	uint32_t *chain = chain_of(dictionary, name);
	if (dictionary->used >= dictionary->limit)
		return false;
	struct name *added = &names[dictionary->used];
	memcpy(added->text, name, size + 1);
	added->next = *chain;
	*ret_number = (name_number)dictionary->used++;
	*chain = dictionary->used;
	return true;
}

const char *
dictionary_name(const struct dictionary *dictionary, name_number number)
{
	const struct name *names = span_data(&dictionary->names);

	assert(number < dictionary->used);
	return names[number].text;
}
