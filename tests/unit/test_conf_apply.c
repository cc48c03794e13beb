/* SPDX-License-Identifier: MIT */
/*
 * The configuration in the core: what is made of it at the start, and what a
 * new one changes, with a line of the log for each change.
 */
#include "confs.h"

#include <fcntl.h>

#include "conf_apply.h"
#include "limit.h"
#include "pool.h"

static struct proto p;
static struct conf *conf;
static const struct log log_ = {.level = LOG_LEVEL_INFO};

/* A core under this configuration, in the place of the usual one. */
static void begin(const char *text)
{
	confs_begin();
	proto_open(&p);
	conf = confs_of(text);
	conf_apply(conf, p.core);
}

static void end(void)
{
	conf_free(conf);
	proto_close(&p);
	confs_end();
}

/* Changes to this configuration; returns what the log says of it. */
static const char *change(const char *text)
{
	static char said[20000];
	struct conf *fresh = confs_of(text);
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	dup2(fds[1], STDERR_FILENO);
	(void)conf_change(conf, fresh, p.core, &log_);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], said, sizeof(said) - 1);
	close(fds[0]);
	said[n > 0 ? n : 0] = '\0';
	conf_free(conf);
	conf = fresh;
	return said;
}

static void says(const char *said, const char *words)
{
	ck_assert_msg(strstr(said, words) != NULL, "no %s in: %s", words, said);
}

static int64_t capacity_of(const char *op)
{
	const char *answer = proto_ask(&p, A, "{'op':'%s','key':'a'}", op);
	const char *at = strstr(answer, "'capacity':");

	return at == NULL ? -1 : strtoll(at + 11, NULL, 10);
}

#define INFO "limit.info"

START_TEST(what_is_configured_is_there)
{
	begin("limit a { capacity = 3 }\n"
	      "pool a { items = {\"0\", \"\303\274\\\"\"} order = fifo }\n"
	      "uid_share { keys = 2 }\n");
	ck_assert_int_eq(capacity_of(INFO), 3);
	proto_expect(&p, A, "{'op':'pool.get','key':'a'}",
	    "A {'ok':true,'token':501,'create':false,'value':'0'}");
	proto_expect(&p, A, "{'op':'pool.get','key':'a'}",
	    "A {'ok':true,'token':502,'create':false,"
	    "'value':'\303\274\\''}");
	proto_refuse(
	    &p, A, "{'op':'limit.delete','key':'a'}", "denied", "limit");
	ck_assert_uint_eq(conf_shares(conf).most[QUOTA_KEYS], 2);
	ck_assert_uint_eq(conf_shares(conf).most[QUOTA_WAITS], 100000);
	end();
}
END_TEST

START_TEST(rules_are_those_of_the_blocks)
{
	begin("allow { uid = {1, 1000} prefix = {x, y} }\n"
	      "allow { user = root group = 7 }\n"
	      "admin { uid = 2000 }\n");
	proto_refuse(
	    &p, A, "{'op':'lock.acquire','key':'z'}", "denied", "m.conf:2");
	proto_expect(&p, A, "{'op':'lock.acquire','key':'y/1'}",
	    "A {'ok':true,'token':501}");
	proto_refuse(
	    &p, D, "{'op':'lock.acquire','key':'y/1'}", "denied", "m.conf:1");
	proto_expect(&p, D,
	    "{'op':'admin.release','kind':'lock','key':'y/1','token':501}",
	    "D {'ok':true,'pid':11,'uid':1000,'held_ms':0}");
	end();
}
END_TEST

START_TEST(the_same_again_changes_nothing)
{
	static const char text[] = "limit a { capacity = 3 }\n"
				   "pool a { items = {0, 1} }\n"
				   "allow { uid = 1000 }\n";

	begin(text);
	ck_assert_str_eq(change(text), "");
	end();
}
END_TEST

START_TEST(limits_and_pools_are_resized_made_and_let_go)
{
	const char *said;

	begin("limit a { capacity = 1 }\npool a { capacity = 1 }\n"
	      "limit b { capacity = 9 }\n");
	proto_ask(&p, A, "{'op':'limit.borrow','key':'a'}");
	proto_ask(&p, B, "{'op':'limit.borrow','key':'a'}");
	said = change("limit a { capacity = 2 }\n"
		      "pool a { capacity = 3 max_idle = 1s }\n"
		      "limit c { capacity = 4 }\n");
	says(said, "setting=limit.\"a\".capacity from=\"1\" to=\"2\"");
	says(said, "setting=pool.\"a\".capacity from=\"1\" to=\"3\"");
	says(said, "setting=pool.\"a\".max_idle from=\"0\" to=\"1s\"");
	says(said, "event=block_removed block=limit title=\"b\"");
	says(said, "event=block_added block=limit title=\"c\"");
	ck_assert_str_eq(proto_heard(&p),
	    "B {'ok':true,'token':502,'in_use':2,'capacity':2}");
	ck_assert_int_eq(capacity_of("pool.info"), 3);
	proto_refuse(
	    &p, A, "{'op':'limit.info','key':'b'}", "unknown_key", "b");
	end();
}
END_TEST

START_TEST(other_items_need_a_restart_and_go_on_needing_it)
{
	begin("pool a { items = {0, 1} }");
	says(change("pool a { items = {0, 2} capacity = 5 }"),
	    "event=needs_restart setting=pool.\"a\".items "
	    "from=\"{\\\"0\\\", \\\"1\\\"}\" to=\"{\\\"0\\\", \\\"2\\\"}\"");
	ck_assert_int_eq(capacity_of("pool.info"), 2);
	says(change("pool a { items = {0, 2} capacity = 5 }"),
	    "event=needs_restart");
	says(change("pool a { items = {0, 1} capacity = 5 }"),
	    "event=setting_changed");
	ck_assert_int_eq(capacity_of("pool.info"), 5);
	end();
}
END_TEST

START_TEST(a_pool_that_clients_made_is_taken_over_without_items_only)
{
	begin("");
	proto_ask(&p, A, "{'op':'pool.set','key':'a','capacity':2}");
	says(change("pool a { items = {0} }"),
	    "event=needs_restart block=pool title=\"a\" at=m.conf:1");
	ck_assert_int_eq(capacity_of("pool.info"), 2);
	end();
	begin("");
	proto_ask(&p, A, "{'op':'pool.set','key':'a','capacity':2}");
	says(change("pool a { capacity = 3 }"), "event=block_added");
	ck_assert_int_eq(capacity_of("pool.info"), 3);
	end();
}
END_TEST

START_TEST(what_needs_a_restart_stays_as_it_is)
{
	const char *said;

	begin("max_line = 2M");
	said = change("max_line = 3M socket = \"/a\" max_connections = 5\n"
		      "state_directory = \"/b\"");
	says(said, "needs_restart setting=max_line from=\"2M\" to=\"3M\"");
	says(said, "needs_restart setting=socket from=");
	says(said, "needs_restart setting=state_directory from=\"\\\"\\\"\"");
	says(said, "setting_changed setting=max_connections from=\"10000\"");
	ck_assert_int_eq(conf_number(conf, CONF_MAX_LINE), 2 << 20);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_OUTPUT), 8 << 20);
	ck_assert_ptr_null(conf_text(conf, CONF_STATE_DIRECTORY));
	ck_assert_ptr_null(strstr(said, "max_output"));
	says(change("max_line = 3M"), "needs_restart setting=max_line");
	ck_assert_str_eq(change("max_line = 2M"), "");
	end();
}
END_TEST

START_TEST(a_lowered_share_takes_nothing_away)
{
	begin("");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'a'}");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'b'}");
	says(change("uid_share { keys = 1 }"),
	    "setting=uid_share.keys from=\"250000\" to=\"1\"");
	proto_refuse(
	    &p, A, "{'op':'lock.acquire','key':'c'}", "quota", "2 of its 1");
	proto_expect(&p, A, "{'op':'lock.release','key':'a'}", "A {'ok':true}");
	proto_ask(&p, A, "{'op':'lock.release','key':'b'}");
	proto_expect(&p, A, "{'op':'lock.acquire','key':'c'}",
	    "A {'ok':true,'token':503}");
	end();
}
END_TEST

START_TEST(changed_rules_are_in_force_at_once)
{
	begin("");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'a'}");
	says(change("\nallow { uid = 2000 }"), "rules_changed block=allow");
	proto_refuse(
	    &p, A, "{'op':'lock.acquire','key':'b'}", "denied", "m.conf:2");
	/* They moved, and are the same. */
	ck_assert_str_eq(change("allow { uid = 2000 }"), "");
	proto_refuse(
	    &p, A, "{'op':'lock.acquire','key':'b'}", "denied", "m.conf:1");
	says(change("admin { uid = 1 }"), "rules_changed block=admin");
	proto_expect(&p, A, "{'op':'lock.acquire','key':'b'}",
	    "A {'ok':true,'token':502}");
	end();
}
END_TEST

START_TEST(the_command_line_goes_before_the_file)
{
	struct conf_source source = {.path = conf_path, .must_exist = true};
	struct conf *loaded;

	confs_begin();
	confs_write("m.conf", "socket = \"/a\" log_level = error");
	source.socket_path = "b";
	source.verbose = true;
	loaded = conf_load(&source, conf_error);
	ck_assert_str_eq(conf_text(loaded, CONF_SOCKET), "b");
	ck_assert_int_eq(conf_number(loaded, CONF_LOG_LEVEL), LOG_LEVEL_DEBUG);
	conf_free(loaded);
	confs_write("m.conf", "x");
	ck_assert_ptr_null(conf_load(&source, conf_error));
	confs_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    what_is_configured_is_there,
	    rules_are_those_of_the_blocks,
	    the_same_again_changes_nothing,
	    limits_and_pools_are_resized_made_and_let_go,
	    other_items_need_a_restart_and_go_on_needing_it,
	    a_pool_that_clients_made_is_taken_over_without_items_only,
	    what_needs_a_restart_stays_as_it_is,
	    a_lowered_share_takes_nothing_away,
	    changed_rules_are_in_force_at_once,
	    the_command_line_goes_before_the_file,
	    NULL,
	};

	return unit_run("conf_apply", tests);
}
