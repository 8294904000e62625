/* truced: options, signals, readiness. The work is the relay's. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include <sodium.h>
#include <systemd/sd-daemon.h>

#include "core/engine.h"
#include "edge/settings.h"
#include "relay/clock.h"
#include "relay/log.h"
#include "relay/relay.h"

enum {
	EXIT_USAGE = 2,
	START_TOLD_MS = 1000,	     /* how often a long start is told of */
	START_PATIENCE_US = 60000000 /* and for how long that holds */
};

/* The loop tells systemd's watchdog that it goes round: not at each turn, but
 * four times in the time that the watchdog waits. */
struct watchdog {
	int64_t interval_ms; /* 0: there is no watchdog */
	int64_t next;	     /* monotonic */
};

struct options {
	const char *file;
	const char *state_dir; /* NULL: the configuration's */
	bool check;
};

static const char usage[] =
	"Usage: truced [-c FILE] [-t] [--state-dir DIR]\n"
	"\n"
	"  -c, --config FILE   the configuration (/etc/truced/truced.conf)\n"
	"  -t, --test          check it, print the memory it takes, and exit\n"
	"  --state-dir DIR     instead of the configuration's state_dir\n"
	"  -h, --help          print this and exit\n"
	"  --version           print the version and exit\n";

/* -1: go on; else the exit status. */
static int
options_read(struct options *ret_options, int argc, char **argv)
{
	enum { STATE_DIR = 256, VERSION };
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"test", no_argument, NULL, 't'},
		{"state-dir", required_argument, NULL, STATE_DIR},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, VERSION},
		{NULL, 0, NULL, 0},
	};
	int option;

	*ret_options = (struct options){.file = "/etc/truced/truced.conf"};
	while ((option = getopt_long(argc, argv, "c:th", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			ret_options->file = optarg;
			break;
		case 't':
			ret_options->check = true;
			break;
		case STATE_DIR:
			ret_options->state_dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case VERSION:
			puts("truced " TRUCED_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static void
complain(void *context, const char *message)
{
	(void)context;
	log_line(LOG_ERR, "%s", message);
}

static void
count_print(size_t count, const char *noun, const char *after)
{
	printf("%zu %s%s%s", count, noun, count == 1 ? "" : "s", after);
}

static void
pools_print(const struct configuration *configuration, enum engine_part part,
	    uint64_t *total)
{
	struct pool_use use[POOLS];

	engine_memory(configuration, part, use);
	for (int pool = 0; pool < POOLS; pool++) {
		printf("  %-8s %9" PRIu32 "  %12" PRIu64 " bytes\n",
		       pool_name((enum pool_kind)pool), use[pool].limit,
		       use[pool].bytes);
		*total += use[pool].bytes;
	}
}

static int
check(const struct options *options, const struct settings *settings)
{
	const struct configuration *configuration = &settings->configuration;
	const uint8_t key[16] = {0};
	struct engine *engine;
	uint64_t total = 0;

	/* Whether the rules fit into the limits is known once they are laid
	 * out; for drills, which have small ones, too. */
	for (int part = ENGINE_REAL; part <= ENGINE_DRILL; part++) {
		int error = engine_new(&engine, configuration,
				       (enum engine_part)part, key);
		if (error) {
			log_line(LOG_ERR, "%s: %s", options->file,
				 error == -ENOSPC
					 ? "the rules need more names, groups "
					   "or buckets than limits gives"
					 : strerror(-error));
			return EXIT_FAILURE;
		}
		engine_free(engine);
	}
	printf("%s: good: ", options->file);
	count_print(configuration->rules_count, "rule", ", ");
	count_print(configuration->agreements_count, "agreement", ", ");
	count_print(configuration->sources_count, "source", "\n");
	printf("memory by limit, taken when it is first used:\n");
	pools_print(configuration, ENGINE_REAL, &total);
	printf("and for drills:\n");
	pools_print(configuration, ENGINE_DRILL, &total);
	printf("together %18s%12" PRIu64 " bytes\n", "", total);
	return EXIT_SUCCESS;
}

/* Blocked before any thread is made, so that all inherit it. */
static int
signals_open(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What the signals ask for. */
struct wishes {
	bool stop;
	bool reload;
};

static struct wishes
signals_read(int signals)
{
	struct signalfd_siginfo info;
	struct wishes wishes = {.stop = false};

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			wishes.reload = true;
		else
			wishes.stop = true;
	}
	return wishes;
}

static void
status_tell(const struct settings *settings)
{
	const struct configuration *configuration = &settings->configuration;

	sd_notifyf(0, "STATUS=Relaying (agreements: %zu, rules: %zu)",
		   configuration->agreements_count, configuration->rules_count);
}

/* A file that is not good, or does not fit, changes nothing. */
static int
reload(struct relay *relay, const struct options *options)
{
	struct settings *settings;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		   clock_monotonic() * 1000);
	int error = settings_load(&settings, options->file, complain, NULL);
	if (error) {
		log_line(LOG_ERR, "the configuration is as it was");
		error = -EINVAL;
	} else {
		if (options->state_dir)
			settings->state_dir = options->state_dir;
		error = relay_reload(relay, settings);
		if (!error)
			status_tell(settings);
		else if (error == -EINVAL)
			settings_free(settings);
	}
	if (error == -EINVAL) {
		/* systemctl reload has no other way to be told. */
		sd_notify(0, "STATUS=Relaying by the configuration before: the "
			     "last one was NOT taken, the log says why");
		error = 0;
	}
	sd_notify(0, "READY=1");
	return error;
}

/* --- What systemd and the log are told --- */

/* systemd gives up on a start that takes too long, unless it is told that the
 * start goes on. context: when to tell next. */
static void
start_tell(void *context, uint64_t reports)
{
	int64_t *next = context;
	int64_t now = clock_monotonic();

	if (now < *next)
		return;
	*next = now + START_TOLD_MS;
	sd_notifyf(0,
		   "EXTEND_TIMEOUT_USEC=%d\n"
		   "STATUS=Replaying the journal: %" PRIu64 " reports so far",
		   START_PATIENCE_US, reports);
}

static void
endpoints_say(const char *what, const struct endpoint *endpoints, size_t count)
{
	for (size_t i = 0; i < count; i++)
		log_line(LOG_INFO, "%s %s", what, endpoints[i].address);
}

static void
ready_tell(const struct settings *settings)
{
	endpoints_say("reports come in at", settings->intake,
		      settings->intake_count);
	endpoints_say("requests are answered at", settings->service,
		      settings->service_count);
	endpoints_say("alerts go out at", settings->alerts,
		      settings->alerts_count);
	log_line(LOG_INFO, "ready");
	status_tell(settings);
	sd_notify(0, "READY=1");
}

static struct watchdog
watchdog_of_systemd(void)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return (struct watchdog){.interval_ms = 0};
	return (struct watchdog){.interval_ms = (int64_t)(usec / 4000)};
}

static void
watchdog_tell(struct watchdog *watchdog)
{
	int64_t now = clock_monotonic();

	if (watchdog->interval_ms == 0 || now < watchdog->next)
		return;
	watchdog->next = now + watchdog->interval_ms;
	sd_notify(0, "WATCHDOG=1");
}

static int
run(const struct options *options, struct settings *settings)
{
	int signals = signals_open();
	struct watchdog watchdog = watchdog_of_systemd();
	struct wishes wishes = {.stop = false};
	struct relay *relay;
	int64_t tell_next = 0;
	bool woken;

	if (signals < 0) {
		log_line(LOG_ERR, "signals cannot be read: %s",
			 strerror(errno));
		settings_free(settings);
		return EXIT_FAILURE;
	}
	log_line(LOG_INFO, "truced " TRUCED_VERSION " starts, its state in %s",
		 settings->state_dir);
	int error = relay_new(&relay, settings, start_tell, &tell_next);
	if (error) {
		settings_free(settings);
		return EXIT_FAILURE;
	}
	ready_tell(settings);
	while (!error && !wishes.stop) {
		error = relay_turn(relay, signals, &woken);
		if (!error && woken)
			wishes = signals_read(signals);
		if (!error && wishes.reload)
			error = reload(relay, options);
		wishes.reload = false;
		watchdog_tell(&watchdog);
	}
	sd_notify(0, "STOPPING=1");
	if (error)
		log_line(LOG_ERR, "stopping: %s", strerror(-error));
	else
		relay_rest(relay);
	relay_free(relay);
	close(signals);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct settings *settings;
	int status = options_read(&options, argc, argv);

	if (status >= 0)
		return status;
	if (sodium_init() < 0) {
		log_line(LOG_ERR, "libsodium cannot start");
		return EXIT_FAILURE;
	}
	if (settings_load(&settings, options.file, complain, NULL) != 0)
		return EXIT_FAILURE;
	if (options.state_dir)
		settings->state_dir = options.state_dir;
	if (!options.check)
		return run(&options, settings);
	status = check(&options, settings);
	settings_free(settings);
	return status;
}
