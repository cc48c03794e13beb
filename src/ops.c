/* SPDX-License-Identifier: MIT */
/* What is done for each operation but those of pools: see ops.h. */
#include "ops.h"

#include "admin.h"

#include <string.h>

/* Members ---------------------------------------------------------- */

int64_t op_number(const struct call *call, enum arg arg, int64_t absent)
{
	return args_number(call->args, arg, absent);
}

int64_t op_token(const struct call *call)
{
	return op_number(call, ARG_TOKEN, 0);
}

void op_refuse(struct call *call, const char *words)
{
	core_refuse(
	    call->core, &call->req, NULL, WIRE_BAD_REQUEST, "%s", words);
}

bool op_is_word(const struct call *call, enum arg arg, const char *word)
{
	const struct scan_value *value = &call->args->values[arg];
	char text[WIRE_MAX_ECHO_BYTES];
	long len;

	if (!args_has(call->args, arg))
		return false;
	len = scan_text(value, text, sizeof(text));
	return len == (long)strlen(word) &&
	       memcmp(text, word, (size_t)len) == 0;
}

bool op_is_allowed(struct call *call, bool releases)
{
	struct core *core = call->core;
	const struct peer *peer = &call->req.session->peer;
	const struct rule *denies;

	if (rules_allow(
		&core->rules, peer, call->key.bytes, call->key.len, &denies))
		return true;
	if (releases &&
	    claim_find_hold(core, &call->req, object_find(core, &call->key),
		op_token(call)) != NULL)
		return true;
	if (denies == NULL)
		core_refuse(core, &call->req, &call->key, WIRE_DENIED,
		    "no allow block of the configuration is about this key");
	else
		core_refuse(core, &call->req, &call->key, WIRE_DENIED,
		    "the allow block at %s does not name uid %lu",
		    denies->where, (unsigned long)peer->uid);
	return false;
}

/* SingleFlight, LockedCalls ---------------------------------------- */

void op_flight_begin(struct call *call)
{
	flight_begin(call->core, &call->req, &call->key,
	    op_number(call, ARG_MAX_LEADERS, WIRE_DEFAULT_LEADERS));
}

static void report(struct call *call, bool failed)
{
	const struct args *args = call->args;
	struct flight_report report = {
	    .failed = failed,
	    .message = args->text,
	    .message_len = args->text_len,
	    .keep_ms = op_number(call, ARG_KEEP_MS, 0),
	};

	if (args_has(args, ARG_VALUE)) {
		report.value = args->values[ARG_VALUE].at;
		report.value_len = args->values[ARG_VALUE].len;
	}
	flight_finish(
	    call->core, &call->req, &call->key, op_token(call), &report);
}

void op_flight_finish(struct call *call)
{
	report(call, false);
}

void op_flight_fail(struct call *call)
{
	report(call, true);
}

void op_flight_abandon(struct call *call)
{
	flight_abandon(call->core, &call->req, &call->key, op_token(call));
}

void op_flight_forget(struct call *call)
{
	flight_forget(call->core, &call->req, &call->key);
}

void op_lock_acquire(struct call *call)
{
	lock_acquire(call->core, &call->req, &call->key);
}

void op_lock_release(struct call *call)
{
	lock_release(call->core, &call->req, &call->key, op_token(call));
}

/* Limit ------------------------------------------------------------ */

static void borrow(struct call *call, bool only_try)
{
	const struct limit_terms terms = {
	    .capacity = op_number(call, ARG_CAPACITY, -1),
	    .permits = op_number(call, ARG_PERMITS, 1),
	    .adopt = op_number(call, ARG_ADOPT, 0),
	    .only_try = only_try,
	};

	limit_borrow(call->core, &call->req, &call->key, &terms);
}

void op_limit_borrow(struct call *call)
{
	borrow(call, false);
}

void op_limit_try_borrow(struct call *call)
{
	borrow(call, true);
}

void op_limit_return(struct call *call)
{
	limit_return(call->core, &call->req, &call->key, op_token(call));
}

void op_limit_set(struct call *call)
{
	limit_set(call->core, &call->req, &call->key,
	    op_number(call, ARG_CAPACITY, -1));
}

void op_limit_info(struct call *call)
{
	limit_info(call->core, &call->req, &call->key);
}

void op_limit_delete(struct call *call)
{
	limit_delete(call->core, &call->req, &call->key);
}

/* For all ---------------------------------------------------------- */

void op_ping(struct call *call)
{
	core_answer(call->core, &call->req);
}

/* Whether all the events asked for are known; the only one is "lost". */
static bool take_events(struct call *call, bool *wants_lost)
{
	struct scan_value name;
	struct scan scan;

	*wants_lost = false;
	if (!args_has(call->args, ARG_EVENTS))
		return true;
	scan_array_begin(&scan, &call->args->values[ARG_EVENTS]);
	while (scan_element(&scan, &name) == SCAN_ITEM) {
		char text[8];

		if (name.type != SCAN_STRING ||
		    scan_text(&name, text, sizeof(text)) != 4 ||
		    memcmp(text, "lost", 4) != 0)
			return false;
		*wants_lost = true;
	}
	return true;
}

void op_hello(struct call *call)
{
	struct session *session = call->req.session;
	bool wants_lost;

	if (!take_events(call, &wants_lost)) {
		op_refuse(call, "\"events\" holds a name that is not known; "
				"known are: \"lost\"");
		return;
	}
	session->wants_lost = wants_lost;
	session->multiplexed = op_number(call, ARG_MULTIPLEXED, 0);
	core_introduce(session, call->args->text, call->args->text_len);
	admin_hello(call->core, &call->req);
}

void op_cancel(struct call *call)
{
	char text[WIRE_MAX_ID_BYTES];
	struct ident target;
	struct claim *wait;
	bool done;

	if (!args_ident(call->args, ARG_TARGET, &target, text)) {
		op_refuse(call, "\"target\" must be an id: an integer, or a "
				"string of at most 64 bytes");
		return;
	}
	wait = claim_find_wait(call->core, call->req.session, &target);
	done = wait != NULL && claim_cancel(call->core, wait, WIRE_CANCELLED);
	answer_add_bool(
	    core_answer(call->core, &call->req), MEMBER_CANCELLED, done);
}

/* Whether the hold is of the kind and key that the request names, if any. */
static bool is_meant(const struct call *call, const struct claim *hold)
{
	const struct object *object = hold->object;

	if (args_has(call->args, ARG_KIND) &&
	    !op_is_word(call, ARG_KIND, object_kind_name(object->kind->number)))
		return false;
	return !args_has(call->args, ARG_KEY) ||
	       (object->key_len == call->key.len &&
		   memcmp(object_key_bytes(object), call->key.bytes,
		       call->key.len) == 0);
}

unsigned op_kinds(struct call *call)
{
	unsigned kinds = 0;

	if (!args_has(call->args, ARG_KIND))
		return (1U << WIRE_N_KINDS) - 1;
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		if (op_is_word(
			call, ARG_KIND, object_kind_name((enum wire_kind)kind)))
			kinds |= 1U << kind;
	}
	if (kinds == 0)
		op_refuse(call, "\"kind\" must be \"flight\", \"lock\", "
				"\"limit\" or \"pool\"");
	return kinds;
}

void op_renew(struct call *call)
{
	struct claim *hold =
	    claim_find_token(call->core, call->req.session, op_token(call));

	if (op_kinds(call) == 0)
		return;
	if (hold == NULL || !is_meant(call, hold)) {
		core_refuse(call->core, &call->req, NULL, WIRE_NOT_HELD,
		    "renew: no such hold of this connection; it was released, "
		    "or its lease ran out");
	} else {
		claim_renew(call->core, hold, op_number(call, ARG_LEASE_MS, 1));
		core_answer(call->core, &call->req);
	}
}

/* Whose hold it was, for the admin and for the log. */
static void add_holder(struct answer *answer, const struct holder *holder)
{
	if (holder->pid > 0)
		answer_add_integer(answer, MEMBER_PID, holder->pid);
	answer_add_integer(answer, MEMBER_UID, holder->uid);
	answer_add_integer(answer, MEMBER_HELD_MS, holder->held_ms);
}

static void note_release(struct call *call, const struct claim *hold)
{
	const struct object *object = hold->object;
	struct holder holder = claim_holder(call->core, hold);
	struct ident none = {0};
	struct answer *note =
	    outbox_put(&call->core->notes, call->req.session->id, &none);
	struct blob *key = blob_new(object_key_bytes(object), object->key_len);

	note->event = "admin_release";
	answer_add_word(
	    note, MEMBER_KIND, object_kind_name(object->kind->number));
	answer_add_text(note, MEMBER_KEY, key);
	answer_add_integer(note, MEMBER_TOKEN, hold->token);
	add_holder(note, &holder);
	blob_unref(key);
	/* Without the token: what has one is a grant. */
	add_holder(core_answer(call->core, &call->req), &holder);
}

void op_admin_release(struct call *call)
{
	struct claim *hold = claim_with_token(call->core, op_token(call));
	const struct peer *peer = &call->req.session->peer;

	if (op_kinds(call) == 0)
		return;
	if (!rules_make_admin(&call->core->rules, peer)) {
		core_refuse(call->core, &call->req, NULL, WIRE_DENIED,
		    "admin.release: no admin block of the configuration names "
		    "uid %lu",
		    (unsigned long)peer->uid);
	} else if (hold == NULL || !is_meant(call, hold)) {
		core_refuse(call->core, &call->req, NULL, WIRE_NOT_HELD,
		    "admin.release: no such hold; it has ended already");
	} else {
		note_release(call, hold);
		core_end_hold(call->core, hold);
	}
}

void op_reset(struct call *call)
{
	call->goes_on = !core_reset(call->core, call->req.session);
	if (!call->goes_on)
		core_answer(call->core, &call->req);
}

void op_stats(struct call *call)
{
	admin_stats(call->core, &call->req);
}
