/*
 * What happened, as its reports tell it together.
 *
 * Several reports of one event count once. The leader is the report of the
 * highest assessment, then the latest, then by source and id; the event is as
 * the leader has it, except that each high is the highest of all and that it
 * was received when the first was.
 */
#ifndef TRUCED_CORE_EVENT_H
#define TRUCED_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dictionary.h"
#include "core/ledger.h"
#include "core/rule.h"

/* Whose word counts for what: by source, from the configuration. */
struct standing {
	uint8_t at_most;    /* enum assessment */
	name_number origin; /* joins outlets of one origin */
};

struct witnesses {
	const struct dictionary *dictionary;
	const struct standing *standing; /* by name_number of the source */
	/* Parties to the agreement, who are never independent, under whatever
	 * name they speak. */
	const name_number *parties;
	size_t parties_count;
};

struct event {
	const struct entry *leader;
	uint32_t highs[COUNT_KINDS];
	int64_t received_at;
	uint32_t sources; /* distinct independent origins */
	/* Of them, those that do not only say that it was no violation. */
	uint32_t accusers;
	bool disputed;
};

/* ALLEGED, UNDER_INVESTIGATION, INCONCLUSIVE: 1; CORROBORATED: 2; VERIFIED: 3;
 * 0 for what takes no part. NOT_A_VIOLATION: 1, its casualties count. */
unsigned assessment_rank(enum assessment assessment);
/* NOT_ATTRIBUTABLE: 0, then upwards to ADMITTED: 4. */
unsigned attribution_rank(enum attribution attribution);

/* Whether it is a party to the agreement, by its name or its origin. */
bool source_is_partial(const struct witnesses *witnesses, name_number source);

/* Whether its word counts for more than an allegation: at_most says so, and it
 * is no party to the agreement. */
bool source_is_weighty(const struct witnesses *witnesses, name_number source);

/* Whether the source is this party, by its name or its origin. */
bool source_is(const struct witnesses *witnesses, name_number source,
	       name_number party);

/* What a source's word counts for: an assessment as far as at_most lets it; an
 * attribution to `party` only if the source is weighty, or the party itself
 * admits it. What only takes away always counts. */
enum assessment assessment_counted(const struct witnesses *witnesses,
				   name_number source, enum assessment said);
enum attribution attribution_counted(const struct witnesses *witnesses,
				     name_number source, name_number party,
				     enum attribution said);

/* Whether a report comes after another of the same type: by reported_at, then
 * source, then id, bytewise. */
bool entry_is_later(const struct entry *entry, const struct entry *than,
		    const struct dictionary *dictionary);

/* Whether a report is an incident that takes part in its event: it was not
 * taken back, and it is no nil report, which tells of nothing but its source.
 */
bool entry_takes_part(const struct entry *entry);

/* False: no report takes part, there is no event. */
bool event_merge(const struct event_reports *reports,
		 const struct witnesses *witnesses, struct event *ret_event);

#endif
