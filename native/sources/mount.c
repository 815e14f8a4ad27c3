/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File systems, and whether they can be written to. That one is mounted, or mounted otherwise, the kernel
 * tells to whoever waits for /proc/self/mountinfo; not that it has made one read-only itself, after an error:
 * so it is looked at each second whether the text is another one (and what mount_ext4.c says).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "level.h"
#include "mount_ext4.h"
#include "mount_read.h"
#include "mountinfo.h"

#define SECOND_US 1000000
/* On a host that starts containers it changes all the time. */
#define SPACING_US 200000
/* Of the time, at most one part in so many goes into it. */
#define SHARE 50

static struct {
	struct told mounts;
	struct mount_list list;
	struct loop_timer *second, *soon;
	uint64_t hash, next_us;
	int mountinfo;
	bool armed;
} mount = {.mountinfo = -1};

/* Before those that there are now: a file system that is mounted elsewhere leaves its place first. */
static void forget_missing(struct helper *h)
{
	for (size_t i = mount.mounts.count; i-- > 0;) {
		struct told_entry *e = mount.mounts.entries[i];
		size_t at = 0;

		while (at < mount.list.count &&
		       strcmp(mount.list.found[at].mount.point, told_frame(e)->mount.point))
			at++;
		if (at == mount.list.count)
			level_gone(h, &mount.mounts, e);
	}
}

static void look(void *data)
{
	struct helper *h = data;
	uint64_t began_us = now_us(), took_us;

	mount.armed = false;
	mount.hash = mountinfo_hash(mount.mountinfo);
	mount_read(mount.mountinfo, &mount.list);
	ext4_watch("", &mount.list);
	if (mount.list.complete)
		forget_missing(h);
	else
		helper_degrade(h, "mount", "degraded",
			       "unreadable, or more than %d file systems: not all are told", MOUNTS_MAX);
	for (size_t i = 0; i < mount.list.count; i++) {
		struct frame f = {.type = FRAME_MOUNT, .mount = mount.list.found[i].mount};

		level_tell(h, &mount.mounts, &f);
	}
	took_us = now_us() - began_us;
	mount.next_us = began_us + (SHARE * took_us > SPACING_US ? SHARE * took_us : SPACING_US);
}

static void each_second(void *data)
{
	if (mountinfo_hash(mount.mountinfo) != mount.hash || ext4_has_changed())
		look(data);
}

static void on_change(void *data, uint32_t epoll_events)
{
	uint64_t now = now_us();

	(void)data;
	(void)epoll_events;
	if (mount.armed)
		return;
	mount.armed = true;
	loop_arm_timer(mount.soon, mount.next_us > now ? mount.next_us - now : 0, 0);
}

static void snapshot(struct helper *h)
{
	level_mark(h, "mount", false, false);
	level_tell_all(h, &mount.mounts);
	level_mark(h, "mount", true, mount.list.complete);
}

static void stop(struct helper *h)
{
	if (mount.mountinfo >= 0) {
		loop_remove_fd(helper_loop(h), mount.mountinfo);
		close(mount.mountinfo);
	}
	ext4_stop();
	loop_remove_timer(helper_loop(h), mount.second);
	loop_remove_timer(helper_loop(h), mount.soon);
	told_free(&mount.mounts);
	memset(&mount, 0, sizeof(mount));
	mount.mountinfo = -1;
}

static int start(struct helper *h)
{
	int r;

	told_init(&mount.mounts, FRAME_MOUNT, MOUNTS_MAX);
	mount.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
	mount.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	r = mount.second && mount.soon ? 0 : -ENOMEM;
	if (!r) {
		mount.mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
		if (mount.mountinfo < 0)
			r = -errno;
	}
	if (!r)
		r = loop_add_fd(helper_loop(h), mount.mountinfo, EPOLLPRI, on_change, h);
	if (r)
		stop(h);
	else
		look(h);
	return r;
}

const struct source source_mount = {
    .name = "mount",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
