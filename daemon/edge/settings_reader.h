/*
 * What a walk over the configuration carries along: the settings as they
 * become, their memory, and what there is to complain of. Part of settings;
 * settings_options.h says what the checks may ask of it.
 */
#ifndef TRUCED_EDGE_SETTINGS_READER_H
#define TRUCED_EDGE_SETTINGS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <libconfig.h>

#include "edge/settings_options.h"
#include "edge/settings_text.h"

struct loaded {
	struct draft draft; /* first: settings_free gets its settings */
	struct chunk *chunks;
	char *text;
};

/* Of which kind a group is, in a section that has several. */
struct group_kind {
	const struct section *section; /* NULL: in none that has */
	uint32_t number;
};

struct reader {
	struct loaded *loaded;
	const struct settings_text *text;
	struct complaint *complaints;
	size_t complaints_count, complaints_capacity;
	bool no_memory;
	struct group_kind kind; /* of what is read */
};

const struct place *setting_place(const config_setting_t *setting);

/* A scalar or a group stands for a list of one. */
size_t setting_elements(const config_setting_t *setting);
const config_setting_t *setting_element(const config_setting_t *setting,
					size_t element);
/* The line of the text, includes resolved. */
unsigned setting_line(const struct reader *reader,
		      const config_setting_t *setting);

/* Keeps "file:line: message", by a line of the text. */
__attribute__((format(printf, 3, 4))) void
complain_at(struct reader *reader, unsigned line, const char *format, ...);

/* A copy that is the settings' own; "" when memory is short. */
const char *reader_copy(struct reader *reader, const char *text);

/* Tells what there is to complain of, in the order of the lines, and drops
 * it. 0, -EINVAL if there was anything, -ENOMEM. */
int reader_finish(struct reader *reader, settings_complain complain,
		  void *context);
void loaded_free(struct loaded *loaded);

#endif
