/* What is said of a turn in an episode's life, and what is held back. */

#include "core/engine_state.h"

#include <string.h>

void
engine_number(struct engine *engine, struct alert *alert)
{
	alert->seq = ++engine->state->seq;
}

void
engine_alert(const struct engine *engine, struct alert *alert)
{
	memset(alert, 0, sizeof(*alert));
	alert->sent_at = engine->state->now;
	alert->status =
		engine->part == ENGINE_REAL ? STATUS_ACTUAL : STATUS_EXERCISE;
	alert->acknowledged_at = TIME_UNSET;
	alert->headline = alert->instruction = alert->web = "";
	alert->measure = "";
}

size_t
engine_labels(const struct engine *engine, const struct group *group,
	      struct label ret_labels[static GROUP_BY_MAX])
{
	const struct rule *rule = engine_rule(engine, group->rule);

	for (size_t i = 0; i < rule->group_by_count; i++) {
		struct label *label = &ret_labels[i];
		label->name = field_name(rule->group_by[i]);
		strcpy(label->value,
		       rules_label(engine->rules, rule->group_by[i],
				   group->key.values[i]));
	}
	return rule->group_by_count;
}

static int64_t
onset_of(const struct engine *engine, const struct group *group,
	 const struct window *window)
{
	const struct window_shape *shape = engine_shape(engine, group);

	if (shape->resolution_ms == 0)
		return engine->configuration->agreements[group->agreement]
			.effective_at;
	return window_start(shape, window->onset);
}

/* What the sum of a tally is. */
static enum figure_kind
figure_of_tally(const struct rule *rule)
{
	bool latest = rule->window_kind == WINDOW_LATEST;

	if (measure_is_in_period(rule->measure))
		return latest ? FIGURE_PERIOD : FIGURE_PERIODS;
	return latest ? FIGURE_TOTAL : FIGURE_MORE;
}

/* What is told of the rule's kind. */
static void
tell_about(const struct engine *engine, const struct group *group,
	   const struct window *window, struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);

	alert->met_at = TIME_UNSET;
	switch (rule->kind) {
	case RULE_SPIKE:
		strcpy(alert->statistic, spike_method_name(rule->spike.method));
		alert->measure = measure_name(rule->measure);
		break;
	case RULE_THRESHOLD:
		alert->measure = measure_name(rule->measure);
		break;
	case RULE_TALLY:
		alert->measure = measure_name(rule->measure);
		alert->figure = figure_of_tally(rule);
		break;
	case RULE_DISCREPANCY:
		alert->measure = measure_name(rule->measure);
		alert->figure = FIGURE_GAP;
		strcpy(alert->statistic, "gap");
		engine_discrepancy_compare(engine, group, window, alert);
		break;
	case RULE_ABSENCE:
		alert->about = ABOUT_SILENCE;
		alert->measure = "silent_seconds";
		break;
	case RULE_DEADLINE:
		alert->about = ABOUT_DEADLINE;
		alert->measure = "overdue_seconds";
		engine_deadline_tell(engine, group, alert);
		break;
	case RULE_FEED_GAP:
		alert->about = ABOUT_FEED;
		alert->measure = "missing_reports";
		break;
	case RULE_KINDS:
		break;
	}
}

/* What was told last of an episode that ended may be its end, when little was
 * left; of a single event it always is what is corrected now. The sum of a
 * spike's bucket is not what its levels are about, nor is a gap. */
static uint64_t
told_before(const struct episode *episode, const struct rule *rule)
{
	if (rule->kind == RULE_SPIKE || rule->kind == RULE_DISCREPANCY)
		return 0;
	return episode->state == EPISODE_OPEN || rule_is_of_events(rule)
		       ? episode->told
		       : 0;
}

/* It is the report being applied that brought the correction about. */
static void
correction_tell(const struct engine *engine, uint64_t before,
		struct alert *alert)
{
	const struct report *report = &engine->step.reports[engine->report];
	struct correction *correction = &alert->correction;

	strcpy(correction->report.source, report->source);
	strcpy(correction->report.id, report->id);
	correction->report.revision = report->revision;
	correction->assessment = report->assessment;
	correction->revises = engine->found.standing != 0;
	correction->before = before;
}

void
engine_compose(const struct engine *engine, const struct group *group,
	       const struct episode *episode, enum turn turn,
	       const struct window *window, struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct agreement *agreement =
		&engine->configuration->agreements[group->agreement];

	engine_alert(engine, alert);
	alert->episode_seq = episode->first_seq;
	alert->references_seq = episode->last_seq;
	alert->began_at = episode->began_at;
	strcpy(alert->rule, rule->name);
	strcpy(alert->agreement, agreement->id);
	alert->zone_ms = agreement->zone_ms;
	alert->labels_count = engine_labels(engine, group, alert->labels);
	tell_about(engine, group, window, alert);
	alert->basis = rule->basis;
	alert->sums = window->sums;
	alert->value = rule_value(rule, window);
	alert->window_ms = rule->window_ms;
	alert->one_event = rule_is_of_events(rule);
	alert->onset_at = window->empty ? episode->onset_at
					: onset_of(engine, group, window);
	alert->headline = rule->headline;
	alert->instruction = rule->instruction;
	alert->web = rule->web;
	alert->acknowledged_at = episode->acknowledged_at;
	strcpy(alert->acknowledged_by,
	       dictionary_name(&engine->state->dictionary,
			       episode->acknowledged_by));
	episode_tell(episode, rule, turn, alert);
	/* Readers have a first message of each episode, whatever its cause. */
	if (!episode->first_seq)
		alert->msg_type = MSG_TYPE_ALERT;
}

/* The first message of an open episode gives it its place among all others. */
static void
first_send(struct engine *engine, struct group *group, uint64_t seq)
{
	struct episodes *episodes = &engine->state->episodes;
	struct episode *episode = episodes_at(episodes, group->open);

	episode->first_seq = seq;
	episode->began_at = engine->state->now;
	group->first_seq = seq;
	episodes_first_sent(episodes, group->open);
	if (rule_is_of_events(engine_rule(engine, group->rule)))
		engine_event_unmark(engine, group);
}

/* What ends before anything of it was sent is never told; nor is, for now, what
 * a silence holds. */
static bool
is_withheld(const struct engine *engine, const struct episode *episode,
	    enum turn turn, const struct alert *alert)
{
	return episode_may_withhold(episode, turn) &&
	       (alert->state != ALERT_FIRING ||
		silences_holding(&engine->state->silences, alert));
}

void
engine_message(struct engine *engine, struct group *group,
	       struct episode *episode, enum turn turn,
	       const struct window *window, struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	uint64_t before = told_before(episode, rule);

	engine_compose(engine, group, episode, turn, window, alert);
	episode->last_message_at = alert->sent_at;
	episode->onset_at = alert->onset_at;
	memcpy(episode->last_four, window->sums.by_basis,
	       sizeof(episode->last_four));
	if (is_withheld(engine, episode, turn, alert)) {
		episode_withhold(episode, engine->state->now);
		return;
	}
	engine_number(engine, alert);
	if (!episode->first_seq)
		first_send(engine, group, alert->seq);
	alert->episode_seq = episode->first_seq;
	episode->last_seq = alert->seq;
	episode->told = window->sums.by_basis[rule->basis];
	episode_announce(episode);
	if (alert->cause == CAUSE_CORRECTED && engine->corrects &&
	    engine->has_report)
		correction_tell(engine, before, alert);
	engine_evidence(engine, group, window, alert);
}
