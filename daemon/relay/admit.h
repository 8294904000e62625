/*
 * What is asked of a report before the engines are.
 */
#ifndef TRUCED_RELAY_ADMIT_H
#define TRUCED_RELAY_ADMIT_H

#include "core/rule.h"
#include "edge/codec.h"

static inline struct admission
admission_of(const struct configuration *configuration, int64_t wall_ms)
{
	return (struct admission){
		.max_count = configuration->limits.max_count,
		.latest_at = wall_ms + configuration->limits.max_future_ms,
		.times_required = configuration->clock == CLOCK_RECORDS,
	};
}

#endif
