/*
 * A recording played under a configuration, and what came of it.
 */
#ifndef TRUCED_TRUCE_RUN_H
#define TRUCED_TRUCE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"
#include "relay/playback.h"
#include "truce/outcome.h"

/* An alert that was told. */
struct told {
	char *topic;
	uint8_t *payload;
	size_t payload_size;
	char *subject; /* whom it is about: see subject_write */
	char rule[NAME_SIZE];
	uint64_t seq;
	uint64_t episode; /* seq of its first message */
	int64_t sent_at;
	enum cause cause;
	enum msg_type msg_type;
	enum alert_state state;
	enum severity severity;
	enum certainty certainty;
	bool drill;
	double sums[4];
	double threshold;
};

struct run {
	struct settings *settings;
	const char *file; /* of the configuration */
	struct told *alerts;
	size_t count;
	size_t capacity;
	struct outcome outcome;
	uint64_t commands_left; /* see playback_commands_left */
	int64_t until;		/* how far time has come */
};

/* Told how each item went: a report that was refused, for instance. */
typedef void (*run_heard)(void *context, const struct recorded *item,
			  const struct receipt *receipt);

/* Loads a configuration; every error is printed after the name of the command.
 * False: it is not good. */
bool run_init(struct run *run, const char *command, const char *file);
void run_done(struct run *run);

/* Plays all of it, and on to `until` (TIME_UNSET: no further). heard may be
 * NULL. -ENOMEM; -ENOSPC: the rules do not fit the limits. */
int run_play(struct run *run, const struct recording *recording, int64_t until,
	     run_heard heard, void *context);

/* The alert as it is read again; lasts until the codec's next call. */
void told_notice(const struct told *told, struct codec *codec,
		 struct notice *ret_notice);

#endif
