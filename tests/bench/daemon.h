/* A truced as it is shipped, on a state directory of its own. */
#ifndef TRUCED_BENCH_DAEMON_H
#define TRUCED_BENCH_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "edge/codec.h"

struct daemon {
	char directory[128];
	char service[160]; /* its endpoint */
	const char *program;
	pid_t process;
	void *context;
	void *socket; /* DEALER to its service */
	struct codec *codec;
};

enum daemon_kind { WITH_JOURNAL, WITHOUT_JOURNAL };

/* Starts it and waits until it answers. It connects to both endpoints, each
 * of which may be NULL. */
struct daemon *daemon_new(enum daemon_kind kind, const char *intake,
			  const char *alerts, const char *rules);
/* Ends its process as an operator does; and starts it again and waits until it
 * answers. */
void daemon_stop(struct daemon *daemon);
void daemon_start(struct daemon *daemon);
void daemon_free(struct daemon *daemon);

uint64_t daemon_accepted(struct daemon *daemon);

/* One request out; one reply in, which lasts until the next. */
void request_send(struct daemon *daemon, const struct request *request);
void reply_receive(struct daemon *daemon, struct reply *ret_reply);

/* Where state directories are made: on a disk, for that is what is measured. */
extern const char *state_parent;

#endif
