#include "model.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASES = 4 };

static const size_t NO_GROUP = SIZE_MAX;

/* A report as it stands: its times are those that count. */
struct standing {
	struct report report;
	int64_t received_at; /* of its first revision */
	int64_t lasted_ms;
	enum assessment assessment; /* capped by its source */
	size_t agreement;
	size_t event;	   /* index of model's events */
	uint64_t accepted; /* order of acceptance of this revision */
	uint64_t position;
};

/* What reports tell of: all that name it, or the one that names none. */
struct event {
	size_t agreement;
	char name[TEXT_SIZE];
	size_t report; /* where name is "" */
};

/* An event seen by one rule. */
struct merged {
	const struct standing *leader;
	struct count counts[COUNT_KINDS];
	int64_t received_at;
	size_t sources;
	bool disputed;
	size_t members[EVENT_REPORTS_MAX]; /* those that take part */
	size_t members_count;
};

/* What one event adds to one rule. */
struct contribution {
	size_t rule;
	size_t event;
	size_t agreement;
	char values[GROUP_BY_MAX][TEXT_SIZE];
	int64_t bucket;
	uint64_t amounts[BASES];
	bool attributed; /* these where it adds to the basis sum */
	bool disputed;
	bool at_least;
	size_t members[EVENT_REPORTS_MAX];
	size_t members_count;
	size_t group; /* or NO_GROUP: it is in `_other` */
};

struct contributions {
	struct contribution *all;
	size_t count;
	size_t size;
};

struct group {
	size_t rule;
	size_t agreement;
	char values[GROUP_BY_MAX][TEXT_SIZE];
	int64_t pending_since; /* or TIME_UNSET */
	int64_t evaluated_at;  /* everything due until then is done */
	bool sum_changed;      /* since the last message, when evaluated */
	bool touched;
};

struct episode {
	size_t group;
	bool open;
	uint64_t ended; /* order of ending */
	int64_t started_at;
	int64_t ended_at;
	uint64_t first_seq;
	uint64_t last_seq;
	size_t held;
	size_t highest;			 /* announced */
	int64_t below_since[LEVELS_MAX]; /* or TIME_UNSET */
	enum certainty certainty;
	int64_t onset_at;
	int64_t last_message_at;
	uint64_t last_sums[BASES];
};

struct model {
	const struct configuration *configuration;
	const struct limits *limits;
	enum engine_part part;
	int64_t now;
	uint64_t seq;
	struct standing *reports;
	size_t reports_count;
	uint64_t accepted;
	struct event *events;
	size_t events_count;
	struct contributions contributions;
	char (*names)[TEXT_SIZE];
	size_t names_count;
	struct group *groups;
	size_t groups_count;
	size_t buckets_used;
	struct episode *episodes; /* in order of their first message */
	size_t episodes_count;
	uint64_t episodes_ended;
	bool told[POOLS];   /* that the pool is at 80 % */
	uint64_t *too_late; /* by rule */
	struct alert *alerts;
	size_t alerts_count;
	size_t alerts_read;
	struct model_seen seen;
};

static void *
grown(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, (count + 1) * size);

	if (!larger)
		abort();
	return larger;
}

static const struct rule *
rule_of(const struct model *model, size_t rule)
{
	return &model->configuration->rules[rule];
}

static const struct agreement *
agreement_of(const struct model *model, size_t agreement)
{
	return &model->configuration->agreements[agreement];
}

static const struct source *
source_of(const struct model *model, const char *name)
{
	const struct configuration *configuration = model->configuration;

	for (size_t i = 0; i < configuration->sources_count; i++)
		if (strcmp(configuration->sources[i].name, name) == 0)
			return &configuration->sources[i];
	return NULL;
}

static bool
names_include(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* An empty list allows everything. */
static bool
list_allows(const struct name_list *list, const char *name)
{
	return list->count == 0 ||
	       names_include(list->names, list->count, name);
}

static bool
is_party(const struct agreement *agreement, const char *name)
{
	return names_include(agreement->parties, agreement->parties_count,
			     name);
}

static int64_t
floor_division(int64_t dividend, int64_t divisor)
{
	int64_t quotient = dividend / divisor;

	if (dividend % divisor < 0)
		quotient--;
	return quotient;
}

static int64_t
ceiling_division(int64_t dividend, int64_t divisor)
{
	return -floor_division(-dividend, divisor);
}

static int64_t
bucket_offset(const struct rule *rule, const struct agreement *agreement)
{
	return rule->resolution_ms >= 24 * 3600 * 1000
		       ? agreement->day_starts_ms
		       : 0;
}

/* The one window of a rule that counts since the agreement is bucket 0. */
static int64_t
bucket_of(const struct rule *rule, const struct agreement *agreement,
	  int64_t time)
{
	if (rule->window_kind == WINDOW_AGREEMENT)
		return 0;
	return floor_division(time - bucket_offset(rule, agreement),
			      rule->resolution_ms);
}

static int64_t
bucket_start(const struct rule *rule, const struct agreement *agreement,
	     int64_t bucket)
{
	return bucket * rule->resolution_ms + bucket_offset(rule, agreement);
}

static int64_t
window_buckets(const struct rule *rule)
{
	if (rule->window_kind == WINDOW_AGREEMENT)
		return 1;
	return ceiling_division(rule->window_ms, rule->resolution_ms);
}

static int64_t
late_buckets(const struct rule *rule)
{
	if (rule->window_kind == WINDOW_AGREEMENT)
		return 0;
	return ceiling_division(rule->late_ms, rule->resolution_ms);
}

static int
assessment_rank(enum assessment assessment)
{
	switch (assessment) {
	case ASSESSMENT_CORROBORATED:
		return 2;
	case ASSESSMENT_VERIFIED:
		return 3;
	case ASSESSMENT_ALLEGED:
	case ASSESSMENT_UNDER_INVESTIGATION:
	case ASSESSMENT_INCONCLUSIVE:
	case ASSESSMENT_NOT_A_VIOLATION:
		return 1;
	case ASSESSMENT_UNSPECIFIED:
	case ASSESSMENT_UNSUBSTANTIATED:
	case ASSESSMENT_WITHDRAWN:
	case ASSESSMENTS:
		break;
	}
	return 0;
}

static int
attribution_rank(enum attribution attribution)
{
	switch (attribution) {
	case ATTRIBUTION_ALLEGED_PARTY:
		return 1;
	case ATTRIBUTION_ASSESSED_PARTY:
		return 2;
	case ATTRIBUTION_ATTRIBUTED:
		return 3;
	case ATTRIBUTION_ADMITTED:
		return 4;
	case ATTRIBUTION_UNSPECIFIED:
	case ATTRIBUTION_NOT_ATTRIBUTABLE:
	case ATTRIBUTIONS:
		break;
	}
	return 0;
}

/* A nil report says that nothing happened: it is no event. */
static bool
is_nil(const struct report *report)
{
	for (size_t k = 0; k < COUNT_KINDS; k++)
		if (report->counts[k].high > 0)
			return false;
	return true;
}

static bool
takes_part(const struct standing *member)
{
	return member->assessment != ASSESSMENT_UNSUBSTANTIATED &&
	       member->assessment != ASSESSMENT_WITHDRAWN &&
	       !is_nil(&member->report);
}

static enum assessment
assessment_capped(const struct model *model, const struct report *report)
{
	const struct source *source = source_of(model, report->source);
	enum assessment most = source ? source->at_most : ASSESSMENT_ALLEGED;

	/* What only takes away is anybody's to say; its rank is low. */
	if (assessment_rank(report->assessment) > assessment_rank(most))
		return most;
	return report->assessment;
}

static const char *
origin_of(const struct model *model, const char *name)
{
	const struct source *source = source_of(model, name);

	if (source && source->origin && source->origin[0] != '\0')
		return source->origin;
	return name;
}

static bool
leads(const struct standing *a, const struct standing *b)
{
	int rank_a = assessment_rank(a->assessment);
	int rank_b = assessment_rank(b->assessment);

	if (rank_a != rank_b)
		return rank_a > rank_b;
	if (a->report.reported_at != b->report.reported_at)
		return a->report.reported_at > b->report.reported_at;
	int order = strcmp(a->report.source, b->report.source);
	if (order != 0)
		return order > 0;
	return strcmp(a->report.id, b->report.id) > 0;
}

/* How many independent origins tell the event. */
static size_t
origins_count(const struct model *model, const struct merged *merged)
{
	const char *seen[EVENT_REPORTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < merged->members_count; i++) {
		const struct standing *member =
			&model->reports[merged->members[i]];
		const char *name = member->report.source;
		const char *origin = origin_of(model, name);
		if (is_party(agreement_of(model, member->agreement), name) ||
		    is_party(agreement_of(model, member->agreement), origin))
			continue;
		if (!names_include(seen, count, origin))
			seen[count++] = origin;
	}
	return count;
}

static bool
is_disputed(const struct model *model, const struct merged *merged)
{
	const char *party = "";

	for (size_t i = 0; i < merged->members_count; i++) {
		const char *named =
			model->reports[merged->members[i]].report.party;
		if (named[0] == '\0')
			continue;
		if (party[0] != '\0' && strcmp(party, named) != 0)
			return true;
		party = named;
	}
	return false;
}

/* The event as the rule sees it; false if no report of it takes part. */
static bool
event_merge(const struct model *model, const struct rule *rule, size_t event,
	    struct merged *merged)
{
	memset(merged, 0, sizeof(*merged));
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *member = &model->reports[i];
		if (member->event != event ||
		    member->report.type != REPORT_INCIDENT ||
		    !takes_part(member) ||
		    !list_allows(&rule->match.source, member->report.source) ||
		    !list_allows(&rule->match.feed, member->report.feed))
			continue;
		merged->members[merged->members_count++] = i;
		if (!merged->leader || leads(member, merged->leader))
			merged->leader = member;
	}
	if (!merged->leader)
		return false;
	memcpy(merged->counts, merged->leader->report.counts,
	       sizeof(merged->counts));
	merged->received_at = merged->leader->received_at;
	for (size_t i = 0; i < merged->members_count; i++) {
		const struct standing *member =
			&model->reports[merged->members[i]];
		for (size_t k = 0; k < COUNT_KINDS; k++)
			if (member->report.counts[k].high >
			    merged->counts[k].high)
				merged->counts[k].high =
					member->report.counts[k].high;
		if (member->received_at < merged->received_at)
			merged->received_at = member->received_at;
	}
	merged->sources = origins_count(model, merged);
	merged->disputed = is_disputed(model, merged);
	return true;
}

static bool
event_matches(const struct model *model, const struct rule *rule,
	      const struct merged *merged)
{
	const struct match *match = &rule->match;
	const struct report *report = &merged->leader->report;
	const char *agreement =
		agreement_of(model, merged->leader->agreement)->id;

	if (!list_allows(&match->agreement, agreement) ||
	    !list_allows(&match->party, report->party) ||
	    !list_allows(&match->against, report->against) ||
	    !list_allows(&match->country, report->country) ||
	    !list_allows(&match->admin, report->admin))
		return false;
	if (match->kinds && !(match->kinds >> report->kind & 1))
		return false;
	if (match->targets && !(match->targets >> report->target & 1))
		return false;
	if (match->disputed != EITHER &&
	    merged->disputed != (match->disputed == ONLY_TRUE))
		return false;
	return assessment_rank(merged->leader->assessment) >=
		       assessment_rank(match->min_assessment) &&
	       attribution_rank(report->attribution) >=
		       attribution_rank(match->min_attribution) &&
	       merged->sources >= match->min_sources;
}

/* What the event says of the measure. */
static struct count
event_count(const struct merged *merged, enum measure measure)
{
	const struct count *counts = merged->counts;
	const struct count *killed = &counts[COUNT_KILLED];
	const struct count *injured = &counts[COUNT_INJURED];
	bool violation =
		merged->leader->assessment != ASSESSMENT_NOT_A_VIOLATION;

	switch (measure) {
	case MEASURE_VIOLATIONS:
		return violation ? counts[COUNT_VIOLATIONS] : (struct count){0};
	case MEASURE_EVENTS:
		return violation
			       ? (struct count){.low = 1, .best = 1, .high = 1}
			       : (struct count){0};
	case MEASURE_KILLED:
		return *killed;
	case MEASURE_INJURED:
		return *injured;
	case MEASURE_CASUALTIES:
		return (struct count){
			.low = killed->low + injured->low,
			.best = killed->best + injured->best,
			.high = killed->high + injured->high,
			.at_least = killed->at_least || injured->at_least,
		};
	case MEASURE_CIVILIANS_KILLED:
		return counts[COUNT_CIVILIANS_KILLED];
	case MEASURE_CIVILIANS_INJURED:
		return counts[COUNT_CIVILIANS_INJURED];
	case MEASURE_CHILDREN_KILLED:
		return counts[COUNT_CHILDREN_KILLED];
	case MEASURE_CHILDREN_INJURED:
		return counts[COUNT_CHILDREN_INJURED];
	case MEASURE_MISSING:
		return counts[COUNT_MISSING];
	case MEASURE_KILLED_IN_PERIOD:
	case MEASURE_INJURED_IN_PERIOD:
	case MEASURES:
		break;
	}
	return (struct count){0};
}

static int64_t
event_time(const struct rule *rule, const struct merged *merged)
{
	switch (rule->time) {
	case TIME_OCCURRED:
		return merged->leader->report.occurred_at;
	case TIME_REPORTED:
		return merged->leader->report.reported_at;
	case TIME_RECEIVED:
		return merged->received_at;
	}
	abort();
}

enum place_in_window { OUTSIDE, INSIDE, PERHAPS };

/* Whether the event can be said to have happened inside the window. */
static enum place_in_window
event_place(const struct rule *rule, const struct agreement *agreement,
	    const struct merged *merged)
{
	int64_t time = event_time(rule, merged);
	int64_t lasted_ms = merged->leader->lasted_ms;

	if (rule->window_kind == WINDOW_AGREEMENT) {
		if (time >= agreement->effective_at)
			return INSIDE;
		return rule->time == TIME_OCCURRED &&
				       time + lasted_ms >=
					       agreement->effective_at
			       ? PERHAPS
			       : OUTSIDE;
	}
	return rule->time == TIME_OCCURRED && lasted_ms > rule->window_ms
		       ? PERHAPS
		       : INSIDE;
}

static void
label_write(const struct merged *merged, enum field field, char *value)
{
	const struct report *report = &merged->leader->report;
	const char *text = "";

	switch (field) {
	case FIELD_SOURCE:
		text = report->source;
		break;
	case FIELD_FEED:
		text = report->feed;
		break;
	case FIELD_KIND:
		text = kind_name(report->kind);
		break;
	case FIELD_PARTY:
		text = report->party;
		break;
	case FIELD_AGAINST:
		text = report->against;
		break;
	case FIELD_TARGET:
		text = target_name(report->target);
		break;
	case FIELD_COUNTRY:
		text = report->country;
		break;
	case FIELD_ADMIN:
		text = report->admin;
		break;
	case FIELD_DISPUTED:
		text = merged->disputed ? "true" : "false";
		break;
	case FIELDS:
		abort();
	}
	snprintf(value, TEXT_SIZE, "%s", text);
}

/* What the event adds to the rule; false if it adds nothing. */
static bool
contribution_make(struct model *model, size_t rule_index, size_t event,
		  struct contribution *contribution)
{
	const struct rule *rule = rule_of(model, rule_index);
	struct merged merged;

	if (!event_merge(model, rule, event, &merged) ||
	    !event_matches(model, rule, &merged))
		return false;
	size_t agreement = merged.leader->agreement;
	enum place_in_window place =
		event_place(rule, agreement_of(model, agreement), &merged);
	struct count count = event_count(&merged, rule->measure);
	if (place == OUTSIDE || count.high == 0)
		return false;
	bool confirmed = assessment_rank(merged.leader->assessment) >= 2;
	bool supported = confirmed || merged.sources >= 2;
	bool inside = place == INSIDE;
	memset(contribution, 0, sizeof(*contribution));
	contribution->rule = rule_index;
	contribution->event = event;
	contribution->agreement = agreement;
	for (size_t i = 0; i < rule->group_by_count; i++)
		label_write(&merged, rule->group_by[i],
			    contribution->values[i]);
	contribution->bucket = bucket_of(rule, agreement_of(model, agreement),
					 event_time(rule, &merged));
	contribution->amounts[BASIS_CONFIRMED] =
		inside && confirmed ? count.low : 0;
	contribution->amounts[BASIS_SUPPORTED] =
		inside && supported ? count.best : 0;
	contribution->amounts[BASIS_REPORTED] = inside ? count.best : 0;
	contribution->amounts[BASIS_UPPER] = count.high;
	if (contribution->amounts[rule->basis] > 0) {
		contribution->attributed =
			attribution_rank(merged.leader->report.attribution) >=
			attribution_rank(ATTRIBUTION_ASSESSED_PARTY);
		contribution->disputed = merged.disputed;
		contribution->at_least = count.at_least;
	}
	memcpy(contribution->members, merged.members, sizeof(merged.members));
	contribution->members_count = merged.members_count;
	contribution->group = NO_GROUP;
	model->seen.upper_only += !inside;
	model->seen.merged += merged.members_count > 1;
	return true;
}

/* Everything that the reports as they stand add to every rule. */
static struct contributions
contributions_make(struct model *model)
{
	struct contributions list = {0};

	for (size_t rule = 0; rule < model->configuration->rules_count; rule++)
		for (size_t i = 0; i < model->events_count; i++) {
			if (list.count == list.size) {
				list.size += 64;
				list.all = grown(list.all, list.size,
						 sizeof(*list.all));
			}
			list.count += contribution_make(model, rule, i,
							&list.all[list.count]);
		}
	return list;
}

static const struct contribution *
contribution_find(const struct contributions *list, size_t rule, size_t event)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->all[i].rule == rule && list->all[i].event == event)
			return &list->all[i];
	return NULL;
}

struct window {
	int64_t end; /* its last bucket */
	struct sums sums;
	int64_t onset_at; /* TIME_UNSET: nothing in it */
};

static bool
window_holds(const struct rule *rule, int64_t end, int64_t bucket)
{
	return end - window_buckets(rule) < bucket && bucket <= end;
}

static struct window
window_sum(const struct model *model, size_t group_index, int64_t end)
{
	const struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	const struct agreement *agreement =
		agreement_of(model, group->agreement);
	struct window window = {.end = end, .onset_at = TIME_UNSET};

	for (size_t i = 0; i < model->contributions.count; i++) {
		const struct contribution *one = &model->contributions.all[i];
		if (one->group != group_index ||
		    !window_holds(rule, end, one->bucket))
			continue;
		for (size_t basis = 0; basis < BASES; basis++)
			window.sums.by_basis[basis] += one->amounts[basis];
		if (one->amounts[rule->basis] > 0) {
			window.sums.events++;
			window.sums.attributed += one->attributed;
			window.sums.disputed += one->disputed;
			window.sums.at_least += one->at_least;
		}
		int64_t start = bucket_start(rule, agreement, one->bucket);
		if (rule->window_kind == WINDOW_AGREEMENT)
			start = agreement->effective_at;
		if (window.onset_at == TIME_UNSET || start < window.onset_at)
			window.onset_at = start;
	}
	return window;
}

/* The greatest of the windows that end in first .. last, the latest on ties. */
static struct window
window_greatest(const struct model *model, size_t group, int64_t first,
		int64_t last)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	struct window greatest = window_sum(model, group, last);

	for (int64_t end = last - 1; end >= first; end--) {
		struct window window = window_sum(model, group, end);
		if (window.sums.by_basis[rule->basis] >
		    greatest.sums.by_basis[rule->basis])
			greatest = window;
	}
	return greatest;
}

static int64_t
group_bucket(const struct model *model, size_t group_index, int64_t time)
{
	const struct group *group = &model->groups[group_index];

	return bucket_of(rule_of(model, group->rule),
			 agreement_of(model, group->agreement), time);
}

/* The window that is tested now. */
static struct window
window_now(const struct model *model, size_t group)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	int64_t now = model->now == TIME_UNSET ? 0 : model->now;
	int64_t last = group_bucket(model, group, now);

	return window_greatest(model, group, last - late_buckets(rule), last);
}

/* The greatest of all that were tested during the episode. */
static struct window
window_peak(const struct model *model, const struct episode *episode)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	int64_t until = episode->open ? model->now : episode->ended_at;

	return window_greatest(model, episode->group,
			       group_bucket(model, episode->group,
					    episode->started_at) -
				       late_buckets(rule),
			       group_bucket(model, episode->group, until));
}

static void
evidence_add(const struct model *model, size_t report, struct alert *alert,
	     uint64_t accepted[EVIDENCE_MAX])
{
	const struct standing *member = &model->reports[report];
	size_t place = 0;

	while (place < alert->evidence_count &&
	       accepted[place] > member->accepted)
		place++;
	if (place == EVIDENCE_MAX)
		return;
	if (alert->evidence_count < EVIDENCE_MAX)
		alert->evidence_count++;
	for (size_t i = alert->evidence_count - 1; i > place; i--) {
		alert->evidence[i] = alert->evidence[i - 1];
		accepted[i] = accepted[i - 1];
	}
	struct evidence *evidence = &alert->evidence[place];
	memset(evidence, 0, sizeof(*evidence));
	strcpy(evidence->source, member->report.source);
	strcpy(evidence->id, member->report.id);
	evidence->revision = member->report.revision;
	accepted[place] = member->accepted;
}

static void
evidence_gather(const struct model *model, size_t group, int64_t end,
		struct alert *alert)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	uint64_t accepted[EVIDENCE_MAX];

	for (size_t i = 0; i < model->contributions.count; i++) {
		const struct contribution *one = &model->contributions.all[i];
		if (one->group != group || one->amounts[rule->basis] == 0 ||
		    !window_holds(rule, end, one->bucket))
			continue;
		for (size_t k = 0; k < one->members_count; k++)
			evidence_add(model, one->members[k], alert, accepted);
	}
}

/* The highest level whose `at` the value meets, or -1. */
static int
level_met(const struct rule *rule, uint64_t value)
{
	int met = -1;

	for (size_t k = 0; k < rule->levels_count; k++)
		if (value >= rule->levels[k].at)
			met = (int)k;
	return met;
}

static uint64_t
basis_of(const struct rule *rule, const struct window *window)
{
	return window->sums.by_basis[rule->basis];
}

static enum certainty
certainty_fresh(const struct sums *sums, double needed)
{
	if (sums->by_basis[BASIS_CONFIRMED] >= needed)
		return CERTAINTY_OBSERVED;
	if (sums->by_basis[BASIS_SUPPORTED] >= needed)
		return CERTAINTY_LIKELY;
	return CERTAINTY_POSSIBLE;
}

static enum certainty
certainty_held(const struct rule *rule, size_t held,
	       const struct window *window, enum certainty previous)
{
	const struct level *level = &rule->levels[held];
	uint64_t value = basis_of(rule, window);

	if (value >= level->at)
		return certainty_fresh(&window->sums, level->at);
	if (value < level->clear)
		return previous;
	enum certainty fresh = certainty_fresh(&window->sums, level->clear);
	return fresh < previous ? fresh : previous;
}

static struct alert *
alert_add(struct model *model)
{
	model->alerts = grown(model->alerts, model->alerts_count,
			      sizeof(*model->alerts));
	struct alert *alert = &model->alerts[model->alerts_count++];

	memset(alert, 0, sizeof(*alert));
	alert->seq = ++model->seq;
	alert->sent_at = model->now;
	alert->headline = "";
	alert->instruction = "";
	alert->web = "";
	alert->measure = "";
	return alert;
}

static enum status
part_status(const struct model *model, enum status real)
{
	return model->part == ENGINE_REAL ? real : STATUS_EXERCISE;
}

static enum urgency
urgency_of(enum severity severity, enum alert_state state)
{
	if (state != ALERT_FIRING)
		return URGENCY_PAST;
	return severity >= SEVERITY_SEVERE ? URGENCY_IMMEDIATE
					   : URGENCY_EXPECTED;
}

static void
labels_write(const struct model *model, const struct group *group,
	     struct alert *alert)
{
	const struct rule *rule = rule_of(model, group->rule);

	strcpy(alert->rule, rule->name);
	strcpy(alert->agreement, agreement_of(model, group->agreement)->id);
	alert->labels_count = rule->group_by_count;
	for (size_t i = 0; i < rule->group_by_count; i++) {
		alert->labels[i].name = field_name(rule->group_by[i]);
		strcpy(alert->labels[i].value, group->values[i]);
	}
}

/* Says what the episode has become, with the sums of a window. */
static void
episode_tell(struct model *model, struct episode *episode, enum cause cause,
	     enum msg_type msg_type, enum alert_state state,
	     const struct window *window)
{
	const struct group *group = &model->groups[episode->group];
	const struct rule *rule = rule_of(model, group->rule);
	const struct level *level = &rule->levels[episode->held];
	struct alert *alert = alert_add(model);

	if (episode->first_seq == 0)
		episode->first_seq = alert->seq;
	if (window->onset_at != TIME_UNSET)
		episode->onset_at = window->onset_at;
	alert->episode_seq = episode->first_seq;
	alert->references_seq = episode->last_seq;
	alert->msg_type = msg_type;
	alert->state = state;
	alert->cause = cause;
	alert->status = part_status(model, STATUS_ACTUAL);
	labels_write(model, group, alert);
	alert->severity = level->severity;
	alert->certainty = episode->certainty;
	alert->urgency = urgency_of(level->severity, state);
	alert->measure = measure_name(rule->measure);
	alert->sums = window->sums;
	alert->threshold = (double)level->at;
	alert->window_ms = rule->window_ms;
	alert->onset_at = episode->onset_at;
	evidence_gather(model, episode->group, window->end, alert);
	alert->headline = rule->headline;
	alert->instruction = rule->instruction;
	alert->web = rule->web;
	episode->last_seq = alert->seq;
	episode->last_message_at = model->now;
	memcpy(episode->last_sums, window->sums.by_basis,
	       sizeof(episode->last_sums));
}

static struct episode *
episode_open(struct model *model, size_t group)
{
	for (size_t i = 0; i < model->episodes_count; i++)
		if (model->episodes[i].open &&
		    model->episodes[i].group == group)
			return &model->episodes[i];
	return NULL;
}

static void
episode_remove(struct model *model, struct episode *episode)
{
	size_t index = (size_t)(episode - model->episodes);

	model->episodes_count--;
	memmove(episode, episode + 1,
		(model->episodes_count - index) * sizeof(*episode));
}

/* Makes room by forgetting the one that ended first. */
static void
episode_forget(struct model *model)
{
	struct episode *first = NULL;

	for (size_t i = 0; i < model->episodes_count; i++) {
		struct episode *episode = &model->episodes[i];
		if (!episode->open && (!first || episode->ended < first->ended))
			first = episode;
	}
	assert(first);
	episode_remove(model, first);
	model->seen.forgotten++;
}

static struct episode *
episode_add(struct model *model, size_t group, size_t level)
{
	if (model->episodes_count == model->limits->episodes)
		episode_forget(model);
	model->episodes = grown(model->episodes, model->episodes_count,
				sizeof(*model->episodes));
	struct episode *episode = &model->episodes[model->episodes_count++];

	*episode = (struct episode){
		.group = group,
		.open = true,
		.started_at = model->now,
		.held = level,
		.highest = level,
	};
	for (size_t k = 0; k < LEVELS_MAX; k++)
		episode->below_since[k] = TIME_UNSET;
	return episode;
}

static void
episode_cancel(struct model *model, struct episode *episode,
	       const struct window *peak)
{
	episode_tell(model, episode, CAUSE_CORRECTED, MSG_TYPE_CANCEL,
		     ALERT_CANCELLED, peak);
	episode_remove(model, episode);
}

/* The level falls to what the peak still meets. */
static void
episode_correct(struct model *model, struct episode *episode, size_t level,
		const struct window *peak)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);

	for (size_t k = level + 1; k < LEVELS_MAX; k++)
		episode->below_since[k] = TIME_UNSET;
	episode->held = level;
	episode->highest = level;
	episode->certainty =
		certainty_fresh(&peak->sums, rule->levels[level].at);
	episode_tell(model, episode, CAUSE_CORRECTED, MSG_TYPE_UPDATE,
		     episode->open ? ALERT_FIRING : ALERT_RESOLVED, peak);
}

/* After a report: does what was announced still stand? True if the episode
 * is gone. */
static bool
episode_check(struct model *model, struct episode *episode)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	struct window peak = window_peak(model, episode);

	if (basis_of(rule, &peak) >= rule->levels[episode->highest].at)
		return false;
	int met = level_met(rule, basis_of(rule, &peak));
	if (met < 0) {
		episode_cancel(model, episode, &peak);
		return true;
	}
	size_t level = (size_t)met;
	if (episode->open && episode->held < level)
		level = episode->held;
	episode_correct(model, episode, level, &peak);
	return false;
}

static bool
level_left(const struct rule *rule, const struct episode *episode, size_t level,
	   int64_t now)
{
	int64_t since = episode->below_since[level];

	return since != TIME_UNSET && now - since >= rule->keep_firing_ms;
}

/* The level held from now on, or -1 when the lowest has been left. */
static int
level_next(const struct rule *rule, struct episode *episode, uint64_t value,
	   int64_t now)
{
	for (size_t k = 0; k <= episode->held; k++) {
		if (value >= rule->levels[k].clear)
			episode->below_since[k] = TIME_UNSET;
		else if (episode->below_since[k] == TIME_UNSET)
			episode->below_since[k] = now;
	}
	int met = level_met(rule, value);
	if (met > (int)episode->held)
		return met;
	int level = (int)episode->held;
	while (level >= 0 && level_left(rule, episode, (size_t)level, now))
		level--;
	return level;
}

static void
episode_clear(struct model *model, struct episode *episode,
	      const struct window *window)
{
	episode_tell(model, episode, CAUSE_CLEARED, MSG_TYPE_UPDATE,
		     ALERT_RESOLVED, window);
	episode->open = false;
	episode->ended_at = model->now;
	episode->ended = ++model->episodes_ended;
}

static void
episode_move(struct model *model, struct episode *episode, size_t level,
	     const struct window *window)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	enum cause cause =
		level > episode->held ? CAUSE_LEVEL_UP : CAUSE_LEVEL_DOWN;

	for (size_t k = level + 1; k < LEVELS_MAX; k++)
		episode->below_since[k] = TIME_UNSET;
	episode->held = level;
	if (level > episode->highest)
		episode->highest = level;
	episode->certainty =
		certainty_held(rule, level, window, episode->certainty);
	episode_tell(model, episode, cause, MSG_TYPE_UPDATE, ALERT_FIRING,
		     window);
}

static bool
sums_changed(const struct episode *episode, const struct window *window)
{
	return memcmp(episode->last_sums, window->sums.by_basis,
		      sizeof(episode->last_sums)) != 0;
}

/* The first that applies of: CLEARED, a change of level, CERTAINTY,
 * PROGRESS. */
static void
episode_follow(struct model *model, struct episode *episode,
	       const struct window *window)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	int level =
		level_next(rule, episode, basis_of(rule, window), model->now);

	if (level < 0) {
		episode_clear(model, episode, window);
		return;
	}
	if ((size_t)level != episode->held) {
		episode_move(model, episode, (size_t)level, window);
		return;
	}
	enum certainty certainty =
		certainty_held(rule, episode->held, window, episode->certainty);
	if (certainty != episode->certainty) {
		episode->certainty = certainty;
		episode_tell(model, episode, CAUSE_CERTAINTY, MSG_TYPE_UPDATE,
			     ALERT_FIRING, window);
		return;
	}
	if (rule->update_every_ms > 0 &&
	    model->now - episode->last_message_at >= rule->update_every_ms &&
	    sums_changed(episode, window))
		episode_tell(model, episode, CAUSE_PROGRESS, MSG_TYPE_UPDATE,
			     ALERT_FIRING, window);
}

/* Where there is no episode: is there one now? */
static void
group_watch(struct model *model, size_t group_index,
	    const struct window *window)
{
	struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	int met = level_met(rule, basis_of(rule, window));

	if (met < 0) {
		model->seen.pending_ended += group->pending_since != TIME_UNSET;
		group->pending_since = TIME_UNSET;
		return;
	}
	if (group->pending_since == TIME_UNSET)
		group->pending_since = model->now;
	if (model->now - group->pending_since < rule->for_ms)
		return;
	group->pending_since = TIME_UNSET;
	struct episode *episode = episode_add(model, group_index, (size_t)met);
	episode->certainty =
		certainty_fresh(&window->sums, rule->levels[met].at);
	episode_tell(model, episode, CAUSE_CROSSED, MSG_TYPE_ALERT,
		     ALERT_FIRING, window);
}

/* One evaluation of a group, by a report that touched it or by a timer. */
static void
group_evaluate(struct model *model, size_t group, bool by_report)
{
	for (size_t i = 0; by_report && i < model->episodes_count;) {
		struct episode *episode = &model->episodes[i];
		if (episode->group != group || episode->open ||
		    !episode_check(model, episode))
			i++;
	}
	struct window window = window_now(model, group);
	struct episode *episode = episode_open(model, group);
	if (!episode)
		group_watch(model, group, &window);
	else if (!by_report || !episode_check(model, episode))
		episode_follow(model, episode, &window);
	episode = episode_open(model, group);
	model->groups[group].evaluated_at = model->now;
	model->groups[group].sum_changed =
		episode && sums_changed(episode, &window);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When the group must be looked at again if no report comes. */
static int64_t
group_due(const struct model *model, size_t group_index)
{
	const struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	const struct agreement *agreement =
		agreement_of(model, group->agreement);
	/* Read only: the model is const to the caller. */
	const struct episode *episode =
		episode_open((struct model *)model, group_index);
	int64_t due = TIME_NEVER;

	if (!episode && group->pending_since == TIME_UNSET)
		return TIME_NEVER;
	if (rule->window_kind == WINDOW_DURATION)
		due = bucket_start(rule, agreement,
				   bucket_of(rule, agreement,
					     group->evaluated_at) +
					   1);
	if (!episode)
		return earlier(due, group->pending_since + rule->for_ms);
	if (episode->below_since[episode->held] != TIME_UNSET)
		due = earlier(due, episode->below_since[episode->held] +
					   rule->keep_firing_ms);
	if (rule->update_every_ms > 0 && group->sum_changed)
		due = earlier(due,
			      episode->last_message_at + rule->update_every_ms);
	return due;
}

/* By rule in the configuration's order, then agreement and values bytewise. */
static int
group_order(const struct model *model, size_t left, size_t right)
{
	const struct group *a = &model->groups[left];
	const struct group *b = &model->groups[right];

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	int agreements = strcmp(agreement_of(model, a->agreement)->id,
				agreement_of(model, b->agreement)->id);
	if (agreements != 0)
		return agreements;
	for (size_t i = 0; i < GROUP_BY_MAX; i++) {
		int order = strcmp(a->values[i], b->values[i]);
		if (order != 0)
			return order;
	}
	return 0;
}

/* Fires every timer due by then, each at its own time, the earliest first. */
static void
timers_fire(struct model *model, int64_t until)
{
	for (;;) {
		size_t first = NO_GROUP;
		int64_t first_due = TIME_NEVER;
		for (size_t i = 0; i < model->groups_count; i++) {
			int64_t due = group_due(model, i);
			if (due > until || due > first_due)
				continue;
			if (first != NO_GROUP && due == first_due &&
			    group_order(model, first, i) < 0)
				continue;
			first = i;
			first_due = due;
		}
		if (first == NO_GROUP)
			return;
		assert(first_due >= model->now);
		model->now = first_due;
		group_evaluate(model, first, false);
		model->seen.timers++;
	}
}

static size_t
group_find(const struct model *model, size_t rule, size_t agreement,
	   const char values[GROUP_BY_MAX][TEXT_SIZE])
{
	for (size_t i = 0; i < model->groups_count; i++) {
		const struct group *group = &model->groups[i];
		if (group->rule == rule && group->agreement == agreement &&
		    memcmp(group->values, values, sizeof(group->values)) == 0)
			return i;
	}
	return NO_GROUP;
}

/* A group and its ring; false if the limits leave no room. */
static bool
group_add(struct model *model, size_t rule_index, size_t agreement,
	  const char values[GROUP_BY_MAX][TEXT_SIZE])
{
	const struct rule *rule = rule_of(model, rule_index);
	size_t ring = (size_t)(window_buckets(rule) + late_buckets(rule));

	if (model->groups_count == model->limits->groups) {
		model->seen.groups_refused++;
		return false;
	}
	if (ring > model->limits->buckets - model->buckets_used) {
		model->seen.buckets_refused++;
		return false;
	}
	model->buckets_used += ring;
	model->groups = grown(model->groups, model->groups_count,
			      sizeof(*model->groups));
	struct group *group = &model->groups[model->groups_count++];
	memset(group, 0, sizeof(*group));
	group->rule = rule_index;
	group->agreement = agreement;
	memcpy(group->values, values, sizeof(group->values));
	group->pending_since = TIME_UNSET;
	return true;
}

static bool
groups_reserve(struct model *model)
{
	static const char none[GROUP_BY_MAX][TEXT_SIZE];
	const struct configuration *configuration = model->configuration;

	for (size_t rule = 0; rule < configuration->rules_count; rule++) {
		if (rule_of(model, rule)->group_by_count > 0)
			continue;
		for (size_t i = 0; i < configuration->agreements_count; i++)
			if (list_allows(&rule_of(model, rule)->match.agreement,
					agreement_of(model, i)->id) &&
			    !group_add(model, rule, i, none))
				return false;
	}
	return true;
}

static bool
name_known(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->names_count; i++)
		if (strcmp(model->names[i], name) == 0)
			return true;
	return false;
}

static void
name_add(struct model *model, const char *name)
{
	if (name_known(model, name))
		return;
	model->names =
		grown(model->names, model->names_count, sizeof(*model->names));
	snprintf(model->names[model->names_count++], TEXT_SIZE, "%s", name);
}

static void
names_add_list(struct model *model, const struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		name_add(model, list->names[i]);
}

/* The unset name, and those that the configuration itself speaks of. */
static void
names_reserve(struct model *model)
{
	const struct configuration *configuration = model->configuration;

	name_add(model, "");
	for (size_t i = 0; i < configuration->sources_count; i++) {
		name_add(model, configuration->sources[i].name);
		name_add(model,
			 origin_of(model, configuration->sources[i].name));
	}
	for (size_t i = 0; i < configuration->agreements_count; i++)
		for (size_t k = 0; k < agreement_of(model, i)->parties_count;
		     k++)
			name_add(model, agreement_of(model, i)->parties[k]);
	for (size_t i = 0; i < configuration->rules_count; i++) {
		const struct match *match = &rule_of(model, i)->match;
		names_add_list(model, &match->source);
		names_add_list(model, &match->feed);
		names_add_list(model, &match->party);
		names_add_list(model, &match->against);
		names_add_list(model, &match->country);
		names_add_list(model, &match->admin);
	}
}

enum { REPORT_NAMES = 7 };

static void
report_names(const struct report *report, const char *names[REPORT_NAMES])
{
	names[0] = report->source;
	names[1] = report->feed;
	names[2] = report->party;
	names[3] = report->against;
	names[4] = report->admin;
	names[5] = report->place;
	names[6] = report->country;
}

static bool
names_fit(const struct model *model, const struct report *report)
{
	const char *names[REPORT_NAMES];
	size_t added = 0;

	report_names(report, names);
	for (size_t i = 0; i < REPORT_NAMES; i++)
		if (!name_known(model, names[i]) &&
		    !names_include(names, i, names[i]))
			added++;
	return model->names_count + added <= model->limits->names;
}

static size_t
agreement_find(const struct model *model, const char *id)
{
	for (size_t i = 0; i < model->configuration->agreements_count; i++)
		if (strcmp(agreement_of(model, i)->id, id) == 0)
			return i;
	return SIZE_MAX;
}

static struct standing *
standing_find(const struct model *model, const struct report *report)
{
	for (size_t i = 0; i < model->reports_count; i++) {
		struct standing *standing = &model->reports[i];
		if (standing->report.type == report->type &&
		    strcmp(standing->report.agreement, report->agreement) ==
			    0 &&
		    strcmp(standing->report.source, report->source) == 0 &&
		    strcmp(standing->report.id, report->id) == 0)
			return standing;
	}
	return NULL;
}

static bool
party_allowed(const struct agreement *agreement, const char *party)
{
	return party[0] == '\0' || agreement->parties_count == 0 ||
	       is_party(agreement, party) || is_party(agreement, "other");
}

/* Whether the event has all the reports that it may have without this one. */
static bool
event_full(const struct model *model, size_t agreement,
	   const struct report *report, const struct standing *self)
{
	size_t others = 0;

	if (report->type != REPORT_INCIDENT || report->event[0] == '\0')
		return false;
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *standing = &model->reports[i];
		others += standing != self &&
			  standing->report.type == REPORT_INCIDENT &&
			  standing->agreement == agreement &&
			  strcmp(standing->report.event, report->event) == 0;
	}
	return others >= EVENT_REPORTS_MAX;
}

/* Fills the receipt; true if the report is to be applied. */
static bool
report_judge(const struct model *model, const struct report *report,
	     struct receipt *receipt)
{
	size_t agreement = agreement_find(model, report->agreement);
	const struct standing *standing = standing_find(model, report);

	if (agreement == SIZE_MAX) {
		receipt_reject(receipt, REASON_UNKNOWN_AGREEMENT, "agreement",
			       "one that is configured");
		return false;
	}
	if (!party_allowed(agreement_of(model, agreement), report->party) ||
	    !party_allowed(agreement_of(model, agreement), report->against)) {
		receipt_reject(receipt, REASON_UNKNOWN_PARTY, "party",
			       "one of the agreement's");
		return false;
	}
	memset(receipt, 0, sizeof(*receipt));
	if (standing && report->revision <= standing->report.revision) {
		if (report->revision < standing->report.revision)
			receipt->verdict = VERDICT_STALE;
		else if (report->content == standing->report.content)
			receipt->verdict = VERDICT_DUPLICATE;
		else
			receipt_reject(receipt, REASON_CONFLICT, "revision",
				       "%u stands with other content",
				       standing->report.revision);
		receipt->position = standing->position;
		return false;
	}
	if (!names_fit(model, report))
		receipt_reject(receipt, REASON_NAMES_FULL, "source", "room");
	else if (!standing && model->reports_count == model->limits->reports)
		receipt_reject(receipt, REASON_LEDGER_FULL, "id", "room");
	else if (event_full(model, agreement, report, standing))
		receipt_reject(receipt, REASON_EVENT_FULL, "event", "room");
	else
		receipt->verdict = VERDICT_ACCEPTED;
	return receipt->verdict == VERDICT_ACCEPTED;
}

static int64_t
report_time(const struct model *model, const struct report *report,
	    int64_t step_time_ms)
{
	if (model->configuration->clock == CLOCK_WALL)
		return step_time_ms;
	if (report->reported_at != TIME_UNSET)
		return report->reported_at;
	if (report->occurred_at != TIME_UNSET)
		return report->occurred_at;
	/* Before anything has told a time it must not be the step's, which may
	 * be years after the records. */
	return model->now != TIME_UNSET ? model->now : 0;
}

static void
time_advance(struct model *model, int64_t time)
{
	if (time < model->now)
		return;
	timers_fire(model, time);
	model->now = time;
}

static size_t
event_number(struct model *model, size_t agreement, size_t report)
{
	const char *name = model->reports[report].report.event;

	for (size_t i = 0; i < model->events_count; i++) {
		const struct event *event = &model->events[i];
		if (name[0] == '\0'
			    ? event->name[0] == '\0' && event->report == report
			    : event->agreement == agreement &&
				      strcmp(event->name, name) == 0)
			return i;
	}
	model->events = grown(model->events, model->events_count,
			      sizeof(*model->events));
	struct event *event = &model->events[model->events_count];
	event->agreement = agreement;
	event->report = report;
	strcpy(event->name, name);
	return model->events_count++;
}

/* Puts the report in its place; gives its index. */
static size_t
report_stand(struct model *model, const struct report *report, int64_t time,
	     uint64_t position)
{
	struct standing *standing = standing_find(model, report);
	bool is_new = !standing;

	if (is_new) {
		model->reports = grown(model->reports, model->reports_count,
				       sizeof(*model->reports));
		standing = &model->reports[model->reports_count++];
		standing->received_at = earlier(time, model->now);
	} else if (standing->assessment == ASSESSMENT_WITHDRAWN) {
		model->seen.reinstated++;
	}
	standing->report = *report;
	struct report *kept = &standing->report;
	if (kept->reported_at == TIME_UNSET)
		kept->reported_at = standing->received_at;
	if (kept->occurred_at == TIME_UNSET)
		kept->occurred_at = kept->reported_at;
	standing->lasted_ms =
		kept->occurred_until == TIME_UNSET
			? 0
			: kept->occurred_until - kept->occurred_at;
	kept->occurred_at = earlier(kept->occurred_at, model->now);
	kept->reported_at = earlier(kept->reported_at, model->now);
	standing->assessment = assessment_capped(model, report);
	model->seen.capped += standing->assessment != report->assessment;
	standing->agreement = agreement_find(model, report->agreement);
	standing->accepted = ++model->accepted;
	standing->position = position;
	size_t index = (size_t)(standing - model->reports);
	standing->event = event_number(model, standing->agreement, index);
	return index;
}

static bool
contribution_same(const struct contribution *a, const struct contribution *b)
{
	return a && b && a->agreement == b->agreement &&
	       memcmp(a->values, b->values, sizeof(a->values)) == 0 &&
	       a->bucket == b->bucket &&
	       memcmp(a->amounts, b->amounts, sizeof(a->amounts)) == 0 &&
	       a->attributed == b->attributed && a->disputed == b->disputed &&
	       a->at_least == b->at_least;
}

static void
contribution_touch(struct model *model, const struct contribution *one)
{
	if (one && one->group != NO_GROUP)
		model->groups[one->group].touched = true;
}

static void
contribution_place(struct model *model, struct contribution *one)
{
	one->group = group_find(model, one->rule, one->agreement,
				(const char(*)[TEXT_SIZE])one->values);
}

/* One rule's share of a change of one event. */
static void
event_changed(struct model *model, const struct contributions *before,
	      struct contributions *after, size_t rule_index, size_t event)
{
	const struct contribution *lost =
		contribution_find(before, rule_index, event);
	struct contribution *added =
		(struct contribution *)contribution_find(after, rule_index,
							 event);
	const struct rule *rule = rule_of(model, rule_index);

	if (contribution_same(lost, added))
		return;
	contribution_touch(model, lost);
	if (!added)
		return;
	contribution_place(model, added);
	if (added->group == NO_GROUP &&
	    group_add(model, rule_index, added->agreement,
		      (const char(*)[TEXT_SIZE])added->values))
		contribution_place(model, added);
	contribution_touch(model, added);
	int64_t now = bucket_of(rule, agreement_of(model, added->agreement),
				model->now);
	if (rule->window_kind == WINDOW_DURATION &&
	    added->bucket <= now - late_buckets(rule) - window_buckets(rule)) {
		model->too_late[rule_index]++;
		model->seen.too_late++;
	}
}

/* The next touched group in order, or NO_GROUP. */
static size_t
touched_first(const struct model *model)
{
	size_t first = NO_GROUP;

	for (size_t i = 0; i < model->groups_count; i++)
		if (model->groups[i].touched &&
		    (first == NO_GROUP || group_order(model, i, first) < 0))
			first = i;
	return first;
}

/* Counts everything anew, compares, and evaluates what changed. */
static void
contributions_renew(struct model *model, size_t old_event, size_t new_event)
{
	struct contributions before = model->contributions;
	struct contributions after = contributions_make(model);

	for (size_t i = 0; i < after.count; i++)
		contribution_place(model, &after.all[i]);
	for (size_t rule = 0; rule < model->configuration->rules_count;
	     rule++) {
		/* Groups are made in this order: the event left, then the
		 * event joined. No other event can have changed. */
		if (old_event != new_event && old_event != SIZE_MAX)
			event_changed(model, &before, &after, rule, old_event);
		event_changed(model, &before, &after, rule, new_event);
	}
	free(before.all);
	model->contributions = after;
	for (;;) {
		size_t group = touched_first(model);
		if (group == NO_GROUP)
			return;
		model->groups[group].touched = false;
		group_evaluate(model, group, true);
	}
}

/* Says once that a pool is nearly used up. */
static void
pools_watch(struct model *model)
{
	struct pool_use uses[POOLS];

	model_pools(model, uses);
	for (size_t i = 0; i < POOLS; i++) {
		uint64_t mark = ((uint64_t)uses[i].limit * 4 + 4) / 5;
		if (model->told[i] || uses[i].used < mark)
			continue;
		model->told[i] = true;
		struct alert *alert = alert_add(model);
		alert->episode_seq = alert->seq;
		alert->msg_type = MSG_TYPE_ALERT;
		alert->state = ALERT_FIRING;
		alert->cause = CAUSE_CROSSED;
		alert->status = part_status(model, STATUS_SYSTEM);
		strcpy(alert->agreement, "truced");
		snprintf(alert->rule, sizeof(alert->rule), "%s-limit",
			 pool_name((enum pool_kind)i));
		alert->severity = SEVERITY_MODERATE;
		alert->certainty = CERTAINTY_OBSERVED;
		alert->urgency = URGENCY_EXPECTED;
		for (size_t basis = 0; basis < BASES; basis++)
			alert->sums.by_basis[basis] = uses[i].used;
		alert->threshold = (double)mark;
		alert->onset_at = model->now;
	}
}

static void
report_apply(struct model *model, const struct step *step, size_t index)
{
	const struct report *report = &step->reports[index];
	struct receipt *receipt = &step->receipts[index];
	const char *names[REPORT_NAMES];

	if (!report_judge(model, report, receipt))
		return;
	receipt->position = step->position;
	int64_t time = report_time(model, report, step->time_ms);
	time_advance(model, time);
	report_names(report, names);
	for (size_t i = 0; i < REPORT_NAMES; i++)
		name_add(model, names[i]);
	const struct standing *standing = standing_find(model, report);
	size_t old_event = standing ? standing->event : SIZE_MAX;
	size_t stands = report_stand(model, report, time, step->position);
	contributions_renew(model, old_event, model->reports[stands].event);
	pools_watch(model);
}

int
model_new(struct model **ret_model, const struct configuration *configuration,
	  enum engine_part part)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		return -ENOMEM;
	model->configuration = configuration;
	model->part = part;
	model->limits = part == ENGINE_REAL ? &configuration->limits
					    : &configuration->drill_limits;
	model->now = TIME_UNSET;
	model->too_late = calloc(configuration->rules_count + 1,
				 sizeof(*model->too_late));
	names_reserve(model);
	if (!model->too_late || !groups_reserve(model)) {
		model_free(model);
		return -ENOSPC;
	}
	*ret_model = model;
	return 0;
}

void
model_free(struct model *model)
{
	if (!model)
		return;
	free(model->reports);
	free(model->events);
	free(model->contributions.all);
	free(model->names);
	free(model->groups);
	free(model->episodes);
	free(model->too_late);
	free(model->alerts);
	free(model);
}

void
model_begin(struct model *model, const struct step *step)
{
	assert(model->alerts_read == model->alerts_count);
	model->alerts_count = 0;
	model->alerts_read = 0;
	switch (step->kind) {
	case STEP_REPORTS:
		for (size_t i = 0; i < step->count; i++) {
			enum status status = step->reports[i].status;
			bool drill = status == STATUS_EXERCISE ||
				     status == STATUS_TEST;
			/* Others have given their verdict already. */
			if (step->receipts[i].verdict == VERDICT_NONE &&
			    drill == (model->part == ENGINE_DRILL))
				report_apply(model, step, i);
		}
		break;
	case STEP_START:
	case STEP_TICK:
		if (model->configuration->clock == CLOCK_WALL)
			time_advance(model, step->time_ms);
		break;
	case STEP_NONE:
	case STEP_CONFIG:
	case STEP_COMMAND:
	case STEP_CLOCK:
		break;
	}
}

bool
model_next(struct model *model, struct alert *ret_alert)
{
	if (model->alerts_read == model->alerts_count)
		return false;
	*ret_alert = model->alerts[model->alerts_read++];
	return true;
}

int64_t
model_now(const struct model *model)
{
	return model->now;
}

int64_t
model_due(const struct model *model)
{
	int64_t due = TIME_NEVER;

	for (size_t i = 0; i < model->groups_count; i++)
		due = earlier(due, group_due(model, i));
	return due;
}

uint64_t
model_seq(const struct model *model)
{
	return model->seq;
}

void
model_pools(const struct model *model, struct pool_use ret_use[POOLS])
{
	const struct limits *limits = model->limits;
	size_t open = 0;

	for (size_t i = 0; i < model->episodes_count; i++)
		open += model->episodes[i].open;
	memset(ret_use, 0, POOLS * sizeof(*ret_use));
	ret_use[POOL_REPORTS].used = (uint32_t)model->reports_count;
	ret_use[POOL_REPORTS].limit = limits->reports;
	ret_use[POOL_GROUPS].used = (uint32_t)model->groups_count;
	ret_use[POOL_GROUPS].limit = limits->groups;
	ret_use[POOL_BUCKETS].used = (uint32_t)model->buckets_used;
	ret_use[POOL_BUCKETS].limit = limits->buckets;
	ret_use[POOL_EPISODES].used = (uint32_t)open;
	ret_use[POOL_EPISODES].limit = limits->episodes;
	ret_use[POOL_NAMES].used = (uint32_t)model->names_count;
	ret_use[POOL_NAMES].limit = limits->names;
}

void
model_rule_use(const struct model *model, size_t rule, struct rule_use *ret_use)
{
	*ret_use = (struct rule_use){
		.rule = rule_of(model, rule)->name,
		.too_late = model->too_late[rule],
	};
	for (size_t i = 0; i < model->groups_count; i++)
		ret_use->groups += model->groups[i].rule == rule;
	for (size_t i = 0; i < model->episodes_count; i++)
		ret_use->open +=
			model->episodes[i].open &&
			model->groups[model->episodes[i].group].rule == rule;
	for (size_t i = 0; i < model->contributions.count; i++)
		ret_use->ungrouped +=
			model->contributions.all[i].rule == rule &&
			model->contributions.all[i].group == NO_GROUP;
}

bool
model_sums(const struct model *model, size_t rule, const char *agreement,
	   const char *const *values, struct sums *ret_sums)
{
	char wanted[GROUP_BY_MAX][TEXT_SIZE] = {0};

	for (size_t i = 0; i < rule_of(model, rule)->group_by_count; i++)
		snprintf(wanted[i], TEXT_SIZE, "%s", values[i]);
	size_t group = group_find(model, rule, agreement_find(model, agreement),
				  (const char(*)[TEXT_SIZE])wanted);
	if (group == NO_GROUP)
		return false;
	*ret_sums = window_now(model, group).sums;
	return true;
}

bool
model_open(const struct model *model, uint32_t *iterator, uint64_t *ret_seq)
{
	while (*iterator < model->episodes_count) {
		const struct episode *episode = &model->episodes[(*iterator)++];
		if (!episode->open)
			continue;
		*ret_seq = episode->last_seq;
		return true;
	}
	return false;
}

bool
model_group(const struct model *model, size_t group, size_t *ret_rule,
	    const char **ret_agreement, const char *ret_values[GROUP_BY_MAX])
{
	if (group >= model->groups_count)
		return false;
	*ret_rule = model->groups[group].rule;
	*ret_agreement =
		agreement_of(model, model->groups[group].agreement)->id;
	for (size_t i = 0; i < GROUP_BY_MAX; i++)
		ret_values[i] = model->groups[group].values[i];
	return true;
}

const struct model_seen *
model_seen(const struct model *model)
{
	return &model->seen;
}
