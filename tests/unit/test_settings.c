/*
 * The configuration: what is read, and what is said of what is wrong.
 *
 * A case is a snippet in a section of an otherwise good configuration. The
 * snippet begins on line 2, so that its complaints say "t.conf:2: ...".
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "edge/settings.h"
#include "edge/settings_options.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_MS INT64_C(86400000)

enum { TEXT_MAX = 64 * 1024 };

/* Complaints, a line each. */
static char heard[TEXT_MAX];

static void
hear(void *context, const char *message)
{
	size_t used = strlen(heard);

	(void)context;
	assert_null(strchr(message, '\n'));
	snprintf(heard + used, sizeof(heard) - used, "%s%s", used ? "\n" : "",
		 message);
}

/* The settings, or NULL with what was said in `heard`. */
static struct settings *
parse(const char *text)
{
	struct settings *settings = NULL;
	int error;

	heard[0] = '\0';
	error = settings_parse(&settings, text, "t.conf", hear, NULL);
	assert_int_equal(error, *heard ? -EINVAL : 0);
	assert_true(!settings == (error != 0));
	return settings;
}

/* --- A configuration around a snippet --- */

struct frame {
	const char *section; /* its path; of a kind of rule " kind" follows */
	const char *open;
	struct {
		const char *key;
		const char *text;
	} required[6];
	const char *close;
};

#define AGREEMENTS                                                             \
	" agreements = ( { id = \"a-1\"; parties = [ \"north\", \"south\" ];"  \
	" effective = \"2015-02-15T00:00:00Z\"; deadlines = ( { name = "       \
	"\"withdrawal\"; due = \"2015-03-03T00:00:00Z\"; } ); } );"
#define RULE_REQUIRED                                                          \
	{"name", "name = \"r\";"}, {"kind", "kind = \"threshold\";"},          \
		{"measure", "measure = \"killed\";"},                          \
		{"window", "window = \"1h\";"},                                \
	{                                                                      \
		"levels", "levels = { at = 5; severity = \"minor\"; };"        \
	}
#define RULE_TEXT                                                              \
	"name = \"r\"; kind = \"threshold\"; measure = \"killed\"; "           \
	"window = \"1h\"; "

static const struct frame frames[] = {
	{"", "", {{"agreements", AGREEMENTS}}, ""},
	{"intake", AGREEMENTS "intake: {", {{0}}, "};"},
	{"intake.subscribe",
	 AGREEMENTS "intake: { subscribe = ( {",
	 {{"endpoint", "endpoint = \"ipc:///x\";"}},
	 "} ); };"},
	{"service", AGREEMENTS "service: {", {{0}}, "};"},
	{"service.endpoints",
	 AGREEMENTS "service: { endpoints = ( {",
	 {{"endpoint", "endpoint = \"ipc:///x\";"}},
	 "} ); };"},
	{"alerts", AGREEMENTS "alerts: {", {{0}}, "};"},
	{"alerts.publish",
	 AGREEMENTS "alerts: { publish = ( {",
	 {{"endpoint", "endpoint = \"ipc:///x\";"}},
	 "} ); };"},
	{"syslog", AGREEMENTS "syslog: {", {{0}}, "};"},
	{"limits", AGREEMENTS "limits: {", {{0}}, "};"},
	{"sources",
	 AGREEMENTS "sources = ( {",
	 {{"name", "name = \"UCDP\";"}},
	 "} );"},
	{"agreements",
	 "agreements = ( {",
	 {{"id", "id = \"a-1\";"},
	  {"effective", "effective = \"2015-02-15T00:00:00Z\";"}},
	 "} );"},
	{"agreements.deadlines",
	 "agreements = ( { id = \"a-1\"; effective = "
	 "\"2015-02-15T00:00:00Z\"; deadlines = ( {",
	 {{"name", "name = \"withdrawal\";"},
	  {"due", "due = \"2015-03-03T00:00:00Z\";"}},
	 "} ); } );"},
	{"rules", AGREEMENTS "rules = ( {", {RULE_REQUIRED}, "} );"},
	{"rules absence",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"absence\";"},
	  {"expect", "expect = [ \"UN\" ];"},
	  {"after", "after = \"12h\";"},
	  {"severity", "severity = \"minor\";"}},
	 "} );"},
	{"rules deadline",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"deadline\";"},
	  {"severity", "severity = \"severe\";"}},
	 "} );"},
	{"rules feed_gap",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"feed_gap\";"},
	  {"levels", "levels = { at = 1; severity = \"minor\"; };"}},
	 "} );"},
	{"rules spike",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"spike\";"},
	  {"measure", "measure = \"violations\";"},
	  {"method", "method = \"ears-c2\";"},
	  {"bucket", "bucket = \"1d\";"},
	  {"levels", "levels = { at = 3.09; severity = \"minor\"; };"}},
	 "} );"},
	{"rules tally",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"tally\";"},
	  {"measure", "measure = \"killed\";"},
	  {"window", "window = \"latest\";"},
	  {"levels", "levels = { at = 100; severity = \"minor\"; };"}},
	 "} );"},
	{"rules discrepancy",
	 AGREEMENTS "rules = ( {",
	 {{"name", "name = \"r\";"},
	  {"kind", "kind = \"discrepancy\";"},
	  {"measure", "measure = \"killed\";"},
	  {"max_age", "max_age = \"2d\";"},
	  {"match", "match: { source = [ \"A\", \"B\" ]; };"},
	  {"levels", "levels = { at = 20; severity = \"minor\"; };"}},
	 "} );"},
	{"rules.match",
	 AGREEMENTS "rules = ( { " RULE_TEXT
		    "levels = { at = 5; severity = \"minor\"; }; match: {",
	 {{0}},
	 "}; } );"},
	{"rules.levels",
	 AGREEMENTS "rules = ( { " RULE_TEXT "levels = ( {",
	 {{"at", "at = 5;"}, {"severity", "severity = \"minor\";"}},
	 "} ); } );"},
};

static const struct frame *
frame_of(const char *section)
{
	for (size_t i = 0; i < LENGTH(frames); i++)
		if (strcmp(frames[i].section, section) == 0)
			return &frames[i];
	fail_msg("no frame for section %s", section);
	return NULL;
}

static bool
snippet_sets(const char *snippet, const char *key)
{
	size_t size = strlen(key);

	for (const char *p = snippet; (p = strstr(p, key)); p += size)
		if ((p == snippet || p[-1] == ' ' || p[-1] == '\n') &&
		    strncmp(p + size, " =", 2) == 0)
			return true;
	return false;
}

static void
text_make(const struct frame *frame, const char *snippet, const char *left_out,
	  char ret_text[static TEXT_MAX])
{
	size_t used = (size_t)snprintf(ret_text, TEXT_MAX, "%s", frame->open);

	for (size_t i = 0; i < LENGTH(frame->required); i++) {
		const char *key = frame->required[i].key;

		if (key && strcmp(key, left_out) != 0 &&
		    !snippet_sets(snippet, key))
			used += (size_t)snprintf(ret_text + used,
						 TEXT_MAX - used, " %s",
						 frame->required[i].text);
	}
	snprintf(ret_text + used, TEXT_MAX - used, "\n%s\n%s", snippet,
		 frame->close);
}

static struct settings *
parse_in(const char *section, const char *snippet)
{
	char text[TEXT_MAX];

	text_make(frame_of(section), snippet, "", text);
	return parse(text);
}

struct refusal {
	const char *section;
	const char *key; /* that the case is about; "" if more than one */
	const char *snippet;
	const char *expected; /* after "t.conf:2: " */
};

#define A_NAME                                                                 \
	"a name: at most 63 of a-z, 0-9, _ and -, a letter or digit first"
#define A_DURATION "a duration like \"90s\", \"15m\", \"24h\" or \"7d\", "
#define A_WINDOW                                                               \
	"\"agreement\", \"event\" or " A_DURATION "from \"1s\" to \"36500d\""
#define LONG_DURATION A_DURATION "from \"0s\" to \"36500d\""
#define LONG_DURATION_ABOVE_0 A_DURATION "from \"1s\" to \"36500d\""
#define LOOPBACK                                                               \
	"a loopback address (127.0.0.0/8, [::1], localhost): any other needs " \
	"CURVE, which this version does not have; bind to loopback or use "    \
	"ipc://"
#define AN_ENDPOINT "tcp://ADDRESS:PORT on loopback or ipc://PATH"
#define SENDER "at most 63 of letters, digits, \".\", \"_\", \"@\" and \"-\""
#define A_TIME "a time like \"2014-09-05T18:00:00+03:00\" (RFC 3339)"
#define ACTIVE "two different times of day like \"08:00+02:00\""
#define A_DAY "a time of day like \"00:00Z\" or \"00:00+02:00\""
#define RULE_KINDS_ALL                                                         \
	"one of \"threshold\", \"spike\", \"tally\", \"discrepancy\", "        \
	"\"absence\", \"deadline\", \"feed_gap\""
#define SEVERITIES_ALL "one of \"minor\", \"moderate\", \"severe\", \"extreme\""
#define ASSESSMENTS_ALL                                                        \
	"one of \"alleged\", \"under_investigation\", \"inconclusive\", "      \
	"\"corroborated\", \"verified\""
#define FIELDS_ALL                                                             \
	"one of \"agreement\", \"source\", \"feed\", \"kind\", \"party\", "    \
	"\"against\", \"target\", \"country\", \"admin\", \"disputed\""
#define MEASURES_ALL                                                           \
	"one of \"violations\", \"events\", \"killed\", \"injured\", "         \
	"\"casualties\", \"civilians_killed\", \"civilians_injured\", "        \
	"\"children_killed\", \"children_injured\", \"missing\", "             \
	"\"sources\", \"places\", \"killed_in_period\", "                      \
	"\"injured_in_period\""
#define TARGETS_ALL                                                            \
	"one of \"military\", \"civilian\", \"medical\", \"education\", "      \
	"\"infrastructure\", \"aid\", \"monitors\", \"religious\""
#define KINDS_ALL                                                              \
	"one of \"air_strike\", \"drone_strike\", \"missile_strike\", "        \
	"\"rocket_fire\", \"shelling\", \"small_arms_fire\", \"explosion\", "  \
	"\"mine_or_ied_blast\", \"clash\", \"incursion\", \"overflight\", "    \
	"\"maritime\", \"force_movement\", \"weapons_presence\", "             \
	"\"fortification\", \"mines_or_uxo\", \"demolition\", "                \
	"\"abduction\", \"detention\", \"looting\", \"sexual_violence\", "     \
	"\"child_recruitment\", \"monitor_access_denied\", "                   \
	"\"attack_on_monitors\", \"aid_obstruction\", \"jamming\", "           \
	"\"hostile_propaganda\", \"live_fire_exercise\", \"other\""
#define BYTES_64 "a text of 1 to 64 bytes"
#define LONG_65                                                                \
	"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"  \
	"\""
#define LONG_64                                                                \
	"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""

/* Every key: a wrong type, and a value out of its bounds. */
#define A_LEVEL "a number above 0, at most 1000000000000000"
#define METHODS_ALL                                                            \
	"one of \"ears-c1\", \"ears-c2\", \"ears-c3\", \"poisson-cusum\", "    \
	"\"ratio\""
static const struct refusal refusals[] = {
	{"", "sender", "sender = 5;", "sender: expected " SENDER},
	{"", "sender", "sender = \"a b\";",
	 "sender: expected " SENDER ", not \"a b\""},
	{"", "sender", "sender = \"\";",
	 "sender: expected " SENDER ", not \"\""},
	{"", "state_dir", "state_dir = true;",
	 "state_dir: expected a text of 1 to 1024 bytes"},
	{"", "state_dir", "state_dir = \"\";",
	 "state_dir: expected a text of 1 to 1024 bytes, not \"\""},
	{"", "state_dir", "state_dir = \"a\\nb\";",
	 "state_dir: expected UTF-8 text without control characters"},
	{"", "clock", "clock = 1;",
	 "clock: expected one of \"wall\", \"records\""},
	{"", "clock", "clock = \"Wall\";",
	 "clock: expected one of \"wall\", \"records\", not \"Wall\""},
	{"", "intake", "intake = 5;",
	 "intake: expected a group: intake: { ... };"},
	{"", "service", "service = \"ipc:///x\";",
	 "service: expected a group: service: { ... };, not \"ipc:///x\""},
	{"", "alerts", "alerts = ( );",
	 "alerts: expected a group: alerts: { ... };"},
	{"", "syslog", "syslog = true;",
	 "syslog: expected a group: syslog: { ... };"},
	{"", "limits", "limits = [ 1 ];",
	 "limits: expected a group: limits: { ... };"},
	{"", "sources", "sources = 5;",
	 "sources: expected a list of 0 to 65536 groups: sources = ( { ... }, "
	 "... );"},
	{"", "agreements", "agreements = ( 5 );",
	 "agreements: expected a list of 1 to 10000 groups: agreements = ( { "
	 "... }, ... );"},
	{"", "agreements", "agreements = ( );",
	 "agreements: expected a list of 1 to 10000 groups: agreements = ( { "
	 "... }, ... );"},
	{"", "rules", "rules = \"r\";",
	 "rules: expected a list of 0 to 1000000 groups: rules = ( { ... }, "
	 "... );, not \"r\""},

	{"intake", "subscribe", "subscribe = \"ipc:///x\";",
	 "subscribe: expected a list of 0 to 64 groups: subscribe = ( { ... "
	 "}, ... );, not \"ipc:///x\""},
	{"intake.subscribe", "endpoint", "endpoint = 5560;",
	 "endpoint: expected " AN_ENDPOINT},
	{"intake.subscribe", "endpoint", "endpoint = \"udp://127.0.0.1:1\";",
	 "endpoint: expected " AN_ENDPOINT ", not \"udp://127.0.0.1:1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"inproc://x\";",
	 "endpoint: expected " AN_ENDPOINT ", not \"inproc://x\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://0.0.0.0:5560\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://0.0.0.0:5560\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://128.0.0.1:1\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://128.0.0.1:1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://127.1:1\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://127.1:1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://[::]:1\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://[::]:1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://eth0:1\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://eth0:1\""},
	{"intake.subscribe", "endpoint",
	 "endpoint = \"tcp://10.0.0.1:1;127.0.0.1:1\";",
	 "endpoint: expected " LOOPBACK
	 ", not \"tcp://10.0.0.1:1;127.0.0.1:1\""},
	{"intake.subscribe", "endpoint",
	 "endpoint = \"tcp://localhost.example:1\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://localhost.example:1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://*:5560\";",
	 "endpoint: expected a loopback address (127.0.0.0/8, [::1], "
	 "localhost): any other needs CURVE, which this version does not have; "
	 "bind to loopback or use ipc://, not \"tcp://*:5560\""},
	{"intake.subscribe", "endpoint", "endpoint = \"ipc://*\";",
	 "endpoint: expected an ipc path without \"*\": others must find it, "
	 "not \"ipc://*\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://127.0.0.1\";",
	 "endpoint: expected tcp://ADDRESS:PORT, not \"tcp://127.0.0.1\""},
	{"intake.subscribe", "endpoint", "endpoint = \"tcp://127.0.0.1:0\";",
	 "endpoint: expected tcp://ADDRESS:PORT with a port from 1 to 65535, "
	 "not \"tcp://127.0.0.1:0\""},
	{"intake.subscribe", "endpoint",
	 "endpoint = \"tcp://127.0.0.1:65536\";",
	 "endpoint: expected tcp://ADDRESS:PORT with a port from 1 to 65535, "
	 "not \"tcp://127.0.0.1:65536\""},
	{"intake.subscribe", "endpoint", "endpoint = \"ipc://\";",
	 "endpoint: expected ipc:// and the path of a socket, not \"ipc://\""},
	{"intake.subscribe", "endpoint", "endpoint = \"ipc://@abstract\";",
	 "endpoint: expected ipc:// and the path of a socket, not "
	 "\"ipc://@abstract\""},
	{"intake.subscribe", "endpoint",
	 "endpoint = \"ipc:///\" " LONG_64
	 "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";",
	 "endpoint: expected ipc:// and a path of at most 107 bytes"},
	{"intake.subscribe", "bind", "bind = 1;",
	 "bind: expected true or false"},
	{"intake.subscribe", "topics", "topics = [ 5 ];",
	 "topics: expected the beginning of a topic: incident., tally. or "
	 "finding. and an agreement"},
	{"intake.subscribe", "topics", "topics = [ \"incident.\", \"x\" ];",
	 "topics: expected the beginning of a topic: incident., tally. or "
	 "finding. and an agreement, not \"x\""},
	{"intake.subscribe", "topics", "topics = [ ];",
	 "topics: expected 1 to 64 texts in a list"},
	{"service", "endpoints", "endpoints = true;",
	 "endpoint: expected " AN_ENDPOINT},
	{"service", "endpoints", "endpoints = [ \"tcp://1.2.3.4:5\" ];",
	 "endpoint: expected " LOOPBACK ", not \"tcp://1.2.3.4:5\""},
	{"service.endpoints", "endpoint", "endpoint = [ \"ipc:///x\" ];",
	 "endpoint: expected " AN_ENDPOINT},
	{"service.endpoints", "endpoint", "endpoint = \"\";",
	 "endpoint: expected " AN_ENDPOINT ", not \"\""},
	{"alerts", "publish", "publish = ( 1 );",
	 "publish: expected a list of 0 to 64 groups: publish = ( { ... }, "
	 "... );"},
	{"alerts.publish", "endpoint", "endpoint = 5L;",
	 "endpoint: expected " AN_ENDPOINT},
	{"alerts.publish", "endpoint", "endpoint = \"tcp://192.0.2.1:5561\";",
	 "endpoint: expected " LOOPBACK ", not \"tcp://192.0.2.1:5561\""},
	{"alerts.publish", "bind", "bind = \"yes\";",
	 "bind: expected true or false, not \"yes\""},
	{"alerts.publish", "", "topics = [ \"alert.\" ];",
	 "topics: expected a known key"},
	{"alerts", "heartbeat", "heartbeat = 5;",
	 "heartbeat: expected " A_DURATION "from \"1s\" to \"1h\""},
	{"alerts", "heartbeat", "heartbeat = \"0s\";",
	 "heartbeat: expected " A_DURATION "from \"1s\" to \"1h\", not \"0s\""},
	{"alerts", "heartbeat", "heartbeat = \"61m\";",
	 "heartbeat: expected " A_DURATION
	 "from \"1s\" to \"1h\", not \"61m\""},

	{"syslog", "target", "target = true;",
	 "target: expected one of \"auto\", \"journal\", \"syslog\", \"off\""},
	{"syslog", "target", "target = \"on\";",
	 "target: expected one of \"auto\", \"journal\", \"syslog\", \"off\", "
	 "not \"on\""},
	{"syslog", "facility", "facility = 3;",
	 "facility: expected one of \"user\", \"daemon\", \"auth\", "
	 "\"authpriv\", \"local0\", \"local1\", \"local2\", \"local3\", "
	 "\"local4\", \"local5\", \"local6\", \"local7\""},
	{"syslog", "facility", "facility = \"kern\";",
	 "facility: expected one of \"user\", \"daemon\", \"auth\", "
	 "\"authpriv\", \"local0\", \"local1\", \"local2\", \"local3\", "
	 "\"local4\", \"local5\", \"local6\", \"local7\", not \"kern\""},
	{"syslog", "min_severity", "min_severity = 1.5;",
	 "min_severity: expected " SEVERITIES_ALL},
	{"syslog", "min_severity", "min_severity = \"Severe\";",
	 "min_severity: expected " SEVERITIES_ALL ", not \"Severe\""},

	{"limits", "max_future", "max_future = 3600;",
	 "max_future: expected " A_DURATION "from \"1s\" to \"366d\""},
	{"limits", "max_future", "max_future = \"367d\";",
	 "max_future: expected " A_DURATION
	 "from \"1s\" to \"366d\", not \"367d\""},
	{"limits", "reports", "reports = \"10\";",
	 "reports: expected a whole number from 1 to 1000000000, not \"10\""},
	{"limits", "reports", "reports = 0;",
	 "reports: expected a whole number from 1 to 1000000000"},
	{"limits", "groups", "groups = 1.5;",
	 "groups: expected a whole number from 1 to 1000000000"},
	{"limits", "groups", "groups = -1;",
	 "groups: expected a whole number from 1 to 1000000000"},
	{"limits", "buckets", "buckets = { };",
	 "buckets: expected a whole number from 1 to 1000000000"},
	{"limits", "buckets", "buckets = 1000000001;",
	 "buckets: expected a whole number from 1 to 1000000000"},
	{"limits", "episodes", "episodes = false;",
	 "episodes: expected a whole number from 1 to 1000000000"},
	{"limits", "episodes", "episodes = 4294967297L;",
	 "episodes: expected a whole number from 1 to 1000000000"},
	{"limits", "episodes", "groups = 11; episodes = 10;",
	 "episodes: expected at least as many as groups, 11: each may have an "
	 "open one"},
	{"limits", "names", "names = ( 1 );",
	 "names: expected a whole number from 1 to 65536"},
	{"limits", "names", "names = 65537;",
	 "names: expected a whole number from 1 to 65536"},
	{"limits", "max_count", "max_count = \"x\";",
	 "max_count: expected a whole number from 1 to 2097151, not \"x\""},
	{"limits", "max_count", "max_count = 2097152;",
	 "max_count: expected a whole number from 1 to 2097151"},

	{"sources", "name", "name = 5;", "name: expected " BYTES_64},
	{"sources", "name", "name = " LONG_65 ";",
	 "name: expected " BYTES_64 ", not " LONG_65},
	{"sources", "name", "name = \"a\\x1b[1mb\";",
	 "name: expected UTF-8 text without control characters"},
	{"sources", "name", "name = \"\\xff\";",
	 "name: expected UTF-8 text without control characters"},
	{"sources", "at_most", "at_most = 5;",
	 "at_most: expected " ASSESSMENTS_ALL},
	{"sources", "at_most", "at_most = \"withdrawn\";",
	 "at_most: expected " ASSESSMENTS_ALL ", not \"withdrawn\""},
	{"sources", "origin", "origin = true;", "origin: expected " BYTES_64},
	{"sources", "origin", "origin = \"\";",
	 "origin: expected " BYTES_64 ", not \"\""},

	{"agreements", "id", "id = 1;", "id: expected " A_NAME},
	{"agreements", "id", "id = \"Minsk\";",
	 "id: expected " A_NAME ", not \"Minsk\""},
	{"agreements", "id", "id = \"_a\";",
	 "id: expected " A_NAME ", not \"_a\""},
	{"agreements", "id", "id = " LONG_64 ";",
	 "id: expected " A_NAME ", not " LONG_64},
	{"agreements", "id", "id = \"truced\";",
	 "id: expected another name: alerts of truced itself have \"truced\""},
	{"agreements", "title", "title = 5;",
	 "title: expected a text of 0 to 255 bytes"},
	{"agreements", "title", "title = " LONG_64 LONG_64 LONG_64 LONG_64 ";",
	 "title: expected a text of 0 to 255 bytes"},
	{"agreements", "effective", "effective = 20150215;",
	 "effective: expected " A_TIME},
	{"agreements", "effective", "effective = \"2015-02-15\";",
	 "effective: expected " A_TIME ", not \"2015-02-15\""},
	{"agreements", "effective", "effective = \"2015-02-15T00:00:00\";",
	 "effective: expected " A_TIME ", not \"2015-02-15T00:00:00\""},
	{"agreements", "effective", "effective = \"2015-02-29T00:00:00Z\";",
	 "effective: expected " A_TIME ", not \"2015-02-29T00:00:00Z\""},
	{"agreements", "effective", "effective = \"2015-02-15T24:00:00Z\";",
	 "effective: expected " A_TIME ", not \"2015-02-15T24:00:00Z\""},
	{"agreements", "effective", "effective = \"2015-00-15T00:00:00Z\";",
	 "effective: expected " A_TIME ", not \"2015-00-15T00:00:00Z\""},
	{"agreements", "effective", "effective = \"2015-02-15T00:00:00+2\";",
	 "effective: expected " A_TIME ", not \"2015-02-15T00:00:00+2\""},
	{"agreements", "effective", "effective = \"2015-02-15T00:00:00Zz\";",
	 "effective: expected " A_TIME ", not \"2015-02-15T00:00:00Zz\""},
	{"agreements", "parties", "parties = [ 1 ];",
	 "parties: expected " A_NAME},
	{"agreements", "parties", "parties = [ \"north\", \"South\" ];",
	 "parties: expected " A_NAME ", not \"South\""},
	{"agreements", "parties", "parties = [ \"b\", \"a\", \"b\" ];",
	 "parties: expected each party once, not \"b\" again"},
	{"agreements", "day_starts", "day_starts = 0;",
	 "day_starts: expected " A_DAY},
	{"agreements", "day_starts", "day_starts = \"00:00\";",
	 "day_starts: expected " A_DAY ", not \"00:00\""},
	{"agreements", "day_starts", "day_starts = \"24:00Z\";",
	 "day_starts: expected " A_DAY ", not \"24:00Z\""},
	{"agreements", "deadlines", "deadlines = 5;",
	 "deadlines: expected a list of 0 to 256 groups: deadlines = ( { ... "
	 "}, ... );"},
	{"agreements", "",
	 "deadlines = ( { name = \"a\"; due = \"2015-03-03T00:00:00Z\"; }, { "
	 "name = \"a\"; due = \"2016-03-03T00:00:00Z\"; } );",
	 "name: expected another name: \"a\" is taken at t.conf:2"},
	{"agreements.deadlines", "name", "name = 5;", "name: expected " A_NAME},
	{"agreements.deadlines", "name", "name = \"Heavy\";",
	 "name: expected " A_NAME ", not \"Heavy\""},
	{"agreements.deadlines", "due", "due = 2015;", "due: expected " A_TIME},
	{"agreements.deadlines", "due", "due = \"2015-03-03\";",
	 "due: expected " A_TIME ", not \"2015-03-03\""},
	{"agreements.deadlines", "warn_before", "warn_before = [ 7 ];",
	 "warn_before: expected " LONG_DURATION_ABOVE_0},
	{"agreements.deadlines", "warn_before", "warn_before = \"0d\";",
	 "warn_before: expected " LONG_DURATION_ABOVE_0 ", not \"0d\""},
	{"agreements.deadlines", "warn_before",
	 "warn_before = [ \"1d\", \"7d\", \"24h\" ];",
	 "warn_before: expected each duration once, not \"24h\""},
	{"agreements.deadlines", "warn_before",
	 "warn_before = [ \"1d\", \"2d\", \"3d\", \"4d\", \"5d\", \"6d\", "
	 "\"7d\", \"8d\", \"9d\" ];",
	 "warn_before: expected 0 to 8 texts in a list"},

	{"rules", "name", "name = 5;", "name: expected " A_NAME},
	{"rules", "name", "name = \"a.b\";",
	 "name: expected " A_NAME ", not \"a.b\""},
	{"rules", "kind", "kind = 5;", "kind: expected " RULE_KINDS_ALL},
	{"rules", "kind", "kind = \"treshold\";",
	 "kind: expected " RULE_KINDS_ALL ", not \"treshold\""},
	{"rules", "measure", "measure = [ \"killed\" ];",
	 "measure: expected " MEASURES_ALL},
	{"rules", "measure", "measure = \"kiled\";",
	 "measure: expected " MEASURES_ALL ", not \"kiled\""},
	{"rules", "basis", "basis = true;",
	 "basis: expected one of \"confirmed\", \"supported\", \"reported\", "
	 "\"upper\""},
	{"rules", "basis", "basis = \"best\";",
	 "basis: expected one of \"confirmed\", \"supported\", \"reported\", "
	 "\"upper\", not \"best\""},
	{"rules", "window", "window = 24;", "window: expected " A_WINDOW},
	{"rules", "window", "window = \"0s\";",
	 "window: expected " A_WINDOW ", not \"0s\""},
	{"rules", "window", "window = \"24 h\";",
	 "window: expected " A_WINDOW ", not \"24 h\""},
	{"rules", "window", "window = \"1w\";",
	 "window: expected " A_WINDOW ", not \"1w\""},
	{"rules", "window", "window = \"99999999999999999999d\";",
	 "window: expected " A_WINDOW ", not \"99999999999999999999d\""},
	{"rules", "window", "window = [ \"1h\", \"2h\" ];",
	 "window: expected " A_WINDOW},
	{"rules", "resolution", "resolution = 60;",
	 "resolution: expected " A_DURATION "from \"1s\" to \"36500d\""},
	{"rules", "resolution", "resolution = \"0s\";",
	 "resolution: expected " A_DURATION
	 "from \"1s\" to \"36500d\", not \"0s\""},
	{"rules", "resolution", "window = \"30d\"; resolution = \"36h\";",
	 "resolution: expected less than a day or whole days"},
	{"rules", "resolution", "window = \"1h\"; resolution = \"2h\";",
	 "resolution: expected at most the window"},
	{"rules", "resolution", "window = \"1441s\"; resolution = \"1s\";",
	 "resolution: expected at most 1440 buckets of resolution in window "
	 "and late, not 1441: a greater resolution makes fewer"},
	{"rules", "late", "late = 5;", "late: expected " LONG_DURATION},
	{"rules", "late", "late = \"-1s\";",
	 "late: expected " LONG_DURATION ", not \"-1s\""},
	{"rules", "late", "window = \"1h\"; late = \"1381m\";",
	 "late: expected at most 1440 buckets of resolution in window and "
	 "late, not 1441: a greater resolution makes fewer"},
	{"rules", "late",
	 "window = \"1439m\"; resolution = \"1m\"; late = \"61s\";",
	 "resolution: expected at most 1440 buckets of resolution in window "
	 "and late, not 1441: a greater resolution makes fewer"},
	{"rules", "time", "time = 1;",
	 "time: expected one of \"occurred\", \"reported\", \"received\""},
	{"rules", "time", "time = \"now\";",
	 "time: expected one of \"occurred\", \"reported\", \"received\", not "
	 "\"now\""},
	{"rules", "for", "for = true;", "for: expected " LONG_DURATION},
	{"rules", "for", "for = \"36501d\";",
	 "for: expected " LONG_DURATION ", not \"36501d\""},
	{"rules", "keep_firing", "keep_firing = 0;",
	 "keep_firing: expected " LONG_DURATION},
	{"rules", "keep_firing", "keep_firing = \"h\";",
	 "keep_firing: expected " LONG_DURATION ", not \"h\""},
	{"rules", "update_every", "update_every = ( );",
	 "update_every: expected " LONG_DURATION},
	{"rules", "update_every", "update_every = \"1hh\";",
	 "update_every: expected " LONG_DURATION ", not \"1hh\""},
	{"rules", "group_by", "group_by = 5;",
	 "group_by: expected " FIELDS_ALL},
	{"rules", "group_by", "group_by = [ \"party\", \"place\" ];",
	 "group_by: expected " FIELDS_ALL ", not \"place\""},
	{"rules", "group_by", "group_by = [ \"party\", \"party\" ];",
	 "group_by: expected each field once, not \"party\""},
	{"rules", "group_by",
	 "group_by = [ \"party\", \"agreement\", \"admin\", \"kind\", "
	 "\"feed\", \"target\" ];",
	 "group_by: expected at most 4 fields, not \"target\""},
	{"rules", "match", "match = \"party\";",
	 "match: expected a group: match: { ... };, not \"party\""},
	{"rules", "levels", "levels = 5;",
	 "levels: expected a list of 1 to 8 groups: levels = ( { ... }, ... "
	 ");"},
	{"rules", "levels", "levels = ( );",
	 "levels: expected a list of 1 to 8 groups: levels = ( { ... }, ... "
	 ");"},
	{"rules", "levels", "levels = ( {},{},{},{},{},{},{},{},{} );",
	 "levels: expected a list of 1 to 8 groups: levels = ( { ... }, ... "
	 ");"},
	{"rules", "headline", "headline = 5;",
	 "headline: expected a text of 0 to 255 bytes"},
	{"rules", "headline", "headline = \"{partty}: {reported}\";",
	 "headline: expected a name that templates know in { }, not "
	 "\"partty\""},
	{"rules", "instruction", "instruction = [ ];",
	 "instruction: expected a text of 0 to 1023 bytes"},
	{"rules", "instruction", "instruction = \"{x}\";",
	 "instruction: expected a name that templates know in { }, not \"x\""},
	{"rules", "web", "web = true;",
	 "web: expected a text of 0 to 1023 bytes"},
	{"rules", "web", "web = \"\\t\";",
	 "web: expected UTF-8 text without control characters"},
	{"rules", "remind", "remind = 5;",
	 "remind: expected " LONG_DURATION_ABOVE_0},
	{"rules", "remind", "remind = \"0s\";",
	 "remind: expected " LONG_DURATION_ABOVE_0 ", not \"0s\""},
	{"rules", "escalate_after", "escalate_after = [ ];",
	 "escalate_after: expected " LONG_DURATION_ABOVE_0},
	{"rules", "escalate_after", "escalate_after = \"36501d\";",
	 "escalate_after: expected " LONG_DURATION_ABOVE_0 ", not \"36501d\""},

	{"rules.match", "agreement", "agreement = 5;",
	 "agreement: expected " A_NAME},
	{"rules.match", "agreement", "agreement = [ \"a-1\", \"a-2\" ];",
	 "agreement: expected the id of one of the agreements, not \"a-2\""},
	{"rules.match", "agreement", "agreement = [ ];",
	 "agreement: expected 1 to 1000 texts in a list"},
	{"rules.match", "source", "source = [ true ];",
	 "source: expected a source: a text of 1 to 64 bytes"},
	{"rules.match", "source", "source = \"\";",
	 "source: expected a source: a text of 1 to 64 bytes, not \"\""},
	{"rules.match", "feed", "feed = 5;", "feed: expected " A_NAME},
	{"rules.match", "feed", "feed = \"A\";",
	 "feed: expected " A_NAME ", not \"A\""},
	{"rules.match", "kind", "kind = 5;", "kind: expected " KINDS_ALL},
	{"rules.match", "kind", "kind = [ \"sheling\" ];",
	 "kind: expected " KINDS_ALL ", not \"sheling\""},
	{"rules.match", "kind", "kind = [ ];", "kind: expected " KINDS_ALL},
	{"rules.match", "kind", "kind = \"\";",
	 "kind: expected " KINDS_ALL ", not \"\""},
	{"rules.match", "party", "party = 5;", "party: expected " A_NAME},
	{"rules.match", "party", "party = [ \"north\", \"west\" ];",
	 "party: expected a party that an agreement lists, not \"west\""},
	{"rules.match", "against", "against = ( 1 );",
	 "against: expected " A_NAME},
	{"rules.match", "against", "against = \"west\";",
	 "against: expected a party that an agreement lists, not \"west\""},
	{"rules.match", "target", "target = false;",
	 "target: expected " TARGETS_ALL},
	{"rules.match", "target", "target = \"school\";",
	 "target: expected " TARGETS_ALL ", not \"school\""},
	{"rules.match", "country", "country = 5;",
	 "country: expected two lower-case letters (ISO 3166-1 "
	 "alpha-2)"},
	{"rules.match", "country", "country = \"UA\";",
	 "country: expected two lower-case letters (ISO 3166-1 alpha-2), not "
	 "\"UA\""},
	{"rules.match", "country", "country = \"ukr\";",
	 "country: expected two lower-case letters (ISO 3166-1 alpha-2), not "
	 "\"ukr\""},
	{"rules.match", "admin", "admin = 5;",
	 "admin: expected an area: a text of 1 to 64 bytes"},
	{"rules.match", "admin", "admin = " LONG_65 ";",
	 "admin: expected an area: a text of 1 to 64 bytes, not " LONG_65},
	{"rules.match", "disputed", "disputed = \"false\";",
	 "disputed: expected true or false, not \"false\""},
	{"rules.match", "min_assessment", "min_assessment = 1;",
	 "min_assessment: expected " ASSESSMENTS_ALL},
	{"rules.match", "min_assessment", "min_assessment = \"false\";",
	 "min_assessment: expected " ASSESSMENTS_ALL ", not \"false\""},
	{"rules.match", "min_attribution", "min_attribution = 1;",
	 "min_attribution: expected one of \"alleged_party\", "
	 "\"assessed_party\", \"attributed\", \"admitted\""},
	{"rules.match", "min_attribution",
	 "min_attribution = \"not_attributable\";",
	 "min_attribution: expected one of \"alleged_party\", "
	 "\"assessed_party\", \"attributed\", \"admitted\", not "
	 "\"not_attributable\""},
	{"rules.match", "min_sources", "min_sources = \"2\";",
	 "min_sources: expected a whole number from 1 to 32, not \"2\""},
	{"rules.match", "min_sources", "min_sources = 33;",
	 "min_sources: expected a whole number from 1 to 32"},

	{"rules.levels", "at", "at = \"5\";",
	 "at: expected " A_LEVEL ", not \"5\""},
	{"rules.levels", "at", "at = 0;", "at: expected " A_LEVEL},
	{"rules.levels", "at", "at = 1000000000000001L;",
	 "at: expected " A_LEVEL},
	{"rules.levels", "at", "at = 5.5;",
	 "at: expected a whole number: counts are held against it"},
	{"rules.levels", "clear", "clear = 2.5;",
	 "clear: expected a whole number: counts are held against it"},
	{"rules.levels", "clear", "clear = 0;", "clear: expected " A_LEVEL},
	{"rules.levels", "clear", "clear = 6;",
	 "clear: expected at most at, 5"},
	{"rules.levels", "severity", "severity = 1;",
	 "severity: expected " SEVERITIES_ALL},
	{"rules.levels", "severity", "severity = \"unknown\";",
	 "severity: expected " SEVERITIES_ALL ", not \"unknown\""},
	{"rules.levels", "every", "every = \"10\";",
	 "every: expected " A_LEVEL ", not \"10\""},
	{"rules.levels", "every", "every = 0;", "every: expected " A_LEVEL},
	{"rules.levels", "", "every = 2.5;",
	 "every: expected a whole number: counts are held against it"},
	{"rules", "",
	 "levels = ( { at = 5; severity = \"minor\"; every = 5; }, { at = 9; "
	 "severity = \"severe\"; } );",
	 "every: expected no such key but in the last level"},

	{"rules spike", "measure", "measure = \"places\";",
	 "measure: expected a measure that adds up, for a spike"},
	{"rules spike", "method", "method = 2;",
	 "method: expected " METHODS_ALL},
	{"rules spike", "method", "method = \"ears\";",
	 "method: expected " METHODS_ALL ", not \"ears\""},
	{"rules spike", "bucket", "bucket = 1;",
	 "bucket: expected " A_DURATION "from \"1s\" to \"36500d\""},
	{"rules spike", "bucket", "bucket = \"36h\";",
	 "bucket: expected less than a day or whole days"},
	{"rules spike", "baseline", "baseline = 2;",
	 "baseline: expected a whole number from 3 to 700"},
	{"rules spike", "baseline", "baseline = 7.5;",
	 "baseline: expected a whole number from 3 to 700"},
	{"rules spike", "min_sigma", "min_sigma = -0.5;",
	 "min_sigma: expected a number from 0, at most 1000000000000000"},
	{"rules spike", "min_sigma", "min_sigma = \"1\";",
	 "min_sigma: expected a number from 0, at most 1000000000000000, not "
	 "\"1\""},
	{"rules spike", "min_count", "min_count = 0;",
	 "min_count: expected a whole number from 1 to 2097151"},
	{"rules spike", "min_count", "min_count = 0.5;",
	 "min_count: expected a whole number from 1 to 2097151"},
	{"rules spike", "", "late = \"1440d\";",
	 "late: expected at most 1440 buckets in late and in the 10 that the "
	 "statistic is made of"},

	{"rules tally", "window", "window = \"agreement\";",
	 "window: expected \"latest\" or " A_DURATION
	 "from \"1s\" to \"36500d\", not \"agreement\""},
	{"rules tally", "measure", "measure = \"events\";",
	 "measure: expected a measure of tallies: violations, killed, injured, "
	 "casualties, killed_in_period or injured_in_period, not \"events\""},
	{"rules tally", "", "levels = { at = 1.5; severity = \"minor\"; };",
	 "at: expected a whole number: counts are held against it"},
	{"rules tally", "", "match: { country = \"ps\"; };",
	 "country: expected no such key with kind = \"tally\""},
	{"rules discrepancy", "max_age", "max_age = \"-1d\";",
	 "max_age: expected " LONG_DURATION ", not \"-1d\""},
	{"rules discrepancy", "max_age", "max_age = 2;",
	 "max_age: expected " LONG_DURATION},
	{"rules discrepancy", "measure", "measure = \"killed_in_period\";",
	 "measure: expected a measure that has totals: violations, killed, "
	 "injured or casualties, not \"killed_in_period\""},
	{"rules discrepancy", "",
	 "levels = { at = 101; severity = \"minor\"; };",
	 "at: expected a percentage, at most 100"},
	{"rules discrepancy", "", "match = { party = \"north\"; };",
	 "source: expected match.source with two sources, or one to be held "
	 "against our own sum"},
	{"rules discrepancy", "", "match = { source = [ \"A\", \"A\" ]; };",
	 "source: expected match.source with two sources, or one to be held "
	 "against our own sum"},
	{"rules discrepancy", "",
	 "match = { source = \"A\"; min_sources = 2; };",
	 "min_sources: expected no such key with kind = \"discrepancy\""},
	{"rules", "measure", "measure = \"killed_in_period\";",
	 "measure: expected a measure of incidents: killed or injured, not "
	 "\"killed_in_period\""},
	{"rules absence", "expect", "expect = [ 5 ];",
	 "expect: expected a source: a text of 1 to 64 bytes"},
	{"rules absence", "expect", "expect = [ \"\" ];",
	 "expect: expected a source: a text of 1 to 64 bytes, not \"\""},
	{"rules absence", "", "expect = [ \"a\", \"b\", \"a\" ];",
	 "expect: expected each source once, not \"a\" again"},
	{"rules absence", "after", "after = 12;",
	 "after: expected " LONG_DURATION_ABOVE_0},
	{"rules absence", "after", "after = \"0h\";",
	 "after: expected " LONG_DURATION_ABOVE_0 ", not \"0h\""},
	{"rules absence", "active", "active = \"08:00Z\";",
	 "active: expected " ACTIVE ", not \"08:00Z\""},
	{"rules absence", "active", "active = [ \"08:00Z\", \"18:00\" ];",
	 "active: expected " ACTIVE ", not \"18:00\""},
	{"rules absence", "active", "active = [ \"08:00Z\", \"10:00+02:00\" ];",
	 "active: expected " ACTIVE ", not \"10:00+02:00\""},
	{"rules absence", "severity", "severity = 5;",
	 "severity: expected " SEVERITIES_ALL},
	{"rules absence", "severity", "severity = \"worst\";",
	 "severity: expected " SEVERITIES_ALL ", not \"worst\""},
	{"rules absence", "", "match: { source = [ \"UN\" ]; };",
	 "source: expected no such key with kind = \"absence\""},
	{"rules deadline", "deadlines", "deadlines = [ 5 ];",
	 "deadlines: expected " A_NAME},
	{"rules deadline", "deadlines", "deadlines = [ \"exchange\" ];",
	 "deadlines: expected the name of one of the agreements' deadlines, "
	 "not \"exchange\""},
	{"rules deadline", "warn_severity", "warn_severity = 5;",
	 "warn_severity: expected " SEVERITIES_ALL},
	{"rules deadline", "warn_severity", "warn_severity = \"low\";",
	 "warn_severity: expected " SEVERITIES_ALL ", not \"low\""},
	{"rules deadline", "", "match: { min_sources = 2; };",
	 "min_sources: expected no such key with kind = \"deadline\""},
	{"rules feed_gap", "", "match: { party = [ \"north\" ]; };",
	 "party: expected no such key with kind = \"feed_gap\""},
	{"rules feed_gap", "", "levels = { at = 1.5; severity = \"minor\"; };",
	 "at: expected a whole number: counts are held against it"},

	/* More than one key. */
	{"rules", "",
	 "levels = ( { at = 5; severity = \"minor\"; }, { at = 5; severity = "
	 "\"severe\"; } );",
	 "at: expected more than the level before it, 5"},
	{"rules", "",
	 "levels = ( { at = 5; clear = 4; severity = \"minor\"; }, { at = 9; "
	 "clear = 3; severity = \"severe\"; } );",
	 "clear: expected at least clear of the level before it, 4"},
	{"rules", "", "window = \"agreement\"; resolution = \"1h\";",
	 "resolution: expected no such key with window = \"agreement\": this "
	 "window has no buckets"},
	{"rules", "", "window = \"agreement\"; late = \"1h\";",
	 "late: expected no such key with window = \"agreement\": this window "
	 "never closes, so nothing is too late"},
	{"rules", "", "window = \"agreement\"; for = \"1h\";",
	 "for: expected no such key with window = \"agreement\": its sums only "
	 "grow, but for corrections"},
	{"rules", "",
	 "window = \"agreement\"; levels = { at = 5; clear = 5; severity = "
	 "\"minor\"; };",
	 "clear: expected no such key with window = \"agreement\": every fall "
	 "there is a correction"},
	{"rules", "", "window = \"event\"; resolution = \"1h\";",
	 "resolution: expected no such key with window = \"event\": this "
	 "window has no buckets"},
	{"rules", "", "window = \"event\"; late = \"1h\";",
	 "late: expected no such key with window = \"event\": this window "
	 "never closes, so nothing is too late"},
	{"rules", "", "window = \"event\"; for = \"1h\";",
	 "for: expected no such key with window = \"event\": its sums only "
	 "grow, but for corrections"},
	{"rules", "",
	 "window = \"event\"; levels = { at = 5; clear = 5; severity = "
	 "\"minor\"; };",
	 "clear: expected no such key with window = \"event\": every fall "
	 "there is a correction"},
	{"", "",
	 "limits: { buckets = 59; }; rules = ( { " RULE_TEXT
	 "levels = { at = 5; severity = \"minor\"; }; } );",
	 "buckets: expected at least 60: so many do the rules that do not "
	 "group need"},
	{"", "",
	 "sources = ( { name = \"a\"; }, { name = \"b\"; }, { name = \"a\"; } "
	 ");",
	 "name: expected another name: \"a\" is taken at t.conf:2"},
	{"", "",
	 "agreements = ( { id = \"a\"; effective = \"2015-02-15T00:00:00Z\"; "
	 "}, { id = \"a\"; effective = \"2015-02-15T00:00:00Z\"; } );",
	 "id: expected another name: \"a\" is taken at t.conf:2"},
};

static void
refuses_a_level_that_distinct_names_cannot_reach(void **state)
{
	(void)state;
	assert_null(parse(
		"rules = ( { name = \"r\"; kind = \"threshold\";\n"
		"measure = \"places\"; window = \"1h\";\n"
		"levels = ( { at = 256; severity = \"minor\"; },\n"
		"{ at = 257; severity = \"severe\"; } ); } );\n" AGREEMENTS));
	assert_string_equal(heard, "t.conf:4: at: expected at most 256, which "
				   "is as far as places are counted");
}

static void
refuses_each_key_with_a_wrong_type_or_value(void **state)
{
	char expected[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH(refusals); i++) {
		struct settings *settings =
			parse_in(refusals[i].section, refusals[i].snippet);

		assert_null(settings);
		snprintf(expected, sizeof(expected), "t.conf:2: %s",
			 refusals[i].expected);
		assert_string_equal(heard, expected);
	}
}

/* --- The tables themselves --- */

static size_t
refusals_of(const char *section, const char *key)
{
	size_t size = strlen(section), found = 0;

	for (size_t i = 0; i < LENGTH(refusals); i++)
		found += strcspn(refusals[i].section, " ") == size &&
			 strncmp(refusals[i].section, section, size) == 0 &&
			 strcmp(refusals[i].key, key) == 0;
	return found;
}

/* A wrong type is all that can be wrong with these. */
static bool
has_no_bounds(enum option_type type)
{
	return type == OPTION_FLAG || type == OPTION_TRISTATE ||
	       type == OPTION_GROUP || type == OPTION_LIST;
}

static void
visit_options(const struct section *section, const char *path,
	      void (*visit)(const char *path, const struct option *option))
{
	for (size_t i = 0; i < section->options_count; i++) {
		const struct option *option = &section->options[i];
		char below[128];

		visit(path, option);
		if (!option->section)
			continue;
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "",
			 option->key);
		visit_options(option->section, below, visit);
	}
}

static void
visit_refusals(const char *path, const struct option *option)
{
	size_t wanted = has_no_bounds(option->type) ? 1 : 2;

	if (refusals_of(path, option->key) < wanted)
		fail_msg("%s.%s has no refusal", path, option->key);
}

static void
has_a_refusal_for_every_key_there_is(void **state)
{
	(void)state;
	visit_options(&settings_section, "", visit_refusals);
}

static void
assert_required(const char *frame, const struct option *option)
{
	char text[TEXT_MAX], expected[256];

	text_make(frame_of(frame), "", option->key, text);
	assert_null(parse(text));
	snprintf(expected, sizeof(expected),
		 "t.conf:1: %s: is missing: expected ", option->key);
	assert_memory_equal(heard, expected, strlen(expected));
	assert_null(strchr(heard, '\n'));
}

/* Of each kind of rule. */
static const char *const kind_frames[RULE_KINDS] = {
	[RULE_THRESHOLD] = "rules",
	[RULE_SPIKE] = "rules spike",
	[RULE_TALLY] = "rules tally",
	[RULE_DISCREPANCY] = "rules discrepancy",
	[RULE_ABSENCE] = "rules absence",
	[RULE_DEADLINE] = "rules deadline",
	[RULE_FEED_GAP] = "rules feed_gap",
};

static void
visit_required(const char *path, const struct option *option)
{
	if (option->required)
		assert_required(path, option);
	for (int kind = 0; kind < RULE_KINDS; kind++) {
		if (option->required_kinds >> kind & 1)
			assert_required(kind_frames[kind], option);
	}
}

/* Given to a rule of a kind that does not have it. */
static void
visit_kinds(const char *path, const struct option *option)
{
	char snippet[128], expected[256];

	for (int kind = 0; kind < RULE_KINDS; kind++) {
		if (!option->kinds || option->kinds >> kind & 1)
			continue;
		snprintf(snippet, sizeof(snippet),
			 strcmp(path, "rules.match") == 0
				 ? "match = {%s = 1; };"
				 : "%s = 1;",
			 option->key);
		assert_null(parse_in(kind_frames[kind], snippet));
		snprintf(expected, sizeof(expected),
			 "t.conf:2: %s: expected no such key with kind = "
			 "\"%s\"",
			 option->key, rule_kind_name((enum rule_kind)kind));
		assert_memory_equal(heard, expected, strlen(expected));
	}
}

static void
refuses_a_key_of_another_kind_of_rule(void **state)
{
	(void)state;
	visit_options(&settings_section, "", visit_kinds);
}

static void
says_which_key_is_missing(void **state)
{
	(void)state;
	visit_options(&settings_section, "", visit_required);
}

static void
refuses_an_unknown_key_in_every_section(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(frames); i++) {
		assert_null(parse_in(frames[i].section, "*colour = 5;"));
		assert_string_equal(heard,
				    "t.conf:2: *colour: expected a known key");
	}
}

static void
names_the_key_that_was_meant(void **state)
{
	(void)state;
	assert_null(parse_in("rules", "headlin = \"x\"; keepfiring = \"1h\";\n"
				      "groub_py = \"party\"; Late = \"1h\";"));
	assert_string_equal(
		heard,
		"t.conf:2: headlin: expected a known key: did you mean "
		"headline?\n"
		"t.conf:2: keepfiring: expected a known key: did you mean "
		"keep_firing?\n"
		"t.conf:3: groub_py: expected a known key: did you mean "
		"group_by?\n"
		"t.conf:3: Late: expected a known key: did you mean late?");
}

static void
tells_every_error_in_the_order_of_the_lines(void **state)
{
	(void)state;
	assert_null(parse("rules = ( { name = \"r\"; kind = \"threshold\";\n"
			  "measure = \"places\"; every = 1;\n"
			  "window = \"1h\"; bucket = \"1h\";\n"
			  "levels = ( { at = 5;\n"
			  "clear = 9; severity = \"minor\"; } ); },\n"
			  "{ name = \"r\"; kind = \"event\"; measure = "
			  "\"killed\"; window = \"1h\";\n"
			  "levels = { at = 1; severity = \"minor\"; }; } );\n"
			  "heartbeat = \"5s\"; intake: { subscribe = 1; "
			  "};\n" AGREEMENTS));
	assert_string_equal(
		heard,
		"t.conf:2: every: expected a known key\n"
		"t.conf:3: bucket: expected no such key with kind = "
		"\"threshold\"\n"
		"t.conf:5: clear: expected at most at, 5\n"
		"t.conf:6: kind: expected " RULE_KINDS_ALL ", not \"event\"\n"
		"t.conf:6: name: expected another name: \"r\" is taken at "
		"t.conf:1\n"
		"t.conf:8: subscribe: expected a list of 0 to 64 groups: "
		"subscribe = ( { ... }, ... );\n"
		"t.conf:8: heartbeat: expected a known key");
}

static void
says_on_which_line_of_a_list_a_text_is(void **state)
{
	(void)state;
	assert_null(parse_in("agreements", "parties = [\n"
					   "  \"North\",\n"
					   "  \"south\",\n"
					   "\n"
					   "  \"West\"\n"
					   "  # the last one\n"
					   "];"));
	assert_string_equal(heard, "t.conf:3: parties: expected " A_NAME
				   ", not \"North\"\n"
				   "t.conf:6: parties: expected " A_NAME
				   ", not \"West\"");
}

static void
stops_at_a_syntax_error_and_says_where(void **state)
{
#define SYNTAX                                                                 \
	"syntax error: expected key = value; and no comma after the last in "  \
	"a list, here or just before"
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"sender = \"a\";\nclock = ;", "t.conf:2: " SYNTAX},
		{"sender = \"a\";\nsender = \"b\";",
		 "t.conf:2: duplicate setting name: expected each key once in "
		 "a group"},
		{"a = [ 1,\n\"b\" ];",
		 "t.conf:2: mismatched element type in array: expected values "
		 "of one type in [ ]; ( ) takes any"},
		{"rules = ( { },\n );", "t.conf:2: " SYNTAX},
		{"rules = (\n\n", "t.conf:2: " SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_null(parse(cases[i].text));
		assert_string_equal(heard, cases[i].expected);
	}
}

/* --- What is right --- */

static void
fills_in_what_is_not_said(void **state)
{
	struct settings *settings = parse(AGREEMENTS);
	const struct configuration *c;

	(void)state;
	assert_non_null(settings);
	c = &settings->configuration;
	assert_string_equal(c->sender, "truced");
	assert_int_equal(c->clock, CLOCK_WALL);
	assert_int_equal(c->limits.max_future_ms, 3600000);
	assert_int_equal(c->limits.reports, 1000000);
	assert_int_equal(c->limits.groups, 100000);
	assert_int_equal(c->limits.buckets, 8000000);
	assert_int_equal(c->limits.episodes, 100000);
	assert_int_equal(c->limits.names, 65536);
	assert_int_equal(c->limits.max_count, 100000);
	assert_int_equal(c->drill_limits.max_future_ms, 3600000);
	assert_int_equal(c->drill_limits.reports, 10000);
	assert_int_equal(c->drill_limits.groups, 1100);
	assert_int_equal(c->drill_limits.buckets, 220000);
	assert_int_equal(c->drill_limits.episodes, 1100);
	assert_int_equal(c->drill_limits.names, 65536);
	assert_int_equal(c->drill_limits.max_count, 100000);
	assert_int_equal(c->sources_count, 0);
	assert_int_equal(c->rules_count, 0);
	assert_string_equal(settings->state_dir, "/var/lib/truced");
	assert_int_equal(settings->intake_count, 1);
	assert_string_equal(settings->intake[0].address,
			    "tcp://127.0.0.1:5560");
	assert_true(settings->intake[0].bind);
	assert_int_equal(settings->intake[0].topics_count, 3);
	assert_string_equal(settings->intake[0].topics[2], "finding.");
	assert_int_equal(settings->service_count, 1);
	assert_string_equal(settings->service[0].address,
			    "ipc:///run/truced/service");
	assert_true(settings->service[0].bind);
	assert_int_equal(settings->alerts_count, 1);
	assert_string_equal(settings->alerts[0].address,
			    "tcp://127.0.0.1:5561");
	assert_true(settings->alerts[0].bind);
	assert_int_equal(settings->heartbeat_ms, 5000);
	assert_int_equal(settings->syslog_target, SYSLOG_AUTO);
	assert_int_equal(settings->syslog_facility, LOG_DAEMON);
	assert_int_equal(settings->syslog_min_severity, SEVERITY_MINOR);
	assert_string_equal(settings->text, AGREEMENTS);
	settings_free(settings);
	settings_free(NULL);
}

static void
fills_in_the_rest_of_a_rule(void **state)
{
	struct settings *settings = parse_in("rules", "");
	const struct rule *rule;

	(void)state;
	assert_non_null(settings);
	rule = &settings->configuration.rules[0];
	assert_string_equal(rule->name, "r");
	assert_int_equal(rule->kind, RULE_THRESHOLD);
	assert_int_equal(rule->measure, MEASURE_KILLED);
	assert_int_equal(rule->basis, BASIS_REPORTED);
	assert_int_equal(rule->time, TIME_OCCURRED);
	assert_int_equal(rule->window_kind, WINDOW_DURATION);
	assert_int_equal(rule->window_ms, 3600000);
	assert_int_equal(rule->resolution_ms, 60000);
	assert_int_equal(rule->late_ms, 0);
	assert_int_equal(rule->for_ms, 0);
	assert_int_equal(rule->keep_firing_ms, 0);
	assert_int_equal(rule->update_every_ms, 0);
	assert_int_equal(rule->remind_ms, 0);
	assert_int_equal(rule->escalate_after_ms, 0);
	assert_int_equal(rule->group_by_count, 0);
	assert_int_equal(rule->match.kinds, 0);
	assert_int_equal(rule->match.disputed, EITHER);
	assert_int_equal(rule->match.min_assessment, ASSESSMENT_UNSPECIFIED);
	assert_int_equal(rule->match.min_attribution, ATTRIBUTION_UNSPECIFIED);
	assert_int_equal(rule->levels_count, 1);
	assert_int_equal(rule->levels[0].at, 5);
	assert_int_equal(rule->levels[0].clear, 5);
	assert_int_equal(rule->levels[0].severity, SEVERITY_MINOR);
	assert_string_equal(rule->headline, "");
	assert_string_equal(rule->instruction, "");
	assert_string_equal(rule->web, "");
	settings_free(settings);
}

static void
fills_in_the_rest_of_a_spike(void **state)
{
	struct settings *settings = parse_in("rules spike", "bucket = \"1d\";");
	const struct rule *rule;

	(void)state;
	assert_non_null(settings);
	rule = &settings->configuration.rules[0];
	assert_int_equal(rule->spike.baseline, 7);
	assert_true(rule->spike.min_sigma == 0.5);
	assert_int_equal(rule->spike.min_count, 3);
	assert_int_equal(rule->late_ms, DAY_MS);
	assert_int_equal(rule->keep_firing_ms, DAY_MS);
	settings_free(settings);
}

static void
reads_every_key_of_the_service(void **state)
{
	struct settings *settings = parse(
		"sender = \"Truce.Desk@ops-1\"; state_dir = \"state\";"
		"clock = \"records\";"
		"intake: { subscribe = ( { endpoint = \"ipc://feeds\";"
		" topics = \"incident.a-1\"; },"
		" { endpoint = \"tcp://[::1]:65535\"; bind = true; } ); };"
		"service: { endpoints = ( \"tcp://localhost:1\","
		" { endpoint = \"ipc:///run/x\"; } ); };"
		"alerts: { publish = { endpoint = \"tcp://127.9.8.7:80\"; };"
		" heartbeat = \"1m\"; };"
		"syslog: { target = \"off\"; facility = \"local7\";"
		" min_severity = \"extreme\"; };"
		"limits: { max_future = \"2d\"; reports = 7; groups = 6;"
		" buckets = 0x10; episodes = 8L; names = 9; max_count = 5; };"
		"sources = ( { name = \"ОБСЕ\"; at_most = \"corroborated\";"
		" origin = \"osce\"; }, { name = \"x\"; } );" AGREEMENTS);
	const struct configuration *c;

	(void)state;
	assert_non_null(settings);
	c = &settings->configuration;
	assert_string_equal(c->sender, "Truce.Desk@ops-1");
	assert_string_equal(settings->state_dir, "state");
	assert_int_equal(c->clock, CLOCK_RECORDS);
	assert_int_equal(settings->intake_count, 2);
	assert_string_equal(settings->intake[0].address, "ipc://feeds");
	assert_false(settings->intake[0].bind);
	assert_int_equal(settings->intake[0].topics_count, 1);
	assert_string_equal(settings->intake[0].topics[0], "incident.a-1");
	assert_true(settings->intake[1].bind);
	assert_int_equal(settings->intake[1].topics_count, 3);
	assert_int_equal(settings->service_count, 2);
	assert_string_equal(settings->service[0].address, "tcp://localhost:1");
	assert_true(settings->service[0].bind);
	assert_string_equal(settings->service[1].address, "ipc:///run/x");
	assert_true(settings->service[1].bind);
	assert_int_equal(settings->alerts_count, 1);
	assert_string_equal(settings->alerts[0].address, "tcp://127.9.8.7:80");
	assert_false(settings->alerts[0].bind);
	assert_int_equal(settings->heartbeat_ms, 60000);
	assert_int_equal(settings->syslog_target, SYSLOG_OFF);
	assert_int_equal(settings->syslog_facility, LOG_LOCAL7);
	assert_int_equal(settings->syslog_min_severity, SEVERITY_EXTREME);
	assert_int_equal(c->limits.max_future_ms, 172800000);
	assert_int_equal(c->limits.reports, 7);
	assert_int_equal(c->limits.groups, 6);
	assert_int_equal(c->limits.buckets, 16);
	assert_int_equal(c->limits.episodes, 8);
	assert_int_equal(c->limits.names, 9);
	assert_int_equal(c->limits.max_count, 5);
	assert_int_equal(c->drill_limits.reports, 7);
	assert_int_equal(c->drill_limits.groups, 6);
	assert_int_equal(c->drill_limits.buckets, 16);
	assert_int_equal(c->drill_limits.episodes, 8);
	assert_int_equal(c->drill_limits.names, 9);
	assert_int_equal(c->drill_limits.max_future_ms, 172800000);
	assert_int_equal(c->drill_limits.max_count, 5);
	assert_int_equal(c->sources_count, 2);
	assert_string_equal(c->sources[0].name, "ОБСЕ");
	assert_string_equal(c->sources[0].origin, "osce");
	assert_int_equal(c->sources[0].at_most, ASSESSMENT_CORROBORATED);
	assert_string_equal(c->sources[1].origin, "x");
	assert_int_equal(c->sources[1].at_most, ASSESSMENT_ALLEGED);
	settings_free(settings);
}

static void
lets_a_section_be_empty(void **state)
{
	struct settings *settings =
		parse("intake: { subscribe = ( ); }; service: { endpoints = "
		      "[ ]; }; alerts: { publish = ( ); };" AGREEMENTS);

	(void)state;
	assert_non_null(settings);
	assert_int_equal(settings->intake_count, 0);
	assert_int_equal(settings->service_count, 0);
	assert_int_equal(settings->alerts_count, 0);
	assert_int_equal(settings->heartbeat_ms, 5000);
	settings_free(settings);
}

static void
reads_agreements(void **state)
{
	struct settings *settings = parse(
		"agreements = ( { id = \"minsk-1\"; title = \"Протокол\";"
		" effective = \"2014-09-05T18:00:00+03:00\";"
		" day_starts = \"00:00+02:00\";"
		" parties = [ \"ukraine\", \"dpr\" ]; },"
		" { id = \"panmunjom\"; parties = \"other\";"
		" effective = \"1953-07-27T13:00:00.25Z\"; },"
		" { id = \"leap\"; effective = \"2016-02-29T23:59:59-00:30\";"
		" day_starts = \"05:30-01:00\"; } );");
	const struct agreement *agreements;

	(void)state;
	assert_non_null(settings);
	agreements = settings->configuration.agreements;
	assert_int_equal(settings->configuration.agreements_count, 3);
	assert_string_equal(agreements[0].id, "minsk-1");
	assert_string_equal(agreements[0].title, "Протокол");
	assert_int_equal(agreements[0].effective_at, 1409929200000);
	assert_int_equal(agreements[0].day_starts_ms, 22 * 3600000);
	assert_int_equal(agreements[0].zone_ms, 2 * 3600000);
	assert_int_equal(agreements[0].parties_count, 2);
	assert_string_equal(agreements[0].parties[1], "dpr");
	assert_int_equal(agreements[1].effective_at, -518525999750);
	assert_int_equal(agreements[1].parties_count, 1);
	assert_string_equal(agreements[1].title, "");
	assert_int_equal(agreements[1].day_starts_ms, 0);
	assert_int_equal(agreements[2].effective_at, 1456792199000);
	assert_int_equal(agreements[2].day_starts_ms, 6 * 3600000 + 1800000);
	assert_int_equal(agreements[2].zone_ms, -3600000);
	assert_int_equal(agreements[2].parties_count, 0);
	settings_free(settings);
}

static void
reads_every_key_of_a_rule(void **state)
{
	struct settings *settings = parse_in(
		"rules",
		"name = \"all\"; kind = \"threshold\"; measure = "
		"\"casualties\"; basis = \"upper\";"
		" window = \"24h\"; resolution = \"1h\"; late = \"3d\";"
		" time = \"received\"; for = \"10m\"; keep_firing = \"1h\";"
		" update_every = \"12h\"; remind = \"2h\";"
		" escalate_after = \"90s\";"
		" group_by = [ \"disputed\", \"agreement\", \"party\" ];"
		" match: { agreement = \"a-1\"; source = [ \"A\", \"B\" ];"
		" feed = \"f\"; kind = [ \"air_strike\", \"other\" ];"
		" party = \"north\"; against = [ \"south\" ];"
		" target = \"religious\"; country = [ \"ua\" ];"
		" admin = \"Donetsk oblast\"; disputed = false;"
		" min_assessment = \"corroborated\";"
		" min_attribution = \"assessed_party\"; min_sources = 2; };"
		" levels = ( { at = 5; clear = 3; severity = \"severe\"; },"
		" { at = 5000000000L; clear = 3; severity = \"extreme\"; } );"
		" headline = \"{party}: {reported}\"; instruction = \"Call.\";"
		" web = \"https://example.org/\";");
	const struct rule *rule;

	(void)state;
	assert_non_null(settings);
	rule = &settings->configuration.rules[0];
	assert_string_equal(rule->name, "all");
	assert_int_equal(rule->measure, MEASURE_CASUALTIES);
	assert_int_equal(rule->basis, BASIS_UPPER);
	assert_int_equal(rule->window_ms, 86400000);
	assert_int_equal(rule->resolution_ms, 3600000);
	assert_int_equal(rule->late_ms, 3 * 86400000);
	assert_int_equal(rule->time, TIME_RECEIVED);
	assert_int_equal(rule->for_ms, 600000);
	assert_int_equal(rule->keep_firing_ms, 3600000);
	assert_int_equal(rule->update_every_ms, 12 * 3600000);
	assert_int_equal(rule->remind_ms, 2 * 3600000);
	assert_int_equal(rule->escalate_after_ms, 90000);
	assert_int_equal(rule->group_by_count, 2);
	assert_int_equal(rule->group_by[0], FIELD_DISPUTED);
	assert_int_equal(rule->group_by[1], FIELD_PARTY);
	assert_int_equal(rule->match.agreement.count, 1);
	assert_string_equal(rule->match.agreement.names[0], "a-1");
	assert_int_equal(rule->match.source.count, 2);
	assert_string_equal(rule->match.source.names[1], "B");
	assert_string_equal(rule->match.feed.names[0], "f");
	assert_true(rule->match.kinds == ((UINT64_C(1) << KIND_AIR_STRIKE) |
					  (UINT64_C(1) << KIND_OTHER)));
	assert_string_equal(rule->match.party.names[0], "north");
	assert_string_equal(rule->match.against.names[0], "south");
	assert_int_equal(rule->match.targets, 1 << TARGET_RELIGIOUS);
	assert_string_equal(rule->match.country.names[0], "ua");
	assert_string_equal(rule->match.admin.names[0], "Donetsk oblast");
	assert_int_equal(rule->match.disputed, ONLY_FALSE);
	assert_int_equal(rule->match.min_assessment, ASSESSMENT_CORROBORATED);
	assert_int_equal(rule->match.min_attribution,
			 ATTRIBUTION_ASSESSED_PARTY);
	assert_int_equal(rule->match.min_sources, 2);
	assert_int_equal(rule->levels_count, 2);
	assert_int_equal(rule->levels[0].clear, 3);
	assert_int_equal(rule->levels[1].at, 5000000000);
	assert_int_equal(rule->levels[1].clear, 3);
	assert_int_equal(rule->levels[1].severity, SEVERITY_EXTREME);
	assert_string_equal(rule->headline, "{party}: {reported}");
	assert_string_equal(rule->instruction, "Call.");
	assert_string_equal(rule->web, "https://example.org/");
	settings_free(settings);
}

/* Buckets follow from the window where they are not said. */
static void
makes_sixty_buckets_of_a_window(void **state)
{
	static const struct {
		const char *snippet;
		int64_t window_ms, resolution_ms;
	} cases[] = {
		{"window = \"1s\";", 1000, 1000},
		{"window = \"59s\";", 59000, 1000},
		{"window = \"24h\";", 86400000, 1440000},
		{"window = \"59d\";", 5097600000, 84960000},
		{"window = \"60d\";", 5184000000, 86400000},
		{"window = \"61d\";", 5270400000, 172800000},
		{"window = \"90d\";", 7776000000, 172800000},
		{"window = \"1d\"; resolution = \"1d\";", 86400000, 86400000},
		{"window = \"1440s\"; resolution = \"1s\";", 1440000, 1000},
		{"window = \"1h\"; late = \"23h\";", 3600000, 60000},
		{"window = \"agreement\"; keep_firing = \"1h\";", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct settings *settings = parse_in("rules", cases[i].snippet);
		const struct rule *rule;

		assert_non_null(settings);
		rule = &settings->configuration.rules[0];
		assert_int_equal(rule->window_kind, cases[i].window_ms
							    ? WINDOW_DURATION
							    : WINDOW_AGREEMENT);
		assert_int_equal(rule->window_ms, cases[i].window_ms);
		assert_int_equal(rule->resolution_ms, cases[i].resolution_ms);
		settings_free(settings);
	}
}

static void
makes_levels_of_further_steps(void **state)
{
	struct settings *settings = parse_in(
		"rules",
		"levels = ( { at = 5; severity = \"minor\"; }, { at = 10; "
		"clear = 8; severity = \"severe\"; every = 20; } );");
	const struct rule *rule;

	(void)state;
	assert_non_null(settings);
	rule = &settings->configuration.rules[0];
	assert_int_equal(rule->levels_count, LEVELS_MAX);
	assert_true(rule->levels[2].at == 30);
	assert_true(rule->levels[2].clear == 28);
	assert_int_equal(rule->levels[2].severity, SEVERITY_SEVERE);
	assert_true(rule->levels[LEVELS_MAX - 1].at ==
		    10 + 20 * (LEVELS_MAX - 2));
	settings_free(settings);
}

static void
keeps_an_event_for_a_day_unless_told_otherwise(void **state)
{
	static const struct {
		const char *snippet;
		int64_t keep_firing_ms;
	} cases[] = {
		{"window = \"event\";", 86400000},
		{"window = \"event\"; keep_firing = \"2h\";", 7200000},
		{"window = \"event\"; keep_firing = \"0s\";", 0},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct settings *settings = parse_in("rules", cases[i].snippet);
		const struct rule *rule;

		assert_non_null(settings);
		rule = &settings->configuration.rules[0];
		assert_int_equal(rule->window_kind, WINDOW_EVENT);
		assert_int_equal(rule->window_ms, 0);
		assert_int_equal(rule->keep_firing_ms, cases[i].keep_firing_ms);
		settings_free(settings);
	}
}

static void
knows_any_party_where_an_agreement_takes_any(void **state)
{
	static const char *const parties[] = {
		"", "parties = [ ];", "parties = [ \"north\", \"other\" ];"};
	char text[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH(parties); i++) {
		struct settings *settings;

		snprintf(text, sizeof(text),
			 "agreements = ( { id = \"a\"; effective = "
			 "\"2015-02-15T00:00:00Z\"; %s } ); rules = ( "
			 "{ " RULE_TEXT
			 "levels = { at = 1; severity = \"minor\"; };"
			 " match: { party = \"west\"; }; } );",
			 parties[i]);
		settings = parse(text);
		assert_non_null(settings);
		settings_free(settings);
	}
}

static void
reads_deadlines_and_the_rules_that_watch_them(void **state)
{
	(void)state;
	struct settings *settings = parse(
		"agreements = ( { id = \"a\"; effective = "
		"\"2015-02-15T00:00:00Z\"; deadlines = ("
		" { name = \"withdrawal\"; due = \"2015-03-03T00:00:00+02:00\";"
		"   warn_before = [ \"1d\", \"7d\" ]; },"
		" { name = \"exchange\"; due = \"2015-03-20T12:00:00Z\";"
		"   warn_before = \"3d\"; } ); } );"
		"rules = ( { name = \"all\"; kind = \"deadline\"; severity = "
		"\"extreme\"; },"
		" { name = \"one\"; kind = \"deadline\"; severity = \"severe\";"
		"   warn_severity = \"moderate\"; deadlines = \"exchange\";"
		"   match: { agreement = \"a\"; }; } );");
	assert_non_null(settings);
	const struct configuration *configuration = &settings->configuration;
	const struct deadline *deadline =
		configuration->agreements[0].deadlines;
	assert_int_equal(configuration->agreements[0].deadlines_count, 2);
	assert_string_equal(deadline->name, "withdrawal");
	assert_int_equal(deadline->due_at, INT64_C(1425333600000));
	assert_int_equal(deadline->warn_before_count, 2);
	assert_int_equal(deadline->warn_before_ms[0], 7 * DAY_MS);
	assert_int_equal(deadline->warn_before_ms[1], DAY_MS);
	const struct rule *rule = configuration->rules;
	const double levels[] = {-7 * 86400, -3 * 86400, -1 * 86400, 0};
	assert_int_equal(rule->levels_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(rule->levels[i].at == levels[i]);
		assert_true(rule->levels[i].clear == levels[i]);
		assert_int_equal(rule->levels[i].severity,
				 i < 3 ? SEVERITY_MINOR : SEVERITY_EXTREME);
	}
	assert_int_equal(rule->window_kind, WINDOW_NONE);
	assert_int_equal(rule->group_by[0], FIELD_DEADLINE);
	rule++;
	assert_int_equal(rule->levels_count, 2);
	assert_int_equal(rule->levels[0].severity, SEVERITY_MODERATE);
	settings_free(settings);
}

static void
refuses_a_deadline_rule_that_watches_nothing(void **state)
{
	(void)state;
	assert_null(parse("agreements = ( { id = \"a\"; effective = "
			  "\"2015-02-15T00:00:00Z\"; } );\n"
			  "rules = ( { name = \"r\"; kind = \"deadline\"; "
			  "severity = \"minor\"; } );"));
	assert_string_equal(heard, "t.conf:2: kind: expected deadlines in an "
				   "agreement, where a rule is to watch them");
}

static void
reads_who_is_expected_and_when(void **state)
{
	(void)state;
	struct settings *settings =
		parse_in("rules absence", "expect = [ \"UN\", \"OSCE\" ]; "
					  "active = [ \"08:00+02:00\", "
					  "\"02:00+02:00\" ];");
	assert_non_null(settings);
	const struct rule *rule = settings->configuration.rules;
	assert_int_equal(rule->expect.count, 2);
	assert_int_equal(rule->after_ms, 12 * 3600000);
	assert_int_equal(rule->active.from_ms, 6 * 3600000);
	assert_int_equal(rule->active.length_ms, 18 * 3600000);
	assert_true(rule->levels[0].at == 43200);
	assert_int_equal(rule->group_by[0], FIELD_SOURCE);
	settings_free(settings);
	settings = parse_in("rules absence", "");
	assert_int_equal(settings->configuration.rules[0].active.length_ms,
			 DAY_MS);
	settings_free(settings);
}

static void
reads_what_is_missing_of_a_feed(void **state)
{
	(void)state;
	struct settings *settings =
		parse_in("rules feed_gap", "keep_firing = \"1h\"; "
					   "match: { feed = \"daily\"; };");
	assert_non_null(settings);
	const struct rule *rule = settings->configuration.rules;
	assert_int_equal(rule->group_by_count, 2);
	assert_int_equal(rule->group_by[1], FIELD_FEED);
	assert_int_equal(rule->keep_firing_ms, 3600000);
	assert_int_equal(rule->window_kind, WINDOW_NONE);
	settings_free(settings);
}

static void
reads_durations_in_four_units(void **state)
{
	static const char *const bad[] = {"",
					  "s",
					  "1",
					  "1.5h",
					  "-1s",
					  "+1s",
					  " 1s",
					  "1s ",
					  "1ms",
					  "1H",
					  "h1",
					  "1hh",
					  "0x1s",
					  "9223372036854775807s",
					  "99999999999999999999s"};
	int64_t ms = -1;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(settings_duration(bad[i], &ms), -EINVAL);
	assert_int_equal(ms, -1);
	assert_int_equal(settings_duration("90s", &ms), 0);
	assert_int_equal(ms, 90000);
	assert_int_equal(settings_duration("15m", &ms), 0);
	assert_int_equal(ms, 900000);
	assert_int_equal(settings_duration("24h", &ms), 0);
	assert_int_equal(ms, 86400000);
	assert_int_equal(settings_duration("7d", &ms), 0);
	assert_int_equal(ms, 604800000);
	assert_int_equal(settings_duration("0s", &ms), 0);
	assert_int_equal(ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_key_with_a_wrong_type_or_value),
		cmocka_unit_test(
			refuses_a_level_that_distinct_names_cannot_reach),
		cmocka_unit_test(has_a_refusal_for_every_key_there_is),
		cmocka_unit_test(says_which_key_is_missing),
		cmocka_unit_test(refuses_a_key_of_another_kind_of_rule),
		cmocka_unit_test(refuses_an_unknown_key_in_every_section),
		cmocka_unit_test(names_the_key_that_was_meant),
		cmocka_unit_test(tells_every_error_in_the_order_of_the_lines),
		cmocka_unit_test(says_on_which_line_of_a_list_a_text_is),
		cmocka_unit_test(stops_at_a_syntax_error_and_says_where),
		cmocka_unit_test(fills_in_what_is_not_said),
		cmocka_unit_test(fills_in_the_rest_of_a_rule),
		cmocka_unit_test(fills_in_the_rest_of_a_spike),
		cmocka_unit_test(reads_every_key_of_the_service),
		cmocka_unit_test(lets_a_section_be_empty),
		cmocka_unit_test(reads_agreements),
		cmocka_unit_test(reads_every_key_of_a_rule),
		cmocka_unit_test(makes_sixty_buckets_of_a_window),
		cmocka_unit_test(makes_levels_of_further_steps),
		cmocka_unit_test(
			keeps_an_event_for_a_day_unless_told_otherwise),
		cmocka_unit_test(knows_any_party_where_an_agreement_takes_any),
		cmocka_unit_test(reads_deadlines_and_the_rules_that_watch_them),
		cmocka_unit_test(refuses_a_deadline_rule_that_watches_nothing),
		cmocka_unit_test(reads_who_is_expected_and_when),
		cmocka_unit_test(reads_what_is_missing_of_a_feed),
		cmocka_unit_test(reads_durations_in_four_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
