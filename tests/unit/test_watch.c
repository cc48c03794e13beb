/* SPDX-License-Identifier: MIT */
/*
 * Watches: what the stories (watch.story) do not tell, for it is between the
 * core and the server, or about rules.
 */
#include "toy.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* What was told last, and its key as text. */
static struct sighting told;
static char told_key[WIRE_MAX_KEY_BYTES + 1];

/* The next thing that comes out, which tells this to the session. */
static void is_told(const struct session *session, enum watch_event what)
{
	struct answer answer;

	core_check(core);
	ck_assert(core_pop(core, &answer));
	ck_assert_uint_eq(answer.session, session->id);
	ck_assert_str_eq(answer.event, "watch");
	ck_assert_ptr_nonnull(answer.sighting);
	told = *answer.sighting;
	memcpy(told_key, answer.sighting->key, told.key_len);
	told_key[told.key_len] = '\0';
	answer_deinit(&answer);
	ck_assert_int_eq(told.what, what);
}

static struct watch_terms everything(void)
{
	return (struct watch_terms){
	    .events = (1U << WATCH_N_EVENTS) - 1,
	    .kinds = (1U << WIRE_N_KINDS) - 1,
	    .prefix = "",
	    .max_per_s = WIRE_DEFAULT_WATCH_RATE,
	};
}

static void watch(struct session *session)
{
	struct watch_terms terms = everything();

	ck_assert(watch_begin(core, session, &terms));
}

START_TEST(a_watch_lives_as_long_as_its_session)
{
	struct session *session = join(UNIT_UID, 9);
	uint64_t id = session->id;

	ck_assert(!watch_has(core, id));
	watch(session);
	ck_assert(watch_has(core, id));
	ck_assert_uint_eq(core->n_watches, 1);
	leave(session);
	ck_assert(!watch_has(core, id));
	ck_assert_uint_eq(core->n_watches, 0);
	ck_assert_ptr_null(core->watches);
	toy_take(A, &toy_kind, "k");
	silence();
}
END_TEST

START_TEST(what_is_missed_is_told_when_the_client_has_read)
{
	struct sighting lost = {.what = WATCH_GRANTED};

	watch(D);
	watch_unsent(core, D->id, &lost);
	watch_unsent(core, D->id, &lost);
	claim_end(core, toy_take(A, &toy_kind, "k"), CLAIM_RELEASED);
	/* Its number does not get out while there is no room. */
	at(5000);
	silence();
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	watch_drained(core, D->id);
	is_told(D, WATCH_MISSED);
	ck_assert_int_eq(told.n, 4);
	silence();
	watch_drained(core, D->id);
	silence();
	toy_ask(by(A, 1), key_of(&toy_kind, "k"));
	is_told(D, WATCH_GRANTED);
	token_of(answered(A, 1));
}
END_TEST

START_TEST(a_number_that_did_not_get_out_is_not_lost)
{
	struct sighting lost = {.what = WATCH_MISSED, .n = 17};

	watch(D);
	watch_unsent(core, D->id, &lost);
	lost.what = WATCH_LOST;
	watch_unsent(core, D->id, &lost);
	watch_drained(core, D->id);
	is_told(D, WATCH_MISSED);
	ck_assert_int_eq(told.n, 18);
}
END_TEST

/* Both reasons to miss something, one after the other. */
START_TEST(what_is_missed_for_its_rate_waits_for_room_as_well)
{
	struct watch_terms terms = everything();
	struct sighting lost = {.what = WATCH_GRANTED};

	terms.max_per_s = 1;
	terms.events = 1U << WATCH_GRANTED;
	ck_assert(watch_begin(core, D, &terms));
	toy_ask(by(A, 0), key_of(&toy_kind, "a"));
	is_told(D, WATCH_GRANTED);
	token_of(answered(A, 0));
	toy_take(A, &toy_kind, "b");
	ck_assert_int_eq(core_deadline(core), 1000);
	watch_unsent(core, D->id, &lost);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	at(2000);
	silence();
	watch_drained(core, D->id);
	is_told(D, WATCH_MISSED);
	ck_assert_int_eq(told.n, 2);
}
END_TEST

START_TEST(what_did_not_get_out_to_nobody_is_forgotten)
{
	struct sighting lost = {.what = WATCH_GRANTED};
	uint64_t id;

	watch_unsent(core, D->id, &lost); /* watches no more */
	watch(D);
	id = D->id;
	leave(D);
	watch_unsent(core, id, &lost);
	watch_drained(core, id);
	at(5000);
	silence();
}
END_TEST

START_TEST(the_share_of_a_second_is_had_anew_in_the_next)
{
	struct watch_terms terms = everything();

	terms.max_per_s = 3;
	terms.events = 1U << WATCH_RELEASED;
	ck_assert(watch_begin(core, D, &terms));
	for (int second = 0; second < 3; second++) {
		at(second * 5000);
		for (int i = 0; i < 3; i++) {
			struct claim *hold = toy_take(A, &toy_kind, "k");

			claim_end(core, hold, CLAIM_RELEASED);
			is_told(D, WATCH_RELEASED);
		}
		claim_end(core, toy_take(A, &toy_kind, "k"), CLAIM_RELEASED);
		silence();
		at(second * 5000 + 999);
		silence();
		at(second * 5000 + 1000);
		is_told(D, WATCH_MISSED);
		ck_assert_int_eq(told.n, 1);
	}
}
END_TEST

/* However many connections do something in one turn, and however fast a watch
 * wants to be told. */
START_TEST(of_very_many_at_once_the_first_are_told_and_the_rest_counted)
{
	struct watch_terms terms = everything();

	terms.max_per_s = WIRE_MAX_WATCH_RATE;
	terms.events = 1U << WATCH_RELEASED;
	ck_assert(watch_begin(core, D, &terms));
	for (int i = 0; i < WATCH_MAX_PENDING + 500; i++) {
		toy_ask(by(A, 0), key_of(&toy_kind, "k"));
		claim_end(core, A->held, CLAIM_RELEASED);
	}
	for (int i = 0; i < WATCH_MAX_PENDING + 500; i++) {
		token_of(answered(A, 0));
		if (i < WATCH_MAX_PENDING)
			is_told(D, WATCH_RELEASED);
	}
	silence();
	claim_end(core, toy_take(A, &toy_kind, "k"), CLAIM_RELEASED);
	is_told(D, WATCH_MISSED);
	ck_assert_int_eq(told.n, 500);
	is_told(D, WATCH_RELEASED);
}
END_TEST

START_TEST(who_it_was_is_told_as_it_was_then)
{
	watch(D);
	core_introduce(A, "first", 5);
	toy_ask(detached(by(A, 0), 1000), key_of(&toy_kind, "k"));
	is_told(D, WATCH_GRANTED);
	ck_assert_str_eq(told.who.client, "first");
	ck_assert_int_eq(told.who.pid, UNIT_PID_OF_A);
	ck_assert_uint_eq(told.who.uid, UNIT_UID);
	ck_assert_uint_eq(told.who.session, A->id);
	token_of(answered(A, 0));
	core_introduce(A, "second", 6);
	at(1000);
	is_told(D, WATCH_LOST);
	ck_assert_str_eq(told.who.client, "first");
	ck_assert_int_eq(told.who.pid, UNIT_PID_OF_A);
	ck_assert_uint_eq(told.who.session, 0);
	ck_assert_int_eq(told.who.held_ms, 1000);
}
END_TEST

START_TEST(the_name_of_the_program_goes_along)
{
	watch(D);
	toy_ask(by(A, 0), key_of(&toy_kind, "k"));
	is_told(D, WATCH_GRANTED);
	ck_assert_str_eq(told.program, "");
	token_of(answered(A, 0));
	watch_name_program(core, A->id, "a-name-of-15-b.");
	leave(A);
	is_told(D, WATCH_LOST);
	ck_assert_str_eq(told.program, "a-name-of-15-b.");
	silence();
}
END_TEST

/* Rules that give keys below "d/" to the uid of D, and all others to the rest;
 * admin: D is one. */
static void set_rules(bool admin)
{
	struct rules rules = {
	    .allow = xcalloc(2, sizeof(struct rule)),
	    .n_allow = 2,
	    .admin = xcalloc(1, sizeof(struct rule)),
	    .n_admin = admin,
	};

	for (int i = 0; i < 3; i++) {
		struct rule *rule = i < 2 ? &rules.allow[i] : rules.admin;

		if (i == 2 && !admin)
			break;
		rule->uids = xcalloc(1, sizeof(uid_t));
		rule->uids[0] = i == 1 ? UNIT_UID : UNIT_OTHER_UID;
		rule->n_uids = 1;
	}
	rules.allow[0].prefixes = xcalloc(1, sizeof(char *));
	rules.allow[0].prefixes[0] = xmemdup0("d/", 2);
	rules.allow[0].n_prefixes = 1;
	core_set_rules(core, &rules);
	if (!admin)
		core->rules.n_admin = 0;
}

START_TEST(only_keys_that_one_may_see_are_told_as_the_rules_are_now)
{
	watch(D);
	set_rules(false);
	toy_take(A, &toy_kind, "a");
	silence();
	toy_ask(by(D, 0), key_of(&toy_kind, "d/1"));
	is_told(D, WATCH_GRANTED);
	ck_assert_str_eq(told_key, "d/1");
	token_of(answered(D, 0));
	set_rules(true);
	toy_ask(by(A, 0), key_of(&toy_kind, "b"));
	is_told(D, WATCH_GRANTED);
	ck_assert_str_eq(told_key, "b");
	token_of(answered(A, 0));
}
END_TEST

START_TEST(a_uid_has_so_many_watches_at_most)
{
	struct watch_terms terms = everything();
	struct session *last = NULL;

	for (int i = 0; i < WIRE_MAX_WATCHES; i++) {
		last = join(UNIT_OTHER_UID, 50);
		watch(last);
	}
	ck_assert(!watch_begin(core, D, &terms));
	ck_assert(!watch_has(core, D->id));
	ck_assert(watch_begin(core, last, &terms));
	ck_assert(watch_begin(core, A, &terms));
	watch_end(core, last);
	watch_end(core, last);
	ck_assert(watch_begin(core, D, &terms));
	ck_assert_uint_eq(core->n_watches, WIRE_MAX_WATCHES + 1);
}
END_TEST

START_TEST(events_have_names_of_their_own)
{
	for (int i = 0; i <= WATCH_MISSED; i++) {
		const char *name = watch_event_name((enum watch_event)i);

		ck_assert_uint_gt(strlen(name), 3);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(
			    name, watch_event_name((enum watch_event)j));
	}
	ck_assert_str_eq(watch_event_name(WATCH_MISSED), "missed");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_watch_lives_as_long_as_its_session,
	    what_is_missed_is_told_when_the_client_has_read,
	    a_number_that_did_not_get_out_is_not_lost,
	    what_is_missed_for_its_rate_waits_for_room_as_well,
	    what_did_not_get_out_to_nobody_is_forgotten,
	    the_share_of_a_second_is_had_anew_in_the_next,
	    of_very_many_at_once_the_first_are_told_and_the_rest_counted,
	    who_it_was_is_told_as_it_was_then,
	    the_name_of_the_program_goes_along,
	    only_keys_that_one_may_see_are_told_as_the_rules_are_now,
	    a_uid_has_so_many_watches_at_most,
	    events_have_names_of_their_own,
	    NULL,
	};

	return unit_main("watch", true, tests, NULL);
}
