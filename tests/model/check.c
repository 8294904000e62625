#include "check.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { STEPS_RESTORED = 25 };

/* The engine or the model. */
struct subject {
	const char *name;
	int (*new)(void **ret, const struct configuration *configuration,
		   enum engine_part part);
	void (*free)(void *it);
	void (*begin)(void *it, const struct step *step);
	bool (*next)(void *it, struct alert *ret_alert);
	/* As engine_prepare. */
	int (*prepare)(void *it, const struct configuration *configuration,
		       enum pool_kind *ret_full);
};

static const uint8_t engine_key[16] = "0123456789abcde";

static int
engine_subject_new(void **ret, const struct configuration *configuration,
		   enum engine_part part)
{
	struct engine *engine = NULL;
	int error = engine_new(&engine, configuration, part, engine_key);

	*ret = engine;
	return error;
}

static void
engine_subject_free(void *it)
{
	engine_free(it);
}

static void
engine_subject_begin(void *it, const struct step *step)
{
	engine_begin(it, step);
}

static bool
engine_subject_next(void *it, struct alert *ret_alert)
{
	return engine_next(it, ret_alert);
}

static int
engine_subject_prepare(void *it, const struct configuration *configuration,
		       enum pool_kind *ret_full)
{
	return engine_prepare(it, configuration, ret_full);
}

static const struct subject engine_subject = {
	.name = "engine",
	.new = engine_subject_new,
	.free = engine_subject_free,
	.begin = engine_subject_begin,
	.next = engine_subject_next,
	.prepare = engine_subject_prepare,
};

/* An engine that now and then goes on from its state, put back into another.
 */
struct restored {
	struct engine *engine;
	enum engine_part part;
	unsigned steps;
};

static int
restored_subject_new(void **ret, const struct configuration *configuration,
		     enum engine_part part)
{
	struct restored *restored = calloc(1, sizeof(*restored));

	if (!restored)
		abort();
	restored->part = part;
	int error =
		engine_new(&restored->engine, configuration, part, engine_key);
	if (error < 0)
		free(restored);
	*ret = restored;
	return error;
}

static void
restored_subject_free(void *it)
{
	struct restored *restored = it;

	engine_free(restored->engine);
	free(restored);
}

static void
restored_subject_begin(void *it, const struct step *step)
{
	engine_begin(((struct restored *)it)->engine, step);
}

static int
state_copy(void *context, enum engine_part part, void *state, size_t size)
{
	size_t have;
	const void *from = engine_state(context, &have);

	(void)part;
	assert(have == size);
	memcpy(state, from, size);
	return 0;
}

static bool
restored_subject_next(void *it, struct alert *ret_alert)
{
	struct restored *restored = it;
	struct engine *other;

	if (engine_next(restored->engine, ret_alert))
		return true;
	if (++restored->steps % STEPS_RESTORED != 0)
		return false;
	int error =
		engine_restore(&other, engine_configuration(restored->engine),
			       restored->part, engine_key, state_copy,
			       restored->engine);
	assert(error == 0);
	(void)error;
	engine_free(restored->engine);
	restored->engine = other;
	return false;
}

static int
restored_subject_prepare(void *it, const struct configuration *configuration,
			 enum pool_kind *ret_full)
{
	return engine_prepare(((struct restored *)it)->engine, configuration,
			      ret_full);
}

static const struct subject restored_subject = {
	.name = "restored engine",
	.new = restored_subject_new,
	.free = restored_subject_free,
	.begin = restored_subject_begin,
	.next = restored_subject_next,
	.prepare = restored_subject_prepare,
};

static int
model_subject_new(void **ret, const struct configuration *configuration,
		  enum engine_part part)
{
	struct model *model = NULL;
	int error = model_new(&model, configuration, part);

	*ret = model;
	return error;
}

static void
model_subject_free(void *it)
{
	model_free(it);
}

static void
model_subject_begin(void *it, const struct step *step)
{
	model_begin(it, step);
}

static bool
model_subject_next(void *it, struct alert *ret_alert)
{
	return model_next(it, ret_alert);
}

static int
model_subject_prepare(void *it, const struct configuration *configuration,
		      enum pool_kind *ret_full)
{
	return model_prepare(it, configuration, ret_full);
}

static const struct subject model_subject = {
	.name = "model",
	.new = model_subject_new,
	.free = model_subject_free,
	.begin = model_subject_begin,
	.next = model_subject_next,
	.prepare = model_subject_prepare,
};

/* A growing list of alerts. */
struct alerts {
	struct alert *all;
	size_t count;
	size_t size;
};

static void
alerts_take(struct alerts *alerts, const struct subject *subject, void *it)
{
	for (;;) {
		if (alerts->count == alerts->size) {
			alerts->size += 32;
			alerts->all =
				realloc(alerts->all,
					alerts->size * sizeof(*alerts->all));
			if (!alerts->all)
				abort();
		}
		if (!subject->next(it, &alerts->all[alerts->count]))
			return;
		alerts->count++;
	}
}

/* A step and what it is made of: items first .. first + count - 1. */
struct play {
	struct scenario *scenario;
	enum engine_part part;
	size_t first;
	size_t count;
	uint64_t position;
	struct report *reports;
	struct receipt *receipts; /* of items, by index */
	struct configuration configurations[SCENARIO_SETUPS];
	const struct configuration *next; /* of a reload, or NULL */
	int refused;	/* a reload: 0 or what the subject said */
	bool *refusals; /* of items, by index */
	enum pool_kind full;
	uint64_t told; /* seq of what answered the command; 0: nothing */
	struct step step;
};

static void
play_init(struct play *play, struct scenario *scenario, enum engine_part part)
{
	memset(play, 0, sizeof(*play));
	play->scenario = scenario;
	play->part = part;
	play->reports =
		calloc(scenario->items_count + 1, sizeof(*play->reports));
	play->receipts =
		calloc(scenario->items_count + 1, sizeof(*play->receipts));
	play->refusals =
		calloc(scenario->items_count + 1, sizeof(*play->refusals));
	if (!play->reports || !play->receipts || !play->refusals)
		abort();
	for (size_t i = 0; i < scenario->setups_count; i++)
		play->configurations[i] = scenario_configuration(scenario, i);
}

static void
play_done(struct play *play)
{
	free(play->reports);
	free(play->receipts);
	free(play->refusals);
}

/* A command that means the episode of a late message means it by number from
 * now on, so that it stays the same however the stream is varied. */
static void
command_resolve(struct item *item, enum engine_part part,
		const struct alerts *alerts)
{
	if (item->back == 0 || item->part != part)
		return;
	if (item->back <= alerts->count)
		item->command.episode_seq =
			alerts->all[alerts->count - item->back].episode_seq;
	item->back = 0;
}

/* Makes the next step, `alerts` having been said; false: that was all. */
static bool
play_next(struct play *play, const struct alerts *alerts)
{
	struct scenario *scenario = play->scenario;

	play->first += play->count;
	play->count = 0;
	if (play->first == scenario->items_count)
		return false;
	struct item *first = &scenario->items[play->first];
	do {
		const struct item *item = &first[play->count];
		size_t index = play->first + play->count;
		play->reports[index] = item->report;
		if (item->busy)
			play->receipts[index].verdict = VERDICT_BUSY;
		play->count++;
	} while (first->kind == STEP_REPORTS &&
		 play->first + play->count < scenario->items_count &&
		 first[play->count].kind == STEP_REPORTS &&
		 first[play->count].joined);
	play->step = (struct step){
		.kind = first->kind,
		.time_ms = first->time_ms,
		.position = ++play->position,
		.clock_ms = first->clock_ms,
		.ran_until = first->ran_until,
	};
	play->next = first->kind == STEP_CONFIG && first->setup > 0
			     ? &play->configurations[first->setup]
			     : NULL;
	play->told = 0;
	if (first->kind == STEP_COMMAND) {
		command_resolve(first, play->part, alerts);
		play->step.command = &first->command;
		play->step.part = first->part;
		play->step.ret_told = &play->told;
	}
	if (first->kind == STEP_REPORTS) {
		play->step.reports = &play->reports[play->first];
		play->step.receipts = &play->receipts[play->first];
		play->step.count = play->count;
	}
	return true;
}

/* What the subject says goes to the end of `alerts`. */
static void
play_step(struct play *play, const struct subject *subject, void *it,
	  struct alerts *alerts)
{
	play->refused = 0;
	if (play->next)
		play->refused = subject->prepare(it, play->next, &play->full);
	play->refusals[play->first] = play->refused != 0;
	subject->begin(it, &play->step);
	alerts_take(alerts, subject, it);
}

/* The whole stream; false if there is no such engine. */
static bool
subject_run(const struct subject *subject, struct scenario *scenario,
	    enum engine_part part, struct alerts *ret_alerts)
{
	struct play play;
	void *it;

	play_init(&play, scenario, part);
	memset(ret_alerts, 0, sizeof(*ret_alerts));
	if (subject->new (&it, &play.configurations[0], part) < 0) {
		play_done(&play);
		return false;
	}
	while (play_next(&play, ret_alerts))
		play_step(&play, subject, it, ret_alerts);
	play_done(&play);
	subject->free(it);
	return true;
}

static bool
text_equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool
labels_equal(const struct alert *a, const struct alert *b)
{
	if (a->labels_count != b->labels_count)
		return false;
	for (size_t i = 0; i < a->labels_count; i++)
		if (!text_equal(a->labels[i].name, b->labels[i].name) ||
		    !text_equal(a->labels[i].value, b->labels[i].value))
			return false;
	return true;
}

static bool
evidence_equal(const struct alert *a, const struct alert *b)
{
	if (a->evidence_count != b->evidence_count)
		return false;
	for (size_t i = 0; i < a->evidence_count; i++)
		if (!text_equal(a->evidence[i].source, b->evidence[i].source) ||
		    !text_equal(a->evidence[i].id, b->evidence[i].id) ||
		    a->evidence[i].revision != b->evidence[i].revision)
			return false;
	return true;
}

static bool
compared_equal(const struct alert *a, const struct alert *b)
{
	if (a->compared_count != b->compared_count)
		return false;
	for (size_t i = 0; i < a->compared_count; i++)
		if (!text_equal(a->compared[i].source, b->compared[i].source) ||
		    a->compared[i].low != b->compared[i].low ||
		    a->compared[i].high != b->compared[i].high ||
		    a->compared[i].at_least != b->compared[i].at_least)
			return false;
	return true;
}

static bool
sums_equal(const struct sums *a, const struct sums *b)
{
	return memcmp(a->by_basis, b->by_basis, sizeof(a->by_basis)) == 0 &&
	       a->events == b->events && a->attributed == b->attributed &&
	       a->disputed == b->disputed && a->at_least == b->at_least;
}

static bool
corrections_equal(const struct correction *a, const struct correction *b)
{
	return text_equal(a->report.source, b->report.source) &&
	       text_equal(a->report.id, b->report.id) &&
	       a->report.revision == b->report.revision &&
	       a->assessment == b->assessment && a->revises == b->revises &&
	       a->before == b->before;
}

static bool
alert_equal(const struct alert *a, const struct alert *b)
{
	return a->seq == b->seq && a->episode_seq == b->episode_seq &&
	       a->references_seq == b->references_seq &&
	       a->msg_type == b->msg_type && a->state == b->state &&
	       a->cause == b->cause && a->status == b->status &&
	       text_equal(a->rule, b->rule) &&
	       text_equal(a->agreement, b->agreement) && labels_equal(a, b) &&
	       a->severity == b->severity && a->certainty == b->certainty &&
	       a->urgency == b->urgency && text_equal(a->measure, b->measure) &&
	       sums_equal(&a->sums, &b->sums) && a->basis == b->basis &&
	       text_equal(a->statistic, b->statistic) && a->value == b->value &&
	       a->threshold == b->threshold && a->window_ms == b->window_ms &&
	       a->one_event == b->one_event && a->onset_at == b->onset_at &&
	       a->sent_at == b->sent_at &&
	       (a->references_seq == 0 || a->began_at == b->began_at) &&
	       evidence_equal(a, b) &&
	       corrections_equal(&a->correction, &b->correction) &&

	       text_equal(a->headline, b->headline) &&
	       text_equal(a->instruction, b->instruction) &&
	       text_equal(a->web, b->web) && a->about == b->about &&
	       (a->about != ABOUT_DEADLINE || a->met_at == b->met_at) &&
	       text_equal(a->acknowledged_by, b->acknowledged_by) &&
	       a->acknowledged_at == b->acknowledged_at &&
	       a->figure == b->figure && compared_equal(a, b) &&
	       text_equal(a->comment, b->comment);
}

/* The keys that differ, then both alerts. */
static void
alert_tell_difference(FILE *out, const char *name_a, const struct alert *a,
		      const char *name_b, const struct alert *b)
{
	char text_a[LINE_SIZE];
	char text_b[LINE_SIZE];
	const char *key;

	for (size_t i = 0; (key = alert_key(i)); i++) {
		alert_value(a, key, text_a, sizeof(text_a));
		alert_value(b, key, text_b, sizeof(text_b));
		if (strcmp(text_a, text_b) != 0)
			fprintf(out, "  %s: %s `%s', %s `%s'\n", key, name_a,
				text_a, name_b, text_b);
	}
	fprintf(out, "  %s: ", name_a);
	alert_write(out, a);
	fprintf(out, "  %s: ", name_b);
	alert_write(out, b);
}

/* From index `from` on. */
static bool
alerts_equal(FILE *out, const char *name_a, const struct alerts *a,
	     const char *name_b, const struct alerts *b, size_t from)
{
	size_t count = a->count < b->count ? a->count : b->count;

	for (size_t i = from; i < count; i++)
		if (!alert_equal(&a->all[i], &b->all[i])) {
			fprintf(out, "alert %zu differs:\n", i + 1);
			alert_tell_difference(out, name_a, &a->all[i], name_b,
					      &b->all[i]);
			return false;
		}
	if (a->count == b->count)
		return true;
	bool more_a = a->count > b->count;
	fprintf(out, "only the %s says:\n  ", more_a ? name_a : name_b);
	alert_write(out, more_a ? &a->all[count] : &b->all[count]);
	return false;
}

const char *
seen_name(enum seen seen)
{
	static const char *const names[SEEN_KINDS] = {
		[SEEN_CROSSED] = "crossed",
		[SEEN_LEVEL_UP] = "level up",
		[SEEN_LEVEL_DOWN] = "level down",
		[SEEN_CERTAINTY] = "certainty",
		[SEEN_PROGRESS] = "progress",
		[SEEN_CLEARED] = "cleared",
		[SEEN_REMINDER] = "reminded of",
		[SEEN_ESCALATED] = "escalated",
		[SEEN_ACKNOWLEDGED] = "acknowledged",
		[SEEN_RETRACTED] = "retracted",
		[SEEN_RULE_CHANGED] = "ended with their rule",
		[SEEN_CORRECTED_OPEN] = "corrected, still firing",
		[SEEN_CORRECTED_ENDED] = "corrected after the end",
		[SEEN_CANCELLED_OPEN] = "cancelled while open",
		[SEEN_CANCELLED_ENDED] = "cancelled after the end",
		[SEEN_CORRECTED_TWICE] = "corrected again",
		[SEEN_CORRECTED_BY_WITHDRAWAL] = "corrected by a withdrawal",
		[SEEN_CORRECTED_BY_REFUTATION] =
			"by what is unsubstantiated or no violation",
		[SEEN_CORRECTED_BY_REVISION] = "by another revision",
		[SEEN_CORRECTED_BY_NEWS] = "by a first report",
		[SEEN_CORRECTED_BY_EVENT] = "by another event for a report",
		[SEEN_CORRECTED_BY_CLOCK] = "by the clock",
		[SEEN_AGREEMENT_WINDOW] = "alerts since an agreement",
		[SEEN_CLOCK_STEPS] = "steps of the clock",
		[SEEN_SET_BACK] = "of them, back",
		[SEEN_SPIKES] = "alerts of spikes",
		[SEEN_SPIKES_SURE] = "of them, sure",
		[SEEN_SPIKES_CORRECTED] = "corrections of spikes",
		[SEEN_SPIKES_BOUND] = "spikes beyond every bound",
		[SEEN_SPIKES_LATE] = "spikes of a late bucket",
		[SEEN_EARS_C1] = "by ears-c1",
		[SEEN_EARS_C2] = "by ears-c2",
		[SEEN_EARS_C3] = "by ears-c3",
		[SEEN_POISSON_CUSUM] = "by poisson-cusum",
		[SEEN_RATIO] = "by ratio",
		[SEEN_UNTESTED] = "not tested before enough is known",
		[SEEN_TOTAL] = "alerts of a total",
		[SEEN_MORE] = "of how much it is up",
		[SEEN_PERIOD] = "of the latest period",
		[SEEN_PERIODS] = "of periods",
		[SEEN_GAP] = "of a gap",
		[SEEN_GAP_OF_TOTALS] = "of them, between two totals",
		[SEEN_GAP_TO_OWN_SUM] = "of them, to our own sum",
		[SEEN_FIGURES_SURE] = "of tallies that are sure",
		[SEEN_FIGURES_AT_LEAST] = "of tallies with lower bounds",
		[SEEN_TOTALS_CORRECTED] = "corrections of tallies",
		[SEEN_GAPS_CORRECTED] = "corrections of gaps",
		[SEEN_COUNTERS_ANEW] = "counters that start again",
		[SEEN_TOTALS_LOWERED] = "totals that a later one corrects",
		[SEEN_TALLIES_UNGROUPED] = "tallies without a group",
		[SEEN_TALLIES_BY_TIME] = "alerts of tallies by a timer",
		[SEEN_DRILL_ALERT] = "alerts of drills",
		[SEEN_POSSIBLE] = "possible",
		[SEEN_LIKELY] = "likely",
		[SEEN_OBSERVED] = "observed",
		[SEEN_DISPUTED] = "with disputed events",
		[SEEN_AT_LEAST] = "with lower bounds",
		[SEEN_EVIDENCE_FULL] = "with all evidence it may have",
		[SEEN_REPORTS_LIMIT] = "reports at 80 %",
		[SEEN_GROUPS_LIMIT] = "groups at 80 %",
		[SEEN_BUCKETS_LIMIT] = "buckets at 80 %",
		[SEEN_EPISODES_LIMIT] = "episodes at 80 %",
		[SEEN_NAMES_LIMIT] = "names at 80 %",
		[SEEN_ACCEPTED] = "accepted",
		[SEEN_DUPLICATE] = "duplicate",
		[SEEN_STALE] = "stale",
		[SEEN_UNKNOWN_AGREEMENT] = "unknown_agreement",
		[SEEN_UNKNOWN_PARTY] = "unknown_party",
		[SEEN_CONFLICT] = "conflict",
		[SEEN_EVENT_FULL] = "event_full",
		[SEEN_NAMES_FULL] = "names_full",
		[SEEN_LEDGER_FULL] = "ledger_full",
		[SEEN_NO_STANDING] = "no_standing",
		[SEEN_FINDINGS_FULL] = "event_full of findings",
		[SEEN_FOUND] = "reports that findings are about",
		[SEEN_FOUND_OFTEN] = "about which there are several",
		[SEEN_FOUND_EVENT] = "put into another event",
		[SEEN_FOUND_PARTY] = "whose party is another by a finding",
		[SEEN_FOUND_SURER] = "that became surer by it",
		[SEEN_FOUND_LESS_SURE] = "that became less sure by it",
		[SEEN_FOUND_ATTRIBUTED] = "that are attributed by it",
		[SEEN_FOUND_DENIED] = "that are denied by it",
		[SEEN_FOUND_CORRECTED] = "corrections by a finding",
		[SEEN_EVENTS_UNHEARD] = "events of who may only deny",
		[SEEN_EVENTS_HEARD] = "of them, heard later",
		[SEEN_NO_SPACE] = "no room for the rules alone",
		[SEEN_TIMERS] = "timers",
		[SEEN_PENDING_ENDED] = "not kept `for' long enough",
		[SEEN_GROUPS_REFUSED] = "groups beyond the limit",
		[SEEN_BUCKETS_REFUSED] = "rings beyond the limit",
		[SEEN_FORGOTTEN] = "forgotten episodes",
		[SEEN_CAPPED] = "assessments capped",
		[SEEN_UPPER_ONLY] = "counted in upper only",
		[SEEN_TOO_LATE] = "too late",
		[SEEN_REINSTATED] = "reinstated",
		[SEEN_MERGED] = "events of several reports",
		[SEEN_RELOADED] = "reloads",
		[SEEN_RELOAD_REFUSED] = "reloads for which there is no room",
		[SEEN_AS_ALWAYS] = "reloads as if it had always been so",
		[SEEN_KEPT] = "rules kept over a reload",
		[SEEN_SUMMED_ANEW] = "rules summed anew at a reload",
		[SEEN_CROSSED_ANEW] = "crossed at a reload",
		[SEEN_REPORTS_DROPPED] = "reports of agreements that went",
		[SEEN_ONE_EVENT] = "alerts of one event",
		[SEEN_EVENTS_ENDED] = "events that ended without a word",
		[SEEN_EVENTS_REOPENED] = "events reopened",
		[SEEN_EVENTS_SURER] = "ended events that became surer",
		[SEEN_EVENTS_LESS_SURE] = "ended events that became less sure",
		[SEEN_EVENTS_REFUSED] = "events for which there is no room",
		[SEEN_MARKS_QUIET] = "events told or retracted before",
		[SEEN_MARKS_EXCEEDED] = "events above what was told before",
		[SEEN_MARKS_LEFT] = "retracted events that met no level",
		[SEEN_NOT_OPEN] = "commands about nothing open",
		[SEEN_HANDS_EXPIRED] = "acknowledgements whose time is over",
		[SEEN_HANDS_EXCEEDED] = "acknowledgements before a level up",
		[SEEN_QUIET_LEFT] = "quiet until the level was left",
		[SEEN_QUIET_EXCEEDED] = "quiet until the level was exceeded",
		[SEEN_REMINDERS_JOINED] = "overdue reminders sent once",
		[SEEN_ABSENCES] = "alerts of silent sources",
		[SEEN_DEADLINES_NEAR] = "alerts of deadlines that near",
		[SEEN_DEADLINES_PASSED] = "alerts of deadlines that passed",
		[SEEN_FEED_GAPS] = "alerts of missing reports",
		[SEEN_WATCHES_PAUSED] = "times that are no silence",
		[SEEN_NUMBERS_SKIPPED] = "numbers skipped",
		[SEEN_NUMBERS_LATE] = "numbers that fill a gap",
		[SEEN_GAPS_JOINED] = "gaps that count as one",
		[SEEN_NUMBERS_BLURRED] = "numbers late in one of those",
		[SEEN_NUMBERS_AGAIN] = "numbers heard before",
		[SEEN_FEEDS_RESTARTED] = "feeds that began again",
		[SEEN_DEADLINES_MET] = "deadlines met",
		[SEEN_DEADLINES_UNMET] = "deadlines not met after all",
		[SEEN_DEADLINES_MOVED] = "deadlines due at another time",
		[SEEN_DEADLINES_UNKNOWN] = "deadlines that there are not",
		[SEEN_HELD] = "messages held back",
		[SEEN_HELD_CORRECTIONS] = "corrections held back",
		[SEEN_UNSENT_ENDED] = "ended before anything was sent",
		[SEEN_SILENCE_ENDED] = "told when a silence ended",
		[SEEN_SILENCES_OVER] = "times at which silences ended",
		[SEEN_SILENCES_LIFTED] = "silences ended by an officer",
		[SEEN_SILENCES_RENEWED] = "silences asked for again",
		[SEEN_SILENCES_REFUSED] = "silences refused",
	};

	return names[seen];
}

static enum seen
cause_seen(const struct alert *alert, const struct alert *previous)
{
	bool was_ended = previous && previous->state != ALERT_FIRING;
	bool cancel = alert->msg_type == MSG_TYPE_CANCEL;

	switch (alert->cause) {
	case CAUSE_CROSSED:
		return SEEN_CROSSED;
	case CAUSE_LEVEL_UP:
		return SEEN_LEVEL_UP;
	case CAUSE_LEVEL_DOWN:
		return SEEN_LEVEL_DOWN;
	case CAUSE_CERTAINTY:
		return SEEN_CERTAINTY;
	case CAUSE_PROGRESS:
		return SEEN_PROGRESS;
	case CAUSE_CLEARED:
		return SEEN_CLEARED;
	case CAUSE_CORRECTED:
		if (cancel)
			return was_ended ? SEEN_CANCELLED_ENDED
					 : SEEN_CANCELLED_OPEN;
		return was_ended ? SEEN_CORRECTED_ENDED : SEEN_CORRECTED_OPEN;
	case CAUSE_REMINDER:
		return SEEN_REMINDER;
	case CAUSE_ESCALATED:
		return SEEN_ESCALATED;
	case CAUSE_ACKNOWLEDGED:
		return SEEN_ACKNOWLEDGED;
	case CAUSE_RETRACTED:
		return SEEN_RETRACTED;
	case CAUSE_RULE_CHANGED:
		return SEEN_RULE_CHANGED;
	case CAUSE_SILENCE_ENDED:
		return SEEN_SILENCE_ENDED;
	case CAUSE_UNSPECIFIED:
	case CAUSES:
		break;
	}
	return SEEN_KINDS;
}

static bool
is_limit(const struct alert *alert, enum seen *ret_seen)
{
	if (strcmp(alert->agreement, "truced") != 0)
		return false;
	for (unsigned i = 0; i < POOLS; i++) {
		const char *name = pool_name((enum pool_kind)i);
		if (strcmp(alert->rule, "clock-step") == 0)
			*ret_seen = SEEN_CLOCK_STEPS;
		if (strncmp(alert->rule, name, strlen(name)) == 0)
			*ret_seen = (enum seen)(SEEN_REPORTS_LIMIT + i);
	}
	return true;
}

/* Of alerts of tallies. */
static void
figure_see(const struct alert *alert, uint64_t *seen)
{
	bool own = alert->compared_count == 2 &&
		   alert->compared[1].source[0] == '\0';

	if (alert->figure == FIGURE_SUM)
		return;
	seen[SEEN_TOTAL + alert->figure - FIGURE_TOTAL]++;
	seen[SEEN_GAP_OF_TOTALS] += alert->compared_count == 2 && !own;
	seen[SEEN_GAP_TO_OWN_SUM] += own;
	seen[SEEN_FIGURES_SURE] += alert->certainty == CERTAINTY_OBSERVED;
	seen[SEEN_FIGURES_AT_LEAST] += alert->sums.at_least > 0;
	if (alert->cause != CAUSE_CORRECTED)
		return;
	seen[SEEN_TOTALS_CORRECTED] += alert->figure != FIGURE_GAP;
	seen[SEEN_GAPS_CORRECTED] += alert->figure == FIGURE_GAP;
}

/* What brought a correction about. */
static enum seen
correction_seen(const struct alert *alert)
{
	const struct correction *correction = &alert->correction;

	if (correction->report.source[0] == '\0')
		return SEEN_CORRECTED_BY_CLOCK;
	if (correction->assessment == ASSESSMENT_WITHDRAWN)
		return SEEN_CORRECTED_BY_WITHDRAWAL;
	if (correction->assessment == ASSESSMENT_UNSUBSTANTIATED ||
	    correction->assessment == ASSESSMENT_NOT_A_VIOLATION)
		return SEEN_CORRECTED_BY_REFUTATION;
	return correction->revises ? SEEN_CORRECTED_BY_REVISION
				   : SEEN_CORRECTED_BY_NEWS;
}

static void
alert_see(const struct alert *alert, const struct alert *previous,
	  enum engine_part part, uint64_t *seen)
{
	bool spike = alert->statistic[0] != '\0' && alert->figure == FIGURE_SUM;
	enum seen limit = SEEN_KINDS;

	if (is_limit(alert, &limit)) {
		seen[limit]++;
		return;
	}
	seen[cause_seen(alert, previous)]++;
	seen[SEEN_CORRECTED_TWICE] += alert->cause == CAUSE_CORRECTED &&
				      previous->cause == CAUSE_CORRECTED;
	if (alert->cause == CAUSE_CORRECTED)
		seen[correction_seen(alert)]++;
	seen[SEEN_ONE_EVENT] += alert->one_event;
	seen[SEEN_AGREEMENT_WINDOW] +=
		alert->about == ABOUT_EVENTS && alert->figure == FIGURE_SUM &&
		alert->window_ms == 0 && !alert->one_event;
	seen[SEEN_ABSENCES] += alert->about == ABOUT_SILENCE;
	seen[SEEN_DEADLINES_NEAR] +=
		alert->about == ABOUT_DEADLINE && alert->threshold < 0;
	seen[SEEN_DEADLINES_PASSED] +=
		alert->about == ABOUT_DEADLINE && alert->threshold >= 0;
	seen[SEEN_FEED_GAPS] += alert->about == ABOUT_FEED;
	figure_see(alert, seen);
	seen[SEEN_SPIKES] += spike;
	seen[SEEN_SPIKES_SURE] +=
		spike && alert->certainty > CERTAINTY_POSSIBLE;
	seen[SEEN_SPIKES_CORRECTED] += spike && alert->cause == CAUSE_CORRECTED;
	seen[SEEN_SPIKES_BOUND] += spike && alert->value == SPIKE_BOUND;
	seen[SEEN_SPIKES_LATE] +=
		spike && alert->cause == CAUSE_CROSSED &&
		alert->onset_at + alert->window_ms <= alert->sent_at;
	for (int i = SPIKE_EARS_C1; i <= SPIKE_RATIO; i++)
		seen[SEEN_EARS_C1 + i] +=
			strcmp(alert->statistic,
			       spike_method_name((enum spike_method)i)) == 0;
	seen[SEEN_DRILL_ALERT] += part == ENGINE_DRILL;
	seen[SEEN_POSSIBLE] += alert->certainty == CERTAINTY_POSSIBLE;
	seen[SEEN_LIKELY] += alert->certainty == CERTAINTY_LIKELY;
	seen[SEEN_OBSERVED] += alert->certainty == CERTAINTY_OBSERVED;
	seen[SEEN_DISPUTED] += alert->sums.disputed > 0;
	seen[SEEN_AT_LEAST] += alert->sums.at_least > 0;
	seen[SEEN_EVIDENCE_FULL] += alert->evidence_count == EVIDENCE_MAX;
}

/* What every alert owes to its reader, whoever decided it. `stepped`: the first
 * alert since the clock was set; `silent`: something may have been held back.
 */
static const char *
alert_fault(const struct alerts *alerts, size_t index, size_t stepped,
	    bool silent)
{
	const struct alert *alert = &alerts->all[index];
	const uint64_t *sums = alert->sums.by_basis;

	if (alert->seq != index + 1)
		return "numbers have a gap";
	if (sums[0] > sums[1] || sums[1] > sums[2] || sums[2] > sums[3])
		return "sums are not in order";
	if (index > 0 && index != stepped && alert->sent_at < alert[-1].sent_at)
		return "time went back";
	if (alert->references_seq == 0)
		return alert->episode_seq != alert->seq ||
				       alert->msg_type != MSG_TYPE_ALERT
			       ? "an episode has no beginning"
			       : NULL;
	if (alert->references_seq >= alert->seq)
		return "a reference to what has not been said";
	const struct alert *previous = &alerts->all[alert->references_seq - 1];
	if (previous->episode_seq != alert->episode_seq)
		return "a reference to another episode";
	if (previous->msg_type == MSG_TYPE_CANCEL)
		return "something came after a cancellation";
	if (previous->state == ALERT_RESOLVED && alert->state == ALERT_FIRING &&
	    /* The level up may have been held back. */
	    !(alert->one_event && (alert->cause == CAUSE_LEVEL_UP || silent)))
		return "an ended episode fires";
	for (size_t i = alert->references_seq; i < index; i++)
		if (alerts->all[i].episode_seq == alert->episode_seq)
			return "a reference passes over a message";
	return NULL;
}

static bool
alerts_sound(FILE *out, const struct alerts *alerts, size_t from,
	     size_t stepped, bool silent)
{
	for (size_t i = from; i < alerts->count; i++) {
		const char *fault = alert_fault(alerts, i, stepped, silent);
		if (fault) {
			fprintf(out, "%s:\n  ", fault);
			alert_write(out, &alerts->all[i]);
			return false;
		}
	}
	return true;
}

static void
receipt_see(const struct receipt *receipt, enum report_type type,
	    uint64_t *seen)
{
	seen[SEEN_ACCEPTED] += receipt->verdict == VERDICT_ACCEPTED;
	seen[SEEN_DUPLICATE] += receipt->verdict == VERDICT_DUPLICATE;
	seen[SEEN_STALE] += receipt->verdict == VERDICT_STALE;
	seen[SEEN_UNKNOWN_AGREEMENT] +=
		receipt->reason == REASON_UNKNOWN_AGREEMENT;
	seen[SEEN_UNKNOWN_PARTY] += receipt->reason == REASON_UNKNOWN_PARTY;
	seen[SEEN_CONFLICT] += receipt->reason == REASON_CONFLICT;
	seen[SEEN_NO_STANDING] += receipt->reason == REASON_NO_STANDING;
	if (receipt->reason == REASON_EVENT_FULL)
		seen[type == REPORT_FINDING ? SEEN_FINDINGS_FULL
					    : SEEN_EVENT_FULL]++;
	seen[SEEN_NAMES_FULL] += receipt->reason == REASON_NAMES_FULL;
	seen[SEEN_LEDGER_FULL] += receipt->reason == REASON_LEDGER_FULL;
}

static void
model_see(const struct model *model, uint64_t *seen)
{
	const struct model_seen *inside = model_seen(model);

	seen[SEEN_TIMERS] += inside->timers;
	seen[SEEN_CORRECTED_BY_EVENT] += inside->moved_corrected;
	seen[SEEN_PENDING_ENDED] += inside->pending_ended;
	seen[SEEN_GROUPS_REFUSED] += inside->groups_refused;
	seen[SEEN_BUCKETS_REFUSED] += inside->buckets_refused;
	seen[SEEN_FORGOTTEN] += inside->forgotten;
	seen[SEEN_CAPPED] += inside->capped;
	seen[SEEN_UPPER_ONLY] += inside->upper_only;
	seen[SEEN_TOO_LATE] += inside->too_late;
	seen[SEEN_REINSTATED] += inside->reinstated;
	seen[SEEN_MERGED] += inside->merged;
	seen[SEEN_SET_BACK] += inside->set_back;
	seen[SEEN_UNTESTED] += inside->untested;
	seen[SEEN_COUNTERS_ANEW] += inside->counters_anew;
	seen[SEEN_TOTALS_LOWERED] += inside->totals_lowered;
	seen[SEEN_TALLIES_UNGROUPED] += inside->tallies_ungrouped;
	seen[SEEN_TALLIES_BY_TIME] += inside->tallies_by_time;
	seen[SEEN_FOUND] += inside->found;
	seen[SEEN_FOUND_OFTEN] += inside->found_often;
	seen[SEEN_FOUND_EVENT] += inside->found_event;
	seen[SEEN_FOUND_PARTY] += inside->found_party;
	seen[SEEN_FOUND_SURER] += inside->found_surer;
	seen[SEEN_FOUND_LESS_SURE] += inside->found_less_sure;
	seen[SEEN_FOUND_ATTRIBUTED] += inside->found_attributed;
	seen[SEEN_FOUND_DENIED] += inside->found_denied;
	seen[SEEN_FOUND_CORRECTED] += inside->found_corrected;
	seen[SEEN_EVENTS_UNHEARD] += inside->events_unheard;
	seen[SEEN_EVENTS_HEARD] += inside->events_heard;
	seen[SEEN_RELOADED] += inside->reloaded;
	seen[SEEN_RELOAD_REFUSED] += inside->reload_refused;
	seen[SEEN_KEPT] += inside->kept;
	seen[SEEN_SUMMED_ANEW] += inside->summed_anew;
	seen[SEEN_CROSSED_ANEW] += inside->crossed_anew;
	seen[SEEN_REPORTS_DROPPED] += inside->reports_dropped;
	seen[SEEN_EVENTS_ENDED] += inside->events_ended;
	seen[SEEN_EVENTS_REOPENED] += inside->events_reopened;
	seen[SEEN_EVENTS_SURER] += inside->events_surer;
	seen[SEEN_EVENTS_LESS_SURE] += inside->events_less_sure;
	seen[SEEN_EVENTS_REFUSED] += inside->events_refused;
	seen[SEEN_MARKS_QUIET] += inside->marks_quiet;
	seen[SEEN_MARKS_EXCEEDED] += inside->marks_exceeded;
	seen[SEEN_MARKS_LEFT] += inside->marks_left;
	seen[SEEN_NOT_OPEN] += inside->not_open;
	seen[SEEN_HANDS_EXPIRED] += inside->hands_expired;
	seen[SEEN_HANDS_EXCEEDED] += inside->hands_exceeded;
	seen[SEEN_QUIET_LEFT] += inside->quiet_left;
	seen[SEEN_QUIET_EXCEEDED] += inside->quiet_exceeded;
	seen[SEEN_REMINDERS_JOINED] += inside->reminders_joined;
	seen[SEEN_WATCHES_PAUSED] += inside->watches_paused;
	seen[SEEN_NUMBERS_SKIPPED] += inside->numbers_skipped;
	seen[SEEN_NUMBERS_LATE] += inside->numbers_late;
	seen[SEEN_GAPS_JOINED] += inside->gaps_joined;
	seen[SEEN_NUMBERS_BLURRED] += inside->numbers_blurred;
	seen[SEEN_NUMBERS_AGAIN] += inside->numbers_again;
	seen[SEEN_FEEDS_RESTARTED] += inside->feeds_restarted;
	seen[SEEN_DEADLINES_MET] += inside->deadlines_met;
	seen[SEEN_DEADLINES_UNMET] += inside->deadlines_unmet;
	seen[SEEN_DEADLINES_MOVED] += inside->deadlines_moved;
	seen[SEEN_DEADLINES_UNKNOWN] += inside->deadlines_unknown;
	seen[SEEN_HELD] += inside->held;
	seen[SEEN_HELD_CORRECTIONS] += inside->held_corrections;
	seen[SEEN_UNSENT_ENDED] += inside->unsent_ended;
	seen[SEEN_SILENCES_OVER] += inside->silences_over;
	seen[SEEN_SILENCES_LIFTED] += inside->silences_lifted;
	seen[SEEN_SILENCES_RENEWED] += inside->silences_renewed;
	seen[SEEN_SILENCES_REFUSED] += inside->silences_refused;
}

/* Engine and model side by side. */
struct pair {
	const struct scenario *scenario;
	enum engine_part part;
	struct engine *engine;
	struct model *model;
	struct play engine_play;
	struct play model_play;
	struct alerts engine_alerts;
	struct alerts model_alerts;
	size_t stepped;	    /* the first alert since the clock was set */
	bool silent;	    /* there was a silence */
	uint64_t as_always; /* reloads whose sums were compared so */
	uint64_t not_as_always;
	FILE *out;
};

static bool
receipts_agree(struct pair *pair)
{
	const struct play *play = &pair->engine_play;

	for (size_t i = play->first; i < play->first + play->count; i++) {
		const struct receipt *a = &pair->engine_play.receipts[i];
		const struct receipt *b = &pair->model_play.receipts[i];
		if (a->verdict == b->verdict && a->reason == b->reason &&
		    a->position == b->position)
			continue;
		fprintf(pair->out,
			"receipt of item %zu: engine %s %s %" PRIu64
			" (%s: %s), model %s %s %" PRIu64 "\n",
			i + 1, verdict_name(a->verdict), reason_name(a->reason),
			a->position, a->field, a->detail,
			verdict_name(b->verdict), reason_name(b->reason),
			b->position);
		return false;
	}
	return true;
}

static bool
pools_agree(struct pair *pair)
{
	struct pool_use a[POOLS];
	struct pool_use b[POOLS];

	engine_pools(pair->engine, a);
	model_pools(pair->model, b);
	for (unsigned i = 0; i < POOLS; i++)
		if (a[i].used != b[i].used || a[i].limit != b[i].limit) {
			fprintf(pair->out,
				"%s: engine uses %" PRIu32 " of %" PRIu32
				", model %" PRIu32 " of %" PRIu32 "\n",
				pool_name((enum pool_kind)i), a[i].used,
				a[i].limit, b[i].used, b[i].limit);
			return false;
		}
	return true;
}

static bool
rules_agree(struct pair *pair)
{
	size_t count = engine_configuration(pair->engine)->rules_count;

	for (size_t i = 0; i < count; i++) {
		struct rule_use a;
		struct rule_use b;
		engine_rule_use(pair->engine, i, &a);
		model_rule_use(pair->model, i, &b);
		if (a.groups == b.groups && a.open == b.open &&
		    a.too_late == b.too_late && a.ungrouped == b.ungrouped)
			continue;
		fprintf(pair->out,
			"rule %s: engine has %" PRIu32 " groups, %" PRIu32
			" open, %" PRIu64 " too late, %" PRIu64
			" ungrouped; model %" PRIu32 ", %" PRIu32 ", %" PRIu64
			", %" PRIu64 "\n",
			b.rule, a.groups, a.open, a.too_late, a.ungrouped,
			b.groups, b.open, b.too_late, b.ungrouped);
		return false;
	}
	return true;
}

static bool
sums_agree(struct pair *pair)
{
	const char *values[GROUP_BY_MAX];
	const char *agreement;
	size_t rule;

	for (size_t i = 0;
	     model_group(pair->model, i, &rule, &agreement, values); i++) {
		struct sums a = {0};
		struct sums b = {0};
		bool has =
			engine_sums(pair->engine, rule, agreement, values, &a);
		model_sums(pair->model, rule, agreement, values, &b);
		if (has && sums_equal(&a, &b))
			continue;
		fprintf(pair->out,
			"sums of %s, %s: engine %s%" PRIu64 "/%" PRIu64
			"/%" PRIu64 "/%" PRIu64 ", model %" PRIu64 "/%" PRIu64
			"/%" PRIu64 "/%" PRIu64 "\n",
			engine_configuration(pair->engine)->rules[rule].name,
			agreement, has ? "" : "no group ", a.by_basis[0],
			a.by_basis[1], a.by_basis[2], a.by_basis[3],
			b.by_basis[0], b.by_basis[1], b.by_basis[2],
			b.by_basis[3]);
		return false;
	}
	return true;
}

static bool
open_agree(struct pair *pair)
{
	uint32_t iterator_a = 0;
	uint32_t iterator_b = 0;

	for (;;) {
		uint64_t a = 0;
		uint64_t b = 0;
		bool more_a = engine_open(pair->engine, &iterator_a, &a);
		bool more_b = model_open(pair->model, &iterator_b, &b);
		if (more_a != more_b || a != b) {
			fprintf(pair->out,
				"open episodes: engine has #%" PRIu64
				", model #%" PRIu64 "\n",
				a, b);
			return false;
		}
		if (!more_a)
			return true;
	}
}

static bool
silences_agree(struct pair *pair)
{
	size_t count_a;
	size_t count_b;
	const struct silence *a = engine_silences(pair->engine, &count_a);
	const struct silence *b = model_silences_of(pair->model, &count_b);
	bool agree = count_a == count_b;

	for (size_t i = 0; agree && i < count_a; i++)
		agree = a[i].number == b[i].number &&
			a[i].since_at == b[i].since_at &&
			a[i].until_at == b[i].until_at &&
			a[i].up_to == b[i].up_to &&
			a[i].matchers_count == b[i].matchers_count &&
			text_equal(a[i].author, b[i].author) &&
			text_equal(a[i].comment, b[i].comment);
	if (agree)
		return true;
	for (size_t i = 0; i < count_a; i++)
		fprintf(pair->out, "engine: silence %" PRIu64 "\n",
			a[i].number);
	for (size_t i = 0; i < count_b; i++)
		fprintf(pair->out, "model: silence %" PRIu64 "\n", b[i].number);
	return false;
}

static bool
held_equal(const struct held_use *a, const struct held_use *b)
{
	struct alert alert = a->alert;

	/* It is listed without. */
	alert.evidence_count = b->alert.evidence_count;
	memcpy(alert.evidence, b->alert.evidence, sizeof(alert.evidence));
	return a->since_at == b->since_at && a->silence == b->silence &&
	       alert_equal(&alert, &b->alert);
}

static bool
held_agree(struct pair *pair)
{
	uint32_t iterator_a = 0;
	uint32_t iterator_b = 0;
	size_t count = 0;

	for (;; count++) {
		struct held_use a = {0};
		struct held_use b = {0};
		bool more_a = engine_held(pair->engine, &iterator_a, &a);
		bool more_b = model_held(pair->model, &iterator_b, &b);
		if (!more_a && !more_b)
			return engine_held_count(pair->engine) == count;
		if (more_a && more_b && held_equal(&a, &b))
			continue;
		fprintf(pair->out,
			"held: engine %s since %" PRId64 " by %" PRIu64
			", model %s since %" PRId64 " by %" PRIu64 "\n",
			more_a ? "one" : "none", a.since_at, a.silence,
			more_b ? "one" : "none", b.since_at, b.silence);
		if (more_a && more_b)
			alert_tell_difference(pair->out, "engine", &a.alert,
					      "model", &b.alert);
		return false;
	}
}

static bool
times_agree(struct pair *pair)
{
	if (engine_now(pair->engine) == model_now(pair->model) &&
	    engine_seq(pair->engine) == model_seq(pair->model))
		return true;
	fprintf(pair->out,
		"engine is at %" PRId64 " #%" PRIu64 ", model at %" PRId64
		" #%" PRIu64 "\n",
		engine_now(pair->engine), engine_seq(pair->engine),
		model_now(pair->model), model_seq(pair->model));
	return false;
}

/* What a timer says must have been announced as due, and a timer that is due
 * must not be left behind. */
static bool
due_sound(struct pair *pair, int64_t due, size_t from)
{
	int64_t now = engine_now(pair->engine);

	if (engine_due(pair->engine) <= now && now != TIME_UNSET) {
		fprintf(pair->out, "it is %" PRId64 ", a timer is left\n", now);
		return false;
	}
	/* Within a step of several reports others may have come to be due. */
	if (from == pair->engine_alerts.count || pair->engine_play.count > 1 ||
	    pair->engine_play.step.kind == STEP_CLOCK)
		return true;
	int64_t sent_at = pair->engine_alerts.all[from].sent_at;
	bool by_timer = sent_at < now ||
			pair->engine_play.step.kind == STEP_TICK ||
			pair->engine_play.step.kind == STEP_START;
	if (!by_timer || due <= sent_at)
		return true;
	fprintf(pair->out, "an alert at %" PRId64 ", due was %" PRId64 "\n",
		sent_at, due);
	return false;
}

/* The step's first report is judged before and after the same. */
static bool
judge_agrees(struct pair *pair, const struct receipt *judged)
{
	const struct play *play = &pair->engine_play;
	const struct receipt *given = &play->receipts[play->first];

	if (judged->verdict == VERDICT_NONE || given->verdict == VERDICT_BUSY ||
	    (judged->verdict == given->verdict &&
	     judged->reason == given->reason))
		return true;
	fprintf(pair->out, "judged %s %s, but became %s %s\n",
		verdict_name(judged->verdict), reason_name(judged->reason),
		verdict_name(given->verdict), reason_name(given->reason));
	return false;
}

/* Whether there may be too few of both, and who counts them another way names
 * the other one. */
static bool
may_be_either(enum pool_kind left, enum pool_kind right)
{
	return (left == POOL_GROUPS && right == POOL_BUCKETS) ||
	       (left == POOL_BUCKETS && right == POOL_GROUPS);
}

/* Both take the configuration, or neither, for the same reason. */
static bool
reloads_agree(struct pair *pair)
{
	const struct play *a = &pair->engine_play;
	const struct play *b = &pair->model_play;

	if (a->refused == b->refused && (!a->refused || a->full == b->full ||
					 may_be_either(a->full, b->full)))
		return true;
	fprintf(pair->out, "a reload: engine %s (%u), model %s (%u)\n",
		strerror(-a->refused), a->full, strerror(-b->refused), b->full);
	return false;
}

static enum difference
pair_step(struct pair *pair)
{
	const struct play *play = &pair->engine_play;
	size_t from = pair->model_alerts.count;
	if (play->step.kind == STEP_CLOCK)
		pair->stepped = from;
	if (play->step.kind == STEP_COMMAND &&
	    play->step.command->kind == COMMAND_SILENCE)
		pair->silent = true;
	/* Before there is a time nothing can be due at one. */
	int64_t due = engine_now(pair->engine) == TIME_UNSET
			      ? TIME_UNSET
			      : engine_due(pair->engine);
	struct receipt judged = {0};

	if (play->step.count > 0 &&
	    engine_part_of(play->step.reports) == pair->part)
		engine_judge(pair->engine, play->step.reports, &judged);
	play_step(&pair->engine_play, &engine_subject, pair->engine,
		  &pair->engine_alerts);
	play_step(&pair->model_play, &model_subject, pair->model,
		  &pair->model_alerts);
	if (!reloads_agree(pair))
		return DIFFERENT_ROOM;
	if (!receipts_agree(pair) || !judge_agrees(pair, &judged))
		return DIFFERENT_RECEIPTS;
	if (pair->engine_play.told != pair->model_play.told) {
		fprintf(pair->out,
			"the command: engine says #%" PRIu64 ", model #%" PRIu64
			"\n",
			pair->engine_play.told, pair->model_play.told);
		return DIFFERENT_ANSWERS;
	}
	if (!alerts_equal(pair->out, "engine", &pair->engine_alerts, "model",
			  &pair->model_alerts, from))
		return DIFFERENT_ALERTS;
	if (!alerts_sound(pair->out, &pair->model_alerts, from, pair->stepped,
			  pair->silent))
		return UNSOUND_ALERTS;
	if (!times_agree(pair) || !due_sound(pair, due, from))
		return DIFFERENT_TIMES;
	if (!pools_agree(pair))
		return DIFFERENT_POOLS;
	if (!rules_agree(pair))
		return DIFFERENT_RULES;
	if (!sums_agree(pair))
		return DIFFERENT_SUMS;
	if (!silences_agree(pair))
		return DIFFERENT_SILENCES;
	if (!held_agree(pair))
		return DIFFERENT_HELD;
	return open_agree(pair) ? NO_DIFFERENCE : DIFFERENT_OPEN;
}

/* Whether a reload took the report's agreement away. */
static bool
is_dropped(const struct play *play, size_t index, size_t until)
{
	const struct scenario *scenario = play->scenario;
	const char *id = scenario->items[index].report.agreement;

	for (size_t i = index; i <= until; i++) {
		const struct item *item = &scenario->items[i];
		const struct setup *setup = &scenario->setups[item->setup];
		bool listed = item->kind != STEP_CONFIG || item->setup == 0 ||
			      play->refusals[i];
		for (size_t k = 0; k < setup->agreements_count; k++)
			if (strcmp(setup->agreements[k].id, id) == 0)
				listed = true;
		if (!listed)
			return true;
	}
	return false;
}

/* The time of the records after an item. */
static int64_t
records_time(const struct item *item, int64_t now)
{
	const struct report *report = &item->report;
	int64_t time = now == TIME_UNSET ? 0 : now;

	if (item->kind == STEP_TICK)
		time = item->time_ms;
	else if (report->reported_at != TIME_UNSET)
		time = report->reported_at;
	else if (report->occurred_at != TIME_UNSET)
		time = report->occurred_at;
	return time > now ? time : now;
}

/* What a reload changed to, with room for all that stands, where nobody's party
 * is unknown. */
static void
setup_widen(struct scenario *scenario, size_t setup_index)
{
	struct setup *setup = &scenario->setups[0];
	struct scenario plain;

	scenario_init(&plain);
	scenario->limits = plain.limits;
	scenario->drill_limits = plain.drill_limits;
	*setup = scenario->setups[setup_index];
	for (size_t i = 0; i < setup->agreements_count; i++) {
		struct agreement *agreement = &setup->agreements[i];
		const char *parties[16] = {"other"};
		size_t count = agreement->parties_count;
		if (count == 0)
			continue;
		assert(count < LENGTH(parties));
		memcpy(parties + 1, agreement->parties,
		       count * sizeof(*parties));
		agreement->parties = list_keep(parties, count + 1).names;
		agreement->parties_count = count + 1;
	}
}

/* The stream up to a reload as it would have been with what that changes to
 * from the start: reports that stand, and the time. */
static void
scenario_always(struct scenario *always, const struct play *play)
{
	size_t reload = play->first;
	bool by_records = always->clock == CLOCK_RECORDS;
	int64_t now = TIME_UNSET;

	setup_widen(always, always->items[reload].setup);
	always->items_count = reload + 1;
	for (size_t i = 0; i <= reload; i++) {
		struct item *item = &always->items[i];
		bool taken = item->kind == STEP_REPORTS &&
			     play->receipts[i].verdict == VERDICT_ACCEPTED;
		if (by_records && (taken || item->kind == STEP_TICK))
			now = records_time(item, now);
		item->busy = !taken || is_dropped(play, i, reload);
		if (item->kind == STEP_COMMAND || item->kind == STEP_CONFIG) {
			item->kind = STEP_START;
			item->ran_until = item->time_ms;
		} else if (by_records && taken && item->busy) {
			/* It has moved the time. */
			item->kind = STEP_TICK;
			item->time_ms = now;
		}
	}
}

/* A configuration as if it had always been so. */
struct always {
	struct scenario scenario;
	struct configuration configuration;
	struct model *model;
};

/* False: something that stands would not be accepted. Findings of which nothing
 * counts any more are as if they were withdrawn. */
static bool
always_run(struct always *always, enum engine_part part)
{
	struct scenario *scenario = &always->scenario;
	struct alerts alerts = {0};
	struct play play;
	bool all = true;
	bool again = false;

	always->configuration = scenario_configuration(scenario, 0);
	if (model_new(&always->model, &always->configuration, part) < 0)
		abort();
	play_init(&play, scenario, part);
	while (play_next(&play, &alerts))
		play_step(&play, &model_subject, always->model, &alerts);
	for (size_t i = 0; i < scenario->items_count; i++) {
		struct item *item = &scenario->items[i];
		if (item->kind != STEP_REPORTS || item->busy ||
		    play.receipts[i].verdict == VERDICT_ACCEPTED)
			continue;
		all = false;
		if (play.receipts[i].reason == REASON_NO_STANDING) {
			item->report.assessment = ASSESSMENT_WITHDRAWN;
			again = true;
		}
	}
	play_done(&play);
	free(alerts.all);
	if (!again)
		return all;
	model_free(always->model);
	return always_run(always, part);
}

static bool
has_ungrouped(const struct model *model, size_t rule)
{
	struct rule_use use;

	model_rule_use(model, rule, &use);
	return use.ungrouped > 0;
}

/* Each group of one model has the same sums in the other; where there is
 * nothing in it, there may be no group. */
static bool
sums_cover(const struct model *a, const struct model *b,
	   const struct configuration *configuration, FILE *out)
{
	const char *values[GROUP_BY_MAX];
	const char *agreement;
	size_t rule;

	for (size_t i = 0; model_group(a, i, &rule, &agreement, values); i++) {
		struct sums sums_a = {0};
		struct sums sums_b = {0};
		/* What is no event is watched from the reload on. */
		if (!rule_counts_events(&configuration->rules[rule]) ||
		    has_ungrouped(a, rule) || has_ungrouped(b, rule))
			continue;
		model_sums(a, rule, agreement, values, &sums_a);
		model_sums(b, rule, agreement, values, &sums_b);
		if (sums_equal(&sums_a, &sums_b))
			continue;
		fprintf(out,
			"sums of %s, %s after a reload are not as if it had "
			"always been so: upper %" PRIu64 ", not %" PRIu64 "\n",
			configuration->rules[rule].name, agreement,
			sums_a.by_basis[3], sums_b.by_basis[3]);
		return false;
	}
	return true;
}

/* After a reload all sums are as if the configuration had always been the new
 * one. */
static bool
sums_are_as_always(struct pair *pair)
{
	const struct play *play = &pair->model_play;
	struct always always = {0};
	bool same = true;

	scenario_copy(&always.scenario, play->scenario);
	scenario_always(&always.scenario, play);
	if (always_run(&always, pair->part)) {
		same = sums_cover(pair->model, always.model, play->next,
				  pair->out) &&
		       sums_cover(always.model, pair->model, play->next,
				  pair->out);
		pair->as_always++;
	} else {
		pair->not_as_always++;
	}
	scenario_done(&always.scenario);
	model_free(always.model);
	return same;
}

static void
pair_see(const struct pair *pair, struct coverage *coverage)
{
	uint64_t *seen = coverage->seen;

	for (size_t i = 0; i < pair->model_alerts.count; i++) {
		const struct alert *alert = &pair->model_alerts.all[i];
		alert_see(alert,
			  alert->references_seq
				  ? &pair->model_alerts
					     .all[alert->references_seq - 1]
				  : NULL,
			  pair->part, seen);
	}
	for (size_t i = 0; i < pair->scenario->items_count; i++)
		receipt_see(&pair->model_play.receipts[i],
			    pair->scenario->items[i].report.type, seen);
	model_see(pair->model, seen);
	told_add(&coverage->told, model_told(pair->model));
}

/* Both made; false if they do not agree that there is room. */
static bool
pair_new(struct pair *pair, const struct configuration *configuration,
	 bool *ret_none)
{
	void *engine = NULL;
	void *model = NULL;
	int a = engine_subject.new(&engine, configuration, pair->part);
	int b = model_subject.new(&model, configuration, pair->part);

	*ret_none = b < 0;
	pair->engine = engine;
	pair->model = model;
	if (a == b)
		return true;
	fprintf(pair->out, "a new engine: %s; a new model: %s\n", strerror(-a),
		strerror(-b));
	return false;
}

static enum difference
engine_compare(struct scenario *scenario, enum engine_part part, FILE *out,
	       struct coverage *coverage)
{
	struct configuration configuration =
		scenario_configuration(scenario, 0);
	struct pair pair = {.scenario = scenario, .part = part, .out = out};
	enum difference difference = NO_DIFFERENCE;
	bool none;

	if (!pair_new(&pair, &configuration, &none))
		difference = DIFFERENT_ROOM;
	play_init(&pair.engine_play, scenario, part);
	play_init(&pair.model_play, scenario, part);
	while (!difference && !none &&
	       play_next(&pair.engine_play, &pair.engine_alerts)) {
		play_next(&pair.model_play, &pair.model_alerts);
		difference = pair_step(&pair);
		if (!difference && pair.model_play.next &&
		    !pair.model_play.refused && !sums_are_as_always(&pair))
			difference = DIFFERENT_FROM_ALWAYS;
		if (difference)
			fprintf(out, "at item %zu, %s part\n",
				pair.engine_play.first + 1,
				part == ENGINE_REAL ? "real" : "drill");
	}
	if (coverage && none)
		coverage->seen[SEEN_NO_SPACE]++;
	else if (coverage && !difference)
		pair_see(&pair, coverage);
	if (coverage)
		coverage->seen[SEEN_AS_ALWAYS] += pair.as_always;
	if (coverage)
		coverage->not_as_always += pair.not_as_always;
	play_done(&pair.engine_play);
	play_done(&pair.model_play);
	free(pair.engine_alerts.all);
	free(pair.model_alerts.all);
	engine_free(pair.engine);
	model_free(pair.model);
	return difference;
}

/* Ways to tell the same story. */
enum variation {
	ONE_BY_ONE,
	JOINED, /* all that may be in one step is */
	CUT_ANYWHERE,
	WITHOUT_DRILLS, /* and what officers do about them */
	WITHOUT_TICKS,	/* but the last; they move a records clock */
	RESTORED,	/* the same stream, with the engine put back */
	VARIATIONS
};

static const char *
variation_name(enum variation variation)
{
	static const char *const names[VARIATIONS] = {
		[ONE_BY_ONE] = "one report a step",
		[JOINED] = "as few steps as can be",
		[CUT_ANYWHERE] = "cut elsewhere",
		[WITHOUT_DRILLS] = "without drills",
		[WITHOUT_TICKS] = "without ticks",
		[RESTORED] = "to an engine that is put back",
	};

	return names[variation];
}

/* Under a records clock a step's time says nothing. */
static bool
may_join(const struct scenario *scenario, const struct item *item,
	 const struct item *first)
{
	return item->kind == STEP_REPORTS && first->kind == STEP_REPORTS &&
	       (item->time_ms == first->time_ms ||
		scenario->clock == CLOCK_RECORDS);
}

static void
scenario_cut(struct scenario *scenario, enum variation variation)
{
	size_t first = 0;
	uint64_t random = 88172645463325252;

	for (size_t i = 1; i < scenario->items_count; i++) {
		struct item *item = &scenario->items[i];
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		item->joined =
			may_join(scenario, item, &scenario->items[first]) &&
			(variation == JOINED ||
			 (variation == CUT_ANYWHERE && random % 3 > 0));
		if (!item->joined)
			first = i;
	}
}

/* Not the first, from which on somebody is expected, nor the last, nor where a
 * start comes later, for which reminders are overdue then depends on it, nor
 * before the clock is set back, for what was due is due no more then, nor
 * before a reload, which finds what timers have left. */
static bool
may_drop_tick(const struct scenario *scenario, size_t index)
{
	bool last = index + 1 == scenario->items_count;
	bool first = true;

	if (!last && scenario->items[index + 1].kind == STEP_CONFIG)
		return false;
	for (size_t i = 0; i < index; i++)
		first = first && scenario->items[i].kind == STEP_REPORTS;
	for (size_t i = index; i < scenario->items_count; i++)
		if (scenario->items[i].kind == STEP_START ||
		    scenario->items[i].kind == STEP_CLOCK)
			return false;
	return scenario->items[index].kind == STEP_TICK && !first && !last &&
	       scenario->clock == CLOCK_WALL;
}

static bool
is_drill(const struct item *item)
{
	return item->kind == STEP_REPORTS &&
	       engine_part_of(&item->report) == ENGINE_DRILL;
}

static void
scenario_thin(struct scenario *scenario, enum variation variation)
{
	size_t kept = 0;

	for (size_t i = 0; i < scenario->items_count; i++) {
		struct item *item = &scenario->items[i];
		/* The time of a command is that of both parts. */
		if (variation == WITHOUT_DRILLS && item->kind == STEP_COMMAND &&
		    item->part == ENGINE_DRILL)
			item->kind = STEP_CONFIG;
		if (variation == WITHOUT_DRILLS ? is_drill(item)
						: may_drop_tick(scenario, i))
			continue;
		scenario->items[kept] = *item;
		scenario->items[kept++].joined = false;
	}
	scenario->items_count = kept;
}

static bool
variation_holds(const struct scenario *scenario, const struct alerts *expected,
		enum engine_part part, enum variation variation, FILE *out)
{
	struct scenario varied;
	struct alerts alerts;

	scenario_copy(&varied, scenario);
	switch (variation) {
	case ONE_BY_ONE:
	case JOINED:
	case CUT_ANYWHERE:
		scenario_cut(&varied, variation);
		break;
	case WITHOUT_DRILLS:
	case WITHOUT_TICKS:
		scenario_thin(&varied, variation);
		break;
	case RESTORED:
		break;
	case VARIATIONS:
		abort();
	}
	subject_run(variation == RESTORED ? &restored_subject : &engine_subject,
		    &varied, part, &alerts);
	bool holds =
		alerts_equal(out, "stream", expected, "variation", &alerts, 0);
	if (!holds)
		fprintf(out, "when told %s\n", variation_name(variation));
	free(alerts.all);
	scenario_done(&varied);
	return holds;
}

enum difference
scenario_check(struct scenario *scenario, FILE *out, struct coverage *coverage)
{
	struct alerts alerts;
	enum difference difference =
		engine_compare(scenario, ENGINE_REAL, out, coverage);

	if (!difference)
		difference =
			engine_compare(scenario, ENGINE_DRILL, out, coverage);
	if (difference)
		return difference;
	for (int part = ENGINE_REAL; !difference && part <= ENGINE_DRILL;
	     part++) {
		if (!subject_run(&engine_subject, scenario,
				 (enum engine_part)part, &alerts))
			continue;
		for (int i = 0; !difference && i < VARIATIONS; i++)
			if ((part == ENGINE_REAL || i != WITHOUT_DRILLS) &&
			    !variation_holds(scenario, &alerts,
					     (enum engine_part)part,
					     (enum variation)i, out))
				difference = (enum difference)(
					DIFFERENT_WHEN_VARIED + i);
		free(alerts.all);
	}
	return difference;
}

/* One `receipt' or `alert' line against what came. */
static bool
line_holds(const char *line, const struct alert *alert,
	   const struct receipt *receipt, FILE *out)
{
	char copy[LINE_SIZE];
	char value[LINE_SIZE];
	char *rest = copy;
	char *key;
	char *wanted;
	bool holds = true;

	snprintf(copy, sizeof(copy), "%s", line);
	while (line_pair(&rest, &key, &wanted)) {
		if (strcmp(key, "part") == 0)
			continue;
		bool known =
			alert ? alert_value(alert, key, value, sizeof(value))
			      : receipt_value(receipt, key, value,
					      sizeof(value));
		if (known && strcmp(value, wanted) == 0)
			continue;
		fprintf(out, "  %s: expected `%s', got `%s'\n", key, wanted,
			known ? value : "(unknown key)");
		holds = false;
	}
	return holds;
}

/* The alerts that the step's items tell, against those that came. */
static bool
step_alerts_hold(const struct play *play, enum engine_part part,
		 const struct alerts *alerts, size_t from, FILE *out)
{
	char lines[16 * LINE_SIZE];
	bool holds = true;

	for (size_t i = play->first; i < play->first + play->count; i++) {
		const char *told = play->scenario->items[i].alerts;
		snprintf(lines, sizeof(lines), "%s", told ? told : "");
		char *rest = lines;
		char *line;
		while ((line = strsep(&rest, "\n")) && rest) {
			bool drill = strstr(line, "part=drill");
			if (drill != (part == ENGINE_DRILL))
				continue;
			if (from == alerts->count) {
				fprintf(out, "  missing: alert %s\n", line);
				return false;
			}
			bool same =
				line_holds(line, &alerts->all[from], NULL, out);
			if (!same)
				alert_write(out, &alerts->all[from]);
			holds = holds && same;
			from++;
		}
	}
	for (; from < alerts->count; from++) {
		fprintf(out, "  not expected: ");
		alert_write(out, &alerts->all[from]);
		holds = false;
	}
	return holds;
}

static bool
step_receipts_hold(const struct play *play, enum engine_part part, FILE *out)
{
	bool holds = true;

	for (size_t i = play->first; i < play->first + play->count; i++) {
		const struct item *item = &play->scenario->items[i];
		if (item->receipt && engine_part_of(&item->report) == part)
			holds = line_holds(item->receipt, NULL,
					   &play->receipts[i], out) &&
				holds;
	}
	return holds;
}

static bool
case_holds_for(struct scenario *scenario, const struct subject *subject,
	       enum engine_part part, FILE *out)
{
	struct configuration configuration =
		scenario_configuration(scenario, 0);
	struct alerts alerts = {0};
	struct play play;
	bool holds = true;
	void *it;

	int error = subject->new (&it, &configuration, part);
	if (scenario->refused != (error == -ENOSPC)) {
		fprintf(out, "%s: %s: %s\n", scenario->title, subject->name,
			strerror(-error));
		return false;
	}
	if (error < 0)
		return true;
	play_init(&play, scenario, part);
	while (holds && play_next(&play, &alerts)) {
		size_t from = alerts.count;
		play_step(&play, subject, it, &alerts);
		holds = step_receipts_hold(&play, part, out) &&
			(!scenario->tells_alerts ||
			 step_alerts_hold(&play, part, &alerts, from, out));
	}
	if (!holds)
		fprintf(out, "%s: %s, item %zu\n", scenario->title,
			subject->name, play.first + 1);
	play_done(&play);
	free(alerts.all);
	subject->free(it);
	return holds;
}

bool
case_holds(struct scenario *scenario, FILE *out)
{
	bool holds = true;

	for (int part = ENGINE_REAL; part <= ENGINE_DRILL; part++) {
		holds = case_holds_for(scenario, &model_subject,
				       (enum engine_part)part, out) &&
			holds;
		holds = case_holds_for(scenario, &engine_subject,
				       (enum engine_part)part, out) &&
			holds;
	}
	return holds;
}
