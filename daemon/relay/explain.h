/*
 * The answer to an Explain: what the engine says of a group, and what only the
 * journal knows of it.
 */
#ifndef TRUCED_RELAY_EXPLAIN_H
#define TRUCED_RELAY_EXPLAIN_H

#include "edge/codec.h"
#include "relay/answer.h"

void answer_explain(struct answering *answering, const struct request *request,
		    struct reply *reply);

#endif
