/* SPDX-License-Identifier: MIT */
/*
 * The requests of an episode: which are made, and how they are written down as
 * lines, well-formed or not.
 */
#ifndef GENERATE_H
#define GENERATE_H

#include "chance.h"
#include "model.h"

/* Texts of the greatest length that is allowed are made of these. */
#define DIGITS_32  "12345678901234567890123456789012"
#define DIGITS_128 DIGITS_32 DIGITS_32 DIGITS_32 DIGITS_32
#define DIGITS_512 DIGITS_128 DIGITS_128 DIGITS_128 DIGITS_128

#define MAX_KEYS   3
#define MAX_GRANTS 12
#define MAX_IDS    8

/* What the sessions have seen of their grants: where tokens come from. */
struct grant {
	int session, uid;
	enum wire_kind kind;
	const char *key;
	int64_t token;
	bool detached;
};

/* What this episode is like. */
struct generator {
	struct rng rng;
	struct arena *arena;
	int n_keys;
	const char *keys[MAX_KEYS];
	int kind_weights[WIRE_N_KINDS];
	int odd_percent;      /* malformed lines */
	int most_ms;          /* longest wait or lease, roughly */
	int lease_percent;    /* with a lease */
	int detached_percent; /* of what may be */
	int big_percent;      /* of values */
	int multiplexed_percent;
	int n_values; /* made so far: each is another */
	int n_ids;    /* the same of ids that are not meant to collide */
	int n_grants;
	struct grant grants[MAX_GRANTS];
	int n_recent; /* ids that were used, in a ring */
	struct {
		int session;
		struct model_id id;
	} recent[MAX_IDS];
};

void generator_init(
    struct generator *gen, struct arena *arena, struct rng *rng);
/* A request without any member. */
void generator_blank(struct model_request *request);
/* A well-formed request, mostly of the session, which it may change for
 * another of the n. */
void generator_request(struct generator *gen, const int *sessions, int n,
    int *session, struct model_request *request);
void generator_remember(struct generator *gen, const struct grant *grant);

/* One request line, without line feed. */
struct line {
	const char *bytes;
	size_t len;
};

/* Writes the request as JSON, in one of the many ways to do so. */
struct line line_write(
    struct generator *gen, const struct model_request *request);
/* Makes something wrong of the request, says so in it (fault, id), and writes
 * it. Not for too_long, which has no line. */
struct line line_spoil(struct generator *gen, struct model_request *request);

/* The parts of a line, for line_spoil. */
#define LINE_MAX_MEMBERS 24

struct members {
	int n;
	const char *texts[LINE_MAX_MEMBERS];
};

void line_list_members(struct generator *gen,
    const struct model_request *request, struct members *members);
struct line line_join(struct generator *gen, struct members *members);

#endif
