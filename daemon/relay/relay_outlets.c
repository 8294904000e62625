/* What goes out of itself: heartbeats, and alerts to the system's log. */

#include "relay/relay_state.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "relay/log.h"

enum { OUTLET_RUN = 256 /* alerts to the log in one turn */ };

struct offering {
	struct relay *relay;
	enum engine_part part;
};

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
	relay->outlet_cursor[offering->part] = alert->seq;
	return 0;
}

const char *
relay_cursor_name(const struct relay *relay, enum engine_part part,
		  char ret_name[static CURSOR_NAME_SIZE])
{
	snprintf(ret_name, CURSOR_NAME_SIZE, "syslog.%.16s",
		 engines_stream(relay->engines, part));
	return ret_name;
}

/* Offers the log what it has not got of a stream; its cursor is kept. 0 or, if
 * the log or the journal gives no more now, why. */
static int
outlet_offer(struct relay *relay, enum engine_part part)
{
	char name[CURSOR_NAME_SIZE];
	struct offering offering = {.relay = relay, .part = part};
	uint64_t before = relay->outlet_cursor[part];

	if (before == relay->answering.seq[part])
		return 0;
	int error =
		journal_alerts_after(relay->journal,
				     engines_stream(relay->engines, part),
				     before, "", OUTLET_RUN, offer, &offering);
	if (error == -EBADMSG)
		log_line(LOG_ERR, "the log is told no more alerts: %s",
			 journal_error(relay->journal));
	if (relay->outlet_cursor[part] != before)
		journal_cursor_set(relay->journal,
				   relay_cursor_name(relay, part, name),
				   relay->outlet_cursor[part]);
	return error;
}

void
relay_feed_log(struct relay *relay, int64_t monotonic)
{
	if (monotonic < relay->outlet_at || relay->retry_at)
		return;
	relay->outlet_at = TIME_NEVER;
	for (int i = 0; i < ENGINE_PARTS; i++) {
		int error = outlet_offer(relay, (enum engine_part)i);
		if (error == -EBADMSG)
			continue; /* later ones may be good, but not next */
		if (relay->outlet_cursor[i] < relay->answering.seq[i])
			relay->outlet_at = error ? monotonic + RETRY_MS : 0;
	}
}
