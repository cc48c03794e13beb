/* SPDX-License-Identifier: MIT */
/* The processes of this machine, as far as /proc shows them: who is whose
 * child. A picture, taken at one moment. */
#ifndef CLI_PROCS_H
#define CLI_PROCS_H

#include <stdbool.h>
#include <stddef.h>

#define PROC_NAME_BYTES 64

struct proc {
	int pid, parent;
	char state;                 /* as in proc(5): 'T' is stopped */
	char name[PROC_NAME_BYTES]; /* of its program */
};

struct procs {
	struct proc *items; /* owned, by rising pid */
	size_t n, cap;
};

/* What cannot be read is left out. */
void procs_init(struct procs *procs);
void procs_deinit(struct procs *procs);
/* NULL where it is not there. */
const struct proc *procs_find(const struct procs *procs, int pid);
/* Its first child, or NULL. */
const struct proc *procs_child(const struct procs *procs, int pid);
/* Whether pid is a child of the other one, or of its children, and so on. */
bool procs_descends(const struct procs *procs, int pid, int from);

#endif
