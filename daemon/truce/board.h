/*
 * The board: what is firing, a row for each episode, those that nobody has
 * acknowledged first, then the oldest first; and then what silences hold back.
 */
#ifndef TRUCED_TRUCE_BOARD_H
#define TRUCED_TRUCE_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "edge/codec.h"
#include "truce/client.h"
#include "truce/notice_line.h"
#include "truce/terminal.h"

/* A row: the last message of its episode. */
struct board_row {
	struct wire_message message; /* the board's own copy */
	bool acknowledged;
	struct episode_name episode;
	/* What is held back: it has no number. */
	int64_t held_since;
	uint64_t silence; /* that holds it; 0: it was sent */
};

/* All zero is an empty one. */
struct board {
	struct board_row *rows;
	size_t count;
	size_t room;
	size_t unacknowledged; /* of them; they come first */
	size_t held;	       /* rows after them, as they came */
	size_t unreadable;     /* messages that are none */
};

/* Takes those messages of one stream, the real one or the drills', that have a
 * topic with `prefix`; they are firing, each of another episode. -ENOMEM. */
int board_take(struct board *board, struct codec *codec,
	       const struct wire_message *messages, size_t count,
	       const char *prefix);
/* Takes what is held back, likewise, after all messages. -ENOMEM. */
int board_hold(struct board *board, struct codec *codec,
	       const struct held_reply *held, size_t count, const char *prefix);
/* Asks for all that fires and all that is held back, as often as it takes. The
 * codec is not the client's. -ENOMEM, and the errors of client_request. */
int board_ask(struct board *board, struct client *client, struct codec *codec,
	      const char *prefix, int64_t timeout_ms);
void board_done(struct board *board);

/* "3 firing, 1 not acknowledged." and the like, and a row for each. */
void board_print(const struct board *board, struct codec *codec,
		 const struct style *style, FILE *stream);

/* A row's message; of what is held back also "held_since_at" and "silence".
 * NULL: no memory. */
json_t *board_row_json(const struct board_row *row, struct codec *codec);

/* Rows first..first + count alone, with the names of the columns. */
void board_rows_print(const struct board *board, size_t first, size_t count,
		      struct codec *codec, const struct style *style,
		      FILE *stream);

/* One row, whose message this is, without a newline, broken where it does not
 * fit the terminal. Nothing is ever left out. */
void board_row_render(const struct board_row *row, const struct notice *notice,
		      const struct style *style,
		      char ret_row[static NOTICE_LINE_SIZE]);

#endif
