/* SPDX-License-Identifier: MIT */
/* The event base, and what it is set up from: see server.h. */
#include "server.h"

#include "clock.h"
#include "conn.h"
#include "report.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What sysexits.h calls a fault of the configuration. */
#define STATUS_CONFIG 78

/* Of waiting for events, in a row. */
#define MAX_FAILURES 10

/* Who is ready ----------------------------------------------------- */

void server_note_ready(struct server *server, struct conn *conn)
{
	if (conn->is_ready)
		return;
	conn->is_ready = true;
	DL_APPEND2(server->ready, conn, ready_prev, ready_next);
}

void server_note_touched(struct server *server, struct conn *conn)
{
	if (conn->is_touched)
		return;
	conn->is_touched = true;
	DL_APPEND2(server->touched, conn, touched_prev, touched_next);
}

void server_defer(struct server *server, struct conn *conn)
{
	conn->is_touched = true;
	DL_APPEND2(server->deferred, conn, touched_prev, touched_next);
}

static void on_newcomers(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	((struct server *)ctx)->has_newcomers = true;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	((struct server *)ctx)->timer_at = MTIME_NEVER;
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct server *server = ctx;

	(void)what;
	server->is_stopping = true;
	log_event(&server->log, LOG_LEVEL_INFO, "stopping", "signal=%s",
	    strsignal((int)number));
}

static void on_hangup(evutil_socket_t number, short what, void *ctx)
{
	(void)number;
	(void)what;
	((struct server *)ctx)->has_to_reload = true;
}

/* Notes who is ready. False: it has failed so often in a row that it will not
 * come right, and the daemon would only burn its processor. */
static bool wait_for_events(struct server *server)
{
	int flags = EVLOOP_ONCE;

	if (server->ready != NULL || server->deferred != NULL)
		flags |= EVLOOP_NONBLOCK;
	if (event_base_loop(server->base, flags) >= 0) {
		server->n_failures = 0;
		return true;
	}
	return ++server->n_failures < MAX_FAILURES;
}

bool server_run(struct server *server)
{
	bool is_fine = true;
	struct conn *conn;
	bool has_more;

	notify_ready(&server->notifier, server->now, &server->log);
	server_turn(server); /* sets the timer */
	while (is_fine && !server->is_stopping) {
		is_fine = wait_for_events(server);
		server_turn(server);
	}
	if (!is_fine)
		log_event(&server->log, LOG_LEVEL_ERROR, "cannot_wait",
		    "why=\"the system does not tell who is ready\" "
		    "then=\"the daemon ends\"");
	notify_stopping(&server->notifier);
	has_more = core_shut_down(server->core);
	report_held_at_stop(server);
	/* There is no next turn: everything goes out now, as far as sockets
	 * take it. */
	server->write_budget = SIZE_MAX;
	server->last_left = SIZE_MAX;
	for (; has_more; has_more = core_shut_down(server->core))
		server_settle(server);
	DL_FOREACH(server->all, conn) {
		conn->is_blocked = false;
		server_note_touched(server, conn);
	}
	server_settle(server);
	metrics_stop(server);
	return is_fine;
}

/* Beginning and end ------------------------------------------------ */

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	/* One thread: no locks. And nobody's environment changes the engine. */
	(void)event_config_set_flag(
	    config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	(void)event_config_require_features(config, EV_FEATURE_EARLY_CLOSE);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static bool add_events(struct server *server)
{
	struct event_base *base = server->base;

	server->newcomers = event_new(base, server->listener.fd,
	    EV_READ | EV_PERSIST, on_newcomers, server);
	server->timer = event_new(base, -1, 0, on_timer, server);
	server->on_term = evsignal_new(base, SIGTERM, on_signal, server);
	server->on_int = evsignal_new(base, SIGINT, on_signal, server);
	server->on_hup = evsignal_new(base, SIGHUP, on_hangup, server);
	return server->newcomers != NULL && server->timer != NULL &&
	       server->on_term != NULL && server->on_int != NULL &&
	       server->on_hup != NULL &&
	       event_add(server->newcomers, NULL) == 0 &&
	       event_add(server->on_term, NULL) == 0 &&
	       event_add(server->on_int, NULL) == 0 &&
	       event_add(server->on_hup, NULL) == 0;
}

static struct core *new_core(
    const struct conf *conf, int64_t first_token, mtime_t now)
{
	struct core_config config = {
	    .first_token = first_token,
	    .max_line_bytes = (size_t)conf_number(conf, CONF_MAX_LINE),
	    .shares = conf_shares(conf),
	};
	ssize_t n = getrandom(config.hash_key, sizeof(config.hash_key), 0);

	/* 16 bytes are never cut short, and the call is never refused. */
	assert(n == (ssize_t)sizeof(config.hash_key));
	return core_new(&config, now);
}

/* What the configuration says of the socket, and does not count. */
static void log_ignored(const struct server *server)
{
	static const enum conf_name names[] = {
	    CONF_SOCKET, CONF_SOCKET_MODE, CONF_SOCKET_GROUP};

	for (int i = 0; i < 3; i++) {
		if (server->conf->values[names[i]].is_set)
			log_event(&server->log, LOG_LEVEL_INFO,
			    "setting_ignored",
			    "setting=%s why=\"the service manager made the "
			    "socket\"",
			    conf_settings[names[i]].name);
	}
}

static bool open_listener(struct server *server)
{
	const struct conf *conf = server->conf;
	const struct conf_value *group = &conf->values[CONF_SOCKET_GROUP];
	const struct listener_access access = {
	    .mode = (mode_t)conf_number(conf, CONF_SOCKET_MODE),
	    .group = group->is_set ? (gid_t)group->number : (gid_t)-1,
	};

	if (!listener_is_passed())
		return listener_open(&server->listener,
		    conf_text(conf, CONF_SOCKET), &access, &server->log);
	log_ignored(server);
	return listener_adopt(&server->listener, &server->log);
}

/* Opens what it needs from outside; *first_out: see mark_open. */
static bool open_all(struct server *server, int *status_out, int64_t *first_out)
{
	const char *state = conf_text(server->conf, CONF_STATE_DIRECTORY);

	if (state == NULL)
		state = getenv("STATE_DIRECTORY"); /* of systemd.exec(5) */
	if (!open_listener(server))
		return false;
	if (!mark_open(&server->mark, state, clock_wall_us(), &server->log,
		first_out)) {
		*status_out = STATUS_CONFIG;
		return false;
	}
	if (state == NULL)
		log_event(&server->log, LOG_LEVEL_INFO, "no_state_directory",
		    "then=\"tokens rise over restarts as long as nobody sets "
		    "the clock back\"");
	server->base = new_base();
	if (server->base != NULL && add_events(server))
		return true;
	log_event(&server->log, LOG_LEVEL_ERROR, "cannot_start",
	    "why=\"libevent has no usable backend\"");
	return false;
}

struct server *server_new(
    struct conf *conf, const struct conf_source *source, int *status_out)
{
	struct server *server = xcalloc(1, sizeof(*server));
	int64_t first_token;

	server->conf = conf;
	server->source = *source;
	server->timer_at = MTIME_NEVER;
	server->rests_until = MTIME_NEVER;
	server->now = clock_now();
	server->mark.dir = -1;
	server->log.to_journal = log_goes_to_journal();
	heap_init(&server->deadlines);
	cells_init(&server->conns, sizeof(struct conn));
	cells_init(&server->texts, OUTBUF_CELL_BYTES);
	server_set_bounds(server);
	*status_out = EXIT_FAILURE;
	if (!open_all(server, status_out, &first_token)) {
		server_free(server);
		return NULL;
	}
	server->core = new_core(conf, first_token, server->now);
	conf_apply(conf, server->core);
	metrics_open(server);
	return server;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	while (server->all != NULL)
		server_end_conn(server, server->all);
	metrics_close(server);
	core_free(server->core);
	heap_deinit(&server->deadlines);
	cells_deinit(&server->conns);
	cells_deinit(&server->texts);
	free(server->by_slot);
	free_event(server->newcomers);
	free_event(server->timer);
	free_event(server->on_term);
	free_event(server->on_int);
	free_event(server->on_hup);
	if (server->base != NULL)
		event_base_free(server->base);
	listener_close(&server->listener);
	mark_close(&server->mark);
	conf_free(server->conf);
	free(server);
}
