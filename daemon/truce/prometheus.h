/*
 * What truced says of itself, as metrics that Prometheus reads: for the
 * textfile collector of its node_exporter.
 */
#ifndef TRUCED_TRUCE_PROMETHEUS_H
#define TRUCED_TRUCE_PROMETHEUS_H

#include <stdio.h>

#include "edge/codec.h"

/* status NULL: truced did not answer, and that is all there is to say. */
void prometheus_print(const struct status_reply *status, FILE *stream);

#endif
