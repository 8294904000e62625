/*
 * What a report counts for, with what findings say of it.
 *
 * A finding names reports, or an event and none: then it speaks of all reports
 * that tell it. Its event, party, assessment and attribution each replace the
 * report's; of several findings the latest counts, for each of the four, then
 * the one of the greatest source, then id. What it says nothing of stays. Only
 * a source whose word counts for more than an allegation and that is no party
 * can replace anything, but that anybody may deny, and that a party may admit
 * what it did. A report that its source took back stays so.
 */
#ifndef TRUCED_CORE_FINDINGS_H
#define TRUCED_CORE_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/ledger.h"

/* Sets what an incident counts for from what it tells. `number` is that of its
 * entry in the ledger. */
void findings_weigh(const struct ledger *ledger,
		    const struct witnesses *witnesses, uint32_t number,
		    struct entry *entry);

/* The findings that replaced what an incident says; NULL: none did. */
struct last_words {
	const struct entry *assessment;
	const struct entry *party;
	const struct entry *attribution;
};

/* Of one that was weighed. */
struct last_words findings_last_words(const struct ledger *ledger,
				      const struct witnesses *witnesses,
				      uint32_t number);

/* The name by which findings may mean a report. */
struct reference_key findings_key(const struct ledger *ledger,
				  const char *source, const char *id,
				  size_t id_size);

/* A report is there now: findings that named it before are about it. */
void findings_meet(struct ledger *ledger, const struct dictionary *dictionary,
		   uint32_t number);

/* Whether a finding that says this can have any effect: by its source, or
 * because it denies or admits. */
bool findings_heard(const struct witnesses *witnesses, name_number source,
		    enum attribution attribution, bool denies);

/* Whether there is room for one more finding by such a source, beside entry
 * `except`, of a report or of an event. Whoever may only deny cannot take the
 * room of those whose word counts. */
bool findings_fit_report(const struct ledger *ledger,
			 const struct witnesses *witnesses, uint16_t agreement,
			 name_number source, struct reference_key key,
			 uint32_t except);
bool findings_fit_event(const struct ledger *ledger,
			const struct witnesses *witnesses, uint16_t agreement,
			name_number source, struct event_key event,
			uint32_t except);

#endif
