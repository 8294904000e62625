/* Holds what the configuration says against the rest of it. */
#include "edge/settings_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/headline.h"
#include "core/window.h"
#include "edge/settings_values.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* --- Texts that are more than one value --- */

const char *
parse_effective(const char *text, void *object)
{
	struct agreement *agreement = object;

	return moment_read(text, &agreement->effective_at) ? "" : NULL;
}

const char *
parse_day_starts(const char *text, void *object)
{
	struct agreement *agreement = object;

	return day_start_read(text, &agreement->day_starts_ms,
			      &agreement->zone_ms)
		       ? ""
		       : NULL;
}

const char *
parse_due(const char *text, void *object)
{
	struct deadline *deadline = object;

	return moment_read(text, &deadline->due_at) ? "" : NULL;
}

/* The longest comes first. */
const char *
parse_warn_before(const char *text, void *object)
{
	struct deadline *deadline = object;
	int64_t *warn = deadline->warn_before_ms;
	size_t at = deadline->warn_before_count;
	int64_t ms;

	if (settings_duration(text, &ms) || ms < SECOND_MS || ms > LONGEST_MS)
		return "";
	for (size_t i = 0; i < at; i++)
		if (warn[i] == ms)
			return "each duration once";
	for (; at > 0 && warn[at - 1] < ms; at--)
		warn[at] = warn[at - 1];
	warn[at] = ms;
	deadline->warn_before_count++;
	return NULL;
}

/* Called for the one, then for the other; until then from_ms is below 0. */
const char *
parse_active(const char *text, void *object)
{
	struct active *active = &((struct rule *)object)->active;
	int64_t ms, zone_ms;

	if (day_start_read(text, &ms, &zone_ms))
		return "";
	if (active->from_ms < 0) {
		active->from_ms = ms;
		return NULL;
	}
	active->length_ms = (ms - active->from_ms + DAY_MS) % DAY_MS;
	return active->length_ms ? NULL : "";
}

const char *
parse_window(const char *text, void *object)
{
	struct rule *rule = object;
	int64_t ms;

	if (rule->kind == RULE_TALLY) {
		if (strcmp(text, "latest") == 0) {
			rule->window_kind = WINDOW_LATEST;
			rule->window_ms = 0;
			return NULL;
		}
		if (settings_duration(text, &ms) || ms < SECOND_MS ||
		    ms > LONGEST_MS)
			return "\"latest\" or a duration like \"90s\", "
			       "\"15m\", "
			       "\"24h\" or \"7d\", from \"1s\" to \"36500d\"";
	}
	if (strcmp(text, "agreement") == 0) {
		rule->window_kind = WINDOW_AGREEMENT;
		rule->window_ms = 0;
		return NULL;
	}
	if (strcmp(text, "event") == 0) {
		rule->window_kind = WINDOW_EVENT;
		rule->window_ms = 0;
		return NULL;
	}
	if (settings_duration(text, &ms) || ms < SECOND_MS || ms > LONGEST_MS)
		return "";
	rule->window_kind = WINDOW_DURATION;
	rule->window_ms = ms;
	return NULL;
}

const char *
parse_group_by(const char *text, void *object)
{
	struct rule *rule = object;
	int field = 0;

	/* Each agreement is counted apart in any case. */
	if (strcmp(text, "agreement") == 0)
		return NULL;
	while (field < FIELDS && strcmp(field_name((enum field)field), text))
		field++;
	if (field == FIELDS)
		return "";
	for (size_t i = 0; i < rule->group_by_count; i++)
		if (rule->group_by[i] == (enum field)field)
			return "each field once";
	if (rule->group_by_count == GROUP_BY_MAX)
		return "at most 4 fields";
	rule->group_by[rule->group_by_count++] = (enum field)field;
	return NULL;
}

/* --- Names that must be one of a kind, or known --- */

/* An element of a list by its name. */
struct named {
	const char *name;
	size_t element;
};

static int
named_compare(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order)
		return order;
	return a->element < b->element ? -1 : a->element > b->element;
}

static int
text_compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool
text_is_in(const char *text, const char *const *sorted, size_t count)
{
	return count &&
	       bsearch(&text, sorted, count, sizeof(*sorted), text_compare);
}

/* Complains of every element whose name (the text at `offset`) an earlier one
 * has. */
static void
check_names(struct reader *reader, const struct place *place,
	    const void *objects, size_t count, size_t size, size_t offset,
	    const char *key)
{
	struct named *named = reader_allocate(reader, count, sizeof(*named));
	char origin[256];
	size_t used = 0;

	if (!named)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name =
			*(const char *const *)(const void *)((const char *)
								     objects +
							     i * size + offset);

		if (*name)
			named[used++] = (struct named){name, i};
	}
	if (used)
		qsort(named, used, sizeof(*named), named_compare);
	for (size_t i = 1, first = 0; i < used; i++) {
		if (strcmp(named[i].name, named[first].name) != 0) {
			first = i;
			continue;
		}
		place_origin(reader, place_element(place, named[first].element),
			     origin, sizeof(origin));
		reader_expect(reader, place_element(place, named[i].element),
			      key, "another name: \"%s\" is taken at %s",
			      named[i].name, origin);
	}
}

void
check_sources(struct reader *reader, const struct place *place, void *objects,
	      size_t count)
{
	check_names(reader, place, objects, count, sizeof(struct source),
		    offsetof(struct source, name), "name");
}

void
check_source(struct reader *reader, const struct place *place, void *object)
{
	struct source *source = object;

	(void)reader;
	(void)place;
	if (!*source->origin)
		source->origin = source->name;
}

void
check_deadlines(struct reader *reader, const struct place *place, void *objects,
		size_t count)
{
	check_names(reader, place, objects, count, sizeof(struct deadline),
		    offsetof(struct deadline, name), "name");
}

void
check_agreement(struct reader *reader, const struct place *place, void *object)
{
	const struct agreement *agreement = object;

	if (strcmp(agreement->id, "truced") == 0)
		reader_expect(reader, place, "id",
			      "another name: alerts of truced itself have "
			      "\"truced\"");
	for (size_t i = 0; i < agreement->parties_count; i++)
		for (size_t j = 0; j < i; j++)
			if (*agreement->parties[i] &&
			    strcmp(agreement->parties[i],
				   agreement->parties[j]) == 0)
				reader_expect_element(
					reader, place, "parties", i,
					"each party once, not \"%s\" again",
					agreement->parties[i]);
}

/* Keeps what rules may refer to, sorted. */
void
check_agreements(struct reader *reader, const struct place *place,
		 void *objects, size_t count)
{
	const struct agreement *agreements = objects;
	struct draft *draft = reader_draft(reader);
	size_t parties = 0;

	check_names(reader, place, objects, count, sizeof(*agreements),
		    offsetof(struct agreement, id), "id");
	for (size_t i = 0; i < count; i++)
		parties += agreements[i].parties_count;
	draft->agreement_ids =
		reader_allocate(reader, count, sizeof(const char *));
	draft->parties = reader_allocate(reader, parties, sizeof(const char *));
	if (!draft->agreement_ids || !draft->parties)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct agreement *agreement = &agreements[i];

		draft->agreement_ids[draft->agreement_ids_count++] =
			agreement->id;
		draft->any_party |= agreement->parties_count == 0;
		for (size_t j = 0; j < agreement->parties_count; j++) {
			const char *party = agreement->parties[j];

			draft->parties[draft->parties_count++] = party;
			draft->any_party |= strcmp(party, "other") == 0;
		}
	}
	qsort(draft->agreement_ids, draft->agreement_ids_count,
	      sizeof(const char *), text_compare);
	if (draft->parties_count)
		qsort(draft->parties, draft->parties_count,
		      sizeof(const char *), text_compare);
}

/* --- Rules --- */

static uint64_t
buckets_of(int64_t duration_ms, int64_t resolution_ms)
{
	return (uint64_t)(duration_ms / resolution_ms) +
	       (duration_ms % resolution_ms != 0);
}

/* A sixtieth of the window, at least a second; from a day on, whole days. */
static int64_t
default_resolution(int64_t window_ms)
{
	int64_t resolution = window_ms / 60;

	if (resolution < SECOND_MS)
		return SECOND_MS;
	if (resolution >= DAY_MS && resolution % DAY_MS)
		return resolution - resolution % DAY_MS + DAY_MS;
	return resolution;
}

/* With the agreement's own window, and with that of an event, nothing slides:
 * there are no buckets, and each fall is a correction. */
static void
check_unsliding_window(struct reader *reader, const struct place *place,
		       struct rule *rule)
{
	static const struct {
		const char *key, *why;
	} barred[] = {
		{"resolution", "this window has no buckets"},
		{"late", "this window never closes, so nothing is too late"},
		{"for", "its sums only grow, but for corrections"},
	};
	const char *window =
		rule->window_kind == WINDOW_EVENT ? "event" : "agreement";
	const struct place *levels = place_member(place, "levels");

	for (size_t i = 0; i < LENGTH(barred); i++)
		if (place_member(place, barred[i].key))
			reader_expect(reader, place, barred[i].key,
				      "no such key with window = \"%s\": %s",
				      window, barred[i].why);
	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct place *level = place_element(levels, i);

		if (place_member(level, "clear"))
			reader_expect(reader, level, "clear",
				      "no such key with window = \"%s\": "
				      "every fall there is a correction",
				      window);
	}
	if (rule->window_kind == WINDOW_EVENT &&
	    !place_member(place, "keep_firing"))
		rule->keep_firing_ms = DAY_MS;
}

static void
check_duration_window(struct reader *reader, const struct place *place,
		      struct rule *rule)
{
	uint64_t buckets;

	if (!rule->window_ms) /* complained of already */
		return;
	if (!place_member(place, "resolution"))
		rule->resolution_ms = default_resolution(rule->window_ms);
	if (!rule->resolution_ms)
		return;
	if (rule->resolution_ms >= DAY_MS && rule->resolution_ms % DAY_MS)
		reader_expect(reader, place, "resolution",
			      "less than a day or whole days");
	if (rule->resolution_ms > rule->window_ms &&
	    place_member(place, "resolution"))
		reader_expect(reader, place, "resolution",
			      "at most the window");
	buckets = buckets_of(rule->window_ms, rule->resolution_ms) +
		  buckets_of(rule->late_ms, rule->resolution_ms);
	if (buckets > RING_BUCKETS_MAX)
		reader_expect(
			reader, place,
			place_member(place, "resolution") ? "resolution"
			: place_member(place, "late")	  ? "late"
							  : "window",
			"at most %d buckets of resolution in window and late, "
			"not %llu: a greater resolution makes fewer",
			RING_BUCKETS_MAX, (unsigned long long)buckets);
}

/* The further steps of the last level, as levels of their own. */
static void
add_steps(struct rule *rule)
{
	const struct level *last = &rule->levels[rule->levels_count - 1];
	double every = last->every;

	while (every > 0 && rule->levels_count < LEVELS_MAX) {
		struct level *next = &rule->levels[rule->levels_count++];

		*next = *(next - 1);
		next->at += every;
		next->clear += every;
	}
}

static void
check_whole(struct reader *reader, const struct place *level, const char *key,
	    double value)
{
	if (value != trunc(value))
		reader_expect(reader, level, key,
			      "a whole number: counts are held against it");
}

static void
check_levels(struct reader *reader, const struct place *place,
	     struct rule *rule)
{
	const struct place *list = place_member(place, "levels");
	size_t count = rule->levels_count;

	for (size_t i = 0; i < count; i++) {
		const struct place *element = place_element(list, i);
		struct level *level = &rule->levels[i];
		const struct level *below = i ? level - 1 : NULL;

		if (level->at <= 0) /* complained of already */
			continue;
		if (rule->kind != RULE_SPIKE &&
		    rule->kind != RULE_DISCREPANCY) {
			check_whole(reader, element, "at", level->at);
			check_whole(reader, element, "clear", level->clear);
			check_whole(reader, element, "every", level->every);
		}
		if (below && level->at <= below->at)
			reader_expect(reader, element, "at",
				      "more than the level before it, %.15g",
				      below->at);
		if (level->clear <= 0)
			level->clear = level->at;
		if (level->clear > level->at)
			reader_expect(reader, element, "clear",
				      "at most at, %.15g", level->at);
		if (below && level->clear < below->clear)
			reader_expect(reader, element, "clear",
				      "at least clear of the level before it, "
				      "%.15g",
				      below->clear);
		if (level->every > 0 && i + 1 < count)
			reader_expect(reader, element, "every",
				      "no such key but in the last level");
	}
	if (count)
		add_steps(rule);
}

static void
check_known(struct reader *reader, const struct place *place, const char *key,
	    const struct name_list *list, const char *const *known,
	    size_t known_count, const char *expected)
{
	for (size_t i = 0; i < list->count; i++)
		if (*list->names[i] &&
		    !text_is_in(list->names[i], known, known_count))
			reader_expect_element(reader, place, key, i,
					      "%s, not \"%s\"", expected,
					      list->names[i]);
}

static void
check_match(struct reader *reader, const struct place *place,
	    const struct match *match)
{
	const struct draft *draft = reader_draft(reader);

	if (!place)
		return;
	check_known(reader, place, "agreement", &match->agreement,
		    draft->agreement_ids, draft->agreement_ids_count,
		    "the id of one of the agreements");
	if (draft->any_party)
		return;
	check_known(reader, place, "party", &match->party, draft->parties,
		    draft->parties_count, "a party that an agreement lists");
	check_known(reader, place, "against", &match->against, draft->parties,
		    draft->parties_count, "a party that an agreement lists");
}

static void
check_template(struct reader *reader, const struct place *place,
	       const char *key, const char *template)
{
	char name[NAME_SIZE];

	if (!template_check(template, name, sizeof(name)))
		reader_expect(reader, place, key,
			      "a name that templates know in { }, not \"%s\"",
			      name);
}

/* What is tested are buckets, each against those before it. */
static void
check_spike(struct reader *reader, const struct place *place, struct rule *rule)
{
	int64_t bucket = rule->resolution_ms;

	if (!bucket) /* complained of already */
		return;
	rule->window_kind = WINDOW_DURATION;
	rule->window_ms = bucket;
	if (bucket >= DAY_MS && bucket % DAY_MS)
		reader_expect(reader, place, "bucket",
			      "less than a day or whole days");
	if (!place_member(place, "late"))
		rule->late_ms = bucket;
	if (!place_member(place, "keep_firing"))
		rule->keep_firing_ms = bucket;
	if (spike_reach(&rule->spike) + 1 + buckets_of(rule->late_ms, bucket) >
	    RING_BUCKETS_MAX)
		reader_expect(reader, place, "late",
			      "at most %d buckets in late and in the %u that "
			      "the statistic is made of",
			      RING_BUCKETS_MAX, spike_reach(&rule->spike) + 1);
}

/* What tallies say: their totals, and what happened in their periods. */
static void
check_measure(struct reader *reader, const struct place *place,
	      const struct rule *rule)
{
	bool is_total = rule->measure == MEASURE_VIOLATIONS ||
			rule->measure == MEASURE_KILLED ||
			rule->measure == MEASURE_INJURED ||
			rule->measure == MEASURE_CASUALTIES;
	const char *expected = NULL;

	switch (rule->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		if (measure_is_in_period(rule->measure))
			expected = "a measure of incidents: killed or injured";
		break;
	case RULE_TALLY:
		if (!is_total && !measure_is_in_period(rule->measure))
			expected = "a measure of tallies: violations, killed, "
				   "injured, casualties, killed_in_period or "
				   "injured_in_period";
		break;
	case RULE_DISCREPANCY:
		if (!is_total)
			expected = "a measure that has totals: violations, "
				   "killed, injured or casualties";
		break;
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	if (expected)
		reader_expect(reader, place, "measure", "%s, not \"%s\"",
			      expected, measure_name(rule->measure));
}

/* Each counter, what a source says of a party, is a group of its own. */
static void
group_by_counter(struct rule *rule)
{
	rule->group_by[0] = FIELD_SOURCE;
	rule->group_by[1] = FIELD_PARTY;
	rule->group_by_count = 2;
}

static void
check_discrepancy(struct reader *reader, const struct place *place,
		  struct rule *rule)
{
	const struct name_list *sources = &rule->match.source;
	const struct place *match = place_member(place, "match");
	const struct place *levels = place_member(place, "levels");

	rule->window_kind = WINDOW_LATEST;
	rule->min_gap = rule->spike.min_count;
	rule->group_by[0] = FIELD_PARTY;
	rule->group_by_count = 1;
	if (sources->count < 1 || sources->count > 2 ||
	    (sources->count == 2 &&
	     strcmp(sources->names[0], sources->names[1]) == 0))
		reader_expect(reader, match ? match : place,
			      match ? "source" : "match",
			      "match.source with two sources, or one to be "
			      "held against our own sum");
	for (size_t i = 0; i < rule->levels_count; i++)
		if (rule->levels[i].at > 100)
			reader_expect(reader, place_element(levels, i), "at",
				      "a percentage, at most 100");
}

static void
check_absence(struct reader *reader, const struct place *place,
	      struct rule *rule)
{
	double seconds = (double)(rule->after_ms / SECOND_MS);

	rule->window_kind = WINDOW_NONE;
	rule->group_by[rule->group_by_count++] = FIELD_SOURCE;
	rule->levels[rule->levels_count++] =
		(struct level){.at = seconds,
			       .clear = seconds,
			       .severity = rule->severity};
	if (rule->active.length_ms <= 0)
		rule->active = (struct active){.length_ms = DAY_MS};
	for (size_t i = 0; i < rule->expect.count; i++)
		for (size_t j = 0; j < i; j++)
			if (*rule->expect.names[i] &&
			    strcmp(rule->expect.names[i],
				   rule->expect.names[j]) == 0)
				reader_expect_element(
					reader, place, "expect", i,
					"each source once, not \"%s\" again",
					rule->expect.names[i]);
}

/* Levels are ascending, each once. False: there are too many. */
static bool
add_level(struct rule *rule, double at, enum severity severity)
{
	size_t i = rule->levels_count;

	for (size_t j = 0; j < rule->levels_count; j++)
		if (rule->levels[j].at == at)
			return true;
	if (rule->levels_count == LEVELS_MAX)
		return false;
	for (; i > 0 && rule->levels[i - 1].at > at; i--)
		rule->levels[i] = rule->levels[i - 1];
	rule->levels[i] =
		(struct level){.at = at, .clear = at, .severity = severity};
	rule->levels_count++;
	return true;
}

static bool
name_is_in(const char *name, const struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}

/* The deadlines that a rule watches; `name`: of these only. NULL after the
 * last. Both indices begin with 0. */
static const struct deadline *
next_deadline(const struct configuration *configuration,
	      const struct rule *rule, const char *name, size_t *agreement,
	      size_t *deadline)
{
	for (; *agreement < configuration->agreements_count;
	     ++*agreement, *deadline = 0) {
		const struct agreement *of =
			&configuration->agreements[*agreement];
		if (rule->match.agreement.count > 0 &&
		    !name_is_in(of->id, &rule->match.agreement))
			continue;
		while (*deadline < of->deadlines_count) {
			const struct deadline *next =
				&of->deadlines[(*deadline)++];
			if (name ? strcmp(next->name, name) == 0
				 : rule->deadlines.count == 0 ||
					    name_is_in(next->name,
						       &rule->deadlines))
				return next;
		}
	}
	return NULL;
}

/* Each time at which one of its deadlines is near is a level, and that all are
 * due the last. */
static void
check_deadline(struct reader *reader, const struct place *place,
	       struct rule *rule)
{
	const struct configuration *configuration =
		&reader_draft(reader)->settings.configuration;
	const struct deadline *deadline;
	size_t agreement = 0, element = 0, count = 0;
	bool fit = add_level(rule, 0, rule->severity);

	rule->window_kind = WINDOW_NONE;
	rule->group_by[rule->group_by_count++] = FIELD_DEADLINE;
	while ((deadline = next_deadline(configuration, rule, NULL, &agreement,
					 &element))) {
		count++;
		for (size_t i = 0; i < deadline->warn_before_count; i++)
			fit &= add_level(rule,
					 -(double)(deadline->warn_before_ms[i] /
						   SECOND_MS),
					 rule->warn_severity);
	}
	if (!fit)
		reader_expect(reader, place, "deadlines",
			      "at most %d different warn_before in all: more "
			      "rules can have more",
			      LEVELS_MAX - 1);
	for (size_t i = 0; i < rule->deadlines.count; i++) {
		const char *name = rule->deadlines.names[i];
		agreement = element = 0;
		if (*name && !next_deadline(configuration, rule, name,
					    &agreement, &element))
			reader_expect_element(
				reader, place, "deadlines", i,
				"the name of one of the agreements' deadlines, "
				"not \"%s\"",
				name);
	}
	if (count == 0 && rule->deadlines.count == 0)
		reader_expect(reader, place, "kind",
			      "deadlines in an agreement, where a rule is to "
			      "watch them");
}

static void
check_feed_gap(struct reader *reader, const struct place *place,
	       struct rule *rule)
{
	rule->window_kind = WINDOW_NONE;
	rule->group_by[rule->group_by_count++] = FIELD_SOURCE;
	rule->group_by[rule->group_by_count++] = FIELD_FEED;
	check_levels(reader, place, rule);
}

/* Distinct names do not add up, and are counted up to a bound. */
static void
check_distinct(struct reader *reader, const struct place *place,
	       const struct rule *rule)
{
	const struct place *list = place_member(place, "levels");

	if (!measure_is_distinct(rule->measure))
		return;
	if (rule->kind == RULE_SPIKE)
		reader_expect(reader, place, "measure",
			      "a measure that adds up, for a spike");
	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct place *element = place_element(list, i);
		if (element && rule->levels[i].at > DISTINCT_MAX)
			reader_expect(reader, element, "at",
				      "at most %d, which is as far as %s are "
				      "counted",
				      DISTINCT_MAX,
				      measure_name(rule->measure));
	}
}

void
check_rule(struct reader *reader, const struct place *place, void *object)
{
	struct rule *rule = object;

	switch (rule->kind) {
	case RULE_THRESHOLD:
		if (rule->window_kind == WINDOW_DURATION)
			check_duration_window(reader, place, rule);
		else
			check_unsliding_window(reader, place, rule);
		check_levels(reader, place, rule);
		break;
	case RULE_SPIKE:
		check_spike(reader, place, rule);
		check_levels(reader, place, rule);
		break;
	case RULE_ABSENCE:
		check_absence(reader, place, rule);
		break;
	case RULE_DEADLINE:
		check_deadline(reader, place, rule);
		break;
	case RULE_FEED_GAP:
		check_feed_gap(reader, place, rule);
		break;
	case RULE_TALLY:
		group_by_counter(rule);
		check_levels(reader, place, rule);
		break;
	case RULE_DISCREPANCY:
		check_discrepancy(reader, place, rule);
		check_levels(reader, place, rule);
		break;
	case RULE_KINDS: /* complained of already */
		return;
	}
	if (place_member(place, "measure"))
		check_measure(reader, place, rule);
	check_distinct(reader, place, rule);
	check_match(reader, place_member(place, "match"), &rule->match);
	check_template(reader, place, "headline", rule->headline);
	check_template(reader, place, "instruction", rule->instruction);
}

void
check_rules(struct reader *reader, const struct place *place, void *objects,
	    size_t count)
{
	check_names(reader, place, objects, count, sizeof(struct rule),
		    offsetof(struct rule, name), "name");
}

/* --- Limits --- */

void
check_limits(struct reader *reader, const struct place *place, void *object)
{
	const struct limits *limits = object;

	if (limits->episodes < limits->groups)
		reader_expect(reader, place, "episodes",
			      "at least as many as groups, %u: each may have "
			      "an open one",
			      limits->groups);
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool
rule_counts_in(const struct rule *rule, const struct agreement *agreement)
{
	const struct name_list *list = &rule->match.agreement;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->names[i], agreement->id) == 0)
			return true;
	return list->count == 0;
}

/* What the rules that do not group take at once, and keep. */
static void
need_of_rules(const struct configuration *configuration, uint64_t *ret_groups,
	      uint64_t *ret_buckets)
{
	*ret_groups = *ret_buckets = 0;
	for (size_t i = 0; i < configuration->rules_count; i++) {
		const struct rule *rule = &configuration->rules[i];

		if (rule->group_by_count || rule->window_kind == WINDOW_EVENT)
			continue;
		for (size_t j = 0; j < configuration->agreements_count; j++) {
			const struct agreement *agreement =
				&configuration->agreements[j];

			if (!rule_counts_in(rule, agreement))
				continue;
			struct window_shape shape =
				window_shape_of(rule, agreement);
			*ret_groups += 1;
			*ret_buckets += window_ring_size(&shape);
		}
	}
}

/* Room for some and those that are needed, in steps of a tenth: a limit cannot
 * change at a reload, and a rule more is not to change any. */
static uint32_t
drill_room(uint32_t some, uint64_t need, uint32_t limit)
{
	uint64_t step = some / 10;
	uint64_t room = some + (need / step + 1) * step;

	return room < limit ? (uint32_t)room : limit;
}

/* Drills get an engine of their own, with little memory. */
void
check_settings(struct reader *reader, const struct place *place, void *object)
{
	struct draft *draft = object;
	struct configuration *configuration = &draft->settings.configuration;
	const struct limits *limits = &configuration->limits;
	uint64_t groups, buckets;

	if (reader_complained(reader)) /* the rules cannot be relied on */
		return;
	need_of_rules(configuration, &groups, &buckets);
	if (groups > limits->groups || buckets > limits->buckets) {
		bool few_groups = groups > limits->groups;

		reader_expect(reader,
			      place_member(place, "limits")
				      ? place_member(place, "limits")
				      : place,
			      few_groups ? "groups" : "buckets",
			      "at least %llu: so many do the rules that do not "
			      "group need",
			      (unsigned long long)(few_groups ? groups
							      : buckets));
		return;
	}
	configuration->drill_limits = (struct limits){
		.max_future_ms = limits->max_future_ms,
		.reports = smaller(limits->reports, 10000),
		.groups = drill_room(1000, groups, limits->groups),
		.buckets = drill_room(200000, buckets, limits->buckets),
		.names = limits->names,
		.max_count = limits->max_count,
	};
	configuration->drill_limits.episodes =
		drill_room(1000, groups, limits->episodes);
}
