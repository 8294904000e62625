#include "relay/engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "relay/inherited.h"
#include "relay/origins.h"

/* Where an alert lies in the bytes, which may move while they grow. */
struct packed {
	uint64_t seq;
	size_t topic;
	size_t payload;
	size_t payload_size;
};

struct engines {
	struct engine *engines[ENGINE_PARTS];
	struct voice voices[ENGINE_PARTS];
	struct start start;
	struct codec *codec;
	struct alert alert; /* the one that is being packed */
	struct inherited inherited[ENGINE_PARTS]; /* until the next step */
	struct origins origins[ENGINE_PARTS];
	struct packed *packed;
	struct outbox_subject *subjects;
	struct journal_alert *alerts;
	size_t count;
	size_t capacity;
	uint8_t *bytes;
	size_t bytes_used;
	size_t bytes_capacity;
};

#define ANEW "anew\n"

size_t
start_write(const struct start *start, char ret_body[static START_BODY_MAX])
{
	char key[2 * sizeof(start->key) + 1];

	sodium_bin2hex(key, sizeof(key), start->key, sizeof(start->key));
	return (size_t)snprintf(ret_body, START_BODY_MAX,
				"engine %d\nreal %s\ndrill %s\nkey %s\n%s",
				start->version, start->streams[ENGINE_REAL],
				start->streams[ENGINE_DRILL], key,
				start->anew ? ANEW : "");
}

int
start_read(struct start *ret_start, const uint8_t *body, size_t size)
{
	struct start start = {.version = 0};
	char text[START_BODY_MAX];
	char key[2 * sizeof(start.key) + 1];
	size_t key_size;

	if (size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, body, size);
	text[size] = '\0';
	if (sscanf(text, "engine %d\nreal %32s\ndrill %32s\nkey %32s",
		   &start.version, start.streams[ENGINE_REAL],
		   start.streams[ENGINE_DRILL], key) != 4 ||
	    sodium_hex2bin(start.key, sizeof(start.key), key, strlen(key), NULL,
			   &key_size, NULL) != 0 ||
	    key_size != sizeof(start.key))
		return -EBADMSG;
	start.anew = strstr(text, "\n" ANEW) != NULL;
	*ret_start = start;
	return 0;
}

void
start_make(struct start *ret_start)
{
	ret_start->version = ENGINE_VERSION;
	ret_start->anew = false;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		uint8_t stream[(STREAM_SIZE - 1) / 2];
		randombytes_buf(stream, sizeof(stream));
		sodium_bin2hex(ret_start->streams[part], STREAM_SIZE, stream,
			       sizeof(stream));
	}
	randombytes_buf(ret_start->key, sizeof(ret_start->key));
}

int
engines_new(struct engines **ret_engines,
	    const struct configuration *configuration,
	    const struct start *start)
{
	return engines_restore(ret_engines, configuration, start, NULL, NULL);
}

int
engines_restore(struct engines **ret_engines,
		const struct configuration *configuration,
		const struct start *start, engine_fill fill, void *context)
{
	struct engines *engines = calloc(1, sizeof(*engines));
	int error = engines ? codec_new(&engines->codec) : -ENOMEM;

	for (int part = 0; !error && part < ENGINE_PARTS; part++) {
		struct engine **engine = &engines->engines[part];
		if (fill)
			error = engine_restore(engine, configuration,
					       (enum engine_part)part,
					       start->key, fill, context);
		else
			error = engine_new(engine, configuration,
					   (enum engine_part)part, start->key);
		engines->voices[part].sender = configuration->sender;
		engines->voices[part].stream = engines->start.streams[part];
	}
	if (error) {
		engines_free(engines);
		return error;
	}
	engines->start = *start;
	*ret_engines = engines;
	return 0;
}

void
engines_free(struct engines *engines)
{
	if (!engines)
		return;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		engine_free(engines->engines[part]);
		inherited_done(&engines->inherited[part]);
		origins_done(&engines->origins[part]);
	}
	codec_free(engines->codec);
	free(engines->packed);
	free(engines->subjects);
	free(engines->alerts);
	free(engines->bytes);
	free(engines);
}

int
engines_prepare(struct engines *engines,
		const struct configuration *configuration,
		enum pool_kind *ret_full)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		int error = engine_prepare(engines->engines[part],
					   configuration, ret_full);
		if (!error)
			continue;
		while (part-- > 0)
			engine_unprepare(engines->engines[part]);
		return error;
	}
	for (int part = 0; part < ENGINE_PARTS; part++)
		engines->voices[part].sender = configuration->sender;
	return 0;
}

struct engine *
engines_part(const struct engines *engines, enum engine_part part)
{
	return engines->engines[part];
}

const struct start *
engines_start(const struct engines *engines)
{
	return &engines->start;
}

const char *
engines_stream(const struct engines *engines, enum engine_part part)
{
	return engines->start.streams[part];
}

bool
engines_has_stream(const struct engines *engines, const char *stream)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		if (strcmp(stream, engines->start.streams[part]) == 0)
			return true;
	}
	return false;
}

/* Room for one more alert of any size. */
static int
outbox_grow(struct engines *engines)
{
	size_t wanted = 2 * TOPIC_MAX + ALERT_BYTES_MAX;

	if (engines->count == engines->capacity) {
		size_t capacity = engines->capacity * 2 + 64;
		struct packed *packed = reallocarray(engines->packed, capacity,
						     sizeof(*packed));
		if (packed)
			engines->packed = packed;
		struct outbox_subject *subjects =
			reallocarray(engines->subjects, capacity,
				     sizeof(*subjects));
		if (subjects)
			engines->subjects = subjects;
		struct journal_alert *alerts =
			reallocarray(engines->alerts, capacity,
				     sizeof(*alerts));
		if (alerts)
			engines->alerts = alerts;
		if (!packed || !subjects || !alerts)
			return -ENOMEM;
		engines->capacity = capacity;
	}
	if (engines->bytes_capacity - engines->bytes_used < wanted) {
		size_t capacity = engines->bytes_capacity * 2 + 4 * wanted;
		uint8_t *bytes = realloc(engines->bytes, capacity);
		if (!bytes)
			return -ENOMEM;
		engines->bytes = bytes;
		engines->bytes_capacity = capacity;
	}
	return 0;
}

/* A place in the outbox for an alert of a topic, whose payload goes behind what
 * bytes are used then. There is room. */
static struct packed *
outbox_place(struct engines *engines, const char *topic, uint64_t seq,
	     struct outbox_subject subject)
{
	size_t topic_size = strlen(topic) + 1;
	struct packed *packed = &engines->packed[engines->count];

	*packed = (struct packed){.seq = seq,
				  .topic = engines->bytes_used,
				  .payload = engines->bytes_used + topic_size};
	memcpy(engines->bytes + packed->topic, topic, topic_size);
	engines->bytes_used += topic_size;
	engines->subjects[engines->count++] = subject;
	return packed;
}

/* What an alert goes on from, if it is CROSSED: it has that one's name then. */
static int
origin_take(struct engines *engines, enum engine_part part, const char *topic,
	    struct voice *voice)
{
	const struct alert *alert = &engines->alert;
	const struct inherited_episode *from;

	if (alert->cause != CAUSE_CROSSED)
		return 0;
	from = inherited_take(&engines->inherited[part], topic, alert);
	if (!from)
		return 0;
	voice->goes_on_from = from->last;
	return origins_add(&engines->origins[part], alert->seq, from->episode);
}

static int
outbox_add(struct engines *engines, enum engine_part part)
{
	const struct alert *alert = &engines->alert;
	struct voice voice = engines->voices[part];
	struct outbox_subject subject = {.part = part, .cause = alert->cause};
	char topic[2 * TOPIC_MAX];
	int error = outbox_grow(engines);

	codec_alert_topic(alert, topic);
	if (!error)
		error = origin_take(engines, part, topic, &voice);
	if (error)
		return error;
	voice.episode = engines_origin(engines, part, alert->episode_seq);
	if (voice.goes_on_from)
		subject.cause = CAUSE_RULE_CHANGED;
	memcpy(subject.rule, alert->rule, sizeof(subject.rule));
	struct packed *packed =
		outbox_place(engines, topic, alert->seq, subject);
	packed->payload_size =
		codec_alert_pack(alert, &voice,
				 engines->bytes + packed->payload);
	engines->bytes_used += packed->payload_size;
	return 0;
}

int
engines_inherit(struct engines *engines, enum engine_part part,
		const struct journal_alert *last, bool ended)
{
	/* Topics are the codec's, of the size that there is room for. */
	if (strlen(last->topic) >= 2 * TOPIC_MAX)
		return -EBADMSG;
	return inherited_add(&engines->inherited[part], engines->codec, last,
			     ended);
}

static int
outbox_add_end(struct engines *engines, enum engine_part part,
	       const struct inherited_episode *ended)
{
	struct engine *engine = engines->engines[part];
	struct outbox_subject subject = {.part = part,
					 .cause = CAUSE_RULE_CHANGED};
	uint64_t seq = engine_seq(engine) + 1;
	int error = outbox_grow(engines);

	if (error)
		return error;
	strcpy(subject.rule, ended->rule);
	struct packed *packed =
		outbox_place(engines, ended->topic, seq, subject);
	packed->payload_size =
		codec_alert_end(engines->codec, ended->payload,
				ended->payload_size, &engines->voices[part],
				seq, engine_now(engine),
				engines->bytes + packed->payload);
	if (packed->payload_size == 0)
		return -EBADMSG;
	engines->bytes_used += packed->payload_size;
	engine_renumber(engine, seq);
	return 0;
}

/* What the step has not said to go on ends. */
static int
inherited_end(struct engines *engines, enum engine_part part)
{
	struct inherited *inherited = &engines->inherited[part];
	int error = 0;

	for (size_t i = 0; !error && i < inherited->count; i++) {
		const struct inherited_episode *episode =
			&inherited->episodes[i];
		if (!episode->goes_on && !episode->ended)
			error = outbox_add_end(engines, part, episode);
	}
	inherited_done(inherited);
	return error;
}

struct recalling {
	struct engines *engines;
	enum engine_part part;
	uint64_t position; /* of the stream's first step that gave alerts */
};

static int
alert_recall(void *context, uint64_t position,
	     const struct journal_alert *alert)
{
	struct recalling *recalling = context;
	struct engines *engines = recalling->engines;
	struct notice notice;

	if (!recalling->position)
		recalling->position = position;
	if (position != recalling->position)
		return 1; /* no more */
	if (!codec_alert_unpack(engines->codec, alert->payload,
				alert->payload_size, &notice) ||
	    notice.cause != CAUSE_RULE_CHANGED || notice.state != ALERT_FIRING)
		return 0;
	return origins_add(&engines->origins[recalling->part], notice.seq,
			   notice.episode);
}

int
engines_recall(struct engines *engines, struct journal *journal)
{
	int error = 0;

	for (int part = 0; error >= 0 && part < ENGINE_PARTS; part++) {
		struct recalling recalling = {.engines = engines,
					      .part = (enum engine_part)part};
		error = journal_alerts_after(journal,
					     engines->start.streams[part], 0,
					     "", SIZE_MAX, alert_recall,
					     &recalling);
	}
	return error < 0 ? error : 0;
}

const char *
engines_origin(const struct engines *engines, enum engine_part part,
	       uint64_t first_seq)
{
	return origins_episode(&engines->origins[part], first_seq);
}

bool
engines_origin_find(const struct engines *engines, const char *episode,
		    enum engine_part *ret_part, uint64_t *ret_first_seq)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		*ret_part = (enum engine_part)part;
		*ret_first_seq =
			origins_first_seq(&engines->origins[part], episode);
		if (*ret_first_seq)
			return true;
	}
	return false;
}

int
engines_apply(struct engines *engines, const struct step *step,
	      struct outbox *ret_outbox)
{
	engines->count = 0;
	engines->bytes_used = 0;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct engine *engine = engines->engines[part];
		int error = 0;
		engine_begin(engine, step);
		while (!error && engine_next(engine, &engines->alert))
			error = outbox_add(engines, (enum engine_part)part);
		if (!error)
			error = inherited_end(engines, (enum engine_part)part);
		if (error)
			return error;
	}
	for (size_t i = 0; i < engines->count; i++) {
		const struct packed *packed = &engines->packed[i];
		engines->alerts[i] = (struct journal_alert){
			.stream = engines->start
					  .streams[engines->subjects[i].part],
			.seq = packed->seq,
			.topic = (const char *)engines->bytes + packed->topic,
			.payload = engines->bytes + packed->payload,
			.payload_size = packed->payload_size,
		};
	}
	ret_outbox->alerts = engines->alerts;
	ret_outbox->subjects = engines->subjects;
	ret_outbox->count = engines->count;
	return 0;
}

struct admission
engines_admission(const struct configuration *configuration, int64_t wall_ms)
{
	return (struct admission){
		.max_count = configuration->limits.max_count,
		.latest_at = wall_ms + configuration->limits.max_future_ms,
		.times_required = configuration->clock == CLOCK_RECORDS,
	};
}

int64_t
engines_now(const struct engines *engines)
{
	int64_t real = engine_now(engines->engines[ENGINE_REAL]);
	int64_t drill = engine_now(engines->engines[ENGINE_DRILL]);

	return real > drill ? real : drill;
}

int64_t
engines_due(const struct engines *engines)
{
	int64_t real = engine_due(engines->engines[ENGINE_REAL]);
	int64_t drill = engine_due(engines->engines[ENGINE_DRILL]);

	return real < drill ? real : drill;
}
