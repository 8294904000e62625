#include "relay/explain.h"

#include <stdio.h>
#include <string.h>

#include "core/engine.h"
#include "core/explanation.h"

/* A question whose texts are its own: a request's lie in the codec's arena
 * until its next call, and an alert's likewise. */
struct asked {
	enum engine_part part;
	struct explain_question question;
	char rule[NAME_SIZE];
	char agreement[NAME_SIZE];
	char names[EXPLAIN_LABELS_MAX][NAME_SIZE];
	char values[EXPLAIN_LABELS_MAX][2 * TEXT_SIZE + 1];
	char expected[EXPLAIN_EXPECTED_SIZE]; /* where it is of nothing */
};

static void
asked_rule(struct asked *asked, const char *rule, const char *agreement)
{
	snprintf(asked->rule, sizeof(asked->rule), "%s", rule);
	snprintf(asked->agreement, sizeof(asked->agreement), "%s", agreement);
	asked->question.rule = asked->rule;
	asked->question.agreement = asked->agreement;
}

static void
asked_label(struct asked *asked, const char *name, const char *value,
	    size_t value_size)
{
	size_t i = asked->question.labels_count;

	if (i == EXPLAIN_LABELS_MAX)
		return;
	snprintf(asked->names[i], sizeof(asked->names[i]), "%s", name);
	snprintf(asked->values[i], sizeof(asked->values[i]), "%.*s",
		 (int)value_size, value);
	asked->question.labels[i] =
		(struct explain_label){.name = asked->names[i],
				       .value = asked->values[i]};
	asked->question.labels_count++;
}

static bool
rule_is_of_events(const struct configuration *configuration, const char *name)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		const struct rule *rule = &configuration->rules[i];
		if (strcmp(rule->name, name) == 0)
			return rule->window_kind == WINDOW_EVENT;
	}
	return false;
}

/* The group that an alert was of. */
static bool
ask_of_notice(const struct answering *answering, const struct notice *notice,
	      struct asked *asked)
{
	enum engine_part part;

	if (notice->status == STATUS_SYSTEM) {
		strcpy(asked->expected, "an alert of a rule: this one is of a "
					"condition of truced's own");
		return false;
	}
	asked_rule(asked, notice->rule, notice->agreement);
	for (size_t i = 0; i < notice->labels_count; i++)
		asked_label(asked, notice->labels[i].name,
			    notice->labels[i].value,
			    strlen(notice->labels[i].value));
	asked->part =
		notice->status == STATUS_EXERCISE ? ENGINE_DRILL : ENGINE_REAL;
	if (!answer_episode_seq(answering, notice->episode, &part,
				&asked->question.episode_seq))
		asked->question.episode_seq = 0; /* it is of long ago */
	if (rule_is_of_events(answering->configuration, notice->rule) &&
	    notice->evidence_count > 0) {
		const char *report = notice->evidence[0];
		const char *revision = strrchr(report, '@');
		asked_label(asked, "report", report,
			    revision ? (size_t)(revision - report)
				     : strlen(report));
	}
	return true;
}

/* Takes the alert that is meant into the reply. */
static bool
ask_of_alert(struct answering *answering, const struct request *request,
	     struct asked *asked, struct reply *reply)
{
	struct notice notice;
	uint64_t last_seq = answering->seq[asked->part];

	if (request->identifier[0]) {
		if (!answer_alert(answering, request->identifier)) {
			strcpy(asked->expected,
			       "an identifier of this daemon's alerts");
			return false;
		}
		last_seq = answering->stream.last_seq;
	} else if (request->seq <= last_seq) {
		journal_alerts_after(answering->journal,
				     engines_stream(answering->engines,
						    asked->part),
				     request->seq - 1, "", 1, answer_keep,
				     answering);
	}
	answer_kept(answering, reply);
	if (reply->alerts_count == 1 &&
	    codec_alert_unpack(answering->codec, reply->alerts[0].payload,
			       reply->alerts[0].payload_size, &notice))
		return ask_of_notice(answering, &notice, asked);
	snprintf(asked->expected, sizeof(asked->expected),
		 "an alert that was sent; the last is #%llu",
		 (unsigned long long)last_seq);
	return false;
}

static bool
ask(struct answering *answering, const struct request *request,
    struct asked *asked, struct reply *reply)
{
	asked->part = request->exercise ? ENGINE_DRILL : ENGINE_REAL;
	if (request->rule[0] == '\0')
		return ask_of_alert(answering, request, asked, reply);
	asked_rule(asked, request->rule, request->agreement);
	for (size_t i = 0; i < request->labels_count; i++)
		asked_label(asked, request->labels[i].name,
			    request->labels[i].value,
			    strlen(request->labels[i].value));
	return true;
}

/* --- What the journal knows --- */

struct search {
	const struct answering *answering;
	uint64_t episode_seq;
	struct explained_episode *episode;	 /* when it began */
	struct explained_retraction *retraction; /* who took it back */
};

static int
note_begun(void *context, uint64_t position, const struct journal_alert *alert)
{
	const struct search *search = context;
	struct notice notice;

	(void)position;
	if (codec_alert_unpack(search->answering->codec, alert->payload,
			       alert->payload_size, &notice))
		search->episode->begun_at = notice.sent_at;
	return 0;
}

static int
note_retraction(void *context, uint64_t position,
		const struct journal_alert *alert)
{
	const struct search *search = context;
	struct explained_retraction *retraction = search->retraction;
	struct notice notice;
	enum engine_part part;
	uint64_t episode_seq;

	(void)position;
	if (!codec_alert_unpack(search->answering->codec, alert->payload,
				alert->payload_size, &notice) ||
	    notice.cause != CAUSE_RETRACTED ||
	    !answer_episode_seq(search->answering, notice.episode, &part,
				&episode_seq) ||
	    episode_seq != search->episode_seq)
		return 0;
	retraction->seq = notice.seq;
	retraction->at = notice.sent_at;
	snprintf(retraction->by, sizeof(retraction->by), "%s",
		 notice.acknowledged_by);
	snprintf(retraction->comment, sizeof(retraction->comment), "%s",
		 notice.comment);
	return 1;
}

static void
begun_find(const struct answering *answering, enum engine_part part,
	   struct explained_episode *episode)
{
	struct search search = {.answering = answering, .episode = episode};
	const char *stream = engines_stream(answering->engines, part);
	const char *origin =
		engines_origin(answering->engines, part, episode->first_seq);
	uint64_t seq = episode->first_seq;
	struct journal_stream earlier;

	if (origin && answer_place(answering, origin, &earlier, &seq))
		stream = earlier.name;
	if (seq)
		journal_alerts_after(answering->journal, stream, seq - 1, "", 1,
				     note_begun, &search);
}

static void
retraction_find(const struct answering *answering, const struct asked *asked,
		struct explanation *explanation)
{
	struct explained_retraction *retraction = &explanation->retraction;
	char topic[TOPIC_MAX * 2];
	struct search search = {.answering = answering,
				.retraction = retraction};

	if (!retraction->episode_seq)
		retraction->episode_seq = asked->question.episode_seq;
	search.episode_seq = retraction->episode_seq;
	if (!search.episode_seq)
		return;
	snprintf(topic, sizeof(topic), "%salert.%s.%s",
		 asked->part == ENGINE_DRILL ? "exercise." : "",
		 explanation->groups[0].agreement, explanation->rule);
	journal_alerts_after(answering->journal,
			     engines_stream(answering->engines, asked->part),
			     search.episode_seq, topic, SIZE_MAX,
			     note_retraction, &search);
}

static void
journal_look(const struct answering *answering, const struct asked *asked,
	     struct explanation *explanation)
{
	if (explanation->open)
		begun_find(answering, asked->part, &explanation->episode);
	for (size_t i = 0; i < explanation->ended_count; i++)
		begun_find(answering, asked->part, &explanation->ended[i]);
	if (explanation->why == EXPLAINED_RETRACTED)
		retraction_find(answering, asked, explanation);
}

void
answer_explain(struct answering *answering, const struct request *request,
	       struct reply *reply)
{
	struct explanation *explanation = answering->explanation;
	struct asked asked = {.question.at = TIME_UNSET};

	if (request->expected) {
		answer_fail(reply, request->expected);
		return;
	}
	if (answering->trouble[0]) {
		answer_fail(reply, "a journal with room: what is counted is "
				   "not all on disk yet");
		return;
	}
	if (answering->configuration->clock == CLOCK_WALL)
		asked.question.at = *answering->now;
	if (ask(answering, request, &asked, reply))
		engine_explain(engines_part(answering->engines, asked.part),
			       &asked.question, explanation);
	else
		strcpy(explanation->expected, asked.expected);
	if (explanation->expected[0]) {
		answer_fail(reply, explanation->expected);
		return;
	}
	reply->kind = REPLY_EXPLANATION;
	reply->explanation = explanation;
	if (explanation->one)
		journal_look(answering, &asked, explanation);
}
