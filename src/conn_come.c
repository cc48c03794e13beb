/* SPDX-License-Identifier: MIT */
/* Newcomers: let in, or turned away with a line that says why. See conn.h. */
#include "conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* However often somebody tries, the log has a line a second at most. */
void conn_log_turned_away(struct server *server, const char *why)
{
	server->n_turned_away++;
	if (server->now < server->turned_away_at + 1000)
		return;
	log_event(&server->log, LOG_LEVEL_INFO, "turned_away",
	    "why=\"%s\" count=%zu", why, server->n_turned_away);
	server->turned_away_at = server->now;
	server->n_turned_away = 0;
}

void conn_turn_away(struct server *server, int fd, const char *why)
{
	char line[256];
	int len = snprintf(line, sizeof(line),
	    "{\"ok\":false,\"error\":\"quota\",\"message\":\"%s\"}\n", why);
	/* Fresh sockets take a line; one that does not is closed all the
	 * same. */
	ssize_t ignored = send(fd, line, (size_t)len, MSG_NOSIGNAL);

	(void)ignored;
	rights_turn_away(&server->listener.rights, fd);
	server->core->tally.n_refused++;
	conn_log_turned_away(server, why);
}

struct conn *conn_new(struct server *server, int fd)
{
	struct peer peer;
	struct conn *conn;
	uint64_t session;

	if (server->n_conns >= server->max_conns) {
		conn_turn_away(
		    server, fd, "the daemon has all its connections");
		return NULL;
	}
	if (!conn_know_peer(fd, &peer)) {
		rights_turn_away(&server->listener.rights, fd);
		conn_log_turned_away(server, "the kernel does not know it");
		return NULL;
	}
	session = core_join(server->core, &peer);
	free((void *)peer.groups);
	if (session == 0) {
		conn_turn_away(server, fd, "this uid has all its connections");
		return NULL;
	}
	conn = cell_take(&server->conns);
	memset(conn, 0, sizeof(*conn));
	conn->server = server;
	conn->fd = fd;
	conn->peer = peer;
	conn->peer.groups = NULL;
	conn->peer.n_groups = 0;
	conn->session = session;
	conn_narrow(conn);
	conn->carries = rights_may_come(&server->listener.rights, fd);
	conn->account = session_find(&server->core->sessions, session)->account;
	quota_keep(conn->account);
	outbuf_init(&conn->out, &server->texts, conn->account);
	heap_item_init(&conn->deadline);
	(void)event_assign(&conn->read_event, server->base, fd,
	    EV_READ | EV_CLOSED | EV_PERSIST, conn_on_readable, conn);
	(void)event_assign(&conn->write_event, server->base, fd, EV_WRITE,
	    conn_on_writable, conn);
	if (event_add(&conn->read_event, NULL) != 0) {
		/* Nobody would ever look at it. */
		conn_free(conn);
		conn_log_turned_away(server, "the system cannot watch it");
		return NULL;
	}
	conn->is_reading = true;
	log_event(&server->log, LOG_LEVEL_DEBUG, "connected", "pid=%d uid=%lu",
	    (int)peer.pid, (unsigned long)peer.uid);
	return conn;
}
