#include "truce/shift.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "truce/client.h"

void
shift_init(struct shift *shift)
{
	*shift = (struct shift){0};
}

void
shift_done(struct shift *shift)
{
	for (size_t i = 0; i < shift->count; i++)
		message_free(&shift->episodes[i].last);
	free(shift->episodes);
	shift_init(shift);
}

/* Where an episode is in the list, or would be. */
static size_t
episode_place(const struct shift *shift, const struct episode_name *name)
{
	size_t low = 0, high = shift->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (episode_compare(&shift->episodes[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL: no memory. */
static struct shift_episode *
episode_of(struct shift *shift, const struct episode_name *name)
{
	size_t place = episode_place(shift, name);

	if (place < shift->count &&
	    episode_compare(&shift->episodes[place].name, name) == 0)
		return &shift->episodes[place];
	if (shift->count == shift->room) {
		size_t room = shift->room ? shift->room * 2 : 64;
		struct shift_episode *more =
			reallocarray(shift->episodes, room,
				     sizeof(*shift->episodes));

		if (!more)
			return NULL;
		shift->episodes = more;
		shift->room = room;
	}
	struct shift_episode *episode = &shift->episodes[place];
	memmove(episode + 1, episode,
		(shift->count - place) * sizeof(*episode));
	*episode = (struct shift_episode){.name = *name, .fate = SHIFT_FATES};
	shift->count++;
	return episode;
}

static enum shift_fate
fate_of(const struct notice *notice, bool began)
{
	switch (notice->state) {
	case ALERT_CANCELLED:
		return SHIFT_CANCELLED;
	case ALERT_RESOLVED:
		return SHIFT_ENDED;
	case ALERT_FIRING:
	case ALERT_STATE_UNSPECIFIED:
		break;
	}
	return began ? SHIFT_NEW : SHIFT_CHANGED;
}

int
shift_take(struct shift *shift, struct codec *codec,
	   const struct wire_message *message)
{
	struct notice notice;

	if (!codec_alert_unpack(codec, message->payload, message->payload_size,
				&notice))
		return -EPROTO;
	const struct episode_name name = notice_episode(&notice);
	struct shift_episode *episode = episode_of(shift, &name);
	if (!episode || message_copy(&episode->last, message) < 0)
		return -ENOMEM;
	if (episode->messages > 0)
		shift->by_fate[episode->fate]--;
	if (name.here && notice.seq == name.seq)
		episode->began = true;
	episode->messages++;
	episode->fate = fate_of(&notice, episode->began);
	shift->by_fate[episode->fate]++;
	shift->messages++;
	if (shift->first_seq == 0)
		shift->first_seq = notice.seq;
	shift->last_seq = notice.seq;
	return 0;
}

const char *
shift_fate_name(enum shift_fate fate)
{
	switch (fate) {
	case SHIFT_CANCELLED:
		return "cancelled";
	case SHIFT_ENDED:
		return "ended";
	case SHIFT_NEW:
		return "new";
	case SHIFT_CHANGED:
		return "changed";
	case SHIFT_FATES:
		break;
	}
	return "";
}

static void
episode_print(const struct shift_episode *episode, struct codec *codec,
	      const struct style *style, FILE *stream)
{
	char line[NOTICE_LINE_SIZE];
	struct notice notice;

	if (!codec_alert_unpack(codec, episode->last.payload,
				episode->last.payload_size, &notice))
		return; /* it was one when it was taken */
	notice_line_render(&notice, style, true, line);
	fputs(line, stream);
	if (episode->messages > 1)
		fprintf(stream, " | %" PRIu64 " messages", episode->messages);
	if (episode->began && episode->fate != SHIFT_NEW)
		fputs(" | began in this shift", stream);
	fputc('\n', stream);
}

void
shift_print(const struct shift *shift, struct codec *codec,
	    const struct style *style, FILE *stream)
{
	static const char *const titles[SHIFT_FATES] = {
		[SHIFT_CANCELLED] = "CANCELLED",
		[SHIFT_ENDED] = "ENDED",
		[SHIFT_NEW] = "NEW, AND OPEN",
		[SHIFT_CHANGED] = "CHANGED, AND OPEN",
	};

	for (int fate = 0; fate < SHIFT_FATES; fate++) {
		size_t count = shift->by_fate[fate];

		fprintf(stream, "\n%s%s%s", colour_bold(style), titles[fate],
			colour_end(style));
		if (count == 0) {
			fputs(": none\n", stream);
			continue;
		}
		fprintf(stream, " (%zu)\n", count);
		for (size_t i = 0; i < shift->count; i++)
			if ((int)shift->episodes[i].fate == fate)
				episode_print(&shift->episodes[i], codec, style,
					      stream);
	}
}
