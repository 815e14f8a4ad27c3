/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of frames of the source ras, as agent/wire/hardware.ts names them, in its order. */
#include "frame_put.h"

static void put_register_or_null(struct json *j, const char *name, bool has, uint64_t value)
{
	if (has)
		put_register(j, name, value);
	else
		json_put_null(j, name);
}

static void put_mce(struct json *j, const struct frame_mce *p)
{
	put_errors(j, &p->errors);
	json_put_uint(j, "cpu", p->cpu);
	json_put_uint(j, "socket", p->socket);
	json_put_uint(j, "bank", p->bank);
	put_register(j, "status", p->status);
	put_register(j, "address", p->address);
	put_register(j, "misc", p->misc);
	put_register(j, "mcg_status", p->mcg_status);
	put_register(j, "mcg_cap", p->mcg_cap);
	put_register(j, "synd", p->synd);
	put_register(j, "ipid", p->ipid);
	json_put_uint(j, "cpuid", p->cpuid);
	json_put_uint(j, "vendor", p->vendor);
	json_put_uint(j, "microcode", p->microcode);
}

static void put_memory_error(struct json *j, const struct frame_memory_error *p)
{
	static const char *const severities[] = {[MEMORY_CORRECTED] = "corrected",
						 [MEMORY_UNCORRECTED] = "uncorrected",
						 [MEMORY_DEFERRED] = "deferred",
						 [MEMORY_FATAL] = "fatal",
						 [MEMORY_INFO] = "info"};

	put_errors(j, &p->errors);
	put_choice(j, "severity", severities, COUNT(severities), p->severity);
	json_put_text(j, "message", p->message, sizeof(p->message));
	json_put_text(j, "label", p->label, sizeof(p->label));
	json_put_uint(j, "controller", p->controller);
	json_open(j, "layers", '[');
	for (size_t i = 0; i < FRAME_LAYERS; i++)
		if (p->layers[i] < 0)
			json_put_null(j, NULL);
		else
			json_put_uint(j, NULL, (uint64_t)p->layers[i]);
	json_close(j, ']');
	put_register(j, "address", p->address);
	json_put_uint(j, "grain_bits", p->grain_bits);
	put_register(j, "syndrome", p->syndrome);
	json_put_text(j, "detail", p->detail, sizeof(p->detail));
}

static void put_bytes(struct json *j, const char *name, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * FRAME_FIRMWARE_BYTES];

	if (count > FRAME_FIRMWARE_BYTES)
		count = FRAME_FIRMWARE_BYTES;
	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_put_text(j, name, text, 2 * count);
}

static void put_firmware_error(struct json *j, const struct frame_firmware_error *p)
{
	static const char *const kinds[] = {
	    [FIRMWARE_MEMORY] = "memory", [FIRMWARE_PROCESSOR] = "processor", [FIRMWARE_VENDOR] = "vendor"};
	static const char *const severities[] = {[FIRMWARE_CORRECTED] = "corrected",
						 [FIRMWARE_RECOVERABLE] = "recoverable",
						 [FIRMWARE_FATAL] = "fatal",
						 [FIRMWARE_INFO] = "info"};

	put_errors(j, &p->errors);
	put_choice(j, "kind", kinds, COUNT(kinds), p->kind);
	put_choice(j, "severity", severities, COUNT(severities), p->severity);
	put_text_or_null(j, "fru_id", p->fru_id, sizeof(p->fru_id));
	put_text_or_null(j, "fru_text", p->fru_text, sizeof(p->fru_text));
	put_register_or_null(j, "address", p->has_address, p->address);
	put_text_or_null(j, "section", p->section, sizeof(p->section));
	put_bytes(j, "bytes", p->bytes, p->byte_count);
}

static void put_cxl_error(struct json *j, const struct frame_cxl_error *p)
{
	static const char *const severities[] = {[CXL_CORRECTED] = "corrected",
						 [CXL_UNCORRECTED] = "uncorrected",
						 [CXL_FATAL] = "fatal",
						 [CXL_INFO] = "info"};

	put_errors(j, &p->errors);
	json_put_text(j, "device", p->device, sizeof(p->device));
	json_put_text(j, "event", p->event, sizeof(p->event));
	put_choice(j, "severity", severities, COUNT(severities), p->severity);
	put_register_or_null(j, "address", p->has_address, p->address);
	put_register_or_null(j, "serial", p->serial != 0, p->serial);
}

static void put_aer(struct json *j, const struct frame_aer *p)
{
	static const char *const severities[] = {
	    [AER_CORRECTED] = "corrected", [AER_NONFATAL] = "nonfatal", [AER_FATAL] = "fatal"};
	char header[33];

	put_errors(j, &p->errors);
	json_put_text(j, "device", p->device, sizeof(p->device));
	put_choice(j, "severity", severities, COUNT(severities), p->severity);
	put_register(j, "status", p->status);
	snprintf(header, sizeof(header), "%08x%08x%08x%08x", p->tlp_header[0], p->tlp_header[1],
		 p->tlp_header[2], p->tlp_header[3]);
	put_text_or_null(j, "tlp_header", p->has_tlp_header ? header : "", sizeof(header));
}

static void put_page_failure(struct json *j, const struct frame_page_failure *p)
{
	static const char *const results[] = {[PAGE_IGNORED] = "ignored",
					      [PAGE_FAILED] = "failed",
					      [PAGE_DELAYED] = "delayed",
					      [PAGE_RECOVERED] = "recovered"};

	put_register(j, "pfn", p->pfn);
	json_put_text(j, "page", p->page, sizeof(p->page));
	put_choice(j, "result", results, COUNT(results), p->result);
}

static void put_page_victim(struct json *j, const struct frame_page_victim *p)
{
	json_put_uint(j, "pid", p->pid);
	json_put_text(j, "comm", p->comm, sizeof(p->comm));
	put_text_or_null(j, "command", p->command, sizeof(p->command));
	put_text_or_null(j, "cgroup", p->cgroup, sizeof(p->cgroup));
	json_put_text(j, "action", p->required ? "required" : "optional", 8);
	put_register(j, "address", p->address);
}

void frame_fields_ras(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_MCE:
		put_mce(j, &f->mce);
		break;
	case FRAME_MEMORY_ERROR:
		put_memory_error(j, &f->memory_error);
		break;
	case FRAME_FIRMWARE_ERROR:
		put_firmware_error(j, &f->firmware_error);
		break;
	case FRAME_CXL_ERROR:
		put_cxl_error(j, &f->cxl_error);
		break;
	case FRAME_AER:
		put_aer(j, &f->aer);
		break;
	case FRAME_PAGE_FAILURE:
		put_page_failure(j, &f->page_failure);
		break;
	case FRAME_PAGE_VICTIM:
		put_page_victim(j, &f->page_victim);
		break;
	default:
		break;
	}
}
