/* SPDX-License-Identifier: MIT */
/*
 * Who plays in a story, and the names that its tokens have there. A session is
 * called by a word that begins with a capital (A, B, Worker1); a token is
 * called T1, T2 … in the order in which tokens come to light, and where several
 * do in the same turn, in the order of their numbers.
 */
#ifndef CAST_H
#define CAST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CAST_MAX        64
#define CAST_MAX_TOKENS 512
#define CAST_NAME_BYTES 24

struct actor {
	char name[CAST_NAME_BYTES];
	char command[CAST_NAME_BYTES]; /* of its program; "": not known */
	uint64_t session;              /* 0: was not let in */
	uid_t uid;
	pid_t pid;        /* 0: not known */
	bool gone;        /* its connection has ended */
	bool half_closed; /* has shut its sending side */
	bool deaf;        /* is leaving: answers to it are not shown */
};

struct cast {
	struct actor actors[CAST_MAX];
	int n_actors;
	int64_t tokens[CAST_MAX_TOKENS];
	int n_tokens;
};

/* The actor with this name (of len bytes), new when there is none yet; a new
 * one has uid 1000 and the next pid from 101 on, and no session. A name that
 * has gone may be used again: that is a new actor. */
struct actor *cast_actor(struct cast *cast, const char *name, size_t len);
/* The actor whose session this is, or NULL; gone ones are found, too. */
struct actor *cast_of_session(struct cast *cast, uint64_t session);

/* The number of this token in its name (3 for T3), or 0 without a name. */
int cast_token_number(const struct cast *cast, int64_t token);
/* The token that the text "T3" names, or -1. */
int64_t cast_token(const struct cast *cast, const char *text);
/* Gives names to n tokens that came to light in one turn, and sorts them.
 * false when a new one is not above every token that was named before. */
bool cast_name_tokens(struct cast *cast, int64_t *tokens, int n);

#endif
