#include "core/ledger.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

packed_count
count_pack(const struct count *count)
{
	assert(count->low <= count->best && count->best <= count->high);
	assert(count->high <= COUNT_CEILING);
	return (packed_count)count->low | (packed_count)count->best << 21 |
	       (packed_count)count->high << 42 |
	       (packed_count)count->at_least << 63;
}

int
entry_id_compare(const struct entry *left, const struct entry *right)
{
	size_t size =
		left->id_size < right->id_size ? left->id_size : right->id_size;
	int order = memcmp(left->id, right->id, size);

	return order ? order : (int)left->id_size - (int)right->id_size;
}

size_t
ledger_bytes(uint32_t limit, size_t agreements)
{
	return arena_bytes((size_t)limit + 1, sizeof(struct entry)) +
	       2 * arena_bytes(table_size(limit), sizeof(uint32_t)) +
	       2 * arena_bytes(agreements, sizeof(uint32_t)) +
	       arena_bytes(agreements, sizeof(struct first_report));
}

void
ledger_init(struct ledger *ledger, struct arena *arena, uint32_t limit,
	    size_t agreements, const uint8_t key[static 16])
{
	ledger->table_size = table_size(limit);
	ledger->limit = limit;
	memcpy(ledger->key, key, sizeof(ledger->key));
	arena_take(arena, &ledger->entries, (size_t)limit + 1,
		   sizeof(struct entry));
	arena_take(arena, &ledger->identities, ledger->table_size,
		   sizeof(uint32_t));
	arena_take(arena, &ledger->events, ledger->table_size,
		   sizeof(uint32_t));
	arena_take(arena, &ledger->newest, agreements, sizeof(uint32_t));
	arena_take(arena, &ledger->newest_tally, agreements, sizeof(uint32_t));
	arena_take(arena, &ledger->first, agreements,
		   sizeof(struct first_report));
}

static uint32_t *
identity_chain(const struct ledger *ledger, enum report_type type,
	       uint16_t agreement, name_number source, const char *id,
	       size_t id_size)
{
	uint32_t *table = span_data(&ledger->identities);
	unsigned char text[6 + TEXT_SIZE];
	uint16_t numbers[3] = {(uint16_t)type, agreement, source};
	uint64_t hash;

	memcpy(text, numbers, sizeof(numbers));
	memcpy(text + sizeof(numbers), id, id_size);
	crypto_shorthash((unsigned char *)&hash, text,
			 sizeof(numbers) + id_size, ledger->key);
	return &table[hash & (ledger->table_size - 1)];
}

struct event_key
ledger_event_key(const struct ledger *ledger, const char *event)
{
	struct event_key key = {{0, 0}};

	/* 128 keyed bits: nobody can make two names meet. */
	if (event[0])
		crypto_shorthash_siphashx24((unsigned char *)key.words,
					    (const unsigned char *)event,
					    strlen(event), ledger->key);
	/* No name is taken for a number (event_id). */
	if (event[0] && !key.words[1])
		key.words[1] = 1;
	return key;
}

static uint32_t *
event_chain(const struct ledger *ledger, struct event_key event)
{
	uint32_t *table = span_data(&ledger->events);

	return &table[event.words[0] & (ledger->table_size - 1)];
}

void
ledger_expect(const struct ledger *ledger, enum report_type type,
	      uint16_t agreement, name_number source, const char *id)
{
	__builtin_prefetch(identity_chain(ledger, type, agreement, source, id,
					  strlen(id)));
}

uint32_t
ledger_find(const struct ledger *ledger, enum report_type type,
	    uint16_t agreement, name_number source, const char *id)
{
	size_t size = strlen(id);
	uint32_t number =
		*identity_chain(ledger, type, agreement, source, id, size);

	while (number) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry->type == type && entry->agreement == agreement &&
		    entry->source == source && entry->id_size == size &&
		    memcmp(entry->id, id, size) == 0)
			break;
		number = entry->next_by_identity;
	}
	return number;
}

static void
event_unlink(struct ledger *ledger, uint32_t number)
{
	struct entry *entry = ledger_entry(ledger, number);
	uint32_t *link = event_chain(ledger, entry->event);

	while (*link != number)
		link = &ledger_entry(ledger, *link)->next_by_event;
	*link = entry->next_by_event;
}

/* The end of the order that an entry is in. */
static uint32_t *
newest_of(const struct ledger *ledger, const struct entry *entry)
{
	uint32_t *newest = entry->type == REPORT_TALLY
				   ? span_data(&ledger->newest_tally)
				   : span_data(&ledger->newest);

	return &newest[entry->agreement];
}

static void
order_unlink(struct ledger *ledger, uint32_t number)
{
	struct entry *entry = ledger_entry(ledger, number);

	if (entry->newer)
		ledger_entry(ledger, entry->newer)->older = entry->older;
	else
		*newest_of(ledger, entry) = entry->older;
	if (entry->older)
		ledger_entry(ledger, entry->older)->newer = entry->newer;
}

static int64_t
earlier_of(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static void
first_note(struct first_report *first, const struct entry *entry)
{
	if (entry->type != REPORT_INCIDENT)
		return;
	if (!first->any)
		*first = (struct first_report){true, INT64_MAX, INT64_MAX,
					       INT64_MAX};
	first->occurred_at = earlier_of(first->occurred_at, entry->occurred_at);
	first->reported_at = earlier_of(first->reported_at, entry->reported_at);
	first->received_at = earlier_of(first->received_at, entry->received_at);
}

int64_t
ledger_first_at(const struct ledger *ledger, uint16_t agreement,
		enum time_field time)
{
	const struct first_report *first = ledger_first(ledger, agreement);

	if (!first->any)
		return TIME_UNSET;
	switch (time) {
	case TIME_OCCURRED:
		return first->occurred_at;
	case TIME_REPORTED:
		return first->reported_at;
	case TIME_RECEIVED:
		break;
	}
	return first->received_at;
}

uint32_t
ledger_put(struct ledger *ledger, uint32_t number, const struct entry *entry)
{
	bool first = number == 0;
	uint32_t next_by_identity = 0;

	if (first) {
		assert(ledger->used < ledger->limit);
		number = ++ledger->used;
	} else {
		const struct entry *before = ledger_entry(ledger, number);
		next_by_identity = before->next_by_identity;
		order_unlink(ledger, number);
		if (event_key_is_set(before->event))
			event_unlink(ledger, number);
	}
	struct entry *stands = ledger_entry(ledger, number);
	*stands = *entry;
	stands->serial = ++ledger->serial;
	stands->next_by_identity = next_by_identity;
	if (first) {
		uint32_t *chain =
			identity_chain(ledger, (enum report_type)entry->type,
				       entry->agreement, entry->source,
				       entry->id, entry->id_size);
		stands->next_by_identity = *chain;
		*chain = number;
	}
	if (event_key_is_set(stands->event)) {
		uint32_t *chain = event_chain(ledger, stands->event);
		stands->next_by_event = *chain;
		*chain = number;
	}
	uint32_t *newest = newest_of(ledger, stands);
	stands->newer = 0;
	stands->older = *newest;
	if (stands->older)
		ledger_entry(ledger, stands->older)->newer = number;
	*newest = number;
	first_note(ledger_first(ledger, stands->agreement), stands);
	return number;
}

void
ledger_event(const struct ledger *ledger, uint16_t agreement,
	     struct event_key event, uint32_t except,
	     struct event_reports *ret_reports)
{
	uint32_t number = *event_chain(ledger, event);

	ret_reports->count = 0;
	ret_reports->id = event;
	while (number) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (number != except && entry->agreement == agreement &&
		    event_key_equal(entry->event, event)) {
			assert(ret_reports->count < EVENT_REPORTS_MAX);
			ret_reports->reports[ret_reports->count++] = entry;
		}
		number = entry->next_by_event;
	}
}

void
ledger_event_of(const struct ledger *ledger, uint32_t number,
		const struct entry *entry, uint32_t except,
		struct event_reports *ret_reports)
{
	ret_reports->count = 0;
	ret_reports->id = event_id(number, entry->event);
	if (event_key_is_set(entry->event))
		ledger_event(ledger, entry->agreement, entry->event, except,
			     ret_reports);
	else if (number != except)
		ret_reports->reports[ret_reports->count++] = entry;
}

void
ledger_event_by_id(const struct ledger *ledger, uint16_t agreement,
		   struct event_key id, struct event_reports *ret_reports)
{
	if (id.words[1]) {
		ledger_event(ledger, agreement, id, 0, ret_reports);
		return;
	}
	ret_reports->count = 1;
	ret_reports->id = id;
	ret_reports->reports[0] = ledger_entry(ledger, (uint32_t)id.words[0]);
}

uint32_t
ledger_newest(const struct ledger *ledger, uint16_t agreement)
{
	const uint32_t *newest = span_data(&ledger->newest);

	return newest[agreement];
}

uint32_t
ledger_newest_tally(const struct ledger *ledger, uint16_t agreement)
{
	const uint32_t *newest = span_data(&ledger->newest_tally);

	return newest[agreement];
}

static uint32_t
oldest_from(const struct ledger *ledger, uint32_t number)
{
	while (number && ledger_entry(ledger, number)->older)
		number = ledger_entry(ledger, number)->older;
	return number;
}

uint32_t
ledger_oldest(const struct ledger *ledger, uint16_t agreement)
{
	return oldest_from(ledger, ledger_newest(ledger, agreement));
}

uint32_t
ledger_oldest_tally(const struct ledger *ledger, uint16_t agreement)
{
	return oldest_from(ledger, ledger_newest_tally(ledger, agreement));
}
