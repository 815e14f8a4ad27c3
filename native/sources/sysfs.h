/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of /sys, which everybody may read. */
#ifndef PATHWARDEN_SYSFS_H
#define PATHWARDEN_SYSFS_H

#include <stddef.h>

#define SYSFS_PATH_MAX 256

/* Its text up to the first newline, cut off at size - 1. 0 or -errno. */
int sysfs_read(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Where the link leads, as it is written there, cut off at size - 1. 0 or -errno. */
int sysfs_link(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The value of KEY=value in a file `uevent`. 0, -ENOENT or -errno. */
int sysfs_uevent(char *buf, size_t size, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Each name in a folder but those that begin with a dot, in no order. 0 or -errno. */
int sysfs_list(const char *folder, void (*fn)(void *data, const char *name), void *data);

#endif
