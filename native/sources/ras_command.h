/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines of processes that had a broken page. One that died of it has none any more, so those of
 * hypervisors are kept.
 */
#ifndef PATHWARDEN_RAS_COMMAND_H
#define PATHWARDEN_RAS_COMMAND_H

#include <stdint.h>
#include "frame_hardware.h"
#include "ras_arguments.h"

/* Hypervisors whose command lines are kept: the oldest makes room. */
#define RAS_COMMANDS_MAX 256

/* Keeps those of the hypervisors that there are. root: "", or a folder that a test has made instead. */
void ras_command_scan(const char *root);

/* Keeps one; start_ns: when the process began, of CLOCK_BOOTTIME, which tells it from another of that number.
 */
void ras_command_keep(uint32_t pid, uint64_t start_ns, struct ras_arguments arguments);

/*
 * Of this process: as /proc has it now, else as the kernel has read it (seen), else as it was kept; "" if
 * none of these knows.
 */
void ras_command_of(const char *root, uint32_t pid, uint64_t start_ns, struct ras_arguments seen, char *out,
		    size_t size);

/* Does /proc hide other users' processes? */
bool ras_command_hidden(const char *root);

void ras_command_forget(void);

#endif
