/* SPDX-License-Identifier: MIT */
/* What a watch is told, byte for byte; and the text that it is made of. */
#include "reply_watch.h"

#include "proto.h"
#include "reply_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

static const char *no_command(void *ctx, uint64_t session)
{
	(void)session;
	return ctx;
}

/* The line, without its line feed, for who knows this name of a program (NULL:
 * none); to be freed by the caller. */
static char *line_of(const struct sighting *seen, char *command)
{
	const struct reply_names names = {no_command, command};
	struct outbuf out;
	struct iovec iov;
	char *line;

	outbuf_init(&out, NULL, NULL);
	reply_watch(seen, &names, &out);
	ck_assert_int_eq(outbuf_iov(&out, &iov, 1), 1);
	ck_assert_uint_eq(iov.iov_len, out.n_bytes);
	line = xmemdup0(iov.iov_base, iov.iov_len);
	outbuf_drop(&out, NULL, NULL);
	ck_assert_int_eq(line[strlen(line) - 1], '\n');
	line[strlen(line) - 1] = '\0';
	return line;
}

static struct sighting *sighting(const char *key, size_t len)
{
	struct sighting *seen = xcalloc(1, sizeof(*seen) + len);

	seen->kind = WIRE_KIND_LOCK;
	seen->key_len = len;
	memcpy(seen->key, key, len);
	return seen;
}

/* Asserts that it is told so; ' for ". */
static void is_line(
    const struct sighting *seen, char *command, const char *expected)
{
	char *line = line_of(seen, command);
	char *swapped = proto_swap(line, '"', '\'');

	ck_assert_str_eq(swapped, expected);
	free(swapped);
	free(line);
}

START_TEST(each_event_says_what_belongs_to_it)
{
	static char cat[] = "cat";
	struct sighting *seen = sighting("k", 1);

	seen->who = (struct holder){
	    .session = 1, .pid = 5, .uid = 6, .held_ms = 7, .client = "me"};
	seen->token = 8;
	seen->n = 9;
	seen->what = WATCH_GRANTED;
	is_line(seen, cat,
	    "{'event':'watch','what':'granted','kind':'lock','key':'k',"
	    "'token':8,'pid':5,'uid':6,'command':'cat','client':'me',"
	    "'waited_ms':9}");
	seen->what = WATCH_RELEASED;
	is_line(seen, cat,
	    "{'event':'watch','what':'released','kind':'lock','key':'k',"
	    "'token':8,'pid':5,'uid':6,'command':'cat','client':'me',"
	    "'held_ms':7}");
	seen->what = WATCH_LOST;
	seen->reason = "lease";
	is_line(seen, cat,
	    "{'event':'watch','what':'lost','kind':'lock','key':'k',"
	    "'token':8,'pid':5,'uid':6,'command':'cat','client':'me',"
	    "'held_ms':7,'reason':'lease'}");
	seen->token = 0;
	seen->reason = NULL;
	seen->what = WATCH_WAITING;
	is_line(seen, cat,
	    "{'event':'watch','what':'waiting','kind':'lock','key':'k',"
	    "'pid':5,'uid':6,'command':'cat','client':'me','waiters':9}");
	seen->what = WATCH_SHARED;
	is_line(seen, cat,
	    "{'event':'watch','what':'shared','kind':'lock','key':'k',"
	    "'pid':5,'uid':6,'command':'cat','client':'me','waited_ms':7}");
	seen->what = WATCH_REFUSED;
	seen->code = WIRE_QUEUE_FULL;
	is_line(seen, cat,
	    "{'event':'watch','what':'refused','kind':'lock','key':'k',"
	    "'pid':5,'uid':6,'command':'cat','client':'me',"
	    "'error':'queue_full','waited_ms':7}");
	seen->code = WIRE_OK;
	seen->reason = "eof";
	is_line(seen, cat,
	    "{'event':'watch','what':'refused','kind':'lock','key':'k',"
	    "'pid':5,'uid':6,'command':'cat','client':'me',"
	    "'reason':'eof','waited_ms':7}");
	seen->what = WATCH_EXPIRED;
	is_line(seen, cat,
	    "{'event':'watch','what':'expired','kind':'lock','key':'k'}");
	seen->what = WATCH_MISSED;
	is_line(seen, cat, "{'event':'watch','what':'missed','count':9}");
	free(seen);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct sighting *seen = sighting("k", 1);

	seen->what = WATCH_RELEASED;
	is_line(seen, NULL,
	    "{'event':'watch','what':'released','kind':'lock','key':'k',"
	    "'uid':0,'client':'','held_ms':0}");
	strcpy(seen->program, "dead");
	is_line(seen, NULL,
	    "{'event':'watch','what':'released','kind':'lock','key':'k',"
	    "'uid':0,'command':'dead','client':'','held_ms':0}");
	free(seen);
}
END_TEST

/* The longest there can be, all of it escaped; jansson reads it back. */
START_TEST(texts_are_told_as_they_are)
{
	static char command[] = "\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"";
	char key[WIRE_MAX_KEY_BYTES], client[WIRE_MAX_CLIENT_BYTES + 1] = "";
	struct sighting *seen;
	json_t *json;
	char *line;

	memset(key, '"', sizeof(key));
	memset(client, '\\', sizeof(client) - 1);
	seen = sighting(key, sizeof(key));
	memcpy(seen->who.client, client, sizeof(client));
	seen->who.pid = INT32_MAX;
	seen->who.uid = UINT32_MAX;
	seen->token = INT64_MAX;
	seen->n = INT64_MAX;
	line = line_of(seen, command);
	json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_uint_eq(
	    json_string_length(json_object_get(json, "key")), sizeof(key));
	ck_assert_int_eq(memcmp(json_string_value(json_object_get(json, "key")),
			     key, sizeof(key)),
	    0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "client")), client);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "command")), command);
	json_decref(json);
	free(line);
	free(seen);
}
END_TEST

START_TEST(text_grows_and_keeps_what_it_has)
{
	struct reply_text text = {0};
	char *expected = NULL;
	size_t len;
	FILE *out = open_memstream(&expected, &len);

	for (int i = -50; i < 1000; i++) {
		reply_text_number(&text, "n", i);
		reply_text_string(&text, ":", "a\"b", 3);
		reply_text_add(&text, ";");
		fprintf(out, "n%d:\"a\\\"b\";", i);
	}
	fclose(out);
	ck_assert_uint_eq(text.len, len);
	ck_assert_int_eq(memcmp(text.bytes, expected, len), 0);
	free(expected);
	free(text.bytes);
}
END_TEST

START_TEST(numbers_are_written_to_their_ends)
{
	struct reply_text text = {0};

	reply_text_number(&text, "", INT64_MIN);
	reply_text_number(&text, " ", INT64_MAX);
	reply_text_number(&text, " ", 0);
	reply_text_string(&text, " ", "", 0);
	ck_assert_int_eq(
	    memcmp(text.bytes,
		"-9223372036854775808 9223372036854775807 0 \"\"", text.len),
	    0);
	ck_assert_uint_eq(text.len, 45);
	free(text.bytes);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    each_event_says_what_belongs_to_it,
	    what_is_not_known_is_left_out,
	    texts_are_told_as_they_are,
	    text_grows_and_keeps_what_it_has,
	    numbers_are_written_to_their_ends,
	    NULL,
	};

	return unit_run("reply_watch", tests);
}
