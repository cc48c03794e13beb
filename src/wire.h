/* SPDX-License-Identifier: MIT */
/*
 * The constants of the protocol, shared by the daemon, the client library and
 * the tests: version, limits, kinds and error codes. No code. The numbers of
 * the error codes are the same in the core, on the way out and in the client;
 * new ones are only ever added at the end. msyncd-protocol(7) explains them.
 */
#ifndef WIRE_H
#define WIRE_H

#define WIRE_PROTOCOL_VERSION 1

/* Where everybody looks for the daemon unless told otherwise. */
#define WIRE_DEFAULT_SOCKET "/run/msyncd/msyncd.sock"

/* Longest request line in bytes, without its line feed. */
#define WIRE_MAX_LINE_BYTES (1024 * 1024)
/* What an answer may be longer than that. */
#define WIRE_ANSWER_SLACK_BYTES 4096
/* A line above this many times the longest ends the connection. */
#define WIRE_ENDLESS_FACTOR 16
/* So many bad lines (parse, too_long) in a row end the connection. */
#define WIRE_MAX_BAD_LINES 16

/* All of these count bytes after decoding. */
#define WIRE_MAX_KEY_BYTES     256
#define WIRE_MAX_ID_BYTES      64
#define WIRE_MAX_CLIENT_BYTES  64
#define WIRE_MAX_MESSAGE_BYTES 1024
/* How much of a word that is not understood an error message repeats. */
#define WIRE_MAX_ECHO_BYTES 32

/* Nesting of a value; the request object around it does not count. */
#define WIRE_MAX_DEPTH 64

/* Integers outside values, 2^53 - 1, and counts (capacity, permits). */
#define WIRE_MAX_INTEGER 9007199254740991
#define WIRE_MAX_COUNT   2147483647

/* Keys in an answer to list: unless told otherwise, and at most. */
#define WIRE_DEFAULT_PAGE_KEYS 100
#define WIRE_MAX_PAGE_KEYS     1000

/* Watches of one uid; events a second of a watch: unless told otherwise, and at
 * most; the name of a program, which is the kernel's. */
#define WIRE_MAX_WATCHES        8
#define WIRE_DEFAULT_WATCH_RATE 10000
#define WIRE_MAX_WATCH_RATE     1000000
#define WIRE_MAX_PROGRAM_BYTES  15

/* Leaders that a flight may lose before its followers get leader_lost. */
#define WIRE_DEFAULT_LEADERS 3

/* The four primitives: X(constant, name). */
#define WIRE_KINDS(X)                                                          \
	X(FLIGHT, "flight")                                                    \
	X(LOCK, "lock")                                                        \
	X(LIMIT, "limit")                                                      \
	X(POOL, "pool")

#define WIRE_KIND_ENUM(constant, name) WIRE_KIND_##constant,
enum wire_kind {
	WIRE_KINDS(WIRE_KIND_ENUM) WIRE_N_KINDS
};

/* Error codes: X(constant, name on the wire). */
#define WIRE_CODES(X)                                                          \
	X(OK, "ok")                                                            \
	X(PARSE, "parse")                                                      \
	X(BAD_REQUEST, "bad_request")                                          \
	X(UNKNOWN_OP, "unknown_op")                                            \
	X(TOO_LONG, "too_long")                                                \
	X(DUP_ID, "dup_id")                                                    \
	X(BUSY, "busy")                                                        \
	X(TIMEOUT, "timeout")                                                  \
	X(QUEUE_FULL, "queue_full")                                            \
	X(CANCELLED, "cancelled")                                              \
	X(DEADLOCK, "deadlock")                                                \
	X(NOT_HELD, "not_held")                                                \
	X(STALE_TOKEN, "stale_token")                                          \
	X(UNKNOWN_KEY, "unknown_key")                                          \
	X(CONFLICT, "conflict")                                                \
	X(FLIGHT_FAILED, "flight_failed")                                      \
	X(LEADER_LOST, "leader_lost")                                          \
	X(QUOTA, "quota")                                                      \
	X(DENIED, "denied")                                                    \
	X(SHUTTING_DOWN, "shutting_down")

#define WIRE_CODE_ENUM(constant, name) WIRE_##constant,
enum wire_code {
	WIRE_CODES(WIRE_CODE_ENUM) WIRE_N_CODES
};

#endif
