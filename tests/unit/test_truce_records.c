/* Files of reports: CSV and JSON Lines, whole and broken, down to what the
 * codec reads back. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/codec.h"
#include "truce/records.h"

static const char map[] = "set id {id}\n"
			  "set source TEST\n"
			  "set agreement a\n"
			  "set killed.best {killed}\n"
			  "set summary {note}\n"
			  "skip when id == \"skip\"\n";

struct reading {
	struct records *records;
	struct record record;
	int fd;
};

/* What is read comes through a pipe, so that WAIT is met, too. */
static void
reading_begin(struct reading *reading, struct mapping *mapping,
	      const struct override *overrides, size_t overrides_count)
{
	char error[RECORD_ERROR_SIZE];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	reading->fd = ends[1];
	assert_int_equal(records_new(&reading->records, "file", ends[0],
				     mapping, REPORT_INCIDENT, overrides,
				     overrides_count, error),
			 0);
}

static void
reading_write(struct reading *reading, const char *bytes, size_t size)
{
	assert_int_equal(write(reading->fd, bytes, size), (ssize_t)size);
	assert_int_equal(records_fill(reading->records), 0);
}

static void
reading_close(struct reading *reading)
{
	close(reading->fd);
	assert_int_equal(records_fill(reading->records), 0);
}

static struct mapping *
mapping_of(const char *text)
{
	char error[MAPPING_ERROR_SIZE];
	struct mapping *mapping;

	assert_int_equal(mapping_parse(&mapping, text, "map", error), 0);
	return mapping;
}

/* The next record is a report with this id at this line. */
static void
expect_report(struct reading *reading, size_t line, const char *id,
	      uint32_t killed)
{
	const struct admission any = {.max_count = 1000,
				      .latest_at = TIME_NEVER};
	struct codec *codec;
	struct report report;
	struct receipt receipt;
	struct record *record = &reading->record;

	assert_int_equal(records_next(reading->records, record), RECORD_READY);
	assert_int_equal(record->line, line);
	assert_int_equal(codec_new(&codec), 0);
	assert_true(codec_report(codec, &any, record->topic,
				 strlen(record->topic), record->payload,
				 record->payload_size, &report, &receipt));
	assert_string_equal(report.id, id);
	assert_int_equal(report.counts[COUNT_KILLED].best, killed);
	codec_free(codec);
}

static void
expect_bad(struct reading *reading, const char *error)
{
	assert_int_equal(records_next(reading->records, &reading->record),
			 RECORD_BAD);
	assert_string_equal(reading->record.error, error);
}

static void
expect_kind(struct reading *reading, enum record_kind kind)
{
	assert_int_equal(records_next(reading->records, &reading->record),
			 kind);
}

static void
reads_csv_with_quotes_newlines_and_a_byte_order_mark(void **state)
{
	static const char text[] = "\xEF\xBB\xBFid,killed,note\r\n"
				   "1,2,\"two\nlines, and a \"\" quote\"\r\n"
				   "\r\n"
				   "skip,1,x\n"
				   " 2 ,3,\n"
				   "3,4,last";
	struct reading reading;
	struct mapping *mapping = mapping_of(map);

	(void)state;
	reading_begin(&reading, mapping, NULL, 0);
	expect_kind(&reading, RECORD_WAIT);
	/* Cut within the quotes: nothing is lost between two reads. */
	reading_write(&reading, text, 30);
	expect_kind(&reading, RECORD_WAIT);
	reading_write(&reading, text + 30, sizeof(text) - 1 - 30);
	expect_report(&reading, 2, "1", 2);
	expect_report(&reading, 6, "2", 3);
	expect_kind(&reading, RECORD_WAIT);
	reading_close(&reading);
	expect_report(&reading, 7, "3", 4);
	expect_kind(&reading, RECORD_END);
	assert_int_equal(records_skipped(reading.records), 1);
	assert_int_equal(records_bytes(reading.records), sizeof(text) - 1);
	records_free(reading.records);
	mapping_free(mapping);
}

static void
goes_on_after_a_bad_row(void **state)
{
	static const char text[] = "id,killed,note\n"
				   "1,many,\n"
				   "2,3\n"
				   "a\"b,1,\n"
				   "4,1,\n"
				   "5,1,\"open\n";
	struct reading reading;
	struct mapping *mapping = mapping_of(map);

	(void)state;
	reading_begin(&reading, mapping, NULL, 0);
	reading_write(&reading, text, sizeof(text) - 1);
	reading_close(&reading);
	expect_bad(&reading, "file:2: killed.best \"many\": expected a whole "
			     "number, 0 to 4294967295 (map:4)");
	expect_bad(&reading, "file:3: expected 3 columns, not 2");
	expect_bad(&reading, "file:4: expected a \" only around a cell or "
			     "doubled in a quoted one");
	expect_report(&reading, 5, "4", 1);
	expect_bad(&reading, "file:6: expected a closing \"");
	expect_kind(&reading, RECORD_END);
	records_free(reading.records);
	mapping_free(mapping);
}

static void
refuses_a_header_without_a_column_it_needs(void **state)
{
	struct reading reading;
	struct mapping *mapping = mapping_of(map);

	(void)state;
	reading_begin(&reading, mapping, NULL, 0);
	reading_write(&reading, "id,note\n1,x\n", 12);
	expect_bad(&reading, "file:1: expected a column 'killed' (map:4)");
	expect_kind(&reading, RECORD_END);
	records_free(reading.records);
	mapping_free(mapping);
}

static void
reads_json_lines_with_nested_fields(void **state)
{
	static const char text[] =
		"{\"id\":\"1\",\"source\":\"S\",\"agreement\":\"a\","
		"\"killed\":{\"best\":7},\"place\":{\"latitude\":48.006667,"
		"\"longitude\":-0.5},\"links\":[\"x\",\"y\"],\"summary\":null,"
		"\"kind\":\"shelling\",\"reported_at\":"
		"\"2015-02-15T00:00:00+02:00\"}\n"
		"\n"
		"{\"id\":\"2\",\"source\":\"S\",\"agreement\":\"a\"}";
	struct reading reading;

	(void)state;
	reading_begin(&reading, NULL, NULL, 0);
	reading_write(&reading, text, sizeof(text) - 1);
	reading_close(&reading);
	expect_report(&reading, 1, "1", 7);
	assert_string_equal(reading.record.topic, "incident.a");
	expect_report(&reading, 3, "2", 0);
	expect_kind(&reading, RECORD_END);
	records_free(reading.records);
}

static void
tells_what_is_wrong_with_a_json_line(void **state)
{
	static const char text[] =
		"[1]\n"
		"{\"id\": }\n"
		"{\"agreement\":\"a\",\"nonsense\":1}\n"
		"{\"agreement\":\"a\",\"killed\":{\"best\":-1}}\n"
		"{\"agreement\":\"a\",\"links\":[{\"x\":1}]}\n"
		"{\"id\":\"1\"}\n"
		"{\"id\":\"1\",\"id\":\"2\"}\n";
	struct reading reading;

	(void)state;
	reading_begin(&reading, NULL, NULL, 0);
	reading_write(&reading, text, sizeof(text) - 1);
	expect_bad(&reading, "file:1: expected a JSON object");
	expect_bad(&reading, "file:2: column 8: expected JSON: unexpected "
			     "token near '}'");
	expect_bad(&reading, "file:3: nonsense \"1\": expected a field that a "
			     "report has, as kind or killed.best");
	expect_bad(&reading, "file:4: killed.best \"-1\": expected a whole "
			     "number, 0 to 4294967295");
	expect_bad(&reading, "file:5: links: expected texts in the list");
	expect_bad(&reading, "file:6: agreement: expected an agreement's name");
	expect_bad(&reading,
		   "file:7: column 14: expected JSON: duplicate object key "
		   "near '\"id\"'");
	records_free(reading.records);
	close(reading.fd);
}

static void
gives_every_report_what_the_command_line_sets(void **state)
{
	const struct override overrides[] = {{"killed.best", "9"},
					     {"agreement", "b"}};
	const struct override wrong[] = {{"kiled", "9"}};
	struct reading reading;
	struct records *records;
	char error[RECORD_ERROR_SIZE];

	(void)state;
	reading_begin(&reading, NULL, overrides, 2);
	reading_write(&reading,
		      "{\"id\":\"1\",\"source\":\"S\",\"agreement\":\"a\","
		      "\"killed\":{\"best\":1}}\n",
		      60);
	reading_close(&reading);
	expect_report(&reading, 1, "1", 9);
	assert_string_equal(reading.record.topic, "incident.b");
	records_free(reading.records);
	assert_true(records_new(&records, "file", -1, NULL, REPORT_INCIDENT,
				wrong, 1, error) < 0);
	assert_string_equal(error, "kiled \"9\": expected a field that a "
				   "report has, as kind or killed.best");
}

static void
stops_a_row_that_never_ends(void **state)
{
	enum { SIZE = 1100 * 1024 };
	struct reading reading;
	struct mapping *mapping = mapping_of(map);
	char *bytes = malloc(SIZE);
	char path[] = "/tmp/truce_records_XXXXXX";
	char error[RECORD_ERROR_SIZE];
	int fd = mkstemp(path);
	size_t used = 0;

	(void)state;
	unlink(path);
	assert_non_null(bytes);
	memset(bytes, 'x', SIZE);
	for (size_t i = 80; i < SIZE; i += 80)
		bytes[i] = '\n';
	memcpy(bytes, "id,killed,note\n\"", 16);
	while (used < SIZE) {
		ssize_t size = write(fd, bytes + used, SIZE - used);
		assert_true(size > 0);
		used += (size_t)size;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(records_new(&reading.records, "file", fd, mapping,
				     REPORT_INCIDENT, NULL, 0, error),
			 0);
	enum record_kind kind;
	while ((kind = records_next(reading.records, &reading.record)) ==
	       RECORD_WAIT)
		assert_int_equal(records_fill(reading.records), 0);
	assert_int_equal(kind, RECORD_BAD);
	assert_string_equal(reading.record.error,
			    "file:2: expected a row of at most 1 MiB; is a \" "
			    "not closed?");
	records_free(reading.records);
	mapping_free(mapping);
	free(bytes);
	close(fd);
}

/* The map that ships, over the data that ship. */
static void
makes_a_sound_report_of_every_row_of_the_real_data(void **state)
{
	const struct admission strict = {.max_count = 100000,
					 .latest_at = TIME_NEVER,
					 .times_required = true};
	struct mapping *mapping;
	struct records *records;
	struct record record;
	struct codec *codec;
	char error[RECORD_ERROR_SIZE];
	uint64_t count = 0, killed = 0, civilians = 0, accused = 0, lasting = 0,
		 second = 0;
	int fd = open("tests/data/ucdp-donbas/minsk.csv", O_RDONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(mapping_load(&mapping, "config/ucdp.map", error), 0);
	assert_int_equal(records_new(&records, "minsk.csv", fd, mapping,
				     REPORT_INCIDENT, NULL, 0, error),
			 0);
	assert_int_equal(codec_new(&codec), 0);
	for (;;) {
		struct report report;
		struct receipt receipt;
		enum record_kind kind = records_next(records, &record);

		if (kind == RECORD_WAIT) {
			assert_int_equal(records_fill(records), 0);
			continue;
		}
		if (kind == RECORD_END)
			break;
		assert_int_equal(kind, RECORD_READY);
		assert_true(codec_report(codec, &strict, record.topic,
					 strlen(record.topic), record.payload,
					 record.payload_size, &report,
					 &receipt));
		count++;
		killed += report.counts[COUNT_KILLED].best;
		civilians += report.counts[COUNT_CIVILIANS_KILLED].best;
		accused += report.party[0] != '\0';
		assert_true((report.party[0] == '\0') ==
			    (report.against[0] == '\0'));
		lasting += report.occurred_until != TIME_UNSET;
		second += strcmp(report.agreement, "minsk-2") == 0;
		assert_int_equal(report.counts[COUNT_VIOLATIONS].best, 1);
		assert_true(report.reported_at > report.occurred_at);
	}
	/* Counted from the file by other means. */
	assert_int_equal(count, 1493);
	assert_int_equal(killed, 3950);
	assert_int_equal(civilians, 493);
	assert_int_equal(accused, 1339);
	assert_int_equal(lasting, 133);
	assert_int_equal(second, 126);
	codec_free(codec);
	records_free(records);
	mapping_free(mapping);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			reads_csv_with_quotes_newlines_and_a_byte_order_mark),
		cmocka_unit_test(goes_on_after_a_bad_row),
		cmocka_unit_test(refuses_a_header_without_a_column_it_needs),
		cmocka_unit_test(reads_json_lines_with_nested_fields),
		cmocka_unit_test(tells_what_is_wrong_with_a_json_line),
		cmocka_unit_test(gives_every_report_what_the_command_line_sets),
		cmocka_unit_test(stops_a_row_that_never_ends),
		cmocka_unit_test(
			makes_a_sound_report_of_every_row_of_the_real_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
