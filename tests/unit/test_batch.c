/* The body of a REPORTS step: messages in, the same messages out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/batch.h"

static struct wire_message
message(const char *topic, const char *payload)
{
	return (struct wire_message){.topic = topic,
				     .topic_size = strlen(topic),
				     .payload = (const uint8_t *)payload,
				     .payload_size = strlen(payload)};
}

static bool
add(struct batch *batch, const char *topic, const char *payload)
{
	struct wire_message added = message(topic, payload);

	return batch_add(batch, &added);
}

static void
assert_next(const struct batch *batch, size_t *offset, const char *topic,
	    const char *payload)
{
	struct wire_message next;

	assert_true(batch_next(batch->bytes, batch->size, offset, &next));
	assert_int_equal(next.topic_size, strlen(topic));
	assert_memory_equal(next.topic, topic, next.topic_size);
	assert_int_equal(next.payload_size, strlen(payload));
	assert_memory_equal(next.payload, payload, next.payload_size);
}

static void
gives_back_what_was_added_in_order(void **state)
{
	struct batch batch;
	struct wire_message next;
	size_t offset = 0;

	(void)state;
	assert_int_equal(batch_init(&batch, 1000), 0);
	assert_true(add(&batch, "incident.pact", "one"));
	assert_true(add(&batch, "", ""));
	assert_true(add(&batch, "tally.pact", "another"));
	assert_true(add(&batch, "", ""));
	assert_next(&batch, &offset, "incident.pact", "one");
	assert_next(&batch, &offset, "", "");
	assert_next(&batch, &offset, "tally.pact", "another");
	assert_next(&batch, &offset, "", "");
	assert_int_equal(offset, batch.size);
	assert_false(batch_next(batch.bytes, batch.size, &offset, &next));
	batch_done(&batch);
}

static void
is_written_little_endian_size_before_bytes(void **state)
{
	static const uint8_t body[] = {3,   0,	 2,   0,   0,  0,
				       'a', '.', 'b', 'o', 'k'};
	struct batch batch;

	(void)state;
	assert_int_equal(batch_init(&batch, 100), 0);
	assert_true(add(&batch, "a.b", "ok"));
	assert_int_equal(batch.size, sizeof(body));
	assert_memory_equal(batch.bytes, body, sizeof(body));
	batch_done(&batch);
}

static void
keeps_sizes_of_more_than_one_byte(void **state)
{
	enum { SIZE = 70000, TOPIC = 300 };
	char *long_text = malloc(SIZE + 1);
	char topic[TOPIC + 1];
	struct batch batch;
	size_t offset = 0;

	(void)state;
	assert_non_null(long_text);
	memset(long_text, 'x', SIZE);
	long_text[SIZE] = '\0';
	memset(topic, 't', TOPIC);
	topic[TOPIC] = '\0';
	assert_int_equal(batch_init(&batch, 100000), 0);
	assert_true(add(&batch, topic, long_text));
	assert_true(add(&batch, "a", "b"));
	assert_next(&batch, &offset, topic, long_text);
	assert_next(&batch, &offset, "a", "b");
	batch_done(&batch);
	free(long_text);
}

static void
refuses_what_does_not_fit_and_is_as_it_was(void **state)
{
	struct batch batch;
	size_t offset = 0;

	(void)state;
	assert_int_equal(batch_init(&batch, 20), 0);
	assert_true(add(&batch, "a", "1234")); /* 11 bytes */
	assert_false(add(&batch, "a", "123")); /* 10 */
	assert_int_equal(batch.size, 11);
	assert_true(add(&batch, "a", "12"));
	assert_int_equal(batch.size, 20);
	assert_false(add(&batch, "", ""));
	assert_next(&batch, &offset, "a", "1234");
	assert_next(&batch, &offset, "a", "12");
	batch_done(&batch);
}

static void
refuses_a_topic_whose_size_has_no_room(void **state)
{
	enum { TOPIC = UINT16_MAX + 1 };
	char *topic = malloc(TOPIC);
	struct batch batch;

	(void)state;
	assert_non_null(topic);
	memset(topic, 't', TOPIC);
	assert_int_equal(batch_init(&batch, 2 * TOPIC), 0);
	struct wire_message added = {.topic = topic, .topic_size = TOPIC};
	assert_false(batch_add(&batch, &added));
	added.topic_size = TOPIC - 1;
	assert_true(batch_add(&batch, &added));
	batch_done(&batch);
	free(topic);
}

static void
stops_at_a_body_that_is_cut(void **state)
{
	struct batch batch;
	struct wire_message next;

	(void)state;
	assert_int_equal(batch_init(&batch, 100), 0);
	assert_true(add(&batch, "a", "1234"));
	size_t first = batch.size;
	assert_true(add(&batch, "b", "5678"));
	for (size_t size = first; size < batch.size; size++) {
		size_t offset = 0;
		assert_true(batch_next(batch.bytes, size, &offset, &next));
		assert_false(batch_next(batch.bytes, size, &offset, &next));
		assert_int_equal(offset, first);
	}
	batch_done(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_added_in_order),
		cmocka_unit_test(is_written_little_endian_size_before_bytes),
		cmocka_unit_test(keeps_sizes_of_more_than_one_byte),
		cmocka_unit_test(refuses_what_does_not_fit_and_is_as_it_was),
		cmocka_unit_test(refuses_a_topic_whose_size_has_no_room),
		cmocka_unit_test(stops_at_a_body_that_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
