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

/* Finds a stream by its whole name or by as much of it as identifiers have. One
 * that has ended is known by its alerts, so one without is not. */
static bool
stream_find(const struct answering *answering, const char *name, size_t size,
	    struct journal_stream *ret_stream)
{
	struct journal_stream stream;
	char head[STREAM_IN_NAME + 1];

	if (size < STREAM_IN_NAME)
		return false;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		const char *known = engines_stream(answering->engines,
						   (enum engine_part)part);
		if (strncmp(known, name, size) != 0)
			continue;
		snprintf(ret_stream->name, sizeof(ret_stream->name), "%s",
			 known);
		ret_stream->last_seq = answering->seq[part];
		return true;
	}
	snprintf(head, sizeof(head), "%s", name);
	strcpy(stream.name, head);
	while (journal_stream_after(answering->journal, stream.name, &stream) ==
		       0 &&
	       strncmp(stream.name, head, STREAM_IN_NAME) == 0) {
		if (strncmp(stream.name, name, size) != 0)
			continue;
		*ret_stream = stream;
		return true;
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

/* The one that began when a stream ended; "": it goes on. */
static const char *
next_stream_of(struct answering *answering, const struct journal_stream *ended)
{
	struct journal_stream stream = {.name = ""};
	struct journal_stream *next = &answering->next_stream;

	if (engines_has_stream(answering->engines, ended->name))
		return "";
	snprintf(next->name, sizeof(next->name), "%s",
		 engines_stream(answering->engines,
				ended->drill ? ENGINE_DRILL : ENGINE_REAL));
	next->position = UINT64_MAX;
	while (journal_stream_after(answering->journal, stream.name, &stream) ==
	       0)
		if (stream.drill == ended->drill &&
		    stream.position > ended->position &&
		    stream.position < next->position)
			*next = stream;
	return next->name;
}

static void
answer_replay(struct answering *answering, const struct request *request,
	      struct reply *reply)
{
	struct journal_stream *stream = &answering->stream;
	const char *name =
		request->stream[0]
			? request->stream
			: engines_stream(answering->engines, ENGINE_REAL);
	size_t limit = request->limit == 0 || request->limit > REPLAY_MAX
			       ? REPLAY_MAX
			       : request->limit;

	if (!stream_find(answering, name, strlen(name), stream) ||
	    strcmp(stream->name, name) != 0) {
		answer_fail(
			reply,
			"a stream of this daemon, or none for the real one");
		return;
	}
	reply->kind = REPLY_ALERTS;
	reply->stream = stream->name;
	reply->last_seq = stream->last_seq;
	reply->next_stream = next_stream_of(answering, stream);
	if (journal_alerts_after(answering->journal, stream->name,
				 request->after_seq, request->prefix, limit,
				 answer_keep, answering) < 0) {
		answer_fail(reply, "a journal that can be read");
		return;
	}
	answer_kept(answering, reply);
}

/* identifier = <sender>-<first 8 of stream>-<seq> */
static bool
identifier_read(const char *identifier, const char **ret_stream,
		uint64_t *ret_seq)
{
	const char *dash = strrchr(identifier, '-');

	if (!dash || dash - identifier < STREAM_IN_NAME + 1 ||
	    dash[-STREAM_IN_NAME - 1] != '-' ||
	    dash[1 + strspn(dash + 1, "0123456789")] != '\0')
		return false;
	errno = 0;
	*ret_stream = dash - STREAM_IN_NAME;
	*ret_seq = strtoull(dash + 1, NULL, 10);
	return errno == 0 && *ret_seq > 0;
}

bool
answer_place(const struct answering *answering, const char *identifier,
	     struct journal_stream *ret_stream, uint64_t *ret_seq)
{
	const char *stream;

	return identifier_read(identifier, &stream, ret_seq) &&
	       stream_find(answering, stream, STREAM_IN_NAME, ret_stream);
}

/* The first alert that was kept. */
static bool
notice_kept(struct answering *answering, struct notice *ret_notice)
{
	struct wire_message message;
	size_t offset = 0;

	return batch_next(answering->bytes.bytes, answering->bytes.size,
			  &offset, &message) &&
	       codec_alert_unpack(answering->codec, message.payload,
				  message.payload_size, ret_notice);
}

bool
answer_alert(struct answering *answering, const char *identifier)
{
	/* A request goes with the codec's next call. */
	char asked[IDENTIFIER_SIZE];
	struct notice notice;
	uint64_t seq;

	if (strlen(identifier) >= sizeof(asked))
		return false;
	strcpy(asked, identifier);
	if (!answer_place(answering, asked, &answering->stream, &seq))
		return false;
	if (seq > answering->stream.last_seq)
		return true;
	journal_alerts_after(answering->journal, answering->stream.name,
			     seq - 1, "", 1, answer_keep, answering);
	return notice_kept(answering, &notice) &&
	       strcmp(notice.identifier, asked) == 0;
}

bool
answer_episode_seq(const struct answering *answering, const char *episode,
		   enum engine_part *ret_part, uint64_t *ret_episode_seq)
{
	const char *stream;

	if (engines_origin_find(answering->engines, episode, ret_part,
				ret_episode_seq))
		return true;
	if (!identifier_read(episode, &stream, ret_episode_seq))
		return false;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		*ret_part = (enum engine_part)part;
		if (strncmp(stream,
			    engines_stream(answering->engines, *ret_part),
			    STREAM_IN_NAME) == 0)
			return true;
	}
	return false;
}

static void
answer_get(struct answering *answering, const struct request *request,
	   struct reply *reply)
{
	reply->kind = REPLY_ALERT;
	if (!answer_alert(answering, request->identifier)) {
		answer_fail(reply, "an identifier of this daemon's alerts");
		return;
	}
	reply->stream = answering->stream.name;
	reply->last_seq = answering->stream.last_seq;
	answer_kept(answering, reply);
}

/* What silences hold back in a part, behind what was kept already. */
static void
reply_held(struct answering *answering, enum engine_part part,
	   const char *prefix, struct reply *reply)
{
	const struct engine *engine = engines_part(answering->engines, part);
	struct voice voice = {
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
		voice.episode = engines_origin(answering->engines, part,
					       use.alert.episode_seq);
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
	    !answer_episode_seq(answering, request->after, &part, &after)) {
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

const char *
answer_episode(struct answering *answering, const char *identifier,
	       enum engine_part *ret_part, uint64_t *ret_episode_seq)
{
	struct notice notice;

	answering->bytes.size = 0;
	if (!answer_alert(answering, identifier) ||
	    !notice_kept(answering, &notice))
		return "an identifier of this daemon's alerts";
	return answer_episode_seq(answering, notice.episode, ret_part,
				  ret_episode_seq)
		       ? NULL
		       : "an alert that is firing: this one is of an earlier "
			 "stream, and has ended";
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
