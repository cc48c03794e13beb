/* SPDX-License-Identifier: MIT */
/*
 * What the kernel alone can do, as a reference: processes that take and let go
 * one lock, or each its own. Three sorts of lock:
 *
 *   flock   flock(2) on a file
 *   futex   a semaphore of one on a futex(2), as sem_wait(3): whoever comes
 *           first gets it, so a process mostly gets it again itself
 *   ticket  the same, but first in, first out, as msyncd: whoever lets go
 *           hands it to the oldest waiter and wakes it
 *
 * Everybody adds one to a counter that only the lock protects; in the end it
 * has to be right. What is printed counts taking and letting go as a request
 * each, as in the table.
 */
#include "growth_times.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE    64
#define MAX_PROCESSES 1024
#define CACHE_LINE    64

/* A futex word has a cache line of its own. */
struct word {
	_Alignas(CACHE_LINE) _Atomic uint32_t value;
};

/* One lock, and what it protects. */
struct lock {
	struct word state; /* futex: 0 free, 1 taken, 2 and waited for */
	struct word next;  /* ticket: the next to be drawn */
	struct word turns[MAX_PROCESSES]; /* ticket: last one let in there */
	_Alignas(CACHE_LINE) volatile uint64_t counter;
};

/* Seen by all processes. */
struct shared {
	uint64_t until;
	uint64_t n[MAX_PROCESSES];
	struct lock locks[];
};

struct worker {
	struct lock *lock;
	const char *path; /* of the file for flock */
	int fd;
	uint32_t ticket;
};

struct sort {
	const char *name;
	void (*take)(struct worker *worker);
	void (*let_go)(struct worker *worker);
};

static void fail(const char *what)
{
	fprintf(stderr, "inkernel: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* The locks -------------------------------------------------------- */

static void futex_wait(struct word *word, uint32_t value)
{
	(void)syscall(
	    SYS_futex, &word->value, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(struct word *word)
{
	(void)syscall(SYS_futex, &word->value, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void flock_take(struct worker *worker)
{
	if (flock(worker->fd, LOCK_EX) != 0)
		fail("flock");
}

static void flock_let_go(struct worker *worker)
{
	if (flock(worker->fd, LOCK_UN) != 0)
		fail("flock");
}

static void futex_take(struct worker *worker)
{
	struct word *state = &worker->lock->state;
	uint32_t was = 0;

	if (atomic_compare_exchange_strong(&state->value, &was, 1))
		return;
	while (atomic_exchange(&state->value, 2) != 0)
		futex_wait(state, 2);
}

static void futex_let_go(struct worker *worker)
{
	struct word *state = &worker->lock->state;

	if (atomic_exchange(&state->value, 0) == 2)
		futex_wake(state);
}

/* Ticket n waits for its turn at place n modulo the number of places; a place
 * holds the number of the ticket that was let in last, plus one. Ticket 0 is
 * let in by nobody. */
static struct word *place_of(struct lock *lock, uint32_t ticket)
{
	return &lock->turns[ticket % MAX_PROCESSES];
}

static void ticket_take(struct worker *worker)
{
	struct lock *lock = worker->lock;
	struct word *place;
	uint32_t seen;

	worker->ticket = atomic_fetch_add(&lock->next.value, 1);
	place = place_of(lock, worker->ticket);
	while ((seen = atomic_load(&place->value)) != worker->ticket + 1)
		futex_wait(place, seen);
}

static void ticket_let_go(struct worker *worker)
{
	uint32_t next = worker->ticket + 1;
	struct word *place = place_of(worker->lock, next);

	atomic_store(&place->value, next + 1);
	/* Nobody sleeps for a ticket that has not been drawn. */
	if (atomic_load(&worker->lock->next.value) != next)
		futex_wake(place);
}

static const struct sort sorts[] = {
    {"flock", flock_take, flock_let_go},
    {"futex", futex_take, futex_let_go},
    {"ticket", ticket_take, ticket_let_go},
};

/* The processes ---------------------------------------------------- */

static void work(struct shared *shared, const struct sort *sort,
    struct worker *worker, int number)
{
	uint64_t n = 0;

	/* Each has its own open file, or flock would be shared. */
	worker->fd = open(worker->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (worker->fd < 0)
		fail(worker->path);
	while (n % 16 != 0 || times_now() < shared->until) {
		sort->take(worker);
		worker->lock->counter++;
		sort->let_go(worker);
		n++;
	}
	shared->n[number] = n;
	_exit(EXIT_SUCCESS);
}

static void start(struct shared *shared, const struct sort *sort, int number,
    int lock, const char *path)
{
	struct worker worker = {.lock = &shared->locks[lock], .path = path};
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0)
		work(shared, sort, &worker, number);
}

static void await_all(int n_processes)
{
	for (int i = 0; i < n_processes; i++) {
		int status;

		if (wait(&status) < 0 || status != 0) {
			fputs("inkernel: a process failed\n", stderr);
			exit(EXIT_FAILURE);
		}
	}
}

static void report(const struct shared *shared, int n_processes, double seconds)
{
	uint64_t sum = 0, least = UINT64_MAX, most = 0, counted = 0;

	for (int i = 0; i < n_processes; i++) {
		uint64_t n = shared->n[i];

		sum += n;
		least = n < least ? n : least;
		most = n > most ? n : most;
		counted += shared->locks[i].counter;
	}
	if (counted != sum) {
		fputs("inkernel: two had the lock at once\n", stderr);
		exit(EXIT_FAILURE);
	}
	printf("rate=%.0f least=%.4f most=%.4f\n", 2 * (double)sum / seconds,
	    (double)least / (double)sum, (double)most / (double)sum);
}

static struct shared *map_shared(int n_locks)
{
	size_t size = sizeof(struct shared) +
		      (size_t)n_locks * sizeof(struct lock) + CACHE_LINE;
	struct shared *shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < n_locks; i++)
		atomic_store(&shared->locks[i].turns[0].value, 1);
	return shared;
}

static const struct sort *find_sort(const char *name)
{
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (strcmp(sorts[i].name, name) == 0)
			return &sorts[i];
	return NULL;
}

static int usage(void)
{
	fputs("usage: inkernel flock|futex|ticket one|own PROCESSES SECONDS "
	      "DIRECTORY\n",
	    stderr);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	const struct sort *sort = argc == 6 ? find_sort(argv[1]) : NULL;
	int n_processes = argc == 6 ? atoi(argv[3]) : 0;
	double seconds = argc == 6 ? atof(argv[4]) : 0;
	struct shared *shared;
	uint64_t began;
	bool has_own;

	if (sort == NULL || n_processes < 1 || n_processes >= MAX_PROCESSES ||
	    seconds <= 0)
		return usage();
	has_own = strcmp(argv[2], "own") == 0;
	shared = map_shared(n_processes);
	began = times_now();
	shared->until = began + (uint64_t)(seconds * 1e9);
	for (int i = 0; i < n_processes; i++) {
		char path[4096];
		int lock = has_own ? i : 0;

		(void)snprintf(path, sizeof(path), "%s/lock%d", argv[5], lock);
		start(shared, sort, i, lock, path);
	}
	await_all(n_processes);
	report(shared, n_processes, (double)(times_now() - began) / 1e9);
	return EXIT_SUCCESS;
}
