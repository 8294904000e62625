/* Sources and places: each counts once, however many events it is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"

/* The simple rule, but for its measure and its level. */
static struct rule *
counting(struct world *world, enum measure measure, double at)
{
	struct rule *rule = world_rule(world, "distinct");

	rule->measure = measure;
	rule->levels[0].at = rule->levels[0].clear = at;
	world_source(world, "un", NULL, ASSESSMENT_VERIFIED);
	return rule;
}

static struct sums
sums_of(struct world *world)
{
	const char *none = "";
	struct sums sums;

	assert_true(engine_sums(world->engine, 0, "pact", &none, &sums));
	return sums;
}

static void
assert_sums(struct world *world, const char *expected)
{
	struct sums sums = sums_of(world);
	char text[100];

	snprintf(text, sizeof(text), "%llu/%llu/%llu/%llu",
		 (unsigned long long)sums.by_basis[BASIS_CONFIRMED],
		 (unsigned long long)sums.by_basis[BASIS_SUPPORTED],
		 (unsigned long long)sums.by_basis[BASIS_REPORTED],
		 (unsigned long long)sums.by_basis[BASIS_UPPER]);
	assert_string_equal(text, expected);
}

static void
counts_a_source_once_in_however_many_events(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_SOURCES, 9);
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .source = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "2", .source = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "1", .source = "b", ON(2)));
	assert_sums(world, "0/0/2/2");
	/* Of two origins; and one that is verified. */
	world_report(world, 1,
		     REPORT(.id = "3", .source = "a", .event = "e", ON(3)));
	world_report(world, 1,
		     REPORT(.id = "3", .source = "c", .event = "e", ON(3)));
	assert_sums(world, "0/2/3/3");
	world_report(world, 1,
		     REPORT(.id = "4", .source = "un", ON(3),
			    .assessment = ASSESSMENT_VERIFIED));
	assert_sums(world, "1/3/4/4");
	assert_int_equal(sums_of(world).events, 5);
}

static void
counts_a_place_once_and_none_that_is_not_set(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 9);
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .place = "Popasna", ON(1)));
	world_report(world, 1, REPORT(.id = "2", .place = "Popasna", ON(1)));
	world_report(world, 1, REPORT(.id = "3", ON(1)));
	assert_sums(world, "0/0/1/1");
	world_report(world, 1, REPORT(.id = "4", .place = "Marinka", ON(1)));
	assert_sums(world, "0/0/2/2");
	/* The same number, of another place. */
	world_report(world, 1,
		     REPORT(.id = "4", .revision = 2, .place = "Popasna",
			    ON(1)));
	assert_sums(world, "0/0/1/1");
	world_report(world, 1,
		     REPORT(.id = "3", .revision = 2, .place = "Marinka",
			    .assessment = ASSESSMENT_NOT_A_VIOLATION, ON(1)));
	assert_sums(world, "0/0/1/1");
}

static void
counts_in_upper_only_what_lasted_too_long(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 9);
	world_begin(world);
	world_report(world, 300,
		     REPORT(.id = "1", .place = "a", ON(290),
			    .occurred_until = AT(400)));
	assert_sums(world, "0/0/0/1");
	world_report(world, 300, REPORT(.id = "2", .place = "a", ON(299)));
	assert_sums(world, "0/0/1/1");
}

static void
forgets_a_name_when_its_last_event_leaves_the_window(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 2);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", .place = "a", ON(0)));
	world_report(world, 10, REPORT(.id = "2", .place = "a", ON(10)));
	assert_told(world, "");
	world_report(world, 20, REPORT(.id = "3", .place = "b", ON(20)));
	assert_told(world, "crossed Severe Possible 0/0/2/2 @20\n");
	world_tick(world, 69);
	assert_told(world, "");
	world_tick(world, 70);
	assert_told(world, "cleared Severe Possible resolved 0/0/1/1 @70\n");
}

static void
begins_a_bucket_without_the_names_of_an_older_one(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 2);
	world_begin(world);
	world_report(world, 0, REPORT(.id = "1", .place = "a", ON(0)));
	world_report(world, 0, REPORT(.id = "2", .place = "b", ON(0)));
	world_told(world);
	/* An hour has 60 buckets. */
	world_report(world, 60, REPORT(.id = "3", .place = "c", ON(60)));
	assert_sums(world, "0/0/1/1");
}

static void
corrects_when_the_last_event_of_a_name_is_taken_back(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_SOURCES, 2);
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .source = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "2", .source = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "1", .source = "b", ON(1)));
	assert_told(world, "crossed Severe Possible 0/0/2/2 @1\n");
	world_report(world, 2,
		     REPORT(.id = "1", .source = "a", .revision = 2,
			    .assessment = ASSESSMENT_WITHDRAWN));
	assert_told(world, "");
	world_tick(world, 200);
	assert_told(world, "cleared Severe Possible resolved 0/0/0/0 @61\n");
	world_report(world, 201,
		     REPORT(.id = "2", .source = "a", .revision = 2,
			    .assessment = ASSESSMENT_WITHDRAWN));
	assert_told(world,
		    "corrected Severe Possible cancelled 0/0/1/1 @201\n");
}

static void
tells_the_greatest_window_of_those_that_are_late(void **state)
{
	struct world *world = *state;
	struct rule *rule = counting(world, MEASURE_PLACES, 3);

	rule->window_ms = 2 * MINUTE;
	rule->late_ms = 10 * MINUTE;
	world_begin(world);
	world_report(world, 10, REPORT(.id = "1", .place = "a", ON(2)));
	world_report(world, 10, REPORT(.id = "2", .place = "b", ON(3)));
	world_report(world, 10, REPORT(.id = "3", .place = "a", ON(8)));
	world_report(world, 10, REPORT(.id = "4", .place = "a", ON(9)));
	world_report(world, 10, REPORT(.id = "5", .place = "a", ON(9)));
	assert_sums(world, "0/0/2/2");
}

static void
counts_no_more_than_256_and_says_so(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 256);
	world->configuration.limits.reports = 300;
	world->configuration.limits.names = 300;
	world_begin(world);
	for (int i = 1; i <= 257; i++) {
		struct report report = REPORT(ON(1));
		snprintf(report.id, sizeof(report.id), "%d", i);
		snprintf(report.place, sizeof(report.place), "place %d", i);
		assert_int_equal(world_report(world, 1, report),
				 VERDICT_ACCEPTED);
		if (i == 256)
			assert_int_equal(sums_of(world).at_least, 0);
	}
	assert_sums(world, "0/0/256/256");
	assert_int_equal(sums_of(world).at_least, 1);
}

static void
counts_an_event_alone_by_itself(void **state)
{
	struct world *world = *state;
	struct rule *rule = counting(world, MEASURE_SOURCES, 3);

	rule->window_kind = WINDOW_EVENT;
	rule->window_ms = rule->resolution_ms = 0;
	rule->keep_firing_ms = DAY;
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .source = "a", .event = "e"));
	world_report(world, 1, REPORT(.id = "2", .source = "a", .event = "e"));
	world_report(world, 1, REPORT(.id = "1", .source = "b", .event = "e"));
	assert_told(world, "");
	world_report(world, 1, REPORT(.id = "1", .source = "c", .event = "e"));
	assert_told(world, "crossed Severe Likely 0/3/3/3 @1\n");
}

static void
reload(struct world *world, const struct configuration *configuration)
{
	enum pool_kind full;
	struct alert alert;
	const struct step step = {.kind = STEP_CONFIG,
				  .time_ms = AT(5),
				  .position = ++world->position};

	assert_int_equal(engine_prepare(world->engine, configuration, &full),
			 0);
	engine_begin(world->engine, &step);
	while (engine_next(world->engine, &alert))
		;
}

static void
counts_on_after_a_reload(void **state)
{
	struct world *world = *state;
	struct configuration same;

	counting(world, MEASURE_PLACES, 9);
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .place = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "2", .place = "b", ON(1)));
	same = world->configuration;
	reload(world, &same);
	world_report(world, 6, REPORT(.id = "3", .place = "a", ON(2)));
	assert_sums(world, "0/0/2/2");
	world_report(world, 6,
		     REPORT(.id = "1", .revision = 2, .place = "c", ON(3)));
	assert_sums(world, "0/0/3/3");
	world_report(world, 6,
		     REPORT(.id = "3", .revision = 2, .place = "c", ON(3)));
	assert_sums(world, "0/0/2/2");
}

static void
counts_on_after_the_clock_was_set_back(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 3);
	world_begin(world);
	world_report(world, 1000, REPORT(.id = "1", .place = "a", ON(990)));
	world_report(world, 1000, REPORT(.id = "2", .place = "b", ON(990)));
	world_clock(world, 500, -500);
	world_told(world);
	assert_sums(world, "0/0/2/2");
	world_report(world, 501,
		     REPORT(.id = "1", .revision = 2, .place = "b", ON(501)));
	assert_sums(world, "0/0/1/1");
}

static const uint8_t key[16] = "a key for tests";

/* What an engine knows, as a checkpoint has it. */
struct copy {
	void *state;
	size_t size;
};

static int
copy_fill(void *context, enum engine_part part, void *to, size_t size)
{
	const struct copy *copy = context;

	(void)part;
	assert_int_equal(size, copy->size);
	memcpy(to, copy->state, size);
	return 0;
}

static void
counts_on_from_a_checkpoint(void **state)
{
	struct world *world = *state;
	struct copy copy;

	counting(world, MEASURE_PLACES, 9);
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .place = "a", ON(1)));
	world_report(world, 1, REPORT(.id = "2", .place = "b", ON(1)));
	const void *known = engine_state(world->engine, &copy.size);
	copy.state = malloc(copy.size);
	assert_non_null(copy.state);
	memcpy(copy.state, known, copy.size);
	engine_free(world->engine);
	assert_int_equal(engine_restore(&world->engine, &world->configuration,
					world->part, key, copy_fill, &copy),
			 0);
	free(copy.state);
	world_report(world, 2,
		     REPORT(.id = "1", .revision = 2, .place = "b", ON(3)));
	assert_sums(world, "0/0/1/1");
	world_report(world, 2, REPORT(.id = "3", .place = "c", ON(2)));
	assert_sums(world, "0/0/2/2");
}

/* Names that no report has any more take room until their bucket is gone. */
static void
counts_right_where_there_is_no_room_for_more_names(void **state)
{
	struct world *world = *state;

	counting(world, MEASURE_PLACES, 3);
	world->configuration.limits.reports = 4;
	world_begin(world);
	world_report(world, 1, REPORT(.id = "1", .place = "still", ON(1)));
	for (int i = 1; i <= 30; i++) {
		struct report report =
			REPORT(.id = "2", .revision = (uint32_t)i, ON(1));
		snprintf(report.place, sizeof(report.place), "place %d", i);
		assert_int_equal(world_report(world, 1, report),
				 VERDICT_ACCEPTED);
		assert_sums(world, "0/0/2/2");
	}
	world_report(world, 1, REPORT(.id = "3", .place = "third", ON(1)));
	assert_told(world, "crossed Severe Possible 0/0/3/3 @1\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(counts_a_source_once_in_however_many_events),
		WORLD_TEST(counts_a_place_once_and_none_that_is_not_set),
		WORLD_TEST(counts_in_upper_only_what_lasted_too_long),
		WORLD_TEST(
			forgets_a_name_when_its_last_event_leaves_the_window),
		WORLD_TEST(begins_a_bucket_without_the_names_of_an_older_one),
		WORLD_TEST(
			corrects_when_the_last_event_of_a_name_is_taken_back),
		WORLD_TEST(tells_the_greatest_window_of_those_that_are_late),
		WORLD_TEST(counts_no_more_than_256_and_says_so),
		WORLD_TEST(counts_an_event_alone_by_itself),
		WORLD_TEST(counts_on_after_a_reload),
		WORLD_TEST(counts_on_after_the_clock_was_set_back),
		WORLD_TEST(counts_on_from_a_checkpoint),
		WORLD_TEST(counts_right_where_there_is_no_room_for_more_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
