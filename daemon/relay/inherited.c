#include "relay/inherited.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* A hash in place of the words: nobody makes two that are alike. */
struct inherited_about {
	uint8_t hash[crypto_generichash_BYTES];
	uint64_t seq;	  /* of the last message */
	uint32_t episode; /* index */
};

/* --- What an alert is about --- */

static void
word_add(crypto_generichash_state *state, const char *word, size_t size)
{
	crypto_generichash_update(state, (const uint8_t *)word, size);
	crypto_generichash_update(state, (const uint8_t *)"", 1);
}

/* What is counted, and of which group. */
struct words {
	const char *topic;
	const char *measure;
	int64_t window_ms;
	const struct notice_label *labels;
	size_t labels_count;
};

static void
words_begin(crypto_generichash_state *state, const struct words *words)
{
	char window[24];

	snprintf(window, sizeof(window), "%lld", (long long)words->window_ms);
	crypto_generichash_init(state, NULL, 0, crypto_generichash_BYTES);
	word_add(state, words->topic, strlen(words->topic));
	word_add(state, words->measure, strlen(words->measure));
	word_add(state, window, strlen(window));
}

static void
about_labels(const struct words *words, struct inherited_about *ret_about)
{
	crypto_generichash_state state;

	words_begin(&state, words);
	for (size_t i = 0; i < words->labels_count; i++) {
		const struct notice_label *label = &words->labels[i];
		word_add(&state, label->name, strlen(label->name));
		word_add(&state, label->value, strlen(label->value));
	}
	crypto_generichash_final(&state, ret_about->hash,
				 sizeof(ret_about->hash));
}

/* A report that tells the event, in place of its labels, which may be others
 * today; none of them has such a name. */
static void
about_report(const struct words *words, const char *report, size_t size,
	     struct inherited_about *ret_about)
{
	crypto_generichash_state state;

	words_begin(&state, words);
	word_add(&state, "/", 1);
	word_add(&state, report, size);
	crypto_generichash_final(&state, ret_about->hash,
				 sizeof(ret_about->hash));
}

/* --- Adding --- */

static struct inherited_about *
about_add(struct inherited *inherited, uint64_t seq)
{
	if (inherited->about_count == inherited->about_capacity) {
		size_t capacity = 2 * inherited->about_capacity + 64;
		struct inherited_about *about =
			reallocarray(inherited->about, capacity,
				     sizeof(*about));
		if (!about)
			return NULL;
		inherited->about = about;
		inherited->about_capacity = capacity;
	}
	struct inherited_about *about =
		&inherited->about[inherited->about_count++];
	about->seq = seq;
	about->episode = (uint32_t)inherited->count;
	return about;
}

/* Whether it is of one event only the rule of today says. */
static int
abouts_add(struct inherited *inherited, const char *topic,
	   const struct notice *notice)
{
	const struct words words = {.topic = topic,
				    .measure = notice->measure,
				    .window_ms = notice->window_ms,
				    .labels = notice->labels,
				    .labels_count = notice->labels_count};
	struct inherited_about *about = about_add(inherited, notice->seq);

	if (!about)
		return -ENOMEM;
	about_labels(&words, about);
	for (size_t i = 0; i < notice->evidence_count; i++) {
		const char *report = notice->evidence[i];
		const char *revision = strrchr(report, '@');
		about = about_add(inherited, notice->seq);
		if (!about)
			return -ENOMEM;
		about_report(&words, report,
			     revision ? (size_t)(revision - report)
				      : strlen(report),
			     about);
	}
	return 0;
}

static int
message_copy(struct inherited_episode *episode,
	     const struct journal_alert *last)
{
	size_t topic_size = strlen(last->topic) + 1;

	episode->topic = malloc(topic_size + last->payload_size);
	if (!episode->topic)
		return -ENOMEM;
	memcpy(episode->topic, last->topic, topic_size);
	episode->payload = (uint8_t *)episode->topic + topic_size;
	episode->payload_size = last->payload_size;
	memcpy(episode->payload, last->payload, last->payload_size);
	return 0;
}

static int
grow(struct inherited *inherited)
{
	size_t capacity = 2 * inherited->capacity + 64;

	if (inherited->count < inherited->capacity)
		return 0;
	struct inherited_episode *episodes =
		reallocarray(inherited->episodes, capacity, sizeof(*episodes));
	if (!episodes)
		return -ENOMEM;
	inherited->episodes = episodes;
	inherited->capacity = capacity;
	return 0;
}

int
inherited_add(struct inherited *inherited, struct codec *codec,
	      const struct journal_alert *last, bool ended)
{
	struct notice notice;

	if (!codec_alert_unpack(codec, last->payload, last->payload_size,
				&notice) ||
	    strlen(notice.episode) >= IDENTIFIER_SIZE ||
	    strlen(notice.identifier) >= IDENTIFIER_SIZE ||
	    strlen(notice.rule) >= NAME_SIZE)
		return -EBADMSG;
	int error = grow(inherited);
	if (!error)
		error = abouts_add(inherited, last->topic, &notice);
	if (error)
		return error;
	struct inherited_episode *episode =
		&inherited->episodes[inherited->count];
	*episode = (struct inherited_episode){.ended = ended};
	strcpy(episode->episode, notice.episode);
	strcpy(episode->last, notice.identifier);
	strcpy(episode->rule, notice.rule);
	error = message_copy(episode, last);
	if (!error)
		inherited->count++;
	return error;
}

void
inherited_done(struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->count; i++)
		free(inherited->episodes[i].topic);
	free(inherited->episodes);
	free(inherited->about);
	*inherited = (struct inherited){.count = 0};
}

/* --- Taking --- */

static int
about_compare(const void *left, const void *right)
{
	const struct inherited_about *a = left, *b = right;
	int order = memcmp(a->hash, b->hash, sizeof(a->hash));

	if (order)
		return order;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

/* Of those about the same the one whose last message is the latest: when a
 * report goes over to another event, the one that had it says no more of it. */
static struct inherited_episode *
find(const struct inherited *inherited, struct inherited_about *about)
{
	size_t low = 0;
	size_t high = inherited->about_count;

	about->seq = UINT64_MAX;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (about_compare(&inherited->about[middle], about) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0) {
		const struct inherited_about *found = &inherited->about[low];
		if (memcmp(found->hash, about->hash, sizeof(about->hash)) != 0)
			break;
		if (!inherited->episodes[found->episode].goes_on)
			return &inherited->episodes[found->episode];
	}
	return NULL;
}

static struct inherited_episode *
find_event(const struct inherited *inherited, const struct words *words,
	   const struct alert *alert)
{
	struct inherited_episode *found = NULL;

	for (size_t i = 0; !found && i < alert->evidence_count; i++) {
		const struct evidence *evidence = &alert->evidence[i];
		char report[2 * TEXT_SIZE + 1];
		struct inherited_about about;
		int size = snprintf(report, sizeof(report), "%s/%s",
				    evidence->source, evidence->id);
		about_report(words, report, (size_t)size, &about);
		found = find(inherited, &about);
	}
	return found;
}

static struct inherited_episode *
find_group(const struct inherited *inherited, const struct words *words)
{
	struct inherited_about about;

	about_labels(words, &about);
	return find(inherited, &about);
}

const struct inherited_episode *
inherited_take(struct inherited *inherited, const char *topic,
	       const struct alert *crossed)
{
	struct notice_label labels[GROUP_BY_MAX];
	const struct words words = {.topic = topic,
				    .measure = crossed->measure,
				    .window_ms = crossed->window_ms,
				    .labels = labels,
				    .labels_count = crossed->labels_count};

	if (inherited->count == 0)
		return NULL;
	if (!inherited->sorted)
		qsort(inherited->about, inherited->about_count,
		      sizeof(*inherited->about), about_compare);
	inherited->sorted = true;
	for (size_t i = 0; i < crossed->labels_count; i++)
		labels[i] = (struct notice_label){crossed->labels[i].name,
						  crossed->labels[i].value};
	struct inherited_episode *found =
		crossed->one_event ? find_event(inherited, &words, crossed)
				   : find_group(inherited, &words);
	if (found)
		found->goes_on = true;
	return found;
}
