/* SPDX-License-Identifier: MIT */
/* What the attackers say: see attack.h. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define LONG_LINE_BYTES (1024 * 1024)
#define N_COLLIDING     20000
/* uthash makes no more buckets than this for so many keys. */
#define BUCKET_BITS 12

static const char list_line[] = "{\"op\":\"list\"}\n";
static const char stats_line[] = "{\"op\":\"stats\"}\n";

/* A line of so many bytes, without its line feed, that is good but for its
 * length. */
static char *long_line(size_t len)
{
	static const char head[] = "{\"op\":\"ping\",\"x_\":\"",
			  tail[] = "\"}\n";
	char *line = malloc(len + 2);

	if (line == NULL)
		attack_fail("memory");
	memset(line, 'x', len + 1);
	memcpy(line, head, strlen(head));
	memcpy(line + len + 1 - strlen(tail), tail, sizeof(tail));
	return line;
}

/* The next key, from *number on, that comes into the first bucket of a table
 * that hashes as uthash does unless it is told otherwise. */
static void next_colliding(unsigned *number, char key[16])
{
	unsigned hash;

	do {
		(void)snprintf(key, 16, "c%u", (*number)++);
		HASH_JEN(key, strlen(key), hash);
	} while ((hash & ((1U << BUCKET_BITS) - 1)) != 0);
}

/* Takes all the keys, and lets them go. */
static char *colliding_lines(void)
{
	static const size_t line_bytes = 64;
	char *takes = malloc(2 * N_COLLIDING * line_bytes);
	char *lets_go = malloc(N_COLLIDING * line_bytes);
	size_t n_takes = 0, n_lets_go = 0;
	unsigned number = 0;
	char key[16];

	if (takes == NULL || lets_go == NULL)
		attack_fail("memory");
	for (int i = 0; i < N_COLLIDING; i++) {
		next_colliding(&number, key);
		n_takes += (size_t)sprintf(takes + n_takes,
		    "{\"op\":\"lock.acquire\",\"key\":\"%s\"}\n", key);
		n_lets_go += (size_t)sprintf(lets_go + n_lets_go,
		    "{\"op\":\"lock.release\",\"key\":\"%s\"}\n", key);
	}
	memcpy(takes + n_takes, lets_go, n_lets_go + 1);
	free(lets_go);
	return takes;
}

bool attack_plan_init(struct attack_plan *plan, const char *name, int n_conns)
{
	*plan = (struct attack_plan){
	    .name = name, .n_conns = n_conns, .reads = true};
	if (strcmp(name, "mute") == 0) {
		plan->payload = strdup(stats_line);
		plan->reads = false;
	} else if (strcmp(name, "slow") == 0) {
		plan->payload = long_line(LONG_LINE_BYTES);
		plan->drips = true;
	} else if (strcmp(name, "hash") == 0) {
		plan->payload = colliding_lines();
	} else if (strcmp(name, "long") == 0) {
		plan->payload = long_line(LONG_LINE_BYTES);
	} else if (strcmp(name, "list") == 0) {
		plan->payload = strdup(list_line);
	} else if (strcmp(name, "idle") != 0) {
		return false;
	}
	plan->n_payload = plan->payload == NULL ? 0 : strlen(plan->payload);
	return true;
}

void attack_plan_deinit(struct attack_plan *plan)
{
	free(plan->payload);
}
