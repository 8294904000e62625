/* truce withdraw: a report is taken back, by a revision that says so. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/options.h"
#include "truce/outcome.h"
#include "truce/submission.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce withdraw [OPTION]... AGREEMENT SOURCE ID...\n"
	"       truce withdraw [OPTION]... AGREEMENT SOURCE -\n"
	"Takes reports back: they leave every sum, and what rested on them\n"
	"is corrected. With - the ids are read from standard input, one a\n"
	"line.\n"
	"\n"
	"  --revision N       of the withdrawal; default: one above the one\n"
	"                     that stands. With it a report that is not\n"
	"                     known (yet) can be withdrawn, too.\n"
	"  --type TYPE        of the report: incident, tally or finding;\n"
	"                     default incident\n"
	"  --exercise         it is a drill's\n"
	"  --json             print receipts as JSON\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 if all are withdrawn, 1 if any is not, 2 misused.\n";

enum { OPTION_REVISION = OPTION_OWN, OPTION_TYPE, OPTION_EXERCISE };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"revision", required_argument, NULL, OPTION_REVISION},
	{"type", required_argument, NULL, OPTION_TYPE},
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

/* Somebody else may revise it between our two questions. */
enum { TRIES = 5 };

struct withdraw {
	struct options options;
	struct client *client;
	struct draft *draft;
	enum report_type type;
	bool exercise;
	uint64_t revision; /* 0: to be found out */
	const char *agreement;
	const char *source;
};

/* Sends it and gets its receipt. */
static int
withdrawal_send(struct withdraw *withdraw, const char *id, uint64_t revision,
		bool dry_run, struct receipt_reply *ret_receipt)
{
	char number[24];
	snprintf(number, sizeof(number), "%" PRIu64, revision);
	const struct field fields[] = {
		{"agreement", withdraw->agreement},
		{"source", withdraw->source},
		{"id", id},
		{"revision", number},
		{"assessment", "WITHDRAWN"},
		{"status", withdraw->exercise ? "EXERCISE" : "ACTUAL"},
	};
	int error = submission_fill(&withdraw->options, withdraw->draft, fields,
				    sizeof(fields) / sizeof(fields[0]));

	return error < 0
		       ? error
		       : submission_send(&withdraw->options, withdraw->client,
					 withdraw->draft, dry_run, ret_receipt);
}

static int
unknown_print(const struct withdraw *withdraw, const char *id)
{
	char bytes[512];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, id);
	options_failed(&withdraw->options,
		       "%s: no such report stands; withdraw it in advance with "
		       "--revision",
		       bytes);
	return -ENOENT;
}

/*
 * Finds the lowest revision that would be taken, one above the one that
 * stands: not any higher, or the source's own next revision would be stale.
 * Asks with dry runs: steps up until one would be taken, then halves what lies
 * between. 0 in *ret_revision: ret_receipt says what there is to say.
 */
static int
revision_find(struct withdraw *withdraw, const char *id, uint64_t *ret_revision,
	      struct receipt_reply *ret_receipt)
{
	uint64_t refused = 0, taken = 0, step = 1;

	while (taken == 0 || taken - refused > 1) {
		uint64_t revision = taken == 0
					    ? refused + step
					    : refused + (taken - refused) / 2;
		if (revision > UINT32_MAX)
			break;
		int error = withdrawal_send(withdraw, id, revision, true,
					    ret_receipt);
		if (error < 0)
			return error;
		if (receipt_is_outdated(&ret_receipt->receipt)) {
			refused = revision;
			step *= 2;
			/* Mostly it is the next one. */
			if (ret_receipt->receipt.verdict == VERDICT_REJECTED)
				step = 1;
		} else if (ret_receipt->receipt.verdict == VERDICT_ACCEPTED) {
			taken = revision;
		} else {
			break;
		}
	}
	*ret_revision = taken - refused == 1 ? taken : 0;
	return 0;
}

/*
 * Withdraws what stands. A withdrawal of what is not there would be taken, too
 * (reports may come in any order), and a mistyped id would go unnoticed.
 */
static int
withdraw_standing(struct withdraw *withdraw, const char *id,
		  struct receipt_reply *ret_receipt)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t revision;
		int error = revision_find(withdraw, id, &revision, ret_receipt);

		if (error < 0 || revision == 0)
			return error;
		if (revision == 1)
			return unknown_print(withdraw, id);
		error = withdrawal_send(withdraw, id, revision, false,
					ret_receipt);
		if (error < 0 || !receipt_is_outdated(&ret_receipt->receipt))
			return error;
	}
	return 0;
}

static int
withdraw_one(struct withdraw *withdraw, const char *id)
{
	struct receipt_reply receipt;
	int error = withdraw->revision > 0
			    ? withdrawal_send(withdraw, id, withdraw->revision,
					      false, &receipt)
			    : withdraw_standing(withdraw, id, &receipt);

	if (error < 0)
		return error;
	receipt_print(&receipt, "", 0, withdraw->options.json, stdout);
	fflush(stdout);
	return receipt.receipt.verdict == VERDICT_ACCEPTED ||
			       receipt.receipt.verdict == VERDICT_DUPLICATE
		       ? 0
		       : -EINVAL;
}

/* False: no use to go on with the next one. */
static bool
can_go_on(int error)
{
	return error == 0 || error == -EINVAL || error == -ENOENT;
}

static int
withdraw_listed(struct withdraw *withdraw)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	int result = 0, error = 0;

	while (can_go_on(error) && (size = getline(&line, &room, stdin)) > 0) {
		while (size > 0 && isspace((unsigned char)line[size - 1]))
			line[--size] = '\0';
		if (size == 0)
			continue;
		error = withdraw_one(withdraw, line);
		if (error < 0)
			result = error;
	}
	free(line);
	return result;
}

static bool
option_take(struct withdraw *withdraw, int option, int *ret_exit)
{
	switch (option) {
	case OPTION_REVISION:
		if (number_option(optarg, &withdraw->revision) &&
		    withdraw->revision >= 1 && withdraw->revision <= UINT32_MAX)
			return true;
		*ret_exit = options_misused(&withdraw->options,
					    "--revision %s: expected a number "
					    "above 0",
					    optarg);
		return false;
	case OPTION_TYPE:
		if (type_option(optarg, &withdraw->type))
			return true;
		*ret_exit = options_misused(
			&withdraw->options,
			"--type %s: expected incident, tally or finding",
			optarg);
		return false;
	case OPTION_EXERCISE:
		withdraw->exercise = true;
		return true;
	default:
		return options_take(&withdraw->options, option, ret_exit);
	}
}

int
withdraw_command(int argc, char **argv)
{
	struct withdraw withdraw = {0};
	int option, result = EXIT_DONE, error;

	options_init(&withdraw.options, "truce withdraw", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!option_take(&withdraw, option, &result))
			return result;
	if (argc - optind < 3)
		return options_misused(&withdraw.options,
				       "expected AGREEMENT SOURCE ID");
	withdraw.agreement = argv[optind++];
	withdraw.source = argv[optind++];
	error = client_new(&withdraw.client, withdraw.options.service);
	if (error == 0)
		error = draft_new(&withdraw.draft, withdraw.type);
	if (error < 0)
		result = options_failed(&withdraw.options, "%s: %s",
					withdraw.options.service,
					client_error(error));
	for (; can_go_on(error) && optind < argc; optind++) {
		error = strcmp(argv[optind], "-") == 0
				? withdraw_listed(&withdraw)
				: withdraw_one(&withdraw, argv[optind]);
		if (error < 0)
			result = EXIT_FAILED;
	}
	draft_free(withdraw.draft);
	client_free(withdraw.client);
	return result;
}
