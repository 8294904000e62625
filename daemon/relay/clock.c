#include "relay/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool
is_near(int64_t left, int64_t right)
{
	return llabs(left - right) <= CLOCK_STEP_MS;
}

/* The wall clock is another than the one that is followed. */
static void
step_watch(struct clock_follower *clock, int64_t offset, int64_t monotonic_ms)
{
	bool same_step = clock->stepped_at_ms != 0 &&
			 is_near(offset, clock->stepped_to_ms);

	if (!same_step) {
		clock->stepped_at_ms = monotonic_ms;
		clock->stepped_to_ms = offset;
	}
	if (monotonic_ms - clock->stepped_at_ms < CLOCK_PATIENCE_MS)
		return;
	clock->adopted_ms = offset - clock->offset_ms;
	clock->offset_ms = offset;
	clock->stepped_at_ms = 0;
}

int64_t
clock_follow(struct clock_follower *clock, int64_t wall_ms,
	     int64_t monotonic_ms, int64_t floor_ms)
{
	int64_t offset = wall_ms - monotonic_ms;

	clock->adopted_ms = 0;
	if (clock->now_ms == 0)
		clock->offset_ms = floor_ms > wall_ms + CLOCK_STEP_MS
					   ? floor_ms - monotonic_ms
					   : offset;
	if (is_near(offset, clock->offset_ms)) {
		clock->offset_ms = offset;
		clock->stepped_at_ms = 0;
	} else {
		step_watch(clock, offset, monotonic_ms);
	}
	int64_t now = monotonic_ms + clock->offset_ms;
	if (!clock->adopted_ms && now < clock->now_ms)
		now = clock->now_ms;
	if (!clock->adopted_ms && now < floor_ms)
		now = floor_ms;
	clock->now_ms = now;
	return now;
}

size_t
clock_write(int64_t adopted_ms, char ret_body[static CLOCK_BODY_MAX])
{
	return (size_t)snprintf(ret_body, CLOCK_BODY_MAX, "set %" PRId64 "\n",
				adopted_ms);
}

int
clock_parse(int64_t *ret_adopted_ms, const uint8_t *body, size_t size)
{
	char text[CLOCK_BODY_MAX], again[CLOCK_BODY_MAX];
	int64_t adopted_ms;

	if (size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, body, size);
	text[size] = '\0';
	if (sscanf(text, "set %" SCNd64, &adopted_ms) != 1 ||
	    clock_write(adopted_ms, again) != size || strcmp(text, again) != 0)
		return -EBADMSG;
	*ret_adopted_ms = adopted_ms;
	return 0;
}

static int64_t
clock_read(clockid_t id)
{
	struct timespec time;

	clock_gettime(id, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}
