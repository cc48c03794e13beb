/* SPDX-License-Identifier: MIT */
/*
 * A client of a history run: one process with one connection, on which a few
 * slots each ask for something, hold it, give it back and begin again. What a
 * slot does next is drawn by dice in ask.c and hold.c; client.c keeps the
 * slots going.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "dice.h"
#include "link.h"

#include <stdatomic.h>
#include <sys/types.h>

#define MAX_CLIENTS 256
#define MAX_SLOTS   8

/* What the parent and its clients share. */
struct control {
	atomic_int round; /* odd: ask for nothing, and give everything back */
	atomic_bool ends; /* and then leave */
	atomic_llong n_asked;
	atomic_int n_holds[MAX_CLIENTS]; /* what each one has just now */
};

/* What a client says when it is quiet; written to a pipe as a whole. */
struct word {
	int place, round;
};

enum state {
	SLOT_IDLE,   /* asks when due */
	SLOT_ASKED,  /* waits for the answer; cancels when due */
	SLOT_HOLDS,  /* renews or gives back when due */
	SLOT_RENEWS, /* waits for the answer to a renewal */
	SLOT_ENDS,   /* waits for the answer to what gives back */
	SLOT_TRIES,  /* waits for an answer that changes nothing for it */
};

struct slot {
	enum state state;
	int64_t due;
	struct record ask; /* what it asked for, with its id */
	bool cancels;      /* the answer to cancel is not here yet */
	bool answered;     /* but that to what is cancelled is */
	int64_t token;     /* what it holds */
	int64_t object;    /* pool; 0: it has to be created */
	uint32_t version;
	uint32_t lease_ms; /* as renewed */
	bool lingers;      /* it uses up most of its lease */
	bool sleeps;       /* it lets its lease run out */
	bool renews;       /* it is going to renew its lease */
	bool leaves;       /* it never gives its detached hold back */
	bool lost;         /* the lease has run out */
};

struct client {
	struct control *control;
	int tell; /* where words go */
	int told; /* the latest round in which it said one */
	struct dice dice;
	struct journal journal;
	struct link link;
	int number; /* never given twice */
	int place;  /* among the clients of the run */
	bool multiplexed;
	int n_slots;
	int64_t hangs_up; /* when it closes its connection; NEVER */
	int64_t n_objects;
	struct slot slots[MAX_SLOTS];
};

struct client_config {
	struct control *control;
	int tell;           /* the pipe for words */
	const char *dir;    /* for the journal */
	const char *socket; /* of the daemon */
	uint64_t seed;
	int number, place;
};

/* The whole life of a client. */
_Noreturn void client_live(const struct client_config *config);

/* When something is due after from to to microseconds. */
int64_t client_after(struct client *client, uint32_t from, uint32_t to);
/* Sends a request of the slot; returns its id. */
uint32_t client_send(
    struct client *client, struct slot *slot, const struct record *request);
void slot_rest(struct client *client, struct slot *slot);

/* ask.c */
void slot_ask(struct client *client, struct slot *slot);
void slot_cancel(struct client *client, struct slot *slot);
void slot_on_cancelled(struct client *client, struct slot *slot);
void slot_on_answer(
    struct client *client, struct slot *slot, const struct record *answer);

/* hold.c */
void slot_hold(
    struct client *client, struct slot *slot, const struct record *answer);
/* Renews or gives back. */
void slot_act(struct client *client, struct slot *slot);
void slot_on_renewed(struct client *client, struct slot *slot);
void slot_on_ended(
    struct client *client, struct slot *slot, const struct record *answer);

#endif
