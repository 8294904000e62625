/*
 * A recording: what came in, in the order of its time, to be played through
 * engines again.
 *
 * A report's own time is its reported_at, else its occurred_at. What a journal
 * adds has the time of its step as well, which the wall clock told.
 */
#ifndef TRUCED_RELAY_RECORDING_H
#define TRUCED_RELAY_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/engine.h"
#include "edge/codec.h"
#include "edge/journal.h"
#include "edge/wire.h"
#include "relay/engines.h"

/* Whom an officer's command is about, whatever its number is where it is played
 * again: an episode's part, rule, agreement and labels, by name, as one text.
 */
enum { SUBJECT_SIZE = 1024 };

void subject_write(const struct notice *notice,
		   char ret_subject[static SUBJECT_SIZE]);

struct recorded_command {
	struct command command;
	enum engine_part part;
	char subject[SUBJECT_SIZE];
	int64_t began_ms; /* when the episode's first message was sent */
};

/* One report, one command, a start, or (TICK) no more than a time. */
struct recorded {
	enum step_kind kind; /* REPORTS, COMMAND, START, CLOCK or TICK */
	int64_t own_ms;	     /* never before that of what came before it in its
			      * file; TIME_UNSET: nothing was dated yet */
	int64_t step_ms;     /* of a journal's step */
	int64_t ran_until;   /* START: the time of the step before it */
	int64_t clock_ms;    /* CLOCK: how far the wall clock was set */
	struct wire_message message;	      /* of a report */
	const struct recorded_command *about; /* of a command */
	const char *file;
	size_t line; /* 0: it has none */
};

struct recording {
	struct recorded *items;
	size_t count;
	size_t capacity;
	uint64_t reports;
	struct codec *codec;
	bool has_files;	    /* reports that no journal holds */
	uint64_t journals;  /* how many */
	struct start start; /* of the last journal */
};

int recording_init(struct recording *recording); /* -ENOMEM */
void recording_done(struct recording *recording);

/* A report's own time; TIME_UNSET: it has none, or is no report. */
int64_t report_own_time(struct codec *codec,
			const struct wire_message *message);

/* A report that a file holds; the message is copied, `file` is not. -ENOMEM. */
int recording_add(struct recording *recording,
		  const struct wire_message *message, const char *file,
		  size_t line);

/* What an officer says in a file, once time has come to then; a copy is kept.
 * -ENOMEM. */
int recording_add_command(struct recording *recording,
			  const struct recorded_command *said, int64_t at_ms,
			  const char *file, size_t line);

enum { RECORDING_ERROR_SIZE = 1280 };

/* All that a stopped truced's journal holds. 0; -EBUSY: a truced runs on it;
 * -EBADMSG and others as met: ret_error says it. `file`, the name that it goes
 * by, is not copied. */
int recording_add_journal(struct recording *recording, const char *directory,
			  const char *file,
			  char ret_error[static RECORDING_ERROR_SIZE]);

/* By own time; what is equal stays in the order in which it was added. */
int recording_sort(struct recording *recording); /* -ENOMEM */

/* The journal is all there is: its wall clock can be followed. */
bool recording_is_a_journal(const struct recording *recording);

#endif
