#include "core/groups.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

static uint32_t
slots_of(uint32_t limit, uint32_t events)
{
	return limit + (events ? events + EVENTS_PENDING_MAX : 0);
}

size_t
groups_bytes(uint32_t limit, uint32_t events)
{
	uint32_t slots = slots_of(limit, events);

	return arena_bytes((size_t)slots + 1, sizeof(struct group)) +
	       arena_bytes(table_size(slots), sizeof(uint32_t)) +
	       arena_bytes((size_t)slots + 1, sizeof(uint32_t));
}

void
groups_init(struct groups *groups, struct arena *arena, uint32_t limit,
	    uint32_t events, uint32_t buckets, const uint8_t key[static 16])
{
	uint32_t slots = slots_of(limit, events);

	groups->limit = limit;
	groups->events_limit = events;
	groups->table_size = table_size(slots);
	memcpy(groups->key, key, sizeof(groups->key));
	arena_take(arena, &groups->groups, (size_t)slots + 1,
		   sizeof(struct group));
	arena_take(arena, &groups->table, groups->table_size, sizeof(uint32_t));
	arena_take(arena, &groups->heap, (size_t)slots + 1, sizeof(uint32_t));
	bucket_pool_init(&groups->buckets, arena, buckets);
}

uint64_t
group_hash(const uint8_t key[static 16], uint32_t rule, uint16_t agreement,
	   const struct group_key *group)
{
	struct {
		struct group_key group;
		uint32_t rule;
		uint32_t agreement;
	} identity = {*group, rule, agreement};
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash,
			 (const unsigned char *)&identity, sizeof(identity),
			 key);
	return hash;
}

static uint32_t *
chain_of(const struct groups *groups, uint32_t rule, uint16_t agreement,
	 const struct group_key *key)
{
	uint32_t *table = span_data(&groups->table);

	return &table[group_hash(groups->key, rule, agreement, key) &
		      (groups->table_size - 1)];
}

static uint32_t
chain_find(const struct groups *groups, uint32_t number, uint32_t rule,
	   uint16_t agreement, const struct group_key *key)
{
	while (number) {
		const struct group *group = groups_at(groups, number);
		if (group->rule == rule && group->agreement == agreement &&
		    memcmp(&group->key, key, sizeof(*key)) == 0)
			break;
		number = group->next;
	}
	return number;
}

uint32_t
groups_find(const struct groups *groups, uint32_t rule, uint16_t agreement,
	    const struct group_key *key)
{
	return chain_find(groups, *chain_of(groups, rule, agreement, key), rule,
			  agreement, key);
}

/* A group whose ring is made is found from now on. */
static void
group_begin(struct groups *groups, uint32_t number, uint32_t rule,
	    uint16_t agreement, const struct group_key *key)
{
	struct group *group = groups_at(groups, number);
	uint32_t *chain = chain_of(groups, rule, agreement, key);

	group->key = *key;
	group->agreement = agreement;
	group->rule = rule;
	group->next = *chain;
	group->due = TIME_NEVER;
	group->pending_since = TIME_UNSET;
	group->left_since = TIME_UNSET;
	*chain = number;
}

uint32_t
groups_take(struct groups *groups, uint32_t rule, uint16_t agreement,
	    const struct group_key *key, const struct window_shape *shape,
	    int64_t now_index)
{
	uint32_t number = groups_find(groups, rule, agreement, key);

	if (number)
		return number;
	if (groups->used >= groups->limit || !groups_has_room(groups))
		return 0;
	struct group *group = groups_at(groups, groups->used + 1);
	if (!ring_init(&group->ring, &groups->buckets, shape, now_index))
		return 0;
	number = ++groups->used;
	group_begin(groups, number, rule, agreement, key);
	return number;
}

uint32_t
groups_take_event(struct groups *groups, uint32_t rule, uint16_t agreement,
		  const struct group_key *key)
{
	uint32_t slots = slots_of(0, groups->events_limit);
	uint32_t number = groups->events_free;

	if (number)
		groups->events_free = groups_at(groups, number)->next;
	else if (groups->events_used < slots)
		number = groups->limit + ++groups->events_used;
	else
		return 0;
	memset(groups_at(groups, number), 0, sizeof(struct group));
	group_begin(groups, number, rule, agreement, key);
	return number;
}

void
groups_release_event(struct groups *groups, uint32_t number)
{
	struct group *group = groups_at(groups, number);
	uint32_t *link =
		chain_of(groups, group->rule, group->agreement, &group->key);

	assert(groups_is_event(groups, number) && group->timer == 0);
	assert(group->open == 0 && group->newest_ended == 0);
	while (*link != number)
		link = &groups_at(groups, *link)->next;
	*link = group->next;
	group->next = groups->events_free;
	groups->events_free = number;
}

int
groups_compare_labels(const struct groups *groups, const struct rules *rules,
		      uint32_t left, uint32_t right)
{
	const struct group *one = groups_at(groups, left);
	const struct group *other = groups_at(groups, right);
	const struct rule *rule = &rules_configuration(rules)->rules[one->rule];

	assert(one->rule == other->rule);
	for (size_t i = 0; i < rule->group_by_count; i++) {
		if (one->key.values[i] == other->key.values[i])
			continue;
		return strcmp(rules_label(rules, rule->group_by[i],
					  one->key.values[i]),
			      rules_label(rules, rule->group_by[i],
					  other->key.values[i]));
	}
	return 0;
}

int
groups_compare(const struct groups *groups, const struct rules *rules,
	       uint32_t left, uint32_t right)
{
	const struct group *one = groups_at(groups, left);
	const struct group *other = groups_at(groups, right);
	const struct agreement *agreements =
		rules_configuration(rules)->agreements;

	if (one->rule != other->rule)
		return one->rule < other->rule ? -1 : 1;
	if (one->agreement != other->agreement)
		return strcmp(agreements[one->agreement].id,
			      agreements[other->agreement].id);
	int order = groups_compare_labels(groups, rules, left, right);
	if (order)
		return order;
	return (one->begun > other->begun) - (one->begun < other->begun);
}

static bool
timer_before(const struct groups *groups, const struct rules *rules,
	     uint32_t left, uint32_t right)
{
	const struct group *one = groups_at(groups, left);
	const struct group *other = groups_at(groups, right);

	if (one->due != other->due)
		return one->due < other->due;
	return groups_compare(groups, rules, left, right) < 0;
}

static void
heap_place(struct groups *groups, uint32_t slot, uint32_t number)
{
	uint32_t *heap = span_data(&groups->heap);

	heap[slot] = number;
	groups_at(groups, number)->timer = slot;
}

static void
heap_settle(struct groups *groups, const struct rules *rules, uint32_t slot,
	    uint32_t number)
{
	const uint32_t *heap = span_data(&groups->heap);

	while (slot > 1 &&
	       timer_before(groups, rules, number, heap[slot / 2])) {
		heap_place(groups, slot, heap[slot / 2]);
		slot /= 2;
	}
	for (;;) {
		uint32_t child = slot * 2;
		if (child > groups->timers)
			break;
		if (child < groups->timers &&
		    timer_before(groups, rules, heap[child + 1], heap[child]))
			child++;
		if (!timer_before(groups, rules, heap[child], number))
			break;
		heap_place(groups, slot, heap[child]);
		slot = child;
	}
	heap_place(groups, slot, number);
}

void
timers_set(struct groups *groups, const struct rules *rules, uint32_t number,
	   int64_t due)
{
	struct group *group = groups_at(groups, number);
	uint32_t *heap = span_data(&groups->heap);
	uint32_t slot = group->timer;

	if (group->due == due)
		return;
	group->due = due;
	if (due != TIME_NEVER) {
		if (slot == 0)
			slot = ++groups->timers;
		heap_settle(groups, rules, slot, number);
		return;
	}
	uint32_t last = heap[groups->timers--];
	group->timer = 0;
	if (last != number)
		heap_settle(groups, rules, slot, last);
}

uint32_t
timers_first(const struct groups *groups)
{
	const uint32_t *heap = span_data(&groups->heap);

	return groups->timers ? heap[1] : 0;
}
