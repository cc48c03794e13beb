/* SPDX-License-Identifier: MIT */
/* The sockets for metrics, and their part of a turn: see metrics.h. */
#include "metrics.h"

#include "admin.h"
#include "openmetrics.h"
#include "server.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long accepting rests when there are no descriptors. */
#define REST_MS 100

/* Coming ----------------------------------------------------------- */

static void on_newcomers(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	((struct metrics_listener *)ctx)->has_newcomers = true;
}

/* However often somebody tries, the log has a line a second at most. */
static void turn_away(struct server *server, int fd)
{
	struct metrics *metrics = &server->metrics;

	rights_turn_away(&server->listener.rights, fd);
	metrics->n_turned_away++;
	if (server->now < metrics->turned_away_at + 1000)
		return;
	log_event(&server->log, LOG_LEVEL_INFO, "metrics_turned_away",
	    "count=%zu", metrics->n_turned_away);
	metrics->turned_away_at = server->now;
	metrics->n_turned_away = 0;
}

static void take_newcomer(struct server *server, int fd)
{
	struct metrics *metrics = &server->metrics;
	struct metrics_conn *conn;

	if (metrics->n_conns == METRICS_MAX_CONNS) {
		turn_away(server, fd);
		return;
	}
	conn = metrics_conn_new(server, fd);
	DL_APPEND(metrics->conns, conn);
	metrics->n_conns++;
}

/* The first of those that there is no descriptor for. */
static void shed(struct server *server, struct listener *listener)
{
	int fd = listener_accept_last(listener);

	if (fd >= 0)
		turn_away(server, fd);
	listener_restock(listener);
}

static void rest(struct server *server)
{
	struct metrics *metrics = &server->metrics;

	metrics->rests_until = server->now + REST_MS;
	for (int i = 0; i < METRICS_N_LISTENERS; i++) {
		if (metrics->listeners[i].event != NULL)
			(void)event_del(metrics->listeners[i].event);
	}
}

static void wake(struct metrics *metrics)
{
	metrics->rests_until = MTIME_NEVER;
	for (int i = 0; i < METRICS_N_LISTENERS; i++) {
		if (metrics->listeners[i].event != NULL)
			(void)event_add(metrics->listeners[i].event, NULL);
	}
}

static void accept_newcomers(
    struct server *server, struct metrics_listener *listener)
{
	listener->has_newcomers = false;
	for (int i = 0; i < METRICS_MAX_ACCEPTS; i++) {
		int fd = listener_accept(&listener->listener);

		if (fd == -EAGAIN)
			return;
		if (fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS ||
		    fd == -ENOMEM) {
			shed(server, &listener->listener);
			rest(server);
			return;
		}
		/* Anything else befell the newcomer, not us. */
		if (fd >= 0)
			take_newcomer(server, fd);
	}
}

/* Pages ------------------------------------------------------------ */

static struct blob *new_page(
    const struct server *server, enum openmetrics_form form)
{
	json_t *stats = admin_stats_document(server->core);
	char *text = openmetrics_render(stats, form);
	struct blob *page;

	assert(text != NULL); /* memory never fails */
	page = blob_new(text, strlen(text));
	free(text);
	json_decref(stats);
	return page;
}

struct blob *metrics_page(struct server *server, bool as_openmetrics)
{
	enum openmetrics_form form =
	    as_openmetrics ? OPENMETRICS_1_0 : OPENMETRICS_PLAIN;
	struct metrics_page *page = &server->metrics.pages[form];

	if (page->text == NULL || server->now >= page->since + 1000) {
		page->since = server->now;
		page->n_made = 0;
	}
	if (page->n_made < METRICS_MAX_PAGES) {
		page->n_made++;
		blob_unref(page->text);
		page->text = new_page(server, form);
	}
	return blob_ref(page->text);
}

/* The turn --------------------------------------------------------- */

mtime_t metrics_deadline(const struct server *server)
{
	mtime_t at = server->metrics.rests_until;
	const struct metrics_conn *conn;

	DL_FOREACH(server->metrics.conns, conn) {
		if (conn->ends_at < at)
			at = conn->ends_at;
	}
	return at;
}

void metrics_turn(struct server *server)
{
	struct metrics *metrics = &server->metrics;
	struct metrics_conn *conn, *next;

	if (metrics->rests_until <= server->now)
		wake(metrics);
	for (int i = 0; i < METRICS_N_LISTENERS; i++) {
		if (metrics->listeners[i].has_newcomers)
			accept_newcomers(server, &metrics->listeners[i]);
	}
	DL_FOREACH_SAFE(metrics->conns, conn, next) {
		if (conn->is_ready || server->now >= conn->ends_at)
			metrics_conn_serve(conn);
		if (conn->state != METRICS_ENDED)
			continue;
		DL_DELETE(metrics->conns, conn);
		metrics->n_conns--;
		metrics_conn_free(conn);
	}
}

void metrics_stop(struct server *server)
{
	struct metrics *metrics = &server->metrics;
	struct metrics_conn *conn;

	for (int i = 0; i < METRICS_N_LISTENERS; i++)
		metrics->listeners[i].has_newcomers =
		    metrics->listeners[i].event != NULL;
	DL_FOREACH(metrics->conns, conn)
		conn->is_ready = true;
	metrics_turn(server);
}

/* Beginning and end ------------------------------------------------ */

/* Who cannot be reached for metrics serves all the same. */
static void watch(struct server *server, int which, bool is_open)
{
	struct metrics_listener *listener = &server->metrics.listeners[which];
	char quoted[LOG_QUOTED_BYTES];

	if (!is_open) {
		listener_close(&listener->listener);
		return;
	}
	listener->event = event_new(server->base, listener->listener.fd,
	    EV_READ | EV_PERSIST, on_newcomers, listener);
	assert(listener->event != NULL); /* memory never fails */
	(void)event_add(listener->event, NULL);
	log_event(&server->log, LOG_LEVEL_INFO, "metrics", "at=%s",
	    log_quote(quoted, listener->listener.path));
}

static bool open_socket(struct server *server, struct listener *listener)
{
	const struct conf *conf = server->conf;
	const struct conf_value *group = &conf->values[CONF_METRICS_GROUP];
	const struct listener_access access = {
	    .mode = (mode_t)conf_number(conf, CONF_METRICS_MODE),
	    .group = group->is_set ? (gid_t)group->number : (gid_t)-1,
	};

	return listener_open(listener, conf_text(conf, CONF_METRICS_SOCKET),
	    &access, &server->log);
}

void metrics_open(struct server *server)
{
	struct metrics_listener *all = server->metrics.listeners;
	uint16_t port = (uint16_t)conf_number(server->conf, CONF_METRICS_PORT);

	server->metrics.rests_until = MTIME_NEVER;
	if (conf_text(server->conf, CONF_METRICS_SOCKET)[0] != '\0')
		watch(server, 0, open_socket(server, &all[0].listener));
	for (int i = 0; i < 2 && port != 0; i++)
		watch(server, 1 + i,
		    listener_open_port(
			&all[1 + i].listener, i == 1, port, &server->log));
}

void metrics_close(struct server *server)
{
	struct metrics *metrics = &server->metrics;

	while (metrics->conns != NULL) {
		struct metrics_conn *conn = metrics->conns;

		DL_DELETE(metrics->conns, conn);
		metrics_conn_free(conn);
	}
	for (int i = 0; i < METRICS_N_LISTENERS; i++) {
		if (metrics->listeners[i].event != NULL) {
			event_free(metrics->listeners[i].event);
			listener_close(&metrics->listeners[i].listener);
		}
	}
	for (int i = 0; i < 2; i++)
		blob_unref(metrics->pages[i].text);
}
