/*
 * A playback: a recording through the engines, as fast as they go.
 *
 * The codec, the admission and the engines are the daemon's, so that verdicts
 * and alerts are those that it gives; nothing is kept, and nothing is sent.
 */
#ifndef TRUCED_RELAY_PLAYBACK_H
#define TRUCED_RELAY_PLAYBACK_H

#include <stdint.h>

#include "edge/settings.h"
#include "relay/engines.h"
#include "relay/recording.h"

struct playback;

/*
 * By a configuration, which must outlive it; its clock is changed to the one
 * that is gone by: the wall's, as the journal's steps tell it, if the
 * configuration wants that and the recording is a journal; else the records'.
 * -ENOMEM; -ENOSPC: the rules do not fit the limits.
 */
int playback_new(struct playback **ret_playback, struct settings *settings,
		 const struct recording *recording);
void playback_free(struct playback *playback); /* NULL is fine */

/* Plays one more. *ret_receipt is the report's; VERDICT_NONE of what is none,
 * but REJECTED of a command that found no such alert firing, which is counted.
 * Alerts last until the next call. -ENOMEM is final. */
int playback_item(struct playback *playback, const struct recorded *item,
		  struct receipt *ret_receipt, struct outbox *ret_outbox);

/* On to a time after the last report; timers fire at their own. */
int playback_until(struct playback *playback, int64_t until_ms,
		   struct outbox *ret_outbox);

const struct engines *playback_engines(const struct playback *playback);
/* Commands that found no alert of theirs. */
uint64_t playback_commands_left(const struct playback *playback);

#endif
