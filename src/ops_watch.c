/* SPDX-License-Identifier: MIT */
/* What is done for watch: see ops.h. Who is told what is decided in watch.c. */
#include "ops.h"

#include "watch.h"

#include <string.h>

/* Room for the longest name of an event. */
#define MAX_NAME_BYTES 16

/* The bit of the event; 0: there is none of this name. */
static unsigned event_bit(const struct scan_value *name)
{
	char text[MAX_NAME_BYTES];
	long len;

	if (name->type != SCAN_STRING)
		return 0;
	len = scan_text(name, text, sizeof(text));
	for (int i = 0; i < WATCH_N_EVENTS; i++) {
		const char *known = watch_event_name((enum watch_event)i);

		if (len == (long)strlen(known) &&
		    memcmp(text, known, (size_t)len) == 0)
			return 1U << i;
	}
	return 0;
}

/* Whether all events that are asked for are known. */
static bool take_events(const struct call *call, unsigned *events_out)
{
	struct scan_value name;
	struct scan scan;

	*events_out = 0;
	scan_array_begin(&scan, &call->args->values[ARG_EVENTS]);
	while (scan_element(&scan, &name) == SCAN_ITEM) {
		unsigned bit = event_bit(&name);

		if (bit == 0)
			return false;
		*events_out |= bit;
	}
	return true;
}

static bool begin(struct call *call, const struct watch_terms *terms)
{
	const struct session *session = call->req.session;

	if (watch_begin(call->core, call->req.session, terms))
		return true;
	core_refuse(call->core, &call->req, NULL, WIRE_QUOTA,
	    "uid %lu has %d watches; end one of them first",
	    (unsigned long)session->peer.uid, WIRE_MAX_WATCHES);
	return false;
}

void op_watch(struct call *call)
{
	struct watch_terms terms = {
	    .kinds = op_kinds(call),
	    .prefix = "",
	    .max_per_s =
		op_number(call, ARG_MAX_PER_S, WIRE_DEFAULT_WATCH_RATE),
	};

	if (terms.kinds == 0)
		return;
	if (!take_events(call, &terms.events)) {
		op_refuse(call,
		    "\"events\" holds a name that is not known; known are: "
		    "\"granted\", \"waiting\", \"shared\", \"released\", "
		    "\"lost\", \"refused\", \"expired\"");
		return;
	}
	if (args_has(call->args, ARG_PREFIX)) {
		terms.prefix = call->args->text;
		terms.prefix_len = call->args->text_len;
	}
	if (terms.events == 0)
		watch_end(call->core, call->req.session);
	else if (!begin(call, &terms))
		return;
	core_answer(call->core, &call->req);
}
