/* truce backtest: recorded reports through the rules, as fast as they go. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/compare.h"
#include "truce/json.h"
#include "truce/material.h"
#include "truce/moment.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/plot.h"
#include "truce/run.h"
#include "truce/terminal.h"

#define DEFAULT_CONFIG "/etc/truced/truced.conf"

static const char usage[] =
	"Usage: truce backtest [OPTION]... FILE|DIR|-...\n"
	"Plays recorded reports through truced's engine and shows the alerts\n"
	"that it would have sent. Nothing is published and nothing is kept.\n"
	"FILE is CSV (with --map) or JSON Lines; DIR is the state directory "
	"of\n"
	"a truced that has stopped. Several are merged in the order of the\n"
	"reports' own times (reported_at, else occurred_at).\n"
	"\n"
	"  -c, --config CONF  the configuration; " DEFAULT_CONFIG "\n"
	"  --map FILE         how the columns of CSV become reports\n"
	"  --type TYPE        of JSON Lines: incident, tally or finding;\n"
	"                     default incident. Both are of the FILEs after\n"
	"                     them, up to the next one, and the first one is "
	"of\n"
	"                     those before it, too\n"
	"  --until WHEN       go on to this time after the last report\n"
	"                     (2015-05-01, 2015-05-01T06:00+02:00)\n"
	"  --against CONF     show only what another configuration would have\n"
	"                     sent instead\n"
	"  --plot DIR         draw each rule as DIR/RULE.svg\n"
	"  --exercise         drills' alerts, in place of real ones\n"
	"  --json             one JSON object a line, with the protos' names\n"
	"  --help\n"
	"\n"
	"Reports that were refused are summed up on standard error.\n"
	"Exit status: 0 done, 1 a file or a row could not be read, 2 "
	"misused.\n";

enum {
	OPTION_FILE = 1, /* getopt's, of what is no option */
	OPTION_CONFIG = 'c',
	OPTION_MAP = OPTION_OWN,
	OPTION_TYPE,
	OPTION_UNTIL,
	OPTION_AGAINST,
	OPTION_PLOT,
	OPTION_EXERCISE
};

static const struct option long_options[] = {
	OPTIONS_ALONE,
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"map", required_argument, NULL, OPTION_MAP},
	{"type", required_argument, NULL, OPTION_TYPE},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"against", required_argument, NULL, OPTION_AGAINST},
	{"plot", required_argument, NULL, OPTION_PLOT},
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

/* A FILE, and what was said before it of how to read it. */
struct input {
	const char *name;
	struct mapping *mapping; /* NULL: nothing */
	bool has_type;
	enum report_type type;
};

struct backtest {
	struct options options;
	const char *config;
	const char *against; /* NULL: no comparison */
	const char *plot;    /* NULL: no pictures */
	bool exercise;
	int64_t until;
	struct input *inputs;
	size_t inputs_count;
	struct mapping **mappings; /* in their order */
	size_t mappings_count;
	bool has_type;
	enum report_type type;	     /* the last that was said */
	enum report_type first_type; /* of FILEs before it */
	struct material material;
	struct run run;
	struct run other; /* against it */
	struct codec *codec;
	struct problems problems;
	struct progress progress;
	uint64_t played; /* items */
};

/* --- What went wrong with single reports --- */

static void
complain(void *context, const char *message)
{
	struct backtest *backtest = context;

	progress_hide(&backtest->progress);
	problem_tell(&backtest->problems, message);
}

static void
item_counted(void *context, const struct recorded *item,
	     const struct receipt *receipt)
{
	enum { OFTEN_ENOUGH = 256 };
	struct backtest *backtest = context;
	size_t all = backtest->material.recording.count;

	(void)item;
	(void)receipt;
	if (backtest->played++ % OFTEN_ENOUGH == 0)
		progress_show(&backtest->progress, backtest->played, all,
			      backtest->played, "", monotonic_ms());
}

static void
item_heard(void *context, const struct recorded *item,
	   const struct receipt *receipt)
{
	char message[REJECTION_SIZE];

	item_counted(context, item, receipt);
	if (item->kind != STEP_REPORTS || receipt->verdict != VERDICT_REJECTED)
		return;
	rejection_render(receipt, item->file, item->line, message);
	complain(context, message);
}

/* --- Alerts --- */

static json_t *
told_json(struct backtest *backtest, const struct told *told)
{
	return told ? json_alert(backtest->codec, told->topic,
				 strlen(told->topic), told->payload,
				 told->payload_size)
		    : json_null();
}

static void
alerts_print(struct backtest *backtest)
{
	struct style style = style_of(stdout);
	char date[NOTICE_DATE_SIZE] = "";
	struct notice notice;

	for (size_t i = 0; i < backtest->run.count; i++) {
		const struct told *told = &backtest->run.alerts[i];
		if (told->drill != backtest->exercise)
			continue;
		if (backtest->options.json) {
			json_print(stdout, told_json(backtest, told));
			continue;
		}
		told_notice(told, backtest->codec, &notice);
		notice_line_print(&notice, &style, date, stdout);
	}
}

/* What each rule has said; that one has said nothing is news, too. */
static void
rules_sum(const struct backtest *backtest)
{
	const struct run *run = &backtest->run;
	const struct configuration *configuration =
		&run->settings->configuration;

	for (size_t i = 0; i < configuration->rules_count; i++) {
		const char *rule = configuration->rules[i].name;
		size_t messages = 0, alerts = 0, cancelled = 0;
		for (size_t j = 0; j < run->count; j++) {
			const struct told *told = &run->alerts[j];
			if (told->drill != backtest->exercise ||
			    strcmp(told->rule, rule) != 0)
				continue;
			messages++;
			alerts += told->msg_type == MSG_TYPE_ALERT;
			cancelled += told->msg_type == MSG_TYPE_CANCEL;
		}
		fprintf(stderr,
			"  %-24s %6zu alert%s, %zu cancelled, %zu message%s\n",
			rule, alerts, alerts == 1 ? "" : "s", cancelled,
			messages, messages == 1 ? "" : "s");
	}
}

/* --- Two configurations --- */

static void
change_print(struct text *text, const char *what, const char *left,
	     const char *right)
{
	if (strcmp(left, right) != 0)
		text_print(text, "%s%s %s for %s", text->used > 0 ? ", " : "",
			   what, right, left);
}

static void
later_print(struct text *text, int64_t by_ms)
{
	long long minutes = llabs(by_ms) / 60000;

	if (by_ms == 0)
		return;
	text_print(text, "%s", text->used > 0 ? ", " : "");
	if (minutes >= 2 * 24 * 60)
		text_print(text, "%lld days", minutes / (24 * 60));
	else if (minutes >= 120)
		text_print(text, "%lld hours", minutes / 60);
	else if (minutes > 0)
		text_print(text, "%lld minutes", minutes);
	else
		text_print(text, "%lld ms", llabs(by_ms));
	text_print(text, by_ms > 0 ? " later" : " earlier");
}

/* "EXTREME for SEVERE, reported 25 for 22, 3 hours later". */
static void
changes_print(struct text *text, const struct told *left,
	      const struct told *right)
{
	char a[32], b[32];

	change_print(text, "severity", severity_name(left->severity),
		     severity_name(right->severity));
	change_print(text, "state", alert_state_name(left->state),
		     alert_state_name(right->state));
	change_print(text, "certainty", certainty_name(left->certainty),
		     certainty_name(right->certainty));
	for (int basis = BASIS_UPPER; basis >= BASIS_CONFIRMED; basis--) {
		/* The same figure need not be told twice. */
		if (basis != BASIS_REPORTED &&
		    left->sums[basis] == left->sums[BASIS_REPORTED] &&
		    right->sums[basis] == right->sums[BASIS_REPORTED])
			continue;
		snprintf(a, sizeof(a), "%.10g", left->sums[basis]);
		snprintf(b, sizeof(b), "%.10g", right->sums[basis]);
		change_print(text, basis_name((enum basis)basis), a, b);
	}
	later_print(text, right->sent_at - left->sent_at);
}

static void
difference_print(struct backtest *backtest, const struct difference *difference,
		 const struct style *style, char date[static NOTICE_DATE_SIZE])
{
	const struct told *left = difference->left, *right = difference->right;
	struct style narrow = *style;
	struct notice notice;
	char bytes[512], line[NOTICE_LINE_SIZE];
	struct text text;

	narrow.width -= narrow.width > 2 ? 2 : 0;
	told_notice(left ? left : right, backtest->codec, &notice);
	notice_day_print(&notice, style, date, stdout);
	notice_line_render(&notice, &narrow, false, line);
	printf("%c %s\n", !right ? '-' : !left ? '+' : '~', line);
	if (!left || !right)
		return;
	text_init(&text, bytes, sizeof(bytes));
	changes_print(&text, left, right);
	printf("      %s%s: %s%s\n", colour_bold(style), backtest->against,
	       bytes, colour_end(style));
}

static void
difference_print_json(struct backtest *backtest,
		      const struct difference *difference)
{
	json_t *object = json_object();

	json_object_set_new(object, "difference",
			    json_text(!difference->right  ? "only_config"
				      : !difference->left ? "only_against"
							  : "otherwise"));
	json_object_set_new(object, "config",
			    told_json(backtest, difference->left));
	json_object_set_new(object, "against",
			    told_json(backtest, difference->right));
	json_print(stdout, object);
}

static void
differences_sum(const struct backtest *backtest,
		const struct differences *differences)
{
	size_t left = 0, right = 0;

	for (size_t i = 0; i < differences->count; i++) {
		left += !differences->all[i].right;
		right += !differences->all[i].left;
	}
	printf("%zu the same, %zu otherwise, %zu only with %s, %zu only with "
	       "%s\n",
	       differences->same, differences->count - left - right, left,
	       backtest->config, right, backtest->against);
}

static int
differences_print(struct backtest *backtest)
{
	struct style style = style_of(stdout);
	struct differences differences;
	char date[NOTICE_DATE_SIZE] = "";
	int error = differences_find(&differences, &backtest->run,
				     &backtest->other, backtest->exercise);

	if (error)
		return error;
	if (!backtest->options.json && differences.count > 0)
		printf("- only with %s, + only with %s, ~ with both, but "
		       "otherwise\n",
		       backtest->config, backtest->against);
	for (size_t i = 0; i < differences.count; i++)
		if (backtest->options.json)
			difference_print_json(backtest, &differences.all[i]);
		else
			difference_print(backtest, &differences.all[i], &style,
					 date);
	if (!backtest->options.json)
		differences_sum(backtest, &differences);
	differences_done(&differences);
	return 0;
}

/* --- Playing --- */

/* Whose time it is, where it is not the configuration's. */
static void
clock_say(const struct backtest *backtest, const struct run *run)
{
	if (run->settings->configuration.clock != CLOCK_WALL)
		return;
	fprintf(stderr, "%s: %s goes by the wall clock; %s\n",
		backtest->options.command, run->file,
		recording_is_a_journal(&backtest->material.recording)
			? "here by the one that the journal has kept"
			: "here time is what the reports say");
}

static int
play(struct backtest *backtest, struct run *run, const char *file,
     run_heard heard)
{
	if (!run_init(run, backtest->options.command, file))
		return EXIT_FAILED;
	clock_say(backtest, run);
	const char *slash = strrchr(file, '/');
	progress_init(&backtest->progress, slash ? slash + 1 : file,
		      monotonic_ms());
	backtest->played = 0;
	int error = run_play(run, &backtest->material.recording,
			     backtest->until, heard, backtest);
	progress_hide(&backtest->progress);
	if (error)
		return options_failed(&backtest->options, "%s: %s", file,
				      error == -ENOSPC
					      ? "the rules need more names, "
						"groups or buckets than limits "
						"gives"
					      : strerror(-error));
	if (run->commands_left > 0)
		fprintf(stderr,
			"%s: %" PRIu64 " of the officers' commands in the "
			"journal were left out: with %s no such alert was "
			"firing\n",
			backtest->options.command, run->commands_left, file);
	return EXIT_DONE;
}

static int
material_read(struct backtest *backtest)
{
	struct material *material = &backtest->material;
	char error[RECORDING_ERROR_SIZE];

	material->complain = complain;
	material->context = backtest;
	if (material_init(material) < 0)
		return options_failed(&backtest->options, "out of memory");
	for (size_t i = 0; i < backtest->inputs_count; i++) {
		const struct input *input = &backtest->inputs[i];
		material->mapping =
			input->mapping ? input->mapping : backtest->mappings[0];
		material->type =
			input->has_type ? input->type : backtest->first_type;
		if (!material_add(material, input->name, error))
			return options_failed(&backtest->options, "%s: %s",
					      input->name, error);
	}
	if (recording_sort(&backtest->material.recording) < 0)
		return options_failed(&backtest->options, "out of memory");
	return EXIT_DONE;
}

static int
backtest_run(struct backtest *backtest)
{
	int result = material_read(backtest);

	if (result == EXIT_DONE && codec_new(&backtest->codec) < 0)
		result = options_failed(&backtest->options, "out of memory");
	if (result == EXIT_DONE)
		result = play(backtest, &backtest->run, backtest->config,
			      item_heard);
	if (result == EXIT_DONE && backtest->against)
		result = play(backtest, &backtest->other, backtest->against,
			      item_counted);
	if (result != EXIT_DONE)
		return result;
	if (!backtest->against)
		alerts_print(backtest);
	else if (differences_print(backtest) < 0)
		result = options_failed(&backtest->options, "out of memory");
	fflush(stdout);
	if (backtest->plot && result == EXIT_DONE)
		result = plot_write(&backtest->options, backtest->plot,
				    &backtest->run,
				    &backtest->material.recording,
				    backtest->exercise);
	backtest->run.outcome.bad = backtest->material.bad;
	backtest->run.outcome.skipped = backtest->material.skipped;
	outcome_print(&backtest->run.outcome, backtest->config, false, stderr);
	rules_sum(backtest);
	return result == EXIT_DONE && backtest->material.bad > 0 ? EXIT_FAILED
								 : result;
}

/* --- The command line --- */

static void
input_take(struct backtest *backtest, const char *name)
{
	size_t mappings = backtest->mappings_count;

	backtest->inputs[backtest->inputs_count++] = (struct input){
		.name = name,
		.mapping =
			mappings > 0 ? backtest->mappings[mappings - 1] : NULL,
		.has_type = backtest->has_type,
		.type = backtest->type,
	};
}

static int
map_take(struct backtest *backtest, const char *path)
{
	char error[MAPPING_ERROR_SIZE];

	if (mapping_load(&backtest->mappings[backtest->mappings_count], path,
			 error) < 0)
		return options_failed(&backtest->options, "%s", error);
	backtest->mappings_count++;
	return EXIT_DONE;
}

static int
type_take(struct backtest *backtest, const char *text)
{
	if (!type_option(text, &backtest->type))
		return options_misused(&backtest->options,
				       "--type %s: expected incident, tally "
				       "or finding",
				       text);
	if (!backtest->has_type)
		backtest->first_type = backtest->type;
	backtest->has_type = true;
	return EXIT_DONE;
}

static bool
option_take(struct backtest *backtest, int option, int *ret_exit)
{
	*ret_exit = EXIT_DONE;
	switch (option) {
	case OPTION_CONFIG:
		backtest->config = optarg;
		break;
	case OPTION_AGAINST:
		backtest->against = optarg;
		break;
	case OPTION_PLOT:
		backtest->plot = optarg;
		break;
	case OPTION_EXERCISE:
		backtest->exercise = true;
		break;
	case OPTION_MAP:
		*ret_exit = map_take(backtest, optarg);
		break;
	case OPTION_TYPE:
		*ret_exit = type_take(backtest, optarg);
		break;
	case OPTION_FILE:
		input_take(backtest, optarg);
		break;
	case OPTION_UNTIL:
		if (!moment_local(optarg, &backtest->until))
			*ret_exit = options_misused(
				&backtest->options,
				"--until %s: expected a time, as 2015-05-01 "
				"or 2015-05-01T06:00+02:00",
				optarg);
		break;
	default:
		return options_take(&backtest->options, option, ret_exit);
	}
	return *ret_exit == EXIT_DONE;
}

static void
backtest_done(struct backtest *backtest)
{
	run_done(&backtest->run);
	run_done(&backtest->other);
	material_done(&backtest->material);
	for (size_t i = 0; i < backtest->mappings_count; i++)
		mapping_free(backtest->mappings[i]);
	free(backtest->mappings);
	free(backtest->inputs);
	codec_free(backtest->codec);
}

int
backtest_command(int argc, char **argv)
{
	/* There is room for each word of the command line. */
	struct backtest backtest = {
		.config = DEFAULT_CONFIG,
		.until = TIME_UNSET,
		.inputs = calloc((size_t)argc, sizeof(struct input)),
		.mappings = calloc((size_t)argc, sizeof(struct mapping *)),
	};
	int option, result = EXIT_DONE;

	options_init(&backtest.options, "truce backtest", usage);
	backtest.problems.command = backtest.options.command;
	bool good = backtest.inputs && backtest.mappings;
	if (!good)
		result = options_failed(&backtest.options, "out of memory");
	/* "-": FILEs come between the options, where they stand. */
	while (good && (option = getopt_long(argc, argv, "-c:", long_options,
					     NULL)) != -1)
		good = option_take(&backtest, option, &result);
	for (int i = optind; good && i < argc; i++)
		input_take(&backtest, argv[i]);
	if (good && backtest.inputs_count == 0)
		result = options_misused(&backtest.options,
					 "expected a FILE of reports, or a "
					 "state directory");
	else if (good)
		result = backtest_run(&backtest);
	backtest_done(&backtest);
	return result;
}
