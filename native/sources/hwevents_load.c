/* SPDX-License-Identifier: Apache-2.0 */
/* The hwevents source: those of its programs that this kernel can have. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "hwevents.h"
#include "hwevents.skel.h"

static const struct tracepoint tracepoints[HWEVENTS_PROGRAMS] = {
    {"nvme_async_event", "nvme_core", {"nvme_ctrl", TRACEPOINT_NUMBER}},
    {"scsi_dispatch_cmd_error", "scsi_mod", {"scsi_cmnd", TRACEPOINT_NUMBER}},
    {"scsi_dispatch_cmd_timeout", "scsi_mod", {"scsi_cmnd"}},
    {"thermal_zone_trip", NULL, {"thermal_zone_device", TRACEPOINT_NUMBER, TRACEPOINT_NUMBER}},
    {"devlink_health_report", NULL, {"devlink", TRACEPOINT_BYTES, TRACEPOINT_BYTES}},
};

const char *hwevents_module(size_t program)
{
	return tracepoints[program].module;
}

/* That a module is not there says more than which tracepoints it would have. */
static void name_module(const char *module, char *why, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (access(path, F_OK))
		snprintf(why, size, "%s not loaded", module);
}

/* Reasons of what is left out, as far as they fit. */
static void add_reason(char reasons[FRAME_REASON_MAX], const char *why)
{
	size_t used = strlen(reasons);

	if (!strstr(reasons, why))
		snprintf(reasons + used, FRAME_REASON_MAX - used, "%s%s", used ? ", " : "", why);
}

static int open_object(struct hwevents_object *o)
{
	o->bpf = hwevents_bpf__open();
	if (!o->bpf)
		return -ENOMEM;
	o->programs[0] = o->bpf->progs.on_nvme;
	o->programs[1] = o->bpf->progs.on_scsi_error;
	o->programs[2] = o->bpf->progs.on_scsi_timeout;
	o->programs[3] = o->bpf->progs.on_thermal;
	o->programs[4] = o->bpf->progs.on_health;
	return 0;
}

void hwevents_unload(struct hwevents_object *o)
{
	hwevents_bpf__destroy(o->bpf);
	o->bpf = NULL;
}

/* Finds out which of them this kernel has. */
static int choose(struct hwevents_object *o, char reasons[FRAME_REASON_MAX])
{
	int error = open_object(o);

	for (size_t i = 0; !error && i < HWEVENTS_PROGRAMS; i++) {
		char why[FRAME_REASON_MAX] = "";

		o->has[i] = bpf_want_exactly(o->programs[i], &tracepoints[i], why, sizeof(why));
		if (o->has[i])
			continue;
		if (tracepoints[i].module)
			name_module(tracepoints[i].module, why, sizeof(why));
		add_reason(reasons, why);
	}
	hwevents_unload(o);
	return error;
}

static int load(struct hwevents_object *o, const bool wanted[HWEVENTS_PROGRAMS])
{
	int error = open_object(o);

	for (size_t i = 0; !error && i < HWEVENTS_PROGRAMS; i++)
		bpf_program__set_autoload(o->programs[i], wanted[i]);
	if (!error)
		error = hwevents_bpf__load(o->bpf);
	if (error)
		hwevents_unload(o);
	return error;
}

/* One that this kernel's verifier refuses fails them all: those that it takes by themselves. */
static int load_what_loads(struct hwevents_object *o, char reasons[FRAME_REASON_MAX])
{
	int error = load(o, o->has);

	if (!error)
		return 0;
	for (size_t i = 0; i < HWEVENTS_PROGRAMS; i++) {
		bool one[HWEVENTS_PROGRAMS] = {false};

		one[i] = o->has[i];
		if (!one[i])
			continue;
		bpf_prepare();
		o->has[i] = !load(o, one);
		if (!o->has[i])
			add_reason(reasons, bpf_why(error));
		hwevents_unload(o);
	}
	return load(o, o->has);
}

int hwevents_load(struct hwevents_object *o, char reasons[FRAME_REASON_MAX])
{
	int error = choose(o, reasons);

	if (!error)
		error = load_what_loads(o, reasons);
	for (size_t i = 0; !error && i < HWEVENTS_PROGRAMS; i++)
		if (o->has[i])
			return 0;
	return error ? error : -ENOENT;
}
