#include "edge/service.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "edge/endpoint.h"

enum {
	REQUEST_BYTES_MAX = 8 * 1024 * 1024, /* beyond it the client is cut
						off */
	/* Requests of one client that wait here; then its own queue fills. */
	REQUESTS_WAITING = 64,
	/* Replies that one client has not read; beyond it they are lost. A
	 * client may have as many requests under way. */
	REPLIES_WAITING = 1000,
	LINGER_MS = 1000, /* for the last receipts before an exit */
	/* Passed over in one call at most: junk must not hold up the loop. */
	JUNK_FRAMES = 4096,
};

struct service {
	void *socket;
	uint64_t malformed;
	bool passing_over; /* inside a message that is no request */
	zmq_msg_t frame;   /* the last one received */
};

int
service_new(struct service **ret_service, void *context,
	    const struct endpoint *endpoints, size_t count,
	    const char **ret_address)
{
	static const struct socket_bounds bounds = {
		.receive_queue = REQUESTS_WAITING,
		.send_queue = REPLIES_WAITING,
		.frame_max = REQUEST_BYTES_MAX,
		.linger_ms = LINGER_MS,
	};
	/* Without it a reply to a client that is gone, or does not read, would
	 * be dropped without a word. */
	static const int mandatory = 1;
	struct service *service = calloc(1, sizeof(*service));

	if (!service)
		return -ENOMEM;
	zmq_msg_init(&service->frame);
	int error = endpoint_socket_new(&service->socket, context, ZMQ_ROUTER,
					&bounds);
	if (error == 0 && zmq_setsockopt(service->socket, ZMQ_ROUTER_MANDATORY,
					 &mandatory, sizeof(mandatory)) != 0)
		error = -zmq_errno();
	if (error == 0)
		error = endpoints_open(service->socket, endpoints, count,
				       ret_address);
	if (error < 0) {
		service_free(service);
		return error;
	}
	*ret_service = service;
	return 0;
}

void
service_free(struct service *service)
{
	if (!service)
		return;
	if (service->socket)
		zmq_close(service->socket);
	zmq_msg_close(&service->frame);
	free(service);
}

static bool
frame_receive(struct service *service)
{
	int result;

	do
		result = zmq_msg_recv(&service->frame, service->socket,
				      ZMQ_DONTWAIT);
	while (result < 0 && zmq_errno() == EINTR);
	/* ETERM: the context is on its way out, and so are we. */
	assert(result >= 0 || zmq_errno() == EAGAIN || zmq_errno() == ETERM);
	return result >= 0;
}

static bool
frame_more(struct service *service)
{
	return zmq_msg_more(&service->frame);
}

/* The ROUTER puts the peer's identity first. A hostile one may be longer than
 * the library lets its own sockets have. */
static bool
client_read(struct service *service, struct client *ret_client)
{
	size_t size = zmq_msg_size(&service->frame);

	if (size > IDENTITY_MAX)
		return false;
	memcpy(ret_client->identity, zmq_msg_data(&service->frame), size);
	ret_client->identity_size = (uint8_t)size;
	return true;
}

/* The frames after the identity: one, or an empty one and one. Leaves the body
 * in service->frame. */
static bool
body_read(struct service *service, struct client *ret_client)
{
	ret_client->delimiter = false;
	if (!frame_more(service) || !frame_receive(service))
		return false;
	if (frame_more(service) && zmq_msg_size(&service->frame) == 0) {
		ret_client->delimiter = true;
		if (!frame_receive(service))
			return false;
	}
	return !frame_more(service);
}

bool
service_receive(struct service *service, struct client *ret_client,
		const uint8_t **ret_payload, size_t *ret_size)
{
	for (int junk = 0; junk < JUNK_FRAMES; junk++) {
		if (!frame_receive(service))
			return false;
		if (service->passing_over) {
			service->passing_over = frame_more(service);
			continue;
		}
		if (client_read(service, ret_client) &&
		    body_read(service, ret_client)) {
			*ret_payload = zmq_msg_data(&service->frame);
			*ret_size = zmq_msg_size(&service->frame);
			return true;
		}
		service->malformed++;
		service->passing_over = frame_more(service);
	}
	return false;
}

static int
frame_send(void *socket, const void *bytes, size_t size, int flags)
{
	int result;

	do
		result = zmq_send(socket, bytes, size, flags | ZMQ_DONTWAIT);
	while (result < 0 && zmq_errno() == EINTR);
	return result < 0 ? -zmq_errno() : 0;
}

int
service_reply(struct service *service, const struct client *client,
	      const uint8_t *payload, size_t payload_size)
{
	zmq_msg_t body;

	/* Made first: once the identity is taken the rest must follow. */
	if (zmq_msg_init_size(&body, payload_size) != 0)
		return -zmq_errno();
	if (payload_size > 0)
		memcpy(zmq_msg_data(&body), payload, payload_size);
	/* A full queue and a client that is gone show at this frame. */
	int error = frame_send(service->socket, client->identity,
			       client->identity_size, ZMQ_SNDMORE);
	if (error == 0 && client->delimiter)
		error = frame_send(service->socket, "", 0, ZMQ_SNDMORE);
	if (error == 0 &&
	    zmq_msg_send(&body, service->socket, ZMQ_DONTWAIT) < 0)
		error = -zmq_errno();
	zmq_msg_close(&body);
	return error;
}

uint64_t
service_malformed(const struct service *service)
{
	return service->malformed;
}

void *
service_socket(const struct service *service)
{
	return service->socket;
}
