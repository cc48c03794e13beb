/* SPDX-License-Identifier: MIT */
/* Children, and what they share: see child.h. */
#define _GNU_SOURCE 1
#include "child.h"

#include "reap.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 60000

static void live_and_end(child_fn live, void *ctx)
{
	struct msync_conn *conn;
	int status;

	/* The test's own connections are not to be kept by its children. */
	handles_close_raw();
	conn = handle_open(NULL);
	status = live(conn, ctx);
	msync_close(conn);
	_exit(status);
}

pid_t child_start(child_fn live, void *ctx)
{
	pid_t parent = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		live_and_end(live, ctx);
	}
	return pid;
}

void child_expect(pid_t pid, int status)
{
	int seen = reap_process(pid);

	ck_assert_msg(seen >= 0, "the child does not end");
	ck_assert_msg(WIFEXITED(seen) && WEXITSTATUS(seen) == status,
	    "the child ended with wait status %#x, expected: exit %d",
	    (unsigned)seen, status);
}

void child_kill(pid_t pid)
{
	int seen;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	seen = reap_process(pid);
	ck_assert_msg(seen >= 0, "the child does not end");
	ck_assert_msg(WIFSIGNALED(seen) && WTERMSIG(seen) == SIGKILL,
	    "the child had ended before, with wait status %#x", (unsigned)seen);
}

void children_start(pid_t pids[], int n, child_fn live, void *ctx)
{
	for (int i = 0; i < n; i++)
		pids[i] = child_start(live, ctx);
}

void children_expect(const pid_t pids[], int n, int status)
{
	for (int i = 0; i < n; i++)
		child_expect(pids[i], status);
}

void *shared_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

void shared_free(void *memory, size_t size)
{
	ck_assert_int_eq(munmap(memory, size), 0);
}

/* Gates ---------------------------------------------------------------- */

void gate_init(struct gate *gate)
{
	ck_assert_int_eq(sem_init(&gate->arrived, 1, 0), 0);
	ck_assert_int_eq(sem_init(&gate->open, 1, 0), 0);
}

/* Whether it could be taken within the limit. */
static int take_one(sem_t *sem)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LIMIT_MS / 1000;
	return TEMP_FAILURE_RETRY(
		   sem_clockwait(sem, CLOCK_MONOTONIC, &until)) == 0;
}

/* Nothing is asserted between arriving and being let on: the test may fork
 * meanwhile, and where this is a thread of it, the child would have Check's
 * mutex as that thread had left it. */
void gate_pass(struct gate *gate)
{
	int posted = sem_post(&gate->arrived), passed = take_one(&gate->open);

	ck_assert_int_eq(posted, 0);
	ck_assert_msg(passed, "the gate stays shut");
}

void gate_await(struct gate *gate, int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_msg(take_one(&gate->arrived),
		    "%d of %d have arrived, and no more", i, n);
}

void gate_let(struct gate *gate, int n)
{
	while (n-- > 0)
		ck_assert_int_eq(sem_post(&gate->open), 0);
}

/* Presence ------------------------------------------------------------- */

int presence_enter(struct presence *presence)
{
	int now = __atomic_add_fetch(&presence->now, 1, __ATOMIC_SEQ_CST);
	int most = __atomic_load_n(&presence->most, __ATOMIC_SEQ_CST);

	while (
	    most < now && !__atomic_compare_exchange_n(&presence->most, &most,
			      now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		continue;
	(void)__atomic_add_fetch(&presence->ever, 1, __ATOMIC_SEQ_CST);
	return now;
}

int presence_leave(struct presence *presence)
{
	return __atomic_sub_fetch(&presence->now, 1, __ATOMIC_SEQ_CST);
}
