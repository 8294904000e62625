/*
 * The words of an alert: its headline, description and instruction.
 *
 * A template is text with {names}: {party} (reads "allegedly X" unless every
 * event in the sum is at least ASSESSED_PARTY), {reported}, {confirmed},
 * {supported}, {upper}, {value} (the basis sum is the caller's to choose),
 * {threshold}, {window}, {agreement}, {rule}, {measure} and the group_by
 * fields ("unknown" where unset). Pure; the same alert gives the same bytes.
 */
#ifndef TRUCED_CORE_HEADLINE_H
#define TRUCED_CORE_HEADLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/alert.h"

/* Writes at most size bytes with the NUL, cut at a character. An empty
 * template gives the default one. */
void headline_render(const struct alert *alert, const char *template,
		     char *ret_text, size_t size);
/* One or two sentences: what crossed what, how sure, what is disputed. */
void description_render(const struct alert *alert, char *ret_text, size_t size);

/* True if every {name} in it is known; else false and the first unknown one in
 * ret_name, for the configuration's error. */
bool template_check(const char *template, char *ret_name, size_t size);

#endif
