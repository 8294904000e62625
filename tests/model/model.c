#include "model.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_counters.h"
#include "model_silence.h"
#include "model_told.h"
#include "model_watch.h"
#include "statistic.h"

enum { BASES = 4 };

static const size_t NO_GROUP = SIZE_MAX;

/* What an incident counts for, with what findings say of it. */
struct weight {
	enum assessment assessment; /* capped by whose word it is */
	enum attribution attribution;
	char party[NAME_SIZE];
	char event[TEXT_SIZE];
	bool denied;
};

/* A report as it stands: its times are those that count. */
struct standing {
	struct report report;
	int64_t received_at; /* of its first revision */
	int64_t lasted_ms;
	struct weight weight;
	size_t agreement;
	size_t event;	   /* index of model's events; of an incident */
	bool unheard;	   /* a finding puts nothing into its event, so far */
	uint64_t accepted; /* order of acceptance of this revision */
	uint64_t position;
};

/* What reports tell of: all that name it, or the one that names none. */
struct event {
	size_t agreement;
	char name[TEXT_SIZE];
	size_t report; /* where name is "" */
};

/* With window "event": by what it is known, also when its reports change. All
 * "" with other windows. */
struct event_key {
	char name[TEXT_SIZE];
	char source[TEXT_SIZE]; /* of the report that is by itself */
	char id[TEXT_SIZE];
};

static const struct event_key no_key;

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
	struct event_key key;
	int64_t bucket;
	int64_t time; /* with window "event", else 0 */
	uint64_t amounts[BASES];
	bool attributed; /* these where it adds to the basis sum */
	bool disputed;
	bool at_least;
	size_t members[EVENT_REPORTS_MAX];
	size_t members_count;
	/* What a distinct measure counts. */
	char names[EVENT_REPORTS_MAX][TEXT_SIZE];
	size_t names_count;
	size_t group; /* or NO_GROUP: it is in `_other` */
};

struct contributions {
	struct contribution *all;
	size_t count;
	size_t size;
};

/* With window "event" one for each event and key; those are none to the
 * limits, nor to who asks. */
struct group {
	size_t rule;
	size_t agreement;
	char values[GROUP_BY_MAX][TEXT_SIZE];
	struct event_key key;
	bool of_event;
	int64_t pending_since;	  /* or TIME_UNSET */
	int64_t evaluated_at;	  /* everything due until then is done */
	int retracted;		  /* level that an officer took back, or -1 */
	int64_t left_since;	  /* while retracted: or TIME_UNSET */
	bool sum_changed;	  /* since the last message, when evaluated */
	struct model_watch watch; /* where no event is counted */
	bool again;		  /* is looked at now: the clock was set back */
	bool touched;
	uint64_t touched_order;
};

/* What is remembered of an event that has no episode any more. */
struct mark {
	size_t group;
	int level;	/* that it must exceed */
	bool retracted; /* or meet none */
};

struct episode {
	size_t group;
	bool open;
	uint64_t ended; /* order of ending */
	int64_t started_at;
	int64_t ended_at;
	uint64_t began;	    /* order of first messages; until there is one, of
			     * beginnings */
	uint64_t first_seq; /* 0: nothing was sent */
	int64_t first_at;   /* when it was */
	uint64_t last_seq;
	size_t held;
	size_t highest;		/* announced, or would have been */
	int announced;		/* the highest that was, or -1 */
	int64_t withheld_since; /* something is held back, or TIME_UNSET */
	int64_t changed_at;	/* level or certainty */
	int64_t below_since[LEVELS_MAX]; /* or TIME_UNSET */
	enum certainty certainty;
	int64_t onset_at;
	int64_t last_message_at;
	uint64_t last_sums[BASES];
	uint64_t told;			 /* the basis sum that was sent last */
	char acknowledged_by[TEXT_SIZE]; /* "": nobody has it in hand */
	int64_t acknowledged_at;
	int64_t acknowledged_until; /* or TIME_NEVER */
	int64_t unacknowledged_since;
	bool escalated;
	bool urgent; /* escalated, and nobody has acknowledged it since */
};

/* When an agreement's first record was, by enum time_field; that of a revision
 * counts, too. */
struct first {
	bool any;
	int64_t times[3];
};

struct model {
	const struct configuration *configuration;
	struct model *prepared; /* for the CONFIG step to come */
	const struct limits *limits;
	enum engine_part part;
	int64_t now;
	int64_t started_at; /* the last start: no reminders before it */
	uint64_t seq;
	struct standing *reports;
	size_t reports_count;
	uint64_t accepted;
	struct first *first; /* by agreement */
	struct event *events;
	size_t events_count;
	struct contributions contributions;
	char (*names)[TEXT_SIZE];
	size_t names_count;
	struct group *groups;
	size_t groups_count;
	size_t buckets_used;
	uint64_t touches;
	struct mark *marks; /* the oldest first */
	size_t marks_count;
	struct episode *episodes; /* as they began */
	size_t episodes_count;
	uint64_t episodes_ended;
	uint64_t episodes_begun;
	struct model_silences silences;
	struct model_deadlines deadlines;
	const struct report *applied; /* or NULL */
	bool revises;		      /* one that stood */
	bool moves;		      /* likewise, to another event */
	bool told[POOLS];	      /* that the pool is at 80 % */
	uint64_t *too_late;	      /* by rule */
	uint64_t *refused; /* by rule: events for which there was no room */
	struct alert *alerts;
	size_t alerts_count;
	size_t alerts_read;
	struct model_seen seen;
	struct model_told counts; /* of what was told, by all kinds of rules */
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
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
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

/* If not, its one window is bucket 0. */
static bool
has_buckets(const struct rule *rule)
{
	return rule->window_kind == WINDOW_DURATION &&
	       !rule_is_of_tallies(rule);
}

static int64_t
bucket_of(const struct rule *rule, const struct agreement *agreement,
	  int64_t time)
{
	if (!has_buckets(rule))
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
	if (!has_buckets(rule))
		return 1;
	return ceiling_division(rule->window_ms, rule->resolution_ms);
}

static int64_t
late_buckets(const struct rule *rule)
{
	if (!has_buckets(rule))
		return 0;
	return ceiling_division(rule->late_ms, rule->resolution_ms);
}

/* How many buckets a report may be old and still count, but for `late`. */
static int64_t
history_buckets(const struct rule *rule)
{
	if (rule->kind == RULE_SPIKE)
		return (int64_t)statistic_history(&rule->spike) + 1;
	return window_buckets(rule);
}

/* An event and a counter have no ring. */
static size_t
ring_buckets(const struct rule *rule)
{
	if (rule->window_kind == WINDOW_EVENT || rule_is_of_tallies(rule) ||
	    !rule_counts_events(rule))
		return 0;
	return (size_t)(history_buckets(rule) + late_buckets(rule));
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
is_upheld(const struct standing *member)
{
	return member->weight.assessment != ASSESSMENT_UNSUBSTANTIATED &&
	       member->weight.assessment != ASSESSMENT_WITHDRAWN;
}

static bool
takes_part(const struct standing *member)
{
	return is_upheld(member) && !is_nil(&member->report);
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

/* Whether more than an allegation counts of what a source says. */
static bool
is_weighty(const struct model *model, const struct agreement *agreement,
	   const char *name)
{
	const struct source *source = source_of(model, name);

	return source &&
	       assessment_rank(source->at_most) >
		       assessment_rank(ASSESSMENT_ALLEGED) &&
	       !is_party(agreement, name) &&
	       !is_party(agreement, origin_of(model, name));
}

/* Whether the source is the party, or speaks for it. */
static bool
speaks_for(const struct model *model, const char *source, const char *party)
{
	return party[0] != '\0' &&
	       (strcmp(source, party) == 0 ||
		strcmp(origin_of(model, source), party) == 0);
}

/* Whether a source is believed when it says who did it. */
static bool
may_attribute(const struct model *model, const struct standing *speaker,
	      const char *party)
{
	const struct report *report = &speaker->report;

	return is_weighty(model, agreement_of(model, speaker->agreement),
			  report->source) ||
	       (report->attribution == ATTRIBUTION_ADMITTED &&
		speaks_for(model, report->source, party));
}

static bool
is_later(const struct standing *a, const struct standing *b)
{
	if (a->report.reported_at != b->report.reported_at)
		return a->report.reported_at > b->report.reported_at;
	int order = strcmp(a->report.source, b->report.source);
	if (order != 0)
		return order > 0;
	return strcmp(a->report.id, b->report.id) > 0;
}

static bool
leads(const struct standing *a, const struct standing *b)
{
	int rank_a = assessment_rank(a->weight.assessment);
	int rank_b = assessment_rank(b->weight.assessment);

	return rank_a != rank_b ? rank_a > rank_b : is_later(a, b);
}

enum { REPORT_NAME_SIZE = 2 * TEXT_SIZE };

/* As findings name it. */
static void
report_name(const struct report *report, char name[REPORT_NAME_SIZE])
{
	snprintf(name, REPORT_NAME_SIZE, "%s/%s", report->source, report->id);
}

static bool
finding_names(const struct report *finding, const char *name)
{
	const char *named = finding->reports;

	for (size_t i = 0; i < finding->reports_count; i++) {
		if (strcmp(named, name) == 0)
			return true;
		named += strlen(named) + 1;
	}
	return false;
}

static bool
is_finding(const struct standing *standing)
{
	return standing->report.type == REPORT_FINDING &&
	       standing->report.assessment != ASSESSMENT_WITHDRAWN;
}

/* A finding that names no reports speaks of all that tell its event. */
static bool
is_about_event(const struct standing *finding, size_t agreement,
	       const char *event)
{
	return is_finding(finding) && finding->report.reports_count == 0 &&
	       finding->agreement == agreement && event[0] != '\0' &&
	       strcmp(finding->report.event, event) == 0;
}

static bool
is_about(const struct standing *finding, const struct standing *of)
{
	char name[REPORT_NAME_SIZE];

	if (!is_finding(finding) || of->report.type != REPORT_INCIDENT ||
	    finding->agreement != of->agreement ||
	    of->report.assessment == ASSESSMENT_WITHDRAWN)
		return false;
	report_name(&of->report, name);
	return finding_names(&finding->report, name) ||
	       is_about_event(finding, of->agreement, of->weight.event);
}

/* What a finding may say of a report. */
typedef bool (*finding_says)(const struct model *model,
			     const struct standing *finding,
			     const struct standing *of);

/* The latest finding about the report that says so, or NULL; `before`: the
 * latest that came before that one. */
static const struct standing *
last_word(const struct model *model, const struct standing *of,
	  finding_says says, const struct standing *before)
{
	const struct standing *last = NULL;

	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *finding = &model->reports[i];
		if (is_about(finding, of) && says(model, finding, of) &&
		    (!before || is_later(before, finding)) &&
		    (!last || is_later(finding, last)))
			last = finding;
	}
	return last;
}

static bool
counts(const struct model *model, const struct standing *finding)
{
	return is_weighty(model, agreement_of(model, finding->agreement),
			  finding->report.source);
}

static bool
says_event(const struct model *model, const struct standing *finding,
	   const struct standing *of)
{
	(void)of;
	return finding->report.event[0] != '\0' && !finding->unheard &&
	       counts(model, finding);
}

static bool
says_party(const struct model *model, const struct standing *finding,
	   const struct standing *of)
{
	(void)of;
	return finding->report.party[0] != '\0' && counts(model, finding);
}

static bool
says_assessment(const struct model *model, const struct standing *finding,
		const struct standing *of)
{
	(void)of;
	return finding->report.assessment != ASSESSMENT_UNSPECIFIED &&
	       counts(model, finding);
}

static bool
says_denied(const struct model *model, const struct standing *finding,
	    const struct standing *of)
{
	(void)model;
	(void)of;
	return finding->report.denies;
}

/* An attribution is of a party: of the one that the finding names, else of the
 * one that was accused when it was made. */
static bool
says_attribution(const struct model *model, const struct standing *finding,
		 const struct standing *of)
{
	const char *accused = finding->report.party;

	if (finding->report.attribution == ATTRIBUTION_UNSPECIFIED ||
	    !may_attribute(model, finding, of->weight.party))
		return false;
	if (accused[0] == '\0') {
		const struct standing *before =
			last_word(model, of, says_party, finding);
		accused = before ? before->report.party : of->report.party;
	}
	return strcmp(accused, of->weight.party) == 0;
}

static enum attribution
attribution_weighed(const struct model *model, const struct standing *standing)
{
	const struct report *report = &standing->report;
	const struct standing *said =
		last_word(model, standing, says_attribution, NULL);

	if (said)
		return said->report.attribution;
	if (strcmp(report->party, standing->weight.party) != 0)
		return ATTRIBUTION_ALLEGED_PARTY;
	return report->attribution == ATTRIBUTION_NOT_ATTRIBUTABLE ||
			       may_attribute(model, standing, report->party)
		       ? report->attribution
		       : ATTRIBUTION_ALLEGED_PARTY;
}

static size_t
findings_count(const struct model *model, const struct standing *of)
{
	size_t count = 0;

	for (size_t i = 0; i < model->reports_count; i++)
		count += is_about(&model->reports[i], of);
	return count;
}

/* First the event: findings may be about all that tell it. */
static void
weigh(struct model *model, struct standing *standing)
{
	const struct report *report = &standing->report;
	struct weight *weight = &standing->weight;
	const struct standing *said;

	memset(weight, 0, sizeof(*weight));
	said = last_word(model, standing, says_event, NULL);
	strcpy(weight->event, said ? said->report.event : report->event);
	said = last_word(model, standing, says_party, NULL);
	strcpy(weight->party, said ? said->report.party : report->party);
	said = last_word(model, standing, says_assessment, NULL);
	weight->assessment =
		assessment_capped(model, said ? &said->report : report);
	weight->attribution = attribution_weighed(model, standing);
	weight->denied = last_word(model, standing, says_denied, NULL);
}

/* How many independent origins tell the event, or tell that it was one. */
static size_t
origins_count(const struct model *model, const struct merged *merged,
	      bool violation)
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
		if (violation &&
		    member->weight.assessment == ASSESSMENT_NOT_A_VIOLATION)
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
		const struct weight *weight =
			&model->reports[merged->members[i]].weight;
		if (weight->denied)
			return true;
		if (weight->party[0] == '\0')
			continue;
		if (party[0] != '\0' && strcmp(party, weight->party) != 0)
			return true;
		party = weight->party;
	}
	return false;
}

/* The event as the rule sees it; false if no report of it takes part. */
static bool
event_merge(const struct model *model, const struct rule *rule, size_t event,
	    struct merged *merged)
{
	bool violation = rule->measure == MEASURE_VIOLATIONS ||
			 rule->measure == MEASURE_EVENTS ||
			 measure_is_distinct(rule->measure);

	memset(merged, 0, sizeof(*merged));
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *member = &model->reports[i];
		if (member->event != event || !takes_part(member) ||
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
	merged->sources = origins_count(model, merged, violation);
	merged->disputed = is_disputed(model, merged);
	return true;
}

static bool
event_matches(const struct model *model, const struct rule *rule,
	      const struct merged *merged)
{
	const struct match *match = &rule->match;
	const struct report *report = &merged->leader->report;
	const struct weight *weight = &merged->leader->weight;
	const char *agreement =
		agreement_of(model, merged->leader->agreement)->id;

	if (!list_allows(&match->agreement, agreement) ||
	    !list_allows(&match->party, weight->party) ||
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
	return assessment_rank(weight->assessment) >=
		       assessment_rank(match->min_assessment) &&
	       attribution_rank(weight->attribution) >=
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
		merged->leader->weight.assessment != ASSESSMENT_NOT_A_VIOLATION;

	switch (measure) {
	case MEASURE_VIOLATIONS:
		return violation ? counts[COUNT_VIOLATIONS] : (struct count){0};
	case MEASURE_EVENTS:
	case MEASURE_SOURCES:
	case MEASURE_PLACES:
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

	if (rule->window_kind == WINDOW_EVENT)
		return INSIDE;
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
		text = merged->leader->weight.party;
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
	case FIELD_DEADLINE:
	case FIELDS:
		abort();
	}
	snprintf(value, TEXT_SIZE, "%s", text);
}

static struct event_key
event_key(const struct model *model, size_t number)
{
	const struct event *event = &model->events[number];
	struct event_key key = {0};

	strcpy(key.name, event->name);
	if (event->name[0] == '\0') {
		const struct report *report =
			&model->reports[event->report].report;
		strcpy(key.source, report->source);
		strcpy(key.id, report->id);
	}
	return key;
}

static bool
name_is_noted(const struct contribution *contribution, const char *name)
{
	for (size_t i = 0; i < contribution->names_count; i++)
		if (strcmp(contribution->names[i], name) == 0)
			return true;
	return false;
}

static void
name_note(struct contribution *contribution, const char *name)
{
	if (!name_is_noted(contribution, name))
		strcpy(contribution->names[contribution->names_count++], name);
}

static bool
names_same(const struct contribution *a, const struct contribution *b)
{
	bool same = a->names_count == b->names_count;

	for (size_t i = 0; same && i < a->names_count; i++)
		same = name_is_noted(b, a->names[i]);
	return same;
}

static bool
event_is_tally(const struct model *model, size_t number)
{
	const struct event *event = &model->events[number];

	return event->name[0] == '\0' &&
	       model->reports[event->report].report.type == REPORT_TALLY;
}

static bool
tally_tells(const struct report *report, enum tally_count count)
{
	return report->told >> count & 1;
}

/* What a tally says of a measure; false: nothing, or not all. */
static bool
tally_count(const struct report *report, enum measure measure,
	    struct count *ret_count)
{
	static const enum tally_count counts_of[MEASURES] = {
		[MEASURE_VIOLATIONS] = TALLY_VIOLATIONS,
		[MEASURE_KILLED] = TALLY_KILLED,
		[MEASURE_INJURED] = TALLY_INJURED,
		[MEASURE_CASUALTIES] = TALLY_KILLED,
		[MEASURE_KILLED_IN_PERIOD] = TALLY_KILLED_IN_PERIOD,
		[MEASURE_INJURED_IN_PERIOD] = TALLY_INJURED_IN_PERIOD,
	};
	const struct count *injured = &report->totals[TALLY_INJURED];

	*ret_count = report->totals[counts_of[measure]];
	if (measure != MEASURE_CASUALTIES)
		return tally_tells(report, counts_of[measure]);
	ret_count->low += injured->low;
	ret_count->best += injured->best;
	ret_count->high += injured->high;
	ret_count->at_least |= injured->at_least;
	return tally_tells(report, TALLY_KILLED) &&
	       tally_tells(report, TALLY_INJURED);
}

/* Whether a standing report is a tally that the rule goes by, and what it says.
 */
static bool
tally_counts(const struct model *model, const struct rule *rule,
	     const struct standing *standing, struct count *ret_count)
{
	const struct report *report = &standing->report;
	const struct match *match = &rule->match;

	return report->type == REPORT_TALLY && is_upheld(standing) &&
	       list_allows(&match->agreement,
			   agreement_of(model, standing->agreement)->id) &&
	       list_allows(&match->source, report->source) &&
	       list_allows(&match->feed, report->feed) &&
	       list_allows(&match->party, report->party) &&
	       assessment_rank(standing->weight.assessment) >=
		       assessment_rank(match->min_assessment) &&
	       tally_count(report, rule->measure, ret_count);
}

/* In which group a tally counts: what that says is looked up in all of them. */
static bool
tally_contribute(const struct model *model, size_t rule_index, size_t event,
		 struct contribution *contribution)
{
	const struct rule *rule = rule_of(model, rule_index);
	const struct standing *standing =
		&model->reports[model->events[event].report];
	struct count count;

	if (!tally_counts(model, rule, standing, &count))
		return false;
	memset(contribution, 0, sizeof(*contribution));
	contribution->rule = rule_index;
	contribution->event = event;
	contribution->agreement = standing->agreement;
	for (size_t i = 0; i < rule->group_by_count; i++)
		strcpy(contribution->values[i],
		       rule->group_by[i] == FIELD_SOURCE
			       ? standing->report.source
			       : standing->report.party);
	contribution->group = NO_GROUP;
	return true;
}

/* What the event adds to the rule; false if it adds nothing. */
static bool
contribution_make(struct model *model, size_t rule_index, size_t event,
		  struct contribution *contribution)
{
	const struct rule *rule = rule_of(model, rule_index);
	struct merged merged;

	if (event_is_tally(model, event) != rule_is_of_tallies(rule))
		return false;
	if (rule_is_of_tallies(rule))
		return tally_contribute(model, rule_index, event, contribution);
	if (!event_merge(model, rule, event, &merged) ||
	    !event_matches(model, rule, &merged))
		return false;
	size_t agreement = merged.leader->agreement;
	enum place_in_window place =
		event_place(rule, agreement_of(model, agreement), &merged);
	struct count count = event_count(&merged, rule->measure);
	if (place == OUTSIDE || count.high == 0 ||
	    (rule->measure == MEASURE_PLACES &&
	     merged.leader->report.place[0] == '\0'))
		return false;
	bool confirmed = assessment_rank(merged.leader->weight.assessment) >= 2;
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
	if (rule->window_kind == WINDOW_EVENT) {
		contribution->key = event_key(model, event);
		contribution->time = event_time(rule, &merged);
	}
	contribution->amounts[BASIS_CONFIRMED] =
		inside && confirmed ? count.low : 0;
	contribution->amounts[BASIS_SUPPORTED] =
		inside && supported ? count.best : 0;
	contribution->amounts[BASIS_REPORTED] = inside ? count.best : 0;
	contribution->amounts[BASIS_UPPER] = count.high;
	if (contribution->amounts[rule->basis] > 0) {
		contribution->attributed =
			attribution_rank(merged.leader->weight.attribution) >=
			attribution_rank(ATTRIBUTION_ASSESSED_PARTY);
		contribution->disputed = merged.disputed;
		contribution->at_least = count.at_least;
	}
	memcpy(contribution->members, merged.members, sizeof(merged.members));
	contribution->members_count = merged.members_count;
	if (rule->measure == MEASURE_PLACES)
		name_note(contribution, merged.leader->report.place);
	for (size_t i = 0;
	     rule->measure == MEASURE_SOURCES && i < merged.members_count; i++)
		name_note(contribution,
			  model->reports[merged.members[i]].report.source);
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
		for (size_t i = 0; rule_counts_events(rule_of(model, rule)) &&
				   i < model->events_count;
		     i++) {
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
	double values[BASES]; /* what is held against levels, by basis */
	int64_t onset_at;     /* TIME_UNSET: nothing in it */
};

static bool
window_holds(const struct rule *rule, int64_t end, int64_t bucket)
{
	return end - window_buckets(rule) < bucket && bucket <= end;
}

/* How many names there are in the events of a window's sum. */
static uint64_t
window_names(const struct model *model, size_t group, int64_t end, size_t basis)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	const char **seen = calloc(model->reports_count + 1, sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; i < model->contributions.count; i++) {
		const struct contribution *one = &model->contributions.all[i];
		if (one->group != group || one->amounts[basis] == 0 ||
		    !window_holds(rule, end, one->bucket))
			continue;
		for (size_t k = 0; k < one->names_count; k++)
			if (!names_include(seen, count, one->names[k]))
				seen[count++] = one->names[k];
	}
	free(seen);
	return count < 256 ? count : 256;
}

/* What counts in each of the buckets up to `end`, the oldest first. */
static void
series_make(const struct model *model, size_t group, int64_t end,
	    uint64_t *series, size_t count)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);

	memset(series, 0, count * sizeof(*series));
	for (size_t i = 0; i < model->contributions.count; i++) {
		const struct contribution *one = &model->contributions.all[i];
		int64_t before = end - one->bucket;
		if (one->group == group && before >= 0 &&
		    before < (int64_t)count)
			series[count - 1 - (size_t)before] +=
				one->amounts[rule->basis];
	}
}

/* The sums themselves, or how far the bucket stands out. Its certainty is that
 * of the same bucket, had it only what is confirmed, or supported, of it. */
static void
window_value(const struct model *model, size_t group, struct window *window)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	size_t count = (size_t)history_buckets(rule);

	for (size_t basis = 0; basis < BASES; basis++)
		window->values[basis] = (double)window->sums.by_basis[basis];
	if (rule->kind != RULE_SPIKE)
		return;
	uint64_t *series = calloc(count, sizeof(*series));
	if (!series)
		abort();
	series_make(model, group, window->end, series, count);
	for (size_t basis = 0; basis < BASES; basis++) {
		series[count - 1] = window->sums.by_basis[basis];
		window->values[basis] =
			statistic_of(&rule->spike, series, count);
	}
	free(series);
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
		else if (rule->window_kind == WINDOW_EVENT)
			start = one->time;
		if (window.onset_at == TIME_UNSET || start < window.onset_at)
			window.onset_at = start;
	}
	for (size_t basis = 0;
	     measure_is_distinct(rule->measure) && basis < BASES; basis++)
		window.sums.by_basis[basis] =
			window_names(model, group_index, end, basis);
	window_value(model, group_index, &window);
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
		if (window.values[rule->basis] > greatest.values[rule->basis])
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

/* Of a spike: buckets before the agreement's first record are unknown, and so
 * many must be known that the late ones have their past, too. */
static bool
is_tested(const struct model *model, size_t group)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	const struct first *first =
		&model->first[model->groups[group].agreement];
	int64_t known = (int64_t)rule->spike.baseline + 4;

	if (rule->kind != RULE_SPIKE)
		return true;
	if (!first->any)
		return false;
	int64_t history = (int64_t)statistic_history(&rule->spike);
	if (rule->spike.method == SPIKE_POISSON_CUSUM && history > known)
		known = history;
	return group_bucket(model, group, model->now) -
		       group_bucket(model, group, first->times[rule->time]) >=
	       known + late_buckets(rule);
}

/* A counter that a group goes by: what one source tells, of the group's party.
 */
static void
counter_gather(const struct model *model, const struct group *group,
	       const char *source, const char *party, struct counter *counter)
{
	const struct rule *rule = rule_of(model, group->rule);
	int64_t effective_at =
		agreement_of(model, group->agreement)->effective_at;

	counter->source = source;
	counter->tallies =
		calloc(model->reports_count + 1, sizeof(*counter->tallies));
	if (!counter->tallies)
		abort();
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *standing = &model->reports[i];
		const struct report *report = &standing->report;
		struct count count;
		if (standing->agreement != group->agreement ||
		    strcmp(report->source, source) != 0 ||
		    strcmp(report->party, party) != 0 ||
		    !tally_counts(model, rule, standing, &count))
			continue;
		/* What happened in a period is of no counter. */
		int64_t since_at =
			measure_is_in_period(rule->measure) ? TIME_UNSET
			: report->since_at == TIME_UNSET    ? effective_at
							    : report->since_at;
		counter->tallies[counter->count++] = (struct tally){
			.report = i,
			.id = report->id,
			.as_of_at = report->occurred_at,
			.reported_at = report->reported_at,
			.since_at = earlier(since_at, report->occurred_at),
			.period_ms = report->period_ms,
			.count = count,
			.sure = assessment_rank(standing->weight.assessment) >=
				2,
		};
	}
}

/* Our own sum: of all events, whoever reported them, by the party; "": of all.
 */
static void
happenings_gather(const struct model *model, const struct group *group,
		  const char *party, struct counters *counters)
{
	const struct rule any = {
		.measure = rule_of(model, group->rule)->measure,
	};

	counters->happenings =
		calloc(model->events_count + 1, sizeof(*counters->happenings));
	if (!counters->happenings)
		abort();
	for (size_t i = 0; i < model->events_count; i++) {
		struct merged merged;
		if (event_is_tally(model, i) ||
		    model->events[i].agreement != group->agreement ||
		    !event_merge(model, &any, i, &merged))
			continue;
		const struct standing *leader = merged.leader;
		struct count count = event_count(&merged, any.measure);
		if (count.high == 0 ||
		    (party[0] != '\0' &&
		     strcmp(leader->weight.party, party) != 0))
			continue;
		int64_t from_at = leader->report.occurred_at;
		counters->happenings[counters->happenings_count++] =
			(struct happening){
				.from_at = from_at,
				.until_at = from_at + leader->lasted_ms,
				.count = count,
				.sure = assessment_rank(
						leader->weight.assessment) >= 2,
			};
	}
}

static struct counters
counters_gather(const struct model *model, size_t group_index)
{
	const struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	struct counters counters = {.rule = rule, .count = 1};

	if (rule->kind == RULE_TALLY) {
		counter_gather(model, group, group->values[0], group->values[1],
			       &counters.counters[0]);
		return counters;
	}
	counters.count = rule->match.source.count;
	for (size_t i = 0; i < counters.count; i++)
		counter_gather(model, group, rule->match.source.names[i],
			       group->values[0], &counters.counters[i]);
	if (rule_holds_against_events(rule))
		happenings_gather(model, group, group->values[0], &counters);
	return counters;
}

static void
counters_done(struct counters *counters)
{
	for (size_t i = 0; i < counters->count; i++)
		free(counters->counters[i].tallies);
	free(counters->happenings);
}

/* The greatest figure of a time; its "end" is when it was so. */
static struct window
figure_window(const struct model *model, size_t group, int64_t from,
	      int64_t until)
{
	struct counters counters = counters_gather(model, group);
	struct figure figure = counters_greatest(&counters, from, until);
	struct window window = {
		.end = figure.at,
		.sums = figure.sums,
		.onset_at = figure.onset_at,
	};

	memcpy(window.values, figure.values, sizeof(window.values));
	counters_done(&counters);
	return window;
}

/* Of what is no event: all four sums are the same. */
static struct window
window_watched(const struct model *model, size_t group_index)
{
	const struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	/* Nobody knows yet what time it is. */
	struct watched watched = {.value = -INFINITY, .onset_at = TIME_UNSET};

	if (model->now == TIME_UNSET)
		;
	else if (rule->kind == RULE_ABSENCE)
		watched = watch_absence(&group->watch, rule, model->now);
	else if (rule->kind == RULE_DEADLINE)
		watched = watch_deadline(&model->deadlines,
					 agreement_of(model, group->agreement),
					 group->values[0], model->now);
	else
		watched = watch_feed(&group->watch);
	struct window window = {.onset_at = watched.onset_at};
	for (size_t basis = 0; basis < BASES; basis++) {
		window.values[basis] = watched.value;
		window.sums.by_basis[basis] = watched.sum;
	}
	return window;
}

/* The window that is tested now. */
static struct window
window_now(const struct model *model, size_t group)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	int64_t now = model->now == TIME_UNSET ? 0 : model->now;

	if (!rule_counts_events(rule))
		return window_watched(model, group);
	if (rule_is_of_tallies(rule))
		return figure_window(model, group, now, now);
	int64_t last = group_bucket(model, group, now);
	if (!is_tested(model, group))
		return (struct window){.end = last, .onset_at = TIME_UNSET};
	return window_greatest(model, group, last - late_buckets(rule), last);
}

/* The greatest of all that were tested during the episode. */
static struct window
window_peak(const struct model *model, const struct episode *episode)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	int64_t until = episode->open ? model->now : episode->ended_at;

	if (rule_is_of_tallies(rule))
		return figure_window(model, episode->group, episode->started_at,
				     until);
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

/* What figure it was. */
static void
figure_tell(const struct model *model, size_t group, int64_t at,
	    struct alert *alert)
{
	struct counters counters = counters_gather(model, group);
	struct figure figure = counters_figure(&counters, at);

	alert->figure = figure.kind;
	memcpy(alert->compared, figure.compared, sizeof(alert->compared));
	alert->compared_count = figure.compared_count;
	counters_done(&counters);
}

/* What it rests on. */
static void
tallies_gather(const struct model *model, size_t group, int64_t at,
	       struct alert *alert)
{
	struct counters counters = counters_gather(model, group);
	uint64_t accepted[EVIDENCE_MAX];

	counters_figure(&counters, at);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter *counter = &counters.counters[i];
		for (size_t k = 0; k < counter->count; k++)
			if (counter->tallies[k].evidence)
				evidence_add(model, counter->tallies[k].report,
					     alert, accepted);
	}
	counters_done(&counters);
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

/* A sum must reach a level, a statistic must exceed it. */
static bool
reaches(const struct rule *rule, double value, double at)
{
	return rule->kind == RULE_SPIKE ? value > at : value >= at;
}

/* The highest level whose `at` the value meets, or -1. */
static int
level_met(const struct rule *rule, double value)
{
	int met = -1;

	for (size_t k = 0; k < rule->levels_count; k++)
		if (reaches(rule, value, rule->levels[k].at))
			met = (int)k;
	return met;
}

static double
value_of(const struct rule *rule, const struct window *window)
{
	return window->values[rule->basis];
}

static enum certainty
certainty_fresh(const struct rule *rule, const struct window *window,
		double needed)
{
	if (reaches(rule, window->values[BASIS_CONFIRMED], needed))
		return CERTAINTY_OBSERVED;
	if (reaches(rule, window->values[BASIS_SUPPORTED], needed))
		return CERTAINTY_LIKELY;
	return CERTAINTY_POSSIBLE;
}

static enum certainty
certainty_held(const struct rule *rule, size_t held,
	       const struct window *window, enum certainty previous)
{
	const struct level *level = &rule->levels[held];
	double value = value_of(rule, window);

	if (reaches(rule, value, level->at))
		return certainty_fresh(rule, window, level->at);
	if (value < level->clear)
		return previous;
	enum certainty fresh = certainty_fresh(rule, window, level->clear);
	return fresh < previous ? fresh : previous;
}

/* One that says nothing yet. */
static void
alert_init(const struct model *model, struct alert *alert)
{
	memset(alert, 0, sizeof(*alert));
	alert->sent_at = model->now;
	alert->acknowledged_at = TIME_UNSET;
	alert->headline = "";
	alert->instruction = "";
	alert->web = "";
	alert->measure = "";
}

static struct alert *
alert_add(struct model *model)
{
	model->alerts = grown(model->alerts, model->alerts_count,
			      sizeof(*model->alerts));
	struct alert *alert = &model->alerts[model->alerts_count++];

	alert_init(model, alert);
	alert->seq = ++model->seq;
	return alert;
}

static enum status
part_status(const struct model *model, enum status real)
{
	return model->part == ENGINE_REAL ? real : STATUS_EXERCISE;
}

static enum urgency
urgency_of(const struct episode *episode, const struct level *level,
	   enum alert_state state)
{
	if (state != ALERT_FIRING)
		return URGENCY_PAST;
	if (level->severity >= SEVERITY_SEVERE || episode->urgent)
		return URGENCY_IMMEDIATE;
	/* Below 0 are the warnings of a deadline. */
	return level->at < 0 ? URGENCY_FUTURE : URGENCY_EXPECTED;
}

static bool
is_acknowledged(const struct episode *episode)
{
	return episode->acknowledged_by[0] != '\0';
}

static void
acknowledgement_end(struct episode *episode, int64_t time)
{
	if (!is_acknowledged(episode))
		return;
	episode->acknowledged_by[0] = '\0';
	episode->acknowledged_at = TIME_UNSET;
	episode->unacknowledged_since = time;
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

static bool
is_of_finding(const struct model *model)
{
	return model->applied && model->applied->type == REPORT_FINDING;
}

/* The sum that was told last: not that of an end, nor what a spike or a gap is
 * not measured by. */
static uint64_t
told_before(const struct episode *episode, const struct rule *rule)
{
	bool told = episode->open || rule->window_kind == WINDOW_EVENT;

	return told && rule->kind != RULE_SPIKE &&
			       rule->kind != RULE_DISCREPANCY
		       ? episode->told
		       : 0;
}

/* The report that brought it about. */
static void
correction_tell(struct model *model, uint64_t before, struct alert *alert)
{
	struct correction *correction = &alert->correction;

	strcpy(correction->report.source, model->applied->source);
	strcpy(correction->report.id, model->applied->id);
	correction->report.revision = model->applied->revision;
	correction->assessment = model->applied->assessment;
	correction->revises = model->revises;
	correction->before = before;
	model->seen.found_corrected += is_of_finding(model);
	model->seen.moved_corrected += model->moves;
}

static struct mark *
mark_find(const struct model *model, size_t group)
{
	for (size_t i = 0; i < model->marks_count; i++)
		if (model->marks[i].group == group)
			return &model->marks[i];
	return NULL;
}

static void
mark_remove(struct model *model, struct mark *mark)
{
	size_t index = (size_t)(mark - model->marks);

	model->marks_count--;
	memmove(mark, mark + 1, (model->marks_count - index) * sizeof(*mark));
}

static void
compose_watched(const struct model *model, const struct group *group,
		struct alert *alert)
{
	const struct rule *rule = rule_of(model, group->rule);

	if (rule->kind == RULE_ABSENCE) {
		alert->about = ABOUT_SILENCE;
		alert->measure = "silent_seconds";
	} else if (rule->kind == RULE_DEADLINE) {
		alert->about = ABOUT_DEADLINE;
		alert->measure = "overdue_seconds";
		alert->met_at =
			watch_deadline(&model->deadlines,
				       agreement_of(model, group->agreement),
				       group->values[0], model->now)
				.met_at;
	} else {
		alert->about = ABOUT_FEED;
		alert->measure = "missing_reports";
	}
}

/* What is said of what the episode has become, with the sums of a window. */
static void
episode_compose(const struct model *model, const struct episode *episode,
		enum cause cause, enum msg_type msg_type,
		enum alert_state state, const struct window *window,
		struct alert *alert)
{
	const struct group *group = &model->groups[episode->group];
	const struct rule *rule = rule_of(model, group->rule);
	const struct level *level = &rule->levels[episode->held];

	alert_init(model, alert);
	strcpy(alert->acknowledged_by, episode->acknowledged_by);
	alert->acknowledged_at = episode->acknowledged_at;
	alert->episode_seq = episode->first_seq;
	alert->references_seq = episode->last_seq;
	alert->began_at = episode->first_at;
	alert->msg_type = episode->first_seq > 0 ? msg_type : MSG_TYPE_ALERT;
	alert->state = state;
	alert->cause = cause;
	alert->status = part_status(model, STATUS_ACTUAL);
	labels_write(model, group, alert);
	alert->severity = level->severity;
	alert->certainty = episode->certainty;
	alert->urgency = urgency_of(episode, level, state);
	alert->measure = measure_name(rule->measure);
	if (!rule_counts_events(rule))
		compose_watched(model, group, alert);
	alert->basis = rule->basis;
	alert->sums = window->sums;
	if (rule->kind == RULE_SPIKE)
		strcpy(alert->statistic, spike_method_name(rule->spike.method));
	if (rule->kind == RULE_DISCREPANCY)
		strcpy(alert->statistic, "gap");
	if (rule_is_of_tallies(rule))
		figure_tell(model, episode->group, window->end, alert);
	alert->value = value_of(rule, window);
	alert->threshold = level->at;
	alert->window_ms = rule->window_ms;
	alert->one_event = rule->window_kind == WINDOW_EVENT;
	alert->onset_at = window->onset_at == TIME_UNSET ? episode->onset_at
							 : window->onset_at;
	alert->headline = rule->headline;
	alert->instruction = rule->instruction;
	alert->web = rule->web;
}

/* Whether a silence holds it back. Never what an officer does, nor what ends or
 * takes back what was sent; what ends before anything was is never told. */
static bool
is_withheld(const struct model *model, const struct episode *episode,
	    const struct alert *alert)
{
	if (alert->cause == CAUSE_ACKNOWLEDGED)
		return false;
	if (alert->state != ALERT_FIRING)
		return episode->announced < 0;
	if (alert->cause == CAUSE_CORRECTED &&
	    (int)episode->highest < episode->announced)
		return false;
	return model_silences_holding(&model->silences, alert) > 0;
}

/* A message tells all that was held back before it. Levels that were reached
 * and left again meanwhile were never announced. */
static void
episode_announced(struct model *model, struct episode *episode)
{
	int highest = (int)episode->highest;

	if (highest > episode->announced)
		highest = episode->announced;
	if (highest < (int)episode->held)
		highest = (int)episode->held;
	episode->announced = highest;
	episode->highest = (size_t)highest;
	episode->withheld_since = TIME_UNSET;
	if (episode->first_seq > 0)
		return;
	episode->first_seq = model->seq;
	episode->first_at = model->now;
	episode->began = ++model->episodes_begun;
	/* What it was known by is told anew. */
	struct mark *mark = mark_find(model, episode->group);
	if (mark)
		mark_remove(model, mark);
}

static void
held_see(struct model *model, const struct rule *rule,
	 const struct alert *alert)
{
	uint64_t number = model_silences_holding(&model->silences, alert);

	for (size_t i = 0; i < model->silences.count; i++)
		if (model->silences.all[i].number == number)
			told_note_held(&model->counts, rule,
				       &model->silences.all[i]);
}

/* Says so, unless it is held back; NULL then. All else is the same. */
static struct alert *
episode_tell(struct model *model, struct episode *episode, enum cause cause,
	     enum msg_type msg_type, enum alert_state state,
	     const struct window *window)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	uint64_t before = told_before(episode, rule);
	struct alert alert;
	struct alert *sent = NULL;

	/* It is worse than what they knew. */
	if (cause == CAUSE_LEVEL_UP)
		acknowledgement_end(episode, model->now);
	episode_compose(model, episode, cause, msg_type, state, window, &alert);
	episode->onset_at = alert.onset_at;
	episode->last_message_at = model->now;
	memcpy(episode->last_sums, window->sums.by_basis,
	       sizeof(episode->last_sums));
	if (is_withheld(model, episode, &alert)) {
		model->seen.held += state == ALERT_FIRING;
		held_see(model, rule, &alert);
		model->seen.held_corrections += cause == CAUSE_CORRECTED;
		model->seen.unsent_ended += state != ALERT_FIRING;
		if (episode->withheld_since == TIME_UNSET)
			episode->withheld_since = model->now;
	} else {
		sent = alert_add(model);
		alert.seq = sent->seq;
		episode_announced(model, episode);
		alert.episode_seq = episode->first_seq;
		episode->last_seq = alert.seq;
		episode->told = window->sums.by_basis[rule->basis];
		if (cause == CAUSE_CORRECTED && model->applied)
			correction_tell(model, before, &alert);
		/* Of what is not tested there is none. */
		if (rule_is_of_tallies(rule))
			tallies_gather(model, episode->group, window->end,
				       &alert);
		else if (window->onset_at != TIME_UNSET)
			evidence_gather(model, episode->group, window->end,
					&alert);
		*sent = alert;
		told_note(&model->counts, rule, &alert);
	}
	/* An end still says who had it in hand; then nobody has. */
	if (state != ALERT_FIRING)
		acknowledgement_end(episode, model->now);
	return sent;
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

/* The next open one in the order of first messages, or NULL. */
static struct episode *
open_next(const struct model *model, uint64_t began)
{
	struct episode *next = NULL;

	for (size_t i = 0; i < model->episodes_count; i++) {
		struct episode *episode = &model->episodes[i];
		if (episode->open && episode->began > began &&
		    (!next || episode->began < next->began))
			next = episode;
	}
	return next;
}

static void
episode_remove(struct model *model, struct episode *episode)
{
	size_t index = (size_t)(episode - model->episodes);

	model->episodes_count--;
	memmove(episode, episode + 1,
		(model->episodes_count - index) * sizeof(*episode));
}

/* One for an event, the latest; for a new one the oldest goes. */
static void
mark_add(struct model *model, size_t group, int level, bool retracted)
{
	struct mark *mark = mark_find(model, group);

	if (mark)
		mark_remove(model, mark);
	else if (model->marks_count == model->limits->reports)
		mark_remove(model, model->marks);
	model->marks =
		grown(model->marks, model->marks_count, sizeof(*model->marks));
	model->marks[model->marks_count++] =
		(struct mark){group, level, retracted};
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
	if (model->groups[first->group].of_event)
		mark_add(model, first->group, (int)first->highest, false);
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
		.began = ++model->episodes_begun,
		.held = level,
		.highest = level,
		.announced = -1,
		.withheld_since = TIME_UNSET,
		.changed_at = model->now,
		.acknowledged_at = TIME_UNSET,
		.unacknowledged_since = model->now,
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
	episode->changed_at = model->now;
	episode->certainty =
		certainty_fresh(rule, peak, rule->levels[level].at);
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

	if (reaches(rule, value_of(rule, &peak),
		    rule->levels[episode->highest].at))
		return false;
	int met = level_met(rule, value_of(rule, &peak));
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
level_next(const struct rule *rule, struct episode *episode, double value,
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

/* There is nobody to correct it to, if nothing of it was sent. */
static void
episode_end(struct model *model, struct episode *episode)
{
	acknowledgement_end(episode, model->now);
	episode->open = false;
	episode->ended_at = model->now;
	episode->ended = ++model->episodes_ended;
	if (episode->first_seq == 0)
		episode_remove(model, episode);
}

static void
episode_clear(struct model *model, struct episode *episode,
	      const struct window *window)
{
	episode_tell(model, episode, CAUSE_CLEARED, MSG_TYPE_UPDATE,
		     ALERT_RESOLVED, window);
	episode_end(model, episode);
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
	episode->changed_at = model->now;
	if (level > episode->highest)
		episode->highest = level;
	model->seen.hands_exceeded +=
		cause == CAUSE_LEVEL_UP && is_acknowledged(episode);
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

static bool
progress_due(const struct model *model, const struct rule *rule,
	     const struct episode *episode, const struct window *window)
{
	return rule->update_every_ms > 0 &&
	       model->now - episode->last_message_at >= rule->update_every_ms &&
	       sums_changed(episode, window);
}

/* When it is urged upon those who have not acknowledged it. */
static int64_t
escalation_due(const struct rule *rule, const struct episode *episode)
{
	if (rule->escalate_after_ms == 0 || episode->escalated ||
	    is_acknowledged(episode))
		return TIME_NEVER;
	return episode->unacknowledged_since + rule->escalate_after_ms;
}

/* Those overdue at a start are sent then, once. */
static int64_t
reminder_due(const struct model *model, const struct rule *rule,
	     const struct episode *episode)
{
	int64_t due = episode->last_message_at + rule->remind_ms;

	if (rule->remind_ms == 0 || is_acknowledged(episode))
		return TIME_NEVER;
	return due > model->started_at ? due : model->started_at;
}

/* Something was held back and no silence holds it any longer. */
static bool
is_released(const struct model *model, const struct episode *episode)
{
	const struct group *group = &model->groups[episode->group];
	struct alert alert;

	if (episode->withheld_since == TIME_UNSET)
		return false;
	alert_init(model, &alert);
	labels_write(model, group, &alert);
	alert.severity =
		rule_of(model, group->rule)->levels[episode->held].severity;
	return model_silences_holding(&model->silences, &alert) == 0;
}

/* The first that applies of: CLEARED, a change of level, CERTAINTY, the end of
 * a silence, ESCALATED, REMINDER, PROGRESS. */
static void
episode_follow(struct model *model, struct episode *episode,
	       const struct window *window)
{
	const struct rule *rule =
		rule_of(model, model->groups[episode->group].rule);
	int level =
		level_next(rule, episode, value_of(rule, window), model->now);

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
		episode->changed_at = model->now;
		episode_tell(model, episode, CAUSE_CERTAINTY, MSG_TYPE_UPDATE,
			     ALERT_FIRING, window);
		return;
	}
	enum cause cause;
	if (is_released(model, episode)) {
		cause = CAUSE_SILENCE_ENDED;
	} else if (escalation_due(rule, episode) <= model->now) {
		cause = CAUSE_ESCALATED;
		episode->escalated = true;
		episode->urgent = true;
	} else if (reminder_due(model, rule, episode) <= model->now) {
		cause = CAUSE_REMINDER;
		model->seen.reminders_joined +=
			model->now - episode->last_message_at >=
			2 * rule->remind_ms;
	} else if (progress_due(model, rule, episode, window)) {
		cause = CAUSE_PROGRESS;
	} else {
		return;
	}
	episode_tell(model, episode, cause, MSG_TYPE_UPDATE, ALERT_FIRING,
		     window);
}

/* After a retraction: is there nothing to say still? */
static bool
group_is_quiet(struct model *model, struct group *group,
	       const struct window *window)
{
	const struct rule *rule = rule_of(model, group->rule);
	double value = value_of(rule, window);

	if (group->retracted < 0)
		return false;
	if (value >= rule->levels[0].clear)
		group->left_since = TIME_UNSET;
	else if (group->left_since == TIME_UNSET)
		group->left_since = model->now;
	if (level_met(rule, value) > group->retracted) {
		model->seen.quiet_exceeded++;
	} else if (group->left_since != TIME_UNSET &&
		   (rule->window_kind == WINDOW_AGREEMENT ||
		    model->now - group->left_since >= rule->keep_firing_ms)) {
		model->seen.quiet_left++;
	} else {
		return true;
	}
	group->retracted = -1;
	group->left_since = TIME_UNSET;
	return false;
}

static void
group_cross(struct model *model, size_t group_index,
	    const struct window *window)
{
	const struct rule *rule =
		rule_of(model, model->groups[group_index].rule);
	int met = level_met(rule, value_of(rule, window));
	struct episode *episode = episode_add(model, group_index, (size_t)met);

	episode->certainty =
		certainty_fresh(rule, window, rule->levels[met].at);
	episode_tell(model, episode, CAUSE_CROSSED, MSG_TYPE_ALERT,
		     ALERT_FIRING, window);
}

/* Where there is no episode: is there one now? */
static void
group_watch(struct model *model, size_t group_index,
	    const struct window *window)
{
	struct group *group = &model->groups[group_index];
	const struct rule *rule = rule_of(model, group->rule);
	int met = level_met(rule, value_of(rule, window));

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
	group_cross(model, group_index, window);
}

static void
acknowledgement_expire(struct model *model, struct episode *episode)
{
	model->seen.hands_expired += is_acknowledged(episode);
	acknowledgement_end(episode, episode->acknowledged_until);
}

static size_t
groups_used(const struct model *model)
{
	size_t used = 0;

	for (size_t i = 0; i < model->groups_count; i++)
		used += !model->groups[i].of_event;
	return used;
}

static size_t
events_open(const struct model *model)
{
	size_t open = 0;

	for (size_t i = 0; i < model->episodes_count; i++)
		open += model->episodes[i].open &&
			model->groups[model->episodes[i].group].of_event;
	return open;
}

/* Each group may have an episode at any time; what is left is the events'. */
static bool
event_has_room(struct model *model, size_t group)
{
	if (groups_used(model) + events_open(model) < model->limits->episodes)
		return true;
	model->refused[model->groups[group].rule]++;
	model->seen.events_refused++;
	return false;
}

/* An event that has no episode: has it one now? */
static void
event_watch(struct model *model, size_t group, const struct window *window)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	int met = level_met(rule, value_of(rule, window));
	struct mark *mark = mark_find(model, group);

	if (met < 0) {
		if (mark && mark->retracted) {
			mark_remove(model, mark);
			model->seen.marks_left++;
		}
		return;
	}
	if (mark && met <= mark->level) {
		model->seen.marks_quiet++;
		return;
	}
	if (!event_has_room(model, group))
		return;
	model->seen.marks_exceeded += mark != NULL;
	group_cross(model, group, window);
}

/* What becomes of an event whose episode has ended. */
static void
event_revise(struct model *model, struct episode *episode,
	     const struct window *window)
{
	size_t group = episode->group;
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	int met = level_met(rule, value_of(rule, window));

	if (met < (int)episode->highest) {
		episode_check(model, episode);
		return;
	}
	if (met > (int)episode->highest) {
		if (!event_has_room(model, group))
			return;
		episode->open = true;
		episode->unacknowledged_since = model->now;
		model->seen.events_reopened++;
		episode_move(model, episode, (size_t)met, window);
		return;
	}
	enum certainty certainty =
		certainty_fresh(rule, window, rule->levels[met].at);
	if (certainty < episode->certainty) {
		episode_correct(model, episode, (size_t)met, window);
		model->seen.events_less_sure++;
	} else if (certainty > episode->certainty) {
		episode->certainty = certainty;
		episode_tell(model, episode, CAUSE_CERTAINTY, MSG_TYPE_UPDATE,
			     ALERT_RESOLVED, window);
		model->seen.events_surer++;
	}
}

/* Who heard of it is to hear what is held back. */
static int64_t
event_end(const struct rule *rule, const struct episode *episode)
{
	if (episode->first_seq > 0 && episode->withheld_since != TIME_UNSET)
		return TIME_NEVER;
	return episode->changed_at + rule->keep_firing_ms;
}

static struct episode *
episode_of_event(const struct model *model, size_t group)
{
	for (size_t i = 0; i < model->episodes_count; i++)
		if (model->episodes[i].group == group)
			return &model->episodes[i];
	return NULL;
}

static void
group_evaluated(struct model *model, size_t group, const struct window *window)
{
	const struct episode *episode = episode_open(model, group);

	model->groups[group].again = false;
	model->groups[group].evaluated_at = model->now;
	model->groups[group].sum_changed =
		episode && sums_changed(episode, window);
}

/* The same with window "event". */
static void
event_evaluate(struct model *model, size_t group, bool by_report)
{
	const struct rule *rule = rule_of(model, model->groups[group].rule);
	struct window window = window_now(model, group);
	struct episode *episode = episode_of_event(model, group);

	if (!episode) {
		event_watch(model, group, &window);
	} else if (!episode->open) {
		if (by_report)
			event_revise(model, episode, &window);
	} else if (event_end(rule, episode) <= model->now) {
		/* Without a word. */
		episode_end(model, episode);
		model->seen.events_ended++;
	} else {
		if (episode->acknowledged_until <= model->now)
			acknowledgement_expire(model, episode);
		if (!by_report || !episode_check(model, episode))
			episode_follow(model, episode, &window);
		else /* a retraction may be over that nothing exceeded openly */
			event_watch(model, group, &window);
	}
	group_evaluated(model, group, &window);
}

/* One evaluation of a group, by a report that touched it, as if by one after
 * the clock was set back, or by a timer. */
static void
group_evaluate(struct model *model, size_t group, bool by_report)
{
	if (model->groups[group].of_event) {
		event_evaluate(model, group, by_report);
		return;
	}
	/* No report corrects what is no event. */
	by_report =
		by_report &&
		rule_counts_events(rule_of(model, model->groups[group].rule));
	for (size_t i = 0; by_report && i < model->episodes_count;) {
		struct episode *episode = &model->episodes[i];
		if (episode->group != group || episode->open ||
		    !episode_check(model, episode))
			i++;
	}
	struct window window = window_now(model, group);
	struct episode *episode = episode_open(model, group);
	model->seen.untested += !is_tested(model, group);
	if (episode && episode->acknowledged_until <= model->now)
		acknowledgement_expire(model, episode);
	if (!episode) {
		if (!group_is_quiet(model, &model->groups[group], &window))
			group_watch(model, group, &window);
	} else if (!by_report || !episode_check(model, episode)) {
		episode_follow(model, episode, &window);
	}
	group_evaluated(model, group, &window);
}

static int64_t
figure_due(const struct model *model, size_t group)
{
	struct counters counters = counters_gather(model, group);
	int64_t next = counters_next_change(&counters,
					    model->groups[group].evaluated_at);

	counters_done(&counters);
	return next;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is no event may also rise with time. */
static int64_t
watched_due(const struct model *model, const struct group *group)
{
	const struct rule *rule = rule_of(model, group->rule);

	if (model->now == TIME_UNSET || rule->kind == RULE_FEED_GAP)
		return TIME_NEVER;
	if (rule->kind == RULE_ABSENCE)
		return watch_absence_due(&group->watch, rule,
					 group->evaluated_at);
	return watch_deadline_due(&model->deadlines,
				  agreement_of(model, group->agreement),
				  group->values[0], group->evaluated_at);
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

	if (group->again)
		return model->now;
	/* Also without an episode: an increase gets surer by time alone, and
	 * what is no event rises with it. */
	if (rule_is_of_tallies(rule))
		due = figure_due(model, group_index);
	else if (!rule_counts_events(rule))
		due = watched_due(model, group);
	else if (!episode && group->pending_since == TIME_UNSET &&
		 group->retracted < 0)
		return TIME_NEVER;
	if (episode && is_released(model, episode))
		return model->now;
	if (group->of_event)
		due = later(event_end(rule, episode), model->now);
	if (has_buckets(rule))
		due = bucket_start(rule, agreement,
				   bucket_of(rule, agreement,
					     group->evaluated_at) +
					   1);
	if (!episode && group->retracted >= 0)
		return group->left_since == TIME_UNSET
			       ? due
			       : earlier(due, group->left_since +
						      rule->keep_firing_ms);
	if (!episode && group->pending_since == TIME_UNSET)
		return due;
	if (!episode)
		return earlier(due, group->pending_since + rule->for_ms);
	if (episode->below_since[episode->held] != TIME_UNSET)
		due = earlier(due, episode->below_since[episode->held] +
					   rule->keep_firing_ms);
	if (rule->update_every_ms > 0 && group->sum_changed)
		due = earlier(due,
			      episode->last_message_at + rule->update_every_ms);
	if (is_acknowledged(episode))
		due = earlier(due, episode->acknowledged_until);
	due = earlier(due, escalation_due(rule, episode));
	return earlier(due, reminder_due(model, rule, episode));
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

/* Events with the same labels: as their episodes began. */
static bool
timer_is_before(const struct model *model, size_t left, size_t right)
{
	int order = group_order(model, left, right);

	if (order != 0)
		return order < 0;
	return episode_of_event(model, left) < episode_of_event(model, right);
}

/* Fires every timer due by then, each at its own time, the earliest first. */
static void
timers_fire(struct model *model, int64_t until)
{
	for (;;) {
		size_t first = NO_GROUP;
		int64_t first_due = TIME_NEVER;
		int64_t silence_due = model_silences_due(&model->silences);
		for (size_t i = 0; i < model->groups_count; i++) {
			int64_t due = group_due(model, i);
			if (due > until || due > first_due)
				continue;
			if (first != NO_GROUP && due == first_due &&
			    timer_is_before(model, first, i))
				continue;
			first = i;
			first_due = due;
		}
		if (silence_due <= until && silence_due <= first_due) {
			model->now = silence_due;
			model_silences_end(&model->silences, model->now);
			model->seen.silences_over++;
			continue;
		}
		if (first == NO_GROUP)
			return;
		assert(first_due >= model->now);
		model->now = first_due;
		size_t told = model->alerts_count;
		group_evaluate(model, first, model->groups[first].again);
		model->seen.timers++;
		if (rule_is_of_tallies(
			    rule_of(model, model->groups[first].rule)))
			model->seen.tallies_by_time +=
				model->alerts_count > told;
	}
}

static size_t
group_find(const struct model *model, size_t rule, size_t agreement,
	   const char values[GROUP_BY_MAX][TEXT_SIZE],
	   const struct event_key *key)
{
	for (size_t i = 0; i < model->groups_count; i++) {
		const struct group *group = &model->groups[i];
		if (group->rule == rule && group->agreement == agreement &&
		    memcmp(&group->key, key, sizeof(*key)) == 0 &&
		    memcmp(group->values, values, sizeof(group->values)) == 0)
			return i;
	}
	return NO_GROUP;
}

/* A group and its ring; false if the limits leave no room. */
static bool
group_add(struct model *model, size_t rule_index, size_t agreement,
	  const char values[GROUP_BY_MAX][TEXT_SIZE],
	  const struct event_key *key)
{
	const struct rule *rule = rule_of(model, rule_index);
	size_t ring = ring_buckets(rule);
	bool of_event = rule->window_kind == WINDOW_EVENT;

	if (!of_event && (groups_used(model) == model->limits->groups ||
			  groups_used(model) + events_open(model) >=
				  model->limits->episodes)) {
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
	group->key = *key;
	group->of_event = of_event;
	group->pending_since = TIME_UNSET;
	group->retracted = -1;
	group->left_since = TIME_UNSET;
	group->evaluated_at = model->now;
	watch_hear(&group->watch, model->now);
	return true;
}

/* A group that there is from the beginning. */
static bool
group_reserve(struct model *model, size_t rule, size_t agreement,
	      const char *label)
{
	char values[GROUP_BY_MAX][TEXT_SIZE] = {{0}};

	strcpy(values[0], label);
	return group_find(model, rule, agreement,
			  (const char(*)[TEXT_SIZE])values,
			  &no_key) != NO_GROUP ||
	       group_add(model, rule, agreement,
			 (const char(*)[TEXT_SIZE])values, &no_key);
}

/* Of those that report, or are due; nobody is expected in a drill. */
static bool
watches_reserve(struct model *model, size_t rule_index, size_t agreement)
{
	const struct rule *rule = rule_of(model, rule_index);
	const struct agreement *of = agreement_of(model, agreement);
	bool fit = true;

	if (model->part == ENGINE_DRILL)
		return true;
	for (size_t i = 0; i < rule->expect.count; i++)
		fit = fit && group_reserve(model, rule_index, agreement,
					   rule->expect.names[i]);
	for (size_t i = 0;
	     rule->kind == RULE_DEADLINE && i < of->deadlines_count; i++)
		if (deadline_is_watched(rule, of->deadlines[i].name))
			fit = fit && group_reserve(model, rule_index, agreement,
						   of->deadlines[i].name);
	return fit;
}

/* What a rule has in an agreement from the beginning. */
static bool
rule_reserve(struct model *model, size_t rule_index, size_t agreement)
{
	const struct rule *rule = rule_of(model, rule_index);

	if (!list_allows(&rule->match.agreement,
			 agreement_of(model, agreement)->id))
		return true;
	if (!rule_counts_events(rule))
		return watches_reserve(model, rule_index, agreement);
	return rule->group_by_count > 0 || rule->window_kind == WINDOW_EVENT ||
	       group_reserve(model, rule_index, agreement, "");
}

static bool
groups_reserve(struct model *model)
{
	const struct configuration *configuration = model->configuration;

	for (size_t rule = 0; rule < configuration->rules_count; rule++)
		for (size_t i = 0; i < configuration->agreements_count; i++)
			if (!rule_reserve(model, rule, i))
				return false;
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
	for (size_t i = 0; i < configuration->agreements_count; i++)
		for (size_t k = 0; k < agreement_of(model, i)->deadlines_count;
		     k++)
			name_add(model,
				 agreement_of(model, i)->deadlines[k].name);
	for (size_t i = 0; i < configuration->rules_count; i++) {
		const struct match *match = &rule_of(model, i)->match;
		names_add_list(model, &match->source);
		names_add_list(model, &match->feed);
		names_add_list(model, &match->party);
		names_add_list(model, &match->against);
		names_add_list(model, &match->country);
		names_add_list(model, &match->admin);
		names_add_list(model, &rule_of(model, i)->expect);
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

/* Reports by name, each once. */
struct name_set {
	char (*names)[REPORT_NAME_SIZE];
	size_t count;
};

static void
set_add(struct name_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->names[i], name) == 0)
			return;
	set->names = grown(set->names, set->count, sizeof(*set->names));
	snprintf(set->names[set->count++], sizeof(*set->names), "%s", name);
}

/* Those that a report puts into its event: itself, or what it names. */
static void
set_add_put(struct name_set *set, const struct report *report)
{
	char name[REPORT_NAME_SIZE];
	const char *named = report->reports;

	report_name(report, name);
	if (report->type == REPORT_INCIDENT)
		set_add(set, name);
	for (size_t i = 0; i < report->reports_count; i++) {
		set_add(set, named);
		named += strlen(named) + 1;
	}
}

/* Whether the event has no room for what the report puts into it, beside
 * itself and those that others do, who may be right once more. */
static bool
event_full(const struct model *model, size_t agreement,
	   const struct report *report, const struct standing *self)
{
	struct name_set set = {0};

	if (report->event[0] == '\0')
		return false;
	set_add_put(&set, report);
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct standing *other = &model->reports[i];
		if (other != self && other->agreement == agreement &&
		    !other->unheard &&
		    (other->report.type == REPORT_INCIDENT ||
		     is_finding(other)) &&
		    strcmp(other->report.event, report->event) == 0)
			set_add_put(&set, &other->report);
	}
	free(set.names);
	return set.count > EVENT_REPORTS_MAX;
}

/* How many reports the findings name, each once for each finding. */
static size_t
names_of_findings(const struct model *model, const struct report *report,
		  const struct standing *self)
{
	size_t count = 0;

	for (size_t i = 0; i <= model->reports_count; i++) {
		bool last = i == model->reports_count;
		const struct standing *other = last ? NULL : &model->reports[i];
		struct name_set set = {0};
		if (last || (other != self && is_finding(other)))
			set_add_put(&set, last ? report : &other->report);
		count += set.count;
		free(set.names);
	}
	return count;
}

/* Whether so many findings are about one report, or one event, that there is no
 * room for one more by such a source. */
struct crowd {
	size_t all;
	size_t alike;
};

static void
crowd_add(struct crowd *crowd, const struct model *model,
	  const struct standing *finding, const struct report *report)
{
	const struct agreement *agreement =
		agreement_of(model, finding->agreement);

	crowd->all++;
	crowd->alike += is_weighty(model, agreement, finding->report.source) ==
			is_weighty(model, agreement, report->source);
}

static bool
crowd_is_full(const struct crowd *crowd)
{
	return crowd->alike >= FINDINGS_MAX || crowd->all >= 2 * FINDINGS_MAX;
}

static bool
findings_full(const struct model *model, size_t agreement,
	      const struct report *report, const struct standing *self)
{
	const char *name = report->reports;
	struct crowd of_event = {0};
	bool full = false;

	for (size_t i = 0; i < report->reports_count; i++) {
		struct crowd crowd = {0};
		for (size_t k = 0; k < model->reports_count; k++) {
			const struct standing *other = &model->reports[k];
			if (other != self && is_finding(other) &&
			    other->agreement == agreement &&
			    finding_names(&other->report, name))
				crowd_add(&crowd, model, other, report);
		}
		full = full || crowd_is_full(&crowd);
		name += strlen(name) + 1;
	}
	for (size_t k = 0;
	     report->reports_count == 0 && k < model->reports_count; k++)
		if (&model->reports[k] != self &&
		    is_about_event(&model->reports[k], agreement,
				   report->event))
			crowd_add(&of_event, model, &model->reports[k], report);
	return full || crowd_is_full(&of_event);
}

/* Whoever may only deny or admit puts nothing into an event. */
static bool
puts_into_event(const struct model *model, size_t agreement,
		const struct report *report)
{
	return report->type == REPORT_INCIDENT ||
	       (report->type == REPORT_FINDING && report->reports_count > 0 &&
		is_weighty(model, agreement_of(model, agreement),
			   report->source));
}

/* Why a finding is not accepted, or REASON_NONE. */
static enum reason
finding_judge(const struct model *model, size_t agreement,
	      const struct report *report, const struct standing *self)
{
	if (report->type != REPORT_FINDING ||
	    report->assessment == ASSESSMENT_WITHDRAWN)
		return REASON_NONE;
	if (!report->denies && report->attribution != ATTRIBUTION_ADMITTED &&
	    !is_weighty(model, agreement_of(model, agreement), report->source))
		return REASON_NO_STANDING;
	if (names_of_findings(model, report, self) > model->limits->reports)
		return REASON_LEDGER_FULL;
	if (findings_full(model, agreement, report, self) ||
	    (puts_into_event(model, agreement, report) &&
	     event_full(model, agreement, report, self)))
		return REASON_EVENT_FULL;
	return REASON_NONE;
}

/* Fills the receipt; true if the report is to be applied. */
static bool
report_judge(const struct model *model, const struct report *report,
	     struct receipt *receipt)
{
	size_t agreement = agreement_find(model, report->agreement);
	const struct standing *standing = standing_find(model, report);
	enum reason reason;

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
	else if (report->type == REPORT_INCIDENT &&
		 event_full(model, agreement, report, standing))
		receipt_reject(receipt, REASON_EVENT_FULL, "event", "room");
	else if ((reason = finding_judge(model, agreement, report, standing)))
		receipt_reject(receipt, reason, "", "none of it counts");
	else
		receipt->verdict = VERDICT_ACCEPTED;
	return receipt->verdict == VERDICT_ACCEPTED;
}

/* The group is about who reports or what is due: it is looked at now. */
static void
watch_touch(struct model *model, size_t group)
{
	model->groups[group].touched = true;
	model->groups[group].touched_order = ++model->touches;
}

static void
number_hear(struct model *model, size_t rule_index, size_t agreement)
{
	const struct rule *rule = rule_of(model, rule_index);
	const struct report *report = model->applied;
	char values[GROUP_BY_MAX][TEXT_SIZE] = {{0}};

	if (report->feed_seq == 0 ||
	    !list_allows(&rule->match.source, report->source) ||
	    !list_allows(&rule->match.feed, report->feed))
		return;
	strcpy(values[0], report->source);
	strcpy(values[1], report->feed);
	size_t group = group_find(model, rule_index, agreement,
				  (const char(*)[TEXT_SIZE])values, &no_key);
	if (group == NO_GROUP) {
		/* As of events: none while another has none. */
		if (model->refused[rule_index] > 0 ||
		    !group_add(model, rule_index, agreement,
			       (const char(*)[TEXT_SIZE])values, &no_key)) {
			model->refused[rule_index]++;
			return;
		}
		group = model->groups_count - 1;
	}
	bool blurred;
	enum heard heard =
		watch_number(&model->groups[group].watch, report->feed_seq,
			     model->revises, model->now, &blurred);
	model->seen.gaps_joined += blurred;
	model->seen.numbers_blurred += heard == HEARD_BLURRED;
	model->seen.numbers_skipped += heard == HEARD_SKIPPED;
	model->seen.numbers_late += heard == HEARD_LATE;
	model->seen.numbers_again += heard == HEARD_AGAIN;
	model->seen.feeds_restarted += heard == HEARD_RESTART;
	watch_touch(model, group);
}

/* What an accepted report says to a rule that counts no events. */
static void
report_hear(struct model *model, size_t rule_index)
{
	const struct rule *rule = rule_of(model, rule_index);
	const struct report *report = model->applied;
	size_t agreement = agreement_find(model, report->agreement);
	char values[GROUP_BY_MAX][TEXT_SIZE] = {{0}};

	if (!list_allows(&rule->match.agreement, report->agreement))
		return;
	if (rule->kind == RULE_FEED_GAP)
		number_hear(model, rule_index, agreement);
	if (rule->kind != RULE_ABSENCE)
		return;
	strcpy(values[0], report->source);
	size_t group = group_find(model, rule_index, agreement,
				  (const char(*)[TEXT_SIZE])values, &no_key);
	if (group == NO_GROUP)
		return;
	watch_hear(&model->groups[group].watch, model->now);
	watch_touch(model, group);
}

/* Nobody was silent in that time. */
static void
watches_pause(struct model *model, int64_t until, int64_t now)
{
	for (size_t i = 0; i < model->groups_count; i++) {
		struct group *group = &model->groups[i];
		const struct rule *rule = rule_of(model, group->rule);
		group->watch.since = earlier(group->watch.since, now);
		if (rule->kind != RULE_ABSENCE)
			continue;
		watch_pause(&group->watch, &rule->active, until, now);
		group->again = true;
	}
	model->seen.watches_paused++;
}

/* The first time that is known: from now on somebody is expected. */
static void
watches_begin(struct model *model, int64_t now)
{
	model->now = now;
	for (size_t i = 0; i < model->groups_count; i++) {
		struct group *group = &model->groups[i];
		watch_hear(&group->watch, now);
		group->evaluated_at = now;
		group->again =
			rule_of(model, group->rule)->kind == RULE_DEADLINE;
	}
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
	if (model->now == TIME_UNSET)
		watches_begin(model, time);
	timers_fire(model, time);
	model->now = time;
}

/* Under a records clock a step's time says nothing. */
static void
step_time_advance(struct model *model, const struct step *step)
{
	if (model->configuration->clock == CLOCK_WALL)
		time_advance(model, step->time_ms);
}

static size_t
event_number(struct model *model, size_t agreement, size_t report)
{
	const char *name = model->reports[report].weight.event;

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

/* What everything counts for now. */
static void
weigh_all(struct model *model)
{
	for (size_t i = 0; i < model->reports_count; i++) {
		struct standing *standing = &model->reports[i];
		standing->event = SIZE_MAX;
		if (standing->report.type == REPORT_FINDING)
			continue;
		weigh(model, standing);
		standing->event = event_number(model, standing->agreement, i);
	}
}

static void
weight_see(struct model *model, const struct standing *standing)
{
	struct model_seen *seen = &model->seen;
	const struct report *report = &standing->report;
	const struct weight *weight = &standing->weight;
	size_t findings = findings_count(model, standing);

	seen->found += findings > 0;
	seen->found_often += findings > 1;
	seen->found_event += strcmp(weight->event, report->event) != 0;
	seen->found_party += strcmp(weight->party, report->party) != 0;
	seen->found_surer +=
		findings > 0 && assessment_rank(weight->assessment) >
					assessment_rank(report->assessment);
	seen->found_less_sure +=
		findings > 0 && assessment_rank(weight->assessment) <
					assessment_rank(report->assessment);
	seen->found_attributed += attribution_rank(weight->attribution) >
				  attribution_rank(report->attribution);
	seen->found_denied += weight->denied;
}

/* What a tally is to the others of its source and party. */
static void
tally_see(struct model *model, const struct standing *standing)
{
	const struct report *report = &standing->report;

	for (size_t i = 0; i < model->reports_count; i++) {
		const struct report *other = &model->reports[i].report;
		if (other->type != REPORT_TALLY ||
		    model->reports[i].agreement != standing->agreement ||
		    strcmp(other->source, report->source) != 0 ||
		    strcmp(other->party, report->party) != 0 ||
		    !(report->told & other->told & 1 << TALLY_KILLED))
			continue;
		if (other->since_at != report->since_at)
			model->seen.counters_anew++;
		else if (other->occurred_at < report->occurred_at &&
			 other->totals[TALLY_KILLED].best >
				 report->totals[TALLY_KILLED].best)
			model->seen.totals_lowered++;
	}
}

static void
first_note(struct first *first, const struct standing *standing)
{
	const int64_t times[] = {
		[TIME_OCCURRED] = standing->report.occurred_at,
		[TIME_REPORTED] = standing->report.reported_at,
		[TIME_RECEIVED] = standing->received_at,
	};

	for (size_t i = 0; i < 3; i++)
		if (!first->any || times[i] < first->times[i])
			first->times[i] = times[i];
	first->any = true;
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
		memset(standing, 0, sizeof(*standing));
		standing->event = SIZE_MAX;
		standing->received_at = earlier(time, model->now);
	} else if (standing->report.assessment == ASSESSMENT_WITHDRAWN) {
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
	model->seen.capped +=
		assessment_capped(model, report) != report->assessment;
	standing->agreement = agreement_find(model, report->agreement);
	standing->accepted = ++model->accepted;
	standing->position = position;
	if (report->type == REPORT_INCIDENT)
		first_note(&model->first[standing->agreement], standing);
	if (report->type == REPORT_TALLY)
		tally_see(model, standing);
	standing->unheard =
		is_finding(standing) && report->reports_count > 0 &&
		report->event[0] != '\0' &&
		!puts_into_event(model, standing->agreement, report);
	model->seen.events_unheard += standing->unheard;
	return (size_t)(standing - model->reports);
}

static bool
contribution_same(const struct contribution *a, const struct contribution *b)
{
	return a && b && a->agreement == b->agreement &&
	       memcmp(a->values, b->values, sizeof(a->values)) == 0 &&
	       memcmp(&a->key, &b->key, sizeof(a->key)) == 0 &&
	       a->bucket == b->bucket && a->time == b->time &&
	       memcmp(a->amounts, b->amounts, sizeof(a->amounts)) == 0 &&
	       a->attributed == b->attributed && a->disputed == b->disputed &&
	       a->at_least == b->at_least && names_same(a, b);
}

static void
contribution_touch(struct model *model, const struct contribution *one)
{
	if (!one || one->group == NO_GROUP)
		return;
	struct group *group = &model->groups[one->group];
	if (!group->touched)
		group->touched_order = ++model->touches;
	group->touched = true;
}

static void
contribution_place(struct model *model, struct contribution *one)
{
	one->group =
		group_find(model, one->rule, one->agreement,
			   (const char(*)[TEXT_SIZE])one->values, &one->key);
}

/* Events that a report changes, in the order in which that is told. */
struct changes {
	size_t *events;
	size_t count;
};

static bool
changes_include(const struct changes *changes, size_t from, size_t event)
{
	for (size_t i = from; i < changes->count; i++)
		if (changes->events[i] == event)
			return true;
	return false;
}

static void
changes_add(struct changes *changes, size_t event)
{
	if (event == SIZE_MAX || changes_include(changes, 0, event))
		return;
	changes->events = grown(changes->events, changes->count,
				sizeof(*changes->events));
	changes->events[changes->count++] = event;
}

/* Whether something of the rule is in `_other`, while one event changes and
 * others will only change after it. */
static bool
others_ungrouped(const struct contributions *before,
		 const struct contributions *after, size_t rule,
		 const struct changes *changes, size_t change)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct contribution *one = &after->all[i];
		if (one->rule == rule && one->group == NO_GROUP &&
		    !changes_include(changes, change, one->event))
			return true;
	}
	for (size_t i = change + 1; i < changes->count; i++) {
		const struct contribution *left =
			contribution_find(before, rule, changes->events[i]);
		if (left && left->group == NO_GROUP)
			return true;
	}
	return false;
}

/* One rule's share of a change of one event. A group is made only while all
 * that the rule counts is in one: it would lack what is not. */
static void
event_changed(struct model *model, const struct contributions *before,
	      struct contributions *after, size_t rule_index,
	      const struct changes *changes, size_t change)
{
	size_t event = changes->events[change];
	const struct contribution *lost =
		contribution_find(before, rule_index, event);
	struct contribution *added =
		(struct contribution *)contribution_find(after, rule_index,
							 event);
	const struct rule *rule = rule_of(model, rule_index);

	/* What a tally says is in no contribution. */
	if (!rule_counts_events(rule) ||
	    (contribution_same(lost, added) && !rule_is_of_tallies(rule)))
		return;
	contribution_touch(model, lost);
	if (!added)
		return;
	contribution_place(model, added);
	bool may_add =
		rule->window_kind == WINDOW_EVENT ||
		!others_ungrouped(before, after, rule_index, changes, change);
	if (added->group == NO_GROUP && may_add &&
	    group_add(model, rule_index, added->agreement,
		      (const char(*)[TEXT_SIZE])added->values, &added->key))
		contribution_place(model, added);
	contribution_touch(model, added);
	model->seen.tallies_ungrouped +=
		rule_is_of_tallies(rule) && added->group == NO_GROUP;
	int64_t now = bucket_of(rule, agreement_of(model, added->agreement),
				model->now);
	/* A finding may be of old reports: it comes not too late itself. */
	if (has_buckets(rule) && !is_of_finding(model) &&
	    added->bucket <= now - late_buckets(rule) - history_buckets(rule)) {
		model->too_late[rule_index]++;
		model->seen.too_late++;
	}
}

/* Events with the same labels: as they were touched. */
static bool
touched_is_before(const struct model *model, size_t left, size_t right)
{
	int order = group_order(model, left, right);

	if (order != 0)
		return order < 0;
	return model->groups[left].touched_order <
	       model->groups[right].touched_order;
}

/* The next touched group in order, or NO_GROUP. */
static size_t
touched_first(const struct model *model)
{
	size_t first = NO_GROUP;

	for (size_t i = 0; i < model->groups_count; i++)
		if (model->groups[i].touched &&
		    (first == NO_GROUP || touched_is_before(model, i, first)))
			first = i;
	return first;
}

/* Any event may be in any sum that totals are held against. */
static void
own_sums_touch(struct model *model, size_t rule, const struct changes *changes)
{
	for (size_t i = 0; i < model->groups_count; i++) {
		struct group *group = &model->groups[i];
		if (group->rule != rule || changes->count == 0 ||
		    model->events[changes->events[0]].agreement !=
			    group->agreement)
			continue;
		group->touched = true;
	}
}

/* Counts everything anew, compares, and evaluates what changed. */
static void
contributions_renew(struct model *model, const struct changes *changes)
{
	struct contributions before = model->contributions;
	struct contributions after = contributions_make(model);

	for (size_t i = 0; i < after.count; i++)
		contribution_place(model, &after.all[i]);
	model->contributions = after;
	for (size_t rule = 0; rule < model->configuration->rules_count;
	     rule++) {
		/* Groups are made in this order. No other event can have
		 * changed. */
		for (size_t i = 0; i < changes->count; i++)
			event_changed(model, &before, &after, rule, changes, i);
		if (rule_holds_against_events(rule_of(model, rule)))
			own_sums_touch(model, rule, changes);
		report_hear(model, rule);
		size_t group;
		while ((group = touched_first(model)) != NO_GROUP) {
			model->groups[group].touched = false;
			group_evaluate(model, group, true);
		}
	}
	free(before.all);
}

/* An alert of truced's own, of a number that may be below 0. */
static struct alert *
condition_tell(struct model *model, const char *condition, double value)
{
	struct alert *alert = alert_add(model);

	alert->episode_seq = alert->seq;
	alert->msg_type = MSG_TYPE_ALERT;
	alert->state = ALERT_FIRING;
	alert->cause = CAUSE_CROSSED;
	alert->status = part_status(model, STATUS_SYSTEM);
	strcpy(alert->agreement, "truced");
	snprintf(alert->rule, sizeof(alert->rule), "%s", condition);
	alert->severity = SEVERITY_MODERATE;
	alert->certainty = CERTAINTY_OBSERVED;
	alert->urgency = URGENCY_EXPECTED;
	for (size_t basis = 0; basis < BASES; basis++)
		alert->sums.by_basis[basis] =
			(uint64_t)(value < 0 ? -value : value);
	alert->basis = BASIS_REPORTED;
	alert->value = value;
	alert->onset_at = model->now;
	return alert;
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
		char condition[NAME_SIZE];
		snprintf(condition, sizeof(condition), "%s-limit",
			 pool_name((enum pool_kind)i));
		condition_tell(model, condition, uses[i].used)->threshold =
			(double)mark;
	}
}

/* Reports whose weight may change, and which event each told until now. */
struct affected {
	size_t *reports;
	size_t *events;
	size_t count;
};

static void
affected_add(struct affected *affected, const struct model *model,
	     size_t report, bool is_new)
{
	for (size_t i = 0; i < affected->count; i++)
		if (affected->reports[i] == report)
			return;
	affected->reports = grown(affected->reports, affected->count,
				  sizeof(*affected->reports));
	affected->events = grown(affected->events, affected->count,
				 sizeof(*affected->events));
	affected->reports[affected->count] = report;
	affected->events[affected->count++] =
		is_new ? SIZE_MAX : model->reports[report].event;
}

/* Those that a finding is about: as it names them, or all of its event. */
static void
affected_add_of(struct affected *affected, const struct model *model,
		const struct standing *finding)
{
	const char *name = finding->report.reports;

	for (size_t i = 0; i < finding->report.reports_count; i++) {
		for (size_t k = 0; k < model->reports_count; k++) {
			const struct report *report = &model->reports[k].report;
			char own[REPORT_NAME_SIZE];
			report_name(report, own);
			if (report->type == REPORT_INCIDENT &&
			    model->reports[k].agreement == finding->agreement &&
			    strcmp(own, name) == 0)
				affected_add(affected, model, k, false);
		}
		name += strlen(name) + 1;
	}
	for (size_t k = 0; k < model->reports_count; k++)
		if (model->reports[k].event != SIZE_MAX &&
		    is_about_event(finding, model->reports[k].agreement,
				   model->reports[k].weight.event))
			affected_add(affected, model, k, false);
}

/* Puts the report among those that stand, and weighs them anew. */
static struct changes
report_enter(struct model *model, const struct report *report, int64_t time,
	     uint64_t position)
{
	const struct standing *standing = standing_find(model, report);
	bool is_new = !standing;
	struct affected affected = {0};
	struct changes changes = {0};

	if (standing && is_finding(standing))
		affected_add_of(&affected, model, standing);
	size_t index = report_stand(model, report, time, position);
	if (is_finding(&model->reports[index]))
		affected_add_of(&affected, model, &model->reports[index]);
	if (report->type != REPORT_FINDING)
		affected_add(&affected, model, index, is_new);
	weigh_all(model);
	for (size_t i = 0; i < affected.count; i++) {
		changes_add(&changes, affected.events[i]);
		changes_add(&changes,
			    model->reports[affected.reports[i]].event);
		weight_see(model, &model->reports[affected.reports[i]]);
	}
	free(affected.reports);
	free(affected.events);
	return changes;
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
	model->applied = report;
	const struct standing *standing = standing_find(model, report);
	model->revises = standing;
	model->moves = standing && report->type == REPORT_INCIDENT &&
		       strcmp(standing->report.event, report->event) != 0;
	struct changes changes =
		report_enter(model, report, time, step->position);
	contributions_renew(model, &changes);
	free(changes.events);
	model->applied = NULL;
	pools_watch(model);
}

static void
episode_acknowledge(struct model *model, struct episode *episode,
		    const struct command *command)
{
	struct window window = window_now(model, episode->group);

	name_add(model, command->author);
	strcpy(episode->acknowledged_by, command->author);
	episode->acknowledged_at = model->now;
	episode->acknowledged_until =
		command->for_ms > 0 ? model->now + command->for_ms : TIME_NEVER;
	episode->urgent = false;
	struct alert *alert =
		episode_tell(model, episode, CAUSE_ACKNOWLEDGED,
			     MSG_TYPE_UPDATE, ALERT_FIRING, &window);
	strcpy(alert->comment, command->comment);
	model->groups[episode->group].sum_changed = false;
}

/* It is said to be wrong, and its group is quiet from now on. */
static void
episode_retract(struct model *model, struct episode *episode,
		const struct command *command)
{
	struct window window = window_now(model, episode->group);
	struct group *group = &model->groups[episode->group];
	struct alert *alert =
		episode_tell(model, episode, CAUSE_RETRACTED, MSG_TYPE_CANCEL,
			     ALERT_CANCELLED, &window);

	/* Who took it back, not who had it in hand. */
	strcpy(alert->acknowledged_by, command->author);
	alert->acknowledged_at = TIME_UNSET;
	strcpy(alert->comment, command->comment);
	if (group->of_event) {
		mark_add(model, episode->group, (int)episode->held, true);
	} else {
		group->retracted = (int)episode->held;
		group->left_since = episode->below_since[0];
	}
	episode_remove(model, episode);
}

static void
silences_change(struct model *model, const struct step *step)
{
	const struct command *command = step->command;
	uint64_t numbered = model->silences.numbered;

	if (command->kind == COMMAND_UNSILENCE)
		*step->ret_told =
			model_unsilence(&model->silences, command->silence);
	else
		*step->ret_told =
			model_silence(&model->silences, command, model->now);
	if (command->kind == COMMAND_UNSILENCE)
		model->seen.silences_lifted += *step->ret_told > 0;
	else if (*step->ret_told > 0)
		model->seen.silences_renewed +=
			model->silences.numbered == numbered;
	model->seen.silences_refused += *step->ret_told == 0;
}

static void
episode_command(struct model *model, const struct step *step)
{
	const struct command *command = step->command;
	struct episode *episode = NULL;

	for (size_t i = 0; i < model->episodes_count; i++)
		if (model->episodes[i].first_seq == command->episode_seq &&
		    command->episode_seq > 0 && model->episodes[i].open)
			episode = &model->episodes[i];
	if (!episode) {
		model->seen.not_open++;
		return;
	}
	if (command->kind == COMMAND_ACKNOWLEDGE &&
	    !name_known(model, command->author) &&
	    model->names_count == model->limits->names)
		return;
	if (command->kind == COMMAND_ACKNOWLEDGE)
		episode_acknowledge(model, episode, command);
	else
		episode_retract(model, episode, command);
	*step->ret_told = model->seq;
}

/* What the officer says is with all that it changes. */
static void
deadline_apply(struct model *model, const struct step *step)
{
	const struct command *command = step->command;
	size_t agreement = agreement_find(model, command->agreement);
	size_t said = model->alerts_count;

	if (model->part == ENGINE_DRILL || agreement == SIZE_MAX ||
	    !deadline_find(agreement_of(model, agreement), command->deadline) ||
	    !deadline_command(&model->deadlines, command)) {
		model->seen.deadlines_unknown++;
		return;
	}
	for (size_t i = 0; i < model->groups_count; i++) {
		const struct group *group = &model->groups[i];
		if (rule_of(model, group->rule)->kind == RULE_DEADLINE &&
		    group->agreement == agreement &&
		    strcmp(group->values[0], command->deadline) == 0)
			watch_touch(model, i);
	}
	size_t group;
	while ((group = touched_first(model)) != NO_GROUP) {
		model->groups[group].touched = false;
		group_evaluate(model, group, false);
	}
	for (; said < model->alerts_count; said++) {
		struct alert *alert = &model->alerts[said];
		strcpy(alert->comment, command->comment);
		if (alert->cause == CAUSE_CLEARED) {
			/* Who ended it, not who had it in hand. */
			strcpy(alert->acknowledged_by, command->author);
			alert->acknowledged_at = TIME_UNSET;
		}
		*step->ret_told = alert->seq;
	}
	model->seen.deadlines_met += command->kind == COMMAND_DEADLINE_MET;
	model->seen.deadlines_unmet += command->kind == COMMAND_DEADLINE_UNMET;
	model->seen.deadlines_moved += command->kind == COMMAND_DEADLINE_DUE;
}

static void
command_apply(struct model *model, const struct step *step)
{
	*step->ret_told = 0;
	if (command_is_of_deadline(step->command))
		deadline_apply(model, step);
	else if (command_is_of_episode(step->command))
		episode_command(model, step);
	else
		silences_change(model, step);
	(*step->ret_told > 0
		 ? model->counts.answers
		 : model->counts.refusals)[model->part][step->command->kind]++;
	/* What is held back no more is told at once. */
	timers_fire(model, model->now);
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
	model->started_at = TIME_UNSET;
	model->too_late = calloc(configuration->rules_count + 1,
				 sizeof(*model->too_late));
	model->refused =
		calloc(configuration->rules_count + 1, sizeof(*model->refused));
	model->first = calloc(configuration->agreements_count + 1,
			      sizeof(*model->first));
	names_reserve(model);
	if (!model->too_late || !model->refused || !model->first ||
	    !groups_reserve(model)) {
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
	model_free(model->prepared);
	free(model->reports);
	free(model->events);
	free(model->contributions.all);
	free(model->names);
	free(model->groups);
	free(model->episodes);
	free(model->too_late);
	free(model->refused);
	free(model->first);
	free(model->marks);
	free(model->alerts);
	free(model);
}

static bool
lists_same(const struct name_list *a, const struct name_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->names[i], b->names[i]) != 0)
			return false;
	return true;
}

static bool
matches_same(const struct match *a, const struct match *b)
{
	return lists_same(&a->agreement, &b->agreement) &&
	       lists_same(&a->source, &b->source) &&
	       lists_same(&a->feed, &b->feed) &&
	       lists_same(&a->party, &b->party) &&
	       lists_same(&a->against, &b->against) &&
	       lists_same(&a->country, &b->country) &&
	       lists_same(&a->admin, &b->admin) && a->kinds == b->kinds &&
	       a->targets == b->targets && a->disputed == b->disputed &&
	       a->min_assessment == b->min_assessment &&
	       a->min_attribution == b->min_attribution &&
	       a->min_sources == b->min_sources;
}

static bool
levels_same(const struct rule *a, const struct rule *b)
{
	if (a->levels_count != b->levels_count)
		return false;
	for (size_t i = 0; i < a->levels_count; i++)
		if (a->levels[i].at != b->levels[i].at ||
		    a->levels[i].clear != b->levels[i].clear ||
		    a->levels[i].severity != b->levels[i].severity)
			return false;
	return true;
}

/* Nothing that it counts by differs; how it is put into words may. */
static bool
rules_same(const struct rule *a, const struct rule *b)
{
	if (a->group_by_count != b->group_by_count)
		return false;
	for (size_t i = 0; i < a->group_by_count; i++)
		if (a->group_by[i] != b->group_by[i])
			return false;
	return a->kind == b->kind && a->spike.method == b->spike.method &&
	       a->spike.baseline == b->spike.baseline &&
	       a->spike.min_sigma == b->spike.min_sigma &&
	       a->spike.min_count == b->spike.min_count &&
	       a->max_age_ms == b->max_age_ms && a->min_gap == b->min_gap &&
	       a->measure == b->measure && a->basis == b->basis &&
	       a->window_kind == b->window_kind && a->time == b->time &&
	       a->window_ms == b->window_ms &&
	       a->resolution_ms == b->resolution_ms &&
	       a->late_ms == b->late_ms && a->for_ms == b->for_ms &&
	       a->keep_firing_ms == b->keep_firing_ms &&
	       a->update_every_ms == b->update_every_ms &&
	       a->remind_ms == b->remind_ms &&
	       a->escalate_after_ms == b->escalate_after_ms &&
	       a->after_ms == b->after_ms &&
	       a->active.from_ms == b->active.from_ms &&
	       a->active.length_ms == b->active.length_ms &&
	       lists_same(&a->expect, &b->expect) &&
	       lists_same(&a->deadlines, &b->deadlines) &&
	       matches_same(&a->match, &b->match) && levels_same(a, b);
}

static bool
agreements_same(const struct agreement *a, const struct agreement *b)
{
	struct name_list parties_a = {a->parties, a->parties_count};
	struct name_list parties_b = {b->parties, b->parties_count};

	return a->effective_at == b->effective_at &&
	       a->day_starts_ms == b->day_starts_ms &&
	       lists_same(&parties_a, &parties_b);
}

static bool
source_same(const struct model *old, const struct model *new, const char *name)
{
	const struct source *a = source_of(old, name);
	const struct source *b = source_of(new, name);

	return (a ? a->at_most : ASSESSMENT_ALLEGED) ==
		       (b ? b->at_most : ASSESSMENT_ALLEGED) &&
	       strcmp(origin_of(old, name), origin_of(new, name)) == 0;
}

static bool
makes_findings(const struct model *model, const char *source)
{
	for (size_t i = 0; i < model->reports_count; i++) {
		const struct report *report = &model->reports[i].report;
		if (report->type == REPORT_FINDING &&
		    strcmp(report->source, source) == 0)
			return true;
	}
	return false;
}

/* Whether the source's word weighs in what the rule says: those that it may
 * count, and those that judge them. In our own sum everybody's does; nobody's
 * where no event is counted. */
static bool
source_weighs(const struct model *model, const struct rule *rule,
	      const char *name)
{
	if (!rule_counts_events(rule))
		return false;
	return rule_holds_against_events(rule) ||
	       list_allows(&rule->match.source, name) ||
	       (!rule_is_of_tallies(rule) && makes_findings(model, name));
}

static bool
sources_same(const struct model *old, const struct model *new,
	     const struct rule *rule)
{
	const struct configuration *both[] = {old->configuration,
					      new->configuration};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < both[k]->sources_count; i++) {
			const char *name = both[k]->sources[i].name;
			if (source_weighs(old, rule, name) &&
			    !source_same(old, new, name))
				return false;
		}
	return true;
}

static size_t
rule_find(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->configuration->rules_count; i++)
		if (strcmp(rule_of(model, i)->name, name) == 0)
			return i;
	return SIZE_MAX;
}

static bool
rule_kept(const struct model *old, const struct model *new, const char *name)
{
	size_t before = rule_find(old, name);
	size_t after = rule_find(new, name);

	return before != SIZE_MAX && after != SIZE_MAX &&
	       rules_same(rule_of(old, before), rule_of(new, after)) &&
	       sources_same(old, new, rule_of(old, before));
}

/* Whether the rule counts the agreement as it did before. */
static bool
pair_kept(const struct model *old, const struct model *new, const char *rule,
	  const char *agreement)
{
	size_t before = agreement_find(old, agreement);
	size_t after = agreement_find(new, agreement);

	if (before == SIZE_MAX || after == SIZE_MAX ||
	    !rule_kept(old, new, rule))
		return false;
	const struct agreement *a = agreement_of(old, before);
	const struct agreement *b = agreement_of(new, after);
	return agreements_same(a, b) &&
	       (rule_of(old, rule_find(old, rule))->kind != RULE_DEADLINE ||
		deadlines_same(a, b));
}

static bool
group_kept(const struct model *old, const struct model *new,
	   const struct group *group)
{
	return pair_kept(old, new, rule_of(old, group->rule)->name,
			 agreement_of(old, group->agreement)->id);
}

/* Groups that stay, by their numbers in the new configuration. */
static void
groups_carry(const struct model *old, struct model *new)
{
	for (size_t i = 0; i < old->groups_count; i++) {
		if (!group_kept(old, new, &old->groups[i]))
			continue;
		new->groups = grown(new->groups, new->groups_count,
				    sizeof(*new->groups));
		struct group *group = &new->groups[new->groups_count++];
		*group = old->groups[i];
		group->rule = rule_find(new, rule_of(old, group->rule)->name);
		group->agreement =
			agreement_find(new,
				       agreement_of(old, group->agreement)->id);
		new->buckets_used += ring_buckets(rule_of(new, group->rule));
	}
}

static void
episodes_carry(const struct model *old, struct model *new)
{
	for (size_t i = 0; i < old->episodes_count; i++) {
		const struct group *group =
			&old->groups[old->episodes[i].group];
		if (!group_kept(old, new, group))
			continue;
		size_t rule = rule_find(new, rule_of(old, group->rule)->name);
		size_t agreement =
			agreement_find(new,
				       agreement_of(old, group->agreement)->id);
		new->episodes = grown(new->episodes, new->episodes_count,
				      sizeof(*new->episodes));
		struct episode *episode = &new->episodes[new->episodes_count++];
		*episode = old->episodes[i];
		episode->group =
			group_find(new, rule, agreement,
				   (const char(*)[TEXT_SIZE])group->values,
				   &group->key);
	}
}

static void
marks_carry(const struct model *old, struct model *new)
{
	for (size_t i = 0; i < old->marks_count; i++) {
		const struct mark *mark = &old->marks[i];
		const struct group *group = &old->groups[mark->group];
		if (!group_kept(old, new, group))
			continue;
		size_t rule = rule_find(new, rule_of(old, group->rule)->name);
		size_t agreement =
			agreement_find(new,
				       agreement_of(old, group->agreement)->id);
		mark_add(new,
			 group_find(new, rule, agreement,
				    (const char(*)[TEXT_SIZE])group->values,
				    &group->key),
			 mark->level, mark->retracted);
	}
}

/* Of the two, whose word counts now and did not before: the next such finding
 * after one, as they were accepted; or NULL. */
static struct standing *
unheard_next(const struct model *old, const struct model *new, uint64_t after)
{
	struct standing *next = NULL;

	for (size_t i = 0; i < new->reports_count; i++) {
		struct standing *one = &new->reports[i];
		size_t before = agreement_find(old, one->report.agreement);
		if (one->unheard && one->accepted > after && counts(new, one) &&
		    !is_weighty(old, agreement_of(old, before),
				one->report.source) &&
		    (!next || one->accepted < next->accepted))
			next = one;
	}
	return next;
}

/* Each is heard if the event has room for what it puts there. */
static void
findings_hear(const struct model *old, struct model *new)
{
	struct standing *one = NULL;

	while ((one = unheard_next(old, new, one ? one->accepted : 0))) {
		one->unheard =
			event_full(new, one->agreement, &one->report, one);
		new->seen.events_heard += !one->unheard;
		new->seen.events_unheard_still += one->unheard;
	}
}

/* Reports stay as long as their agreement is configured. */
static void
reports_carry(const struct model *old, struct model *new)
{
	for (size_t i = 0; i < old->reports_count; i++) {
		const struct report *report = &old->reports[i].report;
		size_t agreement = agreement_find(new, report->agreement);
		if (agreement == SIZE_MAX) {
			new->seen.reports_dropped++;
			continue;
		}
		new->reports = grown(new->reports, new->reports_count,
				     sizeof(*new->reports));
		struct standing *standing = &new->reports[new->reports_count];
		*standing = old->reports[i];
		standing->agreement = agreement;
		new->reports_count++;
	}
	for (size_t i = 0; i < old->configuration->agreements_count; i++) {
		size_t agreement =
			agreement_find(new, agreement_of(old, i)->id);
		if (agreement != SIZE_MAX)
			new->first[agreement] = old->first[i];
	}
	findings_hear(old, new);
	weigh_all(new);
}

static bool
field_is_name(enum field field)
{
	return field != FIELD_KIND && field != FIELD_TARGET &&
	       field != FIELD_DISPUTED;
}

/* The names that are spoken of still. */
static void
names_carry(struct model *new)
{
	const char *names[REPORT_NAMES];

	for (size_t i = 0; i < new->reports_count; i++) {
		report_names(&new->reports[i].report, names);
		for (size_t k = 0; k < REPORT_NAMES; k++)
			name_add(new, names[k]);
	}
	for (size_t i = 0; i < new->groups_count; i++) {
		const struct rule *rule = rule_of(new, new->groups[i].rule);
		if (new->groups[i].of_event && !episode_of_event(new, i) &&
		    !mark_find(new, i))
			continue;
		for (size_t k = 0; k < rule->group_by_count; k++)
			if (field_is_name(rule->group_by[k]))
				name_add(new, new->groups[i].values[k]);
	}
	for (size_t i = 0; i < new->episodes_count; i++)
		name_add(new, new->episodes[i].acknowledged_by);
}

/* Counters of rules that go on as they are. */
static void
too_late_carry(const struct model *old, struct model *new)
{
	for (size_t i = 0; i < new->configuration->rules_count; i++) {
		const char *name = rule_of(new, i)->name;
		if (!rule_kept(old, new, name))
			continue;
		new->too_late[i] = old->too_late[rule_find(old, name)];
		if (rule_counts_events(rule_of(new, i)))
			new->refused[i] = old->refused[rule_find(old, name)];
	}
}

/* What the model will be, before what counts anew is summed. */
static int
model_carry(const struct model *old, const struct configuration *configuration,
	    struct model **ret_new, size_t *ret_carried,
	    enum pool_kind *ret_full)
{
	struct model *new;
	int error = model_new(&new, configuration, old->part);

	*ret_full = POOLS;
	if (error)
		return error;
	new->now = old->now;
	new->started_at = old->started_at;
	new->seq = old->seq;
	new->accepted = old->accepted;
	new->touches = old->touches;
	new->episodes_ended = old->episodes_ended;
	new->episodes_begun = old->episodes_begun;
	new->silences = old->silences;
	deadlines_carry(&new->deadlines, &old->deadlines, old->configuration,
			configuration);
	new->seen = old->seen;
	new->counts = old->counts;
	memcpy(new->told, old->told, sizeof(new->told));
	new->groups_count = 0;
	new->buckets_used = 0;
	groups_carry(old, new);
	*ret_carried = new->groups_count;
	episodes_carry(old, new);
	marks_carry(old, new);
	reports_carry(old, new);
	names_carry(new);
	too_late_carry(old, new);
	*ret_new = new;
	if (new->names_count > new->limits->names)
		*ret_full = POOL_NAMES;
	else if (!groups_reserve(new))
		*ret_full = groups_used(new) == new->limits->groups
				    ? POOL_GROUPS
			    : groups_used(new) + events_open(new) >=
					    new->limits->episodes
				    ? POOL_EPISODES
				    : POOL_BUCKETS;
	else
		return 0;
	model_free(new);
	return -ENOSPC;
}

int
model_prepare(struct model *model, const struct configuration *configuration,
	      enum pool_kind *ret_full)
{
	struct model *new;
	size_t carried;
	int error = model_carry(model, configuration, &new, &carried, ret_full);

	model->seen.reload_refused += error != 0;
	if (error)
		return error;
	model_free(model->prepared);
	model->prepared = new;
	return 0;
}

static void
episodes_end_changed(struct model *model, const struct model *new)
{
	size_t group;

	/* In the order in which they began. */
	for (size_t i = 0; i < model->episodes_count; i++) {
		struct group *ending = &model->groups[model->episodes[i].group];
		if (!model->episodes[i].open || group_kept(model, new, ending))
			continue;
		ending->touched = true;
		ending->touched_order = ++model->touches;
	}
	while ((group = touched_first(model)) != NO_GROUP) {
		struct window window = window_now(model, group);
		struct episode *episode = episode_open(model, group);
		model->groups[group].touched = false;
		episode_tell(model, episode, CAUSE_RULE_CHANGED,
			     MSG_TYPE_UPDATE, ALERT_RESOLVED, &window);
		episode_remove(model, episode);
	}
}

/* When the report of the event that was accepted last was so. */
static uint64_t
event_accepted(const struct model *model, size_t event)
{
	uint64_t last = 0;

	for (size_t i = 0; i < model->reports_count; i++)
		if (model->reports[i].event == event &&
		    model->reports[i].accepted > last)
			last = model->reports[i].accepted;
	return last;
}

static uint64_t
group_accepted(const struct model *model, size_t group)
{
	for (size_t i = 0; i < model->contributions.count; i++)
		if (model->contributions.all[i].group == group)
			return event_accepted(
				model, model->contributions.all[i].event);
	return 0;
}

/* The order in which they come to have groups: by agreement, events before
 * tallies, then by what was accepted last of the event, then by rule. */
static bool
contribution_is_before(const struct model *model, const struct contribution *a,
		       const struct contribution *b)
{
	uint64_t accepted_a = event_accepted(model, a->event);
	uint64_t accepted_b = event_accepted(model, b->event);
	bool tally_a = event_is_tally(model, a->event);
	bool tally_b = event_is_tally(model, b->event);

	if (a->agreement != b->agreement)
		return a->agreement < b->agreement;
	if (tally_a != tally_b)
		return tally_b;
	if (accepted_a != accepted_b)
		return accepted_a < accepted_b;
	return a->rule < b->rule;
}

/* The next contribution that has no group, but may have had none tried, or
 * NULL. */
static struct contribution *
ungrouped_first(struct model *new, const struct contribution *after)
{
	struct contribution *first = NULL;

	for (size_t i = 0; i < new->contributions.count; i++) {
		struct contribution *one = &new->contributions.all[i];
		if (one->group == NO_GROUP &&
		    (!after || contribution_is_before(new, after, one)) &&
		    (!first || contribution_is_before(new, one, first)))
			first = one;
	}
	return first;
}

/* Whether something of the rule was tried before and is in `_other`. */
static bool
earlier_ungrouped(const struct model *model, const struct contribution *one)
{
	for (size_t i = 0; i < model->contributions.count; i++) {
		const struct contribution *other = &model->contributions.all[i];
		if (other->rule == one->rule && other->group == NO_GROUP &&
		    contribution_is_before(model, other, one))
			return true;
	}
	return false;
}

/* What counts anew is summed from the reports that stand, silently. For what
 * was in `_other` there may be room now. */
static void
contributions_sum(struct model *new)
{
	struct contribution *one = NULL;

	new->contributions = contributions_make(new);
	for (size_t i = 0; i < new->contributions.count; i++)
		contribution_place(new, &new->contributions.all[i]);
	while ((one = ungrouped_first(new, one))) {
		contribution_place(new, one);
		if (one->group == NO_GROUP && !earlier_ungrouped(new, one) &&
		    group_add(new, one->rule, one->agreement,
			      (const char(*)[TEXT_SIZE])one->values, &one->key))
			contribution_place(new, one);
	}
}

/* By rule; then groups as ever, events by agreement in the configuration's
 * order and by what was accepted last of them. */
static bool
is_anew_before(const struct model *model, size_t left, size_t right)
{
	const struct group *a = &model->groups[left];
	const struct group *b = &model->groups[right];

	if (!a->of_event || a->rule != b->rule)
		return group_order(model, left, right) < 0;
	if (a->agreement != b->agreement)
		return a->agreement < b->agreement;
	return group_accepted(model, left) < group_accepted(model, right);
}

static size_t
anew_first(const struct model *model)
{
	size_t first = NO_GROUP;

	for (size_t i = 0; i < model->groups_count; i++)
		if (model->groups[i].touched &&
		    (first == NO_GROUP || is_anew_before(model, i, first)))
			first = i;
	return first;
}

/* Each new group that is at a level says so, once, now. */
static void
groups_cross_anew(struct model *new, size_t first)
{
	size_t group;

	for (size_t i = first; i < new->groups_count; i++)
		new->groups[i].touched = true;
	new->seen.summed_anew += new->groups_count - first;
	new->seen.kept += first;
	while ((group = anew_first(new)) != NO_GROUP) {
		struct window window = window_now(new, group);
		const struct rule *rule = rule_of(new, new->groups[group].rule);
		new->groups[group].touched = false;
		new->groups[group].evaluated_at = new->now;
		if (level_met(rule, value_of(rule, &window)) < 0)
			continue;
		if (new->groups[group].of_event && !event_has_room(new, group))
			continue;
		group_cross(new, group, &window);
		new->seen.crossed_anew++;
	}
}

static void
model_reload(struct model *model)
{
	struct model *new;
	enum pool_kind full;
	size_t carried;

	episodes_end_changed(model, model->prepared);
	if (model_carry(model, model->prepared->configuration, &new, &carried,
			&full))
		abort();
	/* Those of acknowledgements that have come to be over, too. */
	for (size_t i = 0; i < model->prepared->names_count; i++)
		name_add(new, model->prepared->names[i]);
	new->alerts = model->alerts;
	new->alerts_count = model->alerts_count;
	model->alerts = NULL;
	contributions_sum(new);
	new->seen.reloaded++;
	groups_cross_anew(new, carried);
	struct model old = *model;
	*model = *new;
	*new = old;
	model_free(new);
}

/* No time that is known lies ahead. */
static void
times_take_back(struct model *model)
{
	int64_t now = model->now;

	model->started_at = earlier(model->started_at, now);
	for (size_t i = 0; i < model->reports_count; i++) {
		struct standing *standing = &model->reports[i];
		struct report *report = &standing->report;
		report->occurred_at = earlier(report->occurred_at, now);
		report->reported_at = earlier(report->reported_at, now);
		standing->received_at = earlier(standing->received_at, now);
	}
	for (size_t i = 0; i < model->configuration->agreements_count; i++)
		for (size_t k = 0; k < 3; k++)
			model->first[i].times[k] =
				earlier(model->first[i].times[k], now);
	for (size_t i = 0; i < model->groups_count; i++) {
		struct group *group = &model->groups[i];
		group->pending_since = earlier(group->pending_since, now);
		group->left_since = earlier(group->left_since, now);
		group->evaluated_at = earlier(group->evaluated_at, now);
	}
}

/* An acknowledgement begins now and lasts as long as it was to. */
static void
episode_take_back(struct episode *episode, int64_t now)
{
	if (is_acknowledged(episode) && episode->acknowledged_at > now &&
	    episode->acknowledged_until != TIME_NEVER)
		episode->acknowledged_until -= episode->acknowledged_at - now;
	episode->started_at = earlier(episode->started_at, now);
	episode->ended_at = earlier(episode->ended_at, now);
	episode->changed_at = earlier(episode->changed_at, now);
	for (size_t k = 0; k < LEVELS_MAX; k++)
		episode->below_since[k] = earlier(episode->below_since[k], now);
	episode->onset_at = earlier(episode->onset_at, now);
	episode->last_message_at = earlier(episode->last_message_at, now);
	episode->withheld_since = earlier(episode->withheld_since, now);
	episode->acknowledged_at = earlier(episode->acknowledged_at, now);
	episode->unacknowledged_since =
		earlier(episode->unacknowledged_since, now);
}

/* Everything is summed anew at the new time, and every group looked at, and
 * every event that was told, as when a report changes them. */
static void
clock_set_back(struct model *model, int64_t now, int64_t until)
{
	model->now = now;
	watches_pause(model, until, now);
	times_take_back(model);
	for (size_t i = 0; i < model->episodes_count; i++)
		episode_take_back(&model->episodes[i], now);
	model_silences_take_back(&model->silences, now);
	for (size_t i = 0; i < model->configuration->rules_count; i++)
		if (!rule_counts_events(rule_of(model, i)))
			model->refused[i] = 0;
	weigh_all(model);
	free(model->contributions.all);
	contributions_sum(model);
	for (size_t i = 0; i < model->groups_count; i++)
		model->groups[i].again = !model->groups[i].of_event ||
					 episode_of_event(model, i);
	model->seen.set_back++;
}

/* Those that have no episode, once all others were looked at. */
static void
events_watch_anew(struct model *model)
{
	size_t group;

	for (size_t i = 0; i < model->groups_count; i++)
		model->groups[i].touched = model->groups[i].of_event &&
					   !episode_of_event(model, i);
	while ((group = anew_first(model)) != NO_GROUP) {
		model->groups[group].touched = false;
		group_evaluate(model, group, true);
	}
}

/* The wall clock goes on from elsewhere. */
static void
clock_step(struct model *model, const struct step *step)
{
	if (model->configuration->clock == CLOCK_RECORDS)
		return;
	bool any = model->now != TIME_UNSET;
	bool back = any && step->time_ms < model->now;
	if (back)
		clock_set_back(model, step->time_ms,
			       step->time_ms - step->clock_ms);
	if (any && model->part == ENGINE_REAL)
		condition_tell(model, "clock-step",
			       (double)step->clock_ms / 1000);
	if (any && !back) {
		time_advance(model, earlier(step->time_ms,
					    step->time_ms - step->clock_ms));
		watches_pause(model, step->time_ms - step->clock_ms,
			      step->time_ms);
	}
	time_advance(model, step->time_ms);
	if (back)
		events_watch_anew(model);
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
		if (model->configuration->clock == CLOCK_WALL)
			model->started_at = step->time_ms;
		if (model->configuration->clock == CLOCK_WALL &&
		    model->now != TIME_UNSET) {
			time_advance(model, step->ran_until);
			watches_pause(model, step->ran_until, step->time_ms);
		}
		step_time_advance(model, step);
		break;
	case STEP_TICK:
		time_advance(model, step->time_ms);
		break;
	case STEP_COMMAND:
		step_time_advance(model, step);
		if (step->part == model->part)
			command_apply(model, step);
		break;
	case STEP_CONFIG:
		step_time_advance(model, step);
		if (model->prepared)
			model_reload(model);
		break;
	case STEP_CLOCK:
		clock_step(model, step);
		break;
	case STEP_NONE:
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
	int64_t due = model_silences_due(&model->silences);

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
	ret_use[POOL_GROUPS].used = (uint32_t)groups_used(model);
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
		.ungrouped = model->refused[rule],
	};
	for (size_t i = 0; i < model->groups_count; i++)
		ret_use->groups += model->groups[i].rule == rule &&
				   !model->groups[i].of_event;
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
				  (const char(*)[TEXT_SIZE])wanted, &no_key);
	if (group == NO_GROUP)
		return false;
	*ret_sums = window_now(model, group).sums;
	return true;
}

bool
model_open(const struct model *model, uint32_t *iterator, uint64_t *ret_seq)
{
	const struct episode *episode;

	while ((episode = open_next(model, *iterator))) {
		*iterator = (uint32_t)episode->began;
		if (episode->first_seq == 0)
			continue;
		*ret_seq = episode->last_seq;
		return true;
	}
	return false;
}

bool
model_held(const struct model *model, uint32_t *iterator,
	   struct held_use *ret_use)
{
	const struct episode *episode;

	do {
		episode = open_next(model, *iterator);
		if (!episode)
			return false;
		*iterator = (uint32_t)episode->began;
	} while (episode->withheld_since == TIME_UNSET);
	struct window window = window_now(model, episode->group);
	episode_compose(model, episode, CAUSE_SILENCE_ENDED, MSG_TYPE_UPDATE,
			ALERT_FIRING, &window, &ret_use->alert);
	ret_use->since_at = episode->withheld_since;
	ret_use->silence =
		model_silences_holding(&model->silences, &ret_use->alert);
	return true;
}

const struct silence *
model_silences_of(const struct model *model, size_t *ret_count)
{
	*ret_count = model->silences.count;
	return model->silences.all;
}

bool
model_group(const struct model *model, size_t group, size_t *ret_rule,
	    const char **ret_agreement, const char *ret_values[GROUP_BY_MAX])
{
	size_t index = 0;

	while (index < model->groups_count &&
	       (model->groups[index].of_event || group-- > 0))
		index++;
	if (index == model->groups_count)
		return false;
	group = index;
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

const struct model_told *
model_told(const struct model *model)
{
	return &model->counts;
}
