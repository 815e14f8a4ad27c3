/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices that storage is behind, as /sys/block has them. */
#ifndef PATHWARDEN_DISK_READ_H
#define PATHWARDEN_DISK_READ_H

#include "events.h"
#include "frame.h"

struct disk_list {
	size_t count;
	bool complete; /* /sys/block could be read, and had no more than there is room for */
	struct frame_disk disks[BLOCK_DISKS_MAX];
};

/* root: "", or the folder that a test has made instead. In no order. */
void disk_read(const char *root, struct disk_list *out);

#endif
