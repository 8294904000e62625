/*
 * A silence: which alerts an officer wants to hear nothing of, and until when.
 */
#ifndef TRUCED_CORE_SILENCE_H
#define TRUCED_CORE_SILENCE_H

#include <stdint.h>

#include "core/alert.h"
#include "core/limits.h"

/* What an alert must be: its `agreement`, its `rule`, or one of its labels. */
struct matcher {
	char name[NAME_SIZE];
	char value[TEXT_SIZE];
};

struct silence {
	uint64_t number; /* its name, from 1 on; none is given twice */
	int64_t since_at;
	int64_t asked_at; /* last, for until_at */
	int64_t until_at;
	enum severity up_to; /* more severe alerts are sent all the same */
	uint32_t matchers_count;
	struct matcher matchers[MATCHERS_MAX]; /* all must match; by name */
	char author[TEXT_SIZE];
	char comment[COMMENT_SIZE]; /* or "" */
};

#endif
