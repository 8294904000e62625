/*
 * A backtest as pictures: an SVG for each rule that counts events.
 *
 * A picture has a panel for each group that has the most to say: its four sums
 * over time, one within the other, the levels, the runs of its alerts and what
 * was said. Where levels are not of sums (a spike's statistic, a gap in
 * percent), what they are of has a plain of its own below the sums. plot.c
 * finds out what to show, plot_draw.c draws it.
 */
#ifndef TRUCED_TRUCE_PLOT_H
#define TRUCED_TRUCE_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "relay/recording.h"
#include "truce/options.h"
#include "truce/run.h"

/* Of those that have said nothing fewer are drawn. */
enum { PANELS_MAX = 6, PANELS_QUIET = 3 };

/* What a group added up to from then on. */
struct plot_sample {
	int64_t at;
	double sums[4]; /* index: enum basis */
	double tested;	/* what levels are held against */
};

struct plot_panel {
	char *subject;		     /* see subject_write */
	char *title;		     /* "minsk-2, dpr" */
	struct plot_sample *samples; /* where they changed; none: no window */
	size_t samples_count;
	size_t samples_capacity;
	double peak;	    /* the greatest basis sum */
	double tested_peak; /* the most that was held against levels */
	const struct told **alerts;
	size_t alerts_count;
};

struct plot {
	const struct rule *rule;
	int64_t from; /* what the time axis covers; as `to`: there is none */
	int64_t to;
	struct plot_panel *panels; /* the first ones are drawn */
	size_t panels_count;
	size_t drawn;
	size_t panels_left; /* that would have something to show, too */
	size_t alerts_left; /* theirs */
};

/* Draws those rules of a run into `directory`, which is made if need be. Prints
 * what it wrote, or why it could not. EXIT_DONE or EXIT_FAILED. */
int plot_write(const struct options *options, const char *directory,
	       const struct run *run, const struct recording *recording,
	       bool drill);

/* Whether levels are of something else than the sums. */
bool plot_has_tested(const struct rule *rule);

void plot_draw(const struct plot *plot, FILE *stream);

#endif
