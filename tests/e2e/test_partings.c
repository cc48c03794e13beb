/* SPDX-License-Identifier: MIT */
/*
 * Ends of connections in the moments that are easily overlooked: with answers
 * unread, in the turn of a grant, with more to say than a socket takes, with
 * lines for many turns, and at the end of the daemon.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* edge: 90 */
START_TEST(half_closed_waiter_that_goes_with_an_answer_unread_is_noticed)
{
	acquire(A, "k");
	tell(B, "{'op':'lock.acquire','key':'k'}\n{'op':'ping'}");
	client_shut(B);
	gauge_await(P, "lock", "waits", 1);
	/* The ping's answer lies unread, so this end is a reset. */
	client_close(B);
	gauge_await(P, "lock", "waits", 0);
	client_open(B, &server);
}
END_TEST

/* edge: 92 */
START_TEST(last_words_are_whole_however_many_they_are)
{
	enum {
		N = 6000
	};
	int n_lost = 0;
	char *line;

	for (int i = 0; i < N; i++)
		expect_ok(ask(A, "{'op':'lock.acquire','key':'%064d'}", i));
	client_shut(A);
	while ((line = client_line(A)) != NULL) {
		ck_assert_ptr_nonnull(strstr(line, "\"event\":\"lost\""));
		ck_assert_int_eq(line[strlen(line) - 1], '}');
		free(line);
		n_lost++;
	}
	ck_assert_int_eq(n_lost, N);
}
END_TEST

/* edge: 12 29 50 */
START_TEST(waiter_that_went_in_the_turn_of_the_release_is_passed_over)
{
	acquire(A, "k");
	ask_to_wait(B, "{'op':'lock.acquire','key':'k'}");
	ask_to_wait(C, "{'op':'lock.acquire','key':'k'}");
	daemon_freeze(&server);
	tell(A, "{'op':'lock.release','key':'k'}");
	client_close(B);
	daemon_thaw(&server);
	expect(client_answer(C), GRANTED);
	client_open(B, &server);
}
END_TEST

/* edge: 1 12 */
START_TEST(follower_that_went_in_the_turn_of_an_abandon_never_led)
{
	expect_ok(ask(A, "{'op':'flight.begin','key':'f'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'f'}");
	ask_to_wait(C, "{'op':'flight.begin','key':'f'}");
	daemon_freeze(&server);
	tell(A, "{'op':'flight.abandon','key':'f'}");
	client_close(B);
	daemon_thaw(&server);
	expect(client_answer(C), "{'ok':true,'leader':true,'attempt':2}");
	client_open(B, &server);
}
END_TEST

/* edge: 79 */
START_TEST(lines_for_many_turns_of_one_who_is_gone_hand_out_nothing)
{
	enum {
		N_LINES = 60000
	};
	char *lines = malloc(N_LINES);

	ck_assert_ptr_nonnull(lines);
	memset(lines, '\n', N_LINES);
	expect_ok(ask(A, "{'op':'pool.get','key':'p','capacity':1}"));
	expect_ok(ask(A, "{'op':'pool.put','key':'p','value':'v'}"));
	daemon_freeze(&server);
	client_write(B, lines, N_LINES);
	tell(B, "{'op':'pool.clear','key':'p'}");
	client_close(B);
	daemon_thaw(&server);
	connected_await(P, 4);
	expect(ask(A, "{'op':'pool.available','key':'p'}"),
	    "{'ok':true,'available':1}");
	free(lines);
	client_open(B, &server);
}
END_TEST

/* A peer that only stops to read cannot hold the daemon in one turn. */
START_TEST(client_that_stops_reading_and_goes_on_sending_is_parted_with)
{
	enum {
		N_LINES = 100000
	};

	ck_assert_int_eq(shutdown(B->fd, SHUT_RD), 0);
	for (int i = 0; i < N_LINES; i++) {
		static const char ping[] = "{\"op\":\"ping\"}\n";

		if (send(B->fd, ping, sizeof(ping) - 1, MSG_NOSIGNAL) < 0)
			break;
	}
	connected_await(P, 4);
	client_close(B);
	client_open(B, &server);
}
END_TEST

/* edge: 95 */
START_TEST(every_one_of_many_waits_hears_of_the_end_of_the_daemon)
{
	enum {
		N = 120,
		WAITS = 400
	};
	struct client *c = calloc(N, sizeof(*c));
	struct daemon d = server;

	ck_assert_ptr_nonnull(c);
	acquire(A, "k");
	for (int i = 0; i < N; i++) {
		client_open(&c[i], &server);
		expect_ok(ask(&c[i], "{'op':'hello','multiplexed':true}"));
		for (int n = 0; n < WAITS; n++)
			tell(&c[i], "{'op':'lock.acquire','key':'k'}");
		expect_ok(ask(&c[i], "{'op':'ping'}"));
	}
	daemon_stop(&d);
	for (int i = 0; i < N; i++) {
		for (int n = 0; n < WAITS; n++)
			expect_error(client_answer(&c[i]), "shutting_down");
		expect_end(&c[i]);
		client_close(&c[i]);
	}
	free(c);
	/* What follows the test expects a daemon that it can stop. */
	daemon_start(&server, NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    half_closed_waiter_that_goes_with_an_answer_unread_is_noticed,
	    last_words_are_whole_however_many_they_are,
	    waiter_that_went_in_the_turn_of_the_release_is_passed_over,
	    follower_that_went_in_the_turn_of_an_abandon_never_led,
	    lines_for_many_turns_of_one_who_is_gone_hand_out_nothing,
	    client_that_stops_reading_and_goes_on_sending_is_parted_with,
	    every_one_of_many_waits_hears_of_the_end_of_the_daemon,
	    NULL,
	};

	scene_allow_files(1024);
	return run_tests("partings", tests);
}
