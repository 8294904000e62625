/* truce alerts: the board of what is firing now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "truce/board.h"
#include "truce/client.h"
#include "truce/commands.h"
#include "truce/json.h"
#include "truce/options.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce alerts [OPTION]... [PREFIX]\n"
	"The board: a row for each alert that is firing, those that nobody "
	"has\n"
	"acknowledged first, then the oldest first; then one marked HELD for "
	"each\n"
	"of which a silence holds back what it has to say, as it is now. With\n"
	"PREFIX those whose topic begins with alert.PREFIX, as minsk-2 or\n"
	"minsk-2.deaths.\n"
	"\n"
	"  --exercise         drills' alerts, in place of real ones\n"
	"  --json             the last message of each, one JSON object a "
	"line,\n"
	"                     with the protos' names; what is held has "
	"silence\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, also if there is none; 1 failed, 2 misused.\n";

enum { OPTION_EXERCISE = OPTION_OWN };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

static void
board_json(const struct board *board, struct codec *codec)
{
	for (size_t i = 0; i < board->count + board->held; i++)
		json_print(stdout, board_row_json(&board->rows[i], codec));
}

static int
alerts_run(const struct options *options, const char *prefix)
{
	const struct style style = style_of(stdout);
	struct client *client = NULL;
	struct codec *codec = NULL;
	struct board board = {0};
	int result = EXIT_DONE;
	int error = client_new(&client, options->service);

	if (error == 0)
		error = codec_new(&codec);
	if (error == 0)
		error = board_ask(&board, client, codec, prefix,
				  options->timeout_ms);
	if (error < 0)
		result = options_failed(options, "%s: %s", options->service,
					client_error(error));
	else if (options->json)
		board_json(&board, codec);
	else
		board_print(&board, codec, &style, stdout);
	if (board.unreadable > 0)
		result = options_failed(options,
					"%zu alerts that cannot be read",
					board.unreadable);
	board_done(&board);
	codec_free(codec);
	client_free(client);
	return result;
}

int
alerts_command(int argc, char **argv)
{
	struct options options;
	char prefix[TOPIC_MAX * 2];
	bool exercise = false;
	int option, result;

	options_init(&options, "truce alerts", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) !=
	       -1) {
		if (option == OPTION_EXERCISE)
			exercise = true;
		else if (!options_take(&options, option, &result))
			return result;
	}
	const char *rest = optind < argc ? argv[optind++] : "";
	if (optind < argc || strlen(rest) > TOPIC_MAX)
		return options_misused(&options, "expected at most one PREFIX");
	snprintf(prefix, sizeof(prefix), "%salert.%s",
		 exercise ? "exercise." : "", rest);
	return alerts_run(&options, prefix);
}
