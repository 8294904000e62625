#include "relay/engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

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
	bool ending;	    /* what is packed waits for the next step */
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
	for (int part = 0; part < ENGINE_PARTS; part++)
		engine_free(engines->engines[part]);
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

static int
outbox_add(struct engines *engines, enum engine_part part)
{
	int error = outbox_grow(engines);

	if (error)
		return error;
	struct outbox_subject *subject = &engines->subjects[engines->count];
	subject->part = part;
	subject->cause = engines->alert.cause;
	memcpy(subject->rule, engines->alert.rule, sizeof(subject->rule));
	struct packed *packed = &engines->packed[engines->count++];
	packed->seq = engines->alert.seq;
	packed->topic = engines->bytes_used;
	engines->bytes_used +=
		codec_alert_topic(&engines->alert,
				  (char *)engines->bytes + packed->topic) +
		1;
	packed->payload = engines->bytes_used;
	packed->payload_size =
		codec_alert_pack(&engines->alert, &engines->voices[part],
				 engines->bytes + packed->payload);
	engines->bytes_used += packed->payload_size;
	return 0;
}

/* What the outbox has so far is the next step's. */
static void
outbox_begin(struct engines *engines)
{
	if (!engines->ending) {
		engines->count = 0;
		engines->bytes_used = 0;
	}
	engines->ending = false;
}

int
engines_end(struct engines *engines, enum engine_part part,
	    const struct journal_alert *last, int64_t sent_at)
{
	struct engine *engine = engines->engines[part];
	size_t topic_size = strlen(last->topic) + 1;

	outbox_begin(engines);
	engines->ending = true;
	int error = outbox_grow(engines);
	if (error)
		return error;
	/* Topics are the codec's, of the size that there is room for. */
	if (topic_size > 2 * TOPIC_MAX)
		return -EBADMSG;
	struct packed packed = {.seq = engine_seq(engine) + 1,
				.topic = engines->bytes_used,
				.payload = engines->bytes_used + topic_size};
	packed.payload_size =
		codec_alert_end(engines->codec, last->payload,
				last->payload_size, &engines->voices[part],
				packed.seq, sent_at,
				engines->bytes + packed.payload);
	if (packed.payload_size == 0)
		return -EBADMSG;
	memcpy(engines->bytes + packed.topic, last->topic, topic_size);
	engines->bytes_used = packed.payload + packed.payload_size;
	/* Its rule is the old engines'. */
	engines->subjects[engines->count] =
		(struct outbox_subject){.part = part,
					.cause = CAUSE_RULE_CHANGED};
	engines->packed[engines->count++] = packed;
	engine_renumber(engine, packed.seq);
	return 0;
}

int
engines_apply(struct engines *engines, const struct step *step,
	      struct outbox *ret_outbox)
{
	outbox_begin(engines);
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct engine *engine = engines->engines[part];
		engine_begin(engine, step);
		while (engine_next(engine, &engines->alert)) {
			int error = outbox_add(engines, (enum engine_part)part);
			if (error)
				return error;
		}
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
