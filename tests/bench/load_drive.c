/* SPDX-License-Identifier: MIT */
/* The loop of the load generator, for all workloads but flights: see load.h. */
#include "load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAX_EVENTS 512
#define READ_BYTES (64 * 1024)

/* Everything that goes to one connection at once. */
struct batch {
	char bytes[LOAD_MAX_WINDOW * LOAD_MAX_REQUEST];
	size_t len;
};

static void ask(struct load *load, struct load_lane *lane, struct batch *batch,
    uint64_t now)
{
	batch->len += load_lane_ask(load, lane, batch->bytes + batch->len);
	lane->asked_at = now;
}

static void ask_all(struct load *load, struct load_conn *conn)
{
	struct batch batch;
	uint64_t now = times_now();

	batch.len = 0;
	for (int i = 0; i < load->options.window; i++)
		ask(load, &conn->lanes[i], &batch, now);
	load_send(conn->fd, batch.bytes, batch.len);
}

static void open_conn(struct load *load, struct load_conn *conn)
{
	uint64_t now = times_now();

	conn->fd = load_connect(load->options.socket_path);
	load_watch(load->epoll_fd, conn->fd, conn);
	ask_all(load, conn);
	/* Connecting is part of what is timed. */
	conn->lanes[0].asked_at = now;
}

/* Samples ---------------------------------------------------------- */

/* The bare server leads every flight: it has no followers to tell it of. */
static bool is_sample(const struct load *load, const struct load_lane *lane,
    const struct load_answer *answer)
{
	return load->options.work->steps[lane->step] != STEP_BEGIN ||
	       answer->leader == 1;
}

/* Answers ---------------------------------------------------------- */

static struct load_lane *lane_of(
    const struct load *load, const struct load_conn *conn, int64_t id)
{
	int64_t index = (id - LOAD_FIRST_ID) / LOAD_ID_LANE;

	if (id < LOAD_FIRST_ID || index >= load->options.window ||
	    conn->lanes[index].id != id)
		return NULL;
	return &conn->lanes[index];
}

static struct load_lane *take_answer(
    struct load *load, struct load_conn *conn, const char *line, size_t len)
{
	struct load_answer answer;
	struct load_lane *lane;
	const char *asked, *wrong;

	if (!load_answer_parse(line, len, &answer))
		load_fail("no answer: %.*s", (int)len, line);
	lane = lane_of(load, conn, answer.id);
	if (lane == NULL)
		load_fail("nobody asked for this: %.*s", (int)len, line);
	asked = lane->requests[lane->step];
	if (load->wants_samples && is_sample(load, lane, &answer))
		load_keep_sample(load, lane->step, line, len);
	wrong = load_judge(load, lane, &answer);
	if (wrong != NULL)
		load_fail("%s\nasked in lane %d: %.*s\nanswer: %.*s", wrong,
		    lane->number, (int)strcspn(asked, "\n"), asked, (int)len,
		    line);
	return lane;
}

/* Redis answers in the order of the requests, without ids. */
static struct load_lane *take_redis(
    struct load *load, struct load_conn *conn, const char *line, size_t len)
{
	struct load_lane *lane = &conn->lanes[conn->turn];
	const char *right = lane->step == 0 ? "+OK\r" : ":1\r";

	if (len != strlen(right) || memcmp(line, right, len) != 0)
		load_fail("a wrong answer of Redis: %.*s", (int)len, line);
	conn->turn = (conn->turn + 1) % load->options.window;
	lane->step = (lane->step + 1) % load->options.work->n_steps;
	return lane;
}

/* Takes one line and puts what the lane asks next into the batch. Returns
 * whether the connection has come to its end. */
static bool take_line(struct load *load, struct load_conn *conn,
    const char *line, size_t len, struct batch *batch)
{
	struct load_lane *lane = load->options.peer == LOAD_REDIS
				     ? take_redis(load, conn, line, len)
				     : take_answer(load, conn, line, len);
	uint64_t now = times_now();

	load_count_request(&load->count, now - lane->asked_at);
	if (lane->step == 0) {
		load->count.n_cycles += load->count.is_counting;
		if (load->options.work->does_reconnect)
			return true;
	}
	ask(load, lane, batch, now);
	return false;
}

/* Takes what is whole of the bytes, and keeps the rest. */
static bool take_bytes(struct load *load, struct load_conn *conn,
    const char *bytes, size_t len, struct batch *batch)
{
	const char *end = bytes + len, *feed;
	bool is_at_end = false;

	while ((feed = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
		is_at_end =
		    take_line(load, conn, bytes, (size_t)(feed - bytes), batch);
		bytes = feed + 1;
	}
	conn->n_part = (size_t)(end - bytes);
	if (conn->n_part > sizeof(conn->part))
		load_fail("an endless answer");
	memcpy(conn->part, bytes, conn->n_part);
	return is_at_end;
}

static void serve(struct load *load, struct load_conn *conn)
{
	static char bytes[LOAD_PART_BYTES + READ_BYTES];
	static struct batch batch;
	ssize_t n;

	memcpy(bytes, conn->part, conn->n_part);
	n = read(conn->fd, bytes + conn->n_part, READ_BYTES);
	if (n <= 0)
		load_fail("the server closed a connection: %s",
		    n == 0 ? "end of file" : strerror(errno));
	batch.len = 0;
	if (take_bytes(load, conn, bytes, conn->n_part + (size_t)n, &batch)) {
		(void)close(conn->fd);
		open_conn(load, conn);
	} else if (batch.len > 0) {
		load_send(conn->fd, batch.bytes, batch.len);
	}
}

/* The loop --------------------------------------------------------- */

static bool is_done(struct load *load)
{
	if (!load->wants_samples &&
	    !load_count_tick(&load->count, times_now())) {
		if (load->options.samples_path == NULL)
			return true;
		load->wants_samples = true;
	}
	return load->n_samples == load->options.work->n_steps;
}

void load_drive(struct load *load)
{
	struct epoll_event events[MAX_EVENTS];

	for (int i = 0; i < load->options.n_conns; i++)
		open_conn(load, &load->conns[i]);
	while (!is_done(load)) {
		int n = load_wait(load->epoll_fd, events, MAX_EVENTS);

		for (int i = 0; i < n; i++)
			serve(load, events[i].data.ptr);
	}
}
