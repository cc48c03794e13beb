/* SPDX-License-Identifier: MIT */
/*
 * How inputs of the session target are changed: mostly step by step, so that
 * what comes out is still a session. Bytes that are changed anywhere make of
 * most lines one that is refused for its form.
 */
#include "fuzz.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A line of the input, with its line feed if it has one. */
struct step {
	size_t at, len;
};

static unsigned draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % below;
}

static struct step step_at(const uint8_t *data, size_t size, size_t at)
{
	const uint8_t *feed;

	while (at > 0 && data[at - 1] != '\n')
		at--;
	feed = memchr(data + at, '\n', size - at);
	return (struct step){
	    at, feed == NULL ? size - at : (size_t)(feed - data) + 1 - at};
}

/* Puts the bytes there; the new size, or the old one where they do not fit. */
static size_t insert(uint8_t *data, size_t size, size_t max_size, size_t at,
    const struct step *bytes, const uint8_t *from)
{
	if (size + bytes->len > max_size)
		return size;
	memmove(data + at + bytes->len, data + at, size - at);
	memcpy(data + at, from, bytes->len);
	return size + bytes->len;
}

/* Another copy of the step, somewhere. */
static size_t repeat(uint8_t *data, size_t size, size_t max_size,
    const struct step *step, unsigned *seed)
{
	struct step to = step_at(data, size, draw(seed, (unsigned)size));
	uint8_t *copy = malloc(step->len);

	memcpy(copy, data + step->at, step->len);
	size = insert(data, size, max_size, to.at, step, copy);
	free(copy);
	return size;
}

/* A step that is no request. */
static size_t add(
    uint8_t *data, size_t size, size_t max_size, size_t at, unsigned *seed)
{
	static const char *const steps[] = {"A-\n", "B-\n", "D-\n", "A.\n",
	    "B.\n", "A~\n", "@1\n", "@100\n", "@1000\n", "@60000\n", "$1\n",
	    "$2\n", "$4\n", "$8\n", "$0\n", "%1\n", "%0\n", "!\n"};
	const char *text = steps[draw(seed, COUNT(steps))];
	struct step step = {0, strlen(text)};

	return insert(data, size, max_size, at, &step, (const uint8_t *)text);
}

static size_t drop(uint8_t *data, size_t size, const struct step *step)
{
	memmove(data + step->at, data + step->at + step->len,
	    size - step->at - step->len);
	return size - step->len;
}

/* The bytes of this step alone, as libFuzzer changes them. */
static size_t change(
    uint8_t *data, size_t size, size_t max_size, const struct step *step)
{
	size_t most = step->len + max_size - size;
	uint8_t *copy = malloc(most);
	struct step changed = {0};

	memcpy(copy, data + step->at, step->len);
	changed.len = LLVMFuzzerMutate(copy, step->len, most);
	size = drop(data, size, step);
	size = insert(data, size, max_size, step->at, &changed, copy);
	free(copy);
	return size;
}

size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct step step;

	if (size == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	step = step_at(data, size, draw(&seed, (unsigned)size));
	switch (draw(&seed, 8)) {
	case 0:
		return repeat(data, size, max_size, &step, &seed);
	case 1:
		return add(data, size, max_size, step.at, &seed);
	case 2:
		return step.len < size ? drop(data, size, &step) : size;
	case 3:
		data[step.at] = (uint8_t)('A' + draw(&seed, 4));
		return size;
	case 4:
	case 5:
	case 6:
		return change(data, size, max_size, &step);
	default:
		return LLVMFuzzerMutate(data, size, max_size);
	}
}
