#include "core/rules.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/rule_index.h"

/* Allowed values of one field; none: any. */
struct numbers {
	name_number *values;
	size_t count;
};

/* What a rule may ask for. Of the last four, which are graded, it names the
 * least that it takes. */
enum dimension {
	BY_NOTHING,
	BY_SOURCE,
	BY_FEED,
	BY_KIND,
	BY_PARTY,
	BY_AGAINST,
	BY_TARGET,
	BY_COUNTRY,
	BY_ADMIN,
	BY_DISPUTED,
	BY_ASSESSMENT,	/* by rank */
	BY_ATTRIBUTION, /* likewise */
	BY_SOURCES,	/* how many of them there are */
	BY_ACCUSERS,
	DIMENSIONS
};

static_assert((int)DIMENSIONS <= (int)INDEX_DIMENSIONS, "the index has room");

/* What a rule is asked about. */
enum subject {
	OF_EVENT, /* as all of its reports tell it */
	OF_PART,  /* of an event: what some of its reports tell */
	OF_TALLY,
	OF_REPORT /* itself, whatever it tells */
};

struct compiled_rule {
	const struct rule *rule;
	bool *agreements; /* by agreement, whether it can match */
	struct numbers asks[DIMENSIONS];
	bool hears_all;		      /* neither source nor feed is asked for */
	struct window_shape *windows; /* by agreement */
};

struct rules {
	const struct configuration *configuration;
	const struct dictionary *dictionary;
	struct compiled_rule *rules;
	struct standing *standing; /* by name_number */
	struct numbers *parties;   /* by agreement */
	bool *any_party;	   /* by agreement */
	struct rule_index index;
};

static int
numbers_intern(struct numbers *numbers, const char *const *names, size_t count,
	       struct dictionary *dictionary)
{
	if (count == 0)
		return 0;
	numbers->values = calloc(count, sizeof(*numbers->values));
	if (!numbers->values)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!dictionary_intern(dictionary, names[i],
				       &numbers->values[i]))
			return -ENOSPC;
	}
	numbers->count = count;
	return 0;
}

/* Names that are looked up later. */
static int
name_intern(const char *name, struct dictionary *dictionary)
{
	name_number number;

	return dictionary_intern(dictionary, name, &number) ? 0 : -ENOSPC;
}

static bool
numbers_allow(const struct numbers *numbers, name_number value)
{
	if (numbers->count == 0)
		return true;
	for (size_t i = 0; i < numbers->count; i++) {
		if (numbers->values[i] == value)
			return true;
	}
	return false;
}

static bool
list_has(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* A source that is not listed is heard, and alleges. */
static int
standing_compile(struct rules *rules, struct dictionary *dictionary)
{
	const struct configuration *configuration = rules->configuration;

	rules->standing = calloc(dictionary->limit, sizeof(*rules->standing));
	if (!rules->standing)
		return -ENOMEM;
	for (uint32_t name = 0; name < dictionary->limit; name++) {
		rules->standing[name].at_most = ASSESSMENT_ALLEGED;
		rules->standing[name].origin = (name_number)name;
	}
	for (size_t i = 0; i < configuration->sources_count; i++) {
		const struct source *source = &configuration->sources[i];
		name_number name, origin;
		if (!dictionary_intern(dictionary, source->name, &name))
			return -ENOSPC;
		origin = name;
		if (source->origin && source->origin[0] &&
		    !dictionary_intern(dictionary, source->origin, &origin))
			return -ENOSPC;
		rules->standing[name].at_most = (uint8_t)source->at_most;
		rules->standing[name].origin = origin;
	}
	return 0;
}

static int
agreements_compile(struct rules *rules, struct dictionary *dictionary)
{
	const struct configuration *configuration = rules->configuration;
	size_t count = configuration->agreements_count;

	rules->parties = calloc(count, sizeof(*rules->parties));
	rules->any_party = calloc(count, sizeof(*rules->any_party));
	if (!rules->parties || !rules->any_party)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct agreement *agreement =
			&configuration->agreements[i];
		int error =
			numbers_intern(&rules->parties[i], agreement->parties,
				       agreement->parties_count, dictionary);
		for (size_t j = 0; !error && j < agreement->deadlines_count;
		     j++)
			error = name_intern(agreement->deadlines[j].name,
					    dictionary);
		if (error)
			return error;
		rules->any_party[i] =
			agreement->parties_count == 0 ||
			list_has(agreement->parties, agreement->parties_count,
				 "other");
	}
	return 0;
}

/* The numbers whose bits are set. */
static int
numbers_of_bits(struct numbers *numbers, uint64_t bits)
{
	numbers->values = calloc((size_t)__builtin_popcountll(bits),
				 sizeof(*numbers->values));
	if (!numbers->values)
		return -ENOMEM;
	for (; bits; bits &= bits - 1)
		numbers->values[numbers->count++] =
			(name_number)__builtin_ctzll(bits);
	return 0;
}

/* The bit of the least of a grade that a rule takes; 0 where that is what all
 * events have. */
static uint64_t
bit_from(uint32_t least, uint32_t of_all)
{
	return least > of_all ? UINT64_C(1) << least : 0;
}

/* Whether it counts violations, or what there is about them, and not harm. */
static bool
is_of_violations(enum measure measure)
{
	return measure == MEASURE_VIOLATIONS || measure == MEASURE_EVENTS ||
	       measure_is_distinct(measure);
}

static int
names_compile(struct compiled_rule *compiled, struct dictionary *dictionary)
{
	const struct rule *rule = compiled->rule;
	const struct match *match = &rule->match;
	const struct {
		enum dimension dimension;
		const struct name_list *list;
	} lists[] = {
		{BY_SOURCE, &match->source},   {BY_FEED, &match->feed},
		{BY_PARTY, &match->party},     {BY_AGAINST, &match->against},
		{BY_COUNTRY, &match->country}, {BY_ADMIN, &match->admin},
	};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(lists) / sizeof(lists[0]); i++)
		error = numbers_intern(&compiled->asks[lists[i].dimension],
				       lists[i].list->names,
				       lists[i].list->count, dictionary);
	/* It hears of whom it expects to report, and of nobody else. */
	if (!error && rule->kind == RULE_ABSENCE)
		error = numbers_intern(&compiled->asks[BY_SOURCE],
				       rule->expect.names, rule->expect.count,
				       dictionary);
	return error;
}

static int
match_compile(struct compiled_rule *compiled)
{
	const struct match *match = &compiled->rule->match;
	const bool accusers = is_of_violations(compiled->rule->measure);
	const uint64_t sources = bit_from(match->min_sources, 0);
	const uint64_t bits[DIMENSIONS] = {
		[BY_KIND] = match->kinds,
		[BY_TARGET] = match->targets,
		[BY_DISPUTED] = match->disputed == EITHER      ? 0
				: match->disputed == ONLY_TRUE ? 1 << true
							       : 1 << false,
		[BY_ASSESSMENT] =
			bit_from(assessment_rank(match->min_assessment), 1),
		[BY_ATTRIBUTION] =
			bit_from(attribution_rank(match->min_attribution), 0),
		[BY_SOURCES] = accusers ? 0 : sources,
		[BY_ACCUSERS] = accusers ? sources : 0,
	};
	int error = 0;

	for (int by = 0; by < DIMENSIONS && !error; by++)
		if (bits[by])
			error = numbers_of_bits(&compiled->asks[by], bits[by]);
	return error;
}

static int
rule_compile(const struct configuration *configuration, const struct rule *rule,
	     struct dictionary *dictionary, struct compiled_rule *compiled)
{
	const struct match *match = &rule->match;
	size_t agreements = configuration->agreements_count;

	compiled->rule = rule;
	compiled->hears_all =
		match->source.count == 0 && match->feed.count == 0;
	int error = names_compile(compiled, dictionary);
	if (!error)
		error = match_compile(compiled);
	if (error)
		return error;
	compiled->agreements = calloc(agreements, sizeof(bool));
	compiled->windows = calloc(agreements, sizeof(struct window_shape));
	if (!compiled->agreements || !compiled->windows)
		return -ENOMEM;
	for (size_t i = 0; i < agreements; i++) {
		const struct agreement *agreement =
			&configuration->agreements[i];
		compiled->windows[i] = window_shape_of(rule, agreement);
		compiled->agreements[i] =
			match->agreement.count == 0 ||
			list_has(match->agreement.names, match->agreement.count,
				 agreement->id);
	}
	return 0;
}

/* --- What a rule is listed by --- */

/* Of a thousand events how many have a value that is asked for: a guess, for
 * what is rarest is to be chosen. */
static size_t
share_of(enum dimension dimension, const struct numbers *asked)
{
	static const uint16_t of_each[DIMENSIONS] = {
		[BY_SOURCE] = 50,   [BY_FEED] = 100,	[BY_KIND] = 100,
		[BY_PARTY] = 300,   [BY_AGAINST] = 300, [BY_TARGET] = 150,
		[BY_COUNTRY] = 500, [BY_ADMIN] = 20,
	};
	size_t share;

	switch (dimension) {
	case BY_NOTHING:
		return 1000;
	case BY_SOURCE:
	case BY_FEED:
	case BY_KIND:
	case BY_PARTY:
	case BY_AGAINST:
	case BY_TARGET:
	case BY_COUNTRY:
	case BY_ADMIN:
		share = asked->count * of_each[dimension];
		return share < 999 ? share : 999; /* less than of nothing */
	case BY_DISPUTED:
		return asked->values[0] ? 50 : 950;
	case BY_ASSESSMENT:
	case BY_ATTRIBUTION:
	case BY_SOURCES:
	case BY_ACCUSERS:
		return 600U / asked->values[0];
	case DIMENSIONS:
		break;
	}
	assert(false && "a dimension");
	return 0;
}

static struct rule_key
key_of(enum subject subject, uint16_t agreement, enum dimension dimension,
       name_number value)
{
	return (struct rule_key){.agreement = agreement,
				 .value = value,
				 .subject = (uint8_t)subject,
				 .dimension = (uint8_t)dimension};
}

/* Lists a rule in all of its agreements by what is rarest of all that it asks
 * for in these dimensions (bits). */
static int
rule_list(struct rules *rules, uint32_t rule, enum subject subject,
	  unsigned dimensions)
{
	const struct compiled_rule *compiled = &rules->rules[rule];
	name_number any = 0;
	struct numbers best = {.values = &any, .count = 1};
	enum dimension by = BY_NOTHING;
	int error = 0;

	for (int i = 0; i < DIMENSIONS; i++) {
		const struct numbers *asked = &compiled->asks[i];
		if ((dimensions >> i & 1) && asked->count > 0 &&
		    share_of((enum dimension)i, asked) < share_of(by, &best)) {
			by = (enum dimension)i;
			best = *asked;
		}
	}
	for (size_t i = 0; i < rules->configuration->agreements_count; i++) {
		for (size_t j = 0;
		     compiled->agreements[i] && !error && j < best.count; j++)
			error = rule_index_add(&rules->index,
					       key_of(subject, (uint16_t)i, by,
						      best.values[j]),
					       rule);
	}
	return error;
}

/* For all that may matter to it. */
static int
rule_list_all(struct rules *rules, uint32_t number)
{
	const struct compiled_rule *compiled = &rules->rules[number];
	const unsigned of_reports = 1U << BY_SOURCE | 1U << BY_FEED;
	const unsigned of_tallies =
		of_reports | 1U << BY_PARTY | 1U << BY_ASSESSMENT;
	int error = 0;

	switch (compiled->rule->kind) {
	case RULE_THRESHOLD:
	case RULE_SPIKE:
		error = rule_list(rules, number,
				  compiled->hears_all ? OF_EVENT : OF_PART,
				  UINT_MAX);
		break;
	case RULE_DISCREPANCY:
		if (rule_holds_against_events(compiled->rule))
			error = rule_list(rules, number, OF_EVENT, 0);
		if (!error)
			error = rule_list(rules, number, OF_TALLY, of_tallies);
		break;
	case RULE_TALLY:
		error = rule_list(rules, number, OF_TALLY, of_tallies);
		break;
	case RULE_ABSENCE:
	case RULE_FEED_GAP:
		error = rule_list(rules, number, OF_REPORT, of_reports);
		break;
	case RULE_DEADLINE:
	case RULE_KINDS:
		break;
	}
	return error;
}

static bool
rule_allows_kind(const struct rule *rule, int kind)
{
	return rule->match.kinds == 0 || (rule->match.kinds >> kind & 1);
}

static int
rules_compile(struct rules *rules, struct dictionary *dictionary)
{
	const struct configuration *configuration = rules->configuration;
	int error = agreements_compile(rules, dictionary);

	if (!error)
		error = standing_compile(rules, dictionary);
	rules->rules =
		calloc(configuration->rules_count + 1, sizeof(*rules->rules));
	if (!error && !rules->rules)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < configuration->rules_count; i++)
		error = rule_compile(configuration, &configuration->rules[i],
				     dictionary, &rules->rules[i]);
	for (size_t i = 0; !error && i < configuration->rules_count; i++)
		error = rule_list_all(rules, (uint32_t)i);
	if (!error)
		error = rule_index_close(&rules->index,
					 configuration->rules_count);
	return error;
}

int
rules_new(struct rules **ret_rules, const struct configuration *configuration,
	  struct dictionary *dictionary)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return -ENOMEM;
	rules->configuration = configuration;
	rules->dictionary = dictionary;
	int error = rules_compile(rules, dictionary);
	if (error) {
		rules_free(rules);
		return error;
	}
	*ret_rules = rules;
	return 0;
}

void
rules_free(struct rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0;
	     rules->rules && i < rules->configuration->rules_count; i++) {
		struct compiled_rule *rule = &rules->rules[i];
		free(rule->agreements);
		free(rule->windows);
		for (int by = 0; by < DIMENSIONS; by++)
			free(rule->asks[by].values);
	}
	for (size_t i = 0;
	     rules->parties && i < rules->configuration->agreements_count; i++)
		free(rules->parties[i].values);
	free(rules->rules);
	free(rules->standing);
	free(rules->parties);
	free(rules->any_party);
	rule_index_done(&rules->index);
	free(rules);
}

const struct configuration *
rules_configuration(const struct rules *rules)
{
	return rules->configuration;
}

static void
meet(struct rules *rules, enum subject subject, uint16_t agreement,
     enum dimension dimension, name_number value)
{
	rule_index_mark(&rules->index,
			key_of(subject, agreement, dimension, value));
}

/* Those that are content with any grade up to this one. */
static void
meet_graded(struct rules *rules, enum subject subject, uint16_t agreement,
	    enum dimension dimension, unsigned grade)
{
	if (!rule_index_asks(&rules->index, subject, dimension))
		return;
	for (; grade > 0; grade--)
		meet(rules, subject, agreement, dimension, (name_number)grade);
}

/* Those that ask for what an incident says, if it leads its event. */
static void
meet_leader(struct rules *rules, enum subject subject,
	    const struct entry *leader)
{
	uint16_t agreement = leader->agreement;

	meet(rules, subject, agreement, BY_KIND, leader->kind);
	meet(rules, subject, agreement, BY_PARTY, leader->party);
	meet(rules, subject, agreement, BY_AGAINST, leader->against);
	meet(rules, subject, agreement, BY_TARGET, leader->target);
	meet(rules, subject, agreement, BY_COUNTRY, leader->country);
	meet(rules, subject, agreement, BY_ADMIN, leader->admin);
	meet_graded(rules, subject, agreement, BY_ASSESSMENT,
		    assessment_rank((enum assessment)leader->assessment));
	meet_graded(rules, subject, agreement, BY_ATTRIBUTION,
		    attribution_rank((enum attribution)leader->attribution));
}

static void
meet_together(struct rules *rules, enum subject subject,
	      const struct event *event)
{
	uint16_t agreement = event->leader->agreement;

	meet(rules, subject, agreement, BY_DISPUTED, event->disputed);
	meet_graded(rules, subject, agreement, BY_SOURCES, event->sources);
	meet_graded(rules, subject, agreement, BY_ACCUSERS, event->accusers);
}

/* Any of the reports may lead what a rule hears, which may be undisputed though
 * the whole is not, and is of no more sources. */
static void
meet_parts(struct rules *rules, const struct event_reports *reports,
	   const struct event *event)
{
	uint16_t agreement = event->leader->agreement;

	meet_together(rules, OF_PART, event);
	meet(rules, OF_PART, agreement, BY_DISPUTED, false);
	for (size_t i = 0; i < reports->count; i++) {
		const struct entry *entry = reports->reports[i];
		if (!entry_takes_part(entry))
			continue;
		meet(rules, OF_PART, agreement, BY_SOURCE, entry->source);
		meet(rules, OF_PART, agreement, BY_FEED, entry->feed);
		meet_leader(rules, OF_PART, entry);
	}
}

void
rules_meet_event(struct rules *rules, const struct event_reports *reports,
		 const struct event *event)
{
	meet(rules, OF_EVENT, event->leader->agreement, BY_NOTHING, 0);
	meet_leader(rules, OF_EVENT, event->leader);
	meet_together(rules, OF_EVENT, event);
	if (rule_index_asks_any(&rules->index, OF_PART))
		meet_parts(rules, reports, event);
}

void
rules_meet_tally(struct rules *rules, const struct entry *tally)
{
	const struct witnesses witnesses =
		rules_witnesses(rules, tally->agreement);
	enum assessment assessment =
		assessment_counted(&witnesses, tally->source,
				   (enum assessment)tally->told_assessment);
	uint16_t agreement = tally->agreement;

	meet(rules, OF_TALLY, agreement, BY_NOTHING, 0);
	meet(rules, OF_TALLY, agreement, BY_SOURCE, tally->source);
	meet(rules, OF_TALLY, agreement, BY_FEED, tally->feed);
	meet(rules, OF_TALLY, agreement, BY_PARTY, tally->told_party);
	meet_graded(rules, OF_TALLY, agreement, BY_ASSESSMENT,
		    assessment_rank(assessment));
}

void
rules_meet_report(struct rules *rules, const struct entry *report)
{
	uint16_t agreement = report->agreement;

	meet(rules, OF_REPORT, agreement, BY_NOTHING, 0);
	meet(rules, OF_REPORT, agreement, BY_SOURCE, report->source);
	meet(rules, OF_REPORT, agreement, BY_FEED, report->feed);
}

bool
rules_met(struct rules *rules, uint32_t *ret_rule)
{
	return rule_index_take(&rules->index, ret_rule);
}

struct witnesses
rules_witnesses(const struct rules *rules, uint16_t agreement)
{
	return (struct witnesses){
		.dictionary = rules->dictionary,
		.standing = rules->standing,
		.parties = rules->parties[agreement].values,
		.parties_count = rules->parties[agreement].count,
	};
}

bool
rules_can_match(const struct rules *rules, uint32_t rule, uint16_t agreement)
{
	return rules->rules[rule].agreements[agreement];
}

const struct window_shape *
rules_window(const struct rules *rules, uint32_t rule, uint16_t agreement)
{
	return &rules->rules[rule].windows[agreement];
}

bool
rules_listens(const struct rules *rules, uint32_t rule,
	      const struct entry *entry)
{
	const struct compiled_rule *compiled = &rules->rules[rule];

	return compiled->hears_all ||
	       (numbers_allow(&compiled->asks[BY_SOURCE], entry->source) &&
		numbers_allow(&compiled->asks[BY_FEED], entry->feed));
}

bool
rules_hears(const struct rules *rules, uint32_t rule, const struct entry *entry)
{
	return entry_takes_part(entry) && rules_listens(rules, rule, entry);
}

/* The origins that stand behind what is counted: who says that it was no
 * violation may still count the dead. */
static uint32_t
event_support(const struct event *event, enum measure measure)
{
	return is_of_violations(measure) ? event->accusers : event->sources;
}

/* Whether it is what the rule asks for. */
static bool
event_is_asked_for(const struct compiled_rule *compiled,
		   const struct event *event)
{
	const struct match *match = &compiled->rule->match;
	const struct entry *leader = event->leader;

	return rule_allows_kind(compiled->rule, leader->kind) &&
	       (match->targets == 0 ||
		(match->targets >> leader->target & 1)) &&
	       numbers_allow(&compiled->asks[BY_PARTY], leader->party) &&
	       numbers_allow(&compiled->asks[BY_AGAINST], leader->against) &&
	       numbers_allow(&compiled->asks[BY_COUNTRY], leader->country) &&
	       numbers_allow(&compiled->asks[BY_ADMIN], leader->admin);
}

/* Whether it is as certain as the rule wants it. */
static bool
event_is_as_disputed(const struct compiled_rule *compiled,
		     const struct event *event)
{
	enum tristate disputed = compiled->rule->match.disputed;

	return disputed == EITHER || event->disputed == (disputed == ONLY_TRUE);
}

static bool
event_is_certain(const struct compiled_rule *compiled,
		 const struct event *event)
{
	const struct match *match = &compiled->rule->match;
	const struct entry *leader = event->leader;

	return event_is_as_disputed(compiled, event) &&
	       assessment_rank((enum assessment)leader->assessment) >=
		       assessment_rank(match->min_assessment) &&
	       (match->min_attribution == ATTRIBUTION_UNSPECIFIED ||
		attribution_rank((enum attribution)leader->attribution) >=
			attribution_rank(match->min_attribution)) &&
	       event_support(event, compiled->rule->measure) >=
		       match->min_sources;
}

static uint16_t
event_value(const struct event *event, enum field field)
{
	const struct entry *leader = event->leader;

	switch (field) {
	case FIELD_SOURCE:
		return leader->source;
	case FIELD_FEED:
		return leader->feed;
	case FIELD_KIND:
		return leader->kind;
	case FIELD_PARTY:
		return leader->party;
	case FIELD_AGAINST:
		return leader->against;
	case FIELD_TARGET:
		return leader->target;
	case FIELD_COUNTRY:
		return leader->country;
	case FIELD_ADMIN:
		return leader->admin;
	case FIELD_DISPUTED:
		return event->disputed;
	case FIELD_DEADLINE:
	case FIELDS:
		break;
	}
	assert(false && "a field that a rule can group by");
	return 0;
}

static void
group_values(const struct rule *rule, const struct event *event,
	     struct group_key *group)
{
	for (size_t i = 0; i < rule->group_by_count; i++)
		group->values[i] = event_value(event, rule->group_by[i]);
}

const char *
rules_label(const struct rules *rules, enum field field, uint16_t value)
{
	switch (field) {
	case FIELD_SOURCE:
	case FIELD_FEED:
	case FIELD_PARTY:
	case FIELD_AGAINST:
	case FIELD_COUNTRY:
	case FIELD_ADMIN:
	case FIELD_DEADLINE:
		return dictionary_name(rules->dictionary, value);
	case FIELD_KIND:
		return kind_name((enum kind)value);
	case FIELD_TARGET:
		return target_name((enum target)value);
	case FIELD_DISPUTED:
		return value ? "true" : "false";
	case FIELDS:
		break;
	}
	assert(false && "a field that a rule can group by");
	return "";
}

/* low, best and high of the rule's measure for one event. */
struct amounts {
	uint64_t low;
	uint64_t best;
	uint64_t high;
	bool at_least;
};

static void
amounts_add(struct amounts *amounts, const struct event *event,
	    enum count_kind kind)
{
	packed_count count = event->leader->counts[kind];

	amounts->low += count_low(count);
	amounts->best += count_best(count);
	amounts->high += event->highs[kind];
	amounts->at_least = amounts->at_least || count_at_least(count);
}

/* `names`: so many distinct ones the event has. */
static struct amounts
event_amounts(const struct event *event, enum measure measure, size_t names)
{
	static const enum count_kind counts[MEASURES] = {
		[MEASURE_KILLED] = COUNT_KILLED,
		[MEASURE_INJURED] = COUNT_INJURED,
		[MEASURE_CIVILIANS_KILLED] = COUNT_CIVILIANS_KILLED,
		[MEASURE_CIVILIANS_INJURED] = COUNT_CIVILIANS_INJURED,
		[MEASURE_CHILDREN_KILLED] = COUNT_CHILDREN_KILLED,
		[MEASURE_CHILDREN_INJURED] = COUNT_CHILDREN_INJURED,
		[MEASURE_MISSING] = COUNT_MISSING,
	};
	bool violation =
		event->leader->assessment != ASSESSMENT_NOT_A_VIOLATION;
	struct amounts amounts = {0};

	switch (measure) {
	case MEASURE_VIOLATIONS:
		if (violation)
			amounts_add(&amounts, event, COUNT_VIOLATIONS);
		break;
	case MEASURE_EVENTS:
		if (violation)
			amounts.low = amounts.best = amounts.high = 1;
		break;
	case MEASURE_SOURCES:
	case MEASURE_PLACES:
		if (violation)
			amounts.low = amounts.best = amounts.high = names;
		break;
	case MEASURE_CASUALTIES:
		amounts_add(&amounts, event, COUNT_KILLED);
		amounts_add(&amounts, event, COUNT_INJURED);
		break;
	case MEASURE_KILLED:
	case MEASURE_INJURED:
	case MEASURE_CIVILIANS_KILLED:
	case MEASURE_CIVILIANS_INJURED:
	case MEASURE_CHILDREN_KILLED:
	case MEASURE_CHILDREN_INJURED:
	case MEASURE_MISSING:
		amounts_add(&amounts, event, counts[measure]);
		break;
	case MEASURE_KILLED_IN_PERIOD:
	case MEASURE_INJURED_IN_PERIOD:
	case MEASURES:
		assert(false && "a measure of incidents");
	}
	return amounts;
}

/* Whether it counts, where, and if for nothing but the upper sum: nobody can
 * say that what lasted too long happened inside. */
static bool
event_dated(const struct rule *rule, const struct agreement *agreement,
	    const struct window_shape *shape, const struct event *event,
	    int64_t *ret_index, bool *ret_upper_only)
{
	const struct entry *leader = event->leader;
	int64_t at = rule->time == TIME_OCCURRED   ? leader->occurred_at
		     : rule->time == TIME_REPORTED ? leader->reported_at
						   : event->received_at;

	*ret_upper_only = false;
	*ret_index = window_index(shape, at);
	if (rule->window_kind == WINDOW_EVENT)
		return true;
	if (rule->window_kind == WINDOW_DURATION) {
		*ret_upper_only = rule->time == TIME_OCCURRED &&
				  leader->lasted_ms > rule->window_ms;
		return true;
	}
	if (at >= agreement->effective_at)
		return true;
	*ret_upper_only = true;
	return rule->time == TIME_OCCURRED &&
	       at + leader->lasted_ms >= agreement->effective_at;
}

static bool
is_corroborated(enum assessment assessment)
{
	return assessment_rank(assessment) >=
	       assessment_rank(ASSESSMENT_CORROBORATED);
}

static struct sums
event_sums(const struct rule *rule, const struct event *event,
	   const struct amounts *amounts, bool upper_only)
{
	struct sums sums = {.by_basis[BASIS_UPPER] = amounts->high};
	bool confirmed =
		is_corroborated((enum assessment)event->leader->assessment);

	if (!upper_only) {
		sums.by_basis[BASIS_REPORTED] = amounts->best;
		if (confirmed || event_support(event, rule->measure) >= 2)
			sums.by_basis[BASIS_SUPPORTED] = amounts->best;
		if (confirmed)
			sums.by_basis[BASIS_CONFIRMED] = amounts->low;
	}
	if (sums.by_basis[rule->basis] > 0) {
		enum attribution attribution =
			(enum attribution)event->leader->attribution;
		sums.events = 1;
		sums.attributed = attribution_rank(attribution) >=
				  attribution_rank(ATTRIBUTION_ASSESSED_PARTY);
		sums.disputed = event->disputed;
		sums.at_least = amounts->at_least;
	}
	return sums;
}

/* Whether one of the reports could lead an event that matches: cheaper to ask
 * than to merge them, above all where the whole ledger is walked. */
static bool
event_could_match(const struct compiled_rule *compiled,
		  const struct event_reports *reports)
{
	for (size_t i = 0; i < reports->count; i++) {
		const struct entry *entry = reports->reports[i];
		if (numbers_allow(&compiled->asks[BY_ADMIN], entry->admin) &&
		    numbers_allow(&compiled->asks[BY_SOURCE], entry->source) &&
		    numbers_allow(&compiled->asks[BY_FEED], entry->feed) &&
		    numbers_allow(&compiled->asks[BY_PARTY], entry->party) &&
		    numbers_allow(&compiled->asks[BY_AGAINST],
				  entry->against) &&
		    numbers_allow(&compiled->asks[BY_COUNTRY], entry->country))
			return true;
	}
	return false;
}

bool
rules_event(const struct rules *rules, uint32_t rule, uint16_t agreement,
	    const struct event_reports *reports, struct event *ret_event)
{
	struct witnesses witnesses = rules_witnesses(rules, agreement);
	struct event_reports heard;

	if (rules->rules[rule].hears_all)
		return event_merge(reports, &witnesses, ret_event);
	heard = (struct event_reports){.id = reports->id};
	for (size_t i = 0; i < reports->count; i++) {
		if (rules_hears(rules, rule, reports->reports[i]))
			heard.reports[heard.count++] = reports->reports[i];
	}
	return event_merge(&heard, &witnesses, ret_event);
}

static void
names_add(struct contribution *contribution, name_number name)
{
	size_t i = 0;

	while (i < contribution->names_count && contribution->names[i] < name)
		i++;
	if (i < contribution->names_count && contribution->names[i] == name)
		return;
	memmove(&contribution->names[i + 1], &contribution->names[i],
		(contribution->names_count - i) * sizeof(name));
	contribution->names[i] = name;
	contribution->names_count++;
}

/* The sources of an event, or its place. */
static void
names_find(const struct rules *rules, uint32_t number,
	   const struct event_reports *reports, const struct event *event,
	   struct contribution *contribution)
{
	enum measure measure = rules->rules[number].rule->measure;

	if (measure == MEASURE_PLACES && event->leader->place)
		names_add(contribution, event->leader->place);
	if (measure != MEASURE_SOURCES)
		return;
	for (size_t i = 0; i < reports->count; i++) {
		if (rules_hears(rules, number, reports->reports[i]))
			names_add(contribution, reports->reports[i]->source);
	}
}

void
rules_contribution_of(const struct rules *rules, uint32_t number,
		      uint16_t agreement, const struct event_reports *reports,
		      const struct event *whole,
		      struct contribution *ret_contribution)
{
	const struct compiled_rule *compiled = &rules->rules[number];
	const struct rule *rule = compiled->rule;
	struct event part;
	bool upper_only;

	ret_contribution->present = false;
	if (!whole->leader)
		return;
	if (!compiled->hears_all &&
	    (!event_could_match(compiled, reports) ||
	     !rules_event(rules, number, agreement, reports, &part)))
		return;
	const struct event *event = compiled->hears_all ? whole : &part;
	if (!event_is_asked_for(compiled, event) ||
	    !event_is_certain(compiled, event))
		return;
	ret_contribution->names_count = 0;
	names_find(rules, number, reports, event, ret_contribution);
	struct amounts amounts = event_amounts(event, rule->measure,
					       ret_contribution->names_count);
	if (amounts.high == 0 ||
	    !event_dated(rule, &rules->configuration->agreements[agreement],
			 &compiled->windows[agreement], event,
			 &ret_contribution->index, &upper_only))
		return;
	ret_contribution->present = true;
	ret_contribution->group = (struct group_key){.values = {0}};
	if (rule->window_kind == WINDOW_EVENT)
		ret_contribution->group.event = reports->id;
	ret_contribution->sums = event_sums(rule, event, &amounts, upper_only);
	group_values(rule, event, &ret_contribution->group);
}

void
rules_contribution(const struct rules *rules, uint32_t number,
		   uint16_t agreement, const struct event_reports *reports,
		   struct contribution *ret_contribution)
{
	struct witnesses witnesses = rules_witnesses(rules, agreement);
	struct event whole = {.leader = NULL};

	ret_contribution->present = false;
	if (event_could_match(&rules->rules[number], reports) &&
	    event_merge(reports, &witnesses, &whole))
		rules_contribution_of(rules, number, agreement, reports, &whole,
				      ret_contribution);
}

enum uncounted
rules_uncounted(const struct rules *rules, uint32_t number, uint16_t agreement,
		const struct event_reports *reports,
		struct group_key *ret_group)
{
	const struct compiled_rule *compiled = &rules->rules[number];
	struct event event;

	if (!event_could_match(compiled, reports) ||
	    !rules_event(rules, number, agreement, reports, &event) ||
	    !event_is_asked_for(compiled, &event))
		return UNCOUNTED_UNASKED;
	*ret_group = (struct group_key){.values = {0}};
	group_values(compiled->rule, &event, ret_group);
	if (compiled->rule->window_kind == WINDOW_EVENT)
		ret_group->event = reports->id;
	if (!event_is_as_disputed(compiled, &event))
		return UNCOUNTED_DISPUTED;
	if (!event_is_certain(compiled, &event))
		return UNCOUNTED_UNCERTAIN;
	return event_amounts(&event, compiled->rule->measure, 1).high == 0
		       ? UNCOUNTED_EMPTY
		       : UNCOUNTED_EARLIER;
}

bool
rules_own_event(const struct rules *rules, uint32_t rule, uint16_t agreement,
		const struct event_reports *reports,
		struct own_event *ret_event)
{
	struct witnesses witnesses = rules_witnesses(rules, agreement);
	struct event event;

	if (!event_merge(reports, &witnesses, &event))
		return false;
	struct amounts amounts =
		event_amounts(&event, rules->rules[rule].rule->measure, 0);
	*ret_event = (struct own_event){
		.from_at = event.leader->occurred_at,
		.until_at = event.leader->occurred_at + event.leader->lasted_ms,
		.party = event.leader->party,
		.low = (uint32_t)amounts.low,
		.high = (uint32_t)amounts.high,
		.at_least = amounts.at_least,
		.corroborated = is_corroborated(
			(enum assessment)event.leader->assessment),
	};
	return amounts.high > 0;
}

/* What a measure is made of in a tally: bits 1 << enum tally_count. */
static uint8_t
tally_counts_of(enum measure measure)
{
	static const uint8_t counts[MEASURES] = {
		[MEASURE_VIOLATIONS] = 1 << TALLY_VIOLATIONS,
		[MEASURE_KILLED] = 1 << TALLY_KILLED,
		[MEASURE_INJURED] = 1 << TALLY_INJURED,
		[MEASURE_CASUALTIES] = 1 << TALLY_KILLED | 1 << TALLY_INJURED,
		[MEASURE_KILLED_IN_PERIOD] = 1 << TALLY_KILLED_IN_PERIOD,
		[MEASURE_INJURED_IN_PERIOD] = 1 << TALLY_INJURED_IN_PERIOD,
	};

	return counts[measure];
}

/* What is not told is not none: a tally that tells but the killed is no total
 * of casualties. */
static bool
tally_total(const struct tally *tally, enum measure measure,
	    struct total *ret_total)
{
	uint8_t asked = tally_counts_of(measure);

	if ((tally->told & asked) != asked)
		return false;
	for (int i = 0; i < TALLY_COUNTS; i++) {
		packed_count count = tally->totals[i];
		if (!(asked >> i & 1))
			continue;
		ret_total->low += count_low(count);
		ret_total->best += count_best(count);
		ret_total->high += count_high(count);
		ret_total->at_least |= count_at_least(count);
	}
	return true;
}

/* A tally that says nothing of when it began counts from when the agreement
 * did. */
static int64_t
tally_since(const struct rules *rules, const struct entry *entry)
{
	int64_t effective_at =
		rules->configuration->agreements[entry->agreement].effective_at;

	if (entry->tally.since_at != TIME_UNSET)
		return entry->tally.since_at;
	return effective_at < entry->occurred_at ? effective_at
						 : entry->occurred_at;
}

bool
rules_total(const struct rules *rules, uint32_t number,
	    const struct entry *entry, struct group_key *ret_group,
	    struct total *ret_total)
{
	const struct compiled_rule *compiled = &rules->rules[number];
	const struct rule *rule = compiled->rule;
	const struct witnesses witnesses =
		rules_witnesses(rules, entry->agreement);
	enum assessment assessment =
		assessment_counted(&witnesses, entry->source,
				   (enum assessment)entry->told_assessment);
	struct total total = {.entry = entry};
	struct group_key group = {.values = {0}};

	if (entry->type != REPORT_TALLY || assessment_rank(assessment) == 0 ||
	    assessment_rank(assessment) <
		    assessment_rank(rule->match.min_assessment) ||
	    !numbers_allow(&compiled->asks[BY_SOURCE], entry->source) ||
	    !numbers_allow(&compiled->asks[BY_FEED], entry->feed) ||
	    !numbers_allow(&compiled->asks[BY_PARTY], entry->told_party) ||
	    !tally_total(&entry->tally, rule->measure, &total))
		return false;
	/* Periods follow on one another, whatever the totals count from. */
	total.since_at = measure_is_in_period(rule->measure)
				 ? TIME_UNSET
				 : tally_since(rules, entry);
	total.corroborated = is_corroborated(assessment);
	for (size_t i = 0; i < rule->group_by_count; i++)
		group.values[i] = rule->group_by[i] == FIELD_SOURCE
					  ? entry->source
					  : entry->told_party;
	*ret_total = total;
	*ret_group = group;
	return true;
}

static bool
sums_equal(const struct sums *left, const struct sums *right)
{
	return sums_equal_four(left, right) && left->events == right->events &&
	       left->attributed == right->attributed &&
	       left->disputed == right->disputed &&
	       left->at_least == right->at_least;
}

bool
contribution_equal(const struct contribution *left,
		   const struct contribution *right)
{
	if (!left->present || !right->present)
		return left->present == right->present;
	return left->index == right->index &&
	       memcmp(&left->group, &right->group, sizeof(left->group)) == 0 &&
	       sums_equal(&left->sums, &right->sums) &&
	       left->names_count == right->names_count &&
	       memcmp(left->names, right->names,
		      left->names_count * sizeof(left->names[0])) == 0;
}

bool
rules_knows_party(const struct rules *rules, uint16_t agreement,
		  const char *party)
{
	const struct agreement *known =
		&rules->configuration->agreements[agreement];

	return party[0] == '\0' || rules->any_party[agreement] ||
	       list_has(known->parties, known->parties_count, party);
}

bool
rules_agreement(const struct rules *rules, const char *id,
		uint16_t *ret_agreement)
{
	const struct configuration *configuration = rules->configuration;

	for (size_t i = 0; i < configuration->agreements_count; i++) {
		if (strcmp(configuration->agreements[i].id, id) == 0) {
			*ret_agreement = (uint16_t)i;
			return true;
		}
	}
	return false;
}
