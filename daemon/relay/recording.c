#include "relay/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "relay/batch.h"
#include "relay/clock.h"
#include "relay/officer.h"

/* The journal that is being read. */
struct reading {
	struct recording *recording;
	struct journal *journal;
	const char *file;
	int64_t ran_until;	       /* the time of the last step */
	int64_t own_ms;		       /* the latest so far */
	char episode[IDENTIFIER_SIZE]; /* of the command in hand, or "" */
	char *error;
};

int
recording_init(struct recording *recording)
{
	*recording = (struct recording){.items = NULL};
	return codec_new(&recording->codec);
}

void
recording_done(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++) {
		free((char *)recording->items[i].message.topic);
		free((struct recorded_command *)recording->items[i].about);
	}
	free(recording->items);
	codec_free(recording->codec);
}

int64_t
report_own_time(struct codec *codec, const struct wire_message *message)
{
	const struct admission any = {.max_count = COUNT_CEILING,
				      .latest_at = TIME_NEVER};
	struct report report;
	struct receipt receipt;

	if (!codec_report(codec, &any, message->topic, message->topic_size,
			  message->payload, message->payload_size, &report,
			  &receipt))
		return TIME_UNSET;
	return report.reported_at != TIME_UNSET ? report.reported_at
						: report.occurred_at;
}

/* The next by name; NULL before the first and after the last. */
static const struct notice_label *
label_after(const struct notice *notice, const struct notice_label *before)
{
	const struct notice_label *next = NULL;

	for (size_t i = 0; i < notice->labels_count; i++) {
		const struct notice_label *label = &notice->labels[i];
		if ((!before || strcmp(label->name, before->name) > 0) &&
		    (!next || strcmp(label->name, next->name) < 0))
			next = label;
	}
	return next;
}

void
subject_write(const struct notice *notice,
	      char ret_subject[static SUBJECT_SIZE])
{
	bool drill = notice->status == STATUS_EXERCISE ||
		     notice->status == STATUS_TEST;
	int used = snprintf(ret_subject, SUBJECT_SIZE, "%s%s\n%s",
			    drill ? "exercise." : "", notice->rule,
			    notice->agreement);

	const struct notice_label *label = NULL;
	while (used < SUBJECT_SIZE && (label = label_after(notice, label)))
		used += snprintf(ret_subject + used,
				 SUBJECT_SIZE - (size_t)used, "\n%s=%s",
				 label->name, label->value);
}

static int
item_add(struct recording *recording, const struct recorded *item)
{
	if (recording->count == recording->capacity) {
		size_t capacity = recording->capacity * 2 + 1024;
		struct recorded *items = reallocarray(recording->items,
						      capacity, sizeof(*items));
		if (!items)
			return -ENOMEM;
		recording->items = items;
		recording->capacity = capacity;
	}
	recording->items[recording->count++] = *item;
	return 0;
}

/* With a copy of the message: its topic, then its payload. */
static int
report_add(struct recording *recording, struct recorded *item,
	   const struct wire_message *message)
{
	char *copy = malloc(message->topic_size + message->payload_size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, message->topic, message->topic_size);
	if (message->payload_size > 0)
		memcpy(copy + message->topic_size, message->payload,
		       message->payload_size);
	item->kind = STEP_REPORTS;
	item->message = (struct wire_message){
		.topic = copy,
		.topic_size = message->topic_size,
		.payload = (uint8_t *)copy + message->topic_size,
		.payload_size = message->payload_size,
	};
	int error = item_add(recording, item);
	if (error)
		free(copy);
	else
		recording->reports++;
	return error;
}

int
recording_add(struct recording *recording, const struct wire_message *message,
	      const char *file, size_t line)
{
	const struct recorded *last =
		recording->count > 0 ? &recording->items[recording->count - 1]
				     : NULL;
	struct recorded item = {
		.own_ms = report_own_time(recording->codec, message),
		.file = file,
		.line = line,
	};

	/* Without a time: when the one before it was. */
	if (item.own_ms == TIME_UNSET && last && last->file == file)
		item.own_ms = last->own_ms;
	item.step_ms = item.own_ms;
	recording->has_files = true;
	return report_add(recording, &item, message);
}

int
recording_add_command(struct recording *recording,
		      const struct recorded_command *said, int64_t at_ms,
		      const char *file, size_t line)
{
	struct recorded_command *about = malloc(sizeof(*about));
	struct recorded item = {.kind = STEP_TICK,
				.own_ms = at_ms,
				.step_ms = at_ms,
				.file = file,
				.line = line};
	int error = about ? item_add(recording, &item) : -ENOMEM;

	if (!error) {
		*about = *said;
		item.kind = STEP_COMMAND;
		item.about = about;
		error = item_add(recording, &item);
	}
	if (error)
		free(about);
	recording->has_files = true;
	return error;
}

/* --- Journals --- */

static int
reports_read(struct reading *reading, const struct journal_step *step)
{
	struct wire_message message;
	size_t offset = 0;
	int error = 0;

	while (!error &&
	       batch_next(step->body, step->body_size, &offset, &message)) {
		int64_t own =
			report_own_time(reading->recording->codec, &message);
		/* Under a records clock it was applied when the latest was. */
		if (own > reading->own_ms)
			reading->own_ms = own;
		struct recorded item = {.own_ms = reading->own_ms,
					.step_ms = step->time_ms,
					.file = reading->file};
		error = report_add(reading->recording, &item, &message);
	}
	if (!error && offset != step->body_size) {
		snprintf(reading->error, RECORDING_ERROR_SIZE,
			 "step %llu is cut",
			 (unsigned long long)step->position);
		error = -EBADMSG;
	}
	return error;
}

static struct recorded_command *
command_in_hand(const struct reading *reading)
{
	const struct recording *recording = reading->recording;

	return (struct recorded_command *)recording->items[recording->count - 1]
		.about;
}

static int
beginning_read(void *context, uint64_t position,
	       const struct journal_alert *alert)
{
	struct reading *reading = context;
	struct notice notice;

	(void)position;
	if (codec_alert_unpack(reading->recording->codec, alert->payload,
			       alert->payload_size, &notice))
		command_in_hand(reading)->began_ms = notice.sent_at;
	return 0;
}

/* Of an episode by its first message of all: another version may have told it,
 * in an earlier stream. */
static int
beginning_find(struct reading *reading)
{
	const char *dash = strrchr(reading->episode, '-');
	struct journal_stream stream;
	uint64_t seq = dash ? strtoull(dash + 1, NULL, 10) : 0;

	if (seq == 0 || dash - reading->episode < STREAM_IN_NAME)
		return 0;
	snprintf(stream.name, sizeof(stream.name), "%.*s", STREAM_IN_NAME,
		 dash - STREAM_IN_NAME);
	int error =
		journal_stream_after(reading->journal, stream.name, &stream);
	if (error)
		return error == -ENOENT ? 0 : error;
	if (strncmp(stream.name, dash - STREAM_IN_NAME, STREAM_IN_NAME) != 0)
		return 0;
	return journal_alerts_after(reading->journal, stream.name, seq - 1, "",
				    1, beginning_read, reading);
}

static int
subject_read(void *context, uint64_t position,
	     const struct journal_alert *alert)
{
	struct reading *reading = context;
	struct recorded_command *about = command_in_hand(reading);
	struct notice notice;

	(void)position;
	if (alert->seq == about->command.episode_seq &&
	    codec_alert_unpack(reading->recording->codec, alert->payload,
			       alert->payload_size, &notice)) {
		subject_write(&notice, about->subject);
		snprintf(reading->episode, sizeof(reading->episode), "%s",
			 notice.episode);
	}
	return 0;
}

static int
command_add(struct reading *reading, const struct journal_step *step)
{
	struct recorded_command *about = calloc(1, sizeof(*about));
	struct recorded item = {.kind = STEP_COMMAND,
				.own_ms = reading->own_ms,
				.step_ms = step->time_ms,
				.about = about,
				.file = reading->file};

	int error = about ? command_read(&about->command, &about->part,
					 step->body, step->body_size)
			  : -ENOMEM;
	if (!error)
		error = item_add(reading->recording, &item);
	if (error) {
		free(about);
		return error;
	}
	if (!command_is_of_episode(&about->command))
		return 0;
	reading->episode[0] = '\0';
	error = journal_alerts_after(
		reading->journal,
		reading->recording->start.streams[about->part],
		about->command.episode_seq - 1, "", 1, subject_read, reading);
	return error ? error : beginning_find(reading);
}

static int
step_read(void *context, const struct journal_step *step)
{
	struct reading *reading = context;
	struct start *start = &reading->recording->start;

	if (step->kind == STEP_REPORTS)
		return reports_read(reading, step);
	if (step->kind == STEP_COMMAND)
		return command_add(reading, step);
	if (step->kind == STEP_START &&
	    start_read(start, step->body, step->body_size) != 0) {
		snprintf(reading->error, RECORDING_ERROR_SIZE,
			 "step %llu is no START of ours",
			 (unsigned long long)step->position);
		return -EBADMSG;
	}
	struct recorded item = {.kind = STEP_TICK,
				.own_ms = reading->own_ms,
				.step_ms = step->time_ms,
				.ran_until = reading->ran_until,
				.file = reading->file};
	if (step->kind == STEP_CLOCK &&
	    clock_parse(&item.clock_ms, step->body, step->body_size) != 0) {
		snprintf(reading->error, RECORDING_ERROR_SIZE,
			 "step %llu is no CLOCK of ours",
			 (unsigned long long)step->position);
		return -EBADMSG;
	}
	/* Of all else only the time matters: the rules are another's. */
	if (step->kind == STEP_START || step->kind == STEP_CLOCK)
		item.kind = (enum step_kind)step->kind;
	return item_add(reading->recording, &item);
}

static int
step_note(void *context, const struct journal_step *step)
{
	struct reading *reading = context;
	int error = step_read(context, step);

	reading->ran_until = step->time_ms;
	return error;
}

int
recording_add_journal(struct recording *recording, const char *directory,
		      const char *file,
		      char ret_error[static RECORDING_ERROR_SIZE])
{
	struct reading reading = {.recording = recording,
				  .file = file,
				  .own_ms = TIME_UNSET,
				  .error = ret_error};
	int error = journal_open_reading(&reading.journal, directory);

	ret_error[0] = '\0';
	if (error) {
		snprintf(ret_error, RECORDING_ERROR_SIZE, "%s",
			 journal_error(NULL));
		return error;
	}
	recording->journals++;
	error = journal_steps(reading.journal, 0, step_note, &reading);
	if (error && !ret_error[0])
		snprintf(ret_error, RECORDING_ERROR_SIZE, "%s",
			 error == -EBADMSG ? journal_error(reading.journal)
					   : strerror(-error));
	journal_close(reading.journal);
	return error;
}

/* --- Order --- */

/* Stable: a run that is in order already is merged with the next one. */
static void
items_merge(struct recorded *to, const struct recorded *left, size_t left_count,
	    const struct recorded *right, size_t right_count)
{
	while (left_count > 0 || right_count > 0) {
		bool take_left =
			right_count == 0 ||
			(left_count > 0 && left->own_ms <= right->own_ms);
		*to++ = take_left ? *left++ : *right++;
		left_count -= take_left;
		right_count -= !take_left;
	}
}

static void
items_sort(struct recorded *items, struct recorded *scratch, size_t count)
{
	size_t half = count / 2;

	if (count < 2)
		return;
	items_sort(items, scratch, half);
	items_sort(items + half, scratch + half, count - half);
	if (items[half - 1].own_ms <= items[half].own_ms)
		return;
	memcpy(scratch, items, count * sizeof(*items));
	items_merge(items, scratch, half, scratch + half, count - half);
}

int
recording_sort(struct recording *recording)
{
	struct recorded *scratch =
		calloc(recording->count + 1, sizeof(*scratch));

	if (!scratch)
		return -ENOMEM;
	items_sort(recording->items, scratch, recording->count);
	free(scratch);
	return 0;
}

bool
recording_is_a_journal(const struct recording *recording)
{
	return recording->journals == 1 && !recording->has_files;
}
