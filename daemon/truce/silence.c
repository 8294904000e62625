/* truce silence: which alerts to hear nothing of for a time. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "truce/client.h"
#include "truce/commands.h"
#include "truce/json.h"
#include "truce/moment.h"
#include "truce/notice_line.h"
#include "truce/options.h"
#include "truce/terminal.h"

static const char usage[] =
	"Usage: truce silence add [OPTION]... --for DURATION NAME=VALUE...\n"
	"       truce silence list [OPTION]...\n"
	"       truce silence expire [OPTION]... NUMBER\n"
	"Holds back the alerts that have all of these, for a time: names are\n"
	"agreement, rule and those of labels, as party=dpr. The end, the\n"
	"correction and the cancellation of what was sent are sent all the "
	"same.\n"
	"When a silence ends, what still fires is sent. Added again, a "
	"silence is\n"
	"the same one, until another time. list prints those that are active.\n"
	"\n"
	"  --for DURATION     add: for so long: 30m, 4h, 2d; or\n"
	"  --until TIME       add: until then: 2015-02-16T06:00, +02:00 or Z "
	"if\n"
	"                     not local\n"
	"  --up-to S          add: minor, moderate or severe; what is more "
	"severe\n"
	"                     is sent. Without it all is held\n"
	"  --comment TEXT     add: why, at most 511 bytes\n"
	"  --by NAME          who you are; default: your login name\n"
	"  --exercise         of drills' alerts, in place of real ones\n"
	"  --json             a silence a line, as in service.proto\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --timeout SECONDS  how long to wait for an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 done, 1 failed or refused, 2 misused.\n";

enum {
	OPTION_FOR = OPTION_OWN,
	OPTION_UNTIL,
	OPTION_UP_TO,
	OPTION_COMMENT,
	OPTION_BY,
	OPTION_EXERCISE
};

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"for", required_argument, NULL, OPTION_FOR},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"up-to", required_argument, NULL, OPTION_UP_TO},
	{"comment", required_argument, NULL, OPTION_COMMENT},
	{"by", required_argument, NULL, OPTION_BY},
	{"exercise", no_argument, NULL, OPTION_EXERCISE},
	{0},
};

struct silencing {
	struct options options;
	struct request request;
	struct matcher matchers[MATCHERS_MAX];
	bool has_until;
	const char *of_add; /* an option that only add takes; NULL: none */
};

/* --- What is shown --- */

/* "party=dpr", or party="" where a reader would look for more. */
static void
matcher_print(struct text *text, const struct matcher *matcher)
{
	text_escape(text, matcher->name);
	text_print(text, "=");
	if (matcher->value[0] == '\0' || strchr(matcher->value, ' ')) {
		text_print(text, "\"");
		text_escape(text, matcher->value);
		text_print(text, "\"");
	} else {
		text_escape(text, matcher->value);
	}
}

/* "3  party=dpr rule=killed  up to moderate  until 2015-02-16 06:00  by Olga |
 * "words"" */
static void
silence_print(const struct silence_reply *reply)
{
	const struct silence *silence = &reply->silence;
	char bytes[NOTICE_LINE_SIZE];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_print(&text, "%s%" PRIu64 "  ", reply->exercise ? "EXERCISE " : "",
		   silence->number);
	for (uint32_t i = 0; i < silence->matchers_count; i++) {
		matcher_print(&text, &silence->matchers[i]);
		text_print(&text, " ");
	}
	if (silence->up_to < SEVERITY_EXTREME)
		text_print(&text, " up to %s ", severity_name(silence->up_to));
	text_print(&text, " until ");
	notice_time_print(&text, silence->until_at, true);
	text_print(&text, "  by ");
	text_escape(&text, silence->author);
	if (silence->comment[0]) {
		text_print(&text, " | \"");
		text_escape(&text, silence->comment);
		text_print(&text, "\"");
	}
	puts(bytes);
}

/* "MODERATE", as the proto has it. */
static json_t *
severity_json(enum severity severity)
{
	char name[16];

	snprintf(name, sizeof(name), "%s", severity_name(severity));
	for (char *letter = name; *letter; letter++)
		*letter = (char)toupper((unsigned char)*letter);
	return json_text(name);
}

static int
silence_json(const struct silence_reply *reply)
{
	const struct silence *silence = &reply->silence;
	json_t *object = json_object(), *matchers = json_array();

	for (uint32_t i = 0; i < silence->matchers_count; i++) {
		json_t *matcher = json_object();
		json_object_set_new(matcher, "name",
				    json_text(silence->matchers[i].name));
		json_object_set_new(matcher, "value",
				    json_text(silence->matchers[i].value));
		json_array_append_new(matchers, matcher);
	}
	json_object_set_new(object, "number",
			    json_integer((json_int_t)silence->number));
	json_object_set_new(object, "exercise", json_boolean(reply->exercise));
	json_object_set_new(object, "matchers", matchers);
	if (silence->since_at != TIME_UNSET)
		json_object_set_new(object, "since_at",
				    json_integer(silence->since_at));
	json_object_set_new(object, "until_at",
			    json_integer(silence->until_at));
	json_object_set_new(object, "up_to", severity_json(silence->up_to));
	json_object_set_new(object, "by", json_text(silence->author));
	json_object_set_new(object, "comment", json_text(silence->comment));
	return json_print(stdout, object);
}

static int
reply_print(const struct silencing *silencing, const struct reply *reply)
{
	size_t shown = 0;

	for (size_t i = 0; i < reply->silences_count; i++) {
		const struct silence_reply *silence = &reply->silences[i];
		if (silence->exercise != silencing->request.exercise)
			continue;
		shown++;
		if (!silencing->options.json)
			silence_print(silence);
		else if (silence_json(silence) != 0)
			return EXIT_FAILED;
	}
	if (shown == 0 && !silencing->options.json)
		puts("No silence is active.");
	return EXIT_DONE;
}

static int
silence_run(struct silencing *silencing)
{
	const struct options *options = &silencing->options;
	struct client *client = NULL;
	struct reply reply;
	int result;
	int error = client_new(&client, options->service);

	if (error == 0)
		error = client_request(client, &silencing->request, &reply,
				       options->timeout_ms);
	if (error == 0 && reply.kind != REPLY_SILENCES &&
	    reply.kind != REPLY_ERROR)
		error = -EPROTO;
	if (error < 0)
		result = options_failed(options, "%s: %s", options->service,
					client_error(error));
	else if (reply.kind == REPLY_ERROR)
		result = options_refused(options, reply.detail);
	else
		result = reply_print(silencing, &reply);
	client_free(client);
	return result;
}

/* --- What is asked --- */

static bool
duration_take(struct silencing *silencing, int *ret_exit)
{
	struct request *request = &silencing->request;

	if (moment_duration(optarg, &request->for_ms) && request->for_ms > 0 &&
	    request->for_ms <= FOR_MS_MAX)
		return true;
	*ret_exit = options_misused(&silencing->options,
				    "--for %s: expected a duration like 30m or "
				    "4h",
				    optarg);
	return false;
}

static bool
until_take(struct silencing *silencing, int *ret_exit)
{
	silencing->has_until = true;
	if (moment_local(optarg, &silencing->request.until_at))
		return true;
	*ret_exit = options_misused(&silencing->options,
				    "--until %s: expected a time like "
				    "2015-02-16T06:00",
				    optarg);
	return false;
}

static bool
up_to_take(struct silencing *silencing, int *ret_exit)
{
	enum severity *up_to = &silencing->request.up_to;

	if (severity_option(optarg, up_to) && *up_to != SEVERITY_UNKNOWN)
		return true;
	*ret_exit = options_misused(&silencing->options,
				    "--up-to %s: expected minor, moderate, "
				    "severe or extreme",
				    optarg);
	return false;
}

static bool
option_take(struct silencing *silencing, int option, int *ret_exit)
{
	struct request *request = &silencing->request;

	switch (option) {
	case OPTION_FOR:
		silencing->of_add = "--for";
		return duration_take(silencing, ret_exit);
	case OPTION_UNTIL:
		silencing->of_add = "--until";
		return until_take(silencing, ret_exit);
	case OPTION_UP_TO:
		silencing->of_add = "--up-to";
		return up_to_take(silencing, ret_exit);
	case OPTION_COMMENT:
		silencing->of_add = "--comment";
		request->comment = optarg;
		return true;
	case OPTION_BY:
		request->by = optarg;
		return true;
	case OPTION_EXERCISE:
		request->exercise = true;
		return true;
	default:
		return options_take(&silencing->options, option, ret_exit);
	}
}

/* "party=dpr". False: it is none. */
static bool
matcher_take(struct silencing *silencing, const char *text)
{
	struct request *request = &silencing->request;
	const char *value = strchr(text, '=');

	if (!value || request->matchers_count == MATCHERS_MAX)
		return false;
	struct matcher *matcher =
		&silencing->matchers[request->matchers_count++];
	size_t size = (size_t)(value - text);
	if (size >= sizeof(matcher->name) ||
	    strlen(value + 1) >= sizeof(matcher->value))
		return false;
	memcpy(matcher->name, text, size);
	strcpy(matcher->value, value + 1);
	return true;
}

static int
add_run(struct silencing *silencing, char **arguments, int count)
{
	struct request *request = &silencing->request;

	request->kind = REQUEST_SILENCE;
	request->matchers = silencing->matchers;
	if (silencing->has_until == (request->for_ms > 0))
		return options_misused(&silencing->options,
				       "expected --for or --until: how long");
	for (int i = 0; i < count; i++) {
		if (!matcher_take(silencing, arguments[i]))
			return options_misused(
				&silencing->options,
				"'%s': expected NAME=VALUE, at most %d of "
				"them, with values of at most %d bytes",
				arguments[i], MATCHERS_MAX, TEXT_SIZE - 1);
	}
	if (count == 0)
		return options_misused(&silencing->options,
				       "expected NAME=VALUE, as rule=killed: "
				       "which alerts");
	return silence_run(silencing);
}

static int
expire_run(struct silencing *silencing, char **arguments, int count)
{
	struct request *request = &silencing->request;

	request->kind = REQUEST_UNSILENCE;
	if (count != 1 || !number_option(arguments[0], &request->silence))
		return options_misused(&silencing->options,
				       "expected one NUMBER, as list has it");
	return silence_run(silencing);
}

static int
list_run(struct silencing *silencing, char **arguments, int count)
{
	(void)arguments;
	silencing->request.kind = REQUEST_SILENCES;
	if (count != 0)
		return options_misused(&silencing->options,
				       "expected no argument after list");
	return silence_run(silencing);
}

static const struct {
	const char *name;
	int (*run)(struct silencing *silencing, char **arguments, int count);
	bool adds;
} verbs[] = {
	{"add", add_run, true},
	{"list", list_run, false},
	{"expire", expire_run, false},
};

static int
verb_run(struct silencing *silencing, char **arguments, int count)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (count == 0 || strcmp(arguments[0], verbs[i].name) != 0)
			continue;
		if (silencing->of_add && !verbs[i].adds)
			return options_misused(&silencing->options,
					       "%s: expected with add only",
					       silencing->of_add);
		return verbs[i].run(silencing, arguments + 1, count - 1);
	}
	return options_misused(&silencing->options,
			       "expected add, list or expire");
}

int
silence_command(int argc, char **argv)
{
	struct silencing silencing = {.request.up_to = SEVERITY_EXTREME};
	int option, result;

	options_init(&silencing.options, "truce silence", usage);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!option_take(&silencing, option, &result))
			return result;
	if (!silencing.request.by)
		silencing.request.by = login_name();
	if (!silencing.request.by)
		return options_misused(&silencing.options,
				       "expected --by: there is no login name");
	return verb_run(&silencing, argv + optind, argc - optind);
}
