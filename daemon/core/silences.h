/*
 * The silences that are active: each until its time or an officer's word ends
 * it; then it is forgotten.
 */
#ifndef TRUCED_CORE_SILENCES_H
#define TRUCED_CORE_SILENCES_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/command.h"
#include "core/silence.h"

struct silences {
	struct span silences; /* struct silence, ascending in number */
	uint32_t count;
	uint64_t numbered; /* that were ever made */
	int64_t due;	   /* the first until_at, if there is one */
};

size_t silences_bytes(void);
void silences_init(struct silences *silences, struct arena *arena);

static inline struct silence *
silences_at(const struct silences *silences, uint32_t index)
{
	return (struct silence *)span_data(&silences->silences) + index;
}

/* When the first of them ends; or TIME_NEVER. */
static inline int64_t
silences_due(const struct silences *silences)
{
	return silences->count ? silences->due : TIME_NEVER;
}

/* Makes the silence that a command asks for, from now on. One with the same
 * matchers and severity goes on as the new one, under its number. Gives the
 * number; 0: there are SILENCES_MAX, or it would be over already. */
uint64_t silences_put(struct silences *silences, const struct command *command,
		      int64_t now);
/* NULL: none of that number is active. */
struct silence *silences_find(const struct silences *silences, uint64_t number);
/* Ends one that is active. */
void silences_end(struct silences *silences, struct silence *silence);
/* Ends those whose time has come. */
void silences_end_due(struct silences *silences, int64_t now);
/* The first that holds back an alert with this rule, agreement, labels and
 * severity; NULL: none does. */
const struct silence *silences_holding(const struct silences *silences,
				       const struct alert *alert);
/* Time was set back to now: one that was asked for in what lies ahead, or
 * again, is so now, and lasts as long from then on. */
void silences_take_back(struct silences *silences, int64_t now);
void silences_copy(struct silences *silences, const struct silences *from);

#endif
