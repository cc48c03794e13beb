/* SPDX-License-Identifier: MIT */
/*
 * A prefork web server that is safe from stampedes: WORKERS processes answer
 * requests with what COMMAND prints (JSON), but it runs once for all who ask
 * meanwhile. If a worker dies of it, the next one runs it anew. Handles are
 * opened after the fork; while msyncd is away, pages are made without it.
 *
 *	cc -o prefork prefork.c $(pkg-config --cflags --libs libmsync)
 *	./prefork PORT WORKERS COMMAND          (0: any port of the loopback)
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <msync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The callback of the flight: the value is all that the command prints. */
static int make_page(void *command, char **json, size_t *len)
{
	FILE *output = popen(command, "re");
	size_t cap = 0;
	ssize_t n = output == NULL ? -1 : getdelim(json, &cap, '\0', output);

	*len = (size_t)n;
	if (output != NULL && pclose(output) == 0 && n > 0)
		return 0;
	free(*json);
	*json = NULL; /* a failure without a value */
	return 1;
}

static void answer(int fd, int code, const struct msync_result *page)
{
	const char *head = code == 0 ? "HTTP/1.0 200 OK\r\n\r\n"
				     : "HTTP/1.0 503 Not Now\r\n\r\n";
	size_t len = 0;
	const char *body = code == 0 ? msync_result_value(page, &len) : "";

	if (send(fd, head, strlen(head), MSG_NOSIGNAL | MSG_MORE) < 0 ||
	    send(fd, body, len, MSG_NOSIGNAL) != (ssize_t)len)
		warnx("a client has left");
}

static void serve(struct msync_conn *conn, const struct msync_terms *terms,
    char *command, int fd)
{
	FILE *client = fdopen(fd, "r");
	struct msync_result *page;
	char head[256];
	int code;

	if (client == NULL)
		return;
	while (fgets(head, sizeof(head), client) != NULL && *head != '\r')
		;
	code = msync_flight_do(
	    conn, "prefork.page", 30000, terms, make_page, command, &page);
	if (code != 0)
		warnx("no page: %s", code > 0 ? "failed" : msync_errmsg(conn));
	answer(fd, code, page);
	msync_result_free(page);
	fclose(client);
}

static int work(int listener, char *command)
{
	struct msync_opts *opts;
	struct msync_terms *terms;
	struct msync_conn *conn;

	prctl(PR_SET_PDEATHSIG, SIGTERM); /* no worker without its server */
	if (msync_opts_new(&opts) != 0 || msync_terms_new(&terms) != 0 ||
	    msync_opts_set_reconnect(opts, 1000) != 0 ||
	    msync_terms_set(terms, MSYNC_TERM_RUN_ANYWAY, 1) != 0)
		errx(1, "no memory");
	if (msync_open(&conn, opts) != 0)
		warnx("%s", msync_errmsg(conn));
	while (conn != NULL) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && errno != ECONNABORTED)
			err(1, "accept");
		serve(conn, terms, command, fd);
	}
	return 1;
}

int main(int argc, char *argv[])
{
	struct sockaddr_in at = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status;

	if (argc != 4)
		errx(64, "usage: prefork PORT WORKERS COMMAND");
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	if (bind(listener, (struct sockaddr *)&at, size) != 0 ||
	    listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &size) != 0)
		err(1, "port %s", argv[1]);
	warnx("listening on 127.0.0.1:%d", ntohs(at.sin_port));
	/* Who is killed gets a successor, who gives up does not. */
	for (int n = atoi(argv[2]);
	     n > 0 || (wait(&status) > 0 && WIFSIGNALED(status)); n--) {
		pid_t pid = fork();

		if (pid == 0)
			return work(listener, argv[3]);
		if (pid < 0)
			err(1, "fork");
	}
	errx(1, "a worker gave up");
}
