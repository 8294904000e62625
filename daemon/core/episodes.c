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

static void
list_append(struct episodes *episodes, uint32_t number,
	    enum episode_state state)
{
	struct episode *episode = episodes_at(episodes, number);

	episode->state = (uint8_t)state;
	struct episode_list *list = list_of(episodes, episode);
	episode->previous = list->last;
	episode->next = 0;
	if (list->last)
		episodes_at(episodes, list->last)->next = number;
	else
		list->first = number;
	list->last = number;
	list->count++;
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
group_remove(struct episodes *episodes, struct groups *groups, uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);
	struct group *group = groups_at(groups, episode->group);

	if (episode->state == EPISODE_OPEN) {
		group->open = 0;
		return;
	}
	if (episode->newer)
		episodes_at(episodes, episode->newer)->older = episode->older;
	else
		group->newest_ended = episode->older;
	if (episode->older)
		episodes_at(episodes, episode->older)->newer = episode->newer;
}

struct episode *
episodes_open(struct episodes *episodes, struct groups *groups, uint32_t group)
{
	uint32_t number;

	assert(groups_at(groups, group)->open == 0);
	if (!episodes->free.first && episodes->used == episodes->limit) {
		assert(episodes->ended.first);
		episodes_forget(episodes, groups, episodes->ended.first);
	}
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
	groups_at(groups, group)->open = number;
	return episode;
}

void
episodes_end(struct episodes *episodes, struct groups *groups, uint32_t number)
{
	struct episode *episode = episodes_at(episodes, number);
	struct group *group = groups_at(groups, episode->group);

	assert(group->open == number);
	list_remove(episodes, number);
	list_append(episodes, number, EPISODE_ENDED);
	group->open = 0;
	episode->newer = 0;
	episode->older = group->newest_ended;
	if (episode->older)
		episodes_at(episodes, episode->older)->newer = number;
	group->newest_ended = number;
}

void
episodes_forget(struct episodes *episodes, struct groups *groups,
		uint32_t number)
{
	group_remove(episodes, groups, number);
	list_remove(episodes, number);
	list_append(episodes, number, EPISODE_FREE);
}
