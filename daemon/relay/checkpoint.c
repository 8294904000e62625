#include "relay/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>
#include <xxhash.h>

#include "core/engine.h"

#define TEMPORARY_NAME CHECKPOINT_NAME ".new"

enum {
	FORMAT = 3,
	HEAD_SIZE = 4096, /* of the file; the head and zeros */
	PAGE = 4096,
	CHUNK_SIZE = 128 * 1024,       /* at most, under one hash: it is
					* hashed where the processor has it */
	SYNC_EVERY = 16 * 1024 * 1024, /* so that the journal waits for less */
	HASH_SIZE = crypto_generichash_BYTES,
	READERS = 4,
	READER_CHUNKS = 32 /* at a time: so that two of them seldom are at
			    * the same large page */
};

static const char MAGIC[16] = "truced state\r\n\x1a";

/* A piece of a part's state that is not all zero. */
struct chunk {
	uint32_t part;
	uint32_t size;
	uint64_t offset; /* in the state */
	uint64_t at;	 /* in the file */
	XXH128_canonical_t sum;
};

struct head {
	char magic[sizeof(MAGIC)];
	uint32_t format;
	uint32_t size; /* of this struct */
	uint32_t layout[ENGINE_LAYOUT];
	int32_t engine_version;
	uint32_t parts;
	struct checkpoint_place place;
	struct start start;
	struct limits limits[ENGINE_PARTS];
	uint64_t state_sizes[ENGINE_PARTS];
	uint64_t table_at; /* the chunks, at the file's end */
	uint64_t chunks;
	uint8_t table_hash[HASH_SIZE];
	uint8_t hash[HASH_SIZE]; /* of what is before it here */
};

static_assert(sizeof(struct head) <= HEAD_SIZE, "the head fits its place");

static void
hash_of(const void *bytes, size_t size, uint8_t ret_hash[static HASH_SIZE])
{
	crypto_generichash(ret_hash, HASH_SIZE, bytes, size, NULL, 0);
}

static bool
hash_is(const void *bytes, size_t size, const uint8_t hash[static HASH_SIZE])
{
	uint8_t found[HASH_SIZE];

	hash_of(bytes, size, found);
	return memcmp(found, hash, HASH_SIZE) == 0;
}

/* Of a chunk: it is there to find damage, and nobody else's word. Who can write
 * here can make any hash right; and this one costs less than the reading. */
static XXH128_canonical_t
sum_of(const void *bytes, size_t size)
{
	XXH128_canonical_t sum;

	XXH128_canonicalFromHash(&sum, XXH3_128bits(bytes, size));
	return sum;
}

static bool
is_zero(const char *bytes, size_t size)
{
	static const char zeros[PAGE];

	return memcmp(bytes, zeros, size) == 0;
}

/* --- Writing --- */

/* What is to be written: all of it is known before the first byte is. */
struct image {
	const char *states[ENGINE_PARTS];
	struct head head;
	struct chunk *chunks; /* mapped */
	size_t chunks_bytes;
	uint64_t bytes; /* of the file */
};

static size_t
page_size(size_t size, size_t offset)
{
	return size - offset < PAGE ? size - offset : PAGE;
}

/* Where the piece that begins at `from` ends: before a page of zeros. */
static size_t
piece_end(const char *state, size_t size, size_t from)
{
	size_t end = from;

	while (end < size && end - from < CHUNK_SIZE &&
	       !is_zero(state + end, page_size(size, end)))
		end += page_size(size, end);
	return end;
}

static void
image_add_part(struct image *image, uint32_t part)
{
	const char *state = image->states[part];
	size_t size = image->head.state_sizes[part];
	size_t offset = 0;

	while (offset < size) {
		size_t end = piece_end(state, size, offset);
		if (end == offset) {
			offset += page_size(size, offset);
			continue;
		}
		image->chunks[image->head.chunks++] = (struct chunk){
			.part = part,
			.size = (uint32_t)(end - offset),
			.offset = offset,
			.at = image->bytes,
		};
		image->bytes += end - offset;
		offset = end;
	}
}

static int
image_make(struct image *image, const struct checkpoint_place *place,
	   const struct engines *engines)
{
	size_t chunks_max = 0;

	memset(image, 0, sizeof(*image));
	struct head *head = &image->head;
	memcpy(head->magic, MAGIC, sizeof(MAGIC));
	head->format = FORMAT;
	head->size = sizeof(*head);
	head->parts = ENGINE_PARTS;
	head->engine_version = ENGINE_VERSION;
	engine_layout(head->layout);
	head->place = *place;
	head->start = *engines_start(engines);
	for (uint32_t part = 0; part < ENGINE_PARTS; part++) {
		const struct engine *engine =
			engines_part(engines, (enum engine_part)part);
		const struct configuration *configuration =
			engine_configuration(engine);
		size_t size;
		head->limits[ENGINE_REAL] = configuration->limits;
		head->limits[ENGINE_DRILL] = configuration->drill_limits;
		image->states[part] = engine_state(engine, &size);
		head->state_sizes[part] = size;
		chunks_max += size / (2 * PAGE) + size / CHUNK_SIZE + 2;
	}
	image->chunks_bytes = chunks_max * sizeof(struct chunk);
	image->chunks =
		mmap(NULL, image->chunks_bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (image->chunks == MAP_FAILED)
		return -ENOMEM;
	image->bytes = HEAD_SIZE;
	for (uint32_t part = 0; part < ENGINE_PARTS; part++)
		image_add_part(image, part);
	head->table_at = image->bytes;
	image->bytes += head->chunks * sizeof(struct chunk);
	return 0;
}

static int
write_all(int file, const void *bytes, size_t size, uint64_t at)
{
	const char *from = bytes;

	while (size > 0) {
		ssize_t written = pwrite(file, from, size, (off_t)at);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		from += written;
		at += (uint64_t)written;
		size -= (size_t)written;
	}
	return 0;
}

/* The journal's room is not taken: as much again must stay free. */
static int
room_check(int file, uint64_t bytes)
{
	struct statvfs room;

	if (fstatvfs(file, &room) < 0)
		return -errno;
	return (uint64_t)room.f_bavail * room.f_frsize < 2 * bytes ? -ENOSPC
								   : 0;
}

static int
image_write(struct image *image, int file)
{
	struct head *head = &image->head;
	uint64_t unsynced = 0;
	int error = room_check(file, image->bytes);

	for (uint64_t i = 0; !error && i < head->chunks; i++) {
		struct chunk *chunk = &image->chunks[i];
		const char *bytes = image->states[chunk->part] + chunk->offset;
		chunk->sum = sum_of(bytes, chunk->size);
		error = write_all(file, bytes, chunk->size, chunk->at);
		unsynced += chunk->size;
		if (!error && unsynced >= SYNC_EVERY) {
			error = fdatasync(file) < 0 ? -errno : 0;
			unsynced = 0;
		}
	}
	if (error)
		return error;
	size_t table_size = head->chunks * sizeof(struct chunk);
	hash_of(image->chunks, table_size, head->table_hash);
	hash_of(head, offsetof(struct head, hash), head->hash);
	error = write_all(file, image->chunks, table_size, head->table_at);
	if (!error)
		error = write_all(file, head, sizeof(*head), 0);
	if (!error && fsync(file) < 0)
		error = -errno;
	return error;
}

/* Under its own name only once all of it is durable. */
static int
image_store(struct image *image, int directory)
{
	if (unlinkat(directory, TEMPORARY_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	int file = openat(directory, TEMPORARY_NAME,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	int error = image_write(image, file);
	close(file);
	if (!error &&
	    renameat(directory, TEMPORARY_NAME, directory, CHECKPOINT_NAME) < 0)
		error = -errno;
	if (!error && fsync(directory) < 0)
		error = -errno;
	if (error)
		unlinkat(directory, TEMPORARY_NAME, 0);
	return error;
}

int
checkpoint_write(const char *directory, const struct checkpoint_place *place,
		 const struct engines *engines, uint64_t *ret_bytes)
{
	struct image image;
	int error = image_make(&image, place, engines);

	if (error)
		return error;
	int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = parent < 0 ? -errno : image_store(&image, parent);
	if (parent >= 0)
		close(parent);
	munmap(image.chunks, image.chunks_bytes);
	if (!error)
		*ret_bytes = image.bytes;
	return error;
}

/* --- Reading --- */

struct reading {
	struct journal *journal;
	int file;
	struct head head;
	struct chunk *chunks;
	char *reason;
};

__attribute__((format(printf, 2, 3))) static int
refuse(struct reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->reason, CHECKPOINT_REASON_SIZE, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

/* False: the file ends before, or cannot be read. */
static bool
read_all(int file, void *bytes, size_t size, uint64_t at)
{
	char *to = bytes;

	while (size > 0) {
		ssize_t got = pread(file, to, size, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		at += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

static int
head_check(struct reading *reading)
{
	const struct head *head = &reading->head;
	uint32_t layout[ENGINE_LAYOUT];
	char page[HEAD_SIZE];
	struct stat file;

	if (!read_all(reading->file, page, sizeof(page), 0) ||
	    memcmp(page, MAGIC, sizeof(MAGIC)) != 0)
		return refuse(reading, "it is no checkpoint");
	memcpy(&reading->head, page, sizeof(*head));
	if (head->format != FORMAT || head->size != sizeof(*head))
		return refuse(reading, "another version of truced wrote it");
	if (!hash_is(head, offsetof(struct head, hash), head->hash) ||
	    !is_zero(page + sizeof(*head), sizeof(page) - sizeof(*head)))
		return refuse(reading, "its head is damaged");
	engine_layout(layout);
	if (head->engine_version != ENGINE_VERSION ||
	    head->parts != ENGINE_PARTS ||
	    memcmp(head->layout, layout, sizeof(layout)) != 0)
		return refuse(reading, "another version of truced wrote it");
	if (fstat(reading->file, &file) < 0 ||
	    (uint64_t)file.st_size !=
		    head->table_at + head->chunks * sizeof(struct chunk))
		return refuse(reading, "it is cut");
	return 0;
}

/* Whether it is the journal's: the step that it stands at must be there. */
static int
place_check(struct reading *reading)
{
	const struct checkpoint_place *place = &reading->head.place;
	uint8_t hash[JOURNAL_HASH_SIZE];

	if (place->position > journal_head(reading->journal, hash))
		return refuse(reading,
			      "it stands at step %" PRIu64
			      ", which the journal does not have",
			      place->position);
	if (place->config == 0 || place->config > place->position ||
	    journal_hash(reading->journal, place->position, hash) != 0 ||
	    memcmp(hash, place->hash, sizeof(hash)) != 0)
		return refuse(reading,
			      "step %" PRIu64 " is another one in this journal",
			      place->position);
	return 0;
}

static int
table_read(struct reading *reading)
{
	const struct head *head = &reading->head;
	size_t size = head->chunks * sizeof(struct chunk);

	/* The file is as long as the table says: this is no wild number. */
	reading->chunks = malloc(size + 1);
	if (!reading->chunks)
		return -ENOMEM;
	if (!read_all(reading->file, reading->chunks, size, head->table_at) ||
	    !hash_is(reading->chunks, size, head->table_hash))
		return refuse(reading, "its table is damaged");
	return 0;
}

struct text_visit {
	char *text;
};

static int
text_keep(void *context, const struct journal_step *step)
{
	struct text_visit *visit = context;

	if (step->kind == STEP_CONFIG)
		visit->text =
			strndup((const char *)step->body, step->body_size);
	return 1; /* no more */
}

static void
ignore(void *context, const char *message)
{
	(void)context;
	(void)message;
}

/* The settings of the CONFIG step in force, with the limits of that time. */
static int
settings_restore(struct reading *reading, struct settings **ret_settings)
{
	const struct head *head = &reading->head;
	struct text_visit visit = {.text = NULL};

	journal_steps(reading->journal, head->place.config - 1, text_keep,
		      &visit);
	if (!visit.text)
		return refuse(reading, "step %" PRIu64 " is no configuration",
			      head->place.config);
	int error = settings_parse(ret_settings, visit.text, "journal", ignore,
				   NULL);
	free(visit.text);
	if (error == -EINVAL)
		return refuse(reading,
			      "the configuration of step %" PRIu64
			      " cannot be read",
			      head->place.config);
	if (error)
		return error;
	struct configuration *configuration = &(*ret_settings)->configuration;
	configuration->limits = head->limits[ENGINE_REAL];
	configuration->drill_limits = head->limits[ENGINE_DRILL];
	return 0;
}

/* --- Reading into place, by some threads: one alone is slower than the disk,
 * as each page of memory must be had first --- */

struct filling {
	const struct reading *reading;
	uint32_t part;
	char *state;
	atomic_uint_fast64_t next;
	atomic_bool bad;
};

static bool
chunk_read(const struct filling *filling, const struct chunk *chunk)
{
	char *place = filling->state + chunk->offset;

	if (!read_all(filling->reading->file, place, chunk->size, chunk->at))
		return false;
	const XXH128_canonical_t sum = sum_of(place, chunk->size);
	return memcmp(&sum, &chunk->sum, sizeof(sum)) == 0;
}

static void *
fill_chunks(void *context)
{
	struct filling *filling = context;
	const struct reading *reading = filling->reading;
	uint64_t chunks = reading->head.chunks;
	uint64_t i;

	while ((i = atomic_fetch_add(&filling->next, READER_CHUNKS)) < chunks) {
		uint64_t end =
			chunks - i < READER_CHUNKS ? chunks : i + READER_CHUNKS;
		for (; i < end && !atomic_load(&filling->bad); i++) {
			const struct chunk *chunk = &reading->chunks[i];
			if (chunk->part == filling->part &&
			    !chunk_read(filling, chunk))
				atomic_store(&filling->bad, true);
		}
	}
	return NULL;
}

static bool
chunks_within(const struct reading *reading, uint32_t part, size_t size)
{
	for (uint64_t i = 0; i < reading->head.chunks; i++) {
		const struct chunk *chunk = &reading->chunks[i];
		if (chunk->part == part && (chunk->offset > size ||
					    chunk->size > size - chunk->offset))
			return false;
	}
	return true;
}

/* Much memory is taken at once here: in large pages that goes much faster. It
 * is a hint, and from the first page that is written to the last. */
static void
pages_prepare(const struct reading *reading, uint32_t part, char *state)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = 0, last = 0;

	for (uint64_t i = 0; i < reading->head.chunks; i++) {
		const struct chunk *chunk = &reading->chunks[i];
		if (chunk->part != part || chunk->size < CHUNK_SIZE)
			continue;
		if (!first)
			first = (uintptr_t)state + chunk->offset;
		last = (uintptr_t)state + chunk->offset + chunk->size;
	}
	first = (first + page - 1) / page * page;
	last = last / page * page;
	if (last > first)
		madvise((void *)first, last - first, MADV_HUGEPAGE);
}

static int
fill(void *context, enum engine_part part, void *state, size_t size)
{
	struct reading *reading = context;
	struct filling filling = {.reading = reading,
				  .part = (uint32_t)part,
				  .state = state};
	pthread_t threads[READERS];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int helpers = 0;

	if (reading->head.state_sizes[part] != size ||
	    !chunks_within(reading, (uint32_t)part, size))
		return refuse(reading, "its limits are other ones");
	pages_prepare(reading, (uint32_t)part, state);
	/* Without a helper it goes as well. */
	while (helpers + 1 < READERS && helpers + 1 < processors &&
	       pthread_create(&threads[helpers], NULL, fill_chunks, &filling) ==
		       0)
		helpers++;
	fill_chunks(&filling);
	while (helpers > 0)
		pthread_join(threads[--helpers], NULL);
	return atomic_load(&filling.bad) ? refuse(reading, "it is damaged") : 0;
}

/* --- */

static int
checkpoint_take(struct reading *reading, struct checkpoint *ret_checkpoint)
{
	struct settings *settings = NULL;
	struct engines *engines;
	int error = head_check(reading);

	if (!error)
		error = place_check(reading);
	if (!error)
		error = table_read(reading);
	if (!error)
		error = settings_restore(reading, &settings);
	if (!error)
		error = engines_restore(&engines, &settings->configuration,
					&reading->head.start, fill, reading);
	if (error) {
		settings_free(settings);
		return error;
	}
	*ret_checkpoint = (struct checkpoint){
		.place = reading->head.place,
		.start = reading->head.start,
		.engines = engines,
		.settings = settings,
	};
	return 0;
}

int
checkpoint_read(struct checkpoint *ret_checkpoint, const char *directory,
		struct journal *journal,
		char ret_reason[static CHECKPOINT_REASON_SIZE])
{
	struct reading reading = {.journal = journal, .reason = ret_reason};

	ret_reason[0] = '\0';
	int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = parent < 0 ? -errno : 0;
	if (!error) {
		reading.file = openat(parent, CHECKPOINT_NAME,
				      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		error = reading.file < 0 ? -errno : 0;
		close(parent);
	}
	if (!error) {
		posix_fadvise(reading.file, 0, 0, POSIX_FADV_SEQUENTIAL);
		error = checkpoint_take(&reading, ret_checkpoint);
		close(reading.file);
	}
	free(reading.chunks);
	if (error && !ret_reason[0])
		snprintf(ret_reason, CHECKPOINT_REASON_SIZE, "%s",
			 error == -EBADMSG
				 ? "its state does not fit the configuration"
				 : strerror(-error));
	return error;
}
