/* SPDX-License-Identifier: MIT */
/* A server whose turns are made by the test: see stage.h. */
#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto.h"

/* More turns than any test needs: after them something spins. */
#define MANY_TURNS 200000

mtime_t stage_now;

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

struct server *stage_server(const char *path, enum log_level level)
{
	static const struct conf_source source = {.path = "/none"};
	struct conf *conf = conf_new();
	int status;

	conf_override(conf, CONF_SOCKET, path);
	conf->values[CONF_LOG_LEVEL].number = level;
	return server_new(conf, &source, &status);
}

void stage_open(struct stage *stage)
{
	*stage = (struct stage){0};
	signal(SIGPIPE, SIG_IGN);
	stage_now = 5000;
	stage->n_before = count_descriptors();
	snprintf(stage->dir, sizeof(stage->dir), "/tmp/msyncd-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(stage->dir));
	snprintf(stage->path, sizeof(stage->path), "%s/s", stage->dir);
	stage->server = stage_server(stage->path, LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(stage->server);
}

void stage_close(struct stage *stage)
{
	char lock[sizeof(stage->path) + 8];

	core_check(stage->server->core);
	server_free(stage->server);
	ck_assert_int_eq(
	    count_descriptors(), stage->n_before + stage->n_clients);
	snprintf(lock, sizeof(lock), "%s.lock", stage->path);
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(rmdir(stage->dir), 0);
	free(stage->said);
}

/* Turns ------------------------------------------------------------ */

void stage_look(const struct stage *stage)
{
	(void)event_base_loop(
	    stage->server->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

bool stage_turn(struct stage *stage)
{
	struct server *server = stage->server;
	bool is_busy;

	stage_look(stage);
	is_busy = server->ready != NULL || server->touched != NULL ||
		  server->deferred != NULL || server->has_newcomers ||
		  chores_wait(server->core);
	server_turn(server);
	core_check(server->core);
	return is_busy;
}

void stage_settle(struct stage *stage)
{
	int n = 0;

	while (stage_turn(stage))
		ck_assert_msg(n++ < MANY_TURNS, "the server does not rest");
}

void stage_pass(struct stage *stage, mtime_t ms)
{
	stage_now += ms;
	stage_turn(stage);
	stage_settle(stage);
}

/* Clients ---------------------------------------------------------- */

int stage_connect(struct stage *stage)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, stage->path, strlen(stage->path));
	stage->n_clients++;
	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void stage_leave(struct stage *stage, int client)
{
	ck_assert_int_eq(close(client), 0);
	stage->n_clients--;
}

struct conn *stage_last(const struct stage *stage)
{
	struct conn *first = stage->server->all;

	ck_assert_ptr_nonnull(first);
	return first->prev; /* utlist: the head's prev is the tail */
}

int stage_join(struct stage *stage)
{
	size_t n = stage->server->n_conns;
	int client = stage_connect(stage);

	stage_settle(stage);
	ck_assert_uint_eq(stage->server->n_conns, n + 1);
	return client;
}

static void write_all(
    struct stage *stage, int client, const char *bytes, size_t len)
{
	int n_tries = 0;

	while (len > 0) {
		ssize_t n = send(client, bytes, len, MSG_NOSIGNAL);

		ck_assert_msg(n > 0 || (errno == EAGAIN && stage != NULL),
		    "send: %s", strerror(errno));
		ck_assert_int_lt(n_tries++, MANY_TURNS);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else {
			stage_turn(stage);
		}
	}
}

__attribute__((format(printf, 2, 0))) static void send_formatted(
    int client, const char *fmt, va_list args)
{
	char *line, *swapped;
	int len = vasprintf(&line, fmt, args);

	ck_assert_int_ge(len, 0);
	swapped = proto_swap(line, '\'', '"');
	swapped[len] = '\n'; /* in the place of the NUL */
	write_all(NULL, client, swapped, (size_t)len + 1);
	free(swapped);
	free(line);
}

void stage_send(int client, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_formatted(client, fmt, args);
	va_end(args);
}

void stage_write(struct stage *stage, int client, const char *bytes, size_t len)
{
	write_all(stage, client, bytes, len);
}

const char *stage_heard(struct stage *stage, int client)
{
	static char buffer[64 * 1024];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	ssize_t n;

	while ((n = read(client, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)n, out);
	if (n == 0 || errno == ECONNRESET)
		fputs("(end)", out);
	else
		ck_assert_int_eq(errno, EAGAIN);
	fclose(out);
	free(stage->said);
	stage->said = proto_swap(text, '"', '\'');
	free(text);
	return stage->said;
}

const char *stage_ask(struct stage *stage, int client, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_formatted(client, fmt, args);
	va_end(args);
	stage_settle(stage);
	return stage_heard(stage, client);
}

void stage_expect(
    struct stage *stage, int client, const char *line, const char *heard)
{
	stage_ask(stage, client, "%s", line);
	ck_assert_msg(strcmp(stage->said, heard) == 0,
	    "%s\nwas answered\n%s\nand not\n%s", line, stage->said, heard);
}

void stage_expect_heard(struct stage *stage, int client, const char *heard)
{
	ck_assert_str_eq(stage_heard(stage, client), heard);
}

void stage_expect_words(struct stage *stage, int client, const char *words)
{
	const char *said = stage_heard(stage, client);

	ck_assert_msg(
	    strstr(said, words) != NULL, "%s\nand not\n%s", said, words);
}

void stage_expect_grant(struct stage *stage, int client, bool abandoned)
{
	stage_expect_words(stage, client, "{'ok':true,'token':");
	ck_assert_msg(
	    (strstr(stage->said, "'abandoned':true") != NULL) == abandoned,
	    "%s", stage->said);
}

int64_t stage_counted(const struct stage *stage, enum tally_count count)
{
	return stage->server->core->tally.counts[WIRE_KIND_LOCK][count];
}
