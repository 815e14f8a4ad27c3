/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of native NVMe multipath, each with the files open that say how it is. */
#ifndef PATHWARDEN_NVME_H
#define PATHWARDEN_NVME_H

#include "multipath.h"
#include "nvme_name.h"

#define NVME_CONTROLLERS_MAX 64
/* Each has a file open. */
#define NVME_PATHS_MAX 256
#define NVME_STATE_MAX 16

struct nvme_controller {
	unsigned int instance; /* nvme<instance> */
	int fd;		       /* its file `state` */
	char state[NVME_STATE_MAX];
};

struct nvme_path {
	size_t map, controller;
	char disk[FRAME_DISK_MAX];
	int fd; /* its file `ana_state`; -1: it tells of none */
	char access[NVME_STATE_MAX];
};

struct nvme_map {
	struct nvme_head head;
	char disk[FRAME_DISK_MAX];
	char nqn[FRAME_TARGET_MAX];
};

/* A list that is full leaves out the rest, and says so. */
struct nvme_list {
	struct nvme_controller controllers[NVME_CONTROLLERS_MAX];
	struct nvme_path paths[NVME_PATHS_MAX];
	struct nvme_map maps[MAPS_MAX];
	size_t controller_count, path_count, map_count;
	/* A controller has not each namespace of its subsystem, or not yet: that it has is told by nobody. */
	bool incomplete;
};

/* Closes what is in it, and fills it anew. */
void nvme_list_read(struct helper *h, struct nvme_list *l);
void nvme_list_close(struct nvme_list *l);
/* What the file says, into text. 1: another thing than before; 0, or -errno: the device is gone (ENODEV). */
int nvme_reread(int fd, char text[NVME_STATE_MAX]);
/* A list is full. */
void nvme_full(struct helper *h, const char *what, int max);

#endif
