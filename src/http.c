/* SPDX-License-Identifier: MIT */
/* The text of requests and replies: see http.h. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A piece of the head. */
struct slice {
	const char *at;
	size_t len;
};

size_t http_head_len(const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		if (at < end && *at == '\n')
			return (size_t)(at + 1 - bytes);
		if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
			return (size_t)(at + 2 - bytes);
	}
	return 0;
}

/* Slices ----------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct slice trimmed(struct slice slice)
{
	while (slice.len > 0 && is_blank(*slice.at)) {
		slice.at++;
		slice.len--;
	}
	while (slice.len > 0 && is_blank(slice.at[slice.len - 1]))
		slice.len--;
	return slice;
}

static bool is_word(struct slice slice, const char *word)
{
	return slice.len == strlen(word) &&
	       strncasecmp(slice.at, word, slice.len) == 0;
}

/* Cuts off what is in front of the separator, which goes, too; all of it where
 * there is none. */
static struct slice cut(struct slice *from, char separator)
{
	struct slice first = *from;
	const char *at = memchr(from->at, separator, from->len);

	if (at == NULL) {
		*from = (struct slice){from->at + from->len, 0};
		return first;
	}
	first.len = (size_t)(at - first.at);
	from->at = at + 1;
	from->len -= first.len + 1;
	return first;
}

/* Neither NUL nor any other control character: nothing that anybody might read
 * as the end of a line. */
static bool is_printable(struct slice line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

/* A line without its end. */
static struct slice cut_line(struct slice *head)
{
	struct slice line = cut(head, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* What is asked for ------------------------------------------------ */

/* A target may begin with scheme and host. */
static bool take_target(struct slice target, struct http_request *request)
{
	if (target.len > 7 && strncasecmp(target.at, "http://", 7) == 0) {
		target.at += 7;
		target.len -= 7;
		(void)cut(&target, '/');
		target.at--; /* the slash itself, or what would be there */
		target.len++;
	}
	target = cut(&target, '?');
	request->path = target.at;
	request->path_len = target.len;
	return target.len > 0 && target.at[0] == '/';
}

/* "GET /metrics HTTP/1.1" */
static int take_first_line(
    struct slice line, struct http_request *request, bool *needs_host)
{
	struct slice method = cut(&line, ' '), target = cut(&line, ' ');

	if (line.len != 8 || strncmp(line.at, "HTTP/", 5) != 0 ||
	    !is_digit(line.at[5]) || line.at[6] != '.' || !is_digit(line.at[7]))
		return 400;
	if (line.at[5] != '1')
		return 505;
	*needs_host = line.at[7] != '0';
	request->is_head = method.len == 4 && memcmp(method.at, "HEAD", 4) == 0;
	request->is_get = method.len == 3 && memcmp(method.at, "GET", 3) == 0;
	if (method.len == 0 || !take_target(target, request))
		return 400;
	return 0;
}

static double number_of(struct slice text)
{
	char digits[8];

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)text.len, text.at);
	return strtod(digits, NULL);
}

/* From 0 to 1: how much a type of Accept is wanted. */
static double weight_of(struct slice parameters)
{
	while (parameters.len > 0) {
		struct slice value = cut(&parameters, ';');
		struct slice name = trimmed(cut(&value, '='));

		if (is_word(name, "q"))
			return number_of(trimmed(value));
	}
	return 1;
}

/* Whether OpenMetrics is asked for by name, and no less than the older text. */
static bool wants_openmetrics(struct slice accept)
{
	double openmetrics = 0, plain = 0;

	while (accept.len > 0) {
		struct slice parameters = cut(&accept, ',');
		struct slice type = trimmed(cut(&parameters, ';'));

		if (is_word(type, "application/openmetrics-text"))
			openmetrics = weight_of(parameters);
		else if (is_word(type, "text/plain"))
			plain = weight_of(parameters);
	}
	return openmetrics > 0 && openmetrics >= plain;
}

/* "Name: value". */
static int take_field(
    struct slice line, struct http_request *request, bool *needs_host)
{
	struct slice value = line, name = cut(&value, ':');

	if (name.len == 0 || name.len == line.len || is_blank(line.at[0]) ||
	    is_blank(name.at[name.len - 1]))
		return 400;
	value = trimmed(value);
	if (is_word(name, "Transfer-Encoding") ||
	    (is_word(name, "Content-Length") && !is_word(value, "0")))
		request->has_body = true;
	if (is_word(name, "Host"))
		*needs_host = false;
	if (is_word(name, "Accept") && wants_openmetrics(value))
		request->wants_openmetrics = true;
	return 0;
}

int http_take_head(const char *head, size_t len, struct http_request *request)
{
	struct slice rest = {head, len}, line = cut_line(&rest);
	bool needs_host = false;
	int status;

	*request = (struct http_request){0};
	if (!is_printable(line))
		return 400;
	status = take_first_line(line, request, &needs_host);
	while (status == 0) {
		line = cut_line(&rest);
		if (line.len == 0)
			return needs_host ? 400 : 0;
		status = is_printable(line)
			     ? take_field(line, request, &needs_host)
			     : 400;
	}
	return status;
}

bool http_is_for(const struct http_request *request, const char *path)
{
	return request->path_len == strlen(path) &&
	       memcmp(request->path, path, request->path_len) == 0;
}

/* Replies ---------------------------------------------------------- */

const char *http_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} all[] = {
	    {200, "OK"},
	    {400, "Bad Request"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {413, "Content Too Large"},
	    {431, "Request Header Fields Too Large"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].status == status)
			return all[i].words;
	}
	return "Unknown";
}

size_t http_put_head(char text[HTTP_REPLY_HEAD_BYTES], int status, time_t when,
    const char *content_type, size_t content_len)
{
	char date[40] = "";
	struct tm tm;
	int len;

	/* No locale is set: the names of days and months are English. */
	if (gmtime_r(&when, &tm) != NULL)
		(void)strftime(
		    date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	len = snprintf(text, HTTP_REPLY_HEAD_BYTES,
	    "HTTP/1.1 %d %s\r\n"
	    "Date: %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "%s"
	    "Cache-Control: no-store\r\n"
	    "Connection: close\r\n"
	    "\r\n",
	    status, http_words(status), date, content_type, content_len,
	    status == 405 ? "Allow: GET, HEAD\r\n" : "");

	return (size_t)len;
}
