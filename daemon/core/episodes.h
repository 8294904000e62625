/*
 * Where episodes are kept: open ones by their first message (those that a
 * silence holds back from the first on, as they began), ended ones by
 * their end and by group, until the pool needs the room of the oldest.
 */
#ifndef TRUCED_CORE_EPISODES_H
#define TRUCED_CORE_EPISODES_H

#include <stddef.h>
#include <stdint.h>

#include "core/alerts.h"
#include "core/arena.h"
#include "core/groups.h"

struct episode_list {
	uint32_t first;
	uint32_t last;
	uint32_t count;
};

struct episodes {
	struct span episodes; /* struct episode, from number 1; 0 is none */
	struct episode_list open;
	struct episode_list ended;
	struct episode_list free;
	uint32_t used; /* that were ever taken */
	uint32_t limit;
};

size_t episodes_bytes(uint32_t limit);
void episodes_init(struct episodes *episodes, struct arena *arena,
		   uint32_t limit);

static inline struct episode *
episodes_at(const struct episodes *episodes, uint32_t number)
{
	return (struct episode *)span_data(&episodes->episodes) + number;
}

/* The one that ended first, which must be forgotten before another is opened;
 * 0: there is room. That there is one is the limits' promise. */
uint32_t episodes_full(const struct episodes *episodes);
/* A new open episode of a group that has none; there must be room. */
uint32_t episodes_open(struct episodes *episodes, struct groups *groups,
		       uint32_t group);
/* Its first message is sent only now: it is the last of the open ones. */
void episodes_first_sent(struct episodes *episodes, uint32_t number);
/* Its group's open episode has ended and is kept. */
void episodes_end(struct episodes *episodes, struct groups *groups,
		  uint32_t number);
/* The newest ended one of a group that has none open goes on. */
void episodes_reopen(struct episodes *episodes, struct groups *groups,
		     uint32_t number);
/* Open or ended, it is forgotten. */
void episodes_forget(struct episodes *episodes, struct groups *groups,
		     uint32_t number);

#endif
