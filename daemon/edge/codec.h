/*
 * Bytes to structs and back: the only place that knows protobuf.
 *
 * Decoding takes no memory beyond the codec's own bounded arena, whatever the
 * payload says. Nothing returned by a decode points into the payload unless
 * it says so.
 */
#ifndef TRUCED_EDGE_CODEC_H
#define TRUCED_EDGE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/command.h"
#include "core/incident.h"
#include "core/silence.h"
#include "core/verdict.h"
#include "edge/wire.h"

struct codec;
struct explain_label;
struct explanation; /* core/explanation.h */

/* What admission depends on and a replay does not repeat. */
struct admission {
	uint32_t max_count;
	int64_t latest_at;   /* later times are from_the_future; TIME_NEVER: any
			      */
	bool times_required; /* records clock: reported_at or occurred_at */
};

int codec_new(struct codec **ret_codec); /* -ENOMEM */
void codec_free(struct codec *codec);

/*
 * Fills *ret_report and returns true, or *ret_receipt (REJECTED, with reason,
 * field, what was expected) and returns false; source, id and revision of
 * *ret_report are then those that could be read, else "" and 0. The topic need
 * not end in NUL. A withdrawal needs identity, revision and assessment only.
 * A tally's occurred_at is its as_of_at. Has an arena of its own: what another
 * decode of this codec gave stays.
 */
bool codec_report(struct codec *codec, const struct admission *admission,
		  const char *topic, size_t topic_size, const uint8_t *payload,
		  size_t payload_size, struct report *ret_report,
		  struct receipt *ret_receipt);

/* Who speaks: the names that make identifiers. */
struct voice {
	const char *sender;
	const char *stream; /* 32 lower-case hex digits */
	/* Of an episode that began in an earlier stream: what it is called. And
	 * in the message that says that it goes on, in place of CROSSED: its
	 * last one there. NULL: not so. */
	const char *episode;
	const char *goes_on_from;
};

enum {
	SENDER_MAX = 64,    /* bytes of the sender in an identifier */
	STREAM_IN_NAME = 8, /* characters of the stream in it */
	IDENTIFIER_SIZE = SENDER_MAX + 1 + STREAM_IN_NAME + 1 + 20 + 1,
	ALERT_BYTES_MAX = 16 * 1024
};

/* Packs an alert with its words rendered. Returns its size, at most
 * ALERT_BYTES_MAX; the same alert and voice give the same bytes. */
size_t codec_alert_pack(const struct alert *alert, const struct voice *voice,
			uint8_t ret_bytes[static ALERT_BYTES_MAX]);
/* Ends an episode whose engine is no more: from its last message, which may be
 * of another stream, one that says so, with the sums that were told; it is not
 * sent before that one was. Returns its size; 0: that is no Alert. */
size_t codec_alert_end(struct codec *codec, const uint8_t *last,
		       size_t last_size, const struct voice *voice,
		       uint64_t seq, int64_t sent_at,
		       uint8_t ret_bytes[static ALERT_BYTES_MAX]);
/* "alert.<agreement>.<rule>", with "exercise." before it for a drill's. */
size_t codec_alert_topic(const struct alert *alert,
			 char ret_topic[static TOPIC_MAX * 2]);

/*
 * An alert as it was sent, for those who read it: logs, terminals, scripts.
 * Its strings lie in the codec's arena until the codec's next call; one that
 * is not set is "".
 */
struct notice {
	const char *identifier;
	const char *stream;
	const char *episode;
	const char *references;
	const char *rule;
	const char *agreement;
	const char *measure;
	const char *headline;
	const char *description;
	const char *instruction;
	const char *web;
	const char *acknowledged_by;
	const char *comment;
	uint64_t seq;
	enum msg_type msg_type;
	enum alert_state state;
	enum cause cause;
	enum status status;
	enum severity severity;
	enum certainty certainty;
	enum urgency urgency;
	double sums[4]; /* index: enum basis */
	double threshold;
	int64_t window_ms;
	int64_t onset_at; /* TIME_UNSET if not set, as all times */
	int64_t sent_at;
	int64_t began_at;
	int64_t acknowledged_at;
	uint32_t events;
	uint32_t attributed;
	uint32_t disputed;
	bool at_least;
	const struct notice_label {
		const char *name;
		const char *value;
	} * labels;
	size_t labels_count;
	const char *const *evidence; /* source/id@revision */
	size_t evidence_count;
};

/* False: not an Alert. */
bool codec_alert_unpack(struct codec *codec, const uint8_t *payload,
			size_t payload_size, struct notice *ret_notice);

struct heartbeat {
	const char *stream;
	uint64_t seq;
	int64_t at;
	uint8_t digest[32];
	const char *trouble; /* "" when all is well */
};

enum { HEARTBEAT_BYTES_MAX = 512 };

size_t codec_heartbeat_pack(const struct heartbeat *heartbeat,
			    uint8_t ret_bytes[static HEARTBEAT_BYTES_MAX]);
bool codec_heartbeat_unpack(struct codec *codec, const uint8_t *payload,
			    size_t payload_size,
			    struct heartbeat *ret_heartbeat);

/* --- The service: requests and replies, both directions for both programs.
 * What a decode gives lies in the codec's arena until its next call. --- */

enum request_kind {
	REQUEST_NONE, /* none that this version knows: answered with an error */
	REQUEST_SUBMIT,
	REQUEST_GET,
	REQUEST_REPLAY,
	REQUEST_LIST,
	REQUEST_ACKNOWLEDGE,
	REQUEST_RETRACT,
	REQUEST_DEADLINE,
	REQUEST_SILENCE,
	REQUEST_UNSILENCE,
	REQUEST_SILENCES,
	REQUEST_EXPLAIN,
	REQUEST_STATUS
};

/* Whether an alert may have something under that name for a silence to match.
 */
bool codec_is_matcher_name(const char *name);

/* The longest that an acknowledgement or a silence may hold. */
#define FOR_MS_MAX (INT64_C(36500) * 24 * 3600 * 1000)

struct request {
	uint64_t tag; /* the client's, mirrored in the reply */
	enum request_kind kind;
	/* ACKNOWLEDGE, RETRACT, SILENCE, UNSILENCE, DEADLINE, EXPLAIN: what was
	 * expected where it says something else, to be answered with an error.
	 * NULL: `identifier` is some text, `by` 1 to 64 bytes without control
	 * characters or blanks at its ends, `comment` less than COMMENT_SIZE
	 * and not "" in a RETRACT, 0 <= for_ms <= FOR_MS_MAX; a SILENCE has 1
	 * to MATCHERS_MAX matchers, each with a name that there is, and a time;
	 * a DEADLINE has an agreement and a deadline of less than NAME_SIZE and
	 * a `word` of one; an EXPLAIN has one of identifier, seq and rule. */
	const char *expected;
	/* SUBMIT */
	const struct wire_message *items;
	size_t items_count;
	bool dry_run; /* a verdict, and no trace */
	/* GET, ACKNOWLEDGE, RETRACT, EXPLAIN (which may have none) */
	const char *identifier;
	/* ACKNOWLEDGE, RETRACT, SILENCE, UNSILENCE, DEADLINE */
	const char *by;
	const char *comment; /* or "" */
	int64_t for_ms; /* ACKNOWLEDGE: 0 until a level up or the end; SILENCE:
			 * 0: until_at */
	/* SILENCE */
	const struct matcher *matchers;
	size_t matchers_count;
	int64_t until_at;
	enum severity up_to;
	/* UNSILENCE */
	uint64_t silence;
	/* SILENCE, UNSILENCE, EXPLAIN: the drills' */
	bool exercise;
	/* EXPLAIN: an alert by its number, 0: not so; else a rule. */
	uint64_t seq;
	const char *rule;
	const struct explain_label *labels;
	size_t labels_count;
	/* DEADLINE, EXPLAIN */
	const char *agreement;
	/* DEADLINE */
	const char *deadline;
	enum command_kind word;
	int64_t at; /* MET, DUE: from 1900 to 9999 */
	/* REPLAY */
	const char *stream; /* "": the real one */
	uint64_t after_seq;
	uint32_t limit; /* 0: REPLAY_MAX */
	/* REPLAY, LIST */
	const char *prefix; /* of topics; "": all */
	/* LIST */
	const char *after; /* `next` of the reply before; "": the first */
};

/* What status tells; counts since the process started unless said otherwise. */
struct status_pool {
	const char *name;
	uint64_t bytes;
	uint32_t used;
	uint32_t limit;
};

struct status_rule {
	const char *rule;
	uint32_t groups;
	uint32_t open;
	uint64_t too_late;
	uint64_t ungrouped;
};

struct status_stream { /* [0] the real one, [1] the drills' */
	const char *stream;
	uint64_t seq;
	int64_t engine_at;
	uint64_t logged;   /* seq of the last alert that the log was offered */
	uint32_t silences; /* active ones */
	uint32_t held;	   /* episodes of which they hold messages back */
};

/* Alerts that were told, of a rule or one of truced's own conditions. */
struct status_told {
	char rule[NAME_SIZE];
	bool drill;
	uint64_t causes[CAUSES];
};

enum { COMMIT_BOUNDS = 12 };

/* Upper bounds, ascending. */
extern const uint64_t commit_bounds_us[COMMIT_BOUNDS];

struct status_commits {
	/* How many took at most so long and more than the bound before; the
	 * last: longer than all. */
	uint64_t by_time[COMMIT_BOUNDS + 1];
	uint64_t total_us;
	uint64_t longest_us;
};

/* Reports are taken in batches, as many as have come in, up to a limit. */
struct status_batches {
	uint64_t count; /* that had reports */
	uint64_t full;	/* of them, as large as they may be */
	uint32_t last;	/* reports in the last one, in the largest, at most */
	uint32_t largest;
	uint32_t limit;
};

struct status_reply {
	const char *version;
	const char *sender;
	int64_t started_at;
	uint64_t position; /* the journal's head */
	uint8_t digest[32];
	struct status_stream streams[2];
	uint64_t verdicts[VERDICTS];
	uint64_t reasons[REASONS];
	uint64_t malformed; /* messages that were not two frames */
	uint64_t heartbeats;
	const char *trouble; /* the journal's, "" when all is well */
	const struct status_pool *pools;
	size_t pools_count;
	const struct status_rule *rules;
	size_t rules_count;
	const struct status_told *told;
	size_t told_count;
	struct status_commits commits;
	struct status_batches batches;
	uint64_t journal_bytes; /* the files' sizes */
	uint64_t wal_bytes;
	int64_t heartbeat_at; /* the last one */
};

enum reply_kind {
	REPLY_NONE,
	REPLY_ERROR, /* detail says what was expected */
	REPLY_RECEIPTS,
	REPLY_ALERT,  /* get: alerts[0], or none; acknowledge, retract: the
		       * message that it gave; deadline: likewise, or none */
	REPLY_ALERTS, /* replay, list */
	REPLY_EXPLANATION,
	REPLY_SILENCES, /* silences; silence, unsilence: that one */
	REPLY_STATUS
};

/* What a silence holds back: topic and an Alert without a number. */
struct held_reply {
	struct wire_message message;
	int64_t since_at;
	uint64_t silence;
};

struct silence_reply {
	struct silence silence;
	bool exercise;
};

struct receipt_reply {
	struct receipt receipt;
	const char *source; /* as far as it could be read */
	const char *id;
	uint32_t revision;
};

struct reply {
	uint64_t tag;
	enum reply_kind kind;
	const char *detail; /* ERROR */
	const struct receipt_reply *receipts;
	size_t receipts_count;
	/* ALERT, ALERTS: topic and Alert payload */
	const struct wire_message *alerts;
	size_t alerts_count;
	const struct held_reply *held; /* ALERTS, of a list */
	size_t held_count;
	/* EXPLANATION; alerts[0] is the one asked for, if one was. */
	const struct explanation *explanation;
	const struct silence_reply *silences; /* SILENCES */
	size_t silences_count;
	const char *stream;
	uint64_t last_seq; /* of the stream, so that "nothing missed" shows */
	const char *next;  /* of a LIST: where it goes on; "": that is all */
	const char
		*next_stream; /* of a REPLAY: after this one; "": it goes on */
	struct status_reply status;
};

bool codec_request_unpack(struct codec *codec, const uint8_t *payload,
			  size_t payload_size, struct request *ret_request);
bool codec_reply_unpack(struct codec *codec, const uint8_t *payload,
			size_t payload_size, struct reply *ret_reply);
/* The bytes lie in the codec's arena until its next call; the request or reply
 * must not. NULL: too large, some 4 MiB. */
const uint8_t *codec_request_pack(struct codec *codec,
				  const struct request *request,
				  size_t *ret_size);
const uint8_t *codec_reply_pack(struct codec *codec, const struct reply *reply,
				size_t *ret_size);

/* --- Drafts: a report made field by field from text, for truce's CSV and
 * JSON Lines. Paths are the proto's field names: "killed.best",
 * "place.latitude", "links" (each set adds one). Enums by their proto names in
 * any case; times as RFC 3339 or Unix milliseconds. A draft may hold what
 * codec_report refuses. --- */

struct draft;

enum { DRAFT_EXPECTED_SIZE = 512 }; /* for the longest that can be expected */

int draft_new(struct draft **ret_draft, enum report_type type); /* -ENOMEM */
void draft_free(struct draft *draft);
void draft_clear(struct draft *draft);
/* 0; -ENOENT: no such field; -EINVAL: not a value for it. What was expected is
 * then in ret_expected. -ENOMEM. */
int draft_set(struct draft *draft, const char *path, const char *text,
	      char *ret_expected, size_t size);
/* Bytes that last until the draft's next change. */
const uint8_t *draft_pack(struct draft *draft, size_t *ret_size);
/* "incident.<agreement>" as the draft stands. False: no agreement is set. */
bool draft_topic(const struct draft *draft, char ret_topic[static TOPIC_MAX]);

/* Visits each set field of an Alert payload in field order, for --json: path
 * as above, kind of value, text (enums by name, times in milliseconds). */
enum value_kind { VALUE_STRING, VALUE_NUMBER, VALUE_BOOL, VALUE_ENUM };

typedef void (*codec_visit_field)(void *context, const char *path, size_t index,
				  enum value_kind kind, const char *text);
bool codec_alert_visit(struct codec *codec, const uint8_t *payload,
		       size_t payload_size, codec_visit_field visit,
		       void *context);

#endif
