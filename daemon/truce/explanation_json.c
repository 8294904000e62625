#include "truce/explanation.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "truce/json.h"

static const char *const whys[EXPLAINED_WHYS] = {
	[EXPLAINED_UNKNOWN] = "WHY_UNKNOWN",
	[EXPLAINED_MET] = "MET",
	[EXPLAINED_STAYS] = "STAYS",
	[EXPLAINED_ENDING] = "ENDING",
	[EXPLAINED_BELOW] = "BELOW",
	[EXPLAINED_PENDING] = "PENDING",
	[EXPLAINED_UNTESTED] = "UNTESTED",
	[EXPLAINED_RETRACTED] = "RETRACTED",
	[EXPLAINED_TOLD] = "TOLD",
	[EXPLAINED_FULL] = "FULL",
};

static const char *const parts[PARTS] = {
	[PART_UNKNOWN] = "PART_UNKNOWN",
	[PART_LEADS] = "LEADS",
	[PART_TELLS] = "TELLS",
	[PART_WITHDRAWN] = "PART_WITHDRAWN",
	[PART_UNSUBSTANTIATED] = "PART_UNSUBSTANTIATED",
	[PART_NIL] = "NIL",
	[PART_UNSURE] = "UNSURE",
	[PART_EMPTY] = "EMPTY",
	[PART_BEFORE] = "BEFORE",
	[PART_AFTER] = "AFTER",
	[PART_BEFORE_EFFECT] = "BEFORE_EFFECT",
	[PART_TOTAL] = "TOTAL",
	[PART_DISPUTED] = "DISPUTED",
};

/* --- Fields: those that say nothing are left out. --- */

static void
set_text(json_t *object, const char *name, const char *text)
{
	if (text[0])
		json_object_set_new(object, name, json_text(text));
}

/* "Severe" and "alleged_party" as the protos have them. */
static void
set_name(json_t *object, const char *name, const char *value)
{
	char capitals[32];
	size_t i = 0;

	for (; i < sizeof(capitals) - 1 && value[i]; i++)
		capitals[i] = (char)toupper((unsigned char)value[i]);
	capitals[i] = '\0';
	set_text(object, name, capitals);
}

static void
set_severity(json_t *object, const char *name, enum severity severity)
{
	if (severity != SEVERITY_UNKNOWN)
		set_name(object, name, severity_name(severity));
}

static void
set_number(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void
set_count(json_t *object, const char *name, uint64_t count)
{
	if (count > 0)
		set_number(object, name, count);
}

static void
set_time(json_t *object, const char *name, int64_t at)
{
	if (at != TIME_UNSET)
		json_object_set_new(object, name, json_integer(at));
}

static void
set_real(json_t *object, const char *name, double value)
{
	if (isfinite(value))
		json_object_set_new(object, name, json_real(value));
}

static void
set_flag(json_t *object, const char *name, bool flag)
{
	if (flag)
		json_object_set_new(object, name, json_true());
}

static void
set_values(json_t *object, const char *name, const double values[4])
{
	json_t *four = json_object();

	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		set_real(four, basis_name((enum basis)basis), values[basis]);
	json_object_set_new(object, name, four);
}

static void
set_sums(json_t *object, const char *name, const uint64_t sums[4])
{
	json_t *four = json_object();

	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		set_number(four, basis_name((enum basis)basis), sums[basis]);
	json_object_set_new(object, name, four);
}

/* --- The parts --- */

static json_t *
groups_json(const struct explanation *explanation)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < explanation->groups_count; i++) {
		const struct explained_group *from = &explanation->groups[i];
		json_t *group = json_object(), *labels = json_array();

		for (size_t j = 0; j < from->labels_count; j++) {
			json_t *label = json_object();
			set_text(label, "name", from->labels[j].name);
			json_object_set_new(label, "value",
					    json_text(from->labels[j].value));
			json_array_append_new(labels, label);
		}
		set_text(group, "agreement", from->agreement);
		json_object_set_new(group, "labels", labels);
		set_text(group, "event", from->event);
		set_real(group, "value", from->value);
		set_severity(group, "severity", from->severity);
		set_count(group, "seq", from->first_seq);
		json_array_append_new(groups, group);
	}
	return groups;
}

static json_t *
levels_json(const struct explanation *explanation)
{
	json_t *levels = json_array();

	for (size_t i = 0; i < explanation->levels_count; i++) {
		const struct explained_level *from = &explanation->levels[i];
		json_t *level = json_object();

		set_real(level, "at", from->at);
		set_real(level, "clear", from->clear);
		set_severity(level, "severity", from->severity);
		json_object_set_new(level, "met", json_boolean(from->met));
		json_object_set_new(level, "held", json_boolean(from->held));
		json_array_append_new(levels, level);
	}
	return levels;
}

static json_t *
episode_json(const struct explained_episode *from)
{
	json_t *episode = json_object();

	set_count(episode, "first_seq", from->first_seq);
	set_count(episode, "last_seq", from->last_seq);
	set_time(episode, "begun_at", from->begun_at);
	set_time(episode, "last_sent_at", from->last_message_at);
	set_severity(episode, "severity", from->severity);
	set_name(episode, "certainty", certainty_name(from->certainty));
	set_time(episode, "keep_since", from->keep_since);
	set_time(episode, "keep_until", from->keep_until);
	set_time(episode, "ends_at", from->ends_at);
	set_text(episode, "acknowledged_by", from->acknowledged_by);
	set_time(episode, "acknowledged_at", from->acknowledged_at);
	set_time(episode, "acknowledged_until", from->acknowledged_until);
	set_flag(episode, "escalated", from->escalated);
	set_time(episode, "escalates_at", from->escalates_at);
	set_time(episode, "reminds_at", from->reminds_at);
	set_time(episode, "withheld_since", from->withheld_since);
	return episode;
}

static json_t *
retraction_json(const struct explained_retraction *from)
{
	json_t *retraction = json_object();

	set_count(retraction, "first_seq", from->episode_seq);
	set_severity(retraction, "severity", from->severity);
	if (from->above != 0)
		set_real(retraction, "above", from->above);
	set_real(retraction, "below", from->below);
	set_time(retraction, "left_since", from->left_since);
	set_count(retraction, "seq", from->seq);
	set_time(retraction, "at", from->at);
	set_text(retraction, "by", from->by);
	set_text(retraction, "comment", from->comment);
	return retraction;
}

static json_t *
hold_json(const struct explained_silence *from)
{
	json_t *hold = json_object();

	set_number(hold, "silence", from->number);
	set_time(hold, "until_at", from->until_at);
	set_text(hold, "by", from->by);
	set_text(hold, "comment", from->comment);
	return hold;
}

static void
spike_json(const struct explanation *explanation, json_t *object)
{
	json_t *buckets = json_array();

	for (size_t i = 0; i < explanation->buckets_count; i++) {
		json_t *bucket = json_object();

		set_time(bucket, "start_at", explanation->buckets[i].start_at);
		set_number(bucket, "count", explanation->buckets[i].count);
		json_object_set_new(bucket, "tested",
				    json_boolean(
					    explanation->buckets[i].tested));
		json_array_append_new(buckets, bucket);
	}
	set_number(object, "baseline", explanation->spike.baseline);
	set_real(object, "min_sigma", explanation->spike.min_sigma);
	set_number(object, "min_count", explanation->spike.min_count);
	json_object_set_new(object, "buckets", buckets);
}

static json_t *
report_json(const struct explained_report *from)
{
	json_t *report = json_object();

	set_text(report, "report", from->report);
	set_text(report, "source", from->source);
	set_text(report, "part", parts[from->part]);
	set_time(report, "at", from->at);
	set_name(report, "told_assessment",
		 assessment_name(from->told_assessment));
	set_name(report, "assessment", assessment_name(from->assessment));
	set_text(report, "assessment_by", from->assessment_by);
	set_name(report, "told_attribution",
		 attribution_name(from->told_attribution));
	set_name(report, "attribution", attribution_name(from->attribution));
	set_text(report, "attribution_by", from->attribution_by);
	set_text(report, "told_party", from->told_party);
	set_text(report, "party", from->party);
	set_text(report, "party_by", from->party_by);
	set_text(report, "origin", from->origin);
	set_flag(report, "partial", from->partial);
	set_flag(report, "denied", from->denied);
	set_text(report, "leader", from->leader);
	set_count(report, "told_by", from->told_by);
	if (from->leader[0])
		set_number(report, "origins", from->origins);
	set_flag(report, "disputed", from->disputed);
	if (from->part == PART_LEADS || from->part == PART_TOTAL)
		set_sums(report, "adds", from->adds);
	return report;
}

/* --- All of it --- */

static void
rule_json(const struct explanation *explanation, json_t *object)
{
	json_t *group_by = json_array();

	for (size_t i = 0; i < explanation->labels_count; i++)
		json_array_append_new(group_by,
				      json_text(explanation->labels[i].name));
	set_text(object, "rule", explanation->rule);
	set_text(object, "kind", rule_kind_name(explanation->kind));
	set_text(object, "measure", explanation->measure);
	set_text(object, "basis", basis_name(explanation->basis));
	if (explanation->kind == RULE_SPIKE)
		set_text(object, "statistic",
			 spike_method_name(explanation->spike.method));
	set_count(object, "window_ms", (uint64_t)explanation->window_ms);
	set_flag(object, "one_event", explanation->window_kind == WINDOW_EVENT);
	set_count(object, "late_ms", (uint64_t)explanation->late_ms);
	set_count(object, "for_ms", (uint64_t)explanation->for_ms);
	set_count(object, "keep_firing_ms",
		  (uint64_t)explanation->keep_firing_ms);
	json_object_set_new(object, "group_by", group_by);
	set_number(object, "too_late", explanation->too_late);
	set_number(object, "ungrouped", explanation->ungrouped);
	set_time(object, "at", explanation->at);
	set_time(object, "engine_at", explanation->engine_at);
}

static void
one_json(const struct explanation *explanation, json_t *object)
{
	json_t *ended = json_array(), *reports = json_array();

	for (size_t i = 0; i < explanation->ended_count; i++)
		json_array_append_new(ended,
				      episode_json(&explanation->ended[i]));
	for (size_t i = 0; i < explanation->reports_count; i++)
		json_array_append_new(reports,
				      report_json(&explanation->reports[i]));
	set_text(object, "why", whys[explanation->why]);
	set_text(object, "figure", explanation->figure);
	set_time(object, "start_at", explanation->start_at);
	set_time(object, "end_at", explanation->end_at);
	set_sums(object, "sums", explanation->sums.by_basis);
	if (isfinite(explanation->values[explanation->basis]))
		set_values(object, "values", explanation->values);
	set_number(object, "events", explanation->sums.events);
	set_number(object, "attributed", explanation->sums.attributed);
	set_number(object, "disputed", explanation->sums.disputed);
	set_number(object, "at_least", explanation->sums.at_least);
	json_object_set_new(object, "levels", levels_json(explanation));
	if (explanation->next_level >= 0) {
		set_number(object, "next_level",
			   (uint64_t)explanation->next_level);
		set_real(object, "missing", explanation->missing);
		set_time(object, "meets_at", explanation->meets_at);
	}
	set_time(object, "pending_since", explanation->pending_since);
	set_severity(object, "told", explanation->told);
	if (explanation->open)
		json_object_set_new(object, "episode",
				    episode_json(&explanation->episode));
	json_object_set_new(object, "ended", ended);
	if (explanation->why == EXPLAINED_RETRACTED)
		json_object_set_new(object, "retraction",
				    retraction_json(&explanation->retraction));
	if (explanation->silence.number)
		json_object_set_new(object, "held_by",
				    hold_json(&explanation->silence));
	if (explanation->kind == RULE_SPIKE)
		spike_json(explanation, object);
	json_object_set_new(object, "reports", reports);
}

json_t *
explanation_json(const struct explanation *explanation)
{
	json_t *object = json_object();

	rule_json(explanation, object);
	json_object_set_new(object, "groups", groups_json(explanation));
	set_count(object, "groups_more", explanation->groups_more);
	json_object_set_new(object, "none", json_boolean(explanation->none));
	json_object_set_new(object, "one", json_boolean(explanation->one));
	if (explanation->one)
		one_json(explanation, object);
	return object;
}
