/* SPDX-License-Identifier: MIT */
/*
 * confine LIST PROGRAM [ARG...]: runs the program with the system calls that
 * LIST names, one a line, and sockets of AF_UNIX; others fail as they do under
 * the unit. So tests show that the daemon needs no more than it is given.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what, const char *name)
{
	fprintf(stderr, "confine: %s %s\n", what, name);
	exit(125);
}

static void allow(scmp_filter_ctx filter, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	/* The list has those of all architectures. */
	if (number == __NR_SCMP_ERROR || strcmp(name, "socket") == 0)
		return;
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0)
		give_up("cannot allow", name);
}

static void restrict_families(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp ours = SCMP_A0(SCMP_CMP_EQ, AF_UNIX);
	const struct scmp_arg_cmp others = SCMP_A0(SCMP_CMP_NE, AF_UNIX);

	if (seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, ours) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
		SCMP_SYS(socket), 1, others) != 0)
		give_up("cannot restrict", "socket");
}

int main(int argc, char *argv[])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	char line[128];
	FILE *list;
	int n = 0;

	if (argc < 3 || filter == NULL)
		give_up("usage:", "confine LIST PROGRAM [ARG...]");
	list = fopen(argv[1], "re");
	if (list == NULL)
		give_up("cannot read", argv[1]);
	for (; fgets(line, sizeof(line), list) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		allow(filter, line);
	}
	(void)fclose(list);
	if (n < 100)
		give_up("too short:", argv[1]);
	restrict_families(filter);
	if (seccomp_load(filter) != 0)
		give_up("cannot load the filter of", argv[1]);
	seccomp_release(filter);
	(void)execvp(argv[2], argv + 2);
	give_up("cannot run", argv[2]);
}
