#include "feed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <zmq.h>

#include "edge/wire.h"

#include "material.h"
#include "process.h"

enum { QUEUE_MESSAGES = 20000 };

static void *
publisher_open(void *context, struct feed *feed)
{
	void *socket = zmq_socket(context, ZMQ_XPUB);
	int queue = QUEUE_MESSAGES, yes = 1;
	size_t size = sizeof(feed->endpoint);

	/* Without it a full queue drops. */
	zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &yes, sizeof(yes));
	zmq_setsockopt(socket, ZMQ_SNDHWM, &queue, sizeof(queue));
	if (zmq_bind(socket, "tcp://127.0.0.1:*") != 0 ||
	    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, feed->endpoint, &size) !=
		    0)
		fail("no port to publish on");
	return socket;
}

static void
message_send(void *socket, const struct wire_message *message)
{
	if (zmq_send(socket, message->topic, message->topic_size, ZMQ_SNDMORE) <
		    0 ||
	    zmq_send(socket, message->payload, message->payload_size, 0) < 0)
		fail("a report cannot be published: %s", zmq_strerror(errno));
}

static void
publish(struct feed *feed, void *socket, const struct pattern *patterns,
	const struct pattern *alarm)
{
	int64_t start = now_ns();

	for (uint64_t i = 0; i < feed->reports; i++) {
		bool alarms = feed->alarm_every && i % feed->alarm_every == 0;
		const struct pattern *pattern =
			alarms ? alarm : &patterns[i % PATTERNS];
		struct wire_message message = pattern_message(pattern, i);
		if (feed->interval_ns)
			sleep_until(start + (int64_t)i * feed->interval_ns);
		if (alarms)
			feed->alarms_sent_ns[i / feed->alarm_every] = now_ns();
		message_send(socket, &message);
	}
}

static void
feed_run(void *context)
{
	static struct pattern patterns[PATTERNS];
	struct pattern alarm;
	struct feed *feed = context;
	char byte = 0;

	prctl(PR_SET_TIMERSLACK, 1UL); /* sleeps end when they should */
	patterns_make(patterns);
	alarm_make(&alarm);
	void *zmq = zmq_ctx_new();
	void *socket = publisher_open(zmq, feed);
	if (write(feed->opened[1], &byte, 1) != 1 ||
	    read(feed->go[0], &byte, 1) != 1 ||
	    zmq_recv(socket, &byte, 1, 0) < 0) /* a subscription */
		fail("the publisher was left alone");
	publish(feed, socket, patterns, &alarm);
	pause();
}

struct feed *
feed_new(const struct feed *how)
{
	struct feed *feed = memory_shared(sizeof(*feed));
	char byte;

	*feed = *how;
	if (pipe(feed->go) != 0 || pipe(feed->opened) != 0)
		fail("no pipe can be made");
	feed->process = process_fork(feed_run, feed);
	if (read(feed->opened[0], &byte, 1) != 1)
		fail("the publisher did not start");
	return feed;
}

void
feed_go(struct feed *feed)
{
	char byte = 0;

	if (write(feed->go[1], &byte, 1) != 1)
		fail("the publisher has gone");
}

void
feed_free(struct feed *feed)
{
	process_end(feed->process);
	for (int end = 0; end < 2; end++) {
		close(feed->go[end]);
		close(feed->opened[end]);
	}
	munmap(feed, sizeof(*feed));
}

static void
bare_run(void *context)
{
	struct bare *bare = context;
	void *zmq = zmq_ctx_new();
	void *socket = zmq_socket(zmq, ZMQ_SUB);
	int queue = 100000; /* as truced's intake */
	char frame[2048];
	uint64_t received = 0;

	zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof(queue));
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "incident.", 9);
	if (zmq_connect(socket, bare->endpoint) != 0)
		fail("no publisher at %s", bare->endpoint);
	while (zmq_recv(socket, frame, sizeof(frame), 0) >= 0 &&
	       zmq_recv(socket, frame, sizeof(frame), 0) >= 0)
		atomic_store_explicit(&bare->received, ++received,
				      memory_order_relaxed);
}

struct bare *
bare_new(const char *endpoint)
{
	struct bare *bare = memory_shared(sizeof(*bare));

	strcpy(bare->endpoint, endpoint);
	bare->process = process_fork(bare_run, bare);
	return bare;
}

void
bare_free(struct bare *bare)
{
	process_end(bare->process);
	munmap(bare, sizeof(*bare));
}
