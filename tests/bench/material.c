#include "material.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edge/codec.h"

#include "process.h"

/* Of each measure, window and grouping that config/truced.conf has. */
const char ordinary_rules[] =
	"{ name = \"mass-casualty\"; kind = \"threshold\"; measure = "
	"\"killed\"; window = \"1d\"; resolution = \"1d\"; late = \"3d\"; "
	"group_by = [ \"admin\" ]; levels = ("
	"{ at = 20; clear = 15; severity = \"severe\"; },"
	"{ at = 50; clear = 30; severity = \"extreme\"; },"
	"{ at = 100; clear = 60; severity = \"extreme\"; } ); },\n"
	"{ name = \"deaths-since\"; kind = \"threshold\"; measure = "
	"\"killed\"; window = \"agreement\"; levels = ("
	"{ at = 100; severity = \"moderate\"; },"
	"{ at = 1000; severity = \"extreme\"; } ); },\n"
	"{ name = \"party-week\"; kind = \"threshold\"; measure = "
	"\"violations\"; window = \"7d\"; resolution = \"1d\"; late = \"3d\"; "
	"group_by = [ \"party\" ]; match: { party = [ \"north\", \"south\", "
	"\"east\", \"west\" ]; }; levels = ("
	"{ at = 20; clear = 14; severity = \"moderate\"; },"
	"{ at = 50; clear = 35; severity = \"severe\"; },"
	"{ at = 100; clear = 70; severity = \"extreme\"; } ); },\n"
	"{ name = \"civilians-killed\"; kind = \"threshold\"; measure = "
	"\"civilians_killed\"; window = \"7d\"; resolution = \"1d\"; "
	"late = \"3d\"; levels = ("
	"{ at = 10; clear = 5; severity = \"severe\"; },"
	"{ at = 50; clear = 25; severity = \"extreme\"; } ); }\n";

const char alarm_rules[] =
	",{ name = \"alarm\"; kind = \"threshold\"; measure = \"events\"; "
	"window = \"1h\"; group_by = [ \"admin\" ]; "
	"match: { kind = [ \"attack_on_monitors\" ]; }; "
	"levels = ( { at = 1; severity = \"severe\"; } ); }\n";

static const char settings_head[] =
	"sender = \"bench\"; clock = \"wall\";\n"
	"syslog: { target = \"off\"; };\n"
	"limits: { reports = 2000000; };\n"
	"sources = ( { name = \"Watch 0\"; at_most = \"verified\"; },"
	" { name = \"Watch 1\"; at_most = \"corroborated\"; } );\n"
	"agreements = ( { id = \"bench\"; title = \"A truce to measure by\"; "
	"effective = \"2024-01-01T00:00:00Z\"; "
	"parties = [ \"north\", \"south\", \"east\", \"west\" ]; },"
	" { id = \"other\"; title = \"Another truce\"; "
	"effective = \"2024-01-01T00:00:00Z\"; } );\n";

char *
configuration_text(const char *endpoints, const char *rules)
{
	char *text;

	if (asprintf(&text, "%s%srules = ( %s );\n", settings_head, endpoints,
		     rules) < 0)
		fail("out of memory");
	return text;
}

void
digits_write(uint8_t *digits, uint64_t number)
{
	for (int i = DIGITS - 1; i >= 0; i--) {
		digits[i] = (uint8_t)('0' + number % 10);
		number /= 10;
	}
}

__attribute__((format(printf, 3, 4))) static void
set(struct draft *draft, const char *path, const char *format, ...)
{
	char text[128], expected[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (draft_set(draft, path, text, expected, sizeof(expected)) != 0)
		fail("%s = %s: expected %s", path, text, expected);
}

/* Where the digits after a mark stand. */
static uint8_t *
digits_find(const struct pattern *pattern, const char *mark)
{
	uint8_t *found =
		memmem(pattern->payload, pattern->size, mark, strlen(mark));

	assert(found);
	return found + strlen(mark) - DIGITS;
}

static void
pattern_finish(struct pattern *pattern, struct draft *draft)
{
	const uint8_t *bytes = draft_pack(draft, &pattern->size);

	pattern->payload = malloc(pattern->size);
	if (!pattern->payload)
		fail("out of memory");
	memcpy(pattern->payload, bytes, pattern->size);
	pattern->id = digits_find(pattern, "2026/00000000");
	pattern->place = NULL;
}

static void
incident_fill(struct draft *draft, unsigned number)
{
	static const char *const kinds[] = {"SHELLING", "DRONE_STRIKE",
					    "SMALL_ARMS_FIRE", "ROCKET_FIRE"};
	static const char *const parties[] = {"north", "south", "east", "west"};
	unsigned dice = number * 2654435761U >> 8;
	long long now = (long long)time(NULL) * 1000;

	set(draft, "id", "2026/00000000");
	set(draft, "source", "Watch %u", dice % 20);
	set(draft, "agreement", "bench");
	set(draft, "occurred_at", "%lld", now - dice % 3600 * 1000);
	set(draft, "reported_at", "%lld", now);
	set(draft, "kind", "%s", kinds[dice / 7 % 4]);
	set(draft, "party", "%s", parties[dice / 3 % 4]);
	set(draft, "assessment", "%s",
	    dice % 5 == 0 ? "CORROBORATED" : "ALLEGED");
	if (dice % 3 == 0) {
		set(draft, "killed.low", "%u", dice % 2);
		set(draft, "killed.best", "%u", 1 + dice % 3);
		set(draft, "killed.high", "%u", 4 + dice % 3);
		set(draft, "civilians_killed.best", "%u", dice % 2);
	}
	set(draft, "injured.best", "%u", dice % 7);
	set(draft, "place.name", "Village %u", dice % 300);
	set(draft, "place.admin", "District %u", number % PLACES);
	set(draft, "place.country", "ua");
	set(draft, "place.latitude", "48.%04u", dice % 10000);
	set(draft, "place.longitude", "38.%04u", dice % 10000);
	set(draft, "summary",
	    "Several impacts heard north of the road, then small arms fire.");
}

void
patterns_make(struct pattern patterns[static PATTERNS])
{
	struct draft *draft;

	if (draft_new(&draft, REPORT_INCIDENT) != 0)
		fail("out of memory");
	for (unsigned i = 0; i < PATTERNS; i++) {
		draft_clear(draft);
		incident_fill(draft, i);
		pattern_finish(&patterns[i], draft);
	}
	draft_free(draft);
}

void
alarm_make(struct pattern *alarm)
{
	struct draft *draft;

	if (draft_new(&draft, REPORT_INCIDENT) != 0)
		fail("out of memory");
	incident_fill(draft, 0);
	set(draft, "kind", "ATTACK_ON_MONITORS");
	set(draft, "place.admin", "Post 00000000");
	pattern_finish(alarm, draft);
	alarm->place = digits_find(alarm, "Post 00000000");
	draft_free(draft);
}

struct wire_message
pattern_message(const struct pattern *pattern, uint64_t number)
{
	digits_write(pattern->id, number);
	if (pattern->place)
		digits_write(pattern->place, number);
	return (struct wire_message){
		.topic = REPORT_TOPIC,
		.topic_size = sizeof(REPORT_TOPIC) - 1,
		.payload = pattern->payload,
		.payload_size = pattern->size,
	};
}
