/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the source ras. */
#ifndef PATHWARDEN_FRAME_SAMPLES_RAS_H
#define PATHWARDEN_FRAME_SAMPLES_RAS_H

#include "frame_samples_net.h"

#define ERRORS                                                                                               \
	{                                                                                                    \
		.count = UINT32_MAX, .first_us = UINT32_MAX                                                  \
	}

static struct frame full_firmware_error(void)
{
	struct frame f = {.type = FRAME_FIRMWARE_ERROR, .t_us = 2000};

	f.firmware_error = (struct frame_firmware_error){.errors = ERRORS,
							 .fru_id = "4f1a4a2e-9f3b-4d6a-8f6a-7a2d1b0c9e8f",
							 .section = "a5bc1114-6f64-4ede-b863-3e83ed7c83b1",
							 .has_address = true,
							 .address = UINT64_MAX,
							 .byte_count = FRAME_FIRMWARE_BYTES};
	memset(f.firmware_error.fru_text, '\f', sizeof(f.firmware_error.fru_text) - 1);
	memset(f.firmware_error.bytes, 0xfe, sizeof(f.firmware_error.bytes));
	return f;
}

static struct frame full_page_victim(void)
{
	struct frame f = {.type = FRAME_PAGE_VICTIM, .t_us = 2000};

	f.page_victim = (struct frame_page_victim){
	    .pid = 1, .comm = "qemu-system-x86", .required = true, .address = UINT64_MAX};
	memset(f.page_victim.command, '\x01', sizeof(f.page_victim.command) - 1);
	memset(f.page_victim.cgroup, '\xff', sizeof(f.page_victim.cgroup) - 1);
	return f;
}

static struct frame full_memory_error(void)
{
	struct frame f = {.type = FRAME_MEMORY_ERROR, .t_us = 2000};

	f.memory_error = (struct frame_memory_error){.errors = ERRORS,
						     .address = UINT64_MAX,
						     .syndrome = UINT64_MAX,
						     .layers = {255, 0, -1},
						     .controller = 255,
						     .grain_bits = 255};
	memset(f.memory_error.message, '\f', sizeof(f.memory_error.message) - 1);
	memset(f.memory_error.label, '\f', sizeof(f.memory_error.label) - 1);
	memset(f.memory_error.detail, '\f', sizeof(f.memory_error.detail) - 1);
	return f;
}

static struct frame *ras_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_MCE,
			      .mce = {.errors = ERRORS,
				      .status = UINT64_MAX,
				      .address = UINT64_MAX,
				      .misc = UINT64_MAX,
				      .mcg_status = UINT64_MAX,
				      .mcg_cap = UINT64_MAX,
				      .synd = UINT64_MAX,
				      .ipid = UINT64_MAX,
				      .cpu = UINT32_MAX,
				      .socket = UINT32_MAX,
				      .cpuid = UINT32_MAX,
				      .microcode = UINT32_MAX,
				      .bank = 255,
				      .vendor = 255}};
	*f++ = (struct frame){.type = FRAME_MCE, .mce = {.errors = {.count = 1}}};
	for (unsigned int severity = MEMORY_CORRECTED; severity <= MEMORY_INFO; severity++) {
		*f = full_memory_error();
		(f++)->memory_error.severity = severity;
	}
	*f++ = (struct frame){.type = FRAME_MEMORY_ERROR, .memory_error = {.errors = {.count = 1}}};
	for (unsigned int kind = FIRMWARE_MEMORY; kind <= FIRMWARE_VENDOR; kind++) {
		*f = full_firmware_error();
		f->firmware_error.kind = kind;
		(f++)->firmware_error.severity = kind + 1;
	}
	*f++ = (struct frame){.type = FRAME_FIRMWARE_ERROR, .firmware_error = {.errors = {.count = 1}}};
	for (unsigned int severity = CXL_CORRECTED; severity <= CXL_INFO; severity++)
		*f++ = (struct frame){.type = FRAME_CXL_ERROR,
				      .cxl_error = {.errors = ERRORS,
						    .device = "mem4294967295",
						    .event = "aer_uncorrectable_error",
						    .severity = severity,
						    .has_address = severity,
						    .address = UINT64_MAX,
						    .serial = severity ? UINT64_MAX : 0}};
	for (unsigned int severity = AER_CORRECTED; severity <= AER_FATAL; severity++)
		*f++ = (struct frame){.type = FRAME_AER,
				      .aer = {.errors = ERRORS,
					      .device = "10000:ff:1f.7",
					      .severity = severity,
					      .status = UINT32_MAX,
					      .has_tlp_header = severity != AER_CORRECTED,
					      .tlp_header = {1, 0, UINT32_MAX, 0xabc}}};
	for (unsigned int result = PAGE_IGNORED; result <= PAGE_RECOVERED; result++)
		*f++ = (struct frame){.type = FRAME_PAGE_FAILURE,
				      .page_failure = {.pfn = UINT64_MAX,
						       .page = "different_compound_and_longer_than_that",
						       .result = result}};
	*f++ = full_page_victim();
	*f++ = (struct frame){.type = FRAME_PAGE_VICTIM, .page_victim = {.pid = UINT32_MAX}};
	return f;
}

#endif
