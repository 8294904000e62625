#include "truce/notice_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/rule.h"

static bool
local_time(int64_t time_ms, struct tm *ret_time)
{
	if (time_ms == TIME_UNSET)
		return false;
	time_t seconds = (time_t)(time_ms / 1000 - (time_ms % 1000 < 0));

	return localtime_r(&seconds, ret_time) != NULL;
}

void
notice_date_render(int64_t time_ms, char ret_date[static NOTICE_DATE_SIZE])
{
	struct tm time;
	char zone[8] = "";

	ret_date[0] = '\0';
	if (!local_time(time_ms, &time))
		return;
	size_t size = strftime(ret_date, NOTICE_DATE_SIZE, "%Y-%m-%d", &time);
	strftime(zone, sizeof(zone), "%z", &time);
	if (strlen(zone) == 5)
		snprintf(ret_date + size, NOTICE_DATE_SIZE - size,
			 " (UTC%.3s:%.2s)", zone, zone + 3);
}

const char *
notice_word(const struct notice *notice)
{
	switch (notice->cause) {
	case CAUSE_CROSSED:
		return "NEW";
	case CAUSE_LEVEL_UP:
		return "UP";
	case CAUSE_LEVEL_DOWN:
		return "DOWN";
	case CAUSE_CERTAINTY:
		return "CERTAINTY";
	case CAUSE_REMINDER:
		return "REMIND";
	case CAUSE_ESCALATED:
		return "ESCALATED";
	case CAUSE_CLEARED:
		return "CLEAR";
	case CAUSE_CORRECTED:
		return notice->msg_type == MSG_TYPE_CANCEL ? "RETRACT"
							   : "CORRECT";
	case CAUSE_ACKNOWLEDGED:
		return "ACK";
	case CAUSE_RULE_CHANGED:
		return notice->state == ALERT_FIRING ? "ANEW" : "RULE";
	case CAUSE_PROGRESS:
		return "PROGRESS";
	case CAUSE_RETRACTED:
		return "RETRACT";
	case CAUSE_SILENCE_ENDED:
		return "UNSILENCED";
	case CAUSE_UNSPECIFIED:
	case CAUSES:
		break;
	}
	return "?";
}

uint64_t
notice_seq_of(const char *identifier)
{
	const char *dash = strrchr(identifier, '-');

	if (!dash || dash[1] == '\0' ||
	    strspn(dash + 1, "0123456789") != strlen(dash + 1))
		return 0;
	return strtoull(dash + 1, NULL, 10);
}

struct episode_name
notice_episode(const struct notice *notice)
{
	struct episode_name name = {.here = true,
				    .seq = notice_seq_of(notice->episode)};
	const char *end = strrchr(notice->episode, '-');
	const char *begin = name.seq ? memrchr(notice->episode, '-',
					       (size_t)(end - notice->episode))
				     : NULL;

	if (begin)
		snprintf(name.stream, sizeof(name.stream), "%.*s",
			 (int)(end - begin - 1), begin + 1);
	name.here =
		strncmp(name.stream, notice->stream, strlen(name.stream)) == 0;
	return name;
}

int
episode_compare(const struct episode_name *left,
		const struct episode_name *right)
{
	if (left->here != right->here)
		return left->here ? 1 : -1;
	int order = strcmp(left->stream, right->stream);
	return order ? order
		     : (left->seq > right->seq) - (left->seq < right->seq);
}

/* CAP's name in capitals: "EXTREME". */
void
notice_name_print(struct text *text, const char *name, int width)
{
	char capitals[16];
	size_t i = 0;

	for (; i < sizeof(capitals) - 1 && name[i] != '\0'; i++)
		capitals[i] = name[i] >= 'a' && name[i] <= 'z'
				      ? (char)(name[i] - 'a' + 'A')
				      : name[i];
	capitals[i] = '\0';
	text_print(text, "%-*s ", width, capitals);
}

void
notice_time_print(struct text *text, int64_t time_ms, bool with_date)
{
	struct tm time;
	char words[32] = "--:--";

	if (local_time(time_ms, &time))
		strftime(words, sizeof(words),
			 with_date ? "%Y-%m-%d %H:%M" : "%H:%M", &time);
	text_print(text, "%s", words);
}

static bool
same_day(int64_t a_ms, int64_t b_ms)
{
	struct tm a, b;

	return local_time(a_ms, &a) && local_time(b_ms, &b) &&
	       a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
}

/* "minsk-2/dpr", filled up to a width. */
void
notice_group_print(struct text *text, const struct notice *notice, size_t width)
{
	char bytes[1024];
	struct text group;

	text_init(&group, bytes, sizeof(bytes));
	text_escape(&group, notice->agreement);
	for (size_t i = 0; i < notice->labels_count; i++) {
		const char *value = notice->labels[i].value;

		text_print(&group, i == 0 ? "/" : ",");
		text_escape(&group, *value == '\0' ? "unknown" : value);
	}
	text_print(text, "%s", bytes);
	for (size_t used = text_width(bytes); used < width; used++)
		text_print(text, " ");
}

static bool
has_ended(const struct notice *notice)
{
	return notice->state == ALERT_RESOLVED ||
	       notice->state == ALERT_CANCELLED;
}

static const char *
colour_of(const struct notice *notice, const struct style *style)
{
	switch (notice->state) {
	case ALERT_CANCELLED:
		return colour_bold(style);
	case ALERT_RESOLVED:
		return colour_good(style);
	case ALERT_FIRING:
	case ALERT_STATE_UNSPECIFIED:
		break;
	}
	return colour_of_severity(style, notice->severity);
}

/* Up to the headline: the columns. */
static void
columns_print(struct text *text, const struct notice *notice,
	      const struct style *style, bool with_date)
{
	char seq[24];

	notice_time_print(text, notice->sent_at, with_date);
	snprintf(seq, sizeof(seq), "#%" PRIu64, notice->seq);
	text_print(text, " %-5s %s", seq, colour_of(notice, style));
	notice_name_print(text, severity_name(notice->severity), 8);
	/* What is taken back is not even possible any more. */
	if (notice->msg_type == MSG_TYPE_CANCEL)
		text_print(text, "-------  ");
	else
		notice_name_print(text, certainty_name(notice->certainty), 8);
	text_print(text, "%-9s%s ", notice_word(notice), colour_end(style));
	if (notice->status == STATUS_EXERCISE || notice->status == STATUS_TEST)
		text_print(text, "EXERCISE ");
	text_escape_column(text, notice->rule, 16);
	text_print(text, " ");
	notice_group_print(text, notice, 22);
}

/* Who has it in hand; of an end it does not matter any more. */
static void
officer_print(struct text *text, const struct notice *notice)
{
	bool acknowledges = notice->cause == CAUSE_ACKNOWLEDGED;

	if (*notice->acknowledged_by != '\0' && !has_ended(notice)) {
		text_print(text,
			   acknowledges ? " | by " : " | acknowledged by ");
		text_escape(text, notice->acknowledged_by);
	}
	if (*notice->comment != '\0') {
		text_print(text, " | \"");
		text_escape(text, notice->comment);
		text_print(text, "\"");
	}
}

/* With its day, if that is another than the message's. */
static void
time_beside_print(struct text *text, int64_t time_ms,
		  const struct notice *notice)
{
	notice_time_print(text, time_ms, !same_day(time_ms, notice->sent_at));
}

/* The first message of its episode. Numbers are of one stream only. */
static void
first_print(struct text *text, const struct notice *notice, const char *what)
{
	const struct episode_name first = notice_episode(notice);

	if (first.seq > 0 && first.here) {
		text_print(text, " | %s #%" PRIu64, what, first.seq);
	} else if (first.seq > 0) {
		text_print(text, " | %s ", what);
		text_escape(text, notice->episode);
	}
	if (first.seq > 0 && notice->began_at != TIME_UNSET) {
		text_print(text, ", sent ");
		time_beside_print(text, notice->began_at, notice);
	}
}

/* The headline, and what would mislead if it were not said with it. */
static void
words_print(struct text *text, const struct notice *notice,
	    const struct style *style)
{
	double reported = notice->sums[BASIS_REPORTED];
	double confirmed = notice->sums[BASIS_CONFIRMED];

	text_print(text, "%s", colour_bold(style));
	text_escape(text, notice->headline);
	text_print(text, "%s", colour_end(style));
	if (notice->at_least)
		text_print(text, " | a lower bound");
	if (notice->status != STATUS_SYSTEM && confirmed < reported)
		text_print(text, " | %.0f of %.0f confirmed", confirmed,
			   reported);
	if (notice->disputed > 0)
		text_print(text, " | %u of %u disputed", notice->disputed,
			   notice->events);
	if (notice->msg_type == MSG_TYPE_CANCEL)
		first_print(text, notice, "cancels");
	else if (notice->cause == CAUSE_CORRECTED)
		first_print(text, notice, "corrects");
	if (notice->onset_at != TIME_UNSET && !has_ended(notice)) {
		text_print(text, notice->onset_at > notice->sent_at
					 ? " | due "
					 : " | since ");
		time_beside_print(text, notice->onset_at, notice);
	}
	officer_print(text, notice);
}

void
notice_line_render(const struct notice *notice, const struct style *style,
		   bool with_date, char ret_line[static NOTICE_LINE_SIZE])
{
	const struct style plain = {0};
	struct text text;

	/* Measured without colours, which take no room on the screen. */
	text_init(&text, ret_line, NOTICE_LINE_SIZE);
	columns_print(&text, notice, &plain, with_date);
	text_print(&text, "  ");
	words_print(&text, notice, &plain);
	bool fits = style->width == 0 || text_width(ret_line) <= style->width;

	text_init(&text, ret_line, NOTICE_LINE_SIZE);
	columns_print(&text, notice, style, with_date);
	if (fits) {
		text_print(&text, "  ");
	} else {
		while (text.used > 0 && ret_line[text.used - 1] == ' ')
			ret_line[--text.used] = '\0';
		text_print(&text, "\n      ");
	}
	words_print(&text, notice, style);
}

void
notice_day_print(const struct notice *notice, const struct style *style,
		 char date[static NOTICE_DATE_SIZE], FILE *stream)
{
	char day[NOTICE_DATE_SIZE];

	notice_date_render(notice->sent_at, day);
	if (strcmp(day, date) == 0)
		return;
	fprintf(stream, "%s%s%s\n", colour_dim(style), day, colour_end(style));
	memcpy(date, day, sizeof(day));
}

void
notice_line_print(const struct notice *notice, const struct style *style,
		  char date[static NOTICE_DATE_SIZE], FILE *stream)
{
	char line[NOTICE_LINE_SIZE];

	notice_day_print(notice, style, date, stream);
	notice_line_render(notice, style, false, line);
	fprintf(stream, "%s\n", line);
}
