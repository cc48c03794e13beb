/* SPDX-License-Identifier: MIT */
/* The mark in the state directory: see mark.h. */
#include "mark.h"

#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME     "token-mark"
#define NEW_NAME "token-mark.new"
#define RETRY_MS 1000

/* So many tokens are to be left at least. */
#define RESERVE (INT64_C(1) << 40)

/* A way out for whoever reads the log. */
#define WAY_OUT                                                                \
	"mend it; or take the file " NAME " away, and tokens go on from the "  \
	"clock: then what remembers higher ones will refuse them"

static bool complain(const struct log *log, const char *directory,
    const char *why, int error, const char *way_out)
{
	char path[LOG_QUOTED_BYTES], reason[LOG_QUOTED_BYTES];

	log_event(log, LOG_LEVEL_ERROR, "cannot_use_state",
	    "directory=%s why=\"%s\" reason=%s then=\"%s\"",
	    log_quote(path, directory), why,
	    log_quote(reason, error == 0 ? "" : strerror(error)), way_out);
	return false;
}

/* Its number, or 0: there is no such file; or -errno. */
static int64_t read_mark(int dir)
{
	char text[32], *end;
	int fd =
	    openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	intmax_t number;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
		? read(fd, text, sizeof(text) - 1)
		: -1;
	(void)close(fd);
	if (n <= 0 || text[0] < '1' || text[0] > '9')
		return -EBADMSG;
	text[n] = '\0';
	number = strtoimax(text, &end, 10);
	if (strcmp(end, "\n") != 0 || number > WIRE_MAX_INTEGER)
		return -EBADMSG; /* cut short, or not ours */
	return number;
}

static bool write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	return write(fd, text, len) == (ssize_t)len && fdatasync(fd) == 0;
}

/* 0, or -errno. The old file stays until the new one is whole. */
static int write_mark(int dir, int64_t number)
{
	char text[32];
	int fd = openat(dir, NEW_NAME,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = 0;

	if (fd < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%" PRId64 "\n", number);
	errno = ENOSPC; /* a short write says nothing */
	if (!write_all(fd, text))
		error = -errno;
	(void)close(fd);
	if (error == 0 &&
	    (renameat(dir, NEW_NAME, dir, NAME) != 0 || fsync(dir) != 0))
		error = -errno;
	return error;
}

static bool open_directory(
    struct mark *mark, const char *directory, const struct log *log)
{
	mark->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mark->dir < 0)
		return complain(log, directory, "cannot open it", errno,
		    "make it, for the user of the daemon alone");
	if (flock(mark->dir, LOCK_EX | LOCK_NB) != 0)
		return complain(log, directory, "another msyncd uses it", errno,
		    "give this one a directory of its own");
	return true;
}

bool mark_open(struct mark *mark, const char *directory, int64_t wall_us,
    const struct log *log, int64_t *first_out)
{
	int64_t highest;
	int error;

	*mark = (struct mark){.dir = -1};
	*first_out = wall_us;
	if (directory == NULL)
		return true;
	if (!open_directory(mark, directory, log))
		return false;
	highest = read_mark(mark->dir);
	if (highest == -EBADMSG)
		return complain(log, directory,
		    "there is no mark in the file " NAME, 0, WAY_OUT);
	if (highest < 0)
		return complain(log, directory,
		    "the file " NAME " cannot be read", (int)-highest, WAY_OUT);
	if (highest >= *first_out)
		*first_out = highest + 1;
	if (*first_out > WIRE_MAX_INTEGER - RESERVE)
		return complain(
		    log, directory, "the tokens are used up", 0, WAY_OUT);
	mark->highest = *first_out - 1 + MARK_AHEAD;
	error = write_mark(mark->dir, mark->highest);
	return error == 0 ||
	       complain(log, directory, "the file " NAME " cannot be written",
		   -error, "let the user of the daemon write there");
}

void mark_reach(
    struct mark *mark, int64_t token, mtime_t now, const struct log *log)
{
	int error;

	if (mark->dir < 0 || token <= mark->highest || now < mark->retry_at)
		return;
	error = write_mark(mark->dir, token + MARK_AHEAD);
	if (error == 0) {
		mark->highest = token + MARK_AHEAD;
		return;
	}
	mark->retry_at = now + RETRY_MS;
	log_event(log, LOG_LEVEL_ERROR, "cannot_write_mark",
	    "token=%" PRId64 " reason=\"%s\"", token, strerror(-error));
}

void mark_close(struct mark *mark)
{
	if (mark->dir >= 0)
		(void)close(mark->dir);
	mark->dir = -1;
}
