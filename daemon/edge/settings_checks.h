/*
 * What an option's type and bounds cannot say. Part of settings.
 *
 * A parse gives its object what the text stands for. It returns NULL, or what
 * was expected, "" being what the option expects anyway. The other checks
 * complain to the reader; they are run after all options of their group or
 * list were read, so that a value of which was complained is its default.
 */
#ifndef TRUCED_EDGE_SETTINGS_CHECKS_H
#define TRUCED_EDGE_SETTINGS_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "edge/settings_options.h"

#define SECOND_MS INT64_C(1000)
#define DAY_MS (24 * 60 * 60 * SECOND_MS)
#define LONGEST_MS (36500 * DAY_MS)

const char *parse_effective(const char *text, void *agreement);
const char *parse_day_starts(const char *text, void *agreement);
const char *parse_due(const char *text, void *deadline);
const char *parse_warn_before(const char *text, void *deadline);
const char *parse_window(const char *text, void *rule);
const char *parse_group_by(const char *text, void *rule);
const char *parse_active(const char *text, void *rule);

void check_limits(struct reader *reader, const struct place *place,
		  void *limits);
void check_source(struct reader *reader, const struct place *place,
		  void *source);
void check_agreement(struct reader *reader, const struct place *place,
		     void *agreement);
void check_rule(struct reader *reader, const struct place *place, void *rule);
/* Of the whole: what follows from it. */
void check_settings(struct reader *reader, const struct place *place,
		    void *draft);

void check_sources(struct reader *reader, const struct place *place,
		   void *sources, size_t count);
void check_deadlines(struct reader *reader, const struct place *place,
		     void *deadlines, size_t count);
void check_agreements(struct reader *reader, const struct place *place,
		      void *agreements, size_t count);
void check_rules(struct reader *reader, const struct place *place, void *rules,
		 size_t count);

#endif
