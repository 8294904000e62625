/* What each report does in a group's sums, or why it does nothing. */

#include "core/engine_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
engine_name_report(const struct engine *engine, const struct entry *entry,
		   char ret_name[static REPORT_NAME_SIZE])
{
	snprintf(ret_name, REPORT_NAME_SIZE, "%s/%.*s@%u",
		 dictionary_name(&engine->state->dictionary, entry->source),
		 entry->id_size, entry->id, entry->revision);
}

/* A group whose reports are looked through. */
struct inquiry {
	const struct engine *engine;
	const struct group *group;
	const struct window *window;
	struct witnesses witnesses;
	struct explanation *explanation;
	size_t counted;
	size_t uncounted;
};

static bool
is_of_group(const struct inquiry *inquiry, const struct group_key *key)
{
	return memcmp(key, &inquiry->group->key, sizeof(*key)) == 0;
}

/* A withdrawal need not say what it takes back. */
static bool
is_bare(const struct entry *entry)
{
	return entry->assessment == ASSESSMENT_WITHDRAWN &&
	       entry->kind == KIND_UNSPECIFIED && !entry->told_party;
}

/* What takes no part is of the group in which it would count if it did. */
static bool
would_be_of_group(const struct inquiry *inquiry, uint32_t number)
{
	const struct rules *rules = inquiry->engine->rules;
	const struct group *group = inquiry->group;
	const struct entry *entry =
		ledger_entry(&inquiry->engine->state->ledger, number);
	const struct count one = {.low = 1, .best = 1, .high = 1};
	struct entry supposed = *entry;
	struct event_reports alone = {.reports = {&supposed}, .count = 1};
	struct group_key key;

	supposed.assessment = ASSESSMENT_ALLEGED;
	for (int kind = 0; kind < COUNT_KINDS; kind++)
		supposed.counts[kind] = count_pack(&one);
	alone.id = event_id(number, entry->event);
	if (is_bare(entry) && !event_key_is_set(group->key.event))
		return rules_hears(rules, group->rule, &supposed);
	return rules_uncounted(rules, group->rule, group->agreement, &alone,
			       &key) != UNCOUNTED_UNASKED &&
	       is_of_group(inquiry, &key);
}

static enum explained_part
part_of_nothing(const struct entry *entry)
{
	if (entry->assessment == ASSESSMENT_WITHDRAWN)
		return PART_WITHDRAWN;
	if (entry->assessment == ASSESSMENT_UNSUBSTANTIATED)
		return PART_UNSUBSTANTIATED;
	return PART_NIL;
}

/* Of an event that adds nothing. */
static enum explained_part
part_of_uncounted(const struct inquiry *inquiry,
		  const struct event_reports *reports)
{
	const struct group *group = inquiry->group;
	struct group_key key;
	enum uncounted uncounted =
		rules_uncounted(inquiry->engine->rules, group->rule,
				group->agreement, reports, &key);

	if (uncounted != UNCOUNTED_UNASKED && !is_of_group(inquiry, &key))
		return PART_UNKNOWN;
	switch (uncounted) {
	case UNCOUNTED_UNASKED:
		break;
	case UNCOUNTED_DISPUTED:
		return PART_DISPUTED;
	case UNCOUNTED_UNCERTAIN:
		return PART_UNSURE;
	case UNCOUNTED_EMPTY:
		return PART_EMPTY;
	case UNCOUNTED_EARLIER:
		return PART_BEFORE_EFFECT;
	}
	return PART_UNKNOWN;
}

/* PART_UNKNOWN: the report is none of the group's. */
static enum explained_part
part_of(const struct inquiry *inquiry, uint32_t number,
	const struct event_reports *reports, struct contribution *ret_adds)
{
	const struct rules *rules = inquiry->engine->rules;
	const struct group *group = inquiry->group;
	const struct entry *entry =
		ledger_entry(&inquiry->engine->state->ledger, number);

	if (!entry_takes_part(entry))
		return would_be_of_group(inquiry, number)
			       ? part_of_nothing(entry)
			       : PART_UNKNOWN;
	if (!rules_hears(rules, group->rule, entry))
		return PART_UNKNOWN;
	rules_contribution(rules, group->rule, group->agreement, reports,
			   ret_adds);
	if (!ret_adds->present)
		return part_of_uncounted(inquiry, reports);
	if (!is_of_group(inquiry, &ret_adds->group))
		return PART_UNKNOWN;
	if (rule_is_of_events(engine_rule(inquiry->engine, group->rule)) ||
	    engine_is_in_sums(inquiry->engine, group, inquiry->window,
			      ret_adds->index))
		return PART_TELLS; /* or it leads */
	return ret_adds->index > inquiry->window->end ? PART_AFTER
						      : PART_BEFORE;
}

/* What the source says, which a tally also counts for. */
static void
told_fill(const struct engine *engine, const struct entry *entry,
	  struct explained_report *report)
{
	const struct dictionary *dictionary = &engine->state->dictionary;
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, entry->agreement);
	const char *source = dictionary_name(dictionary, entry->source);
	const char *party = dictionary_name(dictionary, entry->told_party);

	memset(report, 0, sizeof(*report));
	engine_name_report(engine, entry, report->report);
	strcpy(report->source, source);
	strcpy(report->origin,
	       dictionary_name(dictionary,
			       witnesses.standing[entry->source].origin));
	report->partial = source_is_partial(&witnesses, entry->source);
	report->told_assessment = report->assessment =
		(enum assessment)entry->told_assessment;
	report->told_attribution = report->attribution =
		(enum attribution)entry->told_attribution;
	strcpy(report->told_party, party);
	strcpy(report->party, party);
}

/* What it counts for, and by whose finding. */
static void
words_fill(const struct inquiry *inquiry, uint32_t number,
	   struct explained_report *report)
{
	const struct engine *engine = inquiry->engine;
	const struct ledger *ledger = &engine->state->ledger;
	const struct entry *entry = ledger_entry(ledger, number);
	struct last_words words =
		findings_last_words(ledger, &inquiry->witnesses, number);

	report->assessment = (enum assessment)entry->assessment;
	report->attribution = (enum attribution)entry->attribution;
	strcpy(report->party,
	       dictionary_name(&engine->state->dictionary, entry->party));
	report->denied = entry->denied;
	if (words.assessment)
		engine_name_report(engine, words.assessment,
				   report->assessment_by);
	if (words.attribution)
		engine_name_report(engine, words.attribution,
				   report->attribution_by);
	if (words.party)
		engine_name_report(engine, words.party, report->party_by);
}

static void
report_fill(const struct inquiry *inquiry, uint32_t number,
	    enum explained_part part, const struct event *event,
	    const struct contribution *adds, struct explained_report *report)
{
	const struct engine *engine = inquiry->engine;
	const struct rule *rule = engine_rule(engine, inquiry->group->rule);
	const struct entry *entry =
		ledger_entry(&engine->state->ledger, number);

	told_fill(engine, entry, report);
	words_fill(inquiry, number, report);
	report->part = part;
	report->at = entry_at(entry, rule->time);
	if (!event->leader)
		return;
	engine_name_report(engine, event->leader, report->leader);
	report->origins = event->sources;
	report->disputed = event->disputed;
	if (part == PART_LEADS)
		memcpy(report->adds, adds->sums.by_basis, sizeof(report->adds));
}

static bool
is_counted(enum explained_part part)
{
	return part == PART_LEADS || part == PART_TELLS;
}

static uint32_t
heard_of(const struct inquiry *inquiry, const struct event_reports *reports)
{
	uint32_t count = 0;

	for (size_t i = 0; i < reports->count; i++)
		count += rules_hears(inquiry->engine->rules,
				     inquiry->group->rule, reports->reports[i]);
	return count;
}

/* The next older report. */
static void
look(struct inquiry *inquiry, uint32_t number)
{
	const struct engine *engine = inquiry->engine;
	const struct ledger *ledger = &engine->state->ledger;
	const struct group *group = inquiry->group;
	struct explanation *explanation = inquiry->explanation;
	const struct entry *entry = ledger_entry(ledger, number);
	struct event_reports reports;
	struct event event;
	struct contribution adds;

	if (entry->type != REPORT_INCIDENT)
		return;
	ledger_event_of(ledger, number, &reports);
	enum explained_part part = part_of(inquiry, number, &reports, &adds);
	if (part == PART_UNKNOWN ||
	    (is_counted(part) ? inquiry->counted == EXPLAINED_COUNTED_MAX
			      : inquiry->uncounted == EXPLAINED_UNCOUNTED_MAX))
		return;
	if (is_counted(part))
		inquiry->counted++;
	else
		inquiry->uncounted++;
	if (!rules_event(engine->rules, group->rule, group->agreement, &reports,
			 &event))
		event.leader = NULL;
	if (part == PART_TELLS && event.leader == entry)
		part = PART_LEADS;
	struct explained_report *report =
		&explanation->reports[explanation->reports_count++];
	report_fill(inquiry, number, part, &event, &adds, report);
	report->told_by = heard_of(inquiry, &reports);
}

static bool
is_full(const struct inquiry *inquiry)
{
	return inquiry->counted == EXPLAINED_COUNTED_MAX &&
	       inquiry->uncounted == EXPLAINED_UNCOUNTED_MAX;
}

static int
newest_first(const void *left, const void *right)
{
	const struct entry *one = *(const struct entry *const *)left;
	const struct entry *other = *(const struct entry *const *)right;

	return one->serial < other->serial ? 1 : -1;
}

static void
look_through_event(struct inquiry *inquiry)
{
	const struct ledger *ledger = &inquiry->engine->state->ledger;
	const struct group *group = inquiry->group;
	struct event_reports reports;

	ledger_event_by_id(ledger, group->agreement, group->key.event,
			   &reports);
	qsort(reports.reports, reports.count, sizeof(reports.reports[0]),
	      newest_first);
	for (size_t i = 0; i < reports.count; i++)
		look(inquiry, ledger_number(ledger, reports.reports[i]));
}

void
engine_explain_reports(const struct engine *engine, const struct group *group,
		       const struct window *window,
		       struct explanation *explanation)
{
	const struct ledger *ledger = &engine->state->ledger;
	struct inquiry inquiry = {
		.engine = engine,
		.group = group,
		.window = window,
		.witnesses = rules_witnesses(engine->rules, group->agreement),
		.explanation = explanation,
	};
	uint32_t number = ledger_newest(ledger, group->agreement);

	if (rule_is_of_events(engine_rule(engine, group->rule))) {
		look_through_event(&inquiry);
		return;
	}
	while (number && !is_full(&inquiry)) {
		look(&inquiry, number);
		number = ledger_entry(ledger, number)->older;
	}
}

void
engine_explain_totals(const struct engine *engine, const struct group *group,
		      struct explanation *explanation)
{
	const struct ledger *ledger = &engine->state->ledger;
	struct inquiry inquiry = {.engine = engine, .group = group};
	uint32_t number = ledger_newest_tally(ledger, group->agreement);

	for (; number && explanation->reports_count < EXPLAINED_COUNTED_MAX;
	     number = ledger_entry(ledger, number)->older) {
		const struct entry *entry = ledger_entry(ledger, number);
		struct explained_report *report =
			&explanation->reports[explanation->reports_count];
		struct group_key key;
		struct total total;
		if (!rules_total(engine->rules, group->rule, entry, &key,
				 &total) ||
		    !is_of_group(&inquiry, &key))
			continue;
		told_fill(engine, entry, report);
		report->part = PART_TOTAL;
		report->at = entry->occurred_at;
		report->adds[BASIS_REPORTED] = total.best;
		report->adds[BASIS_UPPER] = total.high;
		explanation->reports_count++;
	}
}
