/* SPDX-License-Identifier: MIT */
/* Codes and words: see failure.h. */
#include "failure.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The protocol's own, which have the numbers of wire.h. */
static const struct {
	const char *name, *words;
} refusals[WIRE_N_CODES] = {
    [WIRE_OK] = {"ok", "success"},
    [WIRE_PARSE] = {"parse", "the daemon could not read the request"},
    [WIRE_BAD_REQUEST] = {"bad_request",
	"the daemon does not take the request"},
    [WIRE_UNKNOWN_OP] = {"unknown_op",
	"the daemon does not know the operation"},
    [WIRE_TOO_LONG] = {"too_long", "the request is too long"},
    [WIRE_DUP_ID] = {"dup_id", "the id of the request is in use"},
    [WIRE_BUSY] = {"busy", "not to be had without waiting"},
    [WIRE_TIMEOUT] = {"timeout", "waited in vain"},
    [WIRE_QUEUE_FULL] = {"queue_full", "too many wait already"},
    [WIRE_CANCELLED] = {"cancelled", "cancelled"},
    [WIRE_DEADLOCK] = {"deadlock", "the wait would never end"},
    [WIRE_NOT_HELD] = {"not_held", "nobody holds that"},
    [WIRE_STALE_TOKEN] = {"stale_token", "it is someone else's turn now"},
    [WIRE_UNKNOWN_KEY] = {"unknown_key", "there is no such limit or pool"},
    [WIRE_CONFLICT] = {"conflict", "it exists with other settings"},
    [WIRE_FLIGHT_FAILED] = {"flight_failed", "the leader reported a failure"},
    [WIRE_LEADER_LOST] = {"leader_lost", "too many leaders vanished"},
    [WIRE_QUOTA] = {"quota", "this user has used up its share"},
    [WIRE_DENIED] = {"denied", "this user may not do that"},
    [WIRE_SHUTTING_DOWN] = {"shutting_down", "the daemon is shutting down"},
};

_Static_assert(MSYNC_E_SHUTTING_DOWN == -WIRE_SHUTTING_DOWN &&
		   WIRE_SHUTTING_DOWN == WIRE_N_CODES - 1,
    "the codes of msync.h are those of wire.h");

/* The library's own. */
static const struct {
	int code;
	const char *name, *words;
} own[] = {
    {MSYNC_E_CONN, "conn", "msyncd is not reachable"},
    {MSYNC_E_SILENT, "silent", "msyncd does not answer"},
    {MSYNC_E_FORKED, "forked", "the connection is the parent process's"},
    {MSYNC_E_LOST, "lost", "the hold had ended before"},
    {MSYNC_E_PROTOCOL, "protocol", "what answers is not msyncd"},
    {MSYNC_E_INVALID, "invalid", "invalid argument"},
    {MSYNC_E_NOMEM, "nomem", "out of memory"},
    {MSYNC_E_FULL, "full", "too much is waiting to be sent"},
    {MSYNC_E_CLOSED, "closed", "the handle was closed"},
    {MSYNC_E_CALLBACK, "callback", "a callback returned a negative number"},
    {MSYNC_E_REFUSED, "refused", "refused with a code of a newer msyncd"},
};

#define N_OWN (sizeof(own) / sizeof(own[0]))

const char *msync_strerror(int code)
{
	if (code > -WIRE_N_CODES && code <= 0)
		return refusals[-code].words;
	for (size_t i = 0; i < N_OWN; i++) {
		if (own[i].code == code)
			return own[i].words;
	}
	return code > 0 ? "success" : "unknown code";
}

const char *msync_strcode(int code)
{
	if (code > -WIRE_N_CODES && code <= 0)
		return refusals[-code].name;
	for (size_t i = 0; i < N_OWN; i++) {
		if (own[i].code == code)
			return own[i].name;
	}
	return code > 0 ? "ok" : "unknown";
}

int failure_code(const char *name, size_t len)
{
	for (int i = 1; i < WIRE_N_CODES; i++) {
		if (strlen(refusals[i].name) == len &&
		    memcmp(refusals[i].name, name, len) == 0)
			return -i;
	}
	return MSYNC_E_REFUSED;
}

int failure_set(struct failure *failure, int code, const char *fmt, ...)
{
	va_list args;
	int len;

	failure->code = code;
	failure->has_holder = false;
	va_start(args, fmt);
	len = vsnprintf(failure->words, sizeof(failure->words), fmt, args);
	va_end(args);
	if (len >= (int)sizeof(failure->words))
		text_mend_end(failure->words);
	return code;
}

/* Decodes as much of the string as fits, and ends it. */
static void copy_text(char *to, size_t cap, const struct scan_value *string)
{
	memset(to, 0, cap);
	if (string->at != NULL && scan_text(string, to, cap - 1) < 0)
		text_mend_end(to);
}

int failure_set_reply(struct failure *failure, const struct reply *reply)
{
	struct reply_holder holder;

	failure->code = reply->code;
	copy_text(failure->words, sizeof(failure->words), &reply->message);
	if (failure->words[0] == '\0')
		(void)failure_set(
		    failure, reply->code, "%s", msync_strerror(reply->code));
	failure->has_holder = reply_holder(reply, &holder);
	failure->pid = holder.pid;
	failure->held_ms = holder.held_ms;
	copy_text(failure->client, sizeof(failure->client), &holder.client);
	return reply->code;
}

void failure_copy(struct failure *to, int code, const struct failure *from)
{
	if (from != NULL)
		*to = *from;
	else
		(void)failure_set(to, code, "%s", msync_strerror(code));
}
