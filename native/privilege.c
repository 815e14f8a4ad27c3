/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "caps.h"
#include "log.h"
#include "privilege.h"
#include "syscalls.h"

/*
 * Above every SCHED_OTHER task, so that a host busy with its own failover does not delay the report of it;
 * below the kernel's threaded interrupts (50) and whatever an operator runs as real time on purpose.
 */
#define FIFO_PRIORITY 10

static void take_priority(void)
{
	/* RESET_ON_FORK would also reset the thread that asks netlink on our behalf. */
	struct sched_param param = {.sched_priority = FIFO_PRIORITY};

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		log_info("no SCHED_FIFO: %s; event times are right, their arrival may be late on a busy host",
			 strerror(errno));
}

/*
 * Only MCL_CURRENT: with MCL_FUTURE every later allocation is charged to RLIMIT_MEMLOCK once CAP_IPC_LOCK is
 * gone, and fails at the limit; and thread stacks would be faulted in whole. What is allocated by now is all
 * that an event needs on its way to the socket. What libbpf freed after loading goes back to the kernel
 * first.
 */
static void lock_memory(void)
{
	malloc_trim(0);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory is terabytes of address space */
	if (mlockall(MCL_CURRENT))
		log_info("memory not locked: %s", strerror(errno));
#endif
}

static int change_user(const struct helper_options *o)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setgroups(0, NULL) ||
	    setresgid(o->run_gid, o->run_gid, o->run_gid) || setresuid(o->run_uid, o->run_uid, o->run_uid) ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0))
		return -errno;
	return 0;
}

int privilege_reduce(const struct helper_options *o, uint64_t keep_caps)
{
	bool root = geteuid() == 0;
	const char *step = NULL;
	int r = 0;

	if (root) {
		step = "bounding set";
		r = caps_bound(0);
		if (!r) {
			step = "uid and gid";
			r = change_user(o);
		}
	}
#ifdef __SANITIZE_ADDRESS__
	/* The leak check at exit traces us, which a process that has changed its uid does not allow. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
	if (!r) {
		step = "capabilities";
		r = caps_keep_only(keep_caps);
	}
	if (!r) {
		step = "no_new_privs";
		r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
	}
	if (r)
		log_error("cannot give up privilege, at %s: %s", step, strerror(-r));
	return r;
}

int privilege_drop(const struct helper_options *o, uint64_t keep_caps)
{
	int r;

	take_priority();
	lock_memory();
	r = privilege_reduce(o, keep_caps);
	if (r)
		return r;
	r = syscalls_restrict();
	if (r)
		log_error("cannot give up privilege, at the system call list: %s", strerror(-r));
	return r;
}
