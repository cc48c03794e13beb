/* SPDX-License-Identifier: MIT */
/* Why somebody waits: see cli_why.h. */
#include "cli_why.h"

#include <stdlib.h>
#include <string.h>

/* What a shell takes as it is. */
#define PLAIN                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"_./:@%+=,-"

const char *why_key(char to[WHY_KEY_BYTES], const json_t *key)
{
	char shown[TEXT_ESCAPED_BYTES];
	size_t n =
	    (size_t)snprintf(to, WHY_KEY_BYTES, "%s ", list_text(key, "kind"));

	text_escape(shown, list_text(key, "key"));
	if (shown[strspn(shown, PLAIN)] == '\0') {
		(void)snprintf(to + n, WHY_KEY_BYTES - n, "%s", shown);
		return to;
	}
	to[n++] = '\'';
	for (const char *at = shown; *at != '\0' && n < WHY_KEY_BYTES - 6;
	     at++) {
		/* '\'' is how a shell has it between quotes. */
		n += (size_t)snprintf(to + n, WHY_KEY_BYTES - n, "%s%c",
		    *at == '\'' ? "'\\'" : "", *at);
	}
	(void)snprintf(to + n, WHY_KEY_BYTES - n, "'");
	return to;
}

/* For people ------------------------------------------------------- */

/* What msync(1) runs does the work for it; NULL: nothing, or it is another
 * program. */
static const struct proc *worker_of(
    const struct chain_view *view, const json_t *holder)
{
	if (strcmp(list_text(holder, "command"), "msync") != 0)
		return NULL;
	return procs_child(&view->procs, (int)list_number(holder, "pid", 0));
}

static void print_worker(const struct chain_view *view, const json_t *holder)
{
	const struct proc *child = worker_of(view, holder);
	char name[TEXT_ESCAPED_BYTES];

	if (child != NULL)
		(void)printf(", which runs pid %d (%s)", child->pid,
		    text_escape(name, child->name));
}

/* "It waits for lock till itself, for 2m10s so far." */
static void print_wait(const struct chain_link *link)
{
	const struct chain_wait *wait = link->wait;
	char key[WHY_KEY_BYTES], who[LIST_WHO_BYTES], span[TEXT_SPAN_BYTES];

	if (wait->pid == list_number(link->holder, "pid", 0))
		(void)printf("It waits itself, ");
	else
		(void)printf(
		    "What it runs waits, as %s, ", list_who(who, wait->claim));
	(void)printf("for %s, for %s so far.\n", why_key(key, wait->key),
	    text_span(span, list_number(wait->claim, "waited_ms", 0)));
}

static void print_link(
    const struct chain_view *view, const struct chain_link *link)
{
	char key[WHY_KEY_BYTES], who[LIST_WHO_BYTES], span[TEXT_SPAN_BYTES];
	int64_t n = list_number(link->key, "holding", 1);

	(void)printf("%s has been held for %s by %s", why_key(key, link->key),
	    text_span(span, list_number(link->holder, "held_ms", 0)),
	    list_who(who, link->holder));
	print_worker(view, link->holder);
	if (n > 1)
		(void)printf(", and for less by %lld more", (long long)n - 1);
	(void)puts(".");
}

/* A hold that is nobody's ends by its lease, or by hand. */
static void print_detached(const struct chain_link *link)
{
	char key[WHY_KEY_BYTES], span[TEXT_SPAN_BYTES];

	(void)printf("No process has to be there for it: it ends in %s, or "
		     "by: msync release %s %lld\n",
	    text_span(span, list_number(link->holder, "lease_left_ms", 0)),
	    why_key(key, link->key),
	    (long long)list_number(link->holder, "token", 0));
}

static void print_culprit(
    const struct chain_view *view, const struct chain_link *link)
{
	int pid = (int)list_number(link->holder, "pid", 0);
	const struct proc *worker = worker_of(view, link->holder);
	const struct proc *proc;

	pid = worker != NULL ? worker->pid : pid;
	proc = procs_find(&view->procs, pid);
	if (json_is_true(json_object_get(link->holder, "detached"))) {
		print_detached(link);
		return;
	}
	if (proc != NULL && proc->state == 'T')
		(void)printf(
		    "It is stopped, and goes on by: kill -CONT %d\n", pid);
	else if (pid > 0)
		(void)printf(
		    "It waits for nothing here: look there (ps -fp %d).\n",
		    pid);
	else
		(void)puts("It waits for nothing here: look there.");
}

/* Where there is room, but not enough for the first in line. */
static void print_wish(const json_t *key)
{
	int64_t available = list_number(key, "available", 0);
	int64_t wish = list_number(list_first(key, "waiters"), "permits", 0);

	if (available > 0 && wish > available)
		(void)printf("The first in line wants %lld permits at once, "
			     "and %lld of %lld are free.\n",
		    (long long)wish, (long long)available,
		    (long long)list_number(key, "capacity", 0));
}

void why_print(
    const struct chain_view *view, const struct chain *chain, const json_t *key)
{
	print_wish(key);
	for (size_t i = 0; i < chain->n_links; i++) {
		print_link(view, &chain->links[i]);
		if (chain->links[i].wait != NULL)
			print_wait(&chain->links[i]);
	}
	switch (chain->end) {
	case CHAIN_NOBODY:
		(void)puts("Nobody holds that.");
		break;
	case CHAIN_CULPRIT:
		print_culprit(view, &chain->links[chain->n_links - 1]);
		break;
	case CHAIN_CIRCLE:
		(void)puts("That is a circle: unless one of them does several "
			   "things at a time, none will go on.\n"
			   "End one of them, and take keys in one order "
			   "everywhere.");
		break;
	case CHAIN_LONG:
		(void)puts("And so on.");
		break;
	}
}

/* For programs ----------------------------------------------------- */

static json_t *name_key(const json_t *key)
{
	return json_pack("{s:s, s:s}", "kind", list_text(key, "kind"), "key",
	    list_text(key, "key"));
}

json_t *why_json(const struct chain *chain)
{
	json_t *links = json_array();

	for (size_t i = 0; i < chain->n_links; i++) {
		const struct chain_link *link = &chain->links[i];
		json_t *object = name_key(link->key);

		(void)json_object_set(object, "holder", (json_t *)link->holder);
		if (link->wait != NULL) {
			(void)json_object_set_new(
			    object, "waits_for", name_key(link->wait->key));
			(void)json_object_set(
			    object, "waiter", (json_t *)link->wait->claim);
		}
		(void)json_array_append_new(links, object);
	}
	return links;
}

const char *why_end(const struct chain *chain)
{
	static const char *const words[] = {
	    [CHAIN_NOBODY] = "nobody",
	    [CHAIN_CULPRIT] = "culprit",
	    [CHAIN_CIRCLE] = "circle",
	    [CHAIN_LONG] = "long",
	};

	return words[chain->end];
}
