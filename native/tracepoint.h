/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tracepoint hands out differs by kernel, and a program that takes one thing for another reads
 * nonsense: so the kernel is asked by its BTF before a tp_btf program is loaded.
 */
#ifndef PATHWARDEN_TRACEPOINT_H
#define PATHWARDEN_TRACEPOINT_H

#include <stddef.h>
#include <bpf/btf.h>

#define TRACEPOINT_PARAMETERS_MAX 12 /* a BPF program is given no more */

/* Kinds of parameters: an integer, a boolean or an enum; a pointer to integers of one byte. */
#define TRACEPOINT_NUMBER "a number"
#define TRACEPOINT_BYTES "bytes"

struct tracepoint {
	const char *name;
	const char *module; /* that may have it; NULL: only the kernel itself */
	/*
	 * TRACEPOINT_…, or the name of the struct, union or typedef that is pointed to; NULL ends. What the
	 * kernel hands out behind them does not matter.
	 */
	const char *parameters[TRACEPOINT_PARAMETERS_MAX + 1];
};

/*
 * Does this BTF have the tracepoint, with these parameters? 0; or, `why` naming it, -ENOENT: it is not there;
 * -EPROTO: it hands out something else.
 */
int tracepoint_check(const struct btf *btf, const struct tracepoint *want, char *why, size_t size);

#endif
