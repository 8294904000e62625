/* The wire formats: what is refused and why, and what comes back. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/explanation.h"
#include "core/rule.h"
#include "edge/codec.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
/* Bytes of a literal, for what a C string cannot hold. */
#define BYTES(literal) literal, sizeof(literal) - 1
#define SIXTEEN "0123456789abcdef"
#define LONG_64 SIXTEEN SIXTEEN SIXTEEN SIXTEEN

static const struct admission usual = {.max_count = 100000,
				       .latest_at = 1500000000000};

/* --- Payloads by hand, as no honest library would write them --- */

struct wire {
	uint8_t bytes[2 * PAYLOAD_MAX];
	size_t size;
};

static void
wire_varint(struct wire *wire, uint64_t value)
{
	while (value >= 0x80) {
		wire->bytes[wire->size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	wire->bytes[wire->size++] = (uint8_t)value;
}

static void
wire_number(struct wire *wire, unsigned field, uint64_t value)
{
	wire_varint(wire, field << 3);
	wire_varint(wire, value);
}

static void
wire_bytes(struct wire *wire, unsigned field, const void *bytes, size_t size)
{
	wire_varint(wire, field << 3 | 2);
	wire_varint(wire, size);
	memcpy(wire->bytes + wire->size, bytes, size);
	wire->size += size;
}

static void
wire_double(struct wire *wire, unsigned field, double value)
{
	wire_varint(wire, field << 3 | 1);
	memcpy(wire->bytes + wire->size, &value, sizeof(value));
	wire->size += sizeof(value);
}

/* --- Reports from fields --- */

struct set {
	const char *path;
	const char *text;
};

enum { SETS_MAX = 4 };

static const char *const topics[] = {[REPORT_INCIDENT] = "incident.minsk-2",
				     [REPORT_TALLY] = "tally.minsk-2",
				     [REPORT_FINDING] = "finding.minsk-2"};

static void
sets_apply(struct draft *draft, const struct set *sets, size_t count)
{
	char expected[128];

	for (size_t i = 0; i < count && sets[i].path; i++)
		assert_int_equal(draft_set(draft, sets[i].path, sets[i].text,
					   expected, sizeof(expected)),
				 0);
}

/* What every type needs, and nothing more. */
static struct draft *
draft_least(enum report_type type)
{
	static const struct set least[] = {{"source", "OSCE"}, {"id", "7"}};
	static const struct set total[] = {
		{"as_of_at", "2015-02-16T00:00:00Z"}};
	static const struct set concerned[] = {{"reports", "JFO/7"}};
	struct draft *draft;

	assert_int_equal(draft_new(&draft, type), 0);
	sets_apply(draft, least, LENGTH(least));
	if (type == REPORT_TALLY)
		sets_apply(draft, total, LENGTH(total));
	if (type == REPORT_FINDING)
		sets_apply(draft, concerned, LENGTH(concerned));
	return draft;
}

static void
wire_draft(struct wire *wire, struct draft *draft)
{
	size_t size;
	const uint8_t *bytes = draft_pack(draft, &size);

	assert_non_null(bytes);
	memcpy(wire->bytes + wire->size, bytes, size);
	wire->size += size;
}

static bool
wire_report(struct codec *codec, enum report_type type, const struct wire *wire,
	    const struct admission *admission, struct report *ret_report,
	    struct receipt *ret_receipt)
{
	/* A copy of just the size, so that a sanitizer sees a read past it. */
	uint8_t *exact = malloc(wire->size + 1);
	memset(ret_receipt, 0, sizeof(*ret_receipt));
	memcpy(exact + 1, wire->bytes, wire->size);
	bool good = codec_report(codec, admission, topics[type],
				 strlen(topics[type]), exact + 1, wire->size,
				 ret_report, ret_receipt);
	free(exact);
	return good;
}

static void
assert_refused(struct codec *codec, enum report_type type,
	       const struct wire *wire, const struct admission *admission,
	       enum reason reason, const char *field)
{
	struct report report;
	struct receipt receipt;

	if (wire_report(codec, type, wire, admission, &report, &receipt))
		fail_msg("accepted, not %s in %s", reason_name(reason), field);
	if (receipt.reason != reason || strcmp(receipt.field, field) != 0)
		fail_msg("%s in %s (%s), not %s in %s",
			 reason_name(receipt.reason), receipt.field,
			 receipt.detail, reason_name(reason), field);
	assert_int_equal(receipt.verdict, VERDICT_REJECTED);
	assert_int_not_equal(strlen(receipt.detail), 0);
}

/* A report of these fields beside the least. */
static bool
sets_report(struct codec *codec, enum report_type type, const struct set *sets,
	    size_t count, struct report *ret_report)
{
	struct wire wire = {.size = 0};
	struct receipt receipt;
	struct draft *draft = draft_least(type);

	sets_apply(draft, sets, count);
	wire_draft(&wire, draft);
	draft_free(draft);
	return wire_report(codec, type, &wire, &usual, ret_report, &receipt);
}

static int
codec_begin(void **state)
{
	struct codec *codec;

	if (codec_new(&codec) < 0)
		return -1;
	*state = codec;
	return 0;
}

static int
codec_end(void **state)
{
	codec_free(*state);
	return 0;
}

/* --- Refusals --- */

static void
refuses_each_field_by_name(void **state)
{
	static const struct {
		enum report_type type;
		enum reason reason;
		const char *field;
		const char *text;
	} refusals[] = {
		{REPORT_INCIDENT, REASON_MISSING_ID, "id", ""},
		{REPORT_TALLY, REASON_MISSING_ID, "id", ""},
		{REPORT_FINDING, REASON_MISSING_ID, "id", ""},
		{REPORT_INCIDENT, REASON_BAD_ID, "id", LONG_64 "x"},
		{REPORT_TALLY, REASON_BAD_ID, "id", "a\nb"},
		{REPORT_FINDING, REASON_BAD_ID, "id", "a\x7f"},
		{REPORT_INCIDENT, REASON_BAD_ID, "id", "a\xc2\x85"},
		{REPORT_INCIDENT, REASON_MISSING_SOURCE, "source", ""},
		{REPORT_TALLY, REASON_MISSING_SOURCE, "source", ""},
		{REPORT_FINDING, REASON_MISSING_SOURCE, "source", ""},
		{REPORT_INCIDENT, REASON_BAD_NAME, "source", LONG_64 "x"},
		{REPORT_TALLY, REASON_BAD_NAME, "source", "a\tb"},
		{REPORT_FINDING, REASON_BAD_NAME, "source", LONG_64 "x"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "agreement", "Minsk"},
		{REPORT_TALLY, REASON_BAD_NAME, "agreement", "minsk/2"},
		{REPORT_FINDING, REASON_BAD_NAME, "agreement", "minsk 2"},
		{REPORT_INCIDENT, REASON_BAD_TOPIC, "agreement", "minsk-1"},
		{REPORT_TALLY, REASON_BAD_TOPIC, "agreement", "minsk-1"},
		{REPORT_FINDING, REASON_BAD_TOPIC, "agreement", "minsk-1"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "party", "DPR"},
		{REPORT_TALLY, REASON_BAD_NAME, "party", "-dpr"},
		{REPORT_FINDING, REASON_BAD_NAME, "party", "d.pr"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "against", LONG_64},
		{REPORT_INCIDENT, REASON_BAD_NAME, "feed", "a b"},
		{REPORT_TALLY, REASON_BAD_NAME, "feed", "_a"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.name", LONG_64 "x"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.name", "a\x1b[1m"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.admin", LONG_64 "x"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.country", "UKR"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.country", "U"},
		{REPORT_INCIDENT, REASON_BAD_NAME, "place.country", "u1"},
		{REPORT_INCIDENT, REASON_BAD_ID, "event", LONG_64 "x"},
		{REPORT_FINDING, REASON_BAD_ID, "event", "a\nb"},
		{REPORT_FINDING, REASON_BAD_ID, "reports", "7"},
		{REPORT_FINDING, REASON_BAD_ID, "reports", "/7"},
		{REPORT_FINDING, REASON_BAD_ID, "reports", "JFO/"},
		{REPORT_FINDING, REASON_BAD_ID, "reports",
		 "a/" LONG_64 LONG_64},
		{REPORT_INCIDENT, REASON_BAD_ENUM, "status", "SYSTEM"},
		{REPORT_TALLY, REASON_BAD_ENUM, "status", "SYSTEM"},
		{REPORT_FINDING, REASON_BAD_ENUM, "status", "SYSTEM"},
		{REPORT_INCIDENT, REASON_BAD_TIME, "occurred_until",
		 "2015-02-16T00:00:00Z"},
		{REPORT_TALLY, REASON_BAD_TIME, "since_at",
		 "2015-02-16T00:00:00.001Z"},
		{REPORT_TALLY, REASON_BAD_TIME, "period_ms", "0"},
		{REPORT_TALLY, REASON_BAD_TIME, "period_ms", "-1"},
	};

	for (size_t i = 0; i < LENGTH(refusals); i++) {
		const struct set set = {refusals[i].field, refusals[i].text};
		struct draft *draft = draft_least(refusals[i].type);
		struct wire wire = {.size = 0};

		sets_apply(draft, &set, 1);
		wire_draft(&wire, draft);
		draft_free(draft);
		assert_refused(*state, refusals[i].type, &wire, &usual,
			       refusals[i].reason, refusals[i].field);
	}
}

static void
refuses_an_end_before_its_beginning(void **state)
{
	static const struct set times[] = {
		{"occurred_at", "2015-02-16T00:00:00.001Z"},
		{"occurred_until", "2015-02-16T00:00:00.000Z"},
	};
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire wire = {.size = 0};

	sets_apply(draft, times, LENGTH(times));
	wire_draft(&wire, draft);
	draft_free(draft);
	assert_refused(*state, REPORT_INCIDENT, &wire, &usual, REASON_BAD_TIME,
		       "occurred_until");
}

static void
refuses_coordinates_off_the_globe_or_alone(void **state)
{
	static const struct {
		const char *latitude;
		const char *longitude;
		const char *field;
	} wrong[] = {
		{"48", NULL, "place.longitude"},
		{NULL, "38", "place.latitude"},
		{"90.1", "38", "place.latitude"},
		{"-90.1", "38", "place.latitude"},
		{"48", "180.1", "place.longitude"},
		{"48", "-180.1", "place.longitude"},
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		const struct set latitude = {"place.latitude",
					     wrong[i].latitude};
		const struct set longitude = {"place.longitude",
					      wrong[i].longitude};
		struct draft *draft = draft_least(REPORT_INCIDENT);
		struct wire wire = {.size = 0};

		if (latitude.text)
			sets_apply(draft, &latitude, 1);
		if (longitude.text)
			sets_apply(draft, &longitude, 1);
		wire_draft(&wire, draft);
		draft_free(draft);
		assert_refused(*state, REPORT_INCIDENT, &wire, &usual,
			       REASON_BAD_COORDINATES, wrong[i].field);
	}
}

struct field_number {
	enum report_type type;
	unsigned number;
	const char *name;
};

static const struct field_number text_fields[] = {
	{REPORT_INCIDENT, 1, "id"},	   {REPORT_INCIDENT, 3, "source"},
	{REPORT_INCIDENT, 4, "agreement"}, {REPORT_INCIDENT, 9, "party"},
	{REPORT_INCIDENT, 10, "against"},  {REPORT_INCIDENT, 19, "event"},
	{REPORT_INCIDENT, 20, "summary"},  {REPORT_INCIDENT, 22, "feed"},
	{REPORT_INCIDENT, 28, "links"},	   {REPORT_TALLY, 1, "id"},
	{REPORT_TALLY, 3, "source"},	   {REPORT_TALLY, 4, "agreement"},
	{REPORT_TALLY, 5, "party"},	   {REPORT_TALLY, 13, "feed"},
	{REPORT_FINDING, 1, "id"},	   {REPORT_FINDING, 3, "source"},
	{REPORT_FINDING, 4, "agreement"},  {REPORT_FINDING, 6, "reports"},
	{REPORT_FINDING, 7, "event"},	   {REPORT_FINDING, 10, "party"},
	{REPORT_FINDING, 12, "note"},
};

static const struct field_number place_fields[] = {
	{REPORT_INCIDENT, 1, "place.name"},
	{REPORT_INCIDENT, 2, "place.admin"},
	{REPORT_INCIDENT, 3, "place.country"},
};

/* Ids are refused as such, whatever ails them. */
static enum reason
broken_reason(const char *name)
{
	return strcmp(name, "id") == 0 || strcmp(name, "event") == 0 ||
			       strcmp(name, "reports") == 0
		       ? REASON_BAD_ID
		       : REASON_BAD_UTF8;
}

static void
refuses_broken_text_in_every_field(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} broken[] = {
		{BYTES("a\0b")},
		{BYTES("a/b\0")},
		{BYTES("\0a/b")},
		{BYTES("a/\x80")},
		{BYTES("a/\xc3")},
		{BYTES("a/\xc0\xaf")},
		{BYTES("a/\xe0\x9f\xbf")},
		{BYTES("a/\xed\xa0\x80")},
		{BYTES("a/\xf0\x8f\xbf\xbf")},
		{BYTES("a/\xf4\x90\x80\x80")},
		{BYTES("a/\xf5\x80\x80\x80")},
		{BYTES("a/\xff")},
		{BYTES("eight by\xe2\x82")},
		{BYTES("eight/byteseight\0tes")},
	};

	for (size_t i = 0; i < LENGTH(broken); i++) {
		for (size_t j = 0; j < LENGTH(text_fields); j++) {
			const struct field_number *field = &text_fields[j];
			struct draft *draft = draft_least(field->type);
			struct wire wire = {.size = 0};

			wire_draft(&wire, draft);
			wire_bytes(&wire, field->number, broken[i].bytes,
				   broken[i].size);
			assert_refused(*state, field->type, &wire, &usual,
				       broken_reason(field->name), field->name);
			draft_free(draft);
		}
		for (size_t j = 0; j < LENGTH(place_fields); j++) {
			const struct field_number *field = &place_fields[j];
			struct draft *draft = draft_least(field->type);
			struct wire wire = {.size = 0};
			struct wire place = {.size = 0};

			wire_draft(&wire, draft);
			wire_bytes(&place, field->number, broken[i].bytes,
				   broken[i].size);
			wire_bytes(&wire, 18, place.bytes, place.size);
			assert_refused(*state, field->type, &wire, &usual,
				       REASON_BAD_UTF8, field->name);
			draft_free(draft);
		}
	}
}

static void
refuses_values_beyond_each_enumeration(void **state)
{
	static const struct {
		struct field_number field;
		uint64_t first_unknown;
	} enums[] = {
		{{REPORT_INCIDENT, 8, "kind"}, 30},
		{{REPORT_INCIDENT, 11, "assessment"}, 9},
		{{REPORT_INCIDENT, 12, "attribution"}, 6},
		{{REPORT_INCIDENT, 21, "status"}, 4},
		{{REPORT_INCIDENT, 24, "target"}, 9},
		{{REPORT_TALLY, 12, "status"}, 4},
		{{REPORT_TALLY, 15, "assessment"}, 9},
		{{REPORT_FINDING, 8, "assessment"}, 9},
		{{REPORT_FINDING, 9, "attribution"}, 6},
		{{REPORT_FINDING, 13, "status"}, 4},
	};
	struct report report;
	struct receipt receipt;

	for (size_t i = 0; i < LENGTH(enums); i++) {
		const struct field_number *field = &enums[i].field;
		const uint64_t unknown[] = {enums[i].first_unknown, INT32_MAX,
					    (uint64_t)-1,
					    (uint64_t)INT64_MIN | 0x80000000};
		struct draft *draft = draft_least(field->type);
		struct wire wire = {.size = 0};

		wire_draft(&wire, draft);
		draft_free(draft);
		size_t least = wire.size;
		for (size_t j = 0; j < LENGTH(unknown); j++) {
			wire.size = least;
			wire_number(&wire, field->number, unknown[j]);
			assert_refused(*state, field->type, &wire, &usual,
				       REASON_BAD_ENUM, field->name);
		}
		wire.size = least;
		wire_number(&wire, field->number, enums[i].first_unknown - 1);
		assert_true(wire_report(*state, field->type, &wire, &usual,
					&report, &receipt));
	}
}

static void
refuses_times_that_cannot_be(void **state)
{
	static const struct field_number times[] = {
		{REPORT_INCIDENT, 5, "occurred_at"},
		{REPORT_INCIDENT, 6, "occurred_until"},
		{REPORT_INCIDENT, 7, "reported_at"},
		{REPORT_TALLY, 6, "since_at"},
		{REPORT_TALLY, 7, "as_of_at"},
		{REPORT_TALLY, 8, "reported_at"},
		{REPORT_FINDING, 5, "reported_at"},
	};
	static const struct {
		int64_t time;
		enum reason reason;
	} wrong[] = {
		{INT64_MIN, REASON_BAD_TIME},
		{-2208988800001, REASON_BAD_TIME},
		{253402300800000, REASON_BAD_TIME},
		{INT64_MAX, REASON_BAD_TIME},
		{1500000000001, REASON_FROM_THE_FUTURE},
	};

	for (size_t i = 0; i < LENGTH(times); i++)
		for (size_t j = 0; j < LENGTH(wrong); j++) {
			struct draft *draft = draft_least(times[i].type);
			struct wire wire = {.size = 0};

			wire_draft(&wire, draft);
			draft_free(draft);
			wire_number(&wire, times[i].number,
				    (uint64_t)wrong[j].time);
			assert_refused(*state, times[i].type, &wire, &usual,
				       wrong[j].reason, times[i].name);
		}
}

static void
takes_any_future_at_a_replay(void **state)
{
	static const struct admission replay = {.max_count = 100000,
						.latest_at = TIME_NEVER};
	static const struct set late = {"occurred_at", "9999-12-31T23:59:59Z"};
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire wire = {.size = 0};
	struct report report;
	struct receipt receipt;

	sets_apply(draft, &late, 1);
	wire_draft(&wire, draft);
	draft_free(draft);
	assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &replay,
				&report, &receipt));
	assert_int_equal(report.occurred_at, 253402300799000);
}

static const struct field_number count_fields[] = {
	{REPORT_INCIDENT, 13, "violations"},
	{REPORT_INCIDENT, 14, "killed"},
	{REPORT_INCIDENT, 15, "injured"},
	{REPORT_INCIDENT, 16, "civilians_killed"},
	{REPORT_INCIDENT, 17, "civilians_injured"},
	{REPORT_INCIDENT, 25, "children_killed"},
	{REPORT_INCIDENT, 26, "children_injured"},
	{REPORT_INCIDENT, 27, "missing"},
	{REPORT_TALLY, 9, "violations"},
	{REPORT_TALLY, 10, "killed"},
	{REPORT_TALLY, 11, "injured"},
	{REPORT_TALLY, 16, "killed_in_period"},
	{REPORT_TALLY, 17, "injured_in_period"},
};

static void
refuses_counts_that_contradict_themselves(void **state)
{
	enum { NOT_GIVEN = -1 };
	static const struct {
		int64_t given[3]; /* low, best, high */
		const char *part;
	} wrong[] = {
		{{NOT_GIVEN, NOT_GIVEN, NOT_GIVEN}, ""},
		{{3, 2, NOT_GIVEN}, ".low"},
		{{3, 2, 4}, ".low"},
		{{NOT_GIVEN, 3, 2}, ".high"},
		{{1, 3, 2}, ".high"},
		{{3, NOT_GIVEN, 2}, ".high"},
		{{NOT_GIVEN, NOT_GIVEN, 2097152}, ".high"},
		{{NOT_GIVEN, 2097152, NOT_GIVEN}, ".best"},
		{{2097152, NOT_GIVEN, NOT_GIVEN}, ".low"},
		{{0, 0, UINT32_MAX}, ".high"},
	};

	for (size_t i = 0; i < LENGTH(count_fields); i++)
		for (size_t j = 0; j < LENGTH(wrong); j++) {
			const struct field_number *field = &count_fields[i];
			struct draft *draft = draft_least(field->type);
			struct wire wire = {.size = 0};
			struct wire count = {.size = 0};
			char name[64];

			for (unsigned k = 0; k < 3; k++)
				if (wrong[j].given[k] != NOT_GIVEN)
					wire_number(
						&count, k + 1,
						(uint64_t)wrong[j].given[k]);
			wire_draft(&wire, draft);
			draft_free(draft);
			wire_bytes(&wire, field->number, count.bytes,
				   count.size);
			snprintf(name, sizeof(name), "%s%s", field->name,
				 wrong[j].part);
			assert_refused(*state, field->type, &wire, &usual,
				       REASON_BAD_COUNT, name);
		}
}

static void
holds_incidents_to_max_count_and_totals_to_the_ceiling(void **state)
{
	static const struct set best = {"killed.best", "100000"};
	static const struct set more = {"killed.best", "100001"};
	static const struct set most = {"killed.best", "2097151"};
	struct report report;

	assert_true(sets_report(*state, REPORT_INCIDENT, &best, 1, &report));
	assert_false(sets_report(*state, REPORT_INCIDENT, &more, 1, &report));
	assert_true(sets_report(*state, REPORT_TALLY, &most, 1, &report));
}

static void
refuses_coordinates_that_are_no_numbers(void **state)
{
	static const double wrong[] = {NAN, INFINITY, -INFINITY};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		for (unsigned field = 4; field <= 5; field++) {
			struct draft *draft = draft_least(REPORT_INCIDENT);
			struct wire wire = {.size = 0};
			struct wire place = {.size = 0};

			wire_draft(&wire, draft);
			draft_free(draft);
			wire_double(&place, 4, field == 4 ? wrong[i] : 1);
			wire_double(&place, 5, field == 5 ? wrong[i] : 1);
			wire_bytes(&wire, 18, place.bytes, place.size);
			assert_refused(*state, REPORT_INCIDENT, &wire, &usual,
				       REASON_BAD_COORDINATES,
				       field == 4 ? "place.latitude"
						  : "place.longitude");
		}
}

static void
refuses_topics_that_are_none(void **state)
{
	static const struct {
		const char *topic;
		size_t size;
	} wrong[] = {
		{BYTES("")},
		{BYTES("incident")},
		{BYTES("incident.")},
		{BYTES("incidents.minsk-2")},
		{BYTES("Incident.minsk-2")},
		{BYTES("incident.Minsk")},
		{BYTES("incident.minsk-2\0")},
		{BYTES("incident.minsk.2")},
		{BYTES("incident." LONG_64)},
		{BYTES("alert.minsk-2.rule")},
		{BYTES("heartbeat")},
	};
	struct draft *draft = draft_least(REPORT_INCIDENT);
	size_t size;
	const uint8_t *payload = draft_pack(draft, &size);

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct report report;
		struct receipt receipt;

		assert_false(codec_report(*state, &usual, wrong[i].topic,
					  wrong[i].size, payload, size, &report,
					  &receipt));
		assert_int_equal(receipt.reason, REASON_BAD_TOPIC);
		assert_string_equal(receipt.field, "");
	}
	draft_free(draft);
}

static void
needs_a_time_only_where_it_is_asked_for(void **state)
{
	static const struct admission records = {.max_count = 100000,
						 .latest_at = 1500000000000,
						 .times_required = true};
	static const struct set withdrawn = {"assessment", "withdrawn"};
	static const struct set occurred = {"occurred_at", "1424044800000"};
	static const struct set reported = {"reported_at", "1424044800000"};
	static const enum report_type types[] = {REPORT_INCIDENT,
						 REPORT_FINDING};
	struct report report;
	struct receipt receipt;

	for (size_t i = 0; i < LENGTH(types); i++) {
		struct draft *draft = draft_least(types[i]);
		struct wire wire = {.size = 0};

		wire_draft(&wire, draft);
		assert_true(wire_report(*state, types[i], &wire, &usual,
					&report, &receipt));
		assert_int_equal(report.occurred_at, TIME_UNSET);
		assert_refused(*state, types[i], &wire, &records,
			       REASON_MISSING_TIME, "reported_at");
		for (int j = 0; j < 2; j++) {
			const struct set *set = j == 0 ? &withdrawn : &reported;

			draft_free(draft);
			draft = draft_least(types[i]);
			wire.size = 0;
			sets_apply(draft, set, 1);
			wire_draft(&wire, draft);
			assert_true(wire_report(*state, types[i], &wire,
						&records, &report, &receipt));
		}
		draft_free(draft);
	}
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire wire = {.size = 0};
	sets_apply(draft, &occurred, 1);
	wire_draft(&wire, draft);
	draft_free(draft);
	assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &records,
				&report, &receipt));
}

static void
needs_to_know_what_a_tally_counts_to(void **state)
{
	struct wire wire = {.size = 0};
	struct report report;
	struct receipt receipt;

	wire_bytes(&wire, 1, "7", 1);
	wire_bytes(&wire, 3, "OCHA", 4);
	assert_refused(*state, REPORT_TALLY, &wire, &usual, REASON_MISSING_TIME,
		       "as_of_at");
	wire_number(&wire, 15, ASSESSMENT_WITHDRAWN);
	assert_true(wire_report(*state, REPORT_TALLY, &wire, &usual, &report,
				&receipt));
}

static void
refuses_what_is_no_message(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} wrong[] = {
		{BYTES("\x0a")}, /* a length is missing */
		{BYTES("\x0a\x05"
		       "abc")},		     /* longer than the rest */
		{BYTES("\x08\x01")},	     /* id as a number */
		{BYTES("\x72\x02\x0a\x00")}, /* killed.low as bytes */
		{BYTES("\x0b\x0c")},	     /* a group */
		{BYTES("\x00\x01")},	     /* field 0 */
		{BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
		{BYTES("hello")},
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct wire wire = {.size = wrong[i].size};

		memcpy(wire.bytes, wrong[i].bytes, wrong[i].size);
		assert_refused(*state, REPORT_INCIDENT, &wire, &usual,
			       REASON_MALFORMED, "");
	}
}

static void
bounds_what_small_payloads_ask_for(void **state)
{
	/* A text, a message, a link, an unknown field: each as many times as
	 * fit. */
	static const struct {
		const char *bytes;
		size_t size;
	} pieces[] = {
		{BYTES("\x0a\x00")},
		{BYTES("\x72\x00")},
		{BYTES("\xe2\x01\x00")},
		{BYTES("\xf8\x06\x00")},
	};

	for (size_t i = 0; i < LENGTH(pieces); i++) {
		struct wire wire = {.size = 0};

		while (wire.size + pieces[i].size <= PAYLOAD_MAX) {
			memcpy(wire.bytes + wire.size, pieces[i].bytes,
			       pieces[i].size);
			wire.size += pieces[i].size;
		}
		assert_refused(*state, REPORT_INCIDENT, &wire, &usual,
			       REASON_MALFORMED, "");
	}
}

static void
refuses_more_than_a_payload_may_be(void **state)
{
	enum { MEBIBYTE = 1024 * 1024 };
	uint8_t *payload = malloc(MEBIBYTE);
	struct report report;
	struct receipt receipt;

	for (size_t i = 0; i < MEBIBYTE; i += 2) {
		payload[i] = 0x0a;
		payload[i + 1] = 0x00;
	}
	assert_false(codec_report(*state, &usual, BYTES("incident.minsk-2"),
				  payload, MEBIBYTE, &report, &receipt));
	assert_int_equal(receipt.reason, REASON_OVERSIZE);
	assert_false(codec_report(*state, &usual, BYTES("incident.minsk-2"),
				  payload, PAYLOAD_MAX + 1, &report, &receipt));
	assert_int_equal(receipt.reason, REASON_OVERSIZE);
	free(payload);
}

static void
takes_the_largest_honest_report(void **state)
{
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire wire = {.size = 0};
	struct report report;
	struct receipt receipt;
	char link[] = "https://example.org/reports/0000";

	wire_draft(&wire, draft);
	draft_free(draft);
	while (wire.size + sizeof(link) + 3 <= PAYLOAD_MAX)
		wire_bytes(&wire, 28, link, sizeof(link) - 1);
	assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &usual, &report,
				&receipt));
	wire.size = 0;
	wire_bytes(&wire, 1, "7", 1);
	wire_bytes(&wire, 3, "OSCE", 4);
	static char summary[PAYLOAD_MAX];
	memset(summary, 'x', sizeof(summary));
	wire_bytes(&wire, 20, summary, PAYLOAD_MAX - wire.size - 5);
	assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &usual, &report,
				&receipt));
}

static void
tells_who_sent_what_it_refused(void **state)
{
	struct wire wire = {.size = 0};
	struct report report;
	struct receipt receipt;

	wire_bytes(&wire, 3, "OSCE", 4);
	assert_false(wire_report(*state, REPORT_INCIDENT, &wire, &usual,
				 &report, &receipt));
	assert_string_equal(report.source, "OSCE");
	wire_bytes(&wire, 1, "7", 1);
	wire_number(&wire, 2, 3);
	wire_number(&wire, 8, 99);
	assert_false(wire_report(*state, REPORT_INCIDENT, &wire, &usual,
				 &report, &receipt));
	assert_string_equal(report.source, "OSCE");
	assert_string_equal(report.id, "7");
	assert_int_equal(report.revision, 3);
}

/* --- What is taken --- */

static void
reads_every_field_of_an_incident(void **state)
{
	static const struct set sets[] = {
		{"id", "ж-1"},
		{"revision", "4"},
		{"source", "СММ/OSCE"},
		{"agreement", "minsk-2"},
		{"occurred_at", "2015-02-16T02:00:00.250+02:00"},
		{"occurred_until", "2015-02-16T01:00:00Z"},
		{"reported_at", "1424052000000"},
		{"kind", "mine_or_ied_blast"},
		{"target", "CIVILIAN"},
		{"party", "dpr"},
		{"against", "ukraine"},
		{"assessment", "Corroborated"},
		{"attribution", "assessed_party"},
		{"violations.best", "2"},
		{"killed.low", "1"},
		{"killed.best", "2"},
		{"killed.high", "5"},
		{"injured.low", "14"},
		{"injured.at_least", "true"},
		{"civilians_killed.high", "3"},
		{"civilians_injured.low", "1"},
		{"civilians_injured.high", "3"},
		{"missing.best", "1"},
		{"missing.high", "2"},
		{"place.name", "Дебальцево"},
		{"place.admin", "Donetsk oblast"},
		{"place.country", "Ua"},
		{"place.latitude", "48.3411"},
		{"place.longitude", "38.4068"},
		{"place.precision_m", "500"},
		{"event", "debaltseve-0216"},
		{"feed", "smm"},
		{"feed_seq", "18446744073709551615"},
		{"summary", "Two\nlines."},
		{"links", "https://example.org/1"},
		{"links", "https://example.org/2"},
		{"status", "test"},
	};
	struct report report;

	assert_true(sets_report(*state, REPORT_INCIDENT, sets, LENGTH(sets),
				&report));
	assert_int_equal(report.type, REPORT_INCIDENT);
	assert_string_equal(report.id, "ж-1");
	assert_int_equal(report.revision, 4);
	assert_string_equal(report.source, "СММ/OSCE");
	assert_string_equal(report.agreement, "minsk-2");
	assert_int_equal(report.occurred_at, 1424044800250);
	assert_int_equal(report.occurred_until, 1424048400000);
	assert_int_equal(report.reported_at, 1424052000000);
	assert_int_equal(report.kind, KIND_MINE_OR_IED_BLAST);
	assert_int_equal(report.target, TARGET_CIVILIAN);
	assert_string_equal(report.party, "dpr");
	assert_string_equal(report.against, "ukraine");
	assert_int_equal(report.assessment, ASSESSMENT_CORROBORATED);
	assert_int_equal(report.attribution, ATTRIBUTION_ASSESSED_PARTY);
	assert_string_equal(report.place, "Дебальцево");
	assert_string_equal(report.admin, "Donetsk oblast");
	assert_string_equal(report.country, "ua");
	assert_string_equal(report.event, "debaltseve-0216");
	assert_string_equal(report.feed, "smm");
	assert_int_equal(report.feed_seq, UINT64_MAX);
	assert_int_equal(report.status, STATUS_TEST);

	static const struct count counts[COUNT_KINDS] = {
		[COUNT_VIOLATIONS] = {2, 2, 2, false},
		[COUNT_KILLED] = {1, 2, 5, false},
		[COUNT_INJURED] = {14, 14, 14, true},
		[COUNT_CIVILIANS_KILLED] = {0, 0, 3, false},
		[COUNT_CIVILIANS_INJURED] = {1, 1, 3, false},
		[COUNT_MISSING] = {1, 1, 2, false},
	};
	for (int i = 0; i < COUNT_KINDS; i++) {
		assert_int_equal(report.counts[i].low, counts[i].low);
		assert_int_equal(report.counts[i].best, counts[i].best);
		assert_int_equal(report.counts[i].high, counts[i].high);
		assert_int_equal(report.counts[i].at_least, counts[i].at_least);
	}
}

static void
reads_unset_fields_as_documented(void **state)
{
	struct report report;

	assert_true(sets_report(*state, REPORT_INCIDENT, NULL, 0, &report));
	assert_int_equal(report.revision, 1);
	assert_string_equal(report.agreement, "minsk-2");
	assert_int_equal(report.status, STATUS_ACTUAL);
	assert_int_equal(report.assessment, ASSESSMENT_ALLEGED);
	assert_int_equal(report.attribution, ATTRIBUTION_ALLEGED_PARTY);
	assert_int_equal(report.kind, KIND_UNSPECIFIED);
	assert_int_equal(report.reported_at, TIME_UNSET);
	assert_int_equal(report.occurred_at, TIME_UNSET);
	assert_int_equal(report.occurred_until, TIME_UNSET);
	assert_int_equal(report.counts[COUNT_VIOLATIONS].low, 1);
	assert_int_equal(report.counts[COUNT_VIOLATIONS].best, 1);
	assert_int_equal(report.counts[COUNT_VIOLATIONS].high, 1);
	assert_int_equal(report.counts[COUNT_KILLED].high, 0);
	assert_string_equal(report.party, "");

	static const struct set nil = {"violations.best", "0"};
	assert_true(sets_report(*state, REPORT_INCIDENT, &nil, 1, &report));
	assert_int_equal(report.counts[COUNT_VIOLATIONS].high, 0);
}

static void
reads_tallies_and_what_identifies_findings(void **state)
{
	static const struct set tally[] = {
		{"revision", "2"},
		{"since_at", "1424044800000"},
		{"party", "dpr"},
		{"reported_at", "1424052000000"},
		{"feed", "smm"},
		{"feed_seq", "9"},
		{"killed.best", "5"},
		{"period_ms", "86400000"},
		{"killed_in_period.best", "1"},
	};
	static const struct set finding[] = {
		{"reports", "JFO/SMM/7"},
		{"assessment", "not_a_violation"},
		{"attribution", "admitted"},
		{"party", "lpr"},
		{"event", "e"},
		{"denies", "true"},
		{"note", "seen"},
		{"reported_at", "1424052000000"},
		{"status", "exercise"},
	};
	struct report report;

	assert_true(sets_report(*state, REPORT_TALLY, tally, LENGTH(tally),
				&report));
	assert_int_equal(report.type, REPORT_TALLY);
	assert_int_equal(report.revision, 2);
	assert_string_equal(report.party, "dpr");
	assert_string_equal(report.feed, "smm");
	assert_int_equal(report.feed_seq, 9);
	assert_int_equal(report.occurred_at, 1424044800000);
	assert_int_equal(report.reported_at, 1424052000000);
	assert_int_equal(report.since_at, 1424044800000);
	assert_int_equal(report.period_ms, 86400000);
	assert_int_equal(report.totals[TALLY_KILLED].high, 5);
	assert_int_equal(report.totals[TALLY_KILLED_IN_PERIOD].best, 1);
	/* What is not told is not none. */
	assert_int_equal(report.told,
			 1 << TALLY_KILLED | 1 << TALLY_KILLED_IN_PERIOD);
	assert_int_equal(report.assessment, ASSESSMENT_ALLEGED);
	assert_int_equal(report.attribution, ATTRIBUTION_ALLEGED_PARTY);
	assert_true(sets_report(*state, REPORT_FINDING, finding,
				LENGTH(finding), &report));
	assert_int_equal(report.type, REPORT_FINDING);
	assert_int_equal(report.status, STATUS_EXERCISE);
	assert_int_equal(report.assessment, ASSESSMENT_NOT_A_VIOLATION);
	assert_int_equal(report.attribution, ATTRIBUTION_ADMITTED);
	assert_string_equal(report.party, "lpr");
	assert_string_equal(report.event, "e");
	assert_int_equal(report.reported_at, 1424052000000);
	assert_true(report.denies);
	assert_int_equal(report.reports_count, 2);
	assert_string_equal(report.reports, "JFO/7");
	assert_string_equal(report.reports + 6, "JFO/SMM/7");
}

static void
reads_no_conclusion_where_a_finding_has_none(void **state)
{
	static const struct set allegation[] = {{"assessment", "alleged"},
						{"attribution",
						 "alleged_party"}};
	struct report report;

	assert_true(sets_report(*state, REPORT_FINDING, NULL, 0, &report));
	assert_int_equal(report.assessment, ASSESSMENT_UNSPECIFIED);
	assert_int_equal(report.attribution, ATTRIBUTION_UNSPECIFIED);
	assert_false(report.denies);
	uint64_t content = report.content;
	assert_true(
		sets_report(*state, REPORT_FINDING, allegation, 2, &report));
	assert_int_equal(report.assessment, ASSESSMENT_ALLEGED);
	assert_int_equal(report.attribution, ATTRIBUTION_ALLEGED_PARTY);
	assert_true(report.content != content);
}

/* A finding that names so many reports, of so many bytes each. */
static bool
names_reports(struct codec *codec, size_t count, size_t size,
	      struct receipt *ret_receipt)
{
	struct draft *draft;
	struct wire wire = {.size = 0};
	struct report report;
	char expected[128], name[2 * TEXT_SIZE] = "";
	const struct set who[] = {{"source", "OSCE"}, {"id", "7"}};

	memset(name, 'x', size);
	name[1] = '/';
	assert_int_equal(draft_new(&draft, REPORT_FINDING), 0);
	sets_apply(draft, who, LENGTH(who));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(draft_set(draft, "reports", name, expected,
					   sizeof(expected)),
				 0);
	wire_draft(&wire, draft);
	draft_free(draft);
	return wire_report(codec, REPORT_FINDING, &wire, &usual, &report,
			   ret_receipt);
}

static void
refuses_a_finding_of_no_reports_or_of_too_many(void **state)
{
	struct receipt receipt;

	assert_true(names_reports(*state, 32, 63, &receipt));
	assert_false(names_reports(*state, 32, 64, &receipt));
	assert_int_equal(receipt.reason, REASON_BAD_ID);
	assert_string_equal(receipt.detail, "at most 2,047 bytes of source/id");
	assert_false(names_reports(*state, 33, 9, &receipt));
	assert_int_equal(receipt.reason, REASON_BAD_ID);
	assert_string_equal(receipt.field, "reports");
	assert_string_equal(receipt.detail, "at most 32 reports");
	assert_false(names_reports(*state, 0, 9, &receipt));
	assert_int_equal(receipt.reason, REASON_MISSING_ID);
	assert_string_equal(receipt.field, "reports");
}

static void
takes_every_kind_by_the_name_rules_use(void **state)
{
	for (int kind = 1; kind < KINDS; kind++) {
		const struct set set = {"kind", kind_name((enum kind)kind)};
		struct report report;

		assert_true(
			sets_report(*state, REPORT_INCIDENT, &set, 1, &report));
		assert_int_equal(report.kind, kind);
	}
	for (int target = 1; target < TARGETS; target++) {
		const struct set set = {"target",
					target_name((enum target)target)};
		struct report report;

		assert_true(
			sets_report(*state, REPORT_INCIDENT, &set, 1, &report));
		assert_int_equal(report.target, target);
	}
}

/* --- Content --- */

static uint64_t
content_of(struct codec *codec, enum report_type type, const struct set *sets,
	   size_t count)
{
	struct report report;

	assert_true(sets_report(codec, type, sets, count, &report));
	return report.content;
}

static void
gives_one_content_to_one_meaning(void **state)
{
	static const struct set same[][SETS_MAX] = {
		{{"revision", "9"}},
		{{"reported_at", "1424052000000"}},
		{{"agreement", "minsk-2"}},
		{{"assessment", "ALLEGED"}},
		{{"assessment", "ASSESSMENT_UNSPECIFIED"}},
		{{"attribution", "ALLEGED_PARTY"}},
		{{"status", "ACTUAL"}},
		{{"kind", "KIND_UNSPECIFIED"}},
		{{"violations.best", "1"}},
		{{"violations.low", "1"},
		 {"violations.best", "1"},
		 {"violations.high", "1"},
		 {"violations.at_least", "false"}},
		{{"party", ""}, {"event", ""}, {"summary", ""}},
		{{"feed_seq", "0"}},
	};
	uint64_t least = content_of(*state, REPORT_INCIDENT, NULL, 0);

	for (size_t i = 0; i < LENGTH(same); i++)
		assert_true(content_of(*state, REPORT_INCIDENT, same[i],
				       SETS_MAX) == least);
	static const struct set country[] = {{"place.country", "UA"},
					     {"place.country", "ua"}};
	assert_true(content_of(*state, REPORT_INCIDENT, &country[0], 1) ==
		    content_of(*state, REPORT_INCIDENT, &country[1], 1));
	/* The hash outlives the process: it must not change. */
	assert_true(least == UINT64_C(0x70a1412afa10479d));
}

static void
gives_another_content_for_each_field(void **state)
{
	static const struct set incident[] = {
		{"id", "8"},
		{"source", "JFO"},
		{"occurred_at", "1424052000000"},
		{"kind", "CLASH"},
		{"party", "dpr"},
		{"against", "dpr"},
		{"assessment", "VERIFIED"},
		{"attribution", "ADMITTED"},
		{"violations.best", "0"},
		{"killed.best", "0"},
		{"killed.best", "1"},
		{"killed.high", "1"},
		{"injured.best", "1"},
		{"civilians_killed.best", "1"},
		{"civilians_injured.best", "1"},
		{"place.name", "dpr"},
		{"place.admin", "dpr"},
		{"place.country", "ua"},
		{"place.precision_m", "1"},
		{"event", "dpr"},
		{"summary", "dpr"},
		{"status", "TEST"},
		{"feed", "dpr"},
		{"feed_seq", "1"},
		{"target", "AID"},
		{"children_killed.best", "1"},
		{"children_injured.best", "1"},
		{"missing.best", "1"},
		{"links", "dpr"},
	};
	static const struct set tally[] = {
		{"id", "8"},
		{"source", "JFO"},
		{"party", "dpr"},
		{"since_at", "1424044800000"},
		{"as_of_at", "1424044800001"},
		{"violations.best", "1"},
		{"killed.best", "1"},
		{"injured.best", "1"},
		{"status", "TEST"},
		{"feed", "dpr"},
		{"feed_seq", "1"},
		{"assessment", "VERIFIED"},
		{"killed_in_period.best", "1"},
		{"injured_in_period.best", "1"},
		{"period_ms", "1"},
	};
	static const struct set finding[] = {
		{"id", "8"},
		{"source", "JFO"},
		{"reports", "a/b"},
		{"event", "a/b"},
		{"assessment", "VERIFIED"},
		{"attribution", "ADMITTED"},
		{"party", "dpr"},
		{"denies", "true"},
		{"note", "a/b"},
		{"status", "TEST"},
	};
	static const struct {
		enum report_type type;
		const struct set *sets;
		size_t count;
	} all[] = {
		{REPORT_INCIDENT, incident, LENGTH(incident)},
		{REPORT_TALLY, tally, LENGTH(tally)},
		{REPORT_FINDING, finding, LENGTH(finding)},
	};

	for (size_t i = 0; i < LENGTH(all); i++) {
		uint64_t contents[1 + LENGTH(incident)];

		contents[0] = content_of(*state, all[i].type, NULL, 0);
		for (size_t j = 0; j < all[i].count; j++) {
			contents[j + 1] = content_of(*state, all[i].type,
						     &all[i].sets[j], 1);
			for (size_t k = 0; k <= j; k++)
				if (contents[k] == contents[j + 1])
					fail_msg("%s", all[i].sets[j].path);
		}
	}
	static const struct set pairs[][2] = {
		{{"occurred_at", "1"}, {"violations.best", "1"}},
		{{"occurred_at", "1"}, {"occurred_until", "1"}},
		{{"occurred_at", "1"}, {"occurred_until", "2"}},
		{{"place.latitude", "1"}, {"place.longitude", "1"}},
		{{"place.latitude", "1"}, {"place.longitude", "2"}},
		{{"place.latitude", "2"}, {"place.longitude", "1"}},
	};
	for (size_t i = 0; i < LENGTH(pairs); i++)
		for (size_t j = 0; j < i; j++)
			assert_true(content_of(*state, REPORT_INCIDENT,
					       pairs[i], 2) !=
				    content_of(*state, REPORT_INCIDENT,
					       pairs[j], 2));
	/* Where one link ends and the next begins is content too. */
	static const struct set links[][2] = {{{"links", "ab"}, {"links", "c"}},
					      {{"links", "a"},
					       {"links", "bc"}}};
	assert_true(content_of(*state, REPORT_INCIDENT, links[0], 2) !=
		    content_of(*state, REPORT_INCIDENT, links[1], 2));
}

static void
drops_unknown_fields_and_repeated_ones_from_the_content(void **state)
{
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire wire = {.size = 0};
	struct report report;
	struct receipt receipt;

	wire_bytes(&wire, 9, "lpr", 3); /* the later one holds */
	static const struct set party = {"party", "dpr"};
	sets_apply(draft, &party, 1);
	wire_draft(&wire, draft);
	wire_bytes(&wire, 999, "new", 3);
	draft_free(draft);
	assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &usual, &report,
				&receipt));
	assert_true(report.content ==
		    content_of(*state, REPORT_INCIDENT, &party, 1));
}

/* --- Drafts --- */

static void
says_what_a_draft_expects(void **state)
{
	static const struct {
		const char *path;
		const char *text;
		int error;
		const char *expected;
	} wrong[] = {
		{"nothing", "1", -ENOENT, "a field of Incident"},
		{"place", "Kyiv", -EINVAL, "its fields, as place.admin"},
		{"killed", "x", -EINVAL, "a whole number, 0 to 4294967295"},
		{"killed.most", "1", -ENOENT, "a field of Incident"},
		{"killed.best.low", "1", -ENOENT, "a field of Incident"},
		{"id.best", "1", -ENOENT, "a field of Incident"},
		{"", "1", -ENOENT, "a field of Incident"},
		{"killed.best", "-1", -EINVAL,
		 "a whole number, 0 to 4294967295"},
		{"killed.best", "4294967296", -EINVAL,
		 "a whole number, 0 to 4294967295"},
		{"killed.best", "1.5", -EINVAL,
		 "a whole number, 0 to 4294967295"},
		{"killed.best", "", -EINVAL, "a whole number, 0 to 4294967295"},
		{"killed.at_least", "yes", -EINVAL, "true or false"},
		{"feed_seq", "18446744073709551616", -EINVAL, "a whole number"},
		{"target", "bridge", -EINVAL,
		 "one of MILITARY CIVILIAN MEDICAL EDUCATION INFRASTRUCTURE "
		 "AID MONITORS RELIGIOUS"},
		{"place.latitude", "north", -EINVAL, "a decimal number"},
		{"place.latitude", "inf", -EINVAL, "a decimal number"},
		{"place.latitude", "1e999", -EINVAL, "a decimal number"},
		{"place.latitude", "48,5", -EINVAL, "a decimal number"},
		{"party", "\xff", -EINVAL, "UTF-8"},
	};
	struct draft *draft;
	size_t size;

	(void)state;
	assert_int_equal(draft_new(&draft, REPORT_INCIDENT), 0);
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		char expected[DRAFT_EXPECTED_SIZE] = "";

		assert_int_equal(draft_set(draft, wrong[i].path, wrong[i].text,
					   expected, sizeof(expected)),
				 wrong[i].error);
		assert_string_equal(expected, wrong[i].expected);
	}
	/* The longest. */
	char expected[DRAFT_EXPECTED_SIZE];
	assert_int_equal(draft_set(draft, "kind", "x", expected,
				   sizeof(expected)),
			 -EINVAL);
	assert_non_null(strstr(expected, "one of AIR_STRIKE DRONE_STRIKE "));
	assert_string_equal(expected + strlen(expected) - 6, " OTHER");
	assert_non_null(draft_pack(draft, &size));
	assert_int_equal(size, 0);
	draft_free(draft);
	draft_free(NULL);
}

static void
reads_times_as_written(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
	} times[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2015-02-15T00:00:00+02:00", 1423951200000},
		{"2015-02-14 22:00:00Z", 1423951200000},
		{"2015-02-14t22:00:00.1239z", 1423951200123},
		{"2015-02-14T15:30:00-06:30", 1423951200000},
		{"2016-02-29T12:00:00.5Z", 1456747200500},
		{"2016-12-31T23:59:60Z", 1483228800000},
		{"1900-01-01T00:00:00Z", -2208988800000},
		{"9999-12-31T23:59:59.999Z", 253402300799999},
		{"2000-03-01T00:00:00Z", 951868800000},
		{"1423951200000", 1423951200000},
		{"-1", -1},
	};
	static const char *const wrong[] = {
		"",
		"yesterday",
		"2015-02-15",
		"2015-02-15T00:00:00",
		"2015-02-15T00:00Z",
		"2015-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2015-13-01T00:00:00Z",
		"2015-00-01T00:00:00Z",
		"2015-02-00T00:00:00Z",
		"2015-02-15T24:00:00Z",
		"2015-02-15T00:60:00Z",
		"2015-02-15T00:00:61Z",
		"2015-02-15T00:00:00.Z",
		"2015-02-15T00:00:00+0200",
		"2015-02-15T00:00:00+24:00",
		"2015-02-15T00:00:00Zulu",
		"1423951200000ms",
		" 1",
		"9223372036854775808",
	};
	static const struct admission any = {.latest_at = TIME_NEVER,
					     .max_count = 1};
	struct report report;
	struct receipt receipt;

	for (size_t i = 0; i < LENGTH(times); i++) {
		const struct set set = {"occurred_at", times[i].text};
		struct draft *draft = draft_least(REPORT_INCIDENT);
		struct wire wire = {.size = 0};

		sets_apply(draft, &set, 1);
		wire_draft(&wire, draft);
		draft_free(draft);
		assert_true(wire_report(*state, REPORT_INCIDENT, &wire, &any,
					&report, &receipt));
		assert_int_equal(report.occurred_at, times[i].time);
	}
	struct draft *draft = draft_least(REPORT_INCIDENT);
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		char expected[128];

		if (draft_set(draft, "occurred_at", wrong[i], expected,
			      sizeof(expected)) != -EINVAL)
			fail_msg("%s", wrong[i]);
		assert_string_equal(expected,
				    "a time as 2015-02-15T00:00:00+02:00, or "
				    "Unix milliseconds");
	}
	draft_free(draft);
}

static void
begins_a_draft_anew_when_cleared(void **state)
{
	static const struct set full[] = {
		{"agreement", "minsk-2"}, {"links", "a"}, {"links", "b"},
		{"killed.best", "5"},	  {"id", "1"},	  {"id", "2"},
	};
	struct draft *draft;
	char topic[TOPIC_MAX];
	size_t size;

	(void)state;
	assert_int_equal(draft_new(&draft, REPORT_INCIDENT), 0);
	assert_false(draft_topic(draft, topic));
	sets_apply(draft, full, LENGTH(full));
	assert_true(draft_topic(draft, topic));
	assert_string_equal(topic, "incident.minsk-2");
	draft_clear(draft);
	assert_false(draft_topic(draft, topic));
	assert_non_null(draft_pack(draft, &size));
	assert_int_equal(size, 0);
	sets_apply(draft, full, LENGTH(full));
	draft_free(draft);
}

/* --- Alerts --- */

static const struct voice voice = {
	.sender = "truced",
	.stream = "0123456789abcdef0123456789abcdef",
};

static struct alert
alert_example(void)
{
	struct alert alert = {
		.seq = 420,
		.episode_seq = 415,
		.references_seq = 419,
		.msg_type = MSG_TYPE_UPDATE,
		.state = ALERT_FIRING,
		.cause = CAUSE_LEVEL_UP,
		.status = STATUS_ACTUAL,
		.rule = "mass-casualty",
		.agreement = "minsk-2",
		.labels = {{"party", "lpr"}, {"admin", ""}},
		.labels_count = 2,
		.severity = SEVERITY_EXTREME,
		.certainty = CERTAINTY_LIKELY,
		.urgency = URGENCY_IMMEDIATE,
		.measure = "killed",
		.sums = {.by_basis = {2, 5, 21, 30},
			 .events = 6,
			 .attributed = 3,
			 .disputed = 1,
			 .at_least = 2},
		.threshold = 20,
		.window_ms = 86400000,
		.onset_at = 1424044800000,
		.sent_at = 1424052000000,
		.began_at = 1424048400000,
		.evidence = {{"OSCE", "7", 2}, {"JFO", "ж", 1}},
		.evidence_count = 2,
		.acknowledged_by = "Ольга",
		.acknowledged_at = 1424050000000,
		.comment = "seen;\ncalling",
		.headline = "{party}: {reported} killed",
		.instruction = "Call the liaison of {party}.",
		.web = "https://example.org/",
	};

	return alert;
}

static void
brings_an_alert_across(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX], again[ALERT_BYTES_MAX];
	struct notice notice;
	char topic[2 * TOPIC_MAX];

	size_t size = codec_alert_pack(&alert, &voice, bytes);
	assert_int_equal(codec_alert_pack(&alert, &voice, again), size);
	assert_memory_equal(bytes, again, size);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_string_equal(notice.identifier, "truced-01234567-420");
	assert_string_equal(notice.stream, voice.stream);
	assert_string_equal(notice.episode, "truced-01234567-415");
	assert_string_equal(notice.references, "truced-01234567-419");
	assert_string_equal(notice.rule, "mass-casualty");
	assert_string_equal(notice.agreement, "minsk-2");
	assert_string_equal(notice.measure, "killed");
	assert_string_equal(notice.headline, "allegedly lpr: 21 killed");
	assert_int_not_equal(strlen(notice.description), 0);
	assert_string_equal(notice.instruction,
			    "Call the liaison of allegedly lpr.");
	assert_string_equal(notice.web, "https://example.org/");
	assert_int_equal(notice.seq, 420);
	assert_int_equal(notice.msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(notice.state, ALERT_FIRING);
	assert_int_equal(notice.cause, CAUSE_LEVEL_UP);
	assert_int_equal(notice.status, STATUS_ACTUAL);
	assert_int_equal(notice.severity, SEVERITY_EXTREME);
	assert_int_equal(notice.certainty, CERTAINTY_LIKELY);
	assert_int_equal(notice.urgency, URGENCY_IMMEDIATE);
	for (int i = 0; i < 4; i++)
		assert_true(notice.sums[i] == (double)alert.sums.by_basis[i]);
	assert_true(notice.threshold == 20);
	assert_int_equal(notice.window_ms, 86400000);
	assert_int_equal(notice.onset_at, 1424044800000);
	assert_int_equal(notice.sent_at, 1424052000000);
	assert_int_equal(notice.began_at, 1424048400000);
	assert_int_equal(notice.events, 6);
	assert_int_equal(notice.attributed, 3);
	assert_int_equal(notice.disputed, 1);
	assert_true(notice.at_least);
	assert_int_equal(notice.labels_count, 2);
	assert_string_equal(notice.labels[0].name, "party");
	assert_string_equal(notice.labels[0].value, "lpr");
	assert_string_equal(notice.labels[1].value, "");
	assert_int_equal(notice.evidence_count, 2);
	assert_string_equal(notice.evidence[0], "OSCE/7@2");
	assert_string_equal(notice.evidence[1], "JFO/ж@1");
	assert_string_equal(notice.acknowledged_by, "Ольга");
	assert_int_equal(notice.acknowledged_at, 1424050000000);
	assert_string_equal(notice.comment, "seen;\ncalling");
	assert_int_equal(codec_alert_topic(&alert, topic), 27);
	assert_string_equal(topic, "alert.minsk-2.mass-casualty");
	alert.status = STATUS_EXERCISE;
	assert_int_equal(codec_alert_topic(&alert, topic), 36);
	assert_string_equal(topic, "exercise.alert.minsk-2.mass-casualty");
}

static void
leaves_out_of_an_alert_what_there_is_not(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX];
	struct notice notice;
	char web[2050];

	memset(web, 'w', sizeof(web) - 1);
	web[sizeof(web) - 1] = '\0';
	alert.references_seq = 0;
	alert.window_ms = 0;
	alert.onset_at = TIME_UNSET;
	alert.instruction = "";
	alert.web = web; /* too long to be one */
	alert.measure = "";
	alert.labels_count = 0;
	alert.evidence_count = 0;
	alert.status = STATUS_SYSTEM;
	alert.acknowledged_at = TIME_UNSET; /* taken back, not acknowledged */
	alert.comment[0] = '\0';
	size_t size = codec_alert_pack(&alert, &voice, bytes);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_string_equal(notice.references, "");
	assert_int_equal(notice.window_ms, 0);
	assert_int_equal(notice.onset_at, TIME_UNSET);
	assert_string_equal(notice.instruction, "");
	assert_string_equal(notice.web, "");
	assert_int_equal(notice.labels_count, 0);
	assert_int_equal(notice.evidence_count, 0);
	assert_string_equal(notice.acknowledged_by, "Ольга");
	assert_int_equal(notice.acknowledged_at, TIME_UNSET);
	assert_string_equal(notice.comment, "");
	assert_false(codec_alert_unpack(*state, bytes, size - 1, &notice));
	/* Without a name there is no time of it. */
	alert.acknowledged_by[0] = '\0';
	alert.acknowledged_at = 1424050000000;
	size = codec_alert_pack(&alert, &voice, bytes);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_string_equal(notice.acknowledged_by, "");
	assert_int_equal(notice.acknowledged_at, TIME_UNSET);
}

static void
fits_an_alert_at_its_longest(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX];
	struct notice notice;
	char name[NAME_SIZE], text[TEXT_SIZE], web[2049], template[4096];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(web, 'w', sizeof(web) - 1);
	web[sizeof(web) - 1] = '\0';
	memset(template, 'x', sizeof(template) - 1);
	template[sizeof(template) - 1] = '\0';
	memcpy(alert.rule, name, sizeof(name));
	memcpy(alert.agreement, name, sizeof(name));
	alert.seq = alert.episode_seq = alert.references_seq = UINT64_MAX;
	memcpy(alert.acknowledged_by, text, sizeof(text));
	memset(alert.comment, 'c', sizeof(alert.comment) - 1);
	alert.headline = alert.instruction = template;
	alert.web = web;
	alert.sums.events = alert.sums.attributed = UINT32_MAX;
	alert.labels_count = GROUP_BY_MAX;
	for (int i = 0; i < GROUP_BY_MAX; i++) {
		alert.labels[i].name = "disputed";
		memcpy(alert.labels[i].value, text, sizeof(text));
	}
	alert.evidence_count = EVIDENCE_MAX;
	for (int i = 0; i < EVIDENCE_MAX; i++) {
		memcpy(alert.evidence[i].source, text, sizeof(text));
		memcpy(alert.evidence[i].id, text, sizeof(text));
		alert.evidence[i].revision = UINT32_MAX;
	}
	const struct voice loud = {.sender = template,
				   .stream = voice.stream,
				   .goes_on_from = "truced-fedcba98-7"};
	size_t size = codec_alert_pack(&alert, &loud, bytes);
	assert_true(size <= ALERT_BYTES_MAX);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_int_equal(strlen(notice.evidence[15]), 64 + 1 + 64 + 1 + 10);
	assert_int_equal(strlen(notice.web), 2048);
	assert_int_equal(strlen(notice.identifier), 64 + 1 + 8 + 1 + 20);
	assert_int_equal(strlen(notice.headline),
			 strlen("counted anew: ") + HEADLINE_SIZE - 1);
	size = codec_alert_end(*state, bytes, size, &loud, UINT64_MAX,
			       INT64_MAX, bytes);
	assert_in_range(size, 1, ALERT_BYTES_MAX);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_int_equal(strlen(notice.headline),
			 strlen("counted anew, ended: ") + HEADLINE_SIZE - 1);
}

/* What an earlier stream had: its voice, and an episode that began in it. */
static const struct voice earlier = {
	.sender = "truced",
	.stream = "fedcba9876543210fedcba9876543210",
};

static void
says_what_goes_on_from_an_earlier_stream(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX];
	struct voice anew = voice;
	struct notice notice;

	alert.msg_type = MSG_TYPE_ALERT;
	alert.cause = CAUSE_CROSSED;
	anew.episode = "truced-fedcba98-3";
	anew.goes_on_from = "truced-fedcba98-7";
	size_t size = codec_alert_pack(&alert, &anew, bytes);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_string_equal(notice.identifier, "truced-01234567-420");
	assert_string_equal(notice.episode, "truced-fedcba98-3");
	assert_string_equal(notice.references, "truced-fedcba98-7");
	assert_int_equal(notice.msg_type, MSG_TYPE_UPDATE);
	assert_int_equal(notice.state, ALERT_FIRING);
	assert_int_equal(notice.cause, CAUSE_RULE_CHANGED);
	assert_int_equal(notice.urgency, URGENCY_IMMEDIATE);
	assert_string_equal(notice.headline,
			    "counted anew: allegedly lpr: 21 killed");
	assert_non_null(strstr(notice.description,
			       "has begun a new stream. Crossed the threshold "
			       "of 20"));

	/* What comes after it has its name, and says nothing of it. */
	anew.goes_on_from = NULL;
	alert.msg_type = MSG_TYPE_UPDATE;
	alert.cause = CAUSE_LEVEL_UP;
	size = codec_alert_pack(&alert, &anew, bytes);
	assert_true(codec_alert_unpack(*state, bytes, size, &notice));
	assert_string_equal(notice.episode, "truced-fedcba98-3");
	assert_string_equal(notice.references, "truced-01234567-419");
	assert_int_equal(notice.cause, CAUSE_LEVEL_UP);
	assert_string_equal(notice.headline, "allegedly lpr: 21 killed");
}

static void
ends_what_an_earlier_stream_began(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX], last[ALERT_BYTES_MAX];
	struct voice anew = earlier;
	struct notice notice;

	/* Counted anew once before: that is said once. */
	for (int times = 0; times < 2; times++) {
		alert.cause = CAUSE_CROSSED;
		anew.goes_on_from = times ? "truced-00000000-9" : NULL;
		size_t size = codec_alert_pack(&alert, &anew, last);
		size = codec_alert_end(*state, last, size, &voice, 5,
				       alert.sent_at + 1, bytes);
		assert_true(codec_alert_unpack(*state, bytes, size, &notice));
		assert_string_equal(notice.identifier, "truced-01234567-5");
		assert_string_equal(notice.stream, voice.stream);
		assert_string_equal(notice.episode, "truced-fedcba98-415");
		assert_string_equal(notice.references, "truced-fedcba98-420");
		assert_int_equal(notice.state, ALERT_RESOLVED);
		assert_int_equal(notice.cause, CAUSE_RULE_CHANGED);
		assert_int_equal(notice.sent_at, alert.sent_at + 1);
		assert_int_equal(notice.began_at, TIME_UNSET);
		assert_string_equal(notice.comment, "");
		assert_string_equal(notice.headline,
				    "counted anew, ended: allegedly lpr: 21 "
				    "killed");
		assert_ptr_equal(strstr(notice.description, "This truced"),
				 notice.description);
		assert_null(strstr(notice.description + 1, "This truced"));
		/* Not before what it ends, whatever the reports' clock says. */
		size = codec_alert_pack(&alert, &anew, last);
		size = codec_alert_end(*state, last, size, &voice, 5,
				       TIME_UNSET, bytes);
		assert_true(codec_alert_unpack(*state, bytes, size, &notice));
		assert_int_equal(notice.sent_at, alert.sent_at);
	}
	assert_int_equal(codec_alert_end(*state, last, 3, &voice, 5, 0, bytes),
			 0);
}

static void
reads_a_value_from_a_later_version_as_unknown(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX];
	struct wire wire = {.size = 0};
	struct notice notice;

	size_t size = codec_alert_pack(&alert, &voice, bytes);
	memcpy(wire.bytes, bytes, size);
	wire.size = size;
	wire_number(&wire, 13, 77); /* severity */
	wire_number(&wire, 6, 77);  /* cause */
	wire_number(&wire, 9, 77);  /* status */
	assert_true(codec_alert_unpack(*state, wire.bytes, wire.size, &notice));
	assert_int_equal(notice.severity, SEVERITY_UNKNOWN);
	assert_int_equal(notice.cause, CAUSE_UNSPECIFIED);
	assert_int_equal(notice.status, STATUS_ACTUAL);
}

struct visited {
	char text[4096];
	size_t size;
};

static void
visit_note(void *context, const char *path, size_t index, enum value_kind kind,
	   const char *text)
{
	static const char kinds[] = {[VALUE_STRING] = 's',
				     [VALUE_NUMBER] = 'n',
				     [VALUE_BOOL] = 'b',
				     [VALUE_ENUM] = 'e'};
	struct visited *visited = context;

	if (strcmp(path, "description") == 0)
		return; /* its words are tested elsewhere */
	visited->size += (size_t)snprintf(visited->text + visited->size,
					  sizeof(visited->text) - visited->size,
					  "%s[%zu] %c %s\n", path, index,
					  kinds[kind], text);
}

static void
visits_an_alert_in_field_order(void **state)
{
	struct alert alert = alert_example();
	uint8_t bytes[ALERT_BYTES_MAX];
	struct visited visited = {.size = 0};

	alert.threshold = 3.09;
	size_t size = codec_alert_pack(&alert, &voice, bytes);
	assert_true(
		codec_alert_visit(*state, bytes, size, visit_note, &visited));
	assert_string_equal(visited.text,
			    "identifier[0] s truced-01234567-420\n"
			    "stream[0] s 0123456789abcdef0123456789abcdef\n"
			    "seq[0] n 420\n"
			    "msg_type[0] e UPDATE\n"
			    "state[0] e FIRING\n"
			    "cause[0] e LEVEL_UP\n"
			    "episode[0] s truced-01234567-415\n"
			    "references[0] s truced-01234567-419\n"
			    "status[0] e ACTUAL\n"
			    "rule[0] s mass-casualty\n"
			    "agreement[0] s minsk-2\n"
			    "labels.name[0] s party\n"
			    "labels.value[0] s lpr\n"
			    "labels.name[1] s admin\n"
			    "labels.value[1] s \n"
			    "severity[0] e EXTREME\n"
			    "certainty[0] e LIKELY\n"
			    "urgency[0] e IMMEDIATE\n"
			    "measure[0] s killed\n"
			    "confirmed[0] n 2\n"
			    "supported[0] n 5\n"
			    "reported[0] n 21\n"
			    "upper[0] n 30\n"
			    "threshold[0] n 3.09\n"
			    "window_ms[0] n 86400000\n"
			    "onset_at[0] n 1424044800000\n"
			    "sent_at[0] n 1424052000000\n"
			    "headline[0] s allegedly lpr: 21 killed\n"
			    "evidence[0] s OSCE/7@2\n"
			    "evidence[1] s JFO/ж@1\n"
			    "events[0] n 6\n"
			    "attributed[0] n 3\n"
			    "disputed[0] n 1\n"
			    "at_least[0] b true\n"
			    "acknowledged_by[0] s Ольга\n"
			    "acknowledged_at[0] n 1424050000000\n"
			    "comment[0] s seen;\ncalling\n"
			    "instruction[0] s Call the liaison of allegedly "
			    "lpr.\n"
			    "web[0] s https://example.org/\n"
			    "began_at[0] n 1424048400000\n");
	assert_false(codec_alert_visit(*state, bytes, size - 1, visit_note,
				       &visited));
}

static void
brings_a_heartbeat_across(void **state)
{
	struct heartbeat heartbeat = {.stream = voice.stream,
				      .seq = 420,
				      .at = 1424052000000,
				      .digest = {1, 2, [31] = 3},
				      .trouble = ""};
	struct heartbeat read;
	uint8_t bytes[HEARTBEAT_BYTES_MAX];

	size_t size = codec_heartbeat_pack(&heartbeat, bytes);
	assert_true(codec_heartbeat_unpack(*state, bytes, size, &read));
	assert_string_equal(read.stream, voice.stream);
	assert_int_equal(read.seq, 420);
	assert_int_equal(read.at, 1424052000000);
	assert_memory_equal(read.digest, heartbeat.digest, sizeof(read.digest));
	assert_string_equal(read.trouble, "");
	assert_false(codec_heartbeat_unpack(*state, bytes, size - 1, &read));
	/* A digest of another length is not one. */
	assert_false(codec_heartbeat_unpack(*state,
					    (const uint8_t *)"\x22\x01x", 3,
					    &read));
	heartbeat.trouble = "the disk is full";
	size = codec_heartbeat_pack(&heartbeat, bytes);
	assert_true(codec_heartbeat_unpack(*state, bytes, size, &read));
	assert_string_equal(read.trouble, "the disk is full");
}

/* --- Requests --- */

static void
request_across(struct codec *codec, const struct request *request,
	       struct request *ret_request)
{
	size_t size;
	const uint8_t *bytes = codec_request_pack(codec, request, &size);

	assert_non_null(bytes);
	/* The codec's next call takes its memory back. */
	uint8_t *copy = malloc(size);
	memcpy(copy, bytes, size);
	assert_true(codec_request_unpack(codec, copy, size, ret_request));
	free(copy);
	assert_int_equal(ret_request->kind, request->kind);
	assert_int_equal(ret_request->tag, request->tag);
}

static void
brings_requests_across(void **state)
{
	static const struct wire_message items[] = {
		{BYTES("incident.minsk-2"), (const uint8_t *)"a\0b", 3},
		{BYTES(""), NULL, 0},
	};
	struct request read;

	request_across(*state,
		       &(struct request){.tag = UINT64_MAX,
					 .kind = REQUEST_SUBMIT,
					 .items = items,
					 .items_count = 2,
					 .dry_run = true},
		       &read);
	assert_true(read.dry_run);
	assert_int_equal(read.items_count, 2);
	assert_int_equal(read.items[0].topic_size, 16);
	assert_memory_equal(read.items[0].topic, "incident.minsk-2", 16);
	assert_int_equal(read.items[0].payload_size, 3);
	assert_memory_equal(read.items[0].payload, "a\0b", 3);
	assert_int_equal(read.items[1].topic_size, 0);
	assert_int_equal(read.items[1].payload_size, 0);
	request_across(*state,
		       &(struct request){.tag = 1,
					 .kind = REQUEST_GET,
					 .identifier = "truced-01234567-1"},
		       &read);
	assert_string_equal(read.identifier, "truced-01234567-1");
	request_across(*state,
		       &(struct request){.tag = 2,
					 .kind = REQUEST_REPLAY,
					 .stream = voice.stream,
					 .after_seq = 7,
					 .prefix = "alert.minsk-2.",
					 .limit = 10},
		       &read);
	assert_string_equal(read.stream, voice.stream);
	assert_int_equal(read.after_seq, 7);
	assert_string_equal(read.prefix, "alert.minsk-2.");
	assert_int_equal(read.limit, 10);
	request_across(*state,
		       &(struct request){.kind = REQUEST_REPLAY,
					 .stream = "",
					 .prefix = ""},
		       &read);
	assert_string_equal(read.stream, "");
	assert_string_equal(read.prefix, "");
	assert_int_equal(read.limit, 0);
	request_across(*state,
		       &(struct request){.kind = REQUEST_LIST,
					 .prefix = "alert.",
					 .after = "truced-01234567-1"},
		       &read);
	assert_string_equal(read.prefix, "alert.");
	assert_string_equal(read.after, "truced-01234567-1");
	assert_null(read.expected);
	request_across(*state, &(struct request){.kind = REQUEST_STATUS},
		       &read);
	request_across(*state,
		       &(struct request){.tag = 9, .kind = REQUEST_NONE},
		       &read);
}

static void
brings_what_an_officer_says_across(void **state)
{
	struct request read;
	char comment[COMMENT_SIZE];

	memset(comment, 'c', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	request_across(*state,
		       &(struct request){.tag = 3,
					 .kind = REQUEST_ACKNOWLEDGE,
					 .identifier = "truced-01234567-1",
					 .by = "Ольга",
					 .comment = comment,
					 .for_ms = FOR_MS_MAX},
		       &read);
	assert_null(read.expected);
	assert_string_equal(read.identifier, "truced-01234567-1");
	assert_string_equal(read.by, "Ольга");
	assert_string_equal(read.comment, comment);
	assert_int_equal(read.for_ms, FOR_MS_MAX);
	request_across(*state,
		       &(struct request){.kind = REQUEST_ACKNOWLEDGE,
					 .identifier = "i",
					 .by = LONG_64},
		       &read);
	assert_null(read.expected);
	assert_string_equal(read.comment, "");
	assert_int_equal(read.for_ms, 0);
	request_across(*state,
		       &(struct request){.kind = REQUEST_RETRACT,
					 .identifier = "truced-01234567-2",
					 .by = "o",
					 .comment = "counted\ntwice"},
		       &read);
	assert_null(read.expected);
	assert_string_equal(read.identifier, "truced-01234567-2");
	assert_string_equal(read.by, "o");
	assert_string_equal(read.comment, "counted\ntwice");
}

/* An ACKNOWLEDGE (6) or RETRACT (7) of four fields, where NULL leaves one
 * out, and what is expected instead. */
struct order {
	unsigned field;
	const char *identifier;
	const char *by;
	const char *comment;
	int64_t for_ms;
	const char *expected;
};

#define AN_IDENTIFIER "identifier: an alert's"
#define A_PERSON                                                               \
	"by: who it is, 1 to 64 bytes of UTF-8 without control characters or " \
	"blanks at the ends"
#define A_COMMENT "comment: at most 511 bytes of UTF-8"
#define A_REASON "comment: why, 1 to 511 bytes of UTF-8"
#define LONG_512 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64

static const struct order bad_orders[] = {
	{6, NULL, "o", "", 0, AN_IDENTIFIER},
	{6, "", "o", "", 0, AN_IDENTIFIER},
	{6, "a\xff", "o", "", 0, AN_IDENTIFIER},
	{6, "a\n", "o", "", 0, AN_IDENTIFIER},
	{6, "a", NULL, "", 0, A_PERSON},
	{6, "a", "", "", 0, A_PERSON},
	{6, "a", LONG_64 "x", "", 0, A_PERSON},
	{6, "a", "o\x1b[2J", "", 0, A_PERSON},
	{6, "a", "o\xc2\x85", "", 0, A_PERSON},
	{6, "a", "\xc3(", "", 0, A_PERSON},
	{6, "a", " ", "", 0, A_PERSON},
	{6, "a", " o", "", 0, A_PERSON},
	{6, "a", "o ", "", 0, A_PERSON},
	{6, "a", "o", LONG_512, 0, A_COMMENT},
	{6, "a", "o", "\xff", 0, A_COMMENT},
	{6, "a", "o", "", -1, "for_ms: 1 ms to 36500 days"},
	{6, "a", "o", "", FOR_MS_MAX + 1, "for_ms: 1 ms to 36500 days"},
	{7, NULL, "o", "c", 0, AN_IDENTIFIER},
	{7, "a", NULL, "c", 0, A_PERSON},
	{7, "a", "o", NULL, 0, A_REASON},
	{7, "a", "o", "", 0, A_REASON},
	{7, "a", "o", LONG_512, 0, A_REASON},
};

static void
says_what_it_expects_of_an_officer(void **state)
{
	for (size_t i = 0; i < LENGTH(bad_orders); i++) {
		const struct order *order = &bad_orders[i];
		struct wire inner = {.size = 0}, wire = {.size = 0};
		const char *texts[] = {order->identifier, order->by,
				       order->comment};
		struct request request;

		for (unsigned j = 0; j < LENGTH(texts); j++) {
			if (texts[j])
				wire_bytes(&inner, j + 1, texts[j],
					   strlen(texts[j]));
		}
		if (order->for_ms)
			wire_number(&inner, 4, (uint64_t)order->for_ms);
		wire_bytes(&wire, order->field, inner.bytes, inner.size);
		assert_true(codec_request_unpack(*state, wire.bytes, wire.size,
						 &request));
		assert_int_equal(request.kind, order->field == 6
						       ? REQUEST_ACKNOWLEDGE
						       : REQUEST_RETRACT);
		assert_non_null(request.expected);
		assert_string_equal(request.expected, order->expected);
	}
}

/* --- Silences --- */

static void
brings_a_silence_across(void **state)
{
	const struct matcher matchers[] = {{"party", "dpr"}, {"country", ""}};
	struct request read;

	request_across(*state,
		       &(struct request){.kind = REQUEST_SILENCE,
					 .matchers = matchers,
					 .matchers_count = 2,
					 .until_at = 1424054400000,
					 .up_to = SEVERITY_MODERATE,
					 .by = "o",
					 .comment = "a\nb",
					 .exercise = true},
		       &read);
	assert_null(read.expected);
	assert_int_equal(read.matchers_count, 2);
	assert_string_equal(read.matchers[0].name, "party");
	assert_string_equal(read.matchers[0].value, "dpr");
	assert_string_equal(read.matchers[1].name, "country");
	assert_string_equal(read.matchers[1].value, "");
	assert_int_equal(read.until_at, 1424054400000);
	assert_int_equal(read.for_ms, 0);
	assert_int_equal(read.up_to, SEVERITY_MODERATE);
	assert_string_equal(read.by, "o");
	assert_string_equal(read.comment, "a\nb");
	assert_true(read.exercise);
	request_across(*state,
		       &(struct request){.kind = REQUEST_SILENCE,
					 .matchers = matchers,
					 .matchers_count = 1,
					 .for_ms = FOR_MS_MAX,
					 .up_to = SEVERITY_EXTREME,
					 .by = "o"},
		       &read);
	assert_null(read.expected);
	assert_int_equal(read.for_ms, FOR_MS_MAX);
	assert_false(read.exercise);
	request_across(*state,
		       &(struct request){.kind = REQUEST_UNSILENCE,
					 .silence = 7,
					 .by = "o",
					 .exercise = true},
		       &read);
	assert_null(read.expected);
	assert_int_equal(read.silence, 7);
	assert_true(read.exercise);
	request_across(*state, &(struct request){.kind = REQUEST_SILENCES},
		       &read);
}

/* What is asked for, and what is expected instead. */
static void
expect_silence(struct codec *codec, const struct request *request,
	       const char *expected)
{
	struct request asked = *request, read;

	asked.kind = REQUEST_SILENCE;
	request_across(codec, &asked, &read);
	assert_non_null(read.expected);
	assert_memory_equal(read.expected, expected, strlen(expected));
}

static void
says_what_it_expects_of_a_silence(void **state)
{
	struct matcher many[MATCHERS_MAX + 1] = {{"party", "dpr"}};
	struct request good = {.matchers = many,
			       .matchers_count = 1,
			       .for_ms = 1,
			       .up_to = SEVERITY_EXTREME,
			       .by = "o"};
	struct request bad = good;

	bad.matchers_count = 0;
	expect_silence(*state, &bad, "matchers: 1 to 8");
	bad.matchers_count = MATCHERS_MAX + 1;
	expect_silence(*state, &bad, "matchers: 1 to 8");
	bad.matchers_count = 2;
	strcpy(many[1].name, "party");
	expect_silence(*state, &bad, "matchers: each name at most once");
	strcpy(many[1].name, "colour");
	expect_silence(*state, &bad, "matchers: names out of agreement, ");
	strcpy(many[1].name, "against");
	strcpy(many[1].value, "a\x1b");
	expect_silence(*state, &bad, "matchers: values of at most 64 bytes");
	bad = good;
	bad.for_ms = FOR_MS_MAX + 1;
	expect_silence(*state, &bad, "for_ms: 1 ms to 36500 days");
	bad.for_ms = -1;
	expect_silence(*state, &bad, "for_ms: 1 ms to 36500 days");
	bad = good;
	bad.up_to = SEVERITY_UNKNOWN;
	expect_silence(*state, &bad, "up_to: MINOR, MODERATE, SEVERE or ");
	bad.up_to = SEVERITIES;
	expect_silence(*state, &bad, "up_to: MINOR, MODERATE, SEVERE or ");
	bad = good;
	bad.by = " o";
	expect_silence(*state, &bad, A_PERSON);
	bad = good;
	bad.comment = LONG_512;
	expect_silence(*state, &bad, A_COMMENT);
}

static void
wants_one_time_of_a_silence(void **state)
{
	/* matchers: {party, a}, by o; then nothing, or both times. */
	static const uint8_t neither[] = "\x42\x0f\x0a\x0a\x0a\x05party\x12\x01"
					 "a\x1a\x01o";
	static const uint8_t both[] = "\x42\x13\x0a\x0a\x0a\x05party\x12\x01"
				      "a\x1a\x01o\x10\x09\x30\x09";
	struct request request;

	assert_true(codec_request_unpack(*state, neither, sizeof(neither) - 1,
					 &request));
	assert_string_equal(request.expected,
			    "until_at or for_ms: one of them");
	assert_true(
		codec_request_unpack(*state, both, sizeof(both) - 1, &request));
	assert_string_equal(request.expected,
			    "until_at or for_ms: one of them");
}

static void
brings_a_word_on_a_deadline_across(void **state)
{
	static const enum command_kind words[] = {COMMAND_DEADLINE_MET,
						  COMMAND_DEADLINE_UNMET,
						  COMMAND_DEADLINE_DUE};
	struct request read;

	for (size_t i = 0; i < LENGTH(words); i++) {
		request_across(*state,
			       &(struct request){.kind = REQUEST_DEADLINE,
						 .agreement = "minsk-2",
						 .deadline = "heavy-weapons",
						 .word = words[i],
						 .at = i == 1 ? 0 : -7,
						 .by = "o",
						 .comment = "c"},
			       &read);
		assert_null(read.expected);
		assert_int_equal(read.kind, REQUEST_DEADLINE);
		assert_string_equal(read.agreement, "minsk-2");
		assert_string_equal(read.deadline, "heavy-weapons");
		assert_int_equal(read.word, words[i]);
		assert_int_equal(read.at, i == 1 ? 0 : -7);
		assert_string_equal(read.by, "o");
		assert_string_equal(read.comment, "c");
	}
}

/* Texts of the fields 1 to 4, then the numbers 5 to 7, -1: not set. */
static void
says_what_it_expects_of_a_word_on_a_deadline(void **state)
{
	static const struct {
		const char *texts[4];
		int64_t numbers[3];
		const char *expected;
	} bad[] = {
		{{NULL, "n", "o", ""}, {1, -1, -1}, "agreement: the id of one"},
		{{LONG_64, "n", "o", ""},
		 {1, -1, -1},
		 "agreement: the id of one"},
		{{"a", "", "o", ""}, {1, -1, -1}, "name: a deadline's"},
		{{"a", "n\n", "o", ""}, {1, -1, -1}, "name: a deadline's"},
		{{"a", "n", " ", ""}, {1, -1, -1}, A_PERSON},
		{{"a", "n", "o", LONG_512}, {1, -1, -1}, A_COMMENT},
		{{"a", "n", "o", ""},
		 {-1, -1, -1},
		 "one of met_at, due_at and unmet"},
		{{"a", "n", "o", ""},
		 {1, 1, -1},
		 "one of met_at, due_at and unmet"},
		{{"a", "n", "o", ""},
		 {1, -1, 1},
		 "one of met_at, due_at and unmet"},
		{{"a", "n", "o", ""},
		 {-1, -1, 0},
		 "one of met_at, due_at and unmet"},
		{{"a", "n", "o", ""},
		 {1, -1, 0},
		 "one of met_at, due_at and unmet"},
		{{"a", "n", "o", ""},
		 {-1, INT64_MAX, -1},
		 "met_at, due_at: Unix milliseconds from 1900 to 9999"},
	};

	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct wire inner = {.size = 0}, wire = {.size = 0};
		struct request request;

		for (unsigned j = 0; j < 4; j++)
			if (bad[i].texts[j])
				wire_bytes(&inner, j + 1, bad[i].texts[j],
					   strlen(bad[i].texts[j]));
		for (unsigned j = 0; j < 3; j++)
			if (bad[i].numbers[j] >= 0)
				wire_number(&inner, j + 5,
					    (uint64_t)bad[i].numbers[j]);
		wire_bytes(&wire, 10, inner.bytes, inner.size);
		assert_true(codec_request_unpack(*state, wire.bytes, wire.size,
						 &request));
		assert_int_equal(request.kind, REQUEST_DEADLINE);
		assert_non_null(request.expected);
		assert_string_equal(request.expected, bad[i].expected);
	}
}

static void
refuses_an_acknowledgement_for_no_time(void **state)
{
	/* What is written as 0 is not the same as what is left out. */
	static const uint8_t bytes[] = "\x32\x08\x0a\x01"
				       "a\x12\x01o\x20\x00";
	struct request request;

	assert_true(codec_request_unpack(*state, bytes, sizeof(bytes) - 1,
					 &request));
	assert_string_equal(request.expected, "for_ms: 1 ms to 36500 days");
}

static void
reads_what_it_does_not_know_as_none(void **state)
{
	struct wire wire = {.size = 0};
	struct request request;

	wire_number(&wire, 1, 5);
	wire_bytes(&wire, 99, "\x0a\x01x", 3);
	assert_true(
		codec_request_unpack(*state, wire.bytes, wire.size, &request));
	assert_int_equal(request.kind, REQUEST_NONE);
	assert_int_equal(request.tag, 5);
}

/* --- Explanations --- */

static void
asks_for_an_explanation(void **state)
{
	const struct explain_label labels[] = {{"party", ""}, {"event", "e"}};
	struct request read;

	request_across(*state,
		       &(struct request){.kind = REQUEST_EXPLAIN,
					 .rule = "killed",
					 .agreement = "pact",
					 .exercise = true,
					 .labels = labels,
					 .labels_count = 2},
		       &read);
	assert_int_equal(read.kind, REQUEST_EXPLAIN);
	assert_null(read.expected);
	assert_string_equal(read.rule, "killed");
	assert_string_equal(read.agreement, "pact");
	assert_string_equal(read.identifier, "");
	assert_true(read.exercise);
	assert_int_equal(read.labels_count, 2);
	assert_string_equal(read.labels[0].name, "party");
	assert_string_equal(read.labels[0].value, "");
	assert_string_equal(read.labels[1].value, "e");
}

static void
says_what_it_expects_of_a_question(void **state)
{
	const struct explain_label twice[] = {{"party", "a"}, {"party", "b"}};
	const struct explain_label odd[] = {{"party", "\x1b"}};
	const struct explain_label many[6] = {{"a", ""}, {"b", ""}, {"c", ""},
					      {"d", ""}, {"e", ""}, {"f", ""}};
	const struct {
		struct request request;
		const char *expected;
	} cases[] = {
		{{.rule = ""}, "one of identifier, seq and rule"},
		{{.rule = "killed", .seq = 1},
		 "one of identifier, seq and rule"},
		{{.rule = "killed", .labels = twice, .labels_count = 2},
		 "labels: each name at most once"},
		{{.rule = "killed", .labels = odd, .labels_count = 1},
		 "labels: names and values in UTF-8 without control "
		 "characters"},
		{{.rule = "killed", .labels = many, .labels_count = 6},
		 "labels: at most 5"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request = cases[i].request, read;
		request.kind = REQUEST_EXPLAIN;
		request_across(*state, &request, &read);
		assert_string_equal(read.expected, cases[i].expected);
	}
}

static void
explains_no_other_time_than_now(void **state)
{
	/* tag 1, explain { rule: "a", at: 5 } */
	static const uint8_t bytes[] = "\x08\x01\x5a\x05\x12\x01"
				       "a\x28\x05";
	struct request request;

	assert_true(codec_request_unpack(*state, bytes, sizeof(bytes) - 1,
					 &request));
	assert_string_equal(request.expected,
			    "at: unset: this version explains now");
}

static void
refuses_requests_that_are_none(void **state)
{
	struct request request;
	struct wire wire = {.size = 0};

	assert_false(codec_request_unpack(*state, (const uint8_t *)"\x12\x05",
					  2, &request));
	/* Half a name must not become everything. */
	wire_bytes(&wire, 4,
		   "\x1a\x03"
		   "a\0b",
		   5);
	assert_false(
		codec_request_unpack(*state, wire.bytes, wire.size, &request));
	wire.size = 0;
	wire_bytes(&wire, 3, "\x0a\x01\xff", 3);
	assert_false(
		codec_request_unpack(*state, wire.bytes, wire.size, &request));
}

static void
keeps_a_request_while_its_reports_are_read(void **state)
{
	struct draft *draft = draft_least(REPORT_INCIDENT);
	struct wire_message items[3];
	struct request read;
	struct report report;
	struct receipt receipt;

	for (size_t i = 0; i < LENGTH(items); i++) {
		items[i].topic = topics[REPORT_INCIDENT];
		items[i].topic_size = strlen(topics[REPORT_INCIDENT]);
		items[i].payload = draft_pack(draft, &items[i].payload_size);
	}
	request_across(*state,
		       &(struct request){.kind = REQUEST_SUBMIT,
					 .items = items,
					 .items_count = LENGTH(items)},
		       &read);
	draft_free(draft);
	for (size_t i = 0; i < LENGTH(items); i++)
		assert_true(codec_report(*state, &usual, read.items[i].topic,
					 read.items[i].topic_size,
					 read.items[i].payload,
					 read.items[i].payload_size, &report,
					 &receipt));
}

static void
bounds_what_a_frame_of_empty_items_asks_for(void **state)
{
	enum { INNER = FRAME_MAX - 8 };
	struct wire inner = {.size = 0};
	struct wire *wire = calloc(1, sizeof(*wire) + 16);
	struct request request;

	while (inner.size + 2 <= INNER) {
		inner.bytes[inner.size++] = 0x0a;
		inner.bytes[inner.size++] = 0x00;
	}
	/* Decoded or not, it is bounded; the caller sees how many there are. */
	wire_bytes(wire, 2, inner.bytes, inner.size);
	if (codec_request_unpack(*state, wire->bytes, wire->size, &request))
		assert_true(request.items_count > SUBMIT_MAX);
	free(wire);
}

/* --- Replies --- */

static void
reply_across(struct codec *codec, const struct reply *reply,
	     struct reply *ret_reply)
{
	size_t size;
	const uint8_t *bytes = codec_reply_pack(codec, reply, &size);

	assert_non_null(bytes);
	uint8_t *copy = malloc(size);
	memcpy(copy, bytes, size);
	assert_true(codec_reply_unpack(codec, copy, size, ret_reply));
	free(copy);
	assert_int_equal(ret_reply->kind, reply->kind);
	assert_int_equal(ret_reply->tag, reply->tag);
}

static void
brings_receipts_across(void **state)
{
	struct receipt_reply receipts[2] = {
		{.receipt = {.verdict = VERDICT_ACCEPTED, .position = 12},
		 .source = "OSCE",
		 .id = "7",
		 .revision = 3},
		{.source = "", .id = ""},
	};
	struct reply read;

	receipt_reject(&receipts[1].receipt, REASON_BAD_COUNT,
		       "civilians_injured.best", "at most %d", 100000);
	reply_across(*state,
		     &(struct reply){.tag = 5,
				     .kind = REPLY_RECEIPTS,
				     .receipts = receipts,
				     .receipts_count = 2},
		     &read);
	assert_int_equal(read.receipts_count, 2);
	assert_int_equal(read.receipts[0].receipt.verdict, VERDICT_ACCEPTED);
	assert_int_equal(read.receipts[0].receipt.reason, REASON_NONE);
	assert_int_equal(read.receipts[0].receipt.position, 12);
	assert_string_equal(read.receipts[0].source, "OSCE");
	assert_string_equal(read.receipts[0].id, "7");
	assert_int_equal(read.receipts[0].revision, 3);
	assert_int_equal(read.receipts[1].receipt.verdict, VERDICT_REJECTED);
	assert_int_equal(read.receipts[1].receipt.reason, REASON_BAD_COUNT);
	assert_string_equal(read.receipts[1].receipt.field,
			    "civilians_injured.best");
	assert_string_equal(read.receipts[1].receipt.detail, "at most 100000");
	assert_string_equal(read.receipts[1].source, "");
}

static void
brings_alerts_across(void **state)
{
	static const struct wire_message alerts[] = {
		{BYTES("alert.minsk-2.a"), (const uint8_t *)"\x01\x00", 2},
		{BYTES("alert.minsk-2.b"), (const uint8_t *)"", 0},
	};
	struct reply read;

	reply_across(*state,
		     &(struct reply){.kind = REPLY_ALERTS,
				     .alerts = alerts,
				     .alerts_count = 2,
				     .stream = voice.stream,
				     .last_seq = 420,
				     .next = "truced-01234567-1",
				     .next_stream = "s2"},
		     &read);
	assert_int_equal(read.alerts_count, 2);
	assert_int_equal(read.alerts[1].topic_size, 15);
	assert_memory_equal(read.alerts[1].topic, "alert.minsk-2.b", 15);
	assert_int_equal(read.alerts[0].payload_size, 2);
	assert_memory_equal(read.alerts[0].payload, "\x01\x00", 2);
	assert_string_equal(read.stream, voice.stream);
	assert_int_equal(read.last_seq, 420);
	assert_string_equal(read.next, "truced-01234567-1");
	assert_string_equal(read.next_stream, "s2");
	reply_across(*state,
		     &(struct reply){.kind = REPLY_ALERT,
				     .alerts = alerts,
				     .alerts_count = 1},
		     &read);
	assert_int_equal(read.alerts_count, 1);
	assert_memory_equal(read.alerts[0].topic, "alert.minsk-2.a", 15);
	reply_across(*state, &(struct reply){.kind = REPLY_ALERT}, &read);
	assert_int_equal(read.alerts_count, 0);
	reply_across(*state,
		     &(struct reply){.kind = REPLY_ERROR, .detail = "less"},
		     &read);
	assert_string_equal(read.detail, "less");
}

static void
brings_what_is_held_across(void **state)
{
	const struct alert alert = {.status = STATUS_ACTUAL,
				    .rule = "killed",
				    .agreement = "minsk-2",
				    .measure = "killed",
				    .acknowledged_at = TIME_UNSET,
				    .headline = "words"};
	uint8_t bytes[ALERT_BYTES_MAX];
	const struct held_reply held = {
		.message = {.topic = "alert.minsk-2.killed",
			    .topic_size = strlen("alert.minsk-2.killed"),
			    .payload = bytes,
			    .payload_size =
				    codec_alert_pack(&alert, &voice, bytes)},
		.since_at = 1424052000000,
		.silence = 3};
	struct reply read;
	struct notice notice;

	reply_across(*state,
		     &(struct reply){.kind = REPLY_ALERTS,
				     .stream = voice.stream,
				     .held = &held,
				     .held_count = 1},
		     &read);
	assert_int_equal(read.alerts_count, 0);
	assert_int_equal(read.held_count, 1);
	assert_int_equal(read.held[0].since_at, 1424052000000);
	assert_int_equal(read.held[0].silence, 3);
	assert_memory_equal(read.held[0].message.topic, "alert.minsk-2.killed",
			    read.held[0].message.topic_size);
	/* It has no name: nothing of it was sent. */
	assert_true(codec_alert_unpack(*state, bytes, held.message.payload_size,
				       &notice));
	assert_string_equal(notice.identifier, "");
	assert_string_equal(notice.episode, "");
	assert_int_equal(notice.seq, 0);
	assert_string_equal(notice.rule, "killed");
}

/* As many as there may be, each at its longest. */
static void
brings_all_silences_across(void **state)
{
	enum { COUNT = 2 * SILENCES_MAX };
	struct silence_reply *silences = calloc(COUNT, sizeof(*silences));
	struct reply read;

	assert_non_null(silences);
	for (uint64_t i = 0; i < COUNT; i++) {
		struct silence *silence = &silences[i].silence;
		silences[i].exercise = i >= SILENCES_MAX;
		*silence = (struct silence){.number = i + 1,
					    .since_at = (int64_t)i - 1,
					    .until_at = INT64_MAX,
					    .up_to = SEVERITY_MINOR,
					    .matchers_count = MATCHERS_MAX};
		memset(silence->author, 'a', TEXT_SIZE - 1);
		memset(silence->comment, 'c', COMMENT_SIZE - 1);
		for (size_t j = 0; j < MATCHERS_MAX; j++) {
			memset(silence->matchers[j].name, 'n', NAME_SIZE - 1);
			memset(silence->matchers[j].value, 'v', TEXT_SIZE - 1);
		}
	}
	silences[0].silence.since_at = TIME_UNSET;
	reply_across(*state,
		     &(struct reply){.kind = REPLY_SILENCES,
				     .silences = silences,
				     .silences_count = COUNT},
		     &read);
	assert_int_equal(read.silences_count, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(read.silences[i].exercise,
				 silences[i].exercise);
		assert_memory_equal(&read.silences[i].silence,
				    &silences[i].silence,
				    sizeof(struct silence));
	}
	free(silences);
}

static void
explained_episode_fill(struct explained_episode *episode, uint64_t number)
{
	int64_t at = (int64_t)number * 1000;

	*episode = (struct explained_episode){
		.first_seq = number,
		.last_seq = number + 1,
		.begun_at = at,
		.last_message_at = at + 1,
		.severity = SEVERITY_EXTREME,
		.certainty = CERTAINTY_LIKELY,
		.keep_since = at + 2,
		.keep_until = TIME_UNSET,
		.ends_at = at + 3,
		.acknowledged_by = "Olga",
		.acknowledged_at = at + 4,
		.acknowledged_until = at + 5,
		.escalated = true,
		.escalates_at = TIME_UNSET,
		.reminds_at = at + 6,
		.withheld_since = at + 7,
	};
}

static void
explained_report_fill(struct explained_report *report, size_t i)
{
	*report = (struct explained_report){
		.part = (enum explained_part)(1 + i % (PARTS - 1)),
		.at = (int64_t)i,
		.told_assessment = ASSESSMENT_VERIFIED,
		.assessment = ASSESSMENT_ALLEGED,
		.assessment_by = "un/1@1",
		.told_attribution = ATTRIBUTION_ADMITTED,
		.attribution = ATTRIBUTION_ALLEGED_PARTY,
		.attribution_by = "un/2@1",
		.told_party = "red",
		.party = "blue",
		.party_by = "un/3@1",
		.origin = "agency",
		.partial = i % 2,
		.denied = i % 3 == 0,
		.leader = "un/4@1",
		.told_by = 2,
		.origins = 1,
		.disputed = i % 2 == 0,
	};
	memset(report->report, 'r', sizeof(report->report) - 1);
	memset(report->source, 's', sizeof(report->source) - 1);
	if (report->part == PART_LEADS || report->part == PART_TOTAL)
		memcpy(report->adds, (uint64_t[]){1, 2, 3, 4},
		       sizeof(report->adds));
}

static void
explanation_fill(struct explanation *explanation)
{
	*explanation = (struct explanation){
		.rule = "killed",
		.kind = RULE_SPIKE,
		.measure = "killed",
		.basis = BASIS_SUPPORTED,
		.window_kind = WINDOW_DURATION,
		.window_ms = 1,
		.late_ms = 2,
		.for_ms = 3,
		.keep_firing_ms = 4,
		.labels = {{.name = "party"}},
		.labels_count = 1,
		.too_late = 5,
		.ungrouped = 6,
		.at = 7,
		.engine_at = 6,
		.groups_count = EXPLAINED_GROUPS_MAX,
		.groups_more = 8,
		.one = true,
		.why = EXPLAINED_RETRACTED,
		.figure = "7 killed",
		.start_at = 9,
		.end_at = 10,
		.sums = {.by_basis = {1, 2, 3, 4},
			 .events = 5,
			 .attributed = 4,
			 .disputed = 3,
			 .at_least = 2},
		.values = {0.5, 1.5, 2.5, 3.5},
		.levels_count = LEVELS_MAX,
		.next_level = 1,
		.missing = 2.25,
		.meets_at = 11,
		.pending_since = 12,
		.open = true,
		.ended_count = EXPLAINED_ENDED_MAX,
		.retraction = {.episode_seq = 1,
			       .severity = SEVERITY_MINOR,
			       .above = 20,
			       .below = 5,
			       .left_since = 13,
			       .seq = 2,
			       .at = 14,
			       .by = "Olga",
			       .comment = "twice"},
		.silence = {.number = 3,
			    .until_at = 15,
			    .by = "Olga",
			    .comment = "a drill"},
		.spike = {.method = SPIKE_RATIO,
			  .baseline = 7,
			  .min_sigma = 0.5,
			  .min_count = 3},
		.buckets_count = EXPLAINED_BUCKETS_MAX,
		.reports_count = EXPLAINED_REPORTS_MAX,
	};
	for (size_t i = 0; i < EXPLAINED_GROUPS_MAX; i++)
		explanation->groups[i] = (struct explained_group){
			.agreement = "pact",
			.labels = {{.name = "party", .value = "red"}},
			.labels_count = 1,
			.event = "un/1@1",
			.value = (double)i,
			.severity = SEVERITY_SEVERE,
			.first_seq = i,
		};
	for (size_t i = 0; i < LEVELS_MAX; i++)
		explanation->levels[i] =
			(struct explained_level){.at = (double)i,
						 .clear = (double)i / 2,
						 .severity = SEVERITY_MODERATE,
						 .met = i == 0,
						 .held = i == 1};
	explained_episode_fill(&explanation->episode, 1);
	for (size_t i = 0; i < EXPLAINED_ENDED_MAX; i++)
		explained_episode_fill(&explanation->ended[i], i + 2);
	for (size_t i = 0; i < EXPLAINED_BUCKETS_MAX; i++)
		explanation->buckets[i] =
			(struct explained_bucket){.start_at = (int64_t)i,
						  .count = i,
						  .tested = i == 2};
	for (size_t i = 0; i < EXPLAINED_REPORTS_MAX; i++)
		explained_report_fill(&explanation->reports[i], i);
}

/* To the byte, but for the names of labels, which lie elsewhere. */
static void
assert_explanations_equal(const struct explanation *given,
			  const struct explanation *read)
{
	struct explanation *named = malloc(sizeof(*named));

	assert_non_null(named);
	*named = *read;
	assert_string_equal(given->measure, read->measure);
	named->measure = given->measure;
	for (size_t i = 0; i < given->labels_count; i++) {
		assert_string_equal(given->labels[i].name,
				    read->labels[i].name);
		named->labels[i].name = given->labels[i].name;
	}
	for (size_t i = 0; i < given->groups_count; i++) {
		assert_string_equal(given->groups[i].labels[0].name,
				    read->groups[i].labels[0].name);
		named->groups[i].labels[0].name =
			given->groups[i].labels[0].name;
	}
	assert_memory_equal(given, named, sizeof(*given));
	free(named);
}

/* All that may be, each field other than its default. */
static void
brings_an_explanation_across(void **state)
{
	struct explanation *given = calloc(1, sizeof(*given));
	struct reply read;

	assert_non_null(given);
	explanation_fill(given);
	reply_across(*state,
		     &(struct reply){.kind = REPLY_EXPLANATION,
				     .explanation = given},
		     &read);
	assert_int_equal(read.alerts_count, 0);
	assert_explanations_equal(given, read.explanation);
	free(given);
}

static void
brings_a_status_across(void **state)
{
	static const struct status_pool pools[] = {{"reports", UINT64_MAX, 5,
						    1000000},
						   {"names", 1, 2, 3}};
	static const struct status_rule rules[] = {
		{"mass-casualty", 1, 2, 3, 4}};
	static const struct status_told told[] = {
		{.rule = "mass-casualty",
		 .causes = {[CAUSE_CROSSED] = 7, [CAUSE_CORRECTED] = 2}},
		{.rule = "mass-casualty", .drill = true, .causes = {0}}};
	struct reply reply = {
		.kind = REPLY_STATUS,
		.status = {.version = "0.1.0",
			   .sender = "truced",
			   .started_at = 1424052000000,
			   .position = 99,
			   .digest = {9, [31] = 8},
			   .streams = {{voice.stream, 420, 1424052000000, 419,
					2, 3},
				       {"", 0, TIME_UNSET, 0, 0, 0}},
			   .malformed = 3,
			   .heartbeats = 4,
			   .trouble = "disk full",
			   .pools = pools,
			   .pools_count = 2,
			   .rules = rules,
			   .rules_count = 1,
			   .told = told,
			   .told_count = 2,
			   .commits = {.total_us = 5000000000,
				       .longest_us = 2000000},
			   .batches = {5, 4, 3, 2, 1},
			   .journal_bytes = 1ULL << 40,
			   .wal_bytes = 6,
			   .heartbeat_at = 1424052000005},
	};
	struct reply read;

	for (size_t i = 0; i <= COMMIT_BOUNDS; i++)
		reply.status.commits.by_time[i] = 100 + i;
	for (int i = 0; i < VERDICTS; i++)
		reply.status.verdicts[i] = (uint64_t)i * 7;
	for (int i = 0; i < REASONS; i++)
		reply.status.reasons[i] = (uint64_t)(i * i);
	reply_across(*state, &reply, &read);
	assert_string_equal(read.status.version, "0.1.0");
	assert_string_equal(read.status.sender, "truced");
	assert_int_equal(read.status.started_at, 1424052000000);
	assert_int_equal(read.status.position, 99);
	assert_memory_equal(read.status.digest, reply.status.digest, 32);
	assert_string_equal(read.status.streams[0].stream, voice.stream);
	assert_int_equal(read.status.streams[0].seq, 420);
	assert_int_equal(read.status.streams[0].engine_at, 1424052000000);
	assert_string_equal(read.status.streams[1].stream, "");
	assert_int_equal(read.status.streams[1].engine_at, TIME_UNSET);
	assert_memory_equal(read.status.verdicts, reply.status.verdicts,
			    sizeof(reply.status.verdicts));
	assert_memory_equal(read.status.reasons, reply.status.reasons,
			    sizeof(reply.status.reasons));
	assert_int_equal(read.status.malformed, 3);
	assert_int_equal(read.status.heartbeats, 4);
	assert_string_equal(read.status.trouble, "disk full");
	assert_int_equal(read.status.pools_count, 2);
	assert_string_equal(read.status.pools[0].name, "reports");
	assert_int_equal(read.status.pools[0].bytes, UINT64_MAX);
	assert_int_equal(read.status.pools[1].used, 2);
	assert_int_equal(read.status.pools[1].limit, 3);
	assert_int_equal(read.status.rules_count, 1);
	assert_string_equal(read.status.rules[0].rule, "mass-casualty");
	assert_int_equal(read.status.rules[0].groups, 1);
	assert_int_equal(read.status.rules[0].open, 2);
	assert_int_equal(read.status.rules[0].too_late, 3);
	assert_int_equal(read.status.rules[0].ungrouped, 4);
	assert_int_equal(read.status.streams[0].logged, 419);
	assert_int_equal(read.status.streams[0].silences, 2);
	assert_int_equal(read.status.streams[0].held, 3);
	assert_int_equal(read.status.told_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(read.status.told[i].rule, "mass-casualty");
		assert_int_equal(read.status.told[i].drill, i == 1);
		assert_memory_equal(read.status.told[i].causes, told[i].causes,
				    sizeof(told[i].causes));
	}
	assert_memory_equal(read.status.commits.by_time,
			    reply.status.commits.by_time,
			    sizeof(reply.status.commits.by_time));
	assert_int_equal(read.status.commits.total_us, 5000000000);
	assert_int_equal(read.status.commits.longest_us, 2000000);
	assert_int_equal(read.status.batches.count, 5);
	assert_int_equal(read.status.batches.full, 4);
	assert_int_equal(read.status.batches.last, 3);
	assert_int_equal(read.status.batches.largest, 2);
	assert_int_equal(read.status.batches.limit, 1);
	assert_int_equal(read.status.journal_bytes, 1ULL << 40);
	assert_int_equal(read.status.wal_bytes, 6);
	assert_int_equal(read.status.heartbeat_at, 1424052000005);
}

static void
holds_a_full_replay_and_says_when_a_reply_is_too_large(void **state)
{
	enum { TYPICAL = 2000 };
	static const uint8_t payload[ALERT_BYTES_MAX];
	struct wire_message alerts[REPLAY_MAX];
	struct reply reply = {.kind = REPLY_ALERTS,
			      .alerts = alerts,
			      .alerts_count = REPLAY_MAX};
	struct reply read;
	size_t size;

	for (int i = 0; i < REPLAY_MAX; i++)
		alerts[i] = (struct wire_message){BYTES("alert.minsk-2.rule"),
						  payload, TYPICAL};
	reply_across(*state, &reply, &read);
	assert_int_equal(read.alerts_count, REPLAY_MAX);
	for (int i = 0; i < REPLAY_MAX; i++)
		alerts[i].payload_size = ALERT_BYTES_MAX;
	assert_null(codec_reply_pack(*state, &reply, &size));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_field_by_name),
		cmocka_unit_test(refuses_an_end_before_its_beginning),
		cmocka_unit_test(refuses_coordinates_off_the_globe_or_alone),
		cmocka_unit_test(refuses_broken_text_in_every_field),
		cmocka_unit_test(refuses_values_beyond_each_enumeration),
		cmocka_unit_test(refuses_times_that_cannot_be),
		cmocka_unit_test(takes_any_future_at_a_replay),
		cmocka_unit_test(refuses_counts_that_contradict_themselves),
		cmocka_unit_test(
			holds_incidents_to_max_count_and_totals_to_the_ceiling),
		cmocka_unit_test(refuses_coordinates_that_are_no_numbers),
		cmocka_unit_test(refuses_topics_that_are_none),
		cmocka_unit_test(needs_a_time_only_where_it_is_asked_for),
		cmocka_unit_test(needs_to_know_what_a_tally_counts_to),
		cmocka_unit_test(refuses_what_is_no_message),
		cmocka_unit_test(bounds_what_small_payloads_ask_for),
		cmocka_unit_test(refuses_more_than_a_payload_may_be),
		cmocka_unit_test(takes_the_largest_honest_report),
		cmocka_unit_test(tells_who_sent_what_it_refused),
		cmocka_unit_test(reads_every_field_of_an_incident),
		cmocka_unit_test(reads_unset_fields_as_documented),
		cmocka_unit_test(reads_tallies_and_what_identifies_findings),
		cmocka_unit_test(reads_no_conclusion_where_a_finding_has_none),
		cmocka_unit_test(
			refuses_a_finding_of_no_reports_or_of_too_many),
		cmocka_unit_test(takes_every_kind_by_the_name_rules_use),
		cmocka_unit_test(gives_one_content_to_one_meaning),
		cmocka_unit_test(gives_another_content_for_each_field),
		cmocka_unit_test(
			drops_unknown_fields_and_repeated_ones_from_the_content),
		cmocka_unit_test(says_what_a_draft_expects),
		cmocka_unit_test(reads_times_as_written),
		cmocka_unit_test(begins_a_draft_anew_when_cleared),
		cmocka_unit_test(brings_an_alert_across),
		cmocka_unit_test(leaves_out_of_an_alert_what_there_is_not),
		cmocka_unit_test(fits_an_alert_at_its_longest),
		cmocka_unit_test(says_what_goes_on_from_an_earlier_stream),
		cmocka_unit_test(ends_what_an_earlier_stream_began),
		cmocka_unit_test(reads_a_value_from_a_later_version_as_unknown),
		cmocka_unit_test(visits_an_alert_in_field_order),
		cmocka_unit_test(brings_a_heartbeat_across),
		cmocka_unit_test(brings_requests_across),
		cmocka_unit_test(brings_what_an_officer_says_across),
		cmocka_unit_test(says_what_it_expects_of_an_officer),
		cmocka_unit_test(brings_a_word_on_a_deadline_across),
		cmocka_unit_test(says_what_it_expects_of_a_word_on_a_deadline),
		cmocka_unit_test(brings_a_silence_across),
		cmocka_unit_test(says_what_it_expects_of_a_silence),
		cmocka_unit_test(wants_one_time_of_a_silence),
		cmocka_unit_test(refuses_an_acknowledgement_for_no_time),
		cmocka_unit_test(reads_what_it_does_not_know_as_none),
		cmocka_unit_test(asks_for_an_explanation),
		cmocka_unit_test(says_what_it_expects_of_a_question),
		cmocka_unit_test(explains_no_other_time_than_now),
		cmocka_unit_test(brings_an_explanation_across),
		cmocka_unit_test(refuses_requests_that_are_none),
		cmocka_unit_test(keeps_a_request_while_its_reports_are_read),
		cmocka_unit_test(bounds_what_a_frame_of_empty_items_asks_for),
		cmocka_unit_test(brings_receipts_across),
		cmocka_unit_test(brings_alerts_across),
		cmocka_unit_test(brings_what_is_held_across),
		cmocka_unit_test(brings_all_silences_across),
		cmocka_unit_test(brings_a_status_across),
		cmocka_unit_test(
			holds_a_full_replay_and_says_when_a_reply_is_too_large),
	};

	return cmocka_run_group_tests(tests, codec_begin, codec_end);
}
