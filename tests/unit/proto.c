/* SPDX-License-Identifier: MIT */
/* A core to talk to in lines: see proto.h. */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "xalloc.h"

/* Nothing here waits for anything, so this is for code that never returns. */
#define LIMIT_S 60

int unit_run(const char *name, const TTest *const tests[])
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int n_failed;

	tcase_set_timeout(tcase, LIMIT_S);
	for (; *tests != NULL; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void proto_open(struct proto *p)
{
	static const struct core_config config = {
	    .first_token = 501,
	    .max_line_bytes = WIRE_MAX_LINE_BYTES,
	    .shares = {.most = {100, 100, 100, 100000}},
	};

	*p = (struct proto){.core = core_new(&config, 1000)};
	for (int i = 0; i < PROTO_N_SESSIONS; i++) {
		struct peer peer = {.uid = i == D ? 2000 : 1000, .pid = 11 + i};

		p->sessions[i] = core_join(p->core, &peer);
	}
}

void proto_close(struct proto *p)
{
	core_check(p->core);
	core_free(p->core);
	free(p->heard);
}

char *proto_swap(const char *text, char from, char to)
{
	char *copy = xmemdup0(text, strlen(text));

	for (char *c = copy; *c != '\0'; c++) {
		if (*c == from)
			*c = to;
	}
	return copy;
}

static const char *command_of(void *ctx, uint64_t session)
{
	(void)session;
	return ctx;
}

static void render(char who, struct answer *answer, FILE *out)
{
	static char command[] = "cat";
	const struct reply_names names = {command_of, command};
	struct outbuf line;
	struct iovec iov[16];
	int n;

	fprintf(out, "%c ", who);
	outbuf_init(&line, NULL, NULL);
	reply_render(answer, &names, &line);
	n = outbuf_iov(&line, iov, 16);
	for (int i = 0; i < n; i++)
		fwrite(iov[i].iov_base, 1, iov[i].iov_len, out);
	outbuf_drop(&line, NULL, NULL);
}

/* Which session it is. */
static int who_is(const struct proto *p, uint64_t session)
{
	for (int i = 0; i < PROTO_N_SESSIONS; i++) {
		if (p->sessions[i] == session)
			return i;
	}
	ck_abort_msg("an answer to nobody");
	return -1;
}

const char *proto_heard(struct proto *p)
{
	char *texts[PROTO_N_SESSIONS], *all = NULL;
	size_t len[PROTO_N_SESSIONS];
	FILE *out[PROTO_N_SESSIONS];
	struct answer answer;

	core_check(p->core);
	for (int i = 0; i < PROTO_N_SESSIONS; i++)
		out[i] = open_memstream(&texts[i], &len[i]);
	while (core_pop(p->core, &answer)) {
		int who = who_is(p, answer.session);

		render((char)('A' + who), &answer, out[who]);
		answer_deinit(&answer);
	}
	for (int i = 0; i < PROTO_N_SESSIONS; i++)
		fclose(out[i]);
	ck_assert_int_ge(
	    asprintf(&all, "%s%s%s%s", texts[A], texts[B], texts[C], texts[D]),
	    0);
	for (int i = 0; i < PROTO_N_SESSIONS; i++)
		free(texts[i]);
	if (all[0] != '\0')
		all[strlen(all) - 1] = '\0'; /* the last line feed */
	free(p->heard);
	p->heard = proto_swap(all, '"', '\'');
	free(all);
	return p->heard;
}

const char *proto_line(struct proto *p, enum proto_who who, const char *line,
    size_t len, enum verbs_mode mode)
{
	verbs_line(p->core, p->sessions[who], line, len, mode);
	return proto_heard(p);
}

const char *proto_ask(struct proto *p, enum proto_who who, const char *fmt, ...)
{
	va_list args;
	char *line, *swapped;
	int len;

	va_start(args, fmt);
	len = vasprintf(&line, fmt, args);
	va_end(args);
	ck_assert_int_ge(len, 0);
	swapped = proto_swap(line, '\'', '"');
	proto_line(p, who, swapped, (size_t)len, VERBS_LIVE);
	free(swapped);
	free(line);
	return p->heard;
}

const char *proto_pass(struct proto *p, mtime_t ms)
{
	core_advance(p->core, p->core->now + ms);
	return proto_heard(p);
}

void proto_expect(
    struct proto *p, enum proto_who who, const char *line, const char *heard)
{
	proto_ask(p, who, "%s", line);
	ck_assert_msg(strcmp(p->heard, heard) == 0,
	    "%s\nwas answered\n%s\nand not\n%s", line, p->heard, heard);
}

void proto_refuse(struct proto *p, enum proto_who who, const char *line,
    const char *code, const char *words)
{
	char begin[128];

	snprintf(
	    begin, sizeof(begin), "'ok':false,'error':'%s','message':'", code);
	proto_ask(p, who, "%s", line);
	ck_assert_msg(p->heard[0] == 'A' + (int)who &&
			  strstr(p->heard, begin) != NULL &&
			  strstr(p->heard, words) != NULL &&
			  strchr(p->heard, '\n') == NULL,
	    "%s\nwas answered\n%s\nand not refused as %s with the words\n%s",
	    line, p->heard, code, words);
}
