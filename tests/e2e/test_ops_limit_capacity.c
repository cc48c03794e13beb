/* SPDX-License-Identifier: MIT */
/*
 * Where the capacity of a Limit comes from, who may change it and what a
 * change does to those who hold and wait.
 */
#include "fixture.h"

#define SIZE(in_use, capacity)                                                 \
	"{'ok':true,'in_use':" #in_use ",'capacity':" #capacity "}"

static json_t *borrow(struct client *c, const char *members)
{
	return ask(
	    c, "{'op':'limit.borrow','key':'db','wait_ms':0%s}", members);
}

static void wait_to_borrow(struct client *c, int permits)
{
	ask_to_wait(
	    c, "{'op':'limit.borrow','key':'db','permits':%d}", permits);
}

static json_t *give_back(struct client *c)
{
	return ask(c, "{'op':'limit.return','key':'db'}");
}

static json_t *set(struct client *c, int capacity)
{
	return ask(c, "{'op':'limit.set','key':'db','capacity':%d}", capacity);
}

static json_t *info(struct client *c)
{
	return ask(c, "{'op':'limit.info','key':'db'}");
}

static json_t *delete (struct client *c)
{
	return ask(c, "{'op':'limit.delete','key':'db'}");
}

START_TEST(limit_that_does_not_exist_needs_a_capacity)
{
	expect_refused(borrow(A, ""), "unknown_key", "db", "capacity", NULL);
	expect_refused(ask(A, "{'op':'limit.try_borrow','key':'db'}"),
	    "unknown_key", "db", NULL);
	expect_refused(borrow(A, ",'adopt':true"), "unknown_key", "db", NULL);
	expect_refused(info(A), "unknown_key", "db", NULL);
	expect_refused(delete (A), "unknown_key", "db", NULL);
	expect_error(give_back(A), "not_held");
}
END_TEST

START_TEST(limit_made_by_use_vanishes_with_its_last_use)
{
	expect(borrow(A, ",'capacity':2"), SIZE(1, 2));
	expect(borrow(B, ""), SIZE(2, 2));
	expect(give_back(A), "{'in_use':1}");
	expect(info(A), "{'capacity':2,'in_use':1,'available':1}");
	expect(give_back(B), "{'in_use':0}");
	expect_error(info(A), "unknown_key");
	expect(borrow(B, ",'capacity':5"), SIZE(1, 5));
}
END_TEST

/* edge: 58 */
START_TEST(another_capacity_is_a_conflict_that_names_both)
{
	json_t *answer;

	expect(borrow(A, ",'capacity':2"), SIZE(1, 2));
	answer = borrow(B, ",'capacity':5");
	expect(json_incref(answer), "{'error':'conflict','capacity':2}");
	expect_refused(answer, "conflict", "db", "2", "5", NULL);
	answer = ask(B, "{'op':'limit.try_borrow','key':'db','capacity':1}");
	expect(json_incref(answer), "{'error':'conflict','capacity':2}");
	expect_error(answer, "conflict");
	expect(info(B), "{'capacity':2,'in_use':1,'waiting':0}");
	expect(borrow(B, ",'capacity':2"), SIZE(2, 2));
}
END_TEST

START_TEST(capacity_in_force_is_adopted_where_the_caller_says_so)
{
	expect(borrow(A, ",'capacity':5,'adopt':true"), SIZE(1, 5));
	expect(borrow(B, ",'capacity':2,'adopt':true"), SIZE(2, 5));
	expect(ask(C, "{'op':'limit.try_borrow','key':'db','capacity':9,"
		      "'adopt':true}"),
	    "{'ok':true,'borrowed':true,'in_use':3,'capacity':5}");
	/* More than the one in force is refused, whatever one had in mind. */
	expect_refused(borrow(D, ",'capacity':9,'adopt':true,'permits':6"),
	    "bad_request", "permits", NULL);
	expect_error(borrow(D, ",'capacity':9,'adopt':false"), "conflict");
}
END_TEST

/* edge: 63 */
START_TEST(capacity_that_was_set_stays_until_it_is_deleted)
{
	expect(set(A, 2), "{'ok':true}");
	client_close(A);
	expect(borrow(B, ""), SIZE(1, 2));
	expect(give_back(B), "{'in_use':0}");
	expect(info(B),
	    "{'ok':true,'capacity':2,'in_use':0,'available':2,'waiting':0}");
	expect(borrow(B, ",'capacity':3"),
	    "{'ok':false,'error':'conflict','capacity':2}");
	expect(delete (B), "{'ok':true}");
	expect_error(info(B), "unknown_key");
	expect(borrow(B, ",'capacity':3"), SIZE(1, 3));
}
END_TEST

START_TEST(limit_in_use_is_not_deleted)
{
	expect(set(A, 1), "{'ok':true}");
	expect(borrow(A, ""), SIZE(1, 1));
	expect_refused(delete (B), "conflict", "db", NULL);
	wait_to_borrow(C, 1);
	expect_refused(delete (B), "conflict", "db", NULL);
	expect_ok(give_back(A));
	expect(client_answer(C), SIZE(1, 1));
	expect_ok(give_back(C));
	expect(delete (B), "{'ok':true}");
	expect_error(delete (B), "unknown_key");
}
END_TEST

START_TEST(set_takes_over_what_was_made_by_use)
{
	expect(borrow(A, ",'capacity':2"), SIZE(1, 2));
	expect(set(B, 4), "{'ok':true}");
	expect(info(B), "{'capacity':4,'in_use':1,'available':3}");
	expect(give_back(A), "{'in_use':0}");
	expect(info(B), "{'capacity':4,'in_use':0}");
}
END_TEST

/* edge: 56 */
START_TEST(raised_capacity_lets_in_as_many_as_fit)
{
	expect(set(P, 1), "{'ok':true}");
	expect(borrow(A, ""), SIZE(1, 1));
	wait_to_borrow(B, 1);
	wait_to_borrow(C, 1);
	wait_to_borrow(D, 1);
	expect(set(A, 3), "{'ok':true}");
	expect(client_answer(B), "{'ok':true,'capacity':3}");
	expect(client_answer(C), SIZE(3, 3));
	expect_silence(D);
	expect(info(A), "{'capacity':3,'in_use':3,'waiting':1}");
}
END_TEST

/* edge: 57 */
START_TEST(lowered_capacity_takes_nothing_away_but_drains)
{
	expect(set(P, 3), "{'ok':true}");
	expect(borrow(A, ""), SIZE(1, 3));
	expect(borrow(B, ""), SIZE(2, 3));
	expect(borrow(C, ""), SIZE(3, 3));
	wait_to_borrow(D, 1);
	expect(set(P, 1), "{'ok':true}");
	expect(info(P), "{'capacity':1,'in_use':3,'available':0,'waiting':1}");
	expect(give_back(A), "{'in_use':2}");
	expect(give_back(B), "{'in_use':1}");
	expect_silence(D);
	expect(give_back(C), "{'in_use':1}");
	expect(client_answer(D), SIZE(1, 1));
}
END_TEST

START_TEST(wait_that_a_lowered_capacity_makes_vain_is_a_conflict)
{
	expect(set(P, 3), "{'ok':true}");
	expect(borrow(A, ",'permits':3"), SIZE(3, 3));
	wait_to_borrow(B, 3);
	wait_to_borrow(C, 1);
	wait_to_borrow(D, 2);
	expect(set(P, 2), "{'ok':true}");
	expect_refused(client_answer(B), "conflict", "db", "2", NULL);
	expect_silence(C);
	expect(give_back(A), "{'in_use':1}");
	expect(client_answer(C), SIZE(1, 2));
	expect(give_back(C), "{'in_use':2}");
	expect(client_answer(D), SIZE(2, 2));
}
END_TEST

/* edge: 59 */
START_TEST(capacity_out_of_range_is_refused)
{
	const char *const wrong[] = {"0", "-1", "1.5", "1e2", "2147483648",
	    "99999999999999999999", "'3'", "null", "true"};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_refused(ask(A,
				   "{'op':'limit.borrow','key':'db',"
				   "'capacity':%s}",
				   wrong[i]),
		    "bad_request", "capacity", NULL);
		expect_refused(
		    ask(A, "{'op':'limit.set','key':'db','capacity':%s}",
			wrong[i]),
		    "bad_request", "capacity", NULL);
	}
	expect_error(info(A), "unknown_key");
	expect(set(A, 2147483647), "{'ok':true}");
	expect(
	    borrow(A, ",'permits':2147483647"), SIZE(2147483647, 2147483647));
	expect_error(borrow(B, ""), "busy");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    limit_that_does_not_exist_needs_a_capacity,
	    limit_made_by_use_vanishes_with_its_last_use,
	    another_capacity_is_a_conflict_that_names_both,
	    capacity_in_force_is_adopted_where_the_caller_says_so,
	    capacity_that_was_set_stays_until_it_is_deleted,
	    limit_in_use_is_not_deleted,
	    set_takes_over_what_was_made_by_use,
	    raised_capacity_lets_in_as_many_as_fit,
	    lowered_capacity_takes_nothing_away_but_drains,
	    wait_that_a_lowered_capacity_makes_vain_is_a_conflict,
	    capacity_out_of_range_is_refused,
	    NULL,
	};

	return run_tests("ops_limit_capacity", tests);
}
