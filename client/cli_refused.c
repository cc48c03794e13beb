/* SPDX-License-Identifier: MIT */
/* What was refused, and what to do about it: see cli.h. */
#include "cli.h"

#include "cli_text.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	int code;
	const char *words;
} advices[] = {
    {MSYNC_E_BUSY, "-w DURATION waits"},
    {MSYNC_E_TIMEOUT, "a longer -w waits longer"},
    {MSYNC_E_UNKNOWN_KEY, "with -c CAPACITY it is created"},
    {MSYNC_E_CONFLICT, "--adopt takes what is in force"},
    {MSYNC_E_SHUTTING_DOWN, "try again when it has been started anew"},
};

/* The daemon's message, and what it adds. */
#define WORDS_BYTES 1536

#define N_ADVICES (sizeof(advices) / sizeof(advices[0]))

/* The name of a program, and the one that it gave itself. */
#define PROGRAM_BYTES 128

/* Whose process it is: a name, or a number; "" where it is gone. */
static const char *owner(char text[64], int pid)
{
	char path[32];
	struct stat status;
	const struct passwd *user;

	text[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &status) != 0)
		return text;
	user = getpwuid(status.st_uid);
	if (user != NULL)
		(void)snprintf(text, 64, "uid %s", user->pw_name);
	else
		(void)snprintf(
		    text, 64, "uid %lu", (unsigned long)status.st_uid);
	return text;
}

/* What it runs; "" where it is gone. */
static const char *command_of(char name[32], int pid)
{
	char path[32];
	FILE *stream;

	name[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	stream = fopen(path, "re");
	if (stream == NULL)
		return name;
	if (fgets(name, 32, stream) != NULL)
		name[strcspn(name, "\n")] = '\0';
	(void)fclose(stream);
	return name;
}

/* "php-fpm, nightly". Most clients give no name; that of msync(1) is what it
 * runs, which says more than that it is msync. */
static void name_program(char name[PROGRAM_BYTES], int pid, const char *client)
{
	char command[32];

	(void)command_of(command, pid);
	if (client[0] == '\0')
		(void)snprintf(name, PROGRAM_BYTES, "%s", command);
	else if (command[0] == '\0' || strcmp(command, "msync") == 0 ||
		 strcmp(command, client) == 0)
		(void)snprintf(name, PROGRAM_BYTES, "%s", client);
	else
		(void)snprintf(name, PROGRAM_BYTES, "%s, %s", command, client);
}

/* "held for 3m12s by pid 4711 (deploy.sh, uid www)" */
static bool describe_holder(
    const struct msync_conn *conn, char *text, size_t cap)
{
	char held[TEXT_SPAN_BYTES], uid[64], program[PROGRAM_BYTES];
	const char *client;
	int64_t held_ms;
	int pid;

	if (conn == NULL || !msync_errholder(conn, &pid, &client, &held_ms))
		return false;
	(void)text_span(held, held_ms);
	if (pid == 0) {
		(void)snprintf(
		    text, cap, "held for %s by another user's process", held);
		return true;
	}
	name_program(program, pid, client);
	if (owner(uid, pid)[0] == '\0')
		(void)snprintf(text, cap, "held for %s by pid %d%s%s%s", held,
		    pid, program[0] == '\0' ? "" : " (", program,
		    program[0] == '\0' ? "" : ")");
	else
		(void)snprintf(text, cap, "held for %s by pid %d (%s, %s)",
		    held, pid, program, uid);
	return true;
}

/* Words behind the name of the code, where they begin with that: it has been
 * said already, too. */
static const char *without_code(const char *words, int code)
{
	const char *name = msync_strcode(code);
	size_t len = strlen(name);

	return strncmp(words, name, len) == 0 &&
		       strncmp(words + len, ": ", 2) == 0
		   ? words + len + 2
		   : words;
}

/* The daemon's words begin with the key (lock "k": ), which has been said
 * already, as what. */
static const char *without_key(const char *words, const char *what)
{
	size_t kind = strcspn(what, " "), len = strlen(what);
	const char *at = words + kind;

	if (len <= kind || strncmp(words, what, kind) != 0 ||
	    strncmp(at, " \"", 2) != 0)
		return words;
	at += 2;
	if (strncmp(at, what + kind + 1, len - kind - 1) != 0)
		return words;
	at += len - kind - 1;
	return strncmp(at, "\": ", 3) == 0 ? at + 3 : words;
}

/* What to do about it; "" where that has been said. */
static void advise(const struct cli *cli, const struct msync_conn *conn,
    int code, char *text, size_t cap)
{
	const char *path = cli_socket_path(cli);
	char own[CLI_PATH_BYTES];

	text[0] = '\0';
	if (code == MSYNC_E_CONN && cli_own_socket(path, own))
		(void)snprintf(text, cap,
		    "; there is one of your own: export MSYNC_SOCKET=%s", own);
	else if (code == MSYNC_E_CONN || code == MSYNC_E_SILENT)
		(void)snprintf(text, cap, "; try: msync %s%s%sdoctor",
		    cli->socket == NULL ? "" : "-s ",
		    cli->socket == NULL ? "" : cli->socket,
		    cli->socket == NULL ? "" : " ");
	else if (code == MSYNC_E_DENIED && msync_fd(conn) < 0)
		cli_mend_denied(path, "; try: ", text, cap);
	for (size_t i = 0; i < N_ADVICES; i++) {
		if (advices[i].code == code)
			(void)snprintf(text, cap, "; %s", advices[i].words);
	}
}

int cli_refused(const struct cli *cli, const struct msync_conn *conn,
    const char *what, int code)
{
	char holder[256], advice[2 * CLI_PATH_BYTES], words[WORDS_BYTES];

	if (cli->is_quiet)
		return cli_exit_of(code);
	advise(cli, conn, code, advice, sizeof(advice));
	(void)snprintf(words, sizeof(words), "%s",
	    conn == NULL ? msync_strerror(code) : msync_errmsg(conn));
	text_disarm(words);
	if (describe_holder(conn, holder, sizeof(holder))) {
		text_disarm(holder);
		cli_complain(
		    "%s: %s: %s%s", what, msync_strcode(code), holder, advice);
	} else if (code <= MSYNC_E_CONN) {
		cli_complain("%s: %s%s", what, words, advice);
	} else {
		cli_complain("%s: %s: %s%s", what, msync_strcode(code),
		    without_code(without_key(words, what), code), advice);
	}
	return cli_exit_of(code);
}
