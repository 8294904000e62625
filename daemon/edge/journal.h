/*
 * The journal: the one sequence of steps, and the alerts they gave.
 *
 * SQLite in WAL mode with synchronous=FULL, exactly one read-write connection,
 * a lock on the state directory. Each step's row carries a hash over itself
 * and the previous row's hash. The only file that knows SQLite.
 */
#ifndef TRUCED_EDGE_JOURNAL_H
#define TRUCED_EDGE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

enum { JOURNAL_HASH_SIZE = 32 };

struct journal_step {
	uint64_t position; /* from 1, without gaps */
	int64_t time_ms;   /* the engine's */
	int kind;	   /* enum step_kind */
	const uint8_t *body;
	size_t body_size;
};

struct journal_alert {
	const char *stream;
	uint64_t seq; /* from 1, without gaps, in each stream */
	const char *topic;
	const uint8_t *payload;
	size_t payload_size;
};

/* Opens or creates `directory`/journal.db and takes the lock. -EBUSY: another
 * process holds it. -EBADMSG: the file is damaged (see journal_error). -EIO and
 * other errno as met. */
int journal_open(struct journal **ret_journal, const char *directory);
/* The same of a journal that nobody writes, to read its steps and alerts: no
 * more than these may be asked for. Makes and changes no file, unless a process
 * that was killed has left a log, which SQLite reads through a file beside it.
 * Others may read it too; until the close no truced can start on it. -ENOENT:
 * there is none. */
int journal_open_reading(struct journal **ret_journal, const char *directory);
void journal_close(struct journal *journal); /* NULL is fine */

/* The last error in words, for the operator. Owned by the journal. Of NULL:
 * why the last journal_open failed. */
const char *journal_error(const struct journal *journal);

/* The last step's position (0: empty) and hash. */
uint64_t journal_head(const struct journal *journal,
		      uint8_t ret_hash[static JOURNAL_HASH_SIZE]);

/* The hash that is kept of a step, 1 .. head. 0, -EBADMSG or as met. */
int journal_hash(struct journal *journal, uint64_t position,
		 uint8_t ret_hash[static JOURNAL_HASH_SIZE]);

/*
 * Makes a step and its alerts durable in one transaction; step->position must
 * be head + 1. 0: durable. -ENOSPC: nothing was written, the disk (or quota) is
 * full; the same call may be made again later. Any other error: it is not known
 * what is durable; the process must end and start again from the file.
 */
int journal_commit(struct journal *journal, const struct journal_step *step,
		   const struct journal_alert *alerts, size_t alerts_count);

/* Calls visit for each step after position `after`, in order, hash checked.
 * Stops early when visit returns non-zero and returns that. -EBADMSG: a hash
 * or a position does not follow. What visit is given lasts until it returns. */
typedef int (*journal_visit_step)(void *context,
				  const struct journal_step *step);
int journal_steps(struct journal *journal, uint64_t after,
		  journal_visit_step visit, void *context);

/* Likewise for the alerts of one step (position > 0), in the order in which
 * they were committed, ... -EBADMSG: an alert's hash is wrong, or a seq of the
 * stream is missing. Visits may call the other ones, but not their own. */
typedef int (*journal_visit_alert)(void *context, uint64_t position,
				   const struct journal_alert *alert);
int journal_alerts_of(struct journal *journal, uint64_t position,
		      journal_visit_alert visit, void *context);
/* ... and of a stream: after_seq < seq, topics that begin with prefix, at most
 * limit of them, ascending. */
int journal_alerts_after(struct journal *journal, const char *stream,
			 uint64_t after_seq, const char *prefix, size_t limit,
			 journal_visit_alert visit, void *context);

enum { JOURNAL_STREAM_SIZE = 64 };

struct journal_stream {
	char name[JOURNAL_STREAM_SIZE];
	uint64_t last_seq;
	uint64_t position; /* of the step that gave its first alert */
	bool drill;	   /* the topic of that one is a drill's */
};

/* The stream that comes next after a name, by their bytes; after "" the first
 * one. One without an alert is not known here. -ENOENT: there is none; other
 * errors are like a commit's. */
int journal_stream_after(struct journal *journal, const char *name,
			 struct journal_stream *ret_stream);

/* Small named values that are not part of the sequence ("syslog" -> the seq
 * that it has got): written with the next step, or when idle, or at the close;
 * a crash takes them back to where the last of these left them. */
int journal_cursor_get(struct journal *journal, const char *name,
		       uint64_t *ret_value); /* -ENOENT */
int journal_cursor_set(struct journal *journal, const char *name,
		       uint64_t value);

/* The bytes of journal.db and of journal.db-wal; 0 for one that is not there.
 */
void journal_sizes(const struct journal *journal, uint64_t *ret_database,
		   uint64_t *ret_wal);

/* Lets the journal do its housekeeping (a passive checkpoint); the loop calls
 * it when it has nothing else to do. 0; any error is like a commit's, and so is
 * what an earlier read met: the process must end. */
int journal_idle(struct journal *journal);

#endif
