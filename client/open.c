/* SPDX-License-Identifier: MIT */
/* The beginning and the end of handles: see msync.h. */
#include "calls.h"
#include "sock.h"

#include <stdlib.h>

#define ALL_RINGS(conn)                                                        \
	{                                                                      \
		&(conn)->family, &(conn)->calls, &(conn)->done, &(conn)->told, \
		    &(conn)->all, &(conn)->grants, &(conn)->untold             \
	}

static struct msync_conn *conn_new(const struct msync_opts *opts)
{
	struct msync_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		return NULL;
	if (opts != NULL)
		conn->opts = *opts;
	else
		opts_init(&conn->opts);
	for (size_t i = 0; i < 7; i++)
		list_init(((struct list *[])ALL_RINGS(conn))[i]);
	conn->fd = -1;
	conn->due = SOCK_NEVER;
	conn->pause_ms = 10;
	text_init(&conn->out);
	reader_init(&conn->in);
	return conn;
}

int msync_open(struct msync_conn **conn, const struct msync_opts *opts)
{
	int code;

	*conn = conn_new(opts);
	if (*conn == NULL)
		return MSYNC_E_NOMEM;
	code = family_add(*conn);
	if (code == 0)
		code = handle_connect(*conn, true);
	if (code == MSYNC_E_NOMEM) {
		msync_close(*conn);
		*conn = NULL;
	}
	return code;
}

int msync_reopen(struct msync_conn *conn)
{
	if (handle_check_pid(conn) != 0) {
		handle_disown(conn);
	} else if (conn->fd >= 0) {
		(void)failure_set(&conn->failure, MSYNC_E_CONN,
		    "the connection was ended by msync_reopen");
		/* The caller's own doing, and so nothing for on_lost. */
		handle_drop_grants(conn, "reopen", MSYNC_E_CONN);
		handle_break(conn, MSYNC_E_CONN);
	}
	return handle_connect(conn, true);
}

/* Frees what belongs to callbacks that were left by longjmp(3). */
static void free_left(struct msync_conn *conn)
{
	while (!list_is_empty(&conn->told))
		call_free(LIST_OWNER(conn->told.next, struct msync_call, link));
	grant_free_own(conn);
}

static void conn_free(struct msync_conn *conn)
{
	family_remove(conn);
	free_left(conn);
	grant_orphan_all(conn);
	text_deinit(&conn->out);
	reader_deinit(&conn->in);
	free(conn->slots);
	free(conn);
}

void msync_close(struct msync_conn *conn)
{
	if (conn == NULL)
		return;
	if (conn->is_dispatching) {
		conn->is_closing = true;
		return;
	}
	if (!handle_is_forked(conn)) {
		conn->is_closed = true;
		(void)failure_set(
		    &conn->failure, MSYNC_E_CLOSED, "the handle was closed");
		handle_drop_grants(conn, "close", MSYNC_E_CLOSED);
		handle_break(conn, MSYNC_E_CLOSED);
		loop_tell_all(conn);
	}
	/* A callback may have forked, too. */
	if (handle_is_forked(conn))
		handle_disown(conn);
	conn_free(conn);
}

/* Also where it comes late: then the holds end now. */
static int take_reset(struct msync_call *call, const struct reply *reply)
{
	(void)reply;
	handle_drop_grants(call->conn, "reset", MSYNC_E_CANCELLED);
	return 0;
}

static const struct call_type reset_type = {.take = take_reset};

int msync_reset(struct msync_conn *conn)
{
	struct msync_call *call;
	int code = calls_check(conn);

	/* A callback that left by longjmp never came back to msync_process. */
	conn->is_dispatching = false;
	if (code != 0)
		return code;
	call = call_new(conn, &reset_type, "reset");
	if (call == NULL || calls_send(call, 0, &code) == NULL)
		return MSYNC_E_NOMEM;
	/* What hello said is forgotten by then, and said again at once. */
	if (handle_hello(conn) != 0)
		handle_break(conn, MSYNC_E_NOMEM);
	code = call_wait(call, NULL, NULL);
	if (code == 0)
		free_left(conn);
	return code;
}

const char *msync_version(void)
{
	return MSYNC_VERSION;
}

const char *msync_errmsg(const struct msync_conn *conn)
{
	if (conn == NULL)
		return msync_strerror(MSYNC_E_NOMEM);
	return conn->failure.words;
}

int msync_errholder(const struct msync_conn *conn, int *pid,
    const char **client, int64_t *held_ms)
{
	const struct failure *failure = &conn->failure;

	if (!failure->has_holder)
		return 0;
	if (pid != NULL)
		*pid = failure->pid;
	if (client != NULL)
		*client = failure->client;
	if (held_ms != NULL)
		*held_ms = failure->held_ms;
	return 1;
}
