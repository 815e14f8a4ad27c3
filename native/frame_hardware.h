/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware, as the kernel tells of it: errors, and what there is. */
#ifndef PATHWARDEN_FRAME_HARDWARE_H
#define PATHWARDEN_FRAME_HARDWARE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "frame_base.h"

#define FRAME_TEXT_MAX 257 /* the wire's limit for a text, and its end */

/* How many errors a frame stands for; its t_us is that of the last. */
struct frame_errors {
	uint64_t count, first_us;
};

/* --- source ras --- */

struct frame_mce {
	struct frame_errors errors;
	uint64_t status, address, misc, mcg_status, mcg_cap, synd, ipid;
	uint32_t cpu, socket, cpuid, microcode;
	uint8_t bank, vendor;
};

#define FRAME_LAYERS 3

/* As enum hw_event_mc_err_type of the kernel's linux/edac.h. */
enum memory_severity {
	MEMORY_CORRECTED,
	MEMORY_UNCORRECTED,
	MEMORY_DEFERRED,
	MEMORY_FATAL,
	MEMORY_INFO,
};

struct frame_memory_error {
	struct frame_errors errors;
	uint64_t address, syndrome;
	int16_t layers[FRAME_LAYERS]; /* -1: not known */
	enum memory_severity severity;
	uint8_t controller, grain_bits;
	char message[64], label[192], detail[192];
};

enum firmware_kind { FIRMWARE_MEMORY, FIRMWARE_PROCESSOR, FIRMWARE_VENDOR };
enum firmware_severity { FIRMWARE_CORRECTED, FIRMWARE_RECOVERABLE, FIRMWARE_FATAL, FIRMWARE_INFO };

#define FRAME_GUID_TEXT 37
#define FRAME_FIRMWARE_BYTES 64

struct frame_firmware_error {
	struct frame_errors errors;
	enum firmware_kind kind;
	enum firmware_severity severity;
	char fru_id[FRAME_GUID_TEXT], fru_text[24], section[FRAME_GUID_TEXT]; /* "": not told */
	bool has_address;
	uint64_t address;
	uint8_t byte_count;
	uint8_t bytes[FRAME_FIRMWARE_BYTES];
};

enum cxl_severity { CXL_CORRECTED, CXL_UNCORRECTED, CXL_FATAL, CXL_INFO };

struct frame_cxl_error {
	struct frame_errors errors;
	char device[16], event[32];
	enum cxl_severity severity;
	bool has_address;
	uint64_t address;
	uint64_t serial; /* 0: not told */
};

enum aer_severity { AER_CORRECTED, AER_NONFATAL, AER_FATAL };

struct frame_aer {
	struct frame_errors errors;
	char device[20];
	enum aer_severity severity;
	uint32_t status;
	bool has_tlp_header;
	uint32_t tlp_header[4];
};

/* As enum mf_result of the kernel's mm/memory-failure.c. */
enum page_result { PAGE_IGNORED, PAGE_FAILED, PAGE_DELAYED, PAGE_RECOVERED };

struct frame_page_failure {
	uint64_t pfn;
	char page[40];
	enum page_result result;
};

struct frame_page_victim {
	uint32_t pid;
	char comm[16];
	bool required; /* BUS_MCEERR_AR */
	uint64_t address;
	char command[FRAME_TEXT_MAX], cgroup[FRAME_TEXT_MAX]; /* "": not told */
};

/* --- source hwevents --- */

struct frame_nvme_event {
	char controller[24];
	uint32_t result;
};

enum scsi_error_kind { SCSI_ERROR, SCSI_TIMEOUT };

struct frame_scsi_error {
	struct frame_errors errors;
	char device[56]; /* host:channel:id:lun; a LUN has up to 64 bits */
	enum scsi_error_kind kind;
	uint8_t operation;
	int32_t result;
};

struct frame_thermal_trip {
	struct frame_errors errors;
	char zone[32];
	uint32_t id;
	int32_t trip;
	char kind[16];
};

struct frame_device_health {
	struct frame_errors errors;
	char device[64];
	char reporter[32];
	char message[FRAME_TEXT_MAX];
};

/* --- source kmsg --- */

struct frame_kmsg {
	uint64_t sequence;
	uint8_t level;
	char subsystem[32], device[64]; /* "": none */
	char text[FRAME_TEXT_MAX];	/* last: only as long as it is it is stored */
};

/* --- source pci --- */

struct frame_pci_device {
	char device[FRAME_PCI_MAX];
	char parent[FRAME_PCI_MAX];   /* "": on a root bus */
	char physical[FRAME_PCI_MAX]; /* "": it is no virtual function */
	uint32_t class;
	uint16_t vendor, product;
	char driver[40], slot[40];		 /* "": none */
	char link_speed[32], max_link_speed[32]; /* "": not told */
	uint64_t link_width, max_link_width;	 /* FRAME_NO_COUNT: not told */
	bool gone;
};

/* --- source processors --- */

#define FRAME_CPU_LIST_MAX 2048

struct frame_processors {
	char smt[24];			    /* "": not told */
	char lists[2 * FRAME_CPU_LIST_MAX]; /* last: present and online, each with its NUL */
};

static inline const char *frame_cpus_online(const struct frame_processors *p)
{
	return p->lists + strlen(p->lists) + 1;
}

struct frame_memory {
	uint64_t total_bytes, blocks, offline_blocks, corrupted_bytes;
};

/* --- source md --- */

#define FRAME_MEMBERS_MAX 32
#define FRAME_SPARE UINT32_MAX

struct frame_md_member {
	char disk[32];
	uint32_t slot;	/* FRAME_SPARE: none */
	char state[64]; /* lower case words and commas */
};

struct frame_md {
	char array[32];
	char level[16]; /* "": not told */
	char state[24], action[16];
	uint32_t raid_disks, degraded;
	bool gone;
	uint8_t member_count;
	struct frame_md_member members[FRAME_MEMBERS_MAX]; /* last: only member_count of them are stored */
};

/* --- source mount --- */

struct frame_mount {
	uint32_t major, minor;
	char filesystem[32];
	bool read_only, super_read_only, gone;
	char source[128];
	char point[FRAME_TEXT_MAX];
};

/* --- source supply --- */

struct frame_power_supply {
	char supply[64], kind[32];
	bool has_online, online, gone;
	char health[32], status[32], model[64], serial[64]; /* "": not told */
};

struct frame_watchdog {
	char watchdog[32], identity[64];
	bool active, gone;
	uint32_t boot_status, timeout_s;
};

#endif
