/*
 * The silences of the model: a list, gone through each time.
 */
#ifndef TRUCED_TESTS_MODEL_SILENCE_H
#define TRUCED_TESTS_MODEL_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"

/* The active ones, by their numbers. All zero: there never was one. */
struct model_silences {
	struct silence all[SILENCES_MAX];
	size_t count;
	uint64_t numbered;
};

/* What answers the command: its number, or 0. */
uint64_t model_silence(struct model_silences *silences,
		       const struct command *command, int64_t now);
uint64_t model_unsilence(struct model_silences *silences, uint64_t number);

/* When the next one ends, or TIME_NEVER; those that end by then. */
int64_t model_silences_due(const struct model_silences *silences);
void model_silences_end(struct model_silences *silences, int64_t now);

/* The number of the first that holds the alert back; 0: none does. */
uint64_t model_silences_holding(const struct model_silences *silences,
				const struct alert *alert);

/* The clock was set back: what was asked for in what lies ahead is so now. */
void model_silences_take_back(struct model_silences *silences, int64_t now);

#endif
