/* SPDX-License-Identifier: MIT */
/*
 * Flights with one leader and many followers: see load.h. One after the other:
 * the leader begins, the followers begin, a ping of the leader's tells that
 * the server has caught up, the leader finishes, everybody gets the value. The
 * delivery is timed from before the finish to the last byte of the last value.
 *
 * Nothing promises that a follower's request is served before the leader's
 * ping and finish. One that comes too late leads a flight of its own, and
 * finishes it at once; that is right, and counted as a split.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_EVENTS 512
#define READ_BYTES (256 * 1024)
#define HEAD_BYTES 192

/* The last digit of an id, by which the bare server knows what to answer. */
enum {
	ID_LEAD,
	ID_FOLLOW,
	ID_FINISH,
	ID_PING,
};

/* A connection, and how far its next answer has come. */
struct member {
	int fd;
	int64_t ids[2]; /* begin, finish or ping: what waits; 0: nothing */
	char head[HEAD_BYTES]; /* the answer up to its value */
	size_t n_head;
	bool is_in_value;
	size_t n_value; /* bytes of the value so far */
};

struct flight {
	struct load *load;
	struct member *members; /* owned; the first begins */
	int n_members, number;
	char *finish; /* owned; the request, with the value */
	size_t finish_len;
	const char *value;
	int n_waiting; /* answers that have not come */
	int n_values, n_leaders;
	int64_t n_told; /* followers, as the finishes say */
	int64_t last_token;
	bool has_pong;
};

static int64_t id_of(const struct flight *flight, int what)
{
	return LOAD_FIRST_ID + (int64_t)flight->number * LOAD_ID_NUMBER + what;
}

/* Asking ----------------------------------------------------------- */

static void say(struct flight *flight, struct member *member, int what,
    const char *text, size_t len)
{
	char line[HEAD_BYTES];

	member->ids[what >= ID_FINISH] = id_of(flight, what);
	flight->n_waiting++;
	if (len < sizeof(line)) {
		memcpy(line, text, len);
		load_put_id(line + LOAD_ID_AT, id_of(flight, what));
		load_send(member->fd, line, len);
	} else {
		load_send(member->fd, text, len);
	}
}

static void say_begin(struct flight *flight, struct member *member, int what)
{
	static const char text[] = "{\"id\":1000000000,\"op\":\"flight.begin\","
				   "\"key\":\"benchvalue\"}\n";

	say(flight, member, what, text, sizeof(text) - 1);
}

static void say_ping(struct flight *flight, struct member *member)
{
	static const char text[] = "{\"id\":1000000000,\"op\":\"ping\"}\n";

	say(flight, member, ID_PING, text, sizeof(text) - 1);
}

/* The value differs from flight to flight, but not in its length. */
static void say_finish(struct flight *flight, struct member *member)
{
	load_put_id(flight->finish + LOAD_ID_AT, id_of(flight, ID_FINISH));
	say(flight, member, ID_FINISH, flight->finish, flight->finish_len);
}

static void make_finish(struct flight *flight)
{
	static const char start[] =
	    "{\"id\":1000000000,\"op\":\"flight.finish\","
	    "\"key\":\"benchvalue\",\"value\":";
	size_t n_value = flight->load->options.value_bytes;
	char *value;

	flight->finish_len = sizeof(start) - 1 + n_value + 2;
	flight->finish = load_alloc(1, flight->finish_len + 1);
	memcpy(flight->finish, start, sizeof(start) - 1);
	value = flight->finish + sizeof(start) - 1;
	for (size_t i = 0; i < n_value; i++)
		value[i] = (char)('a' + i % 26);
	value[0] = value[n_value - 1] = '"';
	memcpy(value + n_value, "}\n", 2);
	flight->value = value;
}

/* Answers ---------------------------------------------------------- */

static void parse_head(const struct member *member, struct load_answer *answer)
{
	char line[HEAD_BYTES + 8];
	size_t len = member->n_head;

	/* Up to a value, or a whole line. */
	memcpy(line, member->head, len);
	if (member->is_in_value) {
		memcpy(line + len, "null}", 5);
		len += 5;
	}
	if (!load_answer_parse(line, len, answer) || answer->ok != 1)
		load_fail("a wrong answer in a flight: %.*s", (int)len, line);
	if (answer->id != member->ids[0] && answer->id != member->ids[1])
		load_fail("nobody asked for this: %.*s", (int)len, line);
}

static void take_lead(struct flight *flight, struct member *member,
    const struct load_answer *answer)
{
	bool is_bare = flight->load->options.peer == LOAD_ECHO;

	if (answer->leader != 1 ||
	    (answer->token <= flight->last_token && !is_bare))
		load_fail("no lead, or an old token");
	flight->last_token = answer->token;
	flight->n_leaders++;
	/* Too late to follow: it finishes its own flight. */
	if (member != &flight->members[0])
		say_finish(flight, member);
}

static void take_answer(struct flight *flight, struct member *member)
{
	struct load_answer answer;

	parse_head(member, &answer);
	load_keep_sample(flight->load, (int)(answer.id % LOAD_ID_NUMBER),
	    member->head, member->n_head);
	flight->n_waiting--;
	if (answer.id == member->ids[0]) {
		member->ids[0] = 0;
		if (!member->is_in_value)
			take_lead(flight, member, &answer);
		else if (answer.leader != 0)
			load_fail("a value for a leader");
		else
			flight->n_values++;
		return;
	}
	member->ids[1] = 0;
	if (answer.id % LOAD_ID_NUMBER == ID_PING)
		flight->has_pong = true;
	else if (answer.followers < 0)
		load_fail("a finish without followers");
	else
		flight->n_told += answer.followers;
}

static void reset(struct member *member)
{
	member->n_head = 0;
	member->is_in_value = false;
	member->n_value = 0;
}

/* Bytes of the head; returns how many of them it took. */
static size_t take_head(
    struct flight *flight, struct member *member, const char *bytes, size_t len)
{
	size_t before = member->n_head;
	size_t room = HEAD_BYTES - before;
	size_t n = len < room ? len : room;
	char *feed, *name;

	memcpy(member->head + before, bytes, n);
	feed = memchr(member->head, '\n', before + n);
	name = memmem(member->head, before + n, "\"value\":", 8);
	if (name != NULL && (feed == NULL || name < feed)) {
		member->n_head = (size_t)(name + 8 - member->head);
		member->is_in_value = true;
		return member->n_head - before;
	}
	if (feed != NULL) {
		member->n_head = (size_t)(feed - member->head);
		n = member->n_head + 1 - before;
		take_answer(flight, member);
		reset(member);
		return n;
	}
	member->n_head += n;
	if (member->n_head == HEAD_BYTES)
		load_fail("an endless answer");
	return n;
}

/* Bytes of the value and of "}\n", which lie behind it in the request, too. */
static size_t take_value(
    struct flight *flight, struct member *member, const char *bytes, size_t len)
{
	size_t left = flight->load->options.value_bytes + 2 - member->n_value;
	size_t n = len < left ? len : left;

	if (memcmp(flight->value + member->n_value, bytes, n) != 0)
		load_fail("a follower got other bytes than the leader sent");
	member->n_value += n;
	if (n == left) {
		take_answer(flight, member);
		reset(member);
	}
	return n;
}

static void serve(struct flight *flight, struct member *member)
{
	static char bytes[READ_BYTES];
	const char *at = bytes, *end;
	ssize_t n = read(member->fd, bytes, sizeof(bytes));

	if (n <= 0)
		load_fail("the server closed a connection: %s",
		    n == 0 ? "end of file" : strerror(errno));
	for (end = bytes + n; at < end;)
		at += member->is_in_value
			  ? take_value(flight, member, at, (size_t)(end - at))
			  : take_head(flight, member, at, (size_t)(end - at));
}

/* Flights ---------------------------------------------------------- */

static void await(struct flight *flight)
{
	struct epoll_event events[MAX_EVENTS];
	int n = load_wait(flight->load->epoll_fd, events, MAX_EVENTS);

	for (int i = 0; i < n; i++)
		serve(flight, events[i].data.ptr);
}

static void gather(struct flight *flight)
{
	struct member *leader = &flight->members[0];

	say_begin(flight, leader, ID_LEAD);
	while (flight->n_waiting > 0)
		await(flight);
	for (int i = 1; i < flight->n_members; i++)
		say_begin(flight, &flight->members[i], ID_FOLLOW);
	say_ping(flight, leader);
	while (!flight->has_pong)
		await(flight);
}

static void fly(struct flight *flight)
{
	struct load_count *count = &flight->load->count;
	uint64_t ns;

	flight->number = (flight->number + 1) % LOAD_NUMBERS;
	flight->n_values = flight->n_leaders = 0;
	flight->n_told = 0;
	flight->has_pong = false;
	load_put_id((char *)flight->value + 1, id_of(flight, 0));
	gather(flight);
	ns = times_now();
	say_finish(flight, &flight->members[0]);
	while (flight->n_waiting > 0)
		await(flight);
	if (flight->n_values + flight->n_leaders != flight->n_members ||
	    flight->n_told != flight->n_values)
		load_fail("followers do not add up");
	if (!count->is_counting)
		return;
	ns = times_now() - ns;
	times_add(&count->times, ns);
	count->delivered_ns += ns;
	count->delivered_values += (uint64_t)flight->n_values;
	count->delivered_bytes +=
	    (uint64_t)flight->n_values * flight->load->options.value_bytes;
	count->n_splits += flight->n_leaders > 1;
	count->n_requests += (uint64_t)(flight->n_members + 2);
	count->n_cycles++;
}

void load_drive_flights(struct load *load)
{
	struct flight flight = {.load = load};

	flight.n_members = load->options.n_followers + 1;
	flight.members =
	    load_alloc((size_t)flight.n_members, sizeof(*flight.members));
	for (int i = 0; i < flight.n_members; i++) {
		flight.members[i].fd = load_connect(load->options.socket_path);
		load_watch(
		    load->epoll_fd, flight.members[i].fd, &flight.members[i]);
	}
	make_finish(&flight);
	while (load_count_tick(&load->count, times_now()))
		fly(&flight);
	free(flight.finish);
	free(flight.members);
}
