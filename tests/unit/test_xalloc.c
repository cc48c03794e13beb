/* SPDX-License-Identifier: MIT */
/* Allocate or die: what xalloc.h promises. */
#include "unit.h"

#include "xalloc.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer would end the process itself; it shall return NULL, as the C
 * library does. This is the name under which it asks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

START_TEST(size_zero_gives_memory_that_can_be_freed)
{
	void *all[] = {
	    xmalloc(0), xcalloc(0, 8), xcalloc(8, 0), xrealloc(NULL, 0)};

	for (size_t i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(all[i]);
		for (size_t j = 0; j < i; j++)
			ck_assert_ptr_ne(all[i], all[j]);
	}
	for (size_t i = 0; i < 4; i++)
		free(all[i]);
}
END_TEST

START_TEST(shrinking_to_nothing_is_no_end_either)
{
	void *memory = xrealloc(xmalloc(100), 0);

	ck_assert_ptr_nonnull(memory);
	free(memory);
}
END_TEST

START_TEST(xcalloc_gives_zeros)
{
	static const char zeros[3000];
	char *bytes = xmalloc(sizeof(zeros));

	memset(bytes, 0xee, sizeof(zeros));
	free(bytes);
	bytes = xcalloc(1000, 3);
	ck_assert_mem_eq(bytes, zeros, sizeof(zeros));
	free(bytes);
}
END_TEST

START_TEST(xrealloc_keeps_what_was_there)
{
	char *bytes = xrealloc(NULL, 4);

	memcpy(bytes, "abcd", 4);
	bytes = xrealloc(bytes, 100000);
	ck_assert_mem_eq(bytes, "abcd", 4);
	memset(bytes, 'x', 100000);
	bytes = xrealloc(bytes, 2);
	ck_assert_mem_eq(bytes, "xx", 2);
	free(bytes);
}
END_TEST

START_TEST(xmemdup0_copies_and_puts_a_nul_behind)
{
	const char bytes[] = {'a', '\0', 'b', 'c'};
	char *copy = xmemdup0(bytes, 3);

	ck_assert_mem_eq(copy, "a\0b", 4);
	ck_assert_ptr_ne(copy, bytes);
	free(copy);
}
END_TEST

START_TEST(xmemdup0_of_nothing_is_an_empty_string)
{
	char *copy = xmemdup0(NULL, 0);

	ck_assert_str_eq(copy, "");
	free(copy);
}
END_TEST

static void ask_for_too_much(int how)
{
	volatile size_t most = SIZE_MAX / 4;

	if (how == 0)
		free(xmalloc(most));
	else if (how == 1)
		free(xcalloc(most, most));
	else
		free(xrealloc(xmalloc(1), most));
}

/* Runs ask_for_too_much in a process of its own; its status, and what it said
 * on stderr as a string. */
static int status_of_greed(int how, char *words, size_t size)
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		ask_for_too_much(how);
		_exit(EXIT_SUCCESS);
	}
	(void)close(ends[1]);
	while (len + 1 < size &&
	       (n = read(ends[0], words + len, size - 1 - len)) > 0)
		len += (size_t)n;
	words[len] = '\0';
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(memory_that_is_not_there_ends_the_process_with_a_message)
{
	char words[8192];

	for (int how = 0; how < 3; how++) {
		int status = status_of_greed(how, words, sizeof(words));

		ck_assert_msg(WIFSIGNALED(status), "way %d ended otherwise: %d",
		    how, status);
		ck_assert_int_eq(WTERMSIG(status), SIGABRT);
		ck_assert_ptr_nonnull(strstr(words, "out of memory"));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    size_zero_gives_memory_that_can_be_freed,
	    shrinking_to_nothing_is_no_end_either,
	    xcalloc_gives_zeros,
	    xrealloc_keeps_what_was_there,
	    xmemdup0_copies_and_puts_a_nul_behind,
	    xmemdup0_of_nothing_is_an_empty_string,
	    memory_that_is_not_there_ends_the_process_with_a_message,
	    NULL,
	};

	return unit_main("xalloc", false, tests, NULL);
}
