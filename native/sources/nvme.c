/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native NVMe multipath. The kernel tells of controllers and namespaces that come and go, and of a controller
 * that is live again, but not of one that is lost nor of ANA states: the files that say so are read each 100
 * ms, while there are any.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "nvme.h"

#define INTERVAL_US 100000
#define TICKS_BETWEEN_RESCANS 10

static struct nvme_list list;

static struct {
	struct loop_timer *timer;
	bool ticking;
	unsigned int ticks;
} nvme;

static void fill_path(const struct nvme_path *from, struct frame_path *p)
{
	const struct nvme_controller *c = &list.controllers[from->controller];

	memcpy(p->disk, from->disk, sizeof(p->disk));
	snprintf(p->session, sizeof(p->session), "nvme:nvme%u", c->instance);
	memcpy(p->state, c->state, sizeof(p->state));
	memcpy(p->access, from->access, sizeof(p->access));
	p->usable = nvme_usable(c->state, from->access);
	p->failures = FRAME_NO_COUNT;
}

static void tell(struct helper *h, size_t map)
{
	struct frame f = {.type = FRAME_MULTIPATH, .multipath.nvme = true};
	struct frame_multipath *p = &f.multipath;

	memcpy(p->map, list.maps[map].disk, sizeof(p->map));
	memcpy(p->name, list.maps[map].nqn, sizeof(p->name));
	for (size_t i = 0; i < list.path_count; i++) {
		if (list.paths[i].map != map)
			continue;
		if (p->path_count == FRAME_PATHS_MAX) {
			nvme_full(h, "paths of a namespace", FRAME_PATHS_MAX);
			break;
		}
		fill_path(&list.paths[i], &p->paths[p->path_count++]);
	}
	/* A namespace that no controller serves by a path of its own is not one that the driver switches. */
	if (p->path_count)
		multipath_tell(h, &f);
}

static bool has_path(const char *disk)
{
	for (size_t i = 0; i < list.path_count; i++)
		if (!strcmp(list.maps[list.paths[i].map].disk, disk))
			return true;
	return false;
}

void nvme_rescan(struct helper *h)
{
	bool wanted;

	nvme_list_read(h, &list);
	multipath_keep(h, true, has_path);
	for (size_t m = 0; m < list.map_count; m++)
		tell(h, m);
	wanted = list.path_count > 0;
	if (wanted && !nvme.ticking)
		loop_arm_timer(nvme.timer, INTERVAL_US, INTERVAL_US);
	else if (!wanted)
		loop_disarm_timer(nvme.timer);
	nvme.ticking = wanted;
}

static void tick(void *data)
{
	bool changed[MAPS_MAX] = {false}, controller_changed[NVME_CONTROLLERS_MAX] = {false};
	struct helper *h = data;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < list.controller_count; i++) {
		r = nvme_reread(list.controllers[i].fd, list.controllers[i].state);
		controller_changed[i] = r > 0;
	}
	for (size_t i = 0; r >= 0 && i < list.path_count; i++) {
		struct nvme_path *p = &list.paths[i];

		r = p->fd < 0 ? 0 : nvme_reread(p->fd, p->access);
		changed[p->map] |= r > 0 || controller_changed[p->controller];
	}
	/* A file of a device that is gone (ENODEV). */
	if (r < 0 || (list.incomplete && ++nvme.ticks % TICKS_BETWEEN_RESCANS == 0)) {
		nvme_rescan(h);
		return;
	}
	for (size_t m = 0; m < list.map_count; m++)
		if (changed[m])
			tell(h, m);
}

void nvme_event(const struct uevent *e)
{
	const char *name = strrchr(e->devpath, '/') + 1;
	bool block = !strcmp(e->subsystem, "block") && !strncmp(name, "nvme", 4);

	/* "nvme", "nvme-subsystem"; hidden path devices have no events of their own, their heads have. */
	if (block || !strncmp(e->subsystem, "nvme", 4))
		multipath_rescan_soon(true);
}

int nvme_start(struct helper *h)
{
	nvme.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tick, h);
	nvme.ticking = false;
	return nvme.timer ? 0 : -ENOMEM;
}

void nvme_stop(struct helper *h)
{
	loop_remove_timer(helper_loop(h), nvme.timer);
	nvme.timer = NULL;
	nvme_list_close(&list);
}
