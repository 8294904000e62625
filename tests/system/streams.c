#include "streams.h"

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

enum { TAPE_SIZE = 4 * 1024 * 1024, BODY_SIZE = 1024 * 1024 };

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
	"  levels = ( { at = 3; severity = \"minor\"; } ); },\n"
	"{ name = \"spread\"; kind = \"threshold\"; measure = \"places\";\n"
	"  window = \"20s\"; resolution = \"2s\"; late = \"4s\";\n"
	"  levels = ( { at = 3; severity = \"minor\"; },\n"
	"             { at = 5; severity = \"severe\"; } ); },\n"
	"{ name = \"massacre\"; kind = \"threshold\"; measure = \"killed\";\n"
	"  window = \"event\"; keep_firing = \"20s\";\n"
	"  levels = ( { at = 4; severity = \"severe\"; },\n"
	"             { at = 6; severity = \"extreme\"; } ); } );\n";

/* --- Streams of reports --- */

unsigned
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
	if (below(seed, 4))
		set_number(draft, "place.name", below(seed, 7));
	counts_set(draft, seed);
}

/* About reports that are there, and that are still to come. */
static void
finding_fill(struct draft *draft, unsigned *seed, int64_t at)
{
	static const char *const sources[] = {"UCDP", "OSCE", "dpr"};
	static const char *const assessments[] = {"VERIFIED", "UNSUBSTANTIATED",
						  "ALLEGED", "WITHDRAWN"};
	static const char *const reports[] = {"UCDP", "OSCE", "Tass"};
	unsigned id = below(seed, 15);
	char name[32];

	set(draft, "agreement", "minsk-2");
	set_number(draft, "id", id);
	set_number(draft, "revision", 1 + below(seed, 6));
	set(draft, "source", sources[id % 3]);
	if (id % 6 == 5)
		set(draft, "status", "EXERCISE");
	set_number(draft, "reported_at", at - below(seed, 3000));
	if (below(seed, 2))
		set(draft, "assessment", one_of(seed, assessments, 4));
	if (below(seed, 4) == 0)
		set(draft, "party", "lpr");
	if (below(seed, 3) == 0)
		set(draft, "denies", "true");
	bool of_event = below(seed, 2);
	if (of_event)
		set_number(draft, "event", below(seed, 8));
	for (unsigned i = below(seed, 6) + !of_event; i > 0; i--) {
		unsigned report = below(seed, 60);
		snprintf(name, sizeof(name), "%s/%u", reports[report % 3],
			 report);
		set(draft, "reports", name);
	}
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
	struct draft *incident, *finding;
	int64_t at = NOON;

	assert_int_equal(draft_new(&incident, REPORT_INCIDENT), 0);
	assert_int_equal(draft_new(&finding, REPORT_FINDING), 0);
	for (size_t i = 0; i < ARRIVALS; i++) {
		struct arrival *arrival = &stream->arrivals[i];
		bool concludes = below(&seed, 6) == 0;
		struct draft *draft = concludes ? finding : incident;
		draft_clear(draft);
		arrival->at = at += gap(&seed);
		if (concludes)
			finding_fill(draft, &seed, at);
		else
			report_fill(draft, &seed, at);
		const uint8_t *payload =
			draft_pack(draft, &arrival->payload_size);
		arrival->payload = malloc(arrival->payload_size);
		assert_non_null(arrival->payload);
		memcpy(arrival->payload, payload, arrival->payload_size);
		assert_true(draft_topic(draft, arrival->topic));
	}
	draft_free(incident);
	draft_free(finding);
}

static void
stream_free(struct stream *stream)
{
	for (size_t i = 0; i < ARRIVALS; i++)
		free(stream->arrivals[i].payload);
}

/* A while after the last one, when all windows are empty again. */
int64_t
last_tick(const struct stream *stream)
{
	return stream->arrivals[ARRIVALS - 1].at + 1000000;
}

/* --- Tapes --- */

void
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

int
tape_visit(void *context, uint64_t position, const struct journal_alert *alert)
{
	(void)position;
	tape_add(context, alert);
	return 0;
}

/* Whether a tape is as long as, and the same as, the beginning of another. */
void
assert_tape(const struct tape *tape, const struct tape *other, size_t size)
{
	assert_int_equal(tape->size, size);
	assert_true(size <= other->size);
	if (size)
		assert_memory_equal(tape->bytes, other->bytes, size);
}

/* --- One run: what the relay does between drain and publish --- */

struct run *
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

void
run_free(struct run *run)
{
	for (int part = 0; part < ENGINE_PARTS; part++)
		free(run->tapes[part].bytes);
	engines_free(run->engines);
	codec_free(run->codec);
	batch_done(&run->body);
	free(run);
}

void
run_commit(struct run *run, enum step_kind kind, int64_t time_ms,
	   const void *body, size_t size)
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

int64_t
run_apply(struct run *run, enum step_kind kind, int64_t time_ms, size_t count)
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
	run_commit(run, STEP_START, NOON, body, start_write(&run->start, body));
	assert_int_equal(engines_new(&run->engines, &settings->configuration,
				     &run->start),
			 0);
	int64_t time_ms = run_apply(run, STEP_CONFIG, NOON, 0);
	run_commit(run, STEP_CONFIG, time_ms, settings->text,
		   strlen(settings->text));
}

static void
tick(struct run *run, int64_t time_ms)
{
	time_ms = run_apply(run, STEP_TICK, time_ms, 0);
	if (run->outbox.count)
		run->ticks++;
	else
		run->empty_ticks++;
	if (run->outbox.count || run->plan.keep_empty)
		run_commit(run, STEP_TICK, time_ms, "", 0);
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
	int64_t time_ms = run_apply(run, STEP_REPORTS, arrivals[0].at, count);
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
		run_commit(run, STEP_REPORTS, time_ms, run->body.bytes,
			   run->body.size);
	else
		assert_int_equal(run->outbox.count, 0);
}

/* What is left of the stream, up to a TICK long after it. */
void
run_play(struct run *run, const struct stream *stream)
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

struct run *
run_whole(const struct plan *plan, const struct settings *settings,
	  const struct stream *stream, struct journal *journal)
{
	struct run *run =
		run_new(plan, settings->configuration.clock == CLOCK_WALL);

	run->journal = journal;
	begin(run, settings);
	run_play(run, stream);
	return run;
}

/* --- The world of a test --- */

static void
complain(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

void
files_remove(const char *directory)
{
	static const char *const names[] = {"journal.db", "journal.db-wal",
					    "journal.db-shm", "lock",
					    "checkpoint"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
}

void
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

void
world_done(struct world *world)
{
	settings_free(world->settings);
	stream_free(&world->stream);
	files_remove(world->directory);
	files_remove(world->copy);
	assert_int_equal(rmdir(world->directory), 0);
	assert_int_equal(rmdir(world->copy), 0);
}

struct journal *
opened(const char *directory)
{
	struct journal *journal = NULL;

	if (journal_open(&journal, directory) != 0)
		fail_msg("%s", journal_error(NULL));
	return journal;
}

/* The journal in world->directory of a run, closed. */
struct run *
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

void
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

void
assert_same_alerts(const struct run *left, const struct run *right)
{
	for (int part = 0; part < ENGINE_PARTS; part++)
		assert_tape(&left->tapes[part], &right->tapes[part],
			    right->tapes[part].size);
}

/* A copy of the journal that ends with this step. */
void
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

struct plan
plan_any(unsigned seed)
{
	return (struct plan){.seed = seed,
			     .batch_max = 1 + below(&seed, 40),
			     .ticks = below(&seed, 90),
			     .keep_empty = below(&seed, 2)};
}

/* A last TICK that gave nothing is not kept; what is due after it is the same
 * all the same. */
void
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
