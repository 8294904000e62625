/*
 * Replay: from the journal's steps to the engines as they were.
 *
 * The same for a start, an audit and a test: every step is applied again,
 * every alert regenerated and compared with what was kept, to the byte. But for
 * steps of another engine version, which would give others: their reports are
 * summed anew.
 */
#ifndef TRUCED_RELAY_REPLAY_H
#define TRUCED_RELAY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/codec.h"
#include "edge/journal.h"
#include "edge/settings.h"
#include "relay/engines.h"

struct replay {
	struct engines *engines;   /* NULL: no CONFIG step yet, or `anew` */
	struct settings *settings; /* of the CONFIG step in force, or NULL */
	/* What is there was counted by another engine version: replay_anew. */
	bool anew;
	/* Today's configuration without its rules, which engines that sum anew
	 * count by until their CONFIG step is applied. */
	struct configuration silent;
	struct start start;  /* of the last START step */
	uint64_t position;   /* of the last step applied */
	int64_t time_ms;     /* likewise */
	uint64_t config;     /* of the CONFIG step in force, 0: none */
	uint64_t checkpoint; /* of the one it began from, 0: none */
	uint64_t reports;    /* and the next two: of the steps applied */
	uint64_t alerts;
	uint64_t bytes;	   /* of their bodies */
	uint64_t left_out; /* reports that were taken, and now are not */
	char refused[256]; /* why a checkpoint was not used, or "" */
	char error[256];   /* what does not follow, and where */
};

/* Told after each step how many reports it has been so far: whoever waits for
 * a long replay can see that it goes on. */
typedef void replay_progress(void *context, uint64_t reports);

/* Applies all steps of the journal. progress may be NULL. 0; -EBADMSG: what is
 * kept and what the steps give differ, or a step cannot be read; other errno
 * as met. The result is the caller's in any case. */
int replay_run(struct replay *ret_replay, struct journal *journal,
	       replay_progress *progress, void *context);

/* The same from the checkpoint in `directory`, if there is a good one that
 * leads to what the journal holds; else from the start. */
int replay_resume(struct replay *ret_replay, struct journal *journal,
		  const char *directory, replay_progress *progress,
		  void *context);

/*
 * Makes engines with a new START from what another engine version counted: all
 * reports before the step `until` are summed, silently, with what officers said
 * of deadlines; of all else that they said nothing is kept. What is then to be
 * told waits for the CONFIG step, which must be the next one applied, with this
 * configuration: each group at a level is CROSSED, or goes on, if the alert log
 * of the last stream shows it as firing; what else that shows as firing ends.
 * Errors: as replay_run, and -ENOSPC: the limits have no room for what stands.
 */
int replay_anew(struct replay *replay, struct journal *journal, uint64_t until,
		const struct configuration *configuration,
		const struct start *start, replay_progress *progress,
		void *context);
void replay_done(struct replay *replay);

#endif
