/* What an engine knows, taken out as it lies in memory and put back. */

#include "core/engine_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct configuration *
engine_configuration(const struct engine *engine)
{
	return engine->configuration;
}

const void *
engine_state(const struct engine *engine, size_t *ret_size)
{
	assert(engine->stage == STAGE_IDLE && !engine->evaluating);
	*ret_size = engine_state_size(engine->configuration, engine->limits);
	return engine->state;
}

void
engine_layout(uint32_t ret_layout[static ENGINE_LAYOUT])
{
	const uint32_t layout[ENGINE_LAYOUT] = {
		ENGINE_STATE_VERSION,
		UINT32_C(0x01020304), /* as its bytes lie */
		sizeof(struct state),
		sizeof(struct entry),
		sizeof(struct reference),
		sizeof(struct group),
		sizeof(struct sums),
		sizeof(struct episode),
		sizeof(struct mark),
		sizeof(struct silence),
		sizeof(struct rule_counts),
		sizeof(struct absence),
		sizeof(struct feed),
		sizeof(struct deadline_word),
		(uint32_t)dictionary_bytes(1024),
		offsetof(struct entry, source),
		offsetof(struct group, pending_since),
		offsetof(struct episode, group),
		LEVELS_MAX,
		GROUP_BY_MAX,
	};

	memcpy(ret_layout, layout, sizeof(layout));
}

static bool
spans_equal(const struct state *left, const struct state *right)
{
	return left->dictionary.names.offset ==
		       right->dictionary.names.offset &&
	       left->dictionary.table.offset ==
		       right->dictionary.table.offset &&
	       left->ledger.entries.offset == right->ledger.entries.offset &&
	       left->ledger.identities.offset ==
		       right->ledger.identities.offset &&
	       left->ledger.events.offset == right->ledger.events.offset &&
	       left->ledger.newest.offset == right->ledger.newest.offset &&
	       left->ledger.newest_tally.offset ==
		       right->ledger.newest_tally.offset &&
	       left->ledger.references.references.offset ==
		       right->ledger.references.references.offset &&
	       left->ledger.references.table.offset ==
		       right->ledger.references.table.offset &&
	       left->groups.groups.offset == right->groups.groups.offset &&
	       left->groups.table.offset == right->groups.table.offset &&
	       left->groups.heap.offset == right->groups.heap.offset &&
	       left->groups.buckets.buckets.offset ==
		       right->groups.buckets.buckets.offset &&
	       left->episodes.episodes.offset ==
		       right->episodes.episodes.offset &&
	       left->marks.marks.offset == right->marks.marks.offset &&
	       left->marks.table.offset == right->marks.table.offset &&
	       left->absences.offset == right->absences.offset &&
	       left->feeds.offset == right->feeds.offset &&
	       left->deadlines.offset == right->deadlines.offset &&
	       left->silences.silences.offset ==
		       right->silences.silences.offset &&
	       left->rule_counts.offset == right->rule_counts.offset;
}

static bool
bounds_equal(const struct state *left, const struct state *right)
{
	return left->dictionary.limit == right->dictionary.limit &&
	       left->dictionary.table_size == right->dictionary.table_size &&
	       left->ledger.limit == right->ledger.limit &&
	       left->ledger.table_size == right->ledger.table_size &&
	       left->ledger.references.limit ==
		       right->ledger.references.limit &&
	       left->ledger.references.table_size ==
		       right->ledger.references.table_size &&
	       left->groups.limit == right->groups.limit &&
	       left->groups.table_size == right->groups.table_size &&
	       left->groups.buckets.limit == right->groups.buckets.limit &&
	       left->groups.events_limit == right->groups.events_limit &&
	       left->episodes.limit == right->episodes.limit &&
	       left->marks.limit == right->marks.limit;
}

static bool
keys_equal(const struct state *left, const struct state *right)
{
	return memcmp(left->dictionary.key, right->dictionary.key,
		      sizeof(left->dictionary.key)) == 0 &&
	       memcmp(left->ledger.key, right->ledger.key,
		      sizeof(left->ledger.key)) == 0 &&
	       memcmp(left->groups.key, right->groups.key,
		      sizeof(left->groups.key)) == 0 &&
	       memcmp(left->marks.key, right->marks.key,
		      sizeof(left->marks.key)) == 0;
}

static bool
within_bounds(const struct state *state)
{
	return state->dictionary.used > 0 &&
	       state->dictionary.used <= state->dictionary.limit &&
	       state->ledger.used <= state->ledger.limit &&
	       state->ledger.references.used <=
		       state->ledger.references.limit &&
	       state->groups.used <= state->groups.limit &&
	       state->groups.timers <=
		       state->groups.used + state->groups.events_used &&
	       state->groups.events_used <=
		       state->groups.events_limit + EVENTS_PENDING_MAX &&
	       state->marks.used <= state->marks.limit &&
	       state->groups.buckets.used <= state->groups.buckets.limit &&
	       state->episodes.used <= state->episodes.limit &&
	       state->silences.count <= SILENCES_MAX;
}

/* Fills an empty state. What it says of itself must be what an empty one of
 * this configuration says. */
static int
state_fill(struct engine *engine, engine_fill fill, void *context)
{
	struct state *state = engine->state;
	const struct state empty = *state;

	memset(state, 0, sizeof(*state));
	int error =
		fill(context, engine->part, state,
		     engine_state_size(engine->configuration, engine->limits));
	if (error)
		return error;
	return spans_equal(state, &empty) && bounds_equal(state, &empty) &&
			       keys_equal(state, &empty) && within_bounds(state)
		       ? 0
		       : -EBADMSG;
}

/* All names of the configuration were interned when it was first compiled: they
 * are found again, as the numbers that the state means by them. */
static int
rules_compile(struct engine *engine)
{
	uint32_t names = engine->state->dictionary.used;
	int error = rules_new(&engine->rules, engine->configuration,
			      &engine->state->dictionary);

	if (error == -ENOSPC)
		error = -EBADMSG;
	if (!error && engine->state->dictionary.used != names)
		error = -EBADMSG;
	return error;
}

int
engine_restore(struct engine **ret_engine,
	       const struct configuration *configuration, enum engine_part part,
	       const uint8_t key[static 16], engine_fill fill, void *context)
{
	const struct limits *limits = engine_limits(configuration, part);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	engine->configuration = configuration;
	engine->limits = limits;
	engine->part = part;
	engine->state = engine_state_new(configuration, limits, key);
	engine->moments = calloc((size_t)limits->reports + RING_BUCKETS_MAX,
				 sizeof(*engine->moments));
	engine->name_counts =
		calloc(limits->names, sizeof(*engine->name_counts));
	int error = -ENOMEM;
	if (engine->state && engine->moments && engine->name_counts &&
	    engine_names_new(engine) && engine_own_new(engine))
		error = state_fill(engine, fill, context);
	if (!error)
		error = rules_compile(engine);
	if (error) {
		engine_free(engine);
		return error;
	}
	*ret_engine = engine;
	return 0;
}
