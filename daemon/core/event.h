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
	enum assessment assessment; /* the leader's, as far as it may go */
	uint32_t highs[COUNT_KINDS];
	int64_t received_at;
	uint32_t sources; /* distinct independent origins */
	bool disputed;
};

/* ALLEGED, UNDER_INVESTIGATION, INCONCLUSIVE: 1; CORROBORATED: 2; VERIFIED: 3;
 * 0 for what takes no part. NOT_A_VIOLATION: 1, its casualties count. */
unsigned assessment_rank(enum assessment assessment);
/* NOT_ATTRIBUTABLE: 0, then upwards to ADMITTED: 4. */
unsigned attribution_rank(enum attribution attribution);

/* A source's word goes as far as the configuration lets it. */
enum assessment assessment_capped(const struct entry *entry,
				  const struct witnesses *witnesses);

/* Whether a report is an incident that takes part in its event: it was not
 * taken back, and it is no nil report, which tells of nothing but its source.
 */
bool entry_takes_part(const struct entry *entry);

/* False: no report takes part, there is no event. */
bool event_merge(const struct event_reports *reports,
		 const struct witnesses *witnesses, struct event *ret_event);

#endif
