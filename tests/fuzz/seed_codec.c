/* Writes one honest message of each sort into a directory: seeds for
 * fuzz_codec, whose first byte chooses the decoder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/codec.h"

static const char incident_lines[] =
	"id=7\nrevision=2\nsource=OSCE\nagreement=a\n"
	"occurred_at=2015-02-15T00:00:00+02:00\noccurred_until=1424048400000\n"
	"reported_at=1424052000000\nkind=SHELLING\nparty=dpr\n"
	"against=ukraine\nassessment=VERIFIED\nattribution=ADMITTED\n"
	"violations.best=2\nkilled.low=1\nkilled.best=2\nkilled.high=5\n"
	"injured.low=14\ninjured.at_least=true\nplace.name=Debaltseve\n"
	"place.admin=Donetsk oblast\nplace.country=UA\n"
	"place.latitude=48.3411\nplace.longitude=38.4068\n"
	"place.precision_m=500\nevent=e-1\nfeed=smm\nfeed_seq=9\n"
	"summary=Two lines\nlinks=https://example.org/\ntarget=CIVILIAN";
static const char tally_lines[] =
	"id=8\nsource=OCHA\nsince_at=1424048400000\nas_of_at=1424052000000\n"
	"violations.best=120\nviolations.at_least=true\nkilled.best=5\n"
	"injured.best=7\nkilled_in_period.best=1\nperiod_ms=86400000";
static const char finding_lines[] =
	"id=9\nsource=JCC\nreports=OSCE/7\nreports=JFO/7\nevent=e-1\n"
	"assessment=NOT_A_VIOLATION\nparty=lpr\ndenies=true\nnote=seen";

static void
seed_write(const char *directory, const char *name, char decoder,
	   const uint8_t *bytes, size_t size)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "wb");
	if (!file || fputc(decoder, file) == EOF ||
	    fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void
draft_write(const char *directory, const char *name, char decoder,
	    enum report_type type, const char *lines)
{
	char *text = strdup(lines);
	char *rest = text;
	struct draft *draft;
	size_t size;

	if (!text || draft_new(&draft, type) < 0)
		exit(1);
	for (char *line; (line = strsep(&rest, "\n"));) {
		char expected[128];
		char *value = strchr(line, '=');

		*value++ = '\0';
		if (draft_set(draft, line, value, expected, sizeof(expected)) <
		    0)
			exit(1);
	}
	const uint8_t *bytes = draft_pack(draft, &size);
	if (!bytes)
		exit(1);
	seed_write(directory, name, decoder, bytes, size);
	draft_free(draft);
	free(text);
}

static void
request_write(struct codec *codec, const char *directory, const char *name,
	      const struct request *request)
{
	size_t size;
	const uint8_t *bytes = codec_request_pack(codec, request, &size);

	if (!bytes)
		exit(1);
	seed_write(directory, name, 'q', bytes, size);
}

static void
reply_write(struct codec *codec, const char *directory, const char *name,
	    const struct reply *reply)
{
	size_t size;
	const uint8_t *bytes = codec_reply_pack(codec, reply, &size);

	if (!bytes)
		exit(1);
	seed_write(directory, name, 'r', bytes, size);
}

static void
alert_write(const char *directory, const struct voice *voice)
{
	static const struct alert alert = {
		.seq = 2,
		.episode_seq = 1,
		.references_seq = 1,
		.msg_type = MSG_TYPE_UPDATE,
		.state = ALERT_FIRING,
		.cause = CAUSE_LEVEL_UP,
		.rule = "mass-casualty",
		.agreement = "a",
		.labels = {{"party", "lpr"}},
		.labels_count = 1,
		.severity = SEVERITY_EXTREME,
		.certainty = CERTAINTY_LIKELY,
		.urgency = URGENCY_IMMEDIATE,
		.measure = "killed",
		.sums = {.by_basis = {2, 5, 21, 30}, .events = 6},
		.threshold = 20,
		.window_ms = 86400000,
		.evidence = {{"OSCE", "7", 2}},
		.evidence_count = 1,
		.headline = "",
		.instruction = "Call.",
		.web = "https://example.org/",
	};
	static const struct heartbeat heartbeat = {.stream = "0123",
						   .seq = 2,
						   .trouble = "full"};
	uint8_t bytes[ALERT_BYTES_MAX], beat[HEARTBEAT_BYTES_MAX];

	seed_write(directory, "alert", 'a', bytes,
		   codec_alert_pack(&alert, voice, bytes));
	seed_write(directory, "heartbeat", 'h', beat,
		   codec_heartbeat_pack(&heartbeat, beat));
}

static void
services_write(struct codec *codec, const char *directory,
	       const struct voice *voice)
{
	static const struct wire_message items[] = {
		{"incident.a", 10, (const uint8_t *)"\x0a\x01x", 3},
		{"tally.a", 7, (const uint8_t *)"", 0},
	};
	static const struct receipt_reply receipts[] = {
		{.receipt = {.verdict = VERDICT_REJECTED,
			     .reason = REASON_BAD_COUNT,
			     .field = "killed.low",
			     .detail = "at most best"},
		 .source = "OSCE",
		 .id = "7",
		 .revision = 1}};
	static const struct status_pool pools[] = {{"reports", 1, 2, 3}};
	static const struct status_rule rules[] = {{"rule", 1, 2, 3, 4}};
	struct reply status = {.kind = REPLY_STATUS,
			       .status = {.version = "0.1.0",
					  .sender = "truced",
					  .verdicts = {[VERDICT_ACCEPTED] = 5},
					  .reasons = {[REASON_BAD_ID] = 6},
					  .trouble = "disk full",
					  .pools = pools,
					  .pools_count = 1,
					  .rules = rules,
					  .rules_count = 1}};

	request_write(codec, directory, "submit",
		      &(struct request){.tag = 1,
					.kind = REQUEST_SUBMIT,
					.items = items,
					.items_count = 2,
					.dry_run = true});
	request_write(codec, directory, "replay",
		      &(struct request){.tag = 2,
					.kind = REQUEST_REPLAY,
					.stream = voice->stream,
					.after_seq = 7,
					.prefix = "alert.",
					.limit = 10});
	request_write(codec, directory, "get",
		      &(struct request){.kind = REQUEST_GET,
					.identifier = "truced-0123-1"});
	request_write(codec, directory, "acknowledge",
		      &(struct request){.kind = REQUEST_ACKNOWLEDGE,
					.identifier = "truced-0123-1",
					.by = "officer",
					.comment = "seen",
					.for_ms = 1000});
	request_write(codec, directory, "retract",
		      &(struct request){.kind = REQUEST_RETRACT,
					.identifier = "truced-0123-1",
					.by = "officer",
					.comment = "counted twice"});
	reply_write(codec, directory, "receipts",
		    &(struct reply){.kind = REPLY_RECEIPTS,
				    .receipts = receipts,
				    .receipts_count = 1});
	reply_write(codec, directory, "alerts",
		    &(struct reply){.kind = REPLY_ALERTS,
				    .alerts = items,
				    .alerts_count = 2,
				    .stream = voice->stream,
				    .last_seq = 420});
	reply_write(codec, directory, "status", &status);
}

int
main(int count, char **arguments)
{
	static const struct voice voice = {
		.sender = "truced",
		.stream = "0123456789abcdef0123456789abcdef",
	};
	struct codec *codec;

	if (count != 2 || codec_new(&codec) < 0)
		return 2;
	const char *directory = arguments[1];
	draft_write(directory, "incident", 'i', REPORT_INCIDENT,
		    incident_lines);
	draft_write(directory, "tally", 't', REPORT_TALLY, tally_lines);
	draft_write(directory, "finding", 'f', REPORT_FINDING, finding_lines);
	seed_write(directory, "draft", 'd', (const uint8_t *)incident_lines,
		   sizeof(incident_lines) - 1);
	alert_write(directory, &voice);
	services_write(codec, directory, &voice);
	codec_free(codec);
	return 0;
}
