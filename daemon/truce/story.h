/*
 * A rule test: reports in the order in which they come, and the alerts that are
 * expected of them.
 *
 * A file of them is JSON objects one after the other, on as many lines as they
 * like; a line that begins with # is a comment. Each object is one of:
 *
 *	{"config": "truced.conf"}       the configuration of the tests below
 *	{"defaults": {"source": "X"}}   fields of the reports below
 *	{"test": "twenty in a day"}     begins a test; "only": ["RULE"] leaves
 *	                                out the alerts of other rules
 *	{"report": {...}}               comes in; "type": "tally" if it is one,
 *	                                "verdict": "conflict" if it is not
 *	                                accepted
 *	{"file": "reports.jsonl"}       come in; "map" for CSV, "type" for JSON
 *	                                Lines of another type than incident
 *	{"officer": "ack", ...}         is said (story_officer.h)
 *	{"until": "2015-03-01T00:00Z"}  time goes on to then
 *	{"expect": {"rule": "...", "at": "...", "severity": "severe"}}
 *
 * Files are looked for beside the one that names them. A report is as for
 * `truce publish`, but that a count may be a number: "killed": 6. An expected
 * alert has the fields that matter, as `truce tail --json` has them; `at` is
 * when it was sent. Each alert has to be expected, and comes once.
 */
#ifndef TRUCED_TRUCE_STORY_H
#define TRUCED_TRUCE_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "truce/material.h"

enum { STORY_ERROR_SIZE = 1536 };

/* An alert that is expected. */
struct expectation {
	json_t *fields;
	int64_t at; /* TIME_UNSET: at any time */
	size_t line;
};

/* A report that is expected to be refused, or to be old. */
struct expected_verdict {
	size_t line;	     /* the report's */
	const char *verdict; /* a verdict's or a reason's name */
};

struct story {
	const char *name;
	size_t line;
	char *config; /* NULL: none was named */
	json_t *only; /* names of rules; NULL: all */
	struct material material;
	bool has_files;
	int64_t until; /* TIME_UNSET: no further than the reports */
	struct expectation *expectations;
	size_t expectations_count;
	struct expected_verdict *verdicts;
	size_t verdicts_count;
};

/* All tests of a file. */
struct stories {
	json_t **objects; /* what the stories point into */
	size_t objects_count;
	struct story *all;
	size_t count;
};

/* False: it cannot be read or understood, and ret_error says where and what was
 * expected. `path` must outlive it. */
bool stories_read(struct stories *ret_stories, const char *path,
		  char ret_error[static STORY_ERROR_SIZE]);
void stories_done(struct stories *stories);

/* A date, or Unix milliseconds UTC. */
bool story_time(const json_t *value, int64_t *ret_time);

/* What a report was expected to become: "accepted" if nothing is said. */
const char *story_verdict(const struct story *story,
			  const struct recorded *item);
bool story_wants(const struct story *story, const char *rule);

/* How many fields of an alert (see json_alert) are not as expected. With
 * ret_fields their names, in an array of their own. */
size_t expectation_differs(const struct expectation *expectation,
			   const json_t *alert, json_t *ret_fields);
/* Whether a field of this name is a point in time. */
bool expectation_is_time(const char *name);
/* Of an alert by the name that it has in an expectation. NULL: it has none. */
const json_t *expectation_field(const json_t *alert, const char *name);

#endif
