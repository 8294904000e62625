/*
 * A message on the wire: two frames, a topic and a payload.
 */
#ifndef TRUCED_EDGE_WIRE_H
#define TRUCED_EDGE_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; who gives one says until when they last. The topic need not
 * end in NUL. */
struct wire_message {
	const char *topic;
	size_t topic_size;
	const uint8_t *payload;
	size_t payload_size;
};

#endif
