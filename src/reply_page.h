/* SPDX-License-Identifier: MIT */
/* A page of the list of keys as JSON. */
#ifndef REPLY_PAGE_H
#define REPLY_PAGE_H

#include "page.h"
#include "reply.h"

/* The members of the answer, without braces; as many keys as fit into the
 * page's max_bytes, of a first one that is longer only a part. The caller owns
 * the reference. */
struct blob *reply_page(
    const struct page *page, const struct reply_names *names);

/* The text that stands for the place where a page begins, and back. False: it
 * was none of ours. */
#define REPLY_CURSOR_BYTES 16
void reply_cursor(char text[REPLY_CURSOR_BYTES], struct page_cursor cursor);
bool reply_cursor_read(
    const char *text, size_t len, struct page_cursor *cursor);

#endif
