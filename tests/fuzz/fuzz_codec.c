/*
 * Whatever the bytes, decoding ends within its arena, and what it accepts
 * keeps what incident.h and codec.h promise.
 *
 * The first byte chooses the decoder (seed_codec.c writes it), the rest is
 * the payload.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "edge/codec.h"

#ifdef NDEBUG
#error "the checks here are assertions"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct codec *codec;

static bool
is_ended(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void
report_check(const struct report *report, const struct admission *admission)
{
	uint32_t max = report->type == REPORT_INCIDENT ? admission->max_count
						       : COUNT_CEILING;

	assert(is_ended(report->agreement, NAME_SIZE) && report->agreement[0]);
	assert(is_ended(report->source, TEXT_SIZE) && report->source[0]);
	assert(is_ended(report->id, TEXT_SIZE) && report->id[0]);
	assert(is_ended(report->feed, NAME_SIZE));
	assert(is_ended(report->party, NAME_SIZE));
	assert(is_ended(report->against, NAME_SIZE));
	assert(is_ended(report->event, TEXT_SIZE));
	assert(is_ended(report->place, TEXT_SIZE));
	assert(is_ended(report->admin, TEXT_SIZE));
	assert(is_ended(report->country, COUNTRY_SIZE));
	assert(report->status == STATUS_ACTUAL ||
	       report->status == STATUS_EXERCISE ||
	       report->status == STATUS_TEST);
	assert(report->kind < KINDS && report->target < TARGETS);
	assert(report->assessment >= ASSESSMENT_ALLEGED &&
	       report->assessment < ASSESSMENTS);
	assert(report->attribution >= ATTRIBUTION_ALLEGED_PARTY &&
	       report->attribution < ATTRIBUTIONS);
	assert(report->reported_at <= admission->latest_at);
	assert(report->occurred_at <= admission->latest_at);
	assert(report->occurred_until == TIME_UNSET ||
	       (report->occurred_at != TIME_UNSET &&
		report->occurred_until >= report->occurred_at));
	for (int i = 0; i < COUNT_KINDS; i++)
		assert(report->counts[i].low <= report->counts[i].best &&
		       report->counts[i].best <= report->counts[i].high &&
		       report->counts[i].high <= max);
}

static void
report_try(enum report_type type, const uint8_t *payload, size_t size)
{
	static const char *const topics[] = {[REPORT_INCIDENT] = "incident.a",
					     [REPORT_TALLY] = "tally.a",
					     [REPORT_FINDING] = "finding.a"};
	static const struct admission admission = {.max_count = 100000,
						   .latest_at = 1500000000000};
	const char *topic = topics[type];
	struct report report, again;
	struct receipt receipt;

	memset(&receipt, 0, sizeof(receipt));
	if (codec_report(codec, &admission, topic, strlen(topic), payload, size,
			 &report, &receipt)) {
		report_check(&report, &admission);
		assert(codec_report(codec, &admission, topic, strlen(topic),
				    payload, size, &again, &receipt));
		assert(memcmp(&report, &again, sizeof(report)) == 0);
		return;
	}
	assert(receipt.verdict == VERDICT_REJECTED);
	assert(receipt.reason != REASON_NONE && receipt.detail[0]);
	assert(is_ended(report.source, TEXT_SIZE));
	assert(is_ended(report.id, TEXT_SIZE));
}

/* What was read can be written, and reads the same again. */
static void
request_try(const uint8_t *payload, size_t size)
{
	struct request request, again;
	size_t packed_size;

	if (!codec_request_unpack(codec, payload, size, &request))
		return;
	/* Packing takes the arena: keep what does not lie in it. */
	struct request bare = {.tag = request.tag, .kind = request.kind};
	bare.identifier = bare.stream = bare.prefix = "";
	bare.after_seq = request.after_seq;
	bare.limit = request.limit;
	bare.dry_run = request.dry_run;
	assert(request.identifier && request.by && request.comment);
	if (request.kind == REQUEST_ACKNOWLEDGE && !request.expected)
		assert(request.for_ms >= 0 && request.for_ms <= FOR_MS_MAX);
	for (size_t i = 0; i < request.items_count; i++)
		assert(request.items[i].topic &&
		       (request.items[i].payload ||
			request.items[i].payload_size == 0));
	const uint8_t *packed = codec_request_pack(codec, &bare, &packed_size);
	assert(packed);
	uint8_t *copy = malloc(packed_size);
	assert(copy);
	memcpy(copy, packed, packed_size);
	assert(codec_request_unpack(codec, copy, packed_size, &again));
	free(copy);
	assert(again.kind == request.kind && again.tag == request.tag);
	assert(again.after_seq == bare.after_seq && again.limit == bare.limit);
}

static void
reply_try(const uint8_t *payload, size_t size)
{
	struct reply reply;

	if (!codec_reply_unpack(codec, payload, size, &reply))
		return;
	assert(reply.detail && reply.stream);
	for (size_t i = 0; i < reply.receipts_count; i++) {
		const struct receipt *receipt = &reply.receipts[i].receipt;

		assert(receipt->verdict < VERDICTS);
		assert(receipt->reason < REASONS);
		assert(is_ended(receipt->field, sizeof(receipt->field)));
		assert(is_ended(receipt->detail, sizeof(receipt->detail)));
	}
}

static void
field_count(void *context, const char *path, size_t index, enum value_kind kind,
	    const char *text)
{
	size_t *count = context;

	(void)index;
	(void)kind;
	assert(path && text);
	*count += 1 + strlen(text) * 0;
}

static void
alert_try(const uint8_t *payload, size_t size)
{
	struct notice notice;
	size_t fields = 0;
	bool good = codec_alert_unpack(codec, payload, size, &notice);

	if (good)
		for (size_t i = 0; i < notice.labels_count; i++)
			assert(notice.labels[i].name && notice.labels[i].value);
	if (codec_alert_visit(codec, payload, size, field_count, &fields))
		assert(good || fields > 0);
}

/* "path=text" lines: a draft takes what it takes, and packs. */
static void
draft_try(enum report_type type, const uint8_t *bytes, size_t size)
{
	struct draft *draft;
	char *text = malloc(size + 1);
	char *rest = text;
	size_t packed_size;

	assert(text && draft_new(&draft, type) == 0);
	memcpy(text, bytes, size);
	text[size] = '\0';
	for (char *line; (line = strsep(&rest, "\n"));) {
		char expected[64] = "";
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		int error = draft_set(draft, line, value, expected,
				      sizeof(expected));
		assert((error == 0) == (expected[0] == '\0'));
	}
	const uint8_t *packed = draft_pack(draft, &packed_size);
	assert(packed);
	report_try(type, packed, packed_size);
	draft_clear(draft);
	assert(draft_pack(draft, &packed_size) && packed_size == 0);
	draft_free(draft);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heartbeat heartbeat;

	if (!codec && codec_new(&codec) < 0)
		abort();
	if (size == 0)
		return 0;
	const uint8_t *payload = data + 1;
	size--;
	if (data[0] == 'i')
		report_try(REPORT_INCIDENT, payload, size);
	else if (data[0] == 't')
		report_try(REPORT_TALLY, payload, size);
	else if (data[0] == 'f')
		report_try(REPORT_FINDING, payload, size);
	else if (data[0] == 'q')
		request_try(payload, size);
	else if (data[0] == 'r')
		reply_try(payload, size);
	else if (data[0] == 'a')
		alert_try(payload, size);
	else if (data[0] == 'h')
		codec_heartbeat_unpack(codec, payload, size, &heartbeat);
	else if (data[0] == 'd')
		draft_try(REPORT_INCIDENT, payload, size);
	return 0;
}
