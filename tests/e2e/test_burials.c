/* SPDX-License-Identifier: MIT */
/*
 * Clients that are killed with SIGKILL while they hold, lead, create or
 * borrow: a thousand of each. After each death the next in line has what
 * became free, and nobody has it twice: how many hold at once is counted by
 * the children themselves (crowd.h), not by the daemon.
 */
#include "crowd.h"

#define BATCH  50
#define ROUNDS 20 /* x BATCH = 1,000 deaths */

static const struct way one_lock = {"lock",
    "{\"op\":\"lock.acquire\",\"key\":\"k\"}",
    "{\"op\":\"lock.release\",\"key\":\"k\"}", 1, ROUNDS};
static const struct way three_permits = {"limit",
    "{\"op\":\"limit.borrow\",\"key\":\"k\",\"capacity\":3}",
    "{\"op\":\"limit.return\",\"key\":\"k\"}", 3, ROUNDS};
static const struct way two_rooms = {"pool",
    "{\"op\":\"pool.get\",\"key\":\"k\",\"capacity\":2}",
    "{\"op\":\"pool.drop\",\"key\":\"k\"}", 2, ROUNDS};
static const struct way one_room = {"pool",
    "{\"op\":\"pool.get\",\"key\":\"k\",\"capacity\":1}",
    "{\"op\":\"pool.drop\",\"key\":\"k\"}", 1, ROUNDS};
static const struct way one_lead = {"flight",
    "{\"op\":\"flight.begin\",\"key\":\"k\",\"max_leaders\":1000000}",
    "{\"op\":\"flight.abandon\",\"key\":\"k\"}", 1, ROUNDS};

static struct daemon d;
static struct client eye, a, b; /* eye only looks at the gauges */
static struct crowd crowd;

static void setup(void)
{
	daemon_start(&d, NULL);
	client_open(&eye, &d);
	client_open(&a, &d);
	client_open(&b, &d);
	crowd_init(&crowd, &d);
}

/* Every test ends here: whatever was killed, nothing of it is left. */
static void teardown(void)
{
	crowd_deinit(&crowd);
	emptiness_await(&eye);
	connected_await(&eye, 3);
	client_close(&eye);
	client_close(&a);
	client_close(&b);
	daemon_stop(&d);
}

/* Looks at the nth grant of a round; takes no reference. */
typedef void (*look_fn)(json_t *grant, int nth);

/* Kills the holders one by one, as soon as all who fit hold; each report is
 * looked at. With one place the grants come in the order of the queue and
 * their tokens rise. */
static void kill_holders(const struct way *w, look_fn look)
{
	int held[BATCH], granted = 0, killed, fit;
	json_int_t token = 0, last = 0;
	json_t *grant;

	for (killed = 0; killed < BATCH; killed++) {
		fit = killed + w->capacity;
		while (granted < (fit < BATCH ? fit : BATCH)) {
			grant = crowd_report(&crowd, &held[granted]);
			look(grant, granted);
			token = expect_ok(grant);
			ck_assert_int_ne(token, last);
			if (w->capacity == 1) {
				ck_assert_int_eq(held[granted], granted);
				ck_assert_int_gt(token, last);
			}
			last = token;
			granted++;
		}
		crowd_kill_holder(&crowd, held[killed]);
	}
}

/* A thousand holders die; a living client asks last in each round. */
static void bury_holders(const struct way *w, look_fn look)
{
	int round;

	for (round = 0; round < w->rounds; round++) {
		crowd_queue(&crowd, &eye, w, BATCH, 1);
		crowd_queue_client(&a, &eye, w);
		kill_holders(w, look);
		crowd_clear(&crowd);
		expect_ok(client_answer(&a));
		present_await(&eye, w->kind, 1);
		expect_ok(client_ask(&a, "%s", w->let_go));
	}
	ck_assert_int_eq(atomic_load(&crowd.seen->inside), 0);
	ck_assert_int_eq(atomic_load(&crowd.seen->peak), w->capacity);
}

static void look_at_lock(json_t *grant, int nth)
{
	/* The living client released; all but the first follow a death. */
	ck_assert_int_eq(
	    json_is_true(json_object_get(grant, "abandoned")), nth > 0);
}

/* edge: 25 92 100 */
START_TEST(lock_passes_on_from_each_of_a_thousand_killed_holders)
{
	bury_holders(&one_lock, look_at_lock);
}
END_TEST

static void look_at_limit(json_t *grant, int nth)
{
	json_int_t in_use =
	    json_integer_value(json_object_get(grant, "in_use"));

	ck_assert_int_ge(in_use, 1);
	ck_assert_int_le(in_use, 3);
	if (nth > 2)
		ck_assert_int_eq(in_use, 3);
}

/* edge: 49 100 */
START_TEST(permits_of_a_thousand_killed_holders_come_back)
{
	bury_holders(&three_permits, look_at_limit);
}
END_TEST

static void look_at_room(json_t *grant, int nth)
{
	(void)nth;
	ck_assert(json_is_true(json_object_get(grant, "create")));
	ck_assert_ptr_null(json_object_get(grant, "value"));
	/* What was never finished is nobody's to destroy. */
	ck_assert_ptr_null(json_object_get(grant, "destroy"));
}

/* edge: 64 65 68 100 */
START_TEST(room_of_a_thousand_killed_creators_is_free_again)
{
	bury_holders(&two_rooms, look_at_room);
}
END_TEST

static void look_at_lead(json_t *grant, int nth)
{
	json_t *attempt = json_object_get(grant, "attempt");

	ck_assert(json_is_true(json_object_get(grant, "leader")));
	if (nth == 0)
		ck_assert_ptr_null(attempt);
	else
		ck_assert_int_eq(json_integer_value(attempt), nth + 1);
}

/* The living follow behind the crowd: a leads when all others are dead, and
 * b has a's result. */
static void bury_leaders(const struct way *w)
{
	json_t *lead;

	crowd_queue(&crowd, &eye, w, BATCH, 1);
	crowd_queue_client(&a, &eye, w);
	crowd_queue_client(&b, &eye, w);
	kill_holders(w, look_at_lead);
	crowd_clear(&crowd);
	lead = client_answer(&a);
	look_at_lead(lead, BATCH);
	expect_ok(lead);
	ck_assert_int_eq(client_has_line(&b, &eye), 0);
	expect_ok(client_ask(
	    &a, "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":[1]}"));
	expect_line_with(&b, "[1]");
}

/* edge: 1 3 100 */
START_TEST(oldest_follower_leads_after_each_of_a_thousand_killed_leaders)
{
	int round;

	for (round = 0; round < ROUNDS; round++)
		bury_leaders(&one_lead);
	ck_assert_int_eq(atomic_load(&crowd.seen->peak), 1);
}
END_TEST

/* Which of the three items the grant lends. */
static int item_of(json_t *grant)
{
	json_t *value = json_object_get(grant, "value");

	ck_assert(json_is_integer(value));
	ck_assert(json_is_false(json_object_get(grant, "create")));
	ck_assert_int_lt(json_integer_value(value), 3);
	return (int)json_integer_value(value);
}

/* Kills borrowers of three items; no item is out twice. */
static void bury_borrowers(void)
{
	int item_out[3] = {0}, child[BATCH], item[BATCH];
	int granted = 0, killed;
	json_t *grant;

	for (killed = 0; killed < BATCH; killed++) {
		while (granted < BATCH && granted < killed + 3) {
			grant = crowd_report(&crowd, &child[granted]);
			item[granted] = item_of(grant);
			ck_assert_int_eq(item_out[item[granted]]++, 0);
			expect_ok(grant);
			granted++;
		}
		item_out[item[killed]]--;
		crowd_kill_holder(&crowd, child[killed]);
	}
}

/* edge: 73 100 */
START_TEST(items_of_a_thousand_killed_borrowers_are_lent_again)
{
	const struct way w = {
	    "pool", "{\"op\":\"pool.get\",\"key\":\"k\"}", NULL, 3, ROUNDS};
	json_t *answer;
	int round;

	expect_ok(client_ask(
	    &a, "{\"op\":\"pool.set\",\"key\":\"k\",\"items\":[0,1,2]}"));
	for (round = 0; round < w.rounds; round++) {
		crowd_queue(&crowd, &eye, &w, BATCH, 1);
		bury_borrowers();
		crowd_clear(&crowd);
		present_await(&eye, w.kind, 0);
	}
	ck_assert_int_eq(atomic_load(&crowd.seen->peak), 3);
	answer = client_ask(&a, "{\"op\":\"pool.clear\",\"key\":\"k\"}");
	ck_assert_int_eq(
	    json_array_size(json_object_get(answer, "destroy")), 3);
	expect_ok(answer);
	expect_ok(client_ask(&a, "{\"op\":\"pool.delete\",\"key\":\"k\"}"));
}
END_TEST

/* Puts object n, lends it to a child, kills the child. */
static void bury_borrower_of(int n)
{
	json_t *grant;
	int child;

	expect_ok(client_ask(
	    &a, "{\"op\":\"pool.put\",\"key\":\"k\",\"value\":%d}", n));
	crowd_add(&crowd, one_room.ask, 1);
	grant = crowd_report(&crowd, &child);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(grant, "value")), n);
	expect_ok(grant);
	crowd_kill_holder(&crowd, child);
	crowd_clear(&crowd);
}

/* edge: 68 73 74 100 */
START_TEST(object_of_a_killed_borrower_comes_out_once_to_be_destroyed)
{
	json_t *grant, *destroy;
	int n;

	grant = client_ask(&a, "%s", one_room.ask);
	ck_assert_ptr_null(json_object_get(grant, "destroy"));
	expect_ok(grant);
	for (n = 1; n <= BATCH * ROUNDS; n++) {
		bury_borrower_of(n);
		grant = client_ask(&a, "%s", one_room.ask);
		ck_assert(json_is_true(json_object_get(grant, "create")));
		destroy = json_object_get(grant, "destroy");
		ck_assert_int_eq(json_array_size(destroy), 1);
		ck_assert_int_eq(
		    json_integer_value(json_array_get(destroy, 0)), n);
		expect_ok(grant);
	}
	expect_ok(client_ask(&a, "%s", one_room.let_go));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("burials");
	TCase *t = scene_case(s, "burials", setup, teardown);

	tcase_add_test(
	    t, lock_passes_on_from_each_of_a_thousand_killed_holders);
	tcase_add_test(t, permits_of_a_thousand_killed_holders_come_back);
	tcase_add_test(t, room_of_a_thousand_killed_creators_is_free_again);
	tcase_add_test(
	    t, oldest_follower_leads_after_each_of_a_thousand_killed_leaders);
	tcase_add_test(t, items_of_a_thousand_killed_borrowers_are_lent_again);
	tcase_add_test(
	    t, object_of_a_killed_borrower_comes_out_once_to_be_destroyed);
	return scene_run(s);
}
