/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are reached by several paths: those of dm-multipath, and of the NVMe driver itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "multipath.h"
#include "told.h"

/* An answer of device-mapper takes microseconds, unless somebody holds its lock. */
#define ANSWERS_MAX_US 2000000
#define RESCAN_SPACING_US 20000

static struct {
	struct told told;
	struct loop_timer *patience, *rescan;
	bool snapshot_due, nvme_due, dm_due;
	uint64_t rescanned_us;
} multipath;

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f;

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.multipath.gone = gone;
	helper_emit(h, &f);
}

static int order(const void *a, const void *b)
{
	return strcmp(((const struct frame_path *)a)->disk, ((const struct frame_path *)b)->disk);
}

void multipath_tell(struct helper *h, struct frame *f)
{
	struct told_entry *e;

	qsort(f->multipath.paths, f->multipath.path_count, sizeof(f->multipath.paths[0]), order);
	switch (told_put(&multipath.told, f, &e)) {
	case TOLD_SAME:
		break;
	case TOLD_FULL:
		helper_degrade(h, "multipath", "degraded",
			       "more than %d multipath devices: the rest is not told", 2 * MAPS_MAX);
		break;
	default:
		emit(h, f, false);
	}
}

void multipath_keep(struct helper *h, bool nvme, bool (*there)(const char *map))
{
	for (size_t i = multipath.told.count; i-- > 0;) {
		struct told_entry *e = multipath.told.entries[i];
		const struct frame *f = told_frame(e);

		if (f->multipath.nvme != nvme || there(f->multipath.map))
			continue;
		emit(h, f, true);
		told_remove(&multipath.told, e);
	}
}

static void rescan(void *data)
{
	bool nvme = multipath.nvme_due, dm = multipath.dm_due;

	multipath.nvme_due = multipath.dm_due = false;
	multipath.rescanned_us = now_us();
	if (nvme)
		nvme_rescan(data);
	if (dm)
		dm_rescan(data);
}

void multipath_rescan_soon(bool nvme)
{
	uint64_t now = now_us(), due = multipath.rescanned_us + RESCAN_SPACING_US;

	if (!multipath.nvme_due && !multipath.dm_due)
		loop_arm_timer(multipath.rescan, now < due ? due - now : 0, 0);
	multipath.nvme_due |= nvme;
	multipath.dm_due |= !nvme;
}

static void tell_snapshot(struct helper *h, bool complete)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "multipath"}};

	multipath.snapshot_due = false;
	loop_disarm_timer(multipath.patience);
	helper_emit(h, &f);
	for (size_t i = 0; i < multipath.told.count; i++)
		emit(h, told_frame(multipath.told.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = complete;
	helper_emit(h, &f);
}

void multipath_settle(struct helper *h)
{
	if (multipath.snapshot_due && !dm_waits())
		tell_snapshot(h, dm_complete());
}

static void impatient(void *data)
{
	if (multipath.snapshot_due)
		tell_snapshot(data, false);
}

static void snapshot(struct helper *h)
{
	multipath.snapshot_due = true;
	loop_arm_timer(multipath.patience, ANSWERS_MAX_US, 0);
	nvme_rescan(h);
	dm_rescan(h);
	multipath_settle(h);
}

static void event(struct helper *h, const struct uevent *e)
{
	dm_event(h, e);
	nvme_event(e);
}

static void missed(struct helper *h)
{
	helper_lost(h, "multipath", 0, "more uevents than could be read");
	snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = event, .missed = missed};

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	nvme_stop(h);
	dm_stop(h);
	loop_remove_timer(helper_loop(h), multipath.patience);
	loop_remove_timer(helper_loop(h), multipath.rescan);
	told_free(&multipath.told);
	memset(&multipath, 0, sizeof(multipath));
}

static int start(struct helper *h)
{
	int r = uevent_subscribe(h, &subscriber);

	if (r)
		return r;
	told_init(&multipath.told, FRAME_MULTIPATH, 2 * MAPS_MAX);
	multipath.patience = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, impatient, h);
	multipath.rescan = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, rescan, h);
	if (!multipath.patience || !multipath.rescan || nvme_start(h)) {
		stop(h);
		return -ENOMEM;
	}
	dm_start(h);
	return 0;
}

const struct source source_multipath = {
    .name = "multipath",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
