/* SPDX-License-Identifier: MIT */
/*
 * All handles of the process. The child of a fork(2) gets copies of their
 * descriptors, and as long as one of them is open, the daemon cannot see that
 * the parent died. So they are closed in the child before fork returns there:
 * only closed, for a shutdown(2) or a farewell would end the parent's. All that
 * opens and closes them holds the mutex, so that a fork in another thread does
 * not come between.
 */
#include "handle.h"
#include "sock.h"

#include <pthread.h>

static struct list family = {&family, &family};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int registered; /* 0: with pthread_atfork */

static void before_fork(void)
{
	(void)pthread_mutex_lock(&mutex);
}

static void in_parent(void)
{
	(void)pthread_mutex_unlock(&mutex);
}

static void in_child(void)
{
	for (struct list *at = family.next; at != &family; at = at->next) {
		struct msync_conn *conn =
		    LIST_OWNER(at, struct msync_conn, family);

		sock_close(conn->fd);
		conn->fd = -1;
		conn->is_forked = true;
	}
	(void)pthread_mutex_unlock(&mutex);
}

static void register_handlers(void)
{
	registered = pthread_atfork(before_fork, in_parent, in_child);
}

int family_open(struct msync_conn *conn)
{
	int fd;

	(void)pthread_mutex_lock(&mutex);
	fd = sock_new();
	conn->fd = fd < 0 ? -1 : fd;
	(void)pthread_mutex_unlock(&mutex);
	return fd < 0 ? fd : 0;
}

void family_close(struct msync_conn *conn)
{
	(void)pthread_mutex_lock(&mutex);
	sock_close(conn->fd);
	conn->fd = -1;
	(void)pthread_mutex_unlock(&mutex);
}

int family_add(struct msync_conn *conn)
{
	(void)pthread_once(&once, register_handlers);
	if (registered != 0)
		return MSYNC_E_NOMEM;
	(void)pthread_mutex_lock(&mutex);
	list_append(&family, &conn->family);
	(void)pthread_mutex_unlock(&mutex);
	return 0;
}

void family_remove(struct msync_conn *conn)
{
	(void)pthread_mutex_lock(&mutex);
	list_remove(&conn->family);
	(void)pthread_mutex_unlock(&mutex);
}
