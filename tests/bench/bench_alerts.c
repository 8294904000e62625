#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <zmq.h>

#include "daemon.h"
#include "feed.h"
#include "figures.h"
#include "material.h"
#include "process.h"

enum {
	RATE = 5000, /* reports a second */
	SECONDS = 3,
	ALARM_EVERY = 10,
	ALARMS = RATE * SECONDS / ALARM_EVERY,
	RUNS = 3,
	PATIENCE_MS = 10000
};

struct delay {
	struct figure p50_us;
	struct figure p99_us;
};

static void *
subscriber_open(void *context, char ret_endpoint[static ENDPOINT_SIZE])
{
	void *socket = zmq_socket(context, ZMQ_SUB);
	int patience = PATIENCE_MS;
	size_t size = ENDPOINT_SIZE;

	zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "heartbeat", 9);
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "alert.bench.alarm", 17);
	if (zmq_bind(socket, "tcp://127.0.0.1:*") != 0 ||
	    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, ret_endpoint, &size) != 0)
		fail("no port for alerts");
	return socket;
}

/* The next message's payload. True: it is an alert. */
static bool
receive(void *socket, zmq_msg_t *payload)
{
	char topic[128];
	int size = zmq_recv(socket, topic, sizeof(topic), 0);

	if (size < 0 || zmq_msg_recv(payload, socket, 0) < 0)
		fail("no alert came for %d ms", PATIENCE_MS);
	return size > 5 && memcmp(topic, "alert", 5) == 0;
}

/* From when a report was sent to when its alert had come. */
static void
alerts_receive(void *socket, const int64_t *sent_ns, struct delay *delay)
{
	static int64_t delays[ALARMS];
	struct codec *codec;
	struct notice notice;
	zmq_msg_t payload;

	if (codec_new(&codec) != 0)
		fail("out of memory");
	zmq_msg_init(&payload);
	for (size_t got = 0; got < ALARMS;) {
		if (!receive(socket, &payload))
			continue;
		int64_t now = now_ns();
		if (!codec_alert_unpack(codec, zmq_msg_data(&payload),
					zmq_msg_size(&payload), &notice) ||
		    notice.labels_count != 1)
			fail("an alert cannot be read");
		size_t alarm =
			strtoull(notice.labels[0].value + strlen("Post "), NULL,
				 10) /
			ALARM_EVERY;
		if (alarm >= ALARMS)
			fail("an alert of nothing");
		delays[got++] = now - sent_ns[alarm];
	}
	zmq_msg_close(&payload);
	codec_free(codec);
	figure_add(&delay->p50_us, percentile(delays, ALARMS, 50) / 1e3);
	figure_add(&delay->p99_us, percentile(delays, ALARMS, 99) / 1e3);
}

static void
measure(struct delay *delay, enum daemon_kind kind)
{
	size_t size = ALARMS * sizeof(int64_t);
	const struct feed how = {
		.reports = RATE * SECONDS,
		.interval_ns = 1000000000 / RATE,
		.alarm_every = ALARM_EVERY,
		.alarms_sent_ns = memory_shared(size),
	};
	char endpoint[ENDPOINT_SIZE];
	char *rules;
	zmq_msg_t payload;

	if (asprintf(&rules, "%s%s", ordinary_rules, alarm_rules) < 0)
		fail("out of memory");
	struct feed *feed = feed_new(&how);
	void *context = zmq_ctx_new();
	void *socket = subscriber_open(context, endpoint);
	struct daemon *daemon =
		daemon_new(kind, feed->endpoint, endpoint, rules);
	zmq_msg_init(&payload);
	receive(socket, &payload); /* a heartbeat: the way is open */
	zmq_msg_close(&payload);
	feed_go(feed);
	alerts_receive(socket, how.alarms_sent_ns, delay);
	daemon_free(daemon);
	free(rules);
	feed_free(feed);
	zmq_close(socket);
	zmq_ctx_term(context);
	munmap(how.alarms_sent_ns, size);
}

void
bench_alerts(void)
{
	struct delay on = {{{0}, 0}, {{0}, 0}}, off = on;

	for (int i = 0; i < RUNS; i++) {
		measure(&on, WITH_JOURNAL);
		measure(&off, WITHOUT_JOURNAL);
	}
	printf("\nFrom report to alert, over tcp, at %d reports a second, "
	       "%d alerts among them\n"
	       "  %-24s %8s  %8s\n"
	       "  %-24s %8.0f  %8.0f\n"
	       "  %-24s %8.0f  %8.0f\n",
	       RATE, RATE / ALARM_EVERY, "", "p50 us", "p99 us",
	       "truced, journal off", figure_median(&off.p50_us),
	       figure_median(&off.p99_us), "truced", figure_median(&on.p50_us),
	       figure_median(&on.p99_us));
	fflush(stdout);
}
