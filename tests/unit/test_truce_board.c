/* The board and the shift: in which order, and what became of each alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/alert.h"
#include "truce/board.h"
#include "truce/shift.h"

/* 2015-02-16T02:40:00Z */
static const int64_t at = 1424054400000;

static const struct voice voice = {
	.sender = "truced",
	.stream = "0123456789abcdef0123456789abcdef",
};

enum { MESSAGES_MAX = 16 };

/* What the daemon would send, and what reads it. */
struct world {
	struct codec *codec;
	uint8_t bytes[MESSAGES_MAX][ALERT_BYTES_MAX];
	char topics[MESSAGES_MAX][2 * TOPIC_MAX];
	struct wire_message messages[MESSAGES_MAX];
	size_t count;
};

static int
world_begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(codec_new(&world->codec), 0);
	*state = world;
	return 0;
}

static int
world_end(void **state)
{
	struct world *world = *state;

	codec_free(world->codec);
	free(world);
	return 0;
}

static struct alert
alert_of(uint64_t seq, uint64_t episode, enum cause cause,
	 enum alert_state alert_state)
{
	struct alert alert = {
		.seq = seq,
		.episode_seq = episode,
		.msg_type = alert_state == ALERT_CANCELLED ? MSG_TYPE_CANCEL
			    : seq == episode		   ? MSG_TYPE_ALERT
							   : MSG_TYPE_UPDATE,
		.state = alert_state,
		.cause = cause,
		.status = STATUS_ACTUAL,
		.rule = "killed",
		.agreement = "minsk-2",
		.labels = {{"party", "lpr"}},
		.labels_count = 1,
		.severity = SEVERITY_SEVERE,
		.certainty = CERTAINTY_LIKELY,
		.measure = "killed",
		.basis = BASIS_REPORTED,
		.sums = {.by_basis = {6, 6, 6, 6}, .events = 1},
		.threshold = 5,
		.window_ms = 86400000,
		.onset_at = at - 35 * 60 * 1000,
		.sent_at = at + (int64_t)seq * 60000,
		.acknowledged_at = TIME_UNSET,
		.headline = "six killed",
	};

	return alert;
}

static void
world_add_voiced(struct world *world, const struct alert *alert,
		 const struct voice *by)
{
	size_t i = world->count++;

	assert_true(i < MESSAGES_MAX);
	world->messages[i] = (struct wire_message){
		.topic = world->topics[i],
		.topic_size = codec_alert_topic(alert, world->topics[i]),
		.payload = world->bytes[i],
		.payload_size = codec_alert_pack(alert, by, world->bytes[i]),
	};
}

static void
world_add(struct world *world, const struct alert *alert)
{
	world_add_voiced(world, alert, &voice);
}

/* Of an episode that began in an earlier stream. */
static void
world_say_of(struct world *world, uint64_t seq, const char *episode,
	     enum cause cause, enum alert_state alert_state)
{
	struct alert alert = alert_of(seq, seq, cause, alert_state);
	struct voice by = voice;

	by.episode = episode;
	world_add_voiced(world, &alert, &by);
}

static void
world_say(struct world *world, uint64_t seq, uint64_t episode, enum cause cause,
	  enum alert_state alert_state)
{
	struct alert alert = alert_of(seq, episode, cause, alert_state);

	world_add(world, &alert);
}

static void
world_acknowledge(struct world *world, uint64_t seq, uint64_t episode,
		  const char *by)
{
	struct alert alert =
		alert_of(seq, episode, CAUSE_ACKNOWLEDGED, ALERT_FIRING);

	strcpy(alert.acknowledged_by, by);
	alert.acknowledged_at = alert.sent_at;
	world_add(world, &alert);
}

/* --- The board --- */

static void
puts_what_nobody_has_in_hand_first_and_the_oldest_first(void **state)
{
	static const uint64_t expected[] = {3, 7, 9, 2, 5};
	struct world *world = *state;
	struct board board = {0};

	world_acknowledge(world, 12, 5, "Olga");
	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	world_say(world, 14, 3, CAUSE_LEVEL_UP, ALERT_FIRING);
	world_acknowledge(world, 13, 2, "Ivan");
	world_say(world, 10, 7, CAUSE_REMINDER, ALERT_FIRING);
	assert_int_equal(board_take(&board, world->codec, world->messages,
				    world->count, "alert."),
			 0);
	assert_int_equal(board.count, 5);
	assert_int_equal(board.unacknowledged, 3);
	for (size_t i = 0; i < board.count; i++)
		assert_int_equal(board.rows[i].episode.seq, expected[i]);
	board_done(&board);
}

static void
keeps_drills_and_other_topics_off_the_board(void **state)
{
	struct world *world = *state;
	struct alert drill = alert_of(8, 8, CAUSE_CROSSED, ALERT_FIRING);
	struct board board = {0};

	drill.status = STATUS_EXERCISE;
	world_add(world, &drill);
	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	board_take(&board, world->codec, world->messages, 2, "alert.");
	assert_int_equal(board.count, 1);
	assert_int_equal(board.rows[0].episode.seq, 9);
	board_done(&board);
	board_take(&board, world->codec, world->messages, 2, "exercise.alert.");
	assert_int_equal(board.count, 1);
	assert_int_equal(board.rows[0].episode.seq, 8);
	board_done(&board);
	board_take(&board, world->codec, world->messages, 2, "alert.minsk-1");
	assert_int_equal(board.count, 0);
	board_done(&board);
}

static void
puts_what_is_held_back_last(void **state)
{
	struct world *world = *state;
	struct alert alert = alert_of(0, 9, CAUSE_SILENCE_ENDED, ALERT_FIRING);
	struct held_reply held[2] = {{.since_at = at, .silence = 7}};
	struct board board = {0};
	struct notice notice;
	char row[NOTICE_LINE_SIZE];
	const struct style style = {.width = 0};

	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	world_add(world, &alert);
	alert.status = STATUS_EXERCISE;
	world_add(world, &alert);
	held[0].message = world->messages[1];
	held[1].message = world->messages[2];
	board_take(&board, world->codec, world->messages, 1, "alert.");
	assert_int_equal(board_hold(&board, world->codec, held, 2, "alert."),
			 0);
	assert_int_equal(board.count, 1);
	assert_int_equal(board.held, 1);
	assert_int_equal(board.rows[1].silence, 7);
	codec_alert_unpack(world->codec, held[0].message.payload,
			   held[0].message.payload_size, &notice);
	board_row_render(&board.rows[1], &notice, &style, row);
	assert_non_null(strstr(row, " HELD 2015-02-16 02:40 silence 7 "));
	assert_null(strstr(row, "#0"));
	board_done(&board);
}

static void
counts_what_it_cannot_read(void **state)
{
	struct world *world = *state;
	struct board board = {0};

	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	world->messages[0].payload_size--;
	board_take(&board, world->codec, world->messages, 1, "alert.");
	assert_int_equal(board.count, 0);
	assert_int_equal(board.unreadable, 1);
	board_done(&board);
}

static void
expect_row(struct world *world, size_t message, struct style style,
	   const char *expected)
{
	char row[NOTICE_LINE_SIZE];
	const struct board_row sent = {.episode.seq = 1};
	struct notice notice;

	assert_true(codec_alert_unpack(world->codec,
				       world->messages[message].payload,
				       world->messages[message].payload_size,
				       &notice));
	board_row_render(&sent, &notice, &style, row);
	assert_string_equal(row, expected);
}

static void
shows_an_alert_in_a_row(void **state)
{
	struct world *world = *state;
	struct alert alert = alert_of(9, 9, CAUSE_CROSSED, ALERT_FIRING);

	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	world_acknowledge(world, 12, 9, "Olga\xE2\x80\xAE");
	alert.onset_at = TIME_UNSET;
	world_add(world, &alert);
	alert.onset_at = alert.sent_at + 1;
	world_add(world, &alert);
	expect_row(world, 0, (struct style){0},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "2015-02-16 02:05 #9 NEW 2015-02-16 02:49         no        "
		   "           six killed");
	expect_row(world, 1, (struct style){0},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "2015-02-16 02:05 #12 ACK 2015-02-16 02:52        02:52 "
		   "Olga\\u{202e}   six killed");
	expect_row(world, 2, (struct style){0},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "--:--            #9 NEW 2015-02-16 02:49         no        "
		   "           six killed");
	expect_row(world, 3, (struct style){0},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "not yet          #9 NEW 2015-02-16 02:49         no        "
		   "           six killed");
}

static void
breaks_a_row_that_does_not_fit(void **state)
{
	struct world *world = *state;

	world_say(world, 9, 9, CAUSE_CROSSED, ALERT_FIRING);
	world_acknowledge(world, 12, 9, "Olga");
	expect_row(world, 0, (struct style){.width = 80},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "2015-02-16 02:05\n"
		   "      #9 NEW 2015-02-16 02:49 | not acknowledged | six "
		   "killed");
	expect_row(world, 1, (struct style){.width = 80},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "2015-02-16 02:05\n"
		   "      #12 ACK 2015-02-16 02:52 | acknowledged 02:52 Olga | "
		   "six killed");
	expect_row(world, 0, (struct style){.width = 132},
		   "SEVERE   LIKELY    killed           minsk-2/lpr            "
		   "2015-02-16 02:05 #9 NEW 2015-02-16 02:49         no\n"
		   "      six killed");
}

/* --- The shift --- */

static void
world_shift(struct world *world, struct shift *shift)
{
	shift_init(shift);
	for (size_t i = 0; i < world->count; i++)
		assert_int_equal(shift_take(shift, world->codec,
					    &world->messages[i]),
				 0);
}

static void
expect_episode(const struct shift *shift, size_t i, uint64_t seq,
	       enum shift_fate fate, bool began, uint64_t messages)
{
	assert_int_equal(shift->episodes[i].name.seq, seq);
	assert_int_equal(shift->episodes[i].fate, fate);
	assert_int_equal(shift->episodes[i].began, began);
	assert_int_equal(shift->episodes[i].messages, messages);
}

static void
tells_what_became_of_each_alert(void **state)
{
	struct world *world = *state;
	struct shift shift;

	/* #2, #3 and #4 are of the shift before. */
	world_say(world, 10, 3, CAUSE_LEVEL_UP, ALERT_FIRING);
	world_say(world, 11, 11, CAUSE_CROSSED, ALERT_FIRING);
	world_say(world, 12, 12, CAUSE_CROSSED, ALERT_FIRING);
	world_say(world, 13, 2, CAUSE_CLEARED, ALERT_RESOLVED);
	world_say(world, 14, 12, CAUSE_LEVEL_UP, ALERT_FIRING);
	world_say(world, 15, 12, CAUSE_RETRACTED, ALERT_CANCELLED);
	world_say(world, 16, 4, CAUSE_CORRECTED, ALERT_CANCELLED);
	world_say(world, 17, 11, CAUSE_REMINDER, ALERT_FIRING);
	world_shift(world, &shift);
	assert_int_equal(shift.count, 5);
	expect_episode(&shift, 0, 2, SHIFT_ENDED, false, 1);
	expect_episode(&shift, 1, 3, SHIFT_CHANGED, false, 1);
	expect_episode(&shift, 2, 4, SHIFT_CANCELLED, false, 1);
	expect_episode(&shift, 3, 11, SHIFT_NEW, true, 2);
	expect_episode(&shift, 4, 12, SHIFT_CANCELLED, true, 3);
	assert_int_equal(shift.by_fate[SHIFT_CANCELLED], 2);
	assert_int_equal(shift.by_fate[SHIFT_ENDED], 1);
	assert_int_equal(shift.by_fate[SHIFT_NEW], 1);
	assert_int_equal(shift.by_fate[SHIFT_CHANGED], 1);
	assert_int_equal(shift.messages, 8);
	assert_int_equal(shift.first_seq, 10);
	assert_int_equal(shift.last_seq, 17);
	shift_done(&shift);
}

static void
tells_alerts_of_two_streams_apart(void **state)
{
	struct world *world = *state;
	struct board board = {0};
	struct shift shift;

	world_say(world, 10, 3, CAUSE_LEVEL_UP, ALERT_FIRING);
	world_say_of(world, 11, "truced-fedcba98-3", CAUSE_RULE_CHANGED,
		     ALERT_FIRING);
	world_say_of(world, 12, "truced-fedcba98-12", CAUSE_RULE_CHANGED,
		     ALERT_FIRING);
	world_shift(world, &shift);
	assert_int_equal(shift.count, 3);
	expect_episode(&shift, 0, 3, SHIFT_CHANGED, false, 1);
	expect_episode(&shift, 1, 12, SHIFT_CHANGED, false, 1);
	expect_episode(&shift, 2, 3, SHIFT_CHANGED, false, 1);
	shift_done(&shift);

	board_take(&board, world->codec, world->messages, 3, "alert.");
	assert_int_equal(board.count, 3);
	assert_false(board.rows[0].episode.here);
	assert_int_equal(board.rows[1].episode.seq, 12);
	assert_true(board.rows[2].episode.here);
	board_done(&board);
}

static void
knows_an_alert_again_that_ended_and_went_on(void **state)
{
	struct world *world = *state;
	struct shift shift;

	world_say(world, 10, 3, CAUSE_CLEARED, ALERT_RESOLVED);
	world_say(world, 11, 3, CAUSE_LEVEL_UP, ALERT_FIRING);
	world_shift(world, &shift);
	assert_int_equal(shift.count, 1);
	expect_episode(&shift, 0, 3, SHIFT_CHANGED, false, 2);
	assert_int_equal(shift.by_fate[SHIFT_ENDED], 0);
	shift_done(&shift);
}

static void
refuses_what_is_no_alert_in_a_shift(void **state)
{
	struct world *world = *state;
	struct shift shift;

	world_say(world, 10, 3, CAUSE_CLEARED, ALERT_RESOLVED);
	world->messages[0].payload_size--;
	shift_init(&shift);
	assert_true(shift_take(&shift, world->codec, &world->messages[0]) < 0);
	assert_int_equal(shift.count, 0);
	shift_done(&shift);
}

static void
writes_each_fate_also_when_there_is_none(void **state)
{
	struct world *world = *state;
	struct shift shift;
	const struct style plain = {0};
	char *page = NULL;
	size_t size;

	world_say(world, 12, 12, CAUSE_CROSSED, ALERT_FIRING);
	world_say(world, 13, 2, CAUSE_CLEARED, ALERT_RESOLVED);
	world_say(world, 14, 12, CAUSE_CLEARED, ALERT_RESOLVED);
	world_shift(world, &shift);
	FILE *stream = open_memstream(&page, &size);
	shift_print(&shift, world->codec, &plain, stream);
	fclose(stream);
	assert_string_equal(
		page,
		"\nCANCELLED: none\n"
		"\nENDED (2)\n"
		"2015-02-16 02:53 #13   SEVERE   LIKELY   CLEAR     killed     "
		"      minsk-2/lpr             over: six killed\n"
		"2015-02-16 02:54 #14   SEVERE   LIKELY   CLEAR     killed     "
		"      minsk-2/lpr             over: six killed | 2 messages | "
		"began in this shift\n"
		"\nNEW, AND OPEN: none\n"
		"\nCHANGED, AND OPEN: none\n");
	free(page);
	shift_done(&shift);
}

#define WORLD_TEST(test)                                                       \
	cmocka_unit_test_setup_teardown(test, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(
			puts_what_nobody_has_in_hand_first_and_the_oldest_first),
		WORLD_TEST(keeps_drills_and_other_topics_off_the_board),
		WORLD_TEST(puts_what_is_held_back_last),
		WORLD_TEST(counts_what_it_cannot_read),
		WORLD_TEST(shows_an_alert_in_a_row),
		WORLD_TEST(breaks_a_row_that_does_not_fit),
		WORLD_TEST(tells_what_became_of_each_alert),
		WORLD_TEST(tells_alerts_of_two_streams_apart),
		WORLD_TEST(knows_an_alert_again_that_ended_and_went_on),
		WORLD_TEST(refuses_what_is_no_alert_in_a_shift),
		WORLD_TEST(writes_each_fate_also_when_there_is_none),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
