/* SPDX-License-Identifier: MIT */
/* What a command prints: see cli_output.h. */
#include "cli_output.h"
#include "cli_base64.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_init(struct output *output, const struct child *child)
{
	*output = (struct output){
	    .out = {.from = child->out, .to = STDOUT_FILENO},
	    .err = {.from = child->err, .to = STDERR_FILENO},
	};
}

void output_deinit(struct output *output)
{
	free(output->out.kept);
	free(output->err.kept);
}

/* Streaming -------------------------------------------------------- */

/* Reads only what it has written, so that a slow reader slows the command down
 * as it would without us. */
static struct pollfd poll_of(const struct stream *stream)
{
	if (stream->begin < stream->end)
		return (struct pollfd){stream->to, POLLOUT, 0};
	return (struct pollfd){stream->from, POLLIN, 0};
}

void output_poll(const struct output *output, struct pollfd fds[2])
{
	fds[0] = poll_of(&output->out);
	fds[1] = poll_of(&output->err);
}

static void keep(struct output *output, struct stream *stream, size_t n)
{
	size_t cap = stream->cap_kept == 0 ? 16 * OUTPUT_CHUNK_BYTES
					   : 2 * stream->cap_kept;
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
	memcpy(stream->kept + stream->n_kept, stream->chunk, n);
	stream->n_kept += n;
}

/* Reads a chunk; false where there is nothing now, or no more. */
static bool fill(struct output *output, struct stream *stream)
{
	ssize_t n = read(stream->from, stream->chunk, sizeof(stream->chunk));

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			stream->from = -1;
		return false;
	}
	stream->begin = 0;
	stream->end = (size_t)n;
	keep(output, stream, (size_t)n);
	return true;
}

static void write_chunk(struct stream *stream)
{
	ssize_t n = -1;

	if (stream->to >= 0)
		n = write(stream->to, stream->chunk + stream->begin,
		    stream->end - stream->begin);
	if (n >= 0) {
		stream->begin += (size_t)n;
	} else if (stream->to < 0 || (errno != EAGAIN && errno != EINTR)) {
		/* Nobody listens; but the others still want it. */
		stream->to = -1;
		stream->begin = stream->end;
	}
}

static void move(struct output *output, struct stream *stream, short revents)
{
	if (stream->begin < stream->end) {
		if (revents != 0 || stream->to < 0)
			write_chunk(stream);
	} else if (revents != 0) {
		(void)fill(output, stream);
	}
}

void output_move(struct output *output, const struct pollfd fds[2])
{
	move(output, &output->out, fds[0].revents);
	move(output, &output->err, fds[1].revents);
}

static void drain(struct output *output, struct stream *stream)
{
	do {
		while (stream->begin < stream->end)
			write_chunk(stream);
	} while (stream->from >= 0 && fill(output, stream));
}

void output_drain(struct output *output)
{
	drain(output, &output->out);
	drain(output, &output->err);
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

static bool write_all(int fd, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Decodes and prints; false where it is not base64. That nobody reads it is
 * no failure of ours. */
static bool print(int fd, const char *text)
{
	size_t len;
	unsigned char *bytes = base64_decode(text, &len);

	if (bytes == NULL)
		return false;
	(void)write_all(fd, bytes, len);
	free(bytes);
	return true;
}

int output_unpack(const char *json, size_t len)
{
	json_t *value = json_loadb(json, len, 0, NULL);
	const char *out, *err;
	int version, status = -1;

	if (json_unpack(value, "{s:i, s:i, s:s, s:s}", "msync", &version,
		"status", &status, "stdout", &out, "stderr", &err) != 0 ||
	    version != 1 || status < 0 || status > 255 ||
	    !print(STDOUT_FILENO, out) || !print(STDERR_FILENO, err))
		status = -1;
	json_decref(value);
	return status;
}
