/* SPDX-License-Identifier: MIT */
/* Sessions and the table in which the server finds them by their ids. */
#include "unit.h"

#include "session.h"
#include "xalloc.h"

#define N_MANY 1000

static struct session_table table;
static struct account account = {.uid = 5};

static struct session *add(pid_t pid)
{
	const struct peer peer = {.uid = 5, .pid = pid};

	return session_new(&table, &peer, &account);
}

START_TEST(empty_table_finds_nobody_and_can_be_ended)
{
	ck_assert_ptr_null(session_find(&table, 0));
	ck_assert_ptr_null(session_find(&table, UINT64_MAX));
	ck_assert_ptr_null(session_find(&table, (uint64_t)1 << 32));
	session_table_deinit(&table);
}
END_TEST

START_TEST(new_session_is_its_peers_and_has_nothing_else)
{
	const struct session *session = add(77);

	ck_assert_int_eq(session->peer.pid, 77);
	ck_assert_uint_eq(session->peer.uid, 5);
	ck_assert_ptr_eq(session->account, &account);
	ck_assert_ptr_null(session->client);
	ck_assert(!session->multiplexed && !session->wants_lost);
	ck_assert_ptr_null(session->waiting);
	ck_assert_ptr_null(session->held);
	ck_assert_uint_eq(session->by_id.n_items, 0);
}
END_TEST

START_TEST(session_is_found_by_its_id_alone)
{
	struct session *one = add(1), *two = add(2);

	ck_assert_uint_ne(one->id, two->id);
	ck_assert_ptr_eq(session_find(&table, one->id), one);
	ck_assert_ptr_eq(session_find(&table, two->id), two);
	ck_assert_ptr_null(session_find(&table, 0));
	/* Same slot, another serial number; and a slot that nobody has. */
	ck_assert_ptr_null(session_find(&table, one->id + ((uint64_t)9 << 32)));
	ck_assert_ptr_null(session_find(&table, one->id + 1000));
}
END_TEST

START_TEST(id_of_a_session_that_left_finds_nobody_in_its_slot)
{
	struct session *first = add(1), *next;
	uint64_t id = first->id;

	session_remove(&table, first);
	ck_assert_ptr_null(session_find(&table, id));
	next = add(2);
	ck_assert_uint_eq(SESSION_SLOT(next->id), SESSION_SLOT(id));
	ck_assert_uint_ne(next->id, id);
	ck_assert_ptr_null(session_find(&table, id));
	ck_assert_ptr_eq(session_find(&table, next->id), next);
}
END_TEST

START_TEST(no_id_is_given_twice_in_ten_thousand_comings_and_goings)
{
	uint64_t last = 0;

	for (int i = 0; i < 10000; i++) {
		struct session *session = add(i);

		ck_assert_uint_gt(session->id >> 32, last >> 32);
		last = session->id;
		session_remove(&table, session);
	}
	ck_assert_uint_eq(table.n_slots, 1);
	session_table_deinit(&table);
}
END_TEST

START_TEST(no_id_is_zero_even_when_the_serial_numbers_begin_again)
{
	struct session *last, *first;

	table.serial = UINT32_MAX - 1;
	last = add(1);
	first = add(2);
	ck_assert_uint_eq(last->id >> 32, UINT32_MAX);
	ck_assert_uint_eq(first->id >> 32, 1);
	ck_assert_ptr_eq(session_find(&table, last->id), last);
	ck_assert_ptr_eq(session_find(&table, first->id), first);
	session_remove(&table, last);
	session_remove(&table, first);
	session_table_deinit(&table);
}
END_TEST

START_TEST(many_sessions_are_all_found_whoever_of_them_leaves)
{
	static struct session *all[N_MANY];

	for (int i = 0; i < N_MANY; i++)
		all[i] = add(i);
	ck_assert_uint_eq(table.n_sessions, N_MANY);
	for (int i = 0; i < N_MANY; i += 3) {
		uint64_t id = all[i]->id;

		session_remove(&table, all[i]);
		ck_assert_ptr_null(session_find(&table, id));
	}
	for (int i = 0; i < N_MANY; i += 3)
		all[i] = add(i);
	ck_assert_uint_eq(table.n_sessions, N_MANY);
	ck_assert_uint_eq(table.n_slots, N_MANY);
	for (int i = 0; i < N_MANY; i++) {
		ck_assert_ptr_eq(session_find(&table, all[i]->id), all[i]);
		ck_assert_int_eq(all[i]->peer.pid, i);
	}
	for (int i = 0; i < N_MANY; i++)
		session_remove(&table, all[i]);
	ck_assert_uint_eq(table.n_sessions, 0);
	session_table_deinit(&table);
}
END_TEST

START_TEST(name_of_a_client_goes_with_its_session)
{
	struct session *session = add(1);

	session->client = xmemdup0("name", 4);
	session_remove(&table, session);
	ck_assert_uint_eq(table.n_sessions, 0);
	session_table_deinit(&table);
}
END_TEST

START_TEST(ending_a_table_with_sessions_aborts)
{
	(void)add(1);
	session_table_deinit(&table);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    empty_table_finds_nobody_and_can_be_ended,
	    new_session_is_its_peers_and_has_nothing_else,
	    session_is_found_by_its_id_alone,
	    id_of_a_session_that_left_finds_nobody_in_its_slot,
	    no_id_is_given_twice_in_ten_thousand_comings_and_goings,
	    no_id_is_zero_even_when_the_serial_numbers_begin_again,
	    many_sessions_are_all_found_whoever_of_them_leaves,
	    name_of_a_client_goes_with_its_session,
	    NULL,
	};
	const TTest *const aborting[] = {
	    ending_a_table_with_sessions_aborts,
	    NULL,
	};

	return unit_main("session", false, tests, aborting);
}
