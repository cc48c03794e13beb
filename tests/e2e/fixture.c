/* SPDX-License-Identifier: MIT */
/*
 * The fixture of the operation tests; see fixture.h.
 */
#define _GNU_SOURCE 1
#include "fixture.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct daemon server;
struct client connections[5];

static void open_all(void)
{
	size_t i;

	daemon_start(&server, NULL);
	for (i = 0; i < sizeof(connections) / sizeof(connections[0]); i++)
		client_open(&connections[i], &server);
}

static void close_connections(void)
{
	size_t i;

	for (i = 0; i < sizeof(connections) / sizeof(connections[0]); i++)
		client_close(&connections[i]);
}

static void close_all(void)
{
	close_connections();
	daemon_stop(&server);
}

int run_tests(const char *name, const TTest *const tests[])
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int n_failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, open_all, close_all);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The formatted text with " for ', to be freed. */
__attribute__((format(printf, 1, 0))) static char *quoted(
    const char *fmt, va_list args)
{
	char *text, *p;

	ck_assert_int_ge(vasprintf(&text, fmt, args), 0);
	for (p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	return text;
}

__attribute__((format(printf, 2, 0))) static void send_quoted(
    struct client *c, const char *fmt, va_list args)
{
	char *text = quoted(fmt, args);

	client_send(c, "%s", text);
	free(text);
}

void tell(struct client *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_quoted(c, fmt, args);
	va_end(args);
}

json_t *ask(struct client *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_quoted(c, fmt, args);
	va_end(args);
	return client_answer(c);
}

void ask_to_wait(struct client *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_quoted(c, fmt, args);
	va_end(args);
	expect(ask(c, "{'op':'ping','id':'it waits'}"),
	    "{'id':'it waits','ok':true}");
}

static int matches(const json_t *wanted, const json_t *seen)
{
	const char *text = json_string_value(wanted);

	if (text && strcmp(text, "<int>") == 0)
		return json_is_integer(seen) && json_integer_value(seen) >= 0;
	if (text && strcmp(text, "<absent>") == 0)
		return seen == NULL;
	return json_equal(wanted, seen);
}

json_int_t expect(json_t *answer, const char *pattern, ...)
{
	json_int_t token = json_integer_value(json_object_get(answer, "token"));
	char *seen = json_dumps(answer, JSON_ENCODE_ANY);
	json_t *wanted, *value;
	const char *name;
	va_list args;
	char *text;

	va_start(args, pattern);
	text = quoted(pattern, args);
	va_end(args);
	wanted = json_loads(text, 0, NULL);
	ck_assert_msg(json_is_object(wanted), "the test's own: %s", text);
	json_object_foreach(wanted, name, value) {
		ck_assert_msg(matches(value, json_object_get(answer, name)),
		    "\"%s\" of %s expected, seen: %.2000s", name, text, seen);
	}
	free(text);
	free(seen);
	json_decref(wanted);
	json_decref(answer);
	return token;
}

/* The message of a refusal with this code, owned by the answer. */
static const char *message_of(json_t *answer, const char *code)
{
	expect_error(json_incref(answer), code);
	return json_string_value(json_object_get(answer, "message"));
}

void expect_refused(json_t *answer, const char *code, ...)
{
	const char *message = message_of(answer, code), *word;
	va_list words;

	va_start(words, code);
	while ((word = va_arg(words, const char *)))
		ck_assert_msg(strstr(message, word),
		    "\"%s\" is not in the message: %s", word, message);
	va_end(words);
	json_decref(answer);
}

void expect_held_by(
    json_t *answer, const char *code, const char *client, long held_ms)
{
	json_t *holder = json_object_get(answer, "holder");
	json_t *held = json_object_get(holder, "held_ms");
	char pid[32];

	snprintf(pid, sizeof(pid), "pid %d", (int)getpid());
	ck_assert_msg(
	    json_is_integer(held) && json_integer_value(held) >= held_ms,
	    "%s without a holder for %ld ms", code, held_ms);
	expect(json_incref(holder), "{'pid':%d,'client':'%s'}", (int)getpid(),
	    client);
	expect_refused(answer, code, pid, NULL);
}

void expect_silence(struct client *c)
{
	if (client_has_line(c, P))
		ck_abort_msg("unexpected: %.2000s", client_line(c));
}

void expect_lost(
    struct client *c, const char *kind, const char *key, json_int_t token)
{
	expect(client_answer(c),
	    "{'event':'lost','reason':'lease','kind':'%s','key':'%s',"
	    "'token':%lld,'ok':'<absent>'}",
	    kind, key, token);
}

void expect_end(struct client *c)
{
	char *line = client_line(c);

	ck_assert_msg(!line, "end of the connection expected: %.200s", line);
}

json_t *try_lock(struct client *c, const char *key)
{
	return ask(c, "{'op':'lock.acquire','key':'%s','wait_ms':0}", key);
}

json_int_t acquire(struct client *c, const char *key)
{
	return expect_ok(try_lock(c, key));
}

json_t *release(struct client *c, const char *key)
{
	return ask(c, "{'op':'lock.release','key':'%s'}", key);
}

json_t *release_token(struct client *c, const char *key, json_int_t token)
{
	return ask(
	    c, "{'op':'lock.release','key':'%s','token':%lld}", key, token);
}

void wait_for_lock(struct client *c, const char *key)
{
	ask_to_wait(c, "{'id':'%s','op':'lock.acquire','key':'%s'}", key, key);
}

void let_pass(int ms)
{
	struct client keeper, waiter;

	client_open(&keeper, &server);
	client_open(&waiter, &server);
	acquire(&keeper, "let pass");
	expect_error(
	    ask(&waiter, "{'op':'lock.acquire','key':'let pass','wait_ms':%d}",
		ms),
	    "timeout");
	expect_ok(release(&keeper, "let pass"));
	client_close(&waiter);
	client_close(&keeper);
}

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

pid_t start_holder(const char *request)
{
	struct client c;
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A descriptor left open here would keep a connection. */
		close_connections();
		client_open(&c, &server);
		expect_ok(ask(&c, "%s", request));
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

void kill_holder(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

int open_as_other_user(struct client *c)
{
	if (geteuid() != 0)
		return 0;
	ck_assert_int_eq(chmod(server.dir, 0711), 0);
	ck_assert_int_eq(chmod(server.socket, 0666), 0);
	ck_assert_int_eq(seteuid(OTHER_UID), 0);
	client_open(c, &server);
	ck_assert_int_eq(seteuid(0), 0);
	return 1;
}
