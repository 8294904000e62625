/* Rules of the kind feed_gap: the numbers of a feed that did not come. */

#include "core/engine_state.h"

static struct feed *
feed_of(const struct engine *engine, uint32_t group)
{
	return (struct feed *)span_data(&engine->state->feeds) + group;
}

void
engine_feed_carry(const struct engine *engine, uint32_t group,
		  struct engine *next, uint32_t carried)
{
	*feed_of(next, carried) = *feed_of(engine, group);
}

void
engine_feed_take_back(struct engine *engine, uint32_t group, int64_t now)
{
	struct feed *feed = feed_of(engine, group);

	feed->since = earlier_of(feed->since, now);
}

void
engine_feed_hear(struct engine *engine, uint32_t rule)
{
	const struct report *report = &engine->step.reports[engine->report];
	const struct entry *entry = &engine->heard;
	const struct group_key key = {.values = {entry->source, entry->feed}};

	if (report->feed_seq == 0 ||
	    !rules_can_match(engine->rules, rule, entry->agreement) ||
	    !rules_listens(engine->rules, rule, entry))
		return;
	uint32_t group = engine_group(engine, rule, entry->agreement, &key);
	if (!group)
		engine_counts(engine, rule)->ungrouped++;
	else if (feed_hear(feed_of(engine, group), report->feed_seq,
			   engine->found.standing != 0, engine->state->now))
		engine_touch(engine, group, engine->state->now);
}

void
engine_feed_window(const struct engine *engine, uint32_t group,
		   struct window *ret_window)
{
	const struct feed *feed = feed_of(engine, group);

	*ret_window = engine_window_of((double)feed->missing, feed->missing,
				       feed->since, engine->state->now);
	ret_window->empty = feed->missing == 0;
}
