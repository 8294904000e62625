/* truce status: how truced is, on a page. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/json.h"
#include "truce/options.h"
#include "truce/prometheus.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce status [OPTION]...\n"
	"Says how truced is: its streams, its journal, the reports by\n"
	"verdict and reason since it started, its pools and its rules.\n"
	"\n"
	"  --json             as one JSON object\n"
	"  --prometheus       as metrics for node_exporter's textfile\n"
	"                     collector; truced_up is 0 without an answer:\n"
	"                     truce status --prometheus >F.new; mv F.new F\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, 1 failed (or there is no answer), 2 misused.\n";

enum { OPTION_PROMETHEUS = OPTION_OWN };

static const struct option long_options[] = {{"prometheus", no_argument, NULL,
					      OPTION_PROMETHEUS},
					     OPTIONS_COMMON,
					     {0}};

enum { WORD_SIZE = 512 };

/* Escaped, in a buffer of the caller's. */
static const char *
safe(const char *text, char ret_bytes[static WORD_SIZE])
{
	struct text safe_text;

	text_init(&safe_text, ret_bytes, WORD_SIZE);
	text_escape(&safe_text, text);
	return ret_bytes;
}

static const char *
time_words(int64_t time_ms, char ret_words[static 32])
{
	struct tm time;
	time_t seconds = (time_t)(time_ms / 1000);

	if (time_ms == TIME_UNSET || !localtime_r(&seconds, &time))
		return "no report yet";
	strftime(ret_words, 32, "%Y-%m-%d %H:%M:%S", &time);
	return ret_words;
}

static void
digest_words(const uint8_t digest[static 32], char ret_words[static 65])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(ret_words + i * 2, 3, "%02x", digest[i]);
}

static void
head_print(const struct status_reply *status, const struct style *style)
{
	char word[WORD_SIZE], sender[WORD_SIZE], words[32], digest[65];
	static const char *const names[] = {"stream", "drills"};

	printf("%struced %s%s, sender %s, since %s\n", colour_bold(style),
	       safe(status->version, word), colour_end(style),
	       safe(status->sender, sender),
	       time_words(status->started_at, words));
	if (*status->trouble == '\0')
		printf("trouble   %snone%s\n", colour_good(style),
		       colour_end(style));
	else
		printf("trouble   %s%s%s\n", colour_bad(style),
		       safe(status->trouble, word), colour_end(style));
	digest_words(status->digest, digest);
	printf("journal   position %" PRIu64 ", head %.16s\n", status->position,
	       digest);
	for (size_t i = 0; i < 2; i++) {
		const struct status_stream *stream = &status->streams[i];

		printf("%s    %s  last alert #%" PRIu64 ", its time: %s\n",
		       names[i], safe(stream->stream, word), stream->seq,
		       time_words(stream->engine_at, words));
		if (stream->silences > 0)
			printf("          %u silence%s back messages of %u "
			       "alert%s\n",
			       stream->silences,
			       stream->silences == 1 ? " holds" : "s hold",
			       stream->held, stream->held == 1 ? "" : "s");
	}
	printf("heartbeats sent: %" PRIu64 "\n", status->heartbeats);
}

static void
reports_print(const struct status_reply *status, const struct style *style)
{
	printf("%sreports since the start%s\n", colour_bold(style),
	       colour_end(style));
	for (int i = VERDICT_ACCEPTED; i < VERDICTS; i++) {
		printf("  %-18s %12" PRIu64 "\n", verdict_name((enum verdict)i),
		       status->verdicts[i]);
		for (int j = 1; i == VERDICT_REJECTED && j < REASONS; j++)
			if (status->reasons[j] > 0)
				printf("    %-17s %11" PRIu64 "\n",
				       reason_name((enum reason)j),
				       status->reasons[j]);
	}
	printf("  %-18s %12" PRIu64 "\n", "not a message", status->malformed);
}

static void
pools_print(const struct status_reply *status, const struct style *style)
{
	char word[WORD_SIZE];

	printf("%s%-20s %12s %12s %6s %10s%s\n", colour_bold(style), "pools",
	       "used", "limit", "", "memory", colour_end(style));
	for (size_t i = 0; i < status->pools_count; i++) {
		const struct status_pool *pool = &status->pools[i];
		unsigned percent = pool->limit == 0
					   ? 0
					   : (unsigned)((uint64_t)pool->used *
							100 / pool->limit);

		/* At 80 % truced raises an alert, too. */
		printf("  %-18s %12u %12u %s%5u%%%s %6.1f MiB\n",
		       safe(pool->name, word), pool->used, pool->limit,
		       percent >= 80 ? colour_bad(style) : "", percent,
		       percent >= 80 ? colour_end(style) : "",
		       (double)pool->bytes / (1024 * 1024));
	}
}

static void
rules_print(const struct status_reply *status, const struct style *style)
{
	char word[WORD_SIZE];

	printf("%s%-30s %8s %8s %10s %10s%s\n", colour_bold(style), "rules",
	       "groups", "firing", "too late", "ungrouped", colour_end(style));
	for (size_t i = 0; i < status->rules_count; i++) {
		const struct status_rule *rule = &status->rules[i];

		printf("  %-28s %8u %8u %10" PRIu64 " %10" PRIu64 "\n",
		       safe(rule->rule, word), rule->groups, rule->open,
		       rule->too_late, rule->ungrouped);
	}
}

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *
streams_json(const struct status_reply *status)
{
	json_t *streams = json_array();

	for (size_t i = 0; i < 2; i++) {
		const struct status_stream *stream = &status->streams[i];
		json_t *object = json_object();

		json_object_set_new(object, "stream",
				    json_text(stream->stream));
		json_object_set_new(object, "seq", number(stream->seq));
		json_object_set_new(object, "logged", number(stream->logged));
		json_object_set_new(object, "silences",
				    number(stream->silences));
		json_object_set_new(object, "held", number(stream->held));
		if (stream->engine_at != TIME_UNSET)
			json_object_set_new(object, "engine_at",
					    json_integer(stream->engine_at));
		json_array_append_new(streams, object);
	}
	return streams;
}

static json_t *
pools_json(const struct status_reply *status)
{
	json_t *pools = json_array();

	for (size_t i = 0; i < status->pools_count; i++) {
		const struct status_pool *pool = &status->pools[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", json_text(pool->name));
		json_object_set_new(object, "bytes", number(pool->bytes));
		json_object_set_new(object, "used", number(pool->used));
		json_object_set_new(object, "limit", number(pool->limit));
		json_array_append_new(pools, object);
	}
	return pools;
}

static json_t *
rules_json(const struct status_reply *status)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < status->rules_count; i++) {
		const struct status_rule *rule = &status->rules[i];
		json_t *object = json_object();

		json_object_set_new(object, "rule", json_text(rule->rule));
		json_object_set_new(object, "groups", number(rule->groups));
		json_object_set_new(object, "open", number(rule->open));
		json_object_set_new(object, "too_late", number(rule->too_late));
		json_object_set_new(object, "ungrouped",
				    number(rule->ungrouped));
		json_array_append_new(rules, object);
	}
	return rules;
}

static json_t *
told_json(const struct status_reply *status)
{
	json_t *told = json_array();

	for (size_t i = 0; i < status->told_count; i++) {
		const struct status_told *row = &status->told[i];
		json_t *object = json_object(), *causes = json_object();

		for (int j = 1; j < CAUSES; j++)
			if (row->causes[j] > 0)
				json_object_set_new(causes,
						    cause_name((enum cause)j),
						    number(row->causes[j]));
		json_object_set_new(object, "rule", json_text(row->rule));
		json_object_set_new(object, "drill", json_boolean(row->drill));
		json_object_set_new(object, "causes", causes);
		json_array_append_new(told, object);
	}
	return told;
}

/* The work: its size and its pace. */
static void
work_json(const struct status_reply *status, json_t *object)
{
	const struct status_commits *commits = &status->commits;
	const struct status_batches *batches = &status->batches;
	json_t *commit = json_object(), *batch = json_object();
	uint64_t count = 0;

	for (size_t i = 0; i <= COMMIT_BOUNDS; i++)
		count += commits->by_time[i];
	json_object_set_new(commit, "count", number(count));
	json_object_set_new(commit, "total_us", number(commits->total_us));
	json_object_set_new(commit, "longest_us", number(commits->longest_us));
	json_object_set_new(batch, "count", number(batches->count));
	json_object_set_new(batch, "full", number(batches->full));
	json_object_set_new(batch, "last", number(batches->last));
	json_object_set_new(batch, "largest", number(batches->largest));
	json_object_set_new(batch, "limit", number(batches->limit));
	json_object_set_new(object, "told", told_json(status));
	json_object_set_new(object, "commits", commit);
	json_object_set_new(object, "batches", batch);
	json_object_set_new(object, "journal_bytes",
			    number(status->journal_bytes));
	json_object_set_new(object, "wal_bytes", number(status->wal_bytes));
	if (status->heartbeat_at != TIME_UNSET)
		json_object_set_new(object, "heartbeat_at",
				    json_integer(status->heartbeat_at));
}

static void
status_json(const struct status_reply *status)
{
	json_t *object = json_object(), *verdicts = json_object(),
	       *reasons = json_object();
	char digest[65];

	for (int i = VERDICT_ACCEPTED; i < VERDICTS; i++)
		json_object_set_new(verdicts, verdict_name((enum verdict)i),
				    number(status->verdicts[i]));
	for (int i = 1; i < REASONS; i++)
		if (status->reasons[i] > 0)
			json_object_set_new(reasons,
					    reason_name((enum reason)i),
					    number(status->reasons[i]));
	digest_words(status->digest, digest);
	json_object_set_new(object, "version", json_text(status->version));
	json_object_set_new(object, "sender", json_text(status->sender));
	json_object_set_new(object, "started_at",
			    json_integer(status->started_at));
	json_object_set_new(object, "trouble", json_text(status->trouble));
	json_object_set_new(object, "position", number(status->position));
	json_object_set_new(object, "digest", json_text(digest));
	json_object_set_new(object, "streams", streams_json(status));
	json_object_set_new(object, "heartbeats", number(status->heartbeats));
	json_object_set_new(object, "verdicts", verdicts);
	json_object_set_new(object, "reasons", reasons);
	json_object_set_new(object, "malformed", number(status->malformed));
	json_object_set_new(object, "pools", pools_json(status));
	json_object_set_new(object, "rules", rules_json(status));
	work_json(status, object);
	json_print(stdout, object);
}

static void
status_print(const struct status_reply *status)
{
	const struct style style = style_of(stdout);

	head_print(status, &style);
	reports_print(status, &style);
	pools_print(status, &style);
	rules_print(status, &style);
}

int
status_command(int argc, char **argv)
{
	struct options options;
	struct request request = {.kind = REQUEST_STATUS};
	struct reply reply;
	struct client *client = NULL;
	bool prometheus = false;
	int option, result = EXIT_DONE;

	options_init(&options, "truce status", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (option == OPTION_PROMETHEUS)
			prometheus = true;
		else if (!options_take(&options, option, &result))
			return result;
	if (optind != argc)
		return options_misused(&options, "expected no argument");
	if (prometheus && options.json)
		return options_misused(&options,
				       "expected --json or --prometheus");
	int error = client_new(&client, options.service);
	if (error == 0)
		error = client_request(client, &request, &reply,
				       options.timeout_ms);
	if (error == 0 && reply.kind != REPLY_STATUS)
		error = -EPROTO;
	if (error < 0)
		result = options_failed(&options, "%s: %s", options.service,
					client_error(error));
	if (prometheus)
		prometheus_print(error < 0 ? NULL : &reply.status, stdout);
	else if (error < 0)
		;
	else if (options.json)
		status_json(&reply.status);
	else
		status_print(&reply.status);
	client_free(client);
	return result;
}
