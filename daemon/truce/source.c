/* Where `truce publish` takes its reports from, and when it is their time. */
#include "truce/publish.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "relay/recording.h"

static int
record_item(const struct record *record, struct item **ret_item)
{
	struct item *item =
		item_new(record->topic, record->payload, record->payload_size);
	if (!item)
		return -ENOMEM;
	item->line = record->line;
	*ret_item = item;
	return 0;
}

/* Straight from the file, in its order. */
static int
stream_next(struct publish *publish, enum source_result *ret_result,
	    struct item **ret_item)
{
	struct record record;

	for (;;) {
		switch (records_next(publish->records, &record)) {
		case RECORD_READY:
			*ret_result = SOURCE_ITEM;
			return record_item(&record, ret_item);
		case RECORD_BAD:
			publish->outcome.bad++;
			publish_complain(publish, record.error);
			break;
		case RECORD_END:
			publish->ended = true;
			*ret_result = SOURCE_END;
			return 0;
		case RECORD_WAIT:
			publish->waiting = true;
			*ret_result = SOURCE_WAIT;
			return 0;
		}
	}
}

/* When the report says it was recorded. One that is wrong keeps its place and
 * gets its receipt there. */
static int64_t
item_time(struct codec *codec, const struct item *item)
{
	const struct wire_message message = {.topic = item->topic,
					     .topic_size = strlen(item->topic),
					     .payload = item->payload,
					     .payload_size =
						     item->payload_size};

	return report_own_time(codec, &message);
}

static int
items_add(struct publish *publish, struct item *item)
{
	if (publish->items_count == publish->items_room) {
		size_t room =
			publish->items_room ? publish->items_room * 2 : 1024;
		struct item **more =
			realloc(publish->items, room * sizeof(struct item *));

		if (!more) {
			item_free(item);
			return -ENOMEM;
		}
		publish->items = more;
		publish->items_room = room;
	}
	item->time_ms = item_time(client_codec(publish->client), item);
	/* Without a time: when the one before it was. */
	if (item->time_ms == TIME_UNSET && publish->items_count > 0)
		item->time_ms =
			publish->items[publish->items_count - 1]->time_ms;
	publish->items[publish->items_count++] = item;
	return 0;
}

static int
item_compare(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

int
source_fill(struct publish *publish)
{
	int error = records_fill(publish->records);

	publish->waiting = false;
	if (error < 0) {
		publish->unreadable = true;
		options_failed(&publish->options, "%s: %s", publish->name,
			       strerror(-error));
	}
	return error;
}

/* Waits for bytes, or to be told to stop. */
static int
bytes_await(struct publish *publish)
{
	struct pollfd fds[] = {{.fd = publish->fd, .events = POLLIN},
			       {.fd = client_stop_fd(publish->client),
				.events = POLLIN}};

	if (poll(fds, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents)
		return -EINTR;
	return source_fill(publish);
}

int
source_begin(struct publish *publish)
{
	enum source_result result;
	struct item *item;
	int error = 0;

	if (!publish->sort)
		return 0;
	do {
		error = stream_next(publish, &result, &item);
		if (error == 0 && result == SOURCE_ITEM)
			error = items_add(publish, item);
		else if (error == 0 && result == SOURCE_WAIT)
			error = bytes_await(publish);
	} while (error == 0 && result != SOURCE_END);
	if (error < 0)
		return error;
	if (publish->items_count > 0)
		qsort(publish->items, publish->items_count,
		      sizeof(struct item *), item_compare);
	publish->ended = publish->items_count == 0;
	for (size_t i = publish->items_count; i-- > 0;)
		if (publish->items[i]->time_ms != TIME_UNSET)
			publish->first_ms = publish->items[i]->time_ms;
	publish->started_ms = monotonic_ms();
	return 0;
}

int64_t
source_due(const struct publish *publish)
{
	if (!publish->sort || publish->ended)
		return TIME_NEVER;
	const struct item *item = publish->items[publish->items_next];
	/* Those without any time have been sorted first and go at once. */
	if (item->time_ms == TIME_UNSET || publish->pace == 0)
		return publish->started_ms;
	return publish->started_ms +
	       (int64_t)((double)(item->time_ms - publish->first_ms) /
			 publish->pace);
}

int
source_next(struct publish *publish, int64_t now_ms,
	    enum source_result *ret_result, struct item **ret_item)
{
	*ret_result = SOURCE_END;
	if (publish->ended)
		return 0;
	if (!publish->sort)
		return stream_next(publish, ret_result, ret_item);
	*ret_result = SOURCE_WAIT;
	if (source_due(publish) > now_ms)
		return 0;
	*ret_result = SOURCE_ITEM;
	*ret_item = publish->items[publish->items_next];
	publish->items[publish->items_next++] = NULL;
	publish->ended = publish->items_next == publish->items_count;
	return 0;
}

void
source_end(struct publish *publish)
{
	for (size_t i = publish->items_next; i < publish->items_count; i++)
		item_free(publish->items[i]);
	free(publish->items);
}
