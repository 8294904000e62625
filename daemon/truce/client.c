#include "truce/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <zmq.h>

enum {
	RESEND_MS = 5000,
	HANDSHAKE_MS = 10000,
	/* A Replay of 1,000 alerts, each of ALERT_BYTES_MAX. */
	REPLY_MAX = 20 * 1024 * 1024
};

struct client {
	void *context;
	void *socket;
	struct codec *codec;
	const char *endpoint;
	uint64_t tag;
	int stop_fd;
};

int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
endpoint_is_ours(const char *endpoint)
{
	return strncmp(endpoint, "tcp://", 6) == 0 ||
	       strncmp(endpoint, "ipc://", 6) == 0;
}

static int
stop_fd_new(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* ZeroMQ would try again for ever, without a word. */
static bool
endpoint_is_barred(const char *endpoint)
{
	return strncmp(endpoint, "ipc://", 6) == 0 &&
	       access(endpoint + 6, R_OK | W_OK) < 0 && errno == EACCES;
}

static int
client_connect(struct client *client)
{
	void *socket = zmq_socket(client->context, ZMQ_DEALER);
	const int linger = 0, keepalive = 1, handshake = HANDSHAKE_MS;
	const int64_t reply_max = REPLY_MAX;

	if (!socket)
		return -errno;
	if (zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_TCP_KEEPALIVE, &keepalive,
			   sizeof(keepalive)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_HANDSHAKE_IVL, &handshake,
			   sizeof(handshake)) < 0 ||
	    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &reply_max,
			   sizeof(reply_max)) < 0 ||
	    zmq_connect(socket, client->endpoint) < 0) {
		int error = errno;
		zmq_close(socket);
		return -error;
	}
	client->socket = socket;
	return 0;
}

int
client_new(struct client **ret_client, const char *endpoint)
{
	struct client *client = calloc(1, sizeof(*client));
	int error;

	if (!client)
		return -ENOMEM;
	client->endpoint = endpoint;
	client->stop_fd = stop_fd_new();
	error = client->stop_fd < 0 ? client->stop_fd : 0;
	if (error == 0 && !endpoint_is_ours(endpoint))
		error = -EINVAL;
	if (error == 0 && endpoint_is_barred(endpoint))
		error = -EACCES;
	if (error == 0)
		error = codec_new(&client->codec);
	if (error == 0 && !(client->context = zmq_ctx_new()))
		error = -errno;
	if (error == 0)
		error = client_connect(client);
	if (error < 0) {
		client_free(client);
		return error;
	}
	*ret_client = client;
	return 0;
}

void
client_free(struct client *client)
{
	if (!client)
		return;
	if (client->socket)
		zmq_close(client->socket);
	if (client->context)
		while (zmq_ctx_term(client->context) < 0 && errno == EINTR)
			;
	codec_free(client->codec);
	if (client->stop_fd >= 0)
		close(client->stop_fd);
	free(client);
}

int
client_reconnect(struct client *client)
{
	zmq_close(client->socket);
	client->socket = NULL;
	return client_connect(client);
}

uint64_t
client_tag(struct client *client)
{
	return ++client->tag;
}

int
client_send(struct client *client, const struct request *request)
{
	size_t size;
	const uint8_t *bytes =
		codec_request_pack(client->codec, request, &size);

	if (!bytes || size > FRAME_MAX)
		return -EMSGSIZE;
	while (zmq_send(client->socket, bytes, size, ZMQ_DONTWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int
client_receive(struct client *client, struct reply *ret_reply)
{
	zmq_msg_t message;
	int error = 0;

	zmq_msg_init(&message);
	while (error == 0 &&
	       zmq_msg_recv(&message, client->socket, ZMQ_DONTWAIT) < 0)
		if (errno != EINTR)
			error = -errno;
	/* A reply is one frame; what has more is read up to its end. */
	while (error == 0 && zmq_msg_more(&message)) {
		if (zmq_msg_recv(&message, client->socket, ZMQ_DONTWAIT) < 0 &&
		    errno != EINTR)
			error = -errno;
		else if (!zmq_msg_more(&message))
			error = -EPROTO;
	}
	if (error == 0 &&
	    !codec_reply_unpack(client->codec, zmq_msg_data(&message),
				zmq_msg_size(&message), ret_reply))
		error = -EPROTO;
	zmq_msg_close(&message);
	return error;
}

/* Until an answer with this tag is there, or a time has come. */
static int
reply_await(struct client *client, uint64_t tag, struct reply *ret_reply,
	    int64_t until_ms)
{
	for (;;) {
		int error = client_receive(client, ret_reply);
		if (error == 0 && ret_reply->tag == tag)
			return 0;
		if (error == 0 || error == -EPROTO)
			continue; /* to an earlier question, or to none */
		if (error != -EAGAIN)
			return error;
		int64_t left = until_ms - monotonic_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		zmq_pollitem_t items[] = {{.socket = client->socket,
					   .events = ZMQ_POLLIN},
					  {.fd = client->stop_fd,
					   .events = ZMQ_POLLIN}};
		if (zmq_poll(items, 2, (long)left) < 0 && errno != EINTR)
			return -errno;
		if (items[1].revents)
			return -EINTR;
	}
}

int
client_request(struct client *client, struct request *request,
	       struct reply *ret_reply, int64_t timeout_ms)
{
	int64_t until_ms = monotonic_ms() + timeout_ms;
	bool told = false;

	request->tag = client_tag(client);
	for (;;) {
		int64_t resend_ms = monotonic_ms() + RESEND_MS;
		int error = client_send(client, request);

		if (error < 0 && error != -EAGAIN)
			return error;
		error = reply_await(client, request->tag, ret_reply,
				    resend_ms < until_ms ? resend_ms
							 : until_ms);
		if (error != -ETIMEDOUT)
			return error;
		/* Also after the last try: no answer to this question is to
		 * be taken for one to the next. */
		error = client_reconnect(client);
		if (error < 0)
			return error;
		if (monotonic_ms() >= until_ms)
			return -ETIMEDOUT;
		if (!told && isatty(STDERR_FILENO))
			fprintf(stderr, "truce: waiting for truced at %s\n",
				client->endpoint);
		told = true;
	}
}

int
message_copy(struct wire_message *copy, const struct wire_message *message)
{
	char *bytes = malloc(message->topic_size + message->payload_size + 1);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, message->topic, message->topic_size);
	memcpy(bytes + message->topic_size, message->payload,
	       message->payload_size);
	message_free(copy);
	*copy = (struct wire_message){
		.topic = bytes,
		.topic_size = message->topic_size,
		.payload = (const uint8_t *)bytes + message->topic_size,
		.payload_size = message->payload_size,
	};
	return 0;
}

void
message_free(struct wire_message *copy)
{
	free((void *)(uintptr_t)copy->topic);
	*copy = (struct wire_message){0};
}

void *
client_context(struct client *client)
{
	return client->context;
}

void *
client_socket(struct client *client)
{
	return client->socket;
}

struct codec *
client_codec(struct client *client)
{
	return client->codec;
}

int
client_stop_fd(const struct client *client)
{
	return client->stop_fd;
}

const char *
client_endpoint(const struct client *client)
{
	return client->endpoint;
}

const char *
client_error(int error)
{
	switch (-error) {
	case ETIMEDOUT:
		return "no answer; is truced running?";
	case EACCES:
		return "permission denied: root may ask, and members of the "
		       "socket's group (under systemd: adduser NAME truce, "
		       "then log in again)";
	case EINTR:
		return "interrupted";
	case EPROTO:
		return "an answer that is none of truced's";
	case EMSGSIZE:
		return "the request is too large";
	default:
		return zmq_strerror(-error);
	}
}
