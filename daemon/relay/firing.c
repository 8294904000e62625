#include "relay/firing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first that begins at or after a seq. */
static size_t
place_of(const struct firing *firing, uint64_t first_seq)
{
	size_t low = 0;
	size_t high = firing->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (firing->episodes[middle].first_seq < first_seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes room for one at a place. */
static int
insert(struct firing *firing, size_t place, uint64_t first_seq)
{
	if (firing->count == firing->capacity) {
		size_t capacity = 2 * firing->capacity + 64;
		struct firing_episode *episodes =
			reallocarray(firing->episodes, capacity,
				     sizeof(*episodes));
		if (!episodes)
			return -ENOMEM;
		firing->episodes = episodes;
		firing->capacity = capacity;
	}
	struct firing_episode *episode = &firing->episodes[place];
	memmove(episode + 1, episode,
		(firing->count++ - place) * sizeof(*episode));
	episode->first_seq = first_seq;
	return 0;
}

static void
take_out(struct firing *firing, size_t place)
{
	struct firing_episode *episode = &firing->episodes[place];

	memmove(episode, episode + 1,
		(--firing->count - place) * sizeof(*episode));
}

/* The number in <sender>-<stream>-<seq>; 0: it is of another stream. */
static uint64_t
own_first_seq(const struct notice *notice)
{
	const char *own = strrchr(notice->identifier, '-');
	const char *first = strrchr(notice->episode, '-');

	if (!own || !first ||
	    own - notice->identifier != first - notice->episode ||
	    memcmp(notice->identifier, notice->episode,
		   (size_t)(own - notice->identifier)) != 0)
		return 0;
	return strtoull(first + 1, NULL, 10);
}

/* The number of the episode's first message in this stream. One of an earlier
 * stream that only ends in this one has none: 0. -ENOMEM. */
static int
first_seq_find(struct firing *firing, const struct notice *notice,
	       uint64_t *ret_first_seq)
{
	*ret_first_seq = own_first_seq(notice);
	if (!*ret_first_seq)
		*ret_first_seq =
			origins_first_seq(&firing->origins, notice->episode);
	if (*ret_first_seq || notice->state != ALERT_FIRING)
		return 0;
	*ret_first_seq = notice->seq;
	return origins_add(&firing->origins, notice->seq, notice->episode);
}

/* It ended before, and is not taken back. */
static bool
is_of_the_past(const struct notice *notice)
{
	return notice->state == ALERT_RESOLVED &&
	       (notice->cause == CAUSE_CORRECTED ||
		notice->cause == CAUSE_CERTAINTY);
}

int
firing_note(struct firing *firing, struct codec *codec,
	    const struct journal_alert *alert)
{
	struct notice notice;
	uint64_t first_seq;

	/* What truced says of itself has no end. */
	if (!codec_alert_unpack(codec, alert->payload, alert->payload_size,
				&notice) ||
	    strcmp(notice.agreement, "truced") == 0)
		return 0;
	int error = first_seq_find(firing, &notice, &first_seq);
	if (error || !first_seq)
		return error;
	size_t place = place_of(firing, first_seq);
	bool known = place < firing->count &&
		     firing->episodes[place].first_seq == first_seq;
	bool ended = notice.state != ALERT_FIRING;
	if (ended && !known)
		return 0;
	if (ended && !is_of_the_past(&notice)) {
		take_out(firing, place);
		return 0;
	}
	/* It begins, or was over and is reopened. */
	error = known ? 0 : insert(firing, place, first_seq);
	if (!error) {
		firing->episodes[place].last_seq = notice.seq;
		firing->episodes[place].ended = ended;
	}
	return error;
}

void
firing_forget(struct firing *firing)
{
	firing->count = 0;
	origins_done(&firing->origins);
}

void
firing_done(struct firing *firing)
{
	free(firing->episodes);
	origins_done(&firing->origins);
	*firing = (struct firing){.count = 0};
}
