#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "figures.h"
#include "material.h"
#include "process.h"

enum {
	REPORTS = 1000000,
	BATCH = 256,
	OUTSTANDING = 16,
	RUNS = 5,
	READ_SIZE = 1024 * 1024
};

struct times {
	struct figure read_ms;
	struct figure start_ms;
};

/* As many batches as are wanted, some of them under way at any time. */
static void
feed(struct daemon *daemon)
{
	static struct pattern patterns[PATTERNS];
	struct wire_message items[BATCH];
	struct reply reply;
	uint64_t next = 0, answered = 0;

	patterns_make(patterns);
	while (answered < REPORTS) {
		while (next < REPORTS &&
		       next - answered < BATCH * OUTSTANDING) {
			size_t count = 0;
			for (; count < BATCH && next < REPORTS; count++, next++)
				items[count] = pattern_message(
					&patterns[next % PATTERNS], next);
			const struct request request = {
				.kind = REQUEST_SUBMIT,
				.items = items,
				.items_count = count,
			};
			request_send(daemon, &request);
		}
		reply_receive(daemon, &reply);
		if (reply.kind != REPLY_RECEIPTS)
			fail("no receipts");
		for (size_t i = 0; i < reply.receipts_count; i++)
			if (reply.receipts[i].receipt.verdict !=
			    VERDICT_ACCEPTED)
				fail("a report was not accepted");
		answered += reply.receipts_count;
	}
}

/* Out of the page cache, as after the machine itself has started. */
static void
file_forget(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file >= 0) {
		posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
		close(file);
	}
}

/* Reading it and nothing else, into memory that is there. */
static double
file_read_ms(const char *path, uint64_t *ret_size)
{
	static char buffer[READ_SIZE];
	int64_t begin = now_ns();
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (file < 0)
		fail("%s cannot be read", path);
	*ret_size = 0;
	while ((got = read(file, buffer, sizeof(buffer))) > 0)
		*ret_size += (uint64_t)got;
	close(file);
	return (double)(now_ns() - begin) / 1e6;
}

static void
measure(struct daemon *daemon, struct times *times, bool cold,
	uint64_t *ret_size)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/checkpoint", daemon->directory);
	for (int i = 0; i < RUNS; i++) {
		daemon_stop(daemon);
		if (cold)
			file_forget(path);
		figure_add(&times->read_ms, file_read_ms(path, ret_size));
		if (cold)
			file_forget(path);
		int64_t begin = now_ns();
		daemon_start(daemon);
		figure_add(&times->start_ms, (double)(now_ns() - begin) / 1e6);
	}
}

static void
row(const char *name, const struct times *times)
{
	double read = figure_median(&times->read_ms);
	double start = figure_median(&times->start_ms);

	printf("  %-24s %8.0f  %8.0f  %6.1f\n", name, read, start,
	       start / read);
}

void
bench_start(void)
{
	static struct times cold, warm;
	char path[160];
	uint64_t size;

	struct daemon *daemon =
		daemon_new(WITH_JOURNAL, NULL, NULL, ordinary_rules);
	feed(daemon);
	measure(daemon, &cold, true, &size);
	measure(daemon, &warm, false, &size);
	/* And without one: the whole journal. */
	daemon_stop(daemon);
	snprintf(path, sizeof(path), "%s/checkpoint", daemon->directory);
	unlink(path);
	int64_t begin = now_ns();
	daemon_start(daemon);
	double replay = (double)(now_ns() - begin) / 1e6;
	daemon_free(daemon);
	printf("\nA start, until it answers, with %d reports journaled; its "
	       "checkpoint takes %.0f MB\n"
	       "  %-24s %8s  %8s  %6s\n",
	       REPORTS, (double)size / 1e6, "", "read ms", "start ms", "ratio");
	row("from the disk", &cold);
	row("from the page cache", &warm);
	printf("  %-24s %8s  %8.0f\n", "all replayed", "", replay);
	fflush(stdout);
}
