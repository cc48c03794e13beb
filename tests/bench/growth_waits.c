/* SPDX-License-Identifier: MIT */
/*
 * Jobs over waits for one key: see growth_jobs.h. The connections are
 * multiplexed and wait with the ids 1 to n_waits; what is answered at once has
 * ids from CANCEL_ID on, and a release has none.
 */
#include "growth_jobs.h"

#include <stdio.h>

#define CANCEL_ID INT64_C(1000000000)
#define MS        UINT64_C(1000000)

static int write_wait(const struct crew *crew, char *line, size_t size,
    int64_t id, int64_t wait_ms)
{
	int len = snprintf(line, size,
	    "{\"id\":%lld,\"op\":\"lock.acquire\",\"key\":\"%s\"",
	    (long long)id, crew->key);

	if (wait_ms >= 0)
		len += snprintf(line + len, size - (size_t)len,
		    ",\"wait_ms\":%lld", (long long)wait_ms);
	len += snprintf(line + len, size - (size_t)len, "}\n");
	return len;
}

/* How long the next one waits: anything from the shortest to the longest. */
static int64_t some_wait_ms(struct crew *crew)
{
	uint64_t width = (uint64_t)(crew->longest_ms - crew->shortest_ms + 1);

	return crew->shortest_ms + (int64_t)crew_random(crew, width);
}

/* Beginning to wait ------------------------------------------------ */

static void on_ping(struct crew *crew, struct conn *conn, const char *line)
{
	if (line_has(line, "\"error\":\"timeout\"") ||
	    line_has(line, "\"error\":\"busy\"")) {
		crew->unsent = 0; /* a wait has ended, see job_due */
		return;
	}
	line_expect_ok(line, conn->id);
	crew->left--;
}

static const struct job ping_job = {.line = on_ping};

/* When all pings are answered, all that was sent before has been done. */
static void run_pings(struct crew *crew)
{
	crew->left = crew->n;
	for (int i = 0; i < crew->n; i++) {
		crew->conns[i].id += CANCEL_ID;
		crew_ask(&crew->conns[i], "\"op\":\"ping\"");
	}
	crew_run(crew, &ping_job);
}

static void add_wait(struct crew *crew, int64_t number, int64_t wait_ms)
{
	struct conn *conn = &crew->conns[number % crew->n];
	char line[256];
	int len =
	    write_wait(crew, line, sizeof(line), ++conn->n_waits, wait_ms);

	crew_send(conn, line, (size_t)len);
}

void job_wait(struct crew *crew, int64_t n)
{
	crew_begin(crew, 0);
	for (int64_t i = 0; i < n; i++)
		add_wait(crew, i, some_wait_ms(crew));
	run_pings(crew);
}

/* Waits that end --------------------------------------------------- */

/* The n waits end evenly over the spread; those of one connection in the
 * order of their ids. */
static uint64_t due_at(const struct crew *crew, int64_t number, int64_t n)
{
	return crew->due_ns +
	       (uint64_t)((double)crew->spread_ns * (double)number / (double)n);
}

bool job_due(struct crew *crew, int64_t n, int64_t in_ms, int64_t spread_ms)
{
	crew_begin(crew, 0);
	crew->unsent = 1;
	crew->due_ns = crew->began_ns + (uint64_t)in_ms * MS;
	crew->spread_ns = (uint64_t)spread_ms * MS;
	for (int64_t i = 0; i < n; i++) {
		uint64_t at = due_at(crew, i, n), now = times_now();

		add_wait(crew, i, at < now ? 0 : (int64_t)((at - now) / MS));
	}
	run_pings(crew);
	return crew->unsent != 0 && times_now() < crew->due_ns;
}

static int64_t count_waits(const struct crew *crew)
{
	int64_t n = 0;

	for (int i = 0; i < crew->n; i++)
		n += crew->conns[i].n_waits;
	return n;
}

static void on_timeout(struct crew *crew, struct conn *conn, const char *line)
{
	int64_t id = line_number(line, "\"id\":"), n = crew->unsent;
	uint64_t now = times_now(), due;

	if (!line_has(line, "\"error\":\"timeout\"") || id < 1)
		crew_die("timeout expected: %s", line);
	due = due_at(crew, (id - 1) * crew->n + conn->number, n);
	times_add(&crew->times, now > due ? now - due : 0);
	crew->left--;
}

static const struct job expire_job = {.line = on_timeout};

void job_expire(struct crew *crew)
{
	crew->unsent = count_waits(crew);
	crew_begin(crew, crew->unsent);
	crew_run(crew, &expire_job);
	for (int i = 0; i < crew->n; i++)
		crew->conns[i].n_waits = 0;
}

/* From hand to hand ------------------------------------------------ */

/* Gives it back and goes to the end of the queue, in one piece. */
static void hand_on(
    struct crew *crew, struct conn *conn, int64_t id, int64_t token)
{
	char lines[512];
	int len = snprintf(lines, sizeof(lines),
	    "{\"op\":\"lock.release\",\"key\":\"%s\",\"token\":%lld}\n",
	    crew->key, (long long)token);

	len += write_wait(crew, lines + len, sizeof(lines) - (size_t)len, id,
	    some_wait_ms(crew));
	crew->released_ns = times_now();
	crew_send(conn, lines, (size_t)len);
}

static void on_handover(struct crew *crew, struct conn *conn, const char *line)
{
	int64_t token = line_number(line, "\"token\":");

	if (!line_has(line, "\"ok\":true"))
		crew_die("ok expected: %s", line);
	if (token < 0)
		return; /* the release is done */
	if (crew->released_ns == 0)
		crew->began_ns = times_now();
	else
		times_add(&crew->times, times_now() - crew->released_ns);
	if (--crew->left > 0)
		hand_on(crew, conn, line_number(line, "\"id\":"), token);
}

static const struct job handover_job = {.line = on_handover};

void job_handover(struct crew *crew, int64_t n)
{
	crew_begin(crew, n);
	crew->released_ns = 0;
	crew_run(crew, &handover_job);
}

/* Cancelling ------------------------------------------------------- */

static void cancel_one(struct crew *crew, struct conn *conn)
{
	char lines[512];
	int len;

	if (crew->unsent == 0 || conn->n_waits == 0)
		return;
	crew->unsent--;
	conn->in_hand = false;
	conn->picked = 1 + (int64_t)crew_random(crew, (uint64_t)conn->n_waits);
	len = snprintf(lines, sizeof(lines),
	    "{\"id\":%lld,\"op\":\"cancel\",\"target\":%lld}\n",
	    (long long)++conn->id, (long long)conn->picked);
	len += write_wait(crew, lines + len, sizeof(lines) - (size_t)len,
	    conn->picked, some_wait_ms(crew));
	conn->sent_ns = times_now();
	crew_send(conn, lines, (size_t)len);
}

/* The wait's own last word comes before the answer to cancel. */
static void on_cancel(struct crew *crew, struct conn *conn, const char *line)
{
	if (!conn->in_hand) {
		if (line_number(line, "\"id\":") != conn->picked ||
		    !line_has(line, "\"error\":\"cancelled\""))
			crew_die("the end of wait %lld expected: %s",
			    (long long)conn->picked, line);
		conn->in_hand = true;
		return;
	}
	line_expect_ok(line, conn->id);
	if (!line_has(line, "\"cancelled\":true"))
		crew_die("\"cancelled\":true expected: %s", line);
	times_add(&crew->times, times_now() - conn->sent_ns);
	crew->left--;
	cancel_one(crew, conn);
}

static const struct job cancel_job = {.line = on_cancel};

void job_cancel(struct crew *crew, int64_t n)
{
	crew_begin(crew, n);
	crew->unsent = n;
	for (int i = 0; i < crew->n; i++)
		cancel_one(crew, &crew->conns[i]);
	crew_run(crew, &cancel_job);
}
