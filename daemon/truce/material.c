#include "truce/material.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

int
material_init(struct material *material)
{
	material->bad = material->skipped = 0;
	return recording_init(&material->recording);
}

void
material_done(struct material *material)
{
	recording_done(&material->recording);
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), suffix_size = strlen(suffix);

	return size >= suffix_size &&
	       strcasecmp(name + size - suffix_size, suffix) == 0;
}

static int
records_add(struct material *material, struct records *records,
	    const char *name)
{
	struct record record;
	int error = 0;

	while (!error) {
		switch (records_next(records, &record)) {
		case RECORD_READY: {
			const struct wire_message message = {
				.topic = record.topic,
				.topic_size = strlen(record.topic),
				.payload = record.payload,
				.payload_size = record.payload_size,
			};
			error = recording_add(&material->recording, &message,
					      name, record.line);
			break;
		}
		case RECORD_BAD:
			material->bad++;
			material->complain(material->context, record.error);
			break;
		case RECORD_WAIT:
			error = records_fill(records);
			break;
		case RECORD_END:
			return 0;
		}
	}
	return error;
}

static int
file_add(struct material *material, const char *name,
	 char ret_error[static RECORDING_ERROR_SIZE])
{
	bool is_input = strcmp(name, "-") == 0;
	char why[RECORD_ERROR_SIZE];
	struct records *records;
	int file = is_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

	if (file < 0) {
		snprintf(ret_error, RECORDING_ERROR_SIZE, "%s",
			 strerror(errno));
		return -errno;
	}
	/* A mapping is for the CSV among them, and for what has no name. */
	bool csv = material->mapping && (has_suffix(name, ".csv") || is_input);
	int error = records_new(&records, name, file,
				csv ? material->mapping : NULL, material->type,
				NULL, 0, why);
	if (!error) {
		error = records_add(material, records, name);
		material->skipped += records_skipped(records);
		records_free(records);
	}
	if (!is_input)
		close(file);
	if (error)
		snprintf(ret_error, RECORDING_ERROR_SIZE, "%s",
			 strerror(-error));
	return error;
}

static bool
journal_add(struct material *material, const char *directory, const char *name,
	    char ret_error[static RECORDING_ERROR_SIZE])
{
	char why[RECORDING_ERROR_SIZE];
	int error = recording_add_journal(&material->recording, directory, name,
					  why);

	if (error == -EBUSY)
		snprintf(ret_error, RECORDING_ERROR_SIZE,
			 "a truced is running on it: stop it first, or copy "
			 "its journal (%.900s)",
			 why);
	else if (error)
		snprintf(ret_error, RECORDING_ERROR_SIZE, "%s", why);
	return error == 0;
}

bool
material_add(struct material *material, const char *name,
	     char ret_error[static RECORDING_ERROR_SIZE])
{
	struct stat status;
	char *directory = NULL;
	bool is_journal = has_suffix(name, "/journal.db") ||
			  strcasecmp(name, "journal.db") == 0;

	if (is_journal) {
		const char *slash = strrchr(name, '/');
		directory = slash ? strndup(name, (size_t)(slash - name) + 1)
				  : strdup(".");
	} else if (strcmp(name, "-") != 0 && stat(name, &status) == 0 &&
		   S_ISDIR(status.st_mode)) {
		directory = strdup(name);
	} else if (has_suffix(name, ".csv") && !material->mapping) {
		snprintf(ret_error, RECORDING_ERROR_SIZE,
			 "expected --map with a CSV file");
		return false;
	} else {
		return file_add(material, name, ret_error) == 0;
	}
	bool good =
		directory && journal_add(material, directory, name, ret_error);
	free(directory);
	return good;
}
