/* Silences, as they are asked for and as they stand. */

#include <string.h>

#include "core/rule.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"
#include "edge/codec_service.h"

bool
codec_is_matcher_name(const char *name)
{
	if (strcmp(name, "agreement") == 0 || strcmp(name, "rule") == 0 ||
	    strcmp(name, field_name(FIELD_DEADLINE)) == 0)
		return true;
	for (int field = 0; field < FIELDS; field++) {
		if (strcmp(name, field_name((enum field)field)) == 0)
			return true;
	}
	return false;
}

/* Fills the next matcher; NULL, or what was expected. */
static const char *
matcher_read(const Truce__V1__Label *label, struct matcher *matchers,
	     size_t count)
{
	const char *name = codec_text(label->name);

	_Static_assert(TEXT_SIZE == 65 && FIELDS == 9, "as said below");
	if (!codec_is_matcher_name(name))
		return "matchers: names out of agreement, rule, source, feed, "
		       "kind, party, against, target, country, admin, "
		       "disputed and deadline";
	if (!text_is(label->value, 0, TEXT_SIZE - 1, TEXT_PLAIN))
		return "matchers: values of at most 64 bytes of UTF-8 without "
		       "control characters";
	for (size_t i = 0; i < count; i++) {
		if (strcmp(matchers[i].name, name) == 0)
			return "matchers: each name at most once";
	}
	strcpy(matchers[count].name, name);
	strcpy(matchers[count].value, codec_text(label->value));
	return NULL;
}

static bool
matchers_read(struct codec_arena *arena, Truce__V1__Label *const *labels,
	      size_t count, struct request *request)
{
	struct matcher *matchers =
		codec_arena_take(arena, MATCHERS_MAX * sizeof(*matchers));

	_Static_assert(MATCHERS_MAX == 8, "as said below");
	if (!matchers)
		return false;
	request->matchers = matchers;
	if (count < 1 || count > MATCHERS_MAX)
		request->expected = "matchers: 1 to 8";
	for (size_t i = 0; i < count && !request->expected; i++)
		request->expected = matcher_read(labels[i], matchers,
						 request->matchers_count++);
	return true;
}

static void
until_read(const Truce__V1__Silence *message, struct request *request)
{
	request->for_ms = message->for_ms;
	request->until_at = message->until_at;
	if (request->expected)
		return;
	if (message->has_for_ms == message->has_until_at)
		request->expected = "until_at or for_ms: one of them";
	else if (message->has_for_ms &&
		 (message->for_ms < 1 || message->for_ms > FOR_MS_MAX))
		request->expected = "for_ms: 1 ms to 36500 days";
}

bool
codec_silence_read(struct codec_arena *arena, const Truce__V1__Silence *message,
		   struct request *request)
{
	request->kind = REQUEST_SILENCE;
	request->exercise = message->exercise;
	request->up_to = message->has_up_to ? (enum severity)message->up_to
					    : SEVERITY_EXTREME;
	if (!matchers_read(arena, message->matchers, message->n_matchers,
			   request))
		return false;
	if (!request->expected && (request->up_to <= SEVERITY_UNKNOWN ||
				   request->up_to >= SEVERITIES))
		request->expected = "up_to: MINOR, MODERATE, SEVERE or EXTREME";
	until_read(message, request);
	return true;
}

static bool
matchers_fill(struct codec_arena *arena, const struct matcher *matchers,
	      size_t count, Truce__V1__Label ***ret_labels)
{
	Truce__V1__Label *labels;

	if (!list_take(arena, count, sizeof(*labels), &labels, ret_labels))
		return false;
	for (size_t i = 0; i < count; i++) {
		truce__v1__label__init(&labels[i]);
		labels[i].name = borrow(matchers[i].name);
		/* "" is a value: that of a label that is not known. */
		labels[i].value = (char *)(uintptr_t)matchers[i].value;
	}
	return true;
}

bool
codec_silence_fill(struct codec_arena *arena, const struct request *request,
		   Truce__V1__Silence *message)
{
	message->n_matchers = request->matchers_count;
	message->has_until_at = request->for_ms == 0;
	message->until_at = request->until_at;
	message->has_for_ms = request->for_ms != 0;
	message->for_ms = request->for_ms;
	message->by = borrow(request->by);
	message->comment = borrow(request->comment);
	message->has_up_to = 1;
	message->up_to = (Truce__V1__Severity)request->up_to;
	message->has_exercise = request->exercise;
	message->exercise = request->exercise;
	return matchers_fill(arena, request->matchers, request->matchers_count,
			     &message->matchers);
}

bool
codec_silences_fill(struct codec_arena *arena, const struct reply *reply,
		    Truce__V1__ActiveSilences *message)
{
	Truce__V1__ActiveSilence *silences;

	if (!list_take(arena, reply->silences_count, sizeof(*silences),
		       &silences, &message->silences))
		return false;
	message->n_silences = reply->silences_count;
	for (size_t i = 0; i < reply->silences_count; i++) {
		const struct silence *from = &reply->silences[i].silence;
		Truce__V1__ActiveSilence *to = &silences[i];

		truce__v1__active_silence__init(to);
		to->has_number = to->has_until_at = to->has_up_to = 1;
		to->number = from->number;
		to->has_exercise = reply->silences[i].exercise;
		to->exercise = reply->silences[i].exercise;
		to->has_since_at = from->since_at != TIME_UNSET;
		to->since_at = from->since_at;
		to->until_at = from->until_at;
		to->up_to = (Truce__V1__Severity)from->up_to;
		to->by = borrow(from->author);
		to->comment = borrow(from->comment);
		to->n_matchers = from->matchers_count;
		if (!matchers_fill(arena, from->matchers, from->matchers_count,
				   &to->matchers))
			return false;
	}
	return true;
}

static void
active_silence_read(const Truce__V1__ActiveSilence *from, struct silence *to)
{
	to->number = from->number;
	to->since_at = from->has_since_at ? from->since_at : TIME_UNSET;
	to->until_at = from->until_at;
	to->up_to = (enum severity)known(from->up_to, SEVERITIES);
	text_fit(to->author, sizeof(to->author), codec_text(from->by));
	text_fit(to->comment, sizeof(to->comment), codec_text(from->comment));
	for (size_t i = 0; i < from->n_matchers && i < MATCHERS_MAX; i++) {
		struct matcher *matcher = &to->matchers[to->matchers_count++];

		text_fit(matcher->name, sizeof(matcher->name),
			 codec_text(from->matchers[i]->name));
		text_fit(matcher->value, sizeof(matcher->value),
			 codec_text(from->matchers[i]->value));
	}
}

bool
codec_silences_read(struct codec_arena *arena,
		    const Truce__V1__ActiveSilences *message,
		    struct reply *reply)
{
	struct silence_reply *silences =
		codec_arena_take(arena,
				 message->n_silences * sizeof(*silences));

	if (!silences)
		return false;
	memset(silences, 0, message->n_silences * sizeof(*silences));
	for (size_t i = 0; i < message->n_silences; i++) {
		silences[i].exercise = message->silences[i]->exercise;
		active_silence_read(message->silences[i], &silences[i].silence);
	}
	reply->silences = silences;
	reply->silences_count = message->n_silences;
	return true;
}
