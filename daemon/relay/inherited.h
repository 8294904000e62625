/*
 * What an earlier stream showed as firing when it ended, by what it was about,
 * until the engines of the new one have said what still holds.
 */
#ifndef TRUCED_RELAY_INHERITED_H
#define TRUCED_RELAY_INHERITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "edge/codec.h"
#include "edge/journal.h"

struct inherited_episode {
	char episode[IDENTIFIER_SIZE];
	char last[IDENTIFIER_SIZE]; /* of its last message, which was: */
	char rule[NAME_SIZE];
	char *topic; /* one piece of memory with the payload */
	uint8_t *payload;
	size_t payload_size;
	bool ended; /* without a message: it needs none now */
	bool goes_on;
};

struct inherited_about;

/* All zero, there is none. */
struct inherited {
	struct inherited_episode *episodes; /* as they were added */
	size_t count;
	size_t capacity;
	struct inherited_about *about; /* what they are about */
	size_t about_count;
	size_t about_capacity;
	bool sorted;
};

/* An episode that fires, or has ended without a message, by its last one.
 * -ENOMEM; -EBADMSG: that is none. */
int inherited_add(struct inherited *inherited, struct codec *codec,
		  const struct journal_alert *last, bool ended);
/*
 * The episode that goes on in an alert that is CROSSED; it does so once. NULL:
 * none. It has the same topic (so the same agreement and rule), measure and
 * window, and the same labels; of a rule with window "event", in place of
 * labels, a report in common.
 */
const struct inherited_episode *inherited_take(struct inherited *inherited,
					       const char *topic,
					       const struct alert *crossed);
void inherited_done(struct inherited *inherited); /* there is none then */

#endif
