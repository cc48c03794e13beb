/* SPDX-License-Identifier: MIT */
/* Options and terms: see msync.h and opts.h. */
#include "opts.h"

#include "scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONNECT_MS 1000
#define DEFAULT_ANSWER_MS  5000

void opts_init(struct msync_opts *opts)
{
	*opts = (struct msync_opts){
	    .connect_ms = DEFAULT_CONNECT_MS,
	    .answer_ms = DEFAULT_ANSWER_MS,
	};
}

int msync_opts_new(struct msync_opts **opts)
{
	*opts = malloc(sizeof(**opts));
	if (*opts == NULL)
		return MSYNC_E_NOMEM;
	opts_init(*opts);
	return 0;
}

void msync_opts_free(struct msync_opts *opts)
{
	free(opts);
}

/* A copy of text of at most cap - 1 bytes, at least one. */
static int set_text(char *to, size_t cap, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || len >= cap)
		return MSYNC_E_INVALID;
	memcpy(to, text, len + 1);
	return 0;
}

/* The same for what goes to the daemon as a name: UTF-8 without control
 * characters, or it would end the connection of whoever said hello with it. */
static int set_name(char *to, size_t cap, const char *name)
{
	char json[WIRE_MAX_KEY_BYTES + 2] = "\"";
	size_t len = name == NULL ? 0 : strnlen(name, cap);

	if (len >= cap)
		return MSYNC_E_INVALID;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		/* U+007F, and U+0080 to U+009F, which JSON would allow. */
		if (c == 0x7F || (i > 0 && name[i - 1] == '\xC2' && c < 0xA0))
			return MSYNC_E_INVALID;
		json[i + 1] = (char)(c == '"' || c == '\\' ? 'x' : c);
	}
	json[len + 1] = '"';
	if (!scan_is_value(json, len + 2))
		return MSYNC_E_INVALID;
	return set_text(to, cap, name);
}

int msync_opts_set_socket(struct msync_opts *opts, const char *path)
{
	return set_text(opts->path, sizeof(opts->path), path);
}

int msync_opts_set_client(struct msync_opts *opts, const char *name)
{
	return set_name(opts->client, sizeof(opts->client), name);
}

int msync_opts_set_instance(struct msync_opts *opts, const char *name)
{
	return set_name(opts->instance, sizeof(opts->instance), name);
}

int msync_opts_set_connect_ms(struct msync_opts *opts, int ms)
{
	if (ms <= 0)
		return MSYNC_E_INVALID;
	opts->connect_ms = ms;
	return 0;
}

int msync_opts_set_answer_ms(struct msync_opts *opts, int ms)
{
	if (ms <= 0 && ms != MSYNC_FOREVER)
		return MSYNC_E_INVALID;
	opts->answer_ms = ms;
	return 0;
}

int msync_opts_set_reconnect(struct msync_opts *opts, int most_ms)
{
	if (most_ms < 0)
		return MSYNC_E_INVALID;
	opts->reconnect_ms = most_ms;
	return 0;
}

int msync_opts_set_on_lost(struct msync_opts *opts, msync_lost_fn fn, void *ctx)
{
	opts->on_lost = fn;
	opts->lost_ctx = ctx;
	return 0;
}

const char *opts_path(const struct msync_opts *opts)
{
	const char *path;

	if (opts->path[0] != '\0')
		return opts->path;
	/* A set-user-ID program is not sent elsewhere by its environment. */
	path = secure_getenv("MSYNC_SOCKET");
	return path != NULL && path[0] != '\0' ? path : WIRE_DEFAULT_SOCKET;
}

/* Terms ---------------------------------------------------------------- */

int msync_terms_new(struct msync_terms **terms)
{
	*terms = calloc(1, sizeof(**terms));
	return *terms == NULL ? MSYNC_E_NOMEM : 0;
}

void msync_terms_free(struct msync_terms *terms)
{
	free(terms);
}

int msync_terms_set(
    struct msync_terms *terms, enum msync_term term, int64_t value)
{
	static const struct {
		int64_t least, most;
	} ranges[OPTS_N_TERMS] = {
	    [MSYNC_TERM_LEASE_MS] = {1, WIRE_MAX_INTEGER},
	    [MSYNC_TERM_MAX_WAITERS] = {0, WIRE_MAX_INTEGER},
	    [MSYNC_TERM_DETACHED] = {0, 1},
	    [MSYNC_TERM_PERMITS] = {1, WIRE_MAX_COUNT},
	    [MSYNC_TERM_ADOPT] = {0, 1},
	    [MSYNC_TERM_MAX_LEADERS] = {1, WIRE_MAX_COUNT},
	    [MSYNC_TERM_KEEP_MS] = {0, WIRE_MAX_INTEGER},
	    [MSYNC_TERM_KEEP_FAILURE_MS] = {0, WIRE_MAX_INTEGER},
	    [MSYNC_TERM_RUN_ANYWAY] = {0, 1},
	};

	if ((unsigned)term >= OPTS_N_TERMS || value < ranges[term].least ||
	    value > ranges[term].most)
		return MSYNC_E_INVALID;
	terms->values[term] = value;
	terms->is_set[term] = 1;
	return 0;
}

int64_t terms_value(
    const struct msync_terms *terms, enum msync_term term, int64_t otherwise)
{
	return terms != NULL && terms->is_set[term] ? terms->values[term]
						    : otherwise;
}
