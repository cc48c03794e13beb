/* SPDX-License-Identifier: MIT */
/* What scan.c and scan_string.c have in common, and nobody else needs. */
#ifndef SCAN_STATE_H
#define SCAN_STATE_H

#include "scan.h"

/* Notes what is wrong; false, so that a check can end with it. */
static inline bool fail(struct scan *s, const char *error)
{
	s->error = error;
	return false;
}

/* The next byte, or -1 at the end. */
static inline int peek(const struct scan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

/* Goes over the string that begins at s->at. is_plain tells whether it had no
 * escape. */
bool scan_skip_string(struct scan *s, bool *is_plain);

#endif
