/*
 * A configuration and a stream of reports, small enough to read, and its text.
 *
 * The text is one line a thing, `word key=value ...`, `#` starts a comment:
 *
 *	case a level is left when the value falls
 *	clock wall
 *	limits groups=10 episodes=10
 *	source osce at_most=verified origin=osce
 *	agreement minsk effective=0 parties=army,rebels
 *	rule deaths measure=killed window=24h resolution=1h match.party=army
 *	level at=5 clear=3 severity=severe
 *	report time=1h source=osce id=1 killed=4/5/6
 *	receipt verdict=accepted
 *	alert cause=crossed sums=4/5/5/6
 *	acknowledge time=2h episode=1 for=4h by=olga
 *	alert cause=acknowledged
 *	tick time=30h
 *	alert cause=cleared
 *
 * Times and durations are milliseconds, or have a unit (s, m, h, d). A report
 * with `joined` belongs to the step of the line before it, one with `busy` has
 * been refused before the engine sees it. A finding says `type=finding` first,
 * then `reports=osce/1,un/7` and `denies`, where it does; a tally says
 * `type=tally` first, then what it tells (`killed=40/50/60+`), that `occurred`
 *is what it counts to, and `since` and `period` where it does. `start` is a
 *tick after a time in which nobody was there; `clock_step` sets the wall clock
 * `by=-5h`; `retract` is like `acknowledge`, and both may have `part=drill`,
 * and `back=N` in place of `episode`: the episode of the Nth last message.
 * `silence` holds alerts back, `for=4h` or `until=9h`, `up_to=moderate`,
 * `match.rule=deaths`; `unsilence number=1` ends the first one that was made.
 * `deadline NAME due=9h warn=2h,1h` belongs to the agreement before it;
 * `deadline_met agreement=minsk name=NAME at=3h`, `deadline_unmet` and
 * `deadline_due` are what officers say of it. A `start` may say until when it
 * `ran`, else it did until the line before.
 * `config` is a reload: what it changes to is all sources, agreements, rules
 * and levels that follow it, or those of an earlier one with the same `setup`
 * (1 to 3); with neither it only tells the time. `receipt` tells
 * what the report above gets, `alert` what the step above gives; only the keys
 * that are there are compared. A case with an `alert` line anywhere must tell
 * all alerts.
 */
#ifndef TRUCED_TESTS_SCENARIO_H
#define TRUCED_TESTS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/engine.h"

enum {
	SCENARIO_SOURCES = 8,
	SCENARIO_AGREEMENTS = 4,
	SCENARIO_RULES = 8,
	SCENARIO_SETUPS = 4,
	LINE_SIZE = 2048
};

/* A report, a COMMAND, a CONFIG, a START, a TICK or a CLOCK; `joined` reports
 * share the step before. */
struct item {
	enum step_kind kind;
	bool joined;
	bool busy; /* has a verdict before the engine sees it */
	int64_t time_ms;
	int64_t clock_ms;  /* of a CLOCK: how far it was set */
	int64_t ran_until; /* of a START: when it was last there */
	struct report report;
	struct command command;
	enum engine_part part; /* of the command */
	size_t setup;	       /* of a CONFIG; 0: it only tells the time */
	unsigned back; /* the episode of so late a message is meant; 0: none */
	const char *receipt; /* the rest of its line, NULL: any */
	const char *alerts;  /* lines, NULL: none */
};

/* The part of a configuration that a reload may change. */
struct setup {
	struct source sources[SCENARIO_SOURCES];
	size_t sources_count;
	struct agreement agreements[SCENARIO_AGREEMENTS];
	size_t agreements_count;
	struct rule rules[SCENARIO_RULES];
	size_t rules_count;
};

struct scenario {
	char title[128];
	enum clock clock;
	struct limits limits;
	struct limits drill_limits;
	struct setup setups[SCENARIO_SETUPS]; /* the first is that of the start
					       */
	size_t setups_count;
	struct item *items;
	size_t items_count;
	bool tells_alerts;
	bool refused; /* the limits do not hold the rules alone */
};

/* No rules, ample limits. */
void scenario_init(struct scenario *scenario);
void scenario_done(struct scenario *scenario);
void scenario_copy(struct scenario *to, const struct scenario *from);
struct item *scenario_add(struct scenario *scenario);
/* Points into the scenario, which must outlive it. */
struct configuration scenario_configuration(const struct scenario *scenario,
					    size_t setup);

/* Strings and lists live as long as the process: there are few. */
const char *text_keep(const char *text);
struct name_list list_keep(const char *const *names, size_t count);
const struct deadline *deadlines_keep(const struct deadline *deadlines,
				      size_t count);

/* What follows from the kind of a rule that counts no events. */
void rule_complete(struct rule *rule);

/* A report with nothing but its defaults; the hash that codec makes. */
void report_init(struct report *report);
void report_hash(struct report *report);
/* A tally has no counts of an incident. */
void report_be_tally(struct report *report);
/* One more `source/id` that a finding names; false: there is no room. */
bool report_add_name(struct report *report, const char *name);

/* 1: a case was read, 0: there are no more, -1: an error was told. *line
 * counts on from one case to the next; ret_scenario is the caller's to end. */
int scenario_read(FILE *file, const char *path, unsigned *line,
		  struct scenario *ret_scenario);
void scenario_write(FILE *file, const struct scenario *scenario);

/* The value of a key as the text has it; false: there is no such key. */
bool alert_value(const struct alert *alert, const char *key, char *ret_text,
		 size_t size);
bool receipt_value(const struct receipt *receipt, const char *key,
		   char *ret_text, size_t size);
/* All keys of an alert, by index; NULL: no more. */
const char *alert_key(size_t index);
void alert_write(FILE *file, const struct alert *alert);

/* Takes the next key=value off a line (which it changes); false at its end. */
bool line_pair(char **line, char **ret_key, char **ret_value);

/* The stream of a seed (generate.c). */
void scenario_generate(struct scenario *scenario, uint64_t seed);

#endif
