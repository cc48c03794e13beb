/* SPDX-License-Identifier: MIT */
/*
 * One episode of the random run: how it is set up, its turns, and what is
 * printed of it when core and model differ or the core finds fault with
 * itself.
 */
#include "episode.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#define PRINT_LINES 40

/* What runs now, for the handler of SIGABRT. */
static const struct episode *running;

void episode_note(struct episode *episode, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	if (episode->n_transcript == MAX_TRANSCRIPT)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	episode->transcript[episode->n_transcript++] =
	    arena_printf(&episode->arena, "%3d %s", episode->step, text);
}

void episode_print(const struct episode *episode, FILE *out)
{
	const struct model_answer *expected;
	int n = model_answers(episode->model, &expected);
	int i = episode->n_transcript - PRINT_LINES;

	fprintf(out,
	    "seed %" PRIu64 ", episode %ld, step %d (MSYNC_RANDOM_SEED=%" PRIu64
	    " MSYNC_RANDOM_EPISODE=%ld), after %ld steps in all\n",
	    episode->seed, episode->number, episode->step, episode->seed,
	    episode->number, (long)episode->counts->steps + episode->step);
	for (i = i < 0 ? 0 : i; i < episode->n_transcript; i++)
		fprintf(out, "%s\n", episode->transcript[i]);
	fprintf(out, "the core says:\n");
	for (i = 0; i < episode->n_heard; i++)
		heard_print(&episode->heard[i], out);
	fprintf(out, "the model expects:\n");
	for (i = 0; i < n; i++)
		expected_print(episode->model, &expected[i], out);
	fflush(out);
}

void episode_fail(const struct episode *episode, const char *what)
{
	running = NULL;
	fprintf(stderr, "%s\n", what);
	episode_print(episode, stderr);
	ck_abort_msg("%s (seed %" PRIu64 ", episode %ld, step %d)", what,
	    episode->seed, episode->number, episode->step);
	abort();
}

/* The core's own checks end in abort(): say how it came to that. */
static void on_abort(int signal_number)
{
	signal(signal_number, SIG_DFL);
	if (running != NULL)
		episode_print(running, stderr);
	raise(signal_number);
}

static void pick_rules(struct rng *rng, struct model_rules *rules)
{
	rules->admin = FIRST_UID + rng_below(rng, N_UIDS);
	rules->outsider = MODEL_ABSENT;
	rules->owner = FIRST_UID + rng_below(rng, N_UIDS);
	rules->prefix = rng_percent(rng, 50) ? "shop." : "b";
	if (rng_percent(rng, 15))
		rules->outsider = FIRST_UID + rng_below(rng, N_UIDS);
}

static void pick_config(struct rng *rng, struct model_config *config)
{
	bool is_roomy = rng_percent(rng, 45);
	int64_t few[MODEL_N_SHARES] = {
	    [MODEL_CONNECTIONS] = 2 + rng_below(rng, 5),
	    [MODEL_WAITS] = 1 + rng_below(rng, 4),
	    [MODEL_KEYS] = 3 + rng_below(rng, 8),
	    [MODEL_BYTES] = 8 + rng_below(rng, 100),
	};

	for (int i = 0; i < MODEL_N_SHARES; i++)
		config->shares[i] = is_roomy ? 1000000 : few[i];
	pick_rules(rng, &config->rules);
	/* Room for one of the values that are not big. */
	config->max_line_bytes =
	    rng_percent(rng, 30) ? 24 : WIRE_MAX_LINE_BYTES;
}

static uid_t *some_uids(int but)
{
	uid_t *uids = calloc(N_UIDS, sizeof(*uids));

	for (int i = 0, n = 0; i < N_UIDS; i++) {
		if (FIRST_UID + i != but)
			uids[n++] = (uid_t)(FIRST_UID + i);
	}
	return uids;
}

static uid_t *one_uid(int uid)
{
	uid_t *uids = calloc(1, sizeof(*uids));

	uids[0] = (uid_t)uid;
	return uids;
}

static void set_rules(struct core *core, const struct model_rules *wanted)
{
	struct rules rules = {
	    .admin = calloc(1, sizeof(struct rule)), .n_admin = 1};

	rules.admin[0] =
	    (struct rule){.uids = one_uid(wanted->admin), .n_uids = 1};
	if (wanted->outsider != MODEL_ABSENT) {
		rules.allow = calloc(2, sizeof(struct rule));
		rules.n_allow = 2;
		rules.allow[0] = (struct rule){.uids = one_uid(wanted->owner),
		    .n_uids = 1,
		    .prefixes = calloc(1, sizeof(char *)),
		    .n_prefixes = 1,
		    .where = strdup("the first")};
		rules.allow[0].prefixes[0] = strdup(wanted->prefix);
		rules.allow[1] =
		    (struct rule){.uids = some_uids(wanted->outsider),
			.n_uids = N_UIDS - 1,
			.where = strdup("the second")};
	}
	core_set_rules(core, &rules);
}

static void make_core(
    struct episode *episode, const struct model_config *wanted)
{
	struct core_config config = {
	    .first_token = episode->first_token,
	    .max_line_bytes = (size_t)wanted->max_line_bytes,
	};

	for (size_t i = 0; i < sizeof(config.hash_key); i++)
		config.hash_key[i] = (uint8_t)rng_next(&episode->rng);
	config.shares.most[QUOTA_CONNECTIONS] =
	    (size_t)wanted->shares[MODEL_CONNECTIONS];
	config.shares.most[QUOTA_WAITS] = (size_t)wanted->shares[MODEL_WAITS];
	config.shares.most[QUOTA_KEYS] = (size_t)wanted->shares[MODEL_KEYS];
	config.shares.most[QUOTA_BYTES] = (size_t)wanted->shares[MODEL_BYTES];
	episode->core = core_new(&config, episode->now);
	set_rules(episode->core, &wanted->rules);
}

static void set_up(struct episode *episode)
{
	struct rng *rng = &episode->rng;
	struct model_config config;

	rng->state = episode->seed;
	rng->state = rng_next(rng) + (uint64_t)episode->number;
	rng->state = rng_next(rng);
	generator_init(&episode->gen, &episode->arena, rng);
	episode->deaf = MODEL_ABSENT;
	episode->now = rng_below(rng, 1000000);
	episode->first_token = 1000 + rng_below(rng, 1000000000);
	episode->n_wanted = 2 + rng_below(rng, 5);
	episode->n_steps = 40 + rng_below(rng, MAX_STEPS - 40);
	episode->shut_down_step =
	    rng_percent(rng, 30) ? episode->n_steps - 1 - rng_below(rng, 30)
				 : INT32_MAX;
	pick_config(rng, &config);
	if (config.max_line_bytes < WIRE_MAX_LINE_BYTES)
		episode->gen.big_percent = 0;
	make_core(episode, &config);
	episode->model = model_new(&config, episode->now);
}

/* The sessions forget most of the grants that are over. */
static void forget_grants(struct episode *episode)
{
	struct generator *gen = &episode->gen;

	for (int i = gen->n_grants - 1; i >= 0; i--) {
		if (!model_is_held(episode->model, gen->grants[i].token) &&
		    rng_percent(&episode->rng, 40))
			gen->grants[i] = gen->grants[--gen->n_grants];
	}
}

/* Time comes first in a turn, then whatever comes in, then the answers. */
static void turn(struct episode *episode)
{
	int n = 1;

	if (rng_percent(&episode->rng, 20))
		n = 2 + rng_below(&episode->rng, 3);
	episode->is_single = n == 1;
	if (rng_percent(&episode->rng, 20))
		act_time(episode);
	else
		core_advance(episode->core, episode->now);
	for (int i = 0; i < n; i++)
		act(episode);
	drain(episode);
	forget_grants(episode);
}

static void tear_down(struct episode *episode)
{
	struct counts *counts = episode->counts;

	for (int i = 0; i < MODEL_N_ENDS; i++)
		counts->ends[i] += model_n_ends(episode->model, i);
	counts->steps += episode->step;
	counts->episodes++;
	core_free(episode->core);
	model_free(episode->model);
}

long episode_run(uint64_t seed, long number, struct counts *counts)
{
	struct episode *episode = calloc(1, sizeof(*episode));
	long n_steps;

	ck_assert_ptr_nonnull(episode);
	episode->seed = seed;
	episode->number = number;
	episode->counts = counts;
	set_up(episode);
	running = episode;
	signal(SIGABRT, on_abort);
	while (episode->step < episode->n_steps)
		turn(episode);
	act_end(episode);
	tear_down(episode);
	running = NULL;
	n_steps = episode->step;
	free(episode);
	return n_steps;
}
