/* SPDX-License-Identifier: MIT */
/*
 * The stories: what the core does, told as transcripts with a time that the
 * story makes up. Every *.story file of a directory (the argument, else
 * tests/story below $srcdir) is cut into its stories; each is played on a core
 * of its own (play.h), and what comes out must be the very text of the file.
 * A new rule begins as a story.
 */
#include "diff.h"
#include "play.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/xalloc.h"

/* A step may wait for nothing, so this is for a core that never returns. */
#define LIMIT_S 60

struct story {
	char *where; /* file and title */
	char *text;  /* from the line of its title on */
};

static struct story *stories;
static int n_stories;

/* The whole file, NUL-terminated, to be freed by the caller. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t cap = 4096, len = 0, n;
	char *text = xmalloc(cap);

	if (file == NULL) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(EXIT_FAILURE);
	}
	while ((n = fread(text + len, 1, cap - len - 1, file)) > 0) {
		len += n;
		cap *= 2;
		text = xrealloc(text, cap);
	}
	text[len] = '\0';
	fclose(file);
	return text;
}

static void add_story(const char *path, const char *text, size_t len)
{
	const char *name = strrchr(path, '/');
	size_t title_len = strcspn(text, "\n");
	struct story *story;
	int n;

	stories = xrealloc(stories, (size_t)(n_stories + 1) * sizeof(*stories));
	story = &stories[n_stories++];
	n = asprintf(&story->where, "%s: %.*s", name == NULL ? path : name + 1,
	    (int)title_len - 3, text + 3);
	if (n < 0)
		abort();
	story->text = xmemdup0(text, len);
}

/* A story goes from its title to the next one; what comes before the first is
 * for the readers of the file. */
static void cut_file(const char *path)
{
	char *text = read_file(path);
	const char *from = strstr(text, "\n== ");

	while (from != NULL) {
		const char *to = strstr(from + 1, "\n== ");
		size_t len =
		    to == NULL ? strlen(from) - 1 : (size_t)(to - from);

		add_story(path, from + 1, len);
		from = to;
	}
	free(text);
}

static void find_stories(const char *dir)
{
	char *pattern;
	glob_t files;

	if (asprintf(&pattern, "%s/*.story", dir) < 0)
		abort();
	if (glob(pattern, 0, NULL, &files) == 0) {
		for (size_t i = 0; i < files.gl_pathc; i++)
			cut_file(files.gl_pathv[i]);
		globfree(&files);
	}
	free(pattern);
	if (n_stories == 0) {
		fprintf(stderr, "no stories in %s\n", dir);
		exit(EXIT_FAILURE);
	}
}

START_TEST(the_core_does_what_the_story_tells)
{
	const struct story *story = &stories[_i];
	char *played;

	ck_assert_msg(strstr(story->text, ".\nedge:") != NULL,
	    "%s: a title is a sentence, with its edges below", story->where);
	mark_point();
	played = play_story(story->text);
	if (strcmp(story->text, played) != 0) {
		printf("\n--- %s\n+++ what the core did\n", story->where);
		diff_write(stdout, story->text, played);
		fflush(stdout);
		free(played);
		ck_abort_msg("%s: differs, see above", story->where);
	}
	free(played);
}
END_TEST

static Suite *story_suite(void)
{
	Suite *suite = suite_create("story");
	TCase *tcase = tcase_create("stories");

	tcase_set_timeout(tcase, LIMIT_S);
	tcase_add_loop_test(
	    tcase, the_core_does_what_the_story_tells, 0, n_stories);
	suite_add_tcase(suite, tcase);
	return suite;
}

static void free_stories(void)
{
	for (int i = 0; i < n_stories; i++) {
		free(stories[i].where);
		free(stories[i].text);
	}
	free(stories);
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char *dir = NULL;
	SRunner *runner;
	int n_failed;

	if (asprintf(&dir, "%s/tests/story", srcdir == NULL ? "." : srcdir) < 0)
		abort();
	find_stories(argc > 1 ? argv[1] : dir);
	free(dir);
	runner = srunner_create(story_suite());
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	free_stories();
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
