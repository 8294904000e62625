/* What fired in an earlier stream, and what goes on under its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "relay/inherited.h"
#include "relay/origins.h"

static const struct voice before = {
	.sender = "truced",
	.stream = "0123456789abcdef0123456789abcdef",
};

/* --- Names --- */

static void
finds_an_origin_by_its_number_and_by_its_name(void **state)
{
	enum { MANY = 1000 };
	struct origins origins = {.count = 0};
	char name[IDENTIFIER_SIZE];

	(void)state;
	assert_null(origins_episode(&origins, 1));
	assert_int_equal(origins_first_seq(&origins, "truced-01234567-1"), 0);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "truced-01234567-%u",
			 1 + i * 7919 % MANY);
		assert_int_equal(origins_add(&origins, 2 * i + 5, name), 0);
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "truced-01234567-%u",
			 1 + i * 7919 % MANY);
		assert_int_equal(origins_first_seq(&origins, name), 2 * i + 5);
		assert_string_equal(origins_episode(&origins, 2 * i + 5), name);
		assert_null(origins_episode(&origins, 2 * i + 6));
	}
	assert_int_equal(origins_first_seq(&origins, "truced-01234567-1001"),
			 0);
	assert_null(origins_episode(&origins, 2 * MANY + 5));
	/* When the daemon was called otherwise. */
	assert_int_equal(origins_first_seq(&origins, "a-b-01234567-1"), 5);
	assert_int_equal(origins_first_seq(&origins, "a-b-01234568-1"), 0);
	char longer[IDENTIFIER_SIZE + 1] = "";
	memset(longer, 'x', IDENTIFIER_SIZE);
	assert_int_equal(origins_add(&origins, 9999, longer), -EBADMSG);
	origins_done(&origins);
	assert_int_equal(origins.count, 0);
}

/* --- What an alert is about --- */

static struct alert
alert_of(uint64_t seq, const char *party)
{
	struct alert alert = {
		.seq = seq,
		.episode_seq = seq,
		.msg_type = MSG_TYPE_ALERT,
		.state = ALERT_FIRING,
		.cause = CAUSE_CROSSED,
		.rule = "killed",
		.agreement = "minsk-2",
		.labels = {{.name = "party"}},
		.labels_count = 1,
		.measure = "killed",
		.window_ms = 86400000,
		.evidence = {{"UCDP", "7", 2}},
		.evidence_count = 1,
		.acknowledged_at = TIME_UNSET,
	};

	strcpy(alert.labels[0].value, party);
	return alert;
}

/* One of an event that these two reports tell. */
static struct alert
event_of(uint64_t seq, const char *first, const char *second)
{
	struct alert alert = alert_of(seq, "dpr");

	alert.window_ms = 0;
	alert.one_event = true;
	alert.evidence_count = 2;
	strcpy(alert.evidence[0].id, first);
	strcpy(alert.evidence[1].id, second);
	strcpy(alert.evidence[1].source, "OSCE");
	return alert;
}

static void
inherit(struct inherited *inherited, struct alert last)
{
	uint8_t bytes[ALERT_BYTES_MAX];
	char topic[2 * TOPIC_MAX];
	struct journal_alert alert = {.stream = before.stream,
				      .seq = last.seq,
				      .topic = topic,
				      .payload = bytes};
	struct codec *codec;

	assert_int_equal(codec_new(&codec), 0);
	codec_alert_topic(&last, topic);
	alert.payload_size = codec_alert_pack(&last, &before, bytes);
	assert_int_equal(inherited_add(inherited, codec, &alert, false), 0);
	alert.payload_size--;
	assert_int_equal(inherited_add(inherited, codec, &alert, false),
			 -EBADMSG);
	codec_free(codec);
}

/* The number of what goes on in it; 0: it is new. */
static uint64_t
taken(struct inherited *inherited, const struct alert *crossed)
{
	char topic[2 * TOPIC_MAX];

	codec_alert_topic(crossed, topic);
	const struct inherited_episode *from =
		inherited_take(inherited, topic, crossed);
	if (!from)
		return 0;
	assert_string_equal(from->episode, from->last);
	assert_string_equal(from->topic, topic);
	assert_string_equal(from->rule, crossed->rule);
	return strtoull(strrchr(from->last, '-') + 1, NULL, 10);
}

static void
goes_on_with_what_is_about_the_same_and_once(void **state)
{
	struct inherited inherited = {.count = 0};
	struct alert crossed = alert_of(1, "lpr");

	(void)state;
	assert_int_equal(taken(&inherited, &crossed), 0);
	inherit(&inherited, alert_of(4, "dpr"));
	inherit(&inherited, alert_of(5, "lpr"));
	inherit(&inherited, alert_of(6, ""));
	assert_int_equal(inherited.count, 3);
	assert_int_equal(taken(&inherited, &crossed), 5);
	assert_true(inherited.episodes[1].goes_on);
	assert_int_equal(taken(&inherited, &crossed), 0);
	crossed = alert_of(2, "");
	assert_int_equal(taken(&inherited, &crossed), 6);
	inherited_done(&inherited);
}

static void
takes_for_another_what_is_counted_in_another_way(void **state)
{
	struct inherited inherited = {.count = 0};
	struct alert others[6];

	(void)state;
	inherit(&inherited, alert_of(4, "dpr"));
	for (int i = 0; i < 6; i++)
		others[i] = alert_of(1, "dpr");
	strcpy(others[0].rule, "other");
	strcpy(others[1].agreement, "other");
	others[2].measure = "injured";
	others[3].window_ms *= 2;
	others[4].labels[0].name = "target";
	others[5].labels_count = 0;
	for (int i = 0; i < 6; i++)
		assert_int_equal(taken(&inherited, &others[i]), 0);
	others[0] = alert_of(1, "dpr");
	assert_int_equal(taken(&inherited, &others[0]), 4);
	inherited_done(&inherited);
}

static void
knows_an_event_by_any_report_that_tells_it(void **state)
{
	struct inherited inherited = {.count = 0};

	(void)state;
	inherit(&inherited, event_of(4, "1", "2"));
	inherit(&inherited, event_of(5, "3", "4"));
	struct alert crossed = event_of(1, "9", "4");
	crossed.evidence[1].revision = 7;
	strcpy(crossed.labels[0].value, "lpr"); /* as it is told today */
	assert_int_equal(taken(&inherited, &crossed), 5);
	/* An id is one of its source alone. */
	crossed = event_of(2, "2", "1");
	assert_int_equal(taken(&inherited, &crossed), 0);
	crossed = event_of(3, "1", "3");
	assert_int_equal(taken(&inherited, &crossed), 4);
	inherited_done(&inherited);
}

static void
leaves_a_report_to_the_event_that_told_it_last(void **state)
{
	struct inherited inherited = {.count = 0};
	struct alert first = event_of(10, "1", "2");

	(void)state;
	/* UCDP/1 went over from the younger one to the elder. */
	inherit(&inherited, first);
	inherit(&inherited, event_of(6, "1", "5"));
	struct alert crossed = event_of(1, "1", "8");
	assert_int_equal(taken(&inherited, &crossed), 10);
	crossed = event_of(2, "7", "5");
	assert_int_equal(taken(&inherited, &crossed), 6);
	inherited_done(&inherited);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_an_origin_by_its_number_and_by_its_name),
		cmocka_unit_test(goes_on_with_what_is_about_the_same_and_once),
		cmocka_unit_test(
			takes_for_another_what_is_counted_in_another_way),
		cmocka_unit_test(knows_an_event_by_any_report_that_tells_it),
		cmocka_unit_test(
			leaves_a_report_to_the_event_that_told_it_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
