/* Reads the raw text of a configuration, as libconfig's scanner would. */
#include "edge/settings_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INCLUDE_DEPTH_MAX = 10,
	TEXT_BYTES_MAX = 16 * 1024 * 1024,
	COMPLAINT_SIZE = 1024
};

struct text_line {
	uint32_t file; /* index into files */
	uint32_t line;
	uint32_t start; /* offset in the text */
};

/* What is being put together, and where. */
struct assembly {
	struct settings_text *text;
	size_t text_capacity;
	size_t lines_capacity;
	bool has_file; /* so that an include has a place to be */
	settings_complain complain;
	void *context;
	bool bad;
	bool no_memory;
};

/* A file as it is read; the ones that include it lie behind it. */
struct cursor {
	struct assembly *assembly;
	const struct cursor *includer;
	unsigned depth;
	uint32_t file;
	const char *start;
	const char *at;
	const char *end;
	unsigned line; /* of `at` */
	/* Up to here the assembly has the file's bytes. */
	const char *copied;
	unsigned copied_line;
};

static bool file_read(struct assembly *assembly, const char *path,
		      const struct cursor *includer);

__attribute__((format(printf, 4, 5))) static void
complain_at(struct assembly *assembly, const char *file, unsigned line,
	    const char *format, ...)
{
	char message[COMPLAINT_SIZE];
	va_list arguments;
	int used = snprintf(message, sizeof(message), "%s:%u: ", file, line);

	if (used < 0 || (size_t)used >= sizeof(message))
		used = 0;
	va_start(arguments, format);
	vsnprintf(message + used, sizeof(message) - (size_t)used, format,
		  arguments);
	va_end(arguments);
	assembly->bad = true;
	assembly->complain(assembly->context, message);
}

static const char *
cursor_file(const struct cursor *cursor)
{
	return cursor->assembly->text->files[cursor->file];
}

/* Grows *array to hold at least `needed` of `size` bytes. */
static bool
array_reserve(struct assembly *assembly, void *array_pointer, size_t *capacity,
	      size_t needed, size_t size)
{
	void **array = array_pointer;
	size_t wanted = *capacity ? *capacity : 64;
	void *grown;

	if (needed <= *capacity)
		return true;
	while (wanted < needed)
		wanted *= 2;
	grown = realloc(*array, wanted * size);
	if (!grown) {
		assembly->no_memory = true;
		return false;
	}
	*array = grown;
	*capacity = wanted;
	return true;
}

/* Appends bytes that begin on this line of this file. */
static void
assembly_append(struct assembly *assembly, uint32_t file, unsigned line,
		const char *bytes, size_t size)
{
	struct settings_text *text = assembly->text;

	if (!array_reserve(assembly, &text->text, &assembly->text_capacity,
			   text->size + size + 1, 1))
		return;
	for (size_t i = 0; i < size; i++) {
		if (text->size == 0 || text->text[text->size - 1] == '\n') {
			if (!array_reserve(assembly, &text->lines,
					   &assembly->lines_capacity,
					   text->lines_count + 1,
					   sizeof(*text->lines)))
				return;
			text->lines[text->lines_count++] =
				(struct text_line){file, line,
						   (uint32_t)text->size};
		}
		text->text[text->size++] = bytes[i];
		if (bytes[i] == '\n')
			line++;
	}
	text->text[text->size] = '\0';
}

static void
cursor_copy(struct cursor *cursor)
{
	assembly_append(cursor->assembly, cursor->file, cursor->copied_line,
			cursor->copied, (size_t)(cursor->at - cursor->copied));
	cursor->copied = cursor->at;
	cursor->copied_line = cursor->line;
}

static bool
cursor_at(const struct cursor *cursor, const char *text)
{
	size_t size = strlen(text);

	return (size_t)(cursor->end - cursor->at) >= size &&
	       memcmp(cursor->at, text, size) == 0;
}

static void
cursor_step(struct cursor *cursor)
{
	if (*cursor->at++ == '\n')
		cursor->line++;
}

static void
skip_line_comment(struct cursor *cursor)
{
	while (cursor->at < cursor->end && *cursor->at != '\n')
		cursor->at++;
}

static void
skip_block_comment(struct cursor *cursor)
{
	unsigned line = cursor->line;

	cursor->at += 2;
	while (cursor->at < cursor->end && !cursor_at(cursor, "*/"))
		cursor_step(cursor);
	if (cursor->at < cursor->end)
		cursor->at += 2;
	else
		complain_at(cursor->assembly, cursor_file(cursor), line,
			    "expected */: this comment does not end");
}

static void
skip_string(struct cursor *cursor)
{
	unsigned line = cursor->line;

	cursor->at++;
	while (cursor->at < cursor->end && *cursor->at != '"') {
		if (cursor_at(cursor, "\\x00") || cursor_at(cursor, "\\X00"))
			complain_at(cursor->assembly, cursor_file(cursor),
				    cursor->line,
				    "expected a text without NUL");
		if (*cursor->at == '\\' && cursor->at + 1 < cursor->end)
			cursor_step(cursor);
		cursor_step(cursor);
	}
	if (cursor->at < cursor->end)
		cursor->at++;
	else
		complain_at(cursor->assembly, cursor_file(cursor), line,
			    "expected \": this text does not end");
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static void
skip_name(struct cursor *cursor)
{
	while (cursor->at < cursor->end &&
	       (is_name_start(*cursor->at) || is_digit(*cursor->at) ||
		*cursor->at == '-' || *cursor->at == '_'))
		cursor->at++;
}

/* Reads the digits of an integer in this base; false when they are more than
 * 64 bits hold. */
static bool
read_digits(struct cursor *cursor, unsigned base, uint64_t *ret_value)
{
	static const char digits[] = "0123456789abcdef";
	bool fits = true;
	uint64_t value = 0;

	while (cursor->at < cursor->end && *cursor->at) {
		char lower = *cursor->at;
		const char *digit;

		if (lower >= 'A' && lower <= 'F')
			lower = (char)(lower - 'A' + 'a');
		digit = strchr(digits, lower);
		if (!digit || (unsigned)(digit - digits) >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(digit - digits),
					   &value))
			fits = false;
		cursor->at++;
	}
	*ret_value = value;
	return fits;
}

/* An integer without the suffix L has 32 bits, with it 64: libconfig 1.5 takes
 * the low ones of any greater and says nothing. */
static void
read_number(struct cursor *cursor)
{
	const char *start = cursor->at;
	bool negative = *start == '-';
	bool fits, wide;
	uint64_t value, most;

	if (*start == '-' || *start == '+')
		cursor->at++;
	if (cursor_at(cursor, "0x") || cursor_at(cursor, "0X")) {
		cursor->at += 2;
		fits = read_digits(cursor, 16, &value);
	} else {
		fits = read_digits(cursor, 10, &value);
		if (cursor->at < cursor->end && strchr(".eE", *cursor->at)) {
			while (cursor->at < cursor->end &&
			       (is_digit(*cursor->at) ||
				strchr(".eE+-", *cursor->at)))
				cursor->at++;
			return; /* not an integer: bounds do not wrap it */
		}
	}
	wide = cursor->at < cursor->end && *cursor->at == 'L';
	while (cursor->at < cursor->end && *cursor->at == 'L')
		cursor->at++;
	most = (wide ? (uint64_t)INT64_MAX : INT32_MAX) + negative;
	if (fits && value <= most)
		return;
	complain_at(cursor->assembly, cursor_file(cursor), cursor->line,
		    wide ? "expected an integer of at most 64 bits, not %.*s"
			 : "expected an integer of at most 32 bits, or up to "
			   "64 with the suffix L, not %.*s",
		    (int)(cursor->at - start > 64 ? 64 : cursor->at - start),
		    start);
}

static bool
line_is_blank_before(const struct cursor *cursor)
{
	const char *p = cursor->at;

	while (p > cursor->start && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == cursor->start || p[-1] == '\n';
}

/* The quoted name after @include, escapes undone; NULL after a complaint. The
 * cursor is then behind it. The caller frees it. */
static char *
read_include_name(struct cursor *cursor)
{
	const char *p = cursor->at + strlen("@include");
	char *name, *out;

	if (!cursor->assembly->has_file) {
		complain_at(cursor->assembly, cursor_file(cursor), cursor->line,
			    "expected no @include in a text without a file");
		return NULL;
	}
	while (p < cursor->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == cursor->end || *p != '"' || !line_is_blank_before(cursor)) {
		complain_at(cursor->assembly, cursor_file(cursor), cursor->line,
			    "expected @include \"file\" on a line of its own");
		return NULL;
	}
	name = out = calloc((size_t)(cursor->end - p) + 1, 1);
	if (!name) {
		cursor->assembly->no_memory = true;
		return NULL;
	}
	for (p++; p < cursor->end && *p != '"' && *p != '\n'; p++) {
		if (*p == '\\' && p + 1 < cursor->end)
			p++;
		*out++ = *p;
	}
	*out = '\0';
	if (p == cursor->end || *p != '"' || out == name) {
		complain_at(cursor->assembly, cursor_file(cursor), cursor->line,
			    "expected the name of a file in quotes");
		free(name);
		return NULL;
	}
	cursor->at = p + 1;
	return name;
}

/* The path of a file that `from` calls `name`. The caller frees it. */
static char *
path_beside(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) < 0)
		return NULL;
	return path;
}

static void
read_include(struct cursor *cursor)
{
	struct assembly *assembly = cursor->assembly;
	char *name, *path;

	cursor_copy(cursor);
	name = read_include_name(cursor);
	if (!name) {
		skip_line_comment(cursor);
		return;
	}
	path = path_beside(cursor_file(cursor), name);
	if (!path)
		assembly->no_memory = true;
	else if (file_read(assembly, path, cursor) && assembly->text->size &&
		 assembly->text->text[assembly->text->size - 1] != '\n')
		assembly_append(assembly, cursor->file, cursor->line, "\n", 1);
	cursor->copied = cursor->at;
	cursor->copied_line = cursor->line;
	free(path);
	free(name);
}

/* Copies a file's text to the assembly, looking at every token on the way. */
static void
cursor_run(struct cursor *cursor)
{
	struct assembly *assembly = cursor->assembly;

	while (cursor->at < cursor->end && !assembly->no_memory &&
	       assembly->text->size <= TEXT_BYTES_MAX) {
		if (*cursor->at == '#' || cursor_at(cursor, "//"))
			skip_line_comment(cursor);
		else if (cursor_at(cursor, "/*"))
			skip_block_comment(cursor);
		else if (*cursor->at == '"')
			skip_string(cursor);
		else if (is_name_start(*cursor->at))
			skip_name(cursor);
		else if (is_digit(*cursor->at) || *cursor->at == '-' ||
			 *cursor->at == '+' || *cursor->at == '.')
			read_number(cursor);
		else if (cursor_at(cursor, "@include"))
			read_include(cursor);
		else
			cursor_step(cursor);
	}
	cursor_copy(cursor);
}

/* The length of the UTF-8 character at p, 0 if there is none (RFC 3629). */
static size_t
character_size(const unsigned char *p, const unsigned char *end)
{
	size_t size = *p < 0x80	  ? 1
		      : *p < 0xc2 ? 0
		      : *p < 0xe0 ? 2
		      : *p < 0xf0 ? 3
		      : *p < 0xf5 ? 4
				  : 0;

	if (!size || size > (size_t)(end - p))
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what is beyond U+10FFFF. */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return size;
}

bool
settings_text_is_clean(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *end = p + strlen(text);

	while (p < end) {
		size_t size = character_size(p, end);

		/* C0, DEL and the C1 controls, which are two bytes. */
		if (!size || *p < 0x20 || *p == 0x7f ||
		    (*p == 0xc2 && p[1] < 0xa0))
			return false;
		p += size;
	}
	return true;
}

static bool
bytes_are_text(struct assembly *assembly, const char *file, const char *bytes,
	       size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned char *end = p + size;
	unsigned line = 1;

	while (p < end) {
		size_t step = character_size(p, end);

		if (!step || *p == '\0') {
			complain_at(assembly, file, line,
				    "expected UTF-8 text without NUL");
			return false;
		}
		if (*p == '\n')
			line++;
		p += step;
	}
	return true;
}

/* Keeps a copy of the path; its index in *ret. */
static bool
assembly_add_file(struct assembly *assembly, const char *path, uint32_t *ret)
{
	struct settings_text *text = assembly->text;
	char **files =
		realloc(text->files, (text->files_count + 1) * sizeof(*files));

	if (files)
		text->files = files;
	if (!files || !(files[text->files_count] = strdup(path))) {
		assembly->no_memory = true;
		return false;
	}
	*ret = (uint32_t)text->files_count++;
	return true;
}

static void
assembly_read(struct assembly *assembly, const char *path, const char *bytes,
	      size_t size, const struct cursor *includer)
{
	struct cursor cursor = {
		.assembly = assembly,
		.includer = includer,
		.depth = includer ? includer->depth + 1 : 0,
		.start = bytes,
		.at = bytes,
		.end = bytes + size,
		.line = 1,
		.copied = bytes,
		.copied_line = 1,
	};

	if (!assembly_add_file(assembly, path, &cursor.file) ||
	    !bytes_are_text(assembly, path, bytes, size))
		return;
	cursor_run(&cursor);
	if (assembly->text->size > TEXT_BYTES_MAX && !assembly->bad)
		complain_at(assembly, path, cursor.line,
			    "expected at most 16 MiB of configuration");
}

/* The whole file; NULL with errno. The caller frees it. */
static char *
file_bytes(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	size_t size = 0, capacity = 0;
	char *bytes = NULL;
	int saved = 0;

	if (!file)
		return NULL;
	while (!saved && !feof(file) && size <= TEXT_BYTES_MAX) {
		if (size == capacity) {
			char *grown;

			capacity = capacity ? capacity * 2 : 4096;
			grown = realloc(bytes, capacity);
			if (!grown) {
				saved = ENOMEM;
				break;
			}
			bytes = grown;
		}
		size += fread(bytes + size, 1, capacity - size, file);
		if (ferror(file))
			saved = errno ? errno : EIO;
	}
	fclose(file);
	if (saved) {
		free(bytes);
		bytes = NULL;
		errno = saved;
	}
	*ret_size = size;
	return bytes;
}

/* False after a complaint. */
static bool
include_is_sound(const struct cursor *includer, const char *path)
{
	if (includer->depth + 1 > INCLUDE_DEPTH_MAX) {
		complain_at(includer->assembly, cursor_file(includer),
			    includer->line, "expected includes at most %d deep",
			    INCLUDE_DEPTH_MAX);
		return false;
	}
	for (const struct cursor *c = includer; c; c = c->includer) {
		if (strcmp(cursor_file(c), path) != 0)
			continue;
		complain_at(includer->assembly, cursor_file(includer),
			    includer->line,
			    "expected another file: %s includes itself", path);
		return false;
	}
	return true;
}

/* False if nothing was read, after a complaint. */
static bool
file_read(struct assembly *assembly, const char *path,
	  const struct cursor *includer)
{
	size_t size;
	char *bytes;

	if (includer && !include_is_sound(includer, path))
		return false;
	bytes = file_bytes(path, &size);
	if (!bytes) {
		assembly->no_memory |= errno == ENOMEM;
		if (includer)
			complain_at(assembly, cursor_file(includer),
				    includer->line,
				    "expected a file that can be read: %s: %s",
				    path, strerror(errno));
		else
			complain_at(assembly, path, 1,
				    "expected a file that can be read: %s",
				    strerror(errno));
		return false;
	}
	assembly_read(assembly, path, bytes, size, includer);
	free(bytes);
	return true;
}

static int
assembly_finish(struct assembly *assembly)
{
	/* An empty file has a text, too. */
	if (!assembly->text->text)
		assembly_append(assembly, 0, 1, "", 0);
	return assembly->no_memory ? -ENOMEM : assembly->bad ? -EINVAL : 0;
}

int
settings_text_load(struct settings_text *ret_text, const char *path,
		   settings_complain complain, void *context)
{
	struct assembly assembly = {
		.text = ret_text,
		.has_file = true,
		.complain = complain,
		.context = context,
	};

	*ret_text = (struct settings_text){0};
	file_read(&assembly, path, NULL);
	return assembly_finish(&assembly);
}

int
settings_text_take(struct settings_text *ret_text, const char *text,
		   const char *name, settings_complain complain, void *context)
{
	struct assembly assembly = {
		.text = ret_text,
		.complain = complain,
		.context = context,
	};

	*ret_text = (struct settings_text){0};
	assembly_read(&assembly, name, text, strlen(text), NULL);
	return assembly_finish(&assembly);
}

void
settings_text_done(struct settings_text *text)
{
	for (size_t i = 0; i < text->files_count; i++)
		free(text->files[i]);
	free(text->files);
	free(text->lines);
	free(text->text);
	*text = (struct settings_text){0};
}

struct text_origin
settings_text_origin(const struct settings_text *text, unsigned line)
{
	struct text_line found = {.line = 1};

	if (text->lines_count) {
		size_t index = line ? line - 1 : 0;

		if (index >= text->lines_count)
			index = text->lines_count - 1;
		found = text->lines[index];
	}
	return (struct text_origin){
		.file = text->files_count ? text->files[found.file] : "",
		.line = found.line,
	};
}

static bool
line_has_value(const char *line)
{
	line += strspn(line, " \t\r");
	return !strchr("\n#/])", *line);
}

unsigned
settings_text_element_line(const struct settings_text *text, unsigned line)
{
	const char *start;
	unsigned back = line;

	if (line == 0 || line > text->lines_count)
		return line;
	start = text->text + text->lines[line - 1].start;
	start += strspn(start, " \t");
	if (*start != ']' && *start != ')')
		return line;
	do
		back--;
	while (back > 1 &&
	       !line_has_value(text->text + text->lines[back - 1].start));
	return back ? back : line;
}
