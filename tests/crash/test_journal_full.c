/* A full disk costs nothing but time. On a file system of 1 MB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/journal_wal.h"
#include "scratch.h"
#include "stream.h"

enum {
	SKIPPED = 77,
	BALLAST_SIZE = 300 * 1024,
	BIG = 256 * 1024, /* less than the ballast */
	SMALL = 1000
};

static void
ballast_path(const char *directory, char path[static 128])
{
	snprintf(path, 128, "%s/ballast", directory);
}

static int
disk_make(void **state)
{
	static const uint8_t zeros[BALLAST_SIZE];
	char path[128];

	if (scratch_make(state) < 0)
		return -1;
	if (mount("tmpfs", *state, "tmpfs", 0, "size=1m") < 0)
		return -1;
	ballast_path(*state, path);
	int file = open(path, O_WRONLY | O_CREAT, 0600);
	if (file < 0 ||
	    write(file, zeros, sizeof(zeros)) != (ssize_t)sizeof(zeros))
		return -1;
	return close(file);
}

static int
disk_remove(void **state)
{
	if (umount(*state) < 0)
		return -1;
	return scratch_remove(state);
}

static void
room_make(const char *directory)
{
	char path[128];

	ballast_path(directory, path);
	assert_int_equal(unlink(path), 0);
}

static struct journal *
opened(const char *directory)
{
	struct journal *journal = NULL;
	int error = journal_open(&journal, directory);

	if (error)
		print_error("%s\n", journal_error(NULL));
	assert_int_equal(error, 0);
	return journal;
}

/* Commits until there is no room; the steps that are durable then. */
static uint64_t
fill(struct journal *journal, size_t body_size)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	int error;

	do
		error = stream_commit_sized(journal, body_size);
	while (!error);
	assert_int_equal(error, -ENOSPC);
	return journal_head(journal, hash);
}

static void
takes_the_same_step_again_when_there_is_room(void **state)
{
	static const size_t sizes[] = {SMALL, 30000, BIG};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		disk_remove(state);
		disk_make(state);
		struct journal *journal = opened(*state);
		uint64_t head = fill(journal, sizes[i]);
		assert_true(head > 0);
		assert_int_equal(stream_commit_sized(journal, sizes[i]),
				 -ENOSPC);
		assert_non_null(strstr(journal_error(journal), "No space"));
		journal_idle(journal);
		assert_int_equal(stream_verify(journal), head);
		room_make(*state);
		assert_int_equal(stream_commit_sized(journal, sizes[i]), 0);
		assert_int_equal(stream_verify(journal), head + 1);
		journal_close(journal);
		journal = opened(*state);
		assert_int_equal(stream_verify(journal), head + 1);
		journal_close(journal);
	}
}

/* Runs in a child that ends without closing, as by kill -9. */
static void
in_a_process_that_dies(const char *directory,
		       void (*work)(struct journal *journal))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct journal *journal = NULL;
		if (journal_open(&journal, directory))
			_exit(1);
		work(journal);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
fill_with_big_steps(struct journal *journal)
{
	fill(journal, BIG);
}

/* The failed step has left whole frames in the log, more than the small one
 * that came after it overwrote. They must not be taken for damage. */
static void
fill_with_big_then_commit_small(struct journal *journal)
{
	fill(journal, BIG);
	if (stream_commit_sized(journal, SMALL) != 0)
		_exit(2);
}

static void
opens_on_a_full_disk_with_all_that_was_durable(void **state)
{
	in_a_process_that_dies(*state, fill_with_big_steps);
	struct journal *journal = opened(*state);
	int64_t head = stream_verify(journal);
	assert_true(head > 0);
	room_make(*state);
	assert_int_equal(stream_commit_sized(journal, BIG), 0);
	assert_int_equal(stream_verify(journal), head + 1);
	journal_close(journal);
}

static void
takes_what_a_failed_step_left_in_the_log_for_no_damage(void **state)
{
	struct journal_wal wal;
	char path[128];

	in_a_process_that_dies(*state, fill_with_big_then_commit_small);
	snprintf(path, sizeof(path), "%s/journal.db-wal", (const char *)*state);
	assert_int_equal(journal_wal_check(path, &wal), 0);
	assert_int_equal(wal.broken, wal.frames + 1);
	assert_true(wal.size > (wal.broken + 4) * 16384);
	struct journal *journal = opened(*state);
	assert_true(stream_verify(journal) > 1);
	journal_close(journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			takes_the_same_step_again_when_there_is_room, disk_make,
			disk_remove),
		cmocka_unit_test_setup_teardown(
			opens_on_a_full_disk_with_all_that_was_durable,
			disk_make, disk_remove),
		cmocka_unit_test_setup_teardown(
			takes_what_a_failed_step_left_in_the_log_for_no_damage,
			disk_make, disk_remove),
	};

	/* Mounts of our own, gone when we are. */
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		printf("skipped: a private mount namespace is needed to make "
		       "a small disk: %s\n",
		       strerror(errno));
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
