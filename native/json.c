/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "json.h"

static void put(struct json *j, const char *bytes, size_t n)
{
	if (j->overflow || n > j->size - j->used) {
		j->overflow = true;
		return;
	}
	memcpy(j->buf + j->used, bytes, n);
	j->used += n;
}

void json_put_raw(struct json *j, const char *text)
{
	put(j, text, strlen(text));
}

void json_start(struct json *j, enum json_style style, char *buf, size_t size)
{
	*j = (struct json){.buf = buf, .size = size, .style = style, .first = true};
}

static void put_name(struct json *j, const char *name)
{
	if (!j->first)
		json_put_raw(j, j->style == JSON_WIRE ? "," : " ");
	j->first = false;
	if (!name)
		return;
	if (j->style == JSON_WIRE)
		put(j, "\"", 1);
	json_put_raw(j, name);
	json_put_raw(j, j->style == JSON_WIRE ? "\":" : "=");
}

void json_put_uint(struct json *j, const char *name, uint64_t value)
{
	char digits[24];

	put_name(j, name);
	put(j, digits, (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value));
}

void json_put_int(struct json *j, const char *name, int64_t value)
{
	char digits[24];

	put_name(j, name);
	put(j, digits, (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value));
}

void json_put_bool(struct json *j, const char *name, bool value)
{
	put_name(j, name);
	json_put_raw(j, j->style == JSON_WIRE ? (value ? "true" : "false") : (value ? "yes" : "no"));
}

void json_put_null(struct json *j, const char *name)
{
	if (j->style == JSON_TEXT)
		return;
	put_name(j, name);
	json_put_raw(j, "null");
}

void json_open(struct json *j, const char *name, char bracket)
{
	put_name(j, name);
	put(j, &bracket, 1);
	j->first = true;
}

void json_close(struct json *j, char bracket)
{
	put(j, &bracket, 1);
	j->first = false;
}

/* Length of the well-formed UTF-8 sequence at s (at most n bytes), 0 if it is none. Unicode 15, table 3-7. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > n)
		return 0;
	switch (s[0]) { /* overlong forms, surrogates, beyond U+10FFFF */
	case 0xe0:
		low = 0xa0;
		break;
	case 0xed:
		high = 0x9f;
		break;
	case 0xf0:
		low = 0x90;
		break;
	case 0xf4:
		high = 0x8f;
		break;
	}
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void json_put_text(struct json *j, const char *name, const char *value, size_t max)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t n = strnlen(value, max);
	bool quote = j->style == JSON_WIRE || n == 0 || memchr(value, ' ', n);

	put_name(j, name);
	if (quote)
		put(j, "\"", 1);
	while (n) {
		size_t length = utf8_length(s, n);
		char escape[8];

		if (length == 0 || (length == 3 && !memcmp(s, "\xef\xbf\xbd", 3))) {
			/* Escaped: the agent takes the character itself for bytes that were no UTF-8. */
			json_put_raw(j, j->style == JSON_WIRE ? "\\ufffd" : "\xef\xbf\xbd");
			length = length ? length : 1;
		} else if (*s < 0x20 || *s == 0x7f) {
			/* The form feed that ends a message is among them. */
			snprintf(escape, sizeof(escape), "\\u%04x", *s);
			json_put_raw(j, escape);
		} else if (*s == '"' || *s == '\\') {
			put(j, "\\", 1);
			put(j, (const char *)s, 1);
		} else {
			put(j, (const char *)s, length);
		}
		s += length;
		n -= length;
	}
	if (quote)
		put(j, "\"", 1);
}

int json_finish(struct json *j)
{
	if (j->overflow || j->used >= j->size)
		return -ENOSPC;
	j->buf[j->used] = '\0';
	return (int)j->used;
}
