/* The start, a reload and the end. */

#include "relay/relay_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <zmq.h>

#include "relay/log.h"

static int
append(struct relay *relay, const void *body, size_t size)
{
	relay->step.body = body;
	relay->step.body_size = size;
	int error = journal_commit(relay->journal, &relay->step,
				   relay->outbox.alerts, relay->outbox.count);
	if (error)
		log_line(LOG_ERR, "the journal in %s cannot be written: %s",
			 relay->settings->state_dir,
			 journal_error(relay->journal));
	else
		checkpointer_step(&relay->checkpointer, &relay->step,
				  relay->outbox.alerts, relay->outbox.count);
	relay->kept_at = relay->step.time_ms;
	return error;
}

/* START, then CONFIG, for engines that have not begun. */
static int
append_both(struct relay *relay, const struct start *start, int64_t time_ms)
{
	uint8_t digest[JOURNAL_HASH_SIZE];
	char body[START_BODY_MAX];

	relay->step = (struct journal_step){
		.position = journal_head(relay->journal, digest) + 1,
		.time_ms = time_ms,
		.kind = STEP_START,
	};
	int error = append(relay, body, start_write(start, body));
	if (!error)
		error = relay_apply(relay, STEP_CONFIG);
	if (!error)
		error = append(relay, relay->settings->text,
			       strlen(relay->settings->text));
	return error;
}

/* The first steps of a new journal. Of a journal that ended between the two,
 * too: nothing was counted in it. */
static int
begin_new(struct relay *relay)
{
	struct start start;

	start_make(&start);
	int error = engines_new(&relay->engines,
				&relay->settings->configuration, &start);
	return error ? error : append_both(relay, &start, relay->now);
}

static bool
clock_is_kept(const struct relay *relay)
{
	const struct settings *before = relay->replay.settings;

	if (!before ||
	    before->configuration.clock == relay->settings->configuration.clock)
		return true;
	log_line(LOG_ERR,
		 "%s was written by another clock, and what it counted "
		 "cannot be taken over: keep clock, or take another "
		 "--state-dir",
		 relay->settings->state_dir);
	return false;
}

/* Another engine version counted what is there: new engines, new streams. */
static int
begin_anew(struct relay *relay, replay_progress *progress, void *context)
{
	const struct configuration *configuration =
		&relay->settings->configuration;
	struct replay *replay = &relay->replay;
	uint8_t digest[JOURNAL_HASH_SIZE];
	struct start start;

	if (!clock_is_kept(relay))
		return -EINVAL;
	start_make(&start);
	int error = replay_anew(replay, relay->journal,
				journal_head(relay->journal, digest) + 1,
				configuration, &start, progress, context);
	if (error) {
		log_line(LOG_ERR, "the reports in %s cannot be summed anew: %s",
			 relay->settings->state_dir, replay->error);
		return error;
	}
	relay->engines = replay->engines;
	replay->engines = NULL;
	start.anew = true;
	error = append_both(relay, &start,
			    configuration->clock == CLOCK_RECORDS
				    ? replay->time_ms
				    : relay->now);
	/* From here on the engines count by today's. */
	settings_free(replay->settings);
	replay->settings = NULL;
	if (!error)
		log_line(LOG_NOTICE,
			 "another version of truced counted what is in %s: "
			 "summed %" PRIu64 " reports anew, left out %" PRIu64
			 ", and began a new stream",
			 relay->settings->state_dir,
			 replay->reports - replay->left_out, replay->left_out);
	return error;
}

/* Takes over what the replay gave. */
static int
begin_again(struct relay *relay)
{
	const struct replay *replay = &relay->replay;

	if (!clock_is_kept(relay))
		return -EINVAL;
	if (replay->checkpoint)
		log_line(LOG_INFO,
			 "went on from the checkpoint of step %" PRIu64,
			 replay->checkpoint);
	log_line(LOG_INFO,
		 "replayed %" PRIu64 " steps, %" PRIu64 " reports, %" PRIu64
		 " alerts",
		 replay->position - replay->checkpoint, replay->reports,
		 replay->alerts);
	relay->checkpointer.config = replay->config;
	relay->checkpointer.written = replay->checkpoint;
	relay->checkpointer.journaled = replay->bytes;
	relay->engines = relay->replay.engines;
	relay->replay.engines = NULL;
	for (int part = 0; part < ENGINE_PARTS; part++)
		relay->announced[part] = engine_seq(
			engines_part(relay->engines, (enum engine_part)part));
	return 0;
}

static int
begin(struct relay *relay, replay_progress *progress, void *context)
{
	int error = journal_open(&relay->journal, relay->settings->state_dir);

	if (error) {
		log_line(LOG_ERR,
			 "%s cannot be used as the state directory: %s",
			 relay->settings->state_dir, journal_error(NULL));
		return error;
	}
	error = replay_resume(&relay->replay, relay->journal,
			      relay->settings->state_dir, progress, context);
	if (relay->replay.refused[0])
		log_line(LOG_WARNING,
			 "the checkpoint in %s is not used: %s; the journal "
			 "was replayed from its start",
			 relay->settings->state_dir, relay->replay.refused);
	if (error) {
		log_line(LOG_ERR, "the journal in %s cannot be replayed: %s",
			 relay->settings->state_dir, relay->replay.error);
		return error;
	}
	const struct replay *replay = &relay->replay;
	relay->wall = clock_wall();
	relay->now = clock_follow(&relay->clock, relay->wall, clock_monotonic(),
				  replay->time_ms);
	if (replay->anew)
		return begin_anew(relay, progress, context);
	return replay->engines ? begin_again(relay) : begin_new(relay);
}

/* A START after a replay: timers that came due meanwhile fire. On a full disk
 * it waits, as any step does. */
static int
step_start(struct relay *relay)
{
	struct step step = {.kind = STEP_START,
			    .ran_until = relay->replay.time_ms};
	int error = relay_apply_step(relay, &step);

	if (error)
		return error;
	relay->step.body = relay->body.bytes;
	relay->step.body_size =
		start_write(&relay->replay.start, (char *)relay->body.bytes);
	error = relay_commit(relay);
	return error == -ENOSPC ? 0 : error;
}

/* The relay's settings are the engines', from the CONFIG step in hand on. */
static int
step_config(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	int error = relay_apply(relay, STEP_CONFIG);

	if (error)
		return error;
	relay->step.body = (const uint8_t *)settings->text;
	relay->step.body_size = strlen(settings->text);
	error = relay_commit(relay);
	return error == -ENOSPC ? 0 : error;
}

/* Whether the engines can count by these settings; they are then prepared. */
static bool
settings_fit(struct relay *relay, const struct settings *settings)
{
	enum pool_kind full;
	int error = engines_prepare(relay->engines, &settings->configuration,
				    &full);

	if (error == -ENOSPC && full < POOLS)
		log_line(LOG_ERR,
			 "the configuration is not taken: limits.%s has no "
			 "room for what stands",
			 pool_name(full));
	else if (error)
		log_line(LOG_ERR, "the configuration is not taken: %s",
			 error == -ENOSPC
				 ? "the rules need more names, groups or "
				   "buckets than limits gives"
				 : strerror(-error));
	return !error;
}

/* A START after a replay, and a CONFIG if the file is another one now. */
static int
steps_begin(struct relay *relay)
{
	struct settings *before = relay->replay.settings;
	int error = step_start(relay);

	if (error || settings_in_force(relay->settings, before))
		return error;
	if (relay->retry_at) {
		log_line(LOG_ERR, "another configuration needs room in %s",
			 relay->settings->state_dir);
		return -ENOSPC;
	}
	if (!settings_fit(relay, relay->settings))
		return -EINVAL;
	log_line(LOG_NOTICE, "the configuration is another one than before");
	error = step_config(relay);
	settings_free(before);
	relay->replay.settings = NULL;
	return error;
}

/* To the log that the settings name now. */
static int
outlet_change(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	struct syslog_outlet *outlet;
	int error = syslog_outlet_new(&outlet, settings->syslog_target,
				      settings->syslog_facility,
				      settings->syslog_min_severity);

	if (error)
		return error;
	syslog_outlet_free(relay->outlet);
	relay->outlet = outlet;
	return 0;
}

/* What a configuration must have room for is found before its step, in what
 * timers have left until then. They are kept: a replay finds the same. */
static int
step_before_config(struct relay *relay)
{
	if (relay->settings->configuration.clock != CLOCK_WALL)
		return 0;
	int error = relay_apply(relay, STEP_TICK);
	if (!error)
		error = relay_commit(relay);
	return error == -ENOSPC ? 0 : error;
}

int
relay_reload(struct relay *relay, struct settings *settings)
{
	struct settings *before = relay->settings;
	int error = relay->retry_at ? 0 : step_before_config(relay);

	if (error)
		return error;
	if (relay->retry_at) {
		log_line(LOG_ERR, "the configuration is not taken while the "
				  "journal has no room");
		return -EINVAL;
	}
	if (settings->configuration.clock != before->configuration.clock) {
		log_line(LOG_ERR, "the configuration is not taken: clock "
				  "cannot change");
		return -EINVAL;
	}
	if (settings_keep(settings, before))
		log_line(LOG_WARNING, "limits and endpoints are as they were "
				      "until the next start");
	if (!settings_fit(relay, settings))
		return -EINVAL;
	relay->settings = settings;
	error = answering_configure(&relay->answering,
				    &settings->configuration);
	if (!error)
		error = step_config(relay);
	if (!error)
		error = outlet_change(relay);
	if (error)
		return error; /* the engines may be with either settings */
	/* After a start the engines count by the journal's, else by these. */
	settings_free(relay->replay.settings);
	relay->replay.settings = NULL;
	settings_free(before);
	log_line(LOG_NOTICE, "the configuration is changed");
	return 0;
}

static int
sockets_open(struct relay *relay)
{
	const struct settings *settings = relay->settings;
	const char *address = "";
	int error = syslog_outlet_new(&relay->outlet, settings->syslog_target,
				      settings->syslog_facility,
				      settings->syslog_min_severity);

	relay->context = zmq_ctx_new();
	if (!relay->context)
		error = -ENOMEM;
	if (!error)
		error = publisher_new(&relay->publisher, relay->context,
				      settings->alerts, settings->alerts_count,
				      &address);
	if (!error)
		error = service_new(&relay->service, relay->context,
				    settings->service, settings->service_count,
				    &address);
	if (!error)
		error = intake_new(&relay->intake, relay->context,
				   settings->intake, settings->intake_count,
				   &address);
	if (error)
		log_line(LOG_ERR, "%s cannot be opened: %s", address,
			 zmq_strerror(-error));
	return error;
}

static int
room_take(struct relay *relay)
{
	relay->reports = calloc(BATCH_MAX, sizeof(*relay->reports));
	relay->receipts = calloc(BATCH_MAX, sizeof(*relay->receipts));
	relay->ends = calloc(BATCH_MAX, sizeof(*relay->ends));
	relay->replies = calloc(SUBMIT_MAX, sizeof(*relay->replies));
	relay->submissions = calloc(REQUESTS_MAX, sizeof(*relay->submissions));
	relay->orders = calloc(REQUESTS_MAX, sizeof(*relay->orders));
	if (!relay->reports || !relay->receipts || !relay->ends ||
	    !relay->replies || !relay->submissions || !relay->orders ||
	    batch_init(&relay->batch, BATCH_BYTES) != 0 ||
	    batch_init(&relay->body, BATCH_BYTES) != 0 ||
	    codec_new(&relay->codec) != 0)
		return -ENOMEM;
	return answering_init(&relay->answering,
			      &relay->settings->configuration);
}

/* What the start has to say: what was told already to the log, and what the
 * first steps give. */
static int
speak(struct relay *relay)
{
	int error = relay_resume_log(relay);

	relay->starting = true;
	relay->announce_at = clock_monotonic() + JOIN_MS;
	relay_publish(relay); /* of steps before there were sockets */
	if (!error && relay->replay.settings)
		error = steps_begin(relay);
	relay->starting = false;
	return error;
}

int
relay_new(struct relay **ret_relay, struct settings *settings,
	  replay_progress *progress, void *context)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return -ENOMEM;
	relay->settings = settings;
	int error =
		checkpointer_init(&relay->checkpointer, settings->state_dir);
	if (!error)
		error = room_take(relay);
	if (!error)
		error = begin(relay, progress, context);
	if (!error)
		error = sockets_open(relay);
	if (error) {
		relay->settings = NULL; /* still the caller's */
		relay_free(relay);
		return error;
	}
	relay->answering.journal = relay->journal;
	relay->answering.engines = relay->engines;
	relay->answering.intake = relay->intake;
	relay->answering.service = relay->service;
	relay->answering.started_at = relay->wall;
	relay->answering.now = &relay->now;
	relay->answering.heartbeat_at = TIME_UNSET;
	relay->answering.logged = relay->outlet_cursor;
	error = speak(relay);
	if (error) {
		relay->settings = NULL; /* still the caller's */
		relay_free(relay);
		return error;
	}
	*ret_relay = relay;
	return 0;
}

void
relay_rest(struct relay *relay)
{
	/* What waits for room is counted and not durable. */
	if (!relay->retry_at)
		checkpointer_finish(&relay->checkpointer, relay->journal,
				    relay->engines);
}

void
relay_free(struct relay *relay)
{
	if (!relay)
		return;
	checkpointer_done(&relay->checkpointer);
	if (relay->retry_at)
		log_line(LOG_WARNING,
			 "step %" PRIu64
			 " never was durable: who submitted its "
			 "reports was told BUSY, plain publishers' are lost",
			 relay->step.position);
	intake_free(relay->intake);
	service_free(relay->service);
	publisher_free(relay->publisher);
	if (relay->context)
		zmq_ctx_term(relay->context);
	syslog_outlet_free(relay->outlet);
	engines_free(relay->engines);
	replay_done(&relay->replay);
	settings_free(relay->settings);
	journal_close(relay->journal);
	answering_done(&relay->answering);
	codec_free(relay->codec);
	batch_done(&relay->batch);
	batch_done(&relay->body);
	free(relay->earlier);
	free(relay->reports);
	free(relay->receipts);
	free(relay->ends);
	free(relay->replies);
	free(relay->submissions);
	free(relay->orders);
	free(relay);
}
