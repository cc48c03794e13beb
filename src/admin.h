/* SPDX-License-Identifier: MIT */
/*
 * Answers that describe the daemon: documents made with jansson, off the hot
 * path. Each is put into the outbox as members of the answer.
 */
#ifndef ADMIN_H
#define ADMIN_H

#include "claim.h"

#include <jansson.h>

/* The answer to hello: who serves, and within which limits. */
void admin_hello(struct core *core, struct request *req);
/* The answer to stats: what is there, and what happened so far, per kind. */
void admin_stats(struct core *core, struct request *req);
/* The same as an object, for the caller to free. */
json_t *admin_stats_document(const struct core *core);

#endif
