/* SPDX-License-Identifier: MIT */
/* The bare writer of values: see echo.h. */
#include "echo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#define TAIL "}\n"

void echo_keep_line(struct echo *echo, const char *bytes, size_t len)
{
	if (echo->n_line + len > echo->cap_line) {
		echo->cap_line = 2 * (echo->n_line + len);
		echo->line = realloc(echo->line, echo->cap_line);
		if (echo->line == NULL)
			echo_fail("out of memory");
	}
	memcpy(echo->line + echo->n_line, bytes, len);
	echo->n_line += len;
}

static void watch_for(struct echo *echo, struct echo_conn *conn, bool writes)
{
	struct epoll_event event = {
	    .events = writes ? EPOLLOUT : EPOLLIN,
	    .data.ptr = conn,
	};

	if (conn->is_writing == writes)
		return;
	conn->is_writing = writes;
	if (epoll_ctl(echo->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) != 0)
		echo_fail("epoll_ctl");
}

/* Leaves out what has been sent. */
static int rest_of(struct iovec *iov, int n_iov, size_t sent)
{
	int n = 0;

	for (int i = 0; i < n_iov; i++) {
		size_t gone = sent < iov[i].iov_len ? sent : iov[i].iov_len;

		sent -= gone;
		if (gone == iov[i].iov_len)
			continue;
		iov[n].iov_base = (char *)iov[i].iov_base + gone;
		iov[n++].iov_len = iov[i].iov_len - gone;
	}
	return n;
}

void echo_go_on(struct echo *echo, struct echo_conn *conn)
{
	char start[ECHO_SAMPLE];
	size_t n_start = echo_answer(echo, conn->head, start);
	struct iovec iov[] = {
	    {start, n_start},
	    {(char *)echo->value, echo->n_value},
	    {(char *)TAIL, strlen(TAIL)},
	};
	size_t total = n_start + echo->n_value + strlen(TAIL);
	int n_iov = rest_of(iov, 3, conn->n_sent);
	ssize_t n = writev(conn->fd, iov, n_iov);

	if (n < 0 && errno != EAGAIN)
		echo_fail("writev");
	conn->n_sent += n < 0 ? 0 : (size_t)n;
	watch_for(echo, conn, conn->n_sent < total);
}

static void send_values(struct echo *echo)
{
	char *name = memmem(echo->line, echo->n_line, "\"value\":", 8);
	struct echo_conn *held = echo->held, *next;

	if (name == NULL)
		echo_fail("a finish without a value");
	echo->value = name + 8;
	/* Without the brace that ends the request. */
	echo->n_value = (size_t)(echo->line + echo->n_line - 1 - echo->value);
	echo->held = NULL;
	echo->n_held = 0;
	for (; held != NULL; held = next) {
		next = held->next_held;
		held->n_sent = 0;
		echo_go_on(echo, held);
	}
}

static void answer_now(struct echo *echo, struct echo_conn *conn)
{
	char line[ECHO_SAMPLE];
	size_t len = echo_answer(echo, conn->head, line);

	if (write(conn->fd, line, len) != (ssize_t)len)
		echo_fail("the client does not read");
}

void echo_take_flight(struct echo *echo, struct echo_conn *conn)
{
	int step = conn->head[ECHO_HEAD_BYTES - 1] - '0';

	if (step == ECHO_FOLLOW) {
		conn->next_held = echo->held;
		echo->held = conn;
		echo->n_held++;
	} else {
		answer_now(echo, conn);
	}
	if (step == ECHO_FINISH)
		echo->finisher = conn;
	/* The last follower's line may come after the value. */
	if (echo->finisher != NULL && echo->n_held == echo->n_followers) {
		echo->finisher = NULL;
		send_values(echo);
		echo->n_line = 0;
	}
}
