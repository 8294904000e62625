/*
 * The two engines, real and drill, and the words of what they decide.
 *
 * Each step goes to both. Their alerts are packed at once, so that what is
 * journaled, compared at a replay and published are the same bytes.
 */
#ifndef TRUCED_RELAY_ENGINES_H
#define TRUCED_RELAY_ENGINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine.h"
#include "edge/codec.h"
#include "edge/journal.h"

enum { ENGINE_PARTS = 2, STREAM_SIZE = 33 };

/* What a START step says. */
struct start {
	int version;
	bool anew; /* these engines sum what came before it anew */
	char streams[ENGINE_PARTS][STREAM_SIZE];
	uint8_t key[16];
};

enum { START_BODY_MAX = 256 };

/* Lines of text, for auditors: "engine 1", "real <stream>", ..., and "anew". */
size_t start_write(const struct start *start,
		   char ret_body[static START_BODY_MAX]);
/* 0 or -EBADMSG. */
int start_read(struct start *ret_start, const uint8_t *body, size_t size);
/* New streams and a new key, from the system's randomness. */
void start_make(struct start *ret_start);

struct engines;

/* The configuration must outlive it. Errors: engine_new's. */
int engines_new(struct engines **ret_engines,
		const struct configuration *configuration,
		const struct start *start);
/* The same, going on from states: see engine_restore. */
int engines_restore(struct engines **ret_engines,
		    const struct configuration *configuration,
		    const struct start *start, engine_fill fill, void *context);
void engines_free(struct engines *engines); /* NULL is fine */

/* engine_prepare for both: another configuration for the CONFIG step that comes
 * next. *ret_full is the pool that has no room (POOLS: not known). */
int engines_prepare(struct engines *engines,
		    const struct configuration *configuration,
		    enum pool_kind *ret_full);

struct engine *engines_part(const struct engines *engines,
			    enum engine_part part);
const struct start *engines_start(const struct engines *engines);
const char *engines_stream(const struct engines *engines,
			   enum engine_part part);
/* Whether it is one of these, by its whole name. */
bool engines_has_stream(const struct engines *engines, const char *stream);

/* What an alert is for. */
struct outbox_subject {
	char rule[NAME_SIZE];
	enum cause cause;
	enum engine_part part;
};

/* The alerts of one step, packed; they last until the next engines_apply. */
struct outbox {
	const struct journal_alert *alerts;
	const struct outbox_subject *subjects;
	size_t count;
};

/* Applies a step to both. -ENOMEM leaves them half way: the process must
 * end. */
int engines_apply(struct engines *engines, const struct step *step,
		  struct outbox *ret_outbox);

/*
 * An episode that an earlier stream shows as firing, whose last message this
 * was. In the step that is applied next it goes on, if what it is about is
 * CROSSED there (inherited.h): it then keeps its identifier in all messages to
 * come. Else it ends, after all that the step gives, unless it has. -ENOMEM;
 * -EBADMSG: that is no message.
 */
int engines_inherit(struct engines *engines, enum engine_part part,
		    const struct journal_alert *last, bool ended);
/* What goes on from earlier streams, from the alerts of this one: for engines
 * that were restored. -ENOMEM; as journal_alerts_after. */
int engines_recall(struct engines *engines, struct journal *journal);
/* What an episode is called, by the seq of its first message in this stream.
 * NULL: it began in it. */
const char *engines_origin(const struct engines *engines, enum engine_part part,
			   uint64_t first_seq);
/* The other way round; false: none from an earlier stream is called so. */
bool engines_origin_find(const struct engines *engines, const char *episode,
			 enum engine_part *ret_part, uint64_t *ret_first_seq);

/* What is asked of a report before the engines are, by the wall clock. */
struct admission engines_admission(const struct configuration *configuration,
				   int64_t wall_ms);

/* The latest time of the two, or when one of them wants a TICK. */
int64_t engines_now(const struct engines *engines);
int64_t engines_due(const struct engines *engines);

#endif
