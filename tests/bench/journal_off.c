/*
 * A journal that keeps nothing, in place of edge/journal.c: for the bench
 * alone, to tell what durability costs. Every run begins anew, and there is no
 * alert to send again.
 */

#include "edge/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct journal {
	uint64_t head;
};

int
journal_open(struct journal **ret_journal, const char *directory)
{
	(void)directory;
	*ret_journal = calloc(1, sizeof(**ret_journal));
	return *ret_journal ? 0 : -ENOMEM;
}

int
journal_open_reading(struct journal **ret_journal, const char *directory)
{
	return journal_open(ret_journal, directory);
}

void
journal_close(struct journal *journal)
{
	free(journal);
}

const char *
journal_error(const struct journal *journal)
{
	(void)journal;
	return "";
}

uint64_t
journal_head(const struct journal *journal,
	     uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	memset(ret_hash, 0, JOURNAL_HASH_SIZE);
	return journal->head;
}

int
journal_hash(struct journal *journal, uint64_t position,
	     uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	(void)journal;
	(void)position;
	memset(ret_hash, 0, JOURNAL_HASH_SIZE);
	return 0;
}

int
journal_commit(struct journal *journal, const struct journal_step *step,
	       const struct journal_alert *alerts, size_t alerts_count)
{
	(void)alerts;
	(void)alerts_count;
	assert(step->position == journal->head + 1);
	journal->head = step->position;
	return 0;
}

int
journal_steps(struct journal *journal, uint64_t after, journal_visit_step visit,
	      void *context)
{
	(void)journal;
	(void)after;
	(void)visit;
	(void)context;
	return 0;
}

int
journal_alerts_of(struct journal *journal, uint64_t position,
		  journal_visit_alert visit, void *context)
{
	(void)journal;
	(void)position;
	(void)visit;
	(void)context;
	return 0;
}

int
journal_alerts_after(struct journal *journal, const char *stream,
		     uint64_t after_seq, const char *prefix, size_t limit,
		     journal_visit_alert visit, void *context)
{
	(void)journal;
	(void)stream;
	(void)after_seq;
	(void)prefix;
	(void)limit;
	(void)visit;
	(void)context;
	return 0;
}

int
journal_stream_after(struct journal *journal, const char *name,
		     struct journal_stream *ret_stream)
{
	(void)journal;
	(void)name;
	(void)ret_stream;
	return -ENOENT;
}

int
journal_cursor_get(struct journal *journal, const char *name,
		   uint64_t *ret_value)
{
	(void)journal;
	(void)name;
	(void)ret_value;
	return -ENOENT;
}

int
journal_cursor_set(struct journal *journal, const char *name, uint64_t value)
{
	(void)journal;
	(void)name;
	(void)value;
	return 0;
}

int
journal_idle(struct journal *journal)
{
	(void)journal;
	return 0;
}

void
journal_sizes(const struct journal *journal, uint64_t *ret_database,
	      uint64_t *ret_wal)
{
	(void)journal;
	*ret_database = *ret_wal = 0;
}
