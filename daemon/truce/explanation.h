/*
 * What truced says of why a rule fires or does not, for people and for
 * scripts.
 */
#ifndef TRUCED_TRUCE_EXPLANATION_H
#define TRUCED_TRUCE_EXPLANATION_H

#include <stdio.h>

#include <jansson.h>

#include "core/explanation.h"
#include "truce/terminal.h"

/* One sentence that says why, then what it rests on; or the groups there are.
 */
void explanation_print(const struct explanation *explanation,
		       const struct style *style, FILE *stream);

/* With the field names of service.proto. NULL: no memory. */
json_t *explanation_json(const struct explanation *explanation);

#endif
