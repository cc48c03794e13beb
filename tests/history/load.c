/* SPDX-License-Identifier: MIT */
/* Reads journals, and finds for each request its answer: see judge.h. */
#define _GNU_SOURCE 1
#include "fail.h"
#include "judge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *grow(void *array, size_t n, size_t size)
{
	/* At each power of two. */
	if (n == 0 || (n & (n - 1)) == 0) {
		array = realloc(array, (n == 0 ? 1 : 2 * n) * size);
		if (array == NULL)
			fail("no memory");
	}
	return array;
}

/* Files ------------------------------------------------------------ */

static void map(struct view *view, const char *dir, const char *name)
{
	char path[8192];
	struct stat st;
	void *bytes;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) != 0)
		fail("cannot read %s", path);
	view->killed_at = NEVER;
	view->dead_at = NEVER;
	view->n_records = st.st_size / (off_t)sizeof(struct record);
	bytes = st.st_size == 0 ? NULL
				: mmap(NULL, (size_t)st.st_size, PROT_READ,
				      MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		fail("cannot map %s", path);
	view->records = bytes;
	for (int64_t i = 0; i < view->n_records; i++) {
		const struct record *r = &view->records[i];

		if (r->event == EVENT_NONE)
			view->n_records = i;
		else if (r->event == EVENT_SENT)
			view->n_requests++;
		else if (r->event == EVENT_BYE)
			view->said_bye = true;
	}
}

static int is_journal(const struct dirent *entry)
{
	return strncmp(entry->d_name, "client-", 7) == 0 ||
	       strcmp(entry->d_name, "parent") == 0;
}

/* In the order of their numbers, the parent last. */
static void map_all(struct history *history, const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_journal, alphasort);

	errno = 0;
	if (n <= 0 || strcmp(names[n - 1]->d_name, "parent") != 0)
		fail("%s is not the folder of a history", dir);
	history->n_views = n;
	history->views = calloc((size_t)n, sizeof(*history->views));
	for (int i = 0; i < n; i++) {
		struct view *view = &history->views[i];

		map(view, dir, names[i]->d_name);
		if (i < n - 1)
			view->number =
			    (uint32_t)strtoul(names[i]->d_name + 7, NULL, 10);
		history->n_requests += view->n_requests;
		free(names[i]);
	}
	free(names);
}

/* What the parent did to its clients. */
static struct view *find_view(struct history *history, uint32_t number)
{
	/* Who was killed early has no journal. */
	for (int i = 0; i < history->n_views; i++) {
		if (number != 0 && history->views[i].number == number)
			return &history->views[i];
	}
	return NULL;
}

static void read_deeds(struct history *history)
{
	const struct view *parent = &history->views[history->n_views - 1];

	history->stuck_at = NEVER;
	for (int64_t i = 0; i < parent->n_records; i++) {
		const struct record *r = &parent->records[i];
		struct view *view = find_view(history, r->id);

		if (r->event == EVENT_STOP)
			history->n_stops++;
		if (r->event == EVENT_STUCK && history->stuck_at == NEVER)
			history->stuck_at = r->at;
		if (r->event == EVENT_QUIET) {
			history->quiet_at = grow(history->quiet_at,
			    history->n_quiet, sizeof(*history->quiet_at));
			history->quiet_at[history->n_quiet++] = r->at;
		}
		if (r->event == EVENT_DEAD && view != NULL)
			view->dead_at = r->at;
		/* Those who are killed at the bitter end had their chance. */
		if (r->event != EVENT_KILL || view == NULL ||
		    history->stuck_at != NEVER)
			continue;
		view->killed_at = r->at;
		history->n_kills++;
	}
}

/* Requests --------------------------------------------------------- */

static struct request *find_request(const struct view *view, uint32_t id)
{
	struct request *request;

	if (id == 0 || id > view->n_requests)
		return NULL;
	request = &view->requests[id - 1];
	return request->sent == NULL ? NULL : request;
}

static struct conn *new_conn(const struct view *view)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		fail("no memory");
	conn->ends = view->killed_at;
	conn->closed = view->dead_at;
	conn->ended = view->killed_at != NEVER;
	return conn;
}

static void take_sent(
    struct view *view, struct conn *conn, const struct record *r)
{
	struct request *request, *target;

	if (r->id == 0 || r->id > view->n_requests)
		fail("client %u: no such id as %u", view->number, r->id);
	request = &view->requests[r->id - 1];
	*request = (struct request){
	    .view = view, .conn = conn, .sent = r, .arrived = NEVER};
	if (r->op == OP_HELLO) {
		conn->multiplexed = (r->flags & FLAG_MULTI) != 0;
		conn->alone = (r->flags & FLAG_ALONE) != 0;
	}
	target = r->op == OP_CANCEL ? find_request(view, r->about) : NULL;
	if (target != NULL)
		target->cancel = r;
}

static void arrive(struct request *request, int64_t at)
{
	if (request != NULL && at < request->arrived)
		request->arrived = at;
}

static void take_got(struct view *view, const struct record *r)
{
	struct request *request = find_request(view, r->id);

	if (request == NULL || r->op == OP_NONE) {
		accuse_record(view, r, "an answer to nothing");
		return;
	}
	if (request->got != NULL) {
		accuse(request, NULL, "a request is answered twice");
		return;
	}
	request->got = r;
	arrive(request, r->at);
	if (r->op == OP_PING || r->op == OP_CANCEL)
		arrive(find_request(view, request->sent->about), r->at);
}

static void take_destroyed(
    struct history *history, const struct view *view, const struct record *r)
{
	history->destroyed = grow(history->destroyed, history->n_destroyed,
	    sizeof(*history->destroyed));
	history->destroyed[history->n_destroyed++] =
	    (struct destroyed){find_request(view, r->id), r};
}

static void read_journal(struct history *history, struct view *view)
{
	struct conn *conn = new_conn(view);

	for (int64_t i = 0; i < view->n_records; i++) {
		const struct record *r = &view->records[i];

		if (r->event == EVENT_SENT)
			take_sent(view, conn, r);
		else if (r->event == EVENT_GOT)
			take_got(view, r);
		else if (r->event == EVENT_DESTROY)
			take_destroyed(history, view, r);
		else if (r->event == EVENT_CUT)
			accuse_record(
			    view, r, "the daemon has closed a connection");
		else if (r->event == EVENT_GARBLED)
			accuse_record(view, r, "a line is no answer");
		if (r->event != EVENT_HANGUP)
			continue;
		if (r->at < conn->ends)
			conn->ends = r->at;
		/* By the time at which anything else was done. */
		if (i + 1 < view->n_records)
			conn->closed = r[1].at;
		conn->ended = true;
		conn = new_conn(view);
	}
}

void history_load(struct history *history, const char *dir)
{
	size_t n = 0;

	map_all(history, dir);
	tell_since(history->views[history->n_views - 1].records[0].at);
	read_deeds(history);
	history->requests =
	    calloc(history->n_requests + 1, sizeof(*history->requests));
	if (history->requests == NULL)
		fail("no memory");
	for (int i = 0; i < history->n_views; i++) {
		struct view *view = &history->views[i];

		view->requests = history->requests + n;
		n += view->n_requests;
		read_journal(history, view);
	}
}
