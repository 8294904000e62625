/* The words of an alert: true, and readable by someone woken up at night. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/headline.h"
#include "core/rule.h"

enum { HOUR = 3600 * 1000 };

static struct alert
alert_of(uint64_t confirmed, uint64_t supported, uint64_t reported,
	 uint64_t upper)
{
	return (struct alert){
		.msg_type = MSG_TYPE_ALERT,
		.state = ALERT_FIRING,
		.cause = CAUSE_CROSSED,
		.rule = "mass-casualty",
		.agreement = "minsk-2",
		.labels = {{"party", "lpr"}},
		.labels_count = 1,
		.severity = SEVERITY_SEVERE,
		.certainty = CERTAINTY_POSSIBLE,
		.measure = "killed",
		.basis = BASIS_REPORTED,
		.sums = {.by_basis = {confirmed, supported, reported, upper},
			 .events = 2},
		.threshold = 5,
		.window_ms = 24 * HOUR,
		.headline = "",
		.instruction = "",
		.web = "",
	};
}

static void
assert_reads(const struct alert *alert, const char *template,
	     const char *expected)
{
	char text[HEADLINE_SIZE];

	headline_render(alert, template, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void
says_how_many_how_sure_and_who(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	assert_reads(&alert, "",
		     "7 killed in 24 h, 3 confirmed | allegedly lpr | minsk-2");
	alert.sums.by_basis[BASIS_CONFIRMED] = 0;
	assert_reads(&alert, "",
		     "7 killed in 24 h, unconfirmed | allegedly lpr | minsk-2");
	alert.sums.by_basis[BASIS_CONFIRMED] = 7;
	assert_reads(
		&alert, "",
		"7 killed in 24 h, all confirmed | allegedly lpr | minsk-2");
}

static void
drops_allegedly_only_when_every_event_is_attributed(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	alert.sums.attributed = 1;
	assert_reads(&alert, "{party}", "allegedly lpr");
	alert.sums.attributed = 2;
	assert_reads(&alert, "{party}", "lpr");
	alert.sums.events = alert.sums.attributed = 0;
	assert_reads(&alert, "{party}", "allegedly lpr");
	strcpy(alert.labels[0].value, "");
	assert_reads(&alert, "{party}", "unknown");
	assert_reads(&alert, "",
		     "7 killed in 24 h, 3 confirmed | party unknown | minsk-2");
}

static void
counts_one_of_a_thing_in_the_singular(void **state)
{
	struct alert alert = alert_of(1, 1, 1, 1);

	(void)state;
	alert.threshold = 1;
	alert.measure = "civilians_killed";
	assert_reads(&alert, "",
		     "1 civilian killed in 24 h, confirmed | allegedly lpr | "
		     "minsk-2");
	alert.measure = "violations";
	assert_reads(&alert, "{value} {measure}", "1 violation");
	alert.sums.by_basis[BASIS_REPORTED] = 2;
	assert_reads(&alert, "{value} {measure}", "2 violations");
}

static void
has_words_for_every_measure(void **state)
{
	struct alert alert = alert_of(0, 0, 7, 7);
	char text[HEADLINE_SIZE];

	(void)state;
	for (int measure = 0; measure < MEASURES; measure++) {
		alert.measure = measure_name((enum measure)measure);
		headline_render(&alert, "{measure}", text, sizeof(text));
		assert_string_not_equal(text, "");
		assert_null(strchr(text, '_'));
	}
}

static void
says_since_when_a_total_counts(void **state)
{
	struct alert alert = alert_of(0, 0, 120, 120);

	(void)state;
	alert.figure = FIGURE_TOTAL;
	alert.measure = "violations";
	alert.sums.events = 0;
	alert.sums.at_least = 1;
	alert.labels[1] = (struct label){"source", "un"};
	alert.labels_count = 2;
	/* 27 November, midnight in Beirut. */
	alert.onset_at = 1732658400000;
	alert.zone_ms = 2 * HOUR;
	assert_reads(&alert, "",
		     "at least 120 violations since 2024-11-27, unconfirmed | "
		     "allegedly lpr | un | minsk-2");
	alert.zone_ms = 0;
	assert_reads(&alert, "{value} in {window}",
		     "120 in the time since 2024-11-26");
	alert.figure = FIGURE_MORE;
	/* A tally that names no party speaks of all. */
	alert.labels[0].value[0] = '\0';
	assert_reads(&alert, "",
		     "at least 120 more violations since 2024-11-26, "
		     "unconfirmed | un | minsk-2");
	alert.figure = FIGURE_PERIOD;
	alert.measure = "killed_in_period";
	assert_reads(&alert, "",
		     "at least 120 killed in the latest period, unconfirmed | "
		     "un | minsk-2");
	alert.figure = FIGURE_PERIODS;
	assert_reads(&alert, "",
		     "at least 120 killed in 24 h, unconfirmed | un | "
		     "minsk-2");
}

static void
has_a_day_for_every_time(void **state)
{
	static const struct {
		int64_t at;
		const char *day;
	} days[] = {
		{0, "1970-01-01"},
		{-1, "1969-12-31"},
		{-2208988800000, "1900-01-01"},
		{951782399999, "2000-02-28"},
		{951782400000, "2000-02-29"},
		{951868800000, "2000-03-01"},
		{4107542400000, "2100-03-01"},
		{253402300799999, "9999-12-31"},
		{1735603200000, "2024-12-31"},
	};
	struct alert alert = alert_of(0, 0, 1, 1);

	(void)state;
	alert.figure = FIGURE_TOTAL;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		char expected[64] = "the time since ";

		alert.onset_at = days[i].at;
		strcat(expected, days[i].day);
		assert_reads(&alert, "{window}", expected);
	}
}

static void
says_both_figures_of_a_gap(void **state)
{
	struct alert alert = alert_of(0, 0, 25, 27);
	char text[DESCRIPTION_SIZE];

	(void)state;
	alert.figure = FIGURE_GAP;
	alert.sums.events = 0;
	strcpy(alert.statistic, "gap");
	alert.value = 100.0 * 25 / 47;
	alert.threshold = 20;
	alert.onset_at = 1732665600000;
	alert.compared_count = 2;
	alert.compared[0] = (struct compared){"ministry", 47, 47, true};
	alert.compared[1] = (struct compared){"", 20, 22, false};
	assert_reads(
		&alert, "",
		"ministry: at least 47, our own sum: 20 to 22 killed since "
		"2024-11-27, gap 53.2 % | allegedly lpr | minsk-2");
	alert.certainty = CERTAINTY_LIKELY;
	description_render(&alert, text, sizeof(text));
	assert_string_equal(text,
			    "Crossed the threshold of 20 %: ministry: at least "
			    "47, our own sum: 20 to 22 killed since "
			    "2024-11-27, gap 53.2 %; certainty: Likely.");
	alert.compared[0].at_least = false;
	description_render(&alert, text, sizeof(text));
	assert_non_null(strstr(text, "gap 53.2 %, at most 27 apart; "));
	alert.compared[0].at_least = true;
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	alert.value = 0;
	assert_reads(&alert, "",
		     "cancelled: now ministry: at least 47, our own sum: 20 to "
		     "22 killed since 2024-11-27, gap 0 %, below 20 % | "
		     "allegedly lpr | minsk-2");
	alert.compared_count = 0;
	assert_reads(&alert, "",
		     "cancelled: now no two figures to compare, below 20 % | "
		     "allegedly lpr | minsk-2");
}

static void
marks_a_lower_bound(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	alert.sums.at_least = 1;
	assert_reads(&alert, "",
		     "at least 7 killed in 24 h, 3 confirmed | allegedly lpr | "
		     "minsk-2");
}

static void
gives_the_sum_that_the_rule_tests(void **state)
{
	struct alert alert = alert_of(0, 0, 3, 9);

	(void)state;
	alert.basis = BASIS_UPPER;
	assert_reads(&alert, "",
		     "up to 9 killed in 24 h, 3 reported, unconfirmed | "
		     "allegedly lpr | minsk-2");
	alert = alert_of(5, 6, 7, 9);
	alert.basis = BASIS_CONFIRMED;
	assert_reads(&alert, "{party}: {value}", "allegedly lpr: 5");
	assert_reads(&alert, "",
		     "5 confirmed killed in 24 h, 7 reported | allegedly lpr | "
		     "minsk-2");
	alert.basis = BASIS_SUPPORTED;
	assert_reads(&alert, "",
		     "6 supported killed in 24 h, 7 reported, 5 confirmed | "
		     "allegedly lpr | minsk-2");
}

static void
names_the_window(void **state)
{
	static const struct {
		int64_t ms;
		const char *words;
	} windows[] = {
		{24 * HOUR, "24 h"}, {7 * 24 * HOUR, "7 d"},
		{48 * HOUR, "2 d"},  {36 * HOUR, "36 h"},
		{90 * 1000, "90 s"}, {15 * 60 * 1000, "15 min"},
		{60 * 1000, "60 s"}, {1500, "1500 ms"},
	};
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		alert.window_ms = windows[i].ms;
		assert_reads(&alert, "{window}", windows[i].words);
	}
	alert.window_ms = 0;
	alert.labels_count = 0;
	assert_reads(&alert, "",
		     "7 killed since the cease-fire took effect, 3 confirmed | "
		     "minsk-2");
}

static void
says_first_that_an_alert_is_over_or_corrected(void **state)
{
	struct alert alert = alert_of(0, 0, 0, 0);

	(void)state;
	alert.msg_type = MSG_TYPE_UPDATE;
	alert.cause = CAUSE_CLEARED;
	assert_reads(&alert, "",
		     "over: 0 killed in 24 h | allegedly lpr | minsk-2");
	alert = alert_of(3, 4, 7, 9);
	alert.msg_type = MSG_TYPE_UPDATE;
	alert.cause = CAUSE_RULE_CHANGED;
	assert_reads(&alert, "{reported} dead", "rule changed: 7 dead");
	alert.cause = CAUSE_CORRECTED;
	assert_reads(&alert, "",
		     "corrected: now 7 killed in 24 h, 3 confirmed | allegedly "
		     "lpr | minsk-2");
	assert_reads(&alert, "{reported} dead", "corrected: 7 dead");
}

static void
says_what_stands_below_the_threshold_when_cancelled(void **state)
{
	struct alert alert = alert_of(1, 1, 1, 9);

	(void)state;
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	assert_reads(&alert, "",
		     "cancelled: now 1 killed in 24 h, below 5 | allegedly lpr "
		     "| minsk-2");
	/* A rule on confirmed counts: reported ones still meet it. */
	alert = alert_of(1, 6, 7, 9);
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	alert.basis = BASIS_CONFIRMED;
	assert_reads(&alert, "",
		     "cancelled: now 1 confirmed killed in 24 h, below 5 | "
		     "allegedly lpr | minsk-2");
	assert_reads(&alert, "{party}", "cancelled: allegedly lpr");
}

static void
names_the_report_that_brought_a_correction_about(void **state)
{
	struct alert alert = alert_of(1, 1, 1, 9);
	char text[DESCRIPTION_SIZE];

	(void)state;
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	alert.correction = (struct correction){
		.report = {.source = "jfo", .id = "881", .revision = 2},
		.assessment = ASSESSMENT_WITHDRAWN,
		.revises = true,
		.before = 5,
	};
	assert_reads(&alert, "",
		     "cancelled: now 1 killed in 24 h, below 5 | allegedly lpr "
		     "| minsk-2 | 5 -> 1: jfo/881@2 withdrawn");
	assert_reads(&alert, "{reported} dead",
		     "cancelled: 1 dead | 5 -> 1: jfo/881@2 withdrawn");
	description_render(&alert, text, sizeof(text));
	assert_memory_equal(text,
			    "5 -> 1: jfo/881@2 withdrawn. The reports as they",
			    48);
	alert.correction.assessment = ASSESSMENT_UNSUBSTANTIATED;
	assert_reads(&alert, "x",
		     "cancelled: x | 5 -> 1: jfo/881@2 unsubstantiated");
	alert.correction.assessment = ASSESSMENT_NOT_A_VIOLATION;
	assert_reads(&alert, "x",
		     "cancelled: x | 5 -> 1: jfo/881@2 not a violation");
	alert.correction.assessment = ASSESSMENT_VERIFIED;
	assert_reads(&alert, "x", "cancelled: x | 5 -> 1: jfo/881@2 revised");
	/* A report that joins an event may take its place. */
	alert.correction.revises = false;
	assert_reads(&alert, "x", "cancelled: x | 5 -> 1: jfo/881@2 new");
	/* What was told last is the episode's end. */
	alert.correction.before = 0;
	assert_reads(&alert, "x", "cancelled: x | jfo/881@2 new");
}

static void
says_of_a_retraction_only_that_it_is_taken_back(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.state = ALERT_CANCELLED;
	alert.cause = CAUSE_RETRACTED;
	assert_reads(&alert, "",
		     "retracted: 7 killed in 24 h, 3 confirmed | allegedly lpr "
		     "| minsk-2");
	assert_reads(&alert, "{party}", "retracted: allegedly lpr");
}

static void
says_first_that_a_drill_is_one(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);
	char text[DESCRIPTION_SIZE];

	(void)state;
	alert.status = STATUS_EXERCISE;
	assert_reads(&alert, "{reported} dead", "exercise: 7 dead");
	description_render(&alert, text, sizeof(text));
	assert_ptr_equal(strstr(text, "This is an exercise. "), text);
}

static void
shows_the_other_labels_as_they_are(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	alert.labels[0] = (struct label){"kind", "air_strike"};
	alert.labels[1] = (struct label){"against", "dpr"};
	alert.labels[2] = (struct label){"admin", ""};
	alert.labels[3] = (struct label){"disputed", "true"};
	alert.labels_count = 4;
	assert_reads(&alert, "",
		     "7 killed in 24 h, 3 confirmed | air_strike | against dpr "
		     "| admin unknown | disputed | minsk-2");
	assert_reads(&alert, "{kind} {against} {admin} {country}",
		     "air_strike dpr unknown unknown");
}

static void
warns_of_a_pool_that_fills_up(void **state)
{
	struct alert alert = alert_of(52429, 52429, 52429, 52429);
	char text[DESCRIPTION_SIZE];

	(void)state;
	strcpy(alert.agreement, "truced");
	strcpy(alert.rule, "names-limit");
	alert.status = STATUS_SYSTEM;
	alert.measure = "";
	alert.labels_count = 0;
	alert.threshold = 52429;
	assert_reads(&alert, "",
		     "names: 80 % of the limit used (52429 of 65536)");
	description_render(&alert, text, sizeof(text));
	assert_non_null(strstr(text, "names: 80 % of the limit used"));
	alert.threshold = 800000;
	strcpy(alert.rule, "reports-limit");
	assert_reads(&alert, "",
		     "reports: 80 % of the limit used (52429 of 1000000)");
}

/* --- What is not about events --- */

#define DAY INT64_C(86400000)

static void
assert_describes(const struct alert *alert, const char *expected)
{
	char text[DESCRIPTION_SIZE];

	description_render(alert, text, sizeof(text));
	assert_string_equal(text, expected);
}

static struct alert
deadline_of(int64_t due_at, int64_t sent_at)
{
	return (struct alert){
		.state = ALERT_FIRING,
		.cause = CAUSE_CROSSED,
		.about = ABOUT_DEADLINE,
		.measure = "overdue_seconds",
		.agreement = "minsk-2",
		.labels = {{"deadline", "withdrawal"}},
		.labels_count = 1,
		.threshold = -7 * 86400,
		.onset_at = due_at,
		.sent_at = sent_at,
		.met_at = TIME_UNSET,
	};
}

static void
says_how_near_a_deadline_is(void **state)
{
	static const struct {
		int64_t left_ms;
		const char *words;
	} cases[] = {
		{7 * DAY, "7 d"},     {7 * DAY - 60000, "7 d"},
		{2 * DAY, "2 d"},     {2 * DAY - 1, "48 h"},
		{DAY, "24 h"},	      {7200000, "2 h"},
		{7199999, "120 min"}, {120000, "2 min"},
		{119000, "119 s"},    {1, "0 s"},
	};
	const int64_t due = 19723 * DAY; /* 2024-01-01 */
	char expected[HEADLINE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alert alert = deadline_of(due, due - cases[i].left_ms);
		snprintf(expected, sizeof(expected),
			 "withdrawal is due in %s (2024-01-01) | minsk-2",
			 cases[i].words);
		assert_reads(&alert, "", expected);
	}
}

static void
dates_a_deadline_where_the_agreement_s_days_are(void **state)
{
	static const struct {
		int64_t due_at;
		int64_t zone_ms;
		const char *day;
	} cases[] = {
		{0, 0, "1970-01-01"},
		{-1, 0, "1969-12-31"},
		{11016 * DAY, 0, "2000-02-29"},
		{11017 * DAY, 0, "2000-03-01"},
		{19782 * DAY - 1, 0, "2024-02-28"},
		{20088 * DAY + DAY / 2, 0, "2024-12-31"},
		{47540 * DAY, 0, "2100-02-28"},
		{47541 * DAY, 0, "2100-03-01"},
		{-719528 * DAY, 0, "0000-01-01"},
		/* 00:00 at +02:00, and a moment before it. */
		{20114 * DAY - 2 * 3600000, 2 * 3600000, "2025-01-26"},
		{20114 * DAY - 2 * 3600000 - 1, 2 * 3600000, "2025-01-25"},
		/* At -05:00. */
		{20114 * DAY + 5 * 3600000, -5 * 3600000, "2025-01-26"},
		{20114 * DAY + 5 * 3600000 - 1, -5 * 3600000, "2025-01-25"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alert alert = deadline_of(cases[i].due_at, 0);
		alert.zone_ms = cases[i].zone_ms;
		assert_reads(&alert, "{due}", cases[i].day);
	}
}

static void
says_what_became_of_a_deadline(void **state)
{
	const int64_t due = 19723 * DAY;
	struct alert alert = deadline_of(due, due);

	(void)state;
	assert_reads(&alert, "",
		     "withdrawal was due on 2024-01-01 and is not met | "
		     "minsk-2");
	assert_describes(&alert,
			 "withdrawal was due on 2024-01-01 and is not met. Its "
			 "time is 2024-01-01T00:00:00Z; whether it is met "
			 "truced learns from an officer.");
	alert.sums.by_basis[BASIS_REPORTED] = 7200;
	alert.basis = BASIS_REPORTED;
	assert_reads(&alert, "{deadline} {value} {threshold}",
		     "withdrawal 2 h 7 d");
	alert.cause = CAUSE_CLEARED;
	alert.state = ALERT_RESOLVED;
	alert.met_at = due - 1;
	assert_reads(&alert, "",
		     "over: withdrawal was met on 2023-12-31 | minsk-2");
	assert_describes(&alert, "withdrawal was met on 2023-12-31. Its time "
				 "is 2024-01-01T00:00:00Z.");
}

static void
says_who_is_silent(void **state)
{
	struct alert alert = {
		.state = ALERT_FIRING,
		.cause = CAUSE_REMINDER,
		.about = ABOUT_SILENCE,
		.basis = BASIS_REPORTED,
		.measure = "silent_seconds",
		.agreement = "minsk-2",
		.labels = {{"source", "jfo"}},
		.labels_count = 1,
		.sums.by_basis = {129600, 129600, 129600, 129600},
		.threshold = 43200,
		.onset_at = 19723 * DAY + 3723000,
	};

	(void)state;
	assert_reads(&alert, "", "no report from jfo for 36 h | minsk-2");
	assert_reads(&alert, "{source}: {value} > {threshold}, {due}",
		     "jfo: 36 h > 12 h, unknown");
	assert_describes(&alert, "no report from jfo for 36 h. One is expected "
				 "at least every 12 h; the last, or the "
				 "beginning of the watch, was at "
				 "2024-01-01T01:02:03Z.");
	alert.cause = CAUSE_CLEARED;
	assert_describes(&alert, "jfo reports again. It is expected at least "
				 "every 12 h.");
}

static void
says_what_a_feed_lacks(void **state)
{
	struct alert alert = {
		.state = ALERT_FIRING,
		.cause = CAUSE_CROSSED,
		.about = ABOUT_FEED,
		.basis = BASIS_REPORTED,
		.measure = "missing_reports",
		.agreement = "minsk-2",
		.labels = {{"source", "jfo"}, {"feed", "daily"}},
		.labels_count = 2,
		.sums.by_basis = {3, 3, 3, 3},
		.threshold = 1,
		.onset_at = 19723 * DAY,
	};

	(void)state;
	assert_reads(&alert, "",
		     "3 reports missing of the feed daily of jfo | minsk-2");
	assert_describes(&alert, "3 reports missing of the feed daily of jfo: "
				 "its numbers skip since "
				 "2024-01-01T00:00:00Z.");
	alert.labels[1].value[0] = '\0';
	alert.sums.by_basis[BASIS_REPORTED] = 1;
	assert_reads(&alert, "", "1 report missing of jfo | minsk-2");
	alert.sums.by_basis[BASIS_REPORTED] = 0;
	assert_describes(&alert, "no report missing of jfo.");
}

static void
fills_in_a_template(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);

	(void)state;
	assert_reads(&alert,
		     "{rule} {agreement}: {confirmed}<={supported}<={reported}"
		     "<={upper} {measure}, {value}/{threshold} in {window}",
		     "mass-casualty minsk-2: 3<=4<=7<=9 killed, 7/5 in 24 h");
	assert_reads(&alert, "{no} { {party} {", "{no} { allegedly lpr {");
}

static void
renders_an_instruction_without_a_prefix(void **state)
{
	struct alert alert = alert_of(1, 1, 1, 9);
	char text[HEADLINE_SIZE];

	(void)state;
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	template_render(&alert, "Call the liaison of {party}.", text,
			sizeof(text));
	assert_string_equal(text, "Call the liaison of allegedly lpr.");
}

static void
describes_what_crossed_what_and_what_is_in_doubt(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);
	char text[DESCRIPTION_SIZE];

	(void)state;
	alert.sums.attributed = 1;
	alert.sums.disputed = 1;
	alert.sums.at_least = 1;
	description_render(&alert, text, sizeof(text));
	assert_string_equal(
		text,
		"Crossed the threshold of 5: 7 killed reported in 24 h, "
		"4 supported, 3 confirmed, 9 at most; certainty: Possible. "
		"2 events: the party is assessed or attributed in 1, "
		"1 disputed, 1 with a count that is a lower bound.");
	alert.msg_type = MSG_TYPE_CANCEL;
	alert.cause = CAUSE_CORRECTED;
	alert.sums = (struct sums){{0}, 0, 0, 0, 0};
	alert.window_ms = 0;
	description_render(&alert, text, sizeof(text));
	assert_string_equal(
		text,
		"The reports as they now stand never met the threshold of 5: "
		"0 killed reported since the cease-fire took effect, "
		"0 supported, 0 confirmed, 0 at most; certainty: Possible.");
}

static void
has_words_for_every_cause(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);
	char text[DESCRIPTION_SIZE];

	(void)state;
	for (int cause = 0; cause < CAUSES; cause++) {
		alert.cause = (enum cause)cause;
		description_render(&alert, text, sizeof(text));
		assert_non_null(strstr(text, " 5: 7 killed reported"));
	}
}

static void
cuts_a_long_text_at_a_character(void **state)
{
	struct alert alert = alert_of(3, 4, 7, 9);
	char text[8];

	(void)state;
	/* Two bytes a letter: seven bytes take three of them. */
	headline_render(&alert, "яяяяяя", text, sizeof(text));
	assert_string_equal(text, "яяя");
	headline_render(&alert, "xяяяяяя", text, sizeof(text));
	assert_string_equal(text, "xяяя");
	/* Nothing is added after the cut, even if it would fit. */
	headline_render(&alert, "яяяя{reported}", text, sizeof(text));
	assert_string_equal(text, "яяя");
	headline_render(&alert, "{reported}", text, 1);
	assert_string_equal(text, "");
	headline_render(&alert, "{reported}", NULL, 0);
}

static void
finds_the_first_unknown_name_in_a_template(void **state)
{
	char name[16] = "untouched";

	(void)state;
	assert_true(template_check("{party}: {reported} {admin} {window}", name,
				   sizeof(name)));
	assert_true(template_check("no names", name, sizeof(name)));
	assert_string_equal(name, "untouched");
	assert_false(
		template_check("{party} {partei} {x}", name, sizeof(name)));
	assert_string_equal(name, "partei");
	assert_false(template_check("{party", name, sizeof(name)));
	assert_string_equal(name, "party");
	assert_false(template_check("{}", name, sizeof(name)));
	assert_string_equal(name, "");
	assert_false(template_check("{{party}}", name, sizeof(name)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_many_how_sure_and_who),
		cmocka_unit_test(
			drops_allegedly_only_when_every_event_is_attributed),
		cmocka_unit_test(counts_one_of_a_thing_in_the_singular),
		cmocka_unit_test(has_words_for_every_measure),
		cmocka_unit_test(says_since_when_a_total_counts),
		cmocka_unit_test(has_a_day_for_every_time),
		cmocka_unit_test(says_both_figures_of_a_gap),
		cmocka_unit_test(marks_a_lower_bound),
		cmocka_unit_test(gives_the_sum_that_the_rule_tests),
		cmocka_unit_test(names_the_window),
		cmocka_unit_test(says_first_that_an_alert_is_over_or_corrected),
		cmocka_unit_test(
			says_what_stands_below_the_threshold_when_cancelled),
		cmocka_unit_test(
			names_the_report_that_brought_a_correction_about),
		cmocka_unit_test(
			says_of_a_retraction_only_that_it_is_taken_back),
		cmocka_unit_test(says_first_that_a_drill_is_one),
		cmocka_unit_test(shows_the_other_labels_as_they_are),
		cmocka_unit_test(warns_of_a_pool_that_fills_up),
		cmocka_unit_test(says_how_near_a_deadline_is),
		cmocka_unit_test(
			dates_a_deadline_where_the_agreement_s_days_are),
		cmocka_unit_test(says_what_became_of_a_deadline),
		cmocka_unit_test(says_who_is_silent),
		cmocka_unit_test(says_what_a_feed_lacks),
		cmocka_unit_test(fills_in_a_template),
		cmocka_unit_test(renders_an_instruction_without_a_prefix),
		cmocka_unit_test(
			describes_what_crossed_what_and_what_is_in_doubt),
		cmocka_unit_test(has_words_for_every_cause),
		cmocka_unit_test(cuts_a_long_text_at_a_character),
		cmocka_unit_test(finds_the_first_unknown_name_in_a_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
