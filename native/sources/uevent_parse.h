/* SPDX-License-Identifier: Apache-2.0 */
/* One message of NETLINK_KOBJECT_UEVENT (lib/kobject_uevent.c): "action@devpath", then KEY=value, all ended
 * by NUL. */
#ifndef PATHWARDEN_UEVENT_PARSE_H
#define PATHWARDEN_UEVENT_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/* Valid as long as the bytes that it was parsed from. */
struct uevent {
	const char *action;    /* add, remove, change, move, online, offline, bind, unbind */
	const char *devpath;   /* below /sys: /devices/virtual/block/dm-0 */
	const char *subsystem; /* block, nvme, scsi, … */
	const char *keys, *end;
};

/*
 * text[size] must be NUL. False: it is not the kernel's, or lacks one of the three: udevd's own messages
 * begin with "libudev", and have no '@'.
 */
bool uevent_parse(const char *text, size_t size, struct uevent *out);

/* The value of a key, as "DM_ACTION"; NULL: not told. */
const char *uevent_get(const struct uevent *e, const char *key);

#endif
