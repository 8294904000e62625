/* truce handover: what the next officer has to know. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "truce/board.h"
#include "truce/client.h"
#include "truce/commands.h"
#include "truce/json.h"
#include "truce/moment.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/shift.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce handover [OPTION]...\n"
	"What happened in a shift, on a page: the alerts that are open and "
	"that\n"
	"nobody has acknowledged, those that were cancelled, ended, new or\n"
	"changed, and the reports that were refused.\n"
	"\n"
	"  --since WHEN       how long ago (8h, 30m, 2d), or since when\n"
	"                     (2015-02-16T06:00, +02:00 or Z if not local); "
	"8h\n"
	"  --exercise         drills' alerts, in place of real ones\n"
	"  --json             as one JSON object\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 misused.\n";

enum { OPTION_SINCE = OPTION_OWN, OPTION_EXERCISE };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"since", required_argument, NULL, OPTION_SINCE},
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

struct handover {
	struct options options;
	struct client *client;
	struct codec *codec; /* of what is shown; the client has its own */
	bool exercise;
	int64_t since;
	int64_t until;
	/* Of the status; what it points at is gone, but for these copies. */
	struct status_reply status;
	char stream[64];
	char trouble[256];
	uint64_t last_seq;
	struct shift shift;
	struct board board;
};

/* --- When the shift began --- */

static int64_t
wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
since_read(const char *text, int64_t now, int64_t *ret_since)
{
	int64_t duration;

	if (moment_duration(text, &duration) && duration > 0) {
		*ret_since = now - duration;
		return true;
	}
	return moment_local(text, ret_since);
}

/* --- What happened --- */

static int
status_ask(struct handover *handover)
{
	struct request request = {.kind = REQUEST_STATUS};
	struct reply reply;
	int error = client_request(handover->client, &request, &reply,
				   handover->options.timeout_ms);

	if (error == 0 && reply.kind != REPLY_STATUS)
		error = -EPROTO;
	if (error < 0)
		return error;
	const struct status_stream *stream =
		&reply.status.streams[handover->exercise ? 1 : 0];
	snprintf(handover->stream, sizeof(handover->stream), "%s",
		 stream->stream);
	snprintf(handover->trouble, sizeof(handover->trouble), "%s",
		 reply.status.trouble);
	handover->last_seq = stream->seq;
	handover->status = reply.status;
	return 0;
}

static int
page_ask(struct handover *handover, uint64_t after_seq, uint32_t limit,
	 struct reply *ret_reply)
{
	struct request request = {.kind = REQUEST_REPLAY,
				  .stream = handover->stream,
				  .after_seq = after_seq,
				  .prefix = "",
				  .limit = limit};
	int error = client_request(handover->client, &request, ret_reply,
				   handover->options.timeout_ms);

	if (error == 0 && ret_reply->kind != REPLY_ALERTS)
		error = -EPROTO; /* it began another stream just now */
	return error;
}

/* The last message before the shift, 0 if there is none: halves what lies
 * between, for a stream may be long and a shift is short. */
static int
beginning_find(struct handover *handover, uint64_t *ret_seq)
{
	uint64_t before = 0, within = handover->last_seq + 1;

	while (within - before > 1) {
		uint64_t middle = before + (within - before) / 2;
		struct reply page;
		struct notice notice;
		int error = page_ask(handover, middle - 1, 1, &page);

		if (error < 0)
			return error;
		if (page.alerts_count == 0) {
			within = middle;
			continue;
		}
		if (!codec_alert_unpack(handover->codec, page.alerts[0].payload,
					page.alerts[0].payload_size, &notice))
			return -EPROTO;
		if (notice.sent_at >= handover->since || notice.seq >= within)
			within = middle;
		else
			before = notice.seq;
	}
	*ret_seq = before;
	return 0;
}

static int
page_take(struct handover *handover, const struct reply *page)
{
	for (size_t i = 0; i < page->alerts_count; i++) {
		int error = shift_take(&handover->shift, handover->codec,
				       &page->alerts[i]);
		if (error < 0)
			return error;
	}
	return 0;
}

static int
shift_ask(struct handover *handover)
{
	struct reply page;
	uint64_t seen;
	int error = beginning_find(handover, &seen);

	while (error == 0 && seen < handover->last_seq) {
		error = page_ask(handover, seen, REPLAY_MAX, &page);
		if (error < 0 || page.alerts_count == 0)
			break;
		error = page_take(handover, &page);
		if (error == 0 && handover->shift.last_seq <= seen)
			error = -EPROTO;
		seen = handover->shift.last_seq;
	}
	return error;
}

/* --- The page --- */

static void
head_print(const struct handover *handover, const struct style *style)
{
	const struct shift *shift = &handover->shift;
	char bytes[NOTICE_LINE_SIZE], date[NOTICE_DATE_SIZE];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_print(&text, "%sHandover%s: ", colour_bold(style),
		   colour_end(style));
	if (handover->exercise)
		text_print(&text, "EXERCISE, ");
	notice_time_print(&text, handover->since, true);
	text_print(&text, " to ");
	notice_time_print(&text, handover->until, true);
	notice_date_render(handover->until, date);
	const char *zone = strchr(date, ' ');
	text_print(&text, "%s\nStream %.8s, ", zone ? zone : "",
		   handover->stream);
	if (shift->messages == 0)
		text_print(&text, "no message; the last is #%" PRIu64 "\n",
			   handover->last_seq);
	else
		text_print(&text,
			   "#%" PRIu64 " to #%" PRIu64 ": %" PRIu64
			   " messages about %zu alerts\n",
			   shift->first_seq, shift->last_seq, shift->messages,
			   shift->count);
	if (*handover->trouble != '\0') {
		text_print(&text, "%sTrouble: ", colour_bad(style));
		text_escape(&text, handover->trouble);
		text_print(&text, "%s\n", colour_end(style));
	}
	fputs(bytes, stdout);
}

static void
open_print(const struct handover *handover, const struct style *style)
{
	const struct board *board = &handover->board;
	const struct {
		const char *title;
		size_t first, count;
	} parts[] = {
		{"OPEN, NOT ACKNOWLEDGED", 0, board->unacknowledged},
		{"OPEN, ACKNOWLEDGED", board->unacknowledged,
		 board->count - board->unacknowledged},
		{"HELD BACK BY A SILENCE", board->count, board->held},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		printf("\n%s%s%s", colour_bold(style), parts[i].title,
		       colour_end(style));
		if (parts[i].count == 0) {
			puts(": none");
			continue;
		}
		printf(" (%zu)\n", parts[i].count);
		board_rows_print(board, parts[i].first, parts[i].count,
				 handover->codec, style, stdout);
	}
}

static void
refused_print(const struct handover *handover, const struct style *style)
{
	const struct status_reply *status = &handover->status;
	char bytes[64];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	notice_time_print(&text, status->started_at, true);
	printf("\n%sREPORTS%s since truced started, %s: %" PRIu64
	       " accepted, %" PRIu64 " refused\n",
	       colour_bold(style), colour_end(style), bytes,
	       status->verdicts[VERDICT_ACCEPTED],
	       status->verdicts[VERDICT_REJECTED]);
	for (int i = 1; i < REASONS; i++)
		if (status->reasons[i] > 0)
			printf("  %-18s %12" PRIu64 "\n",
			       reason_name((enum reason)i), status->reasons[i]);
	if (status->malformed > 0)
		printf("  %-18s %12" PRIu64 "\n", "not a message",
		       status->malformed);
}

static void
page_print(const struct handover *handover)
{
	const struct style style = style_of(stdout);

	head_print(handover, &style);
	open_print(handover, &style);
	shift_print(&handover->shift, handover->codec, &style, stdout);
	refused_print(handover, &style);
}

/* --- For scripts --- */

static json_t *
message_json(const struct handover *handover,
	     const struct wire_message *message)
{
	return json_alert(handover->codec, message->topic, message->topic_size,
			  message->payload, message->payload_size);
}

/* Each with how many messages it gave and whether it began. */
static json_t *
fate_json(const struct handover *handover, enum shift_fate fate)
{
	const struct shift *shift = &handover->shift;
	json_t *list = json_array();

	for (size_t i = 0; i < shift->count; i++) {
		const struct shift_episode *episode = &shift->episodes[i];

		if (episode->fate != fate)
			continue;
		json_array_append_new(
			list,
			json_pack("{s:o,s:I,s:b}", "last",
				  message_json(handover, &episode->last),
				  "messages", (json_int_t)episode->messages,
				  "began", (int)episode->began));
	}
	return list;
}

static json_t *
refused_json(const struct status_reply *status)
{
	json_t *reasons = json_object();

	for (int i = 1; i < REASONS; i++)
		if (status->reasons[i] > 0)
			json_object_set_new(
				reasons, reason_name((enum reason)i),
				json_integer((json_int_t)status->reasons[i]));
	return json_pack("{s:I,s:I,s:I,s:I,s:o}", "since",
			 (json_int_t)status->started_at, "accepted",
			 (json_int_t)status->verdicts[VERDICT_ACCEPTED],
			 "rejected",
			 (json_int_t)status->verdicts[VERDICT_REJECTED],
			 "malformed", (json_int_t)status->malformed, "reasons",
			 reasons);
}

static int
page_json(const struct handover *handover)
{
	const struct board *board = &handover->board;
	json_t *object = json_object(), *open = json_array(),
	       *held = json_array();

	for (size_t i = 0; i < board->count + board->held; i++)
		json_array_append_new(i < board->count ? open : held,
				      board_row_json(&board->rows[i],
						     handover->codec));
	json_object_set_new(object, "since", json_integer(handover->since));
	json_object_set_new(object, "until", json_integer(handover->until));
	json_object_set_new(object, "stream", json_text(handover->stream));
	json_object_set_new(object, "last_seq",
			    json_integer((json_int_t)handover->last_seq));
	json_object_set_new(object, "trouble", json_text(handover->trouble));
	json_object_set_new(object, "open", open);
	json_object_set_new(object, "held", held);
	json_object_set_new(object, "unacknowledged",
			    json_integer((json_int_t)board->unacknowledged));
	for (int fate = 0; fate < SHIFT_FATES; fate++)
		json_object_set_new(object,
				    shift_fate_name((enum shift_fate)fate),
				    fate_json(handover, (enum shift_fate)fate));
	json_object_set_new(object, "reports", refused_json(&handover->status));
	return json_print(stdout, object) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* --- The command line --- */

static int
handover_run(struct handover *handover)
{
	int result = EXIT_DONE;
	int error = client_new(&handover->client, handover->options.service);

	if (error == 0)
		error = codec_new(&handover->codec);
	if (error == 0)
		error = status_ask(handover);
	if (error == 0)
		error = shift_ask(handover);
	if (error == 0)
		error = board_ask(&handover->board, handover->client,
				  handover->codec,
				  handover->exercise ? "exercise.alert."
						     : "alert.",
				  handover->options.timeout_ms);
	if (error < 0)
		result = options_failed(&handover->options, "%s: %s",
					handover->options.service,
					client_error(error));
	else if (handover->options.json)
		result = page_json(handover);
	else
		page_print(handover);
	if (handover->board.unreadable > 0)
		result = options_failed(&handover->options,
					"%zu alerts that cannot be read",
					handover->board.unreadable);
	board_done(&handover->board);
	shift_done(&handover->shift);
	codec_free(handover->codec);
	client_free(handover->client);
	return result;
}

int
handover_command(int argc, char **argv)
{
	struct handover handover = {.until = wall_ms()};
	const char *since = "8h";
	int option, result;

	options_init(&handover.options, "truce handover", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) !=
	       -1) {
		if (option == OPTION_SINCE)
			since = optarg;
		else if (option == OPTION_EXERCISE)
			handover.exercise = true;
		else if (!options_take(&handover.options, option, &result))
			return result;
	}
	if (optind != argc)
		return options_misused(&handover.options,
				       "expected no argument");
	if (!since_read(since, handover.until, &handover.since))
		return options_misused(&handover.options,
				       "--since %s: expected a duration like "
				       "8h, or a time like 2015-02-16T06:00",
				       since);
	shift_init(&handover.shift);
	return handover_run(&handover);
}
