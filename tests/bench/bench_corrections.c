#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "edge/settings.h"

#include "figures.h"
#include "material.h"
#include "process.h"

#define DAY_MS INT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)
#define FILLED_AT (INT64_C(20454) * DAY_MS) /* 1 January 2026 */

enum {
	TOTALS = 30,   /* a day each, while an episode goes on */
	EPISODES = 10, /* that end and are taken back */
	EVENTS = 10,   /* in each */
	STEP_COUNT = 1000,
	LATE_MOST = 200,
	LATE_MS = 200,
};

/* What a source's total is held against, and a few old episodes. */
static const char correction_rules[] =
	"{ name = \"gap\"; kind = \"discrepancy\"; measure = \"killed\"; "
	"max_age = \"2d\"; "
	"match: { source = [ \"Watch 0\" ]; }; "
	"levels = ( { at = 20; severity = \"severe\"; } ); },\n"
	"{ name = \"civilians\"; kind = \"threshold\"; "
	"measure = \"civilians_killed\"; window = \"24h\"; "
	"levels = ( { at = 20; severity = \"severe\"; } ); }\n";

struct standing {
	uint64_t reports;
	double within_us; /* a late incident, and no gap */
	double open_us;	  /* an open episode */
	double ended_us;  /* one that has ended */
	double total_us;  /* a total of another day */
	double peak_us;	  /* a peak that is gone */
};

struct bench {
	struct engine *engine;
	struct report reports[STEP_COUNT];
	struct receipt receipts[STEP_COUNT];
	uint64_t position;
	uint64_t next; /* id */
};

static void
complain(void *context, const char *message)
{
	(void)context;
	fail("%s", message);
}

static struct report *
incident(struct bench *bench, size_t place, int64_t at, uint32_t killed)
{
	struct report *report = &bench->reports[place];

	*report = (struct report){
		.revision = 1,
		.content = bench->next,
		.agreement = "bench",
		.source = "Watch 1",
		.reported_at = TIME_UNSET,
		.occurred_at = at,
		.occurred_until = TIME_UNSET,
		.kind = KIND_SHELLING,
		.assessment = ASSESSMENT_ALLEGED,
		.attribution = ATTRIBUTION_ALLEGED_PARTY,
		.party = "north",
		.counts[COUNT_VIOLATIONS] = {1, 1, 1, false},
		.counts[COUNT_KILLED] = {killed, killed, killed, false},
	};
	snprintf(report->id, sizeof(report->id), "%llu",
		 (unsigned long long)bench->next++);
	return report;
}

/* Their CPU time. */
static int64_t
apply(struct bench *bench, size_t count, int64_t time_ms)
{
	static struct alert alert;
	const struct step step = {
		.kind = STEP_REPORTS,
		.time_ms = time_ms,
		.position = ++bench->position,
		.reports = bench->reports,
		.receipts = bench->receipts,
		.count = count,
	};

	for (size_t i = 0; i < count; i++)
		bench->receipts[i] = (struct receipt){.verdict = VERDICT_NONE};
	int64_t start = cpu_own_ns();
	engine_begin(bench->engine, &step);
	while (engine_next(bench->engine, &alert))
		;
	int64_t taken = cpu_own_ns() - start;
	if (bench->receipts[0].verdict != VERDICT_ACCEPTED)
		fail("a report is not accepted");
	return taken;
}

static int64_t
total(struct bench *bench, int day, uint64_t killed, bool at_least)
{
	struct report *report = incident(bench, 0, FILLED_AT + day * DAY_MS, 0);
	const uint32_t n = (uint32_t)killed;

	report->type = REPORT_TALLY;
	report->counts[COUNT_VIOLATIONS] = (struct count){.low = 0};
	strcpy(report->source, "Watch 0");
	report->since_at = TIME_UNSET;
	report->told = 1 << TALLY_KILLED;
	report->totals[TALLY_KILLED] = (struct count){n, n, n, at_least};
	return apply(bench, 1, report->occurred_at);
}

/* One after the other, until the time is up; of one in us. */
static double
late(struct bench *bench, int day)
{
	int64_t taken_ns = 0;
	int count = 0;

	for (; count < LATE_MOST && taken_ns < LATE_MS * INT64_C(1000000);
	     count++) {
		incident(bench, 0, FILLED_AT - 100 * DAY_MS + count, 1);
		taken_ns += apply(bench, 1, FILLED_AT + day * DAY_MS);
	}
	return (double)taken_ns / 1e3 / count;
}

/* Two years ago, two days apart; each is over before the next begins. */
static void
old_episodes(struct bench *bench)
{
	for (int i = 0; i < EPISODES; i++) {
		int64_t at = FILLED_AT - 2 * YEAR_MS + 2 * i * DAY_MS;
		for (size_t j = 0; j < EVENTS; j++)
			incident(bench, j, at, 0)
				->counts[COUNT_CIVILIANS_KILLED] =
				(struct count){2, 2, 2, false};
		apply(bench, EVENTS, at);
	}
}

/* Each falls below the level by a report that is revised. */
static double
old_episodes_revised(struct bench *bench)
{
	int64_t taken_ns = 0;

	for (int i = 0; i < EPISODES; i++) {
		int64_t at = FILLED_AT - 2 * YEAR_MS + 2 * i * DAY_MS;
		struct report *report = incident(bench, 0, at, 0);
		report->revision = 2;
		snprintf(report->id, sizeof(report->id), "%d", i * EVENTS);
		taken_ns += apply(bench, 1, FILLED_AT + 40 * DAY_MS);
	}
	return (double)taken_ns / 1e3 / EPISODES;
}

static void
fill(struct bench *bench, uint64_t reports)
{
	for (uint64_t i = 0; i < reports; i += STEP_COUNT) {
		for (size_t j = 0; j < STEP_COUNT; j++)
			incident(bench, j,
				 FILLED_AT - YEAR_MS +
					 (int64_t)((double)(i + j) * YEAR_MS /
						   (double)reports),
				 1);
		apply(bench, STEP_COUNT, FILLED_AT);
	}
}

static void
measure(struct standing *standing)
{
	static struct bench bench;
	const uint8_t key[16] = "bench";
	struct settings *settings;
	char *text = configuration_text("", correction_rules);
	uint64_t killed = standing->reports;

	if (settings_parse(&settings, text, "bench", complain, NULL) != 0)
		fail("the rules cannot be read");
	free(text);
	memset(&bench, 0, sizeof(bench));
	if (engine_new(&bench.engine, &settings->configuration, ENGINE_REAL,
		       key) != 0)
		fail("the rules do not fit");
	old_episodes(&bench);
	fill(&bench, killed);
	total(&bench, 1, killed, false);
	standing->within_us = late(&bench, 1);
	for (int i = 0; i < TOTALS; i++)
		standing->total_us =
			(double)total(&bench, 2 + i, 2 * killed, false) / 1e3;
	standing->open_us = late(&bench, 2 + TOTALS);
	total(&bench, 3 + TOTALS, 1, true);
	standing->ended_us = late(&bench, 3 + TOTALS);
	standing->peak_us = old_episodes_revised(&bench);
	engine_free(bench.engine);
	settings_free(settings);
}

void
bench_corrections(void)
{
	struct standing standing[] = {{.reports = 1000},
				      {.reports = 100000},
				      {.reports = 1000000}};

	printf("\nCPU of a correction, by how many reports stand (us)\n"
	       "  %-10s %12s %12s %12s %12s %12s\n",
	       "reports", "late, no gap", "while open", "once ended",
	       "next total", "lost peak");
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++) {
		measure(&standing[i]);
		printf("  %-10llu %12.1f %12.1f %12.1f %12.1f %12.1f\n",
		       (unsigned long long)standing[i].reports,
		       standing[i].within_us, standing[i].open_us,
		       standing[i].ended_us, standing[i].total_us,
		       standing[i].peak_us);
	}
}
