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
#include "relay/firing.h"
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
	uint64_t anew;	     /* the START that sums anew, until its CONFIG */
	char complaint[128]; /* about a CONFIG step's text */

	/* While another version's steps are summed: up to here, in silence;
	 * 0: all is compared. And what their last stream shows as firing. */
	uint64_t until;
	int64_t ran_until;
	struct start start;
	struct start anew_start; /* the next one, if its CONFIG comes */
	struct firing firing[ENGINE_PARTS];
};

/* What stops a run for a while: its CONFIG step wants engines. */
enum { SUM_ANEW = 1 };

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
	if (error || replaying->until)
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
	if (start.version != ENGINE_VERSION || start.anew) {
		engines_free(result->engines);
		result->engines = NULL;
		result->anew = true;
		replaying->anew =
			start.version == ENGINE_VERSION ? row->position : 0;
	} else if (result->anew) {
		return fail(replaying, -EBADMSG,
			    "step %" PRIu64 " goes on from what another engine "
			    "version counted, and should sum it anew",
			    row->position);
	}
	start.anew = false; /* the next one goes on from it */
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
config_read(struct replaying *replaying, const struct journal_step *row,
	    struct settings **ret_settings)
{
	char *text = strndup((const char *)row->body, row->body_size);

	if (!text)
		return -ENOMEM;
	int error = settings_parse(ret_settings, text, "journal",
				   keep_complaint, replaying);
	free(text);
	return error;
}

/* The CONFIG step of a START that sums anew: first its engines are made. */
static int
apply_config_anew(struct replaying *replaying, const struct step *step,
		  struct settings *settings)
{
	struct replay *result = replaying->result;

	if (!result->engines) {
		settings_free(result->settings);
		result->settings = settings;
		return SUM_ANEW;
	}
	settings_free(settings); /* as when it came first */
	result->anew = false;
	return apply(replaying, step);
}

static int
apply_config(struct replaying *replaying, const struct step *step,
	     const struct journal_step *row)
{
	struct replay *result = replaying->result;
	struct settings *settings;
	int error = config_read(replaying, row, &settings);

	if (error == -EINVAL)
		return fail(replaying, -EBADMSG,
			    "the configuration of step %" PRIu64
			    " cannot be read: %s",
			    row->position, replaying->complaint);
	if (error)
		return error;
	if (result->anew)
		return apply_config_anew(replaying, step, settings);
	if (result->engines)
		return apply_change(replaying, step, settings);
	result->settings = settings;
	error = engines_new(&result->engines, &result->settings->configuration,
			    &result->start);
	return error ? error : apply(replaying, step);
}

/* Today's limits are to hold what stands. All else that is not counted today
 * is left out, such as reports on an agreement that is configured no more. */
static int
leave_out(struct replaying *replaying, const struct receipt *receipt)
{
	bool full = receipt->reason == REASON_LEDGER_FULL ||
		    receipt->reason == REASON_NAMES_FULL;

	if (full)
		return fail(replaying, -ENOSPC,
			    "limits has no room for what stands (%s)",
			    reason_name(receipt->reason));
	replaying->result->left_out++;
	return 0;
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
		reports_expect(replaying->reports, step->count, BATCH_MAX);
		if (codec_report(replaying->codec, &admit_all, message.topic,
				 message.topic_size, message.payload,
				 message.payload_size,
				 &replaying->reports[step->count], receipt))
			*receipt = (struct receipt){.verdict = VERDICT_NONE};
		else if (!replaying->until)
			return fail(replaying, -EBADMSG,
				    "report %zu of step %" PRIu64
				    " cannot be read: %s %s",
				    step->count, step->position, receipt->field,
				    receipt->detail);
		step->count++;
	}
	if (offset != row->body_size)
		return fail(replaying, -EBADMSG, "step %" PRIu64 " is cut",
			    step->position);
	step->reports = replaying->reports;
	step->receipts = replaying->receipts;
	int error = apply(replaying, step);
	for (size_t i = 0; !error && i < step->count; i++) {
		if (replaying->receipts[i].verdict == VERDICT_ACCEPTED)
			continue;
		if (replaying->until)
			error = leave_out(replaying, &replaying->receipts[i]);
		else
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

/* Of another version's step only the clock that it went by is asked for; words
 * that this one cannot read do not matter. */
static int
look_at(struct replaying *replaying, const struct journal_step *row)
{
	struct replay *result = replaying->result;
	struct settings *settings;

	if (row->kind != STEP_CONFIG)
		return 0;
	int error = config_read(replaying, row, &settings);
	if (error)
		return error == -EINVAL ? 0 : error;
	settings_free(result->settings);
	result->settings = settings;
	return 0;
}

static int
apply_kind(struct replaying *replaying, struct step *step,
	   const struct journal_step *row)
{
	if (replaying->result->anew && !replaying->anew &&
	    row->kind != STEP_START)
		return look_at(replaying, row);
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

/* --- Another version's steps, summed anew --- */

static int
alert_note(void *context, uint64_t position, const struct journal_alert *alert)
{
	struct replaying *replaying = context;

	(void)position;
	for (int part = 0; part < ENGINE_PARTS; part++) {
		if (strcmp(alert->stream, replaying->start.streams[part]) == 0)
			return firing_note(&replaying->firing[part],
					   replaying->codec, alert);
	}
	return 0;
}

/* Which stream it is that the alerts are of. The CONFIG step of a START that
 * summed anew has ended what was firing before. */
static int
log_note(struct replaying *replaying, const struct journal_step *row)
{
	struct start start;

	if (row->kind == STEP_START) {
		if (start_read(&start, row->body, row->body_size) != 0)
			return fail(replaying, -EBADMSG,
				    "step %" PRIu64 " is no START of ours",
				    row->position);
		if (start.anew)
			replaying->anew_start = start;
		else
			replaying->start = start;
	}
	if (row->kind == STEP_CONFIG && replaying->anew_start.anew) {
		for (int part = 0; part < ENGINE_PARTS; part++)
			firing_forget(&replaying->firing[part]);
		replaying->start = replaying->anew_start;
		replaying->anew_start.anew = false;
	}
	return journal_alerts_of(replaying->journal, row->position, alert_note,
				 replaying);
}

/* Without rules there is nothing to acknowledge, retract or silence. */
static int
sum_command(struct replaying *replaying, const struct step *step,
	    const struct journal_step *row)
{
	struct command command;
	enum engine_part part;

	if (command_read(&command, &part, row->body, row->body_size) != 0 ||
	    !command_is_of_deadline(&command))
		return 0;
	return apply_command(replaying, step, row);
}

static int
sum_kind(struct replaying *replaying, struct step *step,
	 const struct journal_step *row)
{
	switch (step->kind) {
	case STEP_START:
	case STEP_CONFIG:
	case STEP_TICK:
		return apply(replaying, step);
	case STEP_REPORTS:
		return apply_reports(replaying, step, row);
	case STEP_CLOCK:
		return apply_clock(replaying, step, row);
	case STEP_COMMAND:
		return sum_command(replaying, step, row);
	case STEP_NONE:
		break;
	}
	return 0; /* it is of no report */
}

static int
sum_row(void *context, const struct journal_step *row)
{
	struct replaying *replaying = context;
	struct step step = {.kind = (enum step_kind)row->kind,
			    .time_ms = row->time_ms,
			    .position = row->position,
			    .ran_until = replaying->ran_until};

	if (row->position >= replaying->until)
		return 1; /* no more */
	int error = log_note(replaying, row);
	if (!error)
		error = sum_kind(replaying, &step, row);
	replaying->ran_until = row->time_ms;
	if (!error && replaying->progress)
		replaying->progress(replaying->context,
				    replaying->result->reports);
	return error;
}

/* An episode's last message, for the engines to go on from, or to end. */
struct inheriting {
	struct engines *engines;
	enum engine_part part;
	bool ended;
};

static int
alert_inherit(void *context, uint64_t position,
	      const struct journal_alert *last)
{
	const struct inheriting *inheriting = context;

	(void)position;
	return engines_inherit(inheriting->engines, inheriting->part, last,
			       inheriting->ended);
}

static int
firing_inherit(struct replaying *replaying, enum engine_part part)
{
	struct inheriting inheriting = {.engines = replaying->result->engines,
					.part = part};
	const struct firing *firing = &replaying->firing[part];
	int error = 0;

	for (size_t i = 0; !error && i < firing->count; i++) {
		inheriting.ended = firing->episodes[i].ended;
		error = journal_alerts_after(replaying->journal,
					     replaying->start.streams[part],
					     firing->episodes[i].last_seq - 1,
					     "", 1, alert_inherit, &inheriting);
		if (error == -EBADMSG)
			fail(replaying, error,
			     "alert #%" PRIu64 " of stream %s is none that "
			     "could go on or end",
			     firing->episodes[i].last_seq,
			     replaying->start.streams[part]);
	}
	return error;
}

/* Engines without rules sum, and then are given the rules. */
static int
sum(struct replaying *replaying, const struct configuration *configuration,
    const struct start *start)
{
	struct replay *result = replaying->result;
	enum pool_kind full = POOLS;

	result->reports = result->left_out = 0;
	result->silent = *configuration;
	result->silent.rules_count = 0;
	int error = engines_new(&result->engines, &result->silent, start);
	if (!error)
		error = journal_steps(replaying->journal, 0, sum_row,
				      replaying);
	error = error == 1 ? 0 : error;
	if (!error)
		error = engines_prepare(result->engines, configuration, &full);
	if (error == -ENOSPC && !result->error[0])
		fail(replaying, error, "limits%s%s has no room for what stands",
		     full < POOLS ? "." : "",
		     full < POOLS ? pool_name(full) : "");
	for (int i = 0; !error && i < ENGINE_PARTS; i++) {
		enum engine_part part = (enum engine_part)i;
		/* What was told of the sums is of no stream. */
		engine_renumber(engines_part(result->engines, part), 0);
		error = firing_inherit(replaying, part);
	}
	for (int part = 0; part < ENGINE_PARTS; part++)
		firing_done(&replaying->firing[part]);
	return error;
}

/* --- All of it --- */

static int
begin(struct replaying *replaying)
{
	replaying->reports = calloc(BATCH_MAX, sizeof(*replaying->reports));
	replaying->receipts = calloc(BATCH_MAX, sizeof(*replaying->receipts));
	return replaying->reports && replaying->receipts
		       ? codec_new(&replaying->codec)
		       : -ENOMEM;
}

/* Gives the error that it came to, with words for it. */
static int
end(struct replaying *replaying, int error)
{
	struct replay *result = replaying->result;

	if (error && !result->error[0])
		snprintf(result->error, sizeof(result->error), "%s",
			 error == -EBADMSG ? journal_error(replaying->journal)
					   : strerror(-error));
	codec_free(replaying->codec);
	free(replaying->reports);
	free(replaying->receipts);
	return error;
}

int
replay_anew(struct replay *replay, struct journal *journal, uint64_t until,
	    const struct configuration *configuration,
	    const struct start *start, replay_progress *progress, void *context)
{
	struct replaying replaying = {.result = replay,
				      .journal = journal,
				      .until = until,
				      .progress = progress,
				      .context = context};
	int error = begin(&replaying);

	if (!error)
		error = sum(&replaying, configuration, start);
	return end(&replaying, error);
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
	int error = begin(&replaying);

	if (!error && result->engines)
		error = engines_recall(result->engines, journal);
	while (!error) {
		error = journal_steps(journal, result->position, apply_row,
				      &replaying);
		if (error != SUM_ANEW)
			break;
		error = replay_anew(result, journal, replaying.anew,
				    &result->settings->configuration,
				    &result->start, progress, context);
	}
	return end(&replaying, error);
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
