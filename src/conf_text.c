/* SPDX-License-Identifier: MIT */
/*
 * The text of a configuration before libconfuse sees it. Its scanner counts a
 * line too many for some comments, skips characters that it does not know,
 * takes a comment without end for the end of the file, and puts environment
 * variables in: all that is settled here.
 */
#include "conf_parts.h"

#include <string.h>

enum state {
	PLAIN,
	LINE_COMMENT,  /* to the end of the line */
	BLOCK_COMMENT, /* to its own end */
	DOUBLE_QUOTED,
	SINGLE_QUOTED,
};

struct cleaner {
	enum state state;
	int line;
	int begun_at;  /* the comment or quoted text that we are in, */
	int depth;     /* braces that are open, */
	int opened_at; /* and the outermost of them */
	const char *wrong;
};

static const char *unended(enum state state)
{
	switch (state) {
	case BLOCK_COMMENT:
		return "the comment that begins here does not end";
	case DOUBLE_QUOTED:
	case SINGLE_QUOTED:
		return "the quoted text that begins here does not end";
	default:
		return NULL;
	}
}

/* What is wrong at the end of the text. */
static const char *judge_end(const struct cleaner *cleaner, int *line_out)
{
	const char *wrong = unended(cleaner->state);

	if (wrong != NULL) {
		*line_out = cleaner->begun_at;
	} else if (cleaner->depth > 0) {
		wrong = "the brace that is opened here is not closed";
		*line_out = cleaner->opened_at;
	}
	return wrong;
}

static bool is_separator(char c)
{
	return strchr(" \t\r\n={}(),\"'", c) != NULL; /* NUL, too */
}

/* One character (or two) outside of quotes and comments; at is where it is,
 * before what is before it. Returns how many were looked at. */
static int take_plain(struct cleaner *cleaner, char *at, char before)
{
	bool begins = is_separator(before);

	cleaner->begun_at = cleaner->line;
	if (*at == '"') {
		cleaner->state = DOUBLE_QUOTED;
	} else if (*at == '\'') {
		cleaner->state = SINGLE_QUOTED;
	} else if (*at == '#' || (begins && strncmp(at, "//", 2) == 0)) {
		cleaner->state = LINE_COMMENT;
		*at = ' ';
	} else if (strncmp(at, "/*", 2) == 0) {
		cleaner->state = BLOCK_COMMENT;
		memcpy(at, "  ", 2);
		return 2;
	} else if (*at == '{') {
		if (cleaner->depth++ == 0)
			cleaner->opened_at = cleaner->line;
	} else if (*at == '}') {
		cleaner->depth--;
	} else if (*at == '*' || (*at == '+' && at[1] != '=')) {
		cleaner->wrong = "* and + stand in quoted text only";
	} else if (strncmp(at, "${", 2) == 0) {
		cleaner->wrong = "variables are not put in: ${";
	}
	return 1;
}

static int take_comment(struct cleaner *cleaner, char *at)
{
	if (cleaner->state == LINE_COMMENT && *at == '\n')
		cleaner->state = PLAIN;
	if (cleaner->state == BLOCK_COMMENT && strncmp(at, "*/", 2) == 0) {
		cleaner->state = PLAIN;
		memcpy(at, "  ", 2);
		return 2;
	}
	if (*at != '\n')
		*at = ' ';
	return 1;
}

static int take_quoted(struct cleaner *cleaner, const char *at)
{
	char quote = cleaner->state == DOUBLE_QUOTED ? '"' : '\'';

	if (quote == '"' && *at == '\\' && at[1] != '\0' &&
	    strchr("0123456789x", at[1]) != NULL)
		cleaner->wrong = "no characters by number; write them";
	if (*at == '\\' && at[1] != '\0' && at[1] != '\n')
		return 2;
	if (*at == quote)
		cleaner->state = PLAIN;
	else if (quote == '"' && strncmp(at, "${", 2) == 0)
		cleaner->wrong = "variables are not put in: ${; use '...'";
	return 1;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && strchr("\t\r\n", c) == NULL) ||
	       c == 0x7F;
}

const char *conf_text_clean(char *text, int *line_out)
{
	struct cleaner cleaner = {.state = PLAIN, .line = 1};
	char before = '\n';
	int n;

	for (char *at = text; *at != '\0' && cleaner.wrong == NULL; at += n) {
		char c = *at;

		if (is_control(c))
			cleaner.wrong = "a control character; is it a text?";
		if (cleaner.state == PLAIN)
			n = take_plain(&cleaner, at, before);
		else if (cleaner.state <= BLOCK_COMMENT)
			n = take_comment(&cleaner, at);
		else
			n = take_quoted(&cleaner, at);
		before = c;
		if (c == '\n' && cleaner.wrong == NULL)
			cleaner.line++;
	}
	*line_out = cleaner.line;
	return cleaner.wrong != NULL ? cleaner.wrong
				     : judge_end(&cleaner, line_out);
}
