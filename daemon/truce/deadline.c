/* truce deadline: what an officer knows of a deadline. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "truce/commands.h"
#include "truce/moment.h"
#include "truce/officer.h"

static const char usage[] =
	"Usage: truce deadline [OPTION]... met AGREEMENT NAME [TIME]\n"
	"       truce deadline [OPTION]... unmet AGREEMENT NAME\n"
	"       truce deadline [OPTION]... due AGREEMENT NAME TIME\n"
	"Says that a deadline was met (now, or at a time), that it was not,\n"
	"after all, or that it is due at another time than was agreed. TIME "
	"is\n"
	"a date, with a time of day if you like: 2025-01-26, or\n"
	"2025-01-26T00:00+02:00. Prints the message that was sent, if an "
	"alert\n"
	"was about it.\n"
	"\n"
	"  --comment TEXT     sent with it, at most 511 bytes\n" BY_USAGE
	"  --json             print the message with the protos' names, or "
	"null\n" OFFICER_USAGE;

static const struct option long_options[] = {OPTIONS_OFFICER, {0}};

static const struct word {
	const char *word;
	enum command_kind kind;
	int least, most; /* arguments after it */
	const char *none;
} words[] = {
	{"met", COMMAND_DEADLINE_MET, 2, 3, "Noted as met. No alert was sent."},
	{"unmet", COMMAND_DEADLINE_UNMET, 2, 2,
	 "Noted as not met. No alert was sent."},
	{"due", COMMAND_DEADLINE_DUE, 3, 3, "Noted. No alert was sent."},
};

/* NULL: it is none, or has not its arguments. */
static const struct word *
word_find(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < sizeof(words) / sizeof(words[0]);
	     i++)
		if (strcmp(words[i].word, argv[0]) == 0 &&
		    argc > words[i].least && argc <= words[i].most + 1)
			return &words[i];
	return NULL;
}

static int64_t
wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
word_say(struct officer *officer, const struct word *word, int argc,
	 char **argv)
{
	struct request *request = &officer->request;

	request->word = word->kind;
	request->agreement = argv[1];
	request->deadline = argv[2];
	if (word->kind == COMMAND_DEADLINE_MET)
		request->at = wall_ms();
	if (argc > 3 && !moment_local(argv[3], &request->at))
		return options_misused(&officer->options,
				       "%s: expected a time like 2025-01-26 or "
				       "2025-01-26T00:00+02:00",
				       argv[3]);
	int result = officer_name(officer);
	if (result == EXIT_DONE)
		result = officer_open(officer);
	return result == EXIT_DONE ? officer_ask(officer, word->none) : result;
}

int
deadline_command(int argc, char **argv)
{
	struct officer officer = {.request.kind = REQUEST_DEADLINE};
	int option, result;

	options_init(&officer.options, "truce deadline", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!officer_option_take(&officer, option, &result))
			return result;
	argc -= optind;
	argv += optind;
	const struct word *word = word_find(argc, argv);
	if (!word)
		return options_misused(&officer.options,
				       "expected met AGREEMENT NAME [TIME], "
				       "unmet AGREEMENT NAME or due AGREEMENT "
				       "NAME TIME");
	result = word_say(&officer, word, argc, argv);
	officer_done(&officer);
	return result;
}
