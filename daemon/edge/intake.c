#include "edge/intake.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "core/limits.h"
#include "edge/endpoint.h"

enum {
	QUEUE_MESSAGES = 100000, /* a minute's storm while a disk is slow */
	RUN_LENGTH = 64,	 /* from one socket, while others may wait */
	/* Passed over in one call at most: junk must not hold up the loop. */
	JUNK_FRAMES = 4096,
};

/* A bound socket and a connected one behave apart, and one socket for all
 * would leave fairness between them to chance: each endpoint has its own. */
struct feed {
	void *socket;
	bool passing_over; /* inside a message that is not two frames */
};

struct intake {
	uint64_t malformed;
	size_t turn; /* the feed whose turn it is */
	int run;     /* how often it may still be asked in this turn */
	zmq_msg_t topic;
	zmq_msg_t payload;
	size_t count;
	struct feed feeds[];
};

enum found { FOUND_NOTHING, FOUND_JUNK, FOUND_MESSAGE };

static int
feed_open(struct feed *feed, void *context, const struct endpoint *endpoint)
{
	static const struct socket_bounds bounds = {
		.receive_queue = QUEUE_MESSAGES,
		.send_queue = QUEUE_MESSAGES,
		.frame_max = FRAME_MAX,
		.linger_ms = 0,
	};
	int error =
		endpoint_socket_new(&feed->socket, context, ZMQ_SUB, &bounds);

	if (error < 0)
		return error;
	for (size_t i = 0; i < endpoint->topics_count; i++) {
		const char *topic = endpoint->topics[i];

		if (zmq_setsockopt(feed->socket, ZMQ_SUBSCRIBE, topic,
				   strlen(topic)) != 0)
			return -zmq_errno();
	}
	return endpoint_open(feed->socket, endpoint);
}

int
intake_new(struct intake **ret_intake, void *context,
	   const struct endpoint *endpoints, size_t count,
	   const char **ret_address)
{
	struct intake *intake =
		calloc(1, sizeof(*intake) + count * sizeof(intake->feeds[0]));

	if (!intake)
		return -ENOMEM;
	zmq_msg_init(&intake->topic);
	zmq_msg_init(&intake->payload);
	intake->run = RUN_LENGTH;
	for (; intake->count < count; intake->count++) {
		const struct endpoint *endpoint = &endpoints[intake->count];
		struct feed *feed = &intake->feeds[intake->count];
		int error = feed_open(feed, context, endpoint);

		if (error < 0) {
			if (feed->socket)
				zmq_close(feed->socket);
			intake_free(intake);
			if (ret_address)
				*ret_address = endpoint->address;
			return error;
		}
	}
	*ret_intake = intake;
	return 0;
}

void
intake_free(struct intake *intake)
{
	if (!intake)
		return;
	for (size_t i = 0; i < intake->count; i++)
		zmq_close(intake->feeds[i].socket);
	zmq_msg_close(&intake->topic);
	zmq_msg_close(&intake->payload);
	free(intake);
}

static bool
frame_receive(void *socket, zmq_msg_t *frame)
{
	int result;

	do
		result = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
	while (result < 0 && zmq_errno() == EINTR);
	/* ETERM: the context is on its way out, and so are we. */
	assert(result >= 0 || zmq_errno() == EAGAIN || zmq_errno() == ETERM);
	return result >= 0;
}

/* A message's frames come all or none, so what follows a first frame is there
 * at once; only its length is the sender's choice. */
static enum found
feed_next(struct feed *feed, struct intake *intake)
{
	zmq_msg_t *topic = &intake->topic;
	zmq_msg_t *payload = &intake->payload;

	if (!frame_receive(feed->socket, topic))
		return FOUND_NOTHING;
	if (feed->passing_over) {
		feed->passing_over = zmq_msg_more(topic);
		return FOUND_JUNK;
	}
	if (!zmq_msg_more(topic)) {
		intake->malformed++;
		return FOUND_JUNK;
	}
	bool whole = frame_receive(feed->socket, payload);
	feed->passing_over = !whole || zmq_msg_more(payload);
	if (feed->passing_over || zmq_msg_size(topic) > TOPIC_MAX ||
	    zmq_msg_size(payload) > FRAME_MAX) {
		intake->malformed++;
		return FOUND_JUNK;
	}
	return FOUND_MESSAGE;
}

static void
turn_pass(struct intake *intake)
{
	intake->turn = (intake->turn + 1) % intake->count;
	intake->run = RUN_LENGTH;
}

bool
intake_receive(struct intake *intake, struct wire_message *ret_message)
{
	size_t empty = 0; /* feeds in a row that had nothing */

	for (int junk = 0; empty < intake->count && junk < JUNK_FRAMES;) {
		if (intake->run == 0)
			turn_pass(intake);
		intake->run--;
		switch (feed_next(&intake->feeds[intake->turn], intake)) {
		case FOUND_NOTHING:
			empty++;
			turn_pass(intake);
			break;
		case FOUND_JUNK:
			empty = 0;
			junk++;
			break;
		case FOUND_MESSAGE:
			*ret_message = (struct wire_message){
				.topic = zmq_msg_data(&intake->topic),
				.topic_size = zmq_msg_size(&intake->topic),
				.payload = zmq_msg_data(&intake->payload),
				.payload_size = zmq_msg_size(&intake->payload),
			};
			return true;
		}
	}
	return false;
}

uint64_t
intake_malformed(const struct intake *intake)
{
	return intake->malformed;
}

size_t
intake_sockets(const struct intake *intake, void **ret_sockets, size_t capacity)
{
	size_t count = intake->count < capacity ? intake->count : capacity;

	for (size_t i = 0; i < count; i++)
		ret_sockets[i] = intake->feeds[i].socket;
	return count;
}
