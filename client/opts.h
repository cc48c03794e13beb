/* SPDX-License-Identifier: MIT */
/* How to connect, and what a request may say: msync_opts and msync_terms. */
#ifndef OPTS_H
#define OPTS_H

#include "msync.h"

#include "wire.h"

/* sun_path without its NUL. */
#define OPTS_MAX_PATH_BYTES 107

/* Plain data: a handle keeps a copy. */
struct msync_opts {
	char path[OPTS_MAX_PATH_BYTES + 1]; /* "": the default */
	char client[WIRE_MAX_CLIENT_BYTES + 1];
	char instance[WIRE_MAX_KEY_BYTES + 1];
	int connect_ms, answer_ms;
	int reconnect_ms; /* longest pause; 0: does not reconnect */
	msync_lost_fn on_lost;
	void *lost_ctx;
};

#define OPTS_N_TERMS (MSYNC_TERM_RUN_ANYWAY + 1)

struct msync_terms {
	int64_t values[OPTS_N_TERMS];
	unsigned char is_set[OPTS_N_TERMS];
};

void opts_init(struct msync_opts *opts);
/* The path that is meant, in opts or outside. */
const char *opts_path(const struct msync_opts *opts);

/* The value of a term; otherwise where there are no terms, or it is not set. */
int64_t terms_value(
    const struct msync_terms *terms, enum msync_term term, int64_t otherwise);
#endif
