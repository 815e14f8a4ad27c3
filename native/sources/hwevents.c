/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What drivers tell of ill hardware by tracepoints: NVMe controllers' events, SCSI commands that were refused
 * or timed out, thermal trips, devlink health. Events only. What this kernel lacks, or hands out otherwise,
 * is left out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "bpf_ring.h"
#include "hwevents.h"
#include "hwevents.skel.h"
#include "uevent.h"

#define SECOND_US 1000000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SOURCES 5

static const struct tracepoint tracepoints[SOURCES] = {
    {"nvme_async_event", "nvme_core", {"nvme_ctrl", TRACEPOINT_NUMBER}},
    {"scsi_dispatch_cmd_error", "scsi_mod", {"scsi_cmnd", TRACEPOINT_NUMBER}},
    {"scsi_dispatch_cmd_timeout", "scsi_mod", {"scsi_cmnd"}},
    {"thermal_zone_trip", NULL, {"thermal_zone_device", TRACEPOINT_NUMBER, TRACEPOINT_NUMBER}},
    {"devlink_health_report", NULL, {"devlink", TRACEPOINT_BYTES, TRACEPOINT_BYTES}},
};

static struct {
	struct hwevents_bpf *bpf;
	struct bpf_program *programs[SOURCES];
	struct loop_timer *second;
	bool has[SOURCES], listening;
	uint64_t uncounted, unseen[SOURCES];
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
	bool lost =
	    lose(data, &hwevents.uncounted, __atomic_load_n(&hwevents.bpf->bss->uncounted, __ATOMIC_RELAXED),
		 "errors of more components than there is room for");

	for (size_t i = 0; i < SOURCES; i++)
		if (hwevents.has[i])
			lost |= lose(data, &hwevents.unseen[i], bpf_missed(hwevents.programs[i]),
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
	for (size_t i = 0; i < SOURCES; i++) {
		if (hwevents.has[i] || !tracepoints[i].module || strcmp(name, tracepoints[i].module))
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
	hwevents_bpf__destroy(hwevents.bpf);
	memset(&hwevents, 0, sizeof(hwevents));
}

/* That a module is not there says more than which tracepoints it would have. */
static void name_module(const char *module, char *why, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (access(path, F_OK))
		snprintf(why, size, "%s not loaded", module);
}

/* Leaves out what is not there; the reasons, as far as they fit. How many are left. */
static size_t choose(char *reasons, size_t size)
{
	size_t used = 0, left = 0;

	for (size_t i = 0; i < SOURCES; i++) {
		char why[FRAME_REASON_MAX] = "";

		hwevents.has[i] = bpf_want_exactly(hwevents.programs[i], &tracepoints[i], why, sizeof(why));
		if (hwevents.has[i]) {
			left++;
			continue;
		}
		if (tracepoints[i].module)
			name_module(tracepoints[i].module, why, sizeof(why));
		if (used < size && !strstr(reasons, why))
			used += (size_t)snprintf(reasons + used, size - used, "%s%s", used ? ", " : "", why);
	}
	return left;
}

static int open_object(struct helper *h, const char **step, char *reasons, size_t size)
{
	int error;

	bpf_prepare();
	*step = "open";
	hwevents.bpf = hwevents_bpf__open();
	if (!hwevents.bpf)
		return -ENOMEM;
	hwevents.programs[0] = hwevents.bpf->progs.on_nvme;
	hwevents.programs[1] = hwevents.bpf->progs.on_scsi_error;
	hwevents.programs[2] = hwevents.bpf->progs.on_scsi_timeout;
	hwevents.programs[3] = hwevents.bpf->progs.on_thermal;
	hwevents.programs[4] = hwevents.bpf->progs.on_health;
	if (!choose(reasons, size)) {
		helper_degrade(h, "hwevents", "absent", "%s", reasons);
		return -ENOENT;
	}
	*step = "load";
	error = hwevents_bpf__load(hwevents.bpf);
	if (error)
		return error;
	*step = "map";
	error = hwevents_tell_open(h, bpf_map__fd(hwevents.bpf->maps.components),
				   bpf_map__fd(hwevents.bpf->maps.keys));
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, hwevents.bpf->maps.events, &hwevents.bpf->bss->dropped);
	if (error)
		return error;
	*step = "attach";
	return hwevents_bpf__attach(hwevents.bpf);
}

static int start(struct helper *h)
{
	char reasons[FRAME_REASON_MAX] = "";
	const char *step = "";
	int error;

	/* Before it is asked which modules there are. */
	hwevents.listening = !uevent_subscribe(h, &subscriber);
	error = open_object(h, &step, reasons, sizeof(reasons));
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
