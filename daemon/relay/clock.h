/*
 * The engine's wall clock: one read a wake-up, never back, and no jumps.
 *
 * It follows the wall clock as long as that goes as the monotonic one does. A
 * step of more than 10 s is not followed until it has lasted a minute: till
 * then engine time goes on by the monotonic clock. After that a step forward is
 * adopted; after a step back engine time stands until the wall clock has
 * come up again.
 */
#ifndef TRUCED_RELAY_CLOCK_H
#define TRUCED_RELAY_CLOCK_H

#include <stdint.h>

enum { CLOCK_STEP_MS = 10 * 1000, CLOCK_PATIENCE_MS = 60 * 1000 };

/* All zero is a clock that was never read. */
struct clock_follower {
	int64_t offset_ms;     /* wall less monotonic, as followed */
	int64_t stepped_to_ms; /* the offset of a step that is not followed */
	int64_t stepped_at_ms; /* monotonic, when a step was first seen; or 0 */
	int64_t now_ms;	       /* as given last */
};

/* The engine's time, given both clocks as read now, and at least `floor`. */
int64_t clock_follow(struct clock_follower *clock, int64_t wall_ms,
		     int64_t monotonic_ms, int64_t floor_ms);

int64_t clock_wall(void);
int64_t clock_monotonic(void);
int64_t clock_monotonic_us(void); /* to measure */

#endif
