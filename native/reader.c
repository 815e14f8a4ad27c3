/* SPDX-License-Identifier: Apache-2.0 */
/* pathwarden-reader, in this order: options, socket, fewer privileges, tools and subjects; until a signal. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "log.h"
#include "options.h"
#include "reader.h"

static int signals = -1;

static void signalled(void *data, uint32_t events)
{
	struct reader *r = data;
	struct signalfd_siginfo one;
	bool children = false;

	(void)events;
	while (read(signals, &one, sizeof(one)) == sizeof(one)) {
		if (one.ssi_signo == SIGCHLD)
			children = true;
		else
			loop_stop(r->loop);
	}
	if (children)
		reader_jobs_reap(r);
}

/* SIGTERM and SIGINT end the loop; SIGPIPE and SIGHUP are nothing to us. */
static int take_signals(struct reader *r)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored by who started us, children would not be told */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0)
		return -errno;
	return loop_add_fd(r->loop, signals, EPOLLIN, signalled, r);
}

static int read_boot_id(char boot_id[37])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, boot_id, 36);
	close(fd);
	boot_id[36] = '\0';
	return n == 36 ? 0 : -EIO;
}

static int prepare(struct reader *r)
{
	int error = read_boot_id(r->who.boot_id);

	if (error)
		return error;
	json_object_seed(0); /* before the list of system calls */
	r->who.epoch = now_us();
	/* What a tool leaves behind becomes our child, and is reaped. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	r->loop = loop_new();
	return r->loop ? take_signals(r) : -ENOMEM;
}

static int serve(struct reader *r)
{
	int error = reader_wire_start(r);

	if (error)
		return error == -EADDRINUSE ? EXIT_ALREADY_RUNNING : EXIT_SOCKET;
	if (reader_harden())
		return EXIT_PRIVILEGE;
	error = reader_jobs_start(r);
	if (!error)
		error = loop_run(r->loop);
	if (error)
		log_error("%s", strerror(-error));
	reader_jobs_stop(r);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct reader r;
	int error, status = reader_options_parse(argc, argv, &r.options);

	if (status != OPTIONS_RUN)
		return status;
	error = prepare(&r);
	if (error) {
		log_error("start: %s", strerror(-error));
		return EXIT_FAILURE;
	}
	status = serve(&r);
	if (r.wire)
		reader_wire_stop(&r);
	loop_free(r.loop);
	return status;
}
