/* SPDX-License-Identifier: MIT */
/*
 * Many connections that say the same over and over, as fast as the daemon
 * takes it, or a byte a second: see attack.h. One that was closed is opened
 * anew a second later: otherwise this would be a flood of connections, which
 * is another attack.
 */
#include "attack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MAX_EVENTS 256
#define READ_BYTES (256 * 1024)
/* Short lines go out in one piece of about this size. */
#define PIECE_BYTES (16 * 1024)

struct conn {
	int fd; /* -1: none now */
	size_t at;
};

struct crowd {
	const char *path;
	const struct attack_plan *plan;
	struct attack_count *count;
	int epoll, timer;
	char *piece; /* owned: the payload as often as it fits */
	size_t n_piece;
	struct conn *conns; /* owned */
	char *buffer;       /* owned, READ_BYTES */
};

static void watch(struct crowd *crowd, int op, struct conn *conn, int fd)
{
	/* Edge-triggered: one who does not read is not told again and again
	 * that he might. */
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLET, .data.ptr = conn};

	if (crowd->plan->payload != NULL && !crowd->plan->drips)
		event.events |= EPOLLOUT;
	if (epoll_ctl(crowd->epoll, op, fd, &event) != 0)
		attack_fail("epoll_ctl");
}

static void open_conn(struct crowd *crowd, struct conn *conn)
{
	conn->at = 0;
	conn->fd = attack_connect(crowd->path);
	if (conn->fd < 0) {
		crowd->count->refused++;
		return;
	}
	crowd->count->opened++;
	watch(crowd, EPOLL_CTL_ADD, conn, conn->fd);
}

static void close_conn(struct crowd *crowd, struct conn *conn)
{
	(void)close(conn->fd);
	conn->fd = -1;
	crowd->count->closed++;
}

static uint64_t n_lines(const char *bytes, size_t len)
{
	uint64_t n = 0;
	const char *end = bytes + len;

	while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
		bytes++;
		n++;
	}
	return n;
}

/* Refusals among the answers; one that was cut in two is not worth it. */
static uint64_t n_refusals(const char *bytes, size_t len)
{
	static const char words[] = "\"ok\":false";
	uint64_t n = 0;
	const char *end = bytes + len;

	while ((bytes = memmem(bytes, (size_t)(end - bytes), words,
		    strlen(words))) != NULL) {
		bytes += strlen(words);
		n++;
	}
	return n;
}

/* Sends up to so many bytes. False: the connection is gone. */
static bool say(struct crowd *crowd, struct conn *conn, size_t most)
{
	const char *from = crowd->piece + conn->at;
	size_t len = crowd->n_piece - conn->at;
	ssize_t n = send(conn->fd, from, len < most ? len : most, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN;
	crowd->count->bytes += (uint64_t)n;
	crowd->count->requests += n_lines(from, (size_t)n);
	conn->at = (conn->at + (size_t)n) % crowd->n_piece;
	return true;
}

/* The same, as much as the socket takes, but only a part of that at once, for
 * the others' sake; then it is told to be writable again. */
static bool say_much(struct crowd *crowd, struct conn *conn)
{
	uint64_t before = crowd->count->bytes;

	if (!say(crowd, conn, SIZE_MAX))
		return false;
	if (crowd->count->bytes != before)
		watch(crowd, EPOLL_CTL_MOD, conn, conn->fd);
	return true;
}

/* Reads what there is. False: the connection is gone. */
static bool hear(struct crowd *crowd, const struct conn *conn)
{
	ssize_t n = recv(conn->fd, crowd->buffer, READ_BYTES, 0);

	while (n > 0) {
		crowd->count->answers += n_lines(crowd->buffer, (size_t)n);
		crowd->count->refused += n_refusals(crowd->buffer, (size_t)n);
		n = recv(conn->fd, crowd->buffer, READ_BYTES, 0);
	}
	return n < 0 && errno == EAGAIN;
}

/* One who does not read still sees that he was thrown out. */
static void attend(struct crowd *crowd, struct conn *conn, uint32_t events)
{
	bool is_alive = (events & (EPOLLHUP | EPOLLERR)) == 0;

	if (conn->fd < 0)
		return;
	if (is_alive && crowd->plan->reads && (events & EPOLLIN))
		is_alive = hear(crowd, conn);
	if (is_alive && (events & EPOLLOUT))
		is_alive = say_much(crowd, conn);
	if (!is_alive)
		close_conn(crowd, conn);
}

/* A second has passed. */
static void tick(struct crowd *crowd)
{
	uint64_t n;

	if (read(crowd->timer, &n, sizeof(n)) != (ssize_t)sizeof(n))
		attack_fail("timer");
	for (int i = 0; i < crowd->plan->n_conns; i++) {
		struct conn *conn = &crowd->conns[i];

		if (conn->fd < 0)
			open_conn(crowd, conn);
		else if (crowd->plan->drips && !say(crowd, conn, 1))
			close_conn(crowd, conn);
	}
}

static void fill_piece(struct crowd *crowd)
{
	const struct attack_plan *plan = crowd->plan;
	size_t n = plan->n_payload == 0 ? 0 : PIECE_BYTES / plan->n_payload;

	if (n == 0)
		n = 1;
	crowd->n_piece = n * plan->n_payload;
	crowd->piece = malloc(crowd->n_piece + 1);
	if (crowd->piece == NULL)
		attack_fail("memory");
	for (size_t i = 0; i < n && plan->n_payload > 0; i++)
		memcpy(crowd->piece + i * plan->n_payload, plan->payload,
		    plan->n_payload);
}

static void set_up(struct crowd *crowd)
{
	const struct itimerspec each_second = {{1, 0}, {1, 0}};
	struct epoll_event event = {.events = EPOLLIN};

	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	crowd->timer =
	    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	crowd->conns =
	    calloc((size_t)crowd->plan->n_conns, sizeof(*crowd->conns));
	crowd->buffer = malloc(READ_BYTES);
	if (crowd->epoll < 0 || crowd->timer < 0 || crowd->conns == NULL ||
	    crowd->buffer == NULL ||
	    timerfd_settime(crowd->timer, 0, &each_second, NULL) != 0 ||
	    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, crowd->timer, &event) != 0)
		attack_fail("cannot begin");
	fill_piece(crowd);
	for (int i = 0; i < crowd->plan->n_conns; i++)
		open_conn(crowd, &crowd->conns[i]);
}

void attack_run_plan(const char *path, const struct attack_plan *plan,
    struct attack_count *count)
{
	struct crowd crowd = {.path = path, .plan = plan, .count = count};
	struct epoll_event events[MAX_EVENTS];

	set_up(&crowd);
	attack_ready();
	while (!attack_is_over()) {
		int n = epoll_wait(crowd.epoll, events, MAX_EVENTS, 100);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				tick(&crowd);
			else
				attend(&crowd, events[i].data.ptr,
				    events[i].events);
		}
	}
	for (int i = 0; i < plan->n_conns; i++)
		count->held += crowd.conns[i].fd >= 0;
	free(crowd.piece);
	free(crowd.conns);
	free(crowd.buffer);
}
