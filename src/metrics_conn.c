/* SPDX-License-Identifier: MIT */
/*
 * One connection that asks for a page: reads -> replies -> drains -> ended, see
 * metrics.h. It drains because a socket that is closed with something unread
 * takes away what it has just said.
 */
#include "metrics.h"

#include "clock.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define TEXT_PLAIN      "text/plain; charset=utf-8"
#define TEXT_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TEXT_OPENMETRICS                                                       \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	((struct metrics_conn *)ctx)->is_ready = true;
}

static void watch(struct metrics_conn *conn, short what)
{
	(void)event_del(&conn->event);
	(void)event_assign(&conn->event, conn->server->base, conn->fd,
	    (short)(what | EV_PERSIST), on_event, conn);
	(void)event_add(&conn->event, NULL);
}

struct metrics_conn *metrics_conn_new(struct server *server, int fd)
{
	struct metrics_conn *conn = xcalloc(1, sizeof(*conn));

	conn->server = server;
	conn->fd = fd;
	conn->carries = rights_may_come(&server->listener.rights, fd);
	conn->ends_at = server->now + METRICS_MAX_MS;
	/* The request is often there already. */
	conn->is_ready = true;
	(void)event_assign(&conn->event, server->base, fd, EV_READ | EV_PERSIST,
	    on_event, conn);
	(void)event_add(&conn->event, NULL);
	return conn;
}

void metrics_conn_free(struct metrics_conn *conn)
{
	(void)event_del(&conn->event);
	if (conn->carries)
		rights_close(&conn->server->listener.rights, conn->fd);
	else
		(void)close(conn->fd);
	blob_unref(conn->body);
	free(conn);
}

/* Replies ---------------------------------------------------------- */

/* Takes over the body. Who asked with HEAD does not get it. */
static void reply(struct metrics_conn *conn, int status, const char *type,
    struct blob *body, bool is_head)
{
	conn->head_len = http_put_head(conn->head, status,
	    (time_t)(clock_wall_us() / 1000000), type, body->len);
	conn->state = METRICS_REPLIES;
	if (is_head)
		blob_unref(body);
	else
		conn->body = body;
}

static void reply_words(
    struct metrics_conn *conn, int status, const char *words, bool is_head)
{
	reply(
	    conn, status, TEXT_PLAIN, blob_new(words, strlen(words)), is_head);
}

static void reply_page(
    struct metrics_conn *conn, const struct http_request *request)
{
	bool is_open = request->wants_openmetrics;

	reply(conn, 200, is_open ? TEXT_OPENMETRICS : TEXT_PROMETHEUS,
	    metrics_page(conn->server, is_open), request->is_head);
}

static void refuse(struct metrics_conn *conn, int status, bool is_head)
{
	char words[64];

	(void)snprintf(words, sizeof(words), "%s\n", http_words(status));
	reply_words(conn, status, words, is_head);
}

static void answer(
    struct metrics_conn *conn, const struct http_request *request)
{
	bool is_page = http_is_for(request, "/metrics");
	bool is_health = http_is_for(request, "/healthz");
	bool is_stopping = conn->server->is_stopping;

	if (!is_page && !is_health && !http_is_for(request, "/readyz"))
		refuse(conn, 404, request->is_head);
	else if (!request->is_get && !request->is_head)
		refuse(conn, 405, false);
	else if (request->has_body)
		refuse(conn, 413, request->is_head);
	else if (is_page)
		reply_page(conn, request);
	else if (is_health)
		reply_words(conn, 200, "ok\n", request->is_head);
	else
		reply_words(conn, is_stopping ? 503 : 200,
		    is_stopping ? "shutting down\n" : "ready\n",
		    request->is_head);
}

/* Going on --------------------------------------------------------- */

static void end(struct metrics_conn *conn)
{
	conn->state = METRICS_ENDED;
}

/* Sends what the socket takes; sends are never assumed to be whole. */
static void go_on_replying(struct metrics_conn *conn)
{
	size_t body_len = conn->body == NULL ? 0 : conn->body->len;
	size_t of_body =
	    conn->sent > conn->head_len ? conn->sent - conn->head_len : 0;
	size_t of_head = conn->sent - of_body;
	struct iovec parts[2] = {
	    {conn->head + of_head, conn->head_len - of_head},
	    {body_len == 0 ? NULL : conn->body->bytes + of_body,
		body_len - of_body},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n = sendmsg(conn->fd, &message, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		watch(conn, EV_WRITE);
		return;
	}
	if (n < 0) {
		end(conn);
		return;
	}
	conn->sent += (size_t)n;
	if (conn->sent < conn->head_len + body_len) {
		watch(conn, EV_WRITE);
		return;
	}
	(void)shutdown(conn->fd, SHUT_WR);
	conn->state = METRICS_DRAINS;
	watch(conn, EV_READ);
}

static void take_head(struct metrics_conn *conn)
{
	size_t len = http_head_len(conn->in, conn->n_in);
	struct http_request request;
	int status;

	if (len == 0 && conn->n_in < sizeof(conn->in))
		return;
	status = len == 0 ? 431 : http_take_head(conn->in, len, &request);
	if (status == 0)
		answer(conn, &request);
	else
		refuse(conn, status, false);
}

/* As read(2); there is no more where descriptors came along. */
static ssize_t read_some(struct metrics_conn *conn, char *buffer, size_t len)
{
	bool came;
	ssize_t n;

	if (!conn->carries)
		return read(conn->fd, buffer, len);
	n = rights_read(
	    &conn->server->listener.rights, conn->fd, buffer, len, &came);
	return came ? 0 : n;
}

/* One read a turn. What comes behind the head is not looked at. */
static void go_on_reading(struct metrics_conn *conn)
{
	size_t kept = conn->state == METRICS_READS ? conn->n_in : 0;
	ssize_t n = read_some(conn, conn->in + kept, sizeof(conn->in) - kept);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end(conn);
		return;
	}
	conn->n_in += (size_t)n;
	if (conn->state == METRICS_READS)
		take_head(conn);
	else if (conn->n_in > METRICS_MAX_DRAINED)
		end(conn);
}

void metrics_conn_serve(struct metrics_conn *conn)
{
	conn->is_ready = false;
	if (conn->state == METRICS_READS || conn->state == METRICS_DRAINS)
		go_on_reading(conn);
	if (conn->state == METRICS_REPLIES)
		go_on_replying(conn);
	if (conn->server->now >= conn->ends_at)
		end(conn);
}
