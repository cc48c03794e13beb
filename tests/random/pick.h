/* SPDX-License-Identifier: MIT */
/* How the generator of requests picks their members. */
#ifndef PICK_H
#define PICK_H

#include "generate.h"

#define PICK(gen, list)                                                        \
	((list)[rng_below(&(gen)->rng, (int)(sizeof(list) / sizeof(*(list))))])

bool pick_percent(struct generator *gen, int n);
int pick_below(struct generator *gen, int n);
struct model_id pick_id(struct generator *gen);
/* A JSON text. */
const char *pick_value(struct generator *gen);
/* For a wait or a lease. */
int64_t pick_time(struct generator *gen);
/* One of the episode's keys, for the request; returns a number that goes with
 * it, 1 or more. */
int pick_key(struct generator *gen, struct model_request *request);

/* Requests that are not about getting something: renew, cancel, hello …; and
 * releases, mostly of what is held. Both may choose another session. */
void make_common(
    struct generator *gen, int *session, struct model_request *request);
void make_release(
    struct generator *gen, int *session, struct model_request *request);

#endif
