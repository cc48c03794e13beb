/* SPDX-License-Identifier: MIT */
/* How two texts differ: the longest common run of lines, see diff.h. */
#include "diff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/xalloc.h"

struct lines {
	char *text;  /* owned; cut into lines */
	char **line; /* owned array */
	int n;
};

static struct lines cut(const char *text)
{
	struct lines lines = {.text = strdup(text)};
	char *rest = lines.text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		lines.line = xrealloc(
		    lines.line, (size_t)(lines.n + 1) * sizeof(*lines.line));
		lines.line[lines.n++] = line;
	}
	if (lines.n > 0 && lines.line[lines.n - 1][0] == '\0')
		lines.n--;
	return lines;
}

static bool is_same(const struct lines *a, int i, const struct lines *b, int k)
{
	return strcmp(a->line[i], b->line[k]) == 0;
}

/* common[i * (b->n + 1) + k]: how many lines a from i on and b from k on have
 * in common, in order. */
static int *measure(const struct lines *a, const struct lines *b)
{
	size_t width = (size_t)b->n + 1;
	int *common = xcalloc(((size_t)a->n + 1) * width, sizeof(*common));

	for (int i = a->n - 1; i >= 0; i--) {
		int *row = common + (size_t)i * width, *below = row + width;

		for (int k = b->n - 1; k >= 0; k--) {
			if (is_same(a, i, b, k))
				row[k] = below[k + 1] + 1;
			else
				row[k] = below[k] > row[k + 1] ? below[k]
							       : row[k + 1];
		}
	}
	return common;
}

void diff_write(FILE *out, const char *text_a, const char *text_b)
{
	struct lines a = cut(text_a), b = cut(text_b);
	int *common = measure(&a, &b);
	size_t width = (size_t)b.n + 1;
	int i = 0, k = 0;

	while (i < a.n || k < b.n) {
		const int *row = common + (size_t)i * width;

		if (i < a.n && k < b.n && is_same(&a, i, &b, k)) {
			fprintf(out, " %s\n", a.line[i++]);
			k++;
		} else if (k == b.n ||
			   (i < a.n && row[width + (size_t)k] >= row[k + 1])) {
			fprintf(out, "-%s\n", a.line[i++]);
		} else {
			fprintf(out, "+%s\n", b.line[k++]);
		}
	}
	free(common);
	free(a.line);
	free(a.text);
	free(b.line);
	free(b.text);
}
