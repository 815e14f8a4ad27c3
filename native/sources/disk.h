/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices, as disk.c has told of them, for the sources that go by them. */
#ifndef PATHWARDEN_DISK_H
#define PATHWARDEN_DISK_H

#include "disk_read.h"
#include "source.h"

/* As last read. */
const struct disk_list *disk_list(void);

/* session.c, block.c: it reads differently now. */
void session_disks_changed(struct helper *h);
void block_disks_changed(struct helper *h);

#endif
