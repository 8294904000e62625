#include "build.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[16] = "a key for tests";

static void
mix(uint64_t *hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ byte[i]) * UINT64_C(1099511628211);
}

/* Of all that is said but reported_at, as codec does it. */
static uint64_t
content_of(const struct report *report)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	const char *texts[] = {report->feed,   report->party, report->against,
			       report->event,  report->place, report->admin,
			       report->country};
	int64_t numbers[] = {report->occurred_at,     report->occurred_until,
			     (int64_t)report->status, (int64_t)report->kind,
			     (int64_t)report->target, report->assessment,
			     report->attribution};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		mix(&hash, texts[i], strlen(texts[i]) + 1);
	mix(&hash, numbers, sizeof(numbers));
	mix(&hash, report->reports, sizeof(report->reports));
	mix(&hash, &report->denies, sizeof(report->denies));
	for (int kind = 0; kind < COUNT_KINDS; kind++) {
		const struct count *count = &report->counts[kind];
		uint32_t values[] = {count->low, count->best, count->high,
				     count->at_least};
		mix(&hash, values, sizeof(values));
	}
	if (report->type == REPORT_TALLY) {
		mix(&hash, &report->since_at, sizeof(report->since_at));
		mix(&hash, report->totals, sizeof(report->totals));
	}
	return hash;
}

static bool
is_unset(const struct count *count)
{
	return count->high == 0;
}

struct report
report_complete(struct report report)
{
	int64_t *times[] = {&report.reported_at, &report.occurred_at,
			    &report.occurred_until, &report.since_at};
	struct count *violations = &report.counts[COUNT_VIOLATIONS];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (*times[i] == 0)
			*times[i] = TIME_UNSET;
	}
	if (report.revision == 0)
		report.revision = 1;
	if (report.agreement[0] == '\0')
		strcpy(report.agreement, "pact");
	if (report.source[0] == '\0')
		strcpy(report.source, "jfo");
	bool finding = report.type == REPORT_FINDING;
	if (report.assessment == ASSESSMENT_UNSPECIFIED && !finding)
		report.assessment = ASSESSMENT_ALLEGED;
	if (report.attribution == ATTRIBUTION_UNSPECIFIED && !finding)
		report.attribution = ATTRIBUTION_ALLEGED_PARTY;
	if (is_unset(violations))
		*violations = (struct count){.low = 1, .best = 1, .high = 1};
	report.content = content_of(&report);
	return report;
}

struct report
tally_complete(struct report report)
{
	report.type = REPORT_TALLY;
	if (report.source[0] == '\0')
		strcpy(report.source, "ministry");
	if (report.told == 0)
		report.told = 1 << TALLY_KILLED;
	return report_complete(report);
}

struct report
without_violation(struct report report)
{
	report.counts[COUNT_VIOLATIONS] = (struct count){.low = 0};
	report.content = content_of(&report);
	return report;
}

struct report
about(const char *names, struct report finding)
{
	char *end = finding.reports;

	while (*names) {
		size_t size = strcspn(names, " ");
		memcpy(end, names, size);
		end += size + 1;
		names += size + strspn(names + size, " ");
		finding.reports_count++;
	}
	finding.content = content_of(&finding);
	return finding;
}

struct rule
rule_simple(const char *name)
{
	return (struct rule){
		.name = name,
		.kind = RULE_THRESHOLD,
		.measure = MEASURE_KILLED,
		.basis = BASIS_REPORTED,
		.window_kind = WINDOW_DURATION,
		.window_ms = HOUR,
		.resolution_ms = MINUTE,
		.levels = {{.at = 5, .clear = 5, .severity = SEVERITY_SEVERE}},
		.levels_count = 1,
		.headline = "",
		.instruction = "",
		.web = "",
	};
}

struct world *
world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));
	struct limits limits = {
		.max_future_ms = HOUR,
		.reports = 200,
		.groups = 20,
		.buckets = 10000,
		.episodes = 40,
		.names = 200,
		.max_count = 100000,
	};

	assert_non_null(world);
	world->agreements[0] = (struct agreement){.id = "pact",
						  .title = "",
						  .effective_at = START};
	world->agreements[1] = (struct agreement){.id = "truce",
						  .title = "",
						  .effective_at = START};
	world->configuration = (struct configuration){
		.sender = "truced",
		.clock = CLOCK_WALL,
		.limits = limits,
		.drill_limits = limits,
		.sources = world->sources,
		.agreements = world->agreements,
		.agreements_count = 2,
		.rules = world->rules,
	};
	return world;
}

void
world_end(struct world *world)
{
	engine_free(world->engine);
	world->engine = NULL;
}

void
world_free(struct world *world)
{
	if (!world)
		return;
	world_end(world);
	free(world);
}

int
world_setup(void **state)
{
	*state = world_new();
	return 0;
}

int
world_teardown(void **state)
{
	world_free(*state);
	return 0;
}

void
world_source(struct world *world, const char *name, const char *origin,
	     enum assessment at_most)
{
	assert_true(world->configuration.sources_count < 8);
	world->sources[world->configuration.sources_count++] =
		(struct source){.name = name,
				.origin = origin,
				.at_most = at_most};
}

struct rule *
world_rule(struct world *world, const char *name)
{
	assert_true(world->configuration.rules_count < 4);
	struct rule *rule = &world->rules[world->configuration.rules_count++];

	*rule = rule_simple(name);
	return rule;
}

void
world_begin(struct world *world)
{
	assert_int_equal(engine_new(&world->engine, &world->configuration,
				    world->part, key),
			 0);
}

static void
step(struct world *world, const struct step *step)
{
	struct alert alert;

	engine_begin(world->engine, step);
	while (engine_next(world->engine, &alert)) {
		assert_true(world->alerts_count < WORLD_ALERTS);
		world->alerts[world->alerts_count++] = alert;
	}
}

void
world_reports(struct world *world, int64_t minute, const struct report *reports,
	      size_t count, struct receipt *ret_receipts)
{
	for (size_t i = 0; i < count; i++)
		ret_receipts[i] = (struct receipt){.verdict = VERDICT_NONE};
	step(world, &(struct step){.kind = STEP_REPORTS,
				   .time_ms = AT(minute),
				   .position = ++world->position,
				   .reports = reports,
				   .receipts = ret_receipts,
				   .count = count});
}

enum verdict
world_report(struct world *world, int64_t minute, struct report report)
{
	world_reports(world, minute, &report, 1, &world->receipt);
	return world->receipt.verdict;
}

void
world_tick(struct world *world, int64_t minute)
{
	step(world, &(struct step){.kind = STEP_TICK,
				   .time_ms = AT(minute),
				   .position = ++world->position});
}

void
world_start(struct world *world, int64_t ran_until, int64_t minute)
{
	step(world, &(struct step){.kind = STEP_START,
				   .time_ms = AT(minute),
				   .position = ++world->position,
				   .ran_until = AT(ran_until)});
}

void
world_clock(struct world *world, int64_t minute, int64_t by)
{
	step(world, &(struct step){.kind = STEP_CLOCK,
				   .time_ms = AT(minute),
				   .position = ++world->position,
				   .clock_ms = by * MINUTE});
}

uint64_t
world_command(struct world *world, int64_t minute, struct command command)
{
	uint64_t told = 0;

	if (command.author[0] == '\0')
		strcpy(command.author, "duty");
	step(world, &(struct step){.kind = STEP_COMMAND,
				   .time_ms = AT(minute),
				   .position = ++world->position,
				   .command = &command,
				   .part = world->part,
				   .ret_told = &told});
	return told;
}

void
world_deadline(struct world *world, int64_t minute, enum command_kind kind,
	       const char *deadline, int64_t at)
{
	struct command word = {.kind = kind,
			       .agreement = "pact",
			       .at = AT(at),
			       .comment = "as told"};

	strcpy(word.deadline, deadline);
	world->told = world_command(world, minute, word);
}

static int
state_copy(void *context, enum engine_part part, void *state, size_t size)
{
	const struct engine *engine = context;
	size_t have;
	const void *from = engine_state(engine, &have);

	(void)part;
	assert_int_equal(have, size);
	memcpy(state, from, size);
	return 0;
}

void
world_restore(struct world *world)
{
	struct engine *engine;

	assert_int_equal(engine_restore(&engine, &world->configuration,
					world->part, key, state_copy,
					world->engine),
			 0);
	engine_free(world->engine);
	world->engine = engine;
}

void
world_retract(struct world *world, int64_t minute, uint64_t episode_seq)
{
	world_command(world, minute,
		      (struct command){.kind = COMMAND_RETRACT,
				       .episode_seq = episode_seq,
				       .comment = "a mistake"});
}

void
world_configure(struct world *world, int64_t minute,
		const struct configuration *configuration)
{
	enum pool_kind full;

	assert_int_equal(engine_prepare(world->engine, configuration, &full),
			 0);
	step(world, &(struct step){.kind = STEP_CONFIG,
				   .time_ms = AT(minute),
				   .position = ++world->position});
}

static const char *
state_words(enum alert_state state)
{
	switch (state) {
	case ALERT_RESOLVED:
		return " resolved";
	case ALERT_CANCELLED:
		return " cancelled";
	case ALERT_STATE_UNSPECIFIED:
	case ALERT_FIRING:
		break;
	}
	return "";
}

static void
alert_write(const struct world *world, const struct alert *alert, FILE *text)
{
	const uint64_t *sums = alert->sums.by_basis;
	int64_t since = alert->sent_at - START;

	if (world->configuration.rules_count > 1)
		fprintf(text, "%s ", alert->rule);
	fprintf(text, "%s %s %s%s", cause_name(alert->cause),
		severity_name(alert->severity),
		certainty_name(alert->certainty), state_words(alert->state));
	if (alert->labels_count) {
		fprintf(text, " [");
		for (size_t i = 0; i < alert->labels_count; i++)
			fprintf(text, "%s%s", i ? " " : "",
				alert->labels[i].value);
		fprintf(text, "]");
	}
	fprintf(text, " %llu/%llu/%llu/%llu @%lld", (unsigned long long)sums[0],
		(unsigned long long)sums[1], (unsigned long long)sums[2],
		(unsigned long long)sums[3], (long long)(since / MINUTE));
	if (since % MINUTE)
		fprintf(text, "+%lldms", (long long)(since % MINUTE));
	fprintf(text, "\n");
}

const char *
world_told(struct world *world)
{
	FILE *text = fmemopen(world->text, sizeof(world->text), "w");

	assert_non_null(text);
	for (size_t i = 0; i < world->alerts_count; i++)
		alert_write(world, &world->alerts[i], text);
	fputc('\0', text);
	fclose(text);
	world->alerts_count = 0;
	return world->text;
}

void *
arena_new(struct arena *ret_arena, size_t head, size_t bytes)
{
	size_t used = arena_bytes(1, head);
	char *memory = calloc(1, used + bytes);

	assert_non_null(memory);
	*ret_arena = (struct arena){.memory = memory,
				    .size = used + bytes,
				    .used = used};
	return memory;
}
