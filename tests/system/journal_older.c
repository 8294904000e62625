/*
 * journal_older DIR NEW: copies the journal of a truced that has stopped to
 * another state directory, as if an earlier engine version had written it: each
 * START step says so, and the hashes are as they should be.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "edge/journal.h"
#include "kept.h"

struct copying {
	struct journal *from;
	struct journal *to;
	struct kept kept;
};

static size_t
older(const struct journal_step *step, char *ret_body, size_t size)
{
	const char *rest = memchr(step->body, '\n', step->body_size);
	size_t rest_size =
		step->body_size - (size_t)(rest - (const char *)step->body);

	return (size_t)snprintf(ret_body, size, "engine %d%.*s",
				ENGINE_VERSION - 1, (int)rest_size, rest);
}

static int
step_copy(void *context, const struct journal_step *kept)
{
	struct copying *copying = context;
	struct journal_step step = *kept;
	char body[512];

	int error = journal_alerts_of(copying->from, step.position, kept_add,
				      &copying->kept);
	if (step.kind == STEP_START) {
		step.body_size = older(kept, body, sizeof(body));
		step.body = (const uint8_t *)body;
	}
	if (!error)
		error = journal_commit(copying->to, &step, copying->kept.alerts,
				       copying->kept.count);
	kept_empty(&copying->kept);
	return error;
}

int
main(int argc, char **argv)
{
	static struct copying copying;

	if (argc != 3) {
		fprintf(stderr, "usage: journal_older DIR NEW\n");
		return 2;
	}
	if (journal_open(&copying.from, argv[1]) != 0 ||
	    journal_open(&copying.to, argv[2]) != 0) {
		fprintf(stderr, "%s\n", journal_error(NULL));
		return EXIT_FAILURE;
	}
	int error = journal_steps(copying.from, 0, step_copy, &copying);
	if (error)
		fprintf(stderr, "%s: %s\n", strerror(-error),
			journal_error(copying.from));
	journal_close(copying.from);
	journal_close(copying.to);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
