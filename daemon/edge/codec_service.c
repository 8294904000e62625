/* Requests and replies, both ways. */

#include <string.h>

#include "core/limits.h"
#include "core/verdict.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"
#include "edge/codec_service.h"

/* protobuf-c stores enumerations as numbers, which must be the core's. */
#define SAME(core, proto) _Static_assert((int)(core) == (int)(proto), #core)
SAME(VERDICT_BUSY, TRUCE__V1__VERDICT__BUSY);
SAME(REASON_NO_STANDING, TRUCE__V1__REASON__NO_STANDING);

static const uint8_t *
message_pack(struct codec_arena *arena, const ProtobufCMessage *message,
	     size_t *ret_size)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = codec_arena_take(arena, size);

	if (!bytes)
		return NULL;
	*ret_size = protobuf_c_message_pack(message, bytes);
	return bytes;
}

/* --- Items: two frames --- */

static bool
items_read(struct codec_arena *arena, Truce__V1__Item *const *items,
	   size_t count, const struct wire_message **ret_items)
{
	struct wire_message *messages =
		codec_arena_take(arena, count * sizeof(*messages));

	if (!messages)
		return false;
	for (size_t i = 0; i < count; i++) {
		const Truce__V1__Item *item = items[i];

		messages[i] = (struct wire_message){
			.topic = item->topic ? item->topic : "",
			.topic_size =
				item->topic ? codec_text_size(item->topic) : 0,
			.payload = item->payload.data,
			.payload_size = item->payload.len,
		};
	}
	*ret_items = messages;
	return true;
}

static bool
items_fill(struct codec_arena *arena, const struct wire_message *messages,
	   size_t count, Truce__V1__Item ***ret_items)
{
	Truce__V1__Item *items;

	if (!list_take(arena, count, sizeof(*items), &items, ret_items))
		return false;
	for (size_t i = 0; i < count; i++) {
		truce__v1__item__init(&items[i]);
		items[i].topic = codec_arena_copy(arena, messages[i].topic,
						  messages[i].topic_size);
		if (!items[i].topic)
			return false;
		items[i].has_payload = 1;
		items[i].payload.data =
			(uint8_t *)(uintptr_t)messages[i].payload;
		items[i].payload.len = messages[i].payload_size;
	}
	return true;
}

/* --- Requests --- */

/* False: not text. One that is not set is "". */
static bool
text_read(const char *text, const char **ret_text)
{
	*ret_text = codec_text(text);
	return !text || *ret_text == text;
}

static bool
replay_read(const Truce__V1__Replay *message, struct request *request)
{
	request->kind = REQUEST_REPLAY;
	request->after_seq = message->after_seq;
	request->limit = message->limit;
	return text_read(message->stream, &request->stream) &&
	       text_read(message->prefix, &request->prefix);
}

/* Who says what, or what was expected, unless something was before. */
static void
officer_read(struct request *request, const char *by, const char *comment)
{
	bool retracts = request->kind == REQUEST_RETRACT;

	_Static_assert(TEXT_SIZE == 65 && COMMENT_SIZE == 512, "as said below");
	request->by = codec_text(by);
	request->comment = codec_text(comment);
	if (request->expected)
		return;
	if (!text_is(by, 1, TEXT_SIZE - 1, TEXT_PLAIN) || by[0] == ' ' ||
	    by[codec_text_size(by) - 1] == ' ')
		request->expected =
			"by: who it is, 1 to 64 bytes of UTF-8 without control "
			"characters or blanks at the ends";
	else if (!text_is(comment, retracts, COMMENT_SIZE - 1, TEXT_CONTROLS))
		request->expected =
			retracts ? "comment: why, 1 to 511 bytes of UTF-8"
				 : "comment: at most 511 bytes of UTF-8";
}

/* What an officer says about an alert. */
static void
order_read(struct request *request, const char *identifier, const char *by,
	   const char *comment)
{
	request->identifier = codec_text(identifier);
	if (!text_is(identifier, 1, PAYLOAD_MAX, TEXT_PLAIN))
		request->expected = "identifier: an alert's";
	officer_read(request, by, comment);
}

static void
acknowledge_read(const Truce__V1__Acknowledge *message, struct request *request)
{
	request->kind = REQUEST_ACKNOWLEDGE;
	order_read(request, message->identifier, message->by, message->comment);
	request->for_ms = message->for_ms;
	if (!request->expected && message->has_for_ms &&
	    (message->for_ms < 1 || message->for_ms > FOR_MS_MAX))
		request->expected = "for_ms: 1 ms to 36500 days";
}

static void
retract_read(const Truce__V1__Retract *message, struct request *request)
{
	request->kind = REQUEST_RETRACT;
	order_read(request, message->identifier, message->by, message->comment);
}

static void
deadline_read(const Truce__V1__Deadline *message, struct request *request)
{
	request->kind = REQUEST_DEADLINE;
	request->agreement = codec_text(message->agreement);
	request->deadline = codec_text(message->name);
	request->word = message->has_met_at   ? COMMAND_DEADLINE_MET
			: message->has_due_at ? COMMAND_DEADLINE_DUE
					      : COMMAND_DEADLINE_UNMET;
	request->at = message->has_met_at ? message->met_at : message->due_at;
	officer_read(request, message->by, message->comment);
	if (!text_is(message->agreement, 1, NAME_SIZE - 1, TEXT_PLAIN))
		request->expected = "agreement: the id of one";
	else if (!text_is(message->name, 1, NAME_SIZE - 1, TEXT_PLAIN))
		request->expected = "name: a deadline's";
	else if (message->has_met_at + message->has_due_at + message->unmet !=
			 1 ||
		 (message->has_unmet && !message->unmet))
		request->expected = "one of met_at, due_at and unmet";
	else if (request->at < TIME_EARLIEST || request->at > TIME_LATEST)
		request->expected =
			"met_at, due_at: Unix milliseconds from 1900 to 9999";
}

static void
unsilence_read(const Truce__V1__Unsilence *message, struct request *request)
{
	request->kind = REQUEST_UNSILENCE;
	request->exercise = message->exercise;
	request->silence = message->silence;
	officer_read(request, message->by, NULL);
}

static bool
request_read(struct codec_arena *arena, const Truce__V1__Request *message,
	     struct request *request)
{
	switch (message->request_case) {
	case TRUCE__V1__REQUEST__REQUEST_SUBMIT:
		request->kind = REQUEST_SUBMIT;
		request->items_count = message->submit->n_items;
		request->dry_run = message->submit->dry_run;
		return items_read(arena, message->submit->items,
				  request->items_count, &request->items);
	case TRUCE__V1__REQUEST__REQUEST_GET:
		request->kind = REQUEST_GET;
		return text_read(message->get->identifier,
				 &request->identifier);
	case TRUCE__V1__REQUEST__REQUEST_REPLAY:
		return replay_read(message->replay, request);
	case TRUCE__V1__REQUEST__REQUEST_LIST:
		request->kind = REQUEST_LIST;
		return text_read(message->list->prefix, &request->prefix) &&
		       text_read(message->list->after, &request->after);
	case TRUCE__V1__REQUEST__REQUEST_STATUS:
		request->kind = REQUEST_STATUS;
		return true;
	case TRUCE__V1__REQUEST__REQUEST_ACKNOWLEDGE:
		acknowledge_read(message->acknowledge, request);
		return true;
	case TRUCE__V1__REQUEST__REQUEST_RETRACT:
		retract_read(message->retract, request);
		return true;
	case TRUCE__V1__REQUEST__REQUEST_DEADLINE:
		deadline_read(message->deadline, request);
		return true;
	case TRUCE__V1__REQUEST__REQUEST_SILENCE:
		if (!codec_silence_read(arena, message->silence, request))
			return false;
		officer_read(request, message->silence->by,
			     message->silence->comment);
		return true;
	case TRUCE__V1__REQUEST__REQUEST_UNSILENCE:
		unsilence_read(message->unsilence, request);
		return true;
	case TRUCE__V1__REQUEST__REQUEST_SILENCES:
		request->kind = REQUEST_SILENCES;
		return true;
	case TRUCE__V1__REQUEST__REQUEST_EXPLAIN:
		return codec_explain_read(arena, message->explain, request);
	case TRUCE__V1__REQUEST__REQUEST__NOT_SET:
	case _TRUCE__V1__REQUEST__REQUEST__CASE_IS_INT_SIZE:
		break;
	}
	return true;
}

bool
codec_request_unpack(struct codec *codec, const uint8_t *payload,
		     size_t payload_size, struct request *ret_request)
{
	struct codec_arena *arena = &codec->message;
	const Truce__V1__Request *message = (const Truce__V1__Request *)
		codec_unpack(arena, &truce__v1__request__descriptor, payload,
			     payload_size);

	if (!message)
		return false;
	*ret_request = (struct request){.tag = message->tag,
					.identifier = "",
					.by = "",
					.comment = "",
					.rule = "",
					.agreement = "",
					.deadline = "",
					.stream = "",
					.prefix = "",
					.after = ""};
	return request_read(arena, message, ret_request);
}

static void
deadline_fill(const struct request *request, Truce__V1__Deadline *message)
{
	message->agreement = borrow(request->agreement);
	message->name = borrow(request->deadline);
	message->by = borrow(request->by);
	message->comment = borrow(request->comment);
	message->has_met_at = request->word == COMMAND_DEADLINE_MET;
	message->met_at = request->at;
	message->has_due_at = request->word == COMMAND_DEADLINE_DUE;
	message->due_at = request->at;
	message->has_unmet = request->word == COMMAND_DEADLINE_UNMET;
	message->unmet = message->has_unmet;
}

const uint8_t *
codec_request_pack(struct codec *codec, const struct request *request,
		   size_t *ret_size)
{
	struct codec_arena *arena = &codec->message;
	Truce__V1__Request message = TRUCE__V1__REQUEST__INIT;
	Truce__V1__Submit submit = TRUCE__V1__SUBMIT__INIT;
	Truce__V1__Get get = TRUCE__V1__GET__INIT;
	Truce__V1__Replay replay = TRUCE__V1__REPLAY__INIT;
	Truce__V1__List list = TRUCE__V1__LIST__INIT;
	Truce__V1__Acknowledge acknowledge = TRUCE__V1__ACKNOWLEDGE__INIT;
	Truce__V1__Retract retract = TRUCE__V1__RETRACT__INIT;
	Truce__V1__Deadline deadline = TRUCE__V1__DEADLINE__INIT;
	Truce__V1__Silence silence = TRUCE__V1__SILENCE__INIT;
	Truce__V1__Unsilence unsilence = TRUCE__V1__UNSILENCE__INIT;
	Truce__V1__Silences silences = TRUCE__V1__SILENCES__INIT;
	Truce__V1__Explain explain = TRUCE__V1__EXPLAIN__INIT;
	Truce__V1__StatusRequest status = TRUCE__V1__STATUS_REQUEST__INIT;

	codec_arena_empty(arena);
	message.has_tag = 1;
	message.tag = request->tag;
	switch (request->kind) {
	case REQUEST_NONE:
		break;
	case REQUEST_SUBMIT:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_SUBMIT;
		message.submit = &submit;
		submit.n_items = request->items_count;
		submit.has_dry_run = request->dry_run;
		submit.dry_run = request->dry_run;
		if (!items_fill(arena, request->items, request->items_count,
				&submit.items))
			return NULL;
		break;
	case REQUEST_GET:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_GET;
		message.get = &get;
		get.identifier = borrow(request->identifier);
		break;
	case REQUEST_REPLAY:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_REPLAY;
		message.replay = &replay;
		replay.stream = borrow(request->stream);
		replay.has_after_seq = 1;
		replay.after_seq = request->after_seq;
		replay.prefix = borrow(request->prefix);
		replay.has_limit = request->limit > 0;
		replay.limit = request->limit;
		break;
	case REQUEST_LIST:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_LIST;
		message.list = &list;
		list.prefix = borrow(request->prefix);
		list.after = borrow(request->after);
		break;
	case REQUEST_ACKNOWLEDGE:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_ACKNOWLEDGE;
		message.acknowledge = &acknowledge;
		acknowledge.identifier = borrow(request->identifier);
		acknowledge.by = borrow(request->by);
		acknowledge.comment = borrow(request->comment);
		acknowledge.has_for_ms = request->for_ms != 0;
		acknowledge.for_ms = request->for_ms;
		break;
	case REQUEST_RETRACT:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_RETRACT;
		message.retract = &retract;
		retract.identifier = borrow(request->identifier);
		retract.by = borrow(request->by);
		retract.comment = borrow(request->comment);
		break;
	case REQUEST_DEADLINE:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_DEADLINE;
		message.deadline = &deadline;
		deadline_fill(request, &deadline);
		break;
	case REQUEST_SILENCE:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_SILENCE;
		message.silence = &silence;
		if (!codec_silence_fill(arena, request, &silence))
			return NULL;
		break;
	case REQUEST_UNSILENCE:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_UNSILENCE;
		message.unsilence = &unsilence;
		unsilence.has_silence = 1;
		unsilence.silence = request->silence;
		unsilence.by = borrow(request->by);
		unsilence.has_exercise = request->exercise;
		unsilence.exercise = request->exercise;
		break;
	case REQUEST_SILENCES:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_SILENCES;
		message.silences = &silences;
		break;
	case REQUEST_EXPLAIN:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_EXPLAIN;
		message.explain = &explain;
		if (!codec_explain_fill(arena, request, &explain))
			return NULL;
		break;
	case REQUEST_STATUS:
		message.request_case = TRUCE__V1__REQUEST__REQUEST_STATUS;
		message.status = &status;
		break;
	}
	return message_pack(arena, &message.base, ret_size);
}

/* --- Receipts --- */

static bool
receipts_fill(struct codec_arena *arena, const struct reply *reply,
	      Truce__V1__Receipts *message)
{
	Truce__V1__Receipt *receipts;

	if (!list_take(arena, reply->receipts_count, sizeof(*receipts),
		       &receipts, &message->receipts))
		return false;
	message->n_receipts = reply->receipts_count;
	for (size_t i = 0; i < reply->receipts_count; i++) {
		const struct receipt_reply *from = &reply->receipts[i];
		Truce__V1__Receipt *to = &receipts[i];

		truce__v1__receipt__init(to);
		to->has_verdict = 1;
		to->verdict = (Truce__V1__Verdict)from->receipt.verdict;
		to->has_reason = from->receipt.reason != REASON_NONE;
		to->reason = (Truce__V1__Reason)from->receipt.reason;
		to->field = borrow(from->receipt.field);
		to->detail = borrow(from->receipt.detail);
		to->source = borrow(from->source);
		to->id = borrow(from->id);
		to->has_revision = from->id && from->id[0];
		to->revision = from->revision;
		to->has_position = from->receipt.position > 0;
		to->position = from->receipt.position;
	}
	return true;
}

static bool
receipts_read(struct codec_arena *arena, const Truce__V1__Receipts *message,
	      struct reply *reply)
{
	struct receipt_reply *receipts =
		codec_arena_take(arena,
				 message->n_receipts * sizeof(*receipts));

	if (!receipts)
		return false;
	memset(receipts, 0, message->n_receipts * sizeof(*receipts));
	for (size_t i = 0; i < message->n_receipts; i++) {
		const Truce__V1__Receipt *from = message->receipts[i];
		struct receipt *to = &receipts[i].receipt;

		to->verdict = (enum verdict)known(from->verdict, VERDICTS);
		to->reason = (enum reason)known(from->reason, REASONS);
		to->position = from->position;
		text_fit(to->field, sizeof(to->field), codec_text(from->field));
		text_fit(to->detail, sizeof(to->detail),
			 codec_text(from->detail));
		receipts[i].source = codec_text(from->source);
		receipts[i].id = codec_text(from->id);
		receipts[i].revision = from->revision;
	}
	reply->receipts = receipts;
	reply->receipts_count = message->n_receipts;
	return true;
}

/* --- Status --- */

static bool
streams_fill(struct codec_arena *arena, const struct status_reply *status,
	     Truce__V1__StatusReply *message)
{
	const size_t count = sizeof(status->streams) / sizeof(*status->streams);
	Truce__V1__StatusReply__Stream *streams;

	if (!list_take(arena, count, sizeof(*streams), &streams,
		       &message->streams))
		return false;
	message->n_streams = count;
	for (size_t i = 0; i < count; i++) {
		const struct status_stream *from = &status->streams[i];

		truce__v1__status_reply__stream__init(&streams[i]);
		streams[i].stream = borrow(from->stream);
		streams[i].has_seq = 1;
		streams[i].seq = from->seq;
		streams[i].has_engine_at = from->engine_at != TIME_UNSET;
		streams[i].engine_at = from->engine_at;
		streams[i].has_logged = 1;
		streams[i].logged = from->logged;
		streams[i].has_silences = 1;
		streams[i].silences = from->silences;
		streams[i].has_held = 1;
		streams[i].held = from->held;
	}
	return true;
}

static bool
verdicts_fill(struct codec_arena *arena, const struct status_reply *status,
	      Truce__V1__StatusReply *message)
{
	Truce__V1__StatusReply__VerdictCount *verdicts;
	Truce__V1__StatusReply__ReasonCount *reasons;

	if (!list_take(arena, VERDICTS, sizeof(*verdicts), &verdicts,
		       &message->verdicts) ||
	    !list_take(arena, REASONS, sizeof(*reasons), &reasons,
		       &message->reasons))
		return false;
	for (int i = 0; i < VERDICTS; i++) {
		Truce__V1__StatusReply__VerdictCount *to =
			&verdicts[message->n_verdicts];

		if (status->verdicts[i] == 0)
			continue;
		message->n_verdicts++;
		truce__v1__status_reply__verdict_count__init(to);
		to->has_verdict = 1;
		to->verdict = (Truce__V1__Verdict)i;
		to->has_count = 1;
		to->count = status->verdicts[i];
	}
	for (int i = 0; i < REASONS; i++) {
		Truce__V1__StatusReply__ReasonCount *to =
			&reasons[message->n_reasons];

		if (status->reasons[i] == 0)
			continue;
		message->n_reasons++;
		truce__v1__status_reply__reason_count__init(to);
		to->has_reason = 1;
		to->reason = (Truce__V1__Reason)i;
		to->has_count = 1;
		to->count = status->reasons[i];
	}
	return true;
}

static bool
uses_fill(struct codec_arena *arena, const struct status_reply *status,
	  Truce__V1__StatusReply *message)
{
	Truce__V1__StatusReply__Pool *pools;
	Truce__V1__StatusReply__Rule *rules;

	if (!list_take(arena, status->pools_count, sizeof(*pools), &pools,
		       &message->pools) ||
	    !list_take(arena, status->rules_count, sizeof(*rules), &rules,
		       &message->rules))
		return false;
	message->n_pools = status->pools_count;
	for (size_t i = 0; i < status->pools_count; i++) {
		truce__v1__status_reply__pool__init(&pools[i]);
		pools[i].name = borrow(status->pools[i].name);
		pools[i].has_bytes = 1;
		pools[i].bytes = status->pools[i].bytes;
		pools[i].has_used = 1;
		pools[i].used = status->pools[i].used;
		pools[i].has_limit = 1;
		pools[i].limit = status->pools[i].limit;
	}
	message->n_rules = status->rules_count;
	for (size_t i = 0; i < status->rules_count; i++) {
		truce__v1__status_reply__rule__init(&rules[i]);
		rules[i].rule = borrow(status->rules[i].rule);
		rules[i].has_groups = 1;
		rules[i].groups = status->rules[i].groups;
		rules[i].has_open = 1;
		rules[i].open = status->rules[i].open;
		rules[i].has_too_late = 1;
		rules[i].too_late = status->rules[i].too_late;
		rules[i].has_ungrouped = 1;
		rules[i].ungrouped = status->rules[i].ungrouped;
	}
	return true;
}

/* The causes that were told, of all rows in one list. */
static bool
told_fill(struct codec_arena *arena, const struct status_reply *status,
	  Truce__V1__StatusReply *message)
{
	Truce__V1__StatusReply__Told *told;
	Truce__V1__StatusReply__CauseCount *causes;

	if (!list_take(arena, status->told_count, sizeof(*told), &told,
		       &message->told))
		return false;
	message->n_told = status->told_count;
	for (size_t i = 0; i < status->told_count; i++) {
		const struct status_told *from = &status->told[i];

		truce__v1__status_reply__told__init(&told[i]);
		told[i].rule = borrow(from->rule);
		told[i].has_drill = from->drill;
		told[i].drill = from->drill;
		if (!list_take(arena, CAUSES, sizeof(*causes), &causes,
			       &told[i].causes))
			return false;
		for (int cause = 0; cause < CAUSES; cause++) {
			Truce__V1__StatusReply__CauseCount *to =
				&causes[told[i].n_causes];

			if (from->causes[cause] == 0)
				continue;
			told[i].n_causes++;
			truce__v1__status_reply__cause_count__init(to);
			to->has_cause = 1;
			to->cause = (Truce__V1__Cause)cause;
			to->has_count = 1;
			to->count = from->causes[cause];
		}
	}
	return true;
}

const uint64_t commit_bounds_us[COMMIT_BOUNDS] = {
	100,   250,   500,   1000,   2500,   5000,
	10000, 25000, 50000, 100000, 250000, 1000000,
};

static bool
commits_fill(struct codec_arena *arena, const struct status_commits *commits,
	     Truce__V1__StatusReply *message)
{
	Truce__V1__StatusReply__Commits *to =
		codec_arena_take(arena, sizeof(*to));
	Truce__V1__StatusReply__Commits__Bucket *buckets;

	if (!to)
		return false;
	truce__v1__status_reply__commits__init(to);
	message->commits = to;
	to->has_total_us = 1;
	to->total_us = commits->total_us;
	to->has_longest_us = 1;
	to->longest_us = commits->longest_us;
	to->n_buckets = COMMIT_BOUNDS + 1;
	if (!list_take(arena, to->n_buckets, sizeof(*buckets), &buckets,
		       &to->buckets))
		return false;
	for (size_t i = 0; i <= COMMIT_BOUNDS; i++) {
		truce__v1__status_reply__commits__bucket__init(&buckets[i]);
		buckets[i].has_up_to_us = i < COMMIT_BOUNDS;
		if (i < COMMIT_BOUNDS)
			buckets[i].up_to_us = commit_bounds_us[i];
		buckets[i].has_count = 1;
		buckets[i].count = commits->by_time[i];
	}
	return true;
}

static bool
batches_fill(struct codec_arena *arena, const struct status_batches *batches,
	     Truce__V1__StatusReply *message)
{
	Truce__V1__StatusReply__Batches *to =
		codec_arena_take(arena, sizeof(*to));

	if (!to)
		return false;
	truce__v1__status_reply__batches__init(to);
	message->batches = to;
	to->has_count = to->has_full = to->has_last = to->has_largest =
		to->has_limit = 1;
	to->count = batches->count;
	to->full = batches->full;
	to->last = batches->last;
	to->largest = batches->largest;
	to->limit = batches->limit;
	return true;
}

static bool
status_fill(struct codec_arena *arena, const struct status_reply *status,
	    Truce__V1__StatusReply *message)
{
	message->version = borrow(status->version);
	message->sender = borrow(status->sender);
	message->has_started_at = status->started_at != TIME_UNSET;
	message->started_at = status->started_at;
	message->has_position = 1;
	message->position = status->position;
	message->has_digest = 1;
	message->digest.data = (uint8_t *)(uintptr_t)status->digest;
	message->digest.len = sizeof(status->digest);
	message->has_malformed = 1;
	message->malformed = status->malformed;
	message->has_heartbeats = 1;
	message->heartbeats = status->heartbeats;
	message->trouble = borrow(status->trouble);
	message->has_journal_bytes = 1;
	message->journal_bytes = status->journal_bytes;
	message->has_wal_bytes = 1;
	message->wal_bytes = status->wal_bytes;
	message->has_heartbeat_at = status->heartbeat_at != TIME_UNSET;
	message->heartbeat_at = status->heartbeat_at;
	return streams_fill(arena, status, message) &&
	       verdicts_fill(arena, status, message) &&
	       uses_fill(arena, status, message) &&
	       told_fill(arena, status, message) &&
	       commits_fill(arena, &status->commits, message) &&
	       batches_fill(arena, &status->batches, message);
}

static void
streams_read(const Truce__V1__StatusReply *message, struct status_reply *status)
{
	const size_t room = sizeof(status->streams) / sizeof(*status->streams);

	for (size_t i = 0; i < room; i++) {
		status->streams[i].stream = "";
		status->streams[i].engine_at = TIME_UNSET;
		if (i >= message->n_streams)
			continue;
		const Truce__V1__StatusReply__Stream *from =
			message->streams[i];
		status->streams[i].stream = codec_text(from->stream);
		status->streams[i].seq = from->seq;
		status->streams[i].logged = from->logged;
		status->streams[i].silences = from->silences;
		status->streams[i].held = from->held;
		if (from->has_engine_at)
			status->streams[i].engine_at = from->engine_at;
	}
}

static void
verdicts_read(const Truce__V1__StatusReply *message,
	      struct status_reply *status)
{
	for (size_t i = 0; i < message->n_verdicts; i++) {
		const Truce__V1__StatusReply__VerdictCount *from =
			message->verdicts[i];
		status->verdicts[known(from->verdict, VERDICTS)] += from->count;
	}
	for (size_t i = 0; i < message->n_reasons; i++) {
		const Truce__V1__StatusReply__ReasonCount *from =
			message->reasons[i];
		status->reasons[known(from->reason, REASONS)] += from->count;
	}
}

static bool
uses_read(struct codec_arena *arena, const Truce__V1__StatusReply *message,
	  struct status_reply *status)
{
	struct status_pool *pools =
		codec_arena_take(arena, message->n_pools * sizeof(*pools));
	struct status_rule *rules =
		codec_arena_take(arena, message->n_rules * sizeof(*rules));

	if (!pools || !rules)
		return false;
	for (size_t i = 0; i < message->n_pools; i++) {
		const Truce__V1__StatusReply__Pool *from = message->pools[i];
		pools[i] = (struct status_pool){.name = codec_text(from->name),
						.bytes = from->bytes,
						.used = from->used,
						.limit = from->limit};
	}
	for (size_t i = 0; i < message->n_rules; i++) {
		const Truce__V1__StatusReply__Rule *from = message->rules[i];
		rules[i] = (struct status_rule){.rule = codec_text(from->rule),
						.groups = from->groups,
						.open = from->open,
						.too_late = from->too_late,
						.ungrouped = from->ungrouped};
	}
	status->pools = pools;
	status->pools_count = message->n_pools;
	status->rules = rules;
	status->rules_count = message->n_rules;
	return true;
}

static bool
told_read(struct codec_arena *arena, const Truce__V1__StatusReply *message,
	  struct status_reply *status)
{
	struct status_told *told =
		codec_arena_take(arena, message->n_told * sizeof(*told));

	if (!told)
		return false;
	for (size_t i = 0; i < message->n_told; i++) {
		const Truce__V1__StatusReply__Told *from = message->told[i];

		told[i] = (struct status_told){.drill = from->drill};
		text_fit(told[i].rule, sizeof(told[i].rule),
			 codec_text(from->rule));
		for (size_t j = 0; j < from->n_causes; j++)
			told[i].causes[known(from->causes[j]->cause, CAUSES)] +=
				from->causes[j]->count;
	}
	status->told = told;
	status->told_count = message->n_told;
	return true;
}

/* A bound that this version does not know counts as the next one above. */
static void
commits_read(const Truce__V1__StatusReply__Commits *message,
	     struct status_commits *commits)
{
	for (size_t i = 0; i < message->n_buckets; i++) {
		const Truce__V1__StatusReply__Commits__Bucket *from =
			message->buckets[i];
		size_t bound = from->has_up_to_us ? 0 : COMMIT_BOUNDS;

		while (bound < COMMIT_BOUNDS &&
		       commit_bounds_us[bound] < from->up_to_us)
			bound++;
		commits->by_time[bound] += from->count;
	}
	commits->total_us = message->total_us;
	commits->longest_us = message->longest_us;
}

static bool
status_read(struct codec_arena *arena, const Truce__V1__StatusReply *message,
	    struct status_reply *status)
{
	if (message->has_digest) {
		if (message->digest.len != sizeof(status->digest))
			return false;
		memcpy(status->digest, message->digest.data,
		       sizeof(status->digest));
	}
	status->version = codec_text(message->version);
	status->sender = codec_text(message->sender);
	status->started_at =
		message->has_started_at ? message->started_at : TIME_UNSET;
	status->position = message->position;
	status->malformed = message->malformed;
	status->heartbeats = message->heartbeats;
	status->trouble = codec_text(message->trouble);
	status->journal_bytes = message->journal_bytes;
	status->wal_bytes = message->wal_bytes;
	status->heartbeat_at =
		message->has_heartbeat_at ? message->heartbeat_at : TIME_UNSET;
	streams_read(message, status);
	verdicts_read(message, status);
	if (message->commits)
		commits_read(message->commits, &status->commits);
	if (message->batches)
		status->batches = (struct status_batches){
			.count = message->batches->count,
			.full = message->batches->full,
			.last = message->batches->last,
			.largest = message->batches->largest,
			.limit = message->batches->limit};
	return uses_read(arena, message, status) &&
	       told_read(arena, message, status);
}

/* --- What is held back --- */

static bool
held_fill(struct codec_arena *arena, const struct reply *reply,
	  Truce__V1__Alerts *message)
{
	Truce__V1__Held *held;

	if (!list_take(arena, reply->held_count, sizeof(*held), &held,
		       &message->held))
		return false;
	message->n_held = reply->held_count;
	for (size_t i = 0; i < reply->held_count; i++) {
		const struct held_reply *from = &reply->held[i];
		Truce__V1__Item **items;

		if (!items_fill(arena, &from->message, 1, &items))
			return false;
		truce__v1__held__init(&held[i]);
		held[i].alert = items[0];
		held[i].has_since_at = 1;
		held[i].since_at = from->since_at;
		held[i].has_silence = 1;
		held[i].silence = from->silence;
	}
	return true;
}

static bool
held_read(struct codec_arena *arena, const Truce__V1__Alerts *message,
	  struct reply *reply)
{
	struct held_reply *held =
		codec_arena_take(arena, message->n_held * sizeof(*held));

	if (!held)
		return false;
	for (size_t i = 0; i < message->n_held; i++) {
		const Truce__V1__Held *from = message->held[i];
		const struct wire_message *alert;

		if (!from->alert || !items_read(arena, &from->alert, 1, &alert))
			return false;
		held[i] = (struct held_reply){.message = *alert,
					      .since_at = from->since_at,
					      .silence = from->silence};
	}
	reply->held = held;
	reply->held_count = message->n_held;
	return true;
}

/* --- Replies --- */

static bool
reply_read(struct codec_arena *arena, const Truce__V1__Reply *message,
	   struct reply *reply)
{
	switch (message->reply_case) {
	case TRUCE__V1__REPLY__REPLY_ERROR:
		reply->kind = REPLY_ERROR;
		reply->detail = codec_text(message->error->detail);
		return true;
	case TRUCE__V1__REPLY__REPLY_RECEIPTS:
		reply->kind = REPLY_RECEIPTS;
		return receipts_read(arena, message->receipts, reply);
	case TRUCE__V1__REPLY__REPLY_FOUND:
		reply->kind = REPLY_ALERT;
		reply->alerts_count = message->found->alert ? 1 : 0;
		return items_read(arena, &message->found->alert,
				  reply->alerts_count, &reply->alerts);
	case TRUCE__V1__REPLY__REPLY_ALERTS:
		reply->kind = REPLY_ALERTS;
		reply->alerts_count = message->alerts->n_alerts;
		reply->stream = codec_text(message->alerts->stream);
		reply->last_seq = message->alerts->last_seq;
		reply->next = codec_text(message->alerts->next);
		reply->next_stream = codec_text(message->alerts->next_stream);
		return items_read(arena, message->alerts->alerts,
				  reply->alerts_count, &reply->alerts) &&
		       held_read(arena, message->alerts, reply);
	case TRUCE__V1__REPLY__REPLY_SILENCES:
		reply->kind = REPLY_SILENCES;
		return codec_silences_read(arena, message->silences, reply);
	case TRUCE__V1__REPLY__REPLY_EXPLANATION:
		reply->kind = REPLY_EXPLANATION;
		reply->alerts_count = message->explanation->alert ? 1 : 0;
		return items_read(arena, &message->explanation->alert,
				  reply->alerts_count, &reply->alerts) &&
		       codec_explanation_read(arena, message->explanation,
					      reply);
	case TRUCE__V1__REPLY__REPLY_STATUS:
		reply->kind = REPLY_STATUS;
		return status_read(arena, message->status, &reply->status);
	case TRUCE__V1__REPLY__REPLY__NOT_SET:
	case _TRUCE__V1__REPLY__REPLY__CASE_IS_INT_SIZE:
		break;
	}
	return true;
}

bool
codec_reply_unpack(struct codec *codec, const uint8_t *payload,
		   size_t payload_size, struct reply *ret_reply)
{
	struct codec_arena *arena = &codec->message;
	const Truce__V1__Reply *message = (const Truce__V1__Reply *)
		codec_unpack(arena, &truce__v1__reply__descriptor, payload,
			     payload_size);

	if (!message)
		return false;
	memset(ret_reply, 0, sizeof(*ret_reply));
	ret_reply->tag = message->tag;
	ret_reply->detail = "";
	ret_reply->stream = "";
	ret_reply->next = ret_reply->next_stream = "";
	return reply_read(arena, message, ret_reply);
}

const uint8_t *
codec_reply_pack(struct codec *codec, const struct reply *reply,
		 size_t *ret_size)
{
	struct codec_arena *arena = &codec->message;
	Truce__V1__Reply message = TRUCE__V1__REPLY__INIT;
	Truce__V1__Error error = TRUCE__V1__ERROR__INIT;
	Truce__V1__Receipts receipts = TRUCE__V1__RECEIPTS__INIT;
	Truce__V1__Found found = TRUCE__V1__FOUND__INIT;
	Truce__V1__Alerts alerts = TRUCE__V1__ALERTS__INIT;
	Truce__V1__ActiveSilences silences = TRUCE__V1__ACTIVE_SILENCES__INIT;
	Truce__V1__Explanation explanation = TRUCE__V1__EXPLANATION__INIT;
	Truce__V1__StatusReply status = TRUCE__V1__STATUS_REPLY__INIT;
	Truce__V1__Item **found_items;

	codec_arena_empty(arena);
	message.has_tag = 1;
	message.tag = reply->tag;
	switch (reply->kind) {
	case REPLY_NONE:
		break;
	case REPLY_ERROR:
		message.reply_case = TRUCE__V1__REPLY__REPLY_ERROR;
		message.error = &error;
		error.detail = borrow(reply->detail);
		break;
	case REPLY_RECEIPTS:
		message.reply_case = TRUCE__V1__REPLY__REPLY_RECEIPTS;
		message.receipts = &receipts;
		if (!receipts_fill(arena, reply, &receipts))
			return NULL;
		break;
	case REPLY_ALERT:
		message.reply_case = TRUCE__V1__REPLY__REPLY_FOUND;
		message.found = &found;
		if (reply->alerts_count == 0)
			break;
		if (!items_fill(arena, reply->alerts, 1, &found_items))
			return NULL;
		found.alert = found_items[0];
		break;
	case REPLY_ALERTS:
		message.reply_case = TRUCE__V1__REPLY__REPLY_ALERTS;
		message.alerts = &alerts;
		alerts.n_alerts = reply->alerts_count;
		alerts.stream = borrow(reply->stream);
		alerts.has_last_seq = 1;
		alerts.last_seq = reply->last_seq;
		alerts.next = borrow(reply->next);
		if (reply->next_stream && reply->next_stream[0])
			alerts.next_stream = borrow(reply->next_stream);
		if (!items_fill(arena, reply->alerts, reply->alerts_count,
				&alerts.alerts) ||
		    !held_fill(arena, reply, &alerts))
			return NULL;
		break;
	case REPLY_SILENCES:
		message.reply_case = TRUCE__V1__REPLY__REPLY_SILENCES;
		message.silences = &silences;
		if (!codec_silences_fill(arena, reply, &silences))
			return NULL;
		break;
	case REPLY_EXPLANATION:
		message.reply_case = TRUCE__V1__REPLY__REPLY_EXPLANATION;
		message.explanation = &explanation;
		if (!codec_explanation_fill(arena, reply->explanation,
					    &explanation) ||
		    !items_fill(arena, reply->alerts, reply->alerts_count,
				&found_items))
			return NULL;
		if (reply->alerts_count > 0)
			explanation.alert = found_items[0];
		break;
	case REPLY_STATUS:
		message.reply_case = TRUCE__V1__REPLY__REPLY_STATUS;
		message.status = &status;
		if (!status_fill(arena, &reply->status, &status))
			return NULL;
		break;
	}
	return message_pack(arena, &message.base, ret_size);
}
