/* SPDX-License-Identifier: MIT */
/* Did you mean: the known word that is nearest to one that is not known. */
#include "args.h"

#include <string.h>

#define MAX_WORD 40

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Whether the last two letters of a are those of b, swapped. */
static bool are_swapped(const char *a, const char *b)
{
	return a[0] == b[-1] && a[-1] == b[0];
}

/* How many letters have to be put in, left out, changed or swapped with their
 * neighbour (Damerau and Levenshtein). Both words are at most MAX_WORD long.
 */
static int distance(const char *a, const char *b)
{
	int n_a = (int)strlen(a), n_b = (int)strlen(b);
	int d[MAX_WORD + 1][MAX_WORD + 1];

	for (int i = 0; i <= n_a; i++)
		d[i][0] = i;
	for (int j = 0; j <= n_b; j++)
		d[0][j] = j;
	for (int i = 1; i <= n_a; i++) {
		for (int j = 1; j <= n_b; j++) {
			const char *x = a + i - 1, *y = b + j - 1;
			int best = d[i - 1][j - 1] + (*x != *y);

			best = smaller(best, d[i - 1][j] + 1);
			best = smaller(best, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && are_swapped(x, y))
				best = smaller(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[n_a][n_b];
}

const char *args_suggest(
    const char *word, const char *const candidates[], size_t n)
{
	size_t len = strlen(word);
	const char *nearest = NULL;
	int least = len < 6 ? 2 : 3; /* so many letters wrong are too many */

	if (len > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int d = distance(word, candidates[i]);

		if (d < least) {
			least = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
