/*
 * A step's alerts, copied out of a journal, to be altered or put in another.
 */
#ifndef TRUCED_TESTS_KEPT_H
#define TRUCED_TESTS_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "edge/journal.h"

enum { KEPT_MAX = 1000 };

struct kept {
	struct journal_alert alerts[KEPT_MAX];
	size_t count;
};

/* A journal_visit_alert of a struct kept. */
int kept_add(void *context, uint64_t position,
	     const struct journal_alert *alert);
/* Lets the last one go, or all of them. */
void kept_drop(struct kept *kept);
void kept_empty(struct kept *kept);

#endif
