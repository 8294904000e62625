#include "relay/playback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/clock.h"

/* What a command may be about: an episode that has begun and not ended. */
struct episode {
	char subject[SUBJECT_SIZE];
	char identifier[256]; /* of its first message */
	uint64_t first_seq;
	int64_t began_ms;
};

struct playback {
	const struct configuration *configuration;
	struct engines *engines;
	struct codec *codec;
	struct admission admission;
	struct report report;
	uint64_t position;
	bool has_commands;
	struct episode *open; /* kept only if there are commands */
	size_t open_count;
	uint64_t commands_left;
};

/* Of files: always the same, so that two playbacks can be compared. */
static const struct start start_of_files = {
	.version = ENGINE_VERSION,
	.streams = {[ENGINE_REAL] = "00000000000000000000000000000000",
		    [ENGINE_DRILL] = "dddddddddddddddddddddddddddddddd"},
};

int
playback_new(struct playback **ret_playback, struct settings *settings,
	     const struct recording *recording)
{
	struct configuration *configuration = &settings->configuration;
	struct playback *playback = calloc(1, sizeof(*playback));

	if (!playback)
		return -ENOMEM;
	if (!recording_is_a_journal(recording))
		configuration->clock = CLOCK_RECORDS;
	playback->configuration = configuration;
	playback->admission = engines_admission(configuration, clock_wall());
	/* What a journal has was not from the future of its own clock. */
	if (recording_is_a_journal(recording))
		playback->admission.latest_at = TIME_NEVER;
	for (size_t i = 0; i < recording->count; i++)
		playback->has_commands |=
			recording->items[i].kind == STEP_COMMAND;
	int error = codec_new(&playback->codec);
	if (!error)
		error = engines_new(&playback->engines, configuration,
				    recording_is_a_journal(recording)
					    ? &recording->start
					    : &start_of_files);
	if (error) {
		playback_free(playback);
		return error;
	}
	*ret_playback = playback;
	return 0;
}

void
playback_free(struct playback *playback)
{
	if (!playback)
		return;
	engines_free(playback->engines);
	codec_free(playback->codec);
	free(playback->open);
	free(playback);
}

/* --- Commands --- */

static void
episode_end(struct playback *playback, const char *identifier)
{
	for (size_t i = 0; i < playback->open_count; i++) {
		struct episode *episode = &playback->open[i];
		if (strcmp(episode->identifier, identifier) != 0)
			continue;
		*episode = playback->open[--playback->open_count];
		return;
	}
}

static int
alert_note(struct playback *playback, const struct journal_alert *alert)
{
	struct episode episode;
	struct notice notice;

	if (!codec_alert_unpack(playback->codec, alert->payload,
				alert->payload_size, &notice))
		return 0;
	if (notice.state != ALERT_FIRING)
		episode_end(playback, notice.episode);
	if (notice.msg_type != MSG_TYPE_ALERT)
		return 0;
	subject_write(&notice, episode.subject);
	snprintf(episode.identifier, sizeof(episode.identifier), "%s",
		 notice.identifier);
	episode.first_seq = notice.seq;
	episode.began_ms = notice.sent_at;
	struct episode *open =
		reallocarray(playback->open, playback->open_count + 1,
			     sizeof(*open));
	if (!open)
		return -ENOMEM;
	playback->open = open;
	open[playback->open_count++] = episode;
	return 0;
}

/* The episode with the command's subject that began when the one that it was
 * given for did, or about then. NULL: none is firing here. */
static const struct episode *
episode_find(const struct playback *playback,
	     const struct recorded_command *about)
{
	const struct episode *nearest = NULL;

	for (size_t i = 0; i < playback->open_count; i++) {
		const struct episode *episode = &playback->open[i];
		if (strcmp(episode->subject, about->subject) == 0 &&
		    (!nearest ||
		     llabs(episode->began_ms - about->began_ms) <
			     llabs(nearest->began_ms - about->began_ms)))
			nearest = episode;
	}
	return nearest;
}

/* --- Steps --- */

static int
step_apply(struct playback *playback, struct step *step,
	   struct outbox *ret_outbox)
{
	step->position = ++playback->position;
	int error = engines_apply(playback->engines, step, ret_outbox);
	for (size_t i = 0;
	     !error && playback->has_commands && i < ret_outbox->count; i++)
		error = alert_note(playback, &ret_outbox->alerts[i]);
	return error;
}

static int
report_apply(struct playback *playback, const struct recorded *item,
	     struct receipt *ret_receipt, struct outbox *ret_outbox)
{
	const struct wire_message *message = &item->message;
	struct step step = {.kind = STEP_REPORTS,
			    .time_ms = item->step_ms,
			    .reports = &playback->report,
			    .receipts = ret_receipt,
			    .count = 1};

	if (!codec_report(playback->codec, &playback->admission, message->topic,
			  message->topic_size, message->payload,
			  message->payload_size, &playback->report,
			  ret_receipt))
		return 0;
	*ret_receipt = (struct receipt){.verdict = VERDICT_NONE};
	return step_apply(playback, &step, ret_outbox);
}

static int
command_apply(struct playback *playback, const struct recorded *item,
	      struct receipt *ret_receipt, struct outbox *ret_outbox)
{
	struct command command = item->about->command;
	uint64_t told = 0;
	struct step step = {.kind = STEP_COMMAND,
			    .time_ms = item->step_ms,
			    .command = &command,
			    .part = item->about->part,
			    .ret_told = &told};

	if (command_is_of_episode(&command)) {
		const struct episode *episode =
			episode_find(playback, item->about);
		command.episode_seq = episode ? episode->first_seq : 0;
	}
	int error = step_apply(playback, &step, ret_outbox);
	if (!error && told == 0 && !command_is_of_deadline(&command)) {
		playback->commands_left++;
		ret_receipt->verdict = VERDICT_REJECTED;
	}
	return error;
}

int
playback_item(struct playback *playback, const struct recorded *item,
	      struct receipt *ret_receipt, struct outbox *ret_outbox)
{
	*ret_receipt = (struct receipt){.verdict = VERDICT_NONE};
	*ret_outbox = (struct outbox){.alerts = NULL};
	if (item->kind == STEP_REPORTS)
		return report_apply(playback, item, ret_receipt, ret_outbox);
	if (item->kind == STEP_COMMAND)
		return command_apply(playback, item, ret_receipt, ret_outbox);
	/* A journal by records has the reports' times at its steps. */
	if (playback->configuration->clock == CLOCK_RECORDS && item->line == 0)
		return 0;
	struct step step = {.kind = item->kind,
			    .time_ms = item->step_ms,
			    .ran_until = item->ran_until,
			    .clock_ms = item->clock_ms};
	return step_apply(playback, &step, ret_outbox);
}

int
playback_until(struct playback *playback, int64_t until_ms,
	       struct outbox *ret_outbox)
{
	struct step step = {.kind = STEP_TICK, .time_ms = until_ms};

	return step_apply(playback, &step, ret_outbox);
}

const struct engines *
playback_engines(const struct playback *playback)
{
	return playback->engines;
}

uint64_t
playback_commands_left(const struct playback *playback)
{
	return playback->commands_left;
}
