/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "log.h"

/* PIPE_BUF is 4096: a pipe that polls writable takes this much without blocking. */
#define LINE_MAX_BYTES 512

static unsigned long dropped;

static void write_line(const char *line, size_t size)
{
	struct pollfd stderr_poll = {.fd = STDERR_FILENO, .events = POLLOUT};

	/* O_NONBLOCK would change the descriptor for everybody who shares it: the shell's terminal, too. */
	if (poll(&stderr_poll, 1, 0) != 1 || !(stderr_poll.revents & POLLOUT) ||
	    write(STDERR_FILENO, line, size) < 0)
		dropped++;
}

void log_line(int level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;
	int head = 0, body;
	va_list args;

	/* A terminal wants no priorities. */
	if (!isatty(STDERR_FILENO))
		head = snprintf(line, sizeof(line), "<%d>", level);
	head += snprintf(line + head, sizeof(line) - (size_t)head, "%s: ", program_invocation_short_name);
	if (dropped) {
		unsigned long count = dropped;

		dropped = 0;
		log_line(4, "%lu log lines were dropped: stderr did not take them", count);
	}
	va_start(args, fmt);
	body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, args);
	va_end(args);
	if (body < 0)
		body = 0;
	if ((size_t)(head + body) > sizeof(line) - 2)
		body = (int)sizeof(line) - 2 - head;
	line[head + body] = '\n';
	write_line(line, (size_t)(head + body) + 1);
	errno = saved;
}
