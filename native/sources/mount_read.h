/* SPDX-License-Identifier: Apache-2.0 */
/* File systems on block devices and of the network, as a mountinfo has them. */
#ifndef PATHWARDEN_MOUNT_READ_H
#define PATHWARDEN_MOUNT_READ_H

#include "frame.h"

#define MOUNTS_MAX 256

struct mount_list {
	size_t count;
	bool complete; /* all could be read, and there were no more than there is room for */
	struct mount_found {
		struct frame_mount mount;
		bool whole; /* from its root on, not a part of it */
	} found[MOUNTS_MAX];
};

/*
 * Each file system once, where it is mounted first from its root on: what containers bind elsewhere is the
 * same one. Of those that are mounted at one place, the last, which hides the others.
 */
void mount_read(int mountinfo, struct mount_list *out);

#endif
