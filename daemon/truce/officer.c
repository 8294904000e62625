/* truce ack, truce retract: what an officer does about an alert. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truce/commands.h"
#include "truce/json.h"
#include "truce/moment.h"
#include "truce/notice_line.h"
#include "truce/officer.h"
#include "truce/terminal.h"

#define OPTIONS_USAGE                                                          \
	BY_USAGE                                                               \
	"  --exercise         #SEQ is of the drills' stream\n"                 \
	"  --json             print the message with the protos' "             \
	"names\n" OFFICER_USAGE

static const char ack_usage[] =
	"Usage: truce ack [OPTION]... IDENTIFIER|#SEQ\n"
	"Tells everybody that you have an alert in hand: it is not reminded "
	"of\n"
	"and not escalated until it rises to its next level, or ends. Any\n"
	"message of the alert will do; a shell wants '#420' in quotes, and\n"
	"420 is the same. Prints the message that was sent.\n"
	"\n"
	"  --for DURATION     only for so long: 30m, 4h\n"
	"  --comment TEXT     sent with it, at most 511 bytes\n" OPTIONS_USAGE;

static const char retract_usage[] =
	"Usage: truce retract [OPTION]... --comment TEXT IDENTIFIER|#SEQ\n"
	"Cancels an alert to everybody who saw it, and keeps quiet until what\n"
	"it counts has fallen below its lowest level, or risen beyond what is\n"
	"taken back. Any message of the alert will do; a shell wants '#420' "
	"in\n"
	"quotes, and 420 is the same. Prints the message that was sent.\n"
	"\n"
	"  --comment TEXT     why; sent with it, at most 511 "
	"bytes\n" OPTIONS_USAGE;

enum { OPTION_FOR = OPTION_OFFICER_OWN, OPTION_EXERCISE };

#define OPTIONS_ALERT                                                          \
	OPTIONS_OFFICER,                                                       \
	{                                                                      \
		"exercise", no_argument, NULL, OPTION_EXERCISE                 \
	}

static const struct option ack_options[] = {
	OPTIONS_ALERT,
	{"for", required_argument, NULL, OPTION_FOR},
	{0},
};

static const struct option retract_options[] = {OPTIONS_ALERT, {0}};

int
officer_failed(const struct officer *officer, int error)
{
	return options_failed(&officer->options, "%s: %s",
			      officer->options.service, client_error(error));
}

/* Which stream `#420` is of, and how far it is. */
static int
stream_find(struct officer *officer, char ret_stream[static 64],
	    uint64_t *ret_seq)
{
	struct request request = {.kind = REQUEST_STATUS};
	struct reply reply;
	int error = client_request(officer->client, &request, &reply,
				   officer->options.timeout_ms);

	if (error == 0 && reply.kind != REPLY_STATUS)
		error = -EPROTO;
	if (error < 0)
		return error;
	const struct status_stream *stream =
		&reply.status.streams[officer->exercise ? 1 : 0];
	snprintf(ret_stream, 64, "%s", stream->stream);
	*ret_seq = stream->seq;
	return 0;
}

/* The identifier of the alert numbered seq: 0; -ENOENT, told. */
static int
number_resolve(struct officer *officer, uint64_t seq)
{
	char stream[64];
	uint64_t last;
	struct reply reply;
	struct notice notice;
	int error = stream_find(officer, stream, &last);

	if (error < 0)
		return error;
	struct request request = {.kind = REQUEST_REPLAY,
				  .stream = stream,
				  .after_seq = seq - 1,
				  .prefix = "",
				  .limit = 1};
	if (seq <= last) {
		error = client_request(officer->client, &request, &reply,
				       officer->options.timeout_ms);
		if (error < 0)
			return error;
		if (reply.kind == REPLY_ALERTS && reply.alerts_count == 1 &&
		    codec_alert_unpack(officer->codec, reply.alerts[0].payload,
				       reply.alerts[0].payload_size, &notice) &&
		    notice.seq == seq) {
			snprintf(officer->identifier,
				 sizeof(officer->identifier), "%s",
				 notice.identifier);
			return 0;
		}
	}
	options_failed(&officer->options,
		       "there is no %s #%" PRIu64 "; the last is #%" PRIu64,
		       officer->exercise ? "drill's alert" : "alert", seq,
		       last);
	return -ENOENT;
}

/* False: neither a number nor an identifier. */
static bool
is_number(const char *text, uint64_t *ret_seq)
{
	return number_option(text + (*text == '#'), ret_seq) && *ret_seq > 0;
}

static int
message_print(struct officer *officer, const struct wire_message *message)
{
	const struct style style = style_of(stdout);
	char line[NOTICE_LINE_SIZE];
	struct notice notice;

	if (officer->options.json)
		return json_print(stdout,
				  json_alert(officer->codec, message->topic,
					     message->topic_size,
					     message->payload,
					     message->payload_size)) == 0
			       ? EXIT_DONE
			       : EXIT_FAILED;
	if (!codec_alert_unpack(officer->codec, message->payload,
				message->payload_size, &notice))
		return options_failed(&officer->options,
				      "an alert that cannot be read");
	notice_line_render(&notice, &style, true, line);
	return puts(line) >= 0 ? EXIT_DONE : EXIT_FAILED;
}

int
officer_ask(struct officer *officer, const char *none)
{
	struct reply reply;
	int error = client_request(officer->client, &officer->request, &reply,
				   officer->options.timeout_ms);

	if (error == 0 && reply.kind == REPLY_ERROR)
		return options_refused(&officer->options, reply.detail);
	if (error == 0 &&
	    (reply.kind != REPLY_ALERT || (reply.alerts_count != 1 && !none)))
		error = -EPROTO;
	if (error < 0)
		return officer_failed(officer, error);
	if (reply.alerts_count == 1)
		return message_print(officer, &reply.alerts[0]);
	return puts(officer->options.json ? "null" : none) >= 0 ? EXIT_DONE
								: EXIT_FAILED;
}

int
officer_open(struct officer *officer)
{
	int error = client_new(&officer->client, officer->options.service);

	if (error == 0)
		error = codec_new(&officer->codec);
	return error < 0 ? officer_failed(officer, error) : EXIT_DONE;
}

void
officer_done(struct officer *officer)
{
	codec_free(officer->codec);
	client_free(officer->client);
}

int
officer_name(struct officer *officer)
{
	struct request *request = &officer->request;

	if (!request->by)
		request->by = login_name();
	return request->by ? EXIT_DONE
			   : options_misused(&officer->options,
					     "expected --by: there is no login "
					     "name");
}

static int
alert_ask(struct officer *officer, const char *alert)
{
	uint64_t seq;
	int result = officer_open(officer);

	if (result != EXIT_DONE)
		return result;
	officer->request.identifier = officer->identifier;
	if (!is_number(alert, &seq)) {
		snprintf(officer->identifier, sizeof(officer->identifier), "%s",
			 alert);
		return officer_ask(officer, NULL);
	}
	int error = number_resolve(officer, seq);
	if (error == -ENOENT)
		return EXIT_FAILED;
	return error < 0 ? officer_failed(officer, error)
			 : officer_ask(officer, NULL);
}

bool
officer_option_take(struct officer *officer, int option, int *ret_exit)
{
	struct request *request = &officer->request;

	switch (option) {
	case OPTION_COMMENT:
		request->comment = optarg;
		return true;
	case OPTION_BY:
		request->by = optarg;
		return true;
	default:
		return options_take(&officer->options, option, ret_exit);
	}
}

static bool
option_take(struct officer *officer, int option, int *ret_exit)
{
	struct request *request = &officer->request;

	switch (option) {
	case OPTION_FOR:
		if (moment_duration(optarg, &request->for_ms) &&
		    request->for_ms > 0 && request->for_ms <= FOR_MS_MAX)
			return true;
		*ret_exit = options_misused(&officer->options,
					    "--for %s: expected a duration "
					    "like 30m or 4h",
					    optarg);
		return false;
	case OPTION_EXERCISE:
		officer->exercise = true;
		return true;
	default:
		return officer_option_take(officer, option, ret_exit);
	}
}

static int
alert_command(struct officer *officer, const struct option *long_options,
	      int argc, char **argv)
{
	struct request *request = &officer->request;
	int option, result;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!option_take(officer, option, &result))
			return result;
	if (argc - optind != 1)
		return options_misused(&officer->options,
				       "expected one alert: its identifier or "
				       "its #number");
	if (strlen(argv[optind]) >= sizeof(officer->identifier))
		return options_misused(&officer->options,
				       "expected an identifier of at most %zu "
				       "bytes",
				       sizeof(officer->identifier) - 1);
	if (request->kind == REQUEST_RETRACT && !request->comment)
		return options_misused(&officer->options,
				       "expected --comment: why; everybody who "
				       "saw the alert will ask");
	result = officer_name(officer);
	if (result == EXIT_DONE)
		result = alert_ask(officer, argv[optind]);
	officer_done(officer);
	return result;
}

int
ack_command(int argc, char **argv)
{
	struct officer officer = {.request.kind = REQUEST_ACKNOWLEDGE};

	options_init(&officer.options, "truce ack", ack_usage);
	return alert_command(&officer, ack_options, argc, argv);
}

int
retract_command(int argc, char **argv)
{
	struct officer officer = {.request.kind = REQUEST_RETRACT};

	options_init(&officer.options, "truce retract", retract_usage);
	return alert_command(&officer, retract_options, argc, argv);
}
