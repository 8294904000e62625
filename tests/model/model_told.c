#include "model_told.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const windows[TOLD_WINDOWS] = {
	[WINDOW_DURATION] = "duration",
	[WINDOW_AGREEMENT] = "agreement",
	[WINDOW_EVENT] = "event",
	[WINDOW_LATEST] = "latest",
	[WINDOW_NONE] = "",
};

static void
matches_note(uint64_t *matches, const struct match *match)
{
	const bool asked[TOLD_MATCHES] = {
		match->agreement.count > 0,
		match->source.count > 0,
		match->feed.count > 0,
		match->party.count > 0,
		match->against.count > 0,
		match->country.count > 0,
		match->admin.count > 0,
		match->kinds != 0,
		match->targets != 0,
		match->disputed != EITHER,
		match->min_assessment != ASSESSMENT_UNSPECIFIED,
		match->min_attribution != ATTRIBUTION_UNSPECIFIED,
		match->min_sources > 0,
	};

	for (size_t i = 0; i < TOLD_MATCHES; i++)
		matches[i] += asked[i];
}

void
told_note(struct model_told *told, const struct rule *rule,
	  const struct alert *alert)
{
	told->turns[rule->kind][rule->window_kind][alert->cause]
		   [alert->state]++;
	matches_note(told->matches, &rule->match);
	for (size_t i = 0; i < rule->group_by_count; i++)
		told->labels[rule->group_by[i]]++;
	if (!rule_counts_events(rule))
		return;
	told->measures[rule->measure]++;
	told->bases[rule->basis]++;
	told->times[rule->time]++;
}

void
told_note_held(struct model_told *told, const struct rule *rule,
	       const struct silence *silence)
{
	told->held[rule->kind]++;
	for (size_t i = 0; i < silence->matchers_count; i++)
		for (size_t k = 0; k < rule->group_by_count; k++)
			told->held_by[rule->group_by[k]] +=
				strcmp(silence->matchers[i].name,
				       field_name(rule->group_by[k])) == 0;
}

void
told_add(struct model_told *told, const struct model_told *other)
{
	uint64_t *to = (uint64_t *)told;
	const uint64_t *from = (const uint64_t *)other;

	for (size_t i = 0; i < sizeof(*told) / sizeof(*to); i++)
		to[i] += from[i];
}

/* Whether a rule of that kind may have that window. */
static bool
window_exists(enum rule_kind kind, enum window_kind window)
{
	switch (kind) {
	case RULE_THRESHOLD:
		return window <= WINDOW_EVENT;
	case RULE_SPIKE:
		return window == WINDOW_DURATION;
	case RULE_TALLY:
		return window == WINDOW_DURATION || window == WINDOW_LATEST;
	case RULE_DISCREPANCY:
		return window == WINDOW_LATEST;
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
		return window == WINDOW_NONE;
	case RULE_KINDS:
		break;
	}
	return false;
}

/* Whether an alert that fires may say so, of a rule of that kind and window. */
static bool
cause_exists(enum rule_kind kind, enum window_kind window, enum cause cause)
{
	bool slides = window == WINDOW_DURATION || window == WINDOW_LATEST;

	switch (cause) {
	case CAUSE_CROSSED:
	case CAUSE_REMINDER:
	case CAUSE_ESCALATED:
	case CAUSE_ACKNOWLEDGED:
	case CAUSE_SILENCE_ENDED:
		return true;
	case CAUSE_LEVEL_UP:
		/* One level, and there is no other. */
		return kind != RULE_ABSENCE;
	case CAUSE_LEVEL_DOWN:
		return slides || kind == RULE_DEADLINE || kind == RULE_FEED_GAP;
	case CAUSE_CERTAINTY:
	case CAUSE_CORRECTED:
		return window != WINDOW_NONE;
	case CAUSE_PROGRESS:
		return kind != RULE_ABSENCE && kind != RULE_DEADLINE;
	case CAUSE_CLEARED:
	case CAUSE_RETRACTED:
	case CAUSE_RULE_CHANGED:
	case CAUSE_UNSPECIFIED:
	case CAUSES:
		break;
	}
	return false;
}

static bool
turn_exists(enum rule_kind kind, enum window_kind window, enum cause cause,
	    enum alert_state state)
{
	if (!window_exists(kind, window))
		return false;
	if (state == ALERT_FIRING)
		return cause_exists(kind, window, cause);
	if (state == ALERT_CANCELLED)
		return cause == CAUSE_RETRACTED ||
		       (cause == CAUSE_CORRECTED && window != WINDOW_NONE);
	return state == ALERT_RESOLVED &&
	       (cause == CAUSE_RULE_CHANGED ||
		(cause == CAUSE_CLEARED && window != WINDOW_AGREEMENT &&
		 window != WINDOW_EVENT) ||
		(cause == CAUSE_CERTAINTY && window == WINDOW_EVENT) ||
		/* What nothing leaves ends by a correction alone. */
		(cause == CAUSE_CORRECTED && window != WINDOW_AGREEMENT &&
		 window != WINDOW_NONE));
}

static bool
turn_tell(const struct model_told *told, enum rule_kind kind,
	  enum window_kind window, enum cause cause)
{
	static const char *const states[] = {"", "", " resolved", " cancelled"};
	const uint64_t *counts = told->turns[kind][window][cause];
	bool all = true;

	for (int state = ALERT_FIRING; state < TOLD_STATES; state++) {
		bool exists = turn_exists(kind, window, cause,
					  (enum alert_state)state);
		if (exists || counts[state] > 0)
			printf("%10" PRIu64 " %s %s: %s%s%s\n", counts[state],
			       rule_kind_name(kind), windows[window],
			       cause_name(cause), states[state],
			       exists ? "" : ", which there is not");
		all = all && exists == (counts[state] > 0);
	}
	return all;
}

typedef const char *(*naming)(size_t index);

static const char *
name_of_measure(size_t index)
{
	return measure_name((enum measure)index);
}

static const char *
name_of_basis(size_t index)
{
	return basis_name((enum basis)index);
}

static const char *
name_of_time(size_t index)
{
	static const char *const names[] = {"occurred", "reported", "received"};

	return names[index];
}

static const char *
name_of_label(size_t index)
{
	return index == FIELDS ? "" : field_name((enum field)index);
}

static const char *
name_of_match(size_t index)
{
	static const char *const names[TOLD_MATCHES] = {
		"agreement",  "source",	  "feed",	    "party",
		"against",    "country",  "admin",	    "kind",
		"target",     "disputed", "min_assessment", "min_attribution",
		"min_sources"};

	return names[index];
}

static const char *
name_of_kind(size_t index)
{
	return rule_kind_name((enum rule_kind)index);
}

static const char *
name_of_command(size_t index)
{
	static const char *const names[TOLD_COMMANDS] = {
		"",	     "acknowledge",  "retract",	       "silence",
		"unsilence", "deadline_met", "deadline_unmet", "deadline_due"};

	return names[index];
}

static bool
counts_tell(const char *what, const uint64_t *counts, size_t count,
	    naming name_of)
{
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		const char *name = name_of(i);
		/* FIELDS and COMMAND_NONE are none. */
		if (name[0] == '\0')
			continue;
		printf("%10" PRIu64 " %s %s\n", counts[i], what, name);
		all = all && counts[i] > 0;
	}
	return all;
}

static bool
commands_tell(const struct model_told *told)
{
	static const char *const parts[TOLD_PARTS] = {"real", "drill's"};
	bool all = true;

	for (size_t part = 0; part < TOLD_PARTS; part++) {
		printf("Of what officers said (%s):\n", parts[part]);
		/* Exercises have no deadlines. */
		size_t count = part == 0 ? TOLD_COMMANDS : COMMAND_DEADLINE_MET;
		all = counts_tell("answered", told->answers[part], count,
				  name_of_command) &&
		      all;
		all = counts_tell("not answered", told->refusals[part],
				  TOLD_COMMANDS, name_of_command) &&
		      all;
	}
	return all;
}

bool
told_is_complete(const struct model_told *told)
{
	bool all = true;

	for (int kind = 0; kind < RULE_KINDS; kind++)
		for (int window = 0; window < TOLD_WINDOWS; window++)
			for (int cause = 1; cause < CAUSES; cause++)
				all = turn_tell(told, (enum rule_kind)kind,
						(enum window_kind)window,
						(enum cause)cause) &&
				      all;
	all = counts_tell("measured as", told->measures, MEASURES,
			  name_of_measure) &&
	      all;
	all = counts_tell("by the sum", told->bases, 4, name_of_basis) && all;
	all = counts_tell("by the time", told->times, TIME_RECEIVED + 1,
			  name_of_time) &&
	      all;
	all = counts_tell("with the label", told->labels, TOLD_LABELS,
			  name_of_label) &&
	      all;
	all = counts_tell("of rules that match", told->matches, TOLD_MATCHES,
			  name_of_match) &&
	      all;
	all = counts_tell("held, of", told->held, RULE_KINDS, name_of_kind) &&
	      all;
	all = counts_tell("held by", told->held_by, TOLD_LABELS,
			  name_of_label) &&
	      all;
	return commands_tell(told) && all;
}
