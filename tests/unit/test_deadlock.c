/* SPDX-License-Identifier: MIT */
/* The search for cycles of waits. */
#include "toy.h"

#include "deadlock.h"
#include "flight.h"
#include "lock.h"

#include <stdio.h>
#include <string.h>

#define MOST_STEPS 1000

/* What the reply will say, but for the names of programs. */
static char words[4096];

static const struct object *sole(const char *text)
{
	return object_find(core, key_of(&toy_sole_kind, text));
}

/* Whether the session would close a cycle; then the words say how. */
static bool closes(const struct session *session, const struct object *object)
{
	struct deadlock deadlock;
	bool found;
	int len;

	memset(&deadlock, 'x', sizeof(deadlock));
	found = deadlock_closes(core, session, object, &deadlock);
	ck_assert_int_eq(deadlock.words[0] != '\0', found);
	len = snprintf(words, sizeof(words), "%s", deadlock.words);
	for (size_t i = 0; i < deadlock.n_links; i++) {
		const struct refusal_link *link = &deadlock.links[i];

		len += snprintf(words + len, sizeof(words) - (size_t)len,
		    "held for %d by %s%d%s", (int)link->holder.held_ms,
		    link->is_asker ? "this, " : "", (int)link->holder.pid,
		    link->words);
	}
	ck_assert_int_lt(len, (int)sizeof(words));
	core_check(core);
	return found;
}

static void expect_words(const char *part)
{
	ck_assert_msg(
	    strstr(words, part) != NULL, "\"%s\" is not in: %s", part, words);
}

/* edge: 15 39 */
START_TEST(who_holds_it_would_wait_for_himself)
{
	toy_take(A, &toy_sole_kind, "k");
	ck_assert(closes(A, sole("k")));
	expect_words("holds it already (token 100); release it first; "
		     "held for 0 by this, 11");
	ck_assert(!closes(B, sole("k")));
}
END_TEST

START_TEST(who_waits_for_it_already_need_not_wait_twice)
{
	toy_take(A, &toy_sole_kind, "k");
	toy_wait(C, 1, &toy_sole_kind, "k");
	toy_wait(B, 1, &toy_sole_kind, "k");
	ck_assert(closes(B, sole("k")));
	expect_words("waits for it already; wait for that answer, or cancel "
		     "it; held for 0 by 11");
	ck_assert(!closes(D, sole("k")));
}
END_TEST

/* edge: 16 */
START_TEST(two_that_take_two_keys_in_opposite_order_close_a_cycle)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	ck_assert(!closes(A, sole("b")));
	toy_wait(A, 1, &toy_sole_kind, "b");
	ck_assert(closes(B, sole("a")));
	expect_words("it is held for 0 by 11, which waits for lock \"b\", "
		     "held for 0 by this, 12; release");
}
END_TEST

START_TEST(cycle_of_three_is_told_link_by_link)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	toy_take(D, &toy_sole_kind, "d");
	toy_wait(A, 1, &toy_sole_kind, "b");
	toy_wait(B, 1, &toy_sole_kind, "d");
	ck_assert(closes(D, sole("a")));
	expect_words("held for 0 by 11, which waits for lock \"b\", "
		     "held for 0 by 12, which waits for lock \"d\", "
		     "held for 0 by this, 21; release");
}
END_TEST

START_TEST(cycle_may_go_over_a_lock_and_a_flight)
{
	flight_begin(core, by(A, 1), key_of(&flight_kind, "f"), 3);
	answered(A, 1);
	lock_acquire(core, by(B, 2), key_of(&lock_kind, "l"));
	answered(B, 2);
	lock_acquire(core, by(A, 3), key_of(&lock_kind, "l"));
	silence();
	flight_begin(core, by(B, 4), key_of(&flight_kind, "f"), 3);
	says(refused(B, 4, WIRE_DEADLOCK), "waiting would never end: it is ");
}
END_TEST

START_TEST(chain_that_ends_in_one_who_does_not_wait_is_no_cycle)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	toy_take(C, &toy_sole_kind, "c");
	toy_wait(A, 1, &toy_sole_kind, "b");
	toy_wait(B, 1, &toy_sole_kind, "c");
	ck_assert(!closes(D, sole("a")));
}
END_TEST

START_TEST(others_in_the_queue_are_in_nobodys_way)
{
	toy_take(A, &toy_sole_kind, "k");
	toy_take(B, &toy_sole_kind, "b");
	toy_wait(C, 1, &toy_sole_kind, "k");
	toy_wait(C, 2, &toy_sole_kind, "b");
	/* C waits for B and is before B in the queue of k; but holders only
	 * are followed. */
	ck_assert(!closes(B, sole("k")));
}
END_TEST

START_TEST(what_nobody_holds_closes_nothing)
{
	struct toy *toy = toy_get(&toy_sole_kind, "k");

	struct deadlock deadlock;

	memset(&deadlock, 'x', sizeof(deadlock));
	ck_assert(!deadlock_closes(core, A, &toy->object, &deadlock));
	ck_assert_str_eq(deadlock.words, "");
	ck_assert_uint_eq(deadlock.n_links, 0);
	object_settle(core, &toy->object);
}
END_TEST

START_TEST(multiplexed_sessions_are_left_out_as_askers_and_as_holders)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	toy_wait(A, 1, &toy_sole_kind, "b");
	B->multiplexed = true;
	ck_assert(!closes(B, sole("a")));
	ck_assert(!closes(B, sole("b")));
	B->multiplexed = false;
	A->multiplexed = true;
	ck_assert(!closes(B, sole("a")));
	ck_assert(!closes(A, sole("b"))); /* it may wait twice */
	A->multiplexed = false;
	ck_assert(closes(B, sole("a")));
}
END_TEST

START_TEST(detached_hold_is_nobodys_and_ends_the_chain)
{
	toy_ask(detached(by(A, 1), 100), key_of(&toy_sole_kind, "k"));
	answered(A, 1);
	ck_assert(!closes(A, sole("k")));
	toy_take(B, &toy_sole_kind, "b");
	toy_wait(A, 2, &toy_sole_kind, "b");
	ck_assert(!closes(B, sole("k")));
}
END_TEST

START_TEST(detached_request_is_looked_at_like_any_other)
{
	toy_take(A, &toy_sole_kind, "k");
	toy_ask(detached(by(A, 1), 100), key_of(&toy_sole_kind, "k"));
	refused(A, 1, WIRE_DEADLOCK);
}
END_TEST

START_TEST(what_may_have_several_holders_is_never_part_of_a_cycle)
{
	const struct object *shared = toy_take(A, &toy_kind, "k")->object;

	ck_assert(!closes(A, shared));
	toy_take(B, &toy_sole_kind, "b");
	toy_wait(A, 1, &toy_sole_kind, "b");
	ck_assert(!closes(B, shared));
	toy_wait(C, 1, &toy_kind, "k");
	ck_assert(!closes(C, shared));
	/* And the other way round: B waits for what D holds, but not alone. */
	toy_take(D, &toy_kind, "d");
	toy_wait(B, 2, &toy_kind, "d");
	ck_assert(!closes(D, sole("b")));
}
END_TEST

START_TEST(oldest_of_a_holders_waits_over_exclusive_things_is_followed)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	toy_take(C, &toy_sole_kind, "c");
	toy_take(C, &toy_kind, "shared");
	toy_wait(A, 1, &toy_kind, "shared"); /* passed over */
	toy_wait(A, 2, &toy_sole_kind, "b"); /* the one */
	toy_wait(A, 3, &toy_sole_kind, "c"); /* not looked at: best effort */
	ck_assert(closes(B, sole("a")));
	ck_assert(!closes(C, sole("a")));
}
END_TEST

/* Sessions that hold "0", "1" … and wait for the next one's; the last of n
 * waits for nothing yet. Returns the last. */
static struct session *chain_of(int n)
{
	struct session *before = NULL, *session = NULL;
	char text[20];

	for (int i = 0; i < n; i++) {
		session = join(UNIT_UID, 1000 + i);
		(void)snprintf(text, sizeof(text), "%d", i);
		toy_take(session, &toy_sole_kind, text);
		if (before != NULL)
			toy_wait(before, 1, &toy_sole_kind, text);
		before = session;
	}
	return session;
}

START_TEST(cycle_of_a_thousand_sessions_is_found)
{
	struct session *last = chain_of(MOST_STEPS);

	ck_assert(closes(last, sole("0")));
	expect_words("held for 0 by 1000, which waits for lock \"1\"");
	expect_words("by 1003, which waits for lock \"4\", held by others, "
		     "and so on, back to what is held for 0 by this, 1999");
}
END_TEST

/* row: 100 */
START_TEST(after_a_thousand_steps_the_answer_is_no)
{
	struct session *last = chain_of(MOST_STEPS + 1);

	ck_assert(!closes(last, sole("0")));
	ck_assert(closes(last, sole("1")));
}
END_TEST

/* So many waits at once, without looking at every invariant after each. */
static void wait_many_times(
    struct session *session, int n, const struct kind *kind, const char *text)
{
	struct request req = *by(session, 0);

	for (int i = 0; i < n; i++)
		toy_ask(&req, key_of(kind, text));
	silence();
}

/* row: 100 */
START_TEST(search_among_one_sessions_waits_is_bounded_too)
{
	toy_take(A, &toy_sole_kind, "a");
	toy_take(B, &toy_sole_kind, "b");
	toy_take(C, &toy_kind, "shared");
	wait_many_times(A, MOST_STEPS - 1, &toy_kind, "shared");
	toy_wait(A, 5000, &toy_sole_kind, "b");
	ck_assert(closes(B, sole("a")));
	claim_cancel(core, A->waiting->mine_prev, WIRE_CANCELLED);
	refused(A, 5000, WIRE_CANCELLED);
	wait_many_times(A, 1, &toy_kind, "shared");
	toy_wait(A, 5000, &toy_sole_kind, "b");
	ck_assert(!closes(B, sole("a")));
}
END_TEST

START_TEST(words_about_the_longest_keys_are_not_cut_off)
{
	static const char end[] = "in one order everywhere";
	char texts[7][WIRE_MAX_KEY_BYTES + 1];
	struct session *before = NULL, *session = NULL;

	for (int i = 0; i < 7; i++) {
		memset(texts[i], 'a' + i, WIRE_MAX_KEY_BYTES);
		texts[i][WIRE_MAX_KEY_BYTES] = '\0';
		session = join(UNIT_UID, 4000000 + i);
		toy_take(session, &toy_sole_kind, texts[i]);
		if (before != NULL)
			toy_wait(before, 1, &toy_sole_kind, texts[i]);
		before = session;
	}
	ck_assert(closes(session, sole(texts[0])));
	expect_words(texts[4]);
	ck_assert_ptr_null(strstr(words, texts[5]));
	ck_assert_str_eq(words + strlen(words) - strlen(end), end);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    who_holds_it_would_wait_for_himself,
	    who_waits_for_it_already_need_not_wait_twice,
	    two_that_take_two_keys_in_opposite_order_close_a_cycle,
	    cycle_of_three_is_told_link_by_link,
	    cycle_may_go_over_a_lock_and_a_flight,
	    chain_that_ends_in_one_who_does_not_wait_is_no_cycle,
	    others_in_the_queue_are_in_nobodys_way,
	    what_nobody_holds_closes_nothing,
	    multiplexed_sessions_are_left_out_as_askers_and_as_holders,
	    detached_hold_is_nobodys_and_ends_the_chain,
	    detached_request_is_looked_at_like_any_other,
	    what_may_have_several_holders_is_never_part_of_a_cycle,
	    oldest_of_a_holders_waits_over_exclusive_things_is_followed,
	    cycle_of_a_thousand_sessions_is_found,
	    after_a_thousand_steps_the_answer_is_no,
	    search_among_one_sessions_waits_is_bounded_too,
	    words_about_the_longest_keys_are_not_cut_off,
	    NULL,
	};

	return unit_main("deadlock", true, tests, NULL);
}
