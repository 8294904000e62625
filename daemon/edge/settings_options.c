/*
 * The tables: every option of the configuration, and every default.
 *
 * A section's initial struct holds the defaults of its options.
 */
#include "edge/settings_options.h"

#include <syslog.h>

#include "edge/settings_checks.h"
#include "edge/settings_values.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
/* Sums are doubles in alerts: whole up to here. */
#define THRESHOLD_MAX 1000000000000000
/* What a CUSUM reaches back to, 2b, and late buckets fit in a ring. */
#define BASELINE_MAX 700
#define POOL_MAX 1000000000

/* --- Spellings that are the configuration's own --- */

static const char *
lookup(const char *const *names, size_t count, size_t value)
{
	return value < count && names[value] ? names[value] : "";
}

static const char *
clock_choice(size_t value)
{
	static const char *const names[] = {
		[CLOCK_WALL] = "wall",
		[CLOCK_RECORDS] = "records",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
severity_choice(size_t value)
{
	static const char *const names[] = {
		[SEVERITY_MINOR] = "minor",
		[SEVERITY_MODERATE] = "moderate",
		[SEVERITY_SEVERE] = "severe",
		[SEVERITY_EXTREME] = "extreme",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
syslog_target_choice(size_t value)
{
	static const char *const names[] = {
		[SYSLOG_AUTO] = "auto",
		[SYSLOG_JOURNAL] = "journal",
		[SYSLOG_SYSLOG] = "syslog",
		[SYSLOG_OFF] = "off",
	};

	return lookup(names, LENGTH(names), value);
}

/* The facilities that are a program's to use, by their number. */
static const char *
facility_choice(size_t value)
{
	static const char *const names[] = {
		[LOG_USER >> 3] = "user",     [LOG_DAEMON >> 3] = "daemon",
		[LOG_AUTH >> 3] = "auth",     [LOG_AUTHPRIV >> 3] = "authpriv",
		[LOG_LOCAL0 >> 3] = "local0", [LOG_LOCAL1 >> 3] = "local1",
		[LOG_LOCAL2 >> 3] = "local2", [LOG_LOCAL3 >> 3] = "local3",
		[LOG_LOCAL4 >> 3] = "local4", [LOG_LOCAL5 >> 3] = "local5",
		[LOG_LOCAL6 >> 3] = "local6", [LOG_LOCAL7 >> 3] = "local7",
	};

	/* A facility's value is its number with three bits of priority. */
	return value % 8 ? "" : lookup(names, LENGTH(names), value / 8);
}

/* What a source may vouch for, and what a rule may ask for. */
static const char *
assessment_choice(size_t value)
{
	static const char *const names[] = {
		[ASSESSMENT_ALLEGED] = "alleged",
		[ASSESSMENT_UNDER_INVESTIGATION] = "under_investigation",
		[ASSESSMENT_INCONCLUSIVE] = "inconclusive",
		[ASSESSMENT_CORROBORATED] = "corroborated",
		[ASSESSMENT_VERIFIED] = "verified",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
attribution_choice(size_t value)
{
	static const char *const names[] = {
		[ATTRIBUTION_ALLEGED_PARTY] = "alleged_party",
		[ATTRIBUTION_ASSESSED_PARTY] = "assessed_party",
		[ATTRIBUTION_ATTRIBUTED] = "attributed",
		[ATTRIBUTION_ADMITTED] = "admitted",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
time_choice(size_t value)
{
	static const char *const names[] = {
		[TIME_OCCURRED] = "occurred",
		[TIME_REPORTED] = "reported",
		[TIME_RECEIVED] = "received",
	};

	return lookup(names, LENGTH(names), value);
}

static const char *
rule_kind_choice(size_t value)
{
	return rule_kind_name((enum rule_kind)value);
}

static const char *
spike_method_choice(size_t value)
{
	return spike_method_name((enum spike_method)value);
}

static const char *
measure_choice(size_t value)
{
	return measure_name((enum measure)value);
}

static const char *
basis_choice(size_t value)
{
	return basis_name((enum basis)value);
}

static const char *
kind_choice(size_t value)
{
	return kind_name((enum kind)value);
}

static const char *
target_choice(size_t value)
{
	return target_name((enum target)value);
}

#define CHOICES(function, amount)                                              \
	{                                                                      \
		.name = function, .count = amount                              \
	}

static const struct choices clocks = CHOICES(clock_choice, CLOCK_RECORDS + 1);
static const struct choices severities = CHOICES(severity_choice, SEVERITIES);
static const struct choices syslog_targets =
	CHOICES(syslog_target_choice, SYSLOG_OFF + 1);
static const struct choices facilities =
	CHOICES(facility_choice, LOG_LOCAL7 + 1);
static const struct choices assessments =
	CHOICES(assessment_choice, ASSESSMENTS);
static const struct choices attributions =
	CHOICES(attribution_choice, ATTRIBUTIONS);
static const struct choices times = CHOICES(time_choice, TIME_RECEIVED + 1);
static const struct choices bases = CHOICES(basis_choice, BASIS_UPPER + 1);
static const struct choices spike_methods =
	CHOICES(spike_method_choice, SPIKE_RATIO + 1);
static const struct choices kinds = CHOICES(kind_choice, KINDS);
static const struct choices targets = CHOICES(target_choice, TARGETS);

static const struct choices measures = {
	.name = measure_choice,
	.count = MEASURES,
};

static const struct choices rule_kinds = {
	.name = rule_kind_choice,
	.count = RULE_KINDS,
};

/* --- Rows of the tables: key, struct, member, bounds, whatever else --- */

#define AT(object, member)                                                     \
	.offset = offsetof(object, member),                                    \
	.size = sizeof(((object *)0)->member)
#define ARRAY_AT(object, member, amount)                                       \
	.offset = offsetof(object, member),                                    \
	.count_offset = offsetof(object, amount)
#define TEXT(name, object, member, least, most, ...)                           \
	{                                                                      \
		.key = name, .type = OPTION_TEXT, AT(object, member),          \
		.min = least, .max = most, __VA_ARGS__                         \
	}
#define FLAG(name, object, member)                                             \
	{                                                                      \
		.key = name, .type = OPTION_FLAG, AT(object, member)           \
	}
#define TRISTATE(name, object, member, ...)                                    \
	{                                                                      \
		.key = name, .type = OPTION_TRISTATE, AT(object, member),      \
		__VA_ARGS__                                                    \
	}
#define NUMBER(name, object, member, least, most, ...)                         \
	{                                                                      \
		.key = name, .type = OPTION_NUMBER, AT(object, member),        \
		.min = least, .max = most, __VA_ARGS__                         \
	}
#define REAL(name, object, member, least, most, ...)                           \
	{                                                                      \
		.key = name, .type = OPTION_REAL, AT(object, member),          \
		.min = least, .max = most, __VA_ARGS__                         \
	}
#define DURATION(name, object, member, least, most, ...)                       \
	{                                                                      \
		.key = name, .type = OPTION_DURATION, AT(object, member),      \
		.min = least, .max = most, __VA_ARGS__                         \
	}
#define CHOICE(name, object, member, among, ...)                               \
	{                                                                      \
		.key = name, .type = OPTION_CHOICE, AT(object, member),        \
		.choices = &(among), __VA_ARGS__                               \
	}
#define BITS(name, object, member, among, ...)                                 \
	{                                                                      \
		.key = name, .type = OPTION_BITS, AT(object, member),          \
		.choices = &(among), __VA_ARGS__                               \
	}
#define TEXTS(name, object, member, amount, least, most, ...)                  \
	{                                                                      \
		.key = name, .type = OPTION_TEXTS,                             \
		ARRAY_AT(object, member, amount), .min = least, .max = most,   \
		__VA_ARGS__                                                    \
	}
#define PARSED(name, least, most, parser, ...)                                 \
	{                                                                      \
		.key = name, .type = OPTION_PARSED, .min = least, .max = most, \
		.parse = parser, __VA_ARGS__                                   \
	}
#define GROUP(name, of)                                                        \
	{                                                                      \
		.key = name, .type = OPTION_GROUP, .section = &(of)            \
	}
#define GROUP_AT(name, object, member, of)                                     \
	{                                                                      \
		.key = name, .type = OPTION_GROUP, AT(object, member),         \
		.section = &(of)                                               \
	}
#define LIST(name, object, member, amount, least, most, of, ...)               \
	{                                                                      \
		.key = name, .type = OPTION_LIST,                              \
		ARRAY_AT(object, member, amount), .min = least, .max = most,   \
		.section = &(of), __VA_ARGS__                                  \
	}
#define ARRAY(name, object, member, amount, least, most, of, ...)              \
	{                                                                      \
		.key = name, .type = OPTION_ARRAY,                             \
		ARRAY_AT(object, member, amount), .min = least, .max = most,   \
		.section = &(of), __VA_ARGS__                                  \
	}
#define REQUIRED .required = true
#define ONLY(mask) .kinds = (mask)
#define REQUIRED_ONLY(mask) .kinds = (mask), .required_kinds = (mask)
#define A_NAME                                                                 \
	.check = name_check,                                                   \
	.expected = "a name: at most 63 of a-z, 0-9, _ and -, a letter or "    \
		    "digit first"
#define A_TIME                                                                 \
	.expected = "a time like \"2014-09-05T18:00:00+03:00\" (RFC 3339)"
#define SECTION(table, ...)                                                    \
	{                                                                      \
		.options = table, .options_count = LENGTH(table), __VA_ARGS__  \
	}
#define STARTS_AS(type, ...)                                                   \
	.size = sizeof(type), .initial = &(const type)                         \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

/* --- Endpoints --- */

#define AN_ENDPOINT                                                            \
	TEXT("endpoint", struct endpoint, address, 0, 0, REQUIRED,             \
	     .check = endpoint_check,                                          \
	     .expected = "tcp://ADDRESS:PORT on loopback or ipc://PATH")

static const char *const all_topics[] = {"incident.", "tally.", "finding."};

static const struct option subscribe_options[] = {
	AN_ENDPOINT,
	FLAG("bind", struct endpoint, bind),
	TEXTS("topics", struct endpoint, topics, topics_count, 1, 64,
	      .check = topic_check,
	      .expected = "the beginning of a topic: incident., tally. or "
			  "finding. and an agreement"),
};

static const struct option publish_options[] = {
	AN_ENDPOINT,
	FLAG("bind", struct endpoint, bind),
};

static const struct option service_endpoint_options[] = {
	AN_ENDPOINT,
};

static const struct section subscribe_section =
	SECTION(subscribe_options,
		STARTS_AS(struct endpoint, .address = "", .topics = all_topics,
			  .topics_count = LENGTH(all_topics)));
static const struct section publish_section =
	SECTION(publish_options, STARTS_AS(struct endpoint, .address = ""));
static const struct section service_endpoint_section =
	SECTION(service_endpoint_options, .shorthand = true,
		STARTS_AS(struct endpoint, .address = "", .bind = true));

static const struct option intake_options[] = {
	LIST("subscribe", struct draft, settings.intake, settings.intake_count,
	     0, 64, subscribe_section),
};

static const struct option service_options[] = {
	LIST("endpoints", struct draft, settings.service,
	     settings.service_count, 0, 64, service_endpoint_section,
	     .expected = "0 to 64 endpoints: endpoints = [ \"...\", ... ];"),
};

static const struct option alerts_options[] = {
	LIST("publish", struct draft, settings.alerts, settings.alerts_count, 0,
	     64, publish_section),
	DURATION("heartbeat", struct draft, settings.heartbeat_ms, SECOND_MS,
		 3600 * SECOND_MS),
};

static const struct section intake_section = SECTION(intake_options);
static const struct section service_section = SECTION(service_options);
static const struct section alerts_section = SECTION(alerts_options);

/* --- The log, the limits --- */

static const struct option syslog_options[] = {
	CHOICE("target", struct draft, settings.syslog_target, syslog_targets),
	CHOICE("facility", struct draft, settings.syslog_facility, facilities),
	CHOICE("min_severity", struct draft, settings.syslog_min_severity,
	       severities),
};

static const struct option limits_options[] = {
	DURATION("max_future", struct limits, max_future_ms, SECOND_MS,
		 366 * DAY_MS),
	NUMBER("reports", struct limits, reports, 1, POOL_MAX),
	NUMBER("groups", struct limits, groups, 1, POOL_MAX),
	NUMBER("buckets", struct limits, buckets, 1, POOL_MAX),
	NUMBER("episodes", struct limits, episodes, 1, POOL_MAX),
	NUMBER("names", struct limits, names, 1, 65536),
	NUMBER("max_count", struct limits, max_count, 1, COUNT_CEILING),
};

static const struct section syslog_section = SECTION(syslog_options);
static const struct section limits_section =
	SECTION(limits_options, .check = check_limits);

/* --- Sources and agreements --- */

static const struct option source_options[] = {
	TEXT("name", struct source, name, 1, TEXT_SIZE - 1, REQUIRED),
	CHOICE("at_most", struct source, at_most, assessments),
	TEXT("origin", struct source, origin, 1, TEXT_SIZE - 1),
};

static const struct option deadline_options[] = {
	TEXT("name", struct deadline, name, 0, 0, REQUIRED, A_NAME),
	PARSED("due", 1, 1, parse_due, REQUIRED, A_TIME),
	PARSED("warn_before", 0, DEADLINE_WARNINGS_MAX, parse_warn_before,
	       .expected = "a duration like \"90s\", \"15m\", \"24h\" or "
			   "\"7d\", from \"1s\" to \"36500d\""),
};

static const struct section deadline_section =
	SECTION(deadline_options, .check_list = check_deadlines,
		STARTS_AS(struct deadline, .name = ""));

enum { DEADLINES_MAX = 256 };

static const struct option agreement_options[] = {
	TEXT("id", struct agreement, id, 0, 0, REQUIRED, A_NAME),
	TEXT("title", struct agreement, title, 0, HEADLINE_SIZE - 1),
	PARSED("effective", 1, 1, parse_effective, REQUIRED, A_TIME),
	TEXTS("parties", struct agreement, parties, parties_count, 0, 256,
	      A_NAME),
	PARSED("day_starts", 1, 1, parse_day_starts,
	       .expected = "a time of day like \"00:00Z\" or \"00:00+02:00\""),
	LIST("deadlines", struct agreement, deadlines, deadlines_count, 0,
	     DEADLINES_MAX, deadline_section),
};

static const struct section source_section =
	SECTION(source_options, .check = check_source,
		.check_list = check_sources,
		STARTS_AS(struct source, .name = "", .origin = "",
			  .at_most = ASSESSMENT_ALLEGED));
static const struct section agreement_section =
	SECTION(agreement_options, .check = check_agreement,
		.check_list = check_agreements,
		STARTS_AS(struct agreement, .id = "", .title = ""));

/* --- Rules --- */

/* Kinds of rules, as bits. */
enum {
	THRESHOLD = 1 << RULE_THRESHOLD,
	SPIKE = 1 << RULE_SPIKE,
	TALLY = 1 << RULE_TALLY,
	DISCREPANCY = 1 << RULE_DISCREPANCY,
	ABSENCE = 1 << RULE_ABSENCE,
	DEADLINE = 1 << RULE_DEADLINE,
	FEED_GAP = 1 << RULE_FEED_GAP,
	/* Of what reports tell. */
	OF_REPORTS = THRESHOLD | SPIKE | TALLY | DISCREPANCY,
	/* Whose value may also fall, and changes by reports. */
	SWAYING = OF_REPORTS | FEED_GAP
};

enum { MATCH_MAX = 1000 };

/* What incidents say, and tallies do not. */
#define OF_INCIDENTS ONLY(THRESHOLD | SPIKE)

static const struct option match_options[] = {
	TEXTS("agreement", struct match, agreement.names, agreement.count, 1,
	      MATCH_MAX, A_NAME),
	TEXTS("source", struct match, source.names, source.count, 1, MATCH_MAX,
	      ONLY(OF_REPORTS | FEED_GAP),
	      .expected = "a source: a text of 1 to 64 bytes"),
	TEXTS("feed", struct match, feed.names, feed.count, 1, MATCH_MAX,
	      ONLY(OF_REPORTS | FEED_GAP), A_NAME),
	BITS("kind", struct match, kinds, kinds, OF_INCIDENTS),
	TEXTS("party", struct match, party.names, party.count, 1, MATCH_MAX,
	      ONLY(OF_REPORTS), A_NAME),
	TEXTS("against", struct match, against.names, against.count, 1,
	      MATCH_MAX, A_NAME, OF_INCIDENTS),
	BITS("target", struct match, targets, targets, OF_INCIDENTS),
	TEXTS("country", struct match, country.names, country.count, 1,
	      MATCH_MAX, OF_INCIDENTS, .check = country_check,
	      .expected = "two lower-case letters (ISO 3166-1 alpha-2)"),
	TEXTS("admin", struct match, admin.names, admin.count, 1, MATCH_MAX,
	      OF_INCIDENTS, .expected = "an area: a text of 1 to 64 bytes"),
	TRISTATE("disputed", struct match, disputed, OF_INCIDENTS),
	CHOICE("min_assessment", struct match, min_assessment, assessments,
	       ONLY(OF_REPORTS)),
	CHOICE("min_attribution", struct match, min_attribution, attributions,
	       OF_INCIDENTS),
	NUMBER("min_sources", struct match, min_sources, 1, EVENT_REPORTS_MAX,
	       OF_INCIDENTS),
};

static const struct option level_options[] = {
	REAL("at", struct level, at, 0, THRESHOLD_MAX, REQUIRED, .above = true),
	REAL("clear", struct level, clear, 0, THRESHOLD_MAX, .above = true),
	CHOICE("severity", struct level, severity, severities, REQUIRED),
	REAL("every", struct level, every, 0, THRESHOLD_MAX, .above = true),
};

static const struct section match_section = SECTION(match_options);
static const struct section level_section =
	SECTION(level_options, STARTS_AS(struct level, .at = 0));

static const struct option rule_options[] = {
	TEXT("name", struct rule, name, 0, 0, REQUIRED, A_NAME),
	CHOICE("kind", struct rule, kind, rule_kinds, REQUIRED),
	CHOICE("measure", struct rule, measure, measures,
	       REQUIRED_ONLY(THRESHOLD | SPIKE | TALLY | DISCREPANCY)),
	CHOICE("basis", struct rule, basis, bases,
	       ONLY(THRESHOLD | SPIKE | TALLY)),
	PARSED("window", 1, 1, parse_window, REQUIRED_ONLY(THRESHOLD | TALLY),
	       .expected = "\"agreement\", \"event\" or a duration like "
			   "\"90s\", \"15m\", "
			   "\"24h\" or \"7d\", from \"1s\" to \"36500d\""),
	DURATION("resolution", struct rule, resolution_ms, SECOND_MS,
		 LONGEST_MS, ONLY(THRESHOLD)),
	DURATION("late", struct rule, late_ms, 0, LONGEST_MS,
		 ONLY(THRESHOLD | SPIKE)),
	CHOICE("time", struct rule, time, times, ONLY(THRESHOLD | SPIKE)),
	DURATION("for", struct rule, for_ms, 0, LONGEST_MS, ONLY(SWAYING)),
	DURATION("keep_firing", struct rule, keep_firing_ms, 0, LONGEST_MS,
		 ONLY(SWAYING)),
	DURATION("update_every", struct rule, update_every_ms, 0, LONGEST_MS,
		 ONLY(SWAYING)),
	DURATION("remind", struct rule, remind_ms, SECOND_MS, LONGEST_MS),
	DURATION("escalate_after", struct rule, escalate_after_ms, SECOND_MS,
		 LONGEST_MS),
	PARSED("group_by", 0, 2 * FIELDS, parse_group_by,
	       ONLY(THRESHOLD | SPIKE),
	       .expected = "one of \"agreement\", \"source\", \"feed\", "
			   "\"kind\", \"party\", \"against\", \"target\", "
			   "\"country\", \"admin\", \"disputed\""),
	GROUP_AT("match", struct rule, match, match_section),
	ARRAY("levels", struct rule, levels, levels_count, 1, LEVELS_GIVEN_MAX,
	      level_section, REQUIRED_ONLY(SWAYING)),
	TEXT("headline", struct rule, headline, 0, HEADLINE_SIZE - 1),
	TEXT("instruction", struct rule, instruction, 0, DESCRIPTION_SIZE - 1),
	TEXT("web", struct rule, web, 0, DESCRIPTION_SIZE - 1),
	CHOICE("method", struct rule, spike.method, spike_methods,
	       REQUIRED_ONLY(SPIKE)),
	DURATION("bucket", struct rule, resolution_ms, SECOND_MS, LONGEST_MS,
		 REQUIRED_ONLY(SPIKE)),
	NUMBER("baseline", struct rule, spike.baseline, SPIKE_BASELINE_MIN,
	       BASELINE_MAX, ONLY(SPIKE)),
	REAL("min_sigma", struct rule, spike.min_sigma, 0, THRESHOLD_MAX,
	     ONLY(SPIKE)),
	NUMBER("min_count", struct rule, spike.min_count, 1, COUNT_CEILING,
	       ONLY(SPIKE | DISCREPANCY)),
	DURATION("max_age", struct rule, max_age_ms, 0, LONGEST_MS,
		 REQUIRED_ONLY(DISCREPANCY)),
	TEXTS("expect", struct rule, expect.names, expect.count, 1, MATCH_MAX,
	      REQUIRED_ONLY(ABSENCE),
	      .expected = "a source: a text of 1 to 64 bytes"),
	DURATION("after", struct rule, after_ms, SECOND_MS, LONGEST_MS,
		 REQUIRED_ONLY(ABSENCE)),
	PARSED("active", 2, 2, parse_active, ONLY(ABSENCE),
	       .expected = "two different times of day like \"08:00+02:00\""),
	TEXTS("deadlines", struct rule, deadlines.names, deadlines.count, 1,
	      MATCH_MAX, ONLY(DEADLINE), A_NAME),
	CHOICE("severity", struct rule, severity, severities,
	       REQUIRED_ONLY(ABSENCE | DEADLINE)),
	CHOICE("warn_severity", struct rule, warn_severity, severities,
	       ONLY(DEADLINE)),
};

static const struct section rule_section = SECTION(
	rule_options, .check = check_rule, .check_list = check_rules,
	.kinds_count = RULE_KINDS, .kind_offset = offsetof(struct rule, kind),
	.kind_name = rule_kind_choice,
	STARTS_AS(struct rule, .name = "", .kind = RULE_KINDS,
		  .basis = BASIS_REPORTED, .time = TIME_OCCURRED,
		  .active = {.from_ms = -1}, .warn_severity = SEVERITY_MINOR,
		  .spike = {.baseline = 7, .min_sigma = 0.5, .min_count = 3},
		  .headline = "", .instruction = "", .web = ""));

/* --- The whole --- */

/* Rules come last: they are held against what is before them. The groups
 * without a member of their own fill the draft itself. */
static const struct option settings_options[] = {
	TEXT("sender", struct draft, settings.configuration.sender, 0, 0,
	     .check = sender_check,
	     .expected = "at most 63 of letters, digits, \".\", \"_\", \"@\" "
			 "and \"-\""),
	TEXT("state_dir", struct draft, settings.state_dir, 1, 1024),
	CHOICE("clock", struct draft, settings.configuration.clock, clocks),
	GROUP("intake", intake_section),
	GROUP("service", service_section),
	GROUP("alerts", alerts_section),
	GROUP("syslog", syslog_section),
	GROUP_AT("limits", struct draft, settings.configuration.limits,
		 limits_section),
	LIST("sources", struct draft, settings.configuration.sources,
	     settings.configuration.sources_count, 0, 65536, source_section),
	LIST("agreements", struct draft, settings.configuration.agreements,
	     settings.configuration.agreements_count, 1, 10000,
	     agreement_section, REQUIRED),
	LIST("rules", struct draft, settings.configuration.rules,
	     settings.configuration.rules_count, 0, 1000000, rule_section),
};

static const struct draft defaults = {
	.settings =
		{
			.configuration =
				{
					.sender = "truced",
					.clock = CLOCK_WALL,
					.limits =
						{
							.max_future_ms =
								3600 *
								SECOND_MS,
							.reports = 1000000,
							.groups = 100000,
							.buckets = 8000000,
							.episodes = 100000,
							.names = 65536,
							.max_count = 100000,
						},
				},
			.state_dir = "/var/lib/truced",
			.intake =
				&(const struct endpoint){
					.address = "tcp://127.0.0.1:5560",
					.bind = true,
					.topics = all_topics,
					.topics_count = LENGTH(all_topics),
				},
			.intake_count = 1,
			.service =
				&(const struct endpoint){
					.address = "ipc:///run/truced/service",
					.bind = true,
				},
			.service_count = 1,
			.alerts =
				&(const struct endpoint){
					.address = "tcp://127.0.0.1:5561",
					.bind = true,
				},
			.alerts_count = 1,
			.heartbeat_ms = 5 * SECOND_MS,
			.syslog_target = SYSLOG_AUTO,
			.syslog_facility = LOG_DAEMON,
			.syslog_min_severity = SEVERITY_MINOR,
		},
};

const struct section settings_section = {
	.options = settings_options,
	.options_count = LENGTH(settings_options),
	.initial = &defaults,
	.size = sizeof(struct draft),
	.check = check_settings,
};
