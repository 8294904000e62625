/* Whether a report is taken: decided before anything changes. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

enum engine_part
engine_part_of(const struct report *report)
{
	return report->status == STATUS_EXERCISE ||
			       report->status == STATUS_TEST
		       ? ENGINE_DRILL
		       : ENGINE_REAL;
}

bool
engine_takes(const struct engine *engine, const struct report *report)
{
	return engine_part_of(report) == engine->part;
}

const char *
engine_name(const struct report *report, enum name_field field)
{
	switch (field) {
	case NAME_SOURCE:
		return report->source;
	case NAME_FEED:
		return report->feed;
	case NAME_PARTY:
		return report->party;
	case NAME_AGAINST:
		return report->against;
	case NAME_ADMIN:
		return report->admin;
	case NAME_COUNTRY:
		return report->country;
	case NAME_PLACE:
		return report->place;
	case NAME_FIELDS:
		break;
	}
	assert(false && "a name of a report");
	return "";
}

static bool
name_find(const struct dictionary *dictionary, const struct report *report,
	  enum name_field field, struct found *found)
{
	found->known[field] =
		dictionary_find(dictionary, engine_name(report, field),
				&found->names[field]);
	return found->known[field];
}

/* Whether all names of a report are known or still fit. */
static bool
names_fit(const struct dictionary *dictionary, const struct report *report,
	  struct found *found)
{
	uint32_t room = dictionary->limit - dictionary->used;

	for (int field = 0; field < NAME_FIELDS; field++) {
		const char *name = engine_name(report, (enum name_field)field);
		bool known = name_find(dictionary, report,
				       (enum name_field)field, found);
		for (int before = 0; before < field && !known; before++)
			known = strcmp(name,
				       engine_name(report,
						   (enum name_field)before)) ==
				0;
		if (known)
			continue;
		if (room == 0)
			return false;
		room--;
	}
	return true;
}

/* The entry of a report's standing revision; 0: none. */
static uint32_t
standing_find(const struct state *state, const struct report *report,
	      struct found *found)
{
	if (!name_find(&state->dictionary, report, NAME_SOURCE, found))
		return 0;
	return ledger_find(&state->ledger, report->type, found->agreement,
			   found->names[NAME_SOURCE], report->id);
}

static bool
event_is_full(const struct ledger *ledger, const struct report *report,
	      uint16_t agreement, uint32_t standing)
{
	struct event_reports reports;
	struct event_key key = ledger_event_key(ledger, report->event);

	if (report->type != REPORT_INCIDENT || !event_key_is_set(key))
		return false;
	ledger_event(ledger, agreement, key, standing, &reports);
	return reports.count >= EVENT_REPORTS_MAX;
}

/* Against what stands: ACCEPTED if it would be new or a higher revision. */
static void
judge_identity(const struct entry *stands, const struct report *report,
	       struct receipt *receipt)
{
	receipt->position = stands->position;
	if (report->revision < stands->revision) {
		receipt->verdict = VERDICT_STALE;
	} else if (report->revision == stands->revision &&
		   report->content == stands->content) {
		receipt->verdict = VERDICT_DUPLICATE;
	} else if (report->revision == stands->revision) {
		uint64_t position = stands->position;
		receipt_reject(receipt, REASON_CONFLICT, "revision",
			       "more than %u, which stands with other content",
			       stands->revision);
		receipt->position = position;
	}
}

void
engine_expect(const struct engine *engine, const struct report *report)
{
	const struct state *state = engine->state;
	uint16_t agreement;
	name_number source;

	if (rules_agreement(engine->rules, report->agreement, &agreement) &&
	    dictionary_find(&state->dictionary, report->source, &source))
		ledger_expect(&state->ledger, report->type, agreement, source,
			      report->id);
}

void
engine_look(const struct engine *engine, const struct report *report,
	    struct receipt *receipt, struct found *found)
{
	const struct state *state = engine->state;

	assert(engine_takes(engine, report));
	*receipt = (struct receipt){.verdict = VERDICT_ACCEPTED};
	if (!rules_agreement(engine->rules, report->agreement,
			     &found->agreement)) {
		receipt_reject(receipt, REASON_UNKNOWN_AGREEMENT, "agreement",
			       "one that is configured");
		return;
	}
	uint16_t agreement = found->agreement;
	bool party = rules_knows_party(engine->rules, agreement, report->party);
	if (!party ||
	    !rules_knows_party(engine->rules, agreement, report->against)) {
		receipt_reject(receipt, REASON_UNKNOWN_PARTY,
			       party ? "against" : "party",
			       "one of the parties to %s", report->agreement);
		return;
	}
	found->standing = standing_find(state, report, found);
	if (found->standing)
		judge_identity(ledger_entry(&state->ledger, found->standing),
			       report, receipt);
	if (receipt->verdict != VERDICT_ACCEPTED)
		return;
	if (!names_fit(&state->dictionary, report, found))
		receipt_reject(receipt, REASON_NAMES_FULL, "",
			       "no name beyond limits.names = %u",
			       engine->limits->names);
	else if (!found->standing && state->ledger.used >= state->ledger.limit)
		receipt_reject(receipt, REASON_LEDGER_FULL, "",
			       "no report beyond limits.reports = %u",
			       engine->limits->reports);
	else if (event_is_full(&state->ledger, report, agreement,
			       found->standing))
		receipt_reject(receipt, REASON_EVENT_FULL, "event",
			       "at most %d reports of one event",
			       EVENT_REPORTS_MAX);
}

void
engine_judge(const struct engine *engine, const struct report *report,
	     struct receipt *receipt)
{
	struct found found;

	engine_look(engine, report, receipt, &found);
}
