#include "core/alerts.h"

#include <assert.h>
#include <string.h>

/* A row reads: this turn is told as that cause, in a message of that type,
 * and the alert is then in that state. */
static const struct turn_meaning meanings[TURNS] = {
	[TURN_CROSSED] = {CAUSE_CROSSED, MSG_TYPE_ALERT, ALERT_FIRING},
	[TURN_LEVEL_UP] = {CAUSE_LEVEL_UP, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_LEVEL_DOWN] = {CAUSE_LEVEL_DOWN, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_CERTAINTY] = {CAUSE_CERTAINTY, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_SILENCE_ENDED] = {CAUSE_SILENCE_ENDED, MSG_TYPE_UPDATE,
				ALERT_FIRING},
	[TURN_ESCALATED] = {CAUSE_ESCALATED, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_REMINDER] = {CAUSE_REMINDER, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_PROGRESS] = {CAUSE_PROGRESS, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_CLEARED] = {CAUSE_CLEARED, MSG_TYPE_UPDATE, ALERT_RESOLVED},
	[TURN_CORRECTED] = {CAUSE_CORRECTED, MSG_TYPE_UPDATE, ALERT_FIRING},
	[TURN_REVISED] = {CAUSE_CORRECTED, MSG_TYPE_UPDATE, ALERT_RESOLVED},
	[TURN_SURER] = {CAUSE_CERTAINTY, MSG_TYPE_UPDATE, ALERT_RESOLVED},
	[TURN_CANCELLED] = {CAUSE_CORRECTED, MSG_TYPE_CANCEL, ALERT_CANCELLED},
	[TURN_ACKNOWLEDGED] = {CAUSE_ACKNOWLEDGED, MSG_TYPE_UPDATE,
			       ALERT_FIRING},
	[TURN_RETRACTED] = {CAUSE_RETRACTED, MSG_TYPE_CANCEL, ALERT_CANCELLED},
	[TURN_RULE_CHANGED] = {CAUSE_RULE_CHANGED, MSG_TYPE_UPDATE,
			       ALERT_RESOLVED},
};

const struct turn_meaning *
turn_meaning(enum turn turn)
{
	assert(turn > TURN_NONE && turn < TURNS);
	return &meanings[turn];
}

/* A statistic must exceed a published bound, a count reach a level. */
static bool
is_reached(const struct rule *rule, double value, const struct level *level)
{
	return rule->kind == RULE_SPIKE ? value > level->at
					: value >= level->at;
}

int
rule_level_met(const struct rule *rule, double value)
{
	int level = (int)rule->levels_count - 1;

	while (level >= 0 && !is_reached(rule, value, &rule->levels[level]))
		level--;
	return level;
}

bool
rule_is_met(const struct rule *rule, double value)
{
	return is_reached(rule, value, &rule->levels[0]);
}

/* How sure it is that the value reaches `at`. */
static enum certainty
certainty_for(const struct rule *rule, const struct window *window, double at)
{
	const struct level threshold = {.at = at};

	if (is_reached(rule, window->values[BASIS_CONFIRMED], &threshold))
		return CERTAINTY_OBSERVED;
	if (is_reached(rule, window->values[BASIS_SUPPORTED], &threshold))
		return CERTAINTY_LIKELY;
	return CERTAINTY_POSSIBLE;
}

/* Between clear and at it may fall but not rise; below clear it stays. */
static enum certainty
certainty_at(const struct rule *rule, int level, const struct window *window,
	     enum certainty before)
{
	const struct level *held = &rule->levels[level];
	double value = rule_value(rule, window);

	if (is_reached(rule, value, held))
		return certainty_for(rule, window, held->at);
	if (value < held->clear)
		return before;
	enum certainty now = certainty_for(rule, window, held->clear);
	return now < before ? now : before;
}

static void
clocks_stop(struct episode *episode, int above)
{
	for (int level = above + 1; level < LEVELS_MAX; level++)
		episode->below_since[level] = TIME_UNSET;
}

/* Each level held, or below one held, knows since when it is below clear. */
static void
clocks_set(struct episode *episode, const struct rule *rule, double value,
	   int64_t now)
{
	for (int level = 0; level <= episode->held; level++) {
		if (value >= rule->levels[level].clear)
			episode->below_since[level] = TIME_UNSET;
		else if (episode->below_since[level] == TIME_UNSET)
			episode->below_since[level] = now;
	}
}

/* The highest level not left yet, or -1. */
static int
level_kept(const struct episode *episode, const struct rule *rule, int64_t now)
{
	int level = episode->held;

	while (level >= 0 && episode->below_since[level] != TIME_UNSET &&
	       now - episode->below_since[level] >= rule->keep_firing_ms)
		level--;
	return level;
}

void
episode_begin(struct episode *episode, const struct rule *rule,
	      const struct window *window, int64_t now)
{
	int level = rule_level_met(rule, rule_value(rule, window));

	assert(level >= 0);
	episode->held = (uint8_t)level;
	episode->highest = (uint8_t)level;
	episode->certainty =
		(uint8_t)certainty_for(rule, window, rule->levels[level].at);
	episode->witness = *window;
	episode->acknowledged_at = TIME_UNSET;
	episode->unacknowledged_since = now;
	episode->changed_at = now;
	episode->withheld_since = TIME_UNSET;
	clocks_stop(episode, -1);
}

bool
rule_is_left(const struct rule *rule, double value, int64_t now,
	     int64_t *below_since)
{
	if (value >= rule->levels[0].clear)
		*below_since = TIME_UNSET;
	else if (*below_since == TIME_UNSET)
		*below_since = now;
	return *below_since != TIME_UNSET &&
	       (now - *below_since >= rule->keep_firing_ms ||
		rule->window_kind == WINDOW_AGREEMENT);
}

void
episode_acknowledge(struct episode *episode, name_number by, int64_t now,
		    int64_t for_ms)
{
	episode->acknowledged_by = by;
	episode->acknowledged_at = now;
	episode->acknowledged_until = for_ms > 0 ? now + for_ms : TIME_NEVER;
	episode->urgent = false;
}

static void
acknowledgement_end(struct episode *episode, int64_t at)
{
	if (!episode_is_acknowledged(episode))
		return;
	episode->acknowledged_at = TIME_UNSET;
	episode->acknowledged_by = 0;
	episode->unacknowledged_since = at;
}

static enum turn
level_change(struct episode *episode, const struct rule *rule,
	     const struct window *window, int level, int64_t now)
{
	enum turn turn =
		level > episode->held ? TURN_LEVEL_UP : TURN_LEVEL_DOWN;

	episode->certainty =
		(uint8_t)certainty_at(rule, level, window,
				      (enum certainty)episode->certainty);
	if (level > episode->held)
		acknowledgement_end(episode, now);
	episode->held = (uint8_t)level;
	episode->changed_at = now;
	clocks_stop(episode, level);
	if (level > episode->highest) {
		episode->highest = (uint8_t)level;
		episode->witness = *window;
		episode->witness_changed = false;
	}
	return turn;
}

static int64_t
earlier(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static int64_t
later(int64_t left, int64_t right)
{
	return left > right ? left : right;
}

int64_t
episode_escalates_at(const struct episode *episode, const struct rule *rule)
{
	if (rule->escalate_after_ms == 0 || episode->escalated ||
	    episode_is_acknowledged(episode))
		return TIME_NEVER;
	return episode->unacknowledged_since + rule->escalate_after_ms;
}

int64_t
episode_reminds_at(const struct episode *episode, const struct rule *rule,
		   int64_t remind_from)
{
	if (rule->remind_ms == 0 || episode_is_acknowledged(episode))
		return TIME_NEVER;
	return later(episode->last_message_at + rule->remind_ms, remind_from);
}

static int64_t
progress_due(const struct episode *episode, const struct rule *rule,
	     const struct window *window)
{
	if (rule->update_every_ms == 0 ||
	    memcmp(window->sums.by_basis, episode->last_four,
		   sizeof(episode->last_four)) == 0)
		return TIME_NEVER;
	return episode->last_message_at + rule->update_every_ms;
}

/* What time alone brings, while the level and the certainty stay. */
static enum turn
time_turn(struct episode *episode, const struct rule *rule,
	  const struct window *window, int64_t now, int64_t remind_from)
{
	if (episode_escalates_at(episode, rule) <= now) {
		episode->escalated = true;
		episode->urgent = true;
		return TURN_ESCALATED;
	}
	if (episode_reminds_at(episode, rule, remind_from) <= now)
		return TURN_REMINDER;
	if (progress_due(episode, rule, window) <= now)
		return TURN_PROGRESS;
	return TURN_NONE;
}

int64_t
episode_due(const struct episode *episode, const struct rule *rule,
	    const struct window *window, int64_t remind_from)
{
	int64_t below = episode->below_since[episode->held];
	int64_t due = episode_escalates_at(episode, rule);

	due = earlier(due, episode_reminds_at(episode, rule, remind_from));
	due = earlier(due, progress_due(episode, rule, window));
	if (below != TIME_UNSET)
		due = earlier(due, below + rule->keep_firing_ms);
	if (episode_is_acknowledged(episode))
		due = earlier(due, episode->acknowledged_until);
	return due;
}

enum turn
episode_turn(struct episode *episode, const struct rule *rule,
	     const struct window *window, int64_t now, int64_t remind_from)
{
	double value = rule_value(rule, window);
	int met = rule_level_met(rule, value);

	assert(episode->state == EPISODE_OPEN);
	if (episode->acknowledged_until <= now)
		acknowledgement_end(episode, episode->acknowledged_until);
	clocks_set(episode, rule, value, now);
	int kept = level_kept(episode, rule, now);
	if (kept < 0)
		return TURN_CLEARED;
	if (met > episode->held)
		return level_change(episode, rule, window, met, now);
	if (kept < episode->held)
		return level_change(episode, rule, window, kept, now);

	enum certainty certainty =
		certainty_at(rule, episode->held, window,
			     (enum certainty)episode->certainty);
	if (certainty != (enum certainty)episode->certainty) {
		episode->certainty = (uint8_t)certainty;
		episode->changed_at = now;
		return TURN_CERTAINTY;
	}
	if (episode->released)
		return TURN_SILENCE_ENDED;
	return time_turn(episode, rule, window, now, remind_from);
}

bool
episode_is_doubtful(const struct episode *episode, const struct rule *rule)
{
	return episode->witness_changed ||
	       !is_reached(rule, rule_value(rule, &episode->witness),
			   &rule->levels[episode->highest]);
}

enum turn
episode_correct(struct episode *episode, const struct rule *rule,
		const struct window *peak, int64_t now)
{
	int met = rule_level_met(rule, rule_value(rule, peak));
	bool open = episode->state == EPISODE_OPEN;

	episode->witness = *peak;
	episode->witness_changed = false;
	if (met >= episode->highest)
		return TURN_NONE;
	if (met < 0)
		return TURN_CANCELLED;
	if (open && episode->held < met)
		met = episode->held;
	episode->held = (uint8_t)met;
	episode->highest = (uint8_t)met;
	episode->certainty =
		(uint8_t)certainty_for(rule, peak, rule->levels[met].at);
	episode->changed_at = now;
	clocks_stop(episode, met);
	return open ? TURN_CORRECTED : TURN_REVISED;
}

enum turn
episode_reassess(struct episode *episode, const struct rule *rule,
		 const struct window *window)
{
	enum certainty before = (enum certainty)episode->certainty;
	enum certainty now =
		certainty_for(rule, window, rule->levels[episode->held].at);

	/* More than was announced is not told without room to reopen it. */
	if (rule_level_met(rule, rule_value(rule, window)) > episode->highest)
		return TURN_NONE;
	episode->certainty = (uint8_t)now;
	if (now == before)
		return TURN_NONE;
	return now < before ? TURN_REVISED : TURN_SURER;
}

bool
episode_may_withhold(const struct episode *episode, enum turn turn)
{
	switch (turn) {
	case TURN_CROSSED:
	case TURN_LEVEL_UP:
	case TURN_LEVEL_DOWN:
	case TURN_CERTAINTY:
	case TURN_SILENCE_ENDED:
	case TURN_ESCALATED:
	case TURN_REMINDER:
	case TURN_PROGRESS:
		return true;
	case TURN_CORRECTED:
		/* Of a level that was itself held back. */
		return episode->highest + 1 >= episode->announced;
	case TURN_CLEARED:
	case TURN_REVISED:
	case TURN_SURER:
	case TURN_CANCELLED:
	case TURN_RULE_CHANGED:
		return episode->announced == 0;
	case TURN_ACKNOWLEDGED:
	case TURN_RETRACTED:
	case TURN_NONE:
	case TURNS:
		break;
	}
	return false;
}

void
episode_withhold(struct episode *episode, int64_t now)
{
	episode->released = false;
	if (!episode_is_withheld(episode))
		episode->withheld_since = now;
}

/* A level that was entered and left again while it was held back was never
 * announced, and is not to be corrected. */
void
episode_announce(struct episode *episode)
{
	uint8_t before = episode->announced ? episode->announced - 1 : 0;

	episode->released = false;
	episode->withheld_since = TIME_UNSET;
	if (before < episode->highest)
		episode->highest = before;
	if (episode->held > episode->highest)
		episode->highest = episode->held;
	episode->announced = episode->highest + 1;
}

static bool
is_over(enum turn turn)
{
	enum alert_state state = turn_meaning(turn)->state;

	return state != ALERT_FIRING;
}

void
episode_tell(const struct episode *episode, const struct rule *rule,
	     enum turn turn, struct alert *alert)
{
	const struct turn_meaning *meaning = turn_meaning(turn);
	const struct level *level = &rule->levels[episode->held];

	alert->cause = meaning->cause;
	alert->msg_type = meaning->msg_type;
	alert->state = meaning->state;
	alert->severity = level->severity;
	alert->certainty = (enum certainty)episode->certainty;
	alert->threshold = level->at;
	if (is_over(turn))
		alert->urgency = URGENCY_PAST;
	else if (level->severity >= SEVERITY_SEVERE || episode->urgent)
		alert->urgency = URGENCY_IMMEDIATE;
	else if (level->at < 0) /* a deadline nears */
		alert->urgency = URGENCY_FUTURE;
	else
		alert->urgency = URGENCY_EXPECTED;
}
