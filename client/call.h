/* SPDX-License-Identifier: MIT */
/*
 * A call: one request under way and what became of it. The calls that wait and
 * those of event loops are the same, but for who is told.
 *
 *	call_new -> text_add… to the line -> call_send -> call_wait (waits)
 *	                                              \-> call_start (returns)
 *
 * A call that nobody waits for any more stays until its answer has come; what
 * that grants is given back.
 */
#ifndef CALL_H
#define CALL_H

#include "grant.h"
#include "handle.h"
#include "result.h"

enum call_listener {
	CALL_WAITED,    /* a caller waits; it frees the call */
	CALL_STARTED,   /* a callback is to be called by msync_process */
	CALL_FORGOTTEN, /* nobody is told; freed when answered */
};

/* How the answer of an operation is read. */
struct call_type {
	/* Of an answer that says yes: fills in grant and result; returns what
	 * the call returns (0 or more), MSYNC_E_NOMEM, or MSYNC_E_PROTOCOL
	 * where the answer makes no sense. */
	int (*take)(struct msync_call *call, const struct reply *reply);
	/* The request asks for a turn: it may wait, and be cancelled. */
	bool waits;
	/* The request lets go of the grant that it is about. */
	bool lets_go;
	/* There is no going on without a yes. */
	bool is_vital;
};

struct msync_call {
	struct list link; /* in conn->calls, then in conn->done, while it is
			   * told in conn->told, or alone */
	struct msync_conn *conn;
	const struct call_type *type;
	enum call_listener listener;
	int64_t id;        /* 0: not under way */
	int64_t due;       /* gives up then; SOCK_NEVER */
	size_t begin;      /* of its line in the output */
	const char *wrong; /* what of the line is not to be sent; NULL */
	bool has_ended;    /* answered, or given up */
	int code;
	struct failure *failure;     /* owned; words of code; NULL: in short */
	struct msync_grant *grant;   /* asked for (owned) or about (not) */
	struct msync_result *result; /* owned */
	struct msync_pool *pool;     /* whose callbacks have a say; not owned */
	char *doomed;                /* pool: values to destroy; owned */
	size_t doomed_len;
	msync_done_fn fn; /* NULL: nobody is told */
	void *ctx;
};

/* A call of the type; begins its line in the output with the operation. NULL:
 * no memory, which is noted. Ends by call_send or call_drop. */
struct msync_call *call_new(
    struct msync_conn *conn, const struct call_type *type, const char *op);
/* The line, for members to be added. */
struct text *call_line(struct msync_call *call);
/* Adds ,"member":VALUE. What is not UTF-8, or not JSON, makes call_send answer
 * MSYNC_E_INVALID. */
void call_add_text(
    struct msync_call *call, const char *member, const char *text);
void call_add_integer(
    struct msync_call *call, const char *member, int64_t number);
void call_add_json(
    struct msync_call *call, const char *member, const char *json, size_t len);
/* Members as they are, with their comma before. */
void call_add_members(struct msync_call *call, const char *members);
/* Ends the line and puts the call under way. wait_ms: how long the operation
 * itself may take. 0, or a code; then the call is freed, and nothing is sent.
 */
int call_send(struct msync_call *call, int wait_ms);
/* The call under way with this id, or NULL. */
struct msync_call *call_find(const struct msync_conn *conn, int64_t id);
/* Lets another call have the place of this one, and so its answer. */
void call_replace(struct msync_call *call, struct msync_call *by);
/* Gives the id back; the call is not under way any more. */
void call_leave_slot(struct msync_call *call);
/* Throws away a call that was not sent, and its line. Returns the code. */
int call_drop(struct msync_call *call, int code);

/* Waits for the end, takes the grant and the result out (either may be NULL
 * where there can be none), frees the call, and returns its code. */
int call_wait(struct msync_call *call, struct msync_grant **grant,
    struct msync_result **result);
/* Leaves it to msync_process, and to fn. */
void call_start(struct msync_call *call, msync_done_fn fn, void *ctx);
/* For what needs no request: tells fn of a success, as if it had been answered.
 * 0 or MSYNC_E_NOMEM. */
int call_tell_later(struct msync_conn *conn, msync_done_fn fn, void *ctx);
/* Nobody is to be told. */
void call_forget(struct msync_call *call);

/* An answer or event has come. False: it makes no sense, and the connection
 * must end. */
bool call_take_reply(struct msync_conn *conn, const struct reply *reply);
/* Ends a call with this failure. */
void call_refuse(struct msync_call *call, const struct failure *failure);
/* Takes back what a call was granted, of which its caller has not been told:
 * it ends with this failure instead. */
void call_withdraw(struct msync_call *call, const struct failure *failure);
/* Ends every call that is under way with this code, in the words of
 * conn->failure. */
void call_end_all(struct msync_conn *conn, int code);
/* Gives up those whose time has come. */
void call_give_up_due(struct msync_conn *conn);
/* Calls the callback of one that has ended, and frees it. */
void call_tell(struct msync_call *call);
/* Frees it, with what it owns. */
void call_free(struct msync_call *call);

/* For operations whose answer says nothing more than yes; which let a grant
 * go; whose whole answer is the result. */
extern const struct call_type call_plain, call_letting, call_ask;

#endif
