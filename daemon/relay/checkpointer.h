/*
 * When a checkpoint is written, and by whom: by a forked child while the relay
 * goes on, and by the relay itself before it ends.
 */
#ifndef TRUCED_RELAY_CHECKPOINTER_H
#define TRUCED_RELAY_CHECKPOINTER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "edge/journal.h"
#include "relay/engines.h"

/* So much of the journal at most is replayed after a crash under an ordinary
 * load, some 250,000 reports; under a greater one checkpoints are not written
 * without a pause. */
enum { CHECKPOINT_BYTES = 32 * 1024 * 1024, CHECKPOINT_PAUSE_MS = 30 * 1000 };

/* All zero is one that writes none. */
struct checkpointer {
	char *directory;
	uint64_t config;    /* position of the CONFIG step in force */
	uint64_t journaled; /* bytes since the checkpoint that was begun last */
	uint64_t written;   /* position of the last one that is durable */
	uint64_t position;  /* of the one that the child writes */
	pid_t child;	    /* 0: there is none */
	int64_t not_before; /* monotonic */
};

/* For a journal in `directory` from now on. -ENOMEM. */
int checkpointer_init(struct checkpointer *checkpointer, const char *directory);

/* Told of each step that was made durable, with its alerts. */
void checkpointer_step(struct checkpointer *checkpointer,
		       const struct journal_step *step,
		       const struct journal_alert *alerts, size_t count);

/* Between two steps, when all that was applied is durable: begins a checkpoint
 * if one is due, sees whether one is ready. Never waits. */
void checkpointer_turn(struct checkpointer *checkpointer,
		       const struct journal *journal,
		       const struct engines *engines, int64_t monotonic);

/* The same for good: writes one, unless there is one of the last step. */
void checkpointer_finish(struct checkpointer *checkpointer,
			 const struct journal *journal,
			 const struct engines *engines);

/* Ends the child, if there is one. */
void checkpointer_done(struct checkpointer *checkpointer);

#endif
