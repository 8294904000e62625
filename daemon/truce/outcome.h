/*
 * What became of the reports that were published, added up and told.
 */
#ifndef TRUCED_TRUCE_OUTCOME_H
#define TRUCED_TRUCE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "edge/codec.h"

struct outcome {
	uint64_t verdicts[VERDICTS];
	uint64_t reasons[REASONS];
	uint64_t waiting; /* for a verdict */
	uint64_t settled; /* all verdicts */
	uint64_t sent;	  /* to the intake, where nobody says */
	uint64_t bad;	  /* no report could be made of it */
	uint64_t skipped; /* by the mapping */
	bool dry_run;	  /* the verdicts are those that there would be */
};

void outcome_receipt(struct outcome *outcome, const struct receipt *receipt);

/* No row was bad, no report REJECTED. */
bool outcome_is_good(const struct outcome *outcome);

/* The sums, for people or as one JSON object. */
void outcome_print(const struct outcome *outcome, const char *name, bool json,
		   FILE *stream);

/* What is wrong with single reports, on standard error: the first ones, and
 * that there are more, which are in the sums. */
struct problems {
	const char *command;
	uint64_t told;
};

void problem_tell(struct problems *problems, const char *message);

/* Why a report was refused: "FILE:7: rejected, bad_count: ..."; line 0: there
 * is none. What a stranger wrote is not yet escaped. */
enum { REJECTION_SIZE = 1024 };
void rejection_render(const struct receipt *receipt, const char *name,
		      size_t line, char ret_message[static REJECTION_SIZE]);

/* One receipt, with the line of `name` it is for (0: none). */
void receipt_print(const struct receipt_reply *receipt, const char *name,
		   size_t line, bool json, FILE *stream);

#endif
