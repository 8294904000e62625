#include "truce/submission.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "truce/terminal.h"

enum { BUSY_MS = 500 };

int
submission_add(const struct options *options, struct draft *draft,
	       const struct field *field)
{
	char expected[128] = "", bytes[512];
	struct text text;
	int error = 0;

	if (field->text)
		error = draft_set(draft, field->path, field->text, expected,
				  sizeof(expected));
	if (error == 0)
		return 0;
	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, field->text);
	options_failed(options, "%s \"%s\": expected %s", field->path, bytes,
		       expected);
	return error == -ENOMEM ? error : -EINVAL;
}

int
submission_fill(const struct options *options, struct draft *draft,
		const struct field *fields, size_t count)
{
	int error = 0;

	draft_clear(draft);
	for (size_t i = 0; error == 0 && i < count; i++)
		error = submission_add(options, draft, &fields[i]);
	return error;
}

/* Asks until the answer is other than BUSY, or it takes too long. */
static int
request_answered(const struct options *options, struct client *client,
		 struct request *request, struct reply *ret_reply)
{
	int64_t until_ms = monotonic_ms() + options->timeout_ms;

	for (;;) {
		int error = client_request(client, request, ret_reply,
					   options->timeout_ms);
		if (error < 0)
			return error;
		if (ret_reply->kind != REPLY_RECEIPTS ||
		    ret_reply->receipts_count != 1)
			return -EPROTO;
		if (ret_reply->receipts[0].receipt.verdict != VERDICT_BUSY ||
		    monotonic_ms() + BUSY_MS > until_ms)
			return 0;
		struct pollfd stop = {.fd = client_stop_fd(client),
				      .events = POLLIN};
		if (poll(&stop, 1, BUSY_MS) > 0)
			return -EINTR;
	}
}

int
submission_send(const struct options *options, struct client *client,
		struct draft *draft, bool dry_run,
		struct receipt_reply *ret_receipt)
{
	struct wire_message message = {0};
	struct request request = {.kind = REQUEST_SUBMIT,
				  .items = &message,
				  .items_count = 1,
				  .dry_run = dry_run};
	struct reply reply;
	char topic[TOPIC_MAX];

	if (!draft_topic(draft, topic)) {
		options_failed(options, "expected an agreement's name");
		return -EINVAL;
	}
	message.topic = topic;
	message.topic_size = strlen(topic);
	message.payload = draft_pack(draft, &message.payload_size);
	int error = message.payload ? request_answered(options, client,
						       &request, &reply)
				    : -ENOMEM;
	if (error < 0) {
		options_failed(options, "%s: %s", options->service,
			       client_error(error));
		return error;
	}
	*ret_receipt = reply.receipts[0];
	return 0;
}

bool
receipt_is_outdated(const struct receipt *receipt)
{
	return receipt->verdict == VERDICT_STALE ||
	       (receipt->verdict == VERDICT_REJECTED &&
		receipt->reason == REASON_CONFLICT);
}
