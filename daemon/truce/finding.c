/* truce assess, truce link: what was concluded about reports, as a finding. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/options.h"
#include "truce/outcome.h"
#include "truce/submission.h"
#include "truce/terminal.h"

#define OPTIONS_USAGE                                                          \
	"  --note TEXT        a sentence or two for people\n"                  \
	"  --source NAME      who concluded; default: your login name. It "    \
	"must\n"                                                               \
	"                     be one whose word counts (`sources`)\n"          \
	"  --reported-at TIME\n"                                               \
	"                     when it was concluded; default: on arrival\n"    \
	"  --id ID            of the finding; default: a new one\n"            \
	"  --revision N       of a finding that stands, with its --id\n"       \
	"  --in-advance       also of reports that are not known (yet)\n"      \
	"  --exercise         it is a drill's\n"                               \
	"  --json             print the receipt as JSON\n"                     \
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"                   \
	"  --timeout SECONDS  how long to wait for an answer; 30\n"            \
	"  --help\n"                                                           \
	"\n"                                                                   \
	"'truce withdraw --type finding' takes it back.\n"                     \
	"Exit status: 0 accepted, 1 refused or failed, 2 misused.\n"

static const char assess_usage[] =
	"Usage: truce assess [OPTION]... AGREEMENT REPORT...\n"
	"       truce assess [OPTION]... --event EVENT AGREEMENT\n"
	"Says what was concluded about reports, each SOURCE/ID, or about all\n"
	"that tell an event. It replaces what they say, until it is "
	"withdrawn,\n"
	"and what rested on them is corrected. Prints the receipt.\n"
	"\n"
	"  --assessment A     alleged, under_investigation, inconclusive,\n"
	"                     corroborated, verified, unsubstantiated,\n"
	"                     not_a_violation\n"
	"  --attribution A    alleged_party, assessed_party, attributed,\n"
	"                     admitted, not_attributable\n"
	"  --party PARTY      who did it\n"
	"  --denies           it did not happen so: the event is disputed\n"
	"  --event EVENT      all reports that tell it\n" OPTIONS_USAGE;

static const char link_usage[] =
	"Usage: truce link [OPTION]... AGREEMENT EVENT REPORT...\n"
	"Says that reports, each SOURCE/ID, tell one event: they count once.\n"
	"Prints the receipt.\n"
	"\n" OPTIONS_USAGE;

enum {
	OPTION_NOTE = OPTION_OWN,
	OPTION_SOURCE,
	OPTION_REPORTED_AT,
	OPTION_ID,
	OPTION_REVISION,
	OPTION_IN_ADVANCE,
	OPTION_EXERCISE,
	OPTION_ASSESSMENT,
	OPTION_ATTRIBUTION,
	OPTION_PARTY,
	OPTION_DENIES,
	OPTION_EVENT
};

#define OPTIONS_FINDING                                                        \
	OPTIONS_COMMON, {"note", required_argument, NULL, OPTION_NOTE},        \
		{"source", required_argument, NULL, OPTION_SOURCE},            \
		{"reported-at", required_argument, NULL, OPTION_REPORTED_AT},  \
		{"id", required_argument, NULL, OPTION_ID},                    \
		{"revision", required_argument, NULL, OPTION_REVISION},        \
		{"in-advance", no_argument, NULL, OPTION_IN_ADVANCE},          \
	{                                                                      \
		"exercise", no_argument, NULL, OPTION_EXERCISE                 \
	}

static const struct option assess_options[] = {
	OPTIONS_FINDING,
	{"assessment", required_argument, NULL, OPTION_ASSESSMENT},
	{"attribution", required_argument, NULL, OPTION_ATTRIBUTION},
	{"party", required_argument, NULL, OPTION_PARTY},
	{"denies", no_argument, NULL, OPTION_DENIES},
	{"event", required_argument, NULL, OPTION_EVENT},
	{0},
};

static const struct option link_options[] = {OPTIONS_FINDING, {0}};

struct finding {
	struct options options;
	struct client *client;
	struct draft *draft;  /* of the finding */
	struct draft *asking; /* whether a report is there */
	const char *agreement;
	const char *event;
	const char *assessment;
	const char *attribution;
	const char *party;
	const char *note;
	const char *source;
	const char *reported_at;
	const char *id;
	const char *revision;
	bool denies;
	bool in_advance;
	bool exercise;
	char new_id[64];
};

static const char *
status_word(const struct finding *finding)
{
	return finding->exercise ? "EXERCISE" : "ACTUAL";
}

/* What would be said to a withdrawal of this report. */
static int
report_ask(struct finding *finding, const char *source, const char *id,
	   struct receipt_reply *ret_receipt)
{
	const struct field fields[] = {
		{"agreement", finding->agreement},
		{"source", source},
		{"id", id},
		{"assessment", "WITHDRAWN"},
		{"status", status_word(finding)},
	};
	int error = submission_fill(&finding->options, finding->asking, fields,
				    sizeof(fields) / sizeof(fields[0]));

	return error < 0 ? error
			 : submission_send(&finding->options, finding->client,
					   finding->asking, true, ret_receipt);
}

static int
unknown_print(const struct finding *finding, const char *name)
{
	char bytes[512];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, name);
	options_failed(&finding->options,
		       "%s: no such report stands; --in-advance says it of one "
		       "that is still to come",
		       bytes);
	return -ENOENT;
}

/*
 * A finding may come before its report, and a mistyped name would go
 * unnoticed: asks for each reading of SOURCE/ID, for both may have a slash in
 * them. 0: one is there, or there is more to say than that.
 */
static int
report_check(struct finding *finding, const char *name)
{
	bool missing = false;

	for (const char *slash = strchr(name, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		struct receipt_reply receipt;
		char *source = strndup(name, (size_t)(slash - name));
		int error = source ? report_ask(finding, source, slash + 1,
						&receipt)
				   : -ENOMEM;

		free(source);
		if (error < 0)
			return error;
		if (receipt.receipt.verdict == VERDICT_DUPLICATE ||
		    receipt_is_outdated(&receipt.receipt))
			return 0;
		missing =
			missing || receipt.receipt.verdict == VERDICT_ACCEPTED;
	}
	return missing ? unknown_print(finding, name) : 0;
}

static int
finding_fill(struct finding *finding, char **reports)
{
	const struct field fields[] = {
		{"agreement", finding->agreement},
		{"source", finding->source},
		{"id", finding->id},
		{"revision", finding->revision},
		{"status", status_word(finding)},
		{"reported_at", finding->reported_at},
		{"event", finding->event},
		{"assessment", finding->assessment},
		{"attribution", finding->attribution},
		{"party", finding->party},
		{"denies", finding->denies ? "true" : NULL},
		{"note", finding->note},
	};
	int error = submission_fill(&finding->options, finding->draft, fields,
				    sizeof(fields) / sizeof(fields[0]));

	for (; error == 0 && *reports; reports++)
		error = submission_add(&finding->options, finding->draft,
				       &(struct field){"reports", *reports});
	return error;
}

static int
finding_submit(struct finding *finding, char **reports)
{
	struct receipt_reply receipt;
	int error = finding_fill(finding, reports);

	for (char **report = reports;
	     error == 0 && *report && !finding->in_advance; report++)
		error = report_check(finding, *report);
	if (error == 0)
		error = submission_send(&finding->options, finding->client,
					finding->draft, false, &receipt);
	if (error < 0)
		return EXIT_FAILED;
	receipt_print(&receipt, "", 0, finding->options.json, stdout);
	return receipt.receipt.verdict == VERDICT_ACCEPTED ||
			       receipt.receipt.verdict == VERDICT_DUPLICATE
		       ? EXIT_DONE
		       : EXIT_FAILED;
}

static int
finding_run(struct finding *finding, char **reports)
{
	int result = EXIT_FAILED;
	int error = client_new(&finding->client, finding->options.service);

	if (error == 0)
		error = draft_new(&finding->draft, REPORT_FINDING);
	if (error == 0)
		error = draft_new(&finding->asking, REPORT_INCIDENT);
	if (error < 0)
		options_failed(&finding->options, "%s: %s",
			       finding->options.service, client_error(error));
	else
		result = finding_submit(finding, reports);
	draft_free(finding->asking);
	draft_free(finding->draft);
	client_free(finding->client);
	return result;
}

/* An id that no finding has had. */
static void
id_make(struct finding *finding)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(finding->new_id, sizeof(finding->new_id),
		 "%" PRId64 "%03ld-%ld", (int64_t)now.tv_sec,
		 now.tv_nsec / 1000000, (long)getpid());
	finding->id = finding->new_id;
}

/* The value of an option that only keeps it. */
static const char **
value_of(struct finding *finding, int option)
{
	switch (option) {
	case OPTION_NOTE:
		return &finding->note;
	case OPTION_SOURCE:
		return &finding->source;
	case OPTION_REPORTED_AT:
		return &finding->reported_at;
	case OPTION_ID:
		return &finding->id;
	case OPTION_REVISION:
		return &finding->revision;
	case OPTION_ASSESSMENT:
		return &finding->assessment;
	case OPTION_ATTRIBUTION:
		return &finding->attribution;
	case OPTION_PARTY:
		return &finding->party;
	case OPTION_EVENT:
		return &finding->event;
	default:
		return NULL;
	}
}

static bool
option_take(struct finding *finding, int option, int *ret_exit)
{
	const char **value = value_of(finding, option);

	if (value) {
		*value = optarg;
		return true;
	}
	switch (option) {
	case OPTION_DENIES:
		finding->denies = true;
		return true;
	case OPTION_IN_ADVANCE:
		finding->in_advance = true;
		return true;
	case OPTION_EXERCISE:
		finding->exercise = true;
		return true;
	default:
		return options_take(&finding->options, option, ret_exit);
	}
}

/* True: optind is at the first argument, and who concluded is known. */
static bool
options_read(struct finding *finding, int argc, char **argv,
	     const struct option *options, int *ret_exit)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!option_take(finding, option, ret_exit))
			return false;
	if (finding->revision && !finding->id) {
		*ret_exit = options_misused(&finding->options,
					    "expected --id with --revision");
		return false;
	}
	if (!finding->id)
		id_make(finding);
	if (!finding->source)
		finding->source = login_name();
	if (!finding->source)
		*ret_exit = options_misused(
			&finding->options,
			"expected --source: there is no login name");
	return finding->source;
}

int
assess_command(int argc, char **argv)
{
	struct finding finding = {0};
	int result = EXIT_USAGE;

	options_init(&finding.options, "truce assess", assess_usage);
	if (!options_read(&finding, argc, argv, assess_options, &result))
		return result;
	if (!finding.assessment && !finding.attribution && !finding.party &&
	    !finding.denies)
		return options_misused(&finding.options,
				       "expected --assessment, --attribution, "
				       "--party or --denies");
	if (finding.assessment &&
	    strcasecmp(finding.assessment, "withdrawn") == 0)
		return options_misused(
			&finding.options,
			"--assessment withdrawn: expected 'truce withdraw "
			"--type finding', which takes a finding back");
	if (argc - optind < 1 || (argc - optind < 2 && !finding.event))
		return options_misused(&finding.options,
				       "expected AGREEMENT REPORT..., or "
				       "--event EVENT AGREEMENT");
	if (argc - optind > 1 && finding.event)
		return options_misused(&finding.options,
				       "expected reports or --event; 'truce "
				       "link' puts reports into an event");
	finding.agreement = argv[optind++];
	return finding_run(&finding, argv + optind);
}

int
link_command(int argc, char **argv)
{
	struct finding finding = {0};
	int result = EXIT_USAGE;

	options_init(&finding.options, "truce link", link_usage);
	if (!options_read(&finding, argc, argv, link_options, &result))
		return result;
	if (argc - optind < 3)
		return options_misused(&finding.options,
				       "expected AGREEMENT EVENT REPORT...");
	finding.agreement = argv[optind++];
	finding.event = argv[optind++];
	return finding_run(&finding, argv + optind);
}
