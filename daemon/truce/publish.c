/* truce publish: reports from a file. */
#include "truce/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zmq.h>

#include "truce/commands.h"

enum { PROGRESS_MS = 200 };

static const char usage[] =
	"Usage: truce publish [OPTION]... FILE|-\n"
	"Sends the reports in FILE (or from standard input) to truced.\n"
	"\n"
	"  --map FILE         the file is CSV, and this says how its columns\n"
	"                     become reports: see truce(1); without\n"
	"                     it, JSON Lines with the protos' field names\n"
	"  --type TYPE        of JSON Lines: incident, tally or finding;\n"
	"                     default incident\n"
	"  --set FIELD=VALUE  in every report, whatever its record says, as\n"
	"                     --set revision=2; may be repeated\n"
	"  --to service       every report gets a receipt, and one that got\n"
	"                     none is sent again: the default\n"
	"  --to intake        at most once; nobody says if it arrived\n"
	"  --sort             in the order of their recorded times, that is\n"
	"                     reported_at, else occurred_at; all are read\n"
	"                     into memory first\n"
	"  --pace N           sorted, N times as fast as they were recorded\n"
	"  --receipts         print each receipt\n"
	"  --dry-run          ask for the verdicts, leave no trace\n"
	"  --json             print JSON: receipts, then their sums\n"
	"  --service ENDPOINT default " DEFAULT_SERVICE "\n"
	"  --intake ENDPOINT  default " DEFAULT_INTAKE "\n"
	"  --timeout SECONDS  how long to go on without an answer; 30\n"
	"  --help\n"
	"\n"
	"Exit status: 0 if all have arrived (accepted, duplicate, stale), 1\n"
	"if any was rejected or could not be made into a report, 2 misused.\n";

enum {
	OPTION_MAP = OPTION_OWN,
	OPTION_TYPE,
	OPTION_SET,
	OPTION_TO,
	OPTION_SORT,
	OPTION_PACE,
	OPTION_RECEIPTS,
	OPTION_DRY_RUN
};

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{"intake", required_argument, NULL, OPTION_INTAKE},
	{"map", required_argument, NULL, OPTION_MAP},
	{"type", required_argument, NULL, OPTION_TYPE},
	{"set", required_argument, NULL, OPTION_SET},
	{"to", required_argument, NULL, OPTION_TO},
	{"sort", no_argument, NULL, OPTION_SORT},
	{"pace", required_argument, NULL, OPTION_PACE},
	{"receipts", no_argument, NULL, OPTION_RECEIPTS},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{0},
};

void
publish_progress(struct publish *publish, uint64_t count, const char *remark,
		 int64_t now_ms)
{
	bool all = publish->sort; /* are known */

	progress_show(&publish->progress,
		      all ? count : records_bytes(publish->records),
		      all ? publish->items_count : publish->file_bytes, count,
		      remark, now_ms);
}

void
publish_complain(struct publish *publish, const char *message)
{
	progress_hide(&publish->progress);
	problem_tell(&publish->problems, message);
}

static bool
override_take(struct publish *publish, char *text)
{
	size_t room =
		sizeof(publish->overrides) / sizeof(publish->overrides[0]);
	char *equals = strchr(text, '=');

	if (!equals || equals == text || publish->overrides_count == room)
		return false;
	*equals = '\0';
	publish->overrides[publish->overrides_count++] =
		(struct override){.path = text, .text = equals + 1};
	return true;
}

static bool
pace_take(struct publish *publish, const char *text)
{
	char *end;

	publish->pace = strtod(text, &end);
	return *text != '\0' && *end == '\0' && publish->pace > 0 &&
	       publish->pace <= 1e12;
}

static int
map_take(struct publish *publish, const char *path)
{
	char error[MAPPING_ERROR_SIZE];

	mapping_free(publish->mapping);
	publish->mapping = NULL;
	if (mapping_load(&publish->mapping, path, error) < 0)
		return options_failed(&publish->options, "%s", error);
	return EXIT_DONE;
}

/* An option of our own. False: the command ends with *ret_exit. */
static bool
option_take(struct publish *publish, int option, int *ret_exit)
{
	const struct options *options = &publish->options;

	*ret_exit = EXIT_DONE;
	switch (option) {
	case OPTION_MAP:
		*ret_exit = map_take(publish, optarg);
		break;
	case OPTION_TYPE:
		if (!type_option(optarg, &publish->type))
			*ret_exit =
				options_misused(options,
						"--type %s: expected "
						"incident, tally or finding",
						optarg);
		break;
	case OPTION_SET:
		if (!override_take(publish, optarg))
			*ret_exit = options_misused(
				options,
				"--set %s: expected FIELD=VALUE, 32 "
				"times at most",
				optarg);
		break;
	case OPTION_TO:
		publish->to_intake = strcmp(optarg, "intake") == 0;
		if (!publish->to_intake && strcmp(optarg, "service") != 0)
			*ret_exit = options_misused(
				options, "--to %s: expected service or intake",
				optarg);
		break;
	case OPTION_SORT:
		publish->sort = true;
		break;
	case OPTION_PACE:
		publish->sort = true;
		if (!pace_take(publish, optarg))
			*ret_exit = options_misused(
				options, "--pace %s: expected a number above 0",
				optarg);
		break;
	case OPTION_RECEIPTS:
		publish->receipts = true;
		break;
	case OPTION_DRY_RUN:
		publish->dry_run = true;
		break;
	default:
		return options_take(&publish->options, option, ret_exit);
	}
	return *ret_exit == EXIT_DONE;
}

static bool
name_ends(const char *name, const char *end)
{
	const char *dot = strrchr(name, '.');

	return dot && strcasecmp(dot, end) == 0;
}

static bool
arguments_take(struct publish *publish, int argc, char **argv, int *ret_exit)
{
	const struct options *options = &publish->options;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!option_take(publish, option, ret_exit))
			return false;
	*ret_exit = EXIT_USAGE;
	if (optind + 1 != argc) {
		options_misused(options, "expected one FILE, or -");
		return false;
	}
	publish->name = argv[optind];
	if (!publish->mapping && name_ends(publish->name, ".csv")) {
		options_misused(options, "%s: expected --map with a CSV file",
				publish->name);
		return false;
	}
	if (publish->mapping && (name_ends(publish->name, ".json") ||
				 name_ends(publish->name, ".jsonl"))) {
		options_misused(options, "%s: expected --map with CSV only",
				publish->name);
		return false;
	}
	if (publish->to_intake && (publish->receipts || publish->dry_run)) {
		options_misused(options, "expected --to service for receipts: "
					 "the intake gives none");
		return false;
	}
	return true;
}

static int
file_open(struct publish *publish)
{
	struct stat status;

	if (strcmp(publish->name, "-") == 0) {
		publish->name = "standard input";
		publish->fd = STDIN_FILENO;
	} else {
		publish->fd = open(publish->name, O_RDONLY | O_CLOEXEC);
	}
	if (publish->fd < 0)
		return options_failed(&publish->options, "%s: %s",
				      publish->name, strerror(errno));
	if (fstat(publish->fd, &status) == 0 && S_ISREG(status.st_mode))
		publish->file_bytes = (uint64_t)status.st_size;
	return EXIT_DONE;
}

/* --- To the service --- */

static void
item_settled(void *context, const struct item *item,
	     const struct receipt_reply *reply)
{
	struct publish *publish = context;
	const struct receipt *receipt = &reply->receipt;

	publish->outcome.waiting--;
	outcome_receipt(&publish->outcome, receipt);
	if (publish->receipts) {
		progress_hide(&publish->progress);
		receipt_print(reply, publish->name, item->line,
			      publish->options.json, stdout);
	} else if (receipt->verdict == VERDICT_REJECTED) {
		char message[REJECTION_SIZE];

		rejection_render(receipt, publish->name, item->line, message);
		publish_complain(publish, message);
	}
}

/* Hands over what is due as long as there is room. *held: one that found
 * none. */
static int
reports_feed(struct publish *publish, struct submit *submit, struct item **held,
	     int64_t now_ms)
{
	enum source_result result = SOURCE_ITEM;

	for (;;) {
		if (!*held) {
			int error = source_next(publish, now_ms, &result, held);
			if (error < 0)
				return error;
			publish->outcome.waiting += *held != NULL;
		}
		if (!*held)
			break;
		int error = submit_add(submit, *held);
		if (error == -EAGAIN)
			return 0;
		if (error < 0)
			return error;
		*held = NULL;
	}
	/* A file has more at once; a pipe may keep us waiting. */
	if (result != SOURCE_WAIT || !publish->waiting ||
	    publish->file_bytes == 0)
		submit_flush(submit);
	return 0;
}

/* Until there is something to do. Who holds an item waits for room, that is
 * for an answer, and for no other item. */
static int
submit_poll(struct publish *publish, const struct submit *submit, bool holds,
	    int64_t now_ms)
{
	zmq_pollitem_t items[] = {{.fd = client_stop_fd(publish->client),
				   .events = ZMQ_POLLIN},
				  {.socket = client_socket(publish->client),
				   .events = ZMQ_POLLIN},
				  {.fd = publish->fd, .events = ZMQ_POLLIN}};
	int64_t due = submit_due(submit), source = source_due(publish);

	if (!holds && source < due)
		due = source;
	/* The bar goes on when nothing else does. */
	if (publish->progress.style.terminal && now_ms + PROGRESS_MS < due)
		due = now_ms + PROGRESS_MS;
	long wait = due == TIME_NEVER ? -1
		    : due <= now_ms   ? 0
				      : (long)(due - now_ms);
	if (zmq_poll(items, publish->waiting ? 3 : 2, wait) < 0)
		return errno == EINTR ? 0 : -errno;
	if (items[0].revents)
		return -EINTR;
	if (publish->waiting && items[2].revents)
		return source_fill(publish);
	return 0;
}

static int
submit_run(struct publish *publish, struct submit *submit)
{
	struct item *held = NULL;
	int error = 0;

	while (error == 0) {
		int64_t now_ms = monotonic_ms();

		/* In this order: were room made after the feeding, the held
		 * item would sleep with us though nothing is under way. */
		error = submit_receive(submit, now_ms);
		if (error == 0 && !publish->waiting)
			error = reports_feed(publish, submit, &held, now_ms);
		if (error == 0)
			error = submit_send(submit, now_ms,
					    publish->options.timeout_ms);
		if (error < 0 ||
		    (publish->ended && !held && submit_idle(submit)))
			break;
		publish_progress(publish, publish->outcome.settled,
				 submit_busy(submit) ? "busy, trying again"
						     : "",
				 now_ms);
		error = submit_poll(publish, submit, held != NULL, now_ms);
	}
	item_free(held);
	return error;
}

int
publish_to_service(struct publish *publish)
{
	struct submit *submit;
	int error = submit_new(&submit, publish->client, publish->dry_run,
			       item_settled, publish);

	if (error < 0)
		return options_failed(&publish->options, "out of memory");
	error = source_begin(publish);
	if (error == 0)
		error = submit_run(publish, submit);
	bool busy = submit_busy(submit);
	submit_free(submit);
	progress_hide(&publish->progress);
	if (publish->unreadable)
		return EXIT_FAILED;
	if (error < 0)
		return options_failed(
			&publish->options,
			"%s: %s; what has no receipt may not have arrived, "
			"and may be sent again",
			publish->options.service,
			error == -ETIMEDOUT && busy ? "still busy"
						    : client_error(error));
	return outcome_is_good(&publish->outcome) ? EXIT_DONE : EXIT_FAILED;
}

static int
publish_run(struct publish *publish)
{
	char error[RECORD_ERROR_SIZE];
	int result = file_open(publish);

	if (result != EXIT_DONE)
		return result;
	int failed = client_new(&publish->client, publish->options.service);
	if (failed < 0)
		return options_failed(&publish->options, "%s: %s",
				      publish->options.service,
				      client_error(failed));
	if (records_new(&publish->records, publish->name, publish->fd,
			publish->mapping, publish->type, publish->overrides,
			publish->overrides_count, error) < 0)
		return options_misused(&publish->options, "--set %s", error);
	const char *slash = strrchr(publish->name, '/');
	progress_init(&publish->progress, slash ? slash + 1 : publish->name,
		      monotonic_ms());
	result = publish->to_intake ? publish_to_intake(publish)
				    : publish_to_service(publish);
	publish->outcome.skipped = records_skipped(publish->records);
	publish->outcome.dry_run = publish->dry_run;
	outcome_print(&publish->outcome, publish->name, publish->options.json,
		      stdout);
	return result;
}

int
publish_command(int argc, char **argv)
{
	struct publish publish = {.fd = -1};
	int result;

	options_init(&publish.options, "truce publish", usage);
	publish.problems.command = publish.options.command;
	if (arguments_take(&publish, argc, argv, &result))
		result = publish_run(&publish);
	source_end(&publish);
	records_free(publish.records);
	client_free(publish.client);
	mapping_free(publish.mapping);
	if (publish.fd > STDIN_FILENO)
		close(publish.fd);
	return result;
}
