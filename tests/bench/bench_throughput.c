#include "bench.h"

#include <stdatomic.h>
#include <stdio.h>

#include "daemon.h"
#include "feed.h"
#include "figures.h"
#include "material.h"
#include "process.h"

/* Counted from the first of these to the last, so that neither a start nor an
 * end is in the figures. */
struct span {
	uint64_t from;
	uint64_t to;
};

static const struct span bare_span = {400000, 2400000};
static const struct span relay_span = {100000, 900000};

enum { SAMPLE_NS = 5000000, PATIENCE_S = 30 };

struct sample {
	int64_t at_ns;
	int64_t cpu_ns;
	uint64_t count;
};

struct rate {
	struct figure per_second;
	struct figure cpu_us;
};

typedef uint64_t (*count_read)(void *context);

/* Looks now and then until so many have come. */
static struct sample
sample_at(uint64_t count, count_read read, void *context, pid_t process)
{
	int64_t at = now_ns();
	int64_t end = at + PATIENCE_S * INT64_C(1000000000);
	struct sample sample;

	do {
		sample.count = read(context);
		sample.at_ns = now_ns();
		sample.cpu_ns = cpu_ns(process);
		if (sample.at_ns > end)
			fail("only %llu of %llu reports came in %d s",
			     (unsigned long long)sample.count,
			     (unsigned long long)count, PATIENCE_S);
		at += SAMPLE_NS;
		if (sample.count < count)
			sleep_until(at);
	} while (sample.count < count);
	return sample;
}

static void
rate_measure(struct rate *rate, const struct span *span, count_read read,
	     void *context, pid_t process)
{
	struct sample first = sample_at(span->from, read, context, process);
	struct sample last = sample_at(span->to, read, context, process);
	double count = (double)(last.count - first.count);

	figure_add(&rate->per_second,
		   count / ((double)(last.at_ns - first.at_ns) / 1e9));
	figure_add(&rate->cpu_us,
		   (double)(last.cpu_ns - first.cpu_ns) / 1e3 / count);
}

static uint64_t
bare_count(void *context)
{
	struct bare *bare = context;

	return atomic_load_explicit(&bare->received, memory_order_relaxed);
}

static uint64_t
daemon_count(void *context)
{
	return daemon_accepted(context);
}

static void
measure_bare(struct rate *rate)
{
	const struct feed how = {.reports = bare_span.to + 100000};
	struct feed *feed = feed_new(&how);
	struct bare *bare = bare_new(feed->endpoint);

	feed_go(feed);
	rate_measure(rate, &bare_span, bare_count, bare, bare->process);
	bare_free(bare);
	feed_free(feed);
}

static void
measure_relay(struct rate *rate, enum daemon_kind kind)
{
	const struct feed how = {.reports = relay_span.to + 100000};
	struct feed *feed = feed_new(&how);
	struct daemon *daemon =
		daemon_new(kind, feed->endpoint, NULL, ordinary_rules);

	feed_go(feed);
	rate_measure(rate, &relay_span, daemon_count, daemon, daemon->process);
	daemon_free(daemon);
	feed_free(feed);
}

static void
rate_print(const char *name, const struct rate *rate, const struct rate *bare)
{
	double per_second = figure_median(&rate->per_second);
	double cpu = figure_median(&rate->cpu_us);

	printf("  %-24s %10.0f  +-%2.0f %%  %8.2f  +-%2.0f %%  %7.2f  %7.1f\n",
	       name, per_second, figure_spread(&rate->per_second), cpu,
	       figure_spread(&rate->cpu_us),
	       per_second / figure_median(&bare->per_second),
	       cpu / figure_median(&bare->cpu_us));
	fflush(stdout);
}

void
bench_throughput(void)
{
	struct rate bare = {{{0}, 0}, {{0}, 0}}, off = bare, on = bare;

	for (int i = 0; i < REPEATS; i++) {
		measure_bare(&bare);
		measure_relay(&on, WITH_JOURNAL);
		measure_relay(&off, WITHOUT_JOURNAL);
	}
	printf("Reports from a publisher, over tcp\n"
	       "  %-24s %10s  %6s  %8s  %6s  %7s  %7s\n",
	       "", "a second", "", "CPU us", "", "rate", "CPU");
	rate_print("bare SUB loop", &bare, &bare);
	rate_print("truced, journal off", &off, &bare);
	rate_print("truced", &on, &bare);
}
