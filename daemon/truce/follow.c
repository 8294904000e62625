#include "truce/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
follow_init(struct follow *follow)
{
	*follow = (struct follow){0};
}

void
follow_done(struct follow *follow)
{
	free(follow->shown);
	*follow = (struct follow){0};
}

void
follow_begin(struct follow *follow, const char *stream, uint64_t seq)
{
	snprintf(follow->stream, sizeof(follow->stream), "%s", stream);
	follow->seq = seq;
	follow->first = seq;
}

static bool
is_ours(const struct follow *follow, const char *stream)
{
	return strncmp(follow->stream, stream, STREAM_SIZE - 1) == 0;
}

enum follow_verdict
follow_look(const struct follow *follow, const char *stream, uint64_t seq)
{
	if (follow->stream[0] == '\0')
		return FOLLOW_NEXT;
	if (!is_ours(follow, stream))
		return FOLLOW_OTHER;
	if (seq <= follow->seq)
		return FOLLOW_SEEN;
	return seq == follow->seq + 1 ? FOLLOW_NEXT : FOLLOW_GAP;
}

enum follow_verdict
follow_heartbeat(const struct follow *follow, const char *stream, uint64_t seq)
{
	if (follow->stream[0] == '\0')
		return FOLLOW_NEXT;
	if (!is_ours(follow, stream))
		return FOLLOW_OTHER;
	return seq <= follow->seq ? FOLLOW_SEEN : FOLLOW_GAP;
}

void
follow_advance(struct follow *follow, uint64_t seq)
{
	if (seq > follow->seq)
		follow->seq = seq;
}

/* Where an episode is in the list, or would be. */
static size_t
shown_place(const struct follow *follow, const struct episode_name *episode)
{
	size_t low = 0, high = follow->shown_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (episode_compare(&follow->shown[middle], episode) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
shown_add(struct follow *follow, size_t place,
	  const struct episode_name *episode)
{
	if (follow->shown_count == follow->shown_room) {
		size_t room = follow->shown_room ? follow->shown_room * 2 : 64;
		struct episode_name *more =
			reallocarray(follow->shown, room, sizeof(*more));

		if (!more)
			return;
		follow->shown = more;
		follow->shown_room = room;
	}
	memmove(follow->shown + place + 1, follow->shown + place,
		(follow->shown_count - place) * sizeof(*follow->shown));
	follow->shown[place] = *episode;
	follow->shown_count++;
}

static void
shown_remove(struct follow *follow, size_t place)
{
	memmove(follow->shown + place, follow->shown + place + 1,
		(follow->shown_count - place - 1) * sizeof(*follow->shown));
	follow->shown_count--;
}

bool
follow_wants(struct follow *follow, const struct notice *notice,
	     enum severity min_severity)
{
	struct episode_name episode = notice_episode(notice);
	bool earlier = !episode.here || episode.seq <= follow->first;

	episode.here = false;
	size_t place = shown_place(follow, &episode);
	bool shown = place < follow->shown_count &&
		     episode_compare(&follow->shown[place], &episode) == 0;
	/* Somebody else, or an earlier tail, may have shown it. */
	bool falls = notice->cause == CAUSE_LEVEL_DOWN ||
		     notice->cause == CAUSE_CORRECTED ||
		     notice->cause == CAUSE_RULE_CHANGED ||
		     notice->state == ALERT_RESOLVED ||
		     notice->state == ALERT_CANCELLED;

	if (notice->severity < min_severity && !shown && !(earlier && falls))
		return false;
	/* Nothing comes after a cancellation. */
	if (shown && notice->msg_type == MSG_TYPE_CANCEL)
		shown_remove(follow, place);
	else if (!shown && notice->msg_type != MSG_TYPE_CANCEL)
		shown_add(follow, place, &episode);
	return true;
}
