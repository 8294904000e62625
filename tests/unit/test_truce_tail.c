/* An alert as a line, and which alerts a reader has seen and wants to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/rule.h"
#include "truce/follow.h"
#include "truce/notice_line.h"

/* 2015-02-16T02:40:00Z */
static const int64_t sent_at = 1424054400000;

static const struct notice_label labels[] = {{"party", "lpr"}, {"admin", ""}};

static struct notice
notice_new(void)
{
	return (struct notice){
		.identifier = "truced-0123abcd-420",
		.stream = "0123abcd",
		.episode = "truced-0123abcd-420",
		.references = "",
		.rule = "civilians",
		.agreement = "minsk-2",
		.measure = "civilians_killed",
		.headline = "6 civilians killed",
		.description = "",
		.instruction = "",
		.web = "",
		.acknowledged_by = "",
		.comment = "",
		.seq = 420,
		.msg_type = MSG_TYPE_ALERT,
		.state = ALERT_FIRING,
		.cause = CAUSE_CROSSED,
		.severity = SEVERITY_EXTREME,
		.certainty = CERTAINTY_LIKELY,
		.sums = {[BASIS_CONFIRMED] = 2, [BASIS_REPORTED] = 6},
		.events = 3,
		.onset_at = sent_at - 35 * 60 * 1000,
		.sent_at = sent_at,
		.began_at = TIME_UNSET,
		.labels = labels,
		.labels_count = 2,
	};
}

static void
expect_line(const struct notice *notice, struct style style, bool with_date,
	    const char *expected)
{
	char line[NOTICE_LINE_SIZE];

	notice_line_render(notice, &style, with_date, line);
	assert_string_equal(line, expected);
}

static void
shows_a_new_alert_on_one_line(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   NEW       civilians        "
		    "minsk-2/lpr,unknown     6 civilians killed | 2 of 6 "
		    "confirmed | since 02:05");
	notice.onset_at -= 86400000;
	notice.disputed = 1;
	notice.at_least = true;
	notice.sums[BASIS_CONFIRMED] = 6;
	notice.labels_count = 0;
	expect_line(&notice, (struct style){0}, true,
		    "2015-02-16 02:40 #420  EXTREME  LIKELY   NEW       "
		    "civilians        minsk-2                 6 civilians "
		    "killed | a lower bound | 1 of 3 disputed | since "
		    "2015-02-15 02:05");
}

static void
shows_what_is_taken_back(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	notice.msg_type = MSG_TYPE_CANCEL;
	notice.state = ALERT_CANCELLED;
	notice.cause = CAUSE_CORRECTED;
	notice.seq = 422;
	notice.episode = "truced-0123abcd-415";
	notice.references = "truced-0123abcd-418";
	notice.headline = "cancelled: 1 civilian killed";
	notice.sums[BASIS_REPORTED] = 1;
	notice.sums[BASIS_CONFIRMED] = 1;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #422  EXTREME  -------  RETRACT   civilians        "
		    "minsk-2/lpr,unknown     cancelled: 1 civilian killed | "
		    "cancels #415");
	notice.began_at = notice.sent_at - 60 * 60 * 1000;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #422  EXTREME  -------  RETRACT   civilians        "
		    "minsk-2/lpr,unknown     cancelled: 1 civilian killed | "
		    "cancels #415, sent 01:40");
	notice.msg_type = MSG_TYPE_UPDATE;
	notice.state = ALERT_FIRING;
	notice.began_at -= 2 * 60 * 60 * 1000;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #422  EXTREME  LIKELY   CORRECT   civilians        "
		    "minsk-2/lpr,unknown     cancelled: 1 civilian killed | "
		    "corrects #415, sent 2015-02-15 23:40 | since 02:05");
}

static void
shows_what_goes_on_from_another_stream(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	notice.labels_count = 0;
	notice.onset_at = TIME_UNSET;
	notice.msg_type = MSG_TYPE_UPDATE;
	notice.cause = CAUSE_RULE_CHANGED;
	notice.episode = "truced-89abcdef-415";
	notice.headline = "counted anew: 6 civilians killed";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   ANEW      civilians        "
		    "minsk-2                 counted anew: 6 civilians killed "
		    "| 2 of 6 confirmed");
	notice.state = ALERT_RESOLVED;
	notice.headline = "counted anew, ended: 6 civilians killed";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   RULE      civilians        "
		    "minsk-2                 counted anew, ended: 6 civilians "
		    "killed | 2 of 6 confirmed");
	/* Its number is not one of this stream. */
	notice.msg_type = MSG_TYPE_CANCEL;
	notice.state = ALERT_CANCELLED;
	notice.cause = CAUSE_CORRECTED;
	notice.headline = "cancelled";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  -------  RETRACT   civilians        "
		    "minsk-2                 cancelled | 2 of 6 confirmed | "
		    "cancels truced-89abcdef-415");
}

static void
says_of_what_is_to_come_when_it_is_due(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	notice.labels_count = 0;
	notice.onset_at = notice.sent_at + 60 * 60 * 1000;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   NEW       civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed | due 03:40");
}

static void
shows_what_an_officer_did(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	notice.labels_count = 0;
	notice.msg_type = MSG_TYPE_UPDATE;
	notice.acknowledged_by = "Olga\x1b[2J";
	notice.cause = CAUSE_ACKNOWLEDGED;
	notice.comment = "calling\nLuhansk";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   ACK       civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed | since 02:05 | by Olga\\x1b[2J | "
		    "\"calling\\x0aLuhansk\"");
	notice.acknowledged_by = "Olga";
	notice.cause = CAUSE_PROGRESS;
	notice.comment = "";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   PROGRESS  civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed | since 02:05 | acknowledged by Olga");
	notice.cause = CAUSE_RETRACTED;
	notice.msg_type = MSG_TYPE_CANCEL;
	notice.state = ALERT_CANCELLED;
	notice.comment = "counted twice";
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  -------  RETRACT   civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed | cancels #420 | \"counted twice\"");
}

static void
says_that_nobody_has_it_in_hand(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	notice.labels_count = 0;
	notice.onset_at = TIME_UNSET;
	notice.cause = CAUSE_REMINDER;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   REMIND    civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed");
	notice.cause = CAUSE_ESCALATED;
	expect_line(&notice, (struct style){0}, false,
		    "02:40 #420  EXTREME  LIKELY   ESCALATED civilians        "
		    "minsk-2                 6 civilians killed | 2 of 6 "
		    "confirmed");
}

static void
breaks_before_the_headline_on_a_narrow_terminal(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	expect_line(&notice, (struct style){.width = 80}, false,
		    "02:40 #420  EXTREME  LIKELY   NEW       civilians        "
		    "minsk-2/lpr,unknown\n"
		    "      6 civilians killed | 2 of 6 confirmed | since "
		    "02:05");
	expect_line(&notice, (struct style){.width = 200}, false,
		    "02:40 #420  EXTREME  LIKELY   NEW       civilians        "
		    "minsk-2/lpr,unknown     6 civilians killed | 2 of 6 "
		    "confirmed | since 02:05");
}

static void
colours_by_severity_and_escapes_strangers(void **state)
{
	struct notice notice = notice_new();
	char line[NOTICE_LINE_SIZE];
	const struct style style = {.colour = true};

	(void)state;
	notice.headline = "\x1b[32mall is well\xE2\x80\xAE";
	notice.rule = "r\x07";
	notice_line_render(&notice, &style, false, line);
	assert_non_null(strstr(line, "\x1b[1;37;41mEXTREME  LIKELY   NEW      "
				     "\x1b[0m r\\x07"));
	assert_non_null(strstr(line, "\\x1b[32mall is well\\u{202e}"));
	assert_null(strstr(line, "\x1b[32m"));
}

static void
has_a_word_for_every_cause(void **state)
{
	struct notice notice = notice_new();

	(void)state;
	for (int cause = 1; cause < CAUSES; cause++) {
		notice.cause = (enum cause)cause;
		assert_string_not_equal(notice_word(&notice), "?");
	}
}

static void
dates_by_the_readers_day(void **state)
{
	char date[NOTICE_DATE_SIZE];

	(void)state;
	notice_date_render(sent_at, date);
	assert_string_equal(date, "2015-02-16 (UTC+00:00)");
	notice_date_render(TIME_UNSET, date);
	assert_string_equal(date, "");
}

static void
finds_the_number_in_an_identifier(void **state)
{
	(void)state;
	assert_int_equal(notice_seq_of("my-sender-0123abcd-17"), 17);
	assert_int_equal(notice_seq_of("17"), 0);
	assert_int_equal(notice_seq_of("a-"), 0);
	assert_int_equal(notice_seq_of("a-1x"), 0);
	assert_int_equal(notice_seq_of(""), 0);
}

static void
tells_the_next_alert_from_a_gap(void **state)
{
	struct follow follow;

	(void)state;
	follow_init(&follow);
	assert_int_equal(follow_look(&follow, "s", 7), FOLLOW_NEXT);
	follow_begin(&follow, "s", 7);
	assert_int_equal(follow_look(&follow, "s", 7), FOLLOW_SEEN);
	assert_int_equal(follow_look(&follow, "s", 8), FOLLOW_NEXT);
	assert_int_equal(follow_look(&follow, "s", 9), FOLLOW_GAP);
	assert_int_equal(follow_look(&follow, "t", 8), FOLLOW_OTHER);
	/* A heartbeat tells the last that was sent. */
	assert_int_equal(follow_heartbeat(&follow, "s", 7), FOLLOW_SEEN);
	assert_int_equal(follow_heartbeat(&follow, "s", 8), FOLLOW_GAP);
	assert_int_equal(follow_heartbeat(&follow, "t", 8), FOLLOW_OTHER);
	follow_advance(&follow, 9);
	assert_int_equal(follow_look(&follow, "s", 9), FOLLOW_SEEN);
	follow_advance(&follow, 3);
	assert_int_equal(follow_look(&follow, "s", 9), FOLLOW_SEEN);
	follow_done(&follow);
}

/* A message of an episode, wanted or not by who wants severe ones. */
static bool
wants(struct follow *follow, const char *episode, enum msg_type msg_type,
      enum cause cause, enum alert_state alert_state, enum severity severity)
{
	struct notice notice = notice_new();

	notice.stream = "s";
	notice.episode = episode;
	notice.msg_type = msg_type;
	notice.cause = cause;
	notice.state = alert_state;
	notice.severity = severity;
	return follow_wants(follow, &notice, SEVERITY_SEVERE);
}

static void
lets_whoever_saw_an_accusation_see_it_fall(void **state)
{
	struct follow follow;

	(void)state;
	follow_init(&follow);
	follow_begin(&follow, "s", 10);
	assert_false(wants(&follow, "t-s-11", MSG_TYPE_ALERT, CAUSE_CROSSED,
			   ALERT_FIRING, SEVERITY_MINOR));
	assert_false(wants(&follow, "t-s-11", MSG_TYPE_UPDATE, CAUSE_CLEARED,
			   ALERT_RESOLVED, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-s-12", MSG_TYPE_ALERT, CAUSE_CROSSED,
			  ALERT_FIRING, SEVERITY_SEVERE));
	assert_true(wants(&follow, "t-s-12", MSG_TYPE_UPDATE, CAUSE_LEVEL_DOWN,
			  ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-s-12", MSG_TYPE_UPDATE, CAUSE_CERTAINTY,
			  ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-s-12", MSG_TYPE_CANCEL, CAUSE_CORRECTED,
			  ALERT_CANCELLED, SEVERITY_MINOR));
	follow_done(&follow);
}

static void
shows_the_fall_of_what_began_before_it_looked(void **state)
{
	struct follow follow;

	(void)state;
	follow_init(&follow);
	follow_begin(&follow, "s", 10);
	assert_false(wants(&follow, "t-s-9", MSG_TYPE_UPDATE, CAUSE_CERTAINTY,
			   ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-s-9", MSG_TYPE_UPDATE, CAUSE_LEVEL_DOWN,
			  ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-s-8", MSG_TYPE_UPDATE, CAUSE_CLEARED,
			  ALERT_RESOLVED, SEVERITY_MINOR));
	follow_done(&follow);
}

static void
shows_the_fall_of_what_began_in_another_stream(void **state)
{
	struct follow follow;

	(void)state;
	follow_init(&follow);
	follow_begin(&follow, "r", 10);
	assert_true(follow_wants(&follow,
				 &(struct notice){.stream = "r",
						  .episode = "t-r-12",
						  .severity = SEVERITY_SEVERE,
						  .msg_type = MSG_TYPE_ALERT},
				 SEVERITY_SEVERE));
	follow_begin(&follow, "s", 0);
	assert_false(wants(&follow, "t-s-12", MSG_TYPE_UPDATE, CAUSE_CLEARED,
			   ALERT_RESOLVED, SEVERITY_MINOR));
	assert_false(wants(&follow, "t-r-13", MSG_TYPE_UPDATE, CAUSE_CERTAINTY,
			   ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-r-13", MSG_TYPE_UPDATE,
			  CAUSE_RULE_CHANGED, ALERT_FIRING, SEVERITY_MINOR));
	assert_true(wants(&follow, "t-r-12", MSG_TYPE_UPDATE, CAUSE_CERTAINTY,
			  ALERT_FIRING, SEVERITY_MINOR));
	follow_done(&follow);
}

static void
remembers_many_episodes_in_any_order(void **state)
{
	struct follow follow;
	char episode[32];

	(void)state;
	follow_init(&follow);
	follow_begin(&follow, "s", 0);
	for (int i = 0; i < 500; i++) {
		snprintf(episode, sizeof(episode), "t-s-%d",
			 1 + i * 7919 % 1000);
		assert_true(wants(&follow, episode, MSG_TYPE_ALERT,
				  CAUSE_CROSSED, ALERT_FIRING,
				  SEVERITY_SEVERE));
	}
	assert_int_equal(follow.shown_count, 500);
	for (size_t i = 1; i < follow.shown_count; i++)
		assert_true(episode_compare(&follow.shown[i - 1],
					    &follow.shown[i]) < 0);
	for (int i = 0; i < 500; i++) {
		snprintf(episode, sizeof(episode), "t-s-%d",
			 1 + i * 7919 % 1000);
		assert_true(wants(&follow, episode, MSG_TYPE_CANCEL,
				  CAUSE_CORRECTED, ALERT_CANCELLED,
				  SEVERITY_MINOR));
	}
	/* After its cancellation nothing more is said of an episode. */
	assert_int_equal(follow.shown_count, 0);
	follow_done(&follow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_new_alert_on_one_line),
		cmocka_unit_test(shows_what_is_taken_back),
		cmocka_unit_test(shows_what_goes_on_from_another_stream),
		cmocka_unit_test(says_of_what_is_to_come_when_it_is_due),
		cmocka_unit_test(shows_what_an_officer_did),
		cmocka_unit_test(says_that_nobody_has_it_in_hand),
		cmocka_unit_test(
			breaks_before_the_headline_on_a_narrow_terminal),
		cmocka_unit_test(colours_by_severity_and_escapes_strangers),
		cmocka_unit_test(has_a_word_for_every_cause),
		cmocka_unit_test(dates_by_the_readers_day),
		cmocka_unit_test(finds_the_number_in_an_identifier),
		cmocka_unit_test(tells_the_next_alert_from_a_gap),
		cmocka_unit_test(lets_whoever_saw_an_accusation_see_it_fall),
		cmocka_unit_test(shows_the_fall_of_what_began_before_it_looked),
		cmocka_unit_test(
			shows_the_fall_of_what_began_in_another_stream),
		cmocka_unit_test(remembers_many_episodes_in_any_order),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
