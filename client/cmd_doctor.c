/* SPDX-License-Identifier: MIT */
/* msync doctor: whether this user can use the daemon, and if not, what to do.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was found so far. */
struct examination {
	const struct cli *cli;
	const char *path;
	json_t *findings; /* for --json */
	int status;
};

/* Notes a finding and, where it is bad, what mends it. */
static void find(struct examination *e, bool is_good, const char *mend,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void find(
    struct examination *e, bool is_good, const char *mend, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (e->cli->is_json) {
		(void)json_array_append_new(
		    e->findings, json_pack("{s:b, s:s, s:s*}", "ok", is_good,
				     "finding", text, "mend", mend));
		return;
	}
	(void)printf("%s%s%s %s\n",
	    cli_colour(stdout, is_good ? CLI_GREEN : CLI_RED),
	    is_good ? "ok  " : "BAD ", cli_colour(stdout, CLI_PLAIN), text);
	if (mend != NULL)
		(void)printf("     mend: %s\n", mend);
}

static void find_no_socket(struct examination *e)
{
	char own[CLI_PATH_BYTES], mend[2 * CLI_PATH_BYTES];

	if (access("/run/systemd/system", F_OK) == 0)
		(void)snprintf(mend, sizeof(mend),
		    "sudo systemctl enable --now msyncd.socket");
	else
		(void)snprintf(mend, sizeof(mend), "msyncd -s %s", e->path);
	find(e, false, mend, "%s: there is no such socket", e->path);
	if (cli_own_socket(e->path, own)) {
		(void)snprintf(
		    mend, sizeof(mend), "export MSYNC_SOCKET=%s", own);
		find(e, false, mend, "there is one of your own: %s", own);
	}
	e->status = EXIT_IS_UNREACHABLE;
}

static void find_no_permission(struct examination *e, const struct stat *socket)
{
	const struct passwd *user = getpwuid(geteuid());
	char mend[4 * CLI_PATH_BYTES];

	cli_mend_denied(e->path, "", mend, sizeof(mend));
	find(e, false, mend[0] == '\0' ? NULL : mend,
	    "%s: user %s may not write to it (mode %03o)", e->path,
	    user == NULL ? "?" : user->pw_name,
	    (unsigned)socket->st_mode & 0777);
	e->status = EXIT_IS_DENIED;
}

/* The socket in the file system; false where there is no going on. */
static bool look_at_socket(struct examination *e)
{
	struct stat status;

	if (stat(e->path, &status) != 0) {
		if (errno != EACCES) {
			find_no_socket(e);
			return false;
		}
		find(e, false, "make its folders passable (chmod o+x)",
		    "%s: a folder on the way may not be entered", e->path);
		e->status = EXIT_IS_DENIED;
		return false;
	}
	if (!S_ISSOCK(status.st_mode)) {
		find(e, false, "another path: -s or $MSYNC_SOCKET",
		    "%s: is no socket", e->path);
		e->status = EXIT_IS_CONFIG;
		return false;
	}
	if (access(e->path, W_OK) != 0) {
		find_no_permission(e, &status);
		return false;
	}
	find(e, true, NULL, "%s: there is a socket, and it may be used",
	    e->path);
	return true;
}

/* Answering -------------------------------------------------------- */

static void look_at_answer(struct examination *e, const json_t *answer)
{
	const json_t *limits = json_object_get(answer, "limits");
	const char *version =
	    json_string_value(json_object_get(answer, "version"));

	if (version != NULL && strcmp(version, PACKAGE_VERSION) == 0)
		find(e, true, NULL, "msyncd %s answers", version);
	else
		find(e, true,
		    "restart msyncd after an upgrade when no hold matters",
		    "msyncd %s answers; this is msync " PACKAGE_VERSION,
		    version == NULL ? "of no version" : version);
	find(e, true, NULL,
	    "a user may have %lld connections, %lld waits and %lld keys",
	    (long long)json_integer_value(
		json_object_get(limits, "connections")),
	    (long long)json_integer_value(json_object_get(limits, "waits")),
	    (long long)json_integer_value(json_object_get(limits, "keys")));
}

static const char *mend_of(int code)
{
	switch (code) {
	case MSYNC_E_CONN:
		return access("/run/systemd/system", F_OK) == 0
			   ? "sudo systemctl restart msyncd.socket msyncd"
			   : "start msyncd; it replaces a socket left behind";
	case MSYNC_E_SILENT:
		return "is it stopped? kill -CONT its process";
	case MSYNC_E_QUOTA:
		return "close connections of this user";
	default:
		return NULL;
	}
}

static void look_at_daemon(struct examination *e)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	int code = cli_open(e->cli, "doctor", NULL, NULL, &conn);

	if (code == 0)
		code = msync_ask(conn, "hello", NULL, 0, &result);
	if (code != 0) {
		find(e, false, mend_of(code), "%s", msync_errmsg(conn));
		e->status = cli_exit_of(code);
	} else {
		json_t *answer =
		    json_loads(msync_result_value(result, NULL), 0, NULL);

		look_at_answer(e, answer);
		json_decref(answer);
	}
	msync_result_free(result);
	msync_close(conn);
}

/* Those of this user; what the daemon may open, it says in its log. */
static void look_at_descriptors(struct examination *e)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (most >= 0 && most < 64)
		find(e, false, "ulimit -n 1024",
		    "this shell lets a program open %ld files only", most);
	else
		find(e, true, NULL, "a program may open %ld files", most);
}

static int run(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{NULL, 0, NULL, 0}};
	struct examination e = {.cli = cli, .path = cli_socket_path(cli)};

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return cli_misused(&cmd_doctor, NULL);
	if (optind != argc)
		return cli_misused(&cmd_doctor, "too many words");
	e.findings = json_array();
	if (look_at_socket(&e))
		look_at_daemon(&e);
	look_at_descriptors(&e);
	if (cli->is_json) {
		(void)json_dumpf(e.findings, stdout, JSON_COMPACT);
		(void)putchar('\n');
	}
	json_decref(e.findings);
	return e.status;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "see whether all is well, and what to do if not",
    .usage = "doctor",
    .help =
	"Looks at the socket, who may use it, and whether msyncd answers; says\n"
	"with each finding which command mends it. Status 0: all is well.\n",
    .run = run,
};
