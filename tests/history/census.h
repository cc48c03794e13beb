/* SPDX-License-Identifier: MIT */
/*
 * The parent's own connection. It makes and resizes limits and pools, and
 * when all clients are quiet it takes everything there is: what has leaked
 * then does not come. It also lets waits end in front of others for which there
 * is room, who have to be let in then.
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "dice.h"
#include "link.h"

struct census {
	struct link *link;
	uint32_t capacity[PLAN_N]; /* as set last */
};

void census_open(
    struct census *census, struct journal *journal, const char *socket);
void census_make_keys(struct census *census);
void census_resize(struct census *census, struct dice *dice);
/* Takes everything and gives it back; false if it has waited in vain. */
bool census_take_all(struct census *census);
void census_close(struct census *census);

#endif
