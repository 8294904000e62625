/* Why a rule fires or does not, as it is asked and answered. */

#include <math.h>
#include <string.h>

#include "core/explanation.h"
#include "core/rule.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"
#include "edge/codec_service.h"

/* protobuf-c stores enumerations as numbers, which must be the core's. */
#define SAME(core, proto)                                                      \
	_Static_assert((int)(core) == (int)(TRUCE__V1__EXPLANATION__##proto),  \
		       #core)
SAME(EXPLAINED_MET, WHY__MET);
SAME(EXPLAINED_RETRACTED, WHY__RETRACTED);
SAME(EXPLAINED_FULL, WHY__FULL);
SAME(EXPLAINED_WHYS - 1, WHY__FULL);
SAME(PART_LEADS, PART__LEADS);
SAME(PART_UNSURE, PART__UNSURE);
SAME(PARTS - 1, PART__DISPUTED);

/* --- The question --- */

/* What was expected, or NULL. */
static const char *
labels_read(const Truce__V1__Explain *message, struct explain_label *labels)
{
	_Static_assert(EXPLAIN_LABELS_MAX == 5 && TEXT_SIZE == 65,
		       "as said below");
	if (message->n_labels > EXPLAIN_LABELS_MAX)
		return "labels: at most 5";
	for (size_t i = 0; i < message->n_labels; i++) {
		const Truce__V1__Label *label = message->labels[i];
		if (!text_is(label->name, 1, NAME_SIZE - 1, TEXT_PLAIN) ||
		    !text_is(label->value, 0, 2 * TEXT_SIZE, TEXT_PLAIN))
			return "labels: names and values in UTF-8 without "
			       "control characters";
		labels[i].name = codec_text(label->name);
		labels[i].value = codec_text(label->value);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(labels[i].name, labels[j].name) == 0)
				return "labels: each name at most once";
		}
	}
	return NULL;
}

bool
codec_explain_read(struct codec_arena *arena, const Truce__V1__Explain *message,
		   struct request *request)
{
	struct explain_label *labels =
		codec_arena_take(arena, EXPLAIN_LABELS_MAX * sizeof(*labels));

	if (!labels)
		return false;
	request->kind = REQUEST_EXPLAIN;
	request->identifier = codec_text(message->identifier);
	request->seq = message->seq;
	request->rule = codec_text(message->rule);
	request->agreement = codec_text(message->agreement);
	request->exercise = message->exercise;
	request->labels = labels;
	request->labels_count = message->n_labels;
	request->expected = labels_read(message, labels);
	if (message->has_at)
		request->expected = "at: unset: this version explains now";
	else if ((request->identifier[0] != '\0') + (request->seq != 0) +
			 (request->rule[0] != '\0') !=
		 1)
		request->expected = "one of identifier, seq and rule";
	return true;
}

bool
codec_explain_fill(struct codec_arena *arena, const struct request *request,
		   Truce__V1__Explain *message)
{
	Truce__V1__Label *labels;

	message->identifier = borrow(request->identifier);
	message->has_seq = request->seq != 0;
	message->seq = request->seq;
	message->rule = borrow(request->rule);
	message->agreement = borrow(request->agreement);
	message->has_exercise = request->exercise;
	message->exercise = request->exercise;
	message->n_labels = request->labels_count;
	if (!list_take(arena, request->labels_count, sizeof(*labels), &labels,
		       &message->labels))
		return false;
	for (size_t i = 0; i < request->labels_count; i++) {
		truce__v1__label__init(&labels[i]);
		labels[i].name = borrow(request->labels[i].name);
		labels[i].value = (char *)(uintptr_t)request->labels[i].value;
	}
	return true;
}

/* --- The answer, packed --- */

/* A field that is set if it says something. */
#define SET(message, field, value, condition)                                  \
	do {                                                                   \
		(message)->has_##field = (condition);                          \
		(message)->field = (value);                                    \
	} while (0)
#define SET_TIME(message, field, at) SET(message, field, at, (at) != TIME_UNSET)
#define SET_COUNT(message, field, count) SET(message, field, count, (count) > 0)

static Truce__V1__Explanation__Values *
values_make(struct codec_arena *arena, const double values[4])
{
	Truce__V1__Explanation__Values *to =
		codec_arena_take(arena, sizeof(*to));

	if (!to)
		return NULL;
	truce__v1__explanation__values__init(to);
	SET(to, confirmed, values[BASIS_CONFIRMED], 1);
	SET(to, supported, values[BASIS_SUPPORTED], 1);
	SET(to, reported, values[BASIS_REPORTED], 1);
	SET(to, upper, values[BASIS_UPPER], 1);
	return to;
}

static Truce__V1__Explanation__Values *
sums_make(struct codec_arena *arena, const uint64_t sums[4])
{
	double values[4];

	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		values[basis] = (double)sums[basis];
	return values_make(arena, values);
}

static bool
groups_fill(struct codec_arena *arena, const struct explanation *explanation,
	    Truce__V1__Explanation *message)
{
	Truce__V1__Explanation__Group *groups;
	Truce__V1__Label *labels;

	if (!list_take(arena, explanation->groups_count, sizeof(*groups),
		       &groups, &message->groups))
		return false;
	message->n_groups = explanation->groups_count;
	for (size_t i = 0; i < explanation->groups_count; i++) {
		const struct explained_group *from = &explanation->groups[i];
		Truce__V1__Explanation__Group *to = &groups[i];

		truce__v1__explanation__group__init(to);
		to->agreement = borrow(from->agreement);
		to->event = borrow(from->event);
		SET(to, value, from->value, isfinite(from->value));
		SET_COUNT(to, severity, (Truce__V1__Severity)from->severity);
		SET_COUNT(to, seq, from->first_seq);
		to->n_labels = from->labels_count;
		if (!list_take(arena, from->labels_count, sizeof(*labels),
			       &labels, &to->labels))
			return false;
		for (size_t j = 0; j < from->labels_count; j++) {
			truce__v1__label__init(&labels[j]);
			labels[j].name = borrow(from->labels[j].name);
			labels[j].value =
				(char *)(uintptr_t)from->labels[j].value;
		}
	}
	return true;
}

static bool
levels_fill(struct codec_arena *arena, const struct explanation *explanation,
	    Truce__V1__Explanation *message)
{
	Truce__V1__Explanation__Level *levels;

	if (!list_take(arena, explanation->levels_count, sizeof(*levels),
		       &levels, &message->levels))
		return false;
	message->n_levels = explanation->levels_count;
	for (size_t i = 0; i < explanation->levels_count; i++) {
		const struct explained_level *from = &explanation->levels[i];
		Truce__V1__Explanation__Level *to = &levels[i];

		truce__v1__explanation__level__init(to);
		SET(to, at, from->at, 1);
		SET(to, clear, from->clear, 1);
		SET(to, severity, (Truce__V1__Severity)from->severity, 1);
		SET(to, met, from->met, 1);
		SET(to, held, from->held, 1);
	}
	SET(message, next_level, (uint32_t)explanation->next_level,
	    explanation->next_level >= 0);
	SET(message, missing, explanation->missing,
	    explanation->next_level >= 0 && isfinite(explanation->missing));
	return true;
}

static void
episode_fill(const struct explained_episode *from,
	     Truce__V1__Explanation__Episode *to)
{
	truce__v1__explanation__episode__init(to);
	SET_COUNT(to, first_seq, from->first_seq);
	SET_COUNT(to, last_seq, from->last_seq);
	SET_TIME(to, begun_at, from->begun_at);
	SET(to, last_sent_at, from->last_message_at, from->last_seq > 0);
	SET(to, severity, (Truce__V1__Severity)from->severity, 1);
	SET(to, certainty, (Truce__V1__Certainty)from->certainty, 1);
	SET_TIME(to, keep_since, from->keep_since);
	SET_TIME(to, keep_until, from->keep_until);
	SET_TIME(to, ends_at, from->ends_at);
	to->acknowledged_by = borrow(from->acknowledged_by);
	SET_TIME(to, acknowledged_at, from->acknowledged_at);
	SET_TIME(to, acknowledged_until, from->acknowledged_until);
	SET(to, escalated, from->escalated, from->escalated);
	SET_TIME(to, escalates_at, from->escalates_at);
	SET_TIME(to, reminds_at, from->reminds_at);
	SET_TIME(to, withheld_since, from->withheld_since);
}

static bool
episodes_fill(struct codec_arena *arena, const struct explanation *explanation,
	      Truce__V1__Explanation *message)
{
	Truce__V1__Explanation__Episode *ended;

	if (explanation->open) {
		message->episode =
			codec_arena_take(arena, sizeof(*message->episode));
		if (!message->episode)
			return false;
		episode_fill(&explanation->episode, message->episode);
	}
	if (!list_take(arena, explanation->ended_count, sizeof(*ended), &ended,
		       &message->ended))
		return false;
	message->n_ended = explanation->ended_count;
	for (size_t i = 0; i < explanation->ended_count; i++)
		episode_fill(&explanation->ended[i], &ended[i]);
	return true;
}

static bool
quiet_fill(struct codec_arena *arena, const struct explanation *explanation,
	   Truce__V1__Explanation *message)
{
	const struct explained_retraction *retraction =
		&explanation->retraction;
	const struct explained_silence *silence = &explanation->silence;

	if (explanation->why == EXPLAINED_RETRACTED) {
		Truce__V1__Explanation__Retraction *to =
			codec_arena_take(arena, sizeof(*to));
		if (!to)
			return false;
		truce__v1__explanation__retraction__init(to);
		SET_COUNT(to, first_seq, retraction->episode_seq);
		SET(to, severity, (Truce__V1__Severity)retraction->severity, 1);
		SET(to, above, retraction->above, retraction->above != 0);
		SET(to, below, retraction->below, 1);
		SET_TIME(to, left_since, retraction->left_since);
		SET_COUNT(to, seq, retraction->seq);
		SET_TIME(to, at, retraction->at);
		to->by = borrow(retraction->by);
		to->comment = borrow(retraction->comment);
		message->retraction = to;
	}
	if (silence->number) {
		Truce__V1__Explanation__Hold *to =
			codec_arena_take(arena, sizeof(*to));
		if (!to)
			return false;
		truce__v1__explanation__hold__init(to);
		SET(to, silence, silence->number, 1);
		SET_TIME(to, until_at, silence->until_at);
		to->by = borrow(silence->by);
		to->comment = borrow(silence->comment);
		message->held_by = to;
	}
	return true;
}

static bool
spike_fill(struct codec_arena *arena, const struct explanation *explanation,
	   Truce__V1__Explanation *message)
{
	const struct spike *spike = &explanation->spike;
	Truce__V1__Explanation__Bucket *buckets;

	if (explanation->kind != RULE_SPIKE)
		return true;
	message->statistic = borrow(spike_method_name(spike->method));
	SET(message, baseline, spike->baseline, 1);
	SET(message, min_sigma, spike->min_sigma, 1);
	SET(message, min_count, spike->min_count, 1);
	if (!list_take(arena, explanation->buckets_count, sizeof(*buckets),
		       &buckets, &message->buckets))
		return false;
	message->n_buckets = explanation->buckets_count;
	for (size_t i = 0; i < explanation->buckets_count; i++) {
		truce__v1__explanation__bucket__init(&buckets[i]);
		SET(&buckets[i], start_at, explanation->buckets[i].start_at, 1);
		SET(&buckets[i], count, explanation->buckets[i].count, 1);
		SET(&buckets[i], tested, explanation->buckets[i].tested, 1);
	}
	return true;
}

static bool
report_fill(struct codec_arena *arena, const struct explained_report *from,
	    Truce__V1__Explanation__Report *to)
{
	truce__v1__explanation__report__init(to);
	to->report = borrow(from->report);
	to->source = borrow(from->source);
	SET(to, part, (Truce__V1__Explanation__Part)from->part, 1);
	SET_TIME(to, at, from->at);
	SET(to, told_assessment, (Truce__V1__Assessment)from->told_assessment,
	    1);
	SET(to, assessment, (Truce__V1__Assessment)from->assessment, 1);
	to->assessment_by = borrow(from->assessment_by);
	SET(to, told_attribution,
	    (Truce__V1__Attribution)from->told_attribution, 1);
	SET(to, attribution, (Truce__V1__Attribution)from->attribution, 1);
	to->attribution_by = borrow(from->attribution_by);
	to->told_party = borrow(from->told_party);
	to->party = borrow(from->party);
	to->party_by = borrow(from->party_by);
	to->origin = borrow(from->origin);
	SET(to, partial, from->partial, from->partial);
	SET(to, denied, from->denied, from->denied);
	to->leader = borrow(from->leader);
	SET_COUNT(to, told_by, from->told_by);
	SET(to, origins, from->origins, from->leader[0] != '\0');
	SET(to, disputed, from->disputed, from->disputed);
	if (from->part != PART_LEADS && from->part != PART_TOTAL)
		return true;
	to->adds = sums_make(arena, from->adds);
	return to->adds;
}

static bool
reports_fill(struct codec_arena *arena, const struct explanation *explanation,
	     Truce__V1__Explanation *message)
{
	Truce__V1__Explanation__Report *reports;

	if (!list_take(arena, explanation->reports_count, sizeof(*reports),
		       &reports, &message->reports))
		return false;
	message->n_reports = explanation->reports_count;
	for (size_t i = 0; i < explanation->reports_count; i++) {
		if (!report_fill(arena, &explanation->reports[i], &reports[i]))
			return false;
	}
	return true;
}

static bool
rule_fill(struct codec_arena *arena, const struct explanation *explanation,
	  Truce__V1__Explanation *message)
{
	message->rule = borrow(explanation->rule);
	message->kind = borrow(rule_kind_name(explanation->kind));
	message->measure = borrow(explanation->measure);
	message->basis = borrow(basis_name(explanation->basis));
	SET_COUNT(message, window_ms, explanation->window_ms);
	SET(message, one_event, explanation->window_kind == WINDOW_EVENT,
	    explanation->window_kind == WINDOW_EVENT);
	SET_COUNT(message, late_ms, explanation->late_ms);
	SET_COUNT(message, for_ms, explanation->for_ms);
	SET_COUNT(message, keep_firing_ms, explanation->keep_firing_ms);
	message->group_by =
		codec_arena_take(arena, GROUP_BY_MAX * sizeof(char *));
	if (!message->group_by)
		return false;
	message->n_group_by = explanation->labels_count;
	for (size_t i = 0; i < explanation->labels_count; i++)
		message->group_by[i] = borrow(explanation->labels[i].name);
	SET(message, too_late, explanation->too_late, 1);
	SET(message, ungrouped, explanation->ungrouped, 1);
	return true;
}

static bool
window_fill(struct codec_arena *arena, const struct explanation *explanation,
	    Truce__V1__Explanation *message)
{
	const struct sums *sums = &explanation->sums;

	SET(message, why, (Truce__V1__Explanation__Why)explanation->why, 1);
	SET_TIME(message, start_at, explanation->start_at);
	SET_TIME(message, end_at, explanation->end_at);
	message->figure = borrow(explanation->figure);
	message->sums = sums_make(arena, sums->by_basis);
	if (isfinite(explanation->values[explanation->basis]))
		message->values = values_make(arena, explanation->values);
	SET(message, events, sums->events, 1);
	SET(message, attributed, sums->attributed, 1);
	SET(message, disputed, sums->disputed, 1);
	SET(message, at_least, sums->at_least, 1);
	SET_TIME(message, pending_since, explanation->pending_since);
	SET(message, told, (Truce__V1__Severity)explanation->told,
	    explanation->why == EXPLAINED_TOLD);
	SET_TIME(message, meets_at, explanation->meets_at);
	return message->sums &&
	       (message->values ||
		!isfinite(explanation->values[explanation->basis]));
}

bool
codec_explanation_fill(struct codec_arena *arena,
		       const struct explanation *explanation,
		       Truce__V1__Explanation *message)
{
	SET_TIME(message, at, explanation->at);
	SET_TIME(message, engine_at, explanation->engine_at);
	SET_COUNT(message, groups_more, explanation->groups_more);
	SET(message, none, explanation->none, 1);
	SET(message, one, explanation->one, 1);
	if (!rule_fill(arena, explanation, message) ||
	    !groups_fill(arena, explanation, message))
		return false;
	return !explanation->one ||
	       (window_fill(arena, explanation, message) &&
		levels_fill(arena, explanation, message) &&
		episodes_fill(arena, explanation, message) &&
		quiet_fill(arena, explanation, message) &&
		spike_fill(arena, explanation, message) &&
		reports_fill(arena, explanation, message));
}

/* --- The answer, read: what is more than we have room for is left out --- */

#define TIME_OF(message, field)                                                \
	((message)->has_##field ? (message)->field : TIME_UNSET)

#define TEXT(array, text) text_fit(array, sizeof(array), codec_text(text))

static size_t
at_most(size_t count, size_t room)
{
	return count < room ? count : room;
}

static enum severity
severity_of(Truce__V1__Severity severity)
{
	return (enum severity)known(severity, SEVERITIES);
}

static void
values_read(const Truce__V1__Explanation__Values *from, double values[4])
{
	if (!from)
		return;
	values[BASIS_CONFIRMED] = from->confirmed;
	values[BASIS_SUPPORTED] = from->supported;
	values[BASIS_REPORTED] = from->reported;
	values[BASIS_UPPER] = from->upper;
}

/* A sum beyond what may be is as good as none. */
static void
sums_read(const Truce__V1__Explanation__Values *from, uint64_t sums[4])
{
	double values[4] = {0};

	values_read(from, values);
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		sums[basis] = values[basis] >= 0 && values[basis] < 9e18
				      ? (uint64_t)values[basis]
				      : 0;
}

static void
groups_read(const Truce__V1__Explanation *message,
	    struct explanation *explanation)
{
	explanation->groups_count =
		at_most(message->n_groups, EXPLAINED_GROUPS_MAX);
	for (size_t i = 0; i < explanation->groups_count; i++) {
		const Truce__V1__Explanation__Group *from = message->groups[i];
		struct explained_group *to = &explanation->groups[i];

		TEXT(to->agreement, from->agreement);
		TEXT(to->event, from->event);
		to->value = from->has_value ? from->value : -INFINITY;
		to->severity = severity_of(from->severity);
		to->first_seq = from->seq;
		to->labels_count = at_most(from->n_labels, GROUP_BY_MAX);
		for (size_t j = 0; j < to->labels_count; j++) {
			to->labels[j].name = codec_text(from->labels[j]->name);
			TEXT(to->labels[j].value, from->labels[j]->value);
		}
	}
}

static void
levels_read(const Truce__V1__Explanation *message,
	    struct explanation *explanation)
{
	explanation->levels_count = at_most(message->n_levels, LEVELS_MAX);
	for (size_t i = 0; i < explanation->levels_count; i++) {
		const Truce__V1__Explanation__Level *from = message->levels[i];

		explanation->levels[i] = (struct explained_level){
			.at = from->at,
			.clear = from->clear,
			.severity = severity_of(from->severity),
			.met = from->met,
			.held = from->held,
		};
	}
	explanation->next_level = -1;
	if (message->has_next_level &&
	    message->next_level < explanation->levels_count)
		explanation->next_level = (int)message->next_level;
	explanation->missing = message->missing;
}

static void
episode_read(const Truce__V1__Explanation__Episode *from,
	     struct explained_episode *to)
{
	*to = (struct explained_episode){
		.first_seq = from->first_seq,
		.last_seq = from->last_seq,
		.begun_at = TIME_OF(from, begun_at),
		.last_message_at = TIME_OF(from, last_sent_at),
		.severity = severity_of(from->severity),
		.certainty =
			(enum certainty)known(from->certainty, CERTAINTIES),
		.keep_since = TIME_OF(from, keep_since),
		.keep_until = TIME_OF(from, keep_until),
		.ends_at = TIME_OF(from, ends_at),
		.acknowledged_at = TIME_OF(from, acknowledged_at),
		.acknowledged_until = TIME_OF(from, acknowledged_until),
		.escalated = from->escalated,
		.escalates_at = TIME_OF(from, escalates_at),
		.reminds_at = TIME_OF(from, reminds_at),
		.withheld_since = TIME_OF(from, withheld_since),
	};
	TEXT(to->acknowledged_by, from->acknowledged_by);
}

static void
quiet_read(const Truce__V1__Explanation *message,
	   struct explanation *explanation)
{
	const Truce__V1__Explanation__Retraction *retraction =
		message->retraction;
	const Truce__V1__Explanation__Hold *hold = message->held_by;

	if (retraction) {
		explanation->retraction = (struct explained_retraction){
			.episode_seq = retraction->first_seq,
			.severity = severity_of(retraction->severity),
			.above = retraction->above,
			.below = retraction->below,
			.left_since = TIME_OF(retraction, left_since),
			.seq = retraction->seq,
			.at = TIME_OF(retraction, at),
		};
		TEXT(explanation->retraction.by, retraction->by);
		TEXT(explanation->retraction.comment, retraction->comment);
	}
	if (hold) {
		explanation->silence.number = hold->silence;
		explanation->silence.until_at = TIME_OF(hold, until_at);
		TEXT(explanation->silence.by, hold->by);
		TEXT(explanation->silence.comment, hold->comment);
	}
}

static void
buckets_read(const Truce__V1__Explanation *message,
	     struct explanation *explanation)
{
	explanation->spike.baseline = message->baseline;
	explanation->spike.min_sigma = message->min_sigma;
	explanation->spike.min_count = message->min_count;
	explanation->buckets_count =
		at_most(message->n_buckets, EXPLAINED_BUCKETS_MAX);
	for (size_t i = 0; i < explanation->buckets_count; i++)
		explanation->buckets[i] = (struct explained_bucket){
			.start_at = message->buckets[i]->start_at,
			.count = message->buckets[i]->count,
			.tested = message->buckets[i]->tested,
		};
}

static void
report_read(const Truce__V1__Explanation__Report *from,
	    struct explained_report *to)
{
	*to = (struct explained_report){
		.part = (enum explained_part)known(from->part, PARTS),
		.at = TIME_OF(from, at),
		.told_assessment = (enum assessment)known(from->told_assessment,
							  ASSESSMENTS),
		.assessment =
			(enum assessment)known(from->assessment, ASSESSMENTS),
		.told_attribution =
			(enum attribution)known(from->told_attribution,
						ATTRIBUTIONS),
		.attribution = (enum attribution)known(from->attribution,
						       ATTRIBUTIONS),
		.partial = from->partial,
		.denied = from->denied,
		.told_by = from->told_by,
		.origins = from->origins,
		.disputed = from->disputed,
	};
	TEXT(to->report, from->report);
	TEXT(to->source, from->source);
	TEXT(to->assessment_by, from->assessment_by);
	TEXT(to->attribution_by, from->attribution_by);
	TEXT(to->told_party, from->told_party);
	TEXT(to->party, from->party);
	TEXT(to->party_by, from->party_by);
	TEXT(to->origin, from->origin);
	TEXT(to->leader, from->leader);
	sums_read(from->adds, to->adds);
}

static void
rule_read(const Truce__V1__Explanation *message,
	  struct explanation *explanation)
{
	const char *kind = codec_text(message->kind);
	const char *basis = codec_text(message->basis);
	const char *method = codec_text(message->statistic);

	TEXT(explanation->rule, message->rule);
	explanation->measure = codec_text(message->measure);
	for (int i = 0; i < RULE_KINDS; i++)
		if (strcmp(kind, rule_kind_name((enum rule_kind)i)) == 0)
			explanation->kind = (enum rule_kind)i;
	for (int i = 0; i <= BASIS_UPPER; i++)
		if (strcmp(basis, basis_name((enum basis)i)) == 0)
			explanation->basis = (enum basis)i;
	for (int i = 0; i <= SPIKE_RATIO; i++)
		if (strcmp(method, spike_method_name((enum spike_method)i)) ==
		    0)
			explanation->spike.method = (enum spike_method)i;
	explanation->window_kind = message->one_event	    ? WINDOW_EVENT
				   : message->has_window_ms ? WINDOW_DURATION
							    : WINDOW_NONE;
	explanation->window_ms = message->window_ms;
	explanation->late_ms = message->late_ms;
	explanation->for_ms = message->for_ms;
	explanation->keep_firing_ms = message->keep_firing_ms;
	explanation->labels_count = at_most(message->n_group_by, GROUP_BY_MAX);
	for (size_t i = 0; i < explanation->labels_count; i++)
		explanation->labels[i].name = codec_text(message->group_by[i]);
	explanation->too_late = message->too_late;
	explanation->ungrouped = message->ungrouped;
}

bool
codec_explanation_read(struct codec_arena *arena,
		       const Truce__V1__Explanation *message,
		       struct reply *reply)
{
	struct explanation *explanation =
		codec_arena_take(arena, sizeof(*explanation));

	if (!explanation)
		return false;
	memset(explanation, 0, sizeof(*explanation));
	rule_read(message, explanation);
	explanation->at = TIME_OF(message, at);
	explanation->engine_at = TIME_OF(message, engine_at);
	explanation->groups_more = message->groups_more;
	explanation->none = message->none;
	explanation->one = message->one;
	groups_read(message, explanation);
	explanation->why =
		(enum explained_why)known(message->why, EXPLAINED_WHYS);
	explanation->start_at = TIME_OF(message, start_at);
	explanation->end_at = TIME_OF(message, end_at);
	sums_read(message->sums, explanation->sums.by_basis);
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		explanation->values[basis] = -INFINITY;
	values_read(message->values, explanation->values);
	TEXT(explanation->figure, message->figure);
	explanation->meets_at = TIME_OF(message, meets_at);
	explanation->sums.events = message->events;
	explanation->sums.attributed = message->attributed;
	explanation->sums.disputed = message->disputed;
	explanation->sums.at_least = message->at_least;
	levels_read(message, explanation);
	explanation->pending_since = TIME_OF(message, pending_since);
	explanation->told = severity_of(message->told);
	explanation->open = message->episode != NULL;
	if (message->episode)
		episode_read(message->episode, &explanation->episode);
	explanation->ended_count =
		at_most(message->n_ended, EXPLAINED_ENDED_MAX);
	for (size_t i = 0; i < explanation->ended_count; i++)
		episode_read(message->ended[i], &explanation->ended[i]);
	quiet_read(message, explanation);
	buckets_read(message, explanation);
	explanation->reports_count =
		at_most(message->n_reports, EXPLAINED_REPORTS_MAX);
	for (size_t i = 0; i < explanation->reports_count; i++)
		report_read(message->reports[i], &explanation->reports[i]);
	reply->explanation = explanation;
	return true;
}
