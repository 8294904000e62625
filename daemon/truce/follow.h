/*
 * What a reader of alerts has seen, and what it has not.
 *
 * A stream is numbered without gaps; a reader that takes only some topics sees
 * gaps all the same, so a gap is a question to the service, not a fact.
 */
#ifndef TRUCED_TRUCE_FOLLOW_H
#define TRUCED_TRUCE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/codec.h"
#include "truce/notice_line.h"

enum { STREAM_SIZE = 40 };

struct follow {
	char stream[STREAM_SIZE]; /* "": none known yet */
	uint64_t seq;		  /* up to which all is seen, or asked for */
	uint64_t first;		  /* what came before it began is not known */
	/* Ascending, each as if it were not here: it may go on in a stream that
	 * is to come. */
	struct episode_name *shown;
	size_t shown_count;
	size_t shown_room;
};

enum follow_verdict {
	FOLLOW_NEXT, /* the next one; or the first of a stream not known yet */
	FOLLOW_SEEN,
	FOLLOW_GAP,  /* something before it was not seen */
	FOLLOW_OTHER /* another stream than the one that is followed */
};

void follow_init(struct follow *follow);
void follow_done(struct follow *follow);

/* Begins a stream: all up to seq counts as seen. What was shown of the one
 * before is not forgotten. */
void follow_begin(struct follow *follow, const char *stream, uint64_t seq);

/* What a message numbered seq means; changes nothing. */
enum follow_verdict follow_look(const struct follow *follow, const char *stream,
				uint64_t seq);
/* Likewise a heartbeat that says seq was the last one sent. */
enum follow_verdict follow_heartbeat(const struct follow *follow,
				     const char *stream, uint64_t seq);
/* All up to seq is seen now. */
void follow_advance(struct follow *follow, uint64_t seq);

/*
 * Whether a reader who wants min_severity and more is to see it: whoever saw
 * an accusation must see it fall, so all of an episode follows once one of its
 * messages was shown, and so does the end or correction of one that began
 * before we looked. Remembers what it lets through. -ENOMEM is taken as yes.
 */
bool follow_wants(struct follow *follow, const struct notice *notice,
		  enum severity min_severity);

#endif
