#include "truce/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truce/notice_line.h"

static void
complain(void *context, const char *message)
{
	fprintf(stderr, "%s: %s\n", (const char *)context, message);
}

bool
run_init(struct run *run, const char *command, const char *file)
{
	*run = (struct run){.file = file, .until = TIME_UNSET};
	int error =
		settings_load(&run->settings, file, complain, (void *)command);
	if (error == -ENOMEM)
		complain((void *)command, "out of memory");
	return error == 0;
}

void
run_done(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		free(run->alerts[i].topic);
		free(run->alerts[i].payload);
		free(run->alerts[i].subject);
	}
	free(run->alerts);
	settings_free(run->settings);
	*run = (struct run){.settings = NULL};
}

static int
told_fill(struct told *told, const struct journal_alert *alert,
	  const struct notice *notice)
{
	char subject[SUBJECT_SIZE];

	subject_write(notice, subject);
	*told = (struct told){
		.topic = strdup(alert->topic),
		.payload = malloc(alert->payload_size),
		.payload_size = alert->payload_size,
		.subject = strdup(subject),
		.seq = notice->seq,
		.episode = notice_seq_of(notice->episode),
		.sent_at = notice->sent_at,
		.cause = notice->cause,
		.msg_type = notice->msg_type,
		.state = notice->state,
		.severity = notice->severity,
		.certainty = notice->certainty,
		.threshold = notice->threshold,
	};
	snprintf(told->rule, sizeof(told->rule), "%s", notice->rule);
	memcpy(told->sums, notice->sums, sizeof(told->sums));
	if (!told->topic || !told->payload || !told->subject)
		return -ENOMEM;
	memcpy(told->payload, alert->payload, alert->payload_size);
	return 0;
}

static int
alert_keep(struct run *run, struct codec *codec,
	   const struct journal_alert *alert, enum engine_part part)
{
	struct notice notice;

	if (!codec_alert_unpack(codec, alert->payload, alert->payload_size,
				&notice))
		return -EPROTO;
	if (run->count == run->capacity) {
		size_t capacity = run->capacity * 2 + 64;
		struct told *alerts =
			reallocarray(run->alerts, capacity, sizeof(*alerts));
		if (!alerts)
			return -ENOMEM;
		run->alerts = alerts;
		run->capacity = capacity;
	}
	struct told *told = &run->alerts[run->count++];
	int error = told_fill(told, alert, &notice);
	told->drill = part == ENGINE_DRILL;
	return error;
}

static int
outbox_keep(struct run *run, struct codec *codec, const struct outbox *outbox)
{
	int error = 0;

	for (size_t i = 0; !error && i < outbox->count; i++)
		error = alert_keep(run, codec, &outbox->alerts[i],
				   outbox->subjects[i].part);
	return error;
}

static int
items_play(struct run *run, struct playback *playback, struct codec *codec,
	   const struct recording *recording, run_heard heard, void *context)
{
	int error = 0;

	for (size_t i = 0; !error && i < recording->count; i++) {
		const struct recorded *item = &recording->items[i];
		struct receipt receipt;
		struct outbox outbox;

		error = playback_item(playback, item, &receipt, &outbox);
		if (error)
			break;
		if (item->kind == STEP_REPORTS)
			outcome_receipt(&run->outcome, &receipt);
		if (heard)
			heard(context, item, &receipt);
		error = outbox_keep(run, codec, &outbox);
	}
	return error;
}

int
run_play(struct run *run, const struct recording *recording, int64_t until,
	 run_heard heard, void *context)
{
	struct playback *playback;
	struct codec *codec;
	struct outbox outbox;
	int error = playback_new(&playback, run->settings, recording);

	if (error)
		return error;
	error = codec_new(&codec);
	if (!error) {
		error = items_play(run, playback, codec, recording, heard,
				   context);
		if (!error && until != TIME_UNSET) {
			error = playback_until(playback, until, &outbox);
			if (!error)
				error = outbox_keep(run, codec, &outbox);
		}
		codec_free(codec);
	}
	run->until = engines_now(playback_engines(playback));
	run->commands_left = playback_commands_left(playback);
	playback_free(playback);
	return error;
}

void
told_notice(const struct told *told, struct codec *codec,
	    struct notice *ret_notice)
{
	/* It was read before. */
	(void)!codec_alert_unpack(codec, told->payload, told->payload_size,
				  ret_notice);
}
