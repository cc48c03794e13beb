/* SPDX-License-Identifier: MIT */
/*
 * What a journal is made of. Every client of a history run writes down what it
 * sends, before it sends it, and what it was told, when it has read it; the
 * judge reads nothing but these records. This header and plan.c are all that
 * the two programs share, and neither shares anything with the daemon.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL
#define NEVER     INT64_MAX

enum event {
	EVENT_NONE,    /* nothing more was written */
	EVENT_BORN,    /* a client begins */
	EVENT_SENT,    /* a request is about to be sent */
	EVENT_GOT,     /* its answer has been read */
	EVENT_DESTROY, /* an object that the answer before gave to destroy */
	EVENT_LOST,    /* told that a hold has ended by itself */
	EVENT_HANGUP,  /* the connection is about to be closed */
	EVENT_BYE,     /* all is answered, the client is about to leave */
	EVENT_CUT,     /* the daemon has closed the connection */
	EVENT_GARBLED, /* a line that is no answer */
	EVENT_KILL,    /* the parent is about to kill a client */
	EVENT_DEAD,    /* it is dead */
	EVENT_STOP,    /* the parent has stopped a client */
	EVENT_QUIET,   /* the parent has asked for silence, and has it */
	EVENT_STUCK,   /* the parent has waited in vain for a client */
	EVENT_N,
};

enum op {
	OP_NONE,
	OP_PING,
	OP_HELLO,
	OP_CANCEL,
	OP_RENEW,
	OP_ACQUIRE,
	OP_RELEASE,
	OP_BORROW,
	OP_TRY,
	OP_RETURN,
	OP_LIMIT_SET,
	OP_BEGIN,
	OP_FINISH,
	OP_FAIL,
	OP_ABANDON,
	OP_FORGET,
	OP_GET,
	OP_PUT,
	OP_DROP,
	OP_CLEAR,
	OP_POOL_SET,
	OP_POOL_INFO,
	OP_N,
};

/* The codes of answers; CODE_OTHER stands for what no client should see. */
enum code {
	CODE_OK,
	CODE_BUSY,
	CODE_TIMEOUT,
	CODE_QUEUE_FULL,
	CODE_CANCELLED,
	CODE_DEADLOCK,
	CODE_NOT_HELD,
	CODE_STALE_TOKEN,
	CODE_CONFLICT,
	CODE_BAD_REQUEST,
	CODE_FLIGHT_FAILED,
	CODE_LEADER_LOST,
	CODE_OTHER,
	CODE_N,
};

enum flag {
	/* of what is sent */
	FLAG_DETACHED = 1 << 0,
	FLAG_BOUNDED = 1 << 1, /* max_waiters is in number */
	FLAG_NAMED = 1 << 3,   /* the token is in the line */
	FLAG_VALUE = 1 << 4,   /* put: with a value */
	FLAG_NULL = 1 << 5,    /* put: with null, which is ignored */
	FLAG_MULTI = 1 << 6,   /* hello: multiplexed */
	FLAG_ALONE = 1 << 7,   /* hello: one thing at a time */
	/* of what is answered */
	FLAG_CREATE = 1 << 8,
	FLAG_LEADER = 1 << 9,
	FLAG_ABANDONED = 1 << 10,
	FLAG_AGED = 1 << 11,    /* a kept result */
	FLAG_SPOILT = 1 << 12,  /* the value has not the bytes it should have */
	FLAG_GRANTED = 1 << 13, /* the answer gives a hold */
	FLAG_YES = 1 << 14,     /* cancelled, forgotten, ignored: true */
};

/* One entry; which members say something depends on event and op. */
struct record {
	int64_t at;    /* CLOCK_MONOTONIC, nanoseconds */
	int64_t token; /* of the hold that is meant, given or lost */
	int64_t
	    thing;   /* flight: the lead whose value it is; pool: the object */
	uint32_t id; /* of the request; KILL, DEAD, STOP, STUCK: the client */
	uint32_t about;   /* ping, cancel: the request that it follows */
	int32_t wait_ms;  /* -1: until granted */
	uint32_t span_ms; /* lease, keep; answered: age */
	uint32_t count;   /* permits, capacity, max_leaders; answered: in_use,
			   * followers, attempt, size */
	uint32_t number; /* max_waiters; version of an object's value; answered:
			  * capacity */
	uint32_t flags;
	uint8_t event;
	uint8_t op;
	uint8_t key; /* its number in the plan */
	uint8_t code;
};

/* A journal grows by this many records; they fill whole pages. */
#define JOURNAL_STEP 1024

enum kind {
	KIND_LOCK,
	KIND_LIMIT,
	KIND_FLIGHT,
	KIND_POOL,
	KIND_N,
};

/* The contended keys, and what may happen to them. */
struct plan {
	enum kind kind;
	const char *name;
	uint32_t capacity;  /* limit, pool: to begin with */
	uint32_t low, high; /* it is set to something between; 0: never */
	uint32_t max_permits;
	uint32_t max_idle_ms; /* pool */
	bool by_use;          /* limit, pool: made by those who use it */
	bool leases;          /* lock: also leases and detached holds */
	bool keeps;           /* flight: results are kept */
	bool forgets;         /* flight: flights are forgotten */
	bool requeues;        /* pool: what a lost borrower had is lent again */
	bool items;           /* pool: it is filled, nothing is ever created */
	bool fifo;            /* pool */
};

#define PLAN_N          12
#define PLAN_FIRST(k)   ((k)*3)
#define PLAN_IDLE_MS    15
#define MAX_MAX_LEADERS 3

extern const struct plan plan[PLAN_N];
extern const char *const op_names[OP_N];
extern const char *const code_names[CODE_N];
extern const char *const kind_names[KIND_N];

/* Whether an answer to it may give a hold; whether it gives one back. */
bool op_asks(enum op op);
bool op_ends(enum op op);

#endif
