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
 * Opens the journal, replays it, appends START (and CONFIG), binds the sockets.
 * progress (or NULL) is told how the replay goes on. 0; or a negative errno
 * after which log_line has said why. The settings must outlive it.
 */
int relay_new(struct relay **ret_relay, const struct settings *settings,
	      replay_progress *progress, void *context);
void relay_free(struct relay *relay); /* NULL is fine */

/* Waits for something to do, at most a second or until the next timer or until
 * wake_fd is readable, and does it. *ret_woken tells of wake_fd. An error is
 * final: what is durable is not known, or memory is out; the process must end.
 */
int relay_turn(struct relay *relay, int wake_fd, bool *ret_woken);

#endif
