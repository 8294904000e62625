/*
 * How every ZeroMQ socket of ours is made: bounded in all that a peer can make
 * grow, and open to nobody but this machine's users.
 *
 * ZeroMQ's own heartbeats stay off: libzmq 4.3.4 can abort the process over
 * them. TCP keepalive and the heartbeats on the topics stand in for them.
 */
#ifndef TRUCED_EDGE_ENDPOINT_H
#define TRUCED_EDGE_ENDPOINT_H

#include <stdint.h>

#include "edge/settings.h"

struct socket_bounds {
	int receive_queue; /* messages for each peer */
	int send_queue;
	int64_t frame_max; /* bytes; a peer that sends a longer one is cut off
			    */
	int linger_ms;	   /* how long unsent messages may hold up the exit */
};

/* type is ZMQ_SUB, ... On failure *ret_socket is untouched. */
int endpoint_socket_new(void **ret_socket, void *context, int type,
			const struct socket_bounds *bounds);

/*
 * Binds or connects. The file of a bound ipc endpoint has mode 0660 from its
 * first moment; one left behind by a process that is gone is replaced.
 * -EADDRINUSE: somebody answers there. -EEXIST: a file that is no socket is
 * there, and stays. -EPROTONOSUPPORT: neither tcp, ipc nor inproc. -EACCES: an
 * abstract ipc address, which has no file and so no mode.
 */
int endpoint_open(void *socket, const struct endpoint *endpoint);

/* Opens all of them on one socket, or names the first that failed. */
int endpoints_open(void *socket, const struct endpoint *endpoints, size_t count,
		   const char **ret_address);

#endif
