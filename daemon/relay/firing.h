/*
 * What the alert log of a stream shows as firing: of each episode that has not
 * ended its last message, whatever engine told it. And those that have ended
 * without a message, as an event's do, which shows if they are corrected.
 */
#ifndef TRUCED_RELAY_FIRING_H
#define TRUCED_RELAY_FIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"
#include "edge/journal.h"
#include "relay/origins.h"

struct firing_episode {
	uint64_t first_seq; /* in this stream */
	uint64_t last_seq;
	bool ended; /* without a message, and was corrected since */
};

/* All zero, none is; ascending by first_seq. */
struct firing {
	struct firing_episode *episodes;
	size_t count;
	size_t capacity;
	struct origins origins; /* of those that began in an earlier one */
};

/* Takes the stream's next alert. -ENOMEM. */
int firing_note(struct firing *firing, struct codec *codec,
		const struct journal_alert *alert);
void firing_forget(struct firing *firing); /* all of them */
void firing_done(struct firing *firing);

#endif
