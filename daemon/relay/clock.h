/*
 * The engine's wall clock: one read a wake-up, and no jumps.
 *
 * It follows the wall clock as long as that goes as the monotonic one does,
 * and never goes back. A step of more than 10 s is not followed until it has
 * lasted a minute: till then engine time goes on by the monotonic clock. Then
 * it is adopted, forward or back, once for both, by a CLOCK step.
 */
#ifndef TRUCED_RELAY_CLOCK_H
#define TRUCED_RELAY_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { CLOCK_STEP_MS = 10 * 1000, CLOCK_PATIENCE_MS = 60 * 1000 };

/* All zero is a clock that was never read. */
struct clock_follower {
	int64_t offset_ms;     /* wall less monotonic, as followed */
	int64_t stepped_to_ms; /* the offset of a step that is not followed */
	int64_t stepped_at_ms; /* monotonic, when a step was first seen; or 0 */
	int64_t now_ms;	       /* as given last */
	/* Of the step that was adopted in the last reading; 0: none was. */
	int64_t adopted_ms;
};

/* The engine's time, given both clocks as read now, and at least `floor`, but
 * where a step is adopted. At the first reading, a floor far above the wall
 * clock is a step of it: engine time had gone by a clock that was wrong. */
int64_t clock_follow(struct clock_follower *clock, int64_t wall_ms,
		     int64_t monotonic_ms, int64_t floor_ms);

/* The body of a CLOCK step, a line of text: "set -7200000". */
enum { CLOCK_BODY_MAX = 32 };
size_t clock_write(int64_t adopted_ms, char ret_body[static CLOCK_BODY_MAX]);
/* 0 or -EBADMSG. */
int clock_parse(int64_t *ret_adopted_ms, const uint8_t *body, size_t size);

int64_t clock_wall(void);
int64_t clock_monotonic(void);
int64_t clock_monotonic_us(void); /* to measure */

#endif
