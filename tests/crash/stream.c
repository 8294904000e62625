#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char STREAM[] = "0123456789abcdef0123456789abcdef";

static uint8_t
body_byte(uint64_t position, size_t index)
{
	return (uint8_t)(position * 31 + index * 7 + (index >> 8));
}

static struct journal_alert
alert_of(uint64_t seq, char payload[static 32])
{
	snprintf(payload, 32, "alert %llu", (unsigned long long)seq);
	return (struct journal_alert){.stream = STREAM,
				      .seq = seq,
				      .topic = "alert.minsk-2.deaths",
				      .payload = (const uint8_t *)payload,
				      .payload_size = strlen(payload)};
}

int
stream_commit_sized(struct journal *journal, size_t body_size)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	char payloads[2][32];
	uint64_t position = journal_head(journal, hash) + 1;
	struct journal_alert alerts[] = {
		alert_of(2 * position - 1, payloads[0]),
		alert_of(2 * position, payloads[1]),
	};
	uint8_t *body = malloc(body_size + 1);

	if (!body)
		return -ENOMEM;
	for (size_t i = 0; i < body_size; i++)
		body[i] = body_byte(position, i);
	struct journal_step step = {.position = position,
				    .time_ms = 1000 * (int64_t)position,
				    .kind = 3,
				    .body = body,
				    .body_size = body_size};
	int error = journal_commit(journal, &step, alerts, 2);
	free(body);
	return error;
}

int
stream_commit(struct journal *journal)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint64_t position = journal_head(journal, hash) + 1;

	return stream_commit_sized(journal,
				   (size_t)(position * 7919 % STREAM_BODY_MAX));
}

struct walk {
	struct journal *journal;
	uint64_t steps;
	uint64_t alerts;
};

static int
alert_verify(void *context, uint64_t position,
	     const struct journal_alert *alert)
{
	struct walk *walk = context;
	char payload[32];
	struct journal_alert wanted = alert_of(++walk->alerts, payload);

	return position == walk->steps && alert->seq == wanted.seq &&
			       strcmp(alert->stream, wanted.stream) == 0 &&
			       strcmp(alert->topic, wanted.topic) == 0 &&
			       alert->payload_size == wanted.payload_size &&
			       memcmp(alert->payload, wanted.payload,
				      wanted.payload_size) == 0
		       ? 0
		       : -EBADMSG;
}

static int
step_verify(void *context, const struct journal_step *step)
{
	struct walk *walk = context;

	walk->steps++;
	if (step->position != walk->steps || step->kind != 3 ||
	    step->time_ms != 1000 * (int64_t)walk->steps)
		return -EBADMSG;
	for (size_t i = 0; i < step->body_size; i++)
		if (step->body[i] != body_byte(step->position, i))
			return -EBADMSG;
	int error = journal_alerts_of(walk->journal, step->position,
				      alert_verify, walk);
	if (!error && walk->alerts != 2 * walk->steps)
		error = -EBADMSG;
	return error;
}

int64_t
stream_verify(struct journal *journal)
{
	struct walk walk = {.journal = journal};

	int error = journal_steps(journal, 0, step_verify, &walk);
	return error ? error : (int64_t)walk.steps;
}
