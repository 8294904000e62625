/* Intake, service and publisher over real sockets: ipc and loopback tcp. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "core/limits.h"
#include "edge/intake.h"
#include "edge/publisher.h"
#include "edge/service.h"

enum { PATIENCE_MS = 10000, ADDRESS_SIZE = 256 };

struct place;

/* A test, and what cmocka shows as its name. */
struct story {
	const char *name;
	void (*tell)(struct place *place);
};

/* One ZeroMQ context and one directory for each test. */
struct place {
	const struct story *story;
	void *context;
	char directory[64];
	bool told; /* to its end: nothing is left open */
};

static const char *const all_topics[] = {""};

static int
place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->story = *state;
	strcpy(place->directory, "/tmp/truced-sockets-XXXXXX");
	if (!mkdtemp(place->directory))
		return -1;
	place->context = zmq_ctx_new();
	*state = place;
	return 0;
}

static void
story_run(void **state)
{
	struct place *place = *state;

	place->story->tell(place);
	place->told = true;
}

static int
place_leave(void **state)
{
	struct place *place = *state;
	char path[ADDRESS_SIZE];

	/* A test that failed left sockets behind; waiting for them would hide
	 * why it failed. */
	if (place->told)
		zmq_ctx_term(place->context);
	else
		zmq_ctx_shutdown(place->context);
	snprintf(path, sizeof(path), "%s/socket", place->directory);
	unlink(path);
	rmdir(place->directory);
	free(place);
	return 0;
}

static const char *
ipc_address(const struct place *place, char address[static ADDRESS_SIZE])
{
	snprintf(address, ADDRESS_SIZE, "ipc://%s/socket", place->directory);
	return address;
}

/* Where a socket that was bound to port `*` listens. */
static const char *
bound_address(void *socket, char address[static ADDRESS_SIZE])
{
	size_t size = ADDRESS_SIZE;

	assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, address,
					&size),
			 0);
	return address;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
readable_within(void *socket, long timeout_ms)
{
	zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

	return zmq_poll(&item, 1, timeout_ms) == 1;
}

static void
await_readable(void *socket)
{
	assert_true(readable_within(socket, PATIENCE_MS));
}

static void *
peer_new(const struct place *place, int type)
{
	void *socket = zmq_socket(place->context, type);
	int linger = 0;

	assert_non_null(socket);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	return socket;
}

static void *
peer_connect(const struct place *place, int type, const char *address)
{
	void *socket = peer_new(place, type);

	assert_int_equal(zmq_connect(socket, address), 0);
	return socket;
}

static void
frame_put(void *socket, const void *bytes, size_t size, bool more)
{
	assert_int_equal(zmq_send(socket, bytes, size, more ? ZMQ_SNDMORE : 0),
			 size);
}

static void
text_put(void *socket, const char *text, bool more)
{
	frame_put(socket, text, strlen(text), more);
}

static void
report_put(void *socket, const char *topic, const char *payload)
{
	text_put(socket, topic, true);
	text_put(socket, payload, false);
}

static void
expect_text(void *socket, const char *text)
{
	char got[ADDRESS_SIZE];

	await_readable(socket);
	int size = zmq_recv(socket, got, sizeof(got) - 1, 0);
	assert_in_range(size, 0, sizeof(got) - 1);
	got[size] = '\0';
	assert_string_equal(got, text);
}

static struct intake *
intake_open(const struct place *place, const struct endpoint *endpoints,
	    size_t count)
{
	struct intake *intake = NULL;
	const char *address = "";

	if (intake_new(&intake, place->context, endpoints, count, &address) < 0)
		fail_msg("cannot open %s", address);
	return intake;
}

static void *
intake_socket(const struct intake *intake, size_t index)
{
	void *sockets[4];

	assert_true(intake_sockets(intake, sockets, 4) > index);
	return sockets[index];
}

/* The next message, as the relay's loop would wait for it. */
static void
await_message(struct intake *intake, struct wire_message *ret_message)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (!intake_receive(intake, ret_message)) {
		void *sockets[4];
		zmq_pollitem_t items[4] = {0};
		size_t count = intake_sockets(intake, sockets, 4);

		for (size_t i = 0; i < count; i++)
			items[i] = (zmq_pollitem_t){.socket = sockets[i],
						    .events = ZMQ_POLLIN};
		assert_true(now_ms() < deadline);
		zmq_poll(items, (int)count, deadline - now_ms());
	}
}

static void
expect_report(struct intake *intake, const char *topic, const char *payload)
{
	struct wire_message message;

	await_message(intake, &message);
	assert_int_equal(message.topic_size, strlen(topic));
	assert_memory_equal(message.topic, topic, strlen(topic));
	assert_int_equal(message.payload_size, strlen(payload));
	assert_memory_equal(message.payload, payload, strlen(payload));
}

/* An XPUB is a PUB that hears of its subscriptions: nothing is sent too
 * early. A socket that is bound subscribes when it is next looked at. */
static void
await_subscription(void *publisher, struct intake *intake)
{
	int64_t deadline = now_ms() + PATIENCE_MS;
	struct wire_message message;
	char subscription[ADDRESS_SIZE];

	while (!readable_within(publisher, 5)) {
		assert_true(now_ms() < deadline);
		assert_false(intake_receive(intake, &message));
	}
	assert_true(zmq_recv(publisher, subscription, sizeof(subscription), 0) >
		    0);
}

static void
intake_takes_reports_from_bound_and_connected_endpoints(struct place *place)
{
	static const char *const topics[] = {"incident.", "tally."};
	char ipc[ADDRESS_SIZE], bound[ADDRESS_SIZE], connected[ADDRESS_SIZE];
	void *third = peer_new(place, ZMQ_XPUB);

	assert_int_equal(zmq_bind(third, "tcp://127.0.0.1:*"), 0);
	const struct endpoint endpoints[] = {
		{ipc_address(place, ipc), true, topics, 2},
		{"tcp://127.0.0.1:*", true, topics, 2},
		{bound_address(third, connected), false, topics, 2},
	};
	struct intake *intake = intake_open(place, endpoints, 3);
	void *first = peer_connect(place, ZMQ_XPUB, ipc);
	void *second =
		peer_connect(place, ZMQ_XPUB,
			     bound_address(intake_socket(intake, 1), bound));
	void *publishers[] = {first, second, third};

	for (size_t i = 0; i < 3; i++) {
		await_subscription(publishers[i], intake);
		await_subscription(publishers[i], intake);
		/* The topics are subscriptions: this one stays away. */
		report_put(publishers[i], "weather.minsk-1", "rain");
		report_put(publishers[i], "tally.minsk-1", "over 120");
		expect_report(intake, "tally.minsk-1", "over 120");
		report_put(publishers[i], "incident.minsk-1", "shelling");
		expect_report(intake, "incident.minsk-1", "shelling");
	}
	assert_int_equal(intake_malformed(intake), 0);
	for (size_t i = 0; i < 3; i++)
		zmq_close(publishers[i]);
	intake_free(intake);
}

static void
intake_takes_turns_among_its_sockets(struct place *place)
{
	enum { FLOOD = 1000, WITHIN = 200 };
	char ipc[ADDRESS_SIZE], tcp[ADDRESS_SIZE];
	const struct endpoint endpoints[] = {
		{ipc_address(place, ipc), true, all_topics, 1},
		{"tcp://127.0.0.1:*", true, all_topics, 1},
	};
	struct intake *intake = intake_open(place, endpoints, 2);
	void *publishers[] = {
		peer_connect(place, ZMQ_XPUB, ipc),
		peer_connect(place, ZMQ_XPUB,
			     bound_address(intake_socket(intake, 1), tcp)),
	};
	int taken[2] = {0};
	struct wire_message message;

	await_subscription(publishers[0], intake);
	await_subscription(publishers[1], intake);
	for (int i = 0; i < FLOOD; i++)
		report_put(publishers[0], "a", "");
	/* The second's one message waits behind none of the first's many. */
	report_put(publishers[1], "b", "");
	await_readable(intake_socket(intake, 0));
	await_readable(intake_socket(intake, 1));
	for (int i = 0; i < WITHIN; i++) {
		await_message(intake, &message);
		taken[message.topic[0] - 'a']++;
	}
	assert_int_equal(taken[1], 1);
	for (int i = WITHIN; i < FLOOD + 1; i++) {
		await_message(intake, &message);
		taken[message.topic[0] - 'a']++;
	}
	assert_int_equal(taken[0], FLOOD);
	assert_false(intake_receive(intake, &message));
	zmq_close(publishers[0]);
	zmq_close(publishers[1]);
	intake_free(intake);
}

static void
intake_passes_over_what_is_not_two_frames(struct place *place)
{
	char ipc[ADDRESS_SIZE], long_topic[TOPIC_MAX + 1];
	const struct endpoint endpoint = {ipc_address(place, ipc), true,
					  all_topics, 1};
	struct intake *intake = intake_open(place, &endpoint, 1);
	void *publisher = peer_connect(place, ZMQ_XPUB, ipc);

	memset(long_topic, 'x', sizeof(long_topic));
	await_subscription(publisher, intake);
	text_put(publisher, "", false); /* a lone empty frame */
	report_put(publisher, "incident.a", "1");
	text_put(publisher, "incident.a", false); /* no payload */
	report_put(publisher, "incident.a", "2");
	for (int i = 0; i < 100; i++) /* each could pass for a topic */
		text_put(publisher, "incident.a", true);
	text_put(publisher, "incident.a", false);
	report_put(publisher, "incident.a", "3");
	frame_put(publisher, long_topic, TOPIC_MAX + 1, true);
	text_put(publisher, "payload", false);
	/* As long as a topic may be, and nothing in it: the codec's business.
	 */
	frame_put(publisher, long_topic, TOPIC_MAX, true);
	text_put(publisher, "", false);

	expect_report(intake, "incident.a", "1");
	assert_int_equal(intake_malformed(intake), 1);
	expect_report(intake, "incident.a", "2");
	assert_int_equal(intake_malformed(intake), 2);
	expect_report(intake, "incident.a", "3");
	assert_int_equal(intake_malformed(intake), 3);
	struct wire_message message;
	await_message(intake, &message);
	assert_int_equal(intake_malformed(intake), 4);
	assert_int_equal(message.topic_size, TOPIC_MAX);
	assert_int_equal(message.payload_size, 0);
	zmq_close(publisher);
	intake_free(intake);
}

static void
intake_is_not_held_up_by_a_message_of_very_many_frames(struct place *place)
{
	char ipc[ADDRESS_SIZE];
	const struct endpoint endpoint = {ipc_address(place, ipc), true,
					  all_topics, 1};
	struct intake *intake = intake_open(place, &endpoint, 1);
	void *publisher = peer_connect(place, ZMQ_XPUB, ipc);
	struct wire_message message;

	await_subscription(publisher, intake);
	for (int i = 0; i < 100000; i++)
		text_put(publisher, "", true);
	report_put(publisher, "", "");
	report_put(publisher, "incident.a", "after it");
	await_readable(intake_socket(intake, 0));
	assert_false(intake_receive(intake, &message));
	/* It stopped early, though a message's frames come all at once. */
	assert_true(readable_within(intake_socket(intake, 0), 0));
	expect_report(intake, "incident.a", "after it");
	assert_int_equal(intake_malformed(intake), 1);
	zmq_close(publisher);
	intake_free(intake);
}

/* A socket that tells when a peer of `socket` was disconnected. */
static void *
monitor_open(const struct place *place, void *socket)
{
	assert_int_equal(zmq_socket_monitor(socket, "inproc://monitor",
					    ZMQ_EVENT_DISCONNECTED),
			 0);
	return peer_connect(place, ZMQ_PAIR, "inproc://monitor");
}

static void
monitor_close(void *monitor, void *socket)
{
	zmq_socket_monitor(socket, NULL, 0);
	zmq_close(monitor);
}

static void
intake_hands_on_a_long_payload_and_cuts_off_a_longer_one(struct place *place)
{
	static uint8_t payload[FRAME_MAX + 1];
	char ipc[ADDRESS_SIZE];
	const struct endpoint endpoint = {ipc_address(place, ipc), true,
					  all_topics, 1};
	struct intake *intake = intake_open(place, &endpoint, 1);
	void *publisher = peer_connect(place, ZMQ_XPUB, ipc);
	void *monitor = monitor_open(place, intake_socket(intake, 0));
	const size_t sizes[] = {PAYLOAD_MAX + 1, FRAME_MAX};
	struct wire_message message;

	await_subscription(publisher, intake);
	for (size_t i = 0; i < 2; i++) {
		text_put(publisher, "incident.a", true);
		frame_put(publisher, payload, sizes[i], false);
		await_message(intake, &message);
		assert_int_equal(message.payload_size, sizes[i]);
	}
	assert_false(readable_within(monitor, 0));
	text_put(publisher, "incident.a", true);
	frame_put(publisher, payload, FRAME_MAX + 1, false);
	await_readable(monitor);
	assert_false(intake_receive(intake, &message));
	assert_int_equal(intake_malformed(intake), 0);
	zmq_close(publisher);
	/* It, and only it. */
	publisher = peer_connect(place, ZMQ_XPUB, ipc);
	await_subscription(publisher, intake);
	report_put(publisher, "incident.a", "short");
	expect_report(intake, "incident.a", "short");
	monitor_close(monitor, intake_socket(intake, 0));
	zmq_close(publisher);
	intake_free(intake);
}

static void
intake_without_endpoints_has_nothing(struct place *place)
{
	struct intake *intake = intake_open(place, NULL, 0);
	struct wire_message message;
	void *socket;

	assert_false(intake_receive(intake, &message));
	assert_int_equal(intake_sockets(intake, &socket, 1), 0);
	intake_free(intake);
	intake_free(NULL);
}

static struct service *
service_open(const struct place *place, const char *address)
{
	const struct endpoint endpoint = {.address = address, .bind = true};
	struct service *service = NULL;

	assert_int_equal(service_new(&service, place->context, &endpoint, 1,
				     NULL),
			 0);
	return service;
}

static void
await_request(struct service *service, struct client *ret_client,
	      const uint8_t **ret_payload, size_t *ret_size)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (!service_receive(service, ret_client, ret_payload, ret_size)) {
		assert_true(now_ms() < deadline);
		readable_within(service_socket(service), deadline - now_ms());
	}
}

static struct client
expect_request(struct service *service, const char *text)
{
	struct client client;
	const uint8_t *payload;
	size_t size;

	await_request(service, &client, &payload, &size);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(payload, text, size);
	return client;
}

static void
reply_text(struct service *service, const struct client *client,
	   const char *text)
{
	assert_int_equal(service_reply(service, client, (const uint8_t *)text,
				       strlen(text)),
			 0);
}

static void
service_answers_req_and_dealer_clients_each_in_its_way(struct place *place)
{
	char tcp[ADDRESS_SIZE];
	struct service *service = service_open(place, "tcp://127.0.0.1:*");
	const char *address = bound_address(service_socket(service), tcp);
	void *req = peer_connect(place, ZMQ_REQ, address);
	void *dealer = peer_connect(place, ZMQ_DEALER, address);
	void *plain = peer_connect(place, ZMQ_DEALER, address);

	text_put(req, "from req", false);
	struct client req_client = expect_request(service, "from req");
	text_put(dealer, "", true);
	text_put(dealer, "from dealer", false);
	struct client dealer_client = expect_request(service, "from dealer");
	text_put(plain, "from plain", false);
	struct client plain_client = expect_request(service, "from plain");

	/* Later than the questions, and in another order. */
	reply_text(service, &plain_client, "to plain");
	reply_text(service, &req_client, "to req");
	reply_text(service, &dealer_client, "to dealer");
	expect_text(req, "to req");
	expect_text(dealer, "");
	expect_text(dealer, "to dealer");
	expect_text(plain, "to plain");

	/* An empty request is a request, whoever sends it. */
	text_put(req, "", false);
	req_client = expect_request(service, "");
	assert_true(req_client.delimiter);
	reply_text(service, &req_client, "");
	expect_text(req, "");
	text_put(plain, "", false);
	plain_client = expect_request(service, "");
	assert_false(plain_client.delimiter);
	reply_text(service, &plain_client, "");
	expect_text(plain, "");
	assert_int_equal(service_malformed(service), 0);
	zmq_close(req);
	zmq_close(dealer);
	zmq_close(plain);
	service_free(service);
}

static void
service_drops_and_counts_a_request_that_is_not_one_frame(struct place *place)
{
	char ipc[ADDRESS_SIZE];
	struct service *service = service_open(place, ipc_address(place, ipc));
	void *dealer = peer_connect(place, ZMQ_DEALER, ipc);

	text_put(dealer, "two", true);
	text_put(dealer, "frames", false);
	text_put(dealer, "", true);
	text_put(dealer, "a delimiter and", true);
	text_put(dealer, "two frames", false);
	for (int i = 0; i < 100; i++)
		text_put(dealer, "", true);
	text_put(dealer, "", false);
	text_put(dealer, "good", false);
	struct client client = expect_request(service, "good");
	assert_int_equal(service_malformed(service), 3);
	reply_text(service, &client, "well");
	expect_text(dealer, "well");
	zmq_close(dealer);
	service_free(service);
}

static void
service_takes_a_full_submit_and_cuts_off_beyond(struct place *place)
{
	enum { LARGE = 8 * 1024 * 1024 };
	char ipc[ADDRESS_SIZE];
	uint8_t *bytes = malloc(LARGE + 1);
	struct service *service = service_open(place, ipc_address(place, ipc));
	void *dealer = peer_connect(place, ZMQ_DEALER, ipc);
	void *monitor = monitor_open(place, service_socket(service));
	struct client client;
	const uint8_t *payload;
	size_t size;

	memset(bytes, 7, LARGE + 1);
	frame_put(dealer, bytes, LARGE, false);
	await_request(service, &client, &payload, &size);
	assert_int_equal(size, LARGE);
	assert_memory_equal(payload, bytes, LARGE);
	assert_false(readable_within(monitor, 0));
	frame_put(dealer, bytes, LARGE + 1, false);
	await_readable(monitor);
	assert_false(service_receive(service, &client, &payload, &size));
	monitor_close(monitor, service_socket(service));
	zmq_close(dealer);
	service_free(service);
	free(bytes);
}

static void
service_tells_of_a_client_that_is_gone(struct place *place)
{
	char ipc[ADDRESS_SIZE];
	struct service *service = service_open(place, ipc_address(place, ipc));
	void *dealer = peer_connect(place, ZMQ_DEALER, ipc);
	void *monitor = monitor_open(place, service_socket(service));

	text_put(dealer, "bye", false);
	struct client client = expect_request(service, "bye");
	zmq_close(dealer);
	await_readable(monitor);
	/* The I/O thread knows; the socket learns it with its next command. */
	int64_t deadline = now_ms() + PATIENCE_MS;
	int error;
	do {
		readable_within(service_socket(service), 1);
		error = service_reply(service, &client, (const uint8_t *)"x",
				      1);
	} while (error == 0 && now_ms() < deadline);
	assert_int_equal(error, -EHOSTUNREACH);
	monitor_close(monitor, service_socket(service));
	service_free(service);
}

static void
service_does_not_wait_for_a_client_that_does_not_read(struct place *place)
{
	enum { REPLY_SIZE = 64 * 1024, REPLIES_MOST = 5000 };
	static uint8_t reply[REPLY_SIZE];
	char ipc[ADDRESS_SIZE];
	struct service *service = service_open(place, ipc_address(place, ipc));
	void *deaf = peer_new(place, ZMQ_DEALER);
	void *dealer = peer_connect(place, ZMQ_DEALER, ipc);
	int one = 1;

	zmq_setsockopt(deaf, ZMQ_RCVHWM, &one, sizeof(one));
	assert_int_equal(zmq_connect(deaf, ipc), 0);
	text_put(deaf, "a question", false);
	struct client client = expect_request(service, "a question");
	int sent = 0;
	int error = 0;
	int64_t start = now_ms();
	while (error == 0 && sent < REPLIES_MOST) {
		error = service_reply(service, &client, reply, REPLY_SIZE);
		sent += error == 0;
	}
	assert_int_equal(error, -EAGAIN);
	assert_true(sent >= SUBMIT_MAX); /* as many as may be under way */
	assert_true(now_ms() - start < PATIENCE_MS);
	/* It, and only it. */
	text_put(dealer, "another", false);
	struct client other = expect_request(service, "another");
	reply_text(service, &other, "answer");
	expect_text(dealer, "answer");
	/* Once it reads it is answered again. */
	int64_t deadline = now_ms() + PATIENCE_MS;
	while (error == -EAGAIN && now_ms() < deadline) {
		await_readable(deaf);
		zmq_recv(deaf, reply, sizeof(reply), 0);
		error = service_reply(service, &client, reply, REPLY_SIZE);
	}
	assert_int_equal(error, 0);
	zmq_close(deaf);
	zmq_close(dealer);
	service_free(service);
}

static void
write_all(int file, const void *bytes, size_t size)
{
	assert_int_equal(send(file, bytes, size, MSG_NOSIGNAL), size);
}

static void
read_all(int file, void *bytes, size_t size)
{
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

	setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(recv(file, bytes, size, MSG_WAITALL), size);
}

/* A client of our own making: ZMTP 3.0, NULL, with an identity longer than
 * libzmq lets its own sockets have. */
static int
hostile_connect(uint16_t port, size_t identity_size)
{
	static const uint8_t greeting[64] = {0xFF, 0,	0,   0,	   0, 0,
					     0,	   0,	1,   0x7F, 3, 0,
					     'N',  'U', 'L', 'L'};
	static const char properties[] = "\5READY\13Socket-Type\0\0\0\6DEALER"
					 "\10Identity";
	uint8_t ready[2048] = {6}; /* a long command */
	size_t size = sizeof(properties) - 1 + 4 + identity_size;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(file, (const struct sockaddr *)&address,
				 sizeof(address)),
			 0);
	write_all(file, greeting, sizeof(greeting));
	ready[7] = (uint8_t)(size >> 8);
	ready[8] = (uint8_t)size;
	memcpy(ready + 9, properties, sizeof(properties) - 1);
	uint8_t *identity = ready + 9 + sizeof(properties) - 1;
	identity[2] = (uint8_t)(identity_size >> 8);
	identity[3] = (uint8_t)identity_size;
	memset(identity + 4, 'i', identity_size);
	write_all(file, ready, 9 + size);
	/* The peer's greeting and READY: what comes before is no message. */
	read_all(file, ready, sizeof(greeting));
	read_all(file, ready, 2);
	read_all(file, ready + 2, ready[1]);
	return file;
}

static void
service_drops_a_client_whose_identity_is_too_long(struct place *place)
{
	static const uint8_t request[] = {0, 5, 'h', 'e', 'l', 'l', 'o'};
	char tcp[ADDRESS_SIZE];
	struct service *service = service_open(place, "tcp://127.0.0.1:*");
	const char *address = bound_address(service_socket(service), tcp);
	uint16_t port = (uint16_t)atoi(strrchr(address, ':') + 1);

	int longest = hostile_connect(port, IDENTITY_MAX);
	write_all(longest, request, sizeof(request));
	struct client client = expect_request(service, "hello");
	assert_int_equal(client.identity_size, IDENTITY_MAX);
	assert_int_equal(service_malformed(service), 0);

	int longer = hostile_connect(port, 1000);
	write_all(longer, request, sizeof(request));
	const uint8_t *payload;
	size_t size;
	await_readable(service_socket(service));
	assert_false(service_receive(service, &client, &payload, &size));
	assert_int_equal(service_malformed(service), 1);
	close(longest);
	close(longer);
	service_free(service);
}

static struct publisher *
publisher_open(const struct place *place, const char *address)
{
	const struct endpoint endpoint = {.address = address, .bind = true};
	struct publisher *publisher = NULL;

	assert_int_equal(publisher_new(&publisher, place->context, &endpoint, 1,
				       NULL),
			 0);
	return publisher;
}

static void
publish_text(struct publisher *publisher, const char *topic, const char *text)
{
	assert_int_equal(publisher_send(publisher, topic, (const uint8_t *)text,
					strlen(text)),
			 0);
}

/* A PUB cannot tell when a subscription has reached it; what it sends can. */
static void
await_subscriber(struct publisher *publisher, void *subscriber)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "hello", 5);
	do {
		assert_true(now_ms() < deadline);
		publish_text(publisher, "hello", "");
	} while (!readable_within(subscriber, 10));
	/* The last of several may come yet: a marker ends them. */
	publish_text(publisher, "hello", "end");
	char payload[8];
	do {
		zmq_recv(subscriber, payload, sizeof(payload), 0);
	} while (zmq_recv(subscriber, payload, sizeof(payload), 0) == 0);
}

static void
publisher_sends_topic_and_payload_to_those_who_asked(struct place *place)
{
	char ipc[ADDRESS_SIZE], tcp[ADDRESS_SIZE];
	void *bound = peer_new(place, ZMQ_SUB);

	zmq_bind(bound, "tcp://127.0.0.1:*");
	const struct endpoint endpoints[] = {
		{.address = ipc_address(place, ipc), .bind = true},
		{.address = bound_address(bound, tcp), .bind = false},
	};
	struct publisher *publisher = NULL;
	assert_int_equal(publisher_new(&publisher, place->context, endpoints, 2,
				       NULL),
			 0);
	void *connected = peer_connect(place, ZMQ_SUB, ipc);
	zmq_setsockopt(bound, ZMQ_SUBSCRIBE, "alert.minsk-1.", 14);
	zmq_setsockopt(connected, ZMQ_SUBSCRIBE, "alert.", 6);
	await_subscriber(publisher, bound);
	await_subscriber(publisher, connected);
	zmq_setsockopt(bound, ZMQ_UNSUBSCRIBE, "hello", 5);

	publish_text(publisher, "alert.minsk-2.deaths", "elsewhere");
	publish_text(publisher, "alert.minsk-1.deaths", "six");
	expect_text(connected, "alert.minsk-2.deaths");
	expect_text(connected, "elsewhere");
	expect_text(connected, "alert.minsk-1.deaths");
	expect_text(connected, "six");
	char topic[8];
	do { /* what greeted the other subscriber may have come here as well */
		await_readable(bound);
		memset(topic, 0, sizeof(topic));
		zmq_recv(bound, topic, 5, 0);
		if (topic[0] == 'h')
			zmq_recv(bound, NULL, 0, 0);
	} while (topic[0] == 'h');
	assert_string_equal(topic, "alert");
	expect_text(bound, "six");
	zmq_close(bound);
	zmq_close(connected);
	publisher_free(publisher);
}

static void
publisher_does_not_wait_for_a_subscriber_that_does_not_read(struct place *place)
{
	enum { FLOOD = 50000, SIZE = 1024 };
	static const uint8_t payload[SIZE];
	char ipc[ADDRESS_SIZE];
	struct publisher *publisher =
		publisher_open(place, ipc_address(place, ipc));
	void *deaf = peer_new(place, ZMQ_SUB);
	void *reader = peer_connect(place, ZMQ_SUB, ipc);
	int one = 1;

	zmq_setsockopt(deaf, ZMQ_RCVHWM, &one, sizeof(one));
	zmq_setsockopt(deaf, ZMQ_SUBSCRIBE, "alert.", 6);
	zmq_connect(deaf, ipc);
	await_subscriber(publisher, deaf);
	await_subscriber(publisher, reader);
	int64_t start = now_ms();
	for (int i = 0; i < FLOOD; i++)
		assert_int_equal(publisher_send(publisher, "alert.a.b", payload,
						SIZE),
				 0);
	assert_true(now_ms() - start < PATIENCE_MS);
	zmq_setsockopt(reader, ZMQ_SUBSCRIBE, "other", 5);
	int64_t deadline = now_ms() + PATIENCE_MS;
	do {
		assert_true(now_ms() < deadline);
		publish_text(publisher, "other", "still here");
	} while (!readable_within(reader, 10));
	expect_text(reader, "other");
	expect_text(reader, "still here");
	/* What the deaf one missed was dropped, not kept for it. */
	int got = 0;
	uint8_t frame[SIZE];
	while (readable_within(deaf, 200)) {
		zmq_recv(deaf, frame, SIZE, 0);
		zmq_recv(deaf, frame, SIZE, 0);
		got++;
	}
	assert_in_range(got, 1, FLOOD - 1);
	zmq_close(deaf);
	zmq_close(reader);
	publisher_free(publisher);
}

static void
an_ipc_socket_is_made_with_mode_0660_whatever_the_umask(struct place *place)
{
	static const mode_t masks[] = {0, 0077, 0777};
	char ipc[ADDRESS_SIZE];
	struct stat found;

	ipc_address(place, ipc);
	for (size_t i = 0; i < 3; i++) {
		mode_t before = umask(masks[i]);
		struct service *service = service_open(place, ipc);
		assert_int_equal(umask(before), masks[i]);
		assert_int_equal(stat(ipc + strlen("ipc://"), &found), 0);
		assert_int_equal(found.st_mode, S_IFSOCK | 0660);
		service_free(service);
		/* The next bind is at the same path, and the end of this one
		 * is the I/O thread's. */
		zmq_ctx_term(place->context);
		place->context = zmq_ctx_new();
	}
}

static int
service_try(const struct place *place, const char *address)
{
	const struct endpoint endpoint = {.address = address, .bind = true};
	struct service *service = NULL;
	const char *culprit = NULL;
	int error =
		service_new(&service, place->context, &endpoint, 1, &culprit);

	if (error < 0) {
		assert_null(service);
		assert_ptr_equal(culprit, address);
	}
	service_free(service);
	return error;
}

static void
leave_stale_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	assert_int_equal(bind(file, (const struct sockaddr *)&address,
			      sizeof(address)),
			 0);
	close(file);
	assert_int_equal(access(path, F_OK), 0);
}

static void
a_stale_ipc_socket_is_replaced(struct place *place)
{
	char ipc[ADDRESS_SIZE];

	ipc_address(place, ipc);
	leave_stale_socket(ipc + strlen("ipc://"));
	struct service *service = service_open(place, ipc);
	void *req = peer_connect(place, ZMQ_REQ, ipc);
	text_put(req, "anyone?", false);
	expect_request(service, "anyone?");
	zmq_close(req);
	service_free(service);
}

static void
a_living_ipc_socket_and_any_other_file_stay(struct place *place)
{
	char ipc[ADDRESS_SIZE], other[ADDRESS_SIZE], bytes[16] = "";
	struct service *service = service_open(place, ipc_address(place, ipc));

	assert_int_equal(service_try(place, ipc), -EADDRINUSE);
	void *req = peer_connect(place, ZMQ_REQ, ipc);
	text_put(req, "still there?", false);
	expect_request(service, "still there?");
	zmq_close(req);
	service_free(service);

	snprintf(other, sizeof(other), "ipc://%s/file", place->directory);
	const char *path = other + strlen("ipc://");
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(file, "precious", 8), 8);
	assert_int_equal(service_try(place, other), -EEXIST);
	assert_int_equal(pread(file, bytes, sizeof(bytes), 0), 8);
	assert_int_equal(access(path, F_OK), 0);
	close(file);
	unlink(path);
}

static void
an_address_that_cannot_be_opened_is_named(struct place *place)
{
	char taken[ADDRESS_SIZE], nowhere[ADDRESS_SIZE];
	char too_long[ADDRESS_SIZE] = "ipc:///tmp/";
	struct service *service = service_open(place, "tcp://127.0.0.1:*");

	bound_address(service_socket(service), taken);
	assert_int_equal(service_try(place, taken), -EADDRINUSE);
	snprintf(nowhere, sizeof(nowhere), "ipc://%s/no/such/socket",
		 place->directory);
	assert_int_equal(service_try(place, nowhere), -ENOENT);
	memset(too_long + strlen(too_long), 'x', 150);
	assert_int_equal(service_try(place, too_long), -ENAMETOOLONG);
	assert_int_equal(service_try(place, "ipc://@abstract"), -EACCES);
	assert_int_equal(service_try(place, "epgm://lo;239.192.1.1:5555"),
			 -EPROTONOSUPPORT);
	assert_int_equal(service_try(place, "nonsense"), -EPROTONOSUPPORT);

	const struct endpoint endpoints[] = {
		{"tcp://127.0.0.1:*", true, all_topics, 1},
		{taken, true, all_topics, 1},
	};
	struct intake *intake = NULL;
	struct publisher *publisher = NULL;
	const char *culprit = NULL;
	assert_int_equal(intake_new(&intake, place->context, endpoints, 2,
				    &culprit),
			 -EADDRINUSE);
	assert_ptr_equal(culprit, taken);
	assert_null(intake);
	culprit = NULL;
	assert_int_equal(publisher_new(&publisher, place->context, endpoints, 2,
				       &culprit),
			 -EADDRINUSE);
	assert_ptr_equal(culprit, taken);
	assert_null(publisher);
	service_free(service);
}

static void
the_other_loopback_serves_as_well(struct place *place)
{
	char tcp[ADDRESS_SIZE];
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	if (probe < 0 || bind(probe, (const struct sockaddr *)&address,
			      sizeof(address)) != 0) {
		print_message("no IPv6 loopback here\n");
		if (probe >= 0)
			close(probe);
		skip();
	}
	close(probe);
	struct service *service = service_open(place, "tcp://[::1]:*");
	void *req = peer_new(place, ZMQ_REQ);
	int one = 1;
	zmq_setsockopt(req, ZMQ_IPV6, &one, sizeof(one));
	assert_int_equal(zmq_connect(req, bound_address(service_socket(service),
							tcp)),
			 0);
	text_put(req, "six", false);
	expect_request(service, "six");
	zmq_close(req);
	service_free(service);
}

static void
an_exit_does_not_wait_for_peers_that_are_gone(struct place *place)
{
	char ipc[ADDRESS_SIZE];
	void *other_context = zmq_ctx_new();
	void *publisher = zmq_socket(other_context, ZMQ_XPUB);
	char connected[ADDRESS_SIZE];

	zmq_bind(publisher, "tcp://127.0.0.1:*");
	bound_address(publisher, connected);
	const struct endpoint endpoint = {connected, false, all_topics, 1};
	struct intake *intake = intake_open(place, &endpoint, 1);
	await_subscription(publisher, intake);
	zmq_close(publisher);
	zmq_ctx_term(other_context);
	struct service *service = service_open(place, ipc_address(place, ipc));
	void *dealer = peer_connect(place, ZMQ_DEALER, ipc);
	text_put(dealer, "and gone", false);
	struct client client = expect_request(service, "and gone");
	reply_text(service, &client, "unread");
	zmq_close(dealer);

	int64_t start = now_ms();
	intake_free(intake);
	service_free(service);
	zmq_ctx_term(place->context);
	assert_true(now_ms() - start < 3000);
	place->context = zmq_ctx_new();
}

#define STORY(tell)                                                            \
	{                                                                      \
#tell, tell                                                    \
	}

static const struct story stories[] = {
	STORY(intake_takes_reports_from_bound_and_connected_endpoints),
	STORY(intake_takes_turns_among_its_sockets),
	STORY(intake_passes_over_what_is_not_two_frames),
	STORY(intake_is_not_held_up_by_a_message_of_very_many_frames),
	STORY(intake_hands_on_a_long_payload_and_cuts_off_a_longer_one),
	STORY(intake_without_endpoints_has_nothing),
	STORY(service_answers_req_and_dealer_clients_each_in_its_way),
	STORY(service_drops_and_counts_a_request_that_is_not_one_frame),
	STORY(service_takes_a_full_submit_and_cuts_off_beyond),
	STORY(service_tells_of_a_client_that_is_gone),
	STORY(service_does_not_wait_for_a_client_that_does_not_read),
	STORY(service_drops_a_client_whose_identity_is_too_long),
	STORY(publisher_sends_topic_and_payload_to_those_who_asked),
	STORY(publisher_does_not_wait_for_a_subscriber_that_does_not_read),
	STORY(an_ipc_socket_is_made_with_mode_0660_whatever_the_umask),
	STORY(a_stale_ipc_socket_is_replaced),
	STORY(a_living_ipc_socket_and_any_other_file_stay),
	STORY(an_address_that_cannot_be_opened_is_named),
	STORY(the_other_loopback_serves_as_well),
	STORY(an_exit_does_not_wait_for_peers_that_are_gone),
};

int
main(void)
{
	enum { STORIES = sizeof(stories) / sizeof(stories[0]) };
	struct CMUnitTest tests[STORIES];

	for (size_t i = 0; i < STORIES; i++)
		tests[i] = (struct CMUnitTest){
			.name = stories[i].name,
			.test_func = story_run,
			.setup_func = place_make,
			.teardown_func = place_leave,
			.initial_state = (void *)&stories[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
