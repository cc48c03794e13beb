/* SPDX-License-Identifier: MIT */
/*
 * What goes into the reference model and what comes out of it: requests and
 * answers, as data. The generator of requests speaks these words, too.
 */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include "model_ops.h"

#include "wire.h"

#include <stdbool.h>
#include <stdint.h>

/* What one uid may use a share of. */
enum model_share {
	MODEL_CONNECTIONS,
	MODEL_WAITS,
	MODEL_KEYS,
	MODEL_BYTES,
	MODEL_N_SHARES
};

enum model_id_type {
	MODEL_ID_NONE,
	MODEL_ID_NUMBER,
	MODEL_ID_TEXT
};

struct model_id {
	enum model_id_type type;
	int64_t number;
	const char *text;
};

#define MODEL_MAX_ITEMS   4
#define MODEL_ABSENT      (-1)
#define MODEL_MAX_MEMBERS 8
#define MODEL_MAX_DESTROY 64

/* A request, as its sender means it. Numbers that are not given are
 * MODEL_ABSENT, texts NULL. All texts must live as long as the model. */
struct model_request {
	enum model_op op;
	/* WIRE_OK, or what is wrong with its form: PARSE, TOO_LONG,
	 * BAD_REQUEST, UNKNOWN_OP. */
	enum wire_code fault;
	struct model_id id;
	const char *key;
	int64_t token;
	int64_t wait_ms, max_waiters, lease_ms, keep_ms, max_idle_ms;
	int64_t capacity, permits, max_leaders;
	bool detached, adopt;
	const char *value, *message;
	int n_items; /* MODEL_ABSENT: no items */
	const char *items[MODEL_MAX_ITEMS];
	const char *order, *on_lost;
	int kind;               /* enum wire_kind, or MODEL_ABSENT */
	struct model_id target; /* of cancel */
	const char *client;     /* of hello, like the next two */
	bool multiplexed, wants_lost;
	int64_t max; /* of list, like the next one */
	const char *after;
};

enum model_member_type {
	MODEL_INTEGER,
	MODEL_BOOL,
	MODEL_TEXT,
	MODEL_JSON /* these very bytes */
};

struct model_member {
	const char *name;
	enum model_member_type type;
	int64_t number;
	const char *text;
};

/* Answers with members that only their shape is checked of. */
enum model_shape {
	MODEL_PLAIN,
	MODEL_SAYS_HELLO,
	MODEL_SAYS_STATS,
	MODEL_SAYS_LIST
};

/* A claim that list has to tell of. */
struct model_listed {
	enum wire_kind kind;
	const char *key;
	int flight; /* MODEL_ABSENT: of another kind */
	bool is_forgotten, holds;
	int claim; /* a hold: for model_token */
	int pid;
	int64_t ms, tick; /* for how long, and since when */
};

struct model_answer {
	int session;
	enum model_op op; /* what was asked; of no meaning in events */
	struct model_id id;
	enum wire_code code;
	const char *event; /* NULL: an answer */
	enum model_shape shape;
	/* The hold whose token it carries, or MODEL_ABSENT; and what of it is
	 * of interest to whoever is to use the token. */
	int hold;
	bool detached;
	enum wire_kind held_kind;
	const char *held_key;
	bool has_holder;
	int holder_pid;
	const char *holder_client;
	int64_t holder_held_ms;
	int n_members;
	struct model_member members[MODEL_MAX_MEMBERS];
	int n_destroy; /* MODEL_ABSENT: no such member */
	const char *destroy[MODEL_MAX_DESTROY];
	/* Of a list, in order; those on one thing stand together. */
	const struct model_listed *listed;
	int n_listed; /* MODEL_ABSENT: anything may be told */
};

#endif
