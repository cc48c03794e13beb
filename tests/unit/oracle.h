/* SPDX-License-Identifier: MIT */
/*
 * The scanner against another parser, jansson, line by line: what one accepts
 * the other has to accept, and it has to mean the same; but for the
 * differences in this list, which are meant to be.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>

/* X(constant, why the two differ) */
#define ORACLE_DIFFERENCES(X)                                                  \
	X(HUGE_NUMBER, "numbers of any size are carried, jansson has doubles") \
	X(NUL_IN_NAME, "a name may hold \\u0000, in jansson it ends there")    \
	X(TOO_DEEP, "a value nests 64 deep, in jansson 2,048")                 \
	X(RAW_NUL, "a raw NUL is an error, jansson overlooks it behind a word")

#define ORACLE_ENUM(constant, why) ORACLE_##constant,
enum oracle_difference {
	ORACLE_DIFFERENCES(ORACLE_ENUM) ORACLE_N_DIFFERENCES
};

/* Words are valid until the next call. */
struct oracle {
	const char *ours;      /* what the scanner refuses; NULL: nothing */
	const char *complaint; /* what must not be, or NULL */
	/* N_DIFFERENCES: there is none. */
	enum oracle_difference difference;
};

struct oracle oracle_compare(const char *line, size_t len);

#endif
