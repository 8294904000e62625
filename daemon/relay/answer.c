#include "relay/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/explanation.h"
#include "core/limits.h"
#include "relay/explain.h"

/* What fits into one Reply; a client asks again for more. */
enum { ANSWER_BYTES = 4 * 1024 * 1024 };

int
answering_init(struct answering *answering,
	       const struct configuration *configuration)
{
	answering->trouble = "";
	answering->alerts = calloc(REPLAY_MAX, sizeof(*answering->alerts));
	answering->held = calloc(REPLAY_MAX, sizeof(*answering->held));
	answering->silences = calloc(ENGINE_PARTS * SILENCES_MAX,
				     sizeof(*answering->silences));
	answering->explanation = calloc(1, sizeof(*answering->explanation));
	answering->pools =
		calloc(ENGINE_PARTS * POOLS, sizeof(*answering->pools));
	if (!answering->alerts || !answering->held || !answering->silences ||
	    !answering->explanation || !answering->pools ||
	    answering_configure(answering, configuration) != 0 ||
	    batch_init(&answering->bytes, ANSWER_BYTES) != 0)
		return -ENOMEM;
	return codec_new(&answering->codec);
}

int
answering_configure(struct answering *answering,
		    const struct configuration *configuration)
{
	struct status_rule *rules =
		reallocarray(answering->rules, configuration->rules_count + 1,
			     sizeof(*rules));

	if (!rules)
		return -ENOMEM;
	answering->rules = rules;
	answering->configuration = configuration;
	return 0;
}

void
answering_done(struct answering *answering)
{
	codec_free(answering->codec);
	batch_done(&answering->bytes);
	free(answering->alerts);
	free(answering->held);
	free(answering->silences);
	free(answering->explanation);
	free(answering->pools);
	free(answering->rules);
	metrics_done(&answering->metrics);
}

void
answer_fail(struct reply *reply, const char *expected)
{
	reply->kind = REPLY_ERROR;
	reply->detail = expected;
}

/* Finds a stream by its whole name, "" for the real one. */
static bool
part_of_stream(const struct answering *answering, const char *stream,
	       enum engine_part *ret_part)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		const char *known = engines_stream(answering->engines,
						   (enum engine_part)part);
		if (strcmp(stream, known) == 0 ||
		    (stream[0] == '\0' && part == ENGINE_REAL)) {
			*ret_part = (enum engine_part)part;
			return true;
		}
	}
	return false;
}

int
answer_keep(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct answering *answering = context;
	struct batch *bytes = &answering->bytes;
	struct wire_message message = {.topic = alert->topic,
				       .topic_size = strlen(alert->topic),
				       .payload = alert->payload,
				       .payload_size = alert->payload_size};

	(void)position;
	return batch_add(bytes, &message) ? 0 : 1;
}

void
answer_kept(struct answering *answering, struct reply *reply)
{
	size_t offset = 0;

	reply->alerts = answering->alerts;
	while (reply->alerts_count < REPLAY_MAX &&
	       batch_next(answering->bytes.bytes, answering->bytes.size,
			  &offset, &answering->alerts[reply->alerts_count]))
		reply->alerts_count++;
}

static void
answer_replay(struct answering *answering, const struct request *request,
	      struct reply *reply)
{
	enum engine_part part;
	size_t limit = request->limit == 0 || request->limit > REPLAY_MAX
			       ? REPLAY_MAX
			       : request->limit;

	if (!part_of_stream(answering, request->stream, &part)) {
		answer_fail(
			reply,
			"a stream of this daemon, or none for the real one");
		return;
	}
	reply->kind = REPLY_ALERTS;
	reply->stream = engines_stream(answering->engines, part);
	reply->last_seq = answering->seq[part];
	if (journal_alerts_after(answering->journal, reply->stream,
				 request->after_seq, request->prefix, limit,
				 answer_keep, answering) < 0) {
		answer_fail(reply, "a journal that can be read");
		return;
	}
	answer_kept(answering, reply);
}

/* identifier = <sender>-<first 8 of stream>-<seq> */
bool
answer_identifier(const struct answering *answering, const char *identifier,
		  enum engine_part *ret_part, uint64_t *ret_seq)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		char head[128];
		const char *stream = engines_stream(answering->engines,
						    (enum engine_part)part);
		int size = snprintf(head, sizeof(head), "%s-%.8s-",
				    answering->configuration->sender, stream);
		if (strncmp(identifier, head, (size_t)size) != 0)
			continue;
		char *end;
		errno = 0;
		*ret_seq = strtoull(identifier + size, &end, 10);
		*ret_part = (enum engine_part)part;
		return errno == 0 && *ret_seq > 0 && *end == '\0';
	}
	return false;
}

static void
answer_get(struct answering *answering, const struct request *request,
	   struct reply *reply)
{
	enum engine_part part;
	uint64_t seq;

	reply->kind = REPLY_ALERT;
	if (!answer_identifier(answering, request->identifier, &part, &seq)) {
		answer_fail(reply, "an identifier of this daemon's alerts");
		return;
	}
	reply->stream = engines_stream(answering->engines, part);
	reply->last_seq = answering->seq[part];
	if (seq > answering->seq[part])
		return;
	journal_alerts_after(answering->journal, reply->stream, seq - 1, "", 1,
			     answer_keep, answering);
	answer_kept(answering, reply);
}

/* What silences hold back in a part, behind what was kept already. */
static void
reply_held(struct answering *answering, enum engine_part part,
	   const char *prefix, struct reply *reply)
{
	const struct engine *engine = engines_part(answering->engines, part);
	const struct voice voice = {
		.sender = answering->configuration->sender,
		.stream = engines_stream(answering->engines, part),
	};
	struct batch *bytes = &answering->bytes;
	struct held_use use;
	uint32_t iterator = 0;

	while (reply->held_count < REPLAY_MAX &&
	       engine_held(engine, &iterator, &use)) {
		struct held_reply *held = &answering->held[reply->held_count];
		char topic[2 * TOPIC_MAX];
		uint8_t payload[ALERT_BYTES_MAX];
		size_t offset = bytes->size;
		struct wire_message message = {
			.topic = topic,
			.topic_size = codec_alert_topic(&use.alert, topic),
			.payload = payload,
			.payload_size =
				codec_alert_pack(&use.alert, &voice, payload),
		};
		if (strncmp(topic, prefix, strlen(prefix)) != 0)
			continue;
		if (!batch_add(bytes, &message) ||
		    !batch_next(bytes->bytes, bytes->size, &offset,
				&held->message))
			break; /* it is full */
		held->since_at = use.since_at;
		held->silence = use.silence;
		reply->held_count++;
	}
}

/* A List as far as one reply has room for it. */
struct listing {
	struct answering *answering;
	const char *prefix;
	size_t count;
	bool full; /* there was one more */
};

static int
keep_listed(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct listing *listing = context;

	if (strncmp(alert->topic, listing->prefix, strlen(listing->prefix)))
		return 0;
	listing->full = listing->count == REPLAY_MAX ||
			answer_keep(listing->answering, position, alert) != 0;
	listing->count += !listing->full;
	return 0;
}

/* The last message of each open episode that begins after a seq. False: the
 * journal cannot be read. */
static bool
list_part(struct listing *listing, enum engine_part part, uint64_t after)
{
	const struct engines *engines = listing->answering->engines;
	const struct engine *engine = engines_part(engines, part);
	uint32_t iterator = engine_open_after(engine, after);
	uint64_t seq;

	while (!listing->full && engine_open(engine, &iterator, &seq))
		if (journal_alerts_after(listing->answering->journal,
					 engines_stream(engines, part), seq - 1,
					 "", 1, keep_listed, listing) < 0)
			return false;
	return true;
}

/* A List goes on after the last episode that it gave. */
static void
next_tell(struct answering *answering, struct reply *reply)
{
	const struct wire_message *last =
		&reply->alerts[reply->alerts_count - 1];
	struct notice notice;

	if (!codec_alert_unpack(answering->codec, last->payload,
				last->payload_size, &notice))
		return; /* the journal gave it under its hash */
	snprintf(answering->next, sizeof(answering->next), "%s",
		 notice.episode);
	reply->next = answering->next;
}

static void
answer_list(struct answering *answering, const struct request *request,
	    struct reply *reply)
{
	struct listing listing = {.answering = answering,
				  .prefix = request->prefix};
	enum engine_part part = ENGINE_REAL;
	uint64_t after = 0;

	if (request->after[0] != '\0' &&
	    !answer_identifier(answering, request->after, &part, &after)) {
		answer_fail(reply,
			    "after: what the answer before gave as next");
		return;
	}
	reply->kind = REPLY_ALERTS;
	reply->stream = engines_stream(answering->engines, ENGINE_REAL);
	reply->last_seq = answering->seq[ENGINE_REAL];
	for (; part < (enum engine_part)ENGINE_PARTS && !listing.full;
	     part++, after = 0)
		if (!list_part(&listing, part, after)) {
			answer_fail(reply, "a journal that can be read");
			return;
		}
	answer_kept(answering, reply);
	if (listing.full) {
		next_tell(answering, reply);
		return;
	}
	reply->held = answering->held;
	for (part = 0; part < (enum engine_part)ENGINE_PARTS; part++)
		reply_held(answering, part, request->prefix, reply);
}

static void
answer_silences(struct answering *answering, struct reply *reply)
{
	reply->kind = REPLY_SILENCES;
	reply->silences = answering->silences;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		size_t count;
		const struct silence *silences =
			engine_silences(engines_part(answering->engines,
						     (enum engine_part)part),
					&count);
		for (size_t i = 0; i < count; i++)
			answering->silences[reply->silences_count++] =
				(struct silence_reply){.silence = silences[i],
						       .exercise =
							       part ==
							       ENGINE_DRILL};
	}
}

bool
answer_episode(struct answering *answering, const char *identifier,
	       enum engine_part *ret_part, uint64_t *ret_episode_seq)
{
	struct wire_message message;
	struct notice notice;
	enum engine_part part;
	size_t offset = 0;
	uint64_t seq;

	answering->bytes.size = 0;
	if (!answer_identifier(answering, identifier, &part, &seq) ||
	    seq > answering->seq[part])
		return false;
	journal_alerts_after(answering->journal,
			     engines_stream(answering->engines, part), seq - 1,
			     "", 1, answer_keep, answering);
	return batch_next(answering->bytes.bytes, answering->bytes.size,
			  &offset, &message) &&
	       codec_alert_unpack(answering->codec, message.payload,
				  message.payload_size, &notice) &&
	       answer_identifier(answering, notice.episode, ret_part,
				 ret_episode_seq);
}

static void
status_pools(struct answering *answering, struct status_reply *status)
{
	static const char *const names[ENGINE_PARTS][POOLS] = {
		[ENGINE_DRILL] =
			{
				[POOL_REPORTS] = "exercise.reports",
				[POOL_GROUPS] = "exercise.groups",
				[POOL_BUCKETS] = "exercise.buckets",
				[POOL_EPISODES] = "exercise.episodes",
				[POOL_NAMES] = "exercise.names",
			},
	};

	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct pool_use use[POOLS];
		engine_pools(engines_part(answering->engines,
					  (enum engine_part)part),
			     use);
		for (int pool = 0; pool < POOLS; pool++) {
			const char *name = names[part][pool];
			answering->pools[status->pools_count++] =
				(struct status_pool){
					.name = name ? name
						     : pool_name(
							       (enum pool_kind)
								       pool),
					.bytes = use[pool].bytes,
					.used = use[pool].used,
					.limit = use[pool].limit,
				};
		}
	}
	status->pools = answering->pools;
}

static void
status_rules(struct answering *answering, struct status_reply *status)
{
	const struct engine *engine =
		engines_part(answering->engines, ENGINE_REAL);

	for (size_t i = 0; i < answering->configuration->rules_count; i++) {
		struct rule_use use;
		engine_rule_use(engine, i, &use);
		answering->rules[i] = (struct status_rule){
			.rule = use.rule,
			.groups = use.groups,
			.open = use.open,
			.too_late = use.too_late,
			.ungrouped = use.ungrouped,
		};
	}
	status->rules = answering->rules;
	status->rules_count = answering->configuration->rules_count;
}

static void
answer_status(struct answering *answering, struct reply *reply)
{
	struct status_reply *status = &reply->status;

	reply->kind = REPLY_STATUS;
	status->version = TRUCED_VERSION;
	status->sender = answering->configuration->sender;
	status->started_at = answering->started_at;
	status->position = journal_head(answering->journal, status->digest);
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct status_stream *stream = &status->streams[part];
		const struct engine *engine =
			engines_part(answering->engines,
				     (enum engine_part)part);
		stream->stream = engines_stream(answering->engines,
						(enum engine_part)part);
		stream->seq = answering->seq[part];
		stream->engine_at = engine_now(engine);
		stream->logged = answering->logged[part];
		size_t silences;
		engine_silences(engine, &silences);
		stream->silences = (uint32_t)silences;
		stream->held = (uint32_t)engine_held_count(engine);
	}
	memcpy(status->verdicts, answering->verdicts, sizeof(status->verdicts));
	memcpy(status->reasons, answering->reasons, sizeof(status->reasons));
	status->malformed = intake_malformed(answering->intake) +
			    service_malformed(answering->service);
	status->heartbeats = answering->heartbeats;
	status->heartbeat_at = answering->heartbeat_at;
	status->trouble = answering->trouble;
	journal_sizes(answering->journal, &status->journal_bytes,
		      &status->wal_bytes);
	metrics_tell(&answering->metrics, status);
	status_pools(answering, status);
	status_rules(answering, status);
}

static struct reply
reply_to(const struct request *request)
{
	return (struct reply){.tag = request->tag, .stream = "", .next = ""};
}

void
answer_error(const struct request *request, const char *expected,
	     struct reply *ret_reply)
{
	*ret_reply = reply_to(request);
	answer_fail(ret_reply, expected);
}

void
answer(struct answering *answering, const struct request *request,
       struct reply *ret_reply)
{
	*ret_reply = reply_to(request);
	answering->bytes.size = 0;
	switch (request->kind) {
	case REQUEST_NONE:
		answer_fail(ret_reply,
			    "a Request of truce.v1 that this version knows");
		break;
	case REQUEST_SUBMIT:
		answer_fail(ret_reply, "at most 1000 reports in one Submit");
		break;
	case REQUEST_GET:
		answer_get(answering, request, ret_reply);
		break;
	case REQUEST_REPLAY:
		answer_replay(answering, request, ret_reply);
		break;
	case REQUEST_LIST:
		answer_list(answering, request, ret_reply);
		break;
	case REQUEST_ACKNOWLEDGE:
	case REQUEST_RETRACT:
	case REQUEST_DEADLINE:
	case REQUEST_SILENCE:
	case REQUEST_UNSILENCE:
		answer_fail(ret_reply,
			    request->expected
				    ? request->expected
				    : "a Request that this version knows");
		break;
	case REQUEST_SILENCES:
		answer_silences(answering, ret_reply);
		break;
	case REQUEST_EXPLAIN:
		answer_explain(answering, request, ret_reply);
		break;
	case REQUEST_STATUS:
		answer_status(answering, ret_reply);
		break;
	}
}
