/* SPDX-License-Identifier: MIT */
/*
 * Lines that the daemon has not read yet when their connection dies: those
 * that let something go are executed, those that would be granted something
 * are not. The daemon is stopped while the line is sent and the connection
 * closed, so that it finds both at once.
 */
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define CONNECTIONS 5

/* What a dying connection says, and how another one sees what came of it. */
struct farewell {
	const char *has[4];   /* asked and answered before; NULL at the end */
	const char *last;     /* lies unread at the death */
	int early;            /* the other asks before the death, and waits */
	const char *asked;    /* by the other */
	const char *expected; /* by the other, as a pattern */
};

/* c says its last line and closes, and the daemon finds both at once. */
static void die_saying(struct client *c, const char *line)
{
	daemon_freeze(&server);
	tell(c, "%s", line);
	client_close(c);
	daemon_thaw(&server);
}

static void expect_farewell(const struct farewell *f)
{
	struct client c, other;
	int i;

	client_open(&c, &server);
	client_open(&other, &server);
	for (i = 0; f->has[i]; i++)
		expect_ok(ask(&c, "%s", f->has[i]));
	if (f->early)
		ask_to_wait(&other, "%s", f->asked);
	die_saying(&c, f->last);
	connected_await(P, CONNECTIONS + 1);
	if (!f->early)
		tell(&other, "%s", f->asked);
	expect(client_answer(&other), "%s", f->expected);
	client_close(&other);
	connected_await(P, CONNECTIONS);
}

/* Each row has a key of its own. */
static const struct farewell executed[] = {
    /* Released, hence not abandoned. */
    {{"{'op':'lock.acquire','key':'a'}"}, "{'op':'lock.release','key':'a'}", 1,
	"{'op':'lock.acquire','key':'a'}",
	"{'ok':true,'abandoned':'<absent>'}"},
    {{"{'op':'flight.begin','key':'b'}"},
	"{'op':'flight.finish','key':'b','value':7}", 1,
	"{'op':'flight.begin','key':'b'}",
	"{'ok':true,'leader':false,'value':7}"},
    {{"{'op':'flight.begin','key':'c'}"},
	"{'op':'flight.fail','key':'c','message':'no','value':8}", 1,
	"{'op':'flight.begin','key':'c'}",
	"{'ok':false,'error':'flight_failed','message':'no','value':8}"},
    /* The only leader allowed: lost, if it had not abandoned before. */
    {{"{'op':'flight.begin','key':'d','max_leaders':1}"},
	"{'op':'flight.abandon','key':'d'}", 1,
	"{'op':'flight.begin','key':'d'}", "{'ok':true,'leader':true}"},
    {{"{'op':'pool.get','key':'e','capacity':1}"},
	"{'op':'pool.put','key':'e','value':7}", 1,
	"{'op':'pool.get','key':'e'}", "{'ok':true,'create':false,'value':7}"},
    /* Dropped by its borrower, hence nobody else's to destroy. */
    {{"{'op':'pool.get','key':'f','capacity':1}",
	 "{'op':'pool.put','key':'f','value':7}",
	 "{'op':'pool.get','key':'f'}"},
	"{'op':'pool.drop','key':'f'}", 1, "{'op':'pool.get','key':'f'}",
	"{'ok':true,'create':true,'destroy':'<absent>'}"},
    {{NULL}, "{'op':'limit.set','key':'g','capacity':9}", 0,
	"{'op':'limit.info','key':'g'}", "{'ok':true,'capacity':9}"},
    {{NULL}, "{'op':'pool.set','key':'h','items':[1,2]}", 0,
	"{'op':'pool.available','key':'h'}", "{'ok':true,'available':2}"},
    /* A line before it that is not executed is no hindrance. */
    {{"{'op':'flight.begin','key':'i'}"},
	"{'op':'lock.acquire','key':'i'}\n"
	"{'op':'flight.finish','key':'i','value':[7]}",
	1, "{'op':'flight.begin','key':'i'}",
	"{'ok':true,'leader':false,'value':[7]}"},
};

/* row: 66 */
START_TEST(lines_unread_at_death_that_let_go_are_executed)
{
	size_t i;

	for (i = 0; i < COUNT(executed); i++)
		expect_farewell(&executed[i]);
}
END_TEST

START_TEST(release_of_a_detached_hold_unread_at_death_is_executed)
{
	char line[128];
	json_int_t token;

	token = expect_ok(ask(A, "{'op':'lock.acquire','key':'k',"
				 "'lease_ms':600000,'detached':true}"));
	wait_for_lock(B, "k");
	snprintf(line, sizeof(line),
	    "{'op':'lock.release','key':'k','token':%lld}", (long long)token);
	die_saying(A, line);
	expect(client_answer(B), "{'ok':true,'abandoned':'<absent>'}");
}
END_TEST

START_TEST(last_line_without_line_feed_unread_at_death_is_executed)
{
	static const char line[] =
	    "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":7}";

	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
	daemon_freeze(&server);
	client_write(A, line, sizeof(line) - 1);
	client_close(A);
	daemon_thaw(&server);
	expect(client_answer(B), "{'ok':true,'leader':false,'value':7}");
}
END_TEST

START_TEST(unfinished_line_unread_at_death_is_not_executed)
{
	static const char line[] =
	    "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":7";

	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
	daemon_freeze(&server);
	client_write(A, line, sizeof(line) - 1);
	client_close(A);
	daemon_thaw(&server);
	expect(client_answer(B), "{'ok':true,'leader':true,'attempt':2}");
}
END_TEST

/* Its answers lie unread, so the daemon had ceased to read its lines. */
START_TEST(lines_of_a_client_that_did_not_read_are_executed_at_its_death)
{
	char *value = calloc(1, 900001);

	ck_assert_ptr_nonnull(value);
	memset(value, '1', 900000);
	expect_ok(ask(B, "{'op':'flight.begin','key':'large'}"));
	ask_to_wait(A, "{'op':'flight.begin','key':'large'}");
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	ask_to_wait(C, "{'op':'flight.begin','key':'k'}");
	tell(B, "{'op':'flight.finish','key':'large','value':%s}", value);
	expect_ok(client_answer(B));
	free(value);
	tell(A, "{'op':'flight.finish','key':'k','value':7}");
	expect_silence(C);
	client_close(A);
	expect(client_answer(C), "{'ok':true,'leader':false,'value':7}");
}
END_TEST

static const struct farewell not_executed[] = {
    /* Nobody had it, hence nobody abandoned it. */
    {{NULL}, "{'op':'lock.acquire','key':'a'}", 0,
	"{'op':'lock.acquire','key':'a','wait_ms':0}",
	"{'ok':true,'abandoned':'<absent>'}"},
    {{NULL},
	"{'op':'lock.acquire','key':'b','lease_ms':600000,'detached':true}", 0,
	"{'op':'lock.acquire','key':'b','wait_ms':0}",
	"{'ok':true,'abandoned':'<absent>'}"},
    {{NULL},
	"{'op':'limit.borrow','key':'c','capacity':1,'lease_ms':600000,"
	"'detached':true}",
	0, "{'op':'limit.info','key':'c'}",
	"{'ok':false,'error':'unknown_key'}"},
    {{NULL},
	"{'op':'limit.try_borrow','key':'d','capacity':1,'lease_ms':600000,"
	"'detached':true}",
	0, "{'op':'limit.info','key':'d'}",
	"{'ok':false,'error':'unknown_key'}"},
    {{NULL},
	"{'op':'pool.get','key':'e','capacity':1,'lease_ms':600000,"
	"'detached':true}",
	0, "{'op':'pool.info','key':'e'}",
	"{'ok':false,'error':'unknown_key'}"},
    /* An idle object stays idle; lent to the dead it would be dropped. */
    {{"{'op':'pool.get','key':'f','capacity':1}",
	 "{'op':'pool.put','key':'f','value':7}"},
	"{'op':'pool.get','key':'f'}", 0, "{'op':'pool.get','key':'f'}",
	"{'ok':true,'create':false,'value':7}"},
    /* Objects handed out to the dead would be lost. */
    {{"{'op':'pool.set','key':'g','items':[7,8]}"},
	"{'op':'pool.clear','key':'g'}", 0, "{'op':'pool.available','key':'g'}",
	"{'ok':true,'available':2}"},
};

START_TEST(lines_unread_at_death_that_would_be_granted_are_not_executed)
{
	size_t i;

	for (i = 0; i < COUNT(not_executed); i++)
		expect_farewell(&not_executed[i]);
}
END_TEST

/* The same without a frozen daemon: whatever it has read by then. */
START_TEST(result_of_a_leader_that_leaves_at_once_reaches_all)
{
	struct client leader;
	int i;

	for (i = 0; i < 300; i++) {
		client_open(&leader, &server);
		expect_ok(ask(&leader, "{'op':'flight.begin','key':'k'}"));
		ask_to_wait(A, "{'op':'flight.begin','key':'k'}");
		ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
		tell(&leader, "{'op':'flight.finish','key':'k','value':%d}", i);
		client_close(&leader);
		expect(client_answer(A),
		    "{'ok':true,'leader':false,'value':%d}", i);
		expect(client_answer(B),
		    "{'ok':true,'leader':false,'value':%d}", i);
	}
	emptiness_await(P);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lines_unread_at_death_that_let_go_are_executed,
	    release_of_a_detached_hold_unread_at_death_is_executed,
	    last_line_without_line_feed_unread_at_death_is_executed,
	    unfinished_line_unread_at_death_is_not_executed,
	    lines_of_a_client_that_did_not_read_are_executed_at_its_death,
	    lines_unread_at_death_that_would_be_granted_are_not_executed,
	    result_of_a_leader_that_leaves_at_once_reaches_all,
	    NULL,
	};

	return run_tests("unread", tests);
}
