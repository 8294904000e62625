/* truce explain: why a rule fires for a group, or does not. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/explanation.h"
#include "truce/json.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce explain [OPTION]... RULE [NAME=VALUE]...\n"
	"       truce explain [OPTION]... IDENTIFIER|#SEQ\n"
	"Says why a rule fires, or does not: what is counted, the levels and "
	"what is\n"
	"missing to the next, what is silenced, retracted or in hand, and the "
	"newest\n"
	"reports with what each counts for. NAME is agreement or one of the "
	"rule's\n"
	"labels, as party=dpr; with window \"event\" also event (its name) or "
	"report\n"
	"(SOURCE/ID of one that tells it). Without them, if there is more than "
	"one\n"
	"group: which there are. Of an alert: as it was sent, and how things "
	"are now.\n"
	"\n"
	"  --exercise         drills, in place of what is real\n"
	"  --json             one JSON object, as in service.proto\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, 1 failed or refused, 2 misused.\n";

enum { OPTION_EXERCISE = OPTION_OWN };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

/* What was asked for as it was sent. */
static void
alert_print(struct codec *codec, const struct wire_message *message,
	    const struct style *style)
{
	char line[NOTICE_LINE_SIZE];
	struct notice notice;

	if (!codec_alert_unpack(codec, message->payload, message->payload_size,
				&notice))
		return;
	notice_line_render(&notice, style, true, line);
	printf("%s\n\n", line);
}

static int
reply_json(struct codec *codec, const struct reply *reply)
{
	json_t *object = explanation_json(reply->explanation);

	if (object && reply->alerts_count > 0)
		json_object_set_new(object, "alert",
				    json_alert(codec, reply->alerts[0].topic,
					       reply->alerts[0].topic_size,
					       reply->alerts[0].payload,
					       reply->alerts[0].payload_size));
	return json_print(stdout, object) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int
reply_print(const struct options *options, struct codec *codec,
	    const struct reply *reply)
{
	const struct style style = style_of(stdout);

	if (options->json)
		return reply_json(codec, reply);
	if (reply->alerts_count > 0)
		alert_print(codec, &reply->alerts[0], &style);
	explanation_print(reply->explanation, &style, stdout);
	return EXIT_DONE;
}

static int
explain_run(const struct options *options, struct request *request)
{
	struct client *client = NULL;
	struct codec *codec = NULL;
	struct reply reply;
	int result;
	int error = client_new(&client, options->service);

	if (error == 0)
		error = codec_new(&codec);
	if (error == 0)
		error = client_request(client, request, &reply,
				       options->timeout_ms);
	if (error == 0 && reply.kind != REPLY_EXPLANATION &&
	    reply.kind != REPLY_ERROR)
		error = -EPROTO;
	if (error < 0)
		result = options_failed(options, "%s: %s", options->service,
					client_error(error));
	else if (reply.kind == REPLY_ERROR)
		result = options_refused(options, reply.detail);
	else
		result = reply_print(options, codec, &reply);
	codec_free(codec);
	client_free(client);
	return result;
}

/* "<sender>-<8 hexadecimal digits>-<digits>", which a rule had better not be
 * called. */
static bool
is_identifier(const char *text)
{
	const char *seq = strrchr(text, '-');

	if (!seq || seq - text < 10 || notice_seq_of(text) == 0 ||
	    seq[-STREAM_IN_NAME - 1] != '-')
		return false;
	for (int i = 1; i <= STREAM_IN_NAME; i++) {
		if (!isxdigit((unsigned char)seq[-i]))
			return false;
	}
	return true;
}

/* NAME=VALUE, which is cut in two. False: it is none, or one too many. */
static bool
label_take(char *argument, struct explain_label *labels,
	   struct request *request)
{
	char *value = strchr(argument, '=');

	if (!value || value == argument)
		return false;
	*value++ = '\0';
	if (strcmp(argument, "agreement") == 0) {
		request->agreement = value;
		return true;
	}
	if (request->labels_count == EXPLAIN_LABELS_MAX)
		return false;
	labels[request->labels_count++] =
		(struct explain_label){.name = argument, .value = value};
	return true;
}

int
explain_command(int argc, char **argv)
{
	struct explain_label labels[EXPLAIN_LABELS_MAX];
	struct request request = {.kind = REQUEST_EXPLAIN, .labels = labels};
	struct options options;
	int option, result;

	options_init(&options, "truce explain", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) !=
	       -1) {
		if (option == OPTION_EXERCISE)
			request.exercise = true;
		else if (!options_take(&options, option, &result))
			return result;
	}
	if (optind == argc)
		return options_misused(&options, "expected a RULE or an alert");
	const char *what = argv[optind++];
	if (is_identifier(what))
		request.identifier = what;
	else if (!number_option(what + (*what == '#'), &request.seq) ||
		 request.seq == 0)
		request.rule = what;
	for (; optind < argc; optind++) {
		if (!request.rule)
			return options_misused(&options,
					       "expected an alert alone, or a "
					       "RULE with NAME=VALUE");
		if (!label_take(argv[optind], labels, &request))
			return options_misused(&options,
					       "%s: expected NAME=VALUE, as "
					       "party=dpr, at most %d of them",
					       argv[optind],
					       EXPLAIN_LABELS_MAX);
	}
	return explain_run(&options, &request);
}
