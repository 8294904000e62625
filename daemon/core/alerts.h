/*
 * The life of an episode: one run of an alert, from its first message to its
 * end, and what may still become of it after that.
 *
 * Here it is decided which message is due, if any, and what it changes in the
 * episode. What the sums are, and who hears of it, is the engine's.
 */
#ifndef TRUCED_CORE_ALERTS_H
#define TRUCED_CORE_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/arena.h"
#include "core/dictionary.h"
#include "core/rule.h"
#include "core/window.h"

enum episode_state { EPISODE_FREE, EPISODE_OPEN, EPISODE_ENDED };

/* What a message says of an episode: the rows of the table in alerts.c. */
enum turn {
	TURN_NONE,
	TURN_CROSSED,
	TURN_LEVEL_UP,
	TURN_LEVEL_DOWN,
	TURN_CERTAINTY,
	TURN_SILENCE_ENDED,
	TURN_ESCALATED,
	TURN_REMINDER,
	TURN_PROGRESS,
	TURN_CLEARED,
	TURN_CORRECTED, /* while open */
	TURN_REVISED,	/* after its end */
	TURN_SURER,	/* likewise: its certainty rose */
	TURN_CANCELLED,
	TURN_RULE_CHANGED,
	TURN_ACKNOWLEDGED,
	TURN_RETRACTED,
	TURNS
};

struct turn_meaning {
	enum cause cause;
	enum msg_type msg_type;
	enum alert_state state; /* after it */
};

const struct turn_meaning *turn_meaning(enum turn turn);

struct episode {
	uint64_t first_seq; /* 0: nothing of it was sent yet */
	uint64_t last_seq;
	int64_t began_at; /* when the first was sent */
	/* As last told, or held back. */
	int64_t last_message_at;
	int64_t onset_at;
	uint64_t last_four[4];
	uint64_t told; /* the sum that is the basis, as last sent */
	int64_t below_since[LEVELS_MAX]; /* TIME_UNSET: not below its clear */
	int64_t acknowledged_at;	 /* TIME_UNSET: it is not */
	int64_t acknowledged_until;	 /* TIME_NEVER: no time is set */
	int64_t unacknowledged_since;
	int64_t changed_at; /* the last change of level or certainty */
	/* Since when a silence holds back what it has to say; TIME_UNSET:
	 * all was said. */
	int64_t withheld_since;
	/* Its windows: those that end at first_end .. last_end (open: now). */
	int64_t first_end;
	int64_t last_end;
	/* One of its windows and what it holds as the reports stand now: as
	 * long as that alone upholds the highest level, the peak need not be
	 * known. */
	struct window witness;
	uint32_t group;
	/* Of the same state: open ones by their first message, ended ones by
	 * their end, free ones in any order. */
	uint32_t previous;
	uint32_t next;
	/* Ended ones of the same group, by their end. */
	uint32_t newer;
	uint32_t older;
	uint8_t state; /* enum episode_state */
	uint8_t held;  /* level, the last one held once ended */
	/* Level told and not corrected; while something is held back, the
	 * highest that would have been. */
	uint8_t highest;
	uint8_t announced; /* `highest` as last sent, plus 1; 0: nothing was */
	uint8_t certainty; /* enum certainty */
	uint8_t escalated; /* once an episode */
	uint8_t urgent;	   /* so, and nobody has acknowledged it since */
	/* Something changed that the witness's value is made of: what it
	 * is now is not known. */
	bool witness_changed;
	bool released; /* no silence holds it any longer: it is to be told */
	name_number acknowledged_by;
};

static_assert(sizeof(struct episode) <= 800, "at most 800 bytes an episode");

/* A new episode of a group, at the level that its value meets. */
void episode_begin(struct episode *episode, const struct rule *rule,
		   const struct window *window, int64_t now);

/* Whether the value reaches the lowest level. */
bool rule_is_met(const struct rule *rule, double value);

static inline double
rule_value(const struct rule *rule, const struct window *window)
{
	return window->values[rule->basis];
}

/* What is due now that the tested window is as it is, the first that applies;
 * the episode is then as after that message. Call again until TURN_NONE. No
 * reminder comes before remind_from: those that came due while nobody was there
 * to send them are one. */
enum turn episode_turn(struct episode *episode, const struct rule *rule,
		       const struct window *window, int64_t now,
		       int64_t remind_from);

/* Whether a silence may hold the turn back, which was taken already: not what
 * ends or corrects what was sent, nor what an officer does about it. */
bool episode_may_withhold(const struct episode *episode, enum turn turn);
/* A turn was held back, or sent: a message tells all that was held before. */
void episode_withhold(struct episode *episode, int64_t now);
void episode_announce(struct episode *episode);
static inline bool
episode_is_withheld(const struct episode *episode)
{
	return episode->withheld_since != TIME_UNSET;
}

/* From now on, for a time (0: until a level up or the end). */
void episode_acknowledge(struct episode *episode, name_number by, int64_t now,
			 int64_t for_ms);
static inline bool
episode_is_acknowledged(const struct episode *episode)
{
	return episode->acknowledged_at != TIME_UNSET;
}

/* Whether its witness no longer upholds the highest level announced. */
bool episode_is_doubtful(const struct episode *episode,
			 const struct rule *rule);

/* The same for its peak, after a correction: CORRECTED, REVISED or CANCELLED if
 * it no longer meets the highest level, else NONE. The peak is the witness
 * from now on. */
enum turn episode_correct(struct episode *episode, const struct rule *rule,
			  const struct window *peak, int64_t now);

/* How sure an event is after the episode's end: REVISED if less than told,
 * SURER if more, else NONE. */
enum turn episode_reassess(struct episode *episode, const struct rule *rule,
			   const struct window *window);

/* When it escalates, and when it reminds, while nothing else changes; or
 * TIME_NEVER. */
int64_t episode_escalates_at(const struct episode *episode,
			     const struct rule *rule);
int64_t episode_reminds_at(const struct episode *episode,
			   const struct rule *rule, int64_t remind_from);

/* When time alone may bring a message, the window's changes aside. */
int64_t episode_due(const struct episode *episode, const struct rule *rule,
		    const struct window *window, int64_t remind_from);

/* Whether the value, now and for keep_firing, was below all levels; below_since
 * is kept for the caller, TIME_UNSET at first. */
bool rule_is_left(const struct rule *rule, double value, int64_t now,
		  int64_t *below_since);
/* The highest level that is met, or -1. */
int rule_level_met(const struct rule *rule, double value);

/* What the message says: severity, certainty, urgency, threshold. */
void episode_tell(const struct episode *episode, const struct rule *rule,
		  enum turn turn, struct alert *alert);

#endif
