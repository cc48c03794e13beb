/* SPDX-License-Identifier: MIT */
/*
 * The table at the end of the random run: what occurred how often. A run in
 * which something hardly occurs shows little about it.
 */
#include "counts.h"

#include <string.h>

#define MAX_ROWS 128

struct row {
	const char *group, *name;
	long n;
};

static bool has(const struct model_answer *answer, const char *name)
{
	for (int i = 0; i < answer->n_members; i++) {
		if (strcmp(answer->members[i].name, name) == 0)
			return true;
	}
	return false;
}

void counts_add_answer(struct counts *counts, const struct model_answer *answer)
{
	if (answer->event != NULL) {
		if (strcmp(answer->members[0].text, "eof") == 0)
			counts->events_eof++;
		else if (strcmp(answer->members[0].text, "admin") == 0)
			counts->events_admin++;
		else
			counts->events_lease++;
		return;
	}
	counts->codes[answer->code]++;
	if (answer->code == WIRE_OK)
		counts->answered[answer->op]++;
	counts->has_abandoned += has(answer, "abandoned");
	counts->has_attempt += has(answer, "attempt");
	counts->has_age += has(answer, "age_ms");
	counts->has_by_uid += has(answer, "by_uid");
	counts->has_ignored += has(answer, "ignored");
	counts->has_destroy += answer->n_destroy > 0;
	counts->has_more += has(answer, "more");
	counts->has_holder += answer->has_holder;
}

static void add_row(
    struct row *rows, int *n, const char *group, const char *name, long count)
{
	rows[(*n)++] = (struct row){group, name, count};
}

static int list_rows(const struct counts *counts, struct row rows[MAX_ROWS])
{
	const struct {
		const char *name;
		long n;
	} more[] = {
	    {"event lost, reason lease", counts->events_lease},
	    {"event lost, reason eof", counts->events_eof},
	    {"event lost, reason admin", counts->events_admin},
	    {"abandoned", counts->has_abandoned},
	    {"attempt", counts->has_attempt},
	    {"age_ms", counts->has_age},
	    {"by_uid", counts->has_by_uid},
	    {"ignored", counts->has_ignored},
	    {"destroy, with objects", counts->has_destroy},
	    {"more", counts->has_more},
	    {"holder", counts->has_holder},
	    {"shut-down", counts->shut_downs},
	    {"session refused", counts->joins_refused},
	    {"list of several pages", counts->walks},
	    {"event watch", counts->watched},
	};
	int n = 0;

	for (int i = 0; i < MODEL_N_OPS; i++)
		add_row(rows, &n, "asked", model_op_name(i), counts->asked[i]);
	for (int i = 0; i < MODEL_N_OPS; i++)
		add_row(rows, &n, "ok", model_op_name(i), counts->answered[i]);
	for (int i = 0; i < WIRE_N_CODES; i++)
		add_row(
		    rows, &n, "answer", model_code_name(i), counts->codes[i]);
	for (int i = 0; i < MODEL_N_ENDS; i++)
		add_row(
		    rows, &n, "hold ends", model_end_name(i), counts->ends[i]);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		add_row(rows, &n, "occurs", more[i].name, more[i].n);
	return n;
}

void counts_print(const struct counts *counts, FILE *out)
{
	struct row rows[MAX_ROWS];
	int n = list_rows(counts, rows);

	fprintf(out, "random run: %ld steps in %ld episodes\n", counts->steps,
	    counts->episodes);
	for (int i = 0; i < n; i++)
		fprintf(out, "  %-10s %-26s %9ld\n", rows[i].group,
		    rows[i].name, rows[i].n);
	fflush(out);
}

const char *counts_find_rare(const struct counts *counts, long least)
{
	static char words[80];
	struct row rows[MAX_ROWS];
	int n = list_rows(counts, rows);

	for (int i = 0; i < n; i++) {
		/* Nobody promised the last group; it is to be seen at all. */
		if (rows[i].n >= least ||
		    (rows[i].n >= least / 20 &&
			strcmp(rows[i].group, "occurs") == 0))
			continue;
		snprintf(words, sizeof(words), "%s %s: %ld", rows[i].group,
		    rows[i].name, rows[i].n);
		return words;
	}
	return NULL;
}
