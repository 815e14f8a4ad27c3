// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The kernel's structures that tell of errors in hardware; as kernel.h. */
#ifndef PATHWARDEN_RAS_KERNEL_H
#define PATHWARDEN_RAS_KERNEL_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* arch/x86/include/uapi/asm/mce.h */
struct mce {
	__u64 status, misc, addr, mcgstatus, mcgcap;
	__u64 synd, ipid; /* since 4.9 or so */
	__u8 cpuvendor, bank;
	__u32 cpuid, extcpu, socketid;
	__u32 microcode; /* since 4.20 or so */
};

/* Since 6.13 the tracepoint is given this. */
struct mce_hw_err {
	struct mce m;
};

/* include/linux/cper.h */
struct cper_sec_mem_err {
	__u64 validation_bits, physical_addr;
};

struct cper_sec_proc_arm {
	__u32 section_length;
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

/* drivers/cxl: the module's own BTF. */
struct cxl_dev_state {
	__u64 serial;
};

struct cxl_memdev {
	struct device dev;
	struct cxl_dev_state *cxlds;
};

/* What follows is of processes. */
struct kernfs_node {
	const char *name;
	struct kernfs_node *parent;
};

/* Since 6.15. */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct mm_struct {
	unsigned long arg_start, arg_end;
};

struct kernel_siginfo {
	int si_code;
	union {
		struct {
			void *_addr;
		} _sigfault;
	} _sifields;
};

#pragma clang attribute pop

#endif
