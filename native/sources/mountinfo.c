/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "mountinfo.h"

/* A longer line is passed over: names and options have 4 KiB each at most. */
#define LINE_MAX_BYTES 16384
/* FNV-1a, 64 bits. */
#define HASH_BASIS 0xcbf29ce484222325
#define HASH_PRIME 0x100000001b3

void mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
		    at[3] >= '0' && at[3] <= '7') {
			*to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
}

bool mountinfo_parse(char *line, struct mountinfo *out)
{
	/* Before " - " there are six fields and optional ones; behind it, three. */
	char *rest = strstr(line, " - "), *fields[6];

	if (!rest)
		return false;
	*rest = '\0';
	rest += 3;
	out->filesystem = strsep(&rest, " ");
	out->source = strsep(&rest, " ");
	out->super_options = rest;
	for (size_t i = 0; i < 6; i++)
		fields[i] = strsep(&line, " ");
	if (!out->super_options || !fields[5])
		return false;
	out->root = fields[3];
	out->point = fields[4];
	out->options = fields[5];
	return sscanf(fields[2], "%u:%u", &out->major, &out->minor) == 2;
}

bool mountinfo_each(int fd, void (*fn)(void *data, char *line), void *data)
{
	static char buffer[LINE_MAX_BYTES];
	size_t filled = 0;
	bool skip = false; /* the rest of a line that was too long */
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return false;
	while ((n = read(fd, buffer + filled, sizeof(buffer) - filled)) > 0) {
		char *line = buffer, *end;

		filled += (size_t)n;
		while ((end = memchr(line, '\n', filled - (size_t)(line - buffer)))) {
			*end = '\0';
			if (!skip)
				fn(data, line);
			skip = false;
			line = end + 1;
		}
		filled -= (size_t)(line - buffer);
		memmove(buffer, line, filled);
		if (filled == sizeof(buffer)) {
			skip = true;
			filled = 0;
		}
	}
	return n == 0;
}

uint64_t mountinfo_hash(int fd)
{
	static char buffer[LINE_MAX_BYTES];
	uint64_t hash = HASH_BASIS;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return 0;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < n; i++)
			hash = (hash ^ (uint8_t)buffer[i]) * HASH_PRIME;
	return n == 0 ? hash : 0;
}
