/* SPDX-License-Identifier: MIT */
/*
 * Metrics over HTTP in turns that are made one by one: what is answered, and
 * the bounds that hold whatever is done to this socket.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto.h"

STAGE_CLOCK

#define GET(path) "GET " path " HTTP/1.0\r\n\r\n"

static struct stage s;
static char path[104]; /* of the socket for metrics */

static void open_stage(void)
{
	stage_open(&s);
	snprintf(path, sizeof(path), "%s/m", s.dir);
	conf_override(s.server->conf, CONF_METRICS_SOCKET, path);
	metrics_open(s.server);
}

/* Looks, too, that no descriptor and no socket is left. */
static void close_stage(void)
{
	char lock[sizeof(path) + 8];
	struct server *server = s.server;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_ptr_nonnull(server);
	stage_close(&s);
}

static int join(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void turns(int n)
{
	while (n-- > 0)
		(void)stage_turn(&s);
}

/* What there is to be heard, with "(end)" behind it when it is the end. */
static const char *hear(int fd)
{
	static char text[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 16 - len)) > 0)
		len += (size_t)n;
	ck_assert(n == 0 || errno == EAGAIN || errno == ECONNRESET);
	(void)strcpy(text + len, n == 0 || errno != EAGAIN ? "(end)" : "");
	return text;
}

static void is_silent(int fd)
{
	ck_assert_str_eq(hear(fd), "");
}

static void has_ended(int fd)
{
	ck_assert_str_eq(hear(fd), "(end)");
}

/* Asserts the status and what is somewhere in the rest. */
static void hears(int fd, int status, const char *words)
{
	const char *text = hear(fd);
	char expected[32];

	snprintf(expected, sizeof(expected), "HTTP/1.1 %d ", status);
	ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0 &&
			  strstr(text, words) != NULL,
	    "expected %d and %s, heard: %s", status, words, text);
}

/* A request on a connection of its own. */
static void asks(const char *request, int status, const char *words)
{
	int fd = join();

	say(fd, request);
	turns(2);
	hears(fd, status, words);
	close(fd);
	turns(1);
	ck_assert_int_eq(s.server->metrics.n_conns, 0);
}

/* What is answered ------------------------------------------------- */

START_TEST(each_path_has_its_page_and_no_other_has_one)
{
	open_stage();
	asks(GET("/metrics"), 200, "\nmsyncd_holds{kind=\"lock\"} 0\n");
	asks(GET("/healthz"), 200, "\r\n\r\nok\n(end)");
	asks(GET("/readyz"), 200, "\r\n\r\nready\n(end)");
	asks(GET("/"), 404, "\r\n\r\nNot Found\n(end)");
	asks("HEAD /metrics HTTP/1.0\r\n\r\n", 200, "\r\n\r\n(end)");
	asks("HEAD /x HTTP/1.0\r\n\r\n", 404, "\r\n\r\n(end)");
	asks("POST /metrics HTTP/1.0\r\n\r\n", 405, "Allow: GET, HEAD");
	asks("POST /x HTTP/1.0\r\n\r\n", 404, "Not Found");
	asks("GET /metrics HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", 413,
	    "Content Too Large");
	asks("nonsense\n\n", 400, "Bad Request");
	close_stage();
}
END_TEST

START_TEST(a_page_shows_what_is_now)
{
	int client;

	open_stage();
	client = stage_join(&s);
	(void)stage_ask(&s, client, "{'op':'lock.acquire','key':'k'}");
	asks(GET("/metrics"), 200, "\nmsyncd_holds{kind=\"lock\"} 1\n");
	(void)stage_ask(&s, client, "{'op':'lock.release','key':'k'}");
	asks(GET("/metrics"), 200, "\nmsyncd_holds{kind=\"lock\"} 0\n");
	asks("GET /metrics HTTP/1.0\r\nAccept: application/openmetrics-text\r\n"
	     "\r\n",
	    200, "\n# EOF\n(end)");
	stage_leave(&s, client);
	close_stage();
}
END_TEST

START_TEST(a_server_that_stops_is_alive_but_not_ready)
{
	open_stage();
	s.server->is_stopping = true;
	asks(GET("/readyz"), 503, "\r\n\r\nshutting down\n(end)");
	asks(GET("/healthz"), 200, "ok\n");
	asks(GET("/metrics"), 200, "msyncd_holds");
	close_stage();
}
END_TEST

START_TEST(a_head_may_come_byte_by_byte)
{
	static const char request[] = "GET /healthz HTTP/1.0\r\n\r\n";
	int fd;

	open_stage();
	fd = join();
	for (size_t i = 0; i < strlen(request); i++) {
		turns(1);
		is_silent(fd);
		ck_assert_int_eq(write(fd, request + i, 1), 1);
	}
	turns(1);
	hears(fd, 200, "ok\n(end)");
	close(fd);
	close_stage();
}
END_TEST

START_TEST(one_request_is_answered_however_many_come)
{
	const char *text;
	int fd;

	open_stage();
	fd = join();
	say(fd, GET("/healthz") GET("/metrics") GET("/readyz"));
	turns(3);
	text = hear(fd);
	ck_assert_ptr_nonnull(strstr(text, "ok\n(end)"));
	ck_assert_ptr_null(strstr(text, "ready"));
	close(fd);
	close_stage();
}
END_TEST

/* Bounds ----------------------------------------------------------- */

START_TEST(a_turn_accepts_16_and_there_are_32_at_most)
{
	int fds[40];

	open_stage();
	for (int i = 0; i < 40; i++)
		fds[i] = join();
	turns(1);
	ck_assert_int_eq(s.server->metrics.n_conns, 16);
	turns(2);
	ck_assert_int_eq(s.server->metrics.n_conns, METRICS_MAX_CONNS);
	for (int i = 0; i < 40; i++) {
		if (i < METRICS_MAX_CONNS)
			is_silent(fds[i]);
		else
			has_ended(fds[i]);
	}
	/* Who leaves makes room. */
	close(fds[7]);
	turns(1);
	fds[7] = join();
	say(fds[7], GET("/healthz"));
	turns(2);
	hears(fds[7], 200, "ok\n");
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	turns(1);
	ck_assert_int_eq(s.server->metrics.n_conns, 0);
	close_stage();
}
END_TEST

START_TEST(ten_seconds_are_all_that_a_connection_has)
{
	int silent, slow;

	open_stage();
	silent = join();
	slow = join();
	turns(1);
	ck_assert_int_eq(metrics_deadline(s.server), stage_now + 10000);
	for (int i = 0; i < 10; i++) {
		is_silent(silent);
		is_silent(slow);
		say(slow, "x");
		stage_pass(&s, i < 9 ? 1000 : 999);
	}
	is_silent(slow);
	stage_pass(&s, 1);
	has_ended(silent);
	has_ended(slow);
	ck_assert_int_eq(s.server->metrics.n_conns, 0);
	ck_assert_int_eq(metrics_deadline(s.server), MTIME_NEVER);
	close(silent);
	close(slow);
	close_stage();
}
END_TEST

START_TEST(who_has_been_answered_and_stays_is_closed_as_well)
{
	int fd;

	open_stage();
	fd = join();
	say(fd, GET("/healthz"));
	turns(2);
	hears(fd, 200, "ok\n(end)");
	ck_assert_int_eq(s.server->metrics.n_conns, 1);
	stage_pass(&s, 10000);
	ck_assert_int_eq(s.server->metrics.n_conns, 0);
	close(fd);
	close_stage();
}
END_TEST

START_TEST(who_does_not_read_is_waited_for_without_turns)
{
	int fd, small = 1;

	open_stage();
	fd = join();
	turns(1);
	/* A page is longer than what the socket takes now. */
	ck_assert_int_eq(setsockopt(s.server->metrics.conns->fd, SOL_SOCKET,
			     SO_SNDBUF, &small, sizeof(small)),
	    0);
	say(fd, GET("/metrics"));
	turns(3);
	ck_assert_int_eq(s.server->metrics.conns->state, METRICS_REPLIES);
	stage_look(&s);
	ck_assert(!s.server->metrics.conns->is_ready);
	/* It comes as it is read, and whole. */
	hears(fd, 200, "msyncd_uptime_seconds");
	for (int i = 0; i < 30; i++) {
		turns(1);
		if (strstr(hear(fd), "(end)") != NULL)
			break;
		ck_assert_int_lt(i, 29);
	}
	close(fd);
	/* Another one never reads. */
	fd = join();
	turns(1);
	ck_assert_int_eq(setsockopt(s.server->metrics.conns->fd, SOL_SOCKET,
			     SO_SNDBUF, &small, sizeof(small)),
	    0);
	say(fd, GET("/metrics"));
	turns(2);
	stage_pass(&s, 10000);
	ck_assert_int_eq(s.server->metrics.n_conns, 0);
	close(fd);
	close_stage();
}
END_TEST

START_TEST(a_head_above_4_kib_is_refused)
{
	char head[HTTP_MAX_HEAD_BYTES + 1];
	int fd;

	open_stage();
	memset(head, 'x', sizeof(head));
	fd = join();
	say(fd, "GET /healthz HTTP/1.0\r\nX: ");
	ck_assert_int_gt(write(fd, head, sizeof(head)), 0);
	turns(3);
	hears(fd, 431, "Request Header Fields Too Large\n(end)");
	close(fd);
	/* One of just that size is not. */
	memcpy(head, "GET /healthz HTTP/1.0\r\nX: ", 26);
	memcpy(head + HTTP_MAX_HEAD_BYTES - 4, "\r\n\r\n", 4);
	fd = join();
	ck_assert_int_eq(
	    write(fd, head, HTTP_MAX_HEAD_BYTES), HTTP_MAX_HEAD_BYTES);
	turns(2);
	hears(fd, 200, "ok\n(end)");
	close(fd);
	close_stage();
}
END_TEST

START_TEST(what_is_sent_behind_a_request_is_drained_up_to_a_bound)
{
	static const char more[8192];
	int fd;
	size_t sent = 0;

	open_stage();
	fd = join();
	say(fd, GET("/healthz"));
	turns(2);
	hears(fd, 200, "ok\n(end)");
	while (s.server->metrics.n_conns == 1) {
		ssize_t n = send(fd, more, sizeof(more), MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		ck_assert_uint_lt(sent, 10 * METRICS_MAX_DRAINED);
		turns(1);
	}
	ck_assert_uint_gt(sent, METRICS_MAX_DRAINED - 8192);
	close(fd);
	close_stage();
}
END_TEST

START_TEST(twenty_pages_are_made_in_a_second)
{
	int client;

	open_stage();
	client = stage_join(&s);
	for (int i = 0; i < METRICS_MAX_PAGES; i++)
		asks(GET("/metrics"), 200, "msyncd_holds{kind=\"lock\"} 0\n");
	(void)stage_ask(&s, client, "{'op':'lock.acquire','key':'k'}");
	/* The last one once more; the other form has its own count. */
	asks(GET("/metrics"), 200, "msyncd_holds{kind=\"lock\"} 0\n");
	asks("GET /metrics HTTP/1.0\r\nAccept: application/openmetrics-text\r\n"
	     "\r\n",
	    200, "msyncd_holds{kind=\"lock\"} 1\n");
	stage_pass(&s, 999);
	asks(GET("/metrics"), 200, "msyncd_holds{kind=\"lock\"} 0\n");
	stage_pass(&s, 1);
	asks(GET("/metrics"), 200, "msyncd_holds{kind=\"lock\"} 1\n");
	stage_leave(&s, client);
	close_stage();
}
END_TEST

START_TEST(without_descriptors_it_rests_and_then_goes_on)
{
	struct rlimit limit, none;
	int fd, last;

	open_stage();
	fd = join();
	say(fd, GET("/healthz"));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	/* Fill the gaps below, so that there is none left. */
	last = dup(STDIN_FILENO);
	none = limit;
	none.rlim_cur = (rlim_t)last;
	close(last);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	turns(1);
	/* The newcomer was shed with the descriptor in reserve. */
	has_ended(fd);
	ck_assert_int_eq(metrics_deadline(s.server), stage_now + 100);
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fd = join();
	say(fd, GET("/healthz"));
	turns(2);
	is_silent(fd);
	stage_now += 100;
	turns(3);
	hears(fd, 200, "ok\n");
	close(fd);
	turns(1);
	close_stage();
}
END_TEST

START_TEST(who_resets_the_connection_is_gone)
{
	int fd;

	open_stage();
	for (int i = 0; i < 5; i++) {
		fd = join();
		turns(i);
		say(fd, GET("/metrics"));
		turns(i % 3);
		close(fd);
		turns(3);
		ck_assert_int_eq(s.server->metrics.n_conns, 0);
	}
	close_stage();
}
END_TEST

START_TEST(connections_that_are_open_end_with_the_server)
{
	int fd, other;

	open_stage();
	fd = join();
	other = join();
	say(other, GET("/metrics"));
	turns(2);
	s.n_clients += 2;
	close_stage();
	has_ended(fd);
	ck_assert_ptr_nonnull(strstr(hear(other), "(end)"));
	close(fd);
	close(other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    each_path_has_its_page_and_no_other_has_one,
	    a_page_shows_what_is_now,
	    a_server_that_stops_is_alive_but_not_ready,
	    a_head_may_come_byte_by_byte,
	    one_request_is_answered_however_many_come,
	    a_turn_accepts_16_and_there_are_32_at_most,
	    ten_seconds_are_all_that_a_connection_has,
	    who_has_been_answered_and_stays_is_closed_as_well,
	    who_does_not_read_is_waited_for_without_turns,
	    a_head_above_4_kib_is_refused,
	    what_is_sent_behind_a_request_is_drained_up_to_a_bound,
	    twenty_pages_are_made_in_a_second,
	    without_descriptors_it_rests_and_then_goes_on,
	    who_resets_the_connection_is_gone,
	    connections_that_are_open_end_with_the_server, NULL};

	return unit_run("metrics", tests);
}
