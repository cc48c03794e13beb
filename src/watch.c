/* SPDX-License-Identifier: MIT */
/* Who is told what happens: see watch.h. */
#include "watch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SECOND_MS 1000

#define EVENT_NAME(constant, name) [WATCH_##constant] = name,

const char *watch_event_name(enum watch_event what)
{
	static const char *const names[] = {
	    WATCH_EVENTS(EVENT_NAME)[WATCH_MISSED] = "missed"};

	return names[what];
}

/* Who wants what --------------------------------------------------- */

static bool wants(const struct core *core, const struct watch *watch,
    enum watch_event what, const struct key *key)
{
	return (watch->events >> what & 1) &&
	       (watch->kinds >> key->kind->number & 1) &&
	       key->len >= watch->prefix_len &&
	       memcmp(key->bytes, watch->prefix, watch->prefix_len) == 0 &&
	       rules_show(
		   &core->rules, &watch->session->peer, key->bytes, key->len);
}

/* Missing ---------------------------------------------------------- */

static void put(
    struct core *core, const struct watch *watch, struct sighting *sighting)
{
	struct ident none = {0};
	struct answer *answer =
	    outbox_put(&core->outbox, watch->session->id, &none);

	answer->event = "watch";
	answer->sighting = sighting;
}

static void tell_missed(struct core *core, struct watch *watch)
{
	struct sighting *sighting;

	core_clear_deadline(core, &watch->deadline);
	if (watch->n_missed == 0)
		return;
	sighting = xcalloc(1, sizeof(*sighting));
	sighting->what = WATCH_MISSED;
	sighting->n = watch->n_missed;
	watch->n_missed = 0;
	put(core, watch, sighting);
}

static void on_deadline(struct core *core, struct deadline *deadline)
{
	tell_missed(core, HEAP_OWNER(deadline, struct watch, deadline));
}

static void miss(struct core *core, struct watch *watch, int64_t n)
{
	watch->n_missed += n;
	if (!watch->is_full && watch->deadline.item.pos == HEAP_OUT)
		core_set_deadline(core, &watch->deadline,
		    watch->second + SECOND_MS, CORE_END);
}

static struct watch *find(const struct core *core, uint64_t id)
{
	const struct session *session = session_find(&core->sessions, id);

	return session == NULL ? NULL : session->watch;
}

void watch_unsent(
    struct core *core, uint64_t id, const struct sighting *sighting)
{
	struct watch *watch = find(core, id);

	if (watch == NULL)
		return;
	watch->is_full = true;
	core_clear_deadline(core, &watch->deadline);
	miss(core, watch, sighting->what == WATCH_MISSED ? sighting->n : 1);
}

void watch_drained(struct core *core, uint64_t id)
{
	struct watch *watch = find(core, id);

	if (watch == NULL)
		return;
	watch->is_full = false;
	tell_missed(core, watch);
}

void watch_taken(struct core *core)
{
	struct watch *watch;

	DL_FOREACH(core->watches, watch)
		watch->n_pending = 0;
}

/* Telling ---------------------------------------------------------- */

/* Whether it has room, and its share of this second allows one more. */
static bool may_tell(const struct core *core, struct watch *watch)
{
	if (watch->is_full)
		return false;
	if (core->now >= watch->second + SECOND_MS) {
		watch->second = core->now;
		watch->n_told = 0;
	}
	if (watch->n_told == watch->max_per_s ||
	    watch->n_pending == WATCH_MAX_PENDING)
		return false;
	watch->n_told++;
	watch->n_pending++;
	return true;
}

/* The first watch from this one on that is to be told, or NULL. Those on the
 * way that cannot be have missed it, and nothing else was done for them. */
static struct watch *next_to_tell(struct core *core, struct watch *watch,
    enum watch_event what, const struct key *key)
{
	for (; watch != NULL; watch = watch->next) {
		if (!wants(core, watch, what, key))
			continue;
		if (may_tell(core, watch))
			return watch;
		miss(core, watch, 1);
	}
	return NULL;
}

static void tell_one(struct core *core, struct watch *watch,
    const struct sighting *seen, const struct key *key)
{
	struct sighting *copy = xcalloc(1, sizeof(*copy) + key->len);

	tell_missed(core, watch);
	*copy = *seen;
	copy->kind = key->kind->number;
	copy->key_len = key->len;
	memcpy(copy->key, key->bytes, key->len);
	put(core, watch, copy);
}

/* Tells it to this watch, and to all behind it that are to be told. */
static void tell(struct core *core, struct watch *watch,
    const struct sighting *seen, const struct key *key)
{
	while (watch != NULL) {
		tell_one(core, watch, seen, key);
		watch = next_to_tell(core, watch->next, seen->what, key);
	}
}

/* What happened, before anybody is known who is to be told. Few bytes, for most
 * of it is made for nobody. */
struct fact {
	enum watch_event what;
	enum wire_code code;
	int64_t token, n;
	const char *reason;
	uint64_t asker; /* the session of the claim, where it has none now */
};

static struct sighting sighting_of(
    const struct fact *fact, const struct session *session)
{
	struct sighting seen = {
	    .what = fact->what,
	    .code = fact->code,
	    .token = fact->token,
	    .n = fact->n,
	    .reason = fact->reason,
	};

	if (session != NULL && session->program != NULL)
		(void)snprintf(
		    seen.program, sizeof(seen.program), "%s", session->program);
	return seen;
}

static void tell_of_claim(
    struct core *core, const struct claim *claim, const struct fact *fact)
{
	const struct key key = object_key(claim->object);
	struct watch *first =
	    next_to_tell(core, core->watches, fact->what, &key);
	struct sighting seen;

	if (first == NULL)
		return;
	seen = sighting_of(fact, claim->session);
	seen.who = claim_holder(core, claim);
	if (fact->asker != 0)
		seen.who.session = fact->asker;
	tell(core, first, &seen, &key);
}

static void tell_of_request(struct core *core, const struct request *req,
    const struct key *key, const struct fact *fact)
{
	const struct session *session = req->session;
	struct watch *first =
	    next_to_tell(core, core->watches, fact->what, key);
	struct sighting seen;

	if (first == NULL)
		return;
	seen = sighting_of(fact, session);
	seen.who.session = session->id;
	seen.who.pid = session->peer.pid;
	seen.who.uid = session->peer.uid;
	if (session->client != NULL)
		(void)snprintf(seen.who.client, sizeof(seen.who.client), "%s",
		    session->client);
	tell(core, first, &seen, key);
}

void watch_granted(struct core *core, const struct claim *claim, uint64_t asker,
    int64_t waited_ms)
{
	const struct fact fact = {
	    .what = WATCH_GRANTED,
	    .asker = asker, /* a detached hold has forgotten it */
	    .token = claim->token,
	    .n = waited_ms,
	};

	tell_of_claim(core, claim, &fact);
}

void watch_waiting(struct core *core, const struct claim *claim)
{
	const struct fact fact = {
	    .what = WATCH_WAITING, .n = (int64_t)claim->object->n_waiters};

	tell_of_claim(core, claim, &fact);
}

void watch_shared(struct core *core, const struct claim *claim)
{
	const struct fact fact = {.what = WATCH_SHARED};

	tell_of_claim(core, claim, &fact);
}

void watch_shared_at_once(
    struct core *core, const struct request *req, const struct key *key)
{
	const struct fact fact = {.what = WATCH_SHARED};

	tell_of_request(core, req, key, &fact);
}

void watch_refused(
    struct core *core, const struct claim *claim, enum wire_code code)
{
	const struct fact fact = {
	    .what = WATCH_REFUSED,
	    .code = code,
	    .reason = code == WIRE_OK ? "eof" : NULL,
	};

	tell_of_claim(core, claim, &fact);
}

void watch_refused_at_once(struct core *core, const struct request *req,
    const struct key *key, enum wire_code code)
{
	const struct fact fact = {.what = WATCH_REFUSED, .code = code};

	tell_of_request(core, req, key, &fact);
}

void watch_ended(
    struct core *core, const struct claim *claim, enum claim_end how)
{
	static const char *const reasons[] = {
	    [CLAIM_EXPIRED] = "lease",
	    [CLAIM_LOST] = "eof",
	    [CLAIM_RESET] = "reset",
	    [CLAIM_UNDELIVERED] = "undelivered",
	    [CLAIM_ADMIN] = "admin",
	};
	bool is_released = how == CLAIM_RELEASED || how == CLAIM_GIVEN_UP;
	const struct fact fact = {
	    .what = is_released ? WATCH_RELEASED : WATCH_LOST,
	    .token = claim->token,
	    .reason = reasons[how],
	};

	tell_of_claim(core, claim, &fact);
}

void watch_expired(struct core *core, const struct object *object)
{
	const struct sighting seen = {.what = WATCH_EXPIRED};
	const struct key key = object_key(object);

	tell(core, next_to_tell(core, core->watches, WATCH_EXPIRED, &key),
	    &seen, &key);
}

/* Beginning and end ------------------------------------------------ */

static bool has_too_many(const struct core *core, const struct session *session)
{
	const struct watch *watch;
	int n = 0;

	DL_FOREACH(core->watches, watch)
		n += watch->session->account == session->account;
	return session->watch == NULL && n >= WIRE_MAX_WATCHES;
}

bool watch_begin(
    struct core *core, struct session *session, const struct watch_terms *terms)
{
	struct watch *watch;

	if (has_too_many(core, session))
		return false;
	watch_end(core, session);
	watch = xcalloc(1, sizeof(*watch));
	watch->session = session;
	watch->events = terms->events;
	watch->kinds = terms->kinds;
	watch->prefix = xmemdup0(terms->prefix, terms->prefix_len);
	watch->prefix_len = terms->prefix_len;
	watch->max_per_s = terms->max_per_s;
	watch->second = core->now;
	watch->deadline.fire = on_deadline;
	heap_item_init(&watch->deadline.item);
	session->watch = watch;
	DL_APPEND(core->watches, watch);
	core->n_watches++;
	return true;
}

void watch_end(struct core *core, struct session *session)
{
	struct watch *watch = session->watch;

	if (watch == NULL)
		return;
	tell_missed(core, watch);
	DL_DELETE(core->watches, watch);
	core->n_watches--;
	session->watch = NULL;
	free(watch->prefix);
	free(watch);
}

bool watch_has(const struct core *core, uint64_t id)
{
	return find(core, id) != NULL;
}

void watch_name_program(struct core *core, uint64_t id, const char *program)
{
	struct session *session = session_find(&core->sessions, id);

	if (session == NULL)
		return;
	free(session->program);
	session->program =
	    program == NULL ? NULL : xmemdup0(program, strlen(program));
}
