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

/* Whether all names of a report are known or still fit. */
static bool
names_fit(const struct dictionary *dictionary, const struct report *report)
{
	const char *names[] = {report->source,	report->feed,  report->party,
			       report->against, report->admin, report->country,
			       report->place};
	uint32_t room = dictionary->limit - dictionary->used;
	name_number number;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool known = dictionary_find(dictionary, names[i], &number);
		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(names[i], names[j]) == 0;
		if (known)
			continue;
		if (room == 0)
			return false;
		room--;
	}
	return true;
}

uint32_t
engine_find(const struct engine *engine, const struct report *report,
	    uint16_t agreement)
{
	name_number source;

	if (!dictionary_find(&engine->state->dictionary, report->source,
			     &source))
		return 0;
	return ledger_find(&engine->state->ledger, report->type, agreement,
			   source, report->id);
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
engine_judge(const struct engine *engine, const struct report *report,
	     struct receipt *receipt)
{
	const struct state *state = engine->state;
	uint16_t agreement;

	assert(engine_takes(engine, report));
	*receipt = (struct receipt){.verdict = VERDICT_ACCEPTED};
	if (!rules_agreement(engine->rules, report->agreement, &agreement)) {
		receipt_reject(receipt, REASON_UNKNOWN_AGREEMENT, "agreement",
			       "one that is configured");
		return;
	}
	if (!rules_knows_party(engine->rules, agreement, report->party) ||
	    !rules_knows_party(engine->rules, agreement, report->against)) {
		bool party = !rules_knows_party(engine->rules, agreement,
						report->party);
		receipt_reject(receipt, REASON_UNKNOWN_PARTY,
			       party ? "party" : "against",
			       "one of the parties to %s", report->agreement);
		return;
	}
	uint32_t standing = engine_find(engine, report, agreement);
	if (standing)
		judge_identity(ledger_entry(&state->ledger, standing), report,
			       receipt);
	if (receipt->verdict != VERDICT_ACCEPTED)
		return;
	if (!names_fit(&state->dictionary, report))
		receipt_reject(receipt, REASON_NAMES_FULL, "",
			       "no name beyond limits.names = %u",
			       engine->limits->names);
	else if (!standing && state->ledger.used >= state->ledger.limit)
		receipt_reject(receipt, REASON_LEDGER_FULL, "",
			       "no report beyond limits.reports = %u",
			       engine->limits->reports);
	else if (event_is_full(&state->ledger, report, agreement, standing))
		receipt_reject(receipt, REASON_EVENT_FULL, "event",
			       "at most %d reports of one event",
			       EVENT_REPORTS_MAX);
}
