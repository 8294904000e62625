/*
 * Groups: a rule's counts, apart by agreement and by its group_by values, each
 * with its ring and its place in the order of timers.
 *
 * A group is made when something first counts in it and then stays. Number 0 is
 * no group.
 *
 * With window "event" each event is by itself. It has state only while there is
 * an episode of it: a group that is taken for it and released again, with a
 * number above all others and no buckets.
 */
#ifndef TRUCED_CORE_GROUPS_H
#define TRUCED_CORE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/rules.h"
#include "core/window.h"

struct group {
	struct ring ring;
	struct group_key key;
	uint16_t agreement;
	uint32_t rule;
	uint32_t next;	       /* in its hash chain */
	uint32_t open;	       /* its open episode, 0: none */
	uint32_t newest_ended; /* its ended episodes, 0: none */
	uint32_t timer;	       /* slot in the heap, 0: none */
	int64_t due;	       /* of the timer */
	int64_t pending_since; /* value >= the lowest `at`; or TIME_UNSET */
	/* After a retraction: the level that must be exceeded, or all left. */
	int64_t left_since; /* below the lowest `clear`; or TIME_UNSET */
	uint32_t retracted; /* the level plus 1; 0: none was retracted */
	uint64_t begun;	    /* which of all episodes its latest was; 0: none */
};

struct groups {
	struct span groups; /* struct group */
	struct span table;  /* uint32_t, first of a chain */
	struct span heap;   /* uint32_t, groups by due time, from slot 1 */
	uint32_t table_size;
	uint32_t used;
	uint32_t timers;
	uint32_t limit;
	uint32_t events_used;  /* that were ever taken for events */
	uint32_t events_free;  /* first of those released, by `next` */
	uint32_t events_open;  /* with an open episode */
	uint32_t events_limit; /* 0: no rule has the window "event" */
	uint64_t begun;	       /* episodes that ever were */
	uint8_t key[16];
	struct bucket_pool buckets;
};

/* Events whose episodes are about to begin: a finding changes as many events as
 * two times its reports, before and after a revision. */
enum { EVENTS_PENDING_MAX = 4 * EVENT_REPORTS_MAX };

/* `events`: as many as there may be episodes of, 0: none. */
size_t groups_bytes(uint32_t limit, uint32_t events);
void groups_init(struct groups *groups, struct arena *arena, uint32_t limit,
		 uint32_t events, uint32_t buckets,
		 const uint8_t key[static 16]);

static inline struct group *
groups_at(const struct groups *groups, uint32_t number)
{
	return (struct group *)span_data(&groups->groups) + number;
}

static inline bool
groups_is_event(const struct groups *groups, uint32_t number)
{
	return number > groups->limit;
}

/* Whether one more episode may open: each group may have one at any time. */
static inline bool
groups_has_room(const struct groups *groups)
{
	return groups->events_limit == 0 ||
	       groups->used + groups->events_open < groups->events_limit;
}

/* Of a rule's group in an agreement; keyed. */
uint64_t group_hash(const uint8_t key[static 16], uint32_t rule,
		    uint16_t agreement, const struct group_key *group);

/* 0: there is none. */
uint32_t groups_find(const struct groups *groups, uint32_t rule,
		     uint16_t agreement, const struct group_key *key);
/* Finds or makes it. 0: no room for it or for its ring. */
uint32_t groups_take(struct groups *groups, uint32_t rule, uint16_t agreement,
		     const struct group_key *key,
		     const struct window_shape *shape, int64_t now_index);

/* For an event that has none. 0: no room for it. */
uint32_t groups_take_event(struct groups *groups, uint32_t rule,
			   uint16_t agreement, const struct group_key *key);
/* An event's, which has neither an episode nor a timer. */
void groups_release_event(struct groups *groups, uint32_t number);

/* By the labels' values bytewise, in group_by order. < 0, 0, > 0. */
int groups_compare_labels(const struct groups *groups,
			  const struct rules *rules, uint32_t left,
			  uint32_t right);

/* By rule, then agreement and labels bytewise, then as their episodes began. */
int groups_compare(const struct groups *groups, const struct rules *rules,
		   uint32_t left, uint32_t right);

/* Timers: one a group, ordered by due time, then rule, agreement, labels. */
void timers_set(struct groups *groups, const struct rules *rules,
		uint32_t group, int64_t due); /* TIME_NEVER: none */
/* 0: there is none. */
uint32_t timers_first(const struct groups *groups);

#endif
