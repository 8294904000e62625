/*
 * What the relay counts for those who watch it: alerts by rule and cause, how
 * long commits take, how full batches are. Since the process started.
 */
#ifndef TRUCED_RELAY_METRICS_H
#define TRUCED_RELAY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"
#include "relay/engines.h"

/* All zero is one that has counted nothing. */
struct metrics {
	struct status_told *told; /* a row a rule that spoke, and part */
	size_t told_count;
	size_t told_room;
	struct status_commits commits;
	struct status_batches batches;
};

void metrics_done(struct metrics *metrics);

/* Alerts that are durable. Without memory for a row they are not counted. */
void metrics_alerts(struct metrics *metrics, const struct outbox *outbox);

/* A commit that made a step durable, in microseconds. */
void metrics_commit(struct metrics *metrics, int64_t took_us);

/* A batch as it was drained. full: more may have waited. */
void metrics_batch(struct metrics *metrics, size_t reports, bool full);

/* The rows lie in the metrics until they next count. */
void metrics_tell(const struct metrics *metrics, struct status_reply *status);

#endif
