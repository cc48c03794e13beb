/* SPDX-License-Identifier: MIT */
/* What the two halves of the reference model of the pool ask each other. */
#ifndef PAST_POOL_H
#define PAST_POOL_H

#include "past_claim.h"

struct place past_pool_place(const char *key);
bool past_pool_has_object(
    const struct past *past, const char *key, enum past_state state);
int past_pool_count(
    struct model *model, const char *key, enum past_state state);
/* Idle, lent and being created. */
int64_t past_pool_size(struct model *model, const char *key);
/* Of the objects in this state the one that came into it first, or NULL. */
struct past *past_pool_oldest(
    struct model *model, const char *key, enum past_state state);
/* Surplus idle objects go, the oldest first. */
void past_pool_shrink(struct model *model, const char *key, int64_t capacity);
/* All that is to be destroyed becomes the asker's. */
void past_pool_hand_out(
    struct model *model, struct model_answer *answer, const char *key);

/* All operations but get, put and drop. */
void model_pool_set(struct model *model, const struct asker *asker);

#endif
