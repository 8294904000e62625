/*
 * How long nothing was heard of somebody of whom something is expected.
 *
 * Silence counts in a rule's active hours, and only while truced ran: what was
 * counted before it stopped is kept, and goes on from its next start.
 */
#ifndef TRUCED_CORE_ABSENCE_H
#define TRUCED_CORE_ABSENCE_H

#include <stdint.h>

#include "core/rule.h"

struct absence {
	int64_t since;	    /* last heard then, or expected from then on */
	int64_t counted_ms; /* of what was before `from` */
	int64_t from;	    /* what comes after it is to be counted */
};

void absence_begin(struct absence *absence, int64_t now);
/* What is between two times does not count. The second may be earlier, if the
 * clock was set back. */
void absence_pause(struct absence *absence, const struct active *active,
		   int64_t until, int64_t now);

int64_t absence_ms(const struct absence *absence, const struct active *active,
		   int64_t now);
/* The first time at which it has lasted so long (more than 0). */
int64_t absence_due(const struct absence *absence, const struct active *active,
		    int64_t lasted_ms);

#endif
