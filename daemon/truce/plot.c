/* What pictures show: a second playback that stops to look at the sums. */
#include "truce/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relay/playback.h"

enum {
	LOOKS = 1000,	      /* evenly over the time: about a pixel each */
	LOOKS_MORE = 4,	      /* samples that are kept between two of these */
	GROUPS_SEEN = 1000000 /* in all looks after reports, about */
};

/* Everything that is looked at, rule by rule. */
struct looking {
	const struct run *run;
	const struct recording *recording;
	struct playback *playback;
	const struct engine *engine;
	bool drill;
	int64_t from;
	int64_t to;
	unsigned looks;	    /* so far */
	int64_t looked_at;  /* the last of them */
	struct plot *plots; /* by rule */
	size_t *panel_of;   /* of each group, in the engine's order */
	size_t groups;
	size_t groups_capacity;
};

/* --- Panels --- */

/* A total that names no party is of all of them. */
static char *
title_make(const struct rule *rule, const struct notice *notice)
{
	char title[SUBJECT_SIZE];
	int used = snprintf(title, sizeof(title), "%s", notice->agreement);

	for (size_t i = 0; i < notice->labels_count; i++) {
		const char *value = notice->labels[i].value;
		if (*value == '\0' && rule_is_of_tallies(rule))
			continue;
		used += snprintf(title + used, sizeof(title) - (size_t)used,
				 ", %s", *value ? value : "unknown");
	}
	return strdup(title);
}

static int
panel_add(struct plot *plot, const struct notice *notice)
{
	char subject[SUBJECT_SIZE];
	struct plot_panel *panels =
		reallocarray(plot->panels, plot->panels_count + 1,
			     sizeof(*panels));

	if (!panels)
		return -ENOMEM;
	plot->panels = panels;
	subject_write(notice, subject);
	struct plot_panel panel = {.subject = strdup(subject),
				   .title = title_make(plot->rule, notice)};
	panels[plot->panels_count++] = panel;
	return panel.subject && panel.title ? 0 : -ENOMEM;
}

/* The panel of a group that has come to be. */
static int
group_add(struct looking *looking, const struct group_use *use)
{
	struct plot *plot = &looking->plots[use->rule];
	struct notice_label labels[GROUP_BY_MAX];
	struct notice notice = {
		.rule = plot->rule->name,
		.agreement = use->agreement,
		.status = looking->drill ? STATUS_EXERCISE : STATUS_ACTUAL,
		.labels = labels,
		.labels_count = plot->rule->group_by_count,
	};

	for (size_t i = 0; i < notice.labels_count; i++)
		labels[i] =
			(struct notice_label){.name = field_name(
						      plot->rule->group_by[i]),
					      .value = use->values[i]};
	if (looking->groups == looking->groups_capacity) {
		size_t capacity = looking->groups_capacity * 2 + 64;
		size_t *panel_of = reallocarray(looking->panel_of, capacity,
						sizeof(*panel_of));
		if (!panel_of)
			return -ENOMEM;
		looking->panel_of = panel_of;
		looking->groups_capacity = capacity;
	}
	looking->panel_of[looking->groups++] = plot->panels_count;
	return panel_add(plot, &notice);
}

static bool
sample_is_same(const struct plot_sample *left, const struct plot_sample *right)
{
	return memcmp(left->sums, right->sums, sizeof(left->sums)) == 0 &&
	       left->tested == right->tested;
}

/* Whether there is room for no more of them since a time: then the last one is
 * the greatest that came after the others. */
static bool
samples_are_many(const struct plot_panel *panel, int64_t since)
{
	return panel->samples_count >= LOOKS_MORE &&
	       panel->samples[panel->samples_count - LOOKS_MORE].at > since;
}

static int
sample_add(struct plot_panel *panel, int64_t at, int64_t since,
	   const struct group_use *use, enum basis basis)
{
	/* Less than usual is nothing to see. */
	struct plot_sample sample = {.at = at, .tested = fmax(use->tested, 0)};

	for (int i = BASIS_CONFIRMED; i <= BASIS_UPPER; i++)
		sample.sums[i] = (double)use->sums.by_basis[i];
	panel->peak = fmax(panel->peak, sample.sums[basis]);
	panel->tested_peak = fmax(panel->tested_peak, sample.tested);
	struct plot_sample *last =
		panel->samples_count > 0
			? &panel->samples[panel->samples_count - 1]
			: NULL;
	if (last && sample_is_same(last, &sample))
		return 0;
	if (samples_are_many(panel, since)) {
		if (sample.sums[basis] >= last->sums[basis])
			*last = sample;
		return 0;
	}
	if (panel->samples_count == panel->samples_capacity) {
		size_t capacity = panel->samples_capacity * 2 + 16;
		struct plot_sample *samples =
			reallocarray(panel->samples, capacity,
				     sizeof(*samples));
		if (!samples)
			return -ENOMEM;
		panel->samples = samples;
		panel->samples_capacity = capacity;
	}
	panel->samples[panel->samples_count++] = sample;
	return 0;
}

static int
look(struct looking *looking, int64_t at)
{
	struct group_use use;
	uint32_t iterator = 0;
	int error = 0;

	while (!error && engine_groups(looking->engine, &iterator, &use)) {
		if (iterator > looking->groups)
			error = group_add(looking, &use);
		if (error)
			break;
		struct plot *plot = &looking->plots[use.rule];
		error = sample_add(
			&plot->panels[looking->panel_of[iterator - 1]], at,
			looking->looked_at, &use, plot->rule->basis);
	}
	return error;
}

/* --- Playing --- */

static int64_t
item_time(const struct looking *looking, const struct recorded *item)
{
	return recording_is_a_journal(looking->recording) &&
			       looking->run->settings->configuration.clock ==
				       CLOCK_WALL
		       ? item->step_ms
		       : item->own_ms;
}

static int64_t
look_due(const struct looking *looking)
{
	return looking->from + (int64_t)((double)(looking->to - looking->from) *
					 looking->looks / LOOKS);
}

/* Windows empty while nothing is reported. */
static int
looks_until(struct looking *looking, int64_t until)
{
	struct outbox outbox;
	int error = 0;

	while (!error && looking->looks <= LOOKS &&
	       look_due(looking) <= until) {
		int64_t at = look_due(looking);
		looking->looked_at = at;
		error = playback_until(looking->playback, at, &outbox);
		if (!error)
			error = look(looking, at);
		looking->looks++;
	}
	return error;
}

/* Between two looks a window may fill and empty again: so there is one after
 * each report, or as many as take no long time. */
static size_t
every_item(const struct looking *looking)
{
	return 1 +
	       looking->recording->count * (looking->groups + 1) / GROUPS_SEEN;
}

static int
items_look(struct looking *looking)
{
	int error = 0;

	for (size_t i = 0; !error && i < looking->recording->count; i++) {
		const struct recorded *item = &looking->recording->items[i];
		struct receipt receipt;
		struct outbox outbox;

		if (item_time(looking, item) != TIME_UNSET)
			error = looks_until(looking, item_time(looking, item));
		if (!error)
			error = playback_item(looking->playback, item, &receipt,
					      &outbox);
		if (!error &&
		    (outbox.count > 0 || i % every_item(looking) == 0))
			error = look(looking, engine_now(looking->engine));
	}
	return error ? error : looks_until(looking, looking->to);
}

/* The time that there is something to see of. */
static void
span_find(struct looking *looking)
{
	const struct recording *recording = looking->recording;
	size_t first = 0;

	if (looking->run->until == TIME_UNSET)
		return;
	looking->from = looking->to = looking->run->until;
	while (first < recording->count &&
	       item_time(looking, &recording->items[first]) == TIME_UNSET)
		first++;
	if (first < recording->count &&
	    item_time(looking, &recording->items[first]) < looking->to)
		looking->from = item_time(looking, &recording->items[first]);
	if (looking->to - looking->from < 3600 * 1000) {
		looking->from -= 1800 * 1000;
		looking->to += 1800 * 1000;
	}
}

/* --- What was said --- */

/* What the sums said of an alert of a rule that keeps none between alerts. */
static struct plot_panel *
panel_find(struct plot *plot, const struct told *told, struct codec *codec)
{
	struct notice notice;

	for (size_t i = 0; i < plot->panels_count; i++)
		if (strcmp(plot->panels[i].subject, told->subject) == 0)
			return &plot->panels[i];
	told_notice(told, codec, &notice);
	return panel_add(plot, &notice) == 0
		       ? &plot->panels[plot->panels_count - 1]
		       : NULL;
}

static int
alert_show(struct looking *looking, const struct told *told,
	   struct codec *codec)
{
	const struct configuration *configuration =
		&looking->run->settings->configuration;

	for (size_t i = 0; i < configuration->rules_count; i++) {
		struct plot *plot = &looking->plots[i];
		if (strcmp(plot->rule->name, told->rule) != 0)
			continue;
		struct plot_panel *panel = panel_find(plot, told, codec);
		if (!panel)
			return -ENOMEM;
		const struct told **alerts =
			reallocarray(panel->alerts, panel->alerts_count + 1,
				     sizeof(*alerts));
		if (!alerts)
			return -ENOMEM;
		panel->alerts = alerts;
		panel->alerts[panel->alerts_count++] = told;
		if (panel->samples_count == 0 &&
		    told->sums[plot->rule->basis] > panel->peak)
			panel->peak = told->sums[plot->rule->basis];
		break;
	}
	return 0;
}

static int
alerts_show(struct looking *looking)
{
	struct codec *codec;
	int error = codec_new(&codec);

	for (size_t i = 0; !error && i < looking->run->count; i++)
		if (looking->run->alerts[i].drill == looking->drill)
			error = alert_show(looking, &looking->run->alerts[i],
					   codec);
	codec_free(codec);
	return error;
}

/* Those with the most alerts first, then those with the highest sums. */
static int
panel_compare(const void *a, const void *b)
{
	const struct plot_panel *x = a, *y = b;

	if (x->alerts_count != y->alerts_count)
		return x->alerts_count > y->alerts_count ? -1 : 1;
	if (x->peak != y->peak)
		return x->peak > y->peak ? -1 : 1;
	return strcmp(x->subject, y->subject);
}

static void
panels_choose(struct plot *plot)
{
	/* Without groups the agreements stay in the order of their time. */
	if (plot->rule->group_by_count > 0 && plot->panels_count > 0)
		qsort(plot->panels, plot->panels_count, sizeof(*plot->panels),
		      panel_compare);
	size_t kept = 0;
	for (size_t i = 0; i < plot->panels_count; i++) {
		struct plot_panel *panel = &plot->panels[i];
		if (panel->alerts_count == 0 && panel->peak == 0)
			continue;
		if (kept ==
		    (panel->alerts_count > 0 ? PANELS_MAX : PANELS_QUIET)) {
			plot->panels_left++;
			plot->alerts_left += panel->alerts_count;
		} else {
			struct plot_panel moved = plot->panels[kept];
			plot->panels[kept++] = *panel;
			*panel = moved;
		}
	}
	plot->drawn = kept;
}

/* --- Files --- */

static int
plot_file(const struct options *options, const char *directory,
	  const struct plot *plot)
{
	char *path;

	if (asprintf(&path, "%s/%s.svg", directory, plot->rule->name) < 0)
		return options_failed(options, "out of memory");
	FILE *file = fopen(path, "we");
	int result = EXIT_DONE;
	if (file)
		plot_draw(plot, file);
	if (!file || ferror(file) + fclose(file) != 0)
		result = options_failed(options, "%s: %s", path,
					strerror(errno));
	else
		fprintf(stderr, "%s: drawn: %s\n", options->command, path);
	free(path);
	return result;
}

static int
looking_begin(struct looking *looking)
{
	const struct configuration *configuration =
		&looking->run->settings->configuration;
	int error = playback_new(&looking->playback, looking->run->settings,
				 looking->recording);

	if (error)
		return error;
	looking->engine =
		engines_part(playback_engines(looking->playback),
			     looking->drill ? ENGINE_DRILL : ENGINE_REAL);
	looking->plots =
		calloc(configuration->rules_count + 1, sizeof(*looking->plots));
	if (!looking->plots)
		return -ENOMEM;
	span_find(looking);
	for (size_t i = 0; i < configuration->rules_count; i++)
		looking->plots[i] = (struct plot){
			.rule = &configuration->rules[i],
			.from = looking->from,
			.to = looking->to,
		};
	return 0;
}

static void
looking_end(struct looking *looking)
{
	size_t rules =
		looking->plots
			? looking->run->settings->configuration.rules_count
			: 0;

	for (size_t i = 0; i < rules; i++) {
		struct plot *plot = &looking->plots[i];
		for (size_t j = 0; j < plot->panels_count; j++) {
			free(plot->panels[j].subject);
			free(plot->panels[j].title);
			free(plot->panels[j].samples);
			free(plot->panels[j].alerts);
		}
		free(plot->panels);
	}
	free(looking->plots);
	free(looking->panel_of);
	playback_free(looking->playback);
}

int
plot_write(const struct options *options, const char *directory,
	   const struct run *run, const struct recording *recording, bool drill)
{
	struct looking looking = {.run = run,
				  .recording = recording,
				  .drill = drill};
	int result = EXIT_DONE;

	if (mkdir(directory, 0777) < 0 && errno != EEXIST)
		return options_failed(options, "%s: %s", directory,
				      strerror(errno));
	int error = looking_begin(&looking);
	if (!error)
		error = items_look(&looking);
	if (!error)
		error = alerts_show(&looking);
	if (error)
		result = options_failed(options, "%s: %s", directory,
					strerror(-error));
	for (size_t i = 0; result == EXIT_DONE &&
			   i < run->settings->configuration.rules_count;
	     i++) {
		/* Of what is silent, due or missing there is no curve. */
		if (!rule_counts_events(&run->settings->configuration.rules[i]))
			continue;
		panels_choose(&looking.plots[i]);
		result = plot_file(options, directory, &looking.plots[i]);
	}
	looking_end(&looking);
	return result;
}
