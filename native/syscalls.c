/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <sys/ioctl.h>
#include "syscalls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name) SCMP_SYS(name)

#ifdef __SANITIZE_ADDRESS__
#define REFUSE SCMP_ACT_KILL_PROCESS
#else
#define REFUSE SCMP_ACT_ERRNO(EPERM)
#endif

static const int whole[] = {
    /* The loop: wait, timers, the clock where the vDSO has none. */
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(epoll_ctl),
    CALL(poll),
    CALL(ppoll),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    CALL(clock_gettime),
    CALL(gettimeofday),
    CALL(restart_syscall),
    /* Bytes in and out: clients, netlink, echoes, BPF iterators, the log. */
    CALL(read),
    CALL(write),
    CALL(writev),
    CALL(readv),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(recvmmsg),
    CALL(sendto),
    CALL(sendmsg),
    CALL(sendmmsg),
    CALL(close),
    CALL(shutdown),
    CALL(lseek),
    /* /sys: files that are read again and again, folders, and where its links lead. */
    CALL(pread64),
    CALL(getdents64),
    CALL(readlinkat),
    /* Clients come; leg probes and BFD sessions open and bind sockets, again when a device comes
     * back. */
    CALL(accept4),
    CALL(bind),
    CALL(setsockopt),
    CALL(getsockopt),
    CALL(getsockname),
    CALL(socketpair),
    CALL(fcntl),
    /* malloc, and the thread that asks netlink. No new executable memory: see below. */
    CALL(brk),
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(futex),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(rt_sigprocmask),
    CALL(rt_sigaction),
    CALL(rt_sigreturn),
    CALL(gettid),
    CALL(getpid),
    CALL(sched_yield),
    CALL(getrandom),
    CALL(sched_getaffinity),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    /* The heartbeat's own CPU time; stdio looking at stdout. */
    CALL(getrusage),
    CALL(newfstatat),
    CALL(fstat),
    /* The end, and the way a failed assertion of libc takes there. */
    CALL(exit),
    CALL(exit_group),
    CALL(tgkill),
};

#ifdef __SANITIZE_ADDRESS__
/* What the sanitizers do at run time and for the leak check at exit, which traces the process. */
static const int sanitizer[] = {
    CALL(openat),    CALL(open),	CALL(readlink),
    CALL(prctl),     CALL(sigaltstack), CALL(ptrace),
    CALL(wait4),     CALL(getdents),	CALL(process_vm_readv),
    CALL(clone),     CALL(arch_prctl),	CALL(mprotect),
    CALL(mmap),	     CALL(getppid),	CALL(dup),
    CALL(uname),     CALL(ioctl),	CALL(stat),
    CALL(kill),	     CALL(getuid),	CALL(geteuid),
    CALL(prlimit64), CALL(socket),	CALL(rt_sigtimedwait),
    CALL(setrlimit), CALL(getrlimit),	CALL(pipe),
    CALL(pipe2),     CALL(dup2),
};
#endif

/* What is loaded may be used, attached and run; nothing new can be loaded. */
static const int bpf_commands[] = {
    BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM,	  BPF_MAP_DELETE_ELEM,	BPF_MAP_GET_NEXT_KEY,
    BPF_PROG_TEST_RUN,	 BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_CREATE,	BPF_LINK_DETACH,
    BPF_ITER_CREATE,	 BPF_OBJ_GET_INFO_BY_FD,  BPF_MAP_LOOKUP_BATCH, BPF_MAP_DELETE_BATCH,
};

static int allow_list(scmp_filter_ctx ctx, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);

		if (r)
			return r;
	}
	return 0;
}

static int allow_sockets(scmp_filter_ctx ctx)
{
	static const int kinds[][2] = {{AF_NETLINK, SOCK_RAW},
				       {AF_INET, SOCK_RAW},
				       {AF_INET6, SOCK_RAW},
				       {AF_INET, SOCK_DGRAM},
				       {AF_INET6, SOCK_DGRAM}};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
					 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)kinds[i][0]),
					 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)kinds[i][1]));

		if (r)
			return r;
	}
	/* Leg probes by ARP and ND: of no type, until one is bound to a device with its filter in place. */
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3, SCMP_A0(SCMP_CMP_EQ, AF_PACKET),
				SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW), SCMP_A2(SCMP_CMP_EQ, 0));
}

static int allow_with_arguments(scmp_filter_ctx ctx)
{
	int r = allow_sockets(ctx);

	for (size_t i = 0; !r && i < COUNT(bpf_commands); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)bpf_commands[i]));
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/*
	 * Threads. The flags of clone3 lie where a filter cannot look, so it could make a process, too;
	 * which, without execve, could do no more than we can. Before 5.3 glibc falls back to clone.
	 */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone3), 0);
	/* Files of /proc and /sys are read again and again; for reading only, and of what everybody may read.
	 */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ,
					     (uint32_t) ~(O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_DIRECTORY),
					     O_RDONLY));
	if (!r)
		r = seccomp_rule_add(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
	/* isatty() of stdio. */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, TCGETS));
	return r;
}

int syscalls_restrict(void)
{
	scmp_filter_ctx ctx = seccomp_init(REFUSE);
	int r;

	if (!ctx)
		return -ENOMEM;
	r = allow_list(ctx, whole, COUNT(whole));
	if (!r)
		r = allow_with_arguments(ctx);
#ifdef __SANITIZE_ADDRESS__
	if (!r)
		r = allow_list(ctx, sanitizer, COUNT(sanitizer));
#endif
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A binary tree instead of a list: system calls are on the alarm path. */
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!r)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}
