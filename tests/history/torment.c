/* SPDX-License-Identifier: MIT */
/* See torment.h. */
#define _GNU_SOURCE 1
#include "torment.h"

#include "daemon.h"
#include "fail.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a client: closes what it has from its parent, above all the connection,
 * which would not end with the parent otherwise. */
static void let_go(const struct torment *torment)
{
	unsigned int tell = (unsigned int)torment->words[1];

	close_range(STDERR_FILENO + 1, tell - 1, 0);
	close_range(tell + 1, ~0U, 0);
}

static void populate(struct torment *torment, int place)
{
	struct client_config config = {
	    .control = torment->control,
	    .tell = torment->words[1],
	    .dir = torment->dir,
	    .socket = torment->socket,
	    .seed = torment->seed,
	    .number = ++torment->n_born,
	    .place = place,
	};
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		fail("no client");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		let_go(torment);
		client_live(&config);
	}
	torment->victims[place] = (struct victim){
	    .pid = pid, .number = config.number, .goes_on = NEVER};
	torment->victims[place].pidfd = pidfd_open(pid, 0);
	if (torment->victims[place].pidfd < 0)
		fail("no descriptor for a client");
}

void torment_populate(struct torment *torment)
{
	if (pipe(torment->words) != 0)
		fail("no pipe");
	for (int i = 0; i < torment->n_clients; i++)
		populate(torment, i);
}

static void slay(struct torment *torment, struct victim *victim)
{
	uint32_t number = (uint32_t)victim->number;

	journal_note(torment->journal, EVENT_KILL, number);
	kill(victim->pid, SIGKILL);
	waitpid(victim->pid, NULL, 0);
	close(victim->pidfd);
	journal_note(torment->journal, EVENT_DEAD, number);
	*victim = (struct victim){.pidfd = -1, .goes_on = NEVER};
}

static void stop(struct torment *torment, struct victim *victim)
{
	bool long_stop = dice_percent(&torment->dice, 10);
	uint32_t ms = dice_between(&torment->dice, 1, long_stop ? 300 : 40);

	kill(victim->pid, SIGSTOP);
	journal_note(torment->journal, EVENT_STOP, (uint32_t)victim->number);
	victim->goes_on = clock_ns() + ms * NS_PER_MS;
}

static void go_on(struct victim *victim)
{
	kill(victim->pid, SIGCONT);
	victim->goes_on = NEVER;
}

/* Rather somebody who has something in his hands. */
static int choose_place(struct torment *torment)
{
	uint32_t n = (uint32_t)torment->n_clients;
	int place = 0;

	for (int tries = 0; tries < 8; tries++) {
		place = (int)dice_below(&torment->dice, n);
		if (torment->victims[place].pid != 0 &&
		    atomic_load(&torment->control->n_holds[place]) > 0)
			break;
	}
	return place;
}

void torment_strike(struct torment *torment)
{
	int place = choose_place(torment);
	struct victim *victim = &torment->victims[place];
	uint32_t luck = dice_below(&torment->dice, 100);

	if (luck < 5) {
		slay(torment, victim);
		populate(torment, place);
	} else if (luck < 15 && victim->goes_on == NEVER) {
		stop(torment, victim);
	}
	for (int i = 0; i < torment->n_clients; i++) {
		if (torment->victims[i].goes_on > clock_ns())
			continue;
		/* Its grants may lie unread. */
		if (dice_percent(&torment->dice, 25)) {
			slay(torment, &torment->victims[i]);
			populate(torment, i);
		} else {
			go_on(&torment->victims[i]);
		}
	}
}

void torment_relent(struct torment *torment)
{
	for (int i = 0; i < torment->n_clients; i++) {
		if (torment->victims[i].goes_on != NEVER)
			go_on(&torment->victims[i]);
	}
}

void torment_cull(struct torment *torment)
{
	for (int i = 0; i < torment->n_clients / 8; i++) {
		int place = choose_place(torment);

		if (torment->victims[place].pid != 0)
			slay(torment, &torment->victims[place]);
		(void)poll(NULL, 0, (int)dice_below(&torment->dice, 3));
	}
}

void torment_replace(struct torment *torment)
{
	for (int i = 0; i < torment->n_clients; i++) {
		if (torment->victims[i].pid == 0)
			populate(torment, i);
	}
}

/* Somebody is waited for in vain. */
static bool give_up(struct torment *torment, int place)
{
	journal_note(torment->journal, EVENT_STUCK,
	    (uint32_t)torment->victims[place].number);
	return false;
}

/* Waits until there is a word, or until somebody ends, whom nobody asked to:
 * false, and also after a long silence. */
static bool await_word(struct torment *torment, struct word *word)
{
	struct pollfd p[MAX_CLIENTS + 1];
	int n = torment->n_clients, ready;

	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){
		    .fd = torment->victims[i].pidfd, .events = POLLIN};
	p[n] = (struct pollfd){.fd = torment->words[0], .events = POLLIN};
	do
		ready = poll(p, (nfds_t)n + 1, patience_ms);
	while (ready < 0 && errno == EINTR);
	return p[n].revents != 0 &&
	       read(p[n].fd, word, sizeof(*word)) == sizeof(*word);
}

bool torment_await_quiet(struct torment *torment, int round)
{
	bool quiet[MAX_CLIENTS];
	struct word word;
	int n_loud = 0;

	for (int i = 0; i < torment->n_clients; i++) {
		quiet[i] = torment->victims[i].pid == 0;
		n_loud += !quiet[i];
	}
	while (n_loud > 0) {
		if (!await_word(torment, &word)) {
			int place = 0;

			while (quiet[place])
				place++;
			return give_up(torment, place);
		}
		/* A dead client may have left an old word. */
		if (word.round != round || quiet[word.place])
			continue;
		quiet[word.place] = true;
		n_loud--;
	}
	return true;
}

bool torment_await_end(struct torment *torment)
{
	for (int i = 0; i < torment->n_clients; i++) {
		int status;

		if (torment->victims[i].pid == 0)
			continue;
		if (!await_end(torment->victims[i].pid, &status))
			return give_up(torment, i);
		torment->victims[i].pid = 0;
		if (status != 0)
			return give_up(torment, i);
	}
	return true;
}

void torment_kill_all(struct torment *torment)
{
	for (int i = 0; i < torment->n_clients; i++) {
		if (torment->victims[i].pid != 0)
			slay(torment, &torment->victims[i]);
	}
}
