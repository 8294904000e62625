/* What comes in: reports to the batch in hand, questions to their answers. */

#include "relay/relay_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

	reports_expect(relay->reports, relay->items, BATCH_MAX);
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

static const struct agreement *
agreement_find(const struct configuration *configuration, const char *id)
{
	for (size_t i = 0; i < configuration->agreements_count; i++) {
		if (strcmp(configuration->agreements[i].id, id) == 0)
			return &configuration->agreements[i];
	}
	return NULL;
}

static bool
has_deadline(const struct agreement *agreement, const char *name)
{
	for (size_t i = 0; i < agreement->deadlines_count; i++) {
		if (strcmp(agreement->deadlines[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Which deadline it is about; NULL, or what was expected. */
static const char *
deadline_aim(const struct relay *relay, struct command *command,
	     const struct request *request)
{
	const struct configuration *configuration =
		&relay->settings->configuration;
	const struct agreement *agreement =
		agreement_find(configuration, request->agreement);

	if (!agreement)
		return "agreement: one that is configured";
	if (!has_deadline(agreement, request->deadline))
		return "name: one of the agreement's deadlines";
	if (request->word == COMMAND_DEADLINE_MET &&
	    request->at > relay->wall + configuration->limits.max_future_ms)
		return "met_at: a time that is not to come";
	command->at = request->at;
	strcpy(command->agreement, request->agreement);
	strcpy(command->deadline, request->deadline);
	return NULL;
}

/* What an officer asks for; none of anything else. */
static enum command_kind
command_of(const struct request *request)
{
	switch (request->kind) {
	case REQUEST_ACKNOWLEDGE:
		return COMMAND_ACKNOWLEDGE;
	case REQUEST_RETRACT:
		return COMMAND_RETRACT;
	case REQUEST_SILENCE:
		return COMMAND_SILENCE;
	case REQUEST_UNSILENCE:
		return COMMAND_UNSILENCE;
	case REQUEST_DEADLINE:
		return request->word;
	case REQUEST_NONE:
	case REQUEST_SUBMIT:
	case REQUEST_GET:
	case REQUEST_REPLAY:
	case REQUEST_LIST:
	case REQUEST_SILENCES:
	case REQUEST_EXPLAIN:
	case REQUEST_STATUS:
		break;
	}
	return COMMAND_NONE;
}

/* A name that is not configured is a slip: such a silence would hold nothing,
 * and nobody would know. */
static bool
is_configured(const struct configuration *configuration,
	      const struct matcher *matcher)
{
	if (strcmp(matcher->name, "rule") == 0) {
		for (size_t i = 0; i < configuration->rules_count; i++)
			if (strcmp(configuration->rules[i].name,
				   matcher->value) == 0)
				return true;
		return false;
	}
	return strcmp(matcher->name, "agreement") != 0 ||
	       agreement_find(configuration, matcher->value);
}

/* Whose alerts an order is about, and which; NULL, or what was expected. */
static const char *
order_aim(struct relay *relay, struct order *order,
	  const struct request *request)
{
	struct command *command = &order->command;
	char identifier[256];

	order->part = request->exercise ? ENGINE_DRILL : ENGINE_REAL;
	command->until_at = request->until_at;
	command->up_to = request->up_to;
	command->silence = request->silence;
	command->matchers_count = request->matchers_count;
	for (size_t i = 0; i < request->matchers_count; i++) {
		command->matchers[i] = request->matchers[i];
		if (!is_configured(&relay->settings->configuration,
				   &command->matchers[i]))
			return "matchers: a rule and an agreement that are "
			       "configured";
	}
	if (command_is_of_deadline(command))
		return deadline_aim(relay, command, request);
	if (!command_is_of_episode(command))
		return NULL;
	/* The request goes with the codec's next call. */
	snprintf(identifier, sizeof(identifier), "%s", request->identifier);
	return answer_episode(&relay->answering, identifier, &order->part,
			      &command->episode_seq);
}

/* Keeps what an officer asks until the batch in hand is done. */
static void
order_take(struct relay *relay, const struct client *client,
	   const struct request *request)
{
	struct order *order = &relay->orders[relay->orders_count];
	const char *expected = request->expected;

	*order = (struct order){
		.client = *client,
		.tag = request->tag,
		.command = {.kind = command_of(request),
			    .for_ms = request->for_ms},
	};
	snprintf(order->command.author, sizeof(order->command.author), "%s",
		 request->by);
	snprintf(order->command.comment, sizeof(order->command.comment), "%s",
		 request->comment);
	if (!expected)
		expected = order_aim(relay, order, request);
	if (expected)
		relay_refuse(relay, client, order->tag, expected);
	else
		relay->orders_count++;
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
	if (command_of(&request) != COMMAND_NONE) {
		order_take(relay, &client, &request);
		return true;
	}
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
