/*
 * One report, made on the command line and handed to the service.
 */
#ifndef TRUCED_TRUCE_SUBMISSION_H
#define TRUCED_TRUCE_SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "truce/client.h"
#include "truce/options.h"

struct field {
	const char *path;
	const char *text; /* NULL: not set */
};

/* Empties the draft and sets the fields. 0; -EINVAL or -ENOMEM, and what was
 * expected is told. */
int submission_fill(const struct options *options, struct draft *draft,
		    const struct field *fields, size_t count);
/* The same with one more field. */
int submission_add(const struct options *options, struct draft *draft,
		   const struct field *field);

/* Sends it and gets its receipt; asks again while the answer is BUSY and there
 * is time. 0; a negative errno, which is told. The receipt lasts until the
 * client's next answer. */
int submission_send(const struct options *options, struct client *client,
		    struct draft *draft, bool dry_run,
		    struct receipt_reply *ret_receipt);

/* Whether it says that another revision stands than what was sent. */
bool receipt_is_outdated(const struct receipt *receipt);

#endif
