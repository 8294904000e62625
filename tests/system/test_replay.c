/*
 * Replaying a journal gives what the run that wrote it gave, to the byte.
 */
#include "kept.h"
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
#include "relay/checkpoint.h"
#include "relay/clock.h"
#include "relay/engines.h"
#include "relay/replay.h"

enum {
	STREAMS = 6, /* for each clock */
	CUTS = 5     /* of each journal */
};

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
	time_ms = run_apply(run, STEP_START, time_ms, 0);
	run_commit(run, STEP_START, time_ms, body,
		   start_write(&run->start, body));
	run_play(run, &world->stream);
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
	CONFIG_AGAIN,
	ALTERATIONS,
	START_VERSION /* of each START: nothing is wrong with that */
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
	[CONFIG_AGAIN] = "step %s cannot be read",
};

/* Copies a journal step by step, all hashes as they should be, and alters the
 * first step that can be altered so, from a place on. */
struct forger {
	struct journal *from;
	struct journal *to;
	enum alteration alteration;
	uint64_t earliest;
	uint64_t last;	  /* no more than this; 0: all of it */
	uint64_t altered; /* position; 0: none yet */
	struct kept kept;
	uint8_t *bytes; /* of what is altered */
};

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
	if (forger->alteration == START_VERSION)
		return step->kind == STEP_START;
	if (forger->altered || step->position < forger->earliest)
		return false;
	if (step->kind != STEP_REPORTS)
		return false;
	return !alters_alerts(forger->alteration) || forger->kept.count > 0;
}

static void
alert_alter(struct forger *forger)
{
	struct kept *kept = &forger->kept;

	if (kept->count == 0)
		return;
	struct journal_alert *last = &kept->alerts[kept->count - 1];

	switch (forger->alteration) {
	case ALERT_PAYLOAD:
		((uint8_t *)last->payload)[last->payload_size / 2] ^= 1;
		break;
	case ALERT_TOPIC:
		((char *)last->topic)[strlen(last->topic) - 1]++;
		break;
	case ALERT_GONE:
		kept_drop(kept);
		break;
	case ALERT_MORE:
		kept_add(kept, 0, last);
		kept->alerts[kept->count - 1].seq++;
		break;
	case NOTHING:
	case BODY_CUT:
	case BODY_TWICE:
	case BODY_EMPTY:
	case KIND_UNKNOWN:
	case CONFIG_AGAIN:
	case ALTERATIONS:
	case START_VERSION:
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
		forger->bytes[strlen("engine ")]++;
	forger->altered = step->position;
}

static int
step_forge(void *context, const struct journal_step *kept)
{
	struct forger *forger = context;
	struct journal_step step = *kept;

	int error = journal_alerts_of(forger->from, kept->position, kept_add,
				      &forger->kept);
	if (!error && can_be_altered(forger, kept)) {
		step_alter(forger, &step);
		alert_alter(forger);
	}
	if (!error)
		error = journal_commit(forger->to, &step, forger->kept.alerts,
				       forger->kept.count);
	kept_empty(&forger->kept);
	free(forger->bytes);
	forger->bytes = NULL;
	if (error || step.position == forger->last)
		return error ? error : 1;
	/* Later alerts would no longer be without gaps. */
	return forger->altered && forger->alteration != START_VERSION;
}

/* Makes world->copy. Gives the position of the altered step. */
static uint64_t
copy_forge(struct world *world, enum alteration alteration, uint64_t earliest,
	   uint64_t last)
{
	struct forger *forger = calloc(1, sizeof(*forger));

	assert_non_null(forger);
	files_remove(world->copy);
	forger->from = opened(world->directory);
	forger->to = opened(world->copy);
	forger->alteration = alteration;
	forger->earliest = alteration == NOTHING ? UINT64_MAX : earliest;
	forger->last = last;
	int error = journal_steps(forger->from, 0, step_forge, forger);
	assert_in_range(error, 0, 1);
	uint64_t altered = forger->altered;
	journal_close(forger->from);
	journal_close(forger->to);
	free(forger);
	return altered;
}

/* Position of the altered step, with what world->copy then says. */
static uint64_t
forge(struct world *world, enum alteration alteration, uint64_t earliest,
      struct replay *ret_replay, int *ret_error)
{
	uint64_t altered = copy_forge(world, alteration, earliest, 0);
	struct journal *journal = opened(world->copy);

	*ret_error = replay_run(ret_replay, journal, NULL, NULL);
	journal_close(journal);
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
			uint64_t earliest = 3 + below(&seed, 10);
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

/* --- Another version's journal --- */

/* As the relay begins on what another version counted; `steps` of START and
 * CONFIG are made durable. */
static void
begin_anew(struct world *world, struct journal *journal, struct replay *replay,
	   int64_t time_ms, int steps, struct outbox *ret_outbox)
{
	const struct settings *settings = world->settings;
	const struct step config = {.kind = STEP_CONFIG, .time_ms = time_ms};
	uint8_t digest[JOURNAL_HASH_SIZE];
	char body[START_BODY_MAX];
	struct start start;
	struct journal_step step = {
		.position = journal_head(journal, digest) + 1,
		.time_ms = time_ms,
		.kind = STEP_START,
		.body = (const uint8_t *)body,
	};

	start_make(&start);
	if (replay_anew(replay, journal, step.position,
			&settings->configuration, &start, NULL, NULL) != 0)
		fail_msg("%s", replay->error);
	assert_int_equal(replay->left_out, 0);
	start.anew = true;
	step.body_size = start_write(&start, body);
	assert_int_equal(journal_commit(journal, &step, NULL, 0), 0);
	if (steps == 1)
		return;
	assert_int_equal(engines_apply(replay->engines, &config, ret_outbox),
			 0);
	step = (struct journal_step){
		.position = step.position + 1,
		.time_ms = settings->configuration.clock == CLOCK_WALL
				   ? time_ms
				   : engines_now(replay->engines),
		.kind = STEP_CONFIG,
		.body = (const uint8_t *)settings->text,
		.body_size = strlen(settings->text),
	};
	assert_int_equal(journal_commit(journal, &step, ret_outbox->alerts,
					ret_outbox->count),
			 0);
}

static void
assert_same_sums(const struct engines *left, const struct engines *right)
{
	for (int part = 0; part < ENGINE_PARTS; part++) {
		const struct engine *engine =
			engines_part(left, (enum engine_part)part);
		struct group_use group;
		struct sums sums;
		uint32_t iterator = 0;
		while (engine_groups(engine, &iterator, &group)) {
			if (group.sums.by_basis[BASIS_UPPER] == 0)
				continue;
			assert_true(engine_sums(
				engines_part(right, (enum engine_part)part),
				group.rule, group.agreement, group.values,
				&sums));
			assert_memory_equal(&sums, &group.sums, sizeof(sums));
		}
	}
}

/* A step tells both engines the time, by the wall clock; a batch need not. */
static void
time_pass(const struct world *world, struct replay *replay)
{
	const struct step tick = {.kind = STEP_TICK,
				  .time_ms = replay->time_ms};
	struct outbox outbox;

	if (world->settings->configuration.clock == CLOCK_WALL)
		assert_int_equal(engines_apply(replay->engines, &tick, &outbox),
				 0);
}

/* What the outbox says of the episode whose last message had this number. */
static enum alert_state
fate(struct codec *codec, const struct outbox *outbox, enum engine_part part,
     const char *stream, uint64_t seq)
{
	char references[IDENTIFIER_SIZE];

	snprintf(references, sizeof(references), "truced-%.8s-%" PRIu64, stream,
		 seq);
	for (size_t i = 0; i < outbox->count; i++) {
		struct notice notice;
		assert_true(codec_alert_unpack(codec, outbox->alerts[i].payload,
					       outbox->alerts[i].payload_size,
					       &notice));
		if (strcmp(notice.references, references) != 0)
			continue;
		assert_int_equal(outbox->subjects[i].part, part);
		assert_int_equal(outbox->subjects[i].cause, CAUSE_RULE_CHANGED);
		assert_string_equal(outbox->subjects[i].rule, notice.rule);
		assert_int_equal(notice.cause, CAUSE_RULE_CHANGED);
		assert_int_equal(notice.msg_type, MSG_TYPE_UPDATE);
		assert_int_equal(notice.urgency == URGENCY_PAST,
				 notice.state == ALERT_RESOLVED);
		assert_int_equal(strncmp(notice.episode, references,
					 strlen("truced-12345678-")),
				 0);
		return notice.state;
	}
	return ALERT_STATE_UNSPECIFIED;
}

struct told_anew {
	size_t goes_on; /* of them some had ended, without a message */
	size_t ended;
	size_t crossed;
};

static void
told_count(struct codec *codec, const struct outbox *outbox,
	   struct told_anew *told)
{
	for (size_t i = 0; i < outbox->count; i++) {
		struct notice notice;
		assert_true(codec_alert_unpack(codec, outbox->alerts[i].payload,
					       outbox->alerts[i].payload_size,
					       &notice));
		bool anew = notice.cause == CAUSE_RULE_CHANGED;
		told->goes_on += anew && notice.state == ALERT_FIRING;
		told->ended += anew && notice.state == ALERT_RESOLVED;
		told->crossed += notice.cause == CAUSE_CROSSED;
	}
}

/* Of all that fired it is said what becomes of it, and all that fires now is
 * told. */
static struct told_anew
assert_told_anew(const struct replay *before, const struct replay *after,
		 const struct outbox *outbox)
{
	struct told_anew told = {0};
	size_t open = 0;
	struct codec *codec;
	uint64_t seq;

	assert_int_equal(codec_new(&codec), 0);
	for (int i = 0; i < ENGINE_PARTS; i++) {
		enum engine_part part = (enum engine_part)i;
		uint32_t iterator = 0;
		while (engine_open(engines_part(before->engines, part),
				   &iterator, &seq))
			assert_int_not_equal(fate(codec, outbox, part,
						  before->start.streams[part],
						  seq),
					     ALERT_STATE_UNSPECIFIED);
		iterator = 0;
		while (engine_open(engines_part(after->engines, part),
				   &iterator, &seq))
			open++;
	}
	told_count(codec, outbox, &told);
	assert_int_equal(open, told.goes_on + told.crossed);
	codec_free(codec);
	return told;
}

/* From the checkpoint as it is written now. */
static void
resume(const struct world *world, struct journal *journal,
       const struct replay *made, struct replay *ret_replay)
{
	struct checkpoint_place place;
	uint64_t bytes;

	place.position = place.config = journal_head(journal, place.hash);
	assert_int_equal(checkpoint_write(world->copy, &place, made->engines,
					  &bytes),
			 0);
	if (replay_resume(ret_replay, journal, world->copy, NULL, NULL) != 0)
		fail_msg("%s", ret_replay->error);
	assert_string_equal(ret_replay->refused, "");
	assert_int_equal(ret_replay->checkpoint, place.position);
}

/* How many of them go on with an episode of an earlier stream. */
static size_t
count_inherited(const struct outbox *outbox)
{
	struct codec *codec;
	size_t count = 0;

	assert_int_equal(codec_new(&codec), 0);
	for (size_t i = 0; i < outbox->count; i++) {
		const struct journal_alert *alert = &outbox->alerts[i];
		struct notice notice;
		char own[IDENTIFIER_SIZE];
		assert_true(codec_alert_unpack(codec, alert->payload,
					       alert->payload_size, &notice));
		snprintf(own, sizeof(own), "truced-%.8s-", alert->stream);
		count += strncmp(notice.episode, own, strlen(own)) != 0;
	}
	codec_free(codec);
	return count;
}

/* What is still to come is the same, to the byte, after a replay and from a
 * checkpoint. Gives how much of it is of an earlier stream's episodes. */
static size_t
assert_as_replayed(const struct world *world, struct journal *journal,
		   struct replay *made)
{
	const struct step step = {.kind = STEP_TICK,
				  .time_ms = last_tick(&world->stream)};
	const struct journal_alert nothing = {.topic = "",
					      .payload = (const uint8_t *)""};
	struct tape tapes[3] = {{.bytes = NULL}};
	struct replay again, resumed;
	struct outbox outbox;
	size_t inherited = 0;

	if (replay_run(&again, journal, NULL, NULL) != 0)
		fail_msg("%s", again.error);
	assert_false(again.anew);
	assert_false(again.start.anew);
	assert_same_sums(made->engines, again.engines);
	resume(world, journal, made, &resumed);
	const struct replay *replays[] = {made, &again, &resumed};
	for (int i = 0; i < 3; i++) {
		tape_add(&tapes[i], &nothing);
		assert_int_equal(engines_apply(replays[i]->engines, &step,
					       &outbox),
				 0);
		for (size_t j = 0; j < outbox.count; j++)
			tape_add(&tapes[i], &outbox.alerts[j]);
		inherited = count_inherited(&outbox);
	}
	for (int i = 1; i < 3; i++)
		assert_tape(&tapes[0], &tapes[i], tapes[i].size);
	for (int i = 0; i < 3; i++)
		free(tapes[i].bytes);
	replay_done(&again);
	replay_done(&resumed);
	return inherited;
}

/* One more step in world->directory: the wall clock was set back to when the
 * last windows were full. Gives its position. */
static uint64_t
clock_set_back(const struct world *world)
{
	const int64_t ms = 995000;
	struct journal *journal = opened(world->directory);
	struct outbox outbox;
	struct replay replay;
	char body[CLOCK_BODY_MAX];

	if (replay_run(&replay, journal, NULL, NULL) != 0)
		fail_msg("%s", replay.error);
	struct step set = {.kind = STEP_CLOCK,
			   .time_ms = replay.time_ms - ms,
			   .position = replay.position + 1,
			   .clock_ms = -ms};
	assert_int_equal(engines_apply(replay.engines, &set, &outbox), 0);
	struct journal_step step = {.position = set.position,
				    .time_ms = set.time_ms,
				    .kind = STEP_CLOCK,
				    .body = (const uint8_t *)body,
				    .body_size = clock_write(-ms, body)};
	assert_int_equal(journal_commit(journal, &step, outbox.alerts,
					outbox.count),
			 0);
	replay_done(&replay);
	journal_close(journal);
	return set.position;
}

static void
sums_anew_what_another_version_counted(void **state)
{
	size_t goes_on = 0, ended = 0, crossed = 0, inherited = 0;

	(void)state;
	for (unsigned seed = 0; seed < 4 * STREAMS; seed++) {
		struct plan plan = plan_any(seed);
		struct replay before, after;
		struct outbox outbox;
		struct world world;
		world_make(&world, seed % 2, seed + 6000);
		struct run *run = run_journaled(&world, &plan);
		uint64_t last =
			2 + below(&plan.seed, (unsigned)run->position - 2);
		if (run->by_wall && seed % 3 == 0)
			last = clock_set_back(&world);
		journal_cut(&world, last);
		struct journal *journal = opened(world.copy);
		assert_int_equal(replay_run(&before, journal, NULL, NULL), 0);
		journal_close(journal);

		copy_forge(&world, START_VERSION, 0, last);
		journal = opened(world.copy);
		/* At first it is killed between the two steps. */
		for (int steps = 1; steps <= 2; steps++) {
			if (replay_run(&after, journal, NULL, NULL) != 0)
				fail_msg("%s", after.error);
			assert_true(after.anew);
			assert_null(after.engines);
			assert_int_equal(after.time_ms, before.time_ms);
			begin_anew(&world, journal, &after, before.time_ms,
				   steps, &outbox);
			if (steps == 1)
				replay_done(&after);
		}
		struct told_anew told =
			assert_told_anew(&before, &after, &outbox);
		goes_on += told.goes_on;
		ended += told.ended;
		crossed += told.crossed;
		time_pass(&world, &before);
		assert_same_sums(before.engines, after.engines);
		inherited += assert_as_replayed(&world, journal, &after);
		if (last <= run->position)
			assert_journal_has(journal, run,
					   run->marks[last].tapes);
		replay_done(&before);
		replay_done(&after);
		journal_close(journal);
		run_free(run);
		world_done(&world);
	}
	print_message("%zu go on, with %zu messages, %zu ended, %zu are new\n",
		      goes_on, inherited, ended, crossed);
	assert_true(goes_on > 4 * STREAMS);
	assert_true(inherited > 2 * STREAMS);
}

/* A START of this version, that does not say that it sums anew. */
static void
goes_on_from_no_other_version_as_from_its_own(void **state)
{
	struct plan plan = plan_any(1);
	uint8_t digest[JOURNAL_HASH_SIZE];
	char body[START_BODY_MAX];
	struct replay replay;
	struct start start;
	struct world world;

	(void)state;
	world_make(&world, true, 6000);
	struct run *run = run_journaled(&world, &plan);
	copy_forge(&world, START_VERSION, 0, run->position);
	struct journal *journal = opened(world.copy);
	start_make(&start);
	struct journal_step step = {
		.position = journal_head(journal, digest) + 1,
		.time_ms = run->marks[run->position].time_ms,
		.kind = STEP_START,
		.body = (const uint8_t *)body,
		.body_size = start_write(&start, body),
	};
	assert_int_equal(journal_commit(journal, &step, NULL, 0), 0);
	assert_int_equal(replay_run(&replay, journal, NULL, NULL), -EBADMSG);
	assert_complaint(replay.error,
			 "step %s goes on from what another engine version "
			 "counted, and should sum it anew",
			 step.position);
	replay_done(&replay);
	journal_close(journal);
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
		cmocka_unit_test(sums_anew_what_another_version_counted),
		cmocka_unit_test(goes_on_from_no_other_version_as_from_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
