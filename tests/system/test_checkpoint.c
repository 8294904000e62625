/*
 * A checkpoint and the steps after it give what all steps give from the start;
 * a checkpoint that is damaged, or another journal's, or another version's, is
 * not used, and nothing is lost by that.
 */
#include "streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "relay/checkpoint.h"

enum {
	STREAMS = 6, /* for each clock */
	CUTS = 6,    /* of each journal */
	DAMAGES = 200,
	CONFIG_STEP = 2,
	PATH_SIZE = 128
};

/* --- Files --- */

struct bytes {
	uint8_t *bytes;
	size_t size;
};

static void
path_of(const char *directory, char ret_path[static PATH_SIZE])
{
	snprintf(ret_path, PATH_SIZE, "%s/checkpoint", directory);
}

static struct bytes
file_read(const char *directory)
{
	struct bytes file = {.bytes = NULL};
	char path[PATH_SIZE];
	struct stat status;

	path_of(directory, path);
	FILE *stream = fopen(path, "rb");
	assert_non_null(stream);
	assert_int_equal(fstat(fileno(stream), &status), 0);
	file.size = (size_t)status.st_size;
	file.bytes = malloc(file.size);
	assert_non_null(file.bytes);
	assert_int_equal(fread(file.bytes, 1, file.size, stream), file.size);
	fclose(stream);
	return file;
}

static void
file_write(const char *directory, const uint8_t *bytes, size_t size)
{
	char path[PATH_SIZE];

	path_of(directory, path);
	FILE *stream = fopen(path, "wb");
	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

static void
file_copy(const char *from, const char *to)
{
	struct bytes file = file_read(from);

	file_write(to, file.bytes, file.size);
	free(file.bytes);
}

/* --- Checkpoints --- */

static void
replayed(struct replay *replay, struct journal *journal)
{
	if (replay_run(replay, journal, NULL, NULL) != 0)
		fail_msg("%s", replay->error);
}

static void
resumed(struct replay *replay, struct journal *journal, const char *directory)
{
	if (replay_resume(replay, journal, directory, NULL, NULL) != 0)
		fail_msg("%s", replay->error);
}

static void
checkpoint_at(const char *directory, const struct journal *journal,
	      const struct engines *engines)
{
	struct checkpoint_place place = {.config = CONFIG_STEP};
	uint64_t bytes;

	place.position = journal_head(journal, place.hash);
	assert_int_equal(checkpoint_write(directory, &place, engines, &bytes),
			 0);
	struct bytes file = file_read(directory);
	assert_int_equal(file.size, bytes);
	free(file.bytes);
}

/* A TICK that gives nothing is not journaled, but the engines have seen it. */
static void
tick_unseen(const struct world *world, const struct run *run, uint64_t last,
	    struct engines *engines, unsigned *seed)
{
	int64_t until = engines_due(engines);
	int64_t now = engines_now(engines);
	struct outbox outbox;

	if (run->marks[last].arrivals < ARRIVALS) {
		int64_t next =
			world->stream.arrivals[run->marks[last].arrivals].at;
		until = next < until ? next : until;
	}
	if (!run->by_wall || until == TIME_NEVER || until - now < 2)
		return;
	const struct step step = {
		.kind = STEP_TICK,
		.time_ms = now + (until - now) / (1 + below(seed, 4)) - 1,
	};
	assert_int_equal(engines_apply(engines, &step, &outbox), 0);
	assert_int_equal(outbox.count, 0);
}

/* In world->copy: the journal up to this step, and a checkpoint of it. */
static void
checkpoint_cut(const struct world *world, const struct run *run, uint64_t last,
	       unsigned seed)
{
	struct replay replay;

	journal_cut(world, last);
	struct journal *journal = opened(world->copy);
	replayed(&replay, journal);
	tick_unseen(world, run, last, replay.engines, &seed);
	checkpoint_at(world->copy, journal, replay.engines);
	replay_done(&replay);
	journal_close(journal);
}

/* --- What must be the same --- */

static void
assert_same_groups(const struct engine *left, const struct engine *right)
{
	struct group_use one, other;
	uint32_t left_next = 0, right_next = 0;

	while (engine_groups(left, &left_next, &one)) {
		assert_true(engine_groups(right, &right_next, &other));
		size_t labels = engine_configuration(left)
					->rules[one.rule]
					.group_by_count;
		assert_int_equal(one.rule, other.rule);
		assert_string_equal(one.agreement, other.agreement);
		for (size_t i = 0; i < labels; i++)
			assert_string_equal(one.values[i], other.values[i]);
		assert_memory_equal(&one.sums, &other.sums, sizeof(one.sums));
	}
	assert_false(engine_groups(right, &right_next, &other));
}

static void
assert_same_uses(const struct engine *left, const struct engine *right)
{
	struct pool_use pools[2][POOLS];
	struct rule_use rules[2];
	uint64_t seqs[2];
	uint32_t left_next = 0, right_next = 0;

	engine_pools(left, pools[0]);
	engine_pools(right, pools[1]);
	for (int pool = 0; pool < POOLS; pool++) {
		assert_int_equal(pools[0][pool].used, pools[1][pool].used);
		assert_int_equal(pools[0][pool].limit, pools[1][pool].limit);
	}
	for (size_t i = 0; i < engine_configuration(left)->rules_count; i++) {
		engine_rule_use(left, i, &rules[0]);
		engine_rule_use(right, i, &rules[1]);
		assert_string_equal(rules[0].rule, rules[1].rule);
		assert_int_equal(rules[0].groups, rules[1].groups);
		assert_int_equal(rules[0].open, rules[1].open);
		assert_int_equal(rules[0].too_late, rules[1].too_late);
		assert_int_equal(rules[0].ungrouped, rules[1].ungrouped);
	}
	while (engine_open(left, &left_next, &seqs[0])) {
		assert_true(engine_open(right, &right_next, &seqs[1]));
		assert_int_equal(seqs[0], seqs[1]);
	}
	assert_false(engine_open(right, &right_next, &seqs[1]));
}

static void
assert_same_engines(const struct engines *left, const struct engines *right)
{
	for (int i = 0; i < ENGINE_PARTS; i++) {
		const struct engine *one =
			engines_part(left, (enum engine_part)i);
		const struct engine *other =
			engines_part(right, (enum engine_part)i);
		assert_int_equal(engine_now(one), engine_now(other));
		assert_int_equal(engine_due(one), engine_due(other));
		assert_int_equal(engine_seq(one), engine_seq(other));
		assert_same_groups(one, other);
		assert_same_uses(one, other);
	}
}

/* A TICK that gives no alert brings both to the same time. */
static void
ticked(struct engines *engines, int64_t at)
{
	const struct step step = {.kind = STEP_TICK, .time_ms = at};
	struct outbox outbox;

	assert_int_equal(engines_apply(engines, &step, &outbox), 0);
	assert_int_equal(outbox.count, 0);
}

static void
assert_same_result(struct replay *left, struct replay *right, int64_t at)
{
	assert_int_equal(left->position, right->position);
	assert_int_equal(left->config, right->config);
	assert_memory_equal(left->start.key, right->start.key,
			    sizeof(left->start.key));
	assert_string_equal(left->settings->text, right->settings->text);
	assert_true(settings_in_force(left->settings, right->settings));
	ticked(left->engines, at);
	ticked(right->engines, at);
	assert_same_engines(left->engines, right->engines);
}

/* --- The tests --- */

static void
checkpoint_and_tail_equal_a_replay_from_the_start(void **state)
{
	uint64_t alerts = 0;

	(void)state;
	for (unsigned seed = 0; seed < 2 * STREAMS; seed++) {
		struct world world;
		struct plan plan = plan_any(seed);
		unsigned random = seed;
		world_make(&world, seed % 2, seed + 5000);
		struct run *run = run_journaled(&world, &plan);
		for (int cut = 0; cut < CUTS; cut++) {
			uint64_t last =
				cut == 0
					? run->position
					: CONFIG_STEP +
						  below(&random,
							(unsigned)run->position -
								CONFIG_STEP);
			struct replay whole, tail;
			checkpoint_cut(&world, run, last, random);
			file_copy(world.copy, world.directory);
			struct journal *journal = opened(world.directory);
			replayed(&whole, journal);
			resumed(&tail, journal, world.directory);
			assert_string_equal(tail.refused, "");
			assert_int_equal(tail.checkpoint, last);
			assert_int_equal(whole.checkpoint, 0);
			assert_true(tail.alerts <= whole.alerts);
			alerts += tail.alerts;
			assert_same_result(&whole, &tail,
					   last_tick(&world.stream));
			replay_done(&tail);
			replay_done(&whole);
			journal_close(journal);
		}
		run_free(run);
		world_done(&world);
	}
	print_message("%" PRIu64 " alerts in tails\n", alerts);
	assert_true(alerts > 100 * STREAMS);
}

/* The relay goes on from a checkpoint: START, then what comes. */
static void
what_follows_a_checkpoint_is_the_same_to_the_byte(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 2 * STREAMS; seed++) {
		struct world world;
		struct plan plan = plan_any(seed + 1);
		struct replay replay;
		char body[START_BODY_MAX];
		unsigned random = seed;
		world_make(&world, seed % 2, seed + 6000);
		struct run *whole = run_journaled(&world, &plan);
		uint64_t last =
			CONFIG_STEP +
			below(&random, (unsigned)whole->position - CONFIG_STEP);
		const struct mark *mark = &whole->marks[last];
		checkpoint_cut(&world, whole, last, random);
		struct journal *journal = opened(world.copy);
		resumed(&replay, journal, world.copy);
		assert_int_equal(replay.checkpoint, last);
		assert_int_equal(replay.reports, 0);

		struct run *rest = run_new(&plan, whole->by_wall);
		rest->engines = replay.engines;
		replay.engines = NULL;
		rest->start = replay.start;
		rest->journal = journal;
		rest->position = last;
		rest->arrivals = mark->arrivals;
		rest->marks[last] = *mark;
		int64_t time_ms = run_apply(rest, STEP_START,
					    engines_now(rest->engines), 0);
		run_commit(rest, STEP_START, time_ms, body,
			   start_write(&rest->start, body));
		run_play(rest, &world.stream);
		for (int part = 0; part < ENGINE_PARTS; part++) {
			const struct tape *tape = &whole->tapes[part];
			struct tape tail = {tape->bytes + mark->tapes[part],
					    tape->size - mark->tapes[part]};
			assert_tape(&rest->tapes[part], &tail, tail.size);
		}
		assert_same_engines(rest->engines, whole->engines);
		/* An audit finds what was written to be one journal. */
		struct replay audit;
		replayed(&audit, journal);
		replay_done(&audit);
		run_free(rest);
		replay_done(&replay);
		journal_close(journal);
		run_free(whole);
		world_done(&world);
	}
}

/* A world with a journal, and a checkpoint of the step in its middle. */
static struct run *
world_checkpointed(struct world *world, unsigned seed)
{
	struct plan plan = {.seed = seed, .batch_max = 5, .ticks = 50};

	world_make(world, true, seed);
	struct run *run = run_journaled(world, &plan);
	checkpoint_cut(world, run, run->position / 2, seed);
	file_copy(world->copy, world->directory);
	return run;
}

static void
assert_refused(struct journal *journal, const char *directory, const char *why)
{
	struct checkpoint checkpoint;
	char reason[CHECKPOINT_REASON_SIZE];

	if (checkpoint_read(&checkpoint, directory, journal, reason) !=
	    -EBADMSG)
		fail_msg("not refused, though %s", why);
	if (!strstr(reason, why))
		fail_msg("\"%s\" does not say that %s", reason, why);
}

static void
refuses_damage_at_any_byte(void **state)
{
	struct world world;
	unsigned seed = 7;

	(void)state;
	struct run *run = world_checkpointed(&world, 7000);
	struct journal *journal = opened(world.directory);
	struct bytes file = file_read(world.directory);
	for (int i = 0; i < DAMAGES; i++) {
		/* In the head as often as anywhere. */
		size_t bound = i % 2 ? file.size : 1024;
		size_t at = below(&seed, (unsigned)bound);
		uint8_t flipped = (uint8_t)(1U << below(&seed, 8));
		file.bytes[at] ^= flipped;
		file_write(world.directory, file.bytes, file.size);
		assert_refused(journal, world.directory, "");
		file.bytes[at] ^= flipped;
	}
	file_write(world.directory, file.bytes, file.size / 2);
	assert_refused(journal, world.directory, "cut");
	file_write(world.directory, file.bytes, file.size - 1);
	assert_refused(journal, world.directory, "cut");
	file_write(world.directory, file.bytes, 0);
	assert_refused(journal, world.directory, "no checkpoint");

	/* And as it was it is good; refused, the journal gives the same. */
	struct replay whole, tail;
	resumed(&whole, journal, world.directory);
	assert_string_equal(whole.refused, "it is no checkpoint");
	assert_int_equal(whole.checkpoint, 0);
	file_write(world.directory, file.bytes, file.size);
	resumed(&tail, journal, world.directory);
	assert_string_equal(tail.refused, "");
	assert_int_equal(tail.checkpoint, run->position / 2);
	assert_same_result(&whole, &tail, last_tick(&world.stream));
	replay_done(&whole);
	replay_done(&tail);
	free(file.bytes);
	journal_close(journal);
	run_free(run);
	world_done(&world);
}

static void
refuses_another_journals_and_one_from_the_future(void **state)
{
	struct world world, other;

	(void)state;
	struct run *run = world_checkpointed(&world, 7100);
	struct run *foreign = world_checkpointed(&other, 7200);
	file_copy(other.directory, world.directory);
	struct journal *journal = opened(world.directory);
	assert_refused(journal, world.directory, "another one in this journal");
	journal_close(journal);

	/* The journal was put back to an earlier one. */
	file_copy(world.copy, world.directory);
	journal_cut(&world, run->position / 2 - 1);
	file_copy(world.directory, world.copy);
	journal = opened(world.copy);
	assert_refused(journal, world.copy, "the journal does not have");
	struct replay replay;
	resumed(&replay, journal, world.copy);
	assert_int_equal(replay.checkpoint, 0);
	assert_int_equal(replay.position, run->position / 2 - 1);
	assert_non_null(strstr(replay.refused, "does not have"));
	replay_done(&replay);
	journal_close(journal);
	run_free(run);
	run_free(foreign);
	world_done(&world);
	world_done(&other);
}

/* Where the head has its numbers, and that its hash is the last of it. */
enum {
	FORMAT_AT = 16,
	SIZE_AT = 20,
	STATE_VERSION_AT = 24,
	ENTRY_SIZE_AT = 36,
	ENGINE_VERSION_AT = STATE_VERSION_AT + 4 * ENGINE_LAYOUT
};

static void
forge(const struct bytes *file, size_t at, uint32_t expected)
{
	uint32_t number, size;

	memcpy(&number, file->bytes + at, sizeof(number));
	if (expected)
		assert_int_equal(number, expected);
	number++;
	memcpy(file->bytes + at, &number, sizeof(number));
	memcpy(&size, file->bytes + SIZE_AT, sizeof(size));
	crypto_generichash(file->bytes + size - crypto_generichash_BYTES,
			   crypto_generichash_BYTES, file->bytes,
			   size - crypto_generichash_BYTES, NULL, 0);
}

static void
refuses_another_versions(void **state)
{
	static const struct {
		size_t at;
		uint32_t expected; /* 0: any */
	} numbers[] = {
		{FORMAT_AT, 3},
		{STATE_VERSION_AT, ENGINE_STATE_VERSION},
		{ENTRY_SIZE_AT, 0},
		{ENGINE_VERSION_AT, ENGINE_VERSION},
	};
	struct world world;

	(void)state;
	struct run *run = world_checkpointed(&world, 7300);
	struct journal *journal = opened(world.directory);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		file_copy(world.copy, world.directory);
		struct bytes file = file_read(world.directory);
		forge(&file, numbers[i].at, numbers[i].expected);
		file_write(world.directory, file.bytes, file.size);
		assert_refused(journal, world.directory,
			       "another version of truced wrote it");
		free(file.bytes);
	}
	journal_close(journal);
	run_free(run);
	world_done(&world);
}

/* All its hashes are right, and what it says is wrong. */
static void
replays_all_when_the_journal_does_not_follow(void **state)
{
	struct world world;
	struct replay early, late;
	struct checkpoint_place place = {.config = CONFIG_STEP};
	uint64_t bytes;

	(void)state;
	struct run *run = world_checkpointed(&world, 7400);
	struct journal *journal = opened(world.copy);
	place.position = journal_head(journal, place.hash);
	journal_close(journal);
	journal_cut(&world, CONFIG_STEP);
	journal = opened(world.copy);
	replayed(&early, journal);
	assert_int_equal(checkpoint_write(world.directory, &place,
					  early.engines, &bytes),
			 0);
	journal_close(journal);
	journal = opened(world.directory);
	resumed(&late, journal, world.directory);
	assert_int_equal(late.checkpoint, 0);
	assert_int_equal(late.position, run->position);
	assert_non_null(strstr(late.refused, "step "));
	replay_done(&late);
	replay_done(&early);
	journal_close(journal);
	run_free(run);
	world_done(&world);
}

static void
says_nothing_when_there_is_none(void **state)
{
	struct world world;
	struct plan plan = plan_any(1);
	struct replay replay;

	(void)state;
	world_make(&world, true, 7500);
	struct run *run = run_journaled(&world, &plan);
	struct journal *journal = opened(world.directory);
	resumed(&replay, journal, world.directory);
	assert_string_equal(replay.refused, "");
	assert_int_equal(replay.checkpoint, 0);
	assert_int_equal(replay.position, run->position);
	replay_done(&replay);
	journal_close(journal);
	run_free(run);
	world_done(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			checkpoint_and_tail_equal_a_replay_from_the_start),
		cmocka_unit_test(
			what_follows_a_checkpoint_is_the_same_to_the_byte),
		cmocka_unit_test(refuses_damage_at_any_byte),
		cmocka_unit_test(
			refuses_another_journals_and_one_from_the_future),
		cmocka_unit_test(refuses_another_versions),
		cmocka_unit_test(replays_all_when_the_journal_does_not_follow),
		cmocka_unit_test(says_nothing_when_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
