#include "relay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "relay/batch.h"
#include "relay/checkpoint.h"
#include "relay/clock.h"
#include "relay/officer.h"

/* What admission turned away is not in the journal: nothing is asked again. */
static const struct admission admit_all = {.max_count = COUNT_CEILING,
					   .latest_at = TIME_NEVER};

/* The work in hand, beside its result. */
struct replaying {
	struct replay *result;
	struct journal *journal;
	replay_progress *progress;
	void *context; /* progress's */
	struct codec *codec;
	struct report *reports;
	struct receipt *receipts;
	struct outbox outbox;
	size_t compared;     /* of the outbox */
	bool starting;	     /* the step before was a START */
	char complaint[128]; /* about a CONFIG step's text */
};

__attribute__((format(printf, 3, 4))) static int
fail(struct replaying *replaying, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(replaying->result->error, sizeof(replaying->result->error),
		  format, arguments);
	va_end(arguments);
	return error;
}

static int
compare_alert(void *context, uint64_t position,
	      const struct journal_alert *kept)
{
	struct replaying *replaying = context;
	const struct outbox *outbox = &replaying->outbox;

	for (size_t i = 0; i < outbox->count; i++) {
		const struct journal_alert *made = &outbox->alerts[i];
		if (made->seq != kept->seq ||
		    strcmp(made->stream, kept->stream) != 0)
			continue;
		if (strcmp(made->topic, kept->topic) != 0 ||
		    made->payload_size != kept->payload_size ||
		    memcmp(made->payload, kept->payload, made->payload_size))
			break;
		replaying->compared++;
		return 0;
	}
	return fail(replaying, -EBADMSG,
		    "step %" PRIu64 " does not give alert #%" PRIu64
		    " (%s) as it was sent",
		    position, kept->seq, kept->topic);
}

static int
apply(struct replaying *replaying, const struct step *step)
{
	struct replay *result = replaying->result;

	if (!result->engines)
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " comes before a configuration",
			    step->position);
	int error = engines_apply(result->engines, step, &replaying->outbox);
	if (error)
		return error;
	replaying->compared = 0;
	error = journal_alerts_of(replaying->journal, step->position,
				  compare_alert, replaying);
	if (!error && replaying->compared != replaying->outbox.count)
		error = fail(replaying, -EBADMSG,
			     "step %" PRIu64 " gives %zu alerts, %zu were kept",
			     step->position, replaying->outbox.count,
			     replaying->compared);
	result->alerts += replaying->outbox.count;
	return error;
}

static int
apply_start(struct replaying *replaying, const struct step *step,
	    const struct journal_step *row)
{
	struct replay *result = replaying->result;
	struct start start;

	if (start_read(&start, row->body, row->body_size) != 0)
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " is no START of ours",
			    row->position);
	if (start.version != ENGINE_VERSION)
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " was made by engine version %d, "
			    "this is %d",
			    row->position, start.version, ENGINE_VERSION);
	result->start = start;
	return result->engines ? apply(replaying, step) : 0;
}

static void
keep_complaint(void *context, const char *message)
{
	struct replaying *replaying = context;

	snprintf(replaying->complaint, sizeof(replaying->complaint), "%s",
		 message);
}

/* Another configuration than the one so far, which is then let go. Limits
 * change only at a start. */
static int
apply_change(struct replaying *replaying, const struct step *step,
	     struct settings *settings)
{
	struct replay *result = replaying->result;
	enum pool_kind full;

	if (!replaying->starting)
		settings_keep(settings, result->settings);
	int error = engines_prepare(result->engines, &settings->configuration,
				    &full);
	if (!error)
		error = apply(replaying, step);
	if (error) {
		/* The engines may be with either: neither can be let go. */
		engines_free(result->engines);
		result->engines = NULL;
		settings_free(settings);
		return error;
	}
	settings_free(result->settings);
	result->settings = settings;
	return 0;
}

static int
apply_config(struct replaying *replaying, const struct step *step,
	     const struct journal_step *row)
{
	struct replay *result = replaying->result;
	char *text = strndup((const char *)row->body, row->body_size);
	struct settings *settings;

	if (!text)
		return -ENOMEM;
	int error = settings_parse(&settings, text, "journal", keep_complaint,
				   replaying);
	free(text);
	if (error == -EINVAL)
		return fail(replaying, -EBADMSG,
			    "the configuration of step %" PRIu64
			    " cannot be read: %s",
			    row->position, replaying->complaint);
	if (error)
		return error;
	if (result->engines)
		return apply_change(replaying, step, settings);
	result->settings = settings;
	error = engines_new(&result->engines, &result->settings->configuration,
			    &result->start);
	return error ? error : apply(replaying, step);
}

static int
apply_reports(struct replaying *replaying, struct step *step,
	      const struct journal_step *row)
{
	struct wire_message message;
	size_t offset = 0;

	while (step->count < BATCH_MAX &&
	       batch_next(row->body, row->body_size, &offset, &message)) {
		struct receipt *receipt = &replaying->receipts[step->count];
		if (!codec_report(replaying->codec, &admit_all, message.topic,
				  message.topic_size, message.payload,
				  message.payload_size,
				  &replaying->reports[step->count], receipt))
			return fail(replaying, -EBADMSG,
				    "report %zu of step %" PRIu64
				    " cannot be read: %s %s",
				    step->count, step->position, receipt->field,
				    receipt->detail);
		*receipt = (struct receipt){.verdict = VERDICT_NONE};
		step->count++;
	}
	if (offset != row->body_size)
		return fail(replaying, -EBADMSG, "step %" PRIu64 " is cut",
			    step->position);
	step->reports = replaying->reports;
	step->receipts = replaying->receipts;
	int error = apply(replaying, step);
	for (size_t i = 0; !error && i < step->count; i++) {
		if (replaying->receipts[i].verdict != VERDICT_ACCEPTED)
			error = fail(replaying, -EBADMSG,
				     "report %zu of step %" PRIu64
				     " was accepted and now is not: %s",
				     i, step->position,
				     reason_name(
					     replaying->receipts[i].reason));
	}
	replaying->result->reports += step->count;
	return error;
}

static int
apply_command(struct replaying *replaying, const struct step *step,
	      const struct journal_step *row)
{
	struct step with = *step;
	struct command command;
	uint64_t told;

	if (command_read(&command, &with.part, row->body, row->body_size) != 0)
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " is no COMMAND of ours",
			    row->position);
	with.command = &command;
	with.ret_told = &told;
	return apply(replaying, &with);
}

static int
apply_clock(struct replaying *replaying, struct step *step,
	    const struct journal_step *row)
{
	if (clock_parse(&step->clock_ms, row->body, row->body_size) != 0)
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " is no CLOCK of ours",
			    row->position);
	return apply(replaying, step);
}

static int
apply_kind(struct replaying *replaying, struct step *step,
	   const struct journal_step *row)
{
	switch (step->kind) {
	case STEP_START:
		return apply_start(replaying, step, row);
	case STEP_CONFIG:
		return apply_config(replaying, step, row);
	case STEP_REPORTS:
		return apply_reports(replaying, step, row);
	case STEP_TICK:
		return apply(replaying, step);
	case STEP_CLOCK:
		return apply_clock(replaying, step, row);
	case STEP_COMMAND:
		return apply_command(replaying, step, row);
	case STEP_NONE:
		break;
	}
	return fail(replaying, -EBADMSG,
		    "step %" PRIu64 " is of a kind (%d) that this version does "
		    "not know",
		    row->position, row->kind);
}

static int
apply_row(void *context, const struct journal_step *row)
{
	struct replaying *replaying = context;
	struct step step = {.kind = (enum step_kind)row->kind,
			    .time_ms = row->time_ms,
			    .position = row->position,
			    .ran_until = replaying->result->time_ms};
	int error = apply_kind(replaying, &step, row);

	replaying->starting = step.kind == STEP_START;
	if (error)
		return error;
	replaying->result->position = row->position;
	replaying->result->time_ms = row->time_ms;
	replaying->result->bytes += row->body_size;
	if (step.kind == STEP_CONFIG)
		replaying->result->config = row->position;
	if (replaying->progress)
		replaying->progress(replaying->context,
				    replaying->result->reports);
	return 0;
}

/* Applies what comes after the result's position. */
static int
run(struct replay *result, struct journal *journal, bool starting,
    replay_progress *progress, void *context)
{
	struct replaying replaying = {.result = result,
				      .journal = journal,
				      .progress = progress,
				      .context = context,
				      .starting = starting};

	replaying.reports = calloc(BATCH_MAX, sizeof(*replaying.reports));
	replaying.receipts = calloc(BATCH_MAX, sizeof(*replaying.receipts));
	int error = replaying.reports && replaying.receipts
			    ? codec_new(&replaying.codec)
			    : -ENOMEM;
	if (!error)
		error = journal_steps(journal, result->position, apply_row,
				      &replaying);
	if (error && !result->error[0])
		snprintf(result->error, sizeof(result->error), "%s",
			 error == -EBADMSG ? journal_error(journal)
					   : strerror(-error));
	codec_free(replaying.codec);
	free(replaying.reports);
	free(replaying.receipts);
	return error;
}

int
replay_run(struct replay *ret_replay, struct journal *journal,
	   replay_progress *progress, void *context)
{
	*ret_replay = (struct replay){.engines = NULL};
	return run(ret_replay, journal, false, progress, context);
}

static int
step_keep(void *context, const struct journal_step *row)
{
	struct step *step = context;

	step->kind = (enum step_kind)row->kind;
	step->time_ms = row->time_ms;
	return 1; /* no more */
}

static int
run_tail(struct replay *ret_replay, struct journal *journal,
	 const struct checkpoint *checkpoint, replay_progress *progress,
	 void *context)
{
	uint64_t position = checkpoint->place.position;
	struct step last = {.kind = STEP_NONE};

	*ret_replay = (struct replay){
		.engines = checkpoint->engines,
		.settings = checkpoint->settings,
		.start = checkpoint->start,
		.position = position,
		.config = checkpoint->place.config,
		.checkpoint = position,
	};
	journal_steps(journal, position - 1, step_keep, &last);
	ret_replay->time_ms = last.time_ms;
	return run(ret_replay, journal, last.kind == STEP_START, progress,
		   context);
}

int
replay_resume(struct replay *ret_replay, struct journal *journal,
	      const char *directory, replay_progress *progress, void *context)
{
	struct checkpoint checkpoint;
	char reason[CHECKPOINT_REASON_SIZE];
	int error = checkpoint_read(&checkpoint, directory, journal, reason);

	if (!error) {
		error = run_tail(ret_replay, journal, &checkpoint, progress,
				 context);
		if (error != -EBADMSG)
			return error;
		/* Either of the two is wrong: all of the journal tells. */
		snprintf(reason, sizeof(reason), "%.250s", ret_replay->error);
		replay_done(ret_replay);
	}
	bool refused = error != -ENOENT;
	error = replay_run(ret_replay, journal, progress, context);
	if (refused)
		memcpy(ret_replay->refused, reason, sizeof(reason));
	return error;
}

void
replay_done(struct replay *replay)
{
	engines_free(replay->engines);
	settings_free(replay->settings);
	*replay = (struct replay){.engines = NULL};
}
