/* SPDX-License-Identifier: MIT */
/*
 * Whole sessions of several clients. Each line of the input is a step:
 *
 *	A {"op":...}   a line of client A (A to D)
 *	A-LINE         A hangs up, and had sent LINE before (or nothing)
 *	A.             A stops sending, and waits for its answers
 *	A~             no answer reaches A from now on, or they do again
 *	@100           100 ms pass
 *	$3             shares get tight: a bit for each, see quota.h
 *	%1             keys that begin with own/ are the admin's (%0: nobody's)
 *	!              the daemon shuts down
 *
 * and anything else is none.
 */
#include "fuzz.h"

#include "stand.h"

#include <string.h>

/* The digits as a number, up to the first byte that is none. */
static mtime_t number_of(const char *at, size_t len)
{
	mtime_t number = 0;

	for (size_t i = 0; i < len && i < 15; i++) {
		if (at[i] < '0' || at[i] > '9')
			break;
		number = 10 * number + (mtime_t)(at[i] - '0');
	}
	return number;
}

static void do_step_of(
    struct stand *stand, int who, const char *step, size_t len)
{
	switch (step[0]) {
	case ' ':
		stand_line(stand, who, step + 1, len - 1);
		break;
	case '-':
		stand_hang_up(stand, who, step + 1, len - 1);
		break;
	case '.':
		stand_half_close(stand, who);
		break;
	case '~':
		stand_deafen(stand, who);
		break;
	default:
		break;
	}
}

static void do_step(struct stand *stand, const char *step, size_t len)
{
	int who = step[0] - 'A';

	if (who >= 0 && who < STAND_N_CLIENTS && len > 1)
		do_step_of(stand, who, step + 1, len - 1);
	else if (step[0] == '@')
		stand_advance(stand, number_of(step + 1, len - 1));
	else if (step[0] == '$')
		stand_share(stand, (unsigned)number_of(step + 1, len - 1));
	else if (step[0] == '%')
		stand_own(stand, number_of(step + 1, len - 1) > 0);
	else if (step[0] == '!')
		stand_shut_down(stand);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;
	struct stand stand;

	stand_open(&stand);
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((feed == NULL ? end : feed) - at);

		if (len > 0)
			do_step(&stand, at, len);
		at += len + 1;
	}
	stand_close(&stand);
	return 0;
}
