/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pci_name.h"
#include "pci_read.h"
#include "sysfs.h"

#define LINK_MAX_BYTES 512
#define FUNCTION "%s/sys/bus/pci/devices/%s"
/* Of a function whose link has no width (PCIE_LNK_WIDTH_UNKNOWN of linux/pci.h). */
#define WIDTH_UNKNOWN 255

struct look {
	const char *root;
	struct pci_slots *slots;
};

static void take_slot(void *data, const char *name)
{
	struct look *look = data;
	struct pci_slots *slots = look->slots;
	struct pci_slot *s = &slots->slots[slots->count];

	if (slots->count == PCI_SLOTS_MAX ||
	    sysfs_read(s->address, sizeof(s->address), "%s/sys/bus/pci/slots/%s/address", look->root, name))
		return;
	snprintf(s->name, sizeof(s->name), "%s", name);
	slots->count++;
}

void pci_read_slots(const char *root, struct pci_slots *out)
{
	struct look look = {.root = root, .slots = out};
	char folder[SYSFS_PATH_MAX];

	out->count = 0;
	snprintf(folder, sizeof(folder), "%s/sys/bus/pci/slots", root);
	sysfs_list(folder, take_slot, &look);
}

static void find_slot(const struct pci_slots *slots, struct frame_pci_device *f)
{
	for (size_t i = 0; i < slots->count; i++) {
		const struct pci_slot *s = &slots->slots[i];
		size_t length = strlen(s->address);

		if (length && !strncmp(f->device, s->address, length) && strchr(":.", f->device[length])) {
			memcpy(f->slot, s->name, sizeof(f->slot));
			return;
		}
	}
}

/* A number as the kernel writes it, 0x1af4 or 4; 0: not there. */
static unsigned long number(const char *root, const char *name, const char *file)
{
	char text[32];

	return sysfs_read(text, sizeof(text), FUNCTION "/%s", root, name, file) ? 0 : strtoul(text, NULL, 0);
}

static void read_speed(char *speed, size_t size, const char *root, const char *name, const char *file)
{
	if (sysfs_read(speed, size, FUNCTION "/%s", root, name, file) || !strncmp(speed, "Unknown", 7))
		speed[0] = '\0';
}

void pci_read_link(const char *root, struct frame_pci_device *f)
{
	char power[16];
	unsigned long max;

	memset(f->link_speed, 0, sizeof(f->link_speed));
	memset(f->max_link_speed, 0, sizeof(f->max_link_speed));
	f->link_width = f->max_link_width = FRAME_NO_COUNT;
	if (!sysfs_read(power, sizeof(power), FUNCTION "/power/runtime_status", root, f->device) &&
	    !strcmp(power, "suspended"))
		return;
	max = number(root, f->device, "max_link_width");
	if (max == 0 || max == WIDTH_UNKNOWN)
		return;
	f->max_link_width = max;
	f->link_width = number(root, f->device, "current_link_width");
	read_speed(f->max_link_speed, sizeof(f->max_link_speed), root, f->device, "max_link_speed");
	read_speed(f->link_speed, sizeof(f->link_speed), root, f->device, "current_link_speed");
}

bool pci_read(const char *root, const char *name, const struct pci_slots *slots, struct frame_pci_device *out)
{
	char link[LINK_MAX_BYTES];

	memset(out, 0, sizeof(*out));
	if (!pci_is_name(name) || strlen(name) >= sizeof(out->device) ||
	    sysfs_link(link, sizeof(link), FUNCTION, root, name))
		return false;
	strcpy(out->device, name);
	pci_above(link, out->parent);
	out->class = (uint32_t)number(root, name, "class");
	out->vendor = (uint16_t)number(root, name, "vendor");
	out->product = (uint16_t)number(root, name, "device");
	if (!sysfs_link(link, sizeof(link), FUNCTION "/driver", root, name) && strrchr(link, '/'))
		snprintf(out->driver, sizeof(out->driver), "%s", strrchr(link, '/') + 1);
	if (!sysfs_link(link, sizeof(link), FUNCTION "/physfn", root, name) && strrchr(link, '/'))
		snprintf(out->physical, sizeof(out->physical), "%s", strrchr(link, '/') + 1);
	find_slot(slots, out);
	pci_read_link(root, out);
	return true;
}

bool pci_is_virtual(const char *root, const char *name)
{
	char link[LINK_MAX_BYTES];

	return !sysfs_link(link, sizeof(link), FUNCTION "/physfn", root, name);
}
