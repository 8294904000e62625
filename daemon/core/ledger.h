/*
 * The ledger: every report as it stands, and which reports tell one event.
 *
 * A report has one entry, found by its identity (type, agreement, source, id);
 * a higher revision overwrites it. Entries are never removed: a withdrawn one
 * stays, so that a lower revision that comes later is STALE. Number 0 is no
 * entry. Names are numbers of the engine's dictionary.
 */
#ifndef TRUCED_CORE_LEDGER_H
#define TRUCED_CORE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/dictionary.h"
#include "core/incident.h"

/* 64 bits: three numbers of 21 bits, low, best, high, and the lower bound. */
typedef uint64_t packed_count;

packed_count count_pack(const struct count *count);

static inline uint32_t
count_low(packed_count count)
{
	return (uint32_t)(count & COUNT_CEILING);
}

static inline uint32_t
count_best(packed_count count)
{
	return (uint32_t)(count >> 21 & COUNT_CEILING);
}

static inline uint32_t
count_high(packed_count count)
{
	return (uint32_t)(count >> 42 & COUNT_CEILING);
}

static inline bool
count_at_least(packed_count count)
{
	return count >> 63;
}

/* Of an event's name, within its agreement, the keyed hash: all zero for a
 * report without one. */
struct event_key {
	uint64_t words[2];
};

static inline bool
event_key_is_set(struct event_key key)
{
	return key.words[0] || key.words[1];
}

static inline bool
event_key_equal(struct event_key left, struct event_key right)
{
	return left.words[0] == right.words[0] &&
	       left.words[1] == right.words[1];
}

/* What a tally says beside what all reports do. */
struct tally {
	packed_count totals[TALLY_COUNTS];
	int64_t since_at;  /* or TIME_UNSET: since the agreement took effect */
	int64_t period_ms; /* 0: not told */
	uint8_t told;	   /* bit 1 << enum tally_count */
};

struct entry {
	char id[TEXT_SIZE - 1]; /* no NUL if it takes all 64 bytes */
	union {
		packed_count counts[COUNT_KINDS];
		struct tally tally; /* REPORT_TALLY only */
	};
	/* Capped to the engine's time when the revision was applied. */
	int64_t occurred_at; /* of a tally, its as_of_at */
	int64_t reported_at;
	int64_t received_at; /* of the first revision */
	int64_t lasted_ms;
	uint64_t content;
	struct event_key event;
	uint64_t position; /* of the step that brought this revision */
	uint64_t serial;   /* order of acceptance, over all entries */
	uint32_t revision;
	uint32_t next_by_identity;
	uint32_t next_by_event;
	/* In its agreement, by serial: tallies by themselves, and all else. */
	uint32_t newer;
	uint32_t older;
	name_number source;
	name_number feed;
	name_number party;
	name_number against;
	name_number admin;
	name_number country;
	name_number place;
	uint16_t agreement; /* index in the configuration */
	uint8_t id_size;
	uint8_t type;	     /* enum report_type */
	uint8_t kind;	     /* enum kind */
	uint8_t target;	     /* enum target */
	uint8_t assessment;  /* enum assessment, as the source has it */
	uint8_t attribution; /* enum attribution */
};

static_assert(sizeof(struct entry) <= 256, "at most 256 bytes a report");

/* Bytewise. < 0, 0, > 0. */
int entry_id_compare(const struct entry *left, const struct entry *right);

/* The earliest times of any incident that was ever accepted. */
struct first_report {
	bool any;
	int64_t occurred_at;
	int64_t reported_at;
	int64_t received_at;
};

struct ledger {
	struct span entries;	  /* struct entry */
	struct span identities;	  /* uint32_t, first of a chain */
	struct span events;	  /* uint32_t, first of a chain */
	struct span newest;	  /* uint32_t, by agreement */
	struct span newest_tally; /* likewise */
	struct span first;	  /* struct first_report, by agreement */
	uint32_t table_size;	  /* of each of the two tables */
	uint32_t used;
	uint32_t limit;
	uint64_t serial; /* of the last accepted report */
	uint8_t key[16];
};

size_t ledger_bytes(uint32_t limit, size_t agreements);
void ledger_init(struct ledger *ledger, struct arena *arena, uint32_t limit,
		 size_t agreements, const uint8_t key[static 16]);

static inline struct entry *
ledger_entry(const struct ledger *ledger, uint32_t number)
{
	return (struct entry *)span_data(&ledger->entries) + number;
}

struct event_key ledger_event_key(const struct ledger *ledger,
				  const char *event);

/* 0: there is none. */
uint32_t ledger_find(const struct ledger *ledger, enum report_type type,
		     uint16_t agreement, name_number source, const char *id);

/* Says that ledger_find will soon be asked this: its memory is then nearer. */
void ledger_expect(const struct ledger *ledger, enum report_type type,
		   uint16_t agreement, name_number source, const char *id);

/* Sets what stands. `number` is that of the earlier revision, or 0 for a first
 * one, which takes a new entry (the caller has seen that there is room).
 * Links and serial are the ledger's, identity must be as it was. */
uint32_t ledger_put(struct ledger *ledger, uint32_t number,
		    const struct entry *entry);

/* The reports that tell one event, in no order that means anything. */
struct event_reports {
	const struct entry *reports[EVENT_REPORTS_MAX];
	size_t count;
	/* Which event it is, within its agreement: by its name or, of a report
	 * without one, by the report's number. */
	struct event_key id;
};

static inline struct event_key
event_id(uint32_t number, struct event_key name)
{
	return event_key_is_set(name) ? name /* words[1] is never 0 */
				      : (struct event_key){{number, 0}};
}

/* Those of an event as they stand, but for the entry `except` (0: none). */
void ledger_event(const struct ledger *ledger, uint16_t agreement,
		  struct event_key event, uint32_t except,
		  struct event_reports *ret_reports);

/* The reports of an event by its id, as they stand. */
void ledger_event_by_id(const struct ledger *ledger, uint16_t agreement,
			struct event_key id, struct event_reports *ret_reports);

/* The event that a report tells, with others or alone, likewise. `entry` is the
 * report of that number, or an earlier revision of it. */
void ledger_event_of(const struct ledger *ledger, uint32_t number,
		     const struct entry *entry, uint32_t except,
		     struct event_reports *ret_reports);

static inline struct first_report *
ledger_first(const struct ledger *ledger, uint16_t agreement)
{
	return (struct first_report *)span_data(&ledger->first) + agreement;
}

/* TIME_UNSET: there was none. */
int64_t ledger_first_at(const struct ledger *ledger, uint16_t agreement,
			enum time_field time);

/* The entry accepted last in an agreement, and on to older ones. 0: no more.
 * Tallies are apart: a walk meets either them or all else. */
uint32_t ledger_newest(const struct ledger *ledger, uint16_t agreement);
uint32_t ledger_newest_tally(const struct ledger *ledger, uint16_t agreement);
/* The one accepted first: walks there. */
uint32_t ledger_oldest(const struct ledger *ledger, uint16_t agreement);
uint32_t ledger_oldest_tally(const struct ledger *ledger, uint16_t agreement);

#endif
