/* truce alerts: what is firing now. */
#include <errno.h>
#include <stdio.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/json.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce alerts [OPTION]...\n"
	"Lists the alerts that are firing, each with its last message.\n"
	"\n"
	"  --json             one JSON object a line, with the protos' names\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, also if there is none; 1 failed, 2 misused.\n";

static const struct option long_options[] = {OPTIONS_COMMON, {0}};

static bool
row_print(struct codec *codec, const struct wire_message *message, bool json,
	  const struct style *style)
{
	struct notice notice;
	char line[NOTICE_LINE_SIZE];

	if (json)
		return json_print(stdout, json_alert(codec, message->topic,
						     message->topic_size,
						     message->payload,
						     message->payload_size)) ==
		       0;
	if (!codec_alert_unpack(codec, message->payload, message->payload_size,
				&notice))
		return false;
	notice_line_render(&notice, style, true, line);
	return puts(line) >= 0;
}

/* Rows take a codec of their own: the reply lies in the client's. */
static int
reply_print(const struct options *options, const struct reply *reply)
{
	const struct style style = style_of(stdout);
	struct codec *codec;
	int result = EXIT_DONE;

	if (codec_new(&codec) < 0)
		return options_failed(options, "out of memory");
	for (size_t i = 0; i < reply->alerts_count; i++)
		if (!row_print(codec, &reply->alerts[i], options->json, &style))
			result = options_failed(options,
						"an alert that cannot be read");
	if (reply->alerts_count == 0 && !options->json)
		puts("No alert is firing.");
	codec_free(codec);
	return result;
}

int
alerts_command(int argc, char **argv)
{
	struct options options;
	struct request request = {.kind = REQUEST_LIST};
	struct reply reply;
	struct client *client = NULL;
	int option, result;

	options_init(&options, "truce alerts", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!options_take(&options, option, &result))
			return result;
	if (optind != argc)
		return options_misused(&options, "expected no argument");
	int error = client_new(&client, options.service);
	if (error == 0)
		error = client_request(client, &request, &reply,
				       options.timeout_ms);
	if (error == 0 && reply.kind != REPLY_ALERTS)
		error = -EPROTO;
	if (error < 0)
		result = options_failed(&options, "%s: %s", options.service,
					client_error(error));
	else
		result = reply_print(&options, &reply);
	client_free(client);
	return result;
}
