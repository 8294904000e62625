#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "edge/codec.h"
#include "edge/settings.h"

#include "figures.h"
#include "material.h"
#include "process.h"

enum {
	OTHERS = 10000,
	RUNS = 3,
	STEP_REPORTS_COUNT = 1024,
	WARM_STEPS = 20,
	RUN_MS = 200,
	RULE_TEXT = 512,
};

/* The decoded reports of one step, and the time of decoding. */
struct decoded {
	struct pattern patterns[PATTERNS];
	struct codec *codec;
	struct report reports[STEP_REPORTS_COUNT];
	struct receipt receipts[STEP_REPORTS_COUNT];
	uint64_t next;
};

struct setting {
	const char *name;
	size_t matching; /* 0: the four ordinary ones */
	const char *others;
	struct figure ns;
	struct figure load_ms; /* of many rules */
};

/* Ten rules that each count every report, by different windows and groups. */
static void
matching_rules(FILE *stream, size_t count)
{
	static const char *const measures[] = {"violations", "killed",
					       "injured", "casualties",
					       "events"};
	static const char *const groups[] = {"admin", "party"};

	for (size_t i = 0; i < count; i++)
		fprintf(stream,
			"%s{ name = \"match-%zu\"; kind = \"threshold\"; "
			"measure = \"%s\"; window = \"%s\"; "
			"group_by = [ \"%s\" ]; "
			"levels = ( { at = 20; severity = \"severe\"; } ); }\n",
			i ? "," : "", i, measures[i % 5], i % 2 ? "1h" : "24h",
			groups[i / 5 % 2]);
}

/* `match` has one %zu for the number of the rule, or none. */
static void
other_rules(FILE *stream, const char *match)
{
	for (size_t i = 0; i < OTHERS; i++) {
		fprintf(stream,
			",{ name = \"other-%zu\"; kind = \"threshold\"; "
			"measure = \"violations\"; window = \"24h\"; match: { ",
			i);
		for (const char *c = match; *c; c++) {
			if (*c == '#')
				fprintf(stream, "%zu", i);
			else
				fputc(*c, stream);
		}
		fputs(" }; levels = ( { at = 20; severity = \"severe\"; } ); "
		      "}\n",
		      stream);
	}
}

static void
complain(void *context, const char *message)
{
	(void)context;
	fail("%s", message);
}

static struct settings *
settings_make(const struct setting *setting)
{
	struct settings *settings;
	char *rules;
	size_t size;
	FILE *stream = open_memstream(&rules, &size);

	if (!stream)
		fail("out of memory");
	if (setting->matching)
		matching_rules(stream, setting->matching);
	else
		fputs(ordinary_rules, stream);
	if (setting->others)
		other_rules(stream, setting->others);
	fclose(stream);
	char *text = configuration_text("", rules);
	if (settings_parse(&settings, text, "bench", complain, NULL) != 0)
		fail("the rules cannot be read");
	free(text);
	free(rules);
	return settings;
}

static void
decode(struct decoded *decoded)
{
	const struct admission admission = {.max_count = 100000,
					    .latest_at = TIME_NEVER};

	for (size_t i = 0; i < STEP_REPORTS_COUNT; i++) {
		uint64_t number = decoded->next++;
		reports_expect(decoded->reports, i, STEP_REPORTS_COUNT);
		struct wire_message message =
			pattern_message(&decoded->patterns[number % PATTERNS],
					number);
		if (!codec_report(decoded->codec, &admission, message.topic,
				  message.topic_size, message.payload,
				  message.payload_size, &decoded->reports[i],
				  &decoded->receipts[i]))
			fail("a report cannot be read");
		decoded->receipts[i].verdict = VERDICT_NONE;
	}
}

static void
apply(struct engine *engine, struct decoded *decoded, uint64_t position)
{
	static struct alert alert;
	const struct step step = {
		.kind = STEP_REPORTS,
		.time_ms = decoded->reports[0].reported_at + (int64_t)position,
		.position = position,
		.reports = decoded->reports,
		.receipts = decoded->receipts,
		.count = STEP_REPORTS_COUNT,
	};

	engine_begin(engine, &step);
	while (engine_next(engine, &alert))
		;
	if (decoded->receipts[0].verdict != VERDICT_ACCEPTED)
		fail("a report is not accepted");
}

/* CPU time of a report in the engine alone. */
static void
measure(struct setting *setting, struct decoded *decoded,
	struct figure *decoding)
{
	const uint8_t key[16] = "bench";
	int64_t began_ns = now_ns();
	struct settings *settings = settings_make(setting);
	struct engine *engine;
	int64_t applied_ns = 0, decoded_ns = 0;
	uint64_t steps = 0;

	if (engine_new(&engine, &settings->configuration, ENGINE_REAL, key) !=
	    0)
		fail("the rules do not fit");
	if (setting->others)
		figure_add(&setting->load_ms,
			   (double)(now_ns() - began_ns) / 1e6);
	for (uint64_t position = 1;
	     applied_ns < RUN_MS * INT64_C(1000000) && steps < 500;
	     position++) {
		int64_t start = cpu_own_ns();
		decode(decoded);
		int64_t between = cpu_own_ns();
		apply(engine, decoded, position);
		if (position <= WARM_STEPS)
			continue;
		decoded_ns += between - start;
		applied_ns += cpu_own_ns() - between;
		steps++;
	}
	double reports = (double)(steps * STEP_REPORTS_COUNT);
	figure_add(&setting->ns, (double)applied_ns / reports);
	if (decoding)
		figure_add(decoding, (double)decoded_ns / reports);
	engine_free(engine);
	settings_free(settings);
}

static void
memory_print(void)
{
	const struct setting ordinary = {.name = ""};
	struct settings *settings = settings_make(&ordinary);
	struct pool_use use[POOLS];

	engine_memory(&settings->configuration, ENGINE_REAL, use);
	double each[POOLS];
	for (int pool = 0; pool < POOLS; pool++)
		each[pool] = (double)use[pool].bytes / use[pool].limit;
	printf("\nMemory\n"
	       "  a report %.0f bytes, a name %.0f, an episode %.0f\n"
	       "  a group %.0f bytes and %.0f for each bucket of its window: "
	       "%.0f for a day of hours,\n"
	       "  %.0f for the default of 60 buckets\n",
	       each[POOL_REPORTS], each[POOL_NAMES], each[POOL_EPISODES],
	       each[POOL_GROUPS], each[POOL_BUCKETS],
	       each[POOL_GROUPS] + 24 * each[POOL_BUCKETS],
	       each[POOL_GROUPS] + 60 * each[POOL_BUCKETS]);
	settings_free(settings);
}

void
bench_rules(void)
{
	static struct decoded decoded;
	struct setting settings[] = {
		{.name = "the 4 rules used above"},
		{.name = "10 that match"},
		{.name = "and 10,000 of another agreement",
		 .matching = 10,
		 .others = "agreement = [ \"other\" ];"},
		{.name = "and 10,000 of another kind",
		 .matching = 10,
		 .others = "kind = [ \"looting\" ];"},
		{.name = "and 10,000 of another place",
		 .matching = 10,
		 .others = "admin = [ \"Elsewhere #\" ];"},
		{.name = "and 10,000 of another source",
		 .matching = 10,
		 .others = "source = [ \"Somebody #\" ];"},
		{.name = "and 10,000 of two sources",
		 .matching = 10,
		 .others = "min_sources = 2;"},
		{.name = "and 10,000 of verified events",
		 .matching = 10,
		 .others = "min_assessment = \"verified\";"},
		{.name = "and 10,000 of assessed parties",
		 .matching = 10,
		 .others = "min_attribution = \"assessed_party\";"},
		{.name = "and 10,000 of another target",
		 .matching = 10,
		 .others = "target = [ \"medical\" ];"},
		{.name = "and 10,000 of disputed events",
		 .matching = 10,
		 .others = "disputed = true;"},
		{.name = "and 10,000 against another party",
		 .matching = 10,
		 .others = "against = [ \"north\" ];"},
	};
	const size_t count = sizeof(settings) / sizeof(settings[0]);
	struct figure decoding = {{0}, 0};

	settings[1].matching = 10;
	patterns_make(decoded.patterns);
	if (codec_new(&decoded.codec) != 0)
		fail("out of memory");
	for (int repeat = 0; repeat < RUNS; repeat++)
		for (size_t i = 0; i < count; i++)
			measure(&settings[i], &decoded, i ? NULL : &decoding);
	printf("\nCPU of a report, in the parts that depend on it (ns)\n"
	       "  %-34s %8.0f\n",
	       "decoding and checking", figure_median(&decoding));
	for (size_t i = 0; i < count; i++)
		printf("  %s%-*s %8.0f  +-%2.0f %%\n", i ? "" : "counting by ",
		       i ? 34 : 22, settings[i].name,
		       figure_median(&settings[i].ns),
		       figure_spread(&settings[i].ns));
	printf("\nFrom their text to an engine that counts by them (ms)\n"
	       "  %-34s %8.0f  +-%2.0f %%\n",
	       "10,010 rules, each of its place",
	       figure_median(&settings[4].load_ms),
	       figure_spread(&settings[4].load_ms));
	memory_print();
	codec_free(decoded.codec);
}
