/* Alerts to the log: real datagram sockets stand in for the log daemons, and
 * what they are sent is read as they would read it. */
#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/syslog.h"

enum { PATIENCE_MS = 10000, PATH_SIZE = 100, FULL_MOST = 100000 };

struct place {
	char directory[64];
	char journal[PATH_SIZE];
	char syslog[PATH_SIZE];
	struct syslog_paths paths;
	/* What a log daemon has received last. */
	char datagram[2 * SYSLOG_DATAGRAM_MAX];
	size_t size;
};

static int
place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/truced-syslog-XXXXXX");
	if (!mkdtemp(place->directory))
		return -1;
	snprintf(place->journal, PATH_SIZE, "%s/journal", place->directory);
	snprintf(place->syslog, PATH_SIZE, "%s/log", place->directory);
	place->paths = (struct syslog_paths){place->journal, place->syslog};
	*state = place;
	return 0;
}

static int
place_leave(void **state)
{
	struct place *place = *state;

	unlink(place->journal);
	unlink(place->syslog);
	rmdir(place->directory);
	free(place);
	return 0;
}

static int
daemon_start(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(file, (const struct sockaddr *)&address,
			      sizeof(address)),
			 0);
	return file;
}

static void
daemon_stop(int file, const char *path)
{
	close(file);
	unlink(path);
}

static bool
daemon_has(int file, int timeout_ms)
{
	struct pollfd item = {.fd = file, .events = POLLIN};

	return poll(&item, 1, timeout_ms) == 1;
}

static void
daemon_read(int file, struct place *place)
{
	assert_true(daemon_has(file, PATIENCE_MS));
	ssize_t size =
		recv(file, place->datagram, sizeof(place->datagram) - 1, 0);
	assert_true(size > 0);
	place->size = (size_t)size;
	place->datagram[size] = '\0';
}

static const struct notice_label labels[] = {{"party", "lpr"}, {"country", ""}};
static const char *const evidence[] = {"jfo/881@2", "jfo/880@1"};

/* As it comes from the codec: what is not set is "". */
static const struct notice crossed = {
	.identifier = "truced-1a2b3c4d-420",
	.stream = "1a2b3c4d5e6f708192a3b4c5d6e7f809",
	.episode = "truced-1a2b3c4d-415",
	.references = "",
	.rule = "mass-casualty",
	.agreement = "minsk-1",
	.measure = "killed",
	.headline = "Popasna: 6 killed in 24 h",
	.description = "Six \"killed\" crossed 5.",
	.instruction = "",
	.web = "",
	.acknowledged_by = "",
	.comment = "",
	.seq = 420,
	.msg_type = MSG_TYPE_ALERT,
	.state = ALERT_FIRING,
	.cause = CAUSE_CROSSED,
	.status = STATUS_ACTUAL,
	.severity = SEVERITY_EXTREME,
	.certainty = CERTAINTY_LIKELY,
	.urgency = URGENCY_IMMEDIATE,
	.sums = {2, 4, 6, 8},
	.threshold = 5,
	.window_ms = 86400000,
	.onset_at = TIME_UNSET,
	.sent_at = 1409961600123,
	.labels = labels,
	.labels_count = 2,
	.evidence = evidence,
	.evidence_count = 2,
};

static struct syslog_outlet *
outlet_open(const struct place *place, enum syslog_target target,
	    enum severity min_severity)
{
	struct syslog_outlet *outlet = NULL;

	assert_int_equal(syslog_outlet_open(&outlet, &place->paths, target,
					    LOG_DAEMON, min_severity),
			 0);
	return outlet;
}

/* Sends one notice and gives what the daemon got of it. */
static const char *
log_once(struct place *place, enum syslog_target target,
	 const struct notice *notice)
{
	const char *path =
		target == SYSLOG_JOURNAL ? place->journal : place->syslog;
	int file = daemon_start(path);
	struct syslog_outlet *outlet =
		outlet_open(place, target, SEVERITY_UNKNOWN);

	assert_int_equal(syslog_outlet_alert(outlet, notice), 0);
	daemon_read(file, place);
	syslog_outlet_free(outlet);
	daemon_stop(file, path);
	return place->datagram;
}

/* One field of a journald entry, read by the protocol's description. */
struct entry_field {
	const char *name;
	size_t name_size;
	const char *value;
	size_t value_size;
};

static bool
field_next(const struct place *place, size_t *at, struct entry_field *ret_field)
{
	const char *start = place->datagram + *at;
	const char *end = place->datagram + place->size;

	if (start == end)
		return false;
	const char *stop = start;
	while (stop < end && *stop != '=' && *stop != '\n')
		stop++;
	assert_true(stop < end);
	ret_field->name = start;
	ret_field->name_size = (size_t)(stop - start);
	ret_field->value = stop + 1;
	if (*stop == '=') {
		const char *line = memchr(stop, '\n', (size_t)(end - stop));
		assert_non_null(line);
		ret_field->value_size = (size_t)(line - ret_field->value);
	} else {
		uint64_t size = 0;

		assert_true(end - stop > 9);
		for (int i = 7; i >= 0; i--)
			size = size << 8 | (unsigned char)stop[1 + i];
		ret_field->value += 8;
		ret_field->value_size = (size_t)size;
		assert_true(size < (size_t)(end - ret_field->value));
		assert_int_equal(ret_field->value[size], '\n');
	}
	/* journald drops an entry's field if its name is not one. */
	assert_in_range(ret_field->name_size, 1, 64);
	for (size_t i = 0; i < ret_field->name_size; i++)
		assert_true(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
				   ret_field->name[i]));
	*at = (size_t)(ret_field->value + ret_field->value_size + 1 -
		       place->datagram);
	return true;
}

/* How often the entry has the field, and its last value. */
static size_t
field_find(const struct place *place, const char *name, char *ret_value,
	   size_t size)
{
	struct entry_field field;
	size_t at = 0;
	size_t found = 0;

	while (field_next(place, &at, &field)) {
		if (field.name_size != strlen(name) ||
		    memcmp(field.name, name, field.name_size) != 0)
			continue;
		found++;
		assert_true(field.value_size < size);
		memcpy(ret_value, field.value, field.value_size);
		ret_value[field.value_size] = '\0';
	}
	return found;
}

static void
expect_field(const struct place *place, const char *name, const char *value)
{
	char found[SYSLOG_DATAGRAM_MAX] = "";

	if (field_find(place, name, found, sizeof(found)) != 1)
		fail_msg("%s is not there once", name);
	assert_string_equal(found, value);
}

static void
expect_no_field(const struct place *place, const char *name)
{
	char found[SYSLOG_DATAGRAM_MAX];

	assert_int_equal(field_find(place, name, found, sizeof(found)), 0);
}

static void
tells_journald_every_field(void **state)
{
	struct place *place = *state;
	char found[64];

	log_once(place, SYSLOG_JOURNAL, &crossed);
	expect_field(place, "MESSAGE",
		     "EXTREME LIKELY crossed mass-casualty minsk-1: "
		     "Popasna: 6 killed in 24 h (truced-1a2b3c4d-420)");
	expect_field(place, "MESSAGE_ID", "54175343f1714068a864d4c0deeea6b7");
	expect_field(place, "PRIORITY", "1");
	expect_field(place, "SYSLOG_FACILITY", "3");
	expect_field(place, "SYSLOG_IDENTIFIER", "truced");
	expect_field(place, "TRUCED_RULE", "mass-casualty");
	expect_field(place, "TRUCED_AGREEMENT", "minsk-1");
	expect_field(place, "TRUCED_IDENTIFIER", "truced-1a2b3c4d-420");
	expect_field(place, "TRUCED_EPISODE", "truced-1a2b3c4d-415");
	expect_field(place, "TRUCED_CAUSE", "crossed");
	expect_field(place, "TRUCED_STATE", "firing");
	expect_field(place, "TRUCED_SEVERITY", "Extreme");
	expect_field(place, "TRUCED_CERTAINTY", "Likely");
	expect_field(place, "TRUCED_URGENCY", "Immediate");
	expect_field(place, "TRUCED_STREAM",
		     "1a2b3c4d5e6f708192a3b4c5d6e7f809");
	expect_field(place, "TRUCED_SEQ", "420");
	expect_field(place, "TRUCED_MSG_TYPE", "Alert");
	expect_field(place, "TRUCED_STATUS", "Actual");
	expect_field(place, "TRUCED_MEASURE", "killed");
	expect_field(place, "TRUCED_CONFIRMED", "2");
	expect_field(place, "TRUCED_SUPPORTED", "4");
	expect_field(place, "TRUCED_REPORTED", "6");
	expect_field(place, "TRUCED_UPPER", "8");
	expect_field(place, "TRUCED_THRESHOLD", "5");
	expect_field(place, "TRUCED_SENT_AT", "1409961600123");
	expect_field(place, "TRUCED_DESCRIPTION", "Six \"killed\" crossed 5.");
	expect_field(place, "TRUCED_LABEL_PARTY", "lpr");
	expect_field(place, "TRUCED_LABEL_COUNTRY", "");
	expect_no_field(place, "TRUCED_REFERENCES");
	expect_no_field(place, "TRUCED_WEB");
	assert_int_equal(field_find(place, "TRUCED_EVIDENCE", found,
				    sizeof(found)),
			 2);
	assert_string_equal(found, "jfo/880@1");
}

static void
no_report_can_forge_a_journal_field(void **state)
{
	struct place *place = *state;
	static const char forged[] = "x\nPRIORITY=0\nMESSAGE=all is well\n";
	const struct notice_label hostile[] = {{"party\nPRIORITY", forged}};
	struct notice notice = crossed;

	notice.headline = forged;
	notice.description = forged;
	notice.labels = hostile;
	notice.labels_count = 1;
	log_once(place, SYSLOG_JOURNAL, &notice);
	expect_field(place, "PRIORITY", "1");
	expect_field(place, "MESSAGE",
		     "EXTREME LIKELY crossed mass-casualty minsk-1: "
		     "x\\x0aPRIORITY=0\\x0aMESSAGE=all is well\\x0a "
		     "(truced-1a2b3c4d-420)");
	/* As it was given: the length says where it ends. */
	expect_field(place, "TRUCED_LABEL_PARTY_PRIORITY", forged);
	expect_field(place, "TRUCED_DESCRIPTION", forged);
}

static void
expect_match(const char *text, const char *pattern)
{
	regex_t compiled;

	assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB),
			 0);
	if (regexec(&compiled, text, 0, NULL, 0) != 0)
		fail_msg("%s\ndoes not match\n%s", text, pattern);
	regfree(&compiled);
}

static void
tells_syslog_one_classic_line(void **state)
{
	struct place *place = *state;
	char pattern[1024];
	char stamps[2][32];
	time_t before = time(NULL);
	const char *line = log_once(place, SYSLOG_SYSLOG, &crossed);
	time_t after = time(NULL);

	snprintf(pattern, sizeof(pattern),
		 "^<25>[A-Z][a-z]{2} [ 1-3][0-9] "
		 "[0-2][0-9]:[0-5][0-9]:[0-6][0-9] truced\\[%ld\\]: "
		 "EXTREME LIKELY crossed mass-casualty minsk-1: "
		 "Popasna: 6 killed in 24 h \\(truced-1a2b3c4d-420\\) "
		 "party=\"lpr\" country=unknown seq=420 msg_type=Alert "
		 "state=firing status=Actual episode=truced-1a2b3c4d-415 "
		 "urgency=Immediate measure=killed confirmed=2 supported=4 "
		 "reported=6 upper=8 threshold=5 sent_at=1409961600123 "
		 "stream=1a2b3c4d5e6f708192a3b4c5d6e7f809$",
		 (long)getpid());
	expect_match(line, pattern);
	/* The present time, not the engine's. */
	strftime(stamps[0], sizeof(stamps[0]), "%b %e %H:%M:%S",
		 localtime(&before));
	strftime(stamps[1], sizeof(stamps[1]), "%b %e %H:%M:%S",
		 localtime(&after));
	assert_true(strncmp(line + 4, stamps[0], 15) == 0 ||
		    strncmp(line + 4, stamps[1], 15) == 0);
}

static void
no_report_can_forge_a_line(void **state)
{
	struct place *place = *state;
	const struct notice_label hostile[] = {{"place", "a\" party=\"dpr\\"}};
	struct notice notice = crossed;

	notice.headline = "\xD0\x9C\n<0>Jan  1 00:00:00 su: \x1B[2J\x7F"
			  "\xC2\x9B\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA8"
			  "\xFF\xC0\xAF\xED\xA0\x80\xD0 \\n \"x\"";
	notice.labels = hostile;
	notice.labels_count = 1;
	const char *line = log_once(place, SYSLOG_SYSLOG, &notice);
	assert_non_null(
		strstr(line,
		       ": \xD0\x9C\\x0a<0>Jan  1 00:00:00 su: \\x1b[2J\\x7f"
		       "\\xc2\\x9b\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xe2\\x80\\xa8"
		       "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xd0 \\\\n \"x\" "
		       "(truced-1a2b3c4d-420) "
		       "place=\"a\\\" party=\\\"dpr\\\\\" seq=420"));
	for (size_t i = 0; i < place->size; i++)
		assert_true((unsigned char)line[i] >= ' ');
}

static void
tells_an_end_and_a_drill_from_an_accusation(void **state)
{
	struct place *place = *state;
	struct notice notice = crossed;

	notice.msg_type = MSG_TYPE_CANCEL;
	notice.state = ALERT_CANCELLED;
	notice.cause = CAUSE_CORRECTED;
	log_once(place, SYSLOG_JOURNAL, &notice);
	expect_field(place, "MESSAGE",
		     "CANCELLED EXTREME LIKELY corrected mass-casualty "
		     "minsk-1: Popasna: 6 killed in 24 h "
		     "(truced-1a2b3c4d-420)");
	notice = crossed;
	notice.status = STATUS_EXERCISE;
	assert_non_null(strstr(log_once(place, SYSLOG_SYSLOG, &notice),
			       "]: EXERCISE EXTREME LIKELY crossed"));
	notice.status = STATUS_TEST;
	notice.state = ALERT_RESOLVED;
	notice.cause = CAUSE_CLEARED;
	assert_non_null(strstr(log_once(place, SYSLOG_SYSLOG, &notice),
			       "]: TEST RESOLVED EXTREME LIKELY cleared"));
}

static void
tells_who_did_what_and_why(void **state)
{
	struct place *place = *state;
	struct notice notice = crossed;

	notice.cause = CAUSE_ACKNOWLEDGED;
	notice.acknowledged_by = "Olga";
	log_once(place, SYSLOG_JOURNAL, &notice);
	expect_field(place, "MESSAGE",
		     "EXTREME LIKELY acknowledged mass-casualty minsk-1: "
		     "Popasna: 6 killed in 24 h | by Olga "
		     "(truced-1a2b3c4d-420)");
	expect_field(place, "TRUCED_ACKNOWLEDGED_BY", "Olga");
	notice.cause = CAUSE_RETRACTED;
	notice.comment = "\"two\" reports\nof one event";
	assert_non_null(strstr(
		log_once(place, SYSLOG_SYSLOG, &notice),
		" | by Olga | \"\\\"two\\\" reports\\x0aof one event\" ("));
	log_once(place, SYSLOG_JOURNAL, &notice);
	expect_field(place, "TRUCED_COMMENT", notice.comment);
	/* What comes after it is not the officer's doing. */
	notice.cause = CAUSE_LEVEL_UP;
	assert_null(strstr(log_once(place, SYSLOG_SYSLOG, &notice), "Olga"));
}

static void
gives_each_severity_its_priority(void **state)
{
	struct place *place = *state;
	static const int expected[] = {
		[SEVERITY_UNKNOWN] = LOG_NOTICE,
		[SEVERITY_MINOR] = LOG_NOTICE,
		[SEVERITY_MODERATE] = LOG_WARNING,
		[SEVERITY_SEVERE] = LOG_CRIT,
		[SEVERITY_EXTREME] = LOG_ALERT,
	};

	for (int severity = 0; severity < SEVERITIES; severity++) {
		struct notice notice = crossed;
		char text[16];

		notice.severity = (enum severity)severity;
		snprintf(text, sizeof(text), "<%d>",
			 LOG_DAEMON | expected[severity]);
		assert_int_equal(strncmp(log_once(place, SYSLOG_SYSLOG,
						  &notice),
					 text, strlen(text)),
				 0);
		log_once(place, SYSLOG_JOURNAL, &notice);
		snprintf(text, sizeof(text), "%d", expected[severity]);
		expect_field(place, "PRIORITY", text);
	}
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
a_full_log_is_told_at_once_and_not_waited_for(void **state)
{
	struct place *place = *state;
	static const enum syslog_target targets[] = {SYSLOG_JOURNAL,
						     SYSLOG_SYSLOG};

	for (size_t i = 0; i < 2; i++) {
		int file = daemon_start(targets[i] == SYSLOG_JOURNAL
						? place->journal
						: place->syslog);
		struct syslog_outlet *outlet =
			outlet_open(place, targets[i], SEVERITY_MINOR);
		int64_t start = now_ms();
		int taken = 0;
		int error;

		while ((error = syslog_outlet_alert(outlet, &crossed)) == 0 &&
		       taken < FULL_MOST)
			taken++;
		assert_int_equal(error, -EAGAIN);
		assert_true(taken > 0);
		assert_true(now_ms() - start < PATIENCE_MS);
		assert_int_equal(syslog_outlet_alert(outlet, &crossed),
				 -EAGAIN);
		/* Room for one, and nothing was lost or told twice. */
		daemon_read(file, place);
		assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
		for (int left = 0; left < taken; left++)
			daemon_read(file, place);
		assert_false(daemon_has(file, 0));
		syslog_outlet_free(outlet);
		close(file);
	}
}

static void
finds_a_log_that_comes_late_or_was_started_anew(void **state)
{
	struct place *place = *state;
	struct syslog_outlet *outlet =
		outlet_open(place, SYSLOG_SYSLOG, SEVERITY_MINOR);

	assert_int_equal(syslog_outlet_alert(outlet, &crossed), -ENOENT);
	int file = daemon_start(place->syslog);
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	daemon_read(file, place);
	close(file); /* as after a kill: the path stays */
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), -ECONNREFUSED);
	unlink(place->syslog);
	file = daemon_start(place->syslog);
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	daemon_read(file, place);
	/* Between two alerts: the first one after is not lost. */
	daemon_stop(file, place->syslog);
	file = daemon_start(place->syslog);
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	daemon_read(file, place);
	assert_false(daemon_has(file, 0));
	syslog_outlet_free(outlet);
	close(file);
}

static void
auto_takes_journald_where_it_is(void **state)
{
	struct place *place = *state;
	int syslog = daemon_start(place->syslog);
	struct syslog_outlet *outlet =
		outlet_open(place, SYSLOG_AUTO, SEVERITY_MINOR);

	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	daemon_read(syslog, place);
	assert_int_equal(place->datagram[0], '<');
	syslog_outlet_free(outlet);

	int journal = daemon_start(place->journal);
	outlet = outlet_open(place, SYSLOG_AUTO, SEVERITY_MINOR);
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	daemon_read(journal, place);
	expect_field(place, "SYSLOG_IDENTIFIER", "truced");
	assert_false(daemon_has(syslog, 0));
	syslog_outlet_free(outlet);
	close(journal);
	close(syslog);
}

static void
leaves_out_what_is_below_min_severity_but_not_what_takes_back(void **state)
{
	struct place *place = *state;
	int file = daemon_start(place->syslog);
	struct syslog_outlet *outlet =
		outlet_open(place, SYSLOG_SYSLOG, SEVERITY_SEVERE);
	struct notice notice = crossed;

	notice.severity = SEVERITY_MODERATE;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	notice.cause = CAUSE_REMINDER;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	assert_false(daemon_has(file, 0));
	notice.severity = SEVERITY_SEVERE;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	daemon_read(file, place);

	/* Severe, then down to moderate, then cancelled. */
	notice.severity = SEVERITY_MODERATE;
	notice.cause = CAUSE_LEVEL_DOWN;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	daemon_read(file, place);
	notice.cause = CAUSE_CORRECTED;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	daemon_read(file, place);
	notice.cause = CAUSE_RULE_CHANGED; /* counted anew, it is less */
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	daemon_read(file, place);
	notice.state = ALERT_RESOLVED;
	assert_int_equal(syslog_outlet_alert(outlet, &notice), 0);
	daemon_read(file, place);
	syslog_outlet_free(outlet);

	outlet = outlet_open(place, SYSLOG_OFF, SEVERITY_UNKNOWN);
	assert_int_equal(syslog_outlet_alert(outlet, &crossed), 0);
	assert_false(daemon_has(file, 0));
	syslog_outlet_free(outlet);
	syslog_outlet_free(NULL);
	close(file);
}

static void
stays_within_bounds_however_long_the_texts(void **state)
{
	struct place *place = *state;
	static char words[4000], texts[40000];
	const struct notice_label long_labels[] = {{words, words},
						   {"party", texts},
						   {"place", "last"}};
	struct notice notice = crossed;

	memset(words, '\n', sizeof(words) - 1);
	memset(texts, 'x', sizeof(texts) - 1);
	notice.rule = words;
	notice.agreement = words;
	notice.headline = words;
	notice.measure = words;
	notice.references = words;
	notice.description = texts;
	notice.labels = long_labels;
	notice.labels_count = 3;
	const char *line = log_once(place, SYSLOG_SYSLOG, &notice);
	assert_true(place->size <= SYSLOG_LINE_MAX);
	assert_non_null(strstr(line, "... (truced-1a2b3c4d-420)"));
	expect_match(line,
		     " party=\"x{100,}\\.\\.\\.\" place=\"last\" seq=420 ");
	/* A pair that does not fit is left out whole. */
	expect_match(line, " status=Actual episode=truced-1a2b3c4d-415"
			   "( [a-z_]+=[^ ]+)*$");
	assert_null(strstr(line, "measure="));
	assert_non_null(strstr(line, " confirmed="));
	assert_null(strstr(line, "____"));

	log_once(place, SYSLOG_JOURNAL, &notice);
	assert_true(place->size <= SYSLOG_DATAGRAM_MAX);
	expect_field(place, "TRUCED_IDENTIFIER", "truced-1a2b3c4d-420");
	expect_field(place, "TRUCED_LABEL_PLACE", "last");
	expect_no_field(place, "TRUCED_DESCRIPTION");
	expect_no_field(place, "TRUCED_LABEL_PARTY");
}

#define IN_PLACE(test)                                                         \
	cmocka_unit_test_setup_teardown(test, place_make, place_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(tells_journald_every_field),
		IN_PLACE(no_report_can_forge_a_journal_field),
		IN_PLACE(tells_syslog_one_classic_line),
		IN_PLACE(no_report_can_forge_a_line),
		IN_PLACE(tells_an_end_and_a_drill_from_an_accusation),
		IN_PLACE(tells_who_did_what_and_why),
		IN_PLACE(gives_each_severity_its_priority),
		IN_PLACE(a_full_log_is_told_at_once_and_not_waited_for),
		IN_PLACE(finds_a_log_that_comes_late_or_was_started_anew),
		IN_PLACE(auto_takes_journald_where_it_is),
		IN_PLACE(
			leaves_out_what_is_below_min_severity_but_not_what_takes_back),
		IN_PLACE(stays_within_bounds_however_long_the_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
