/*
 * Random streams of reports, played into a real journal as the relay does it,
 * cut into steps at random, with TICKs between them. A stream's alerts are put
 * on tape, one for what is real and one for drills, and tapes are compared.
 */
#ifndef TRUCED_TESTS_STREAMS_H
#define TRUCED_TESTS_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "edge/codec.h"
#include "edge/journal.h"
#include "edge/settings.h"
#include "relay/batch.h"
#include "relay/engines.h"
#include "relay/replay.h"

enum {
	ARRIVALS = 200, /* in each stream */
	STEPS_MAX = 4 * ARRIVALS
};

struct arrival {
	int64_t at; /* the wall clock's time; the report has its own */
	char topic[TOPIC_MAX];
	uint8_t *payload;
	size_t payload_size;
};

struct stream {
	struct arrival arrivals[ARRIVALS];
};

unsigned below(unsigned *seed, unsigned bound);
/* A while after the last one, when all windows are empty again. */
int64_t last_tick(const struct stream *stream);

struct tape {
	uint8_t *bytes;
	size_t size;
};

void tape_add(struct tape *tape, const struct journal_alert *alert);
int tape_visit(void *context, uint64_t position,
	       const struct journal_alert *alert);
/* Whether a tape is as long as, and the same as, the beginning of another. */
void assert_tape(const struct tape *tape, const struct tape *other,
		 size_t size);

/* How a stream is cut into steps. */
struct plan {
	unsigned seed;
	unsigned batch_max; /* reports of the same time in one step */
	unsigned ticks;	    /* one before each report of a later time, in so
			       many of a hundred cases */
	bool keep_empty;    /* TICKs that gave no alert are journaled too */
};

/* How far the run had come when a step was made durable. */
struct mark {
	size_t arrivals;
	size_t tapes[ENGINE_PARTS];
	int64_t time_ms;
};

struct run {
	struct plan plan;
	bool by_wall;
	struct journal *journal; /* NULL: none is kept */
	struct engines *engines;
	struct codec *codec;
	struct start start;
	uint64_t position;
	size_t arrivals; /* taken so far */
	struct tape tapes[ENGINE_PARTS];
	struct mark marks[STEPS_MAX]; /* by position */
	size_t ticks;		      /* that gave alerts */
	size_t empty_ticks;
	size_t refused;
	struct batch body;
	struct report reports[ARRIVALS];
	struct receipt receipts[ARRIVALS];
	struct outbox outbox;
};

struct plan plan_any(unsigned seed);
struct run *run_new(const struct plan *plan, bool by_wall);
void run_free(struct run *run);
struct run *run_whole(const struct plan *plan, const struct settings *settings,
		      const struct stream *stream, struct journal *journal);
int64_t run_apply(struct run *run, enum step_kind kind, int64_t time_ms,
		  size_t count);
void run_commit(struct run *run, enum step_kind kind, int64_t time_ms,
		const void *body, size_t size);
/* What is left of the stream, up to a TICK long after it. */
void run_play(struct run *run, const struct stream *stream);

struct world {
	char directory[64];
	char copy[64]; /* another state directory */
	struct settings *settings;
	struct stream stream;
};

void world_make(struct world *world, bool by_wall, unsigned seed);
void world_done(struct world *world);
void files_remove(const char *directory);
struct journal *opened(const char *directory);
/* The journal in world->directory of a run, closed. */
struct run *run_journaled(struct world *world, const struct plan *plan);
/* A copy of the journal that ends with this step. */
void journal_cut(const struct world *world, uint64_t last);
void assert_journal_has(struct journal *journal, const struct run *run,
			const size_t sizes[static ENGINE_PARTS]);
void assert_same_alerts(const struct run *left, const struct run *right);
/* A last TICK that gave nothing is not kept; what is due after it is the same
 * all the same. */
void assert_same_to_come(const struct world *world, const struct replay *replay,
			 const struct run *run);

#endif
