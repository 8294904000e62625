#include "truce/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "edge/codec.h"
#include "truce/json.h"

/* A record beyond this is a mistake: mostly a quote that was not closed. */
enum { RECORD_MAX = 1024 * 1024, CELLS_MAX = 512, READ_SIZE = 64 * 1024 };

struct records {
	const char *name;
	int fd;
	struct mapping *mapping; /* NULL: JSON Lines */
	const struct override *overrides;
	size_t overrides_count;
	struct draft *draft;
	/* Bytes read and not yet taken: from `start` to `end`. */
	char *buffer;
	size_t size;
	size_t start;
	size_t end;
	size_t scanned; /* no newline in start .. scanned */
	bool at_end;
	uint64_t taken;
	uint64_t skipped;
	size_t line; /* of the next byte */
	/* The CSV row that is being put together. */
	struct csv_parser parser;
	char *cells; /* each with its NUL */
	size_t cells_used;
	size_t offsets[CELLS_MAX];
	size_t cells_count;
	bool too_many;
	bool row_complete;
	size_t row_line;
	size_t row_bytes;
	size_t width; /* of the header; 0: not yet read */
};

/* --- Bytes to lines --- */

int
records_fill(struct records *records)
{
	if (records->start > 0) {
		memmove(records->buffer, records->buffer + records->start,
			records->end - records->start);
		records->end -= records->start;
		records->scanned -= records->start;
		records->start = 0;
	}
	if (records->size - records->end < READ_SIZE) {
		size_t size = records->size + READ_SIZE;
		char *more = realloc(records->buffer, size);

		if (!more)
			return -ENOMEM;
		records->buffer = more;
		records->size = size;
	}
	ssize_t got;
	do
		got = read(records->fd, records->buffer + records->end,
			   READ_SIZE);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	records->at_end = got == 0;
	records->end += (size_t)got;
	return 0;
}

/* The next line with its newline, if it has one; it lasts until the next
 * fill. */
static enum record_kind
line_next(struct records *records, const char **ret_line, size_t *ret_size)
{
	const char *start = records->buffer + records->start;
	size_t size = records->end - records->start;
	const char *newline =
		size == 0 ? NULL
			  : memchr(records->buffer + records->scanned, '\n',
				   records->end - records->scanned);

	if (newline)
		size = (size_t)(newline - start) + 1;
	else if (size == 0 && records->at_end)
		return RECORD_END;
	else if (!records->at_end && size <= RECORD_MAX) {
		records->scanned = records->end;
		return RECORD_WAIT;
	}
	records->start += size;
	records->scanned = records->start;
	records->taken += size;
	*ret_line = start;
	*ret_size = size;
	return RECORD_READY;
}

static bool
is_blank(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' &&
		    line[i] != '\n')
			return false;
	return true;
}

/* --- Lines to reports --- */

/* A count or a place is most often meant whole: {"killed": 3}. */
static const char known_field[] =
	"a field that a report has, as kind or killed.best";

static int
field_set(void *context, const char *path, const char *text, char *ret_expected,
	  size_t size)
{
	struct records *records = context;

	for (size_t i = 0; i < records->overrides_count; i++)
		if (strcmp(records->overrides[i].path, path) == 0)
			return 0;
	int error = draft_set(records->draft, path, text, ret_expected, size);
	if (error == -ENOENT)
		snprintf(ret_expected, size, "%s", known_field);
	return error;
}

static int
overrides_apply(struct records *records, char *ret_error, size_t size)
{
	char expected[DRAFT_EXPECTED_SIZE];

	for (size_t i = 0; i < records->overrides_count; i++) {
		const struct override *override = &records->overrides[i];

		*expected = '\0';
		int error =
			draft_set(records->draft, override->path,
				  override->text, expected, sizeof(expected));
		if (error == 0)
			continue;
		if (error == -ENOENT)
			snprintf(expected, sizeof(expected), "%s", known_field);
		snprintf(ret_error, size, "%s \"%s\": expected %s",
			 override->path, override->text, expected);
		return -EINVAL;
	}
	return 0;
}

__attribute__((format(printf, 3, 4))) static enum record_kind
record_bad(const struct records *records, struct record *record,
	   const char *format, ...)
{
	va_list arguments;
	int place = snprintf(record->error, sizeof(record->error),
			     "%.256s:%zu: ", records->name, record->line);

	if (place < 0)
		place = 0;
	va_start(arguments, format);
	vsnprintf(record->error + place, sizeof(record->error) - (size_t)place,
		  format, arguments);
	va_end(arguments);
	return RECORD_BAD;
}

/* The draft as it stands, as a message. */
static enum record_kind
record_finish(struct records *records, struct record *record)
{
	char error[MAPPING_ERROR_SIZE];

	if (overrides_apply(records, error, sizeof(error)) < 0)
		return record_bad(records, record, "%s", error);
	if (!draft_topic(records->draft, record->topic))
		return record_bad(records, record,
				  "agreement: expected an agreement's name");
	record->payload = draft_pack(records->draft, &record->payload_size);
	if (!record->payload)
		return record_bad(records, record, "out of memory");
	if (record->payload_size > PAYLOAD_MAX)
		return record_bad(records, record,
				  "expected a report of at most %d bytes",
				  PAYLOAD_MAX);
	return RECORD_READY;
}

static enum record_kind
json_next(struct records *records, struct record *record)
{
	char error[MAPPING_ERROR_SIZE];
	const char *line;
	size_t size;

	for (;;) {
		enum record_kind kind = line_next(records, &line, &size);
		if (kind != RECORD_READY)
			return kind;
		record->line = records->line++;
		if (size > RECORD_MAX)
			return record_bad(records, record,
					  "expected a line of at most %d "
					  "bytes",
					  RECORD_MAX);
		if (!is_blank(line, size))
			break;
	}
	draft_clear(records->draft);
	if (json_fields(line, size, field_set, records, error, sizeof(error)) <
	    0)
		return record_bad(records, record, "%s", error);
	return record_finish(records, record);
}

/* --- CSV --- */

static void
cell_end(void *bytes, size_t size, void *context)
{
	struct records *records = context;

	if (records->cells_count == CELLS_MAX) {
		records->too_many = true;
		return;
	}
	/* A row has at most RECORD_MAX bytes; a NUL for each cell fits. */
	records->offsets[records->cells_count++] = records->cells_used;
	memcpy(records->cells + records->cells_used, bytes, size);
	records->cells_used += size;
	records->cells[records->cells_used++] = '\0';
}

static void
row_end(int terminator, void *context)
{
	struct records *records = context;

	(void)terminator;
	records->row_complete = true;
}

static void
row_begin(struct records *records)
{
	records->cells_used = 0;
	records->cells_count = 0;
	records->too_many = false;
	records->row_complete = false;
	records->row_bytes = 0;
}

/* Rows end at a newline alone; a CR before it is a blank, which libcsv drops
 * around a cell. */
static int
is_newline(unsigned char c)
{
	return c == '\n';
}

static int
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
parser_begin(struct records *records)
{
	if (csv_init(&records->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return false;
	csv_set_term_func(&records->parser, is_newline);
	csv_set_space_func(&records->parser, is_space);
	return true;
}

/* After an error the next line is taken for the start of a row again. */
static enum record_kind
row_bad(struct records *records, struct record *record, const char *why)
{
	csv_free(&records->parser);
	parser_begin(records);
	row_begin(records);
	return record_bad(records, record, "%s", why);
}

/* Feeds a line; a row may go over several. READY: records' cells hold one. */
static enum record_kind
row_next(struct records *records, struct record *record)
{
	const char *line;
	size_t size;

	if (records->row_complete)
		row_begin(records);
	for (;;) {
		enum record_kind kind = line_next(records, &line, &size);
		bool open = records->row_bytes > 0;

		record->line = open ? records->row_line : records->line;
		if (kind == RECORD_END && open &&
		    csv_fini(&records->parser, cell_end, row_end, records) != 0)
			return row_bad(records, record,
				       "expected a closing \"");
		if (kind == RECORD_END && records->row_complete)
			return RECORD_READY;
		if (kind != RECORD_READY)
			return kind;
		if (!open)
			records->row_line = records->line;
		records->line++;
		records->row_bytes += size;
		if (records->row_bytes > RECORD_MAX)
			return row_bad(records, record,
				       "expected a row of at most 1 MiB; is a "
				       "\" not closed?");
		if (memchr(line, '\0', size))
			return row_bad(records, record,
				       "expected text, not a NUL byte");
		if (csv_parse(&records->parser, line, size, cell_end, row_end,
			      records) != size)
			return row_bad(records, record,
				       "expected a \" only around a cell or "
				       "doubled in a quoted one");
		if (records->row_complete)
			return RECORD_READY;
		/* A blank line is no row. */
		if (records->row_bytes == size && is_blank(line, size))
			row_begin(records);
	}
}

static enum record_kind
header_take(struct records *records, struct record *record,
	    const char *const *cells)
{
	char error[MAPPING_ERROR_SIZE];

	if (mapping_bind(records->mapping, cells, records->cells_count, error) <
	    0) {
		record_bad(records, record, "%s", error);
		records->at_end = true;
		records->start = records->end = records->scanned = 0;
		return RECORD_BAD;
	}
	records->width = records->cells_count;
	return RECORD_READY;
}

static enum record_kind
csv_next(struct records *records, struct record *record)
{
	const char *cells[CELLS_MAX];
	char error[MAPPING_ERROR_SIZE];

	for (;;) {
		enum record_kind kind = row_next(records, record);
		if (kind != RECORD_READY)
			return kind;
		for (size_t i = 0; i < records->cells_count; i++)
			cells[i] = records->cells + records->offsets[i];
		if (records->too_many)
			return record_bad(records, record,
					  "expected at most %d columns",
					  CELLS_MAX);
		if (records->width == 0) {
			if (header_take(records, record, cells) == RECORD_BAD)
				return RECORD_BAD;
			continue;
		}
		if (records->cells_count != records->width)
			return record_bad(records, record,
					  "expected %zu columns, not %zu",
					  records->width, records->cells_count);
		draft_clear(records->draft);
		int result = mapping_apply(records->mapping, cells, field_set,
					   records, error);
		if (result < 0)
			return record_bad(records, record, "%s", error);
		if (result == 0)
			return record_finish(records, record);
		records->skipped++;
	}
}

enum record_kind
records_next(struct records *records, struct record *ret_record)
{
	/* A byte order mark is what some programs begin a file with. */
	if (records->taken == 0) {
		if (records->end < 3 && !records->at_end)
			return RECORD_WAIT;
		if (records->end >= 3 &&
		    memcmp(records->buffer, "\xEF\xBB\xBF", 3) == 0) {
			records->start = records->scanned = 3;
			records->taken = 3;
		}
	}
	return records->mapping ? csv_next(records, ret_record)
				: json_next(records, ret_record);
}

int
records_new(struct records **ret_records, const char *name, int fd,
	    struct mapping *mapping, enum report_type type,
	    const struct override *overrides, size_t overrides_count,
	    char ret_error[static RECORD_ERROR_SIZE])
{
	struct records *records = calloc(1, sizeof(*records));
	int error = -ENOMEM;

	snprintf(ret_error, RECORD_ERROR_SIZE, "out of memory");
	if (!records)
		return -ENOMEM;
	records->name = name;
	records->fd = fd;
	records->mapping = mapping;
	records->overrides = overrides;
	records->overrides_count = overrides_count;
	records->line = 1;
	records->cells = malloc(RECORD_MAX + CELLS_MAX + 1);
	if (parser_begin(records) && records->cells)
		error = draft_new(&records->draft,
				  mapping ? mapping_type(mapping) : type);
	/* A mistake in an override would be one in every record. */
	if (error == 0)
		error = overrides_apply(records, ret_error, RECORD_ERROR_SIZE);
	if (error < 0) {
		records_free(records);
		return error;
	}
	*ret_records = records;
	return 0;
}

void
records_free(struct records *records)
{
	if (!records)
		return;
	csv_free(&records->parser);
	draft_free(records->draft);
	free(records->cells);
	free(records->buffer);
	free(records);
}

uint64_t
records_bytes(const struct records *records)
{
	return records->taken;
}

uint64_t
records_skipped(const struct records *records)
{
	return records->skipped;
}
