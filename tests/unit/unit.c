/* SPDX-License-Identifier: MIT */
/* What the unit tests of the core stand on: see unit.h. */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What a machine that is busy with other things may take for one test. */
#define TEST_TIMEOUT_S 60

struct core *core;
struct session *A, *B, *C, *D;

static struct answer last;

/* The core ------------------------------------------------------------------
 */

struct core_config unit_config(void)
{
	struct core_config config = {
	    .first_token = UNIT_FIRST_TOKEN,
	    .hash_key = {1, 2, 3, 4, 5, 6, 7, 8, 9},
	    .max_line_bytes = UNIT_MAX_LINE,
	};

	for (int i = 0; i < QUOTA_N_SHARES; i++)
		config.shares.most[i] = 1000000;
	return config;
}

struct session *join(uid_t uid, pid_t pid)
{
	const struct peer peer = {.uid = uid, .pid = pid};
	uint64_t id = core_join(core, &peer);

	ck_assert_uint_ne(id, 0);
	core_check(core);
	return session_find(&core->sessions, id);
}

void leave(const struct session *session)
{
	core_leave(core, session->id);
	while (chores_wait(core))
		core_advance(core, core->now);
	core_check(core);
}

void at(mtime_t now)
{
	core_advance(core, now);
	core_check(core);
}

void share(enum quota_share which, size_t most)
{
	core->quota.shares.most[which] = most;
}

size_t used(uid_t uid, enum quota_share which)
{
	struct account *account = quota_account(&core->quota, uid);
	size_t n = account->used[which];

	quota_settle(&core->quota, account);
	return n;
}

static void set_up(void)
{
	const struct core_config config = unit_config();

	core = core_new(&config, 0);
	A = join(UNIT_UID, UNIT_PID_OF_A);
	B = join(UNIT_UID, UNIT_PID_OF_B);
	C = join(UNIT_UID, 13);
	D = join(UNIT_OTHER_UID, 21);
}

static void tear_down(void)
{
	core_check(core);
	answer_deinit(&last);
	core_free(core);
}

/* Requests ------------------------------------------------------------------
 */

struct request *by(struct session *session, int64_t id)
{
	static struct request req;

	req = (struct request){
	    .session = session,
	    .id = {.type = id == 0 ? IDENT_NONE : IDENT_NUMBER, .number = id},
	    .wait_ms = -1,
	    .max_waiters = -1,
	    .lease_ms = -1,
	};
	core_check(core);
	return &req;
}

struct request *waits(struct request *req, int64_t wait_ms)
{
	req->wait_ms = wait_ms;
	return req;
}

struct request *behind(struct request *req, int64_t max_waiters)
{
	req->max_waiters = max_waiters;
	return req;
}

struct request *leased(struct request *req, int64_t lease_ms)
{
	req->lease_ms = lease_ms;
	return req;
}

struct request *detached(struct request *req, int64_t lease_ms)
{
	req->detached = true;
	return leased(req, lease_ms);
}

const struct key *key_of(const struct kind *kind, const char *text)
{
	static struct key key;

	key = (struct key){kind, text, strlen(text)};
	return &key;
}

bool exists(const struct kind *kind, const char *text)
{
	return object_find(core, key_of(kind, text)) != NULL;
}

/* Answers -------------------------------------------------------------------
 */

static const struct answer *next_answer(const struct session *session)
{
	core_check(core);
	answer_deinit(&last);
	ck_assert_msg(core_pop(core, &last), "no answer where one was due");
	ck_assert_uint_eq(last.session, session->id);
	return &last;
}

static const struct answer *answer_to(
    const struct session *session, int64_t id, enum wire_code code)
{
	const struct answer *answer = next_answer(session);

	ck_assert_ptr_null(answer->event);
	ck_assert_msg(answer->code == code, "code %d instead of %d: %s",
	    (int)answer->code, (int)code,
	    answer->refusal == NULL ? "" : answer->refusal->message);
	if (id == 0)
		ck_assert_int_eq(answer->id.type, IDENT_NONE);
	else
		ck_assert_int_eq(answer->id.type, IDENT_NUMBER);
	ck_assert_int_eq(answer->id.number, id);
	return answer;
}

const struct answer *answered(const struct session *session, int64_t id)
{
	const struct answer *answer = answer_to(session, id, WIRE_OK);

	ck_assert_ptr_null(answer->refusal);
	return answer;
}

const struct answer *refused(
    const struct session *session, int64_t id, enum wire_code code)
{
	return answer_to(session, id, code);
}

const struct answer *told_lost(const struct session *session)
{
	const struct answer *event = next_answer(session);

	ck_assert_ptr_nonnull(event->event);
	ck_assert_str_eq(event->event, "lost");
	ck_assert_int_eq(event->id.type, IDENT_NONE);
	ck_assert_int_eq(event->code, WIRE_OK);
	return event;
}

void silence(void)
{
	struct answer answer;

	core_check(core);
	ck_assert_msg(!core_pop(core, &answer), "an answer, code %d, id %lld",
	    (int)answer.code, (long long)answer.id.number);
}

static const struct member *find(
    const struct answer *answer, enum member_name name)
{
	const struct member *found = NULL;

	for (int i = 0; i < answer->n_members; i++) {
		if (answer->members[i].name != name)
			continue;
		ck_assert_msg(found == NULL, "member %d twice", (int)name);
		found = &answer->members[i];
	}
	return found;
}

static const struct member *get(
    const struct answer *answer, enum member_name name, enum member_type type)
{
	const struct member *member = find(answer, name);

	ck_assert_msg(member != NULL, "member %d is missing", (int)name);
	ck_assert_int_eq(member->type, type);
	return member;
}

bool has(const struct answer *answer, enum member_name name)
{
	return find(answer, name) != NULL;
}

int64_t number_of(const struct answer *answer, enum member_name name)
{
	return get(answer, name, MEMBER_IS_INTEGER)->number;
}

int flag_of(const struct answer *answer, enum member_name name)
{
	return get(answer, name, MEMBER_IS_BOOL)->number != 0;
}

static char *add_blob(char *text, const struct blob *blob)
{
	memcpy(text, blob->bytes, blob->len);
	text[blob->len] = '\0';
	return text + blob->len;
}

static void join_list(char *text, size_t room, const struct blob_list *list)
{
	text[0] = '\0';
	for (size_t i = 0; i < list->n; i++) {
		ck_assert_uint_lt(list->blobs[i]->len + 2, room);
		room -= list->blobs[i]->len + 1;
		if (i > 0)
			*text++ = ',';
		text = add_blob(text, list->blobs[i]);
	}
}

const char *text_of(const struct answer *answer, enum member_name name)
{
	static char text[2 * UNIT_MAX_LINE];
	const struct member *member = find(answer, name);

	ck_assert_msg(member != NULL, "member %d is missing", (int)name);
	switch (member->type) {
	case MEMBER_IS_WORD:
		return member->word;
	case MEMBER_IS_LIST:
		join_list(text, sizeof(text), &member->list);
		return text;
	case MEMBER_IS_TEXT:
	case MEMBER_IS_JSON:
		ck_assert_uint_lt(member->blob->len, sizeof(text));
		add_blob(text, member->blob);
		return text;
	default:
		ck_abort_msg("member %d is no text", (int)name);
		return NULL;
	}
}

int64_t token_of(const struct answer *answer)
{
	int64_t token = number_of(answer, MEMBER_TOKEN);

	ck_assert_int_ge(token, UNIT_FIRST_TOKEN);
	return token;
}

void says(const struct answer *answer, const char *words)
{
	ck_assert_ptr_nonnull(answer->refusal);
	ck_assert_msg(strstr(answer->refusal->message, words) != NULL,
	    "\"%s\" is not in: %s", words, answer->refusal->message);
}

/* Running -------------------------------------------------------------------
 */

unsigned draw(uint64_t *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(*seed >> 33) % below;
}

int unit_main(const char *name, bool with_core, const TTest *const tests[],
    const TTest *const aborting[])
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int n_failed;

	tcase_set_timeout(tcase, TEST_TIMEOUT_S);
	if (with_core)
		tcase_add_checked_fixture(tcase, set_up, tear_down);
	for (; *tests != NULL; tests++)
		tcase_add_test(tcase, *tests);
	/* What aborts needs a process of its own, which a debugger may have
	 * forbidden with CK_FORK=no. */
	while (aborting != NULL && *aborting != NULL &&
	       srunner_fork_status(runner) == CK_FORK)
		tcase_add_test_raise_signal(tcase, *aborting++, SIGABRT);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
