/* SPDX-License-Identifier: MIT */
/* A connection that never waits: see top_feed.h. */
#include "top_feed.h"

#include "top_alloc.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* No line of msyncd is longer than the longest request that can be allowed. */
#define MAX_LINE_BYTES ((size_t)64 * 1024 * 1024)
#define ROOM_BYTES     65536
/* Others have their turn: a step reads no more. */
#define STEP_BYTES ((size_t)4 * 1024 * 1024)

void top_feed_init(struct top_feed *feed, const char *path)
{
	*feed = (struct top_feed){.path = path, .fd = -1};
}

void top_feed_close(struct top_feed *feed, const char *error)
{
	if (feed->fd >= 0)
		(void)close(feed->fd);
	feed->fd = -1;
	feed->error = error;
	feed->n_out = feed->begin = feed->n_in = 0;
}

void top_feed_deinit(struct top_feed *feed)
{
	top_feed_close(feed, NULL);
	free(feed->out);
	free(feed->in);
	feed->out = feed->in = NULL;
}

bool top_feed_open(struct top_feed *feed)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(feed->path);

	top_feed_close(feed, NULL);
	if (len >= sizeof(address.sun_path)) {
		feed->error = strerror(ENAMETOOLONG);
		return false;
	}
	memcpy(address.sun_path, feed->path, len);
	feed->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* On such a socket it works at once, or not at all. */
	if (feed->fd < 0 || connect(feed->fd, (struct sockaddr *)&address,
				sizeof(address)) != 0) {
		top_feed_close(feed, strerror(errno));
		return false;
	}
	return true;
}

short top_feed_events(const struct top_feed *feed)
{
	return (short)(POLLIN | (feed->n_out > 0 ? POLLOUT : 0));
}

void top_feed_ask(struct top_feed *feed, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len;

	json_decref(request);
	/* Only what is no UTF-8 is no text; no key is. */
	if (text == NULL)
		return;
	len = strlen(text);
	if (feed->cap_out - feed->n_out < len + 1) {
		feed->cap_out = 2 * feed->cap_out + len + 1;
		feed->out = top_realloc(feed->out, feed->cap_out);
	}
	memcpy(feed->out + feed->n_out, text, len);
	feed->n_out += len;
	feed->out[feed->n_out++] = '\n';
	free(text);
}

/* false: the connection is gone. */
static bool send_some(struct top_feed *feed)
{
	ssize_t n;

	while (feed->n_out > 0) {
		n = send(feed->fd, feed->out, feed->n_out, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		feed->n_out -= (size_t)n;
		memmove(feed->out, feed->out + n, feed->n_out);
	}
	return true;
}

/* Moves what is left to the front, and makes room behind it. */
static void make_room(struct top_feed *feed)
{
	if (feed->begin > 0) {
		memmove(
		    feed->in, feed->in + feed->begin, feed->n_in - feed->begin);
		feed->n_in -= feed->begin;
		feed->begin = 0;
	}
	if (feed->cap_in - feed->n_in < ROOM_BYTES) {
		feed->cap_in = 2 * feed->cap_in + ROOM_BYTES;
		feed->in = top_realloc(feed->in, feed->cap_in);
	}
}

static bool receive_some(struct top_feed *feed)
{
	size_t sum = 0;
	ssize_t n;

	do {
		make_room(feed);
		if (feed->n_in > MAX_LINE_BYTES) {
			errno = EPROTO;
			return false;
		}
		n = recv(feed->fd, feed->in + feed->n_in,
		    feed->cap_in - feed->n_in, 0);
		if (n == 0) {
			errno = ECONNRESET;
			return false;
		}
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		feed->n_in += (size_t)n;
		sum += (size_t)n;
	} while (sum < STEP_BYTES);
	return true;
}

bool top_feed_step(struct top_feed *feed)
{
	bool is_there = send_some(feed);
	int error = errno;

	/* Its last words may have come. */
	if (receive_some(feed) && is_there)
		return true;
	feed->error = strerror(is_there ? errno : error);
	return false;
}

json_t *top_feed_next(struct top_feed *feed)
{
	json_t *line = NULL;

	while (line == NULL && feed->begin < feed->n_in) {
		char *at = feed->in + feed->begin;
		char *end = memchr(at, '\n', feed->n_in - feed->begin);

		if (end == NULL)
			return NULL;
		/* What is no JSON is not for us. */
		line = json_loadb(at, (size_t)(end - at), 0, NULL);
		feed->begin += (size_t)(end + 1 - at);
	}
	return line;
}
