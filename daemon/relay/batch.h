/*
 * A batch: messages as they came in, and the body of a REPORTS step.
 *
 * A body is, for each message, its topic's size (2 bytes) and its payload's (4
 * bytes), little-endian, then the two.
 */
#ifndef TRUCED_RELAY_BATCH_H
#define TRUCED_RELAY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/wire.h"

/* Enough for BATCH_MAX reports of ordinary size, and for one Submit of any. */
enum { BATCH_BYTES = 16 * 1024 * 1024 };

struct batch {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

int batch_init(struct batch *batch, size_t capacity); /* -ENOMEM */
void batch_done(struct batch *batch);

/* False: it does not fit; the batch is as it was. */
bool batch_add(struct batch *batch, const struct wire_message *message);

/* The message at *offset of a body, which then stands behind it. Points into
 * the body. False: the end, or (*offset < size) a body that is cut. */
bool batch_next(const uint8_t *body, size_t size, size_t *offset,
		struct wire_message *ret_message);

#endif
