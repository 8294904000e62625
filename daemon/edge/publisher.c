#include "edge/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "core/limits.h"
#include "edge/endpoint.h"

enum {
	/* For each subscriber; beyond it that one misses alerts, sees the gap
	 * in their numbers, and asks for them again. */
	QUEUE_MESSAGES = 10000,
	LINGER_MS = 1000, /* for the last alerts before an exit */
};

struct publisher {
	void *socket;
};

int
publisher_new(struct publisher **ret_publisher, void *context,
	      const struct endpoint *endpoints, size_t count,
	      const char **ret_address)
{
	static const struct socket_bounds bounds = {
		.receive_queue = QUEUE_MESSAGES,
		.send_queue = QUEUE_MESSAGES,
		.frame_max = FRAME_MAX,
		.linger_ms = LINGER_MS,
	};
	struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (!publisher)
		return -ENOMEM;
	int error = endpoint_socket_new(&publisher->socket, context, ZMQ_PUB,
					&bounds);
	if (error == 0)
		error = endpoints_open(publisher->socket, endpoints, count,
				       ret_address);
	if (error < 0) {
		publisher_free(publisher);
		return error;
	}
	*ret_publisher = publisher;
	return 0;
}

void
publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return;
	if (publisher->socket)
		zmq_close(publisher->socket);
	free(publisher);
}

static int
frame_make(zmq_msg_t *frame, const void *bytes, size_t size)
{
	if (zmq_msg_init_size(frame, size) != 0)
		return -zmq_errno();
	if (size > 0)
		memcpy(zmq_msg_data(frame), bytes, size);
	return 0;
}

static int
frame_send(void *socket, zmq_msg_t *frame, int flags)
{
	int result;

	do
		result = zmq_msg_send(frame, socket, flags | ZMQ_DONTWAIT);
	while (result < 0 && zmq_errno() == EINTR);
	return result < 0 ? -zmq_errno() : 0;
}

int
publisher_send(struct publisher *publisher, const char *topic,
	       const uint8_t *payload, size_t payload_size)
{
	zmq_msg_t frames[2];

	/* Both are made before the first goes: half a message would swallow
	 * the next one. */
	int error = frame_make(&frames[0], topic, strlen(topic));
	if (error < 0)
		return error;
	error = frame_make(&frames[1], payload, payload_size);
	if (error < 0) {
		zmq_msg_close(&frames[0]);
		return error;
	}
	error = frame_send(publisher->socket, &frames[0], ZMQ_SNDMORE);
	if (error == 0)
		error = frame_send(publisher->socket, &frames[1], 0);
	/* Frames that went are empty now; closing them does nothing. */
	zmq_msg_close(&frames[0]);
	zmq_msg_close(&frames[1]);
	return error;
}
