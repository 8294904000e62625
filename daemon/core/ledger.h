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
#include "core/references.h"

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
	uint32_t words[3];
};

static inline bool
event_key_is_set(struct event_key key)
{
	return key.words[0] || key.words[1] || key.words[2];
}

static inline bool
event_key_equal(struct event_key left, struct event_key right)
{
	return left.words[0] == right.words[0] &&
	       left.words[1] == right.words[1] &&
	       left.words[2] == right.words[2];
}

/* What a tally says beside what all reports do. */
struct tally {
	packed_count totals[TALLY_COUNTS];
	int64_t since_at;  /* or TIME_UNSET: since the agreement took effect */
	int64_t period_ms; /* 0: not told */
	uint8_t told;	   /* bit 1 << enum tally_count */
};

/*
 * A report as its source has it, and, of an incident, what it counts for: what
 * the source may say of it (event.h) and what findings made of it
 * (findings.h). The two differ in event, party, assessment and attribution.
 */
struct entry {
	char id[TEXT_SIZE - 1]; /* no NUL if it takes all 64 bytes */
	union {
		packed_count counts[COUNT_KINDS];
		struct tally tally; /* REPORT_TALLY only */
		uint32_t named;	    /* of a finding: its first reference */
	};
	/* Capped to the engine's time when the revision was applied. */
	int64_t occurred_at; /* of a tally, its as_of_at */
	int64_t reported_at;
	int64_t received_at; /* of the first revision */
	int64_t lasted_ms;
	uint64_t content;
	struct event_key event; /* of a finding: what it would tell, if heard */
	struct event_key told_event;
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
	name_number told_party;
	uint16_t agreement; /* index in the configuration */
	uint8_t id_size;
	uint8_t type;	     /* enum report_type */
	uint8_t kind;	     /* enum kind */
	uint8_t target;	     /* enum target */
	uint8_t assessment;  /* enum assessment */
	uint8_t attribution; /* enum attribution */
	/* Of a finding UNSPECIFIED where it says nothing of it. */
	uint8_t told_assessment;
	uint8_t told_attribution;
	bool denied; /* a finding denies it; of a finding: it denies */
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
	struct references references;
	uint32_t table_size; /* of each of the two tables */
	uint32_t used;
	uint32_t findings; /* of them, withdrawn ones included */
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

static inline uint32_t
ledger_number(const struct ledger *ledger, const struct entry *entry)
{
	return (uint32_t)(entry - ledger_entry(ledger, 0));
}

struct event_key ledger_event_key(const struct ledger *ledger,
				  const char *event);
/* Of a report that is named `source/id`. */
struct reference_key ledger_reference_key(const struct ledger *ledger,
					  const char *name);

/* 0: there is none. */
uint32_t ledger_find(const struct ledger *ledger, enum report_type type,
		     uint16_t agreement, name_number source, const char *id);

/* The same in steps, as a table of a million reports is in no cache: where the
 * entry of such a report hangs; says that it will soon be asked for, and a
 * little later, that its entry will; and asks for it. */
uint32_t ledger_chain(const struct ledger *ledger, enum report_type type,
		      uint16_t agreement, name_number source, const char *id,
		      size_t id_size);
void ledger_expect(const struct ledger *ledger, uint32_t chain);
void ledger_expect_entry(const struct ledger *ledger, uint32_t chain);
uint32_t ledger_find_in(const struct ledger *ledger, uint32_t chain,
			enum report_type type, uint16_t agreement,
			name_number source, const char *id);

/* Sets what stands. `number` is that of the earlier revision, or 0 for a first
 * one, which takes a new entry (the caller has seen that there is room).
 * Links and serial are the ledger's, identity must be as it was. A finding
 * names nothing then. */
uint32_t ledger_put(struct ledger *ledger, uint32_t number,
		    const struct entry *entry);
/* A first one, whose chain is known. */
uint32_t ledger_add(struct ledger *ledger, uint32_t chain,
		    const struct entry *entry);

/* One more report that a finding names. */
void ledger_name(struct ledger *ledger, uint32_t finding,
		 const struct referent *to);

/* Whether a finding speaks of a whole event, whatever the reports. */
static inline bool
entry_is_of_event(const struct entry *entry)
{
	return entry->type == REPORT_FINDING && entry->named == 0;
}

/* Entries of an agreement with a name for one event, as they tell it: incidents
 * and findings. Call with 0 at first; 0: no more. */
uint32_t ledger_telling(const struct ledger *ledger, uint16_t agreement,
			struct event_key event, uint32_t number);

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
				      : (struct event_key){{number, 0, 0}};
}

/* Those of an event as they count. */
void ledger_event(const struct ledger *ledger, uint16_t agreement,
		  struct event_key event, struct event_reports *ret_reports);

/* The reports of an event by its id, as they stand. */
void ledger_event_by_id(const struct ledger *ledger, uint16_t agreement,
			struct event_key id, struct event_reports *ret_reports);

/* The event that a report tells, with others or alone, likewise. */
void ledger_event_of(const struct ledger *ledger, uint32_t number,
		     struct event_reports *ret_reports);

/*
 * Whether an event takes these reports beside all that it may come to have:
 * whoever tells it, and whoever a finding puts into it, whether that finding
 * has the last word or not. So no event is ever told by more than
 * EVENT_REPORTS_MAX, whatever is withdrawn. Entry `except` (0: none) is not
 * counted.
 */
bool ledger_event_takes(const struct ledger *ledger, uint16_t agreement,
			struct event_key event, uint32_t except,
			const struct referent *reports, size_t count);

/* A finding's word counts from now on: it tells the event into which it would
 * put what it names, if that takes them. */
void ledger_hear_event(struct ledger *ledger, uint32_t finding);

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
