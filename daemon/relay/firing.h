/*
 * What the alert log of a stream shows as firing: of each episode that has not
 * ended its last message, whatever engine told it.
 */
#ifndef TRUCED_RELAY_FIRING_H
#define TRUCED_RELAY_FIRING_H

#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"
#include "edge/journal.h"

struct firing_episode {
	uint64_t first_seq;
	uint64_t last_seq;
};

/* All zero, none is; ascending by first_seq. */
struct firing {
	struct firing_episode *episodes;
	size_t count;
	size_t capacity;
};

/* Takes the stream's next alert. -ENOMEM. */
int firing_note(struct firing *firing, struct codec *codec,
		const struct journal_alert *alert);
void firing_forget(struct firing *firing); /* all of them */
void firing_done(struct firing *firing);

#endif
