/*
 * A look at SQLite's write-ahead log before SQLite does: part of the journal.
 *
 * SQLite reads frames up to the first whose checksum does not follow, takes
 * that for the end and drops the rest without a word. That is right for a
 * write that was cut off, and wrong for a bit that flipped under steps which
 * had long been durable. What lies behind the break tells the two apart.
 * The format: sqlite.org/fileformat2.html, section 4.
 */
#ifndef TRUCED_EDGE_JOURNAL_WAL_H
#define TRUCED_EDGE_JOURNAL_WAL_H

#include <stdint.h>

struct journal_wal {
	uint64_t size;	 /* of the file in bytes; 0: empty or absent */
	uint64_t frames; /* that SQLite will keep */
	uint64_t broken; /* first frame that does not follow; 0: none. From 1 */
	uint64_t beyond; /* a frame that proves `broken` to be damage, or 0 */
};

/*
 * 0: SQLite may have it; what it will drop, if anything, is no more than one
 * transaction whose write was interrupted. -EBADMSG: it would drop durable
 * transactions (beyond > 0), or all of them for a damaged header (beyond 0).
 * -errno: could not be read. *ret_wal is filled in the first two cases.
 *
 * One case cannot be told: damage in the very last transaction looks like a
 * write that a power cut has torn, and is taken for one.
 */
int journal_wal_check(const char *path, struct journal_wal *ret_wal);

#endif
