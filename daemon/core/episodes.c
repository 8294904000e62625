#include "core/episodes.h"

#include <assert.h>
#include <string.h>

size_t
episodes_bytes(uint32_t limit)
{
	return arena_bytes((size_t)limit + 1, sizeof(struct episode));
}

void
episodes_init(struct episodes *episodes, struct arena *arena, uint32_t limit)
{
	episodes->limit = limit;
	arena_take(arena, &episodes->episodes, (size_t)limit + 1,
		   sizeof(struct episode));
}

static struct episode_list *
list_of(struct episodes *episodes, const struct episode *episode)
{
	switch ((enum episode_state)episode->state) {
	case EPISODE_OPEN:
		return &episodes->open;
	case EPISODE_ENDED:
		return &episodes->ended;
	case EPISODE_FREE:
		break;
	}
	return &episodes->free;
}

/* After another of that state; 0: as the first. */
static void
list_insert(struct episodes *episodes, uint32_t number,
	    enum episode_state state, uint32_t after)
{
	struct episode *episode = episodes_at(episodes, number);

	episode->state = (uint8_t)state;
	struct episode_list *list = list_of(episodes, episode);
	episode->previous = after;
	episode->next =
		after ? episodes_at(episodes, after)->next : list->first;
	if (after)
		episodes_at(episodes, after)->next = number;
	else
		list->first = number;
	if (episode->next)
		episodes_at(episodes, episode->next)->previous = number;
	else
		list->last = number;
	list->count++;
}

static void
list_append(struct episodes *episodes, uint32_t number,
	    enum episode_state state)
{
	const struct episode list = {.state = (uint8_t)state};

	list_insert(episodes, number, state, list_of(episodes, &list)->last);
}

static void
list_remove(struct episodes *episodes, uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);
	struct episode_list *list = list_of(episodes, episode);

	if (episode->previous)
		episodes_at(episodes, episode->previous)->next = episode->next;
	else
		list->first = episode->next;
	if (episode->next)
		episodes_at(episodes, episode->next)->previous =
			episode->previous;
	else
		list->last = episode->previous;
	list->count--;
}

static void
group_open(struct groups *groups, uint32_t group, uint32_t episode)
{
	assert(groups_at(groups, group)->open == 0);
	groups_at(groups, group)->open = episode;
	groups->events_open += groups_is_event(groups, group);
}

static void
group_close(struct groups *groups, uint32_t group)
{
	groups_at(groups, group)->open = 0;
	groups->events_open -= groups_is_event(groups, group);
}

static void
group_remove(struct episodes *episodes, struct groups *groups, uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);
	struct group *group = groups_at(groups, episode->group);

	if (episode->state == EPISODE_OPEN) {
		group_close(groups, episode->group);
		return;
	}
	if (episode->newer)
		episodes_at(episodes, episode->newer)->older = episode->older;
	else
		group->newest_ended = episode->older;
	if (episode->older)
		episodes_at(episodes, episode->older)->newer = episode->newer;
}

uint32_t
episodes_full(const struct episodes *episodes)
{
	if (episodes->free.first || episodes->used < episodes->limit)
		return 0;
	assert(episodes->ended.first);
	return episodes->ended.first;
}

uint32_t
episodes_open(struct episodes *episodes, struct groups *groups, uint32_t group)
{
	uint32_t number;

	assert(!episodes_full(episodes));
	if (episodes->free.first) {
		number = episodes->free.first;
		list_remove(episodes, number);
	} else {
		number = ++episodes->used;
	}
	struct episode *episode = episodes_at(episodes, number);
	memset(episode, 0, sizeof(*episode));
	episode->group = group;
	list_append(episodes, number, EPISODE_OPEN);
	group_open(groups, group, number);
	return number;
}

void
episodes_end(struct episodes *episodes, struct groups *groups, uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);
	struct group *group = groups_at(groups, episode->group);

	assert(group->open == number);
	list_remove(episodes, number);
	list_append(episodes, number, EPISODE_ENDED);
	group_close(groups, episode->group);
	episode->newer = 0;
	episode->older = group->newest_ended;
	if (episode->older)
		episodes_at(episodes, episode->older)->newer = number;
	group->newest_ended = number;
}

void
episodes_first_sent(struct episodes *episodes, uint32_t number)
{
	list_remove(episodes, number);
	list_append(episodes, number, EPISODE_OPEN);
}

/* Whether an open one's first message was sent after this one. */
static bool
is_later(const struct episodes *episodes, uint32_t number, uint64_t seq)
{
	uint64_t first_seq = episodes_at(episodes, number)->first_seq;

	return first_seq == 0 || first_seq > seq;
}

/* Open ones are in the order of their first messages. */
void
episodes_reopen(struct episodes *episodes, struct groups *groups,
		uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);

	group_remove(episodes, groups, number);
	list_remove(episodes, number);
	uint32_t after = episodes->open.last;
	while (after && is_later(episodes, after, episode->first_seq))
		after = episodes_at(episodes, after)->previous;
	list_insert(episodes, number, EPISODE_OPEN, after);
	group_open(groups, episode->group, number);
}

void
episodes_forget(struct episodes *episodes, struct groups *groups,
		uint32_t number)
{
	group_remove(episodes, groups, number);
	list_remove(episodes, number);
	list_append(episodes, number, EPISODE_FREE);
}
