/* SPDX-License-Identifier: Apache-2.0 */
/* The guard must outlive what it watches, and needs little: so it gives the rest away. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

void harden_start(bool realtime)
{
	static const struct sched_param lowest = {.sched_priority = 1};
	int fd;

	/* Standard descriptors that are closed would become the first files we open. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
	/* Own session: neither the terminal's hang-up nor its ^C reaches us by the group. Fails for a group
	 * leader. */
	setsid();
	if (chdir("/"))
		errno = 0;
	umask(077);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!realtime)
		return;
	/* Best effort, each. Lowering oom_score_adj needs CAP_SYS_RESOURCE. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "-1000", 5) < 0)
			errno = 0;
		close(fd);
	}
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest);
}

int harden_drop(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	/* What is mapped now stays in memory; later allocations must not count against RLIMIT_MEMLOCK. */
	mlockall(MCL_CURRENT);
	data[0].effective = data[0].permitted = 1u << CAP_NET_ADMIN;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}
