/* SPDX-License-Identifier: Apache-2.0 */
/* Processors and memory as /sys and /proc have them. root: "", or the folder that a test has made instead. */
#ifndef PATHWARDEN_PROCESSORS_READ_H
#define PATHWARDEN_PROCESSORS_READ_H

#include "frame.h"

/* 0, -EOVERFLOW: a list is longer than the frame has room for, or -errno. */
int processors_read(const char *root, struct frame_processors *out);

/* What /proc/meminfo says: total and corrupted. 0 or -errno. */
int memory_read_amounts(const char *root, struct frame_memory *out);

/* Blocks of memory, of which there may be thousands: a file for each is read. */
void memory_read_blocks(const char *root, struct frame_memory *out);

#endif
