/* Reports: every field is checked here, once, and named when it is refused. */

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <incident.pb-c.h>
#include <sodium.h>

#include "core/limits.h"
#include "edge/codec.h"
#include "edge/codec_internal.h"

/* protobuf-c stores enumerations as numbers, which must be the core's. */
#define SAME(core, proto) _Static_assert((int)(core) == (int)(proto), #core)
SAME(KIND_OTHER, TRUCE__V1__KIND__OTHER);
SAME(TARGET_RELIGIOUS, TRUCE__V1__TARGET__RELIGIOUS);
SAME(ASSESSMENT_WITHDRAWN, TRUCE__V1__ASSESSMENT__WITHDRAWN);
SAME(ATTRIBUTION_NOT_ATTRIBUTABLE, TRUCE__V1__ATTRIBUTION__NOT_ATTRIBUTABLE);
SAME(STATUS_TEST, TRUCE__V1__STATUS__TEST);

/* [a-z0-9][a-z0-9_-]{0,62} */
static bool
is_name(const char *text, size_t size)
{
	if (size == 0 || size >= NAME_SIZE)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (i == 0 || (c != '_' && c != '-')))
			return false;
	}
	return true;
}

/*
 * A report on its way from message to struct. Each take_ function checks one
 * field, keeps it, and adds what it means to the content: the field's number
 * and value, one spelling for each meaning, so that the hash tells whether two
 * reports say the same. They return false with the receipt filled.
 */
struct reading {
	const struct admission *admission;
	struct report *report;
	struct receipt *receipt;
	uint8_t *content;
	uint8_t *content_end;
	const uint8_t *content_limit;
};

/* In place of a field's number: it is no part of the content. */
enum { NOT_CONTENT = 0 };
/* A place's fields follow the incident's own. */
enum { PLACE_NUMBERS = 64 };

#define NAME_EXPECTED "[a-z0-9][a-z0-9_-]{0,62}"
#define ID_EXPECTED "1 to 64 bytes of UTF-8 without control characters"

static bool
refuse(struct reading *reading, enum reason reason, const char *field,
       const char *expected)
{
	receipt_reject(reading->receipt, reason, field, "%s", expected);
	return false;
}

/* Seven bits a byte, the last one below 128, as on the wire. */
static void
content_varint(struct reading *reading, uint64_t value)
{
	uint8_t *end = reading->content_end;

	while (value >= 0x80) {
		*end++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*end++ = (uint8_t)value;
	reading->content_end = end;
}

static void
content_number(struct reading *reading, unsigned number, uint64_t value)
{
	if (number == NOT_CONTENT)
		return;
	content_varint(reading, number);
	content_varint(reading, value);
}

static void
content_bytes(struct reading *reading, unsigned number, const void *bytes,
	      size_t size)
{
	if (number == NOT_CONTENT)
		return;
	content_number(reading, number, size);
	memcpy(reading->content_end, bytes, size);
	reading->content_end += size;
}

static bool
is_given(const char *text)
{
	return text && codec_text_size(text) > 0;
}

static bool
take_name(struct reading *reading, unsigned number, const char *field,
	  const char *text, char ret_name[static NAME_SIZE])
{
	if (!is_given(text))
		return true;
	size_t size = codec_text_size(text);
	if (!is_name(text, size)) {
		if (codec_text_kind(text, size) == TEXT_BROKEN)
			return refuse(reading, REASON_BAD_UTF8, field,
				      NAME_EXPECTED);
		return refuse(reading, REASON_BAD_NAME, field, NAME_EXPECTED);
	}
	memcpy(ret_name, text, size + 1);
	content_bytes(reading, number, text, size);
	return true;
}

/* A text of at most 64 bytes that becomes a name in sums and labels. */
static bool
take_text(struct reading *reading, unsigned number, const char *field,
	  const char *text, char ret_text[static TEXT_SIZE])
{
	if (!is_given(text))
		return true;
	size_t size = codec_text_size(text);
	enum text_kind kind = codec_text_kind(text, size);
	if (kind == TEXT_BROKEN)
		return refuse(reading, REASON_BAD_UTF8, field,
			      "UTF-8 without NUL");
	if (size >= TEXT_SIZE || kind == TEXT_CONTROLS)
		return refuse(reading, REASON_BAD_NAME, field,
			      "at most 64 bytes without control characters");
	memcpy(ret_text, text, size + 1);
	content_bytes(reading, number, text, size);
	return true;
}

static bool
take_id(struct reading *reading, unsigned number, const char *field,
	const char *text, char ret_id[static TEXT_SIZE])
{
	if (!is_given(text))
		return true;
	size_t size = codec_text_size(text);
	if (size >= TEXT_SIZE || codec_text_kind(text, size) != TEXT_PLAIN)
		return refuse(reading, REASON_BAD_ID, field, ID_EXPECTED);
	memcpy(ret_id, text, size + 1);
	content_bytes(reading, number, text, size);
	return true;
}

/* Text for people: it stays in the payload. */
static bool
take_prose(struct reading *reading, unsigned number, const char *field,
	   const char *text)
{
	if (!is_given(text))
		return true;
	size_t size = codec_text_size(text);
	if (codec_text_kind(text, size) == TEXT_BROKEN)
		return refuse(reading, REASON_BAD_UTF8, field,
			      "UTF-8 without NUL");
	content_bytes(reading, number, text, size);
	return true;
}

static bool
take_enum(struct reading *reading, unsigned number, const char *field,
	  int64_t value, int count)
{
	if (value < 0 || value >= count) {
		receipt_reject(reading->receipt, REASON_BAD_ENUM, field,
			       "0 to %d", count - 1);
		return false;
	}
	/* Zero is unset, or a default of another number. */
	if (value != 0)
		content_number(reading, number, (uint64_t)value);
	return true;
}

static bool
take_time(struct reading *reading, unsigned number, const char *field,
	  bool given, int64_t value, int64_t *ret_time)
{
	*ret_time = TIME_UNSET;
	if (!given)
		return true;
	if (value < TIME_EARLIEST || value > TIME_LATEST)
		return refuse(reading, REASON_BAD_TIME, field,
			      "Unix milliseconds from 1900 to 9999");
	if (value > reading->admission->latest_at)
		return refuse(reading, REASON_FROM_THE_FUTURE, field,
			      "no time ahead of the clock");
	content_number(reading, number, (uint64_t)value);
	*ret_time = value;
	return true;
}

static bool
refuse_count(struct reading *reading, const char *field, const char *part,
	     const char *expected)
{
	char path[sizeof(reading->receipt->field)];

	snprintf(path, sizeof(path), "%s.%s", field, part);
	return refuse(reading, REASON_BAD_COUNT, path, expected);
}

/* A bound that is not given is best; best that is not given is low. */
static bool
take_count(struct reading *reading, unsigned number, const char *field,
	   const Truce__V1__Count *count, uint32_t max, struct count *ret_count)
{
	if (!count)
		return true;
	if (!count->has_low && !count->has_best && !count->has_high)
		return refuse(reading, REASON_BAD_COUNT, field,
			      "best, or low, or high");
	uint32_t low = count->has_low	 ? count->low
		       : count->has_best ? count->best
					 : 0;
	uint32_t best = count->has_best ? count->best : low;
	uint32_t high = count->has_high ? count->high : best;
	if (low > best)
		return refuse_count(reading, field, "low", "at most best");
	if (high < best)
		return refuse_count(reading, field, "high",
				    "at least best and low");
	if (high > max) {
		char expected[32];

		snprintf(expected, sizeof(expected), "at most %u", max);
		return refuse_count(reading, field,
				    count->has_high   ? "high"
				    : count->has_best ? "best"
						      : "low",
				    expected);
	}
	*ret_count = (struct count){low, best, high, count->at_least};
	content_number(reading, number, low);
	content_varint(reading, best);
	content_varint(reading, high);
	content_varint(reading, count->at_least ? 1 : 0);
	return true;
}

static bool
take_country(struct reading *reading, unsigned number, const char *text,
	     char ret_country[static COUNTRY_SIZE])
{
	const char *field = "place.country";
	char country[COUNTRY_SIZE] = "";

	if (!is_given(text))
		return true;
	size_t size = codec_text_size(text);
	if (codec_text_kind(text, size) == TEXT_BROKEN)
		return refuse(reading, REASON_BAD_UTF8, field, "two letters");
	for (size_t i = 0; i < size && i < 2; i++) {
		char c = text[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		country[i] = c;
	}
	if (size != 2 || country[0] < 'a' || country[0] > 'z' ||
	    country[1] < 'a' || country[1] > 'z')
		return refuse(reading, REASON_BAD_NAME, field, "two letters");
	memcpy(ret_country, country, sizeof(country));
	content_bytes(reading, number, country, 2);
	return true;
}

static bool
take_coordinates(struct reading *reading, const Truce__V1__Place *place)
{
	double position[] = {place->latitude, place->longitude};

	if (!place->has_latitude && !place->has_longitude)
		return true;
	/* Written so that a NaN fails. */
	if (!place->has_latitude || !(fabs(place->latitude) <= 90))
		return refuse(reading, REASON_BAD_COORDINATES, "place.latitude",
			      "-90 to 90, with a longitude");
	if (!place->has_longitude || !(fabs(place->longitude) <= 180))
		return refuse(reading, REASON_BAD_COORDINATES,
			      "place.longitude",
			      "-180 to 180, with a latitude");
	content_bytes(reading, PLACE_NUMBERS + 4, position, sizeof(position));
	return true;
}

static bool
take_place(struct reading *reading, const Truce__V1__Place *place)
{
	struct report *report = reading->report;

	if (!place)
		return true;
	if (!take_text(reading, PLACE_NUMBERS + 1, "place.name", place->name,
		       report->place) ||
	    !take_text(reading, PLACE_NUMBERS + 2, "place.admin", place->admin,
		       report->admin) ||
	    !take_country(reading, PLACE_NUMBERS + 3, place->country,
			  report->country) ||
	    !take_coordinates(reading, place))
		return false;
	if (place->has_precision_m)
		content_number(reading, PLACE_NUMBERS + 6, place->precision_m);
	return true;
}

/* What every report begins with. The numbers are the same in all three. */
static bool
take_identity(struct reading *reading, const char *source, const char *id,
	      uint32_t revision, const char *agreement)
{
	struct report *report = reading->report;
	char stated[NAME_SIZE] = "";

	report->revision = revision;
	if (!take_text(reading, 3, "source", source, report->source) ||
	    !take_id(reading, 1, "id", id, report->id))
		return false;
	if (!report->source[0])
		return refuse(reading, REASON_MISSING_SOURCE, "source",
			      "who reports");
	if (!report->id[0])
		return refuse(reading, REASON_MISSING_ID, "id", ID_EXPECTED);
	if (!take_name(reading, NOT_CONTENT, "agreement", agreement, stated))
		return false;
	if (stated[0] && strcmp(stated, report->agreement) != 0)
		return refuse(reading, REASON_BAD_TOPIC, "agreement",
			      "the topic's, or none");
	return true;
}

static bool
take_feed(struct reading *reading, unsigned number, const char *feed,
	  uint64_t feed_seq)
{
	struct report *report = reading->report;

	if (!take_name(reading, number, "feed", feed, report->feed))
		return false;
	report->feed_seq = feed_seq;
	if (feed_seq > 0)
		content_number(reading, number + 1, feed_seq);
	return true;
}

static bool
take_status(struct reading *reading, unsigned number, int64_t status)
{
	if (status == STATUS_SYSTEM)
		return refuse(reading, REASON_BAD_ENUM, "status",
			      "ACTUAL, EXERCISE or TEST");
	if (!take_enum(reading, number, "status", status, STATUS_TEST + 1))
		return false;
	reading->report->status = (enum status)status;
	return true;
}

static bool
take_assessment(struct reading *reading, unsigned number, int64_t assessment)
{
	if (assessment == ASSESSMENT_UNSPECIFIED)
		assessment = ASSESSMENT_ALLEGED;
	if (!take_enum(reading, number, "assessment", assessment, ASSESSMENTS))
		return false;
	reading->report->assessment = (enum assessment)assessment;
	return true;
}

static bool
take_attribution(struct reading *reading, unsigned number, int64_t attribution)
{
	if (attribution == ATTRIBUTION_UNSPECIFIED)
		attribution = ATTRIBUTION_ALLEGED_PARTY;
	if (!take_enum(reading, number, "attribution", attribution,
		       ATTRIBUTIONS))
		return false;
	reading->report->attribution = (enum attribution)attribution;
	return true;
}

static bool
time_is_missing(const struct reading *reading)
{
	const struct report *report = reading->report;

	return reading->admission->times_required &&
	       report->assessment != ASSESSMENT_WITHDRAWN &&
	       report->reported_at == TIME_UNSET &&
	       report->occurred_at == TIME_UNSET;
}

static bool
take_times(struct reading *reading, const Truce__V1__Incident *incident)
{
	struct report *report = reading->report;

	if (!take_time(reading, NOT_CONTENT, "reported_at",
		       incident->has_reported_at, incident->reported_at,
		       &report->reported_at) ||
	    !take_time(reading, 5, "occurred_at", incident->has_occurred_at,
		       incident->occurred_at, &report->occurred_at) ||
	    !take_time(reading, 6, "occurred_until",
		       incident->has_occurred_until, incident->occurred_until,
		       &report->occurred_until))
		return false;
	if (report->occurred_until != TIME_UNSET &&
	    report->occurred_until < report->occurred_at)
		return refuse(reading, REASON_BAD_TIME, "occurred_until",
			      "not before occurred_at");
	if (report->occurred_until != TIME_UNSET &&
	    report->occurred_at == TIME_UNSET)
		return refuse(reading, REASON_BAD_TIME, "occurred_until",
			      "occurred_at with it");
	if (time_is_missing(reading))
		return refuse(reading, REASON_MISSING_TIME, "reported_at",
			      "reported_at or occurred_at");
	return true;
}

static bool
take_counts(struct reading *reading, const Truce__V1__Incident *incident)
{
	static const Truce__V1__Count one = {.has_best = 1, .best = 1};
	const struct {
		const char *field;
		unsigned number;
		const Truce__V1__Count *count;
	} counts[COUNT_KINDS] = {
		[COUNT_VIOLATIONS] = {"violations", 13,
				      incident->violations
					      ? incident->violations
					      : &one},
		[COUNT_KILLED] = {"killed", 14, incident->killed},
		[COUNT_INJURED] = {"injured", 15, incident->injured},
		[COUNT_CIVILIANS_KILLED] = {"civilians_killed", 16,
					    incident->civilians_killed},
		[COUNT_CIVILIANS_INJURED] = {"civilians_injured", 17,
					     incident->civilians_injured},
		[COUNT_CHILDREN_KILLED] = {"children_killed", 25,
					   incident->children_killed},
		[COUNT_CHILDREN_INJURED] = {"children_injured", 26,
					    incident->children_injured},
		[COUNT_MISSING] = {"missing", 27, incident->missing},
	};

	for (int i = 0; i < COUNT_KINDS; i++)
		if (!take_count(reading, counts[i].number, counts[i].field,
				counts[i].count, reading->admission->max_count,
				&reading->report->counts[i]))
			return false;
	return true;
}

static bool
take_incident(struct reading *reading, const ProtobufCMessage *message)
{
	const Truce__V1__Incident *incident =
		(const Truce__V1__Incident *)message;
	struct report *report = reading->report;

	report->kind = (enum kind)incident->kind;
	report->target = (enum target)incident->target;
	if (!take_identity(reading, incident->source, incident->id,
			   incident->revision, incident->agreement) ||
	    !take_status(reading, 21, incident->status) ||
	    !take_assessment(reading, 11, incident->assessment) ||
	    !take_attribution(reading, 12, incident->attribution) ||
	    !take_enum(reading, 8, "kind", incident->kind, KINDS) ||
	    !take_enum(reading, 24, "target", incident->target, TARGETS) ||
	    !take_times(reading, incident) ||
	    !take_name(reading, 9, "party", incident->party, report->party) ||
	    !take_name(reading, 10, "against", incident->against,
		       report->against) ||
	    !take_counts(reading, incident) ||
	    !take_place(reading, incident->place) ||
	    !take_id(reading, 19, "event", incident->event, report->event) ||
	    !take_feed(reading, 22, incident->feed, incident->feed_seq) ||
	    !take_prose(reading, 20, "summary", incident->summary))
		return false;
	for (size_t i = 0; i < incident->n_links; i++)
		if (!take_prose(reading, 28, "links", incident->links[i]))
			return false;
	return true;
}

/* A tally's totals are of months, not of an incident: real ones exceed
 * max_count, so the format's own bound holds. */
static bool
take_totals(struct reading *reading, const Truce__V1__Tally *tally)
{
	const struct {
		const char *field;
		unsigned number;
		const Truce__V1__Count *count;
	} counts[TALLY_COUNTS] = {
		[TALLY_VIOLATIONS] = {"violations", 9, tally->violations},
		[TALLY_KILLED] = {"killed", 10, tally->killed},
		[TALLY_INJURED] = {"injured", 11, tally->injured},
		[TALLY_KILLED_IN_PERIOD] = {"killed_in_period", 16,
					    tally->killed_in_period},
		[TALLY_INJURED_IN_PERIOD] = {"injured_in_period", 17,
					     tally->injured_in_period},
	};
	struct report *report = reading->report;

	for (int i = 0; i < TALLY_COUNTS; i++) {
		if (!take_count(reading, counts[i].number, counts[i].field,
				counts[i].count, COUNT_CEILING,
				&report->totals[i]))
			return false;
		if (counts[i].count)
			report->told |= (uint8_t)(1 << i);
	}
	if (!tally->has_period_ms)
		return true;
	if (tally->period_ms <= 0 || tally->period_ms > TIME_LATEST)
		return refuse(reading, REASON_BAD_TIME, "period_ms",
			      "milliseconds, more than 0");
	content_number(reading, 18, (uint64_t)tally->period_ms);
	report->period_ms = tally->period_ms;
	return true;
}

/* A tally happens, in the sense of struct report, at its as_of_at. */
static bool
take_tally(struct reading *reading, const ProtobufCMessage *message)
{
	const Truce__V1__Tally *tally = (const Truce__V1__Tally *)message;
	struct report *report = reading->report;

	report->attribution = ATTRIBUTION_ALLEGED_PARTY;
	if (!take_identity(reading, tally->source, tally->id, tally->revision,
			   tally->agreement) ||
	    !take_status(reading, 12, tally->status) ||
	    !take_assessment(reading, 15, tally->assessment) ||
	    !take_time(reading, NOT_CONTENT, "reported_at",
		       tally->has_reported_at, tally->reported_at,
		       &report->reported_at) ||
	    !take_time(reading, 6, "since_at", tally->has_since_at,
		       tally->since_at, &report->since_at) ||
	    !take_time(reading, 7, "as_of_at", tally->has_as_of_at,
		       tally->as_of_at, &report->occurred_at))
		return false;
	if (!tally->has_as_of_at && report->assessment != ASSESSMENT_WITHDRAWN)
		return refuse(reading, REASON_MISSING_TIME, "as_of_at",
			      "what the totals count to");
	if (tally->has_as_of_at && report->since_at > report->occurred_at)
		return refuse(reading, REASON_BAD_TIME, "since_at",
			      "not after as_of_at");
	return take_name(reading, 5, "party", tally->party, report->party) &&
	       take_totals(reading, tally) &&
	       take_feed(reading, 13, tally->feed, tally->feed_seq);
}

/* `source/id`; either may itself have a slash in it. */
static bool
is_reference(const char *text, size_t size)
{
	const char *slash = memchr(text, '/', size);

	return size < 2 * TEXT_SIZE && slash && slash != text &&
	       text[size - 1] != '/' &&
	       codec_text_kind(text, size) == TEXT_PLAIN;
}

static bool
take_references(struct reading *reading, char *const *references, size_t count)
{
	struct report *report = reading->report;
	char *end = report->reports;
	const char *limit = report->reports + sizeof(report->reports);

	if (count > FINDING_REPORTS_MAX)
		return refuse(reading, REASON_BAD_ID, "reports",
			      "at most 32 reports");
	for (size_t i = 0; i < count; i++) {
		size_t size = codec_text_size(references[i]);
		if (!is_reference(references[i], size))
			return refuse(reading, REASON_BAD_ID, "reports",
				      "source/id");
		if (size >= (size_t)(limit - end))
			return refuse(reading, REASON_BAD_ID, "reports",
				      "at most 2,047 bytes of source/id");
		memcpy(end, references[i], size + 1);
		end += size + 1;
		content_bytes(reading, 6, references[i], size);
	}
	report->reports_count = (uint8_t)count;
	return true;
}

_Static_assert(FINDING_REPORTS_MAX == 32 && FINDING_TEXT_SIZE == 2048,
	       "as take_references says");

/* What it says nothing of is UNSPECIFIED; else as in an incident. */
static bool
take_conclusion(struct reading *reading, const Truce__V1__Finding *finding)
{
	struct report *report = reading->report;

	report->denies = finding->denies;
	if (report->denies)
		content_number(reading, 11, 1);
	if (!take_enum(reading, 8, "assessment", finding->assessment,
		       ASSESSMENTS) ||
	    !take_enum(reading, 9, "attribution", finding->attribution,
		       ATTRIBUTIONS))
		return false;
	report->assessment = (enum assessment)finding->assessment;
	report->attribution = (enum attribution)finding->attribution;
	return true;
}

static bool
take_finding(struct reading *reading, const ProtobufCMessage *message)
{
	const Truce__V1__Finding *finding = (const Truce__V1__Finding *)message;
	struct report *report = reading->report;

	if (!take_identity(reading, finding->source, finding->id,
			   finding->revision, finding->agreement) ||
	    !take_status(reading, 13, finding->status) ||
	    !take_conclusion(reading, finding) ||
	    !take_time(reading, NOT_CONTENT, "reported_at",
		       finding->has_reported_at, finding->reported_at,
		       &report->reported_at))
		return false;
	if (time_is_missing(reading))
		return refuse(reading, REASON_MISSING_TIME, "reported_at",
			      "when it was concluded");
	if (!take_references(reading, finding->reports, finding->n_reports) ||
	    !take_id(reading, 7, "event", finding->event, report->event) ||
	    !take_name(reading, 10, "party", finding->party, report->party) ||
	    !take_prose(reading, 12, "note", finding->note))
		return false;
	if (report->reports_count == 0 && !report->event[0] &&
	    report->assessment != ASSESSMENT_WITHDRAWN)
		return refuse(reading, REASON_MISSING_ID, "reports",
			      "the reports concerned, or an event");
	return true;
}

/* Topics and types of reports. */
static const struct topic {
	const char *prefix;
	size_t prefix_size;
	const ProtobufCMessageDescriptor *type;
	bool (*take)(struct reading *reading, const ProtobufCMessage *message);
} topics[] = {
	[REPORT_INCIDENT] = {"incident.", 9, &truce__v1__incident__descriptor,
			     take_incident},
	[REPORT_TALLY] = {"tally.", 6, &truce__v1__tally__descriptor,
			  take_tally},
	[REPORT_FINDING] = {"finding.", 8, &truce__v1__finding__descriptor,
			    take_finding},
};

/* Fills type and agreement of the report; NULL: not a report's topic. */
static const struct topic *
take_topic(struct reading *reading, const char *text, size_t size)
{
	for (int type = REPORT_INCIDENT; type <= REPORT_FINDING; type++) {
		const struct topic *topic = &topics[type];

		if (size < topic->prefix_size ||
		    memcmp(text, topic->prefix, topic->prefix_size) != 0)
			continue;
		text += topic->prefix_size;
		size -= topic->prefix_size;
		if (!is_name(text, size))
			break;
		memcpy(reading->report->agreement, text, size);
		reading->report->type = (enum report_type)type;
		return topic;
	}
	refuse(reading, REASON_BAD_TOPIC, "",
	       "incident., tally. or finding. and an agreement");
	return NULL;
}

/* The content repeats the payload's texts and numbers in at most as many
 * bytes as they had, but for fields that occur once: fewer than 64, each with
 * at most 24 bytes of head, numbers and defaults. */
static bool
content_begin(struct reading *reading, struct codec_arena *arena,
	      size_t payload_size)
{
	size_t room = payload_size + 64 * 24;

	reading->content = codec_arena_take(arena, room);
	if (!reading->content)
		return false;
	reading->content_end = reading->content;
	reading->content_limit = reading->content + room;
	return true;
}

static uint64_t
content_hash(const struct reading *reading)
{
	/* Fixed, for a hash must mean the same at every replay. */
	static const uint8_t key[] = "truced/content/1";
	uint64_t hash;

	_Static_assert(sizeof(key) > crypto_shorthash_KEYBYTES, "key");
	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "hash");
	assert(reading->content_end <= reading->content_limit);
	crypto_shorthash((uint8_t *)&hash, reading->content,
			 (size_t)(reading->content_end - reading->content),
			 key);
	return hash;
}

bool
codec_report(struct codec *codec, const struct admission *admission,
	     const char *topic, size_t topic_size, const uint8_t *payload,
	     size_t payload_size, struct report *ret_report,
	     struct receipt *ret_receipt)
{
	struct codec_arena *arena = &codec->report;
	struct reading reading = {.admission = admission,
				  .report = ret_report,
				  .receipt = ret_receipt};

	/* What a finding names is told by its count. */
	memset(ret_report, 0, offsetof(struct report, reports));
	ret_report->reported_at = TIME_UNSET;
	ret_report->occurred_at = TIME_UNSET;
	ret_report->occurred_until = TIME_UNSET;
	ret_report->since_at = TIME_UNSET;
	if (payload_size > PAYLOAD_MAX)
		return refuse(&reading, REASON_OVERSIZE, "",
			      "at most 64 KiB of payload");
	const struct topic *known = take_topic(&reading, topic, topic_size);
	if (!known)
		return false;
	const ProtobufCMessage *message =
		codec_unpack(arena, known->type, payload, payload_size);
	if (!message)
		return refuse(&reading, REASON_MALFORMED, "",
			      arena->overflown ? "fewer fields"
					       : "the topic's message type");
	if (!content_begin(&reading, arena, payload_size))
		return refuse(&reading, REASON_MALFORMED, "", "fewer fields");
	if (!known->take(&reading, message))
		return false;
	ret_report->content = content_hash(&reading);
	return true;
}
