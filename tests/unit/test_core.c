/* SPDX-License-Identifier: MIT */
/* The core, its sessions and answers. How sessions end: test_core_ends.c; what
 * happens when time goes on: test_core_time.c. */
#include "toy.h"

#define TOY key_of(&toy_kind, "k")

static int64_t count(enum tally_count which)
{
	return core->tally.counts[toy_kind.number][which];
}

START_TEST(new_core_knows_nobody_and_has_nothing_to_do)
{
	const struct core_config config = unit_config();
	struct core *fresh = core_new(&config, 12345);
	struct answer answer;

	ck_assert_int_eq(fresh->now, 12345);
	ck_assert_int_eq(fresh->started, 12345);
	ck_assert_int_eq(core_deadline(fresh), MTIME_NEVER);
	ck_assert(!core_pop(fresh, &answer));
	ck_assert_uint_eq(fresh->sessions.n_sessions, 0);
	ck_assert_int_eq(fresh->first_token, UNIT_FIRST_TOKEN);
	core_check(fresh);
	core_free(fresh);
}
END_TEST

START_TEST(no_core_can_be_freed)
{
	struct core *none = NULL;

	core_free(none);
	silence();
}
END_TEST

START_TEST(two_cores_side_by_side_know_nothing_of_each_other)
{
	const struct core_config config = unit_config();
	struct core *first = core, *second = core_new(&config, 0);
	struct session *guest;

	toy_take(A, &toy_kind, "k");
	core = second;
	ck_assert(!exists(&toy_kind, "k"));
	guest = join(UNIT_UID, 5);
	toy_take(guest, &toy_kind, "k");
	ck_assert_int_eq(guest->held->token, A->held->token);
	at(500);
	leave(guest);
	core = first;
	ck_assert_int_eq(core->now, 0);
	ck_assert(exists(&toy_kind, "k"));
	core_free(second);
}
END_TEST

static void fill_with_everything(void)
{
	toy_take(A, &toy_kind, "k");
	toy_take(B, &toy_sole_kind, "s");
	toy_wait(B, 1, &toy_kind, "k");
	toy_wait(D, 2, &toy_sole_kind, "s");
	toy_get(&toy_kind, "stays")->stays = true;
	core_introduce(A, "somebody", 8);
	/* Nobody takes these answers out. */
	toy_ask(detached(by(C, 3), 1000), key_of(&toy_kind, "d"));
	toy_ask(detached(by(D, 4), 1000), key_of(&toy_kind, "e"));
	toy_ask(waits(by(A, 5), 100), key_of(&toy_kind, "d"));
}

START_TEST(freeing_ends_everything_and_answers_with_it)
{
	struct core *mine = core;
	const struct core_config config = unit_config();

	fill_with_everything();
	core_free(mine);
	ck_assert_int_eq(toy_news.n_ended, 4);
	core = core_new(&config, 0); /* for the end of the test */
}
END_TEST

/* edge: 97 */
START_TEST(epoch_is_the_token_that_no_hold_is_below)
{
	ck_assert_int_eq(core->first_token, UNIT_FIRST_TOKEN);
	toy_take(A, &toy_kind, "k");
	ck_assert_int_ge(A->held->token, core->first_token);
	ck_assert_int_eq(core->first_token, UNIT_FIRST_TOKEN);
	ck_assert_int_eq(core->next_token, UNIT_FIRST_TOKEN + 1);
}
END_TEST

START_TEST(uid_that_has_all_its_connections_is_turned_away_without_a_word)
{
	const struct peer peer = {.uid = UNIT_UID, .pid = 9};
	const struct peer other = {.uid = UNIT_OTHER_UID, .pid = 9};

	share(QUOTA_CONNECTIONS, 3); /* A, B and C */
	ck_assert_uint_eq(core_join(core, &peer), 0);
	silence();
	ck_assert_uint_ne(core_join(core, &other), 0);
	leave(A);
	ck_assert_uint_ne(core_join(core, &peer), 0);
	ck_assert_uint_eq(core_join(core, &peer), 0);
	core_check(core);
}
END_TEST

START_TEST(account_is_there_as_long_as_its_uid_is)
{
	const struct peer stranger = {.uid = 77, .pid = 9};
	struct session *guest = join(77, 9);

	ck_assert_uint_eq(HASH_COUNT(core->quota.accounts), 3);
	ck_assert_uint_eq(used(77, QUOTA_CONNECTIONS), 1);
	leave(guest);
	ck_assert_uint_eq(HASH_COUNT(core->quota.accounts), 2);
	share(QUOTA_CONNECTIONS, 3);
	leave(join(77, 9));
	share(QUOTA_CONNECTIONS, 0);
	ck_assert_uint_eq(core_join(core, &stranger), 0);
	ck_assert_uint_eq(HASH_COUNT(core->quota.accounts), 2);
	share(QUOTA_CONNECTIONS, 3);
}
END_TEST

START_TEST(session_waits_or_is_engaged_as_its_claims_say)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_ask(detached(by(C, 2), 100), key_of(&toy_kind, "d"));
	answered(C, 2);
	ck_assert(!core_is_waiting(core, A->id));
	ck_assert(core_is_engaged(core, A->id));
	ck_assert(core_is_waiting(core, B->id));
	ck_assert(core_is_engaged(core, B->id));
	ck_assert(!core_is_waiting(core, C->id));
	ck_assert(!core_is_engaged(core, C->id));
	ck_assert(!core_is_waiting(core, 0));
	ck_assert(!core_is_engaged(core, 0));
}
END_TEST

START_TEST(name_is_a_copy_and_the_last_one_counts)
{
	char name[] = "first";

	core_introduce(A, name, 5);
	name[0] = 'x';
	ck_assert_str_eq(A->client, "first");
	core_introduce(A, "second and more", 6);
	ck_assert_str_eq(A->client, "second");
	core_introduce(A, "", 0);
	ck_assert_str_eq(A->client, "");
	core_introduce(A, NULL, 0);
	ck_assert_ptr_null(A->client);
}
END_TEST

static void note_token(void *ctx, const struct claim *hold)
{
	int *n_of = ctx;

	ck_assert_int_eq(hold->state, CLAIM_HELD);
	n_of[hold->token - UNIT_FIRST_TOKEN]++;
}

START_TEST(each_hold_is_shown_once_detached_ones_too)
{
	int n_of[4] = {0};

	core_each_hold(core, note_token, n_of);
	ck_assert_int_eq(n_of[0], 0);
	toy_take(A, &toy_kind, "a");
	toy_take(A, &toy_kind, "b");
	toy_take(D, &toy_sole_kind, "a");
	toy_wait(B, 1, &toy_kind, "a");
	toy_ask(detached(by(D, 2), 100), key_of(&toy_kind, "d"));
	answered(D, 2);
	leave(D);
	core_each_hold(core, note_token, n_of);
	ck_assert_int_eq(n_of[0] + n_of[1] + n_of[3], 3);
	ck_assert_int_eq(n_of[0] * n_of[1] * n_of[3], 1);
	ck_assert_int_eq(n_of[2], 0);
}
END_TEST

START_TEST(refusal_begins_with_what_its_key_is_and_is_counted)
{
	const struct answer *answer;

	core_refuse(core, by(A, 1), TOY, WIRE_BUSY, "%d words", 2);
	answer = refused(A, 1, WIRE_BUSY);
	ck_assert_str_eq(answer->refusal->message, "limit \"k\": 2 words");
	ck_assert_int_eq(count(TALLY_BUSY), 1);
	core_refuse(core, by(A, 2), NULL, WIRE_BUSY, "%d words", 2);
	answer = refused(A, 2, WIRE_BUSY);
	ck_assert_str_eq(answer->refusal->message, "2 words");
	ck_assert_int_eq(count(TALLY_BUSY), 1);
	core_refuse(core, by(A, 3), TOY, WIRE_NOT_HELD, "no");
	refused(A, 3, WIRE_NOT_HELD);
	core_answer(core, by(A, 4));
	answered(A, 4);
	silence();
}
END_TEST

START_TEST(share_that_is_used_up_is_answered_with_figures)
{
	ck_assert(core_has_share(core, by(A, 1), TOY, QUOTA_BYTES, 10));
	silence();
	share(QUOTA_BYTES, 9);
	ck_assert(core_has_share(core, by(A, 1), TOY, QUOTA_BYTES, 9));
	ck_assert(!core_has_share(core, by(A, 2), TOY, QUOTA_BYTES, 10));
	says(refused(A, 2, WIRE_QUOTA),
	    "limit \"k\": uid 1000 uses 0 of its 9 bytes of values");
	silence();
	ck_assert_int_eq(count(TALLY_QUOTA), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    new_core_knows_nobody_and_has_nothing_to_do,
	    no_core_can_be_freed,
	    two_cores_side_by_side_know_nothing_of_each_other,
	    freeing_ends_everything_and_answers_with_it,
	    epoch_is_the_token_that_no_hold_is_below,
	    uid_that_has_all_its_connections_is_turned_away_without_a_word,
	    account_is_there_as_long_as_its_uid_is,
	    session_waits_or_is_engaged_as_its_claims_say,
	    name_is_a_copy_and_the_last_one_counts,
	    each_hold_is_shown_once_detached_ones_too,
	    refusal_begins_with_what_its_key_is_and_is_counted,
	    share_that_is_used_up_is_answered_with_figures,
	    NULL,
	};

	return unit_main("core", true, tests, NULL);
}
