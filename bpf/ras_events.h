/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/* The records of ras.bpf.c and poison.bpf.c, shared with native/. */
#ifndef PATHWARDEN_RAS_EVENTS_H
#define PATHWARDEN_RAS_EVENTS_H

#include <linux/types.h>

enum ras_kind {
	RAS_MCE = 1,
	RAS_MEMORY = 2,
	RAS_FIRMWARE = 3,
	RAS_AER = 4,
	RAS_CXL = 5,
};

struct ras_mce {
	__u64 status, address, misc, mcg_status, mcg_cap, synd, ipid;
	__u32 cpu, socket, cpuid, microcode;
	__u8 bank, vendor;
	__u8 pad[6];
};

struct ras_memory {
	__u64 address, syndrome;
	char message[64], label[192], detail[192];
	__s8 layers[3]; /* -1: not known */
	__u8 severity;	/* enum hw_event_mc_err_type */
	__u8 controller, grain_bits;
	__u8 pad[2];
};

#define RAS_SECTION_BYTES 64

#define RAS_SEVERITY_NOT_TOLD 255

enum ras_section { RAS_SECTION_MEMORY, RAS_SECTION_PROCESSOR, RAS_SECTION_VENDOR };

struct ras_firmware {
	__u64 address;
	__u8 fru_id[16], section_id[16]; /* guid_t; all zero: not told */
	__u8 bytes[RAS_SECTION_BYTES];
	char fru_text[24];
	__u8 byte_count;
	__u8 section; /* enum ras_section */
	__u8 has_address;
	__u8 severity; /* memory: CPER_SEV_*; else GHES_SEV_*; or RAS_SEVERITY_NOT_TOLD */
	__u8 pad[4];
};

struct ras_aer {
	__u32 status;
	__u32 tlp_header[4];
	char device[24];
	__u8 severity; /* AER_*, linux/aer.h */
	__u8 has_tlp_header;
	__u8 pad[2];
};

/* Of cxl:cxl_*, by the tracepoint. */
enum ras_cxl_event {
	RAS_CXL_AER_UNCORRECTABLE,
	RAS_CXL_AER_CORRECTABLE,
	RAS_CXL_OVERFLOW,
	RAS_CXL_GENERIC,
	RAS_CXL_GENERAL_MEDIA,
	RAS_CXL_DRAM,
	RAS_CXL_MEMORY_MODULE,
};

struct ras_cxl {
	__u64 serial;
	char device[16];
	__u8 event; /* enum ras_cxl_event */
	__u8 log;   /* enum cxl_event_log_type: information, warning, failure, fatal */
	__u8 pad[6];
};

/* An error, or several of one component. */
struct ras_event {
	__u64 t_ns, first_ns;
	__u32 count;
	__u32 kind; /* enum ras_kind */
	union {
		struct ras_mce mce;
		struct ras_memory memory;
		struct ras_firmware firmware;
		struct ras_aer aer;
		struct ras_cxl cxl;
	};
};

/* Components of which something was told in the last second; an error of one more is counted and told as
 * lost. */
#define RAS_COMPONENTS_MAX 512

enum poison_kind {
	POISON_PAGE = 1,
	POISON_VICTIM = 2,
	POISON_EXEC = 3, /* something that looks like a hypervisor was started */
};

#define POISON_NAMES 4
#define POISON_NAME_MAX 64
#define POISON_ARGUMENTS_MAX 1024

struct poison_event {
	__u64 t_ns;
	__u32 kind; /* enum poison_kind */
	__u32 pid;
	/* POISON_PAGE */
	__u64 pfn;
	__s32 page, result; /* enum mf_action_page_type, mf_result */
	/* POISON_VICTIM */
	__u64 address;
	__u8 required; /* BUS_MCEERR_AR */
	__u8 pad[3];
	char comm[16];
	char cgroup[POISON_NAMES][POISON_NAME_MAX]; /* the last first; "": there are no more */
	/* POISON_VICTIM, POISON_EXEC */
	__u32 argument_bytes; /* of arguments; 0: could not be read */
	__u64 start_ns;	      /* of the process: tells it from another of that pid */
	/* As it has them: each ended by a zero. */
	char arguments[POISON_ARGUMENTS_MAX];
};

#endif
