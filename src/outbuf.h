/* SPDX-License-Identifier: MIT */
/*
 * Bytes on their way out: text of its own and references to shared blobs, in
 * order. It makes no system call; conn.c writes what outbuf_iov() shows.
 *
 * A piece may carry a token: that of a detached hold whose answer it is. When
 * the piece is thrown away unsent the hold has to end, so outbuf_drop() hands
 * the tokens of unsent pieces back.
 */
#ifndef OUTBUF_H
#define OUTBUF_H

#include "cell.h"
#include "quota.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct piece;

struct outbuf {
	struct cells *cells;       /* what text is kept in; borrowed */
	struct account *account;   /* borrowed: it is charged for the blobs;
				    * NULL: nobody is */
	struct piece *head, *tail; /* owned */
	struct piece *last_blob;   /* the last one that is a blob; NULL: none */
	size_t n_bytes;            /* unsent; a blob counts each time */
	size_t n_stored;           /* unsent; a blob that comes several times
				    * in a row counts once */
	size_t n_held;             /* memory of its own, without the blobs */
};

/* Called for each detached token whose answer was not sent. */
typedef void (*outbuf_unsent_fn)(void *ctx, int64_t token);

/* Makes it empty. Text is kept in these cells, of OUTBUF_CELL_BYTES; NULL: in
 * what malloc(3) gives. account: who pays for shared blobs, or NULL; it
 * outlives the buffer. */
#define OUTBUF_CELL_BYTES 1088
void outbuf_init(
    struct outbuf *out, struct cells *cells, struct account *account);
/* Appends a copy of the bytes. */
void outbuf_add(struct outbuf *out, const char *bytes, size_t len);
/* Room for len more bytes of text at the end; how many of them were written
 * there, outbuf_wrote says before anything else is done with the buffer. */
char *outbuf_room(struct outbuf *out, size_t len);
void outbuf_wrote(struct outbuf *out, size_t len);
/* Appends printf-formatted text of at most 127 bytes. */
void outbuf_addf(struct outbuf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends the blob: a reference where it is large, else a copy. */
void outbuf_add_blob(struct outbuf *out, struct blob *blob);
/* Says that the text appended last answers a request for this detached hold;
 * later text starts a piece of its own. */
void outbuf_mark_detached(struct outbuf *out, int64_t token);

/* Fills iov with up to max spans of unsent bytes; returns how many. They are
 * valid until the buffer changes. */
int outbuf_iov(const struct outbuf *out, struct iovec *iov, int max);
/* Forgets the first n bytes: they were sent. */
void outbuf_sent(struct outbuf *out, size_t n);
/* Throws everything away; unsent (may be NULL) hears of detached tokens. */
void outbuf_drop(struct outbuf *out, outbuf_unsent_fn unsent, void *ctx);

#endif
