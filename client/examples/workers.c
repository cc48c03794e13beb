/* SPDX-License-Identifier: MIT */
/*
 * A worker pool under a Limit: PROCESSES workers do a list of jobs, but never
 * more than CAPACITY of them run at a time on the whole machine, also where
 * this program is started twice. A worker that is killed gives its permit back
 * in that moment, so it takes the job along.
 *
 *	cc -o workers workers.c $(pkg-config --cflags --libs libmsync)
 *	./workers PROCESSES CAPACITY COMMAND JOB...
 *
 * COMMAND runs once for each JOB, which is its argument. The exit status is 0
 * where every job was done under its permit and ended with 0.
 */
#include <err.h>
#include <msync.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the workers share. */
struct list {
	atomic_int n_taken; /* jobs, from the first one on */
	atomic_int n_good;
	int n_jobs, capacity;
	char *command, **jobs;
};

/* The callback of the limit: 0, or the status with which the command failed.
 * The fork leaves the child without the connection, as it should. */
static int run_job(void *ctx)
{
	char **argv = ctx;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int do_job(struct msync_conn *conn, const struct list *list, char *job)
{
	char *argv[] = {list->command, job, NULL};
	int code = msync_limit_do(conn, "workers", list->capacity,
	    MSYNC_FOREVER, NULL, run_job, argv);

	if (code > 0)
		warnx("%s: failed with status %d", job, code);
	else if (code == MSYNC_E_LOST)
		warnx("%s: ran, but its permit was lost meanwhile", job);
	else if (code < 0)
		warnx("%s: not done: %s", job, msync_errmsg(conn));
	return code;
}

/* Takes one job after the other until there is none left. */
static void work(struct list *list)
{
	struct msync_conn *conn;
	int code = msync_open(&conn, NULL);

	if (code != 0)
		warnx("%s", msync_errmsg(conn));
	/* Where msyncd is away, the next job could not be done either. */
	while (code >= 0 || code == MSYNC_E_LOST) {
		int i = atomic_fetch_add(&list->n_taken, 1);

		if (i >= list->n_jobs)
			break;
		code = do_job(conn, list, list->jobs[i]);
		if (code == 0)
			atomic_fetch_add(&list->n_good, 1);
	}
	msync_close(conn);
}

int main(int argc, char *argv[])
{
	struct list *list = mmap(NULL, sizeof(*list), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (argc < 5)
		errx(64, "usage: workers PROCESSES CAPACITY COMMAND JOB...");
	if (list == MAP_FAILED)
		err(1, "mmap");
	list->capacity = atoi(argv[2]);
	list->command = argv[3];
	list->jobs = argv + 4;
	list->n_jobs = argc - 4;
	for (int n = atoi(argv[1]); n > 0; n--) {
		pid_t pid = fork();

		if (pid < 0)
			warn("fork");
		if (pid == 0) {
			work(list);
			return 0;
		}
	}
	while (wait(NULL) > 0)
		;
	warnx("%d of %d jobs done", list->n_good, list->n_jobs);
	return list->n_good == list->n_jobs ? 0 : 1;
}
