/* SPDX-License-Identifier: MIT */
/* Files to values: the form, what is wrong and where, drop-ins, and that what
 * is printed is read as the same. (More wrong files: tests/e2e/test_conf.c.) */
#include "confs.h"

/* Asserts that m.conf is refused at this line, with these words. */
static void refuses(const char *text, int line, const char *words)
{
	char start[120];

	confs_write("m.conf", text);
	ck_assert_msg(confs_read() == NULL, "%s", text);
	snprintf(start, sizeof(start), "%s:%d: ", conf_path, line);
	ck_assert_msg(strncmp(conf_error, start, strlen(start)) == 0,
	    "%s\nis refused with %s", text, conf_error);
	ck_assert_msg(strstr(conf_error, words) != NULL, "no %s in: %s", words,
	    conf_error);
}

START_TEST(settings_and_blocks_are_read)
{
	struct conf *conf;
	const struct conf_block *block;

	confs_begin();
	conf = confs_of("# one\n"
			"max_line = 2M max_connections=7 // two\n"
			"socket = '/a b' /* three\n"
			"four */ socket_mode = 0600\n"
			"uid_share { keys = 5 }\n"
			"limit \"d\\\"b\" { capacity = 10 }\n"
			"pool gpu { items = {\"0\", 1,'${x}'} }\n"
			"allow { group = 4 prefix = {\"web/\", a} }\n"
			"admin { uid = 0\n user = root }\n");
	ck_assert_int_eq(conf_number(conf, CONF_MAX_LINE), 2 << 20);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_OUTPUT), 8 << 20);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_CONNECTIONS), 7);
	ck_assert_str_eq(conf_text(conf, CONF_SOCKET), "/a b");
	ck_assert_int_eq(conf_number(conf, CONF_SOCKET_MODE), 0600);
	ck_assert_int_eq(conf_number(conf, CONF_UID_KEYS), 5);
	ck_assert_int_eq(conf_number(conf, CONF_UID_WAITS), 100000);
	ck_assert_uint_eq(conf->n_blocks, 4);
	block = conf_find(conf, CONF_IN_LIMIT, "d\"b");
	ck_assert_ptr_nonnull(block);
	ck_assert_int_eq(block->values[CONF_LIMIT_CAPACITY].number, 10);
	ck_assert_str_eq(block->where, "m.conf:6");
	block = conf_find(conf, CONF_IN_POOL, "gpu");
	ck_assert_uint_eq(block->values[CONF_POOL_ITEMS].n_items, 3);
	ck_assert_str_eq(block->values[CONF_POOL_ITEMS].items[2].text, "${x}");
	ck_assert_int_eq(block->values[CONF_POOL_CAPACITY].number, 3);
	ck_assert_int_eq(block->values[CONF_POOL_ON_LOST].number, 1);
	ck_assert_ptr_null(conf_find(conf, CONF_IN_LIMIT, "gpu"));
	ck_assert_str_eq(conf->blocks[3].where, "m.conf:9");
	conf_free(conf);
	confs_end();
}
END_TEST

START_TEST(an_empty_file_is_all_defaults)
{
	struct conf *conf;

	confs_begin();
	conf = confs_of("");
	ck_assert_int_eq(conf_number(conf, CONF_MAX_CONNECTIONS), 10000);
	ck_assert_int_eq(conf->n_files, 1);
	conf_free(conf);
	conf_free(confs_of("\n# nothing\n/* * at all */"));
	confs_end();
}
END_TEST

START_TEST(a_file_may_be_absent_unless_it_must_not)
{
	struct conf *conf = conf_new();

	confs_begin();
	ck_assert(conf_read(conf, conf_path, false, conf_error));
	ck_assert_int_eq(conf->n_files, 0);
	ck_assert(!conf_read(conf, conf_path, true, conf_error));
	ck_assert_ptr_nonnull(strstr(conf_error, "no such file"));
	conf_free(conf);
	confs_end();
}
END_TEST

START_TEST(lines_are_counted_whatever_stands_before)
{
	confs_begin();
	refuses("/* a */\n/* b\n */ # c\n// d\n\nmax_lien = 1M", 6, "max_lien");
	refuses("limit \"a\" {\n\n capacity = 1\n}\nmax_line = 1", 5, "\"1\"");
	refuses("socket = \"/a\\\nb\"\nx = 1", 3, "\"x\"");
	refuses("allow { prefix = {a,\nb,\n@c} }", 3, "@c");
	refuses("max_line = 1M\r\nmax_line = 1M\r\n", 2, "twice");
	confs_end();
}
END_TEST

START_TEST(what_does_not_end_is_named_where_it_begins)
{
	confs_begin();
	refuses("\nsocket = \"/a\nb = 1\n", 2, "quoted text");
	refuses("\n\nsocket = '/a", 3, "quoted text");
	refuses("max_line = 1M\n/* all\n of this", 2, "comment");
	refuses("\nlimit a {\n capacity = 1\n", 2, "brace");
	/* Nothing of it is left in the parser. */
	conf_free(confs_of("max_line = 1M\n"));
	confs_end();
}
END_TEST

START_TEST(a_near_name_is_suggested)
{
	confs_begin();
	refuses("max_lines = 1M", 1, "did you mean \"max_line\"?");
	refuses("limits \"a\" { capacity = 1 }", 1, "did you mean \"limit\"?");
	refuses("pool \"a\" { capacty = 1 }", 1, "did you mean \"capacity\"?");
	refuses("include(\"/etc/passwd\")", 1, "unknown setting \"include\"");
	confs_end();
}
END_TEST

START_TEST(what_is_wrong_cannot_forge_lines)
{
	confs_begin();
	refuses("limit \"a\nlevel=info event=x\" { }", 2, "a?level=info");
	refuses("socket = \"\\e[31mred\"", 1, "\"?[31mred\"");
	confs_end();
}
END_TEST

/* Drop-ins --------------------------------------------------------- */

static void make_drop_in_folder(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/conf.d", conf_folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

START_TEST(drop_ins_go_over_the_file_in_the_order_of_their_names)
{
	struct conf *conf;

	confs_begin();
	make_drop_in_folder();
	confs_write("conf.d/20.conf", "max_connections = 20\n"
				      "limit \"a\" { capacity = 20 }");
	confs_write("conf.d/10.conf", "max_connections = 10 max_line = 10K\n"
				      "allow { uid = 10 }");
	confs_write("conf.d/30.conf.bak", "x");
	confs_write("conf.d/.hidden.conf", "x");
	confs_write("conf.d/.conf", "x");
	conf = confs_of("max_connections = 5  line_timeout = 5s\n"
			"limit \"a\" { capacity = 5 }\n"
			"pool \"a\" { capacity = 5 }\n"
			"allow { uid = 5 }");
	ck_assert_int_eq(conf->n_files, 3);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_CONNECTIONS), 20);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_LINE), 10240);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_OUTPUT), 40960 + 24576);
	ck_assert_int_eq(conf_number(conf, CONF_LINE_TIMEOUT), 5000);
	ck_assert_uint_eq(conf->n_blocks, 4);
	ck_assert_int_eq(conf_find(conf, CONF_IN_LIMIT, "a")
			     ->values[CONF_LIMIT_CAPACITY]
			     .number,
	    20);
	ck_assert_str_eq(
	    conf_find(conf, CONF_IN_LIMIT, "a")->where, "20.conf:2");
	conf_free(conf);
	confs_end();
}
END_TEST

START_TEST(a_wrong_drop_in_is_named)
{
	confs_begin();
	make_drop_in_folder();
	confs_write("m.conf", "");
	confs_write("conf.d/a.conf", "max_line = 1M");
	confs_write("conf.d/b.conf", "\nmax_line = 1");
	confs_write("conf.d/c.conf", "also wrong");
	ck_assert_ptr_null(confs_read());
	ck_assert_ptr_nonnull(strstr(conf_error, "/conf.d/b.conf:2: max_line"));
	confs_end();
}
END_TEST

START_TEST(drop_ins_stand_without_a_file_and_must_be_in_a_folder)
{
	struct conf *conf = conf_new();

	confs_begin();
	make_drop_in_folder();
	confs_write("conf.d/a.conf", "max_connections = 3");
	ck_assert(conf_read(conf, conf_path, false, conf_error));
	ck_assert_int_eq(conf_number(conf, CONF_MAX_CONNECTIONS), 3);
	conf_free(conf);
	confs_end();
	confs_begin();
	confs_write("conf.d", "max_connections = 3");
	confs_write("m.conf", "");
	ck_assert_ptr_null(confs_read());
	ck_assert_ptr_nonnull(strstr(conf_error, "conf.d: "));
	confs_end();
}
END_TEST

/* Printing --------------------------------------------------------- */

static char *printed(const struct conf *conf)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	conf_print(conf, out);
	fclose(out);
	return text;
}

/* Without remarks: they name lines, and what is a default. */
static void cut_remarks(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == ' ' && text[1] == ' ' && text[2] == '#')
			text += strcspn(text, "\n");
		*to++ = *text;
	}
	*to = '\0';
}

START_TEST(what_is_printed_is_read_as_the_same)
{
	struct conf *conf;
	char *first, *second;

	confs_begin();
	conf = confs_of(
	    "socket = \"/run/a 'b' \\\"c\\\" \\\\\" max_line = 5000\n"
	    "socket_group = 0 state_directory = /var log_level = error\n"
	    "line_timeout = 90s max_output = 3G socket_mode = 7\n"
	    "limit 'a\\'b' { capacity = 1 } limit '${' { capacity = 2 }\n"
	    "pool \"p\" { items = {a, \"b c\"} capacity = 5 max_idle = 1d\n"
	    " order = fifo on_lost = drop }\n"
	    "allow { uid = {1, 2} user = root group = {0, 5} prefix = \"x\" }\n"
	    "admin { group = root }\n");
	first = printed(conf);
	conf_free(conf);
	conf = confs_of(first);
	second = printed(conf);
	cut_remarks(first);
	cut_remarks(second);
	ck_assert_str_eq(first, second);
	ck_assert_ptr_nonnull(strstr(first, "max_line = 5000\n"));
	ck_assert_ptr_nonnull(strstr(first, "max_output = 3G\n"));
	conf_free(conf);
	free(first);
	free(second);
	confs_end();
}
END_TEST

START_TEST(defaults_are_marked)
{
	struct conf *conf;
	char *text;

	confs_begin();
	conf = confs_of("max_line = 1M");
	text = printed(conf);
	ck_assert_ptr_nonnull(strstr(text, "\nmax_line = 1M\n"));
	ck_assert_ptr_nonnull(strstr(text, "max_output = 4M  # default\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tkeys = 250000  # default\n"));
	ck_assert_ptr_null(strstr(text, "state_directory"));
	free(text);
	conf_free(conf);
	confs_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    settings_and_blocks_are_read,
	    an_empty_file_is_all_defaults,
	    a_file_may_be_absent_unless_it_must_not,
	    lines_are_counted_whatever_stands_before,
	    what_does_not_end_is_named_where_it_begins,
	    a_near_name_is_suggested,
	    what_is_wrong_cannot_forge_lines,
	    drop_ins_go_over_the_file_in_the_order_of_their_names,
	    a_wrong_drop_in_is_named,
	    drop_ins_stand_without_a_file_and_must_be_in_a_folder,
	    what_is_printed_is_read_as_the_same,
	    defaults_are_marked,
	    NULL,
	};

	return unit_run("conf_read", tests);
}
