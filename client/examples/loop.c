/* SPDX-License-Identifier: MIT */
/*
 * One leads, the others stand by: of all processes that run this with the same
 * KEY, one has the lock. When it ends, in whatever way, the next one leads in
 * that moment. All happens in one loop of libevent, which never waits for
 * msyncd: SIGUSR1 asks how things are, SIGTERM ends it. A leader is told when
 * the lock is lost, and when msyncd comes back, all stand in line again.
 *
 *	cc -o loop loop.c $(pkg-config --cflags --libs libmsync libevent_core)
 *	./loop KEY
 */
#include <err.h>
#include <msync.h>
#include <msync_libevent.h>
#include <signal.h>
#include <stdio.h>

struct service {
	const char *key;
	struct msync_conn *conn;
	struct msync_libevent loop;
	struct msync_grant *lock; /* NULL: standing by */
	struct event again, status, end;
};

static void say(const struct service *service)
{
	if (service->lock == NULL)
		printf("standing by\n");
	else
		printf("leading, token %lld\n",
		    (long long)msync_grant_token(service->lock));
	fflush(stdout);
}

static void ask_later(struct service *service)
{
	event_add(&service->again, &(struct timeval){.tv_usec = 200000});
}

static void on_answer(
    void *ctx, int code, struct msync_grant *lock, struct msync_result *result)
{
	struct service *service = ctx;

	(void)result; /* a lock has none */
	if (code == MSYNC_E_CLOSED)
		return;
	service->lock = lock;
	say(service);
	if (code != 0) {
		warnx("%s", msync_errmsg(service->conn));
		ask_later(service);
	}
}

static void on_lost(void *ctx, struct msync_grant *lock, const char *reason)
{
	struct service *service = ctx;

	warnx("the lock was lost: %s", reason);
	service->lock = NULL;
	msync_release(lock);
	say(service);
	ask_later(service);
}

/* Asks for the lock. What cannot be asked now has no answer later. */
static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	struct service *service = ctx;

	(void)fd, (void)what;
	if (msync_lock_acquire_start(service->conn, service->key, MSYNC_FOREVER,
		NULL, on_answer, service, NULL) != 0)
		ask_later(service);
	msync_libevent_update(&service->loop);
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct service *service = ctx;

	(void)what;
	if (number == SIGUSR1)
		say(service);
	else
		event_base_loopbreak(service->loop.base);
}

int main(int argc, char *argv[])
{
	struct event_base *base = event_base_new();
	struct service service = {.key = argv[1]};
	struct msync_opts *opts;

	if (argc != 2)
		errx(64, "usage: loop KEY");
	if (base == NULL || msync_opts_new(&opts) != 0 ||
	    msync_opts_set_reconnect(opts, 1000) != 0 ||
	    msync_opts_set_on_lost(opts, on_lost, &service) != 0 ||
	    msync_open(&service.conn, opts) == MSYNC_E_NOMEM)
		errx(1, "no memory");
	if (msync_fd(service.conn) < 0) /* it goes on trying */
		warnx("%s", msync_errmsg(service.conn));
	msync_opts_free(opts);
	msync_libevent_attach(&service.loop, service.conn, base);
	evtimer_assign(&service.again, base, on_again, &service);
	evsignal_assign(&service.status, base, SIGUSR1, on_signal, &service);
	evsignal_assign(&service.end, base, SIGTERM, on_signal, &service);
	event_add(&service.status, NULL);
	event_add(&service.end, NULL);
	on_again(-1, 0, &service);
	event_base_dispatch(base);
	msync_libevent_detach(&service.loop);
	msync_release(service.lock);
	msync_close(service.conn);
	event_base_free(base);
}
