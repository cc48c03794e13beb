/* SPDX-License-Identifier: MIT */
/*
 * The attackers of a siege: one program, one attack in each process. It prints
 * "ready" when it is in place, goes on until its standard input ends, and then
 * prints in one line of JSON what it has achieved. Nothing it meets ends it:
 * who is turned away comes again.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was achieved. */
struct attack_count {
	uint64_t held;     /* connections that are open in the end */
	uint64_t opened;   /* connections, in all */
	uint64_t closed;   /* of them, by the daemon */
	uint64_t bytes;    /* sent */
	uint64_t requests; /* whole lines sent */
	uint64_t answers;  /* lines read */
	uint64_t refused;  /* connections and answers that were */
};

/* What the connections of one attack do, over and over. */
struct attack_plan {
	const char *name;
	int n_conns;
	char *payload; /* owned; NULL: they say nothing */
	size_t n_payload;
	bool reads;
	bool drips; /* a byte a second */
};

/* Ends the program with failure. */
void attack_fail(const char *what) __attribute__((noreturn));
/* A connection that does not block; -1 where it was refused. */
int attack_connect(const char *path);
/* Says that the attack is in place. */
void attack_ready(void);
/* Whether the siege is over: standard input has ended. */
bool attack_is_over(void);

/* attack_lines.c: what the attackers say. False: there is no such plan. */
bool attack_plan_init(struct attack_plan *plan, const char *name, int n_conns);
void attack_plan_deinit(struct attack_plan *plan);

/* attack_conns.c: many connections. */
void attack_run_plan(const char *path, const struct attack_plan *plan,
    struct attack_count *count);

/* attack_few.c: one connection after the other, opened and closed; and
 * descriptors sent over them. */
void attack_run_flood(const char *path, struct attack_count *count);
void attack_run_rights(const char *path, struct attack_count *count);

#endif
