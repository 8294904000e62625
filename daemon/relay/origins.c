#include "relay/origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
grow(struct origins *origins)
{
	size_t capacity = 2 * origins->capacity + 64;

	if (origins->count < origins->capacity)
		return 0;
	struct origin *all = reallocarray(origins->all, capacity, sizeof(*all));
	if (all)
		origins->all = all;
	uint32_t *by_episode = reallocarray(origins->by_episode, capacity,
					    sizeof(*by_episode));
	if (by_episode)
		origins->by_episode = by_episode;
	if (!all || !by_episode)
		return -ENOMEM;
	origins->capacity = capacity;
	return 0;
}

/* Without the sender, whose name may have changed while the alert fired: the
 * stream and the number tell messages apart. */
static int
name_compare(const char *left, const char *right)
{
	const char *names[] = {left, right};

	for (int i = 0; i < 2; i++) {
		const char *number = strrchr(names[i], '-');
		const char *stream =
			number ? memrchr(names[i], '-',
					 (size_t)(number - names[i]))
			       : NULL;
		if (stream)
			names[i] = stream;
	}
	return strcmp(names[0], names[1]);
}

/* Among those by episode, the first that is not before it. */
static size_t
place_of(const struct origins *origins, const char *episode)
{
	size_t low = 0;
	size_t high = origins->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t index = origins->by_episode[middle];
		if (name_compare(origins->all[index].episode, episode) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
origins_add(struct origins *origins, uint64_t first_seq, const char *episode)
{
	size_t size = strlen(episode) + 1;
	int error = size > IDENTIFIER_SIZE ? -EBADMSG : grow(origins);

	if (error)
		return error;
	size_t place = place_of(origins, episode);
	uint32_t *slot = &origins->by_episode[place];
	memmove(slot + 1, slot, (origins->count - place) * sizeof(*slot));
	*slot = (uint32_t)origins->count;
	struct origin *origin = &origins->all[origins->count++];
	origin->first_seq = first_seq;
	memcpy(origin->episode, episode, size);
	return 0;
}

void
origins_done(struct origins *origins)
{
	free(origins->all);
	free(origins->by_episode);
	*origins = (struct origins){.count = 0};
}

const char *
origins_episode(const struct origins *origins, uint64_t first_seq)
{
	size_t low = 0;
	size_t high = origins->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (origins->all[middle].first_seq < first_seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low < origins->count && origins->all[low].first_seq == first_seq
		       ? origins->all[low].episode
		       : NULL;
}

uint64_t
origins_first_seq(const struct origins *origins, const char *episode)
{
	size_t place = place_of(origins, episode);

	if (place == origins->count)
		return 0;
	const struct origin *origin = &origins->all[origins->by_episode[place]];
	return name_compare(origin->episode, episode) == 0 ? origin->first_seq
							   : 0;
}
