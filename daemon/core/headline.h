/*
 * The words of an alert: its headline, description and instruction.
 *
 * A template is text with {names}: {party} (reads "allegedly X" unless every
 * event in the sum is at least ASSESSED_PARTY), {reported}, {confirmed},
 * {supported}, {upper}, {value} (of them the one that the rule tests),
 * {threshold}, {window}, {agreement}, {rule}, {measure} and the group_by fields
 * ("unknown" where unset, or where the rule does not group by it). Of a silence
 * and of a deadline {value} and {threshold} are durations; {due} is the day
 * that the deadline {deadline} is due. Any other {name} stays as it is. Pure;
 * the same alert gives the same bytes.
 *
 * Every text is at most size bytes with its NUL, cut at a character.
 */
#ifndef TRUCED_CORE_HEADLINE_H
#define TRUCED_CORE_HEADLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/alert.h"

/* The template's text, or a default one where it is "". One that ends or
 * corrects says so first ("over: ", "rule changed: ", "corrected: ",
 * "cancelled: "), and so does a drill's ("exercise: "): a template cannot hide
 * it. The report that brought a correction about comes last (" | 5 -> 1:
 * jfo/881@2 withdrawn"). */
void headline_render(const struct alert *alert, const char *template,
		     char *ret_text, size_t size);
/* What a default headline says of the figures: "7 killed in 24 h, 3 confirmed",
 * "no report from JFO for 3 h". */
void figure_render(const struct alert *alert, char *ret_text, size_t size);
/* The template's text and no more: for instructions. */
void template_render(const struct alert *alert, const char *template,
		     char *ret_text, size_t size);
/* One or two sentences: what crossed what, how sure, what is disputed. */
void description_render(const struct alert *alert, char *ret_text, size_t size);

/* True if every {name} in it is known; else false and the first unknown one in
 * ret_name, for the configuration's error. */
bool template_check(const char *template, char *ret_name, size_t size);

#endif
