/*
 * How fast truced is, beside a bare SUB loop in the same run.
 *
 * Rates of one machine at one time mean little by themselves: what is measured
 * is interleaved, medians are told, and the ratio to the bare loop is what can
 * be compared.
 */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "daemon.h"
#include "process.h"

static const struct part {
	const char *name;
	void (*run)(void);
} parts[] = {
	{"throughput", bench_throughput},   {"submit", bench_submit},
	{"alerts", bench_alerts},	    {"rules", bench_rules},
	{"corrections", bench_corrections}, {"start", bench_start},
};

static const char usage[] =
	"usage: truced_bench [--state-dir DIR] [PART...]\n"
	"\n"
	"  --state-dir DIR  where journals are written (/var/tmp)\n"
	"  PART             throughput, submit, alerts, rules, corrections, "
	"start; all\n"
	"                   if none\n";

static const struct part *
part_find(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	fputs(usage, stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "--state-dir") == 0) {
		state_parent = argv[2];
		first = 3;
	}
	if (sodium_init() < 0)
		fail("libsodium cannot start");
	for (int i = first; i < argc; i++)
		part_find(argv[i])->run();
	for (size_t i = 0; argc == first && i < sizeof(parts) / sizeof(*parts);
	     i++)
		parts[i].run();
	return EXIT_SUCCESS;
}
