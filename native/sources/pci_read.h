/* SPDX-License-Identifier: Apache-2.0 */
/* PCI functions as /sys/bus/pci has them. root: "", or the folder that a test has made instead. */
#ifndef PATHWARDEN_PCI_READ_H
#define PATHWARDEN_PCI_READ_H

#include "frame.h"

#define PCI_SLOTS_MAX 256

/* Physical slots: those of hotplug controllers, and what ACPI names. */
struct pci_slots {
	size_t count;
	struct pci_slot {
		char address[FRAME_PCI_MAX]; /* without a function, 0000:03:00; of a whole bus 0000:03 */
		char name[40];
	} slots[PCI_SLOTS_MAX];
};

void pci_read_slots(const char *root, struct pci_slots *out);

/* False: there is none of that name. */
bool pci_read(const char *root, const char *name, const struct pci_slots *slots,
	      struct frame_pci_device *out);

/*
 * Its link as it is now, and as it could be; reads the configuration space. Nothing of a function that sleeps
 * (a read would wake it up), nor of one that is not PCI Express, or integrated.
 */
void pci_read_link(const char *root, struct frame_pci_device *f);

/* One of SR-IOV, which goes with the physical one that it belongs to. */
bool pci_is_virtual(const char *root, const char *name);

#endif
