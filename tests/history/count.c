/* SPDX-License-Identifier: MIT */
/*
 * What there was in a history. A daemon that does nothing does nothing wrong,
 * so there must be enough of everything; how much depends on how long it was.
 * See judge.h.
 */
#include "judge.h"

#include <stdio.h>

enum what {
	SECONDS,
	RECORDS,
	LOCKS,
	LIMITS,
	LEADS,
	OBJECTS,
	WAITS,
	FOLLOWERS,
	KEPT,
	TAKEOVERS,
	ABANDONED,
	TIMEOUTS,
	BUSY,
	CANCELLED,
	LEASES,
	RENEWALS,
	DETACHED,
	REFUSED,
	CREATED,
	DESTROYED,
	FORGOTTEN,
	RESIZES,
	DEAD_HOLDS,
	KILLS,
	STOPS,
	HANGUPS,
	ROUNDS,
	N_WHATS,
};

/* The least number in a run of ten seconds; what an idle machine does is some
 * ten times that. */
static const struct {
	const char *name;
	int64_t least;
} whats[N_WHATS] = {
    [SECONDS] = {"s", 0},
    [RECORDS] = {"records", 0},
    [LOCKS] = {"locks", 200},
    [LIMITS] = {"limits", 200},
    [LEADS] = {"leads", 200},
    [OBJECTS] = {"objects", 200},
    [WAITS] = {"waits", 200},
    [FOLLOWERS] = {"followers", 100},
    [KEPT] = {"kept", 10},
    [TAKEOVERS] = {"takeovers", 10},
    [ABANDONED] = {"abandoned", 2},
    [TIMEOUTS] = {"timeouts", 20},
    [BUSY] = {"busy", 20},
    [CANCELLED] = {"cancelled", 20},
    [LEASES] = {"lost leases", 5},
    [RENEWALS] = {"renewals", 5},
    [DETACHED] = {"detached", 10},
    [REFUSED] = {"refused returns", 10},
    [CREATED] = {"created", 10},
    [DESTROYED] = {"destroyed", 5},
    [FORGOTTEN] = {"forgotten", 2},
    [RESIZES] = {"resizes", 5},
    [DEAD_HOLDS] = {"holds of the dead", 10},
    [KILLS] = {"kills", 10},
    [STOPS] = {"stops", 10},
    [HANGUPS] = {"hang-ups", 2},
    [ROUNDS] = {"rounds", 1},
};

static void count_grant(const struct request *r, int64_t n[N_WHATS])
{
	static const enum what grants[KIND_N] = {
	    [KIND_LOCK] = LOCKS,
	    [KIND_LIMIT] = LIMITS,
	    [KIND_FLIGHT] = LEADS,
	    [KIND_POOL] = OBJECTS,
	};
	uint32_t flags = r->got->flags;
	const struct hold *hold = r->hold;

	n[grants[plan[r->sent->key].kind]]++;
	n[ABANDONED] += (flags & FLAG_ABANDONED) != 0;
	n[CREATED] += (flags & FLAG_CREATE) != 0;
	n[TAKEOVERS] += r->sent->op == OP_BEGIN && r->got->count > 1;
	n[DETACHED] += (r->sent->flags & FLAG_DETACHED) != 0;
	n[LEASES] += hold->lost != NULL;
	n[DEAD_HOLDS] += r->conn->ended && hold->end == r->conn->ends;
}

static void count_request(const struct request *r, int64_t n[N_WHATS])
{
	const struct record *got = r->got;
	bool ok = got->code == CODE_OK;

	if (r->hold != NULL)
		count_grant(r, n);
	/* Whoever reads the pong first had to wait. */
	n[WAITS] += op_asks(r->sent->op) && r->arrived < got->at;
	if (r->sent->op == OP_BEGIN && r->hold == NULL && got->thing != 0)
		n[got->flags & FLAG_AGED ? KEPT : FOLLOWERS]++;
	n[TIMEOUTS] += got->code == CODE_TIMEOUT;
	n[BUSY] += got->code == CODE_BUSY;
	n[CANCELLED] += got->code == CODE_CANCELLED;
	n[RENEWALS] += r->sent->op == OP_RENEW && ok;
	n[REFUSED] += op_ends(r->sent->op) && !ok;
	n[FORGOTTEN] +=
	    r->sent->op == OP_FORGET && (got->flags & FLAG_YES) != 0;
	n[RESIZES] += r->sent->op == OP_LIMIT_SET || r->sent->op == OP_POOL_SET;
}

static void count_view(const struct view *view, int64_t n[N_WHATS])
{
	n[RECORDS] += view->n_records;
	for (int64_t i = 0; i < view->n_records; i++)
		n[HANGUPS] += view->records[i].event == EVENT_HANGUP;
}

static bool is_enough(const int64_t n[N_WHATS], int64_t ms)
{
	bool enough = true;

	for (int i = 0; i < N_WHATS; i++) {
		int64_t least = whats[i].least * ms / 10000;

		if (least == 0 && whats[i].least > 0)
			least = 1;
		if (n[i] >= least)
			continue;
		printf("TOO LITTLE: %lld %s, at least %lld expected\n",
		    (long long)n[i], whats[i].name, (long long)least);
		enough = false;
	}
	return enough;
}

bool history_count(const struct history *history)
{
	const struct view *parent = &history->views[history->n_views - 1];
	int64_t n[N_WHATS] = {0};
	int64_t ms = (parent->records[parent->n_records - 1].at -
			 parent->records[0].at) /
		     NS_PER_MS;

	n[SECONDS] = ms / 1000;
	for (size_t i = 0; i < history->n_requests; i++) {
		if (history->requests[i].got != NULL)
			count_request(&history->requests[i], n);
	}
	for (int i = 0; i < history->n_views; i++)
		count_view(&history->views[i], n);
	n[DESTROYED] = (int64_t)history->n_destroyed;
	n[KILLS] = (int64_t)history->n_kills;
	n[STOPS] = (int64_t)history->n_stops;
	n[ROUNDS] = (int64_t)history->n_quiet;
	for (int i = 0; i < N_WHATS; i++)
		printf("%s%lld %s", i == 0 ? "" : ", ", (long long)n[i],
		    whats[i].name);
	putchar('\n');
	return is_enough(n, ms);
}
