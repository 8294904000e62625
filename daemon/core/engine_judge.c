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

static bool
name_find(const struct dictionary *dictionary, const struct report *report,
	  enum name_field field, struct found *found)
{
	found->names[field] = 0; /* of one that is not known */
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
		bool known = found->known[field] ||
			     name_find(dictionary, report,
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

/* What stands of a report, whose source may have become known since it was
 * sought. */
static void
standing_find(const struct state *state, const struct report *report,
	      const struct sought *sought, struct found *found)
{
	const struct ledger *ledger = &state->ledger;

	found->standing = 0;
	found->chain = sought->chain;
	if (!sought->known[NAME_SOURCE]) {
		if (!name_find(&state->dictionary, report, NAME_SOURCE, found))
			return;
		found->chain =
			ledger_chain(ledger, report->type, found->agreement,
				     found->names[NAME_SOURCE], report->id,
				     strlen(report->id));
	}
	found->standing = ledger_find_in(ledger, found->chain, report->type,
					 found->agreement,
					 found->names[NAME_SOURCE], report->id);
}

uint32_t
engine_report_find(const struct state *state, uint16_t agreement,
		   const char *name)
{
	const char *slash = strchr(name, '/');
	uint32_t report = 0;

	for (; slash && !report; slash = strchr(slash + 1, '/')) {
		char source[TEXT_SIZE];
		name_number number;
		size_t size = (size_t)(slash - name);
		if (size == 0 || size >= TEXT_SIZE)
			continue;
		memcpy(source, name, size);
		source[size] = '\0';
		if (strlen(slash + 1) < TEXT_SIZE &&
		    dictionary_find(&state->dictionary, source, &number))
			report = ledger_find(&state->ledger, REPORT_INCIDENT,
					     agreement, number, slash + 1);
	}
	return report;
}

/* What a finding names, each once. */
static void
referents_find(const struct state *state, const struct report *report,
	       struct found *found)
{
	const char *name = report->reports;

	found->reports_count = 0;
	for (size_t i = 0; i < report->reports_count; i++) {
		struct referent to = {
			.key = ledger_reference_key(&state->ledger, name),
			.report = engine_report_find(state, found->agreement,
						     name),
		};
		bool known = false;
		for (size_t j = 0; j < found->reports_count && !known; j++)
			known = reference_key_equal(found->reports[j].key,
						    to.key);
		if (!known)
			found->reports[found->reports_count++] = to;
		name += strlen(name) + 1;
	}
}

/* Whether the event that a report tells has room for it. */
static bool
event_takes_report(const struct ledger *ledger, const struct report *report,
		   const struct found *found)
{
	struct event_key event = ledger_event_key(ledger, report->event);
	struct referent itself = {.report = found->standing};

	if (!event_key_is_set(event))
		return true;
	if (ledger->references.count > 0)
		itself.key = findings_key(ledger, report->source, report->id,
					  strlen(report->id));
	return ledger_event_takes(ledger, found->agreement, event,
				  found->standing, &itself, 1);
}

/* Whether the event of a finding has room for the reports that it names. */
static bool
event_takes_named(const struct ledger *ledger, const struct report *report,
		  const struct found *found)
{
	struct event_key event = ledger_event_key(ledger, report->event);
	struct referent put[FINDING_REPORTS_MAX];
	size_t count = 0;

	if (!event_key_is_set(event))
		return true;
	for (size_t i = 0; i < found->reports_count; i++) {
		const struct referent *to = &found->reports[i];
		const struct entry *entry = ledger_entry(ledger, to->report);
		if (!to->report || !event_key_equal(entry->told_event, event))
			put[count++] = *to;
	}
	return ledger_event_takes(ledger, found->agreement, event,
				  found->standing, put, count);
}

/* Whether all that a finding speaks of may have one more. */
static bool
findings_fit(const struct ledger *ledger, const struct witnesses *witnesses,
	     const struct report *report, const struct found *found)
{
	struct event_key event = ledger_event_key(ledger, report->event);
	name_number source = found->names[NAME_SOURCE];

	for (size_t i = 0; i < found->reports_count; i++) {
		if (!findings_fit_report(ledger, witnesses, found->agreement,
					 source, found->reports[i].key,
					 found->standing))
			return false;
	}
	return found->reports_count > 0 || !event_key_is_set(event) ||
	       findings_fit_event(ledger, witnesses, found->agreement, source,
				  event, found->standing);
}

/* Whether there is room for what a finding names, once what its earlier
 * revision named is let go. */
static bool
references_fit(const struct ledger *ledger, const struct found *found)
{
	const struct references *references = &ledger->references;
	uint64_t count = references->count + found->reports_count;
	uint32_t next = found->standing
				? ledger_entry(ledger, found->standing)->named
				: 0;

	for (; next; next = references_at(references, next)->next)
		count--;
	return count <= references->limit;
}

static void
judge_finding(const struct engine *engine, const struct report *report,
	      const struct found *found, struct receipt *receipt)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, found->agreement);
	name_number source = found->names[NAME_SOURCE];

	if (!findings_heard(&witnesses, source, report->attribution,
			    report->denies))
		receipt_reject(receipt, REASON_NO_STANDING, "source",
			       "one that `sources` gives at_most above "
			       "\"alleged\" and that is no party, or a denial");
	else if (!references_fit(ledger, found))
		receipt_reject(receipt, REASON_LEDGER_FULL, "reports",
			       "findings that name at most limits.reports = %u",
			       engine->limits->reports);
	else if (!findings_fit(ledger, &witnesses, report, found))
		receipt_reject(receipt, REASON_EVENT_FULL, "reports",
			       "at most %d findings of one report or event",
			       FINDINGS_MAX);
	else if (source_is_weighty(&witnesses, source) &&
		 !event_takes_named(ledger, report, found))
		receipt_reject(receipt, REASON_EVENT_FULL, "event",
			       "at most %d reports of one event",
			       EVENT_REPORTS_MAX);
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
engine_seek(const struct engine *engine, const struct report *report,
	    struct recent_names *recent, struct sought *sought)
{
	const struct state *state = engine->state;

	*sought = (struct sought){.has_agreement = false};
	if (!engine_takes(engine, report) ||
	    !rules_agreement(engine->rules, report->agreement,
			     &sought->agreement))
		return;
	sought->has_agreement = true;
	for (int field = 0; field < NAME_FIELDS; field++)
		sought->known[field] = dictionary_find_recent(
			&state->dictionary, recent,
			engine_name(report, (enum name_field)field),
			&sought->names[field]);
	if (!sought->known[NAME_SOURCE])
		return;
	sought->chain =
		ledger_chain(&state->ledger, report->type, sought->agreement,
			     sought->names[NAME_SOURCE], report->id,
			     strlen(report->id));
	ledger_expect(&state->ledger, sought->chain);
}

void
engine_look(const struct engine *engine, const struct report *report,
	    const struct sought *sought, struct receipt *receipt,
	    struct found *found)
{
	const struct state *state = engine->state;

	assert(engine_takes(engine, report));
	*receipt = (struct receipt){.verdict = VERDICT_ACCEPTED};
	if (!sought->has_agreement) {
		receipt_reject(receipt, REASON_UNKNOWN_AGREEMENT, "agreement",
			       "one that is configured");
		return;
	}
	uint16_t agreement = sought->agreement;
	found->agreement = agreement;
	memcpy(found->known, sought->known, sizeof(found->known));
	memcpy(found->names, sought->names, sizeof(found->names));
	bool party = rules_knows_party(engine->rules, agreement, report->party);
	if (!party ||
	    !rules_knows_party(engine->rules, agreement, report->against)) {
		receipt_reject(receipt, REASON_UNKNOWN_PARTY,
			       party ? "against" : "party",
			       "one of the parties to %s", report->agreement);
		return;
	}
	standing_find(state, report, sought, found);
	if (found->standing)
		judge_identity(ledger_entry(&state->ledger, found->standing),
			       report, receipt);
	if (receipt->verdict != VERDICT_ACCEPTED)
		return;
	found->reports_count = 0;
	if (report->type == REPORT_FINDING)
		referents_find(state, report, found);
	if (!names_fit(&state->dictionary, report, found))
		receipt_reject(receipt, REASON_NAMES_FULL, "",
			       "no name beyond limits.names = %u",
			       engine->limits->names);
	else if (!found->standing && state->ledger.used >= state->ledger.limit)
		receipt_reject(receipt, REASON_LEDGER_FULL, "",
			       "no report beyond limits.reports = %u",
			       engine->limits->reports);
	else if (report->type == REPORT_INCIDENT &&
		 !event_takes_report(&state->ledger, report, found))
		receipt_reject(receipt, REASON_EVENT_FULL, "event",
			       "at most %d reports of one event",
			       EVENT_REPORTS_MAX);
	else if (report->type == REPORT_FINDING &&
		 report->assessment != ASSESSMENT_WITHDRAWN)
		judge_finding(engine, report, found, receipt);
}

void
engine_judge(const struct engine *engine, const struct report *report,
	     struct receipt *receipt)
{
	struct recent_names recent = {.numbers = {0}};
	struct sought sought;
	struct found found;

	engine_seek(engine, report, &recent, &sought);
	engine_look(engine, report, &sought, receipt, &found);
}
