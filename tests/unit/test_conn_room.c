/* SPDX-License-Identifier: MIT */
/*
 * How much a socket takes before its peer reads: little, and much for so many
 * of those that get large values.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"

/* The kernel fills the buffer that it has begun. */
#define LITTLE (72 * 1024)
#define MUCH   (212 * 1024)
#define N_WIDE 512
#define VALUE  250000

STAGE_CLOCK

static struct stage s;
static int leader, crowd[N_WIDE + 10];

static void set_up(int n)
{
	stage_open(&s);
	leader = stage_join(&s);
	for (int i = 0; i < n; i++)
		crowd[i] = stage_join(&s);
}

static void tear_down(int n)
{
	for (int i = 0; i < n; i++)
		stage_leave(&s, crowd[i]);
	stage_leave(&s, leader);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_wide, 0);
	stage_close(&s);
}

/* A value of so many bytes for these clients, who do not read it. */
static void share(size_t len, const int *clients, int n)
{
	static const char finish[] =
	    "{\"op\":\"flight.finish\",\"key\":\"f\",\"value\":[";
	char *text = malloc(len);

	memset(text, ' ', len);
	stage_ask(&s, leader, "{'op':'flight.begin','key':'f'}");
	for (int i = 0; i < n; i++) {
		stage_send(clients[i], "{'op':'flight.begin','key':'f'}");
		stage_settle(&s);
	}
	stage_write(&s, leader, finish, sizeof(finish) - 1);
	stage_write(&s, leader, text, len);
	stage_settle(&s);
	stage_ask(&s, leader, "]}");
	while (s.server->deferred != NULL)
		stage_turn(&s);
	free(text);
}

static int unread(int client)
{
	int bytes;

	ck_assert_int_eq(ioctl(client, FIONREAD, &bytes), 0);
	return bytes;
}

static void read_all(int client)
{
	size_t n = 0;

	while (n < VALUE) {
		n += strlen(stage_heard(&s, client));
		stage_settle(&s);
	}
}

START_TEST(answers_of_the_usual_size_need_no_more_room)
{
	set_up(1);
	share(1000, crowd, 1);
	ck_assert_uint_eq(s.server->n_wide, 0);
	ck_assert_int_gt(unread(crowd[0]), 1000);
	tear_down(1);
}
END_TEST

/* A line may have 64 KiB, unless one says otherwise. */
START_TEST(value_of_64_kib_goes_out_at_once_without_more_room)
{
	const int len = 64 * 1024 - 100;

	set_up(1);
	share((size_t)len, crowd, 1);
	ck_assert_uint_eq(s.server->n_wide, 0);
	ck_assert_int_gt(unread(crowd[0]), len);
	tear_down(1);
}
END_TEST

START_TEST(who_gets_a_large_value_gets_the_room_for_it)
{
	set_up(1);
	share(VALUE, crowd, 1);
	ck_assert_uint_eq(s.server->n_wide, 1);
	ck_assert_int_gt(unread(crowd[0]), LITTLE);
	ck_assert_int_le(unread(crowd[0]), MUCH);
	read_all(crowd[0]);
	/* It may come in handy again. */
	ck_assert_uint_eq(s.server->n_wide, 1);
	tear_down(1);
}
END_TEST

START_TEST(so_many_have_much_room_and_the_others_little)
{
	int n_much = 0;

	set_up(N_WIDE + 10);
	share(VALUE, crowd, N_WIDE + 10);
	ck_assert_uint_eq(s.server->n_wide, N_WIDE);
	for (int i = 0; i < N_WIDE + 10; i++)
		n_much += unread(crowd[i]) > LITTLE;
	ck_assert_int_eq(n_much, N_WIDE);
	tear_down(N_WIDE + 10);
}
END_TEST

START_TEST(room_that_is_not_needed_any_more_goes_to_others)
{
	int *last = &crowd[N_WIDE];

	set_up(N_WIDE + 1);
	share(VALUE, crowd, N_WIDE);
	ck_assert_uint_eq(s.server->n_wide, N_WIDE);
	read_all(crowd[2]);
	share(VALUE, last, 1);
	ck_assert_uint_eq(s.server->n_wide, N_WIDE);
	ck_assert_int_gt(unread(*last), LITTLE);
	/* The one that had it has little now. */
	read_all(*last);
	share(VALUE, &crowd[2], 1);
	ck_assert_int_gt(unread(crowd[2]), 0);
	tear_down(N_WIDE + 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    answers_of_the_usual_size_need_no_more_room,
	    value_of_64_kib_goes_out_at_once_without_more_room,
	    who_gets_a_large_value_gets_the_room_for_it,
	    so_many_have_much_room_and_the_others_little,
	    room_that_is_not_needed_any_more_goes_to_others,
	    NULL,
	};
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 2000) {
		files.rlim_cur = files.rlim_max < 2000 ? files.rlim_max : 2000;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return unit_run("conn_room", tests);
}
