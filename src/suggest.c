/* SPDX-License-Identifier: MIT */
/* Did you mean: the known word that is nearest to one that is not known. */
#include "args.h"

#include <string.h>

#define MAX_WORD 40

static int smallest(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters have to be put in, left out or changed (Levenshtein). Both
 * words are at most MAX_WORD long. */
static int distance(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	int row[MAX_WORD + 1];

	for (size_t j = 0; j <= n_b; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= n_a; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= n_b; j++) {
			int changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = smallest(row[j] + 1, row[j - 1] + 1, changed);
		}
	}
	return row[n_b];
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
