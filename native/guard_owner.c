/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can end a drill early: a line on stdin, its end, a signal, the death of the parent. */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int owner_open(struct owner *o, char *why, size_t why_size)
{
	static const int ignored[] = {SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2,   SIGTSTP, SIGTTIN,
				      SIGTTOU, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO};
	pid_t parent = getppid();
	sigset_t set;

	*o = (struct owner){.signal_fd = -1, .parent_fd = -1, .stdin_open = true};
	why[0] = '\0';
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	o->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (o->signal_fd < 0)
		return -errno;
	/* 0: the parent is in another PID namespace. */
	if (parent > 0)
		o->parent_fd = (int)syscall(SYS_pidfd_open, parent, 0);
	/* Between the two calls it may have died, and its number may be somebody else's by now. */
	if (getppid() != parent)
		return -ESRCH;
	if (o->parent_fd < 0)
		snprintf(why, why_size,
			 "the parent cannot be watched: only the end of stdin tells of its death");
	return 0;
}

static enum owner_word take_line(struct owner *o, char *line)
{
	size_t n = strlen(line);

	if (n && line[n - 1] == '\r')
		line[n - 1] = '\0';
	if (!strcmp(line, "cut"))
		return OWNER_CUT;
	if (!strcmp(line, "heal"))
		return OWNER_HEAL;
	if (*line || o->overlong)
		out_reason("warning", "unknown command; there are: cut, heal");
	return OWNER_TIMEOUT;
}

/* One line of what is there, if it is a word. */
static enum owner_word next_line(struct owner *o)
{
	char *end;

	while ((end = memchr(o->line, '\n', o->used))) {
		size_t rest = o->used - (size_t)(end + 1 - o->line);
		char line[sizeof(o->line)];
		enum owner_word word;

		*end = '\0';
		memcpy(line, o->line, (size_t)(end + 1 - o->line));
		memmove(o->line, end + 1, rest);
		o->used = rest;
		if (o->overlong)
			line[0] = '\0';
		word = take_line(o, line);
		o->overlong = false;
		if (word != OWNER_TIMEOUT)
			return word;
	}
	if (o->used == sizeof(o->line)) {
		o->overlong = true;
		o->used = 0;
	}
	return OWNER_TIMEOUT;
}

static enum owner_word read_stdin(struct owner *o)
{
	ssize_t n = read(STDIN_FILENO, o->line + o->used, sizeof(o->line) - o->used);

	if (n > 0) {
		o->used += (size_t)n;
		return next_line(o);
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return OWNER_TIMEOUT;
	o->stdin_open = false;
	return OWNER_DIED;
}

enum owner_word owner_wait(struct owner *o, uint64_t until_us, int extra_fd)
{
	/* A line that came together with the one before it. */
	enum owner_word word = next_line(o);

	while (word == OWNER_TIMEOUT) {
		struct pollfd fds[] = {
		    {.fd = o->stdin_open ? STDIN_FILENO : -1, .events = POLLIN},
		    {.fd = o->signal_fd, .events = POLLIN},
		    {.fd = o->parent_fd, .events = POLLIN},
		    {.fd = extra_fd, .events = POLLIN},
		};
		uint64_t now = guard_now_us(), left = until_us > now ? until_us - now : 0;
		struct timespec wait = {(time_t)(left / 1000000), (long)(left % 1000000) * 1000};

		if (ppoll(fds, 4, until_us ? &wait : NULL, NULL) < 0 && errno != EINTR)
			return OWNER_SIGNAL; /* cannot wait: undo */
		if (fds[1].revents)
			return OWNER_SIGNAL;
		if (fds[2].revents)
			return OWNER_DIED;
		if (fds[0].revents)
			word = read_stdin(o);
		else if (fds[3].revents)
			return OWNER_EXTRA;
		else if (until_us && guard_now_us() >= until_us)
			return OWNER_TIMEOUT;
	}
	return word;
}
