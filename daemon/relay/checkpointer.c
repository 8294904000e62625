#include "relay/checkpointer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/engine.h"
#include "relay/checkpoint.h"
#include "relay/log.h"

enum { ROW_BYTES = 128 /* of a row beside what it holds */ };

int
checkpointer_init(struct checkpointer *checkpointer, const char *directory)
{
	*checkpointer = (struct checkpointer){.directory = strdup(directory)};
	return checkpointer->directory ? 0 : -ENOMEM;
}

void
checkpointer_step(struct checkpointer *checkpointer,
		  const struct journal_step *step,
		  const struct journal_alert *alerts, size_t count)
{
	if (step->kind == STEP_CONFIG)
		checkpointer->config = step->position;
	checkpointer->journaled += step->body_size + ROW_BYTES;
	for (size_t i = 0; i < count; i++)
		checkpointer->journaled += alerts[i].payload_size + ROW_BYTES;
}

static struct checkpoint_place
place_of(const struct checkpointer *checkpointer, const struct journal *journal)
{
	struct checkpoint_place place = {.config = checkpointer->config};

	place.position = journal_head(journal, place.hash);
	return place;
}

/* The child has a copy of everything: of the journal's lock too, which must be
 * free as soon as the relay is gone. It closes all that it did not open, and
 * does not outlive the relay. */
_Noreturn static void
child_run(const struct checkpointer *checkpointer,
	  const struct checkpoint_place *place, const struct engines *engines,
	  pid_t parent)
{
	uint64_t bytes;

	close_range(STDERR_FILENO + 1, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ESRCH);
	_exit(-checkpoint_write(checkpointer->directory, place, engines,
				&bytes));
}

static void
begin(struct checkpointer *checkpointer, const struct journal *journal,
      const struct engines *engines, int64_t monotonic)
{
	const struct checkpoint_place place = place_of(checkpointer, journal);
	pid_t parent = getpid();
	pid_t child = fork();

	if (child == 0)
		child_run(checkpointer, &place, engines, parent);
	checkpointer->not_before = monotonic + CHECKPOINT_PAUSE_MS;
	if (child < 0) {
		log_line(LOG_WARNING, "no checkpoint can be written: %s",
			 strerror(errno));
		return;
	}
	checkpointer->journaled = 0;
	checkpointer->position = place.position;
	checkpointer->child = child;
}

static void
tell(struct checkpointer *checkpointer, uint64_t position, int error)
{
	if (error) {
		log_line(LOG_WARNING,
			 "the checkpoint of step %" PRIu64
			 " was not written: %s",
			 position, strerror(error));
		return;
	}
	checkpointer->written = position;
	log_line(LOG_INFO, "checkpoint of step %" PRIu64 " written", position);
}

/* Whether there is no child any more. */
static void
reap(struct checkpointer *checkpointer, int64_t monotonic)
{
	int status;

	if (checkpointer->child == 0 || waitpid(checkpointer->child, &status,
						WNOHANG) != checkpointer->child)
		return;
	checkpointer->child = 0;
	checkpointer->not_before = monotonic + CHECKPOINT_PAUSE_MS;
	tell(checkpointer, checkpointer->position,
	     WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
}

void
checkpointer_turn(struct checkpointer *checkpointer,
		  const struct journal *journal, const struct engines *engines,
		  int64_t monotonic)
{
	reap(checkpointer, monotonic);
	if (checkpointer->child == 0 &&
	    checkpointer->journaled >= CHECKPOINT_BYTES &&
	    monotonic >= checkpointer->not_before)
		begin(checkpointer, journal, engines, monotonic);
}

static void
child_end(struct checkpointer *checkpointer)
{
	if (checkpointer->child == 0)
		return;
	kill(checkpointer->child, SIGKILL);
	waitpid(checkpointer->child, NULL, 0);
	checkpointer->child = 0;
}

void
checkpointer_finish(struct checkpointer *checkpointer,
		    const struct journal *journal,
		    const struct engines *engines)
{
	const struct checkpoint_place place = place_of(checkpointer, journal);
	uint64_t bytes;

	child_end(checkpointer);
	if (place.position == checkpointer->written)
		return;
	tell(checkpointer, place.position,
	     -checkpoint_write(checkpointer->directory, &place, engines,
			       &bytes));
}

void
checkpointer_done(struct checkpointer *checkpointer)
{
	child_end(checkpointer);
	free(checkpointer->directory);
	checkpointer->directory = NULL;
}
