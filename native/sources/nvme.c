/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native NVMe multipath. The kernel tells of controllers and namespaces that come and go, and of a controller
 * that is live again, but not of one that is lost nor of ANA states: the files that say so are read each 100
 * ms, while there are any.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "multipath.h"
#include "nvme_name.h"
#include "sysfs.h"

#define SUBSYSTEMS "/sys/class/nvme-subsystem"
#define INTERVAL_US 100000
#define TICKS_BETWEEN_RESCANS 10
#define SUBSYSTEMS_MAX 64
#define CONTROLLERS_MAX 64
/* Each has a file open. */
#define PATHS_MAX 256
#define STATE_MAX 16

struct controller {
	unsigned int instance; /* nvme<instance> */
	int fd;		       /* its file `state` */
	char state[STATE_MAX];
};

struct path {
	size_t map, controller;
	char disk[FRAME_DISK_MAX];
	int fd; /* its file `ana_state`; -1: it tells of none */
	char access[STATE_MAX];
};

struct map {
	struct nvme_head head;
	char disk[FRAME_DISK_MAX];
	char nqn[FRAME_TARGET_MAX];
};

/* A list that is full leaves out the rest, and says so. */
static struct {
	struct controller controllers[CONTROLLERS_MAX];
	struct path paths[PATHS_MAX];
	struct map maps[MAPS_MAX];
	size_t controller_count, path_count, map_count;
	struct loop_timer *timer;
	bool ticking;
	unsigned int ticks;
	/* A controller has not each namespace of its subsystem, or not yet: that it has is told by nobody. */
	bool incomplete;
} nvme;

/* Those of the subsystem that is being looked at. */
struct names {
	struct helper *h;
	char subsystems[SUBSYSTEMS_MAX][FRAME_DISK_MAX];
	size_t count;
};

static void full(struct helper *h, const char *what, int max)
{
	helper_degrade(h, "multipath", "degraded", "more than %d NVMe %s: the rest is not told", max, what);
}

static int open_file(const char *folder, const char *disk, const char *file)
{
	char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, disk, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* 0, 1: it says something else than before, or -errno. */
static int reread(int fd, char text[STATE_MAX])
{
	char now[STATE_MAX] = "";
	ssize_t n = pread(fd, now, sizeof(now) - 1, 0);

	if (n < 0)
		return -errno;
	now[strcspn(now, "\n")] = '\0';
	if (!strcmp(now, text))
		return 0;
	memcpy(text, now, STATE_MAX);
	return 1;
}

static void close_all(void)
{
	for (size_t i = 0; i < nvme.controller_count; i++)
		close(nvme.controllers[i].fd);
	for (size_t i = 0; i < nvme.path_count; i++)
		if (nvme.paths[i].fd >= 0)
			close(nvme.paths[i].fd);
	nvme.controller_count = nvme.path_count = nvme.map_count = 0;
	nvme.incomplete = false;
}

static void add_controller(struct helper *h, const char *name, unsigned int instance)
{
	struct controller *c = &nvme.controllers[nvme.controller_count];
	char transport[STATE_MAX];

	/* A drive in this host that could have two ports is no storage path. */
	if (!sysfs_read(transport, sizeof(transport), "/sys/class/nvme/%s/transport", name) &&
	    !strcmp(transport, "pcie"))
		return;
	if (nvme.controller_count == CONTROLLERS_MAX) {
		full(h, "controllers", CONTROLLERS_MAX);
		return;
	}
	*c = (struct controller){.instance = instance, .fd = open_file("/sys/class/nvme", name, "state")};
	if (c->fd < 0)
		return;
	reread(c->fd, c->state);
	nvme.controller_count++;
}

static void add_map(struct helper *h, const char *name, const struct nvme_head *head)
{
	struct map *m = &nvme.maps[nvme.map_count];

	if (nvme.map_count == MAPS_MAX) {
		full(h, "namespaces", MAPS_MAX);
		return;
	}
	*m = (struct map){.head = *head};
	snprintf(m->disk, sizeof(m->disk), "%s", name);
	nvme.map_count++;
}

static void controller_listed(void *data, const char *name)
{
	unsigned int instance;

	if (nvme_controller_name(name, &instance))
		add_controller(data, name, instance);
}

static void head_listed(void *data, const char *name)
{
	struct nvme_head head;

	if (nvme_head_name(name, &head))
		add_map(data, name, &head);
}

static void add_path(struct helper *h, size_t map, size_t controller)
{
	const struct nvme_head *head = &nvme.maps[map].head;
	struct path *p = &nvme.paths[nvme.path_count];
	char size[32];

	if (nvme.path_count == PATHS_MAX) {
		full(h, "paths", PATHS_MAX);
		return;
	}
	*p = (struct path){.map = map, .controller = controller};
	snprintf(p->disk, sizeof(p->disk), "nvme%uc%un%u", head->subsystem,
		 nvme.controllers[controller].instance, head->instance);
	if (sysfs_read(size, sizeof(size), "/sys/block/%s/size", p->disk)) {
		nvme.incomplete = true;
		return;
	}
	p->fd = open_file("/sys/block", p->disk, "ana_state");
	if (p->fd >= 0)
		reread(p->fd, p->access);
	nvme.path_count++;
}

/* Its controllers, its namespaces, and the paths, of which it has one for each pair of the two. */
static void add_subsystem(struct helper *h, const char *name)
{
	size_t first_map = nvme.map_count, first_controller = nvme.controller_count;
	char folder[SYSFS_PATH_MAX], nqn[FRAME_TARGET_MAX] = "";

	snprintf(folder, sizeof(folder), "%s/%s", SUBSYSTEMS, name);
	sysfs_read(nqn, sizeof(nqn), "%s/subsysnqn", folder);
	sysfs_list(folder, controller_listed, h);
	if (nvme.controller_count == first_controller)
		return;
	sysfs_list(folder, head_listed, h);
	for (size_t m = first_map; m < nvme.map_count; m++) {
		memcpy(nvme.maps[m].nqn, nqn, sizeof(nqn));
		for (size_t c = first_controller; c < nvme.controller_count; c++)
			add_path(h, m, c);
	}
}

static void subsystem_listed(void *data, const char *name)
{
	struct names *names = data;

	if (names->count == SUBSYSTEMS_MAX)
		full(names->h, "subsystems", SUBSYSTEMS_MAX);
	else if (strlen(name) < FRAME_DISK_MAX)
		strcpy(names->subsystems[names->count++], name);
}

static void fill_path(const struct path *from, struct frame_path *p)
{
	const struct controller *c = &nvme.controllers[from->controller];

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

	memcpy(p->map, nvme.maps[map].disk, sizeof(p->map));
	memcpy(p->name, nvme.maps[map].nqn, sizeof(p->name));
	for (size_t i = 0; i < nvme.path_count; i++) {
		if (nvme.paths[i].map != map)
			continue;
		if (p->path_count == FRAME_PATHS_MAX) {
			full(h, "paths of a namespace", FRAME_PATHS_MAX);
			break;
		}
		fill_path(&nvme.paths[i], &p->paths[p->path_count++]);
	}
	/* A namespace that no controller serves by a path of its own is not one that the driver switches. */
	if (p->path_count)
		multipath_tell(h, &f);
}

static bool has_path(const char *disk)
{
	for (size_t i = 0; i < nvme.path_count; i++)
		if (!strcmp(nvme.maps[nvme.paths[i].map].disk, disk))
			return true;
	return false;
}

void nvme_rescan(struct helper *h)
{
	static struct names names;
	bool wanted;

	names.h = h;
	names.count = 0;
	close_all();
	/* Without the driver there is no folder. */
	sysfs_list(SUBSYSTEMS, subsystem_listed, &names);
	for (size_t i = 0; i < names.count; i++)
		add_subsystem(h, names.subsystems[i]);
	multipath_keep(h, true, has_path);
	for (size_t m = 0; m < nvme.map_count; m++)
		tell(h, m);
	wanted = nvme.path_count > 0;
	if (wanted && !nvme.ticking)
		loop_arm_timer(nvme.timer, INTERVAL_US, INTERVAL_US);
	else if (!wanted)
		loop_disarm_timer(nvme.timer);
	nvme.ticking = wanted;
}

static void tick(void *data)
{
	bool changed[MAPS_MAX] = {false}, controller_changed[CONTROLLERS_MAX] = {false};
	struct helper *h = data;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < nvme.controller_count; i++) {
		r = reread(nvme.controllers[i].fd, nvme.controllers[i].state);
		controller_changed[i] = r > 0;
	}
	for (size_t i = 0; r >= 0 && i < nvme.path_count; i++) {
		struct path *p = &nvme.paths[i];

		r = p->fd < 0 ? 0 : reread(p->fd, p->access);
		changed[p->map] |= r > 0 || controller_changed[p->controller];
	}
	/* A file of a device that is gone (ENODEV). */
	if (r < 0 || (nvme.incomplete && ++nvme.ticks % TICKS_BETWEEN_RESCANS == 0)) {
		nvme_rescan(h);
		return;
	}
	for (size_t m = 0; m < nvme.map_count; m++)
		if (changed[m])
			tell(h, m);
}

void nvme_event(struct helper *h, const struct uevent *e)
{
	const char *name = strrchr(e->devpath, '/') + 1;
	bool block = !strcmp(e->subsystem, "block") && !strncmp(name, "nvme", 4);

	/* "nvme", "nvme-subsystem"; hidden path devices have no events of their own, their heads have. */
	if (block || !strncmp(e->subsystem, "nvme", 4))
		nvme_rescan(h);
}

void nvme_start(struct helper *h)
{
	nvme.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tick, h);
	nvme.ticking = false;
}

void nvme_stop(struct helper *h)
{
	loop_remove_timer(helper_loop(h), nvme.timer);
	close_all();
}
