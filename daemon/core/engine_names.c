/* Which names are in which bucket, of rules that count distinct ones: what can
 * be counted from the ledger, kept so that it need not be each time. It is no
 * part of the state: what is not known is counted anew when it is asked for. */

#include "core/engine_state.h"

#include <assert.h>
#include <stdlib.h>

/* A name in a bucket. */
struct presence {
	uint32_t events[4];    /* that have it, by basis */
	uint32_t next_by_hash; /* of a free one: the next free */
	uint32_t next_in_bucket;
	uint32_t bucket;
	name_number name;
};

struct names {
	struct presence *presences; /* from number 1; 0 is none */
	uint32_t *table;	    /* first of a chain */
	uint32_t *buckets;	    /* first in a bucket, by its number */
	bool *known;		    /* by group */
	uint32_t table_size;
	uint32_t used; /* that were ever taken */
	uint32_t free;
	uint32_t limit;
};

static bool
is_wanted(const struct configuration *configuration)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		if (rule_is_distinct(&configuration->rules[i]))
			return true;
	}
	return false;
}

uint64_t
engine_names_bytes(const struct configuration *configuration,
		   const struct limits *limits)
{
	if (!is_wanted(configuration))
		return 0;
	return (uint64_t)limits->reports * sizeof(struct presence) +
	       (uint64_t)table_size(limits->reports) * sizeof(uint32_t) +
	       (uint64_t)limits->buckets * sizeof(uint32_t) + limits->groups;
}

bool
engine_names_new(struct engine *engine)
{
	const struct limits *limits = engine->limits;

	if (!is_wanted(engine->configuration))
		return true;
	struct names *names = calloc(1, sizeof(*names));
	if (!names)
		return false;
	engine->names = names;
	names->limit = limits->reports;
	names->table_size = table_size(names->limit);
	names->presences =
		calloc((size_t)names->limit + 1, sizeof(*names->presences));
	names->table = calloc(names->table_size, sizeof(uint32_t));
	names->buckets = calloc(limits->buckets, sizeof(uint32_t));
	names->known = calloc((size_t)limits->groups + 1, sizeof(bool));
	return names->presences && names->table && names->buckets &&
	       names->known;
}

void
engine_names_free(struct names *names)
{
	if (!names)
		return;
	free(names->presences);
	free(names->table);
	free(names->buckets);
	free(names->known);
	free(names);
}

static uint32_t *
chain_of(const struct names *names, uint32_t bucket, name_number name)
{
	uint64_t mixed =
		((uint64_t)bucket << 16 | name) * UINT64_C(0x9e3779b97f4a7c15);

	return &names->table[mixed >> 32 & (names->table_size - 1)];
}

static uint32_t
presence_find(const struct names *names, uint32_t bucket, name_number name)
{
	uint32_t number = *chain_of(names, bucket, name);

	while (number && (names->presences[number].bucket != bucket ||
			  names->presences[number].name != name))
		number = names->presences[number].next_by_hash;
	return number;
}

/* 0: there is no room for it. */
static uint32_t
presence_take(struct names *names, uint32_t bucket, name_number name)
{
	uint32_t *chain = chain_of(names, bucket, name);
	uint32_t number = names->free;

	if (number)
		names->free = names->presences[number].next_by_hash;
	else if (names->used < names->limit)
		number = ++names->used;
	else
		return 0;
	names->presences[number] =
		(struct presence){.bucket = bucket,
				  .name = name,
				  .next_by_hash = *chain,
				  .next_in_bucket = names->buckets[bucket]};
	*chain = number;
	names->buckets[bucket] = number;
	return number;
}

static void
bucket_clear(struct names *names, uint32_t bucket)
{
	uint32_t number = names->buckets[bucket];

	while (number) {
		struct presence *presence = &names->presences[number];
		uint32_t *link = chain_of(names, bucket, presence->name);
		uint32_t next = presence->next_in_bucket;

		while (*link != number)
			link = &names->presences[*link].next_by_hash;
		*link = presence->next_by_hash;
		presence->next_by_hash = names->free;
		names->free = number;
		number = next;
	}
	names->buckets[bucket] = 0;
}

static bool *
known_of(const struct engine *engine, const struct group *group)
{
	return &engine->names
			->known[group - groups_at(&engine->state->groups, 0)];
}

void
engine_names_begin(const struct engine *engine, const struct group *group)
{
	if (engine->names)
		*known_of(engine, group) = true;
}

void
engine_names_forget(const struct engine *engine, const struct group *group)
{
	const struct ring *ring = &group->ring;

	if (!engine->names || !*known_of(engine, group))
		return;
	for (uint32_t i = 0; i < ring->size; i++)
		bucket_clear(engine->names, ring->first + i);
	*known_of(engine, group) = false;
}

void
engine_advance(const struct engine *engine, struct group *group)
{
	struct ring *ring = &group->ring;
	int64_t now = engine_index(engine, engine_shape(engine, group));
	int64_t last = earlier_of(now, ring->newest + ring->size);

	if (rule_is_distinct(engine_rule(engine, group->rule))) {
		for (int64_t index = ring->newest + 1; index <= last; index++)
			bucket_clear(engine->names, ring_number(ring, index));
	}
	ring_advance(ring, &engine->state->groups.buckets, now);
}

/* False: there is no room for it. */
static bool
name_add(struct names *names, uint32_t bucket, name_number name,
	 const uint64_t by_basis[4])
{
	uint32_t number = presence_find(names, bucket, name);

	if (!number)
		number = presence_take(names, bucket, name);
	for (int basis = 0; number && basis <= BASIS_UPPER; basis++)
		names->presences[number].events[basis] += by_basis[basis] > 0;
	return number;
}

/* One that no event has any more stays until its bucket is cleared. */
static void
name_remove(struct names *names, uint32_t bucket, name_number name,
	    const uint64_t by_basis[4])
{
	uint32_t number = presence_find(names, bucket, name);

	assert(number);
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		names->presences[number].events[basis] -= by_basis[basis] > 0;
}

void
engine_names_change(const struct engine *engine, const struct group *group,
		    const struct contribution *by, bool added)
{
	const struct ring *ring = &group->ring;

	if (by->names_count == 0 || !engine->names ||
	    by->index <= ring->newest - ring->size || !*known_of(engine, group))
		return;
	uint32_t bucket = ring_number(ring, by->index);
	for (size_t i = 0; i < by->names_count; i++) {
		if (!added) {
			name_remove(engine->names, bucket, by->names[i],
				    by->sums.by_basis);
		} else if (!name_add(engine->names, bucket, by->names[i],
				     by->sums.by_basis)) {
			engine_names_forget(engine, group);
			return;
		}
	}
}

/* All that the ring counts, from the ledger. */
static bool
names_learn(const struct engine *engine, const struct group *group)
{
	const struct ring *ring = &group->ring;
	const struct window_shape *shape = engine_shape(engine, group);
	size_t count = engine_moments(engine, group, ring->newest - shape->late,
				      ring->newest);

	engine_names_begin(engine, group);
	for (size_t i = 0; i < count; i++) {
		const struct moment *moment = &engine->moments[i];
		if (!name_add(engine->names, ring_number(ring, moment->index),
			      moment->name, moment->sums.by_basis)) {
			engine_names_forget(engine, group);
			return false;
		}
	}
	return true;
}

/* What a bucket holds, in the order in which windows move over it. */
static size_t
bucket_moments(const struct engine *engine, const struct group *group,
	       int64_t index, struct moment *moments)
{
	const struct names *names = engine->names;
	const struct ring *ring = &group->ring;
	size_t count = 1;

	moments[0] = (struct moment){
		.index = index,
		.sums = *ring_at(ring, &engine->state->groups.buckets, index)};
	if (moments[0].sums.by_basis[BASIS_UPPER] == 0)
		return 0;
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		moments[0].sums.by_basis[basis] = 0;
	uint32_t number = names->buckets[ring_number(ring, index)];
	for (; number; number = names->presences[number].next_in_bucket) {
		const struct presence *presence = &names->presences[number];
		struct moment *moment = &moments[count++];
		*moment =
			(struct moment){.index = index, .name = presence->name};
		for (int basis = 0; basis <= BASIS_UPPER; basis++)
			moment->sums.by_basis[basis] =
				presence->events[basis] > 0;
	}
	return count;
}

void
engine_names_window(const struct engine *engine, const struct group *group,
		    struct window *ret_window)
{
	const struct ring *ring = &group->ring;
	const struct window_shape *shape = engine_shape(engine, group);
	int64_t first = ring->newest - shape->late;
	size_t count = 0;

	if (!*known_of(engine, group) && !names_learn(engine, group)) {
		engine_peak(engine, group, first, ring->newest, ret_window);
		return;
	}
	for (int64_t index = ring->newest - ring->size + 1;
	     index <= ring->newest; index++)
		count += bucket_moments(engine, group, index,
					&engine->moments[count]);
	engine_sweep(engine, group, count, first, ring->newest, ret_window);
}
