/*
 * What becomes of a report that came in, and why.
 *
 * Bad input is a verdict with a reason, never an error: it is told to its
 * sender, counted, and loses nothing else.
 */
#ifndef TRUCED_CORE_VERDICT_H
#define TRUCED_CORE_VERDICT_H

#include <stdint.h>

enum verdict {
	VERDICT_NONE,
	VERDICT_ACCEPTED,  /* new or a higher revision; durable once told */
	VERDICT_DUPLICATE, /* stands already, same revision and content */
	VERDICT_STALE,	   /* a higher revision stands */
	VERDICT_REJECTED,  /* see the reason; sending it again is no use */
	VERDICT_BUSY,	   /* not taken now; send it again later */
	VERDICTS
};

enum reason {
	REASON_NONE,
	REASON_MALFORMED,
	REASON_OVERSIZE,
	REASON_BAD_TOPIC,
	REASON_MISSING_ID,
	REASON_MISSING_SOURCE,
	REASON_MISSING_TIME,
	REASON_UNKNOWN_AGREEMENT,
	REASON_UNKNOWN_PARTY,
	REASON_BAD_NAME,
	REASON_BAD_ID,
	REASON_BAD_UTF8,
	REASON_BAD_COUNT,
	REASON_BAD_TIME,
	REASON_BAD_COORDINATES,
	REASON_BAD_ENUM,
	REASON_FROM_THE_FUTURE,
	REASON_CONFLICT,
	REASON_EVENT_FULL,
	REASON_NAMES_FULL,
	REASON_LEDGER_FULL,
	REASON_NO_STANDING,
	REASONS
};

/*
 * `field` names the offending proto field ("killed.low"), `detail` says what
 * was expected; both are "" where there is nothing to say. `position` is the
 * journal position of the step that holds the standing report; 0 if none.
 */
struct receipt {
	enum verdict verdict;
	enum reason reason;
	uint64_t position;
	char field[32];
	char detail[128];
};

/* "accepted", "from_the_future": as receipts, status and logs spell them.
 * Total: an unknown value is "". Static storage. */
const char *verdict_name(enum verdict verdict);
const char *reason_name(enum reason reason);

/* Fills *receipt with REJECTED, the reason, the field and what was expected,
 * a printf format; long texts are cut at a character. */
__attribute__((format(printf, 4, 5))) void
receipt_reject(struct receipt *receipt, enum reason reason, const char *field,
	       const char *expected, ...);

#endif
