#include "truce/prometheus.h"

#include "truce/terminal.h"

enum { VALUE_SIZE = 512 };

static const char *const parts[] = {"real", "drill"};

static void
family(FILE *stream, const char *name, const char *type, const char *help)
{
	fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* In the exposition format \ " and newline are escaped; text_escape has left
 * no newline, nor anything that is not UTF-8. */
static void
label_print(FILE *stream, const char *name, const char *value)
{
	char bytes[VALUE_SIZE];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, value);
	fprintf(stream, "%s=\"", name);
	for (const char *byte = bytes; *byte; byte++) {
		if (*byte == '\\' || *byte == '"')
			putc('\\', stream);
		putc(*byte, stream);
	}
	putc('"', stream);
}

/* 15 digits tell every count below 10^15 and every millisecond. */
static void
value_print(FILE *stream, double value)
{
	fprintf(stream, " %.15g\n", value);
}

static void
sample(FILE *stream, const char *name, const char *label, const char *text,
       double value)
{
	fprintf(stream, "%s{", name);
	label_print(stream, label, text);
	putc('}', stream);
	value_print(stream, value);
}

static void
sample_of_two(FILE *stream, const char *name, const char *label,
	      const char *text, const char *other_label, const char *other_text,
	      double value)
{
	fprintf(stream, "%s{", name);
	label_print(stream, label, text);
	putc(',', stream);
	label_print(stream, other_label, other_text);
	putc('}', stream);
	value_print(stream, value);
}

/* A metric without labels. */
static void
single(FILE *stream, const char *name, const char *type, const char *help,
       double value)
{
	family(stream, name, type, help);
	fputs(name, stream);
	value_print(stream, value);
}

static void
time_single(FILE *stream, const char *name, const char *help, int64_t time_ms)
{
	if (time_ms != TIME_UNSET)
		single(stream, name, "gauge", help, (double)time_ms / 1000);
}

static void
process_print(FILE *stream, const struct status_reply *status)
{
	family(stream, "truced_build_info", "gauge",
	       "Always 1; the labels say which truced this is.");
	sample_of_two(stream, "truced_build_info", "version", status->version,
		      "sender", status->sender, 1);
	time_single(stream, "truced_start_time_seconds",
		    "When the process started, Unix time.", status->started_at);
	single(stream, "truced_trouble", "gauge",
	       "1 while the journal keeps truced from taking reports in.",
	       *status->trouble != '\0');
	time_single(stream, "truced_heartbeat_time_seconds",
		    "When the last heartbeat was sent, Unix time.",
		    status->heartbeat_at);
	single(stream, "truced_heartbeats_total", "counter", "Heartbeats sent.",
	       (double)status->heartbeats);
}

static void
reports_print(FILE *stream, const struct status_reply *status)
{
	static const char verdicts[] = "truced_reports_total";
	static const char reasons[] = "truced_reports_rejected_total";

	family(stream, verdicts, "counter", "Reports by verdict.");
	for (int i = VERDICT_ACCEPTED; i < VERDICTS; i++)
		sample(stream, verdicts, "verdict",
		       verdict_name((enum verdict)i),
		       (double)status->verdicts[i]);
	family(stream, reasons, "counter", "Rejected reports by reason.");
	for (int i = REASON_NONE + 1; i < REASONS; i++)
		sample(stream, reasons, "reason", reason_name((enum reason)i),
		       (double)status->reasons[i]);
	single(stream, "truced_malformed_messages_total", "counter",
	       "Messages that were not two frames.", (double)status->malformed);
}

static void
streams_print(FILE *stream, const struct status_reply *status)
{
	static const char last[] = "truced_alert_last_number";
	static const char engine[] = "truced_engine_time_seconds";
	static const char waiting[] = "truced_log_waiting_alerts";
	static const char silences[] = "truced_silences";
	static const char held[] = "truced_held_alerts";

	family(stream, last, "gauge", "Number of a stream's last alert.");
	for (size_t i = 0; i < 2; i++)
		sample(stream, last, "stream", parts[i],
		       (double)status->streams[i].seq);
	family(stream, waiting, "gauge",
	       "Alerts that syslog or journald has not been offered yet.");
	for (size_t i = 0; i < 2; i++)
		sample(stream, waiting, "stream", parts[i],
		       (double)status->streams[i].seq -
			       (double)status->streams[i].logged);
	family(stream, silences, "gauge", "Silences that are active.");
	for (size_t i = 0; i < 2; i++)
		sample(stream, silences, "stream", parts[i],
		       status->streams[i].silences);
	family(stream, held, "gauge",
	       "Alerts of which silences hold back messages.");
	for (size_t i = 0; i < 2; i++)
		sample(stream, held, "stream", parts[i],
		       status->streams[i].held);
	family(stream, engine, "gauge", "The engine's time, Unix time.");
	for (size_t i = 0; i < 2; i++)
		if (status->streams[i].engine_at != TIME_UNSET)
			sample(stream, engine, "stream", parts[i],
			       (double)status->streams[i].engine_at / 1000);
}

static void
told_print(FILE *stream, const struct status_reply *status)
{
	static const char real[] = "truced_alerts_total";
	static const char drill[] = "truced_exercise_alerts_total";
	const char *const names[] = {real, drill};

	for (int part = 0; part < 2; part++) {
		family(stream, names[part], "counter",
		       part ? "Alerts of drills by rule and cause."
			    : "Alerts by rule and cause.");
		for (size_t i = 0; i < status->told_count; i++) {
			const struct status_told *told = &status->told[i];
			for (int j = 1; told->drill == part && j < CAUSES; j++)
				if (told->causes[j] > 0)
					sample_of_two(stream, names[part],
						      "rule", told->rule,
						      "cause",
						      cause_name((enum cause)j),
						      (double)told->causes[j]);
		}
	}
}

static void
rules_print(FILE *stream, const struct status_reply *status)
{
	static const struct {
		const char *name, *type, *help;
	} families[] = {
		{"truced_rule_groups", "gauge", "Groups that a rule counts."},
		{"truced_rule_firing_alerts", "gauge",
		 "Episodes of a rule that are open."},
		{"truced_rule_late_reports_total", "counter",
		 "Reports that came too late for their rule."},
		{"truced_rule_ungrouped_reports_total", "counter",
		 "Reports that found no room for a group."},
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		family(stream, families[i].name, families[i].type,
		       families[i].help);
		for (size_t j = 0; j < status->rules_count; j++) {
			const struct status_rule *rule = &status->rules[j];
			const uint64_t values[] = {rule->groups, rule->open,
						   rule->too_late,
						   rule->ungrouped};
			sample(stream, families[i].name, "rule", rule->rule,
			       (double)values[i]);
		}
	}
}

static void
pools_print(FILE *stream, const struct status_reply *status)
{
	static const struct {
		const char *name, *help;
	} families[] = {
		{"truced_pool_used", "Entries in use; pool \"reports\" is the "
				     "ledger."},
		{"truced_pool_limit", "Entries that there is room for."},
		{"truced_pool_bytes", "Memory taken at the start."},
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		family(stream, families[i].name, "gauge", families[i].help);
		for (size_t j = 0; j < status->pools_count; j++) {
			const struct status_pool *pool = &status->pools[j];
			const uint64_t values[] = {pool->used, pool->limit,
						   pool->bytes};
			sample(stream, families[i].name, "pool", pool->name,
			       (double)values[i]);
		}
	}
}

static void
commits_print(FILE *stream, const struct status_commits *commits)
{
	uint64_t count = 0;
	char bound[32];

	family(stream, "truced_commit_seconds", "histogram",
	       "How long it took to make a step durable.");
	for (size_t i = 0; i <= COMMIT_BOUNDS; i++) {
		count += commits->by_time[i];
		if (i < COMMIT_BOUNDS)
			snprintf(bound, sizeof(bound), "%g",
				 (double)commit_bounds_us[i] / 1e6);
		else
			snprintf(bound, sizeof(bound), "+Inf");
		sample(stream, "truced_commit_seconds_bucket", "le", bound,
		       (double)count);
	}
	fprintf(stream,
		"truced_commit_seconds_sum %.15g\n"
		"truced_commit_seconds_count %.15g\n",
		(double)commits->total_us / 1e6, (double)count);
	single(stream, "truced_commit_longest_seconds", "gauge",
	       "The slowest since the start.",
	       (double)commits->longest_us / 1e6);
}

static void
batches_print(FILE *stream, const struct status_batches *batches)
{
	single(stream, "truced_batches_total", "counter",
	       "Batches in which reports were taken.", (double)batches->count);
	single(stream, "truced_batches_full_total", "counter",
	       "Of them, as large as may be: more reports may have waited.",
	       (double)batches->full);
	single(stream, "truced_batch_reports", "gauge",
	       "Reports that were waiting when the last batch was taken.",
	       batches->last);
	single(stream, "truced_batch_largest_reports", "gauge",
	       "The same of the largest batch since the start.",
	       batches->largest);
	single(stream, "truced_batch_limit_reports", "gauge",
	       "As many as a batch may hold.", batches->limit);
}

static void
journal_print(FILE *stream, const struct status_reply *status)
{
	static const char bytes[] = "truced_journal_bytes";

	family(stream, bytes, "gauge", "Size of the journal's files.");
	sample(stream, bytes, "file", "journal.db",
	       (double)status->journal_bytes);
	sample(stream, bytes, "file", "journal.db-wal",
	       (double)status->wal_bytes);
	single(stream, "truced_journal_position", "gauge",
	       "The journal's last step.", (double)status->position);
}

void
prometheus_print(const struct status_reply *status, FILE *stream)
{
	single(stream, "truced_up", "gauge", "1 if truced answered.",
	       status != NULL);
	if (!status)
		return;
	process_print(stream, status);
	reports_print(stream, status);
	streams_print(stream, status);
	told_print(stream, status);
	rules_print(stream, status);
	pools_print(stream, status);
	commits_print(stream, &status->commits);
	batches_print(stream, &status->batches);
	journal_print(stream, status);
}
