#include "core/rules.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Allowed values of one field; none: any. */
struct numbers {
	name_number *values;
	size_t count;
};

struct compiled_rule {
	const struct rule *rule;
	bool *agreements; /* by agreement, whether it can match */
	struct numbers source;
	struct numbers feed;
	struct numbers party;
	struct numbers against;
	struct numbers country;
	struct numbers admin;
	bool hears_all;		      /* neither source nor feed is asked for */
	struct window_shape *windows; /* by agreement */
};

/* A name that a rule asks for. */
struct asked {
	uint16_t agreement;
	name_number name;
	uint32_t field;
	uint32_t rule;
};

struct rules {
	const struct configuration *configuration;
	const struct dictionary *dictionary;
	struct compiled_rule *rules;
	struct standing *standing; /* by name_number */
	struct numbers *parties;   /* by agreement */
	bool *any_party;	   /* by agreement */
	struct rule_list *hearing; /* by agreement */
	uint32_t *hearing_rules;
	struct rule_list *by_kind; /* by agreement, then kind */
	uint32_t *by_kind_rules;
	struct rule_list *of_tallies; /* by agreement */
	uint32_t *of_tallies_rules;
	struct asked *by_name; /* sorted by all of its fields */
	uint32_t *by_name_rules;
	size_t by_name_count;
	bool is_asked[FIELDS]; /* whether any rule is listed by the field */
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

static int
rule_compile(const struct configuration *configuration, const struct rule *rule,
	     struct dictionary *dictionary, struct compiled_rule *compiled)
{
	const struct match *match = &rule->match;
	size_t agreements = configuration->agreements_count;
	struct {
		struct numbers *numbers;
		const struct name_list *list;
	} lists[] = {
		{&compiled->source, &match->source},
		{&compiled->feed, &match->feed},
		{&compiled->party, &match->party},
		{&compiled->against, &match->against},
		{&compiled->country, &match->country},
		{&compiled->admin, &match->admin},
	};

	compiled->rule = rule;
	compiled->hears_all =
		match->source.count == 0 && match->feed.count == 0;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int error =
			numbers_intern(lists[i].numbers, lists[i].list->names,
				       lists[i].list->count, dictionary);
		if (error)
			return error;
	}
	for (size_t i = 0; i < rule->expect.count; i++) {
		int error = name_intern(rule->expect.names[i], dictionary);
		if (error)
			return error;
	}
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

static bool
rule_allows_kind(const struct rule *rule, int kind)
{
	return rule->match.kinds == 0 || (rule->match.kinds >> kind & 1);
}

/* The field that narrows a rule most, of those that are names; FIELDS: none. */
static enum field
narrowest_field(const struct compiled_rule *compiled,
		const struct numbers **ret_numbers)
{
	const struct numbers *by_field[FIELDS] = {
		[FIELD_SOURCE] = &compiled->source,
		[FIELD_FEED] = &compiled->feed,
		[FIELD_PARTY] = &compiled->party,
		[FIELD_AGAINST] = &compiled->against,
		[FIELD_COUNTRY] = &compiled->country,
		[FIELD_ADMIN] = &compiled->admin,
	};
	enum field narrowest = FIELDS;

	if (!rule_counts_events(compiled->rule))
		return FIELDS;
	for (int field = 0; field < FIELDS; field++) {
		const struct numbers *numbers = by_field[field];
		if (!numbers || numbers->count == 0 ||
		    (narrowest != FIELDS &&
		     numbers->count >= by_field[narrowest]->count))
			continue;
		narrowest = (enum field)field;
		*ret_numbers = numbers;
	}
	return narrowest;
}

static bool
asks_for_names(const struct compiled_rule *compiled)
{
	const struct numbers *numbers;

	return narrowest_field(compiled, &numbers) != FIELDS;
}

static bool
is_listed_by_kind(const struct compiled_rule *compiled, size_t agreement,
		  int kind)
{
	if (!compiled->agreements[agreement] ||
	    !rule_counts_events(compiled->rule))
		return false;
	if (rule_is_of_tallies(compiled->rule))
		return rule_holds_against_events(compiled->rule);
	return rule_allows_kind(compiled->rule, kind) &&
	       !asks_for_names(compiled);
}

/* For each agreement and kind the rules that can match, in rule order. */
static int
kinds_compile(struct rules *rules)
{
	size_t lists = rules->configuration->agreements_count * KINDS;
	size_t count = rules->configuration->rules_count;
	size_t pairs = 0;

	for (size_t i = 0; i < lists; i++)
		for (size_t rule = 0; rule < count; rule++)
			pairs += is_listed_by_kind(&rules->rules[rule],
						   i / KINDS, (int)(i % KINDS));
	rules->by_kind = calloc(lists, sizeof(*rules->by_kind));
	rules->by_kind_rules = calloc(pairs + 1, sizeof(uint32_t));
	if (!rules->by_kind || !rules->by_kind_rules)
		return -ENOMEM;
	uint32_t *next = rules->by_kind_rules;
	for (size_t i = 0; i < lists; i++) {
		struct rule_list *list = &rules->by_kind[i];
		list->rules = next;
		for (size_t rule = 0; rule < count; rule++)
			if (is_listed_by_kind(&rules->rules[rule], i / KINDS,
					      (int)(i % KINDS)))
				*next++ = (uint32_t)rule;
		list->count = (size_t)(next - list->rules);
	}
	return 0;
}

/* The same of those of tallies. */
static int
tallies_compile(struct rules *rules)
{
	size_t lists = rules->configuration->agreements_count;
	size_t count = rules->configuration->rules_count;
	size_t pairs = 0;

	for (size_t rule = 0; rule < count; rule++)
		if (rule_is_of_tallies(rules->rules[rule].rule))
			pairs += lists;
	rules->of_tallies = calloc(lists, sizeof(*rules->of_tallies));
	rules->of_tallies_rules = calloc(pairs + 1, sizeof(uint32_t));
	if (!rules->of_tallies || !rules->of_tallies_rules)
		return -ENOMEM;
	uint32_t *next = rules->of_tallies_rules;
	for (size_t i = 0; i < lists; i++) {
		struct rule_list *list = &rules->of_tallies[i];
		list->rules = next;
		for (size_t rule = 0; rule < count; rule++)
			if (rules->rules[rule].agreements[i] &&
			    rule_is_of_tallies(rules->rules[rule].rule))
				*next++ = (uint32_t)rule;
		list->count = (size_t)(next - list->rules);
	}
	return 0;
}

static bool
hears_every_report(const struct rule *rule)
{
	return rule->kind == RULE_ABSENCE || rule->kind == RULE_FEED_GAP;
}

static int
hearing_compile(struct rules *rules)
{
	size_t agreements = rules->configuration->agreements_count;
	size_t count = rules->configuration->rules_count;
	size_t hearing = 0;

	for (size_t rule = 0; rule < count; rule++)
		hearing += hears_every_report(rules->rules[rule].rule);
	rules->hearing = calloc(agreements, sizeof(*rules->hearing));
	rules->hearing_rules =
		calloc(agreements * hearing + 1, sizeof(uint32_t));
	if (!rules->hearing || !rules->hearing_rules)
		return -ENOMEM;
	uint32_t *next = rules->hearing_rules;
	for (size_t i = 0; i < agreements; i++) {
		struct rule_list *list = &rules->hearing[i];
		list->rules = next;
		for (size_t rule = 0; rule < count; rule++)
			if (rules->rules[rule].agreements[i] &&
			    hears_every_report(rules->rules[rule].rule))
				*next++ = (uint32_t)rule;
		list->count = (size_t)(next - list->rules);
	}
	return 0;
}

static int
asked_compare(const void *left, const void *right)
{
	const struct asked *one = left, *other = right;

	if (one->agreement != other->agreement)
		return one->agreement < other->agreement ? -1 : 1;
	if (one->field != other->field)
		return one->field < other->field ? -1 : 1;
	if (one->name != other->name)
		return one->name < other->name ? -1 : 1;
	return (one->rule > other->rule) - (one->rule < other->rule);
}

/* Each agreement and name that the rule is to be listed under. */
static void
asked_add(struct rules *rules, uint32_t rule)
{
	const struct compiled_rule *compiled = &rules->rules[rule];
	const struct numbers *numbers;
	enum field field = narrowest_field(compiled, &numbers);

	if (field == FIELDS || rule_is_of_tallies(compiled->rule))
		return;
	rules->is_asked[field] = true;
	for (size_t i = 0; i < rules->configuration->agreements_count; i++) {
		for (size_t j = 0;
		     compiled->agreements[i] && j < numbers->count; j++)
			rules->by_name[rules->by_name_count++] = (struct asked){
				.agreement = (uint16_t)i,
				.field = field,
				.name = numbers->values[j],
				.rule = rule,
			};
	}
}

static int
names_compile(struct rules *rules)
{
	const struct configuration *configuration = rules->configuration;
	const struct numbers *numbers;
	size_t room = 1;

	for (size_t rule = 0; rule < configuration->rules_count; rule++)
		if (narrowest_field(&rules->rules[rule], &numbers) != FIELDS)
			room += numbers->count *
				configuration->agreements_count;
	rules->by_name = calloc(room, sizeof(*rules->by_name));
	rules->by_name_rules = calloc(room, sizeof(uint32_t));
	if (!rules->by_name || !rules->by_name_rules)
		return -ENOMEM;
	for (size_t rule = 0; rule < configuration->rules_count; rule++)
		asked_add(rules, (uint32_t)rule);
	qsort(rules->by_name, rules->by_name_count, sizeof(*rules->by_name),
	      asked_compare);
	/* A rule may name one value twice. */
	size_t kept = 0;
	for (size_t i = 0; i < rules->by_name_count; i++) {
		const struct asked *asked = &rules->by_name[i];
		if (kept &&
		    asked_compare(&rules->by_name[kept - 1], asked) == 0)
			continue;
		rules->by_name_rules[kept] = asked->rule;
		rules->by_name[kept++] = *asked;
	}
	rules->by_name_count = kept;
	return 0;
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
	if (!error)
		error = kinds_compile(rules);
	if (!error)
		error = tallies_compile(rules);
	if (!error)
		error = names_compile(rules);
	if (!error)
		error = hearing_compile(rules);
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
		free(rule->source.values);
		free(rule->feed.values);
		free(rule->party.values);
		free(rule->against.values);
		free(rule->country.values);
		free(rule->admin.values);
	}
	for (size_t i = 0;
	     rules->parties && i < rules->configuration->agreements_count; i++)
		free(rules->parties[i].values);
	free(rules->rules);
	free(rules->standing);
	free(rules->parties);
	free(rules->any_party);
	free(rules->hearing);
	free(rules->hearing_rules);
	free(rules->by_kind);
	free(rules->by_kind_rules);
	free(rules->of_tallies);
	free(rules->of_tallies_rules);
	free(rules->by_name);
	free(rules->by_name_rules);
	free(rules);
}

const struct configuration *
rules_configuration(const struct rules *rules)
{
	return rules->configuration;
}

struct rule_list
rules_for(const struct rules *rules, uint16_t agreement, enum kind kind)
{
	return rules->by_kind[(size_t)agreement * KINDS + kind];
}

struct rule_list
rules_for_tallies(const struct rules *rules, uint16_t agreement)
{
	return rules->of_tallies[agreement];
}

struct rule_list
rules_hearing(const struct rules *rules, uint16_t agreement)
{
	return rules->hearing[agreement];
}

/* The first that is not before `asked`. */
static size_t
asked_find(const struct rules *rules, const struct asked *asked)
{
	size_t from = 0, to = rules->by_name_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (asked_compare(&rules->by_name[middle], asked) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct rule_list
rules_naming(const struct rules *rules, uint16_t agreement, enum field field,
	     name_number name)
{
	struct asked asked = {.agreement = agreement,
			      .field = field,
			      .name = name,
			      .rule = 0};
	struct rule_list list = {.rules = NULL, .count = 0};

	if (!rules->is_asked[field])
		return list;
	size_t first = asked_find(rules, &asked);
	asked.rule = UINT32_MAX;
	list.rules = rules->by_name_rules + first;
	list.count = asked_find(rules, &asked) - first;
	return list;
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
	       (numbers_allow(&compiled->source, entry->source) &&
		numbers_allow(&compiled->feed, entry->feed));
}

bool
rules_hears(const struct rules *rules, uint32_t rule, const struct entry *entry)
{
	return entry_takes_part(entry) && rules_listens(rules, rule, entry);
}

/* Whether it counts violations, or what there is about them, and not harm. */
static bool
is_of_violations(enum measure measure)
{
	return measure == MEASURE_VIOLATIONS || measure == MEASURE_EVENTS ||
	       measure_is_distinct(measure);
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
	       numbers_allow(&compiled->party, leader->party) &&
	       numbers_allow(&compiled->against, leader->against) &&
	       numbers_allow(&compiled->country, leader->country) &&
	       numbers_allow(&compiled->admin, leader->admin);
}

/* Whether it is as certain as the rule wants it. */
static bool
event_is_certain(const struct compiled_rule *compiled,
		 const struct event *event)
{
	const struct match *match = &compiled->rule->match;
	const struct entry *leader = event->leader;

	return (match->disputed == EITHER ||
		event->disputed == (match->disputed == ONLY_TRUE)) &&
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
		if (numbers_allow(&compiled->admin, entry->admin) &&
		    numbers_allow(&compiled->source, entry->source) &&
		    numbers_allow(&compiled->feed, entry->feed) &&
		    numbers_allow(&compiled->party, entry->party) &&
		    numbers_allow(&compiled->against, entry->against) &&
		    numbers_allow(&compiled->country, entry->country))
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
rules_contribution(const struct rules *rules, uint32_t number,
		   uint16_t agreement, const struct event_reports *reports,
		   struct contribution *ret_contribution)
{
	const struct compiled_rule *compiled = &rules->rules[number];
	const struct rule *rule = compiled->rule;
	struct contribution contribution = {.present = false};
	struct event event;
	bool upper_only;

	ret_contribution->present = false;
	if (!event_could_match(compiled, reports) ||
	    !rules_event(rules, number, agreement, reports, &event) ||
	    !event_is_asked_for(compiled, &event) ||
	    !event_is_certain(compiled, &event))
		return;
	names_find(rules, number, reports, &event, &contribution);
	struct amounts amounts =
		event_amounts(&event, rule->measure, contribution.names_count);
	if (amounts.high == 0 ||
	    !event_dated(rule, &rules->configuration->agreements[agreement],
			 &compiled->windows[agreement], &event,
			 &contribution.index, &upper_only))
		return;
	contribution.present = true;
	if (rule->window_kind == WINDOW_EVENT)
		contribution.group.event = reports->id;
	contribution.sums = event_sums(rule, &event, &amounts, upper_only);
	group_values(rule, &event, &contribution.group);
	*ret_contribution = contribution;
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
	    !numbers_allow(&compiled->source, entry->source) ||
	    !numbers_allow(&compiled->feed, entry->feed) ||
	    !numbers_allow(&compiled->party, entry->told_party) ||
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
