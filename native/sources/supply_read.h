/* SPDX-License-Identifier: Apache-2.0 */
/* Power supplies and watchdogs as /sys/class has them. root: "", or the folder that a test has made instead.
 */
#ifndef PATHWARDEN_SUPPLY_READ_H
#define PATHWARDEN_SUPPLY_READ_H

#include "frame.h"

/* False: there is none of that name. */
bool supply_read(const char *root, const char *name, struct frame_power_supply *out);

/* The same; false also where the kernel has no files about watchdogs (CONFIG_WATCHDOG_SYSFS). */
bool watchdog_read(const char *root, const char *name, struct frame_watchdog *out);

#endif
