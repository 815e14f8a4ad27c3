/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a process, as a line of text. */
#ifndef PATHWARDEN_RAS_ARGUMENTS_H
#define PATHWARDEN_RAS_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Arguments as the kernel has them, each ended by a zero; the last may be cut. */
struct ras_arguments {
	const char *bytes;
	size_t size;
};

/*
 * Joined by blanks, cut at size - 1. What is cut keeps the value of its `-name`, moved to behind the first:
 * by that a virtual machine is known.
 */
void ras_command_text(struct ras_arguments arguments, char *out, size_t size);

/* Is it called qemu…, or has it `-name guest=…`? */
bool ras_command_is_hypervisor(struct ras_arguments arguments);

#endif
