/* SPDX-License-Identifier: MIT */
/*
 * libmsync: what C programs use to talk to msyncd, the daemon that lets the
 * processes of one machine take turns, do work once, keep to a limit and share
 * things. This header is the reference of the library; libmsync(3) is the
 * introduction, and msyncd-protocol(7) explains keys, holds, tokens, leases.
 *
 *	struct msync_conn *conn;
 *	int code = msync_open(&conn, NULL);
 *
 *	if (code == 0)
 *		code = msync_lock_do(conn, "a/7", 5000, NULL, deposit, &sum);
 *	if (code < 0)
 *		fprintf(stderr, "%s\n", msync_errmsg(conn));
 *	msync_close(conn);
 *
 * Rules that hold for everything here:
 *
 * Threads. A handle (struct msync_conn), and all that came from it, is for one
 * thread at a time. Different handles are independent. Threads are cancelled
 * (pthread_cancel(3)) in callbacks only: while a call waits, nobody would be
 * there to take back what it has asked for.
 *
 * Results. A function that can fail returns an int: 0 or more is success, a
 * negative number is a code (enum msync_code). msync_errmsg() then has the
 * whole story, for people: what, which key, who holds it, for how long. What
 * frees something takes NULL, too.
 *
 * Time. All times are milliseconds. wait_ms is how long to wait to be granted:
 * 0 asks and does not wait, MSYNC_FOREVER has no end. Any other negative number
 * is MSYNC_E_INVALID.
 *
 * Text. Strings are UTF-8 and end in NUL. Values are JSON texts of a given
 * length; MSYNC_NUL_TERMINATED stands for strlen(). They reach others byte for
 * byte, but for line feeds between tokens, which become spaces, and for white
 * space around them, which is dropped. Whatever is passed in is copied before
 * a function returns.
 *
 * Manners. The library never exits, prints, forks, starts a thread, touches a
 * signal handler or raises SIGPIPE; its descriptors are close-on-exec.
 *
 * Fork. A child has to msync_reopen() before it uses a handle that it
 * inherited: until then each call answers MSYNC_E_FORKED. What the parent
 * holds stays the parent's, and so do its calls under way: their callbacks run
 * there only, also where a callback forks and returns in both processes. The
 * child's copy of the connection is closed by fork(2) itself, so that it keeps
 * nothing of a dead parent's alive.
 */
#ifndef MSYNC_H
#define MSYNC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define MSYNC_API __attribute__((visibility("default")))
#else
#define MSYNC_API
#endif

/* Version of this header; msync_version() is that of the library. */
#define MSYNC_VERSION "0.1.0"

/* wait_ms without end. */
#define MSYNC_FOREVER (-1)
/* A length that stands for strlen(). */
#define MSYNC_NUL_TERMINATED ((size_t)-1)
/* What msync_pool_put returns when it did nothing. */
#define MSYNC_IGNORED 1

/* Everything is opaque: sizes and members may change with any release. */
struct msync_conn;   /* a connection to the daemon, and what belongs to it */
struct msync_opts;   /* how to connect */
struct msync_terms;  /* what a request says beyond key and wait */
struct msync_grant;  /* a hold: a lock, permits, a lead, a pool object */
struct msync_result; /* what a flight, or a question, came to */
struct msync_call;   /* a request under way, in an event loop */
struct msync_pool;   /* a pool, and how its objects are made */

/* Codes ------------------------------------------------------------ */

/* The first block are the error codes of the protocol, under their names
 * there; the second one is the library's own. More may be added: take a code
 * that you do not know as a refusal. */
enum msync_code {
	MSYNC_OK = 0,
	MSYNC_E_PARSE = -1,       /* the daemon could not read a line of ours */
	MSYNC_E_BAD_REQUEST = -2, /* a key, value or number it does not take */
	MSYNC_E_UNKNOWN_OP = -3,  /* an older daemon */
	MSYNC_E_TOO_LONG = -4,    /* key and value make more than a line */
	MSYNC_E_DUP_ID = -5,      /* (never to callers) */
	MSYNC_E_BUSY = -6,        /* not to be had now, and wait_ms was 0 */
	MSYNC_E_TIMEOUT = -7,     /* waited wait_ms in vain */
	MSYNC_E_QUEUE_FULL = -8,  /* MSYNC_TERM_MAX_WAITERS wait already */
	MSYNC_E_CANCELLED = -9,   /* by msync_call_cancel or msync_reset */
	MSYNC_E_DEADLOCK = -10,   /* the wait would never end */
	MSYNC_E_NOT_HELD = -11,   /* nobody holds that */
	MSYNC_E_STALE_TOKEN = -12,   /* it is someone else's turn now */
	MSYNC_E_UNKNOWN_KEY = -13,   /* no such limit or pool */
	MSYNC_E_CONFLICT = -14,      /* it exists with other settings */
	MSYNC_E_FLIGHT_FAILED = -15, /* the leader reported a failure */
	MSYNC_E_LEADER_LOST = -16,   /* too many leaders vanished */
	MSYNC_E_QUOTA = -17,         /* this user has used up its share */
	MSYNC_E_DENIED = -18,        /* this user may not do that, or may not
				      * use the socket */
	MSYNC_E_SHUTTING_DOWN = -19, /* the daemon ends */

	MSYNC_E_CONN = -64,     /* not reachable, or the connection broke */
	MSYNC_E_SILENT = -65,   /* connected, but no answer within its time */
	MSYNC_E_FORKED = -66,   /* the handle is the parent's; msync_reopen */
	MSYNC_E_LOST = -67,     /* the hold had ended before: its lease ran out,
				 * somebody ended it, or the connection broke */
	MSYNC_E_PROTOCOL = -68, /* what answers is no msyncd we understand */
	MSYNC_E_INVALID = -69,  /* the call makes no sense; see its comment */
	MSYNC_E_NOMEM = -70,    /* no memory */
	MSYNC_E_FULL = -71,     /* more than 16 MiB wait to be sent */
	MSYNC_E_CLOSED = -72,   /* msync_close was called */
	MSYNC_E_CALLBACK = -73, /* a callback returned a negative number */
	MSYNC_E_REFUSED = -74   /* a code of a newer daemon; see msync_errmsg */
};

/* A few words for a code; never NULL, never to be freed. */
MSYNC_API const char *msync_strerror(int code);
/* The name of a code as the protocol writes it ("busy"), or as above in small
 * letters ("conn"); "ok" for all that is success, "unknown" for any other
 * number. Never to be freed. */
MSYNC_API const char *msync_strcode(int code);
/* The library's version, "0.1.0". */
MSYNC_API const char *msync_version(void);

/* Connections ------------------------------------------------------ */

/* How to connect. NULL in place of options means: all as said here. Setters
 * copy; they return 0, MSYNC_E_INVALID or MSYNC_E_NOMEM. Options may be freed
 * as soon as msync_open has returned. */
MSYNC_API int msync_opts_new(struct msync_opts **opts);
MSYNC_API void msync_opts_free(struct msync_opts *opts);
/* Path of the daemon's socket. Otherwise $MSYNC_SOCKET, where that is set and
 * not empty and the program is not set-user-ID, or else
 * /run/msyncd/msyncd.sock. At most 107 bytes. */
MSYNC_API int msync_opts_set_socket(struct msync_opts *opts, const char *path);
/* A name that others see when they wait for what this handle holds: at most 64
 * bytes of UTF-8, no control characters. Otherwise none. */
MSYNC_API int msync_opts_set_client(struct msync_opts *opts, const char *name);
/* An instance: every key of this handle becomes "NAME/KEY". It keeps programs
 * apart that use the same keys, as two instances of the Go original are. A
 * name as above, of at most 256 bytes. Otherwise keys stay as they are. */
MSYNC_API int msync_opts_set_instance(
    struct msync_opts *opts, const char *name);
/* How long connecting may take; otherwise 1,000. */
MSYNC_API int msync_opts_set_connect_ms(struct msync_opts *opts, int ms);
/* How long an answer may take beyond the time that the request itself waits,
 * before a call gives up with MSYNC_E_SILENT; otherwise 5,000. A daemon that
 * lives answers within milliseconds; this is for one that is stopped or hangs.
 * What it grants later all the same is given back by the next call on the
 * handle. MSYNC_FOREVER: no end. A request that waits MSYNC_FOREVER has none.
 */
MSYNC_API int msync_opts_set_answer_ms(struct msync_opts *opts, int ms);
/* Connects again by itself where the connection is broken when a call begins
 * (msync_process: all the time). Attempts that fail are followed by pauses of
 * 10 ms, 20 ms, 40 ms … up to most_ms, and so are those that connect and are
 * not let in; until a pause is over, calls answer MSYNC_E_CONN at once. What
 * was under way when the connection broke is answered MSYNC_E_CONN and never
 * sent again; what was held is lost. 0, as without this: never; then there is
 * msync_reopen. */
MSYNC_API int msync_opts_set_reconnect(struct msync_opts *opts, int most_ms);
/* Called from msync_process (of what that had no time for, from msync_close),
 * once for each hold that ended without its holder's doing: msync_close,
 * msync_reopen and msync_reset are. reason: "lease", "conn" (the connection
 * broke), "gone" (a call about it found out), or another word of the daemon's.
 * The grant may be released in it. A hold that ended before its call could hand
 * out the grant is not told of: the call answers MSYNC_E_CONN then, or
 * MSYNC_E_LOST. Nor is one around a callback of a _do call, which answers for
 * it. Of a detached one nobody knows until a call finds it gone. */
typedef void (*msync_lost_fn)(
    void *ctx, struct msync_grant *grant, const char *reason);
MSYNC_API int msync_opts_set_on_lost(
    struct msync_opts *opts, msync_lost_fn fn, void *ctx);

/* Makes a handle and connects; what answers there, the first call will tell
 * (msync_ping is one for that). A handle comes back also where connecting
 * failed (MSYNC_E_CONN, MSYNC_E_DENIED), for msync_errmsg, msync_reopen and
 * MSYNC_TERM_RUN_ANYWAY; it has to be closed either way. *conn is NULL after
 * MSYNC_E_NOMEM and MSYNC_E_INVALID. */
MSYNC_API int msync_open(
    struct msync_conn **conn, const struct msync_opts *opts);
/* Ends what the handle has of a connection, as the end of a connection does
 * (what it held is lost, calls under way are answered MSYNC_E_CONN), and
 * connects anew. In the child of a fork it leaves the parent's alone. */
MSYNC_API int msync_reopen(struct msync_conn *conn);
/* Ends the connection, and so everything held, and frees the handle. Calls
 * under way get their callback with MSYNC_E_CLOSED first, and so do those that
 * were granted something of which nobody has been told yet. Grants stay to be
 * freed by msync_release. From a callback of msync_process: takes effect when
 * it returns; other callbacks must not close the handle that they run on. NULL
 * is allowed. */
MSYNC_API void msync_close(struct msync_conn *conn);
/* Brings the handle back to its beginning, on the same connection: whatever it
 * holds ends as if its process had died, calls under way are answered
 * MSYNC_E_CANCELLED. For after a callback that left by longjmp(3), and not for
 * one that still runs. Grants stay to be freed by msync_release, which then
 * answers MSYNC_E_LOST. */
MSYNC_API int msync_reset(struct msync_conn *conn);
/* Asks the daemon for a sign of life. */
MSYNC_API int msync_ping(struct msync_conn *conn);

/* What the last call on this handle that failed has to say, for people; of a
 * refusal, the daemon's own words. Valid until the next call on the handle,
 * in a callback as long as it runs. Never NULL; conn may be NULL. */
MSYNC_API const char *msync_errmsg(const struct msync_conn *conn);
/* Who held what the last failing call could not have, where its code is
 * MSYNC_E_BUSY, MSYNC_E_TIMEOUT or MSYNC_E_QUEUE_FULL. Returns 1 and fills in
 * what is not NULL; 0 where nobody is known. *pid is 0 where it is not told.
 * *client is valid as long as msync_errmsg. */
MSYNC_API int msync_errholder(const struct msync_conn *conn, int *pid,
    const char **client, int64_t *held_ms);

/* Terms ------------------------------------------------------------ */

/* What a request may say beyond its key and its wait. Terms can be used for
 * any number of requests of any kind; those that a request has no use for are
 * ignored. NULL in place of terms means: none of them. */
enum msync_term {
	/* The hold ends by itself after so many ms (1 or more), counted from
	 * the grant: a bound on a holder that hangs. Otherwise none. */
	MSYNC_TERM_LEASE_MS,
	/* Answer MSYNC_E_QUEUE_FULL where so many (0 or more) wait already. */
	MSYNC_TERM_MAX_WAITERS,
	/* Lock, Limit, Pool: 1: the hold belongs to no connection, but to the
	 * user; needs a lease. msync_release_token lets it go. */
	MSYNC_TERM_DETACHED,
	/* Limit: so many permits at once (1 or more); otherwise 1. */
	MSYNC_TERM_PERMITS,
	/* Limit, Pool: 1: take the capacity in force rather than answer
	 * MSYNC_E_CONFLICT where it is another one. */
	MSYNC_TERM_ADOPT,
	/* SingleFlight: after so many leaders (1 or more) that vanished, the
	 * rest get MSYNC_E_LEADER_LOST; otherwise 3. */
	MSYNC_TERM_MAX_LEADERS,
	/* msync_flight_do: how long a result, or a failure, is kept for those
	 * who ask later; otherwise 0. */
	MSYNC_TERM_KEEP_MS,
	MSYNC_TERM_KEEP_FAILURE_MS,
	/* msync_flight_do, msync_limit_do: 1: where the daemon cannot be
	 * reached, does not answer or shuts down, run the callback all the
	 * same, uncoordinated. A site prefers a stampede to an outage.
	 * Locks and pools never do: nobody prefers a lost update. */
	MSYNC_TERM_RUN_ANYWAY
};

MSYNC_API int msync_terms_new(struct msync_terms **terms);
MSYNC_API void msync_terms_free(struct msync_terms *terms);
/* 0; MSYNC_E_INVALID where there is no such term or the value is out of its
 * range, and then nothing has changed. */
MSYNC_API int msync_terms_set(
    struct msync_terms *terms, enum msync_term term, int64_t value);

/* Grants ----------------------------------------------------------- */

enum msync_kind {
	MSYNC_FLIGHT,
	MSYNC_LOCK,
	MSYNC_LIMIT,
	MSYNC_POOL
};

/* Lets go of what was granted, if that has not been done yet, and frees the
 * grant, whatever it answers: this is the one end of every grant. A lock is
 * released; permits are returned; a lead is abandoned (the oldest follower
 * leads); a pool object is put back as it was, or dropped where it was to be
 * created and has no value. So is one that was created and is not taken with
 * its value (MSYNC_E_QUOTA, MSYNC_E_TOO_LONG): msync_pool_put would tell while
 * there is still a value to be destroyed.
 * 0; MSYNC_E_LOST: the hold had ended before, so somebody else may have had it
 * while you believed it was yours. MSYNC_E_CONN: the connection broke before
 * the answer; what is not detached has ended with it. MSYNC_E_SILENT: the
 * release is sent, and will be carried out when the daemon goes on. NULL is
 * allowed: 0. */
MSYNC_API int msync_release(struct msync_grant *grant);
/* Starts the lease anew, or gives one to a hold that had none. lease_ms: 1 or
 * more. MSYNC_E_LOST: too late. */
MSYNC_API int msync_renew(struct msync_grant *grant, int64_t lease_ms);
/* Whether the hold is known to have ended without your doing. Takes in what
 * the daemon has sent, and never waits. Nobody tells of a detached hold: renew
 * it to know. */
MSYNC_API int msync_grant_is_lost(struct msync_grant *grant);

/* The fencing token: it rises with every grant of a key. Let what you change
 * remember the highest one that it saw, and refuse lower ones. */
MSYNC_API int64_t msync_grant_token(const struct msync_grant *grant);
MSYNC_API enum msync_kind msync_grant_kind(const struct msync_grant *grant);
/* The key, with its instance. Valid as long as the grant. */
MSYNC_API const char *msync_grant_key(const struct msync_grant *grant);
/* Lock: whether the previous holder vanished or ran out of lease, so that what
 * the lock protects may be half done (as EOWNERDEAD of robust mutexes). */
MSYNC_API int msync_grant_is_abandoned(const struct msync_grant *grant);
/* Lead: 1, or more after leaders that were lost: the how many-th this is. */
MSYNC_API int msync_grant_attempt(const struct msync_grant *grant);

/* The same by token: for detached holds, this program's or those of another one
 * of the same user, and for what this handle itself was granted. As all
 * functions that take a key, these put the handle's instance before it. (To
 * leave a detached hold in force, close the handle before msync_release, which
 * only frees then.) */
MSYNC_API int msync_release_token(struct msync_conn *conn, enum msync_kind kind,
    const char *key, int64_t token);
MSYNC_API int msync_renew_token(struct msync_conn *conn, enum msync_kind kind,
    const char *key, int64_t token, int64_t lease_ms);

/* Results ---------------------------------------------------------- */

/* NULL is allowed. */
MSYNC_API void msync_result_free(struct msync_result *result);
/* The value: JSON, and a NUL behind it; NULL where there is none (a failure
 * without one). Valid as long as the result; len may be NULL. */
MSYNC_API const char *msync_result_value(
    const struct msync_result *result, size_t *len);
/* Whether this caller's own callback made it ("fresh"), or it is shared. */
MSYNC_API int msync_result_is_fresh(const struct msync_result *result);
/* Whether it is a failure, and what the leader said of it ("" if nothing). */
MSYNC_API int msync_result_is_failure(const struct msync_result *result);
MSYNC_API const char *msync_result_message(const struct msync_result *result);
/* How old a kept result is; 0: it was made while we waited, or by us. */
MSYNC_API int64_t msync_result_age_ms(const struct msync_result *result);
/* The leader's user, where it is another one than ours, else -1. Look at it
 * before you trust a value. */
MSYNC_API int64_t msync_result_by_uid(const struct msync_result *result);
/* Of a fresh result: how many it was handed to; -1 where it could not be
 * shared, because the lead was lost meanwhile, the value was too long, or the
 * callback ran without the daemon. */
MSYNC_API int64_t msync_result_followers(const struct msync_result *result);

/* Do: the whole thing around a callback ---------------------------- */

/* These are the calls of the Go original: get the turn, run the callback in
 * this thread, let go.
 *
 * What a callback may do. Use the same handle for other keys. Return 0, or a
 * positive number of its own, which is handed back to the caller; a negative
 * one is taken for a failure and answered MSYNC_E_CALLBACK. Leave by a C++
 * exception, pthread_exit(3) or cancellation: the turn ends as if it had
 * returned a failure. Leave by longjmp(3): the hold stays with the handle
 * until msync_reset, msync_close or the end of the process; the next one then
 * learns that it was abandoned. If the process dies in it, that happens at
 * once.
 *
 * MSYNC_E_LOST from one of these: the callback ran, but its turn was lost
 * meanwhile, so that another one may have run beside it. (Or the lease was
 * over before the callback could begin; then it did not run.) A flight's
 * result is as good without: there msync_result_followers tells. */
typedef int (*msync_fn)(void *ctx);

/* Runs fn while holding the lock: one at a time per key, in the order of
 * arrival, everyone runs. Returns what fn returned. Who wants the token, or to
 * know of an abandoned lock, uses msync_lock_acquire. */
MSYNC_API int msync_lock_do(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_fn fn, void *ctx);

/* Runs fn while holding permits of a Limit: at most capacity at a time.
 * capacity 0: the one in force. */
MSYNC_API int msync_limit_do(struct msync_conn *conn, const char *key,
    int capacity, int wait_ms, const struct msync_terms *terms, msync_fn fn,
    void *ctx);

/* Makes a result. 0: *json, from malloc(3) and then the library's, is the
 * value; *json may stay NULL, which shares null. Any other number is a
 * failure, which the followers share; *json may go with it. *len need not be
 * set where *json ends in NUL. */
typedef int (*msync_produce_fn)(void *ctx, char **json, size_t *len);

/* One caller runs produce, the others that ask meanwhile wait and share what
 * it came to. 0: *result has the value, fresh or shared. What produce
 * returned: it failed, here. MSYNC_E_FLIGHT_FAILED: it failed elsewhere; the
 * result has the message and value of that failure. *result is NULL where
 * there is none, and is freed by msync_result_free. */
MSYNC_API int msync_flight_do(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_produce_fn produce,
    void *ctx, struct msync_result **result);

/* Primitives: get the turn, and let go by msync_release ------------ */

/* *grant is NULL where the answer is not 0. */
MSYNC_API int msync_lock_acquire(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, struct msync_grant **grant);

/* capacity: what the limit is to have, created by the first who brings one; 0:
 * the one in force, or MSYNC_E_UNKNOWN_KEY. */
MSYNC_API int msync_limit_borrow(struct msync_conn *conn, const char *key,
    int capacity, int wait_ms, const struct msync_terms *terms,
    struct msync_grant **grant);
/* The same without waiting: MSYNC_E_BUSY where not all permits are free. */
MSYNC_API int msync_limit_try_borrow(struct msync_conn *conn, const char *key,
    int capacity, const struct msync_terms *terms, struct msync_grant **grant);
/* Creates the limit, or gives it another capacity. */
MSYNC_API int msync_limit_set(
    struct msync_conn *conn, const char *key, int capacity);
/* What there is. Each of the three may be NULL; waiting counts requests. */
MSYNC_API int msync_limit_info(struct msync_conn *conn, const char *key,
    int64_t *capacity, int64_t *in_use, int64_t *waiting);

/* Joins the flight of the key, or begins one. 0 with *grant: you lead; finish
 * or fail it, then msync_release. 0 with *result: you followed, here is the
 * value. MSYNC_E_FLIGHT_FAILED with *result: the failure. */
MSYNC_API int msync_flight_begin(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, struct msync_grant **grant,
    struct msync_result **result);
/* Shares a value (NULL: null), or a failure with a message of at most 1,024
 * bytes (NULL: none) and a value (NULL: none); kept for keep_ms for those who
 * ask later. Returns how many waiting requests got it. The grant is still to
 * be freed. MSYNC_E_LOST: you do not lead any more. After MSYNC_E_TOO_LONG,
 * MSYNC_E_QUOTA, MSYNC_E_INVALID (not JSON) and MSYNC_E_BAD_REQUEST (a long
 * message) you still lead. */
MSYNC_API int msync_flight_finish(
    struct msync_grant *lead, const char *json, size_t len, int64_t keep_ms);
MSYNC_API int msync_flight_fail(struct msync_grant *lead, const char *message,
    const char *json, size_t len, int64_t keep_ms);
/* The next msync_flight_begin starts a new flight. 1: there was one, or a kept
 * result; 0: there was nothing. */
MSYNC_API int msync_flight_forget(struct msync_conn *conn, const char *key);

/* Pools ------------------------------------------------------------ */

/* The daemon keeps the values of a pool's objects, lends each to one process
 * at a time and counts; making, using and destroying them is the program's. A
 * value is the words by which any process finds the object again: a port, a
 * path, a number. */

/* Makes an object: *json is its value, from malloc(3) and then the library's.
 * It is JSON and not null: anything else, or nothing, is answered
 * MSYNC_E_INVALID, and no object was made. Another number than 0: it could not
 * be made; its place is free for somebody else. */
typedef int (*msync_create_fn)(void *ctx, char **json, size_t *len);
/* Destroys the object that has this value, of len bytes and without a NUL. */
typedef void (*msync_destroy_fn)(void *ctx, const char *json, size_t len);
/* Uses the object that has this value, as msync_fn; it need not end in NUL. */
typedef int (*msync_use_fn)(void *ctx, const char *json, size_t len);

/* A pool of the handle's daemon; nothing is sent yet. capacity: idle, lent and
 * being created are never more; 0: the one in force. Freed by msync_pool_free,
 * before or after the handle; what it lent stays lent. */
MSYNC_API int msync_pool_new(struct msync_pool **pool, struct msync_conn *conn,
    const char *key, int capacity);
MSYNC_API void msync_pool_free(struct msync_pool *pool);
/* How objects are made and destroyed. Both run inside msync_pool_get,
 * msync_pool_do and msync_pool_clear, or msync_process. Either may be NULL:
 * without create, msync_pool_get hands out grants without a value, for the
 * caller to create (or to drop); without destroy, values are thrown away, and
 * some may be where there is no memory (MSYNC_E_NOMEM). */
MSYNC_API int msync_pool_set_callbacks(struct msync_pool *pool,
    msync_create_fn create, msync_destroy_fn destroy, void *ctx);
/* An object that was idle for longer than ms is not lent again, but destroyed
 * by the next one who gets something. 0: no limit. Otherwise what is in force.
 */
MSYNC_API int msync_pool_set_max_idle(struct msync_pool *pool, int64_t ms);

/* Gets an object, uses it, puts it back. Where use returns another number than
 * 0, or leaves in another way, the object is not trusted: it is destroyed and
 * its place is free. A failing create is answered as a failing use is. */
MSYNC_API int msync_pool_do(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, msync_use_fn use, void *ctx);

MSYNC_API int msync_pool_get(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant);
/* The value of the object, which need not end in NUL; NULL where it is to be
 * created. Valid until the grant is put or released; len may be NULL. */
MSYNC_API const char *msync_grant_value(
    const struct msync_grant *grant, size_t *len);
/* Puts the object back. json: its new value, NULL: as it was. The grant is
 * still to be freed. MSYNC_IGNORED: the value is null or there is no
 * grant (NULL), as Put(nil) in Go; nothing has happened. After
 * MSYNC_E_INVALID, MSYNC_E_BAD_REQUEST (created, and without a value),
 * MSYNC_E_TOO_LONG and MSYNC_E_QUOTA the object is still lent. */
MSYNC_API int msync_pool_put(
    struct msync_grant *grant, const char *json, size_t len);
/* The object is broken, or could not be made: its place is free. The value is
 * the caller's to destroy. The grant is still to be freed. */
MSYNC_API int msync_pool_drop(struct msync_grant *grant);
/* How many objects there are, idle and lent; how many are idle. 0 where there
 * is no such pool. */
MSYNC_API int msync_pool_size(struct msync_pool *pool);
MSYNC_API int msync_pool_available(struct msync_pool *pool);
/* Destroys the idle objects, and returns how many those were. */
MSYNC_API int msync_pool_clear(struct msync_pool *pool);

/* Anything else ---------------------------------------------------- */

/* Any operation of msyncd-protocol(7), also one that this library does not
 * know: op is its name; members are those of the request but op and id, as
 * JSON without the braces ("\"key\":\"a\",\"capacity\":3"), NULL if none.
 * Instances are not put before keys. The value of *result is the whole
 * answer, also where it is a refusal. wait_ms is how long the operation itself
 * may take; 0 for all that do not wait. What it may be granted is the
 * connection's, and has no grant here. */
MSYNC_API int msync_ask(struct msync_conn *conn, const char *op,
    const char *members, int wait_ms, struct msync_result **result);

/* Event loops ------------------------------------------------------ */

/* The four calls that any event loop needs (those of sd-bus): watch
 * msync_fd() for msync_events(), and when it is ready, or after
 * msync_timeout() ms, call msync_process(); then ask for all three again,
 * for they change, also by _start. msync_libevent.h does it for libevent.
 *
 * A _start sends a request, or keeps it until the socket takes it, and never
 * waits. Where it returns 0, its callback is called exactly once, by
 * msync_process or at the latest by msync_close; never by _start itself.
 * Where it returns a code, it is never called. Any number of requests may be
 * under way; their answers come in any order. Calls that wait may be mixed in;
 * what else arrives meanwhile stays for msync_process.
 *
 * The first _start of a handle tells the daemon that it serves several flows
 * of control: its waits are left out of the search for deadlocks. */

/* code is what the call that waits would have returned. grant and result are
 * the callback's to release and free; NULL where there is none. msync_errmsg
 * has the words of a failure. */
typedef void (*msync_done_fn)(void *ctx, int code, struct msync_grant *grant,
    struct msync_result *result);

/* The descriptor; -1 while there is no connection. */
MSYNC_API int msync_fd(const struct msync_conn *conn);
/* POLLIN and POLLOUT of <poll.h>, as far as they are wanted. */
MSYNC_API int msync_events(const struct msync_conn *conn);
/* In how many ms msync_process has something to do even if the descriptor is
 * not ready: 0 at once, -1 never. */
MSYNC_API int msync_timeout(const struct msync_conn *conn);
/* Sends and receives what is possible now, and runs callbacks. 0;
 * MSYNC_E_CONN while there is no connection; MSYNC_E_CLOSED where a callback
 * has closed the handle, which is no more then; MSYNC_E_INVALID inside of a
 * callback; MSYNC_E_FORKED. */
MSYNC_API int msync_process(struct msync_conn *conn);

/* As the calls without _start. fn may be NULL: nobody is told (and what is
 * granted to nobody is given back at once). *call, which may be NULL, is valid
 * until the callback has returned; it is NULL where there is none to come. */
MSYNC_API int msync_lock_acquire_start(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **call);
MSYNC_API int msync_limit_borrow_start(struct msync_conn *conn, const char *key,
    int capacity, int wait_ms, const struct msync_terms *terms,
    msync_done_fn fn, void *ctx, struct msync_call **call);
MSYNC_API int msync_flight_begin_start(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **call);
MSYNC_API int msync_pool_get_start(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **call);
MSYNC_API int msync_ask_start(struct msync_conn *conn, const char *op,
    const char *members, int wait_ms, msync_done_fn fn, void *ctx,
    struct msync_call **call);

/* These are about a grant, and leave it to be freed by msync_release(_start).
 * One such call at a time on a grant: MSYNC_E_INVALID while another is under
 * way. If the grant is released first, what the daemon refuses to take is
 * given up. */
MSYNC_API int msync_flight_finish_start(struct msync_grant *lead,
    const char *json, size_t len, int64_t keep_ms, msync_done_fn fn, void *ctx);
MSYNC_API int msync_flight_fail_start(struct msync_grant *lead,
    const char *message, const char *json, size_t len, int64_t keep_ms,
    msync_done_fn fn, void *ctx);
MSYNC_API int msync_pool_put_start(struct msync_grant *grant, const char *json,
    size_t len, msync_done_fn fn, void *ctx);
MSYNC_API int msync_pool_drop_start(
    struct msync_grant *grant, msync_done_fn fn, void *ctx);
MSYNC_API int msync_renew_start(
    struct msync_grant *grant, int64_t lease_ms, msync_done_fn fn, void *ctx);
/* Frees the grant at once, whatever it answers. */
MSYNC_API int msync_release_start(
    struct msync_grant *grant, msync_done_fn fn, void *ctx);

/* Ends the wait. The callback is still to come, with MSYNC_E_CANCELLED, or
 * with the grant, or another answer, that was on its way already. */
MSYNC_API int msync_call_cancel(struct msync_call *call);

#ifdef __cplusplus
}
#endif

#endif
