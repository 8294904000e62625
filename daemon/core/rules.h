/*
 * Rules, compiled: which can match a report, and what an event adds to one.
 *
 * Names are resolved to numbers once, at load, and rules are listed by what
 * they ask for, so that a report meets only those that can match.
 */
#ifndef TRUCED_CORE_RULES_H
#define TRUCED_CORE_RULES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/rule.h"
#include "core/totals.h"
#include "core/window.h"

struct rules;

/* Interns the configuration's names. -ENOMEM; -ENOSPC: too many names. The
 * configuration and the dictionary must outlive it. */
int rules_new(struct rules **ret_rules,
	      const struct configuration *configuration,
	      struct dictionary *dictionary);
void rules_free(struct rules *rules); /* NULL is fine */

const struct configuration *rules_configuration(const struct rules *rules);

/*
 * Rules meet what may matter to them: an event as it was or as it is, whoever
 * tells it, a tally, or a report itself, of those that count who reports. Each
 * rule is listed by what is rarest of all that it asks for, and meets what has
 * that. Then those that met anything are taken, each once, in their order,
 * before anything else is met.
 */
void rules_meet_event(struct rules *rules, const struct event_reports *reports,
		      const struct event *event);
void rules_meet_tally(struct rules *rules, const struct entry *tally);
void rules_meet_report(struct rules *rules, const struct entry *report);
/* False: there are no more. */
bool rules_met(struct rules *rules, uint32_t *ret_rule);

bool rules_can_match(const struct rules *rules, uint32_t rule,
		     uint16_t agreement);

const struct window_shape *rules_window(const struct rules *rules,
					uint32_t rule, uint16_t agreement);

/* The values of a rule's group_by fields, unused ones 0. Names are numbers of
 * the dictionary, kinds and targets their own, disputed 0 or 1. With window
 * "event", which event it is; else all zero. */
struct group_key {
	uint16_t values[GROUP_BY_MAX];
	struct event_key event;
};

static_assert(sizeof(struct group_key) == 20, "compared and hashed by bytes");

/* What one event adds to one group of a rule. */
struct contribution {
	bool present;
	struct group_key group;
	int64_t index; /* of the bucket, by the rule's window_shape */
	struct sums sums;
	/* Of a distinct measure: what is counted, ascending. The sums are those
	 * of this event alone, and no more than bounds where they are added. */
	size_t names_count;
	name_number names[EVENT_REPORTS_MAX];
};

/* present is false if the event does not match or adds nothing. */
void rules_contribution(const struct rules *rules, uint32_t rule,
			uint16_t agreement, const struct event_reports *reports,
			struct contribution *ret_contribution);
/* The same where the event was merged before, for several rules. Its leader is
 * NULL if no report takes part. */
void rules_contribution_of(const struct rules *rules, uint32_t rule,
			   uint16_t agreement,
			   const struct event_reports *reports,
			   const struct event *event,
			   struct contribution *ret_contribution);
/* Why an event that adds nothing does not, the first that applies. */
enum uncounted {
	UNCOUNTED_UNASKED,  /* the rule asks for others */
	UNCOUNTED_DISPUTED, /* it is, or is not, and the rule asks for others */
	UNCOUNTED_UNCERTAIN,
	UNCOUNTED_EMPTY,  /* it has none of what the rule counts */
	UNCOUNTED_EARLIER /* it was before the agreement took effect */
};

/* Also the group in which it would count, unless it is UNASKED. */
enum uncounted rules_uncounted(const struct rules *rules, uint32_t rule,
			       uint16_t agreement,
			       const struct event_reports *reports,
			       struct group_key *ret_group);
bool contribution_equal(const struct contribution *left,
			const struct contribution *right);

/* The event as the rule hears it. False: it hears no report that takes part. */
bool rules_event(const struct rules *rules, uint32_t rule, uint16_t agreement,
		 const struct event_reports *reports, struct event *ret_event);

/* Of a tally, what it says of a rule's measure and in which of the rule's
 * groups that counts. False: nothing. Its agreement can match the rule. */
bool rules_total(const struct rules *rules, uint32_t rule,
		 const struct entry *entry, struct group_key *ret_group,
		 struct total *ret_total);

/* An event, whoever tells it, as it counts in our own sum of a rule's measure.
 * False: it adds nothing. */
struct own_event {
	int64_t from_at;
	int64_t until_at;
	name_number party;
	uint32_t low;
	uint32_t high;
	bool at_least;
	bool corroborated;
};
bool rules_own_event(const struct rules *rules, uint32_t rule,
		     uint16_t agreement, const struct event_reports *reports,
		     struct own_event *ret_event);

/* Whether a report by itself may enter the rule: its source and feed. */
bool rules_hears(const struct rules *rules, uint32_t rule,
		 const struct entry *entry);

/* Whether it listens to the report's source and feed, whatever it tells. */
bool rules_listens(const struct rules *rules, uint32_t rule,
		   const struct entry *entry);

/* Whose word counts for what in an agreement. */
struct witnesses rules_witnesses(const struct rules *rules, uint16_t agreement);

/* A group_by value as labels spell it. */
const char *rules_label(const struct rules *rules, enum field field,
			uint16_t value);

/* Whether the agreement knows the party ("" is known). */
bool rules_knows_party(const struct rules *rules, uint16_t agreement,
		       const char *party);
/* False: no such agreement. */
bool rules_agreement(const struct rules *rules, const char *id,
		     uint16_t *ret_agreement);

#endif
