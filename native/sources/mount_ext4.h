/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext4 that has given up to write after an error (errors=remount-ro): since 6.12, and in older kernels that
 * have taken it over ("ext4: don't set SB_RDONLY after filesystem errors"), its flag stays as it was, and
 * until 6.15 nothing says so but its count of errors.
 */
#ifndef PATHWARDEN_MOUNT_EXT4_H
#define PATHWARDEN_MOUNT_EXT4_H

#include "mount_read.h"

/*
 * Sets super_read_only of those in the list; they are watched from now on, and no others. root: "", or the
 * folder that a test has made instead.
 */
void ext4_watch(const char *root, struct mount_list *list);

/* Has one of them had another error since, or gone? One read for each. */
bool ext4_has_changed(void);

void ext4_stop(void);

#endif
