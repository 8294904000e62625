/*
 * Alerts out: a PUB socket. It never blocks and never waits for a subscriber;
 * heartbeats and replay cover what a slow one missed.
 */
#ifndef TRUCED_EDGE_PUBLISHER_H
#define TRUCED_EDGE_PUBLISHER_H

#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"

struct publisher;

int publisher_new(struct publisher **ret_publisher, void *context,
		  const struct endpoint *endpoints, size_t count,
		  const char **ret_address);
void publisher_free(struct publisher *publisher);

/* Two frames. 0, or a negative errno after which the message was not sent. */
int publisher_send(struct publisher *publisher, const char *topic,
		   const uint8_t *payload, size_t payload_size);

#endif
