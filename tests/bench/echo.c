/* SPDX-License-Identifier: MIT */
/* The bare server's loop: see echo.h. */
#include "echo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_USAGE  64
#define BACKLOG     4096
#define MAX_EVENTS  512
#define MAX_ACCEPTS 16

void echo_fail(const char *what)
{
	fprintf(stderr, "echo: %s (%s)\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

size_t echo_answer(
    const struct echo *echo, const char head[ECHO_HEAD_BYTES], char *to)
{
	unsigned step = (unsigned)(head[ECHO_HEAD_BYTES - 1] - '0');

	if (step >= ECHO_MAX_STEPS || echo->lens[step] == 0)
		echo_fail("there is no sample for this id");
	memcpy(to, echo->samples[step], echo->lens[step]);
	memcpy(to, head, ECHO_HEAD_BYTES);
	return echo->lens[step];
}

/* Reading ---------------------------------------------------------- */

static void add_to_head(struct echo_conn *conn, const char *bytes, size_t len)
{
	size_t room = sizeof(conn->head) - conn->n_head;
	size_t n = len < room ? len : room;

	memcpy(conn->head + conn->n_head, bytes, n);
	conn->n_head += n;
}

static bool is_finish(const struct echo *echo, const struct echo_conn *conn)
{
	return echo->n_followers > 0 && conn->n_head == sizeof(conn->head) &&
	       conn->head[ECHO_HEAD_BYTES - 1] == '0' + ECHO_FINISH;
}

/* One line, or the part of one that has come. Returns the length of its
 * answer at `to`. */
static size_t take_line(struct echo *echo, struct echo_conn *conn,
    const char *bytes, size_t len, bool is_whole, char *to)
{
	size_t n = 0;

	add_to_head(conn, bytes, len);
	if (is_finish(echo, conn))
		echo_keep_line(echo, bytes, len);
	if (!is_whole)
		return 0;
	if (conn->n_head < sizeof(conn->head))
		echo_fail("a line without an id");
	if (echo->n_followers > 0)
		echo_take_flight(echo, conn);
	else
		n = echo_answer(echo, conn->head, to);
	conn->n_head = 0;
	return n;
}

static void hang_up(struct echo_conn *conn)
{
	(void)close(conn->fd);
	free(conn);
}

static void serve(struct echo *echo, struct echo_conn *conn)
{
	static char in[ECHO_READ_BYTES], out[ECHO_OUT_BYTES];
	ssize_t n = recv(conn->fd, in, sizeof(in), 0);
	const char *at = in, *end = in + n;
	size_t n_out = 0;

	if (n <= 0) {
		hang_up(conn);
		return;
	}
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *until = feed == NULL ? end : feed;

		if (n_out + ECHO_SAMPLE > sizeof(out))
			echo_fail("too many lines at once");
		n_out += take_line(echo, conn, at, (size_t)(until - at),
		    feed != NULL, out + n_out);
		at = until + 1;
	}
	/* Who does not read what it asked for has gone. */
	if (n_out > 0 &&
	    send(conn->fd, out, n_out, MSG_NOSIGNAL) != (ssize_t)n_out)
		hang_up(conn);
}

/* Connections ------------------------------------------------------ */

static void watch(struct echo *echo, int fd, void *ptr)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = ptr};

	if (epoll_ctl(echo->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		echo_fail("epoll_ctl");
}

static void accept_some(struct echo *echo)
{
	for (int i = 0; i < MAX_ACCEPTS; i++) {
		int fd = accept4(
		    echo->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct echo_conn *conn;

		if (fd < 0)
			return;
		conn = calloc(1, sizeof(*conn));
		if (conn == NULL)
			echo_fail("out of memory");
		conn->fd = fd;
		watch(echo, fd, conn);
	}
}

static void run(struct echo *echo)
{
	struct epoll_event events[MAX_EVENTS];

	for (;;) {
		int n = epoll_wait(echo->epoll_fd, events, MAX_EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct echo_conn *conn = events[i].data.ptr;

			if (conn == NULL)
				accept_some(echo);
			else if (conn->is_writing)
				echo_go_on(echo, conn);
			else
				serve(echo, conn);
		}
	}
}

/* Set-up ----------------------------------------------------------- */

static void listen_at(struct echo *echo, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path))
		echo_fail("the path of the socket is too long");
	strcpy(addr.sun_path, path);
	echo->listen_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (echo->listen_fd < 0 ||
	    bind(echo->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(echo->listen_fd, BACKLOG) != 0)
		echo_fail(path);
	echo->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (echo->epoll_fd < 0)
		echo_fail("epoll_create1");
	watch(echo, echo->listen_fd, NULL);
}

static void read_samples(struct echo *echo, const char *path)
{
	FILE *file = fopen(path, "re");
	bool is_flight = echo->n_followers > 0;

	if (file == NULL)
		echo_fail(path);
	for (int i = 0; i < ECHO_MAX_STEPS; i++) {
		char *sample = echo->samples[i];

		if (fgets(sample, ECHO_SAMPLE, file) == NULL)
			break;
		echo->lens[i] = strlen(sample);
		if (echo->lens[i] <= ECHO_HEAD_BYTES)
			echo_fail("a sample is too short");
		/* What goes before a value has no end of its own. */
		echo->lens[i] -= is_flight && i == ECHO_FOLLOW;
	}
	(void)fclose(file);
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char *argv[])
{
	static struct echo echo;
	const char *socket_path = NULL, *samples_path = NULL;
	int option;

	while ((option = getopt(argc, argv, "s:a:f:")) != -1) {
		if (option == 's')
			socket_path = optarg;
		else if (option == 'a')
			samples_path = optarg;
		else if (option == 'f')
			echo.n_followers = atoi(optarg);
		else
			return EXIT_USAGE;
	}
	if (socket_path == NULL || samples_path == NULL) {
		fputs("usage: echo -s SOCKET -a SAMPLES [-f FOLLOWERS]\n",
		    stderr);
		return EXIT_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	raise_limits();
	read_samples(&echo, samples_path);
	listen_at(&echo, socket_path);
	run(&echo);
}
