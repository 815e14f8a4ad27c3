// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The kernel's structures as far as hwevents.bpf.c reads them; see kernel.h. */
#ifndef PATHWARDEN_HWEVENTS_KERNEL_H
#define PATHWARDEN_HWEVENTS_KERNEL_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* drivers/nvme/host: the module's own BTF. */
struct nvme_ctrl {
	int instance;
};

/* drivers/scsi: the module's own BTF. */
struct Scsi_Host {
	unsigned int host_no;
};

struct scsi_device {
	struct Scsi_Host *host;
	unsigned int id, channel;
	__u64 lun;
};

struct scsi_cmnd {
	struct scsi_device *device;
	unsigned char cmnd[32];
	int result;
};

/* Before 5.18. */
struct scsi_cmnd___pointer {
	unsigned char *cmnd;
};

struct thermal_zone_device {
	int id;
	char type[20];
};

struct kobject {
	const char *name;
};

struct bus_type {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct bus_type *bus;
};

struct devlink {
	struct device *dev;
};

#pragma clang attribute pop

#endif
