/* The journal on real files: what was put in comes out, what rots is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "edge/journal.h"

enum { PATH_SIZE = 256, TEXT = 1024, ONE_SECOND_US = 1000000 };

static const char STREAM[] = "5f0c9b1e5f0c9b1e5f0c9b1e5f0c9b1e";

struct files {
	char directory[PATH_SIZE / 2];
	char database[PATH_SIZE];
	char wal[PATH_SIZE];
};

static void
files_name(struct files *files)
{
	snprintf(files->database, sizeof(files->database), "%s/journal.db",
		 files->directory);
	snprintf(files->wal, sizeof(files->wal), "%s/journal.db-wal",
		 files->directory);
}

static int
files_make(void **state)
{
	struct files *files = calloc(1, sizeof(*files));

	assert_non_null(files);
	strcpy(files->directory, "/tmp/test-journal-XXXXXX");
	assert_non_null(mkdtemp(files->directory));
	files_name(files);
	*state = files;
	return 0;
}

static void
files_remove(const struct files *files)
{
	static const char *const names[] = {"journal.db", "journal.db-wal",
					    "journal.db-shm",
					    "journal.db-journal", "lock"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", files->directory,
			 names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(files->directory), 0);
}

static int
files_drop(void **state)
{
	files_remove(*state);
	free(*state);
	return 0;
}

static struct journal *
opened(const struct files *files)
{
	struct journal *journal = NULL;
	int error = journal_open(&journal, files->directory);

	if (error)
		print_error("%s\n", journal_error(NULL));
	assert_int_equal(error, 0);
	assert_non_null(journal);
	return journal;
}

/* Step `position` with two alerts of STREAM, as all tests make them. */
static int
commit(struct journal *journal, uint64_t position, size_t body_size)
{
	uint8_t *body = malloc(body_size + 1);
	char payload[2][32];

	assert_non_null(body);
	memset(body, (int)(position % 251), body_size);
	snprintf(payload[0], sizeof(payload[0]), "first of %u",
		 (unsigned)position);
	snprintf(payload[1], sizeof(payload[1]), "second of %u",
		 (unsigned)position);
	struct journal_step step = {.position = position,
				    .time_ms = 1000 * (int64_t)position,
				    .kind = 3,
				    .body = body,
				    .body_size = body_size};
	struct journal_alert alerts[] = {
		{STREAM, 2 * position - 1, "alert.minsk-2.deaths",
		 (uint8_t *)payload[0], strlen(payload[0])},
		{STREAM, 2 * position, "alert.minsk-2.spike",
		 (uint8_t *)payload[1], strlen(payload[1])},
	};
	int result = journal_commit(journal, &step, alerts, 2);
	free(body);
	return result;
}

static void
commit_all(struct journal *journal, uint64_t first, uint64_t last)
{
	for (uint64_t i = first; i <= last; i++)
		assert_int_equal(commit(journal, i, 100), 0);
}

struct seen {
	uint64_t steps;
	uint64_t last;
	size_t body_size;
	uint64_t stop_at;
	char alerts[TEXT]; /* "seq:topic=payload\n" */
};

static int
see_step(void *context, const struct journal_step *step)
{
	struct seen *seen = context;

	assert_int_equal(step->time_ms, 1000 * (int64_t)step->position);
	assert_int_equal(step->kind, 3);
	for (size_t i = 0; i < step->body_size; i++)
		assert_int_equal(step->body[i], step->position % 251);
	if (seen->last)
		assert_int_equal(step->position, seen->last + 1);
	seen->steps++;
	seen->last = step->position;
	seen->body_size = step->body_size;
	return step->position == seen->stop_at ? 7 : 0;
}

static int
see_alert(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct seen *seen = context;
	size_t used = strlen(seen->alerts);

	seen->last = position;
	snprintf(seen->alerts + used, sizeof(seen->alerts) - used,
		 "%u:%s=%.*s\n", (unsigned)alert->seq, alert->topic,
		 (int)alert->payload_size, (const char *)alert->payload);
	return alert->seq == seen->stop_at ? 7 : 0;
}

/* Changes the closed file behind the journal's back. */
static void
tamper(const struct files *files, const char *statement)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(files->database, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, statement, NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_changes(database), 1);
	sqlite3_close(database);
}

static void
keeps_steps_and_alerts_in_order_across_a_reopening(void **state)
{
	struct journal *journal = opened(*state);
	struct seen seen = {0};
	uint8_t hash[2][JOURNAL_HASH_SIZE];

	assert_int_equal(journal_head(journal, hash[0]), 0);
	commit_all(journal, 1, 20);
	assert_int_equal(journal_head(journal, hash[0]), 20);
	journal_close(journal);
	journal = opened(*state);
	assert_int_equal(journal_head(journal, hash[1]), 20);
	assert_memory_equal(hash[0], hash[1], JOURNAL_HASH_SIZE);
	commit_all(journal, 21, 30);
	assert_int_equal(journal_steps(journal, 0, see_step, &seen), 0);
	assert_int_equal(seen.steps, 30);
	assert_int_equal(seen.body_size, 100);
	assert_int_equal(journal_alerts_of(journal, 30, see_alert, &seen), 0);
	assert_string_equal(seen.alerts,
			    "59:alert.minsk-2.deaths=first of 30\n"
			    "60:alert.minsk-2.spike=second of 30\n");
	journal_close(journal);
}

static void
gives_steps_after_a_position_and_stops_when_told(void **state)
{
	struct journal *journal = opened(*state);
	struct seen seen = {.stop_at = 8};

	commit_all(journal, 1, 10);
	assert_int_equal(journal_steps(journal, 4, see_step, &seen), 7);
	assert_int_equal(seen.steps, 4);
	assert_int_equal(seen.last, 8);
	seen = (struct seen){0};
	assert_int_equal(journal_steps(journal, 10, see_step, &seen), 0);
	assert_int_equal(seen.steps, 0);
	journal_close(journal);
}

static void
keeps_empty_bodies_and_those_of_a_megabyte(void **state)
{
	struct journal *journal = opened(*state);
	struct seen seen = {0};

	assert_int_equal(commit(journal, 1, 0), 0);
	assert_int_equal(commit(journal, 2, 1 << 20), 0);
	assert_int_equal(commit(journal, 3, 0), 0);
	assert_int_equal(journal_steps(journal, 1, see_step, &seen), 0);
	assert_int_equal(seen.steps, 2);
	seen = (struct seen){.stop_at = 2};
	assert_int_equal(journal_steps(journal, 0, see_step, &seen), 7);
	assert_int_equal(seen.body_size, 1 << 20);
	journal_close(journal);
}

/* A drill's alerts follow the real ones though its stream sorts before. */
static void
keeps_the_order_of_alerts_within_a_step(void **state)
{
	struct journal *journal = opened(*state);
	struct journal_step step = {.position = 1, .time_ms = 1, .kind = 3};
	struct journal_alert alerts[] = {
		{"b", 1, "alert.x.y", (const uint8_t *)"1", 1},
		{"b", 2, "alert.x.y", (const uint8_t *)"2", 1},
		{"a", 1, "exercise.x.y", (const uint8_t *)"3", 1},
	};
	struct seen seen = {0};

	assert_int_equal(journal_commit(journal, &step, alerts, 3), 0);
	assert_int_equal(journal_alerts_of(journal, 1, see_alert, &seen), 0);
	assert_string_equal(seen.alerts, "1:alert.x.y=1\n2:alert.x.y=2\n"
					 "1:exercise.x.y=3\n");
	journal_close(journal);
}

static void
gives_alerts_after_a_seq_by_prefix_and_limit(void **state)
{
	struct journal *journal = opened(*state);
	struct seen seen = {0};

	commit_all(journal, 1, 5);
	assert_int_equal(journal_alerts_after(journal, STREAM, 4,
					      "alert.minsk-2.d", 2, see_alert,
					      &seen),
			 0);
	assert_string_equal(seen.alerts, "5:alert.minsk-2.deaths=first of 3\n"
					 "7:alert.minsk-2.deaths=first of 4\n");
	/* Bytes, not patterns and not letters. */
	static const char *const none[] = {"alert.minsk_2", "Alert", "%",
					   "alert.minsk-2.deaths."};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		seen = (struct seen){0};
		assert_int_equal(journal_alerts_after(journal, STREAM, 0,
						      none[i], 10, see_alert,
						      &seen),
				 0);
		assert_string_equal(seen.alerts, "");
	}
	assert_int_equal(journal_alerts_after(journal, "other", 0, "", 10,
					      see_alert, &seen),
			 0);
	assert_int_equal(journal_alerts_after(journal, STREAM, UINT64_MAX, "",
					      10, see_alert, &seen),
			 0);
	assert_string_equal(seen.alerts, "");
	journal_close(journal);
}

static int
see_alerts_too(void *context, const struct journal_step *step)
{
	struct seen seen = {0};

	assert_int_equal(journal_alerts_of(context, step->position, see_alert,
					   &seen),
			 0);
	assert_int_equal(seen.last, step->position);
	return 0;
}

static void
gives_a_steps_alerts_while_steps_are_visited(void **state)
{
	struct journal *journal = opened(*state);

	commit_all(journal, 1, 5);
	assert_int_equal(journal_steps(journal, 0, see_alerts_too, journal), 0);
	journal_close(journal);
}

static void
keeps_cursors(void **state)
{
	struct journal *journal = opened(*state);
	uint64_t value = 5;

	assert_int_equal(journal_cursor_get(journal, "syslog", &value),
			 -ENOENT);
	assert_int_equal(value, 5);
	assert_int_equal(journal_cursor_set(journal, "syslog", 41), 0);
	assert_int_equal(journal_cursor_set(journal, "other", 3), 0);
	assert_int_equal(journal_cursor_set(journal, "syslog", 42), 0);
	assert_int_equal(journal_cursor_get(journal, "syslog", &value), 0);
	assert_int_equal(value, 42);
	journal_close(journal);
	journal = opened(*state);
	assert_int_equal(journal_cursor_get(journal, "syslog", &value), 0);
	assert_int_equal(value, 42);
	assert_int_equal(journal_cursor_get(journal, "other", &value), 0);
	assert_int_equal(value, 3);
	journal_close(journal);
}

/* Each stream has one, and with each version of truced two begin. */
static void
keeps_as_many_cursors_as_there_are(void **state)
{
	enum { MANY = 100 };
	struct journal *journal = opened(*state);
	char name[32];

	for (int times = 0; times < 2; times++) {
		for (uint64_t i = 0; i < MANY; i++) {
			uint64_t value;
			snprintf(name, sizeof(name), "syslog.%u", (unsigned)i);
			assert_int_equal(journal_cursor_get(journal, name,
							    &value),
					 times ? 0 : -ENOENT);
			if (times)
				assert_int_equal(value, i);
			assert_int_equal(journal_cursor_set(journal, name, i),
					 0);
		}
		journal_close(journal);
		journal = opened(*state);
	}
	journal_close(journal);
}

static void
tells_which_streams_there_are(void **state)
{
	static const char *const names[] = {"b", "a", "b", "c", "b", "c"};
	struct journal *journal = opened(*state);
	struct journal_stream stream;
	uint64_t seqs[3] = {0};

	assert_int_equal(journal_stream_after(journal, "", &stream), -ENOENT);
	for (uint64_t i = 0; i < 6; i++) {
		const struct journal_step step = {.position = i + 1};
		const struct journal_alert alert = {
			.stream = names[i],
			.seq = ++seqs[*names[i] - 'a'],
			.topic = *names[i] == 'c'
					 ? "exercise.alert.minsk-2.deaths"
					 : "alert.minsk-2.deaths",
			.payload = (const uint8_t *)"",
		};
		assert_int_equal(journal_commit(journal, &step, &alert, 1), 0);
	}
	assert_int_equal(journal_stream_after(journal, "", &stream), 0);
	assert_string_equal(stream.name, "a");
	assert_int_equal(stream.last_seq, 1);
	assert_int_equal(stream.position, 2);
	assert_false(stream.drill);
	assert_int_equal(journal_stream_after(journal, "a", &stream), 0);
	assert_string_equal(stream.name, "b");
	assert_int_equal(stream.last_seq, 3);
	assert_int_equal(stream.position, 1);
	assert_int_equal(journal_stream_after(journal, "b", &stream), 0);
	assert_string_equal(stream.name, "c");
	assert_true(stream.drill);
	assert_int_equal(journal_stream_after(journal, "c", &stream), -ENOENT);
	journal_close(journal);
}

static void
refuses_a_second_opener_and_names_the_first(void **state)
{
	struct journal *journal = opened(*state);
	struct journal *second = NULL;
	char pid[32];

	assert_int_equal(journal_open(&second, ((const struct files *)*state)
						       ->directory),
			 -EBUSY);
	assert_null(second);
	snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
	assert_non_null(strstr(journal_error(NULL), pid));
	commit_all(journal, 1, 1);
	journal_close(journal);
	journal_close(opened(*state));
}

static int
step_count(void *context, const struct journal_step *step)
{
	(void)step;
	++*(uint64_t *)context;
	return 0;
}

/* All its steps, as whoever may only read sees them. */
static uint64_t
steps_read(const struct files *files)
{
	struct journal *journal = NULL;
	uint64_t steps = 0;

	assert_int_equal(journal_open_reading(&journal, files->directory), 0);
	assert_int_equal(journal_steps(journal, 0, step_count, &steps), 0);
	journal_close(journal);
	return steps;
}

static void
reads_a_journal_that_rests_and_makes_no_file(void **state)
{
	const struct files *files = *state;
	struct journal *journal = opened(files);
	struct journal *first = NULL;

	commit_all(journal, 1, 20);
	assert_int_equal(journal_open_reading(&first, files->directory),
			 -EBUSY);
	assert_non_null(strstr(journal_error(NULL), "in use"));
	journal_close(journal);
	assert_int_equal(chmod(files->database, 0440), 0);
	assert_int_equal(access(files->wal, F_OK), -1);
	assert_int_equal(journal_open_reading(&first, files->directory), 0);
	assert_int_equal(steps_read(files), 20);
	assert_int_equal(access(files->wal, F_OK), -1);
	assert_int_equal(journal_open(&journal, files->directory), -EBUSY);
	journal_close(first);
}

static void
reads_what_a_killed_process_left_in_the_log(void **state)
{
	const struct files *files = *state;
	struct stat status;

	pid_t child = fork();
	if (child == 0) {
		commit_all(opened(files), 1, 20);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	assert_int_equal(stat(files->wal, &status), 0);
	assert_true(status.st_size > 0);
	assert_int_equal(steps_read(files), 20);
}

static void
reads_no_journal_where_there_is_none(void **state)
{
	const struct files *files = *state;
	struct journal *journal = NULL;

	assert_int_equal(journal_open_reading(&journal, files->directory),
			 -ENOENT);
	assert_int_equal(access(files->database, F_OK), -1);
}

static void
says_which_directory_is_missing(void **state)
{
	struct journal *journal = NULL;

	(void)state;
	assert_int_equal(journal_open(&journal, "/nonexistent/truced"),
			 -ENOENT);
	assert_non_null(strstr(journal_error(NULL), "/nonexistent/truced"));
}

/* Damage */

static void
steps_are_refused(const struct files *files, const char *place)
{
	struct journal *journal = opened(files);
	struct seen seen = {0};

	assert_int_equal(journal_steps(journal, 0, see_step, &seen), -EBADMSG);
	if (!strstr(journal_error(journal), place))
		print_error("%s\n", journal_error(journal));
	assert_non_null(strstr(journal_error(journal), place));
	assert_non_null(strstr(journal_error(journal), "backup"));
	journal_close(journal);
}

static void
open_is_refused(const struct files *files, int error, const char *place)
{
	struct journal *journal = NULL;

	assert_int_equal(journal_open(&journal, files->directory), error);
	assert_null(journal);
	if (!strstr(journal_error(NULL), place))
		print_error("%s\n", journal_error(NULL));
	assert_non_null(strstr(journal_error(NULL), place));
}

static void
ten_steps(const struct files *files)
{
	struct journal *journal = opened(files);

	commit_all(journal, 1, 10);
	journal_close(journal);
}

static void
refuses_a_step_whose_hash_does_not_follow(void **state)
{
	static const struct {
		const char *change;
		const char *place;
	} changes[] = {
		{"UPDATE steps SET body = zeroblob(100) WHERE position = 3",
		 "step 3 does"},
		{"UPDATE steps SET time_ms = 0 WHERE position = 3",
		 "step 3 does"},
		{"UPDATE steps SET kind = 4 WHERE position = 4", "step 4 does"},
		{"UPDATE steps SET hash = zeroblob(32) WHERE position = 5",
		 "step 5 does"},
		{"DELETE FROM steps WHERE position = 6", "step 6 is missing"},
		{"DELETE FROM alerts WHERE seq = 14", "step 7 does"},
		{"UPDATE alerts SET payload = x'00' WHERE seq = 8",
		 "alert 8 of step 4"},
		{"UPDATE alerts SET topic = 'alert.minsk-2.s' WHERE seq = 9",
		 "alert 9 of step 5"},
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		files_drop(state);
		files_make(state);
		ten_steps(*state);
		tamper(*state, changes[i].change);
		steps_are_refused(*state, changes[i].place);
	}
}

static void
refuses_to_open_when_the_last_step_is_damaged(void **state)
{
	static const char *const changes[] = {
		"UPDATE steps SET body = zeroblob(100) WHERE position = 10",
		"DELETE FROM alerts WHERE seq = 20",
		"DELETE FROM steps WHERE position = 10",
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		files_drop(state);
		files_make(state);
		ten_steps(*state);
		tamper(*state, changes[i]);
		open_is_refused(*state, -EBADMSG, "step");
	}
}

static void
refuses_an_alert_that_rotted_or_is_lost(void **state)
{
	struct seen seen = {0};

	ten_steps(*state);
	tamper(*state, "UPDATE alerts SET payload = x'00' WHERE seq = 8");
	tamper(*state, "DELETE FROM alerts WHERE seq = 12");
	struct journal *journal = opened(*state);
	assert_int_equal(journal_alerts_of(journal, 4, see_alert, &seen),
			 -EBADMSG);
	assert_int_equal(journal_alerts_after(journal, STREAM, 6, "", 3,
					      see_alert, &seen),
			 -EBADMSG);
	assert_non_null(strstr(journal_error(journal), "alert 8 of step 4"));
	assert_int_equal(journal_alerts_after(journal, STREAM, 9, "", 5,
					      see_alert, &seen),
			 -EBADMSG);
	assert_non_null(strstr(journal_error(journal), "alert 12 is missing"));
	journal_close(journal);
}

static void
refuses_a_file_that_is_not_its_own(void **state)
{
	ten_steps(*state);
	tamper(*state, "PRAGMA user_version = 2; UPDATE steps SET kind = 3"
		       " WHERE position = 1");
	open_is_refused(*state, -EPROTONOSUPPORT, "format 2");
	tamper(*state, "PRAGMA application_id = 2; UPDATE steps SET kind = 3"
		       " WHERE position = 1");
	open_is_refused(*state, -EBADMSG, "not a journal");
}

/* The write-ahead log */

struct bytes {
	uint8_t *data;
	size_t size;
};

static struct bytes
file_read(const char *path)
{
	struct bytes bytes;
	struct stat status;
	int file = open(path, O_RDONLY);

	assert_true(file >= 0);
	assert_int_equal(fstat(file, &status), 0);
	bytes.size = (size_t)status.st_size;
	bytes.data = malloc(bytes.size + 1);
	assert_int_equal(read(file, bytes.data, bytes.size), bytes.size);
	close(file);
	return bytes;
}

static void
file_write(const char *path, const uint8_t *data, size_t size)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, data, size), size);
	close(file);
}

static void
file_is(const char *path, struct bytes wanted)
{
	struct bytes bytes = file_read(path);

	assert_int_equal(bytes.size, wanted.size);
	assert_memory_equal(bytes.data, wanted.data, wanted.size);
	free(bytes.data);
}

/* The files as a killed process leaves them, all steps in the log. */
struct left {
	struct bytes database;
	struct bytes wal;
};

static struct left
left_behind(const struct files *files, uint64_t steps)
{
	struct journal *journal = opened(files);
	struct left left;

	commit_all(journal, 1, steps);
	left.database = file_read(files->database);
	left.wal = file_read(files->wal);
	journal_close(journal);
	return left;
}

static void
left_free(struct left *left)
{
	free(left->database.data);
	free(left->wal.data);
}

static void
left_put(const struct left *left, const struct files *files, size_t wal_size)
{
	file_write(files->database, left->database.data, left->database.size);
	file_write(files->wal, left->wal.data, wal_size);
}

/* Opens, walks all, closes; the head, or the error. */
static int64_t
head_of(const struct files *files)
{
	struct journal *journal = NULL;
	uint8_t hash[JOURNAL_HASH_SIZE];
	struct seen seen = {0};

	int error = journal_open(&journal, files->directory);
	if (error)
		return error;
	uint64_t head = journal_head(journal, hash);
	assert_int_equal(journal_steps(journal, 0, see_step, &seen), 0);
	assert_int_equal(seen.steps, head);
	journal_close(journal);
	return (int64_t)head;
}

static void
takes_a_log_that_was_cut_off_anywhere(void **state)
{
	struct left left = left_behind(*state, 12);
	int64_t before = 12;

	left_put(&left, *state, left.wal.size);
	assert_int_equal(head_of(*state), 12);
	/* A prime, so that cuts fall everywhere in a frame. */
	for (size_t cut = 0; cut < left.wal.size; cut += 3989) {
		left_put(&left, *state, left.wal.size - cut);
		int64_t head = head_of(*state);
		assert_in_range(head, 0, before);
		before = head;
	}
	assert_int_equal(before, 0);
	left_free(&left);
}

static void
refuses_a_log_with_a_flipped_bit_and_leaves_it_as_it_is(void **state)
{
	const struct files *files = *state;
	struct left left = left_behind(files, 12);
	unsigned refused = 0, last_lost = 0;

	for (size_t at = 0; at < left.wal.size; at += 1009) {
		uint8_t bit = (uint8_t)(1 << (at % 8));
		left.wal.data[at] ^= bit;
		left_put(&left, files, left.wal.size);
		int64_t head = head_of(files);
		if (head == -EBADMSG) {
			refused++;
			file_is(files->wal, left.wal);
			file_is(files->database, left.database);
		} else {
			/* No more than what cannot be told from a torn write.
			 */
			assert_in_range(head, 11, 12);
			last_lost += head == 11;
		}
		left.wal.data[at] ^= bit;
	}
	assert_true(last_lost > 0);
	assert_true(refused > 9 * last_lost);
	left_free(&left);
}

/* A power cut keeps any part of the last write, not only its beginning. */
static void
takes_a_log_whose_last_transaction_is_torn(void **state)
{
	struct left left = left_behind(*state, 12);
	struct journal *journal;
	struct left longer;

	files_drop(state);
	files_make(state);
	journal = opened(*state);
	commit_all(journal, 1, 12);
	assert_int_equal(commit(journal, 13, 100000), 0);
	longer.database = file_read(((struct files *)*state)->database);
	longer.wal = file_read(((struct files *)*state)->wal);
	journal_close(journal);
	assert_true(longer.wal.size > left.wal.size + 5 * 4096);
	for (size_t at = left.wal.size; at + 4096 < longer.wal.size;
	     at += 4096) {
		uint8_t kept[4096];
		memcpy(kept, longer.wal.data + at, sizeof(kept));
		memset(longer.wal.data + at, 0x5a, sizeof(kept));
		left_put(&longer, *state, longer.wal.size);
		assert_int_equal(head_of(*state), 12);
		memcpy(longer.wal.data + at, kept, sizeof(kept));
	}
	left_put(&longer, *state, longer.wal.size);
	assert_int_equal(head_of(*state), 13);
	left_free(&left);
	left_free(&longer);
}

enum { FRAME_SIZE = 24 + 16384, LOG_HEADER_SIZE = 32 };

static size_t
frame_at(size_t number)
{
	return LOG_HEADER_SIZE + (number - 1) * FRAME_SIZE;
}

/* Each step had been synced before the next began: even the begin of one more
 * proves a break in the last whole one to be damage. */
static void
refuses_a_broken_step_behind_which_another_had_begun(void **state)
{
	const struct files *files = *state;
	struct left left = left_behind(files, 12);
	size_t frames = (left.wal.size - LOG_HEADER_SIZE) / FRAME_SIZE;
	size_t ends = frames - 1; /* of the last step but one */

	while (memcmp(left.wal.data + frame_at(ends) + 4, "\0\0\0", 4) == 0)
		ends--;
	left.wal.data[frame_at(ends - 1) + 1000] ^= 1;
	/* As far as the first frame of the last step, */
	left_put(&left, files, frame_at(ends + 2));
	assert_int_equal(head_of(files), -EBADMSG);
	/* and without it: a torn write, for all that one can know. */
	left_put(&left, files, frame_at(ends + 1));
	assert_int_equal(head_of(files), 10);
	/* The checksum of the broken frame is no better than the rest of it. */
	left.wal.data[frame_at(ends - 1) + 1000] ^= 1;
	left.wal.data[frame_at(ends) + 16] ^= 1;
	left_put(&left, files, frame_at(ends + 2));
	assert_int_equal(head_of(files), -EBADMSG);
	left_free(&left);
}

static void
refuses_a_log_whose_database_is_gone(void **state)
{
	const struct files *files = *state;
	struct left left = left_behind(files, 3);

	left_put(&left, files, left.wal.size);
	assert_int_equal(unlink(files->database), 0);
	open_is_refused(files, -EBADMSG, "missing or empty");
	file_is(files->wal, left.wal);
	file_write(files->database, NULL, 0);
	open_is_refused(files, -EBADMSG, "missing or empty");
	file_is(files->wal, left.wal);
	left_free(&left);
}

static off_t
file_size(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

static void
keeps_the_log_short_when_it_is_never_idle(void **state)
{
	const struct files *files = *state;
	struct journal *journal = opened(files);

	for (uint64_t i = 1; i <= 24; i++)
		assert_int_equal(commit(journal, i, 1 << 20), 0);
	assert_true(file_size(files->wal) < 8 << 20);
	assert_true(file_size(files->database) > 16 << 20);
	journal_close(journal);
	assert_int_equal(head_of(files), 24);
}

static void
copies_the_log_when_idle(void **state)
{
	const struct files *files = *state;
	struct journal *journal = opened(files);

	assert_int_equal(commit(journal, 1, 2 << 20), 0);
	off_t before = file_size(files->database);
	journal_idle(journal);
	assert_true(file_size(files->database) >= before + (2 << 20));
	assert_int_equal(commit(journal, 2, 100), 0);
	journal_close(journal);
	assert_int_equal(head_of(files), 2);
}

int
main(void)
{
#define ON_FILES(test)                                                         \
	cmocka_unit_test_setup_teardown(test, files_make, files_drop)
	const struct CMUnitTest tests[] = {
		ON_FILES(keeps_steps_and_alerts_in_order_across_a_reopening),
		ON_FILES(gives_steps_after_a_position_and_stops_when_told),
		ON_FILES(keeps_empty_bodies_and_those_of_a_megabyte),
		ON_FILES(keeps_the_order_of_alerts_within_a_step),
		ON_FILES(gives_alerts_after_a_seq_by_prefix_and_limit),
		ON_FILES(gives_a_steps_alerts_while_steps_are_visited),
		ON_FILES(keeps_cursors),
		ON_FILES(keeps_as_many_cursors_as_there_are),
		ON_FILES(tells_which_streams_there_are),
		ON_FILES(refuses_a_second_opener_and_names_the_first),
		ON_FILES(reads_a_journal_that_rests_and_makes_no_file),
		ON_FILES(reads_what_a_killed_process_left_in_the_log),
		ON_FILES(reads_no_journal_where_there_is_none),
		cmocka_unit_test(says_which_directory_is_missing),
		ON_FILES(refuses_a_step_whose_hash_does_not_follow),
		ON_FILES(refuses_to_open_when_the_last_step_is_damaged),
		ON_FILES(refuses_an_alert_that_rotted_or_is_lost),
		ON_FILES(refuses_a_file_that_is_not_its_own),
		ON_FILES(takes_a_log_that_was_cut_off_anywhere),
		ON_FILES(
			refuses_a_log_with_a_flipped_bit_and_leaves_it_as_it_is),
		ON_FILES(takes_a_log_whose_last_transaction_is_torn),
		ON_FILES(refuses_a_broken_step_behind_which_another_had_begun),
		ON_FILES(refuses_a_log_whose_database_is_gone),
		ON_FILES(keeps_the_log_short_when_it_is_never_idle),
		ON_FILES(copies_the_log_when_idle),
	};
#undef ON_FILES

	return cmocka_run_group_tests(tests, NULL, NULL);
}
