/*
 * Episodes that began in an earlier stream and go on in this one: by the number
 * of their first message here, under which the engine knows them, and by the
 * identifier of their first message of all, under which everybody else does.
 * Empty, unless another engine version counted before.
 */
#ifndef TRUCED_RELAY_ORIGINS_H
#define TRUCED_RELAY_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"

struct origin {
	uint64_t first_seq;
	char episode[IDENTIFIER_SIZE];
};

/* All zero, there is none. */
struct origins {
	struct origin *all;   /* ascending by first_seq */
	uint32_t *by_episode; /* indices */
	size_t count;
	size_t capacity;
};

/* Its first_seq is above all others'. -ENOMEM; -EBADMSG: no identifier is so
 * long. */
int origins_add(struct origins *origins, uint64_t first_seq,
		const char *episode);
void origins_done(struct origins *origins); /* there is none then */

/* NULL: it began in this stream. Lasts until the next one is added. */
const char *origins_episode(const struct origins *origins, uint64_t first_seq);
/* 0: none goes on by that name, whoever the sender in it is. */
uint64_t origins_first_seq(const struct origins *origins, const char *episode);

#endif
