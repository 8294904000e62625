/*
 * Random streams through the engine and through the model.
 *
 *	test_model [--cases DIR] [--streams N | --seeds FIRST LAST]
 *		[--output DIR]
 *	test_model --replay FILE
 *	test_model --print SEED
 *
 * First the cases in DIR, then N streams. A stream that fails is made as small
 * as it stays failing, printed and written to the output directory, from where
 * --replay runs it and from where it can move to the cases.
 */
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { HUNG_SECONDS = 10, SEED_DEFAULT = 1, STREAMS_DEFAULT = 10000 };

/* What the child that runs the streams leaves to its parent, also when it
 * dies. */
struct progress {
	uint64_t seed;
	struct coverage coverage;
};

/* In a child, so that a failed assertion is a failure like any other: its
 * signal's number, negative. */
static int
check_in_child(struct scenario *scenario, FILE *out)
{
	int status;

	fflush(NULL);
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		if (!out) {
			out = fopen("/dev/null", "w");
			if (!out || !freopen("/dev/null", "w", stderr))
				abort();
		}
		alarm(HUNG_SECONDS);
		enum difference difference =
			scenario_check(scenario, out, NULL);
		fflush(out);
		_exit((int)difference);
	}
	if (waitpid(child, &status, 0) < 0)
		abort();
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (out)
		fprintf(out, "ended by signal: %s\n",
			strsignal(WTERMSIG(status)));
	return -WTERMSIG(status);
}

/* How the stream fails that is being made smaller: it must stay so. */
static int shrinking;

/* Keeps what the change made of the scenario if it still fails. */
static bool
shrink_to(struct scenario *scenario, struct scenario *smaller)
{
	if (check_in_child(smaller, NULL) != shrinking) {
		scenario_done(smaller);
		return false;
	}
	scenario_done(scenario);
	*scenario = *smaller;
	return true;
}

/* Time goes back only where the clock was set. */
static void
times_mend(struct scenario *scenario)
{
	for (size_t i = 1; i < scenario->items_count; i++) {
		struct item *item = &scenario->items[i];
		if (item->kind != STEP_CLOCK &&
		    item->time_ms < item[-1].time_ms)
			item->time_ms = item[-1].time_ms;
		if (item->kind == STEP_START)
			item->ran_until = item[-1].time_ms;
		if (item->time_ms != item[-1].time_ms)
			item->joined = false;
	}
}

/* The last one stays: it takes time to where the stream is looked at. */
static bool
shrink_items(struct scenario *scenario)
{
	bool shrunk = false;

	for (size_t size = scenario->items_count; size > 0; size /= 2)
		for (size_t at = 0; at + 1 < scenario->items_count;) {
			struct scenario smaller;
			scenario_copy(&smaller, scenario);
			size_t left = smaller.items_count - at;
			size_t cut = size < left ? size : left - 1;
			memmove(&smaller.items[at], &smaller.items[at + cut],
				(left - cut) * sizeof(*smaller.items));
			smaller.items_count -= cut;
			times_mend(&smaller);
			if (shrink_to(scenario, &smaller))
				shrunk = true;
			else
				at += size;
		}
	return shrunk;
}

static bool
shrink_rules(struct scenario *scenario)
{
	bool shrunk = false;

	for (size_t k = 0; k < scenario->setups_count; k++)
		for (size_t i = 0; i < scenario->setups[k].rules_count;) {
			struct scenario smaller;
			scenario_copy(&smaller, scenario);
			struct setup *setup = &smaller.setups[k];
			setup->rules_count--;
			memmove(&setup->rules[i], &setup->rules[i + 1],
				(setup->rules_count - i) *
					sizeof(*setup->rules));
			if (shrink_to(scenario, &smaller))
				shrunk = true;
			else
				i++;
		}
	return shrunk;
}

enum { RULE_WAYS = 14, REPORT_WAYS = 14 };

/* One simplification of a rule; false: it is that simple already. */
static bool
rule_simplify(struct rule *rule, unsigned way)
{
	struct rule before = *rule;
	struct name_list compared = {NULL, 0};

	if (rule->kind == RULE_DISCREPANCY)
		compared = rule->match.source;
	switch (way) {
	case 0:
		rule->group_by_count = 0;
		break;
	case 1:
		rule->late_ms = 0;
		break;
	case 2:
		rule->for_ms = 0;
		break;
	case 3:
		rule->keep_firing_ms = 0;
		break;
	case 4:
		rule->update_every_ms = 0;
		break;
	case 5:
		memset(&rule->match, 0, sizeof(rule->match));
		rule->match.source = compared;
		break;
	case 6:
		rule->levels_count -= rule->levels_count > 1;
		break;
	case 7:
		rule->basis = BASIS_REPORTED;
		break;
	case 8:
		rule->time = TIME_OCCURRED;
		break;
	case 9:
		rule->remind_ms = 0;
		break;
	case 10:
		rule->escalate_after_ms = 0;
		break;
	case 11:
		rule->spike.method = SPIKE_EARS_C1;
		break;
	case 12:
		rule->spike.min_count = rule->kind == RULE_SPIKE;
		break;
	default:
		rule->group_by_count -= rule->group_by_count > 1;
	}
	/* Their groups are what they are about. */
	if (rule_is_of_tallies(rule) || !rule_counts_events(rule))
		rule->group_by_count = before.group_by_count;
	return memcmp(&before, rule, sizeof(before)) != 0;
}

static bool
report_simplify(struct report *report, unsigned way)
{
	struct report before = *report;
	struct report plain;

	report_init(&plain);
	if (report->type == REPORT_FINDING) {
		plain.assessment = ASSESSMENT_UNSPECIFIED;
		plain.attribution = ATTRIBUTION_UNSPECIFIED;
	}
	if (report->type == REPORT_TALLY)
		report_be_tally(&plain);
	switch (way) {
	case 0:
		report->feed[0] = report->against[0] = report->place[0] = '\0';
		report->admin[0] = report->country[0] = '\0';
		report->feed_seq = 0;
		break;
	case 1:
		report->kind = KIND_UNSPECIFIED;
		report->target = TARGET_UNSPECIFIED;
		report->attribution = plain.attribution;
		break;
	case 2:
		memcpy(report->counts, plain.counts, sizeof(plain.counts));
		break;
	case 3:
		memset(&report->counts[COUNT_INJURED], 0,
		       sizeof(plain.counts) -
			       COUNT_INJURED * sizeof(plain.counts[0]));
		break;
	case 4:
		report->assessment = plain.assessment;
		break;
	case 5:
		report->party[0] = '\0';
		break;
	case 6:
		report->event[0] = '\0';
		break;
	case 7:
		report->occurred_until = TIME_UNSET;
		break;
	case 8:
		report->denies = false;
		break;
	case 10:
		report->since_at = TIME_UNSET;
		break;
	case 11:
		report->period_ms = 0;
		break;
	case 12:
		for (size_t i = 0; i < TALLY_COUNTS; i++)
			report->totals[i].low = report->totals[i].high =
				report->totals[i].best;
		break;
	case 9:
		if (report->reports_count > 1)
			report->reports_count--;
		break;
	default:
		report->status = STATUS_ACTUAL;
	}
	report_hash(report);
	return memcmp(&before, report, sizeof(before)) != 0;
}

/* A rule in all setups alike, that it stays the same where it was. */
static bool
rules_simplify(struct scenario *scenario, const char *name, unsigned way)
{
	bool simpler = false;

	for (size_t k = 0; k < scenario->setups_count; k++) {
		struct setup *setup = &scenario->setups[k];
		for (size_t i = 0; i < setup->rules_count; i++)
			if (strcmp(setup->rules[i].name, name) == 0 &&
			    rule_simplify(&setup->rules[i], way))
				simpler = true;
	}
	return simpler;
}

static bool
shrink_rule_details(struct scenario *scenario)
{
	bool shrunk = false;
	struct scenario smaller;

	for (size_t k = 0; k < scenario->setups_count; k++)
		for (size_t i = 0; i < scenario->setups[k].rules_count; i++)
			for (unsigned way = 0; way < RULE_WAYS; way++) {
				scenario_copy(&smaller, scenario);
				if (!rules_simplify(
					    &smaller,
					    smaller.setups[k].rules[i].name,
					    way))
					scenario_done(&smaller);
				else
					shrunk =
						shrink_to(scenario, &smaller) ||
						shrunk;
			}
	return shrunk;
}

static bool
shrink_details(struct scenario *scenario)
{
	bool shrunk = shrink_rule_details(scenario);
	struct scenario smaller;

	for (size_t i = 0; i < scenario->items_count; i++)
		for (unsigned way = 0; way < REPORT_WAYS; way++) {
			scenario_copy(&smaller, scenario);
			if (!report_simplify(&smaller.items[i].report, way))
				scenario_done(&smaller);
			else
				shrunk =
					shrink_to(scenario, &smaller) || shrunk;
		}
	for (size_t i = 0; i < scenario->items_count; i++) {
		if (!scenario->items[i].joined)
			continue;
		scenario_copy(&smaller, scenario);
		smaller.items[i].joined = false;
		shrunk = shrink_to(scenario, &smaller) || shrunk;
	}
	return shrunk;
}

static bool
shrink_configuration(struct scenario *scenario)
{
	bool shrunk = false;
	struct scenario smaller;
	struct scenario plain;

	scenario_init(&plain);
	while (scenario->setups[0].sources_count > 0) {
		scenario_copy(&smaller, scenario);
		for (size_t k = 0; k < smaller.setups_count; k++)
			smaller.setups[k].sources_count -=
				smaller.setups[k].sources_count > 0;
		if (!shrink_to(scenario, &smaller))
			break;
		shrunk = true;
	}
	for (size_t k = 0; k < scenario->setups_count; k++) {
		if (scenario->setups[k].agreements_count == 1)
			continue;
		scenario_copy(&smaller, scenario);
		smaller.setups[k].agreements_count--;
		shrunk = shrink_to(scenario, &smaller) || shrunk;
	}
	if (memcmp(&scenario->limits, &plain.limits, sizeof(plain.limits)) ||
	    memcmp(&scenario->drill_limits, &plain.drill_limits,
		   sizeof(plain.limits))) {
		scenario_copy(&smaller, scenario);
		smaller.limits = plain.limits;
		smaller.drill_limits = plain.drill_limits;
		shrunk = shrink_to(scenario, &smaller) || shrunk;
	}
	return shrunk;
}

static void
scenario_shrink(struct scenario *scenario)
{
	bool shrunk;

	do {
		shrunk = shrink_items(scenario);
		shrunk = shrink_rules(scenario) || shrunk;
		shrunk = shrink_configuration(scenario) || shrunk;
		shrunk = shrink_details(scenario) || shrunk;
	} while (shrunk);
}

static void
failure_tell(uint64_t seed, const char *output)
{
	struct scenario scenario;
	char path[1024];

	scenario_generate(&scenario, seed);
	shrinking = check_in_child(&scenario, NULL);
	if (shrinking == 0) {
		printf("seed %" PRIu64 " fails, but holds by itself\n", seed);
		scenario_done(&scenario);
		return;
	}
	printf("seed %" PRIu64 " fails; making it smaller\n", seed);
	scenario_shrink(&scenario);
	scenario_write(stdout, &scenario);
	check_in_child(&scenario, stdout);
	snprintf(path, sizeof(path), "%s/seed-%" PRIu64 ".case", output, seed);
	FILE *file = fopen(path, "w");
	if (file) {
		scenario_write(file, &scenario);
		fclose(file);
		printf("written to %s\n", path);
	} else {
		perror(path);
	}
	scenario_done(&scenario);
}

static void
streams_run(struct progress *progress, uint64_t first, uint64_t last)
{
	for (uint64_t seed = first; seed <= last; seed++) {
		struct scenario scenario;
		progress->seed = seed;
		alarm(HUNG_SECONDS);
		scenario_generate(&scenario, seed);
		if (scenario_check(&scenario, stdout, &progress->coverage)) {
			fflush(stdout);
			_exit(1);
		}
		scenario_done(&scenario);
	}
}

/* True if every kind of thing was seen, and nearly all reloads were compared
 * with what had always been so. */
static bool
coverage_tell(const struct coverage *coverage)
{
	uint64_t compared = coverage->seen[SEEN_AS_ALWAYS];
	bool all = compared > 9 * coverage->not_as_always;

	printf("%10" PRIu64 " reloads that are not compared\n",
	       coverage->not_as_always);

	for (int i = 0; i < SEEN_KINDS; i++) {
		printf("%10" PRIu64 " %s\n", coverage->seen[i],
		       seen_name((enum seen)i));
		all = all && coverage->seen[i] > 0;
	}
	all = told_is_complete(&coverage->told) && all;
	if (!all)
		printf("something that should be tested never happened\n");
	return all;
}

static bool
streams_hold(uint64_t first, uint64_t last, const char *output)
{
	struct progress *progress =
		mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (progress == MAP_FAILED)
		abort();
	fflush(NULL);
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		streams_run(progress, first, last);
		_exit(0);
	}
	if (waitpid(child, &status, 0) < 0)
		abort();
	bool holds = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status))
		printf("ended by signal: %s\n", strsignal(WTERMSIG(status)));
	if (!holds)
		failure_tell(progress->seed, output);
	else
		printf("streams %" PRIu64 " to %" PRIu64 " hold\n", first,
		       last);
	/* Fewer streams cannot show what is rare. */
	if (holds && last - first >= STREAMS_DEFAULT / 2)
		holds = coverage_tell(&progress->coverage);
	munmap(progress, sizeof(*progress));
	return holds;
}

/* All cases of a file, for what they tell and as streams. */
static bool
file_holds(const char *path)
{
	FILE *file = fopen(path, "r");
	struct scenario scenario;
	unsigned line = 0;
	unsigned cases = 0;
	unsigned failed = 0;
	int got;

	if (!file) {
		perror(path);
		return false;
	}
	while ((got = scenario_read(file, path, &line, &scenario)) > 0) {
		bool holds = case_holds(&scenario, stdout) &&
			     check_in_child(&scenario, stdout) == 0;
		if (!holds)
			printf("%s:%u: fails: %s\n", path, line,
			       scenario.title);
		cases++;
		failed += !holds;
		scenario_done(&scenario);
	}
	if (got < 0)
		scenario_done(&scenario);
	fclose(file);
	printf("%s: %u cases, %u failed\n", path, cases, failed);
	return got == 0 && failed == 0 && cases > 0;
}

static bool
cases_hold(const char *directory)
{
	char pattern[1024];
	glob_t found;
	bool hold = true;

	snprintf(pattern, sizeof(pattern), "%s/*.case", directory);
	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("no cases in %s\n", directory);
		return false;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		hold = file_holds(found.gl_pathv[i]) && hold;
	globfree(&found);
	return hold;
}

static int
usage(void)
{
	fprintf(stderr, "usage: test_model [--cases DIR] [--output DIR] "
			"[--streams N | --seeds FIRST LAST]\n"
			"       test_model --replay FILE | --print SEED\n");
	return 2;
}

static int
seed_print(const char *seed)
{
	struct scenario scenario;

	scenario_generate(&scenario, strtoull(seed, NULL, 10));
	scenario_write(stdout, &scenario);
	scenario_done(&scenario);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *cases = NULL;
	const char *output = ".";
	uint64_t first = SEED_DEFAULT;
	uint64_t last = STREAMS_DEFAULT;

	for (int i = 1; i < argc; i++) {
		int left = argc - i - 1;
		if (strcmp(argv[i], "--cases") == 0 && left >= 1)
			cases = argv[++i];
		else if (strcmp(argv[i], "--output") == 0 && left >= 1)
			output = argv[++i];
		else if (strcmp(argv[i], "--streams") == 0 && left >= 1)
			last = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0 && left >= 2) {
			first = strtoull(argv[++i], NULL, 10);
			last = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--replay") == 0 && left >= 1)
			return file_holds(argv[++i]) ? 0 : 1;
		else if (strcmp(argv[i], "--print") == 0 && left >= 1)
			return seed_print(argv[++i]);
		else
			return usage();
	}
	bool hold = !cases || cases_hold(cases);
	if (last >= first)
		hold = streams_hold(first, last, output) && hold;
	return hold ? 0 : 1;
}
