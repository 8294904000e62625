#include "relay/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

int64_t
clock_follow(struct clock_follower *clock, int64_t wall_ms,
	     int64_t monotonic_ms, int64_t floor_ms)
{
	int64_t offset = wall_ms - monotonic_ms;

	bool steady = llabs(offset - clock->offset_ms) <= CLOCK_STEP_MS;
	bool same_step = clock->stepped_at_ms != 0 &&
			 llabs(offset - clock->stepped_to_ms) <= CLOCK_STEP_MS;

	if (!steady && !same_step) {
		clock->stepped_at_ms = monotonic_ms;
		clock->stepped_to_ms = offset;
	}
	if (clock->now_ms == 0 || steady ||
	    monotonic_ms - clock->stepped_at_ms >= CLOCK_PATIENCE_MS) {
		clock->offset_ms = offset;
		clock->stepped_at_ms = 0;
	}
	int64_t now = monotonic_ms + clock->offset_ms;
	if (now < clock->now_ms)
		now = clock->now_ms;
	if (now < floor_ms)
		now = floor_ms;
	clock->now_ms = now;
	return now;
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
