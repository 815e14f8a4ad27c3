/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources with BPF programs share: asking the kernel first, running a syscall program, saying why
 * not. */
#ifndef PATHWARDEN_BPF_H
#define PATHWARDEN_BPF_H

#include <stdbool.h>
#include <stdint.h>
#include <bpf/libbpf.h>
#include "tracepoint.h"

/*
 * Before an object is opened. Keeps libbpf off stderr, its first complaint for bpf_why(), and sees to it that
 * what it needs only while loading (the kernel's BTF: 5 MB) goes back to the kernel when freed.
 */
void bpf_prepare(void);
/* The first line that libbpf complained with since bpf_prepare(), or strerror(error); error is positive or
 * negative. */
const char *bpf_why(int error);

/*
 * Leaves `program` out of the load unless the kernel has the tracepoint: one missing would fail the whole
 * object. False: left out.
 */
bool bpf_want_tracepoint(struct bpf_program *program, const char *tracepoint);
/*
 * The same, and also where the tracepoint hands out something else than the program expects; `why` as
 * tracepoint_check() has it. A module that may have it must be loaded by now.
 */
bool bpf_want_exactly(struct bpf_program *program, const struct tracepoint *want, char *why, size_t size);
/* The same for a fentry or fexit program and its kernel function. */
bool bpf_want_function(struct bpf_program *program, const char *function);
/* The kernel's own types, without its modules'; NULL: it has none. Not to be freed. */
const struct btf *bpf_kernel(void);
/* In the kernel itself, not in a module. */
bool bpf_has_function(const char *function);
/* The answers are in the kernel's BTF, which is read once and kept until then: when all objects are loaded.
 */
void bpf_forget_kernel(void);

/* The inode number of our network namespace, as net.ns.inum has it. 0 or -errno. */
int bpf_netns(__u32 *inode);

/*
 * Runs a SEC("syscall") program on `cpu` (-1: where we are), so that a timer that it starts begins there.
 * Returns what the program returned (0 or -errno), or -errno when it could not be run. A cpu that we may not
 * use is ignored.
 */
int bpf_run(const struct bpf_program *program, int cpu);

/* Starts the timer of bpf/ticker.h, and keeps it on `cpu` as far as the kernel can. As bpf_run(). */
int bpf_start_timer(const struct bpf_program *arm, __u64 *timer_flags, int cpu);

/* How often it was left out because it would have interrupted itself (bpf_trace_run()); 0: not known. */
uint64_t bpf_missed(const struct bpf_program *program);

#endif
