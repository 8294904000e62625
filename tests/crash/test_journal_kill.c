/* kill -9 at any moment loses no step that was told to be durable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "stream.h"

enum {
	KILLS = 80,
	READY_MS = 20000,
	ACKNOWLEDGED_MAX = 12, /* steps waited for before a kill */
	DELAY_MAX_NS = 2000000 /* and then some: anywhere in a commit */
};

/* The child: commits for ever and tells each position once it is durable. */
static _Noreturn void
commit_forever(const char *directory, int pipe_end)
{
	struct journal *journal = NULL;
	uint8_t hash[JOURNAL_HASH_SIZE];

	if (journal_open(&journal, directory))
		_exit(1);
	while (stream_commit(journal) == 0) {
		uint64_t position = journal_head(journal, hash);
		if (write(pipe_end, &position, sizeof(position)) !=
		    sizeof(position))
			_exit(2);
		if (position % 5 == 0)
			journal_idle(journal);
	}
	_exit(3);
}

/* Reads positions until `wanted` have come; the last one. */
static uint64_t
acknowledged(int pipe_end, int wanted, uint64_t last)
{
	struct pollfd readable = {.fd = pipe_end, .events = POLLIN};
	uint64_t position;

	while (wanted-- > 0) {
		assert_int_equal(poll(&readable, 1, READY_MS), 1);
		assert_int_equal(read(pipe_end, &position, sizeof(position)),
				 sizeof(position));
		assert_int_equal(position, last + 1);
		last = position;
	}
	return last;
}

static void
loses_no_acknowledged_step_when_killed(void **state)
{
	const char *directory = *state;
	uint64_t last = 0;
	unsigned seed = 1;

	for (int kills = 0; kills < KILLS; kills++) {
		struct journal *journal = NULL;
		uint64_t position;
		int ends[2];
		int status;

		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(ends[0]);
			commit_forever(directory, ends[1]);
		}
		close(ends[1]);
		last = acknowledged(ends[0],
				    1 + rand_r(&seed) % ACKNOWLEDGED_MAX, last);
		struct timespec delay = {0, rand_r(&seed) % DELAY_MAX_NS};
		nanosleep(&delay, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(ends[0], &position, sizeof(position)) ==
		       sizeof(position))
			last = position;
		close(ends[0]);

		int error = journal_open(&journal, directory);
		if (error)
			print_error("%s\n", journal_error(NULL));
		assert_int_equal(error, 0);
		int64_t steps = stream_verify(journal);
		/* One may have become durable and not been told. */
		assert_in_range(steps, last, last + 1);
		last = (uint64_t)steps;
		journal_close(journal);
	}
	print_message("%d kills, %llu steps\n", KILLS,
		      (unsigned long long)last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			loses_no_acknowledged_step_when_killed, scratch_make,
			scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
