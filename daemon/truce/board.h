/*
 * The board: what is firing, a row for each episode, those that nobody has
 * acknowledged first, then the oldest first.
 */
#ifndef TRUCED_TRUCE_BOARD_H
#define TRUCED_TRUCE_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "edge/codec.h"
#include "truce/client.h"
#include "truce/notice_line.h"
#include "truce/terminal.h"

/* A row: the last message of its episode. */
struct board_row {
	struct wire_message message; /* the board's own copy */
	bool acknowledged;
	uint64_t episode; /* the seq of its first message */
};

/* All zero is an empty one. */
struct board {
	struct board_row *rows;
	size_t count;
	size_t room;
	size_t unacknowledged; /* of them; they come first */
	size_t unreadable;     /* messages that are none */
};

/* Takes those messages of one stream, the real one or the drills', that have a
 * topic with `prefix`; they are firing, each of another episode. -ENOMEM. */
int board_take(struct board *board, struct codec *codec,
	       const struct wire_message *messages, size_t count,
	       const char *prefix);
/* Asks for all that fires, as often as it takes. The codec is not the client's.
 * -ENOMEM, and the errors of client_request. */
int board_ask(struct board *board, struct client *client, struct codec *codec,
	      const char *prefix, int64_t timeout_ms);
void board_done(struct board *board);

/* "3 firing, 1 not acknowledged." and the like, and a row for each. */
void board_print(const struct board *board, struct codec *codec,
		 const struct style *style, FILE *stream);

/* Rows first..first + count alone, with the names of the columns. */
void board_rows_print(const struct board *board, size_t first, size_t count,
		      struct codec *codec, const struct style *style,
		      FILE *stream);

/* One row without a newline, broken where it does not fit the terminal. Nothing
 * is ever left out. */
void board_row_render(const struct notice *notice, const struct style *style,
		      char ret_row[static NOTICE_LINE_SIZE]);

#endif
