// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Errors that hardware has told the kernel of. What they mean is not for here. */
#include "ras_kernel.h"
#include "ras_told.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* MCi_STATUS, Intel SDM 3B, 15.3.2.2, and AMD APM 2, 9.3.2: uncorrected, context corrupt, signalled, action
 * required; deferred, poison; and the error code. */
#define MCE_SEVERITY (1ULL << 61 | 1ULL << 57 | 1ULL << 56 | 1ULL << 55 | 1ULL << 44 | 1ULL << 43)
#define MCE_CODE 0xffffULL
/* include/linux/cper.h: physical_addr is valid. */
#define CPER_MEM_VALID_PA 0x0002

#define READ_IF_THERE(from, field) (bpf_core_field_exists((from)->field) ? BPF_CORE_READ(from, field) : 0)

static __always_inline int take_mce(const struct mce *m)
{
	struct news *n = news_begin(RAS_MCE);
	struct ras_mce *to;

	if (!n)
		return 0;
	to = &n->event.mce;
	to->status = BPF_CORE_READ(m, status);
	to->address = BPF_CORE_READ(m, addr);
	to->misc = BPF_CORE_READ(m, misc);
	to->mcg_status = BPF_CORE_READ(m, mcgstatus);
	to->mcg_cap = BPF_CORE_READ(m, mcgcap);
	to->synd = READ_IF_THERE(m, synd);
	to->ipid = READ_IF_THERE(m, ipid);
	to->cpu = BPF_CORE_READ(m, extcpu);
	to->socket = BPF_CORE_READ(m, socketid);
	to->cpuid = BPF_CORE_READ(m, cpuid);
	to->microcode = READ_IF_THERE(m, microcode);
	to->bank = BPF_CORE_READ(m, bank);
	to->vendor = BPF_CORE_READ(m, cpuvendor);
	n->component.numbers[0] = to->status & (MCE_SEVERITY | MCE_CODE);
	n->component.numbers[1] = (__u64)to->cpu << 8 | to->bank;
	return news_end(n, 1);
}

SEC("tp_btf/mce_record")
int BPF_PROG(on_mce, struct mce *m)
{
	return take_mce(m);
}

SEC("tp_btf/mce_record")
int BPF_PROG(on_mce_hw_err, struct mce_hw_err *err)
{
	return take_mce(&err->m);
}

SEC("tp_btf/mc_event")
int BPF_PROG(on_mc_event, unsigned int severity, const char *message, const char *label, int count,
	     __u8 controller, __s8 top, __s8 middle, __s8 low, unsigned long address, __u8 grain_bits,
	     unsigned long syndrome, const char *detail)
{
	struct news *n = news_begin(RAS_MEMORY);
	struct ras_memory *to;

	if (!n)
		return 0;
	to = &n->event.memory;
	bpf_probe_read_kernel_str(to->message, sizeof(to->message), message);
	bpf_probe_read_kernel_str(to->label, sizeof(to->label), label);
	bpf_probe_read_kernel_str(to->detail, sizeof(to->detail), detail);
	to->address = address;
	to->syndrome = syndrome;
	to->layers[0] = top;
	to->layers[1] = middle;
	to->layers[2] = low;
	to->severity = severity;
	to->controller = controller;
	to->grain_bits = grain_bits;
	n->component.severity = severity;
	n->component.numbers[0] = controller;
	n->component.numbers[1] = (__u64)(__u8)top << 16 | (__u64)(__u8)middle << 8 | (__u8)low;
	/* Without layers the label is all there is. */
	__builtin_memcpy(n->component.name, to->label, sizeof(n->component.name));
	return news_end(n, count > 0 ? count : 1);
}

static __always_inline struct news *firmware_begin(__u8 section, __u8 severity, const void *bytes,
						   __u32 length)
{
	struct news *n = news_begin(RAS_FIRMWARE);
	struct ras_firmware *to;

	if (!n)
		return 0;
	to = &n->event.firmware;
	to->section = section;
	to->severity = severity;
	if (length > sizeof(to->bytes))
		length = sizeof(to->bytes);
	if (!bpf_probe_read_kernel(to->bytes, length, bytes))
		to->byte_count = length;
	n->component.severity = (__u32)section << 8 | severity;
	return n;
}

static __always_inline int firmware_end(struct news *n, const void *fru_id, const char *fru_text)
{
	struct ras_firmware *to = &n->event.firmware;

	if (fru_id)
		bpf_probe_read_kernel(to->fru_id, sizeof(to->fru_id), fru_id);
	/* 20 bytes of a CPER section, not always with a zero at their end. */
	if (fru_text)
		bpf_probe_read_kernel_str(to->fru_text, 21, fru_text);
	__builtin_memcpy(n->component.numbers, to->fru_id, sizeof(n->component.numbers));
	__builtin_memcpy(n->component.name, to->fru_text, sizeof(n->component.name));
	return news_end(n, 1);
}

SEC("tp_btf/extlog_mem_event")
int BPF_PROG(on_extlog, struct cper_sec_mem_err *mem, __u32 number, const void *fru_id, const char *fru_text,
	     __u8 severity)
{
	struct news *n = firmware_begin(RAS_SECTION_MEMORY, severity, mem, RAS_SECTION_BYTES);

	if (!n)
		return 0;
	n->event.firmware.has_address = !!(BPF_CORE_READ(mem, validation_bits) & CPER_MEM_VALID_PA);
	n->event.firmware.address = BPF_CORE_READ(mem, physical_addr);
	return firmware_end(n, fru_id, fru_text);
}

static __always_inline int take_arm(const struct cper_sec_proc_arm *section, __u8 severity)
{
	struct news *n =
	    firmware_begin(RAS_SECTION_PROCESSOR, severity, section, BPF_CORE_READ(section, section_length));

	return n ? firmware_end(n, 0, 0) : 0;
}

SEC("tp_btf/arm_event")
int BPF_PROG(on_arm, struct cper_sec_proc_arm *section)
{
	return take_arm(section, RAS_SEVERITY_NOT_TOLD);
}

SEC("tp_btf/arm_event")
int BPF_PROG(on_arm_severity, struct cper_sec_proc_arm *section, const __u8 *errors, __u32 error_bytes,
	     const __u8 *contexts, __u32 context_bytes, const __u8 *vendor, __u32 vendor_bytes, __u8 severity)
{
	return take_arm(section, severity);
}

SEC("tp_btf/non_standard_event")
int BPF_PROG(on_non_standard, const void *section_id, const void *fru_id, const char *fru_text, __u8 severity,
	     const __u8 *bytes, __u32 length)
{
	struct news *n = firmware_begin(RAS_SECTION_VENDOR, severity, bytes, length);
	struct ras_firmware *to;

	if (!n)
		return 0;
	to = &n->event.firmware;
	bpf_probe_read_kernel(to->section_id, sizeof(to->section_id), section_id);
	return firmware_end(n, fru_id, fru_text);
}

SEC("tp_btf/aer_event")
int BPF_PROG(on_aer, const char *device, __u32 status, __u8 severity, __u8 has_tlp_header,
	     const void *tlp_header)
{
	struct news *n = news_begin(RAS_AER);
	struct ras_aer *to;

	if (!n)
		return 0;
	to = &n->event.aer;
	bpf_probe_read_kernel_str(to->device, sizeof(to->device), device);
	to->status = status;
	to->severity = severity;
	/* It begins with the header's four words in each kernel's shape. */
	if (has_tlp_header && !bpf_probe_read_kernel(to->tlp_header, sizeof(to->tlp_header), tlp_header))
		to->has_tlp_header = 1;
	n->component.severity = severity;
	__builtin_memcpy(n->component.name, to->device, sizeof(n->component.name));
	return news_end(n, 1);
}

static __always_inline int take_cxl(const struct cxl_memdev *device, __u8 event, __u8 log)
{
	struct news *n = news_begin(RAS_CXL);
	struct ras_cxl *to;

	if (!n)
		return 0;
	to = &n->event.cxl;
	bpf_probe_read_kernel_str(to->device, sizeof(to->device), BPF_CORE_READ(device, dev.kobj.name));
	to->serial = BPF_CORE_READ(device, cxlds, serial);
	to->event = event;
	to->log = log;
	n->component.severity = (__u32)event << 8 | log;
	__builtin_memcpy(n->component.name, to->device, sizeof(to->device));
	return news_end(n, 1);
}

#define ON_CXL(name, event)                                                                                  \
	SEC("tp_btf/cxl_" #name)                                                                             \
	int BPF_PROG(on_cxl_##name, struct cxl_memdev *device, __u32 log)                                    \
	{                                                                                                    \
		return take_cxl(device, event, log);                                                         \
	}

/* The second argument of these is a status register. */
SEC("tp_btf/cxl_aer_uncorrectable_error")
int BPF_PROG(on_cxl_aer_uncorrectable_error, struct cxl_memdev *device)
{
	return take_cxl(device, RAS_CXL_AER_UNCORRECTABLE, 0);
}

SEC("tp_btf/cxl_aer_correctable_error")
int BPF_PROG(on_cxl_aer_correctable_error, struct cxl_memdev *device)
{
	return take_cxl(device, RAS_CXL_AER_CORRECTABLE, 0);
}

ON_CXL(overflow, RAS_CXL_OVERFLOW)
ON_CXL(generic_event, RAS_CXL_GENERIC)
ON_CXL(general_media, RAS_CXL_GENERAL_MEDIA)
ON_CXL(dram, RAS_CXL_DRAM)
ON_CXL(memory_module, RAS_CXL_MEMORY_MODULE)
