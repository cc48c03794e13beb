/* SPDX-License-Identifier: MIT */
/* Loops of libevent: see evloop.h. */
#include "evloop.h"

#define LIMIT_S 60

struct event_base *evloop_base;
struct msync_conn *evloop_conn;
struct msync_libevent evloop;

void evloop_open(struct msync_opts *opts)
{
	evloop_base = event_base_new();
	ck_assert_ptr_nonnull(evloop_base);
	evloop_conn = watch_open(opts);
	ck_assert_int_eq(
	    msync_libevent_attach(&evloop, evloop_conn, evloop_base), 0);
}

void evloop_close(void)
{
	msync_libevent_detach(&evloop);
	watch_close(evloop_conn);
	event_base_free(evloop_base);
}

static void give_up(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	ck_abort_msg("nothing came in %d seconds", LIMIT_S);
}

/* Once around, which must not last for ever. */
static void run_once(void)
{
	struct timeval limit = {LIMIT_S, 0};
	struct event *end = evtimer_new(evloop_base, give_up, NULL);

	ck_assert_int_eq(evtimer_add(end, &limit), 0);
	watch_allow(true);
	ck_assert_int_eq(event_base_loop(evloop_base, EVLOOP_ONCE), 0);
	watch_allow(false);
	event_free(end);
}

void evloop_run(const int *count, int n)
{
	long end = now_ms() + LIMIT_S * 1000;

	while (*count < n) {
		ck_assert_msg(now_ms() < end, "%d of %d came", *count, n);
		run_once();
	}
	ck_assert_int_eq(*count, n);
}

void evloop_expect(const struct told *told, int code)
{
	evloop_run(&told->n, 1);
	watch_expect(evloop_conn, told->code, code);
}

void evloop_await_connection(void)
{
	long end = now_ms() + LIMIT_S * 1000;

	while (msync_fd(evloop_conn) < 0) {
		ck_assert_msg(now_ms() < end, "no connection");
		run_once();
	}
}

void evloop_expect_idle(void)
{
	ck_assert(event_pending(&evloop.io, EV_READ, NULL));
	ck_assert(!event_pending(&evloop.io, EV_WRITE, NULL));
	ck_assert(!event_pending(&evloop.timer, EV_TIMEOUT, NULL));
}

void evloop_expect_empty(void)
{
	ck_assert_int_eq(
	    event_base_get_num_events(evloop_base, EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(event_base_dispatch(evloop_base), 1);
}
