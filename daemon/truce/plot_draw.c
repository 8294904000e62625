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
	TITLE = 22,   /* above a panel */
	BETWEEN = 12, /* its sums and what is tested */
	STRIP = 36,   /* below it: runs of alerts, and what was said */
	GAP = 14,
	AXIS = 44,
	MARK = 5,
	MARK_ROW = 9, /* what begins and what ends, above and below the runs */
	MARK_SHIFT = 22, /* at most, so that none hides another */
	LEVEL_SPACE = 5	 /* between two that are drawn */
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

/* The plain in hand: of a panel's sums, or of what is tested. */
struct drawing {
	const struct plot *plot;
	FILE *stream;
	double top;
	double height;
	double least; /* at its bottom */
	double most;  /* at its top */
	double step;  /* from line to line of its scale */
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
y_of(const struct drawing *drawing, double value)
{
	double share =
		(value - drawing->least) / (drawing->most - drawing->least);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return drawing->top + drawing->height * (1 - share);
}

static void
time_render(int64_t at, const char *format, char *ret_text, size_t size)
{
	time_t seconds = (time_t)(at / 1000);
	struct tm time;

	*ret_text = '\0';
	if (localtime_r(&seconds, &time))
		strftime(ret_text, size, format, &time);
}

static void
time_write(FILE *stream, int64_t at, const char *format)
{
	char text[64];

	time_render(at, format, text, sizeof(text));
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

/* 1, 2 or 5 times a power of ten, so that there are about `count` in all. */
static double
nice_step(double span, double count)
{
	double step = pow(10, floor(log10(span / count)));

	if (span / step > 2.5 * count)
		step *= 5;
	else if (span / step > 1.25 * count)
		step *= 2;
	return step < 1 ? 1 : step;
}

static void
values_axis(const struct drawing *drawing)
{
	for (double value = drawing->least; value <= drawing->most;
	     value += drawing->step) {
		double y = y_of(drawing, value);
		fprintf(drawing->stream,
			"<path d=\"M%d %.1fH%d\" stroke=\"" GRID "\"/>"
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
			"fill=\"" FAINT "\">%.0f</text>\n",
			LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, value);
	}
	fprintf(drawing->stream,
		"<path d=\"M%d %.1fH%d\" stroke=\"" FAINT "\"/>\n", LEFT,
		drawing->top + drawing->height, WIDTH - RIGHT);
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

/* Lines through the panel, down to `bottom`; with words below it, too. */
static void
dates_axis(const struct drawing *drawing, double bottom, bool words)
{
	const struct plot *plot = drawing->plot;
	const struct date_step *step = date_step_of(plot);
	struct tm date = date_floor(plot->from, step);
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
			x, drawing->top, bottom);
		if (!words)
			continue;
		fprintf(drawing->stream,
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
			"fill=\"" FAINT "\">",
			x, bottom + 16);
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
			x, bottom + 32, day);
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

/* In the plain of sums the basis sum. */
static double
sample_value(const struct drawing *drawing, const struct plot_sample *sample,
	     bool tested)
{
	return tested ? sample->tested
		      : sample->sums[drawing->plot->rule->basis];
}

/* What is tested, or counted for it, as a line. */
static void
value_line(const struct drawing *drawing, const struct plot_panel *panel,
	   bool tested)
{
	double last = -1;

	if (panel->samples_count == 0)
		return;
	fputs("<path fill=\"none\" stroke=\"" INK
	      "\" stroke-width=\"1.1\" d=\"",
	      drawing->stream);
	for (size_t i = 0; i < panel->samples_count; i++) {
		const struct plot_sample *sample = &panel->samples[i];
		double value = sample_value(drawing, sample, tested);
		double x = x_of(drawing->plot, sample->at);
		double y = y_of(drawing, value);
		if (i == 0)
			fprintf(drawing->stream, "M%.1f %.1f", x, y);
		else if (value != last)
			fprintf(drawing->stream, "H%.1fV%.1f", x, y);
		last = value;
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

bool
plot_has_tested(const struct rule *rule)
{
	return rule->kind == RULE_SPIKE || rule->kind == RULE_DISCREPANCY;
}

static const char *
level_unit(const struct rule *rule)
{
	return rule->kind == RULE_DISCREPANCY ? " %" : "";
}

/* Lines at the levels that are in the picture, named beside it from below, each
 * name clear of the one before; where steps are many, as many as there is room
 * for. */
static void
levels_draw(const struct drawing *drawing)
{
	const struct rule *rule = drawing->plot->rule;
	double below = drawing->top + drawing->height + 100, above = below;

	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct level *level = &rule->levels[i];
		const char *colour = severity_colours[level->severity];
		double y = y_of(drawing, level->at);
		double words = y + 4 < above - 13 ? y + 4 : above - 13;
		bool step = i > 0 && rule->levels[i - 1].every > 0;
		if (level->at > drawing->most)
			break;
		if (level->at < drawing->least ||
		    (step && below - y < LEVEL_SPACE))
			continue;
		below = y;
		fprintf(drawing->stream,
			"<path d=\"M%d %.1fH%d\" stroke=\"%s\" "
			"stroke-width=\"1.3\" stroke-dasharray=\"6 4\"/>\n",
			LEFT, y, WIDTH - RIGHT, colour);
		if (step && words < y + 4)
			continue;
		above = words;
		fprintf(drawing->stream,
			"<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%.10g%s "
			"%s</text>\n",
			WIDTH - RIGHT + 8, words, colour, level->at,
			level_unit(rule), severity_name(level->severity));
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

enum mark {
	MARK_OTHER,
	MARK_OVER,
	MARK_DOWN,
	MARK_UP,
	MARK_NEW,
	MARK_CORRECTED,
	MARK_CANCELLED
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
		fprintf(stream,
			"<path d=\"M%.1f %.1fv8\" stroke=\"" FAINT "\" "
			"stroke-width=\"1.5\"/>",
			x, y - 4);
		break;
	}
}

static bool
mark_begins(enum mark mark)
{
	return mark == MARK_NEW || mark == MARK_UP || mark == MARK_OTHER;
}

static bool
mark_takes_back(enum mark mark)
{
	return mark == MARK_CORRECTED || mark == MARK_CANCELLED;
}

/* Where each alert's mark is: at its time, or as little after it as keeps clear
 * of the one before it in its row. False if there is no room for that: then
 * all are at their time, for a smaller mark. */
static bool
marks_place(const struct plot *plot, const struct plot_panel *panel,
	    double *ret_places)
{
	double last[2] = {0, 0}; /* of each row */
	bool clear = true;

	for (size_t i = 0; i < panel->alerts_count; i++) {
		bool begins = mark_begins(mark_of(panel->alerts[i]));
		double x = x_of(plot, panel->alerts[i]->sent_at);
		ret_places[i] = fmax(x, last[begins] + 2 * MARK);
		last[begins] = ret_places[i];
		clear = clear && ret_places[i] <= x + MARK_SHIFT;
	}
	for (size_t i = 0; !clear && i < panel->alerts_count; i++)
		ret_places[i] = x_of(plot, panel->alerts[i]->sent_at);
	return clear;
}

/* Each with words that a browser shows when it is pointed at. `y` is where the
 * runs are. */
static void
alert_draw(const struct drawing *drawing, const struct told *told, double x,
	   double y, double scale)
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
	if (mark_takes_back(mark))
		fprintf(stream,
			"<path d=\"M%.1f %.1fV%.1f\" stroke=\"" TAKEN_BACK
			"\" stroke-dasharray=\"2 3\"/>",
			x_of(drawing->plot, told->sent_at), drawing->top, y);
	fprintf(stream, "<g transform=\"translate(%.1f %.1f) scale(%.1f)\">", x,
		y + (mark_begins(mark) ? -MARK_ROW : MARK_ROW), scale);
	mark_draw(stream, mark, 0, 0, severity_colours[told->severity]);
	fputs("</g></g>\n", stream);
}

/* --- Panels --- */

static double
upper_of(const struct plot_panel *panel)
{
	double upper = 0;

	for (size_t i = 0; i < panel->samples_count; i++)
		upper = fmax(upper, panel->samples[i].sums[BASIS_UPPER]);
	for (size_t i = 0; panel->samples_count == 0 && i < panel->alerts_count;
	     i++)
		upper = fmax(upper, panel->alerts[i]->sums[BASIS_UPPER]);
	return upper;
}

/* Room above a peak, with the first level in sight, and the next one if it is
 * close by. */
static double
most_with_levels(const struct rule *rule, double peak)
{
	double most = peak * 1.15;

	for (size_t i = 0; i < rule->levels_count; i++) {
		double at = rule->levels[i].at;
		if (i == 0 && most < at * 1.15)
			most = at * 1.15;
		else if (most < at * 1.1 && at < peak * 1.4)
			most = at * 1.1;
		if (at > peak)
			break;
	}
	return most;
}

/* From a line of the scale at or below the least that is shown. */
static void
scale_set(struct drawing *drawing, double least, double most)
{
	drawing->step = nice_step(most - least, drawing->height < 90 ? 2 : 4);
	drawing->least = fmax(floor(least / drawing->step) * drawing->step, 0);
	drawing->most = most;
}

/* A total of many thousands that rises by hundreds is not shown from 0 on. */
static void
totals_scale(struct drawing *drawing, const struct plot_panel *panel)
{
	enum basis basis = drawing->plot->rule->basis;
	double least = panel->peak;

	for (size_t i = 0; i < panel->samples_count; i++)
		least = fmin(least, panel->samples[i].sums[basis]);
	if (drawing->plot->rule->window_kind != WINDOW_LATEST ||
	    plot_has_tested(drawing->plot->rule) || least < panel->peak / 2)
		return;
	double room = fmax((panel->peak - least) * 0.25, 1);
	scale_set(drawing, least - room, panel->peak + room);
}

/* What is at most is in sight as far as that does not flatten all the rest. */
static void
sums_scale(struct drawing *drawing, const struct plot_panel *panel)
{
	const struct rule *rule = drawing->plot->rule;
	double upper = upper_of(panel);
	double most = plot_has_tested(rule)
			      ? panel->peak * 1.15
			      : most_with_levels(rule, panel->peak);

	if (upper > most)
		most = fmin(upper * 1.05, 1.5 * most);
	scale_set(drawing, 0, fmax(most, 1));
	totals_scale(drawing, panel);
}

/* A number without bound (nothing was usual) is cut off. */
static void
tested_scale(struct drawing *drawing, const struct plot_panel *panel)
{
	const struct rule *rule = drawing->plot->rule;
	double last = rule->levels[rule->levels_count - 1].at;

	scale_set(drawing, 0,
		  fmin(most_with_levels(rule, panel->tested_peak), 4 * last));
}

static void
panel_head(const struct drawing *drawing, const struct plot_panel *panel)
{
	double upper = upper_of(panel);

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
	if (drawing->least > 0)
		fprintf(drawing->stream, " (shown from %.0f on)",
			drawing->least);
	fputs("</tspan></text>\n", drawing->stream);
}

static void
sums_draw(const struct drawing *drawing, const struct plot_panel *panel)
{
	values_axis(drawing);
	for (int basis = BASIS_UPPER; basis >= BASIS_CONFIRMED; basis--)
		sum_area(drawing, panel, (enum basis)basis);
	value_line(drawing, panel, false);
	if (panel->samples_count == 0)
		alert_stems(drawing, panel);
	if (!plot_has_tested(drawing->plot->rule))
		levels_draw(drawing);
}

static void
tested_draw(const struct drawing *drawing, const struct plot_panel *panel)
{
	const struct rule *rule = drawing->plot->rule;

	values_axis(drawing);
	value_line(drawing, panel, true);
	levels_draw(drawing);
	fprintf(drawing->stream,
		"<text x=\"%d\" y=\"%.1f\" fill=\"" FAINT "\" "
		"stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">%s",
		LEFT + 4, drawing->top + 10,
		rule->kind == RULE_SPIKE ? spike_method_name(rule->spike.method)
					 : "gap, %");
	if (panel->tested_peak > drawing->most)
		fprintf(drawing->stream, " (cut off: up to %.4g)",
			panel->tested_peak);
	fputs("</text>\n", drawing->stream);
}

/* Drawn one after the other, so that neither what is worse nor what takes back
 * is hidden. */
static unsigned int
rank_of(const struct told *told)
{
	return mark_takes_back(mark_of(told)) ? SEVERITIES : told->severity;
}

static void
alerts_draw(const struct drawing *drawing, const struct plot_panel *panel,
	    double y)
{
	double *places = calloc(panel->alerts_count + 1, sizeof(*places));

	/* Of an event alone nothing says when it is over. */
	if (drawing->plot->rule->window_kind != WINDOW_EVENT)
		runs_draw(drawing, panel, y);
	if (!places)
		return;
	double scale = marks_place(drawing->plot, panel, places) ? 1 : 0.6;
	for (unsigned int rank = 0; rank <= SEVERITIES; rank++)
		for (size_t i = 0; i < panel->alerts_count; i++)
			if (rank_of(panel->alerts[i]) == rank)
				alert_draw(drawing, panel->alerts[i], places[i],
					   y, scale);
	free(places);
}

static double
tested_height(const struct plot *plot, double height)
{
	return plot_has_tested(plot->rule) ? floor(height * 0.6) : 0;
}

/* Its plain of sums, whatever is below that, and the strip. */
static double
panel_height(const struct plot *plot, double height)
{
	double tested = tested_height(plot, height);

	return height + (tested > 0 ? BETWEEN + tested : 0) + STRIP;
}

static void
panel_draw(const struct plot *plot, const struct plot_panel *panel, double top,
	   double height, bool with_dates, FILE *stream)
{
	struct drawing sums = {.plot = plot,
			       .stream = stream,
			       .top = top,
			       .height = height};
	struct drawing tested = sums;
	double bottom = top + panel_height(plot, height);

	tested.top = top + height + BETWEEN;
	tested.height = tested_height(plot, height);
	sums_scale(&sums, panel);
	panel_head(&sums, panel);
	dates_axis(&sums, bottom, with_dates);
	sums_draw(&sums, panel);
	if (plot_has_tested(plot->rule)) {
		tested_scale(&tested, panel);
		tested_draw(&tested, panel);
	}
	alerts_draw(&sums, panel, bottom - STRIP / 2.0);
}

/* --- The head --- */

/* What is counted, and over what time. */
static void
measure_write(const struct rule *rule, FILE *stream)
{
	for (const char *c = measure_name(rule->measure); *c != '\0'; c++)
		fputc(*c == '_' ? ' ' : *c, stream);
	if (rule->kind == RULE_DISCREPANCY) {
		fputs(": the gap between ", stream);
		text_write(stream, rule->match.source.names[0]);
		fputs(" and ", stream);
		text_write(stream, rule_holds_against_events(rule)
					   ? "our own sum"
					   : rule->match.source.names[1]);
		return;
	}
	switch (rule->window_kind) {
	case WINDOW_DURATION:
		fputs(rule->kind != RULE_TALLY		    ? " in "
		      : measure_is_in_period(rule->measure) ? ", over "
							    : ", more in ",
		      stream);
		duration_write(stream, rule->window_ms);
		break;
	case WINDOW_AGREEMENT:
		fputs(" since the agreement took effect", stream);
		break;
	case WINDOW_EVENT:
		fputs(" in one event", stream);
		break;
	case WINDOW_LATEST:
		fputs(measure_is_in_period(rule->measure)
			      ? ": of the latest period"
			      : ": the latest total",
		      stream);
		break;
	case WINDOW_NONE:
		break;
	}
}

static void
levels_write(const struct rule *rule, FILE *stream)
{
	fputs(". Levels:", stream);
	for (size_t i = 0; i < rule->levels_count; i++) {
		const struct level *level = &rule->levels[i];
		fprintf(stream, "%s %s %.10g%s", i == 0 ? "" : ",",
			severity_name(level->severity), level->at,
			level_unit(rule));
		if (level->every > 0) {
			fprintf(stream, " and each %.10g%s more", level->every,
				level_unit(rule));
			break;
		}
	}
}

static void
subtitle_write(const struct plot *plot, FILE *stream)
{
	const struct rule *rule = plot->rule;

	measure_write(rule, stream);
	if (rule->kind == RULE_SPIKE)
		fprintf(stream, ", against what went before, by %s",
			spike_method_name(rule->spike.method));
	for (size_t i = 0; i < rule->group_by_count; i++)
		fprintf(stream, "%s%s", i == 0 ? ", for each " : " and ",
			field_name(rule->group_by[i]));
	levels_write(rule, stream);
}

/* What the time axis covers, at the right. */
static void
span_write(const struct plot *plot, FILE *stream)
{
	char from[32], to[32];

	if (plot->from == plot->to)
		return;
	time_render(plot->from, "%-d %B %Y", from, sizeof(from));
	time_render(plot->to, "%-d %B %Y", to, sizeof(to));
	bool one_day = strcmp(from, to) == 0;
	fprintf(stream,
		"<text x=\"%d\" y=\"30\" text-anchor=\"end\" fill=\"" FAINT
		"\">",
		WIDTH - 20);
	time_write(stream, plot->from,
		   one_day ? "%-d %B %Y, %H:%M" : "%-d %B %Y");
	fputs(" to ", stream);
	time_write(stream, plot->to,
		   one_day ? "%H:%M (UTC%z)" : "%-d %B %Y (UTC%z)");
	fputs("</text>\n", stream);
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
	span_write(plot, stream);
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

/* Why a picture has nothing in it. */
static char *
nothing_words(const struct rule *rule)
{
	switch (rule->kind) {
	case RULE_SPIKE:
		return "Nothing was tested by this rule: no report, or too "
		       "little before it";
	case RULE_DISCREPANCY:
		return "No two figures of this rule were apart";
	case RULE_THRESHOLD:
	case RULE_TALLY:
	case RULE_ABSENCE:
	case RULE_DEADLINE:
	case RULE_FEED_GAP:
	case RULE_KINDS:
		break;
	}
	return "No report was counted by this rule";
}

void
plot_draw(const struct plot *plot, FILE *stream)
{
	struct plot_panel empty = {.title = nothing_words(plot->rule)};
	size_t panels = plot->drawn > 0 ? plot->drawn : 1;
	double each = plot->drawn == 0 ? 110
		      : panels == 1    ? 320
		      : panels == 2    ? 220
				       : 130;
	double pitch = TITLE + panel_height(plot, each) + GAP;
	double height = HEAD + pitch * (double)panels - GAP + AXIS + 16;

	head_draw(plot, height, stream);
	for (size_t i = 0; i < panels; i++)
		panel_draw(plot, plot->drawn > 0 ? &plot->panels[i] : &empty,
			   HEAD + TITLE + pitch * (double)i, each,
			   i + 1 == panels, stream);
	rest_write(plot, height - 8, stream);
	fputs("</svg>\n", stream);
}
