#include "edge/journal_wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEADER_SIZE = 32,
	FRAME_HEADER_SIZE = 24,
	PAGE_SIZE_MIN = 512,
	PAGE_SIZE_MAX = 65536
};

/* The lowest bit says in which byte order the checksums add up. */
static const uint32_t MAGIC = 0x377f0682;
static const uint32_t FORMAT = 3007000;

struct checksum {
	uint32_t first;
	uint32_t second;
};

struct reader {
	int file;
	bool big_endian; /* of the checksums; all else always is */
	uint32_t page_size;
	uint8_t salt[8];
	uint8_t *frame; /* the one last read */
	uint64_t count; /* whole frames in the file */
};

static uint32_t
word_read(const uint8_t *bytes, bool big_endian)
{
	if (big_endian)
		return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		       (uint32_t)bytes[2] << 8 | bytes[3];
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[1] << 8 | bytes[0];
}

static struct checksum
checksum_read(const uint8_t *bytes)
{
	return (struct checksum){word_read(bytes, true),
				 word_read(bytes + 4, true)};
}

static bool
checksum_equal(struct checksum one, struct checksum other)
{
	return one.first == other.first && one.second == other.second;
}

static struct checksum
checksum_add(struct checksum sum, const uint8_t *bytes, size_t size,
	     bool big_endian)
{
	for (size_t i = 0; i + 8 <= size; i += 8) {
		sum.first += word_read(bytes + i, big_endian) + sum.second;
		sum.second += word_read(bytes + i + 4, big_endian) + sum.first;
	}
	return sum;
}

/* 0, or -errno; a file that became shorter meanwhile is -EIO. */
static int
read_at(int file, uint64_t offset, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(file, bytes + done, size - done,
				    (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

static int
frame_read(const struct reader *reader, uint64_t number)
{
	size_t size = FRAME_HEADER_SIZE + (size_t)reader->page_size;

	return read_at(reader->file, HEADER_SIZE + (number - 1) * size,
		       reader->frame, size);
}

/* Of this generation of the log, not left over from before it was reset. */
static bool
frame_is_current(const struct reader *reader)
{
	return memcmp(reader->frame + 8, reader->salt, 8) == 0;
}

static bool
frame_commits(const struct reader *reader)
{
	return word_read(reader->frame + 4, true) != 0;
}

static struct checksum
frame_checksum(const struct reader *reader, struct checksum before)
{
	struct checksum sum =
		checksum_add(before, reader->frame, 8, reader->big_endian);

	return checksum_add(sum, reader->frame + FRAME_HEADER_SIZE,
			    reader->page_size, reader->big_endian);
}

/* Whether SQLite would accept the frame after one with that checksum. */
static bool
frame_follows(const struct reader *reader, struct checksum before)
{
	return frame_is_current(reader) &&
	       word_read(reader->frame, true) != 0 &&
	       checksum_equal(frame_checksum(reader, before),
			      checksum_read(reader->frame + 16));
}

/*
 * Looks behind the frame that does not follow, which is in reader->frame.
 *
 * A transaction is on the disk before the next one begins, so an interrupted
 * write breaks at most the last one. A frame that follows from its
 * predecessor and belongs to a later transaction proves damage. Frames of a
 * write that met a full disk and was rolled back are no proof: they lie about
 * until overwritten, but the one that commits is never among them.
 */
static int
look_beyond(const struct reader *reader, struct checksum before,
	    struct journal_wal *wal)
{
	bool ended = frame_is_current(reader) && frame_commits(reader);
	uint64_t last = wal->broken; /* of the broken transaction, once ended */
	struct checksum stored = checksum_read(reader->frame + 16);
	struct checksum computed = frame_checksum(reader, before);

	for (uint64_t i = wal->broken + 1; i <= reader->count; i++) {
		int error = frame_read(reader, i);
		if (error)
			return error;
		/* The predecessor's checksum may itself be what is damaged. */
		bool follows = frame_follows(reader, stored) ||
			       frame_follows(reader, computed);
		bool commits = frame_commits(reader);
		if (follows && ended && (commits || i == last + 1)) {
			wal->beyond = i;
			return -EBADMSG;
		}
		if (follows && commits) {
			ended = true;
			last = i;
		}
		computed = frame_checksum(reader, stored);
		stored = checksum_read(reader->frame + 16);
	}
	return 0;
}

static int
frames_check(const struct reader *reader, struct checksum sum,
	     struct journal_wal *wal)
{
	for (uint64_t i = 1; i <= reader->count; i++) {
		int error = frame_read(reader, i);
		if (error)
			return error;
		if (!frame_follows(reader, sum)) {
			wal->broken = i;
			return look_beyond(reader, sum, wal);
		}
		sum = checksum_read(reader->frame + 16);
		if (frame_commits(reader))
			wal->frames = i;
	}
	return 0;
}

/* The header is on the disk before the first frame is written, so a bad one
 * with anything behind it is damage. Zeros are a file that was only grown. */
static int
zeros_check(int file, uint64_t size)
{
	uint8_t bytes[4096];

	for (uint64_t at = HEADER_SIZE; at < size;) {
		size_t part = size - at < sizeof(bytes) ? (size_t)(size - at)
							: sizeof(bytes);
		int error = read_at(file, at, bytes, part);
		if (error)
			return error;
		for (size_t i = 0; i < part; i++)
			if (bytes[i] != 0)
				return -EBADMSG;
		at += part;
	}
	return 0;
}

static int
file_check(int file, struct journal_wal *wal)
{
	uint8_t header[HEADER_SIZE];
	struct reader reader = {.file = file};

	if (wal->size < HEADER_SIZE)
		return 0;
	int error = read_at(file, 0, header, sizeof(header));
	if (error)
		return error;
	uint32_t magic = word_read(header, true);
	reader.big_endian = magic & 1;
	reader.page_size = word_read(header + 8, true);
	memcpy(reader.salt, header + 16, sizeof(reader.salt));
	struct checksum sum = checksum_add((struct checksum){0, 0}, header, 24,
					   reader.big_endian);
	if ((magic & ~UINT32_C(1)) != MAGIC ||
	    word_read(header + 4, true) != FORMAT ||
	    reader.page_size < PAGE_SIZE_MIN ||
	    reader.page_size > PAGE_SIZE_MAX ||
	    (reader.page_size & (reader.page_size - 1)) != 0 ||
	    !checksum_equal(sum, checksum_read(header + 24)))
		return zeros_check(file, wal->size);
	reader.count = (wal->size - HEADER_SIZE) /
		       (FRAME_HEADER_SIZE + (uint64_t)reader.page_size);
	reader.frame = malloc(FRAME_HEADER_SIZE + (size_t)reader.page_size);
	if (!reader.frame)
		return -ENOMEM;
	error = frames_check(&reader, sum, wal);
	free(reader.frame);
	return error;
}

int
journal_wal_check(const char *path, struct journal_wal *ret_wal)
{
	struct journal_wal wal = {0};
	struct stat status;

	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && errno != ENOENT)
		return -errno;
	int error = 0;
	if (file >= 0) {
		if (fstat(file, &status) < 0)
			error = -errno;
		else
			wal.size = (uint64_t)status.st_size;
		if (!error)
			error = file_check(file, &wal);
		close(file);
	}
	if (!error || error == -EBADMSG)
		*ret_wal = wal;
	return error;
}
