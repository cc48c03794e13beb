/* SPDX-License-Identifier: MIT */
/* The processes of this machine: see cli_procs.h. */
#include "cli_procs.h"

#include "cli.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Nobody has so many ancestors; parents read one after the other might make a
 * circle. */
#define MAX_ANCESTORS 1000

/* "pid (name) state ppid ...", where the name may have anything in it. */
static bool parse(char *line, struct proc *proc)
{
	char *begin = strchr(line, '('), *end = strrchr(line, ')');

	if (begin == NULL || end == NULL || strlen(end) < 5)
		return false;
	*end = '\0';
	(void)snprintf(proc->name, sizeof(proc->name), "%s", begin + 1);
	proc->state = end[2];
	proc->parent = (int)strtol(end + 3, NULL, 10);
	return true;
}

static bool read_proc(int pid, struct proc *proc)
{
	char path[32], line[512];
	bool is_good;
	FILE *stream;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stream = fopen(path, "re");
	if (stream == NULL)
		return false;
	proc->pid = pid;
	is_good =
	    fgets(line, sizeof(line), stream) != NULL && parse(line, proc);
	(void)fclose(stream);
	return is_good;
}

static bool add(struct procs *procs, const struct proc *proc)
{
	if (procs->n == procs->cap) {
		size_t more = 2 * procs->cap + 256;
		struct proc *bigger =
		    realloc(procs->items, more * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		procs->items = bigger;
		procs->cap = more;
	}
	procs->items[procs->n++] = *proc;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct proc *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

void procs_init(struct procs *procs)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	*procs = (struct procs){0};
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		int pid = (int)cli_number(entry->d_name, 1, INT_MAX);
		struct proc proc;

		if (pid > 0 && read_proc(pid, &proc) && !add(procs, &proc))
			break;
	}
	(void)closedir(folder);
	if (procs->n > 0)
		qsort(procs->items, procs->n, sizeof(*procs->items), compare);
}

void procs_deinit(struct procs *procs)
{
	free(procs->items);
}

const struct proc *procs_find(const struct procs *procs, int pid)
{
	const struct proc wanted = {.pid = pid};

	if (procs->n == 0)
		return NULL;
	return bsearch(
	    &wanted, procs->items, procs->n, sizeof(*procs->items), compare);
}

const struct proc *procs_child(const struct procs *procs, int pid)
{
	for (size_t i = 0; i < procs->n; i++) {
		if (procs->items[i].parent == pid)
			return &procs->items[i];
	}
	return NULL;
}

bool procs_descends(const struct procs *procs, int pid, int from)
{
	for (int step = 0; step < MAX_ANCESTORS; step++) {
		const struct proc *proc = procs_find(procs, pid);

		if (proc == NULL || proc->parent <= 0)
			return false;
		if (proc->parent == from)
			return true;
		pid = proc->parent;
	}
	return false;
}
