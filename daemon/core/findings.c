#include "core/findings.h"

#include <assert.h>
#include <string.h>

struct reference_key
findings_key(const struct ledger *ledger, const char *source, const char *id,
	     size_t id_size)
{
	char name[2 * TEXT_SIZE];
	size_t size = strlen(source);

	memcpy(name, source, size);
	name[size++] = '/';
	memcpy(name + size, id, id_size);
	name[size + id_size] = '\0';
	return ledger_reference_key(ledger, name);
}

static struct reference_key
entry_key(const struct ledger *ledger, const struct dictionary *dictionary,
	  const struct entry *entry)
{
	return findings_key(ledger, dictionary_name(dictionary, entry->source),
			    entry->id, entry->id_size);
}

void
findings_meet(struct ledger *ledger, const struct dictionary *dictionary,
	      uint32_t number)
{
	const struct references *references = &ledger->references;
	const struct entry *entry = ledger_entry(ledger, number);

	if (references->count == 0)
		return;
	uint32_t next = references_find(references,
					entry_key(ledger, dictionary, entry));
	for (; next; next = references_find_next(references, next)) {
		struct reference *reference = references_at(references, next);
		const struct entry *finding =
			ledger_entry(ledger, reference->finding);
		if (reference->to.report == 0 &&
		    finding->agreement == entry->agreement)
			reference->to.report = number;
	}
}

/* The findings that speak of a report, and all that is needed to hear them. */
struct hearing {
	const struct ledger *ledger;
	const struct witnesses *witnesses;
	/* Of the report and of its event, each by those who may only deny and
	 * by those whose word counts. */
	const struct entry *findings[4 * FINDINGS_MAX];
	size_t count;
};

static void
hear(struct hearing *hearing, const struct entry *finding)
{
	assert(hearing->count < 4 * FINDINGS_MAX);
	hearing->findings[hearing->count++] = finding;
}

/* The findings that name the report. */
static void
hear_of_report(struct hearing *hearing, uint32_t number,
	       const struct entry *entry)
{
	const struct ledger *ledger = hearing->ledger;
	uint32_t next = references_find(
		&ledger->references,
		entry_key(ledger, hearing->witnesses->dictionary, entry));

	while (next) {
		const struct reference *reference =
			references_at(&ledger->references, next);
		const struct entry *finding =
			ledger_entry(ledger, reference->finding);
		if (finding->agreement == entry->agreement &&
		    reference->to.report == number)
			hear(hearing, finding);
		next = references_find_next(&ledger->references, next);
	}
}

/* The findings that speak of the event whatever the reports. */
static void
hear_of_event(struct hearing *hearing, uint16_t agreement,
	      struct event_key event)
{
	const struct ledger *ledger = hearing->ledger;
	uint32_t number = 0;

	while ((number = ledger_telling(ledger, agreement, event, number))) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry_is_of_event(entry))
			hear(hearing, entry);
	}
}

/* Whether a finding counts for one of the things that it may say, of this
 * report as it counts so far. */
typedef bool (*finding_says)(const struct hearing *hearing,
			     const struct entry *finding,
			     const struct entry *entry);

/* The latest finding that says so; if none does, the report itself. */
static const struct entry *
last_word(const struct hearing *hearing, const struct entry *entry,
	  finding_says says)
{
	const struct dictionary *dictionary = hearing->witnesses->dictionary;
	const struct entry *last = NULL;

	for (size_t i = 0; i < hearing->count; i++) {
		const struct entry *finding = hearing->findings[i];
		if (says(hearing, finding, entry) &&
		    (!last || entry_is_later(finding, last, dictionary)))
			last = finding;
	}
	return last ? last : entry;
}

static bool
says_event(const struct hearing *hearing, const struct entry *finding,
	   const struct entry *entry)
{
	(void)entry;
	return event_key_is_set(finding->told_event) &&
	       source_is_weighty(hearing->witnesses, finding->source);
}

static bool
says_party(const struct hearing *hearing, const struct entry *finding,
	   const struct entry *entry)
{
	(void)entry;
	return finding->told_party &&
	       source_is_weighty(hearing->witnesses, finding->source);
}

static bool
says_assessment(const struct hearing *hearing, const struct entry *finding,
		const struct entry *entry)
{
	(void)entry;
	return finding->told_assessment &&
	       source_is_weighty(hearing->witnesses, finding->source);
}

/* Whoever was accused when a finding was made. */
static name_number
accused_before(const struct hearing *hearing, const struct entry *finding,
	       const struct entry *entry)
{
	const struct dictionary *dictionary = hearing->witnesses->dictionary;
	const struct entry *last = entry;

	for (size_t i = 0; i < hearing->count; i++) {
		const struct entry *named = hearing->findings[i];
		if (says_party(hearing, named, entry) &&
		    entry_is_later(finding, named, dictionary) &&
		    (last == entry || entry_is_later(named, last, dictionary)))
			last = named;
	}
	return last->told_party;
}

static bool
is_of_party(const struct hearing *hearing, const struct entry *speaker,
	    const struct entry *entry)
{
	name_number party = speaker->told_party;

	if (!party && speaker != entry)
		party = accused_before(hearing, speaker, entry);
	return party == entry->party;
}

static bool
says_attribution(const struct hearing *hearing, const struct entry *finding,
		 const struct entry *entry)
{
	return finding->told_attribution &&
	       (source_is_weighty(hearing->witnesses, finding->source) ||
		(finding->told_attribution == ATTRIBUTION_ADMITTED &&
		 source_is(hearing->witnesses, finding->source,
			   entry->party))) &&
	       is_of_party(hearing, finding, entry);
}

static void
weigh(const struct hearing *hearing, struct entry *entry)
{
	const struct witnesses *witnesses = hearing->witnesses;
	const struct entry *said;

	entry->denied = false;
	for (size_t i = 0; i < hearing->count; i++)
		entry->denied = entry->denied || hearing->findings[i]->denied;
	said = last_word(hearing, entry, says_assessment);
	entry->assessment = (uint8_t)
		assessment_counted(witnesses, said->source,
				   (enum assessment)said->told_assessment);
	said = last_word(hearing, entry, says_party);
	entry->party = said->told_party;
	said = last_word(hearing, entry, says_attribution);
	entry->attribution = ATTRIBUTION_ALLEGED_PARTY;
	if (is_of_party(hearing, said, entry))
		entry->attribution = (uint8_t)attribution_counted(
			witnesses, said->source, entry->party,
			(enum attribution)said->told_attribution);
}

/* All that speak of a report, which tells the event that it counts for then. */
static void
hear_all(struct hearing *hearing, const struct ledger *ledger,
	 const struct witnesses *witnesses, uint32_t number,
	 struct entry *entry)
{
	assert(entry->type == REPORT_INCIDENT);
	hearing->ledger = ledger;
	hearing->witnesses = witnesses;
	hearing->count = 0;
	entry->event = entry->told_event;
	/* Most ledgers hold no finding. */
	if (ledger->findings == 0 ||
	    entry->told_assessment == ASSESSMENT_WITHDRAWN)
		return;
	if (ledger->references.count > 0)
		hear_of_report(hearing, number, entry);
	entry->event = last_word(hearing, entry, says_event)->told_event;
	if (event_key_is_set(entry->event))
		hear_of_event(hearing, entry->agreement, entry->event);
}

void
findings_weigh(const struct ledger *ledger, const struct witnesses *witnesses,
	       uint32_t number, struct entry *entry)
{
	struct hearing hearing;

	hear_all(&hearing, ledger, witnesses, number, entry);
	weigh(&hearing, entry);
}

struct last_words
findings_last_words(const struct ledger *ledger,
		    const struct witnesses *witnesses, uint32_t number)
{
	struct entry entry = *ledger_entry(ledger, number);
	struct last_words words;
	struct hearing hearing;

	hear_all(&hearing, ledger, witnesses, number, &entry);
	words.assessment = last_word(&hearing, &entry, says_assessment);
	words.party = last_word(&hearing, &entry, says_party);
	words.attribution = last_word(&hearing, &entry, says_attribution);
	if (words.assessment == &entry)
		words.assessment = NULL;
	if (words.party == &entry)
		words.party = NULL;
	if (words.attribution == &entry)
		words.attribution = NULL;
	return words;
}

bool
findings_heard(const struct witnesses *witnesses, name_number source,
	       enum attribution attribution, bool denies)
{
	return denies || attribution == ATTRIBUTION_ADMITTED ||
	       source_is_weighty(witnesses, source);
}

/* Findings of one report or event: all, and those by sources like this one. */
struct crowd {
	size_t all;
	size_t alike;
};

static void
crowd_add(struct crowd *crowd, const struct witnesses *witnesses,
	  const struct entry *finding, name_number source)
{
	crowd->all++;
	crowd->alike += source_is_weighty(witnesses, finding->source) ==
			source_is_weighty(witnesses, source);
}

/* Sources may have come to count for more since, or for less. */
static bool
crowd_has_room(const struct crowd *crowd)
{
	return crowd->alike < FINDINGS_MAX && crowd->all < 2 * FINDINGS_MAX;
}

bool
findings_fit_report(const struct ledger *ledger,
		    const struct witnesses *witnesses, uint16_t agreement,
		    name_number source, struct reference_key key,
		    uint32_t except)
{
	uint32_t next = references_find(&ledger->references, key);
	struct crowd crowd = {.all = 0};

	for (; next; next = references_find_next(&ledger->references, next)) {
		uint32_t number =
			references_at(&ledger->references, next)->finding;
		const struct entry *finding = ledger_entry(ledger, number);
		if (number != except && finding->agreement == agreement)
			crowd_add(&crowd, witnesses, finding, source);
	}
	return crowd_has_room(&crowd);
}

bool
findings_fit_event(const struct ledger *ledger,
		   const struct witnesses *witnesses, uint16_t agreement,
		   name_number source, struct event_key event, uint32_t except)
{
	uint32_t number = 0;
	struct crowd crowd = {.all = 0};

	while ((number = ledger_telling(ledger, agreement, event, number))) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (number != except && entry_is_of_event(entry))
			crowd_add(&crowd, witnesses, entry, source);
	}
	return crowd_has_room(&crowd);
}
