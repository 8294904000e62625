#include "truce/submit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	WINDOW = 4, /* batches outstanding */
	BATCH_ITEMS = 256,
	BATCH_BYTES = FRAME_MAX - 4096,
	ITEM_OVERHEAD = 24, /* tags and lengths around topic and payload */
	RESEND_MS = 5000,
	BACKOFF_MIN_MS = 50,
	BACKOFF_MAX_MS = 2000
};

enum batch_state { BATCH_FILLING, BATCH_READY, BATCH_SENT };

struct batch {
	enum batch_state state;
	uint64_t tag;
	int64_t sent_ms;
	struct item *items[BATCH_ITEMS];
	size_t count;
	size_t bytes;
};

struct submit {
	struct client *client;
	bool dry_run;
	submit_settled settled;
	void *context;
	struct batch batches[WINDOW]; /* in the order they are to arrive */
	size_t count;
	int64_t heard_ms; /* when something was settled, or first waited for */
	int64_t retry_ms; /* after BUSY; nothing is sent before it */
	int64_t backoff_ms;
	bool busy;
};

struct item *
item_new(const char *topic, const uint8_t *payload, size_t payload_size)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->payload = malloc(payload_size + 1); /* never of no size */
	if (!item->payload) {
		free(item);
		return NULL;
	}
	memcpy(item->payload, payload, payload_size);
	item->payload_size = payload_size;
	item->time_ms = TIME_UNSET;
	size_t size = strlen(topic);
	if (size >= sizeof(item->topic))
		size = sizeof(item->topic) - 1;
	memcpy(item->topic, topic, size);
	return item;
}

void
item_free(struct item *item)
{
	if (!item)
		return;
	free(item->payload);
	free(item);
}

int
submit_new(struct submit **ret_submit, struct client *client, bool dry_run,
	   submit_settled settled, void *context)
{
	struct submit *submit = calloc(1, sizeof(*submit));

	if (!submit)
		return -ENOMEM;
	submit->client = client;
	submit->dry_run = dry_run;
	submit->settled = settled;
	submit->context = context;
	*ret_submit = submit;
	return 0;
}

void
submit_free(struct submit *submit)
{
	if (!submit)
		return;
	for (size_t i = 0; i < submit->count; i++) {
		struct batch *batch = &submit->batches[i];

		for (size_t j = 0; j < batch->count; j++)
			item_free(batch->items[j]);
	}
	free(submit);
}

static size_t
item_bytes(const struct item *item)
{
	return strlen(item->topic) + item->payload_size + ITEM_OVERHEAD;
}

int
submit_add(struct submit *submit, struct item *item)
{
	struct batch *last =
		submit->count ? &submit->batches[submit->count - 1] : NULL;

	if (last && last->state == BATCH_FILLING &&
	    (last->count == BATCH_ITEMS ||
	     last->bytes + item_bytes(item) > BATCH_BYTES))
		last->state = BATCH_READY;
	if (!last || last->state != BATCH_FILLING) {
		if (submit->count == WINDOW)
			return -EAGAIN;
		last = &submit->batches[submit->count++];
		*last = (struct batch){.state = BATCH_FILLING};
	}
	last->items[last->count++] = item;
	last->bytes += item_bytes(item);
	if (last->count == BATCH_ITEMS)
		last->state = BATCH_READY;
	return 0;
}

void
submit_flush(struct submit *submit)
{
	if (submit->count == 0)
		return;
	struct batch *last = &submit->batches[submit->count - 1];
	if (last->state == BATCH_FILLING)
		last->state = BATCH_READY;
}

static int
batch_send(struct submit *submit, struct batch *batch, int64_t now_ms)
{
	struct wire_message messages[BATCH_ITEMS];
	struct request request = {.kind = REQUEST_SUBMIT,
				  .items = messages,
				  .items_count = batch->count,
				  .dry_run = submit->dry_run};

	for (size_t i = 0; i < batch->count; i++) {
		const struct item *item = batch->items[i];

		messages[i] =
			(struct wire_message){.topic = item->topic,
					      .topic_size = strlen(item->topic),
					      .payload = item->payload,
					      .payload_size =
						      item->payload_size};
	}
	if (batch->tag == 0)
		batch->tag = client_tag(submit->client);
	request.tag = batch->tag;
	int error = client_send(submit->client, &request);
	if (error < 0)
		return error;
	batch->state = BATCH_SENT;
	batch->sent_ms = now_ms;
	return 0;
}

/* Settles what was answered; what was BUSY stays. */
static void
batch_answered(struct submit *submit, struct batch *batch,
	       const struct reply *reply, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct item *item = batch->items[i];

		if (reply->receipts[i].receipt.verdict == VERDICT_BUSY) {
			batch->items[kept++] = item;
			continue;
		}
		submit->settled(submit->context, item, &reply->receipts[i]);
		item_free(item);
	}
	if (kept < batch->count) {
		submit->heard_ms = now_ms;
		submit->backoff_ms = 0;
	}
	batch->count = kept;
	submit->busy = kept > 0;
	if (kept == 0)
		return;
	batch->state = BATCH_READY;
	batch->tag = 0; /* another request now: fewer items */
	submit->backoff_ms = submit->backoff_ms == 0 ? BACKOFF_MIN_MS
						     : submit->backoff_ms * 2;
	if (submit->backoff_ms > BACKOFF_MAX_MS)
		submit->backoff_ms = BACKOFF_MAX_MS;
	submit->retry_ms = now_ms + submit->backoff_ms;
}

/* Takes out batches with nothing left in them; the others close up. */
static void
batches_close_up(struct submit *submit)
{
	size_t kept = 0;

	for (size_t i = 0; i < submit->count; i++) {
		struct batch *batch = &submit->batches[i];

		if (batch->count == 0)
			continue;
		if (kept != i)
			submit->batches[kept] = *batch;
		kept++;
	}
	submit->count = kept;
}

int
submit_receive(struct submit *submit, int64_t now_ms)
{
	struct reply reply;

	for (;;) {
		int error = client_receive(submit->client, &reply);
		if (error == -EAGAIN)
			return 0;
		if (error == -EPROTO)
			continue;
		if (error < 0)
			return error;
		for (size_t i = 0; i < submit->count; i++) {
			struct batch *batch = &submit->batches[i];

			if (batch->state != BATCH_SENT ||
			    batch->tag != reply.tag)
				continue;
			if (reply.kind != REPLY_RECEIPTS ||
			    reply.receipts_count != batch->count)
				return -EPROTO;
			batch_answered(submit, batch, &reply, now_ms);
		}
		batches_close_up(submit);
	}
}

static bool
is_outstanding(const struct submit *submit)
{
	for (size_t i = 0; i < submit->count; i++)
		if (submit->batches[i].state == BATCH_SENT)
			return true;
	return false;
}

/* The oldest has waited too long: whatever was sent may be lost. */
static int
overdue_resend(struct submit *submit, int64_t now_ms)
{
	bool overdue = false;

	for (size_t i = 0; i < submit->count; i++) {
		const struct batch *batch = &submit->batches[i];
		if (batch->state == BATCH_SENT &&
		    now_ms - batch->sent_ms >= RESEND_MS)
			overdue = true;
	}
	if (!overdue)
		return 0;
	for (size_t i = 0; i < submit->count; i++) {
		struct batch *batch = &submit->batches[i];
		if (batch->state == BATCH_SENT)
			batch->state = BATCH_READY; /* with the tag it had */
	}
	return client_reconnect(submit->client);
}

int
submit_send(struct submit *submit, int64_t now_ms, int64_t timeout_ms)
{
	int error = overdue_resend(submit, now_ms);

	/* After BUSY, first those that were refused, alone. */
	bool wait = now_ms < submit->retry_ms ||
		    (submit->busy && is_outstanding(submit));
	for (size_t i = 0; error == 0 && !wait && i < submit->count; i++) {
		struct batch *batch = &submit->batches[i];

		if (batch->state != BATCH_READY)
			continue;
		if (submit->heard_ms == 0)
			submit->heard_ms = now_ms;
		error = batch_send(submit, batch, now_ms);
		wait = submit->busy;
	}
	if (error == -EAGAIN) { /* the connection takes no more for now */
		error = 0;
		submit->retry_ms = now_ms + BACKOFF_MIN_MS;
	}
	if (!submit->busy && !is_outstanding(submit))
		submit->heard_ms = 0; /* it is not the service we wait for */
	if (error == 0 && submit->heard_ms != 0 &&
	    now_ms - submit->heard_ms >= timeout_ms)
		return -ETIMEDOUT;
	return error;
}

int64_t
submit_due(const struct submit *submit)
{
	int64_t due = TIME_NEVER;
	/* As in submit_send: what is under way is awaited first. */
	bool held = submit->busy && is_outstanding(submit);

	for (size_t i = 0; i < submit->count; i++) {
		const struct batch *batch = &submit->batches[i];
		int64_t at = batch->state == BATCH_SENT
				     ? batch->sent_ms + RESEND_MS
			     : batch->state == BATCH_READY && !held
				     ? submit->retry_ms
				     : TIME_NEVER;
		if (at < due)
			due = at;
	}
	return due;
}

bool
submit_idle(const struct submit *submit)
{
	return submit->count == 0;
}

bool
submit_busy(const struct submit *submit)
{
	return submit->busy;
}
