/*
 * Reports on their way to the service, a few batches at a time, until each has
 * its receipt.
 *
 * What was sent and not answered is sent again as it was: a report that had
 * arrived is then a DUPLICATE. What was not taken (BUSY) is sent again later,
 * and nothing new before it, so that reports keep their order, but for the few
 * batches that were under way with it.
 */
#ifndef TRUCED_TRUCE_SUBMIT_H
#define TRUCED_TRUCE_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "truce/client.h"

/* A report as a message, with where it came from. */
struct item {
	char topic[TOPIC_MAX];
	uint8_t *payload;
	size_t payload_size;
	size_t line;
	int64_t time_ms; /* when it was recorded, or TIME_UNSET */
};

struct item *item_new(const char *topic, const uint8_t *payload,
		      size_t payload_size); /* NULL: no memory */
void item_free(struct item *item);

struct submit;

/* Called once for each item, when it is settled. */
typedef void (*submit_settled)(void *context, const struct item *item,
			       const struct receipt_reply *receipt);

int submit_new(struct submit **ret_submit, struct client *client, bool dry_run,
	       submit_settled settled, void *context); /* -ENOMEM */
/* Drops what is not settled. */
void submit_free(struct submit *submit);

/* Takes an item over. -EAGAIN: there is no room now, it stays the caller's. */
int submit_add(struct submit *submit, struct item *item);
/* Lets go what waits for more to fill its batch. */
void submit_flush(struct submit *submit);

/* Takes what was answered, which is what makes room: add after it, and before
 * any wait. 0; negative errno as client_receive's. */
int submit_receive(struct submit *submit, int64_t now_ms);
/* Sends what can be sent. 0; -ETIMEDOUT: nothing was settled for timeout_ms;
 * other negative errno as client_send's. */
int submit_send(struct submit *submit, int64_t now_ms, int64_t timeout_ms);

/* When submit_send has something to do if nothing comes in; TIME_NEVER. */
int64_t submit_due(const struct submit *submit);
bool submit_idle(const struct submit *submit); /* all are settled */
bool submit_busy(const struct submit *submit); /* the service says BUSY */

#endif
