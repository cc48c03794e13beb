/* SPDX-License-Identifier: MIT */
/*
 * What msync top knows of the daemon: made of answers and events as they come,
 * without a socket or a clock, so that a test can feed it anything.
 *
 * Keys come in by three ways. A sweep is a list in pages, of all keys or of
 * those that somebody waits for; what it does not tell is not there, or has
 * nobody waiting. A look-up tells of one key. The events of a watch tell of
 * keys that come and go in between, and are what rates are made of; of those
 * that were missed, each key is taken to have its share. A row stays for as
 * long as there is something to be said of its last minute.
 */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include "top_series.h"

#include <jansson.h>
#include <uthash.h>

/* In the order in which they are shown. */
enum top_kind {
	TOP_LOCK,
	TOP_LIMIT,
	TOP_FLIGHT,
	TOP_POOL,
	TOP_N_KINDS
};

/* Names of programs and clients, cut to what one can read. */
#define TOP_NAME_BYTES 68
/* More rows than this are not for a reader; further keys are only counted. */
#define TOP_MAX_ROWS 10000

/* Who holds or waits. Numbers that are not told are -1. */
struct top_claim {
	int64_t token; /* -1: waits */
	int64_t ms;    /* held or waited for so long when it was told */
	int64_t lease_left_ms, permits, uid, pid;
	bool is_detached;
	char command[TOP_NAME_BYTES], client[TOP_NAME_BYTES];
};

struct top_row {
	UT_hash_handle hh;
	struct top_series grants;
	double n_granted; /* as far as events came, not yet in the series */
	int64_t told_ms;  /* when the rest was said */
	uint64_t stamp;   /* of the sweep or look-up that said it */
	int64_t holding, waiting;
	int64_t capacity, in_use; /* of limit and pool; -1 */
	int64_t waited_ms;        /* the longest wait at told_ms; -1 */
	struct top_claim holder;  /* the oldest, where is_held */
	bool is_held;
	bool is_there;
	enum top_kind kind;
	char state[16];
	char name[]; /* a letter for its kind, then the key */
};

/* Of a kind. What the daemon does not tell is -1. */
struct top_total {
	int64_t keys, holds, waits, granted, busy, timeout, lost;
	int64_t oldest_wait_ms;
	int64_t wait_p50_ms, wait_p99_ms, hold_p50_ms, hold_p99_ms;
	struct top_series grants;
};

/* The key that is looked into, with all its holders and waiters. */
struct top_open {
	bool is_open;
	enum top_kind kind;
	char key[260];
	bool is_told; /* an answer has come */
	bool has_more;
	struct top_claim *claims; /* owned; holders first, both in order */
	size_t n_claims, n_holders;
	int64_t holding, waiting, told_ms;
};

struct top_model {
	struct top_row *rows; /* owned; by their names */
	uint8_t hash_key[16]; /* clients choose the names: see sip.h */
	struct top_total totals[TOP_N_KINDS];
	struct top_open open;
	struct top_series requests;
	char version[32];
	int64_t uptime_ms, connections, users, n_requests; /* -1: not told */
	int64_t told_ms;  /* when stats were; -1: never */
	int64_t since_ms; /* rates are known from here on */
	bool is_watching; /* rates of keys are known */
	int64_t tick_ms;  /* up to here, grants of keys are in their series */
	int64_t n_seen, n_missed; /* events since then */
	uint64_t stamp, sweep_stamp;
	bool only_waiting; /* as the sweep was asked for */
};

struct top_model *top_model_new(int64_t now_ms);
void top_model_free(struct top_model *model);
/* Another daemon: whatever was known is not so. The open key stays open. */
void top_model_forget(struct top_model *model, int64_t now_ms);

const char *top_kind_name(enum top_kind kind);
/* TOP_N_KINDS for none. */
enum top_kind top_kind_of(const char *name);

/* An answer to stats. */
void top_model_take_stats(
    struct top_model *model, const json_t *answer, int64_t now_ms);

/* top_model_list.c: a sweep, page by page, and a key that was looked up. */
void top_model_begin_sweep(struct top_model *model, bool only_waiting);
void top_model_take_page(
    struct top_model *model, const json_t *answer, int64_t now_ms);
void top_model_end_sweep(struct top_model *model);
void top_model_take_key(struct top_model *model, enum top_kind kind,
    const char *key, const json_t *answer, int64_t now_ms);
/* The same for the key that is open. */
void top_model_open(
    struct top_model *model, enum top_kind kind, const char *key);
void top_model_close(struct top_model *model);
void top_model_take_open(
    struct top_model *model, const json_t *answer, int64_t now_ms);

/* top_model_events.c: what a watch tells, and the end of an interval. */
void top_model_take_event(
    struct top_model *model, const json_t *event, int64_t now_ms);
void top_model_tick(struct top_model *model, int64_t now_ms);

/* top_model_row.c */

/* The row of a key; NULL where there is none. */
struct top_row *top_row_find(
    const struct top_model *model, enum top_kind kind, const char *key);
/* Makes one where there is none; NULL where there are too many. */
struct top_row *top_row_get(
    struct top_model *model, enum top_kind kind, const char *key);
void top_row_free(struct top_model *model, struct top_row *row);
/* A holder or waiter as list tells it. */
struct top_claim top_claim_of(const json_t *claim);
/* An integer of an object; -1 where there is none. */
int64_t top_number(const json_t *object, const char *name);

/* How long by now; -1 where that is not known. */
int64_t top_row_held_ms(const struct top_row *row, int64_t now_ms);
int64_t top_row_waited_ms(const struct top_row *row, int64_t now_ms);
/* Grants a second, by the last tick; -1 where nobody watches. */
double top_row_rate(const struct top_model *model, const struct top_row *row);

#endif
