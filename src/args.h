/* SPDX-License-Identifier: MIT */
/*
 * The members of a request: taken from the line in one pass, then checked
 * against what the operation takes. All refusals of form are worded here.
 */
#ifndef ARGS_H
#define ARGS_H

#include "ident.h"
#include "scan.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>

/* X(constant, name, type, smallest, largest): integers by their range, texts
 * by their length in bytes. */
#define ARGS(X)                                                                \
	X(ID, "id", ID, 0, 0)                                                  \
	X(OP, "op", WORD, 0, 0)                                                \
	X(KEY, "key", KEY, 1, WIRE_MAX_KEY_BYTES)                              \
	X(TOKEN, "token", INTEGER, 1, WIRE_MAX_INTEGER)                        \
	X(WAIT_MS, "wait_ms", INTEGER, 0, WIRE_MAX_INTEGER)                    \
	X(MAX_WAITERS, "max_waiters", INTEGER, 0, WIRE_MAX_INTEGER)            \
	X(LEASE_MS, "lease_ms", INTEGER, 1, WIRE_MAX_INTEGER)                  \
	X(DETACHED, "detached", BOOL, 0, 0)                                    \
	X(MAX_LEADERS, "max_leaders", INTEGER, 1, WIRE_MAX_COUNT)              \
	X(VALUE, "value", JSON, 0, 0)                                          \
	X(KEEP_MS, "keep_ms", INTEGER, 0, WIRE_MAX_INTEGER)                    \
	X(MESSAGE, "message", TEXT, 0, WIRE_MAX_MESSAGE_BYTES)                 \
	X(CAPACITY, "capacity", INTEGER, 1, WIRE_MAX_COUNT)                    \
	X(ADOPT, "adopt", BOOL, 0, 0)                                          \
	X(PERMITS, "permits", INTEGER, 1, WIRE_MAX_COUNT)                      \
	X(MAX_IDLE_MS, "max_idle_ms", INTEGER, 0, WIRE_MAX_INTEGER)            \
	X(ITEMS, "items", ITEMS, 0, 0)                                         \
	X(ORDER, "order", WORD, 0, 0)                                          \
	X(ON_LOST, "on_lost", WORD, 0, 0)                                      \
	X(CLIENT, "client", NAME, 0, WIRE_MAX_CLIENT_BYTES)                    \
	X(EVENTS, "events", EVENTS, 0, 0)                                      \
	X(MULTIPLEXED, "multiplexed", BOOL, 0, 0)                              \
	X(TARGET, "target", ID, 0, 0)                                          \
	X(KIND, "kind", WORD, 0, 0)                                            \
	X(PREFIX, "prefix", NAME, 0, WIRE_MAX_KEY_BYTES)                       \
	X(WAITING, "waiting", BOOL, 0, 0)                                      \
	X(MAX, "max", INTEGER, 1, WIRE_MAX_PAGE_KEYS)                          \
	X(AFTER, "after", WORD, 0, 0)                                          \
	X(MAX_PER_S, "max_per_s", INTEGER, 1, WIRE_MAX_WATCH_RATE)

#define ARG_ENUM(constant, name, type, smallest, largest) ARG_##constant,
enum arg {
	ARGS(ARG_ENUM) N_ARGS
};

#define ARG_BIT(constant) (UINT32_C(1) << ARG_##constant)

/* Room for the words of a refusal. */
#define ARGS_ERROR_BYTES 384

/* The members of one line; valid as long as the line. */
struct args {
	uint32_t present;  /* a bit for each member that is there */
	uint32_t repeated; /* a bit for each that is there twice */
	bool has_unknown;
	struct scan_value unknown; /* the first one's name */
	struct scan_value values[N_ARGS];
	/* Set by args_check (numbers: of INTEGER and BOOL members): */
	int64_t numbers[N_ARGS];
	const char *key; /* decoded: in the line or in key_text */
	size_t key_len;
	const char *text; /* the same of message, client or prefix */
	size_t text_len;
	char key_text[WIRE_MAX_KEY_BYTES];
	char text_text[WIRE_MAX_MESSAGE_BYTES];
};

/* What an operation takes. */
struct args_rule {
	const char *op;
	uint32_t required, optional; /* bits; id and op are always taken */
};

/* Takes the members from the line. NULL, or what is wrong with it as JSON;
 * at_out then says at which byte. */
const char *args_take(
    struct args *args, const char *line, size_t len, size_t *at_out);
/* Reads an id (of the members id or target); false where it is not a valid
 * one. Its text is put into text and borrowed from there. */
bool args_ident(const struct args *args, enum arg arg, struct ident *id,
    char text[WIRE_MAX_ID_BYTES]);
/* Checks members against the rule and decodes them. False: error says what is
 * wrong, for people. */
bool args_check(struct args *args, const struct args_rule *rule,
    char error[ARGS_ERROR_BYTES]);

static inline bool args_has(const struct args *args, enum arg arg)
{
	return args->present >> arg & 1;
}

/* An integer or bool member, or what is said where it is not there. */
static inline int64_t args_number(
    const struct args *args, enum arg arg, int64_t absent)
{
	return args_has(args, arg) ? args->numbers[arg] : absent;
}

/* The name of a word, decoded and cut for a message; at most
 * WIRE_MAX_ECHO_BYTES, whole characters only. */
#define ARGS_ECHO_BYTES (WIRE_MAX_ECHO_BYTES + 4)
const char *args_echo(
    const struct scan_value *value, char echo[ARGS_ECHO_BYTES]);
/* The candidate that is near the word, or NULL. */
const char *args_suggest(
    const char *word, const char *const candidates[], size_t n);

#endif
