/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a tool: a child of its own, whose output is bounded and which its deadline ends. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "reader.h"

static char *const environment[] = {"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

/* Nothing else, not even what whoever started us has left open. */
static int take_descriptors(int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		return -errno;
	/* Since Linux 5.9; ours close with the exec anyway. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	return 0;
}

static void restore_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

static _Noreturn void be_child(const struct reader_run *run, int out, int err)
{
	const char *argv[READER_ARGS_MAX + 2];
	char device[READER_PATH_MAX];
	bool execs = run->tool->program && !run->peek;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	restore_signals();
	if (take_descriptors(out, err) || reader_harden_child(execs ? run->tool->caps : 0))
		_exit(126);
	if (run->peek)
		_exit(run->tool->peek(STDOUT_FILENO, run->root, run->subject));
	if (!execs)
		_exit(run->tool->read(STDOUT_FILENO, run->root, run->subject));
	if (!reader_argv(run->tool, run->program, run->subject, argv, device))
		execve(run->program, (char *const *)argv, environment);
	_exit(127);
}

/* What a program starts ends with it, also out of its group: a process namespace ends with its first. */
static pid_t start(const struct reader_run *run, int out, int err)
{
	bool execs = run->tool->program && !run->peek;
	pid_t pid = execs ? (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0) : -1;

	if (pid < 0) /* it is our own code; or we may not make one */
		pid = fork();
	if (pid == 0)
		be_child(run, out, err);
	return pid < 0 ? -errno : pid;
}

void reader_child_kill(struct reader_child *c)
{
	c->killed = true;
	kill(-c->pid, SIGKILL);
	/* Of a namespace's first process its death is that of all. */
	kill(c->pid, SIGKILL);
}

static void close_pipe(struct reader_child *c, int *fd)
{
	if (*fd < 0)
		return;
	loop_remove_fd(c->loop, *fd);
	close(*fd);
	*fd = -1;
}

/* What follows a full output is not waited for. */
static ssize_t read_output(struct reader_child *c)
{
	char beyond;
	size_t room = READER_OUTPUT_MAX - c->used;
	ssize_t n = read(c->out, room ? c->output + c->used : &beyond, room ? room : 1);

	if (n > 0 && room) {
		c->used += (size_t)n;
	} else if (n > 0) {
		c->truncated = true;
		reader_child_kill(c);
		close_pipe(c, &c->out);
	}
	return n;
}

static ssize_t read_complaint(struct reader_child *c)
{
	char text[1024];
	ssize_t n = read(c->err, text, sizeof(text));

	for (ssize_t i = 0; i < n && c->complaint_used < sizeof(c->complaint) - 1; i++)
		c->complaint[c->complaint_used++] = text[i];
	return n;
}

/* At its end, too: a pipe that has ended would wake the loop for ever. */
static void read_pipe(struct reader_child *c, int *fd, ssize_t (*take)(struct reader_child *c))
{
	/* A bounded part at a time: others are to be served, too. */
	for (int i = 0; i < 32 && *fd >= 0; i++) {
		ssize_t n = take(c);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			close_pipe(c, fd);
		if (n <= 0)
			return;
	}
}

static void output_came(void *data, uint32_t events)
{
	struct reader_child *c = data;

	(void)events;
	read_pipe(c, &c->out, read_output);
}

static void complaint_came(void *data, uint32_t events)
{
	struct reader_child *c = data;

	(void)events;
	read_pipe(c, &c->err, read_complaint);
}

void reader_child_drain(struct reader_child *c)
{
	for (size_t before = c->used + 1; c->out >= 0 && before != c->used;) {
		before = c->used;
		read_pipe(c, &c->out, read_output);
	}
	read_pipe(c, &c->err, read_complaint);
}

/* Both pipes, the ends to be read not blocking and watched. */
static int open_pipes(struct reader_child *c, int out[2], int err[2])
{
	int r = pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || fcntl(out[0], F_SETFL, O_NONBLOCK) ||
			fcntl(err[0], F_SETFL, O_NONBLOCK)
		    ? -errno
		    : 0;

	if (!r)
		r = loop_add_fd(c->loop, out[0], EPOLLIN, output_came, c);
	if (!r) {
		c->out = out[0];
		r = loop_add_fd(c->loop, err[0], EPOLLIN, complaint_came, c);
	}
	if (!r)
		c->err = err[0];
	return r;
}

static void close_all(const int fds[2], int but)
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0 && fds[i] != but)
			close(fds[i]);
}

int reader_child_start(struct reader_child *c, const struct reader_run *run, struct loop *loop)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, r;

	*c = (struct reader_child){
	    .loop = loop, .out = -1, .err = -1, .started_us = now_us(), .peeks = run->peek};
	c->deadline_us = c->started_us + run->tool->deadline_ms * 1000ULL;
	c->output = malloc(READER_OUTPUT_MAX);
	if (!c->output)
		return -ENOMEM;
	r = open_pipes(c, out, err);
	if (!r)
		r = start(run, out[1], err[1]);
	close_all(out, c->out);
	close_all(err, c->err);
	if (r < 0) {
		reader_child_close(c);
		return r;
	}
	c->pid = r;
	/* Both sides, as either may come first; it fails once the child has gone on to its exec. */
	setpgid(c->pid, c->pid);
	return 0;
}

void reader_child_close(struct reader_child *c)
{
	close_pipe(c, &c->out);
	close_pipe(c, &c->err);
	free(c->output);
	c->output = NULL;
	c->used = 0;
}
