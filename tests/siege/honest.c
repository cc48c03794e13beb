/* SPDX-License-Identifier: MIT */
/* The program of the honest clients, and their connections: see honest.h. */
#include "honest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An answer that does not come in this time will not come. */
#define HANGS_NS  20000000000
#define RETRY_NS  1000000
#define N_EVENTS  64
#define SECOND_NS 1000000000

void honest_fail(const char *what, const char *line)
{
	fprintf(stderr, "honest: %s: %s\n", what, line);
	exit(EXIT_FAILURE);
}

/* Connections ------------------------------------------------------ */

/* Whether it has a connection now. */
static bool has_connected(struct honest *honest, struct honest_client *client)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

	if (client->fd >= 0)
		return true;
	client->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, honest->path);
	if (connect(client->fd, (const struct sockaddr *)&addr, sizeof(addr)) !=
	    0) {
		if (errno != EAGAIN)
			honest_fail("connect", strerror(errno));
		(void)close(client->fd);
		client->fd = -1;
		honest->n_late_connects++;
		return false;
	}
	client->n_part = 0;
	if (epoll_ctl(honest->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
		honest_fail("epoll_ctl", strerror(errno));
	return true;
}

static void disconnect(struct honest_client *client)
{
	(void)close(client->fd);
	client->fd = -1;
}

static void pause_for(struct honest_client *client, uint64_t ns)
{
	client->state = HONEST_PAUSES;
	client->due_at = times_now() + ns;
}

/* The daemon has closed it. */
static void be_cut(struct honest *honest, struct honest_client *client)
{
	honest->n_cut++;
	disconnect(client);
	honest_let_go(client);
	pause_for(client, HONEST_PAUSE_NS);
}

static void ask(struct honest *honest, struct honest_client *client)
{
	char line[HONEST_LINE];
	size_t len = honest_ask(honest, client, line);

	if (client->state == HONEST_LETS_GO)
		honest_let_go(client);
	/* A line fits into the socket of one who asks one thing at a time. */
	if (send(client->fd, line, len, MSG_NOSIGNAL) != (ssize_t)len)
		be_cut(honest, client);
}

/* The pause is over, or it tries once more to connect. */
static void begin_round(struct honest *honest, struct honest_client *client)
{
	if (client->state == HONEST_PAUSES)
		client->asked_at = times_now();
	client->state = HONEST_CONNECTS;
	client->due_at = times_now() + RETRY_NS;
	if (!has_connected(honest, client))
		return;
	client->state = HONEST_WANTS;
	ask(honest, client);
}

/* Answers ---------------------------------------------------------- */

static void refuse(struct honest *honest, const char *line)
{
	if (honest->n_refused++ == 0)
		(void)snprintf(
		    honest->refusal, sizeof(honest->refusal), "%s", line);
}

static void take_line(
    struct honest *honest, struct honest_client *client, const char *line)
{
	struct load_answer answer;
	uint64_t now = times_now();

	if (!load_answer_parse(line, strlen(line), &answer))
		honest_fail("no answer", line);
	if (answer.ok == 1 && answer.id != client->id)
		honest_fail("an answer to something else", line);
	times_add(&honest->times, now - client->asked_at);
	if (client->group->reconnects && client->state == HONEST_WANTS)
		times_add(&honest->connections, now - client->asked_at);
	if (answer.ok == 1) {
		honest_judge(client, &answer, line);
	} else {
		refuse(honest, line);
		if (client->state == HONEST_LETS_GO) {
			/* So it is held on, but for this. */
			be_cut(honest, client);
			return;
		}
	}
	if (client->is_holding) {
		client->state = HONEST_LETS_GO;
		client->asked_at = times_now();
		ask(honest, client);
		return;
	}
	if (client->group->reconnects)
		disconnect(client);
	pause_for(client, HONEST_PAUSE_NS);
}

static void hear(struct honest *honest, struct honest_client *client)
{
	ssize_t n = recv(client->fd, client->part + client->n_part,
	    sizeof(client->part) - 1 - client->n_part, 0);
	char *end;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		be_cut(honest, client);
		return;
	}
	client->n_part += (size_t)n;
	client->part[client->n_part] = '\0';
	end = strchr(client->part, '\n');
	if (end == NULL)
		return;
	/* Who asks one thing at a time gets one line at a time. */
	*end = '\0';
	client->n_part = 0;
	take_line(honest, client, client->part);
}

static void look_at_clock(struct honest *honest)
{
	uint64_t now = times_now();

	for (int i = 0; i < HONEST_N_CLIENTS; i++) {
		struct honest_client *client = &honest->clients[i];

		if (client->state >= HONEST_WANTS) {
			if (now > client->asked_at + HANGS_NS)
				honest_fail("an answer does not come", "");
		} else if (now >= client->due_at) {
			begin_round(honest, client);
		}
	}
}

/* The whole -------------------------------------------------------- */

static void add_group(struct honest *honest, enum honest_kind kind,
    bool reconnects, int n_clients)
{
	static int n_clients_before;
	struct honest_group *group = &honest->groups[honest->n_groups++];

	group->kind = kind;
	group->reconnects = reconnects;
	group->n_clients = n_clients;
	for (int i = 0; i < n_clients; i++) {
		struct honest_client *client =
		    &honest->clients[n_clients_before++];

		client->group = group;
		client->fd = -1;
		/* Not all at once. */
		pause_for(client, (uint64_t)n_clients_before * HONEST_PAUSE_NS /
				      HONEST_N_CLIENTS);
	}
}

static void add_clients(struct honest *honest)
{
	for (int i = 0; i < 10; i++)
		add_group(honest, HONEST_LOCK, false, 4);
	for (int i = 0; i < 5; i++)
		add_group(honest, HONEST_LOCK, true, 4);
	add_group(honest, HONEST_LIMIT, false, 15);
	add_group(honest, HONEST_POOL, false, 15);
	for (int i = 0; i < 2; i++)
		add_group(honest, HONEST_FLIGHT, false, 5);
}

static void print(const struct honest *honest, int seconds)
{
	const struct times *times = &honest->times;
	const struct times *conns = &honest->connections;

	printf("{\"per_s\":%" PRIu64 ",\"p50_us\":%" PRIu64
	       ",\"p99_us\":%" PRIu64 ",\"max_us\":%" PRIu64
	       ",\"connect_p99_us\":%" PRIu64 ",\"connect_max_us\":%" PRIu64
	       ",\"refused\":%" PRIu64 ",\"cut\":%" PRIu64
	       ",\"late_connects\":%" PRIu64 "}\n",
	    times->n / (uint64_t)seconds, times_part(times, 0.5) / 1000,
	    times_part(times, 0.99) / 1000, times->max_ns / 1000,
	    times_part(conns, 0.99) / 1000, conns->max_ns / 1000,
	    honest->n_refused, honest->n_cut, honest->n_late_connects);
	if (honest->n_refused > 0)
		fprintf(stderr, "honest: refused: %s\n", honest->refusal);
}

int main(int argc, char *argv[])
{
	static struct honest honest;
	struct epoll_event events[N_EVENTS];
	struct sockaddr_un addr;
	int seconds = argc == 3 ? atoi(argv[2]) : 0;
	uint64_t end;

	if (seconds <= 0 || strlen(argv[1]) >= sizeof(addr.sun_path)) {
		fputs("usage: honest SOCKET SECONDS\n", stderr);
		return EXIT_FAILURE;
	}
	honest.path = argv[1];
	honest.epoll = epoll_create1(EPOLL_CLOEXEC);
	add_clients(&honest);
	end = times_now() + (uint64_t)seconds * SECOND_NS;
	while (times_now() < end) {
		int n = epoll_wait(honest.epoll, events, N_EVENTS, 1);

		for (int i = 0; i < n; i++)
			hear(&honest, events[i].data.ptr);
		look_at_clock(&honest);
	}
	print(&honest, seconds);
	return EXIT_SUCCESS;
}
