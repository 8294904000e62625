/*
 * What happened in a shift: its messages, by the alerts that they are about.
 */
#ifndef TRUCED_TRUCE_SHIFT_H
#define TRUCED_TRUCE_SHIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "edge/codec.h"
#include "truce/notice_line.h"
#include "truce/terminal.h"

/* What became of an alert in the shift, the first that applies. */
enum shift_fate {
	SHIFT_CANCELLED, /* taken back, by a correction or an officer */
	SHIFT_ENDED,
	SHIFT_NEW, /* and still open */
	SHIFT_CHANGED,
	SHIFT_FATES
};

struct shift_episode {
	struct episode_name name; /* it may have begun before */
	enum shift_fate fate;
	bool began; /* in this shift */
	uint64_t messages;
	struct wire_message last; /* the shift's own copy */
};

struct shift {
	struct shift_episode *episodes; /* ascending by name */
	size_t count;
	size_t room;
	size_t by_fate[SHIFT_FATES];
	uint64_t messages;
	uint64_t first_seq; /* 0: there was none */
	uint64_t last_seq;
};

void shift_init(struct shift *shift);
void shift_done(struct shift *shift);

/* Takes the stream's next message. -ENOMEM; -EPROTO: it is no Alert. */
int shift_take(struct shift *shift, struct codec *codec,
	       const struct wire_message *message);

/* "cancelled", "ended", "new", "changed". */
const char *shift_fate_name(enum shift_fate fate);

/* The alerts of each fate with their last message, a line each. */
void shift_print(const struct shift *shift, struct codec *codec,
		 const struct style *style, FILE *stream);

#endif
