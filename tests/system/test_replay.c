/*
 * Replaying a journal gives what the run that wrote it gave, to the byte.
 *
 * Random streams of reports are played into a real journal as the relay does
 * it, cut into steps at random, with TICKs between them. A stream's alerts are
 * put on tape, one for what is real and one for drills, and tapes are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/limits.h"
#include "edge/codec.h"
#include "edge/journal.h"
#include "edge/settings.h"
#include "relay/batch.h"
#include "relay/engines.h"
#include "relay/replay.h"

enum {
	STREAMS = 6,	/* for each clock */
	ARRIVALS = 200, /* in each */
	CUTS = 5,	/* of each journal */
	STEPS_MAX = 4 * ARRIVALS,
	TAPE_SIZE = 4 * 1024 * 1024,
	BODY_SIZE = 1024 * 1024
};

static const int64_t NOON = INT64_C(1424080800000); /* 2015-02-16 */

static const char CONFIG[] =
	"sender = \"truced\"; state_dir = \"/nowhere\"; clock = \"%s\";\n"
	"intake: { subscribe = (); }; service: { endpoints = []; };\n"
	"alerts: { publish = (); heartbeat = \"1s\"; };\n"
	"syslog: { target = \"off\"; };\n"
	"limits: { reports = 1000; groups = 100; buckets = 10000;\n"
	"  episodes = 100; names = 100; };\n"
	"sources = ( { name = \"UCDP\"; at_most = \"verified\"; },\n"
	"  { name = \"OSCE\"; at_most = \"corroborated\"; } );\n"
	"agreements = ( { id = \"minsk-2\"; title = \"Minsk\";\n"
	"  effective = \"2015-02-15T00:00:00+02:00\";\n"
	"  parties = [ \"ukraine\", \"dpr\", \"lpr\" ]; } );\n"
	"rules = (\n"
	"{ name = \"killed\"; kind = \"threshold\"; measure = \"killed\";\n"
	"  window = \"20s\"; resolution = \"1s\"; late = \"4s\";\n"
	"  group_by = [ \"party\" ]; keep_firing = \"3s\";\n"
	"  levels = ( { at = 5; severity = \"severe\"; clear = 3; },\n"
	"             { at = 15; severity = \"extreme\"; } ); },\n"
	"{ name = \"violations\"; kind = \"threshold\";\n"
	"  measure = \"violations\"; window = \"1m\"; resolution = \"5s\";\n"
	"  for = \"3s\"; keep_firing = \"10s\"; update_every = \"15s\";\n"
	"  group_by = [ \"kind\" ];\n"
	"  levels = ( { at = 4; severity = \"moderate\"; clear = 2; } ); },\n"
	"{ name = \"total\"; kind = \"threshold\"; measure = \"casualties\";\n"
	"  window = \"agreement\"; update_every = \"20s\";\n"
	"  levels = ( { at = 10; severity = \"minor\"; },\n"
	"             { at = 60; severity = \"severe\"; } ); },\n"
	"{ name = \"burst\"; kind = \"threshold\"; measure = \"events\";\n"
	"  window = \"5s\"; resolution = \"1s\"; time = \"received\";\n"
	"  levels = ( { at = 3; severity = \"minor\"; } ); } );\n";

/* --- Streams of reports --- */

struct arrival {
	int64_t at; /* the wall clock's time; the report has its own */
	char topic[TOPIC_MAX];
	uint8_t *payload;
	size_t payload_size;
};

struct stream {
	struct arrival arrivals[ARRIVALS];
};

static unsigned
below(unsigned *seed, unsigned bound)
{
	return (unsigned)rand_r(seed) % bound;
}

static const char *
one_of(unsigned *seed, const char *const *names, unsigned count)
{
	return names[below(seed, count)];
}

static void
set(struct draft *draft, const char *path, const char *text)
{
	char expected[128];

	if (draft_set(draft, path, text, expected, sizeof(expected)) != 0)
		fail_msg("%s = %s: %s", path, text, expected);
}

static void
set_number(struct draft *draft, const char *path, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	set(draft, path, text);
}

static void
counts_set(struct draft *draft, unsigned *seed)
{
	unsigned best = below(seed, 7);

	if (below(seed, 2)) {
		set_number(draft, "killed.low", below(seed, best + 1));
		set_number(draft, "killed.high", best + below(seed, 4));
	}
	set_number(draft, "killed.best", best);
	if (below(seed, 2))
		set_number(draft, "injured.best", below(seed, 5));
	if (below(seed, 3) == 0)
		set_number(draft, "violations.best", below(seed, 4));
}

/* Ids and revisions come again: duplicates, stale ones and conflicts. */
static void
report_fill(struct draft *draft, unsigned *seed, int64_t at)
{
	static const char *const sources[] = {"UCDP", "OSCE", "Tass"};
	static const char *const parties[] = {"dpr", "lpr", "ukraine", "dpr",
					      "dpr", "lpr", "france"};
	static const char *const kinds[] = {"SHELLING", "CLASH", "AIR_STRIKE"};
	static const char *const assessments[] = {
		"ALLEGED",	   "CORROBORATED", "VERIFIED",
		"UNSUBSTANTIATED", "ALLEGED",	   "NOT_A_VIOLATION"};
	unsigned id = below(seed, 60);
	bool withdrawn = below(seed, 8) == 0;

	set(draft, "agreement", "minsk-2");
	set_number(draft, "id", id);
	set_number(draft, "revision", 1 + below(seed, 4));
	set(draft, "source", sources[id % 3]);
	if (id % 6 == 5)
		set(draft, "status", "EXERCISE");
	set_number(draft, "reported_at", at - below(seed, 3000));
	if (withdrawn) {
		set(draft, "assessment", "WITHDRAWN");
		return;
	}
	if (below(seed, 4))
		set_number(draft, "occurred_at", at - below(seed, 30000));
	set(draft, "party", one_of(seed, parties, 7));
	set(draft, "kind", one_of(seed, kinds, 3));
	set(draft, "assessment", one_of(seed, assessments, 6));
	if (below(seed, 3) == 0)
		set_number(draft, "event", below(seed, 8));
	counts_set(draft, seed);
}

/* Many at the same time, some soon after, some when all has become quiet. */
static int64_t
gap(unsigned *seed)
{
	switch (below(seed, 8)) {
	case 0:
		return below(seed, 30000);
	case 1:
		return below(seed, 300) == 0 ? 86400000 : below(seed, 100000);
	case 2:
	case 3:
		return below(seed, 2000);
	default:
		return 0;
	}
}

static void
stream_make(struct stream *stream, unsigned seed)
{
	struct draft *draft;
	int64_t at = NOON;

	assert_int_equal(draft_new(&draft, REPORT_INCIDENT), 0);
	for (size_t i = 0; i < ARRIVALS; i++) {
		struct arrival *arrival = &stream->arrivals[i];
		draft_clear(draft);
		arrival->at = at += gap(&seed);
		report_fill(draft, &seed, at);
		const uint8_t *payload =
			draft_pack(draft, &arrival->payload_size);
		arrival->payload = malloc(arrival->payload_size);
		assert_non_null(arrival->payload);
		memcpy(arrival->payload, payload, arrival->payload_size);
		assert_true(draft_topic(draft, arrival->topic));
	}
	draft_free(draft);
}

static void
stream_free(struct stream *stream)
{
	for (size_t i = 0; i < ARRIVALS; i++)
		free(stream->arrivals[i].payload);
}

/* A while after the last one, when all windows are empty again. */
static int64_t
last_tick(const struct stream *stream)
{
	return stream->arrivals[ARRIVALS - 1].at + 1000000;
}

/* --- Tapes --- */

struct tape {
	uint8_t *bytes;
	size_t size;
};

static void
tape_add(struct tape *tape, const struct journal_alert *alert)
{
	size_t topic_size = strlen(alert->topic) + 1;

	if (!tape->bytes)
		tape->bytes = malloc(TAPE_SIZE);
	assert_non_null(tape->bytes);
	assert_true(TAPE_SIZE - tape->size >
		    sizeof(alert->seq) + topic_size + alert->payload_size);
	memcpy(tape->bytes + tape->size, &alert->seq, sizeof(alert->seq));
	tape->size += sizeof(alert->seq);
	memcpy(tape->bytes + tape->size, alert->topic, topic_size);
	tape->size += topic_size;
	memcpy(tape->bytes + tape->size, alert->payload, alert->payload_size);
	tape->size += alert->payload_size;
}

static int
tape_visit(void *context, uint64_t position, const struct journal_alert *alert)
{
	(void)position;
	tape_add(context, alert);
	return 0;
}

/* Whether a tape is as long as, and the same as, the beginning of another. */
static void
assert_tape(const struct tape *tape, const struct tape *other, size_t size)
{
	assert_int_equal(tape->size, size);
	assert_true(size <= other->size);
	if (size)
		assert_memory_equal(tape->bytes, other->bytes, size);
}

/* --- One run: what the relay does between drain and publish --- */

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

static struct run *
run_new(const struct plan *plan, bool by_wall)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->plan = *plan;
	run->by_wall = by_wall;
	assert_int_equal(codec_new(&run->codec), 0);
	assert_int_equal(batch_init(&run->body, BODY_SIZE), 0);
	return run;
}

static void
run_free(struct run *run)
{
	for (int part = 0; part < ENGINE_PARTS; part++)
		free(run->tapes[part].bytes);
	engines_free(run->engines);
	codec_free(run->codec);
	batch_done(&run->body);
	free(run);
}

static void
commit(struct run *run, enum step_kind kind, int64_t time_ms, const void *body,
       size_t size)
{
	struct journal_step step = {.position = ++run->position,
				    .time_ms = time_ms,
				    .kind = (int)kind,
				    .body = body,
				    .body_size = size};

	for (size_t i = 0; i < run->outbox.count; i++) {
		const struct journal_alert *alert = &run->outbox.alerts[i];
		int part =
			strcmp(alert->stream,
			       engines_stream(run->engines, ENGINE_REAL)) != 0;
		tape_add(&run->tapes[part], alert);
	}
	if (run->journal)
		assert_int_equal(journal_commit(run->journal, &step,
						run->outbox.alerts,
						run->outbox.count),
				 0);
	assert_true(run->position < STEPS_MAX);
	run->marks[run->position] = (struct mark){
		.arrivals = run->arrivals,
		.tapes = {run->tapes[ENGINE_REAL].size,
			  run->tapes[ENGINE_DRILL].size},
		.time_ms = time_ms,
	};
	run->outbox.count = 0;
}

static int64_t
apply(struct run *run, enum step_kind kind, int64_t time_ms, size_t count)
{
	struct step step = {.kind = kind,
			    .time_ms = time_ms,
			    .position = run->position + 1,
			    .reports = run->reports,
			    .receipts = run->receipts,
			    .count = count};

	assert_int_equal(engines_apply(run->engines, &step, &run->outbox), 0);
	return run->by_wall ? time_ms : engines_now(run->engines);
}

static void
begin(struct run *run, const struct settings *settings)
{
	char body[START_BODY_MAX];

	memset(&run->start, 0, sizeof(run->start));
	run->start.version = ENGINE_VERSION;
	memset(run->start.streams[ENGINE_REAL], 'a', STREAM_SIZE - 1);
	memset(run->start.streams[ENGINE_DRILL], 'd', STREAM_SIZE - 1);
	commit(run, STEP_START, NOON, body, start_write(&run->start, body));
	assert_int_equal(engines_new(&run->engines, &settings->configuration,
				     &run->start),
			 0);
	int64_t time_ms = apply(run, STEP_CONFIG, NOON, 0);
	commit(run, STEP_CONFIG, time_ms, settings->text,
	       strlen(settings->text));
}

static void
tick(struct run *run, int64_t time_ms)
{
	time_ms = apply(run, STEP_TICK, time_ms, 0);
	if (run->outbox.count)
		run->ticks++;
	else
		run->empty_ticks++;
	if (run->outbox.count || run->plan.keep_empty)
		commit(run, STEP_TICK, time_ms, "", 0);
}

static void
batch(struct run *run, const struct stream *stream, size_t count)
{
	static const struct admission admission = {.max_count = 100000,
						   .latest_at = TIME_NEVER};
	const struct arrival *arrivals = &stream->arrivals[run->arrivals];
	size_t accepted = 0;

	for (size_t i = 0; i < count; i++) {
		const struct arrival *arrival = &arrivals[i];
		run->receipts[i] = (struct receipt){.verdict = VERDICT_NONE};
		assert_true(codec_report(run->codec, &admission, arrival->topic,
					 strlen(arrival->topic),
					 arrival->payload,
					 arrival->payload_size,
					 &run->reports[i], &run->receipts[i]));
	}
	int64_t time_ms = apply(run, STEP_REPORTS, arrivals[0].at, count);
	run->arrivals += count;
	run->body.size = 0;
	for (size_t i = 0; i < count; i++) {
		struct wire_message message = {
			.topic = arrivals[i].topic,
			.topic_size = strlen(arrivals[i].topic),
			.payload = arrivals[i].payload,
			.payload_size = arrivals[i].payload_size};
		if (run->receipts[i].verdict != VERDICT_ACCEPTED)
			continue;
		assert_true(batch_add(&run->body, &message));
		accepted++;
	}
	run->refused += count - accepted;
	if (accepted)
		commit(run, STEP_REPORTS, time_ms, run->body.bytes,
		       run->body.size);
	else
		assert_int_equal(run->outbox.count, 0);
}

/* What is left of the stream, up to a TICK long after it. */
static void
play(struct run *run, const struct stream *stream)
{
	unsigned *seed = &run->plan.seed;
	int64_t last = run->position ? run->marks[run->position].time_ms : 0;

	while (run->arrivals < ARRIVALS) {
		const struct arrival *next = &stream->arrivals[run->arrivals];
		size_t left = ARRIVALS - run->arrivals;
		size_t count = 0;
		while (run->by_wall && last < next->at &&
		       below(seed, 100) < run->plan.ticks) {
			int64_t ahead = next->at - last;
			last += ahead > 100000
					? ahead / 2
					: 1 + below(seed, (unsigned)ahead);
			tick(run, last);
		}
		do
			count++;
		while (count < left && count < run->plan.batch_max &&
		       (!run->by_wall || next[count].at == next->at));
		last = next->at;
		batch(run, stream, 1 + below(seed, (unsigned)count));
	}
	tick(run, last_tick(stream));
}

static struct run *
run_whole(const struct plan *plan, const struct settings *settings,
	  const struct stream *stream, struct journal *journal)
{
	struct run *run =
		run_new(plan, settings->configuration.clock == CLOCK_WALL);

	run->journal = journal;
	begin(run, settings);
	play(run, stream);
	return run;
}

/* --- The world of a test --- */

struct world {
	char directory[64];
	char copy[64]; /* another state directory */
	struct settings *settings;
	struct stream stream;
};

static void
complain(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

static void
files_remove(const char *directory)
{
	static const char *const names[] = {"journal.db", "journal.db-wal",
					    "journal.db-shm", "lock"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
}

static void
world_make(struct world *world, bool by_wall, unsigned seed)
{
	char text[sizeof(CONFIG) + 16];

	/* In memory if there is any: durability is another test's matter. */
	const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(world->directory, sizeof(world->directory),
		 "%s/truced-replay-XXXXXX", place);
	snprintf(world->copy, sizeof(world->copy), "%s/truced-replay-XXXXXX",
		 place);
	assert_non_null(mkdtemp(world->directory));
	assert_non_null(mkdtemp(world->copy));
	snprintf(text, sizeof(text), CONFIG, by_wall ? "wall" : "records");
	assert_int_equal(settings_parse(&world->settings, text, "test",
					complain, NULL),
			 0);
	stream_make(&world->stream, seed);
}

static void
world_done(struct world *world)
{
	settings_free(world->settings);
	stream_free(&world->stream);
	files_remove(world->directory);
	files_remove(world->copy);
	assert_int_equal(rmdir(world->directory), 0);
	assert_int_equal(rmdir(world->copy), 0);
}

static struct journal *
opened(const char *directory)
{
	struct journal *journal = NULL;

	if (journal_open(&journal, directory) != 0)
		fail_msg("%s", journal_error(NULL));
	return journal;
}

/* The journal in world->directory of a run, closed. */
static struct run *
run_journaled(struct world *world, const struct plan *plan)
{
	files_remove(world->directory);
	struct journal *journal = opened(world->directory);
	struct run *run =
		run_whole(plan, world->settings, &world->stream, journal);
	journal_close(journal);
	run->journal = NULL;
	return run;
}

static void
assert_journal_has(struct journal *journal, const struct run *run,
		   const size_t sizes[static ENGINE_PARTS])
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		struct tape tape = {.bytes = NULL};
		assert_int_equal(journal_alerts_after(journal,
						      run->start.streams[part],
						      0, "", SIZE_MAX,
						      tape_visit, &tape),
				 0);
		assert_tape(&tape, &run->tapes[part], sizes[part]);
		free(tape.bytes);
	}
}

static void
assert_same_alerts(const struct run *left, const struct run *right)
{
	for (int part = 0; part < ENGINE_PARTS; part++)
		assert_tape(&left->tapes[part], &right->tapes[part],
			    right->tapes[part].size);
}

/* A copy of the journal that ends with this step. */
static void
journal_cut(const struct world *world, uint64_t last)
{
	char text[1024];
	char path[128];
	sqlite3 *database;
	char *error = NULL;

	files_remove(world->copy);
	snprintf(path, sizeof(path), "%s/journal.db", world->directory);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	snprintf(text, sizeof(text), "VACUUM INTO '%s/journal.db'",
		 world->copy);
	if (sqlite3_exec(database, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(database);
	snprintf(path, sizeof(path), "%s/journal.db", world->copy);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	snprintf(text, sizeof(text),
		 "DELETE FROM alerts WHERE position > %" PRIu64 ";"
		 "DELETE FROM steps WHERE position > %" PRIu64 ";",
		 last, last);
	if (sqlite3_exec(database, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(database);
}

static struct plan
plan_any(unsigned seed)
{
	return (struct plan){.seed = seed,
			     .batch_max = 1 + below(&seed, 40),
			     .ticks = below(&seed, 90),
			     .keep_empty = below(&seed, 2)};
}

/* A last TICK that gave nothing is not kept; what is due after it is the same
 * all the same. */
static void
assert_same_to_come(const struct world *world, const struct replay *replay,
		    const struct run *run)
{
	const struct step step = {.kind = STEP_TICK,
				  .time_ms = last_tick(&world->stream)};
	struct outbox outbox;

	assert_int_equal(engines_apply(replay->engines, &step, &outbox), 0);
	assert_int_equal(outbox.count, 0);
	assert_int_equal(engines_now(replay->engines),
			 engines_now(run->engines));
	assert_int_equal(engines_due(replay->engines),
			 engines_due(run->engines));
}

/* --- The tests --- */

static void
gives_the_same_alerts_from_its_start(void **state)
{
	size_t alerts = 0, ticks = 0, refused = 0;

	(void)state;
	for (unsigned seed = 0; seed < 2 * STREAMS; seed++) {
		struct replay replay;
		struct world world;
		struct plan plan = plan_any(seed);
		world_make(&world, seed % 2, seed);
		struct run *run = run_journaled(&world, &plan);
		struct journal *journal = opened(world.directory);
		assert_journal_has(journal, run,
				   run->marks[run->position].tapes);
		if (replay_run(&replay, journal, NULL, NULL) != 0)
			fail_msg("%s", replay.error);
		assert_int_equal(replay.position, run->position);
		assert_int_equal(replay.reports, ARRIVALS - run->refused);
		assert_int_equal(engines_now(replay.engines),
				 run->marks[run->position].time_ms);
		assert_same_to_come(&world, &replay, run);
		alerts += replay.alerts;
		ticks += run->ticks;
		refused += run->refused;
		replay_done(&replay);
		journal_close(journal);
		run_free(run);
		world_done(&world);
	}
	print_message("%zu alerts, %zu TICKs that gave some, %zu reports "
		      "refused\n",
		      alerts, ticks, refused);
	assert_true(alerts > 100 * STREAMS);
	assert_true(ticks > 5 * STREAMS);
	assert_true(refused > 10 * STREAMS);
}

/* As the relay goes on after a replay: START, then what comes. */
static struct run *
run_resumed(struct world *world, const struct run *whole, uint64_t last,
	    struct replay *replay, struct journal *journal, unsigned seed)
{
	const struct mark *mark = &whole->marks[last];
	struct plan plan = plan_any(seed);
	struct run *run = run_new(&plan, whole->by_wall);
	char body[START_BODY_MAX];

	run->engines = replay->engines;
	replay->engines = NULL;
	run->start = replay->start;
	run->journal = journal;
	run->position = last;
	run->arrivals = mark->arrivals;
	run->marks[last] = *mark;
	int64_t time_ms = mark->time_ms;
	if (run->by_wall && run->arrivals < ARRIVALS) {
		int64_t next = world->stream.arrivals[run->arrivals].at;
		if (next > time_ms && below(&seed, 2))
			time_ms += (next - time_ms) / 2;
	}
	time_ms = apply(run, STEP_START, time_ms, 0);
	commit(run, STEP_START, time_ms, body, start_write(&run->start, body));
	play(run, &world->stream);
	return run;
}

static void
assert_goes_on(struct world *world, const struct run *whole, uint64_t last,
	       unsigned seed)
{
	const struct mark *mark = &whole->marks[last];
	struct replay replay;

	journal_cut(world, last);
	struct journal *journal = opened(world->copy);
	assert_journal_has(journal, whole, mark->tapes);
	if (replay_run(&replay, journal, NULL, NULL) != 0)
		fail_msg("%s", replay.error);
	assert_int_equal(replay.position, last);
	if (replay.engines) {
		struct run *rest =
			run_resumed(world, whole, last, &replay, journal, seed);
		for (int part = 0; part < ENGINE_PARTS; part++) {
			const struct tape *tape = &whole->tapes[part];
			struct tape tail = {tape->bytes + mark->tapes[part],
					    tape->size - mark->tapes[part]};
			assert_tape(&rest->tapes[part], &tail, tail.size);
		}
		/* What both have written is one journal. */
		struct replay again;
		if (replay_run(&again, journal, NULL, NULL) != 0)
			fail_msg("%s", again.error);
		replay_done(&again);
		run_free(rest);
	} else {
		assert_int_equal(last, 1);
	}
	replay_done(&replay);
	journal_close(journal);
}

static void
goes_on_after_any_step_as_if_it_had_not_stopped(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 2 * STREAMS; seed++) {
		struct world world;
		struct plan plan = plan_any(seed);
		unsigned random = seed;
		world_make(&world, seed % 2, seed + 1000);
		struct run *run = run_journaled(&world, &plan);
		assert_goes_on(&world, run, 1, seed);
		assert_goes_on(&world, run, 2, seed);
		for (int cut = 0; cut < CUTS; cut++)
			assert_goes_on(&world, run,
				       1 + below(&random,
						 (unsigned)run->position),
				       random);
		run_free(run);
		world_done(&world);
	}
}

static void
gives_the_same_alerts_however_it_is_cut_into_steps(void **state)
{
	static const struct plan plans[] = {
		{.seed = 1, .batch_max = 1},
		{.seed = 2, .batch_max = ARRIVALS},
		{.seed = 3, .batch_max = 5, .ticks = 90},
		{.seed = 4, .batch_max = 5, .ticks = 90, .keep_empty = true},
		{.seed = 5, .batch_max = 20, .ticks = 30},
	};

	(void)state;
	for (unsigned seed = 0; seed < 8 * STREAMS; seed++) {
		struct world world;
		world_make(&world, seed % 2, seed + 2000);
		struct run *first = run_whole(&plans[0], world.settings,
					      &world.stream, NULL);
		for (size_t i = 1; i < sizeof(plans) / sizeof(plans[0]); i++) {
			struct run *run = run_whole(&plans[i], world.settings,
						    &world.stream, NULL);
			assert_same_alerts(run, first);
			assert_int_equal(run->refused, first->refused);
			run_free(run);
		}
		run_free(first);
		world_done(&world);
	}
}

/* The relay keeps a TICK only if it gave alerts: the others leave no trace
 * that the next step does not leave too. */
static void
needs_no_tick_that_gave_no_alert(void **state)
{
	size_t empty = 0;

	(void)state;
	for (unsigned seed = 0; seed < STREAMS; seed++) {
		struct plan plan = {.seed = seed, .batch_max = 4, .ticks = 80};
		struct replay replays[2];
		struct run *runs[2];
		struct world world;
		world_make(&world, true, seed + 3000);
		for (int i = 0; i < 2; i++) {
			plan.keep_empty = i;
			runs[i] = run_journaled(&world, &plan);
			struct journal *journal = opened(world.directory);
			if (replay_run(&replays[i], journal, NULL, NULL) != 0)
				fail_msg("%s", replays[i].error);
			journal_close(journal);
		}
		assert_int_equal(runs[0]->empty_ticks, runs[1]->empty_ticks);
		assert_int_equal(runs[0]->position + runs[0]->empty_ticks,
				 runs[1]->position);
		assert_same_alerts(runs[0], runs[1]);
		assert_int_equal(replays[0].alerts, replays[1].alerts);
		empty += runs[0]->empty_ticks;
		for (int i = 0; i < 2; i++) {
			assert_same_to_come(&world, &replays[i], runs[i]);
			replay_done(&replays[i]);
			run_free(runs[i]);
		}
		world_done(&world);
	}
	print_message("%zu TICKs left out\n", empty);
	assert_true(empty > 10 * STREAMS);
}

/* --- What was altered --- */

enum alteration {
	NOTHING,
	ALERT_PAYLOAD,
	ALERT_TOPIC,
	ALERT_GONE,
	ALERT_MORE,
	BODY_CUT,
	BODY_TWICE,
	BODY_EMPTY,
	KIND_UNKNOWN,
	START_VERSION,
	CONFIG_AGAIN,
	ALTERATIONS
};

/* What the error says, with the step's number for %s. */
static const char *const COMPLAINTS[ALTERATIONS] = {
	[ALERT_PAYLOAD] = "step %s does not give alert #",
	[ALERT_TOPIC] = "step %s does not give alert #",
	[ALERT_GONE] = "step %s gives ",
	[ALERT_MORE] = "step %s does not give alert #",
	[BODY_CUT] = "step %s is cut",
	[BODY_TWICE] = "of step %s was accepted and now is not",
	[BODY_EMPTY] = "step %s ",
	[KIND_UNKNOWN] = "step %s is of a kind (99)",
	[START_VERSION] = "step %s was made by engine version 99",
	[CONFIG_AGAIN] = "step %s cannot be read",
};

/* Copies a journal step by step, all hashes as they should be, and alters the
 * first step that can be altered so, from a place on. */
struct forger {
	struct journal *from;
	struct journal *to;
	enum alteration alteration;
	uint64_t earliest;
	uint64_t altered; /* position; 0: none yet */
	struct journal_alert alerts[1000];
	size_t count;
	uint8_t *bytes; /* of what is altered */
};

static int
alert_keep(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct forger *forger = context;
	struct journal_alert *kept = &forger->alerts[forger->count++];
	uint8_t *payload = malloc(alert->payload_size);

	(void)position;
	assert_non_null(payload);
	memcpy(payload, alert->payload, alert->payload_size);
	*kept = *alert;
	kept->stream = strdup(alert->stream);
	kept->topic = strdup(alert->topic);
	kept->payload = payload;
	return 0;
}

static bool
alters_alerts(enum alteration alteration)
{
	return alteration == ALERT_PAYLOAD || alteration == ALERT_TOPIC ||
	       alteration == ALERT_GONE || alteration == ALERT_MORE ||
	       alteration == BODY_EMPTY;
}

static bool
can_be_altered(const struct forger *forger, const struct journal_step *step)
{
	if (forger->altered || step->position < forger->earliest)
		return false;
	if (forger->alteration == START_VERSION)
		return step->kind == STEP_START;
	if (step->kind != STEP_REPORTS)
		return false;
	return !alters_alerts(forger->alteration) || forger->count > 0;
}

static void
alert_alter(struct forger *forger)
{
	if (forger->count == 0)
		return;
	struct journal_alert *last = &forger->alerts[forger->count - 1];

	switch (forger->alteration) {
	case ALERT_PAYLOAD:
		((uint8_t *)last->payload)[last->payload_size / 2] ^= 1;
		break;
	case ALERT_TOPIC:
		((char *)last->topic)[strlen(last->topic) - 1]++;
		break;
	case ALERT_GONE:
		forger->count--;
		free((void *)last->payload);
		free((void *)last->stream);
		free((void *)last->topic);
		break;
	case ALERT_MORE:
		alert_keep(forger, 0, last);
		forger->alerts[forger->count - 1].seq++;
		break;
	case NOTHING:
	case BODY_CUT:
	case BODY_TWICE:
	case BODY_EMPTY:
	case KIND_UNKNOWN:
	case START_VERSION:
	case CONFIG_AGAIN:
	case ALTERATIONS:
		break;
	}
}

static void
step_alter(struct forger *forger, struct journal_step *step)
{
	forger->bytes = malloc(2 * step->body_size);
	assert_non_null(forger->bytes);
	memcpy(forger->bytes, step->body, step->body_size);
	memcpy(forger->bytes + step->body_size, step->body, step->body_size);
	step->body = forger->bytes;
	if (forger->alteration == BODY_CUT)
		step->body_size -= 1;
	else if (forger->alteration == BODY_TWICE)
		step->body_size *= 2;
	else if (forger->alteration == BODY_EMPTY)
		step->body_size = 0;
	else if (forger->alteration == KIND_UNKNOWN)
		step->kind = 99;
	else if (forger->alteration == CONFIG_AGAIN)
		step->kind = STEP_CONFIG;
	else if (forger->alteration == START_VERSION)
		step->body_size = (size_t)
			sprintf((char *)forger->bytes,
				"engine 99\nreal a\ndrill d\nkey %032d\n", 0);
	forger->altered = step->position;
}

static int
step_forge(void *context, const struct journal_step *kept)
{
	struct forger *forger = context;
	struct journal_step step = *kept;

	forger->count = 0;
	int error = journal_alerts_of(forger->from, kept->position, alert_keep,
				      forger);
	if (!error && can_be_altered(forger, kept)) {
		step_alter(forger, &step);
		alert_alter(forger);
	}
	if (!error)
		error = journal_commit(forger->to, &step, forger->alerts,
				       forger->count);
	for (size_t i = 0; i < forger->count; i++) {
		free((void *)forger->alerts[i].payload);
		free((void *)forger->alerts[i].stream);
		free((void *)forger->alerts[i].topic);
	}
	free(forger->bytes);
	forger->bytes = NULL;
	/* Later alerts would no longer be without gaps. */
	return !error && forger->altered ? 1 : error;
}

/* Position of the altered step, with what world->copy then says. */
static uint64_t
forge(struct world *world, enum alteration alteration, uint64_t earliest,
      struct replay *ret_replay, int *ret_error)
{
	struct forger *forger = calloc(1, sizeof(*forger));

	assert_non_null(forger);
	files_remove(world->copy);
	forger->from = opened(world->directory);
	forger->to = opened(world->copy);
	forger->alteration = alteration;
	forger->earliest = alteration == NOTHING ? UINT64_MAX : earliest;
	int error = journal_steps(forger->from, 0, step_forge, forger);
	assert_in_range(error, 0, 1);
	*ret_error = replay_run(ret_replay, forger->to, NULL, NULL);
	uint64_t altered = forger->altered;
	journal_close(forger->from);
	journal_close(forger->to);
	free(forger);
	return altered;
}

static void
assert_complaint(const char *said, const char *pattern, uint64_t position)
{
	char wanted[128], number[24];
	const char *place = strstr(pattern, "%s");

	snprintf(number, sizeof(number), "%" PRIu64, position);
	snprintf(wanted, sizeof(wanted), "%.*s%s%s", (int)(place - pattern),
		 pattern, number, place + 2);
	if (!strstr(said, wanted))
		fail_msg("\"%s\" does not say \"%s\"", said, wanted);
}

static void
says_at_which_step_something_was_altered(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < STREAMS; seed++) {
		struct plan plan = plan_any(seed);
		struct replay replay;
		struct world world;
		int error;
		world_make(&world, seed % 2, seed + 4000);
		struct run *run = run_journaled(&world, &plan);
		forge(&world, NOTHING, 0, &replay, &error);
		assert_int_equal(error, 0);
		replay_done(&replay);
		for (int i = NOTHING + 1; i < ALTERATIONS; i++) {
			uint64_t earliest =
				i == START_VERSION ? 1 : 3 + below(&seed, 10);
			uint64_t altered = forge(&world, (enum alteration)i,
						 earliest, &replay, &error);
			assert_true(altered >= earliest);
			if (error != -EBADMSG)
				fail_msg("alteration %d: %d", i, error);
			assert_complaint(replay.error, COMPLAINTS[i], altered);
			replay_done(&replay);
		}
		run_free(run);
		world_done(&world);
	}
}

/* Altered in the file itself: the hashes tell, at the open or later. */
static void
database_change(const struct world *world, const char *change,
		uint64_t position)
{
	sqlite3 *database;
	char path[128], text[256];

	journal_cut(world, INT64_MAX);
	snprintf(path, sizeof(path), "%s/journal.db", world->copy);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	snprintf(text, sizeof(text), "UPDATE %s WHERE position = %" PRIu64,
		 change, position);
	assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL),
			 SQLITE_OK);
	assert_true(sqlite3_changes(database) > 0);
	sqlite3_close(database);
}

static uint64_t
step_with_alerts(const struct run *run)
{
	uint64_t position = run->position / 2;

	while (run->marks[position].tapes[ENGINE_REAL] ==
	       run->marks[position - 1].tapes[ENGINE_REAL])
		position++;
	assert_true(position < run->position);
	return position;
}

static void
says_at_which_step_the_file_was_altered(void **state)
{
	static const struct {
		const char *change;
		const char *complaint;
	} cases[] = {
		{"alerts SET payload = zeroblob(length(payload))",
		 "of step %s has another hash"},
		{"alerts SET hash = zeroblob(32)",
		 "of step %s has another hash"},
		{"alerts SET seq = seq + 100000",
		 "of step %s has another hash"},
		{"steps SET time_ms = time_ms + 1", "step %s does not follow"},
		{"steps SET kind = kind + 1", "step %s does not follow"},
		{"steps SET body = x'00'", "step %s does not follow"},
		{"steps SET hash = zeroblob(32)", "step %s does not follow"},
	};
	struct plan plan = {.seed = 1, .batch_max = 5, .ticks = 50};
	struct world world;

	(void)state;
	world_make(&world, true, 5000);
	struct run *run = run_journaled(&world, &plan);
	uint64_t position = step_with_alerts(run);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct replay replay;
		database_change(&world, cases[i].change, position);
		struct journal *journal = opened(world.copy);
		assert_int_equal(replay_run(&replay, journal, NULL, NULL),
				 -EBADMSG);
		assert_complaint(replay.error, cases[i].complaint, position);
		replay_done(&replay);
		journal_close(journal);
	}
	run_free(run);
	world_done(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_alerts_from_its_start),
		cmocka_unit_test(
			goes_on_after_any_step_as_if_it_had_not_stopped),
		cmocka_unit_test(
			gives_the_same_alerts_however_it_is_cut_into_steps),
		cmocka_unit_test(needs_no_tick_that_gave_no_alert),
		cmocka_unit_test(says_at_which_step_something_was_altered),
		cmocka_unit_test(says_at_which_step_the_file_was_altered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
