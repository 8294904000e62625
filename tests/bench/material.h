/* What the bench feeds: incidents of some 200 bytes, and the rules that count
 * them. */
#ifndef TRUCED_BENCH_MATERIAL_H
#define TRUCED_BENCH_MATERIAL_H

#include <stddef.h>
#include <stdint.h>

#include "edge/wire.h"

enum {
	PATTERNS = 1024, /* incidents that differ in all but their id */
	PLACES = 25	 /* and as many groups, where a rule groups by place */
};

#define REPORT_TOPIC "incident.bench"

/* An incident whose digits can be changed in place. */
struct pattern {
	uint8_t *payload;
	size_t size;
	uint8_t *id;	/* its last DIGITS are to be written over */
	uint8_t *place; /* likewise, of an alarm; else NULL */
};

enum { DIGITS = 8 };

/* Ordinary incidents; all take part in each of the four rules' windows. */
void patterns_make(struct pattern patterns[static PATTERNS]);
/* One that is a group of its own in `alarm_rules`, and so an alert. */
void alarm_make(struct pattern *alarm);
void digits_write(uint8_t *digits, uint64_t number);

/* The next one, as a message; lasts until its pattern is used again. */
struct wire_message pattern_message(const struct pattern *pattern,
				    uint64_t number);

/* Text of a configuration: what begins one, the rules in the middle, and the
 * end. The caller frees it. */
char *configuration_text(const char *endpoints, const char *rules);

/* The kind of config/truced.conf. */
extern const char ordinary_rules[];
/* And one that tells every alarm. */
extern const char alarm_rules[];

#endif
