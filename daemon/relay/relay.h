/*
 * The relay: drain, decode, apply, commit, publish.
 *
 * One turn of the loop takes what has come in, makes one step of it, commits
 * the step with its alerts in one transaction, and only then publishes alerts
 * and sends receipts. While the disk is full the same transaction is tried
 * again and nothing more is taken in; requests are still answered, submitters
 * with BUSY.
 */
#ifndef TRUCED_RELAY_RELAY_H
#define TRUCED_RELAY_RELAY_H

#include <stdbool.h>

#include "edge/settings.h"
#include "relay/replay.h"

struct relay;

/*
 * Opens the journal, replays it, appends START (and CONFIG, if the settings are
 * others than before), binds the sockets. progress (or NULL) is told how the
 * replay goes on. 0, and the settings are the relay's; or a negative errno
 * after which log_line has said why.
 */
int relay_new(struct relay **ret_relay, struct settings *settings,
	      replay_progress *progress, void *context);
void relay_free(struct relay *relay); /* NULL is fine */

/* Before relay_free, when nothing has failed: writes a checkpoint, so that the
 * next start is a short one. */
void relay_rest(struct relay *relay);

/* Other settings from now on. 0, and they are the relay's. -EINVAL: they were
 * refused, nothing has changed, and log_line has said why. Any other error is
 * final. */
int relay_reload(struct relay *relay, struct settings *settings);

/* Waits for something to do, at most a second or until the next timer or until
 * wake_fd is readable, and does it. *ret_woken tells of wake_fd. An error is
 * final: what is durable is not known, or memory is out; the process must end.
 */
int relay_turn(struct relay *relay, int wake_fd, bool *ret_woken);

#endif
