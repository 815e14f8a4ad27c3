/* SPDX-License-Identifier: Apache-2.0 */
/* Names and states of drivers/nvme/host/{core,multipath}.c. Each parser: false if it is no such name. */
#ifndef PATHWARDEN_NVME_NAME_H
#define PATHWARDEN_NVME_NAME_H

#include <stdbool.h>

/* A namespace as its subsystem has it, nvme<subsystem>n<instance>: its paths are
 * nvme<subsystem>c<controller>n<instance>. */
struct nvme_head {
	unsigned int subsystem, instance;
};

struct nvme_path_name {
	unsigned int subsystem, controller, instance;
};

/* nvme<instance>, and nothing after it. */
bool nvme_controller_name(const char *name, unsigned int *instance);
bool nvme_head_name(const char *name, struct nvme_head *head);
bool nvme_path_name(const char *name, struct nvme_path_name *path);

/* Does the driver send I/O by it? access: its ANA state; "": the controller has none. */
bool nvme_usable(const char *state, const char *access);

#endif
