/* SPDX-License-Identifier: MIT */
/* What a watch is told, as JSON: see reply_watch.h. */
#include "reply_watch.h"

#include "reply_text.h"

#include <stdlib.h>
#include <string.h>

/* More than most lines take, so that memory is asked for once. */
#define USUAL_BYTES 512

static void add_who(struct reply_text *text, const struct sighting *seen,
    const struct reply_names *names)
{
	const struct holder *who = &seen->who;
	const char *program = seen->program;

	if (program[0] == '\0')
		program = reply_command(names, who->session);
	if (who->pid > 0)
		reply_text_number(text, ",\"pid\":", who->pid);
	reply_text_number(text, ",\"uid\":", who->uid);
	if (program != NULL)
		reply_text_string(
		    text, ",\"command\":", program, strlen(program));
	reply_text_string(
	    text, ",\"client\":", who->client, strlen(who->client));
}

static void add_reason(struct reply_text *text, const struct sighting *seen)
{
	if (seen->reason != NULL)
		reply_text_string(
		    text, ",\"reason\":", seen->reason, strlen(seen->reason));
}

static void add_error(struct reply_text *text, enum wire_code code)
{
	const char *name = reply_code_name(code);

	if (code != WIRE_OK)
		reply_text_string(text, ",\"error\":", name, strlen(name));
}

/* What else there is to say, by what it was. */
static void add_rest(struct reply_text *text, const struct sighting *seen)
{
	switch (seen->what) {
	case WATCH_GRANTED:
		reply_text_number(text, ",\"waited_ms\":", seen->n);
		break;
	case WATCH_WAITING:
		reply_text_number(text, ",\"waiters\":", seen->n);
		break;
	case WATCH_RELEASED:
	case WATCH_LOST:
		reply_text_number(text, ",\"held_ms\":", seen->who.held_ms);
		add_reason(text, seen);
		break;
	case WATCH_SHARED:
	case WATCH_REFUSED:
		add_error(text, seen->code);
		add_reason(text, seen);
		reply_text_number(text, ",\"waited_ms\":", seen->who.held_ms);
		break;
	case WATCH_EXPIRED:
	case WATCH_MISSED:
		break;
	}
}

static void add_event(struct reply_text *text, const struct sighting *seen,
    const struct reply_names *names)
{
	reply_text_add(text, ",\"kind\":\"");
	reply_text_add(text, object_kind_name(seen->kind));
	reply_text_string(text, "\",\"key\":", seen->key, seen->key_len);
	if (seen->token != 0)
		reply_text_number(text, ",\"token\":", seen->token);
	if (seen->what != WATCH_EXPIRED)
		add_who(text, seen, names);
	add_rest(text, seen);
}

void reply_watch(const struct sighting *seen, const struct reply_names *names,
    struct outbuf *out)
{
	struct reply_text text = {0};

	(void)reply_text_room(&text, USUAL_BYTES);
	reply_text_add(&text, "{\"event\":\"watch\",\"what\":\"");
	reply_text_add(&text, watch_event_name(seen->what));
	reply_text_add(&text, "\"");
	if (seen->what == WATCH_MISSED)
		reply_text_number(&text, ",\"count\":", seen->n);
	else
		add_event(&text, seen, names);
	reply_text_add(&text, "}\n");
	outbuf_add(out, text.bytes, text.len);
	free(text.bytes);
}
