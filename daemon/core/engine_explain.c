/* Why a group fires or does not, as the engine would evaluate it. Nothing is
 * changed by the question. */

#include "core/engine_state.h"
#include "core/headline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event without a group, as it is asked for. */
struct subject {
	struct group event; /* its own, where the engine has none */
	struct group *group;
};

/* --- The tested window --- */

/* What a ring holds, while it is moved on. */
struct ring_copy {
	struct ring ring;
	struct sums buckets[RING_BUCKETS_MAX];
};

static struct sums *
buckets_of(const struct engine *engine, const struct ring *ring)
{
	const struct bucket_pool *pool = &engine->state->groups.buckets;

	return (struct sums *)span_data(&pool->buckets) + ring->first;
}

static void
ring_keep(const struct engine *engine, const struct ring *ring,
	  struct ring_copy *copy)
{
	copy->ring = *ring;
	memcpy(copy->buckets, buckets_of(engine, ring),
	       ring->size * sizeof(struct sums));
}

static void
ring_put_back(const struct engine *engine, struct ring *ring,
	      const struct ring_copy *copy)
{
	*ring = copy->ring;
	memcpy(buckets_of(engine, ring), copy->buckets,
	       ring->size * sizeof(struct sums));
}

static void
buckets_explain(const struct engine *engine, const struct group *group,
		struct window *window, struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	const struct bucket_pool *pool = &engine->state->groups.buckets;
	int64_t newest = group->ring.newest;
	int64_t first = newest - group->ring.size + 1;
	bool tested = engine_spike_is_tested(engine, group, newest);

	if (group->ring.size > EXPLAINED_BUCKETS_MAX)
		first = newest - EXPLAINED_BUCKETS_MAX + 1;
	for (int64_t index = first; index <= newest; index++)
		explanation->buckets[explanation->buckets_count++] =
			(struct explained_bucket){
				.start_at = window_start(shape, index),
				.count = ring_at(&group->ring, pool, index)
						 ->by_basis[rule->basis],
				.tested = tested && index == window->end,
			};
	if (!tested) /* it is counted all the same */
		window->sums = *ring_at(&group->ring, pool, window->end);
}

/* The tested window now, which may lie ahead of what the ring has seen. What
 * that moves on is put back: a ring cannot go back, and a report may still come
 * for what has left it. */
static void
window_find(const struct engine *engine, struct group *group,
	    struct explanation *explanation, struct window *ret_window)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	struct ring_copy copy;

	if (rule_is_distinct(rule)) {
		int64_t index = engine_index(engine, shape);
		engine_peak(engine, group, index - shape->late, index,
			    ret_window);
	} else {
		ring_keep(engine, &group->ring, &copy);
		engine_window(engine, group, ret_window);
		if (explanation && rule->kind == RULE_SPIKE)
			buckets_explain(engine, group, ret_window, explanation);
		ring_put_back(engine, &group->ring, &copy);
	}
}

/* Whether its sums are of events in a window. */
static bool
rule_adds_events(const struct rule *rule)
{
	return rule->kind == RULE_THRESHOLD || rule->kind == RULE_SPIKE;
}

static void
window_explain(const struct engine *engine, const struct group *group,
	       const struct window *window, struct explanation *explanation)
{
	const struct window_shape *shape = engine_shape(engine, group);
	const struct rule *rule = engine_rule(engine, group->rule);

	explanation->sums = window->sums;
	memcpy(explanation->values, window->values,
	       sizeof(explanation->values));
	explanation->start_at = explanation->end_at = TIME_UNSET;
	if (!rule_adds_events(rule))
		return;
	switch (rule->window_kind) {
	case WINDOW_DURATION:
		explanation->start_at =
			window_start(shape,
				     rule->kind == RULE_SPIKE
					     ? window->end
					     : window->end - shape->length + 1);
		explanation->end_at = window_start(shape, window->end + 1);
		break;
	case WINDOW_AGREEMENT:
		explanation->start_at =
			engine->configuration->agreements[group->agreement]
				.effective_at;
		break;
	case WINDOW_EVENT:
	case WINDOW_LATEST:
	case WINDOW_NONE:
		break;
	}
}

/* --- Levels, episodes, and why --- */

static const struct episode *
episode_of(const struct engine *engine, uint32_t number)
{
	return number ? episodes_at(&engine->state->episodes, number) : NULL;
}

static void
levels_explain(const struct engine *engine, const struct group *group,
	       double value, struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct episode *open = episode_of(engine, group->open);
	int met = rule_level_met(rule, value);
	int held = open ? open->held : -1;
	int count = 0;

	explanation->next_level = -1;
	for (int i = 0; i < (int)rule->levels_count; i++) {
		const struct level *level = &rule->levels[i];
		if (rule->kind == RULE_DEADLINE &&
		    !engine_deadline_has_level(engine, group, level->at))
			continue;
		if (explanation->next_level < 0 && i > met && i > held) {
			explanation->next_level = count;
			explanation->missing = level->at - value;
		}
		explanation->levels[count++] = (struct explained_level){
			.at = level->at,
			.clear = level->clear,
			.severity = level->severity,
			.met = i <= met,
			.held = i == held,
		};
	}
	explanation->levels_count = (size_t)count;
}

static int64_t
unset_if_never(int64_t at)
{
	return at == TIME_NEVER ? TIME_UNSET : at;
}

static void
episode_explain(const struct engine *engine, const struct group *group,
		const struct episode *episode,
		struct explained_episode *ret_episode)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	bool open = episode->state == EPISODE_OPEN;
	bool acknowledged = open && episode_is_acknowledged(episode);
	int64_t below = episode->below_since[episode->held];

	*ret_episode = (struct explained_episode){
		.first_seq = episode->first_seq,
		.last_seq = episode->last_seq,
		.begun_at = TIME_UNSET,
		.last_message_at = episode->last_message_at,
		.severity = rule->levels[episode->held].severity,
		.certainty = (enum certainty)episode->certainty,
		.keep_since = open ? below : TIME_UNSET,
		.keep_until = open && below != TIME_UNSET
				      ? below + rule->keep_firing_ms
				      : TIME_UNSET,
		.ends_at = open && rule_is_of_events(rule)
				   ? engine_event_end(engine, group)
				   : TIME_UNSET,
		.acknowledged_at =
			acknowledged ? episode->acknowledged_at : TIME_UNSET,
		.acknowledged_until =
			acknowledged
				? unset_if_never(episode->acknowledged_until)
				: TIME_UNSET,
		.escalated = episode->escalated,
		.escalates_at = TIME_UNSET,
		.reminds_at = TIME_UNSET,
		.withheld_since = episode->withheld_since,
	};
	if (acknowledged)
		strcpy(ret_episode->acknowledged_by,
		       dictionary_name(&engine->state->dictionary,
				       episode->acknowledged_by));
	if (!open)
		return;
	ret_episode->escalates_at =
		unset_if_never(episode_escalates_at(episode, rule));
	ret_episode->reminds_at =
		unset_if_never(episode_reminds_at(episode, rule, TIME_UNSET));
}

static void
episodes_explain(const struct engine *engine, const struct group *group,
		 struct explanation *explanation)
{
	const struct episode *episode = episode_of(engine, group->open);

	explanation->open = episode != NULL;
	if (episode)
		episode_explain(engine, group, episode, &explanation->episode);
	episode = episode_of(engine, group->newest_ended);
	while (episode && explanation->ended_count < EXPLAINED_ENDED_MAX) {
		episode_explain(
			engine, group, episode,
			&explanation->ended[explanation->ended_count++]);
		episode = episode_of(engine, episode->older);
	}
}

/* Why an episode that is open is. */
static enum explained_why
why_open(const struct rule *rule, const struct episode *episode, double value)
{
	if (rule_level_met(rule, value) >= episode->held)
		return EXPLAINED_MET;
	return value >= rule->levels[episode->held].clear ? EXPLAINED_STAYS
							  : EXPLAINED_ENDING;
}

static void
retraction_explain(const struct rule *rule, int level, uint64_t episode_seq,
		   int64_t left_since, struct explanation *explanation)
{
	bool last = level + 1 == (int)rule->levels_count;

	explanation->retraction = (struct explained_retraction){
		.episode_seq = episode_seq,
		.severity = rule->levels[level].severity,
		.above = last ? 0 : rule->levels[level + 1].at,
		.below = rule->levels[0].clear,
		.left_since = left_since,
		.at = TIME_UNSET,
	};
}

/* Why an event that meets a level says nothing. */
static enum explained_why
why_event_quiet(const struct engine *engine, const struct group *group, int met,
		struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct marks *marks = &engine->state->marks;
	const struct episode *ended = episode_of(engine, group->newest_ended);
	uint32_t number =
		marks_find(marks, group->rule, group->agreement, &group->key);
	const struct mark *mark = number ? marks_at(marks, number) : NULL;

	if (mark && mark->level >= met && mark->retracted) {
		retraction_explain(rule, mark->level, group->first_seq,
				   TIME_UNSET, explanation);
		return EXPLAINED_RETRACTED;
	}
	if (ended || (mark && mark->level >= met)) {
		uint8_t level = ended ? ended->highest : mark->level;
		explanation->told = rule->levels[level].severity;
		return EXPLAINED_TOLD;
	}
	return EXPLAINED_FULL;
}

static enum explained_why
why_quiet(const struct engine *engine, const struct group *group, double value,
	  struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct window_shape *shape = engine_shape(engine, group);
	int met = rule_level_met(rule, value);

	if (group->retracted) {
		retraction_explain(rule, (int)group->retracted - 1,
				   group->first_seq, group->left_since,
				   explanation);
		return EXPLAINED_RETRACTED;
	}
	if (rule->kind == RULE_SPIKE &&
	    !engine_spike_is_tested(engine, group, engine_index(engine, shape)))
		return EXPLAINED_UNTESTED;
	if (met < 0)
		return EXPLAINED_BELOW;
	if (rule_is_of_events(rule))
		return why_event_quiet(engine, group, met, explanation);
	return group->pending_since != TIME_UNSET ? EXPLAINED_PENDING
						  : EXPLAINED_FULL;
}

/* In words, and whether a silence holds it back, or would once it fires. */
static void
figure_explain(const struct engine *engine, const struct group *group,
	       const struct window *window, struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct episode none = {.acknowledged_at = TIME_UNSET,
				     .onset_at = TIME_UNSET};
	const struct episode *open = episode_of(engine, group->open);
	struct alert alert;

	engine_compose(engine, group, open ? open : &none, TURN_PROGRESS,
		       window, &alert);
	figure_render(&alert, explanation->figure, sizeof(explanation->figure));
	explanation->measure = alert.measure;
	if (!rule_adds_events(rule) && !window->empty)
		explanation->start_at = alert.onset_at;
	const struct silence *silence =
		silences_holding(&engine->state->silences, &alert);
	if (!silence)
		return;
	explanation->silence.number = silence->number;
	explanation->silence.until_at = silence->until_at;
	strcpy(explanation->silence.by, silence->author);
	strcpy(explanation->silence.comment, silence->comment);
}

/* When time alone will meet the next level; of what counts events it never
 * does. */
static int64_t
meets_at(const struct engine *engine, const struct group *group)
{
	const struct group *first = groups_at(&engine->state->groups, 0);

	switch (engine_rule(engine, group->rule)->kind) {
	case RULE_ABSENCE:
		return engine_absence_due(engine, (uint32_t)(group - first));
	case RULE_DEADLINE:
		return engine_deadline_due(engine, group);
	case RULE_THRESHOLD:
	case RULE_SPIKE:
	case RULE_TALLY:
	case RULE_DISCREPANCY:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	return TIME_NEVER;
}

static void
group_explain(const struct engine *engine, struct group *group,
	      struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct episode *open = episode_of(engine, group->open);
	struct window window;

	window_find(engine, group, explanation, &window);
	window_explain(engine, group, &window, explanation);
	double value = rule_value(rule, &window);
	levels_explain(engine, group, value, explanation);
	episodes_explain(engine, group, explanation);
	explanation->pending_since = group->pending_since;
	explanation->meets_at = unset_if_never(meets_at(engine, group));
	if (rule->kind == RULE_DEADLINE && explanation->meets_at == TIME_UNSET)
		explanation->next_level = -1; /* it was met */
	explanation->why = open ? why_open(rule, open, value)
				: why_quiet(engine, group, value, explanation);
	figure_explain(engine, group, &window, explanation);
	if (rule_adds_events(rule))
		engine_explain_reports(engine, group, &window, explanation);
	else if (rule_counts_events(rule))
		engine_explain_totals(engine, group, explanation);
}

/* --- Which group is meant --- */

static void
group_name(const struct engine *engine, struct group *group,
	   struct explained_group *ret_group)
{
	const struct rule *rule = engine_rule(engine, group->rule);
	const struct episode *open = episode_of(engine, group->open);
	struct window window;

	*ret_group = (struct explained_group){.labels_count = 0};
	strcpy(ret_group->agreement,
	       engine->configuration->agreements[group->agreement].id);
	ret_group->labels_count =
		engine_labels(engine, group, ret_group->labels);
	window_find(engine, group, NULL, &window);
	ret_group->value = rule_value(rule, &window);
	if (open) {
		ret_group->severity = rule->levels[open->held].severity;
		ret_group->first_seq = open->first_seq;
	}
	if (!rule_is_of_events(rule))
		return;
	struct event_reports reports;
	struct event event;
	ledger_event_by_id(&engine->state->ledger, group->agreement,
			   group->key.event, &reports);
	if (rules_event(engine->rules, group->rule, group->agreement, &reports,
			&event))
		engine_name_report(engine, event.leader, ret_group->event);
}

static bool
is_event_label(const char *name)
{
	return strcmp(name, "event") == 0 || strcmp(name, "report") == 0;
}

/* A label that is not set is shown as unknown. */
static bool
label_is(const struct label *label, const struct explain_label *asked)
{
	return strcmp(label->name, asked->name) == 0 &&
	       (strcmp(label->value, asked->value) == 0 ||
		(label->value[0] == '\0' &&
		 strcmp(asked->value, "unknown") == 0));
}

static bool
is_meant(const struct engine *engine, const struct group *group,
	 const struct explain_question *question)
{
	const char *agreement =
		engine->configuration->agreements[group->agreement].id;
	struct label labels[GROUP_BY_MAX];
	size_t count = engine_labels(engine, group, labels);

	if (question->agreement[0] &&
	    strcmp(question->agreement, agreement) != 0)
		return false;
	for (size_t i = 0; i < question->labels_count; i++) {
		const struct explain_label *asked = &question->labels[i];
		bool has = is_event_label(asked->name);
		for (size_t j = 0; j < count && !has; j++)
			has = label_is(&labels[j], asked);
		if (!has)
			return false;
	}
	return true;
}

/* A rule's groups, one by one; of events those that fire. Begin with 0; 0: no
 * more. */
static uint32_t
group_next(const struct engine *engine, uint32_t rule, uint32_t *iterator)
{
	const struct groups *groups = &engine->state->groups;
	uint32_t number;

	if (rule_is_of_events(engine_rule(engine, rule))) {
		uint64_t seq;
		while (engine_open(engine, iterator, &seq)) {
			number = episode_of(engine, *iterator)->group;
			if (groups_at(groups, number)->rule == rule)
				return number;
		}
		return 0;
	}
	while (*iterator < groups->used) {
		if (groups_at(groups, ++*iterator)->rule == rule)
			return *iterator;
	}
	return 0;
}

/* A place in the list: the highest value first, then the older group. */
struct ranked {
	double value;
	uint32_t group;
};

/* The groups that are meant, or all (question NULL). */
static void
groups_list(const struct engine *engine, uint32_t rule,
	    const struct explain_question *question,
	    struct explanation *explanation)
{
	const struct groups *groups = &engine->state->groups;
	struct ranked ranked[EXPLAINED_GROUPS_MAX + 1];
	uint32_t iterator = 0, number;
	size_t count = 0;

	explanation->groups_more = 0;
	while ((number = group_next(engine, rule, &iterator))) {
		struct group *group = groups_at(groups, number);
		struct window window;
		if (question && !is_meant(engine, group, question))
			continue;
		window_find(engine, group, NULL, &window);
		double value = rule_value(engine_rule(engine, rule), &window);
		size_t place = count;
		for (; place > 0 && ranked[place - 1].value < value; place--)
			ranked[place] = ranked[place - 1];
		ranked[place] = (struct ranked){value, number};
		if (count < EXPLAINED_GROUPS_MAX)
			count++;
		else
			explanation->groups_more++;
	}
	for (size_t i = 0; i < count; i++)
		group_name(engine, groups_at(groups, ranked[i].group),
			   &explanation->groups[i]);
	explanation->groups_count = count;
}

/* The group of an event, or one that stands for it. */
static void
subject_of_event(const struct engine *engine, uint32_t rule, uint16_t agreement,
		 const struct event_reports *reports, struct subject *subject)
{
	struct groups *groups = &engine->state->groups;
	struct group_key key = {.event = reports->id};
	struct contribution adds;

	rules_contribution(engine->rules, rule, agreement, reports, &adds);
	if (adds.present)
		key = adds.group;
	else
		rules_uncounted(engine->rules, rule, agreement, reports, &key);
	uint32_t number = groups_find(groups, rule, agreement, &key);
	subject->group = number ? groups_at(groups, number) : &subject->event;
	if (number)
		return;
	subject->event = (struct group){.key = key,
					.agreement = agreement,
					.rule = rule,
					.pending_since = TIME_UNSET,
					.left_since = TIME_UNSET};
	if (adds.present)
		ring_set(&subject->event.ring, adds.index, &adds.sums);
}

/* The event that a label means. False: the agreement has none. */
static bool
event_find(const struct engine *engine, uint16_t agreement,
	   const struct explain_label *label, struct event_reports *ret_reports)
{
	const struct state *state = engine->state;

	if (strcmp(label->name, "event") == 0) {
		struct event_key event =
			ledger_event_key(&state->ledger, label->value);
		if (!event_key_is_set(event))
			return false;
		ledger_event(&state->ledger, agreement, event, ret_reports);
		return ret_reports->count > 0;
	}
	uint32_t number = engine_report_find(state, agreement, label->value);
	if (number)
		ledger_event_of(&state->ledger, number, ret_reports);
	return number;
}

static const struct explain_label *
event_label(const struct explain_question *question)
{
	for (size_t i = 0; i < question->labels_count; i++) {
		if (is_event_label(question->labels[i].name))
			return &question->labels[i];
	}
	return NULL;
}

/* The one that a label means, in the first agreement that has it. */
static bool
subject_by_label(const struct engine *engine, uint32_t rule,
		 const struct explain_question *question,
		 struct subject *subject)
{
	const struct configuration *configuration = engine->configuration;
	const struct explain_label *label = event_label(question);
	struct event_reports reports;

	for (uint16_t i = 0; label && i < configuration->agreements_count;
	     i++) {
		const char *id = configuration->agreements[i].id;
		if ((question->agreement[0] &&
		     strcmp(question->agreement, id) != 0) ||
		    !rules_can_match(engine->rules, rule, i) ||
		    !event_find(engine, i, label, &reports))
			continue;
		subject_of_event(engine, rule, i, &reports, subject);
		return is_meant(engine, subject->group, question);
	}
	return false;
}

/* The group of an episode that is still known. */
static bool
subject_by_episode(const struct engine *engine, uint32_t rule,
		   uint64_t episode_seq, struct subject *subject)
{
	const struct episodes *episodes = &engine->state->episodes;
	const uint32_t firsts[] = {episodes->open.first, episodes->ended.first};

	for (int list = 0; episode_seq && list < 2; list++) {
		uint32_t number = firsts[list];
		for (; number; number = episodes_at(episodes, number)->next) {
			const struct episode *episode =
				episodes_at(episodes, number);
			struct group *group = groups_at(&engine->state->groups,
							episode->group);
			if (episode->first_seq != episode_seq ||
			    group->rule != rule)
				continue;
			subject->group = group;
			return true;
		}
	}
	return false;
}

/* The only group that is meant; and if there is none, or more than one, they
 * are listed. */
static bool
subject_find(const struct engine *engine, uint32_t rule,
	     const struct explain_question *question, struct subject *subject,
	     struct explanation *explanation)
{
	uint32_t iterator = 0;

	if (subject_by_episode(engine, rule, question->episode_seq, subject) ||
	    subject_by_label(engine, rule, question, subject)) {
		group_name(engine, subject->group, &explanation->groups[0]);
		explanation->groups_count = 1;
		return true;
	}
	if (!event_label(question))
		groups_list(engine, rule, question, explanation);
	explanation->none = explanation->groups_count == 0;
	if (explanation->none)
		groups_list(engine, rule, NULL, explanation);
	if (explanation->none || explanation->groups_count > 1)
		return false;
	do
		subject->group = groups_at(&engine->state->groups,
					   group_next(engine, rule, &iterator));
	while (!is_meant(engine, subject->group, question));
	return true;
}

/* --- The question --- */

static bool
rule_find(const struct engine *engine, const char *name, uint32_t *ret_rule)
{
	const struct configuration *configuration = engine->configuration;

	for (uint32_t i = 0; i < configuration->rules_count; i++) {
		if (strcmp(configuration->rules[i].name, name) == 0) {
			*ret_rule = i;
			return true;
		}
	}
	return false;
}

/* One more name of a list that may be cut. */
static void
name_add(char *text, const char *name, bool first)
{
	size_t used = strlen(text);

	snprintf(text + used, EXPLAIN_EXPECTED_SIZE - used, "%s%s",
		 first ? " " : ", ", name);
}

static void
expect_rule(const struct engine *engine, const char *name, char *expected)
{
	const struct configuration *configuration = engine->configuration;
	const char *nearest = NULL;
	size_t best = 4;

	for (size_t i = 0; i < configuration->rules_count; i++) {
		const char *known = configuration->rules[i].name;
		size_t distance = name_distance(name, known);
		if (distance < best && distance < strlen(known)) {
			best = distance;
			nearest = known;
		}
	}
	if (nearest)
		snprintf(expected, EXPLAIN_EXPECTED_SIZE,
			 "a rule (did you mean %s?):", nearest);
	else
		strcpy(expected, "a rule:");
	for (size_t i = 0; i < configuration->rules_count; i++)
		name_add(expected, configuration->rules[i].name, i == 0);
}

static void
expect_agreement(const struct engine *engine, char *expected)
{
	const struct configuration *configuration = engine->configuration;

	strcpy(expected, "an agreement:");
	for (size_t i = 0; i < configuration->agreements_count; i++)
		name_add(expected, configuration->agreements[i].id, i == 0);
}

static bool
rule_has_label(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->group_by_count; i++) {
		if (strcmp(field_name(rule->group_by[i]), name) == 0)
			return true;
	}
	return rule_is_of_events(rule) && is_event_label(name);
}

static void
expect_label(const struct rule *rule, char *expected)
{
	bool of_events = rule_is_of_events(rule);

	snprintf(expected, EXPLAIN_EXPECTED_SIZE,
		 "labels that %s has:", rule->name);
	for (size_t i = 0; i < rule->group_by_count; i++)
		name_add(expected, field_name(rule->group_by[i]), i == 0);
	if (of_events) {
		name_add(expected, "event", rule->group_by_count == 0);
		name_add(expected, "report", false);
	} else if (rule->group_by_count == 0) {
		name_add(expected, "none", true);
	}
}

/* False: the question is of nothing that there is; what was expected. */
static bool
question_check(const struct engine *engine,
	       const struct explain_question *question, uint32_t *ret_rule,
	       char *expected)
{
	uint16_t agreement;

	if (!rule_find(engine, question->rule, ret_rule)) {
		expect_rule(engine, question->rule, expected);
		return false;
	}
	if (question->agreement[0] &&
	    !rules_agreement(engine->rules, question->agreement, &agreement)) {
		expect_agreement(engine, expected);
		return false;
	}
	for (size_t i = 0; i < question->labels_count; i++) {
		if (!rule_has_label(engine_rule(engine, *ret_rule),
				    question->labels[i].name)) {
			expect_label(engine_rule(engine, *ret_rule), expected);
			return false;
		}
	}
	return true;
}

static void
rule_explain(const struct engine *engine, uint32_t number,
	     struct explanation *explanation)
{
	const struct rule *rule = engine_rule(engine, number);
	const struct rule_counts *counts = engine_counts(engine, number);

	strcpy(explanation->rule, rule->name);
	explanation->kind = rule->kind;
	explanation->measure = "";
	explanation->basis = rule->basis;
	explanation->window_kind = rule->window_kind;
	explanation->window_ms = rule->window_ms;
	explanation->late_ms = rule->late_ms;
	explanation->for_ms = rule->for_ms;
	explanation->keep_firing_ms = rule->keep_firing_ms;
	explanation->spike = rule->spike;
	for (size_t i = 0; i < rule->group_by_count; i++)
		explanation->labels[i].name = field_name(rule->group_by[i]);
	explanation->labels_count = rule->group_by_count;
	explanation->too_late = counts->too_late;
	explanation->ungrouped = counts->ungrouped;
}

void
engine_explain(const struct engine *engine,
	       const struct explain_question *question,
	       struct explanation *ret_explanation)
{
	struct explanation *explanation = ret_explanation;
	int64_t now = engine->state->now;
	struct subject subject;
	uint32_t rule;

	memset(explanation, 0, sizeof(*explanation));
	if (!question_check(engine, question, &rule, explanation->expected))
		return;
	explanation->engine_at = now;
	explanation->at = later_of(now, question->at);
	engine->state->now = explanation->at;
	rule_explain(engine, rule, explanation);
	explanation->one =
		subject_find(engine, rule, question, &subject, explanation);
	if (explanation->one)
		group_explain(engine, subject.group, explanation);
	engine->state->now = now;
}
