/*
 * The relay's parts share this, and nobody else.
 *
 *	relay.c          a turn: the steps, their commit, the loop
 *	relay_drain.c    what comes in, and the answers to it
 *	relay_outlets.c  heartbeats, and the system's log
 *	relay_start.c    the start, a reload, the end
 */
#ifndef TRUCED_RELAY_RELAY_STATE_H
#define TRUCED_RELAY_RELAY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "edge/codec.h"
#include "edge/intake.h"
#include "edge/journal.h"
#include "edge/publisher.h"
#include "edge/service.h"
#include "edge/syslog.h"
#include "relay/answer.h"
#include "relay/batch.h"
#include "relay/checkpointer.h"
#include "relay/clock.h"
#include "relay/engines.h"
#include "relay/relay.h"
#include "relay/replay.h"

enum {
	REQUESTS_MAX = 64, /* taken in one turn */
	RETRY_MS = 500,	   /* a full disk, a full log */
	JOIN_MS = 500,	   /* in which who subscribed before is there again */
	CURSOR_NAME_SIZE = 32
};

/* A Submit whose receipts leave after the commit. */
struct submission {
	struct client client;
	uint64_t tag;
	size_t first; /* item */
	size_t count;
};

/* What an officer asked for; done and answered after the batch in hand. */
struct order {
	struct client client;
	uint64_t tag;
	enum engine_part part;
	struct command command;
};

/* A stream that has ended, and how much of it the log has got. */
struct earlier_stream {
	struct journal_stream stream;
	uint64_t cursor;
};

struct relay {
	struct settings *settings;
	struct journal *journal;
	struct replay replay; /* the settings that the engines count by */
	struct engines *engines;
	struct codec *codec;
	void *context;
	struct intake *intake;
	struct service *service;
	struct publisher *publisher;
	struct syslog_outlet *outlet;
	struct answering answering; /* what answers draw on */

	struct clock_follower clock;
	int64_t now;		/* the engine's time of this turn */
	int64_t wall;		/* the wall clock's */
	int64_t kept_at;	/* the last step's that is durable */
	int64_t next_heartbeat; /* monotonic, as the next two */
	int64_t retry_at;	/* of the step that waits, 0: none waits */
	int64_t outlet_at;	/* when to offer the log alerts again */
	uint64_t outlet_cursor[ENGINE_PARTS];
	struct earlier_stream *earlier; /* to be told, the oldest first */
	size_t earlier_count;

	/* What the start had to say is sent a moment later (monotonic; 0: it
	 * was), or before the first that comes after it. */
	bool starting;
	int64_t announce_at;
	uint64_t announced[ENGINE_PARTS]; /* up to here the last run did */

	/* The batch in hand: messages, what they say, what became of them. */
	struct batch batch;
	struct report *reports;
	struct receipt *receipts;
	struct receipt_reply *replies;
	size_t *ends; /* where each ends in the batch */
	size_t items;
	struct submission *submissions;
	size_t submissions_count;
	struct order *orders;
	size_t orders_count;

	/* The step in hand, as it is to be made durable. */
	struct batch body;
	struct journal_step step;
	struct outbox outbox;
	struct checkpointer checkpointer;
};

static inline int64_t
earlier_of(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

/* relay.c: applies a step that is not yet in the journal; its time and position
 * are set. Then makes it durable and publishes it. -ENOSPC: it waits. */
int relay_apply_step(struct relay *relay, struct step *step);
int relay_apply(struct relay *relay, enum step_kind kind);
int relay_commit(struct relay *relay);
/* Of a step that is durable: its alerts. */
void relay_publish(struct relay *relay);

/* relay_drain.c: takes what has come in, as far as the batch takes it, and
 * answers what only asks. */
void relay_drain(struct relay *relay);
void relay_reply(struct relay *relay, const struct client *client,
		 const struct reply *reply);
/* The first `count` of relay->replies. */
void relay_reply_receipts(struct relay *relay, const struct client *client,
			  uint64_t tag, size_t count);
struct receipt_reply relay_receipt(const struct report *report,
				   const struct receipt *receipt);
void relay_refuse(struct relay *relay, const struct client *client,
		  uint64_t tag, const char *expected);

/* relay_outlets.c: what the last run had not told the log yet, this one does.
 * -ENOMEM, or as the journal. */
int relay_resume_log(struct relay *relay);
/* What the start had to say, to those who have subscribed by now. */
void relay_announce(struct relay *relay);
/* What is due by now (monotonic). */
void relay_heartbeat(struct relay *relay, int64_t monotonic);
void relay_feed_log(struct relay *relay, int64_t monotonic);

#endif
