/* SPDX-License-Identifier: MIT */
/*
 * As much of HTTP/1.1 as it takes to hand a page to whoever asks for it: one
 * request a connection, GET and HEAD, no body. All of it is text in, text out;
 * metrics_conn.c has the connection.
 *
 * (evhttp of libevent 2.1 was tried in its place. What a server beside locks has
 * to bound, it leaves open: it accepts until nobody is there, and keeps all that
 * come; its timeout begins anew with each byte; it keeps the line of a chunk
 * without end; it takes a half-closed connection for a closed one. All that can
 * be worked around, with more code than this. But it reads with read(2), where
 * descriptors that somebody sends are closed on the spot, and on kernels without
 * SO_PASSRIGHTS that may stop the daemon for seconds: see rights.h.)
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define HTTP_MAX_HEAD_BYTES   4096 /* of a request */
#define HTTP_REPLY_HEAD_BYTES 512

struct http_request {
	const char *path; /* points into the head, as far as the query */
	size_t path_len;
	bool is_get, is_head;
	bool has_body;
	bool wants_openmetrics; /* rather than the older text */
};

/* How long the head is at the beginning of the bytes: up to and with the empty
 * line. 0: it is not all there. */
size_t http_head_len(const char *bytes, size_t len);
/* Reads a whole head. 0, or the status that it has to be refused with. */
int http_take_head(const char *head, size_t len, struct http_request *request);
/* Whether the request is for this path. */
bool http_is_for(const struct http_request *request, const char *path);
/* Writes the head of a reply with this status, at this time of day; returns its
 * length. */
size_t http_put_head(char text[HTTP_REPLY_HEAD_BYTES], int status, time_t when,
    const char *content_type, size_t content_len);
/* The words of a status, such as "Not Found". */
const char *http_words(int status);

#endif
