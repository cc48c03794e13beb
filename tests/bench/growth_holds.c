/* SPDX-License-Identifier: MIT */
/* Jobs over keys that nobody contends for, and the probe: see growth_jobs.h. */
#define _GNU_SOURCE 1
#include "growth_jobs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Requests of one connection that are under way when keys are taken. */
#define WINDOW 32

/* How something of each kind is taken and let go. */
struct way {
	const char *kind, *take, *with, *leave, *saying;
	bool one_key; /* the key for all, without a number */
};

#define VALUE ",\"value\":\"0123456789\""
#define DAY   "86400000"

static const struct way ways[] = {
    {"lock", "lock.acquire", "", "lock.release", "", false},
    {"leased", "lock.acquire", ",\"lease_ms\":" DAY, "lock.release", "", false},
    {"limit", "limit.borrow", ",\"capacity\":1", "limit.return", "", false},
    {"flight", "flight.begin", "", "flight.finish", "", false},
    {"pool", "pool.get", ",\"capacity\":1", "pool.drop", "", false},
    /* These stay when they have been let go: a kept result, and an object of
     * a pool. */
    {"kept", "flight.begin", "", "flight.finish", VALUE ",\"keep_ms\":" DAY,
	false},
    {"object", "pool.get", ",\"capacity\":1000000", "pool.put", VALUE, true},
};

static const struct way *find_way(const char *kind)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].kind, kind) == 0)
			return &ways[i];
	}
	crew_die("there is no kind \"%s\"", kind);
}

/* Taking and letting go -------------------------------------------- */

/* What the job at work sends; there is one at a time. */
struct sending {
	const char *op, *members;
	bool one_key;
};
static struct sending sending;

static int write_request(char *line, size_t size, const struct crew *crew,
    struct conn *conn, int64_t key)
{
	char number[24] = "";

	if (!sending.one_key)
		(void)snprintf(number, sizeof(number), "%07lld",
		    (long long)(key * crew->n + conn->number));
	return snprintf(line, size,
	    "{\"id\":%lld,\"op\":\"%s\",\"key\":\"%s%s\"%s}\n",
	    (long long)++conn->id, sending.op, crew->key, number,
	    sending.members);
}

static uint64_t id_bit(int64_t id)
{
	return UINT64_C(1) << (id & 63);
}

/* Fills the window again once half of it is free, in one piece. */
static void fill_window(struct crew *crew, struct conn *conn)
{
	char lines[WINDOW * 256];
	size_t len = 0;

	if (conn->flying > WINDOW / 2)
		return;
	while (conn->todo > 0 && conn->flying < WINDOW) {
		len += (size_t)write_request(
		    lines + len, sizeof(lines) - len, crew, conn, conn->turn++);
		conn->open_ids |= id_bit(conn->id);
		conn->todo--;
		conn->flying++;
	}
	if (len == 0)
		return;
	conn->sent_ns = times_now();
	crew_send(conn, lines, len);
}

/* Answers of one connection may come in another order than the requests. */
static void on_done(struct crew *crew, struct conn *conn, const char *line)
{
	int64_t id = line_number(line, "\"id\":");

	if (id > conn->id || id <= conn->id - 64 ||
	    !(conn->open_ids & id_bit(id)))
		crew_die("no such request is under way: %s", line);
	line_expect_ok(line, id);
	conn->open_ids &= ~id_bit(id);
	conn->flying--;
	times_add(&crew->times, times_now() - conn->sent_ns);
	crew->left--;
}

static const struct job window_job = {.line = on_done, .after = fill_window};

static void run_windows(struct crew *crew)
{
	for (int i = 0; i < crew->n; i++)
		fill_window(crew, &crew->conns[i]);
	crew_run(crew, &window_job);
}

void job_hold(struct crew *crew, const char *kind, int64_t n)
{
	const struct way *way = find_way(kind);

	sending = (struct sending){way->take, way->with, way->one_key};
	crew_begin(crew, n);
	for (int i = 0; i < crew->n; i++) {
		struct conn *conn = &crew->conns[i];

		conn->todo = n / crew->n + (i < n % crew->n);
		conn->turn = conn->n_held;
		conn->n_held += conn->todo;
	}
	run_windows(crew);
}

void job_release(struct crew *crew, const char *kind)
{
	const struct way *way = find_way(kind);
	int64_t n = 0;

	sending = (struct sending){way->leave, way->saying, way->one_key};
	for (int i = 0; i < crew->n; i++) {
		struct conn *conn = &crew->conns[i];

		conn->todo = conn->n_held;
		conn->turn = 0;
		n += conn->n_held;
		conn->n_held = 0;
	}
	crew_begin(crew, n);
	run_windows(crew);
}

/* The measured load ------------------------------------------------ */

/* A new key each time, ten bytes long. */
static void ask_for_key(struct conn *conn, const char *op)
{
	crew_ask(conn, "\"op\":\"%s\",\"key\":\"b%03d%06lld\"", op,
	    conn->number, (long long)(conn->turn % 1000000));
}

static void go_on(struct crew *crew, struct conn *conn)
{
	if (conn->in_hand) {
		ask_for_key(conn, "lock.release");
	} else if (crew->unsent > 0) {
		crew->unsent--;
		conn->turn++;
		ask_for_key(conn, "lock.acquire");
	}
}

static void on_busy(struct crew *crew, struct conn *conn, const char *line)
{
	line_expect_ok(line, conn->id);
	times_add(&crew->times, times_now() - conn->sent_ns);
	if (conn->in_hand)
		crew->left--;
	conn->in_hand = !conn->in_hand;
	go_on(crew, conn);
}

static const struct job busy_job = {.line = on_busy};

void job_busy(struct crew *crew, int64_t n)
{
	crew_begin(crew, n);
	crew->unsent = n;
	for (int i = 0; i < crew->n; i++) {
		crew->conns[i].in_hand = false;
		go_on(crew, &crew->conns[i]);
	}
	crew_run(crew, &busy_job);
}

/* The probe -------------------------------------------------------- */

static bool is_called(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) != 0;
}

/* Whoever listens, by the word of the kernel. */
static pid_t daemon_of(const struct conn *conn)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		crew_die("the daemon's process cannot be known");
	return peer.pid;
}

/* What the daemon has worked while the probe waited does not depend on what
 * else the machine does, as its answer time does. */
struct probing {
	pid_t daemon;
	uint64_t cpu_ns; /* when the ping went out */
};
static struct probing probing;

static void ping(struct conn *conn)
{
	probing.cpu_ns = times_cpu_of(probing.daemon);
	crew_ask(conn, "\"op\":\"ping\"");
}

static void on_ping(struct crew *crew, struct conn *conn, const char *line)
{
	uint64_t cpu_ns = times_cpu_of(probing.daemon) - probing.cpu_ns;

	line_expect_ok(line, conn->id);
	times_add(&crew->times, times_now() - conn->sent_ns);
	if (cpu_ns > crew->most_cpu_ns)
		crew->most_cpu_ns = cpu_ns;
	if (is_called())
		crew->left = 0;
	else
		ping(conn);
}

static const struct job probe_job = {.line = on_ping};

void job_probe(struct crew *crew)
{
	crew_begin(crew, 1);
	probing.daemon = daemon_of(&crew->conns[0]);
	ping(&crew->conns[0]);
	crew_run(crew, &probe_job);
}
