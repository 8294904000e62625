#include "relay/relay.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <zmq.h>

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
#include "relay/log.h"
#include "relay/officer.h"
#include "relay/replay.h"

enum {
	POLL_ITEMS_MAX = 80, /* more than a configuration has endpoints */
	REQUESTS_MAX = 64,   /* taken in one turn */
	SUBMIT_BYTES = 9 * 1024 * 1024, /* more than a Submit's frame may be */
	RETRY_MS = 500,			/* a full disk, a full log */
	TURN_MS = 1000,			/* a watchdog waits for every turn */
	OUTLET_RUN = 256,		/* alerts to the log in one turn */
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
	int64_t next_heartbeat; /* monotonic, as the next two */
	int64_t retry_at;	/* of the step that waits, 0: none waits */
	int64_t outlet_at;	/* when to offer the log alerts again */
	uint64_t outlet_cursor[ENGINE_PARTS];

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

/* --- Commit and publish --- */

static void
publish(struct relay *relay)
{
	for (size_t i = 0; i < relay->outbox.count; i++) {
		const struct journal_alert *alert = &relay->outbox.alerts[i];
		publisher_send(relay->publisher, alert->topic, alert->payload,
			       alert->payload_size);
	}
	for (int part = 0; part < ENGINE_PARTS; part++)
		relay->answering.seq[part] = engine_seq(
			engines_part(relay->engines, (enum engine_part)part));
	metrics_alerts(&relay->answering.metrics, &relay->outbox);
	if (relay->outbox.count)
		relay->outlet_at = 0;
}

/* 0: durable and published. -ENOSPC: it waits. */
static int
commit(struct relay *relay)
{
	int64_t began_us = clock_monotonic_us();
	int error = journal_commit(relay->journal, &relay->step,
				   relay->outbox.alerts, relay->outbox.count);

	if (error == -ENOSPC) {
		if (!relay->retry_at)
			log_line(LOG_ERR,
				 "the journal is full: %s; nothing "
				 "more is taken in until there is room",
				 journal_error(relay->journal));
		relay->retry_at = clock_monotonic() + RETRY_MS;
		relay->answering.trouble = "the journal's disk is full";
		return error;
	}
	if (error) {
		log_line(LOG_ERR,
			 "step %" PRIu64 " could not be made durable: "
			 "%s",
			 relay->step.position, journal_error(relay->journal));
		return error;
	}
	if (relay->retry_at)
		log_line(LOG_NOTICE, "the journal has room again");
	relay->retry_at = 0;
	relay->answering.trouble = "";
	metrics_commit(&relay->answering.metrics,
		       clock_monotonic_us() - began_us);
	checkpointer_step(&relay->checkpointer, &relay->step,
			  relay->outbox.alerts, relay->outbox.count);
	publish(relay);
	return 0;
}

/* Applies a step that is not yet in the journal; its time and position are
 * set. */
static int
apply_step(struct relay *relay, struct step *step)
{
	uint8_t digest[JOURNAL_HASH_SIZE];
	bool by_records = relay->settings->configuration.clock == CLOCK_RECORDS;

	step->time_ms = relay->now;
	step->position = journal_head(relay->journal, digest) + 1;
	int error = engines_apply(relay->engines, step, &relay->outbox);
	relay->step = (struct journal_step){
		.position = step->position,
		.time_ms = by_records ? engines_now(relay->engines)
				      : step->time_ms,
		.kind = (int)step->kind,
	};
	return error;
}

static int
apply(struct relay *relay, enum step_kind kind)
{
	struct step step = {.kind = kind};

	return apply_step(relay, &step);
}

/* --- Drain and decode --- */

static size_t
room(const struct relay *relay)
{
	return BATCH_MAX - relay->items;
}

/* False: the receipt says what is wrong with it. */
static bool
decode(struct relay *relay, const struct wire_message *message,
       struct report *ret_report, struct receipt *ret_receipt)
{
	const struct configuration *configuration =
		&relay->settings->configuration;
	struct admission admission = {
		.max_count = configuration->limits.max_count,
		.latest_at = relay->wall + configuration->limits.max_future_ms,
		.times_required = configuration->clock == CLOCK_RECORDS,
	};
	bool good =
		codec_report(relay->codec, &admission, message->topic,
			     message->topic_size, message->payload,
			     message->payload_size, ret_report, ret_receipt);

	if (good)
		*ret_receipt = (struct receipt){.verdict = VERDICT_NONE};
	return good;
}

/* Takes one message into the batch in hand: as a report, or as a verdict. */
static void
take(struct relay *relay, const struct wire_message *message)
{
	struct report *report = &relay->reports[relay->items];
	struct receipt *receipt = &relay->receipts[relay->items];

	if (decode(relay, message, report, receipt) &&
	    !batch_add(&relay->batch, message))
		receipt->verdict = VERDICT_BUSY;
	relay->ends[relay->items++] = relay->batch.size;
}

static void
take_submit(struct relay *relay, const struct client *client,
	    const struct request *request)
{
	struct submission *submission =
		&relay->submissions[relay->submissions_count++];

	*submission = (struct submission){
		.client = *client,
		.tag = request->tag,
		.first = relay->items,
		.count = request->items_count,
	};
	for (size_t i = 0; i < request->items_count; i++)
		take(relay, &request->items[i]);
}

static void
reply_send(struct relay *relay, const struct client *client,
	   const struct reply *reply)
{
	size_t size;
	const uint8_t *bytes =
		codec_reply_pack(relay->answering.codec, reply, &size);

	/* Who is gone or does not read loses the answer, and only that. */
	if (bytes)
		service_reply(relay->service, client, bytes, size);
	else
		log_line(LOG_WARNING, "an answer was too large to send");
}

static void
reply_receipts(struct relay *relay, const struct client *client, uint64_t tag,
	       size_t count)
{
	struct reply reply = {.tag = tag,
			      .kind = REPLY_RECEIPTS,
			      .stream = "",
			      .receipts = relay->replies,
			      .receipts_count = count};

	reply_send(relay, client, &reply);
}

static struct receipt_reply
receipt_of(const struct report *report, const struct receipt *receipt)
{
	return (struct receipt_reply){
		.receipt = *receipt,
		.source = report->source,
		.id = report->id,
		.revision = report->revision,
	};
}

/* A dry run is answered at once, from what stands, and leaves no trace. */
static void
answer_dry_run(struct relay *relay, const struct client *client,
	       const struct request *request)
{
	/* The room behind the batch in hand: drain has seen to it. */
	struct report *reports = &relay->reports[relay->items];

	for (size_t i = 0; i < request->items_count; i++) {
		struct receipt receipt;
		if (decode(relay, &request->items[i], &reports[i], &receipt))
			engine_judge(engines_part(relay->engines,
						  engine_part_of(&reports[i])),
				     &reports[i], &receipt);
		relay->replies[i] = receipt_of(&reports[i], &receipt);
	}
	reply_receipts(relay, client, request->tag, request->items_count);
}

/* What a disk without room leaves to say: come again. To a dry run too: what
 * the engines count then is not durable. */
static void
answer_busy(struct relay *relay, const struct client *client,
	    const struct request *request)
{
	for (size_t i = 0; i < request->items_count; i++)
		relay->replies[i] = (struct receipt_reply){
			.receipt.verdict = VERDICT_BUSY,
			.source = "",
			.id = "",
		};
	relay->answering.verdicts[VERDICT_BUSY] += request->items_count;
	reply_receipts(relay, client, request->tag, request->items_count);
}

static void
answer_refusal(struct relay *relay, const struct client *client, uint64_t tag,
	       const char *expected)
{
	struct request request = {.tag = tag};
	struct reply reply;

	answer_error(&request, expected, &reply);
	reply_send(relay, client, &reply);
}

/* Keeps what an officer asks until the batch in hand is done. */
static bool
order_take(struct relay *relay, const struct client *client,
	   const struct request *request)
{
	struct order *order = &relay->orders[relay->orders_count];
	char identifier[256];

	if (request->expected) {
		answer_refusal(relay, client, request->tag, request->expected);
		return true;
	}
	*order = (struct order){
		.client = *client,
		.tag = request->tag,
		.command = {.kind = request->kind == REQUEST_ACKNOWLEDGE
					    ? COMMAND_ACKNOWLEDGE
					    : COMMAND_RETRACT,
			    .for_ms = request->for_ms},
	};
	/* The request goes with the codec's next call. */
	snprintf(order->command.author, sizeof(order->command.author), "%s",
		 request->by);
	snprintf(order->command.comment, sizeof(order->command.comment), "%s",
		 request->comment);
	snprintf(identifier, sizeof(identifier), "%s", request->identifier);
	if (answer_episode(&relay->answering, identifier, &order->part,
			   &order->command.episode_seq))
		relay->orders_count++;
	else
		answer_refusal(relay, client, order->tag,
			       "an identifier of this daemon's alerts");
	return true;
}

/* One request of any kind. False: there is none. */
static bool
serve(struct relay *relay)
{
	struct client client;
	struct request request;
	struct reply reply;
	const uint8_t *payload;
	size_t size;

	if (!service_receive(relay->service, &client, &payload, &size))
		return false;
	if (!codec_request_unpack(relay->answering.codec, payload, size,
				  &request))
		request = (struct request){.kind = REQUEST_NONE};
	if (request.kind == REQUEST_SUBMIT &&
	    request.items_count <= SUBMIT_MAX) {
		if (relay->retry_at)
			answer_busy(relay, &client, &request);
		else if (request.dry_run)
			answer_dry_run(relay, &client, &request);
		else
			take_submit(relay, &client, &request);
		return true;
	}
	if (request.kind == REQUEST_ACKNOWLEDGE ||
	    request.kind == REQUEST_RETRACT)
		return order_take(relay, &client, &request);
	answer(&relay->answering, &request, &reply);
	reply_send(relay, &client, &reply);
	return true;
}

/* What has come in, as far as the batch takes it. Requests first: those who
 * submit wait for an answer; but who asks again and again keeps nobody else
 * waiting. */
static void
drain(struct relay *relay)
{
	struct wire_message message;
	size_t requests = 0;

	relay->items = 0;
	relay->submissions_count = 0;
	relay->orders_count = 0;
	relay->batch.size = 0;
	while (requests < REQUESTS_MAX && room(relay) >= SUBMIT_MAX &&
	       relay->batch.capacity - relay->batch.size >= SUBMIT_BYTES &&
	       serve(relay))
		requests++;
	bool full = requests == REQUESTS_MAX || room(relay) < SUBMIT_MAX ||
		    relay->batch.capacity - relay->batch.size < SUBMIT_BYTES;
	while (!relay->retry_at && room(relay) > 0 &&
	       relay->batch.capacity - relay->batch.size >= 2 * FRAME_MAX &&
	       intake_receive(relay->intake, &message))
		take(relay, &message);
	full = full || room(relay) == 0 ||
	       relay->batch.capacity - relay->batch.size < 2 * FRAME_MAX;
	metrics_batch(&relay->answering.metrics, relay->items, full);
}

/* --- The step of a batch --- */

/* The body is what was accepted: all else leaves no trace. */
static size_t
body_make(struct relay *relay)
{
	size_t accepted = 0;
	size_t start = 0;

	relay->body.size = 0;
	for (size_t i = 0; i < relay->items; i++) {
		size_t end = relay->ends[i];
		if (relay->receipts[i].verdict == VERDICT_ACCEPTED) {
			memcpy(relay->body.bytes + relay->body.size,
			       relay->batch.bytes + start, end - start);
			relay->body.size += end - start;
			accepted++;
		}
		start = end;
	}
	relay->step.body = relay->body.bytes;
	relay->step.body_size = relay->body.size;
	return accepted;
}

static void
receipts_count(struct relay *relay)
{
	for (size_t i = 0; i < relay->items; i++) {
		const struct receipt *receipt = &relay->receipts[i];
		relay->answering.verdicts[receipt->verdict]++;
		if (receipt->verdict == VERDICT_REJECTED)
			relay->answering.reasons[receipt->reason]++;
	}
}

static void
receipts_send(struct relay *relay)
{
	for (size_t i = 0; i < relay->submissions_count; i++) {
		const struct submission *submission = &relay->submissions[i];
		for (size_t j = 0; j < submission->count; j++) {
			size_t item = submission->first + j;
			struct receipt_reply *told = &relay->replies[j];
			*told = receipt_of(&relay->reports[item],
					   &relay->receipts[item]);
			/* Nothing is told as taken before it is durable, nor
			 * as in conflict with what is not durable. */
			if (relay->retry_at)
				told->receipt = (struct receipt){
					.verdict = VERDICT_BUSY};
		}
		reply_receipts(relay, &submission->client, submission->tag,
			       submission->count);
	}
}

static int
step_reports(struct relay *relay)
{
	if (relay->items == 0)
		return 0;
	struct step step = {.kind = STEP_REPORTS,
			    .reports = relay->reports,
			    .receipts = relay->receipts,
			    .count = relay->items};
	int error = apply_step(relay, &step);
	if (error)
		return error;
	receipts_count(relay);
	if (body_make(relay) > 0)
		error = commit(relay);
	if (error && error != -ENOSPC)
		return error;
	receipts_send(relay);
	return error;
}

static const struct journal_alert *
outbox_find(const struct relay *relay, enum engine_part part, uint64_t seq)
{
	const char *stream = engines_stream(relay->engines, part);

	for (size_t i = 0; i < relay->outbox.count; i++) {
		const struct journal_alert *alert = &relay->outbox.alerts[i];
		if (alert->seq == seq && strcmp(alert->stream, stream) == 0)
			return alert;
	}
	return NULL;
}

static void
order_answer(struct relay *relay, const struct order *order, uint64_t told)
{
	const struct journal_alert *alert =
		outbox_find(relay, order->part, told);

	if (!alert) {
		answer_refusal(relay, &order->client, order->tag,
			       "an alert that is firing");
		return;
	}
	const struct wire_message message = {
		.topic = alert->topic,
		.topic_size = strlen(alert->topic),
		.payload = alert->payload,
		.payload_size = alert->payload_size,
	};
	struct reply reply = {.tag = order->tag,
			      .kind = REPLY_ALERT,
			      .alerts = &message,
			      .alerts_count = 1,
			      .stream = alert->stream,
			      .last_seq = relay->answering.seq[order->part]};
	reply_send(relay, &order->client, &reply);
}

static int
step_command(struct relay *relay, const struct order *order)
{
	uint64_t told = 0;
	struct step step = {.kind = STEP_COMMAND,
			    .command = &order->command,
			    .part = order->part,
			    .ret_told = &told};
	int error = apply_step(relay, &step);

	if (error)
		return error;
	relay->step.body = relay->body.bytes;
	relay->step.body_size = command_write(&order->command, order->part,
					      (char *)relay->body.bytes);
	if (relay->outbox.count)
		error = commit(relay);
	if (error == -ENOSPC)
		answer_refusal(relay, &order->client, order->tag,
			       "room on the journal's disk: it is done when "
			       "there is some");
	else if (!error)
		order_answer(relay, order, told);
	return error;
}

/* What officers asked in this turn, each a step of its own. */
static int
steps_command(struct relay *relay)
{
	int error = 0;

	for (size_t i = 0; i < relay->orders_count; i++) {
		const struct order *order = &relay->orders[i];
		if (relay->retry_at)
			answer_refusal(relay, &order->client, order->tag,
				       "room on the journal's disk: ask again "
				       "later");
		else
			error = step_command(relay, order);
		if (error && error != -ENOSPC)
			return error;
	}
	return error;
}

/* Timers that are due, without a report. A TICK without an alert need not be
 * kept: the next step fires its timers at their own times just the same. */
static int
step_tick(struct relay *relay)
{
	bool by_wall = relay->settings->configuration.clock == CLOCK_WALL;

	if (!by_wall || engines_due(relay->engines) > relay->now)
		return 0;
	int error = apply(relay, STEP_TICK);
	if (!error && relay->outbox.count)
		error = commit(relay);
	return error;
}

/* --- Heartbeats and the log --- */

static void
heartbeat(struct relay *relay, int64_t monotonic)
{
	static const char *const topics[ENGINE_PARTS] = {
		[ENGINE_REAL] = "heartbeat",
		[ENGINE_DRILL] = "exercise.heartbeat",
	};
	uint8_t bytes[HEARTBEAT_BYTES_MAX];

	if (monotonic < relay->next_heartbeat)
		return;
	relay->next_heartbeat = monotonic + relay->settings->heartbeat_ms;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct heartbeat beat = {
			.stream = engines_stream(relay->engines,
						 (enum engine_part)part),
			.seq = relay->answering.seq[part],
			.at = relay->wall,
			.trouble = relay->answering.trouble,
		};
		journal_head(relay->journal, beat.digest);
		size_t size = codec_heartbeat_pack(&beat, bytes);
		publisher_send(relay->publisher, topics[part], bytes, size);
	}
	relay->answering.heartbeats++;
	relay->answering.heartbeat_at = relay->wall;
}

struct offering {
	struct relay *relay;
	enum engine_part part;
};

/* Non-zero: the log takes no more now. */
static int
offer(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct offering *offering = context;
	struct relay *relay = offering->relay;
	struct notice notice;

	(void)position;
	if (codec_alert_unpack(relay->answering.codec, alert->payload,
			       alert->payload_size, &notice)) {
		int error = syslog_outlet_alert(relay->outlet, &notice);
		if (error)
			return error;
	}
	relay->outlet_cursor[offering->part] = alert->seq;
	return 0;
}

static const char *
cursor_name(const struct relay *relay, enum engine_part part,
	    char ret_name[static CURSOR_NAME_SIZE])
{
	snprintf(ret_name, CURSOR_NAME_SIZE, "syslog.%.16s",
		 engines_stream(relay->engines, part));
	return ret_name;
}

/* Offers the log what it has not got of a stream; its cursor is kept. 0 or, if
 * the log or the journal gives no more now, why. */
static int
outlet_offer(struct relay *relay, enum engine_part part)
{
	char name[CURSOR_NAME_SIZE];
	struct offering offering = {.relay = relay, .part = part};
	uint64_t before = relay->outlet_cursor[part];

	if (before == relay->answering.seq[part])
		return 0;
	int error =
		journal_alerts_after(relay->journal,
				     engines_stream(relay->engines, part),
				     before, "", OUTLET_RUN, offer, &offering);
	if (error == -EBADMSG)
		log_line(LOG_ERR, "the log is told no more alerts: %s",
			 journal_error(relay->journal));
	if (relay->outlet_cursor[part] != before)
		journal_cursor_set(relay->journal,
				   cursor_name(relay, part, name),
				   relay->outlet_cursor[part]);
	return error;
}

static void
outlet_feed(struct relay *relay, int64_t monotonic)
{
	if (monotonic < relay->outlet_at || relay->retry_at)
		return;
	relay->outlet_at = TIME_NEVER;
	for (int i = 0; i < ENGINE_PARTS; i++) {
		int error = outlet_offer(relay, (enum engine_part)i);
		if (error == -EBADMSG)
			continue; /* later ones may be good, but not next */
		if (relay->outlet_cursor[i] < relay->answering.seq[i])
			relay->outlet_at = error ? monotonic + RETRY_MS : 0;
	}
}

/* --- The loop --- */

static int64_t
earlier_of(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

/* How long the loop may sleep, in ms. */
static long
sleep_ms(const struct relay *relay, int64_t monotonic)
{
	int64_t until = earlier_of(relay->next_heartbeat, monotonic + TURN_MS);
	bool by_wall = relay->settings->configuration.clock == CLOCK_WALL;
	int64_t due = engines_due(relay->engines);

	/* While a step waits for room, all else that would be kept waits. */
	if (relay->retry_at)
		until = earlier_of(until, relay->retry_at);
	else
		until = earlier_of(until, relay->outlet_at);
	if (!relay->retry_at && by_wall && due != TIME_NEVER)
		until = earlier_of(until, monotonic + due - relay->now);
	return until <= monotonic ? 0 : (long)(until - monotonic);
}

static int
wait(struct relay *relay, int wake_fd, bool *ret_woken)
{
	zmq_pollitem_t items[POLL_ITEMS_MAX];
	void *sockets[POLL_ITEMS_MAX];
	size_t count = 0;

	items[count++] = (zmq_pollitem_t){.fd = wake_fd, .events = ZMQ_POLLIN};
	items[count++] =
		(zmq_pollitem_t){.socket = service_socket(relay->service),
				 .events = ZMQ_POLLIN};
	if (!relay->retry_at) {
		size_t found = intake_sockets(relay->intake, sockets,
					      POLL_ITEMS_MAX - count);
		for (size_t i = 0; i < found; i++)
			items[count++] = (zmq_pollitem_t){.socket = sockets[i],
							  .events = ZMQ_POLLIN};
	}
	int ready =
		zmq_poll(items, (int)count, sleep_ms(relay, clock_monotonic()));
	*ret_woken = ready > 0 && (items[0].revents & ZMQ_POLLIN);
	return ready < 0 && errno != EINTR ? -errno : 0;
}

/* Drains, applies, commits, publishes until nothing has come in. */
static int
work(struct relay *relay)
{
	int64_t monotonic = clock_monotonic();
	int error = 0;

	relay->wall = clock_wall();
	if (relay->retry_at && monotonic >= relay->retry_at)
		error = commit(relay);
	if (!relay->retry_at)
		relay->now = clock_follow(&relay->clock, relay->wall, monotonic,
					  relay->now);
	if (error && error != -ENOSPC)
		return error;
	drain(relay);
	error = relay->retry_at ? 0 : step_reports(relay);
	if (!error || error == -ENOSPC)
		error = steps_command(relay);
	if (!error && !relay->retry_at)
		error = step_tick(relay);
	if (error && error != -ENOSPC)
		return error;
	heartbeat(relay, monotonic);
	outlet_feed(relay, monotonic);
	if (!relay->retry_at)
		checkpointer_turn(&relay->checkpointer, relay->journal,
				  relay->engines, monotonic);
	if (relay->items > 0 || relay->retry_at)
		return 0;
	error = journal_idle(relay->journal);
	if (error)
		log_line(LOG_ERR, "the journal failed: %s",
			 journal_error(relay->journal));
	return error;
}

int
relay_turn(struct relay *relay, int wake_fd, bool *ret_woken)
{
	int error = wait(relay, wake_fd, ret_woken);

	return error ? error : work(relay);
}

/* --- Start and end --- */

static int
append(struct relay *relay, const void *body, size_t size)
{
	relay->step.body = body;
	relay->step.body_size = size;
	int error = journal_commit(relay->journal, &relay->step,
				   relay->outbox.alerts, relay->outbox.count);
	if (error)
		log_line(LOG_ERR, "the journal in %s cannot be written: %s",
			 relay->settings->state_dir,
			 journal_error(relay->journal));
	else
		checkpointer_step(&relay->checkpointer, &relay->step,
				  relay->outbox.alerts, relay->outbox.count);
	return error;
}

/* The first steps of a new journal: START, then CONFIG. Of a journal that ended
 * between the two, too: nothing was counted in it. */
static int
begin_new(struct relay *relay)
{
	uint8_t digest[JOURNAL_HASH_SIZE];
	char body[START_BODY_MAX];
	struct start start;

	start_make(&start);
	relay->step = (struct journal_step){
		.position = journal_head(relay->journal, digest) + 1,
		.time_ms = relay->now,
		.kind = STEP_START,
	};
	int error = append(relay, body, start_write(&start, body));
	if (!error)
		error = engines_new(&relay->engines,
				    &relay->settings->configuration, &start);
	if (!error)
		error = apply(relay, STEP_CONFIG);
	if (!error)
		error = append(relay, relay->settings->text,
			       strlen(relay->settings->text));
	return error;
}

/* Takes over what the replay gave. */
static int
begin_again(struct relay *relay)
{
	const struct replay *replay = &relay->replay;

	if (replay->settings->configuration.clock !=
	    relay->settings->configuration.clock) {
		log_line(LOG_ERR,
			 "%s was written by another clock, and what it counted "
			 "cannot be taken over: keep clock, or take another "
			 "--state-dir",
			 relay->settings->state_dir);
		return -EINVAL;
	}
	if (replay->checkpoint)
		log_line(LOG_INFO,
			 "went on from the checkpoint of step %" PRIu64,
			 replay->checkpoint);
	log_line(LOG_INFO,
		 "replayed %" PRIu64 " steps, %" PRIu64 " reports, %" PRIu64
		 " alerts",
		 replay->position - replay->checkpoint, replay->reports,
		 replay->alerts);
	relay->checkpointer.config = replay->config;
	relay->checkpointer.written = replay->checkpoint;
	relay->checkpointer.journaled = replay->bytes;
	relay->engines = relay->replay.engines;
	relay->replay.engines = NULL;
	return 0;
}

static int
begin(struct relay *relay, replay_progress *progress, void *context)
{
	int error = journal_open(&relay->journal, relay->settings->state_dir);

	if (error) {
		log_line(LOG_ERR,
			 "%s cannot be used as the state directory: %s",
			 relay->settings->state_dir, journal_error(NULL));
		return error;
	}
	error = replay_resume(&relay->replay, relay->journal,
			      relay->settings->state_dir, progress, context);
	if (relay->replay.refused[0])
		log_line(LOG_WARNING,
			 "the checkpoint in %s is not used: %s; the journal "
			 "was replayed from its start",
			 relay->settings->state_dir, relay->replay.refused);
	if (error) {
		log_line(LOG_ERR, "the journal in %s cannot be replayed: %s",
			 relay->settings->state_dir, relay->replay.error);
		return error;
	}
	bool again = relay->replay.engines != NULL;
	relay->wall = clock_wall();
	relay->now =
		clock_follow(&relay->clock, relay->wall, clock_monotonic(),
			     again ? engines_now(relay->replay.engines) : 0);
	return again ? begin_again(relay) : begin_new(relay);
}

/* A START after a replay: timers that came due meanwhile fire. On a full disk
 * it waits, as any step does. */
static int
step_start(struct relay *relay)
{
	int error = apply(relay, STEP_START);

	if (error)
		return error;
	relay->step.body = relay->body.bytes;
	relay->step.body_size =
		start_write(&relay->replay.start, (char *)relay->body.bytes);
	error = commit(relay);
	return error == -ENOSPC ? 0 : error;
}

/* The relay's settings are the engines', from the CONFIG step in hand on. */
static int
step_config(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	int error = apply(relay, STEP_CONFIG);

	if (error)
		return error;
	relay->step.body = (const uint8_t *)settings->text;
	relay->step.body_size = strlen(settings->text);
	error = commit(relay);
	return error == -ENOSPC ? 0 : error;
}

/* Whether the engines can count by these settings; they are then prepared. */
static bool
settings_fit(struct relay *relay, const struct settings *settings)
{
	enum pool_kind full;
	int error = engines_prepare(relay->engines, &settings->configuration,
				    &full);

	if (error == -ENOSPC && full < POOLS)
		log_line(LOG_ERR,
			 "the configuration is not taken: limits.%s has no "
			 "room for what stands",
			 pool_name(full));
	else if (error)
		log_line(LOG_ERR, "the configuration is not taken: %s",
			 error == -ENOSPC
				 ? "the rules need more names, groups or "
				   "buckets than limits gives"
				 : strerror(-error));
	return !error;
}

/* A START after a replay, and a CONFIG if the file is another one now. */
static int
steps_begin(struct relay *relay)
{
	struct settings *before = relay->replay.settings;
	int error = step_start(relay);

	if (error || settings_in_force(relay->settings, before))
		return error;
	if (relay->retry_at) {
		log_line(LOG_ERR, "another configuration needs room in %s",
			 relay->settings->state_dir);
		return -ENOSPC;
	}
	if (!settings_fit(relay, relay->settings))
		return -EINVAL;
	log_line(LOG_NOTICE, "the configuration is another one than before");
	error = step_config(relay);
	settings_free(before);
	relay->replay.settings = NULL;
	return error;
}

/* To the log that the settings name now. */
static int
outlet_change(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	struct syslog_outlet *outlet;
	int error = syslog_outlet_new(&outlet, settings->syslog_target,
				      settings->syslog_facility,
				      settings->syslog_min_severity);

	if (error)
		return error;
	syslog_outlet_free(relay->outlet);
	relay->outlet = outlet;
	return 0;
}

int
relay_reload(struct relay *relay, struct settings *settings)
{
	struct settings *before = relay->settings;

	if (relay->retry_at) {
		log_line(LOG_ERR, "the configuration is not taken while the "
				  "journal has no room");
		return -EINVAL;
	}
	if (settings->configuration.clock != before->configuration.clock) {
		log_line(LOG_ERR, "the configuration is not taken: clock "
				  "cannot change");
		return -EINVAL;
	}
	if (settings_keep(settings, before))
		log_line(LOG_WARNING, "limits and endpoints are as they were "
				      "until the next start");
	if (!settings_fit(relay, settings))
		return -EINVAL;
	relay->settings = settings;
	relay->now = clock_follow(&relay->clock, clock_wall(),
				  clock_monotonic(), relay->now);
	int error = answering_configure(&relay->answering,
					&settings->configuration);
	if (!error)
		error = step_config(relay);
	if (!error)
		error = outlet_change(relay);
	if (error)
		return error; /* the engines may be with either settings */
	/* After a start the engines count by the journal's, else by these. */
	settings_free(relay->replay.settings);
	relay->replay.settings = NULL;
	settings_free(before);
	log_line(LOG_NOTICE, "the configuration is changed");
	return 0;
}

static int
sockets_open(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	const char *address = "";
	int error = syslog_outlet_new(&relay->outlet, settings->syslog_target,
				      settings->syslog_facility,
				      settings->syslog_min_severity);

	relay->context = zmq_ctx_new();
	if (!relay->context)
		error = -ENOMEM;
	if (!error)
		error = publisher_new(&relay->publisher, relay->context,
				      settings->alerts, settings->alerts_count,
				      &address);
	if (!error)
		error = service_new(&relay->service, relay->context,
				    settings->service, settings->service_count,
				    &address);
	if (!error)
		error = intake_new(&relay->intake, relay->context,
				   settings->intake, settings->intake_count,
				   &address);
	if (error)
		log_line(LOG_ERR, "%s cannot be opened: %s", address,
			 zmq_strerror(-error));
	return error;
}

static int
room_take(struct relay *relay)
{
	relay->reports = calloc(BATCH_MAX, sizeof(*relay->reports));
	relay->receipts = calloc(BATCH_MAX, sizeof(*relay->receipts));
	relay->ends = calloc(BATCH_MAX, sizeof(*relay->ends));
	relay->replies = calloc(SUBMIT_MAX, sizeof(*relay->replies));
	relay->submissions = calloc(REQUESTS_MAX, sizeof(*relay->submissions));
	relay->orders = calloc(REQUESTS_MAX, sizeof(*relay->orders));
	if (!relay->reports || !relay->receipts || !relay->ends ||
	    !relay->replies || !relay->submissions || !relay->orders ||
	    batch_init(&relay->batch, BATCH_BYTES) != 0 ||
	    batch_init(&relay->body, BATCH_BYTES) != 0 ||
	    codec_new(&relay->codec) != 0)
		return -ENOMEM;
	return answering_init(&relay->answering,
			      &relay->settings->configuration);
}

/* What the last run had not told the log yet, it tells now. */
static void
outlet_resume(struct relay *relay)
{
	char name[CURSOR_NAME_SIZE];

	for (int i = 0; i < ENGINE_PARTS; i++) {
		enum engine_part part = (enum engine_part)i;
		if (journal_cursor_get(relay->journal,
				       cursor_name(relay, part, name),
				       &relay->outlet_cursor[part]) != 0)
			relay->outlet_cursor[part] = 0;
		relay->answering.seq[part] =
			engine_seq(engines_part(relay->engines, part));
	}
}

int
relay_new(struct relay **ret_relay, struct settings *settings,
	  replay_progress *progress, void *context)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return -ENOMEM;
	relay->settings = settings;
	int error =
		checkpointer_init(&relay->checkpointer, settings->state_dir);
	if (!error)
		error = room_take(relay);
	if (!error)
		error = begin(relay, progress, context);
	if (!error)
		error = sockets_open(relay);
	if (error) {
		relay->settings = NULL; /* still the caller's */
		relay_free(relay);
		return error;
	}
	outlet_resume(relay);
	relay->answering.journal = relay->journal;
	relay->answering.engines = relay->engines;
	relay->answering.intake = relay->intake;
	relay->answering.service = relay->service;
	relay->answering.started_at = relay->wall;
	relay->answering.heartbeat_at = TIME_UNSET;
	relay->answering.logged = relay->outlet_cursor;
	if (relay->replay.settings)
		error = steps_begin(relay);
	if (error) {
		relay->settings = NULL; /* still the caller's */
		relay_free(relay);
		return error;
	}
	*ret_relay = relay;
	return 0;
}

void
relay_rest(struct relay *relay)
{
	/* What waits for room is counted and not durable. */
	if (!relay->retry_at)
		checkpointer_finish(&relay->checkpointer, relay->journal,
				    relay->engines);
}

void
relay_free(struct relay *relay)
{
	if (!relay)
		return;
	checkpointer_done(&relay->checkpointer);
	if (relay->retry_at)
		log_line(LOG_WARNING,
			 "step %" PRIu64
			 " never was durable: who submitted its "
			 "reports was told BUSY, plain publishers' are lost",
			 relay->step.position);
	intake_free(relay->intake);
	service_free(relay->service);
	publisher_free(relay->publisher);
	if (relay->context)
		zmq_ctx_term(relay->context);
	syslog_outlet_free(relay->outlet);
	engines_free(relay->engines);
	replay_done(&relay->replay);
	settings_free(relay->settings);
	journal_close(relay->journal);
	answering_done(&relay->answering);
	codec_free(relay->codec);
	batch_done(&relay->batch);
	batch_done(&relay->body);
	free(relay->reports);
	free(relay->receipts);
	free(relay->ends);
	free(relay->replies);
	free(relay->submissions);
	free(relay->orders);
	free(relay);
}
