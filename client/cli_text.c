/* SPDX-License-Identifier: MIT */
/* Text for people to read: see cli_text.h. */
#include "cli_text.h"

#include <langinfo.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

void text_begin(void)
{
	(void)setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Next character of the text, and its length. What is none is a byte. */
static size_t next_char(const char *text, wchar_t *c)
{
	mbstate_t state = {0};
	size_t len = mbrtowc(c, text, strlen(text), &state);

	if (len != (size_t)-1 && len != (size_t)-2)
		return len;
	*c = L'\0';
	return 1;
}

/* Those that a terminal shows as nothing, or that turn the order of others
 * around: two keys that differ must not look alike. */
static bool is_odd(wchar_t c)
{
	static const struct {
		wchar_t first, last;
	} odd[] = {{0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x115F, 0x1160},
	    {0x180B, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},
	    {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
	    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xE0000, 0xE0FFF}};

	if (c == L'\0' || iswprint((wint_t)c) == 0 || wcwidth(c) < 0)
		return true;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (c >= odd[i].first && c <= odd[i].last)
			return true;
	}
	return false;
}

/* The character as it is to be shown: its length in to. */
static size_t escape_char(char to[16], const char *at, size_t len, wchar_t c)
{
	if (c == L'\\')
		return (size_t)snprintf(to, 16, "\\\\");
	if (!is_odd(c))
		return (size_t)snprintf(to, 16, "%.*s", (int)len, at);
	if (c == L'\0')
		return (size_t)snprintf(
		    to, 16, "\\x%02x", (unsigned)(unsigned char)*at);
	return (size_t)snprintf(to, 16,
	    (unsigned long)c > 0xFFFF ? "\\U%08lx" : "\\u%04lx",
	    (unsigned long)c);
}

const char *text_escape(char to[TEXT_ESCAPED_BYTES], const char *text)
{
	size_t n = 0;

	while (*text != '\0') {
		char shown[16];
		wchar_t c;
		size_t len = next_char(text, &c);
		size_t more = escape_char(shown, text, len, c);

		/* No key and no name is so long that this cuts it. */
		if (n + more >= TEXT_ESCAPED_BYTES)
			break;
		memcpy(to + n, shown, more);
		n += more;
		text += len;
	}
	to[n] = '\0';
	return to;
}

size_t text_fit(const char *text, size_t columns, size_t *taken)
{
	const char *at = text;

	*taken = 0;
	while (*at != '\0') {
		wchar_t c;
		size_t len = next_char(at, &c);
		int width = wcwidth(c);

		width = width < 0 ? 1 : width;
		if (*taken + (size_t)width > columns)
			break;
		*taken += (size_t)width;
		at += len;
	}
	return (size_t)(at - text);
}

size_t text_width(const char *text)
{
	size_t taken;

	(void)text_fit(text, SIZE_MAX, &taken);
	return taken;
}

const char *text_span(char to[TEXT_SPAN_BYTES], int64_t ms)
{
	long long s = ms / 1000;

	if (s < 60)
		(void)snprintf(to, TEXT_SPAN_BYTES, "%lld.%llds", s,
		    (long long)ms % 1000 / 100);
	else if (s < 3600)
		(void)snprintf(
		    to, TEXT_SPAN_BYTES, "%lldm%02llds", s / 60, s % 60);
	else
		(void)snprintf(
		    to, TEXT_SPAN_BYTES, "%lldh%02lldm", s / 3600, s / 60 % 60);
	return to;
}

const char *text_user(char to[TEXT_USER_BYTES], int64_t uid)
{
	const struct passwd *user = getpwuid((uid_t)uid);

	if (user != NULL)
		(void)snprintf(to, TEXT_USER_BYTES, "%s", user->pw_name);
	else
		(void)snprintf(to, TEXT_USER_BYTES, "%lld", (long long)uid);
	return to;
}

void text_disarm(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at != '\0'; at++) {
		if (*at < 0x20 || *at == 0x7F)
			*at = '?';
		/* U+0080 to U+009F, in UTF-8 */
		if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] <= 0x9F)
			at[0] = at[1] = '?';
	}
}
