/* SPDX-License-Identifier: MIT */
/* Connections and their loop: see growth_crew.h. */
#include "growth_crew.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define IN_BYTES   (64 * 1024)
#define MAX_EVENTS 256
#define LIMIT_MS   60000

void crew_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("growth_client: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(EXIT_FAILURE);
}

/* Connections ------------------------------------------------------ */

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		crew_die("the path of the socket is too long");
	strcpy(address.sun_path, path);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		crew_die("cannot connect: %s", strerror(errno));
	return fd;
}

static void add_conn(struct crew *crew)
{
	struct conn *conn = &crew->conns[crew->n];
	struct epoll_event event = {.events = EPOLLIN};

	memset(conn, 0, sizeof(*conn));
	conn->fd = connect_to(crew->socket);
	conn->number = crew->n++;
	conn->in = malloc(IN_BYTES);
	/* By number: the array moves when it grows. */
	event.data.u32 = (uint32_t)conn->number;
	if (conn->in == NULL ||
	    epoll_ctl(crew->epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0)
		crew_die("cannot add a connection: %s", strerror(errno));
}

static void on_hello(struct crew *crew, struct conn *conn, const char *line)
{
	line_expect_ok(line, conn->id);
	crew->left--;
}

static const struct job hello_job = {.line = on_hello};

void crew_open(struct crew *crew, int n, bool multiplexed)
{
	int first = crew->n;

	crew->conns = realloc(
	    crew->conns, ((size_t)first + (size_t)n) * sizeof(*crew->conns));
	if (crew->conns == NULL)
		crew_die("out of memory");
	crew_begin(crew, n);
	while (crew->n < first + n) {
		add_conn(crew);
		crew_ask(&crew->conns[crew->n - 1],
		    "\"op\":\"hello\",\"multiplexed\":%s",
		    multiplexed ? "true" : "false");
	}
	crew_run(crew, &hello_job);
}

void crew_close(struct crew *crew)
{
	for (int i = 0; i < crew->n; i++) {
		(void)close(crew->conns[i].fd);
		free(crew->conns[i].in);
	}
	crew->n = 0;
}

void crew_send(struct conn *conn, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(conn->fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			crew_die("cannot send: %s", strerror(errno));
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

void crew_ask(struct conn *conn, const char *fmt, ...)
{
	char line[512];
	int len = snprintf(
	    line, sizeof(line), "{\"id\":%lld,", (long long)++conn->id);
	va_list args;

	va_start(args, fmt);
	len += vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, args);
	va_end(args);
	len += snprintf(line + len, sizeof(line) - (size_t)len, "}\n");
	conn->sent_ns = times_now();
	crew_send(conn, line, (size_t)len);
}

/* The loop --------------------------------------------------------- */

static void take_lines(
    struct crew *crew, struct conn *conn, const struct job *job)
{
	char *line = conn->in, *end = conn->in + conn->n_in, *feed;

	while ((feed = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		*feed = '\0';
		job->line(crew, conn, line);
		line = feed + 1;
	}
	conn->n_in = (size_t)(end - line);
	memmove(conn->in, line, conn->n_in);
	if (job->after != NULL)
		job->after(crew, conn);
}

static void take(struct crew *crew, struct conn *conn, const struct job *job)
{
	ssize_t n =
	    read(conn->fd, conn->in + conn->n_in, IN_BYTES - conn->n_in);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		crew_die("the daemon has closed a connection: %.*s",
		    (int)conn->n_in, conn->in);
	conn->n_in += (size_t)n;
	take_lines(crew, conn, job);
}

void crew_begin(struct crew *crew, int64_t left)
{
	memset(&crew->times, 0, sizeof(crew->times));
	crew->most_cpu_ns = 0;
	crew->left = left;
	crew->began_ns = times_now();
}

void crew_run(struct crew *crew, const struct job *job)
{
	struct epoll_event events[MAX_EVENTS];

	while (crew->left > 0) {
		int n = epoll_wait(crew->epoll, events, MAX_EVENTS, LIMIT_MS);

		if (n == 0)
			crew_die("no answer for %d s; %lld are missing",
			    LIMIT_MS / 1000, (long long)crew->left);
		for (int i = 0; i < n; i++)
			take(crew, &crew->conns[events[i].data.u32], job);
	}
}

static double in_us(uint64_t ns)
{
	return (double)ns / 1e3;
}

void crew_report(const struct crew *crew, int64_t n)
{
	uint64_t took_ns = times_now() - crew->began_ns;

	printf("n=%lld secs=%.6f p50_us=%.1f p99_us=%.1f max_us=%.1f "
	       "most_cpu_us=%.1f\n",
	    (long long)n, (double)took_ns / 1e9,
	    in_us(times_part(&crew->times, 0.5)),
	    in_us(times_part(&crew->times, 0.99)), in_us(crew->times.max_ns),
	    in_us(crew->most_cpu_ns));
}

uint64_t crew_random(struct crew *crew, uint64_t n)
{
	crew->random =
	    crew->random * 6364136223846793005U + 1442695040888963407U;
	return (crew->random >> 33) % n;
}

/* Lines ------------------------------------------------------------ */

bool line_has(const char *line, const char *text)
{
	return strstr(line, text) != NULL;
}

int64_t line_number(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at == NULL ? -1 : strtoll(at + strlen(name), NULL, 10);
}

void line_expect_ok(const char *line, int64_t id)
{
	if (!line_has(line, "\"ok\":true") ||
	    line_number(line, "\"id\":") != id)
		crew_die("ok for %lld expected: %s", (long long)id, line);
}
