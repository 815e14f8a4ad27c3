/* SPDX-License-Identifier: Apache-2.0 */
/* Events for the drill's owner: one JSON object a line on stdout. Never waits long, never fails the drill. */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Four lists of LINES_MAX sentences, every byte of which might need six, do not fit: text is cut short then.
 */
static struct {
	char buf[65536];
	size_t used;
} event;

uint64_t guard_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void lines_add(struct lines *l, const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (uint32_t i = 0; i < l->count; i++)
		if (!strcmp(l->text[i], text))
			return;
	if (l->count == LINES_MAX)
		l->more++;
	else
		memcpy(l->text[l->count++], text, sizeof(text));
}

/* Keeps 64 bytes for the brackets that are still to come. */
static void put(const char *text, size_t size)
{
	if (size > sizeof(event.buf) - 64 - event.used)
		return;
	memcpy(event.buf + event.used, text, size);
	event.used += size;
}

static void put_string(const char *text)
{
	put("\"", 1);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		char escaped[8];

		/* Interface names may hold any byte: what is not ASCII is written as Latin-1, so the line
		 * stays UTF-8. */
		if (*p < 0x20 || *p >= 0x7f || *p == '"' || *p == '\\')
			put(escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", *p));
		else
			put((const char *)p, 1);
	}
	put("\"", 1);
}

static void put_name(const char *name)
{
	put(",", 1);
	put_string(name);
	put(":", 1);
}

void out_begin(const char *name)
{
	event.used = 0;
	put("{\"event\":", 9);
	put_string(name);
}

void out_uint(const char *name, uint64_t value)
{
	char text[24];

	put_name(name);
	put(text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)value));
}

void out_bool(const char *name, bool value)
{
	put_name(name);
	put(value ? "true" : "false", value ? 4 : 5);
}

void out_text(const char *name, const char *value)
{
	put_name(name);
	put_string(value);
}

void out_null(const char *name)
{
	put_name(name);
	put("null", 4);
}

void out_lines(const char *name, const struct lines *l)
{
	char more[48];

	put_name(name);
	put("[", 1);
	for (uint32_t i = 0; i < l->count && event.used < sizeof(event.buf) - 8 * LINE_BYTES; i++) {
		if (i)
			put(",", 1);
		put_string(l->text[i]);
	}
	if (l->more) {
		snprintf(more, sizeof(more), "and %u more", l->more);
		put(",", 1);
		put_string(more);
	}
	put("]", 1);
}

void out_hits(uint64_t in, uint64_t outbound)
{
	char text[64];

	put_name("hits");
	put(text, (size_t)snprintf(text, sizeof(text), "{\"in\":%llu,\"out\":%llu}", (unsigned long long)in,
				   (unsigned long long)outbound));
}

void out_end(unsigned int wait_ms)
{
	uint64_t until = guard_now_us() + wait_ms * 1000ull;
	const char *p = event.buf;
	size_t left;

	event.buf[event.used++] = '}';
	event.buf[event.used++] = '\n';
	left = event.used;
	while (left) {
		struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
		uint64_t now = guard_now_us();
		ssize_t n;

		/* A pipe that polls writable takes 4096 bytes without blocking. */
		if (poll(&fd, 1, now < until ? (int)((until - now + 999) / 1000) : 0) <= 0) {
			if (guard_now_us() < until)
				continue;
			return;
		}
		n = write(STDOUT_FILENO, p, left < 4096 ? left : 4096);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
}

void out_reason(const char *name, const char *fmt, ...)
{
	char reason[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	out_begin(name);
	out_text("reason", reason);
	out_end(200);
}
