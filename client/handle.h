/* SPDX-License-Identifier: MIT */
/*
 * The handle: a connection, what waits to be sent on it, what was read from
 * it, the calls under way and the grants. Whatever ends the connection goes
 * through handle_break: then each call is answered and each grant is lost,
 * once.
 *
 *             handle_connect                    handle_break
 *   fd == -1 ----------------> connected ----------------------> fd == -1
 *                                                  (calls answered, grants
 *                                                   lost, buffers empty)
 */
#ifndef HANDLE_H
#define HANDLE_H

#include "failure.h"
#include "list.h"
#include "msync.h"
#include "opts.h"
#include "reader.h"
#include "text.h"

#include <sys/types.h>

/* A place for a call under way; free ones make a list. */
struct handle_slot {
	struct msync_call *call; /* NULL: free */
	uint32_t next_free;
};

struct msync_conn {
	struct msync_opts opts;
	struct list family; /* in the process's list of handles; see family.c */
	pid_t pid;          /* the process whose connection it is */
	bool is_forked;     /* fork(2) has closed the child's copy */

	int fd;              /* -1: there is no connection */
	bool is_greeted;     /* hello was answered on it */
	bool is_multiplexed; /* said so, and to be said again after a reopen */
	size_t max_line;     /* as the daemon told */
	struct text out;     /* requests; the first n_sent bytes are sent */
	size_t n_sent;
	struct reader in;
	int64_t retry_at; /* no earlier attempt to connect by itself */
	int pause_ms;     /* after the next one that fails */

	struct handle_slot *slots; /* by the low bits of an id */
	uint32_t n_slots, free_slot;
	int64_t n_calls;    /* ever; makes ids unlike each other */
	int64_t due;        /* no call under way has to end before */
	struct list calls;  /* under way, oldest first */
	struct list done;   /* answered; callbacks are due */
	struct list told;   /* their callback runs, or has been left for good */
	struct list all;    /* every grant there is */
	struct list grants; /* held, in the order of their tokens */
	struct list untold; /* lost; on_lost is due */

	bool is_dispatching;    /* a callback runs */
	bool is_closing;        /* msync_close was called in it */
	bool is_closed;         /* the end: nothing new begins */
	struct failure failure; /* of the last call that failed */
};

/* Before anything else that a caller asks for: whether the handle is this
 * process's and has a connection, or gets one now. may_wait: connecting may
 * take connect_ms. 0, MSYNC_E_FORKED, MSYNC_E_CLOSED, MSYNC_E_CONN or
 * MSYNC_E_DENIED. */
int handle_check(struct msync_conn *conn, bool may_wait);
/* Whether the handle is this process's: 0 or MSYNC_E_FORKED. */
int handle_check_pid(struct msync_conn *conn);
/* The same, without a word about it. */
bool handle_is_forked(const struct msync_conn *conn);
/* Connects, waiting at most connect_ms or not at all, and puts hello into the
 * output. There must be no connection. */
int handle_connect(struct msync_conn *conn, bool may_wait);
/* Puts hello into the output. */
int handle_hello(struct msync_conn *conn);
/* The grants of the connection are lost, by the caller's own doing. Calls that
 * have one for their callers are answered the code instead. */
void handle_drop_grants(struct msync_conn *conn, const char *why, int code);
/* Says, once, that several flows of control share the connection. */
int handle_multiplex(struct msync_conn *conn);
/* Ends the connection: closes, answers calls with the code, loses grants. The
 * words of conn->failure are those that the calls are answered with. */
void handle_break(struct msync_conn *conn, int code);
/* The child of a fork: the connection and all on it are the parent's, and are
 * forgotten. */
void handle_disown(struct msync_conn *conn);

/* Sends and takes in what is possible without waiting. May break. */
void handle_exchange(struct msync_conn *conn);
/* Waits for something to come, answer_ms at most, and takes it in. Does not
 * wait where output would have to. May break. */
void handle_await(struct msync_conn *conn);
/* Sends what is possible. */
void handle_flush(struct msync_conn *conn);
bool handle_has_output(const struct msync_conn *conn);

/* loop.c: calls every callback that is due, whatever they do. */
void loop_tell_all(struct msync_conn *conn);

/* family.c: all handles of the process, for fork(2). */
int family_add(struct msync_conn *conn);
/* A new socket for the handle: 0 or -errno. */
int family_open(struct msync_conn *conn);
/* Closes what it has, if anything. */
void family_close(struct msync_conn *conn);
void family_remove(struct msync_conn *conn);

#endif
