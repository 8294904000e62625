/* The memory that the limits ask for, and our own alert when it runs out. */

#include "core/engine_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct limits *
engine_limits(const struct configuration *configuration, enum engine_part part)
{
	return part == ENGINE_REAL ? &configuration->limits
				   : &configuration->drill_limits;
}

/* As many events may have an episode as there are episodes. */
static uint32_t
events_limit(const struct configuration *configuration,
	     const struct limits *limits)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		if (rule_is_of_events(&configuration->rules[i]))
			return limits->episodes;
	}
	return 0;
}

/* Each may have been told once. */
static uint32_t
marks_limit(const struct configuration *configuration,
	    const struct limits *limits)
{
	return events_limit(configuration, limits) ? limits->reports : 0;
}

/* What each group has, where rules are of this kind; it begins with that of no
 * group. */
static size_t
slots_of(const struct configuration *configuration, const struct limits *limits,
	 enum rule_kind kind)
{
	for (size_t i = 0; i < configuration->rules_count; i++) {
		if (configuration->rules[i].kind == kind)
			return (size_t)limits->groups + 1;
	}
	return 0;
}

static size_t
deadlines_count(const struct configuration *configuration)
{
	size_t count = 0;

	for (size_t i = 0; i < configuration->agreements_count; i++)
		count += configuration->agreements[i].deadlines_count;
	return count;
}

static size_t
watches_bytes(const struct configuration *configuration,
	      const struct limits *limits)
{
	return arena_bytes(slots_of(configuration, limits, RULE_ABSENCE),
			   sizeof(struct absence)) +
	       arena_bytes(slots_of(configuration, limits, RULE_FEED_GAP),
			   sizeof(struct feed)) +
	       arena_bytes(deadlines_count(configuration),
			   sizeof(struct deadline_word));
}

static void
watches_init(struct state *state, struct arena *arena,
	     const struct configuration *configuration,
	     const struct limits *limits)
{
	size_t deadlines = deadlines_count(configuration);

	arena_take(arena, &state->absences,
		   slots_of(configuration, limits, RULE_ABSENCE),
		   sizeof(struct absence));
	arena_take(arena, &state->feeds,
		   slots_of(configuration, limits, RULE_FEED_GAP),
		   sizeof(struct feed));
	arena_take(arena, &state->deadlines, deadlines,
		   sizeof(struct deadline_word));
	struct deadline_word *words = span_data(&state->deadlines);
	for (size_t i = 0; i < deadlines; i++)
		words[i] = (struct deadline_word){TIME_UNSET, TIME_UNSET};
}

void
engine_memory(const struct configuration *configuration, enum engine_part part,
	      struct pool_use ret_use[POOLS])
{
	const struct limits *limits = engine_limits(configuration, part);

	ret_use[POOL_REPORTS] = (struct pool_use){
		.bytes = ledger_bytes(limits->reports,
				      configuration->agreements_count) +
			 marks_bytes(marks_limit(configuration, limits)) +
			 engine_names_bytes(configuration, limits) +
			 (uint64_t)limits->reports * sizeof(struct moment),
		.limit = limits->reports,
	};
	ret_use[POOL_GROUPS] = (struct pool_use){
		.bytes = groups_bytes(limits->groups,
				      events_limit(configuration, limits)) +
			 watches_bytes(configuration, limits) +
			 engine_own_bytes(configuration, limits),
		.limit = limits->groups,
	};
	ret_use[POOL_BUCKETS] = (struct pool_use){
		.bytes = bucket_pool_bytes(limits->buckets),
		.limit = limits->buckets,
	};
	ret_use[POOL_EPISODES] = (struct pool_use){
		.bytes = episodes_bytes(limits->episodes),
		.limit = limits->episodes,
	};
	ret_use[POOL_NAMES] = (struct pool_use){
		.bytes = dictionary_bytes(limits->names) +
			 (uint64_t)limits->names * sizeof(struct name_count),
		.limit = limits->names,
	};
}

size_t
engine_state_size(const struct configuration *configuration,
		  const struct limits *limits)
{
	return arena_bytes(1, sizeof(struct state)) +
	       dictionary_bytes(limits->names) +
	       ledger_bytes(limits->reports, configuration->agreements_count) +
	       groups_bytes(limits->groups,
			    events_limit(configuration, limits)) +
	       watches_bytes(configuration, limits) +
	       marks_bytes(marks_limit(configuration, limits)) +
	       bucket_pool_bytes(limits->buckets) +
	       episodes_bytes(limits->episodes) + silences_bytes() +
	       arena_bytes(configuration->rules_count,
			   sizeof(struct rule_counts));
}

static void
state_init(struct state *state, size_t size,
	   const struct configuration *configuration,
	   const struct limits *limits, const uint8_t key[static 16])
{
	struct arena arena = {.memory = (char *)state,
			      .size = size,
			      .used = arena_bytes(1, sizeof(*state))};

	dictionary_init(&state->dictionary, &arena, limits->names, key);
	ledger_init(&state->ledger, &arena, limits->reports,
		    configuration->agreements_count, key);
	groups_init(&state->groups, &arena, limits->groups,
		    events_limit(configuration, limits), limits->buckets, key);
	episodes_init(&state->episodes, &arena, limits->episodes);
	marks_init(&state->marks, &arena, marks_limit(configuration, limits),
		   key);
	watches_init(state, &arena, configuration, limits);
	silences_init(&state->silences, &arena);
	arena_take(&arena, &state->rule_counts, configuration->rules_count,
		   sizeof(struct rule_counts));
	state->now = TIME_UNSET;
}

struct state *
engine_state_new(const struct configuration *configuration,
		 const struct limits *limits, const uint8_t key[static 16])
{
	size_t size = engine_state_size(configuration, limits);
	struct state *state = calloc(1, size);

	if (state)
		state_init(state, size, configuration, limits, key);
	return state;
}

static void
pools_used(const struct state *state, uint32_t ret_used[POOLS])
{
	ret_used[POOL_REPORTS] = state->ledger.used;
	ret_used[POOL_GROUPS] = state->groups.used;
	ret_used[POOL_BUCKETS] = state->groups.buckets.used;
	ret_used[POOL_EPISODES] = state->episodes.open.count;
	ret_used[POOL_NAMES] = state->dictionary.used;
}

void
engine_pools(const struct engine *engine, struct pool_use ret_use[POOLS])
{
	uint32_t used[POOLS];

	engine_memory(engine->configuration, engine->part, ret_use);
	pools_used(engine->state, used);
	for (int pool = 0; pool < POOLS; pool++)
		ret_use[pool].used = used[pool];
}

void
engine_tell_condition(struct engine *engine, const char *condition,
		      struct alert *alert)
{
	engine_alert(engine, alert);
	engine_number(engine, alert);
	if (engine->part == ENGINE_REAL)
		alert->status = STATUS_SYSTEM;
	alert->episode_seq = alert->seq;
	alert->msg_type = MSG_TYPE_ALERT;
	alert->state = ALERT_FIRING;
	alert->cause = CAUSE_CROSSED;
	snprintf(alert->rule, sizeof(alert->rule), "%s", condition);
	strcpy(alert->agreement, "truced");
	alert->severity = SEVERITY_MODERATE;
	alert->certainty = CERTAINTY_OBSERVED;
	alert->urgency = URGENCY_EXPECTED;
	alert->basis = BASIS_REPORTED;
	alert->onset_at = alert->sent_at;
}

static void
pool_tell(struct engine *engine, enum pool_kind pool, uint32_t used,
	  uint32_t threshold, struct alert *alert)
{
	char condition[NAME_SIZE];

	snprintf(condition, sizeof(condition), "%s-limit", pool_name(pool));
	engine_tell_condition(engine, condition, alert);
	for (int basis = 0; basis <= BASIS_UPPER; basis++)
		alert->sums.by_basis[basis] = used;
	alert->value = used;
	alert->threshold = threshold;
}

/* The first pool that has reached 80 % and was not told of yet. */
bool
engine_pools_tell(struct engine *engine, struct alert *alert)
{
	const struct limits *limits = engine->limits;
	const uint64_t most[POOLS] = {
		[POOL_REPORTS] = limits->reports,
		[POOL_GROUPS] = limits->groups,
		[POOL_BUCKETS] = limits->buckets,
		[POOL_EPISODES] = limits->episodes,
		[POOL_NAMES] = limits->names,
	};
	uint32_t used[POOLS];

	pools_used(engine->state, used);
	for (int pool = 0; pool < POOLS; pool++) {
		uint32_t bit = UINT32_C(1) << pool;
		uint32_t threshold = (uint32_t)((most[pool] * 4 + 4) / 5);
		if ((engine->state->pools_told & bit) || used[pool] < threshold)
			continue;
		engine->state->pools_told |= bit;
		pool_tell(engine, (enum pool_kind)pool, used[pool], threshold,
			  alert);
		return true;
	}
	return false;
}
