/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that tell what hardware there is. */
#ifndef PATHWARDEN_FRAME_SAMPLES_HARDWARE_H
#define PATHWARDEN_FRAME_SAMPLES_HARDWARE_H

#include "frame_samples_net.h"

static struct frame full_pci_device(void)
{
	struct frame f = {.type = FRAME_PCI_DEVICE, .t_us = 2000};

	f.pci_device = (struct frame_pci_device){.device = "00010000:e1:00.7",
						 .parent = "0000:00:0e.0",
						 .physical = "0000:e1:00.0",
						 .class = 0xffffff,
						 .vendor = UINT16_MAX,
						 .product = UINT16_MAX,
						 .link_width = 4,
						 .max_link_width = 16};
	memset(f.pci_device.driver, '\f', sizeof(f.pci_device.driver) - 1);
	memset(f.pci_device.slot, '\f', sizeof(f.pci_device.slot) - 1);
	memset(f.pci_device.link_speed, '\f', sizeof(f.pci_device.link_speed) - 1);
	memset(f.pci_device.max_link_speed, '\f', sizeof(f.pci_device.max_link_speed) - 1);
	return f;
}

static struct frame full_processors(void)
{
	struct frame f = {.type = FRAME_PROCESSORS, .t_us = 2000, .processors.smt = "notimplemented"};

	memset(f.processors.lists, '7', sizeof(f.processors.lists) - 1);
	f.processors.lists[FRAME_CPU_LIST_MAX - 1] = '\0';
	return f;
}

static struct frame full_md(void)
{
	struct frame f = {.type = FRAME_MD, .t_us = 2000};

	f.md = (struct frame_md){.array = "md127",
				 .level = "raid6",
				 .state = "write-pending",
				 .action = "reshape",
				 .raid_disks = UINT32_MAX,
				 .degraded = UINT32_MAX,
				 .member_count = FRAME_MEMBERS_MAX};
	for (size_t i = 0; i < FRAME_MEMBERS_MAX; i++) {
		f.md.members[i].slot = i ? UINT32_MAX - 1 : FRAME_SPARE;
		memset(f.md.members[i].disk, 'x', sizeof(f.md.members[i].disk) - 1);
		memset(f.md.members[i].state, ',', sizeof(f.md.members[i].state) - 1);
	}
	return f;
}

static struct frame full_mount(void)
{
	struct frame f = {.type = FRAME_MOUNT, .t_us = 2000};

	f.mount = (struct frame_mount){.major = UINT32_MAX, .minor = UINT32_MAX, .super_read_only = true};
	memset(f.mount.filesystem, '\f', sizeof(f.mount.filesystem) - 1);
	memset(f.mount.source, '\f', sizeof(f.mount.source) - 1);
	memset(f.mount.point, '\f', sizeof(f.mount.point) - 1);
	return f;
}

static struct frame full_power_supply(void)
{
	struct frame f = {.type = FRAME_POWER_SUPPLY, .t_us = 2000};

	f.power_supply = (struct frame_power_supply){.kind = "Mains", .has_online = true, .online = true};
	memset(f.power_supply.supply, '\f', sizeof(f.power_supply.supply) - 1);
	memset(f.power_supply.health, '\f', sizeof(f.power_supply.health) - 1);
	memset(f.power_supply.status, '\f', sizeof(f.power_supply.status) - 1);
	memset(f.power_supply.model, '\f', sizeof(f.power_supply.model) - 1);
	memset(f.power_supply.serial, '\f', sizeof(f.power_supply.serial) - 1);
	return f;
}

static struct frame *hardware_samples(struct frame *f)
{
	*f++ = full_pci_device();
	*f++ = (struct frame){.type = FRAME_PCI_DEVICE,
			      .pci_device = {.device = "0000:00:01.0",
					     .link_width = FRAME_NO_COUNT,
					     .max_link_width = FRAME_NO_COUNT,
					     .gone = true}};
	*f++ = full_processors();
	*f++ = (struct frame){.type = FRAME_PROCESSORS,
			      .processors.lists = "0-1\0"
						  "0"};
	*f++ = (struct frame){.type = FRAME_MEMORY,
			      .memory = {.total_bytes = 1ULL << 50,
					 .blocks = UINT32_MAX,
					 .offline_blocks = UINT32_MAX,
					 .corrupted_bytes = 4096}};
	*f++ = full_md();
	*f++ = (struct frame){.type = FRAME_MD, .md = {.array = "md0", .gone = true}};
	*f++ = full_mount();
	*f++ = (struct frame){.type = FRAME_MOUNT, .mount = {.read_only = true, .gone = true}};
	*f++ = full_power_supply();
	*f++ = (struct frame){.type = FRAME_POWER_SUPPLY, .power_supply = {.supply = "AC", .gone = true}};
	*f++ = (struct frame){.type = FRAME_WATCHDOG,
			      .watchdog = {.watchdog = "watchdog0",
					   .identity = "i6300ESB timer",
					   .active = true,
					   .boot_status = UINT32_MAX,
					   .timeout_s = 30}};
	*f++ = (struct frame){.type = FRAME_WATCHDOG, .watchdog = {.watchdog = "watchdog1", .gone = true}};
	return f;
}

#endif
