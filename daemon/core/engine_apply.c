/* Applying a report: what stands, which events change, what that adds to and
 * takes from each rule. */

#include "core/engine_state.h"

#include <assert.h>
#include <string.h>

/* When a report says that it is, for a records clock. */
static int64_t
own_time(const struct report *report)
{
	return report->reported_at != TIME_UNSET ? report->reported_at
						 : report->occurred_at;
}

/* The engine's time at which an accepted report is applied. */
int64_t
engine_time_of(const struct engine *engine, const struct report *report)
{
	int64_t time = engine->configuration->clock == CLOCK_WALL
			       ? engine->step.time_ms
			       : own_time(report);

	time = later_of(engine->state->now, time);
	return time == TIME_UNSET ? 0 : time; /* nothing was dated yet */
}

/* What is not told counts as the next best; what lies ahead, as now. A
 * revision was received when the first one was. */
static void
entry_date(const struct engine *engine, const struct report *report,
	   const struct entry *earlier, struct entry *entry)
{
	int64_t now = engine->state->now;
	int64_t own = own_time(report);
	bool by_records = engine->configuration->clock == CLOCK_RECORDS;
	int64_t received = earlier ? earlier->received_at
			   : by_records && own != TIME_UNSET ? own
							     : now;
	int64_t reported = report->reported_at != TIME_UNSET
				   ? report->reported_at
				   : received;
	int64_t occurred = report->occurred_at != TIME_UNSET
				   ? report->occurred_at
				   : reported;

	entry->received_at = earlier_of(received, now);
	entry->reported_at = earlier_of(reported, now);
	entry->occurred_at = earlier_of(occurred, now);
	if (report->occurred_until != TIME_UNSET &&
	    report->occurred_until > occurred)
		entry->lasted_ms = report->occurred_until - occurred;
}

static name_number
name_number_of(struct engine *engine, const struct report *report,
	       enum name_field field)
{
	name_number number = engine->found.names[field];

	if (engine->found.known[field])
		return number;
	bool interned = dictionary_intern(&engine->state->dictionary,
					  engine_name(report, field), &number);
	assert(interned); /* judge has seen that it fits */
	(void)interned;
	return number;
}

static void
tally_fill(const struct engine *engine, const struct report *report,
	   struct tally *tally)
{
	tally->since_at = earlier_of(report->since_at, engine->state->now);
	tally->period_ms = report->period_ms;
	tally->told = report->told;
	for (int count = 0; count < TALLY_COUNTS; count++)
		tally->totals[count] = count_pack(&report->totals[count]);
}

static void
entry_fill(struct engine *engine, const struct report *report,
	   uint16_t agreement, const struct entry *earlier, struct entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->id_size = (uint8_t)strlen(report->id);
	memcpy(entry->id, report->id, entry->id_size);
	entry->content = report->content;
	entry->position = engine->step.position;
	entry->revision = report->revision;
	entry->agreement = agreement;
	entry->source = name_number_of(engine, report, NAME_SOURCE);
	entry->feed = name_number_of(engine, report, NAME_FEED);
	entry->told_party = name_number_of(engine, report, NAME_PARTY);
	entry->against = name_number_of(engine, report, NAME_AGAINST);
	entry->admin = name_number_of(engine, report, NAME_ADMIN);
	entry->country = name_number_of(engine, report, NAME_COUNTRY);
	entry->place = name_number_of(engine, report, NAME_PLACE);
	entry->type = (uint8_t)report->type;
	entry->kind = (uint8_t)report->kind;
	entry->target = (uint8_t)report->target;
	entry->told_assessment = (uint8_t)report->assessment;
	entry->told_attribution = (uint8_t)report->attribution;
	entry_date(engine, report, earlier, entry);
	if (report->type == REPORT_TALLY)
		tally_fill(engine, report, &entry->tally);
	/* A tally is of no event, and a finding that was withdrawn of none any
	 * more. */
	if (report->type == REPORT_INCIDENT ||
	    (report->type == REPORT_FINDING &&
	     report->assessment != ASSESSMENT_WITHDRAWN)) {
		entry->told_event =
			ledger_event_key(&engine->state->ledger, report->event);
		entry->denied = report->denies;
	}
	if (report->type != REPORT_INCIDENT)
		return;
	for (int kind = 0; kind < COUNT_KINDS; kind++)
		entry->counts[kind] = count_pack(&report->counts[kind]);
}

/* A report, as it stands before what it counts for changes. */
static void
affected_add(struct engine *engine, uint32_t number)
{
	struct affected *affected = &engine->affected[engine->affected_count];

	for (size_t i = 0; i < engine->affected_count; i++) {
		if (engine->affected[i].number == number)
			return;
	}
	assert(engine->affected_count < AFFECTED_MAX);
	engine->affected_count++;
	affected->number = number;
	affected->is_new = false;
	affected->earlier = *ledger_entry(&engine->state->ledger, number);
}

/* The reports that a finding is about as it stands. */
static void
affected_of(struct engine *engine, const struct entry *finding)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct references *references = &ledger->references;
	struct event_reports reports = {.count = 0};
	uint32_t next = finding->named;

	for (; next; next = references_at(references, next)->next) {
		uint32_t report = references_at(references, next)->to.report;
		if (report)
			affected_add(engine, report);
	}
	if (entry_is_of_event(finding) && event_key_is_set(finding->told_event))
		ledger_event(ledger, finding->agreement, finding->told_event,
			     &reports);
	for (size_t i = 0; i < reports.count; i++)
		affected_add(engine, ledger_number(ledger, reports.reports[i]));
}

static void
weigh_affected(struct engine *engine, uint16_t agreement)
{
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, agreement);
	struct ledger *ledger = &engine->state->ledger;

	for (size_t i = 0; i < engine->affected_count; i++) {
		uint32_t number = engine->affected[i].number;
		findings_weigh(ledger, &witnesses, number,
			       ledger_entry(ledger, number));
	}
}

void
engine_weigh(struct engine *engine)
{
	struct ledger *ledger = &engine->state->ledger;

	for (uint32_t number = 1; number <= ledger->used; number++) {
		struct entry *entry = ledger_entry(ledger, number);
		struct witnesses witnesses =
			rules_witnesses(engine->rules, entry->agreement);
		if (entry->type == REPORT_INCIDENT)
			findings_weigh(ledger, &witnesses, number, entry);
	}
}

/* A finding, and what the reports that it is or was about count for now. */
static void
finding_put(struct engine *engine, uint32_t number, struct entry *entry)
{
	const struct found *found = &engine->found;
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, entry->agreement);
	struct ledger *ledger = &engine->state->ledger;

	if (number)
		affected_of(engine, ledger_entry(ledger, number));
	/* Who may only deny keeps no place in an event, for now. */
	if (found->reports_count > 0 &&
	    !source_is_weighty(&witnesses, entry->source)) {
		entry->event = entry->told_event;
		entry->told_event = (struct event_key){{0}};
	}
	number = ledger_put(ledger, number, entry);
	if (entry->told_assessment != ASSESSMENT_WITHDRAWN) {
		for (size_t i = found->reports_count; i-- > 0;)
			ledger_name(ledger, number, &found->reports[i]);
	}
	affected_of(engine, ledger_entry(ledger, number));
	weigh_affected(engine, entry->agreement);
}

/* A report that no finding is, of that number or (0) a new one; its number. */
static uint32_t
report_put(struct engine *engine, uint32_t number, const struct entry *entry)
{
	struct ledger *ledger = &engine->state->ledger;

	if (number) {
		affected_add(engine, number);
		return ledger_put(ledger, number, entry);
	}
	number = engine->found.known[NAME_SOURCE]
			 ? ledger_add(ledger, engine->found.chain, entry)
			 : ledger_put(ledger, 0, entry);
	engine->affected[0].number = number;
	engine->affected[0].is_new = true;
	engine->affected_count = 1;
	return number;
}

/* An incident, and what it counts for with the findings that are about it. */
static void
incident_put(struct engine *engine, uint32_t standing,
	     const struct entry *entry)
{
	uint32_t number = report_put(engine, standing, entry);

	if (!standing)
		findings_meet(&engine->state->ledger,
			      &engine->state->dictionary, number);
	weigh_affected(engine, entry->agreement);
}

static bool
is_affected(const struct engine *engine, const struct entry *entry)
{
	for (size_t i = 0; i < engine->affected_count; i++) {
		if (ledger_entry(&engine->state->ledger,
				 engine->affected[i].number) == entry)
			return true;
	}
	return false;
}

static void
reports_add(struct event_reports *reports, const struct entry *entry)
{
	assert(reports->count < EVENT_REPORTS_MAX);
	reports->reports[reports->count++] = entry;
}

static bool
is_of(const struct entry *entry, struct event_key event)
{
	return event_key_equal(entry->event, event);
}

/* An event that has a name, as it was and as it is. */
static void
change_of_event(struct engine *engine, uint16_t agreement,
		struct event_key event)
{
	const struct ledger *ledger = &engine->state->ledger;
	struct change *change = &engine->changes[engine->changes_count++];

	ledger_event(ledger, agreement, event, &change->after);
	change->before.count = 0;
	change->before.id = event;
	for (size_t i = 0; i < change->after.count; i++) {
		if (!is_affected(engine, change->after.reports[i]))
			reports_add(&change->before, change->after.reports[i]);
	}
	for (size_t i = 0; i < engine->affected_count; i++) {
		const struct affected *affected = &engine->affected[i];
		if (!affected->is_new && is_of(&affected->earlier, event))
			reports_add(&change->before, &affected->earlier);
	}
}

/* What one report alone told, or tells, under no name. */
static void
change_of_report(struct engine *engine, const struct affected *affected)
{
	struct change *change = &engine->changes[engine->changes_count++];
	const struct entry *now =
		ledger_entry(&engine->state->ledger, affected->number);

	change->before.count = 0;
	change->after.count = 0;
	change->before.id = change->after.id =
		event_id(affected->number, (struct event_key){{0}});
	if (!affected->is_new && !event_key_is_set(affected->earlier.event))
		reports_add(&change->before, &affected->earlier);
	if (!event_key_is_set(now->event))
		reports_add(&change->after, now);
}

/* Whether one of the affected before this one was or is of the event. */
static bool
is_changed(const struct engine *engine, size_t count, struct event_key event)
{
	for (size_t i = 0; i < count; i++) {
		const struct affected *affected = &engine->affected[i];
		if ((!affected->is_new && is_of(&affected->earlier, event)) ||
		    is_of(ledger_entry(&engine->state->ledger,
				       affected->number),
			  event))
			return true;
	}
	return false;
}

/* Fills engine->changes: each event that an affected report told, and then, if
 * it is another, the one that it tells. */
static void
changes_find(struct engine *engine, uint16_t agreement)
{
	engine->changes_count = 0;
	for (size_t i = 0; i < engine->affected_count; i++) {
		const struct affected *affected = &engine->affected[i];
		const struct event_key was = affected->earlier.event;
		const struct event_key is =
			ledger_entry(&engine->state->ledger, affected->number)
				->event;
		bool moved = affected->is_new || !event_key_equal(was, is);
		if (!affected->is_new && !event_key_is_set(was))
			change_of_report(engine, affected);
		else if (!affected->is_new && !is_changed(engine, i, was))
			change_of_event(engine, agreement, was);
		if (moved && !event_key_is_set(is))
			change_of_report(engine, affected);
		else if (moved && !is_changed(engine, i, is))
			change_of_event(engine, agreement, is);
	}
}

/* What is told together, or nothing. */
static void
event_tell(const struct event_reports *reports,
	   const struct witnesses *witnesses, struct event *ret_event)
{
	if (!event_merge(reports, witnesses, ret_event))
		ret_event->leader = NULL;
}

static void
changes_meet(struct engine *engine, uint16_t agreement)
{
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, agreement);
	struct rules *rules = engine->rules;

	for (size_t i = 0; i < engine->changes_count; i++) {
		struct change *change = &engine->changes[i];
		event_tell(&change->before, &witnesses, &change->was);
		event_tell(&change->after, &witnesses, &change->is);
		if (change->was.leader)
			rules_meet_event(rules, &change->before, &change->was);
		if (change->is.leader)
			rules_meet_event(rules, &change->after, &change->is);
	}
}

/* A tally is a change of its own. */
static void
tallies_meet(struct engine *engine)
{
	for (size_t i = 0; i < engine->changes_count; i++) {
		const struct change *change = &engine->changes[i];
		if (change->before.count)
			rules_meet_tally(engine->rules,
					 change->before.reports[0]);
		if (change->after.count)
			rules_meet_tally(engine->rules,
					 change->after.reports[0]);
	}
}

void
engine_apply(struct engine *engine)
{
	const struct report *report = &engine->step.reports[engine->report];
	struct receipt *receipt = &engine->step.receipts[engine->report];
	struct entry *entry = &engine->heard;
	uint16_t agreement = engine->found.agreement;
	uint32_t number = engine->found.standing;

	entry_fill(engine, report, agreement,
		   number ? ledger_entry(&engine->state->ledger, number) : NULL,
		   entry);
	engine->affected_count = 0;
	switch (report->type) {
	case REPORT_INCIDENT:
		incident_put(engine, number, entry);
		break;
	case REPORT_TALLY:
		report_put(engine, number, entry);
		break;
	case REPORT_FINDING:
		finding_put(engine, number, entry);
		break;
	}
	changes_find(engine, agreement);
	if (report->type == REPORT_TALLY)
		tallies_meet(engine);
	else
		changes_meet(engine, agreement);
	rules_meet_report(engine->rules, entry);
	receipt->position = engine->step.position;
}

uint32_t
engine_group(struct engine *engine, uint32_t rule, uint16_t agreement,
	     const struct group_key *key)
{
	const struct window_shape *shape =
		rules_window(engine->rules, rule, agreement);
	struct groups *groups = &engine->state->groups;
	uint32_t used = groups->used;

	/* Room may come back when an event's episode ends, but what is in
	 * `_other` already would not be in a group that is made then. */
	if (engine_counts(engine, rule)->ungrouped > 0)
		return groups_find(groups, rule, agreement, key);
	uint32_t group = groups_take(groups, rule, agreement, key, shape,
				     engine_index(engine, shape));

	engine_counts(engine, rule)->groups += groups->used - used;
	if (groups->used > used)
		engine_names_begin(engine, groups_at(groups, group));
	return group;
}

typedef void (*sums_change)(struct sums *sums, const struct sums *by);

static void
witness_change(const struct rule *rule, const struct window_shape *shape,
	       struct episode *episode, const struct contribution *by,
	       sums_change change)
{
	if (!window_covers(shape, &episode->witness, by->index))
		return;
	/* A name more takes nothing away: what is upheld stays so. */
	if (rule_is_distinct(rule) && change == sums_add)
		return;
	if (rule->kind == RULE_SPIKE || rule_is_distinct(rule)) {
		episode->witness_changed = true;
		return;
	}
	change(&episode->witness.sums, &by->sums);
	window_take_sums(&episode->witness);
}

/* The group's episodes hold what their witness is worth now. */
static void
episodes_change(struct engine *engine, const struct group *group,
		const struct contribution *by, sums_change change)
{
	struct episodes *episodes = &engine->state->episodes;
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	uint32_t number = group->newest_ended;

	if (group->open)
		witness_change(rule, shape, episodes_at(episodes, group->open),
			       by, change);
	while (number) {
		struct episode *episode = episodes_at(episodes, number);
		if (episode->last_end < by->index)
			break; /* it and all older ones ended before */
		witness_change(rule, shape, episode, by, change);
		number = episode->older;
	}
}

void
engine_touch(struct engine *engine, uint32_t group, int64_t index)
{
	for (size_t i = 0; i < engine->touched_count; i++) {
		struct touched *touched = &engine->touched[i];
		if (touched->group == group) {
			touched->index = earlier_of(touched->index, index);
			return;
		}
	}
	engine->touched[engine->touched_count++] =
		(struct touched){.group = group, .index = index};
}

static void
contribution_remove(struct engine *engine, uint32_t rule, uint16_t agreement,
		    const struct contribution *contribution)
{
	struct groups *groups = &engine->state->groups;
	uint32_t number =
		groups_find(groups, rule, agreement, &contribution->group);

	if (!number) {
		engine_counts(engine, rule)->ungrouped--;
		return;
	}
	struct group *group = groups_at(groups, number);
	engine_advance(engine, group);
	engine_names_change(engine, group, contribution, false);
	ring_subtract(&group->ring, &groups->buckets, contribution->index,
		      &contribution->sums);
	episodes_change(engine, group, contribution, sums_subtract);
	engine_touch(engine, number, contribution->index);
}

void
engine_contribute(struct engine *engine, uint32_t rule, uint16_t agreement,
		  const struct contribution *contribution)
{
	struct groups *groups = &engine->state->groups;
	struct rule_counts *counts = engine_counts(engine, rule);
	const struct window_shape *shape =
		rules_window(engine->rules, rule, agreement);
	int64_t now = engine_index(engine, shape);
	uint32_t number =
		engine_group(engine, rule, agreement, &contribution->group);

	counts->too_late +=
		contribution->index <= now - window_ring_size(shape);
	if (!number) {
		counts->ungrouped++;
		return;
	}
	struct group *group = groups_at(groups, number);
	engine_advance(engine, group);
	engine_names_change(engine, group, contribution, true);
	ring_add(&group->ring, &groups->buckets, contribution->index,
		 &contribution->sums);
	episodes_change(engine, group, contribution, sums_add);
	engine_touch(engine, number, contribution->index);
}

/* Two groups at a time are touched in the order of their labels. */
static void
touched_sort(struct engine *engine)
{
	for (size_t i = 1; i < engine->touched_count; i++) {
		struct touched moving = engine->touched[i];
		size_t j = i;
		while (j > 0 &&
		       groups_compare_labels(&engine->state->groups,
					     engine->rules, moving.group,
					     engine->touched[j - 1].group) <
			       0) {
			engine->touched[j] = engine->touched[j - 1];
			j--;
		}
		engine->touched[j] = moving;
	}
}

static void
event_change(struct engine *engine, uint32_t rule, uint16_t agreement,
	     const struct contribution *before,
	     const struct contribution *after)
{
	const struct sums nothing = {.events = 0};
	bool stays = before->present && after->present &&
		     memcmp(&before->group, &after->group,
			    sizeof(before->group)) == 0;
	uint32_t group;

	if (before->present && !stays) {
		group = engine_event_change(engine, rule, agreement,
					    &before->group, before->index,
					    &nothing);
		if (group)
			engine_touch(engine, group, before->index);
	}
	if (after->present) {
		group = engine_event_change(engine, rule, agreement,
					    &after->group, after->index,
					    &after->sums);
		if (group)
			engine_touch(engine, group, after->index);
	}
}

/* What the report changes in what has happened, as the rule counts it. */
static void
changes_apply(struct engine *engine, uint32_t rule)
{
	struct rule_counts *counts = engine_counts(engine, rule);
	const uint64_t too_late = counts->too_late;
	const uint16_t agreement = engine->found.agreement;

	for (size_t i = 0; i < engine->changes_count; i++) {
		const struct change *change = &engine->changes[i];
		struct contribution before, after;
		rules_contribution_of(engine->rules, rule, agreement,
				      &change->before, &change->was, &before);
		rules_contribution_of(engine->rules, rule, agreement,
				      &change->after, &change->is, &after);
		if (contribution_equal(&before, &after))
			continue;
		if (rule_is_of_events(engine_rule(engine, rule))) {
			event_change(engine, rule, agreement, &before, &after);
			continue;
		}
		if (before.present)
			contribution_remove(engine, rule, agreement, &before);
		if (after.present)
			engine_contribute(engine, rule, agreement, &after);
	}
	/* A finding may be of old reports: it comes not too late itself. */
	if (engine->step.reports[engine->report].type == REPORT_FINDING)
		counts->too_late = too_late;
}

void
engine_apply_rule(struct engine *engine, uint32_t rule)
{
	engine->touched_count = 0;
	engine->touched_next = 0;
	switch (engine_rule(engine, rule)->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		changes_apply(engine, rule);
		break;
	case RULE_TALLY:
		engine_tally_apply(engine, rule);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_apply(engine, rule);
		break;
	case RULE_ABSENCE:
		engine_absence_hear(engine, rule);
		break;
	case RULE_FEED_GAP:
		engine_feed_hear(engine, rule);
		break;
	case RULE_DEADLINE:
	case RULE_KINDS:
		break;
	}
	touched_sort(engine);
}
