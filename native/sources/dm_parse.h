/* SPDX-License-Identifier: Apache-2.0 */
/* What device-mapper answers to DM_TABLE_STATUS about a multipath device (linux/dm-ioctl.h;
 * drivers/md/dm-mpath.c). */
#ifndef PATHWARDEN_DM_PARSE_H
#define PATHWARDEN_DM_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/dm-ioctl.h>

#define DM_PATHS_MAX 16

struct dm_path {
	uint32_t major, minor;
	bool active; /* else failed */
	uint32_t failures;
};

struct dm_status {
	char name[DM_NAME_LEN];
	size_t path_count; /* of all priority groups */
	bool more;	   /* than DM_PATHS_MAX */
	struct dm_path paths[DM_PATHS_MAX];
};

/*
 * bytes: the struct dm_ioctl with all that follows it. 0; -ENOMSG: no multipath device; -ENOSPC: the kernel
 * had more to say than there was room; -EBADMSG.
 */
int dm_parse(const void *bytes, size_t size, struct dm_status *out);
/* The text alone: features, hardware handler, priority groups, each with its paths. 0 or -EBADMSG. */
int dm_parse_paths(const char *text, struct dm_status *out);

#endif
