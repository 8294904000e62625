#include "truce/explanation.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "truce/notice_line.h"

enum { PAGE_LINE_SIZE = 4096 };

/* A page under way: what is explained, and the line that is written. */
struct page {
	const struct explanation *explanation;
	const struct style *style;
	FILE *stream;
	char bytes[PAGE_LINE_SIZE];
	struct text line;
};

static void
line_begin(struct page *page)
{
	text_init(&page->line, page->bytes, sizeof(page->bytes));
}

static void
line_end(struct page *page)
{
	struct text *line = &page->line;

	while (line->used > 0 && line->bytes[line->used - 1] == ' ')
		line->bytes[--line->used] = '\0';
	fprintf(page->stream, "%s\n", page->bytes);
	line_begin(page);
}

/* A heading, or a table's titles. */
static void
title_print(struct page *page, const char *title)
{
	fprintf(page->stream, "%s%s%s\n", colour_dim(page->style), title,
		colour_end(page->style));
}

/* --- Pieces --- */

/* "02:05", with its day where that is another than the one of now. */
static void
time_print(struct page *page, int64_t at)
{
	char day[NOTICE_DATE_SIZE], today[NOTICE_DATE_SIZE];

	notice_date_render(at, day);
	notice_date_render(page->explanation->at, today);
	notice_time_print(&page->line, at, strcmp(day, today) != 0);
}

static void
severity_print(struct page *page, enum severity severity)
{
	text_print(&page->line, "%s",
		   colour_of_severity(page->style, severity));
	notice_name_print(&page->line, severity_name(severity), 0);
	page->line.bytes[--page->line.used] = '\0'; /* its blank */
	text_print(&page->line, "%s", colour_end(page->style));
}

/* "3 h", "90 min": the greatest unit that says all of it. */
static void
seconds_print(struct text *text, double seconds)
{
	static const struct {
		double seconds;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds >= units[i].seconds &&
		    fmod(seconds, units[i].seconds) == 0) {
			text_print(text, "%g %s", seconds / units[i].seconds,
				   units[i].unit);
			return;
		}
	}
	text_print(text, "%g s", seconds);
}

/* What a level stands for: a count, a statistic, or a time. */
static void
level_value_print(struct text *text, enum rule_kind kind, double at)
{
	switch (kind) {
	case RULE_ABSENCE:
		seconds_print(text, at);
		return;
	case RULE_DEADLINE:
		if (at == 0) {
			text_print(text, "when due");
			return;
		}
		seconds_print(text, fabs(at));
		text_print(text, at < 0 ? " before" : " after");
		return;
	case RULE_THRESHOLD:
	case RULE_SPIKE:
	case RULE_TALLY:
	case RULE_DISCREPANCY:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	text_print(text, kind == RULE_DISCREPANCY ? "%.15g %%" : "%.15g", at);
}

/* "minsk-2 killed [party=dpr, kind=unknown]". */
static void
group_print(struct page *page, const struct explained_group *group)
{
	struct text *line = &page->line;

	text_escape(line, group->agreement);
	text_print(line, " ");
	text_escape(line, page->explanation->rule);
	if (group->labels_count + (group->event[0] != '\0') == 0)
		return;
	text_print(line, " [");
	for (size_t i = 0; i < group->labels_count; i++) {
		const char *value = group->labels[i].value;
		text_print(line, i ? ", " : "");
		text_escape(line, group->labels[i].name);
		text_print(line, "=");
		text_escape(line, value[0] ? value : "unknown");
	}
	if (group->event[0]) {
		text_print(line, group->labels_count ? ", report=" : "report=");
		text_escape(line, group->event);
	}
	text_print(line, "]");
}

/* "Olga: "words"". */
static void
author_print(struct page *page, const char *by, const char *comment)
{
	text_escape(&page->line, by[0] ? by : "an officer");
	if (comment[0]) {
		text_print(&page->line, ": \"");
		text_escape(&page->line, comment);
		text_print(&page->line, "\"");
	}
}

/* --- The sentence --- */

static const struct explained_level *
level_held(const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->levels_count; i++) {
		if (explanation->levels[i].held)
			return &explanation->levels[i];
	}
	return NULL;
}

/* "2 more to MODERATE at 5", "MODERATE at 06:00 if nothing comes". */
static void
missing_print(struct page *page, const char *before)
{
	const struct explanation *explanation = page->explanation;
	struct text *line = &page->line;

	if (explanation->next_level < 0)
		return;
	const struct explained_level *next =
		&explanation->levels[explanation->next_level];
	text_print(line, "%s", before);
	if (explanation->meets_at != TIME_UNSET) {
		severity_print(page, next->severity);
		text_print(line, " at ");
		time_print(page, explanation->meets_at);
		text_print(line, explanation->kind == RULE_DEADLINE
					 ? " if it is not met"
					 : " if nothing comes");
		return;
	}
	/* A statistic must exceed its level, and is no count of what lacks. */
	bool spike = explanation->kind == RULE_SPIKE;
	if (!spike && isfinite(explanation->missing))
		text_print(line, "%.15g more to ", explanation->missing);
	severity_print(page, next->severity);
	text_print(line, spike ? " above " : " at ");
	level_value_print(line, explanation->kind, next->at);
}

static void
fires_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	const struct explained_episode *episode = &explanation->episode;
	bool unheard = episode->first_seq == 0;

	text_print(&page->line, unheard ? "would fire as " : "fires as ");
	severity_print(page, episode->severity);
	if (episode->begun_at != TIME_UNSET) {
		text_print(&page->line, " since ");
		time_print(page, episode->begun_at);
	}
	if (episode->withheld_since != TIME_UNSET) {
		text_print(&page->line,
			   unheard ? ", but is held by silence %" PRIu64
				   : ", and what is new is held "
				     "by silence %" PRIu64,
			   explanation->silence.number);
		text_print(&page->line, " until ");
		time_print(page, explanation->silence.until_at);
	}
}

static void
retracted_print(struct page *page)
{
	const struct explained_retraction *retraction =
		&page->explanation->retraction;

	text_print(&page->line, "is quiet since ");
	if (retraction->by[0])
		text_escape(&page->line, retraction->by);
	else
		text_print(&page->line, "an officer");
	text_print(&page->line, " retracted it");
	if (retraction->episode_seq)
		text_print(&page->line, " (#%" PRIu64 ")",
			   retraction->episode_seq);
	if (retraction->at != TIME_UNSET) {
		text_print(&page->line, " at ");
		time_print(page, retraction->at);
	}
}

/* What it does. */
static void
verb_print(struct page *page)
{
	const char *verb = "";

	switch (page->explanation->why) {
	case EXPLAINED_MET:
	case EXPLAINED_STAYS:
	case EXPLAINED_ENDING:
		fires_print(page);
		return;
	case EXPLAINED_RETRACTED:
		retracted_print(page);
		return;
	case EXPLAINED_BELOW:
		verb = "does not fire";
		break;
	case EXPLAINED_PENDING:
		verb = "does not fire yet";
		break;
	case EXPLAINED_UNTESTED:
		verb = "does not fire: too little is on record yet to tell "
		       "what is usual";
		break;
	case EXPLAINED_TOLD:
		verb = "fires no more: as much was told before";
		break;
	case EXPLAINED_FULL:
		verb = "does not fire: there was no room for it, see the "
		       "limits "
		       "in truce status";
		break;
	case EXPLAINED_UNKNOWN:
	case EXPLAINED_WHYS:
		verb = "does what only another version can explain";
		break;
	}
	text_print(&page->line, "%s", verb);
}

/* How the figure stands to the levels. */
static void
reason_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	const struct explained_retraction *retraction =
		&explanation->retraction;
	const struct explained_level *held = level_held(explanation);
	struct text *line = &page->line;

	switch (explanation->why) {
	case EXPLAINED_MET:
		text_print(line, "; the level is ");
		level_value_print(line, explanation->kind, held ? held->at : 0);
		missing_print(page, "; ");
		break;
	case EXPLAINED_STAYS:
		text_print(line, "; less than ");
		level_value_print(line, explanation->kind, held ? held->at : 0);
		text_print(line, ", but it stays down to ");
		level_value_print(line, explanation->kind,
				  held ? held->clear : 0);
		break;
	case EXPLAINED_ENDING:
		text_print(line, "; below ");
		level_value_print(line, explanation->kind,
				  held ? held->clear : 0);
		text_print(line, " since ");
		time_print(page, explanation->episode.keep_since);
		text_print(line, "; it stays until ");
		time_print(page, explanation->episode.keep_until);
		break;
	case EXPLAINED_PENDING:
		text_print(line, "; enough since ");
		time_print(page, explanation->pending_since);
		text_print(line, "; it fires at ");
		time_print(page,
			   explanation->pending_since + explanation->for_ms);
		text_print(line, " if it stays so");
		break;
	case EXPLAINED_RETRACTED:
		text_print(line, "; it was ");
		severity_print(page, retraction->severity);
		text_print(line, ", and speaks again ");
		if (retraction->above != 0) {
			text_print(line, "from ");
			level_value_print(line, explanation->kind,
					  retraction->above);
			text_print(line, " on, or ");
		}
		text_print(line, "once it has been below ");
		level_value_print(line, explanation->kind, retraction->below);
		if (explanation->keep_firing_ms > 0) {
			text_print(line, " for ");
			seconds_print(line,
				      (double)explanation->keep_firing_ms /
					      1000);
		}
		break;
	case EXPLAINED_TOLD:
		text_print(line, "; it was told as ");
		severity_print(page, explanation->told);
		missing_print(page, "; ");
		break;
	case EXPLAINED_BELOW:
	case EXPLAINED_UNTESTED:
		missing_print(page, "; ");
		break;
	case EXPLAINED_FULL:
	case EXPLAINED_UNKNOWN:
	case EXPLAINED_WHYS:
		break;
	}
}

static void
sentence_print(struct page *page)
{
	text_print(&page->line, "%s", colour_bold(page->style));
	group_print(page, &page->explanation->groups[0]);
	text_print(&page->line, ":%s ", colour_end(page->style));
	verb_print(page);
	text_print(&page->line, ": ");
	text_escape(&page->line, page->explanation->figure);
	reason_print(page);
	text_print(&page->line, ".");
	line_end(page);
}

/* --- What else is known of its alerts --- */

static void
in_hand_print(struct page *page, const struct explained_episode *episode)
{
	struct text *line = &page->line;

	if (episode->acknowledged_by[0]) {
		text_print(line, "Acknowledged by ");
		text_escape(line, episode->acknowledged_by);
		text_print(line, " at ");
		time_print(page, episode->acknowledged_at);
		if (episode->acknowledged_until != TIME_UNSET) {
			text_print(line, ", until ");
			time_print(page, episode->acknowledged_until);
		}
	} else {
		text_print(line, "Nobody has acknowledged it");
	}
	if (episode->escalated)
		text_print(line, "; it was escalated");
	if (episode->escalates_at != TIME_UNSET) {
		text_print(line, "; it escalates at ");
		time_print(page, episode->escalates_at);
	}
	if (episode->reminds_at != TIME_UNSET) {
		text_print(line, "; it reminds at ");
		time_print(page, episode->reminds_at);
	}
	if (episode->ends_at != TIME_UNSET) {
		text_print(line, "; if nothing changes it ends at ");
		time_print(page, episode->ends_at);
	}
	text_print(line, ".");
	line_end(page);
}

/* "#1 to #3, SEVERE, POSSIBLE, the last at 02:40". */
static void
episode_print(struct page *page, const struct explained_episode *episode)
{
	struct text *line = &page->line;

	text_print(line, "#%" PRIu64, episode->first_seq);
	if (episode->last_seq != episode->first_seq)
		text_print(line, " to #%" PRIu64, episode->last_seq);
	text_print(line, ", ");
	severity_print(page, episode->severity);
	text_print(line, ", ");
	notice_name_print(line, certainty_name(episode->certainty), 0);
	line->bytes[--line->used] = '\0';
	text_print(line, ", the last at ");
	time_print(page, episode->last_message_at);
}

static void
alerts_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;

	if (explanation->open && explanation->episode.first_seq) {
		text_print(&page->line, "Alerts ");
		episode_print(page, &explanation->episode);
		text_print(&page->line, ". ");
		in_hand_print(page, &explanation->episode);
	}
	for (size_t i = 0; i < explanation->ended_count; i++) {
		text_print(&page->line, "Over: ");
		episode_print(page, &explanation->ended[i]);
		text_print(&page->line, ".");
		line_end(page);
	}
	if (explanation->retraction.comment[0]) {
		text_print(&page->line, "Retracted by ");
		author_print(page, explanation->retraction.by,
			     explanation->retraction.comment);
		text_print(&page->line, " (#%" PRIu64 ").",
			   explanation->retraction.seq);
		line_end(page);
	}
}

static void
silence_print(struct page *page)
{
	const struct explained_silence *silence = &page->explanation->silence;

	if (silence->number == 0)
		return;
	text_print(&page->line,
		   page->explanation->open ? "Silence %" PRIu64
					     " holds it until "
					   : "If it fired, silence %" PRIu64
					     " would hold it until ",
		   silence->number);
	time_print(page, silence->until_at);
	text_print(&page->line, " (");
	author_print(page, silence->by, silence->comment);
	text_print(&page->line, ").");
	line_end(page);
}

/* --- Sums, levels, buckets --- */

static void
sums_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	const struct sums *sums = &explanation->sums;
	struct text *line = &page->line;

	if (explanation->start_at != TIME_UNSET) {
		text_print(line, "Counted from ");
		notice_time_print(line, explanation->start_at, true);
		if (explanation->end_at != TIME_UNSET) {
			text_print(line, " to before ");
			notice_time_print(line, explanation->end_at, true);
		} else {
			text_print(line, " on");
		}
	} else {
		text_print(line, "The event");
	}
	text_print(line, ", by its %s sum:", basis_name(explanation->basis));
	line_end(page);
	for (int basis = 0; basis <= BASIS_UPPER; basis++) {
		text_print(line, "%s%s %" PRIu64, basis ? ", " : "  ",
			   basis == BASIS_UPPER ? "at most"
						: basis_name((enum basis)basis),
			   sums->by_basis[basis]);
		if (explanation->kind == RULE_SPIKE)
			text_print(line, " (%.3g)", explanation->values[basis]);
	}
	text_print(line, "; %" PRIu32 " event%s", sums->events,
		   sums->events == 1 ? "" : "s");
	if (sums->events > 0)
		text_print(line,
			   ", %" PRIu32 " attributed, %" PRIu32
			   " disputed, %" PRIu32 " a lower bound",
			   sums->attributed, sums->disputed, sums->at_least);
	line_end(page);
	if (explanation->too_late + explanation->ungrouped > 0) {
		text_print(line,
			   "  of the whole rule %" PRIu64
			   " reports came too late, %" PRIu64
			   " found no room in a group",
			   explanation->too_late, explanation->ungrouped);
		line_end(page);
	}
}

static void
level_print(struct page *page, size_t i)
{
	const struct explained_level *level = &page->explanation->levels[i];
	char bytes[64];
	struct text cell;

	text_init(&cell, bytes, sizeof(bytes));
	level_value_print(&cell, page->explanation->kind, level->at);
	text_print(&page->line, "  %12s ", bytes);
	text_init(&cell, bytes, sizeof(bytes));
	level_value_print(&cell, page->explanation->kind, level->clear);
	text_print(&page->line, "%12s  %s", bytes,
		   colour_of_severity(page->style, level->severity));
	notice_name_print(&page->line, severity_name(level->severity), 8);
	text_print(&page->line, "%s%s", colour_end(page->style),
		   level->held && level->met ? "held, met"
		   : level->held	     ? "held"
		   : level->met		     ? "met"
					     : "");
	if ((int)i == page->explanation->next_level)
		text_print(&page->line, "next");
	line_end(page);
}

/* A last level that goes on and on is shown as far as it matters. */
static void
levels_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	size_t last = explanation->levels_count;

	if (explanation->next_level >= 0 &&
	    (size_t)explanation->next_level + 2 < last &&
	    last > LEVELS_GIVEN_MAX)
		last = (size_t)explanation->next_level + 2;
	title_print(page, "            AT        CLEAR  SEVERITY");
	for (size_t i = 0; i < last; i++)
		level_print(page, i);
	if (last < explanation->levels_count) {
		text_print(&page->line, "  and %zu more",
			   explanation->levels_count - last);
		line_end(page);
	}
}

static void
buckets_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;

	if (explanation->buckets_count == 0)
		return;
	text_print(&page->line,
		   "Buckets, by %s, baseline %" PRIu32
		   ", at least %g as deviation and %" PRIu32 " to be tested:",
		   spike_method_name(explanation->spike.method),
		   explanation->spike.baseline, explanation->spike.min_sigma,
		   explanation->spike.min_count);
	line_end(page);
	for (size_t i = 0; i < explanation->buckets_count; i++) {
		const struct explained_bucket *bucket =
			&explanation->buckets[i];
		text_print(&page->line, "  ");
		notice_time_print(&page->line, bucket->start_at, true);
		text_print(&page->line, " %8" PRIu64 "%s", bucket->count,
			   bucket->tested ? "  tested" : "");
		line_end(page);
	}
}

/* --- Reports --- */

/* "under investigation". */
static void
words_print(struct text *text, const char *name)
{
	char words[32];
	size_t i = 0;

	for (; i < sizeof(words) - 1 && name[i]; i++)
		words[i] = name[i] == '_' ? ' ' : name[i];
	words[i] = '\0';
	text_print(text, "%s", words);
}

/* The next remark on a report. */
static void
remark_begin(struct page *page, bool *first)
{
	text_print(&page->line, *first ? "        " : "; ");
	*first = false;
}

static void
assessment_remark(struct page *page, const struct explained_report *report,
		  bool *first)
{
	struct text *line = &page->line;

	if (report->assessment_by[0]) {
		remark_begin(page, first);
		words_print(line, assessment_name(report->assessment));
		text_print(line, " by ");
		text_escape(line, report->assessment_by);
		text_print(line, ", told as ");
		words_print(line, assessment_name(report->told_assessment));
	} else if (report->assessment != report->told_assessment) {
		remark_begin(page, first);
		text_print(line, "told as ");
		words_print(line, assessment_name(report->told_assessment));
		text_print(line, ", which counts for no more from ");
		text_escape(line, report->source);
	}
}

static void
party_remark(struct page *page, const struct explained_report *report,
	     bool *first)
{
	struct text *line = &page->line;

	if (report->party_by[0]) {
		remark_begin(page, first);
		text_escape(line, report->party);
		text_print(line, " by ");
		text_escape(line, report->party_by);
		text_print(line, ", told as ");
		text_escape(line, report->told_party[0] ? report->told_party
							: "unknown");
	}
	if (report->attribution_by[0]) {
		remark_begin(page, first);
		words_print(line, attribution_name(report->attribution));
		text_print(line, " by ");
		text_escape(line, report->attribution_by);
	} else if (report->attribution != report->told_attribution) {
		remark_begin(page, first);
		text_print(line, "told as ");
		words_print(line, attribution_name(report->told_attribution));
		text_print(line, ", which counts for no more from ");
		text_escape(line, report->source);
	}
}

static void
event_remark(struct page *page, const struct explained_report *report,
	     bool *first)
{
	struct text *line = &page->line;

	if (report->part == PART_TELLS) {
		remark_begin(page, first);
		text_print(line, "its event counts as ");
		text_escape(line, report->leader);
		text_print(line, " tells it");
	}
	if (report->part == PART_LEADS && report->told_by > 1) {
		remark_begin(page, first);
		text_print(line,
			   "leads an event of %" PRIu32 " reports, %" PRIu32
			   " independent",
			   report->told_by, report->origins);
	}
	if (report->denied) {
		remark_begin(page, first);
		text_print(line, "denied");
	}
	if (report->disputed) {
		remark_begin(page, first);
		text_print(line, "disputed");
	}
}

static void
source_remark(struct page *page, const struct explained_report *report,
	      bool *first)
{
	if (report->partial) {
		remark_begin(page, first);
		text_print(&page->line, "its source is a party");
	} else if (strcmp(report->origin, report->source) != 0) {
		remark_begin(page, first);
		text_print(&page->line, "of one origin with ");
		text_escape(&page->line, report->origin);
	}
}

static void
adds_print(struct page *page, const struct explained_report *report)
{
	const struct explanation *explanation = page->explanation;
	struct text *line = &page->line;

	enum basis basis = report->part == PART_TOTAL ? BASIS_REPORTED
						      : explanation->basis;

	if (report->part == PART_TELLS)
		return;
	text_print(line, "%" PRIu64, report->adds[basis]);
	if (report->adds[BASIS_UPPER] > report->adds[basis])
		text_print(line, " (at most %" PRIu64 ")",
			   report->adds[BASIS_UPPER]);
	if (report->adds[BASIS_CONFIRMED] > 0)
		text_print(line, ", confirmed %" PRIu64,
			   report->adds[BASIS_CONFIRMED]);
	else if (report->adds[BASIS_SUPPORTED] > 0)
		text_print(line, ", supported %" PRIu64,
			   report->adds[BASIS_SUPPORTED]);
}

/* "allegedly dpr", "dpr (attributed)". */
static void
accused_print(struct text *text, const struct explained_report *report)
{
	bool alleged = report->attribution == ATTRIBUTION_ALLEGED_PARTY;

	if (report->party[0] == '\0') {
		text_print(text, "unknown");
		return;
	}
	text_print(text, alleged ? "allegedly " : "");
	text_escape(text, report->party);
	if (alleged)
		return;
	text_print(text, " (");
	words_print(text, attribution_name(report->attribution));
	text_print(text, ")");
}

/* Why it does not count. */
static const char *
part_words(const struct explained_report *report)
{
	switch (report->part) {
	case PART_WITHDRAWN:
		return "withdrawn by its source";
	case PART_UNSUBSTANTIATED:
		return "unsubstantiated";
	case PART_NIL:
		return "no violation and no casualty";
	case PART_UNSURE:
		return "the rule asks for more certain ones";
	case PART_EMPTY:
		return "none of what the rule counts";
	case PART_BEFORE:
		return "before what is counted";
	case PART_AFTER:
		return "after what is counted";
	case PART_BEFORE_EFFECT:
		return "before the agreement took effect";
	case PART_DISPUTED:
		return report->disputed ? "the rule leaves disputed ones out"
					: "the rule asks for disputed ones";
	case PART_UNKNOWN:
	case PART_LEADS:
	case PART_TELLS:
	case PART_TOTAL:
	case PARTS:
		break;
	}
	return "";
}

static bool
is_counted(const struct explained_report *report)
{
	return report->part == PART_LEADS || report->part == PART_TELLS ||
	       report->part == PART_TOTAL;
}

static void
report_print(struct page *page, const struct explained_report *report)
{
	struct text *line = &page->line;
	bool first = true;

	text_print(line, "  ");
	notice_time_print(line, report->at, true);
	text_print(line, "  ");
	text_escape_column(line, report->report, 24);
	text_print(line, "  ");
	if (is_counted(report)) {
		adds_print(page, report);
		text_print(line, report->part == PART_TELLS ? "" : ", ");
		words_print(line, assessment_name(report->assessment));
		/* A total that names no party is of all. */
		if (report->party[0] || report->part != PART_TOTAL) {
			text_print(line, ", ");
			accused_print(line, report);
		}
	} else {
		text_print(line, "%s", part_words(report));
	}
	line_end(page);
	assessment_remark(page, report, &first);
	party_remark(page, report, &first);
	event_remark(page, report, &first);
	source_remark(page, report, &first);
	if (!first)
		line_end(page);
}

static void
reports_print(struct page *page, bool counted, const char *title)
{
	const struct explanation *explanation = page->explanation;
	bool any = false;

	for (size_t i = 0; i < explanation->reports_count; i++) {
		const struct explained_report *report =
			&explanation->reports[i];
		if (is_counted(report) != counted)
			continue;
		if (!any)
			title_print(page, title);
		any = true;
		report_print(page, report);
	}
}

/* --- Pages --- */

static void
one_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	bool adds_events = explanation->kind == RULE_THRESHOLD ||
			   explanation->kind == RULE_SPIKE;

	sentence_print(page);
	alerts_print(page);
	silence_print(page);
	if (adds_events)
		sums_print(page);
	levels_print(page);
	buckets_print(page);
	reports_print(page, true,
		      adds_events ? "  COUNTED           REPORT                "
				    "    ADDS, HOW SURE, WHO"
				  : "  AS OF             TALLY                 "
				    "    TOTAL, HOW SURE, WHO");
	reports_print(page, false,
		      "  NOT COUNTED       REPORT                    WHY");
}

static void
groups_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;

	title_print(page, "       VALUE  FIRES           GROUP");
	for (size_t i = 0; i < explanation->groups_count; i++) {
		const struct explained_group *group = &explanation->groups[i];
		char bytes[64] = "-";
		struct text cell;
		if (isfinite(group->value)) {
			text_init(&cell, bytes, sizeof(bytes));
			level_value_print(&cell, explanation->kind,
					  group->value);
		}
		text_print(&page->line, "%12s  %s", bytes,
			   colour_of_severity(page->style, group->severity));
		text_init(&cell, bytes, sizeof(bytes));
		if (group->severity != SEVERITY_UNKNOWN)
			notice_name_print(&cell, severity_name(group->severity),
					  8);
		if (group->first_seq)
			text_print(&cell, "#%" PRIu64, group->first_seq);
		text_print(&page->line, "%-14s%s  ", bytes,
			   colour_end(page->style));
		group_print(page, group);
		line_end(page);
	}
	if (explanation->groups_more > 0) {
		text_print(&page->line, "  and %" PRIu64 " more, with less",
			   explanation->groups_more);
		line_end(page);
	}
}

static void
choice_print(struct page *page)
{
	const struct explanation *explanation = page->explanation;
	bool of_events = explanation->window_kind == WINDOW_EVENT;
	bool any = explanation->groups_count > 0;

	text_escape(&page->line, explanation->rule);
	if (!explanation->none)
		text_print(&page->line,
			   of_events ? ": more than one event fires; say which:"
				     : ": it counts more than one group apart; "
				       "say which:");
	else if (of_events)
		text_print(&page->line, any ? ": no such event is known; these "
					      "fire:"
					    : ": no such event is known, and "
					      "none fires.");
	else
		text_print(&page->line,
			   any ? ": nothing is counted so, and it does not "
				 "fire; there is:"
			       : ": nothing is counted yet, so it does not "
				 "fire.");
	line_end(page);
	if (any)
		groups_print(page);
}

void
explanation_print(const struct explanation *explanation,
		  const struct style *style, FILE *stream)
{
	struct page page = {.explanation = explanation,
			    .style = style,
			    .stream = stream};

	line_begin(&page);
	if (explanation->one)
		one_print(&page);
	else
		choice_print(&page);
}
