/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with storage targets that the kernel keeps, from /sys and /proc. */
#ifndef PATHWARDEN_SESSION_READ_H
#define PATHWARDEN_SESSION_READ_H

#include "disk_read.h"

#define SESSIONS_MAX 512

struct session_list {
	size_t count;
	bool complete; /* all could be read, and there were no more than there is room for */
	struct frame_session sessions[SESSIONS_MAX];
};

/*
 * iSCSI, NVMe/TCP, NBD and DRBD, with their disks as *disks has them. Not NFS: that is session_read_mounts().
 * root: "", or the folder that a test has made instead. In no order.
 */
void session_read(const char *root, const struct disk_list *disks, struct session_list *out);

/* Adds the NFS mounts of our mount namespace, each superblock once; mountinfo is an open file of it. */
void session_read_mounts(int mountinfo, struct session_list *out);

/* Its state now, with one read. False: it is gone, or of a kind that has no file of its own. */
bool session_read_state(const char *root, const struct frame_session *s, char *state, size_t size);

#endif
