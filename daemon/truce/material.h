/*
 * Files of reports, read as a recording: CSV, JSON Lines, a journal.
 */
#ifndef TRUCED_TRUCE_MATERIAL_H
#define TRUCED_TRUCE_MATERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/recording.h"
#include "truce/mapping.h"
#include "truce/records.h"

struct material {
	struct recording recording;
	struct mapping *mapping; /* of CSV files, or NULL */
	enum report_type type;	 /* of JSON Lines */
	uint64_t bad;		 /* rows of which no report could be made */
	uint64_t skipped;	 /* by the mapping */
	void (*complain)(void *context, const char *message);
	void *context;
};

/* All but the recording is the caller's to fill in. -ENOMEM. */
int material_init(struct material *material);
void material_done(struct material *material);

/* Adds a file, or a state directory (or the journal.db in it) of a truced that
 * has stopped; "-" is standard input. `name` must outlive the material. False:
 * it cannot be read, or is CSV without a mapping; ret_error says it. What is
 * wrong with single rows is complained of, and the others are taken. */
bool material_add(struct material *material, const char *name,
		  char ret_error[static RECORDING_ERROR_SIZE]);

#endif
