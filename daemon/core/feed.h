/*
 * The numbers of a feed: which of them are missing.
 *
 * A feed numbers its reports from wherever it likes, one after the other. The
 * first number that is heard begins the count. A higher one than the next
 * leaves a gap, one in a gap fills it, and any lower one is the first of a new
 * run: the feed has started again, and what was missing of the old run is let
 * go, as nobody can tell its numbers from the new ones. A revision may have a
 * number of its own, or that of the report; so it never begins a run.
 */
#ifndef TRUCED_CORE_FEED_H
#define TRUCED_CORE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

/* Numbers first .. last, so many of which are missing: all, but where two gaps
 * had to be one. */
struct gap {
	uint64_t first;
	uint64_t last;
	uint64_t missing;
};

/* All zero until the first number. */
struct feed {
	uint64_t highest; /* heard in this run; 0: none yet */
	uint64_t missing; /* in all gaps */
	int64_t since;	  /* something is missing */
	uint32_t gaps_count;
	/* Ascending; one more while the two oldest become one. */
	struct gap gaps[FEED_GAPS_MAX + 1];
};

/* Hears a number above 0. True: what is missing has changed. */
bool feed_hear(struct feed *feed, uint64_t number, bool is_revision,
	       int64_t now);

#endif
