/* SPDX-License-Identifier: MIT */
/*
 * Frame, frozen daemons, gauges: see scene.h. A gauge is awaited by asking
 * for it over and over; each question is a turn of the daemon, so nothing
 * here depends on how fast the machine is.
 */
#define _GNU_SOURCE 1
#include "scene.h"

#include "fixture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000

static const char *const kinds[] = {"lock", "limit", "flight", "pool"};

TCase *scene_case(Suite *s, const char *name, SFun setup, SFun teardown)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 120);
	if (setup)
		tcase_add_checked_fixture(t, setup, teardown);
	suite_add_tcase(s, t);
	return t;
}

int scene_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void scene_allow_files(unsigned n)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur >= n)
		return;
	l.rlim_cur = n;
	if (setrlimit(RLIMIT_NOFILE, &l) == 0)
		return;
	perror("more open files are needed");
	exit(EXIT_FAILURE);
}

void daemon_freeze(const struct daemon *d)
{
	int status;

	ck_assert_int_eq(kill(d->pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(d->pid, &status, WUNTRACED), d->pid);
	ck_assert(WIFSTOPPED(status));
}

void daemon_thaw(const struct daemon *d)
{
	ck_assert_int_eq(kill(d->pid, SIGCONT), 0);
}

long daemon_rss(const struct daemon *d)
{
	char path[64];
	long pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)d->pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int daemon_fds(const struct daemon *d)
{
	char path[64];
	struct dirent *e;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)d->pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

void client_shut(struct client *c)
{
	ck_assert_int_eq(shutdown(c->fd, SHUT_WR), 0);
}

void expect_last_word(
    struct client *c, const char *kind, const char *key, json_int_t token)
{
	expect(client_answer(c),
	    "{'event':'lost','reason':'eof','kind':'%s','key':'%s',"
	    "'token':%lld,'ok':'<absent>'}",
	    kind, key, (long long)token);
}

void expect_line_with(struct client *c, const char *text)
{
	char *line = client_line(c);

	ck_assert_msg(line, "end of file where a line was due");
	ck_assert_msg(
	    strstr(line, text), "%.200s expected, seen: %.500s", text, line);
	free(line);
}

static json_t *stats(struct client *c)
{
	json_t *answer = ask(c, "{'op':'stats'}");

	expect_ok(json_incref(answer));
	return answer;
}

static json_int_t gauge_in(json_t *answer, const char *kind, const char *name)
{
	json_t *kinds_now = json_object_get(answer, "kinds");
	json_t *v = json_object_get(json_object_get(kinds_now, kind), name);

	ck_assert_msg(json_is_integer(v), "stats has no %s %s", kind, name);
	return json_integer_value(v);
}

json_int_t gauge(struct client *c, const char *kind, const char *name)
{
	json_t *answer = stats(c);
	json_int_t n = gauge_in(answer, kind, name);

	json_decref(answer);
	return n;
}

void gauge_await(
    struct client *c, const char *kind, const char *name, json_int_t n)
{
	long end = now_ms() + LIMIT_MS;
	json_int_t seen;

	while ((seen = gauge(c, kind, name)) != n)
		ck_assert_msg(now_ms() < end,
		    "%s %s stays at %lld, expected %lld", kind, name,
		    (long long)seen, (long long)n);
}

static json_int_t present_in(json_t *answer, const char *kind)
{
	return gauge_in(answer, kind, "holds") +
	       gauge_in(answer, kind, "waits");
}

void present_await(struct client *c, const char *kind, json_int_t n)
{
	long end = now_ms() + LIMIT_MS;
	json_int_t seen;
	json_t *answer;

	do {
		answer = stats(c);
		seen = present_in(answer, kind);
		json_decref(answer);
		ck_assert_msg(now_ms() < end,
		    "%s: %lld hold or wait, expected %lld", kind,
		    (long long)seen, (long long)n);
	} while (seen != n);
}

json_int_t connected(struct client *c)
{
	json_t *answer = stats(c), *v = json_object_get(answer, "connections");
	json_int_t n = json_integer_value(v);

	ck_assert_msg(json_is_integer(v), "stats has no connections");
	json_decref(answer);
	return n;
}

void connected_await(struct client *c, json_int_t n)
{
	long end = now_ms() + LIMIT_MS;
	json_int_t seen;

	while ((seen = connected(c)) != n)
		ck_assert_msg(now_ms() < end,
		    "connections stay at %lld, expected %lld", (long long)seen,
		    (long long)n);
}

void emptiness_await(struct client *c)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		present_await(c, kinds[i], 0);
		gauge_await(c, kinds[i], "keys", 0);
	}
}
