/*
 * The disk says no: a failed fsync is the end, a quota only a wait.
 *
 * The system calls of another process are made to fail with strace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "scratch.h"
#include "stream.h"

enum { SKIPPED = 77, STEPS = 30, CALLS = 40, LINE = 256 };

struct outcome {
	uint64_t durable; /* the last position told */
	int full;	  /* how often */
	int open;	  /* what journal_open gave; 0: it opened */
	int failed;	  /* what a commit gave; 0: none failed */
	int then;	  /* calls after it that gave the same */
	int other;	  /* and those that gave anything else */
};

static void
outcome_read(FILE *lines, struct outcome *ret_outcome)
{
	struct outcome outcome = {0};
	char line[LINE];
	unsigned long long position;
	int error;

	while (fgets(line, sizeof(line), lines)) {
		if (sscanf(line, "durable %llu", &position) == 1) {
			assert_int_equal(position, outcome.durable + 1);
			assert_int_equal(outcome.failed, 0);
			outcome.durable = position;
		} else if (sscanf(line, "full %llu", &position) == 1) {
			assert_int_equal(position, outcome.durable + 1);
			outcome.full++;
		} else if (sscanf(line, "open %d", &error) == 1) {
			outcome.open = error;
		} else if (sscanf(line, "failed %d", &error) == 1) {
			outcome.failed = error;
		} else if (sscanf(line, "then %d", &error) == 1) {
			if (error == outcome.failed)
				outcome.then++;
			else
				outcome.other++;
		} else {
			print_error("%s", line);
			fail();
		}
	}
	*ret_outcome = outcome;
}

/* Writes STEPS steps into the directory while the fault is in place. */
static void
write_with(const char *fault, const char *directory,
	   struct outcome *ret_outcome)
{
	char command[1024];

	/* The leak checker cannot run under strace. */
	snprintf(command, sizeof(command),
		 "ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e "
		 "trace=fsync,fdatasync,pwrite64 -e inject=%s " JOURNAL_WRITER
		 " %s %d",
		 fault, directory, STEPS);
	FILE *lines = popen(command, "r");
	assert_non_null(lines);
	outcome_read(lines, ret_outcome);
	assert_int_equal(pclose(lines), 0);
}

static uint64_t
steps_in(const char *directory)
{
	struct journal *journal = NULL;

	int error = journal_open(&journal, directory);
	if (error)
		print_error("%s\n", journal_error(NULL));
	assert_int_equal(error, 0);
	int64_t steps = stream_verify(journal);
	assert_true(steps >= 0);
	journal_close(journal);
	return (uint64_t)steps;
}

/* `when` is strace's: the Nth call, or all from the Nth on. */
static void
ends_at_a_failed_sync(const char *when)
{
	int opens = 0, commits = 0;

	for (int call = 1; call <= CALLS; call++) {
		struct outcome outcome;
		char fault[128];
		void *directory;

		assert_int_equal(scratch_make(&directory), 0);
		snprintf(fault, sizeof(fault),
			 "fsync,fdatasync:error=EIO:when=%d%s", call, when);
		write_with(fault, directory, &outcome);
		if (outcome.open) {
			assert_int_equal(outcome.open, -EIO);
			opens++;
		} else if (outcome.failed) {
			assert_int_equal(outcome.failed, -EIO);
			assert_int_equal(outcome.then, 8);
			assert_int_equal(outcome.other, 0);
			commits++;
		} else {
			assert_int_equal(outcome.durable, STEPS);
		}
		assert_in_range(steps_in(directory), outcome.durable,
				outcome.durable + 1);
		assert_int_equal(scratch_remove(&directory), 0);
	}
	print_message("%d failed to open, %d to commit, of %d\n", opens,
		      commits, CALLS);
	assert_true(opens > 0);
	assert_true(commits >= CALLS / 2);
}

static void
ends_when_one_sync_failed_and_the_next_would_not(void **state)
{
	(void)state;
	ends_at_a_failed_sync("");
}

static void
ends_when_every_sync_fails(void **state)
{
	(void)state;
	ends_at_a_failed_sync("+");
}

static void
takes_a_quota_for_a_full_disk(void **state)
{
	struct outcome outcome;
	char fault[128];
	int full = 0;

	for (int call = 60; call < 90; call++) {
		scratch_remove(state);
		scratch_make(state);
		snprintf(fault, sizeof(fault),
			 "pwrite64:error=EDQUOT:when=%d..%d", call, call + 4);
		write_with(fault, *state, &outcome);
		assert_int_equal(outcome.open, 0);
		assert_int_equal(outcome.failed, 0);
		assert_int_equal(outcome.durable, STEPS);
		assert_int_equal(steps_in(*state), STEPS);
		full += outcome.full;
	}
	assert_true(full > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			ends_when_one_sync_failed_and_the_next_would_not),
		cmocka_unit_test(ends_when_every_sync_fails),
		cmocka_unit_test_setup_teardown(takes_a_quota_for_a_full_disk,
						scratch_make, scratch_remove),
	};

	if (system("strace -f -o /dev/null -e trace=fsync -e "
		   "inject=fsync:error=EIO true") != 0) {
		printf("skipped: strace is not there or may not trace here\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
