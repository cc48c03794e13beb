/* SPDX-License-Identifier: MIT */
/*
 * The end-to-end harness: starts and ends daemons, and speaks lines. The
 * daemon dies with the test process (PR_SET_PDEATHSIG), so that a failed test
 * leaves no daemon behind; what it had logged is shown when a test gives up.
 * Blocking sockets with a time limit of the kernel take the place of any
 * waiting of our own.
 */
#define _GNU_SOURCE 1
#include "harness.h"

#include "reap.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000
#define MAX_ARGS 32

/* The log of the daemon started last, for give_up; -1 when there is none. */
static int shown_log = -1;

/* Waits until the descriptor is readable (or at its end); 0 at the limit. */
static int wait_readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return TEMP_FAILURE_RETRY(poll(&p, 1, ms)) > 0;
}

static void show_log(int log)
{
	char buf[4096];
	ssize_t n;

	while (log >= 0 && wait_readable(log, 0)) {
		n = read(log, buf, sizeof(buf));
		if (n <= 0)
			return;
		fprintf(stderr, "%.*s", (int)n, buf);
	}
}

/* Fails the test and shows what the daemon has said until now. */
static void give_up(const char *what)
{
	fprintf(stderr, "%s; the daemon's log:\n", what);
	show_log(shown_log);
	ck_abort_msg("%s", what);
}

static void give_up_errno(void)
{
	give_up(errno == EAGAIN ? "the daemon was silent for 60 seconds"
				: strerror(errno));
}

/* Splits the words at their spaces into argv; returns how many. */
static int split_command(char *words, char *argv[])
{
	int n = 0;

	while (n < MAX_ARGS / 2 && (argv[n] = strsep(&words, " ")))
		n += argv[n][0] != '\0';
	return n;
}

/* In the child: becomes the daemon. Its log goes to the pipe's write end. */
static void become_daemon(
    const struct daemon *d, const char *const extra[], int log, pid_t parent)
{
	char *argv[MAX_ARGS + 1];
	const char *command = getenv("MSYNCD");
	char words[1024];
	int n;

	snprintf(words, sizeof(words), "%s", command);
	n = split_command(words, argv);
	argv[n++] = strdup("-c");
	argv[n++] = strdup(d->conf);
	argv[n++] = strdup("-s");
	argv[n++] = strdup(d->socket);
	for (; extra && *extra && n < MAX_ARGS; extra++)
		argv[n++] = strdup(*extra);
	argv[n] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* One line of the log, byte by byte: what comes after it stays unread. */
static int read_log_line(int log, char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && wait_readable(log, LIMIT_MS) &&
	       read(log, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	return n > 0;
}

static void wait_until_ready(int log)
{
	char line[4096] = "";

	while (!strstr(line, "event=ready")) {
		if (strstr(line, "level=error"))
			fputs(line, stderr);
		if (!read_log_line(log, line, sizeof(line)))
			give_up("the daemon did not become ready");
	}
}

void daemon_start(struct daemon *d, const char *const extra[])
{
	const char *command = getenv("MSYNCD");
	pid_t parent = getpid();
	int log[2];

	ck_assert_msg(command && *command, "MSYNCD does not name the daemon");
	snprintf(d->dir, sizeof(d->dir), "/tmp/msyncd-e2e-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(d->dir));
	snprintf(d->socket, sizeof(d->socket), "%s/msyncd.sock", d->dir);
	/* An empty one, whatever is configured on this machine. */
	snprintf(d->conf, sizeof(d->conf), "%s/msyncd.conf", d->dir);
	close(open(d->conf, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(pipe2(log, O_CLOEXEC), 0);
	/* Room for what a verbose daemon says in a test that never looks. */
	(void)fcntl(log[0], F_SETPIPE_SZ, 1 << 20);
	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (d->pid == 0)
		become_daemon(d, extra, log[1], parent);
	close(log[1]);
	d->log = log[0];
	shown_log = d->log;
	wait_until_ready(d->log);
}

/* Reaps the daemon and returns its wait status. */
static int reap(struct daemon *d)
{
	int status = reap_process(d->pid);

	if (status < 0)
		give_up("the daemon did not end");
	d->pid = 0;
	return status;
}

static void close_log(struct daemon *d)
{
	shown_log = shown_log == d->log ? -1 : shown_log;
	close(d->log);
	d->log = -1;
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

void daemon_stop(struct daemon *d)
{
	int status;

	/* A daemon that was killed has nothing left but its directory. */
	if (d->pid > 0) {
		ck_assert_int_eq(kill(d->pid, SIGTERM), 0);
		status = reap(d);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			give_up("the daemon did not end with status 0");
		close_log(d);
	}
	remove_dir(d->dir);
}

void daemon_kill(struct daemon *d)
{
	ck_assert_int_eq(kill(d->pid, SIGKILL), 0);
	reap(d);
	close_log(d);
}

void client_open(struct client *c, const struct daemon *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = LIMIT_MS / 1000};

	memset(c, 0, sizeof(*c));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", d->socket);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		give_up_errno();
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->in);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

void client_write(struct client *c, const void *bytes, size_t len)
{
	const char *p = bytes;
	ssize_t n;

	while (len > 0) {
		n = TEMP_FAILURE_RETRY(send(c->fd, p, len, MSG_NOSIGNAL));
		if (n < 0)
			give_up_errno();
		p += n;
		len -= (size_t)n;
	}
}

__attribute__((format(printf, 2, 0))) static void send_formatted(
    struct client *c, const char *fmt, va_list args)
{
	char *text;
	int n = vasprintf(&text, fmt, args);

	ck_assert_int_ge(n, 0);
	text[n] = '\n'; /* in the place of the NUL: one write, one line */
	client_write(c, text, (size_t)n + 1);
	free(text);
}

void client_send(struct client *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_formatted(c, fmt, args);
	va_end(args);
}

/* Receives some more bytes; 0 at the end of the connection. */
static int receive(struct client *c)
{
	ssize_t n;

	if (c->cap_in - c->n_in < 65536) {
		c->cap_in = 2 * c->cap_in + 65536;
		c->in = realloc(c->in, c->cap_in);
		ck_assert_ptr_nonnull(c->in);
	}
	n = TEMP_FAILURE_RETRY(
	    recv(c->fd, c->in + c->n_in, c->cap_in - c->n_in, 0));
	if (n < 0 && errno != ECONNRESET)
		give_up_errno();
	c->n_in += n > 0 ? (size_t)n : 0;
	return n > 0;
}

char *client_line(struct client *c)
{
	size_t seen = 0, len;
	char *lf = NULL, *line;

	while (c->n_in == seen ||
	       !(lf = memchr(c->in + seen, '\n', c->n_in - seen))) {
		seen = c->n_in;
		if (!receive(c))
			return NULL;
	}
	len = (size_t)(lf - c->in);
	line = strndup(c->in, len);
	c->n_in -= len + 1;
	memmove(c->in, lf + 1, c->n_in);
	return line;
}

json_t *client_answer(struct client *c)
{
	char *line = client_line(c);
	json_error_t error;
	json_t *answer;

	if (!line)
		give_up("the connection ended where an answer was due");
	answer = json_loads(line, JSON_ALLOW_NUL, &error);
	ck_assert_msg(answer, "not JSON: %s: %.200s", error.text, line);
	free(line);
	return answer;
}

json_t *client_ask(struct client *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_formatted(c, fmt, args);
	va_end(args);
	return client_answer(c);
}

int client_has_line(struct client *c, struct client *pinger)
{
	int i;

	/* The first may be answered in the very turn in which c's line is
	 * due, and before it; the second is answered in a later turn. */
	for (i = 0; i < 2; i++)
		expect_ok(client_ask(pinger, "{\"op\":\"ping\"}"));
	return c->n_in > 0 || wait_readable(c->fd, 0);
}

static void fail_with(json_t *answer, const char *wanted)
{
	char *text = json_dumps(answer, JSON_ENCODE_ANY);

	fprintf(stderr, "%s expected, seen: %.2000s\n", wanted, text);
	free(text);
	give_up(wanted);
}

json_int_t expect_ok(json_t *answer)
{
	json_int_t token;

	if (!json_is_true(json_object_get(answer, "ok")) ||
	    json_object_get(answer, "event"))
		fail_with(answer, "ok");
	token = json_integer_value(json_object_get(answer, "token"));
	json_decref(answer);
	return token;
}

void expect_error(json_t *answer, const char *code)
{
	const char *seen = json_string_value(json_object_get(answer, "error"));
	const char *message =
	    json_string_value(json_object_get(answer, "message"));

	if (!json_is_false(json_object_get(answer, "ok")) || !seen ||
	    strcmp(seen, code) != 0 || !message)
		fail_with(answer, code);
	json_decref(answer);
}
