/* SPDX-License-Identifier: MIT */
/*
 * Memory that connections take for lines that are not whole and for answers
 * that nobody reads: it is charged to their uid, and where the share is used
 * up those who ask for more are parted with, and nobody else.
 */
#include "stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"

#define OK         "{'ok':true}\n"
#define SHARE      (2000 * 1000)
#define LINE_BYTES 500000
#define N_CROWD    100

STAGE_CLOCK

static struct stage s;
static int a;
static char *half; /* LINE_BYTES of a line that does not end */

static size_t used(void)
{
	return s.server->core->quota.accounts->used[QUOTA_BYTES];
}

static void set_up(void)
{
	stage_open(&s);
	s.server->core->quota.shares.most[QUOTA_BYTES] = SHARE;
	a = stage_join(&s);
	half = malloc(LINE_BYTES);
	memset(half, ' ', LINE_BYTES);
}

static void tear_down(void)
{
	stage_leave(&s, a);
	stage_settle(&s);
	stage_close(&s);
	free(half);
}

static bool is_at_end(int client)
{
	return strstr(stage_heard(&s, client), "(end)") != NULL;
}

/* Unfinished lines ------------------------------------------------- */

START_TEST(half_a_line_is_charged_until_it_is_whole)
{
	set_up();
	ck_assert_uint_eq(used(), 0);
	stage_write(&s, a, half, 100000);
	stage_settle(&s);
	ck_assert_uint_ge(used(), 100000);
	ck_assert_uint_le(used(), 2 * 100000 + 1024);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	ck_assert_uint_eq(used(), 0);
	tear_down();
}
END_TEST

START_TEST(half_a_line_of_one_who_goes_is_given_back)
{
	int b;

	set_up();
	b = stage_join(&s);
	stage_write(&s, b, half, 100000);
	stage_settle(&s);
	ck_assert_uint_ge(used(), 100000);
	stage_leave(&s, b);
	stage_settle(&s);
	ck_assert_uint_eq(used(), 0);
	tear_down();
}
END_TEST

START_TEST(half_a_line_beyond_the_share_is_answered_quota_and_the_end)
{
	int crowd[N_CROWD], n_ended = 0;

	set_up();
	for (int i = 0; i < N_CROWD; i++) {
		crowd[i] = stage_join(&s);
		/* Who is parted with cannot be written to. */
		for (int n = 0; n < LINE_BYTES; n += 50000) {
			(void)send(crowd[i], half, 50000, MSG_NOSIGNAL);
			stage_settle(&s);
			ck_assert_uint_le(used(), SHARE);
		}
	}
	for (int i = 0; i < N_CROWD; i++) {
		if (!is_at_end(crowd[i]))
			continue;
		n_ended++;
		ck_assert_msg(strstr(s.said, "'error':'quota'") != NULL &&
				  strstr(s.said, "bytes") != NULL,
		    "%s", s.said);
	}
	ck_assert_int_ge(n_ended, N_CROWD - 8);
	ck_assert_int_lt(n_ended, N_CROWD);
	/* The others are served, also those whose lines come in parts. */
	stage_write(&s, a, half, CONN_SMALL_BYTES - 100);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	for (int i = 0; i < N_CROWD; i++)
		stage_leave(&s, crowd[i]);
	stage_settle(&s);
	ck_assert_uint_eq(used(), 0);
	stage_write(&s, a, half, LINE_BYTES);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	tear_down();
}
END_TEST

/* They are done in the turns to come, so nobody is parted with for them; but
 * no more of them is read than a turn can do. */
START_TEST(lines_for_later_turns_are_charged_and_harm_nobody)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	enum {
		N_PINGS = 2000
	};
	char *pings = malloc(N_PINGS * sizeof(ping));
	size_t len = 0, most = 0;
	int heard = 0;

	set_up();
	s.server->core->quota.shares.most[QUOTA_BYTES] = 10000;
	for (int i = 0; i < N_PINGS; i++) {
		memcpy(pings + len, ping, sizeof(ping) - 1);
		len += sizeof(ping) - 1;
	}
	ck_assert_int_eq(send(a, pings, len, MSG_NOSIGNAL), len);
	while (heard < N_PINGS) {
		stage_turn(&s);
		most = used() > most ? used() : most;
		for (const char *at = stage_heard(&s, a); *at != '\0';
		     at += sizeof(OK) - 1) {
			ck_assert_int_eq(strncmp(at, OK, sizeof(OK) - 1), 0);
			heard++;
		}
	}
	ck_assert_int_eq(heard, N_PINGS);
	ck_assert_uint_gt(most, 0);
	ck_assert_uint_le(most, 2 * CONN_SMALL_BYTES);
	free(pings);
	tear_down();
}
END_TEST

/* Unread answers --------------------------------------------------- */

/* Lets the client ask for a value so large that its socket does not take it
 * all. */
static void ask_for_value(int client, const char *key)
{
	stage_send(client, "{'op':'pool.get','key':'%s'}", key);
	stage_settle(&s);
}

/* A pool of n objects of 400,000 bytes each, which belong to the house: they
 * are nobody's charge. */
static void make_pool(const char *key, int n)
{
	char *value = malloc(400003);

	memset(value, 'v', 400002);
	value[0] = value[400001] = '"';
	value[400002] = '\0';
	s.server->core->quota.shares.most[QUOTA_BYTES] = SIZE_MAX;
	for (int i = 0; i < n; i++) {
		stage_ask(&s, a, "{'op':'pool.get','key':'%s','capacity':%d}",
		    key, n);
		stage_send(a, "{'id':%d,'op':'ping'}", i);
	}
	for (int i = 0; i < n; i++) {
		static const char ask[] =
		    "{\"op\":\"pool.put\",\"key\":\"%s\",";
		char head[100];
		int len = snprintf(head, sizeof(head), ask, key);

		stage_write(&s, a, head, (size_t)len);
		stage_write(&s, a, "\"value\":", 8);
		stage_write(&s, a, value, 400002);
		stage_write(&s, a, "}\n", 2);
	}
	stage_settle(&s);
	stage_heard(&s, a);
	free(value);
}

START_TEST(what_is_not_read_is_charged_until_it_is)
{
	size_t before;
	int b;

	set_up();
	make_pool("p", 1);
	before = used();
	ck_assert_uint_ge(before, 400000);
	b = stage_join(&s);
	ask_for_value(b, "p");
	ck_assert_uint_ge(used(), before + 400000);
	while (strchr(stage_heard(&s, b), '\n') == NULL)
		stage_settle(&s);
	ck_assert_uint_eq(used(), before);
	stage_leave(&s, b);
	tear_down();
}
END_TEST

START_TEST(who_lets_wait_more_than_the_share_is_parted_with)
{
	int crowd[10], n_ended = 0;
	size_t before;

	set_up();
	make_pool("p", 10);
	before = used();
	s.server->core->quota.shares.most[QUOTA_BYTES] = before + 1700000;
	for (int i = 0; i < 10; i++) {
		crowd[i] = stage_join(&s);
		ask_for_value(crowd[i], "p");
		ck_assert_uint_le(used(), before + 1700000);
	}
	/* Four have room, and more when others are parted with: what these
	 * borrowed is not trusted any more, and gone. */
	for (int i = 0; i < 10; i++) {
		bool is_ended;

		while (!(is_ended = is_at_end(crowd[i])) &&
		       strchr(s.said, '\n') == NULL)
			stage_settle(&s);
		n_ended += is_ended;
	}
	ck_assert_int_ge(n_ended, 1);
	ck_assert_int_le(n_ended, 6);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	for (int i = 0; i < 10; i++)
		stage_leave(&s, crowd[i]);
	tear_down();
}
END_TEST

START_TEST(who_has_only_not_read_yet_is_not_parted_with_for_others)
{
	int b, c;

	set_up();
	make_pool("p", 2);
	b = stage_join(&s);
	ask_for_value(b, "p");
	s.server->core->quota.shares.most[QUOTA_BYTES] = used() + 1;
	c = stage_join(&s);
	ask_for_value(c, "p");
	while (strchr(stage_heard(&s, b), '\n') == NULL)
		stage_settle(&s);
	stage_expect(&s, b, "{'op':'ping'}", OK);
	ck_assert(is_at_end(c));
	stage_leave(&s, b);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

START_TEST(a_result_for_a_hundred_followers_counts_once)
{
	static const char finish[] =
	    "{\"op\":\"flight.finish\",\"key\":\"f\",\"value\":[";
	int crowd[N_CROWD];

	set_up();
	stage_ask(&s, a, "{'op':'flight.begin','key':'f'}");
	for (int i = 0; i < N_CROWD; i++) {
		crowd[i] = stage_join(&s);
		stage_ask(&s, crowd[i], "{'op':'flight.begin','key':'f'}");
	}
	stage_write(&s, a, finish, sizeof(finish) - 1);
	stage_write(&s, a, half, LINE_BYTES);
	stage_expect(&s, a, "1]}", "{'ok':true,'followers':100}\n");
	ck_assert_uint_ge(used(), LINE_BYTES);
	ck_assert_uint_le(used(), LINE_BYTES + N_CROWD * 2048);
	for (int i = 0; i < N_CROWD; i++) {
		while (strstr(stage_heard(&s, crowd[i]), "1]}\n") == NULL)
			stage_settle(&s);
		stage_leave(&s, crowd[i]);
	}
	stage_settle(&s);
	ck_assert_uint_eq(used(), 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    half_a_line_is_charged_until_it_is_whole,
	    half_a_line_of_one_who_goes_is_given_back,
	    half_a_line_beyond_the_share_is_answered_quota_and_the_end,
	    lines_for_later_turns_are_charged_and_harm_nobody,
	    what_is_not_read_is_charged_until_it_is,
	    who_lets_wait_more_than_the_share_is_parted_with,
	    who_has_only_not_read_yet_is_not_parted_with_for_others,
	    a_result_for_a_hundred_followers_counts_once,
	    NULL,
	};

	return unit_run("conn_bytes", tests);
}
