/* SPDX-License-Identifier: MIT */
/*
 * The inside of the reference model: the list of what has happened, and the
 * questions about it that the four primitives have in common.
 */
#ifndef PAST_H
#define PAST_H

#include "model.h"

/* Longer than any episode. Entries never move, so pointers stay valid. */
#define PAST_MAX         2048
#define PAST_MAX_ANSWERS 512
#define PAST_MAX_LISTED  8192

enum past_type {
	PAST_JOIN,     /* a session came; in force while it is there */
	PAST_HELLO,    /* it said hello (or reset) */
	PAST_CLAIM,    /* it asked for a hold and was not refused */
	PAST_SETTINGS, /* of a limit or pool, as they were from then on */
	PAST_OBJECT,   /* an object appeared in a pool */
	PAST_KEPT,     /* a result was kept */
	PAST_SHUT_DOWN
};

enum past_state {
	PAST_IN_FORCE,  /* JOIN, SETTINGS, KEPT */
	PAST_WAITING,   /* CLAIM */
	PAST_HOLDING,   /* CLAIM */
	PAST_IDLE,      /* OBJECT */
	PAST_LENT,      /* OBJECT */
	PAST_CONDEMNED, /* OBJECT: the next who can shall destroy it */
	PAST_OVER
};

/* What a limit or a pool is like. */
struct settings {
	bool stands; /* made by set: it stays without being used */
	int64_t capacity, max_idle_ms;
	bool fifo, requeue;
	int n_items;
	const char *items[MODEL_MAX_ITEMS];
};

struct past {
	enum past_type type;
	enum past_state state;
	enum wire_kind kind;
	const char *key;
	int session, uid, pid;
	struct model_request asked; /* CLAIM, HELLO */
	/* Times come with a tick that tells apart what happens at the same
	 * millisecond. */
	int64_t since, since_tick; /* in this state */
	int64_t due, due_tick;     /* the end of the wait, lease or keeping */
	/* Of a CLAIM: */
	int64_t token; /* 0: not known */
	int64_t permits;
	const char *client; /* a detached hold: the name its asker had */
	enum model_end end;
	int flight;     /* the entry that began its flight */
	bool was_held;  /* it held once, whatever it does now */
	bool forgotten; /* of the entry that began the flight */
	int object;     /* the lent one; MODEL_ABSENT while it is created */
	/* Of OBJECT and KEPT: */
	const char *value, *message;
	bool failed;
	struct settings settings;
};

struct model {
	struct model_rules rules;
	int64_t shares[MODEL_N_SHARES], max_line_bytes;
	int64_t now, ticks;
	int64_t n_requests, n_bad_lines;
	struct model_times waited[WIRE_N_KINDS], held[WIRE_N_KINDS];
	int n_pasts, n_answers;
	struct past pasts[PAST_MAX];
	struct model_answer answers[PAST_MAX_ANSWERS];
	int n_listed; /* of the answers since they were last forgotten */
	struct model_listed listed[PAST_MAX_LISTED];
};

#define EACH_PAST(model, p)                                                    \
	for (struct past *p = (model)->pasts;                                  \
	     p < (model)->pasts + (model)->n_pasts; p++)

/* What a claim is on: a key of a kind, or for flights one flight of a key. */
struct place {
	enum wire_kind kind;
	const char *key;
	int flight;
};

/* Who asks for what. */
struct asker {
	int session, uid, pid;
	const struct model_request *request;
};

/* The list ---------------------------------------------------------------- */

struct past *past_add(struct model *model, enum past_type type);
int past_number(const struct model *model, const struct past *past);
void past_move(struct model *model, struct past *past, enum past_state state);
void past_set_due(struct model *model, struct past *past, int64_t ms);

/* What stats counts: a line, and a wait or hold that is to end now (anything
 * else is no matter). */
void past_count_line(struct model *model, const struct model_request *request);
void past_add_time(struct model *model, const struct past *past);

/* Answers ----------------------------------------------------------------- */

/* To a request at once; to a claim that waits or is being granted. */
struct model_answer *past_answer(
    struct model *model, const struct asker *asker);
struct model_answer *past_answer_claim(
    struct model *model, const struct past *claim);
struct model_answer *past_refuse(
    struct model *model, const struct asker *asker, enum wire_code code);
void past_say_integer(
    struct model_answer *answer, const char *name, int64_t number);
void past_say_bool(struct model_answer *answer, const char *name, bool is);
void past_say_text(
    struct model_answer *answer, const char *name, const char *text);
void past_say_json(
    struct model_answer *answer, const char *name, const char *text);
void past_say_destroy(struct model_answer *answer, const char *value);
/* Who has held the place for longest, where somebody does. */
void past_say_holder(struct model *model, struct model_answer *answer,
    const struct place *place);

/* An event: the claim's session has lost it. */
void past_tell_lost(
    struct model *model, const struct past *claim, const char *reason);

/* Sessions ---------------------------------------------------------------- */

struct past *past_session(struct model *model, int session);
/* What it said in its last hello; NULL: nothing. */
const struct model_request *past_hello(struct model *model, int session);
bool past_is_multiplexed(struct model *model, int session);
bool past_has_room(
    const struct model *model, int uid, enum model_share share, int64_t more);

/* Limits and pools: the settings in force; NULL: there is none. */
struct settings *past_settings(
    struct model *model, enum wire_kind kind, const char *key);
/* New ones, which stand in the account of uid unless the old ones did. */
void past_settle(struct model *model, enum wire_kind kind, const char *key,
    const struct settings *settings, int uid);
/* They end: deleted. */
void past_unset(struct model *model, enum wire_kind kind, const char *key);

#endif
