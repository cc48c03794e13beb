/* SPDX-License-Identifier: MIT */
/*
 * The load generator: one thread that keeps many connections busy and checks
 * every answer. A connection has `window` lanes; each lane asks one thing at a
 * time, walks through the steps of its workload over and over, and stamps its
 * requests with ids that say lane, number and step. So an answer can be told
 * whatever order they come in, and the bare server can tell from the id alone
 * what it would have to answer.
 *
 * One read and one write per readiness of a connection, one epoll_wait(2) for
 * all that are ready: the generator shall be quicker than what it measures.
 */
#ifndef LOAD_H
#define LOAD_H

#include "load_answer.h"
#include "load_count.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#define LOAD_MAX_STEPS     8
#define LOAD_MAX_WINDOW    64
#define LOAD_MAX_REQUEST   256
#define LOAD_PART_BYTES    1024
#define LOAD_SAMPLE_BYTES  512
#define LOAD_LANES_PER_KEY 4 /* for the flights of the mixed load */

/* Ids have ten digits: 1, two for the lane, six for the number, the step. */
#define LOAD_ID_AT     6 /* in {"id":1000000000 */
#define LOAD_ID_DIGITS 10
#define LOAD_FIRST_ID  1000000000
#define LOAD_ID_LANE   10000000
#define LOAD_ID_NUMBER 10
#define LOAD_NUMBERS   1000000

/* Who answers. The bare server (echo.c) repeats samples, so its tokens do not
 * rise and it knows no holders; all else is checked there, too. */
enum load_peer {
	LOAD_MSYNCD,
	LOAD_ECHO,
	LOAD_REDIS,
};

enum load_step {
	STEP_ACQUIRE,
	STEP_RELEASE,
	STEP_BORROW,
	STEP_RETURN,
	STEP_GET,
	STEP_PUT,
	STEP_BEGIN,
	STEP_FINISH,
};

struct load_work {
	const char *name;
	enum load_step steps[LOAD_MAX_STEPS];
	int n_steps;
	bool has_one_key;     /* all lanes want the same lock */
	bool does_reconnect;  /* a connection lives for one round of steps */
	bool is_flight;       /* load_flight.c */
	bool knows_redis;     /* can be said in Redis's words */
	int lanes_per_object; /* how many share a place in the pool */
};

struct load_options {
	const char *socket_path;
	const char *samples_path; /* NULL: not wanted */
	const struct load_work *work;
	enum load_peer peer;
	int n_conns, window;
	int n_followers;
	size_t value_bytes;
	struct load_span span;
};

/* What is known of a lock's key. */
struct load_key {
	const struct load_lane *holder;
	int64_t last_token;
};

struct load_lane {
	char *requests[LOAD_MAX_STEPS]; /* owned; all but the id */
	uint16_t lens[LOAD_MAX_STEPS];
	int number; /* among all lanes */
	int index;  /* in its connection */
	int count;  /* of requests, up to LOAD_NUMBERS */
	int step;   /* index into the steps of the workload */
	int object; /* the pool object in hand, or -1: none yet */
	int64_t id; /* of the request that waits for its answer; 0: none */
	uint64_t asked_at;
	int64_t last_tokens[LOAD_MAX_STEPS]; /* of limit, pool and flight */
	struct load_key *key;
};

struct load_conn {
	int fd;
	int turn; /* the lane whose answer comes next, where there are no ids */
	struct load_lane *lanes;    /* owned */
	char part[LOAD_PART_BYTES]; /* of a line that came in pieces */
	size_t n_part;
};

struct load {
	struct load_options options;
	int epoll_fd;
	struct load_conn *conns; /* owned */
	struct load_key *keys;   /* owned; one per lane, or one */
	bool *is_lent;           /* owned; objects of the pool */
	int n_objects;           /* made so far */
	int capacity;            /* of the limit and the pool */
	int n_borrowed;
	struct load_count count;
	char samples[LOAD_MAX_STEPS][LOAD_SAMPLE_BYTES];
	int n_samples;
	bool wants_samples; /* the measurement is over */
};

/* Says what is wrong and ends the program with failure. */
void load_fail(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
/* Allocates zeroed memory, or fails. */
void *load_alloc(size_t n, size_t size);

/* Keeps the first answer to each step, for the bare server to repeat. */
void load_keep_sample(
    struct load *load, int step, const char *line, size_t len);

/* load_net.c: */

/* A connection to the socket; blocking. */
int load_connect(const char *path);
/* Writes all of it. */
void load_send(int fd, const char *bytes, size_t len);
/* Has the descriptor looked at for input. */
void load_watch(int epoll_fd, int fd, void *ptr);
/* Waits for input, and fails where none comes for a minute. Returns how many
 * descriptors have some. */
int load_wait(int epoll_fd, struct epoll_event *events, int max);

/* load_work.c: */

/* The workload of that name, or NULL. */
const struct load_work *load_work_find(const char *name);
void load_work_print_names(void);
/* Renders the requests of a lane. */
void load_lane_init(struct load *load, struct load_lane *lane);
void load_lane_deinit(struct load_lane *lane);
/* Puts the lane's next request at `to`, which has room for
 * LOAD_MAX_REQUEST bytes; returns its length. */
size_t load_lane_ask(struct load *load, struct load_lane *lane, char *to);
/* Writes the ten digits of an id. */
void load_put_id(char *to, int64_t id);

/* load_judge.c: */

/* Whether this is a right answer to what the lane asked; moves the lane on to
 * its next step. Returns what is wrong with it, or NULL. */
const char *load_judge(struct load *load, struct load_lane *lane,
    const struct load_answer *answer);

/* load_drive.c, load_flight.c: run until the span is over. */
void load_drive(struct load *load);
void load_drive_flights(struct load *load);

#endif
