/* SPDX-License-Identifier: Apache-2.0 */
/* Names of PCI functions in /sys: domain:bus:device.function, as 0000:03:00.0. */
#ifndef PATHWARDEN_PCI_NAME_H
#define PATHWARDEN_PCI_NAME_H

#include <stdbool.h>
#include "frame_base.h"

/* Is it one, up to its end or a '/'? */
bool pci_is_name(const char *text);

/*
 * The last function that a path in /sys goes through, its own last name left aside; false, and "": there is
 * none. On a root bus behind an endpoint (Intel VMD: …/0000:00:0e.0/pci10000:e0/10000:e0:06.0) it is that.
 */
bool pci_above(const char *path, char name[FRAME_PCI_MAX]);

#endif
