/* SPDX-License-Identifier: MIT */
/* Objects of a pool, for msync pool: how the shell makes and destroys them. */
#ifndef CLI_POOL_H
#define CLI_POOL_H

#include "cli_turn.h"

/* What msync pool was told. */
struct pool_options {
	const char *key;
	int capacity;                 /* 0: the one in force */
	int64_t max_idle_ms;          /* -1: not said */
	const char *create, *destroy; /* shell commands; NULL: none */
	bool drops_failed, adopts;
	bool prints_destroyed, prints_json;
	struct turn_options turn;
};

/* A pool of the turn's connection, with the callbacks that the options say; the
 * options must outlive it. 0 or a code. */
int cli_pool_new(
    struct turn *turn, struct pool_options *options, struct msync_pool **pool);
/* Connects and gets an object. 0; a code; or a positive exit status where
 * --create failed, which has been told. *pool is to be freed in any case. */
int cli_pool_get(
    struct turn *turn, struct pool_options *options, struct msync_pool **pool);
/* The value of the grant for the shell, from malloc(3); NULL: to be created. */
char *cli_pool_value(const struct msync_grant *grant);
/* Runs --destroy for a value, if there is one. */
void cli_pool_destroy(void *ctx, const char *json, size_t len);

#endif
