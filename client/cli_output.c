/* SPDX-License-Identifier: MIT */
/* What a command prints: see cli_output.h. */
#include "cli_output.h"
#include "cli_base64.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void output_init(struct output *output, const struct child *child)
{
	*output = (struct output){
	    .out = {.from = child->out, .to = STDOUT_FILENO},
	    .err = {.from = child->err, .to = STDERR_FILENO},
	};
	output->out.bytes = output->out.chunk;
	output->err.bytes = output->err.chunk;
}

static void deinit(struct stream *stream)
{
	free(stream->rest);
	free(stream->kept);
}

void output_deinit(struct output *output)
{
	deinit(&output->out);
	deinit(&output->err);
}

/* Streaming -------------------------------------------------------- */

static bool has_more(const struct stream *stream)
{
	return stream->begin < stream->end;
}

bool output_has_more(const struct output *output)
{
	return has_more(&output->out) || has_more(&output->err);
}

int output_error(const struct output *output)
{
	return output->out.error != 0 ? output->out.error : output->err.error;
}

/* Reads only what it has written, so that a slow reader slows the command down
 * as it would without us. */
static struct pollfd poll_of(const struct stream *stream)
{
	if (has_more(stream))
		return (struct pollfd){stream->to, POLLOUT, 0};
	return (struct pollfd){stream->from, POLLIN, 0};
}

void output_poll(const struct output *output, struct pollfd fds[2])
{
	fds[0] = poll_of(&output->out);
	fds[1] = poll_of(&output->err);
}

static void keep(
    struct output *output, struct stream *stream, const char *bytes, size_t n)
{
	size_t cap = 2 * (stream->cap_kept + n);
	char *kept;

	if (output->out.n_kept + output->err.n_kept + n > OUTPUT_MAX_BYTES)
		output->is_too_much = true;
	if (output->is_too_much)
		return;
	if (stream->cap_kept - stream->n_kept < n) {
		kept = realloc(stream->kept, cap);
		if (kept == NULL) {
			output->is_too_much = true;
			return;
		}
		stream->kept = kept;
		stream->cap_kept = cap;
	}
	memcpy(stream->kept + stream->n_kept, bytes, n);
	stream->n_kept += n;
}

/* There is more to write, n bytes, if anybody wants them. */
static void offer(struct stream *stream, size_t n)
{
	stream->begin = 0;
	stream->end = stream->to < 0 ? 0 : n;
}

static void read_chunk(struct output *output, struct stream *stream)
{
	ssize_t n = read(stream->from, stream->chunk, sizeof(stream->chunk));

	if (n > 0) {
		keep(output, stream, stream->chunk, (size_t)n);
		offer(stream, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		stream->from = -1;
	}
}

static bool is_unheard(int error)
{
	return error == EPIPE || error == EBADF;
}

static void write_chunk(struct stream *stream)
{
	size_t most = stream->end - stream->begin;
	ssize_t n = write(stream->to, stream->bytes + stream->begin,
	    most < OUTPUT_CHUNK_BYTES ? most : OUTPUT_CHUNK_BYTES);

	if (n >= 0) {
		stream->begin += (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		/* Nobody gets it; but the others still want it. */
		stream->error = is_unheard(errno) ? 0 : errno;
		stream->to = -1;
		stream->begin = stream->end;
	}
}

static void move(struct output *output, struct stream *stream, short revents)
{
	if (revents == 0)
		return;
	if (has_more(stream))
		write_chunk(stream);
	else
		read_chunk(output, stream);
}

void output_move(struct output *output, const struct pollfd fds[2])
{
	move(output, &output->out, fds[0].revents);
	move(output, &output->err, fds[1].revents);
}

/* A pipe says how much is in it. What comes later, it comes from others. */
static void collect(struct output *output, struct stream *stream)
{
	size_t n = stream->end - stream->begin;
	int left = 0;
	ssize_t got;

	if (stream->from < 0 || ioctl(stream->from, FIONREAD, &left) != 0 ||
	    left == 0)
		return;
	stream->rest = malloc(n + (size_t)left);
	if (stream->rest == NULL) {
		output->is_too_much = true;
		stream->error = ENOMEM;
		return;
	}
	memcpy(stream->rest, stream->bytes + stream->begin, n);
	got = read(stream->from, stream->rest + n, (size_t)left);
	if (got > 0) {
		keep(output, stream, stream->rest + n, (size_t)got);
		n += (size_t)got;
	}
	stream->bytes = stream->rest;
	offer(stream, n);
}

void output_collect(struct output *output)
{
	collect(output, &output->out);
	collect(output, &output->err);
	output->out.from = output->err.from = -1;
}

/* Packing ---------------------------------------------------------- */

/* Bytes as a JSON string of base64; NULL where there is no memory. */
static json_t *encode(const struct stream *stream)
{
	char *text = base64_encode(stream->kept, stream->n_kept);
	json_t *string = text == NULL ? NULL : json_string(text);

	free(text);
	return string;
}

char *output_pack(const struct output *output, int status)
{
	json_t *value =
	    json_pack("{s:i, s:i, s:o, s:o}", "msync", 1, "status", status,
		"stdout", encode(&output->out), "stderr", encode(&output->err));
	char *json = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	json_decref(value);
	return json;
}

/* 0, or an errno where it may have been wanted. */
static int write_all(int fd, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return is_unheard(errno) ? 0 : errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Decodes and prints; false where it is not base64. */
static bool print(int fd, const char *text, int *error)
{
	size_t len;
	unsigned char *bytes = base64_decode(text, &len);
	int problem;

	if (bytes == NULL)
		return false;
	problem = write_all(fd, bytes, len);
	if (problem != 0)
		*error = problem;
	free(bytes);
	return true;
}

int output_unpack(const char *json, size_t len, int *error)
{
	json_t *value = json_loadb(json, len, 0, NULL);
	const char *out, *err;
	int version, status = -1;

	*error = 0;
	if (json_unpack(value, "{s:i, s:i, s:s, s:s}", "msync", &version,
		"status", &status, "stdout", &out, "stderr", &err) != 0 ||
	    version != 1 || status < 0 || status > 255 ||
	    !print(STDOUT_FILENO, out, error) ||
	    !print(STDERR_FILENO, err, error))
		status = -1;
	json_decref(value);
	return status;
}
