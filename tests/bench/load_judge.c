/* SPDX-License-Identifier: MIT */
/*
 * Whether an answer is right: see load.h. What is judged besides its form: a
 * token is above the last one of its key (or, where many share the key, of the
 * lane), a lock has one holder, a limit is not exceeded, an object is in one
 * hand, a follower gets a value of its own flight.
 */
#include "load.h"

#include <stdio.h>
#include <string.h>

static bool rises(const struct load *load, int64_t *last, int64_t token)
{
	bool is_above = token > *last;

	*last = token;
	/* The bare server says the same all the time. */
	return token > 0 && (is_above || load->options.peer == LOAD_ECHO);
}

static const char *judge_lock(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	if (!rises(load, &lane->key->last_token, answer->token))
		return "the token does not rise";
	if (load->options.peer == LOAD_ECHO)
		return NULL;
	/* A connection that has closed holds nothing any more. */
	if (lane->key->holder != NULL && !load->options.work->does_reconnect)
		return "somebody else holds the lock";
	lane->key->holder = lane;
	return NULL;
}

static const char *judge_limit(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	if (answer->borrowed != 1)
		return "not borrowed";
	if (!rises(load, &lane->last_tokens[STEP_BORROW], answer->token))
		return "the token does not rise";
	if (answer->capacity != load->capacity || answer->in_use < 1 ||
	    answer->in_use > load->capacity)
		return "in_use or capacity is wrong";
	if (++load->n_borrowed > load->capacity &&
	    load->options.peer == LOAD_MSYNCD)
		return "more borrowed than there are";
	return NULL;
}

/* The number in a value like "object 00012", or -1. */
static int number_after(
    const struct load_answer *answer, const char *word, size_t n_value)
{
	size_t len = strlen(word);
	int number = 0;

	if (answer->value == NULL || answer->n_value != n_value ||
	    memcmp(answer->value, word, len) != 0)
		return -1;
	for (size_t i = len; i < len + 5; i++) {
		if (answer->value[i] < '0' || answer->value[i] > '9')
			return -1;
		number = number * 10 + (answer->value[i] - '0');
	}
	return number;
}

static const char *judge_pool(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	int most = load->capacity / load->options.work->lanes_per_object;

	if (!rises(load, &lane->last_tokens[STEP_GET], answer->token))
		return "the token does not rise";
	lane->object = -1;
	if (answer->create == 1)
		return load->n_objects < most ? NULL : "too many are created";
	lane->object = number_after(answer, "\"object ", 14);
	if (answer->create != 0 || lane->object < 0)
		return "neither an object nor room for one";
	if (load->options.peer == LOAD_ECHO)
		return NULL;
	if (lane->object >= load->n_objects)
		return "an object that nobody made";
	if (load->is_lent[lane->object])
		return "the object is in another hand";
	load->is_lent[lane->object] = true;
	return NULL;
}

static const char *judge_flight(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	if (answer->leader == 1)
		return rises(
			   load, &lane->last_tokens[STEP_BEGIN], answer->token)
			   ? NULL
			   : "the token does not rise";
	if (answer->leader != 0)
		return "neither leader nor follower";
	lane->step++; /* nothing to finish */
	return number_after(answer, "\"group ", 24) ==
		       lane->number / LOAD_LANES_PER_KEY
		   ? NULL
		   : "the value of another flight";
}

static const char *judge_step(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	switch (load->options.work->steps[lane->step]) {
	case STEP_ACQUIRE:
		return judge_lock(load, lane, answer);
	case STEP_BORROW:
		return judge_limit(load, lane, answer);
	case STEP_GET:
		return judge_pool(load, lane, answer);
	case STEP_BEGIN:
		return judge_flight(load, lane, answer);
	case STEP_RETURN:
		return answer->in_use >= 0 && answer->in_use < load->capacity
			   ? NULL
			   : "in_use is wrong";
	case STEP_FINISH:
		return answer->followers >= 0 &&
			       answer->followers < LOAD_LANES_PER_KEY
			   ? NULL
			   : "too many followers";
	case STEP_RELEASE:
	case STEP_PUT:
		return NULL;
	}
	return "no such step";
}

const char *load_judge(
    struct load *load, struct load_lane *lane, const struct load_answer *answer)
{
	const char *wrong;

	if (answer->ok != 1)
		return "not ok";
	wrong = judge_step(load, lane, answer);
	if (++lane->step >= load->options.work->n_steps)
		lane->step = 0;
	return wrong;
}
