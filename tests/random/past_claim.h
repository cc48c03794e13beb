/* SPDX-License-Identifier: MIT */
/*
 * The inside of the reference model: what becomes of claims, and what each of
 * the four primitives makes of that.
 */
#ifndef PAST_CLAIM_H
#define PAST_CLAIM_H

#include "past.h"

struct place past_place(const struct past *claim);
bool past_is_at(const struct past *past, const struct place *place);
bool past_is_hold(const struct past *past);
struct past *past_oldest_holder(struct model *model, const struct place *place);
struct past *past_first_waiter(struct model *model, const struct place *place);
int past_count(
    struct model *model, const struct place *place, enum past_state state);
/* The hold that a release means, or NULL. */
struct past *past_find_hold(
    struct model *model, const struct asker *asker, enum wire_kind kind);

/* WIRE_OK: the request may go on, to hold where can_have, else to wait. */
enum wire_code past_enter(struct model *model, const struct asker *asker,
    const struct place *place, bool can_have);
/* The refusal with past_enter's word, with the holder where that is due. */
void past_refuse_entry(struct model *model, const struct asker *asker,
    const struct place *place, enum wire_code code);
struct past *past_claim(
    struct model *model, const struct asker *asker, const struct place *place);
void past_wait(struct model *model, struct past *claim);
/* Makes it a hold; returns the answer that says so. */
struct model_answer *past_grant(struct model *model, struct past *claim);
/* A hold ends: it is passed on. */
void past_end(struct model *model, struct past *claim, enum model_end end);
/* A wait ends without a hold, with an answer or (WIRE_OK) without one. */
void past_give_up(struct model *model, struct past *claim, enum wire_code code);
bool past_is_lost(enum model_end end);
/* Would this wait close a circle? */
bool past_is_deadlock(
    struct model *model, int session, const struct place *place);

/* The operation list. */
void model_list(struct model *model, const struct asker *asker);

/* The four primitives ----------------------------------------------------- */

void model_lock(struct model *model, const struct asker *asker);
void model_lock_serve(struct model *model, const struct place *place);

void model_limit(struct model *model, const struct asker *asker);
void model_limit_serve(struct model *model, const struct place *place);

void model_flight(struct model *model, const struct asker *asker);
/* The leader is gone without a result. */
void model_flight_passes_on(
    struct model *model, const struct place *place, enum model_end end);

void model_pool(struct model *model, const struct asker *asker);
void model_pool_serve(struct model *model, const struct place *place);
/* What becomes of a borrower's object. */
void model_pool_ended(
    struct model *model, struct past *claim, enum model_end end);

#endif
