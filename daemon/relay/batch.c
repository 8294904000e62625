#include "relay/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_SIZE = 6 };

int
batch_init(struct batch *batch, size_t capacity)
{
	*batch =
		(struct batch){.bytes = malloc(capacity), .capacity = capacity};
	return batch->bytes ? 0 : -ENOMEM;
}

void
batch_done(struct batch *batch)
{
	free(batch->bytes);
	*batch = (struct batch){.bytes = NULL};
}

static void
number_put(uint8_t *bytes, size_t count, size_t number)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
}

static size_t
number_get(const uint8_t *bytes, size_t count)
{
	size_t number = 0;

	for (size_t i = 0; i < count; i++)
		number |= (size_t)bytes[i] << 8 * i;
	return number;
}

bool
batch_add(struct batch *batch, const struct wire_message *message)
{
	size_t wanted = HEAD_SIZE + message->topic_size + message->payload_size;

	if (message->topic_size > UINT16_MAX ||
	    message->payload_size > UINT32_MAX ||
	    wanted > batch->capacity - batch->size)
		return false;
	uint8_t *bytes = batch->bytes + batch->size;
	number_put(bytes, 2, message->topic_size);
	number_put(bytes + 2, 4, message->payload_size);
	bytes += HEAD_SIZE;
	if (message->topic_size)
		memcpy(bytes, message->topic, message->topic_size);
	bytes += message->topic_size;
	if (message->payload_size)
		memcpy(bytes, message->payload, message->payload_size);
	batch->size += wanted;
	return true;
}

bool
batch_next(const uint8_t *body, size_t size, size_t *offset,
	   struct wire_message *ret_message)
{
	if (size - *offset < HEAD_SIZE)
		return false;
	const uint8_t *bytes = body + *offset;
	size_t topic_size = number_get(bytes, 2);
	size_t payload_size = number_get(bytes + 2, 4);
	if (topic_size + payload_size > size - *offset - HEAD_SIZE)
		return false;
	*ret_message = (struct wire_message){
		.topic = (const char *)bytes + HEAD_SIZE,
		.topic_size = topic_size,
		.payload = bytes + HEAD_SIZE + topic_size,
		.payload_size = payload_size,
	};
	*offset += HEAD_SIZE + topic_size + payload_size;
	return true;
}
