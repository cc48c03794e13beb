/* SPDX-License-Identifier: MIT */
/* Settings: their defaults, what their values may be, and how they are
 * printed. */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_parts.h"
#include "log.h"

/* Takes the text; asserts that it is good. */
static struct conf_value taken(enum conf_name name, const char *text)
{
	struct conf_value value = {0};
	char error[CONF_ERROR_BYTES];

	ck_assert_msg(
	    conf_value_take(name, &value, text, error), "%s: %s", text, error);
	ck_assert(value.is_set);
	return value;
}

static int64_t number_of(enum conf_name name, const char *text)
{
	struct conf_value value = taken(name, text);
	int64_t number = value.number;

	conf_value_deinit(&value);
	return number;
}

/* Asserts that it is refused, with the setting and these words. */
static void refuses(enum conf_name name, const char *text, const char *words)
{
	struct conf_value value = {0};
	char error[CONF_ERROR_BYTES];

	ck_assert_msg(!conf_value_take(name, &value, text, error), "%s", text);
	ck_assert_msg(
	    strstr(error, words) != NULL, "no %s in: %s", words, error);
	ck_assert_ptr_nonnull(strstr(error, conf_settings[name].name));
	ck_assert(!value.is_set);
	conf_value_deinit(&value);
}

START_TEST(defaults_are_those_that_are_documented)
{
	struct conf *conf = conf_new();

	ck_assert_str_eq(
	    conf_text(conf, CONF_SOCKET), "/run/msyncd/msyncd.sock");
	ck_assert_int_eq(conf_number(conf, CONF_SOCKET_MODE), 0660);
	ck_assert_ptr_null(conf_text(conf, CONF_SOCKET_GROUP));
	ck_assert_ptr_null(conf_text(conf, CONF_STATE_DIRECTORY));
	ck_assert_int_eq(conf_number(conf, CONF_LOG_LEVEL), LOG_LEVEL_INFO);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_LINE), WIRE_MAX_LINE_BYTES);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_CONNECTIONS), 10000);
	ck_assert_int_eq(conf_number(conf, CONF_LINE_TIMEOUT), 10000);
	ck_assert_int_eq(conf_number(conf, CONF_MAX_OUTPUT), 4 << 20);
	ck_assert_int_eq(conf_number(conf, CONF_UID_CONNECTIONS), 5000);
	ck_assert_int_eq(conf_number(conf, CONF_UID_WAITS), 100000);
	ck_assert_int_eq(conf_number(conf, CONF_UID_KEYS), 250000);
	ck_assert_int_eq(conf_number(conf, CONF_UID_BYTES), 64 << 20);
	ck_assert_uint_eq(conf->n_blocks, 0);
	conf_free(conf);
	conf_free(NULL);
}
END_TEST

START_TEST(every_default_is_a_value_that_could_be_written)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (conf_settings[i].standard != NULL)
			(void)number_of(
			    (enum conf_name)i, conf_settings[i].standard);
	}
}
END_TEST

START_TEST(numbers_are_within_their_range)
{
	ck_assert_int_eq(number_of(CONF_MAX_CONNECTIONS, "1"), 1);
	ck_assert_int_eq(number_of(CONF_MAX_CONNECTIONS, "1000000"), 1000000);
	ck_assert_int_eq(number_of(CONF_UID_WAITS, "0"), 0);
	refuses(CONF_MAX_CONNECTIONS, "0", "1 to 1000000, not \"0\"");
	refuses(CONF_MAX_CONNECTIONS, "1000001", "1000001");
	refuses(CONF_MAX_CONNECTIONS, "-1", "-1");
	refuses(CONF_MAX_CONNECTIONS, "+1", "+1");
	refuses(CONF_MAX_CONNECTIONS, " 1", " 1");
	refuses(CONF_MAX_CONNECTIONS, "1 ", "1 ");
	refuses(CONF_MAX_CONNECTIONS, "1.5", "1.5");
	refuses(CONF_MAX_CONNECTIONS, "0x10", "0x10");
	refuses(CONF_MAX_CONNECTIONS, "many", "many");
	refuses(CONF_MAX_CONNECTIONS, "99999999999999999999", "99999");
}
END_TEST

START_TEST(sizes_have_units_of_1024)
{
	ck_assert_int_eq(number_of(CONF_MAX_LINE, "4096"), 4096);
	ck_assert_int_eq(number_of(CONF_MAX_LINE, "4K"), 4096);
	ck_assert_int_eq(number_of(CONF_MAX_LINE, "64M"), 64 << 20);
	ck_assert_int_eq(number_of(CONF_UID_BYTES, "1024G"), 1LL << 40);
	refuses(CONF_MAX_LINE, "4095", "4096 to 67108864 bytes");
	refuses(CONF_MAX_LINE, "65M", "65M");
	refuses(CONF_MAX_LINE, "1MB", "1MB");
	refuses(CONF_MAX_LINE, "1m", "1m");
	refuses(CONF_MAX_LINE, "M", "\"M\"");
	refuses(CONF_UID_BYTES, "9999999999999999G", "9999999999999999G");
}
END_TEST

START_TEST(times_have_a_unit)
{
	ck_assert_int_eq(number_of(CONF_LINE_TIMEOUT, "100ms"), 100);
	ck_assert_int_eq(number_of(CONF_LINE_TIMEOUT, "2s"), 2000);
	ck_assert_int_eq(number_of(CONF_LINE_TIMEOUT, "3m"), 180000);
	ck_assert_int_eq(number_of(CONF_LINE_TIMEOUT, "24h"), 86400000);
	ck_assert_int_eq(number_of(CONF_LINE_TIMEOUT, "1d"), 86400000);
	ck_assert_int_eq(number_of(CONF_POOL_MAX_IDLE, "0"), 0);
	refuses(CONF_LINE_TIMEOUT, "10", "such as 500ms");
	refuses(CONF_LINE_TIMEOUT, "0", "100 to 86400000 ms");
	refuses(CONF_LINE_TIMEOUT, "25h", "25h");
	refuses(CONF_LINE_TIMEOUT, "10 s", "10 s");
	refuses(CONF_LINE_TIMEOUT, "1.5s", "1.5s");
}
END_TEST

START_TEST(modes_are_octal)
{
	ck_assert_int_eq(number_of(CONF_SOCKET_MODE, "0660"), 0660);
	ck_assert_int_eq(number_of(CONF_SOCKET_MODE, "777"), 0777);
	refuses(CONF_SOCKET_MODE, "0680", "0680");
	refuses(CONF_SOCKET_MODE, "1777", "1777");
	refuses(CONF_SOCKET_MODE, "rw", "octal");
}
END_TEST

START_TEST(words_are_those_there_are)
{
	ck_assert_int_eq(number_of(CONF_LOG_LEVEL, "error"), LOG_LEVEL_ERROR);
	ck_assert_int_eq(number_of(CONF_LOG_LEVEL, "debug"), LOG_LEVEL_DEBUG);
	refuses(CONF_LOG_LEVEL, "loud", "error, info, debug, not \"loud\"");
	refuses(CONF_LOG_LEVEL, "Info", "Info");
	refuses(CONF_POOL_ORDER, "filo", "lifo, fifo");
	refuses(CONF_POOL_ON_LOST, "keep", "drop, requeue");
}
END_TEST

START_TEST(texts_are_not_empty_and_not_too_long)
{
	char text[5000];

	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[107] = '\0';
	(void)number_of(CONF_SOCKET, text);
	text[107] = 'a';
	text[108] = '\0';
	refuses(CONF_SOCKET, text, "more than 107 bytes");
	refuses(CONF_SOCKET, "", "is empty");
	refuses(CONF_SOCKET, "run/socket", "from the root");
	refuses(CONF_SOCKET, "/run/\nx", "from the root");
	refuses(CONF_ALLOW_PREFIX, "@x", "no key");
	refuses(CONF_ALLOW_PREFIX, "a\302\205", "no key");
	refuses(CONF_ALLOW_PREFIX, "\377", "no key");
	refuses(CONF_POOL_ITEMS, "\377", "UTF-8");
	refuses(CONF_POOL_ITEMS, "", "is empty");
}
END_TEST

START_TEST(names_become_ids)
{
	struct conf_value value = taken(CONF_ALLOW_USER, "root");

	ck_assert_uint_eq(value.n_items, 1);
	ck_assert_int_eq(value.items[0].number, 0);
	ck_assert_str_eq(value.items[0].text, "root");
	conf_value_deinit(&value);
	value = taken(CONF_ALLOW_GROUP, "root");
	ck_assert_int_eq(value.items[0].number, 0);
	conf_value_deinit(&value);
	value = taken(CONF_ALLOW_GROUP, "77");
	ck_assert_int_eq(value.items[0].number, 77);
	conf_value_deinit(&value);
	ck_assert_int_eq(number_of(CONF_SOCKET_GROUP, "5"), 5);
	refuses(CONF_ALLOW_USER, "no such user", "no user \"no such user\"");
	refuses(CONF_ALLOW_GROUP, "no such group", "no group");
	refuses(CONF_ALLOW_GROUP, "4294967295", "no group");
	refuses(CONF_ALLOW_UID, "4294967295", "0 to 4294967294");
	refuses(CONF_ALLOW_UID, "root", "whole number");
}
END_TEST

START_TEST(values_are_the_same_or_not)
{
	struct conf_value a = taken(CONF_POOL_ITEMS, "x");
	struct conf_value b = taken(CONF_POOL_ITEMS, "x");
	char error[CONF_ERROR_BYTES];

	ck_assert(conf_same(&a, &b));
	ck_assert(conf_value_take(CONF_POOL_ITEMS, &b, "y", error));
	ck_assert(!conf_same(&a, &b));
	ck_assert(conf_value_take(CONF_POOL_ITEMS, &a, "z", error));
	ck_assert(!conf_same(&a, &b));
	conf_value_deinit(&a);
	conf_value_deinit(&b);
	a = taken(CONF_SOCKET, "/a");
	ck_assert(!conf_same(&a, &b));
	b = taken(CONF_SOCKET, "/a");
	ck_assert(conf_same(&a, &b));
	conf_value_deinit(&a);
	conf_value_deinit(&b);
}
END_TEST

START_TEST(a_value_is_shown_as_it_would_be_written)
{
	static const struct {
		enum conf_name name;
		const char *text, *shown;
	} shown[] = {
	    {CONF_MAX_LINE, "1048576", "1M"},
	    {CONF_MAX_LINE, "5000", "5000"},
	    {CONF_ALLOW_UID, "0500", "{0500}"},
	    {CONF_LINE_TIMEOUT, "60s", "1m"},
	    {CONF_LINE_TIMEOUT, "1500ms", "1500ms"},
	    {CONF_POOL_MAX_IDLE, "0", "0"},
	    {CONF_SOCKET_MODE, "600", "0600"},
	    {CONF_SOCKET, "/a \"b\" \\", "\"/a \\\"b\\\" \\\\\""},
	    {CONF_SOCKET, "/${x}'", "'/${x}\\''"},
	    {CONF_LOG_LEVEL, "info", "info"},
	    {CONF_POOL_ITEMS, "7", "{\"7\"}"},
	    {CONF_ALLOW_UID, "7", "{7}"},
	};
	char text[100];

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct conf_value value = taken(shown[i].name, shown[i].text);

		conf_show(shown[i].name, &value, text, sizeof(text));
		ck_assert_str_eq(text, shown[i].shown);
		conf_show(shown[i].name, &value, text, 2);
		ck_assert_uint_le(strlen(text), 1);
		conf_value_deinit(&value);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    defaults_are_those_that_are_documented,
	    every_default_is_a_value_that_could_be_written,
	    numbers_are_within_their_range,
	    sizes_have_units_of_1024,
	    times_have_a_unit,
	    modes_are_octal,
	    words_are_those_there_are,
	    texts_are_not_empty_and_not_too_long,
	    names_become_ids,
	    values_are_the_same_or_not,
	    a_value_is_shown_as_it_would_be_written,
	    NULL,
	};

	return unit_run("conf", tests);
}
