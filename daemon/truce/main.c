/* truce: the command line of truced. */

#include <stdio.h>
#include <string.h>

#include "truce/commands.h"
#include "truce/options.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"publish", publish_command, "send reports from a file, with receipts"},
	{"withdraw", withdraw_command, "take a report back"},
	{"assess", assess_command, "say what was concluded about reports"},
	{"link", link_command, "say that reports tell one event"},
	{"tail", tail_command, "show alerts as they come"},
	{"alerts", alerts_command, "the board: what is firing now"},
	{"ack", ack_command, "acknowledge an alert: no more reminders"},
	{"retract", retract_command, "take an alert back, to everybody"},
	{"deadline", deadline_command, "say that one was met, or is due later"},
	{"silence", silence_command, "hold alerts back for a time"},
	{"handover", handover_command, "what happened in a shift"},
	{"explain", explain_command, "why a rule fires, or does not"},
	{"status", status_command, "say how truced is"},
	{"backtest", backtest_command, "what rules say to recorded reports"},
	{"test", test_command, "hold rules to what is expected of them"},
};

static void
usage_print(FILE *stream)
{
	fputs("Usage: truce COMMAND [OPTION]... [ARGUMENT]...\n"
	      "Talks to truced, the alert relay for those who watch a "
	      "cease-fire.\n\n",
	      stream);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stream, "  %-9s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n'truce COMMAND --help' says more of each.\n"
	      "Exit status: 0 done, 1 failed, 2 misused.\n",
	      stream);
}

int
main(int argc, char **argv)
{
	char name[32];

	if (argc < 2) {
		usage_print(stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			/* As getopt_long begins its complaints. */
			snprintf(name, sizeof(name), "truce %s", argv[1]);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage_print(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("truce " TRUCED_VERSION);
		return EXIT_DONE;
	}
	fprintf(stderr, "truce: '%s' is not a command.\n", argv[1]);
	usage_print(stderr);
	return EXIT_USAGE;
}
