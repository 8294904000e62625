#include "core/event.h"

#include <string.h>

unsigned
assessment_rank(enum assessment assessment)
{
	switch (assessment) {
	case ASSESSMENT_ALLEGED:
	case ASSESSMENT_UNDER_INVESTIGATION:
	case ASSESSMENT_INCONCLUSIVE:
	case ASSESSMENT_NOT_A_VIOLATION:
		return 1;
	case ASSESSMENT_CORROBORATED:
		return 2;
	case ASSESSMENT_VERIFIED:
		return 3;
	case ASSESSMENT_UNSPECIFIED:
	case ASSESSMENT_UNSUBSTANTIATED:
	case ASSESSMENT_WITHDRAWN:
	case ASSESSMENTS:
		break;
	}
	return 0;
}

unsigned
attribution_rank(enum attribution attribution)
{
	switch (attribution) {
	case ATTRIBUTION_ALLEGED_PARTY:
		return 1;
	case ATTRIBUTION_ASSESSED_PARTY:
		return 2;
	case ATTRIBUTION_ATTRIBUTED:
		return 3;
	case ATTRIBUTION_ADMITTED:
		return 4;
	case ATTRIBUTION_UNSPECIFIED:
	case ATTRIBUTION_NOT_ATTRIBUTABLE:
	case ATTRIBUTIONS:
		break;
	}
	return 0;
}

/* No violation and no casualty. */
static bool
entry_is_nil(const struct entry *entry)
{
	for (int kind = 0; kind < COUNT_KINDS; kind++) {
		if (count_high(entry->counts[kind]))
			return false;
	}
	return true;
}

bool
entry_takes_part(const struct entry *entry)
{
	return entry->type == REPORT_INCIDENT &&
	       assessment_rank((enum assessment)entry->assessment) > 0 &&
	       !entry_is_nil(entry);
}

static bool
is_party(const struct witnesses *witnesses, name_number source)
{
	for (size_t i = 0; i < witnesses->parties_count; i++) {
		if (witnesses->parties[i] == source)
			return true;
	}
	return false;
}

bool
source_is_partial(const struct witnesses *witnesses, name_number source)
{
	return is_party(witnesses, source) ||
	       is_party(witnesses, witnesses->standing[source].origin);
}

bool
source_is_weighty(const struct witnesses *witnesses, name_number source)
{
	const struct standing *standing = &witnesses->standing[source];

	return assessment_rank((enum assessment)standing->at_most) >
		       assessment_rank(ASSESSMENT_ALLEGED) &&
	       !source_is_partial(witnesses, source);
}

bool
source_is(const struct witnesses *witnesses, name_number source,
	  name_number party)
{
	return party &&
	       (source == party || witnesses->standing[source].origin == party);
}

enum assessment
assessment_counted(const struct witnesses *witnesses, name_number source,
		   enum assessment said)
{
	enum assessment at_most =
		(enum assessment)witnesses->standing[source].at_most;

	return assessment_rank(said) > assessment_rank(at_most) ? at_most
								: said;
}

enum attribution
attribution_counted(const struct witnesses *witnesses, name_number source,
		    name_number party, enum attribution said)
{
	if (attribution_rank(said) <=
		    attribution_rank(ATTRIBUTION_ALLEGED_PARTY) ||
	    source_is_weighty(witnesses, source) ||
	    (said == ATTRIBUTION_ADMITTED &&
	     source_is(witnesses, source, party)))
		return said;
	return ATTRIBUTION_ALLEGED_PARTY;
}

bool
entry_is_later(const struct entry *entry, const struct entry *than,
	       const struct dictionary *dictionary)
{
	if (entry->reported_at != than->reported_at)
		return entry->reported_at > than->reported_at;
	int order = strcmp(dictionary_name(dictionary, entry->source),
			   dictionary_name(dictionary, than->source));
	return order ? order > 0 : entry_id_compare(entry, than) > 0;
}

/* Whether a report leads before the leader. */
static bool
leads(const struct entry *entry, const struct entry *leader,
      const struct dictionary *dictionary)
{
	if (!leader)
		return true;
	unsigned rank = assessment_rank((enum assessment)entry->assessment);
	unsigned leading = assessment_rank((enum assessment)leader->assessment);
	return rank != leading ? rank > leading
			       : entry_is_later(entry, leader, dictionary);
}

static void
origins_count(uint32_t *count, name_number *origins, name_number origin)
{
	for (uint32_t i = 0; i < *count; i++) {
		if (origins[i] == origin)
			return;
	}
	origins[(*count)++] = origin;
}

bool
event_merge(const struct event_reports *reports,
	    const struct witnesses *witnesses, struct event *ret_event)
{
	struct event event = {.received_at = TIME_NEVER};
	name_number origins[EVENT_REPORTS_MAX];
	name_number accusers[EVENT_REPORTS_MAX];
	name_number party = 0;

	for (size_t i = 0; i < reports->count; i++) {
		const struct entry *entry = reports->reports[i];
		if (!entry_takes_part(entry))
			continue;
		if (leads(entry, event.leader, witnesses->dictionary))
			event.leader = entry;
		for (int kind = 0; kind < COUNT_KINDS; kind++) {
			uint32_t high = count_high(entry->counts[kind]);
			if (high > event.highs[kind])
				event.highs[kind] = high;
		}
		if (entry->received_at < event.received_at)
			event.received_at = entry->received_at;
		name_number origin = witnesses->standing[entry->source].origin;
		if (!source_is_partial(witnesses, entry->source)) {
			origins_count(&event.sources, origins, origin);
			if (entry->assessment != ASSESSMENT_NOT_A_VIOLATION)
				origins_count(&event.accusers, accusers,
					      origin);
		}
		event.disputed = event.disputed || entry->denied;
		if (party && entry->party && entry->party != party)
			event.disputed = true;
		if (entry->party)
			party = entry->party;
	}
	if (!event.leader)
		return false;
	*ret_event = event;
	return true;
}
