#include "scenario.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const assessments[] = {
	"unspecified",	   "alleged",	      "under_investigation",
	"inconclusive",	   "corroborated",    "verified",
	"unsubstantiated", "not_a_violation", "withdrawn"};
static const char *const attributions[] = {
	"unspecified", "alleged_party", "assessed_party",
	"attributed",  "admitted",	"not_attributable"};
static const char *const statuses[] = {"actual", "exercise", "system", "test"};
static const char *const types[] = {"incident", "tally", "finding"};
static const char *const clocks[] = {"wall", "records"};
static const char *const parts[] = {"real", "drill"};
static const char *const item_words[] = {
	[STEP_NONE] = "",	    [STEP_START] = "start",
	[STEP_CONFIG] = "config",   [STEP_REPORTS] = "report",
	[STEP_COMMAND] = "",	    [STEP_TICK] = "tick",
	[STEP_CLOCK] = "clock_step"};
static const char *const command_words[] = {
	"",	     "acknowledge",  "retract",	       "silence",
	"unsilence", "deadline_met", "deadline_unmet", "deadline_due"};
enum { SPIKE_METHODS = SPIKE_RATIO + 1 };
static const char *const time_fields[] = {"occurred", "reported", "received"};
static const char *const tristates[] = {"either", "false", "true"};
static const char *const severities[] = {"unknown", "minor", "moderate",
					 "severe", "extreme"};
static const char *const certainties[] = {"unknown", "unlikely", "possible",
					  "likely", "observed"};
static const char *const urgencies[] = {"unknown", "past", "future", "expected",
					"immediate"};
static const char *const msg_types[] = {"unspecified", "alert", "update",
					"cancel"};
static const char *const states[] = {"unspecified", "firing", "resolved",
				     "cancelled"};
static const char *const count_names[COUNT_KINDS] = {
	"violations",	     "killed",
	"injured",	     "civilians_killed",
	"civilians_injured", "children_killed",
	"children_injured",  "missing"};
static const char *const tally_names[TALLY_COUNTS] = {"violations", "killed",
						      "injured",
						      "killed_in_period",
						      "injured_in_period"};
static const char *const figures[] = {"sum",	"total",   "more",
				      "period", "periods", "gap"};

static void *
grown(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, (count + 1) * size);

	if (!larger)
		abort();
	return larger;
}

const char *
text_keep(const char *text)
{
	static char **kept;
	static size_t count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(kept[i], text) == 0)
			return kept[i];
	kept = grown(kept, count, sizeof(*kept));
	kept[count] = strdup(text);
	return kept[count++];
}

struct name_list
list_keep(const char *const *names, size_t count)
{
	static const char ***kept;
	static size_t kept_count;
	const char **list = calloc(count + 1, sizeof(*list));

	if (!list)
		abort();
	kept = grown(kept, kept_count, sizeof(*kept));
	kept[kept_count++] = list;
	for (size_t i = 0; i < count; i++)
		list[i] = text_keep(names[i]);
	return (struct name_list){list, count};
}

const struct deadline *
deadlines_keep(const struct deadline *deadlines, size_t count)
{
	static struct deadline **kept;
	static size_t kept_count;
	struct deadline *list = calloc(count + 1, sizeof(*list));

	if (!list)
		abort();
	kept = grown(kept, kept_count, sizeof(*kept));
	kept[kept_count++] = list;
	memcpy(list, deadlines, count * sizeof(*list));
	return list;
}

void
scenario_init(struct scenario *scenario)
{
	memset(scenario, 0, sizeof(*scenario));
	scenario->limits = (struct limits){
		.max_future_ms = 3600 * 1000,
		.reports = 1000,
		.groups = 100,
		.buckets = 20000,
		.episodes = 200,
		.names = 1000,
		.max_count = 100000,
	};
	scenario->drill_limits = scenario->limits;
	scenario->setups_count = 1;
}

void
scenario_done(struct scenario *scenario)
{
	free(scenario->items);
	scenario->items = NULL;
	scenario->items_count = 0;
}

void
scenario_copy(struct scenario *to, const struct scenario *from)
{
	*to = *from;
	to->items = calloc(from->items_count + 1, sizeof(*to->items));
	if (!to->items)
		abort();
	memcpy(to->items, from->items, from->items_count * sizeof(*to->items));
}

struct item *
scenario_add(struct scenario *scenario)
{
	scenario->items = grown(scenario->items, scenario->items_count,
				sizeof(*scenario->items));
	struct item *item = &scenario->items[scenario->items_count++];

	memset(item, 0, sizeof(*item));
	report_init(&item->report);
	return item;
}

struct configuration
scenario_configuration(const struct scenario *scenario, size_t index)
{
	const struct setup *setup = &scenario->setups[index];

	return (struct configuration){
		.sender = "truced",
		.clock = scenario->clock,
		.limits = scenario->limits,
		.drill_limits = scenario->drill_limits,
		.sources = setup->sources,
		.sources_count = setup->sources_count,
		.agreements = setup->agreements,
		.agreements_count = setup->agreements_count,
		.rules = setup->rules,
		.rules_count = setup->rules_count,
	};
}

void
report_init(struct report *report)
{
	memset(report, 0, sizeof(*report));
	report->revision = 1;
	report->reported_at = TIME_UNSET;
	report->occurred_at = TIME_UNSET;
	report->occurred_until = TIME_UNSET;
	report->since_at = TIME_UNSET;
	report->assessment = ASSESSMENT_ALLEGED;
	report->attribution = ATTRIBUTION_ALLEGED_PARTY;
	report->counts[COUNT_VIOLATIONS] = (struct count){1, 1, 1, false};
}

void
report_be_tally(struct report *report)
{
	report->type = REPORT_TALLY;
	memset(report->counts, 0, sizeof(report->counts));
}

bool
report_add_name(struct report *report, const char *name)
{
	const char *end = report->reports + sizeof(report->reports);
	char *place = report->reports;

	for (size_t i = 0; i < report->reports_count; i++)
		place += strlen(place) + 1;
	if (report->reports_count == FINDING_REPORTS_MAX ||
	    strlen(name) >= (size_t)(end - place))
		return false;
	strcpy(place, name);
	report->reports_count++;
	return true;
}

static void
hash_bytes(uint64_t *hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ byte[i]) * 0x100000001b3;
}

static void
hash_number(uint64_t *hash, uint64_t number)
{
	hash_bytes(hash, &number, sizeof(number));
}

static void
hash_text(uint64_t *hash, const char *text)
{
	hash_bytes(hash, text, strlen(text) + 1);
}

static void
hash_count(uint64_t *hash, const struct count *count)
{
	hash_number(hash, count->low);
	hash_number(hash, count->best);
	hash_number(hash, count->high);
	hash_number(hash, count->at_least);
}

/* All fields but `reported_at`. */
void
report_hash(struct report *report)
{
	uint64_t hash = 0xcbf29ce484222325;

	hash_number(&hash, report->status);
	hash_number(&hash, report->revision);
	hash_text(&hash, report->feed);
	hash_number(&hash, report->feed_seq);
	hash_number(&hash, (uint64_t)report->occurred_at);
	hash_number(&hash, (uint64_t)report->occurred_until);
	hash_number(&hash, report->kind);
	hash_number(&hash, report->target);
	hash_number(&hash, report->assessment);
	hash_number(&hash, report->attribution);
	hash_text(&hash, report->party);
	hash_text(&hash, report->against);
	hash_text(&hash, report->event);
	hash_text(&hash, report->place);
	hash_text(&hash, report->admin);
	hash_text(&hash, report->country);
	for (size_t i = 0; i < COUNT_KINDS; i++)
		hash_count(&hash, &report->counts[i]);
	hash_number(&hash, (uint64_t)report->since_at);
	hash_number(&hash, (uint64_t)report->period_ms);
	hash_number(&hash, report->told);
	for (size_t i = 0; i < TALLY_COUNTS; i++)
		hash_count(&hash, &report->totals[i]);
	hash_number(&hash, report->denies);
	const char *named = report->reports;
	for (size_t i = 0; i < report->reports_count; i++) {
		hash_text(&hash, named);
		named += strlen(named) + 1;
	}
	report->content = hash;
}

bool
line_pair(char **line, char **ret_key, char **ret_value)
{
	char *start = *line + strspn(*line, " \t\n");

	if (*start == '\0' || *start == '#')
		return false;
	char *end = start + strcspn(start, " \t\n");
	*line = end;
	if (*end != '\0') {
		*end = '\0';
		*line = end + 1;
	}
	char *equals = strchr(start, '=');
	*ret_key = start;
	*ret_value = end;
	if (equals) {
		*equals = '\0';
		*ret_value = equals + 1;
	}
	return true;
}

/* Reading: a line's reader gets one pair after the other. */
struct reader {
	const char *path;
	unsigned line;
	bool failed;
};

static void
reader_fail(struct reader *reader, const char *what, const char *text)
{
	fprintf(stderr, "%s:%u: %s: `%s'\n", reader->path, reader->line, what,
		text);
	reader->failed = true;
}

static int64_t
read_number(struct reader *reader, const char *text)
{
	char *end;
	int64_t number = strtoll(text, &end, 10);

	if (end == text)
		reader_fail(reader, "a number was expected", text);
	if (strcmp(end, "s") == 0)
		return number * 1000;
	if (strcmp(end, "m") == 0)
		return number * 60 * 1000;
	if (strcmp(end, "h") == 0)
		return number * 3600 * 1000;
	if (strcmp(end, "d") == 0)
		return number * 24 * 3600 * 1000;
	if (*end != '\0' && strcmp(end, "ms") != 0)
		reader_fail(reader, "a unit was expected", text);
	return number;
}

static double
read_real(struct reader *reader, const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end != '\0')
		reader_fail(reader, "a number was expected", text);
	return number;
}

static unsigned
read_name(struct reader *reader, const char *const *names, size_t count,
	  const char *text)
{
	for (unsigned i = 0; i < count; i++)
		if (names[i] && strcmp(names[i], text) == 0)
			return i;
	reader_fail(reader, "unknown value", text);
	return 0;
}

#define READ_NAME(reader, names, text)                                         \
	read_name((reader), (names), LENGTH(names), (text))

/* The number of a name whose spelling the core knows. */
#define READ_SPELLING(reader, type, count, speller, text)                      \
	({                                                                     \
		unsigned found_ = 0;                                           \
		while (found_ < (count) &&                                     \
		       strcmp(speller((type)found_), (text)) != 0)             \
			found_++;                                              \
		if (found_ == (count))                                         \
			reader_fail((reader), "unknown name", (text));         \
		(type) found_;                                                 \
	})

static void
read_text(struct reader *reader, char *to, size_t size, const char *text)
{
	if (strlen(text) >= size)
		reader_fail(reader, "too long", text);
	snprintf(to, size, "%s", text);
}

static struct name_list
read_list(struct reader *reader, const char *text)
{
	char buffer[LINE_SIZE];
	const char *names[64];
	size_t count = 0;
	char *rest = buffer;
	char *name;

	read_text(reader, buffer, sizeof(buffer), text);
	while ((name = strsep(&rest, ",")) && count < LENGTH(names))
		names[count++] = name;
	return list_keep(names, count);
}

static void
read_count(struct reader *reader, struct count *count, const char *text)
{
	char plus = '\0';
	int read = sscanf(text, "%" SCNu32 "/%" SCNu32 "/%" SCNu32 "%c",
			  &count->low, &count->best, &count->high, &plus);

	count->at_least = plus == '+';
	if (read < 3) {
		read = sscanf(text, "%" SCNu32 "%c", &count->best, &plus);
		count->low = count->high = count->best;
		count->at_least = plus == '+';
		if (read < 1)
			reader_fail(reader, "a count was expected", text);
	}
}

static void
read_limits(struct reader *reader, struct limits *limits, char *line)
{
	char *key;
	char *value;

	while (line_pair(&line, &key, &value)) {
		uint32_t number = (uint32_t)read_number(reader, value);
		if (strcmp(key, "reports") == 0)
			limits->reports = number;
		else if (strcmp(key, "groups") == 0)
			limits->groups = number;
		else if (strcmp(key, "buckets") == 0)
			limits->buckets = number;
		else if (strcmp(key, "episodes") == 0)
			limits->episodes = number;
		else if (strcmp(key, "names") == 0)
			limits->names = number;
		else
			reader_fail(reader, "unknown limit", key);
	}
}

static void
read_source(struct reader *reader, struct setup *setup, char *line)
{
	struct source *source = &setup->sources[setup->sources_count++];
	char *key;
	char *value;

	*source = (struct source){"", "", ASSESSMENT_ALLEGED};
	while (line_pair(&line, &key, &value))
		if (strcmp(key, "at_most") == 0)
			source->at_most =
				(enum assessment)READ_NAME(reader, assessments,
							   value);
		else if (strcmp(key, "origin") == 0)
			source->origin = text_keep(value);
		else if (*value == '\0')
			source->name = text_keep(key);
		else
			reader_fail(reader, "unknown key", key);
}

static void
read_agreement(struct reader *reader, struct setup *setup, char *line)
{
	struct agreement *agreement =
		&setup->agreements[setup->agreements_count++];
	char *key;
	char *value;

	*agreement = (struct agreement){.id = "", .title = ""};
	while (line_pair(&line, &key, &value))
		if (strcmp(key, "effective") == 0) {
			agreement->effective_at = read_number(reader, value);
		} else if (strcmp(key, "day_starts") == 0) {
			agreement->day_starts_ms = read_number(reader, value);
		} else if (strcmp(key, "parties") == 0) {
			struct name_list list = read_list(reader, value);
			agreement->parties = list.names;
			agreement->parties_count = list.count;
		} else if (*value == '\0') {
			agreement->id = text_keep(key);
		} else {
			reader_fail(reader, "unknown key", key);
		}
}

/* One more of the last agreement. */
static void
read_deadline(struct reader *reader, struct setup *setup, char *line)
{
	struct deadline deadlines[8];
	char *key;
	char *value;

	if (setup->agreements_count == 0 ||
	    setup->agreements[setup->agreements_count - 1].deadlines_count ==
		    LENGTH(deadlines)) {
		reader_fail(reader, "an agreement comes before it", line);
		return;
	}
	struct agreement *agreement =
		&setup->agreements[setup->agreements_count - 1];
	for (size_t i = 0; i < agreement->deadlines_count; i++)
		deadlines[i] = agreement->deadlines[i];
	struct deadline *deadline = &deadlines[agreement->deadlines_count++];
	*deadline = (struct deadline){.name = ""};
	while (line_pair(&line, &key, &value))
		if (strcmp(key, "due") == 0) {
			deadline->due_at = read_number(reader, value);
		} else if (strcmp(key, "warn") == 0) {
			struct name_list list = read_list(reader, value);
			for (size_t i = 0; i < list.count; i++)
				deadline->warn_before_ms
					[deadline->warn_before_count++] =
					read_number(reader, list.names[i]);
		} else if (*value == '\0') {
			deadline->name = text_keep(key);
		} else {
			reader_fail(reader, "unknown key", key);
		}
	agreement->deadlines =
		deadlines_keep(deadlines, agreement->deadlines_count);
}

static void
read_match(struct reader *reader, struct match *match, const char *key,
	   const char *value)
{
	struct name_list list = read_list(reader, value);

	if (strcmp(key, "agreement") == 0)
		match->agreement = list;
	else if (strcmp(key, "source") == 0)
		match->source = list;
	else if (strcmp(key, "feed") == 0)
		match->feed = list;
	else if (strcmp(key, "party") == 0)
		match->party = list;
	else if (strcmp(key, "against") == 0)
		match->against = list;
	else if (strcmp(key, "country") == 0)
		match->country = list;
	else if (strcmp(key, "admin") == 0)
		match->admin = list;
	else if (strcmp(key, "kind") == 0)
		for (size_t i = 0; i < list.count; i++)
			match->kinds |=
				UINT64_C(1)
				<< READ_SPELLING(reader, enum kind, KINDS,
						 kind_name, list.names[i]);
	else if (strcmp(key, "target") == 0)
		for (size_t i = 0; i < list.count; i++)
			match->targets |=
				UINT32_C(1)
				<< READ_SPELLING(reader, enum target, TARGETS,
						 target_name, list.names[i]);
	else if (strcmp(key, "disputed") == 0)
		match->disputed =
			(enum tristate)READ_NAME(reader, tristates, value);
	else if (strcmp(key, "min_assessment") == 0)
		match->min_assessment =
			(enum assessment)READ_NAME(reader, assessments, value);
	else if (strcmp(key, "min_attribution") == 0)
		match->min_attribution =
			(enum attribution)READ_NAME(reader, attributions,
						    value);
	else if (strcmp(key, "min_sources") == 0)
		match->min_sources = (uint32_t)read_number(reader, value);
	else
		reader_fail(reader, "unknown key of match", key);
}

/* False: it is no key of a rule that counts no events. */
static bool
read_watch_pair(struct reader *reader, struct rule *rule, const char *key,
		const char *value)
{
	if (strcmp(key, "expect") == 0)
		rule->expect = read_list(reader, value);
	else if (strcmp(key, "deadlines") == 0)
		rule->deadlines = read_list(reader, value);
	else if (strcmp(key, "after") == 0)
		rule->after_ms = read_number(reader, value);
	else if (strcmp(key, "active_from") == 0)
		rule->active.from_ms = read_number(reader, value);
	else if (strcmp(key, "active_length") == 0)
		rule->active.length_ms = read_number(reader, value);
	else
		return false;
	return true;
}

static void
read_rule_pair(struct reader *reader, struct rule *rule, const char *key,
	       const char *value)
{
	if (strcmp(key, "kind") == 0) {
		rule->kind = READ_SPELLING(reader, enum rule_kind, RULE_KINDS,
					   rule_kind_name, value);
	} else if (strcmp(key, "method") == 0) {
		rule->spike.method =
			READ_SPELLING(reader, enum spike_method, SPIKE_METHODS,
				      spike_method_name, value);
	} else if (strcmp(key, "baseline") == 0) {
		rule->spike.baseline = (uint32_t)read_number(reader, value);
	} else if (strcmp(key, "min_sigma") == 0) {
		rule->spike.min_sigma = read_real(reader, value);
	} else if (strcmp(key, "min_count") == 0) {
		rule->spike.min_count = (uint32_t)read_number(reader, value);
	} else if (strcmp(key, "max_age") == 0) {
		rule->max_age_ms = read_number(reader, value);
	} else if (strcmp(key, "min_gap") == 0) {
		rule->min_gap = (uint32_t)read_number(reader, value);
	} else if (strcmp(key, "measure") == 0) {
		rule->measure = READ_SPELLING(reader, enum measure, MEASURES,
					      measure_name, value);
	} else if (strcmp(key, "basis") == 0) {
		rule->basis =
			READ_SPELLING(reader, enum basis, 4, basis_name, value);
	} else if (strcmp(key, "window") == 0) {
		if (strcmp(value, "agreement") == 0)
			rule->window_kind = WINDOW_AGREEMENT;
		else if (strcmp(value, "event") == 0)
			rule->window_kind = WINDOW_EVENT;
		else if (strcmp(value, "latest") == 0)
			rule->window_kind = WINDOW_LATEST;
		else
			rule->window_ms = read_number(reader, value);
	} else if (strcmp(key, "resolution") == 0) {
		rule->resolution_ms = read_number(reader, value);
	} else if (strcmp(key, "time") == 0) {
		rule->time =
			(enum time_field)READ_NAME(reader, time_fields, value);
	} else if (strcmp(key, "late") == 0) {
		rule->late_ms = read_number(reader, value);
	} else if (strcmp(key, "for") == 0) {
		rule->for_ms = read_number(reader, value);
	} else if (strcmp(key, "keep_firing") == 0) {
		rule->keep_firing_ms = read_number(reader, value);
	} else if (strcmp(key, "update_every") == 0) {
		rule->update_every_ms = read_number(reader, value);
	} else if (strcmp(key, "remind") == 0) {
		rule->remind_ms = read_number(reader, value);
	} else if (strcmp(key, "escalate_after") == 0) {
		rule->escalate_after_ms = read_number(reader, value);
	} else if (strcmp(key, "group_by") == 0) {
		struct name_list list = read_list(reader, value);
		rule->group_by_count = 0;
		for (size_t i = 0; i < list.count && i < GROUP_BY_MAX; i++)
			rule->group_by[rule->group_by_count++] =
				READ_SPELLING(reader, enum field, FIELDS,
					      field_name, list.names[i]);
	} else if (strncmp(key, "match.", 6) == 0) {
		read_match(reader, &rule->match, key + 6, value);
	} else if (read_watch_pair(reader, rule, key, value)) {
		;
	} else if (*value == '\0') {
		rule->name = text_keep(key);
	} else {
		reader_fail(reader, "unknown key", key);
	}
}

void
rule_complete(struct rule *rule)
{
	if (rule->kind != RULE_ABSENCE && rule->kind != RULE_DEADLINE &&
	    rule->kind != RULE_FEED_GAP)
		return;
	rule->window_kind = WINDOW_NONE;
	rule->group_by[0] =
		rule->kind == RULE_DEADLINE ? FIELD_DEADLINE : FIELD_SOURCE;
	rule->group_by[1] = FIELD_FEED;
	rule->group_by_count = rule->kind == RULE_FEED_GAP ? 2 : 1;
	if (rule->active.length_ms == 0)
		rule->active.length_ms = INT64_C(24) * 3600 * 1000;
}

static void
read_rule(struct reader *reader, struct setup *setup, char *line)
{
	struct rule *rule = &setup->rules[setup->rules_count++];
	char *key;
	char *value;

	*rule = (struct rule){
		.name = "",
		.measure = MEASURE_KILLED,
		.basis = BASIS_REPORTED,
		.headline = "",
		.instruction = "",
		.web = "",
	};
	while (line_pair(&line, &key, &value))
		read_rule_pair(reader, rule, key, value);
	rule_complete(rule);
}

static void
read_level(struct reader *reader, struct setup *setup, char *line)
{
	if (setup->rules_count == 0) {
		reader_fail(reader, "a rule comes before its levels", line);
		return;
	}
	struct rule *rule = &setup->rules[setup->rules_count - 1];
	struct level *level = &rule->levels[rule->levels_count++];
	bool clear_told = false;
	char *key;
	char *value;

	level->severity = SEVERITY_MODERATE;
	while (line_pair(&line, &key, &value))
		if (strcmp(key, "at") == 0) {
			level->at = read_real(reader, value);
		} else if (strcmp(key, "clear") == 0) {
			level->clear = read_real(reader, value);
			clear_told = true;
		} else if (strcmp(key, "severity") == 0) {
			level->severity =
				(enum severity)READ_NAME(reader, severities,
							 value);
		} else {
			reader_fail(reader, "unknown key", key);
		}
	if (!clear_told)
		level->clear = level->at;
}

/* The fields that are texts. */
static const struct {
	const char *name;
	size_t offset;
	size_t size;
} report_texts[] = {
	{"agreement", offsetof(struct report, agreement), NAME_SIZE},
	{"source", offsetof(struct report, source), TEXT_SIZE},
	{"id", offsetof(struct report, id), TEXT_SIZE},
	{"feed", offsetof(struct report, feed), NAME_SIZE},
	{"party", offsetof(struct report, party), NAME_SIZE},
	{"against", offsetof(struct report, against), NAME_SIZE},
	{"event", offsetof(struct report, event), TEXT_SIZE},
	{"place", offsetof(struct report, place), TEXT_SIZE},
	{"admin", offsetof(struct report, admin), TEXT_SIZE},
	{"country", offsetof(struct report, country), COUNTRY_SIZE},
};

/* What a tally tells. */
static bool
read_total(struct reader *reader, struct report *report, const char *key,
	   const char *value)
{
	for (size_t i = 0; i < TALLY_COUNTS; i++)
		if (strcmp(tally_names[i], key) == 0) {
			read_count(reader, &report->totals[i], value);
			report->told |= (uint8_t)(1 << i);
			return true;
		}
	return false;
}

static bool
read_report_text(struct reader *reader, struct report *report, const char *key,
		 const char *value)
{
	for (size_t i = 0; i < LENGTH(report_texts); i++)
		if (strcmp(report_texts[i].name, key) == 0) {
			read_text(reader,
				  (char *)report + report_texts[i].offset,
				  report_texts[i].size, value);
			return true;
		}
	if (report->type == REPORT_TALLY)
		return read_total(reader, report, key, value);
	for (size_t i = 0; i < COUNT_KINDS; i++)
		if (strcmp(count_names[i], key) == 0) {
			read_count(reader, &report->counts[i], value);
			return true;
		}
	return false;
}

static void
read_names(struct reader *reader, struct report *report, const char *text)
{
	struct name_list list = read_list(reader, text);

	for (size_t i = 0; i < list.count; i++)
		if (!report_add_name(report, list.names[i]))
			reader_fail(reader, "too many", text);
}

/* What a finding does not tell, it says nothing of. */
static void
read_type(struct reader *reader, struct report *report, const char *value)
{
	report->type = (enum report_type)READ_NAME(reader, types, value);
	if (report->type == REPORT_TALLY)
		report_be_tally(report);
	if (report->type == REPORT_FINDING) {
		report->assessment = ASSESSMENT_UNSPECIFIED;
		report->attribution = ATTRIBUTION_UNSPECIFIED;
	}
}

static void
read_report_pair(struct reader *reader, struct item *item, const char *key,
		 const char *value)
{
	struct report *report = &item->report;

	if (strcmp(key, "time") == 0)
		item->time_ms = read_number(reader, value);
	else if (strcmp(key, "joined") == 0)
		item->joined = true;
	else if (strcmp(key, "busy") == 0)
		item->busy = true;
	else if (strcmp(key, "by") == 0)
		item->clock_ms = read_number(reader, value);
	else if (strcmp(key, "ran") == 0)
		item->ran_until = read_number(reader, value);
	else if (strcmp(key, "setup") == 0)
		item->setup =
			(size_t)read_number(reader, value) % SCENARIO_SETUPS;
	else if (strcmp(key, "type") == 0)
		read_type(reader, report, value);
	else if (strcmp(key, "denies") == 0)
		report->denies = true;
	else if (strcmp(key, "reports") == 0)
		read_names(reader, report, value);
	else if (strcmp(key, "status") == 0)
		report->status =
			(enum status)READ_NAME(reader, statuses, value);
	else if (strcmp(key, "revision") == 0)
		report->revision = (uint32_t)read_number(reader, value);
	else if (strcmp(key, "feed_seq") == 0)
		report->feed_seq = (uint64_t)read_number(reader, value);
	else if (strcmp(key, "reported") == 0)
		report->reported_at = read_number(reader, value);
	else if (strcmp(key, "occurred") == 0)
		report->occurred_at = read_number(reader, value);
	else if (strcmp(key, "until") == 0)
		report->occurred_until = read_number(reader, value);
	else if (strcmp(key, "since") == 0)
		report->since_at = read_number(reader, value);
	else if (strcmp(key, "period") == 0)
		report->period_ms = read_number(reader, value);
	else if (strcmp(key, "kind") == 0)
		report->kind = READ_SPELLING(reader, enum kind, KINDS,
					     kind_name, value);
	else if (strcmp(key, "target") == 0)
		report->target = READ_SPELLING(reader, enum target, TARGETS,
					       target_name, value);
	else if (strcmp(key, "assessment") == 0)
		report->assessment =
			(enum assessment)READ_NAME(reader, assessments, value);
	else if (strcmp(key, "attribution") == 0)
		report->attribution =
			(enum attribution)READ_NAME(reader, attributions,
						    value);
	else if (!read_report_text(reader, report, key, value))
		reader_fail(reader, "unknown key", key);
}

static void
read_matcher(struct reader *reader, struct command *command, const char *name,
	     const char *value)
{
	struct matcher *matcher = &command->matchers[command->matchers_count];

	if (command->matchers_count == MATCHERS_MAX) {
		reader_fail(reader, "too many", name);
		return;
	}
	command->matchers_count++;
	read_text(reader, matcher->name, NAME_SIZE, name);
	read_text(reader, matcher->value, TEXT_SIZE, value);
}

/* False: it is no key of a silence. */
static bool
read_silence_pair(struct reader *reader, struct command *command,
		  const char *key, const char *value)
{
	if (strcmp(key, "number") == 0)
		command->silence = (uint64_t)read_number(reader, value);
	else if (strcmp(key, "until") == 0)
		command->until_at = read_number(reader, value);
	else if (strcmp(key, "up_to") == 0)
		command->up_to =
			(enum severity)READ_NAME(reader, severities, value);
	else if (strncmp(key, "match.", 6) == 0)
		read_matcher(reader, command, key + 6, value);
	else
		return false;
	return true;
}

/* False: it is no key of what is said of a deadline. */
static bool
read_deadline_pair(struct reader *reader, struct command *command,
		   const char *key, const char *value)
{
	if (strcmp(key, "agreement") == 0)
		read_text(reader, command->agreement, NAME_SIZE, value);
	else if (strcmp(key, "name") == 0)
		read_text(reader, command->deadline, NAME_SIZE, value);
	else if (strcmp(key, "at") == 0)
		command->at = read_number(reader, value);
	else
		return false;
	return true;
}

static void
read_command_pair(struct reader *reader, struct item *item, const char *key,
		  const char *value)
{
	struct command *command = &item->command;

	if (strcmp(key, "time") == 0)
		item->time_ms = read_number(reader, value);
	else if (strcmp(key, "episode") == 0)
		command->episode_seq = (uint64_t)read_number(reader, value);
	else if (strcmp(key, "back") == 0)
		item->back = (unsigned)read_number(reader, value);
	else if (strcmp(key, "for") == 0)
		command->for_ms = read_number(reader, value);
	else if (strcmp(key, "by") == 0)
		read_text(reader, command->author, TEXT_SIZE, value);
	else if (strcmp(key, "comment") == 0)
		read_text(reader, command->comment, COMMENT_SIZE, value);
	else if (strcmp(key, "part") == 0)
		item->part = (enum engine_part)READ_NAME(reader, parts, value);
	else if (!read_silence_pair(reader, command, key, value) &&
		 !read_deadline_pair(reader, command, key, value))
		reader_fail(reader, "unknown key", key);
}

static void
read_item(struct reader *reader, struct scenario *scenario, enum step_kind kind,
	  enum command_kind command, char *line)
{
	int64_t time_ms =
		scenario->items_count > 0
			? scenario->items[scenario->items_count - 1].time_ms
			: 0;
	struct item *item = scenario_add(scenario);
	char *key;
	char *value;

	item->kind = kind;
	item->command.kind = command;
	item->command.up_to = SEVERITY_EXTREME;
	item->time_ms = time_ms;
	item->ran_until = time_ms;
	if (scenario->setups[0].agreements_count > 0)
		strcpy(item->report.agreement,
		       scenario->setups[0].agreements[0].id);
	while (line_pair(&line, &key, &value))
		if (kind == STEP_COMMAND)
			read_command_pair(reader, item, key, value);
		else
			read_report_pair(reader, item, key, value);
	report_hash(&item->report);
}

/* That which the next lines tell: the start's, or that of the last reload,
 * which is one more unless it says `setup`. */
static struct setup *
read_setup(struct scenario *scenario)
{
	if (scenario->items_count == 0)
		return &scenario->setups[0];
	struct item *item = &scenario->items[scenario->items_count - 1];
	if (item->kind == STEP_CONFIG && item->setup == 0 &&
	    scenario->setups_count < SCENARIO_SETUPS)
		item->setup = scenario->setups_count;
	if (scenario->setups_count <= item->setup)
		scenario->setups_count = item->setup + 1;
	return &scenario->setups[item->setup];
}

/* What the last item is expected to give. */
static void
read_expected(struct reader *reader, struct scenario *scenario, bool alert,
	      char *line)
{
	char all[16 * LINE_SIZE];

	if (scenario->items_count == 0) {
		reader_fail(reader, "a report comes first", line);
		return;
	}
	struct item *item = &scenario->items[scenario->items_count - 1];
	if (!alert) {
		item->receipt = text_keep(line);
		return;
	}
	snprintf(all, sizeof(all), "%s%s\n", item->alerts ? item->alerts : "",
		 line);
	item->alerts = text_keep(all);
	scenario->tells_alerts = true;
}

static void
read_line(struct reader *reader, struct scenario *scenario, const char *word,
	  char *rest)
{
	if (strcmp(word, "clock") == 0) {
		char *key;
		char *value;
		if (line_pair(&rest, &key, &value))
			scenario->clock =
				(enum clock)READ_NAME(reader, clocks, key);
	} else if (strcmp(word, "limits") == 0) {
		read_limits(reader, &scenario->limits, rest);
	} else if (strcmp(word, "drill_limits") == 0) {
		read_limits(reader, &scenario->drill_limits, rest);
	} else if (strcmp(word, "source") == 0) {
		read_source(reader, read_setup(scenario), rest);
	} else if (strcmp(word, "agreement") == 0) {
		read_agreement(reader, read_setup(scenario), rest);
	} else if (strcmp(word, "deadline") == 0) {
		read_deadline(reader, read_setup(scenario), rest);
	} else if (strcmp(word, "rule") == 0) {
		read_rule(reader, read_setup(scenario), rest);
	} else if (strcmp(word, "level") == 0) {
		read_level(reader, read_setup(scenario), rest);
	} else if (strcmp(word, "report") == 0) {
		read_item(reader, scenario, STEP_REPORTS, COMMAND_NONE, rest);
	} else if (strcmp(word, "tick") == 0) {
		read_item(reader, scenario, STEP_TICK, COMMAND_NONE, rest);
	} else if (strcmp(word, "clock_step") == 0) {
		read_item(reader, scenario, STEP_CLOCK, COMMAND_NONE, rest);
	} else if (strcmp(word, "config") == 0) {
		read_item(reader, scenario, STEP_CONFIG, COMMAND_NONE, rest);
	} else if (strcmp(word, "start") == 0) {
		read_item(reader, scenario, STEP_START, COMMAND_NONE, rest);
	} else if (strcmp(word, "acknowledge") == 0) {
		read_item(reader, scenario, STEP_COMMAND, COMMAND_ACKNOWLEDGE,
			  rest);
	} else if (strcmp(word, "retract") == 0) {
		read_item(reader, scenario, STEP_COMMAND, COMMAND_RETRACT,
			  rest);
	} else if (strcmp(word, "silence") == 0) {
		read_item(reader, scenario, STEP_COMMAND, COMMAND_SILENCE,
			  rest);
	} else if (strcmp(word, "unsilence") == 0) {
		read_item(reader, scenario, STEP_COMMAND, COMMAND_UNSILENCE,
			  rest);
	} else if (strncmp(word, "deadline_", 9) == 0) {
		read_item(reader, scenario, STEP_COMMAND,
			  (enum command_kind)READ_NAME(reader, command_words,
						       word),
			  rest);
	} else if (strcmp(word, "receipt") == 0) {
		read_expected(reader, scenario, false, rest);
	} else if (strcmp(word, "alert") == 0) {
		read_expected(reader, scenario, true, rest);
	} else if (strcmp(word, "quiet") == 0) {
		scenario->tells_alerts = true;
	} else if (strcmp(word, "refused") == 0) {
		scenario->refused = true;
	} else {
		reader_fail(reader, "unknown word", word);
	}
}

int
scenario_read(FILE *file, const char *path, unsigned *line,
	      struct scenario *ret_scenario)
{
	struct reader reader = {.path = path, .line = *line};
	char text[LINE_SIZE];
	bool begun = false;
	long before = ftell(file);

	scenario_init(ret_scenario);
	while (fgets(text, sizeof(text), file)) {
		char *rest = text + strspn(text, " \t");
		rest[strcspn(rest, "\n")] = '\0';
		char *word = strsep(&rest, " \t");
		if (strcmp(word, "case") == 0 && begun) {
			fseek(file, before, SEEK_SET);
			break;
		}
		reader.line++;
		before = ftell(file);
		if (*word == '\0' || *word == '#')
			continue;
		begun = true;
		if (!rest)
			rest = strchr(word, '\0');
		if (strcmp(word, "case") == 0)
			snprintf(ret_scenario->title,
				 sizeof(ret_scenario->title), "%s", rest);
		else
			read_line(&reader, ret_scenario, word, rest);
	}
	*line = reader.line;
	if (reader.failed)
		return -1;
	return begun;
}

static void
write_list(FILE *file, const char *key, const char *const *names, size_t count)
{
	if (count == 0)
		return;
	fprintf(file, " %s=", key);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%s%s", i ? "," : "", names[i]);
}

static void
write_names(FILE *file, const char *key, const struct name_list *list)
{
	write_list(file, key, list->names, list->count);
}

static void
write_duration(FILE *file, const char *key, int64_t value)
{
	if (value != 0)
		fprintf(file, " %s=%" PRId64, key, value);
}

static void
write_match(FILE *file, const struct match *match)
{
	const char *names[64];
	size_t count = 0;

	write_names(file, "match.agreement", &match->agreement);
	write_names(file, "match.source", &match->source);
	write_names(file, "match.feed", &match->feed);
	write_names(file, "match.party", &match->party);
	write_names(file, "match.against", &match->against);
	write_names(file, "match.country", &match->country);
	write_names(file, "match.admin", &match->admin);
	for (unsigned i = 0; i < KINDS; i++)
		if (match->kinds >> i & 1)
			names[count++] = kind_name((enum kind)i);
	write_list(file, "match.kind", names, count);
	count = 0;
	for (unsigned i = 0; i < TARGETS; i++)
		if (match->targets >> i & 1)
			names[count++] = target_name((enum target)i);
	write_list(file, "match.target", names, count);
	if (match->disputed != EITHER)
		fprintf(file, " match.disputed=%s", tristates[match->disputed]);
	if (match->min_assessment != ASSESSMENT_UNSPECIFIED)
		fprintf(file, " match.min_assessment=%s",
			assessments[match->min_assessment]);
	if (match->min_attribution != ATTRIBUTION_UNSPECIFIED)
		fprintf(file, " match.min_attribution=%s",
			attributions[match->min_attribution]);
	if (match->min_sources)
		fprintf(file, " match.min_sources=%" PRIu32,
			match->min_sources);
}

static void
write_spike(FILE *file, const struct spike *spike)
{
	fprintf(file,
		" kind=spike method=%s baseline=%" PRIu32
		" min_sigma=%.15g min_count=%" PRIu32,
		spike_method_name(spike->method), spike->baseline,
		spike->min_sigma, spike->min_count);
}

static void
write_counters(FILE *file, const struct rule *rule)
{
	fprintf(file, " kind=%s", rule_kind_name(rule->kind));
	if (rule->window_kind == WINDOW_LATEST)
		fprintf(file, " window=latest");
	write_duration(file, "max_age", rule->max_age_ms);
	if (rule->min_gap != 0)
		fprintf(file, " min_gap=%" PRIu32, rule->min_gap);
}

static void
write_watch(FILE *file, const struct rule *rule)
{
	fprintf(file, " kind=%s", rule_kind_name(rule->kind));
	write_names(file, "expect", &rule->expect);
	write_names(file, "deadlines", &rule->deadlines);
	write_duration(file, "after", rule->after_ms);
	write_duration(file, "active_from", rule->active.from_ms);
	write_duration(file, "active_length", rule->active.length_ms);
}

static void
write_deadline(FILE *file, const struct deadline *deadline)
{
	fprintf(file, "deadline %s due=%" PRId64, deadline->name,
		deadline->due_at);
	for (size_t i = 0; i < deadline->warn_before_count; i++)
		fprintf(file, "%s%" PRId64,
			i ? "," : " warn=", deadline->warn_before_ms[i]);
	fputc('\n', file);
}

static void
write_rule(FILE *file, const struct rule *rule)
{
	const char *names[GROUP_BY_MAX];

	fprintf(file, "rule %s measure=%s basis=%s", rule->name,
		measure_name(rule->measure), basis_name(rule->basis));
	if (rule->window_kind == WINDOW_NONE)
		write_watch(file, rule);
	if (rule->kind == RULE_SPIKE)
		write_spike(file, &rule->spike);
	if (rule_is_of_tallies(rule))
		write_counters(file, rule);
	if (rule->window_kind == WINDOW_AGREEMENT)
		fprintf(file, " window=agreement");
	if (rule->window_kind == WINDOW_EVENT)
		fprintf(file, " window=event");
	write_duration(file, "window", rule->window_ms);
	write_duration(file, "resolution", rule->resolution_ms);
	write_duration(file, "late", rule->late_ms);
	write_duration(file, "for", rule->for_ms);
	write_duration(file, "keep_firing", rule->keep_firing_ms);
	write_duration(file, "update_every", rule->update_every_ms);
	write_duration(file, "remind", rule->remind_ms);
	write_duration(file, "escalate_after", rule->escalate_after_ms);
	if (rule->time != TIME_OCCURRED)
		fprintf(file, " time=%s", time_fields[rule->time]);
	for (size_t i = 0; i < rule->group_by_count; i++)
		names[i] = field_name(rule->group_by[i]);
	if (rule->window_kind != WINDOW_NONE)
		write_list(file, "group_by", names, rule->group_by_count);
	write_match(file, &rule->match);
	fputc('\n', file);
	for (size_t i = 0; i < rule->levels_count; i++)
		fprintf(file, "level at=%.15g clear=%.15g severity=%s\n",
			rule->levels[i].at, rule->levels[i].clear,
			severities[rule->levels[i].severity]);
}

static void
write_limits(FILE *file, const char *word, const struct limits *limits)
{
	fprintf(file,
		"%s reports=%" PRIu32 " groups=%" PRIu32 " buckets=%" PRIu32
		" episodes=%" PRIu32 " names=%" PRIu32 "\n",
		word, limits->reports, limits->groups, limits->buckets,
		limits->episodes, limits->names);
}

static void
write_time(FILE *file, const char *key, int64_t time)
{
	if (time != TIME_UNSET)
		fprintf(file, " %s=%" PRId64, key, time);
}

static void
write_count(FILE *file, const char *name, const struct count *count)
{
	fprintf(file, " %s=%" PRIu32 "/%" PRIu32 "/%" PRIu32 "%s", name,
		count->low, count->best, count->high,
		count->at_least ? "+" : "");
}

static void
write_report(FILE *file, const struct report *report)
{
	struct report plain;

	report_init(&plain);
	if (report->type == REPORT_TALLY)
		report_be_tally(&plain);
	if (report->type != REPORT_INCIDENT)
		fprintf(file, " type=%s", types[report->type]);
	if (report->type == REPORT_FINDING) {
		plain.assessment = ASSESSMENT_UNSPECIFIED;
		plain.attribution = ATTRIBUTION_UNSPECIFIED;
	}
	if (report->status != plain.status)
		fprintf(file, " status=%s", statuses[report->status]);
	for (size_t i = 0; i < LENGTH(report_texts); i++) {
		const char *text =
			(const char *)report + report_texts[i].offset;
		if (*text != '\0')
			fprintf(file, " %s=%s", report_texts[i].name, text);
	}
	if (report->revision != 1)
		fprintf(file, " revision=%" PRIu32, report->revision);
	write_duration(file, "feed_seq", (int64_t)report->feed_seq);
	write_time(file, "reported", report->reported_at);
	write_time(file, "occurred", report->occurred_at);
	write_time(file, "until", report->occurred_until);
	write_time(file, "since", report->since_at);
	write_duration(file, "period", report->period_ms);
	const char *name = report->reports;
	for (size_t i = 0; i < report->reports_count; i++) {
		fprintf(file, "%s%s", i ? "," : " reports=", name);
		name += strlen(name) + 1;
	}
	if (report->denies)
		fprintf(file, " denies");
	if (report->kind != KIND_UNSPECIFIED)
		fprintf(file, " kind=%s", kind_name(report->kind));
	if (report->target != TARGET_UNSPECIFIED)
		fprintf(file, " target=%s", target_name(report->target));
	if (report->assessment != plain.assessment)
		fprintf(file, " assessment=%s",
			assessments[report->assessment]);
	if (report->attribution != plain.attribution)
		fprintf(file, " attribution=%s",
			attributions[report->attribution]);
	for (size_t i = 0; i < COUNT_KINDS; i++) {
		const struct count *count = &report->counts[i];
		if (memcmp(count, &plain.counts[i], sizeof(*count)) != 0)
			write_count(file, count_names[i], count);
	}
	for (size_t i = 0; i < TALLY_COUNTS; i++)
		if (report->told >> i & 1)
			write_count(file, tally_names[i], &report->totals[i]);
}

static void
write_setup(FILE *file, const struct setup *setup)
{
	for (size_t i = 0; i < setup->sources_count; i++) {
		const struct source *source = &setup->sources[i];
		fprintf(file, "source %s at_most=%s", source->name,
			assessments[source->at_most]);
		if (source->origin[0] != '\0')
			fprintf(file, " origin=%s", source->origin);
		fputc('\n', file);
	}
	for (size_t i = 0; i < setup->agreements_count; i++) {
		const struct agreement *agreement = &setup->agreements[i];
		fprintf(file, "agreement %s effective=%" PRId64, agreement->id,
			agreement->effective_at);
		write_duration(file, "day_starts", agreement->day_starts_ms);
		write_list(file, "parties", agreement->parties,
			   agreement->parties_count);
		fputc('\n', file);
		for (size_t k = 0; k < agreement->deadlines_count; k++)
			write_deadline(file, &agreement->deadlines[k]);
	}
	for (size_t i = 0; i < setup->rules_count; i++)
		write_rule(file, &setup->rules[i]);
}

static void
write_silence(FILE *file, const struct command *command)
{
	if (command->for_ms == 0)
		fprintf(file, " until=%" PRId64, command->until_at);
	fprintf(file, " up_to=%s", severities[command->up_to]);
	for (size_t i = 0; i < command->matchers_count; i++)
		fprintf(file, " match.%s=%s", command->matchers[i].name,
			command->matchers[i].value);
}

static void
write_command(FILE *file, const struct item *item)
{
	const struct command *command = &item->command;

	if (command->kind == COMMAND_SILENCE)
		write_silence(file, command);
	else if (command->kind == COMMAND_UNSILENCE)
		fprintf(file, " number=%" PRIu64, command->silence);
	else if (command_is_of_deadline(command))
		fprintf(file, " agreement=%s name=%s at=%" PRId64,
			command->agreement, command->deadline, command->at);
	else if (item->back > 0)
		fprintf(file, " back=%u", item->back);
	else
		fprintf(file, " episode=%" PRIu64, command->episode_seq);
	write_duration(file, "for", command->for_ms);
	fprintf(file, " by=%s", command->author);
	if (command->comment[0] != '\0')
		fprintf(file, " comment=%s", command->comment);
	if (item->part != ENGINE_REAL)
		fprintf(file, " part=%s", parts[item->part]);
}

static void
write_item(FILE *file, const struct item *item)
{
	bool command = item->kind == STEP_COMMAND;

	fprintf(file, "%s time=%" PRId64,
		command ? command_words[item->command.kind]
			: item_words[item->kind],
		item->time_ms);
	if (item->joined)
		fprintf(file, " joined");
	if (item->busy)
		fprintf(file, " busy");
	write_duration(file, "by", item->clock_ms);
	if (item->kind == STEP_START)
		fprintf(file, " ran=%" PRId64, item->ran_until);
	if (item->setup > 0)
		fprintf(file, " setup=%zu", item->setup);
	if (command)
		write_command(file, item);
	if (item->kind == STEP_REPORTS)
		write_report(file, &item->report);
	fputc('\n', file);
}

void
scenario_write(FILE *file, const struct scenario *scenario)
{
	bool written[SCENARIO_SETUPS] = {true};

	fprintf(file, "case %s\nclock %s\n", scenario->title,
		clocks[scenario->clock]);
	write_limits(file, "limits", &scenario->limits);
	write_limits(file, "drill_limits", &scenario->drill_limits);
	write_setup(file, &scenario->setups[0]);
	for (size_t i = 0; i < scenario->items_count; i++) {
		const struct item *item = &scenario->items[i];
		write_item(file, item);
		if (!written[item->setup])
			write_setup(file, &scenario->setups[item->setup]);
		written[item->setup] = true;
	}
}

/* The keys of an alert, as `alert` lines spell them. */
static const char *const alert_keys[] = {"seq",
					 "episode",
					 "references",
					 "type",
					 "state",
					 "cause",
					 "status",
					 "rule",
					 "agreement",
					 "labels",
					 "severity",
					 "certainty",
					 "urgency",
					 "measure",
					 "sums",
					 "events",
					 "attributed",
					 "disputed",
					 "at_least",
					 "basis",
					 "statistic",
					 "value",
					 "threshold",
					 "window",
					 "onset",
					 "at",
					 "began",
					 "evidence",
					 "corrected",
					 "headline",
					 "instruction",
					 "web",
					 "acknowledged_by",
					 "acknowledged_at",
					 "comment",
					 "one_event",
					 "figure",
					 "compared",
					 "met_at"};

const char *
alert_key(size_t index)
{
	return index < LENGTH(alert_keys) ? alert_keys[index] : NULL;
}

static void
labels_value(const struct alert *alert, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < alert->labels_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s:%s",
					 i ? "," : "", alert->labels[i].name,
					 alert->labels[i].value);
}

static void
evidence_value(const struct alert *alert, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < alert->evidence_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used,
					 "%s%s/%s@%" PRIu32, i ? "," : "",
					 alert->evidence[i].source,
					 alert->evidence[i].id,
					 alert->evidence[i].revision);
}

/* The figures that are apart; our own sum has no name. */
static void
compared_value(const struct alert *alert, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < alert->compared_count && used < size; i++) {
		const struct compared *one = &alert->compared[i];
		used += (size_t)snprintf(text + used, size - used,
					 "%s%s:%" PRIu64 "/%" PRIu64 "%s",
					 i ? "," : "", one->source, one->low,
					 one->high, one->at_least ? "+" : "");
	}
}

static void
correction_value(const struct alert *alert, char *text, size_t size)
{
	const struct correction *correction = &alert->correction;

	text[0] = '\0';
	if (correction->report.source[0] != '\0')
		snprintf(text, size, "%s/%s@%" PRIu32 ",%s,%s,%" PRIu64,
			 correction->report.source, correction->report.id,
			 correction->report.revision,
			 assessments[correction->assessment],
			 correction->revises ? "revises" : "new",
			 correction->before);
}

static bool
alert_number(const struct alert *alert, const char *key, int64_t *ret_number)
{
	const struct {
		const char *key;
		int64_t number;
	} numbers[] = {
		{"seq", (int64_t)alert->seq},
		{"episode", (int64_t)alert->episode_seq},
		{"references", (int64_t)alert->references_seq},
		{"events", alert->sums.events},
		{"attributed", alert->sums.attributed},
		{"disputed", alert->sums.disputed},
		{"at_least", alert->sums.at_least},
		{"window", alert->window_ms},
		{"onset", alert->onset_at},
		{"at", alert->sent_at},
		{"began", alert->began_at},
	};

	for (size_t i = 0; i < LENGTH(numbers); i++)
		if (strcmp(numbers[i].key, key) == 0) {
			*ret_number = numbers[i].number;
			return true;
		}
	return false;
}

static const char *
alert_word(const struct alert *alert, const char *key)
{
	const struct {
		const char *key;
		const char *word;
	} words[] = {
		{"type", msg_types[alert->msg_type]},
		{"state", states[alert->state]},
		{"cause", cause_name(alert->cause)},
		{"status", statuses[alert->status]},
		{"rule", alert->rule},
		{"agreement", alert->agreement},
		{"severity", severities[alert->severity]},
		{"certainty", certainties[alert->certainty]},
		{"urgency", urgencies[alert->urgency]},
		{"measure", alert->measure},
		{"basis", basis_name(alert->basis)},
		{"statistic", alert->statistic},
		{"headline", alert->headline},
		{"instruction", alert->instruction},
		{"web", alert->web},
		{"one_event", alert->one_event ? "true" : "false"},
		{"figure", figures[alert->figure]},
		{"acknowledged_by", alert->acknowledged_by},
		{"comment", alert->comment},
	};

	for (size_t i = 0; i < LENGTH(words); i++)
		if (strcmp(words[i].key, key) == 0)
			return words[i].word ? words[i].word : "(null)";
	return NULL;
}

static void
time_value(int64_t time, char *text, size_t size)
{
	text[0] = '\0';
	if (time != TIME_UNSET)
		snprintf(text, size, "%" PRId64, time);
}

bool
alert_value(const struct alert *alert, const char *key, char *ret_text,
	    size_t size)
{
	const char *word = alert_word(alert, key);
	int64_t number;

	if (word)
		snprintf(ret_text, size, "%s", word);
	else if (strcmp(key, "acknowledged_at") == 0)
		time_value(alert->acknowledged_at, ret_text, size);
	else if (strcmp(key, "met_at") == 0)
		time_value(alert->about == ABOUT_DEADLINE ? alert->met_at
							  : TIME_UNSET,
			   ret_text, size);
	else if (alert_number(alert, key, &number))
		snprintf(ret_text, size, "%" PRId64, number);
	else if (strcmp(key, "value") == 0)
		snprintf(ret_text, size, "%.15g", alert->value);
	else if (strcmp(key, "threshold") == 0)
		snprintf(ret_text, size, "%.15g", alert->threshold);
	else if (strcmp(key, "labels") == 0)
		labels_value(alert, ret_text, size);
	else if (strcmp(key, "corrected") == 0)
		correction_value(alert, ret_text, size);
	else if (strcmp(key, "evidence") == 0)
		evidence_value(alert, ret_text, size);
	else if (strcmp(key, "compared") == 0)
		compared_value(alert, ret_text, size);
	else if (strcmp(key, "sums") == 0)
		snprintf(ret_text, size,
			 "%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64,
			 alert->sums.by_basis[0], alert->sums.by_basis[1],
			 alert->sums.by_basis[2], alert->sums.by_basis[3]);
	else
		return false;
	return true;
}

bool
receipt_value(const struct receipt *receipt, const char *key, char *ret_text,
	      size_t size)
{
	if (strcmp(key, "verdict") == 0)
		snprintf(ret_text, size, "%s", verdict_name(receipt->verdict));
	else if (strcmp(key, "reason") == 0)
		snprintf(ret_text, size, "%s", reason_name(receipt->reason));
	else if (strcmp(key, "field") == 0)
		snprintf(ret_text, size, "%s", receipt->field);
	else if (strcmp(key, "position") == 0)
		snprintf(ret_text, size, "%" PRIu64, receipt->position);
	else
		return false;
	return true;
}

void
alert_write(FILE *file, const struct alert *alert)
{
	char text[LINE_SIZE];

	fprintf(file, "alert");
	for (size_t i = 0; i < LENGTH(alert_keys); i++)
		if (alert_value(alert, alert_keys[i], text, sizeof(text)) &&
		    *text != '\0')
			fprintf(file, " %s=%s", alert_keys[i], text);
	fputc('\n', file);
}
