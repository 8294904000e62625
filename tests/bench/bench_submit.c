#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon.h"
#include "figures.h"
#include "material.h"
#include "process.h"

enum {
	RUN_MS = 400,
	RUNS = 3,
	REPLIES_MAX = 100000,
	BATCH_LARGEST = 256,
	OUTSTANDING_MAX = 64
};

struct submitting {
	struct daemon *daemon;
	struct pattern *patterns;
	uint64_t next; /* report */
};

struct cell {
	size_t batch;
	size_t outstanding;
	struct figure per_second;
	struct figure p50_us;
	struct figure p99_us;
};

static void
submit(struct submitting *submitting, size_t batch, uint64_t tag)
{
	struct wire_message items[BATCH_LARGEST];

	for (size_t i = 0; i < batch; i++) {
		uint64_t number = submitting->next++;
		items[i] = pattern_message(
			&submitting->patterns[number % PATTERNS], number);
	}
	const struct request request = {
		.kind = REQUEST_SUBMIT,
		.tag = tag,
		.items = items,
		.items_count = batch,
	};
	request_send(submitting->daemon, &request);
}

static uint64_t
receipts_receive(struct submitting *submitting, size_t batch)
{
	struct reply reply;

	reply_receive(submitting->daemon, &reply);
	if (reply.kind != REPLY_RECEIPTS || reply.receipts_count != batch)
		fail("no receipts");
	for (size_t i = 0; i < batch; i++) {
		const struct receipt *receipt = &reply.receipts[i].receipt;
		if (receipt->verdict != VERDICT_ACCEPTED)
			fail("a report is %s %s",
			     verdict_name(receipt->verdict), receipt->detail);
	}
	return reply.tag;
}

/* So many requests are on their way all the time. */
static void
run(struct submitting *submitting, struct cell *cell)
{
	static int64_t latencies[REPLIES_MAX];
	int64_t sent_ns[OUTSTANDING_MAX];
	uint64_t sent = 0, answered = 0;
	int64_t start = now_ns();
	int64_t end = start + RUN_MS * INT64_C(1000000);
	int64_t now = start;

	while (answered < sent || now < end) {
		while (now < end && sent - answered < cell->outstanding &&
		       sent < REPLIES_MAX) {
			sent_ns[sent % OUTSTANDING_MAX] = now_ns();
			submit(submitting, cell->batch, sent++);
			now = now_ns();
		}
		if (answered == sent)
			break;
		uint64_t tag = receipts_receive(submitting, cell->batch);
		now = now_ns();
		latencies[answered++] = now - sent_ns[tag % OUTSTANDING_MAX];
	}
	figure_add(&cell->per_second, (double)(answered * cell->batch) /
					      ((double)(now - start) / 1e9));
	figure_add(&cell->p50_us, percentile(latencies, answered, 50) / 1e3);
	figure_add(&cell->p99_us, percentile(latencies, answered, 99) / 1e3);
}

void
bench_submit(void)
{
	static struct pattern patterns[PATTERNS];
	struct cell cells[] = {
		{.batch = 1, .outstanding = 1},
		{.batch = 16, .outstanding = 1},
		{.batch = 256, .outstanding = 1},
		{.batch = 1, .outstanding = 64},
		{.batch = 16, .outstanding = 64},
		{.batch = 256, .outstanding = 16},
	};
	const size_t count = sizeof(cells) / sizeof(cells[0]);
	struct submitting submitting = {.patterns = patterns};

	patterns_make(patterns);
	for (int repeat = 0; repeat < RUNS; repeat++) {
		submitting.daemon =
			daemon_new(WITH_JOURNAL, NULL, NULL, ordinary_rules);
		submitting.next = 0;
		for (size_t i = 0; i < count; i++)
			run(&submitting, &cells[i]);
		daemon_free(submitting.daemon);
	}
	printf("\nReports with a receipt, over ipc\n"
	       "  %8s  %14s  %10s  %8s  %8s\n",
	       "in each", "under way", "a second", "p50 us", "p99 us");
	for (size_t i = 0; i < count; i++)
		printf("  %8zu  %14zu  %10.0f  %8.0f  %8.0f\n", cells[i].batch,
		       cells[i].outstanding,
		       figure_median(&cells[i].per_second),
		       figure_median(&cells[i].p50_us),
		       figure_median(&cells[i].p99_us));
	fflush(stdout);
}
