/*
 * journal_writer DIRECTORY COUNT
 *
 * Commits COUNT steps and tells on standard output how that went, a line each:
 * "durable POSITION", "open ERROR", "full POSITION" (and tries again), "failed
 * ERROR", and after a failure "then ERROR" for each further call.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stream.h"

static int
no_step(void *context, const struct journal_step *step)
{
	(void)context;
	(void)step;
	return 0;
}

static int
no_alert(void *context, uint64_t position, const struct journal_alert *alert)
{
	(void)context;
	(void)position;
	(void)alert;
	return 0;
}

/* All that can still be called. */
static void
tell_what_follows(struct journal *journal)
{
	uint64_t value = 0;

	printf("then %d\n", stream_commit(journal));
	printf("then %d\n", journal_idle(journal));
	printf("then %d\n", stream_commit(journal));
	printf("then %d\n", journal_steps(journal, 0, no_step, NULL));
	printf("then %d\n", journal_alerts_of(journal, 1, no_alert, NULL));
	printf("then %d\n",
	       journal_alerts_after(journal, "", 0, "", 1, no_alert, NULL));
	printf("then %d\n", journal_cursor_get(journal, "syslog", &value));
	printf("then %d\n", journal_cursor_set(journal, "syslog", value));
}

int
main(int count, char **arguments)
{
	struct journal *journal = NULL;
	uint8_t hash[JOURNAL_HASH_SIZE];

	if (count != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	int error = journal_open(&journal, arguments[1]);
	if (error) {
		printf("open %d\n", error);
		return 0;
	}
	long steps = atol(arguments[2]);
	while (!error && steps > 0) {
		error = stream_commit(journal);
		if (!error) {
			printf("durable %llu\n",
			       (unsigned long long)journal_head(journal, hash));
			steps--;
		}
		if (error == -ENOSPC) {
			printf("full %llu\n",
			       (unsigned long long)journal_head(journal, hash) +
				       1);
			error = 0;
		}
		if (!error && steps % 2 == 0)
			journal_cursor_set(journal, "syslog", (uint64_t)steps);
		journal_idle(journal);
	}
	if (error) {
		printf("failed %d\n", error);
		tell_what_follows(journal);
	}
	journal_close(journal);
	return 0;
}
