#include "truce/options.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "truce/client.h"
#include "truce/terminal.h"

void
options_init(struct options *options, const char *command, const char *usage)
{
	*options = (struct options){
		.command = command,
		.usage = usage,
		.service = DEFAULT_SERVICE,
		.alerts = DEFAULT_ALERTS,
		.intake = DEFAULT_INTAKE,
		.timeout_ms = 30000,
	};
}

static void
message_print(const struct options *options, const char *format,
	      va_list arguments)
{
	fprintf(stderr, "%s: ", options->command);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

int
options_misused(const struct options *options, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_print(options, format, arguments);
	va_end(arguments);
	fprintf(stderr, "See '%s --help'.\n", options->command);
	return EXIT_USAGE;
}

int
options_failed(const struct options *options, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_print(options, format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

static bool
endpoint_take(const struct options *options, const char **endpoint,
	      int *ret_exit)
{
	if (!endpoint_is_ours(optarg)) {
		*ret_exit = options_misused(options,
					    "'%s': expected tcp:// or ipc://",
					    optarg);
		return false;
	}
	*endpoint = optarg;
	return true;
}

bool
options_take(struct options *options, int option, int *ret_exit)
{
	uint64_t seconds;

	switch (option) {
	case OPTION_HELP:
		fputs(options->usage, stdout);
		*ret_exit = EXIT_DONE;
		return false;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_SERVICE:
		return endpoint_take(options, &options->service, ret_exit);
	case OPTION_ALERTS:
		return endpoint_take(options, &options->alerts, ret_exit);
	case OPTION_INTAKE:
		return endpoint_take(options, &options->intake, ret_exit);
	case OPTION_TIMEOUT:
		if (!number_option(optarg, &seconds) || seconds < 1 ||
		    seconds > 86400) {
			*ret_exit = options_misused(
				options,
				"--timeout %s: expected seconds, 1 to 86400",
				optarg);
			return false;
		}
		options->timeout_ms = (int64_t)seconds * 1000;
		return true;
	default: /* getopt_long has said what it is */
		fprintf(stderr, "See '%s --help'.\n", options->command);
		*ret_exit = EXIT_USAGE;
		return false;
	}
}

int
options_refused(const struct options *options, const char *detail)
{
	char bytes[512];
	struct text text;

	/* It is truced's own text, but who knows who answers. */
	text_init(&text, bytes, sizeof(bytes));
	text_escape(&text, detail);
	return options_failed(options, "refused: expected %s", bytes);
}

bool
number_option(const char *text, uint64_t *ret_number)
{
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	*ret_number = strtoull(text, NULL, 10);
	return errno == 0;
}

bool
severity_option(const char *text, enum severity *ret_severity)
{
	for (int i = SEVERITY_UNKNOWN; i < SEVERITIES; i++)
		if (strcasecmp(text, severity_name((enum severity)i)) == 0) {
			*ret_severity = (enum severity)i;
			return true;
		}
	return false;
}

bool
type_option(const char *text, enum report_type *ret_type)
{
	static const char *const names[] = {[REPORT_INCIDENT] = "incident",
					    [REPORT_TALLY] = "tally",
					    [REPORT_FINDING] = "finding"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], text) == 0) {
			*ret_type = (enum report_type)i;
			return true;
		}
	return false;
}

const char *
login_name(void)
{
	const char *name = getlogin();

	if (name)
		return name;
	const struct passwd *user = getpwuid(geteuid());
	return user ? user->pw_name : NULL;
}
