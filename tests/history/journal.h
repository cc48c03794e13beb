/* SPDX-License-Identifier: MIT */
/*
 * A journal: records in a file that is mapped into memory, so that they cost
 * no system call and are all there when the client has been killed.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "record.h"

struct journal {
	int fd;
	int64_t n;            /* records written */
	struct record *piece; /* the mapped piece of the file */
};

int64_t clock_ns(void);

void journal_open(struct journal *journal, const char *dir, const char *name);
/* Puts the time and the record down; what is in at does not matter. Returns
 * the time. */
int64_t journal_add(struct journal *journal, const struct record *record);
/* The same for an event that has nothing but a number. */
int64_t journal_note(struct journal *journal, enum event event, uint32_t id);
void journal_close(struct journal *journal);

#endif
