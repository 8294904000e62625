#include "relay/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"

void
metrics_done(struct metrics *metrics)
{
	free(metrics->told);
	*metrics = (struct metrics){0};
}

/* NULL: there is no memory for another row. */
static struct status_told *
row_of(struct metrics *metrics, const struct outbox_subject *subject)
{
	bool drill = subject->part == ENGINE_DRILL;

	for (size_t i = 0; i < metrics->told_count; i++) {
		struct status_told *row = &metrics->told[i];
		if (row->drill == drill &&
		    strcmp(row->rule, subject->rule) == 0)
			return row;
	}
	if (metrics->told_count == metrics->told_room) {
		size_t room = metrics->told_room * 2 + 16;
		struct status_told *more =
			reallocarray(metrics->told, room, sizeof(*more));
		if (!more)
			return NULL;
		metrics->told = more;
		metrics->told_room = room;
	}
	struct status_told *row = &metrics->told[metrics->told_count++];
	*row = (struct status_told){.drill = drill};
	memcpy(row->rule, subject->rule, sizeof(row->rule));
	return row;
}

void
metrics_alerts(struct metrics *metrics, const struct outbox *outbox)
{
	for (size_t i = 0; i < outbox->count; i++) {
		const struct outbox_subject *subject = &outbox->subjects[i];
		struct status_told *row = row_of(metrics, subject);
		if (row)
			row->causes[subject->cause]++;
	}
}

void
metrics_commit(struct metrics *metrics, int64_t took_us)
{
	struct status_commits *commits = &metrics->commits;
	uint64_t took = (uint64_t)took_us;
	size_t i = 0;

	while (i < COMMIT_BOUNDS && took > commit_bounds_us[i])
		i++;
	commits->by_time[i]++;
	commits->total_us += took;
	if (took > commits->longest_us)
		commits->longest_us = took;
}

void
metrics_batch(struct metrics *metrics, size_t reports, bool full)
{
	struct status_batches *batches = &metrics->batches;

	if (reports == 0)
		return;
	batches->count++;
	batches->full += full;
	batches->last = (uint32_t)reports;
	if (batches->last > batches->largest)
		batches->largest = batches->last;
}

void
metrics_tell(const struct metrics *metrics, struct status_reply *status)
{
	status->told = metrics->told;
	status->told_count = metrics->told_count;
	status->commits = metrics->commits;
	status->batches = metrics->batches;
	status->batches.limit = BATCH_MAX;
}
