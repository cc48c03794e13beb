/* SPDX-License-Identifier: MIT */
/* The table of operations, and how a line finds its row: see verbs.h. */
#include "verbs.h"

#include "ops.h"

#include <string.h>

struct verb {
	struct args_rule rule; /* its name, and the members it takes */
	size_t len;            /* of its name */
	const struct kind *kind;
	int flags;
	op_fn fn;
};

#define VERB_ROW(function, name, of, must, may, what)                          \
	{.rule = {.op = name, .required = must, .optional = may},              \
	    .len = sizeof(name) - 1,                                           \
	    .kind = of,                                                        \
	    .flags = what,                                                     \
	    .fn = op_##function},

static const struct verb verbs[] = {OPS(VERB_ROW)};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name, size_t len)
{
	for (size_t i = 0; i < N_VERBS; i++) {
		/* Most end at the last letter, without a call. */
		if (verbs[i].len == len &&
		    verbs[i].rule.op[len - 1] == name[len - 1] &&
		    memcmp(verbs[i].rule.op, name, len) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* Answers unknown_op, with the name that may have been meant. */
static void refuse_unknown(struct call *call, const struct scan_value *op)
{
	const char *candidates[N_VERBS], *near;
	char echo[ARGS_ECHO_BYTES];

	for (size_t i = 0; i < N_VERBS; i++)
		candidates[i] = verbs[i].rule.op;
	args_echo(op, echo);
	near = args_suggest(echo, candidates, N_VERBS);
	if (near != NULL)
		core_refuse(call->core, &call->req, NULL, WIRE_UNKNOWN_OP,
		    "unknown op \"%s\"; did you mean \"%s\"?", echo, near);
	else
		core_refuse(call->core, &call->req, NULL, WIRE_UNKNOWN_OP,
		    "unknown op \"%s\"", echo);
}

/* The row that the request means; NULL, and an answer, where there is none. */
static const struct verb *take_verb(struct call *call)
{
	const struct args *args = call->args;
	const struct scan_value *op = &args->values[ARG_OP];
	const struct verb *verb;
	char decoded[WIRE_MAX_ECHO_BYTES];
	const char *text;
	long len;

	if (args->repeated & ARG_BIT(OP)) {
		op_refuse(call, "member \"op\" is there twice");
		return NULL;
	}
	if (!args_has(args, ARG_OP) || op->type != SCAN_STRING) {
		op_refuse(call,
		    "\"op\", the name of the operation, is missing or not a "
		    "string");
		return NULL;
	}
	text = op->is_plain ? op->at + 1 : decoded;
	len = op->is_plain ? (long)op->len - 2
			   : scan_text(op, decoded, sizeof(decoded));
	verb = len < 0 ? NULL : find_verb(text, (size_t)len);
	if (verb == NULL)
		refuse_unknown(call, op);
	return verb;
}

/* Rules that bind two members, or a member and the session. NULL: they hold. */
static const char *judge(const struct call *call, const struct verb *verb)
{
	if (call->req.detached && call->req.lease_ms < 0)
		return "\"detached\" needs \"lease_ms\": nothing else would "
		       "end the hold of a client that is gone";
	if ((verb->flags & OP_RELEASES) && call->req.session->multiplexed &&
	    !args_has(call->args, ARG_TOKEN))
		return "\"token\" is needed on a connection that said "
		       "\"multiplexed\"";
	return NULL;
}

static void fill_request(struct call *call, const struct verb *verb)
{
	const struct args *args = call->args;

	call->req.wait_ms = args_number(args, ARG_WAIT_MS, -1);
	call->req.max_waiters = args_number(args, ARG_MAX_WAITERS, -1);
	call->req.lease_ms = args_number(args, ARG_LEASE_MS, -1);
	call->req.detached = args_number(args, ARG_DETACHED, 0);
	call->key = (struct key){verb->kind, args->key, args->key_len};
}

/* Whether the rules let the peer use the key; answers denied if not. */
static bool is_allowed(struct call *call, const struct verb *verb)
{
	return call->core->rules.n_allow == 0 || verb->kind == NULL ||
	       (verb->flags & OP_ASKS) ||
	       op_is_allowed(call, verb->flags & OP_RELEASES);
}

static enum verbs_result do_request(
    struct call *call, struct args *args, enum verbs_mode mode)
{
	const struct verb *verb = take_verb(call);
	char error[ARGS_ERROR_BYTES];
	const char *wrong;

	if (verb == NULL)
		return VERBS_GOOD;
	if (mode == VERBS_BRIEF && (verb->flags & OP_IS_LONG))
		return VERBS_AGAIN;
	if (!args_check(args, &verb->rule, error)) {
		op_refuse(call, error);
		return VERBS_GOOD;
	}
	if (mode == VERBS_LEAVING && !(verb->flags & OP_LETS_GO))
		return VERBS_GOOD; /* nobody is there to be granted anything */
	fill_request(call, verb);
	wrong = judge(call, verb);
	if (wrong != NULL)
		op_refuse(call, wrong);
	else if (is_allowed(call, verb))
		verb->fn(call);
	if (call->goes_on)
		return VERBS_AGAIN;
	return verb->flags & OP_IS_LONG ? VERBS_LONG : VERBS_GOOD;
}

static void refuse_id(struct call *call)
{
	op_refuse(call,
	    "\"id\" must be one integer up to 2^53-1, or one string "
	    "of at most 64 bytes");
}

static bool is_empty(const char *line, size_t len)
{
	return len == 0 || (len == 1 && line[0] == '\r');
}

enum verbs_result verbs_line(struct core *core, uint64_t session,
    const char *line, size_t len, enum verbs_mode mode)
{
	struct args args;
	struct call call = {.core = core, .args = &args};
	char id_text[WIRE_MAX_ID_BYTES];
	enum verbs_result result = VERBS_GOOD;
	const char *wrong;
	size_t at;

	call.req.session = session_find(&core->sessions, session);
	if (is_empty(line, len))
		return VERBS_EMPTY;
	wrong = args_take(&args, line, len, &at);
	if (wrong != NULL) {
		core->tally.n_bad_lines++;
		core_refuse(core, &call.req, NULL, WIRE_PARSE,
		    "not a JSON object: %s, at byte %zu", wrong, at + 1);
		return VERBS_BAD;
	}
	core->tally.n_requests++;
	if (!args_ident(&args, ARG_ID, &call.req.id, id_text))
		refuse_id(&call);
	else if (claim_find_wait(core, call.req.session, &call.req.id) != NULL)
		core_refuse(core, &call.req, NULL, WIRE_DUP_ID,
		    "a request with this id still waits on this connection");
	else
		result = do_request(&call, &args, mode);
	if (result == VERBS_AGAIN)
		core->tally.n_requests--; /* it counts when it is done */
	return result;
}

void verbs_no_room(struct core *core, uint64_t session)
{
	struct request req = {
	    .session = session_find(&core->sessions, session)};

	/* So many there never are. */
	(void)core_has_share(core, &req, NULL, QUOTA_BYTES, SIZE_MAX);
}

void verbs_too_long(struct core *core, uint64_t session)
{
	struct request req = {
	    .session = session_find(&core->sessions, session)};

	core->tally.n_bad_lines++;
	core_refuse(core, &req, NULL, WIRE_TOO_LONG,
	    "the line is longer than %zu bytes; nothing of it was done",
	    core->max_line_bytes);
}
