#include "edge/syslog.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/rule.h"

enum {
	NAME_ROOM = 160,      /* a rule, an agreement, an identifier, escaped */
	HEADLINE_ROOM = 1024, /* a headline, escaped */
	OFFICER_ROOM = 96,    /* an officer's name */
	COMMENT_ROOM = 256,   /* an officer's words, which journald has whole */
	VALUE_ROOM = 4 * TEXT_SIZE, /* a label's value, all of it escaped */
	MESSAGE_ROOM = 1984,
	FIELD_NAME_SIZE = 65, /* journald's limit and a NUL */
};

struct syslog_outlet {
	struct syslog_paths paths;
	enum syslog_target target;
	int facility;
	enum severity min_severity;
	int file;	 /* -1: not connected */
	bool to_journal; /* what is at the other end of file */
};

/* --- Text in a bounded buffer. What does not fit is left out whole. --- */

struct text {
	char *bytes;
	size_t size;
	size_t used;
	bool overflow;
};

static void
text_bytes(struct text *text, const void *bytes, size_t size)
{
	if (size > text->size - text->used) {
		text->overflow = true;
		return;
	}
	memcpy(text->bytes + text->used, bytes, size);
	text->used += size;
}

static void
text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

__attribute__((format(printf, 2, 3))) static void
text_format(struct text *text, const char *format, ...)
{
	char formatted[128];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(formatted, sizeof(formatted), format, arguments);
	va_end(arguments);
	assert(size >= 0 && (size_t)size < sizeof(formatted));
	text_bytes(text, formatted, (size_t)size);
}

static void
text_upper(struct text *text, const char *string)
{
	for (; *string; string++) {
		char upper = (char)toupper((unsigned char)*string);
		text_bytes(text, &upper, 1);
	}
}

/* Takes back what was added since `mark` if not all of it fitted. */
static void
text_settle(struct text *text, size_t mark)
{
	if (text->overflow)
		text->used = mark;
	text->overflow = false;
}

/* --- What comes from reports is shown so that it cannot pose as ours. --- */

/* Bytes of the UTF-8 character that text begins with; 0 if it begins with
 * none (RFC 3629: no overlong forms, no surrogates). */
static size_t
character_read(const char *text, uint32_t *ret_character)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0x80	? 1
		      : bytes[0] < 0xC0 ? 0
		      : bytes[0] < 0xE0 ? 2
		      : bytes[0] < 0xF0 ? 3
		      : bytes[0] < 0xF8 ? 4
					: 0;
	uint32_t character =
		size < 2 ? bytes[0] : bytes[0] & (0xFFU >> (size + 1));

	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3F);
	}
	if (size > 1 && (character < smallest[size] || character > 0x10FFFF ||
			 (character >= 0xD800 && character < 0xE000)))
		return 0;
	*ret_character = character;
	return size;
}

/* Moves the cursor, ends the line or reorders what is on it. */
static bool
is_harmful(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character < 0xA0) ||
	       character == 0x061C || character == 0x200E ||
	       character == 0x200F ||
	       (character >= 0x2028 && character <= 0x202E) ||
	       (character >= 0x2066 && character <= 0x2069);
}

/* Adds at most `room` bytes, and "..." where it cuts. The ASCII characters in
 * `special` get a backslash. */
static void
text_escaped(struct text *text, const char *string, size_t room,
	     const char *special)
{
	size_t end = text->used + room;

	while (*string) {
		char escaped[32];
		struct text one = {.bytes = escaped, .size = sizeof(escaped)};
		uint32_t character = 0;
		size_t size = character_read(string, &character);
		bool raw = size > 0 && !is_harmful(character);

		if (raw && character < 0x80 && strchr(special, (int)character))
			text_string(&one, "\\");
		if (size == 0)
			size = 1;
		for (size_t i = 0; i < size; i++)
			if (raw)
				text_bytes(&one, &string[i], 1);
			else
				text_format(&one, "\\x%02x",
					    (unsigned char)string[i]);
		if (text->used + one.used > end) {
			text_string(text, "...");
			return;
		}
		text_bytes(text, escaped, one.used);
		string += size;
	}
}

/* --- The words. --- */

static const char *
status_word(enum status status)
{
	switch (status) {
	case STATUS_ACTUAL:
		return "Actual";
	case STATUS_EXERCISE:
		return "Exercise";
	case STATUS_SYSTEM:
		return "System";
	case STATUS_TEST:
		return "Test";
	}
	return "";
}

static int
priority_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_EXTREME:
		return LOG_ALERT;
	case SEVERITY_SEVERE:
		return LOG_CRIT;
	case SEVERITY_MODERATE:
		return LOG_WARNING;
	case SEVERITY_MINOR:
	case SEVERITY_UNKNOWN:
	case SEVERITIES:
		break;
	}
	return LOG_NOTICE;
}

static bool
is_drill(const struct notice *notice)
{
	return notice->status == STATUS_EXERCISE ||
	       notice->status == STATUS_TEST;
}

static bool
is_over(const struct notice *notice)
{
	return notice->state == ALERT_RESOLVED ||
	       notice->state == ALERT_CANCELLED;
}

/* What an officer did, by whom and why; other messages repeat it. */
static void
officer_write(struct text *text, const struct notice *notice)
{
	if (notice->cause != CAUSE_ACKNOWLEDGED &&
	    notice->cause != CAUSE_RETRACTED)
		return;
	text_string(text, " | by ");
	text_escaped(text, notice->acknowledged_by, OFFICER_ROOM, "\\");
	if (*notice->comment == '\0')
		return;
	text_string(text, " | \"");
	text_escaped(text, notice->comment, COMMENT_ROOM, "\\\"");
	text_string(text, "\"");
}

static void
message_write(struct text *text, const struct notice *notice)
{
	if (is_drill(notice)) {
		text_upper(text, status_word(notice->status));
		text_string(text, " ");
	}
	if (is_over(notice)) {
		text_upper(text, alert_state_name(notice->state));
		text_string(text, " ");
	}
	text_upper(text, severity_name(notice->severity));
	text_string(text, " ");
	text_upper(text, certainty_name(notice->certainty));
	text_format(text, " %s ", cause_name(notice->cause));
	text_escaped(text, notice->rule, NAME_ROOM, "\\");
	text_string(text, " ");
	text_escaped(text, notice->agreement, NAME_ROOM, "\\");
	text_string(text, ": ");
	text_escaped(text, notice->headline, HEADLINE_ROOM, "\\");
	officer_write(text, notice);
	text_string(text, " (");
	text_escaped(text, notice->identifier, NAME_ROOM, "\\");
	text_string(text, ")");
	assert(!text->overflow);
}

/* What both outlets tell beside the message. */
struct fact {
	const char *name; /* journald's, after TRUCED_; lower case for syslog */
	char value[48];	  /* a number ... */
	const char *string; /* ... or a text */
	bool in_message;
};

enum { FACTS_MAX = 32 };

struct facts {
	struct fact facts[FACTS_MAX];
	size_t count;
};

static void
fact_string(struct facts *facts, const char *name, const char *string,
	    bool in_message)
{
	if (!string || !*string)
		return;
	assert(facts->count < FACTS_MAX);
	facts->facts[facts->count++] = (struct fact){.name = name,
						     .string = string,
						     .in_message = in_message};
}

__attribute__((format(printf, 3, 4))) static void
fact_number(struct facts *facts, const char *name, const char *format, ...)
{
	va_list arguments;

	assert(facts->count < FACTS_MAX);
	struct fact *fact = &facts->facts[facts->count++];
	*fact = (struct fact){.name = name};
	va_start(arguments, format);
	vsnprintf(fact->value, sizeof(fact->value), format, arguments);
	va_end(arguments);
}

static const char *
fact_value(const struct fact *fact)
{
	return fact->string ? fact->string : fact->value;
}

static void
facts_gather(struct facts *facts, const struct notice *notice)
{
	static const char *const sums[] = {
		[BASIS_CONFIRMED] = "CONFIRMED",
		[BASIS_SUPPORTED] = "SUPPORTED",
		[BASIS_REPORTED] = "REPORTED",
		[BASIS_UPPER] = "UPPER",
	};

	facts->count = 0;
	fact_string(facts, "IDENTIFIER", notice->identifier, true);
	fact_string(facts, "RULE", notice->rule, true);
	fact_string(facts, "AGREEMENT", notice->agreement, true);
	fact_string(facts, "SEVERITY", severity_name(notice->severity), true);
	fact_string(facts, "CERTAINTY", certainty_name(notice->certainty),
		    true);
	fact_string(facts, "CAUSE", cause_name(notice->cause), true);
	fact_number(facts, "SEQ", "%" PRIu64, notice->seq);
	fact_string(facts, "MSG_TYPE", msg_type_name(notice->msg_type), false);
	fact_string(facts, "STATE", alert_state_name(notice->state), false);
	fact_string(facts, "STATUS", status_word(notice->status), false);
	fact_string(facts, "EPISODE", notice->episode, false);
	fact_string(facts, "REFERENCES", notice->references, false);
	fact_string(facts, "URGENCY", urgency_name(notice->urgency), false);
	fact_string(facts, "MEASURE", notice->measure, false);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		fact_number(facts, sums[i], "%.15g", notice->sums[i]);
	fact_number(facts, "THRESHOLD", "%.15g", notice->threshold);
	if (notice->sent_at != TIME_UNSET)
		fact_number(facts, "SENT_AT", "%" PRId64, notice->sent_at);
	fact_string(facts, "STREAM", notice->stream, false);
}

/* --- journald's native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). sd_journal_send would block
 * when the socket is full. --- */

static void
field_put(struct text *text, const char *name, const char *value)
{
	size_t mark = text->used;
	size_t size = strlen(value);

	text_string(text, name);
	if (strchr(value, '\n')) { /* its length in place of "=" */
		unsigned char length[8];

		for (size_t i = 0; i < sizeof(length); i++)
			length[i] = (unsigned char)((uint64_t)size >> (8 * i));
		text_string(text, "\n");
		text_bytes(text, length, sizeof(length));
	} else {
		text_string(text, "=");
	}
	text_bytes(text, value, size);
	text_string(text, "\n");
	text_settle(text, mark);
}

/* "TRUCED_" and so on with a name of ours in a field name's letters. */
static void
field_name_make(char ret_name[static FIELD_NAME_SIZE], const char *beginning,
		const char *name)
{
	snprintf(ret_name, FIELD_NAME_SIZE, "%s%s", beginning, name);
	for (char *letter = ret_name; *letter; letter++)
		*letter = isalnum((unsigned char)*letter)
				  ? (char)toupper((unsigned char)*letter)
				  : '_';
}

static void
entry_write(struct text *text, const struct syslog_outlet *outlet,
	    const struct notice *notice)
{
	char message[MESSAGE_ROOM + 1];
	struct text words = {.bytes = message, .size = MESSAGE_ROOM};
	char number[16];
	char name[FIELD_NAME_SIZE];
	struct facts facts;

	message_write(&words, notice);
	message[words.used] = '\0';
	field_put(text, "MESSAGE", message);
	field_put(text, "MESSAGE_ID", SYSLOG_ALERT_MESSAGE_ID);
	snprintf(number, sizeof(number), "%d", priority_of(notice->severity));
	field_put(text, "PRIORITY", number);
	snprintf(number, sizeof(number), "%d", LOG_FAC(outlet->facility));
	field_put(text, "SYSLOG_FACILITY", number);
	field_put(text, "SYSLOG_IDENTIFIER", "truced");
	facts_gather(&facts, notice);
	fact_string(&facts, "DESCRIPTION", notice->description, false);
	fact_string(&facts, "INSTRUCTION", notice->instruction, false);
	fact_string(&facts, "WEB", notice->web, false);
	fact_string(&facts, "ACKNOWLEDGED_BY", notice->acknowledged_by, false);
	fact_string(&facts, "COMMENT", notice->comment, false);
	for (size_t i = 0; i < facts.count; i++) {
		field_name_make(name, "TRUCED_", facts.facts[i].name);
		field_put(text, name, fact_value(&facts.facts[i]));
	}
	for (size_t i = 0; i < notice->labels_count; i++) {
		field_name_make(name, "TRUCED_LABEL_", notice->labels[i].name);
		field_put(text, name, notice->labels[i].value);
	}
	for (size_t i = 0; i < notice->evidence_count; i++)
		field_put(text, "TRUCED_EVIDENCE", notice->evidence[i]);
}

/* --- syslog(3)'s line (RFC 3164, without a host, as on /dev/log). --- */

static void
stamp_write(struct text *text)
{
	/* Not strftime's: a log's months are English in every locale. */
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr",
					   "May", "Jun", "Jul", "Aug",
					   "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	text_format(text, "%s %2d %02d:%02d:%02d ", months[local.tm_mon],
		    local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

static void
pair_name(struct text *text, const char *name)
{
	text_string(text, " ");
	for (; *name; name++) {
		bool plain = isalnum((unsigned char)*name);
		char letter = plain ? (char)tolower((unsigned char)*name) : '_';

		text_bytes(text, &letter, 1);
	}
	text_string(text, "=");
}

static void
line_write(struct text *text, const struct syslog_outlet *outlet,
	   const struct notice *notice)
{
	struct facts facts;
	size_t mark;

	text_format(text, "<%d>",
		    outlet->facility | priority_of(notice->severity));
	stamp_write(text);
	text_format(text, "truced[%ld]: ", (long)getpid());
	message_write(text, notice);
	for (size_t i = 0; i < notice->labels_count; i++) {
		const struct notice_label *label = &notice->labels[i];

		mark = text->used;
		pair_name(text, label->name);
		if (*label->value) {
			text_string(text, "\"");
			text_escaped(text, label->value, VALUE_ROOM, "\\\"");
			text_string(text, "\"");
		} else {
			text_string(text, "unknown");
		}
		text_settle(text, mark);
	}
	facts_gather(&facts, notice);
	for (size_t i = 0; i < facts.count; i++) {
		if (facts.facts[i].in_message)
			continue;
		mark = text->used;
		pair_name(text, facts.facts[i].name);
		text_escaped(text, fact_value(&facts.facts[i]), NAME_ROOM,
			     "\\");
		text_settle(text, mark);
	}
}

/* --- The socket. --- */

int
syslog_outlet_open(struct syslog_outlet **ret_outlet,
		   const struct syslog_paths *paths, enum syslog_target target,
		   int facility, enum severity min_severity)
{
	struct syslog_outlet *outlet = calloc(1, sizeof(*outlet));

	if (!outlet)
		return -ENOMEM;
	outlet->paths = *paths;
	outlet->target = target;
	outlet->facility = facility;
	outlet->min_severity = min_severity;
	outlet->file = -1;
	*ret_outlet = outlet;
	return 0;
}

int
syslog_outlet_new(struct syslog_outlet **ret_outlet, enum syslog_target target,
		  int facility, enum severity min_severity)
{
	static const struct syslog_paths paths = {
		.journal = "/run/systemd/journal/socket",
		.syslog = "/dev/log",
	};

	return syslog_outlet_open(ret_outlet, &paths, target, facility,
				  min_severity);
}

static void
outlet_close(struct syslog_outlet *outlet)
{
	if (outlet->file >= 0)
		close(outlet->file);
	outlet->file = -1;
}

void
syslog_outlet_free(struct syslog_outlet *outlet)
{
	if (!outlet)
		return;
	outlet_close(outlet);
	free(outlet);
}

static int
outlet_connect(struct syslog_outlet *outlet)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bool to_journal = outlet->target == SYSLOG_JOURNAL ||
			  (outlet->target == SYSLOG_AUTO &&
			   access(outlet->paths.journal, F_OK) == 0);
	const char *path =
		to_journal ? outlet->paths.journal : outlet->paths.syslog;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	int file =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return -errno;
	if (connect(file, (const struct sockaddr *)&address, sizeof(address)) !=
	    0) {
		int error = -errno;

		close(file);
		return error;
	}
	outlet->file = file;
	outlet->to_journal = to_journal;
	return 0;
}

static int
outlet_send(struct syslog_outlet *outlet, const struct notice *notice)
{
	char bytes[SYSLOG_DATAGRAM_MAX];
	struct text text = {.bytes = bytes};
	ssize_t sent;

	if (outlet->to_journal) {
		text.size = SYSLOG_DATAGRAM_MAX;
		entry_write(&text, outlet, notice);
	} else {
		text.size = SYSLOG_LINE_MAX;
		line_write(&text, outlet, notice);
	}
	do
		sent = send(outlet->file, bytes, text.used, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	return errno == ENOBUFS ? -EAGAIN : -errno;
}

static bool
takes_back(const struct notice *notice)
{
	return is_over(notice) || notice->cause == CAUSE_LEVEL_DOWN ||
	       notice->cause == CAUSE_CORRECTED ||
	       notice->cause == CAUSE_RULE_CHANGED;
}

int
syslog_outlet_alert(struct syslog_outlet *outlet, const struct notice *notice)
{
	int error = 0;

	if (outlet->target == SYSLOG_OFF ||
	    (notice->severity < outlet->min_severity && !takes_back(notice)))
		return 0;
	/* A log daemon that was started anew is at the same path, behind
	 * another socket: the second try finds it. */
	for (int tries = 0; tries < 2; tries++) {
		bool fresh = outlet->file < 0;

		error = fresh ? outlet_connect(outlet) : 0;
		if (error == 0)
			error = outlet_send(outlet, notice);
		if (error == 0 || error == -EAGAIN)
			return error;
		outlet_close(outlet);
		if (fresh)
			break;
	}
	return error;
}
