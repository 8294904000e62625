#include "core/feed.h"

#include <assert.h>
#include <string.h>

/* The two oldest become one, which counts as missing what is, and no more. */
static void
gaps_join(struct feed *feed)
{
	struct gap *oldest = feed->gaps;

	oldest->last = oldest[1].last;
	oldest->missing += oldest[1].missing;
	feed->gaps_count--;
	memmove(oldest + 1, oldest + 2,
		(feed->gaps_count - 1) * sizeof(*oldest));
}

static void
gap_insert(struct feed *feed, uint32_t at, uint64_t first, uint64_t last)
{
	memmove(feed->gaps + at + 1, feed->gaps + at,
		(feed->gaps_count - at) * sizeof(*feed->gaps));
	feed->gaps[at] = (struct gap){.first = first,
				      .last = last,
				      .missing = last - first + 1};
	if (++feed->gaps_count > FEED_GAPS_MAX)
		gaps_join(feed);
}

static void
gap_remove(struct feed *feed, uint32_t at)
{
	feed->gaps_count--;
	memmove(feed->gaps + at, feed->gaps + at + 1,
		(feed->gaps_count - at) * sizeof(*feed->gaps));
}

static bool
gap_is_whole(const struct gap *gap)
{
	return gap->missing == gap->last - gap->first + 1;
}

/* The gap that a number is in; gaps_count: none. */
static uint32_t
gap_find(const struct feed *feed, uint64_t number)
{
	uint32_t at = 0;

	while (at < feed->gaps_count &&
	       (number < feed->gaps[at].first || number > feed->gaps[at].last))
		at++;
	return at;
}

/* A whole gap loses a number in its middle: two are left. */
static void
gap_split(struct feed *feed, uint32_t at, uint64_t number)
{
	struct gap *gap = &feed->gaps[at];
	uint64_t last = gap->last;

	gap->last = number - 1;
	gap->missing = number - gap->first;
	gap_insert(feed, at + 1, number + 1, last);
}

static bool
gap_fill(struct feed *feed, uint32_t at, uint64_t number, bool is_revision)
{
	struct gap *gap = &feed->gaps[at];
	bool whole = gap_is_whole(gap);

	/* It may be one that was heard before two gaps became this. */
	if (!whole && is_revision)
		return false;
	feed->missing--;
	if (whole && number > gap->first && number < gap->last) {
		gap_split(feed, at, number);
		return true;
	}
	gap->first += number == gap->first;
	gap->last -= number == gap->last;
	if (--gap->missing == 0)
		gap_remove(feed, at);
	return true;
}

static void
gap_open(struct feed *feed, uint64_t first, uint64_t last, int64_t now)
{
	if (feed->missing == 0)
		feed->since = now;
	gap_insert(feed, feed->gaps_count, first, last);
	feed->missing += last - first + 1;
}

bool
feed_hear(struct feed *feed, uint64_t number, bool is_revision, int64_t now)
{
	uint64_t missing = feed->missing;
	uint32_t gap = gap_find(feed, number);

	assert(number > 0);
	if (gap < feed->gaps_count)
		return gap_fill(feed, gap, number, is_revision);
	if (number > feed->highest) {
		if (feed->highest > 0 && number - feed->highest > 1)
			gap_open(feed, feed->highest + 1, number - 1, now);
		feed->highest = number;
		return feed->missing != missing;
	}
	if (is_revision || number == feed->highest)
		return false;
	*feed = (struct feed){.highest = number};
	return missing > 0;
}
