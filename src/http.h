/* SPDX-License-Identifier: MIT */
/*
 * As much of HTTP/1.1 as it takes to hand a page to whoever asks for it: one
 * request a connection, GET and HEAD, no body. All of it is text in, text out;
 * metrics_conn.c has the connection.
 *
 * evhttp of libevent 2.1.12 was tried in its place. What it lacks of the bounds
 * can be had around it: evconnlistener_disable() within the callback of
 * evhttp_set_bevcb() ends its accepting for a turn; a timer of ours with
 * shutdown(2) ends what its timeout, which each byte begins anew, does not; a
 * second reference to the bufferevent drains what it would close unread; and
 * one look a turn at the input bounds the size of a chunk, which it keeps until
 * the line ends. (A high watermark does not: once it is reached, libevent
 * calls the reader again and again within one event_base_loop().)
 *
 * One promise cannot be kept: that descriptors sent to the Unix socket hold up
 * nobody, see rights.h. The bufferevent of evhttp reads with readv(2), so that
 * before Linux 6.16 the kernel closes them in our thread, and a lock waited
 * behind a TCP socket that lingered until that was over. evhttp_get_request()
 * is private: evhttp takes only what it accepts itself, and a reader of ours
 * could not be put in front of it but with a second pair of sockets for each
 * connection.
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
