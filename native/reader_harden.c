/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader stays root's user, for it opens devices that are root's (0600), but with two capabilities. What
 * of the host it could still change as the owner of files, Landlock takes away. The list of system calls
 * names what is refused, not what is allowed: the tools are other people's programs, of any version.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "caps.h"
#include "log.h"
#include "reader.h"

#define CHILD_MEMORY_BYTES (512ULL << 20)
#define CHILD_CPU_S 30
#define CHILD_FILES 64
#define CHILD_NICE 10

static uint64_t caps_of_table(void)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < reader_tool_count; i++)
		caps |= reader_tools[i].caps;
	return caps;
}

/* iopl and ioperm would be a way to the hardware past the kernel for whoever has CAP_SYS_RAWIO. */
static const int refused[] = {
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(syslog),
};

static int refuse_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < sizeof(refused) / sizeof(refused[0]); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	/* No network: our own socket is the only kind that is needed. */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_NE, AF_UNIX));
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
	/* Its flags lie in memory, where no filter sees them; libraries then use clone. */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!r)
		r = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return r;
}

/* Since Linux 5.13. The system calls have no wrappers. */
static int forbid_writing(void)
{
	struct landlock_ruleset_attr all = {
	    .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
	struct landlock_path_beneath_attr devices = {.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	int r = 0;

	if (rules < 0)
		return -errno;
	devices.parent_fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (devices.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &devices, 0) ||
	    syscall(SYS_landlock_restrict_self, rules, 0))
		r = -errno;
	if (devices.parent_fd >= 0)
		close(devices.parent_fd);
	close(rules);
	return r;
}

int reader_harden(void)
{
	struct rlimit none = {0, 0};
	const char *step = "bounding set";
	int r = geteuid() == 0 ? caps_bound(caps_of_table()) : 0;

	if (!r) {
		step = "capabilities";
		r = caps_keep_only(caps_of_table());
	}
	if (!r) {
		step = "no_new_privs";
		r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
	}
	if (!r) {
		step = "core dumps";
		r = setrlimit(RLIMIT_CORE, &none) ? -errno : 0;
	}
	if (!r) {
		int landlock = forbid_writing();

		if (landlock)
			log_info("no Landlock: %s; tools run as the owner of root's files",
				 strerror(-landlock));
		step = "the system call list";
		r = refuse_calls();
	}
	if (r)
		log_error("cannot give up privilege, at %s: %s", step, strerror(-r));
	return r;
}

static void limit(int what, rlim_t most)
{
	struct rlimit at = {most, most};

	setrlimit((__rlimit_resource_t)what, &at);
}

/* Not RLIMIT_NPROC: of root's user it counts all of the host's. */
int reader_harden_child(uint64_t caps)
{
	limit(RLIMIT_CPU, CHILD_CPU_S);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, CHILD_FILES);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory is terabytes of address space */
	limit(RLIMIT_AS, CHILD_MEMORY_BYTES);
#endif
	setpriority(PRIO_PROCESS, 0, CHILD_NICE);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
	return caps_keep_only(caps);
}
