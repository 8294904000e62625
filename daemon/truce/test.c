/* truce test: rules held against what is expected of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "truce/commands.h"
#include "truce/compare.h"
#include "truce/json.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/run.h"
#include "truce/story.h"
#include "truce/story_officer.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce test [OPTION]... FILE...\n"
	"Holds rules to what is expected of them: FILE has tests, each of "
	"them\n"
	"reports that come in and the alerts that they should give. What did\n"
	"not come, what came unexpected and what was nearly right is told "
	"field\n"
	"by field. truce(1) says how a FILE is written.\n"
	"\n"
	"  -c, --config CONF  in place of the configuration that FILE names\n"
	"  --json             one JSON object a test\n"
	"  --help\n"
	"\n"
	"Exit status: 0 if every test passed, 1 if not, 2 misused.\n";

static const struct option long_options[] = {
	OPTIONS_ALONE,
	{"config", required_argument, NULL, 'c'},
	{0},
};

/* A hundred years. */
#define APART_MAX_MS (INT64_C(36500) * 24 * 3600 * 1000)

/* One test, played. */
struct trial {
	struct story *story;
	struct run run;
	struct codec *codec;
	json_t **alerts; /* those that count, as objects */
	const struct told **told;
	size_t count;
	size_t *alert_of; /* of each expectation; SIZE_MAX: none came */
	json_t *refused;  /* problems with what came in */
	int64_t latest;	  /* time of that; TIME_UNSET: none yet */
};

struct test {
	struct options options;
	const char *config; /* NULL: the files name theirs */
	struct style style;
	size_t passed;
	size_t failed;
};

/* --- Playing --- */

/* What an officer says must be about something, and time goes on only. */
static void
command_heard(struct trial *trial, const struct recorded *item,
	      const struct receipt *receipt)
{
	const char *expected = NULL;

	if (item->own_ms < trial->latest)
		expected = "a time not before that of what came before it";
	else if (officer_is_lost(&item->about->command,
				 &trial->run.settings->configuration))
		expected = "a deadline of the agreement";
	else if (receipt->verdict == VERDICT_REJECTED)
		expected = "an alert that fires at that time, by its rule, "
			   "agreement and labels";
	if (expected)
		json_array_append_new(trial->refused,
				      json_pack("{s:s,s:o,s:I,s:s}", "problem",
						"officer", "file",
						json_text(item->file), "line",
						(json_int_t)item->line,
						"expected", expected));
}

static void
item_heard(void *context, const struct recorded *item,
	   const struct receipt *receipt)
{
	struct trial *trial = context;

	if (item->kind == STEP_COMMAND)
		command_heard(trial, item, receipt);
	if (item->own_ms > trial->latest)
		trial->latest = item->own_ms;
	if (item->kind != STEP_REPORTS)
		return;
	const char *expected = story_verdict(trial->story, item);
	if (strcmp(expected, verdict_name(receipt->verdict)) == 0 ||
	    strcmp(expected, reason_name(receipt->reason)) == 0)
		return;
	/* What is in the report may be in what is said of it. */
	json_array_append_new(trial->refused,
			      json_pack("{s:s,s:o,s:I,s:s,s:s,s:s,s:o,s:o}",
					"problem", "verdict", "file",
					json_text(item->file), "line",
					(json_int_t)item->line, "expected",
					expected, "verdict",
					verdict_name(receipt->verdict),
					"reason", reason_name(receipt->reason),
					"field", json_text(receipt->field),
					"detail", json_text(receipt->detail)));
}

/* How far an alert is from what is expected: what differs in many fields is
 * another alert. */
static int64_t
trial_distance(const void *context, size_t left, size_t right)
{
	const struct trial *trial = context;
	const struct expectation *expectation =
		&trial->story->expectations[left];
	const struct told *told = trial->told[right];
	size_t fields = json_object_size(expectation->fields);
	size_t differing =
		expectation_differs(expectation, trial->alerts[right], NULL);

	if (strcmp(json_string_value(
			   json_object_get(expectation->fields, "rule")),
		   told->rule) != 0 ||
	    (fields > 2 && 2 * differing > fields))
		return -1;
	/* Of those that differ in as many, the nearest in time. */
	int64_t apart = expectation->at == TIME_UNSET
				? 0
				: llabs(told->sent_at - expectation->at);
	return (int64_t)differing * APART_MAX_MS +
	       (apart < APART_MAX_MS ? apart : APART_MAX_MS - 1);
}

static int
trial_take(struct trial *trial)
{
	size_t expected = trial->story->expectations_count;

	trial->alerts = calloc(trial->run.count + 1, sizeof(json_t *));
	trial->told = calloc(trial->run.count + 1, sizeof(*trial->told));
	trial->alert_of = calloc(expected + 1, sizeof(*trial->alert_of));
	if (!trial->alerts || !trial->told || !trial->alert_of)
		return -ENOMEM;
	for (size_t i = 0; i < trial->run.count; i++) {
		const struct told *told = &trial->run.alerts[i];
		if (!story_wants(trial->story, told->rule))
			continue;
		json_t *alert = json_alert(trial->codec, told->topic,
					   strlen(told->topic), told->payload,
					   told->payload_size);
		if (!alert)
			return -ENOMEM;
		trial->told[trial->count] = told;
		trial->alerts[trial->count++] = alert;
	}
	return pairs_make(expected, trial->count, trial_distance, trial,
			  trial->alert_of);
}

static int
trial_play(struct trial *trial)
{
	/* In the order in which they come, unless files are merged. */
	struct recording *recording = &trial->story->material.recording;
	int error = trial->story->has_files ? recording_sort(recording) : 0;

	trial->refused = json_array();
	if (!error)
		error = codec_new(&trial->codec);
	if (!error)
		error = run_play(&trial->run, recording, trial->story->until,
				 item_heard, trial);
	return error ? error : trial_take(trial);
}

static void
trial_done(struct trial *trial)
{
	for (size_t i = 0; i < trial->count; i++)
		json_decref(trial->alerts[i]);
	free(trial->alerts);
	free(trial->told);
	free(trial->alert_of);
	json_decref(trial->refused);
	codec_free(trial->codec);
	run_done(&trial->run);
}

/* --- What was wrong --- */

/* A test of no rule would hold whatever the rules are. Rules of truced's own
 * stand in no configuration, and are known once they speak. */
static bool
rule_is_known(const struct trial *trial, const char *rule)
{
	const struct configuration *configuration =
		&trial->run.settings->configuration;

	for (size_t i = 0; i < configuration->rules_count; i++)
		if (strcmp(configuration->rules[i].name, rule) == 0)
			return true;
	for (size_t i = 0; i < trial->count; i++)
		if (strcmp(trial->told[i]->rule, rule) == 0)
			return true;
	return false;
}

static void
only_check(const struct trial *trial, json_t *problems)
{
	size_t i;
	json_t *rule;

	json_array_foreach(trial->story->only, i, rule)
	{
		if (!rule_is_known(trial, json_string_value(rule)))
			json_array_append_new(
				problems,
				json_pack("{s:s,s:I,s:O}", "problem", "only",
					  "line",
					  (json_int_t)trial->story->line,
					  "rule", rule));
	}
}

static bool
is_taken(const struct trial *trial, size_t alert)
{
	for (size_t i = 0; i < trial->story->expectations_count; i++)
		if (trial->alert_of[i] == alert)
			return true;
	return false;
}

/* As a list: {"problem": "missing" | "unexpected" | "different" | "verdict" |
 * "officer" | "only"}. */
static json_t *
problems_of(const struct trial *trial)
{
	json_t *problems = json_array();

	only_check(trial, problems);
	json_array_extend(problems, trial->refused);
	for (size_t i = 0; i < trial->story->expectations_count; i++) {
		const struct expectation *expectation =
			&trial->story->expectations[i];
		size_t place = trial->alert_of[i];
		json_t *fields = json_array();
		bool missing = place == SIZE_MAX;
		if (!missing)
			expectation_differs(expectation, trial->alerts[place],
					    fields);
		if (missing || json_array_size(fields) > 0)
			json_array_append_new(
				problems,
				json_pack(
					"{s:s,s:I,s:O,s:o?,s:O}", "problem",
					missing ? "missing" : "different",
					"line", (json_int_t)expectation->line,
					"expected", expectation->fields,
					"alert",
					missing ? NULL
						: json_incref(
							  trial->alerts[place]),
					"fields", fields));
		json_decref(fields);
	}
	for (size_t i = 0; i < trial->count; i++)
		if (!is_taken(trial, i))
			json_array_append_new(problems,
					      json_pack("{s:s,s:O}", "problem",
							"unexpected", "alert",
							trial->alerts[i]));
	return problems;
}

static void
time_print(int64_t at)
{
	time_t seconds = (time_t)(at / 1000);
	char text[40] = "";
	struct tm time;

	if (gmtime_r(&seconds, &time))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &time);
	printf("\"%s", text);
	if (at % 1000)
		printf(".%03d", (int)(at % 1000));
	printf("Z\"");
}

/* As an object, which they are in a test. */
static json_t *
labels_object(const json_t *labels)
{
	json_t *object = json_object(), *label;
	size_t i;

	json_array_foreach(labels, i, label)
	{
		json_object_set(object,
				json_string_value(
					json_object_get(label, "name")),
				json_object_get(label, "value"));
	}
	return object;
}

/* A value as it would stand in the file; times so that people can read them. */
static void
value_print(const char *name, const json_t *value)
{
	bool labels = strcmp(name, "labels") == 0 && json_is_array(value);
	char bytes[1024];
	struct text text;

	if (expectation_is_time(name) && json_is_integer(value)) {
		time_print(json_integer_value(value));
		return;
	}
	json_t *shown = labels ? labels_object(value) : NULL;
	char *dumped = json_dumps(shown ? shown : value,
				  JSON_ENCODE_ANY | JSON_ENSURE_ASCII |
					  JSON_PRESERVE_ORDER);
	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, dumped ? dumped : "nothing");
	fputs(bytes, stdout);
	free(dumped);
	json_decref(shown);
}

static void
fields_print(const json_t *problem)
{
	const json_t *expected = json_object_get(problem, "expected");
	const json_t *alert = json_object_get(problem, "alert");
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(problem, "fields"), i, name)
	{
		const char *field = json_string_value(name);
		printf("      %-11s expected ", field);
		value_print(field, json_object_get(expected, field));
		printf(", came ");
		value_print(field, expectation_field(alert, field));
		putchar('\n');
	}
}

/* The alert as tail shows it, so that it can be recognised. */
static void
alert_print(struct trial *trial, const json_t *alert)
{
	const struct style plain = {0};
	char line[NOTICE_LINE_SIZE];
	struct notice notice;

	for (size_t i = 0; i < trial->count; i++)
		if (trial->alerts[i] == alert) {
			told_notice(trial->told[i], trial->codec, &notice);
			notice_line_render(&notice, &plain, true, line);
			printf("%s\n", line);
		}
}

static void
verdict_print(const json_t *problem)
{
	const char *reason =
		json_string_value(json_object_get(problem, "reason"));

	printf("  line %" JSON_INTEGER_FORMAT
	       ": the report was expected to be %s, and was %s%s%s",
	       json_integer_value(json_object_get(problem, "line")),
	       json_string_value(json_object_get(problem, "expected")),
	       json_string_value(json_object_get(problem, "verdict")),
	       *reason ? ", " : "", reason);
	if (*reason)
		printf(": %s: expected %s",
		       json_string_value(json_object_get(problem, "field")),
		       json_string_value(json_object_get(problem, "detail")));
	putchar('\n');
}

static void
problem_print(struct trial *trial, const json_t *problem)
{
	const char *what =
		json_string_value(json_object_get(problem, "problem"));
	json_int_t line = json_integer_value(json_object_get(problem, "line"));

	if (strcmp(what, "verdict") == 0) {
		verdict_print(problem);
	} else if (strcmp(what, "officer") == 0) {
		printf("  line %" JSON_INTEGER_FORMAT
		       ": the officer's word: expected %s\n",
		       line,
		       json_string_value(json_object_get(problem, "expected")));
	} else if (strcmp(what, "only") == 0) {
		printf("  line %" JSON_INTEGER_FORMAT
		       ": only: expected a rule of the configuration, not ",
		       line);
		value_print("only", json_object_get(problem, "rule"));
		putchar('\n');
	} else if (strcmp(what, "missing") == 0) {
		printf("  line %" JSON_INTEGER_FORMAT ": did not come: ", line);
		value_print("expect", json_object_get(problem, "expected"));
		putchar('\n');
	} else if (strcmp(what, "different") == 0) {
		printf("  line %" JSON_INTEGER_FORMAT ": came otherwise: ",
		       line);
		alert_print(trial, json_object_get(problem, "alert"));
		fields_print(problem);
	} else {
		printf("  came unexpected: ");
		alert_print(trial, json_object_get(problem, "alert"));
	}
}

/* Releases the problems. */
static void
trial_print(struct test *test, const char *path, struct trial *trial,
	    json_t *problems)
{
	bool failed = json_array_size(problems) > 0;
	size_t i;
	json_t *problem;

	test->failed += failed;
	test->passed += !failed;
	if (test->options.json) {
		json_print(stdout,
			   json_pack("{s:o,s:I,s:o,s:b,s:o}", "file",
				     json_text(path), "line",
				     (json_int_t)trial->story->line, "test",
				     json_text(trial->story->name), "passed",
				     !failed, "problems", problems));
		return;
	}
	if (failed)
		printf("%s%s:%zu: %s%s\n", colour_bad(&test->style), path,
		       trial->story->line, trial->story->name,
		       colour_end(&test->style));
	json_array_foreach(problems, i, problem)
	{
		problem_print(trial, problem);
	}
	json_decref(problems);
}

/* --- The command --- */

static int
story_try(struct test *test, const char *path, struct story *story)
{
	struct trial trial = {.story = story, .latest = TIME_UNSET};
	const char *config = test->config ? test->config : story->config;
	int result = EXIT_DONE;

	if (!config)
		return options_failed(&test->options,
				      "%s:%zu: expected a {\"config\": FILE} "
				      "before the test, or --config",
				      path, story->line);
	if (!run_init(&trial.run, test->options.command, config))
		return EXIT_FAILED;
	int error = trial_play(&trial);
	if (error)
		result = options_failed(&test->options, "%s:%zu: %s", path,
					story->line, strerror(-error));
	else
		trial_print(test, path, &trial, problems_of(&trial));
	trial_done(&trial);
	return result;
}

static int
file_try(struct test *test, const char *path)
{
	char error[STORY_ERROR_SIZE];
	struct stories stories;
	int result = EXIT_DONE;

	if (!stories_read(&stories, path, error))
		return options_failed(&test->options, "%s", error);
	for (size_t i = 0; result == EXIT_DONE && i < stories.count; i++)
		result = story_try(test, path, &stories.all[i]);
	stories_done(&stories);
	return result;
}

int
test_command(int argc, char **argv)
{
	struct test test = {.style = style_of(stdout)};
	int option, result = EXIT_DONE;

	options_init(&test.options, "truce test", usage);
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) !=
	       -1) {
		if (option == 'c')
			test.config = optarg;
		else if (!options_take(&test.options, option, &result))
			return result;
	}
	if (optind == argc)
		return options_misused(&test.options, "expected a FILE");
	for (int i = optind; i < argc; i++)
		if (file_try(&test, argv[i]) != EXIT_DONE)
			result = EXIT_FAILED;
	if (!test.options.json && test.passed + test.failed > 0)
		printf("%zu passed, %zu failed\n", test.passed, test.failed);
	return test.failed > 0 ? EXIT_FAILED : result;
}
