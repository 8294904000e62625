#include "truce/compare.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- Pairs --- */

struct pair {
	int64_t distance;
	size_t left;
	size_t right;
};

struct pairs {
	struct pair *all;
	size_t count;
	size_t capacity;
};

static int
pair_compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	if (x->left != y->left)
		return x->left < y->left ? -1 : 1;
	return x->right < y->right ? -1 : x->right > y->right;
}

static int
pair_add(struct pairs *pairs, const struct pair *pair)
{
	if (pairs->count == pairs->capacity) {
		size_t capacity = pairs->capacity * 2 + 64;
		struct pair *all =
			reallocarray(pairs->all, capacity, sizeof(*all));
		if (!all)
			return -ENOMEM;
		pairs->all = all;
		pairs->capacity = capacity;
	}
	pairs->all[pairs->count++] = *pair;
	return 0;
}

int
pairs_make(size_t lefts, size_t rights, pair_distance *distance,
	   const void *context, size_t *ret_right_of)
{
	struct pairs pairs = {.all = NULL};
	bool *taken = calloc(rights + 1, sizeof(*taken));
	int error = taken ? 0 : -ENOMEM;

	for (size_t i = 0; i < lefts; i++) {
		ret_right_of[i] = SIZE_MAX;
		for (size_t j = 0; !error && j < rights; j++) {
			struct pair pair = {distance(context, i, j), i, j};
			if (pair.distance >= 0)
				error = pair_add(&pairs, &pair);
		}
	}
	if (pairs.count > 0)
		qsort(pairs.all, pairs.count, sizeof(*pairs.all), pair_compare);
	for (size_t i = 0; !error && i < pairs.count; i++) {
		const struct pair *pair = &pairs.all[i];
		if (ret_right_of[pair->left] != SIZE_MAX || taken[pair->right])
			continue;
		ret_right_of[pair->left] = pair->right;
		taken[pair->right] = true;
	}
	free(pairs.all);
	free(taken);
	return error;
}

/* --- Two runs --- */

/* Alerts of one part, each with a number for whom it is about. */
struct side {
	const struct told **alerts;
	size_t *subjects;
	size_t count;
};

struct sides {
	struct side left;
	struct side right;
};

static int
subject_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
side_take(struct side *side, const struct run *run, bool drill)
{
	side->alerts = calloc(run->count + 1, sizeof(*side->alerts));
	side->subjects = calloc(run->count + 1, sizeof(*side->subjects));
	if (!side->alerts || !side->subjects)
		return -ENOMEM;
	for (size_t i = 0; i < run->count; i++)
		if (run->alerts[i].drill == drill)
			side->alerts[side->count++] = &run->alerts[i];
	return 0;
}

static void
subjects_number(struct side *side, const char *const *names, size_t count)
{
	for (size_t i = 0; i < side->count; i++) {
		const char *name = side->alerts[i]->subject;
		const char *const *found =
			bsearch(&name, names, count, sizeof(*names),
				subject_compare);
		while (found > names && strcmp(found[-1], name) == 0)
			found--;
		side->subjects[i] = (size_t)(found - names);
	}
}

/* So that they are compared as numbers. */
static int
sides_number(struct sides *sides)
{
	size_t count = sides->left.count + sides->right.count;
	const char **names = calloc(count + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		names[i] = i < sides->left.count
				   ? sides->left.alerts[i]->subject
				   : sides->right.alerts[i - sides->left.count]
					     ->subject;
	qsort(names, count, sizeof(*names), subject_compare);
	subjects_number(&sides->left, names, count);
	subjects_number(&sides->right, names, count);
	free(names);
	return 0;
}

static int64_t
sides_distance(const void *context, size_t left, size_t right)
{
	const struct sides *sides = context;
	const struct told *a = sides->left.alerts[left];
	const struct told *b = sides->right.alerts[right];

	if (sides->left.subjects[left] != sides->right.subjects[right] ||
	    a->cause != b->cause || a->msg_type != b->msg_type)
		return -1;
	int64_t apart = llabs(a->sent_at - b->sent_at);
	return apart <= COMPARE_APART_MS ? 2 * apart + !told_same(a, b) : -1;
}

bool
told_same(const struct told *left, const struct told *right)
{
	return left->sent_at == right->sent_at && left->cause == right->cause &&
	       left->msg_type == right->msg_type &&
	       left->state == right->state &&
	       left->severity == right->severity &&
	       left->certainty == right->certainty &&
	       memcmp(left->sums, right->sums, sizeof(left->sums)) == 0;
}

static int
difference_compare(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	const struct told *first = x->left ? x->left : x->right;
	const struct told *second = y->left ? y->left : y->right;

	if (first->sent_at != second->sent_at)
		return first->sent_at < second->sent_at ? -1 : 1;
	/* What one of them has first, as it told them. */
	if (!x->left != !y->left)
		return x->left ? -1 : 1;
	return first->seq < second->seq ? -1 : first->seq > second->seq;
}

static void
differences_take(struct differences *differences, const struct sides *sides,
		 const size_t *right_of, bool *is_paired)
{
	for (size_t i = 0; i < sides->left.count; i++) {
		struct difference difference = {
			.left = sides->left.alerts[i],
			.right = right_of[i] == SIZE_MAX
					 ? NULL
					 : sides->right.alerts[right_of[i]],
		};
		if (difference.right)
			is_paired[right_of[i]] = true;
		if (difference.right &&
		    told_same(difference.left, difference.right))
			differences->same++;
		else
			differences->all[differences->count++] = difference;
	}
	for (size_t j = 0; j < sides->right.count; j++)
		if (!is_paired[j])
			differences->all[differences->count++] =
				(struct difference){
					.right = sides->right.alerts[j]};
	qsort(differences->all, differences->count, sizeof(*differences->all),
	      difference_compare);
}

int
differences_find(struct differences *ret_differences, const struct run *left,
		 const struct run *right, bool drill)
{
	struct differences differences = {.count = 0};
	struct sides sides = {.left = {.count = 0}};
	size_t *right_of = calloc(left->count + 1, sizeof(*right_of));
	bool *is_paired = calloc(right->count + 1, sizeof(*is_paired));
	int error = side_take(&sides.left, left, drill);

	differences.all = calloc(left->count + right->count + 1,
				 sizeof(*differences.all));
	if (!error)
		error = side_take(&sides.right, right, drill);
	if (!right_of || !is_paired || !differences.all)
		error = -ENOMEM;
	if (!error)
		error = sides_number(&sides);
	if (!error)
		error = pairs_make(sides.left.count, sides.right.count,
				   sides_distance, &sides, right_of);
	if (!error) {
		differences_take(&differences, &sides, right_of, is_paired);
		*ret_differences = differences;
	} else {
		free(differences.all);
	}
	free(right_of);
	free(is_paired);
	free(sides.left.alerts);
	free(sides.left.subjects);
	free(sides.right.alerts);
	free(sides.right.subjects);
	return error;
}

void
differences_done(struct differences *differences)
{
	free(differences->all);
}
