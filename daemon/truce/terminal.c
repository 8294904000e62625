#include "truce/terminal.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

void
text_init(struct text *text, char *bytes, size_t size)
{
	*text = (struct text){.bytes = bytes, .size = size};
	bytes[0] = '\0';
}

/* All or nothing, so that a character or an escape is never cut. */
static void
text_append(struct text *text, const char *bytes, size_t size)
{
	if (size >= text->size - text->used) {
		text->size = text->used + 1; /* nothing more comes after it */
		return;
	}
	memcpy(text->bytes + text->used, bytes, size);
	text->used += size;
	text->bytes[text->used] = '\0';
}

void
text_print(struct text *text, const char *format, ...)
{
	char piece[1024];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	if ((size_t)size >= sizeof(piece))
		text_cut(piece, sizeof(piece) - 1);
	text_append(text, piece, strlen(piece));
}

/* One character of UTF-8, shortest form, no surrogates. Its size; 0 if these
 * bytes are none. */
static size_t
character_parse(const char *bytes, uint32_t *ret_code)
{
	const unsigned char *b = (const unsigned char *)bytes;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = b[0] < 0x80	      ? 1
		      : (b[0] & 0xE0) == 0xC0 ? 2
		      : (b[0] & 0xF0) == 0xE0 ? 3
		      : (b[0] & 0xF8) == 0xF0 ? 4
					      : 0;
	uint32_t code = size == 1 ? b[0] : b[0] & (0xFFU >> (size + 1));

	for (size_t i = 1; i < size; i++) {
		if ((b[i] & 0xC0) != 0x80) /* also at the end */
			return 0;
		code = code << 6 | (b[i] & 0x3F);
	}
	if (size == 0 || code < least[size] || code > 0x10FFFF ||
	    (code >= 0xD800 && code <= 0xDFFF))
		return 0;
	*ret_code = code;
	return size;
}

/* Controls, what turns the direction of reading, and what cannot be seen and
 * makes two names look like one. The joiners U+200C and U+200D are part of how
 * some scripts are written. */
static bool
is_hostile(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1F},	    {0x7F, 0x9F},     {0xAD, 0xAD},
		{0x61C, 0x61C},	    {0x180E, 0x180E}, {0x200B, 0x200B},
		{0x200E, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F},
		{0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF},
		{0xE0000, 0xE0FFF},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

void
text_escape(struct text *text, const char *bytes)
{
	uint32_t code;

	while (*bytes != '\0') {
		size_t size = character_parse(bytes, &code);

		if (size == 0) {
			text_print(text, "\\x%02x", (unsigned char)*bytes);
			size = 1;
		} else if (!is_hostile(code)) {
			text_append(text, bytes, size);
		} else if (code < 0x80) {
			text_print(text, "\\x%02x", (unsigned)code);
		} else {
			text_print(text, "\\u{%x}", (unsigned)code);
		}
		bytes += size;
	}
}

void
text_escape_column(struct text *text, const char *bytes, size_t width)
{
	size_t start = text->used;

	text_escape(text, bytes);
	size_t used = text_width(text->bytes + start);
	for (; used < width; used++)
		text_append(text, " ", 1);
}

void
text_cut(char *text, size_t bytes)
{
	size_t size = strlen(text);

	if (size <= bytes)
		return;
	while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
		bytes--;
	text[bytes] = '\0';
}

/* The C library's table of widths, whatever the user's locale says: what we
 * show is always UTF-8. */
static locale_t
utf8_locale(void)
{
	static locale_t locale;

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

static size_t
character_width(uint32_t code)
{
	locale_t locale = utf8_locale();

	if (!locale)
		return 1;
	locale_t before = uselocale(locale);
	int width = wcwidth((wchar_t)code);
	uselocale(before);
	return width < 0 ? 1 : (size_t)width;
}

size_t
text_width(const char *text)
{
	size_t width = 0;
	uint32_t code;

	while (*text != '\0') {
		size_t size = character_parse(text, &code);

		if (size == 0) {
			size = 1;
			code = '?';
		}
		width += code < 0x80 ? 1 : character_width(code);
		text += size;
	}
	return width;
}

struct style
style_of(FILE *stream)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size = {0};
	struct style style = {0};

	style.terminal = isatty(fileno(stream)) == 1;
	if (!style.terminal)
		return style;
	bool dumb = !term || strcmp(term, "dumb") == 0;
	style.colour = !dumb && (!no_colour || *no_colour == '\0');
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
		style.width = size.ws_col;
	return style;
}

const char *
colour_of_severity(const struct style *style, enum severity severity)
{
	if (!style->colour)
		return "";
	switch (severity) {
	case SEVERITY_EXTREME:
		return "\x1b[1;37;41m";
	case SEVERITY_SEVERE:
		return "\x1b[1;31m";
	case SEVERITY_MODERATE:
		return "\x1b[33m";
	case SEVERITY_MINOR:
		return "\x1b[36m";
	case SEVERITY_UNKNOWN:
	case SEVERITIES:
		break;
	}
	return "";
}

const char *
colour_good(const struct style *style)
{
	return style->colour ? "\x1b[32m" : "";
}

const char *
colour_bad(const struct style *style)
{
	return style->colour ? "\x1b[31m" : "";
}

const char *
colour_dim(const struct style *style)
{
	return style->colour ? "\x1b[2m" : "";
}

const char *
colour_bold(const struct style *style)
{
	return style->colour ? "\x1b[1m" : "";
}

const char *
colour_end(const struct style *style)
{
	return style->colour ? "\x1b[0m" : "";
}

void
progress_init(struct progress *progress, const char *what, int64_t now_ms)
{
	*progress = (struct progress){.style = style_of(stderr),
				      .what = what,
				      .started_ms = now_ms,
				      .drawn_ms = INT64_MIN};
	const char *term = getenv("TERM");
	if (!term || strcmp(term, "dumb") == 0)
		progress->style.terminal = false;
}

static void
bar_render(uint64_t done, uint64_t total, struct text *text)
{
	enum { CELLS = 24 };
	uint64_t cells = total == 0 ? 0 : done * CELLS / total;

	text_print(text, "[");
	for (uint64_t i = 0; i < CELLS; i++)
		text_print(text, i < cells ? "#" : ".");
	text_print(text, "] %3u%%  ",
		   (unsigned)(total == 0 ? 0 : done * 100 / total));
}

void
progress_render(const struct progress *progress, uint64_t done, uint64_t total,
		uint64_t count, const char *remark, int64_t now_ms,
		struct text *text)
{
	int64_t spent = now_ms - progress->started_ms;

	if (done > total && total > 0)
		done = total;
	text_escape(text, progress->what);
	text_print(text, "  ");
	if (total > 0)
		bar_render(done, total, text);
	text_print(text, "%llu reports", (unsigned long long)count);
	if (spent >= 500) {
		double rate = (double)count * 1000 / (double)spent;
		text_print(text, rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
	}
	if (total > done && done > 0 && spent >= 500) {
		double left = (double)spent / 1000 * (double)(total - done) /
			      (double)done;
		if (left < 360000)
			text_print(text, "  %u:%02u left", (unsigned)left / 60,
				   (unsigned)left % 60);
	}
	if (*remark != '\0')
		text_print(text, "  %s", remark);
}

void
progress_show(struct progress *progress, uint64_t done, uint64_t total,
	      uint64_t count, const char *remark, int64_t now_ms)
{
	char bytes[512];
	struct text text;

	if (!progress->style.terminal || (progress->drawn_ms != INT64_MIN &&
					  now_ms - progress->drawn_ms < 100))
		return;
	progress->drawn_ms = now_ms;
	progress->shown = true;
	text_init(&text, bytes, sizeof(bytes));
	progress_render(progress, done, total, count, remark, now_ms, &text);
	/* A bar that wraps would leave its first line behind. Its own bytes
	 * are ASCII but for the name, so cutting bytes only cuts short. */
	if (progress->style.width > 1)
		text_cut(bytes, progress->style.width - 1);
	/* Ends at the line's start: what another program prints there hides
	 * the bar instead of being appended to it. */
	fprintf(stderr, "\r\x1b[K%s\r", bytes);
	fflush(stderr);
}

void
progress_hide(struct progress *progress)
{
	if (!progress->shown)
		return;
	progress->shown = false;
	progress->drawn_ms = INT64_MIN;
	fputs("\r\x1b[K", stderr);
	fflush(stderr);
}
