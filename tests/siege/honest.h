/* SPDX-License-Identifier: MIT */
/*
 * The honest clients of a siege: a hundred connections of one process that do
 * what clients do, with pauses, and look at every answer: nobody may have what
 * another one has. A client goes round: it asks for what it wants, gets it,
 * lets it go, and pauses.
 */
#ifndef HONEST_H
#define HONEST_H

#include "growth_times.h"
#include "load_answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONEST_N_CLIENTS 100
#define HONEST_N_GROUPS  32
#define HONEST_CAPACITY  5 /* of limits and pools */
#define HONEST_PAUSE_NS  20000000
#define HONEST_LINE      4096

enum honest_kind {
	HONEST_LOCK,
	HONEST_LIMIT,
	HONEST_POOL,
	HONEST_FLIGHT,
};

/* Those who want the same. */
struct honest_group {
	enum honest_kind kind;
	bool reconnects;    /* for every round, as msync(1) does */
	int n_clients;      /* that are of it */
	int n_holders;      /* now */
	int64_t last_token; /* tokens rise */
	int64_t n_results;  /* of flights, up to now */
	int n_objects;      /* made, of a pool */
	bool is_lent[HONEST_N_CLIENTS + 1]; /* object, by number */
};

enum honest_state {
	HONEST_PAUSES,
	HONEST_CONNECTS, /* and is refused for now */
	HONEST_WANTS,
	HONEST_LETS_GO,
};

struct honest_client {
	struct honest_group *group;
	enum honest_state state;
	int fd; /* -1: none */
	int object;
	int64_t id, n_results; /* when it asked */
	bool is_holding;
	uint64_t due_at, asked_at;
	char part[HONEST_LINE]; /* of a line */
	size_t n_part;
};

struct honest {
	const char *path;
	int epoll;
	struct honest_group groups[HONEST_N_GROUPS];
	int n_groups;
	struct honest_client clients[HONEST_N_CLIENTS];
	struct times times;       /* of requests, connecting included */
	struct times connections; /* of those alone that had to connect */
	uint64_t n_refused, n_cut, n_late_connects;
	char refusal[HONEST_LINE]; /* the first */
};

/* Prints what is wrong, and ends the program with failure. */
void honest_fail(const char *what, const char *line) __attribute__((noreturn));

/* honest_work.c: the request that the client is to send now. Returns its
 * length. */
size_t honest_ask(
    const struct honest *honest, struct honest_client *client, char *to);
/* Judges the answer: what was granted was free. Whoever has it, holds it. */
void honest_judge(struct honest_client *client,
    const struct load_answer *answer, const char *line);
/* What it held is free again: it lets go, or its connection was cut. */
void honest_let_go(struct honest_client *client);

#endif
