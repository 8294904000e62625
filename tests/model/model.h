/*
 * The naive model: what the engine must do, said again in the plainest way.
 *
 * It has the engine's interface and reads the same documents, but shares no
 * code with it. It keeps every standing report in one growing array, makes
 * every event and every contribution anew from all of them after each report,
 * and sums every window by going through all contributions. There are no
 * rings, no caches, no hash tables and no heap: slow, but easy to believe.
 */
#ifndef TRUCED_TESTS_MODEL_H
#define TRUCED_TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine.h"

struct model;
struct model_told;

/* As engine_new: -ENOSPC when rules without group_by do not fit. */
int model_new(struct model **ret_model,
	      const struct configuration *configuration, enum engine_part part);
void model_free(struct model *model);

/* As engine_prepare. */
int model_prepare(struct model *model,
		  const struct configuration *configuration,
		  enum pool_kind *ret_full);

/* Applies the whole step at once; model_next then hands out its alerts. */
void model_begin(struct model *model, const struct step *step);
bool model_next(struct model *model, struct alert *ret_alert);

int64_t model_now(const struct model *model);
int64_t model_due(const struct model *model);
uint64_t model_seq(const struct model *model);
void model_pools(const struct model *model, struct pool_use ret_use[POOLS]);
void model_rule_use(const struct model *model, size_t rule,
		    struct rule_use *ret_use);
bool model_sums(const struct model *model, size_t rule, const char *agreement,
		const char *const *values, struct sums *ret_sums);
bool model_open(const struct model *model, uint32_t *iterator,
		uint64_t *ret_seq);
bool model_held(const struct model *model, uint32_t *iterator,
		struct held_use *ret_use);
/* As engine_silences. */
const struct silence *model_silences_of(const struct model *model,
					size_t *ret_count);

/* The groups in order of creation, to ask the engine for each. False: no such
 * group. The values stay the model's. */
bool model_group(const struct model *model, size_t group, size_t *ret_rule,
		 const char **ret_agreement,
		 const char *ret_values[GROUP_BY_MAX]);

/* What happened inside that no alert tells, for the test's coverage. */
struct model_seen {
	uint64_t timers;	/* evaluations by a timer */
	uint64_t pending_ended; /* a `for` that was not kept */
	uint64_t groups_refused;
	uint64_t buckets_refused;
	uint64_t forgotten; /* ended episodes, for a new one */
	uint64_t capped;    /* assessments above what the source may say */
	uint64_t upper_only;
	uint64_t too_late;
	uint64_t reinstated;	    /* a revision after a withdrawal */
	uint64_t merged;	    /* events of several reports */
	uint64_t set_back;	    /* the clock */
	uint64_t untested;	    /* evaluations of what is not tested yet */
	uint64_t counters_anew;	    /* tallies with another since_at */
	uint64_t totals_lowered;    /* tallies that a later one corrects */
	uint64_t tallies_ungrouped; /* for want of room */
	uint64_t tallies_by_time;   /* alerts that a timer brought */
	uint64_t found;		    /* reports that findings are about */
	uint64_t found_often;	    /* several of them */
	uint64_t found_event;	    /* another than their own */
	uint64_t found_party;
	uint64_t found_surer;
	uint64_t found_less_sure;
	uint64_t found_attributed;
	uint64_t found_denied;
	uint64_t found_corrected;      /* alerts */
	uint64_t moved_corrected;      /* by another event for a report */
	uint64_t events_unheard;       /* of who may only deny */
	uint64_t events_heard;	       /* once their word counted */
	uint64_t events_unheard_still; /* for want of room */
	uint64_t reloaded;
	uint64_t reload_refused;
	uint64_t kept;	      /* groups, at a reload */
	uint64_t summed_anew; /* likewise */
	uint64_t crossed_anew;
	uint64_t reports_dropped; /* with their agreement */
	uint64_t events_ended;	  /* with window "event", without a word */
	uint64_t events_reopened; /* by a level up after the end */
	uint64_t events_surer;	  /* after the end */
	uint64_t events_less_sure;
	uint64_t events_refused; /* for want of room */
	uint64_t marks_quiet;	 /* told already, or retracted */
	uint64_t marks_exceeded;
	uint64_t marks_left;	 /* after a retraction */
	uint64_t not_open;	 /* what a command was about */
	uint64_t hands_expired;	 /* acknowledgements whose time was over */
	uint64_t hands_exceeded; /* or that a level up ended */
	uint64_t quiet_left;	 /* after a retraction, until it was left */
	uint64_t quiet_exceeded;
	uint64_t reminders_joined; /* at a start */
	uint64_t watches_paused;   /* starts and steps of the clock */
	uint64_t numbers_skipped;
	uint64_t numbers_late;	  /* they filled a gap */
	uint64_t gaps_joined;	  /* there were too many to tell apart */
	uint64_t numbers_blurred; /* late, in one of those */
	uint64_t numbers_again;
	uint64_t feeds_restarted;
	uint64_t deadlines_met;
	uint64_t deadlines_unmet;
	uint64_t deadlines_moved;
	uint64_t deadlines_unknown;
	uint64_t held;		   /* messages */
	uint64_t held_corrections; /* of levels that were held themselves */
	uint64_t unsent_ended;	   /* episodes of which nobody heard */
	uint64_t silences_over;	   /* by their time */
	uint64_t silences_lifted;  /* by an officer */
	uint64_t silences_renewed;
	uint64_t silences_refused; /* over already, or there is none to lift */
};

const struct model_seen *model_seen(const struct model *model);
const struct model_told *model_told(const struct model *model);

#endif
