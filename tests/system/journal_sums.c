/*
 * journal_sums DIR: replays the journal of a truced that has stopped and prints
 * what its real reports add up to, a line for each group that holds anything:
 *
 *	RULE AGREEMENT LABELS: CONFIRMED SUPPORTED REPORTED UPPER EVENTS ...
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/journal.h"
#include "relay/replay.h"

static void
sums_print(const struct configuration *configuration,
	   const struct group_use *group)
{
	const struct rule *rule = &configuration->rules[group->rule];
	const struct sums *sums = &group->sums;

	printf("%s %s", rule->name, group->agreement);
	for (size_t i = 0; i < rule->group_by_count; i++)
		printf(" %s=%s", field_name(rule->group_by[i]),
		       group->values[i]);
	printf(": %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	       " %u %u %u %u\n",
	       sums->by_basis[BASIS_CONFIRMED], sums->by_basis[BASIS_SUPPORTED],
	       sums->by_basis[BASIS_REPORTED], sums->by_basis[BASIS_UPPER],
	       sums->events, sums->attributed, sums->disputed, sums->at_least);
}

int
main(int argc, char **argv)
{
	struct journal *journal;
	struct replay replay;
	struct group_use group;
	uint32_t iterator = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: journal_sums DIR\n");
		return 2;
	}
	if (journal_open(&journal, argv[1]) != 0) {
		fprintf(stderr, "%s\n", journal_error(NULL));
		return EXIT_FAILURE;
	}
	if (replay_run(&replay, journal, NULL, NULL) != 0 || !replay.engines) {
		fprintf(stderr, "%s\n", replay.error);
		return EXIT_FAILURE;
	}
	const struct engine *engine = engines_part(replay.engines, ENGINE_REAL);
	while (engine_groups(engine, &iterator, &group)) {
		/* A group that is empty again is as one that never was. */
		if (group.sums.by_basis[BASIS_UPPER] > 0)
			sums_print(&replay.settings->configuration, &group);
	}
	replay_done(&replay);
	journal_close(journal);
	return EXIT_SUCCESS;
}
