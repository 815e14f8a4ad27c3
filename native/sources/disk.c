/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices that storage is behind: read anew after each uevent about one, and now and then. */
#include <errno.h>
#include <string.h>
#include "disk.h"
#include "told.h"
#include "uevent.h"

/* What belongs together comes together: a disk, its partitions, the map above it. */
#define GATHER_US 20000
#define SPACING_US 200000
/* Holders and NBD's connections change without a message on some kernels. */
#define AGAIN_US 10000000

static struct {
	struct told disks;
	struct disk_list list;
	struct loop_timer *soon, *again;
	uint64_t looked_us;
	bool due;
} disk;

const struct disk_list *disk_list(void)
{
	return &disk.list;
}

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.disk.gone = gone;
	helper_emit(h, &f);
}

static bool take(struct helper *h, const struct frame_disk *d)
{
	struct frame f = {.type = FRAME_DISK, .disk = *d};
	struct told_entry *e;
	enum told_result r = told_put(&disk.disks, &f, &e);

	if (r == TOLD_NEW || r == TOLD_CHANGED)
		emit(h, &f, false);
	return r != TOLD_SAME;
}

static bool forget_unseen(struct helper *h)
{
	bool any = false;

	for (size_t i = disk.disks.count; i-- > 0;) {
		struct told_entry *e = disk.disks.entries[i];

		if (e->seen == disk.disks.dump)
			continue;
		emit(h, told_frame(e), true);
		told_remove(&disk.disks, e);
		any = true;
	}
	return any;
}

static void look(void *data)
{
	struct helper *h = data;
	bool changed = false;

	disk.due = false;
	disk.looked_us = now_us();
	disk.disks.dump++;
	disk_read("", &disk.list);
	for (size_t i = 0; i < disk.list.count; i++)
		changed |= take(h, &disk.list.disks[i]);
	if (disk.list.complete)
		changed |= forget_unseen(h);
	else
		helper_degrade(h, "disk", "degraded",
			       "/sys/block unreadable, or more than %d block devices: not all are told",
			       BLOCK_DISKS_MAX);
	if (changed) {
		session_disks_changed(h);
		block_disks_changed(h);
	}
}

static void look_soon(void)
{
	uint64_t now = now_us(), next = disk.looked_us + SPACING_US;

	if (disk.due)
		return;
	disk.due = true;
	loop_arm_timer(disk.soon, next > now + GATHER_US ? next - now : GATHER_US, 0);
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	const char *type = uevent_get(e, "DEVTYPE");

	(void)h;
	if (!strcmp(e->subsystem, "block") && type && !strcmp(type, "disk"))
		look_soon();
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "disk", 0, "the socket of uevents was full");
	look(h);
	source_disk.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "disk"}};

	helper_emit(h, &f);
	for (size_t i = 0; i < disk.disks.count; i++)
		emit(h, told_frame(disk.disks.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = disk.list.complete;
	helper_emit(h, &f);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	loop_remove_timer(helper_loop(h), disk.soon);
	loop_remove_timer(helper_loop(h), disk.again);
	told_free(&disk.disks);
	memset(&disk, 0, sizeof(disk));
}

static int start(struct helper *h)
{
	int r;

	told_init(&disk.disks, FRAME_DISK, BLOCK_DISKS_MAX);
	disk.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	disk.again = loop_add_timer(helper_loop(h), AGAIN_US, AGAIN_US, look, h);
	if (!disk.soon || !disk.again) {
		stop(h);
		return -ENOMEM;
	}
	r = uevent_subscribe(h, &subscriber);
	if (r)
		helper_degrade(h, "disk", "degraded", "no uevents: %s; looked at each %d s", strerror(-r),
			       AGAIN_US / 1000000);
	look(h);
	return 0;
}

const struct source source_disk = {
    .name = "disk",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
