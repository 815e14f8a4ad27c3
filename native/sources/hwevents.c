/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What drivers tell of ill hardware by tracepoints: NVMe controllers' events, SCSI commands that were refused
 * or timed out, thermal trips, devlink health. Events only. What this kernel lacks, or hands out otherwise,
 * is left out.
 */
#include <errno.h>
#include <string.h>
#include "bpf.h"
#include "bpf_ring.h"
#include "hwevents.h"
#include "hwevents.skel.h"
#include "uevent.h"

#define SECOND_US 1000000

static struct {
	struct hwevents_object object;
	struct loop_timer *second;
	bool listening;
	uint64_t uncounted, unseen[HWEVENTS_PROGRAMS];
} hwevents;

static struct bpf_ring ring = {.source = &source_hwevents, .take = hwevents_take};

/* There is no state to tell; what it ends is the blindness after a loss. */
static void snapshot(struct helper *h)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "hwevents", .complete = true}};

	helper_emit(h, &f);
	f.snapshot.end = true;
	helper_emit(h, &f);
}

/* --- losses --- */

static bool lose(struct helper *h, uint64_t *last, uint64_t count, const char *reason)
{
	if (count <= *last)
		return false;
	helper_lost(h, "hwevents", count - *last, reason);
	*last = count;
	return true;
}

static void each_second(void *data)
{
	bool lost = lose(data, &hwevents.uncounted,
			 __atomic_load_n(&hwevents.object.bpf->bss->uncounted, __ATOMIC_RELAXED),
			 "errors of more components than there is room for");

	for (size_t i = 0; i < HWEVENTS_PROGRAMS; i++)
		if (hwevents.object.has[i])
			lost |= lose(data, &hwevents.unseen[i], bpf_missed(hwevents.object.programs[i]),
				     "events inside of a tracepoint");
	if (lost)
		snapshot(data);
	hwevents_forget(data);
}

/* --- modules that come too late --- */

static void on_uevent(struct helper *h, const struct uevent *e)
{
	const char *name = strrchr(e->devpath, '/') + 1;

	if (strcmp(e->subsystem, "module") || strcmp(e->action, "add"))
		return;
	for (size_t i = 0; i < HWEVENTS_PROGRAMS; i++) {
		const char *module = hwevents_module(i);

		if (hwevents.object.has[i] || !module || strcmp(name, module))
			continue;
		helper_degrade(h, "hwevents", "degraded",
			       "%s was loaded after the start: restart pathwarden-helper to hear of it",
			       name);
		return;
	}
}

/* It has no state, and a module that was missed here is one of which hello says that it was not there. */
static void on_missed(struct helper *h)
{
	(void)h;
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

/* --- start and stop --- */

static void stop(struct helper *h)
{
	bpf_ring_close(&ring);
	loop_remove_timer(helper_loop(h), hwevents.second);
	hwevents_tell_close(h);
	if (hwevents.listening)
		uevent_unsubscribe(h, &subscriber);
	hwevents_unload(&hwevents.object);
	memset(&hwevents, 0, sizeof(hwevents));
}

static int open_all(struct helper *h, const char **step, char reasons[FRAME_REASON_MAX])
{
	int error;

	bpf_prepare();
	*step = "load";
	error = hwevents_load(&hwevents.object, reasons);
	if (error == -ENOENT)
		helper_degrade(h, "hwevents", "absent", "%s", reasons);
	if (error)
		return error;
	*step = "map";
	error = hwevents_tell_open(h, bpf_map__fd(hwevents.object.bpf->maps.components),
				   bpf_map__fd(hwevents.object.bpf->maps.keys));
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, hwevents.object.bpf->maps.events, &hwevents.object.bpf->bss->dropped);
	if (error)
		return error;
	*step = "attach";
	return hwevents_bpf__attach(hwevents.object.bpf);
}

static int start(struct helper *h)
{
	char reasons[FRAME_REASON_MAX] = "";
	const char *step = "";
	int error;

	/* Before it is asked which modules there are. */
	hwevents.listening = !uevent_subscribe(h, &subscriber);
	error = open_all(h, &step, reasons);
	if (!error) {
		step = "timer";
		hwevents.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
		error = hwevents.second ? 0 : -ENOMEM;
	}
	if (!error && reasons[0])
		helper_degrade(h, "hwevents", "degraded", "%s", reasons);
	if (!error)
		return 0;
	helper_degrade(h, "hwevents", "absent", "%s: %s", step, bpf_why(error));
	stop(h);
	return error;
}

const struct source source_hwevents = {
    .name = "hwevents",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
