/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "nvme.h"
#include "sysfs.h"

#define SUBSYSTEMS "/sys/class/nvme-subsystem"
#define SUBSYSTEMS_MAX 64

struct names {
	struct helper *h;
	char subsystems[SUBSYSTEMS_MAX][FRAME_DISK_MAX];
	size_t count;
};

/* A subsystem that is being looked at. */
struct look {
	struct helper *h;
	struct nvme_list *list;
};

void nvme_full(struct helper *h, const char *what, int max)
{
	helper_degrade(h, "multipath", "degraded", "more than %d NVMe %s: the rest is not told", max, what);
}

static int open_file(const char *folder, const char *disk, const char *file)
{
	char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, disk, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int nvme_reread(int fd, char text[NVME_STATE_MAX])
{
	char now[NVME_STATE_MAX] = "";
	ssize_t n = pread(fd, now, sizeof(now) - 1, 0);

	if (n < 0)
		return -errno;
	now[strcspn(now, "\n")] = '\0';
	if (!strcmp(now, text))
		return 0;
	memcpy(text, now, NVME_STATE_MAX);
	return 1;
}

void nvme_list_close(struct nvme_list *l)
{
	for (size_t i = 0; i < l->controller_count; i++)
		close(l->controllers[i].fd);
	for (size_t i = 0; i < l->path_count; i++)
		if (l->paths[i].fd >= 0)
			close(l->paths[i].fd);
	l->controller_count = l->path_count = l->map_count = 0;
	l->incomplete = false;
}

static void controller_listed(void *data, const char *name)
{
	struct look *look = data;
	struct nvme_list *l = look->list;
	struct nvme_controller *c = &l->controllers[l->controller_count];
	char transport[NVME_STATE_MAX];
	unsigned int instance;

	/* A drive in this host that could have two ports is no storage path. */
	if (!nvme_controller_name(name, &instance) ||
	    (!sysfs_read(transport, sizeof(transport), "/sys/class/nvme/%s/transport", name) &&
	     !strcmp(transport, "pcie")))
		return;
	if (l->controller_count == NVME_CONTROLLERS_MAX) {
		nvme_full(look->h, "controllers", NVME_CONTROLLERS_MAX);
		return;
	}
	*c =
	    (struct nvme_controller){.instance = instance, .fd = open_file("/sys/class/nvme", name, "state")};
	if (c->fd < 0)
		return;
	nvme_reread(c->fd, c->state);
	l->controller_count++;
}

static void head_listed(void *data, const char *name)
{
	struct look *look = data;
	struct nvme_list *l = look->list;
	struct nvme_map *m = &l->maps[l->map_count];
	struct nvme_head head;

	if (!nvme_head_name(name, &head))
		return;
	if (l->map_count == MAPS_MAX) {
		nvme_full(look->h, "namespaces", MAPS_MAX);
		return;
	}
	*m = (struct nvme_map){.head = head};
	snprintf(m->disk, sizeof(m->disk), "%s", name);
	l->map_count++;
}

static void add_path(struct look *look, size_t map, size_t controller)
{
	struct nvme_list *l = look->list;
	const struct nvme_head *head = &l->maps[map].head;
	struct nvme_path *p = &l->paths[l->path_count];
	char size[32];

	if (l->path_count == NVME_PATHS_MAX) {
		nvme_full(look->h, "paths", NVME_PATHS_MAX);
		return;
	}
	*p = (struct nvme_path){.map = map, .controller = controller};
	snprintf(p->disk, sizeof(p->disk), "nvme%uc%un%u", head->subsystem,
		 l->controllers[controller].instance, head->instance);
	if (sysfs_read(size, sizeof(size), "/sys/block/%s/size", p->disk)) {
		l->incomplete = true;
		return;
	}
	p->fd = open_file("/sys/block", p->disk, "ana_state");
	if (p->fd >= 0)
		nvme_reread(p->fd, p->access);
	l->path_count++;
}

/* Its controllers, its namespaces, and the paths, of which it has one for each pair of the two. */
static void add_subsystem(struct look *look, const char *name)
{
	struct nvme_list *l = look->list;
	size_t first_map = l->map_count, first_controller = l->controller_count;
	char folder[SYSFS_PATH_MAX], nqn[FRAME_TARGET_MAX] = "";

	snprintf(folder, sizeof(folder), "%s/%s", SUBSYSTEMS, name);
	sysfs_read(nqn, sizeof(nqn), "%s/subsysnqn", folder);
	sysfs_list(folder, controller_listed, look);
	if (l->controller_count == first_controller)
		return;
	sysfs_list(folder, head_listed, look);
	for (size_t m = first_map; m < l->map_count; m++) {
		memcpy(l->maps[m].nqn, nqn, sizeof(nqn));
		for (size_t c = first_controller; c < l->controller_count; c++)
			add_path(look, m, c);
	}
}

static void subsystem_listed(void *data, const char *name)
{
	struct names *names = data;

	if (names->count == SUBSYSTEMS_MAX)
		nvme_full(names->h, "subsystems", SUBSYSTEMS_MAX);
	else if (strlen(name) < FRAME_DISK_MAX)
		strcpy(names->subsystems[names->count++], name);
}

void nvme_list_read(struct helper *h, struct nvme_list *l)
{
	static struct names names;
	struct look look = {.h = h, .list = l};

	names.h = h;
	names.count = 0;
	nvme_list_close(l);
	/* Without the driver there is no folder. */
	sysfs_list(SUBSYSTEMS, subsystem_listed, &names);
	for (size_t i = 0; i < names.count; i++)
		add_subsystem(&look, names.subsystems[i]);
}
