/* SPDX-License-Identifier: MIT */
/*
 * Strings: checking them, and what they mean. See scan.h. Decoding relies on
 * the check.
 */
#include "scan_state.h"

/* Checking --------------------------------------------------------- */

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
	int number = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit((unsigned char)p[i]);

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

static bool is_high_surrogate(int unit)
{
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* At the u of an escape. */
static bool skip_unicode(struct scan *s)
{
	int unit = hex4(s->at + 1, s->end), low;

	if (unit < 0)
		return fail(s, "\\u needs four hexadecimal digits");
	if (is_low_surrogate(unit))
		return fail(s, "lone low surrogate");
	s->at += 5;
	if (!is_high_surrogate(unit))
		return true;
	low = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u'
		  ? hex4(s->at + 2, s->end)
		  : -1;
	if (!is_low_surrogate(low))
		return fail(s, "lone high surrogate");
	s->at += 6;
	return true;
}

/* At the byte behind a backslash. */
static bool skip_escape(struct scan *s)
{
	switch (peek(s)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		s->at++;
		return true;
	case 'u':
		return skip_unicode(s);
	default:
		return fail(s, "unknown escape");
	}
}

/* The length of the UTF-8 sequence at p, or 0 where it is not one. Overlong
 * forms, surrogates and what is above U+10FFFF are excluded by the range of
 * the second byte (Unicode, table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t len;

	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (left < len)
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	return len;
}

static bool skip_utf8(struct scan *s)
{
	size_t len =
	    utf8_length((const unsigned char *)s->at, (size_t)(s->end - s->at));

	if (len == 0)
		return fail(s, "invalid UTF-8");
	s->at += len;
	return true;
}

/* From the first byte on that is not plain. Not inline: what it needs of
 * registers would cost every string. */
__attribute__((noinline)) bool scan_skip_rest(struct scan *s, bool *is_plain)
{
	for (;;) {
		s->at = skip_plain(s->at, s->end);
		if (s->at == s->end)
			return fail(s, "string without end");
		if (*s->at == '"') {
			s->at++;
			return true;
		}
		if (*s->at == '\\') {
			*is_plain = false;
			s->at++;
			if (!skip_escape(s))
				return false;
		} else if ((unsigned char)*s->at < 0x20) {
			return fail(s, "control character in a string");
		} else if (!skip_utf8(s)) {
			return false;
		}
	}
}

/* Decoding --------------------------------------------------------- */

static size_t put_utf8(unsigned point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xC0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xE0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3F));
		out[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3F));
	out[2] = (char)(0x80 | (point >> 6 & 0x3F));
	out[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

/* At the u: reads one code point, a pair of surrogates as one. */
static const char *take_unicode(const char *at, unsigned *point)
{
	*point = (unsigned)hex4(at + 1, at + 5);
	at += 5;
	if (*point >= 0xD800 && *point <= 0xDBFF) {
		*point = 0x10000 + ((*point - 0xD800) << 10) +
			 ((unsigned)hex4(at + 2, at + 6) - 0xDC00);
		at += 6;
	}
	return at;
}

/* At the byte behind the backslash: puts what the escape stands for, and
 * returns what follows it. */
static const char *take_escape(const char *at, char out[4], size_t *n)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	unsigned point;

	if (*at != 'u') {
		out[0] = meanings[strchr(letters, *at) - letters];
		*n = 1;
		return at + 1;
	}
	at = take_unicode(at, &point);
	*n = put_utf8(point, out);
	return at;
}

long scan_text(const struct scan_value *string, char *text, size_t cap)
{
	const char *at = string->at + 1;
	const char *end = string->at + string->len - 1;
	size_t len = 0;

	while (at < end) {
		char bytes[4];
		size_t n = 1;

		if (*at == '\\')
			at = take_escape(at + 1, bytes, &n);
		else
			bytes[0] = *at++;
		if (n > cap - len)
			return -1;
		memcpy(text + len, bytes, n);
		len += n;
	}
	return (long)len;
}
