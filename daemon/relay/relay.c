/* A turn of the relay: one step of what has come in, made durable, published.
 */

#include "relay/relay_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <zmq.h>

#include "relay/log.h"
#include "relay/officer.h"

enum {
	POLL_ITEMS_MAX = 80, /* more than a configuration has endpoints */
	TURN_MS = 1000,	     /* a watchdog waits for every turn */
	SHOWN_MS = 300000    /* at most so long without a step */
};

void
relay_publish(struct relay *relay)
{
	if (!relay->starting && relay->outbox.count)
		relay_announce(relay);
	for (size_t i = 0; !relay->starting && i < relay->outbox.count; i++) {
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
int
relay_commit(struct relay *relay)
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
	relay->kept_at = relay->step.time_ms;
	relay->answering.trouble = "";
	metrics_commit(&relay->answering.metrics,
		       clock_monotonic_us() - began_us);
	checkpointer_step(&relay->checkpointer, &relay->step,
			  relay->outbox.alerts, relay->outbox.count);
	relay_publish(relay);
	return 0;
}

/* Applies a step that is not yet in the journal; its time and position are
 * set. */
int
relay_apply_step(struct relay *relay, struct step *step)
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

int
relay_apply(struct relay *relay, enum step_kind kind)
{
	struct step step = {.kind = kind};

	return relay_apply_step(relay, &step);
}

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
			*told = relay_receipt(&relay->reports[item],
					      &relay->receipts[item]);
			/* Nothing is told as taken before it is durable, nor
			 * as in conflict with what is not durable. */
			if (relay->retry_at)
				told->receipt = (struct receipt){
					.verdict = VERDICT_BUSY};
		}
		relay_reply_receipts(relay, &submission->client,
				     submission->tag, submission->count);
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
	int error = relay_apply_step(relay, &step);
	if (error)
		return error;
	receipts_count(relay);
	if (body_make(relay) > 0)
		error = relay_commit(relay);
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

/* With the silence that an order made or ended, by its number. */
static void
silence_answer(struct relay *relay, const struct order *order,
	       const struct silence *silence)
{
	const struct silence_reply row = {.silence = *silence,
					  .exercise =
						  order->part == ENGINE_DRILL};
	struct reply reply = {.tag = order->tag,
			      .kind = REPLY_SILENCES,
			      .stream = "",
			      .silences = &row,
			      .silences_count = 1};

	relay_reply(relay, &order->client, &reply);
}

/* What was expected of an order that the engine has refused. */
static const char *
refusal(const struct relay *relay, const struct order *order)
{
	const struct engine *engine = engines_part(relay->engines, order->part);
	const struct command *command = &order->command;

	_Static_assert(SILENCES_MAX == 256, "as said below");
	switch (command->kind) {
	case COMMAND_SILENCE:
		return command->for_ms == 0 &&
				       command->until_at <= engine_now(engine)
			       ? "until_at: a time that is still to come"
			       : "at most 256 silences at a time: end one "
				 "before";
	case COMMAND_UNSILENCE:
		return "silence: the number of one that is active";
	case COMMAND_NONE:
	case COMMAND_ACKNOWLEDGE:
	case COMMAND_RETRACT:
	case COMMAND_DEADLINE_MET:
	case COMMAND_DEADLINE_UNMET:
	case COMMAND_DEADLINE_DUE:
		break;
	}
	return "an alert that is firing";
}

/* With the message that an order gave, if it gave one. */
static void
alert_answer(struct relay *relay, const struct order *order,
	     const struct journal_alert *alert)
{
	struct wire_message message = {.topic = ""};

	if (alert)
		message = (struct wire_message){
			.topic = alert->topic,
			.topic_size = strlen(alert->topic),
			.payload = alert->payload,
			.payload_size = alert->payload_size,
		};
	struct reply reply = {.tag = order->tag,
			      .kind = REPLY_ALERT,
			      .alerts = &message,
			      .alerts_count = alert != NULL,
			      .stream = alert ? alert->stream : "",
			      .last_seq = relay->answering.seq[order->part]};
	relay_reply(relay, &order->client, &reply);
}

/* `ended`: as it was, the silence that the order has ended. */
static void
order_answer(struct relay *relay, const struct order *order, uint64_t told,
	     const struct silence *ended)
{
	const struct engine *engine = engines_part(relay->engines, order->part);
	const struct command *command = &order->command;

	if (!told && command_is_of_deadline(command))
		alert_answer(relay, order, NULL);
	else if (!told)
		relay_refuse(relay, &order->client, order->tag,
			     refusal(relay, order));
	else if (command->kind == COMMAND_SILENCE)
		silence_answer(relay, order, engine_silence_find(engine, told));
	else if (command->kind == COMMAND_UNSILENCE)
		silence_answer(relay, order, ended);
	else
		alert_answer(relay, order,
			     outbox_find(relay, order->part, told));
}

static int
step_command(struct relay *relay, const struct order *order)
{
	const struct silence *silence =
		engine_silence_find(engines_part(relay->engines, order->part),
				    order->command.silence);
	const struct silence ended =
		silence ? *silence : (struct silence){.number = 0};
	uint64_t told = 0;
	struct step step = {.kind = STEP_COMMAND,
			    .command = &order->command,
			    .part = order->part,
			    .ret_told = &told};
	int error = relay_apply_step(relay, &step);

	if (error)
		return error;
	relay->step.body = relay->body.bytes;
	relay->step.body_size = command_write(&order->command, order->part,
					      (char *)relay->body.bytes);
	/* A silence gives no message, a word on a deadline may give none: they
	 * are kept all the same. */
	if (told || relay->outbox.count ||
	    command_is_of_deadline(&order->command))
		error = relay_commit(relay);
	if (error == -ENOSPC)
		relay_refuse(relay, &order->client, order->tag,
			     "room on the journal's disk: it is done when "
			     "there is some");
	else if (!error)
		order_answer(relay, order, told, &ended);
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
			relay_refuse(relay, &order->client, order->tag,
				     "room on the journal's disk: ask again "
				     "later");
		else
			error = step_command(relay, order);
		if (error && error != -ENOSPC)
			return error;
	}
	return error;
}

static bool
watches_silence(const struct configuration *configuration)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		if (configuration->rules[i].kind == RULE_ABSENCE)
			return true;
	}
	return false;
}

/* Timers that are due, without a report. A TICK without an alert need not be
 * kept: the next step fires its timers at their own times just the same. But
 * where silence counts one is kept now and then, so that the journal shows
 * until when truced could have heard somebody. */
static int
step_tick(struct relay *relay)
{
	const struct configuration *configuration =
		&relay->settings->configuration;

	/* By records, a step may have been kept before there was a time. */
	if (configuration->clock != CLOCK_WALL)
		return 0;
	bool due = engines_due(relay->engines) <= relay->now;
	bool shows = relay->now - relay->kept_at >= SHOWN_MS &&
		     watches_silence(configuration);
	if (!due && !shows)
		return 0;
	int error = relay_apply(relay, STEP_TICK);
	if (!error && (shows || relay->outbox.count))
		error = relay_commit(relay);
	return error;
}

/* The wall clock was set, and has stayed so: time goes on from there. */
static int
step_clock(struct relay *relay)
{
	if (relay->settings->configuration.clock != CLOCK_WALL ||
	    relay->clock.adopted_ms == 0)
		return 0;
	log_line(LOG_WARNING,
		 "the wall clock was set %s by %" PRId64 " s, a minute ago: "
		 "engine time follows",
		 relay->clock.adopted_ms < 0 ? "back" : "forward",
		 (int64_t)llabs(relay->clock.adopted_ms) / 1000);
	struct step step = {.kind = STEP_CLOCK,
			    .clock_ms = relay->clock.adopted_ms};
	int error = relay_apply_step(relay, &step);
	if (error)
		return error;
	relay->step.body = relay->body.bytes;
	relay->step.body_size =
		clock_write(step.clock_ms, (char *)relay->body.bytes);
	return relay_commit(relay);
}

/* How long the loop may sleep, in ms. */
static long
sleep_ms(const struct relay *relay, int64_t monotonic)
{
	int64_t until = earlier_of(relay->next_heartbeat, monotonic + TURN_MS);
	bool by_wall = relay->settings->configuration.clock == CLOCK_WALL;
	int64_t due = engines_due(relay->engines);

	if (relay->announce_at)
		until = earlier_of(until, relay->announce_at);
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
		error = relay_commit(relay);
	if (!relay->retry_at) {
		relay->now = clock_follow(&relay->clock, relay->wall, monotonic,
					  relay->now);
		error = step_clock(relay);
	}
	if (error && error != -ENOSPC)
		return error;
	relay_drain(relay);
	error = relay->retry_at ? 0 : step_reports(relay);
	if (!error || error == -ENOSPC)
		error = steps_command(relay);
	if (!error && !relay->retry_at)
		error = step_tick(relay);
	if (error && error != -ENOSPC)
		return error;
	if (monotonic >= relay->announce_at)
		relay_announce(relay);
	relay_heartbeat(relay, monotonic);
	relay_feed_log(relay, monotonic);
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
