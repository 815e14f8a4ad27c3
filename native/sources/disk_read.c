/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "disk_read.h"
#include "nvme_name.h"
#include "pci_name.h"
#include "session_parse.h"
#include "sysfs.h"

#define LINK_MAX_BYTES 512

struct look {
	const char *root;
	struct disk_list *list;
	struct frame_disk *disk; /* the one that is looked at */
};

static bool is_multipath_map(const char *root, const char *name)
{
	char uuid[16];

	return !sysfs_read(uuid, sizeof(uuid), "%s/sys/block/%s/dm/uuid", root, name) &&
	       !strncmp(uuid, "mpath-", 6);
}

static void take_holder(void *data, const char *name)
{
	struct look *look = data;

	if (!look->disk->map[0] && !strncmp(name, "dm-", 3) && strlen(name) < FRAME_DISK_MAX &&
	    is_multipath_map(look->root, name))
		strcpy(look->disk->map, name);
}

/* Sorted; of too many the first. */
static void add_holder(void *data, const char *name)
{
	struct frame_disk *d = ((struct look *)data)->disk;
	size_t at = d->holder_count;

	while (at > 0 && strcmp(d->holders[at - 1], name) > 0)
		at--;
	if (strlen(name) >= FRAME_DISK_MAX || at == FRAME_HOLDERS_MAX ||
	    (at > 0 && !strcmp(d->holders[at - 1], name)))
		return;
	if (d->holder_count < FRAME_HOLDERS_MAX)
		d->holder_count++;
	memmove(d->holders[at + 1], d->holders[at], (d->holder_count - at - 1U) * FRAME_DISK_MAX);
	strcpy(d->holders[at], name);
}

static void add_holders_of_part(void *data, const char *name)
{
	struct look *look = data;
	const char *disk = look->disk->disk;
	char folder[SYSFS_PATH_MAX];

	/* Its other folders have other names; a partition's begins with that of its disk. */
	if (strncmp(name, disk, strlen(disk)))
		return;
	snprintf(folder, sizeof(folder), "%s/sys/block/%s/%s/holders", look->root, disk, name);
	sysfs_list(folder, add_holder, look);
}

static void find_holders(struct look *look)
{
	char folder[SYSFS_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/sys/block/%s/holders", look->root, look->disk->disk);
	sysfs_list(folder, add_holder, look);
	snprintf(folder, sizeof(folder), "%s/sys/block/%s", look->root, look->disk->disk);
	sysfs_list(folder, add_holders_of_part, look);
}

/* Of a device that may be a path of dm-multipath. */
static void find_map(struct look *look)
{
	char folder[SYSFS_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/sys/block/%s/holders", look->root, look->disk->disk);
	sysfs_list(folder, take_holder, look);
}

/* A SCSI disk: of a session of the kernel's initiator when that is among its parents. */
static bool classify_scsi(struct look *look)
{
	char link[LINK_MAX_BYTES], *at;
	unsigned int session;

	if (sysfs_link(link, sizeof(link), "%s/sys/block/%s", look->root, look->disk->disk))
		return false;
	/* …/target2:0:0/2:0:0:0/block/sda */
	at = strstr(link, "/block/");
	while (at && at > link && at[-1] != '/')
		at--;
	if (at)
		snprintf(look->disk->scsi, sizeof(look->disk->scsi), "%.*s", (int)strcspn(at, "/"), at);
	for (at = strstr(link, "/session"); at; at = strstr(at + 1, "/session"))
		if (sscanf(at, "/session%u/", &session) == 1) {
			look->disk->kind = DISK_ISCSI;
			snprintf(look->disk->session, sizeof(look->disk->session), "iscsi:session%u",
				 session);
			break;
		}
	find_map(look);
	return true;
}

/* By its controller's transport; RDMA and Fibre Channel have nothing that we could follow. */
static bool classify_nvme_controller(struct look *look, const char *controller)
{
	char transport[16];

	if (sysfs_read(transport, sizeof(transport), "%s/sys/class/nvme/%s/transport", look->root,
		       controller))
		return false;
	if (!strcmp(transport, "tcp")) {
		look->disk->kind = DISK_NVME_TCP;
		snprintf(look->disk->session, sizeof(look->disk->session), "nvme:%.34s", controller);
		return true;
	}
	look->disk->kind = DISK_LOCAL;
	return !strcmp(transport, "pcie");
}

static bool classify_nvme(struct look *look)
{
	char link[LINK_MAX_BYTES], controller[24], *end, *begin;
	struct nvme_path_name path;
	struct nvme_head head;

	if (nvme_path_name(look->disk->disk, &path)) {
		snprintf(controller, sizeof(controller), "nvme%u", path.controller);
		return classify_nvme_controller(look, controller);
	}
	if (!nvme_head_name(look->disk->disk, &head) ||
	    sysfs_link(link, sizeof(link), "%s/sys/block/%s", look->root, look->disk->disk))
		return false;
	if (strstr(link, "/nvme-subsystem/")) {
		look->disk->kind = DISK_NVME_MULTIPATH; /* unless its paths say otherwise */
		return true;
	}
	find_map(look);
	/* …/nvme/nvme0/nvme0n1: its controller is its parent. */
	end = strrchr(link, '/');
	if (!end)
		return false;
	*end = '\0';
	begin = strrchr(link, '/');
	return begin && classify_nvme_controller(look, begin + 1);
}

static bool classify(struct look *look)
{
	struct frame_disk *d = look->disk;
	const char *name = d->disk;
	char text[16];

	if (!strncmp(name, "sd", 2))
		return classify_scsi(look);
	if (!strncmp(name, "vd", 2)) {
		find_map(look);
		return true;
	}
	if (!strncmp(name, "nvme", 4))
		return classify_nvme(look);
	if (!strncmp(name, "dm-", 3)) {
		d->kind = DISK_DM_MULTIPATH;
		return is_multipath_map(look->root, name);
	}
	if (!strncmp(name, "nbd", 3)) {
		d->kind = DISK_NBD;
		snprintf(d->session, sizeof(d->session), "nbd:%s", name);
		/* The file is there while it is connected. */
		return !sysfs_read(text, sizeof(text), "%s/sys/block/%s/pid", look->root, name);
	}
	if (!strncmp(name, "drbd", 4)) {
		d->kind = DISK_DRBD;
		if (session_drbd_state(look->root, name, text, sizeof(text)))
			snprintf(d->session, sizeof(d->session), "drbd:%s", name);
		return true;
	}
	d->kind = DISK_RBD;
	return !strncmp(name, "rbd", 3);
}

static void take_disk(void *data, const char *name)
{
	struct look *look = data;
	char dev[24], link[LINK_MAX_BYTES];

	if (look->list->count == BLOCK_DISKS_MAX) {
		look->list->complete = false;
		return;
	}
	look->disk = &look->list->disks[look->list->count];
	memset(look->disk, 0, sizeof(*look->disk));
	if (strlen(name) >= sizeof(look->disk->disk))
		return;
	strcpy(look->disk->disk, name);
	if (!classify(look))
		return;
	/* NVMe hides its path devices, which have none. */
	if (!sysfs_read(dev, sizeof(dev), "%s/sys/block/%s/dev", look->root, name))
		sscanf(dev, "%u:%u", &look->disk->major, &look->disk->minor);
	if (!sysfs_link(link, sizeof(link), "%s/sys/block/%s", look->root, name))
		pci_above(link, look->disk->pci);
	find_holders(look);
	look->list->count++;
}

struct nvme_path {
	struct nvme_path_name name;
	struct frame_disk *disk;
};

static bool is_path_of(const struct nvme_path *p, const struct nvme_head *head)
{
	return p->name.subsystem == head->subsystem && p->name.instance == head->instance;
}

/*
 * A device of NVMe multipath is one to us when it goes over a fabric or has two paths; the driver makes one
 * of each local controller that could have several ports, too.
 */
static void join_paths(struct frame_disk *disk, const struct nvme_head *head, const struct nvme_path *paths,
		       size_t count)
{
	unsigned int mine = 0, remote = 0;

	for (size_t i = 0; i < count; i++) {
		mine += is_path_of(&paths[i], head);
		remote += is_path_of(&paths[i], head) && paths[i].disk->kind == DISK_NVME_TCP;
	}
	if (!remote && mine == 1)
		disk->kind = DISK_LOCAL;
	for (size_t i = 0; i < count; i++) {
		if (!is_path_of(&paths[i], head))
			continue;
		if (disk->kind == DISK_LOCAL)
			strcpy(disk->pci, paths[i].disk->pci);
		else
			strcpy(paths[i].disk->map, disk->disk);
	}
}

static void join_nvme_paths(struct disk_list *list)
{
	/* Of a target with hundreds of namespaces there are hundreds: each name is read once. */
	static struct nvme_path paths[BLOCK_DISKS_MAX];
	struct nvme_head head;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		paths[count].disk = &list->disks[i];
		count += nvme_path_name(list->disks[i].disk, &paths[count].name);
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->disks[i].kind == DISK_NVME_MULTIPATH && nvme_head_name(list->disks[i].disk, &head))
			join_paths(&list->disks[i], &head, paths, count);
}

void disk_read(const char *root, struct disk_list *out)
{
	struct look look = {.root = root, .list = out};
	char folder[SYSFS_PATH_MAX];

	out->count = 0;
	out->complete = true;
	snprintf(folder, sizeof(folder), "%s/sys/block", root);
	if (sysfs_list(folder, take_disk, &look))
		out->complete = false;
	join_nvme_paths(out);
}
