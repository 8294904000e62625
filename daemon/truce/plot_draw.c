/* A picture of a rule. Everything is where the numbers below say. */
#include "truce/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/rule.h"

/* Pixels. */
enum {
	WIDTH = 1120,
	LEFT = 60,
	RIGHT = 124, /* where the levels are named */
	HEAD = 128,
	TITLE = 22, /* above a panel */
	STRIP = 26, /* below it: runs of alerts, and what was said */
	GAP = 14,
	AXIS = 44,
	MARK = 5
};

#define INK "#1c2833"
#define FAINT "#6b7785"
#define GRID "#e4e8ec"
#define TAKEN_BACK "#c2185b"
#define OVER "#2e7d32"

static const char *const basis_colours[] = {
	[BASIS_CONFIRMED] = "#27588a",
	[BASIS_SUPPORTED] = "#6f9fc8",
	[BASIS_REPORTED] = "#b3cde5",
	[BASIS_UPPER] = "#e2ebf4",
};

static const char *const severity_colours[SEVERITIES] = {
	[SEVERITY_UNKNOWN] = "#808080",	 [SEVERITY_MINOR] = "#a89200",
	[SEVERITY_MODERATE] = "#e07b00", [SEVERITY_SEVERE] = "#d3261f",
	[SEVERITY_EXTREME] = "#6a0f9c",
};

struct drawing {
	const struct plot *plot;
	FILE *stream;
	double top;    /* of the panel in hand: its plain's top */
	double height; /* of a panel's plain */
	double most;   /* the sum at its top */
};

/* --- Text and places --- */

static void
text_write(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		default:
			/* What XML does not allow. */
			fputc((unsigned char)*text < ' ' || *text == 0x7f
				      ? '?'
				      : *text,
			      stream);
		}
}

static double
x_of(const struct plot *plot, int64_t at)
{
	double share =
		(double)(at - plot->from) / (double)(plot->to - plot->from);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double
y_of(const struct drawing *drawing, double sum)
{
	double share = sum / drawing->most;

	return drawing->top + drawing->height * (1 - (share > 1 ? 1 : share));
}

static void
time_write(FILE *stream, int64_t at, const char *format)
{
	time_t seconds = (time_t)(at / 1000);
	struct tm time;
	char text[64] = "";

	if (localtime_r(&seconds, &time))
		strftime(text, sizeof(text), format, &time);
	text_write(stream, text);
}

/* "1 d", "12 h". */
static void
duration_write(FILE *stream, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "d"},
		     {3600000, "h"},
		     {60000, "min"},
		     {1000, "s"}};
	size_t i = 0;

	while (i < 3 && ms % units[i].ms != 0)
		i++;
	fprintf(stream, "%lld %s", (long long)(ms / units[i].ms),
		units[i].name);
}

/* --- Axes --- */

/* 1, 2 or 5 times a power of ten, so that there are about five in all. */
static double
nice_step(double most)
{
	double step = pow(10, floor(log10(most / 4)));

	if (most / step > 10)
		step *= 5;
	else if (most / step > 5)
		step *= 2;
	return step < 1 ? 1 : step;
}

static void
sums_axis(const struct drawing *drawing)
{
	double step = nice_step(drawing->most);

	for (double sum = 0; sum <= drawing->most; sum += step) {
		double y = y_of(drawing, sum);
		fprintf(drawing->stream,
			"<path d=\"M%d %.1fH%d\" stroke=\"" GRID "\"/>"
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
			"fill=\"" FAINT "\">%.0f</text>\n",
			LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, sum);
	}
}

/* How far apart dates stand, and how they are written; the year comes where it
 * changes. */
struct date_step {
	int64_t ms; /* about */
	int months, days, hours;
	const char *format;
};

static const struct date_step date_steps[] = {
	{INT64_C(3600000), 0, 0, 1, "%H:%M"},
	{INT64_C(3) * 3600000, 0, 0, 3, "%H:%M"},
	{INT64_C(6) * 3600000, 0, 0, 6, "%H:%M"},
	{INT64_C(12) * 3600000, 0, 0, 12, "%-d %b %H:%M"},
	{INT64_C(86400000), 0, 1, 0, "%-d %b"},
	{INT64_C(2) * 86400000, 0, 2, 0, "%-d %b"},
	{INT64_C(7) * 86400000, 0, 7, 0, "%-d %b"},
	{INT64_C(14) * 86400000, 0, 14, 0, "%-d %b"},
	{INT64_C(30) * 86400000, 1, 0, 0, "%b"},
	{INT64_C(91) * 86400000, 3, 0, 0, "%b"},
	{INT64_C(365) * 86400000, 12, 0, 0, "%b"},
	{INT64_C(1826) * 86400000, 60, 0, 0, "%b"},
};

static const struct date_step *
date_step_of(const struct plot *plot)
{
	size_t i = 0;

	while (i + 1 < sizeof(date_steps) / sizeof(date_steps[0]) &&
	       (plot->to - plot->from) / date_steps[i].ms > 10)
		i++;
	return &date_steps[i];
}

/* The reader's date at or before a time, on a whole step. */
static struct tm
date_floor(int64_t at, const struct date_step *step)
{
	time_t seconds = (time_t)(at / 1000);
	struct tm time = {.tm_mday = 1};

	localtime_r(&seconds, &time);
	time.tm_sec = time.tm_min = 0;
	time.tm_hour =
		step->hours ? time.tm_hour / step->hours * step->hours : 0;
	if (step->months) {
		time.tm_mday = 1;
		time.tm_mon = step->months >= 12 ? 0
						 : time.tm_mon / step->months *
							   step->months;
	} else if (step->days >= 7) {
		time.tm_mday -= (time.tm_wday + 6) % 7; /* a Monday */
	}
	time.tm_isdst = -1;
	return time;
}

static int64_t
date_next(struct tm *date, const struct date_step *step)
{
	date->tm_mon += step->months;
	date->tm_mday += step->days;
	date->tm_hour += step->hours;
	date->tm_isdst = -1;
	return (int64_t)mktime(date) * 1000;
}

/* Lines through the panel; with words below it, too. */
static void
dates_axis(const struct drawing *drawing, bool words)
{
	const struct plot *plot = drawing->plot;
	const struct date_step *step = date_step_of(plot);
	struct tm date = date_floor(plot->from, step);
	double bottom = drawing->top + drawing->height;
	char told[16] = "", day[16];

	if (plot->from == plot->to)
		return;
	for (int64_t at = (int64_t)mktime(&date) * 1000; at <= plot->to;
	     at = date_next(&date, step)) {
		if (at < plot->from)
			continue;
		double x = x_of(plot, at);
		fprintf(drawing->stream,
			"<path d=\"M%.1f %.1fV%.1f\" stroke=\"" GRID "\"/>\n",
			x, drawing->top, bottom + STRIP);
		if (!words)
			continue;
		fprintf(drawing->stream,
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
			"fill=\"" FAINT "\">",
			x, bottom + STRIP + 16);
		time_write(drawing->stream, at, step->format);
		fputs("</text>", drawing->stream);
		strftime(day, sizeof(day),
			 step->hours && step->hours < 12 ? "%-d %b %Y" : "%Y",
			 &date);
		if (strcmp(day, told) == 0)
			continue;
		memcpy(told, day, sizeof(told));
		fprintf(drawing->stream,
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
			"fill=\"" INK "\" font-weight=\"bold\">%s</text>\n",
			x, bottom + STRIP + 32, day);
	}
}

/* --- Sums --- */

/* One of the four, filled: it holds from where it changed to the next. */
static void
sum_area(const struct drawing *drawing, const struct plot_panel *panel,
	 enum basis basis)
{
	double bottom = drawing->top + drawing->height;
	double last = 0;

	if (panel->samples_count == 0)
		return;
	fprintf(drawing->stream, "<path fill=\"%s\" d=\"M%.1f %.1f",
		basis_colours[basis], x_of(drawing->plot, panel->samples[0].at),
		bottom);
	for (size_t i = 0; i < panel->samples_count; i++) {
		const struct plot_sample *sample = &panel->samples[i];
		if (i > 0 && sample->sums[basis] == last)
			continue;
		last = sample->sums[basis];
		fprintf(drawing->stream, "H%.1fV%.1f",
			x_of(drawing->plot, sample->at), y_of(drawing, last));
	}
	fprintf(drawing->stream, "H%.1fV%.1fZ\"/>\n",
		x_of(drawing->plot, drawing->plot->to), bottom);
}

/* What is tested, as a line. */
static void
basis_line(const struct drawing *drawing, const struct plot_panel *panel)
{
	enum basis basis = drawing->plot->rule->basis;
	double last = -1;

	if (panel->samples_count == 0)
		return;
	fputs("<path fill=\"none\" stroke=\"" INK
	      "\" stroke-width=\"1.1\" d=\"",
	      drawing->stream);
	for (size_t i = 0; i < panel->samples_count; i++) {
		const struct plot_sample *sample = &panel->samples[i];
		double x = x_of(drawing->plot, sample->at);
		double y = y_of(drawing, sample->sums[basis]);
		if (i == 0)
			fprintf(drawing->stream, "M%.1f %.1f", x, y);
		else if (sample->sums[basis] != last)
			fprintf(drawing->stream, "H%.1fV%.1f", x, y);
		last = sample->sums[basis];
	}
	fprintf(drawing->stream, "H%.1f\"/>\n",
		x_of(drawing->plot, drawing->plot->to));
}

/* Of a rule without a window: the sums that each alert told. */
static void
alert_stems(const struct drawing *drawing, const struct plot_panel *panel)
{
	double bottom = drawing->top + drawing->height;

	for (size_t i = 0; i < panel->alerts_count; i++) {
		const struct told *told = panel->alerts[i];
		for (int basis = BASIS_UPPER; basis >= BASIS_CONFIRMED;
		     basis--) {
			double y = y_of(drawing, told->sums[basis]);
			fprintf(drawing->stream,
				"<rect x=\"%.1f\" y=\"%.1f\" width=\"5\" "
				"height=\"%.1f\" fill=\"%s\"/>",
				x_of(drawing->plot, told->sent_at) - 2.5, y,
				bottom - y, basis_colours[basis]);
		}
		fputc('\n', drawing->stream);
	}
}

/* Of a spike they are of how far a sum stands out, which is not drawn. */
static bool
has_levels_of_sums(const struct rule *rule)
{
	return rule->kind == RULE_THRESHOLD;
}

/* Lines at the levels that are in the picture, named beside it from below, each
 * name clear of the one before. */
static void
levels_draw(const struct drawing *drawing)
{
	const struct rule *rule = drawing->plot->rule;
	double above = drawing->top + drawing->height + 100;

	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct level *level = &rule->levels[i];
		const char *colour = severity_colours[level->severity];
		double y = y_of(drawing, level->at);
		if (level->at > drawing->most || !has_levels_of_sums(rule))
			break;
		double words = y + 4 < above - 13 ? y + 4 : above - 13;
		above = words;
		fprintf(drawing->stream,
			"<path d=\"M%d %.1fH%d\" stroke=\"%s\" "
			"stroke-width=\"1.3\" stroke-dasharray=\"6 4\"/>"
			"<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%.10g "
			"%s</text>\n",
			LEFT, y, WIDTH - RIGHT, colour, WIDTH - RIGHT + 8,
			words, colour, level->at,
			severity_name(level->severity));
	}
}

/* --- Alerts --- */

static bool
has_ended(const struct told *told)
{
	return told->state == ALERT_RESOLVED || told->state == ALERT_CANCELLED;
}

/* From each message to the episode's next one, or on to the end. */
static void
runs_draw(const struct drawing *drawing, const struct plot_panel *panel,
	  double y)
{
	for (size_t i = 0; i < panel->alerts_count; i++) {
		const struct told *told = panel->alerts[i], *next = NULL;
		if (has_ended(told))
			continue;
		for (size_t j = i + 1; j < panel->alerts_count && !next; j++)
			if (panel->alerts[j]->episode == told->episode)
				next = panel->alerts[j];
		double x = x_of(drawing->plot, told->sent_at);
		double to = x_of(drawing->plot,
				 next ? next->sent_at : drawing->plot->to);
		fprintf(drawing->stream,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"6\" fill=\"%s\" fill-opacity=\"0.55\"/>\n",
			x, y - 3, to - x < 1 ? 1 : to - x,
			severity_colours[told->severity]);
	}
}

/* Drawn one after the other, so that what takes back is never hidden. */
enum mark {
	MARK_OTHER,
	MARK_OVER,
	MARK_DOWN,
	MARK_UP,
	MARK_NEW,
	MARK_CORRECTED,
	MARK_CANCELLED,
	MARKS
};

static enum mark
mark_of(const struct told *told)
{
	if (told->msg_type == MSG_TYPE_CANCEL)
		return MARK_CANCELLED;
	switch (told->cause) {
	case CAUSE_CROSSED:
		return MARK_NEW;
	case CAUSE_LEVEL_UP:
	case CAUSE_ESCALATED:
		return MARK_UP;
	case CAUSE_LEVEL_DOWN:
		return MARK_DOWN;
	case CAUSE_CLEARED:
	case CAUSE_RULE_CHANGED:
		return MARK_OVER;
	case CAUSE_CORRECTED:
		return MARK_CORRECTED;
	case CAUSE_RETRACTED:
		return MARK_CANCELLED;
	case CAUSE_CERTAINTY:
	case CAUSE_REMINDER:
	case CAUSE_ACKNOWLEDGED:
	case CAUSE_PROGRESS:
	case CAUSE_SILENCE_ENDED:
	case CAUSE_UNSPECIFIED:
	case CAUSES:
		break;
	}
	return MARK_OTHER;
}

static void
mark_draw(FILE *stream, enum mark mark, double x, double y, const char *colour)
{
	switch (mark) {
	case MARK_NEW:
		fprintf(stream,
			"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\" "
			"stroke=\"#fff\"/>",
			x, y, MARK, colour);
		break;
	case MARK_UP:
	case MARK_DOWN: {
		double tip = mark == MARK_UP ? -MARK - 1 : MARK + 1;
		fprintf(stream,
			"<path d=\"M%.1f %.1fl%d %.1fh%dz\" fill=\"%s\" "
			"stroke=\"#fff\"/>",
			x, y + tip, MARK + 1, -1.8 * tip, -2 * (MARK + 1),
			colour);
		break;
	}
	case MARK_OVER:
		fprintf(stream,
			"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" "
			"fill=\"#fff\" stroke=\"" OVER "\" "
			"stroke-width=\"1.8\"/>",
			x, y, MARK - 1.0);
		break;
	case MARK_CORRECTED:
		fprintf(stream,
			"<path d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\" fill=\"#fff\" "
			"stroke=\"" TAKEN_BACK "\" stroke-width=\"2\"/>",
			x, y - 6);
		break;
	case MARK_CANCELLED:
		fprintf(stream,
			"<path d=\"M%.1f %.1fl11 11m0 -11l-11 11\" "
			"fill=\"none\" stroke=\"#fff\" stroke-width=\"6\"/>"
			"<path d=\"M%.1f %.1fl11 11m0 -11l-11 11\" "
			"fill=\"none\" stroke=\"" TAKEN_BACK "\" "
			"stroke-width=\"3\"/>",
			x - 5.5, y - 5.5, x - 5.5, y - 5.5);
		break;
	case MARK_OTHER:
	case MARKS:
		fprintf(stream,
			"<path d=\"M%.1f %.1fv8\" stroke=\"" FAINT "\" "
			"stroke-width=\"1.5\"/>",
			x, y - 4);
		break;
	}
}

/* Each with words that a browser shows when it is pointed at. */
static void
alert_draw(const struct drawing *drawing, const struct told *told, double y)
{
	enum mark mark = mark_of(told);
	FILE *stream = drawing->stream;

	fprintf(stream, "<g><title>#%llu ", (unsigned long long)told->seq);
	time_write(stream, told->sent_at, "%Y-%m-%d %H:%M");
	fprintf(stream,
		" %s %s, %s: %.0f confirmed, %.0f supported, "
		"%.0f reported, %.0f at most</title>",
		cause_name(told->cause), severity_name(told->severity),
		certainty_name(told->certainty), told->sums[BASIS_CONFIRMED],
		told->sums[BASIS_SUPPORTED], told->sums[BASIS_REPORTED],
		told->sums[BASIS_UPPER]);
	double x = x_of(drawing->plot, told->sent_at);
	if (mark == MARK_CORRECTED || mark == MARK_CANCELLED)
		fprintf(stream,
			"<path d=\"M%.1f %.1fV%.1f\" stroke=\"" TAKEN_BACK
			"\" stroke-dasharray=\"2 3\"/>",
			x, drawing->top, y);
	mark_draw(stream, mark, x, y, severity_colours[told->severity]);
	fputs("</g>\n", stream);
}

/* --- Panels --- */

/* The sum at the top: room above what was tested, the first level in sight, and
 * what is at most as far as that does not flatten all the rest. */
static double
most_of(const struct plot *plot, const struct plot_panel *panel,
	double *ret_upper)
{
	const struct rule *rule = plot->rule;
	double most = panel->peak * 1.15;
	double upper = 0;

	for (size_t i = 0; i < panel->samples_count; i++)
		if (panel->samples[i].sums[BASIS_UPPER] > upper)
			upper = panel->samples[i].sums[BASIS_UPPER];
	for (size_t i = 0; panel->samples_count == 0 && i < panel->alerts_count;
	     i++)
		if (panel->alerts[i]->sums[BASIS_UPPER] > upper)
			upper = panel->alerts[i]->sums[BASIS_UPPER];
	for (size_t i = 0; has_levels_of_sums(rule) && i < rule->levels_count;
	     i++) {
		double at = rule->levels[i].at;
		if (i == 0 && most < at * 1.15)
			most = at * 1.15;
		else if (most < at * 1.1 && at < panel->peak * 1.4)
			most = at * 1.1;
	}
	*ret_upper = upper;
	if (upper > most)
		most = upper * 1.05 < 1.5 * most ? upper * 1.05 : 1.5 * most;
	return most < 1 ? 1 : most;
}

static void
panel_head(const struct drawing *drawing, const struct plot_panel *panel,
	   double upper)
{
	fprintf(drawing->stream,
		"<text x=\"%d\" y=\"%.1f\" font-size=\"14\" "
		"font-weight=\"bold\" fill=\"" INK "\">",
		LEFT, drawing->top - 8);
	text_write(drawing->stream, panel->title);
	fputs("<tspan dx=\"12\" font-weight=\"normal\" font-size=\"12\" "
	      "fill=\"" FAINT "\">",
	      drawing->stream);
	if (panel->alerts_count > 0)
		fprintf(drawing->stream, "%zu message%s", panel->alerts_count,
			panel->alerts_count == 1 ? "" : "s");
	if (upper > drawing->most)
		fprintf(drawing->stream, " (cut off: up to %.0f at most)",
			upper);
	fputs("</tspan></text>\n", drawing->stream);
}

static void
panel_draw(struct drawing *drawing, const struct plot_panel *panel,
	   bool with_dates)
{
	double upper, strip = drawing->top + drawing->height + STRIP / 2.0;

	drawing->most = most_of(drawing->plot, panel, &upper);
	panel_head(drawing, panel, upper);
	sums_axis(drawing);
	dates_axis(drawing, with_dates);
	for (int basis = BASIS_UPPER; basis >= BASIS_CONFIRMED; basis--)
		sum_area(drawing, panel, (enum basis)basis);
	basis_line(drawing, panel);
	if (panel->samples_count == 0)
		alert_stems(drawing, panel);
	levels_draw(drawing);
	fprintf(drawing->stream,
		"<path d=\"M%d %.1fH%d\" stroke=\"" FAINT "\"/>\n", LEFT,
		drawing->top + drawing->height, WIDTH - RIGHT);
	/* Of an event alone nothing says when it is over. */
	if (drawing->plot->rule->window_kind != WINDOW_EVENT)
		runs_draw(drawing, panel, strip);
	for (int mark = 0; mark < MARKS; mark++)
		for (size_t i = 0; i < panel->alerts_count; i++)
			if (mark_of(panel->alerts[i]) == (enum mark)mark)
				alert_draw(drawing, panel->alerts[i], strip);
}

/* --- The head --- */

static void
subtitle_write(const struct plot *plot, FILE *stream)
{
	const struct rule *rule = plot->rule;

	fprintf(stream, "%s ", measure_name(rule->measure));
	if (rule->window_kind == WINDOW_DURATION) {
		fputs("in ", stream);
		duration_write(stream, rule->window_ms);
	} else {
		fputs(rule->window_kind == WINDOW_AGREEMENT
			      ? "since the agreement took effect"
			      : "in one event",
		      stream);
	}
	if (rule->kind == RULE_SPIKE)
		fprintf(stream, ", against what went before, by %s",
			spike_method_name(rule->spike.method));
	for (size_t i = 0; i < rule->group_by_count; i++)
		fprintf(stream, "%s%s", i == 0 ? ", for each " : " and ",
			field_name(rule->group_by[i]));
	fprintf(stream, ". Levels:");
	for (size_t i = 0; i < rule->levels_count; i++)
		fprintf(stream, "%s %s %.10g", i == 0 ? "" : ",",
			severity_name(rule->levels[i].severity),
			rule->levels[i].at);
	fputs(". ", stream);
	if (plot->from == plot->to)
		return;
	time_write(stream, plot->from, "%-d %B %Y");
	fputs(" to ", stream);
	time_write(stream, plot->to, "%-d %B %Y (UTC%z)");
}

static double
legend_word(FILE *stream, double x, double y, const char *word)
{
	fprintf(stream,
		"<text x=\"%.1f\" y=\"%.1f\" fill=\"" INK "\">%s</text>\n", x,
		y + 4, word);
	return x + 7.0 * (double)strlen(word) + 22;
}

static void
legend_draw(FILE *stream)
{
	static const struct {
		enum mark mark;
		const char *word;
	} marks[] = {{MARK_NEW, "new"},
		     {MARK_UP, "up a level"},
		     {MARK_DOWN, "down"},
		     {MARK_OVER, "over"},
		     {MARK_CORRECTED, "corrected"},
		     {MARK_CANCELLED,
		      "cancelled: it should not have been sent"},
		     {MARK_OTHER, "another message"}};
	static const char *const words[] = {
		[BASIS_CONFIRMED] = "confirmed",
		[BASIS_SUPPORTED] = "supported",
		[BASIS_REPORTED] = "reported",
		[BASIS_UPPER] = "at most",
	};
	double x = LEFT, y = 76;

	for (int basis = BASIS_CONFIRMED; basis <= BASIS_UPPER; basis++) {
		fprintf(stream,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" "
			"height=\"12\" fill=\"%s\" stroke=\"" FAINT "\" "
			"stroke-width=\"0.5\"/>",
			x, y - 6, basis_colours[basis]);
		x = legend_word(stream, x + 24, y, words[basis]);
	}
	fprintf(stream,
		"<path d=\"M%.1f %.1fh18\" stroke=\"" INK "\" "
		"stroke-width=\"1.1\"/>",
		x, y);
	x = legend_word(stream, x + 24, y, "tested");
	fprintf(stream,
		"<path d=\"M%.1f %.1fh18\" stroke=\"%s\" "
		"stroke-width=\"1.3\" stroke-dasharray=\"6 4\"/>",
		x, y, severity_colours[SEVERITY_SEVERE]);
	x = legend_word(stream, x + 24, y, "a level");
	for (int i = SEVERITY_MINOR; i < SEVERITIES; i++) {
		fprintf(stream,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" "
			"height=\"6\" fill=\"%s\" fill-opacity=\"0.55\"/>",
			x, y - 3, severity_colours[i]);
		x = legend_word(stream, x + 24, y,
				severity_name((enum severity)i));
	}
	x = LEFT + 6;
	y += 22;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		mark_draw(stream, marks[i].mark, x, y,
			  severity_colours[SEVERITY_SEVERE]);
		x = legend_word(stream, x + 14, y, marks[i].word) + 4;
	}
}

static void
head_draw(const struct plot *plot, double height, FILE *stream)
{
	fprintf(stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%.0f\" viewBox=\"0 0 %d %.0f\" "
		"font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" "
		"font-size=\"12\">\n<title>",
		WIDTH, height, WIDTH, height);
	text_write(stream, plot->rule->name);
	fprintf(stream,
		"</title>\n<rect width=\"100%%\" height=\"100%%\" "
		"fill=\"#fff\"/>\n<text x=\"%d\" y=\"30\" font-size=\"20\" "
		"font-weight=\"bold\" fill=\"" INK "\">",
		LEFT);
	text_write(stream, plot->rule->name);
	fprintf(stream, "</text>\n<text x=\"%d\" y=\"52\" fill=\"" FAINT "\">",
		LEFT);
	subtitle_write(plot, stream);
	fputs("</text>\n", stream);
	legend_draw(stream);
}

/* What is not shown is said. */
static void
rest_write(const struct plot *plot, double y, FILE *stream)
{
	if (plot->panels_left > 0)
		fprintf(stream,
			"<text x=\"%d\" y=\"%.1f\" fill=\"" FAINT "\">Not "
			"drawn: %zu more group%s with %zu message%s.</text>\n",
			LEFT, y, plot->panels_left,
			plot->panels_left == 1 ? "" : "s", plot->alerts_left,
			plot->alerts_left == 1 ? "" : "s");
}

void
plot_draw(const struct plot *plot, FILE *stream)
{
	struct plot_panel empty = {.title = "No report was counted by this "
					    "rule"};
	size_t panels = plot->drawn > 0 ? plot->drawn : 1;
	double each = panels == 1 ? 320 : panels == 2 ? 220 : 130;
	double pitch = TITLE + each + STRIP + GAP;
	struct drawing drawing = {.plot = plot,
				  .stream = stream,
				  .height = each};
	double height = HEAD + pitch * (double)panels - GAP + AXIS + 16;

	head_draw(plot, height, stream);
	for (size_t i = 0; i < panels; i++) {
		drawing.top = HEAD + TITLE + pitch * (double)i;
		panel_draw(&drawing,
			   plot->drawn > 0 ? &plot->panels[i] : &empty,
			   i + 1 == panels);
	}
	rest_write(plot, height - 8, stream);
	fputs("</svg>\n", stream);
}
