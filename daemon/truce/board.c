#include "truce/board.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "truce/json.h"

static bool
topic_begins(const struct wire_message *message, const char *prefix)
{
	size_t size = strlen(prefix);

	return message->topic_size >= size &&
	       memcmp(message->topic, prefix, size) == 0;
}

/* In the order of officers' worries. */
static int
row_compare(const void *left, const void *right)
{
	const struct board_row *a = left, *b = right;

	if (a->acknowledged != b->acknowledged)
		return a->acknowledged ? 1 : -1;
	return episode_compare(&a->episode, &b->episode);
}

/* An empty row, at the end of those that there are. NULL: no memory. */
static struct board_row *
row_add(struct board *board)
{
	size_t used = board->count + board->held;

	if (used == board->room) {
		size_t room = board->room ? board->room * 2 : 64;
		struct board_row *more =
			reallocarray(board->rows, room, sizeof(*board->rows));

		if (!more)
			return NULL;
		board->rows = more;
		board->room = room;
	}
	board->rows[used] = (struct board_row){.silence = 0};
	return &board->rows[used];
}

int
board_take(struct board *board, struct codec *codec,
	   const struct wire_message *messages, size_t count,
	   const char *prefix)
{
	for (size_t i = 0; i < count; i++) {
		struct notice notice;

		if (!topic_begins(&messages[i], prefix))
			continue;
		if (!codec_alert_unpack(codec, messages[i].payload,
					messages[i].payload_size, &notice)) {
			board->unreadable++;
			continue;
		}
		struct board_row *row = row_add(board);
		if (!row || message_copy(&row->message, &messages[i]) < 0)
			return -ENOMEM;
		board->count++;
		row->acknowledged = *notice.acknowledged_by != '\0';
		row->episode = notice_episode(&notice);
		board->unacknowledged += !row->acknowledged;
	}
	if (board->count > 0)
		qsort(board->rows, board->count, sizeof(*board->rows),
		      row_compare);
	return 0;
}

int
board_hold(struct board *board, struct codec *codec,
	   const struct held_reply *held, size_t count, const char *prefix)
{
	for (size_t i = 0; i < count; i++) {
		const struct wire_message *message = &held[i].message;
		struct notice notice;

		if (!topic_begins(message, prefix))
			continue;
		if (!codec_alert_unpack(codec, message->payload,
					message->payload_size, &notice)) {
			board->unreadable++;
			continue;
		}
		struct board_row *row = row_add(board);
		if (!row || message_copy(&row->message, message) < 0)
			return -ENOMEM;
		board->held++;
		row->episode = notice_episode(&notice);
		row->held_since = held[i].since_at;
		row->silence = held[i].silence;
	}
	return 0;
}

int
board_ask(struct board *board, struct client *client, struct codec *codec,
	  const char *prefix, int64_t timeout_ms)
{
	char after[IDENTIFIER_SIZE] = "";
	struct request request = {.kind = REQUEST_LIST,
				  .prefix = prefix,
				  .after = after};
	struct reply reply;

	do {
		int error =
			client_request(client, &request, &reply, timeout_ms);
		if (error == 0 && (reply.kind != REPLY_ALERTS ||
				   strlen(reply.next) >= sizeof(after)))
			error = -EPROTO;
		if (error == 0)
			error = board_take(board, codec, reply.alerts,
					   reply.alerts_count, prefix);
		if (error < 0)
			return error;
		strcpy(after, reply.next);
	} while (after[0] != '\0' && reply.alerts_count > 0);
	/* It comes with the last part. */
	return board_hold(board, codec, reply.held, reply.held_count, prefix);
}

json_t *
board_row_json(const struct board_row *row, struct codec *codec)
{
	const struct wire_message *message = &row->message;
	json_t *object = json_alert(codec, message->topic, message->topic_size,
				    message->payload, message->payload_size);

	if (object && row->silence) {
		json_object_set_new(object, "held_since_at",
				    json_integer(row->held_since));
		json_object_set_new(object, "silence",
				    json_integer((json_int_t)row->silence));
	}
	return object;
}

void
board_done(struct board *board)
{
	for (size_t i = 0; i < board->count + board->held; i++)
		message_free(&board->rows[i].message);
	free(board->rows);
	*board = (struct board){0};
}

/* --- Rows --- */

enum {
	/* "#420 CERTAINTY 2015-02-16 02:40", "HELD 2015-02-16 02:40 silence 3"
	 */
	LAST_WIDTH = 31,
	BY_WIDTH = 20,
	/* Up to the headline; a terminal of 80 has room up to SINCE. */
	COLUMNS_WIDTH = 8 + 1 + 9 + 1 + 16 + 1 + 22 + 1 + 16 + 1 + LAST_WIDTH +
			1 + BY_WIDTH + 1
};

static bool
is_narrow(const struct style *style)
{
	return style->width > 0 && style->width < COLUMNS_WIDTH;
}

/* Filled up to a width on the screen, and a blank. */
static void
column_print(struct text *text, const char *bytes, size_t width)
{
	text_print(text, "%s", bytes);
	for (size_t used = text_width(bytes); used < width; used++)
		text_print(text, " ");
	text_print(text, " ");
}

static void
blanks_cut(struct text *text)
{
	while (text->used > 0 && text->bytes[text->used - 1] == ' ')
		text->bytes[--text->used] = '\0';
}

static void
last_print(struct text *text, const struct board_row *row,
	   const struct notice *notice, bool narrow)
{
	char bytes[128];
	struct text last;

	text_init(&last, bytes, sizeof(bytes));
	if (row->silence) {
		text_print(&last, "HELD ");
		notice_time_print(&last, row->held_since, true);
		text_print(&last, " silence %" PRIu64, row->silence);
	} else {
		text_print(&last, "#%" PRIu64 " %s ", notice->seq,
			   notice_word(notice));
		notice_time_print(&last, notice->sent_at, true);
	}
	column_print(text, bytes, narrow ? 0 : LAST_WIDTH);
}

static void
acknowledged_print(struct text *text, const struct notice *notice, bool narrow)
{
	char bytes[512];
	struct text by;

	text_init(&by, bytes, sizeof(bytes));
	if (*notice->acknowledged_by == '\0') {
		text_print(&by, narrow ? "not acknowledged" : "no");
	} else {
		text_print(&by, narrow ? "acknowledged " : "");
		notice_time_print(&by, notice->acknowledged_at, false);
		text_print(&by, " ");
		text_escape(&by, notice->acknowledged_by);
	}
	column_print(text, bytes, narrow ? 0 : BY_WIDTH);
}

/* Up to the headline. */
static void
columns_print(struct text *text, const struct board_row *row,
	      const struct notice *notice, const struct style *style,
	      bool narrow)
{
	bool open = *notice->acknowledged_by == '\0' && !row->silence;
	char since[32];
	struct text time;

	text_print(text, "%s",
		   open ? colour_of_severity(style, notice->severity)
			: colour_dim(style));
	notice_name_print(text, severity_name(notice->severity), 8);
	notice_name_print(text, certainty_name(notice->certainty), 9);
	text_print(text, "%s", colour_end(style));
	text_escape_column(text, notice->rule, 16);
	text_print(text, " ");
	notice_group_print(text, notice, 22);
	text_print(text, " ");
	text_init(&time, since, sizeof(since));
	if (notice->onset_at > notice->sent_at)
		text_print(&time, "not yet"); /* a deadline nears */
	else
		notice_time_print(&time, notice->onset_at, true);
	column_print(text, since, 16);
	if (narrow) {
		blanks_cut(text);
		text_print(text, "\n      ");
	}
	last_print(text, row, notice, narrow);
	if (narrow)
		text_print(text, "| ");
	acknowledged_print(text, notice, narrow);
}

void
board_row_render(const struct board_row *row, const struct notice *notice,
		 const struct style *style,
		 char ret_row[static NOTICE_LINE_SIZE])
{
	const struct style plain = {0};
	bool narrow = is_narrow(style);
	struct text text;

	text_init(&text, ret_row, NOTICE_LINE_SIZE);
	columns_print(&text, row, notice, &plain, false);
	text_escape(&text, notice->headline);
	bool fits = style->width == 0 || text_width(ret_row) <= style->width;

	text_init(&text, ret_row, NOTICE_LINE_SIZE);
	columns_print(&text, row, notice, style, narrow);
	if (narrow) {
		text_print(&text, "| ");
	} else if (!fits) {
		blanks_cut(&text);
		text_print(&text, "\n      ");
	}
	text_print(&text, "%s", colour_bold(style));
	text_escape(&text, notice->headline);
	text_print(&text, "%s", colour_end(style));
}

static void
titles_print(const struct style *style, FILE *stream)
{
	fprintf(stream, "%s%-8s %-9s %-16s %-22s ", colour_dim(style),
		"SEVERITY", "CERTAINTY", "RULE", "GROUP");
	if (is_narrow(style))
		fputs("SINCE\n      LAST MESSAGE | ACKNOWLEDGED | HEADLINE",
		      stream);
	else
		fprintf(stream, "%-16s %-*s %-*s HEADLINE", "SINCE", LAST_WIDTH,
			"LAST MESSAGE", BY_WIDTH, "ACKNOWLEDGED");
	fprintf(stream, "%s\n", colour_end(style));
}

void
board_rows_print(const struct board *board, size_t first, size_t count,
		 struct codec *codec, const struct style *style, FILE *stream)
{
	char row[NOTICE_LINE_SIZE];
	struct notice notice;

	titles_print(style, stream);
	for (size_t i = first; i < first + count; i++) {
		const struct wire_message *message = &board->rows[i].message;

		if (!codec_alert_unpack(codec, message->payload,
					message->payload_size, &notice))
			continue; /* it was one when it was taken */
		board_row_render(&board->rows[i], &notice, style, row);
		fprintf(stream, "%s\n", row);
	}
}

void
board_print(const struct board *board, struct codec *codec,
	    const struct style *style, FILE *stream)
{
	if (board->count + board->held == 0) {
		fputs("No alert is firing.\n", stream);
		return;
	}
	fprintf(stream, "%s%zu firing, %zu not acknowledged%s",
		board->unacknowledged > 0 ? colour_bold(style) : "",
		board->count, board->unacknowledged,
		board->unacknowledged > 0 ? colour_end(style) : "");
	if (board->held > 0)
		fprintf(stream, ", %zu held back by silences", board->held);
	fputc('\n', stream);
	board_rows_print(board, 0, board->count + board->held, codec, style,
			 stream);
}
