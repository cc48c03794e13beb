/* SPDX-License-Identifier: MIT */
/*
 * The answer to stats as text for Prometheus: a table of families, one pass
 * over it, and nothing that depends on what clients choose. A key is never a
 * label, so the number of lines has a bound. Used by the daemon and by
 * msync(1); msyncd-metrics(7) lists the families.
 */
#ifndef OPENMETRICS_H
#define OPENMETRICS_H

#include <jansson.h>

/* How the same is written. */
enum openmetrics_form {
	OPENMETRICS_1_0,  /* OpenMetrics 1.0 */
	OPENMETRICS_PLAIN /* the older text of Prometheus, version 0.0.4 */
};

/* The text, NUL-terminated, to be freed with free(3). What the document does
 * not have, or has in another form, is left out. NULL: there is no memory. */
char *openmetrics_render(const json_t *stats, enum openmetrics_form form);

#endif
