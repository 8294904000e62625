#include "core/headline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rule.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* --- A bounded text that is never cut inside a UTF-8 character. --- */

struct text {
	char *start;
	size_t size; /* with the NUL */
	size_t used;
	bool full; /* something was left out: nothing more is added */
};

static struct text
text_begin(char *start, size_t size)
{
	if (size > 0)
		start[0] = '\0';
	return (struct text){.start = start, .size = size, .full = size == 0};
}

static bool
utf8_continues(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

static void
text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	if (text->full)
		return;
	size_t room = text->size - 1 - text->used;
	if (count > room) {
		text->full = true;
		count = room;
		while (count > 0 && utf8_continues(bytes[count]))
			count--;
	}
	memcpy(text->start + text->used, bytes, count);
	text->used += count;
	text->start[text->used] = '\0';
}

static void
text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

/* For numbers and short words only: a name may be longer than the buffer. */
__attribute__((format(printf, 2, 3))) static void
text_print(struct text *text, const char *format, ...)
{
	char buffer[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	text_add(text, buffer);
}

/* --- The words for what is counted, and over what time. --- */

struct noun {
	const char *name;
	const char *one;
	const char *many;
};

static const struct noun nouns[] = {
	{"violations", "violation", "violations"},
	{"events", "event", "events"},
	{"killed", "killed", "killed"},
	{"injured", "injured", "injured"},
	{"casualties", "casualty", "casualties"},
	{"civilians_killed", "civilian killed", "civilians killed"},
	{"civilians_injured", "civilian injured", "civilians injured"},
	{"children_killed", "child killed", "children killed"},
	{"children_injured", "child injured", "children injured"},
	{"missing", "missing", "missing"},
	{"sources", "source", "sources"},
	{"places", "place", "places"},
	{"killed_in_period", "killed", "killed"},
	{"injured_in_period", "injured", "injured"},
};

static const char *
measure_words(const char *measure, uint64_t value)
{
	for (size_t i = 0; i < LENGTH(nouns); i++)
		if (strcmp(nouns[i].name, measure) == 0)
			return value == 1 ? nouns[i].one : nouns[i].many;
	return measure;
}

/* "24 h", not "1 d": a day could be taken for a calendar day. */
static void
duration_add(struct text *text, int64_t duration_ms)
{
	static const struct {
		int64_t ms;
		int64_t least;
		const char *unit;
	} units[] = {
		{86400000, 2, "d"}, {3600000, 1, "h"}, {60000, 2, "min"},
		{1000, 1, "s"},	    {1, 1, "ms"},
	};

	for (size_t i = 0; i < LENGTH(units); i++)
		if (duration_ms % units[i].ms == 0 &&
		    duration_ms / units[i].ms >= units[i].least) {
			text_print(text, "%" PRId64 " %s",
				   duration_ms / units[i].ms, units[i].unit);
			return;
		}
	text_print(text, "%" PRId64 " ms", duration_ms);
}

/* In one unit, which is small enough to say two of it. */
static void
about_duration_add(struct text *text, int64_t duration_ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}};
	size_t i = 0;

	while (i < LENGTH(units) && duration_ms < 2 * units[i].ms)
		i++;
	int64_t ms = i < LENGTH(units) ? units[i].ms : 1000;
	text_print(text, "%" PRId64 " %s", (duration_ms + ms / 2) / ms,
		   i < LENGTH(units) ? units[i].unit : "s");
}

static const int64_t day_ms = 86400000;

/* Whole days since 1970-01-01, and how much of the day. */
static int64_t
days_of(int64_t at, int64_t *ret_of_day)
{
	int64_t days = at / day_ms - (at % day_ms < 0);

	*ret_of_day = at - days * day_ms;
	return days;
}

/* Years begin in March here, so that a leap day ends one: those of 400 of them
 * are 146,097 days. */
static void
date_add(struct text *text, int64_t days)
{
	int64_t since = days + 719468; /* 0000-03-01 */
	int64_t era = since / 146097 - (since % 146097 < 0);
	int64_t of_era = since - era * 146097;
	int64_t year =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	year += era * 400 + (month >= 10);
	month += month < 10 ? 3 : -9;
	text_print(text, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month,
		   day);
}

/* The date that a time has where the agreement's days are counted. */
static void
day_add(struct text *text, const struct alert *alert, int64_t at)
{
	int64_t of_day;

	date_add(text, days_of(at + alert->zone_ms, &of_day));
}

static void
stamp_add(struct text *text, int64_t at)
{
	int64_t of_day;

	date_add(text, days_of(at, &of_day));
	text_print(text, "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "Z",
		   of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60);
}

/* What is told in words of when it began, not of how long a window is. */
static bool
is_since_onset(const struct alert *alert)
{
	return alert->figure == FIGURE_TOTAL || alert->figure == FIGURE_MORE ||
	       alert->figure == FIGURE_GAP;
}

static void
onset_add(struct text *text, const struct alert *alert)
{
	text_add(text, "since ");
	day_add(text, alert, alert->onset_at);
}

/* With its preposition: "in 24 h". */
static void
window_add(struct text *text, const struct alert *alert)
{
	if (alert->one_event) {
		text_add(text, "in one event");
		return;
	}
	if (alert->figure == FIGURE_PERIOD) {
		text_add(text, "in the latest period");
		return;
	}
	if (is_since_onset(alert)) {
		onset_add(text, alert);
		return;
	}
	if (alert->window_ms == 0) {
		text_add(text, "since the cease-fire took effect");
		return;
	}
	text_add(text, "in ");
	duration_add(text, alert->window_ms);
}

static void
number_add(struct text *text, double number)
{
	text_print(text, "%.15g", number);
}

static void
threshold_add(struct text *text, const struct alert *alert)
{
	number_add(text, alert->threshold);
	if (alert->figure == FIGURE_GAP)
		text_add(text, " %");
}

/* --- What an alert is about. --- */

static uint64_t
sum(const struct alert *alert, enum basis basis)
{
	return alert->sums.by_basis[basis];
}

static uint64_t
value_of(const struct alert *alert)
{
	return sum(alert, alert->basis);
}

/* Its values are seconds. */
static bool
is_of_time(const struct alert *alert)
{
	return alert->about == ABOUT_SILENCE || alert->about == ABOUT_DEADLINE;
}

static int64_t
threshold_ms(const struct alert *alert)
{
	return llabs((int64_t)(alert->threshold * 1000));
}

static bool
is_ours(const struct alert *alert)
{
	return alert->status == STATUS_SYSTEM ||
	       strcmp(alert->agreement, "truced") == 0;
}

static const char *
label_find(const struct alert *alert, const char *name)
{
	for (size_t i = 0; i < alert->labels_count; i++)
		if (strcmp(alert->labels[i].name, name) == 0)
			return alert->labels[i].value;
	return "";
}

static void
party_add(struct text *text, const struct alert *alert, const char *party)
{
	const struct sums *sums = &alert->sums;

	if (party[0] == '\0') {
		text_add(text, "unknown");
		return;
	}
	if (sums->events == 0 || sums->attributed < sums->events)
		text_add(text, "allegedly ");
	text_add(text, party);
}

/* --- Templates. --- */

enum word {
	WORD_NONE,
	WORD_REPORTED,
	WORD_CONFIRMED,
	WORD_SUPPORTED,
	WORD_UPPER,
	WORD_VALUE,
	WORD_THRESHOLD,
	WORD_WINDOW,
	WORD_AGREEMENT,
	WORD_RULE,
	WORD_MEASURE,
	WORD_DUE,
	WORDS
};

static const char *const words[WORDS] = {
	[WORD_REPORTED] = "reported",
	[WORD_CONFIRMED] = "confirmed",
	[WORD_SUPPORTED] = "supported",
	[WORD_UPPER] = "upper",
	[WORD_VALUE] = "value",
	[WORD_THRESHOLD] = "threshold",
	[WORD_WINDOW] = "window",
	[WORD_AGREEMENT] = "agreement",
	[WORD_RULE] = "rule",
	[WORD_MEASURE] = "measure",
	[WORD_DUE] = "due",
};

static bool
is_name(const char *name, const char *bytes, size_t count)
{
	return strlen(name) == count && memcmp(name, bytes, count) == 0;
}

static enum word
word_find(const char *bytes, size_t count)
{
	for (int word = 1; word < WORDS; word++)
		if (is_name(words[word], bytes, count))
			return (enum word)word;
	return WORD_NONE;
}

/* FIELDS: there is none of that name. */
static enum field
field_find(const char *bytes, size_t count)
{
	for (int field = 0; field <= FIELD_DEADLINE; field++)
		if (is_name(field_name((enum field)field), bytes, count))
			return (enum field)field;
	return FIELDS;
}

static void
word_add(struct text *text, const struct alert *alert, enum word word)
{
	switch (word) {
	case WORD_NONE:
	case WORDS:
		break;
	case WORD_REPORTED:
		text_print(text, "%" PRIu64, sum(alert, BASIS_REPORTED));
		break;
	case WORD_CONFIRMED:
		text_print(text, "%" PRIu64, sum(alert, BASIS_CONFIRMED));
		break;
	case WORD_SUPPORTED:
		text_print(text, "%" PRIu64, sum(alert, BASIS_SUPPORTED));
		break;
	case WORD_UPPER:
		text_print(text, "%" PRIu64, sum(alert, BASIS_UPPER));
		break;
	case WORD_VALUE:
		if (alert->statistic[0])
			text_print(text, "%.3g", alert->value);
		else if (is_of_time(alert))
			about_duration_add(text,
					   (int64_t)value_of(alert) * 1000);
		else
			text_print(text, "%" PRIu64, value_of(alert));
		break;
	case WORD_THRESHOLD:
		if (is_of_time(alert))
			about_duration_add(text, threshold_ms(alert));
		else
			number_add(text, alert->threshold);
		break;
	case WORD_WINDOW:
		if (alert->one_event)
			text_add(text, "one event");
		else if (alert->figure == FIGURE_PERIOD)
			text_add(text, "the latest period");
		else if (is_since_onset(alert)) {
			text_add(text, "the time ");
			onset_add(text, alert);
		} else if (alert->window_ms == 0)
			text_add(text, "the time since the cease-fire took "
				       "effect");
		else
			duration_add(text, alert->window_ms);
		break;
	case WORD_AGREEMENT:
		text_add(text, alert->agreement);
		break;
	case WORD_RULE:
		text_add(text, alert->rule);
		break;
	case WORD_MEASURE:
		text_add(text, measure_words(alert->measure, value_of(alert)));
		break;
	case WORD_DUE:
		if (alert->about == ABOUT_DEADLINE)
			day_add(text, alert, alert->onset_at);
		else
			text_add(text, "unknown");
		break;
	}
}

static void
field_add(struct text *text, const struct alert *alert, enum field field)
{
	const char *value = label_find(alert, field_name(field));

	if (field == FIELD_PARTY)
		party_add(text, alert, value);
	else
		text_add(text, value[0] != '\0' ? value : "unknown");
}

static void
template_add(struct text *text, const struct alert *alert, const char *template)
{
	for (;;) {
		size_t plain = strcspn(template, "{");
		text_add_bytes(text, template, plain);
		template += plain;
		if (template[0] == '\0')
			return;
		size_t count = strcspn(template + 1, "{}");
		enum word word = word_find(template + 1, count);
		enum field field = field_find(template + 1, count);
		if (template[1 + count] != '}' ||
		    (word == WORD_NONE && field == FIELDS)) {
			text_add(text, "{");
			template += 1;
			continue;
		}
		if (word != WORD_NONE)
			word_add(text, alert, word);
		else
			field_add(text, alert, field);
		template += count + 2;
	}
}

void
template_render(const struct alert *alert, const char *template, char *ret_text,
		size_t size)
{
	struct text text = text_begin(ret_text, size);

	template_add(&text, alert, template);
}

bool
template_check(const char *template, char *ret_name, size_t size)
{
	while ((template = strchr(template, '{'))) {
		size_t count = strcspn(template + 1, "{}");
		if (template[1 + count] != '}' ||
		    (word_find(template + 1, count) == WORD_NONE &&
		     field_find(template + 1, count) == FIELDS)) {
			struct text name = text_begin(ret_name, size);
			text_add_bytes(&name, template + 1, count);
			return false;
		}
		template += count + 2;
	}
	return true;
}

/* --- The default headline. --- */

/* Of a spike: how far the sum stands out. Of a gap: in hundredths. */
static void
statistic_add(struct text *text, const struct alert *alert)
{
	if (alert->statistic[0])
		text_print(text, "%s %.3g%s", alert->statistic, alert->value,
			   alert->figure == FIGURE_GAP ? " %" : "");
}

static void
compared_add(struct text *text, const struct compared *compared)
{
	text_add(text, compared->source[0] ? compared->source : "our own sum");
	text_add(text, compared->at_least ? ": at least " : ": ");
	text_print(text, "%" PRIu64, compared->low);
	if (!compared->at_least && compared->low < compared->high)
		text_print(text, " to %" PRIu64, compared->high);
}

/* "ministry: 47, agency: 20 to 22 killed since 2024-11-27, gap 53.2 %" */
static void
gap_add(struct text *text, const struct alert *alert)
{
	if (alert->compared_count < 2) {
		text_add(text, "no two figures to compare");
		return;
	}
	compared_add(text, &alert->compared[0]);
	text_add(text, ", ");
	compared_add(text, &alert->compared[1]);
	text_print(text, " %s ",
		   measure_words(alert->measure, alert->compared[1].high));
	window_add(text, alert);
	text_add(text, ", ");
	statistic_add(text, alert);
}

/* "7 killed in 24 h", "at least 1 violation since ...", "up to 9 ...", "3
 * confirmed killed ...": the sum that is tested. "12 more killed since
 * 2024-11-27", of a total. */
static void
figure_add(struct text *text, const struct alert *alert)
{
	uint64_t value = value_of(alert);

	if (alert->figure == FIGURE_GAP) {
		gap_add(text, alert);
		return;
	}
	if (alert->basis == BASIS_UPPER)
		text_add(text, "up to ");
	else if (alert->sums.at_least > 0)
		text_add(text, "at least ");
	text_print(text, "%" PRIu64 " ", value);
	if (alert->figure == FIGURE_MORE)
		text_add(text, "more ");
	if (alert->basis < BASIS_REPORTED)
		text_print(text, "%s ", basis_name(alert->basis));
	text_print(text, "%s ", measure_words(alert->measure, value));
	window_add(text, alert);
	if (alert->statistic[0])
		text_add(text, ", ");
	statistic_add(text, alert);
}

/* How sure it is, beside the sum that is tested. */
static void
surety_add(struct text *text, const struct alert *alert)
{
	uint64_t reported = sum(alert, BASIS_REPORTED);
	uint64_t confirmed = sum(alert, BASIS_CONFIRMED);

	if (alert->figure == FIGURE_GAP)
		return;
	if (alert->basis != BASIS_REPORTED)
		text_print(text, ", %" PRIu64 " reported", reported);
	if (reported == 0 || alert->basis == BASIS_CONFIRMED)
		return;
	if (confirmed == 0)
		text_add(text, ", unconfirmed");
	else if (confirmed < reported)
		text_print(text, ", %" PRIu64 " confirmed", confirmed);
	else
		text_add(text,
			 reported == 1 ? ", confirmed" : ", all confirmed");
}

static void
sure_figure_add(struct text *text, const struct alert *alert)
{
	figure_add(text, alert);
	surety_add(text, alert);
}

static void
shortfall_add(struct text *text, const struct alert *alert)
{
	text_add(text, "now ");
	figure_add(text, alert);
	text_add(text, ", below ");
	threshold_add(text, alert);
}

static void
label_add(struct text *text, const struct alert *alert,
	  const struct label *label)
{
	/* A tally that names no party speaks of all. */
	if (alert->figure != FIGURE_SUM && label->value[0] == '\0')
		return;
	text_add(text, " | ");
	if (strcmp(label->name, field_name(FIELD_DISPUTED)) == 0) {
		text_add(text, strcmp(label->value, "true") == 0
				       ? "disputed"
				       : "not disputed");
	} else if (label->value[0] == '\0') {
		text_add(text, label->name);
		text_add(text, " unknown");
	} else if (strcmp(label->name, field_name(FIELD_PARTY)) == 0) {
		party_add(text, alert, label->value);
	} else {
		if (strcmp(label->name, field_name(FIELD_AGAINST)) == 0)
			text_add(text, "against ");
		text_add(text, label->value);
	}
}

/* A pool that fills up. The threshold is 80 % of its limit, rounded up. */
static void
pool_add(struct text *text, const struct alert *alert)
{
	static const char suffix[] = "-limit";
	size_t count = strlen(alert->rule);
	size_t tail = sizeof(suffix) - 1;

	if (count > tail && strcmp(alert->rule + count - tail, suffix) == 0)
		count -= tail;
	text_add_bytes(text, alert->rule, count);
	text_print(text,
		   ": 80 %% of the limit used (%" PRIu64 " of %" PRIu64 ")",
		   sum(alert, BASIS_REPORTED),
		   (uint64_t)(alert->threshold * 1.25 + 0.01));
}

static bool
is_of_clock(const struct alert *alert)
{
	return strcmp(alert->rule, "clock-step") == 0;
}

/* The wall clock was set, and engine time with it. */
static void
clock_add(struct text *text, const struct alert *alert)
{
	int64_t step_ms = (int64_t)alert->value * 1000;

	text_add(text, "the wall clock was set ");
	text_add(text, step_ms < 0 ? "back by " : "forward by ");
	step_ms = step_ms < 0 ? -step_ms : step_ms;
	if (step_ms >= 3600000) /* to the minute */
		step_ms = (step_ms + 30000) / 60000 * 60000;
	duration_add(text, step_ms);
}

static void
silence_add(struct text *text, const struct alert *alert)
{
	const char *source = label_find(alert, field_name(FIELD_SOURCE));

	if (alert->cause == CAUSE_CLEARED) {
		text_add(text, source);
		text_add(text, " reports again");
		return;
	}
	text_add(text, "no report from ");
	text_add(text, source);
	text_add(text, " for ");
	about_duration_add(text, (int64_t)value_of(alert) * 1000);
}

static void
deadline_add(struct text *text, const struct alert *alert)
{
	text_add(text, label_find(alert, field_name(FIELD_DEADLINE)));
	if (alert->met_at != TIME_UNSET) {
		text_add(text, " was met on ");
		day_add(text, alert, alert->met_at);
	} else if (alert->sent_at < alert->onset_at) {
		text_add(text, " is due in ");
		about_duration_add(text, alert->onset_at - alert->sent_at);
		text_add(text, " (");
		day_add(text, alert, alert->onset_at);
		text_add(text, ")");
	} else {
		text_add(text, " was due on ");
		day_add(text, alert, alert->onset_at);
		text_add(text, " and is not met");
	}
}

static void
feed_add(struct text *text, const struct alert *alert)
{
	const char *feed = label_find(alert, field_name(FIELD_FEED));
	uint64_t missing = value_of(alert);

	if (missing == 0)
		text_add(text, "no report");
	else
		text_print(text, "%" PRIu64 " report%s", missing,
			   missing == 1 ? "" : "s");
	text_add(text, " missing of ");
	if (feed[0] != '\0') {
		text_add(text, "the feed ");
		text_add(text, feed);
		text_add(text, " of ");
	}
	text_add(text, label_find(alert, field_name(FIELD_SOURCE)));
}

/* What is not about events has its labels in its words. */
static void
eventless_add(struct text *text, const struct alert *alert)
{
	switch (alert->about) {
	case ABOUT_EVENTS:
		break;
	case ABOUT_SILENCE:
		silence_add(text, alert);
		break;
	case ABOUT_DEADLINE:
		deadline_add(text, alert);
		break;
	case ABOUT_FEED:
		feed_add(text, alert);
		break;
	}
}

static void
default_add(struct text *text, const struct alert *alert)
{
	if (is_ours(alert)) {
		if (is_of_clock(alert))
			clock_add(text, alert);
		else
			pool_add(text, alert);
		return;
	}
	if (alert->about != ABOUT_EVENTS) {
		eventless_add(text, alert);
		text_add(text, " | ");
		text_add(text, alert->agreement);
		return;
	}
	/* What an officer takes back may stand above its threshold still. */
	if (alert->msg_type == MSG_TYPE_CANCEL &&
	    alert->cause != CAUSE_RETRACTED) {
		shortfall_add(text, alert);
	} else {
		if (alert->cause == CAUSE_CORRECTED)
			text_add(text, "now ");
		sure_figure_add(text, alert);
	}
	for (size_t i = 0; i < alert->labels_count; i++)
		label_add(text, alert, &alert->labels[i]);
	text_add(text, " | ");
	text_add(text, alert->agreement);
}

static const char *
correction_word(const struct correction *correction)
{
	static const char *const outcomes[ASSESSMENTS] = {
		[ASSESSMENT_UNSUBSTANTIATED] = "unsubstantiated",
		[ASSESSMENT_NOT_A_VIOLATION] = "not a violation",
		[ASSESSMENT_WITHDRAWN] = "withdrawn",
	};
	const char *outcome = outcomes[correction->assessment];

	if (outcome)
		return outcome;
	return correction->revises ? "revised" : "new";
}

/* "5 -> 1: jfo/881@2 withdrawn". */
static void
correction_add(struct text *text, const struct alert *alert)
{
	const struct correction *correction = &alert->correction;
	uint64_t value = value_of(alert);

	if (correction->before > value)
		text_print(text, "%" PRIu64 " -> %" PRIu64 ": ",
			   correction->before, value);
	text_add(text, correction->report.source);
	text_add(text, "/");
	text_add(text, correction->report.id);
	text_print(text, "@%u %s", correction->report.revision,
		   correction_word(correction));
}

static bool
has_correction(const struct alert *alert)
{
	return alert->correction.report.source[0] != '\0';
}

void
headline_render(const struct alert *alert, const char *template, char *ret_text,
		size_t size)
{
	struct text text = text_begin(ret_text, size);

	if (alert->status == STATUS_EXERCISE)
		text_add(&text, "exercise: ");
	if (alert->cause == CAUSE_RETRACTED)
		text_add(&text, "retracted: ");
	else if (alert->msg_type == MSG_TYPE_CANCEL)
		text_add(&text, "cancelled: ");
	else if (alert->cause == CAUSE_CORRECTED)
		text_add(&text, "corrected: ");
	else if (alert->cause == CAUSE_CLEARED)
		text_add(&text, "over: ");
	else if (alert->cause == CAUSE_RULE_CHANGED)
		text_add(&text, "rule changed: ");
	if (template[0] != '\0')
		template_add(&text, alert, template);
	else
		default_add(&text, alert);
	if (has_correction(alert)) {
		text_add(&text, " | ");
		correction_add(&text, alert);
	}
}

void
figure_render(const struct alert *alert, char *ret_text, size_t size)
{
	struct text text = text_begin(ret_text, size);

	if (alert->about == ABOUT_EVENTS)
		sure_figure_add(&text, alert);
	else
		eventless_add(&text, alert);
}

/* --- The description. --- */

static const char *
cause_words(const struct alert *alert)
{
	static const char *const causes[CAUSES] = {
		[CAUSE_UNSPECIFIED] = "Against the threshold of ",
		[CAUSE_CROSSED] = "Crossed the threshold of ",
		[CAUSE_LEVEL_UP] = "Rose to the threshold of ",
		[CAUSE_LEVEL_DOWN] = "Fell back to the threshold of ",
		[CAUSE_CERTAINTY] = "Certainty changed at the threshold of ",
		[CAUSE_REMINDER] = "Still at the threshold of ",
		[CAUSE_ESCALATED] = "Not acknowledged at the threshold of ",
		[CAUSE_CLEARED] = "No longer at the threshold of ",
		[CAUSE_CORRECTED] = "Corrected, still at the threshold of ",
		[CAUSE_ACKNOWLEDGED] = "Acknowledged at the threshold of ",
		[CAUSE_RULE_CHANGED] = "The rule was changed; it was at ",
		[CAUSE_PROGRESS] = "Still at the threshold of ",
		[CAUSE_RETRACTED] = "Retracted by an officer; it was at ",
		[CAUSE_SILENCE_ENDED] = "After a silence, at the threshold of ",
	};

	if (alert->msg_type == MSG_TYPE_CANCEL &&
	    alert->cause == CAUSE_CORRECTED)
		return "The reports as they now stand never met the threshold "
		       "of ";
	return causes[alert->cause];
}

static void
doubts_add(struct text *text, const struct alert *alert)
{
	const struct sums *sums = &alert->sums;

	if (sums->events == 0)
		return;
	text_print(text, " %u event%s: the party is %s", sums->events,
		   sums->events == 1 ? "" : "s",
		   sums->attributed == 0 ? "only alleged"
		   : sums->attributed < sums->events
			   ? "assessed or attributed in "
			   : "assessed or attributed");
	if (sums->attributed > 0 && sums->attributed < sums->events)
		text_print(text, "%u", sums->attributed);
	if (sums->disputed > 0)
		text_print(text, ", %u disputed", sums->disputed);
	if (sums->at_least > 0)
		text_print(text, ", %u with a count that is a lower bound",
			   sums->at_least);
	text_add(text, ".");
}

static void
eventless_describe(struct text *text, const struct alert *alert)
{
	eventless_add(text, alert);
	switch (alert->about) {
	case ABOUT_EVENTS:
		break;
	case ABOUT_SILENCE:
		text_add(text, alert->cause == CAUSE_CLEARED
				       ? ". It is expected at least every "
				       : ". One is expected at least every ");
		about_duration_add(text, threshold_ms(alert));
		if (alert->cause == CAUSE_CLEARED)
			break;
		text_add(text, "; the last, or the beginning of the watch, "
			       "was at ");
		stamp_add(text, alert->onset_at);
		break;
	case ABOUT_DEADLINE:
		text_add(text, ". Its time is ");
		stamp_add(text, alert->onset_at);
		if (alert->state == ALERT_FIRING)
			text_add(text, "; whether it is met truced learns "
				       "from an officer");
		break;
	case ABOUT_FEED:
		if (value_of(alert) == 0)
			break;
		text_add(text, ": its numbers skip since ");
		stamp_add(text, alert->onset_at);
		break;
	}
	text_add(text, ".");
}

void
description_render(const struct alert *alert, char *ret_text, size_t size)
{
	struct text text = text_begin(ret_text, size);
	uint64_t reported = sum(alert, BASIS_REPORTED);

	if (alert->status == STATUS_EXERCISE)
		text_add(&text, "This is an exercise. ");
	if (is_ours(alert) && is_of_clock(alert)) {
		clock_add(&text, alert);
		text_add(&text, alert->value < 0
					? ", and stayed so. Times that lie "
					  "ahead now count as now, and all "
					  "sums were made anew."
					: ", and stayed so. Timers that came "
					  "due in between fire now.");
		return;
	}
	if (is_ours(alert)) {
		pool_add(&text, alert);
		text_add(&text, ". Once it is full, reports are refused or "
				"counts go unwatched: raise it in `limits` and "
				"start again.");
		return;
	}
	if (alert->about != ABOUT_EVENTS) {
		eventless_describe(&text, alert);
		return;
	}
	if (has_correction(alert)) {
		correction_add(&text, alert);
		text_add(&text, ". ");
	}
	text_add(&text, cause_words(alert));
	threshold_add(&text, alert);
	if (alert->figure == FIGURE_GAP) {
		text_add(&text, ": ");
		gap_add(&text, alert);
		if (!alert->compared[0].at_least &&
		    !alert->compared[1].at_least)
			text_print(&text, ", at most %" PRIu64 " apart",
				   sum(alert, BASIS_UPPER));
		text_print(&text, "; certainty: %s.",
			   certainty_name(alert->certainty));
		return;
	}
	if (alert->statistic[0])
		text_add(&text, ", ");
	statistic_add(&text, alert);
	text_print(&text, ": %" PRIu64 " %s%s reported ", reported,
		   alert->figure == FIGURE_MORE ? "more " : "",
		   measure_words(alert->measure, reported));
	window_add(&text, alert);
	text_print(&text,
		   ", %" PRIu64 " supported, %" PRIu64 " confirmed, %" PRIu64
		   " at most; ",
		   sum(alert, BASIS_SUPPORTED), sum(alert, BASIS_CONFIRMED),
		   sum(alert, BASIS_UPPER));
	text_print(&text, "certainty: %s.", certainty_name(alert->certainty));
	doubts_add(&text, alert);
}
