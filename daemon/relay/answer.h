/*
 * Answers to the requests that only read: get, replay, list, silences,
 * status.
 *
 * They tell what is durable. Nothing here changes an engine or the journal.
 */
#ifndef TRUCED_RELAY_ANSWER_H
#define TRUCED_RELAY_ANSWER_H

#include <stdint.h>

#include "core/verdict.h"
#include "edge/codec.h"
#include "edge/intake.h"
#include "edge/journal.h"
#include "edge/service.h"
#include "relay/batch.h"
#include "relay/engines.h"
#include "relay/metrics.h"

/* What answers draw on: borrowed but for the last part, and counted by the
 * relay as it goes. */
struct answering {
	struct codec *codec; /* its own: a reply lasts until the next */
	struct journal *journal;
	const struct engines *engines;
	const struct configuration *configuration;
	const struct intake *intake;
	const struct service *service;
	int64_t started_at;
	const int64_t *now;	    /* by the wall clock that is followed */
	uint64_t seq[ENGINE_PARTS]; /* of the last durable alert */
	uint64_t verdicts[VERDICTS];
	uint64_t reasons[REASONS];
	uint64_t heartbeats;
	int64_t heartbeat_at;
	struct metrics metrics;
	const uint64_t *logged; /* of each part, the log's cursor */
	const char *trouble;	/* the journal's; "" when all is well */

	/* Room for one answer. */
	struct batch bytes;
	struct journal_stream stream;
	struct journal_stream next_stream;
	struct wire_message *alerts;
	struct held_reply *held;
	struct silence_reply *silences;
	struct explanation *explanation;
	char next[IDENTIFIER_SIZE];
	struct status_pool *pools;
	struct status_rule *rules;
};

/* Takes the room; all else is the caller's to fill. -ENOMEM. */
int answering_init(struct answering *answering,
		   const struct configuration *configuration);
/* After a reload. -ENOMEM. */
int answering_configure(struct answering *answering,
			const struct configuration *configuration);
void answering_done(struct answering *answering);

/* The episode of the alert with this identifier, which may be of an earlier
 * stream: whose it is, and the seq of its first message in this one. NULL; or
 * what was expected, if it is none that the engines could know. */
const char *answer_episode(struct answering *answering, const char *identifier,
			   enum engine_part *ret_part,
			   uint64_t *ret_episode_seq);

/* For explain.c. The same of an episode by what it is called; false: it is none
 * of this stream. */
bool answer_episode_seq(const struct answering *answering, const char *episode,
			enum engine_part *ret_part, uint64_t *ret_episode_seq);
/* Where the alert of this name is, or would be. False: no stream of this
 * daemon's has such ones. */
bool answer_place(const struct answering *answering, const char *identifier,
		  struct journal_stream *ret_stream, uint64_t *ret_seq);
/* Keeps the alert of this name for the reply, if it was sent; its stream is
 * answering->stream. False: it is no identifier of this daemon's alerts. */
bool answer_alert(struct answering *answering, const char *identifier);
/* Keeps an alert for the reply, non-zero: it is full; then all that were kept,
 * as the reply's alerts. What was expected, in place of an answer. */
int answer_keep(void *context, uint64_t position,
		const struct journal_alert *alert);
void answer_kept(struct answering *answering, struct reply *reply);
void answer_fail(struct reply *reply, const char *expected);

/* An error instead of an answer: what was expected. */
void answer_error(const struct request *request, const char *expected,
		  struct reply *ret_reply);

/* Fills *ret_reply, which lasts until the next call. */
void answer(struct answering *answering, const struct request *request,
	    struct reply *ret_reply);

#endif
