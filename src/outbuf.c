/* SPDX-License-Identifier: MIT */
/* Bytes on their way out: see outbuf.h. */
#include "outbuf.h"

#include "xalloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below this, copying is cheaper than a piece of its own. */
#define BLOB_COPY_BYTES 1024

/* Below this, what nobody shares is copied, too: pages and statistics that
 * many do not read would otherwise lie between pieces that are half empty. */
#define OWN_COPY_BYTES 8192

struct piece {
	struct piece *next;
	struct blob *blob; /* the bytes, with a reference; NULL: text */
	bool counts;       /* a blob that is part of n_stored */
	int64_t detached;  /* token of the detached hold it answers, or 0 */
	size_t len, sent;  /* bytes in all, bytes sent of them */
	size_t cap;        /* of text */
	char text[];
};

/* A piece that is a cell has room for a few answers. */
#define CELL_TEXT_BYTES (OUTBUF_CELL_BYTES - sizeof(struct piece))

static void append_piece(struct outbuf *out, size_t cap)
{
	bool is_cell = cap == CELL_TEXT_BYTES && out->cells != NULL;
	struct piece *piece =
	    is_cell ? cell_take(out->cells) : xmalloc(sizeof(*piece) + cap);

	*piece = (struct piece){.cap = cap};
	out->n_held += sizeof(*piece) + cap;
	if (out->tail == NULL)
		out->head = piece;
	else
		out->tail->next = piece;
	out->tail = piece;
}

/* How much the last piece takes, if it takes any text. */
static size_t room_at_end(const struct outbuf *out)
{
	const struct piece *tail = out->tail;

	if (tail == NULL || tail->blob != NULL || tail->detached != 0)
		return 0;
	return tail->cap - tail->len;
}

static void piece_free(struct outbuf *out, struct piece *piece)
{
	if (out->account != NULL && piece->blob != NULL)
		quota_give_back_shared(out->account, piece->blob);
	blob_unref(piece->blob);
	if (piece->cap == CELL_TEXT_BYTES && out->cells != NULL)
		cell_give(out->cells, piece);
	else
		free(piece);
}

void outbuf_init(
    struct outbuf *out, struct cells *cells, struct account *account)
{
	*out = (struct outbuf){.cells = cells, .account = account};
}

char *outbuf_room(struct outbuf *out, size_t len)
{
	if (room_at_end(out) < len)
		append_piece(
		    out, len > CELL_TEXT_BYTES ? len : CELL_TEXT_BYTES);
	return out->tail->text + out->tail->len;
}

void outbuf_wrote(struct outbuf *out, size_t len)
{
	out->tail->len += len;
	out->n_bytes += len;
	out->n_stored += len;
}

/* Text fills one piece after the other, so that no room is lost. */
void outbuf_add(struct outbuf *out, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t room = room_at_end(out);
		size_t part = len < room ? len : room;

		if (room == 0) {
			append_piece(out, CELL_TEXT_BYTES);
			continue;
		}
		memcpy(out->tail->text + out->tail->len, bytes, part);
		outbuf_wrote(out, part);
		bytes += part;
		len -= part;
	}
}

void outbuf_addf(struct outbuf *out, const char *fmt, ...)
{
	char text[128];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof(text));
	outbuf_add(out, text, (size_t)len);
}

void outbuf_add_blob(struct outbuf *out, struct blob *blob)
{
	struct piece *piece;

	if (blob->len <= BLOB_COPY_BYTES ||
	    (blob->len <= OWN_COPY_BYTES && blob->n_refs == 1)) {
		outbuf_add(out, blob->bytes, blob->len);
		return;
	}
	out->n_bytes += blob->len;
	append_piece(out, 0);
	piece = out->tail;
	piece->blob = blob_ref(blob);
	piece->len = blob->len;
	if (out->account != NULL)
		quota_charge_shared(out->account, blob);
	/* Those who share a value get it one after the other, so it is enough
	 * to look at the one before. */
	piece->counts = out->last_blob == NULL || out->last_blob->blob != blob;
	if (piece->counts)
		out->n_stored += blob->len;
	out->last_blob = piece;
}

void outbuf_mark_detached(struct outbuf *out, int64_t token)
{
	assert(out->tail != NULL && out->tail->detached == 0);
	out->tail->detached = token;
}

int outbuf_iov(const struct outbuf *out, struct iovec *iov, int max)
{
	int n = 0;

	for (struct piece *p = out->head; p != NULL && n < max; p = p->next) {
		char *bytes = p->blob != NULL ? p->blob->bytes : p->text;

		iov[n].iov_base = bytes + p->sent;
		iov[n].iov_len = p->len - p->sent;
		n++;
	}
	return n;
}

/* The next piece behind this one that is a blob, or NULL. */
static struct piece *next_blob(const struct piece *piece)
{
	struct piece *next = piece->next;

	while (next != NULL && next->blob == NULL)
		next = next->next;
	return next;
}

/* A blob has gone out; if it goes out once more, that one counts now. */
static void stop_counting(struct outbuf *out, const struct piece *piece)
{
	struct piece *next = next_blob(piece);

	if (next != NULL && next->blob == piece->blob)
		next->counts = true;
	else
		out->n_stored -= piece->len;
}

static void drop_head(struct outbuf *out)
{
	struct piece *piece = out->head;

	if (piece->counts)
		stop_counting(out, piece);
	if (piece == out->last_blob)
		out->last_blob = NULL;
	out->head = piece->next;
	if (out->head == NULL)
		out->tail = NULL;
	out->n_held -= sizeof(*piece) + piece->cap;
	piece_free(out, piece);
}

void outbuf_sent(struct outbuf *out, size_t n)
{
	assert(n <= out->n_bytes);
	out->n_bytes -= n;
	while (n > 0) {
		struct piece *piece = out->head;
		size_t left = piece->len - piece->sent;
		size_t part = n < left ? n : left;

		piece->sent += part;
		n -= part;
		if (piece->blob == NULL)
			out->n_stored -= part;
		if (part == left)
			drop_head(out);
	}
}

void outbuf_drop(struct outbuf *out, outbuf_unsent_fn unsent, void *ctx)
{
	struct piece *piece = out->head, *next;

	outbuf_init(out, out->cells, out->account);
	for (; piece != NULL; piece = next) {
		if (piece->detached != 0 && unsent != NULL)
			unsent(ctx, piece->detached);
		next = piece->next;
		piece_free(out, piece);
	}
}
