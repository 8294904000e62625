#include "truce/outcome.h"

#include <inttypes.h>

#include "truce/json.h"
#include "truce/terminal.h"

enum { PROBLEMS_MAX = 20 };

void
outcome_receipt(struct outcome *outcome, const struct receipt *receipt)
{
	if ((size_t)receipt->verdict < VERDICTS)
		outcome->verdicts[receipt->verdict]++;
	if (receipt->verdict == VERDICT_REJECTED &&
	    (size_t)receipt->reason < REASONS)
		outcome->reasons[receipt->reason]++;
	outcome->settled++;
}

bool
outcome_is_good(const struct outcome *outcome)
{
	return outcome->bad == 0 && outcome->verdicts[VERDICT_REJECTED] == 0 &&
	       outcome->verdicts[VERDICT_NONE] == 0;
}

static void
outcome_print_json(const struct outcome *outcome, const char *name,
		   FILE *stream)
{
	json_t *object = json_object(), *reasons = json_object();

	json_object_set_new(object, "file", json_text(name));
	for (int i = VERDICT_ACCEPTED; i < VERDICT_BUSY; i++)
		json_object_set_new(object, verdict_name((enum verdict)i),
				    json_integer(
					    (json_int_t)outcome->verdicts[i]));
	for (int i = 1; i < REASONS; i++)
		if (outcome->reasons[i] > 0)
			json_object_set_new(
				reasons, reason_name((enum reason)i),
				json_integer((json_int_t)outcome->reasons[i]));
	json_object_set_new(object, "reasons", reasons);
	json_object_set_new(object, "unacknowledged",
			    json_integer((json_int_t)outcome->sent));
	json_object_set_new(object, "no_receipt",
			    json_integer((json_int_t)outcome->waiting));
	json_object_set_new(object, "dry_run", json_boolean(outcome->dry_run));
	json_object_set_new(object, "bad",
			    json_integer((json_int_t)outcome->bad));
	json_object_set_new(object, "skipped",
			    json_integer((json_int_t)outcome->skipped));
	json_print(stream, object);
}

void
outcome_print(const struct outcome *outcome, const char *name, bool json,
	      FILE *stream)
{
	char bytes[1024];
	struct text text;

	if (json) {
		outcome_print_json(outcome, name, stream);
		return;
	}
	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, name);
	uint64_t reports = outcome->waiting + outcome->settled + outcome->sent +
			   outcome->bad;
	fprintf(stream, "%s: %" PRIu64 " report%s%s\n", bytes, reports,
		reports == 1 ? "" : "s",
		outcome->dry_run ? ", a dry run: none of them is kept" : "");
	for (int i = VERDICT_ACCEPTED; i < VERDICTS; i++)
		if (outcome->verdicts[i] > 0)
			fprintf(stream, "  %-19s %8" PRIu64 "\n",
				verdict_name((enum verdict)i),
				outcome->verdicts[i]);
	for (int i = 1; i < REASONS; i++)
		if (outcome->reasons[i] > 0)
			fprintf(stream, "    %-17s %8" PRIu64 "\n",
				reason_name((enum reason)i),
				outcome->reasons[i]);
	if (outcome->sent > 0)
		fprintf(stream,
			"  %-19s %8" PRIu64 "  at most once: nobody says "
			"whether they arrived\n",
			"sent", outcome->sent);
	if (outcome->waiting > 0)
		fprintf(stream, "  %-19s %8" PRIu64 "\n", "no receipt",
			outcome->waiting);
	if (outcome->bad > 0)
		fprintf(stream, "  %-19s %8" PRIu64 "  told above\n",
			"no report", outcome->bad);
	if (outcome->skipped > 0)
		fprintf(stream, "  %-19s %8" PRIu64 "  by the mapping\n",
			"skipped", outcome->skipped);
	fflush(stream);
}

void
problem_tell(struct problems *problems, const char *message)
{
	char bytes[2 * REJECTION_SIZE];
	struct text text;

	if (problems->told++ > PROBLEMS_MAX)
		return;
	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, message);
	if (problems->told > PROBLEMS_MAX)
		fprintf(stderr, "%s: further problems are only counted\n",
			problems->command);
	else
		fprintf(stderr, "%s\n", bytes);
}

void
rejection_render(const struct receipt *receipt, const char *name, size_t line,
		 char ret_message[static REJECTION_SIZE])
{
	char place[24] = "";

	if (line > 0)
		snprintf(place, sizeof(place), ":%zu", line);
	snprintf(ret_message, REJECTION_SIZE,
		 "%.256s%s: rejected, %s: %s%sexpected %s", name, place,
		 reason_name(receipt->reason), receipt->field,
		 receipt->field[0] != '\0' ? ": " : "", receipt->detail);
}

static void
receipt_print_json(const struct receipt_reply *reply, const char *name,
		   size_t line, FILE *stream)
{
	const struct receipt *receipt = &reply->receipt;
	json_t *object = json_object();

	if (line > 0) {
		json_object_set_new(object, "file", json_text(name));
		json_object_set_new(object, "line",
				    json_integer((json_int_t)line));
	}
	json_object_set_new(object, "verdict",
			    json_text(verdict_name(receipt->verdict)));
	json_object_set_new(object, "reason",
			    json_text(reason_name(receipt->reason)));
	json_object_set_new(object, "field", json_text(receipt->field));
	json_object_set_new(object, "detail", json_text(receipt->detail));
	json_object_set_new(object, "source", json_text(reply->source));
	json_object_set_new(object, "id", json_text(reply->id));
	json_object_set_new(object, "revision", json_integer(reply->revision));
	json_object_set_new(object, "position",
			    json_integer((json_int_t)receipt->position));
	json_print(stream, object);
}

void
receipt_print(const struct receipt_reply *reply, const char *name, size_t line,
	      bool json, FILE *stream)
{
	const struct receipt *receipt = &reply->receipt;
	char bytes[1024];
	struct text text;

	if (json) {
		receipt_print_json(reply, name, line, stream);
		return;
	}
	text_init(&text, bytes, sizeof(bytes));
	if (line > 0) {
		text_escape(&text, name);
		text_print(&text, ":%zu: ", line);
	}
	text_print(&text, "%s", verdict_name(receipt->verdict));
	if (receipt->verdict == VERDICT_REJECTED)
		text_print(&text, " %s", reason_name(receipt->reason));
	text_print(&text, " ");
	text_escape(&text, reply->source);
	text_print(&text, "/");
	text_escape(&text, reply->id);
	text_print(&text, "@%u", reply->revision);
	if (receipt->field[0] != '\0' || receipt->detail[0] != '\0') {
		text_print(&text, ": ");
		text_escape(&text, receipt->field);
		text_print(&text,
			   receipt->field[0] ? ": expected " : "expected ");
		text_escape(&text, receipt->detail);
	}
	if (receipt->position > 0)
		text_print(&text, " (position %" PRIu64 ")", receipt->position);
	fprintf(stream, "%s\n", bytes);
}
