/*
 * Requests and replies: a ROUTER socket for DEALER and REQ clients.
 *
 * One Request, one Reply. The bytes inside are the codec's business; here is
 * only who asked. An empty delimiter is mirrored. Nothing here blocks: a client
 * that does not read its reply loses it, and only it.
 */
#ifndef TRUCED_EDGE_SERVICE_H
#define TRUCED_EDGE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/settings.h"

struct service;

enum { IDENTITY_MAX = 255 };

/* Who asked, so that the answer can come later than the question. */
struct client {
	uint8_t identity[IDENTITY_MAX];
	uint8_t identity_size;
	bool delimiter; /* a REQ client */
};

/* An ipc endpoint's socket is created with mode 0660. */
int service_new(struct service **ret_service, void *context,
		const struct endpoint *endpoints, size_t count,
		const char **ret_address);
void service_free(struct service *service);

/* The next request. False: there is none now. The payload lasts until the
 * next service_receive. */
bool service_receive(struct service *service, struct client *ret_client,
		     const uint8_t **ret_payload, size_t *ret_size);
/* 0; -EHOSTUNREACH: the client is gone; -EAGAIN: it does not read. */
int service_reply(struct service *service, const struct client *client,
		  const uint8_t *payload, size_t payload_size);

uint64_t service_malformed(const struct service *service);
void *service_socket(const struct service *service); /* for the poll */

#endif
