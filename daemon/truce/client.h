/*
 * A connection to truced's service: one Request, one Reply.
 *
 * Signals that stop a command (INT, TERM, HUP) are blocked from client_new on,
 * before ZeroMQ's threads begin, and are read from client_stop_fd.
 */
#ifndef TRUCED_TRUCE_CLIENT_H
#define TRUCED_TRUCE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"

struct client;

/* The endpoint must outlive the client. -EINVAL: not tcp:// or ipc://, or not
 * an address; -EACCES; -ENOMEM; others as met. It is fine if nobody is there
 * yet. */
int client_new(struct client **ret_client, const char *endpoint);
void client_free(struct client *client); /* NULL is fine */

/*
 * Asks and waits. request->tag is set here; the reply's bytes last until the
 * codec's next call. The same request is sent again, on a new connection,
 * when an answer takes too long: all of them can bear that. -ETIMEDOUT; -EINTR:
 * a signal said stop; -EMSGSIZE: too large a request; -EPROTO: the answer is
 * none.
 */
int client_request(struct client *client, struct request *request,
		   struct reply *ret_reply, int64_t timeout_ms);

/* Request by request, for those who do not wait. */
uint64_t client_tag(struct client *client); /* a new one */
/* 0; -EAGAIN: not now; -EMSGSIZE: too large. */
int client_send(struct client *client, const struct request *request);
/* 0; -EAGAIN: there is none; -EPROTO: one that is none was dropped. */
int client_receive(struct client *client, struct reply *ret_reply);
/* Drops the connection and what is under way on it, and makes another. */
int client_reconnect(struct client *client);

/* Topic and payload in one piece, which outlasts the codec's next call; it
 * takes the place of a copy, or of a message that is all zero. -ENOMEM. */
int message_copy(struct wire_message *copy, const struct wire_message *message);
void message_free(struct wire_message *copy);

void *client_context(struct client *client); /* of ZeroMQ */
void *client_socket(struct client *client);  /* changed by a reconnect */
struct codec *client_codec(struct client *client);
int client_stop_fd(const struct client *client);
const char *client_endpoint(const struct client *client);

/* "no answer from ENDPOINT ..." and the like, for a command's error. */
const char *client_error(int error);

/* True for an address that we connect to: tcp:// or ipc://. */
bool endpoint_is_ours(const char *endpoint);

/* Milliseconds that only go forward. */
int64_t monotonic_ms(void);

#endif
