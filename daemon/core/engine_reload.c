/* Another configuration: what counts as before keeps all its state, all else is
 * summed anew from the reports as they stand. */

#include "core/engine_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Made by engine_prepare, used up by the CONFIG step. `next` is a whole engine
 * of the new configuration; in the end the two change places.
 */
struct reload {
	struct engine *next;
	/* From what is to what will be, plus 1; 0: changed or gone. */
	uint32_t *rules;
	uint32_t *agreements;
	bool *same_agreement; /* by agreement as it is */
	bool *same_deadlines; /* likewise */
	uint32_t *names;
	uint32_t *entries; /* reports, their numbers; 0: gone */
	/* By rule and agreement of the next one: what is kept of both. */
	bool *kept_rule;
	bool *kept_agreement;
	/* By group: of the engine as it is, those whose episode ends; then of
	 * the next one, those that are new. */
	uint32_t *groups;
	size_t groups_count;
	size_t groups_next;
	bool *kept; /* by group of the next one, that it was taken over */
	/* Which event was looked at last, for rules that are of events. */
	uint32_t rule;
	uint16_t agreement;
	uint32_t entry;
};

void
engine_reload_free(struct reload *reload)
{
	if (!reload)
		return;
	engine_free(reload->next);
	free(reload->rules);
	free(reload->agreements);
	free(reload->same_agreement);
	free(reload->same_deadlines);
	free(reload->names);
	free(reload->entries);
	free(reload->kept_rule);
	free(reload->kept_agreement);
	free(reload->groups);
	free(reload->kept);
	free(reload);
}

/* --- What is the same --- */

static bool
names_same(const char *const *left, size_t left_count, const char *const *right,
	   size_t right_count)
{
	if (left_count != right_count)
		return false;
	for (size_t i = 0; i < left_count; i++) {
		if (strcmp(left[i], right[i]) != 0)
			return false;
	}
	return true;
}

static bool
lists_same(const struct name_list *left, const struct name_list *right)
{
	return names_same(left->names, left->count, right->names, right->count);
}

static bool
matches_same(const struct match *left, const struct match *right)
{
	return lists_same(&left->agreement, &right->agreement) &&
	       lists_same(&left->source, &right->source) &&
	       lists_same(&left->feed, &right->feed) &&
	       lists_same(&left->party, &right->party) &&
	       lists_same(&left->against, &right->against) &&
	       lists_same(&left->country, &right->country) &&
	       lists_same(&left->admin, &right->admin) &&
	       left->kinds == right->kinds && left->targets == right->targets &&
	       left->disputed == right->disputed &&
	       left->min_assessment == right->min_assessment &&
	       left->min_attribution == right->min_attribution &&
	       left->min_sources == right->min_sources;
}

static bool
levels_same(const struct rule *left, const struct rule *right)
{
	if (left->levels_count != right->levels_count)
		return false;
	for (size_t i = 0; i < left->levels_count; i++) {
		if (left->levels[i].at != right->levels[i].at ||
		    left->levels[i].clear != right->levels[i].clear ||
		    left->levels[i].every != right->levels[i].every ||
		    left->levels[i].severity != right->levels[i].severity)
			return false;
	}
	return true;
}

static bool
groupings_same(const struct rule *left, const struct rule *right)
{
	if (left->group_by_count != right->group_by_count)
		return false;
	for (size_t i = 0; i < left->group_by_count; i++) {
		if (left->group_by[i] != right->group_by[i])
			return false;
	}
	return true;
}

static bool
spikes_same(const struct spike *left, const struct spike *right)
{
	return left->method == right->method &&
	       left->baseline == right->baseline &&
	       left->min_sigma == right->min_sigma &&
	       left->min_count == right->min_count;
}

static bool
silences_same(const struct rule *left, const struct rule *right)
{
	return lists_same(&left->expect, &right->expect) &&
	       left->active.from_ms == right->active.from_ms &&
	       left->active.length_ms == right->active.length_ms;
}

/* Whether they count alike. Their words may differ. */
static bool
rules_same(const struct rule *left, const struct rule *right)
{
	return left->kind == right->kind && left->measure == right->measure &&
	       left->basis == right->basis &&
	       left->window_kind == right->window_kind &&
	       left->time == right->time &&
	       left->window_ms == right->window_ms &&
	       left->resolution_ms == right->resolution_ms &&
	       left->max_age_ms == right->max_age_ms &&
	       left->min_gap == right->min_gap &&
	       left->late_ms == right->late_ms &&
	       spikes_same(&left->spike, &right->spike) &&
	       silences_same(left, right) &&
	       lists_same(&left->deadlines, &right->deadlines) &&
	       left->for_ms == right->for_ms &&
	       left->keep_firing_ms == right->keep_firing_ms &&
	       left->update_every_ms == right->update_every_ms &&
	       left->remind_ms == right->remind_ms &&
	       left->escalate_after_ms == right->escalate_after_ms &&
	       groupings_same(left, right) && levels_same(left, right) &&
	       matches_same(&left->match, &right->match);
}

static bool
agreements_same(const struct agreement *left, const struct agreement *right)
{
	return left->effective_at == right->effective_at &&
	       left->day_starts_ms == right->day_starts_ms &&
	       names_same(left->parties, left->parties_count, right->parties,
			  right->parties_count);
}

/* Of no importance to rules that count what happened. */
static bool
deadlines_same(const struct agreement *left, const struct agreement *right)
{
	if (left->deadlines_count != right->deadlines_count)
		return false;
	for (size_t i = 0; i < left->deadlines_count; i++) {
		const struct deadline *one = &left->deadlines[i];
		const struct deadline *other = &right->deadlines[i];
		if (strcmp(one->name, other->name) != 0 ||
		    one->due_at != other->due_at ||
		    one->warn_before_count != other->warn_before_count ||
		    memcmp(one->warn_before_ms, other->warn_before_ms,
			   sizeof(one->warn_before_ms)) != 0)
			return false;
	}
	return true;
}

static const struct source *
source_find(const struct configuration *configuration, const char *name)
{
	for (size_t i = 0; i < configuration->sources_count; i++) {
		if (strcmp(configuration->sources[i].name, name) == 0)
			return &configuration->sources[i];
	}
	return NULL;
}

static const char *
origin_of(const struct source *source)
{
	return source->origin && source->origin[0] ? source->origin
						   : source->name;
}

/* A source that is not listed may allege, and is its own origin. */
static bool
caps_same(const struct source *left, const struct source *right)
{
	const struct source *any = left ? left : right;
	const struct source unlisted = {.name = any ? any->name : "",
					.at_most = ASSESSMENT_ALLEGED};

	left = left ? left : &unlisted;
	right = right ? right : &unlisted;
	return left->at_most == right->at_most &&
	       strcmp(origin_of(left), origin_of(right)) == 0;
}

/* Whether the source has concluded anything about reports, of which a rule may
 * hear some that are not its own. */
static bool
has_findings(const struct engine *engine, const char *source)
{
	const struct ledger *ledger = &engine->state->ledger;
	name_number name;

	if (ledger->findings == 0 ||
	    !dictionary_find(&engine->state->dictionary, source, &name))
		return false;
	for (uint32_t number = 1; number <= ledger->used; number++) {
		const struct entry *entry = ledger_entry(ledger, number);
		if (entry->type == REPORT_FINDING && entry->source == name)
			return true;
	}
	return false;
}

/* A source whose cap is another now, or whose origin is. */
struct recapped {
	const char *name;
	bool finds;
};

/* Of each: sources that are listed in one of the two and not as in the other.
 * Gives how many. */
static size_t
recapped_find(const struct engine *engine, const struct configuration *left,
	      const struct configuration *right, struct recapped *ret_recapped)
{
	size_t count = 0;

	for (size_t i = 0; i < left->sources_count + right->sources_count;
	     i++) {
		bool second = i >= left->sources_count;
		const struct source *source =
			second ? &right->sources[i - left->sources_count]
			       : &left->sources[i];
		if (!caps_same(source, source_find(second ? left : right,
						   source->name)))
			ret_recapped[count++] = (struct recapped){
				.name = source->name,
				.finds = has_findings(engine, source->name)};
	}
	return count;
}

static bool
list_has(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->names[i], name) == 0)
			return true;
	}
	return list->count == 0;
}

/* Whether the caps that a rule counts by are as they were: those of the sources
 * that it hears, and of those that make findings, which are not about tallies.
 * Our own sum is of what anybody tells. Who is silent, what is due and what is
 * missing is so whatever anybody's word counts for. */
static bool
sources_same(const struct rule *rule, const struct recapped *recapped,
	     size_t count)
{
	if (!rule_counts_events(rule))
		return true;
	for (size_t i = 0; i < count; i++) {
		if ((recapped[i].finds && !rule_is_of_tallies(rule)) ||
		    rule_holds_against_events(rule) ||
		    list_has(&rule->match.source, recapped[i].name))
			return false;
	}
	return true;
}

static int
rules_map(const struct engine *engine, const struct configuration *after)
{
	const struct configuration *before = engine->configuration;
	struct reload *reload = engine->reload;
	struct recapped *recapped =
		calloc(before->sources_count + after->sources_count + 1,
		       sizeof(*recapped));

	if (!recapped)
		return -ENOMEM;
	size_t count = recapped_find(engine, before, after, recapped);
	for (size_t i = 0; i < before->rules_count; i++) {
		const struct rule *rule = &before->rules[i];
		for (size_t j = 0; j < after->rules_count; j++) {
			if (strcmp(after->rules[j].name, rule->name) != 0)
				continue;
			if (rules_same(rule, &after->rules[j]) &&
			    sources_same(rule, recapped, count)) {
				reload->rules[i] = (uint32_t)j + 1;
				reload->kept_rule[j] = true;
			}
			break;
		}
	}
	free(recapped);
	return 0;
}

static void
agreements_map(struct reload *reload, const struct configuration *before,
	       const struct configuration *after)
{
	for (size_t i = 0; i < before->agreements_count; i++) {
		const struct agreement *agreement = &before->agreements[i];
		for (size_t j = 0; j < after->agreements_count; j++) {
			if (strcmp(after->agreements[j].id, agreement->id) != 0)
				continue;
			reload->agreements[i] = (uint32_t)j + 1;
			reload->same_agreement[i] =
				agreements_same(agreement,
						&after->agreements[j]);
			reload->same_deadlines[i] =
				deadlines_same(agreement,
					       &after->agreements[j]);
			reload->kept_agreement[j] = reload->same_agreement[i];
		}
	}
}

static bool
is_kept(const struct reload *reload, uint32_t rule, uint16_t agreement)
{
	return reload->rules[rule] && reload->agreements[agreement] &&
	       reload->same_agreement[agreement];
}

static bool
group_is_kept(const struct engine *engine, const struct group *group)
{
	const struct reload *reload = engine->reload;

	return is_kept(reload, group->rule, group->agreement) &&
	       (engine_rule(engine, group->rule)->kind != RULE_DEADLINE ||
		reload->same_deadlines[group->agreement]);
}

/* --- Whether the next one has room for what is kept --- */

static bool
name_carry(struct engine *engine, name_number name)
{
	struct reload *reload = engine->reload;
	name_number carried;

	if (reload->names[name])
		return true;
	if (!dictionary_intern(&reload->next->state->dictionary,
			       dictionary_name(&engine->state->dictionary,
					       name),
			       &carried))
		return false;
	reload->names[name] = (uint32_t)carried + 1;
	return true;
}

static bool
entry_is_kept(const struct engine *engine, const struct entry *entry)
{
	return engine->reload->agreements[entry->agreement] != 0;
}

static bool
entries_fit(struct engine *engine, enum pool_kind *ret_full)
{
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t kept = 0;

	for (uint32_t number = 1; number <= ledger->used; number++) {
		const struct entry *entry = ledger_entry(ledger, number);
		const name_number names[] = {entry->source,  entry->feed,
					     entry->party,   entry->told_party,
					     entry->against, entry->admin,
					     entry->country, entry->place};
		if (!entry_is_kept(engine, entry))
			continue;
		kept++;
		*ret_full = POOL_NAMES;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (!name_carry(engine, names[i]))
				return false;
		}
	}
	*ret_full = POOL_REPORTS;
	return kept <= engine->reload->next->limits->reports &&
	       ledger->references.count <=
		       engine->reload->next->limits->reports;
}

static bool
field_is_name(enum field field)
{
	return field != FIELD_KIND && field != FIELD_TARGET &&
	       field != FIELD_DISPUTED;
}

static bool
key_carry(struct engine *engine, uint32_t number, const struct group_key *key)
{
	const struct rule *rule = engine_rule(engine, number);

	for (size_t i = 0; i < rule->group_by_count; i++) {
		if (field_is_name(rule->group_by[i]) &&
		    !name_carry(engine, key->values[i]))
			return false;
	}
	return true;
}

/* The events that have a state, beside `groups` groups. */
static bool
events_fit(struct engine *engine, uint64_t groups, enum pool_kind *ret_full)
{
	const struct state *state = engine->state;
	const struct episodes *episodes = &state->episodes;
	const struct marks *marks = &state->marks;
	uint64_t open = 0;

	*ret_full = POOL_NAMES;
	for (uint32_t number = 1; number <= episodes->used; number++) {
		const struct episode *episode = episodes_at(episodes, number);
		const struct group *group =
			groups_at(&state->groups, episode->group);
		if (episode->state == EPISODE_FREE ||
		    !groups_is_event(&state->groups, episode->group) ||
		    !group_is_kept(engine, group))
			continue;
		open += episode->state == EPISODE_OPEN;
		if (!key_carry(engine, group->rule, &group->key))
			return false;
	}
	for (uint32_t number = marks->oldest; number;
	     number = marks_at(marks, number)->newer) {
		const struct mark *mark = marks_at(marks, number);
		if (is_kept(engine->reload, mark->rule, mark->agreement) &&
		    !key_carry(engine, mark->rule, &mark->key))
			return false;
	}
	*ret_full = POOL_EPISODES;
	return groups + open <= engine->reload->next->limits->episodes;
}

/* Those that a rule has from its beginning, in the next one too. */
static bool
is_reserved(const struct rule *rule)
{
	return rule->group_by_count == 0 || rule->kind == RULE_ABSENCE ||
	       rule->kind == RULE_DEADLINE;
}

static bool
groups_fit(struct engine *engine, enum pool_kind *ret_full)
{
	const struct groups *groups = &engine->state->groups;
	const struct groups *next = &engine->reload->next->state->groups;
	uint64_t count = next->used;
	uint64_t buckets = next->buckets.used;

	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		const struct rule *rule = engine_rule(engine, group->rule);
		if (!group_is_kept(engine, group))
			continue;
		*ret_full = POOL_NAMES;
		if (!key_carry(engine, group->rule, &group->key))
			return false;
		if (is_reserved(rule))
			continue;
		count++;
		buckets += group->ring.size;
	}
	*ret_full = POOL_GROUPS;
	if (count > next->limit)
		return false;
	*ret_full = POOL_BUCKETS;
	if (buckets > next->buckets.limit)
		return false;
	return events_fit(engine, count, ret_full);
}

/* The officers whose acknowledgements are kept. */
static bool
officers_fit(struct engine *engine, enum pool_kind *ret_full)
{
	const struct episodes *episodes = &engine->state->episodes;

	*ret_full = POOL_NAMES;
	for (uint32_t number = 1; number <= episodes->used; number++) {
		const struct episode *episode = episodes_at(episodes, number);
		const struct group *group =
			groups_at(&engine->state->groups, episode->group);
		if (episode->state != EPISODE_FREE &&
		    group_is_kept(engine, group) &&
		    !name_carry(engine, episode->acknowledged_by))
			return false;
	}
	return true;
}

static bool
reload_alloc(struct engine *engine, const struct configuration *after)
{
	const struct limits *limits = engine_limits(after, engine->part);
	const struct configuration *before = engine->configuration;
	struct reload *reload = engine->reload;
	/* Of groups, the events' among them, in both engines. */
	size_t groups = (size_t)engine->limits->groups + limits->groups +
			engine->limits->episodes + limits->episodes +
			EVENTS_PENDING_MAX;

	reload->rules = calloc(before->rules_count + 1, sizeof(uint32_t));
	reload->agreements =
		calloc(before->agreements_count + 1, sizeof(uint32_t));
	reload->same_agreement =
		calloc(before->agreements_count + 1, sizeof(bool));
	reload->same_deadlines =
		calloc(before->agreements_count + 1, sizeof(bool));
	reload->names = calloc(engine->limits->names, sizeof(uint32_t));
	reload->entries = calloc((size_t)engine->state->ledger.used + 1,
				 sizeof(uint32_t));
	reload->kept_rule = calloc(after->rules_count + 1, sizeof(bool));
	reload->kept_agreement =
		calloc(after->agreements_count + 1, sizeof(bool));
	reload->groups = calloc(groups + 1, sizeof(uint32_t));
	reload->kept = calloc(groups + 1, sizeof(bool));
	return reload->rules && reload->agreements && reload->same_agreement &&
	       reload->same_deadlines && reload->names && reload->entries &&
	       reload->kept_rule && reload->kept_agreement && reload->groups &&
	       reload->kept;
}

void
engine_unprepare(struct engine *engine)
{
	engine_reload_free(engine->reload);
	engine->reload = NULL;
}

int
engine_prepare(struct engine *engine, const struct configuration *configuration,
	       enum pool_kind *ret_full)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	int error = -ENOMEM;

	assert(engine->stage == STAGE_IDLE && !engine->reload);
	*ret_full = POOLS;
	if (!reload)
		return -ENOMEM;
	engine->reload = reload;
	if (reload_alloc(engine, configuration)) {
		/* The empty name is 0 in both, also of an episode that a timer
		 * begins until the step is applied. */
		reload->names[0] = 1;
		error = engine_new(&reload->next, configuration, engine->part,
				   engine->state->ledger.key);
	}
	if (!error)
		error = rules_map(engine, configuration);
	if (!error) {
		agreements_map(reload, engine->configuration, configuration);
		if (!entries_fit(engine, ret_full) ||
		    !groups_fit(engine, ret_full) ||
		    !officers_fit(engine, ret_full))
			error = -ENOSPC;
	}
	if (error)
		engine_unprepare(engine);
	return error;
}

/* --- The episodes that end --- */

static int
group_compare(const void *left, const void *right, void *context)
{
	const struct engine *engine = context;
	uint32_t one = *(const uint32_t *)left;
	uint32_t other = *(const uint32_t *)right;

	return groups_compare(&engine->state->groups, engine->rules, one,
			      other);
}

static void
groups_sort(struct engine *engine)
{
	struct reload *reload = engine->reload;

	reload->groups_next = 0;
	qsort_r(reload->groups, reload->groups_count, sizeof(uint32_t),
		group_compare, engine);
}

void
engine_reload_begin(struct engine *engine)
{
	const struct groups *groups = &engine->state->groups;
	const struct episodes *episodes = &engine->state->episodes;
	struct reload *reload = engine->reload;

	reload->groups_count = 0;
	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		if (group->open && !group_is_kept(engine, group))
			reload->groups[reload->groups_count++] = number;
	}
	for (uint32_t number = episodes->open.first; number;
	     number = episodes_at(episodes, number)->next) {
		uint32_t group = episodes_at(episodes, number)->group;
		if (groups_is_event(groups, group) &&
		    !group_is_kept(engine, groups_at(groups, group)))
			reload->groups[reload->groups_count++] = group;
	}
	groups_sort(engine);
}

bool
engine_reload_end_episode(struct engine *engine, struct alert *ret_alert)
{
	struct reload *reload = engine->reload;

	bool told = false;

	while (!told && reload->groups_next < reload->groups_count) {
		uint32_t group = reload->groups[reload->groups_next++];
		told = engine_tell(engine, group, TURN_RULE_CHANGED, ret_alert);
		engine_event_settle(engine, group);
	}
	return told;
}

/* --- Taking over --- */

/* The entry and all newer ones. */
static void
entries_carry(struct engine *engine, uint16_t agreement, uint32_t number)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct reload *reload = engine->reload;

	if (!reload->agreements[agreement])
		return;
	for (; number; number = ledger_entry(ledger, number)->newer) {
		struct entry entry = *ledger_entry(ledger, number);
		name_number *names[] = {&entry.source,	   &entry.feed,
					&entry.told_party, &entry.against,
					&entry.admin,	   &entry.country,
					&entry.place};
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			*names[i] = (name_number)(reload->names[*names[i]] - 1);
		entry.agreement = (uint16_t)(reload->agreements[agreement] - 1);
		reload->entries[number] =
			ledger_put(&reload->next->state->ledger, 0, &entry);
	}
}

/* What a finding names, in the same order: the keys are of the same ledger
 * key. */
static void
references_carry(struct engine *engine, uint32_t finding)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct references *references = &ledger->references;
	const uint32_t *entries = engine->reload->entries;
	struct referent named[FINDING_REPORTS_MAX];
	uint32_t next = ledger_entry(ledger, finding)->named;
	size_t count = 0;

	for (; next; next = references_at(references, next)->next) {
		named[count] = references_at(references, next)->to;
		named[count].report = entries[named[count].report];
		count++;
	}
	while (count-- > 0)
		ledger_name(&engine->reload->next->state->ledger,
			    entries[finding], &named[count]);
}

/* Whether the word of a report's source counts for more than an allegation. */
static bool
entry_is_weighty(const struct engine *engine, const struct entry *entry)
{
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, entry->agreement);

	return source_is_weighty(&witnesses, entry->source);
}

/* The entry and all newer ones: findings of those who could only deny and whose
 * word counts now. The rules that this changes are all changed. */
static void
findings_hear(struct engine *engine, uint32_t number)
{
	const struct ledger *ledger = &engine->state->ledger;
	const struct reload *reload = engine->reload;
	struct ledger *carried = &reload->next->state->ledger;

	for (; number; number = ledger_entry(ledger, number)->newer) {
		const struct entry *entry = ledger_entry(ledger, number);
		uint32_t next = reload->entries[number];
		if (next && entry->type == REPORT_FINDING &&
		    event_key_is_set(entry->event) &&
		    !event_key_is_set(entry->told_event) &&
		    !entry_is_weighty(engine, entry) &&
		    entry_is_weighty(reload->next, ledger_entry(carried, next)))
			ledger_hear_event(carried, next);
	}
}

static void
ledger_carry(struct engine *engine)
{
	const struct ledger *ledger = &engine->state->ledger;

	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++) {
		entries_carry(engine, i, ledger_oldest(ledger, i));
		entries_carry(engine, i, ledger_oldest_tally(ledger, i));
	}
	for (uint32_t number = 1; number <= ledger->used; number++) {
		if (engine->reload->entries[number] &&
		    ledger_entry(ledger, number)->type == REPORT_FINDING)
			references_carry(engine, number);
	}
	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++)
		findings_hear(engine, ledger_oldest(ledger, i));
	engine_weigh(engine->reload->next);
}

static void
agreement_carry(struct engine *engine, uint16_t agreement)
{
	const struct reload *reload = engine->reload;
	uint16_t carried;

	if (!reload->agreements[agreement])
		return;
	carried = (uint16_t)(reload->agreements[agreement] - 1);
	/* Earlier revisions may have told of earlier times. */
	*ledger_first(&reload->next->state->ledger, carried) =
		*ledger_first(&engine->state->ledger, agreement);
	engine_deadlines_carry(engine, agreement, reload->next, carried);
}

/* A rule's key, as the next one has its names and its events. */
static struct group_key
key_carried(const struct engine *engine, uint32_t number,
	    const struct group_key *key)
{
	const struct rule *rule = engine_rule(engine, number);
	const struct reload *reload = engine->reload;
	struct group_key carried = *key;

	for (size_t i = 0; i < rule->group_by_count; i++) {
		if (field_is_name(rule->group_by[i]))
			carried.values[i] =
				(uint16_t)(reload->names[key->values[i]] - 1);
	}
	if (rule_is_of_events(rule) && !key->event.words[1])
		carried.event.words[0] = reload->entries[key->event.words[0]];
	return carried;
}

/* What a group knows that counts no events. */
static void
watch_carry(struct engine *engine, const struct group *group, uint32_t carried)
{
	const struct groups *groups = &engine->state->groups;
	uint32_t number = (uint32_t)(group - groups_at(groups, 0));

	switch (engine_rule(engine, group->rule)->kind) {
	case RULE_ABSENCE:
		engine_absence_carry(engine, number, engine->reload->next,
				     carried);
		break;
	case RULE_FEED_GAP:
		engine_feed_carry(engine, number, engine->reload->next,
				  carried);
		break;
	case RULE_THRESHOLD:
	case RULE_SPIKE:
	case RULE_TALLY:
	case RULE_DISCREPANCY:
	case RULE_DEADLINE: /* with its agreement */
	case RULE_KINDS:
		break;
	}
}

static uint32_t
group_carry(struct engine *engine, const struct group *group)
{
	struct reload *reload = engine->reload;
	struct engine *next = reload->next;
	struct groups *groups = &next->state->groups;
	struct group_key key = key_carried(engine, group->rule, &group->key);
	uint32_t rule = reload->rules[group->rule] - 1;
	uint16_t agreement =
		(uint16_t)(reload->agreements[group->agreement] - 1);
	bool of_events = rule_is_of_events(engine_rule(engine, group->rule));
	uint32_t number =
		of_events ? groups_take_event(groups, rule, agreement, &key)
			  : engine_group(next, rule, agreement, &key);

	assert(number); /* groups_fit has seen that there is room */
	struct group *carried = groups_at(groups, number);
	ring_copy(&carried->ring, &groups->buckets, &group->ring,
		  &engine->state->groups.buckets);
	if (!of_events)
		engine_names_forget(next, carried);
	carried->begun = group->begun;
	carried->first_seq = group->first_seq;
	carried->pending_since = group->pending_since;
	carried->left_since = group->left_since;
	carried->retracted = group->retracted;
	watch_carry(engine, group, number);
	timers_set(&next->state->groups, next->rules, number, group->due);
	reload->kept[number] = true;
	return number;
}

/* An episode of a group that was taken over, as it is but for its links. */
static uint32_t
episode_carry(struct engine *engine, const struct episode *episode,
	      uint32_t group)
{
	struct state *state = engine->reload->next->state;
	struct episode *carried =
		episodes_at(&state->episodes,
			    engine_episode_open(engine->reload->next, group));
	struct episode links = *carried;

	*carried = *episode;
	carried->group = group;
	carried->acknowledged_by =
		(name_number)(engine->reload->names[episode->acknowledged_by] -
			      1);
	carried->state = links.state;
	carried->previous = links.previous;
	carried->next = links.next;
	carried->newer = links.newer;
	carried->older = links.older;
	return groups_at(&state->groups, group)->open;
}

/* In the next one, the group of an episode; 0: it is not kept. `carried`: by
 * group as it is, its number there. An event's is made with its episode: there
 * may not be room for all of those that have ended. */
static uint32_t
group_of(struct engine *engine, const struct episode *episode,
	 const uint32_t *carried)
{
	const struct groups *groups = &engine->state->groups;
	const struct group *group = groups_at(groups, episode->group);

	if (!groups_is_event(groups, episode->group))
		return carried[episode->group];
	return group_is_kept(engine, group) ? group_carry(engine, group) : 0;
}

static void
episodes_carry(struct engine *engine, const uint32_t *carried)
{
	const struct episodes *episodes = &engine->state->episodes;
	struct engine *next = engine->reload->next;
	struct state *state = next->state;
	uint32_t number = episodes->ended.first;

	for (; number; number = episodes_at(episodes, number)->next) {
		const struct episode *episode = episodes_at(episodes, number);
		uint32_t group = group_of(engine, episode, carried);
		if (group)
			episodes_end(&state->episodes, &state->groups,
				     episode_carry(engine, episode, group));
	}
	for (number = episodes->open.first; number;
	     number = episodes_at(episodes, number)->next) {
		const struct episode *episode = episodes_at(episodes, number);
		uint32_t group = group_of(engine, episode, carried);
		if (!group)
			continue;
		episode_carry(engine, episode, group);
		engine_counts(next, groups_at(&state->groups, group)->rule)
			->open++;
	}
}

static void
marks_carry(struct engine *engine)
{
	const struct marks *marks = &engine->state->marks;
	const struct reload *reload = engine->reload;
	uint32_t number = marks->oldest;

	for (; number; number = marks_at(marks, number)->newer) {
		const struct mark *mark = marks_at(marks, number);
		if (!is_kept(reload, mark->rule, mark->agreement))
			continue;
		struct group_key key =
			key_carried(engine, mark->rule, &mark->key);
		marks_put(&reload->next->state->marks,
			  reload->rules[mark->rule] - 1,
			  (uint16_t)(reload->agreements[mark->agreement] - 1),
			  &key, mark->level, mark->retracted);
	}
}

static void
counts_carry(struct engine *engine)
{
	const struct reload *reload = engine->reload;

	for (uint32_t rule = 0; rule < engine->configuration->rules_count;
	     rule++) {
		if (!reload->rules[rule])
			continue;
		const struct rule_counts *counts = engine_counts(engine, rule);
		struct rule_counts *carried =
			engine_counts(reload->next, reload->rules[rule] - 1);
		carried->too_late = counts->too_late;
		/* What is in no group is counted anew, but not how often there
		 * was no room for an event. */
		if (rule_is_of_events(engine_rule(engine, rule)))
			carried->ungrouped = counts->ungrouped;
	}
}

static void
carry(struct engine *engine)
{
	const struct groups *groups = &engine->state->groups;
	struct reload *reload = engine->reload;
	struct state *next = reload->next->state;
	/* The list of those that ended has been told: its room is free. */
	uint32_t *carried = reload->groups;

	next->now = engine->state->now;
	next->seq = engine->state->seq;
	next->groups.begun = engine->state->groups.begun;
	next->pools_told = engine->state->pools_told;
	silences_copy(&next->silences, &engine->state->silences);
	ledger_carry(engine);
	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++)
		agreement_carry(engine, i);
	memset(carried, 0, ((size_t)groups->used + 1) * sizeof(*carried));
	for (uint32_t number = 1; number <= groups->used; number++) {
		const struct group *group = groups_at(groups, number);
		if (group_is_kept(engine, group))
			carried[number] = group_carry(engine, group);
	}
	marks_carry(engine);
	episodes_carry(engine, carried);
	counts_carry(engine);
}

/* --- Summing anew --- */

/* Adds an event to all groups of a rule that are not kept. */
static void
event_sum(struct engine *engine, uint32_t rule, uint16_t agreement,
	  const struct event_reports *reports, const struct event *event,
	  const bool *kept)
{
	struct rule_counts *counts = engine_counts(engine, rule);
	uint64_t too_late = counts->too_late;
	struct contribution contribution;

	rules_contribution_of(engine->rules, rule, agreement, reports, event,
			      &contribution);
	if (!contribution.present)
		return;
	uint32_t group = groups_find(&engine->state->groups, rule, agreement,
				     &contribution.group);
	if (group && kept && kept[group])
		return;
	engine->touched_count = 0;
	engine_contribute(engine, rule, agreement, &contribution);
	/* What is counted at a reload did not come too late for it. */
	counts->too_late = too_late;
}

/* The groups that the agreement's tallies count in. */
static void
tallies_sum(struct engine *engine, uint16_t agreement)
{
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t number = ledger_oldest_tally(ledger, agreement);
	uint32_t rule;

	for (; number; number = ledger_entry(ledger, number)->newer) {
		const struct entry *tally = ledger_entry(ledger, number);
		rules_meet_tally(engine->rules, tally);
		while (rules_met(engine->rules, &rule))
			engine_tally_group(engine, rule, tally);
	}
}

void
engine_sum_agreement(struct engine *engine, uint16_t agreement,
		     const bool *kept)
{
	const struct witnesses witnesses =
		rules_witnesses(engine->rules, agreement);
	const struct ledger *ledger = &engine->state->ledger;
	uint32_t number = ledger_oldest(ledger, agreement);
	uint32_t rule;

	for (; number; number = ledger_entry(ledger, number)->newer) {
		struct event_reports reports;
		struct event event;
		if (!engine_stands_for_event(engine, number, &reports) ||
		    !event_merge(&reports, &witnesses, &event))
			continue;
		rules_meet_event(engine->rules, &reports, &event);
		while (rules_met(engine->rules, &rule)) {
			const struct rule *one = engine_rule(engine, rule);
			if (!rule_is_of_events(one) && !rule_is_of_tallies(one))
				event_sum(engine, rule, agreement, &reports,
					  &event, kept);
		}
	}
	tallies_sum(engine, agreement);
}

/* The two engines change places; the old one goes. */
static void
change_places(struct engine *engine)
{
	struct engine *next = engine->reload->next;
	struct engine before = *engine;

	engine->state = next->state;
	engine->configuration = next->configuration;
	engine->limits = next->limits;
	engine->rules = next->rules;
	engine->moments = next->moments;
	engine->name_counts = next->name_counts;
	engine->names = next->names;
	engine->own_sums = next->own_sums;
	next->state = before.state;
	next->configuration = before.configuration;
	next->limits = before.limits;
	next->rules = before.rules;
	next->moments = before.moments;
	next->name_counts = before.name_counts;
	next->names = before.names;
	next->own_sums = before.own_sums;
	engine_free(next);
	engine->reload->next = NULL;
}

static enum rule_kind
group_kind(const struct engine *engine, uint32_t number)
{
	const struct groups *groups = &engine->state->groups;

	return engine_rule(engine, groups_at(groups, number)->rule)->kind;
}

void
engine_reload_switch(struct engine *engine)
{
	struct reload *reload = engine->reload;

	carry(engine);
	change_places(engine);
	for (uint16_t i = 0; i < engine->configuration->agreements_count; i++)
		engine_sum_agreement(engine, i, reload->kept);
	reload->groups_count = 0;
	for (uint32_t number = 1; number <= engine->state->groups.used;
	     number++) {
		if (reload->kept[number])
			continue;
		reload->groups[reload->groups_count++] = number;
		if (group_kind(engine, number) == RULE_ABSENCE)
			engine_absence_begin(engine, number,
					     engine->state->now);
	}
	groups_sort(engine);
}

/* The next event of the rule, which is of events. */
static bool
next_event_of_rule(struct engine *engine, uint32_t *ret_group)
{
	struct reload *reload = engine->reload;

	while (reload->agreement < engine->configuration->agreements_count) {
		bool kept = reload->kept_rule[reload->rule] &&
			    reload->kept_agreement[reload->agreement];
		if (!kept &&
		    rules_can_match(engine->rules, reload->rule,
				    reload->agreement) &&
		    engine_event_next(engine, reload->rule, reload->agreement,
				      &reload->entry, ret_group))
			return true;
		reload->agreement++;
	}
	return false;
}

static bool
next_group_of_rule(struct engine *engine, uint32_t *ret_group)
{
	struct reload *reload = engine->reload;

	if (reload->groups_next == reload->groups_count)
		return false;
	*ret_group = reload->groups[reload->groups_next];
	if (groups_at(&engine->state->groups, *ret_group)->rule != reload->rule)
		return false;
	reload->groups_next++;
	return true;
}

static bool
next_of_rule(struct engine *engine, uint32_t *ret_group)
{
	return rule_is_of_events(engine_rule(engine, engine->reload->rule))
		       ? next_event_of_rule(engine, ret_group)
		       : next_group_of_rule(engine, ret_group);
}

bool
engine_reload_next_group(struct engine *engine, uint32_t *ret_group)
{
	struct reload *reload = engine->reload;

	while (reload->rule < engine->configuration->rules_count &&
	       !next_of_rule(engine, ret_group)) {
		reload->rule++;
		reload->agreement = 0;
	}
	if (reload->rule == engine->configuration->rules_count)
		return false;
	struct group *group = groups_at(&engine->state->groups, *ret_group);
	/* Whether it has met its level for long enough was never asked: what
	 * is met now is told now. */
	if (engine->state->now != TIME_UNSET)
		group->pending_since = engine->state->now -
				       engine_rule(engine, group->rule)->for_ms;
	return true;
}
