/* The way to truced's intake: a plain publisher, at most once. */
#include "truce/publish.h"

#include <errno.h>
#include <string.h>

#include <zmq.h>

enum { SUBSCRIPTIONS_MAX = 64, PREFIX_SIZE = 128, HIGH_WATER = 10000 };

/*
 * An XPUB socket is a PUB socket that is told who subscribes: what is sent
 * before truced has subscribed would go nowhere.
 */
struct outlet {
	void *socket;
	char prefixes[SUBSCRIPTIONS_MAX][PREFIX_SIZE];
	size_t count;
};

static int
outlet_open(struct outlet *outlet, struct publish *publish)
{
	const int linger = (int)publish->options.timeout_ms, no_drop = 1,
		  high_water = HIGH_WATER;

	*outlet = (struct outlet){0};
	outlet->socket = zmq_socket(client_context(publish->client), ZMQ_XPUB);
	if (!outlet->socket)
		return -errno;
	if (zmq_setsockopt(outlet->socket, ZMQ_LINGER, &linger,
			   sizeof(linger)) < 0 ||
	    zmq_setsockopt(outlet->socket, ZMQ_XPUB_NODROP, &no_drop,
			   sizeof(no_drop)) < 0 ||
	    zmq_setsockopt(outlet->socket, ZMQ_SNDHWM, &high_water,
			   sizeof(high_water)) < 0 ||
	    zmq_connect(outlet->socket, publish->options.intake) < 0)
		return -errno;
	return 0;
}

/* A subscription begins (1) or ends (0), then comes its prefix. */
static void
subscription_take(struct outlet *outlet, const char *bytes, size_t size)
{
	char prefix[PREFIX_SIZE] = "";

	if (size < 1 || size > PREFIX_SIZE)
		return;
	memcpy(prefix, bytes + 1, size - 1);
	size_t i = 0;
	while (i < outlet->count && strcmp(outlet->prefixes[i], prefix) != 0)
		i++;
	if (bytes[0] == 1 && i == outlet->count && i < SUBSCRIPTIONS_MAX)
		memcpy(outlet->prefixes[outlet->count++], prefix, PREFIX_SIZE);
	else if (bytes[0] == 0 && i < outlet->count)
		memmove(outlet->prefixes[i], outlet->prefixes[--outlet->count],
			PREFIX_SIZE);
}

static void
subscriptions_take(struct outlet *outlet)
{
	char bytes[PREFIX_SIZE + 1];
	int size;

	while ((size = zmq_recv(outlet->socket, bytes, sizeof(bytes),
				ZMQ_DONTWAIT)) >= 0 ||
	       errno == EINTR)
		if (size >= 0)
			subscription_take(outlet, bytes, (size_t)size);
}

static bool
is_wanted(const struct outlet *outlet, const char *topic)
{
	for (size_t i = 0; i < outlet->count; i++)
		if (strncmp(topic, outlet->prefixes[i],
			    strlen(outlet->prefixes[i])) == 0)
			return true;
	return false;
}

/* Waits on the outlet or for a time. */
static int
outlet_poll(struct outlet *outlet, struct publish *publish, short events,
	    int64_t until_ms)
{
	int64_t left = until_ms - monotonic_ms();
	zmq_pollitem_t items[] = {{.fd = client_stop_fd(publish->client),
				   .events = ZMQ_POLLIN},
				  {.socket = outlet->socket, .events = events},
				  {.fd = publish->fd, .events = ZMQ_POLLIN}};

	if (zmq_poll(items, publish->waiting ? 3 : 2,
		     until_ms == TIME_NEVER ? -1
		     : left > 0		    ? (long)left
					    : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (items[0].revents)
		return -EINTR;
	if (publish->waiting && items[2].revents)
		return source_fill(publish);
	return 0;
}

/* -ETIMEDOUT: nobody subscribes to it, or takes it. */
static int
item_send(struct outlet *outlet, struct publish *publish,
	  const struct item *item)
{
	int64_t until_ms = monotonic_ms() + publish->options.timeout_ms;
	int error = 0;

	for (;;) {
		subscriptions_take(outlet);
		bool wanted = is_wanted(outlet, item->topic);
		if (wanted &&
		    zmq_send(outlet->socket, item->topic, strlen(item->topic),
			     ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
			break;
		if (wanted && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (monotonic_ms() >= until_ms)
			return -ETIMEDOUT;
		error = outlet_poll(outlet, publish,
				    wanted ? ZMQ_POLLOUT : ZMQ_POLLIN,
				    until_ms);
		if (error < 0)
			return error;
	}
	/* The second frame of a message is never refused. */
	while (zmq_send(outlet->socket, item->payload, item->payload_size, 0) <
	       0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Nobody else would tell: the intake gives no receipts. */
static bool
item_check(struct publish *publish, const struct item *item)
{
	const struct admission any = {.max_count = COUNT_CEILING,
				      .latest_at = TIME_NEVER};
	struct report report;
	struct receipt receipt;
	char message[512];

	if (codec_report(client_codec(publish->client), &any, item->topic,
			 strlen(item->topic), item->payload, item->payload_size,
			 &report, &receipt))
		return true;
	snprintf(message, sizeof(message), "%.256s:%zu: %s: %s: expected %s",
		 publish->name, item->line, reason_name(receipt.reason),
		 receipt.field, receipt.detail);
	publish->outcome.bad++;
	publish_complain(publish, message);
	return false;
}

static int
intake_run(struct outlet *outlet, struct publish *publish)
{
	enum source_result result;
	struct item *item;

	for (;;) {
		int64_t now_ms = monotonic_ms();
		int error = source_next(publish, now_ms, &result, &item);

		if (error == 0 && result == SOURCE_END)
			return 0;
		if (error == 0 && result == SOURCE_WAIT) {
			error = outlet_poll(outlet, publish, ZMQ_POLLIN,
					    source_due(publish));
			subscriptions_take(outlet);
		} else if (error == 0) {
			if (item_check(publish, item)) {
				error = item_send(outlet, publish, item);
				publish->outcome.sent += error == 0;
			}
			item_free(item);
		}
		if (error < 0)
			return error;
		publish_progress(publish, publish->outcome.sent, "", now_ms);
	}
}

int
publish_to_intake(struct publish *publish)
{
	struct outlet outlet;
	int error = outlet_open(&outlet, publish);

	if (error == 0)
		error = source_begin(publish);
	if (error == 0)
		error = intake_run(&outlet, publish);
	if (outlet.socket)
		zmq_close(outlet.socket); /* lingers for what is under way */
	progress_hide(&publish->progress);
	if (publish->unreadable)
		return EXIT_FAILED;
	if (error == -ETIMEDOUT)
		return options_failed(&publish->options,
				      "%s: nobody takes reports there; is "
				      "truced running?",
				      publish->options.intake);
	if (error < 0)
		return options_failed(&publish->options, "%s: %s",
				      publish->options.intake,
				      client_error(error));
	return outcome_is_good(&publish->outcome) ? EXIT_DONE : EXIT_FAILED;
}
