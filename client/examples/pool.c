/* SPDX-License-Identifier: MIT */
/*
 * A pool that processes share, of backends: servers on Unix sockets in FOLDER.
 * This program borrows one, sends it a TEXT and prints the answer; it starts
 * one where none is idle, three at most. They stay for whoever comes next. One
 * that died is replaced; the next borrower ends what was idle for longer than
 * IDLE_MS, and without a TEXT all that are idle are ended. The value of an
 * object is the number of its socket, by which any process finds it again.
 *
 *	cc -o pool pool.c $(pkg-config --cflags --libs libmsync)
 *	./pool FOLDER IDLE_MS [TEXT]
 */
#include <err.h>
#include <msync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A backend answers texts, which end in NUL; a mere q ends it. So does a long
 * silence: msyncd may have been restarted, and know of it no more. */
static int serve(int listener)
{
	char text[256] = "", answer[300];
	int fd;

	while (alarm(600), (fd = accept(listener, NULL, NULL)) >= 0) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n == 1 && text[0] == 'q')
			return 0;
		n = sprintf(answer, "%d: %s\n", getpid(), text);
		send(fd, answer, (size_t)n, MSG_NOSIGNAL);
		close(fd);
	}
	return 1;
}

static int create(void *ctx, char **json, size_t *len)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)ctx;
	*len = (size_t)sprintf(at.sun_path, "%d", getpid());
	*json = strdup(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 8) != 0 || *json == NULL)
		return 2;
	if (fork() == 0) /* it outlives this process */
		_exit(daemon(1, 0) == 0 ? serve(fd) : 1);
	return close(fd);
}

/* Where a backend listens. A value has no NUL at its end. */
static struct sockaddr_un place(const char *json, size_t len)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	snprintf(at.sun_path, sizeof(at.sun_path), "%.*s", (int)len, json);
	return at;
}

/* Sends it a message. Where it is not there any more, recv(2) fails. */
static int tell(const char *json, size_t len, const char *text, size_t size)
{
	struct sockaddr_un at = place(json, len);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		send(fd, text, size, MSG_NOSIGNAL);
	return fd;
}

static void destroy(void *ctx, const char *json, size_t len)
{
	(void)ctx;
	close(tell(json, len, "q", 1));
	unlink(place(json, len).sun_path);
}

static int use(void *text, const char *json, size_t len)
{
	int fd = tell(json, len, text, strlen(text) + 1);
	char answer[300];
	ssize_t n = recv(fd, answer, sizeof(answer), 0);

	close(fd);
	if (n <= 0)
		return 1; /* it is not to be used again */
	printf("%.*s", (int)n, answer);
	return 0;
}

int main(int argc, char *argv[])
{
	struct msync_conn *conn;
	struct msync_pool *pool;
	int code = 1;

	if (argc < 3 || argc > 4 || chdir(argv[1]) != 0)
		errx(64, "usage: pool FOLDER IDLE_MS [TEXT]");
	if (msync_open(&conn, NULL) != 0 ||
	    msync_pool_new(&pool, conn, "backends", 3) != 0 ||
	    msync_pool_set_callbacks(pool, create, destroy, NULL) != 0 ||
	    msync_pool_set_max_idle(pool, atoi(argv[2])) != 0)
		errx(1, "%s", msync_errmsg(conn));
	if (argc == 3)
		code = msync_pool_clear(pool) < 0 ? -1 : 0;
	/* One that died is out of the pool now: there may be three such. */
	for (int n = 0; code == 1 && n < 4; n++)
		code = msync_pool_do(pool, 10000, NULL, use, argv[3]);
	if (code != 0)
		errx(1, "%s", code < 0 ? msync_errmsg(conn) : "no backend");
	msync_pool_free(pool);
	msync_close(conn);
}
