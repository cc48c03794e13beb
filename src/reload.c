/* SPDX-License-Identifier: MIT */
/* The configuration that the server works with, and how it comes to another
 * one: see server.h. */
#include "server.h"

#include <sys/resource.h>

/* Descriptors that are not connections: standard streams, listener, lock
 * file, the one in reserve, epoll, signals, state, and some in passing. */
#define OTHER_DESCRIPTORS 16

static size_t other_descriptors(const struct conf *conf)
{
	bool has_metrics = conf_text(conf, CONF_METRICS_SOCKET)[0] != '\0' ||
			   conf_number(conf, CONF_METRICS_PORT) != 0;

	return OTHER_DESCRIPTORS + (has_metrics ? METRICS_DESCRIPTORS : 0);
}

/* No more connections than there are descriptors for; says so where these are
 * fewer than there may be connections. */
static size_t bounded(const struct server *server, size_t n_conns)
{
	size_t n_others = other_descriptors(server->conf);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur >= n_conns + n_others)
		return n_conns;
	log_event(&server->log, LOG_LEVEL_INFO, "few_descriptors",
	    "limit=%llu connections=%zu", (unsigned long long)limit.rlim_cur,
	    n_conns);
	return limit.rlim_cur > n_others ? (size_t)limit.rlim_cur - n_others
					 : 1;
}

void server_set_bounds(struct server *server)
{
	const struct conf *conf = server->conf;

	server->log.level = (enum log_level)conf_number(conf, CONF_LOG_LEVEL);
	server->max_conns =
	    bounded(server, (size_t)conf_number(conf, CONF_MAX_CONNECTIONS));
	server->max_output_bytes = (size_t)conf_number(conf, CONF_MAX_OUTPUT);
	server->line_timeout_ms = conf_number(conf, CONF_LINE_TIMEOUT);
}

void server_reload(struct server *server)
{
	char error[CONF_ERROR_BYTES], quoted[LOG_QUOTED_BYTES];
	struct conf *fresh = conf_load(&server->source, error);
	size_t n;

	if (fresh == NULL) {
		log_event(&server->log, LOG_LEVEL_ERROR, "not_reloaded",
		    "why=%s then=\"all is as it was\"",
		    log_quote(quoted, error));
		return;
	}
	n = conf_change(server->conf, fresh, server->core, &server->log);
	conf_free(server->conf);
	server->conf = fresh;
	server_set_bounds(server);
	log_event(&server->log, LOG_LEVEL_INFO, "reloaded",
	    "file=%s files=%d differences=%zu",
	    log_quote(quoted, server->source.path), fresh->n_files, n);
}
