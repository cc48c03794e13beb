/* SPDX-License-Identifier: MIT */
/*
 * Who may use which keys, and who may end what others hold, as the kernel
 * knows the peers: by uid, by group, and as another user.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <stdbool.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A group that nobody on this machine is likely to be in. */
#define ODD_GROUP 424242

static unsigned me(void)
{
	return (unsigned)geteuid();
}

START_TEST(keys_are_for_whom_the_rules_name)
{
	reconfigure(&server,
	    "allow { uid = %u prefix = {\"mine/\", \"shared/\"} }\n"
	    "allow { uid = %u prefix = \"theirs/\" }\n",
	    me(), me() + 1);
	acquire(A, "mine/1");
	expect_refused(ask(A, "{'op':'lock.acquire','key':'theirs/1'}"),
	    "denied", "lock", "theirs/1", "msyncd.conf:2", "uid", NULL);
	expect_refused(ask(A, "{'op':'limit.set','key':'other','capacity':1}"),
	    "denied", "limit", "no allow block", NULL);
	expect_error(
	    ask(A, "{'op':'flight.begin','key':'theirs/1'}"), "denied");
	expect_error(
	    ask(A, "{'op':'pool.get','key':'mine','capacity':1}"), "denied");
	expect_ok(ask(A, "{'op':'pool.get','key':'mine/','capacity':1}"));
	expect_ok(ask(A, "{'op':'stats'}"));
}
END_TEST

START_TEST(another_user_has_keys_of_its_own)
{
	struct client other;
	/* Who runs the tests may be that user. */
	bool is_other = me() == OTHER_UID;

	reconfigure(&server,
	    "allow { uid = %u prefix = \"mine/\" }\n"
	    "allow { user = \"%s\" uid = %u prefix = \"theirs/\" }\n"
	    "allow { prefix = \"all/\" }\n",
	    me(), is_other ? "daemon" : "nobody",
	    is_other ? OTHER_UID - 1 : OTHER_UID);
	acquire(A, "all/1");
	expect_error(try_lock(A, "theirs/1"), "denied");
	if (!open_as_other_user(&other))
		return;
	acquire(&other, "theirs/1");
	acquire(&other, "all/2");
	expect_refused(try_lock(&other, "mine/1"), "denied", "msyncd.conf:1",
	    "65534", NULL);
	expect_error(try_lock(&other, "all/1"), "busy");
	client_close(&other);
}
END_TEST

START_TEST(every_group_of_the_peer_counts)
{
	gid_t groups[1024];
	int n = getgroups(1024, groups);

	ck_assert_int_ge(n, 0);
	reconfigure(&server, "allow { group = %u }\n", (unsigned)getegid());
	acquire(A, "by the first group");
	if (n > 0) {
		reconfigure(
		    &server, "allow { group = %u }\n", (unsigned)groups[n - 1]);
		acquire(A, "by a further one");
	}
	reconfigure(&server, "allow { group = %d }\n", ODD_GROUP);
	expect_error(try_lock(A, "by none"), "denied");
}
END_TEST

/* In a process that is in many groups, the last one of them the odd one. */
static int is_let_in(void)
{
	gid_t groups[100];
	struct client c;

	for (int i = 0; i < 100; i++)
		groups[i] = (gid_t)(ODD_GROUP - 99 + i);
	ck_assert_int_eq(setgroups(100, groups), 0);
	client_open(&c, &server);
	acquire(&c, "k");
	client_close(&c);
	return 0;
}

START_TEST(a_group_counts_however_many_there_are)
{
	int status;
	pid_t pid;

	reconfigure(&server, "allow { group = %d }\n", ODD_GROUP);
	expect_error(try_lock(A, "k"), "denied");
	if (geteuid() != 0)
		return; /* only root has a say in its groups */
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(is_let_in());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(new_rules_take_nothing_from_who_holds_or_waits)
{
	json_int_t token = acquire(A, "k");

	wait_for_lock(B, "k");
	reconfigure(&server, "allow { uid = %u }\n", me() + 1);
	expect_error(try_lock(C, "k"), "denied");
	expect_error(release(C, "k"), "denied");
	expect_ok(
	    ask(A, "{'op':'renew','token':%lld,'lease_ms':60000}", token));
	expect_ok(release(A, "k"));
	expect(client_answer(B), "{'id':'k','ok':true}");
	expect_ok(release(B, "k"));
	expect_error(try_lock(A, "k"), "denied");
}
END_TEST

START_TEST(an_admin_ends_the_hold_of_a_process_that_hangs)
{
	json_int_t token;
	const char *line;

	expect_ok(ask(A, "{'op':'hello','client':'stuck','events':['lost']}"));
	token = acquire(A, "deploy");
	wait_for_lock(B, "deploy");
	expect_refused(ask(C,
			   "{'op':'admin.release','kind':'lock',"
			   "'key':'deploy','token':%lld}",
			   token),
	    "denied", "admin", NULL);
	reconfigure(&server, "admin { uid = %u }\n", me());
	expect(ask(C,
		   "{'op':'admin.release','kind':'lock','key':'deploy',"
		   "'token':%lld}",
		   token),
	    "{'ok':true,'pid':%d,'uid':%u,'held_ms':'<int>',"
	    "'token':'<absent>'}",
	    (int)getpid(), me());
	expect(client_answer(A),
	    "{'event':'lost','reason':'admin','kind':'lock','key':'deploy',"
	    "'token':%lld}",
	    token);
	expect(client_answer(B), "{'ok':true,'abandoned':true}");
	expect_error(release_token(A, "deploy", token), "stale_token");
	line = log_await(&server, "event=admin_release");
	expect_word(line, "kind=lock key=\"deploy\" token=");
	expect_word(line, "by_pid=");
	ck_assert_int_ge(gauge(P, "lock", "ended_by_admin"), 1);
}
END_TEST

/* row: 76 */
START_TEST(an_admin_ends_the_hold_of_another_user)
{
	struct client other;
	json_int_t token;

	reconfigure(&server, "admin { uid = %u }\n", me());
	if (!open_as_other_user(&other))
		return;
	token = expect_ok(ask(&other, "{'op':'lock.acquire','key':'k',"
				      "'detached':true,'lease_ms':60000}"));
	expect_error(release_token(A, "k", token), "denied");
	expect(ask(A,
		   "{'op':'admin.release','kind':'lock','key':'k',"
		   "'token':%lld}",
		   token),
	    "{'ok':true,'uid':%d}", OTHER_UID);
	acquire(A, "k");
	expect_error(ask(&other,
			 "{'op':'admin.release','kind':'lock',"
			 "'key':'k','token':%lld}",
			 token),
	    "denied");
	client_close(&other);
}
END_TEST

START_TEST(a_holder_that_vanishes_is_in_the_log)
{
	pid_t pid = start_holder("{'op':'lock.acquire','key':'orders'}");
	char words[40];
	const char *line;

	kill_holder(pid);
	line = log_await(&server, "event=holder_vanished");
	expect_word(line, "kind=lock key=\"orders\"");
	snprintf(words, sizeof(words), " pid=%d ", (int)pid);
	expect_word(line, words);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    keys_are_for_whom_the_rules_name,
	    another_user_has_keys_of_its_own,
	    every_group_of_the_peer_counts,
	    a_group_counts_however_many_there_are,
	    new_rules_take_nothing_from_who_holds_or_waits,
	    an_admin_ends_the_hold_of_a_process_that_hangs,
	    an_admin_ends_the_hold_of_another_user,
	    a_holder_that_vanishes_is_in_the_log,
	    NULL,
	};

	return run_tests("rules", tests);
}
