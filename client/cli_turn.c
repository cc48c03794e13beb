/* SPDX-License-Identifier: MIT */
/* Running a command under a hold: see cli_turn.h. */
#include "cli_turn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Watching ---------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *explain(const char *reason)
{
	if (strcmp(reason, "conn") == 0)
		return "the connection to msyncd broke";
	if (strcmp(reason, "lease") == 0)
		return "its lease ran out";
	return "it had ended before";
}

static void lose(struct turn *turn, const char *why)
{
	turn->lost_why = why;
	if (!turn->cli->is_quiet)
		cli_complain("%s %s: the hold was lost while %s ran: %s",
		    turn->kind, turn->key, turn->command[0], why);
}

/* The hold is gone before the command is. */
static void on_lost(void *ctx, struct msync_grant *grant, const char *reason)
{
	struct turn *turn = ctx;
	const struct turn_options *options = turn->options;

	(void)grant;
	lose(turn, explain(reason));
	if (options->on_lost == TURN_IGNORE)
		return;
	if (options->on_lost == TURN_KILL) {
		child_kill(&turn->child, SIGKILL);
		return;
	}
	child_kill(&turn->child, SIGTERM);
	/* One that is stopped takes its TERM when it goes on. */
	child_kill(&turn->child, SIGCONT);
	turn->kill_at = now_ms() + options->kill_after_ms;
}

/* How long poll(2) may wait: until the handle has something to do, or the
 * command's time is over. */
static int patience(const struct turn *turn)
{
	int handle = msync_timeout(turn->conn);
	int64_t left;

	if (turn->kill_at == 0)
		return handle;
	left = turn->kill_at - now_ms();
	left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
	return handle < 0 || left < handle ? (int)left : handle;
}

/* Until the command has ended. */
static void watch(struct turn *turn)
{
	while (!turn->child.has_ended) {
		struct pollfd fds[2] = {
		    {turn->child.signals, POLLIN, 0},
		    {msync_fd(turn->conn), (short)msync_events(turn->conn), 0},
		};

		(void)poll(fds, 2, patience(turn));
		child_on_signal(&turn->child);
		(void)msync_process(turn->conn);
		if (turn->kill_at != 0 && now_ms() >= turn->kill_at) {
			child_kill(&turn->child, SIGKILL);
			turn->kill_at = 0;
		}
	}
}

/* The parts --------------------------------------------------------- */

/* The program that has started us: a script that takes a detached hold is not
 * there any more as msync, but as itself. */
static void read_parent(char name[32])
{
	char path[32];
	FILE *stream;

	name[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)getppid());
	stream = fopen(path, "re");
	if (stream == NULL)
		return;
	if (fgets(name, 32, stream) != NULL)
		name[strcspn(name, "\n")] = '\0';
	(void)fclose(stream);
}

int turn_open(struct turn *turn)
{
	char parent[32];

	if (turn->command != NULL)
		return cli_open(turn->cli, cli_basename(turn->command[0]),
		    on_lost, turn, &turn->conn);
	read_parent(parent);
	return cli_open(turn->cli, parent[0] == '\0' ? NULL : parent, NULL,
	    NULL, &turn->conn);
}

int turn_run(struct turn *turn)
{
	struct child_plan plan = {
	    .argv = turn->command,
	    .env = {turn->kind, turn->key, msync_grant_token(turn->grant),
		turn->value},
	    .conn_fd = msync_fd(turn->conn),
	    .inherits = turn->options->inherits,
	};
	bool has_started;

	cli_remark(turn->cli, "%s %s: granted, token %lld%s", turn->kind,
	    turn->key, (long long)msync_grant_token(turn->grant),
	    msync_grant_is_abandoned(turn->grant)
		? "; the holder before vanished without releasing it"
		: "");
	if (!child_init(&turn->child))
		return EXIT_IS_SYSTEM;
	has_started = child_start(&turn->child, &plan);
	if (has_started)
		watch(turn);
	turn->has_heirs = child_has_heirs(&turn->child);
	child_deinit(&turn->child);
	return has_started ? turn->child.status : EXIT_IS_SYSTEM;
}

int turn_end(struct turn *turn, int status)
{
	int code = 0;

	/* What has inherited it is who lets go, by its end. */
	if (turn->has_heirs && turn->lost_why == NULL) {
		msync_close(turn->conn);
		(void)msync_release(turn->grant);
		return status;
	}
	code = msync_release(turn->grant);
	if (turn->lost_why == NULL &&
	    (code == MSYNC_E_CONN || code == MSYNC_E_LOST))
		lose(turn, explain(code == MSYNC_E_CONN ? "conn" : "other"));
	msync_close(turn->conn);
	/* That it was lost counts, whatever the command made of it. */
	if (turn->lost_why != NULL && turn->options->on_lost != TURN_IGNORE)
		return EXIT_IS_LOST;
	return status;
}

static bool is_unreachable(int code)
{
	return code == MSYNC_E_CONN || code == MSYNC_E_SILENT ||
	       code == MSYNC_E_SHUTTING_DOWN;
}

/* Whether -E has a say. */
static bool is_not_now(int code)
{
	return cli_exit_of(code) == EXIT_IS_BUSY || code == MSYNC_E_TIMEOUT;
}

static int refused(struct turn *turn, int code)
{
	char what[320];
	int status;

	(void)snprintf(what, sizeof(what), "%s %s", turn->kind, turn->key);
	if (turn->options->fails_open && is_unreachable(code) &&
	    turn->command != NULL) {
		const struct child_env env = {turn->kind, turn->key, 0, NULL};

		if (!turn->cli->is_quiet)
			cli_complain("%s: running %s without msyncd: %s", what,
			    turn->command[0], msync_errmsg(turn->conn));
		msync_close(turn->conn);
		return child_replace(turn->command, &env);
	}
	status = cli_refused(turn->cli, turn->conn, what, code);
	if (turn->options->busy_status > 0 && is_not_now(code))
		status = turn->options->busy_status;
	(void)msync_release(turn->grant);
	msync_close(turn->conn);
	return status;
}

int turn_leave(struct turn *turn)
{
	/* So that a reader that has gone is told by fflush(3). */
	(void)signal(SIGPIPE, SIG_IGN);
	if (fflush(stdout) == 0) {
		/* The hold is not the connection's: this forgets it only. */
		msync_close(turn->conn);
		(void)msync_release(turn->grant);
		return EXIT_SUCCESS;
	}
	cli_complain("%s %s: let go again: cannot write its token: %s",
	    turn->kind, turn->key, strerror(errno));
	(void)msync_release(turn->grant);
	msync_close(turn->conn);
	return EXIT_IS_SYSTEM;
}

/* Without a command: prints the token of a hold that belongs to no
 * connection. */
static int print_token(struct turn *turn)
{
	long long token = (long long)msync_grant_token(turn->grant);

	if (turn->cli->is_json)
		(void)printf("{\"token\":%lld,\"abandoned\":%s}\n", token,
		    msync_grant_is_abandoned(turn->grant) ? "true" : "false");
	else
		(void)printf("%lld\n", token);
	return turn_leave(turn);
}

int turn_check(const struct turn *turn, int code)
{
	return code == 0 && msync_fd(turn->conn) < 0 ? MSYNC_E_CONN : code;
}

int turn_finish(struct turn *turn, int code)
{
	if (turn->command != NULL)
		code = turn_check(turn, code);
	if (code != 0)
		return refused(turn, code);
	if (turn->command == NULL)
		return print_token(turn);
	return turn_end(turn, turn_run(turn));
}
