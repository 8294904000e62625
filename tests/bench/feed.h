/*
 * A publisher in a process of its own, and the bare loop that it is measured
 * against. The publisher loses nothing: it waits where a receiver is slow.
 */
#ifndef TRUCED_BENCH_FEED_H
#define TRUCED_BENCH_FEED_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

enum { ENDPOINT_SIZE = 64 };

/* How to publish; shared with the publisher's process. */
struct feed {
	char endpoint[ENDPOINT_SIZE]; /* tcp, a free port; once it is open */
	uint64_t reports;	      /* to publish, then it rests */
	int64_t interval_ns;	      /* between two; 0: as fast as can be */
	uint64_t alarm_every;	      /* each so many an alarm; 0: none */
	int64_t *alarms_sent_ns;      /* by the alarm's number, or NULL */
	int go[2];		      /* pipes */
	int opened[2];
	pid_t process;
};

/* Starts it and waits until its endpoint is known. It begins to publish once
 * it has a subscriber and feed_go was called. */
struct feed *feed_new(const struct feed *how);
void feed_go(struct feed *feed);
void feed_free(struct feed *feed);

/* The bare loop: a blocking receive of two frames, and nothing else. */
struct bare {
	char endpoint[ENDPOINT_SIZE];
	atomic_uint_fast64_t received;
	pid_t process;
};

struct bare *bare_new(const char *endpoint);
void bare_free(struct bare *bare);

#endif
