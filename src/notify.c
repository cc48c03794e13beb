/* SPDX-License-Identifier: MIT */
/*
 * What a service manager is told: see notify.h. The sender is our own, and not
 * that of libsystemd, because that one waits for as long as nobody reads: a
 * service manager that hangs would stop the daemon.
 */
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MS    1000 /* at least between two lines */
#define TEXT_BYTES 200

/* Sends it as sd_notify(3) says; returns 0 or -errno. */
static int tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len;
	int fd, result = 0;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, strlen(path));
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&address, len) < 0)
		result = -errno;
	(void)close(fd);
	return result;
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* Says it together with READY, so that if one is lost, so are both, and both
 * come again. */
static int tell_line(
    struct notifier *notifier, const struct notify_counts *counts, mtime_t now)
{
	char text[TEXT_BYTES];
	int result;

	(void)snprintf(text, sizeof(text),
	    "READY=1\nSTATUS=%" PRId64 " connection%s, %" PRId64
	    " hold%s, %" PRId64 " wait%s",
	    counts->connections, plural(counts->connections), counts->holds,
	    plural(counts->holds), counts->waits, plural(counts->waits));
	result = tell(text);
	notifier->said = *counts;
	notifier->said_at = now;
	notifier->is_lost = result != 0;
	notifier->line_at = result != 0 ? now + LINE_MS : MTIME_NEVER;
	return result;
}

/* How often the watchdog gets a sign of life: twice as often as it asks for,
 * see sd_watchdog_enabled(3). */
static mtime_t watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	long long ms;

	if (usec == NULL || (pid != NULL && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	ms = strtoll(usec, NULL, 10) / 2000;
	return ms > 0 ? ms : 0;
}

void notify_ready(struct notifier *notifier, mtime_t now, const struct log *log)
{
	const struct notify_counts none = {0};
	char reason[LOG_QUOTED_BYTES];
	int result;

	*notifier = (struct notifier){.alive_at = now};
	if (getenv("NOTIFY_SOCKET") == NULL)
		return;
	notifier->is_on = true;
	notifier->watchdog_ms = watchdog_ms();
	result = tell_line(notifier, &none, now);
	if (result != 0)
		log_event(log, LOG_LEVEL_ERROR, "cannot_notify", "reason=%s",
		    log_quote(reason, strerror(-result)));
}

void notify_reloading(const struct notifier *notifier)
{
	if (notifier->is_on)
		(void)tell("RELOADING=1");
}

void notify_reloaded(struct notifier *notifier)
{
	if (notifier->is_on)
		(void)tell_line(notifier, &notifier->said, notifier->said_at);
}

void notify_stopping(const struct notifier *notifier)
{
	if (notifier->is_on)
		(void)tell("STOPPING=1");
}

static bool same(const struct notify_counts *a, const struct notify_counts *b)
{
	return a->connections == b->connections && a->holds == b->holds &&
	       a->waits == b->waits;
}

static void turn_line(
    struct notifier *notifier, const struct notify_counts *counts, mtime_t now)
{
	if (!notifier->is_lost && same(&notifier->said, counts))
		notifier->line_at = MTIME_NEVER;
	else if (now >= notifier->said_at + LINE_MS)
		(void)tell_line(notifier, counts, now);
	else
		notifier->line_at = notifier->said_at + LINE_MS;
}

void notify_turn(
    struct notifier *notifier, const struct notify_counts *counts, mtime_t now)
{
	if (!notifier->is_on)
		return;
	if (notifier->watchdog_ms > 0 && now >= notifier->alive_at) {
		notifier->alive_at = now + notifier->watchdog_ms;
		(void)tell("WATCHDOG=1");
	}
	turn_line(notifier, counts, now);
}

mtime_t notify_deadline(const struct notifier *notifier)
{
	mtime_t at = MTIME_NEVER;

	if (!notifier->is_on)
		return at;
	if (notifier->watchdog_ms > 0)
		at = notifier->alive_at;
	return notifier->line_at < at ? notifier->line_at : at;
}
