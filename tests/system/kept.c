#include "kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
copied(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	return memcpy(copy, bytes, size);
}

int
kept_add(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct kept *kept = context;

	(void)position;
	if (kept->count == KEPT_MAX) {
		fprintf(stderr, "a step with more than %d alerts\n", KEPT_MAX);
		abort();
	}
	struct journal_alert *copy = &kept->alerts[kept->count++];
	*copy = *alert;
	copy->stream = copied(alert->stream, strlen(alert->stream) + 1);
	copy->topic = copied(alert->topic, strlen(alert->topic) + 1);
	copy->payload = copied(alert->payload, alert->payload_size);
	return 0;
}

void
kept_drop(struct kept *kept)
{
	struct journal_alert *alert = &kept->alerts[--kept->count];

	free((void *)(uintptr_t)alert->stream);
	free((void *)(uintptr_t)alert->topic);
	free((void *)(uintptr_t)alert->payload);
}

void
kept_empty(struct kept *kept)
{
	while (kept->count > 0)
		kept_drop(kept);
}
