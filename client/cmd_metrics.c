/* SPDX-License-Identifier: MIT */
/*
 * msync metrics: what the daemon has counted, for Prometheus. A file for the
 * textfile collector of node_exporter is replaced as a whole or left as it is:
 * the collector never sees half of it.
 */
#include "cmd.h"

#include "openmetrics.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files ------------------------------------------------------------ */

static int complain_of(const char *path, const char *why)
{
	cli_complain("metrics: %s: %s", path, why);
	return EXIT_IS_SYSTEM;
}

/* A device or a pipe would be gone after a rename. */
static bool may_be_replaced(const char *path)
{
	struct stat status;

	return lstat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static bool write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* Fills the new file; false and errno where it is not all on the disk. */
static bool fill(int fd, const char *text)
{
	bool is_good =
	    write_all(fd, text) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	int error = errno;

	if (close(fd) != 0 && is_good)
		return false;
	errno = error;
	return is_good;
}

/* The collector takes names that end in .prom, which the new one does not
 * until it is whole. */
static int replace_file(const char *path, const char *text)
{
	size_t size = strlen(path) + sizeof(".XXXXXX");
	char *fresh = malloc(size);
	int fd, status = EXIT_SUCCESS;

	if (fresh == NULL)
		return complain_of(path, strerror(errno));
	(void)snprintf(fresh, size, "%s.XXXXXX", path);
	if (!may_be_replaced(path)) {
		status =
		    complain_of(path, "there is something that is no file");
	} else if ((fd = mkstemp(fresh)) < 0) {
		status = complain_of(path, strerror(errno));
	} else if (!fill(fd, text) || rename(fresh, path) != 0) {
		status = complain_of(path, strerror(errno));
		(void)unlink(fresh);
	}
	free(fresh);
	return status;
}

/* The command ------------------------------------------------------ */

static int show(const char *document, const char *path)
{
	json_t *stats = json_loads(document, 0, NULL);
	int status = EXIT_SUCCESS;
	char *text;

	/* A page of nothing would look as if all were well. */
	if (!json_is_object(json_object_get(stats, "kinds"))) {
		cli_complain("metrics: the daemon's answer has no counts");
		json_decref(stats);
		return EXIT_IS_PROTOCOL;
	}
	text = openmetrics_render(
	    stats, path == NULL ? OPENMETRICS_1_0 : OPENMETRICS_PLAIN);
	json_decref(stats);
	if (text == NULL)
		return cli_exit_of(MSYNC_E_NOMEM);
	if (path == NULL)
		(void)fputs(text, stdout);
	else
		status = replace_file(path, text);
	free(text);
	return status;
}

/* 0, or the exit status of a wrong command line. */
static int take_words(int argc, char **argv, const char **path)
{
	static const struct option options[] = {
	    {"textfile", required_argument, NULL, 't'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter != 't')
			return cli_misused(&cmd_metrics, NULL);
		*path = optarg;
	}
	if (optind != argc)
		return cli_misused(&cmd_metrics, "too many words");
	if (*path != NULL && (*path)[0] == '\0')
		return cli_misused(&cmd_metrics, "--textfile: no file");
	return 0;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	const char *path = NULL;
	int status = take_words(argc, argv, &path), code;

	if (status != 0)
		return status;
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code == 0)
		code = msync_ask(conn, "stats", NULL, 0, &result);
	status = code == 0 ? show(msync_result_value(result, NULL), path)
			   : cli_refused(cli, conn, "metrics", code);
	msync_result_free(result);
	msync_close(conn);
	return status;
}

const struct command cmd_metrics = {
    .name = "metrics",
    .summary = "the counts of the daemon for Prometheus",
    .usage = "metrics [--textfile FILE]",
    .help =
	"Prints what the daemon has counted as OpenMetrics; msyncd-metrics(7)\n"
	"lists it.\n"
	"\n"
	"  --textfile FILE  into FILE instead, at once as a whole, as the\n"
	"                   textfile collector of node_exporter wants it; when\n"
	"                   that fails, FILE stays as it was\n",
    .run = run,
};
