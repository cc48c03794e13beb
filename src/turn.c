/* SPDX-License-Identifier: MIT */
/* One turn of the server, from newcomers to the timer: see server.h. */
#include "server.h"

#include "clock.h"
#include "conn.h"
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long accepting rests when there are no descriptors. */
#define REST_MS     100
#define REST_LOG_MS 10000

/* Connections ------------------------------------------------------ */

struct conn *server_find(const struct server *server, uint64_t session)
{
	uint32_t slot = SESSION_SLOT(session);
	struct conn *conn;

	if (slot >= server->cap_slots)
		return NULL;
	conn = server->by_slot[slot];
	return conn != NULL && conn->session == session ? conn : NULL;
}

static void list_conn(struct server *server, struct conn *conn)
{
	uint32_t slot = SESSION_SLOT(conn->session);

	if (slot >= server->cap_slots) {
		size_t cap = slot < 32 ? 64 : 2 * (size_t)slot;

		server->by_slot =
		    xrealloc(server->by_slot, cap * sizeof(*server->by_slot));
		memset(server->by_slot + server->cap_slots, 0,
		    (cap - server->cap_slots) * sizeof(*server->by_slot));
		server->cap_slots = cap;
	}
	server->by_slot[slot] = conn;
	DL_APPEND(server->all, conn);
	server->n_conns++;
}

void server_end_conn(struct server *server, struct conn *conn)
{
	uint32_t slot = SESSION_SLOT(conn->session);

	/* Another session may have the slot by now. */
	if (server->by_slot[slot] == conn)
		server->by_slot[slot] = NULL;
	DL_DELETE(server->all, conn);
	if (conn->is_ready)
		DL_DELETE2(server->ready, conn, ready_prev, ready_next);
	server->n_conns--;
	conn_free(conn);
}

static bool is_exhausted(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOBUFS ||
	       error == -ENOMEM;
}

/* Tells a newcomer that there is no room, rather than leave it in the dark.
 * False: there was nobody, or not even that could be done. */
static bool shed(struct server *server)
{
	int fd = listener_accept_last(&server->listener);

	if (fd >= 0)
		conn_turn_away(
		    server, fd, "the daemon has no descriptors left");
	listener_restock(&server->listener);
	return fd >= 0;
}

/* This may go on for long: then the log has a line in ten seconds. */
static void rest(struct server *server, int error)
{
	char reason[LOG_QUOTED_BYTES];

	if (server->now >= server->rest_log_at) {
		server->rest_log_at = server->now + REST_LOG_MS;
		log_event(&server->log, LOG_LEVEL_ERROR, "no_descriptors",
		    "connections=%zu reason=%s rests_ms=%d", server->n_conns,
		    log_quote(reason, strerror(-error)), REST_MS);
	}
	server->rests_until = server->now + REST_MS;
	(void)event_del(server->newcomers);
}

enum newcomer {
	NEWCOMER_NONE, /* nobody is there, or nothing can be done now */
	NEWCOMER_LEFT, /* it has closed already */
	NEWCOMER_MET,  /* was let in, or turned away */
};

/* Whether it has said nothing and will say nothing more. Who floods the
 * listener with such would have others wait behind thousands of them. */
static bool has_left(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* *error_out is set where there was no room. */
static enum newcomer accept_newcomer(struct server *server, int *error_out)
{
	int fd = listener_accept(&server->listener);
	struct conn *conn;

	if (fd == -EAGAIN)
		return NEWCOMER_NONE;
	if (is_exhausted(fd)) {
		*error_out = fd;
		return shed(server) ? NEWCOMER_MET : NEWCOMER_NONE;
	}
	if (fd >= 0 && has_left(fd)) {
		(void)close(fd);
		return NEWCOMER_LEFT;
	}
	/* Anything else befell the newcomer, not us. */
	conn = fd < 0 ? NULL : conn_new(server, fd);
	if (conn != NULL)
		list_conn(server, conn);
	return NEWCOMER_MET;
}

static void accept_newcomers(struct server *server)
{
	int n_met = 0, n_left = 0, error = 0;

	if (server->rests_until <= server->now) {
		/* Where even that fails, it rests on. */
		server->rests_until = event_add(server->newcomers, NULL) == 0
					  ? MTIME_NEVER
					  : server->now + REST_MS;
	}
	if (!server->has_newcomers)
		return;
	server->has_newcomers = false;
	while (n_met < SERVER_MAX_ACCEPTS && n_left < SERVER_MAX_LEFT) {
		enum newcomer newcomer = accept_newcomer(server, &error);

		if (newcomer == NEWCOMER_NONE)
			break;
		n_met += newcomer == NEWCOMER_MET;
		n_left += newcomer == NEWCOMER_LEFT;
	}
	if (error != 0)
		rest(server, error);
}

/* The turn --------------------------------------------------------- */

static void serve_ready(struct server *server)
{
	struct conn *ready = server->ready, *conn, *next;

	/* What becomes ready meanwhile has its turn next time. */
	server->ready = NULL;
	DL_FOREACH2(ready, conn, ready_next)
		conn_look(conn);
	DL_FOREACH_SAFE2(ready, conn, next, ready_next) {
		conn->is_ready = false;
		conn_serve(conn);
	}
}

static void do_deadlines(struct server *server)
{
	struct heap_item *top;

	while ((top = heap_top(&server->deadlines)) != NULL &&
	       top->at <= server->now) {
		struct conn *conn = HEAP_OWNER(top, struct conn, deadline);

		heap_remove(&server->deadlines, top);
		conn_on_deadline(conn);
	}
}

/* For reply_render. */
static const char *command_of(void *ctx, uint64_t session)
{
	struct conn *conn = server_find(ctx, session);

	return conn == NULL ? NULL : conn_command(conn);
}

static void deliver(struct server *server)
{
	const struct reply_names names = {command_of, server};
	struct answer answer;

	report_notes(server);
	while (core_pop(server->core, &answer)) {
		struct conn *conn = server_find(server, answer.session);

		if (conn != NULL)
			conn_answer(conn, &answer, &names);
		else if (answer.detached_token != 0)
			core_take_back(server->core, answer.detached_uid,
			    answer.detached_token);
		answer_deinit(&answer);
	}
}

/* Writes to everybody who has output; what has ended is put into *ended. */
static void flush_touched(struct server *server, struct conn **ended)
{
	struct conn *touched = server->touched, *conn, *next;

	server->touched = NULL;
	DL_FOREACH_SAFE2(touched, conn, next, touched_next) {
		bool had_ended = conn->is_reaped;

		conn->is_touched = false;
		conn_flush(conn);
		if (conn->state == CONN_ENDED && !had_ended) {
			conn->is_reaped = true;
			LL_PREPEND2(*ended, conn, ended_next);
		}
	}
}

static bool has_answers(const struct server *server)
{
	return server->core->outbox.head < server->core->outbox.n;
}

/* Until nobody has anything to say: what ends passes on what it held, and
 * those that get it have to hear of it. */
void server_settle(struct server *server)
{
	struct conn *ended, *conn, *next;

	DL_CONCAT2(
	    server->touched, server->deferred, touched_prev, touched_next);
	server->deferred = NULL;
	do {
		ended = NULL;
		do {
			deliver(server);
			/* No token leaves that might come again. */
			mark_reach(&server->mark, server->core->next_token - 1,
			    server->now, &server->log);
			flush_touched(server, &ended);
		} while (has_answers(server) || server->touched != NULL);
		/* When many die at once, none of them shall be granted what
		 * another one held. */
		LL_FOREACH2(ended, conn, ended_next) {
			conn_name_program(conn);
			core_stop_waiting(server->core, conn->session);
		}
		LL_FOREACH_SAFE2(ended, conn, next, ended_next)
			server_end_conn(server, conn);
	} while (ended != NULL || has_answers(server));
}

static mtime_t earliest(mtime_t a, mtime_t b)
{
	return a < b ? a : b;
}

static void set_timer(struct server *server)
{
	const struct heap_item *top = heap_top(&server->deadlines);
	mtime_t at = earliest(core_deadline(server->core), server->rests_until);
	mtime_t in;
	struct timeval tv;

	at = earliest(at, notify_deadline(&server->notifier));
	at = earliest(at, metrics_deadline(server));
	if (top != NULL)
		at = earliest(at, top->at);
	if (at == server->timer_at)
		return;
	server->timer_at = at;
	if (at == MTIME_NEVER) {
		(void)event_del(server->timer);
		return;
	}
	in = at > server->now ? at - server->now : 0;
	tv.tv_sec = in / 1000;
	tv.tv_usec = in % 1000 * 1000;
	(void)event_add(server->timer, &tv);
}

static void notify(struct server *server)
{
	struct notify_counts counts = {.connections = (int64_t)server->n_conns};

	for (int i = 0; i < WIRE_N_KINDS; i++) {
		const int64_t *of_kind = server->core->tally.counts[i];

		counts.holds += of_kind[TALLY_HOLDS];
		counts.waits += of_kind[TALLY_WAITS];
	}
	notify_turn(&server->notifier, &counts, server->now);
}

void server_turn(struct server *server)
{
	server->now = clock_now();
	server->write_budget = SERVER_MAX_WRITE_BYTES;
	server->last_left = SERVER_MAX_LAST_BYTES;
	server->n_long_left = SERVER_MAX_LONG;
	if (server->has_to_reload) {
		server->has_to_reload = false;
		notify_reloading(&server->notifier);
		server_reload(server);
		notify_reloaded(&server->notifier);
	}
	core_advance(server->core, server->now);
	accept_newcomers(server);
	serve_ready(server);
	do_deadlines(server);
	server_settle(server);
	metrics_turn(server);
	notify(server);
	set_timer(server);
}
