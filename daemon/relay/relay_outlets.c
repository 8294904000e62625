/* What goes out of itself: heartbeats, alerts to the system's log, and what a
 * start had to say. */

#include "relay/relay_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "relay/log.h"

enum { OUTLET_RUN = 256 /* alerts to the log in one turn */ };

struct offering {
	struct relay *relay;
	uint64_t *cursor;
};

static int
announce(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct relay *relay = context;

	(void)position;
	publisher_send(relay->publisher, alert->topic, alert->payload,
		       alert->payload_size);
	return 0;
}

void
relay_announce(struct relay *relay)
{
	if (!relay->announce_at)
		return;
	relay->announce_at = 0;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		const char *stream =
			engines_stream(relay->engines, (enum engine_part)part);
		uint64_t before = relay->announced[part];
		/* What cannot be read now can be asked for again. */
		journal_alerts_after(relay->journal, stream, before, "",
				     relay->answering.seq[part] - before,
				     announce, relay);
	}
}

void
relay_heartbeat(struct relay *relay, int64_t monotonic)
{
	static const char *const topics[ENGINE_PARTS] = {
		[ENGINE_REAL] = "heartbeat",
		[ENGINE_DRILL] = "exercise.heartbeat",
	};
	uint8_t bytes[HEARTBEAT_BYTES_MAX];

	if (monotonic < relay->next_heartbeat)
		return;
	relay->next_heartbeat = monotonic + relay->settings->heartbeat_ms;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct heartbeat beat = {
			.stream = engines_stream(relay->engines,
						 (enum engine_part)part),
			.seq = relay->answering.seq[part],
			.at = relay->wall,
			.trouble = relay->answering.trouble,
		};
		journal_head(relay->journal, beat.digest);
		size_t size = codec_heartbeat_pack(&beat, bytes);
		publisher_send(relay->publisher, topics[part], bytes, size);
	}
	relay->answering.heartbeats++;
	relay->answering.heartbeat_at = relay->wall;
}

/* Non-zero: the log takes no more now. */
static int
offer(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct offering *offering = context;
	struct relay *relay = offering->relay;
	struct notice notice;

	(void)position;
	if (codec_alert_unpack(relay->answering.codec, alert->payload,
			       alert->payload_size, &notice)) {
		int error = syslog_outlet_alert(relay->outlet, &notice);
		if (error)
			return error;
	}
	*offering->cursor = alert->seq;
	return 0;
}

static const char *
cursor_name(const char *stream, char ret_name[static CURSOR_NAME_SIZE])
{
	snprintf(ret_name, CURSOR_NAME_SIZE, "syslog.%.16s", stream);
	return ret_name;
}

static uint64_t
cursor_get(const struct relay *relay, const char *stream)
{
	char name[CURSOR_NAME_SIZE];
	uint64_t value;

	return journal_cursor_get(relay->journal, cursor_name(stream, name),
				  &value) == 0
		       ? value
		       : 0;
}

/* Offers the log what it has not got of a stream; its cursor is kept. 0 or, if
 * the log or the journal gives no more now, why. */
static int
outlet_offer(struct relay *relay, const char *stream, uint64_t last_seq,
	     uint64_t *cursor)
{
	char name[CURSOR_NAME_SIZE];
	struct offering offering = {.relay = relay, .cursor = cursor};
	uint64_t before = *cursor;

	if (before == last_seq)
		return 0;
	int error = journal_alerts_after(relay->journal, stream, before, "",
					 OUTLET_RUN, offer, &offering);
	if (error == -EBADMSG)
		log_line(LOG_ERR, "the log is told no more alerts: %s",
			 journal_error(relay->journal));
	if (*cursor != before)
		journal_cursor_set(relay->journal, cursor_name(stream, name),
				   *cursor);
	return error;
}

/* In the order in which they began. */
static int
earlier_add(struct relay *relay, const struct journal_stream *stream)
{
	struct earlier_stream *earlier =
		reallocarray(relay->earlier, relay->earlier_count + 1,
			     sizeof(*earlier));
	size_t place = relay->earlier_count;

	if (!earlier)
		return -ENOMEM;
	relay->earlier = earlier;
	for (;
	     place > 0 && earlier[place - 1].stream.position > stream->position;
	     place--)
		earlier[place] = earlier[place - 1];
	earlier[place] = (struct earlier_stream){
		.stream = *stream, .cursor = cursor_get(relay, stream->name)};
	relay->earlier_count++;
	return 0;
}

int
relay_resume_log(struct relay *relay)
{
	struct journal_stream stream = {.name = ""};
	int error;

	for (int i = 0; i < ENGINE_PARTS; i++) {
		enum engine_part part = (enum engine_part)i;
		relay->outlet_cursor[part] =
			cursor_get(relay, engines_stream(relay->engines, part));
	}
	while ((error = journal_stream_after(relay->journal, stream.name,
					     &stream)) == 0) {
		if (!engines_has_stream(relay->engines, stream.name))
			error = earlier_add(relay, &stream);
		if (error)
			return error;
	}
	return error == -ENOENT ? 0 : error;
}

/* What was said before is told before. False: there is more of it. */
static bool
feed_earlier(struct relay *relay, int64_t monotonic)
{
	struct earlier_stream *earlier = relay->earlier;

	if (relay->earlier_count == 0)
		return true;
	int error = outlet_offer(relay, earlier->stream.name,
				 earlier->stream.last_seq, &earlier->cursor);
	relay->outlet_at =
		error && error != -EBADMSG ? monotonic + RETRY_MS : 0;
	if (error == -EBADMSG || earlier->cursor == earlier->stream.last_seq)
		memmove(earlier, earlier + 1,
			--relay->earlier_count * sizeof(*earlier));
	return false;
}

void
relay_feed_log(struct relay *relay, int64_t monotonic)
{
	if (monotonic < relay->outlet_at || relay->retry_at)
		return;
	if (!feed_earlier(relay, monotonic))
		return;
	relay->outlet_at = TIME_NEVER;
	for (int i = 0; i < ENGINE_PARTS; i++) {
		const char *stream =
			engines_stream(relay->engines, (enum engine_part)i);
		int error = outlet_offer(relay, stream, relay->answering.seq[i],
					 &relay->outlet_cursor[i]);
		if (error == -EBADMSG)
			continue; /* later ones may be good, but not next */
		if (relay->outlet_cursor[i] < relay->answering.seq[i])
			relay->outlet_at = error ? monotonic + RETRY_MS : 0;
	}
}
