/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays of md. Whoever waits for a change of /proc/mdstat hears of a failed member, of one that comes or
 * goes, and of the beginning and end of a recovery; what it is about is read from /sys.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "level.h"
#include "md_read.h"
#include "sysfs.h"
#include "uevent.h"

#define ARRAYS_MAX 64
#define MDSTAT "/proc/mdstat"
/* A failure is several changes one after the other. */
#define SPACING_US 50000
/* What an operator writes into /sys need not be a change to mdstat. */
#define AGAIN_US 10000000

static struct {
	struct told arrays;
	struct loop_timer *soon, *again;
	uint64_t looked_us;
	int mdstat; /* -1: md is not loaded */
	bool armed, complete;
} md = {.mdstat = -1};

static void keep_running(struct frame_md *array)
{
	struct frame key = {.type = FRAME_MD};
	struct told_entry *e;

	memcpy(key.md.array, array->array, sizeof(key.md.array));
	e = told_find(&md.arrays, &key);
	if (e && md_both_run(array->state, told_frame(e)->md.state))
		memcpy(array->state, told_frame(e)->md.state, sizeof(array->state));
}

static void take(void *data, const char *name)
{
	struct helper *h = data;
	struct frame f = {.type = FRAME_MD};
	bool all_members;

	if (!md_read("", name, &f.md, &all_members))
		return;
	keep_running(&f.md);
	if (!all_members)
		helper_degrade(h, "md", "degraded", "%s has more than %d members: not all are told", name,
			       FRAME_MEMBERS_MAX);
	if (!level_tell(h, &md.arrays, &f)) {
		helper_degrade(h, "md", "degraded", "more than %d arrays: not all are told", ARRAYS_MAX);
		md.complete = false;
	}
}

static void look(void *data)
{
	struct helper *h = data;

	md.armed = false;
	md.looked_us = now_us();
	md.arrays.dump++;
	md.complete = true;
	if (sysfs_list("/sys/block", take, h))
		md.complete = false;
	else
		level_forget_unseen(h, &md.arrays);
}

static void look_soon(void)
{
	uint64_t now = now_us(), next = md.looked_us + SPACING_US;

	if (md.armed)
		return;
	md.armed = true;
	loop_arm_timer(md.soon, next > now ? next - now : 0, 0);
}

/* It counts as changed until it is read from its beginning (drivers/md/md.c, md_seq_show()). */
static bool read_mdstat(void)
{
	char text[4096];
	ssize_t n = -1;

	if (!lseek(md.mdstat, 0, SEEK_SET))
		while ((n = read(md.mdstat, text, sizeof(text))) > 0)
			continue;
	return n == 0;
}

static void close_mdstat(struct helper *h)
{
	if (md.mdstat < 0)
		return;
	loop_remove_fd(helper_loop(h), md.mdstat);
	close(md.mdstat);
	md.mdstat = -1;
}

static void on_mdstat(void *data, uint32_t epoll_events)
{
	(void)epoll_events;
	if (!read_mdstat())
		close_mdstat(data);
	look_soon();
}

/* -ENOENT: md is not loaded; the first array brings it. */
static int open_mdstat(struct helper *h)
{
	int r = 0;

	md.mdstat = open(MDSTAT, O_RDONLY | O_CLOEXEC);
	if (md.mdstat < 0)
		return -errno;
	read_mdstat();
	r = loop_add_fd(helper_loop(h), md.mdstat, EPOLLPRI, on_mdstat, h);
	if (r) {
		close(md.mdstat);
		md.mdstat = -1;
	}
	return r;
}

static void need_mdstat(struct helper *h)
{
	int r = 0;

	/* Unloaded and loaded again, it has another file. */
	if (md.mdstat >= 0 && !read_mdstat())
		close_mdstat(h);
	if (md.mdstat < 0)
		r = open_mdstat(h);
	if (r && r != -ENOENT)
		helper_degrade(h, "md", "degraded", MDSTAT ": %s; looked at each %d s", strerror(-r),
			       AGAIN_US / 1000000);
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	if (strcmp(e->subsystem, "block") || strncmp(strrchr(e->devpath, '/') + 1, "md", 2))
		return;
	need_mdstat(h);
	look_soon();
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "md", 0, "the socket of uevents was full");
	need_mdstat(h);
	look(h);
	source_md.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

static void snapshot(struct helper *h)
{
	level_mark(h, "md", false, false);
	level_tell_all(h, &md.arrays);
	level_mark(h, "md", true, md.complete);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	close_mdstat(h);
	loop_remove_timer(helper_loop(h), md.soon);
	loop_remove_timer(helper_loop(h), md.again);
	told_free(&md.arrays);
	memset(&md, 0, sizeof(md));
	md.mdstat = -1;
}

static int start(struct helper *h)
{
	int r;

	told_init(&md.arrays, FRAME_MD, ARRAYS_MAX);
	md.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	md.again = loop_add_timer(helper_loop(h), AGAIN_US, AGAIN_US, look, h);
	if (!md.soon || !md.again) {
		stop(h);
		return -ENOMEM;
	}
	r = uevent_subscribe(h, &subscriber);
	if (r)
		helper_degrade(h, "md", "degraded", "no uevents: %s; looked at each %d s", strerror(-r),
			       AGAIN_US / 1000000);
	need_mdstat(h);
	look(h);
	return 0;
}

const struct source source_md = {
    .name = "md",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
