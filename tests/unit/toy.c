/* SPDX-License-Identifier: MIT */
/* A primitive for the tests of the engine: see toy.h. */
#include "toy.h"

struct toy_news toy_news;

static bool has_place(const struct object *object)
{
	return object->n_holders <= ((const struct toy *)object)->n_more;
}

static void grant(struct core *to, struct claim *claim)
{
	struct answer *answer = claim_grant(to, claim);

	answer_add_integer(answer, MEMBER_TOKEN, claim->token);
}

static void on_ended(struct core *in, struct object *object,
    struct claim *claim, enum claim_end how)
{
	(void)in;
	ck_assert_ptr_eq(claim->object, object);
	toy_news.n_ended++;
	toy_news.how = how;
	toy_news.token = claim->token;
}

static void on_serve(struct core *in, struct object *object)
{
	toy_news.n_served++;
	while (object->waiters != NULL && has_place(object))
		grant(in, object->waiters);
}

static bool is_idle(const struct object *object)
{
	return !((const struct toy *)object)->stays;
}

static void on_deinit(struct core *in, struct object *object)
{
	(void)in;
	(void)object;
	toy_news.n_deinit++;
}

const struct kind toy_kind = {
    .number = WIRE_KIND_LIMIT,
    .size = sizeof(struct toy),
    .ended = on_ended,
    .serve = on_serve,
    .is_idle = is_idle,
    .deinit = on_deinit,
};

const struct kind toy_sole_kind = {
    .number = WIRE_KIND_LOCK,
    .size = sizeof(struct toy),
    .exclusive = true,
    .ended = on_ended,
    .serve = on_serve,
};

struct toy *toy_get(const struct kind *kind, const char *text)
{
	return (struct toy *)object_get(core, key_of(kind, text));
}

void toy_ask(struct request *req, const struct key *key)
{
	struct object *object = object_get(core, key);
	bool has_room = object->waiters == NULL && has_place(object);
	struct claim *claim;

	if (!claim_may_enter(core, object, req, has_room)) {
		object_settle(core, object);
		return;
	}
	claim = claim_new(core, object, req);
	if (has_room)
		grant(core, claim);
	else
		claim_park(core, claim, req->wait_ms);
}

struct claim *toy_take(
    struct session *session, const struct kind *kind, const char *text)
{
	toy_ask(by(session, 0), key_of(kind, text));
	(void)token_of(answered(session, 0));
	return session->held;
}

struct claim *toy_wait(struct session *session, int64_t id,
    const struct kind *kind, const char *text)
{
	toy_ask(by(session, id), key_of(kind, text));
	silence();
	return session->waiting->mine_prev;
}
