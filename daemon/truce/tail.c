/* truce tail: alerts as they come, and those that were missed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/follow.h"
#include "truce/json.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce tail [OPTION]... [PREFIX]\n"
	"Shows alerts as they come, until interrupted. With PREFIX those\n"
	"whose topic begins with alert.PREFIX, as minsk-2 or minsk-2.deaths.\n"
	"What was missed is asked for; what cannot be had is said.\n"
	"\n"
	"  --since ALERT      begin with those after it, by its number or its\n"
	"                     identifier; 0: with all of this stream\n"
	"  --min-severity S   minor, moderate, severe or extreme, and all\n"
	"                     that takes back or ends what was shown\n"
	"  --exercise         drills' alerts, in place of real ones\n"
	"  --count N          end after N alerts\n"
	"  --json             one JSON object a line, with the protos' names\n"
	"  --alerts ENDPOINT  default " DEFAULT_ALERTS "\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 5\n"
	"  --help\n"
	"\n"
	"Colour on a terminal, unless NO_COLOR is set. Times are local (TZ).\n"
	"Exit status: 0 when interrupted, 1 failed, 2 misused.\n";

enum {
	OPTION_SINCE = OPTION_OWN,
	OPTION_MIN_SEVERITY,
	OPTION_EXERCISE,
	OPTION_COUNT
};

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"alerts", required_argument, NULL, OPTION_ALERTS},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"min-severity", required_argument, NULL, OPTION_MIN_SEVERITY},
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{"count", required_argument, NULL, OPTION_COUNT},
	{0},
};

enum {
	HIGH_WATER = 10000,
	REPLAY_STEP = 200,
	/* Without a sign of life; the heartbeat comes every 5 s by default. */
	SILENCE_MS = 30000,
	REMARK_SIZE = 512,
	/* Alerts wait while we ask. */
	ANSWER_MS = 5000,
	ASK_AGAIN_MS = 30000
};

/* The number of a stream's last alert, where nobody knows it. */
#define TO_ITS_END UINT64_MAX

struct tail {
	struct options options;
	struct style style;
	char prefix[TOPIC_MAX * 2]; /* of topics */
	bool all;		    /* it leaves none of the stream out */
	bool has_since;
	uint64_t since;
	const char *since_alert; /* an identifier in its place, or NULL */
	enum severity min_severity;
	bool exercise;
	uint64_t count; /* 0: no end */
	uint64_t shown;
	struct client *client;
	struct codec *codec; /* of what is shown; the client has its own */
	void *socket;
	struct follow follow;
	char next_stream[STREAM_SIZE]; /* as last heard; "": it goes on */
	char date[NOTICE_DATE_SIZE];   /* of the line before */
	int64_t heard_ms;
	int64_t ask_again_ms; /* the service gave no answer: not before */
	char trouble[256];    /* the journal's, as last heard; "": none */
	bool silent;
};

/* --- What is shown --- */

/* Something about the alerts, among them. */
static void
remark_print(const struct tail *tail, const char *remark)
{
	if (tail->options.json)
		fprintf(stderr, "%s: %s\n", tail->options.command, remark);
	else
		printf("%s%s%s-- %s%s\n", tail->style.terminal ? "\r" : "",
		       tail->style.colour ? "\x1b[K" : "",
		       colour_bold(&tail->style), remark,
		       colour_end(&tail->style));
	fflush(stdout);
}

static void
line_print(struct tail *tail, const struct notice *notice)
{
	/* Another program's progress bar may stand in this line. */
	if (tail->style.colour)
		fputs("\r\x1b[K", stdout);
	notice_line_print(notice, &tail->style, tail->date, stdout);
	fflush(stdout);
}

/* True if it is an alert at all. */
static bool
alert_show(struct tail *tail, const struct wire_message *message)
{
	struct notice notice;

	if (!codec_alert_unpack(tail->codec, message->payload,
				message->payload_size, &notice))
		return false;
	if (!follow_wants(&tail->follow, &notice, tail->min_severity))
		return true;
	tail->shown++;
	if (tail->options.json)
		json_print(stdout,
			   json_alert(tail->codec, message->topic,
				      message->topic_size, message->payload,
				      message->payload_size));
	else
		line_print(tail, &notice);
	return true;
}

static bool
has_enough(const struct tail *tail)
{
	return tail->count > 0 && tail->shown >= tail->count;
}

/* --- What was missed --- */

/* `last` may be TO_ITS_END. */
static void
gap_print(struct tail *tail, uint64_t first, uint64_t last, const char *why)
{
	char remark[REMARK_SIZE], numbers[64];
	int size = snprintf(numbers, sizeof(numbers), "#%" PRIu64 "..", first);

	if (tail->options.json) {
		json_t *gap = json_pack("{s:I,s:s}", "first", (json_int_t)first,
					"reason", why);
		if (last != TO_ITS_END)
			json_object_set_new(gap, "last",
					    json_integer((json_int_t)last));
		json_print(stdout, json_pack("{s:o}", "gap", gap));
		return;
	}
	if (last != TO_ITS_END)
		snprintf(numbers + size, sizeof(numbers) - (size_t)size,
			 "#%" PRIu64, last);
	snprintf(remark, sizeof(remark), "gap: %s not available: %s", numbers,
		 why);
	remark_print(tail, remark);
}

/* The reply lies in the client's codec until it is next asked. */
static int
page_ask(struct tail *tail, struct reply *ret_reply)
{
	struct request request = {.kind = REQUEST_REPLAY,
				  .stream = tail->follow.stream,
				  .after_seq = tail->follow.seq,
				  .prefix = tail->prefix,
				  .limit = REPLAY_STEP};
	int error = client_request(tail->client, &request, ret_reply,
				   tail->options.timeout_ms);

	tail->next_stream[0] = '\0';
	if (error == 0 && ret_reply->kind != REPLY_ALERTS)
		return -ENOENT; /* it does not know the stream */
	if (error == 0)
		snprintf(tail->next_stream, sizeof(tail->next_stream), "%s",
			 ret_reply->next_stream);
	return error;
}

/* Shows a page and says what is not in it. */
static void
page_show(struct tail *tail, const struct reply *page)
{
	for (size_t i = 0; i < page->alerts_count && !has_enough(tail); i++) {
		struct notice notice;

		if (!codec_alert_unpack(tail->codec, page->alerts[i].payload,
					page->alerts[i].payload_size,
					&notice) ||
		    notice.seq <= tail->follow.seq)
			continue;
		uint64_t seq = notice.seq;
		/* Only who takes all topics can tell what is not there. */
		if (tail->all && seq > tail->follow.seq + 1)
			gap_print(tail, tail->follow.seq + 1, seq - 1,
				  "not kept");
		alert_show(tail, &page->alerts[i]);
		follow_advance(&tail->follow, seq);
	}
}

static void
gap_give_up(struct tail *tail, uint64_t wanted, const char *why)
{
	/* Nothing was ever said in a stream that nobody knows. */
	if (wanted > tail->follow.seq &&
	    !(wanted == TO_ITS_END && tail->follow.seq == 0))
		gap_print(tail, tail->follow.seq + 1, wanted, why);
	follow_advance(&tail->follow, wanted);
}

/*
 * Asks for all after what was seen, up to the stream's last. `wanted` is a
 * number that is known to have been sent, or TO_ITS_END. -EINTR, or 0: what
 * could not be had was said.
 */
static int
gap_fill(struct tail *tail, uint64_t wanted)
{
	/* Alerts that do come are not to wait for those that may not. */
	if (monotonic_ms() < tail->ask_again_ms) {
		if (tail->all)
			gap_give_up(tail, wanted, "no answer just now");
		follow_advance(&tail->follow, wanted);
		return 0;
	}
	for (;;) {
		struct reply page;
		int error = page_ask(tail, &page);

		if (error == -EINTR)
			return error;
		if (error < 0) {
			if (error != -ENOENT)
				tail->ask_again_ms =
					monotonic_ms() + ASK_AGAIN_MS;
			gap_give_up(tail, wanted,
				    error == -ENOENT
					    ? "truced does not know them"
					    : client_error(error));
			return 0;
		}
		page_show(tail, &page);
		if (has_enough(tail))
			return 0;
		if (page.alerts_count == 0 ||
		    tail->follow.seq >= page.last_seq) {
			follow_advance(&tail->follow, page.last_seq);
			return 0;
		}
	}
}

/* --- Streams --- */

/* Which stream it is that we follow, and how far it is. */
static int
stream_ask(struct tail *tail, char ret_stream[static STREAM_SIZE],
	   uint64_t *ret_seq)
{
	struct request request = {.kind = REQUEST_STATUS};
	struct reply reply;
	int error = client_request(tail->client, &request, &reply,
				   tail->options.timeout_ms);

	if (error == 0 && reply.kind != REPLY_STATUS)
		error = -EPROTO;
	if (error < 0)
		return error;
	const struct status_stream *stream =
		&reply.status.streams[tail->exercise ? 1 : 0];
	snprintf(ret_stream, STREAM_SIZE, "%s", stream->stream);
	*ret_seq = stream->seq;
	return 0;
}

static void
new_stream_print(const struct tail *tail, const char *stream)
{
	char remark[REMARK_SIZE];

	snprintf(remark, sizeof(remark),
		 "truced has begun a new stream, %.8s; its numbers begin at #1",
		 stream);
	remark_print(tail, remark);
}

/* From the stream that is followed, which has ended, to one that goes on: what
 * was missed of it, of those between the two, and of that one up to seq. */
static int
streams_pass(struct tail *tail, const char *stream, uint64_t seq)
{
	char next[STREAM_SIZE];
	int error = gap_fill(tail, TO_ITS_END);

	memcpy(next, tail->next_stream, sizeof(next));
	while (error == 0 && !has_enough(tail) && next[0] != '\0' &&
	       strcmp(next, stream) != 0) {
		new_stream_print(tail, next);
		follow_begin(&tail->follow, next, 0);
		error = gap_fill(tail, TO_ITS_END);
		memcpy(next, tail->next_stream, sizeof(next));
	}
	if (error < 0 || has_enough(tail))
		return error;
	new_stream_print(tail, stream);
	follow_begin(&tail->follow, stream, 0);
	return gap_fill(tail, seq);
}

/* Where the alert is that --since names. -ENOENT: nowhere among those that are
 * shown. */
static int
since_find(struct tail *tail, char ret_stream[static STREAM_SIZE],
	   uint64_t *ret_seq)
{
	static const char drill[] = "exercise.";
	struct request request = {.kind = REQUEST_GET,
				  .identifier = tail->since_alert};
	struct reply reply;
	struct notice notice;
	int error = client_request(tail->client, &request, &reply,
				   tail->options.timeout_ms);

	if (error < 0)
		return error;
	if (reply.kind != REPLY_ALERT || reply.alerts_count == 0 ||
	    !codec_alert_unpack(tail->codec, reply.alerts[0].payload,
				reply.alerts[0].payload_size, &notice))
		return -ENOENT;
	const struct wire_message *message = &reply.alerts[0];
	bool is_drill = message->topic_size >= strlen(drill) &&
			memcmp(message->topic, drill, strlen(drill)) == 0;
	if (is_drill != tail->exercise)
		return -ENOENT;
	snprintf(ret_stream, STREAM_SIZE, "%s", notice.stream);
	*ret_seq = notice.seq;
	return 0;
}

/* Begins where --since says, and shows what came after it. `stream` is the one
 * that goes on, and seq its last number. */
static int
since_begin(struct tail *tail, const char *stream, uint64_t seq)
{
	char from[STREAM_SIZE], remark[REMARK_SIZE];
	uint64_t since = tail->since;
	int error = 0;

	snprintf(from, sizeof(from), "%s", stream);
	if (tail->since_alert)
		error = since_find(tail, from, &since);
	if (error == -EINTR)
		return error;
	if (error < 0) {
		snprintf(remark, sizeof(remark),
			 "what came after %.160s cannot be asked for: %s",
			 tail->since_alert,
			 error == -ENOENT ? "truced knows no such alert"
					  : client_error(error));
		remark_print(tail, remark);
		since = seq;
	} else if (strcmp(from, stream) == 0 && since > seq) {
		snprintf(remark, sizeof(remark),
			 "#%" PRIu64 " is of an earlier stream than %.8s, of "
			 "which all is shown",
			 since, stream);
		remark_print(tail, remark);
		since = 0;
	}
	follow_begin(&tail->follow, from, since);
	return strcmp(from, stream) == 0 ? gap_fill(tail, seq)
					 : streams_pass(tail, stream, seq);
}

static int
stream_begin(struct tail *tail)
{
	char stream[STREAM_SIZE], remark[REMARK_SIZE];
	uint64_t seq;
	int error = stream_ask(tail, stream, &seq);

	if (error == -EINTR)
		return error;
	if (error < 0) {
		snprintf(remark, sizeof(remark),
			 "%.160s: what is missed cannot be asked for: %s",
			 tail->options.service, client_error(error));
		remark_print(tail, remark);
		return 0;
	}
	if (tail->has_since)
		return since_begin(tail, stream, seq);
	follow_begin(&tail->follow, stream, seq);
	return 0;
}

/* truced has begun another stream: its numbers begin anew. */
static int
stream_change(struct tail *tail, const char *message_stream)
{
	char stream[STREAM_SIZE];
	char seen[STREAM_SIZE];
	uint64_t seq;

	/* The message's own lies in the codec, which shows what is missed. */
	snprintf(seen, sizeof(seen), "%s", message_stream);
	int error = stream_ask(tail, stream, &seq);
	if (error == -EINTR)
		return error;
	if (error == 0 && strcmp(stream, tail->follow.stream) == 0)
		return 0; /* it was the other engine's, or an old message */
	if (error < 0) {
		memcpy(stream, seen, sizeof(stream));
		seq = 0;
	}
	return streams_pass(tail, stream, seq);
}

/* --- Messages --- */

static int
alert_take(struct tail *tail, const struct wire_message *message)
{
	char stream[STREAM_SIZE];
	struct notice notice;

	if (!codec_alert_unpack(tail->codec, message->payload,
				message->payload_size, &notice))
		return 0;
	uint64_t seq = notice.seq;
	snprintf(stream, sizeof(stream), "%s", notice.stream);
	enum follow_verdict verdict =
		follow_look(&tail->follow, notice.stream, notice.seq);
	int error = 0;
	if (verdict == FOLLOW_OTHER) {
		error = stream_change(tail, notice.stream);
		verdict = follow_look(&tail->follow, stream, seq);
	}
	if (error == 0 && verdict == FOLLOW_GAP && !has_enough(tail))
		error = gap_fill(tail, seq - 1);
	if (error < 0 || has_enough(tail))
		return error;
	if (tail->follow.stream[0] == '\0')
		follow_begin(&tail->follow, stream, seq - 1);
	/* Replay may have shown it by now. */
	verdict = follow_look(&tail->follow, stream, seq);
	if (verdict == FOLLOW_NEXT || verdict == FOLLOW_GAP) {
		alert_show(tail, message);
		follow_advance(&tail->follow, seq);
	}
	return 0;
}

/* What keeps reports out keeps alerts from coming. */
static void
trouble_note(struct tail *tail, const char *trouble)
{
	char safe[sizeof(tail->trouble)], remark[sizeof(safe) + 16];
	struct text text;

	text_init(&text, safe, sizeof(safe));
	text_escape(&text, trouble);
	if (strcmp(safe, tail->trouble) == 0)
		return;
	memcpy(tail->trouble, safe, sizeof(safe));
	snprintf(remark, sizeof(remark), "trouble: %s", safe);
	remark_print(tail, *safe == '\0' ? "truced is well again" : remark);
}

/* Each stream has heartbeats of its own, which tell its last number. */
static const char *
beat_topic(const struct tail *tail)
{
	return tail->exercise ? "exercise.heartbeat" : "heartbeat";
}

static int
heartbeat_take(struct tail *tail, const struct wire_message *message)
{
	struct heartbeat heartbeat;

	if (!codec_heartbeat_unpack(tail->codec, message->payload,
				    message->payload_size, &heartbeat))
		return 0;
	trouble_note(tail, heartbeat.trouble);
	switch (follow_heartbeat(&tail->follow, heartbeat.stream,
				 heartbeat.seq)) {
	case FOLLOW_NEXT:
		follow_begin(&tail->follow, heartbeat.stream, heartbeat.seq);
		return 0;
	case FOLLOW_SEEN:
		return 0;
	case FOLLOW_GAP:
		return gap_fill(tail, heartbeat.seq);
	case FOLLOW_OTHER:
		return stream_change(tail, heartbeat.stream);
	}
	return 0;
}

/* Two frames. -EAGAIN: there is none. */
static int
message_take(struct tail *tail)
{
	const char *beat = beat_topic(tail);
	zmq_msg_t topic, payload;
	int error = 0;

	zmq_msg_init(&topic);
	zmq_msg_init(&payload);
	if (zmq_msg_recv(&topic, tail->socket, ZMQ_DONTWAIT) < 0)
		error = errno == EINTR ? 0 : -errno;
	else if (zmq_msg_more(&topic) &&
		 zmq_msg_recv(&payload, tail->socket, ZMQ_DONTWAIT) >= 0 &&
		 !zmq_msg_more(&payload)) {
		const struct wire_message message = {
			.topic = zmq_msg_data(&topic),
			.topic_size = zmq_msg_size(&topic),
			.payload = zmq_msg_data(&payload),
			.payload_size = zmq_msg_size(&payload)};

		tail->heard_ms = monotonic_ms();
		error = message.topic_size == strlen(beat) &&
					memcmp(message.topic, beat,
					       message.topic_size) == 0
				? heartbeat_take(tail, &message)
				: alert_take(tail, &message);
	}
	zmq_msg_close(&topic);
	zmq_msg_close(&payload);
	return error;
}

/* Silence is a failure, too. */
static void
silence_watch(struct tail *tail)
{
	bool silent = monotonic_ms() - tail->heard_ms >= SILENCE_MS;

	if (silent && !tail->silent)
		remark_print(tail, "nothing heard from truced for 30 s");
	else if (!silent && tail->silent)
		remark_print(tail, "truced is heard again");
	tail->silent = silent;
}

static int
tail_loop(struct tail *tail)
{
	zmq_pollitem_t items[] = {{.socket = tail->socket,
				   .events = ZMQ_POLLIN},
				  {.fd = client_stop_fd(tail->client),
				   .events = ZMQ_POLLIN}};

	tail->heard_ms = monotonic_ms();
	for (;;) {
		int error = 0;

		while (error == 0 && !has_enough(tail))
			error = message_take(tail);
		if (has_enough(tail))
			return 0;
		if (error != -EAGAIN)
			return error;
		silence_watch(tail);
		int64_t left = tail->heard_ms + SILENCE_MS - monotonic_ms();
		if (left < 0)
			left = 0;
		if (zmq_poll(items, 2, tail->silent ? -1 : (long)left) < 0 &&
		    errno != EINTR)
			return -errno;
		if (items[1].revents)
			return -EINTR;
		if (ferror(stdout))
			return -EPIPE;
	}
}

static int
tail_connect(struct tail *tail)
{
	const int linger = 0, keepalive = 1, high_water = HIGH_WATER;
	const int64_t frame_max = FRAME_MAX;
	const char *beat = beat_topic(tail);
	void *socket = zmq_socket(client_context(tail->client), ZMQ_SUB);

	tail->socket = socket;
	if (!socket ||
	    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_TCP_KEEPALIVE, &keepalive,
			   sizeof(keepalive)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_RCVHWM, &high_water,
			   sizeof(high_water)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max,
			   sizeof(frame_max)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, tail->prefix,
			   strlen(tail->prefix)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, beat, strlen(beat)) < 0 ||
	    zmq_connect(socket, tail->options.alerts) < 0)
		return -errno;
	return 0;
}

/* --- The command line --- */

static bool
option_take(struct tail *tail, int option, int *ret_exit)
{
	bool good = true;
	const char *expected = "";

	switch (option) {
	case OPTION_SINCE:
		tail->since_alert = NULL;
		good = number_option(optarg, &tail->since);
		if (!good && notice_seq_of(optarg) > 0) {
			tail->since_alert = optarg;
			good = true;
		}
		tail->has_since = good;
		expected = "--since: expected an alert's number or identifier";
		break;
	case OPTION_COUNT:
		good = number_option(optarg, &tail->count) && tail->count > 0;
		expected = "--count: expected a number above 0";
		break;
	case OPTION_MIN_SEVERITY:
		good = severity_option(optarg, &tail->min_severity);
		expected = "--min-severity: expected minor, moderate, severe "
			   "or extreme";
		break;
	case OPTION_EXERCISE:
		tail->exercise = true;
		break;
	default:
		return options_take(&tail->options, option, ret_exit);
	}
	if (!good)
		*ret_exit = options_misused(&tail->options, "%s", expected);
	return good;
}

static int
tail_run(struct tail *tail)
{
	int error = client_new(&tail->client, tail->options.service);
	const char *endpoint =
		error < 0 ? tail->options.service : tail->options.alerts;

	if (error == 0)
		error = codec_new(&tail->codec);
	if (error == 0)
		error = tail_connect(tail);
	if (error == 0)
		error = stream_begin(tail);
	if (error == 0 && !has_enough(tail))
		error = tail_loop(tail);
	if (tail->socket)
		zmq_close(tail->socket);
	client_free(tail->client);
	codec_free(tail->codec);
	follow_done(&tail->follow);
	if (error < 0 && error != -EINTR)
		return options_failed(&tail->options, "%s: %s", endpoint,
				      client_error(error));
	return EXIT_DONE;
}

int
tail_command(int argc, char **argv)
{
	struct tail tail = {.style = style_of(stdout)};
	int option, result;

	options_init(&tail.options, "truce tail", usage);
	tail.options.timeout_ms = ANSWER_MS;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!option_take(&tail, option, &result))
			return result;
	const char *prefix = optind < argc ? argv[optind++] : "";
	if (optind < argc || strlen(prefix) > TOPIC_MAX)
		return options_misused(&tail.options,
				       "expected at most one PREFIX");
	snprintf(tail.prefix, sizeof(tail.prefix), "%salert.%s",
		 tail.exercise ? "exercise." : "", prefix);
	tail.all = *prefix == '\0';
	follow_init(&tail.follow);
	return tail_run(&tail);
}
