/* SPDX-License-Identifier: MIT */
/*
 * The reference model: what the core has to answer, worked out the naive way.
 * It shares only wire.h with the daemon. All it remembers is the list of what
 * was asked and what happened in this episode, each entry with what became of
 * it, and each question (who holds this key? who has waited longest? how many
 * permits are out?) is answered by going through that list from one end to
 * the other. Nothing is counted, sorted or looked up in any other way, so
 * there is nothing here that could have the faults of the core.
 *
 * The one thing it cannot know is which number a token will have. It says
 * which hold an answer is about, and is told the number afterwards
 * (model_learn_token).
 */
#ifndef MODEL_H
#define MODEL_H

#include "model_words.h"

/* Who may do what. Everybody but the outsider may use every key; uid owner
 * may use those that begin with the prefix. */
struct model_rules {
	int admin, outsider, owner; /* uids; MODEL_ABSENT: nobody is */
	const char *prefix;
};

struct model_config {
	struct model_rules rules;
	int64_t shares[MODEL_N_SHARES];
	int64_t max_line_bytes;
};

struct model;

struct model *model_new(const struct model_config *config, int64_t now);
void model_free(struct model *model);

/* A session joins; its number (0, 1, …), or MODEL_ABSENT if it may not. */
int model_join(struct model *model, int uid, int pid);
/* A line of the session. */
void model_request(
    struct model *model, int session, const struct model_request *request);
/* A line that was still unread when its connection ended. */
void model_last_line(
    struct model *model, int session, const struct model_request *request);
void model_leave(struct model *model, int session);
/* The session is told which holds it loses at its end. */
void model_say_lost(struct model *model, int session);
void model_advance(struct model *model, int64_t now);
void model_take_back(struct model *model, int uid, int64_t token);
void model_shut_down(struct model *model);

/* What has to come out since the last model_forget_answers. Grants stand in
 * the order in which they were made; the order of the rest means nothing. */
int model_answers(
    const struct model *model, const struct model_answer **answers);
void model_forget_answers(struct model *model);
/* The token that the hold of an answer turned out to have. */
void model_learn_token(struct model *model, int hold, int64_t token);
/* The same, the other way round; 0 while it is not known. */
int64_t model_token(const struct model *model, int hold);

/* Questions ------------------------------------------------------------- */

bool model_is_here(const struct model *model, int session);
bool model_is_waiting(const struct model *model, int session);
bool model_is_engaged(const struct model *model, int session);
bool model_is_shut_down(const struct model *model);
bool model_is_held(const struct model *model, int64_t token);
/* When something is due next, or INT64_MAX. */
int64_t model_deadline(const struct model *model);
int64_t model_used(const struct model *model, int uid, enum model_share share);
int model_n_holds(const struct model *model, enum wire_kind kind);
int model_n_waits(const struct model *model, enum wire_kind kind);
/* Of all waits (holds) of the kind that have ended. */
struct model_times {
	int64_t count, sum, max;
};
struct model_times model_waited(const struct model *model, enum wire_kind kind);
struct model_times model_held(const struct model *model, enum wire_kind kind);
/* Whether the rules show every key to the uid. */
bool model_sees_all(const struct model *model, int uid);
/* How long the one that has waited longest does; 0: nobody waits. */
int64_t model_oldest_wait(const struct model *model, enum wire_kind kind);
/* Uids with a session; sessions that were let in; lines of both sorts. */
int model_n_users(const struct model *model);
int model_n_joined(const struct model *model);
int64_t model_n_requests(const struct model *model);
int64_t model_n_bad_lines(const struct model *model);
/* How many holds have ended so. */
int model_n_ends(const struct model *model, enum model_end end);

#endif
