/* Alerts and heartbeats, both ways. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <alert.pb-c.h>

#include "core/alert.h"
#include "core/headline.h"
#include "core/rule.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"

/* protobuf-c stores enumerations as numbers, which must be the core's. */
#define SAME(core, proto) _Static_assert((int)(core) == (int)(proto), #core)
SAME(MSG_TYPE_CANCEL, TRUCE__V1__MSG_TYPE__CANCEL);
SAME(ALERT_CANCELLED, TRUCE__V1__STATE__CANCELLED);
SAME(CAUSE_SILENCE_ENDED, TRUCE__V1__CAUSE__SILENCE_ENDED);
SAME(STATUS_SYSTEM, TRUCE__V1__STATUS__SYSTEM);
SAME(SEVERITY_EXTREME, TRUCE__V1__SEVERITY__EXTREME);
SAME(CERTAINTY_OBSERVED, TRUCE__V1__CERTAINTY__OBSERVED);
SAME(URGENCY_IMMEDIATE, TRUCE__V1__URGENCY__IMMEDIATE);

enum {
	EVIDENCE_SIZE = 2 * TEXT_SIZE + 1 + 10 + 1,
	WEB_MAX = 2048 /* a longer link is left out, not cut */
};

/* What is said before the words of an episode that another engine began. */
#define ANEW_BEFORE "counted anew: "
#define ENDED_BEFORE "counted anew, ended: "
#define ANEW_WHY                                                               \
	"This truced counts in another way than the one that said so first, "  \
	"and has begun a new stream. "

/* Where the words of an alert are made, and what points at them. */
struct wording {
	char identifier[IDENTIFIER_SIZE];
	char episode[IDENTIFIER_SIZE];
	char references[IDENTIFIER_SIZE];
	char headline[HEADLINE_SIZE + sizeof(ANEW_BEFORE)];
	char description[DESCRIPTION_SIZE + sizeof(ANEW_WHY)];
	char instruction[DESCRIPTION_SIZE];
	char evidence[EVIDENCE_MAX][EVIDENCE_SIZE];
	char *evidence_list[EVIDENCE_MAX];
	Truce__V1__Label labels[GROUP_BY_MAX];
	Truce__V1__Label *label_list[GROUP_BY_MAX];
};

/* protobuf-c's structs are for both directions, so their strings are not
 * const; packing only reads them. */
static char *
borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

static char *
identifier_write(char ret_text[static IDENTIFIER_SIZE],
		 const struct voice *voice, uint64_t seq)
{
	snprintf(ret_text, IDENTIFIER_SIZE, "%.*s-%.*s-%llu", SENDER_MAX,
		 voice->sender, STREAM_IN_NAME, voice->stream,
		 (unsigned long long)seq);
	return ret_text;
}

static void
names_fill(Truce__V1__Alert *message, const struct alert *alert,
	   const struct voice *voice, struct wording *wording)
{
	message->stream = borrow(voice->stream);
	/* What a silence holds back has no number. */
	message->has_seq = alert->seq > 0;
	message->seq = alert->seq;
	if (alert->seq > 0)
		message->identifier = identifier_write(wording->identifier,
						       voice, alert->seq);
	if (voice->episode)
		message->episode = borrow(voice->episode);
	else if (alert->episode_seq > 0)
		message->episode = identifier_write(wording->episode, voice,
						    alert->episode_seq);
	if (voice->goes_on_from)
		message->references = borrow(voice->goes_on_from);
	else if (alert->references_seq > 0)
		message->references =
			identifier_write(wording->references, voice,
					 alert->references_seq);
	message->rule = borrow(alert->rule);
	message->agreement = borrow(alert->agreement);
	if (alert->measure && alert->measure[0])
		message->measure = borrow(alert->measure);
}

static void
states_fill(Truce__V1__Alert *message, const struct alert *alert)
{
	message->has_msg_type = 1;
	message->msg_type = (Truce__V1__MsgType)alert->msg_type;
	message->has_state = 1;
	message->state = (Truce__V1__State)alert->state;
	message->has_cause = 1;
	message->cause = (Truce__V1__Cause)alert->cause;
	message->has_status = 1;
	message->status = (Truce__V1__Status)alert->status;
	message->has_severity = 1;
	message->severity = (Truce__V1__Severity)alert->severity;
	message->has_certainty = 1;
	message->certainty = (Truce__V1__Certainty)alert->certainty;
	message->has_urgency = 1;
	message->urgency = (Truce__V1__Urgency)alert->urgency;
}

static void
sums_fill(Truce__V1__Alert *message, const struct alert *alert)
{
	const struct sums *sums = &alert->sums;

	message->has_confirmed = 1;
	message->confirmed = (double)sums->by_basis[BASIS_CONFIRMED];
	message->has_supported = 1;
	message->supported = (double)sums->by_basis[BASIS_SUPPORTED];
	message->has_reported = 1;
	message->reported = (double)sums->by_basis[BASIS_REPORTED];
	message->has_upper = 1;
	message->upper = (double)sums->by_basis[BASIS_UPPER];
	message->has_threshold = 1;
	message->threshold = alert->threshold;
	message->has_events = 1;
	message->events = sums->events;
	message->has_attributed = 1;
	message->attributed = sums->attributed;
	message->has_disputed = 1;
	message->disputed = sums->disputed;
	message->has_at_least = 1;
	message->at_least = sums->at_least > 0;
}

static void
times_fill(Truce__V1__Alert *message, const struct alert *alert,
	   const struct voice *voice)
{
	message->has_window_ms = alert->window_ms > 0;
	message->window_ms = alert->window_ms;
	message->has_onset_at = alert->onset_at != TIME_UNSET;
	message->onset_at = alert->onset_at;
	message->has_sent_at = 1;
	message->sent_at = alert->sent_at;
	/* When it was in an earlier stream, the engine does not know. */
	message->has_began_at = alert->references_seq > 0 && !voice->episode;
	message->began_at = alert->began_at;
}

static void
lists_fill(Truce__V1__Alert *message, const struct alert *alert,
	   struct wording *wording)
{
	for (size_t i = 0; i < alert->labels_count; i++) {
		truce__v1__label__init(&wording->labels[i]);
		wording->labels[i].name = borrow(alert->labels[i].name);
		wording->labels[i].value = borrow(alert->labels[i].value);
		wording->label_list[i] = &wording->labels[i];
	}
	message->n_labels = alert->labels_count;
	message->labels = wording->label_list;
	for (size_t i = 0; i < alert->evidence_count; i++) {
		const struct evidence *evidence = &alert->evidence[i];

		snprintf(wording->evidence[i], EVIDENCE_SIZE, "%s/%s@%u",
			 evidence->source, evidence->id, evidence->revision);
		wording->evidence_list[i] = wording->evidence[i];
	}
	message->n_evidence = alert->evidence_count;
	message->evidence = wording->evidence_list;
}

static void
officer_fill(Truce__V1__Alert *message, const struct alert *alert)
{
	if (alert->acknowledged_by[0]) {
		message->acknowledged_by = borrow(alert->acknowledged_by);
		message->has_acknowledged_at =
			alert->acknowledged_at != TIME_UNSET;
		message->acknowledged_at = alert->acknowledged_at;
	}
	if (alert->comment[0])
		message->comment = borrow(alert->comment);
}

static void
words_fill(Truce__V1__Alert *message, const struct alert *alert,
	   const struct voice *voice, struct wording *wording)
{
	bool anew = voice->goes_on_from != NULL;

	headline_render(alert, alert->headline ? alert->headline : "",
			stpcpy(wording->headline, anew ? ANEW_BEFORE : ""),
			HEADLINE_SIZE);
	message->headline = wording->headline;
	description_render(alert,
			   stpcpy(wording->description, anew ? ANEW_WHY : ""),
			   DESCRIPTION_SIZE);
	message->description = wording->description;
	if (alert->instruction && alert->instruction[0]) {
		template_render(alert, alert->instruction, wording->instruction,
				sizeof(wording->instruction));
		message->instruction = wording->instruction;
	}
	if (alert->web && alert->web[0] && strlen(alert->web) <= WEB_MAX)
		message->web = borrow(alert->web);
}

size_t
codec_alert_pack(const struct alert *alert, const struct voice *voice,
		 uint8_t ret_bytes[static ALERT_BYTES_MAX])
{
	Truce__V1__Alert message = TRUCE__V1__ALERT__INIT;
	struct wording wording;

	_Static_assert(7 * IDENTIFIER_SIZE + 2 * NAME_SIZE + HEADLINE_SIZE +
				       sizeof(ANEW_BEFORE) + sizeof(ANEW_WHY) +
				       2 * DESCRIPTION_SIZE + WEB_MAX +
				       EVIDENCE_MAX * (EVIDENCE_SIZE + 4) +
				       GROUP_BY_MAX * (2 * TEXT_SIZE + 8) +
				       TEXT_SIZE + COMMENT_SIZE + 36 * 12 <
			       ALERT_BYTES_MAX,
		       "an alert with every field at its longest fits");
	names_fill(&message, alert, voice, &wording);
	states_fill(&message, alert);
	sums_fill(&message, alert);
	times_fill(&message, alert, voice);
	lists_fill(&message, alert, &wording);
	officer_fill(&message, alert);
	words_fill(&message, alert, voice, &wording);
	if (voice->goes_on_from) {
		message.msg_type = TRUCE__V1__MSG_TYPE__UPDATE;
		message.cause = TRUCE__V1__CAUSE__RULE_CHANGED;
	}
	assert(truce__v1__alert__get_packed_size(&message) <= ALERT_BYTES_MAX);
	return truce__v1__alert__pack(&message, ret_bytes);
}

/* A text without what is said before it, if that is. */
static const char *
text_after(const char *text, const char *before)
{
	size_t size = strlen(before);

	return strncmp(text, before, size) == 0 ? text + size : text;
}

size_t
codec_alert_end(struct codec *codec, const uint8_t *last, size_t last_size,
		const struct voice *voice, uint64_t seq, int64_t sent_at,
		uint8_t ret_bytes[static ALERT_BYTES_MAX])
{
	Truce__V1__Alert *message =
		(Truce__V1__Alert *)codec_unpack(&codec->message,
						 &truce__v1__alert__descriptor,
						 last, last_size);
	char identifier[IDENTIFIER_SIZE];
	char headline[HEADLINE_SIZE + sizeof(ENDED_BEFORE)];
	char description[DESCRIPTION_SIZE + sizeof(ANEW_WHY)];

	if (!message)
		return 0;
	message->references = message->identifier;
	message->identifier = identifier_write(identifier, voice, seq);
	message->stream = borrow(voice->stream);
	message->seq = seq;
	/* By records it is as late as the reports that still count. */
	if (message->sent_at < sent_at)
		message->sent_at = sent_at;
	message->msg_type = TRUCE__V1__MSG_TYPE__UPDATE;
	message->state = TRUCE__V1__STATE__RESOLVED;
	message->cause = TRUCE__V1__CAUSE__RULE_CHANGED;
	message->urgency = TRUCE__V1__URGENCY__PAST;
	message->has_began_at = 0;
	snprintf(headline, sizeof(headline), ENDED_BEFORE "%s",
		 text_after(codec_text(message->headline), ANEW_BEFORE));
	message->headline = headline;
	snprintf(description, sizeof(description), ANEW_WHY "%s",
		 text_after(codec_text(message->description), ANEW_WHY));
	message->description = description;
	/* What an officer said was said of an earlier one. */
	message->comment = NULL;
	if (truce__v1__alert__get_packed_size(message) > ALERT_BYTES_MAX)
		return 0;
	return truce__v1__alert__pack(message, ret_bytes);
}

size_t
codec_alert_topic(const struct alert *alert,
		  char ret_topic[static TOPIC_MAX * 2])
{
	int size = snprintf(ret_topic, TOPIC_MAX * 2, "%salert.%s.%s",
			    alert->status == STATUS_EXERCISE ? "exercise." : "",
			    alert->agreement, alert->rule);

	return (size_t)size;
}

/* A value that this version does not know reads as the unspecified one. */
static int
known(int64_t value, int last)
{
	return value >= 0 && value <= last ? (int)value : 0;
}

static void
states_read(const Truce__V1__Alert *message, struct notice *notice)
{
	notice->msg_type =
		(enum msg_type)known(message->msg_type, MSG_TYPE_CANCEL);
	notice->state =
		(enum alert_state)known(message->state, ALERT_CANCELLED);
	notice->cause = (enum cause)known(message->cause, CAUSES - 1);
	notice->status = (enum status)known(message->status, STATUS_TEST);
	notice->severity =
		(enum severity)known(message->severity, SEVERITIES - 1);
	notice->certainty =
		(enum certainty)known(message->certainty, CERTAINTIES - 1);
	notice->urgency =
		(enum urgency)known(message->urgency, URGENCY_IMMEDIATE);
}

static void
values_read(const Truce__V1__Alert *message, struct notice *notice)
{
	notice->identifier = codec_text(message->identifier);
	notice->stream = codec_text(message->stream);
	notice->episode = codec_text(message->episode);
	notice->references = codec_text(message->references);
	notice->rule = codec_text(message->rule);
	notice->agreement = codec_text(message->agreement);
	notice->measure = codec_text(message->measure);
	notice->headline = codec_text(message->headline);
	notice->description = codec_text(message->description);
	notice->instruction = codec_text(message->instruction);
	notice->web = codec_text(message->web);
	notice->acknowledged_by = codec_text(message->acknowledged_by);
	notice->comment = codec_text(message->comment);
	notice->seq = message->seq;
	notice->sums[BASIS_CONFIRMED] = message->confirmed;
	notice->sums[BASIS_SUPPORTED] = message->supported;
	notice->sums[BASIS_REPORTED] = message->reported;
	notice->sums[BASIS_UPPER] = message->upper;
	notice->threshold = message->threshold;
	notice->window_ms = message->window_ms;
	notice->onset_at =
		message->has_onset_at ? message->onset_at : TIME_UNSET;
	notice->sent_at = message->has_sent_at ? message->sent_at : TIME_UNSET;
	notice->began_at =
		message->has_began_at ? message->began_at : TIME_UNSET;
	notice->acknowledged_at = message->has_acknowledged_at
					  ? message->acknowledged_at
					  : TIME_UNSET;
	notice->events = message->events;
	notice->attributed = message->attributed;
	notice->disputed = message->disputed;
	notice->at_least = message->at_least;
}

bool
codec_alert_unpack(struct codec *codec, const uint8_t *payload,
		   size_t payload_size, struct notice *ret_notice)
{
	struct codec_arena *arena = &codec->message;
	const Truce__V1__Alert *message = (const Truce__V1__Alert *)
		codec_unpack(arena, &truce__v1__alert__descriptor, payload,
			     payload_size);

	if (!message)
		return false;
	struct notice_label *labels =
		codec_arena_take(arena, message->n_labels * sizeof(*labels));
	const char **evidence =
		codec_arena_take(arena,
				 message->n_evidence * sizeof(*evidence));
	if (!labels || !evidence)
		return false;
	for (size_t i = 0; i < message->n_labels; i++) {
		labels[i].name = codec_text(message->labels[i]->name);
		labels[i].value = codec_text(message->labels[i]->value);
	}
	for (size_t i = 0; i < message->n_evidence; i++)
		evidence[i] = codec_text(message->evidence[i]);
	memset(ret_notice, 0, sizeof(*ret_notice));
	states_read(message, ret_notice);
	values_read(message, ret_notice);
	ret_notice->labels = labels;
	ret_notice->labels_count = message->n_labels;
	ret_notice->evidence = evidence;
	ret_notice->evidence_count = message->n_evidence;
	return true;
}

size_t
codec_heartbeat_pack(const struct heartbeat *heartbeat,
		     uint8_t ret_bytes[static HEARTBEAT_BYTES_MAX])
{
	Truce__V1__Heartbeat message = TRUCE__V1__HEARTBEAT__INIT;

	message.stream = borrow(heartbeat->stream);
	message.has_seq = 1;
	message.seq = heartbeat->seq;
	message.has_at = 1;
	message.at = heartbeat->at;
	message.has_digest = 1;
	message.digest.data = (uint8_t *)(uintptr_t)heartbeat->digest;
	message.digest.len = sizeof(heartbeat->digest);
	if (heartbeat->trouble[0])
		message.trouble = borrow(heartbeat->trouble);
	assert(truce__v1__heartbeat__get_packed_size(&message) <=
	       HEARTBEAT_BYTES_MAX);
	return truce__v1__heartbeat__pack(&message, ret_bytes);
}

bool
codec_heartbeat_unpack(struct codec *codec, const uint8_t *payload,
		       size_t payload_size, struct heartbeat *ret_heartbeat)
{
	const Truce__V1__Heartbeat *message = (const Truce__V1__Heartbeat *)
		codec_unpack(&codec->message, &truce__v1__heartbeat__descriptor,
			     payload, payload_size);

	if (!message || (message->has_digest &&
			 message->digest.len != sizeof(ret_heartbeat->digest)))
		return false;
	memset(ret_heartbeat, 0, sizeof(*ret_heartbeat));
	ret_heartbeat->stream = codec_text(message->stream);
	ret_heartbeat->seq = message->seq;
	ret_heartbeat->at = message->has_at ? message->at : TIME_UNSET;
	ret_heartbeat->trouble = codec_text(message->trouble);
	if (message->has_digest)
		memcpy(ret_heartbeat->digest, message->digest.data,
		       sizeof(ret_heartbeat->digest));
	return true;
}
