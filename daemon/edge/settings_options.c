/* Every option of the configuration, and the checks beyond one option. */
#include "edge/settings_options.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/headline.h"
#include "edge/settings_values.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
/* Where a member is: of a value, and of an array with its count. */
#define AT(type, member)                                                       \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define ARRAY_AT(type, array, count)                                           \
	.offset = offsetof(type, array), .count_offset = offsetof(type, count)
#define CHOICES(function, amount)                                              \
	&(const struct choices)                                                \
	{                                                                      \
		.name = function, .count = amount                              \
	}

#define SECOND_MS INT64_C(1000)
#define DAY_MS (24 * 60 * 60 * SECOND_MS)
#define LONGEST_MS (36500 * DAY_MS)
/* Sums are doubles in alerts: whole up to here. */
#define THRESHOLD_MAX 1000000000000000
#define POOL_MAX 1000000000

#define NAME_EXPECTED "a name (a-z, 0-9, _ and -, at most 63)"

/* --- Spellings that are the configuration's own --- */

static const char *
lookup(const char *const *names, size_t count, size_t value)
{
	return value < count && names[value] ? names[value] : "";
}

static const char *
clock_choice(size_t value)
{
	static const char *const names[] = {
		[CLOCK_WALL] = "wall",
		[CLOCK_RECORDS] = "records",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
severity_choice(size_t value)
{
	static const char *const names[] = {
		[SEVERITY_MINOR] = "minor",
		[SEVERITY_MODERATE] = "moderate",
		[SEVERITY_SEVERE] = "severe",
		[SEVERITY_EXTREME] = "extreme",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
syslog_target_choice(size_t value)
{
	static const char *const names[] = {
		[SYSLOG_AUTO] = "auto",
		[SYSLOG_JOURNAL] = "journal",
		[SYSLOG_SYSLOG] = "syslog",
		[SYSLOG_OFF] = "off",
	};

	return lookup(names, LENGTH(names), value);
}

/* The facilities that are a program's to use, by their number. */
static const char *
facility_choice(size_t value)
{
	static const char *const names[] = {
		[LOG_USER >> 3] = "user",     [LOG_DAEMON >> 3] = "daemon",
		[LOG_AUTH >> 3] = "auth",     [LOG_AUTHPRIV >> 3] = "authpriv",
		[LOG_LOCAL0 >> 3] = "local0", [LOG_LOCAL1 >> 3] = "local1",
		[LOG_LOCAL2 >> 3] = "local2", [LOG_LOCAL3 >> 3] = "local3",
		[LOG_LOCAL4 >> 3] = "local4", [LOG_LOCAL5 >> 3] = "local5",
		[LOG_LOCAL6 >> 3] = "local6", [LOG_LOCAL7 >> 3] = "local7",
	};

	/* A facility's value is its number with three bits of priority. */
	return value % 8 ? "" : lookup(names, LENGTH(names), value / 8);
}

/* What a source may vouch for, and what a rule may ask for. */
static const char *
assessment_choice(size_t value)
{
	static const char *const names[] = {
		[ASSESSMENT_ALLEGED] = "alleged",
		[ASSESSMENT_UNDER_INVESTIGATION] = "under_investigation",
		[ASSESSMENT_INCONCLUSIVE] = "inconclusive",
		[ASSESSMENT_CORROBORATED] = "corroborated",
		[ASSESSMENT_VERIFIED] = "verified",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
attribution_choice(size_t value)
{
	static const char *const names[] = {
		[ATTRIBUTION_ALLEGED_PARTY] = "alleged_party",
		[ATTRIBUTION_ASSESSED_PARTY] = "assessed_party",
		[ATTRIBUTION_ATTRIBUTED] = "attributed",
		[ATTRIBUTION_ADMITTED] = "admitted",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
time_choice(size_t value)
{
	static const char *const names[] = {
		[TIME_OCCURRED] = "occurred",
		[TIME_REPORTED] = "reported",
		[TIME_RECEIVED] = "received",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
rule_kind_choice(size_t value)
{
	return value == RULE_THRESHOLD ? "threshold" : "";
}

static const char *
measure_choice(size_t value)
{
	return measure_name((enum measure)value);
}

static const char *
basis_choice(size_t value)
{
	return basis_name((enum basis)value);
}

static const char *
kind_choice(size_t value)
{
	return kind_name((enum kind)value);
}

static const char *
target_choice(size_t value)
{
	return target_name((enum target)value);
}

static const struct choices rule_kinds = {
	.name = rule_kind_choice,
	.count = RULE_THRESHOLD + 1,
	.later = (const char *const[]){"spike", "tally", "discrepancy",
				       "absence", "deadline", "feed_gap", NULL},
};

static const struct choices measures = {
	.name = measure_choice,
	.count = MEASURES,
	.later = (const char *const[]){"sources", "places", NULL},
};

/* --- Texts that are more than one value --- */

static const char *
parse_effective(const char *text, void *object)
{
	struct agreement *agreement = object;

	return moment_read(text, &agreement->effective_at)
		       ? "a time like \"2014-09-05T18:00:00+03:00\" (RFC 3339)"
		       : NULL;
}

static const char *
parse_day_starts(const char *text, void *object)
{
	struct agreement *agreement = object;

	return day_start_read(text, &agreement->day_starts_ms)
		       ? "a time of day like \"00:00Z\" or \"00:00+02:00\""
		       : NULL;
}

static const char *
parse_window(const char *text, void *object)
{
	struct rule *rule = object;
	int64_t ms;

	if (strcmp(text, "agreement") == 0) {
		rule->window_kind = WINDOW_AGREEMENT;
		rule->window_ms = 0;
		return NULL;
	}
	if (strcmp(text, "event") == 0)
		return "a duration or \"agreement\": \"event\" is not "
		       "supported by this version";
	if (settings_duration(text, &ms) || ms < SECOND_MS || ms > LONGEST_MS)
		return "\"agreement\" or a duration like \"90s\", \"15m\", "
		       "\"24h\" or \"7d\", from \"1s\" to \"36500d\"";
	rule->window_kind = WINDOW_DURATION;
	rule->window_ms = ms;
	return NULL;
}

#define GROUP_BY_EXPECTED                                                      \
	"one of \"agreement\", \"source\", \"feed\", \"kind\", \"party\", "    \
	"\"against\", \"target\", \"country\", \"admin\", \"disputed\""

static const char *
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
		return GROUP_BY_EXPECTED;
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

static void
check_sources(struct reader *reader, const struct place *place, void *objects,
	      size_t count)
{
	check_names(reader, place, objects, count, sizeof(struct source),
		    offsetof(struct source, name), "name");
}

static void
check_source(struct reader *reader, const struct place *place, void *object)
{
	struct source *source = object;

	(void)reader;
	(void)place;
	if (!*source->origin)
		source->origin = source->name;
}

static void
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
static void
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

/* With the agreement's own window nothing slides: there are no buckets, and
 * each fall is a correction. */
static void
check_agreement_window(struct reader *reader, const struct place *place,
		       const struct rule *rule)
{
	static const struct {
		const char *key, *why;
	} barred[] = {
		{"resolution", "this window has no buckets"},
		{"late", "this window never closes, so nothing is too late"},
		{"for", "its sums only grow, but for corrections"},
	};
	const struct place *levels = place_member(place, "levels");

	for (size_t i = 0; i < LENGTH(barred); i++)
		if (place_member(place, barred[i].key))
			reader_expect(reader, place, barred[i].key,
				      "no such key with window = "
				      "\"agreement\": %s",
				      barred[i].why);
	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct place *level = place_element(levels, i);

		if (place_member(level, "clear"))
			reader_expect(reader, level, "clear",
				      "no such key with window = "
				      "\"agreement\": every fall there is a "
				      "correction");
	}
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

static void
check_levels(struct reader *reader, const struct place *place,
	     struct level *levels, size_t count)
{
	const struct place *list = place_member(place, "levels");

	for (size_t i = 0; i < count; i++) {
		const struct place *element = place_element(list, i);
		struct level *level = &levels[i];
		const struct level *below = i ? level - 1 : NULL;

		if (!level->at) /* complained of already */
			continue;
		if (below && level->at <= below->at)
			reader_expect(reader, element, "at",
				      "more than the level before it, %llu",
				      (unsigned long long)below->at);
		if (!level->clear)
			level->clear = level->at;
		if (level->clear > level->at)
			reader_expect(reader, element, "clear",
				      "at most at, %llu",
				      (unsigned long long)level->at);
		if (below && level->clear < below->clear)
			reader_expect(reader, element, "clear",
				      "at least clear of the level before it, "
				      "%llu",
				      (unsigned long long)below->clear);
	}
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

static void
check_rule(struct reader *reader, const struct place *place, void *object)
{
	struct rule *rule = object;

	if (rule->window_kind == WINDOW_AGREEMENT)
		check_agreement_window(reader, place, rule);
	else
		check_duration_window(reader, place, rule);
	check_levels(reader, place, rule->levels, rule->levels_count);
	check_match(reader, place_member(place, "match"), &rule->match);
	check_template(reader, place, "headline", rule->headline);
	check_template(reader, place, "instruction", rule->instruction);
}

static void
check_rules(struct reader *reader, const struct place *place, void *objects,
	    size_t count)
{
	check_names(reader, place, objects, count, sizeof(struct rule),
		    offsetof(struct rule, name), "name");
}

/* --- The tables. A section's initial struct holds its defaults. --- */

static const struct option endpoint_options[] = {
	{.key = "endpoint",
	 .type = OPTION_TEXT,
	 AT(struct endpoint, address),
	 .required = true,
	 .expected = "tcp://ADDRESS:PORT on loopback or ipc://PATH",
	 .check = endpoint_check},
	{.key = "bind", .type = OPTION_FLAG, AT(struct endpoint, bind)},
	{.key = "topics",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct endpoint, topics, topics_count),
	 .min = 1,
	 .max = 64,
	 .expected = "topics: texts that begin with incident., tally. or "
		     "finding.",
	 .check = topic_check},
};

/* Only subscribers have topics. */
enum { PLAIN_ENDPOINT_OPTIONS = 2, SERVICE_ENDPOINT_OPTIONS = 1 };

static const char *const all_topics[] = {"incident.", "tally.", "finding."};

static const struct section subscribe_section = {
	.options = endpoint_options,
	.options_count = LENGTH(endpoint_options),
	.initial =
		&(const struct endpoint){
			.address = "",
			.topics = all_topics,
			.topics_count = LENGTH(all_topics),
		},
	.size = sizeof(struct endpoint),
};

static const struct section publish_section = {
	.options = endpoint_options,
	.options_count = PLAIN_ENDPOINT_OPTIONS,
	.initial = &(const struct endpoint){.address = ""},
	.size = sizeof(struct endpoint),
};

static const struct section service_endpoint_section = {
	.options = endpoint_options,
	.options_count = SERVICE_ENDPOINT_OPTIONS,
	.initial = &(const struct endpoint){.address = "", .bind = true},
	.size = sizeof(struct endpoint),
	.shorthand = true,
};

static const struct option intake_options[] = {
	{.key = "subscribe",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.intake, settings.intake_count),
	 .max = 64,
	 .section = &subscribe_section},
};

static const struct option service_options[] = {
	{.key = "endpoints",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.service, settings.service_count),
	 .max = 64,
	 .expected = "a list of endpoints: [ \"ipc:///run/truced/service\" ]",
	 .section = &service_endpoint_section},
};

static const struct option alerts_options[] = {
	{.key = "publish",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.alerts, settings.alerts_count),
	 .max = 64,
	 .section = &publish_section},
	{.key = "heartbeat",
	 .type = OPTION_DURATION,
	 AT(struct draft, settings.heartbeat_ms),
	 .min = SECOND_MS,
	 .max = 3600 * SECOND_MS},
};

static const struct option syslog_options[] = {
	{.key = "target",
	 .type = OPTION_CHOICE,
	 AT(struct draft, settings.syslog_target),
	 .choices = CHOICES(syslog_target_choice, SYSLOG_OFF + 1)},
	{.key = "facility",
	 .type = OPTION_CHOICE,
	 AT(struct draft, settings.syslog_facility),
	 .choices = CHOICES(facility_choice, LOG_LOCAL7 + 1)},
	{.key = "min_severity",
	 .type = OPTION_CHOICE,
	 AT(struct draft, settings.syslog_min_severity),
	 .choices = CHOICES(severity_choice, SEVERITIES)},
};

static const struct option limits_options[] = {
	{.key = "max_future",
	 .type = OPTION_DURATION,
	 AT(struct limits, max_future_ms),
	 .min = SECOND_MS,
	 .max = 366 * DAY_MS},
	{.key = "reports",
	 .type = OPTION_NUMBER,
	 AT(struct limits, reports),
	 .min = 1,
	 .max = POOL_MAX},
	{.key = "groups",
	 .type = OPTION_NUMBER,
	 AT(struct limits, groups),
	 .min = 1,
	 .max = POOL_MAX},
	{.key = "buckets",
	 .type = OPTION_NUMBER,
	 AT(struct limits, buckets),
	 .min = 1,
	 .max = POOL_MAX},
	{.key = "episodes",
	 .type = OPTION_NUMBER,
	 AT(struct limits, episodes),
	 .min = 1,
	 .max = POOL_MAX},
	{.key = "names",
	 .type = OPTION_NUMBER,
	 AT(struct limits, names),
	 .min = 1,
	 .max = 65536},
	{.key = "max_count",
	 .type = OPTION_NUMBER,
	 AT(struct limits, max_count),
	 .min = 1,
	 .max = COUNT_CEILING},
};

static void
check_limits(struct reader *reader, const struct place *place, void *object)
{
	const struct limits *limits = object;

	if (limits->episodes < limits->groups)
		reader_expect(reader, place, "episodes",
			      "at least as many as groups, %u: each may have "
			      "an open one",
			      limits->groups);
}

static const struct option source_options[] = {
	{.key = "name",
	 .type = OPTION_TEXT,
	 AT(struct source, name),
	 .min = 1,
	 .max = TEXT_SIZE - 1,
	 .required = true},
	{.key = "at_most",
	 .type = OPTION_CHOICE,
	 AT(struct source, at_most),
	 .choices = CHOICES(assessment_choice, ASSESSMENTS)},
	{.key = "origin",
	 .type = OPTION_TEXT,
	 AT(struct source, origin),
	 .min = 1,
	 .max = TEXT_SIZE - 1},
};

static const struct section source_section = {
	.options = source_options,
	.options_count = LENGTH(source_options),
	.initial =
		&(const struct source){
			.name = "",
			.origin = "",
			.at_most = ASSESSMENT_ALLEGED,
		},
	.size = sizeof(struct source),
	.check = check_source,
	.check_list = check_sources,
};

static const struct option agreement_options[] = {
	{.key = "id",
	 .type = OPTION_TEXT,
	 AT(struct agreement, id),
	 .required = true,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "title",
	 .type = OPTION_TEXT,
	 AT(struct agreement, title),
	 .max = HEADLINE_SIZE - 1},
	{.key = "effective",
	 .type = OPTION_PARSED,
	 .min = 1,
	 .max = 1,
	 .required = true,
	 .expected = "a time like \"2014-09-05T18:00:00+03:00\" (RFC 3339)",
	 .parse = parse_effective},
	{.key = "parties",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct agreement, parties, parties_count),
	 .max = 256,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "day_starts",
	 .type = OPTION_PARSED,
	 .min = 1,
	 .max = 1,
	 .expected = "a time of day like \"00:00Z\" or \"00:00+02:00\"",
	 .parse = parse_day_starts},
	{.key = "deadlines", .type = OPTION_LATER},
};

static const struct section agreement_section = {
	.options = agreement_options,
	.options_count = LENGTH(agreement_options),
	.initial = &(const struct agreement){.id = "", .title = ""},
	.size = sizeof(struct agreement),
	.check = check_agreement,
	.check_list = check_agreements,
};

static const struct option match_options[] = {
	{.key = "agreement",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, agreement.names, agreement.count),
	 .min = 1,
	 .max = 1000,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "source",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, source.names, source.count),
	 .min = 1,
	 .max = 1000,
	 .expected = "a source: a text of 1 to 64 bytes"},
	{.key = "feed",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, feed.names, feed.count),
	 .min = 1,
	 .max = 1000,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "kind",
	 .type = OPTION_BITS,
	 AT(struct match, kinds),
	 .choices = CHOICES(kind_choice, KINDS)},
	{.key = "party",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, party.names, party.count),
	 .min = 1,
	 .max = 1000,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "against",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, against.names, against.count),
	 .min = 1,
	 .max = 1000,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "target",
	 .type = OPTION_BITS,
	 AT(struct match, targets),
	 .choices = CHOICES(target_choice, TARGETS)},
	{.key = "country",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, country.names, country.count),
	 .min = 1,
	 .max = 1000,
	 .expected = "a country: two lower-case letters (ISO 3166-1 alpha-2)",
	 .check = country_check},
	{.key = "admin",
	 .type = OPTION_TEXTS,
	 ARRAY_AT(struct match, admin.names, admin.count),
	 .min = 1,
	 .max = 1000,
	 .expected = "an area: a text of 1 to 64 bytes"},
	{.key = "disputed",
	 .type = OPTION_TRISTATE,
	 AT(struct match, disputed)},
	{.key = "min_assessment",
	 .type = OPTION_CHOICE,
	 AT(struct match, min_assessment),
	 .choices = CHOICES(assessment_choice, ASSESSMENTS)},
	{.key = "min_attribution",
	 .type = OPTION_CHOICE,
	 AT(struct match, min_attribution),
	 .choices = CHOICES(attribution_choice, ATTRIBUTIONS)},
	{.key = "min_sources",
	 .type = OPTION_NUMBER,
	 AT(struct match, min_sources),
	 .min = 1,
	 .max = EVENT_REPORTS_MAX},
};

static const struct section match_section = {
	.options = match_options,
	.options_count = LENGTH(match_options),
	.size = sizeof(struct match),
};

static const struct option level_options[] = {
	{.key = "at",
	 .type = OPTION_NUMBER,
	 AT(struct level, at),
	 .min = 1,
	 .max = THRESHOLD_MAX,
	 .required = true},
	{.key = "clear",
	 .type = OPTION_NUMBER,
	 AT(struct level, clear),
	 .min = 1,
	 .max = THRESHOLD_MAX},
	{.key = "severity",
	 .type = OPTION_CHOICE,
	 AT(struct level, severity),
	 .required = true,
	 .choices = CHOICES(severity_choice, SEVERITIES)},
	{.key = "every", .type = OPTION_LATER},
};

static const struct section level_section = {
	.options = level_options,
	.options_count = LENGTH(level_options),
	.initial = &(const struct level){.at = 0},
	.size = sizeof(struct level),
};

static const struct option rule_options[] = {
	{.key = "name",
	 .type = OPTION_TEXT,
	 AT(struct rule, name),
	 .required = true,
	 .expected = NAME_EXPECTED,
	 .check = name_check},
	{.key = "kind",
	 .type = OPTION_CHOICE,
	 AT(struct rule, kind),
	 .required = true,
	 .choices = &rule_kinds},
	{.key = "measure",
	 .type = OPTION_CHOICE,
	 AT(struct rule, measure),
	 .required = true,
	 .choices = &measures},
	{.key = "basis",
	 .type = OPTION_CHOICE,
	 AT(struct rule, basis),
	 .choices = CHOICES(basis_choice, BASIS_UPPER + 1)},
	{.key = "window",
	 .type = OPTION_PARSED,
	 .min = 1,
	 .max = 1,
	 .required = true,
	 .expected = "\"agreement\" or a duration like \"90s\", \"15m\", "
		     "\"24h\" or \"7d\", from \"1s\" to \"36500d\"",
	 .parse = parse_window},
	{.key = "resolution",
	 .type = OPTION_DURATION,
	 AT(struct rule, resolution_ms),
	 .min = SECOND_MS,
	 .max = LONGEST_MS},
	{.key = "late",
	 .type = OPTION_DURATION,
	 AT(struct rule, late_ms),
	 .max = LONGEST_MS},
	{.key = "time",
	 .type = OPTION_CHOICE,
	 AT(struct rule, time),
	 .choices = CHOICES(time_choice, TIME_RECEIVED + 1)},
	{.key = "for",
	 .type = OPTION_DURATION,
	 AT(struct rule, for_ms),
	 .max = LONGEST_MS},
	{.key = "keep_firing",
	 .type = OPTION_DURATION,
	 AT(struct rule, keep_firing_ms),
	 .max = LONGEST_MS},
	{.key = "update_every",
	 .type = OPTION_DURATION,
	 AT(struct rule, update_every_ms),
	 .max = LONGEST_MS},
	{.key = "group_by",
	 .type = OPTION_PARSED,
	 .max = 2 * FIELDS,
	 .expected = GROUP_BY_EXPECTED,
	 .parse = parse_group_by},
	{.key = "match",
	 .type = OPTION_GROUP,
	 AT(struct rule, match),
	 .section = &match_section},
	{.key = "levels",
	 .type = OPTION_ARRAY,
	 ARRAY_AT(struct rule, levels, levels_count),
	 .min = 1,
	 .max = LEVELS_MAX,
	 .required = true,
	 .section = &level_section},
	{.key = "headline",
	 .type = OPTION_TEXT,
	 AT(struct rule, headline),
	 .max = HEADLINE_SIZE - 1},
	{.key = "instruction",
	 .type = OPTION_TEXT,
	 AT(struct rule, instruction),
	 .max = DESCRIPTION_SIZE - 1},
	{.key = "web",
	 .type = OPTION_TEXT,
	 AT(struct rule, web),
	 .max = DESCRIPTION_SIZE - 1},
	/* Of rules and messages to come. */
	{.key = "remind", .type = OPTION_LATER},
	{.key = "escalate_after", .type = OPTION_LATER},
	{.key = "method", .type = OPTION_LATER},
	{.key = "bucket", .type = OPTION_LATER},
	{.key = "baseline", .type = OPTION_LATER},
	{.key = "min_sigma", .type = OPTION_LATER},
	{.key = "min_count", .type = OPTION_LATER},
	{.key = "max_age", .type = OPTION_LATER},
	{.key = "expect", .type = OPTION_LATER},
	{.key = "after", .type = OPTION_LATER},
	{.key = "active", .type = OPTION_LATER},
	{.key = "warn_before", .type = OPTION_LATER},
};

static const struct section rule_section = {
	.options = rule_options,
	.options_count = LENGTH(rule_options),
	.initial =
		&(const struct rule){
			.name = "",
			.kind = RULE_THRESHOLD,
			.basis = BASIS_REPORTED,
			.time = TIME_OCCURRED,
			.headline = "",
			.instruction = "",
			.web = "",
		},
	.size = sizeof(struct rule),
	.check = check_rule,
	.check_list = check_rules,
};

#define SECTION(members)                                                       \
	&(const struct section)                                                \
	{                                                                      \
		.options = members, .options_count = LENGTH(members)           \
	}

/* Rules come last: they are held against what is before them. */
static const struct option settings_options[] = {
	{.key = "sender",
	 .type = OPTION_TEXT,
	 AT(struct draft, settings.configuration.sender),
	 .expected = "at most 63 of letters, digits, \".\", \"_\", \"@\" and "
		     "\"-\"",
	 .check = sender_check},
	{.key = "state_dir",
	 .type = OPTION_TEXT,
	 AT(struct draft, settings.state_dir),
	 .min = 1,
	 .max = 1024},
	{.key = "clock",
	 .type = OPTION_CHOICE,
	 AT(struct draft, settings.configuration.clock),
	 .choices = CHOICES(clock_choice, CLOCK_RECORDS + 1)},
	/* The structs of the first four groups are the draft itself. */
	{.key = "intake",
	 .type = OPTION_GROUP,
	 .section = SECTION(intake_options)},
	{.key = "service",
	 .type = OPTION_GROUP,
	 .section = SECTION(service_options)},
	{.key = "alerts",
	 .type = OPTION_GROUP,
	 .section = SECTION(alerts_options)},
	{.key = "syslog",
	 .type = OPTION_GROUP,
	 .section = SECTION(syslog_options)},
	{.key = "limits",
	 .type = OPTION_GROUP,
	 AT(struct draft, settings.configuration.limits),
	 .section = &(const struct section){.options = limits_options,
					    .options_count =
						    LENGTH(limits_options),
					    .check = check_limits}},
	{.key = "sources",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.configuration.sources,
		  settings.configuration.sources_count),
	 .max = 65536,
	 .section = &source_section},
	{.key = "agreements",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.configuration.agreements,
		  settings.configuration.agreements_count),
	 .min = 1,
	 .max = 10000,
	 .required = true,
	 .section = &agreement_section},
	{.key = "rules",
	 .type = OPTION_LIST,
	 ARRAY_AT(struct draft, settings.configuration.rules,
		  settings.configuration.rules_count),
	 .max = 1000000,
	 .section = &rule_section},
};

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Drills get an engine of their own, and little memory. */
static void
derive_drill_limits(struct reader *reader, const struct place *place,
		    void *object)
{
	struct draft *draft = object;
	const struct limits *limits = &draft->settings.configuration.limits;

	(void)reader;
	(void)place;
	draft->settings.configuration.drill_limits = (struct limits){
		.max_future_ms = limits->max_future_ms,
		.reports = smaller(limits->reports, 10000),
		.groups = smaller(limits->groups, 1000),
		.buckets = smaller(limits->buckets, 200000),
		.episodes = smaller(limits->episodes, 1000),
		.names = smaller(limits->names, 4096),
		.max_count = limits->max_count,
	};
}

static const struct draft defaults = {
	.settings =
		{
			.configuration =
				{
					.sender = "truced",
					.clock = CLOCK_WALL,
					.limits =
						{
							.max_future_ms =
								3600 *
								SECOND_MS,
							.reports = 1000000,
							.groups = 100000,
							.buckets = 8000000,
							.episodes = 100000,
							.names = 65536,
							.max_count = 100000,
						},
				},
			.state_dir = "/var/lib/truced",
			.intake =
				&(const struct endpoint){
					.address = "tcp://127.0.0.1:5560",
					.bind = true,
					.topics = all_topics,
					.topics_count = LENGTH(all_topics),
				},
			.intake_count = 1,
			.service =
				&(const struct endpoint){
					.address = "ipc:///run/truced/service",
					.bind = true,
				},
			.service_count = 1,
			.alerts =
				&(const struct endpoint){
					.address = "tcp://127.0.0.1:5561",
					.bind = true,
				},
			.alerts_count = 1,
			.heartbeat_ms = 5 * SECOND_MS,
			.syslog_target = SYSLOG_AUTO,
			.syslog_facility = LOG_DAEMON,
			.syslog_min_severity = SEVERITY_MINOR,
		},
};

const struct section settings_section = {
	.options = settings_options,
	.options_count = LENGTH(settings_options),
	.initial = &defaults,
	.size = sizeof(struct draft),
	.check = derive_drill_limits,
};
