/* SPDX-License-Identifier: MIT */
/*
 * The files of a configuration. libconfuse ends the process when it cannot
 * read, from a folder for example; so only regular files are opened, and they
 * are read before it comes into play.
 */
#include "conf_parts.h"
#include "xalloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (1024 * 1024)
#define FOLDER    "conf.d"
#define SUFFIX    ".conf"

static char *complain(
    char error[CONF_ERROR_BYTES], const char *path, const char *why)
{
	(void)snprintf(error, CONF_ERROR_BYTES, "%s: %s", path, why);
	return NULL;
}

/* Reads up to MAX_BYTES, and one more where there is more. */
static ssize_t read_all(int fd, char *text)
{
	size_t len = 0;

	while (len <= MAX_BYTES) {
		ssize_t n = read(fd, text + len, MAX_BYTES + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static char *read_text(int fd, const char *path, char error[CONF_ERROR_BYTES])
{
	char *text = xmalloc(MAX_BYTES + 2);
	ssize_t len = read_all(fd, text);

	if (len < 0) {
		complain(error, path, strerror((int)-len));
	} else if (len > MAX_BYTES) {
		complain(error, path, "it is larger than 1 MiB");
	} else {
		text[len] = '\0';
		if (strlen(text) == (size_t)len)
			return xrealloc(text, (size_t)len + 1);
		complain(error, path, "it has a NUL character; is it a text?");
	}
	free(text);
	return NULL;
}

char *conf_file_text(const char *path, char error[CONF_ERROR_BYTES])
{
	/* Of a pipe without a writer, opening would not return. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;

	error[0] = '\0';
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		return complain(error, path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		complain(error, path, "it is not a regular file");
	else
		text = read_text(fd, path, error);
	(void)close(fd);
	return text;
}

/* Drop-ins --------------------------------------------------------- */

static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(SUFFIX) &&
	       strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* "DIR/NAME", to be freed. */
static char *join(const char *dir, size_t dir_len, const char *name)
{
	size_t size = dir_len + 1 + strlen(name) + 1;
	char *path = xmalloc(size);

	(void)snprintf(path, size, "%.*s/%s", (int)dir_len, dir, name);
	return path;
}

char **conf_file_drop_ins(const char *path, char error[CONF_ERROR_BYTES])
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL
			   ? join(".", 1, FOLDER)
			   : join(path, (size_t)(slash - path), FOLDER);
	struct dirent **entries;
	int n = scandir(folder, &entries, is_drop_in, by_name);
	char **paths;

	error[0] = '\0';
	if (n < 0 && errno != ENOENT) {
		complain(error, folder, strerror(errno));
		free(folder);
		return NULL;
	}
	if (n < 0) {
		n = 0;
		entries = NULL;
	}
	paths = xcalloc((size_t)n + 1, sizeof(*paths));
	for (int i = 0; i < n; i++) {
		paths[i] = join(folder, strlen(folder), entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(folder);
	return paths;
}
