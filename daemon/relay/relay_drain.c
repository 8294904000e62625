/* What comes in: reports to the batch in hand, questions to their answers. */

#include "relay/relay_state.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "relay/log.h"

enum { SUBMIT_BYTES = 9 * 1024 * 1024 /* more than a Submit's frame may be */ };

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
	struct admission admission =
		engines_admission(&relay->settings->configuration, relay->wall);
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

void
relay_reply(struct relay *relay, const struct client *client,
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

void
relay_reply_receipts(struct relay *relay, const struct client *client,
		     uint64_t tag, size_t count)
{
	struct reply reply = {.tag = tag,
			      .kind = REPLY_RECEIPTS,
			      .stream = "",
			      .receipts = relay->replies,
			      .receipts_count = count};

	relay_reply(relay, client, &reply);
}

struct receipt_reply
relay_receipt(const struct report *report, const struct receipt *receipt)
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
		relay->replies[i] = relay_receipt(&reports[i], &receipt);
	}
	relay_reply_receipts(relay, client, request->tag, request->items_count);
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
	relay_reply_receipts(relay, client, request->tag, request->items_count);
}

void
relay_refuse(struct relay *relay, const struct client *client, uint64_t tag,
	     const char *expected)
{
	struct request request = {.tag = tag};
	struct reply reply;

	answer_error(&request, expected, &reply);
	relay_reply(relay, client, &reply);
}

/* Keeps what an officer asks until the batch in hand is done. */
static bool
order_take(struct relay *relay, const struct client *client,
	   const struct request *request)
{
	struct order *order = &relay->orders[relay->orders_count];
	char identifier[256];

	if (request->expected) {
		relay_refuse(relay, client, request->tag, request->expected);
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
		relay_refuse(relay, client, order->tag,
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
	relay_reply(relay, &client, &reply);
	return true;
}

/* What has come in, as far as the batch takes it. Requests first: those who
 * submit wait for an answer; but who asks again and again keeps nobody else
 * waiting. */
void
relay_drain(struct relay *relay)
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
