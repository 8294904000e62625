/*
 * A checkpoint: a file with what the engines knew after one step, so that a
 * start need not replay what came before it.
 *
 * `checkpoint` in the state directory: a head (which step of which journal,
 * versions, sizes), the parts of the engines' memory that are not zero, and a
 * table of them. All of it is under hashes; the head is written last, the file
 * under another name and renamed when it is durable. It is this machine's and
 * this build's: whatever else is found there is refused, and nothing is lost by
 * that but time.
 */
#ifndef TRUCED_RELAY_CHECKPOINT_H
#define TRUCED_RELAY_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "edge/journal.h"
#include "edge/settings.h"
#include "relay/engines.h"

#define CHECKPOINT_NAME "checkpoint"

/* Where the engines stand in the journal. */
struct checkpoint_place {
	uint64_t position;		 /* of the last step that was applied */
	uint8_t hash[JOURNAL_HASH_SIZE]; /* its */
	uint64_t config; /* position of the CONFIG step in force */
};

/*
 * Writes one in `directory`, in place of an earlier one, and returns when it is
 * durable. 0; -ENOSPC: the disk has not twice the room for it; other errno as
 * met: an earlier one is then left alone. Calls only what a forked child of a
 * process with threads may call; takes no memory but mmap's.
 */
int checkpoint_write(const char *directory,
		     const struct checkpoint_place *place,
		     const struct engines *engines, uint64_t *ret_bytes);

/* What a checkpoint gives. The engines refer to the settings. */
struct checkpoint {
	struct checkpoint_place place;
	struct start start;
	struct engines *engines;
	struct settings *settings; /* with the limits that are in force */
};

enum { CHECKPOINT_REASON_SIZE = 256 };

/* Reads the one in `directory`, if it belongs to the journal. 0, and what it
 * gives is the caller's. -ENOENT: there is none. Any other error: it is
 * refused, and ret_reason says why. */
int checkpoint_read(struct checkpoint *ret_checkpoint, const char *directory,
		    struct journal *journal,
		    char ret_reason[static CHECKPOINT_REASON_SIZE]);

#endif
