/* One evaluation of a group: which message is due, and what it says. */

#include "core/engine_state.h"

#include <assert.h>
#include <math.h>
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

static void
alert_label(const struct engine *engine, const struct group *group,
	    struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);

	for (size_t i = 0; i < rule->group_by_count; i++) {
		struct label *label = &alert->labels[i];
		label->name = field_name(rule->group_by[i]);
		strcpy(label->value,
		       rules_label(engine->rules, rule->group_by[i],
				   group->key.values[i]));
	}
	alert->labels_count = rule->group_by_count;
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
 * spike's bucket is not what its levels are about, nor is a gap; and nobody was
 * told what was held back. */
static uint64_t
told_before(const struct episode *episode, const struct rule *rule)
{
	if (rule->kind == RULE_SPIKE || rule->kind == RULE_DISCREPANCY ||
	    episode_is_withheld(episode))
		return 0;
	return episode->state == EPISODE_OPEN || rule_is_of_events(rule)
		       ? episode->last_four[rule->basis]
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
	strcpy(alert->rule, rule->name);
	strcpy(alert->agreement, agreement->id);
	alert->day_starts_ms = agreement->day_starts_ms;
	alert_label(engine, group, alert);
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

	episodes_at(episodes, group->open)->first_seq = seq;
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

/* Writes the message of a turn and keeps in the episode what was told. One that
 * is held back has no number, and all else is as if it had been sent. */
static void
tell(struct engine *engine, struct group *group, struct episode *episode,
     enum turn turn, const struct window *window, struct alert *alert)
{
	uint64_t before =
		told_before(episode, engine_rule(engine, group->rule));

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
	episode_announce(episode);
	if (alert->cause == CAUSE_CORRECTED && engine->corrects &&
	    engine->has_report)
		correction_tell(engine, before, alert);
	engine_evidence(engine, group, window, alert);
}

/* An open episode is one no longer. */
static void
count_closed(struct engine *engine, const struct episode *episode)
{
	const struct groups *groups = &engine->state->groups;

	engine_counts(engine, groups_at(groups, episode->group)->rule)->open--;
}

static void
forget(struct engine *engine, uint32_t number)
{
	struct state *state = engine->state;
	const struct episode *episode = episodes_at(&state->episodes, number);

	if (episode->state == EPISODE_OPEN)
		count_closed(engine, episode);
	episodes_forget(&state->episodes, &state->groups, number);
}

static void
end(struct engine *engine, uint32_t number)
{
	struct state *state = engine->state;
	struct episode *episode = episodes_at(&state->episodes, number);
	const struct group *group = groups_at(&state->groups, episode->group);

	if (!episode->first_seq) { /* there is nobody to correct it to */
		forget(engine, number);
		return;
	}
	count_closed(engine, episode);
	episode->last_end = engine_index(engine, engine_shape(engine, group));
	/* Nobody has in hand what is corrected later. */
	episode->acknowledged_at = TIME_UNSET;
	episode->acknowledged_by = 0;
	episodes_end(&state->episodes, &state->groups, number);
}

/* What the turn makes of the episode, once it is told. */
static void
turn_end(struct engine *engine, uint32_t number, enum turn turn)
{
	if (turn == TURN_CANCELLED || turn == TURN_RULE_CHANGED ||
	    turn == TURN_RETRACTED)
		forget(engine, number);
	else if (turn == TURN_CLEARED)
		end(engine, number);
}

/* What is still there need not be looked up in the past. */
static bool
is_upheld_now(struct engine *engine, struct group *group,
	      struct episode *episode)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct window window;

	if (!episode->witness_changed || episode->state != EPISODE_OPEN)
		return false;
	engine_window(engine, group, &window);
	if (rule_level_met(rule, rule_value(rule, &window)) < episode->highest)
		return false;
	episode->witness = window;
	episode->witness_changed = false;
	return true;
}

/* An episode whose windows lost so much that its peak must be looked up. */
static bool
correct(struct engine *engine, struct group *group, uint32_t number,
	struct alert *alert)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	struct episode *episode = episodes_at(&engine->state->episodes, number);
	struct window peak;

	if (!episode_is_doubtful(episode, rule) ||
	    is_upheld_now(engine, group, episode))
		return false;
	if (episode->state == EPISODE_OPEN)
		episode->last_end =
			engine_index(engine, engine_shape(engine, group));
	/* Each fall of an event is a correction. */
	if (rule_is_of_events(rule))
		engine_window(engine, group, &peak);
	else
		engine_peak(engine, group, episode->first_end,
			    episode->last_end, &peak);
	enum turn turn =
		episode_correct(episode, rule, &peak, engine->state->now);
	if (turn == TURN_NONE)
		return false;
	tell(engine, group, episode, turn, &peak, alert);
	turn_end(engine, number, turn);
	return true;
}

/* The group's ended episodes that a change may have reached, oldest first. */
static bool
correct_ended(struct engine *engine, struct group *group, struct alert *alert)
{
	const struct episodes *episodes = &engine->state->episodes;
	bool of_events = rule_is_of_events(engine_rule(engine, group->rule));
	uint32_t number = group->newest_ended;
	uint32_t oldest = 0;

	while (number &&
	       (of_events || episodes_at(episodes, number)->last_end >=
				     engine->changed_from)) {
		oldest = number;
		number = episodes_at(episodes, number)->older;
	}
	while (oldest) {
		uint32_t newer = episodes_at(episodes, oldest)->newer;
		if (correct(engine, group, oldest, alert))
			return true;
		oldest = newer;
	}
	return false;
}

/* After a retraction a group says nothing until it has left the lowest level
 * or exceeds the one that was retracted. */
static bool
is_quiet(struct engine *engine, struct group *group,
	 const struct window *window)
{
	const struct rule *rule = engine_rule(engine, group->rule);

	if (rule_is_of_events(rule))
		return engine_event_is_quiet(engine, group, window);
	if (group->retracted &&
	    (rule_level_met(rule, rule_value(rule, window)) >=
		     (int)group->retracted ||
	     rule_is_left(rule, rule_value(rule, window), engine->state->now,
			  &group->left_since))) {
		group->retracted = 0;
		group->left_since = TIME_UNSET;
	}
	return group->retracted != 0;
}

/* A closed group that meets a level begins an episode, once it has met it for
 * as long as the rule wants. */
static bool
begin(struct engine *engine, uint32_t number, const struct window *window,
      struct alert *alert)
{
	struct state *state = engine->state;
	struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);

	if (is_quiet(engine, group, window) ||
	    !rule_is_met(rule, rule_value(rule, window)) ||
	    (rule_is_of_events(rule) &&
	     !engine_event_has_room(engine, group))) {
		group->pending_since = TIME_UNSET;
		return false;
	}
	if (group->pending_since == TIME_UNSET)
		group->pending_since = state->now;
	if (state->now - group->pending_since < rule->for_ms)
		return false;
	group->pending_since = TIME_UNSET;
	group->begun = ++state->groups.begun;
	struct episode *episode =
		episodes_at(&state->episodes,
			    engine_episode_open(engine, number));
	episode_begin(episode, rule, window, state->now);
	episode->first_end = engine_index(engine, shape) - shape->late;
	engine_counts(engine, group->rule)->open++;
	tell(engine, group, episode, TURN_CROSSED, window, alert);
	return true;
}

struct window
engine_window_of(double value, uint64_t sum, int64_t onset, int64_t now)
{
	struct window window = {.end = now, .onset = onset};

	for (int basis = 0; basis <= BASIS_UPPER; basis++) {
		window.values[basis] = value;
		window.sums.by_basis[basis] = sum;
	}
	return window;
}

void
engine_window_unmet(struct window *ret_window)
{
	*ret_window = engine_window_of(-INFINITY, 0, 0, 0);
	ret_window->empty = true;
}

static uint32_t
group_number(const struct engine *engine, const struct group *group)
{
	return (uint32_t)(group - groups_at(&engine->state->groups, 0));
}

void
engine_window(const struct engine *engine, struct group *group,
	      struct window *ret_window)
{
	struct groups *groups = &engine->state->groups;
	const struct window_shape *shape = engine_shape(engine, group);
	const struct rule *rule = engine_rule(engine, group->rule);

	switch (rule->kind) {
	case RULE_THRESHOLD:
		if (!rule_is_of_events(rule))
			engine_advance(engine, group);
		if (rule_is_distinct(rule))
			engine_names_window(engine, group, ret_window);
		else
			ring_best(&group->ring, &groups->buckets, shape,
				  ret_window);
		break;
	case RULE_SPIKE:
		engine_advance(engine, group);
		engine_spike_window(engine, group, ret_window);
		break;
	case RULE_TALLY:
		engine_tally_window(engine, group, ret_window);
		break;
	case RULE_DISCREPANCY:
		engine_discrepancy_window(engine, group, ret_window);
		break;
	case RULE_ABSENCE:
		engine_absence_window(engine, group_number(engine, group),
				      ret_window);
		break;
	case RULE_DEADLINE:
		engine_deadline_window(engine, group, ret_window);
		break;
	case RULE_FEED_GAP:
		engine_feed_window(engine, group_number(engine, group),
				   ret_window);
		break;
	case RULE_KINDS:
		assert(false && "a kind");
	}
}

bool
engine_tell(struct engine *engine, uint32_t number, enum turn turn,
	    struct alert *ret_alert)
{
	struct state *state = engine->state;
	struct group *group = groups_at(&state->groups, number);
	uint32_t open = group->open;
	struct window window;

	engine_window(engine, group, &window);
	tell(engine, group, episodes_at(&state->episodes, open), turn, &window,
	     ret_alert);
	turn_end(engine, open, turn);
	return ret_alert->seq > 0;
}

/* Reminders that came due while the process was down are one, sent at its
 * START. */
static int64_t
remind_from(const struct engine *engine)
{
	return engine->step.kind == STEP_START ? engine->until : TIME_UNSET;
}

/* When time alone may change the value. */
static int64_t
next_change(const struct engine *engine, const struct group *group,
	    const struct window *window)
{
	switch (engine_rule(engine, group->rule)->kind) {
	case RULE_THRESHOLD:
		return window_next_change(engine_shape(engine, group),
					  &group->ring, window);
	case RULE_SPIKE:
		return engine_spike_next_change(engine, group);
	case RULE_TALLY:
		return engine_tally_next_change(engine, group);
	case RULE_ABSENCE:
		return engine_absence_due(engine, group_number(engine, group));
	case RULE_DEADLINE:
		return engine_deadline_due(engine, group);
	case RULE_DISCREPANCY: /* only what is reported changes these */
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	return TIME_NEVER;
}

/* Most sums only fall with time. But a silence lasts and a deadline nears, and
 * an increase of which nobody could say how great it is at least may be known
 * better once it is counted from a later total. */
static bool
rule_may_rise_by_time(const struct rule *rule)
{
	return rule->kind == RULE_TALLY || !rule_counts_events(rule);
}

/* When the group must be looked at again though no report comes. */
static void
schedule(struct engine *engine, uint32_t number, const struct window *window)
{
	struct state *state = engine->state;
	const struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = engine_rule(engine, group->rule);
	int64_t due = TIME_NEVER;

	if (group->open || group->retracted ||
	    group->pending_since != TIME_UNSET || rule_may_rise_by_time(rule))
		due = next_change(engine, group, window);
	if (group->open)
		due = earlier_of(due, episode_due(episodes_at(&state->episodes,
							      group->open),
						  rule, window,
						  remind_from(engine)));
	else if (group->pending_since != TIME_UNSET)
		due = earlier_of(due, group->pending_since + rule->for_ms);
	else if (group->left_since != TIME_UNSET)
		due = earlier_of(due, group->left_since + rule->keep_firing_ms);
	if (group->open && rule_is_of_events(rule))
		due = earlier_of(due, engine_event_end(engine, group));
	assert(due > state->now);
	timers_set(&state->groups, engine->rules, number, due);
}

/* What became of an event after the end of its episode. */
static bool
reassess(struct engine *engine, struct group *group,
	 const struct window *window, struct alert *alert)
{
	struct episode *episode =
		episodes_at(&engine->state->episodes, group->newest_ended);
	enum turn turn =
		episode_reassess(episode, engine_rule(engine, group->rule),
				 window);

	if (turn != TURN_NONE)
		tell(engine, group, episode, turn, window, alert);
	return turn != TURN_NONE;
}

/* No window holds more than the ring: most groups are far from any level and
 * need not be looked at. */
static bool
could_be_met(const struct engine *engine, const struct group *group)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	uint64_t most = group->ring.total.by_basis[rule->basis];

	switch (rule->kind) {
	case RULE_THRESHOLD:
		return rule_is_met(rule, (double)most);
	case RULE_SPIKE:
		return most >= rule->spike.min_count;
	case RULE_TALLY:
	case RULE_DISCREPANCY:
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	return true; /* they have no ring */
}

/* True: there was a turn, and maybe more to come; without a number it was held
 * back. */
static bool
evaluate(struct engine *engine, uint32_t number, struct alert *alert)
{
	struct state *state = engine->state;
	struct group *group = groups_at(&state->groups, number);
	const struct rule *rule = engine_rule(engine, group->rule);
	struct window window;

	if (rule_is_of_events(rule) && group->open &&
	    state->now >= engine_event_end(engine, group)) {
		end(engine, group->open);
		if (!group->newest_ended)
			return false; /* and all is forgotten of it */
	}
	if (engine->corrects && rule_counts_events(rule) &&
	    (correct_ended(engine, group, alert) ||
	     (group->open && correct(engine, group, group->open, alert))))
		return true;
	if (!group->open && !group->retracted &&
	    group->pending_since == TIME_UNSET &&
	    !could_be_met(engine, group)) {
		timers_set(&state->groups, engine->rules, number, TIME_NEVER);
		return false;
	}
	engine_window(engine, group, &window);
	if (group->newest_ended && rule_is_of_events(rule) &&
	    !engine_event_reopens(engine, number, &window)) {
		if (reassess(engine, group, &window, alert))
			return true;
	} else if (!group->open) {
		if (begin(engine, number, &window, alert))
			return true;
	} else {
		uint32_t open = group->open;
		struct episode *episode = episodes_at(&state->episodes, open);
		enum turn turn = episode_turn(episode, rule, &window,
					      state->now, remind_from(engine));
		if (turn != TURN_NONE) {
			tell(engine, group, episode, turn, &window, alert);
			turn_end(engine, open, turn);
			return true;
		}
	}
	schedule(engine, number, &window);
	return false;
}

bool
engine_evaluate(struct engine *engine, uint32_t number, struct alert *alert)
{
	while (evaluate(engine, number, alert)) {
		if (alert->seq)
			return true;
	}
	engine_event_settle(engine, number);
	return false;
}
