/* SPDX-License-Identifier: MIT */
/* Accounts per uid: what is charged, and what is given back. */
#include "unit.h"

#include "quota.h"

#include <string.h>

static struct quota quota;
static const uint8_t hash_key[SIP_KEY_BYTES] = "0123456789abcdef";

static void begin(void)
{
	const struct quota_shares shares = {.most = {
						[QUOTA_CONNECTIONS] = 2,
						[QUOTA_WAITS] = 0,
						[QUOTA_KEYS] = 10,
						[QUOTA_BYTES] = SIZE_MAX,
					    }};

	quota_init(&quota, &shares, hash_key);
}

START_TEST(uid_has_one_account_and_another_uid_another)
{
	struct account *account, *other;

	begin();
	account = quota_account(&quota, 5);
	other = quota_account(&quota, 0);
	ck_assert_ptr_eq(quota_account(&quota, 5), account);
	ck_assert_ptr_ne(other, account);
	ck_assert_uint_eq(account->uid, 5);
	ck_assert_uint_eq(other->uid, 0);
	quota_charge(account, QUOTA_KEYS, 10);
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 1));
	ck_assert(quota_has_room(&quota, other, QUOTA_KEYS, 10));
	quota_give_back(account, QUOTA_KEYS, 10);
	quota_deinit(&quota);
}
END_TEST

START_TEST(new_account_uses_nothing)
{
	const struct account *account;

	begin();
	account = quota_account(&quota, 5);
	for (int share_no = 0; share_no < QUOTA_N_SHARES; share_no++)
		ck_assert_uint_eq(account->used[share_no], 0);
	ck_assert_ptr_null(account->detached);
	ck_assert_ptr_null(account->abandoned);
	quota_deinit(&quota);
}
END_TEST

START_TEST(there_is_room_up_to_the_share_and_not_beyond)
{
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 10));
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 11));
	quota_charge(account, QUOTA_KEYS, 7);
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 3));
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 4));
	quota_charge(account, QUOTA_KEYS, 3);
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 0));
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 1));
	quota_give_back(account, QUOTA_KEYS, 1);
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 1));
	quota_give_back(account, QUOTA_KEYS, 9);
	quota_deinit(&quota);
}
END_TEST

START_TEST(a_lowered_share_leaves_what_is_used_and_gives_no_more)
{
	struct quota_shares few = {.most = {[QUOTA_KEYS] = 2}};
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	quota_charge(account, QUOTA_KEYS, 7);
	quota_set_shares(&quota, &few);
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 1));
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 0));
	quota_give_back(account, QUOTA_KEYS, 5);
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, 1));
	quota_give_back(account, QUOTA_KEYS, 1);
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 1));
	quota_give_back(account, QUOTA_KEYS, 1);
	quota_deinit(&quota);
}
END_TEST

START_TEST(shares_are_counted_apart)
{
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	quota_charge(account, QUOTA_CONNECTIONS, 2);
	ck_assert(!quota_has_room(&quota, account, QUOTA_CONNECTIONS, 1));
	ck_assert(!quota_has_room(&quota, account, QUOTA_WAITS, 1));
	ck_assert(quota_has_room(&quota, account, QUOTA_KEYS, 10));
	quota_give_back(account, QUOTA_CONNECTIONS, 2);
	quota_deinit(&quota);
}
END_TEST

START_TEST(very_large_numbers_do_not_wrap)
{
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	quota_charge(account, QUOTA_BYTES, SIZE_MAX - 1);
	ck_assert(quota_has_room(&quota, account, QUOTA_BYTES, 1));
	ck_assert(!quota_has_room(&quota, account, QUOTA_BYTES, 2));
	ck_assert(!quota_has_room(&quota, account, QUOTA_BYTES, SIZE_MAX));
	ck_assert(!quota_has_room(&quota, account, QUOTA_KEYS, SIZE_MAX));
	quota_give_back(account, QUOTA_BYTES, SIZE_MAX - 1);
	quota_deinit(&quota);
}
END_TEST

START_TEST(account_without_charges_and_links_is_freed_when_it_is_settled)
{
	begin();
	quota_settle(&quota, quota_account(&quota, 5));
	ck_assert_ptr_null(quota.accounts);
	quota_deinit(&quota);
}
END_TEST

START_TEST(account_stays_while_anything_is_charged)
{
	begin();
	for (int which = 0; which < QUOTA_N_SHARES; which++) {
		struct account *account = quota_account(&quota, 5);

		quota_charge(account, (enum quota_share)which, 1);
		quota_settle(&quota, account);
		ck_assert_ptr_eq(quota.accounts, account);
		quota_give_back(account, (enum quota_share)which, 1);
		quota_settle(&quota, account);
		ck_assert_ptr_null(quota.accounts);
	}
	quota_deinit(&quota);
}
END_TEST

START_TEST(account_stays_while_anything_is_linked_to_it)
{
	struct account *account;
	char thing; /* only that there is something is looked at */

	begin();
	account = quota_account(&quota, 5);
	account->detached = (struct claim *)(void *)&thing;
	quota_settle(&quota, account);
	ck_assert_ptr_eq(quota.accounts, account);
	account->detached = NULL;
	account->abandoned = (struct lock *)(void *)&thing;
	quota_settle(&quota, account);
	ck_assert_ptr_eq(quota.accounts, account);
	account->abandoned = NULL;
	quota_settle(&quota, account);
	ck_assert_ptr_null(quota.accounts);
	quota_deinit(&quota);
}
END_TEST

START_TEST(account_stays_while_somebody_holds_on_to_it)
{
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	quota_keep(account);
	quota_keep(account);
	ck_assert(!quota_account_is_idle(account));
	quota_settle(&quota, account);
	quota_let_go(&quota, account);
	ck_assert_ptr_eq(quota_account(&quota, 5), account);
	quota_let_go(&quota, account);
	ck_assert_ptr_null(quota.accounts);
	quota_deinit(&quota);
}
END_TEST

/* Without a key, these would all be in one row: they differ in bits that the
 * table does not look at. */
START_TEST(uids_that_somebody_chose_are_spread)
{
	struct account *account;
	unsigned longest = 0;

	begin();
	for (uid_t i = 0; i < 10000; i++)
		quota_charge(quota_account(&quota, i << 16), QUOTA_KEYS, 1);
	for (unsigned i = 0; i < quota.accounts->hh.tbl->num_buckets; i++) {
		unsigned n = quota.accounts->hh.tbl->buckets[i].count;

		longest = n > longest ? n : longest;
	}
	ck_assert_uint_lt(longest, 40);
	while ((account = quota.accounts) != NULL) {
		quota_give_back(account, QUOTA_KEYS, 1);
		quota_settle(&quota, account);
	}
	quota_deinit(&quota);
}
END_TEST

START_TEST(shared_value_counts_once_for_each_uid)
{
	struct blob *value = blob_new("0123456789", 10);
	struct blob *other = blob_new("0123456789", 10);
	struct account *a, *b;

	begin();
	a = quota_account(&quota, 5);
	b = quota_account(&quota, 6);
	for (int i = 0; i < 1000; i++)
		quota_charge_shared(a, value);
	ck_assert_uint_eq(a->used[QUOTA_BYTES], 10);
	quota_charge_shared(b, value);
	ck_assert_uint_eq(b->used[QUOTA_BYTES], 10);
	quota_charge_shared(a, other);
	ck_assert_uint_eq(a->used[QUOTA_BYTES], 20);
	for (int i = 0; i < 999; i++)
		quota_give_back_shared(a, value);
	ck_assert_uint_eq(a->used[QUOTA_BYTES], 20);
	quota_give_back_shared(a, value);
	quota_give_back_shared(a, other);
	quota_give_back_shared(b, value);
	ck_assert(quota_account_is_idle(a) && quota_account_is_idle(b));
	quota_deinit(&quota);
	blob_unref(value);
	blob_unref(other);
}
END_TEST

START_TEST(buffers_have_a_quarter_of_what_values_have_used_up)
{
	struct account *account;

	begin();
	quota.shares.most[QUOTA_BYTES] = 400;
	account = quota_account(&quota, 5);
	ck_assert(quota_has_buffers(&quota, account, 400));
	ck_assert(!quota_has_buffers(&quota, account, 401));
	quota_charge(account, QUOTA_BYTES, 400);
	ck_assert(quota_has_buffers(&quota, account, 100));
	ck_assert(!quota_has_buffers(&quota, account, 101));
	quota_charge_buffers(account, 60);
	ck_assert(quota_has_buffers(&quota, account, 40));
	ck_assert(!quota_has_buffers(&quota, account, 41));
	ck_assert(!quota_has_room(&quota, account, QUOTA_BYTES, 1));
	quota_give_back(account, QUOTA_BYTES, 400);
	ck_assert(quota_has_buffers(&quota, account, 340));
	ck_assert(!quota_has_buffers(&quota, account, 341));
	quota_give_back_buffers(account, 60);
	ck_assert(quota_account_is_idle(account));
	quota_deinit(&quota);
}
END_TEST

START_TEST(shares_have_names_of_their_own)
{
	for (int i = 0; i < QUOTA_N_SHARES; i++) {
		const char *name = quota_share_name((enum quota_share)i);

		ck_assert_uint_gt(strlen(name), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(
			    name, quota_share_name((enum quota_share)j));
	}
	ck_assert_str_eq(quota_share_name(QUOTA_CONNECTIONS), "connections");
	ck_assert_str_eq(quota_share_name(QUOTA_WAITS), "waiting requests");
}
END_TEST

START_TEST(giving_back_more_than_was_charged_aborts)
{
	struct account *account;

	begin();
	account = quota_account(&quota, 5);
	quota_charge(account, QUOTA_KEYS, 2);
	quota_give_back(account, QUOTA_KEYS, 3);
}
END_TEST

START_TEST(ending_while_something_is_charged_aborts)
{
	begin();
	quota_charge(quota_account(&quota, 5), QUOTA_KEYS, 1);
	quota_deinit(&quota);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    uid_has_one_account_and_another_uid_another,
	    new_account_uses_nothing,
	    there_is_room_up_to_the_share_and_not_beyond,
	    a_lowered_share_leaves_what_is_used_and_gives_no_more,
	    shares_are_counted_apart,
	    very_large_numbers_do_not_wrap,
	    account_without_charges_and_links_is_freed_when_it_is_settled,
	    account_stays_while_anything_is_charged,
	    account_stays_while_anything_is_linked_to_it,
	    account_stays_while_somebody_holds_on_to_it,
	    uids_that_somebody_chose_are_spread,
	    buffers_have_a_quarter_of_what_values_have_used_up,
	    shared_value_counts_once_for_each_uid,
	    shares_have_names_of_their_own,
	    NULL,
	};
	const TTest *const aborting[] = {
	    giving_back_more_than_was_charged_aborts,
	    ending_while_something_is_charged_aborts,
	    NULL,
	};

	return unit_main("quota", false, tests, aborting);
}
