/* SPDX-License-Identifier: MIT */
/*
 * Who may use which keys, and who may end what others hold: the rules by
 * themselves, and what the operations answer under them.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct proto p;

static void *copy(const void *bytes, size_t len)
{
	void *made = malloc(len);

	memcpy(made, bytes, len);
	return made;
}

/* One rule; uid, gid -1 and prefix NULL: none. */
static struct rule rule_of(
    long uid, long gid, const char *prefix, const char *where)
{
	struct rule rule = {.where = strdup(where)};
	uid_t as_uid = (uid_t)uid;
	gid_t as_gid = (gid_t)gid;

	if (uid >= 0)
		rule.uids = copy(&as_uid, sizeof(as_uid)), rule.n_uids = 1;
	if (gid >= 0)
		rule.gids = copy(&as_gid, sizeof(as_gid)), rule.n_gids = 1;
	if (prefix != NULL) {
		rule.prefixes = calloc(1, sizeof(char *));
		rule.prefixes[0] = strdup(prefix);
		rule.n_prefixes = 1;
	}
	return rule;
}

static bool allows(const struct rules *rules, uid_t uid, gid_t second_group,
    const char *key, const char *denied_by)
{
	const gid_t groups[] = {100, second_group};
	const struct peer peer = {.uid = uid, .groups = groups, .n_groups = 2};
	const struct rule *denies;
	bool is = rules_allow(rules, &peer, key, strlen(key), &denies);

	if (!is)
		ck_assert_str_eq(
		    denies == NULL ? "nobody" : denies->where, denied_by);
	return is;
}

START_TEST(without_a_rule_everybody_may_use_everything)
{
	const struct rules none = {0};
	const struct peer root = {.uid = 0};

	ck_assert(allows(&none, 5, 6, "k", NULL));
	ck_assert(!rules_make_admin(&none, &root));
}
END_TEST

START_TEST(a_key_is_for_whom_a_rule_about_it_names)
{
	struct rule list[] = {
	    rule_of(5, -1, "web/", "one"),
	    rule_of(-1, 7, "web/", "two"),
	    rule_of(-1, -1, "all/", "three"),
	    rule_of(9, 8, NULL, "four"),
	};
	struct rules rules = {
	    .allow = copy(list, sizeof(list)), .n_allow = COUNT(list)};

	ck_assert(allows(&rules, 5, 6, "web/1", NULL));
	ck_assert(allows(&rules, 6, 7, "web/", NULL));
	ck_assert(!allows(&rules, 6, 6, "web/1", "one"));
	ck_assert(!allows(&rules, 5, 6, "web", "four"));
	ck_assert(!allows(&rules, 5, 6, "x/web/1", "four"));
	ck_assert(allows(&rules, 6, 6, "all/x", NULL));
	ck_assert(allows(&rules, 9, 6, "anything", NULL));
	ck_assert(allows(&rules, 1, 8, "web/1", NULL));
	/* Root is no exception. */
	ck_assert(!allows(&rules, 0, 0, "web/1", "one"));
	rules_deinit(&rules);
	ck_assert_uint_eq(rules.n_allow, 0);
}
END_TEST

START_TEST(a_key_that_no_rule_is_about_is_for_nobody)
{
	struct rule list[] = {rule_of(5, -1, "web/", "one")};
	struct rules rules = {.allow = copy(list, sizeof(list)), .n_allow = 1};

	ck_assert(!allows(&rules, 5, 6, "db", "nobody"));
	rules_deinit(&rules);
}
END_TEST

/* Under rules, by requests ----------------------------------------- */

/* uid 1000 (A, B, C) may use "web/…", uid 2000 (D) all the rest; D is the
 * admin. */
static void set_rules(void)
{
	struct rule allow[] = {
	    rule_of(1000, -1, "web/", "f:3"), rule_of(2000, -1, "db/", "f:4")};
	struct rule admin[] = {rule_of(2000, -1, NULL, "f:5")};
	struct rules rules = {.allow = copy(allow, sizeof(allow)),
	    .n_allow = COUNT(allow),
	    .admin = copy(admin, sizeof(admin)),
	    .n_admin = 1};

	core_set_rules(p.core, &rules);
}

static void set_up(void)
{
	proto_open(&p);
	set_rules();
}

START_TEST(what_is_not_allowed_is_denied_and_the_rule_named)
{
	static const char *const ops[] = {"'lock.acquire'", "'lock.release'",
	    "'flight.begin'", "'flight.finish'", "'flight.forget'",
	    "'limit.borrow','capacity':1", "'limit.set','capacity':1",
	    "'limit.info'", "'limit.delete'", "'pool.get','capacity':1",
	    "'pool.set','capacity':1", "'pool.clear'", "'pool.size'"};
	char line[200];

	set_up();
	for (size_t i = 0; i < COUNT(ops); i++) {
		snprintf(line, sizeof(line), "{'op':%s,'key':'db/1'}", ops[i]);
		proto_refuse(&p, A, line, "denied", "f:4");
		proto_refuse(&p, A, line, "denied", "uid 1000");
	}
	proto_refuse(&p, D, "{'op':'lock.acquire','key':'x'}", "denied",
	    "no allow block");
	proto_expect(&p, A, "{'op':'ping','id':1}", "A {'id':1,'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(the_form_is_looked_at_before_the_rules)
{
	set_up();
	proto_refuse(&p, A, "{'op':'lock.acquire','key':'db/1','wait_ms':-1}",
	    "bad_request", "wait_ms");
	proto_refuse(&p, A, "{'op':'pool.set','key':'db/1','items':[null]}",
	    "bad_request", "items");
	proto_refuse(&p, A, "{'op':'pool.set','key':'db/1','order':'x'}",
	    "bad_request", "order");
	/* And the rules before whether there is such a key. */
	proto_refuse(
	    &p, A, "{'op':'limit.info','key':'db/1'}", "denied", "db/1");
	proto_close(&p);
}
END_TEST

START_TEST(new_rules_let_go_what_is_held)
{
	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'db/1'}");
	proto_ask(&p, A, "{'op':'limit.borrow','key':'db/1','capacity':1}");
	set_rules();
	proto_refuse(
	    &p, B, "{'op':'lock.release','key':'db/1'}", "denied", "f:4");
	proto_expect(
	    &p, A, "{'op':'lock.release','key':'db/1'}", "A {'ok':true}");
	proto_expect(&p, A, "{'op':'limit.return','key':'db/1','token':502}",
	    "A {'ok':true,'in_use':0}");
	proto_refuse(
	    &p, A, "{'op':'lock.acquire','key':'db/1'}", "denied", "f:4");
	proto_close(&p);
}
END_TEST

/* admin.release ---------------------------------------------------- */

#define RELEASE(kind, token)                                                   \
	"{'op':'admin.release','kind':'" kind "','key':'web/1','token':" token \
	"}"

START_TEST(an_admin_ends_the_hold_of_another_uid)
{
	struct answer note;

	set_up();
	proto_ask(&p, A, "{'op':'hello','events':['lost']}");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'web/1'}");
	proto_ask(&p, B, "{'op':'lock.acquire','key':'web/1'}");
	proto_pass(&p, 30);
	proto_expect(&p, D, RELEASE("lock", "501"),
	    "A {'event':'lost','reason':'admin','kind':'lock',"
	    "'key':'web/1','token':501}\n"
	    "B {'ok':true,'token':502,'abandoned':true}\n"
	    "D {'ok':true,'pid':11,'uid':1000,'held_ms':30}");
	proto_refuse(&p, A, "{'op':'lock.release','key':'web/1','token':501}",
	    "stale_token", "web/1");
	ck_assert(core_pop_note(p.core, &note));
	ck_assert_str_eq(note.event, "admin_release");
	ck_assert_uint_eq(note.session, p.sessions[D]);
	answer_deinit(&note);
	ck_assert(!core_pop_note(p.core, &note));
	proto_close(&p);
}
END_TEST

START_TEST(an_admin_ends_a_detached_hold)
{
	set_up();
	proto_ask(&p, A,
	    "{'op':'lock.acquire','key':'web/1','detached':true,"
	    "'lease_ms':9000}");
	proto_expect(&p, D, RELEASE("lock", "501"),
	    "D {'ok':true,'pid':11,'uid':1000,'held_ms':0}");
	proto_refuse(&p, D, RELEASE("lock", "501"), "not_held", "ended");
	proto_close(&p);
}
END_TEST

START_TEST(what_an_admin_names_must_be_right)
{
	set_up();
	proto_ask(&p, A, "{'op':'lock.acquire','key':'web/1'}");
	proto_refuse(&p, D, RELEASE("limit", "501"), "not_held", "");
	proto_refuse(&p, D, RELEASE("lock", "502"), "not_held", "");
	proto_refuse(&p, D,
	    "{'op':'admin.release','kind':'lock','key':'web/','token':501}",
	    "not_held", "");
	proto_refuse(&p, D, RELEASE("semaphore", "501"), "bad_request", "kind");
	/* Nobody hears from us whether there is such a hold. */
	proto_refuse(&p, A, RELEASE("lock", "501"), "denied", "uid 1000");
	proto_refuse(&p, A, RELEASE("lock", "7"), "denied", "uid 1000");
	proto_refuse(&p, A, RELEASE("x", "7"), "bad_request", "kind");
	proto_expect(
	    &p, A, "{'op':'lock.release','key':'web/1'}", "A {'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(a_list_has_the_keys_that_one_may_use_and_all_for_admins)
{
	const char *answer;

	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'db/1'}");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'web/1'}");
	set_rules();
	answer = proto_ask(&p, B, "{'op':'list'}");
	ck_assert_ptr_nonnull(strstr(answer, "'key':'web/1'"));
	ck_assert_ptr_null(strstr(answer, "'key':'db/1'"));
	proto_expect(
	    &p, B, "{'op':'list','key':'db/1'}", "B {'ok':true,'keys':[]}");
	answer = proto_ask(&p, D, "{'op':'list'}");
	ck_assert_ptr_nonnull(strstr(answer, "'key':'web/1'"));
	ck_assert_ptr_nonnull(strstr(answer, "'key':'db/1'"));
	proto_close(&p);
}
END_TEST

START_TEST(nobody_is_an_admin_by_birth)
{
	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'web/1'}");
	proto_refuse(&p, A, RELEASE("lock", "501"), "denied", "no admin block");
	proto_close(&p);
}
END_TEST

START_TEST(a_session_has_groups_of_its_own)
{
	gid_t groups[] = {4, 5};
	const struct peer peer = {.uid = 9, .groups = groups, .n_groups = 2};
	struct rule admin[] = {rule_of(-1, 5, NULL, "f:1")};
	struct rules rules = {
	    .admin = copy(admin, sizeof(admin)), .n_admin = 1};

	proto_open(&p);
	core_set_rules(p.core, &rules);
	core_leave(p.core, p.sessions[D]);
	p.sessions[D] = core_join(p.core, &peer);
	groups[1] = 6;
	proto_refuse(&p, D, RELEASE("lock", "501"), "not_held", "");
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    without_a_rule_everybody_may_use_everything,
	    a_key_is_for_whom_a_rule_about_it_names,
	    a_key_that_no_rule_is_about_is_for_nobody,
	    what_is_not_allowed_is_denied_and_the_rule_named,
	    the_form_is_looked_at_before_the_rules,
	    new_rules_let_go_what_is_held,
	    an_admin_ends_the_hold_of_another_uid,
	    an_admin_ends_a_detached_hold,
	    what_an_admin_names_must_be_right,
	    a_list_has_the_keys_that_one_may_use_and_all_for_admins,
	    nobody_is_an_admin_by_birth,
	    a_session_has_groups_of_its_own,
	    NULL,
	};

	return unit_run("rules", tests);
}
