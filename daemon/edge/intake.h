/*
 * Reports from plain publishers: SUB sockets, at most once, no receipts.
 *
 * Errors are negative errno. Nothing here blocks.
 */
#ifndef TRUCED_EDGE_INTAKE_H
#define TRUCED_EDGE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"
#include "edge/wire.h"

struct intake;

/* context is a ZeroMQ context, the caller's, and outlives the intake. On
 * failure the offending address is in *ret_address, if not NULL. */
int intake_new(struct intake **ret_intake, void *context,
	       const struct endpoint *endpoints, size_t count,
	       const char **ret_address);
void intake_free(struct intake *intake);

/* The next message, taken in turn from the sockets; it lasts until the next
 * call. False: there is none now.
 * A message that is not two frames is counted and passed over. */
bool intake_receive(struct intake *intake, struct wire_message *ret_message);

/* Messages so far that were not two frames, or not of a size to look at. */
uint64_t intake_malformed(const struct intake *intake);

/* For the loop's one poll: its sockets, at most `capacity`; returns how many.
 */
size_t intake_sockets(const struct intake *intake, void **ret_sockets,
		      size_t capacity);

#endif
