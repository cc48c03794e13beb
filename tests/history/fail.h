/* SPDX-License-Identifier: MIT */
/* The end of a program of ours that cannot do its work. */
#ifndef FAIL_H
#define FAIL_H

/* Says what went wrong, and errno, and exits with status 2. */
_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
