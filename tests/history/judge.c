/* SPDX-License-Identifier: MIT */
/*
 * Judges a history from its journals alone.
 *
 * usage: judge FOLDER
 *
 * Prints what it has seen in one line, and what was wrong with the words of
 * the journals. Status 0: it is clean, and there was enough of everything; 1:
 * it is not; 2: it could not be judged.
 */
#include "judge.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct history history = {0};
	bool enough;

	if (argc != 2) {
		fprintf(stderr, "usage: judge FOLDER\n");
		return 2;
	}
	history_load(&history, argv[1]);
	history_find_clocks(&history);
	history_find_holds(&history);
	history_find_ends(&history);
	judge_answers(&history);
	judge_queues(&history);
	judge_holds(&history);
	judge_ends(&history);
	judge_limits(&history);
	judge_flights(&history);
	judge_objects(&history);
	judge_room(&history);
	enough = history_count(&history);
	if (n_accusations() > 0)
		printf("%zu violations\n", n_accusations());
	else if (enough)
		printf("clean\n");
	return n_accusations() == 0 && enough ? 0 : 1;
}
