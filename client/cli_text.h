/* SPDX-License-Identifier: MIT */
/*
 * Text for people to read: durations, users, and what others have written (keys
 * and names), made harmless for a terminal and measured in its columns.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters are told from each other as the user's locale says; where that
 * does not know UTF-8, as C.UTF-8 does, for that is what keys are. Before any
 * function below that escapes or measures; not in commands that run others,
 * because it costs. */
void text_begin(void);

/* Room for an escaped key, or any shorter name. */
#define TEXT_ESCAPED_BYTES (6 * 256 + 1)

/* The text in to, with "\\" for a backslash and \u202e for a character that a
 * terminal does not show or that moves others about. Returns to. */
const char *text_escape(char to[TEXT_ESCAPED_BYTES], const char *text);
/* How many columns of a terminal the escaped text takes. */
size_t text_width(const char *text);
/* How many bytes of it fit into so many columns, and how many they take. */
size_t text_fit(const char *text, size_t columns, size_t *taken);

#define TEXT_SPAN_BYTES 32

/* How long: "0.3s", "3m12s", "2h02m". Returns to. */
const char *text_span(char to[TEXT_SPAN_BYTES], int64_t ms);

#define TEXT_USER_BYTES 64

/* The name of a user, or the number. Returns to. */
const char *text_user(char to[TEXT_USER_BYTES], int64_t uid);

/* Turns control characters into question marks, in place. */
void text_disarm(char *text);

#endif
