/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "bpf.h"
#include "dm_child.h"
#include "privilege.h"

#define LOADED "/sys/class/misc/device-mapper"
#define CONTROL "/dev/mapper/control"

/* Descriptors of the child. */
enum { CONTROL_FD, SOCKET_FD, FIRST_UNUSED_FD };

static int allow(scmp_filter_ctx ctx, int call, int fd)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd));
}

static int restrict_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!ctx)
		return -ENOMEM;
	r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 2, SCMP_A0(SCMP_CMP_EQ, CONTROL_FD),
			     SCMP_A1(SCMP_CMP_EQ, DM_TABLE_STATUS));
	if (!r)
		r = allow(ctx, SCMP_SYS(read), SOCKET_FD);
	if (!r)
		r = allow(ctx, SCMP_SYS(write), SOCKET_FD);
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0);
	if (!r)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

static void answer(const struct dm_request *q)
{
	static struct dm_answer a;

	memset(&a, 0, sizeof(a));
	a.of = *q;
	/* Never DM_STATUS_TABLE_FLAG: the table of an encrypted device has its key. */
	a.head = (struct dm_ioctl){.version = {DM_VERSION_MAJOR, 0, 0},
				   .data_size = sizeof(a.bytes),
				   .data_start = sizeof(a.head),
				   .flags = DM_NOFLUSH_FLAG,
				   .dev = makedev(q->major, q->minor)};
	if (ioctl(CONTROL_FD, DM_TABLE_STATUS, &a.head))
		a.error = errno;
	if (write(SOCKET_FD, &a, sizeof(a)) != sizeof(a))
		_exit(1);
}

static _Noreturn void serve(int control, int socket, const struct helper_options *o)
{
	struct dm_request q;

	bpf_forget_kernel(); /* 5 MB, which it would keep for as long as it lives */
	prctl(PR_SET_NAME, "pathwarden-dm", 0, 0, 0);
	/* Above both places first, so that neither overwrites the other. */
	control = fcntl(control, F_DUPFD, FIRST_UNUSED_FD);
	socket = fcntl(socket, F_DUPFD, FIRST_UNUSED_FD);
	if (dup2(control, CONTROL_FD) < 0 || dup2(socket, SOCKET_FD) < 0 ||
	    close_range(FIRST_UNUSED_FD, ~0U, 0) || privilege_reduce(o, 1ULL << CAP_SYS_ADMIN) ||
	    restrict_calls())
		_exit(1);
	while (read(SOCKET_FD, &q, sizeof(q)) == sizeof(q))
		answer(&q);
	_exit(0);
}

static int start_with(int control, const struct helper_options *o)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	/* It is never waited for: nobody but us is told when it ends, by the socket. */
	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0)
		serve(control, pair[1], o);
	close(pair[1]);
	if (pid > 0 && !fcntl(pair[0], F_SETFL, O_NONBLOCK))
		return pair[0];
	close(pair[0]);
	return -errno;
}

int dm_child_start(const struct helper_options *o)
{
	int control, fd;

	if (access(LOADED, F_OK))
		return -ENOENT;
	control = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	fd = start_with(control, o);
	close(control);
	return fd;
}
