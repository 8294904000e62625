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
	       arena_bytes(agreements, sizeof(struct first_report)) +
	       references_bytes(limit);
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
	references_init(&ledger->references, arena, limit);
}

uint32_t
ledger_chain(const struct ledger *ledger, enum report_type type,
	     uint16_t agreement, name_number source, const char *id,
	     size_t id_size)
{
	unsigned char text[6 + TEXT_SIZE];
	uint16_t numbers[3] = {(uint16_t)type, agreement, source};
	uint64_t hash;

	memcpy(text, numbers, sizeof(numbers));
	memcpy(text + sizeof(numbers), id, id_size);
	crypto_shorthash((unsigned char *)&hash, text,
			 sizeof(numbers) + id_size, ledger->key);
	return (uint32_t)hash & (ledger->table_size - 1);
}

/* 96 keyed bits: nobody can make two names meet. */
static void
hash_name(const struct ledger *ledger, const char *name, uint32_t words[3])
{
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];

	crypto_shorthash_siphashx24(hash, (const unsigned char *)name,
				    strlen(name), ledger->key);
	memcpy(words, hash, 3 * sizeof(*words));
}

struct event_key
ledger_event_key(const struct ledger *ledger, const char *event)
{
	struct event_key key = {{0}};

	if (event[0])
		hash_name(ledger, event, key.words);
	/* No name is taken for a number (event_id). */
	if (event[0] && !key.words[1])
		key.words[1] = 1;
	return key;
}

struct reference_key
ledger_reference_key(const struct ledger *ledger, const char *name)
{
	struct reference_key key = {{0}};

	hash_name(ledger, name, key.words);
	return key;
}

static uint32_t *
event_chain(const struct ledger *ledger, struct event_key event)
{
	uint32_t *table = span_data(&ledger->events);

	return &table[event.words[0] & (ledger->table_size - 1)];
}

void
ledger_expect(const struct ledger *ledger, uint32_t chain)
{
	const uint32_t *table = span_data(&ledger->identities);

	__builtin_prefetch(&table[chain]);
}

void
ledger_expect_entry(const struct ledger *ledger, uint32_t chain)
{
	const uint32_t *table = span_data(&ledger->identities);
	const struct entry *entry = ledger_entry(ledger, table[chain]);

	__builtin_prefetch(entry->id);
	__builtin_prefetch(&entry->source);
}

uint32_t
ledger_find_in(const struct ledger *ledger, uint32_t chain,
	       enum report_type type, uint16_t agreement, name_number source,
	       const char *id)
{
	const uint32_t *table = span_data(&ledger->identities);
	size_t size = strlen(id);
	uint32_t number = table[chain];

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

uint32_t
ledger_find(const struct ledger *ledger, enum report_type type,
	    uint16_t agreement, name_number source, const char *id)
{
	return ledger_find_in(ledger,
			      ledger_chain(ledger, type, agreement, source, id,
					   strlen(id)),
			      type, agreement, source, id);
}

static void
event_link(struct ledger *ledger, uint32_t number)
{
	struct entry *entry = ledger_entry(ledger, number);
	uint32_t *chain = event_chain(ledger, entry->told_event);

	entry->next_by_event = *chain;
	*chain = number;
}

static void
event_unlink(struct ledger *ledger, uint32_t number)
{
	struct entry *entry = ledger_entry(ledger, number);
	uint32_t *link = event_chain(ledger, entry->told_event);

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

/* Takes an entry out of what a revision may hang it elsewhere in. */
static void
entry_unlink(struct ledger *ledger, uint32_t number)
{
	const struct entry *entry = ledger_entry(ledger, number);

	order_unlink(ledger, number);
	if (event_key_is_set(entry->told_event))
		event_unlink(ledger, number);
	if (entry->type == REPORT_FINDING)
		references_remove(&ledger->references, entry->named);
}

static void
entry_set(struct ledger *ledger, uint32_t number, const struct entry *entry,
	  uint32_t next_by_identity)
{
	struct entry *stands = ledger_entry(ledger, number);

	*stands = *entry;
	stands->serial = ++ledger->serial;
	stands->next_by_identity = next_by_identity;
	if (stands->type == REPORT_FINDING)
		stands->named = 0;
	if (event_key_is_set(stands->told_event))
		event_link(ledger, number);
	uint32_t *newest = newest_of(ledger, stands);
	stands->newer = 0;
	stands->older = *newest;
	if (stands->older)
		ledger_entry(ledger, stands->older)->newer = number;
	*newest = number;
	first_note(ledger_first(ledger, stands->agreement), stands);
}

uint32_t
ledger_add(struct ledger *ledger, uint32_t chain, const struct entry *entry)
{
	uint32_t *table = span_data(&ledger->identities);

	assert(ledger->used < ledger->limit);
	ledger->findings += entry->type == REPORT_FINDING;
	entry_set(ledger, ++ledger->used, entry, table[chain]);
	table[chain] = ledger->used;
	return ledger->used;
}

uint32_t
ledger_put(struct ledger *ledger, uint32_t number, const struct entry *entry)
{
	if (!number)
		return ledger_add(ledger,
				  ledger_chain(ledger,
					       (enum report_type)entry->type,
					       entry->agreement, entry->source,
					       entry->id, entry->id_size),
				  entry);
	entry_unlink(ledger, number);
	entry_set(ledger, number, entry,
		  ledger_entry(ledger, number)->next_by_identity);
	return number;
}

void
ledger_name(struct ledger *ledger, uint32_t finding, const struct referent *to)
{
	struct entry *entry = ledger_entry(ledger, finding);

	entry->named =
		references_add(&ledger->references, to, finding, entry->named);
}

uint32_t
ledger_telling(const struct ledger *ledger, uint16_t agreement,
	       struct event_key event, uint32_t number)
{
	number = number ? ledger_entry(ledger, number)->next_by_event
			: *event_chain(ledger, event);
	while (number) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry->agreement == agreement &&
		    event_key_equal(entry->told_event, event))
			break;
		number = entry->next_by_event;
	}
	return number;
}

static void
event_add(struct event_reports *reports, const struct entry *entry)
{
	assert(reports->count < EVENT_REPORTS_MAX);
	reports->reports[reports->count++] = entry;
}

/* Whether a report is in the finding's event only because of the finding. */
static bool
is_put_by(const struct ledger *ledger, const struct entry *finding,
	  const struct referent *to)
{
	return to->report == 0 ||
	       !event_key_equal(ledger_entry(ledger, to->report)->told_event,
				finding->told_event);
}

static void
event_add_named(const struct ledger *ledger, const struct entry *finding,
		struct event_reports *reports)
{
	const struct references *references = &ledger->references;
	uint32_t next = finding->named;

	for (; next; next = references_at(references, next)->next) {
		const struct referent *to =
			&references_at(references, next)->to;
		const struct entry *entry = ledger_entry(ledger, to->report);
		bool adds = to->report && is_put_by(ledger, finding, to) &&
			    event_key_equal(entry->event, finding->told_event);
		for (size_t i = 0; i < reports->count && adds; i++)
			adds = reports->reports[i] != entry;
		if (adds)
			event_add(reports, entry);
	}
}

void
ledger_event(const struct ledger *ledger, uint16_t agreement,
	     struct event_key event, struct event_reports *ret_reports)
{
	uint32_t number = 0;

	ret_reports->count = 0;
	ret_reports->id = event;
	while ((number = ledger_telling(ledger, agreement, event, number))) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry->type == REPORT_FINDING)
			event_add_named(ledger, entry, ret_reports);
		else if (event_key_equal(entry->event, event))
			event_add(ret_reports, entry);
	}
}

void
ledger_event_of(const struct ledger *ledger, uint32_t number,
		struct event_reports *ret_reports)
{
	const struct entry *entry = ledger_entry(ledger, number);

	ret_reports->count = 0;
	ret_reports->id = event_id(number, entry->event);
	if (event_key_is_set(entry->event))
		ledger_event(ledger, entry->agreement, entry->event,
			     ret_reports);
	else
		event_add(ret_reports, entry);
}

/* Reports that findings put into an event, each once. */
struct named_reports {
	struct referent reports[EVENT_REPORTS_MAX + 1]; /* one too many */
	size_t count;
};

static void
named_add(struct named_reports *named, const struct referent *to)
{
	for (size_t i = 0; i < named->count; i++) {
		if (referent_equal(&named->reports[i], to))
			return;
	}
	if (named->count <= EVENT_REPORTS_MAX)
		named->reports[named->count++] = *to;
}

static void
named_add_all(struct named_reports *named, const struct ledger *ledger,
	      const struct entry *finding, uint32_t except)
{
	const struct references *references = &ledger->references;
	uint32_t next = finding->named;

	for (; next; next = references_at(references, next)->next) {
		const struct referent *to =
			&references_at(references, next)->to;
		if (is_put_by(ledger, finding, to) || to->report == except)
			named_add(named, to);
	}
}

bool
ledger_event_takes(const struct ledger *ledger, uint16_t agreement,
		   struct event_key event, uint32_t except,
		   const struct referent *reports, size_t count)
{
	struct named_reports named = {.count = 0};
	uint32_t number = 0;
	size_t told = 0;

	for (size_t i = 0; i < count; i++)
		named_add(&named, &reports[i]);
	while ((number = ledger_telling(ledger, agreement, event, number))) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry->type == REPORT_FINDING && number != except)
			named_add_all(&named, ledger, entry, except);
		else if (number != except)
			told++;
	}
	return told + named.count <= EVENT_REPORTS_MAX;
}

void
ledger_hear_event(struct ledger *ledger, uint32_t finding)
{
	struct entry *entry = ledger_entry(ledger, finding);

	entry->told_event = entry->event;
	event_link(ledger, finding);
	if (ledger_event_takes(ledger, entry->agreement, entry->event, 0, NULL,
			       0))
		return;
	event_unlink(ledger, finding);
	entry->told_event = (struct event_key){{0}};
}

void
ledger_event_by_id(const struct ledger *ledger, uint16_t agreement,
		   struct event_key id, struct event_reports *ret_reports)
{
	if (id.words[1]) {
		ledger_event(ledger, agreement, id, ret_reports);
		return;
	}
	const struct entry *entry = ledger_entry(ledger, id.words[0]);
	ret_reports->count = 0;
	ret_reports->id = id;
	/* It may tell another event by now. */
	if (!event_key_is_set(entry->event))
		event_add(ret_reports, entry);
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
