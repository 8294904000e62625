/*
 * A file of reports, read report by report: CSV through a mapping, or JSON
 * Lines with the proto's field names.
 *
 * Nothing here blocks but records_fill, and that only if the descriptor is
 * not readable.
 */
#ifndef TRUCED_TRUCE_RECORDS_H
#define TRUCED_TRUCE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/incident.h"
#include "core/limits.h"
#include "truce/mapping.h"

struct records;

/* A field that every report gets, whatever its record says. */
struct override {
	const char *path;
	const char *text;
};

enum { RECORD_ERROR_SIZE = 1024 };

enum record_kind {
	RECORD_READY,
	RECORD_BAD,  /* no report; see error. The next one may be fine. */
	RECORD_WAIT, /* needs more bytes: records_fill */
	RECORD_END
};

struct record {
	char topic[TOPIC_MAX];
	const uint8_t *payload; /* until the next call */
	size_t payload_size;
	size_t line; /* where it begins, from 1 */
	char error[RECORD_ERROR_SIZE];
};

/* mapping NULL: JSON Lines, each a report of `type`. name, the mapping and the
 * overrides must outlive it; fd stays the caller's. -ENOMEM; -EINVAL: an
 * override is no field, told in ret_error. */
int records_new(struct records **ret_records, const char *name, int fd,
		struct mapping *mapping, enum report_type type,
		const struct override *overrides, size_t overrides_count,
		char ret_error[static RECORD_ERROR_SIZE]);
void records_free(struct records *records); /* NULL is fine */

enum record_kind records_next(struct records *records,
			      struct record *ret_record);
/* Reads once. 0, also at the end of the file; negative errno. */
int records_fill(struct records *records);

uint64_t records_bytes(const struct records *records);	 /* taken so far */
uint64_t records_skipped(const struct records *records); /* by `skip when` */

#endif
