/*
 * What was sent, and what was held back, by what its rule counts by: so that
 * the test can tell that no kind of rule, no measure, label or match and no
 * correction of any of them was left out.
 */
#ifndef TRUCED_TESTS_MODEL_TOLD_H
#define TRUCED_TESTS_MODEL_TOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/command.h"
#include "core/rule.h"
#include "core/silence.h"

enum {
	TOLD_LABELS = FIELD_DEADLINE + 1,
	TOLD_MATCHES = 13, /* keys of `match`, as in struct match */
	TOLD_COMMANDS = COMMAND_DEADLINE_DUE + 1,
	TOLD_WINDOWS = WINDOW_NONE + 1,
	TOLD_STATES = ALERT_CANCELLED + 1,
	TOLD_PARTS = 2
};

/* How many messages there were; nothing but counts. */
struct model_told {
	uint64_t turns[RULE_KINDS][TOLD_WINDOWS][CAUSES][TOLD_STATES];
	uint64_t measures[MEASURES];
	uint64_t bases[4];
	uint64_t times[TIME_RECEIVED + 1];
	uint64_t labels[TOLD_LABELS];
	uint64_t matches[TOLD_MATCHES];
	uint64_t held[RULE_KINDS];
	uint64_t held_by[TOLD_LABELS]; /* what a silence asked for */
	uint64_t answers[TOLD_PARTS][TOLD_COMMANDS];
	uint64_t refusals[TOLD_PARTS][TOLD_COMMANDS];
};

void told_note(struct model_told *told, const struct rule *rule,
	       const struct alert *alert);
void told_note_held(struct model_told *told, const struct rule *rule,
		    const struct silence *silence);
void told_add(struct model_told *told, const struct model_told *other);

/* Prints it; false: something that there is was never seen. */
bool told_is_complete(const struct model_told *told);

#endif
