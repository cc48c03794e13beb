/* SPDX-License-Identifier: MIT */
/* The tables that claims are found in: between claim.c, which puts them in and
 * takes them out, and claim_find.c. */
#ifndef CLAIM_TABLES_H
#define CLAIM_TABLES_H

#include "claim.h"

/* Makes a table of holds by token; puts a hold into it; takes it out. */
void claim_init_table(struct table *table);
void claim_list_hold(struct core *core, struct claim *claim);
void claim_unlist_hold(struct core *core, struct claim *claim);
/* Makes the session's table of waits by id; puts a wait into it, if it has one;
 * takes it out. */
void claim_init_ids(const struct core *core, struct session *session);
void claim_list_id(struct core *core, struct claim *claim);
void claim_unlist_id(const struct core *core, struct claim *claim);

#endif
