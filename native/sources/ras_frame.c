/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs tell, as frames have it. */
#include <stdio.h>
#include <string.h>
#include "ras.h"

/* enum cper_severity and ghes_severity of the kernel: the former as CPER has it, the latter its own. */
static const enum firmware_severity cper_severities[] = {FIRMWARE_RECOVERABLE, FIRMWARE_FATAL,
							 FIRMWARE_CORRECTED, FIRMWARE_INFO};
static const enum firmware_severity ghes_severities[] = {FIRMWARE_INFO, FIRMWARE_CORRECTED,
							 FIRMWARE_RECOVERABLE, FIRMWARE_FATAL};

/* UEFI 2.10, N.2.4.4: behind a header of 40 bytes, the first error's valid fields and its description. */
#define ARM_VALID_AT 42
#define ARM_VALID_DESCRIPTION (1 << 2)
#define ARM_DESCRIPTION_AT 48
#define ARM_CORRECTED_IS_VALID (1ULL << 4)
#define ARM_CORRECTED (1ULL << 26)

static bool is_corrected_arm(const struct ras_firmware *e)
{
	uint64_t description;

	if (e->byte_count < ARM_DESCRIPTION_AT + sizeof(description) ||
	    !(e->bytes[ARM_VALID_AT] & ARM_VALID_DESCRIPTION))
		return false;
	memcpy(&description, e->bytes + ARM_DESCRIPTION_AT, sizeof(description));
	return (description & ARM_CORRECTED_IS_VALID) && (description & ARM_CORRECTED);
}

static enum firmware_severity firmware_severity(const struct ras_firmware *e)
{
	if (e->severity == RAS_SEVERITY_NOT_TOLD)
		return is_corrected_arm(e) ? FIRMWARE_CORRECTED : FIRMWARE_RECOVERABLE;
	/* A value that there is not yet: as bad as it may be without ending the host. */
	if (e->severity > 3)
		return FIRMWARE_RECOVERABLE;
	return e->section == RAS_SECTION_MEMORY ? cper_severities[e->severity] : ghes_severities[e->severity];
}

static void put_guid(char out[FRAME_GUID_TEXT], const uint8_t guid[16])
{
	static const uint8_t none[16];

	if (!memcmp(guid, none, sizeof(none)))
		return;
	snprintf(out, FRAME_GUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 guid[3], guid[2], guid[1], guid[0], guid[5], guid[4], guid[7], guid[6], guid[8], guid[9],
		 guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
}

static void put_firmware(const struct ras_firmware *e, struct frame_firmware_error *f)
{
	static const enum firmware_kind kinds[] = {[RAS_SECTION_MEMORY] = FIRMWARE_MEMORY,
						   [RAS_SECTION_PROCESSOR] = FIRMWARE_PROCESSOR,
						   [RAS_SECTION_VENDOR] = FIRMWARE_VENDOR};

	f->kind = kinds[e->section <= RAS_SECTION_VENDOR ? e->section : RAS_SECTION_VENDOR];
	f->severity = firmware_severity(e);
	put_guid(f->fru_id, e->fru_id);
	put_guid(f->section, e->section_id);
	snprintf(f->fru_text, sizeof(f->fru_text), "%.*s", (int)sizeof(e->fru_text) - 1, e->fru_text);
	f->has_address = e->has_address;
	f->address = e->address;
	f->byte_count = e->byte_count <= FRAME_FIRMWARE_BYTES ? e->byte_count : FRAME_FIRMWARE_BYTES;
	memcpy(f->bytes, e->bytes, f->byte_count);
}

static void put_mce(const struct ras_mce *e, struct frame_mce *f)
{
	f->status = e->status;
	f->address = e->address;
	f->misc = e->misc;
	f->mcg_status = e->mcg_status;
	f->mcg_cap = e->mcg_cap;
	f->synd = e->synd;
	f->ipid = e->ipid;
	f->cpu = e->cpu;
	f->socket = e->socket;
	f->cpuid = e->cpuid;
	f->microcode = e->microcode;
	f->bank = e->bank;
	f->vendor = e->vendor;
}

static void put_memory(const struct ras_memory *e, struct frame_memory_error *f)
{
	f->severity = e->severity <= MEMORY_INFO ? e->severity : MEMORY_INFO;
	snprintf(f->message, sizeof(f->message), "%.*s", (int)sizeof(e->message) - 1, e->message);
	snprintf(f->label, sizeof(f->label), "%.*s", (int)sizeof(e->label) - 1, e->label);
	snprintf(f->detail, sizeof(f->detail), "%.*s", (int)sizeof(e->detail) - 1, e->detail);
	for (size_t i = 0; i < FRAME_LAYERS; i++)
		f->layers[i] = e->layers[i];
	f->controller = e->controller;
	f->grain_bits = e->grain_bits;
	f->address = e->address;
	f->syndrome = e->syndrome;
}

/* AER_* of the kernel's linux/aer.h. */
static bool put_aer(const struct ras_aer *e, struct frame_aer *f)
{
	static const enum aer_severity severities[] = {AER_NONFATAL, AER_FATAL, AER_CORRECTED};
	unsigned int domain, bus, slot, function;
	char name[sizeof(e->device) + 1] = "";
	int end = 0;

	memcpy(name, e->device, sizeof(e->device));
	/* Other buses may use it, too. */
	if (sscanf(name, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) < 4 || name[end] ||
	    function > 7 || e->severity >= sizeof(severities) / sizeof(severities[0]))
		return false;
	snprintf(f->device, sizeof(f->device), "%04x:%02x:%02x.%x", domain, bus & 0xff, slot & 0xff,
		 function);
	f->severity = severities[e->severity];
	f->status = e->status;
	f->has_tlp_header = e->has_tlp_header;
	memcpy(f->tlp_header, e->tlp_header, sizeof(f->tlp_header));
	return true;
}

static bool put_cxl(const struct ras_cxl *e, struct frame_cxl_error *f)
{
	static const char *const events[] = {[RAS_CXL_AER_UNCORRECTABLE] = "aer_uncorrectable_error",
					     [RAS_CXL_AER_CORRECTABLE] = "aer_correctable_error",
					     [RAS_CXL_OVERFLOW] = "overflow",
					     [RAS_CXL_GENERIC] = "generic_event",
					     [RAS_CXL_GENERAL_MEDIA] = "general_media",
					     [RAS_CXL_DRAM] = "dram",
					     [RAS_CXL_MEMORY_MODULE] = "memory_module"};
	/* Its event logs: information, warning, failure, fatal (CXL 3.0, 8.2.9.2.2). */
	static const enum cxl_severity logs[] = {CXL_INFO, CXL_CORRECTED, CXL_UNCORRECTED, CXL_FATAL};

	if (e->event > RAS_CXL_MEMORY_MODULE || e->log >= sizeof(logs) / sizeof(logs[0]))
		return false;
	snprintf(f->device, sizeof(f->device), "%.*s", (int)sizeof(e->device) - 1, e->device);
	snprintf(f->event, sizeof(f->event), "%s", events[e->event]);
	f->severity = e->event == RAS_CXL_AER_UNCORRECTABLE ? CXL_UNCORRECTED
		      : e->event == RAS_CXL_AER_CORRECTABLE ? CXL_CORRECTED
							    : logs[e->log];
	f->serial = e->serial;
	return true;
}

bool ras_frame(const struct ras_event *e, struct frame *f)
{
	struct frame_errors errors = {.count = e->count, .first_us = e->first_ns / 1000};

	*f = (struct frame){.t_us = e->t_ns / 1000};
	switch (e->kind) {
	case RAS_MCE:
		f->type = FRAME_MCE;
		f->mce.errors = errors;
		put_mce(&e->mce, &f->mce);
		return true;
	case RAS_MEMORY:
		f->type = FRAME_MEMORY_ERROR;
		f->memory_error.errors = errors;
		put_memory(&e->memory, &f->memory_error);
		return true;
	case RAS_FIRMWARE:
		f->type = FRAME_FIRMWARE_ERROR;
		f->firmware_error.errors = errors;
		put_firmware(&e->firmware, &f->firmware_error);
		return true;
	case RAS_AER:
		f->type = FRAME_AER;
		f->aer.errors = errors;
		return put_aer(&e->aer, &f->aer);
	case RAS_CXL:
		f->type = FRAME_CXL_ERROR;
		f->cxl_error.errors = errors;
		return put_cxl(&e->cxl, &f->cxl_error);
	default:
		return false;
	}
}
