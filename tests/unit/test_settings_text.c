/*
 * The text of a configuration: includes, what libconfig would misread, and the
 * text that gives the same settings again.
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
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/settings.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define AGREEMENTS                                                             \
	"agreements = ( { id = \"a-1\"; effective = "                          \
	"\"2015-02-15T00:00:00Z\"; } );\n"
#define LEVELS "levels = { at = 5; severity = \"minor\"; };"

enum { HEARD_MAX = 64 * 1024 };

static char heard[HEARD_MAX];

static void
hear(void *context, const char *message)
{
	size_t used = strlen(heard);

	(void)context;
	snprintf(heard + used, sizeof(heard) - used, "%s%s", used ? "\n" : "",
		 message);
}

static struct settings *
load(const char *path)
{
	struct settings *settings = NULL;
	int error;

	heard[0] = '\0';
	error = settings_load(&settings, path, hear, NULL);
	assert_int_equal(error, *heard ? -EINVAL : 0);
	return settings;
}

static struct settings *
parse(const char *text)
{
	struct settings *settings = NULL;
	int error;

	heard[0] = '\0';
	error = settings_parse(&settings, text, "t.conf", hear, NULL);
	assert_int_equal(error, *heard ? -EINVAL : 0);
	return settings;
}

/* --- A directory of files, gone after each test --- */

static char *source_dir; /* where the tests were started */

static int
directory_make(void **state)
{
	char *path = strdup("/tmp/test_settings.XXXXXX");

	source_dir = getcwd(NULL, 0);
	if (!path || !source_dir || !mkdtemp(path) || chdir(path))
		return -1;
	*state = path;
	return 0;
}

static int
directory_remove(void **state)
{
	char command[256];
	int failed = chdir(source_dir);

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	failed |= system(command);
	free(*state);
	free(source_dir);
	return failed;
}

static void
file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* --- All that settings hold, as text --- */

static void
print_names(FILE *out, const char *what, const struct name_list *list)
{
	fprintf(out, " %s", what);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, " [%s]", list->names[i]);
}

static void
print_limits(FILE *out, const struct limits *limits)
{
	fprintf(out, "limits %ld %u %u %u %u %u %u\n",
		(long)limits->max_future_ms, limits->reports, limits->groups,
		limits->buckets, limits->episodes, limits->names,
		limits->max_count);
}

static void
print_endpoints(FILE *out, const struct endpoint *endpoints, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "endpoint %s %d", endpoints[i].address,
			endpoints[i].bind);
		for (size_t j = 0; j < endpoints[i].topics_count; j++)
			fprintf(out, " %s", endpoints[i].topics[j]);
		fputc('\n', out);
	}
}

static void
print_rule(FILE *out, const struct rule *rule)
{
	const struct match *match = &rule->match;

	fprintf(out, "rule %s %d %d %d %d %d %ld %ld %ld %ld %ld %ld %ld %ld",
		rule->name, rule->kind, rule->measure, rule->basis,
		rule->window_kind, rule->time, (long)rule->window_ms,
		(long)rule->resolution_ms, (long)rule->late_ms,
		(long)rule->for_ms, (long)rule->keep_firing_ms,
		(long)rule->update_every_ms, (long)rule->remind_ms,
		(long)rule->escalate_after_ms);
	for (size_t i = 0; i < rule->group_by_count; i++)
		fprintf(out, " by %d", rule->group_by[i]);
	print_names(out, "agreement", &match->agreement);
	print_names(out, "source", &match->source);
	print_names(out, "feed", &match->feed);
	print_names(out, "party", &match->party);
	print_names(out, "against", &match->against);
	print_names(out, "country", &match->country);
	print_names(out, "admin", &match->admin);
	fprintf(out, " %lx %x %d %d %d %u", (unsigned long)match->kinds,
		match->targets, match->disputed, match->min_assessment,
		match->min_attribution, match->min_sources);
	for (size_t i = 0; i < rule->levels_count; i++)
		fprintf(out, " level %lu %lu %d",
			(unsigned long)rule->levels[i].at,
			(unsigned long)rule->levels[i].clear,
			rule->levels[i].severity);
	fprintf(out, " [%s] [%s] [%s]\n", rule->headline, rule->instruction,
		rule->web);
}

/* The caller frees it. */
static char *
print_settings(const struct settings *settings)
{
	const struct configuration *c = &settings->configuration;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "%s %d %s %ld %d %d %d\n", c->sender, c->clock,
		settings->state_dir, (long)settings->heartbeat_ms,
		settings->syslog_target, settings->syslog_facility,
		settings->syslog_min_severity);
	print_limits(out, &c->limits);
	print_limits(out, &c->drill_limits);
	print_endpoints(out, settings->intake, settings->intake_count);
	print_endpoints(out, settings->service, settings->service_count);
	print_endpoints(out, settings->alerts, settings->alerts_count);
	for (size_t i = 0; i < c->sources_count; i++)
		fprintf(out, "source %s %s %d\n", c->sources[i].name,
			c->sources[i].origin, c->sources[i].at_most);
	for (size_t i = 0; i < c->agreements_count; i++) {
		const struct agreement *a = &c->agreements[i];

		fprintf(out, "agreement %s [%s] %ld %ld", a->id, a->title,
			(long)a->effective_at, (long)a->day_starts_ms);
		for (size_t j = 0; j < a->parties_count; j++)
			fprintf(out, " %s", a->parties[j]);
		fputc('\n', out);
	}
	for (size_t i = 0; i < c->rules_count; i++)
		print_rule(out, &c->rules[i]);
	fclose(out);
	return text;
}

/* The text of settings gives them again, and itself. */
static void
assert_round_trip(const struct settings *settings)
{
	struct settings *again = parse(settings->text);
	char *left, *right;

	assert_string_equal(heard, "");
	assert_non_null(again);
	left = print_settings(settings);
	right = print_settings(again);
	assert_string_equal(left, right);
	assert_string_equal(settings->text, again->text);
	free(left);
	free(right);
	settings_free(again);
}

/* --- Includes --- */

static void
puts_an_included_file_in_its_place(void **state)
{
	struct settings *settings;

	(void)state;
	file_write("top.conf", "sender = \"a\";\n" AGREEMENTS "rules = (\n"
			       "  @include \"rules\\\\.d\" # and so on\n"
			       ");\n");
	/* Without a newline at the end, and with a comma to go on. */
	file_write("rules\\.d",
		   "{ name = \"r-1\"; kind = \"threshold\"; measure = "
		   "\"killed\"; window = \"1h\"; " LEVELS " },\n"
		   "{ name = \"r-2\"; kind = \"threshold\"; measure = "
		   "\"killed\"; window = \"1h\"; " LEVELS " }");
	settings = load("top.conf");
	assert_string_equal(heard, "");
	assert_int_equal(settings->configuration.rules_count, 2);
	assert_string_equal(settings->configuration.rules[1].name, "r-2");
	assert_null(strstr(settings->text, "@include"));
	assert_round_trip(settings);
	settings_free(settings);
}

static void
looks_for_an_included_file_beside_the_one_that_names_it(void **state)
{
	char path[1024];
	struct settings *settings;

	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(mkdir("sub/deeper", 0700), 0);
	file_write("sub/top.conf", "@include \"deeper/a.conf\"\n" AGREEMENTS);
	file_write("sub/deeper/a.conf", "@include \"b.conf\"\n"
					"@include \"../c.conf\"");
	file_write("sub/deeper/b.conf", "sender = \"b\";");
	snprintf(path, sizeof(path), "state_dir = \"c\";\n@include \"%s/d\"\n",
		 (char *)*state);
	file_write("sub/c.conf", path);
	file_write("d", "clock = \"records\";");
	settings = load("sub/top.conf");
	assert_string_equal(heard, "");
	assert_string_equal(settings->configuration.sender, "b");
	assert_string_equal(settings->state_dir, "c");
	assert_int_equal(settings->configuration.clock, CLOCK_RECORDS);
	assert_round_trip(settings);
	settings_free(settings);
}

static void
tells_errors_by_the_included_file_and_its_line(void **state)
{
	(void)state;
	file_write("top.conf", "sendr = \"a\";\n"
			       "@include \"one.conf\"\n"
			       "clock = 5; @include \"x\"\n" AGREEMENTS);
	file_write("one.conf", "\n"
			       "state_dir = 5;\n"
			       "@include \"two.conf\"\n"
			       "limits: { names = 0; };");
	file_write("two.conf", "# nothing\n\nsyslog: { target = \"x\"; };");
	assert_null(load("top.conf"));
	assert_string_equal(heard, "top.conf:3: expected @include \"file\" on "
				   "a line of its own");
	file_write("top.conf", "sendr = \"a\";\n"
			       "@include \"one.conf\"\n"
			       "clock = 5;\n" AGREEMENTS);
	assert_null(load("top.conf"));
	assert_string_equal(
		heard,
		"top.conf:1: sendr: expected a known key: did you mean "
		"sender?\n"
		"one.conf:2: state_dir: expected a text of 1 to 1024 bytes\n"
		"two.conf:3: target: expected one of \"auto\", \"journal\", "
		"\"syslog\", \"off\", not \"x\"\n"
		"one.conf:4: names: expected a whole number from 1 to 65536\n"
		"top.conf:3: clock: expected one of \"wall\", \"records\"");
	file_write("two.conf", "a = ;");
	assert_null(load("top.conf"));
	assert_non_null(strstr(heard, "two.conf:1: syntax error: expected key "
				      "= value;"));
}

static void
takes_no_include_out_of_a_comment_or_a_text(void **state)
{
	struct settings *settings;

	(void)state;
	file_write("top.conf",
		   "# @include \"nowhere\"\n"
		   "// @include \"nowhere\"\n"
		   "/*\n@include \"nowhere\"\n \" */\n" AGREEMENTS
		   "rules = ( { name = \"r\"; kind = \"threshold\"; measure ="
		   " \"killed\"; window = \"1h\"; " LEVELS
		   " instruction = \"/* \\\" # // \"\n"
		   "\"@include\"; } );\n");
	settings = load("top.conf");
	assert_string_equal(heard, "");
	assert_string_equal(settings->configuration.rules[0].instruction,
			    "/* \" # // @include");
	assert_round_trip(settings);
	settings_free(settings);
}

static void
refuses_includes_that_cannot_be(void **state)
{
	char text[64];

	(void)state;
	file_write("top.conf", "\n@include \"none.conf\"\n@include \".\"\n"
			       "@include none\n@include \"\"\n"
			       "@include \"open\n");
	assert_null(load("top.conf"));
	assert_string_equal(
		heard,
		"top.conf:2: expected a file that can be read: none.conf: No "
		"such file or directory\n"
		"top.conf:3: expected a file that can be read: .: Is a "
		"directory\n"
		"top.conf:4: expected @include \"file\" on a line of its own\n"
		"top.conf:5: expected the name of a file in quotes\n"
		"top.conf:6: expected the name of a file in quotes");

	file_write("self.conf", "@include \"self.conf\"\n");
	assert_null(load("self.conf"));
	assert_string_equal(heard, "self.conf:1: expected another file: "
				   "self.conf includes itself");
	file_write("a.conf", "\n@include \"b.conf\"\n");
	file_write("b.conf", "\n\n@include \"a.conf\"\n");
	assert_null(load("a.conf"));
	assert_string_equal(heard, "b.conf:3: expected another file: a.conf "
				   "includes itself");

	for (int i = 0; i < 12; i++) {
		char path[32];

		snprintf(path, sizeof(path), "deep-%d", i);
		snprintf(text, sizeof(text), "@include \"deep-%d\"\n", i + 1);
		file_write(path, text);
	}
	assert_null(load("deep-0"));
	assert_string_equal(heard,
			    "deep-10:1: expected includes at most 10 deep");

	assert_null(load("none.conf"));
	assert_string_equal(heard, "none.conf:1: expected a file that can be "
				   "read: No such file or directory");
	assert_null(parse("\n@include \"a.conf\"\n"));
	assert_string_equal(heard, "t.conf:2: expected no @include in a text "
				   "without a file");
}

/* --- What libconfig 1.5 would take for something else --- */

static void
refuses_integers_that_would_wrap(void **state)
{
	static const struct {
		const char *number;
		bool wraps;
	} cases[] = {
		{"2147483647", false},
		{"2147483648", true},
		{"-2147483648", false},
		{"-2147483649", true},
		{"3000000000", true},
		{"+3000000000", true},
		{"4294967297", true},
		{"0x7FFFFFFF", false},
		{"0x80000000", true},
		{"0xffffFFFF", true},
		{"0xFFFFFFFFL", false},
		{"3000000000L", false},
		{"9223372036854775807LL", false},
		{"9223372036854775808L", true},
		{"-9223372036854775808L", false},
		{"-9223372036854775809L", true},
		{"0x7fffffffffffffffL", false},
		{"0x8000000000000000L", true},
		{"18446744073709551617L", true},
		{"99999999999999999999999999", true},
		{"3000000000.5", false},
		{"30000000000e2", false},
		{".3000000000", false},
		{"\"3000000000\"", false},
	};
	char text[512], expected[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *number = cases[i].number;

		snprintf(text, sizeof(text),
			 AGREEMENTS "# 3000000000\nlimits: { name-3000000000 "
				    "= /* 3000000000 */ %s; };",
			 number);
		assert_null(parse(text));
		snprintf(expected, sizeof(expected),
			 strchr(number, 'L')
				 ? "t.conf:3: expected an integer of at most "
				   "64 bits, not %s"
				 : "t.conf:3: expected an integer of at most "
				   "32 bits, or up to 64 with the suffix L, "
				   "not %s",
			 number);
		assert_string_equal(
			heard, cases[i].wraps
				       ? expected
				       : "t.conf:3: name-3000000000: expected "
					 "a known key");
	}
	assert_null(parse("a = 3000000000;\nb = [ 1,\n4294967297 ];"));
	assert_string_equal(heard,
			    "t.conf:1: expected an integer of at most 32 bits, "
			    "or up to 64 with the suffix L, not 3000000000\n"
			    "t.conf:3: expected an integer of at most 32 bits, "
			    "or up to 64 with the suffix L, not 4294967297");
}

static void
refuses_what_does_not_end_and_what_is_no_text(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"\n/* sender = \"a\";\n",
		 "t.conf:2: expected */: this comment does not end"},
		{"\nsender = \"a;\n",
		 "t.conf:2: expected \": this text does not end"},
		{"\nsender = \"a\\", "t.conf:2: expected \": this text does "
				     "not end"},
		{"\nsender = \"a\\x00b\";",
		 "t.conf:2: expected a text without NUL"},
		{"\nsender = \"\xff\";",
		 "t.conf:2: expected UTF-8 text without NUL"},
		{"\n\n# \xc0\x80", "t.conf:3: expected UTF-8 text without NUL"},
		{"# \xed\xa0\x80", "t.conf:1: expected UTF-8 text without NUL"},
		{"# \xf4\x90\x80\x80",
		 "t.conf:1: expected UTF-8 text without NUL"},
		{"# \xe2\x82", "t.conf:1: expected UTF-8 text without NUL"},
	};
	FILE *file;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_null(parse(cases[i].text));
		assert_string_equal(heard, cases[i].expected);
	}
	file = fopen("nul.conf", "w");
	assert_non_null(file);
	assert_int_equal(fwrite("a = 1;\n\0", 1, 8, file), 8);
	fclose(file);
	assert_null(load("nul.conf"));
	assert_string_equal(heard,
			    "nul.conf:2: expected UTF-8 text without NUL");
	/* What would begin in one file and end in another. */
	file_write("top.conf", "@include \"open.conf\"\n*/\n" AGREEMENTS);
	file_write("open.conf", "/* open\n");
	assert_null(load("top.conf"));
	assert_string_equal(heard, "open.conf:1: expected */: this comment "
				   "does not end");
}

static void
refuses_more_text_than_a_configuration_can_be(void **state)
{
	FILE *file = fopen("big.conf", "w");

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < 17 * 1024; i++)
		fprintf(file, "#%1022s\n", "");
	fclose(file);
	assert_null(load("big.conf"));
	assert_non_null(strstr(heard, ": expected at most 16 MiB of "
				      "configuration"));
}

static void
needs_no_more_than_an_agreement(void **state)
{
	(void)state;
	file_write("empty.conf", "");
	assert_null(load("empty.conf"));
	assert_memory_equal(heard, "empty.conf:1: agreements: is missing", 36);
	assert_null(parse(""));
	assert_memory_equal(heard, "t.conf:1: agreements: is missing", 32);
}

/* --- Whole files --- */

static void
loads_the_configuration_that_ships(void **state)
{
	char path[1024];
	struct settings *settings;
	const struct configuration *c;

	(void)state;
	snprintf(path, sizeof(path), "%s/config/truced.conf", source_dir);
	settings = load(path);
	assert_string_equal(heard, "");
	c = &settings->configuration;
	assert_int_equal(c->clock, CLOCK_RECORDS);
	assert_int_equal(c->agreements_count, 2);
	assert_string_equal(c->agreements[0].id, "minsk-1");
	assert_int_equal(c->rules_count, 4);
	assert_round_trip(settings);
	settings_free(settings);
}

/* A live service counts by the wall clock, and its alerts are logged. */
static void
loads_the_configuration_that_is_installed(void **state)
{
	char path[1024];
	struct settings *settings;

	(void)state;
	snprintf(path, sizeof(path), "%s/config/live.conf", source_dir);
	settings = load(path);
	assert_string_equal(heard, "");
	assert_int_equal(settings->configuration.clock, CLOCK_WALL);
	assert_int_equal(settings->syslog_target, SYSLOG_AUTO);
	assert_string_equal(settings->state_dir, "/var/lib/truced");
	assert_round_trip(settings);
	settings_free(settings);
}

static void
loads_ten_thousand_rules(void **state)
{
	enum { RULES = 10000 };
	FILE *file = fopen("many.conf", "w");
	struct settings *settings;

	(void)state;
	assert_non_null(file);
	fputs(AGREEMENTS "rules = (\n", file);
	for (int i = 0; i < RULES; i++)
		fprintf(file,
			"{ name = \"r-%d\"; kind = \"threshold\"; measure = "
			"\"killed\"; window = \"%dh\"; match: { admin = \"x "
			"%d\"; }; " LEVELS " }%s\n",
			i, i % 24 + 1, i, i + 1 < RULES ? "," : "");
	fputs(");\n", file);
	fclose(file);
	settings = load("many.conf");
	assert_string_equal(heard, "");
	assert_int_equal(settings->configuration.rules_count, RULES);
	assert_string_equal(settings->configuration.rules[RULES - 1].name,
			    "r-9999");
	assert_round_trip(settings);
	settings_free(settings);
}

int
main(void)
{
#define IN_A_DIRECTORY(test)                                                   \
	cmocka_unit_test_setup_teardown(test, directory_make, directory_remove)
	const struct CMUnitTest tests[] = {
		IN_A_DIRECTORY(puts_an_included_file_in_its_place),
		IN_A_DIRECTORY(
			looks_for_an_included_file_beside_the_one_that_names_it),
		IN_A_DIRECTORY(tells_errors_by_the_included_file_and_its_line),
		IN_A_DIRECTORY(takes_no_include_out_of_a_comment_or_a_text),
		IN_A_DIRECTORY(refuses_includes_that_cannot_be),
		IN_A_DIRECTORY(refuses_integers_that_would_wrap),
		IN_A_DIRECTORY(refuses_what_does_not_end_and_what_is_no_text),
		IN_A_DIRECTORY(refuses_more_text_than_a_configuration_can_be),
		IN_A_DIRECTORY(needs_no_more_than_an_agreement),
		IN_A_DIRECTORY(loads_the_configuration_that_ships),
		IN_A_DIRECTORY(loads_the_configuration_that_is_installed),
		IN_A_DIRECTORY(loads_ten_thousand_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
