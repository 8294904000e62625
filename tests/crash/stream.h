/* Steps that can be told again from their position alone: what a journal must
 * hold after a crash. */
#ifndef TRUCED_TESTS_STREAM_H
#define TRUCED_TESTS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "edge/journal.h"

enum { STREAM_BODY_MAX = 60000 };

/* journal_commit of the step after the head; its body has up to
 * STREAM_BODY_MAX bytes, and it gives two alerts. */
int stream_commit(struct journal *journal);
/* The same with a body of exactly this size. */
int stream_commit_sized(struct journal *journal, size_t body_size);

/* Walks all steps and alerts. Their number, or -EBADMSG if one is not what was
 * committed, or the journal's error. */
int64_t stream_verify(struct journal *journal);

#endif
