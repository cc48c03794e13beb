/* SPDX-License-Identifier: MIT */
/* Who is at the other end, as the kernel knows it: see conn.h. */
#include "conn.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Most processes are in fewer groups than this. */
#define FEW_GROUPS 32

/* The groups are the primary one and, behind it, what the kernel lists. */
static void take_groups(int fd, gid_t primary, struct peer *peer)
{
	socklen_t len = FEW_GROUPS * sizeof(gid_t);
	gid_t *groups = xcalloc(1 + FEW_GROUPS, sizeof(*groups));
	int result =
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len);

	if (result != 0 && errno == ERANGE) { /* len is what it takes */
		groups = xrealloc(groups, sizeof(*groups) + len);
		result =
		    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len);
	}
	if (result != 0)
		len = 0; /* the fewer, the less it may do */
	groups[0] = primary;
	peer->groups = groups;
	peer->n_groups = 1 + len / sizeof(*groups);
}

bool conn_know_peer(int fd, struct peer *peer)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) != 0)
		return false;
	peer->uid = credentials.uid;
	peer->pid = credentials.pid;
	take_groups(fd, credentials.gid, peer);
	return true;
}

/* The kernel's name of a program is any bytes that it gave itself; ours goes
 * into JSON and onto terminals. */
static void make_printable(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7E)
			*text = '?';
	}
}

static void read_command(struct conn *conn)
{
	char path[32];
	int fd;

	conn->has_command = true;
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", conn->peer.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* it has ended, or hides */
	if (read(fd, conn->command, sizeof(conn->command) - 1) > 0)
		make_printable(conn->command);
	(void)close(fd);
}

void conn_name_program(struct conn *conn)
{
	struct core *core = conn->server->core;

	if (core->watches != NULL && core_is_engaged(core, conn->session))
		watch_name_program(core, conn->session, conn_command(conn));
}

const char *conn_command(struct conn *conn)
{
	if (!conn->has_command && conn->peer.pid > 0)
		read_command(conn);
	return conn->command[0] != '\0' ? conn->command : NULL;
}
