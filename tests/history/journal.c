/* SPDX-License-Identifier: MIT */
/* The writer's end of a journal: see journal.h. */
#define _GNU_SOURCE 1
#include "journal.h"

#include "fail.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES (JOURNAL_STEP * sizeof(struct record))

_Static_assert(PIECE_BYTES % 4096 == 0, "a piece must fill whole pages");

int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void map_next_piece(struct journal *journal)
{
	off_t at = journal->n / JOURNAL_STEP * (off_t)PIECE_BYTES;

	if (journal->piece != NULL)
		munmap(journal->piece, PIECE_BYTES);
	/* Real blocks, or a full disk would be a SIGBUS. */
	if (posix_fallocate(journal->fd, at, PIECE_BYTES) != 0)
		fail("no room for a journal");
	journal->piece = mmap(NULL, PIECE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_SHARED, journal->fd, at);
	if (journal->piece == MAP_FAILED)
		fail("cannot map a journal");
}

void journal_open(struct journal *journal, const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	memset(journal, 0, sizeof(*journal));
	journal->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (journal->fd < 0)
		fail("cannot make %s", path);
}

int64_t journal_add(struct journal *journal, const struct record *record)
{
	struct record *entry;

	if (journal->n % JOURNAL_STEP == 0)
		map_next_piece(journal);
	entry = &journal->piece[journal->n % JOURNAL_STEP];
	*entry = *record;
	entry->event = EVENT_NONE;
	entry->at = clock_ns();
	/* The event last: who is killed in the middle has written nothing. */
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint8_t *)&entry->event = record->event;
	journal->n++;
	return entry->at;
}

int64_t journal_note(struct journal *journal, enum event event, uint32_t id)
{
	struct record record = {.event = event, .id = id};

	return journal_add(journal, &record);
}

void journal_close(struct journal *journal)
{
	if (journal->piece != NULL)
		munmap(journal->piece, PIECE_BYTES);
	close(journal->fd);
	journal->piece = NULL;
}
